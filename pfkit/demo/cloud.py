"""The demo company's cloud bill: FOCUS 1.2, a month per file, equal to the ledger to the cent."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from pfkit.demo.cloud_charges import (
    COMMITTED,
    MONITORING,
    ON_DEMAND,
    PROVIDERS,
    STAGING,
    UNIT,
    VOLUME,
    WORKER,
    Charge,
    Kind,
    Place,
)
from pfkit.demo.exports import plain
from pfkit.demo.timeline import MONTHS_A_YEAR, stream

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pfkit.demo.costs import ProductCost
    from pfkit.demo.market import Market

_MOST_LINES = 2000
_UPFRONT = (1, 5)  # products whose capacity is paid for a year in January
_CREDITED, _CREDIT = 3, 0.03
_OVERPRICE = 1.08
_FEW = (0, 3, 8)  # what a product has where there are too many products for all of it


class Waste(NamedTuple):
    """A waste to plant: its share of a product's cost, and in how many of the last months."""

    kind: str
    name: str
    share: float
    months: int


UNUSED = Waste("commitment not used", "capacity", 0.38, 1)
TWICE = Waste("charged twice", "support", 0.0, 1)
WASTES = (
    Waste("idle", "staging-2", 0.14, 3),
    Waste("price above contract", "burst", 0.20, 2),
    Waste("duplicate vendor", "beacon", 0.05, 2),
    TWICE,
    Waste("untagged", "scratch", 0.08, 1),
    Waste("idle", "old-volume", 0.05, 2),
    Waste("idle", "queue", 0.04, 1),
    Waste("idle", "address", 0.02, 1),
    UNUSED,
)


@dataclass
class Bill:
    """A bill as it is written: charges by month, what contracts allow, and what was planted."""

    months: dict[int, list[Charge]] = field(default_factory=dict)
    prices: pd.DataFrame = field(default_factory=pd.DataFrame)
    wastes: list[dict[str, str]] = field(default_factory=list)


def cloud_bill(seed: int, market: Market, costs: Iterable[ProductCost]) -> Bill:
    """Return the cloud bill of the written months.

    Every product's effective cost of a month is what the ledger books for it on the accounts of
    hosting: capacity it committed to, used or not, and what it used on demand, less credits.
    """
    by_account = {cost.account: cost.actual for cost in costs}
    writer = _Writer(seed, market, by_account["5000"], by_account["5010"])
    for month in range(market.time.start, market.time.stop):
        writer.month(month)
    writer.bill.prices = _prices(market)
    return writer.bill


class _Writer:
    """The bill while it is written."""

    def __init__(
        self, seed: int, market: Market, committed: np.ndarray, on_demand: np.ndarray
    ) -> None:
        self.seed, self.market, self.time = seed, market, market.time
        self.committed, self.on_demand = committed, on_demand
        self.bill = Bill()
        count = len(market.products.names)
        few = count * (len(COMMITTED) + len(ON_DEMAND) + 3) > _MOST_LINES
        self.capacity = COMMITTED[:3] if few else COMMITTED
        self.places = np.array(_FEW if few else range(len(ON_DEMAND)))
        rng = stream(seed, "cloud resources")
        self.size = rng.lognormal(0, 0.35, (count, len(COMMITTED) + len(ON_DEMAND)))
        self.used = rng.uniform(0.3, 0.8, self.size.shape)
        spent = on_demand[:, self.time.last] * ~market.products.services
        order = np.argsort(-spent, kind="stable")[: max(1, int((spent > 0).sum()))]
        self.planted = {waste: int(order[at % len(order)]) for at, waste in enumerate(WASTES)}

    def month(self, month: int) -> None:
        """Write the charges of a month."""
        rng = stream(self.seed, f"cloud {self.time.labels[month]}")
        shape = self.size.shape
        weights = self.size * rng.lognormal(0, 0.08, shape)
        idle = np.asarray(rng.uniform(0.02, 0.08, shape[0]))
        used = np.asarray(np.clip(self.used * rng.lognormal(0, 0.05, shape), 0.2, 0.95))
        charges: list[Charge] = []
        for product in range(shape[0]):
            place = Place(self.market, product, month)
            charges += self._capacity(place, weights[product], float(idle[product]), used[product])
            first = len(COMMITTED)
            charges += self._on_demand(place, weights[product, first:], used[product, first:])
        self.bill.months[month] = charges

    def _wastes(self, place: Place) -> list[Waste]:
        age = self.time.last - place.month
        return [w for w, at in self.planted.items() if at == place.product and age < w.months]

    def _capacity(
        self, place: Place, weights: np.ndarray, idle: float, used: np.ndarray
    ) -> list[Charge]:
        """Return what a product committed to: bought, used, and left unused."""
        total = int(self.committed[place.product, place.month]) * UNIT
        found = self._bought(place, total)
        if not total:
            return found
        wasted = UNUSED in self._wastes(place)
        unused = int(total * (UNUSED.share if wasted else idle))
        kinds = self.capacity
        shares = np.array([kind.weight for kind in kinds]) * weights[: len(kinds)]
        parts = split(total - unused, shares).tolist()
        found += [
            place.covered(kind, part, used=float(used[at]))
            for at, (kind, part) in enumerate(zip(kinds, parts, strict=True))
        ]
        found.append(place.not_used(kinds[0], unused))
        if wasted:
            self._plant(place, UNUSED.kind, place.plan, unused)
        return found

    def _bought(self, place: Place, total: int) -> list[Charge]:
        """Return the purchase of capacity: of the month, or in January of the year."""
        upfront = place.product in _UPFRONT
        if upfront:
            year = slice(place.month, place.month + MONTHS_A_YEAR)
            begins = self.time.month_of_year[place.month] == 0
            total = int(self.committed[place.product, year].sum()) * UNIT if begins else 0
        return [place.bought(self.capacity[0], total, upfront=upfront)] if total else []

    def _on_demand(self, place: Place, weights: np.ndarray, used: np.ndarray) -> list[Charge]:
        """Return what a product used on demand, wastes among it, less its credit."""
        total = int(self.on_demand[place.product, place.month]) * UNIT
        if not total:
            return []
        credit = int(total * _CREDIT) if place.product == _CREDITED else 0
        found = [place.credit(credit)] if credit else []
        left, wastes = total + credit, self._wastes(place)
        for waste in wastes:
            made = _WASTED.get(waste.name)
            if made is not None:
                cost = int(total * waste.share)
                left -= cost
                found.append(made(place, cost))
                wasted = round(cost * (1 - 1 / _OVERPRICE)) if waste.name == "burst" else cost
                self._plant(place, waste.kind, str(found[-1]["ResourceName"]), wasted)
        kinds = [ON_DEMAND[at] for at in self.places]
        shares = np.array([kind.weight for kind in kinds]) * weights[self.places]
        twice = TWICE in wastes
        shares[-1] *= 1 + twice
        parts = split(left, shares).tolist()
        if twice:
            parts[-1], odd = divmod(parts[-1], 2)
            parts[0] += odd
            found.append(place.charge(kinds[-1], parts[-1]) | {"InvoiceId": f"{place.invoice}-2"})
            self._plant(place, TWICE.kind, str(found[-1]["ResourceName"]), parts[-1])
        return found + [
            place.charge(kind, part, used=None if kind.recurring else float(used[at]))
            for kind, part, at in zip(kinds, parts, self.places, strict=True)
        ]

    def _plant(self, place: Place, kind: str, resource: str, cost: int) -> None:
        self.bill.wastes.append(
            {
                "kind": kind,
                "product": place.name,
                "resource": resource,
                "period": place.label,
                "amount": plain(round(cost / UNIT)),
            }
        )


