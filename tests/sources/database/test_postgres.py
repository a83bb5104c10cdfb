"""PostgreSQL: one read-only moment, exact types, and an end that leaves nothing behind."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from pfkit.errors import SourceError
from pfkit.sources.database.address import resolved
from pfkit.sources.database.kept import keep
from pfkit.sources.database.postgres import read_postgres
from pfkit.sources.database.query import asked_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.postgres_server import Server


@pytest.fixture(scope="module")
def shop(postgres: Server) -> Iterator[Server]:
    """Fill a schema with what the tests read."""
    with postgres.owner() as database:
        database.execute("""
            CREATE SCHEMA reading;
            CREATE TABLE reading.lines AS
              SELECT id::bigint, (id % 7)::int AS small, (id / 100.0)::numeric(12, 2) AS amount,
                     'row ' || id AS label, DATE '2026-01-01' + (id % 365)::int AS day
              FROM generate_series(1, 30000) AS id;
            CREATE TABLE reading.kinds (
              loose numeric, wide numeric(40, 2), mixed numeric, price money, real double precision,
              moment timestamptz, local timestamp, day date, yes boolean, id uuid, note json,
              texts text[], blank char(4));
            INSERT INTO reading.kinds VALUES
              (1.25, 12345678901234567890123456789012345678.25, 'NaN', 3.5, 0.1,
               '2026-06-30 23:30:00-05', '2026-06-30 23:30', '2026-06-30', true,
               '00000000-0000-0000-0000-000000000001', '{"a": 1}', '{a,b}', 'x'),
              (0.123456789, NULL, 2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
            CREATE TABLE reading.odd (day date);
            INSERT INTO reading.odd VALUES ('infinity');
            GRANT USAGE ON SCHEMA reading TO analyst;
            GRANT ALL ON ALL TABLES IN SCHEMA reading TO analyst
        """)
    yield postgres
    with postgres.owner() as database:
        database.execute("DROP SCHEMA reading CASCADE")


def _batches(server: Server, sql: str, **given: int) -> Iterator[pa.RecordBatch]:
    days: dict[str, date | None] = {"period_start": date(2026, 3, 1)}
    address = resolved(server.url(), None, where="sales")
    query = asked_for(sql, "postgresql", days, where="sales")
    options = {"size": 1000, "seconds": 30} | given
    return read_postgres(address, query, where="sales", **options)


def _table(server: Server, sql: str, **given: int) -> pa.Table:
    return pa.Table.from_batches(list(_batches(server, sql, **given)))


def test_rows_come_in_batches_with_their_types(shop: Server) -> None:
    batches = list(_batches(shop, "reading.lines", size=10_000))
    assert [batch.num_rows for batch in batches] == [0, 10_000, 10_000, 10_000]
    kinds = dict(zip(batches[0].schema.names, batches[0].schema.types, strict=True))
    assert kinds["id"] == kinds["small"] == pa.int64()
    assert kinds["amount"] == pa.decimal128(12, 2)
    assert kinds["day"] == pa.date32()
    # 1 + 2 + … + 30000, in hundredths
    total = sum(Decimal(v) for b in batches for v in b.column("amount").to_pylist())
    assert total == Decimal("4500150.00")


def test_numbers_of_no_declared_form_keep_every_digit(shop: Server) -> None:
    found = _table(shop, "SELECT * FROM reading.kinds ORDER BY loose DESC").to_pylist()
    assert found[0]["loose"] == Decimal("1.250000000")
    assert found[1]["loose"] == Decimal("0.123456789")
    # more digits than any exact type holds, and a value that is no number: texts
    assert found[0]["wide"] == "12345678901234567890123456789012345678.25"
    assert [row["mixed"] for row in found] == ["NaN", "2"]
    assert found[0]["price"] == Decimal("3.5000")


def test_moments_with_a_zone_are_utc_and_others_stay(shop: Server) -> None:
    row = _table(shop, "SELECT * FROM reading.kinds WHERE yes").to_pylist()[0]
    assert row["moment"] == datetime(2026, 7, 1, 4, 30, tzinfo=UTC)
    assert row["local"] == datetime(2026, 6, 30, 23, 30)  # noqa: DTZ001 - of no zone
    assert row["day"] == date(2026, 6, 30)
    assert row["yes"] is True
    assert row["id"] == "00000000-0000-0000-0000-000000000001"
    assert row["note"] == '{"a": 1}'
    assert row["texts"] == "{a,b}"


def test_values_are_bound(shop: Server) -> None:
    # per cent signs beside a bound value must not be taken for one
    sql = "SELECT count(*) AS n FROM reading.lines WHERE day < :period_start AND label LIKE 'row%'"
    (row,) = _table(shop, sql).to_pylist()
    with shop.owner() as database:
        expected = database.execute(
            "SELECT count(*) FROM reading.lines WHERE day < '2026-03-01'"
        ).fetchone()
    assert (row["n"],) == expected


def test_all_batches_are_of_one_moment(shop: Server) -> None:
    with shop.owner() as database:
        database.execute("CREATE TABLE reading.growing AS SELECT generate_series(1, 5000) AS id")
        database.execute("GRANT SELECT ON reading.growing TO analyst")
        batches = _batches(shop, "reading.growing", size=100)
        rows = next(batches).num_rows + next(batches).num_rows
        database.execute("INSERT INTO reading.growing SELECT generate_series(5001, 9000)")
        database.execute("DELETE FROM reading.growing WHERE id > 4000 AND id < 4500")
        rows += sum(batch.num_rows for batch in batches)
    assert rows == 5000


@pytest.mark.parametrize(
    "call",
    [
        "pg_read_file('/etc/passwd')",
        "pg_sleep(10)",
        "pg_catalog.set_config('transaction_read_only', 'off', false)",
        "lo_import('/etc/passwd')",
        "pg_terminate_backend(1)",
        "query_to_xml('select 1', true, true, '')",
    ],
)
def test_a_function_that_may_do_more_than_read_is_refused(shop: Server, call: str) -> None:
    with pytest.raises(SourceError, match=r"which may do more than read") as told:
        list(_batches(shop, f"SELECT {call} AS a FROM reading.lines"))
    assert "leave the function out" in told.value.advice


def test_the_session_cannot_write_even_where_the_user_may(shop: Server) -> None:
    with shop.owner() as database:
        database.execute("""
            CREATE FUNCTION reading.sly() RETURNS int LANGUAGE plpgsql STABLE AS
            $$ BEGIN PERFORM 1 FROM reading.lines; EXECUTE 'DELETE FROM reading.lines';
               RETURN 1; END $$
        """)
    with pytest.raises(SourceError, match="cannot be run") as told:
        list(_batches(shop, "SELECT reading.sly() AS a"))
    assert "read" in told.value.advice
    with shop.owner() as database:
        assert database.execute("SELECT count(*) FROM reading.lines").fetchone() == (30000,)


def test_a_long_statement_is_stopped(shop: Server) -> None:
    slow = "SELECT count(*) AS n FROM reading.lines a, reading.lines b, reading.lines c"
    began = time.monotonic()
    with pytest.raises(SourceError, match="took longer than 1 seconds") as told:
        list(_batches(shop, slow, seconds=1))
    assert time.monotonic() - began < 20
    assert "`timeout`" in told.value.advice


def test_a_server_that_goes_away_leaves_nothing_half_read(shop: Server, tmp_path: Path) -> None:
    # more text than any buffer on the way holds, so that most is still to come
    batches = _batches(shop, "SELECT id, repeat(label, 100) AS label FROM reading.lines", size=500)

    def cut() -> Iterator[pa.RecordBatch]:
        for place, batch in enumerate(batches):
            yield batch
            if place == 3:
                with shop.owner() as database:
                    database.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE application_name = 'pfkit'"
                    )

    with pytest.raises(SourceError, match=r"went away after [\d,]+ rows") as told:
        keep(cut(), tmp_path / "readings", where="source sales")
    rows = int(told.value.what.partition("after ")[2].partition(" rows")[0].replace(",", ""))
    assert 1_500 <= rows < 30_000
    assert "none of them was kept" in told.value.what
    assert told.value.where == "sales (postgresql:///shop)"
    assert "run it again" in told.value.advice
    assert list((tmp_path / "readings").iterdir()) == []


def test_a_server_that_is_not_there_says_where(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    address = resolved(f"postgresql:///shop?host={tmp_path}", None, where="sales")
    query = asked_for("lines", "postgresql", {}, where="sales")
    with pytest.raises(SourceError, match="cannot be opened") as told:
        list(read_postgres(address, query, where="sales", size=10, seconds=5))
    assert told.value.where == "sales (postgresql:///shop)"


def test_a_refused_password_is_never_repeated(
    shop: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_URL", shop.url("nowhere").replace("analyst@", "analyst:pa55word@"))
    address = resolved("env:SHOP_URL", None, where="sales")
    query = asked_for("lines", "postgresql", {}, where="sales")
    with pytest.raises(SourceError, match='database "nowhere" does not exist') as told:
        list(read_postgres(address, query, where="sales", size=10, seconds=5))
    assert "pa55word" not in str(told.value)
    assert told.value.__suppress_context__


def test_a_table_that_is_not_there_names_the_nearest(shop: Server) -> None:
    with pytest.raises(SourceError, match="does not exist") as told:
        list(_batches(shop, "reading.line"))
    assert "'lines'" in told.value.advice


def test_a_column_named_twice_is_refused(shop: Server) -> None:
    with pytest.raises(SourceError, match="column 'id' twice"):
        list(
            _batches(
                shop, "SELECT a.id, b.id FROM reading.lines a JOIN reading.lines b USING (day)"
            )
        )


def test_a_value_no_type_can_hold_is_named(shop: Server) -> None:
    with pytest.raises(SourceError, match="a value cannot be held") as told:
        list(_batches(shop, "reading.odd"))
    assert "Cast the column" in told.value.advice
