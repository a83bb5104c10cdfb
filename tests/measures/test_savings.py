"""Savings: none without a baseline, none above what the ledger's line did."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import MeasureError
from pfkit.measures import savings
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

JUNE = FiscalCalendar().period("2026-06")


@pytest.fixture
def ledger(rows: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """Give hosting of Atlas: 100 a month from January, 70 in May and June; Borea's rises."""
    return rows("""
        period  | product | account | span  | amount
        2026-01 | Atlas   | '5000'  | month |  100.0
        2026-02 | Atlas   | '5000'  | month |   60.0
        2026-02 | Atlas   | '5000'  | month |   40.0
        2026-03 | Atlas   | '5000'  | month |  100.0
        2026-04 | Atlas   | '5000'  | month |  100.0
        2026-05 | Atlas   | '5000'  | month |   70.0
        2026-06 | Atlas   | '5000'  | month |   70.0
        2026-02 | Borea   | '5000'  | month |   10.0
        2026-03 | Borea   | '5000'  | month |   10.0
        2026-04 | Borea   | '5000'  | month |   10.0
        2026-06 | Borea   | '5000'  | month |   15.0
        2026-12 | Atlas   | '5000'  | year  | 1200.0
    """)


def register(**changed: Any) -> dict[str, Any]:  # noqa: ANN401
    """Give a saving of 20 a month (240 a year) on Atlas's hosting since May, measured."""
    return {
        "benefit": "S1",
        "kind": "saving",
        "status": "measured",
        "product": "Atlas",
        "account": "5000",
        "start": "2026-05",
        "baseline_amount": 100.0,
        "promised_amount": 300.0,
        "realized_amount": 240.0,
        "known_on": "2026-06-30",
    } | changed


def told(ledger: pd.DataFrame, *claims: dict[str, Any], **more: Any) -> pd.DataFrame:  # noqa: ANN401
    table = savings(pd.DataFrame(list(claims)), ledger, **({"period": JUNE} | more))
    return table.set_index("saving")


def test_a_saving_that_the_ledger_shows_counts_as_claimed(ledger: pd.DataFrame) -> None:
    row = told(ledger, register()).loc["S1"]
    assert row[["baseline", "before", "now", "change"]].tolist() == [100.0, 100.0, 70.0, 30.0]
    assert row[["claimed", "counted", "capped"]].tolist() == [20.0, 20.0, 0.0]
    assert (row["status"], row["reason"]) == ("realized", "")


def test_a_saving_is_never_above_what_the_ledger_shows(ledger: pd.DataFrame) -> None:
    row = told(ledger, register(realized_amount=600.0)).loc["S1"]
    assert row[["claimed", "counted", "capped"]].tolist() == [50.0, 30.0, 20.0]
    assert row["reason"] == "the ledger shows 30.00 of 50.00"


def test_a_baseline_above_the_ledger_counts_as_the_ledger(ledger: pd.DataFrame) -> None:
    row = told(ledger, register(baseline_amount=180.0, realized_amount=600.0)).loc["S1"]
    assert row[["change", "counted"]].tolist() == [30.0, 30.0]
    assert row["reason"].startswith("the baseline is 80.00 above the ledger; the ledger shows")


def test_a_baseline_below_the_ledger_counts_as_stated(ledger: pd.DataFrame) -> None:
    row = told(ledger, register(baseline_amount=85.0)).loc["S1"]
    assert row[["change", "counted", "capped"]].tolist() == [15.0, 15.0, 5.0]


def test_without_a_baseline_nothing_counts(ledger: pd.DataFrame) -> None:
    row = told(ledger, register(baseline_amount=None)).loc["S1"]
    assert row[["claimed", "counted", "capped"]].tolist() == [20.0, 0.0, 20.0]
    assert row["reason"] == "no baseline, so that nothing counts"


def test_a_line_that_rose_shows_no_saving(ledger: pd.DataFrame) -> None:
    row = told(ledger, register(product="Borea", baseline_amount=10.0)).loc["S1"]
    assert row[["before", "now", "change", "counted"]].tolist() == [10.0, 15.0, -5.0, 0.0]
    assert row["reason"] == "the ledger's line rose by 5.00"


def test_savings_on_one_line_share_its_change(ledger: pd.DataFrame) -> None:
    found = told(
        ledger,
        register(realized_amount=240.0),
        register(benefit="S2", status="validated", realized_amount=264.0),
    )
    assert found.loc["S2", "counted"] == 22.0  # validated first
    assert found.loc["S1", "counted"] == 8.0
    assert found.loc["S1", "reason"] == (
        "other savings on the line count first, 8.00 of 20.00 is left"
    )
    assert found.loc["Total", ["claimed", "counted"]].tolist() == [42.0, 30.0]
    assert found.loc["of which validated", "counted"] == 22.0


