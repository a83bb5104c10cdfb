"""A budget with months across: the rows its own reader finds, for the same check as any file's."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from pfkit.conform.single.findings import Finding, Place
from pfkit.conform.single.form import Form, folded, sheet_kind
from pfkit.conform.single.labels import agreed_labels, product_from
from pfkit.conform.single.opened import Opened, noted
from pfkit.conform.single.rows import DoubtError, Rows
from pfkit.errors import SourceError
from pfkit.sources import FileFact, RawTable
from pfkit.sources.budget import Budget, Layout, has_months, read_budget
from pfkit.sources.detect import SPREADSHEETS
from pfkit.sources.encoding import decode
from pfkit.sources.hidden import Hidden, hidden
from pfkit.sources.load import load
from pfkit.sources.workbook import workbook_format

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pfkit.conform.single.span import Span
    from pfkit.sources.raw import RejectedRow

    Columns = Mapping[str, list[str | None]]

_HEAD: Final = 1 << 16
_ADDRESS: Final = re.compile(r"(?:(.*)!)?([A-Z]+)([0-9]+)")
_FEW: Final = 0.1
_STATED: Final = ("version", "currency")
_NONE: Final = "(none)"


def plan_rows(path: Path, span: Span | None) -> Rows | None:
    """Return the rows of a budget with months across, None where the file is no such sheet.

    Raises
    ------
    SourceError
        If it cannot be read, or a cell decides that it must not be.
    DoubtError
        If most of its numbers have two readings.
    """
    loaded = load(path, where=path.name)
    data, kind = loaded.data, loaded.found
    if kind == "zip":
        kind = workbook_format(data, where=path.name)
    if kind not in SPREADSHEETS | {"csv"} or kind == "xlsb":
        return None
    head = data if kind != "csv" or len(data) <= _HEAD else data[: data.rfind(b"\n", 0, _HEAD) + 1]
    if not has_months(head, where=path.name, kind=kind):
        return None
    try:
        budget = read_budget(data, where=path.name, kind=kind, layout=_layout(span))
    except SourceError as error:
        if span is not None or "year" not in error.what:
            raise
        advice = "Write the year into the headers or above the table, or give --period FY2026."
        raise SourceError(error.what, where=error.where, advice=advice) from error
    fact = FileFact(
        path=path.name,
        sha256=loaded.sha256,
        bytes=loaded.size,
        format=kind,
        compression=loaded.compression,
        rows=budget.table.num_rows + len(budget.rejected),
        notes=decode(data, where=path.name).notes if kind == "csv" else (),
    )
    return _rows(budget, fact, span, hidden(data, "") if kind == "xlsx" else Hidden())


def _layout(span: Span | None) -> Layout:
    if span is None:
        return Layout()
    return Layout(period=(f"{span.first:%Y-%m}", f"{span.last:%Y-%m}"))


def _rows(budget: Budget, fact: FileFact, span: Span | None, beside: Hidden) -> Rows:
    table = budget.table
    every = {name: table.column(name).to_pylist() for name in table.column_names}
    counts = [at for at, reason in enumerate(every["excluded"]) if reason is None]
    cells = [every["_line"][at] for at in counts]
    raw = RawTable(table=table, rejected=budget.rejected, files=(fact,))
    # the reader of budgets tells of hidden rows and columns itself
    shown = Hidden(macros=beside.macros, from_1904=beside.from_1904)
    opened = Opened(
        raw, Form(sheet_kind(), {}), {}, {}, [], {}, shown, notes=tuple(noted(fact.notes))
    )
    rows = Rows(opened, span, places=[place_of(cell) for cell in cells], cells=cells)
    _refuse_ambiguous(rows, budget)
    _named(rows, budget, every, counts)
    rows.excluded = [
        (every["currency"][at] or "", Decimal(every["amount"][at] or 0))
        for at, reason in enumerate(every["excluded"])
        if reason is not None
    ]
    rows.findings.extend(
        [_told(f.rule, f.severity, f.cell, f.message, f.advice, f.value) for f in budget.findings]
    )
    rows.findings.extend(_left_out(every))
    return rows


def _named(rows: Rows, budget: Budget, every: Columns, counts: Sequence[int]) -> None:
    """Put what counts under agreed names, and list how the sheet's own were read."""
    agreed, rest = agreed_labels(budget.labels)
    texts = {
        name: [every[name][at] for at in counts] for name in ("period", "span", "amount", *_STATED)
    }
    for name, labels in agreed.items():
        texts[name] = [_joined(every, labels, at) for at in counts]
        for own in labels:
            if folded(own) not in {folded(name), "label"}:
                _repair(rows, "column name", f"column {own!r} read as {name}")
    if rest:
        _repair(rows, "extra column", f"columns not read: {', '.join(map(repr, rest))}")
    if "product" not in texts and (column := product_from(budget)):
        texts["product"] = [every[column][at] for at in counts]
        what = "headings above the lines are" if column == "section" else "names of the sheets are"
        _repair(rows, "product", f"the {what} read as products")
    if "line" not in texts and "account" not in texts:
        texts["line"] = [_NONE for _ in counts]
        told = "no column names the line: every row counts as (none)"
        rows.findings.add(Finding("missing column", "warn", told, "Add a column Line.", "line"))
    for name in _STATED:
        if not any(texts[name]):
            del texts[name]
    if "version" in texts:
        texts["version"] = [version or _NONE for version in texts["version"]]
    rows.texts = texts
    rows.stated = {**texts, "amount": [every["stated"][at] for at in counts]}
    rows.stated["_cell"] = [every["_line"][at] for at in counts]  # no two rows are equal


