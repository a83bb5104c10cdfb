"""Months and quarters as running numbers, from the ways a table writes them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pfkit.measures.fleet.rows import Counts

MONTHS, QUARTERS = 12, 4
#: What a frequency is called, and its periods in a year.
SEASONS = {"M": MONTHS, "Q": QUARTERS}
_MONTH = re.compile(r"(\d{4})-(\d{1,2})")
_QUARTER = re.compile(r"(\d{4})-?[Qq]([1-4])")
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?")


def read_period(text: str) -> tuple[int, int] | None:
    """Return periods in a year and the running number of a period; None where it is none.

    Examples
    --------
    >>> read_period("2011-06"), read_period("2011Q2"), read_period("2011-06-30")
    ((12, 24137), (4, 8045), (12, 24137))
    >>> read_period("06/2011") is None
    True
    """
    plain = text.strip()
    if found := _QUARTER.fullmatch(plain):
        return QUARTERS, int(found[1]) * QUARTERS + int(found[2]) - 1
    found = _MONTH.fullmatch(plain) or _DAY.fullmatch(plain)
    if found and 1 <= int(found[2]) <= MONTHS:
        return MONTHS, int(found[1]) * MONTHS + int(found[2]) - 1
    return None


def period_label(season: int, number: int) -> str:
    """Return a running number as a period.

    Examples
    --------
    >>> period_label(12, 24137), period_label(4, 8045)
    ('2011-06', '2011Q2')
    """
    year, part = divmod(number, season)
    return f"{year}-{part + 1:02d}" if season == MONTHS else f"{year}Q{part + 1}"


def labels(season: int, numbers: Counts) -> list[str]:
    """Return running numbers as periods."""
    known, at = np.unique(numbers, return_inverse=True)
    texts = [period_label(season, int(number)) for number in known]
    return [texts[k] for k in at.ravel().tolist()]
