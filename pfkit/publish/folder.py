"""A report's folder: it appears whole or not at all, and an approved one stays."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import socket
import sys
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pfkit.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

APPROVAL = "approval.json"
MANIFEST = "manifest.json"

_ATTEMPTS = 20
_TARGET = "target"
_WORK = re.compile(r"\.pfkit-(?P<host>[a-z0-9]+)-(?P<process>\d+)-[0-9a-f]{8}")


def require_free(target: Path, root: Path) -> None:
    """Refuse a target that holds an approved report, or leads out of the output folder.

    Raises
    ------
    ReportError
        If the report there is approved, or a link or a file is in the way.
    """
    for place in (target, *target.parents):
        if place == root or root not in place.parents:
            break
        if place.is_symlink() or (place.exists() and not place.is_dir()):
            kind = "a link" if place.is_symlink() else "a file"
            raise ReportError(
                f"{kind} is in the way of the report",
                where=str(place),
                advice="Remove it, or choose another output folder with --to.",
            )
    if (target / APPROVAL).exists():
        raise ReportError(
            "this report is approved, and an approved report is never overwritten",
            where=str(target),
            advice="Write the new run elsewhere with --to, or under its own date with --as-of.",
        )


def write_whole(target: Path, files: Mapping[str, bytes], *, root: Path) -> None:
    """Write a report's folder so that it appears whole or not at all.

    Parameters
    ----------
    target : pathlib.Path
        The report's folder, inside `root`; replaced as a whole where it exists, except for the
        reports of single products inside it, which stay.
    files : mapping of str to bytes
        Contents by path inside the folder, with ``/``.
    root : pathlib.Path
        The output folder; the report is prepared in a hidden folder in it.

    Raises
    ------
    ReportError
        If the disk is full or the folder cannot be written; the old report is then untouched.

    Notes
    -----
    Everything is written aside and flushed to the disk, then renamed, which the file system
    does in one step. A run that was killed leaves a hidden folder behind; the next run puts
    the old report back from it where it is missing, and removes it.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        _sweep(root)
        with _work(root, target) as work:
            fresh = work / "new"
            for name, data in files.items():
                _write(fresh / PurePosixPath(name), data)
            for folder in sorted({(fresh / name).parent for name in files}, reverse=True):
                _flush_folder(folder)
            _swap(fresh, target, work)
            _flush_folder(target.parent)
    except OSError as error:
        raise ReportError(
            f"the report could not be written: {error.strerror or error}",
            where=str(error.filename or target),
            advice="Nothing is half-written. Free the disk, or choose another folder with --to.",
        ) from error


@contextlib.contextmanager
def _work(root: Path, target: Path) -> Iterator[Path]:
    work = root / f".pfkit-{_host()}-{os.getpid()}-{secrets.token_hex(4)}"
    work.mkdir()
    try:
        _write(work / _TARGET, target.relative_to(root).as_posix().encode())
        yield work
    finally:
        _put_back(work, target)
        shutil.rmtree(work, ignore_errors=True)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _swap(fresh: Path, target: Path, work: Path) -> None:
    """Move the new report into place; another run may do the same at the same time."""
    for attempt in range(_ATTEMPTS):
        target.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            target.rename(work / f"old-{attempt:02d}")
        try:
            fresh.rename(target)
        except OSError:
            if attempt == _ATTEMPTS - 1:
                raise
        else:
            return


def _put_back(work: Path, target: Path) -> None:
    """Give back what was moved aside: the old report if none replaced it, product reports."""
    for old in sorted(work.glob("old-*"), reverse=True):
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            old.rename(target)
            continue
        for report in old.iterdir():
            kept = target / report.name
            if (report / MANIFEST).exists() and not kept.exists():
                report.rename(kept)


def _sweep(root: Path) -> None:
    """Clear up after runs that were killed on this machine."""
    for left in root.glob(".pfkit-*"):
        found = _WORK.fullmatch(left.name)
        if found is None or found["host"] != _host() or _alive(int(found["process"])):
            continue
        with contextlib.suppress(FileNotFoundError):
            place = PurePosixPath((left / _TARGET).read_text(encoding="utf-8"))
            if not place.is_absolute() and ".." not in place.parts:
                _put_back(left, root / place)
        shutil.rmtree(left, ignore_errors=True)


def _host() -> str:
    return re.sub(r"[^a-z0-9]", "", socket.gethostname().casefold()) or "localhost"


def _alive(process: int) -> bool:
    if process == os.getpid() or sys.platform == "win32":  # there, signal 0 would end it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
