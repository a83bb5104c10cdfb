"""What a book shows of its breaches: the table, the controls, and when it shows nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pfkit.book import check_book, open_book

if TYPE_CHECKING:
    from pathlib import Path

    from pfkit.book import Book

    Firm = Any

NAMED = ("locked months", "segregation of duties", "manual entries", "round amounts", "cut-off")


def _control(book: Book, name: str) -> dict[str, Any]:
    (found,) = book.controls[book.controls["control"] == name].to_dict("records")
    return dict(found)


def test_clean_months_are_silent_and_one_green_control_says_what_was_looked_at(firm: Firm) -> None:
    book = firm.open()
    assert book.breaches.empty
    control = _control(book, "No breach")
    assert control["state"] == "green"
    assert all(rule in control["detail"] for rule in NAMED)
    assert all(rule in book.breaches.attrs["reason"] for rule in NAMED)


def test_a_breach_is_amber_below_materiality_and_red_above(firm: Firm) -> None:
    small = firm.entry("2026-02-10", 612.34, ok="ana")
    book = firm.open()
    (row,) = book.breaches.to_dict("records")
    assert (row["entries"], row["amount"], row["state"], row["count"]) == (
        small,
        612.34,
        "amber",
        1,
    )
    control = _control(book, "Segregation of duties")
    assert (control["state"], control["actual"], control["source"]) == ("amber", 612.34, "ledger")
    assert small in control["detail"]
    firm.entry("2026-02-11", 4400.17, ok="ana")
    book = firm.open()
    (row,) = book.breaches.to_dict("records")
    # 612.34 + 4,400.17 is above 5,000
    assert (row["amount"], row["state"], row["count"]) == (5012.51, "red", 2)
    assert _control(book, "Segregation of duties")["state"] == "red"


def test_three_entries_are_named_and_the_others_counted(firm: Firm) -> None:
    ids = [firm.entry("2026-02-10", 600.11 + place, ok="ana") for place in range(5)]
    (row,) = firm.open().breaches.to_dict("records")
    assert row["entries"] == f"{ids[4]}, {ids[3]}, {ids[2]} and 2 more"
    assert row["amount"] == pytest.approx(5 * 600.11 + 10)


def test_persons_stand_in_no_table_and_in_no_verdict(firm: Firm) -> None:
    firm.entry("2026-02-10", 700.25, by="Zacharias", ok="zacharias")
    firm.entry("2026-02-11", 9000.25, by="Zacharias", ok="")
    book = firm.open()
    assert len(book.breaches)
    shown = [book.breaches, book.controls, book.quarantine, book.rules, book.provenance]
    text = " ".join(table.to_json() for table in shown)
    text += json.dumps(check_book(firm.path, period="2026-02"), default=str)
    assert "achari" not in text.lower()


def test_an_entry_without_an_id_is_named_by_file_and_line(firm: Firm) -> None:
    del firm.columns["entry_id"]
    firm.entry("2026-02-10", 612.34, ok="ana")
    (row,) = firm.open().breaches.to_dict("records")
    assert row["entries"] == f"ledger.csv line {len(firm.rows) + 1}"


def test_an_unknown_origin_is_named_and_keeps_its_amount(firm: Firm) -> None:
    before = firm.open().actuals["amount"].sum()
    firm.entry("2026-02-10", 612.34, "5000", origin="batch")
    book = firm.open()
    control = _control(book, "Origin of entries")
    assert control["state"] == "amber"
    assert "origin 'batch' of 1 entry is neither system nor manual" in control["detail"]
    assert control["advice"] == "Map each value to system or manual."
    assert book.actuals["amount"].sum() == pytest.approx(before + 612.34)


def test_a_book_that_asks_for_no_control_has_none(firm: Firm) -> None:
    firm.policies = "materiality_amount = 5000"
    kept = ("entry_id", "posting_date", "account", "amount_local", "memo")
    firm.columns = {name: firm.columns[name] for name in kept}
    firm.entry("2026-02-10", 50_000.0, ok="ana")
    book = firm.open()
    assert book.breaches.empty
    assert book.breaches.attrs["reason"] == ""
    assert "No breach" not in set(book.controls["control"])


def test_a_policy_without_its_columns_is_an_amber_control(firm: Firm) -> None:
    kept = ("entry_id", "posting_date", "account", "amount_local", "memo")
    firm.columns = {name: firm.columns[name] for name in kept}
    book = firm.open()
    for rule, lacks in {
        "Segregation of duties": "entered_by and approved_by",
        "Manual entries": "origin",
    }.items():
        control = _control(book, rule)
        assert control["state"] == "amber"
        assert control["detail"] == f"could not run: no source of the ledger fills {lacks}"
    assert "Round amounts" not in set(book.controls["control"])  # nothing was asked of it


def test_a_policy_without_a_ledger_is_an_amber_control(tmp_path: Path) -> None:
    (tmp_path / "billing.csv").write_text("id,day,item,amount\nA1,2026-01-05,tea,10\n")
    (tmp_path / "book.toml").write_text(
        '[company]\nname = "Shop"\ncurrency = "EUR"\n[policies]\nlock_days = 5\n'
        '[[sources]]\nname = "billing"\ntable = "invoices"\npath = "billing.csv"\n'
        'known_on = { column = "day" }\n'
        'columns = { invoice_id = "id", invoice_date = "day", product = "item", '
        'amount_local = "amount" }\n'
    )
    control = _control(open_book(tmp_path), "Locked months")
    assert (control["state"], control["detail"]) == (
        "amber",
        "could not run: the book has no ledger",
    )


def test_a_quarter_tells_the_breaches_of_its_three_months(firm: Firm) -> None:
    first = firm.entry("2025-10-10", 612.34, ok="ana")
    last = firm.entry("2025-12-10", 613.34, ok="ana")
    assert [(row[1], row[2]) for row in firm.found("2025Q4")] == [
        ("2025-10", first),
        ("2025-12", last),
    ]
