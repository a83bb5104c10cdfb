from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import pytest

from pfkit.book import check_book, open_book
from pfkit.conform.failures import Failures, set_apart
from pfkit.errors import ContractError, PfkitError, SourceError

if TYPE_CHECKING:
    Shop = Any

BOOK = """
[[sources]]
name = "billing"
table = "invoices"
path = "billing/*.csv"
known_on = { column = "day", at = "day" }
columns = { invoice_id = "id", invoice_date = "day", product = "item", amount_local = "amount" }
[[sources]]
name = "clicks"
table = "usage"
path = "clicks.csv"
known_on = { column = "day", at = "day" }
columns = { ts = "day", customer = "who", product = "item", feature = "f", \
metric = "m", units = "n" }
[[sources]]
name = "plan"
table = "budget"
path = "plan.csv"
known_on = { date = 2026-01-01 }
columns = { version = "v", period = "m", product = "item", account = "a", amount_local = "amount" }
"""
FILES = {
    "billing/01.csv": "id,day,item,amount\nA1,2026-01-05,tea,10.00\nA2,2026-01-31,tea,20.50\n",
    "billing/02.csv": "id,day,item,amount\nB1,2026-02-05,tea,7.00\n",
    "clicks.csv": "day,who,item,f,m,n\n2026-02-03,c1,tea,search,opens,4\n",
    "plan.csv": "v,m,item,a,amount\nB1,2026-01,tea,sales,100\n",
}


@pytest.fixture
def book(shop: Shop) -> Shop:
    shop.ledger(BOOK, FILES)
    return shop


def test_every_failure_is_named_and_the_rest_is_checked(book: Shop) -> None:
    cut = gzip.compress(FILES["billing/02.csv"].encode())[:-12]  # truncated in transit
    (book.path / "billing/02.csv").write_bytes(cut)
    book.write("clicks.csv", "")
    book.write("plan.csv", "v,month,item,a,amount\nB1,2026-01,tea,sales,100\n")
    found = check_book(book.path)
    assert found["verdict"] == "reject"
    failed = {one["source"]: one for one in found["failed"]}
    assert set(failed) == {"billing", "clicks", "plan"}
    assert (failed["billing"]["whole"], failed["billing"]["line"]) == (False, "billing/02.csv")
    assert "truncated or damaged" in failed["billing"]["message"]
    assert failed["billing"]["advice"] == "Copy or export the file again."
    assert (failed["clicks"]["whole"], failed["clicks"]["line"]) == (True, "clicks.csv")
    assert "empty" in failed["clicks"]["message"]
    assert "'m'" in failed["plan"]["message"]
    # two lines of January were read, and balance: 10.00 + 20.50
    (january,) = found["balance"]
    assert (january["source"], january["period"], january["amount_in"]) == (
        "billing",
        "2026-01",
        "30.50",
    )
    rejected = [one["value"] for one in found["findings"] if one["severity"] == "reject"]
    assert sorted(rejected) == ["billing", "clicks", "plan"]


def test_a_report_still_refuses_a_failed_source(book: Shop) -> None:
    book.write("clicks.csv", "")
    with pytest.raises(SourceError, match="empty"):
        open_book(book.path)


def test_after_the_repair_nothing_is_rejected(book: Shop) -> None:
    good = (book.path / "clicks.csv").read_bytes()
    book.write("clicks.csv", "")
    assert check_book(book.path)["verdict"] == "reject"
    (book.path / "clicks.csv").write_bytes(good)
    found = check_book(book.path)
    assert (found["verdict"], found["failed"], found["rows_in"]) == ("warn", [], 5)


def test_a_file_of_another_form_is_left_out_and_the_many_alike_stand(book: Shop) -> None:
    book.write("billing/03.csv", "id,day,item,total\nC1,2026-03-05,tea,7.00\n")
    found = check_book(book.path)
    (failed,) = found["failed"]
    assert (failed["line"], failed["whole"]) == ("billing/03.csv", False)
    assert failed["message"].startswith("there is no column 'amount', which billing/01.csv has")
    assert [one["period"] for one in found["balance"] if one["source"] == "billing"] == [
        "2026-01",
        "2026-02",
    ]


def test_what_only_follows_from_a_failure_is_not_told_again(book: Shop) -> None:
    for name in ("billing/01.csv", "billing/02.csv", "clicks.csv", "plan.csv"):
        book.write(name, "")
    found = check_book(book.path)
    assert [one["line"] for one in found["findings"]] == [
        "billing/01.csv",
        "billing/02.csv",
        "clicks.csv",
        "plan.csv",
    ]
    assert all(one["whole"] for one in found["failed"])


def test_a_closed_map_and_a_missing_rate_are_named_together(book: Shop) -> None:
    declared = (book.path / "book.toml").read_text(encoding="utf-8")
    declared = declared.replace('customer = "who"', 'customer = { column = "who", map = "names" }')
    declared = declared.replace('account = "a",', 'account = "a", currency = { constant = "USD" },')
    book.write("book.toml", declared + '\n[maps.names]\nvalues = { c9 = "Nine" }\n')
    found = check_book(book.path)
    assert sorted((one["source"], one["whole"]) for one in found["failed"]) == [
        ("clicks", True),
        ("plan", True),
    ]
    told = {one["source"]: one["message"] for one in found["failed"]}
    assert "'c1'" in told["clicks"]
    assert "USD" in told["plan"]
    assert {one["source"] for one in found["balance"]} == {"billing"}


def test_a_total_that_does_not_tie_is_one_failure_among_others(book: Shop) -> None:
    book.write("totals.csv", "period,amount\n2026-01,31.00\n")
    declared = (book.path / "book.toml").read_text(encoding="utf-8")
    control = '[[controls]]\nsource = "billing"\npath = "totals.csv"\namount = "amount"\n'
    book.write("book.toml", f"{declared}\n{control}")
    book.write("clicks.csv", "")
    found = check_book(book.path)
    assert [(one["source"], one["line"]) for one in found["failed"]] == [
        ("clicks", "clicks.csv"),
        ("", "billing 2026-01"),
    ]
    assert found["rows_in"] == 4


def test_addresses_in_a_failure_are_masked() -> None:
    failures = Failures()
    with set_apart(failures):
        raise ContractError("customer 'joe@example.com' is not in the map")
    assert "joe" not in failures.found[0].what


def test_without_a_place_to_note_it_an_error_stops_the_load() -> None:
    with pytest.raises(PfkitError, match="no"), set_apart(None):
        raise PfkitError("no")
