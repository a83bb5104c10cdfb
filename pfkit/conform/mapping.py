"""One source's raw rows become rows of its table: types, rules, mapping and value maps."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from pfkit.conform.engine import literal, quoted
from pfkit.conform.labels import parts_of, period_sql, span_sql
from pfkit.conform.long import known_columns, long_rows
from pfkit.conform.parse import Marks, agreed_sql, column_type, raw_sql
from pfkit.conform.sql import vetted
from pfkit.conform.tags import tag_sql
from pfkit.conform.units import whole_sql
from pfkit.conform.values import LoadedMap, lookup_sql
from pfkit.conform.weeks import day_column, spread_weeks, week_sql
from pfkit.errors import BookError, ContractError, near_miss

if TYPE_CHECKING:
    from pfkit.conform.declaration import Mapping, Source
    from pfkit.conform.engine import Engine
    from pfkit.contracts import Column, Contract
    from pfkit.period import FiscalCalendar

_PRIVATE = ("_id", "_file", "_line")


@dataclass(frozen=True)
class Setting:
    """What mapping a source needs to know about its book."""

    engine: Engine
    calendar: FiscalCalendar
    currency: str
    zone: str
    maps: dict[str, LoadedMap]
    rate_kind: str = "average"


def map_source(source: Source, setting: Setting) -> str:
    """Turn table ``raw_<source>`` into ``mapped_<source>`` and return its name.

    The result has the contract's columns, all of its types, and beside them ``_id, _file,
    _line``, ``_bad`` (columns whose value could not be read, with the value), ``_unmapped``
    (values a map does not know, with map and line) and ``_rule`` (index of the row rule that
    matched first, NULL for none).

    Raises
    ------
    BookError
        If the declaration names a column the source does not have, or its SQL cannot run.
    ContractError
        If a closed value map does not know a value.
    """
    promise = source.promise
    marks = Marks.of(source, setting.zone)
    raw = long_rows(source, setting.engine)
    typed = _typed(source, raw, marks, setting.engine)
    picked = _picked(source, typed, promise, setting)
    name = f"mapped_{source.name}"
    sql = _mapped_sql(source, picked, promise, marks, setting)
    _run(setting.engine, f"CREATE OR REPLACE TABLE {quoted(name)} AS {sql}", source)
    spread_weeks(source, setting)
    if source.hierarchy is None:  # else when it is known which rows stand above others
        refuse_unmapped(source, name, setting)
    return name


def _typed(source: Source, raw: str, marks: Marks, engine: Engine) -> str:
    known = engine.types(raw)
    known_columns(source.types, known, f"book.toml sources.{source.name}.types")
    columns, bad = [], []
    for column, engine_kind in known.items():
        name = quoted(column)
        kind = source.types.get(column)
        if kind is None or kind == "text":
            columns.append(f"CAST({name} AS VARCHAR) AS {name}" if kind == "text" else name)
            continue
        read = raw_sql(name, engine_kind, kind, marks)
        columns.append(f"{read} AS {name}")
        bad.append(_bad_sql(name, read, column))
    typed = f"typed_{source.name}"
    engine.run(
        f"CREATE OR REPLACE VIEW {quoted(typed)} AS "
        f"SELECT {', '.join(columns)}, {_listed(bad)} AS _unread FROM {quoted(raw)}"
    )
    return typed


def _picked(source: Source, typed: str, promise: Contract, setting: Setting) -> str:
    engine = setting.engine
    visible = [column for column in engine.types(typed) if not column.startswith("_")]
    where = f"book.toml sources.{source.name}"
    row = "_row" if source.unpivot else "_id AS _row"
    parts = [*_PRIVATE, row, *_stands_sql(source, visible)]
    parts.append(f"{_rule_sql(source, typed, visible, setting)} AS _rule")
    unread: list[str] = []
    for column, mapping in source.columns.items():
        at = f"{where}.columns.{column}"
        if mapping.is_parts:
            known_columns(parts_of(mapping), visible, at)
            sql, said = period_sql(mapping, setting.calendar, where=at)
            unread.append(_bad_sql(said, sql, column))
        else:
            sql = _value_sql(mapping, visible, at)
            if mapping.tag:
                sql = tag_sql(_tags_sql(source, visible, at), mapping.tag)
            engine.check(typed, sql, where=at)
        parts.append(f"{sql} AS {quoted('v_' + column)}")
    parts += _spanned_sql(source)
    if source.week is not None:
        last, first = week_sql(source, source.week, engine.types(typed), setting)
        day = day_column(promise)
        parts += [f"{last} AS {quoted('v_' + day)}", f"{first} AS _week_first"]
        parts.append(f"{last} AS _week_last")
        unread.append(_bad_sql(quoted(source.week.column), first, day))
    parts.append(f"list_concat(_unread, {_listed(unread)}) AS _unread" if unread else "_unread")
    if "known_on" not in source.columns and any(c.name == "known_on" for c in promise.columns):
        parts.append(f"{_known_sql(source, visible, setting, where)} AS v_known_on")
    picked = f"picked_{source.name}"
    engine.run(
        f"CREATE OR REPLACE VIEW {quoted(picked)} AS SELECT {', '.join(parts)} FROM {quoted(typed)}"
    )
    return picked


def _spanned_sql(source: Source) -> list[str]:
    """Return the span that a period given in parts covers, where the book names no other."""
    period = source.columns.get("period")
    if period is None or "span" in source.columns or "span" not in source.promise.names:
        return []
    span = span_sql(period)
    return [] if span is None else [f"{span} AS v_span"]


def _stands_sql(source: Source, visible: list[str]) -> list[str]:
    """Return what says where a row of a hierarchy stands, and in which one."""
    how = source.hierarchy
    if how is None:
        return []
    where = f"book.toml sources.{source.name}.hierarchy"
    known_columns((*how.columns, *how.within), visible, where)
    cells = [
        f"[{', '.join(_cell_sql(column) for column in columns)}]::VARCHAR[]"
        for columns in (how.columns, how.within)
    ]
    return [f"{cells[0]} AS _cells", f"{cells[1]} AS _within"]


def _cell_sql(column: str) -> str:
    return f"COALESCE(trim(CAST({quoted(column)} AS VARCHAR)), '')"


def _value_sql(mapping: Mapping, visible: list[str], where: str) -> str:
    if mapping.column is not None:
        known_columns((mapping.column,), visible, where)
        return quoted(mapping.column)
    if mapping.sql is not None:
        return f"({vetted(mapping.sql, visible, where=where)})"
    return literal(mapping.constant)


def _tags_sql(source: Source, visible: list[str], where: str) -> str:
    """Return SQL for the JSON text that tags are read from."""
    mapping = source.columns.get("tags")
    if mapping is None:
        raise BookError(
            "the source has no tags to read it from",
            where=where,
            advice="Name the column that holds them as a JSON object: `tags = ...`.",
        )
    return f"CAST({_value_sql(mapping, visible, where)} AS VARCHAR)"


def _rule_sql(source: Source, typed: str, visible: list[str], setting: Setting) -> str:
    if not source.rules:
        return "CAST(NULL AS INTEGER)"
    cases = []
    for place, rule in enumerate(source.rules):
        where = f"book.toml sources.{source.name}.rules[{place + 1}].when"
        test = f"({vetted(rule.when, visible, where=where)})"
        kind = setting.engine.check(typed, test, where=where)
        if kind != "BOOLEAN":
            raise BookError(
                f"SQL {rule.when!r} gives {kind}, not true or false",
                where=where,
                advice="Write a comparison, as in `Quantity < 0`.",
            )
        cases.append(f"WHEN {test} THEN {place}")
    return f"CASE {' '.join(cases)} END"


def _known_sql(source: Source, visible: list[str], setting: Setting, where: str) -> str:
    known = source.known_on
    place = f"{where}.known_on"
    if known is None:
        return "CAST(NULL AS DATE)"
    if known.date is not None:
        return f"DATE {literal(known.date)}"
    if known.file_name is not None:
        text = f"regexp_extract(_file, {literal(known.file_name)}, 1)"
        return _file_day_sql(text, known.at)
    if known.column is not None:
        known_columns((known.column,), visible, place)
        value = quoted(known.column)
    else:
        value = f"({vetted(known.sql or '', visible, where=place)})"
    engine = setting.engine.check(f"typed_{source.name}", value, where=place)
    day = agreed_sql(
        value,
        engine,
        source.promise.column("known_on"),
        Marks.of(source, setting.zone),
        setting.calendar,
    )
    return f"last_day({day})" if known.at == "month_end" and known.sql is None else day


def _file_day_sql(text: str, at: str) -> str:
    """Return SQL for the day that a file's name says: the day itself, or the end of its month."""
    days, months = (
        "CAST(COALESCE("
        + ", ".join(f"try_strptime({text}, {literal(form)})" for form in forms)
        + ") AS DATE)"
        for forms in (("%Y-%m-%d", "%Y%m%d"), ("%Y-%m", "%Y%m"))
    )
    if at == "day":
        return f"COALESCE({days}, {months})"
    if at == "stated":
        return f"COALESCE({days}, last_day({months}))"
    return f"last_day(COALESCE({days}, {months}))"


