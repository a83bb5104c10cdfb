"""A file's partitions on disk: named by a digest, written apart and renamed, checked when found."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pfkit.conform.partitions.stats import sync_folder, told, write_whole
from pfkit.errors import SourceError
from pfkit.sources import FileFact, RejectedRow

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER: Final = Path(".pfkit", "partitions")
MANIFEST: Final = "manifest.json"
#: Rows as their file has them, and the parts of days: what columns' forms are told from.
LOOKS: Final = "looks.parquet"
DAYS: Final = "days.parquet"
_STATS: Final = "stats.json"
_DIGITS: Final = 32
_KEPT: Final = 4


@dataclass(frozen=True)
class Piece:
    """One Parquet file of a month's rows.

    Attributes
    ----------
    period : str
        The month, empty for rows of none.
    first, last : int
        The least and the greatest row number of the file in it.
    """

    name: str
    period: str
    rows: int
    first: int
    last: int


@dataclass(frozen=True)
class Part:
    """One file of a source, conformed.

    Attributes
    ----------
    folder : pathlib.Path
        Where its pieces are.
    fact : FileFact
        The file.
    rejected : tuple of RejectedRow
        Rows that are none.
    columns : dict
        Its columns and their Arrow types.
    pieces : tuple of Piece
        Its rows that are decided, by month.
    rest : tuple of str
        Files of its raw rows that are held back.
    read : int
        Rows, rejected ones apart.
    known : tuple of str
        The first and the last day a row was learned, empty where none says.
    ranges : dict
        By mark: of every column of the key, the least and greatest value as text.
    runs : dict
        By mark: how many digests each sorted run holds.
    twice : dict
        By mark: row numbers that share it within the file.
    seen : str
        File of texts that may be personal data; empty for none.
    used : dict
        What the rows refer to.
    amount : str
        The sum of the rows' amount, before any was set aside.
    sizes : dict
        Of every file in the folder, its size and digest.
    """

    folder: Path
    fact: FileFact
    rejected: tuple[RejectedRow, ...]
    columns: dict[str, str]
    pieces: tuple[Piece, ...]
    rest: tuple[str, ...]
    read: int
    known: tuple[str, str]
    ranges: dict[str, list[list[str | None]]]
    runs: dict[str, list[int]]
    twice: dict[str, list[int]]
    seen: str
    used: dict[str, Any]
    amount: str
    sizes: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """The digest it is named by."""
        return self.folder.name

    @property
    def last_known(self) -> date | None:
        """The last day one of its rows was learned."""
        return date.fromisoformat(self.known[1]) if self.known[1] else None

    @property
    def looks(self) -> str:
        """The path of the rows that its columns' forms are told from."""
        return str(self.folder / LOOKS)

    @property
    def days(self) -> str:
        """The path of the first parts of its days."""
        return str(self.folder / DAYS)

    def paths(self) -> list[str]:
        """Return the paths of its pieces."""
        return [str(self.folder / piece.name) for piece in self.pieces]


def digest_of(*parts: object) -> str:
    """Return a digest of plain values.

    Examples
    --------
    >>> len(digest_of("a", 1)), digest_of("a", 1) == digest_of("a", 2)
    (32, False)
    """
    text = json.dumps(parts, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def prepared(book: Path) -> Path:
    """Return the folder of a book's partitions, made where it is not there.

    Raises
    ------
    SourceError
        If it cannot be written in.
    """
    folder = book / FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SourceError(
            f"partitions cannot be kept ({error.strerror})",
            where=str(folder),
            advice="Make the book's folder writable, or leave `partitioned` out of its sources.",
        ) from error
    return folder.resolve()


def found(
    home: Path, stem: str, refers: Callable[[dict[str, Any]], str], as_of: date
) -> Part | None:
    """Return a file's partitions where what its rows refer to is what it was.

    Parameters
    ----------
    home : pathlib.Path
        The source's folder.
    stem : str
        Digest of the file's bytes, the declaration and the code.
    refers : callable
        Gives the digest of what is referred to as it is now.
    as_of : datetime.date
        The day of knowledge; a file of which nothing was known by then refers to nothing.
    """
    for folder in sorted(home.glob(f"{stem}-*"), key=lambda p: p.name):
        part = _read(folder)
        if part is None:
            continue
        later = bool(part.known[0]) and date.fromisoformat(part.known[0]) > as_of
        if later or folder.name == f"{stem}-{refers(part.used)}":
            return part
    return None


def kept(apart: Path, home: Path, part: Part, name: str) -> Part:
    """Give partitions that were written apart their place, whole or not at all."""
    sizes: dict[str, list[Any]] = {}
    for file in sorted(apart.iterdir()):
        with file.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
            os.fsync(opened.fileno())
        sizes[file.name] = [file.stat().st_size, digest]
    whole = dataclasses.replace(part, folder=home / name, sizes=sizes)
    text = _written(whole)
    (apart / MANIFEST).write_bytes(text)
    with (apart / MANIFEST).open("rb") as opened:
        os.fsync(opened.fileno())
    sync_folder(apart)
    home.mkdir(parents=True, exist_ok=True)
    place = home / name
    shutil.rmtree(place, ignore_errors=True)
    apart.rename(place)
    sync_folder(home)
    _trust(place, sizes)
    return whole


def _written(part: Part) -> bytes:
    plain = dataclasses.asdict(part)
    plain.pop("folder")
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False)
    seal = hashlib.sha256(text.encode()).hexdigest()
    return f"{seal}\n{text}\n".encode()


