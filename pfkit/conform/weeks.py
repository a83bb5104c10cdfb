"""Rows of whole weeks become rows of months: by the week's last day, or spread over its days."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from pfkit.conform.engine import literal, quoted
from pfkit.conform.evidence import ControlResult, Evidence, counted, judged
from pfkit.conform.long import known_columns
from pfkit.conform.parse import MONEY_TYPE, Marks, datetime_sql, engine_type, month_of_sql
from pfkit.errors import BookError, ControlError
from pfkit.money import cents

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.conform.declaration import Source
    from pfkit.conform.engine import Engine
    from pfkit.conform.mapping import Setting
    from pfkit.conform.pipeline import LoadedSource
    from pfkit.conform.shape import Week
    from pfkit.contracts import Contract
    from pfkit.period import FiscalCalendar

#: Why a row stands beside the one it was read as.
SPREAD = "days of a week"

_DAY_COLUMNS = ("posting_date", "invoice_date", "ts", "date")
_SPREADS = ("amount", "amount_local", "quantity", "units")
_ISO = r"(\d{4})[- ]?W?(\d{1,2})"


def day_column(promise: Contract) -> str:
    """Return the agreed column that a week's day fills: the day of a row, else its period."""
    return next((column for column in _DAY_COLUMNS if column in promise.names), "period")


def week_sql(
    source: Source, week: Week, types: dict[str, str], setting: Setting
) -> tuple[str, str]:
    """Return SQL for the last and the first day of a row's week, NULL where it cannot be read.

    Raises
    ------
    BookError
        If the source lacks the week's column, or fills the row's day itself.
    """
    where = f"book.toml sources.{source.name}.week"
    known_columns((week.column,), types, where)
    target = day_column(source.promise)
    if target in source.columns:
        raise BookError(
            f"the week fills {target}, and so does [sources.columns]",
            where=where,
            advice=f"Leave {target} out of the columns.",
        )
    column = quoted(week.column)
    if week.day == "iso":
        first = _monday_sql(f"trim(CAST({column} AS VARCHAR))")
    else:
        text = datetime_sql(column, Marks.of(source, setting.zone))
        day = f"CAST({text if types[week.column] == 'VARCHAR' else column} AS DATE)"
        first = day if week.day == "starts" else f"({day} - INTERVAL 6 DAY)"
    first = f"CAST({first} AS DATE)"
    last = f"CAST({first} + INTERVAL 6 DAY AS DATE)"
    return last, first


def _monday_sql(text: str) -> str:
    """Return SQL for the Monday of an ISO week such as 2026-W07, NULL where there is none."""
    year, week = (
        f"TRY_CAST(NULLIF(regexp_extract({text}, {literal(f'^{_ISO}$')}, {group}), '') AS INTEGER)"
        for group in (1, 2)
    )
    monday = f"date_trunc('week', make_date({year}, 1, 4)) + to_days(7 * ({week} - 1))"
    return (
        f"CASE WHEN {week} BETWEEN 1 AND 53 AND isoyear({monday} + INTERVAL 3 DAY) = {year} "
        f"THEN {monday} END"
    )


def spread_weeks(source: Source, setting: Setting) -> None:
    """Divide the rows of ``mapped_<source>`` whose week lies in two months, day by day.

    The row keeps the days of the later month; a row beside it gets those of the earlier one.
    Money is divided to the cent, quantities to six decimals, and the two parts are the whole.

    Raises
    ------
    ControlError
        If the parts are not the whole.
    """
    if source.week is None or source.week.to_month != "by_day":
        return
    engine, promise = setting.engine, source.promise
    mapped = quoted(f"mapped_{source.name}")
    split = [column for column in _SPREADS if column in promise.names]
    before = _sums(engine, mapped, split)
    target = day_column(promise)
    first_month = month_of_sql("_week_first", setting.calendar)
    end = _end_sql("_week_first", setting.calendar)
    early = {column: _early_sql(promise, column) for column in split}
    rest = ", ".join(f"{quoted(c)} - {sql} AS {quoted(c)}" for c, sql in early.items())
    part = [f"{sql} AS {quoted(c)}" for c, sql in early.items()]
    day = first_month if target == "period" else "_ends"
    part.append(f"CAST({day} AS {engine_type(promise.column(target).kind)}) AS {quoted(target)}")
    part.append(f"(SELECT max(_id) FROM {mapped}) + row_number() OVER (ORDER BY _id) AS _id")
    part.append(f"{literal(SPREAD)} AS _made")
    crosses = f"{first_month} <> {month_of_sql('_week_last', setting.calendar)}"
    dated = (
        f"SELECT *, {end} AS _ends, CAST({end} - _week_first + 1 AS INTEGER) AS _days, "
        f"COALESCE({crosses}, FALSE) AS _crosses FROM {mapped}"
    )
    without = "EXCLUDE (_ends, _days, _crosses)"
    engine.run(
        f"CREATE OR REPLACE TABLE {mapped} AS WITH dated AS ({dated}) "
        f"SELECT * {without} FROM dated WHERE NOT _crosses UNION ALL BY NAME "
        f"SELECT * {without} REPLACE ({rest}) FROM dated WHERE _crosses UNION ALL BY NAME "
        f"SELECT * {without} REPLACE ({', '.join(part)}) FROM dated WHERE _crosses"
    )
    after = _sums(engine, mapped, split)
    if before != after:
        raise ControlError(
            f"weeks spread over their days add up to {after}, not to {before}",
            where=f"weeks of {source.name}",
            advice="The load is stopped: no figure of it can be trusted.",
        )


