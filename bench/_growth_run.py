"""Opens a partitioned book in a process of its own, and prints what it took as JSON."""

from __future__ import annotations

import json
import resource
import sys
import time

import pfkit as pf
from pfkit.conform.attributing import used


def main(folder: str, *steps: str) -> None:
    """Open a book, take the steps asked for, and print seconds, bytes and peak memory."""
    start = resource.getrusage(resource.RUSAGE_SELF)
    began = time.perf_counter()
    book = pf.open_book(folder)
    found: dict[str, float] = {"open": time.perf_counter() - began}
    if "activity" in steps:
        found["units"] = float(book.activity["units"].sum())
    if "panel" in steps:
        before = time.perf_counter()
        found["cells"] = len(used(book.conformed, book.period))
        found["panel"] = time.perf_counter() - before
    end = resource.getrusage(resource.RUSAGE_SELF)
    found |= {
        "wall": time.perf_counter() - began,
        "cpu": end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime,
        "peak": end.ru_maxrss,
        "bytes": sum(
            held.parts.reading.bytes for held in book.conformed.sources if held.parts is not None
        ),
    }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
