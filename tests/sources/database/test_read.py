"""Readings of any database: hostile names, a write that two refuse, and a secret that stays one."""

from __future__ import annotations

import logging
import traceback
from datetime import date
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from pfkit.errors import SourceError
from pfkit.sources.database import Reading, Secret, asked_for, batches, keep, resolved
from pfkit.sources.database.read import database_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.postgres_server import Server

SENTINEL = "s3ntinel-pa55word"


@pytest.fixture(scope="module")
def shop(postgres: Server) -> Iterator[Server]:
    """Fill a schema whose names and texts look like SQL."""
    with postgres.owner() as database:
        database.execute("""
            CREATE SCHEMA "Odd; DROP";
            CREATE TABLE "Odd; DROP"."li""nes; --" ("Id" int, id int, "a b" text);
            INSERT INTO "Odd; DROP"."li""nes; --" VALUES (1, 2, 'x''; DROP TABLE kept; --');
            CREATE TABLE kept AS SELECT 1 AS id, 'a'::text AS label;
            CREATE VIEW seen AS SELECT id, label FROM kept;
            GRANT USAGE ON SCHEMA "Odd; DROP" TO analyst;
            GRANT ALL ON ALL TABLES IN SCHEMA "Odd; DROP", public TO analyst
        """)
    yield postgres
    with postgres.owner() as database:
        database.execute('DROP SCHEMA "Odd; DROP" CASCADE; DROP VIEW seen; DROP TABLE kept')


def _reading(url: str, sql: str, password: Secret | None = None) -> Reading:
    address = resolved(url, password, where="sales")
    days: dict[str, date | None] = {"as_of": date(2026, 6, 30)}
    return Reading("sales", address, asked_for(sql, address.kind, days, where="sales"), seconds=10)


def _rows(server: Server, sql: str) -> list[dict[str, object]]:
    found = pa.Table.from_batches(list(batches(_reading(server.url(), sql), [])))
    return [dict(row) for row in found.to_pylist()]


def test_names_are_names_whatever_they_look_like(shop: Server) -> None:
    sql = 'SELECT "Id" AS "x; DROP", "a b" FROM "Odd; DROP"."li""nes; --"'
    assert _rows(shop, sql) == [{"x; DROP": 1, "a b": "x'; DROP TABLE kept; --"}]
    assert _rows(shop, "seen") == [{"id": 1, "label": "a"}]
    assert _rows(shop, "public.kept") == [{"id": 1, "label": "a"}]


def test_columns_that_differ_by_case_alone_are_refused_by_name(
    shop: Server, tmp_path: Path
) -> None:
    reading = _reading(shop.url(), 'SELECT * FROM "Odd; DROP"."li""nes; --"')
    with pytest.raises(SourceError, match="columns 'Id' and 'id' differ by case alone") as told:
        keep(batches(reading, []), tmp_path, where="source sales")
    assert told.value.where == "source sales"
    assert "Name one of them otherwise" in told.value.advice
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM kept",
        "WITH gone AS (DELETE FROM kept RETURNING *) SELECT * FROM gone",
        "SELECT * INTO copied FROM kept",
        "SELECT * FROM kept FOR UPDATE",
        "SELECT 1; DELETE FROM kept",
        "DO $$ BEGIN DELETE FROM kept; END $$",
        "CALL anything()",
        "VACUUM kept",
        "SELECT nextval('counted')",
        "EXPLAIN ANALYZE DELETE FROM kept",
    ],
)
def test_what_writes_is_refused_before_and_would_be_there(shop: Server, sql: str) -> None:
    with pytest.raises(SourceError) as told:
        _rows(shop, sql)
    assert "sales" in told.value.where
    assert told.value.advice
    assert _rows(shop, "kept") == [{"id": 1, "label": "a"}]


def test_the_server_refuses_what_would_come_past_us(shop: Server) -> None:
    import psycopg

    from pfkit.sources.database.postgres import session

    address = resolved(shop.url(), None, where="sales")
    for sql in ("DELETE FROM kept", "CREATE TABLE more (a int)", "SELECT nextval('counted')"):
        with (
            session(address, where="source sales", seconds=5) as database,
            pytest.raises(psycopg.Error),
        ):
            database.execute(sql)
    assert _rows(shop, "kept") == [{"id": 1, "label": "a"}]


def test_a_secret_is_in_no_message_log_or_file(
    shop: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", SENTINEL)
    caplog.set_level(logging.DEBUG)
    secret, said = Secret(env="SHOP_PASSWORD"), []
    good = _reading(shop.url(), "kept", secret)
    keep(batches(good, []), tmp_path, where="source sales")
    said += [repr(good), good.label, repr(good.address)]
    for url, sql in (
        (shop.url("nowhere"), "kept"),
        (shop.url(), "missing"),
        (shop.url(), f"SELECT '{SENTINEL}'::int AS a"),
        ("postgresql://analyst@localhost:1/shop", "kept"),
    ):
        with pytest.raises(SourceError) as told:
            list(batches(_reading(url, sql, secret), []))
        said += ["".join(traceback.format_exception(told.value, chain=True)), str(told.value)]
    files = [file.read_bytes().decode("latin-1") for file in tmp_path.rglob("*") if file.is_file()]
    shown = "".join([*said, caplog.text, *files])
    # the test's own line of SQL stands in a traceback: it is not the password that is told there
    assert SENTINEL not in shown.replace("(shop.url(), f\"SELECT '{SENTINEL}'::int AS a\")", "")
    assert len(files) == 1


def test_a_file_is_looked_for_in_the_folders_of_the_book_alone(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "shop.db").touch()
    for url in ("sqlite:///../shop.db", f"sqlite:////{tmp_path}/shop.db", "sqlite:///missing.db"):
        with pytest.raises(SourceError):
            database_file(resolved(url, None, where="sales"), [tmp_path / "one"])
    with pytest.raises(SourceError, match="no folder to look in"):
        database_file(resolved("sqlite:///shop.db", None, where="sales"), [])
    address = resolved("sqlite:///shop.db", None, where="sales")
    assert database_file(address, [tmp_path / "one", tmp_path]) == tmp_path / "shop.db"