def test_what_is_planned_is_claimed_and_does_not_count(ledger: pd.DataFrame) -> None:
    row = told(ledger, register(status="promised", realized_amount=None)).loc["S1"]
    assert (row["status"], row["claimed"]) == ("planned", 25.0)
    assert pd.isna(row["counted"])
    assert row["reason"] == "planned, not counted yet"
    withdrawn = told(ledger, register(status="withdrawn"))
    assert withdrawn.loc["S1", "reason"] == "withdrawn"
    assert withdrawn.loc["Total", "claimed"] == 0


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"account": "9999"}, "the ledger has no such line"),
        ({"account": None}, "no account"),
        ({"start": None}, "no start"),
        ({"start": "2026-03"}, "the ledger has 2 of 3 months before 2026-03"),
        ({"realized_amount": None}, "no amount is stated"),
    ],
)
def test_what_cannot_be_compared_does_not_count(
    ledger: pd.DataFrame, changed: dict[str, Any], reason: str
) -> None:
    row = told(ledger, register(**changed)).loc["S1"]
    assert reason in row["reason"]
    assert row["counted"] == 0


def test_months_before_the_start_claim_nothing(ledger: pd.DataFrame) -> None:
    # Of April to June a saving since May has two months: 2 x 20 claimed, 200 - 140 in the ledger
    quarter = FiscalCalendar().period("2026Q2")
    row = told(ledger, register(), period=quarter).loc["S1"]
    assert row[["baseline", "now", "change", "claimed"]].tolist() == [200.0, 140.0, 60.0, 40.0]


def test_month_and_quarter_agree_on_what_has_come_since_the_start(ledger: pd.DataFrame) -> None:
    # since May: 2 x 50 claimed, the ledger 2 x 100 - 140
    claim = register(status="validated", realized_amount=600.0)
    month = told(ledger, claim)
    quarter = told(ledger, claim, period=FiscalCalendar().period("2026Q2"))
    for table in (month, quarter):
        for name in ("S1", "Total", "of which validated"):
            assert table.loc[name, ["claimed_to_date", "counted_to_date"]].tolist() == [100, 60]
    assert month.loc["S1", ["claimed", "counted"]].tolist() == [50, 30]


def test_the_row_known_last_by_a_day_counts(ledger: pd.DataFrame) -> None:
    later = register(realized_amount=120.0, known_on="2026-07-10")
    assert told(ledger, register(), later).loc["S1", "claimed"] == 10.0
    then = told(ledger, register(), later, as_of=dt.date(2026, 7, 1))
    assert then.loc["S1", "claimed"] == 20.0


def test_other_benefits_are_no_savings(ledger: pd.DataFrame) -> None:
    assert savings(pd.DataFrame([register(kind="cost")]), ledger, period=JUNE).empty


def test_an_unknown_status_is_refused(ledger: pd.DataFrame) -> None:
    with pytest.raises(MeasureError, match="status 'done' is not known"):
        told(ledger, register(status="done"))


AMOUNT = st.one_of(st.none(), st.floats(0, 1e6).map(lambda x: round(x, 2)))


@given(
    st.lists(
        st.tuples(st.sampled_from(["measured", "validated"]), AMOUNT, AMOUNT),
        min_size=1,
        max_size=9,
    ),
    st.lists(st.floats(-1e5, 1e5).map(lambda x: round(x, 2)), min_size=6, max_size=6),
)
def test_savings_of_a_line_are_never_above_its_change(
    claims: list[tuple[str, float | None, float | None]], months: list[float]
) -> None:
    ledger = pd.DataFrame(
        {
            "period": [f"2026-0{n}" for n in range(1, 7)],
            "product": "Atlas",
            "account": "5000",
            "amount": months,
        }
    )
    rows = [
        register(benefit=f"S{n}", status=status, baseline_amount=base, realized_amount=amount)
        for n, (status, base, amount) in enumerate(claims)
    ]
    found = savings(pd.DataFrame(rows), ledger, period=JUNE).set_index("row_key")
    change = sum(months[1:4]) / 3 - months[5]
    assert found.loc["total", "counted"] <= max(0.0, change) + 0.011
    items = found[found["role"] == "item"]
    assert (items["counted"] <= items["claimed"].fillna(0) + 1e-9).all()
