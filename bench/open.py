"""Seconds and memory of opening a book with all its checks, and of checking one file.

Each book and each file is measured in a process of its own, after the imports. A file is set beside
plain `pandas.read_csv` in the same process: what the checks cost, in times of only reading it. With
``--beside CHECKOUT`` the same books are opened by another version of pfkit too, turn by turn, and
the ratio is printed: a machine that is busy slows both.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[1]
#: What a process of its own runs: it prints one line of JSON.
BOOK = """
import json, resource, sys, time
import pfkit as pf
import ibis
ibis.duckdb.connect()  # the engine's modules load at its first use
book, data, period = json.loads(sys.argv[1])
wall, cpu = time.perf_counter(), time.process_time()
opened = pf.open_book(book, data=data, period=period)
opened_cpu = time.process_time() - cpu
opened.checks
print(json.dumps({
    "rows": sum(one.rows_in for one in opened.evidence.balances),
    "open": opened_cpu, "checks": time.process_time() - cpu - opened_cpu,
    "wall": time.perf_counter() - wall,
    "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
}))
"""
FILE = """
import json, resource, sys, time
import pandas as pd
import pfkit as pf
path, table = json.loads(sys.argv[1])
pf.check_file(path + ".first", table=table)  # loads the engine's modules
cpu = time.process_time()
told = pf.check_file(path, table=table)
checked = time.process_time() - cpu
cpu = time.process_time()
for _ in range(5):
    pd.read_csv(path)
print(json.dumps({
    "rows": told["rows_in"], "check": checked, "pandas": (time.process_time() - cpu) / 5,
    "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
}))
"""


HEAD = "entry_id,posting_date,account,cost_center,product,currency,amount,memo"
COLUMNS = ("open", "checks", "both", "wall", "peak GB")


@dataclass(frozen=True)
class Chosen:
    """A book that is opened: its folder, its data, the report's period."""

    name: str
    book: Path
    data: Path | None
    period: str | None

    def named(self) -> tuple[str, str | None, str | None]:
        """Return what `pfkit.open_book` takes, as JSON can hold it."""
        return str(self.book), None if self.data is None else str(self.data), self.period


def run(code: str, what: object, checkout: Path = ROOT) -> dict[str, float]:
    """Run a measure in a process of its own, by the pfkit of a checkout."""
    done = subprocess.run(  # noqa: S603 -- our own code
        [sys.executable, "-c", code, json.dumps(what)],
        check=True,
        capture_output=True,
        text=True,
        cwd=checkout,
        env=os.environ | {"PYTHONPATH": str(checkout)},
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def middle(runs: list[dict[str, float]]) -> dict[str, float]:
    """Return the median of each figure."""
    return {name: statistics.median(one[name] for one in runs) for name in runs[0]}


def books(place: Path, data: Path | None, checkout: Path) -> list[Chosen]:
    """Return a checkout's demo company, and its examples whose data are at hand."""
    code = "import sys, pathlib, pfkit as pf; print(pf.demo.make(pathlib.Path(sys.argv[1])).period)"
    made = subprocess.run(  # noqa: S603 -- our own code
        [sys.executable, "-c", code, str(place / "demo")],
        check=True,
        capture_output=True,
        text=True,
        cwd=checkout,
        env=os.environ | {"PYTHONPATH": str(checkout)},
    )
    found = [Chosen("demo", place / "demo", None, made.stdout.strip())]
    if data is not None:
        home = checkout / "examples"
        found.append(Chosen("online-retail", home / "online-retail", data / "invoices", "2011-06"))
        found.append(Chosen("philadelphia", home / "philadelphia", data / "budget", None))
    return [one for one in found if one.data is None or one.data.is_dir()]


def ledger(path: Path, rows: int, seed: int) -> None:
    """Write a clean ledger of half a year: 4 accounts, 9 cost centers, 12 products."""
    draw = random.Random(seed)  # noqa: S311 -- chance in a bench is seeded
    first = date(2026, 1, 1)
    with path.open("w", encoding="utf-8", newline="") as out:
        write = csv.writer(out).writerow
        write(HEAD.split(","))
        for row in range(rows):
            day = first + timedelta(days=row * 180 // rows)
            place = (draw.choice([4000, 5000, 6000, 6100]), f"CC{draw.randint(1, 9)}")
            what = (f"P{draw.randint(1, 12)}", "EUR", f"{draw.uniform(-500, 1500):.2f}")
            write([f"E{row:06}", day, *place, *what, f"Invoice {draw.randint(1, 500)} rent"])


def show_books(place: Path, data: Path | None, times: int, beside: Path | None) -> None:
    """Print seconds of processor time and peak memory of each book."""
    print(f"{'book':<16}{'rows':>9}" + "".join(f"{name:>9}" for name in COLUMNS), end="")
    print(f"{'beside':>9}{'ratio':>7}" if beside else "")
    theirs = {} if beside is None else {b.name: b for b in books(place / "beside", data, beside)}
    for one in books(place / "own", data, ROOT):
        mine: list[dict[str, float]] = []
        other: list[dict[str, float]] = []
        for _ in range(times):
            mine.append(run(BOOK, one.named()))
            if beside is not None and one.name in theirs:
                other.append(run(BOOK, theirs[one.name].named(), beside))
        held = middle(mine)
        both = held["open"] + held["checks"]
        print(
            f"{one.name:<16}{held['rows']:>9.0f}{held['open']:>9.2f}{held['checks']:>9.2f}"
            f"{both:>9.2f}{held['wall']:>9.2f}{held['peak']:>9.2f}",
            end="",
        )
        if other:
            then = middle(other)
            before = then["open"] + then["checks"]
            print(f"{before:>9.2f}{both / before:>7.2f}", end="")
        print()


def show_files(place: Path, sizes: list[int], times: int, seed: int) -> None:
    """Print seconds of processor time of checking a file, and times of only reading it."""
    print(f"\n{'check FILE':<16}{'rows':>9}{'check':>8}{'pandas':>8}{'ratio':>8}{'peak GB':>9}")
    for size in sizes:
        path = place / f"ledger_{size}.csv"
        ledger(path, size, seed)
        ledger(path.with_name(path.name + ".first"), 10, seed)
        held = middle([run(FILE, (str(path), "ledger")) for _ in range(times)])
        print(
            f"{'ledger':<16}{held['rows']:>9.0f}{held['check']:>8.2f}{held['pandas']:>8.3f}"
            f"{held['check'] / held['pandas']:>8.0f}{held['peak']:>9.2f}"
        )


def main(arguments: list[str]) -> int:
    """Open the demo and the examples, and check files of some sizes."""
    parser = argparse.ArgumentParser(prog="python -m bench open", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with invoices/ and budget/")
    parser.add_argument("--beside", type=Path, help="another checkout that opens the same books")
    parser.add_argument("--times", type=int, default=3, help="processes for each figure")
    parser.add_argument("--rows", type=int, nargs="*", default=[1000, 10_000, 100_000])
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    print("Seconds of processor time, medians; peak memory of the process.\n")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        data = None if chosen.data is None else chosen.data.resolve()
        beside = None if chosen.beside is None else chosen.beside.resolve()
        show_books(place, data, chosen.times, beside)
        show_files(place, chosen.rows, chosen.times, chosen.seed)
    return 0
