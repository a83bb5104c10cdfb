"""A book whose rows are in a database: the same figures, kept, and made again for a past day."""

from __future__ import annotations

import json
import re
import sqlite3
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from typer.testing import CliRunner

from pfkit.book import check_book
from pfkit.cli import app
from pfkit.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conform.conftest import Shop
    from tests.postgres_server import Server

ROWS = [
    ("A1", "2026-01-05", "tea", "10.00"),
    ("A2", "2026-01-31", "coffee", "20.50"),
    ("A3", "2026-02-03", "tea", "7.25"),
]
BOOK = """
    [[sources]]
    name = "billing"
    table = "invoices"
    url = "{url}"
    query = "{query}"
    known_on = {{ column = "day", at = "day" }}
    key = ["invoice_id"]
    {more}
    [sources.columns]
    invoice_id = "id"
    invoice_date = "day"
    product = "item"
    amount_local = "amount"
"""


@pytest.fixture(params=["postgresql", "sqlite", "duckdb"])
def database(request: pytest.FixtureRequest, shop: Shop) -> Iterator[str]:
    """Write the rows into a database of each kind and return its address."""
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("postgres")
        with server.owner() as owner:
            owner.execute("CREATE SCHEMA billing GRANT USAGE ON SCHEMA billing TO analyst")
            owner.execute(
                "CREATE TABLE billing.lines (id text, day date, item text, amount numeric(12, 2))"
            )
            owner.execute("GRANT SELECT ON billing.lines TO analyst")
            with owner.cursor() as cursor:
                cursor.executemany("INSERT INTO billing.lines VALUES (%s, %s, %s, %s)", ROWS)
        yield f"{server.url()}"
        with server.owner() as owner:
            owner.execute("DROP SCHEMA billing CASCADE")
        return
    file = shop.path / f"shop.{request.param}"
    if request.param == "duckdb":
        import duckdb

        with duckdb.connect(str(file)) as other:
            other.execute("CREATE SCHEMA billing")
            other.execute(
                "CREATE TABLE billing.lines (id VARCHAR, day DATE, item VARCHAR, "
                "amount DECIMAL(12, 2))"
            )
            other.executemany("INSERT INTO billing.lines VALUES (?, ?, ?, ?)", ROWS)
    else:
        with closing(sqlite3.connect(file)) as lite, lite:
            lite.execute("CREATE TABLE lines (id TEXT, day TEXT, item TEXT, amount TEXT)")
            lite.executemany("INSERT INTO lines VALUES (?, ?, ?, ?)", ROWS)
    yield f"{request.param}:///{file.name}"


def _declare(shop: Shop, url: str, query: str = "", more: str = "") -> None:
    table = "lines" if url.startswith("sqlite") else "billing.lines"
    shop.ledger(BOOK.format(url=url, query=query.format(table=table) or table, more=more), {})


def test_the_figures_are_those_of_a_file(shop: Shop, database: str) -> None:
    _declare(shop, database)
    book = shop.open()
    found = book.invoices.set_index("invoice_id")
    assert found["amount"].to_dict() == {"A1": 10.0, "A2": 20.5, "A3": 7.25}
    assert found["_line"].to_dict() == {"A1": "A1", "A2": "A2", "A3": "A3"}
    (file,) = book.provenance.to_dict("records")
    assert file["file"].startswith("billing (query ")
    assert file["format"] == database.partition(":")[0]
    assert (file["rows"], str(file["known_on_last"])) == (3, "2026-02-03")
    assert found["_file"].unique().tolist() == [file["file"]]
    assert (shop.path / "state" / "readings" / f"{file['sha256']}.parquet").is_file()


def test_a_query_is_bound_to_the_period(shop: Shop, database: str) -> None:
    _declare(
        shop, database, "SELECT * FROM {table} WHERE day BETWEEN :period_start AND :period_end"
    )
    book = shop.open(period="2026-01")
    assert book.invoices["invoice_id"].tolist() == ["A1", "A2"]
    with pytest.raises(SourceError, match="binds :period_start, and nobody said it") as told:
        shop.open()
    assert told.value.where == "book.toml sources.billing.query"
    assert "--period" in told.value.advice


def test_opening_twice_writes_nothing_new(shop: Shop, database: str) -> None:
    _declare(shop, database)
    shop.open()
    before = {p: p.read_bytes() for p in (shop.path / "state").rglob("*") if p.is_file()}
    shop.open()
    after = {p: p.read_bytes() for p in (shop.path / "state").rglob("*") if p.is_file()}
    assert before == after
    assert len(before) == 2


