"""Demand in the demo company: who uses which product, how much, at what price and rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pfkit.demo.company import (
    ASSISTANT_AGE,
    CURRENCIES,
    FEATURES,
    PRICE_FACTOR,
    REGION_OF_CURRENCY,
    START_RATE,
    YEARLY_DRIFT,
    Products,
)
from pfkit.demo.features import NEW, Adoption, adoption, feature_use
from pfkit.demo.timeline import MONTHS_A_YEAR, Timeline, stream

if TYPE_CHECKING:
    import pandas as pd

#: Feature and metric of each column of `Market.units`.
ACTIVITY = (*((name, metric) for name, metric, _ in FEATURES), *NEW)
SEAT_REVENUE = 4_150_000.0  # EUR in the last month, before usage fees, services and returns
USAGE_SHARE = 0.20  # usage fees as a fraction of the subscriptions of a metered product
YEARLY_RISE = 0.03  # list prices, each January, as planned
SURPRISE_RISE = 0.06  # what the first family's list prices really rose in the last January
LOST_SHARE = 0.09  # of the Operations family's seats, lost from `LOST_AGE` months before the last
LOST_AGE = 4
SURGE = 0.18  # more usage of the drifting product than planned
DRIFT_AGE = 5  # months before the last month in which its on-demand hosting began to climb
RATE_DECIMALS = 6
LEAVING = 0.30  # of subscriptions that end some day
CALENDAR = {
    "usage": (0.96, 0.95, 1.02, 0.99, 1.00, 0.98, 0.92, 0.90, 1.02, 1.05, 1.13, 1.08),
    "days": (0.92, 1.02, 1.12, 0.98, 0.97, 1.08, 0.86, 0.74, 1.10, 1.14, 1.12, 0.78),
}


@dataclass(frozen=True)
class Market:
    """Demand by subscription (customer x product) and month of the timeline's grid.

    `seats` and `units` are what happened, `planned_seats` and `planned_units` what a planner
    without foresight of the surprises expected. Prices are in local cents.
    """

    time: Timeline
    products: Products
    customer: np.ndarray
    product: np.ndarray
    currency: np.ndarray
    seats: np.ndarray
    planned_seats: np.ndarray
    price: np.ndarray
    planned_price: np.ndarray
    discount: np.ndarray  # whole percent
    units: np.ndarray  # subscription x feature x month
    planned_units: np.ndarray  # subscription x month, metered feature
    unit_price: np.ndarray  # local cents per 1,000 metered units
    rates: np.ndarray  # millionths of EUR per 1 unit, currency x month
    budget_rates: np.ndarray
    lost: np.ndarray  # subscriptions lost by surprise
    adopted: Adoption

    @property
    def region(self) -> np.ndarray:
        """Sales region of every subscription."""
        return np.asarray(np.array(REGION_OF_CURRENCY)[self.currency])

    @property
    def drifting(self) -> int:
        """The product whose hosting cost drifts above plan."""
        return self.products.index("Lumen")

    @property
    def lagging_family(self) -> str:
        """The family that loses accounts and falls behind plan."""
        return self.products.families[self.products.index("Ferry")]


def market(seed: int, time: Timeline, products: Products, customers: pd.DataFrame) -> Market:
    """Simulate demand; the same seed gives the same market for the same arguments."""
    customer, product = _subscriptions(seed, products, len(customers))
    names = {name: place for place, name in enumerate(CURRENCIES)}
    currency = np.array([names[name] for name in customers["currency"]])[customer]
    segment = customers["segment"].to_numpy()[customer]
    rates, budget_rates = _rates(seed, time)
    price, planned_price = _prices(time, products, product, currency)
    discount = _discounts(seed, segment)
    begin, end = _lifetimes(seed, time, products, product)
    smooth, rough = _seat_paths(seed, time, products, product, segment)
    month = np.arange(len(time.grid))
    alive = (month >= begin[:, None]) & (month < end[:, None])
    worth = price[:, time.last] * (1 - discount / 100) * rates[currency, time.last] / 1e8
    value = np.bincount(
        product,
        weights=(smooth * alive)[:, time.last] * worth,
        minlength=len(products.names),
    )
    target = SEAT_REVENUE * products.weight / products.weight.sum()
    scale = (target / value)[product][:, None]
    planned = np.where(alive, np.maximum(1, np.rint(smooth * scale)), 0).astype(np.int64)
    lost = _lost(seed, time, products, product, planned)
    gone = lost[:, None] & (month >= time.last - LOST_AGE)
    place = (customer, product)
    assisted = _held(products, product)[:, -1]
    adopted = adoption(seed, time, products, place, seats=smooth * alive, assisted=assisted)
    rough = _lifted(product, rough * scale, alive * price[:, [time.last]], adopted.lift.sum(1))
    seats = np.where(alive & ~gone, np.maximum(1, np.rint(rough)), 0).astype(np.int64)
    units, planned_units = _usage(seed, time, products, product, (seats, planned))
    units = np.concatenate([units, feature_use(seed, customer, adopted, seats)], axis=1)
    worth = (planned * price)[:, time.last]
    unit_price = _unit_prices(products, product, currency, worth, planned_units[:, time.last])
    return Market(
        time=time,
        products=products,
        customer=customer,
        product=product,
        currency=currency,
        seats=seats,
        planned_seats=planned,
        price=price,
        planned_price=planned_price,
        discount=discount,
        units=units,
        planned_units=planned_units,
        unit_price=unit_price,
        rates=rates,
        budget_rates=budget_rates,
        lost=lost,
        adopted=adopted,
    )


def _subscriptions(seed: int, products: Products, customers: int) -> tuple[np.ndarray, np.ndarray]:
    rng = stream(seed, "subscriptions")
    count = len(products.names)
    drawn = max(950, 8 * count)
    share = np.sqrt(products.weight) / np.sqrt(products.weight).sum()
    product = np.concatenate([rng.choice(count, drawn, p=share), np.repeat(np.arange(count), 4)])
    customer = np.concatenate(
        [np.arange(drawn) % customers, rng.integers(customers, size=4 * count)],
    )
    pair = np.unique(customer * count + product)
    return pair // count, pair % count


def _rates(seed: int, time: Timeline) -> tuple[np.ndarray, np.ndarray]:
    rng = stream(seed, "rates")
    years = time.since_last + 2.0
    steps = rng.normal(0, 0.009, (len(CURRENCIES), len(time.grid)))
    walk = steps.cumsum(axis=1) * 0.8
    walk -= walk.mean(axis=1, keepdims=True)
    path = np.array(START_RATE)[:, None] * np.exp(np.outer(YEARLY_DRIFT, years) + walk)
    path[0] = 1.0
    rates = np.rint(path * 10**RATE_DECIMALS).astype(np.int64)
    january = np.arange(len(time.grid)) // MONTHS_A_YEAR * MONTHS_A_YEAR
    return rates, rates[:, np.maximum(0, january - 2)]


def _prices(
    time: Timeline,
    products: Products,
    product: np.ndarray,
    currency: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    years = np.arange(len(time.grid)) // MONTHS_A_YEAR
    behind = years - years[time.last]
    rise = np.where(products.of_family(products.families[0]), SURPRISE_RISE, YEARLY_RISE)
    before = np.where(behind < 0, (1 + YEARLY_RISE) ** (behind + 1.0), 1.0)
    base = (products.price[product] * np.array(PRICE_FACTOR)[currency])[:, None]
    since = np.where(behind[None, :] < 0, 1 / (1 + rise[product])[:, None], 1.0) * before
    price = np.rint(base * since * 10) * 10
    expected = (1 + YEARLY_RISE) / (1 + rise[product])[:, None]
    planned = np.where(behind[None, :] < 0, price, np.rint(base * expected * 10) * 10)
    return price.astype(np.int64), planned.astype(np.int64)


def _discounts(seed: int, segment: np.ndarray) -> np.ndarray:
    rng = stream(seed, "discounts")
    steps = {"Enterprise": (10, 15, 20, 25), "Mid-market": (0, 5, 10, 15), "Small": (0, 0, 0, 5)}
    table = np.array([steps[name] for name in steps])
    row = np.array([list(steps).index(name) for name in segment])
    return np.asarray(table[row, rng.integers(table.shape[1], size=len(segment))])


def _lifetimes(
    seed: int,
    time: Timeline,
    products: Products,
    product: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    rng = stream(seed, "lifetimes")
    size = len(product)
    age = rng.exponential(105.0, size)
    limit = products.launched[product]
    age = np.where(age > limit, rng.uniform(0.15, 1.0, size) * limit, age)
    begin = time.last - np.floor(age).astype(np.int64)
    life = 6 + np.floor(rng.exponential(60.0, size)).astype(np.int64)
    end = np.where(rng.random(size) < LEAVING, begin + life, np.iinfo(np.int64).max)
    _, first = np.unique(product, return_index=True)
    begin[first] = time.last - limit[first]
    end[first] = np.iinfo(np.int64).max
    return begin, end


def _seat_paths(
    seed: int,
    time: Timeline,
    products: Products,
    product: np.ndarray,
    segment: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    rng = stream(seed, "seats")
    middle = {"Enterprise": 300.0, "Mid-market": 85.0, "Small": 17.0}
    size = np.log([middle[name] for name in segment]) + rng.normal(0, 0.45, len(segment))
    size = np.where(products.services[product], size * 0.35, size)
    phase = rng.integers(3, size=len(product))[:, None]
    month = np.arange(len(time.grid))[None, :]
    stepped = np.maximum(0, (month + phase) // 3 * 3 - phase)
    years = (stepped - time.last) / MONTHS_A_YEAR
    growth = (products.growth[product] + rng.normal(0, 0.04, len(product)))[:, None]
    ahead = np.maximum(0.0, years) * 0.08
    smooth = np.exp(size[:, None] + growth * years + ahead)
    walk = rng.normal(0, 0.012, (len(product), len(time.grid))).cumsum(axis=1)
    walk -= walk[:, [max(0, time.last - DRIFT_AGE)]]
    rough = smooth * np.exp(np.take_along_axis(walk, stepped, axis=1))
    days = np.array(CALENDAR["days"])[time.month_of_year]
    noise = np.exp(rng.normal(0, 0.10, rough.shape))
    served = products.services[product][:, None]
    return np.where(served, smooth * days, smooth), np.where(served, smooth * days * noise, rough)


def _lifted(
    product: np.ndarray, seats: np.ndarray, worth: np.ndarray, lift: np.ndarray
) -> np.ndarray:
    """Return seats with what features add, each product's month being worth what it was.

    What a product sells includes what its features bring; without them it would have sold less.
    """
    added = np.exp(lift)
    more = np.zeros((int(product.max()) + 1, seats.shape[1]))
    whole = np.zeros_like(more)
    np.add.at(more, product, seats * worth * added)
    np.add.at(whole, product, seats * worth)
    kept = np.divide(whole, more, out=np.ones_like(more), where=more > 0)
    return np.asarray(seats * added * kept[product])


def _lost(
    seed: int,
    time: Timeline,
    products: Products,
    product: np.ndarray,
    planned: np.ndarray,
) -> np.ndarray:
    family = products.families[products.index("Ferry")]
    seats = planned[:, time.last] * products.price[product]
    lost = np.zeros(len(product), dtype=bool)
    for place in np.flatnonzero(products.of_family(family)):
        members = np.flatnonzero((product == place) & (seats > 0))
        members = stream(seed, f"lost {place}").permutation(members)
        room = seats[members].sum() * LOST_SHARE
        for member in members[1:]:
            if seats[member] <= room:
                lost[member] = True
                room -= seats[member]
    return lost


def _usage(
    seed: int,
    time: Timeline,
    products: Products,
    product: np.ndarray,
    seats: tuple[np.ndarray, np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    rng = stream(seed, "usage")
    used, planned = seats
    shape = (len(product), len(FEATURES), len(time.grid))
    rate = np.array([feature[2] for feature in FEATURES])
    taste = np.exp(rng.normal(0, 0.35, shape[:2])) * rate
    season = np.array(CALENDAR["usage"])[time.month_of_year]
    month = np.arange(len(time.grid))
    noise = np.exp(rng.normal(0, 0.045, shape))
    surge = np.ones((len(products.names), len(time.grid)))
    surge[products.index("Lumen")] += SURGE * np.clip((month - time.last + DRIFT_AGE) / 2, 0, 1)
    ramp = np.clip((month - time.last + ASSISTANT_AGE) / 6, 0, 1)
    known = np.ones((len(FEATURES), len(time.grid)))
    known[-1] = ramp
    units = taste[:, :, None] * noise * known * season * (used * surge[product])[:, None, :]
    has = _held(products, product)
    expected = taste[:, 0, None] * season * planned
    return (
        np.rint(units * has[:, :, None]).astype(np.int64),
        np.rint(expected * has[:, 0, None]).astype(np.int64),
    )


def _held(products: Products, product: np.ndarray) -> np.ndarray:
    """Return which subscriptions hold which of `FEATURES`."""
    offered = 4 + np.arange(len(products.names)) % 3
    has = np.asarray(np.arange(len(FEATURES)) < offered[product][:, None])
    has[:, -1] |= products.metered[product]
    has[products.services[product]] = False
    return has


def _unit_prices(
    products: Products,
    product: np.ndarray,
    currency: np.ndarray,
    worth: np.ndarray,
    used: np.ndarray,
) -> np.ndarray:
    count = len(products.names)
    local = np.array(PRICE_FACTOR)[currency]
    fees = np.bincount(product, weights=worth / local, minlength=count) * USAGE_SHARE
    units = np.bincount(product, weights=used, minlength=count)
    per_thousand = np.where(products.metered, fees / np.maximum(units, 1) * 1000, 0.0)
    cents = np.maximum(1, np.rint(per_thousand[product] * local))
    return np.where(products.metered[product], cents, 0).astype(np.int64)
