from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pfkit.errors import MeasureError
from pfkit.measures import budget_lines, pnl, product_pnl, variance
from pfkit.measures.gaps import gaps

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from pfkit.period import Period

    Rows = Callable[[str], pd.DataFrame]


def told(table: pd.DataFrame, *names: str) -> list[list[object]]:
    found = gaps(table, exhibit="x", amount=2.0, rate=0.05)
    return [[gap[name] for name in ("row_key", *names)] for gap in found]


def test_lines_and_subtotals_of_a_statement(statement: pd.DataFrame, february: Period) -> None:
    table = pnl(statement, period=february, plan="adopted")
    assert told(table, "kind", "role", "variance", "material") == [
        ["gross-sales", "line", "item", 10.5, True],
        ["refunds", "line", "item", -2.41, True],
        ["net-revenue", "subtotal", "total", 8.09, True],
        ["hosting", "line", "item", -6.0, True],
        ["gross-margin", "subtotal", "total", 2.09, False],  # 2.09 of 110 is 1.9 percent
        ["rent", "line", "item", 0.0, False],
        ["contribution", "subtotal", "total", 2.09, False],
    ]


def test_products_are_compared_by_net_revenue(statement: pd.DataFrame, february: Period) -> None:
    table = product_pnl(statement, period=february, by="product", plan="adopted")
    assert told(table, "subject", "actual", "base", "variance") == [
        ["atlas", "Net revenue of Atlas", 118.09, 100.0, 18.09],
        ["borea", "Net revenue of Borea", 30.0, 40.0, -10.0],
        ["none", "Net revenue of (none)", 0.0, 0.0, 0.0],
    ]


def test_budget_lines_keep_their_own_verdict(february: Period, rows: Rows) -> None:
    spent = rows("""
        period  | span | cost_center | amount
        2026-02 | ytd  | Fire        |     90
        2026-02 | ytd  | Parks       |     49
    """)
    plan = spent.assign(version="adopted", amount=[50, 50], owner=["Ines", "Omar"])
    lines = budget_lines(spent, plan, period=february, amount=1000, rate=0.05)
    assert told(lines, "role", "owner", "material") == [
        ["fire", "item", "Ines", False],  # below the 1000 the line was judged by
        ["parks", "item", "Omar", False],
        ["total", "total", "", False],
    ]


def test_any_table_with_a_variance(rows: Rows) -> None:
    actuals = rows("""
        period  | product | account | amount
        2026-02 | Atlas   | hosting |    130
        2026-02 | Borea   | hosting |     50
    """)
    gap = variance(
        actuals, actuals.assign(version="plan", amount=[100, 51]), favorable_when="lower"
    )
    assert told(gap, "subject", "base", "variance", "favorable", "material") == [
        ["2026-02|atlas|hosting", "2026-02 · Atlas · hosting", 100.0, 30.0, False, True],
        ["2026-02|borea|hosting", "2026-02 · Borea · hosting", 51.0, -1.0, True, False],
    ]
    # without a rate the base says how large it is, and the total is told by its rows
    bare = rows("""
        row_key | label | role  | actual | plan | variance
        a       | A     | item  |    102 |  100 |        2
        b       | B     | item  |     12 |   10 |        2
        total   | All   | total |    114 |  110 |        4
    """)
    assert told(bare, "role", "variance_rate", "material") == [
        ["a", "item", 0.02, False],
        ["b", "item", 0.2, True],
        ["total", "total", 4 / 110, False],
    ]


def test_a_table_that_compares_nothing_is_refused(rows: Rows) -> None:
    table = rows("""
        row_key | label | varianse
        a       | A     |        2
    """)
    with pytest.raises(MeasureError) as caught:
        gaps(table, exhibit="mix", amount=0, rate=0)
    assert str(caught.value) == (
        "mix: no column says how far a row is from what it is compared with\n"
        "  -> The closest known column is 'varianse'."
    )


def test_nothing_in_is_nothing_out(statement: pd.DataFrame) -> None:
    assert gaps(statement.iloc[:0], exhibit="pnl", amount=0, rate=0) == []
