"""A retailer on the NRF's 4-5-4 calendar: 53 weeks in 2023, and 2024 beside shifted weeks."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import pfkit as pf

if TYPE_CHECKING:
    from pathlib import Path

BOOK = """
[company]
name = "Harbor Outfitters"
currency = "USD"
calendar = "nrf"

[policies]
materiality_amount = 1000

[[sources]]
name = "tills"
table = "invoices"
path = "tills.csv"
known_on = { column = "Day", at = "day" }
key = ["invoice_id"]
[sources.columns]
invoice_id = "Receipt"
invoice_date = "Day"
product = "Item"
kind = "Kind"
quantity = "Pieces"
currency = { constant = "USD" }
amount_local = "Amount"

[statement]
sale = { line = "Sales", group = "gross", unit = "pieces" }
refund = { line = "Refunds", group = "returns" }
"""
#: Months as nrf.com publishes them, and the restated 2023 that 2024 is compared with.
FEBRUARY_2024 = ("2024-02-04", "2024-03-02")
RESTATED_FEBRUARY = ("2023-02-05", "2023-03-04")
FEBRUARY_2023 = ("2023-01-29", "2023-02-25")
YEAR_2023 = ("2023-01-29", "2024-02-03")
YEAR_2022 = ("2022-01-30", "2023-01-28")


@lru_cache(maxsize=1)
def receipts() -> pd.DataFrame:
    """Give a day's sales and refunds of two items from 2022 to early 2024, Saturdays busiest."""
    draw = np.random.default_rng(20240203)
    days = pd.date_range("2022-01-30", "2024-04-06")
    rows = []
    for place, day in enumerate(days):
        busy = 3 if day.day_of_week == 5 else 1
        season = 2.5 if day.month == 12 else 1
        for item, price in (("parka", 120.0), ("scarf", 25.0)):
            pieces = int(draw.poisson(6 * busy * season)) + 1
            rows.append((f"{place}-{item}", day, item, "sale", pieces, round(pieces * price, 2)))
            if draw.random() < 0.3:
                rows.append((f"{place}-{item}-r", day, item, "refund", -1, -price))
    return pd.DataFrame(rows, columns=["Receipt", "Day", "Item", "Kind", "Pieces", "Amount"])


def between(first: str, last: str, kind: str | None = None) -> float:
    """Add up receipts between two days, by plain pandas."""
    rows = receipts()
    mine = rows[(rows["Day"] >= first) & (rows["Day"] <= last)]
    mine = mine if kind is None else mine[mine["Kind"] == kind]
    return round(float(mine["Amount"].sum()), 2)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("harbor")
    (folder / "book.toml").write_text(BOOK, encoding="utf-8")
    receipts().to_csv(folder / "tills.csv", index=False)
    return folder


@lru_cache(maxsize=4)
def opened(folder: Path, period: str) -> Any:  # noqa: ANN401 (a Book)
    return pf.open_book(folder, period=period)


def compared(book: Any, period: str = "") -> pd.DataFrame:  # noqa: ANN401
    stretch = book.calendar.period(period) if period else book.period
    table = pf.comparable_weeks(book.statement, book.weekly, period=stretch)
    return table.set_index(["row_key", "basis"])


def test_months_hold_the_days_the_nrf_publishes(shop: Path) -> None:
    book = opened(shop, "2024-01")
    lines = pf.pnl(book.statement, period=book.period).set_index(["row_key", "basis"])
    assert lines.loc[("net-revenue", "period"), "actual"] == between(*FEBRUARY_2024)
    assert lines.loc[("net-revenue", "period"), "prior_year"] == between(*FEBRUARY_2023)
    assert lines.loc[("refunds", "period"), "actual"] == between(*FEBRUARY_2024, "refund")


