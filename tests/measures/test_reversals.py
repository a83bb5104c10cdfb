from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import ContractError, MeasureError
from pfkit.measures import reversals
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

    Rows = Callable[[str], pd.DataFrame]

CALENDAR = FiscalCalendar()
LINE = {"account": "5000", "cost_center": "IT", "product": "Atlas"}


def _pairs(table: pd.DataFrame) -> list[list[Any]]:
    found = reversals(table, calendar=CALENDAR)
    names = ["accrued_in", "accrual", "amount", "reversed_in", "reversal", "state", "how"]
    plain = found[names].astype("object")
    return [list(row) for row in plain.where(plain.notna(), None).itertuples(index=False)]


def test_what_the_ledger_says_comes_first(rows: Rows) -> None:
    table = rows("""
        period  | entry_id | entry_kind | reverses | amount
        2026-04 | a        | accrual    |          |     50
        2026-05 | b        | accrual    |          |     80
        2026-06 | c        | reversal   | a        |    -50
        2026-06 | d        | reversal   |          |    -80
        2026-06 | e        | regular    |          |     80
        2026-06 | f        | accrual    |          |     90
        2026-05 | g        | accrual    |          |     70
        2026-06 | h        | reversal   |          |    -33
    """).assign(**LINE)
    assert _pairs(table) == [
        ["2026-04", "a", 50, "2026-06", "c", "reversed", "stated"],
        ["2026-05", "b", 80, "2026-06", "d", "reversed", "stated"],
        ["2026-05", "g", 70, "", "", "not reversed", "stated"],
        ["2026-06", "f", 90, "", "", "open", "stated"],
        ["", "", None, "2026-06", "h", "taken back", "stated"],
    ]


def test_without_marks_an_amount_that_comes_back_next_month_is_a_pair(rows: Rows) -> None:
    table = rows("""
        period  | product | amount
        2026-04 | Atlas   |  80.01
        2026-05 | Atlas   | -80.01
        2026-05 | Atlas   | -80.01
        2026-05 | Borea   |  60.00
        2026-06 | Atlas   |  80.01
        2026-06 | Borea   | -60.01
        2026-07 | Borea   | -60.00
    """).assign(account="5000", cost_center="IT")
    # each entry pairs once; another product, another cent and a month between are no pair
    assert _pairs(table) == [
        ["2026-04", "", 80.01, "2026-05", "", "reversed", "detected"],
        ["2026-05", "", -80.01, "2026-06", "", "reversed", "detected"],
    ]


def test_an_unmarked_entry_may_take_back_a_marked_accrual(rows: Rows) -> None:
    table = rows("""
        period  | entry_kind | amount
        2026-05 | accrual    |     80
        2026-06 |            |    -80
        2026-06 | regular    |    -80
    """).assign(**LINE)
    assert _pairs(table) == [["2026-05", "", 80, "2026-06", "", "reversed", "detected"]]


def test_december_is_followed_by_january_and_a_fiscal_year_by_its_next(rows: Rows) -> None:
    table = rows("period | amount\n 2025-12 | 80\n 2026-01 | -80").assign(**LINE)
    assert len(_pairs(table)) == 1


def test_what_is_no_ledger_by_month_is_refused(rows: Rows) -> None:
    table = rows("period | amount\n 2025-12 | 80").assign(**LINE)
    with pytest.raises(MeasureError) as caught:
        reversals(table.assign(span="year"), calendar=CALENDAR)
    assert "entries are not all by month" in str(caught.value)
    with pytest.raises(ContractError) as lacking:
        reversals(table.drop(columns="product"), calendar=CALENDAR)
    assert "column 'product' is not there" in str(lacking.value)
    assert reversals(table.head(0), calendar=CALENDAR).empty


ENTRIES = st.lists(
    st.tuples(
        st.sampled_from(["2026-04", "2026-05", "2026-06"]),
        st.sampled_from(["", "accrual", "reversal", "regular"]),
        st.sampled_from(["", "a", "b", "c"]),
        st.sampled_from(["", "a", "b", "z"]),
        st.sampled_from([-50.0, 50.0, 20.0, -20.0, 0.0]),
    ),
    max_size=12,
)


@given(ENTRIES)
def test_an_entry_is_in_one_pair_at_most(entries: list[tuple[str, str, str, str, float]]) -> None:
    names = ["period", "entry_kind", "entry_id", "reverses", "amount"]
    table = pd.DataFrame(entries, columns=names).assign(**LINE)
    found = reversals(table, calendar=CALENDAR)
    used = found["amount"].notna().sum() + found["reversed_amount"].notna().sum()
    assert used <= len(table)
    both = found[found["state"] == "reversed"]
    told = both[both["how"] == "detected"]
    assert (told["amount"] == -told["reversed_amount"]).all()
    # every accrual and reversal the ledger names is accounted for
    marked = table["entry_kind"].isin(["accrual", "reversal"]) & (table["amount"] != 0)
    assert used >= marked.sum()