def _joined(every: Columns, labels: Sequence[str], at: int) -> str | None:
    return " / ".join(text for label in labels if (text := every[label][at])) or None


def _repair(rows: Rows, rule: str, message: str) -> None:
    rows.findings.add(Finding(rule, "repair", message))


def _refuse_ambiguous(rows: Rows, budget: Budget) -> None:
    doubts = [row for row in budget.rejected if row.rule == "ambiguous number"]
    if len(doubts) <= _FEW * (len(doubts) + rows.count):
        return
    first = doubts[0]
    value = first.text.rpartition("|")[2].strip()
    told = _told(
        first.rule,
        "reject",
        first.line,
        f"amount {value!r} has two readings, and nothing in the sheet tells which. {first.advice}",
        "Write numbers as numbers, or declare decimal and thousands in a book.",
        value,
    )
    raise DoubtError(told, rows.opened.raw.files[0].path)


def place_of(cell: str) -> Place:
    """Return the row of a cell's address.

    Examples
    --------
    >>> place_of("Plan!D3").line, place_of("D3").sheet, place_of("Plan").line
    (3, '', None)
    """
    found = _ADDRESS.fullmatch(cell)
    return Place(int(found[3]), found[1] or "") if found else Place()


def _told(rule: str, severity: str, cell: str, message: str, advice: str, value: str) -> Finding:  # noqa: PLR0917 (one argument per part of a finding)
    place = place_of(cell)
    return Finding(
        rule, severity, message, advice, value=value, place=place, cell=cell if place.line else ""
    )


def _left_out(every: dict[str, list[str | None]]) -> list[Finding]:
    """Tell of totals and ratios, row by row and column by column, with what they come to."""
    groups: dict[tuple[str, str], list[int]] = {}
    for at, reason in enumerate(every["excluded"]):
        if reason is None:
            continue
        cell = _ADDRESS.fullmatch(every["_line"][at] or "")
        if cell is not None:
            place = f"column {cell[2]}" if reason.endswith("column") else f"row {cell[3]}"
            sheet = f" of sheet {cell[1]!r}" if cell[1] else ""
            groups.setdefault((reason, f"{place}{sheet}"), []).append(at)
    told = []
    for (reason, place), found in groups.items():
        total = sum((Decimal(every["amount"][at] or 0) for at in found), Decimal(0))
        told.append(
            _told(
                reason,
                "repair",
                every["_line"][found[0]] or "",
                f"{place} is a {reason}: {len(found)} amounts, {total:,.2f}, are excluded",
                "Nothing to do if it adds up the others.",
                every["stated"][found[0]] or "",
            )
        )
    return told


def row_of(rejected: RejectedRow) -> Place:
    """Return the place of a line that is no row."""
    digits = re.sub(r"[^0-9]", "", rejected.line.rpartition("!")[2])
    return Place(int(digits) if digits else None, rejected.line.rpartition("!")[0])
