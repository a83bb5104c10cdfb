from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pfkit.errors import MeasureError
from pfkit.measures import position
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

    Rows = Callable[[str], pd.DataFrame]

CITY = FiscalCalendar(year_start=7).period("2018-02")
COLUMNS = ["span", "first_month", "last_month", "planned", "actual", "outlook", "to_go"]


@pytest.fixture(scope="module")
def spent(rows: Rows) -> pd.DataFrame:
    """Give spending of Fire to date, of Parks by month."""
    return rows("""
        period  | span  | cost_center | amount
        2018-02 | ytd   | Fire        | 66
        2018-01 | ytd   | Fire        | 60
        2017-12 | ytd   | Fire        | 48
        2017-12 | month | Parks       | 1
        2018-01 | month | Parks       | 2
        2018-02 | month | Parks       | 4
    """)


@pytest.fixture(scope="module")
def promised(rows: Rows) -> pd.DataFrame:
    return rows("""
        version | stage   | period  | span    | cost_center | amount
        adopted | adopted | 2018-06 | year    | Fire        | 100
        outlook | outlook | 2018-06 | year    | Fire        | 108
        what-if | draft   | 2018-06 | year    | Fire        |   1
    """)


def _cells(found: pd.DataFrame, label: str) -> list[list[object]]:
    mine = found[found["label"] == label]
    return [
        [None if pd.isna(value) else value for value in row]
        for row in mine[COLUMNS].to_numpy().tolist()
    ]


def test_a_span_is_the_difference_of_amounts_to_date(
    spent: pd.DataFrame, promised: pd.DataFrame
) -> None:
    found = position(spent, promised, period=CITY, plan="adopted", outlook="outlook")
    assert _cells(found, "Fire") == [
        ["month", "2018-02", "2018-02", None, 6.0, None, None],  # 66 less 60
        ["quarter", "2018-01", "2018-02", None, 18.0, None, None],  # 66 less 48
        ["ytd", "2017-07", "2018-02", None, 66.0, None, None],
        ["year", "2017-07", "2018-06", 100.0, 66.0, 108.0, 42.0],
    ]
    assert _cells(found, "Parks")[1][4] == 6.0
    fire = found[found["label"] == "Fire"].set_index("span")
    assert fire.loc["month", "reason"].startswith("adopted: stated for the year, not phased")
    assert found["row_key"].tolist()[0] == "fire|month"
    assert found["row_key"].tolist()[-1] == "total|year"
    assert found["row_key"].is_unique


def test_months_of_the_plan_are_read_as_they_are(spent: pd.DataFrame) -> None:
    months = pd.DataFrame(
        {
            "version": "adopted",
            "period": CITY.year.months,
            "cost_center": "Fire",
            "amount": [float(10 + place) for place in range(12)],
        }
    )
    found = position(spent, months, period=CITY, plan="adopted")
    # February is the eighth month of a year that begins in July
    assert [row[3] for row in _cells(found, "Fire")] == [17.0, 33.0, 108.0, 186.0]
    assert _cells(found, "Fire")[3][-1] == 186.0 - 66.0  # to go: plan less actual


def test_a_draft_is_not_read(spent: pd.DataFrame, promised: pd.DataFrame) -> None:
    found = position(spent, promised, period=CITY, plan="what-if", spans=["year"])
    assert found["planned"].isna().all()
    assert "what-if is a draft" in found["reason"][0]


@pytest.mark.parametrize(
    ("asked", "said", "near"),
    [
        ({"plan": "adoptd"}, "version 'adoptd' is not in the input", "'adopted'"),
        ({"plan": "adopted", "outlook": "x"}, "version 'x' is not in the input", "Known"),
        ({"plan": "adopted", "spans": ["years"]}, "span 'years' is not known", "'year'"),
    ],
)
def test_what_is_not_known_is_refused_with_the_nearest(
    spent: pd.DataFrame, promised: pd.DataFrame, asked: dict[str, object], said: str, near: str
) -> None:
    with pytest.raises(MeasureError, match=said) as caught:
        position(spent, promised, period=CITY, **asked)  # type: ignore[arg-type]
    assert near in caught.value.advice


def test_no_rows_are_no_lines(spent: pd.DataFrame, promised: pd.DataFrame) -> None:
    none = position(spent.iloc[:0], promised.iloc[:0], period=CITY, plan="adopted")
    assert none.empty
