from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit import measures
from pfkit.present import tables
from pfkit.present.body import Grid

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts import About
    from pfkit.period import Period


def test_variances_stand_in_the_unit_of_the_comments_beside_them(
    statement: pd.DataFrame, june: Period, about: About
) -> None:
    page = measures.summary(statement, period=june, amount=1000.0, rate=0.01)
    alone = tables.decisions(page.decisions, about=about)
    beside = tables.decisions(page.decisions, comments=page.comments, about=about)
    assert alone.printed[0][1] == "\N{MINUS SIGN}5\N{NARROW NO-BREAK SPACE}000"
    assert (beside.printed[0][1], beside.unit) == ("\N{MINUS SIGN}5.0", "kEUR")
    assert isinstance(beside.body, Grid)
    bar = beside.body.rows[0].cells[1].bar
    assert bar is not None
    assert bar.favorable is False


def test_a_book_without_a_plan_has_nothing_off_it(
    statement: pd.DataFrame, june: Period, about: About
) -> None:
    actual = statement[statement["version"] == "actual"]
    page = measures.summary(actual, period=june)
    assert tables.decisions(page.decisions, about=about).message == (
        "No decision is open, and no line is off a plan: this book has none."
    )
