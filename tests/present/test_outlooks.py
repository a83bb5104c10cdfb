from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pfkit.measures import contribution_margins, year_forecast
from pfkit.present import outlooks, tables
from pfkit.present.look import THIN, Scale
from pfkit.present.outlooks import COST, NET, Said
from pfkit.publish.lint import Finding, _outlooks

if TYPE_CHECKING:
    from pfkit.contracts import About
    from pfkit.period import Period

K = Scale(1000, 1, "kEUR")


@pytest.fixture(scope="module")
def months() -> pd.DataFrame:
    """Give a year that is planned at 200 a month, and earns 100 a month."""
    rows = [
        (version, f"2026-{month:02d}", line, group, sign * amount)
        for month in range(1, 13)
        for version, amount in (("B", 200_000.0), *((("actual", 100_000.0),) if month < 7 else ()))
        for line, group, sign in (("Sales", "gross", 1.0), ("Hosting", "cost_of_revenue", -0.25))
    ]
    return pd.DataFrame(rows, columns=["version", "period", "line", "group", "amount"])


@pytest.fixture
def profit(months: pd.DataFrame, june: Period) -> pd.DataFrame:
    return contribution_margins(months, period=june, plan="B")


@pytest.fixture
def year(june: Period) -> pd.DataFrame:
    """Give the forecast of the same revenue from what 18 months brought."""
    history = [f"2025-{m:02d}" for m in range(1, 13)] + [f"2026-{m:02d}" for m in range(1, 7)]
    table = pd.DataFrame({"period": history, "product": "Atlas", "amount": 100_000.0})
    return year_forecast(table, by="product", period=june)


def test_what_each_says_is_read_from_its_result(profit: pd.DataFrame, year: pd.DataFrame) -> None:
    # 6 x 100 to date and 6 x 200 as planned; a quarter of each is cost
    said = outlooks.of_statement(profit)
    assert [(one.line, one.amount) for one in said] == [(NET, 1_800_000.0), (COST, 450_000.0)]
    assert said[0].how == "actual to 2026-06, then B"
    assert [(one.line, one.amount) for one in outlooks.of_forecast(year)] == [(NET, 1_200_000.0)]
    lines = pd.DataFrame({"role": ["item", "total"], "outlook": [1.0, 400.0]})
    assert [(one.line, one.amount) for one in outlooks.of_lines(lines)] == [(COST, 400.0)]
    assert (
        outlooks.of_statement(None) == outlooks.of_forecast(None) == outlooks.of_lines(None) == []
    )


def test_two_outlooks_of_a_report_name_each_other(
    profit: pd.DataFrame, year: pd.DataFrame, about: About
) -> None:
    statement = tables.contribution_margins(profit, forecast=year, about=about)
    ahead = tables.year_forecast(year, statement=profit, about=about)
    told = [note.replace(THIN, " ") for one in (statement, ahead) for note in one.notes]
    assert (
        "FC of net revenue: 1 800.0 kEUR here (actual to 2026-06, then B), 1 200.0 kEUR in "
        "the forecast of the year (past months carried on, no plan)."
    ) in told
    assert (
        "FC of net revenue: 1 200.0 kEUR here (past months carried on, no plan), 1 800.0 kEUR "
        "in the product P&L (actual to 2026-06, then B)."
    ) in told
    assert "with the months to come as planned the year brings" in statement.message
    assert list(_outlooks([statement.payload(), ahead.payload()])) == []


def test_a_report_whose_outlooks_differ_without_a_word_breaks_a_rule(
    profit: pd.DataFrame, year: pd.DataFrame, about: About
) -> None:
    statement = tables.contribution_margins(profit, about=about)
    assert "the year is expected to bring" in statement.message
    ahead = tables.year_forecast(year, statement=profit, about=about)
    assert list(_outlooks([statement.payload(), ahead.payload()])) == [
        Finding(
            21,
            "contribution-margins",
            "its year of net revenue is another than the 1200000.00 of year-forecast, "
            "and it does not say so",
        )
    ]


def test_what_reads_alike_needs_no_word() -> None:
    mine = [Said(NET, 1_200_010.0, "the product P&L", "")]
    other = [Said(NET, 1_205_000.0, "the forecast of the year", "")]  # 0.4 % more
    assert outlooks.notes(mine, other, K) == []
    assert outlooks.payload(mine, other, K) == {NET: {"amount": 1_200_010.0, "beside": []}}
    shown = [
        {"id": name, "outlooks": outlooks.payload(one, [], K)}
        for name, one in (("pnl", mine), ("year-forecast", other))
    ]
    assert list(_outlooks(shown)) == []
    assert outlooks.notes(mine, [Said(COST, 9.0, "elsewhere", "")], K) == []
