"""Amounts stated for stretches of days: named by the calendar, read once, and what follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pfkit as pf
from pfkit.conform.booktoml import read_declaration
from pfkit.conform.stretches import derived_quarters, with_since
from pfkit.errors import BookError
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from pfkit.book import Book

    Shop = Any

CALENDAR = FiscalCalendar()
HEAD = """
    [[sources]]
    name = "accounts"
    table = "accounts"
    lines = [
      { account = "sales", name = "Sales", line = "Sales", group = "gross", favorable_when = "higher" },
      { account = "cost", name = "Cost", line = "Cost", group = "cost_of_revenue", favorable_when = "lower" },
    ]
    [[sources]]
    name = "facts"
    table = "actuals"
    path = "facts.csv"
    known_on = { column = "Filed", at = "day" }
    replaces = ["account", "period", "span"]
    [sources.columns]
    period = { first_day = "From", last_day = "To" }
    account = "What"
    product = { sql = "coalesce(Product, '(none)')" }
    currency = { constant = "EUR" }
    amount_local = "Amount"
"""  # noqa: E501 (rows of a table)
FACTS = """
    From,To,What,Product,Amount,Filed
    2025-01-01,2025-12-31,sales,tea,100.00,2026-02-01
    2025-01-01,2025-09-30,sales,tea,60.00,2026-02-01
    2025-07-01,2025-09-30,sales,tea,25.00,2026-02-01
    2025-01-01,2025-12-31,cost,,40.00,2026-02-01
    2025-01-01,2025-09-30,cost,,30.00,2026-02-01
    2025-07-01,2025-09-30,cost,,11.00,2026-02-01
