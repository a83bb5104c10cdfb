from __future__ import annotations

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
