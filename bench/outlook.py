"""Outlooks of past years replayed as known on their day, beside the city's own and simple rules.

The main table is the City of Philadelphia's General Fund by department: adopted budget, the city's
projection, two simple corrections of it, and `pfkit.outlook`, at Q1, Q2 and Q3 of every year. What
fiscal 2021 came to stands in the city's spending file, not yet in a report: it scores, and no
replay knows it. After it come other real series of the kind, and what each constant matters.
"""

from __future__ import annotations

import argparse
import calendar
import datetime as dt
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

import pfkit as pf
from bench._outlook_paths import compared
from pfkit.measures import anchors, blend, spread
from pfkit.measures.backtest_outlook import cells_of, outlook_cells
from pfkit.measures.replays import replays

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import ModuleType

    from pfkit.measures.replays import Replays

HERE = Path(__file__).resolve().parents[1]
EXAMPLES = HERE / "examples"
FIRST, LAST = 2012, 2021
SEED, DRAWS = 7, 2000
QUARTERS = (3, 6, 9)
VERSIONS = ("adopted", "target", "projection")
METHODS = ("plan", "latest", "ratio", "run_rate", "outlook")
HEADS = ("adopted", "own", "ratio", "run rate", "outlook")
#: Every constant of the outlook: the module it stands in.
CONSTANTS: dict[ModuleType, tuple[str, ...]] = {
    anchors: ("MEMORY", "CAUTION", "BORROWED", "PRELIMINARY", "MOST", "RUN_MOST", "SHARE_BORROWED"),
    blend: ("POWER", "MEMORY", "BORROWED", "FLOOR", "LEFT"),
    spread: ("BORROWED", "DOUBT", "MEMORY", "LIKE", "PRIOR_YEARS", "TOGETHER"),
}


def department_tables(data: Path) -> tuple[pd.DataFrame, pd.DataFrame, pf.Period]:
    """Return the city's book as known on every day, with fiscal 2021 as learned a year later."""
    book = pf.open_book(EXAMPLES / "philadelphia", data=data, period=f"{LAST}Q3")
    budget, actuals = book.vintages("budget"), book.vintages("actuals")
    listed = pd.read_csv(EXAMPLES / "philadelphia" / "departments.csv", dtype=str)
    names = dict(zip(listed["code"], listed["department"], strict=True))
    final = pd.read_csv(data / "actual-department-spending.csv", dtype={"dept_code": str})
    final = final[final["fiscal_year"] == LAST]
    later = pd.DataFrame(
        {
            "period": f"{LAST}-06",
            "span": "ytd",
            "cost_center": final["dept_code"].map(names).fillna("Departments not listed"),
            "account": "obligations",
            "amount": final["total"].astype(float),
            "known_on": dt.date(LAST + 1, 6, 30),
            "_source": "reported_actuals",
        }
    )
    return pd.concat([actuals, later], ignore_index=True), budget, book.period


def code_tables(data: Path) -> tuple[pd.DataFrame, pd.DataFrame, pf.Period]:
    """Return every code the reports list, employee benefits also by kind, as in METHODS' figures.

    The adopted budget counts as known from the first day, though only the fourth report states it.
    """
    table = pd.read_csv(data / "department-obligations.csv", dtype={"dept_code": str})
    rows = _reported(table, table["total"], table["fiscal_year"])
    final = pd.read_csv(data / "actual-department-spending.csv", dtype={"dept_code": str})
    final = final[final["fiscal_year"] == LAST]
    later = pd.DataFrame(
        {
            "version": "actual",
            "period": f"{LAST}-06",
            "span": "ytd",
            "cost_center": final["dept_code"],
            "amount": final["total"].astype(float),
            "known_on": dt.date(LAST + 1, 6, 30),
        }
    )
    spent = rows["version"] == "actual"
    actuals = pd.concat([rows[spent].assign(span="ytd"), later], ignore_index=True)
    return actuals, rows[~spent], pf.FiscalCalendar(7).period(f"{LAST}Q3")


