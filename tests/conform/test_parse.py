from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from pfkit.conform.engine import Engine, literal
from pfkit.conform.parse import Marks, agreed_sql, datetime_sql, month_of_sql, number_sql, raw_sql
from pfkit.contracts import Column, contract
from pfkit.period import FiscalCalendar

NBSP = "\u00a0"


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


def number(engine: Engine, text: str, **marks: str) -> str | None:
    sql = number_sql(literal(text), Marks(**marks))
    ((value,),) = engine.rows(f"SELECT {sql}")
    return None if value is None else format(value.normalize(), "f")


def stamp(engine: Engine, text: str, **marks: str) -> str | None:
    ((value,),) = engine.rows(f"SELECT {datetime_sql(literal(text), Marks(**marks))}")
    return None if value is None else str(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1234.50", "1234.5"),
        ("-7", "-7"),
        ("+5", "5"),
        (" 7 ", "7"),
        (f"{NBSP}7", "7"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1e3", "1000"),
        ("2.5E-2", "0.025"),
        ("007", "7"),
    ],
)
def test_a_plain_number_is_read_exactly(engine: Engine, text: str, value: str) -> None:
    assert number(engine, text) == value


@pytest.mark.parametrize(
    "text",
    [
        "1,234",
        "1,5",
        "(5)",
        "(1,234.50)",
        "1 234",
        f"1{NBSP}234",
        "5-",
        "--5",
        "1.2.3",
        "1_000",
        "0x10",
        "1e",
        "NaN",
        "inf",
        "１２",
        "12 EUR",
        "€12",
        "#REF!",
        "abc",
        "1e400",
    ],
)
def test_what_is_not_declared_is_unreadable_rather_than_guessed(engine: Engine, text: str) -> None:
    assert number(engine, text) is None


@pytest.mark.parametrize(
    ("text", "decimal", "thousands", "value"),
    [
        ("1,5", ",", "", "1.5"),
        ("1.5", ",", "", None),
        ("1.234,50", ",", ".", "1234.5"),
        ("1234,50", ",", ".", "1234.5"),
        ("1.23,4", ",", ".", None),
        ("1,234.50", ".", ",", "1234.5"),
        ("1,234", ".", ",", "1234"),
        ("12,34", ".", ",", None),
        ("1,2345", ".", ",", None),
        ("-1,234,567", ".", ",", "-1234567"),
        ("1 234,5", ",", " ", "1234.5"),
        (f"1{NBSP}234,5", ",", " ", "1234.5"),
        ("1\u202f234,5", ",", " ", "1234.5"),
        ("12 34", ",", " ", None),
        ("1'234.5", ".", "'", "1234.5"),
    ],
)
def test_declared_marks_are_the_only_marks(
    engine: Engine, text: str, decimal: str, thousands: str, value: str | None
) -> None:
    assert number(engine, text, decimal=decimal, thousands=thousands) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-01-31", "2026-01-31 00:00:00"),
        ("2026-01-31 23:59:58", "2026-01-31 23:59:58"),
        ("2026-01-31T08:30", "2026-01-31 08:30:00"),
        ("2024-02-29", "2024-02-29 00:00:00"),
        ("2026-02-29", None),
        ("2026-13-01", None),
        ("31.01.2026", None),
        ("01/02/2026", None),
        ("20260131", None),
        ("2026-1-5", None),
        ("46053", None),
        ("Jan 5, 2026", None),
    ],
)
def test_an_undeclared_date_is_iso_or_unreadable(
    engine: Engine, text: str, value: str | None
) -> None:
    assert stamp(engine, text) == value


@pytest.mark.parametrize(
    ("text", "utc", "lisbon"),
    [
        ("2026-07-31T23:30:00Z", "2026-07-31 23:30:00", "2026-08-01 00:30:00"),
        ("2026-01-31 22:30:00.5-05:00", "2026-02-01 03:30:00.500000", "2026-02-01 03:30:00.500000"),
        ("2026-07-31T23:30+0200", "2026-07-31 21:30:00", "2026-07-31 22:30:00"),
        ("2026-07-31T25:30:00Z", None, None),
        ("2026-07-31Z", None, None),
    ],
)
def test_a_moment_that_says_its_offset_goes_by_it(
    engine: Engine, text: str, utc: str | None, lisbon: str | None
) -> None:
    # Lisbon is an hour ahead of UTC in summer and level with it in winter.
    assert stamp(engine, text) == utc
    assert stamp(engine, text, zone="Asia/Tokyo", company_zone="Europe/Lisbon") == lisbon


