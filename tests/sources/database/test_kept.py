"""Kept readings: the same rows are the same file, whole or not there, and each row has a name."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from pfkit.errors import SourceError
from pfkit.sources.database.address import resolved
from pfkit.sources.database.kept import Kept, held, keep, streamed
from pfkit.sources.database.query import asked_for
from pfkit.sources.database.read import Reading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCHEMA = pa.schema([("id", pa.string()), ("amount", pa.decimal128(12, 2))])
ROWS = [("b", Decimal("2.50")), ("a", Decimal("1.00")), (None, None), ("a", Decimal("0.10"))]


def _reading() -> Reading:
    address = resolved("postgresql://db/shop", None, where="sales")
    return Reading("sales", address, asked_for("lines", "postgresql", {}, where="sales"))


def _batches(rows: list[tuple[str | None, Decimal | None]]) -> Iterator[pa.RecordBatch]:
    yield pa.RecordBatch.from_pylist([], schema=SCHEMA)
    for one, amount in rows:
        yield pa.RecordBatch.from_pylist([{"id": one, "amount": amount}], schema=SCHEMA)


def test_the_same_rows_in_another_order_are_the_same_file(tmp_path: Path) -> None:
    first = keep(_batches(ROWS), tmp_path, where="sales")
    again = keep(_batches(ROWS[::-1]), tmp_path, where="sales")
    assert first == again
    assert first.rows == 4
    assert [path.name for path in tmp_path.iterdir()] == [f"{first.sha256}.parquet"]
    other = keep(_batches(ROWS[:3]), tmp_path, where="sales")
    assert other.sha256 != first.sha256


def test_rows_are_named_by_their_key(tmp_path: Path) -> None:
    kept = keep(_batches(ROWS), tmp_path, where="sales")
    raw = held(kept, _reading(), ("id",))
    assert raw.table.select(["id", "_line"]).to_pylist() == [
        {"id": "a", "_line": "a #1"},
        {"id": "a", "_line": "a #2"},
        {"id": "b", "_line": "b"},
        {"id": None, "_line": ""},
    ]
    assert held(kept, _reading()).table["_line"].to_pylist() == ["1", "2", "3", "4"]


def test_the_fact_names_source_and_query_and_no_address(tmp_path: Path) -> None:
    kept = keep(_batches(ROWS), tmp_path, where="sales")
    (fact,) = held(kept, _reading()).files
    digest = _reading().query.sha256
    assert fact.path == f"sales (query {digest[:12]})"
    assert fact.sha256 == kept.sha256
    assert (fact.format, fact.rows, fact.notes) == ("postgresql", 4, (f"query sha256 {digest}",))
    assert "db" not in f"{fact.path} {fact.notes}"


def test_a_reading_that_was_changed_is_refused(tmp_path: Path) -> None:
    kept = keep(_batches(ROWS), tmp_path, where="sales")
    kept.path.write_bytes(kept.path.read_bytes()[:-1] + b"x")
    with pytest.raises(SourceError, match=f"{kept.sha256[:12]} that was kept was changed") as told:
        held(kept, _reading())
    assert "archive" in told.value.advice
    gone = Kept(tmp_path / "gone.parquet", kept.sha256, 4)
    with pytest.raises(SourceError, match="is not there"):
        held(gone, _reading())


def test_a_reading_that_breaks_off_leaves_no_file(tmp_path: Path) -> None:
    def broken() -> Iterator[pa.RecordBatch]:
        yield from _batches(ROWS)
        raise SourceError("the database went away", where="sales", advice="Run it again.")

    with pytest.raises(SourceError, match="went away"):
        keep(broken(), tmp_path, where="sales")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="there, no process can be asked")
def test_a_reading_that_is_killed_leaves_no_file_that_is_used_and_the_next_clears_up(
    tmp_path: Path,
) -> None:
    script = f"""
import sys, pyarrow as pa
from pathlib import Path
from pfkit.sources.database.kept import keep
def rows():
    batch = pa.record_batch({{"id": ["a"] * 1000}})
    yield batch.slice(0, 0)
    yield batch
    print("half way", flush=True)
    sys.stdin.read()
keep(rows(), Path({str(tmp_path)!r}), where="sales")
"""
    ran = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert ran.stdout is not None
    assert ran.stdout.readline() == b"half way\n"
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".reading-")
    keep(_batches(ROWS), tmp_path, where="sales")  # another one, meanwhile, takes nothing away
    assert left.is_dir()
    ran.kill()
    ran.communicate()
    kept = keep(_batches(ROWS), tmp_path, where="sales")
    assert [path.name for path in tmp_path.iterdir()] == [f"{kept.sha256}.parquet"]


def test_rows_on_their_way_are_those_that_are_held(tmp_path: Path) -> None:
    kept = keep(_batches(ROWS), tmp_path, where="sales")
    for key in ((), ("id",)):
        with streamed(kept, _reading(), key) as found:
            rows = found.rows.read_all()
        whole = held(kept, _reading(), key)
        assert rows.equals(whole.table.drop_columns(["_file"]))
        assert (found.fact,) == whole.files
    assert found.fact.types == (("id", "string"), ("amount", "decimal128(12, 2)"))


def test_names_that_the_engine_would_take_for_others_stay(tmp_path: Path) -> None:
    # a database may tell names apart by case, and may use those of pfkit's own engine
    schema = pa.schema(
        [("Id", pa.int64()), ("file_row_number", pa.int64()), ('o\'k "x"', pa.int64())]
    )
    batch = pa.RecordBatch.from_pylist(
        [dict(zip(schema.names, (3, 1, 2), strict=True))], schema=schema
    )
    kept = keep(iter([batch.slice(0, 0), batch]), tmp_path, where="sales")
    rows = held(kept, _reading(), ("Id",)).table.to_pylist()
    assert rows == [
        {"Id": 3, "file_row_number": 1, 'o\'k "x"': 2, "_line": "3", "_file": rows[0]["_file"]}
    ]


def test_a_folder_that_cannot_be_made_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SourceError, match="cannot be kept") as told:
        keep(_batches(ROWS), tmp_path / "file" / "readings", where="sales")
    assert "--state" in told.value.advice


def test_a_column_that_pfkit_adds_is_refused(tmp_path: Path) -> None:
    batch = pa.RecordBatch.from_pylist([], schema=pa.schema([("_line", pa.string())]))
    kept = keep(iter([batch]), tmp_path, where="sales")
    with pytest.raises(SourceError, match="column '_line'"):
        held(kept, _reading())
