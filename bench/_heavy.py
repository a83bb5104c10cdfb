"""Large tables for benches: ledger, billing and use as agreed rows, one Parquet file a month."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FIRST_YEAR = 2024
HOME = "USD"
#: Currencies with the rate of their first day, reporting currency per 1 unit.
CURRENCIES = {"USD": 1.0, "EUR": 1.08, "GBP": 1.27, "JPY": 0.0066}
ACCOUNTS = {
    "account": ["4000", "4900", "5000", "6000"],
    "group": ["gross", "returns", "cost_of_revenue", "operating"],
    "favorable_when": ["higher", "lower", "lower", "lower"],
}
_PRODUCTS, _FEATURES, _CUSTOMERS = 40, 12, 200_000
_GROUP = 250_000
#: Rows are made in pieces, so that the bench itself needs little memory.
_PIECE = 1_000_000


def months(count: int) -> list[str]:
    """Return labels of calendar months, from January of the first year on."""
    return [f"{FIRST_YEAR + at // 12}-{at % 12 + 1:02d}" for at in range(count)]


def features() -> list[str]:
    """Return the features that events are of."""
    return [str(name) for name in _names("F", _FEATURES, 2).to_pylist()]


def make_usage(folder: Path, rows: int, *, count: int = 24, seed: int = 1) -> Path:
    """Write events, evenly over months: one file each, sorted by their moment."""
    dice = np.random.default_rng([seed, 0])
    texts = {
        "customer": _names("C", _CUSTOMERS, 7),
        "product": _names("P", _PRODUCTS, 2),
        "feature": _names("F", _FEATURES, 2),
    }
    for month in months(count):
        first, days = _month(month)

        def piece(size: int, first: dt.date = first, days: int = days) -> dict[str, pa.Array]:
            seconds = np.sort(dice.integers(0, days * 86_400, size)).astype("timedelta64[s]")
            start = np.datetime64(first, "us")
            picked = {name: _pick(dice, values, size) for name, values in texts.items()}
            return {"ts": pa.array(start + seconds), **picked, "units": _units(dice, size)}

        _write(folder / f"{month}.parquet", month, rows // count, piece)
    return folder


def make_money(folder: Path, rows: int, *, billing: bool, count: int = 24, seed: int = 1) -> Path:
    """Write ledger lines, or lines of invoices, in four currencies as booked."""
    dice = np.random.default_rng([seed, 1 + billing])
    texts = {"product": _names("P", _PRODUCTS, 2), "currency": pa.array(list(CURRENCIES))}
    if billing:
        texts["customer"] = _names("C", _CUSTOMERS, 7)
    else:
        texts["account"] = pa.array(ACCOUNTS["account"])
    day = "invoice_date" if billing else "posting_date"
    for month in months(count):
        first, days = _month(month)

        def piece(size: int, first: dt.date = first, days: int = days) -> dict[str, pa.Array]:
            offsets = np.sort(dice.integers(0, days, size)).astype("timedelta64[D]")
            picked = {name: _pick(dice, values, size) for name, values in texts.items()}
            booked = {day: pa.array(np.datetime64(first, "D") + offsets)}
            return booked | picked | {"amount_local": _cents(dice.integers(100, 500_000, size))}

        _write(folder / f"{month}.parquet", month, rows // count, piece)
    return folder


def rates(count: int = 24) -> pa.Table:
    """Return a rate a day and currency, each for its day alone."""
    first, last = _month(months(count)[0])[0], _month(months(count)[-1])
    days = [first + dt.timedelta(at) for at in range((last[0] - first).days + last[1])]
    dice = np.random.default_rng(7)
    found: dict[str, list[object]] = {name: [] for name in ("currency", "day", "rate")}
    for currency, start in CURRENCIES.items():
        if currency == HOME:
            continue
        path = start * np.exp(np.cumsum(dice.normal(0, 0.003, len(days))))
        found["currency"] += [currency] * len(days)
        found["day"] += days
        found["rate"] += [Decimal(f"{rate:.8f}") for rate in path]
    return pa.table(
        {
            "currency": found["currency"],
            "first_day": found["day"],
            "last_day": found["day"],
            "rate": pa.array(found["rate"], pa.decimal128(38, 16)),
        }
    )


def _month(label: str) -> tuple[dt.date, int]:
    first = dt.date(int(label[:4]), int(label[5:]), 1)
    return first, ((first + dt.timedelta(32)).replace(day=1) - first).days


def _names(stem: str, count: int, width: int) -> pa.Array:
    return pa.array([f"{stem}{at:0{width}d}" for at in range(count)])


def _pick(dice: np.random.Generator, values: pa.Array, size: int) -> pa.Array:
    places = pa.array(dice.integers(0, len(values), size).astype(np.int32))
    return pa.DictionaryArray.from_arrays(places, values)


def _units(dice: np.random.Generator, size: int) -> pa.Array:
    return pa.array(dice.integers(1, 9, size))


def _cents(whole: np.ndarray) -> pa.Array:
    pairs = np.zeros((len(whole), 2), dtype=np.int64)
    pairs[:, 0] = whole
    kind = pa.decimal128(18, 2)
    return pa.Array.from_buffers(kind, len(whole), [None, pa.py_buffer(pairs.tobytes())])


def _write(path: Path, month: str, rows: int, piece: Callable[[int], dict[str, pa.Array]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = None
    for start in range(0, rows, _PIECE):
        size = min(_PIECE, rows - start)
        label = pa.DictionaryArray.from_arrays(pa.array(np.zeros(size, np.int32)), [month])
        table = pa.table({"period": label} | piece(size))
        if writer is None:
            plain = pa.schema(
                [
                    (f.name, f.type.value_type if pa.types.is_dictionary(f.type) else f.type)
                    for f in table.schema
                ]
            )
            writer = pq.ParquetWriter(path, plain, compression="zstd")
        writer.write_table(table.cast(plain), row_group_size=_GROUP)
    if writer is not None:
        writer.close()
