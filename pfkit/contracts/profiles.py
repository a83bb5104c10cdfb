"""What a phasing profile means: the weights by which a year's amount counts in its months."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from pfkit.period import FiscalCalendar

EVEN, SEASONAL = "even", "seasonal"
PATTERNS = ("4-4-5", "4-5-4", "5-4-4")
PROFILES = (EVEN, SEASONAL, *PATTERNS)

YEAR = 12
#: How many digits of a declared share count.
_DIGITS = 10**9
_TOLERANCE = 1e-6
#: Months with an amount that make one year tell of a season.
_TELLING = 6

Label = tuple[str, ...]


@dataclass(frozen=True)
class Profile:
    """Whole weights of the twelve fiscal months.

    Parameters
    ----------
    weights : tuple of int
        None negative, not all zero.
    how : str
        In words, as in "amounts count evenly in their months".
    why : str
        Why it is not what was asked for; empty where it is.
    """

    weights: tuple[int, ...]
    how: str
    why: str = ""

    def running(self, last: int, count: int) -> tuple[list[int], str]:
        """Return the running totals of the weights of a stretch, and why they are even if so.

        Parameters
        ----------
        last : int
            Place in the fiscal year of the stretch's last month, from 0.
        count : int
            Its months.

        Examples
        --------
        >>> weekly("4-4-5").running(5, 3)
        ([0, 4, 8, 13], '')
        """
        places = [(last - back) % YEAR for back in range(count - 1, -1, -1)]
        weights = [self.weights[place] for place in places]
        why = "" if any(weights) else "nothing counts in these months by it"
        found = [0]
        for weight in weights if any(weights) else [1] * count:
            found.append(found[-1] + weight)
        return found, why


def even(why: str = "") -> Profile:
    """Return the profile in which every month counts alike."""
    return Profile((1,) * YEAR, "evenly in their months", why)


def weekly(pattern: str, weeks: Sequence[int] = ()) -> Profile:
    """Return the profile of a week pattern; `weeks` are those of a calendar's own year."""
    mine = tuple(weeks) or tuple(int(part) for part in pattern.split("-")) * 4
    return Profile(mine, f"by the weeks of their months ({pattern})")


def shared(shares: Sequence[float]) -> Profile:
    """Return the profile of twelve declared shares.

    Raises
    ------
    ValueError
        If they are not twelve, one is negative, or they do not add up to 1.

    Examples
    --------
    >>> shared([0.5] + [0.5 / 11] * 11).weights[0]
    500000000
    """
    if len(shares) != YEAR:
        message = f"{len(shares)} shares were given; give one for each of the twelve fiscal months"
        raise ValueError(message)
    low = min(shares)
    if not low >= 0:
        message = f"share {low} is below zero; a month counts for nothing at least"
        raise ValueError(message)
    total = sum(shares)
    if not abs(total - 1) <= _TOLERANCE:
        message = f"the shares add up to {total:g}, not to 1"
        raise ValueError(message)
    return Profile(
        tuple(round(share * _DIGITS) for share in shares), "in their months by the shares declared"
    )


@dataclass(frozen=True)
class Level:
    """Monthly actuals added up by one kind of label, such as account: cents by label and month."""

    words: str
    amounts: Mapping[Label, Mapping[str, int]]


def season(
    levels: Sequence[Level],
    labels: Sequence[Label],
    *,
    calendar: FiscalCalendar,
    known: dt.date,
    years: int,
) -> Profile:
    """Return the profile of a line from the actuals that were known on a day.

    Parameters
    ----------
    levels : sequence of Level
        The line's own actuals first, then what they are pooled with; only what was known.
    labels : sequence of tuple of str
        The line's label on each level.
    calendar : FiscalCalendar
        The fiscal calendar.
    known : datetime.date
        The day; months that had not ended by it are left aside.
    years : int
        At most so many whole fiscal years are read.

    Returns
    -------
    Profile
        From whole fiscal years, else from the last twelve months; even, with the reason, where
        there is no season to be read.

    Notes
    -----
    A month's weight is its mean share of the years, each counting alike. A year tells where its
    amounts have one sign; a label does where two years tell, or one with amounts in six months.
    Otherwise the next level does.
    """
    months = {m for level in levels for held in level.amounts.values() for m in held}
    windows, name = _windows(months, calendar, known, years)
    if not windows:
        return even(f"no twelve months of actuals were known by {known.isoformat()}")
    for place, (level, label) in enumerate(zip(levels, labels, strict=True)):
        weights = _weights(level.amounts.get(label, {}), windows)
        if weights is not None:
            pooled = ", too little is known of their own" if place else ""
            return Profile(
                weights, f"in their months by the season of {level.words} in {name}{pooled}"
            )
    return even(f"no season can be read in {name}")


def _windows(
    months: set[str], calendar: FiscalCalendar, known: dt.date, years: int
) -> tuple[list[tuple[str, ...]], str]:
    """Return whole years of months in fiscal order, the newest first, and what they are called."""
    over = {month for month in months if calendar.last_day(month) <= known}
    if not over:
        return [], ""
    last = max(over)
    newest = calendar.fiscal_year_of(last)
    newest -= not over >= set(calendar.months_of_year(newest))
    found: list[tuple[str, ...]] = []
    for year in range(newest, newest - years, -1):
        held = calendar.months_of_year(year)
        if not over >= set(held):
            break
        found.append(held)
    if found:
        first = newest - len(found) + 1
        return found, f"FY{newest}" if first == newest else f"FY{first} to FY{newest}"
    trailing = [calendar.shift(last, -back) for back in range(YEAR)]
    if not over >= set(trailing):
        return [], ""
    order = calendar.months_of_year(year=calendar.fiscal_year_of(last))
    by_place = {month[-2:]: month for month in trailing}
    return [tuple(by_place[month[-2:]] for month in order)], f"the twelve months to {last}"


def _weights(
    amounts: Mapping[str, int], windows: Sequence[tuple[str, ...]]
) -> tuple[int, ...] | None:
    """Return the mean share of each month, every year counting alike."""
    years = [[amounts.get(month, 0) for month in held] for held in windows]
    telling = [year for year in years if _one_sign(year)]
    told = [sum(1 for amount in year if amount) for year in telling]
    if len(telling) < 2 and max(told, default=0) < _TELLING:  # noqa: PLR2004 (two years)
        return None
    return tuple(
        round(sum(Fraction(year[place], sum(year)) for year in telling) / len(telling) * _DIGITS)
        for place in range(YEAR)
    )


def _one_sign(year: Sequence[int]) -> bool:
    """Return whether a year has amounts, all of one sign."""
    return any(year) and (min(year) >= 0 or max(year) <= 0)


def divided(total: int, until: Sequence[int]) -> list[int]:
    """Divide a whole number by running weights: each part is the rounded running total's growth.

    Half is rounded away from zero; the parts add up to the total.

    Examples
    --------
    >>> divided(10000, [0, 1, 2, 3]), divided(-5, [0, 1, 2])
    ([3333, 3334, 3333], [-3, -2])
    """
    whole, size = until[-1], abs(total)
    running = [(size * weight * 2 + whole) // (2 * whole) for weight in until]
    parts = [high - low for low, high in itertools.pairwise(running)]
    return [-part for part in parts] if total < 0 else parts


def added(
    rows: Iterable[tuple[Label, str, int]],
) -> dict[Label, dict[str, int]]:
    """Return cents by label and month from rows of label, month and cents."""
    found: dict[Label, dict[str, int]] = {}
    for label, month, cents in rows:
        held = found.setdefault(label, {})
        held[month] = held.get(month, 0) + cents
    return found
