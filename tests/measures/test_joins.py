from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

import pfkit as pf
from pfkit.measures.joins import NO_FINANCE, NO_USAGE
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

CALENDAR = FiscalCalendar()

CELLS = """
    period  | product | finance | usage | revenue | metric | units
    2026-01 | Atlas   | true    | true  |     100 | seats  |    10
    2026-01 | Borea   | true    | false |      50 |        |     0
    2026-02 | Atlas   | true    | true  |     300 | seats  |    20
    2026-02 | Borea   | true    | false |      75 |        |     0
    2026-02 | Cirrus  | false   | true  |       0 | calls  |     7
    2026-02 | Refund  | true    | true  |     -25 | seats  |     1
"""


def test_cells_and_revenue_join_by_hand(rows: Callable[[str], pd.DataFrame]) -> None:
    found = pf.joins(rows(CELLS), period=CALENDAR.period("2026-02")).set_index("row_key")
    month, year = found.loc["period"], found.loc["year-to-date"]
    # February: Atlas and Refund of four products; 300 + 25 of 300 + 75 + 25, signs aside
    assert (month["joined"], month["cells"], month["join_rate"]) == (2, 4, 0.5)
    assert (month["revenue_joined"], month["revenue"]) == (325, 400)
    assert month["revenue_rate"] == pytest.approx(0.8125)
    # January and February: 3 of 6 cells; 425 of 550
    assert (year["joined"], year["cells"], year["revenue_joined"]) == (3, 6, 425)


def test_what_does_not_join_is_listed_with_its_amount_or_units(
    rows: Callable[[str], pd.DataFrame],
) -> None:
    found = pf.joins(rows(CELLS), period=CALENDAR.period("2026-02"))
    items = found[(found["role"] == "item") & (found["span"] == "2026-02")]
    assert items["product"].tolist() == ["Borea", "Cirrus"]
    assert items["lacks"].tolist() == [NO_USAGE, NO_FINANCE]
    assert items["revenue"].tolist()[0] == 75
    assert (items["units"].tolist()[1], items["metric"].tolist()[1]) == (7, "calls")
    whole = found[(found["span"] == "Year to date") & (found["product"] == "Borea")]
    assert (whole["cells"].item(), whole["revenue"].item()) == (2, 125)


def test_joined_and_listed_cells_add_up(rows: Callable[[str], pd.DataFrame]) -> None:
    found = pf.joins(rows(CELLS), period=CALENDAR.period("2026-02"), top=0)
    for _, span in found.groupby("span"):
        head = span[span["role"] == "subtotal"].iloc[0]
        assert head["joined"] + span.loc[span["role"] != "subtotal", "cells"].sum() == head["cells"]


def test_january_is_its_own_year_to_date(rows: Callable[[str], pd.DataFrame]) -> None:
    found = pf.joins(rows(CELLS), period=CALENDAR.period("2026-01"))
    assert found["row_key"].tolist()[0] == "period"
    assert set(found["span"]) == {"2026-01"}


def test_without_cells_there_is_nothing_to_count() -> None:
    empty = pd.DataFrame(
        {n: [] for n in ("period", "product", "finance", "usage", "revenue", "metric", "units")}
    )
    assert pf.joins(empty, period=CALENDAR.period("2026-01")).empty


def test_the_rest_stands_together(rows: Callable[[str], pd.DataFrame]) -> None:
    many = pd.concat(
        [
            rows(CELLS).iloc[[1]].assign(product=f"P{place:02d}", revenue=float(place))
            for place in range(1, 6)
        ]
    )
    found = pf.joins(many, period=CALENDAR.period("2026-01"), top=2)
    assert found["product"].tolist() == ["", "P05", "P04", "Other (3)"]
    assert found["revenue"].tolist()[-1] == 6  # 1 + 2 + 3