def _mapped_sql(
    source: Source, picked: str, promise: Contract, marks: Marks, setting: Setting
) -> str:
    types = setting.engine.types(picked)
    joins: list[str] = []
    reads: dict[Column, str] = {}
    bad: list[str] = []
    missed: list[str] = []
    for column in promise.columns:
        held = f"v_{column.name}"
        mapping = source.columns.get(column.name)
        value = f"p.{quoted(held)}" if held in types else literal(column.default or None)
        engine = types.get(held, "VARCHAR")
        if mapping is not None and mapping.map is not None:
            loaded = setting.maps[mapping.map]
            join, mapped, miss = lookup_sql(loaded, f"m_{column.name}", value)
            joins.append(join)
            missed.append(
                _unmapped_sql(
                    f"{miss} AND {_counts_sql(source, column.name)}",
                    value,
                    column.name,
                    mapping.map,
                )
            )
            value, engine = mapped, "VARCHAR"
        read = agreed_sql(value, engine, column, marks, setting.calendar)
        if held in types and column.kind != "text":
            bad.append(_bad_sql(value, read, column.name))
        if source.blank == "zero" and held in types and column.name in amounts(promise):
            blank = f"COALESCE(trim(CAST({value} AS VARCHAR)), '') = '' AND len(p._unread) = 0"
            read = f"CASE WHEN {blank} THEN 0 ELSE {read} END"
        reads[column] = read
    codes = [_finished_sql(source, c, r) for c, r in reads.items() if c.name == promise.currency]
    stated = {"code": codes[0] if codes else "", "home": setting.currency}
    columns = [
        f"{_finished_sql(source, column, whole_sql(read, column, source, **stated))} "
        f"AS {quoted(column.name)}"
        for column, read in reads.items()
    ]
    weeks = "p._week_first, p._week_last, " if source.week else ""
    stands = "p._cells, p._within, " if source.hierarchy else ""
    return (
        f"SELECT p._id, p._id AS _of, p._row, p._file, p._line, p._rule, {stands}{weeks}"
        "CAST(NULL AS VARCHAR) AS _made, "
        f"list_concat(p._unread, {_listed(bad)}) AS _bad, {_listed(missed)} AS _unmapped, "
        f"{', '.join(columns)} FROM {quoted(picked)} p {' '.join(joins)}"
    )


