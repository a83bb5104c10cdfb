"""What the demo company released: who took up which feature when, and what it truly does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pfkit.demo.timeline import MONTHS_A_YEAR, stream

if TYPE_CHECKING:
    from pfkit.demo.company import Products
    from pfkit.demo.timeline import Timeline

NEVER = 10**6  # month of what never came
WAVES = ("Wave 1", "Wave 2", "Wave 3", "Holdout")
WAVE_MONTHS = 3  # between one wave and the next
SOONEST = 4  # months after its first in which a customer may take up anything
EAGER = 0.5  # how much sooner those choose that are a standard deviation larger, or grow so


class Release(NamedTuple):
    """A feature that came: to whom, how it is used, and what it truly does."""

    feature: str
    initiative: str  # that paid for it
    age: int  # months before the last month in which it came
    how: str  # as table `rollout` has it
    lift: float  # what it adds to the log of a subscription's seats, from first use on
    pace: float  # of customers that can, who take it up in a month
    promised: float  # net revenue a year it was expected to add, EUR
    metric: str
    rate: float  # uses per seat and month; 0 where `company.FEATURES` has it
    product: str = ""  # the one it works in; empty for all


RELEASES = (
    Release("Guided setup", "Self-service onboarding", 17, "randomized", 0.08, 0.40,
            2_300e3, "setups", 0.35),
    Release("Smart search", "Search re-index", 10, "opt_in", 0.06, 0.08, 1_900e3,
            "searches", 3.1),
    Release("Carrier tracking", "Carrier network rebuild", 9, "opt_in", 0.05, 0.07,
            1_300e3, "shipments", 1.8, "Ferry"),
    Release("Assistant", "Assistant in Planning", 9, "forced", 0.02, 1.0, 1_250e3,
            "questions", 0.0),
)  # fmt: skip
#: Feature and metric of those that `company.FEATURES` does not have.
NEW = tuple((release.feature, release.metric) for release in RELEASES if release.rate)


@dataclass(frozen=True)
class Adoption:
    """Who could use what from when, and who did: customers × releases, months of the grid.

    Months are `NEVER` where a thing never came; `wave` is a place in `WAVES`, -1 where none was
    drawn; `lift` is what each release adds to the log of seats: subscriptions × releases × months.
    """

    available: np.ndarray
    first: np.ndarray
    wave: np.ndarray
    lift: np.ndarray


@dataclass(frozen=True)
class _Customers:
    """Where each subscription belongs, and what is paid by each customer and month."""

    of: np.ndarray
    paid: np.ndarray

    @property
    def begin(self) -> np.ndarray:
        there = self.paid > 0
        return np.where(there.any(1), there.argmax(1), NEVER)

    @property
    def end(self) -> np.ndarray:
        there = self.paid > 0
        return np.where(there.any(1), there.shape[1] - there[:, ::-1].argmax(1), 0)


def adoption(
    seed: int,
    time: Timeline,
    products: Products,
    place: tuple[np.ndarray, np.ndarray],
    *,
    seats: np.ndarray,
    assisted: np.ndarray,
) -> Adoption:
    """Draw who takes up what; effects stay for good, and keep nobody who would leave.

    `place` are customer and product of every subscription, `seats` what is expected of it by month,
    0 where there is none; `assisted` says which hold the feature that came to all at once.
    """
    customer, product = place
    paid = np.zeros((int(customer.max()) + 1, seats.shape[1]))
    np.add.at(paid, customer, seats * ~products.services[product][:, None])
    known = _Customers(customer, paid)
    month = np.arange(seats.shape[1])
    parts, lift = [], np.zeros((len(customer), len(RELEASES), len(month)))
    for at, release in enumerate(RELEASES):
        works = _works(release, products, product, assisted)
        parts.append(_taken(seed, time, release, known, works))
        since = parts[-1][1][customer]
        lift[:, at] = release.lift * (month >= since[:, None]) * works[:, None]
    available, first, wave = (np.stack(one, axis=1) for one in zip(*parts, strict=True))
    return Adoption(available, first, wave, lift)


def feature_use(
    seed: int, customer: np.ndarray, adopted: Adoption, seats: np.ndarray
) -> np.ndarray:
    """Return uses of what was taken up: subscription × feature of `NEW` × month."""
    found = []
    for at, release in enumerate(RELEASES):
        if not release.rate:
            continue
        rng = stream(seed, f"use of {release.feature}")
        taste = release.rate * np.exp(rng.normal(0, 0.35, len(customer)))[:, None]
        noise = np.exp(rng.normal(0, 0.06, seats.shape))
        used = (adopted.lift[:, at] > 0) & (seats > 0)
        found.append(np.where(used, np.maximum(1, np.rint(taste * noise * seats)), 0))
    return np.stack(found, axis=1).astype(np.int64)


def _works(
    release: Release, products: Products, product: np.ndarray, assisted: np.ndarray
) -> np.ndarray:
    """Return the subscriptions that a release works in."""
    if not release.rate:
        return assisted
    if release.product:
        return np.asarray(product == products.index(release.product))
    return np.asarray(~products.services[product])


def _taken(
    seed: int, time: Timeline, release: Release, known: _Customers, works: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return by customer from when one could use a release, from when one did, and the wave.

    By lot are drawn those who are customers when it comes; who comes later is outside the lot.
    """
    rng = stream(seed, f"release {release.feature}")
    begin, end, count = known.begin, known.end, len(known.paid)
    may = np.zeros(count, dtype=bool)
    may[known.of[works]] = True
    day, wave = time.last - release.age, np.full(count, -1)
    opened = np.maximum(day, begin)
    if release.how == "randomized":
        drawn = np.flatnonzero(may & (begin <= max(day - 1, 0)) & (end > max(day, 0)))
        wave[drawn] = rng.permutation(np.arange(len(drawn)) % len(WAVES))
        opened = np.where((wave >= 0) & (wave < len(WAVES) - 1), day + WAVE_MONTHS * wave, NEVER)
    pace = release.pace * (_eager(time, known.paid) if release.how == "opt_in" else np.ones(count))
    wait = rng.geometric(np.minimum(pace, 1.0)) - 1
    first = np.maximum(opened, begin + SOONEST) + wait
    if release.how == "forced":
        first = opened
    used = may & (first < np.minimum(end, time.stop))
    return np.where(may, opened, NEVER), np.where(used, first, NEVER), wave


def _eager(time: Timeline, paid: np.ndarray) -> np.ndarray:
    """Return how much sooner than others each customer chooses: the large and the growing do."""
    now, before = paid[:, time.last], paid[:, max(0, time.last - MONTHS_A_YEAR)]
    both = (now > 0) & (before > 0)
    size = np.log(np.where(now > 0, now, 1.0))
    growth = size - np.log(np.where(both, before, np.where(now > 0, now, 1.0)))
    score = np.zeros(len(paid))
    for part in (size, growth):
        spread = max(float(part[both].std()), 1e-9)
        score += EAGER * np.clip((part - part[both].mean()) / spread, -2, 2)
    return np.asarray(np.exp(score))
