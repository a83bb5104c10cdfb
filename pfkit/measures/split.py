"""A change of sales split into volume, mix and price, in whole cents that add up."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np

from pfkit.measures.sold import CANCELLED, Sold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pfkit.measures.sold import Key

Joint = Literal["price", "mix", "apart"]

#: The effects in the order they are printed; ``mix`` is the sum of its levels.
EFFECTS = ("volume", "mix", "price", "joint", "new", "lost", "fx", "returns", "not_split")
NO_BASE = "no quantity in the base"
NO_ACTUAL = "no quantity in the actual"
CANCELS = "quantities add up to zero"
TOO_LARGE = "volumes nearly cancel out, so that effects outgrow everything sold"
#: No effect is taken for true that is larger than this many times everything sold, or than what a
#: table can hold to the cent.
_OUTGROWN, _HELD = 1000, 2.0**46


@dataclass(frozen=True)
class Grain:
    """How cells stand inside each other.

    Attributes
    ----------
    within : int
        The first columns of a key: volumes are added up inside them only.
    levels : tuple of int
        Length of the key prefix at each level of the mix, coarsest first; the last is a cell's.
    identity : int
        Length of the key prefix that is new or lost as a whole.
    """

    within: int
    levels: tuple[int, ...]
    identity: int


@dataclass
class Cell:
    """One cell of the comparison, and the effects that add up to its change, in cents."""

    key: Key
    base: Sold
    actual: Sold
    effects: dict[str, int] = field(default_factory=lambda: dict.fromkeys(EFFECTS, 0))
    levels: list[int] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    borrowed: float | None = None
    whole: bool = False  # nothing of it is split

    @property
    def change(self) -> int:
        """What is to be explained."""
        return self.actual.total - self.base.total


def split(
    base: Mapping[Key, Sold], actual: Mapping[Key, Sold], grain: Grain, joint: Joint
) -> list[Cell]:
    """Split every cell's change into effects; they add up to it to the cent.

    Notes
    -----
    Exchange rates come off first, for every row of a cell; then returns and what has no quantity
    stand apart, and what exists on one side only is new or lost. The rest is split by `_parts`.
    """
    found = [
        Cell(key, base.get(key, Sold()), actual.get(key, Sold()))
        for key in sorted({*base, *actual})
    ]
    there = [
        {key[grain.within : grain.identity] for key, cell in side.items() if cell.is_there}
        for side in (base, actual)
    ]
    rest = [cell for cell in found if not _settled(cell, grain, there)]
    rest = _with_price(rest, grain)
    if rest:
        _parts(rest, grain, joint)
    for cell in found:
        cell.levels = cell.levels or [0] * len(grain.levels)
    return found


def _settled(cell: Cell, grain: Grain, there: Sequence[Iterable[Key]]) -> bool:
    """Take from a cell what is no price, volume or mix; return whether nothing is left."""
    base, actual, effects = cell.base, cell.actual, cell.effects
    effects["fx"] = actual.currency
    effects["returns"] = actual.returns_constant - base.returns
    name = cell.key[grain.within : grain.identity]
    if name not in there[0]:
        effects["new"] = actual.constant + actual.apart_constant
        cell.reasons += [f"new at actual rates: no base rate of {c}" for c in actual.rateless]
        return True
    if name not in there[1]:
        effects["lost"] = -(base.amount + base.apart)
        return True
    why = _unsplit(base, actual)
    if why:
        cell.whole = True
        effects["not_split"] = actual.constant + actual.apart_constant - base.amount - base.apart
        cell.reasons += why
        return True
    effects["not_split"] = actual.apart_constant - base.apart
    cell.reasons += [*base.reasons, *actual.reasons]
    return not (base.is_sold or actual.is_sold)


def _unsplit(base: Sold, actual: Sold) -> list[str]:
    """Return why a cell cannot be split at all, or nothing."""
    why: list[str] = []
    if base.apart and not base.is_sold and actual.is_sold:
        why += base.reasons or (NO_BASE,)
    if actual.apart and not actual.is_sold and base.is_sold:
        why += actual.reasons or (NO_ACTUAL,)
    if any(side.quantity == 0 and side.has_money for side in (base, actual)):
        why.append(CANCELS)
    return why


def _with_price(cells: list[Cell], grain: Grain) -> list[Cell]:
    """Give cells without a base the base price of the identity they stand in; else they are new."""
    sums: dict[Key, list[float]] = {}
    for cell in cells:
        for length in range(grain.identity, len(cell.key) + 1):
            total = sums.setdefault(cell.key[:length], [0.0, 0.0, 0.0])
            total[0] += cell.base.amount
            total[1] += cell.base.quantity
            total[2] += abs(cell.base.quantity)
    kept = []
    for cell in cells:
        if cell.base.quantity != 0:
            kept.append(cell)
            continue
        around = [
            sums[cell.key[:length]] for length in range(len(cell.key), grain.identity - 1, -1)
        ]
        known = [total for total in around if abs(total[1]) > CANCELLED * total[2]]
        if known:
            cell.borrowed = known[0][0] / known[0][1]
            kept.append(cell)
        else:
            cell.effects["new"] = cell.actual.constant
    return kept


def _parts(cells: list[Cell], grain: Grain, joint: Joint) -> None:
    """Split what is left into volume, mix by level, price and the joint term."""
    before = np.array([cell.base.quantity for cell in cells])
    after = np.array([cell.actual.quantity for cell in cells])
    base = np.array([float(cell.base.amount) for cell in cells])
    actual = np.array([float(cell.actual.constant) for cell in cells])
    own = before != 0
    with np.errstate(all="ignore"):  # what is too large is caught where it is written
        price = np.where(
            own,
            base / np.where(own, before, 1.0),
            [cell.borrowed or 0.0 for cell in cells],
        )
        steps = [before, *_targets(cells, before, after, grain)]
        moved = [(to - start) * price for start, to in pairwise(steps)]
        size = float(np.abs(base).sum() + np.abs(actual).sum())
        paid = actual / np.where(after != 0, after, 1.0)
        both = np.where(after != 0, (after - before) * (paid - price), 0.0)
        dearer = actual - after * price
    most = min(_OUTGROWN * size, max(_HELD, 8 * size))
    for place, cell in enumerate(cells):
        parts = [float(part[place]) for part in moved]
        term, at_price = float(both[place]), float(dearer[place])
        if joint != "price":
            at_price -= term
            if joint == "mix":
                parts[-1] += term
        _write(cell, [*parts, at_price, term if joint == "apart" else 0.0], most)


def _targets(
    cells: list[Cell], before: np.ndarray, after: np.ndarray, grain: Grain
) -> list[np.ndarray]:
    """Return quantities on the way from base to actual, one step per level of the mix.

    First the actual total at the base mix of everything; then the actual totals of the first
    level at the base mix inside them, and so on to the actual quantities. Where a level has no
    base volume, the next level's quantities stand in for it.
    """
    reached, found = after, [after]
    for length in reversed((grain.within, *grain.levels[:-1])):
        codes: dict[Key, int] = {}
        code = np.array([codes.setdefault(cell.key[:length], len(codes)) for cell in cells])
        total = np.bincount(code, before)
        usable = np.abs(total) > CANCELLED * np.bincount(code, np.abs(before))
        grown = np.bincount(code, after) / np.where(usable, total, 1.0)
        reached = np.where(usable[code], before * grown[code], reached)
        found.insert(0, reached)
    return found


def _write(cell: Cell, parts: list[float], most: float) -> None:
    """Round the parts of a cell to cents; the largest takes what rounding leaves."""
    due = cell.actual.constant - cell.base.amount
    if not all(abs(part) <= most for part in parts):  # NaN too
        cell.whole = True
        cell.effects["not_split"] += due
        cell.reasons.append(TOO_LARGE)
        return
    whole = [round(part) for part in parts]
    largest = max(range(len(parts)), key=lambda place: abs(parts[place]))
    whole[largest] += due - sum(whole)
    volume, *levels, price, term = whole
    cell.levels = levels
    effects = cell.effects
    effects["volume"], effects["mix"] = volume, sum(levels)
    if cell.actual.rateless:
        effects["not_split"] += price + term
        cell.reasons += [
            f"price not told from currency: no base rate of {c}" for c in cell.actual.rateless
        ]
        return
    effects["price"], effects["joint"] = price, term
