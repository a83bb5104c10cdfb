"""Text into numbers, dates and months by declared marks only: strict, and never a guess."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pfkit.conform.engine import literal

if TYPE_CHECKING:
    from pfkit.conform.declaration import Source
    from pfkit.contracts import Column, Contract
    from pfkit.period import FiscalCalendar

#: Exact types of the engine. Two numbers of the first kind multiply without loss.
NUMBER_TYPE = "DECIMAL(18, 6)"
MONEY_TYPE = "DECIMAL(28, 6)"

_ENGINE_TYPE = {
    "text": "VARCHAR",
    "number": "DECIMAL(28, 8)",
    "money": MONEY_TYPE,
    "integer": "BIGINT",
    "date": "DATE",
    "datetime": "TIMESTAMP",
    "month": "VARCHAR",
    "boolean": "BOOLEAN",
}
#: A space between thousands is often one that does not break the line.
_SPACES = "[ \u00a0\u2009\u202f]"
_APOSTROPHES = "['\u2019]"
#: Spaces around a number: the plain one, the tab, and those that do not break a line.
_AROUND = " \t\u00a0\u2009\u202f"
_CLOCK_MARKS = ("%H", "%I", "%c", "%X")
_ISO_DATE = r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?"
#: A moment that says itself how far it is from UTC.
_ISO_OFFSET = r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})"

#: Kinds of a count since 1970, and the microseconds each unit has.
_MICROSECONDS = {"seconds": 1_000_000, "milliseconds": 1_000, "microseconds": 1}
_COUNT_TYPE = "DECIMAL(28, 6)"
#: How many digits a count of this century has: a count in another unit is no day in the year 50000.
_COUNTED_DIGITS = {"seconds": "9,10", "milliseconds": "12,13", "microseconds": "15,16"}


@dataclass(frozen=True)
class Marks:
    """How a source writes numbers and dates."""

    decimal: str = "."
    thousands: str = ""
    date_format: str | tuple[str, ...] = ""
    zone: str = ""
    company_zone: str = ""
    negatives: str = "minus"
    symbols: tuple[str, ...] = ()
    percent: bool = False

    @property
    def date_formats(self) -> tuple[str, ...]:
        """The declared forms of a date, none where it is ISO."""
        given = self.date_format
        return (given,) * bool(given) if isinstance(given, str) else given

    @classmethod
    def of(cls, source: Source, company_zone: str) -> Marks:
        """Return the marks a source declares."""
        return cls(
            source.decimal,
            source.thousands,
            source.date_format,
            source.zone,
            company_zone,
            source.negatives,
            source.symbols,
            source.percent,
        )


def engine_type(kind: str) -> str:
    """Return the engine's type for a contract kind."""
    return _ENGINE_TYPE[kind]


def column_type(column: Column) -> str:
    """Return the engine's type for a column: its kind's, or its own number of decimals."""
    if column.kind in {"number", "money"} and column.physical.startswith("DECIMAL"):
        return column.physical
    return engine_type(column.kind)


def money_type(promise: Contract) -> str:
    """Return the exact type of a table's balance; that of money where it counts none.

    Examples
    --------
    >>> from pfkit.contracts import contract
    >>> money_type(contract("cloud")), money_type(contract("usage"))
    ('DECIMAL(38,12)', 'DECIMAL(28, 6)')
    """
    if promise.amount is None or not promise.counts_money:
        return MONEY_TYPE
    return column_type(promise.column(promise.amount))


def number_sql(text: str, marks: Marks, to: str = NUMBER_TYPE) -> str:
    """Return SQL that reads text as an exact number, NULL where it is none.

    Examples
    --------
    >>> marks = Marks(decimal=",", thousands=".")
    >>> "1.234,50" == "1.234,50" and "try_cast" in number_sql("x", marks).lower()
    True
    """
    point = re.escape(marks.decimal)
    whole = r"\d+"
    grouping = {" ": _SPACES, "'": _APOSTROPHES}.get(marks.thousands, re.escape(marks.thousands))
    if marks.thousands:
        whole = rf"(\d{{1,3}}({grouping}\d{{3}})+|\d+)"
    pattern = rf"[+-]?({whole}({point}\d*)?|{point}\d+)([eE][+-]?\d+)?"
    bare = _bare_sql(text, marks)
    plain = bare
    if marks.thousands:
        plain = f"regexp_replace({plain}, {literal(grouping)}, '', 'g')"
    if marks.decimal != ".":
        plain = f"replace({plain}, {literal(marks.decimal)}, '.')"
    read = f"TRY_CAST({plain} AS {to})"
    if marks.percent:
        # 12.5 % is 0.125: two more decimals than stated
        share = f"TRY_CAST(TRY_CAST({plain} AS DECIMAL(28, 8)) * 0.01 AS {to})"
        read = f"CASE WHEN trim({text}) LIKE '%\\%' ESCAPE '\\' THEN {share} ELSE {read} END"
    return f"CASE WHEN regexp_full_match({bare}, {literal(pattern)}) THEN {read} END"


