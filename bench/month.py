"""What a month costs as products and ledger lines grow: our P&L by margin beside plain pandas.

A seeded ledger of 24 months and a plan are written as CSV. Ours opens the book, with every check,
and sets out margins by product and for the company over every span; the script beside it reads the
same files with `pandas.read_csv`, maps the accounts and groups. Each runs in a process of its own,
after the imports. Both say net revenue and margins 1 to 3 of every product for month, year to date,
twelve months, prior year and plan, in cents; the last column counts the products that differ.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[1]
PERIOD = "2026-06"
MONTHS = [f"{2024 + place // 12}-{place % 12 + 1:02d}" for place in range(6, 30)]
PLANNED = [f"2026-{month:02d}" for month in range(1, 13)]
ACCOUNTS = [
    ("4000", "Sales", "gross", "higher", "", 0.34),
    ("4100", "Usage fees", "gross", "higher", "", 0.12),
    ("4800", "Refunds", "returns", "lower", "", 0.04),
    ("5000", "Hosting", "cost_of_revenue", "lower", "1", 0.12),
    ("5100", "Licenses", "cost_of_revenue", "lower", "1", 0.08),
    ("5200", "Support", "cost_of_revenue", "lower", "2", 0.08),
    ("6000", "Development", "operating", "lower", "3", 0.10),
    ("6300", "Administration", "operating", "lower", "shared", 0.08),
    ("7200", "Depreciation", "outside", "lower", "", 0.04),
]
BOOK = """
company = { name = "Bench", currency = "EUR" }
policies = { plan_version = "B" }
[[sources]]
name = "accounts"
table = "accounts"
path = "accounts.csv"
types = { account = "text", margin = "text" }
columns = { account = "account", name = "line", line = "line", group = "group", favorable_when = "when", margin = "margin" }
[[sources]]
name = "ledger"
table = "actuals"
path = "ledger.csv"
types = { account = "text", id = "text" }
known_on = { column = "day", at = "day" }
columns = { entry_id = "id", posting_date = "day", product = "product", cost_center = "center", account = "account", currency = { constant = "EUR" }, amount_local = "amount" }
[[sources]]
name = "plan"
table = "budget"
path = "plan.csv"
types = { account = "text" }
known_on = { date = 2025-12-01 }
columns = { version = { constant = "B" }, period = "month", product = "product", cost_center = { constant = "C1" }, account = "account", currency = { constant = "EUR" }, amount_local = "amount" }
"""  # noqa: E501 (as a book writes it)
#: What a process of its own runs: it prints one line of JSON and writes the cents it found.
OURS = """
import json, resource, sys, time
import ibis
import pandas as pd
import pfkit as pf
ibis.duckdb.connect()  # the engine's modules load at its first use
folder, period = json.loads(sys.argv[1])
cpu = time.process_time()
book = pf.open_book(folder, period=period)
opened = time.process_time() - cpu
told = dict(period=book.period, plan=book.plan_version, ledger=book.ledger_totals)
company = pf.contribution_margins(book.margins, **told)
products = pf.product_margins(book.margins, **told)
done = time.process_time() - cpu
ties = products[products["role"] == "tie"]["operating_result"].dropna()
items = products[products["role"] == "item"]
steps = ["net_revenue", "cm1", "cm2", "cm3"]
parts = {}
for span, name in (("month", "month"), ("ytd", "ytd"), ("ltm", "ltm")):
    part = items[items["span"] == span].set_index("product")
    parts |= {f"{name} {step}": part[step] for step in steps}
    if span != "ltm":
        parts |= {f"{name} plan": part["plan"], f"{name} prior": part["prior_year"]}
