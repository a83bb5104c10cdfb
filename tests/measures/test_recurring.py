from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import MeasureError
from pfkit.measures import cac_payback_months, grr, mrr_bridge, nrr, quick_ratio

if TYPE_CHECKING:
    from collections.abc import Callable

AMOUNTS = st.floats(0, 1e6)


def test_the_five_movements() -> None:
    found = mrr_bridge(
        100_000, new=12_000, expansion=5_000, contraction=2_000, churn=4_000, reactivation=1_000
    )
    assert (found.net_new, found.end) == (12_000, 112_000)


def test_published_ratios() -> None:
    # pitchkit.net; revenuecalculators.com
    assert quick_ratio(new=20_000, expansion=8_000, churn=5_000, contraction=3_000) == 3.5
    assert grr(18_000, contraction=300, churn=900) == pytest.approx(0.933333333)
    assert nrr(18_000, expansion=2_100, contraction=300, churn=900) == pytest.approx(1.05)
    assert cac_payback_months(6_000, arpa=500, gross_margin=0.8) == 15


@given(parts=st.lists(AMOUNTS, min_size=6, max_size=6))
def test_the_bridge_closes(parts: list[float]) -> None:
    start, new, expansion, contraction, churn, back = parts
    found = mrr_bridge(
        start,
        new=new,
        expansion=expansion,
        contraction=contraction,
        churn=churn,
        reactivation=back,
    )
    assert found.end - start == pytest.approx(found.net_new, abs=1e-6)
    assert found.net_new == pytest.approx(new + expansion + back - contraction - churn, abs=1e-6)


@given(
    start=st.floats(1, 1e6), more=AMOUNTS, shares=st.tuples(st.floats(0, 0.5), st.floats(0, 0.5))
)
def test_net_retention_is_gross_retention_and_expansion(
    start: float, more: float, shares: tuple[float, float]
) -> None:
    lost = {"contraction": start * shares[0], "churn": start * shares[1]}
    gross = grr(start, **lost)
    assert 0 <= gross <= 1
    assert nrr(start, expansion=more, **lost) == pytest.approx(gross + more / start)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: mrr_bridge(100, churn=-5),
            "churn: churn is -5\n  -> Give it as a positive amount",
        ),
        (lambda: mrr_bridge(math.nan), "start: start is nan"),
        (lambda: quick_ratio(new=1, expansion=0, churn=0, contraction=0), "nothing was lost"),
        (lambda: grr(0, contraction=0, churn=0), "there was no recurring revenue to keep"),
        (lambda: grr(100, contraction=50, churn=60), "start: 110.00 was lost of 100.00"),
        (lambda: nrr(100, expansion=math.inf, contraction=0, churn=0), "expansion is inf"),
        (lambda: cac_payback_months(100, arpa=0, gross_margin=0.8), "a customer earns no margin"),
        (lambda: cac_payback_months(100, arpa=9, gross_margin=-0.1), "a customer earns no margin"),
        (lambda: cac_payback_months(100, arpa=9, gross_margin=80), "gross_margin is 80"),
    ],
)
def test_what_has_no_answer_says_why(call: Callable[[], object], said: str) -> None:
    with pytest.raises(MeasureError) as told:
        call()
    assert said in str(told.value)
