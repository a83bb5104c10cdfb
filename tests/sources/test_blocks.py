"""A text read in blocks: the same rows, lines, notes and refusals as when it is read whole."""

from __future__ import annotations

import bz2
import gzip
import lzma
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from pfkit.errors import SourceError
from pfkit.sources import batches, decoding, survey
from pfkit.sources.batches import Batches
from pfkit.sources.raw import Options
from pfkit.sources.read import read_one

if TYPE_CHECKING:
    from pathlib import Path

    from pfkit.sources.raw import RejectedRow

    Whole = tuple[list[dict[str, Any]], list[int], tuple[RejectedRow, ...], Any]

HEAD = b"id,name,amount\n"
#: Texts, each with what makes it special.
TEXTS = {
    "plain": HEAD + b"1,one,2.5\n2,two,3\n3,three,4\n",
    "no end of line": HEAD + b"1,one,2.5\n2,two,3",
    "returns and feeds": b"id,name,amount\r\n1,one,2.5\r\n2,two,3\r\n\r\n3,three,4\r\n",
    "returns only": b"id,name,amount\r1,one,2.5\r2,two,3\r",
    "mixed ends": b"id,name,amount\r\n1,one,2.5\n2,two,3\r3,three,4\r\n",
    "quotes over lines": HEAD + b'1,"one\nand, a\r\nhalf",2\n2,"a ""word""",3\n3,"",4\n' * 9,
    "ragged": HEAD + b"1,one\n2,two,3\n3,three,4,5\n4,four,5\n" * 7,
    "blank lines": b"\n \n" + HEAD + b"\n,,\n1,one,2\n   \n\t\n2,two,3\n\n",
    "header again": HEAD + b"1,one,2\n" + HEAD + b"2,two,3\n" + HEAD,
    "one more delimiter": HEAD + b"1,one,2,\n2,two,3,\n3,three,4,\n",
    "not one more": HEAD + b"1,one,2,\n2,two,3,\n3,three,4\n",
    "unnamed columns": b"id,,name,\n1,,one,\n2,,two,\n3,x,three,\n",
    "unnamed, all ragged but one": b"id,,name\n1,2\n2,,two\n",
    "stray quotes": HEAD + b'1,5" pipe,2\n2,"a" b,3\n3,"never closed,4\n4,four,5\n5,"ok",6\n' * 5,
    "a stray quote late": HEAD + b"1,one,2\n" * 40 + b'2,5" pipe,3\n' + b"3,three,4\n" * 3,
    "stray, unnamed": b'id,,name\n1,,5" pipe\n2,,two\n3,x,"q"\n,,\n\n4,5\n',
    "never closed": HEAD + b"1,one,2\n" * 20 + b'2,"two,3\n' + b"3,three,4\n" * 20,
    "header only": HEAD,
    "header and blanks": HEAD + b"\n\n",
    "none fits": HEAD + b"1,2\n3,4\n",
    "semicolons": b"id;name;amount\n1;one;2,5\n2;two;3,5\n",
    "a hint": b"sep=;\nid;name\n1;one\n2;two\n",
    "mark": b"\xef\xbb\xbf" + HEAD + b"1,one,2\n2,two,3\n",
    "marks inside": HEAD + b'1,one,2\n\xef\xbb\xbf2,two,3\n\xef\xbb\xbf"3",three,4\n' * 8,
    "end mark": HEAD + b"1,one,2\n2,two,3\n\x1a",
    "end marks": HEAD + b"1,o\x1ane,2\n2,two,3\n\x1a",
    "nul": HEAD + b"1,one,2\n2,t\x00wo,3\n3,three,4\n",
    "only blanks": b" \n\n\t",
    "utf-8": (HEAD.decode() + "1,Müller,2\n2,日本語,3\n3,😀,4\n" * 6).encode(),
    "utf-8, damaged lines": ("id,name\n1,Müller\n2,größe\n" * 9).encode() + b"3,M\xfcller\n4,\xff\n"
    + "5,über\n".encode() * 3,
    "cp1252": ("id,name\n1,Müller\n2,größe\n" * 9 + "3,straße\n").encode("cp1252"),
    "cp1250": ("id,name\n1,Łódź\n2,żółty\n" * 9).encode("cp1250"),
    "shift_jis": ("id,name\n" + "1,日本語の名前です\n2,東京都千代田区\n" * 9).encode("shift_jis"),
    "utf-16": ("id,name\n" + "1,Müller\n2,日本語\n" * 9).encode("utf-16"),
    "utf-16 without a mark": ("id,name\n" + "1,Mueller\n2,one\n" * 9).encode("utf-16-le"),
    "twice the same name": b"id,id\n1,2\n",
    "own column": b"id,_line\n1,2\n",
    "a broken header": b'id,"name\n1,5" pipe\n',
}  # fmt: skip


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have everything read in blocks, and blocks hold a few rows."""
    monkeypatch.setattr(batches, "HELD_TEXT", 0)
    monkeypatch.setattr(decoding, "CHUNK", 11)
    monkeypatch.setattr(survey, "BLOCK", 24)
    monkeypatch.setattr(survey, "REACH", 200)


def whole(path: Path, options: Options) -> Whole | str:
    try:
        fact, part = read_one(path, path.name, options)
    except SourceError as error:
        return str(error)
    lines = [int(line) for line in part.lines.to_pylist()]
    return part.table.to_pylist(), lines, part.rejected, fact


def in_blocks(path: Path, options: Options, rows: int = 3) -> Whole | str:
    read = Batches(path, path.name, options, rows)
    try:
        found = list(read)
    except SourceError as error:
        return str(error)
    assert all(table.num_rows == rows for table, _ in found[:-1])
    table = pa.concat_tables([table for table, _ in found])
    lines = [line for _, some in found for line in some.to_pylist()]
    return table.to_pylist(), lines, read.rejected, read.fact


@pytest.mark.parametrize("name", TEXTS)
def test_blocks_are_the_whole(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(TEXTS[name])
    assert in_blocks(path, Options()) == whole(path, Options())


@pytest.mark.parametrize(
    "options",
    [
        Options(header=2),
        Options(header=40),
        Options(encoding="cp1252"),
        Options(encoding="utf-8"),
        Options(encoding="ascii"),
        Options(encoding="none such"),
        Options(delimiter=";"),
        Options(columns=("amount", "id")),
        Options(columns=("amounts",)),
    ],
)
def test_what_is_declared_is_kept_to(tmp_path: Path, options: Options) -> None:
    path = tmp_path / "a.csv"
    for name in ("plain", "utf-8", "quotes over lines", "cp1252"):
        path.write_bytes(TEXTS[name])
        assert in_blocks(path, options) == whole(path, options)


@pytest.mark.parametrize("seed", range(40))
def test_random_texts_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    dice = np.random.default_rng(seed)
    monkeypatch.setattr(survey, "BLOCK", int(dice.integers(1, 60)))
    monkeypatch.setattr(decoding, "CHUNK", int(dice.integers(1, 40)))
    stray = [b'5" x', b'"a" b', b'"a\nb'] if seed % 4 == 0 else []
    cells = [b"", b"1", b"a b", b'"x,y"', b'"l\n2"', b'"q""q"', b'"\r\n"', "ü".encode(), *stray]
    ends = [b"\n", b"\n", b"\r\n", b"\r"] if seed % 2 else [b"\n"]
    text = b"a,b,c" + ends[0]
    for _ in range(int(dice.integers(1, 40))):
        width = 3 if dice.random() < 0.9 else int(dice.integers(1, 5))
        row = b",".join(cells[int(dice.integers(len(cells)))] for _ in range(width))
        text += row + ends[int(dice.integers(len(ends)))]
    path = tmp_path / "a.csv"
    path.write_bytes(text if dice.random() < 0.7 else text[:-1])
    assert in_blocks(path, Options(), int(dice.integers(1, 9))) == whole(path, Options())


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_compressed_texts_are_the_same(tmp_path: Path, pack: Any) -> None:  # noqa: ANN401
    path = tmp_path / "a.csv.x"
    for text in (TEXTS["quotes over lines"], TEXTS["cp1252"], TEXTS["nul"]):
        path.write_bytes(pack(text))
        assert in_blocks(path, Options()) == whole(path, Options())
    path.write_bytes(pack(TEXTS["ragged"] * 60)[:-9])  # cut off
    told = in_blocks(path, Options())
    assert isinstance(told, str)
    assert "truncated or damaged" in told
    path.write_bytes(pack(pack(TEXTS["plain"])))
    assert in_blocks(path, Options()) == whole(path, Options())


def test_what_unpacks_beyond_reason_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(HEAD + b"1,one,2\n" * 3_000_000))
    decoding.CHUNK = 1 << 20
    assert in_blocks(path, Options(), 100_000) == whole(path, Options())
    assert "unpack to more than" in str(whole(path, Options()))


def test_a_file_that_changes_while_it_is_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(TEXTS["plain"])
    read = Batches(path, "a.csv", Options(), 1)
    rows = iter(read)
    next(rows)
    path.write_bytes(TEXTS["plain"] + b"4,four,5\n")
    with pytest.raises(SourceError, match="changed while it was read"):
        list(rows)
