"""The commands about rows held back, as a person types them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from pfkit import cli
from pfkit.errors import ParameterError

if TYPE_CHECKING:
    from pathlib import Path

runner = CliRunner()
BOOK = """
company = { name = "Shop", currency = "EUR" }
[[sources]]
name = "billing"
table = "invoices"
path = "billing.csv"
known_on = { column = "day" }
key = ["invoice_id"]
columns = { invoice_id = "id", invoice_date = "day", product = "item", amount_local = "sum" }
"""
BILLING = "id,day,item,sum\nA1,2026-01-05,tea,10\nA1,2026-01-05,milk,-1234.5\nA2,2026-01-06,tea,x\n"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Write a book with a repeated key and an amount that cannot be read."""
    (tmp_path / "book.toml").write_text(BOOK, encoding="utf-8")
    (tmp_path / "billing.csv").write_text(BILLING, encoding="utf-8")
    return tmp_path


def told(*arguments: str) -> str:
    ran = runner.invoke(cli.app, ["quarantine", *arguments], catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    return ran.output


def test_a_row_is_listed_decided_and_listed_as_decided(book: Path) -> None:
    listed = json.loads(told("list", str(book), "--json"))
    assert (listed["currency"], listed["as_of"], listed["decisions"]) == ("EUR", "2026-01-06", [])
    first, second = listed["rows"]
    assert (first["rule"], first["amount"], first["may"]) == (
        "repeated key",
        "-1234.50",
        "accept, fix",
    )
    assert (second["rule"], second["amount"], second["may"]) == ("unreadable value", None, "fix")
    lines = told("list", str(book)).splitlines()
    assert lines[0] == "2 rows held back, as known on 2026-01-06, 1,234.50 EUR signs aside"
    assert lines[1] == f"{first['id']}  billing.csv 3  repeated key: invoice_id 'A1', -1,234.50"
    assert lines[2].endswith("May: accept, fix.")
    who = ("--because", "two sales", "--by", "Ana", "--on", "2026-01-09")
    accepted = told("accept", str(book), first["id"], *who)
    assert accepted.endswith("accept billing.csv line 3: accepted, amount -1234.50\n")
    fixed = told("fix", str(book), second["id"][:8], "--set", "amount_local=7.5", *who)
    assert fixed.endswith("fix billing.csv line 4: accepted, amount 7.50\n")
    after = told("list", str(book)).splitlines()
    assert after[0] == "0 rows held back, as known on 2026-01-09"
    assert after[2].endswith(
        "fix billing.csv 4 (unreadable value): amount_local x -> amount_local 7.5; "
        "Ana on 2026-01-09: two sales; the row is accepted"
    )
    decision = fixed.split()[0]
    gone = told("withdraw", str(book), decision, *who)
    assert f"decision {decision} no longer counts" in gone
    assert "1 row held back" in told("list", str(book))
    assert "2 rows held back" in told("list", str(book), "--as-of", "2026-01-08")


def test_a_state_folder_of_its_own_is_made(book: Path, tmp_path: Path) -> None:
    (row, _) = json.loads(told("list", str(book), "--json"))["rows"]
    state = tmp_path / "kept"
    who = ("--because", "two sales", "--by", "Ana", "--on", "2026-01-09")
    told("accept", str(book), row["id"], "--state", str(state), *who)
    assert [path.name for path in state.iterdir()] == ["quarantine.jsonl"]
    assert not (book / "state").exists()
    assert "1 row held back" in told("list", str(book), "--state", str(state))


@pytest.mark.parametrize(
    "arguments",
    [
        ["accept", "BOOK", "abc", "--because", "so", "--by", "Ana"],
        ["accept", "BOOK", "abcdef", "--because", "", "--by", "Ana"],
        ["fix", "BOOK", "abcdef", "--set", "amount", "--because", "so", "--by", "Ana"],
        ["withdraw", "BOOK", "abcdef", "--because", "so", "--by", "Ana", "--on", "3.2.2026"],
    ],
)
def test_a_wrong_word_is_an_error_and_writes_nothing(book: Path, arguments: list[str]) -> None:
    given = [str(book) if word == "BOOK" else word for word in arguments]
    with pytest.raises(ParameterError):
        runner.invoke(cli.app, ["quarantine", *given], catch_exceptions=False)
    assert not (book / "state").exists()


def test_who_and_why_must_be_said(book: Path) -> None:
    assert runner.invoke(cli.app, ["quarantine", "accept", str(book), "abcdef"]).exit_code == 2