def _end_sql(day: str, calendar: FiscalCalendar) -> str:
    """Return SQL for the last day of the fiscal month a day lies in."""
    if calendar.rule == "month":
        return f"last_day({day})"
    return f"(SELECT c.last_day FROM calendar c WHERE {day} BETWEEN c.first_day AND c.last_day)"


def _early_sql(promise: Contract, column: str) -> str:
    """Return SQL for the part of a value that falls on the days of the earlier month."""
    money = promise.column(column).kind == "money"
    share = f"round(CAST({quoted(column)} AS DOUBLE) * _days / 7, {2 if money else 6})"
    return f"CAST({share} AS {MONEY_TYPE if money else engine_type('number')})"


def _sums(engine: Engine, table: str, columns: Sequence[str]) -> list[Decimal | None]:
    sums = ", ".join(f"sum({quoted(column)})" for column in columns)
    (row,) = engine.rows(f"SELECT {sums} FROM {table}")
    return list(row)


def week_controls(held: LoadedSource, evidence: Evidence) -> list[ControlResult]:
    """Return how weeks became months: what was divided, or counted as a whole, and how much."""
    source = held.declared
    if source.week is None:
        return []
    engine, calendar = evidence.conformed.engine, evidence.period.calendar
    amount = quoted(source.promise.amount or "")
    crosses = f"{month_of_sql('_week_first', calendar)} <> {month_of_sql('_week_last', calendar)}"
    ((rows, moved, made, early, days, all_rows),) = engine.rows(
        f"SELECT count(*) FILTER (WHERE {crosses} AND _made IS NULL), "
        f"COALESCE(sum({amount}) FILTER (WHERE {crosses} AND _made IS NULL), 0), "
        "count(*) FILTER (WHERE _made IS NOT NULL), "
        f"COALESCE(sum({amount}) FILTER (WHERE _made IS NOT NULL), 0), "
        f"count(DISTINCT dayofweek(_week_last)), count(*) FROM {quoted(held.rows_table)} "
        f"WHERE _status = 'accepted' AND _period IN ({evidence.months_sql(source.table)})"
    )
    if not all_rows:
        return []
    if source.week.to_month == "by_day":
        text = (
            f"{counted(rows)} of weeks that begin in the month before count by their days here "
            f"({_figure(source, moved)}), {counted(made)} of weeks that end in the month after by "
            f"theirs ({_figure(source, early)})"
        )
    else:
        text = (
            f"{counted(rows)} of weeks that begin in the month before count here as a whole "
            f"({_figure(source, moved)})"
        )
    if not rows and not made:
        text = "every week lies in one month"
    found = [judged(evidence, "Weeks to months", source.name, "green", text)]
    found += _begun_within(source, evidence)
    if days > 1:
        found.append(
            judged(
                evidence,
                "Weeks to months",
                source.name,
                "amber",
                f"the weeks end on {days} different weekdays",
                advice=f"Check whether {source.week.column} holds the day a week "
                f"{source.week.day}.",
                key="weekdays",
            )
        )
    return found


def _begun_within(source: Source, evidence: Evidence) -> list[ControlResult]:
    """Say where the first week of the input begins within a month that the report compares."""
    period = evidence.period
    ((first,),) = evidence.conformed.engine.rows(
        f"SELECT min(_week_first) FROM {quoted(f'rows_{source.name}')} WHERE _status = 'accepted'"
    )
    month = period.calendar.month_of(first)
    start = period.calendar.first_day(month)
    looked_at = {*period.months, *period.previous.months, *period.prior_year.months}
    if first == start or month not in looked_at:
        return []
    return [
        judged(
            evidence,
            "Weeks to months",
            source.name,
            "amber",
            f"the first week begins on {first.isoformat()}: {month} is not whole, and what is "
            "compared with it says little",
            advice="Add the weeks before, or read the comparison with care.",
            key=month,
        )
    ]


def _figure(source: Source, amount: Decimal) -> str:
    plain = cents(Decimal(amount)) if source.promise.counts_money else Decimal(amount).normalize()
    return f"{source.promise.amount} {plain:,f}"
