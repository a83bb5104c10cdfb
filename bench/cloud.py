"""Waste in cloud bills: what was planted is found and nothing else; and a bill of a million lines.

The demo company's bills come first: several seeds, every month of each, the last months with
planted wastes. Then bills drawn at random, all with charges that only look like waste, every second
one with wastes in the ways people meet them. At last the time and memory of a bill of many lines,
in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

import pfkit as pf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.book import Book

BOOK = """
company = { name = "Bench", currency = "EUR" }
[[sources]]
name = "cloud"
table = "cloud"
path = "cloud/*.parquet"
known_on = { date = 2026-12-31 }
columns = { product = { tag = "product" } }
[[sources]]
name = "vendor_prices"
table = "vendor_prices"
path = "master/vendor_prices.csv"
[sources.columns]
vendor = "Vendor"
sku = "SKU"
unit = "Unit"
price = "Price"
currency = "Currency"
valid_from = "From"
contract = "Contract"
"""
#: What a process of its own runs on a large bill: it prints one line of JSON.
LARGE = """
import json, pathlib, resource, sys, time
import pfkit as pf
import ibis
ibis.duckdb.connect()  # the engine's modules load at its first use
def peak():
    # the other count begins with what the process that started this one held
    status = pathlib.Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
before, wall, cpu = peak(), time.perf_counter(), time.process_time()
book = pf.open_book(sys.argv[1], period="2026-01")
told = {"open": time.perf_counter() - wall, "open cpu": time.process_time() - cpu}
wall = time.perf_counter()
bill = book.cloud
told["view"] = time.perf_counter() - wall
wall = time.perf_counter()
cost = pf.cloud_cost(bill, period=book.period)
pf.cloud_reconciliation(bill, period=book.period)
pf.commitment_discounts(bill, period=book.period)
pf.waste(bill, period=book.period)
told |= {"measures": time.perf_counter() - wall, "rows": len(bill), "before": before}
told |= {"lines": int(cost["lines"].iloc[-1]), "peak": peak()}
((exact,),) = book.conformed.engine.rows("SELECT CAST(sum(amount) AS VARCHAR) FROM final_cloud")
print(json.dumps(told | {"total": exact}))
"""
_KINDS = ("idle", "charged twice", "duplicate vendor", "price above contract", "untagged",
          "commitment not used")  # fmt: skip
_ALIKE = 0.3  # of the charges look like waste and are none
_PURPOSES = ("Observability", "Support", "Security", "Backup", "Content Delivery")


def opened(folder: Path, book: Path) -> Book:
    """Open the bills of a folder, and nothing else of it."""
    (book / "book.toml").write_text(BOOK, encoding="utf-8")
    return pf.open_book(book, data=folder)


def compare(book: Book, month: str, planted: Sequence[dict[str, str]]) -> tuple[int, int, int]:
    """Return how many planted wastes of a month were found, how many not, and how many others."""
    period = book.calendar.period(month)
    table = pf.waste(book.cloud, period=period, prices=book.vendor_prices, top=1000)
    items = table[table["role"].isin(["item", "memo"])]
    told = Counter(
        (kind, resource, f"{amount:.2f}")
        for kind, resource, amount in zip(
            items["kind"], items["resource"], items["amount"], strict=True
        )
    )
    due = Counter((waste["kind"], waste["resource"], waste["amount"]) for waste in planted)
    for missed in due - told:
        print(f"  not found in {month}: {missed}")
    for extra in told - due:
        print(f"  found in {month} and not planted: {extra}")
    return (due & told).total(), (due - told).total(), (told - due).total()


def demo(seeds: int, months: int) -> bool:
    """Run the demo companies of several seeds, month by month."""
    found = missed = extra = clean = wrong = 0
    seconds = []
    for seed in range(seeds):
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as own:
            company = pf.demo.make(Path(folder), seed=seed, months=months)
            book = opened(Path(folder), Path(own))
            for month in sorted(set(book.cloud["period"])):
                planted = [w for w in company.planted["wastes"] if w["period"] == month]
                began = time.process_time()
                right, lost, more = compare(book, month, planted)
                seconds.append(time.process_time() - began)
                found, missed, extra = found + right, missed + lost, extra + more
                clean += not planted
                wrong += bool(more and not planted)
    print(
        f"demo companies: {found} of {found + missed} planted wastes found to the cent, {extra} "
        f"findings not planted; {wrong} of {clean} clean months with a finding "
        f"({seeds} seeds, {statistics.median(seconds):.2f} s a month)"
    )
    return not (missed or extra or wrong)


def charge(chance: random.Random, number: int) -> dict[str, Any]:
    """Return an ordinary charge of an ordinary resource."""
    cost = round(chance.uniform(0.5, 900), 2)
    price = round(chance.uniform(0.01, 3), 4)
    quantity = cost / price
    product = chance.choice(["Atlas", "Borea", "Cirrus", "Delta"])
    return {
        "BillingPeriodStart": "2026-01-01T00:00:00Z",
        "BillingPeriodEnd": "2026-02-01T00:00:00Z",
        "ChargePeriodStart": f"2026-01-{chance.randint(1, 28):02d}T00:00:00Z",
        "ChargePeriodEnd": "2026-02-01T00:00:00Z",
        "ProviderName": "Acme",
        "PublisherName": "Acme",
        "InvoiceId": "I-1",
        "SubAccountId": f"A{chance.randint(1, 9)}",
        "ServiceCategory": chance.choice(["Compute", "Storage", "Databases"]),
        "ServiceSubcategory": chance.choice(["Virtual Machines", "Object Storage", ""]),
        "ServiceName": chance.choice(["VMs", "Disks", "SQL", "Queues"]),
        "ResourceId": f"r-{number}",
        "SkuId": f"S{number}",
        "ChargeCategory": "Usage",
        "ChargeFrequency": "Usage-Based",
        "ChargeDescription": chance.choice(["per hour", "per GB, Middle East", "per request"]),
        "BillingCurrency": "EUR",
        "BilledCost": cost,
        "EffectiveCost": cost,
        "PricingQuantity": quantity,
        "PricingUnit": "Hours",
        "ConsumedQuantity": quantity,
        "x_Utilization": chance.choice([None, round(chance.uniform(0.05, 0.99), 3)]),
        "CommitmentDiscountId": None,
        "CommitmentDiscountStatus": None,
        "Tags": json.dumps({"product": product, "env": chance.choice(["prod", "dev"])}),
    }


def lookalikes(chance: random.Random, number: int) -> list[dict[str, Any]]:
    """Return charges that look like waste and are none."""
    one = charge(chance, number)
    subscription = one | {"ChargeFrequency": "Recurring", "ServiceSubcategory": "Observability"}
    subscription |= {"x_Utilization": None, "Tags": json.dumps({"product": f"P{number}"})}
    other = {"Tags": json.dumps({"product": f"Q{number}"}), "ResourceId": f"r-{number}b"}
    unused = {"EffectiveCost": round(one["EffectiveCost"] * 0.2, 2), "ResourceId": f"u-{number}"}
    covered = {"CommitmentDiscountId": f"c-{number}", "BilledCost": 0.0}
    choices = [
        [one, dict(one)],  # two events of one day on one invoice
        [subscription, subscription | other | {"PublisherName": "Lantern"}],  # another product's
        [one, one | {"InvoiceId": "I-2", "BilledCost": -one["BilledCost"], "ChargeCategory":
                     "Credit", "EffectiveCost": -one["EffectiveCost"]}],
        [one, one | {"InvoiceId": "I-2", "ChargeClass": "Correction"}],
        [one | {"x_Utilization": 0.05}],
        [one | {"Tags": json.dumps({"product": "Atlas", "state": "running"})}],
        [one | covered | {"CommitmentDiscountStatus": "Used"},
         one | covered | unused | {"CommitmentDiscountStatus": "Unused"}],
        [one | {"ChargeCategory": "Tax", "Tags": None, "ResourceId": None}],
    ]  # fmt: skip
    return chance.choice(choices)


def wasted(
    chance: random.Random, number: int, prices: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return charges with a waste of some kind, and what was planted."""
    kind, one = chance.choice(_KINDS), charge(chance, number)
    amount, resource = one["EffectiveCost"], one["ResourceId"]
    charges = [one]
    if kind == "idle":
        product = json.loads(one["Tags"])["product"]
        states = ["idle", "Stopped", "available", "unattached", "Deallocated"]
        ways: list[dict[str, Any]] = [
            {"x_Utilization": round(chance.uniform(0, 0.049), 4)},
            {"Tags": json.dumps({"product": product, "State": chance.choice(states)})},
            {"ChargeDescription": "$0.005 per Idle public IPv4 address per hour"},
            {"ChargeDescription": "Unattached managed disk, P10"},
            {"x_Utilization": None, "ConsumedQuantity": 0.0},
        ]
        one |= chance.choice(ways)
    elif kind == "charged twice":
        again = {"InvoiceId": "I-2"} if chance.random() < 0.5 else {}  # noqa: PLR2004
        frequency = "Usage-Based" if again else "Recurring"
        one |= {"ChargeFrequency": frequency, "ServiceSubcategory": "", "x_Utilization": None}
        charges.append(one | again)
    elif kind == "duplicate vendor":
        one |= {"ChargeFrequency": "Recurring", "ServiceSubcategory": chance.choice(_PURPOSES)}
        one |= {"Tags": json.dumps({"product": f"P{number}"}), "x_Utilization": None}
        more = {"PublisherName": f"V{number}", "ResourceId": f"r-{number}b", "SkuId": f"T{number}"}
        amount = round(amount * chance.uniform(0.1, 0.9), 2)
        charges.append(one | more | {"BilledCost": amount, "EffectiveCost": amount})
        resource = more["ResourceId"]
    elif kind == "price above contract":
        unit, over = one["BilledCost"] / one["PricingQuantity"], chance.uniform(0.02, 0.4)
        prices.append({"SKU": one["SkuId"], "Price": repr(unit / (1 + over))})
        one |= {"x_Utilization": 0.5}
        amount *= 1 - 1 / (1 + over)
    elif kind == "untagged":
        one |= {"Tags": chance.choice([None, "{}", json.dumps({"env": "dev"})])}
        one |= {"SubAccountId": f"loose-{number}", "x_Utilization": 0.5}
    else:
        used = one | {"CommitmentDiscountId": f"c-{number}", "BilledCost": 0.0}
        used |= {"CommitmentDiscountStatus": "Used", "x_Utilization": 0.5}
        share = chance.uniform(0.05, 0.78)
        amount = round(amount * (1 - share) / share, 2)
        unused = {"CommitmentDiscountStatus": "Unused", "EffectiveCost": amount}
        charges = [used, used | unused | {"ResourceId": f"u-{number}", "x_Utilization": None}]
        resource = f"u-{number}"
    return charges, {"kind": kind, "resource": resource, "amount": f"{round(amount, 2):.2f}"}


