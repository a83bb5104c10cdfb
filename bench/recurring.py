"""Recurring revenue of 20,000 customers over 36 months: our movements beside a plain pandas script.

A seeded log of subscriptions and monthly rates is written as CSV. Ours opens the book, with every
check, and walks each month; the script beside it reads the same files, fills the months forward,
pivots and names the movements. Both say opening, five movements, exchange rates and closing of
every month in cents; `differ` counts the cells that are not the same. The last line measures the
movements alone, from what customers pay a month, against the same pivot in pandas.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

import pfkit as pf

if TYPE_CHECKING:
    from collections.abc import Sequence

MOVES = ["opening", "new", "expansion", "reactivation", "contraction", "churn", "fx", "closing"]
#: Of subscriptions in a month: change their amount, leave, and come back once they left.
_CHANGES, _LEAVES, _RETURNS = 0.04, 0.03, 0.3
CURRENCIES = {"EUR": 1.0, "USD": 0.9, "GBP": 1.15}
BOOK = """
company = { name = "Bench", currency = "EUR" }
[[sources]]
name = "rates"
table = "rates"
path = "rates.csv"
known_on = { column = "date" }
columns = { date = "date", currency = "currency", rate = "rate", kind = { constant = "average" } }
[[sources]]
name = "billing"
table = "invoices"
path = "billing.csv"
known_on = { column = "day" }
columns = { invoice_id = "id", invoice_date = "day", amount_local = "amount", currency = { constant = "EUR" } }
[[sources]]
name = "subscriptions"
table = "subscriptions"
path = "subscriptions.csv"
types = { id = "text", customer = "text" }
known_on = { column = "start", at = "day" }
columns = { subscription = "id", customer = "customer", product = "product", start = "start", monthly_local = "monthly", currency = "currency" }
"""  # noqa: E501 (a declaration as it stands)


def months(count: int) -> list[str]:
    """Return so many months from July 2023."""
    return [f"{2023 + (6 + place) // 12}-{(6 + place) % 12 + 1:02d}" for place in range(count)]


def write(folder: Path, customers: int, labels: Sequence[str], seed: int) -> int:
    """Write a log of subscriptions, rates and one invoice a month; return the rows of the log."""
    rng = np.random.default_rng(seed)
    size = customers + customers // 3  # every third customer has a second subscription
    owner = np.concatenate([np.arange(customers), np.arange(0, customers, 3)[: customers // 3]])
    begin = rng.integers(-12, len(labels), size).clip(0)
    level = np.rint(rng.lognormal(6, 1, size) * 100)
    currency = np.array(list(CURRENCIES))[rng.choice(3, customers, p=[0.6, 0.25, 0.15])][owner]
    amounts = np.zeros((size, len(labels)))
    for step in range(len(labels)):
        draw = rng.random(size)
        level = np.where(draw < _CHANGES, np.rint(level * rng.uniform(0.7, 1.5, size)), level)
        gone = (draw > 1 - _LEAVES) & (step > begin)
        amounts[:, step] = np.where((step >= begin) & ~gone, level, 0)
        if step:
            stays = (draw > _RETURNS) & (amounts[:, step - 1] == 0) & (step > begin)
            amounts[stays, step] = 0
    before = np.concatenate([np.zeros((size, 1)), amounts[:, :-1]], axis=1)
    place, month = np.nonzero(amounts != before)
    log = pd.DataFrame(
        {
            "id": place,
            "customer": owner[place],
            "product": np.where(place < customers, "Atlas", "Borea"),
            "start": np.array([f"{label}-01" for label in labels])[month],
            "monthly": amounts[place, month] / 100,
            "currency": currency[place],
        }
    )
    log.to_csv(folder / "subscriptions.csv", index=False)
    rates = [
        (f"{label}-01", name, round(rate * (1 + 0.002 * place), 6))
        for place, label in enumerate(labels)
        for name, rate in CURRENCIES.items()
        if name != "EUR"
    ]
    pd.DataFrame(rates, columns=["date", "currency", "rate"]).to_csv(
        folder / "rates.csv", index=False
    )
    bills = [(f"A{place}", f"{label}-28", 1.0) for place, label in enumerate(labels)]
    pd.DataFrame(bills, columns=["id", "day", "amount"]).to_csv(folder / "billing.csv", index=False)
    (folder / "book.toml").write_text(BOOK, encoding="utf-8")
    return len(log)


def ours(folder: Path, labels: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame, list[float]]:
    """Open the book and walk every month; also return what is paid, and seconds of each step."""
    marks = [time.perf_counter()]
    book = pf.open_book(folder, period=labels[-1])
    marks.append(time.perf_counter())
    paid = book.recurring
    marks.append(time.perf_counter())
    period = book.period.trailing(len(labels))
    found = pf.recurring_revenue(paid, period=period, by="period")
    marks.append(time.perf_counter())
    return found, paid, np.diff(marks).tolist()


def filled(folder: Path, labels: Sequence[str]) -> pd.DataFrame:
    """Read the log and fill each subscription's months forward, as a script does."""
    log = pd.read_csv(folder / "subscriptions.csv")
    log["period"] = log["start"].str[:7]
    wide = log.pivot_table(
        index=["id", "customer", "product", "currency"], columns="period", values="monthly"
    )
    wide = wide.reindex(columns=list(labels)).ffill(axis=1).fillna(0.0)
    long = wide.reset_index().melt(
        id_vars=["id", "customer", "product", "currency"],
        var_name="period",
        value_name="amount_local",
    )
    long = long[long["amount_local"] > 0]
    rates = pd.read_csv(folder / "rates.csv")
    rates["period"] = rates["date"].str[:7]
    long = long.merge(rates[["period", "currency", "rate"]], on=["period", "currency"], how="left")
    return long.assign(rate=long["rate"].fillna(1.0))


