from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from pfkit.errors import BookError

if TYPE_CHECKING:
    Shop = Any

EXCLUDE = "[[sources.rules]]\nexclude = '{name}'\nwhen = \"{when}\"\nbecause = 'a reason'\n"
CLASSIFY = "[[sources.rules]]\nclassify = {set}\nwhen = \"{when}\"\nbecause = 'a reason'\n"


def test_a_column_a_constant_and_sql_fill_agreed_columns(shop: Shop) -> None:
    shop.declare(
        'types = { Qty = "number", Price = "number" }',
        columns='customer = "Who"\ncountry = { constant = "FR" }\n'
        "description = { sql = \"upper(item) || '!'\" }",
        amount='amount_local = { sql = "Qty * Price" }',
    )
    (row,) = shop.open(
        "id,day,item,Qty,Price,Who\nA1,2026-01-31,tea,3,1.10,Ann\n"
    ).invoices.to_dict("records")
    assert row["customer"] == "Ann"
    assert row["country"] == "FR"
    assert row["description"] == "TEA!"
    assert row["amount"] == 3.30


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ({"columns": 'customer = "Whom"'}, "columns.customer"),
        ({"source": 'types = { Whom = "text" }'}, "types"),
        ({"source": 'known_on = { column = "Whom" }'}, "known_on"),
        ({"source": 'unpivot = { columns = ["Whom"] }'}, "unpivot"),
    ],
)
def test_a_column_the_source_lacks_is_named_with_the_near_miss(
    shop: Shop, text: dict[str, str], where: str
) -> None:
    shop.declare(**text)
    with pytest.raises(BookError) as caught:
        shop.open("id,day,item,amount,Who\nA1,2026-01-31,tea,1.00,Ann\n")
    assert caught.value.what == "the source has no column 'Whom'"
    assert caught.value.where == f"book.toml sources.billing.{where}"
    assert caught.value.advice == "The closest known column is 'Who'."


def test_sql_is_vetted_before_it_runs(shop: Shop) -> None:
    shop.declare(columns="description = { sql = \"read_text('book.toml')\" }")
    with pytest.raises(BookError) as caught:
        shop.open()
    assert caught.value.where == "book.toml sources.billing.columns.description"
    assert caught.value.what.endswith("is refused: function read_text")


def test_sql_over_a_text_column_says_to_declare_its_kind(shop: Shop) -> None:
    shop.declare(amount='amount_local = { sql = "amount * 2" }')
    with pytest.raises(BookError) as caught:
        shop.open()
    assert "cannot be computed" in caught.value.what
    assert caught.value.advice.startswith("Text columns need a kind in `types`")


def test_sql_that_fails_on_a_row_says_so(shop: Shop) -> None:
    shop.declare(amount='amount_local = { sql = "CAST(item AS INTEGER)" }')
    with pytest.raises(BookError) as caught:
        shop.open()
    assert caught.value.what.startswith("a SQL expression failed on a row: ")
    assert caught.value.where == "book.toml sources.billing"


def test_a_rule_is_a_condition(shop: Shop) -> None:
    shop.declare(rules=EXCLUDE.format(name="x", when="length(item)"))
    with pytest.raises(BookError) as caught:
        shop.open()
    assert caught.value.what == "SQL 'length(item)' gives BIGINT, not true or false"
    assert caught.value.where == "book.toml sources.billing.rules[1].when"


def test_the_first_rule_that_fits_wins(shop: Shop) -> None:
    shop.declare(
        rules=EXCLUDE.format(name="first", when="item = 'tea'")
        + EXCLUDE.format(name="second", when="item IN ('tea', 'coffee')")
    )
    book = shop.open("id,day,item,amount\nA1,2026-01-31,tea,1\nA2,2026-01-31,coffee,2\n"
                     "A3,2026-01-31,milk,4\n")  # fmt: skip
    found = {row["target"]: (row["rows"], row["amount"]) for row in book.rules.to_dict("records")}
    assert found == {"first": (1, 1.0), "second": (1, 2.0), "invoices": (1, 4.0)}


def test_a_rule_that_is_unknown_for_a_row_does_not_fit_it(shop: Shop) -> None:
    shop.declare(rules=EXCLUDE.format(name="gifts", when="item <> 'tea'"))
    book = shop.open("id,day,item,amount\nA1,2026-01-31,,1\nA2,2026-01-31,milk,2\n")
    assert list(book.invoices["invoice_id"]) == ["A1"]


def test_classify_sets_agreed_columns(shop: Shop) -> None:
    shop.declare(rules=CLASSIFY.format(set="{ kind = 'gift', customer = 'us' }", when="id = 'A2'"))
    rows = shop.open().invoices
    assert list(rows["kind"]) == ["sale", "gift"]
    assert list(rows["customer"])[1] == "us"


