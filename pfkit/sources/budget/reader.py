"""Read a budget that people keep in a workbook: months across, totals, several versions."""

from __future__ import annotations

import fnmatch
import re
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from pfkit.errors import SourceError, near_miss
from pfkit.sources.budget.amounts import Writing, writing_of
from pfkit.sources.budget.found import Amounts, Budget, Finding, Layout
from pfkit.sources.budget.grid import read_grids, top_grids, uncalculated_on_top
from pfkit.sources.budget.header import blocks, has_header
from pfkit.sources.budget.months import plain, time_of
from pfkit.sources.budget.summaries import without_summaries
from pfkit.sources.budget.tables import ROLES, Reading, read_table
from pfkit.sources.budget.title import (
    names_state,
    names_version,
    title_of,
    unit_of,
    with_above,
    year_of,
)
from pfkit.sources.detect import detect
from pfkit.sources.raw import LINE
from pfkit.sources.workbook import workbook_format

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.sources.budget.grid import Sheet
    from pfkit.sources.budget.header import Block
    from pfkit.sources.budget.title import Title
    from pfkit.sources.raw import RejectedRow

#: Columns of the result that are not labels of the sheet.
BEFORE: Final = ("sheet", "version", "period", "span")
AFTER: Final = ("section", "subsection", "unit", "currency", "stated", "amount", "excluded")
_FIRST: Final = 1 << 16
_NO_LAYOUT: Final = Layout()


def read_budget(
    data: bytes,
    *,
    where: str,
    kind: str = "",
    layout: Layout = _NO_LAYOUT,
    encoding: str = "detect",
) -> Budget:
    r"""Read every visible sheet with months across.

    Use it where a budget is a sheet made by hand; a table with one row per line and month needs
    no such reader.

    Parameters
    ----------
    data : bytes
        The workbook, or delimited text.
    where : str
        The file, for messages.
    kind : str
        ``xlsx``, ``xls``, ``ods`` or ``csv``; found from the content when empty.
    layout : Layout
        What the workbook does not say itself.
    encoding : str
        Of a text file.

    Returns
    -------
    Budget
        One row per cell with a number: the lines, and with the reason in `excluded` the totals,
        ratios and counts. What cannot be read is rejected, cell by cell.

    Raises
    ------
    SourceError
        If there is no row of months, a year cannot be told, units contradict each other, two
        columns are one month, or no formula was ever calculated; the cell is named.

    Examples
    --------
    >>> text = b"Budget 2026 in kEUR\nProduct,Line,Jan,Feb\nAtlas,Hosting,1.5,2\nTotal,,1.5,2\n"
    >>> budget = read_budget(text, where="budget.csv")
    >>> budget.table.select(["period", "Line", "amount", "excluded", "_line"]).to_pylist()[1]
    {'period': '2026-02', 'Line': 'Hosting', 'amount': '2000', 'excluded': None, '_line': 'D3'}
    """
    kind = kind or _kind(data, where=where)
    grids = read_grids(data, kind=kind, where=where, encoding=encoding)
    chosen, findings = _chosen(grids, layout, where=where)
    tables = [(sheet, block) for sheet in chosen for block in blocks(sheet, where=where)]
    if not tables:
        raise _no_months(chosen, where=where)
    findings += _left(chosen, {sheet.name for sheet, _ in tables})
    names = list(dict.fromkeys(sheet.name for sheet, _ in tables))
    readings: list[Reading] = []
    for sheet, block in tables:
        reading = _prepared(sheet, block, layout, where=where, readings=readings, names=names)
        alone = sum(other is sheet for other, _ in tables) == 1
        reading.section = "" if alone else _section(block)
        read_table(reading)
        _tell_hidden(reading)
        readings.append(reading)
    _refuse_hollow(readings, where=where)
    amounts = without_summaries(readings, findings, where=where)
    findings += [finding for reading in readings for finding in _gathered(reading.findings)]
    rejected = [row for reading in readings for row in reading.rejected]
    if not amounts and not rejected:
        message = "no amount stands under the row of months"
        cell = readings[0].block.of("value")[0].cell
        findings.append(Finding(rule="no amounts", severity="warn", cell=cell, message=message))
    return _budget(amounts, rejected, findings, readings)


def has_months(data: bytes, *, where: str, kind: str = "") -> bool:
    r"""Tell whether some visible sheet has months across, so that `read_budget` is its reader.

    Raises
    ------
    SourceError
        If the file cannot be opened.

    Examples
    --------
    >>> has_months(b"Line,Jan,Feb,Mar\nRent,1,2,3\n", where="a.csv")
    True
    >>> has_months(b"period,line,amount\n2026-01,Rent,1\n", where="a.csv")
    False
    """
    kind = kind or _kind(data, where=where)
    if kind == "csv":
        grids = read_grids(_top(data), kind=kind, where=where)
        return any(has_header(sheet) for sheet in grids)
    grids = [sheet for sheet in top_grids(data, where=where) if sheet.visible]
    if any(has_header(sheet) for sheet in grids):
        return True
    # a header of formulas without values looks empty to the quick reader
    hollow = {sheet.name for sheet in grids if uncalculated_on_top(data, kind, sheet.name)}
    full = read_grids(data, kind=kind, where=where) if hollow else []
    return any(has_header(sheet) for sheet in full if sheet.name in hollow)