def _finished_sql(source: Source, column: Column, read: str) -> str:
    kind = column_type(column)
    if column.respelled:
        read = _respelled_sql(column, read)
    if column.default and column.kind == "text":
        read = f"COALESCE({read}, {literal(column.default)})"
    cases = [
        f"WHEN {place} THEN {literal(rule.classify[column.name])}"
        for place, rule in enumerate(source.rules)
        if column.name in rule.classify
    ]
    if cases:
        read = f"CASE p._rule {' '.join(cases)} ELSE {read} END"
    return f"CAST({read} AS {kind})"


def _respelled_sql(column: Column, read: str) -> str:
    """Return SQL for a value of a closed list that may stand in other case, or other separators."""
    plain = f"regexp_replace(lower({read}), '[^a-z0-9]', '', 'g')"
    cases = [
        f"WHEN {literal(re.sub('[^a-z0-9]', '', value.lower()))} THEN {literal(value)}"
        for value in column.values
    ]
    return f"CASE {plain} {' '.join(cases)} ELSE {read} END"


def _counts_sql(source: Source, column: str) -> str:
    """Return the test that no rule leaves the row out or sets the column itself."""
    places = [
        str(place)
        for place, rule in enumerate(source.rules)
        if rule.exclude or column in rule.classify
    ]
    return f"COALESCE(p._rule, -1) NOT IN ({', '.join(places)})" if places else "TRUE"


