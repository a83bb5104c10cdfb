from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pfkit.measures import effort_variance
from pfkit.present import tables
from pfkit.present.body import Grid
from pfkit.present.facts import rederive

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from pfkit.contracts import About
    from pfkit.period import Period

    Rows = Callable[[str], pd.DataFrame]


@pytest.fixture
def split(rows: Rows, june: Period) -> pd.DataFrame:
    """Split the hours of four roles: more engineers, dearer designers, two small ones."""
    effort = rows("""
        version | role     | hours | hourly_cost
        plan    | Engineer |  1000 |          80
        plan    | Designer |   500 |          60
        plan    | Writer   |    10 |          50
        plan    | Tester   |    10 |          50
        actual  | Engineer |  1100 |          80
        actual  | Designer |   500 |          66
        actual  | Writer   |     9 |          50
        actual  | Tester   |     8 |          50
    """).assign(period="2026-06", cost_center="CC", product="Atlas", initiative=None)
    return effort_variance(effort, period=june, by="role")


def test_hours_and_cost_stand_beside_what_moved_them(split: pd.DataFrame, about: About) -> None:
    shown = tables.effort_variance(split, about=about, top=2, section="M2")
    assert isinstance(shown.body, Grid)
    printed = {row.key: [cell.text for cell in row.cells] for row in shown.body.rows}
    assert printed["engineer"] == [
        "Engineer", "1\u202f000", "1\u202f100", "80.0", "+8.0", "0.0", "88.0", "+8.0", "+10.0",
        "Efficiency",
    ]  # fmt: skip
    assert printed["designer"][-1] == "Rate"
    assert printed["other"] == [
        "Other (2)", "20", "17", "1.0", "−0.2", "0.0", "0.8", "−0.2", "−15.0", "Efficiency",
    ]  # fmt: skip
    assert shown.message.replace("\u202f", " ") == (
        "Hours cost +10.8 kEUR against plan: +7.8 from efficiency, +3.0 from rates; Engineer moves "
        "most (+8.0)"
    )
    other = shown.data.set_index("row_key").loc["other"]
    assert bool(other["favorable"]) is True
    for fact in shown.facts:
        assert rederive(fact, shown.data) == fact.text


def test_where_there_are_no_hours_one_line_says_so(split: pd.DataFrame, about: About) -> None:
    nothing = split.head(0)
    nothing.attrs["reason"] = "no planned hours in the input"
    shown = tables.effort_variance(nothing, about=about)
    assert shown.kind == "note"
    assert shown.message == (
        "The cost of hours is not compared with plan: no planned hours in the input."
    )
