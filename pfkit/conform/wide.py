"""A budget sheet in a book: read as people wrote it, its totals left out by rules of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import compute

from pfkit.conform.declaration import RowRule
from pfkit.conform.evidence import ControlResult, Evidence, judged
from pfkit.sources.budget import Finding, Layout, read_budgets

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pfkit.conform.declaration import Source
    from pfkit.conform.pipeline import LoadedSource
    from pfkit.period import FiscalCalendar
    from pfkit.sources import RawTable

#: Why a number of a budget sheet does not count, by the reason the reader gives.
BECAUSE = {
    "total row": "the row adds up other rows of the sheet",
    "total column": "the column adds up months of the sheet",
    "ratio row": "the row holds ratios, no amounts",
    "count row": "the row counts or prices, it holds no amounts",
    "hidden row": "the layout leaves hidden rows out",
    "hidden column": "the layout leaves hidden columns out",
    "column of actuals": "the column holds actuals, no plan",
    "other column": "the column belongs to no month",
    "summary sheet": "the sheet adds up the other sheets",
}


def read_wide(
    source: Source, paths: Sequence[Path], *, root: Path, calendar: FiscalCalendar
) -> tuple[RawTable, tuple[tuple[str, Finding], ...]]:
    """Read the files of a source whose months stand across.

    Returns
    -------
    tuple
        The raw table, one row per number; and what to look at, with the file it stands in.

    Raises
    ------
    SourceError
        If a file cannot be read, or contradicts what the source declares.
    """
    declared = source.layout
    if declared is None:  # the caller asks for sources with a layout only
        return read_budgets(paths, root=root, layout=Layout())
    layout = Layout(
        sheets=declared.sheets,
        version=declared.version,
        unit=source.unit if "unit" in source.model_fields_set else "",
        year=declared.year or 0,
        first_month=calendar.year_start if calendar.rule == "month" else 0,
        fill=declared.fill,
        hidden=declared.hidden,
        decimal=source.decimal if "decimal" in source.model_fields_set else "",
        thousands=source.thousands,
    )
    return read_budgets(paths, root=root, layout=layout, encoding=source.encoding)


def fitted(source: Source, table: pa.Table) -> Source:
    """Return the source as its long rows need it: amounts whole and plain, totals excluded.

    The reasons that occur become rules ahead of the source's own, so that the report counts what
    was left out, with its amount.
    """
    found = compute.unique(table.column("excluded")).to_pylist()
    rules = tuple(
        RowRule(exclude=reason, when=f"excluded = '{reason}'", because=because)
        for reason, because in BECAUSE.items()
        if reason in found
    )
    plain = {"unit": "major", "decimal": ".", "thousands": ""}
    types = {"amount": "number", **source.types}
    return source.model_copy(update={**plain, "types": types, "rules": (*rules, *source.rules)})


def sheet_controls(held: LoadedSource, evidence: Evidence) -> list[ControlResult]:
    """Return what a reader of a budget sheet should look at: a stale total, a hidden row."""
    found = [
        judged(
            evidence,
            "Budget sheet",
            held.declared.name,
            "amber",
            f"{file} {finding.cell}: {finding.message}",
            advice=finding.advice,
            key=f"{finding.rule}|{finding.cell}".replace(" ", "-"),
        )
        for file, finding in held.sheet_findings
        if finding.severity == "warn"
    ]
    if held.declared.layout is None or found:
        return found
    return [
        judged(
            evidence,
            "Budget sheet",
            held.declared.name,
            "green",
            "every total of the sheets is the sum of its lines",
        )
    ]
