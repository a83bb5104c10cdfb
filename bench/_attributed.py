"""Companies made up with features whose effect is known, for ``bench attribution``.

Two families that share no formula: revenue that grows and is lifted by factors, with log-normal
chance; and seats with metered use, where growth and effects add up and chance comes in counts.
Growth is steady (each customer keeps its own pace) or drifts (paces wander).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bench._attributed_accounts import CURRENCIES, REGIONS, REPORTING, SEGMENTS
from bench._attributed_world import course, made_world, stream, truth

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from bench._attributed_world import World

    Labels = NDArray[np.object_]

FAMILIES = ("multiplicative", "seats")
FIRST = "2023-01"
#: Share of months in which a customer that took a feature up uses it.
BUSY = 0.95


@dataclass(frozen=True)
class Company:
    """What finance and product hand over, and what only the maker knows (`truth`, `returns`)."""

    name: str
    world: World
    invoices: pd.DataFrame  # invoice_id, customer, month, kind, currency, amount_local, refers_to
    customers: pd.DataFrame  # customer, region, segment, start
    rates: pd.DataFrame  # month, currency, rate
    usage: pd.DataFrame  # customer, feature, month, units
    rollout: pd.DataFrame  # feature, customer, wave, available_from, how
    releases: pd.DataFrame  # feature, month
    costs: pd.DataFrame  # feature, direct_cost, hours
    shared_cost: float
    gross_margin: float
    ledger: pd.DataFrame  # month, amount
    truth: pd.DataFrame  # feature, kind, month, amount
    returns: pd.DataFrame  # feature, kind, incremental, cost, roi


def simulate(
    seed: int,
    accounts: int = 5000,
    months: int = 24,
    *,
    growth: str = "steady",
    features: int = 12,
    family: str | None = None,
) -> Company:
    """Return a company; the family goes by the seed unless one is named."""
    family = family or FAMILIES[seed % len(FAMILIES)]
    world = made_world(seed, (accounts, months, features), growth=growth, family=family)
    labels = pd.period_range(FIRST, periods=months, freq="M").astype(str).to_numpy(dtype=object)
    names = np.array([f"C{k:06d}" for k in range(accounts)], dtype=object)
    charged, alive = course(world, stream(seed, "course"))
    lines = _lines(world, charged, stream(seed, "invoices"))
    known = truth(world)
    known["month"] = labels[known["month"]]
    costs, shared = _costs(world, known, stream(seed, "costs"))
    return Company(
        name=f"{family}, {growth}, seed {seed}",
        world=world,
        invoices=_invoices(lines, names, labels, stream(seed, "repeats")),
        customers=pd.DataFrame(
            {
                "customer": names,
                "region": np.array(REGIONS, dtype=object)[world.accounts.region],
                "segment": np.array(SEGMENTS, dtype=object)[world.accounts.segment],
                "start": labels[world.accounts.start],
            }
        ),
        rates=pd.DataFrame(
            {
                "month": np.tile(labels, len(world.rates)),
                "currency": np.repeat(_currencies(world), months),
                "rate": world.rates.ravel(),
            }
        ),
        usage=_usage(world, alive, names, labels, stream(seed, "usage")),
        rollout=_rollout(world, names, labels),
        releases=pd.DataFrame(
            {
                "feature": [one.name for one in world.features],
                "month": labels[[one.release for one in world.features]],
            }
        ),
        costs=costs,
        shared_cost=shared,
        gross_margin=world.setting.gross_margin,
        ledger=_ledger(lines, labels),
        truth=known,
        returns=_returns(world, known, costs, shared),
    )


def _currencies(world: World) -> Labels:
    return np.array((REPORTING, *CURRENCIES), dtype=object)[: len(world.rates)]


def _lines(world: World, charged: NDArray[np.float64], rng: Generator) -> pd.DataFrame:
    """Return every line once: charges, credits in their month, refunds of earlier months."""
    amounts = np.round(charged, 2)
    who, month = np.nonzero(amounts > 0)
    amount = amounts[who, month]
    number, taken_back = np.arange(len(who)), np.zeros(len(who), dtype=bool)
    parts = [pd.DataFrame({"who": who, "month": month, "kind": "charge", "amount_local": amount})]
    (credited, part), (refunded, back) = world.credit, world.refund
    low, high = world.refund_months
    for kind, share, middle, first, last in (
        ("credit", credited, part, 0, 0),
        ("refund", refunded, back, low, high),
    ):
        hit = (rng.random(len(who)) < share) & ~taken_back
        taken_back |= hit
        size = middle + rng.uniform(-1, 1, len(who)) * min(middle, 1 - middle)
        later = month + rng.integers(first, last + 1, len(who))
        hit &= later < world.months
        taken = {
            "who": who[hit],
            "month": later[hit],
            "kind": kind,
            "amount_local": -np.round(size * amount, 2)[hit],
            "refers": number[hit],
        }
        parts.append(pd.DataFrame(taken))
    lines = pd.concat(parts, ignore_index=True)
    lines = lines[lines["amount_local"] != 0]
    currency = world.accounts.currency[lines["who"]]
    lines["currency"] = _currencies(world)[currency]
    exact = lines["amount_local"] * world.rates[currency, lines["month"]]
    lines["amount"] = np.round(exact, 2)
    return lines


def _invoices(lines: pd.DataFrame, names: Labels, labels: Labels, rng: Generator) -> pd.DataFrame:
    """Return lines as exported: numbered, in the order of posting, some of them twice."""
    number = np.array([f"I{k:08d}" for k in range(len(lines))], dtype=object)
    refers = lines["refers"].to_numpy(dtype=float)
    to = number[np.nan_to_num(refers).astype(int)]
    to[np.isnan(refers)] = None
    table = pd.DataFrame(
        {
            "invoice_id": number,
            "customer": names[lines["who"]],
            "month": labels[lines["month"]],
            "kind": lines["kind"].to_numpy(),
            "currency": lines["currency"].to_numpy(),
            "amount_local": lines["amount_local"].to_numpy(),
            "refers_to": to,
        }
    )
    twice = table[rng.random(len(table)) < rng.uniform(0.003, 0.02)]
    both = pd.concat([table, twice], ignore_index=True)
    return both.iloc[np.argsort(both["month"].to_numpy(), kind="stable")].reset_index(drop=True)


def _ledger(lines: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    cents = np.round(lines["amount"].to_numpy() * 100).astype(np.int64)
    total = np.zeros(len(labels), dtype=np.int64)
    np.add.at(total, lines["month"].to_numpy(), cents)
    return pd.DataFrame({"month": labels, "amount": total / 100})


def _usage(
    world: World, alive: NDArray[np.bool_], names: Labels, labels: Labels, rng: Generator
) -> pd.DataFrame:
    """Return a row for each month in which a customer used a feature."""
    parts, months = [], np.arange(world.months)[None, :]
    for feature, one in enumerate(world.features):
        first = world.adoption.first[:, feature, None]
        busy = (rng.random(alive.shape) < BUSY) | (months == first)
        used = alive & (months >= first) & busy
        who, month = np.nonzero(used)
        often = np.exp(rng.uniform(1, 4) + 0.3 * world.accounts.size[who])
        units = 1 + rng.poisson(often)
        parts.append(
            pd.DataFrame(
                {
                    "customer": names[who],
                    "feature": one.name,
                    "month": labels[month],
                    "units": units,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _rollout(world: World, names: Labels, labels: Labels) -> pd.DataFrame:
    """Return a row for each customer of a feature given out by lot, else one for all customers."""
    parts, months = [], world.months
    for feature, one in enumerate(world.features):
        if one.how != "randomized":
            line = {"feature": one.name, "customer": None, "wave": None, "how": one.how}
            parts.append(pd.DataFrame([line | {"available_from": labels[one.release]}]))
            continue
        opened = world.adoption.available[:, feature]
        never = opened >= months
        when = labels[np.minimum(opened, months - 1)]
        when[never] = None
        parts.append(
            pd.DataFrame(
                {
                    "feature": one.name,
                    "customer": names,
                    "wave": [f"wave {k + 1}" for k in world.adoption.wave[:, feature]],
                    "how": one.how,
                    "available_from": when,
                }
            )
        )
    columns = ["feature", "customer", "wave", "available_from", "how"]
    return pd.concat(parts, ignore_index=True).astype(object)[columns]


def _costs(world: World, known: pd.DataFrame, rng: Generator) -> tuple[pd.DataFrame, float]:
    """Return what each feature cost; what it brings is no guide to whether it pays."""
    brings = known.groupby("feature")["amount"].sum() * world.setting.gross_margin
    middle = max(float(brings.clip(lower=0).median()), 1000.0)
    names = [one.name for one in world.features]
    scale = np.sqrt(np.maximum(brings.reindex(names).to_numpy(), 0.05 * middle) * middle)
    direct = np.round(scale * np.exp(rng.uniform(np.log(0.2), np.log(2.5), len(names))), 2)
    hours = np.round(rng.lognormal(6, 0.7, len(names)))
    shared = round(float(direct.sum() * rng.uniform(0.1, 0.4)), 2)
    return pd.DataFrame({"feature": names, "direct_cost": direct, "hours": hours}), shared


def _returns(world: World, known: pd.DataFrame, costs: pd.DataFrame, shared: float) -> pd.DataFrame:
    """Return what each feature brought, cost and returned, by expectation."""
    brought = known.groupby(["feature", "kind"], sort=False)["amount"].sum().reset_index()
    each = costs.set_index("feature")
    cost = each["direct_cost"] + shared * each["hours"] / each["hours"].sum()
    parts = brought["feature"].str.split("+")
    brought["cost"] = [float(cost[names].sum()) for names in parts]
    gain = brought["amount"] * world.setting.gross_margin
    brought["roi"] = (gain - brought["cost"]) / brought["cost"]
    return brought.rename(columns={"amount": "incremental"})
