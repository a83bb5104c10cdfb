"""Every past quarterly report of a real city, replayed as known on its day, cell by cell.

The book is read once and settled again for each report's day. Each cell the report printed is then
compared with the published table, added up by plain pandas, which reads it on its own. A cell that
one side lacks counts as different.
"""

from __future__ import annotations

import argparse
import calendar
import datetime as dt
import os
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

import pfkit as pf
from pfkit.conform.pipeline import settled_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pfkit.conform.pipeline import Conformed

HERE = Path(__file__).resolve().parents[1]
EXAMPLES = HERE / "examples"

Report = tuple[int, int]
Cells = dict[tuple[str, ...], int]


@dataclass(frozen=True)
class Replayed:
    """One report: its day, the cells it printed, and those that came out otherwise."""

    book: str
    report: Report
    cells: int
    differing: tuple[tuple[str, ...], ...]


def known(report: Report) -> dt.date:
    """Return the last day of a report's fiscal quarter; fiscal years begin in July."""
    year, quarter = report
    month = quarter * 3 + 6
    year, month = (year - 1, month) if month <= 12 else (year, month - 12)  # noqa: PLR2004
    return dt.date(year, month, calendar.monthrange(year, month)[1])


def departments(data: Path) -> dict[Report, Cells]:
    """Return what each report says of each department: version, period, span, department."""
    table = pd.read_csv(data / "department-obligations.csv", dtype=str, keep_default_na=False)
    table = table[~table["dept_code"].str.startswith("35-EB-")]
    listed = pd.read_csv(EXAMPLES / "philadelphia" / "departments.csv", dtype=str)
    names = dict(zip(listed["code"], listed["department"], strict=True))
    versions = {
        ("Target Budget", "Full Year"): "target",
        ("Target Budget", "YTD"): "target to date",
        ("Current Projection", "Full Year"): "projection",
        ("Adopted Budget", "Full Year"): "adopted, as reported",
    }
    found: dict[Report, Cells] = {}
    for row in table.to_dict("records"):
        spent = row["variable"] == "Actual"
        version = "actual" if spent else versions[row["variable"], row["time_period"]]
        to_date = spent or row["time_period"] == "YTD"
        period = row["as_of_date"][:7] if to_date else f"{row['fiscal_year']}-06"
        name = names.get(row["dept_code"], "Departments not listed")
        key = (version, period, "ytd" if to_date else "year", name)
        cents = round(float(row["total"]) * 100)
        _add(found, (int(row["report_fiscal_year"]), int(row["report_quarter"])), key, cents)
    return found


def cash(data: Path) -> dict[Report, Cells]:
    """Return what each report says of each month's cash: version, period, category."""
    found: dict[Report, Cells] = {}
    for name in ("revenue", "spending"):
        table = pd.read_csv(data / f"cash-reports-{name}.csv", dtype=str, keep_default_na=False)
        for row in table.to_dict("records"):
            report = int(row["fiscal_year"]), int(row["quarter"])
            month = int(row["month"])
            year = report[0] - (month >= 7)  # noqa: PLR2004 - July
            over = int(row["fiscal_month"]) <= 3 * report[1]
            key = ("actual" if over else "projection", f"{year}-{month:02d}", row["category"])
            _add(found, report, key, round(float(row["amount"]) * 1e8))
    return found


def _add(found: dict[Report, Cells], report: Report, key: tuple[str, ...], cents: int) -> None:
    cells = found.setdefault(report, {})
    cells[key] = cells.get(key, 0) + cents


def _held(book: str, then: Conformed) -> Cells:
    """Return what the replayed book holds, in the form of the published cells."""
    wanted = "period, account" if book == "philadelphia-cash" else "period, span, cost_center"
    rows = then.engine.rows(  # the names are written above
        f"SELECT 'actual' AS version, {wanted}, CAST(sum(amount) * 100 AS BIGINT) "  # noqa: S608
        f"FROM final_actuals GROUP BY ALL UNION ALL SELECT version, {wanted}, "
        "CAST(sum(amount) * 100 AS BIGINT) FROM final_budget GROUP BY ALL"
    )
    return {tuple(row[:-1]): int(row[-1]) for row in rows}


