"""Sources that are databases: what a book may say, and what it may never hold."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

import pytest

from pfkit.errors import BookError

if TYPE_CHECKING:
    from tests.conform.conftest import Shop

COLUMNS = (
    'columns = { invoice_id = "id", invoice_date = "day", product = "item", amount_local = "a" }'
)
URL = 'url = "postgresql://analyst@db/shop"'


def _refused(shop: Shop, source: str) -> BookError:
    shop.ledger(
        f"""
        [[sources]]
        name = "billing"
        table = "invoices"
        known_on = {{ column = "day", at = "day" }}
        {source}
        {COLUMNS}
        """,
        {},
    )
    with pytest.raises(BookError) as told:
        shop.open()
    return told.value


@pytest.mark.parametrize(
    "source",
    [
        'url = "postgresql://analyst:pa55word@db/shop"\nquery = "lines"',
        'url = "postgresql://db/shop?password=pa55word"\nquery = "lines"',
        f'{URL}\nquery = "lines"\npassword = "pa55word"',
        f'{URL}\nquery = "lines"\npassword = ["pa55word"]',
        f'{URL}\nquery = "lines"\npassword = {{ value = "pa55word" }}',
        f'{URL}\nquery = "lines"\npassword = {{ env = "pa55word!" }}',
        f'{URL}\nquery = "lines"\npassword = {{ env = 55 }}',
    ],
)
def test_a_password_in_the_book_is_refused_and_repeated_nowhere(shop: Shop, source: str) -> None:
    error = _refused(shop, source)
    whole = "".join(traceback.format_exception(error))
    assert "pa55word" not in str(error)
    assert "pa55word" not in whole.replace("traceback.format_exception", "")


def test_a_password_in_the_book_says_where_to_keep_it(shop: Shop) -> None:
    error = _refused(shop, f'{URL}\nquery = "lines"\npassword = "pa55word"')
    assert error.where == "book.toml sources[billing]"
    assert error.what == "a password stands in the book"
    assert 'password = { env = "WAREHOUSE_PASSWORD" }' in error.advice


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (URL, "`query` is missing"),
        (f'{URL}\nquery = "lines"\npath = "a.csv"', "give one of `path`"),
        (f'{URL}\nquery = "lines"\nformat = "csv"', "`format` is of files"),
        (f'{URL}\nquery = "lines"\nsheet = "One"', "`sheet` is of files"),
        ('url = "oracle://db/shop"\nquery = "lines"', "no address of a database"),
        (
            'url = "env:SHOP_URL"\nquery = "lines"\npassword = { env = "SHOP_PASSWORD" }',
            "kept elsewhere",
        ),
        (
            f'{URL}\nquery = "lines"\npassword = {{ env = "A", keyring = "b/c" }}',
            "one of env and keyring",
        ),
        ('path = "a.csv"\npassword = { env = "SHOP_PASSWORD" }', "only a database"),
        (f'{URL}\nquery = "lines"\ntimeout = 0', "greater than 0"),
    ],
)
def test_what_does_not_go_together_says_so(shop: Shop, source: str, said: str) -> None:
    assert said in _refused(shop, source).what


def test_a_database_has_no_file_name(shop: Shop) -> None:
    shop.ledger(
        f"""
        [[sources]]
        name = "billing"
        table = "invoices"
        known_on = {{ file_name = '(\\d+)' }}
        {URL}
        query = "lines"
        {COLUMNS}
        """,
        {},
    )
    with pytest.raises(BookError, match="a database has no file name"):
        shop.open()
