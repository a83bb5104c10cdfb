from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import os
import zipfile
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from pfkit.errors import SourceError
from pfkit.sources.load import load

if TYPE_CHECKING:
    from pathlib import Path

TEXT = b"id,amount\n" + b"".join(b"%d,%d.50\n" % (n, n * 7919) for n in range(2000))


def _put(folder: Path, data: bytes, name: str = "may.csv") -> Path:
    file = folder / name
    file.write_bytes(data)
    return file


@pytest.mark.parametrize(
    ("kind", "packed"),
    [
        ("", TEXT),
        ("gzip", gzip.compress(TEXT)),
        ("bz2", bz2.compress(TEXT)),
        ("xz", lzma.compress(TEXT)),
        ("zstd", pa.compress(TEXT, codec="zstd", asbytes=True)),
    ],
)
def test_a_compressed_file_is_known_by_its_bytes(tmp_path: Path, kind: str, packed: bytes) -> None:
    loaded = load(_put(tmp_path, packed), where="may.csv")
    assert loaded.data == TEXT
    assert (loaded.compression, loaded.found, loaded.size) == (kind, "csv", len(packed))
    assert loaded.sha256 == hashlib.sha256(packed).hexdigest()


def test_members_of_a_gzip_file_follow_each_other(tmp_path: Path) -> None:
    packed = gzip.compress(b"id\n1\n") + gzip.compress(b"2\n")
    assert load(_put(tmp_path, packed), where="a").data == b"id\n1\n2\n"


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_a_truncated_file_says_so(tmp_path: Path, compress: object) -> None:
    packed = compress(TEXT)  # type: ignore[operator]
    with pytest.raises(SourceError, match=r"may\.csv: the \w+ data are truncated or damaged"):
        load(_put(tmp_path, packed[: len(packed) // 2]), where="may.csv")


def test_a_flipped_bit_is_noticed(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(TEXT))
    packed[len(packed) // 2] ^= 0x10
    with pytest.raises(SourceError, match="truncated or damaged"):
        load(_put(tmp_path, bytes(packed)), where="may.csv")


def test_a_bomb_is_refused_before_it_fills_memory(tmp_path: Path) -> None:
    packed = gzip.compress(b"0" * (80 << 20))
    with pytest.raises(SourceError, match=r"unpack to more than 16,777,216"):
        load(_put(tmp_path, packed), where="may.csv")


def test_a_missing_file_says_what_is_there(tmp_path: Path) -> None:
    _put(tmp_path, TEXT, "june.csv")
    with pytest.raises(SourceError, match=r"does not exist\n  -> Its folder holds: june\.csv"):
        load(tmp_path / "may.csv", where="may.csv")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no file but a folder"):
        load(tmp_path, where="may.csv")


def test_compressed_nothing_is_empty(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="the file is empty"):
        load(_put(tmp_path, gzip.compress(b"")), where="may.csv")


def test_a_file_compressed_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="compressed twice"):
        load(_put(tmp_path, gzip.compress(gzip.compress(TEXT))), where="may.csv")


def test_a_zip_archive_of_one_text_is_read(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("__MACOSX/._may.csv", b"x")
        archive.writestr("may.csv", TEXT)
    loaded = load(_put(tmp_path, stream.getvalue()), where="may.zip")
    assert (loaded.data, loaded.compression, loaded.found) == (TEXT, "zip", "csv")


def test_a_pipe_is_refused_before_it_is_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SourceError, match="this is no file"):
        load(tmp_path / "pipe", where="pipe")
