"""Which files did not change: by size, times and inode, and never on the same tick."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pfkit.conform.partitions.stats import NAME, FileStats, told

if TYPE_CHECKING:
    from pathlib import Path


def listed(folder: Path, file: Path) -> FileStats:
    stats = FileStats.read(folder)
    stats.keep(file, "abc", told(file))
    stats.write()
    later = (folder / NAME).stat().st_mtime_ns + 10**9
    os.utime(folder / NAME, ns=(later, later))  # as if the file had been there for a while
    return FileStats.read(folder)


def test_a_file_that_did_not_change_keeps_its_digest(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("x", encoding="utf-8")
    assert listed(tmp_path, file).digest(file) == "abc"


def test_a_file_set_back_to_its_old_time_has_changed(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("x", encoding="utf-8")
    stats, before = listed(tmp_path, file), file.stat()
    file.write_text("y", encoding="utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert stats.digest(file) is None
    assert stats.knows(file)


def test_a_file_changed_while_it_was_read_is_not_kept(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("x", encoding="utf-8")
    before = told(file)
    file.write_text("xy", encoding="utf-8")
    stats = FileStats(tmp_path)
    stats.keep(file, "abc", before)
    assert not stats.knows(file)


def test_a_file_written_as_the_list_was_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("x", encoding="utf-8")
    stats = FileStats(tmp_path)
    stats.keep(file, "abc", told(file))
    stats.write()
    now = max(told(file)[1:3])
    os.utime(tmp_path / NAME, ns=(now, now))
    assert FileStats.read(tmp_path).digest(file) is None


def test_a_damaged_list_is_an_empty_one(tmp_path: Path) -> None:
    for text in ("{", "[]", '{"a": [1]}', '{"a": 3}'):
        (tmp_path / NAME).write_text(text, encoding="utf-8")
        assert FileStats.read(tmp_path).known == {}
