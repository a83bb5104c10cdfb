"""What revenue is expected of made-up companies with and without features, and one course of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bench._attributed_accounts import WORTH, Accounts, Setting, drawn_accounts, drawn_setting
from bench._attributed_features import (
    Adoption,
    Feature,
    adopted,
    drawn_features,
    shape_of,
    together,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.random import Generator
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

NOBODY: frozenset[int] = frozenset()


@dataclass(frozen=True)
class World:
    """A company as its maker knows it: everything but chance in billing and in leaving."""

    seed: int
    setting: Setting
    accounts: Accounts
    features: tuple[Feature, ...]
    adoption: Adoption
    strength: Floats  # customers x features: full effect of each feature on each customer
    synergy: tuple[int, int, float]
    rates: Floats  # currencies x months: reporting currency per 1 unit
    credit: tuple[float, float]  # share of charges credited, and mean share of the amount
    refund: tuple[float, float]
    refund_months: tuple[int, int]

    @property
    def months(self) -> int:
        """Return the months of the window."""
        return int(self.accounts.base.shape[1])


def stream(seed: int, name: str) -> Generator:
    """Return a random stream of its own, so that no draw moves another."""
    return np.random.default_rng([seed, *name.encode()])


def made_world(seed: int, size: tuple[int, int, int], *, growth: str, family: str) -> World:
    """Return a company drawn by a seed; its size in customers, months and features."""
    count, months, features = size
    setting = drawn_setting(stream(seed, "setting"), family, growth)
    listed = drawn_features(stream(seed, "features"), months, features)
    shocked = [one.release for one in listed if one.kind == "shock"]
    accounts = drawn_accounts(
        stream(seed, "accounts"), setting, count, months, min(shocked, default=months // 3)
    )
    adoption = adopted(accounts, listed, stream(seed, "adoption"))
    rng = stream(seed, "strength")
    lift = np.array([one.lift for one in listed])
    spread = np.array([one.spread for one in listed])
    strength = lift * np.maximum(1 + spread * rng.normal(size=(count, len(listed))), 0.0)
    rng = stream(seed, "billing character")
    return World(
        seed=seed,
        setting=setting,
        accounts=accounts,
        features=listed,
        adoption=adoption,
        strength=strength,
        synergy=together(listed, stream(seed, "synergy")),
        rates=_rates(stream(seed, "rates"), setting, months),
        credit=(float(rng.uniform(0.01, 0.04)), 0.5),
        refund=(float(rng.uniform(0.003, 0.015)), 0.75),
        refund_months=(1, int(rng.integers(3, 6))),
    )


def _rates(rng: Generator, setting: Setting, months: int) -> Floats:
    level = np.array(WORTH[: setting.currencies + 1])
    steps = np.cumsum(rng.normal(0, 0.018, (len(level), months)), axis=1)
    steps[0] = 0.0
    return np.round(level[:, None] * np.exp(steps), 6)


def ages(world: World, feature: int) -> NDArray[np.int64]:
    """Return months since first use, negative before it: customers x months."""
    return np.arange(world.months)[None, :] - world.adoption.first[:, feature, None]


def _effects(world: World, feature: int) -> Floats:
    """Return what a feature does to each customer's revenue in each month."""
    age = ages(world, feature)
    share = shape_of(world.features[feature], world.months)[np.maximum(age, 0)]
    return np.where(age >= 0, share, 0.0) * world.strength[:, feature, None]


def _levels(world: World, without: Collection[int]) -> tuple[Floats, Floats]:
    """Return the level of revenue (or seats), and what use adds to the seats' own."""
    base = world.accounts.base
    lifted, used = np.zeros_like(base), np.zeros_like(base)
    seats = world.setting.family == "seats"
    kept = [k for k in range(len(world.features)) if k not in without]
    for feature in kept:
        one = world.features[feature]
        if one.lift == 0:
            continue
        effect = _effects(world, feature)
        if seats:  # so many seats for good, after what the customer was when it began
            at = np.minimum(world.adoption.first[:, feature], world.months - 1)
            effect *= base[np.arange(len(base)), at][:, None]
        (used if seats and one.on == "usage" else lifted)[...] += effect
    first, second, more = world.synergy
    if first in kept and second in kept:
        both = (ages(world, first) >= 0) & (ages(world, second) >= 0)
        lifted += both * more * (base if seats else 1.0)
    return (base + lifted, used) if seats else (base * np.exp(lifted), used)


