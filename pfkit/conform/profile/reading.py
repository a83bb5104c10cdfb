"""What reading a column gives: values in plain form, repairs, faults, or a doubt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

#: Below this share, values that contradict the rest are held back row by row.
FEW: Final = 0.1
#: Values that prove a form at least, before a few others count as exceptions.
ENOUGH: Final = 10


@dataclass(frozen=True)
class Repair:
    """One way of writing that was understood: what, how often, and an example."""

    rule: str
    column: str
    count: int
    row: int
    example: str


@dataclass(frozen=True)
class Fault:
    """A value that cannot be read, and why."""

    row: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class Doubt:
    """Why a whole column cannot be read without a guess."""

    rule: str
    row: int
    column: str
    value: str
    message: str
    advice: str


@dataclass(frozen=True)
class Reading:
    """The columns in plain form, and what was understood on the way.

    Parameters
    ----------
    columns : dict of str to pyarrow.Array
        Numbers as ``-1234.5``, days as ``2026-01-31``; what cannot be read stays as it is.
    repairs : tuple of Repair
        What was understood.
    faults : tuple of Fault
        Values that cannot be read.
    doubt : Doubt or None
        Set when the columns allow several readings, or contradict themselves.
    signs : dict of int to str
        Rows whose number carries a currency's sign or code.
    """

    columns: dict[str, pa.Array] = field(default_factory=dict)
    repairs: tuple[Repair, ...] = ()
    faults: tuple[Fault, ...] = ()
    doubt: Doubt | None = None
    signs: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Distinct:
    """The different texts of a column, with how often and where first."""

    column: str
    texts: list[str | None]
    typed: list[bool]
    places: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]
    firsts: npt.NDArray[np.int64]

    @classmethod
    def of(
        cls, column: str, values: pa.ChunkedArray, typed: npt.NDArray[np.bool_] | None
    ) -> Distinct:
        """Gather the texts of a column, apart by whether the file marks them as numbers."""
        encoded = values.combine_chunks().dictionary_encode()
        texts = encoded.dictionary.to_pylist()
        places = encoded.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False)
        places = places.astype(np.int64)
        texts.append(None)
        if typed is not None and typed.any():
            places = places * 2 + typed
            kept, places = np.unique(places, return_inverse=True)
            shown = [texts[at // 2] for at in kept]
            kinds = [bool(at % 2) for at in kept]
        else:
            shown, kinds = texts, [False] * len(texts)
        counts = np.bincount(places, minlength=len(shown))
        firsts = np.full(len(shown), len(places), dtype=np.int64)
        np.minimum.at(firsts, places, np.arange(len(places)))
        return cls(column, shown, kinds, places, counts, firsts)

    def rebuilt(self, texts: Sequence[str | None]) -> pa.Array:
        """Return the column with every different text replaced."""
        return pa.array(texts, pa.string()).take(pa.array(self.places))

    def rows(self, at: int) -> list[int]:
        """Return the rows that hold one of the texts."""
        return [int(row) for row in np.flatnonzero(self.places == at)]


@dataclass
class Notes:
    """Repairs and faults, collected while a column is read."""

    found: dict[tuple[str, str], list[int | str]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    signs: dict[int, str] = field(default_factory=dict)

    def repair(self, rule: str, part: Distinct, at: int, value: str) -> None:
        """Count a text under what was understood of it; the first is the example."""
        count, first = int(part.counts[at]), int(part.firsts[at])
        example = f"{part.texts[at]!r} read as {value}" if value else f"{part.texts[at]!r}"
        held = self.found.setdefault((rule, part.column), [0, first, example])
        held[0] = int(held[0]) + count
        if first < int(held[1]):
            held[1:] = [first, example]

    def fault(self, part: Distinct, at: int, reason: str) -> None:
        """Keep every row of a text that cannot be read."""
        text = part.texts[at] or ""
        self.faults += [Fault(row, part.column, text, reason) for row in part.rows(at)]

    def repairs(self) -> tuple[Repair, ...]:
        """Return what was understood, each way of writing once for a column."""
        return tuple(
            Repair(rule, column, int(held[0]), int(held[1]), str(held[2]))
            for (rule, column), held in self.found.items()
        )
