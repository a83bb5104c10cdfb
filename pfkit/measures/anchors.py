"""What a year may come to: each plan set right by how such plans turned out, and the run rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pfkit.measures.medians import weighted_median

if TYPE_CHECKING:
    from pfkit.measures.medians import Array, Flags
    from pfkit.measures.replays import Replays

#: A year counts this much of the one after it.
MEMORY = 0.7
#: Correction from one year that nothing speaks against: n / (n + this).
CAUTION = 0.3
#: Years that the common size of errors counts for beside a line's own.
BORROWED = 3.0
#: A year that is over and not stated yet counts this much of one that is.
PRELIMINARY = 0.5
#: Errors beyond this share of a plan count as this share.
MOST = 1.0
#: Of a plan with this error nothing came.
NOTHING = -0.99
#: A run rate lies at most this share above or below the latest plan: from nothing to twice of it.
RUN_MOST = 1.0
#: A year to date below this share of a usual year says nothing of the rest.
LEAST_SHARE = 0.02
#: Years that the common share of the year gone counts for beside a line's own.
SHARE_BORROWED = 0.2
#: More than this share of a year spent before its end is no seasonal share.
SHARE_MOST = 1.5

LATEST, RUN, PACE = "latest", "run rate", "pace of the plan"
LAST, REST = "last known year", "year to date and the rest of last known year"


@dataclass(frozen=True)
class Anchors:
    """What each line's year may come to, one value per way of looking at it.

    Attributes
    ----------
    names : list of str
        A version set right by its past, ``latest`` as stated, ``run rate``, ``pace of the plan``;
        for lines without a plan also what the last known year came to, set right by how years
        grew, and the year to date with the rest of that year.
    values : numpy.ndarray
        Anchor × line × year, in cents; NaN where it says nothing.
    latest : numpy.ndarray
        Line × year: the last plan there is, with the year to date in place of its months gone.
    scale : numpy.ndarray
        Line × year: the size errors are measured by: that of the latest plan which is not zero,
        else of the last known year, else of the run rate.
    left : numpy.ndarray
        Anchor × line × year: how far a version lies from the latest plan, as a share of the
        scale; zero for what is no version.
    """

    names: list[str]
    values: Array
    latest: Array
    scale: Array
    left: Array


def anchors(replay: Replays) -> Anchors:
    """Work out every anchor of every year from what was known on the year's day."""
    versions = list(replay.stated)
    plans = {version: _plan(replay, version) for version in versions}
    latest = scale = np.full(replay.spent.shape, np.nan)
    for version in reversed(versions):
        latest = np.where(np.isfinite(latest), latest, plans[version])
        scale = np.where(scale > 0, scale, np.abs(plans[version]))
    names = [*versions, LATEST, RUN, PACE, LAST, REST]
    values = np.full((len(names), *latest.shape), np.nan)
    at = {name: place for place, name in enumerate(names)}
    pace = _pace(replay, versions)
    last, rest = _last(replay)
    for year in range(latest.shape[1]):
        truth = replay.truth[year]
        guess = _preliminary(replay, year)
        for place, version in enumerate(versions):
            values[place, :, year] = corrected(plans[version], truth, year, guess)
        values[at[LATEST], :, year] = latest[:, year]
        share = shares(replay.spent, truth, year, elapsed=replay.elapsed)
        run = _per(replay.spent[:, year], share)
        values[at[RUN], :, year] = _within(run, latest[:, year])
        values[at[PACE], :, year] = _within(pace[:, year], latest[:, year])
        bare = ~np.isfinite(latest[:, year])
        values[at[LAST], bare, year] = corrected(last, truth, year)[bare]
        values[at[REST], bare, year] = rest[bare, year]
    idle = ~_begun(replay, last)
    values[:, idle] = np.nan
    latest = np.where(idle, np.nan, latest)
    for size in (last, values[at[RUN]]):
        scale = np.where(scale > 0, scale, np.abs(size))
    scale = np.where(scale > 0, scale, np.nan)
    left = np.zeros(values.shape)
    for place, version in enumerate(versions):
        left[place] = np.nan_to_num(np.abs(plans[version] - latest) / scale)
    return Anchors(names, values, latest, scale, left)


