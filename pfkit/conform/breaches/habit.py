"""Whether something that an account never did is news, or only had not come up yet."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Chance, given every account's past, below which a first time is news.
UNLIKELY = 0.03
#: The same for all accounts that never did it, together.
UNLIKELY_ANY = 0.06
#: Entries of an account, and months with them, that must have been seen.
SEEN, SEEN_MONTHS = 12, 5
#: An account may have done it so seldom as once in this many entries, at most twice, and still
#: count as one that does not: each was told as a breach in its month.
SELDOM, AT_MOST = 100, 2
#: Where accounts of which so small a share did it had it in so many months, it is a habit.
RARE, EXCEPTIONS = 0.02, 4
#: When this share of the accounts that never did it do it at once, the company has changed.
TOGETHER, TOGETHER_LEAST = 0.5, 4
#: The same in the last month of a year, where no earlier year end can be looked at.
AT_YEAR_END, AT_YEAR_END_LEAST = 0.2, 3

# What shares of an account's entries may be like: their mean over accounts, and how alike
# accounts are (a small number: nearly all of them or nearly none, a large one: all the same).
_MEANS = (*(10 ** (-5 + 0.25 * step) for step in range(19)), 0.5, 0.7, 0.9)
_ALIKE = (0.02, 0.05, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0, 1000.0)
# The share of accounts that never do it.
_NEVER = (0.02, 0.1, 0.3, 0.6, 0.9)


@dataclass(frozen=True)
class Seen:
    """How often something was seen in one account (or another group of entries).

    Attributes
    ----------
    key : str
        The account.
    past, past_with : int
        Entries of the months before, and those of them with it.
    months : int
        Months before with entries.
    months_with : tuple of str
        The months before in which it was seen.
    now, now_with : int
        Entries of the month judged, and those with it that are large enough to be pointed at.
    """

    key: str
    past: int
    past_with: int
    months: int
    months_with: tuple[str, ...]
    now: int
    now_with: int

    @property
    def may_be_news(self) -> bool:
        """Whether it was not done in a past that is long enough to say so."""
        long = self.past >= SEEN and self.months >= SEEN_MONTHS
        return long and self.past_with <= min(AT_MOST, self.past // SELDOM)


def seen_of(row: Sequence[Any]) -> Seen:
    """Return what a query says of one account: its columns in the order of `Seen`."""
    key, past, past_with, months, months_with, now, now_with = row
    return Seen(str(key), past, past_with, months, tuple(months_with or ()), now, now_with)


def news(seen: Iterable[Seen], *, year_end: bool = False) -> list[Seen]:
    """Return the accounts in which something happened that is not done there.

    Some accounts never do it; of the others, each account's share of entries with it is taken as
    drawn from one beta distribution. How many never do it, and that distribution, are weighed by
    what all accounts did, and the chance that an account without it so far has it this month
    follows. In a company that does it here and there, the chance is large and nothing is news;
    where some accounts always do it and the others never did, it is.

    Parameters
    ----------
    seen : iterable of Seen
        Every account with entries in the months before.
    year_end : bool
        Whether the month ends a fiscal year and no earlier year end is known: closing entries of
        a year come together, so several accounts at once are no news then.
    """
    known = [one for one in seen if one.past]
    able = [one for one in known if one.may_be_news]
    fresh = [one for one in able if one.now_with]
    if not fresh:
        return []
    together, least = (AT_YEAR_END, AT_YEAR_END_LEAST) if year_end else (TOGETHER, TOGETHER_LEAST)
    if len(fresh) >= max(least, together * len(able)):
        return []
    seldom = [one for one in known if one.past_with <= RARE * one.past]
    if len({month for one in seldom for month in one.months_with}) >= EXCEPTIONS:
        return []
    level = min(UNLIKELY, UNLIKELY_ANY / len(able))
    return [one for one in fresh if _chance(one, known) <= level]


def _chance(one: Seen, known: Sequence[Seen]) -> float:
    """Return the chance that an account has at least one such entry this month.

    Its own exceptions do not count: each was told as a breach in its month.
    """
    counted = Counter((each.past_with, each.past) for each in known if each is not one)
    counted[0, one.past] += 1
    weighed: list[tuple[float, float]] = []
    for mean, alike in product(_MEANS, _ALIKE):
        a, b = mean * alike, (1 - mean) * alike
        nothing = _log_beta(a, b)
        shares = [
            (math.exp(max(_log_beta(a + with_it, b + rows - with_it) - nothing, -700.0)), with_it)
            for with_it, rows in counted
        ]
        past = _log_beta(a, b + one.past)
        fresh = -math.expm1(_log_beta(a, b + one.past + one.now) - past)
        kept = math.exp(max(past - nothing, -700.0))
        for never in _NEVER:
            log = sum(
                times * math.log((1 - never) * share + never * (with_it == 0))
                for (share, with_it), times in zip(shares, counted.values(), strict=True)
            )
            does = (1 - never) * kept
            weighed.append((log, fresh * does / (does + never)))
    best = max(log for log, _ in weighed)
    weights = [math.exp(log - best) for log, _ in weighed]
    chances = [weight * chance for weight, (_, chance) in zip(weights, weighed, strict=True)]
    return sum(chances) / sum(weights)


def more_than_usual(past: int, past_with: int, now: int, now_with: int) -> float:
    """Return the chance of at least as many entries with something, by the past share of them.

    The beta-binomial tail with Jeffreys' prior: a short past says little, so its chances are
    larger.

    Examples
    --------
    >>> round(more_than_usual(100, 50, 10, 5), 2), more_than_usual(200, 0, 20, 5) < 1e-5
    (0.62, True)
    """
    a, b = past_with + 0.5, past - past_with + 0.5
    whole = _log_beta(a, b)
    return min(
        1.0,
        sum(
            math.exp(
                math.lgamma(now + 1)
                - math.lgamma(count + 1)
                - math.lgamma(now - count + 1)
                + _log_beta(a + count, b + now - count)
                - whole
            )
            for count in range(now_with, now + 1)
        ),
    )


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
