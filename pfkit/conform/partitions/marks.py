"""Rows with the same key, in one file or in several: found by sorted digests of eight bytes.

Every batch writes one sorted run of digests, with the number of each row beside it. Runs are merged
range by range of digests, so that memory does not grow with rows. Files whose keys cannot meet, as
the least and greatest value of some column of the key show, are not compared: with keys that grow
with time, or that hold the day, a new month is compared with its neighbors at most. Keys drawn at
random may meet anywhere, and then a new month is compared with all others: eight bytes a row.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from pfkit.conform.engine import quoted
from pfkit.conform.partitions.stats import write_whole
from pfkit.conform.partitions.store import digest_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from pfkit.conform.declaration import Source
    from pfkit.conform.partitions.store import Part

Numbers = np.ndarray[Any, np.dtype[Any]]

#: Digests compared at once.
_AT_ONCE: Final = 4_000_000
_PAIR: Final = 2


def marked(source: Source) -> dict[str, tuple[str, ...]]:
    """Return the columns that rows of a source must not share, by a name for each set."""
    key = source.key or source.promise.key
    sets: dict[str, tuple[str, ...]] = {}
    if key:
        dated = ("known_on",) if source.replaces and "known_on" not in key else ()
        sets["key"] = (*key, *dated)
    if source.replaces:
        sets["replaces"] = source.replaces
    for column in source.promise.columns:
        if column.unique and key != (column.name,):
            sets[f"unique_{column.name}"] = (column.name,)
    return sets


def mark_sql(columns: Iterable[str]) -> str:
    """Return SQL for the digest of a row's key; equal keys have equal ones."""
    return f"hash({', '.join(quoted(column) for column in columns)})"


class Runs:
    """Writes the sorted runs of one file, mark by mark."""

    def __init__(self, folder: Path, names: Iterable[str]) -> None:
        self.folder = folder
        self.lengths: dict[str, list[int]] = {name: [] for name in names}

    def add(self, name: str, digests: Numbers, places: Numbers) -> None:
        """Write one run."""
        order = np.argsort(digests, kind="stable")
        for part, kind, values in (("mark", "u8", digests), ("at", "i8", places)):
            with (self.folder / f"{name}.{part}").open("ab") as file:
                file.write(np.ascontiguousarray(values[order], dtype=kind).tobytes())
        self.lengths[name].append(len(digests))

    def twice(self) -> dict[str, list[int]]:
        """Return the numbers of rows that share a mark within the file."""
        found = {}
        for name, lengths in self.lengths.items():
            runs = _opened(self.folder, name, lengths)
            places = [at for _, at in _shared([runs], across=False)]
            found[name] = sorted(int(at) for part in places for at in part)
        return found


def collisions(parts: Sequence[Part], home: Path) -> dict[str, set[int]]:
    """Return, by file's digest, the numbers of rows that share a key with another row.

    Parameters
    ----------
    parts : sequence of Part
        The files of a source.
    home : pathlib.Path
        Where comparisons are kept: those of the same files are not made again.
    """
    found: dict[str, set[int]] = {part.digest: set() for part in parts}
    for part in parts:
        for places in part.twice.values():
            found[part.digest].update(places)
    names = {name for part in parts for name in part.runs}
    for name in sorted(names):
        for group in _groups(parts, name):
            shared = _compared(group, name, home)
            for part, places in zip(group, shared, strict=True):
                found[part.digest].update(places)
    return {digest: places for digest, places in found.items() if places}


def _groups(parts: Sequence[Part], name: str) -> list[list[Part]]:
    """Return the files to be compared: pairs that may meet, or all at once where most may."""
    pairs = [
        [one, other]
        for one, other in itertools.combinations(parts, _PAIR)
        if _may_meet(one.ranges[name], other.ranges[name])
    ]
    if len(pairs) <= _PAIR * len(parts):
        return pairs
    meeting = {part.digest for pair in pairs for part in pair}
    return [[part for part in parts if part.digest in meeting]]


def _may_meet(one: list[list[str | None]], other: list[list[str | None]]) -> bool:
    for (low, high), (its_low, its_high) in zip(one, other, strict=True):
        if low is None or high is None or its_low is None or its_high is None:
            continue  # a column that is empty in some row may be equal anywhere
        if high < its_low or its_high < low:
            return False
    return True


def _compared(group: Sequence[Part], name: str, home: Path) -> list[list[int]]:
    """Return by file the rows whose mark a row of another file of the group has too."""
    place = home / "compared" / f"{digest_of(name, [part.digest for part in group])}.npy"
    try:
        pairs = np.load(place, allow_pickle=False).reshape(-1, _PAIR)
    except (OSError, ValueError, EOFError):
        runs = [_opened(part.folder, name, part.runs[name]) for part in group]
        found = [np.column_stack([files, places]) for files, places in _shared(runs, across=True)]
        pairs = np.concatenate([np.zeros((0, _PAIR), dtype=np.int64), *found])
        write_whole(place, _bytes(pairs))
    return [pairs[pairs[:, 0] == at, 1].tolist() for at in range(len(group))]


def _bytes(pairs: Numbers) -> bytes:
    import io  # noqa: PLC0415 - only where something was compared

    held = io.BytesIO()
    np.save(held, pairs, allow_pickle=False)
    return held.getvalue()


def _opened(folder: Path, name: str, lengths: Sequence[int]) -> list[tuple[Numbers, Numbers]]:
    """Return the runs of a file as arrays that stay on disk."""
    if not sum(lengths):
        return []
    marks = np.memmap(folder / f"{name}.mark", dtype="u8", mode="r")
    places = np.memmap(folder / f"{name}.at", dtype="i8", mode="r")
    ends = np.cumsum(lengths)
    return [
        (marks[end - length : end], places[end - length : end])
        for end, length in zip(ends, lengths, strict=True)
    ]


def _shared(
    files: Sequence[list[tuple[Numbers, Numbers]]], *, across: bool
) -> Iterable[tuple[Numbers, Numbers]]:
    """Give the files and numbers of rows that share a mark, range of marks by range."""
    whole = sum(len(marks) for runs in files for marks, _ in runs)
    steps = max(1, -(-whole // _AT_ONCE))
    width = 2**64 // steps
    for step in range(steps):
        low, high = step * width, (step + 1) * width if step < steps - 1 else 2**64
        marks, places, owners = [], [], []
        for owner, runs in enumerate(files):
            for run, its_places in runs:
                first = int(np.searchsorted(run, np.uint64(low)))
                last = len(run) if high == 2**64 else int(np.searchsorted(run, np.uint64(high)))
                marks.append(np.asarray(run[first:last]))
                places.append(np.asarray(its_places[first:last]))
                owners.append(np.full(last - first, owner, dtype=np.int64))
        if not marks:
            return
        mark, place, owner_of = (np.concatenate(held) for held in (marks, places, owners))
        if not len(mark):
            continue
        order = np.argsort(mark, kind="stable")
        mark, place, owner_of = mark[order], place[order], owner_of[order]
        begins = np.concatenate([[True], mark[1:] != mark[:-1]])
        group = np.cumsum(begins) - 1
        sizes = np.bincount(group)
        wanted = sizes[group] > 1
        if across and bool(wanted.any()):
            starts = np.flatnonzero(begins)
            least = np.minimum.reduceat(owner_of, starts)
            most = np.maximum.reduceat(owner_of, starts)
            wanted &= (least != most)[group]
        yield owner_of[wanted], place[wanted]
