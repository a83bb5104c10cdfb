from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from pfkit.measures.attribution.billing import billed
from pfkit.measures.attribution.combine import Effects, moments, parts
from pfkit.measures.attribution.growth import AGES
from pfkit.measures.attribution.panel import Panel, panel


@pytest.fixture
def few() -> Panel:
    months = [f"2026-{one:02d}" for one in range(1, 7)]
    billing = pd.DataFrame(
        {
            "customer": np.repeat(["A", "B", "C"], 6),
            "period": months * 3,
            "amount": np.arange(1.0, 19.0) * 10,
        }
    )
    return panel(billed(billing), None, None, tolerance=0.0)


FIRST = np.array([[1, 2, 3], [2, 9, 0], [9, 9, 4]])
LIFTS = np.array([[0.1] * AGES, [-0.2] * AGES, [0.3] * AGES])


def test_shares_are_those_of_every_order_of_coming(few: Panel) -> None:
    hazard = np.zeros(few.amount.shape)
    found = parts(few, FIRST, hazard, Effects(LIFTS, np.zeros(3)))
    wanted = np.zeros((6, 3))
    for who in range(3):
        for month in range(6):
            factor = [
                np.exp(LIFTS[one, 0]) if month >= FIRST[who, one] else 1.0 for one in range(3)
            ]
            base = few.amount[who, month] / np.prod(factor)
            for order in permutations(range(3)):
                money = base
                for one in order:
                    wanted[month, one] += money * (factor[one] - 1) / 6
                    money *= factor[one]
    assert found.shares == pytest.approx(wanted)


def test_what_would_be_lost_without_a_feature_by_hand(few: Panel) -> None:
    found = parts(few, FIRST, np.zeros(few.amount.shape), Effects(LIFTS, np.zeros(3)))
    third = 10 * np.exp(0.3)  # C is 0.3 up in logs from its fifth month on, B from its first
    used = (70 + 80 + 90 + 100 + 110 + 120) + (170 + 180) + (40 + 50 + 60)
    assert found.removal[:, 2].sum() == pytest.approx(used * (1 - 10 / third))


def test_those_who_stayed_count_as_what_they_pay(few: Panel) -> None:
    hazard = np.full(few.amount.shape, 0.02)
    effects = Effects(np.zeros((3, AGES)), np.array([-0.5, 0.0, 0.0]))
    found = parts(few, FIRST, hazard, effects)
    more = np.expm1(0.5) * 0.02
    wanted = sum(
        few.amount[who, month] * -np.expm1(-more * (month - start))
        for who, start in ((0, 1), (1, 2))
        for month in range(start, 6)
    )
    assert found.removal[:, 0].sum() == pytest.approx(wanted)
    short = moments(few, FIRST, hazard).incremental(effects)
    assert short[0] == pytest.approx(wanted, rel=1e-3)


def test_the_short_way_equals_the_long_one(few: Panel) -> None:
    hazard = np.random.default_rng(1).random(few.amount.shape) * 0.03
    effects = Effects(LIFTS, np.array([-0.4, 0.2, 0.0]))
    long = parts(few, FIRST, hazard, effects).removal.sum(0)
    assert moments(few, FIRST, hazard).incremental(effects) == pytest.approx(long, rel=1e-3)


def test_a_late_refund_takes_back_shares_in_the_month_it_is_booked() -> None:
    billing = pd.DataFrame(
        {
            "invoice_id": ["I1", "I2", "R1"],
            "customer": "A",
            "period": ["2026-01", "2026-02", "2026-02"],
            "amount": [100.0, 100.0, -100.0],
            "refers_to": [None, None, "I1"],
        }
    )
    mine = panel(billed(billing), None, None, tolerance=0.0)
    effects = Effects(np.full((1, AGES), np.log(2)), np.zeros(1))
    found = parts(mine, np.array([[0]]), np.zeros((1, 2)), effects)
    assert found.shares[:, 0].tolist() == pytest.approx([50, 0])