def test_a_declared_format_is_the_only_one(engine: Engine) -> None:
    assert stamp(engine, "02/01/2026", date_format="%d/%m/%Y") == "2026-01-02 00:00:00"
    assert stamp(engine, "02/01/2026", date_format="%m/%d/%Y") == "2026-02-01 00:00:00"
    assert stamp(engine, "13/13/2026", date_format="%d/%m/%Y") is None
    assert stamp(engine, "2026-01-02", date_format="%d/%m/%Y") is None


def test_a_time_moves_to_the_companys_zone(engine: Engine) -> None:
    zones = {"zone": "America/New_York", "company_zone": "UTC"}
    # New York is five hours behind UTC in winter and four in summer.
    assert stamp(engine, "2026-01-31 20:00", **zones) == "2026-02-01 01:00:00"
    assert stamp(engine, "2026-07-31 20:00", **zones) == "2026-08-01 00:00:00"


@pytest.mark.parametrize(("text", "date_format"), [("2026-01-31", ""), ("31.01.2026", "%d.%m.%Y")])
def test_a_day_without_a_time_is_the_same_day_in_every_zone(
    engine: Engine, text: str, date_format: str
) -> None:
    zones = {"zone": "Asia/Tokyo", "company_zone": "UTC", "date_format": date_format}
    assert stamp(engine, text, **zones) == "2026-01-31 00:00:00"


def test_a_typed_timestamp_moves_to_the_companys_zone_too(engine: Engine) -> None:
    marks = Marks(zone="Asia/Tokyo", company_zone="UTC")
    sql = raw_sql("TIMESTAMP '2026-02-01 08:00:00'", "TIMESTAMP", "date", marks)
    assert engine.rows(f"SELECT {sql}") == [(dt.date(2026, 1, 31),)]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("integer", "12", 12),
        ("integer", "12.0", 12),
        ("integer", "12.5", None),
        ("date", "2026-01-31 23:59", dt.date(2026, 1, 31)),
        ("text", "007", "007"),
    ],
)
def test_raw_columns_are_read_as_declared(
    engine: Engine, kind: str, text: str, value: object
) -> None:
    sql = raw_sql(literal(text), "VARCHAR", kind, Marks())
    assert engine.rows(f"SELECT {sql}") == [(value,)]


def agreed(engine: Engine, column: Column, sql: str, kind: str) -> object:
    read = agreed_sql(sql, kind, column, Marks(), FiscalCalendar())
    return engine.rows(f"SELECT {read}")[0][0]


def test_a_month_is_a_label_or_a_day(engine: Engine) -> None:
    period = contract("actuals").column("period")
    assert agreed(engine, period, "'2026-01'", "VARCHAR") == "2026-01"
    assert agreed(engine, period, "'2026-01-31'", "VARCHAR") == "2026-01"
    assert agreed(engine, period, "DATE '2026-03-01'", "DATE") == "2026-03"
    assert agreed(engine, period, "'2026-13'", "VARCHAR") is None
    assert agreed(engine, period, "'202601'", "VARCHAR") is None
    assert agreed(engine, period, "'January'", "VARCHAR") is None


def test_text_is_trimmed_and_keeps_its_zeros(engine: Engine) -> None:
    invoice = contract("invoices").column("invoice_id")
    assert agreed(engine, invoice, "' 00042 '", "VARCHAR") == "00042"
    assert agreed(engine, invoice, "'   '", "VARCHAR") is None


def test_a_fiscal_month_of_weeks_comes_from_table_calendar(engine: Engine) -> None:
    engine.run("CREATE OR REPLACE TABLE calendar (period VARCHAR, first_day DATE, last_day DATE)")
    engine.run(
        "INSERT INTO calendar VALUES ('2023-01', '2022-09-25', '2022-10-29'), "
        "('2023-02', '2022-10-30', '2022-11-26')"
    )
    weeks = FiscalCalendar(rule="5-4-4", year_end="last Saturday of September")
    days = "(SELECT unnest([DATE '2022-10-29', DATE '2022-10-30']) AS day)"
    assert engine.rows(f"SELECT {month_of_sql('d.day', weeks)} FROM {days} d") == [
        ("2023-01",),
        ("2023-02",),
    ]