def _read(folder: Path) -> Part | None:
    """Return what a folder holds, None where it is damaged or not pfkit's."""
    try:
        seal, text = (folder / MANIFEST).read_text(encoding="utf-8").rstrip("\n").split("\n", 1)
        if hashlib.sha256(text.encode()).hexdigest() != seal:
            return None
        plain = json.loads(text)
        part = Part(
            folder=folder,
            fact=_fact(plain.pop("fact")),
            rejected=tuple(RejectedRow(**row) for row in plain.pop("rejected")),
            pieces=tuple(Piece(**piece) for piece in plain.pop("pieces")),
            rest=tuple(plain.pop("rest")),
            known=tuple(plain.pop("known")),
            **plain,
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return part if _whole(folder, part.sizes) else None


def _fact(plain: dict[str, Any]) -> FileFact:
    return FileFact(**plain | {"notes": tuple(plain["notes"])})


def _whole(folder: Path, sizes: dict[str, list[Any]]) -> bool:
    """Return whether every file is as it was written: by its times, or else by its digest."""
    trusted = _trusted(folder)
    changed = False
    for name, (size, digest) in sizes.items():
        try:
            now = told(folder / name)
            if now[0] != size:
                return False
            if trusted.get(name) == now:
                continue
            with (folder / name).open("rb") as opened:
                if hashlib.file_digest(opened, "sha256").hexdigest() != digest:
                    return False
        except OSError:
            return False
        changed = True
    if changed:
        _trust(folder, sizes)
    return True


def _trusted(folder: Path) -> dict[str, list[int]]:
    try:
        found_ = json.loads((folder / _STATS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found_ if isinstance(found_, dict) else {}


def _trust(folder: Path, sizes: dict[str, list[Any]]) -> None:
    """Remember the times of files that are as they were written: they are not read again."""
    plain = {name: told(folder / name) for name in sizes}
    (folder / _STATS).write_text(json.dumps(plain), encoding="utf-8")


def seal(apart: Path, place: Path) -> None:
    """Give a single file its place, with what proves that it is whole."""
    with apart.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
        os.fsync(opened.fileno())
    apart.replace(place)
    plain = [digest, told(place)]
    write_whole(place.with_suffix(".json"), json.dumps(plain).encode())


def sealed(place: Path) -> bool:
    """Return whether a single file is there and is as it was written."""
    try:
        digest, then = json.loads(place.with_suffix(".json").read_text(encoding="utf-8"))
        if told(place) == then:
            return True
        with place.open("rb") as opened:
            return bool(hashlib.file_digest(opened, "sha256").hexdigest() == digest)
    except (OSError, ValueError, TypeError):
        return False


def prune(home: Path, used: set[str]) -> None:
    """Remove the oldest partitions that no file of the source uses, but for the last few."""
    others = [folder for folder in home.glob("*-*") if folder.name not in used and folder.is_dir()]
    for folder in sorted(others, key=lambda p: p.stat().st_mtime_ns)[: -_KEPT * max(1, len(used))]:
        shutil.rmtree(folder, ignore_errors=True)