def drawn(seeds: int) -> bool:
    """Draw bills at random, every second one clean, and compare what is found."""
    found = missed = extra = clean = wrong = 0
    for seed in range(seeds):
        chance = random.Random(seed)  # noqa: S311 (no secret)
        charges: list[dict[str, Any]] = []
        planted: list[dict[str, str]] = []
        prices: list[dict[str, Any]] = []
        for number in range(120):
            if number % 10 == 0 and seed % 2:
                made, waste = wasted(chance, number, prices)
                planted.append(waste)
            else:
                made = [charge(chance, number)]
                if chance.random() < _ALIKE:
                    made = lookalikes(chance, number)
            charges += made
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            write(home, charges, prices)
            right, lost, more = compare(opened(home, home), "2026-01", planted)
        found, missed, extra = found + right, missed + lost, extra + more
        clean += not planted
        wrong += bool(more and not planted)
    print(
        f"drawn bills: {found} of {found + missed} planted wastes found to the cent, {extra} "
        f"findings not planted; {wrong} of {clean} clean bills with a finding"
    )
    return not (missed or extra or wrong)


def write(home: Path, charges: Sequence[dict[str, Any]], prices: Sequence[dict[str, Any]]) -> None:
    """Write a bill and what contracts allow."""
    (home / "cloud").mkdir()
    (home / "master").mkdir()
    names = list(dict.fromkeys(name for one in charges for name in one))
    table = pa.table({name: [one.get(name) for one in charges] for name in names})
    pq.write_table(table, home / "cloud" / "bill.parquet")
    usual = {"Vendor": "Acme", "Unit": "Hours", "Currency": "EUR", "From": "2025-01-01"}
    rows = [usual | {"Contract": "C-1"} | price for price in prices]
    rows = rows or [usual | {"Contract": "C-1", "SKU": "none", "Price": "1"}]
    pd.DataFrame(rows).to_csv(home / "master" / "vendor_prices.csv", index=False)


