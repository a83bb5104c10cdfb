"""Partitions on disk: whole or not there, and never taken on trust."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import pfkit as pf
from pfkit.conform.partitions.store import prepared
from pfkit.errors import SourceError
from tests.conform.partitions.random_book import write

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def book(tmp_path: Path) -> Path:
    write(tmp_path / "book", 11, partitioned=True)
    pf.open_book(tmp_path / "book")
    return tmp_path / "book"


def files(book: Path, pattern: str) -> list[Path]:
    return sorted((book / ".pfkit" / "partitions").rglob(pattern))


def tables(book: Path) -> list[pd.DataFrame]:
    opened = pf.open_book(book)
    return [opened.table("usage"), opened.table("actuals"), opened.balance, opened.activity]


def assert_same(found: list[pd.DataFrame], expected: list[pd.DataFrame]) -> None:
    for one, other in zip(found, expected, strict=True):
        pd.testing.assert_frame_equal(one, other)


@pytest.mark.parametrize("pattern", ["2026-*.parquet", "raw.parquet", "manifest.json", "key.mark"])
def test_a_flipped_bit_is_noticed_and_made_again(book: Path, pattern: str) -> None:
    expected = tables(book)
    for file in files(book, pattern):
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 4
        file.write_bytes(data)
    assert_same(tables(book), expected)


@pytest.mark.parametrize("pattern", ["2026-*.parquet", "manifest.json", "files.json", "*.npy"])
def test_a_file_cut_short_or_lost_is_made_again(book: Path, pattern: str) -> None:
    expected = tables(book)
    found = files(book, pattern)
    assert found
    for at, file in enumerate(found):
        file.write_bytes(file.read_bytes()[:9]) if at % 2 else file.unlink()
    assert_same(tables(book), expected)


def test_sums_that_were_kept_are_proved(tmp_path: Path) -> None:
    book = tmp_path / "calm"
    write(book, 11, partitioned=True, address="joe")
    expected = tables(book)
    found = [file for file in files(book, "*.parquet") if file.parent.name == "sums"]
    assert found
    for file in found:
        file.write_bytes(file.read_bytes()[:-3] + b"xxx")
    assert_same(tables(book), expected)


def test_a_foreign_folder_is_left_alone_and_not_read(book: Path) -> None:
    expected = tables(book)
    (first, *_) = files(book, "manifest.json")
    foreign = first.parent.with_name(first.parent.name[:-1] + "x")
    foreign.mkdir()
    (foreign / "manifest.json").write_text(json.dumps({"rows": 1}), encoding="utf-8")
    assert_same(tables(book), expected)


def test_the_same_cache_on_another_machine_is_proved_by_its_digests(book: Path) -> None:
    expected = tables(book)
    for file in files(book, "*"):
        if file.is_file():
            os.utime(file, ns=(7, 7))
    assert_same(tables(book), expected)


def test_an_end_at_any_moment_leaves_nothing_half_made(tmp_path: Path) -> None:
    write(tmp_path / "whole", 12, partitioned=True)
    expected = tables(tmp_path / "whole")
    write(tmp_path / "cut", 12, partitioned=True)
    code = f"import pfkit as pf; pf.open_book({str(tmp_path / 'cut')!r})"
    for _ in range(3):
        running = subprocess.Popen([sys.executable, "-c", code])
        place = tmp_path / "cut" / ".pfkit" / "partitions"
        until = time.monotonic() + 60
        seen = len(list(place.rglob("*.parquet")))
        while time.monotonic() < until and len(list(place.rglob("*.parquet"))) <= seen + 2:
            if running.poll() is not None:
                break
            time.sleep(0.002)
        running.send_signal(signal.SIGKILL)
        running.wait()
    assert_same(tables(tmp_path / "cut"), expected)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / ".pfkit").write_text("a file", encoding="utf-8")
    with pytest.raises(SourceError, match="partitions cannot be kept") as caught:
        prepared(tmp_path)
    assert "leave `partitioned` out" in str(caught.value)