def _unmapped_sql(miss: str, value: str, column: str, name: str) -> str:
    return (
        f"CASE WHEN {miss} THEN struct_pack(col := {literal(column)}, map := {literal(name)}, "
        f"val := CAST({value} AS VARCHAR)) END"
    )


def _bad_sql(value: str, read: str, column: str) -> str:
    return (
        f"CASE WHEN {value} IS NOT NULL AND trim(CAST({value} AS VARCHAR)) <> '' "
        f"AND ({read}) IS NULL "
        f"THEN struct_pack(col := {literal(column)}, val := CAST({value} AS VARCHAR)) END"
    )


def _listed(items: list[str]) -> str:
    if not items:
        return "[]"
    return f"list_filter([{', '.join(items)}], lambda x: x IS NOT NULL)"


def _run(engine: Engine, sql: str, source: Source) -> None:
    try:
        engine.run(sql)
    except duckdb.Error as error:
        raise BookError(
            f"a SQL expression failed on a row: {str(error).splitlines()[0]}",
            where=f"book.toml sources.{source.name}",
            advice="Declare the column's kind in `types`, so that a value that cannot be read "
            "is set aside instead.",
        ) from error


def amounts(promise: Contract) -> tuple[str, ...]:
    """Return the columns of a table that hold its amount."""
    return tuple(column for column in (promise.local, promise.amount) if column is not None)


def refuse_unmapped(source: Source, name: str, setting: Setting, *, among: str = "TRUE") -> None:
    """Refuse a value that a closed map does not know, among the rows of a table that fit a test.

    Raises
    ------
    ContractError
        If there is one; it is named with its rows, its amount and the nearest known value.
    """
    promise = source.promise
    closed = [key for key, held in setting.maps.items() if held.declared.unmapped is None]
    amount = "0" if promise.amount is None else quoted(promise.amount)
    if promise.local is not None and promise.amount not in source.columns:
        amount = quoted(promise.local)
    rows = setting.engine.rows(
        "SELECT u.col, u.map, u.val, count(*), sum(amount), arg_min(_line, _id), "
        f"arg_min(_file, _id) FROM (SELECT unnest(_unmapped) AS u, {amount} AS amount, "
        f"_line, _file, _id FROM {quoted(name)} WHERE {among}) "
        "WHERE list_contains(?, u.map) GROUP BY ALL ORDER BY 4 DESC, 3 LIMIT 20",
        [closed],
    )
    if not rows:
        return
    column, map_name, value, count, total, line, file = rows[0]
    others = f" (and {len(rows) - 1} more values)" if len(rows) > 1 else ""
    known = [row[0] for row in setting.engine.rows(f"SELECT key FROM {quoted(f'map_{map_name}')}")]
    money = "" if promise.amount is None else f", {total or 0:,.2f}"
    raise ContractError(
        f"{column} {value!r} is not in value map {map_name!r} ({count} rows{money}){others}",
        where=f"{promise.table} ({file}, line {line})",
        advice=f'Add it to the map, or give the map `unmapped = "..."`. '
        f"{near_miss(str(value), known, noun='key')}",
    )