def _top(data: bytes) -> bytes:
    """Return the first lines of a text, whole ones."""
    return data if len(data) <= _FIRST else data[: data.rfind(b"\n", 0, _FIRST) + 1]


def _kind(data: bytes, *, where: str) -> str:
    found = detect(data[:4096], where=where)
    return workbook_format(data, where=where) if found == "zip" else found


def _chosen(
    grids: Sequence[Sheet], layout: Layout, *, where: str
) -> tuple[list[Sheet], list[Finding]]:
    if layout.sheets:
        names = [sheet.name for sheet in grids]
        for pattern in layout.sheets:
            if not fnmatch.filter(names, pattern):
                raise SourceError(
                    f"there is no sheet {pattern!r}",
                    where=where,
                    advice=near_miss(pattern, names, noun="sheet"),
                )
        return [
            sheet
            for sheet in grids
            if any(fnmatch.fnmatchcase(sheet.name, pattern) for pattern in layout.sheets)
        ], []
    findings = []
    for sheet in grids:
        if sheet.visible or not sheet.cells:
            continue
        held = bool(blocks(sheet, where=where))
        findings.append(
            Finding(
                rule="hidden sheet",
                severity="warn" if held else "repair",
                cell=sheet.name,
                message=f"the hidden sheet {sheet.name!r} is not read"
                + ("; it has months across" if held else ""),
                advice=f'To read it, name it: sheets = ["{sheet.name}"].' if held else "",
            )
        )
    return [sheet for sheet in grids if sheet.visible], findings


def _no_months(sheets: Sequence[Sheet], *, where: str) -> SourceError:
    for sheet in sheets:
        for column in range(1, min(sheet.width, 12) + 1):
            months = [
                row
                for row in range(1, min(sheet.height, 200) + 1)
                if time_of(sheet.at(row, column).value).kind == "month"
            ]
            if len(months) >= 3:  # noqa: PLR2004 (a header's least)
                return SourceError(
                    "months stand below each other, not across",
                    where=f"{where} ({sheet.address(months[0], column)})",
                    advice="Turn the sheet round (paste special, transpose), or read it as a table "
                    "with one row per line and month.",
                )
    return SourceError(
        "no sheet has a row of months",
        where=where,
        advice="Write the months across, as Jan, Feb, Mar; a long table needs no wide reader.",
    )


def _left(chosen: Sequence[Sheet], read: set[str]) -> list[Finding]:
    names = [sheet.name for sheet in chosen if sheet.name not in read and sheet.cells]
    if not names:
        return []
    listed = ", ".join(repr(name) for name in names)
    return [
        Finding(
            rule="sheet not read",
            severity="repair",
            cell=names[0],
            message=f"no row of months in {listed}: not read",
        )
    ]


def _prepared(
    sheet: Sheet,
    block: Block,
    layout: Layout,
    *,
    where: str,
    readings: Sequence[Reading],
    names: Sequence[str],
) -> Reading:
    above = [reading for reading in readings if reading.sheet is sheet]
    title = with_above(title_of(block.title, where=where), above[0].title if above else None)
    if layout.decimal:
        writing = Writing(decimal=layout.decimal, thousands=layout.thousands)
    elif sheet.typed:
        writing = Writing()
    else:
        places = [column.at for column in block.of("value", "total")]
        writing = writing_of(
            sheet.at(row, c).text for row in range(block.body[0], block.body[1] + 1) for c in places
        )
    version = layout.version or _version(sheet.name, title, names)
    return Reading(
        where=where,
        sheet=sheet,
        block=block,
        layout=layout,
        writing=writing,
        title=title,
        version=version,
        file=where.rsplit("/", 1)[-1].rsplit(".", 1)[0],
        seen=above[0].seen if above else {},
    )


def _version(sheet: str, title: Title, names: Sequence[str]) -> str:
    """Return what the title or the sheet's name calls the version; the more telling of the two."""
    stated = title.version.text if title.version else ""
    if len(names) > 1 and all(names_version(name) for name in names):
        return sheet
    if names_state(stated) or not names_version(sheet):
        return stated
    return sheet if names_state(sheet) or not stated else stated