def expected(world: World, without: Collection[int] = NOBODY) -> Floats:
    """Return expected charges in local money of customers that are still there."""
    setting, (level, used) = world.setting, _levels(world, without)
    if setting.family != "seats":
        return level
    unit = setting.unit_price * setting.per_seat * world.accounts.season
    return local(world) * (setting.price * level + unit * (level + used))


def hazards(world: World, without: Collection[int] = NOBODY) -> Floats:
    """Return the chance to leave at the end of each month."""
    log_hazard = np.array(world.accounts.log_hazard)
    for feature, one in enumerate(world.features):
        if feature not in without and one.hazard:
            log_hazard += one.hazard * (ages(world, feature) >= 0)
    return -np.expm1(-np.exp(log_hazard))


def survival(world: World, without: Collection[int] = NOBODY) -> Floats:
    """Return the chance of being a customer in each month, zero before the first."""
    before = np.arange(world.months)[None, :] < world.accounts.start[:, None]
    stays = np.where(before, 1.0, 1 - hazards(world, without))
    alive = np.ones_like(stays)
    np.cumprod(stays[:, :-1], axis=1, out=alive[:, 1:])
    return np.where(before, 0.0, alive)


def local(world: World) -> Floats:
    """Return local money of price lists for one of reporting currency, by customer."""
    each: Floats = np.round(1 / world.rates[world.accounts.currency, 0], 2)[:, None]
    return each


def worth(world: World) -> Floats:
    """Return what 1 charged in local money comes to, net of credits and refunds: currency x month.

    A credit comes in the month of its charge, a refund later, at the rate of its own month; one
    that would come after the window is not in it.
    """
    (credited, part), (refunded, back) = world.credit, world.refund
    low, high = world.refund_months
    net = world.rates * (1 - credited * part)
    later_share = (1 - credited) * refunded * back / (high - low + 1)
    for later in range(low, high + 1):
        if later < world.months:
            net[:, :-later] -= later_share * world.rates[:, later:]
    return net


def truth(world: World) -> pd.DataFrame:
    """Return expected revenue that each feature, or pair taken up together, adds in each month."""
    value = worth(world)[world.accounts.currency]
    whole = (expected(world) * survival(world) * value).sum(axis=0)
    found = []
    for feature, one in enumerate(world.features):
        groups: list[tuple[tuple[int, ...], str, str]] = [((feature,), one.name, one.kind)]
        if one.twin >= 0:
            name = f"{world.features[one.twin].name}+{one.name}"
            groups.append(((one.twin, feature), name, "pair together"))
        for members, name, kind in groups:
            less = (expected(world, members) * survival(world, members) * value).sum(axis=0)
            found.append(
                pd.DataFrame(
                    {
                        "feature": name,
                        "kind": kind,
                        "month": np.arange(world.months),
                        "amount": whole - less,
                    }
                )
            )
    return pd.concat(found, ignore_index=True)


def course(
    world: World, rng: Generator, without: Collection[int] = NOBODY
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return one course of charges in local money, before cents, and who was there when."""
    shape = world.accounts.base.shape
    leaves = rng.random(shape) < hazards(world, without)
    started = np.arange(world.months)[None, :] >= world.accounts.start[:, None]
    gone = np.zeros(shape, dtype=bool)
    np.logical_or.accumulate((leaves & started)[:, :-1], axis=1, out=gone[:, 1:])
    alive = started & ~gone
    setting = world.setting
    if setting.family != "seats":
        return np.where(alive, expected(world, without) * _noise(rng, setting, shape), 0.0), alive
    level, used = _levels(world, without)
    seats = np.floor(level + rng.random((shape[0], 1)))
    volume = np.maximum(seats + used, 0.0) * world.accounts.season * setting.per_seat
    spread = 1 / max(setting.noise, 0.02) ** 2
    units = rng.poisson(volume * rng.gamma(spread, 1 / spread, shape))
    charged = local(world) * (setting.price * seats + setting.unit_price * units)
    return np.where(alive, charged, 0.0), alive


def _noise(rng: Generator, setting: Setting, shape: tuple[int, ...]) -> Floats:
    """Return factors around one that linger."""
    stays, own = setting.noise_stays, rng.normal(size=shape)
    found = own.copy()
    for month in range(1, shape[1]):
        found[:, month] = stays * found[:, month - 1] + np.sqrt(1 - stays**2) * own[:, month]
    return np.exp(setting.noise * found - setting.noise**2 / 2)
