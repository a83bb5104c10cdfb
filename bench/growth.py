"""Time and memory as events grow: a partitioned book from its first load to attribution.

A book of events of distinct ids, one file a month (Parquet, or with `--form` CSV, plain or
compressed), is made for each size, with bills of the same customers; every customer calls every
feature in every month, so that attribution's panel (customer x feature x month) is as large as it
can be. Each step is a process of its own: the first load, with no cache; opened again, for activity
and the panel; again, for the panel and `pf.attribution` itself, freely and in a process that may
reserve `--limit` GB (RLIMIT_DATA, which counts pages that are never touched too); and once more
when a month has come. Files are what a step read of the exports; partitions and sums are kept
apart. Disk: about 60 bytes a row, of CSV 150; all of it is removed at the end. `--rows 5 --months 1
--form csv` is one CSV file of five million rows.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench._growth_made import make

SCRIPT = Path(__file__).with_name("_growth_run.py")
#: Bytes a row needs, its partition and the sums kept beside it included.
_PER_ROW = {"parquet": 60, "csv": 150, "csv.gz": 90}
_WITHIN = 2.0


def _asked(folder: Path, *steps: str, limit: float = 0.0) -> dict[str, Any]:
    """Return what a step took; ``why`` it ended where it did not come to an end."""
    ran = subprocess.run(  # noqa: S603 - a script of this folder
        [sys.executable, str(SCRIPT), str(folder), str(limit), *steps],
        check=False,
        capture_output=True,
        text=True,
    )
    if ran.returncode:
        said = ran.stderr.strip().splitlines()
        return {"why": said[-1] if said else f"ended with {ran.returncode}"}
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def _line(rows: int, step: str, took: dict[str, Any], whole: int, more: str = "") -> str:
    """Return one line of the curve; rows are those that the book holds."""
    if "why" in took:
        return f"{rows / 1e6:>8.1f}  {step:<24}{took['why']}"
    return (
        f"{rows / 1e6:>8.1f}  {step:<24}{took['wall']:>9.1f}{took['cpu']:>9.1f}"
        f"{rows / took['wall']:>12,.0f}{took['bytes'] / 2**20:>10.1f}"
        f"{took['bytes'] / whole:>8.1%}{took['peak']:>9,.0f}  {more}"
    ).rstrip()


def _within(name: str, free: dict[str, Any], held: dict[str, Any], limit: float) -> str:
    """Return whether a step came to the same in a process that may hold so much."""
    if "why" in free:
        return f"{name} within {limit:g} GB: no, {free['why']}"
    if "why" in held:
        fits = "held" if free["peak"] <= limit * 1024 else "no, held"
        return (
            f"{name} within {limit:g} GB: {fits} {free['peak']:,.0f} MB; where a process may "
            f"reserve {limit:g} GB, touched or not: no, {held['why']}"
        )
    peak = max(one["peak"] for one in (free, held))
    same = "the same cells" if free["told"] == held["told"] else "OTHER cells"
    good = peak <= limit * 1024 and free["told"] == held["told"]
    return (
        f"{name} within {limit:g} GB: {'yes' if good else 'no'}, peak {peak:,.0f} MB; where a "
        f"process may hold {limit:g} GB: {same}, {held['peak']:,.0f} MB, {held['wall']:.1f} s"
    )


def _grown(rows: int, chosen: argparse.Namespace) -> None:
    """Make a book of so many events, and print a line for each step."""
    limit = chosen.limit
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = make(folder, rows, chosen.months, chosen.customers, chosen.form)
        exports = [*folder.glob("events-*"), *folder.glob("bills-*"), folder / "later"]
        whole = sum(file.stat().st_size for file in exports)

        def said(step: str, took: dict[str, Any], more: str = "") -> None:
            print(_line(rows, step, took, whole, more), flush=True)

        said("first load", _asked(folder))
        panel = _asked(folder, "activity", "panel")
        said("again, with panel", panel, f"{panel.get('cells', 0):,} cells")
        held = _asked(folder, "panel", limit=limit)
        answer = _asked(folder, "attribution")
        more = f"{answer.get('answered', 0)} of {answer.get('features', 0)} features answered"
        said("again, with attribution", answer, more)
        least = _asked(folder, "attribution", limit=limit)
        (folder / "later").rename(files[-1])
        said("a month more", _asked(folder, "activity"))
        cache = sum(f.stat().st_size for f in (folder / ".pfkit").rglob("*") if f.is_file())
        print(f"{'':>10}cache {cache / 2**20:,.0f} MB, files {whole / 2**20:,.0f} MB")
        if "why" not in panel:
            print(f"{'':>10}{_within('panel', panel, held, limit)}")
            print(f"{'':>10}{_within('pf.attribution', answer, least, limit)}", flush=True)


def main(arguments: list[str]) -> int:
    """Print the curve, a few lines per size."""
    parser = argparse.ArgumentParser(prog="python -m bench growth", description=__doc__)
    parser.add_argument(
        "--rows", type=float, nargs="+", default=[1, 10, 30, 100], metavar="MILLION"
    )
    parser.add_argument("--months", type=int, default=36)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--limit", type=float, default=_WITHIN, metavar="GB")
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
        f"{'M rows':>8}  {'step':<24}{'wall s':>9}{'CPU s':>9}{'rows/s':>12}{'files MB':>10}"
        f"{'of all':>8}{'peak MB':>9}"
    )
    for rows in chosen.rows:
        _grown(int(rows * 1e6), chosen)
    return 0
