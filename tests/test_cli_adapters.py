"""The commands on adapters: the list, one of them, one tried on a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import openpyxl
import pytest
from typer.testing import CliRunner

from pfkit import cli
from pfkit.conform.adapters.form import names
from pfkit.errors import BookError, ParameterError

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

STRIPE = "stripe-balance-transactions"
ROWS = "id,amount,currency,created,type\ntxn_1,1999,jpy,1767225600,charge\n"


def ran(*words: str) -> Result:
    return CliRunner().invoke(cli.app, ["adapters", *words])


def test_the_list_names_every_adapter_with_its_system_table_and_version() -> None:
    found = ran()
    assert found.exit_code == 0
    assert [line.split()[0] for line in found.stdout.splitlines()] == list(names())
    plain = json.loads(ran("--json").stdout)["adapters"]
    assert {"name", "system", "table", "version"} <= set(plain[0])


def test_show_prints_the_file() -> None:
    assert ran("show", STRIPE).stdout.startswith("system: Stripe\n")
    assert json.loads(ran("show", STRIPE, "--json").stdout)["source"]["unit"] == "minor"


def test_try_says_what_a_book_would_make_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "may.csv"
    file.write_text(ROWS, encoding="utf-8")
    found = ran("try", STRIPE, str(file))
    assert found.exit_code == 0
    assert "accept: 1 rows in, 1 accepted" in found.stdout
    assert "amount: 1,999.00 in, 1,999.00 accepted" in found.stdout  # the yen has no cents
    assert "invoice_id txn_1, invoice_date 2026-01-01" in found.stdout
    assert "not in the file, and left empty: customer_id, description" in found.stdout


def test_fit_lists_the_adapters_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "may.csv"
    file.write_text(ROWS, encoding="utf-8")
    assert ran("fit", str(file)).stdout.splitlines()[0] == STRIPE
    assert json.loads(ran("fit", str(file), "--json").stdout)["adapters"][0] == STRIPE
    file.write_text("a,b\n1,2\n", encoding="utf-8")
    none = ran("fit", str(file))
    assert none.exit_code == 1
    assert "no adapter finds all its columns" in none.stderr


def test_fit_knows_a_budget_sheet_by_its_form(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Budget 2026, EUR"])
    sheet.append(["Line", *(f"{month} 2026" for month in ("Jan", "Feb", "Mar"))])
    sheet.append(["Rent", 10, 10, 12])
    sheet.append(["Hosting", 3, 4, 5])
    file = tmp_path / "Budget_2025-12-12.xlsx"
    book.save(file)
    found = ran("fit", str(file))
    assert (found.exit_code, found.stdout.split()) == (0, ["excel-budget"])


def test_settings_of_a_book_are_tried(tmp_path: Path) -> None:
    file = tmp_path / "may.csv"
    head = "Account Transactions\nDemo Company\n\nDate;Account Code;Debit;Credit\n"
    file.write_text(f"{head}31.01.2026;200;;1.000,50\n", encoding="utf-8")
    xero = ("try", "xero-account-transactions", str(file))
    refused = ran(*xero)
    assert refused.exit_code == 1
    assert "Its column heads stand in line 4: declare `header = 4`." in refused.stdout
    german = ("--set", "header=4", "--set", "decimal=,", "--set", "thousands=.")
    read = ran(*xero, *german, "--set", 'date_format="%d.%m.%Y"', "--json")
    assert json.loads(read.stdout)["rows"][0]["amount_local"] == "-1000.5"
    wrong = json.loads(ran(*xero, "--set", "decimals=,", "--json").stdout)["findings"][0]
    assert (wrong["message"], wrong["line"]) == ("unknown key 'decimals'", "--set decimals")
    none = ran(*xero, "--set", "header")
    assert isinstance(none.exception, ParameterError)
    assert "'header' is no key=value" in str(none.exception)


def test_a_file_that_does_not_fit_is_rejected_with_exit_1(tmp_path: Path) -> None:
    file = tmp_path / "may.csv"
    file.write_text(ROWS, encoding="utf-8")
    found = ran("try", "sap-bseg", str(file), "--json")
    assert found.exit_code == 1
    assert json.loads(found.stdout)["verdict"] == "reject"


@pytest.mark.parametrize("command", [("show",), ("try",)])
def test_an_unknown_adapter_is_wrong_usage(command: tuple[str], tmp_path: Path) -> None:
    words = [
        *command,
        "stripe-balance-transaction",
        *([str(tmp_path / "x")] if command == ("try",) else []),
    ]
    found = ran(*words)
    assert isinstance(found.exception, ParameterError)
    assert "there is no adapter 'stripe-balance-transaction'" in str(found.exception)
    assert "The closest known adapter is 'stripe-balance-transactions'" in str(found.exception)


def test_an_adapter_file_of_ones_own_is_tried_by_its_path(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text("system: x\n", encoding="utf-8")
    found = ran("try", str(own), str(tmp_path / "may.csv"))
    assert isinstance(found.exception, BookError)
    assert "'export' is missing" in str(found.exception)
