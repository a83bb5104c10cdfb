"""Rates of return beside pyxirr and numpy-financial: cases right, roots missed, and time.

Random polynomials have known roots: up to six real ones from -99.9 % to 100,000 % a step, some in
pairs as close as 1e-4 in ln(1 + r), some double, with up to two pairs of complex ones. Amounts are
made exactly and rounded once. A root counts as found within 1e-5 in ln(1 + r); how far the furthest
is from its place is told.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import math
import os
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pfkit as pf
from bench._peers import PeersError, ask, environment
from tests.published import run_cases

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parents[1]
PACKAGES = ("pyxirr==0.10.8", "numpy-financial==1.0.0", "numpy==2.4.6")
PEERS = ("pyxirr", "numpy-financial")
_NEAR = 1e-5
_REPEATS = 50
_CLOSE, _DOUBLE = 0.3, 0.2  # shares of rows with a close pair, and with a double root


@dataclass(frozen=True)
class Row:
    """Cash flows and what is known of them: ln(1 + rate) of every root."""

    values: list[float]
    forces: list[float]


def _product(factors: list[list[Fraction]]) -> list[Fraction]:
    row = [Fraction(1)]
    for factor in factors:
        longer = [Fraction(0)] * (len(row) + len(factor) - 1)
        for place, one in enumerate(row):
            for shift, other in enumerate(factor):
                longer[place + shift] += one * other
        row = longer
    return row


def polynomials(count: int, *, seed: int) -> Iterator[Row]:
    """Yield random rows of cash flows with known roots."""
    dice = random.Random(seed)  # noqa: S311 - the same rows each time
    low, high = math.log(0.001), math.log(1001.0)
    for _ in range(count):
        forces = [dice.uniform(low, high) for _ in range(dice.randint(0, 6))]
        if len(forces) > 1 and dice.random() < _CLOSE:
            forces[1] = forces[0] + 10 ** dice.uniform(-4, -1)
        double = dice.random() < _DOUBLE and bool(forces)
        apart = 1e-2 if double else 0.99e-4
        ordered = sorted(forces)
        if any(later - early < apart for early, later in itertools.pairwise(ordered)):
            forces = forces[:1]
        factors = [[-Fraction(math.exp(-force)), Fraction(1)] for force in forces]
        factors += factors[:1] if double else []
        for _ in range(dice.randint(0 if forces else 1, 2)):
            size, angle = math.exp(dice.gauss(0, 1.5)), dice.uniform(0.05, math.pi)
            factors.append(
                [Fraction(size) ** 2, Fraction(-2 * size * math.cos(angle)), Fraction(1)]
            )
        size = dice.choice((-1, 1)) * 10 ** dice.uniform(0, 6)
        yield Row([float(one * Fraction(size)) for one in _product(factors)], sorted(forces))


def monthly(kind: str) -> list[float]:
    """Return 1,000 monthly flows: an outlay and inflows, or inflows and outlays as they come."""
    dice = random.Random(2026)  # noqa: S311 - as above
    if kind == "one outlay":
        return [-100_000.0, *(dice.uniform(0, 1000) for _ in range(999))]
    return [dice.gauss(0, 1000) for _ in range(1000)]


def _seconds(row: list[float]) -> float:
    times: list[float] = []
    while len(times) < _REPEATS:
        began = time.perf_counter()
        pf.irr(row)
        times.append(time.perf_counter() - began)
    return min(times)


def _near(rate: float | None, force: float) -> bool:
    return rate is not None and rate > -1 and abs(math.log1p(rate) - force) <= _NEAR


def _roots(rows: list[Row]) -> int:
    """Print how pfkit does on the random polynomials, and return what it missed."""
    missed = many = warned = several = false = 0
    furthest = 0.0
    began = time.perf_counter()
    found = [pf.irr(row.values) for row in rows]
    seconds = time.perf_counter() - began
    for row, one in zip(rows, found, strict=True):
        forces = [math.log1p(root) for root in one.roots if root > -1]
        for force in row.forces:
            away = min((abs(other - force) for other in forces), default=math.inf)
            missed += away > _NEAR
            furthest = max(furthest, away)
        many += max(0, len(one.roots) - len(row.forces))
        several += len(row.forces) > 1
        warned += len(row.forces) > 1 and "multiple_roots" in one.warnings
        false += not row.forces and (one.rate is not None or not one.reason)
    known = sum(len(row.forces) for row in rows)
    print(
        f"random polynomials: {len(rows):,} with {known:,} known roots; pfkit missed {missed} "
        f"(furthest {furthest:.0e} away), {many} too many, {false} rates where there is none; "
        f"warned of several roots in {warned:,} of {several:,} "
        f"({seconds / len(rows) * 1e3:.2f} ms each)"
    )
    return missed + many + false + several - warned


def _peers_roots(rows: list[Row], answers: list[float | None], seconds: float) -> str:
    fate: Counter[str] = Counter()
    for row, got in zip(rows, answers, strict=True):
        if got is None:
            fate["no answer though there is a root" if row.forces else "rightly none"] += 1
        elif any(_near(got, force) for force in row.forces):
            fate["one of several, no warning" if len(row.forces) > 1 else "the root"] += 1
        else:
            fate["no root"] += 1
    told = ", ".join(f"{count:,} {name}" for name, count in fate.most_common())
    return f"{told} ({seconds / len(rows) * 1e3:.3f} ms each)"


def _right(case: dict[str, str], told: dict[str, Any]) -> str:
    if not told["offered"]:
        return "not offered"
    want, tolerance = json.loads(case["expected"]), float(case["tolerance"] or 0)
    wrong = run_cases.wrong(case["kind"], told["got"], want, tolerance, warned=False)
    return "wrong" if wrong else "right"


def _asked(cases: list[dict[str, str]], rows: list[Row], timed: dict[str, list[float]]) -> Any:  # noqa: ANN401 - any JSON
    question = {
        "cases": [
            {"function": case["function"], "inputs": json.loads(case["inputs"])} for case in cases
        ],
        "flows": [row.values for row in rows],
        "timed": timed,
        "repeats": _REPEATS,
        "patience": 2.0,
    }
    return ask(environment(PACKAGES), Path(__file__).with_name("_returns_peers.py"), question)


def main(arguments: list[str]) -> int:
    """Print all three side by side; 1 where pfkit misses a case or a root."""
    parser = argparse.ArgumentParser(prog="python -m bench returns", description=__doc__)
    shared = Path(os.environ.get("PFKIT_SHARED", HERE.parent / "shared"))
    parser.add_argument(
        "--cases", type=Path, default=shared / "data" / "finance" / "cases.csv", metavar="CSV"
    )
    parser.add_argument("--polynomials", type=int, default=10_000, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--no-peers", action="store_true", help="pfkit alone")
    chosen = parser.parse_args(arguments)
    with chosen.cases.open(encoding="utf-8", newline="") as lines:
        cases = list(csv.DictReader(lines))
    wrong = [one for one in map(run_cases.outcome, cases) if one.wrong]
    rows = list(polynomials(chosen.polynomials, seed=chosen.seed))
    timed = {kind: monthly(kind) for kind in ("one outlay", "either sign")}
    print(f"published cases: {len(cases)}; pfkit {len(cases) - len(wrong)} right")
    failed = len(wrong) + _roots(rows)
    ours = {kind: _seconds(row) for kind, row in timed.items()}
    for kind, seconds in ours.items():
        print(f"1,000 monthly flows, {kind}: pfkit {seconds * 1e3:.2f} ms")
    if not chosen.no_peers:
        try:
            told = _asked(cases, rows, timed)
        except PeersError as why:
            print(why, file=sys.stderr)
            return 1
        for name in PEERS:
            answer = told[name]
            fate = Counter(_right(*pair) for pair in zip(cases, answer["cases"], strict=True))
            print(f"{name} {answer['version']}")
            print(
                f"  published cases: {fate['right']} right, {fate['wrong']} wrong, "
                f"{fate['not offered']} not offered"
            )
            print(
                "  random polynomials: "
                + _peers_roots(rows, answer["flows"], answer["flows_seconds"])
            )
            for kind, seconds in answer["seconds"].items():
                print(
                    f"  1,000 monthly flows, {kind}: {seconds * 1e3:.2f} ms, "
                    f"{seconds / ours[kind]:.1f} times pfkit's"
                )
    return 1 if failed else 0