def at_once(actuals: pd.DataFrame) -> pd.DataFrame:
    """Return the same rows, as if what a year came to were known three months after its end."""
    year = actuals["period"].str[:4].astype(int)
    late = actuals["period"].str.endswith("-06") & (
        actuals["known_on"] == [dt.date(y + 1, 6, 30) for y in year]
    )
    early = [dt.date(y, 9, 30) for y in year]
    return actuals.assign(known_on=actuals["known_on"].where(~late, pd.Series(early)))


def personnel_tables(data: Path, amount: str) -> tuple[pd.DataFrame, pd.DataFrame, pf.Period]:
    """Return payroll or overtime by department, as each quarterly report stated it."""
    table = pd.read_csv(data / "personal-services-summary.csv", dtype={"dept_code": str})
    rows = _reported(table, pd.to_numeric(table[amount]).fillna(0.0), table["fiscal_year"])
    spent = rows["version"] == "actual"
    return rows[spent].assign(span="ytd"), rows[~spent], pf.FiscalCalendar(7).period(f"{LAST}Q3")


def _reported(table: pd.DataFrame, amount: pd.Series, year: pd.Series) -> pd.DataFrame:
    """Return the rows of quarterly reports as a book would: version, span, day known, replaced."""
    kinds = {
        "Adopted Budget": "adopted",
        "Target Budget": "target",
        "Current Projection": "projection",
        "Actual": "actual",
    }
    reports = zip(table["report_fiscal_year"], table["report_quarter"], strict=True)
    to_date = (table["time_period"] == "YTD").to_numpy()
    rows = pd.DataFrame(
        {
            "version": table["variable"].map(kinds),
            "period": np.where(to_date, table["as_of_date"].str[:7], year.astype(str) + "-06"),
            "span": np.where(to_date, "ytd", "year"),
            "cost_center": table["dept_code"],
            "amount": amount,
            "known_on": [_quarter_end(int(year), int(quarter)) for year, quarter in reports],
        }
    )
    rows = rows[~(to_date & (rows["version"] != "actual"))]
    adopted = rows["version"] == "adopted"  # stated by the last report, in force from the first day
    rows.loc[adopted, "known_on"] = [
        dt.date(int(period[:4]) - 1, 7, 1) for period in rows.loc[adopted, "period"]
    ]
    keys = ["version", "period", "span"]
    days = rows[[*keys, "known_on"]].drop_duplicates().sort_values("known_on")
    days["replaced_on"] = days.groupby(keys)["known_on"].shift(-1)
    return rows.merge(days, on=[*keys, "known_on"], how="left")


def receipts_tables(data: Path) -> tuple[pd.DataFrame, pd.DataFrame, pf.Period]:
    """Return monthly receipts by tax, without any plan; a month is known at its end."""
    table = pd.read_csv(data / "city-collections.csv")
    table = table[~table["name"].str.startswith(("all_", "total"))]
    actuals = pd.DataFrame(
        {
            "period": table["date"].str[:7],
            "cost_center": table["name"],
            "amount": pd.to_numeric(table["total"]).fillna(0.0),
            "known_on": [_month_end(text) for text in table["date"]],
        }
    )
    budget = pd.DataFrame(columns=["version", "period", "cost_center", "amount", "known_on"])
    return actuals, budget, pf.FiscalCalendar(7).period(f"{LAST}Q3")


def cash_tables(data: Path) -> tuple[pd.DataFrame, pd.DataFrame, pf.Period]:
    """Return monthly cash by category, with the city's projection of the months to come."""
    book = pf.open_book(EXAMPLES / "philadelphia-cash", data=data, period=f"{LAST}Q3")
    return book.vintages("actuals"), book.vintages("budget"), book.period


def _month_end(text: str) -> dt.date:
    year, month = int(text[:4]), int(text[5:7])
    return dt.date(year, month, calendar.monthrange(year, month)[1])


def _quarter_end(year: int, quarter: int) -> dt.date:
    month = quarter * 3 + 6
    year, month = (year - 1, month) if month <= 12 else (year, month - 12)  # noqa: PLR2004
    return dt.date(year, month, calendar.monthrange(year, month)[1])