def test_the_year_after_53_weeks_is_compared_with_restated_weeks(shop: Path) -> None:
    row = compared(opened(shop, "2024-01")).loc[("net-revenue", "period")]
    assert (row["comparable_first_day"], row["comparable_last_day"]) == RESTATED_FEBRUARY
    assert row["comparable"] == between(*RESTATED_FEBRUARY)
    assert row["comparable_variance"] == pytest.approx(
        between(*FEBRUARY_2024) - between(*RESTATED_FEBRUARY)
    )
    assert row["prior_year"] == between(*FEBRUARY_2023)
    assert row["comparable"] != row["prior_year"]
    assert (row["weeks"], row["prior_weeks"]) == (4, 4)
    assert row["reason"] == ""


def test_53_weeks_stand_beside_53_weeks_and_per_week_beside_52(shop: Path) -> None:
    row = compared(opened(shop, "2023-12"), "FY2023").loc[("net-revenue", "period")]
    assert (row["weeks"], row["prior_weeks"]) == (53, 52)
    assert (row["first_day"], row["last_day"]) == YEAR_2023
    assert row["actual"] == between(*YEAR_2023)
    assert row["comparable"] == between("2022-01-30", "2023-02-04")
    assert row["per_week"] == round(between(*YEAR_2023) / 53, 2)
    assert row["prior_per_week"] == round(between(*YEAR_2022) / 52, 2)
    assert row["per_week_rate"] == pytest.approx(
        (between(*YEAR_2023) / 53) / (between(*YEAR_2022) / 52) - 1
    )


def test_the_last_month_of_2023_has_five_weeks(shop: Path) -> None:
    book = opened(shop, "2023-12")
    row = compared(book).loc[("net-revenue", "period")]
    assert (row["weeks"], row["prior_weeks"]) == (5, 4)
    assert row["actual"] == between("2023-12-31", "2024-02-03")
    assert row["comparable"] == between("2023-01-01", "2023-02-04")
    shown = pf.tables.comparable_weeks(
        pf.comparable_weeks(book.statement, book.weekly, period=book.period), about=book.about
    )
    assert "against the same 5 weeks a year before" in shown.message
    assert "against the same 53 weeks a year before" in shown.message
    assert any("Lengths differ, and nothing is scaled." in note for note in shown.notes)
    assert any("2023-01-01 to 2023-02-04" in note for note in shown.notes)


def test_lines_add_up_and_weeks_add_up_to_the_statement(shop: Path) -> None:
    book = opened(shop, "2024-01")
    table = compared(book)
    for name in ("actual", "prior_year", "comparable"):
        parts = [table.loc[(line, "period"), name] for line in ("sales", "refunds")]
        assert table.loc[("net-revenue", "period"), name] == pytest.approx(sum(parts), abs=0.001)
    booked = book.statement[book.statement["version"] == "actual"]["amount"].sum()
    assert book.weekly["amount"].sum() == pytest.approx(booked, abs=0.001)
    assert book.weekly["amount"].sum() == pytest.approx(receipts()["Amount"].sum(), abs=0.001)
    assert {day.weekday() for day in book.weekly["first_day"]} == {6}  # weeks begin on Sunday


def test_weeks_that_are_not_in_the_input_are_not_compared(shop: Path) -> None:
    book = opened(shop, "2024-01")
    weeks = book.weekly[book.weekly["first_day"] != dt.date(2023, 2, 12)]
    table = pf.comparable_weeks(book.statement, weeks, period=book.period)
    assert table["comparable"].isna().all()
    assert table["reason"].tolist() == [
        "comparable weeks: 3 of 4 from 2023-02-05 to 2023-03-04 in the input"
    ] * len(table)


def test_the_report_says_which_weeks_it_counts(shop: Path, tmp_path: Path) -> None:
    pf.run("monthly", book=shop, period="2024-01", to=tmp_path)
    folder = next(tmp_path.rglob("report.pdf")).parent
    assert pf.lint(folder) == []
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "year to the Saturday nearest 31 January, a 53rd week in month 12" in page
    assert "4 weeks, 2024-02-04 to 2024-03-02; prior year 4 weeks, 2023-01-29 to" in page
