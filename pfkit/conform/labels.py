"""Months out of the parts an export writes them in: a year, a fiscal year, a quarter, a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.conform.engine import literal, quoted
from pfkit.errors import BookError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.conform.declaration import Mapping
    from pfkit.period import FiscalCalendar

_NAMES = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_YEAR = r"(\d{4})(?:\.0+)?"
_FISCAL = r"(?:FY)?\s*(\d{4})(?:\.0+)?"
_SHORT_FISCAL = r"FY\s*'?(\d{2})"
_TWO_YEARS = r"(?:FY)?\s*(\d{4})\s*[-/–]\s*(\d{4}|\d{2})"
_MONTH_NUMBER = r"(0?[1-9]|1[0-2])(?:\.0+)?"
_QUARTER_NUMBER = r"\p{L}?\s*([1-4])(?:\.0+)?"  # Q, T, or the letter another alphabet has for it
_LETTERS = r"(\p{L}+)\.?"


def period_sql(mapping: Mapping, calendar: FiscalCalendar, *, where: str) -> tuple[str, str]:
    """Return SQL for the month label of a period given in parts, and for the text it was read from.

    A quarter or a year is labeled by its last fiscal month.

    Raises
    ------
    BookError
        If the parts do not say which fiscal months they mean.
    """
    if mapping.first_day is not None and mapping.last_day is not None:
        days = [_text(mapping.first_day), _text(mapping.last_day)]
        return stretch_sql(mapping, "period"), f"concat_ws(' to ', {', '.join(days)})"
    said = (mapping.year, mapping.fiscal_year, mapping.quarter, mapping.month)
    given = [_text(part) for part in said if part is not None]
    shown = f"concat_ws(' ', {', '.join(given)})"
    fiscal = mapping.fiscal_year is not None or calendar.rule != "month"
    year: str | None = None
    if mapping.fiscal_year is not None:
        year = _fiscal_year_sql(_text(mapping.fiscal_year))
    elif mapping.year is not None:
        year = _number(_text(mapping.year), _YEAR)
    if mapping.month is not None:
        return _month_sql(mapping, year, calendar, fiscal=fiscal), shown
    if mapping.quarter is not None:
        return _quarter_sql(mapping, year, calendar, where=where), shown
    if not fiscal and calendar.year_start != 1:
        raise BookError(
            f"the year starts in month {calendar.year_start}, and `year` is a calendar year",
            where=where,
            advice="Say `fiscal_year` (named for the year in which it ends), or add a month or "
            "quarter.",
        )
    return _last_month_sql(year or "NULL", "4", calendar), shown


def parts_of(mapping: Mapping) -> tuple[str, ...]:
    """Return the source columns that the parts of a period are read from."""
    parts = (
        *(mapping.year, mapping.fiscal_year, mapping.quarter, mapping.month),
        *(mapping.first_day, mapping.last_day),
    )
    return tuple(part for part in parts if isinstance(part, str))


def span_sql(mapping: Mapping) -> str | None:
    """Return SQL for what an amount of such a period covers; None where the period is no parts."""
    if mapping.first_day is not None:
        return stretch_sql(mapping, "span")
    if mapping.month is not None:
        return literal("month")
    if mapping.quarter is not None:
        return literal("quarter")
    named = mapping.year is not None or mapping.fiscal_year is not None
    return literal("year") if named else None


def stretch_sql(mapping: Mapping, column: str) -> str:
    """Return SQL for the last month or the span of a stretch of days; NULL where it is none.

    A stretch is a month, a quarter, a year to date or a year of the fiscal calendar, to the day.
    """
    first, last = (
        f"TRY_CAST({_text(day or '')} AS DATE)" for day in (mapping.first_day, mapping.last_day)
    )
    return (
        f"(SELECT any_value(s._held) FROM (SELECT {column} AS _held, first_day AS _from, "
        f"last_day AS _to FROM stretches) s WHERE s._from = {first} AND s._to = {last})"
    )


def _text(part: str | int) -> str:
    if isinstance(part, int):
        return literal(str(part))
    return f"trim(CAST({quoted(part)} AS VARCHAR))"


def _number(text: str, pattern: str, group: int = 1) -> str:
    """Return SQL for a number in a text that fits a pattern as a whole, NULL where it does not."""
    whole = literal(f"(?i)^{pattern}$")
    return f"TRY_CAST(NULLIF(regexp_extract({text}, {whole}, {group}), '') AS INTEGER)"


def _fiscal_year_sql(text: str) -> str:
    """Return SQL for the year a fiscal year ends in: 2020, FY20, FY2020, 2019/20 or 2019-2020."""
    first, second = _number(text, _TWO_YEARS), _number(text, _TWO_YEARS, 2)
    ends = f"CASE WHEN {second} % 100 = ({first} + 1) % 100 THEN {first} + 1 END"
    return f"COALESCE({_number(text, _FISCAL)}, 2000 + {_number(text, _SHORT_FISCAL)}, {ends})"


def _long_year(text: str, pattern: str, group: int) -> str:
    number = _number(text, pattern, group)
    return f"({number} + CASE WHEN {number} < 100 THEN 2000 ELSE 0 END)"


def _month_number_sql(text: str, names: Sequence[str]) -> str:
    if names:
        listed = ", ".join(literal(name.strip().lower()) for name in names)
        return f"list_position([{listed}], lower({text}))"
    full = ", ".join(literal(name) for name in _NAMES)
    short = ", ".join(literal(name[:3]) for name in _NAMES)
    plain = f"replace(lower(rtrim({text}, '.')), 'sept', 'sep')"
    return (
        f"COALESCE({_number(text, _MONTH_NUMBER)}, list_position([{full}], lower({text})), "
        f"list_position([{short}], {plain}))"
    )


def _month_sql(
    mapping: Mapping, year: str | None, calendar: FiscalCalendar, *, fiscal: bool
) -> str:
    text = _text(mapping.month or "")
    if year is None:
        return _own_year_sql(text, mapping.months)
    month = _month_number_sql(text, mapping.months)
    if fiscal and calendar.rule == "month" and calendar.year_start != 1:
        year = f"({year} - CASE WHEN {month} >= {calendar.year_start} THEN 1 ELSE 0 END)"
    return _label(year, month)


def _own_year_sql(text: str, names: Sequence[str]) -> str:
    """Return SQL for month and year in one text: 2026-02, 202602, 2/2026, Feb 2026, Feb-26."""
    before = r"(\d{4})[-/. ]?(0[1-9]|1[0-2])"
    after = r"(0?[1-9]|1[0-2])[-/. ](\d{4})"
    named = _LETTERS + r"[-/' ]*(\d{4}|\d{2})"
    first = r"(\d{4})[-/ ]*" + _LETTERS
    word = f"regexp_extract({text}, {literal(f'^{named}$')}, 1)"
    other = f"regexp_extract({text}, {literal(f'^{first}$')}, 2)"
    tries = [
        _label(_number(text, before), _number(text, before, 2)),
        _label(_number(text, after, 2), _number(text, after)),
        _label(_long_year(text, named, 2), _month_number_sql(word, names)),
        _label(_number(text, first), _month_number_sql(other, names)),
    ]
    return f"COALESCE({', '.join(tries)})"


def _quarter_sql(
    mapping: Mapping, year: str | None, calendar: FiscalCalendar, *, where: str
) -> str:
    text = _text(mapping.quarter or "")
    if year is None:
        before = r"(?:FY)?\s*(\d{4})[- /]*\p{L}([1-4])"
        after = r"\p{L}([1-4])[- /]*(?:FY)?\s*(\d{4}|\d{2})"
        tries = [
            _last_month_sql(_number(text, before), _number(text, before, 2), calendar),
            _last_month_sql(_long_year(text, after, 2), _number(text, after), calendar),
        ]
        return f"COALESCE({', '.join(tries)})"
    quarter = _number(text, _QUARTER_NUMBER)
    if mapping.fiscal_year is not None or calendar.rule != "month" or calendar.year_start == 1:
        return _last_month_sql(year, quarter, calendar)
    if calendar.year_start % 3 != 1:
        raise BookError(
            f"the fiscal year starts in month {calendar.year_start}, so its quarters are no "
            "quarters of `year`",
            where=where,
            advice="Say `fiscal_year`, or give months.",
        )
    return _label(year, f"3 * {quarter}")


def _last_month_sql(year: str, quarter: str, calendar: FiscalCalendar) -> str:
    """Return SQL for the last month of a fiscal quarter; of a year it is that of the fourth."""
    if calendar.rule != "month" or calendar.year_start == 1:
        return _label(year, f"3 * {quarter}")
    months = f"(({year} - 1) * 12 + {calendar.year_start - 2} + 3 * {quarter})"
    return _label(f"{months} // 12", f"{months} % 12 + 1")


def _label(year: str, month: str) -> str:
    return f"CAST({year} AS VARCHAR) || '-' || lpad(CAST({month} AS VARCHAR), 2, '0')"
