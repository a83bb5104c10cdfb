from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pfkit.errors import BookError, ContractError, SourceError

if TYPE_CHECKING:
    Shop = Any

MAPPED = 'product = { column = "item", map = "product" }'
FILE = '[maps.product]\npath = "codes.csv"\nkey = "code"\nvalue = "name"'


def products(shop: Shop) -> list[str]:
    return list(shop.open().invoices["product"])


def test_values_become_agreed_ones(shop: Shop) -> None:
    shop.declare(head=FILE, product=MAPPED)
    shop.write("codes.csv", "code,name\ntea,Tea\ncoffee,Coffee\n")
    assert products(shop) == ["Tea", "Coffee"]


def test_a_map_may_stand_in_the_declaration(shop: Shop) -> None:
    shop.declare(head='[maps.product]\nvalues = { tea = "Tea", coffee = "Tea" }', product=MAPPED)
    assert products(shop) == ["Tea", "Tea"]


def test_keys_may_be_compared_in_upper_case(shop: Shop) -> None:
    shop.declare(head=FILE + '\nfold = "upper"', product=MAPPED)
    shop.write("codes.csv", "code,name\n TEA ,Tea\nCoffee,Coffee\n")
    assert products(shop) == ["Tea", "Coffee"]


def test_the_data_folder_comes_before_the_books_own(shop: Shop) -> None:
    shop.declare(head=FILE, product=MAPPED)
    shop.write("codes.csv", "code,name\ntea,Book\ncoffee,Book\n")
    shop.write("in/billing.csv", "id,day,item,amount\nA1,2026-01-31,tea,1.00\n")
    assert list(shop.open(data=shop.path / "in").invoices["product"]) == ["Book"]
    shop.write("in/codes.csv", "code,name\ntea,Data\n")
    assert list(shop.open(data=shop.path / "in").invoices["product"]) == ["Data"]


def test_a_closed_map_names_the_unmapped_value_its_rows_and_amount(shop: Shop) -> None:
    shop.declare(head=FILE, product=MAPPED)
    shop.write("codes.csv", "code,name\ntea,Tea\n")
    with pytest.raises(ContractError) as caught:
        shop.open(
            """
            id,day,item,amount
            A1,2026-01-05,tea,10.00
            A2,2026-01-06,teaa,1200.50
            A3,2026-01-31,teaa,3.50
            """
        )
    assert caught.value.what == "product 'teaa' is not in value map 'product' (2 rows, 1,204.00)"
    assert caught.value.where == "invoices (billing.csv, line 3)"
    assert caught.value.advice == (
        "Add it to the map, or give the map `unmapped = \"...\"`. The closest known key is 'tea'."
    )


def test_a_closed_map_says_how_many_more_values_it_lacks(shop: Shop) -> None:
    shop.declare(head='[maps.product]\nvalues = { x = "X" }', product=MAPPED)
    with pytest.raises(ContractError, match=r"\(1 rows, .*\) \(and 1 more values\)"):
        shop.open()


def test_a_row_that_a_rule_leaves_out_needs_no_value(shop: Shop) -> None:
    shop.declare(
        head='[maps.product]\nvalues = { tea = "Tea" }',
        product=MAPPED,
        rules="[[sources.rules]]\nexclude = 'coffee'\nwhen = \"item = 'coffee'\"\nbecause = 'x'",
    )
    assert products(shop) == ["Tea"]


def test_a_rule_that_sets_the_column_overrides_the_map(shop: Shop) -> None:
    shop.declare(
        head='[maps.product]\nvalues = { tea = "Tea", coffee = "Coffee" }',
        product=MAPPED,
        rules="[[sources.rules]]\nclassify = { product = 'Beans' }\n"
        "when = \"item = 'coffee'\"\nbecause = 'sold by weight'",
    )
    assert products(shop) == ["Tea", "Beans"]


def test_unmapped_values_go_to_their_line_and_are_counted(shop: Shop) -> None:
    shop.declare(
        head='[maps.product]\nvalues = { tea = "Tea" }\nunmapped = "New products"', product=MAPPED
    )
    book = shop.open()
    assert list(book.invoices["product"]) == ["Tea", "New products"]
    (control,) = book.controls[book.controls["control"] == "Value map"].to_dict("records")
    assert control["state"] == "amber"
    assert control["actual"] == 20.50
    assert control["detail"] == ("not in the map, so counted as 'New products': 1 value (1 row)")


def test_a_map_that_knows_every_value_is_green(shop: Shop) -> None:
    shop.declare(
        head='[maps.product]\nvalues = { tea = "T", coffee = "C" }\nunmapped = "New"',
        product=MAPPED,
    )
    controls = shop.open().controls
    (control,) = controls[controls["control"] == "Value map"].to_dict("records")
    assert (control["state"], control["detail"]) == ("green", "every value is in the map")


