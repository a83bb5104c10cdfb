from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.measures.breakeven import Break, Flows, breaks

RATES = st.floats(-0.99, 100.0)


def _polynomial(forces: list[float], pairs: list[tuple[float, float]] = []) -> list[float]:  # noqa: B006
    """Return flows whose roots are these, and whose complex roots are these pairs, exactly made."""
    flows = [Fraction(1)]
    factors = [[-Fraction(math.exp(-force)), Fraction(1)] for force in forces]
    for size, angle in pairs:
        middle = Fraction(-2 * size * math.cos(angle))
        factors.append([Fraction(size) ** 2, middle, Fraction(1)])
    for factor in factors:
        longer = [Fraction(0)] * (len(flows) + len(factor) - 1)
        for place, flow in enumerate(flows):
            for shift, part in enumerate(factor):
                longer[place + shift] += flow * part
        flows = longer
    return [float(flow) for flow in flows]


def _breaks(values: list[float]) -> list[Break]:
    steps = [step for step, value in enumerate(values) if value]
    return breaks(Flows([float(step) for step in steps], [values[step] for step in steps]))


def _rates(values: list[float]) -> list[float]:
    return [math.expm1(one.force) for one in _breaks(values)]


@pytest.mark.parametrize(
    ("values", "rates"),
    [
        ([-1600, 10000, -10000], [0.25, 4.0]),  # Lorie and Savage's oil pump, by the formula
        ([-1000, 3600, -4310, 1716], [0.1, 0.2, 0.3]),  # (x - 1.1)(x - 1.2)(x - 1.3)
        ([-50, -100, 600, 300, -100], [-0.768895470681, 1.85441782846]),
        ([-5, 10.5, 1, -8, 1], [-0.87020125, 0.08859833852, 0.70955953]),  # numpy.roots
        ([100, -210, 110], [0.0, 0.1]),
        ([-1, 1e9], [1e9 - 1]),
        ([-1e9, 1], [1e-9 - 1]),
    ],
)
def test_every_root(values: list[float], rates: list[float]) -> None:
    assert _rates(values) == pytest.approx(rates, rel=1e-7, abs=1e-9)


def test_a_root_that_only_touches() -> None:
    (one,) = _breaks([-100, 220, -121])  # -(11 x - 10)^2
    assert one.touches
    assert one.force == pytest.approx(math.log(1.1), abs=1e-12)
    assert _breaks([-100, 220, -121.1]) == []
    assert len(_breaks([-100, 220, -120.9])) == 2


def test_a_triple_root_crosses_once() -> None:
    (one,) = _breaks(_polynomial([0.1, 0.1, 0.1]))
    assert not one.touches
    assert one.force == pytest.approx(0.1, abs=2e-5)


@given(
    rates=st.lists(RATES, min_size=1, max_size=6, unique=True),
    pairs=st.lists(st.tuples(st.floats(0.1, 5.0), st.floats(0.2, math.pi)), max_size=2),
)
def test_no_known_root_is_missed(rates: list[float], pairs: list[tuple[float, float]]) -> None:
    forces = sorted(math.log1p(rate) for rate in rates)
    if any(late - early < 1e-2 for early, late in itertools.pairwise(forces)):
        return  # told apart in the next test
    found = [one.force for one in _breaks(_polynomial(forces, pairs))]
    assert len(found) == len(forces)
    assert found == pytest.approx(forces, abs=1e-5)


@given(force=st.floats(-3, 3), apart=st.floats(-5, -2), far=st.floats(0.5, 2))
def test_roots_close_together_are_told_apart(force: float, apart: float, far: float) -> None:
    forces = [force, force + 10**apart, force + far]
    found = [one.force for one in _breaks(_polynomial(forces))]
    assert len(found) == 3
    assert found == pytest.approx(forces, abs=1e-8)


@given(force=st.floats(-3, 3), far=st.floats(-2, 2).filter(lambda far: abs(far) > 0.01))
def test_a_double_root_beside_a_simple_one(force: float, far: float) -> None:
    found = _breaks(_polynomial([force, force, force + far]))
    assert [one.touches for one in found] == ([True, False] if far > 0 else [False, True])
    assert [one.force for one in found] == pytest.approx(sorted([force, force + far]), abs=1e-6)


@given(
    times=st.lists(st.integers(0, 3000), min_size=2, max_size=12, unique=True),
    sizes=st.lists(st.floats(0.01, 1e6), min_size=12, max_size=12),
    signs=st.lists(st.booleans(), min_size=12, max_size=12),
)
def test_every_change_of_sign_on_a_grid_is_a_root(
    times: list[int], sizes: list[float], signs: list[bool]
) -> None:
    years = [day / 365 for day in sorted(times)]
    amounts = [
        size if sign else -size
        for size, sign in zip(sizes[: len(years)], signs[: len(years)], strict=True)
    ]
    if len(set(signs[: len(years)])) < 2:
        return
    flows = Flows(years, amounts)
    found = [one for one in breaks(flows) if not one.touches]
    grid = np.linspace(-30, 30, 2001) / flows.span
    above = flows.at(grid).gaps > 0
    inside = [one for one in found if grid[0] < one.force < grid[-1]]
    places = np.searchsorted(grid, [one.force for one in inside])
    expected = np.bincount(places, minlength=len(grid))[1:] % 2 if inside else 0
    assert ((above[1:] != above[:-1]) == expected).all()
    assert len(found) <= flows.sign_changes
    assert (len(found) - flows.sign_changes) % 2 == 0  # the rule of Descartes


@given(
    values=st.lists(st.integers(-100, 100), min_size=2, max_size=9),
    times=st.floats(1e-6, 1e6),
)
def test_roots_know_no_currency_and_no_calendar(values: list[int], times: float) -> None:
    if min(values) >= 0 or max(values) <= 0:
        return
    plain = [float(value) for value in values]
    forces = [one.force for one in _breaks(plain)]
    scaled = [one.force for one in _breaks([value * times for value in plain])]
    later = [one.force for one in _breaks([0.0, 0.0, *plain])]
    turned = [one.force for one in _breaks([-value for value in plain])]
    for other in (scaled, later, turned):
        assert len(other) == len(forces)
        assert other == pytest.approx(forces, abs=1e-5)


def test_many_flows_of_either_sign() -> None:
    dice = np.random.default_rng(7)
    values = dice.normal(size=1000).tolist()
    flows = Flows(np.arange(1000.0), values)
    found = [one.force for one in breaks(flows)]
    grid = np.concatenate([np.linspace(-3, -0.02, 3000), np.linspace(-0.02, 0.02, 8000)])
    grid = np.unique(np.concatenate([grid, np.linspace(0.02, 3, 3000)]))
    above = flows.at(grid).gaps > 0
    assert len(found) == int((above[1:] != above[:-1]).sum())
    for force in found:
        weights = flows.terms(force)
        assert abs(math.fsum(weights.tolist())) <= 20 * flows.noise(force, weights)
