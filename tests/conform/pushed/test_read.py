"""A book whose rows are added up where they are: the same figures, to the cent, as row by row."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from bench import _parity as parity
from pfkit.errors import BookError, ContractError, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pfkit.book import Book
    from tests.conform.conftest import Shop
    from tests.postgres_server import Server

MONTHS = parity.months_from(288, 50)  # 2024-01 to 2028-02
HELD = [
    (code, date.fromisoformat(f"{month}-01"), Decimal(about) + Decimal(place) / 7919)
    for place, month in enumerate(MONTHS)
    for code, about in (("USD", "0.97"), ("JPY", "0.0061"))
]
LEDGER = parity.ledger_rows(11, MONTHS, 40)
EVENTS = parity.event_rows(12, MONTHS, 20)
# every row has a rate, a product and an account that the book knows: both ways stop at the first
# that has not, and what is held back otherwise is part of what is compared
QUERIES = {
    "ledger": "SELECT id, coalesce(booked, DATE '2024-01-15') AS booked, center, acct, kind, "
    "coalesce(prod, 'none') AS prod, amount, closed, "
    "CASE WHEN ccy IN ('USD', 'JPY', 'EUR') THEN ccy ELSE 'EUR' END AS ccy FROM ledger",
    "events": "SELECT * FROM events",
}
BOOK = """
    zone = "Europe/Paris"

    [maps.center]
    values = {{ CC1 = "Sales", CC10 = "Ads", cc1 = "Sales" }}
    unmapped = "Other"

    [[sources]]
    name = "fx"
    table = "rates"
    path = "fx.csv"
    known_on = {{ date = 2020-01-01 }}
    columns = {{ date = "day", currency = "code", rate = "rate" }}

    [[sources]]
    name = "ledger"
    table = "actuals"
    url = "{url}"
    query = "{ledger}"
    known_on = {{ column = "closed", at = "month_end" }}
    key = ["entry_id"]
    {push}

    [sources.columns]
    entry_id = "id"
    posting_date = "booked"
    product = "prod"
    cost_center = {{ column = "center", map = "center" }}
    account = "acct"
    currency = "ccy"
    amount_local = {{ sql = "CASE WHEN kind = 'C' THEN -amount ELSE amount END" }}

    [[sources.rules]]
    when = "kind = 'X'"
    because = "a test entry"
    exclude = "tests"

    [[sources]]
    name = "events"
    table = "usage"
    url = "{url}"
    query = "{events}"
    known_on = {{ column = "closed", at = "day" }}
    key = ["event_id"]
    {push}

    [sources.columns]
    event_id = "id"
    ts = "at"
    customer = "customer"
    product = "prod"
    feature = "feature"
    metric = {{ constant = "calls" }}
    units = {{ sql = "n * 3" }}

    [[sources]]
    name = "accounts"
    table = "accounts"
    path = "accounts.csv"

    [sources.columns]
    account = "account"
    name = "name"
    line = "name"
    group = "part"
    favorable_when = "up"
"""


ACCOUNTS = """
    account,name,part,up
    4000,Sales,gross,higher
    5000,Pay,operating,lower
    6100,Cloud,operating,lower
    6200,Ads,operating,lower
"""


@pytest.fixture(scope="module", params=["postgresql", "duckdb"])
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """Put the rows into a database of each kind; return its address and the book's folder."""
    folder = tmp_path_factory.mktemp("books")
    tables = {"ledger": LEDGER, "events": EVENTS}
    if request.param == "duckdb":
        import duckdb

        with duckdb.connect(str(folder / "shop.duckdb")) as database:
            for name, table in tables.items():
                database.register("incoming", table)
                database.execute(f"CREATE TABLE {name} AS SELECT * FROM incoming")
        yield "duckdb:///shop.duckdb", folder
        return
    server: Server = request.getfixturevalue("postgres")
    engine = parity.Postgres(server.url("shop", "owner"))
    for name, table in tables.items():
        engine.load(name, table)
        engine.database.execute(f"GRANT SELECT ON {name} TO analyst")
    yield server.url(), folder
    for name in tables:
        engine.database.execute(f"DROP TABLE {name}")
    engine.database.close()


def _open(shop: Shop, url: str, *, push: bool, **more: str) -> Book:
    said = QUERIES | {"url": url, "push": "push = true" if push else ""} | more
    shop.ledger(BOOK.format(**said), {})
    lines = [f"{day.isoformat()},{code},{rate:.12f}" for code, day, rate in HELD]
    shop.write("fx.csv", "\n".join(["day,code,rate", *lines]))
    shop.write("accounts.csv", ACCOUNTS)
    return shop.open(period="2028-02")


@pytest.fixture(scope="module")
def books(place: tuple[str, Path]) -> tuple[Book, Book]:
    """Open the same book both ways: rows read here, and rows added up where they are."""
    from tests.conform.conftest import Shop

    url, folder = place
    shop = Shop(folder)
    plain = _open(shop, url, push=False)
    return plain, _open(shop, url, push=True)


def _sums(book: Book, sql: str) -> list[tuple[Any, ...]]:
    return sorted(book.conformed.engine.rows(sql), key=repr)


@pytest.mark.parametrize(
    "sql",
    [
        (
            "SELECT period, product, account, cost_center, currency, sum(amount_local), "
            "sum(amount) FROM final_actuals GROUP BY ALL"
        ),
        "SELECT _period, product, customer, feature, sum(units) FROM final_usage GROUP BY ALL",
        "SELECT known_on, sum(amount) FROM final_actuals GROUP BY ALL",
        "SELECT _status, _reason, _period, sum(amount) FROM rows_ledger GROUP BY ALL",
        "SELECT _status, _reason, _period, sum(units) FROM rows_events GROUP BY ALL",
        (
            "SELECT entry_id, posting_date, _reason, _value, amount FROM rows_ledger "
            "WHERE _status = 'quarantined' AND entry_id IS NOT NULL"
        ),
    ],
)
def test_every_sum_is_the_same_to_the_last_decimal(books: tuple[Book, Book], sql: str) -> None:
    plain, pushed = books
    assert _sums(pushed, sql) == _sums(plain, sql)
    assert _sums(plain, sql)


