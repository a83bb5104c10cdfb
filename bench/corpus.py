"""Verdicts on the corpus of bad and clean files, and what plain pandas makes of the same files."""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pandas as pd

import pfkit as pf
from tests.corpus.answer import faults
from tests.corpus.everything import CASES

if TYPE_CHECKING:
    from tests.corpus.case import Case

#: Bad files that may be accepted in silence: what is odd in them does no harm.
_HARMLESS: Final = "accept"
#: Reading these with pandas would fill the memory of the machine, or run what is in them.
_UNSAFE: Final = frozenset({"zip bomb", "far cell", "pickle"})


def pandas_says(case: Case, file: Path) -> str:
    """Return ``loads``, ``raises`` or ``warns``: pandas with its defaults, chosen by the ending."""
    ending = "".join(file.suffixes[-1:])
    if case.kind in _UNSAFE:
        return "not tried"
    with warnings.catch_warnings(record=True) as remarks:
        warnings.simplefilter("always")
        try:
            if ending in {".xlsx", ".xlsm"}:
                pd.read_excel(file, engine="openpyxl")
            elif ending in {".xls", ".ods", ".xlsb"}:
                pd.read_excel(file, engine="calamine")
            elif ending == ".parquet":
                pd.read_parquet(file)
            elif ending == ".jsonl":
                pd.read_json(file, lines=True)
            elif ending == ".json":
                pd.read_json(file)
            else:
                pd.read_csv(file)
        except Exception:  # noqa: BLE001 -- whatever it raises, it did not load
            return "raises"
    return "warns" if remarks else "loads"


def main(arguments: list[str]) -> int:
    """Check every file, print what is wrong, and count what pandas loads without a remark."""
    parser = argparse.ArgumentParser(prog="python -m bench corpus", description=__doc__)
    parser.add_argument("--no-peer", action="store_true", help="leave pandas out")
    parser.add_argument("--kinds", action="store_true", help="print the verdicts kind by kind")
    chosen = parser.parse_args(arguments)
    wrong: list[str] = []
    kinds: dict[str, Counter[str]] = {}
    verdicts: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    peer: Counter[str] = Counter()
    seconds: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            file = Path(folder) / case.name
            file.write_bytes(case.make())
            began = time.perf_counter()
            found = pf.check_file(file, table=case.table, period=case.period or None)
            seconds.append(time.perf_counter() - began)
            wrong += [f"{case.name} ({case.kind}): {fault}" for fault in faults(case, found)]
            verdicts[case.clean][found["verdict"]] += 1
            kinds.setdefault(case.kind, Counter())[found["verdict"]] += 1
            if not chosen.no_peer and not case.clean and _HARMLESS not in case.right:
                peer[pandas_says(case, file)] += 1
            file.unlink()
    _show(verdicts, wrong, seconds)
    if chosen.kinds:
        for kind, counted in sorted(kinds.items()):
            print(f"  {kind:<24}{', '.join(f'{n} {verdict}' for verdict, n in counted.items())}")
    if peer:
        told = ", ".join(f"{count} {end}" for end, count in peer.most_common())
        print(f"pandas, of {peer.total()} bad files that must not pass in silence: {told}")
    return 1 if wrong else 0


def _show(verdicts: dict[bool, Counter[str]], wrong: list[str], seconds: list[float]) -> None:
    for clean, name in ((False, "bad"), (True, "clean")):
        counted = verdicts[clean]
        told = ", ".join(f"{counted[verdict]} {verdict}" for verdict in sorted(counted))
        print(f"{counted.total()} {name} files: {told}")
    held = sum(verdicts[True][verdict] for verdict in ("quarantine", "reject"))
    print(f"wrong answers: {len(wrong)}; clean files held back or refused: {held}")
    for fault in wrong:
        print(f"  {fault}")
    middle, worst = statistics.median(seconds), max(seconds)
    print(f"{sum(seconds):.0f} s in all; a file {1000 * middle:.0f} ms, at worst {worst:.2f} s")
