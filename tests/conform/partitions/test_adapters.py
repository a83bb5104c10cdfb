"""Exports of known systems in partitions: read through their adapters as without partitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from pyarrow import csv, parquet

import pfkit as pf
from pfkit.conform.partitions import load

if TYPE_CHECKING:
    from pathlib import Path

BOOK = """
[company]
name = "Corner Shop"
currency = "EUR"
zone = "Europe/Berlin"
[[sources]]
name = "fx"
table = "rates"
path = "fx.csv"
known_on = {{ date = "2025-12-31" }}
columns = {{ date = "day", currency = "currency", rate = "rate", \
kind = {{ constant = "average" }} }}
[[sources]]
name = "accounts"
table = "accounts"
path = "accounts.csv"
columns = {{ account = "account", name = "name", line = "name", group = "group", \
favorable_when = "favorable_when" }}
[[sources]]
name = "ledger"
path = "ledger-*.csv"
adapter = "sap-bseg"
{how}
columns.product = {{ constant = "Atlas" }}
[[sources]]
name = "stripe"
path = "stripe-*.csv"
adapter = "stripe-balance-transactions"
{how}
columns.product = {{ constant = "Atlas" }}
[[sources]]
name = "events"
path = "events-*.parquet"
adapter = "amplitude-events"
{how}
columns.product = {{ constant = "Atlas" }}
"""
TABLES = ("actuals", "invoices", "usage")
VIEWS = (
    *("balance", "quarantine", "controls", "rules", "statement", "activity", "conversions"),
    "provenance",
)


def write(folder: Path) -> None:
    """Write two months of each export, with rows that are excluded, repeated and held back."""
    dice = np.random.default_rng(5)
    days = [f"2026-{month:02}-01" for month in range(1, 13)]
    pd.DataFrame({"day": days, "currency": "USD", "rate": "0.9"}).to_csv(
        folder / "fx.csv", index=False
    )
    (folder / "accounts.csv").write_text(
        "account,name,line,group,favorable_when\n4000,Fees,Fees,gross,higher\n"
        "5000,Hosting,Hosting,operating,lower\n",
        encoding="utf-8",
    )
    for month in (1, 2):
        rows = 30
        number = np.arange(rows)
        pd.DataFrame(
            {
                "BUKRS": "1000",
                "Belegnummer": [f"{month}{k:05}" for k in number],
                "GJAHR": "2026",
                "Buchungszeile": "001",
                "BUDAT": [f"2026{month:02}{1 + k % 28:02}" for k in number],
                "HKONT": dice.choice(["4000", "5000", "9999"], rows, p=[0.5, 0.4, 0.1]),
                "Soll/Haben-Kennz.": dice.choice(["S", "H"], rows),
                "DMBTR": [f"{n / 100:.2f}" for n in dice.integers(1, 99_999, rows)],
                "BSTAT": dice.choice(["", "V"], rows, p=[0.8, 0.2]),
            }
        ).to_csv(folder / f"ledger-{month}.csv", index=False)
        begin = pd.Timestamp(f"2026-{month:02}-01").timestamp()
        kinds = ["charge", "refund", "payout", "stripe_fee"]
        stripe = pd.DataFrame(
            {
                "id": [f"txn_{month}_{k}" for k in number],
                "amount": dice.integers(-9_999, 99_999, rows),
                "currency": dice.choice(["eur", "usd"], rows),
                "created": (begin + number * 86_000).astype("int64"),
                "type": dice.choice(kinds, rows),
            }
        ).astype("str")
        stripe.loc[3, "amount"] = "many"
        pd.concat([stripe, stripe.head(2)]).to_csv(folder / f"stripe-{month}.csv", index=False)
        moments = pd.Timestamp(f"2026-{month:02}-01 00:30:00") + pd.to_timedelta(number * 23, "h")
        events = pd.DataFrame(
            {
                "$insert_id": [f"e{month}-{k}" for k in number],
                "event_name": dice.choice(["search", "export"], rows),
                "event_time": moments.strftime("%Y-%m-%d %H:%M:%S.%f"),
                "user_id": dice.choice(["u1", "u2"], rows),
                "server_received_time": moments.strftime("%Y-%m-%d %H:%M:%S.%f"),
            }
        )
        pd.concat([events, events.tail(2)]).to_parquet(
            folder / f"events-{month}.parquet", index=False, row_group_size=8
        )


def test_three_systems_are_read_as_without_partitions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "ROWS", 7)
    write(tmp_path)
    books = []
    for name, how in (("plain", ""), ("parts", "partitioned = true")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "book.toml").write_text(BOOK.format(how=how), encoding="utf-8")
        books.append(pf.open_book(tmp_path / name, data=tmp_path))
    plain, parts = books
    for name in TABLES:
        assert len(plain.table(name)) >= 20
        pd.testing.assert_frame_equal(plain.table(name), parts.table(name))
    for name in VIEWS:
        pd.testing.assert_frame_equal(getattr(plain, name), getattr(parts, name))
    assert {"repeated key", "unreadable value"} <= set(parts.quarantine["rule"])
    # minor units, by hand: the first dollar charge or refund of the file, in dollars
    told = csv.read_csv(tmp_path / "stripe-1.csv").to_pandas()
    row = told[told["type"].isin(["charge", "refund"]) & (told["amount"] != "many")].iloc[0]
    read = parts.table("invoices").set_index("invoice_id").loc[row["id"]]
    assert float(read["amount_local"]) == pytest.approx(int(row["amount"]) / 100)
    # an event counts in the month of the company's zone: half past midnight is half past one
    first = parquet.read_table(tmp_path / "events-2.parquet")["$insert_id"][0].as_py()
    events = parts.table("usage").set_index("event_id")
    assert str(events.loc[first, "ts"]) == "2026-02-01 01:30:00"
