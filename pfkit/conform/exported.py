"""Controls of what was exported more than once: files, rows of overlapping files, equal rows."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from pfkit.conform.engine import quoted
from pfkit.conform.evidence import ControlResult, Evidence, counted, judged
from pfkit.conform.long import started
from pfkit.conform.repeats import EXPORTED_BEFORE, repeats_table
from pfkit.money import cents

if TYPE_CHECKING:
    from pfkit.conform.pipeline import LoadedSource

_ADVICE = (
    'Declare overlap = "once" for the source if these are exports of the same events, '
    '"keep" if they are not.'
)
_SHOWN = 3


def repeat_controls(held: LoadedSource, evidence: Evidence) -> list[ControlResult]:
    """Return what a source exported more than once, and what became of it.

    Parameters
    ----------
    held : LoadedSource
        The source and its files.
    evidence : Evidence
        The conformed book.
    """
    name = held.declared.name
    results = [
        judged(
            evidence,
            "Repeated file",
            name,
            "amber",
            f"{path} has the bytes of {other} and was left out",
            advice="Remove one of the two.",
            key=path,
        )
        for path, other in held.repeated_files
    ]
    keyed = bool(held.declared.key or held.declared.promise.key)
    if _has_repeats(held, evidence):
        found, whole = _whole_files(held, evidence)
        results += found
        results += _exported_before(held, evidence, whole)
        results += [] if keyed else _in_doubt(held, evidence)
    if not keyed:
        results += _equal_rows(held, evidence)
    return results


def _has_repeats(held: LoadedSource, evidence: Evidence) -> bool:
    repeats = quoted(repeats_table(held.declared))
    return bool(evidence.conformed.engine.rows(f"SELECT 1 FROM {repeats} LIMIT 1"))


def _amount_sql(held: LoadedSource) -> str:
    column = held.declared.promise.amount
    return f"COALESCE(sum(r.{quoted(column)}), 0)" if column else "0"


def _money(held: LoadedSource, amount: Decimal) -> Decimal | None:
    return cents(Decimal(amount)) if held.declared.promise.counts_money else None


def _rows_sql(held: LoadedSource, evidence: Evidence) -> str:
    """Return the join of a source's rows in the report's months with their repeats."""
    return (
        f"{quoted(held.rows_table)} r JOIN {quoted(repeats_table(held.declared))} g USING (_id) "
        f"WHERE r._period IN ({evidence.months_sql(held.declared.table)})"
    )


def _whole_files(
    held: LoadedSource, evidence: Evidence
) -> tuple[list[ControlResult], tuple[str, ...]]:
    """Return one control per file of which every row stands in one other file, and the files."""
    engine = evidence.conformed.engine
    rows_table, repeats = quoted(held.rows_table), quoted(repeats_table(held.declared))
    rows = engine.rows(
        f"SELECT r._file, any_value(g.other), count(*), (SELECT count(*) FROM {rows_table} o "
        f"WHERE o._file = any_value(g.other)) FROM {rows_table} r LEFT JOIN {repeats} g "
        "USING (_id) GROUP BY 1 HAVING bool_and(COALESCE(g.before, FALSE)) "
        "AND count(DISTINCT g.other) = 1 ORDER BY min(r._id)"
    )
    found = []
    for file, other, mine, its in rows:
        ((count, amount),) = engine.rows(
            f"SELECT count(*), {_amount_sql(held)} FROM {_rows_sql(held, evidence)} "
            "AND r._file = ?",
            [file],
        )
        if not count:
            continue
        same = f"{file} holds the rows of {other} once more and was left out"
        part = f"every row of {file} stands in {other} too, so it was left out"
        found.append(
            judged(
                evidence,
                "Repeated file",
                held.declared.name,
                "amber",
                f"{same if mine == its else part} ({counted(count)})",
                actual=_money(held, amount),
                advice="Remove one of the two.",
                key=file,
            )
        )
    return found, tuple(row[0] for row in rows)


def _exported_before(
    held: LoadedSource, evidence: Evidence, whole: tuple[str, ...]
) -> list[ControlResult]:
    source = held.declared
    ((count, amount, files),) = evidence.conformed.engine.rows(
        f"SELECT count(*), {_amount_sql(held)}, list_sort(list(DISTINCT r._file)) "
        f"FROM {_rows_sql(held, evidence)} AND r._reason = ? AND NOT list_contains(?, r._file)",
        [EXPORTED_BEFORE, list(whole)],
    )
    if not count:
        return []
    sure = bool(source.key or source.promise.key) or source.overlap == "once"
    verb = "stands" if count == 1 else "stand"
    parts = _parts(held, evidence, files)
    where = "another export of the same day" if set(parts) == set(files) else "an earlier export"
    said = [f"{part} is a part of {whole}" for whole, part in parts.items()]
    more = f" and {len(said) - _SHOWN} more" if len(said) > _SHOWN else ""
    which = f": {', '.join(said[:_SHOWN])}{more}" if said else ""
    return [
        judged(
            evidence,
            "Exported before",
            source.name,
            "green" if sure else "amber",
            f"{counted(count)} of {_named(files)} {verb} in {where} too and "
            f"{'counts' if count == 1 else 'count'} once{which}",
            actual=_money(held, amount),
            advice="" if sure else _ADVICE,
        )
    ]


def _parts(held: LoadedSource, evidence: Evidence, files: list[str]) -> dict[str, str]:
    """Return the files that hold another one whole, known on the same day, and which it is.

    Of two such files the one read first counts, and neither is the earlier export.
    """
    rows, repeats = quoted(held.rows_table), quoted(repeats_table(held.declared))
    known = "known_on" in held.declared.promise.names
    day = "min(known_on), max(known_on)" if known else "NULL, NULL"
    found = evidence.conformed.engine.rows(
        f"WITH files AS (SELECT _file, count(*) AS n, [{day}] AS known FROM {rows} GROUP BY 1), "
        f"pairs AS (SELECT r._file AS whole, g.other AS part, count(*) AS n FROM {rows} r "
        f"JOIN {repeats} g USING (_id) WHERE g.before AND list_contains(?, r._file) GROUP BY 1, 2) "
        "SELECT whole, min(part) FROM pairs JOIN files p ON p._file = part "
        "JOIN files w ON w._file = whole WHERE pairs.n = p.n AND p.n < w.n "
        "AND p.known IS NOT DISTINCT FROM w.known GROUP BY 1 ORDER BY 1",
        [files],
    )
    return dict(found)


def _in_doubt(held: LoadedSource, evidence: Evidence) -> list[ControlResult]:
    """Return the control of rows that are equal in two files and yet may be two events."""
    ((count, amount, files, others),) = evidence.conformed.engine.rows(
        f"SELECT count(*), {_amount_sql(held)}, list_sort(list(DISTINCT r._file)), "
        f"list_sort(list(DISTINCT g.other)) FROM {_rows_sql(held, evidence)} "
        "AND NOT g.before AND r._status = 'accepted'"
    )
    if not count:
        return []
    return [
        judged(
            evidence,
            "Equal rows",
            held.declared.name,
            "amber",
            f"{counted(count)} of {_named(files)} equal to a row of {_named(others)}; "
            "too little to call it the same export, so kept",
            actual=_money(held, amount),
            advice=_ADVICE,
            key="files",
        )
    ]


def _equal_rows(held: LoadedSource, evidence: Evidence) -> list[ControlResult]:
    source = held.declared
    engine = evidence.conformed.engine
    raw = started(source)
    columns = [quoted(c) for c in engine.types(raw) if not c.startswith("_")]
    ((count, amount),) = engine.rows(
        f"SELECT count(*), {_amount_sql(held)} FROM "
        f"(SELECT w._id, row_number() OVER (PARTITION BY w._file, w.said ORDER BY w._id) AS place "
        f"FROM (SELECT _id, _file, hash({', '.join(columns)}) AS said FROM {quoted(raw)}) w "
        f"JOIN {quoted(held.rows_table)} k USING (_id) WHERE k._status = 'accepted' "
        f"AND NOT list_contains({list(held.mended)}::BIGINT[], _id)) d "
        f"JOIN {quoted(held.rows_table)} r USING (_id) WHERE d.place > 1 "
        f"AND r._period IN ({evidence.months_sql(source.table)})"
    )
    if not count:
        return []
    return [
        judged(
            evidence,
            "Equal rows",
            source.name,
            "amber",
            f"{counted(count)} equal to an earlier row in every column; no key is declared, "
            "so kept",
            actual=cents(Decimal(amount)),
            advice="Declare a key if the source has one.",
        )
    ]


def _named(files: list[str]) -> str:
    """Return the first files by name, and how many more there are."""
    shown = ", ".join(files[:_SHOWN])
    return shown if len(files) <= _SHOWN else f"{shown} and {len(files) - _SHOWN} more"