@pytest.mark.parametrize(
    ("text", "declared", "value"),
    [
        ("(12.50)", {"negatives": "parentheses"}, "-12.5"),
        ("-12.50", {"negatives": "parentheses"}, "-12.5"),
        ("(-12.50)", {"negatives": "parentheses"}, None),
        ("(12.50)", {}, None),
        ("12.50-", {"negatives": "trailing"}, "-12.5"),
        ("12.50-", {}, None),
        ("€ 1,234.50", {"symbols": ("€", "EUR"), "thousands": ","}, "1234.5"),
        ("-€5", {"symbols": ("€",)}, "-5"),
        ("(5 EUR)", {"symbols": ("EUR",), "negatives": "parentheses"}, "-5"),
        ("$5", {"symbols": ("€",)}, None),
        ("12.5 %", {"percent": True}, "0.125"),
        ("12.5", {"percent": True}, "12.5"),
        ("12.5%", {}, None),
        ("1'234.50", {"thousands": "'"}, "1234.5"),
        ("1\u2019234.50", {"thousands": "'"}, "1234.5"),
        ("1\u202f234,50", {"thousands": " ", "decimal": ","}, "1234.5"),
        ("\u00a012.5", {}, "12.5"),
    ],
)
def test_what_stands_around_a_number_is_declared(
    engine: Engine, text: str, declared: dict[str, Any], value: str | None
) -> None:
    ((read,),) = engine.rows(f"SELECT {number_sql(literal(text), Marks(**declared))}")
    assert read == (None if value is None else Decimal(value))


def test_several_date_forms_are_tried_in_order(engine: Engine) -> None:
    forms = Marks(date_format=("%d.%m.%Y", "%Y-%m-%d"))
    texts = ["31.01.2026", "2026-01-31", "01/31/2026"]
    read = [engine.rows(f"SELECT {datetime_sql(literal(t), forms)}")[0][0] for t in texts]
    assert read == [dt.datetime(2026, 1, 31), dt.datetime(2026, 1, 31), None]  # noqa: DTZ001


@pytest.mark.parametrize(
    ("value", "kind", "moment"),
    [
        ("'1767225600'", "seconds", "2026-01-01 00:00:00"),
        ("'1767225600.5'", "seconds", "2026-01-01 00:00:00.500000"),
        ("'1767225600123'", "milliseconds", "2026-01-01 00:00:00.123000"),
        ("'1767225600123456'", "microseconds", "2026-01-01 00:00:00.123456"),
        ("1767225600", "seconds", "2026-01-01 00:00:00"),
        ("'2026-01-01 00:00:00'", "seconds", "2026-01-01 00:00:00"),  # written out
        ("'2026-01-01T01:00:00+01:00'", "seconds", "2026-01-01 00:00:00"),
        ("'1767225600123'", "seconds", None),  # another unit
        ("1767225600123", "seconds", None),
        ("'1767225600'", "milliseconds", None),
        ("'20260101'", "seconds", None),  # a day in eight digits is no count
        ("'soon'", "seconds", None),
    ],
)
def test_a_moment_counted_since_1970_is_read_in_its_declared_unit(
    engine: Engine, value: str, kind: str, moment: str | None
) -> None:
    held = "VARCHAR" if value.startswith("'") else "BIGINT"
    marks = Marks(company_zone="UTC")
    ((found,),) = engine.rows(f"SELECT {raw_sql(value, held, kind, marks)}")
    assert (None if found is None else str(found)) == moment


def test_a_count_by_the_wall_clock_of_a_zone_is_moved_to_the_company_s(engine: Engine) -> None:
    marks = Marks(zone="America/New_York", company_zone="Europe/Berlin")
    ((found,),) = engine.rows(
        f"SELECT {raw_sql(chr(39) + '1767225600' + chr(39), 'VARCHAR', 'seconds', marks)}"
    )
    assert str(found) == "2026-01-01 06:00:00"  # midnight in New York
