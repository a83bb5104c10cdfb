"""Why a kept day counts otherwise: a file that came later is none that was changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pfkit.book import check_book
from pfkit.cli.told import told
from pfkit.conform.freshness.causes import differing

if TYPE_CHECKING:
    Shop = Any

BOOK = """
[maps.item]
path = "items.csv"
key = "code"
value = "product"
[[sources]]
name = "billing"
table = "invoices"
path = "billing/*.csv"
known_on = { column = "day", at = "day" }
columns = { invoice_id = "id", invoice_date = "day", product = { column = "item", map = "item" }, \
amount_local = "amount" }
"""
HEAD = "id,day,item,amount\n"
APRIL = HEAD + "A1,2026-04-05,tea,10.00\nA2,2026-04-30,tea,20.50\n"
MAY = HEAD + "B1,2026-05-05,tea,7.00\n"
ITEMS = "code,product\ntea,Tea\nmate,Mate\n"


@pytest.fixture
def book(shop: Shop) -> Shop:
    files = {"items.csv": ITEMS, "billing/04.csv": APRIL, "billing/05.csv": MAY}
    shop.ledger(BOOK, files)
    check_book(shop.path, keep=True)  # as known on 5 May
    return shop


def _findings(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["rule"]: one for one in found["findings"]}


def test_a_new_file_with_rows_of_a_closed_month_is_named_and_is_no_change(book: Shop) -> None:
    book.write("billing/04b.csv", HEAD + "A3,2026-04-20,tea,5.00\n")
    found = check_book(book.path)
    (one,) = found["rewritten"]
    assert (one["cause"], one["files"], one["open"]) == ("new rows", ["billing/04b.csv"], False)
    rules = _findings(found)
    assert "Rewritten" not in rules
    told_ = rules["Dated before it came"]
    assert told_["message"] == (
        "2026-04: counted 2 rows, 30.50, when 2026-05-05 was loaded; as known on that day it "
        "counts 3 rows, 35.50, now (+5.00): rows of billing/04b.csv (new) say that they were known "
        "by then"
    )
    assert "Nothing that was there is changed" in told_["advice"]
    assert "  invoices 2026-04: 2 → 3 rows, 30.50 → 35.50 EUR (+5.00)" in told(found)


def test_a_month_that_was_not_over_is_no_finding(book: Shop) -> None:
    may = "B2,2026-05-04,tea,2.00\nB3,2026-05-20,tea,3.00\n"
    book.write("billing/05b.csv", HEAD + may)
    found = check_book(book.path)
    # what would change is counted from what the load counted: 1 row of May, and not 2
    (change,) = found["changes"]
    assert (change["rows_then"], change["rows"], change["amount_then"]) == (1, 3, "7.00")
    assert not {"Rewritten", "Dated before it came"} & {*_findings(found)}
    (one,) = found["rewritten"]
    assert (one["cause"], one["open"], one["rows"]) == ("new rows", True, 2)
    assert (
        "  invoices 2026-05: of these, 1 row known by 2026-05-05 as it says itself, when the month "
        "was not over (billing/05b.csv)"
    ) in told(found).splitlines()


def test_a_file_that_vanished_is_named_and_counted_in_both(book: Shop) -> None:
    (book.path / "billing/04.csv").unlink()
    found = check_book(book.path)
    assert "30.50" in _findings(found)["Vanished file"]["message"]
    message = _findings(found)["Rewritten"]["message"]
    assert message.endswith("0 rows, 0.00, now (-30.50): billing/04.csv (vanished)")
    lines = told(found).splitlines()
    assert "  invoices 2026-04: 2 → 0 rows, 30.50 → 0.00 EUR (-30.50)" in lines
    assert "  vanished billing/04.csv: -2 rows, -30.50 EUR (2026-04)" in lines
    assert not any("nothing would change" in line for line in lines)


def test_a_changed_map_is_named_by_its_file(book: Shop) -> None:
    book.write("items.csv", ITEMS.replace("Tea", "Herbs"))
    found = check_book(book.path)
    assert found["loads"] == []
    assert {one["cause"] for one in found["rewritten"]} == {"declared"}
    april, may = [one["message"] for one in found["findings"] if one["rule"] == "Rewritten"]
    assert "2 rows, 30.50, now (+0.00, 61.00 moved)" in april  # 30.50 off Tea, on to Herbs
    assert "1 row, 7.00, now (+0.00, 14.00 moved)" in may
    assert april.endswith("book.toml: file items.csv of map item not as it was")


def test_a_changed_rule_is_named_by_its_source(book: Shop) -> None:
    toml = (book.path / "book.toml").read_text(encoding="utf-8")
    rule = '[[sources.rules]]\nexclude = "small"\nwhen = "id = \'A1\'"\nbecause = "not ours"\n'
    book.write("book.toml", toml + rule)
    found = check_book(book.path)
    (one,) = found["rewritten"]
    assert (one["cause"], one["declared"]) == ("declared", ["source billing"])
    assert _findings(found)["Rewritten"]["message"].endswith("source billing not as it was")


def test_a_remark_in_book_toml_changes_nothing(book: Shop) -> None:
    toml = (book.path / "book.toml").read_text(encoding="utf-8")
    book.write("book.toml", toml + "# checked in May\n")
    found = check_book(book.path)
    assert (found["changes"], found["rewritten"]) == ([], [])
    assert check_book(book.path, keep=True)["kept"] == 0


def test_a_ledger_of_before_cells_were_kept_still_tells_the_file(book: Shop) -> None:
    from pfkit.conform.freshness.ledger import lines_of, signed_line
    from pfkit.conform.state import append_lines

    (line,) = lines_of(book.path / "state", "loads", "")
    old = {key: value for key, value in line.items() if key not in {"cells", "declared"}}
    (book.path / "state/loads.jsonl").unlink()
    append_lines(book.path / "state", {"loads": [signed_line(old)]})
    assert check_book(book.path)["changes"] == []
    book.write("billing/04.csv", APRIL.replace("20.50", "25.00"))
    found = check_book(book.path)
    (change,) = found["changes"]
    assert (change["difference"], change["moved"], change["cells"]) == ("4.50", None, None)
    assert found["rewritten"][0]["files"] == ["billing/04.csv"]
    assert check_book(book.path, keep=True)["kept"] == 1
    assert check_book(book.path)["changes"] == []


def test_what_is_added_to_a_table_without_days_is_no_finding(book: Shop) -> None:
    more = """
    [[sources]]
    name = "products"
    table = "products"
    path = "products/*.csv"
    columns = { product = "product", name = "product", family = "product" }
    """
    toml = (book.path / "book.toml").read_text(encoding="utf-8")
    book.write("book.toml", toml + more.replace("\n    ", "\n"))
    book.write("products/1.csv", "product\nTea\nMate\n")
    check_book(book.path, keep=True)
    book.write("products/2.csv", "product\nRooibos\n")
    found = check_book(book.path)
    assert "  products (no month): 2 → 3 rows" in told(found).splitlines()
    assert not {"Rewritten", "Dated before it came"} & {*_findings(found)}
    book.write("products/1.csv", "product\nTea\nMate leaves\n")
    assert "products/1.csv (changed)" in _findings(check_book(book.path))["Rewritten"]["message"]


def test_parts_that_are_new_or_gone_differ() -> None:
    assert differing({"a": "1", "b": "2"}, {"b": "2", "c": "3"}) == ["c", "a"]
