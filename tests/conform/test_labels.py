from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from pfkit.conform.declaration import Mapping
from pfkit.conform.engine import Engine
from pfkit.conform.labels import period_sql, span_sql
from pfkit.errors import BookError
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    Shop = Any

PLAIN = FiscalCalendar()
APRIL = FiscalCalendar(year_start=4)
WEEKS = FiscalCalendar(rule="4-4-5", year_end="last Saturday of January")


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


def _read(
    engine: Engine, calendar: FiscalCalendar = PLAIN, months: tuple[str, ...] = (), **parts: object
) -> str | None:
    """Return the month label of parts given as plain texts."""
    texts = {key: key for key, value in parts.items() if isinstance(value, str)}
    mapping = Mapping.model_validate({**parts, **texts, "months": months})
    sql, _ = period_sql(mapping, calendar, where="test")
    columns = ", ".join(f"? AS {key}" for key in texts) or "1 AS one"
    rows = engine.rows(f"SELECT {sql} FROM (SELECT {columns})", [parts[key] for key in texts])
    return str(rows[0][0]) if rows[0][0] is not None else None


@pytest.mark.parametrize("month", ["2", "02", "Feb", "feb.", "February", "2.0"])
def test_a_month_beside_its_year(engine: Engine, month: str) -> None:
    assert _read(engine, year="2026", month=month) == "2026-02"
    assert _read(engine, year=2026, month=month) == "2026-02"
    # April to March: February of fiscal 2026 is that of 2026, and November that of 2025
    assert _read(engine, APRIL, fiscal_year="2026", month=month) == "2026-02"
    assert _read(engine, APRIL, fiscal_year="2025/26", month="Nov") == "2025-11"


@pytest.mark.parametrize("text", ["2026-02", "202602", "2026/02", "02/2026", "2.2026"])
def test_a_month_that_holds_its_year(engine: Engine, text: str) -> None:
    assert _read(engine, month=text) == "2026-02"


@pytest.mark.parametrize("text", ["Feb 2026", "February 2026", "Feb-26", "2026 Feb", "FEB'26"])
def test_a_named_month_that_holds_its_year(engine: Engine, text: str) -> None:
    assert _read(engine, month=text) == "2026-02"


@pytest.mark.parametrize("month", ["13", "0", "Feberuary", "2026-13", "Q1", ""])
def test_what_is_no_month_is_none(engine: Engine, month: str) -> None:
    assert _read(engine, year="2026", month=month) is None
    assert _read(engine, month=month) is None


def test_months_in_any_language(engine: Engine) -> None:
    greek = ("Ιαν", "Φεβ", "Μαρ", "Απρ", "Μαϊ", "Ιουν", "Ιουλ", "Αυγ", "Σεπ", "Οκτ", "Νοε", "Δεκ")
    assert _read(engine, months=greek, year="2026", month="Φεβ") == "2026-02"
    assert _read(engine, months=greek, month="Δεκ 2026") == "2026-12"
    assert _read(engine, months=greek, year="2026", month="Feb") is None


@pytest.mark.parametrize("quarter", ["3", "Q3", "T3", "q 3"])
def test_a_quarter_beside_its_year(engine: Engine, quarter: str) -> None:
    assert _read(engine, year="2019", quarter=quarter) == "2019-09"
    assert _read(engine, APRIL, year="2019", quarter=quarter) == "2019-09"
    assert _read(engine, APRIL, fiscal_year="2019/20", quarter=quarter) == "2019-12"
    assert _read(engine, WEEKS, fiscal_year="2020", quarter=quarter) == "2020-09"


@pytest.mark.parametrize(
    "text", ["2019Q3", "2019-Q3", "Q3 2019", "T3/2019", "Q3 FY19", "FY2019 Q3"]
)
def test_a_quarter_that_holds_its_year_is_fiscal(engine: Engine, text: str) -> None:
    assert _read(engine, quarter=text) == "2019-09"
    assert _read(engine, APRIL, quarter=text) == "2018-12"


@pytest.mark.parametrize(
    "text", ["2020", "FY20", "FY2020", "fy 2020", "2019/20", "2019-20", "2019–2020", "FY 2019/20"]
)
def test_a_fiscal_year_ends_with_its_last_month(engine: Engine, text: str) -> None:
    assert _read(engine, fiscal_year=text) == "2020-12"
    assert _read(engine, APRIL, fiscal_year=text) == "2020-03"
    assert _read(engine, WEEKS, fiscal_year=text) == "2020-12"


@pytest.mark.parametrize("text", ["20", "2019/21", "next year", "1920/2"])
def test_what_is_no_fiscal_year_is_none(engine: Engine, text: str) -> None:
    assert _read(engine, fiscal_year=text) is None


def test_a_calendar_year_is_no_fiscal_year(engine: Engine) -> None:
    assert _read(engine, year="2020") == "2020-12"
    with pytest.raises(BookError, match="the year starts in month 4, and `year` is a calendar"):
        _read(engine, APRIL, year="2020")
    with pytest.raises(BookError, match="its quarters are no quarters of `year`"):
        _read(engine, FiscalCalendar(year_start=12), year="2020", quarter="1")


@pytest.mark.parametrize(
    ("parts", "span"),
    [
        ({"year": "y", "month": "m"}, "month"),
        ({"quarter": "q"}, "quarter"),
        ({"fiscal_year": "y"}, "year"),
        ({"column": "c"}, None),
    ],
)
def test_what_an_amount_of_such_a_period_covers(parts: dict[str, str], span: str | None) -> None:
    expected = None if span is None else f"'{span}'"
    assert span_sql(Mapping.model_validate(parts)) == expected


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"year": "a", "fiscal_year": "b"}, "not both"),
        ({"quarter": "a", "month": "b"}, "not both"),
        ({"month": "a", "column": "b"}, "exactly one"),
        ({"year": "a", "months": ["x"] * 12}, "names the twelve months"),
        ({"month": "a", "months": ["x"]}, "names the twelve months"),
        ({"month": "a", "map": "m"}, "through no map"),
    ],
)
def test_parts_that_contradict_each_other(parts: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Mapping.model_validate(parts)


PLAN = """
    [[sources]]
    name = "plan"
    table = "budget"
    path = "plan.csv"
    known_on = { date = 2019-01-01 }
    columns = { version = "Version", period = PERIOD, account = "Account", currency = { constant = "EUR" }, amount_local = "Amount" }
"""  # noqa: E501 (one line of TOML)


def test_a_book_of_years_needs_no_sql(shop: Shop) -> None:
    shop.ledger(
        PLAN.replace("PERIOD", '{ fiscal_year = "FY" }'),
        {"plan.csv": "Version,FY,Account,Amount\nadopted,2019/20,rent,9\nadopted,soon,rent,1\n"},
    )
    book = shop.open(period="2020-12")
    assert book.budget[["period", "span", "amount"]].to_numpy().tolist() == [["2020-12", "year", 9]]
    (held,) = book.quarantine.to_dict("records")
    assert (held["rule"], held["column"], held["value"]) == ("unreadable value", "period", "soon")


def test_only_a_month_is_given_in_parts(shop: Shop) -> None:
    with pytest.raises(BookError, match="customer is no month"):
        shop.declare(columns='customer = { year = "day" }')