def test_a_default_fills_what_a_source_does_not_say(shop: Shop) -> None:
    shop.declare(product="")
    rows = shop.open().invoices
    assert set(rows["product"]) == {"(none)"}
    assert set(rows["kind"]) == {"sale"}
    assert set(rows["currency"]) == {"EUR"}


@pytest.mark.parametrize(
    ("unit", "amount"), [("minor", 0.12), ("major", 12), ("thousands", 12000), ("millions", 12e6)]
)
def test_the_unit_scales_money(shop: Shop, unit: str, amount: float) -> None:
    shop.declare(f'unit = "{unit}"')
    book = shop.open("id,day,item,amount\nA1,2026-01-31,tea,12\n")
    assert list(book.invoices["amount"]) == [amount]
    assert list(book.invoices["amount_local"]) == [amount]


def test_ids_keep_their_zeros(shop: Shop) -> None:
    shop.declare(columns='customer = "who"')
    book = shop.open("id,day,item,amount,who\n00042,2026-01-31,007,1.00,0\n")
    (row,) = book.invoices[["invoice_id", "product", "customer"]].to_dict("records")
    assert row == {"invoice_id": "00042", "product": "007", "customer": "0"}


@pytest.mark.parametrize(
    ("known_on", "file", "known"),
    [
        ('{ column = "day", at = "day" }', "billing.csv", "2026-01-05"),
        ('{ column = "day", at = "month_end" }', "billing.csv", "2026-01-31"),
        ('{ sql = "CAST(day AS DATE) + INTERVAL 3 DAY" }', "billing.csv", "2026-01-08"),
        ("{ date = 2026-02-03 }", "billing.csv", "2026-02-03"),
        (r"{ file_name = '_(\d{4}-\d{2})\.csv' }", "billing_2026-02.csv", "2026-02-28"),
        (r"{ file_name = '_(\d{6})' }", "billing_202602.csv", "2026-02-28"),
        (r"{ file_name = '_(\d{8})', at = 'day' }", "billing_20260203.csv", "2026-02-03"),
        (
            r"{ file_name = '_(\d{4}-\d{2}-\d{2})', at = 'day' }",
            "billing_2026-02-03.csv",
            "2026-02-03",
        ),
    ],
)
def test_the_knowledge_date_comes_from_where_it_is_declared(
    shop: Shop, known_on: str, file: str, known: str
) -> None:
    (shop.path / "billing.csv").unlink()
    shop.write(file, "id,day,item,amount\nA1,2026-01-05,tea,1.00\n")
    shop.declare(f'path = "billing*.csv"\nknown_on = {known_on}')
    book = shop.open()
    assert list(book.invoices["known_on"]) == [dt.date.fromisoformat(known)]
    assert book.as_of == dt.date.fromisoformat(known)


def test_a_file_name_without_a_date_holds_its_rows_back(shop: Shop) -> None:
    shop.declare(
        'path = "billing*.csv"\n' + r"known_on = { file_name = '(\d{4}-\d{2})', at = 'day' }"
    )
    shop.write("billing_2026-01.csv", "id,day,item,amount\nB1,2026-01-31,tea,1.00\n")
    held = shop.open().quarantine
    assert set(held["rule"]) == {"missing value"}
    assert set(held["column"]) == {"known_on"}
    assert len(held) == 2


def test_months_across_become_rows(shop: Shop) -> None:
    shop.ledger(
        """
        [[sources]]
        name = "plan"
        table = "budget"
        path = "plan.csv"
        known_on = { date = 2025-12-01 }
        unpivot = { columns = ["Jan", "Feb"], into = "month", value = "plan" }
        [sources.columns]
        version = { constant = "adopted" }
        period = { sql = "CASE month WHEN 'Jan' THEN '2026-01' ELSE '2026-02' END" }
        account = "account"
        amount_local = "plan"
        """,
        {"plan.csv": "account,Jan,Feb\nsales,100,110\nrent,,20\n"},
    )
    book = shop.open(period="2026-01")
    rows = book.budget[["account", "period", "amount", "_line"]].to_dict("records")
    assert sorted(tuple(row.values()) for row in rows) == [
        ("rent", "2026-02", 20.0, "3 Feb"),
        ("sales", "2026-01", 100.0, "2 Jan"),
        ("sales", "2026-02", 110.0, "2 Feb"),
    ]


def test_the_period_comes_from_the_posting_date_where_none_is_given(shop: Shop) -> None:
    shop.ledger(
        """
        [[sources]]
        name = "gl"
        table = "actuals"
        path = "gl.csv"
        known_on = { column = "day", at = "day" }
        columns = { posting_date = "day", account = "acct", amount_local = "amount" }
        """,
        {"gl.csv": "day,acct,amount\n2026-01-31,4000,1\n2026-02-01,4000,2\n"},
    )
    assert list(shop.open().actuals["period"]) == ["2026-01", "2026-02"]
