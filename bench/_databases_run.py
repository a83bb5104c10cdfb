"""One reader of one table, in a process of its own: what it found, and what it needed."""

from __future__ import annotations

import importlib
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

SQL = "SELECT * FROM lines"
SIZE = 50_000
Found = tuple[int, Any]
CLOCK: list[float] = []


def _start() -> None:
    """Note the time: what was imported before does not count."""
    CLOCK[:] = [time.perf_counter(), time.process_time()]


def _arrow(batches: Any) -> Found:  # noqa: ANN401 (of Arrow)
    import pyarrow as pa  # noqa: PLC0415 - each reader has its own packages
    import pyarrow.compute as pc  # noqa: PLC0415 - as above

    rows, amount = 0, 0
    for batch in batches:
        rows += batch.num_rows
        if batch.num_rows:
            column = batch.column("amount")
            value = pc.sum(column.cast(pa.decimal128(38, 2))).as_py()
            amount += value or 0
    return rows, amount


def _pfkit(url: str, how: str) -> Found:
    from pfkit.conform.engine import Engine  # noqa: PLC0415 - as above
    from pfkit.sources.database import (  # noqa: PLC0415 - as above
        Reading,
        asked_for,
        batches,
        keep,
        resolved,
        streamed,
    )

    _start()
    address = resolved(url, None, where="bench")
    reading = Reading("lines", address, asked_for("lines", address.kind, {}, where="bench"))
    if how == "batches":
        return _arrow(batches(reading, []))
    with tempfile.TemporaryDirectory() as name:
        kept = keep(batches(reading, []), Path(name), where="bench")
        if how == "kept":
            with streamed(kept, reading, ("id",)) as found:
                return _arrow(found.rows)
        engine = Engine()
        with streamed(kept, reading, ("id",)) as found:
            engine.load_stream("raw_lines", found.rows, file=found.fact.path)
        (row,) = engine.rows("SELECT count(*), sum(amount) FROM raw_lines")
        return row[0], row[1]


def _adbc(url: str, how: str) -> Found:
    adbc = importlib.import_module("adbc_driver_postgresql.dbapi")

    _start()
    with adbc.connect(url) as database, database.cursor() as cursor:
        cursor.execute(SQL)
        if how == "whole":
            return _arrow([cursor.fetch_arrow_table()])
        return _arrow(cursor.fetch_record_batch())


def _psycopg(url: str, how: str) -> Found:
    import psycopg  # noqa: PLC0415 - as above

    _start()
    with psycopg.connect(url) as database:
        if how == "whole":
            rows = database.execute(SQL).fetchall()
            return len(rows), sum(row[-1] for row in rows)
        count, amount = 0, 0
        with database.cursor(name="bench") as cursor:
            cursor.execute(SQL)
            while rows := cursor.fetchmany(SIZE):
                count += len(rows)
                amount += sum(row[-1] for row in rows)
        return count, amount


def _pandas(url: str, _: str) -> Found:
    import pandas as pd  # noqa: PLC0415 - as above

    sqlalchemy = importlib.import_module("sqlalchemy")

    _start()
    engine = sqlalchemy.create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1))
    with engine.connect() as database:
        rows = pd.read_sql(sqlalchemy.text(SQL), database)
    return len(rows), rows["amount"].sum()


READERS: dict[str, Callable[[str, str], Found]] = {
    "pfkit": _pfkit,
    "ADBC": _adbc,
    "psycopg": _psycopg,
    "pandas.read_sql": _pandas,
}


def _peak() -> int:
    """Return the most memory this process held, in kB."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0


def main() -> None:
    """Read a question from the input, and write what was found and needed as JSON."""
    question = json.load(sys.stdin)
    name, _, how = question["reader"].partition(" ")
    reader = READERS[name]
    rows, amount = reader(question["url"], how)
    began, spent = CLOCK
    found = {
        "rows": int(rows),
        "cents": round(amount * 100),
        "wall": time.perf_counter() - began,
        "cpu": time.process_time() - spent,
        "peak": _peak(),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
