"""Forecasts put on shelves on disk: the same rows come out, and nothing stays behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pytest

from pfkit.cli import spool
from pfkit.cli.spool import Spool, Writer, encoded
from pfkit.errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ["a", "b", "c", "d", "e"]


def _piece(*names: str) -> pd.DataFrame:
    rows = [
        {"series_id": name, "step": step, "model": f"of {name}"}
        for name in names
        for step in (1, 2)
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(("series", "held"), [(1, 1), (2, 3), (4096, 100_000)])
def test_rows_come_out_by_series_whatever_the_shelves(
    series: int, held: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "SERIES", series)
    monkeypatch.setattr(spool, "HELD", held)
    with Spool(tmp_path / "out.csv", NAMES) as shelves:
        for piece in (_piece("d", "b"), _piece("e"), _piece("a", "c")):
            shelves.add(piece)
        found = pd.concat([table.to_pandas() for table in shelves.ordered()])
    assert found["series_id"].tolist() == [name for name in NAMES for _ in (1, 2)]
    assert found["step"].tolist() == [1, 2] * 5
    assert (found["model"] == "of " + found["series_id"].astype(str)).all()
    assert list(tmp_path.iterdir()) == []


def test_shelves_are_gone_after_a_failure(tmp_path: Path) -> None:
    def fails() -> None:
        with Spool(tmp_path / "out.csv", NAMES) as shelves:
            shelves.add(_piece("a"))
            assert len(list(tmp_path.iterdir())) == 1
            raise KeyError("halfway")

    with pytest.raises(KeyError, match="halfway"):
        fails()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_a_file_stands_under_its_name_only_when_it_is_whole(name: str, tmp_path: Path) -> None:
    to = tmp_path / name
    to.write_text("before", encoding="utf-8")
    rows = encoded(pa.Table.from_pandas(_piece("a"), preserve_index=False))

    def fails() -> None:
        with Writer(to, ["series_id", "step"]) as file:
            file.write(rows)
            raise KeyError("halfway")

    with pytest.raises(KeyError, match="halfway"):
        fails()
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert to.read_text(encoding="utf-8") == "before"
    with Writer(to, ["series_id", "step"]) as file:
        file.write(rows)
        file.write(rows)
        file.end()
        file.place()
    read = pd.read_csv(to) if name.endswith("csv") else pd.read_parquet(to)
    assert read["series_id"].tolist() == ["a"] * 4
    assert list(read.columns) == ["series_id", "step"]
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    to = tmp_path / "out.csv"
    with Writer(to, ["step"]) as file:
        file.end()
        (tmp_path / ".out.csv.part").unlink()
        with pytest.raises(SourceError, match="it cannot be written"):
            file.place()
