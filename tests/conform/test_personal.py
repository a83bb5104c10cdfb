"""What a book holds of personal data is masked in every table and message, and listed."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest

from pfkit.book import check_book
from pfkit.conform.personal import kinds, mask
from pfkit.errors import BookError, ContractError, PfkitError

if TYPE_CHECKING:
    from conftest import Shop

JOE, JON = "joe@example.com", "jon@example.com"
CARD = "4111 1111 1111 1111"
COLUMNS = 'customer = "who"\ndescription = "memo"'
BILLING = f"""
    id,day,item,who,memo,amount
    A1,2026-01-05,tea,{JOE},paid by {CARD},10.00
    A2,2026-01-31,coffee,{JON},as agreed,20.50
    A3,2026-01-31,coffee,{JOE},password=hunter22,3.00
"""


def everything(book: object) -> str:
    """Return all a book can show, as one text."""
    names = ("invoices", "revenue", "statement", "controls", "quarantine", "provenance", "rules")
    return "\n".join(getattr(book, name).to_csv() for name in names)


def test_the_detector_is_at_hand_where_files_are_read() -> None:
    assert kinds(JOE) == ("e-mail",)
    assert mask(JOE) == "[e-mail]"


def test_nothing_of_it_is_left_in_any_table(shop: Shop) -> None:
    shop.declare(columns=COLUMNS)
    text = everything(shop.open(BILLING))
    for secret in (JOE, JON, CARD, "hunter22"):
        assert secret not in text
    assert "[e-mail " in text
    assert "paid by [card " in text
    assert "password=[secret " in text


def test_one_address_is_one_customer_and_two_are_two(shop: Shop) -> None:
    shop.declare(columns=COLUMNS)
    book = shop.open(BILLING)
    first, second, third = book.invoices["customer"]
    assert first == third != second
    assert book.revenue.groupby("customer")["amount"].sum()[first] == pytest.approx(13.00)


def test_masked_tables_still_join(shop: Shop) -> None:
    shop.declare(
        columns=COLUMNS,
        tail="""
            [[sources]]
            name = "people"
            table = "customers"
            path = "people.csv"
            known_on = { date = 2026-01-01 }
            columns = { customer = "mail", segment = "segment" }
        """,
    )
    shop.write("people.csv", f"mail,segment\n{JOE},north\n{JON},south\n")
    book = shop.open(BILLING)
    joined = book.invoices.merge(book.table("customers"), on="customer")
    assert list(joined["segment"]) == ["north", "south", "north"]


def test_rules_and_maps_see_the_address_itself(shop: Shop) -> None:
    shop.declare(
        columns=COLUMNS,
        product='product = { column = "who", map = "desk" }',
        rules=f"""
            [[sources.rules]]
            exclude = "own orders"
            when = "who = '{JON}'"
            because = "ordered by ourselves"
        """,
        head=f"""
            [maps.desk]
            values = {{ "{JOE}" = "North desk" }}
        """,
    )
    book = shop.open(BILLING)
    assert list(book.invoices["product"]) == ["North desk", "North desk"]


def test_a_family_is_found_for_a_product_under_its_mask(shop: Shop) -> None:
    shop.declare(
        columns=COLUMNS,
        product='product = "who"',
        head=f"""
            [maps.family]
            values = {{ "{JOE}" = "North" }}
            unmapped = "Others"
            fold = "upper"
        """,
    )
    book = shop.open(BILLING)
    assert dict(book.revenue.groupby("family")["amount"].sum()) == {"North": 13.0, "Others": 20.5}


def test_a_control_names_source_column_kind_and_count(shop: Shop) -> None:
    shop.declare(columns=COLUMNS)
    found = shop.open(BILLING).controls
    lines = found[found["control"] == "Personal data"]
    assert list(lines["detail"]) == [
        "customer: e-mail in 3 rows (2 values), masked in every output",
        "description: card in 1 row (1 value), masked in every output",
        "description: secret in 1 row (1 value), masked in every output",
    ]
    assert set(lines["state"]) == {"amber"}
    assert all(lines["advice"])


def test_a_clean_book_says_what_was_searched(shop: Shop) -> None:
    shop.declare()
    found = shop.open().controls
    (line,) = found[found["control"] == "Personal data"].to_dict("records")
    assert line["state"] == "green"
    assert line["detail"].startswith("no e-mail address, card or bank account number or secret in ")


def test_a_column_the_book_allows_shows_addresses_and_no_card(shop: Shop) -> None:
    shop.declare(columns=COLUMNS, head='[personal]\nallow = ["customer"]')
    book = shop.open(BILLING.replace(JON, CARD))
    assert list(book.invoices["customer"])[::2] == [JOE, JOE]
    assert book.invoices["customer"][1].startswith("[card ")
    lines = book.controls[book.controls["control"] == "Personal data"].set_index("row_key")
    line = lines.loc["personal-data|billing|customer|e-mail"]
    assert line["state"] == "green"
    assert line["detail"].endswith("shown, as book.toml allows")


def test_an_allowance_for_no_column_names_the_nearest(shop: Shop) -> None:
    with pytest.raises(BookError, match="closest known column is 'customer'"):
        shop.declare(head='[personal]\nallow = ["custmer"]')


def test_masks_are_the_same_again_and_others_under_another_key(shop: Shop) -> None:
    def masks(head: str) -> list[str]:
        shop.declare(columns=COLUMNS, head=head)
        return list(shop.open(BILLING).invoices["customer"])

    assert masks("") == masks("")
    own = '[personal]\nkey = "violet otter"'
    assert masks(own) != masks("")
    # a rule more changes no mask where the book has a key of its own
    assert masks(own) == masks(f"{own}\n[policies]\nmateriality_amount = 5")


def test_rows_held_back_show_masks(shop: Shop) -> None:
    shop.declare('key = ["customer"]', columns=COLUMNS)
    book = shop.open(f"{BILLING}    {JOE},oops\n    A9,{CARD},tea,x,y,1.00\n")
    held = book.quarantine.set_index("rule")["value"]
    assert held["repeated key"].startswith("[e-mail ")
    assert held["ragged row"].endswith("],oops")
    assert held["unreadable value"].startswith("[card ")
    details = book.controls["detail"]
    assert "unreadable rows: e-mail in 1 row (1 value), masked in every output" in set(details)


def test_the_name_of_a_file_is_masked_everywhere(shop: Shop) -> None:
    shop.declare(f'path = "{JOE}.csv"')
    shop.write(f"{JOE}.csv", "id,day,item,amount\nA1,2026-01-05,tea,10.00\n")
    book = shop.open()
    assert JOE not in everything(book)
    (file,) = set(book.invoices["_file"])
    assert file == book.provenance["file"][0]


def test_an_error_shows_the_mask(shop: Shop) -> None:
    shop.declare(
        product='product = { column = "who", map = "desk" }', head="[maps.desk]\nvalues = {A = 'B'}"
    )
    with pytest.raises(ContractError) as caught:
        shop.open(BILLING)
    assert "product '[e-mail]' is not in value map 'desk'" in str(caught.value)
    assert JOE not in repr(caught.value)


def test_an_error_without_such_a_value_is_left_alone(shop: Shop) -> None:
    shop.declare('path = "billig.csv"')
    with pytest.raises(PfkitError) as caught:
        shop.open()
    assert "billing.csv" in str(caught.value)


def test_the_check_shows_masks(shop: Shop) -> None:
    shop.declare(columns=COLUMNS)
    shop.write("billing.csv", f"{BILLING}    A9,{CARD},tea,{JOE},y,1.00\n")
    text = json.dumps(check_book(shop.path))
    assert JOE not in text
    assert CARD not in text
    shop.declare(
        product='product = { column = "who", map = "desk" }', head="[maps.desk]\nvalues = {A = 'B'}"
    )
    assert JOE not in json.dumps(check_book(shop.path))


def test_numbers_of_invoices_are_no_cards_and_digests_no_secrets(shop: Shop) -> None:
    shop.declare(columns='customer = "who"')
    draw = random.Random(3)
    lines = ["id,day,item,who,amount"]
    for _ in range(1500):
        who = "".join(draw.choices("0123456789abcdef", k=64))
        lines.append(f"4{draw.randrange(10**15):015d},2026-01-05,tea,{who},1.00")
    book = shop.open("\n".join(lines))
    assert book.conformed.privacy.found == ()
    assert set(book.invoices["invoice_id"].str.len()) == {16}
