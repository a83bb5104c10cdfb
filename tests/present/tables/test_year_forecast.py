"""One row per line, family and in total: where the year lands, and how likely plan is met."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit.present import tables
from pfkit.present.facts import rederive
from tests.present.tables.test_cloud_cost import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About


def landed(rows: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    found = rows("""
        row_key | product | role  | span    | actual | mean | lo80 | hi80 | budget | meets | landing
        a1 | Atlas   | item  | year    | 50     | 100  | 90   | 110  | 105    | 0.30  | open
        a2 | Atlas   | item  | quarter | 0      | 25   | 20   | 30   | 26     | 0.40  | open
        b1 | Borea   | item  | year    | 150    | 300  | 290  | 310  | 280    | 0.99  | over plan
        t1 | (all)   | total | year    | 200    | 400  | 385  | 415  | 385.5  | 0.89  | open
        t2 | (all)   | total | quarter | 0      | 100  | 90   | 110  | 96     | 0.60  | open
    """)
    found = found.rename(columns={"actual": "actual_to_date", "meets": "meets_budget_share"})
    thousands = ["actual_to_date", "mean", "lo80", "hi80", "budget"]
    found[thousands] *= 1000
    found["period"] = found["span"].map({"year": "FY2026", "quarter": "2026Q4"})
    variance = found["mean"] - found["budget"]
    return found.assign(
        variance=variance,
        variance_rate=variance / found["budget"],
        favorable=(variance > 0).astype("boolean"),
        model="",
        reason="",
    )


def test_the_message_says_whether_plan_lies_inside(
    rows: Callable[[str], pd.DataFrame], about: About, compiled: Callable[..., bytes]
) -> None:
    shown = tables.year_forecast(landed(rows), about=about)
    assert plain(shown.message) == (
        "Net revenue of the year lands at 400.0 kEUR (80 %: 385.0 to 415.0), which holds plan of"
        " 385.5; plan is met with a probability of 89 %; 1 of 2 products is likely to meet theirs"
    )
    assert [rederive(fact, shown.data) for fact in shown.facts] == [f.text for f in shown.facts]
    assert plain(shown.title) == (
        "Meridian Software, net revenue of FY2026 in kEUR: AC to date, FC with 80 % interval, PL"
        " and the probability of meeting it"
    )
    cells = [[plain(text) for text in row] for row in shown.printed]
    assert cells == [
        ["Borea", "150.0", "280.0", "300.0", "290.0", "310.0", "+20.0", "+7.1", "99", "below"],
        ["Atlas", "50.0", "105.0", "100.0", "90.0", "110.0", "-5.0", "-4.8", "30", "inside"],
        ["Total", "200.0", "385.5", "400.0", "385.0", "415.0", "+14.5", "+3.8", "89", "inside"],
    ]
    assert compiled(shown).startswith(b"%PDF")


def test_parts_of_the_year_and_smaller_lines_stay_in_the_workbook(
    rows: Callable[[str], pd.DataFrame], about: About
) -> None:
    shown = tables.year_forecast(landed(rows), top=1, about=about)
    assert [plain(row[0]) for row in shown.printed] == ["Borea", "Total"]
    assert len(shown.data) == 5
    assert any(note.startswith("Not printed but in tables.xlsx: 3 rows") for note in shown.notes)


def test_a_whole_with_lines_without_plan_is_not_judged(
    rows: Callable[[str], pd.DataFrame], about: About
) -> None:
    result = landed(rows)
    total = result["role"] == "total"
    result.loc[total, "reason"] = "sum of 3 series; 1 of them without budget"
    shown = tables.year_forecast(result, about=about)
    assert plain(shown.message) == (
        "Net revenue of the year lands at 400.0 kEUR (80 %: 385.0 to 415.0); 1 of 2 products is"
        " likely to meet theirs"
    )
    assert "Sums hold lines without plan, so they say more than their plan does." in shown.notes


def test_without_plan_only_the_landing_is_told(
    rows: Callable[[str], pd.DataFrame], about: About
) -> None:
    result = landed(rows)
    bare = ["budget", "variance", "variance_rate", "meets_budget_share"]
    result = result.assign(**dict.fromkeys(bare, pd.Series(pd.NA, result.index, dtype="Float64")))
    result["favorable"] = pd.NA
    result["landing"] = "not planned"
    shown = tables.year_forecast(result, about=about)
    assert (
        plain(shown.message) == "Net revenue of the year lands at 400.0 kEUR (80 %: 385.0 to 415.0)"
    )
    assert [plain(text) for text in shown.printed[0]] == [
        "Borea",
        "150.0",
        "300.0",
        "290.0",
        "310.0",
    ]


def test_nothing_to_forecast_is_one_line(rows: Callable[[str], pd.DataFrame], about: About) -> None:
    assert tables.year_forecast(landed(rows).head(0), about=about).kind == "note"
