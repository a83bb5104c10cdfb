"""The book of ``bench growth``: events of many customers, what they pay, and when features came.

Every customer calls every feature in every month, so that there are as many cells of customer,
feature and month as there can be. Calls before a customer takes a feature up are refused and
count no units: attribution finds that customers took features up one by one, some never.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from bench import _heavy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Months before the first release, and after the last.
_BEFORE, _AFTER = 8, 8
#: Chance to take a released feature up in a month, and to leave in one.
_TAKES, _LEAVES = 0.06, 0.006
#: What a feature adds to the logarithm of revenue, and the noise of a month.
_LIFT, _NOISE = 0.03, 0.08
_ID = 9
_SEGMENTS, _COUNTRIES = ("small", "medium", "large"), ("DE", "FR", "NL")
_KNOWN = """known_on = { file_name = "%s-(.*)[.]", at = "month_end" }"""
_BOOK = f"""
[company]
name = "Corner Shop"
currency = "EUR"
[[sources]]
name = "events"
table = "usage"
path = "events-*.FORM"
partitioned = true
{_KNOWN % "events"}
key = ["event_id"]
[sources.columns]
event_id = "id"
ts = "ts"
customer = "customer"
product = "product"
feature = "feature"
metric = {{ constant = "calls" }}
units = "units"
[[sources]]
name = "billing"
table = "invoices"
path = "bills-*.parquet"
partitioned = true
{_KNOWN % "bills"}
key = ["invoice_id"]
[sources.columns]
invoice_id = "id"
invoice_date = "day"
customer = "customer"
product = "product"
kind = {{ constant = "sale" }}
currency = {{ constant = "EUR" }}
amount_local = "amount"
[[sources]]
name = "features"
table = "releases"
path = "releases.csv"
known_on = {{ column = "day" }}
[sources.columns]
feature = "feature"
released_on = "day"
status = {{ constant = "released" }}
[[sources]]
name = "customers"
table = "customers"
path = "customers.csv"
[sources.columns]
customer = "customer"
segment = "segment"
country = "country"
"""


def make(folder: Path, rows: int, months: int, customers: int, form: str) -> list[Path]:
    """Write the book, and one month of events more apart; return its files, the last one apart."""
    (folder / "book.toml").write_text(_BOOK.replace("FORM", form), encoding="utf-8")
    features = _heavy.features()
    release, first = _taken_up(months, customers, len(features))
    _write_money(folder, release, first, months)
    _heavy.make_usage(folder / "made", rows * (months + 1) // months, count=months + 1)
    files, number = [], 0
    for month, file in enumerate(sorted((folder / "made").glob("*.parquet"))):
        target = folder / f"events-{file.stem}.{form}"
        with pq.ParquetFile(file) as source, contextlib.ExitStack() as opened:
            writer: Any = None
            for group in range(source.num_row_groups):
                table = _events(source.read_row_group(group), number, first > month)
                number += table.num_rows
                writer = writer or opened.enter_context(_writer(target, table.schema, form))
                writer.write_table(table)
        file.unlink()
        files.append(target)
    files[-1].rename(folder / "later")
    return files


@contextlib.contextmanager
def _writer(target: Path, schema: pa.Schema, form: str) -> Iterator[Any]:
    """Open a file of one form, to write tables to."""
    if form == "parquet":
        with pq.ParquetWriter(target, schema, compression="zstd") as writer:
            yield writer
        return
    packed = "gzip" if form.endswith("gz") else None
    with pa.output_stream(target, compression=packed) as sink, csv.CSVWriter(sink, schema) as rows:
        yield rows


def _taken_up(months: int, customers: int, features: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the month of each release, and in which month each customer takes each feature up."""
    dice = np.random.default_rng([8, customers])
    first, last = min(_BEFORE, months - 1), max(min(months - _AFTER, months - 1), 0)
    release = np.linspace(min(first, last), last, features).astype(np.int64)
    return release, release + dice.geometric(_TAKES, (customers, features)) - 1


def _events(table: pa.Table, number: int, early: np.ndarray) -> pa.Table:
    """Return events with ids and customers of their own, without units before they count."""
    who = np.random.default_rng(number).integers(0, len(early), table.num_rows).astype(np.int32)
    feature = table.column("feature").combine_chunks().dictionary_encode()
    at = np.argsort(np.argsort(feature.dictionary.to_numpy(zero_copy_only=False)))
    units = np.where(early[who, at[feature.indices.to_numpy()]], 0, table.column("units"))
    numbers = np.arange(number, number + table.num_rows)
    columns = {name: table.column(name) for name in ("ts", "product", "feature")}
    made = {"customer": _named(who, len(early)), "units": pa.array(units), "id": _ids("e", numbers)}
    return pa.table(columns | made)


def _named(who: np.ndarray, customers: int) -> pa.Array:
    names = _ids("C", np.arange(customers))
    return pa.DictionaryArray.from_arrays(pa.array(who), names).cast(pa.string())


def _ids(stem: str, numbers: np.ndarray) -> pa.Array:
    """Return texts of a letter and nine digits."""
    digits = numbers[:, None] // 10 ** np.arange(_ID - 1, -1, -1) % 10 + ord("0")
    texts = np.full((len(numbers), _ID + 1), ord(stem), dtype=np.uint8)
    texts[:, 1:] = digits
    kind = pa.binary(_ID + 1)
    buffers = [None, pa.py_buffer(texts.tobytes())]
    fixed = pa.Array.from_buffers(kind, len(numbers), buffers)
    return fixed.cast(pa.binary()).cast(pa.string())


def _write_money(folder: Path, release: np.ndarray, first: np.ndarray, months: int) -> None:
    """Write a bill a month and customer until it leaves, releases, and who customers are."""
    customers = len(first)
    dice = np.random.default_rng([9, customers])
    size, pace = dice.normal(5, 1, customers), dice.normal(0.004, 0.004, customers)
    leaves = dice.geometric(_LEAVES, customers)
    labels = _heavy.months(months)
    for month, label in enumerate(labels):
        there = np.flatnonzero(leaves > month)
        lift = _LIFT * (first[there] <= month).sum(1)
        logs = size[there] + pace[there] * month + lift + dice.normal(0, _NOISE, len(there))
        bills = {
            "id": _ids("b", month * customers + there),
            "day": pa.array([dt.date.fromisoformat(f"{label}-15")] * len(there)),
            "customer": _named(there.astype(np.int32), customers),
            "product": pa.array(["P00"] * len(there)),
            "amount": pa.array(np.round(np.exp(logs), 2)),
        }
        pq.write_table(pa.table(bills), folder / f"bills-{label}.parquet")
    came = {"feature": _heavy.features(), "day": [f"{labels[at]}-01" for at in release]}
    csv.write_csv(pa.table(came), folder / "releases.csv")
    who = np.arange(customers)
    pick = {"segment": np.take(_SEGMENTS, who % 3), "country": np.take(_COUNTRIES, who // 3 % 3)}
    named = pa.table({"customer": _named(who.astype(np.int32), customers), **pick})
    csv.write_csv(named, folder / "customers.csv")