"""


def _open(shop: Shop, facts: str = FACTS, period: str = "2025Q4") -> Book:
    shop.ledger(HEAD, {"facts.csv": facts})
    book: Book = shop.open(period=period)
    return book


def _actual(book: Book, period: str) -> dict[str, float]:
    stretch = book.calendar.period(period)
    table = pf.pnl(book.statement, period=stretch)
    lines = table[(table["basis"] == "period") & (table["role"] == "line")]
    lines = lines[lines["actual"].notna()]
    return dict(zip(lines["line"], lines["actual"], strict=True))


def test_each_stretch_is_named_by_the_calendar(shop: Shop) -> None:
    rows = _open(shop).actuals
    named = rows.groupby(["period", "span"])["amount"].sum().to_dict()
    assert named == {
        ("2025-12", "year"): 140.0,
        ("2025-09", "ytd"): 90.0,
        ("2025-09", "quarter"): 36.0,
    }


def test_columns_that_are_called_like_the_calendar_s_are_the_source_s(shop: Shop) -> None:
    head = HEAD.replace('"From"', '"first_day"').replace('"To"', '"last_day"')
    shop.ledger(head, {"facts.csv": FACTS.replace("From,To", "first_day,last_day")})
    assert sorted(set(shop.open(period="2025Q4").actuals["span"])) == ["quarter", "year", "ytd"]


def test_a_period_is_read_from_the_fewest_stretches_that_cover_it(shop: Shop) -> None:
    book = _open(shop)
    assert _actual(book, "FY2025") == {"Sales": 100.0, "Cost": -40.0}
    assert _actual(book, "2025Q3") == {"Sales": 25.0, "Cost": -11.0}
    assert _actual(book, "2025Q4") == {"Sales": 40.0, "Cost": -10.0}  # year less nine months
    to_date = pf.pnl(book.statement, period=book.calendar.period("2025Q2"))
    half = to_date[(to_date["basis"] == "ytd") & (to_date["row_key"] == "sales")]
    assert half["actual"].tolist() == [35.0]  # nine months less the third quarter
    assert _actual(book, "2025-12") == {}


def test_what_is_derived_is_listed_and_added_up_in_a_control(shop: Shop) -> None:
    book = _open(shop)
    told = book.derived[["row_key", "from", "less", "amount"]]
    assert told.to_numpy().tolist() == [
        ["2025-01..2025-06|cost|(none)", "2025-01..2025-09", "2025Q3", -19.0],
        ["2025-01..2025-06|sales|tea", "2025-01..2025-09", "2025Q3", 35.0],
        ["2025Q4|cost|(none)", "FY2025", "2025-01..2025-09", -10.0],
        ["2025Q4|sales|tea", "FY2025", "2025-01..2025-09", 40.0],
    ]
    said = book.controls.set_index("control").loc["Derived quarters", "detail"]
    assert said == "2 rows of 2025Q4 are FY2025 less 2025-01..2025-09: Cost −10, Sales 40"


def test_a_stretch_that_is_no_period_of_the_calendar_is_held_back(shop: Shop) -> None:
    book = _open(shop, FACTS + "    2025-01-15,2025-02-14,sales,tea,7.00,2026-02-01\n")
    held = book.evidence.conformed.engine.rows(
        "SELECT _reason, _column, _value FROM rows_facts WHERE _status = 'quarantined'"
    )
    assert held == [("unreadable value", "period", "2025-01-15 to 2025-02-14")]
    (advice,) = book.quarantine["advice"]  # in every report: nobody knows which it belongs to
    assert book.controls.set_index("control").loc["Held back", "state"] == "red"
    assert advice.startswith("These days are no month, quarter, year to date or year of the fiscal")


def test_an_account_that_is_not_stated_leaves_no_statement(shop: Shop) -> None:
    lines = FACTS.splitlines()
    book = _open(shop, "\n".join(line for line in lines if "09-30,cost" not in line))
    table = pf.pnl(book.statement, period=book.period)
    quarter = table[table["basis"] == "period"]
    assert quarter["actual"].isna().all()
    assert "actual: Cost is not stated for 2025Q4" in quarter["reason"].iloc[0]


def test_months_beside_stretches_are_read_where_they_stand(shop: Shop) -> None:
    months = "\n".join(
        f"    2025-{n:02d}-01,{CALENDAR.last_day(f'2025-{n:02d}')},sales,cake,1.50,2026-02-01"
        for n in range(10, 13)
    )
    book = _open(shop, f"{FACTS}{months}\n")
    # the year and the fourth quarter of sales are stated more finely: three months of 1.50
    assert _actual(book, "2025Q4")["Sales"] == 40.0
    assert _actual(book, "2025-11") == {}  # cost has no month: no statement of it


def test_a_later_statement_replaces_an_earlier_one(shop: Shop) -> None:
    again = "    2025-01-01,2025-12-31,sales,tea,101.00,2026-03-01\n"
    shop.ledger(HEAD, {"facts.csv": FACTS + again})
    assert _actual(shop.open(period="2025Q4"), "2025Q4")["Sales"] == 41.0
    then = shop.open(period="2025Q4", as_of="2026-02-15")
    assert _actual(then, "2025Q4")["Sales"] == 40.0


@pytest.mark.parametrize(
    "period", ['{ first_day = "From" }', '{ first_day = "From", last_day = "To", year = 2025 }']
)
def test_a_stretch_has_two_ends_and_nothing_else(shop: Shop, period: str) -> None:
    toml = HEAD.replace('{ first_day = "From", last_day = "To" }', period)
    shop.ledger(toml, {"facts.csv": FACTS})
    with pytest.raises(BookError, match="has a first_day and a last_day, and no other part"):
        shop.open(period="2025Q4")


def statement(rows: list[tuple[str, str, str, float]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["span", "period", "product", "amount"])
    told = {"family": "F", "cost_center": "(none)", "account": "a", "line": "L", "group": "gross"}
    return with_since(table.assign(**told, favorable_when="higher"), CALENDAR)


def test_products_less_a_total_is_no_quarter() -> None:
    found = derived_quarters(
        statement([("year", "2025-12", "tea", 9.0), ("ytd", "2025-09", "(none)", 5.0)]), CALENDAR
    )
    assert found.empty


def test_products_told_on_another_level_are_no_quarter() -> None:
    fine = [("year", "2025-12", "tea", 6.0), ("year", "2025-12", "coffee", 3.0)]
    found = derived_quarters(statement([*fine, ("ytd", "2025-09", "drinks", 5.0)]), CALENDAR)
    assert found.empty
    # a product that is new in the fourth quarter is none of the nine months'
    found = derived_quarters(statement([*fine, ("ytd", "2025-09", "tea", 5.0)]), CALENDAR)
    assert dict(zip(found["product"], found["amount"], strict=True)) == {"coffee": 3.0, "tea": 1.0}


def test_a_fourth_quarter_follows_from_the_year_and_three_quarters() -> None:
    quarters = [("quarter", f"2025-{3 * n:02d}", "tea", 10.0 * n) for n in (1, 2, 3)]
    found = derived_quarters(statement([("year", "2025-12", "tea", 100.0), *quarters]), CALENDAR)
    assert found[["since", "period", "amount", "less"]].to_numpy().tolist() == [
        ["2025-10", "2025-12", 40.0, "2025-01..2025-09"]
    ]
    less = derived_quarters(statement([("year", "2025-12", "tea", 100.0), *quarters[1:]]), CALENDAR)
    assert less.empty


def test_a_month_that_no_amount_is_stated_for_says_so(shop: Shop) -> None:
    said = _open(shop, period="2025-12").controls.set_index("control")
    assert said.loc["Derived quarters", "detail"] == (
        "no amount is stated for 2025-12, and none follows from what is"
    )


@settings(max_examples=40)
@given(
    quarters=st.lists(st.integers(-(10**9), 10**9), min_size=4, max_size=4),
    stated=st.sets(st.integers(2, 4), min_size=2, max_size=3),
)
def test_derived_quarters_are_the_quarters(quarters: list[int], stated: set[int]) -> None:
    """What stands to date gives back the quarters it was added up from, to the cent."""
    sums = [sum(quarters[: n + 1]) / 100 for n in range(4)]
    spans = {4: "year"}
    rows = [(spans.get(n, "ytd"), f"2025-{3 * n:02d}", "tea", sums[n - 1]) for n in stated]
    found = derived_quarters(statement(rows), CALENDAR)
    expected = {n for n in (3, 4) if {n, n - 1} <= stated}
    made = {int(row["period"][5:]) // 3: row["amount"] for row in found.to_dict("records")}
    assert set(made) == expected
    assert all(made[n] == pytest.approx(quarters[n - 1] / 100, abs=1e-6) for n in expected)


@pytest.mark.parametrize(
    "company",
    [
        "fiscal_year_start = 7",
        'calendar = "4-4-5"\nyear_end = "last Saturday of September"\nextra_week = "Q1"',
        'calendar = "nrf"',
    ],
)
def test_reports_of_a_year_add_up_on_every_calendar(shop: Shop, company: str) -> None:
    """Three reports of a quarter and to date, and the year's: as a listed company files them."""
    shop.ledger(company + HEAD, {"facts.csv": FACTS})
    calendar = read_declaration(shop.path).company.fiscal_calendar()
    quarters = [calendar.period(f"2023Q{n}") for n in range(1, 5)]
    lines = ["From,To,What,Product,Amount,Filed"]
    for n, (sales, cost) in enumerate([(10.01, 4), (20.02, 8), (30.03, 16), (40.04, 32)]):
        filed = f"2024-{n + 3:02d}-01"
        to_date = (quarters[0].first, quarters[n].last)
        if n < 3:
            lines.append(f"{quarters[n].first},{quarters[n].last},sales,tea,{sales},{filed}")
            lines.append(f"{quarters[n].first},{quarters[n].last},cost,,{cost},{filed}")
        total = (10.01 * (n + 1) * (n + 2) / 2, 4 * (2 ** (n + 1) - 1))
        if n:
            lines.append(f"{to_date[0]},{to_date[1]},sales,tea,{total[0]:.2f},{filed}")
            lines.append(f"{to_date[0]},{to_date[1]},cost,,{total[1]},{filed}")
    shop.ledger(company + HEAD, {"facts.csv": "\n".join(lines)})
    book = shop.open(period="2023Q4")
    assert book.evidence.conformed.engine.rows(
        "SELECT count(*) FROM rows_facts WHERE _status <> 'accepted'"
    ) == [(0,)]
    for n, expected in enumerate([(10.01, -4.0), (20.02, -8.0), (30.03, -16.0), (40.04, -32.0)]):
        found = _actual(book, f"2023Q{n + 1}")
        assert (found["Sales"], found["Cost"]) == expected
    assert _actual(book, "FY2023") == {"Sales": 100.10, "Cost": -60.0}
    assert book.derived["period"].unique().tolist() == ["2023Q4"]
    second = shop.open(period="2023Q2", as_of="2024-04-15")
    assert _actual(second, "2023Q2") == {"Sales": 20.02, "Cost": -8.0}
    assert second.derived.empty
