"""The walk of recurring revenue, against movements told by hand and against sums."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pfkit as pf

if TYPE_CHECKING:
    from collections.abc import Callable

    Rows = Callable[[str], pd.DataFrame]

MOVES = ["new", "expansion", "reactivation", "contraction", "churn"]
JUNE = pf.FiscalCalendar().period("2026-06")
QUARTER = pf.FiscalCalendar().period("2026Q2")


def euros(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(currency="EUR", rate=1.0)


def only(found: pd.DataFrame, key: str = "total") -> dict[str, float]:
    return dict(found.set_index("row_key").loc[key])


def test_every_movement_as_it_is_defined(rows: Rows) -> None:
    """ChartMogul's five: who left in April and pays again in June is reactivated."""
    paid = euros(
        rows("""
        period  | customer | product | amount_local
        2026-04 | Back     | Atlas   |          30
        2026-05 | Up       | Atlas   |         100
        2026-05 | Down     | Atlas   |         100
        2026-05 | Gone     | Atlas   |          70
        2026-06 | Back     | Atlas   |          40
        2026-06 | Up       | Atlas   |         125
        2026-06 | Down     | Atlas   |          80
        2026-06 | Fresh    | Atlas   |          55
        """)
    )
    found = only(pf.recurring_revenue(paid, period=JUNE))
    assert [found[name] for name in ("opening", *MOVES, "fx", "closing")] == [
        *(270, 55, 25, 40, -20, -70, 0, 300)
    ]
    people = ["opening", "new", "reactivated", "churned", "closing"]
    assert [found[f"{name}_customers"] for name in people] == [3, 1, 1, 1, 4]


def test_who_cancels_one_of_two_subscriptions_contracts(rows: Rows) -> None:
    paid = euros(
        rows("""
        period  | customer | product | amount_local
        2026-05 | A        | Atlas   |         100
        2026-05 | A        | Borea   |          60
        2026-06 | A        | Atlas   |         100
        """)
    )
    whole = only(pf.recurring_revenue(paid, period=JUNE))
    assert (whole["contraction"], whole["churn"], whole["churned_customers"]) == (-60, 0, 0)
    split = pf.recurring_revenue(paid, period=JUNE, by="product")
    assert only(split, "borea")["churn"] == -60
    assert set(split["counted"]) == {"customer and product"}


def test_rates_alone_are_no_movement(rows: Rows) -> None:
    """100 USD at 0.90, then 110 USD at 0.80: opening 90, FX 100 x -0.10, expansion 10 x 0.80."""
    paid = rows("""
        period  | customer | currency | amount_local | rate
        2026-05 | A        | USD      |          100 | 0.90
        2026-06 | A        | USD      |          110 | 0.80
        """)
    found = only(pf.recurring_revenue(paid, period=JUNE))
    told = [found[name] for name in ("opening", "fx", "expansion", "closing")]
    assert told == [90, -10, 8, 88]


def test_a_quarter_tells_month_by_month_and_adds_up(rows: Rows) -> None:
    paid = euros(
        rows("""
        period  | customer | amount_local
        2026-03 | A        |          10
        2026-04 | A        |          10
        2026-04 | Brief    |           5
        2026-05 | A        |          12
        2026-06 | A        |          12
        """)
    )
    found = pf.recurring_revenue(paid, period=QUARTER, by="period")
    assert found["label"].tolist() == ["2026-04", "2026-05", "2026-06", "Total"]
    assert found["new"].tolist() == [5, 0, 0, 5]
    assert found["churn"].tolist() == [0, -5, 0, -5]
    assert found["opening"].tolist() == [10, 15, 12, 10]
    assert found["closing"].tolist() == [15, 12, 12, 12]


def test_the_first_month_known_says_that_all_are_new(rows: Rows) -> None:
    paid = euros(rows("period | customer | amount_local\n2026-06 | A | 10"))
    found = only(pf.recurring_revenue(paid, period=JUNE))
    assert found["new"] == 10
    assert found["reason"] == "who paid before 2026-06 is not known, and counts as new"


def test_nothing_recurs() -> None:
    columns = ["period", "customer", "currency", "amount_local", "rate"]
    assert pf.recurring_revenue(pd.DataFrame(columns=columns), period=JUNE).empty


def test_a_negative_amount_is_refused_by_name(rows: Rows) -> None:
    paid = euros(rows("period | customer | amount_local\n2026-06 | A7 | -5"))
    with pytest.raises(
        pf.MeasureError, match=r"'A7' pays -5\.00 EUR in 2026-06.*\n.*credit note is no subscr"
    ):
        pf.recurring_revenue(paid, period=JUNE)


def test_a_currency_without_a_rate_is_refused_by_name(rows: Rows) -> None:
    paid = rows("""
        period  | customer | currency | amount_local | rate
        2026-05 | A        | SEK      |          100 |
        2026-06 | A        | EUR      |          100 | 1.0
        """)
    with pytest.raises(pf.MeasureError, match=r"no rate for SEK in 2026-05 \(1 rows\)"):
        pf.recurring_revenue(paid, period=JUNE)


LINE = st.tuples(
    st.sampled_from(["2026-02", "2026-03", "2026-04", "2026-05", "2026-06"]),
    st.sampled_from("ABCD"),
    st.sampled_from(["Atlas", "Borea"]),
    st.sampled_from(["EUR", "USD"]),
    st.integers(0, 10**9),
)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(LINE, max_size=25),
    st.lists(st.integers(50, 200), min_size=5, max_size=5),
    st.sampled_from([None, "period", "product"]),
)
def test_opening_and_moves_close_to_the_cent(
    lines: list[tuple[str, str, str, str, int]], rates: list[int], by: str | None
) -> None:
    paid = pd.DataFrame(
        lines, columns=["period", "customer", "product", "currency", "amount_local"]
    )
    paid["amount_local"] = paid["amount_local"] / 100
    paid["rate"] = [
        rates[int(period[-1]) - 2] / 100 if currency == "USD" else 1.0
        for period, currency in zip(paid["period"], paid["currency"], strict=True)
    ]
    found = pf.recurring_revenue(paid, period=QUARTER, by=by)
    if found.empty:
        assert paid.empty
        return
    walked = found[["opening", *MOVES, "fx"]].sum(axis=1) - found["closing"]
    assert walked.abs().max() < 0.005
    june = paid[paid["period"] == "2026-06"]
    exact = (june["amount_local"] * june["rate"] * 100).round().sum() / 100
    assert only(found)["closing"] == pytest.approx(exact, abs=0.005)
    items = found[found["role"] == "item"]
    if by == "product" and len(items):
        parts = items[[*MOVES, "fx", "opening", "closing"]].sum()
        for name, value in parts.items():
            assert value == pytest.approx(only(found)[str(name)], abs=0.005)
