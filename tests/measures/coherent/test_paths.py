from __future__ import annotations

import numpy as np
import pytest

from pfkit.measures.coherent.base import SHARES, Base
from pfkit.measures.coherent.hierarchy import Hierarchy, hierarchy_of
from pfkit.measures.coherent.paths import Draws, Paths, bounds, draws_of
from pfkit.measures.coherent.projection import Projection, Weights

PARTS = [("A", "u"), ("A", "v"), ("B", "x"), ("B", "y")]


def _paths(*, common: float, count: int = 4000, mean: float = 100.0) -> tuple[Hierarchy, Paths]:
    """Return paths of errors of ten each, a share of which all products have in common."""
    rng = np.random.default_rng(3)
    tree = hierarchy_of(["family", "product"], PARTS)
    shared = rng.normal(size=(1, 40, 1))
    lowest = 10 * (np.sqrt(common) * shared + np.sqrt(1 - common) * rng.normal(size=(4, 40, 1)))
    errors = np.repeat(tree.whole(lowest), 3, axis=2)
    size = np.sqrt((errors**2).mean((1, 2)))
    base = Base(
        tree.whole(np.full((4, 3), mean)),
        1.2816 * np.repeat(size[:, None], 3, 1),
        np.array([_normal(share) / 1.2816 for share in SHARES]),
        errors,
        np.eye(3),
        [""] * 7,
        [""] * 7,
        [""] * 7,
    )
    across = Projection(tree.sums, Weights.diagonal(tree.counts))
    draws = draws_of(base, tree, across, count=count, seed=5)
    return tree, Paths(draws, np.full((4, 3), mean), np.ones(4, dtype=bool))


def _normal(share: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf((1 + share) / 2)


def _all(paths: Paths) -> np.ndarray:
    tree = paths.draws.tree
    found = np.zeros((len(tree.labels), paths.draws.count, paths.mean.shape[1]))
    for some, part in paths.parts():
        found[some] = part
    return found


@pytest.mark.parametrize("mean", [100.0, 4.0, 0.0])
def test_every_path_adds_up_stays_above_zero_and_keeps_the_mean(mean: float) -> None:
    tree, paths = _paths(common=0.5, mean=mean)
    found = _all(paths)
    np.testing.assert_allclose(found, tree.whole(found[tree.above :]), rtol=0, atol=1e-9)
    assert (found >= 0).all()
    np.testing.assert_allclose(found.mean(1), tree.whole(paths.mean), atol=1e-9 * max(mean, 1))


@pytest.mark.parametrize("common", [0.0, 1.0])
def test_the_interval_of_a_sum_knows_how_its_parts_belong_together(common: float) -> None:
    tree, paths = _paths(common=common)
    low, high = bounds(paths, np.eye(3), [0.80])
    reach = (high - low)[0] / 2
    single = float(np.sqrt((paths.draws.reach[tree.above :] ** 2).mean()))
    ratio = reach[0].mean() / single
    # four independent errors add up to twice one of them, four equal ones to four times
    assert ratio == pytest.approx(4 if common else 2, rel=0.2)


def test_the_same_seed_gives_the_same_digits_in_parts_of_any_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, paths = _paths(common=0.5, count=200)
    whole = _all(paths)
    monkeypatch.setattr("pfkit.measures.coherent.paths.CHUNK", 3)
    _, again = _paths(common=0.5, count=200)
    np.testing.assert_allclose(_all(again), whole, rtol=1e-12)


def test_a_wider_share_is_a_wider_interval() -> None:
    _, paths = _paths(common=0.5)
    low, high = bounds(paths, np.ones((1, 3)), [0.5, 0.8, 0.95])
    assert (np.diff(low, axis=0) < 0).all()
    assert (np.diff(high, axis=0) > 0).all()


def test_a_series_without_errors_is_drawn_by_itself() -> None:
    tree = hierarchy_of(["product"], [("x",), ("y",)])
    across = Projection(tree.sums, None)
    loads = np.zeros((3, 2))
    reach = np.full((3, 2), 10.0)
    shape = np.array([_normal(share) / _normal(0.8) for share in SHARES])
    draws = Draws(tree, across, reach, shape, loads, np.eye(2), 4000, 1)
    found = _all(Paths(draws, np.zeros((2, 2)), np.zeros(2, dtype=bool)))
    assert abs(np.corrcoef(found[1, :, 0], found[2, :, 0])[0, 1]) < 0.06
    low, high = np.quantile(found[1, :, 0], [0.1, 0.9])
    assert (low, high) == pytest.approx((-10, 10), rel=0.1)
