"""Where the rows came from: files with digests, and the line printed under an exhibit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.conform.engine import literal
from pfkit.conform.evidence import report_months
from pfkit.conform.forecasts import state_facts
from pfkit.conform.personal import mask
from pfkit.conform.state import STATE_TABLES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from pfkit.conform.pipeline import Conformed
    from pfkit.period import Period
    from pfkit.sources import FileFact


#: Columns that place a row in a month; a table without one of them keeps states.
_PLACED = frozenset({"period", "posting_date", "invoice_date", "ts", "date"})


def source_lines(conformed: Conformed, period: Period) -> dict[str, str]:
    """Return, for each table, the sources of its rows of the period and when they were known.

    A table of states, such as the initiatives, has no rows of a period: its last row counts. The
    files behind a source stand in `files_read`, one row each.
    """
    lines: dict[str, list[str]] = {}
    for held in conformed.sources:
        if not held.present or not held.files:
            continue
        table = held.declared.table
        months = ", ".join(literal(month) for month in report_months(table, period))
        known = (
            "max(known_on)"
            if "known_on" in held.declared.promise.names
            else "max(CAST(NULL AS DATE))"
        )
        # what is no event of a month is a state: its last row counts, whenever it became known
        event = table not in STATE_TABLES and bool(_PLACED & set(held.declared.promise.names))
        mine = f"AND (_period IN ({months}) OR _period = '')" if event else ""
        ((latest,),) = conformed.engine.rows(
            f"SELECT {known} FROM {held.rows_table} WHERE _status = 'accepted' {mine}"
        )
        name = held.declared.name.replace("_", " ")
        dated = f" of {latest.isoformat()}" if latest is not None else ""
        if latest is None and "known_on" in held.declared.promise.names:
            dated = f" (no rows of {period.label})" if event else " (no rows)"
        lines.setdefault(table, []).append(f"{name}{dated}")
    if "invoices" in lines:
        lines["revenue"] = lines["invoices"]
    return {table: ", ".join(parts) for table, parts in lines.items()}


def files_read(conformed: Conformed, totals: Sequence[FileFact] = ()) -> pd.DataFrame:
    """Return every file with rows known by then, or with lines that are no rows.

    Returns
    -------
    pandas.DataFrame
        One row per file: ``row_key, source, table, file, format, encoding, rows, bytes, sha256,
        known_on_first, known_on_last`` (NA where no row could be read) and ``notes``. The files of
        a group's entities follow, with the entity before the source.
    """
    rows: list[dict[str, Any]] = []
    for held in conformed.sources:
        if not held.present:
            continue
        table = held.declared.table
        known_on = "known_on" in held.declared.promise.names
        dated = "min(known_on), max(known_on)" if known_on else "NULL, NULL"
        known = {
            file: (first, last)
            for file, first, last in conformed.engine.rows(
                f"SELECT _file, {dated} FROM {held.rows_table} GROUP BY 1"
            )
        }
        # no day is known of a line that is no row; it is held back, and so its file is named
        known |= {row.file: (None, None) for row in held.rejected if row.file not in known}
        rows += [
            _file_row(held.declared.name, table, fact, *known[fact.path])
            for fact in held.as_known or held.files
            if fact.path in known
        ]
    for name, loaded in conformed.maps.items():
        rows += [_file_row(f"map {name}", "map", fact, None, None) for fact in loaded.files]
    kept = conformed.decided
    if kept.file is not None and kept.decisions:
        days = [decision.known_on for decision in kept.decisions]
        rows.append(_file_row("quarantine", "decisions", kept.file, min(days), max(days)))
    rows += [
        _file_row("forecasts", "forecasts", *known)
        for known in state_facts(conformed.state, conformed.as_of)
    ]
    rows += [_file_row("control totals", "control", fact, None, None) for fact in totals]
    return pd.DataFrame([*rows, *conformed.declaration.read])


def _file_row(
    source: str, table: str, fact: FileFact, first: date | None, last: date | None
) -> dict[str, Any]:
    path = mask(fact.path)
    return {
        "row_key": f"{source}|{path}",
        "source": source,
        "table": table,
        "file": path,
        "format": fact.format,
        "encoding": fact.encoding,
        "rows": fact.rows,
        "bytes": fact.bytes,
        "sha256": fact.sha256,
        "known_on_first": first,
        "known_on_last": last,
        "notes": "; ".join(fact.notes),
    }