def test_the_address_stands_nowhere(
    shop: Shop, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_URL", database.replace("analyst@", "analyst:pa55word@"))
    _declare(shop, "env:SHOP_URL", "lines" if "sqlite" in database else "billing.lines")
    book = shop.open()
    said = json.dumps(check_book(shop.path)) + book.provenance.to_json()
    said += repr(book.declaration) + repr(book.conformed)
    for file in (shop.path / "state").rglob("*"):
        said += file.read_bytes().decode("latin-1") if file.is_file() else ""
    assert "pa55word" not in said
    assert database not in said


def _change(shop: Shop, url: str, postgres: Server | None) -> None:
    sql = "UPDATE {table} SET amount = '99.00' WHERE id = 'A1'"
    if postgres is not None:
        with postgres.owner() as owner:
            owner.execute(sql.format(table="billing.lines"))
    else:
        with closing(sqlite3.connect(shop.path / url.rpartition("/")[2])) as lite, lite:
            lite.execute(sql.format(table="lines"))


@pytest.mark.parametrize("database", ["postgresql", "sqlite"], indirect=True)
def test_a_past_day_comes_out_as_it_was_read_then(
    shop: Shop, database: str, request: pytest.FixtureRequest
) -> None:
    _declare(shop, database)
    first = shop.open(as_of="2026-02-10")
    server = request.getfixturevalue("postgres") if "postgres" in database else None
    _change(shop, database, server)
    # today's database says 99.00; the close of February 10 said 10.00
    again = shop.open(as_of="2026-02-10")
    pd.testing.assert_frame_equal(again.invoices, first.invoices)
    assert again.provenance["sha256"].tolist() == first.provenance["sha256"].tolist()
    assert "as it was read for this day before" in again.provenance["notes"].iloc[0]
    assert shop.open().invoices["amount"].sum() == 99.0 + 20.5 + 7.25
    assert shop.open(as_of="2026-02-11").invoices["amount"].sum() == 99.0 + 20.5 + 7.25


def test_a_reading_that_was_lost_is_not_read_anew(shop: Shop, database: str) -> None:
    _declare(shop, database)
    shop.open(as_of="2026-02-10")
    for file in (shop.path / "state" / "readings").iterdir():
        file.unlink()
    with pytest.raises(SourceError, match="that was kept is not there") as told:
        shop.open(as_of="2026-02-10")
    assert "archive" in told.value.advice


def test_a_line_that_is_no_reading_says_where(shop: Shop, database: str) -> None:
    _declare(shop, database)
    shop.write("state/readings.jsonl", '{"source": "billing"}')
    with pytest.raises(SourceError, match="no reading that pfkit wrote down") as told:
        shop.open()
    assert told.value.where == "readings.jsonl line 1"


def test_rows_held_back_name_their_key(shop: Shop, database: str) -> None:
    _declare(
        shop,
        database,
        "SELECT id, day, item, CASE WHEN id <> 'A2' THEN amount END AS amount FROM {table}",
    )
    book = shop.open(period="2026-01")
    held = book.quarantine
    assert held["line"].tolist() == ["A2"]
    assert held["rule"].tolist() == ["missing value"]


def test_a_database_outside_of_the_folders_is_refused(shop: Shop) -> None:
    _declare(shop, "sqlite:///../shop.db")
    with pytest.raises(SourceError, match="leads out"):
        shop.open()


@pytest.mark.parametrize("lost", ["session", "server"])
def test_a_database_lost_half_way_changes_nothing_and_the_next_check_succeeds(
    shop: Shop, postgres: Server, lost: str
) -> None:
    # the last row of the view is long in coming, so that the reading is half way then
    view = """CREATE OR REPLACE VIEW slow_lines AS SELECT 'A' || n AS id, DATE '2026-01-05' AS day,
        'tea'::text AS item, 10::numeric(12, 2) AS amount FROM generate_series(1, 30000) AS n
        WHERE n <= {last} OR pg_sleep(60)::text <> 'x'"""
    with postgres.owner() as owner:
        owner.execute(view.format(last=30000))
        owner.execute("GRANT SELECT ON slow_lines TO analyst")
    _declare(shop, postgres.url(), "slow_lines")
    command = ["check", str(shop.path), "--keep"]
    assert CliRunner().invoke(app, command).exit_code == 0
    before = _written(shop)
    with postgres.owner() as owner:
        owner.execute(view.format(last=29000))
    cut = threading.Thread(target=_cut, args=(postgres, lost))
    cut.start()
    ran = CliRunner().invoke(app, command)
    cut.join()
    if lost == "server":
        postgres.start()
    assert ran.exit_code != 0
    said = " ".join(ran.output.split())
    assert re.search(r"the database went away after [\d,]+ rows", said), said
    assert "source billing (postgresql:///shop)" in said
    assert "none of them was kept" in said
    assert "See that the server is up, and run it again" in said
    assert "Traceback" not in ran.output
    assert _written(shop) == before
    with postgres.owner() as owner:
        owner.execute(view.format(last=30000))
    assert CliRunner().invoke(app, command).exit_code == 0
    assert _written(shop) == before
    with postgres.owner() as owner:
        owner.execute("DROP VIEW slow_lines")


def _cut(server: Server, lost: str) -> None:
    """Wait until rows are copied out, then end the session or the server."""
    with server.owner() as owner:
        for _ in range(600):
            sql = (
                "SELECT pid FROM pg_stat_activity WHERE application_name = 'pfkit' "
                "AND query LIKE 'COPY%' AND wait_event = 'PgSleep'"
            )
            found = owner.execute(sql).fetchall()
            if found:
                break
            time.sleep(0.05)
        if found and lost == "session":
            owner.execute("SELECT pg_terminate_backend(%s)", found[0])
    if found and lost == "server":
        server.stop()


def _written(shop: Shop) -> dict[str, bytes]:
    state = shop.path / "state"
    return {str(p.relative_to(state)): p.read_bytes() for p in state.rglob("*") if p.is_file()}
