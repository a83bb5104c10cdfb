"""Customers of made-up companies, before any feature: size, growth, shocks, frailty, churn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

SEGMENTS = ("small", "middle", "large")
REGIONS = ("north", "south", "east", "west", "overseas")
CURRENCIES = ("EUR", "GBP", "SEK", "JPY")
REPORTING = "USD"
WORTH = (1.0, 1.08, 1.27, 0.095, 0.0067)


@dataclass(frozen=True)
class Setting:
    """What a company is like; every figure is drawn anew for each seed."""

    family: str  # multiplicative, or seats
    regions: int
    currencies: int
    segment_size: tuple[float, float, float]  # log of monthly revenue, or of seats
    size_spread: float
    growth: float  # of a middle customer, a month
    growth_spread: float
    drift: float  # standard deviation of what growth changes by in a month
    drift_stays: float
    season: float
    common: float  # of month x region x segment
    noise: float
    noise_stays: float
    churn: float  # a month
    frailty: float
    frailty_growth: float  # how much of it goes with growth
    shocked: float  # share of customers
    shock: float
    shock_stays: float
    price: float  # of a seat
    unit_price: float
    per_seat: float  # units of use
    gross_margin: float


def drawn_setting(rng: Generator, family: str, growth: str) -> Setting:
    """Return a company's character."""
    seats = family == "seats"
    base = np.array((1.2, 2.6, 4.2)) if seats else np.array((5.5, 6.9, 8.3))
    drifting = growth == "drifting"
    shock = float(rng.uniform(0.15, 0.45))
    return Setting(
        family=family,
        regions=int(rng.integers(2, len(REGIONS) + 1)),
        currencies=int(rng.integers(1, len(CURRENCIES) + 1)),
        segment_size=tuple(base + rng.uniform(-0.3, 0.3, 3)),
        size_spread=float(rng.uniform(0.4, 0.8)),
        growth=float(rng.uniform(-0.002, 0.010)),
        growth_spread=float(rng.uniform(0.006, 0.014)),
        drift=float(rng.uniform(0.001, 0.0035)) if drifting else 0.0,
        drift_stays=float(rng.uniform(0.75, 0.95)),
        season=float(rng.uniform(0.0, 0.08)),
        common=float(rng.uniform(0.004, 0.02)),
        noise=float(rng.uniform(0.08, 0.22)),
        noise_stays=float(rng.uniform(0.0, 0.5)),
        churn=float(rng.uniform(0.006, 0.02)),
        frailty=float(rng.uniform(0.3, 0.7)),
        frailty_growth=float(rng.uniform(0.2, 0.7)),
        shocked=float(rng.uniform(0.10, 0.25)),
        shock=shock if rng.random() < 0.75 else -shock,  # noqa: PLR2004 - mostly for the better
        shock_stays=float(rng.uniform(0.9, 1.0)),
        price=float(rng.uniform(15, 60)),
        unit_price=float(rng.uniform(0.2, 1.5)),
        per_seat=float(rng.uniform(5, 20)),
        gross_margin=float(rng.uniform(0.6, 0.85)),
    )


@dataclass(frozen=True)
class Accounts:
    """The customers of a company without its features."""

    region: Whole
    segment: Whole
    currency: Whole  # 0 is the reporting currency
    start: Whole
    size: Floats  # standardized
    frailty: Floats
    shock: Whole  # month, or `months` for none
    trend: Floats  # customers x months, log or share
    pull: Floats  # growth of the moment, standardized
    base: Floats  # customers x months: revenue in local money, or seats
    season: Floats  # customers x months: factor of use, ones where the base has it
    log_hazard: Floats  # customers x months


def drawn_accounts(
    rng: Generator, setting: Setting, count: int, months: int, shock_from: int
) -> Accounts:
    """Return the customers, with their expected revenue and hazard of churn."""
    segment = rng.choice(3, count, p=rng.dirichlet((12, 6, 2.5)))
    region = rng.integers(0, setting.regions, count)
    start = np.where(
        rng.random(count) < rng.uniform(0.55, 0.8), 0, rng.integers(1, months - 3, count)
    )
    own = rng.normal(size=count)
    log_size = np.array(setting.segment_size)[segment] + setting.size_spread * own
    trend, pull = _trend(rng, setting, count, months)
    frailty = _mixed(rng, -pull.mean(axis=1), setting.frailty_growth)
    shock = np.where(
        rng.random(count) < setting.shocked,
        rng.integers(max(shock_from - 1, 2), months - 3, count),
        months,
    )
    age = np.arange(months)[None, :] - shock[:, None]
    bump = np.where(age >= 0, setting.shock * setting.shock_stays ** np.maximum(age, 0), 0.0)
    common, season = _common(rng, setting, months)
    shared = common[:, region, segment].T
    month_season = np.broadcast_to(season, shared.shape)
    if setting.family == "seats":
        base = np.exp(log_size)[:, None] * np.maximum(1 + trend + shared + bump, 0.15)
        factor = np.exp(month_season)
    else:
        base = np.exp(log_size[:, None] + trend + shared + bump + month_season)
        factor = np.ones_like(base)
    hazard = np.log(setting.churn) + setting.frailty * frailty - 0.25 * (segment - 0.5)
    return Accounts(
        region=region,
        segment=segment,
        currency=_currency(rng, setting, region),
        start=start,
        size=(log_size - log_size.mean()) / log_size.std(),
        frailty=frailty,
        shock=shock,
        trend=trend,
        pull=pull,
        base=base,
        season=factor,
        log_hazard=np.broadcast_to(hazard[:, None], trend.shape),
    )


def _trend(rng: Generator, setting: Setting, count: int, months: int) -> tuple[Floats, Floats]:
    """Return each customer's path of growth, and its growth of the moment, standardized."""
    rate = setting.growth + setting.growth_spread * rng.normal(size=count)
    pace = np.repeat(rate[:, None], months, axis=1)
    if setting.drift:
        change = setting.drift * rng.normal(size=(count, months))
        moved = np.zeros_like(pace)
        for month in range(1, months):
            moved[:, month] = setting.drift_stays * moved[:, month - 1] + change[:, month]
        pace = pace + moved
    trend = np.cumsum(pace, axis=1) - pace[:, :1]
    return trend, (pace - pace.mean()) / pace.std()


def _mixed(rng: Generator, with_: Floats, share: float) -> Floats:
    """Return standard figures that go with others to a degree."""
    own = rng.normal(size=len(with_))
    mixed: Floats = share * with_ / max(float(with_.std()), 1e-9) + np.sqrt(1 - share**2) * own
    return mixed


def _common(rng: Generator, setting: Setting, months: int) -> tuple[Floats, Floats]:
    """Return what all customers of a region and segment share, and the season of the year."""
    shape = (months, setting.regions, len(SEGMENTS))
    steps = setting.common * rng.normal(size=shape)
    phase = rng.uniform(0, 2 * np.pi)
    season = setting.season * np.sin(2 * np.pi * np.arange(months) / 12 + phase)
    return steps + 0.4 * np.cumsum(steps, axis=0), season


def _currency(rng: Generator, setting: Setting, region: Whole) -> Whole:
    """Return the currency of each customer: mostly that of its region."""
    of_region = np.minimum(np.arange(setting.regions), setting.currencies)
    other = rng.integers(0, setting.currencies + 1, len(region))
    return np.where(rng.random(len(region)) < 0.85, of_region[region], other)  # noqa: PLR2004