def test_the_statement_and_activity_are_the_same(books: tuple[Book, Book]) -> None:
    plain, pushed = books
    keys = ["period", "product", "account"]
    left = plain.statement.groupby(keys)["amount"].sum().round(2)
    right = pushed.statement.groupby(keys)["amount"].sum().round(2)
    assert left.to_dict() == right.to_dict()
    assert len(set(plain.statement["period"])) >= 50
    by = ["period", "product", "metric"]
    assert (
        plain.activity.groupby(by)["units"].sum().equals(pushed.activity.groupby(by)["units"].sum())
    )


def test_few_rows_come_and_the_note_says_how_many(books: tuple[Book, Book]) -> None:
    plain, pushed = books
    read = plain.provenance.set_index("source")["rows"]
    came = pushed.provenance.set_index("source")
    assert came["rows"]["ledger"] < read["ledger"]
    note = came["notes"]["ledger"]
    assert "rows added up to" in note
    singles = int(note.rpartition("; ")[2].split()[0].replace(",", ""))
    added = int(note.partition("; ")[2].split()[0].replace(",", ""))
    assert added + singles == read["ledger"] == LEDGER.num_rows


def test_rows_of_a_month_are_named_by_what_they_stand_for(books: tuple[Book, Book]) -> None:
    _, pushed = books
    lines = pushed.actuals["_line"]
    assert lines.str.contains(r"^\d+ rows of 20\d\d-\d\d", regex=True).any()


def test_opening_again_reads_what_was_kept(
    place: tuple[str, Path], books: tuple[Book, Book]
) -> None:
    from tests.conform.conftest import Shop

    url, folder = place
    _, pushed = books
    shop = Shop(folder)
    shop.ledger(BOOK.format(**QUERIES, url=url, push="push = true"), {})
    again = shop.open(period="2028-02", as_of=pushed.as_of.isoformat())
    assert again.provenance["sha256"].tolist() == pushed.provenance["sha256"].tolist()
    assert "as it was read for this day before" in again.provenance["notes"].iloc[1]
    sql = "SELECT period, sum(amount) FROM final_actuals GROUP BY ALL"
    assert _sums(again, sql) == _sums(pushed, sql)


def test_a_currency_without_a_rate_stops_both_ways(place: tuple[str, Path], shop: Shop) -> None:
    url, folder = place
    if url.startswith("duckdb"):
        (shop.path / "shop.duckdb").write_bytes((folder / "shop.duckdb").read_bytes())
    query = QUERIES["ledger"].replace("'USD', 'JPY', 'EUR'", "'USD', 'JPY', 'EUR', 'KWD'")
    with pytest.raises(ContractError, match="no rate for KWD") as told:
        _open(shop, url, push=True, ledger=query)
    assert "Add the average rate" in told.value.advice


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (
            "SELECT *, CAST(amount AS DOUBLE PRECISION) AS a FROM ledger",
            "not exact on every engine",
        ),
        ("SELECT *, CAST(amount AS TEXT) AS a FROM ledger", "not exact on every engine"),
    ],
)
def test_what_is_not_exact_there_is_refused(
    place: tuple[str, Path], shop: Shop, query: str, said: str
) -> None:
    url, folder = place
    if url.startswith("duckdb"):
        (shop.path / "shop.duckdb").write_bytes((folder / "shop.duckdb").read_bytes())
    text = BOOK.replace("{{ sql = \"CASE WHEN kind = 'C' THEN -amount ELSE amount END\" }}", '"a"')
    shop.ledger(text.format(**QUERIES | {"ledger": query}, url=url, push="push = true"), {})
    shop.write("fx.csv", "day,code,rate\n2024-01-01,USD,0.9\n")
    shop.write("accounts.csv", ACCOUNTS)
    with pytest.raises(BookError, match=said) as told:
        shop.open()
    assert told.value.where == "book.toml sources.ledger.columns.amount_local"
    assert "leave `push` out" in told.value.advice


def test_what_adds_up_nowhere_is_refused(shop: Shop) -> None:
    shop.ledger(
        """
        [[sources]]
        name = "plan"
        table = "budget"
        url = "postgresql://db/shop"
        query = "plan"
        push = true
        known_on = { date = 2026-01-31 }
        columns = { version = "v", account = "a", period = "p", amount_local = "m" }
        """,
        {},
    )
    with pytest.raises(BookError, match="rows of table budget do not add up by month") as told:
        shop.open()
    assert told.value.where == "book.toml sources.plan.push"


def test_push_is_of_databases_only(shop: Shop) -> None:
    with pytest.raises(BookError, match="rows added up where they are"):
        shop.declare("push = true")


def test_sqlite_adds_nothing_up(shop: Shop) -> None:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(shop.path / "shop.db")) as database, database:
        database.execute("CREATE TABLE lines (id TEXT, day TEXT, item TEXT, amount TEXT)")
    shop.ledger(
        """
        [[sources]]
        name = "billing"
        table = "invoices"
        url = "sqlite:///shop.db"
        query = "lines"
        push = true
        known_on = { date = 2026-01-31 }
        columns = { invoice_id = "id", invoice_date = "day", product = "item", amount_local = "a" }
        """,
        {},
    )
    with pytest.raises(SourceError, match="SQLite has no exact numbers"):
        shop.open()
