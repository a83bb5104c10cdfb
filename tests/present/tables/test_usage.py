from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

import pfkit as pf
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

    Rows = Callable[[str], pd.DataFrame]

FEBRUARY = FiscalCalendar().period("2026-02")


@pytest.fixture(scope="module")
def activity(rows: Rows) -> pd.DataFrame:
    """Give two shops with visits, purchases and kilograms."""
    return rows("""
        period  | product | metric | units
        2026-01 | Rome    | visits |   80
        2026-01 | Rome    | buys   |    8
        2026-02 | Rome    | visits |  100
        2026-02 | Oslo    | visits | 1025
        2026-02 | Rome    | buys   |    5
        2026-02 | Rome    | kg     |  0.25
    """)


def test_a_row_per_metric_and_the_share_in_its_message(activity: pd.DataFrame) -> None:
    result = pf.usage(activity, period=FEBRUARY, rates={"conversion": ("buys", "visits")})
    exhibit = pf.tables.usage(result)
    labels = [row.cells[0].text for row in exhibit.body.rows]
    assert labels == ["buys", "kg", "visits, all products", "visits · Oslo", "visits · Rome"]
    assert [row.cells[1].text for row in exhibit.body.rows][1:3] == [
        "0.25",
        "1\N{NARROW NO-BREAK SPACE}125.00",
    ]
    assert exhibit.message.replace("\N{NARROW NO-BREAK SPACE}", " ") == (
        "Conversion is 5.0 %, against 10.0 % in the period before (5 buys)"
    )
    assert "Different metrics are not added." in exhibit.notes[0]
    assert all(column.type != "money" for column in exhibit.columns)


def test_whole_units_have_no_decimals_and_no_empty_columns(activity: pd.DataFrame) -> None:
    visits = activity[activity["metric"] == "visits"]
    exhibit = pf.tables.usage(pf.usage(visits, period=FEBRUARY))
    heads = [head.label for head in exhibit.body.heads]
    assert heads == ["Metric", "AC", "PP", "ΔPP\N{NARROW NO-BREAK SPACE}%", "Year to date"]
    assert exhibit.body.rows[0].cells[1].text == "1\N{NARROW NO-BREAK SPACE}125"


def test_a_book_without_usage_says_so() -> None:
    empty = pd.DataFrame({name: [] for name in ("period", "product", "metric", "units")})
    exhibit = pf.tables.usage(pf.usage(empty, period=FEBRUARY))
    assert exhibit.kind == "note"


def test_a_book_of_usage_alone_has_a_headline(activity: pd.DataFrame) -> None:
    none = pd.DataFrame()
    result = pf.usage(activity, period=FEBRUARY, rates={"conversion": ("buys", "visits")})
    headline = pf.words.headline(none, tiles=none, usage=result)
    assert headline.message.startswith("conversion is 5.0")
    rome = activity[(activity["metric"] == "visits") & (activity["product"] == "Rome")]
    visits = pf.usage(rome, period=FEBRUARY)
    told = pf.words.headline(none, usage=visits).message.replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert told == "visits rose by 25.0 % against the period before, to 100"
    assert all(column.type != "money" for column in headline.columns)
