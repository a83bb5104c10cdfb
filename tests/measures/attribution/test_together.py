from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import pfkit as pf
from pfkit.measures.attribution.together import pairs_in_use

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.measures.attribution.conftest import Firm

NEVER = 10**6


def _two(make_firm: Callable, *, more: float) -> tuple[Firm, np.ndarray]:
    """Return a firm two of whose features do more together, and when both are in use."""
    rng = np.random.default_rng(12)
    firm = make_firm(count=2000, lifts={"export": 0.08, "chat": 0.06}, seed=5)
    for name in ("export", "chat"):
        when = 7 + rng.integers(0, 6, 2000)
        firm.first[name] = np.where(rng.random(2000) < 0.5, when, NEVER)
    noise = rng.normal(0, 0.05, firm.base.shape)
    since = np.maximum(firm.first["export"], firm.first["chat"])
    both = np.arange(firm.months)[None, :] >= since[:, None]
    firm.charged = np.round(firm.base * np.exp(firm.lifted() + more * both + noise), 2)
    return firm, both


def test_what_two_do_together_is_lost_with_either(make_firm: Callable) -> None:
    firm, both = _two(make_firm, more=0.05)
    rows = pf.attribution(*firm.tables(), draws=0).features.set_index("feature")
    for name in ("export", "chat"):
        left = firm.lifted(name) - firm.lifted() - 0.05 * both
        wanted = float((firm.charged * -np.expm1(left)).sum())
        assert rows.loc[name, "growth"] == pytest.approx(wanted, rel=0.06)
    shares = float(rows["shapley"].sum())
    whole = float((firm.charged * -np.expm1(-firm.lifted() - 0.05 * both)).sum())
    assert shares == pytest.approx(whole, rel=0.08)
    assert float(rows["growth"].sum()) > 1.1 * shares


def test_features_that_do_nothing_together_are_not_paired(make_firm: Callable) -> None:
    firm, _ = _two(make_firm, more=0.0)
    rows = pf.attribution(*firm.tables(), draws=0).features.set_index("feature")
    for name in ("export", "chat"):
        assert rows.loc[name, "growth"] == pytest.approx(firm.truth(name), rel=0.06)


def test_pairs_need_customers_with_both_and_with_one() -> None:
    first = np.full((1000, 4), NEVER)
    first[:400, 0] = 3
    first[200:600, 1] = 4
    first[:390, 2] = 5  # nearly the customers of the first
    first[550:700, 3] = 6  # few have it with another
    every = np.ones(4, dtype=bool)
    assert pairs_in_use(first, 12, every) == ((0, 1), (1, 2))
    assert pairs_in_use(first, 12, np.array([True, False, True, True])) == ()
