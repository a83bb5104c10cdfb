from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pfkit.measures import budget_lines, roi, sparks, tiles
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.period import Period


def test_tiles_carry_value_and_references(statement: pd.DataFrame, february: Period) -> None:
    table = tiles(statement, period=february, plan="adopted").set_index("row_key")
    assert list(table.index) == [
        "net-revenue",
        "gross-margin",
        "contribution",
        "net-revenue-ytd",
        "returns-rate",
    ]
    assert table["actual"].tolist()[:4] == [148.09, 112.09, 102.09, 288.09]
    assert set(table["reference"]) == {"plan"}
    back = table.loc["returns-rate"]
    assert back["actual"] == pytest.approx(2.41 / 150.50)
    assert back["plan_variance"] == pytest.approx(2.41 / 150.50)  # the plan has no returns
    assert not back["plan_favorable"]
    assert back["unit"] == "share"


def test_in_the_first_month_the_year_to_date_is_no_tile(
    statement: pd.DataFrame, january: Period
) -> None:
    assert "net-revenue-ytd" not in set(tiles(statement, period=january)["row_key"])


def test_budget_and_return_become_tiles(
    statement: pd.DataFrame, january: Period, february: Period
) -> None:
    spent = pd.DataFrame(
        {"period": ["2026-02"], "span": "ytd", "cost_center": "Fire", "amount": 30.0}
    )
    promised = spent.assign(version="adopted", amount=25.0)
    year = spent.assign(version="adopted", span="year", amount=100.0)
    lines = budget_lines(spent, pd.concat([promised, year]), period=february, by="cost_center")
    flows = pd.DataFrame(
        [
            ("x", "2026-01", "actual", "investment", -10.0),
            ("x", "2026-02", "actual", "benefit", 15.0),
        ],
        columns=["initiative", "period", "kind", "flow", "amount"],
    )
    table = tiles(statement, period=february, lines=lines, returns=roi(flows, rate=0.1))
    table = table.set_index("row_key")
    assert table.loc["budget", ["actual", "plan", "plan_variance"]].tolist() == [30, 25, 5]
    assert not table.loc["budget", "plan_favorable"]
    assert table.loc["budget-used", "actual"] == pytest.approx(0.3)
    assert table.loc["budget-used", "beside"] == pytest.approx(2 / 12)
    # a month on at 10 % a year: 15 / 1.1^(1/12) - 10 = 4.88; nothing was promised
    assert table.loc["npv", "actual"] == 4.88
    assert table.loc["npv", "reason"] == "nothing promised"
    planned = flows.assign(kind="plan", amount=[-10.0, 16.0])
    both = roi(pd.concat([flows, planned]), rate=0.1)
    tile = tiles(statement, period=february, returns=both).set_index("row_key").loc["npv"]
    assert tile[["plan", "plan_variance"]].tolist() == [5.87, -0.99]  # 16 / 1.1^(1/12) - 10
    assert not tile["plan_favorable"]
    only = tiles(statement.iloc[:0], period=january, lines=lines)
    assert only["row_key"].tolist() == ["budget", "budget-used"]


def test_spending_without_a_budget_is_not_called_budget(
    statement: pd.DataFrame, february: Period, rows: Callable[[str], pd.DataFrame]
) -> None:
    actuals = rows("""
        period  | span | cost_center | amount
        2026-02 | ytd  | Fire        | 30
    """)
    nothing = rows("""
        period  | version | span | cost_center | amount
        2026-02 | adopted | year | Police      | 0
    """).iloc[:0]
    lines = budget_lines(actuals, nothing, period=february)
    tile = tiles(statement, period=february, lines=lines).set_index("row_key").loc["budget"]
    assert (tile["label"], tile["actual"]) == ("Spending, year to date", 30)


def test_sparks_leave_out_months_that_are_not_there(
    statement: pd.DataFrame, february: Period
) -> None:
    line = sparks(statement, period=february).query("tile == 'net-revenue'")
    assert line[["period", "value"]].to_numpy().tolist() == [
        ["2026-01", 140.0],
        ["2026-02", 148.09],
    ]


def test_nothing_in_is_nothing_out(statement: pd.DataFrame, february: Period) -> None:
    assert tiles(statement.iloc[:0], period=february).empty
    assert sparks(statement.iloc[:0], period=february).empty


def test_a_budget_without_actuals_is_a_tile_by_itself(rows: Callable[[str], pd.DataFrame]) -> None:
    promised = rows("""
        version  | period  | span | cost_center | amount
        approved | 2020-12 | year | Schools     | 100
        approved | 2020-12 | year | Roads       |  50
    """)
    year = FiscalCalendar().period("2020Q4")
    lines = budget_lines(promised.iloc[:0], promised, period=year, plan="approved")
    empty = pd.DataFrame(columns=["version", "period", "line", "group", "amount"])
    (tile,) = tiles(empty, period=year, lines=lines).to_dict("records")
    assert (tile["row_key"], tile["label"], tile["actual"]) == (
        "budget-year",
        "Full-year approved",
        150.0,
    )
    assert tile["note"] == "no actuals to date"
    assert tile["reference"] == ""
