"""The cube by one engine, in a process of its own: a question as JSON in, figures as JSON out."""

from __future__ import annotations

import importlib
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

NAMES = ("ledger", "billing", "usage")
#: What each table is read for; distinct customers need one column more.
COLUMNS = {
    "ledger": ["period", "product", "account", "posting_date", "currency", "amount_local"],
    "billing": ["period", "product", "invoice_date", "currency", "amount_local"],
    "usage": ["period", "product", "units"],
}


def _decode(question: dict[str, Any]) -> list[list[Any]]:
    """Read the columns and keep none: less than this no engine can do."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - only what is measured is loaded

    for name in NAMES:
        extra = ["customer"] if name == "usage" and question["customers"] != "none" else []
        for file in sorted(Path(question["folder"], name).glob("*.parquet")):
            pq.read_table(file, columns=[*COLUMNS[name], *extra])
    return []


def _pfkit(question: dict[str, Any]) -> list[list[Any]]:
    import pyarrow as pa  # noqa: PLC0415 - as above
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above

    from pfkit.conform.engine import Engine, literal  # noqa: PLC0415 - as above
    from pfkit.measures.cube import cube  # noqa: PLC0415 - as above

    folder = Path(question["folder"])
    engine = Engine(folder)
    for name in NAMES:
        files = literal(f"{folder / name}/*.parquet")
        engine.run(f"CREATE VIEW {name} AS FROM read_parquet({files})")
    engine.load("rates", pq.read_table(folder / "rates.parquet"))
    engine.load("accounts", pa.table(question["accounts"]))
    cells = cube(
        *(engine.table(name) for name in (*NAMES, "accounts")),
        rates=engine.table("rates"),
        currency=question["home"],
        customers=question["customers"],
    )
    question["said"] = cells.attrs.get("customers", "")
    columns = ["period", "product", "revenue", "cost", "billed", "units", "customers"]
    found: list[list[Any]] = cells[columns].astype("object").fillna(0.0).to_numpy().tolist()
    return found


def _pandas(question: dict[str, Any]) -> list[list[Any]]:
    import pandas as pd  # noqa: PLC0415 - as above

    folder = Path(question["folder"])
    accounts = pd.DataFrame(question["accounts"]).set_index("account")
    rates = pd.read_parquet(folder / "rates.parquet")
    rates["rate"] = rates["rate"].astype("float64")
    rates = rates[["currency", "first_day", "rate"]]

    def converted(name: str, by: list[str], day: str) -> pd.DataFrame:
        rows = pd.read_parquet(folder / name, columns=COLUMNS[name])
        rows["amount_local"] = rows["amount_local"].astype("float64")
        sums = rows.groupby([*by, day, "currency"], observed=True)["amount_local"].sum()
        priced = sums.reset_index().merge(
            rates, how="left", left_on=["currency", day], right_on=["currency", "first_day"]
        )
        priced["amount"] = priced["amount_local"] * priced["rate"].fillna(1.0)
        return priced.groupby(by)["amount"].sum().reset_index()

    cell = ["period", "product"]
    ledger = converted("ledger", [*cell, "account"], "posting_date")
    income = ledger["account"].map(accounts["group"]).isin(["gross", "returns"])
    turn = ledger["account"].map(accounts["favorable_when"]).map({"higher": 1, "lower": -1})
    ledger["revenue"] = (ledger["amount"] * turn).where(income, 0.0)
    ledger["cost"] = (-ledger["amount"] * turn).where(~income, 0.0)
    parts: list[Any] = [ledger.groupby(cell)[["revenue", "cost"]].sum()]
    parts.append(converted("billing", cell, "invoice_date").set_index(cell)["amount"])
    extra = [] if question["customers"] == "none" else ["customer"]
    usage = pd.read_parquet(folder / "usage", columns=[*COLUMNS["usage"], *extra])
    parts.append(usage.groupby(cell)["units"].sum())
    if extra:
        parts.append(usage.groupby(cell)["customer"].nunique())
    found: list[list[Any]] = pd.concat(parts, axis=1).round(2).reset_index().to_numpy().tolist()
    return found


def _polars(question: dict[str, Any]) -> list[list[Any]]:
    import polars as pl  # noqa: PLC0415 - as above

    folder = Path(question["folder"])
    accounts = pl.LazyFrame(question["accounts"])
    rates = pl.scan_parquet(folder / "rates.parquet").select(
        "currency", "first_day", pl.col("rate").cast(pl.Float64)
    )
    cell = ["period", "product"]

    def converted(name: str, by: list[str], day: str) -> pl.LazyFrame:
        rows = pl.scan_parquet(folder / name / "*.parquet")
        sums = rows.group_by([*by, day, "currency"]).agg(pl.col("amount_local").sum())
        sums = sums.with_columns(pl.col("amount_local").cast(pl.Float64))
        priced = sums.join(
            rates, how="left", left_on=["currency", day], right_on=["currency", "first_day"]
        )
        amount = pl.col("amount_local") * pl.col("rate").fill_null(1.0)
        return priced.with_columns(amount=amount).group_by(by).agg(pl.col("amount").sum())

    income = pl.col("group").is_in(["gross", "returns"])
    signed = pl.when(pl.col("favorable_when") == "higher").then(1).otherwise(-1) * pl.col("amount")
    ledger = converted("ledger", [*cell, "account"], "posting_date").join(accounts, on="account")
    sides = ledger.group_by(cell).agg(
        signed.filter(income).sum().alias("revenue"), (-signed).filter(~income).sum().alias("cost")
    )
    billing = converted("billing", cell, "invoice_date")
    counted = [pl.col("units").sum()]
    if question["customers"] != "none":
        counted.append(pl.col("customer").n_unique())
    usage = pl.scan_parquet(folder / "usage" / "*.parquet").group_by(cell).agg(counted)
    joined = sides.join(billing, on=cell, how="left").join(usage, on=cell, how="left").sort(cell)
    found: list[list[Any]] = [list(row) for row in joined.collect(engine="streaming").rows()]
    return found


#: What each engine loads before the clock starts.
LOADED = {
    "decode": ("pyarrow.parquet", "pyarrow.dataset", "pandas"),
    "pfkit": ("pyarrow.parquet", "pfkit.conform.engine", "pfkit.measures.cube"),
    "pandas": ("pandas", "pyarrow.parquet"),
    "polars": ("polars",),
}
ENGINES = {"decode": _decode, "pfkit": _pfkit, "pandas": _pandas, "polars": _polars}


def main() -> None:
    """Read what to run as JSON; print cells, seconds and peak memory."""
    question: dict[str, Any] = json.load(sys.stdin)
    if question.get("limit"):
        size = int(question["limit"] * 2**30)
        resource.setrlimit(resource.RLIMIT_DATA, (size, size))
    for module in LOADED[question["engine"]]:
        importlib.import_module(module)
    before, wall = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    cells = ENGINES[question["engine"]](question)
    after, wall = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter() - wall
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    answer = {"cpu": cpu, "wall": wall, "peak": after.ru_maxrss, "said": question.get("said", "")}
    json.dump(answer | {"cells": cells}, sys.stdout, default=float)


if __name__ == "__main__":
    main()