def _section(block: Block) -> str:
    """Return the line above one of several tables that names it."""
    for _, text in reversed(block.title):
        for part in re.split(r"\s+[-–—|:]\s+|:\s", text):
            if not unit_of(part)[0] and not names_version(part) and year_of(part) is None:
                return part.strip()
    return ""


def _tell_hidden(reading: Reading) -> None:
    """Name hidden rows and columns with what they hold."""
    sheet, cells = reading.sheet, defaultdict(list)
    values = {column.at: column for column in reading.block.of("value")}
    for row in reading.rows:
        if row.kind != "line":
            continue
        for at, column in values.items():
            value = row.value(at)
            if value is None:
                continue
            if row.at in sheet.hidden_rows:
                cells[f"row {row.at}", row.name, sheet.address(row.at, at)[:0]].append(value)
            elif at in sheet.hidden_columns:
                cells[f"column {column.cell}", column.name, ""].append(value)
    kept = reading.layout.hidden == "read"
    for (place, name, _), amounts in cells.items():
        total = sum(amounts, Decimal(0))
        cell = place.removeprefix("column ")
        cell = sheet.address(int(place[4:]), 1) if place.startswith("row ") else cell
        reading.warn(
            "hidden row" if place.startswith("row ") else "hidden column",
            cell,
            f"{name!r} is hidden and {'counted' if kept else 'left out'}: {total:,f} in "
            f"{len(amounts)} cells",
            'Show it, or set hidden rows and columns out: hidden = "leave_out" in the layout of '
            "the book's source."
            if kept
            else "The book's layout says so.",
            f"{total:f}",
        )


def _refuse_hollow(readings: Sequence[Reading], *, where: str) -> None:
    """Refuse a workbook that nobody ever calculated, or of which no amount can be read."""
    rejected = [row for reading in readings for row in reading.rejected]
    counted = any(not held.excluded for reading in readings for held in reading.amounts)
    hollow = [row for row in rejected if row.rule == "formula without value"]
    if hollow and not counted:
        raise SourceError(
            f"none of its {len(hollow)} formulas has a value: the workbook was never calculated",
            where=f"{where} ({hollow[0].line})",
            advice="Open it in a spreadsheet program and save it.",
        )
    if rejected and not counted:
        first = rejected[0]
        raise SourceError(
            f"none of its {len(rejected)} amounts counts: {first.rule} ({first.text})",
            where=f"{where} ({first.line})",
            advice=first.advice,
        )


def _gathered(findings: Sequence[Finding]) -> list[Finding]:
    """Put repairs of one kind into one line; a warning stands by itself."""
    repairs: dict[str, list[Finding]] = defaultdict(list)
    found = []
    for finding in findings:
        if finding.severity == "repair" and finding.value:
            repairs[finding.rule].append(finding)
        else:
            found.append(finding)
    for rule, alike in repairs.items():
        first = alike[0]
        cells = ", ".join(finding.cell for finding in alike[:5])
        more = f" and {len(alike) - 5} more" if len(alike) > 5 else ""  # noqa: PLR2004
        if len(alike) == 1:
            found.append(first)
        else:
            message = f"{rule} in {len(alike)} cells: {cells}{more}"
            found.append(replace(first, message=message))
    return found


def _budget(
    amounts: Sequence[Amounts],
    rejected: Sequence[RejectedRow],
    findings: Sequence[Finding],
    readings: Sequence[Reading],
) -> Budget:
    names: dict[str, str] = {}
    for reading in readings:
        for name in reading.names.values():
            if plain(name) not in ROLES:
                names.setdefault(plain(name), name)
    spelled = {key: _free(name) for key, name in names.items()}
    columns: dict[str, list[str | None]] = {
        name: [] for name in (*BEFORE, *spelled.values(), *AFTER, LINE)
    }
    for held in amounts:
        labels = {
            spelled[plain(name)]: text
            for name, text in held.labels.items()
            if plain(name) in spelled
        }
        row = {
            "sheet": held.sheet,
            "version": held.version,
            "period": held.period,
            "span": held.span,
            "section": held.path[0] if held.path else "",
            "subsection": " / ".join(held.path[1:]),
            "unit": held.unit,
            "currency": held.currency,
            "stated": held.stated,
            "amount": "" if held.amount is None else f"{held.amount:f}",
            "excluded": held.excluded,
            LINE: held.cell,
        }
        for name, values in columns.items():
            values.append((labels.get(name) or row.get(name)) or None)
    table = pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
    return Budget(
        table=table,
        rejected=tuple(rejected),
        findings=tuple(findings),
        labels=tuple(spelled.values()),
        sheets=tuple(dict.fromkeys(reading.sheet.name for reading in readings)),
    )


def _free(name: str) -> str:
    """Return a label's name, apart from the names the result has itself."""
    bare = name.lstrip("_") or "label"
    return f"{bare} (label)" if plain(bare) in {*BEFORE, *AFTER} else bare