def corrected(plan: Array, truth: Array, year: int, guess: Array | None = None) -> Array:
    r"""Return a year's plan set right by how this line's plans of earlier years turned out.

    Parameters
    ----------
    plan : numpy.ndarray
        Line × year.
    truth : numpy.ndarray
        Line × year: what years came to, as known now.
    year : int
        The column asked about.
    guess : numpy.ndarray, optional
        What the year before is thought to come to, while that is not known.

    Notes
    -----
    With :math:`e_u = actual_u / plan_u - 1` of each known year, weighted :math:`0.7^{age}`, the
    correction is their weighted median :math:`m`, taken as
    :math:`m \cdot \frac{n}{n + 0.3} \cdot \frac{m^2}{m^2 + s^2 / n}`: `n` the weight of the years,
    `s` how far they lie from `m`, held to the common size of errors. What is small beside
    its own spread is left alone, what returns every year is taken in full; a plan of which
    nothing came is taken for nothing again where such plans mostly stay so.
    """
    now = plan[:, year]
    past = _past(truth, plan, year)
    if not past:
        return now.copy()
    errors = _error(truth[:, past], plan[:, past])
    weights = np.broadcast_to(MEMORY ** (max(past) - np.array(past, dtype=float)), errors.shape)
    common = float(np.nanmedian(np.abs(errors))) if bool(np.isfinite(errors).any()) else 0.0
    if guess is not None and year - 1 not in past:
        errors = np.column_stack([errors, _error(guess, plan[:, year - 1])])
        weights = np.column_stack([weights, np.full(len(now), PRELIMINARY)])
    weights = np.where(np.isfinite(errors), weights, 0.0)
    count = weights.sum(-1)
    middle = np.nan_to_num(weighted_median(errors, weights))
    off = np.nan_to_num(np.abs(errors - middle[:, None]))
    size = ((weights * off).sum(-1) + BORROWED * common) / (count + BORROWED)
    noise = size**2 / np.maximum(count, 1e-9)
    trust = np.divide(middle**2, middle**2 + noise, out=np.zeros_like(middle), where=middle != 0)
    found: Array = now * (1 + middle * trust * count / (count + CAUTION))
    lately = errors[:, -1] <= NOTHING
    return np.where(_nothing_again(errors[:, : len(past)], lately), 0.0 * now, found)


def _nothing_again(known: Array, lately: Flags) -> Flags:
    """Return the lines of which nothing came last time, where such lines mostly stay so.

    Parameters
    ----------
    known : numpy.ndarray
        Line × known year: errors, oldest first.
    lately : numpy.ndarray
        Whether nothing came of a line in the last year, known or thought.

    Notes
    -----
    A reserve that is planned here and spent elsewhere comes to nothing every year. One year tells
    it, where by now lines of which nothing came were again nothing at least twice more often than
    not.
    """
    last = np.zeros(len(known), dtype=bool)
    again = others = 0
    for year in range(known.shape[1]):
        there = np.isfinite(known[:, year])
        nothing = there & (known[:, year] <= NOTHING)
        again += int((last & nothing).sum())
        others += int((last & there & ~nothing).sum())
        last = np.where(there, nothing, last)
    return (last | lately) & (again > others + 1)


