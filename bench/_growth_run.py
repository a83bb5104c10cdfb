"""One step of ``bench growth`` in a process of its own: what it took as JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.book import Book


def _activity(book: Book) -> dict[str, Any]:
    return {"units": float(book.activity["units"].sum())}


def _panel(book: Book) -> dict[str, Any]:
    from pfkit.conform.attributing import used  # noqa: PLC0415 - loaded under the limit

    return _told(used(book.conformed, book.period))


def _attribution(book: Book) -> dict[str, Any]:
    import pfkit as pf  # noqa: PLC0415 - loaded under the limit

    tables = book.attribution
    found = pf.attribution(**tables)
    answered = found.features["incremental"].notna()
    return _told(tables["usage"]) | {"features": len(answered), "answered": int(answered.sum())}


def _told(cells: pd.DataFrame) -> dict[str, Any]:
    """Return how many cells there are, and sums that other cells would not have."""
    codes = [cells[name].cat.codes for name in ("customer", "feature", "period")]
    sums = [int(one.sum()) for one in codes]
    return {"cells": len(cells), "told": [float(cells["units"].sum()), *sums]}


STEPS = {"activity": _activity, "panel": _panel, "attribution": _attribution}


def _peak() -> float:
    """Return the most this process has held, in MB; what it was started from does not count."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines = status.read_text(encoding="ascii", errors="replace").splitlines()
    return float(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def main(folder: str, limit: str, *steps: str) -> None:
    """Open a book, take the steps asked for, and print seconds, bytes and peak memory.

    `limit` is how much memory the process may hold, in GB; 0 for as much as there is.
    """
    if float(limit):
        size = int(float(limit) * 2**30)
        resource.setrlimit(resource.RLIMIT_DATA, (size, size))
    import pfkit as pf  # noqa: PLC0415 - loaded under the limit

    start, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    book = pf.open_book(folder)
    found: dict[str, Any] = {"open": time.perf_counter() - began}
    for step in steps:
        found |= STEPS[step](book)
    end = resource.getrusage(resource.RUSAGE_SELF)
    found |= {
        "wall": time.perf_counter() - began,
        "cpu": end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime,
        "peak": _peak(),
        "bytes": sum(
            held.parts.reading.bytes for held in book.conformed.sources if held.parts is not None
        ),
    }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