def large(lines: int) -> bool:
    """Measure a bill of many lines: hourly charges of resources, most of them with tags."""
    rng = np.random.default_rng(1)
    count = max(1, lines // 200)
    resource, hour = np.arange(lines) % count, np.arange(lines) // count
    cents = rng.integers(1, 10**9, lines)
    days = (np.datetime64("2026-01-01T00") + hour % 743).astype("datetime64[s]")
    tags = np.array([json.dumps({"product": f"P{n % 40}", "env": "prod"}) for n in range(count)])
    texts = {
        "BillingPeriodStart": np.full(lines, "2026-01-01T00:00:00Z"),
        "BillingPeriodEnd": np.full(lines, "2026-02-01T00:00:00Z"),
        "ChargePeriodStart": days.astype(str),
        "ChargePeriodEnd": (days + np.timedelta64(1, "h")).astype(str),
        "ProviderName": np.array(["Acme", "Bolt"])[resource % 2],
        "ServiceName": np.array(["VMs", "Disks", "SQL"])[resource % 3],
        "SubAccountId": np.char.add("A", (resource % 50).astype(str)),
        "ResourceId": np.char.add("nw:resource/", resource.astype(str)),
        "SkuId": np.char.add("S", (resource % 300).astype(str)),
        "ChargeCategory": np.full(lines, "Usage"),
        "ChargeFrequency": np.full(lines, "Usage-Based"),
        "BillingCurrency": np.full(lines, "EUR"),
        "InvoiceId": np.full(lines, "I-1"),
        "Tags": np.where(resource % 20 == 0, "", tags[resource]),
    }
    costs = [f"0.{value:011d}" for value in cents.tolist()]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "cloud").mkdir()
        table = pa.table(
            {name: pa.array(column) for name, column in texts.items()}
            | {"BilledCost": pa.array(costs), "EffectiveCost": pa.array(costs)}
            | {"PricingQuantity": rng.random(lines), "ConsumedQuantity": rng.random(lines) + 0.1}
        )
        pq.write_table(table, home / "cloud" / "bill.parquet")
        text = BOOK[: BOOK.index('[[sources]]\nname = "vendor_prices"')]
        (home / "book.toml").write_text(text, encoding="utf-8")
        done = subprocess.run(  # noqa: S603 (the command is written here)
            [sys.executable, "-c", LARGE, str(home)], check=True, capture_output=True, text=True
        )
    told = json.loads(done.stdout.splitlines()[-1])
    ties = Decimal(told["total"]) * 10**11 == int(cents.sum())
    print(
        f"{told['lines']:,} lines, {told['rows']:,} rows by month: opened in {told['open']:.1f} s "
        f"({told['open cpu']:.1f} s of CPU), view {told['view']:.1f} s, four measures "
        f"{told['measures']:.1f} s; peak {told['peak']:.2f} GB ({told['before']:.2f} GB before); "
        f"total {'ties' if ties else 'DOES NOT TIE'} to 11 decimals"
    )
    return ties


def main(arguments: Sequence[str]) -> int:
    """Plant wastes, look for them, and measure a large bill."""
    parser = argparse.ArgumentParser(prog="python -m bench cloud", description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--bills", type=int, default=40)
    parser.add_argument("--lines", type=int, default=1_000_000)
    chosen = parser.parse_args(arguments)
    good = [demo(chosen.seeds, chosen.months), drawn(chosen.bills)]
    if chosen.lines:
        good.append(large(chosen.lines))
    return 0 if all(good) else 1
