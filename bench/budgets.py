"""Budget sheets drawn at random in the styles people use: how many are read to the figure."""

from __future__ import annotations

import argparse
import datetime as dt
import io
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import openpyxl
from openpyxl.styles import Font

from pfkit.errors import PfkitError
from pfkit.sources.budget import read_budget

if TYPE_CHECKING:
    from collections.abc import Sequence

ENGLISH = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
GERMAN = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
]
PRODUCTS = ["Atlas", "Borea", "Cirrus", "Delta", "Ems"]
LINES = ["Revenue", "Hosting", "Salaries", "Travel", "Rent", "Licenses", "Audit", "Events"]
UNITS = {"": 1, "in kEUR": 1000, "EUR thousands": 1000, "amounts in millions of EUR": 1_000_000}


#: A defect, and what its cell is made to hold.
_DEFECTS: dict[str, Any] = {
    "stale total": None,
    "hidden row": None,
    "two readings": "1,234",
    "text": "tbd",
    "formula without value": "=1+1",
    "cell error": "#REF!",
    "a day": dt.date(2026, 3, 4),
}


@dataclass
class Drawn:
    """A workbook, and what was planted in it.

    Attributes
    ----------
    data : bytes
        The workbook.
    style : str
        How it was written.
    planted : dict
        Version, month and line to amount, in whole units.
    """

    data: bytes
    style: str
    planted: dict[tuple[str, str, str, str], Decimal]


@dataclass
class _Sheet:
    """A sheet while it is written."""

    chance: random.Random
    rows: list[list[Any]] = field(default_factory=list)
    bold: list[int] = field(default_factory=list)
    merge: list[tuple[int, int, int, int]] = field(default_factory=list)


def draw(seed: int) -> Drawn:
    """Return a workbook in a style drawn by its seed, with what was planted."""
    chance = random.Random(seed)  # noqa: S311 (no secret)
    book = openpyxl.Workbook()
    versions = chance.choice([["Adopted"], ["Adopted"], ["Adopted", "Revised"]])
    layout = chance.choice(["columns", "headings", "merged"])
    header = chance.choice(["title", "years above", "dates", "names", "iso", "fiscal"])
    unit = chance.choice(list(UNITS))
    totals = chance.choice(["none", "groups", "groups and grand", "grand"])
    quarters = chance.random() < 0.4 and header != "fiscal"  # noqa: PLR2004
    style = " · ".join([layout, header, unit or "no unit", totals, "Q" if quarters else "-"])
    planted: dict[tuple[str, str, str, str], Decimal] = {}
    for place, version in enumerate(versions):
        sheet = book.active if place == 0 else book.create_sheet()
        sheet.title = version
        made = _Sheet(chance)
        _head(made, header, unit, layout, quarters=quarters)
        _body(made, planted, version, layout, totals, header, UNITS[unit], quarters=quarters)
        for row in made.rows:
            sheet.append(row)
        for at in made.bold:
            sheet.cell(at, 1).font = Font(bold=True)
        for area in made.merge:
            sheet.merge_cells(
                start_row=area[0], start_column=area[1], end_row=area[2], end_column=area[3]
            )
    stream = io.BytesIO()
    book.save(stream)
    return Drawn(stream.getvalue(), style, planted)


def _months(header: str) -> list[str]:
    if header == "fiscal":
        return [f"{2025 + (m <= 3)}-{m:02d}" for m in (4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2, 3)]  # noqa: PLR2004
    return [f"2026-{m:02d}" for m in range(1, 13)]


def _names(chance: random.Random, header: str) -> list[Any]:
    if header == "dates":
        return [dt.datetime(2026, m, 1) for m in range(1, 13)]  # noqa: DTZ001 (a cell has no zone)
    if header == "iso":
        return _months(header)
    if header == "names":
        return [f"{name} 2026" for name in chance.choice([ENGLISH, GERMAN])]
    if header == "fiscal":
        return [*ENGLISH[3:], *ENGLISH[:3]]
    return list(chance.choice([ENGLISH, GERMAN]))


def _wide(values: Sequence[Any], totals: Sequence[Any] | None) -> list[Any]:
    """Put a quarter's total behind each three months."""
    if totals is None:
        return list(values)
    parts = [[*values[q * 3 : q * 3 + 3], totals[q]] for q in range(4)]
    return [value for part in parts for value in part]


def _head(made: _Sheet, header: str, unit: str, layout: str, *, quarters: bool) -> None:
    year = {"fiscal": "FY2026 (Apr 2025 – Mar 2026)", "title": "2026"}.get(header, "")
    made.rows.append([f"Corner Shop – Budget {year}".rstrip()])
    if unit:
        made.rows.append([unit])
    labels = [None] if layout == "headings" else ["Product", "Line"]
    months = _wide(_names(made.chance, header), ["Q1", "Q2", "Q3", "Q4"] if quarters else None)
    if header == "years above":
        made.rows.append([*[None] * len(labels), 2026])
        if made.chance.random() < 0.5:  # noqa: PLR2004
            at = len(made.rows)
            made.merge.append((at, len(labels) + 1, at, len(labels) + len(months)))
    made.rows.append([*labels, *months, "Total"])


