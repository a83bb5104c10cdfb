"""Customer × month: what each customer paid, as billed and in reporting currency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from pfkit.errors import ControlError, MeasureError
from pfkit.measures.attribution.billing import Note, month_label, month_numbers
from pfkit.measures.rows import require, whole_cents

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.measures.attribution.billing import Codes, Lines
    from pfkit.measures.medians import Array, Flags

#: Share of a month's ledger by which billing may miss it.
TOLERANCE: Final = 0.005
#: Customers below which a region × segment has no months of its own.
SMALLEST_CELL: Final = 30
#: A month that is this many times its usual distance off its neighbors says nothing of growth.
WILD: Final = 6.0
#: Nearer than this (logs) to its neighbors, a month is never left out: where customers pay the same
#: from month to month, the usual distance is next to nothing, and an effect would be as wild.
ALONE: Final = 0.25


@dataclass(frozen=True)
class Panel:
    """Customers by months.

    Attributes
    ----------
    names : numpy.ndarray
        Customers.
    first, months : int
        Number of the first month, and how many there are.
    local, amount : numpy.ndarray
        Customers × months, in the month referred to: as billed, and in reporting currency.
    cell : numpy.ndarray
        Region × segment of each customer, as a number.
    entry, leave : numpy.ndarray
        First month with revenue, and the month after the last; `months` where still there.
    moved : tuple of numpy.ndarray
        Customer, month referred to, month booked and amount of lines booked later.
    nobody : numpy.ndarray
        Amount of lines that name no customer, by month booked.
    ledger, gap : numpy.ndarray
        What the ledger says, and what it says beyond billing, in whole cents by month.
    by_reference : bool
        Whether the ledger has refunds in the month they refer to.
    notes : tuple of Note
        What was left out or moved.
    """

    names: np.ndarray
    first: int
    months: int
    local: Array
    amount: Array
    cell: Codes
    entry: Codes
    leave: Codes
    moved: tuple[Codes, Codes, Codes, Array]
    nobody: Array
    ledger: Codes
    gap: Codes
    by_reference: bool
    notes: tuple[Note, ...]

    @property
    def labels(self) -> list[str]:
        """Return the months."""
        return [month_label(self.first + month) for month in range(self.months)]

    def there(self) -> Flags:
        """Return when each customer was one."""
        at = np.arange(self.months)[None, :]
        return np.asarray((at >= self.entry[:, None]) & (at < self.leave[:, None]))


def panel(
    lines: Lines, customers: pd.DataFrame | None, ledger: pd.DataFrame | None, *, tolerance: float
) -> Panel:
    """Return customers by months, tied to the ledger.

    Raises
    ------
    ControlError
        If billing misses the ledger by more than the tolerance in a month.
    MeasureError
        If no customer paid anything.
    """
    count, months = len(lines.names), lines.months
    mine = lines.customer >= 0
    at = lines.customer[mine] * months + lines.refers[mine]

    def summed(values: Array) -> Array:
        by = np.bincount(at, values[mine], count * months).reshape(count, months)
        return np.asarray(by, dtype=np.float64)

    amount = summed(lines.amount)
    local = _one_currency(lines, summed(lines.local), amount)
    paid = local > 0
    ever = paid.any(1)
    if not bool(ever.any()):
        raise MeasureError(
            "no customer paid anything in any month",
            where="billing",
            advice="Sales are positive, credits and refunds negative.",
        )
    entry = np.where(ever, paid.argmax(1), months)
    last = months - 1 - paid[:, ::-1].argmax(1)
    moved = np.flatnonzero(mine & (lines.refers != lines.booked))
    booked, by_reference, stated = _tied(lines, ledger, tolerance)
    cell, unknown = _cells(lines.names, customers)
    notes = [*lines.notes, Note("customers without region and segment", unknown)]
    return Panel(
        names=lines.names,
        first=lines.first,
        months=months,
        local=local,
        amount=amount,
        cell=cell,
        entry=entry,
        leave=np.where(ever, last + 1, months),
        moved=(
            lines.customer[moved],
            lines.refers[moved],
            lines.booked[moved],
            lines.amount[moved],
        ),
        nobody=np.bincount(
            (lines.refers if by_reference else lines.booked)[~mine], lines.amount[~mine], months
        ).astype(np.float64),
        ledger=stated,
        gap=stated - booked,
        by_reference=by_reference,
        notes=tuple(note for note in notes if note.rows),
    )


def _one_currency(lines: Lines, local: Array, amount: Array) -> Array:
    """Return amounts as billed; in reporting currency for a customer billed in several."""
    mine = lines.customer >= 0
    low = np.full(len(lines.names), np.iinfo(np.int64).max)
    high = np.full(len(lines.names), -1)
    np.minimum.at(low, lines.customer[mine], lines.currency[mine])
    np.maximum.at(high, lines.customer[mine], lines.currency[mine])
    return np.where((low < high)[:, None], amount, local)


def _tied(lines: Lines, ledger: pd.DataFrame | None, tolerance: float) -> tuple[Codes, bool, Codes]:
    """Return billing by month in cents, whether by the month referred to, and the ledger."""
    months = lines.months
    cents = np.rint(lines.amount * 100)
    ways = [
        np.bincount(month, cents, months).round().astype(np.int64)
        for month in (lines.booked, lines.refers)
    ]
    if ledger is None:
        return ways[0], False, ways[0]
    require(ledger, ["amount"], name="ledger")
    number = month_numbers(ledger, name="ledger") - lines.first
    within = (number >= 0) & (number < months)
    stated = np.zeros(months, dtype=np.int64)
    np.add.at(stated, number[within], whole_cents(ledger["amount"], name="ledger")[within])
    off = [int(np.abs(stated - way).sum()) for way in ways]
    by_reference = off[1] < off[0]
    way = ways[int(by_reference)]
    apart = np.abs(stated - way) > tolerance * np.maximum(np.abs(stated), np.abs(way))
    if bool(apart.any()):
        worst = int(np.where(apart, np.abs(stated - way), -1).argmax())
        raise ControlError(
            f"billing is {way[worst] / 100:,.2f} and the ledger {stated[worst] / 100:,.2f}, "
            f"{(way[worst] - stated[worst]) / 100:,.2f} apart; "
            f"{int(apart.sum())} of {months} months are apart",
            where=f"ledger ({month_label(lines.first + worst)})",
            advice="Give the ledger's revenue for the same lines, or a higher `tolerance`.",
        )
    return way, by_reference, stated


def _cells(names: np.ndarray, customers: pd.DataFrame | None) -> tuple[Codes, int]:
    """Return region × segment of each customer, small ones together, and how many have none."""
    columns = [
        column
        for column in ("region", "country", "segment")
        if customers is not None and column in customers.columns
    ]
    if customers is None or not columns:
        return np.zeros(len(names), dtype=np.int64), 0
    require(customers, ["customer"], name="customers")
    if {"region", "country"} <= set(columns):
        columns.remove("country")
    named = customers.assign(customer=customers["customer"].astype("str"))
    known = named.drop_duplicates("customer").set_index("customer")[columns]
    mine = known.reindex(names)
    codes = mine.groupby(columns, sort=False, dropna=False, observed=True).ngroup().to_numpy()
    size = np.bincount(codes)
    big = size >= SMALLEST_CELL
    place = np.where(big, np.cumsum(big) - 1, int(big.sum()))
    return place[codes].astype(np.int64), int(mine.isna().all(axis=1).sum())


def usable(local: Array, there: Flags) -> tuple[Array, Flags]:
    """Return logarithms of revenue, and the months in which they say something of growth.

    A month without revenue says nothing, nor does one that stands alone far off its neighbors: a
    credit, a catch-up bill.
    """
    seen = there & (local > 0)
    logs = np.where(seen, np.log(np.where(seen, local, 1.0)), np.nan)
    distance = _distance(logs)
    usual = float(np.nanmedian(distance)) if np.isfinite(distance).any() else 0.0
    own = _row_medians(distance, usual)
    limit = np.maximum(WILD * 1.4826 * np.maximum(own, usual), ALONE)
    wild = distance > limit[:, None]
    seen = seen & ~wild
    return np.where(seen, logs, 0.0), seen


def _distance(logs: Array) -> Array:
    """Return how far each month is off the two before and the two after, whichever is nearer.

    Where a level shifts for good, a month is near to one side.
    """
    wide = np.pad(logs, ((0, 0), (2, 2)), constant_values=np.nan)
    months = logs.shape[1]
    before, after = (
        _mean(wide[:, k : k + months], wide[:, k + 1 : k + 1 + months]) for k in (0, 3)
    )
    off, other = logs - before, logs - after
    one_side = np.where(np.isfinite(off), off, other)
    both = np.isfinite(off) & np.isfinite(other)
    nearer = np.where(off * other > 0, np.minimum(np.abs(off), np.abs(other)), 0.0)
    return np.where(both, nearer, np.abs(one_side))


def _mean(one: Array, other: Array) -> Array:
    """Return the mean of two where both are known, else the one that is."""
    return np.where(np.isfinite(one), np.where(np.isfinite(other), (one + other) / 2, one), other)


def _row_medians(values: Array, usual: float) -> Array:
    ordered = np.sort(values, axis=1)
    count = np.isfinite(ordered).sum(1)
    middle = np.take_along_axis(ordered, np.maximum((count - 1) // 2, 0)[:, None], 1)[:, 0]
    return np.where(count > 0, middle, usual)
