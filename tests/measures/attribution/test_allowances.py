from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pfkit.measures.attribution.allowances import APART, LEVEL, MIXED, Allowance, InUse, in_use
from pfkit.measures.attribution.billing import billed
from pfkit.measures.attribution.combine import Effects, moments
from pfkit.measures.attribution.growth import AGES
from pfkit.measures.attribution.panel import Panel, panel


@pytest.fixture
def three() -> Panel:
    months = ["2026-01", "2026-02", "2026-03"]
    amounts = [10.0, 10.0, 10.0, 20.0, 20.0, 20.0, 5.0, 5.0, 5.0]
    billing = pd.DataFrame({"customer": np.repeat(["A", "B", "C"], 3), "amount": amounts})
    return panel(billed(billing.assign(period=months * 3)), None, None, tolerance=0.0)


def test_revenue_in_use_by_hand(three: Panel) -> None:
    first = np.array([[1], [0], [9]])
    found = in_use(three, first, np.array([0, 2, 2]))
    assert found.paid.tolist() == [20 + 60]
    assert found.share.tolist() == [[0.25, 0.0, 0.75]]
    assert found.few.tolist() == pytest.approx([0.25**2 + 0.75**2])


def test_errors_add_up_by_their_squares() -> None:
    use = InUse(np.array([1000.0]), np.array([[1.0, 0.0, 0.0]]), np.array([0.04]))
    found = Allowance(use, 0.1, np.array([0.003])).errors(np.array([200.0]))
    parts = [LEVEL * 0.1 * 1000, 0.003 * 1000, APART * 200, MIXED * 0.2 * 200]
    assert found.tolist() == pytest.approx([np.sqrt(np.sum(np.square(parts)))])


def test_draws_stay_around_what_they_were_and_are_as_wide_as_is_allowed(three: Panel) -> None:
    first, hazard = np.array([[1], [0], [9]]), np.zeros(three.amount.shape)
    money = moments(three, first, hazard)
    best = Effects(np.full((1, AGES), 0.1), np.zeros(1))
    allowance = Allowance(in_use(three, first, np.zeros(3, dtype=np.int64)), 0.1, np.zeros(1))
    draws = allowance.allowed(money, [best] * 4000, best, np.random.default_rng(1))
    growth = money.incremental(best)
    assert draws.mean() == pytest.approx(growth[0], abs=0.3)
    assert draws.std() == pytest.approx(allowance.errors(growth)[0], rel=0.05)