def test_an_optional_map_may_be_absent_and_turns_amber(shop: Shop) -> None:
    shop.declare(head=FILE + '\nunmapped = "All"\noptional = true', product=MAPPED)
    book = shop.open()
    assert set(book.invoices["product"]) == {"All"}
    (control,) = book.controls[book.controls["control"] == "Value map"].to_dict("records")
    assert control["state"] == "amber"
    assert control["detail"] == "codes.csv is absent, so counted as 'All': 2 values (2 rows)"


def test_a_missing_map_says_where_it_was_looked_for(shop: Shop) -> None:
    shop.declare(head=FILE, product=MAPPED)
    with pytest.raises(SourceError) as caught:
        shop.open()
    assert caught.value.what == "no file 'codes.csv' in the data folder or the book's folder"
    assert caught.value.where == "book.toml maps.product"
    assert "`optional = true`" in caught.value.advice


def test_a_map_without_its_column_offers_the_near_miss(shop: Shop) -> None:
    shop.declare(head=FILE, product=MAPPED)
    shop.write("codes.csv", "codes,name\ntea,Tea\n")
    with pytest.raises(BookError) as caught:
        shop.open()
    assert caught.value.what == "codes.csv has no column 'code'"
    assert caught.value.advice == "The closest known column is 'codes'."


@pytest.mark.parametrize("fold", ["none", "upper"])
def test_one_key_has_one_value(shop: Shop, fold: str) -> None:
    shop.declare(head=f'{FILE}\nfold = "{fold}"', product=MAPPED)
    second = "tea" if fold == "none" else "TEA"
    shop.write("codes.csv", f"code,name\ntea,Tea\n{second},Chai\ncoffee,C\n")
    with pytest.raises(BookError) as caught:
        shop.open()
    key = "tea" if fold == "none" else "TEA"
    assert caught.value.what == f"key {key!r} has two values, 'Tea' and 'Chai'"
    assert caught.value.where == "book.toml maps.product"


@pytest.mark.parametrize(("repeats", "name"), [("first", "Tea"), ("last", "Chai")])
def test_a_declared_repeat_takes_the_first_or_the_last(shop: Shop, repeats: str, name: str) -> None:
    shop.declare(head=f'{FILE}\nrepeats = "{repeats}"', product=MAPPED)
    shop.write("codes.csv", "code,name\ntea,Tea\ntea,Chai\ncoffee,C\n")
    assert products(shop) == [name, "C"]


def test_the_same_pair_twice_is_no_contradiction(shop: Shop) -> None:
    shop.declare(head=FILE, product=MAPPED)
    shop.write("codes.csv", "code,name\ntea,Tea\ntea,Tea\ncoffee,C\n")
    assert products(shop) == ["Tea", "C"]


@pytest.mark.parametrize("how", ["path", "link"])
def test_a_map_outside_the_folder_is_refused(shop: Shop, how: str) -> None:
    shop.write("codes.csv", "code,name\ntea,Tea\ncoffee,C\n")
    shop.write("in/billing.csv", "id,day,item,amount\nA1,2026-01-31,tea,1.00\n")
    path = "../codes.csv" if how == "path" else "link.csv"
    (shop.path / "in" / "link.csv").symlink_to(shop.path / "codes.csv")
    shop.declare(head=FILE.replace("codes.csv", path), product=MAPPED)
    with pytest.raises(SourceError, match="leads out of the folder") as caught:
        shop.open(data=shop.path / "in")
    assert caught.value.where == "book.toml maps.product"


def test_an_empty_value_needs_no_map(shop: Shop) -> None:
    shop.declare(
        head='[maps.country]\nvalues = { x = "X" }',
        columns='country = { column = "land", map = "country" }',
    )
    book = shop.open("id,day,item,amount,land\nA1,2026-01-31,tea,1.00,x\nA2,2026-01-31,tea,1.00,\n")
    assert [None if value != value else value for value in book.invoices["country"]] == ["X", None]  # noqa: PLR0124 (only a missing value differs from itself)


def test_the_first_line_is_the_first_in_the_file(shop: Shop) -> None:
    shop.declare(head='[maps.product]\nvalues = { tea = "Tea" }', product=MAPPED)
    known = "".join(f"A{line},2026-01-31,tea,1.00\n" for line in range(2, 9))
    unknown = "B1,2026-01-31,milk,1.00\nB2,2026-01-31,milk,1.00\n"
    with pytest.raises(ContractError) as caught:
        shop.open("id,day,item,amount\n" + known + unknown)
    assert caught.value.where == "invoices (billing.csv, line 9)"
