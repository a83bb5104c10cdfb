"""A charity: quarters across in thousands with subtotals, a cash book with spending negative."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pfkit as pf

if TYPE_CHECKING:
    from collections.abc import Iterator

BOOK = Path(__file__).parent / "ngo"
QUARTERS = ("Q1 FY26", "Q2 FY26", "Q3 FY26", "Q4 FY26")
PROGRAMS = ("Kenya", "Nepal")
LINES = {"Income": ("Grants",), "Spending": ("Wells", "Training", "Office")}


def plan() -> dict[tuple[str, str, str], Decimal]:
    """Give the planted truth: thousands of pounds by program, line and quarter."""
    chance = random.Random(9)
    return {
        (program, line, quarter): Decimal(chance.randrange(0, 900)) / 10
        for program in PROGRAMS
        for lines in LINES.values()
        for line in lines
        for quarter in QUARTERS
    } | {("Nepal", "Office", "Q2 FY26"): Decimal(0)}


def cash() -> Iterator[tuple[dt.date, str, str, Decimal]]:
    """Give the planted truth: day, program, line and pounds, out negative."""
    chance = random.Random(10)
    for number in range(300):
        day = dt.date(2025, 4, 1) + dt.timedelta(days=number % 183)
        line = chance.choice(["Grants", "Wells", "Training", "Office"])
        pounds = Decimal(chance.randrange(100, 500_000)) / 100
        yield day, chance.choice(PROGRAMS), line, pounds if line == "Grants" else -pounds


def write(folder: Path) -> None:
    """Write the board's sheet with its subtotals, and the cash book."""
    truth = plan()
    rows = [",".join(["Kind", "Program", "Line", *QUARTERS])]
    for kind, lines in LINES.items():
        for program in ("All programs", *PROGRAMS):
            for line in ("Subtotal", *(lines if program != "All programs" else ())):
                cells = []
                for quarter in QUARTERS:
                    amount = sum(
                        value
                        for (where, what, when), value in truth.items()
                        if when == quarter
                        and what in lines
                        and program in {where, "All programs"}
                        and line in {what, "Subtotal"}
                    )
                    cells.append(str(amount) if amount else "n/a")
                rows.append(",".join([kind, program, line, *cells]))
    (folder / "budget_2025-03-20.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    book = ["Posted,Program,Line,Amount", *(f"{d},{p},{ln},{x}" for d, p, ln, x in cash())]
    (folder / "cash_book.csv").write_text("\n".join(book) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ngo")
    write(folder)
    return folder


def test_the_budget_is_the_boards_without_its_subtotals(data: Path) -> None:
    book = pf.open_book(BOOK, data=data, period="2026Q2")
    planned = {
        (program, line, f"2026{quarter[:2]}"): float(amount * 1000)
        for (program, line, quarter), amount in plan().items()
    }
    budget = book.budget.assign(quarter=book.budget["period"].map(book.calendar.quarter_of))
    found = budget.groupby(["product", "account", "quarter"])["amount"].sum().round(2)
    assert found.to_dict() == planned
    assert set(budget["span"]) == {"month"}
    hierarchy = book.controls[book.controls["control"] == "Hierarchy"]
    assert set(hierarchy["state"]) == {"green"}


def test_spending_counts_positive_and_grants_stay(data: Path) -> None:
    book = pf.open_book(BOOK, data=data, period="2026Q2")
    planted: dict[str, Decimal] = defaultdict(Decimal)
    for _, _, line, pounds in cash():
        planted[line] += abs(pounds)
    found = book.actuals.groupby("account")["amount"].sum().round(2)
    assert found.to_dict() == {line: float(pounds) for line, pounds in planted.items()}
    result = pf.pnl(book.statement, period=book.period)
    net = sum(p for day, _, _, p in cash() if day >= dt.date(2025, 7, 1))
    (total,) = result[(result["row_key"] == "contribution") & (result["basis"] == "period")][
        "actual"
    ]
    assert total == float(net)


def test_half_the_year_stands_beside_two_quarters_of_plan(data: Path) -> None:
    book = pf.open_book(BOOK, data=data, period="2026Q2")
    lines = pf.budget_lines(
        book.actuals,
        book.budget,
        period=book.period,
        plan="board",
        accounts=book.accounts,
    )
    total = lines[lines["role"] == "total"].iloc[0]
    spending = {("Wells"), ("Training"), ("Office")}
    planned = sum(v for (_, what, when), v in plan().items() if what in spending and when < "Q3")
    assert total["plan_ytd"] == float(planned * 1000)
    # the quarter's profit and loss has the plan of its three months
    result = pf.pnl(book.statement, period=book.period, plan="board")
    row = result[(result["row_key"] == "contribution") & (result["basis"] == "period")].iloc[0]
    signed = sum(
        v if what == "Grants" else -v for (_, what, when), v in plan().items() if when == "Q2 FY26"
    )
    assert row["plan"] == pytest.approx(float(signed * 1000))


def test_its_report_passes_lint(data: Path, tmp_path: Path) -> None:
    (folder,) = pf.run("quarterly", book=BOOK, data=data, period="2026Q2", to=tmp_path)
    assert [str(finding) for finding in pf.lint(folder)] == []
