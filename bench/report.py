"""Seconds per report by stage, as a close sees them: one `pfkit run` in a process of its own."""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

PFKIT = Path(sys.executable).with_name("pfkit")
WHOLE = "whole command"
ORDER = ["notebook", "html", "pdf", "tables"]  # as they follow each other


@dataclass(frozen=True)
class Measured:
    """One run of one report.

    Attributes
    ----------
    seconds : dict of str to float
        Wall-clock seconds by stage, as the manifest states them, and of the whole command.
    sizes : dict of str to int
        Bytes by file.
    """

    seconds: dict[str, float]
    sizes: dict[str, int]


def measure(kind: str, period: str, *, book: Path, data: Path | None, to: Path) -> Measured:
    """Run a report once and read its stages from its manifest."""
    command = [str(PFKIT), "run", kind, "--book", str(book), "--period", period, "--to", str(to)]
    if data is not None:
        command += ["--data", str(data)]
    began = time.perf_counter()
    subprocess.run(  # noqa: S603 -- the command is pfkit's own
        command, check=True, stdout=subprocess.DEVNULL
    )
    whole = time.perf_counter() - began
    (manifest,) = to.glob(f"*/{period}/{kind}/manifest.json")
    seconds = json.loads(manifest.read_text(encoding="utf-8"))["run"]["seconds"]
    sizes = {path.name: path.stat().st_size for path in sorted(manifest.parent.glob("*.*"))}
    stages = sorted(seconds, key=lambda stage: [*ORDER, stage].index(stage))
    return Measured({stage: seconds[stage] for stage in stages} | {WHOLE: whole}, sizes)


def show(title: str, runs: list[Measured]) -> None:
    """Print median, least and most seconds of each stage, and the sizes of the last run."""
    print(f"\n{title}, {len(runs)} runs")
    print(f"  {'stage':<16}{'median s':>10}{'min s':>9}{'max s':>9}")
    for stage in runs[0].seconds:
        values = [run.seconds[stage] for run in runs]
        middle = statistics.median(values)
        print(f"  {stage:<16}{middle:>10.2f}{min(values):>9.2f}{max(values):>9.2f}")
    sizes = ", ".join(f"{name} {size / 1000:.0f} kB" for name, size in runs[-1].sizes.items())
    print(f"  {sizes}")


def main(arguments: list[str]) -> int:
    """Measure both reports of a demo company, or one report of a given book."""
    parser = argparse.ArgumentParser(prog="python -m bench report", description=__doc__)
    parser.add_argument("--times", type=int, default=3, help="runs of each report")
    parser.add_argument("--book", type=Path, help="a book; the demo company when not given")
    parser.add_argument("--data", type=Path, help="folder of the book's raw files")
    parser.add_argument("--kind", choices=["monthly", "quarterly"], default="monthly")
    parser.add_argument("--period", help="the period of --book")
    chosen = parser.parse_args(arguments)
    if (chosen.book is None) != (chosen.period is None):
        parser.error("--book and --period go together")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        if chosen.book is None:
            began = time.perf_counter()
            made = subprocess.run(  # noqa: S603 -- the command is pfkit's own
                [str(PFKIT), "demo", "--to", str(place / "demo")],
                check=True,
                capture_output=True,
                text=True,
            )
            print(f"demo company: {time.perf_counter() - began:.2f} s")
            period = next(
                line.split()[1] for line in made.stdout.splitlines() if line.startswith("period ")
            )
            year, month = period.split("-")
            book, wanted = place / "demo", [("monthly", period)]
            wanted.append(("quarterly", f"{year}Q{(int(month) + 2) // 3}"))
        else:
            book, wanted = chosen.book, [(chosen.kind, chosen.period)]
        for kind, label in wanted:
            runs = [
                measure(kind, label, book=book, data=chosen.data, to=place / f"{kind}{turn}")
                for turn in range(chosen.times)
            ]
            show(f"{kind} {label}", runs)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
    print(f"\npeak memory of a process: {peak:.2f} GB")
    return 0
