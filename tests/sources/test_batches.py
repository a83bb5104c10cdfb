"""Batches of a file: the same rows and facts as the file read whole, and each byte once."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pfkit.errors import SourceError
from pfkit.sources import read_files
from pfkit.sources.batches import Batches
from pfkit.sources.raw import Options

if TYPE_CHECKING:
    from pathlib import Path

TABLE = pa.table({"id": list(range(25)), "text": [f"t{k}" for k in range(25)]})


def test_parquet_comes_in_bounded_batches_with_row_numbers(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    pq.write_table(TABLE, file, row_group_size=10)
    batches = Batches(file, "a.parquet", Options(), 4)
    found = list(batches)
    assert [table.num_rows for table, _ in found] == [4, 4, 2, 4, 4, 2, 4, 1]
    assert pa.concat_tables([table for table, _ in found]).equals(TABLE)
    assert [line for _, lines in found for line in lines.to_pylist()] == list(range(1, 26))
    whole = read_files([file], root=tmp_path).files[0]
    assert batches.fact == whole
    assert batches.fact.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert batches.reading.bytes == file.stat().st_size


def test_text_comes_with_its_lines_and_what_was_rejected(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text('id,text\n1,"two\nlines"\n\n2,b\n3,c,d\n4,e\n', encoding="utf-8")
    batches = Batches(file, "a.csv", Options(), 2)
    found = list(batches)
    assert [lines.to_pylist() for _, lines in found] == [[2, 5], [7]]
    assert [row.line for row in batches.rejected] == ["6"]
    assert batches.fact == read_files([file], root=tmp_path).files[0]


def test_a_turned_bit_in_a_row_group_is_damage(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    pq.write_table(TABLE, file, row_group_size=10, compression="none", use_dictionary=False)
    data = bytearray(file.read_bytes())
    at = data.index(b"t17")
    data[at + 1] = ord("z")
    file.write_bytes(data)
    with pytest.raises(SourceError, match="outside the bounds the file states"):
        list(Batches(file, "a.parquet", Options(), 4))


def test_other_formats_are_named(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"id": 1}\n', encoding="utf-8")
    with pytest.raises(SourceError, match="read from CSV or Parquet") as caught:
        list(Batches(file, "a.jsonl", Options()))
    assert "leave `partitioned` out" in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        list(Batches(tmp_path / "none.csv", "none.csv", Options()))