def _bare_sql(text: str, marks: Marks) -> str:
    """Return SQL for a number's text without what the source declares to stand around it."""
    bare = f"trim({text}, {literal(_AROUND)})"
    if marks.symbols:
        listed = "|".join(re.escape(symbol) for symbol in marks.symbols)
        for pattern in (rf"^([-+(]?)\s*(?:{listed})\s*", rf"()\s*(?:{listed})\s*([-)]?)$"):
            kept = "\\1" if pattern.startswith("^") else "\\2"
            bare = f"regexp_replace({bare}, {literal(pattern)}, '{kept}')"
    if marks.percent:
        bare = f"regexp_replace({bare}, {literal(chr(92) + 's*%$')}, '')"
    form = {"parentheses": r"^\(\s*([^-+]*[0-9])\s*\)$", "trailing": r"^([^-+]*[0-9])\s*-$"}
    if marks.negatives in form:
        bare = f"regexp_replace({bare}, {literal(form[marks.negatives])}, '-\\1')"
    return bare


def datetime_sql(text: str, marks: Marks) -> str:
    """Return SQL that reads text as a timestamp in the company's zone, NULL where it is none.

    A day without a time of day is the same day in every zone. A moment that says its own offset
    from UTC, as in ``2026-01-31T10:00:00Z``, goes by it and not by the source's zone.
    """
    if marks.date_formats:
        listed = ", ".join(literal(form) for form in marks.date_formats)
        stamp = f"try_strptime(trim({text}), [{listed}])"
    else:
        stamp = (
            f"CASE WHEN regexp_full_match(trim({text}), {literal(_ISO_DATE)}) "
            f"THEN TRY_CAST(trim({text}) AS TIMESTAMP) END"
        )
    if marks.date_formats:
        timed = any(mark in form for mark in _CLOCK_MARKS for form in marks.date_formats)
        return _zoned_sql(stamp, marks) if timed else stamp
    day_only = f"length(trim({text})) = {len('2026-01-31')}"
    moved = _zoned_sql(stamp, marks)
    own = f"timezone({literal(marks.company_zone or 'UTC')}, TRY_CAST(trim({text}) AS TIMESTAMPTZ))"
    return (
        f"CASE WHEN {day_only} THEN {stamp} "
        f"WHEN regexp_full_match(trim({text}), {literal(_ISO_OFFSET)}) THEN {own} "
        f"ELSE {moved} END"
    )


def _zoned_sql(stamp: str, marks: Marks) -> str:
    if marks.zone and marks.company_zone and marks.zone != marks.company_zone:
        return f"timezone({literal(marks.company_zone)}, timezone({literal(marks.zone)}, {stamp}))"
    return stamp


def epoch_sql(number: str, unit: str, marks: Marks) -> str:
    """Return SQL that reads a count since 1970 as a timestamp in the company's zone.

    A count is of the source's zone, of UTC where the source declares none: some systems count from
    midnight of 1970 by the wall clock of a project.

    Examples
    --------
    >>> from pfkit.conform.engine import Engine
    >>> sql = epoch_sql("1767225600", "seconds", Marks(company_zone="Europe/Paris"))
    >>> str(Engine().rows(f"SELECT {sql}")[0][0])
    '2026-01-01 01:00:00'
    """
    count = f"TRY_CAST({number} AS {_COUNT_TYPE})"
    micros = f"CAST(round({count} * {_MICROSECONDS[unit]}) AS BIGINT)"
    stamp = f"make_timestamp({micros})"
    zone = marks.zone or "UTC"
    return _zoned_sql(stamp, dataclasses.replace(marks, zone=zone))


