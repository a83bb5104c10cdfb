from __future__ import annotations

import datetime as dt

import pandas as pd

from pfkit import measures
from pfkit.contracts import About
from pfkit.period import FiscalCalendar
from pfkit.present import look, screen, tables
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, grid, table


def test_a_percentage_beyond_reading_is_cut_and_one_of_nothing_is_not_printed() -> None:
    frame = pd.DataFrame(
        {
            "row_key": ["a", "b", "c", "d"],
            "variance": [50_000.0, -50_000.0, 20.0, 500.0],
            "variance_rate": [10.0, -12.5, 0.192, 9.99],
        }
    )
    cols = [Col("variance", "Change", "delta"), Col("variance_rate", "%", "points")]
    printed = grid(frame, cols, look.Scale(1000, 1, "kEUR"))
    assert [row.cells[1].text for row in printed.rows] == [
        ">+999",
        "<\N{MINUS SIGN}999",
        look.MISSING,  # 20 EUR print as 0.0 kEUR
        "+999.0",
    ]


def product(name: str, gross: float, contribution: float) -> dict[str, object]:
    return {
        "row_key": name,
        "product": name,
        "role": "item",
        "gross": gross,
        "returns": 0.0,
        "other": 0.0,
        "net": gross,
        "returns_rate": 0.0,
        "contribution": contribution,
        "net_ytd": gross,
        "plan": None,
        "prior_year": None,
        "previous": None,
        "reason": "",
    }


def test_cost_that_no_product_carries_is_named_for_what_it_is() -> None:
    total = product("Total", 10.0, -5.0) | {"role": "total"}
    items = [product("Atlas", 10.0, 5.0), product("(none)", 0.0, -10.0), total]
    shown = tables.product_pnl(pd.DataFrame(items))
    assert [row[0] for row in shown.printed] == ["Atlas", "shared, not allocated", "Total"]
    sold = [product("Atlas", 10.0, 5.0), product("(none)", 3.0, 1.0), total]
    assert tables.product_pnl(pd.DataFrame(sold)).printed[1][0] == "not assigned"


def test_the_statement_says_when_its_year_began() -> None:
    period = FiscalCalendar(year_start=12).period("2011-06")
    statement = pd.DataFrame(
        [("actual", "2011-06", "Sales", "gross", 10.0)],
        columns=["version", "period", "line", "group", "amount"],
    )
    about = About(
        company="Gifts",
        entity="gifts",
        currency="GBP",
        period=period,
        as_of=dt.date(2011, 8, 31),
        sources={},
        missing={},
    )
    full = pd.concat([statement.assign(period=month) for month in period.year_to_date.months])
    shown = tables.pnl(measures.pnl(full, period=period), about=about)
    assert "Year to date from 2010-12-01." in shown.notes[0]


def test_a_first_column_of_numbers_is_set_as_numbers() -> None:
    frame = pd.DataFrame({"row_key": ["a"], "rank": [1], "action": ["Stop"]})
    say = Facts("acts", frame, look.Scale(1000, 1, "kEUR"))
    cols = {"No.": Col("rank", "No.", "count"), "Action": Col("action", "Action")}
    for first, kind in (("No.", ' class="pf-right"'), ("Action", "")):
        order = [cols[first], *(col for name, col in cols.items() if name != first)]
        shown = table("acts", frame, order, title="t", message="m", say=say, about=None, tables=())
        assert f'<th scope="row"{kind}>' in screen.render(shown)


def test_an_amount_that_prints_as_zero_has_no_bar() -> None:
    frame = pd.DataFrame(
        {
            "row_key": ["a", "b", "c"],
            "moved": [-60.0, 40.0, -20.0],
            "good": [True, False, True],
        }
    )
    cols = [Col("moved", "\N{GREEK CAPITAL LETTER DELTA}", "delta", good="good")]
    shown = grid(frame, cols, look.Scale(1000, 1, "kEUR"))
    cells = [row.cells[0] for row in shown.rows]
    assert [cell.text for cell in cells] == ["\N{MINUS SIGN}0.1", "0.0", "0.0"]
    assert [cell.bar.share for cell in cells if cell.bar is not None] == [-1.0, 0.0, 0.0]
