"""Which files did not change since they were read, told by what the file system says of them."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

NAME: Final = "files.json"
_PARTS: Final = 5
#: A file written this shortly before the list may have been written again within one tick.
_TICK: Final = 20_000_000


@dataclass
class FileStats:
    """Digests of files by their path, size, times and inode, as git's index keeps them.

    Parameters
    ----------
    folder : pathlib.Path
        Where the list is kept.

    Notes
    -----
    A program can set a file's time of change back, yet not the time its entry changed, so both are
    kept. A file that changed just before the list was written is read again: a change within the
    same tick of the file system's clock would not show.
    """

    folder: Path
    known: dict[str, list[int | str]] = field(default_factory=dict)
    written: int = 0
    changed: bool = False

    @classmethod
    def read(cls, folder: Path) -> FileStats:
        """Return the list of a folder, empty where there is none or it is damaged."""
        place = folder / NAME
        try:
            known = json.loads(place.read_text(encoding="utf-8"))
            written = place.stat().st_mtime_ns
        except (OSError, ValueError):
            return cls(folder)
        fits = isinstance(known, dict) and all(
            isinstance(entry, list) and len(entry) == _PARTS for entry in known.values()
        )
        return cls(folder, known if fits else {}, written)

    def digest(self, path: Path) -> str | None:
        """Return the digest a file had when it was read, None where it may have changed."""
        entry = self.known.get(str(path.resolve()))
        try:
            now = told(path)
        except OSError:
            return None
        if entry is None or entry[:-1] != now or self.written - max(now[1:3]) < _TICK:
            return None
        return str(entry[-1])

    def knows(self, path: Path) -> bool:
        """Return whether a file was read before, changed since or not."""
        return str(path.resolve()) in self.known

    def keep(self, path: Path, digest: str, before: list[int]) -> None:
        """Keep the digest of a file that was read, unless it changed while it was."""
        now = told(path)
        if now == before:
            self.known[str(path.resolve())] = [*now, digest]
            self.changed = True

    def write(self) -> None:
        """Write the list, whole or not at all."""
        if self.changed:
            text = json.dumps(self.known, indent=0, sort_keys=True)
            write_whole(self.folder / NAME, text.encode())


def told(path: Path) -> list[int]:
    """Return what the file system says of a file: size, both times, and inode."""
    now = path.stat()
    return [now.st_size, now.st_mtime_ns, now.st_ctime_ns, now.st_ino]


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that is there whole or not at all, whatever ends the process."""
    path.parent.mkdir(parents=True, exist_ok=True)
    apart = path.with_name(f".{path.name}.{os.getpid()}")
    with apart.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    apart.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have the file system keep a folder's new names."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
