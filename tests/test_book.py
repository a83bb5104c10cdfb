from __future__ import annotations

import dataclasses
import datetime as dt
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

import pfkit as pf
from pfkit.errors import BookError, ContractError, ControlError, ParameterError, PeriodError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pfkit.book import Book

    Open = Callable[..., Book]

TOML = """
[company]
name = "Corner Shop"
currency = "EUR"
fiscal_year_start = 12

[[sources]]
name = "billing"
table = "invoices"
path = "billing.csv"
known_on = { column = "seen" }
columns = { invoice_id = "id", invoice_date = "day", product = "item", amount_local = "amount" }
"""
BILLING = """
id,day,item,amount,seen
A1,2026-01-05,tea,10.00,2026-01-31
A2,2026-01-31,milk,20.50,2026-01-31
A3,2026-02-28,tea,1.00,2026-02-28
"""


@pytest.fixture
def shop(tmp_path: Path) -> Open:
    """Open a corner shop's book, with more declared and other files where a test says so."""

    def opened(more: str = "", files: dict[str, str] | None = None, **kwargs: object) -> Book:
        (tmp_path / "book.toml").write_text(TOML + dedent(more), encoding="utf-8")
        for name, text in {"billing.csv": BILLING, **(files or {})}.items():
            (tmp_path / name).write_text(dedent(text).lstrip(), encoding="utf-8")
        return pf.open_book(tmp_path, **kwargs)  # type: ignore[arg-type]

    return opened


def test_a_book_opens_on_its_last_month(shop: Open) -> None:
    book = shop()
    assert book.period.label == "2026-02"
    assert book.as_of == dt.date(2026, 2, 28)
    assert (book.company, book.entity, book.currency) == ("Corner Shop", "corner-shop", "EUR")
    assert book.checks.state == "green"


def test_a_quarter_is_the_fiscal_one(shop: Open) -> None:
    book = shop(period="2026Q1")
    assert book.period.months == ("2025-12", "2026-01", "2026-02")
    assert book.calendar.year_start == 12


def test_a_book_is_frozen(shop: Open) -> None:
    book = shop()
    with pytest.raises(dataclasses.FrozenInstanceError):
        book.period = book.period  # type: ignore[misc]


def test_opening_twice_gives_the_same_tables(shop: Open) -> None:
    first, second = shop(period="2026-01"), shop(period="2026-01")
    assert first.statement.equals(second.statement)
    assert first.controls.equals(second.controls)
    assert first.balance.equals(second.balance)


def test_every_invoice_row_says_where_it_was_read(shop: Open) -> None:
    rows = shop().invoices
    assert list(rows["_source"]) == ["billing"] * 3
    assert list(rows["_file"]) == ["billing.csv"] * 3
    assert list(rows["_line"]) == ["2", "3", "4"]


def test_as_of_counts_what_was_known_by_then(shop: Open) -> None:
    book = shop(as_of="2026-01-31")
    assert book.period.label == "2026-01"
    assert list(book.invoices["invoice_id"]) == ["A1", "A2"]
    assert list(shop(as_of=dt.date(2026, 1, 31)).invoices["invoice_id"]) == ["A1", "A2"]


@pytest.mark.parametrize(
    "day", ["yesterday", "31.01.2026", "2026-02-30", "2026-01", "20260131", "2026-W05-6", ""]
)
def test_a_day_that_is_none_says_how_to_write_one(shop: Open, day: str) -> None:
    with pytest.raises(ParameterError) as caught:
        shop(as_of=day)
    assert caught.value.what == f"{day!r} is no day"
    assert (caught.value.where, caught.value.advice) == ("as_of", "Write it as 2011-06-30.")


def test_a_period_without_data_says_what_the_book_holds(shop: Open) -> None:
    with pytest.raises(PeriodError) as caught:
        shop(period="2027-01")
    assert caught.value.what == (
        "no data for 2027-01 (2027-01-01 to 2027-01-31) known by 2026-02-28"
    )
    assert caught.value.advice == "The book holds 2026-01 to 2026-02."


def test_a_period_that_was_not_yet_known_has_no_data(shop: Open) -> None:
    with pytest.raises(PeriodError, match=r"no data for 2026-02 .* known by 2026-01-31"):
        shop(period="2026-02", as_of="2026-01-31")


def test_a_day_before_everything_leaves_nothing(shop: Open) -> None:
    with pytest.raises(PeriodError) as caught:
        shop(as_of="2025-01-01")
    assert caught.value.what == "no row is left to report on"
    assert "give a later --as-of" in caught.value.advice


