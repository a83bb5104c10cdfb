from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit.measures import changed
from pfkit.measures.replanned import replanned
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

    Rows = Callable[[str], pd.DataFrame]

JUNE_QUARTER = FiscalCalendar().period("2026Q2")
SAID = """
    version    | period  | span | cost_center | amount
    adopted    | 2026-12 | year | Fire        |    100
    adopted    | 2026-12 | year | Parks       |     50
    projection | 2026-03 | year | Fire        |    104
    projection | 2026-03 | year | Parks       |     50
    projection | 2026-06 | year | Fire        |    110
    projection | 2026-06 | year | Parks       |     49
    projection | 2026-06 | year | Zoo         |      7
"""


def test_a_projection_of_the_year_is_compared_with_the_one_before(rows: Rows) -> None:
    found, compared = replanned(rows(SAID), period=JUNE_QUARTER)
    assert compared == "projection"  # adopted was stated once
    assert [(one["subject"], one["before"], one["after"]) for one in found] == [
        ("Fire, projection", 10_400, 11_000),
        ("Parks, projection", 5_000, 4_900),  # nobody had said anything of Zoo
    ]


def test_what_changed_tells_the_plan_of_the_year(rows: Rows, statement: pd.DataFrame) -> None:
    found = changed(
        statement.iloc[:0], period=JUNE_QUARTER, budget=rows(SAID), amount=6.0, rate=0.05
    )
    assert found[["kind", "subject", "period", "amount"]].to_numpy().tolist() == [
        ["replanned", "Fire, projection", "FY2026", 6.0]
    ]
    assert not found["favorable"][0]  # it costs more


def test_a_plan_as_it_was_is_said_to_be_so(rows: Rows, statement: pd.DataFrame) -> None:
    none = statement.iloc[:0]
    same = changed(none, period=JUNE_QUARTER, budget=rows(SAID), amount=7.0)
    assert same.empty
    assert same.attrs["reason"] == (
        "No budget line's full-year projection has changed materially since 2026Q1; "
        "there are no monthly lines to compare with 2026Q1."
    )
    once = rows(SAID).query("version == 'adopted'")
    alone = changed(none, period=JUNE_QUARTER, budget=once)
    assert alone.attrs["reason"] == (
        "Nothing is compared with 2026Q1: there are no monthly lines, and no earlier statement "
        "of a full-year budget is in the input."
    )


def test_a_statement_replaced_since_is_compared_as_it_was_known_then() -> None:
    said = {"version": "projection", "period": "2026-06", "span": "year", "cost_center": "Fire"}
    then = pd.DataFrame([said | {"amount": 100.0}])
    now = pd.DataFrame([said | {"amount": 110.0}])
    june = FiscalCalendar(year_start=7).period("2026Q2")
    found, compared = replanned(now, period=june, then=then)
    assert [(fact["before"], fact["after"]) for fact in found] == [(10_000, 11_000)]
    assert compared == "projection"
    assert replanned(now, period=june, then=now)[0] == []
