from __future__ import annotations

import datetime as dt
import struct
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pfkit.errors import SourceError
from pfkit.sources.parquet import read_parquet
from pfkit.sources.raw import Options

if TYPE_CHECKING:
    from pathlib import Path


def _file(folder: Path) -> Path:
    table = pa.table(
        {
            "id": pa.array([1, 2], pa.int32()),
            "amount": pa.array([Decimal("1.10"), None], pa.decimal128(12, 2)),
            "product": pa.array(["Atlas", "Atlas"]).dictionary_encode(),
        }
    )
    pq.write_table(table, folder / "usage.parquet")
    return folder / "usage.parquet"


def test_types_are_kept_and_rows_numbered(tmp_path: Path) -> None:
    part = read_parquet(_file(tmp_path), where="usage.parquet", options=Options())
    assert part.table.schema.types == [pa.int32(), pa.decimal128(12, 2), pa.string()]
    assert part.table.column("amount").to_pylist() == [Decimal("1.10"), None]
    assert part.lines.to_pylist() == ["1", "2"]


def test_only_the_wanted_columns_are_read(tmp_path: Path) -> None:
    part = read_parquet(_file(tmp_path), where="a", options=Options(columns=("product",)))
    assert part.table.to_pylist() == [{"product": "Atlas"}, {"product": "Atlas"}]
    with pytest.raises(SourceError, match="closest known column is 'product'"):
        read_parquet(_file(tmp_path), where="a", options=Options(columns=("produkt",)))


def test_a_truncated_file_says_so(tmp_path: Path) -> None:
    file = _file(tmp_path)
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(SourceError, match=r"usage\.parquet: the Parquet data are truncated"):
        read_parquet(file, where="usage.parquet", options=Options())


def _amounts(folder: Path, **options: object) -> tuple[Path, bytes]:
    values = [100.0 + n for n in range(50)]
    file = folder / "ledger.parquet"
    table = pa.table({"amount": pa.array(values)})
    pq.write_table(table, file, compression="none", use_dictionary=False, **options)
    return file, struct.pack("<50d", *values)


def test_a_turned_bit_beyond_the_stated_bounds_is_noticed(tmp_path: Path) -> None:
    file, page = _amounts(tmp_path)
    data = bytearray(file.read_bytes())
    data[data.index(page) + 7 * 8 + 7] ^= 0x40  # the exponent of the eighth amount
    file.write_bytes(data)
    with pytest.raises(SourceError, match=r"amount .* in row 8 lies outside the bounds"):
        read_parquet(file, where="ledger.parquet", options=Options())


def test_a_turned_bit_under_a_check_sum_is_noticed(tmp_path: Path) -> None:
    file, page = _amounts(tmp_path, write_page_checksum=True)
    data = bytearray(file.read_bytes())
    data[data.index(page) + 7 * 8] ^= 1
    file.write_bytes(data)
    with pytest.raises(SourceError, match="truncated or damaged"):
        read_parquet(file, where="ledger.parquet", options=Options())


def test_far_more_rows_than_bytes_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "bomb.parquet"
    pq.write_table(pa.table({"amount": pa.repeat(pa.scalar(1.0), 5_000_000)}), file)
    with pytest.raises(SourceError, match=r"states 5,000,000 rows in [\d,]+ bytes"):
        read_parquet(file, where="bomb.parquet", options=Options())


def test_bounds_of_every_type_are_understood(tmp_path: Path) -> None:
    table = pa.table(
        {
            "day": pa.array([dt.date(2026, 1, 1), dt.date(1900, 1, 1)]),
            "moment": pa.array([dt.datetime(2026, 1, 1, tzinfo=dt.UTC), None]),
            "nano": pa.array([1, 2], pa.timestamp("ns", "Europe/Paris")),
            "amount": pa.array([Decimal("-1.10"), Decimal("99.99")], pa.decimal128(30, 4)),
            "ratio": pa.array([float("nan"), -0.0]),
            "small": pa.array([1.5, 2.5], pa.float32()),
            "flag": pa.array([True, False]),
            "text": pa.array(["\u00e4" * 3000, "a"]),
            "tags": pa.array([["a"], []]),
            "inner": pa.array([{"x": 1}, {"x": 2}]),
            "bytes": pa.array([b"\xff", b"\x00"]),
            "code": pa.array(["b", "a"]).dictionary_encode(),
            "none": pa.nulls(2),
            "time": pa.array([dt.time(8), dt.time(9)]),
        }
    )
    pq.write_table(table, tmp_path / "all.parquet", row_group_size=1)
    part = read_parquet(tmp_path / "all.parquet", where="a", options=Options())
    assert part.table.num_rows == 2


def test_a_column_stored_as_another_type_is_refused_before_its_bounds_are_asked(
    tmp_path: Path,
) -> None:
    file = tmp_path / "usage.parquet"
    pq.write_table(pa.table({"id": ["a", "b"]}), file)
    data = bytearray(file.read_bytes())
    # The metadata of a column begin with its type, bytes; then follow its encodings.
    place = data.index(b"\x1c\x15\x0c\x19")
    data[place + 2] = 0x04
    file.write_bytes(data)
    with pytest.raises(SourceError, match="id is stored as another type"):
        read_parquet(file, where="usage.parquet", options=Options())