def replayed(
    actuals: pd.DataFrame,
    budget: pd.DataFrame,
    period: pf.Period,
    *,
    by: str = "cost_center",
    months: Sequence[int] = QUARTERS,
) -> pd.DataFrame:
    """Return every replayed outlook of some tables, with the city's versions where they are."""
    named = [name for name in VERSIONS if name in set(budget["version"])]
    plan = "adopted" if "adopted" in named else None
    return outlook_cells(
        actuals, budget, period=period, by=[by], versions=named or None, plan=plan, months=months
    )


def wape(cells: pd.DataFrame, method: str) -> float:
    """Return the error of a method in percent, over the cells it has a value for."""
    there = cells[cells[method].notna()]
    size = float(there["actual"].abs().sum())
    return 100 * float((there[method] - there["actual"]).abs().sum()) / size if size else np.nan


def covered(cells: pd.DataFrame) -> float:
    """Return the share of intervals that hold the actual, in percent."""
    there = cells[cells["low"].notna()]
    inside = (there["actual"] >= there["low"]) & (there["actual"] <= there["high"])
    return 100 * float(inside.mean()) if len(there) else np.nan


def difference(cells: pd.DataFrame, *, by: str) -> tuple[float, float, float]:
    """Return outlook minus own outlook in percentage points, with a paired 95 % interval.

    All years of a line are drawn together, since a line errs alike in several years.
    """
    error = (cells["outlook"] - cells["actual"]).abs() - (cells["latest"] - cells["actual"]).abs()
    parts = pd.DataFrame(
        {"line": cells[by], "error": error.astype(float), "size": cells["actual"].abs()}
    )
    sums = parts.groupby("line")[["error", "size"]].sum().to_numpy(dtype=float)
    chance = np.random.default_rng(SEED)
    drawn = sums[chance.integers(len(sums), size=(DRAWS, len(sums)))].sum(axis=1)
    low, high = np.quantile(100 * drawn[:, 0] / drawn[:, 1], [0.025, 0.975])
    return 100 * float(sums[:, 0].sum() / sums[:, 1].sum()), float(low), float(high)


def show(title: str, cells: pd.DataFrame, *, by: str = "cost_center", years: bool = False) -> None:
    """Print errors and coverage of one set of cells at every point of the year."""
    print(f"\n{title}")
    print(
        f"  {'':12}{'n':>5}" + "".join(f"{head:>10}" for head in HEADS) + f"{'80 %':>8}"
        "   outlook minus own, 95 %"
    )
    for months in sorted(set(cells["months"])):
        point = cells[(cells["months"] == months) & (cells["role"] == "item")]
        total = cells[(cells["months"] == months) & (cells["role"] == "total")]
        gap = "{:+.2f} [{:+.2f}, {:+.2f}]".format(*difference(point, by=by))
        _line(f"{months} months", point, f"   {gap}")
        _line("  the total", total)
        for year, part in point.groupby("year") if years else ():
            _line(f"  {year}", part)


def _line(name: str, cells: pd.DataFrame, more: str = "") -> None:
    errors = "".join(f"{wape(cells, method):>10.2f}" for method in METHODS)
    print(f"  {name:12}{len(cells):>5}{errors}{covered(cells):>8.1f}{more}")


def details(cells: pd.DataFrame) -> None:
    """Print coverage by size and kind of line, and whether probabilities are honest."""
    for months in sorted(set(cells["months"])):
        point = cells[(cells["months"] == months) & (cells["role"] == "item")]
        third = point.groupby("year")["latest"].rank(pct=True)
        told = [
            f"{name} {covered(part):.0f}"
            for name, part in (
                ("small", point[third <= 1 / 3]),
                ("middle", point[(third > 1 / 3) & (third <= 2 / 3)]),
                ("large", point[third > 2 / 3]),
            )
        ]
        print(f"  {months} months, 80 % interval holds: {', '.join(told)}")
        known = point[point["within_plan_share"].notna() & point["plan"].notna()]
        chance = known["within_plan_share"].astype(float)
        stayed = (known["actual"] <= known["plan"]).astype(float)
        bins = pd.cut(chance, [0, 0.2, 0.4, 0.6, 0.8, 1.0])
        parts = [
            f"said {chance[part.index].mean():.2f} came {part.mean():.2f} ({len(part)})"
            for _, part in stayed.groupby(bins, observed=True)
        ]
        print(f"    within the adopted budget: {'; '.join(parts)}")


