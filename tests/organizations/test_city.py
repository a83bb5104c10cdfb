"""A city in Hebrew: codes of every level, years across, the last year without executed amounts."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

import pfkit as pf

BOOK = Path(__file__).parent / "city"
YEARS = (2019, 2020, 2021)
NAMES = {"6": "חינוך", "7": "תרבות", "8": "תשתיות", "9": "מינהל"}
PARTS = ("בתי ספר", "גנים", "ספריות")
ITEMS = ("שכר", "פעולות")


def leaves() -> dict[str, dict[str, int]]:
    """Give the planted truth: thousands of shekels of every leaf by column."""
    chance = random.Random(7)
    found: dict[str, dict[str, int]] = {}
    for top in NAMES:
        for part in range(1, 4):
            for item in (1, 2):
                row = {f"תקציב {year}": chance.randrange(100, 9000) for year in YEARS}
                row |= {f"ביצוע {year}": chance.randrange(100, 9000) for year in YEARS[:-1]}
                found[f"{top}{part}{item}"] = row
    found["811"]["תקציב 2021"] = 0  # a dash in the file
    return found


def write(folder: Path) -> None:
    """Write the sheet with every level above the leaves; 8 holds 120 that nothing breaks down."""
    truth = leaves()
    columns = [f"{stage} {year}" for year in YEARS for stage in ("תקציב", "ביצוע")]
    codes = {code[:length] for code in truth for length in (1, 2, 3)}
    lines = [",".join(["קוד", "סעיף", *columns])]

    def cell(code: str, column: str) -> str:
        if column == "ביצוע 2021":
            return ""
        amount = sum(row[column] for leaf, row in truth.items() if leaf.startswith(code))
        amount += 120 if column == "תקציב 2020" and code in {"8", ""} else 0
        return f'"{amount:,}"' if amount else "-"

    for code in sorted(codes):
        name = NAMES[code[0]] + "".join(
            f" · {names[int(digit) - 1]}"
            for digit, names in zip(code[1:], (PARTS, ITEMS), strict=False)
        )
        lines.append(",".join([code, name, *(cell(code, column) for column in columns)]))
    lines.append(",".join(['"סה""כ"', "סך הכול", *(cell("", column) for column in columns)]))
    (folder / "budget.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("city")
    write(folder)
    return folder


@pytest.mark.parametrize("year", YEARS)
def test_only_leaves_count(data: Path, year: int) -> None:
    book = pf.open_book(BOOK, data=data, period=f"{year}Q4")
    truth = leaves()
    planned = sum(row[f"תקציב {year}"] for row in truth.values()) * 1000
    planned += 120_000 if year == 2020 else 0
    mine = book.budget[book.budget["period"] == f"{year}-12"]
    assert mine["amount"].sum() == planned
    spent = book.actuals[book.actuals["period"] == f"{year}-12"]["amount"].sum()
    assert spent == sum(row.get(f"ביצוע {year}", 0) for row in truth.values()) * 1000
    hierarchy = book.controls[book.controls["control"] == "Hierarchy"]
    assert set(hierarchy["state"]) <= {"green", "amber"}
    assert (hierarchy["difference"].dropna() == 0).all()


def test_what_is_not_broken_down_is_kept_by_name(data: Path) -> None:
    book = pf.open_book(BOOK, data=data, period="2020Q4")
    kept = book.budget[book.budget["cost_center"].str.contains("לא מפורט", regex=False)]
    assert kept[["cost_center", "amount"]].to_numpy().tolist() == [["תשתיות (לא מפורט)", 120_000.0]]


def test_the_year_without_executed_amounts_is_not_minus_100(data: Path) -> None:
    book = pf.open_book(BOOK, data=data, period="2021Q4")
    lines = pf.budget_lines(
        book.actuals, book.budget, period=book.period, plan="approved", by="cost_center"
    )
    assert lines["variance"].isna().all()
    assert lines["variance_rate"].isna().all()
    message = pf.tables.budget_lines(lines, about=book.about).message
    # 24 leaves, less the one whose cell of 2021 is a dash
    assert message.startswith("No actuals to date beside 23 budget lines of ")


@pytest.mark.parametrize("period", ["2020Q4", "2021Q4"])
def test_its_report_passes_lint(data: Path, tmp_path: Path, period: str) -> None:
    (folder,) = pf.run("quarterly", book=BOOK, data=data, period=period, to=tmp_path)
    assert [str(finding) for finding in pf.lint(folder)] == []
    assert "-100.0" not in (folder / "report.html").read_text(encoding="utf-8")
