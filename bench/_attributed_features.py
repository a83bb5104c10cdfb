"""Features of made-up companies: of which kind, what each really does, and who takes it up when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from bench._attributed_accounts import Accounts

#: Kinds of a company of twelve features; more features go round again.
KINDS = (
    "waves",
    "opt_in",
    "null",
    "shock",
    "forced",
    "tiny",
    "pair",
    "pair",
    "opt_in",
    "waves",
    "opt_in",
    "null",
)
#: What a rollout table says of each kind; a null feature comes either way.
HOW = {"waves": "randomized", "forced": "forced"}
#: Months that a release keeps from either end of the window.
BEFORE, AFTER = 6, 5
#: Customers with which a kind is told apart from a tiny one.
FEW = (20, 80)
#: Shares of features that keep customers, that do nothing else, and of nulls given out by lot.
KEEPS, ONLY_KEEPS, NULL_BY_LOT = 0.55, 0.2, 0.3


@dataclass(frozen=True)
class Feature:
    """One feature: its kind and what it really does to an adopter."""

    name: str
    kind: str
    how: str
    release: int
    lift: float  # of revenue at full effect, in logs or as a share of what was
    spread: float  # of that between adopters, as a share of it
    shape: str  # immediate, ramped or decaying
    pace: float  # months to full effect, or to half of what fades
    hazard: float  # change of the log hazard of churn while in use
    on: str  # seats or usage, where a company bills both
    reach: float  # share of customers that take it up by the end
    twin: int = -1  # the feature that is taken up together with it


def drawn_features(rng: Generator, months: int, count: int) -> tuple[Feature, ...]:
    """Return features of every kind, in an order that says nothing."""
    kinds = [KINDS[place % len(KINDS)] for place in range(count)]
    if kinds.count("pair") % 2:
        kinds[len(kinds) - 1 - kinds[::-1].index("pair")] = "opt_in"
    order = rng.permutation(count)
    found: list[Feature] = []
    open_pair = -1
    for place in range(count):
        kind = kinds[order[place]]
        feature = _drawn(rng, kind, f"F{place + 1:02d}", months)
        if kind == "pair" and open_pair >= 0:
            feature = replace(feature, twin=open_pair, release=found[open_pair].release)
            open_pair = -1
        elif kind == "pair":
            open_pair = place
        found.append(feature)
    return tuple(found)


def _drawn(rng: Generator, kind: str, name: str, months: int) -> Feature:
    low, high = {
        "null": (0.0, 0.0),
        "shock": (0.0, 0.03),
        "tiny": (0.04, 0.15),
        "pair": (0.03, 0.09),
    }.get(kind, (0.03, 0.13))
    lift, hazard = float(rng.uniform(low, high)), 0.0
    if kind not in ("null", "shock") and rng.random() < KEEPS:
        hazard = -float(rng.uniform(0.15, 0.6))
        if rng.random() < ONLY_KEEPS:
            lift = 0.0  # it keeps customers and sells them nothing
    how = HOW.get(kind, "opt_in")
    if kind == "null" and rng.random() < NULL_BY_LOT:
        how = "randomized"
    return Feature(
        name=name,
        kind=kind,
        how=how,
        release=int(rng.integers(BEFORE, max(BEFORE + 1, months - AFTER - 3))),
        lift=lift,
        spread=float(rng.uniform(0.1, 0.6)),
        shape=str(rng.choice(["immediate", "ramped", "decaying"], p=[0.5, 0.3, 0.2])),
        pace=float(rng.uniform(2, 6)),
        hazard=hazard,
        on=str(rng.choice(["seats", "usage"], p=[0.65, 0.35])),
        reach=float(rng.uniform(0.15, 0.5)),
    )


def shape_of(feature: Feature, months: int) -> NDArray[np.float64]:
    """Return the share of the full effect by months since first use."""
    age = np.arange(months, dtype=float)
    if feature.shape == "ramped":
        return np.minimum((age + 1) / feature.pace, 1.0)
    if feature.shape == "decaying":
        return 0.35 + 0.65 * 0.5 ** (age / feature.pace)
    return np.ones(months)


def together(features: tuple[Feature, ...], rng: Generator) -> tuple[int, int, float]:
    """Return two features that do more together, and how much more."""
    able = [k for k, one in enumerate(features) if one.kind in ("opt_in", "waves") and one.lift > 0]
    if len(able) < 2:  # noqa: PLR2004 - two of them
        return -1, -1, 0.0
    first, second = rng.choice(able, 2, replace=False)
    return int(first), int(second), float(rng.uniform(0.02, 0.06))


@dataclass(frozen=True)
class Adoption:
    """When each customer takes a feature up if it is still one, and from when it could."""

    first: NDArray[np.int64]  # customers x features; `months` stands for never
    available: NDArray[np.int64]  # the same for availability
    wave: NDArray[np.int64]  # number of the wave, -1 where there is none


def adopted(accounts: Accounts, features: tuple[Feature, ...], rng: Generator) -> Adoption:
    """Return who takes up what and when, whether or not they leave before."""
    count, months = accounts.trend.shape
    shape = (count, len(features))
    first, available = np.full(shape, months), np.full(shape, months)
    wave = np.full(shape, -1)
    for place, feature in enumerate(features):
        open_from = np.maximum(feature.release, accounts.start)
        if feature.how == "randomized":
            wave[:, place], opened = _waves(rng, feature, count, months)
            open_from = np.maximum(opened, accounts.start)
        available[:, place] = np.minimum(open_from, months)
        if feature.twin >= 0:
            near = first[:, feature.twin]
            late = (rng.random(count) < 0.02) & (near < months)  # noqa: PLR2004 - a few are late
            first[:, place] = np.minimum(near + late, months)
        elif feature.kind == "forced":
            first[:, place] = open_from
        elif feature.kind == "shock":
            first[:, place] = _after_shock(rng, accounts, feature, open_from)
        else:
            first[:, place] = _by_choice(rng, accounts, feature, open_from)
    return Adoption(np.minimum(first, months), available, wave)


def _waves(rng: Generator, feature: Feature, count: int, months: int) -> tuple[Any, Any]:
    """Return the wave of each customer by lot, and the month it opens; the last may never open."""
    number = int(rng.integers(3, 6))
    gap = int(rng.integers(1, 4))
    opened = feature.release + gap * np.arange(number)
    if rng.random() < 0.6:  # noqa: PLR2004 - a holdout, more often than not
        opened[-1] = months
    opened = np.where(opened > months - 4, months, opened)
    wave = rng.integers(0, number, count)
    return wave, opened[wave]


def _by_choice(rng: Generator, accounts: Accounts, feature: Feature, open_from: Any) -> Any:  # noqa: ANN401
    """Return first months of use, by a hazard that leans to the large, the growing, the loyal."""
    count, months = accounts.trend.shape
    waves = feature.how == "randomized"
    size, growth, loyal = rng.uniform((0.1, 0.3, 0.0), (0.6, 0.9, 0.5)) * (0.5 if waves else 1.0)
    lean = (
        size * accounts.size[:, None] + growth * accounts.pull - loyal * accounts.frailty[:, None]
    )
    age = np.arange(months)[None, :] - open_from[:, None]
    fresh = 0.4 + 0.6 * np.exp(-np.maximum(age, 0) / rng.uniform(2, 8))
    weight = np.where(age >= 0, fresh * np.exp(np.clip(lean, -3, 3)), 0.0)
    reach = rng.uniform(0.4, 0.9) if waves else feature.reach
    if feature.kind == "tiny":
        reach = rng.integers(*FEW) / count
    scale = _scale(weight[: min(count, 2000)], reach)
    chance = -np.expm1(-scale * weight)
    taken = rng.random((count, months)) < chance
    return np.where(taken.any(axis=1), taken.argmax(axis=1), months)


def _scale(weight: NDArray[np.float64], reach: float) -> float:
    """Return the factor of the hazards at which a share of those who ever could take it up."""
    total = weight.sum(axis=1)
    total = total[total > 0]
    low, high = 0.0, 50.0 / max(total.mean(), 1e-9)
    for _ in range(40):
        middle = (low + high) / 2
        if -np.expm1(-middle * total).mean() < reach:
            low = middle
        else:
            high = middle
    return float(low + high) / 2


def _after_shock(rng: Generator, accounts: Accounts, feature: Feature, open_from: Any) -> Any:  # noqa: ANN401
    """Return first months of use that follow a shock to the customer's own revenue."""
    count, months = accounts.trend.shape
    follows = (accounts.shock < months) & (rng.random(count) < rng.uniform(0.7, 0.95))
    after = accounts.shock + rng.integers(1, 4, count)
    stray = _by_choice(rng, accounts, replace(feature, reach=0.03), open_from)
    return np.where(follows, np.maximum(after, open_from), stray)
