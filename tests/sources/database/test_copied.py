"""Copied rows: what the server's text says is what Arrow holds, for every kind that is kept."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from pfkit.errors import SourceError
from pfkit.sources.database.address import resolved
from pfkit.sources.database.postgres import read_postgres
from pfkit.sources.database.query import asked_for

if TYPE_CHECKING:
    from tests.postgres_server import Server


def _table(server: Server, sql: str, *, size: int = 1000) -> pa.Table:
    address = resolved(server.url(), None, where="sales")
    query = asked_for(sql, "postgresql", {"as_of": date(2026, 6, 30)}, where="sales")
    found = read_postgres(address, query, where="sales", size=size, seconds=30)
    return pa.Table.from_batches(list(found))


# each literal of the server, and the value that it is
KINDS: list[tuple[str, Any]] = [
    ("'a,b'::text", "a,b"),
    ("''::text", ""),
    ("NULL::text", None),
    (r"'\N'::text", r"\N"),
    (r"'\.'::text", r"\."),
    ("'NULL'::text", "NULL"),
    ("'  two  spaces  '::text", "  two  spaces  "),
    ("E'line one\\nline two\\r\\n\\ttab \"quoted\" \\'single\\''::text", None),
    ("'ß é 漢字 🙂'::text", "ß é 漢字 🙂"),
    ("'007'::varchar(8)", "007"),
    ("true", True),
    ("9223372036854775807::bigint", 2**63 - 1),
    ("(-32768)::smallint", -(2**15)),
    ("0.1::double precision", 0.1),
    ("1e-308::double precision", 1e-308),
    ("123456.789::real", pytest.approx(123456.789, rel=1e-7)),
    ("'NaN'::double precision", "nan"),
    ("'-Infinity'::double precision", -math.inf),
    ("12345678901234567890123456.0000000001::numeric(38, 10)", None),
    ("-0.01::numeric(12, 2)", Decimal("-0.01")),
    ("DATE '0001-01-01'", date(1, 1, 1)),
    ("DATE '9999-12-31'", date(9999, 12, 31)),
    ("TIMESTAMP '2026-06-30 23:30:00.123456'", datetime(2026, 6, 30, 23, 30, 0, 123456)),  # noqa: DTZ001
    (
        "TIMESTAMPTZ '2026-06-30 23:30:00.5-05:30'",
        datetime(2026, 7, 1, 5, 0, 0, 500000, tzinfo=UTC),
    ),
    ("ARRAY['a', 'b,c']", '{a,"b,c"}'),
    ("'{\"a\": [1, null]}'::jsonb", '{"a": [1, null]}'),
    ("INTERVAL '1 day 2 hours'", "1 day 02:00:00"),
    ("'\\xdeadbeef'::bytea", "\\xdeadbeef"),
    ("3.5::money", Decimal("3.5000")),
]
MEANT = {
    7: "line one\nline two\r\n\ttab \"quoted\" 'single'",
    18: Decimal("12345678901234567890123456.0000000001"),
}


def test_every_kind_comes_as_the_value_it_is(postgres: Server) -> None:
    columns = ", ".join(f"{sql} AS c{place}" for place, (sql, _) in enumerate(KINDS))
    (row,) = _table(postgres, f"SELECT {columns}").to_pylist()
    for place, (sql, meant) in enumerate(KINDS):
        found = row[f"c{place}"]
        expected = MEANT.get(place, meant)
        if expected == "nan":
            assert math.isnan(found), sql
        else:
            assert found == expected, sql
            assert (
                found is None or expected is None or type(found) is type(expected) or (place == 15)
            ), sql


def test_kinds_that_no_type_holds_are_text_and_others_are_not(postgres: Server) -> None:
    columns = ", ".join(f"{sql} AS c{place}" for place, (sql, _) in enumerate(KINDS))
    schema = _table(postgres, f"SELECT {columns}").schema
    assert schema.field("c18").type == pa.decimal128(38, 10)
    assert schema.field("c22").type == pa.timestamp("us")
    assert schema.field("c23").type == pa.timestamp("us", tz="UTC")
    for place in (24, 25, 26, 27):
        assert pa.types.is_string(schema.field(f"c{place}").type)


def test_one_column_that_is_empty_is_a_row(postgres: Server) -> None:
    found = _table(postgres, "SELECT a FROM (VALUES (NULL), (''), ('x'), (NULL)) AS v(a)")
    assert found["a"].to_pylist() == [None, "", "x", None]


def test_a_query_without_rows_says_its_columns(postgres: Server) -> None:
    found = _table(postgres, "SELECT 1 AS a, 'x'::text AS b WHERE false")
    assert (found.num_rows, found.schema.names) == (0, ["a", "b"])
    assert found.schema.types == [pa.int64(), pa.string()]


def test_a_long_text_is_whole_and_batches_stay_small(postgres: Server) -> None:
    # 9 MB in one value, beyond the block that rows are gathered in
    sql = (
        "SELECT n, repeat('ä', CASE WHEN n = 2 THEN 4500000 ELSE 1 END) AS t "
        "FROM generate_series(1, 5) AS n"
    )
    found = _table(postgres, sql)
    assert [len(text) for text in found["t"].to_pylist()] == [1, 4_500_000, 1, 1, 1]
    sizes = [len(chunk) for chunk in _table(postgres, sql, size=2)["n"].chunks]
    assert max(sizes) == 2


def test_a_value_beyond_its_kind_names_its_column(postgres: Server) -> None:
    for sql, column in (
        ("SELECT 1 AS a, DATE 'infinity' AS due", "due"),
        ("SELECT 1 AS a, TIMESTAMP '-infinity' AS seen", "seen"),
        ("SELECT 1 AS a, DATE '0044-03-15 BC' AS \"the day\"", "the day"),
        ("SELECT 1 AS a, 'NaN'::numeric(12, 2) AS paid", "paid"),
    ):
        with pytest.raises(SourceError, match=f"column '{column}'") as told:
            _table(postgres, sql)
        assert "cannot be held" in told.value.what
        assert "Cast the column in the query" in told.value.advice
        assert told.value.where == "sales (postgresql:///shop)"


def test_what_is_bound_goes_along(postgres: Server) -> None:
    sql = "SELECT CAST(:as_of AS date) AS d, '100 %s % ''' AS t WHERE 'a%' LIKE '%'"
    assert _table(postgres, sql).to_pylist() == [{"d": date(2026, 6, 30), "t": "100 %s % '"}]
