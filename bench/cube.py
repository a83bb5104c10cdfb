"""Month x product from ledger lines, events and bills: CPU and memory beside decode and peers.

The tables are made here as agreed rows, one Parquet file a month, with amounts as booked in four
currencies and a rate a day. Each engine adds up revenue, cost, billing and use in a process of its
own: once as sums, once with exact distinct customers of every cell. `decode` reads the same columns
with pyarrow and keeps none: no engine can do less. Cells are compared with pfkit's before a figure
is printed. `--limit` is the memory a run of pfkit may hold, in GB.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from bench import _heavy
from bench._peers import PeersError, ask, environment

PACKAGES = {
    "pandas": ("pandas==3.1.0", "pyarrow==26.0.1"),
    "polars": ("polars==2.1.0", "pyarrow==26.0.1"),
}
SCRIPT = Path(__file__).with_name("_cube_run.py")
_LEDGER, _EVENTS, _BILLS = 10_000_000, 50_000_000, 2_000_000
_WITHOUT, _WITH = "none", "exact"
_CENTS_OFF = 0.02


def make(folder: Path, scale: float, months: int) -> int:
    """Write the tables at a share of full size; return their bytes."""
    _heavy.make_money(folder / "ledger", int(_LEDGER * scale), billing=False, count=months)
    _heavy.make_money(folder / "billing", int(_BILLS * scale), billing=True, count=months)
    _heavy.make_usage(folder / "usage", int(_EVENTS * scale), count=months)
    pq.write_table(_heavy.rates(months), folder / "rates.parquet")
    return sum(file.stat().st_size for file in folder.rglob("*.parquet"))


def _apart(ours: list[list[Any]], theirs: list[list[Any]]) -> float:
    """Return how far the worst figure of a peer's cells is off ours; infinite for other cells."""
    mine = {tuple(row[:2]): row[2:] for row in ours}
    its = {tuple(row[:2]): row[2:] for row in theirs}
    if mine.keys() != its.keys():
        return float("inf")
    pairs = [(a, b) for cell, row in its.items() for a, b in zip(mine[cell], row, strict=False)]
    return max(abs(float(a or 0) - float(b or 0)) for a, b in pairs)


def _compared(question: dict[str, Any], pythons: dict[str, Path], limit: float) -> None:
    here = Path(sys.executable)
    floor = ask(here, SCRIPT, question | {"engine": "decode"})
    runs = {"pfkit": ask(here, SCRIPT, question | {"engine": "pfkit"})}
    for name, python in pythons.items():
        runs[name] = ask(python, SCRIPT, question | {"engine": name})
    print(f"{'':<10}{'CPU s':>9}{'x decode':>10}{'wall s':>9}{'peak GB':>9}")
    for name, run in {"decode": floor, **runs}.items():
        print(
            f"{name:<10}{run['cpu']:>9.2f}{run['cpu'] / floor['cpu']:>10.2f}{run['wall']:>9.2f}"
            f"{run['peak'] / 2**20:>9.2f}",
            flush=True,
        )
    for name in pythons:
        off = _apart(runs["pfkit"]["cells"], runs[name]["cells"])
        same = "to the cent" if off <= _CENTS_OFF else f"NOT: {off:,.2f} apart"
        print(f"{name}: {len(runs[name]['cells']):,} cells equal to pfkit's {same}")
    if limit:
        held = ask(here, SCRIPT, question | {"engine": "pfkit", "limit": limit})
        same = "the same cells" if held["cells"] == runs["pfkit"]["cells"] else "OTHER cells"
        print(f"pfkit where a process may hold {limit:g} GB: {same}, {held['cpu']:.2f} s CPU")


def main(arguments: list[str]) -> int:
    """Print what each engine needs."""
    parser = argparse.ArgumentParser(prog="python -m bench cube", description=__doc__)
    parser.add_argument("--scale", type=float, default=0.2, help="share of 62 million rows")
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--limit", type=float, default=2.0, metavar="GB", help="0: no limited run")
    parser.add_argument("--no-peers", action="store_true", help="pfkit and decode alone")
    chosen = parser.parse_args(arguments)
    try:
        pythons = (
            {}
            if chosen.no_peers
            else {name: environment(packages) for name, packages in PACKAGES.items()}
        )
        with tempfile.TemporaryDirectory() as name:
            size = make(Path(name), chosen.scale, chosen.months)
            rows = (_LEDGER + _EVENTS + _BILLS) * chosen.scale
            print(f"{rows:,.0f} rows over {chosen.months} months, {size / 2**30:.2f} GB of Parquet")
            question = {"folder": name, "home": _heavy.HOME, "accounts": _heavy.ACCOUNTS}
            for customers, told in ((_WITHOUT, "sums"), (_WITH, "with exact distinct customers")):
                print(f"\n{told}")
                _compared(question | {"customers": customers}, pythons, chosen.limit)
            about = ask(
                Path(sys.executable),
                SCRIPT,
                question | {"engine": "pfkit", "customers": "approximate"},
            )
            print(
                f"\npfkit, customers {about['said']}: {about['cpu']:.2f} s CPU, "
                f"peak {about['peak'] / 2**20:.2f} GB"
            )
    except PeersError as why:
        print(why, file=sys.stderr)
        return 1
    return 0