def script(paid: pd.DataFrame, labels: Sequence[str]) -> pd.DataFrame:
    """Pivot what is paid and name the movements month by month, as a script does."""
    last = paid[paid["period"] == labels[-1]].groupby("currency")["rate"].first()
    reported = (paid["amount_local"] * paid["rate"]).mul(100).round()
    fixed = (paid["amount_local"] * paid["currency"].map(last)).mul(100).round()
    both = paid.assign(reported=reported, fixed=fixed)
    constant, own = (
        both.pivot_table(index="customer", columns="period", values=name, aggfunc="sum")
        .reindex(columns=list(labels))
        .fillna(0.0)
        for name in ("fixed", "reported")
    )
    before, ever = constant.shift(1, axis=1).fillna(0.0), constant.cummax(axis=1)
    ever = ever.shift(1, axis=1).fillna(0.0)
    change = constant - before
    moves = {
        "opening": own.shift(1, axis=1).fillna(0.0),
        "new": change.where((before == 0) & (ever == 0), 0),
        "expansion": change.where((before > 0) & (change > 0), 0),
        "reactivation": change.where((before == 0) & (ever > 0), 0),
        "contraction": change.where((constant > 0) & (change < 0), 0),
        "churn": change.where((constant == 0) & (before > 0), 0),
        "closing": own,
    }
    sums = pd.DataFrame({name: part.sum() for name, part in moves.items()})
    moved = sums[["new", "expansion", "reactivation", "contraction", "churn"]].sum(axis=1)
    sums["fx"] = sums["closing"] - sums["opening"] - moved
    return sums[MOVES] / 100


def main(arguments: list[str]) -> int:
    """Print both times, their ratio and the cells that differ; return 1 where any does."""
    parser = argparse.ArgumentParser(prog="python -m bench recurring", description=__doc__)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--months", type=int, default=36)
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args(arguments)
    labels = months(chosen.months)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = write(folder, chosen.customers, labels, chosen.seed)
        found, paid, seconds = ours(folder, labels)
        begun = time.perf_counter()
        told = filled(folder, labels)
        read = time.perf_counter() - begun
        peer = script(told, labels)
        whole = time.perf_counter() - begun
    begun = time.perf_counter()
    script(paid, labels)
    alone = time.perf_counter() - begun
    mine = found[found["role"] == "item"].set_index("label")[MOVES].astype("float64")
    differ = int(((mine - peer.loc[mine.index]).abs() > 0.005).to_numpy().sum())  # noqa: PLR2004
    print(
        f"{chosen.customers:,} customers, {chosen.months} months: {rows:,} rows of the log, "
        f"{len(paid):,} of what is paid"
    )
    print(
        f"ours   {sum(seconds):6.2f} s: open with every check {seconds[0]:.2f}, months "
        f"{seconds[1]:.2f}, movements {seconds[2]:.2f}"
    )
    print(f"script {whole:6.2f} s: read and fill {read:.2f}, movements {whole - read:.2f}")
    print(f"ratio  {sum(seconds) / whole:6.2f}; movements alone {seconds[2] / alone:.2f}")
    print(f"cells {mine.size}, differ {differ}")
    return 1 if differ else 0