def test_a_malformed_period_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "book.toml").write_text(TOML, encoding="utf-8")
    with pytest.raises(PeriodError, match="'June' is no period"):
        pf.open_book(tmp_path, period="June")


def test_a_total_that_does_not_tie_stops_the_book(shop: Open) -> None:
    control = """
    [[controls]]
    source = "billing"
    path = "totals.csv"
    period = "month"
    amount = "eur"
    """
    with pytest.raises(ControlError, match=r"amount read 30\.50 but .* says 30\.49"):
        shop(control, {"totals.csv": "month,eur\n2026-01,30.49\n"})


def test_a_table_nobody_feeds_is_empty_and_says_how_to_feed_it(shop: Open) -> None:
    book = shop()
    assert not book.has("budget")
    assert book.budget.empty
    assert list(book.budget.columns[:2]) == ["version", "period"]
    assert book.missing("budget").endswith(
        'add a [[sources]] entry with table = "budget" to book.toml.'
    )
    assert book.missing("invoices") == ""
    assert book.about.missing["budget"] == book.missing("budget")
    assert "invoices" not in book.about.missing


@pytest.mark.parametrize(
    "name",
    ["actuals", "budget", "usage", "initiatives", "cashflows", "products", "accounts",
     "cost_centers", "rates", "decisions", "comments", "milestones", "benefits",
     "overrides"],
)  # fmt: skip
def test_every_table_can_be_asked_for(shop: Open, name: str) -> None:
    assert getattr(shop(), name).empty


def test_an_unknown_table_offers_the_near_miss(shop: Open) -> None:
    with pytest.raises(ContractError) as caught:
        shop().table("invoice")
    assert "'invoice'" in str(caught.value)
    assert "'invoices'" in caught.value.advice


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of what Ibis itself calls
def test_a_table_may_stay_in_the_engine(shop: Open) -> None:
    book = shop()
    assert book.expression("invoices").amount.sum().execute() == pytest.approx(31.5)
    with pytest.raises(BookError) as caught:
        book.expression("budget")
    assert caught.value.what == "the book has no table 'budget'"
    assert caught.value.advice == book.missing("budget")


BUDGET = """
[[sources]]
name = "plan"
table = "budget"
path = "plan.csv"
known_on = { date = 2025-12-01 }
columns = { version = "v", period = "month", account = "acct", amount_local = "plan" }
"""


def test_the_only_version_of_a_budget_is_the_plan(shop: Open) -> None:
    book = shop(BUDGET, {"plan.csv": "v,month,acct,plan\nfirst,2026-01,4000,1\n"})
    assert book.plan_version == "first"


def test_two_versions_need_a_declared_plan(shop: Open) -> None:
    plans = {"plan.csv": "v,month,acct,plan\nfirst,2026-01,4000,1\nsecond,2026-01,4000,2\n"}
    assert shop(BUDGET, plans).plan_version is None
    declared = '[policies]\nplan_version = "second"\n'
    assert shop(declared + BUDGET, plans).plan_version == "second"


def test_a_book_without_a_budget_has_no_plan(shop: Open) -> None:
    assert shop().plan_version is None


def test_a_budget_learned_in_the_period_is_something_to_report(shop: Open) -> None:
    budget = BUDGET.replace('period = "month"', 'period = "month", span = "span"').replace(
        "2025-12-01", "2026-02-28"
    )
    plan = {"plan.csv": "v,month,span,acct,plan\nfirst,2026-11,year,4000,1200\n"}
    nothing = {"billing.csv": "id,day,item,amount,seen\nA1,2025-12-31,tea,1,2025-12-31\n"}
    book = shop(budget, {**plan, **nothing}, period="2026-02")
    assert list(book.budget["amount"]) == [1200.0]


def test_the_balance_and_the_controls_are_frames_of_plain_numbers(shop: Open) -> None:
    book = shop()
    assert list(book.balance["row_key"]) == ["billing|2026-01", "billing|2026-02"]
    assert list(book.balance["amount_in"]) == [30.5, 1.0]
    for column in ("expected", "actual", "difference"):
        assert book.controls[column].dtype == "float64"


def test_about_names_company_period_and_demo(shop: Open) -> None:
    about = shop(period="2026-01").about
    assert (about.company, about.entity, about.currency) == ("Corner Shop", "corner-shop", "EUR")
    assert about.period.label == "2026-01"
    assert about.as_of == dt.date(2026, 2, 28)
    assert about.demo is False


def test_names_and_amounts_are_the_same_in_any_place(
    shop: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = shop(period="2026-01")
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.chdir(tmp_path)
    there = pf.open_book(".", period="2026-01")
    assert there.invoices.equals(here.invoices)
    assert there.provenance.equals(here.provenance)
