"""Decisions about rows held back: what may be decided, what is written, what a load makes of it."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

import pfkit as pf
from pfkit.conform import outcomes
from pfkit.conform.audit import FILE
from pfkit.conform.decide import Desk
from pfkit.conform.given import Words
from pfkit.errors import ContractError, ParameterError, SourceError

if TYPE_CHECKING:
    from pfkit.book import Book

Shop = Any

PRODUCTS = """
[[sources]]
name = "products"
table = "products"
path = "products.csv"
columns = { product = "product", name = "product", family = "product" }
"""
KEYED = 'key = ["invoice_id"]'
BILLING = """
    id,day,item,amount
    A1,2026-01-05,tea,10.00
    A2,2026-01-31,tea,2O.50
    A2,2026-01-31,tea,30.00
    A1,2026-01-31,tea,40.00
    A3,2026-01-31,tee,50.00
    A4,31.01.2026,tea,60.00
    A5,2026-01-31,tea,70,00
"""
WORDS = Words("the shop says so", "Ana Ruiz", dt.date(2026, 2, 3))


@pytest.fixture
def held(shop: Shop) -> Shop:
    """Give a shop with one row of every kind held back: A2, A1 again, A3, A4, a ragged A5."""
    shop.write("products.csv", "product\ntea\n")
    shop.write("billing.csv", BILLING)
    shop.declare(KEYED, tail=PRODUCTS)
    return shop


def desk(shop: Shop) -> Desk:
    return Desk.of(shop.path)


def ids(shop: Shop) -> dict[str, str]:
    """Return the ids of the rows held back, by line."""
    rows = outcomes.quarantine(shop.open().conformed)
    return dict(zip(rows["line"], rows["id"], strict=True))


def lines(shop: Shop) -> list[dict[str, Any]]:
    path = shop.path / "state" / FILE
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def amounts(book: Book) -> list[float]:
    return sorted(book.invoices["amount"])


def test_every_row_held_back_has_an_id_of_its_own(held: Shop) -> None:
    found = ids(held)
    assert sorted(found) == ["3", "5", "6", "7", "8"]
    assert len(set(found.values())) == 5
    assert all(len(name) == 16 for name in found.values())


def test_an_id_outlives_a_renamed_file_and_rows_added_elsewhere(held: Shop) -> None:
    before = ids(held)
    (held.path / "billing.csv").unlink()
    held.write(
        "2026/billing-new.csv",
        BILLING.replace("    A1,2026-01-05", "    A0,2026-01-05,tea,1.00\n    A1,2026-01-05", 1),
    )
    held.declare(f'path = "2026/*.csv"\n{KEYED}', tail=PRODUCTS)
    after = ids(held)
    assert after == {str(int(line) + 1): name for line, name in before.items()}


def test_equal_rows_are_told_apart_and_the_first_keeps_its_id(held: Shop) -> None:
    held.write(
        "billing.csv",
        "id,day,item,amount\nA1,2026-01-05,tea,1.00\n"
        "A1,2026-01-05,tea,1.00\nA1,2026-01-05,tea,1.00\n",
    )
    first = ids(held)
    assert len(set(first.values())) == 2
    # a copy that became known later does not take the place of an earlier one
    held.write(
        "billing.csv",
        "id,day,item,amount\nA9,2026-02-09,tea,1.00\n"
        "A1,2026-01-05,tea,1.00\nA1,2026-01-05,tea,1.00\nA1,2026-01-05,tea,1.00\n",
    )
    assert list(ids(held).values()) == list(first.values())


def test_a_repeated_key_is_accepted_as_a_second_row(held: Shop) -> None:
    (outcome,) = desk(held).accept([ids(held)["5"]], WORDS)
    assert (outcome.status, outcome.decision.amount_after) == ("accepted", "40.00")
    book = held.open()
    assert amounts(book) == [10.0, 30.0, 40.0]
    assert ids(held).keys() == {"3", "6", "7", "8"}
    (line,) = lines(held)
    assert line == {
        "decision": outcome.decision.decision,
        "number": 1,
        "action": "accept",
        "row": outcome.decision.row,
        "source": "billing",
        "table": "invoices",
        "period": "2026-01",
        "file": "billing.csv",
        "line": "5",
        "rule": "repeated key",
        "column": "invoice_id",
        "before": {"invoice_id": "A1"},
        "after": {"invoice_id": "A1"},
        "amount": "40.00",
        "amount_after": "40.00",
        "because": "the shop says so",
        "by": "Ana Ruiz",
        "known_on": "2026-02-03",
        "withdraws": "",
    }


def test_an_unknown_product_is_accepted_or_fixed(held: Shop) -> None:
    name = ids(held)["6"]
    desk(held).accept([name[:8]], WORDS)
    assert "tee" in set(held.open().invoices["product"])
    desk(held).withdraw([lines(held)[0]["decision"]], WORDS)
    assert "6" in ids(held)
    desk(held).fix(name, {"product": "tea"}, WORDS)
    assert set(held.open().invoices["product"]) == {"tea"}
    assert [line["action"] for line in lines(held)] == ["accept", "withdraw", "fix"]
    assert [line["number"] for line in lines(held)] == [1, 2, 3]


def test_an_unreadable_amount_is_fixed_and_never_accepted(held: Shop) -> None:
    name = ids(held)["3"]
    with pytest.raises(ParameterError, match=r"cannot be accepted: there is no value to take"):
        desk(held).accept([name], WORDS)
    outcome = desk(held).fix(name, {"amount_local": "20.50"}, WORDS)
    # A2 stands twice: once the first is read, the second is the repeat
    assert (outcome.status, outcome.others) == ("accepted", 1)
    assert (outcome.decision.amount, outcome.decision.amount_after) == (None, "20.50")
    assert outcome.decision.before == {"amount_local": "2O.50"}
    assert amounts(held.open()) == [10.0, 20.5]
    assert ids(held).keys() == {"4", "5", "6", "7", "8"}


def test_a_line_that_is_no_row_is_fixed_whole_or_not_at_all(held: Shop) -> None:
    name = ids(held)["8"]
    with pytest.raises(ParameterError, match="the line is no row of the file's form"):
        desk(held).accept([name], WORDS)
    with pytest.raises(
        ParameterError, match="is no row of its file, and invoice_date has no value"
    ):
        desk(held).fix(name, {"invoice_id": "A5", "amount_local": "70"}, WORDS)
    assert not (held.path / "state").exists()
    whole = {"invoice_id": "A5", "invoice_date": "2026-01-31", "product": "tea"}
    whole |= {"amount_local": "70", "known_on": "2026-01-31"}
    outcome = desk(held).fix(name, whole, WORDS)
    assert outcome.status == "accepted"
    book = held.open()
    assert amounts(book) == [10.0, 30.0, 70.0]
    balance = book.balance
    assert balance.loc[balance["source"] == "billing", "rows_in"].sum() == 7
    row = book.invoices.set_index("invoice_id").loc["A5"]
    assert (row["_file"], row["_line"]) == ("billing.csv", "8")


def test_a_fix_that_leaves_another_fault_says_so_and_can_go_on(held: Shop) -> None:
    held.write("billing.csv", "id,day,item,amount\nA1,2026-01-05,tea,1.00\nA2,soon,tea,x\n")
    (name,) = ids(held).values()
    outcome = desk(held).fix(name, {"invoice_date": "2026-01-07"}, WORDS)
    assert (outcome.status, outcome.rule, outcome.column) == (
        "quarantined",
        "unreadable value",
        "amount_local",
    )
    desk(held).fix(name, {"amount_local": "2", "known_on": "2026-01-07"}, WORDS)
    assert amounts(held.open()) == [1.0, 2.0]


@pytest.mark.parametrize(
    ("line", "values", "said"),
    [
        ("3", {"amount": "x"}, "'x' is no money for amount\n  -> Write it as 1234.50."),
        (
            "7",
            {"invoice_date": "31.01.2026"},
            "is no date for invoice_date\n  -> Write it as 2026-",
        ),
        ("3", {"amout_local": "1"}, "The closest known column is 'amount_local'."),
        (
            "3",
            {"item": "1"},
            "no column of table invoices\n  -> The source's item fills product: set these.",
        ),
        ("6", {"product": "tei"}, "held back again: unknown product, product 'tei'"),
        ("6", {"currency": "eur"}, "held back again: value not allowed, currency 'eur'"),
        ("6", {"product": ""}, "held back again: missing value, product"),
        ("5", {"invoice_id": "A2"}, "held back again: repeated key, invoice_id 'A2'"),
        ("6", {"product": "tee"}, "the row has these values already"),
        ("6", {}, "no value is given"),
    ],
)
def test_a_wrong_fix_is_refused_and_nothing_is_written(
    held: Shop, line: str, values: dict[str, str], said: str
) -> None:
    name = ids(held)[line]
    with pytest.raises(ParameterError) as caught:
        desk(held).fix(name, values, WORDS)
    assert said in str(caught.value)
    assert not (held.path / "state").exists()


def test_a_currency_without_a_rate_is_refused(held: Shop) -> None:
    with pytest.raises(ContractError, match="no rate for USD"):
        desk(held).fix(ids(held)["6"], {"product": "tea", "currency": "USD"}, WORDS)
    assert not (held.path / "state").exists()


def test_empty_words_unknown_ids_and_early_days_are_refused(held: Shop) -> None:
    found = ids(held)
    with pytest.raises(ParameterError, match="--because: is empty"):
        Words(" ", "Ana", dt.date(2026, 2, 3))
    with pytest.raises(ParameterError, match="--by: is empty"):
        Words("so", "", dt.date(2026, 2, 3))
    wrong = found["5"][:-1] + ("0" if found["5"][-1] != "0" else "1")
    with pytest.raises(ParameterError) as caught:
        desk(held).accept([wrong], WORDS)
    assert f"no row '{wrong}' is held back" in str(caught.value)
    assert f"The closest known row is '{found['5']}'." in str(caught.value)
    with pytest.raises(
        ParameterError, match=r"2026-01-30 is before row .* was learned, on 2026-01"
    ):
        desk(held).accept([found["5"]], Words("so", "Ana", dt.date(2026, 1, 30)))
    # of several rows one cannot be accepted: none is
    with pytest.raises(ParameterError, match="cannot be accepted"):
        desk(held).accept([found["5"], found["3"]], WORDS)
    assert not (held.path / "state").exists()


def test_before_the_decision_the_row_is_held_back_as_it_was(held: Shop) -> None:
    desk(held).accept([ids(held)["5"]], WORDS)
    assert amounts(held.open(as_of="2026-02-02")) == [10.0, 30.0]
    assert amounts(held.open(as_of="2026-02-03")) == [10.0, 30.0, 40.0]
    # the decision is the latest thing known, so that it counts without --as-of
    assert held.open().as_of == dt.date(2026, 2, 3)
    (line,) = lines(held)
    desk(held).withdraw([line["decision"]], Words("no", "Bo", dt.date(2026, 2, 9)))
    assert amounts(held.open(as_of="2026-02-08")) == [10.0, 30.0, 40.0]
    assert amounts(held.open()) == [10.0, 30.0]
    assert held.open().as_of == dt.date(2026, 2, 9)
    # what the last report knew does not hold a row that was decided about later
    desk(held).accept([ids(held)["5"]], Words("yes", "Bo", dt.date(2026, 3, 1)))
    book = held.open(as_of="2026-03-12", period="2026-01")
    assert book.statement["amount"].sum() - book.statement_then["amount"].sum() == 40.0


def test_a_decision_is_never_applied_to_another_row(held: Shop) -> None:
    desk(held).accept([ids(held)["5"]], WORDS)
    changed = BILLING.replace("A1,2026-01-31,tea,40.00", "A1,2026-01-31,tea,41.00")
    book = held.open(changed)
    assert amounts(book) == [10.0, 30.0]
    (control,) = book.controls[book.controls["control"] == "Decision without its row"].to_dict(
        "records"
    )
    assert (control["state"], control["source"]) == ("amber", "billing")
    assert "billing.csv line 5, which has changed since" in control["detail"]
    assert lines(held)[0]["decision"] in control["advice"]
    assert list(book.corrections["status"]) == ["not found"]


def test_the_report_lists_what_was_decided_and_the_balance_holds(held: Shop) -> None:
    found = ids(held)
    desk(held).accept([found["5"]], WORDS)
    desk(held).fix(found["3"], {"invoice_id": "A6", "amount_local": "20.50"}, WORDS)
    book = held.open(period="2026-01")
    controls = book.controls[book.controls["control"] == "Corrected by decision"]
    (control,) = controls.to_dict("records")
    assert control["detail"] == (
        "2 rows: accepted by Ana Ruiz (the shop says so); fixed by Ana Ruiz (the shop says so)"
    )
    assert control["state"] == "green"
    rules = book.rules[book.rules["source"] == "billing"].set_index("action")
    assert (rules.loc["allow", "rows"], rules.loc["allow", "amount"]) == (1, 40.0)
    assert (rules.loc["correct", "rows"], rules.loc["correct", "amount"]) == (1, 20.5)
    assert (rules.loc["accept", "rows"], rules.loc["accept", "amount"]) == (2, 40.0)
    balance = book.balance[book.balance["source"] == "billing"]
    assert balance["rows_accepted"].sum() == 4
    # 10 + 30 + 40 + 20.50 accepted; tee 50 held back, with a date and a row that cannot be read
    assert balance["amount_accepted"].sum() == 100.5
    assert balance["rows_in"].sum() == 7
    shown = book.corrections[["action", "rule", "before", "after"]].values.tolist()
    assert shown == [
        ["accept", "repeated key", "invoice_id A1", "invoice_id A1"],
        [
            "fix",
            "unreadable value",
            "amount_local 2O.50, invoice_id A2",
            "amount_local 20.5, invoice_id A6",
        ],
    ]
    assert "quarantine.jsonl" in set(book.provenance["file"])


def test_a_line_that_was_changed_stops_the_load(held: Shop) -> None:
    desk(held).accept([ids(held)["5"]], WORDS)
    path = held.path / "state" / FILE
    good = path.read_text(encoding="utf-8")
    path.write_text(good.replace("Ana Ruiz", "Eva Ruiz"), encoding="utf-8")
    with pytest.raises(
        SourceError, match=r"quarantine.jsonl line 1: decision .* was changed after"
    ):
        held.open()
    path.write_text(good + '{"action": "acc', encoding="utf-8")
    with pytest.raises(SourceError, match=r"quarantine.jsonl line 2: is no decision that pfkit"):
        held.open()


def test_a_key_of_a_dimension_is_never_accepted_twice(held: Shop) -> None:
    held.write("products.csv", "product\ntea\ntea\n")
    (name,) = [
        row["id"]
        for row in outcomes.quarantine(held.open().conformed).to_dict("records")
        if row["table"] == "products"
    ]
    with pytest.raises(ParameterError, match="table products has one row per key"):
        desk(held).accept([name], WORDS)


def test_a_fix_gives_the_value_with_the_sign_the_table_has(shop: Shop) -> None:
    shop.declare('sign = "reversed"\nunit = "thousands"')
    shop.write("billing.csv", "id,day,item,amount\nA1,2026-01-05,tea,-1\nA2,2026-01-05,tea,x\n")
    shop.write("totals.csv", "month,sum\n2026-01,-3500\n")
    (name,) = ids(shop).values()
    desk(shop).fix(name, {"amount_local": "2500"}, WORDS)
    assert amounts(shop.open()) == [1000.0, 2500.0]
    # a control total is the source's own, with its own sign
    stated = shop.open().conformed.engine.rows("SELECT sum(_stated) FROM valued_billing")
    assert stated == [(Decimal(-3500),)]


def test_a_copy_in_a_later_export_stays_a_copy_of_the_row_that_was_fixed(shop: Shop) -> None:
    shop.declare('path = "b/*.csv"\nkey = ["invoice_id"]')
    bad = "id,day,item,amount\nA1,2026-01-05,tea,1.00\nA2,2026-01-06,tea,x\n"
    shop.write("b/one.csv", bad)
    (name,) = ids(shop).values()
    desk(shop).fix(name, {"amount_local": "2"}, WORDS)
    shop.write("b/two.csv", f"{bad}A3,2026-01-07,tea,3.00\n")
    book = shop.open()
    assert amounts(book) == [1.0, 2.0, 3.0]
    assert book.quarantine.empty


def test_what_an_analyst_types_writes_the_same_lines(held: Shop) -> None:
    said = {"because": "the shop says so", "by": "Ana Ruiz", "on": dt.date(2026, 2, 3)}
    found = ids(held)
    (accepted,) = pf.accept(held.path, [found["5"]], **said)
    fixed = pf.fix(str(held.path), found["3"], {"amount_local": "20.50"}, **said)
    assert (accepted.status, fixed.status) == ("accepted", "accepted")
    assert [line["action"] for line in lines(held)] == ["accept", "fix"]
    assert amounts(held.open()) == [10.0, 20.5, 40.0]
