"""Time and memory as events grow: a partitioned book from its first load to the attribution panel.

Events of distinct ids, one file a month (Parquet, or with `--form` CSV, plain or compressed), are
made for each size. A process of its own
opens the book with no cache, another opens it again and asks for activity and for the panel of
attribution (use by customer, feature and month), and a third does so after one more month has
come: what it read, in bytes, is beside what all files hold. Peaks are of each process. Disk: about
60 bytes a row, of CSV 150; all of it is removed at the end. `--rows 1 10 100` is the whole curve,
`--rows 5 --months 1 --form csv` one CSV file of five million rows.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from bench import _heavy

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPT = Path(__file__).with_name("_growth_run.py")
#: Bytes a row needs, its partition and the sums kept beside it included.
_PER_ROW = {"parquet": 60, "csv": 150, "csv.gz": 90}
_BOOK = """
[company]
name = "Corner Shop"
currency = "EUR"
[[sources]]
name = "events"
table = "usage"
path = "events-*.FORM"
partitioned = true
known_on = { file_name = "events-(.*)[.]", at = "month_end" }
key = ["event_id"]
[sources.columns]
event_id = "id"
ts = "ts"
customer = "customer"
product = "product"
feature = "feature"
metric = { constant = "calls" }
units = "units"
"""


def make(folder: Path, rows: int, months: int, customers: int, form: str = "parquet") -> list[Path]:
    """Write a book of events, and one month more apart; return the files, the last one apart."""
    (folder / "book.toml").write_text(_BOOK.replace("FORM", form), encoding="utf-8")
    _heavy.make_usage(folder / "made", rows * (months + 1) // months, count=months + 1)
    files, first = [], 0
    for file in sorted((folder / "made").glob("*.parquet")):
        target = folder / f"events-{file.stem}.{form}"
        with pq.ParquetFile(file) as source, contextlib.ExitStack() as opened:
            writer: Any = None
            for group in range(source.num_row_groups):
                table = source.read_row_group(group)
                table = _with_ids(table, first, customers)
                first += table.num_rows
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


def _with_ids(table: pa.Table, first: int, customers: int) -> pa.Table:
    numbers = np.arange(first, first + table.num_rows)
    ids = pa.array(np.char.add("e", np.char.zfill(numbers.astype("U9"), 9)))
    who = np.random.default_rng(first).integers(0, customers, table.num_rows)
    names = pa.array([f"C{k:06d}" for k in range(customers)])
    place = table.column_names.index("customer")
    coded = pa.DictionaryArray.from_arrays(pa.array(who.astype(np.int32)), names)
    table = table.set_column(place, "customer", coded.cast(pa.string()))
    return table.drop_columns(["period"]).append_column("id", ids)


def _asked(folder: Path, *steps: str) -> dict[str, Any]:
    ran = subprocess.run(  # noqa: S603 - a script of this folder
        [sys.executable, str(SCRIPT), str(folder), *steps],
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def _grown(rows: int, months: int, customers: int, form: str) -> str:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = make(folder, rows, months, customers, form)
        first = _asked(folder)
        again = _asked(folder, "activity", "panel")
        (folder / "later").rename(files[-1])
        later = _asked(folder, "activity")
        whole = sum(file.stat().st_size for file in files)
        cache = sum(f.stat().st_size for f in (folder / ".pfkit").rglob("*") if f.is_file())
    share = later["bytes"] / whole
    return (
        f"{rows / 1e6:>8.1f}{first['wall']:>10.1f}{first['cpu']:>9.1f}{first['peak'] / 1024:>9.0f}"
        f"{again['open']:>9.1f}{again['panel']:>9.1f}{again['cells']:>12,}"
        f"{again['peak'] / 1024:>9.0f}{later['wall']:>10.1f}{share:>9.1%}{cache / 2**20:>9.0f}"
    )


def main(arguments: list[str]) -> int:
    """Print one line per size."""
    parser = argparse.ArgumentParser(prog="python -m bench growth", description=__doc__)
    parser.add_argument("--rows", type=float, nargs="+", default=[0.5, 1, 2], metavar="MILLION")
    parser.add_argument("--months", type=int, default=36)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--form", choices=list(_PER_ROW), default="parquet")
    chosen = parser.parse_args(arguments)
    free = shutil.disk_usage(tempfile.gettempdir()).free
    needed = max(chosen.rows) * 1e6 * _PER_ROW[chosen.form]
    if needed > free / 2:
        print(
            f"{needed / 2**30:.1f} GB of disk are needed, {free / 2**30:.1f} free", file=sys.stderr
        )
        return 1
    print(
        f"{'':>8}{'first load':>28}{'again, with panel':>39}{'a month more':>19}{'cache':>9}\n"
        f"{'M rows':>8}{'wall s':>10}{'CPU s':>9}{'peak MB':>9}{'open s':>9}{'panel s':>9}"
        f"{'cells':>12}{'peak MB':>9}{'wall s':>10}{'read':>9}{'MB':>9}"
    )
    for rows in chosen.rows:
        print(_grown(int(rows * 1e6), chosen.months, chosen.customers, chosen.form), flush=True)
    return 0
