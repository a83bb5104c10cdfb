from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit import measures
from pfkit.present import tables
from pfkit.present.facts import rederive

if TYPE_CHECKING:
    from pfkit.contracts import About
    from pfkit.period import Period

COLUMNS = ["version", "period", "product", "line", "group", "amount"]
WHY = ["period", "line", "product", "cause", "file", "known_on", "rows", "amount"]


def test_a_restated_line_says_why_and_where_from(june: Period, about: About) -> None:
    row = ["actual", "2026-05", "Atlas", "Rent", "operating"]
    why = ["2026-05", "Rent", "Atlas", "late rows", "gl/june.csv", "2026-06-20", 3, -12.5]
    found = measures.restated(
        pd.DataFrame([[*row, -112.5]], columns=COLUMNS),
        pd.DataFrame([[*row, -100.0]], columns=COLUMNS),
        pd.DataFrame([why], columns=WHY),
        period=june,
    )
    shown = tables.restated(found, about=about)
    assert shown.message == (
        "1 line of an earlier month is restated, \N{MINUS SIGN}12.50 on profit: late rows"
    )
    assert [rederive(fact, shown.data) for fact in shown.facts] == [
        "1",
        "\N{MINUS SIGN}12.50",
    ]
    assert shown.printed[1][:4] == ["", "late rows", "3", "june.csv, 2026-06-20"]


def test_one_line_where_nothing_is_restated(june: Period, about: About) -> None:
    row = pd.DataFrame([["actual", "2026-05", "Atlas", "Rent", "operating", 1.0]], columns=COLUMNS)
    nothing = measures.restated(row, row, pd.DataFrame(columns=WHY), period=june)
    assert tables.restated(nothing, about=about).message == (
        "No line of an earlier month is restated: each says what the last report said."
    )