def _unused_server(place: Place, cost: int) -> Charge:
    return place.charge(STAGING._replace(name="staging-2"), cost, used=0.008)


def _overpriced(place: Place, cost: int) -> Charge:
    kind = WORKER._replace(name="burst", sku="VM-6")
    return place.charge(kind, cost, used=0.61, price=kind.price * _OVERPRICE)


def _second_vendor(place: Place, cost: int) -> Charge:
    kind = MONITORING._replace(name="beacon", service="Beaconwatch", sku="BW-1")
    return place.charge(kind._replace(vendor="Beaconwatch GmbH"), cost)


def _without_tag(place: Place, cost: int) -> Charge:
    charge = place.charge(WORKER._replace(name="scratch"), cost, used=0.44)
    return charge | {"Tags": json.dumps({"environment": "dev"})}


def _unattached(place: Place, cost: int) -> Charge:
    tags = {"product": place.name, "environment": "prod", "state": "available"}
    charge = place.charge(VOLUME._replace(name="old-volume"), cost)
    return charge | {"Tags": json.dumps(tags)}


def _not_consumed(place: Place, cost: int) -> Charge:
    kind = Kind("queue", "Integration", "Messaging", "Queues", "queue", "QU-1", "Hours", price=0.05)
    return place.charge(kind, cost) | {"ConsumedQuantity": 0.0}


def _idle_address(place: Place, cost: int) -> Charge:
    kind = Kind(
        "address", "Networking", "Network Infrastructure", "Addresses", "address", "IP-4", "Hours",
        price=0.005,
    )  # fmt: skip
    said = {"ChargeDescription": "0.005 EUR per idle public IPv4 address and hour"}
    return place.charge(kind, cost) | said


_WASTED = {
    "staging-2": _unused_server,
    "burst": _overpriced,
    "beacon": _second_vendor,
    "scratch": _without_tag,
    "old-volume": _unattached,
    "queue": _not_consumed,
    "address": _idle_address,
}


def split(total: int, weights: np.ndarray) -> np.ndarray:
    """Return a whole split by weights into whole parts; the first takes what is left over.

    Examples
    --------
    >>> split(10, np.array([1.0, 1.0, 1.0])).tolist()
    [4, 3, 3]
    """
    parts = np.floor(total * (weights / weights.sum())).astype(np.int64)
    parts[0] += total - int(parts.sum())
    return np.asarray(parts)


def _prices(market: Market) -> pd.DataFrame:
    """Return what the vendors' contracts allow, for the items a contract names."""
    first = f"{market.time.years[0] - 1}-01-01"
    kinds = [*COMMITTED, *ON_DEMAND, WORKER._replace(sku="VM-6")]
    rows = {
        (kind.vendor or provider, kind.sku): (
            *(kind.vendor or provider, f"{kind.sku}.EU", kind.service, kind.unit),
            *(f"{kind.price:.4f}", "EUR", first, "", "C-114" if kind.vendor else "C-101"),
        )
        for provider in PROVIDERS
        for kind in kinds
    }
    names = ["Vendor", "SKU", "Name", "Unit", "Price", "Currency", "From", "To", "Contract"]
    return pd.DataFrame(list(rows.values()), columns=names)
