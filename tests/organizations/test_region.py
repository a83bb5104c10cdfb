"""A Greek region: a long file with parents, quarters to date, blanks as zero, decimal commas."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path

import pytest

import pfkit as pf

BOOK = Path(__file__).parent / "region"
TREE = {
    "Δ": ("", "Δαπάνες"),
    "Δ-01": ("Δ", "Υγεία"),
    "Δ-0101": ("Δ-01", "Νοσοκομεία"),
    "Δ-0102": ("Δ-01", "Κέντρα υγείας"),
    "Δ-02": ("Δ", "Δρόμοι"),
    "Δ-0290": ("Δ-02", "Συντήρηση"),
    "Δ-07": ("Δ", "Πολιτισμός"),
    "Ε": ("", "Έσοδα"),
    "Ε-01": ("Ε", "Επιχορηγήσεις"),
    "Ε-02": ("Ε", "Τέλη"),
}
LEAVES = ("Δ-0101", "Δ-0102", "Δ-0290", "Δ-07", "Ε-01", "Ε-02")
STAGES = ("εγκεκριμένος", "αναμορφωμένος", "εκτέλεση")
Cell = tuple[str, int, str, str]


def leaves() -> dict[Cell, Decimal]:
    """Give the planted truth: euros by stage, year, quarter and code; executed cumulates."""
    chance = random.Random(11)
    found: dict[Cell, Decimal] = {}
    for year in (2024, 2025):
        for code in LEAVES:
            for stage in STAGES[:2]:
                amount = Decimal(chance.randrange(10**6, 10**9)) / 100
                found[stage, year, "", code] = amount
            spent = Decimal(0)
            for quarter in ("Τ1", "Τ2", "Τ3", "Τ4")[: 4 if year == 2024 else 3]:
                step = Decimal(chance.randrange(10**5, 10**8)) / 100
                spent += 0 if code == "Δ-07" else step  # blank cells: nothing was spent
                found["εκτέλεση", year, quarter, code] = spent
    return found


def write(folder: Path) -> None:
    """Write every level, in cp1253 with decimal commas; zero is a blank cell."""
    truth = leaves()
    lines = ["Κωδικός;Γονέας;Περιγραφή;Στάδιο;Έτος;Τρίμηνο;Ποσό;Ημερομηνία"]
    for stage, year, quarter in dict.fromkeys((s, y, q) for s, y, q, _ in truth):
        for code, (parent, name) in TREE.items():
            amount = sum(
                (v for (s, y, q, leaf), v in truth.items()
                 if (s, y, q) == (stage, year, quarter) and leaf.startswith(code)),
                Decimal(0),
            )  # fmt: skip
            text = f"{amount:,.2f}".translate(str.maketrans(",.", ".,")) if amount else ""
            month = {"Τ1": "31/03", "Τ2": "30/06", "Τ3": "30/09", "Τ4": "31/12"}.get(quarter)
            day = f"{month}/{year}" if month else f"01/01/{year}"
            lines.append(";".join([code, parent, name, stage, str(year), quarter, text, day]))
    (folder / "proypologismos.csv").write_text("\n".join(lines) + "\n", encoding="cp1253")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("region")
    write(folder)
    return folder


def test_leaves_of_every_stage_are_those_planted(data: Path) -> None:
    book = pf.open_book(BOOK, data=data, period="2025Q3")
    truth = leaves()
    found = book.budget.groupby(["version", "period"])["amount"].sum().round(2)
    for stage in STAGES[:2]:
        for year in (2024, 2025):
            planted = sum(v for (s, y, _, _), v in truth.items() if (s, y) == (stage, year))
            assert found[stage, f"{year}-12"] == float(planted)
    assert set(book.budget["span"]) == {"year"}
    hierarchy = book.controls[book.controls["control"] == "Hierarchy"]
    assert set(hierarchy["state"]) == {"green"}


def test_quarters_to_date_are_read_and_not_added(data: Path) -> None:
    book = pf.open_book(BOOK, data=data, period="2025Q3")
    lines = pf.budget_lines(
        book.actuals, book.budget, period=book.period, plan="εγκεκριμένος", accounts=book.accounts
    )
    truth = leaves()
    spent = sum(
        v for (s, y, q, code), v in truth.items()
        if (s, y, q) == ("εκτέλεση", 2025, "Τ3") and code.startswith("Δ")
    )  # fmt: skip
    total = lines[lines["role"] == "total"].iloc[0]
    assert total["actual_ytd"] == float(spent)
    # a blank cell is a stated zero: none of it was used
    culture = lines[lines["label"].str.contains("Πολιτισμός")].iloc[0]
    assert culture["actual_ytd"] == 0
    assert culture["used_share"] == 0


def test_without_blank_zero_such_rows_are_held_back(data: Path, tmp_path: Path) -> None:
    text = (BOOK / "book.toml").read_text(encoding="utf-8").replace('blank = "zero"\n', "")
    (tmp_path / "book.toml").write_text(text, encoding="utf-8")
    book = pf.open_book(tmp_path, data=data, period="2025Q3")
    assert set(book.quarantine["rule"]) == {"missing value"}


def test_its_report_passes_lint(data: Path, tmp_path: Path) -> None:
    (folder,) = pf.run("quarterly", book=BOOK, data=data, period="2025Q3", to=tmp_path)
    assert [str(finding) for finding in pf.lint(folder)] == []
