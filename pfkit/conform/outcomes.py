"""What became of every row: counted by rule, and listed where it was held back."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.conform.controls import names_families, unmapped_families
from pfkit.conform.corrections import decided_rows, undecided_sql
from pfkit.conform.engine import literal, quoted
from pfkit.conform.evidence import grouped, report_months
from pfkit.conform.remedies import remedy
from pfkit.conform.rowids import held_ids
from pfkit.conform.settle import REFERENCES
from pfkit.conform.stretches import stated_by_days
from pfkit.conform.unread import unread
from pfkit.money import cents

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pfkit.conform.declaration import Source
    from pfkit.conform.pipeline import Conformed, LoadedSource
    from pfkit.contracts import Contract
    from pfkit.period import Period

_HELD = (
    *("id", "table", "source", "period", "file", "line"),
    *("rule", "column", "value", "amount", "advice"),
)


def rules(conformed: Conformed, period: Period) -> pd.DataFrame:
    """Return what became of every row of a period: by rule, with count and amount.

    Returns
    -------
    pandas.DataFrame
        ``row_key, source, table, action (accept, classify, correct, allow, exclude,
        quarantine, map), target, because, rows, amount``. Per source the amounts add up to the
        amount in, but for the rows of action ``map``: they say how much of the accepted rows went
        to a map's named line.
    """
    found: list[dict[str, Any]] = []
    for held in conformed.sources:
        if held.present and held.declared.promise.amount is not None:
            found += _rules_of(held, conformed, report_months(held.declared.table, period))
    columns = ["row_key", "source", "table", "action", "target", "because", "rows", "amount"]
    return pd.DataFrame(found, columns=columns)


def _rules_of(
    held: LoadedSource, conformed: Conformed, months: Sequence[str]
) -> list[dict[str, Any]]:
    source = held.declared
    amount = source.promise.amount or ""
    listed = ", ".join(literal(month) for month in (*months, ""))
    rows = conformed.engine.rows(
        f"SELECT _status, CASE WHEN _status = 'accepted' THEN _rule END AS rule, _reason, "
        f"any_value(_because), count(*) FILTER (WHERE _made IS NULL), sum({quoted(amount)}) "
        f"FROM {quoted(held.rows_table)} WHERE _period IN ({listed}) "
        f"AND {undecided_sql(held, conformed)} GROUP BY 1, 2, 3 "
        "ORDER BY 1, 2 NULLS FIRST, 3"
    )
    found = []
    for status, rule, reason, because, count, total in rows:
        action, target = "accept", _usual(source)
        if status == "accepted" and rule is not None:
            action, target = "classify", source.rules[rule].name
            because = source.rules[rule].because  # noqa: PLW2901 (the rule says it)
        elif status != "accepted":
            action, target = status.removesuffix("d"), reason
        found.append(
            {
                "row_key": f"{source.name}|{action}|{target}",
                "source": source.name,
                "table": source.table,
                "action": action,
                "target": target,
                "because": because or "no rule names it",
                "rows": count,
                "amount": _money(source.promise, total),
            }
        )
    for row in decided_rows(held, conformed, listed):
        key = f"{source.name}|{row['action']}|{row['target']}"
        placed = {"row_key": key, "source": source.name, "table": source.table}
        found.append(row | placed | {"amount": _money(source.promise, row["amount"])})
    if held.rejected:
        found.append(_unread(held))
    return _merged([*found, *_of_which(held, conformed, months)])


def _of_which(
    held: LoadedSource, conformed: Conformed, months: Sequence[str]
) -> list[dict[str, Any]]:
    """Return the accepted rows that value maps sent to a named line: part of the rows above."""
    source = held.declared
    listed = ", ".join(literal(month) for month in (*months, ""))
    rows = conformed.engine.rows(
        f"SELECT u.map, count(*), count(DISTINCT u.val), sum(amount) FROM "
        f"(SELECT unnest(_unmapped) AS u, {quoted(source.promise.amount or '')} AS amount "
        f"FROM {quoted(held.rows_table)} WHERE _status = 'accepted' AND _period IN ({listed})) "
        "GROUP BY 1 ORDER BY 1"
    )
    found = [_mapped_row(held, conformed, row[0], row[1:]) for row in rows]
    if source.table == "invoices" and names_families(conformed):
        family = unmapped_families(conformed, months)
        if family[0]:
            found.append(_mapped_row(held, conformed, "family", family))
    return found


def _mapped_row(
    held: LoadedSource, conformed: Conformed, name: str, found: tuple[int, int, Decimal]
) -> dict[str, Any]:
    rows, values, amount = found
    target = conformed.maps[name].declared.unmapped or ""
    codes = "1 value" if values == 1 else f"{grouped(values)} values"
    return {
        "row_key": f"{held.declared.name}|map|{name}|{target}",
        "source": held.declared.name,
        "table": held.declared.table,
        "action": "map",
        "target": target,
        "because": f"of which {codes} not in map {name}",
        "rows": rows,
        "amount": _money(held.declared.promise, amount),
    }


def _usual(source: Source) -> str:
    """Return what a row is called that no rule names: its declared kind, else its table."""
    kind = source.columns.get("kind")
    return str(kind.constant) if kind is not None and kind.constant else source.table


def _unread(held: LoadedSource) -> dict[str, Any]:
    return {
        "row_key": f"{held.declared.name}|quarantine|unreadable row",
        "source": held.declared.name,
        "table": held.declared.table,
        "action": "quarantine",
        "target": "unreadable row",
        "because": "the line is no row of the file's form; its amount is not known",
        "rows": len(held.rejected),
        "amount": None,
    }


def _money(promise: Contract, amount: Decimal | None) -> float | None:
    """Return an amount in cents; None where it is not known or the table counts no money."""
    return float(cents(Decimal(amount))) if amount is not None and promise.counts_money else None


def _merged(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    merged: dict[str, dict[str, Any]] = {}
    for row in found:
        if row["row_key"] in merged:
            merged[row["row_key"]]["rows"] += row["rows"]
            held = merged[row["row_key"]]
            if held["amount"] is not None and row["amount"] is not None:
                held["amount"] = round(held["amount"] + row["amount"], 2)
        else:
            merged[row["row_key"]] = row
    return list(merged.values())


def _advice(
    reason: str, source: Source, column: str, value: str, padded: Mapping[tuple[str, str], str]
) -> str:
    if reason == "unreadable value" and column == "period" and stated_by_days(source):
        return (
            "These days are no month, quarter, year to date or year of the fiscal calendar: check "
            "calendar, year_end and extra_week in [company], or exclude such rows by a rule."
        )
    if reason == "unreadable value":
        return unread(value, column, source)
    if (there := padded.get((column, value))) is not None and reason == f"unknown {column}":
        return (
            f"Table {REFERENCES[column]} has it as {there!r}: give both the same leading zeros, as "
            f"""with `{column} = {{ sql = "ltrim({_said(source, column)}, '0')" }}`."""
        )
    return remedy(reason, source.promise, column)


def _said(source: Source, column: str) -> str:
    """Return the source column that fills an agreed one, or a word for it."""
    mapping = source.columns.get(column)
    return quoted(mapping.column) if mapping is not None and mapping.column else "..."


def _padded(held: LoadedSource, conformed: Conformed) -> dict[tuple[str, str], str]:
    """Return codes held back that their table has with other leading zeros, by column and code."""
    loaded = {one.declared.table for one in conformed.sources if one.present}
    found: dict[tuple[str, str], str] = {}
    for column, table in REFERENCES.items():
        if table in loaded and column in held.declared.promise.names:
            rows = conformed.engine.rows(
                f"SELECT DISTINCT r._value, t.{quoted(column)} FROM {quoted(held.rows_table)} r "
                f"JOIN {quoted(f'final_{table}')} t ON ltrim(r._value, '0') = "
                f"ltrim(t.{quoted(column)}, '0') WHERE r._reason = {literal(f'unknown {column}')}"
            )
            found |= {(column, value): there for value, there in rows}
    return found


def quarantine(conformed: Conformed, period: Period | None = None) -> pd.DataFrame:
    """Return every row held back, with its id and place, the rule, the value and its amount.

    Parameters
    ----------
    conformed : Conformed
        The loaded book.
    period : Period, optional
        Only the months a report of it looks at, and rows that belong to none; default: all.
    """
    found: list[dict[str, Any]] = []
    for held in conformed.sources:
        if not held.present:
            continue
        source = held.declared
        amount = source.promise.amount
        where = ""
        if period is not None:
            months = report_months(source.table, period)
            where = f"AND _period IN ({', '.join(literal(m) for m in (*months, ''))})"
        rows = conformed.engine.rows(
            f"SELECT _period, _file, _line, _reason, _column, _value, "
            f"{quoted(amount) if amount else 'NULL'}, _id FROM {quoted(held.rows_table)} "
            f"WHERE _status = 'quarantined' {where} ORDER BY _id"
        )
        ids = held_ids(held, conformed.engine) if rows else {}
        padded = _padded(held, conformed) if rows else {}
        found += [
            {
                "id": ids.get(place, ""),
                "table": source.table,
                "source": source.name,
                "period": period,
                "file": file,
                "line": line,
                "rule": reason,
                "column": column or "",
                "value": value or "",
                "amount": _money(source.promise, total),
                "advice": _advice(reason, source, column or "", value or "", padded),
            }
            for period, file, line, reason, column, value, total, place in rows
        ]
        found += [
            {
                "id": name,
                "table": source.table,
                "source": source.name,
                "period": "",
                "file": row.file,
                "line": row.line,
                "rule": row.rule,
                "column": "",
                "value": row.text,
                "amount": None,
                "advice": row.advice,
            }
            for row, name in zip(held.rejected, held.rejected_ids, strict=True)
        ]
    return pd.DataFrame(found, columns=list(_HELD))