def _body(  # noqa: PLR0917 (what was drawn)
    made: _Sheet,
    planted: dict[tuple[str, str, str, str], Decimal],
    version: str,
    layout: str,
    totals: str,
    header: str,
    factor: int,
    *,
    quarters: bool,
) -> None:
    chance, months = made.chance, _months(header)
    width = 1 if layout == "headings" else 2
    grand = [0] * 12
    for product in chance.sample(PRODUCTS, chance.randint(1, 4)):
        chosen = chance.sample(LINES, chance.randint(2, 6))
        group = [0] * 12
        top = len(made.rows) + 1
        if layout == "headings":
            made.rows.append([product])
            made.bold.append(top)
        for at, line in enumerate(chosen):
            values = [chance.randint(-200, 9999) for _ in months]
            shown: list[Any] = list(values)
            gap = chance.randrange(12)
            if chance.random() < 0.3:  # noqa: PLR2004
                values[gap], shown[gap] = 0, chance.choice([None, "-"])
            for month, value, cell in zip(months, values, shown, strict=True):
                if cell is not None:
                    planted[version, month, product, line] = Decimal(value) * factor
            group = [a + b for a, b in zip(group, values, strict=True)]
            first = [product] if layout == "columns" or at == 0 else [None]
            labels = [line] if layout == "headings" else [*first, line]
            sums = [sum(values[q * 3 : q * 3 + 3]) for q in range(4)] if quarters else None
            made.rows.append([*labels, *_wide(shown, sums), sum(values)])
        if layout == "merged":
            made.merge.append((top, 1, len(made.rows), 1))
        if totals.startswith("groups"):
            _total(
                made,
                chance.choice([f"Total {product}", f"{product} total"]),
                group,
                width,
                quarters,
            )
        grand = [a + b for a, b in zip(grand, group, strict=True)]
    if totals in {"grand", "groups and grand"}:
        _total(made, chance.choice(["Total", "Grand total", "Gesamtsumme"]), grand, width, quarters)


def _total(made: _Sheet, label: str, values: list[int], width: int, quarters: bool) -> None:  # noqa: FBT001
    sums = [sum(values[q * 3 : q * 3 + 3]) for q in range(4)] if quarters else None
    made.rows.append([label, *[None] * (width - 1), *_wide(values, sums), sum(values)])


def wrong(drawn: Drawn) -> str:
    """Return what is wrong with what was read, empty where every planted amount came back."""
    try:
        budget = read_budget(drawn.data, where="drawn.xlsx")
    except PfkitError as error:
        return f"refused: {error.what}"
    found: dict[tuple[str, str, str, str], Decimal] = {}
    for row in budget.table.to_pylist():
        if row["excluded"] is None:
            product = row.get("Product") or row["section"]
            line = row.get("Line") or row.get("label")
            found[row["version"], row["period"], product, line] = Decimal(row["amount"])
    if budget.rejected:
        return f"held back: {budget.rejected[0].line} {budget.rejected[0].rule}"
    if found != drawn.planted:
        off = {key for key in {*found, *drawn.planted} if found.get(key) != drawn.planted.get(key)}
        return f"{len(off)} amounts differ, such as {min(off, key=str)}"
    warned = [f for f in budget.findings if f.severity == "warn"]
    return f"warned: {warned[0].cell} {warned[0].message}" if warned else ""


def untold(drawn: Drawn, seed: int) -> tuple[str, str]:
    """Plant one defect in a cell, and return its kind and what was not told of it."""
    chance = random.Random(seed)  # noqa: S311 (no secret)
    rows = read_budget(drawn.data, where="drawn.xlsx").table.to_pylist()
    lines = [row["_line"] for row in rows if row["excluded"] is None and row["stated"] != "-"]
    sums = [row["_line"] for row in rows if row["excluded"] in {"total row", "total column"}]
    kind = chance.choice(list(_DEFECTS))
    cell = chance.choice(sums if kind == "stale total" else lines)
    book = openpyxl.load_workbook(io.BytesIO(drawn.data))
    sheet, _, address = cell.partition("!")
    held = book[sheet][address]
    if kind == "hidden row":
        book[sheet].row_dimensions[held.row].hidden = True
    elif kind == "stale total":
        held.value += 5
    else:
        held.value = _DEFECTS[kind]
    stream = io.BytesIO()
    book.save(stream)
    try:
        budget = read_budget(stream.getvalue(), where="drawn.xlsx")
    except PfkitError as error:
        return kind, "" if address in str(error) else f"refused without the cell: {error}"
    if kind == "hidden row":
        cell = f"{sheet}!A{held.row}"
    told = {row.line for row in budget.rejected} | {f.cell for f in budget.findings}
    return kind, "" if cell in told else f"{cell} is not named"


def main(arguments: Sequence[str]) -> int:
    """Draw workbooks, read them, and print how many came back to the figure."""
    parser = argparse.ArgumentParser(prog="python -m bench budgets", description=__doc__)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    misses: Counter[str] = Counter()
    planted: Counter[str] = Counter()
    amounts = 0
    began = time.perf_counter()
    for seed in range(chosen.seed, chosen.seed + chosen.count):
        drawn = draw(seed)
        amounts += len(drawn.planted)
        if told := wrong(drawn):
            misses["read"] += 1
            print(f"seed {seed} ({drawn.style}): {told}")
    seconds = time.perf_counter() - began
    for seed in range(chosen.seed, chosen.seed + chosen.count):
        kind, told = untold(draw(seed), seed)
        planted[kind] += 1
        if told:
            misses["told"] += 1
            print(f"seed {seed} ({kind}): {told}")
    right = chosen.count - misses["read"]
    print(f"{right} of {chosen.count} workbooks read to the figure, {amounts:,} amounts planted")
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(planted.items()))
    print(f"{chosen.count - misses['told']} of {chosen.count} planted defects named ({kinds})")
    print(f"{seconds / chosen.count * 1000:.0f} ms a workbook, drawn, written and read")
    return 1 if misses else 0
