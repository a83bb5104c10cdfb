"""A book of random events and ledger lines, with everything that makes a row go another way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path

MONTHS = ("2026-01", "2026-02", "2026-03", "2026-04")

BOOK = """
[company]
name = "Corner Shop"
currency = "EUR"

[maps.products]
path = "map.csv"
key = "code"
value = "product"
unmapped = "New products"

[[sources]]
name = "fx"
table = "rates"
path = "fx.csv"
known_on = {{ column = "day", at = "day" }}
[sources.columns]
date = "day"
currency = "currency"
rate = "rate"
kind = {{ constant = "daily" }}

[[sources]]
name = "products"
table = "products"
path = "products.csv"
columns = {{ product = "product", family = "family" }}

[[sources]]
name = "accounts"
table = "accounts"
path = "accounts.csv"
[sources.columns]
account = "account"
name = "name"
line = "line"
group = "group"
favorable_when = "favorable_when"

[[sources]]
name = "events"
table = "usage"
path = "events-*.{kind}"
{partitioned}
known_on = {{ file_name = "events-(.*)[.]", at = "month_end" }}
key = ["event_id"]
[[sources.rules]]
when = "customer = 'test'"
exclude = "tests"
because = "our own"
[sources.columns]
event_id = "id"
ts = "ts"
customer = "customer"
product = {{ column = "item", map = "products" }}
feature = "feature"
metric = {{ constant = "calls" }}
units = "n"

[[sources]]
name = "ledger"
table = "actuals"
path = "ledger-*.csv"
{partitioned}
known_on = {{ column = "entered", at = "day" }}
rate_kind = "daily"
key = ["entry_id"]
sign = "credit_positive"
replaces = ["entry_id"]
[sources.columns]
entry_id = "entry"
posting_date = "day"
account = "account"
product = "item"
currency = "currency"
amount_local = "amount"
memo = "memo"
"""


def write(
    folder: Path,
    seed: int,
    *,
    partitioned: bool,
    kind: str = "csv",
    months: int = 4,
    address: str = "joe@example.com",
) -> None:
    """Write a random book; the same rows for the same seed, whichever way it is read."""
    folder.mkdir(parents=True, exist_ok=True)
    said = "partitioned = true" if partitioned else ""
    (folder / "book.toml").write_text(BOOK.format(partitioned=said, kind=kind), encoding="utf-8")
    (folder / "map.csv").write_text("code,product\na,Atlas\nb,Borea\n", encoding="utf-8")
    (folder / "products.csv").write_text(
        "product,family\nAtlas,One\nBorea,One\nCirrus,Two\n", encoding="utf-8"
    )
    (folder / "accounts.csv").write_text(
        "account,name,line,group,favorable_when\n4000,Fees,Fees,gross,higher\n"
        "5000,Hosting,Hosting,operating,lower\n",
        encoding="utf-8",
    )
    dice = np.random.default_rng(seed)
    for month in MONTHS[:months]:
        write_events(folder, dice, month, kind, address)
        write_ledger(folder, dice, month, address)
    days = pd.date_range("2025-12-01", "2026-05-31").strftime("%Y-%m-%d")
    rates = pd.DataFrame({"day": days, "currency": "USD", "rate": 0.9})
    rates["rate"] += dice.integers(0, 999, len(days)) / 10_000
    rates.to_csv(folder / "fx.csv", index=False)


def write_events(
    folder: Path, dice: np.random.Generator, month: str, kind: str, address: str
) -> None:
    """Write a month of events: some late, some twice, some held back, some excluded."""
    rows = int(dice.integers(40, 90))
    day = dice.integers(-3, 28, rows)
    moment = pd.Timestamp(f"{month}-01") + pd.to_timedelta(day * 86_400 + 60 * np.arange(rows), "s")
    events = pd.DataFrame(
        {
            "id": [f"{month}-{k:04d}" for k in range(rows)],
            "ts": moment.strftime("%Y-%m-%d %H:%M:%S"),
            "customer": dice.choice(["acme", "bolt", "test", address], rows),
            "item": dice.choice(["a", "b", "c"], rows, p=[0.5, 0.4, 0.1]),
            "feature": dice.choice(["export", "search"], rows),
            "n": dice.integers(1, 9, rows).astype(str),
        }
    )
    if kind == "csv":
        events.loc[dice.integers(0, rows), "n"] = "many"
    events.loc[dice.integers(0, rows, 2), "ts"] = None
    again = events.sample(3, random_state=int(dice.integers(0, 99)))
    changed = again.iloc[:1].assign(n="77")
    events = pd.concat([events, changed])
    if kind == "csv":
        events.to_csv(folder / f"events-{month}.csv", index=False)
    else:
        events.assign(n=events["n"].astype("int64")).to_parquet(
            folder / f"events-{month}.parquet", index=False, row_group_size=20
        )
    before = folder / f"events-{MONTHS[MONTHS.index(month) - 1]}.{kind}"
    if MONTHS.index(month) and before.is_file():
        _add_to_next(folder, before, month, kind)


def _add_to_next(folder: Path, before: Path, month: str, kind: str) -> None:
    """Let a month's file tell two rows of the month before once more, one of them changed."""
    read = pd.read_csv(before, dtype=str) if kind == "csv" else pd.read_parquet(before)
    mine = folder / f"events-{month}.{kind}"
    own = pd.read_csv(mine, dtype=str) if kind == "csv" else pd.read_parquet(mine)
    again = read.head(2).copy()
    again.iloc[1, again.columns.get_loc("feature")] = "changed"
    whole = pd.concat([own, again], ignore_index=True)
    if kind == "csv":
        whole.to_csv(mine, index=False)
    else:
        whole.to_parquet(mine, index=False, row_group_size=20)


def write_ledger(folder: Path, dice: np.random.Generator, month: str, address: str) -> None:
    """Write a month of ledger lines: two currencies, restated lines, unknown products."""
    rows = int(dice.integers(30, 60))
    day = pd.Timestamp(f"{month}-01") + pd.to_timedelta(dice.integers(0, 28, rows), "D")
    lines = pd.DataFrame(
        {
            "entry": [f"{month}/{k}" for k in range(rows)],
            "day": day.strftime("%Y-%m-%d"),
            "account": dice.choice(["4000", "5000"], rows),
            "item": dice.choice(["Atlas", "Borea", "Nimbus"], rows, p=[0.5, 0.4, 0.1]),
            "currency": dice.choice(["EUR", "USD"], rows),
            "amount": (dice.integers(-9_999, 99_999, rows) / 100).round(2),
            "memo": dice.choice(["fee", f"pay to {address}"], rows),
            "entered": (day + pd.Timedelta(days=3)).strftime("%Y-%m-%d"),
        }
    )
    stated_again = lines.head(4).assign(entered=f"{month}-28", amount=5.0)
    pd.concat([lines, stated_again]).to_csv(folder / f"ledger-{month}.csv", index=False)
