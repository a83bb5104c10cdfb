"""One row per series: next periods, interval, past error, model and what else there is to know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import tables
from pfkit.present.facts import rederive
from tests.present.tables.test_cloud_cost import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from pfkit.contracts import About


def forecasts(rows: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    found = rows("""
        product | mean  | lo80  | hi80  | model                     | n  | error | reason
        Atlas   | 20000 | 18000 | 22000 | 0.7 theta + 0.3 last_year | 24 | 0.5   | few
        Borea   | 30000 | 29000 | 31000 | 0.5 theta + 0.5 last_year | 24 | 1.5   | few
        Cedar   | 10000 | 9000  | 11000 | 1.0 last_year             | 1  |       | few; one value
    """)
    found.insert(0, "row_key", found["product"].str.lower() + "|2026-07")
    found.insert(2, "period", "2026-07")
    found.insert(2, "step", 1)
    return found.assign(fallback="")


def test_series_stand_in_order_of_size_with_what_is_their_own(
    rows: Callable[[str], pd.DataFrame], about: About, compiled: Callable[..., bytes]
) -> None:
    shown = tables.forecast(forecasts(rows), periods=1, about=about)
    assert plain(shown.message) == (
        "1 of 3 series are forecast with less error than repeating last year's values"
    )
    assert [rederive(fact, shown.data) for fact in shown.facts] == [f.text for f in shown.facts]
    cells = [[plain(text) for text in row] for row in shown.printed]
    assert cells == [
        ["Borea", "30.0", "29.0", "31.0", "1.50", "equal", ""],
        ["Atlas", "20.0", "18.0", "22.0", "0.50", "Theta 70", ""],
        ["Cedar", "10.0", "9.0", "11.0", "–", "last year 100", "one value"],
    ]
    assert "Where nothing else is told: few." in shown.notes
    assert compiled(shown).startswith(b"%PDF")


def test_the_plan_beside_says_for_how_many_it_lies_inside(
    rows: Callable[[str], pd.DataFrame], about: About
) -> None:
    history = rows("""
        period  | product | amount | plan
        2026-06 | Atlas   | 19000  |
        2026-06 | Borea   | 29500  |
        2026-06 | Cedar   | 10000  |
        2026-07 | Atlas   |        | 21000
        2026-07 | Borea   |        | 33000
        2026-07 | Cedar   |        | 8000
    """)
    shown = tables.forecast(forecasts(rows), history, periods=1, about=about)
    assert plain(shown.message) == "Plan of 2026-07 lies inside the 80 % interval for 1 of 3 series"
    assert [plain(text) for text in shown.printed[0][:4]] == ["Borea", "29.5", "33.0", "30.0"]


def test_smaller_series_stay_in_the_workbook(
    rows: Callable[[str], pd.DataFrame], about: About
) -> None:
    shown = tables.forecast(forecasts(rows), periods=1, top=1, about=about)
    assert len(shown.printed) == 1
    assert len(shown.data) == 3
    assert "Not printed but in tables.xlsx: 2 smaller series." in shown.notes


def test_nothing_to_forecast_is_one_line(rows: Callable[[str], pd.DataFrame], about: About) -> None:
    assert tables.forecast(forecasts(rows).head(0), about=about).kind == "note"
