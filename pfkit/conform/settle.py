"""Mapped rows get amounts, periods and a status: accepted, quarantined or excluded, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from pfkit.conform.amounts import (
    amounts_sql,
    rate_sql,
    refuse_missing_rate,
    refuse_sign_without_accounts,
)
from pfkit.conform.approval import approval_sql
from pfkit.conform.decided import REPEATED, decided_table, passed
from pfkit.conform.engine import literal, quoted
from pfkit.conform.levels import OUTSIDE_LEVELS
from pfkit.conform.parse import money_type, month_of_sql
from pfkit.conform.repeats import EXPORTED_BEFORE, repeats_table
from pfkit.conform.sql import vetted
from pfkit.conform.stretches import stated_by_days
from pfkit.errors import BookError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from pfkit.conform.declaration import Policies, Source
    from pfkit.conform.mapping import Setting
    from pfkit.contracts import Column, Contract

#: Column that refers to a dimension, and the table that lists its values.
REFERENCES = {
    "product": "products",
    "account": "accounts",
    "cost_center": "cost_centers",
    "initiative": "initiatives",
}
NONE = "(none)"
#: Reason of a row that a later one replaced.
RESTATED = "restated"
#: Reason of a row that says all that a row with its key says before it.
SENT_TWICE = "sent twice"

_NOTHING = (
    "CAST(NULL AS STRUCT(status VARCHAR, reason VARCHAR, because VARCHAR, col VARCHAR, "
    "val VARCHAR))"
)

_DAY_COLUMNS = ("posting_date", "invoice_date", "ts", "date")


@dataclass(frozen=True)
class Known:
    """What settling a source needs beside its rows."""

    policies: Policies
    dimensions: Mapping[str, tuple[str, ...]]
    statement_kinds: tuple[str, ...]


def value_source(source: Source, setting: Setting, as_of: date, *, decided: bool = False) -> str:
    """Turn ``mapped_<source>`` into ``valued_<source>``: amounts converted, periods set.

    Adds ``_stated`` and ``_stated_local`` (the amount with the sign the source gives it, in
    reporting currency and as booked) and ``_period`` (the fiscal month a row is counted in, from
    its period, its day or else its knowledge date).

    Raises
    ------
    ContractError
        If a currency has no exchange rate for a row's day or month.
    """
    promise = source.promise
    refuse_sign_without_accounts(source, setting)
    mapped = decided_table(source) if decided else f"mapped_{source.name}"
    name = f"valued_{source.name}"
    # what a comment was written for may be a quarter, and is no month that it counts in
    columns = {c.name for c in promise.columns if c.name != "period" or c.kind == "month"}
    period = _period_sql(columns, setting)
    stated, stated_local, replace = amounts_sql(source, setting, decided=decided)
    if "period" in columns:
        replace.append(f"COALESCE(m.period, {period}) AS period")
    replace += _outside_sql(columns, setting)
    join, rate = rate_sql(source, setting)
    accounts = (
        "LEFT JOIN final_accounts a ON a.account = m.account"
        if source.sign in {"debit_positive", "credit_positive"}
        else ""
    )
    approval, later = approval_sql(columns, set(source.columns), as_of)
    replace += approval
    changed = f" REPLACE ({', '.join(replace)})" if replace else ""
    known = month_of_sql("m.known_on", setting.calendar) if "known_on" in columns else "NULL"
    # a stretch of days that is no period of the calendar must not hide in the month it was filed in
    if _one_day_for_all(source, columns) or stated_by_days(source):
        known = "NULL"
    own = "m.period" if "period" in columns else "NULL"
    setting.engine.run(
        f"CREATE OR REPLACE TABLE {quoted(name)} AS SELECT m.*{changed}, "
        f"CAST({stated} AS {money_type(promise)}) AS _stated, "
        f"CAST({stated_local} AS {money_type(promise)}) AS _stated_local, "
        f"COALESCE({own}, {period}, {known}, '') AS _period, "
        f"CAST({rate} AS BIGINT) AS _rate{later} "
        f"FROM {quoted(mapped)} m {join} {accounts}"
    )
    refuse_missing_rate(source, setting, as_of)
    return name


def _one_day_for_all(source: Source, columns: set[str]) -> bool:
    """Return whether the knowledge date says nothing of the month of a row without a day."""
    placed = "period" in columns or bool(columns & set(_DAY_COLUMNS))
    return placed and source.known_on is not None and source.known_on.date is not None


def _outside_sql(columns: set[str], setting: Setting) -> list[str]:
    """Return SQL that holds a row back whose day lies in no week that the book lists."""
    day = next((column for column in _DAY_COLUMNS if column in columns), None)
    if setting.calendar.rule != "listed" or day is None:
        return []
    outside = f"m.{day} IS NOT NULL AND {_period_sql(columns, setting)} IS NULL"
    bad = f"[struct_pack(col := {literal(day)}, val := CAST(m.{day} AS VARCHAR))]"
    return [f"CASE WHEN {outside} THEN list_concat(m._bad, {bad}) ELSE m._bad END AS _bad"]


def _period_sql(columns: set[str], setting: Setting) -> str:
    day = next((column for column in _DAY_COLUMNS if column in columns), None)
    if day is None:
        return "CAST(NULL AS VARCHAR)"
    return month_of_sql(f"CAST(m.{day} AS DATE)", setting.calendar)


def settle_source(
    source: Source, setting: Setting, known: Known, as_of: date, *, alone: bool = False
) -> str:
    """Turn ``valued_<source>`` into ``rows_<source>``: every row with a status and its reason.

    Rows learned after `as_of` are not in it at all, so that a past report is what it was. With
    `alone`, rows are judged by their own columns only, not by others with the same key.
    Adds ``_status`` (accepted, quarantined, excluded), ``_reason`` (the rule's name),
    ``_because``, ``_column`` and ``_value`` (what the rule stumbled over).
    """
    promise = source.promise
    valued, name = f"valued_{source.name}", f"rows_{source.name}"
    _refuse_other_rules(valued, promise, setting)
    decided = "_passed" in setting.engine.types(valued)
    finding = _finding_sql(source, promise, known, decided=decided)
    repeated = _NOTHING if alone else _repeats_sql(source, promise, decided=decided)
    replaced, known_by = _NOTHING, "TRUE"
    if any(column.name == "known_on" for column in promise.columns):
        known_by = f"(known_on IS NULL OR known_on <= DATE {literal(as_of)})"
        if source.replaces and not alone:
            keys = ", ".join(quoted(column) for column in source.replaces)
            replaced = (
                f"CASE WHEN _finding IS NULL AND known_on < max(known_on) FILTER "
                f"(WHERE _finding IS NULL) OVER (PARTITION BY {keys}) THEN "
                + _struct(
                    "excluded",
                    RESTATED,
                    "a later version of the same row is known",
                    "'known_on'",
                    "CAST(known_on AS VARCHAR)",
                )
                + " END"
            )
    sql = (
        f"CREATE OR REPLACE TABLE {quoted(name)} AS "
        f"WITH found AS (SELECT v.*, COALESCE({_exported_sql()}, {finding}) AS _finding "
        f"FROM {quoted(valued)} v LEFT JOIN (SELECT _id AS _again, other AS _other "
        f"FROM {quoted(repeats_table(source))} WHERE before) ON _again = _id WHERE {known_by}), "
        f"once AS (SELECT * REPLACE (COALESCE(_finding, {repeated}) AS _finding) FROM found), "
        f"latest AS (SELECT * REPLACE (COALESCE(_finding, {replaced}) AS _finding) FROM once) "
        f"SELECT * EXCLUDE (_finding), {literal(source.name)} AS _source, "
        f"COALESCE(_finding.status, 'accepted') AS _status, _finding.reason AS _reason, "
        f"_finding.because AS _because, _finding.col AS _column, _finding.val AS _value "
        "FROM latest"
    )
    try:
        setting.engine.run(sql)
    except duckdb.ConversionException as error:
        raise BookError(
            f"a rule failed on a row: {str(error).splitlines()[0]}",
            where=f"contract of {promise.table}",
            advice="Use TRY_CAST in the rule, so that what cannot be read is empty.",
        ) from error
    return name


def _finding_sql(source: Source, promise: Contract, known: Known, *, decided: bool) -> str:
    cases = [
        f"WHEN _rule = {place} THEN "
        + _struct("excluded", rule.exclude, rule.because, "NULL", "NULL")
        for place, rule in enumerate(source.rules)
        if rule.exclude
    ]
    if source.hierarchy is not None:
        cases += [
            f"WHEN _role = {literal(role)} THEN "
            + _struct(
                "excluded",
                reason,
                because,
                literal(", ".join(source.hierarchy.columns)),
                "list_aggregate(_cells, 'string_agg', ' · ')",
            )
            for role, (reason, because) in OUTSIDE_LEVELS.items()
        ]
    if source.blank == "skip":
        amount = "amount_local" if "amount_local" in source.columns else promise.amount
        cases.append(
            f"WHEN len(_bad) = 0 AND {quoted(amount or '')} IS NULL THEN "
            + _struct(
                "excluded",
                "blank amount",
                "a blank is no row, as the book declares",
                literal(amount),
                "NULL",
            )
        )
    cases.append(
        "WHEN len(_bad) > 0 THEN "
        + _struct(
            "quarantined",
            "unreadable value",
            "the value cannot be read as declared",
            "_bad[1].col",
            "_bad[1].val",
        )
    )
    for column in promise.columns:
        cases += _column_cases(column, decided=decided)
    cases += _reference_cases(promise, known, decided=decided)
    cases += _rule_cases(promise, decided=decided)
    return f"CASE {' '.join(cases)} END"


def _column_cases(column: Column, *, decided: bool) -> list[str]:
    """Return what the contract asks of one column, each with the reason a row is held back."""
    name = quoted(column.name)
    text = f"CAST({name} AS VARCHAR)"
    asked: list[tuple[str, str, str]] = []
    if column.required:
        asked.append((f"{name} IS NULL", "missing value", "is required"))
    if column.values:
        allowed = ", ".join(literal(value) for value in column.values)
        because = f"is one of {', '.join(column.values)}"
        asked.append((f"{name} NOT IN ({allowed})", "value not allowed", because))
    if column.pattern:
        because = f"has the form {column.pattern}"
        asked.append((f"NOT {_fits_sql(text, column)}", "value not allowed", because))
    for bound, sign, word in (
        (column.minimum, "<", "at least"),
        (column.maximum, ">", "at most"),
        (column.above, "<=", "above"),
    ):
        if bound is not None:
            because = f"is {word} {bound:g}"
            asked.append((f"{name} {sign} {bound}", "value out of range", because))
    label = literal(column.name)
    return [
        f"WHEN {broken}{_unless_sql(reason, column.name, decided=decided)} THEN "
        + _struct("quarantined", reason, f"{column.name} {because}", label, text)
        for broken, reason, because in asked
    ]


def _fits_sql(text: str, column: Column) -> str:
    return f"regexp_full_match({text}, {literal(column.pattern)})"


def _reference_cases(promise: Contract, known: Known, *, decided: bool) -> list[str]:
    cases = []
    for column in promise.columns:
        table = REFERENCES.get(column.name)
        if table is None or table == promise.table or table not in known.dimensions:
            continue
        allowed = ", ".join(literal(value) for value in (NONE, *known.dimensions[table]))
        name = quoted(column.name)
        cases.append(
            f"WHEN {name} NOT IN ({allowed})"
            f"{_unless_sql(f'unknown {column.name}', column.name, decided=decided)} THEN "
            + _struct(
                "quarantined",
                f"unknown {column.name}",
                f"{column.name} is not in table {table}",
                literal(column.name),
                name,
            )
        )
    if promise.table == "invoices" and known.statement_kinds:
        allowed = ", ".join(literal(kind) for kind in known.statement_kinds)
        cases.append(
            f"WHEN kind NOT IN ({allowed}) THEN "
            + _struct(
                "quarantined",
                "kind without a line",
                "the kind has no line in [statement]",
                "'kind'",
                "kind",
            )
        )
    return cases


def _exported_sql() -> str:
    return (
        "CASE WHEN _again IS NOT NULL THEN "
        + _struct(
            "excluded",
            EXPORTED_BEFORE,
            "the same row stands in an export known before",
            "'_file'",
            "_other",
        )
        + " END"
    )


def _rule_cases(promise: Contract, *, decided: bool) -> list[str]:
    """Return what a book's contract asks of whole rows."""
    return [
        f"WHEN ({vetted(rule.broken, promise.names, where=rule.where)})"
        f"{_unless_sql(rule.name, '', decided=decided)} THEN "
        + _struct("quarantined", rule.name, rule.because, "NULL", "NULL")
        for rule in promise.rules
    ]


def _refuse_other_rules(valued: str, promise: Contract, setting: Setting) -> None:
    """Refuse a rule of the book that is not true or false for a row."""
    for rule in promise.rules:
        test = f"({vetted(rule.broken, promise.names, where=rule.where)})"
        kind = setting.engine.check(valued, test, where=rule.where)
        if kind != "BOOLEAN":
            raise BookError(
                f"SQL {rule.broken!r} gives {kind}, not true or false",
                where=rule.where,
                advice="Write a comparison, as in `quantity < 0`.",
            )


def _unless_sql(reason: str, column: str, *, decided: bool) -> str:
    """Return the test that no decision lets the row pass; nothing where there are no decisions."""
    if not decided:
        return ""
    return f" AND NOT COALESCE(list_contains(_passed, {literal(passed(reason, column))}), FALSE)"


def _repeats_sql(source: Source, promise: Contract, *, decided: bool) -> str:
    """Return the finding for a value or key that stood before, NULL where none did."""
    key = source.key or promise.key
    found = [_repeat_sql(source, key, decided=decided)] if key else []
    found += [
        _repeat_sql(source, (column.name,), decided=decided, empty_counts_not=True)
        for column in promise.columns
        if column.unique and key != (column.name,)
    ]
    return f"COALESCE({', '.join(found)})" if found else _NOTHING


def _repeat_sql(
    source: Source, key: tuple[str, ...], *, decided: bool, empty_counts_not: bool = False
) -> str:
    parts = [quoted(column) for column in key]
    if source.replaces and "known_on" not in key:
        parts.append("known_on")
    keys = ", ".join(parts)
    there = f"{parts[0]} IS NOT NULL" if empty_counts_not else "TRUE"
    order = "known_on, _id" if "known_on" in source.promise.names else "_id"
    shown = "concat_ws(' · ', " + ", ".join(f"CAST({part} AS VARCHAR)" for part in parts) + ")"
    window = f"(PARTITION BY {keys}, _made, _finding IS NULL ORDER BY {order})"
    return (
        f"CASE WHEN _finding IS NULL AND {there} AND row_number() OVER {window} > 1"
        f"{_unless_sql(REPEATED, ', '.join(key), decided=decided)} THEN "
        + (_dropped_sql(source, window, shown) if source.repeats == "drop" else "")
        + _struct(
            "quarantined",
            REPEATED,
            f"{', '.join(key)} occurs before",
            literal(", ".join(key)),
            shown,
        )
        + (" END END" if source.repeats == "drop" else " END")
    )


def _dropped_sql(source: Source, window: str, shown: str) -> str:
    """Return the head of a case that leaves a repeat out where all it says was said before."""
    said = ", ".join(quoted(c.name) for c in source.promise.columns if c.name != "known_on")
    return (
        f"CASE WHEN hash({said}) = first_value(hash({said})) OVER {window} THEN "
        + _struct("excluded", SENT_TWICE, "all of it was said before, by its key", "NULL", shown)
        + " ELSE "
    )


def _struct(status: str, reason: str | None, because: str, column: str, value: str) -> str:
    return (
        f"struct_pack(status := {literal(status)}, reason := {literal(reason)}, "
        f"because := {literal(because)}, col := CAST({column} AS VARCHAR), "
        f"val := CAST({value} AS VARCHAR))"
    )