def constants(replay: Replays) -> Iterator[tuple[str, float, float]]:
    """Yield each constant with its value halved and doubled: error and coverage at Q2."""
    for module, names in CONSTANTS.items():
        for name in names:
            value = getattr(module, name)
            for factor in (0.5, 2.0):
                other = min(value * factor, 1.0) if name == "MEMORY" else value * factor
                setattr(module, name, other)
                found = pd.DataFrame(cells_of(replay, 6, plan="adopted", level=0.8))
                found = _within(found[found["role"] == "item"])
                label = f"{module.__name__.rsplit('.', 1)[-1]}.{name} {value:g} -> {other:g}"
                yield label, wape(found, "outlook"), covered(found)
            setattr(module, name, value)


def _within(cells: pd.DataFrame, first: int = FIRST, last: int = LAST) -> pd.DataFrame:
    year = cells["year"].astype(int)
    return cells[(year >= first) & (year <= last)]


def _spent(cells: pd.DataFrame) -> pd.DataFrame:
    return cells[(cells["actual"] > 0) | (cells["role"] == "total")]


def others(data: Path) -> None:
    """Print the other real series of the kind."""
    found = replayed(*code_tables(data))
    show("every code the reports list, benefits also by kind", _within(found))
    show("  fiscal 2009 to 2021, those that spent anything", _spent(_within(found, 2009)))
    for title, amount in (("payroll", "class_100_total"), ("overtime", "class_100_ot")):
        told = f"{title} by department, adopted budget and actual of the year alone"
        show(told, _within(replayed(*personnel_tables(data, amount), months=(6,))))
    show("monthly receipts by tax, no plan", _within(replayed(*receipts_tables(data))))
    cash = replayed(*cash_tables(data), by="account")
    show("monthly cash by category", _within(cash), by="account")


def main(arguments: Sequence[str]) -> int:
    """Print the tables; the exit code says whether the bar at Q2 is met."""
    parser = argparse.ArgumentParser(prog="python -m bench outlook", description=__doc__)
    shared = Path(os.environ.get("PFKIT_SHARED", HERE.parent / "shared"))
    parser.add_argument("--data", type=Path, default=shared / "data" / "real" / "budget")
    parser.add_argument("--only", action="store_true", help="the departments, nothing else")
    parser.add_argument("--paths", action="store_true", help="intervals from sample paths")
    parser.add_argument("--constants", action="store_true", help="what each constant matters")
    chosen = parser.parse_args(arguments)
    began = time.perf_counter()
    actuals, budget, period = department_tables(chosen.data)

    cells = replayed(actuals, budget, period)
    main_years = _within(cells)
    show(f"departments, fiscal {FIRST} to {LAST}", main_years, years=True)
    details(main_years)
    show("  those that spent anything", _spent(main_years))
    show("  fiscal 2009 to 2021, those that spent anything", _spent(_within(cells, 2009)))
    early = replayed(at_once(actuals), budget, period, months=(6,))
    show("  were each year's actual known by the next September", _within(early))
    print(f"  ({time.perf_counter() - began:.0f} s)")
    if chosen.constants:
        point = period.calendar.join((period.year.months[5],), kind="month")
        replay = replays(
            actuals,
            budget,
            period=point,
            by=["cost_center"],
            versions=VERSIONS,
            as_of=point.last,
            until=dt.date(LAST + 1, 6, 30),
        )
        print("\nat Q2, with one constant halved or doubled: error, coverage")
        for label, error, share in constants(replay):
            print(f"  {label:42}{error:>7.2f}{share:>7.1f}")
    if chosen.paths:
        print("\nintervals from sample paths of what was spent by quarter, beside the outlook's")
        for line in compared(actuals, main_years, period, range(FIRST, LAST + 1)):
            print(line)
    if not chosen.only:
        others(chosen.data)
    q2 = main_years[(main_years["months"] == 6) & (main_years["role"] == "item")]  # noqa: PLR2004
    return 0 if wape(q2, "outlook") <= 4.0 and 76 <= covered(q2) <= 84 else 1  # noqa: PLR2004
