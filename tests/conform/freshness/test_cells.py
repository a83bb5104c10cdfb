"""Debit and credit are two cells: what nets to nothing still moves the statement."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from pfkit.book import check_book, open_book
from pfkit.cli.told import told
from pfkit.conform.freshness.cells import GRAIN, laid, named, packed, shifts, unpacked
from pfkit.conform.freshness.since import changed_since

if TYPE_CHECKING:
    Shop = Any

BOOK = """
[policies]
lock_days = 7
[[sources]]
name = "accounts"
table = "accounts"
path = "accounts.csv"
columns = { account = "no", name = "name", line = "name", group = "group", favorable_when = "good" }
[[sources]]
name = "gl"
table = "actuals"
path = "gl/*.csv"
known_on = { column = "known" }
key = ["entry_id"]
columns = { entry_id = "id", posting_date = "day", account = "account", product = "product", \
currency = { constant = "EUR" }, amount_local = "amount" }
"""
CHART = """
    no,name,group,good
    4000,Sales,gross,higher
    6100,Sales and marketing,operating,lower
    2000,Payables,outside,lower
"""
HEAD = "id,known,day,account,product,amount\n"
#: March: 10 000 sold; April the same.
MARCH = HEAD + "1,2026-03-31,2026-03-31,4000,Atlas,10000.00\n2,2026-03-31,2026-03-31,2000,,-10000\n"
APRIL = HEAD + "3,2026-04-30,2026-04-30,4000,Atlas,10000.00\n4,2026-04-30,2026-04-30,2000,,-10000\n"
#: A cost of March that is learned in April, after the lock of 7 April: Dr 6100, Cr 2000.
LATE = "5,2026-04-29,2026-03-31,6100,Atlas,4200.00\n6,2026-04-29,2026-03-31,2000,Atlas,-4200.00\n"


@pytest.fixture
def ledger(shop: Shop) -> Shop:
    shop.ledger(BOOK, {"accounts.csv": CHART, "gl/03.csv": MARCH, "gl/04.csv": APRIL})
    return shop


def test_a_late_cost_is_told_by_its_effect_on_profit(ledger: Shop) -> None:
    ledger.write("gl/04.csv", APRIL + LATE)
    found = check_book(ledger.path)
    (late,) = found["late"]
    assert (late["rows"], late["amount"]) == (2, "0.00")  # the key that was there
    assert (late["profit"], late["moved"]) == ("-4200.00", "8400.00")
    (march,) = [one for one in found["changes"] if one["period"] == "2026-03"]
    assert (march["difference"], march["profit"], march["moved"]) == ("0.00", "-4200.00", "8400.00")
    assert march["cells"] == 2
    lines = told(found).splitlines()
    assert any(line.startswith("late: gl 2026-03") and "profit -4,200.00 EUR, 8,400.00 moved" in
               line for line in lines)  # fmt: skip
    assert (
        "  actuals 2026-03: 2 → 4 rows, profit -4,200.00 EUR, 8,400.00 moved: "
        "2000 Atlas -4,200.00, 6100 Atlas +4,200.00"
    ) in lines


def test_a_kept_load_is_compared_cell_by_cell(ledger: Shop) -> None:
    check_book(ledger.path, keep=True)
    ledger.write("gl/03.csv", MARCH + LATE)
    found = check_book(ledger.path)
    assert [one["period"] for one in found["changes"]] == ["2026-03"]
    (file,) = found["loads"]
    assert (file["kind"], file["profit"], file["moved"]) == ("changed", "-4200.00", "8400.00")
    said = {one["rule"]: one["message"] for one in found["findings"]}
    assert said["Changed file"] == (
        "says otherwise than on 2026-04-30: 2 rows more, profit -4,200.00, 8,400.00 moved "
        "(2026-03 profit -4,200.00, 8,400.00 moved)"
    )
    assert said["Rewritten"].startswith("2026-03: counted 2 rows when 2026-04-30 was loaded")
    assert "(profit -4,200.00, 8,400.00 moved): gl/03.csv (changed)" in said["Rewritten"]
    assert "nothing would change" not in told(found)


def test_an_amount_moved_between_accounts_is_a_change_though_all_sums_are_alike(
    ledger: Shop,
) -> None:
    check_book(ledger.path, keep=True)
    ledger.write("gl/03.csv", MARCH.replace(",4000,", ",6100,"))
    found = check_book(ledger.path)
    (march,) = found["changes"]
    # sales of 10 000 less, and 10 000 of cost more
    assert (march["rows_then"], march["rows"], march["difference"]) == (2, 2, "0.00")
    assert (march["profit"], march["moved"]) == ("-20000.00", "20000.00")
    assert found["loads"][0]["kind"] == "changed"
    assert "as before, profit -20,000.00 EUR" in told(found)


def test_a_table_without_amounts_is_compared_by_what_its_rows_say(ledger: Shop) -> None:
    check_book(ledger.path, keep=True)
    chart = CHART.replace("operating,lower", "cost_of_revenue,lower")
    ledger.write("accounts.csv", chart)
    found = check_book(ledger.path)
    (accounts,) = found["changes"]
    assert (accounts["table"], accounts["rows_then"], accounts["rows"]) == ("accounts", 3, 3)
    assert "  accounts (no month): 3 rows as before, with other values" in told(found)


def test_without_a_chart_of_accounts_what_moved_is_told(ledger: Shop) -> None:
    toml = (ledger.path / "book.toml").read_text(encoding="utf-8")
    head, _, rest = toml.partition('[[sources]]\nname = "accounts"')
    ledger.write("book.toml", head + rest[rest.index("[[sources]]") :])
    ledger.write("gl/04.csv", APRIL + LATE)
    since = changed_since(open_book(ledger.path).conformed, dt.date(2026, 4, 7))
    march = next(one.shift for one in since.changes if one.period == "2026-03")
    assert march is not None
    assert (march.profit, march.moved) == (None, Decimal("8400.00"))


def test_cells_are_packed_and_come_back(ledger: Shop) -> None:
    conformed = open_book(ledger.path).conformed
    cells = laid(conformed)
    table = unpacked(packed(conformed.engine, cells, [("gl", "gl/03.csv")]))
    assert table.column_names == [
        *("table", "source", "file", "period", "cell", "rows", "amount", "content"),
    ]
    assert sorted(zip(map(named, table["cell"].to_pylist()), table["amount"].to_pylist(),
                      strict=True)) == [("2000", Decimal("-10000.00")),
                                        ("4000 Atlas", Decimal("10000.00"))]  # fmt: skip
    assert unpacked(packed(conformed.engine, cells, [])).num_rows == 0
    assert shifts(conformed, cells, cells) == {}


def test_no_column_of_a_cell_names_a_person_or_a_customer() -> None:
    assert not {*GRAIN} & {"customer", "entered_by", "owner", "approved_by", "supplier"}
