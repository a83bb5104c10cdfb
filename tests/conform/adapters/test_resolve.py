from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pfkit.conform.booktoml import read_declaration
from pfkit.errors import BookError, SourceError

if TYPE_CHECKING:
    Shop = Any

OWN = """
system: Till
export: the day's sales
version: 1.0.0
origin: written here
aliases: {day: [date]}
optional: [note]
source:
  table: invoices
  unit: minor
  sign: as_stated
  key: [invoice_id]
  known_on: {column: day, at: day}
  columns:
    invoice_id: id
    invoice_date: day
    product: item
    kind: {constant: sale}
    description: note
    amount_local: pence
  rules:
    - {exclude: tests, when: "item = 'test'", because: rung up to try the till}
"""


def book(shop: Shop, source: str) -> None:
    shop.write(
        "book.toml",
        'company = { name = "Shop", currency = "EUR" }\n[[sources]]\nname = "till"\n' + source,
    )


def test_an_adapter_fills_what_the_book_leaves_out(shop: Shop) -> None:
    shop.write("my/till.yaml", OWN)
    book(shop, 'path = "till.csv"\nadapter = "my/till.yaml"')
    (source,) = read_declaration(shop.path).sources
    assert (source.table, source.unit, source.key) == ("invoices", "minor", ("invoice_id",))
    assert source.columns["amount_local"].column == "pence"
    assert source.adapter is not None
    assert (source.adapter.name, source.adapter.version) == ("my/till.yaml", "1.0.0")


def test_what_the_book_says_wins_column_by_column_and_its_rules_come_first(shop: Shop) -> None:
    shop.write("my/till.yaml", OWN)
    book(
        shop,
        'path = "till.csv"\nadapter = "my/till.yaml"\nunit = "major"\n'
        'columns = { product = { constant = "Atlas" } }\n'
        "rules = [{ exclude = 'own', when = \"item = 'own'\", because = 'bought by ourselves' }]",
    )
    (source,) = read_declaration(shop.path).sources
    assert source.unit == "major"
    assert source.columns["product"].constant == "Atlas"
    assert source.columns["invoice_id"].column == "id"
    assert [rule.exclude for rule in source.rules] == ["own", "tests"]


def test_a_book_names_what_its_export_calls_a_column(shop: Shop) -> None:
    shop.write("my/till.yaml", OWN)
    shop.write("till.csv", "Beleg,Tag,item,pence\nA1,2026-01-05,tea,250\nA2,2026-01-06,test,99\n")
    book(
        shop,
        'path = "till.csv"\n'
        'adapter = { name = "my/till.yaml", aliases = { id = "Beleg", day = "Tag" } }',
    )
    opened = shop.open()
    sold = opened.table("invoices")
    assert sold["invoice_id"].tolist() == ["A1"]
    assert sold["amount_local"].tolist() == [2.5]  # 250 pence; the test sale is left out
    assert opened.provenance["notes"].tolist() == [
        "adapter my/till.yaml: column 'Beleg' as 'id', 'Tag' as 'day'"
    ]


def test_a_name_in_another_spelling_is_no_repair(shop: Shop) -> None:
    shop.write("my/till.yaml", OWN)
    shop.write("till.csv", "ID,Day,item,pence\nA1,2026-01-05,tea,250\n")
    book(
        shop,
        'path = "till.csv"\n'
        'adapter = { name = "my/till.yaml", aliases = { id = "ID", day = "Day" } }',
    )
    opened = shop.open()
    assert opened.table("invoices")["invoice_id"].tolist() == ["A1"]
    assert opened.provenance["notes"].tolist() == [""]


@pytest.mark.parametrize(
    ("source", "what", "advice"),
    [
        (
            'path = "x.csv"\nadapter = "stripe-balance-transaction"',
            "there is no adapter 'stripe-balance-transaction'",
            "The closest known adapter is 'stripe-balance-transactions'.",
        ),
        (
            'path = "x.csv"\nadapter = "my/tills.yaml"',
            "there is no adapter file 'my/tills.yaml'",
            "The closest known file is 'my/till.yaml'.",
        ),
        (
            'path = "x.csv"\ntable = "usage"\nadapter = "my/till.yaml"',
            "adapter 'my/till.yaml' feeds table 'invoices', and the source 'usage'",
            "Leave `table` out, or take the adapter of the other table",
        ),
        (
            'path = "x.csv"\nadapter = { aliases = { id = "No" } }',
            "'name' is missing",
            "Name the adapter: `adapter = { name =",
        ),
        (
            'path = "x.csv"\nadapter = { name = "my/till.yaml", version = "0.9.0" }',
            "adapter 'my/till.yaml' is version 1.0.0, and the book asks for '0.9.0'",
            "Read what it makes of a file now",
        ),
        (
            'path = "x.csv"\nadapter = { name = "my/till.yaml", alias = { id = "No" } }',
            "unknown key 'alias'",
            "The closest known key is 'aliases'.",
        ),
        (
            'path = "x.csv"\nadapter = { name = "my/till.yaml", aliases = { id = 5 } }',
            "Input should be a valid tuple (found 5)",
            "Mend it in book.toml.",
        ),
        (
            'path = "x.csv"\nadapter = { name = "my/till.yaml", optional = "note" }',
            "Input should be a valid tuple (found 'note')",
            "Mend it in book.toml.",
        ),
        (
            'path = "x.csv"\nadapter = { name = "my/till.yaml", aliases = ["id"] }',
            "Input should be a valid dictionary",
            "Mend it in book.toml.",
        ),
        (
            'path = "x.csv"\nadapter = "my/till.yaml"\nrules = "none"',
            "Input should be a valid tuple (found 'none')",
            "Mend it in book.toml.",
        ),
        (
            'path = "x.csv"\nadapter = "my/till.yaml"\ncolums = { product = "item" }',
            "unknown key 'colums'",
            "The closest known key is 'columns'.",
        ),
    ],
)
def test_what_cannot_be_resolved_is_said(shop: Shop, source: str, what: str, advice: str) -> None:
    shop.write("my/till.yaml", OWN)
    book(shop, source)
    with pytest.raises(BookError) as caught:
        read_declaration(shop.path)
    assert caught.value.what == what
    assert caught.value.where.startswith("book.toml sources[till]")
    assert caught.value.advice.startswith(advice)


def test_an_adapter_file_lies_in_the_books_folder(shop: Shop) -> None:
    book(shop, 'path = "x.csv"\nadapter = "../till.yaml"')
    with pytest.raises(SourceError) as caught:
        read_declaration(shop.path)
    assert caught.value.what == "the adapter '../till.yaml' leads out of the book's folder"
    assert caught.value.advice.startswith("Copy the file into the book's folder")
