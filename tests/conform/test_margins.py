from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import pfkit as pf
from pfkit.errors import PfkitError

if TYPE_CHECKING:
    from pathlib import Path

BOOK = """
company = { name = "Corner Shop", currency = "EUR" }
[[sources]]
name = "accounts"
table = "accounts"
path = "accounts.csv"
types = { margin = "text" }
columns = { account = "account", name = "account", line = "line", group = "group", favorable_when = "when", margin = "margin" }
[[sources]]
name = "rates"
table = "rates"
path = "rates.csv"
known_on = { date = 2026-01-01 }
columns = { date = "day", currency = "currency", rate = "rate" }
[[sources]]
name = "ledger"
table = "actuals"
path = "ledger.csv"
known_on = { column = "day", at = "day" }
types = { account = "text" }
columns = { entry_id = "id", posting_date = "day", product = "item", account = "account", currency = "currency", amount_local = "amount" }
"""  # noqa: E501 (as a book writes it)
ACCOUNTS = """account,line,group,when,margin
4000,Sales,gross,higher,
5000,Licenses,cost_of_revenue,lower,1
6000,Rent,operating,lower,shared
"""
RATES = "day,currency,rate\n2026-01-31,USD,0.9\n"
LEDGER = """id,day,item,account,currency,amount
1,2026-01-10,tea,4000,EUR,100.00
2,2026-01-11,tea,5000,USD,33.335
3,2026-01-12,milk,5000,USD,33.335
4,2026-01-13,oats,5000,USD,33.335
5,2026-01-31,,6000,EUR,12.50
"""


def _open(folder: Path, **files: str) -> Any:  # noqa: ANN401 (a Book)
    texts = {"accounts": ACCOUNTS, "rates": RATES, "ledger": LEDGER} | files
    (folder / "book.toml").write_text(BOOK, encoding="utf-8")
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return pf.open_book(folder, period="2026-01")


def test_margins_carry_level_and_sign_by_product_and_account(tmp_path: Path) -> None:
    rows = _open(tmp_path).margins
    found = rows.groupby(["account", "margin"])["amount"].sum().round(2).to_dict()
    # three times 33.335 USD at 0.9 make 90.0045 EUR
    assert found == {("4000", ""): 100.0, ("5000", "1"): -90.0, ("6000", "shared"): -12.5}
    assert sorted(rows["product"]) == ["(none)", "milk", "oats", "tea", "tea"]


def test_cents_of_all_lines_are_the_ledger_rounded_once(tmp_path: Path) -> None:
    book = _open(tmp_path)
    table = pf.contribution_margins(book.margins, period=book.period, ledger=book.ledger_totals)
    sums = table.set_index("row_key")["actual"]
    assert sums["contribution|month"] == -2.5  # 100 - 90.0045 - 12.5 = -2.5045
    assert sums["difference-to-the-ledger|month"] == 0.0
    each = book.margins[book.margins["account"] == "5000"]["amount"].tolist()
    assert sorted(each) == [-30.0, -30.0, -30.0]  # 30.0015 each


def test_the_ledger_is_added_up_without_the_chart_of_accounts(tmp_path: Path) -> None:
    book = _open(tmp_path)
    short = book.margins[book.margins["product"] != "oats"]
    table = pf.contribution_margins(short, period=book.period, ledger=book.ledger_totals)
    assert table.set_index("row_key")["actual"]["difference-to-the-ledger|month"] == 30.0


def test_a_book_that_states_no_margin_still_opens(tmp_path: Path) -> None:
    bare = ACCOUNTS.replace(",1\n", ",\n").replace(",shared\n", ",\n")
    book = _open(tmp_path, accounts=bare)
    assert set(book.margins["margin"]) == {""}
    table = pf.contribution_margins(book.margins, period=book.period)
    assert table[table["role"] == "line"]["level"].tolist()[:3] == ["net", "1", "shared"]


def test_a_margin_that_is_none_is_held_back_and_named(tmp_path: Path) -> None:
    book = _open(tmp_path, accounts=ACCOUNTS.replace(",1\n", ",9\n"))
    first = book.quarantine.iloc[0]
    assert (first["table"], first["line"], first["column"], first["value"]) == (
        "accounts", "3", "margin", "9",
    )  # fmt: skip
    assert first["advice"] == "Use one of 1, 2, 3, shared."
    assert book.checks.state == "red"  # what is booked on the account is held back with it


def test_an_account_twice_with_two_margins_is_held_back_and_named(tmp_path: Path) -> None:
    book = _open(tmp_path, accounts=ACCOUNTS + "5000,Licenses,cost_of_revenue,lower,2\n")
    first = book.quarantine.iloc[0]
    assert (first["rule"], first["value"], first["line"]) == ("repeated key", "5000", "5")
    assert book.margins.set_index("account").loc["5000", "margin"].unique().tolist() == ["1"]


def test_a_currency_without_rate_is_named(tmp_path: Path) -> None:
    with pytest.raises(PfkitError, match="GBP"):
        _open(tmp_path, ledger=LEDGER.replace("USD", "GBP"))


def test_the_year_of_currencies_holds_two_years(tmp_path: Path) -> None:
    book = _open(tmp_path)
    assert set(book.currency_year["currency"]) == {"EUR", "USD"}
    assert book.outlook_version is None
