"""Random damage to clean files: never a traceback, and the balance holds in every answer."""

from __future__ import annotations

import argparse
import csv
import io
import random
import tempfile
import time
import traceback
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pfkit as pf
from tests.corpus.everything import CLEAN

if TYPE_CHECKING:
    from collections.abc import Callable

_FATES: Final = ("accepted", "quarantined", "excluded")
_ODD: Final = (
    *(b'"', b"'", b",", b";", b"\t", b"\r", b"\n", b"\x00", b"\xff", b"\xef\xbb\xbf", b"\\"),
    *(b"NaN", b"1e999", b"-", b"=1+1", b"2026-02-30", b"\xe2\x80\x8b", b"{", b"]", b"<"),
)
_LARGEST: Final = 60_000


def flip(body: bytes, dice: random.Random) -> bytes:
    """Turn some bits."""
    damaged = bytearray(body)
    for _ in range(dice.choice((1, 1, 2, 8))):
        damaged[dice.randrange(len(damaged))] ^= 1 << dice.randrange(8)
    return bytes(damaged)


def cut(body: bytes, dice: random.Random) -> bytes:
    """Keep a beginning."""
    return body[: dice.randrange(len(body))]


def insert(body: bytes, dice: random.Random) -> bytes:
    """Put odd letters in some places."""
    for _ in range(dice.choice((1, 1, 3))):
        place = dice.randrange(len(body) + 1)
        body = body[:place] + dice.choice(_ODD) + body[place:]
    return body


def remove(body: bytes, dice: random.Random) -> bytes:
    """Take a piece out."""
    place = dice.randrange(len(body))
    return body[:place] + body[place + dice.choice((1, 3, 40, 400)) :]


def repeat(body: bytes, dice: random.Random) -> bytes:
    """Put a piece in a second time."""
    first, second = sorted(dice.randrange(len(body)) for _ in range(2))
    return body[:second] + body[first:]


def swap(body: bytes, dice: random.Random) -> bytes:
    """Exchange two columns in some rows of a text, or two pieces of anything else."""
    try:
        rows = list(csv.reader(io.StringIO(body.decode("utf-8"), newline="")))
    except (UnicodeDecodeError, csv.Error):
        half = len(body) // 2
        return body[half:] + body[:half]
    width = len(rows[0])
    one, other = dice.randrange(width), dice.randrange(width)
    start = dice.randrange(len(rows))
    for row in rows[start:]:
        if len(row) == width:
            row[one], row[other] = row[other], row[one]
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue().encode()


WAYS: Final[tuple[Callable[[bytes, random.Random], bytes], ...]] = (
    *(flip, cut, insert, remove, repeat, swap),
)


def balance_fault(found: dict[str, Any]) -> str:
    """Return what does not balance in an answer, or nothing."""
    if found["rows_in"] != sum(found[fate] for fate in _FATES):
        return "rows do not balance"
    parts = (Decimal(found[f"amount_{fate}"]) for fate in _FATES)
    return "" if Decimal(found["amount_in"]) == sum(parts) else "amounts do not balance"


def main(arguments: list[str]) -> int:
    """Damage clean files at random, check each, and print what ends badly."""
    parser = argparse.ArgumentParser(prog="python -m bench mutations", description=__doc__)
    parser.add_argument("--count", type=int, default=500, help="damaged files to check")
    parser.add_argument("--seed", type=int, default=1, help="start of the random numbers")
    chosen = parser.parse_args(arguments)
    sound = [(case, body) for case in CLEAN if len(body := case.make()) <= _LARGEST]
    verdicts: dict[str, Counter[str]] = {way.__name__: Counter() for way in WAYS}
    bad = 0
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(chosen.seed, chosen.seed + chosen.count):
            dice = random.Random(turn)  # noqa: S311 -- the same files for the same seed
            case, body = sound[dice.randrange(len(sound))]
            way = WAYS[dice.randrange(len(WAYS))]
            file = Path(folder) / case.name
            file.write_bytes(way(body, dice))
            try:
                found = pf.check_file(file, table=case.table, period=case.period or None)
                fault = balance_fault(found)
                verdicts[way.__name__][found["verdict"]] += 1
            except BaseException:  # noqa: BLE001 -- a panic of a reader is none of Exception
                fault = traceback.format_exc(limit=-3)
            if fault:
                bad += 1
                print(f"seed {turn}: {way.__name__} of {case.name}: {fault}")
            file.unlink()
    for name, counted in verdicts.items():
        told = ", ".join(f"{counted[verdict]} {verdict}" for verdict in sorted(counted))
        print(f"  {name:<8}{told}")
    spent = time.perf_counter() - began
    print(f"{chosen.count} damaged files, {bad} ended badly, {spent:.0f} s")
    return 1 if bad else 0