def _counted_sql(column: str, engine: str, unit: str, marks: Marks) -> str:
    """Return SQL for a moment that is a count, or is written out as any other."""
    if engine != "VARCHAR":
        if engine in {"TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "DATE"}:
            return raw_sql(column, engine, "datetime", marks)
        held = f"abs(TRY_CAST({column} AS {_COUNT_TYPE}))"
        least = 10 ** (int(_COUNTED_DIGITS[unit].partition(",")[0]) - 1)
        own = f"{held} BETWEEN {least} AND {least * 100 - 1}"
        return f"CASE WHEN {own} THEN {epoch_sql(column, unit, marks)} END"
    plain = f"trim({column}, {literal(_AROUND)})"
    counted = epoch_sql(plain, unit, marks)
    count = rf"\d{{{_COUNTED_DIGITS[unit]}}}(\.\d+)?"
    return (
        f"CASE WHEN regexp_full_match({plain}, {literal(count)}) THEN {counted} "
        f"ELSE {datetime_sql(column, marks)} END"
    )


def raw_sql(column: str, engine: str, kind: str, marks: Marks) -> str:
    """Return SQL that reads a raw column as a declared kind (``types`` in the book)."""
    if kind in _MICROSECONDS:
        return _counted_sql(column, engine, kind, marks)
    if engine != "VARCHAR":
        if kind == "number":
            return f"TRY_CAST({column} AS {NUMBER_TYPE})"
        if engine == "TIMESTAMP" and kind in {"date", "datetime"}:
            return f"CAST({_zoned_sql(column, marks)} AS {_ENGINE_TYPE[kind]})"
        return f"TRY_CAST({column} AS {_ENGINE_TYPE[kind]})"
    if kind == "number":
        return number_sql(column, marks)
    if kind == "integer":
        return _integer_sql(column, marks)
    if kind == "datetime":
        return datetime_sql(column, marks)
    if kind == "date":
        return f"CAST({datetime_sql(column, marks)} AS DATE)"
    return column


def agreed_sql(
    value: str, engine: str, column: Column, marks: Marks, calendar: FiscalCalendar
) -> str:
    """Return SQL that turns a mapped value into what the contract promises, NULL where it cannot.

    Parameters
    ----------
    value : str
        SQL of the mapped value.
    engine : str
        The engine's type of that value.
    column : Column
        The agreed column.
    marks : Marks
        How the source writes numbers and dates.
    calendar : FiscalCalendar
        The book's calendar; dates become months through it.
    """
    is_text = engine == "VARCHAR"
    if column.kind == "month":
        return _month_sql(value, engine, marks, calendar)
    if column.kind == "text" and engine.startswith("MAP("):  # tags of Parquet, as JSON
        return f"NULLIF(CAST(to_json({value}) AS VARCHAR), '{{}}')"
    if column.kind == "text":
        return f"NULLIF(trim(CAST({value} AS VARCHAR)), '')"
    if column.kind == "boolean" or not is_text:
        return f"TRY_CAST({value} AS {column_type(column)})"
    if column.kind == "integer":
        return _integer_sql(value, marks)
    if column.kind == "date":
        return f"CAST({datetime_sql(value, marks)} AS DATE)"
    if column.kind == "datetime":
        return datetime_sql(value, marks)
    return number_sql(value, marks, column_type(column))


def month_of_sql(day: str, calendar: FiscalCalendar) -> str:
    """Return SQL for the fiscal month label of a day; table ``calendar`` holds week calendars."""
    if calendar.rule == "month":
        return f"strftime({day}, '%Y-%m')"
    return f"(SELECT c.period FROM calendar c WHERE {day} BETWEEN c.first_day AND c.last_day)"


def _integer_sql(text: str, marks: Marks) -> str:
    number = number_sql(text, marks, "DECIMAL(38, 6)")
    return f"CASE WHEN {number} = trunc({number}) THEN TRY_CAST({number} AS BIGINT) END"


def _month_sql(value: str, engine: str, marks: Marks, calendar: FiscalCalendar) -> str:
    if engine in {"DATE", "TIMESTAMP"}:
        return month_of_sql(f"CAST({value} AS DATE)", calendar)
    text = f"trim(CAST({value} AS VARCHAR))"
    day = f"CAST({datetime_sql(text, marks)} AS DATE)"
    label = r"\d{4}-(0[1-9]|1[0-2])"
    return (
        f"CASE WHEN regexp_full_match({text}, {literal(label)}) THEN {text} "
        f"ELSE {month_of_sql(day, calendar)} END"
    )
