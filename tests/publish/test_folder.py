from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pfkit.errors import ReportError
from pfkit.publish import folder

FILES = {"report.html": b"new", "data/pnl.csv": b"row_key\n", "manifest.json": b"{}"}


def target_in(root: Path) -> Path:
    return root / "toy" / "2026-06" / "monthly"


def held(place: Path) -> dict[str, bytes]:
    return {
        path.relative_to(place).as_posix(): path.read_bytes()
        for path in place.rglob("*")
        if path.is_file()
    }


def test_a_report_appears_whole_and_leaves_nothing_else(tmp_path: Path) -> None:
    folder.write_whole(target_in(tmp_path), FILES, root=tmp_path)
    assert held(target_in(tmp_path)) == FILES
    assert [path.name for path in tmp_path.iterdir()] == ["toy"]


def test_a_rerun_replaces_the_report_and_keeps_those_of_products(tmp_path: Path) -> None:
    target = target_in(tmp_path)
    folder.write_whole(target, FILES | {"old.txt": b"old"}, root=tmp_path)
    folder.write_whole(target / "atlas", {"manifest.json": b"{}", "a": b"1"}, root=tmp_path)
    folder.write_whole(target, FILES, root=tmp_path)
    assert held(target) == FILES | {"atlas/manifest.json": b"{}", "atlas/a": b"1"}


def test_a_failed_write_leaves_the_old_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = target_in(tmp_path)
    folder.write_whole(target, FILES, root=tmp_path)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ReportError, match="No space left on device\n  -> Nothing is half-written"):
        folder.write_whole(target, FILES | {"report.html": b"newer"}, root=tmp_path)
    assert held(target) == FILES
    assert [path.name for path in tmp_path.iterdir()] == ["toy"]


def test_a_failed_rename_gives_the_old_report_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = target_in(tmp_path)
    folder.write_whole(target, FILES, root=tmp_path)
    rename = Path.rename

    def refuse(self: Path, to: Path) -> Path:
        if self.name == "new":
            raise PermissionError(errno.EACCES, "denied")
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(ReportError, match="denied"):
        folder.write_whole(target, FILES | {"report.html": b"newer"}, root=tmp_path)
    assert held(target) == FILES


def test_what_a_killed_run_left_is_put_back_and_cleared(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left = tmp_path / f".pfkit-{folder._host()}-{dead.pid}-0123abcd"
    (left / "old-00").mkdir(parents=True)
    (left / "old-00" / "report.html").write_bytes(b"old")
    (left / "target").write_text("toy/2026-06/monthly", encoding="utf-8")
    folder.write_whole(tmp_path / "toy" / "2026-07" / "monthly", FILES, root=tmp_path)
    assert held(target_in(tmp_path)) == {"report.html": b"old"}
    assert not left.exists()


def test_a_run_that_still_works_is_left_alone(tmp_path: Path) -> None:
    other = tmp_path / f".pfkit-{folder._host()}-{os.getppid()}-0123abcd"
    (other / "new").mkdir(parents=True)
    folder.write_whole(target_in(tmp_path), FILES, root=tmp_path)
    assert other.exists()


def test_an_approved_report_is_never_overwritten(tmp_path: Path) -> None:
    target = target_in(tmp_path)
    folder.write_whole(target, FILES | {"approval.json": b"{}"}, root=tmp_path)
    with pytest.raises(ReportError, match="this report is approved") as caught:
        folder.require_free(target, tmp_path)
    assert "--as-of" in str(caught.value)


def test_a_link_on_the_way_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "toy").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ReportError, match="a link is in the way"):
        folder.require_free(target_in(tmp_path / "reports"), tmp_path / "reports")


def test_a_file_on_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "toy").write_text("x", encoding="utf-8")
    with pytest.raises(ReportError, match="a file is in the way"):
        folder.require_free(target_in(tmp_path), tmp_path)