cents = (pd.DataFrame(parts).astype(float) * 100).round().astype("int64").sort_index()
cents.to_parquet(f"{folder}/ours.parquet")
print(json.dumps({"open": opened, "pnl": done - opened, "cpu": done, "ties": len(ties),
    "off": int((ties.abs() > 0.01).sum()),
    "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3}))
"""
PLAIN = """
import json, resource, sys, time
import pandas as pd
folder, period = json.loads(sys.argv[1])
cpu = time.process_time()
accounts = pd.read_csv(f"{folder}/accounts.csv", dtype=str, keep_default_na=False)
ledger = pd.read_csv(f"{folder}/ledger.csv", dtype={"account": str, "id": str}, parse_dates=["day"])
plan = pd.read_csv(f"{folder}/plan.csv", dtype={"account": str})
read = time.process_time() - cpu
ledger["month"] = ledger["day"].dt.strftime("%Y-%m")
accounts["sign"] = accounts["when"].map({"higher": 1, "lower": -1})
level = accounts["group"].map({"gross": "net", "returns": "net", "other": "net"})
accounts["level"] = level.fillna(accounts["margin"])
def leveled(table):
    table = table.dropna(subset=["product"]).merge(accounts, on="account")
    table["cents"] = (table["amount"] * 100).round().astype("int64") * table["sign"]
    return table.groupby(["product", "month", "level"])["cents"].sum().unstack(fill_value=0)
actual, planned = leveled(ledger), leveled(plan)
year, month = period.split("-")
def span(table, months):
    rows = table[table.index.get_level_values("month").isin(months)].groupby("product").sum()
    steps = rows.reindex(columns=["net", "1", "2", "3"], fill_value=0).cumsum(axis=1)
    return steps.set_axis(["net_revenue", "cm1", "cm2", "cm3"], axis=1)
to_date = [f"{year}-{n:02d}" for n in range(1, int(month) + 1)]
last = pd.period_range(end=period, periods=12, freq="M").strftime("%Y-%m")
parts = {}
for name, months in (("month", [period]), ("ytd", to_date), ("ltm", last)):
    parts |= {f"{name} {step}": values for step, values in span(actual, months).items()}
    if name != "ltm":
        parts[f"{name} plan"] = span(planned, months)["cm3"]
        before = [f"{int(m[:4]) - 1}{m[4:]}" for m in months]
        parts[f"{name} prior"] = span(actual, before)["cm3"]
cents = pd.DataFrame(parts).fillna(0).astype("int64").sort_index()
done = time.process_time() - cpu
cents.to_parquet(f"{folder}/plain.parquet")
print(json.dumps({"read": read, "pnl": done - read, "cpu": done,
    "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3}))
"""


def write(folder: Path, products: int, lines: int, seed: int) -> None:
    """Write accounts, a ledger of so many lines and a plan; each product is there each month."""
    draw = np.random.default_rng([seed, products, lines])
    names = np.array([f"P{place:04d}" for place in range(products)])
    columns = ["account", "line", "group", "when", "margin", "weight"]
    accounts = pd.DataFrame(ACCOUNTS, columns=columns)
    accounts.drop(columns="weight").to_csv(folder / "accounts.csv", index=False)
    chosen = draw.choice(len(accounts), size=lines, p=accounts["weight"])
    weight = 1 / (np.arange(products) + 3.0)
    product = names[draw.choice(products, size=lines, p=weight / weight.sum())]
    bare = accounts["margin"].eq("shared") | accounts["group"].eq("outside")
    months = np.array(MONTHS)[draw.integers(len(MONTHS), size=lines)]
    days = [f"{month}-{day:02d}" for month, day in
            zip(months, draw.integers(1, 29, size=lines), strict=True)]  # fmt: skip
    size = np.where(accounts["group"].isin(["gross"]), 900.0, 220.0)[chosen]
    ledger = pd.DataFrame(
        {
            "id": np.arange(1, lines + 1),
            "day": days,
            "product": np.where(bare.to_numpy()[chosen], "", product),
            "center": np.array(["C1", "C2", "C3"])[draw.integers(3, size=lines)],
            "account": accounts["account"].to_numpy()[chosen],
            "amount": np.round(draw.lognormal(0, 0.8, size=lines) * size, 2),
        }
    )
    ledger.to_csv(folder / "ledger.csv", index=False)
    index = pd.MultiIndex.from_product(
        [PLANNED, names, ["4000", "5000", "5200", "6000"]], names=["month", "product", "account"]
    )
    plan = index.to_frame(index=False)
    plan["amount"] = np.round(draw.lognormal(0, 0.4, size=len(plan)) * 5_000, 2)
    plan.to_csv(folder / "plan.csv", index=False)
    (folder / "book.toml").write_text(BOOK, encoding="utf-8")


def run(code: str, folder: Path) -> dict[str, Any]:
    """Run one side in a process of its own and return what it measured."""
    done = subprocess.run(  # noqa: S603 -- our own code, with our own interpreter
        [sys.executable, "-c", code, json.dumps([str(folder), PERIOD])],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def differing(folder: Path) -> tuple[int, int]:
    """Return how many products were compared, and how many differ in any cent."""
    ours, plain = (pd.read_parquet(folder / f"{name}.parquet") for name in ("ours", "plain"))
    plain = plain.reindex(ours.index.union(plain.index), fill_value=0)
    ours = ours.reindex(plain.index, fill_value=0)[plain.columns]
    return len(plain), int((ours.to_numpy() != plain.to_numpy()).any(axis=1).sum())


def main(arguments: list[str]) -> int:
    """Measure each size on both sides and print seconds, memory, their ratio and the cents."""
    parser = argparse.ArgumentParser(prog="python -m bench month", description=__doc__)
    parser.add_argument("--products", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--lines", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--every", action="store_true", help="every pair, not one after the other")
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args(arguments)
    pairs = [(p, n) for n in chosen.lines for p in chosen.products]
    if not chosen.every:
        middle = chosen.products[len(chosen.products) // 2]
        fewest = chosen.lines[0]
        pairs = [(p, n) for p, n in pairs if p == middle or n == fewest]
        pairs += [(chosen.products[-1], chosen.lines[-1])]
    head = ("products", "lines", "open s", "P&L s", "peak MB", "read s", "P&L s", "peak MB",
            "P&L x", "all x", "MB x", "ties off", "cents off")  # fmt: skip
    print(f"{'':>20} {'ours':^27} {'pandas':^27}")
    print(" ".join(f"{name:>9}" for name in head))
    wrong = 0
    for products, lines in dict.fromkeys(pairs):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            write(folder, products, lines, chosen.seed)
            plain, ours = run(PLAIN, folder), run(OURS, folder)
            count, off = differing(folder)
        wrong += off + ours["off"]
        cells = (f"{products}", f"{lines}", f"{ours['open']:.2f}", f"{ours['pnl']:.2f}",
                 f"{ours['peak']:.0f}", f"{plain['read']:.2f}", f"{plain['pnl']:.2f}",
                 f"{plain['peak']:.0f}", f"{ours['pnl'] / plain['pnl']:.1f}",
                 f"{ours['cpu'] / plain['cpu']:.1f}", f"{ours['peak'] / plain['peak']:.1f}",
                 f"{ours['off']}/{ours['ties']}", f"{off}/{count}")  # fmt: skip
        print(" ".join(f"{cell:>9}" for cell in cells), flush=True)
    return int(wrong > 0)