def shares(spent: Array, truth: Array, year: int, *, elapsed: float) -> Array:
    """Return the share of a year that each line has usually spent by now.

    Notes
    -----
    A line's own share is the weighted median of its known years, held to the median of all lines;
    while no year is known it is the share of the months gone. NaN where it is too small to tell.
    """
    past = [
        u for u in range(year) if bool((np.isfinite(truth[:, u]) & np.isfinite(spent[:, u])).any())
    ]
    if not past:
        return np.full(len(spent), elapsed)
    known = _per(spent[:, past], truth[:, past])
    known = np.where((known > 0) & (known <= SHARE_MOST), known, np.nan)
    if not bool(np.isfinite(known).any()):
        return np.full(len(spent), elapsed)
    weights = np.broadcast_to(MEMORY ** (max(past) - np.array(past, dtype=float)), known.shape)
    weights = np.where(np.isfinite(known), weights, 0.0)
    count = weights.sum(-1)
    own = np.nan_to_num(weighted_median(known, weights))
    usual = (own * count + SHARE_BORROWED * float(np.nanmedian(known))) / (count + SHARE_BORROWED)
    return np.where(usual > LEAST_SHARE, usual, np.nan)


def _begun(replay: Replays, last: Array) -> Flags:
    """Return line × year whether there is anything to expect: a plan, spending, or an earlier year.

    A line that no plan names in a year with plans, and on which nothing was spent, is not there.
    """
    planned = np.zeros(last.shape, dtype=bool)
    for table in (*replay.stated.values(), *replay.rest.values()):
        planned |= np.isfinite(table)
    spent = np.nan_to_num(replay.spent) != 0
    bare = ~planned.any(0) & np.isfinite(last)
    found: Flags = planned | spent | bare
    return found


def _plan(replay: Replays, version: str) -> Array:
    """Return a version's year: to date as spent where it is phased, else as stated."""
    rest = replay.rest[version]
    phased = np.isfinite(rest).any(0)  # a line that a phased plan leaves out is planned at zero
    to_go = replay.spent + np.where(phased & ~np.isfinite(rest), 0.0, rest)
    return np.where(np.isfinite(to_go), to_go, replay.stated[version])


def _pace(replay: Replays, versions: list[str]) -> Array:
    """Return the plan for the year times how far the year to date is from its plan."""
    found = np.full(replay.spent.shape, np.nan)
    for version in versions:
        begun = replay.begun[version]
        pace = _per(replay.spent, begun) * replay.stated[version]
        found = np.where(np.isfinite(pace) & (begun > 0), pace, found)
    return found


def _last(replay: Replays) -> tuple[Array, Array]:
    """Return what the last known year came to, and the year to date with the rest of that year."""
    last = np.full(replay.spent.shape, np.nan)
    rest = last.copy()
    for year in range(last.shape[1]):
        for before in range(year):
            truth = replay.truth[year][:, before]
            there = np.isfinite(truth)
            last[there, year] = truth[there]
            rest[there, year] = (replay.spent[:, year] + truth - replay.spent[:, before])[there]
    return last, rest


def _preliminary(replay: Replays, year: int) -> Array | None:
    """Return what the year before is thought to come to, where it is over and not stated yet."""
    if year == 0 or not bool(np.isfinite(replay.before[:, year]).any()):
        return None
    lagged = np.full(replay.before.shape, np.nan)
    lagged[:, 1:] = replay.truth[year][:, :-1]
    return corrected(replay.before, lagged, year)


def _within(value: Array, latest: Array) -> Array:
    """Hold a run rate to half and one and a half times the latest plan, where there is one."""
    size = np.abs(latest) * RUN_MOST
    bounded = np.clip(value, latest - size, latest + size)
    return np.where(np.isfinite(latest) & (latest != 0), bounded, value)


def _past(truth: Array, said: Array, year: int) -> list[int]:
    """Return the earlier years of which both are known for some line."""
    both = np.isfinite(truth[:, :year]) & np.isfinite(said[:, :year])
    return [u for u in range(year) if bool(both[:, u].any())]


def _error(truth: Array, plan: Array) -> Array:
    found: Array = np.clip(_per(truth, plan) - 1, -MOST, MOST)
    return found


def _per(part: Array, whole: Array) -> Array:
    there = np.isfinite(part) & np.isfinite(whole) & (whole != 0)
    found: Array = np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=there)
    return found
