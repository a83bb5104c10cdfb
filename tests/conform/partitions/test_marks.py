"""Rows that share a key: found across batches and files, compared no more than needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from pfkit.conform.partitions import marks
from pfkit.conform.partitions.marks import Runs, _groups, _may_meet, _shared

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("at_once", [10, 1_000_000])
def test_what_is_shared_is_what_a_set_says(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(marks, "_AT_ONCE", at_once)
    dice = np.random.default_rng(4)
    files = []
    for _ in range(3):
        runs = []
        for length in dice.integers(0, 60, 3):
            drawn = np.sort(dice.integers(0, 200, length).astype("u8") * np.uint64(2**56))
            runs.append((drawn, dice.permutation(1000)[:length].astype("i8")))
        files.append(runs)
    owners: dict[int, list[tuple[int, int]]] = {}
    for owner, runs in enumerate(files):
        for drawn, places in runs:
            for mark, place in zip(drawn.tolist(), places.tolist(), strict=True):
                owners.setdefault(mark, []).append((owner, place))
    for across in (True, False):
        expected = sorted(
            row
            for rows in owners.values()
            if (len({owner for owner, _ in rows}) > 1 if across else len(rows) > 1)
            for row in rows
        )
        found = [
            (int(owner), int(place))
            for whose, places in _shared(files, across=across)
            for owner, place in zip(whose, places, strict=True)
        ]
        assert sorted(found) == expected
        assert expected


def test_keys_twice_in_a_file_are_found_over_its_runs(tmp_path: Path) -> None:
    runs = Runs(tmp_path, ["key"])
    runs.add("key", np.array([5, 3, 9], dtype="u8"), np.array([1, 2, 3], dtype="i8"))
    runs.add("key", np.array([9, 2], dtype="u8"), np.array([4, 5], dtype="i8"))
    assert runs.twice() == {"key": [3, 4]}


def test_keys_that_grow_with_time_meet_their_neighbors_only() -> None:
    months = [[["e001", "e110"]], [["e100", "e200"]], [["e201", "e300"]]]
    assert _may_meet(months[0], months[1])
    assert not _may_meet(months[0], months[2])
    assert _may_meet(months[0], [[None, None]])  # an empty key may be equal anywhere
    parts = [
        type("Part", (), {"ranges": {"key": month}, "digest": str(at)})
        for at, month in enumerate(months)
    ]
    assert [[part.digest for part in group] for group in _groups(parts, "key")] == [["0", "1"]]
