"""Read the budget files of one source, with their provenance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from pfkit.errors import SourceError
from pfkit.sources.budget.reader import AFTER, BEFORE, read_budget
from pfkit.sources.detect import SPREADSHEETS
from pfkit.sources.find import relative
from pfkit.sources.load import load
from pfkit.sources.raw import FILE, LINE, FileFact, RawTable
from pfkit.sources.workbook import workbook_format

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pfkit.sources.budget.found import Budget, Finding, Layout

_READ = SPREADSHEETS - {"xlsb"} | {"csv"}


def read_budgets(
    paths: Sequence[Path], *, root: Path, layout: Layout, encoding: str = "detect"
) -> tuple[RawTable, tuple[tuple[str, Finding], ...]]:
    """Read every file, and put the amounts under each other.

    Parameters
    ----------
    paths : sequence of pathlib.Path
        The workbooks or text files.
    root : pathlib.Path
        The data folder; files are named relative to it.
    layout : Layout
        What the workbooks do not say themselves.
    encoding : str
        Of a text file.

    Returns
    -------
    tuple
        The raw table, one row per number, with ``excluded`` saying why one does not count; and
        the findings, each with its file. Repairs stand in the notes of the file.

    Raises
    ------
    SourceError
        If a file is no sheet, or `read_budget` refuses it.
    """
    facts: list[FileFact] = []
    budgets: list[Budget] = []
    for path in paths:
        where = relative(path, root)
        loaded = load(path, where=where)
        found = workbook_format(loaded.data, where=where) if loaded.found == "zip" else loaded.found
        if found not in _READ:
            raise SourceError(
                f"a budget sheet is a workbook or delimited text, this file is {found}",
                where=where,
                advice="Remove the layout, or save the sheet as xlsx.",
            )
        budget = read_budget(loaded.data, where=where, kind=found, layout=layout, encoding=encoding)
        budgets.append(budget)
        facts.append(
            FileFact(
                path=where,
                sha256=loaded.sha256,
                bytes=loaded.size,
                format=found,
                compression=loaded.compression,
                rows=budget.table.num_rows + len(budget.rejected),
                notes=tuple(
                    f"{finding.cell}: {finding.message}"
                    for finding in budget.findings
                    if finding.severity == "repair"
                ),
            )
        )
    raw = RawTable(
        table=_joined(budgets, facts),
        rejected=tuple(row for budget in budgets for row in budget.rejected),
        files=tuple(facts),
    )
    findings = tuple(
        (fact.path, finding)
        for fact, budget in zip(facts, budgets, strict=True)
        for finding in budget.findings
    )
    return raw, findings


def _joined(budgets: Sequence[Budget], facts: Sequence[FileFact]) -> pa.Table:
    """Put the tables under each other; a label that a file does not have is empty there."""
    labels = list(dict.fromkeys(name for budget in budgets for name in budget.labels))
    order = [*BEFORE, *labels, *(name for name in AFTER if name not in labels), LINE]
    tables = []
    for budget, fact in zip(budgets, facts, strict=True):
        height = budget.table.num_rows
        there = budget.table.column_names
        empty = pa.nulls(height, pa.string())
        columns = {name: budget.table.column(name) if name in there else empty for name in order}
        line = columns.pop(LINE)
        columns[FILE] = pa.array([fact.path] * height, pa.string())
        tables.append(pa.table({**columns, LINE: line}))
    return pa.concat_tables(tables)