def replay(book: str, data: Path, *, only: int | None = None) -> Iterator[Replayed]:
    """Yield every report of an example book, or `only` so many spread over the years.

    Parameters
    ----------
    book : str
        ``philadelphia`` (departments) or ``philadelphia-cash``.
    data : pathlib.Path
        The folder of the published tables.
    only : int, optional
        How many reports; all when not given.
    """
    printed = cash(data) if book == "philadelphia-cash" else departments(data)
    reports = sorted(printed)
    if only is not None:
        reports = [reports[place * (len(reports) - 1) // max(1, only - 1)] for place in range(only)]
    opened = pf.open_book(EXAMPLES / book, data=data).conformed
    for report in reports:
        then = settled_at(opened, known(report))
        held = _held(book, then)
        stated = printed[report]
        blocks = {key[:-1] for key in stated}
        told = {key: cents for key, cents in held.items() if key[:-1] in blocks}
        differing = tuple(
            key for key in sorted({*stated, *told}) if stated.get(key) != told.get(key)
        )
        yield Replayed(book, report, len(stated), differing)


def restated(printed: dict[Report, Cells]) -> tuple[int, int]:
    """Return how many cells stand in more than one report, and how many of these ever change."""
    seen: dict[tuple[str, ...], list[int]] = {}
    for report in sorted(printed):
        for key, cents in printed[report].items():
            seen.setdefault(key, []).append(cents)
    again = [values for values in seen.values() if len(values) > 1]
    return len(again), sum(len(set(values)) > 1 for values in again)


def moved(data: Path) -> tuple[int, int, int]:
    """Return how many targets of a department for a year there are, how many moved, how often."""
    book = pf.open_book(EXAMPLES / "philadelphia", data=data)
    said = book.vintages("budget")
    years = sorted({book.calendar.fiscal_year_of(month) for month in said["period"]})
    found = [0, 0, 0]
    for year in years:
        period = book.calendar.fiscal_year_period(year)
        told = pf.budget_history(said, period=period, versions=["target"])
        for total in told[told["role"] == "total"].to_dict("records"):
            found[0] += total["lines"]
            found[1] += total["lines_changed"]
            found[2] += total["moves"]
    return found[0], found[1], found[2]


def main(arguments: list[str]) -> int:
    """Replay every report and print reports, cells and cells that differ."""
    parser = argparse.ArgumentParser(prog="python -m bench replay", description=__doc__)
    shared = Path(os.environ.get("PFKIT_SHARED", HERE.parent / "shared"))
    parser.add_argument("--data", type=Path, default=shared / "data" / "real" / "budget")
    parser.add_argument("--only", type=int, help="so many reports of each book")
    chosen = parser.parse_args(arguments)
    wrong = 0
    for book, read in (("philadelphia", departments), ("philadelphia-cash", cash)):
        began = time.perf_counter()
        found = list(replay(book, chosen.data, only=chosen.only))
        seconds = time.perf_counter() - began
        differing = [key for one in found for key in one.differing]
        wrong += len(differing)
        again, changed = restated(read(chosen.data))
        print(
            f"{book}: {len(found)} reports, {sum(one.cells for one in found):,} cells, "
            f"{len(differing)} differing cells ({seconds:.0f} s)"
        )
        print(f"  {again:,} cells stand in more than one report, {changed:,} of them restated")
        for one in found:
            if one.differing:
                count = Counter(key[0] for key in one.differing)
                print(
                    f"  {one.report[0]}Q{one.report[1]}: {dict(count)}, such as {one.differing[0]}"
                )
    lines, changed, moves = moved(chosen.data)
    print(
        f"targets: {changed:,} of {lines:,} department-years changed between reports of their year "
        f"({changed / lines:.1%}), {moves:,} times"
    )
    return 1 if wrong else 0
