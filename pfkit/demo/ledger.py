"""The demo company's general ledger: what was posted, when, and the month it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pfkit.demo.billing import KIND_ACCOUNT
from pfkit.demo.company import ACCOUNTS, REGIONS
from pfkit.demo.costs import RE_INDEX
from pfkit.demo.market import DRIFT_AGE
from pfkit.demo.timeline import stream

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pfkit.demo.costs import ProductCost, SharedCost
    from pfkit.demo.market import Market
    from pfkit.demo.timeline import Timeline

REVENUE_ACCOUNTS = tuple(dict.fromkeys(KIND_ACCOUNT.values()))
ACCRUED = ("5000", "5010")  # the cloud bill arrives a month late
_CLOSE_DAYS = 3  # closing entries are keyed three days after the month
_POSTING_DAY = {"4000": 4, "4700": 20, "4800": 28, "4810": 28}
_CLAIMS = (40, 27, 20, 13)  # percent of a travel budget in one claim
_COLUMNS = ["month", "journal", "posted", "entered", "account", "cost_center", "product", "cents"]


def posted_revenue(market: Market, billed: pd.DataFrame) -> pd.DataFrame:
    """Return revenue by month, product, account and region, in EUR cents (returns positive)."""
    subscription = billed["subscription"].to_numpy()
    lines = pd.DataFrame(
        {
            "month": billed["posted_month"],
            "product": market.product[subscription],
            "account": billed["kind"].map(KIND_ACCOUNT),
            "region": market.region[subscription],
            "cents": np.where(billed["document"] == "INV", billed["eur"], -billed["eur"]),
        },
    )
    keys = ["month", "product", "account", "region"]
    return lines.groupby(keys)["cents"].sum().reset_index()


def ledger_lines(
    seed: int,
    market: Market,
    revenue: pd.DataFrame,
    products: Iterable[ProductCost],
    shared: Iterable[SharedCost],
) -> pd.DataFrame:
    """Return the journal of the written months, one row per posting line.

    Columns: ``month`` (of the export), ``journal``, ``line``, ``posted``, ``entered``,
    ``account``, ``cost_center``, ``product`` (name, empty when shared), ``cents`` (debit
    positive), ``text``, ``kind`` (``regular``, ``accrual``, ``reversal``) and ``reverses`` (the
    accrual's journal and line).
    """
    time, names = market.time, np.array(market.products.names)
    parts = [_revenue_lines(market, revenue)]
    for cost in products:
        if cost.account in ACCRUED:
            parts.append(_accrued(seed, market, cost))
        else:
            day = 25 if cost.account == "6000" else 0
            parts.append(_monthly(time, cost, names, day))
    for item in shared:
        parts.extend(_shared(seed, time, item))
    lines = pd.concat(parts, ignore_index=True)
    lines = lines[lines["cents"] != 0]
    order = ["month", "posted", "journal", "account", "cost_center", "product", "cents"]
    lines = lines.sort_values(order, kind="stable").reset_index(drop=True)
    opened = lines.groupby(["month", "journal"], sort=False).ngroup()
    number = opened - opened.groupby(lines["month"]).transform("min") + 1
    labels = np.array([label.replace("-", "") for label in time.labels])[lines["month"]]
    lines["journal"] = [f"J{a}-{b:03d}" for a, b in zip(labels, number, strict=True)]
    lines["line"] = lines.groupby("journal").cumcount() + 1
    lines["kind"] = lines["kind"].fillna("regular")
    return lines.assign(reverses=_reversed(lines)).drop(columns="served")


def _reversed(lines: pd.DataFrame) -> list[str]:
    """Return the accrual that every reversal takes back; nothing for one before the window."""
    names = [f"{a}/{b}" for a, b in zip(lines["journal"], lines["line"], strict=True)]
    keys = list(zip(lines["account"], lines["product"], lines["served"], strict=True))
    accrued = {
        key: name
        for key, name, kind in zip(keys, names, lines["kind"], strict=True)
        if kind == "accrual"
    }
    return [
        accrued.get(key, "") if kind == "reversal" else ""
        for key, kind in zip(keys, lines["kind"], strict=True)
    ]


def _rows(time: Timeline, month: np.ndarray, day: int, *, late: bool) -> dict[str, np.ndarray]:
    """Return export month, posting day (0: the last) and day of entry."""
    first = time.grid[month].astype("datetime64[D]")
    last = (time.grid[month] + 1).astype("datetime64[D]") - 1
    posted = last if day == 0 else first + (day - 1)
    entered = last + _CLOSE_DAYS if late else np.minimum(posted + 1, last + _CLOSE_DAYS)
    return {"month": month, "posted": posted, "entered": entered}


def _revenue_lines(market: Market, revenue: pd.DataFrame) -> pd.DataFrame:
    parts = []
    names = np.array(market.products.names)
    titles = ACCOUNTS.set_index("account")["name"]
    for account, lines in revenue.groupby("account", sort=True):
        month = lines["month"].to_numpy()
        returned = account in {"4800", "4810"}
        part = pd.DataFrame(
            _rows(market.time, month, _POSTING_DAY.get(str(account), 0), late=False),
        )
        part["journal"] = f"billing {account}"
        part["account"] = account
        part["cost_center"] = np.array(REGIONS)[lines["region"]]
        part["product"] = names[lines["product"]]
        part["cents"] = lines["cents"].to_numpy() * (1 if returned else -1)
        part["text"] = f"Billing interface: {titles[account].lower()}"
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _monthly(time: Timeline, cost: ProductCost, names: np.ndarray, day: int) -> pd.DataFrame:
    place, month = np.nonzero(cost.actual[:, time.start : time.stop])
    month = month + time.start
    part = pd.DataFrame(_rows(time, month, day, late=day == 0))
    part["journal"] = f"{cost.memo} {cost.account}"
    part["account"] = cost.account
    part["cost_center"] = cost.cost_center
    part["product"] = names[place]
    part["cents"] = cost.actual[place, month]
    part["text"] = cost.memo
    return part


def _accrued(seed: int, market: Market, cost: ProductCost) -> pd.DataFrame:
    """Accrue a month's cloud cost, then reverse it and book the bill in the next month."""
    time, names = market.time, np.array(market.products.names)
    error = stream(seed, f"accrual {cost.account}").normal(0, 0.012, cost.actual.shape)
    estimate = np.rint(cost.actual * np.exp(error) / 1000).astype(np.int64) * 1000
    place, month = np.nonzero(np.ones((len(names), time.stop - time.start), dtype=bool))
    month = month + time.start
    drifts = (place == market.drifting) & (cost.account == "5010")
    steps = (
        ("accrual", 0, month, estimate, "Accrual"),
        ("reversal", 1, month - 1, -estimate, "Reversal of accrual"),
        ("bill", 12, month - 1, cost.actual, "Cloud bill"),
    )
    parts = []
    for name, day, served, cents, text in steps:
        part = pd.DataFrame(_rows(time, month, day, late=day == 0))
        part["journal"] = f"{name} {cost.account}"
        part["account"] = cost.account
        part["cost_center"] = cost.cost_center
        part["product"] = names[place]
        part["cents"] = cents[place, served]
        memo = np.where(drifts & (served >= time.last - DRIFT_AGE), RE_INDEX, cost.memo)
        label = np.array(time.labels)[served]
        part["text"] = [f"{text} {a}: {b}" for a, b in zip(label, memo, strict=True)]
        part["kind"] = "regular" if name == "bill" else name
        part["served"] = served
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _shared(seed: int, time: Timeline, item: SharedCost) -> list[pd.DataFrame]:
    month = np.arange(time.start, time.stop)
    line, total = item.line, item.actual[time.start : time.stop]
    shares = _CLAIMS if line.account == "6400" else (100,)
    rng = stream(seed, f"claims {line.account} {line.cost_center}")
    parts, left = [], total.copy()
    for place, share in enumerate(shares):
        final = place == len(shares) - 1
        cents = left if final else total * share // 100 + rng.integers(-99, 99, len(total))
        left = left - cents
        day = 25 if line.season == "salary" else 7 + 5 * place
        part = pd.DataFrame(_rows(time, month, day, late=False))
        part["journal"] = f"{line.memo} {line.cost_center} {place}"
        part["account"] = line.account
        part["cost_center"] = line.cost_center
        part["product"] = ""
        part["cents"] = cents
        part["text"] = line.memo
        parts.append(part)
    return parts
