"""Outlooks of simulated initiatives against what came: benefit still to come, and cost."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from pfkit.measures import cost_to_complete, roi
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Sequence

LIFE, RAMP = 36, 6
COLUMNS = ["initiative", "period", "kind", "flow", "amount"]
MONTHS = [f"{2022 + month // 12}-{month % 12 + 1:02d}" for month in range(LIFE)]
#: How benefits come: share of the promised level, months late, months of ramp, decay a month.
KINDS = ("as planned", "late", "lower", "late and lower", "slow", "decaying")
METHODS = ("milestone", "cpi", "cpi_spi", "remaining", "plan")


class _Drawn(NamedTuple):
    """An initiative as planned and as it comes: outlay and benefit by month, and its delay."""

    build: int
    outlay: np.ndarray
    benefit: np.ndarray
    spent: np.ndarray
    came: np.ndarray
    late: int


def drawn(kind: str, rng: np.random.Generator, noise: float) -> _Drawn:
    """Draw one initiative: a level outlay while it is built, then a benefit that grows in."""
    month, build = np.arange(LIFE), int(rng.integers(4, 10))
    level, late, ramp, decay = 1.0, 0, RAMP, 0.0
    if kind in {"lower", "late and lower"}:
        level = float(np.clip(rng.normal(0.85, 0.25), 0.2, 1.6))
    if kind in {"late", "late and lower"}:
        late = int(rng.integers(1, 6))
    if kind == "slow":
        ramp = int(rng.choice([9, 12]))
    if kind == "decaying":
        decay = 0.02
    size = float(rng.uniform(20, 90))
    plan = size * np.clip((month - build + 1) / RAMP, 0, 1)
    came = size * level * np.clip((month - build - late + 1) / ramp, 0, 1)
    came *= np.exp(-decay * np.maximum(0, month - build - late))
    outlay = np.where(month < build, 10 * size / build, 0.0)
    dear = float(np.clip(rng.normal(1.05, 0.15), 0.7, 1.6))
    spent = dear * outlay * np.exp(rng.normal(0, noise, LIFE))
    return _Drawn(build, outlay, plan, spent, came * np.exp(rng.normal(0, noise, LIFE)), late)


def flows_of(ventures: Sequence[_Drawn], ends: Sequence[int]) -> pd.DataFrame:
    """Return plans, and what had come before each initiative's end."""
    rows = []
    for number, (one, end) in enumerate(zip(ventures, ends, strict=True)):
        for flow, sign, plan, actual in (
            ("investment", -1, one.outlay, one.spent),
            ("benefit", 1, one.benefit, one.came),
        ):
            for month, label in enumerate(MONTHS):
                rows.append((f"I{number}", label, "plan", flow, sign * round(plan[month], 2)))
                if month < end:
                    rows.append(
                        (f"I{number}", label, "actual", flow, sign * round(actual[month], 2))
                    )
    return pd.DataFrame([row for row in rows if row[-1]], columns=COLUMNS)


def still_to_come(kind: str, after: int, seeds: int, noise: float) -> dict[str, float]:
    """Return the error of the benefit still to come, as a share of it, by outlook."""
    wrong = dict.fromkeys(("plan", "ratio", "performance"), 0.0)
    whole = 0.0
    for seed in range(seeds):
        rng = np.random.default_rng([seed, KINDS.index(kind)])
        for one in (drawn(kind, rng, noise) for _ in range(10)):
            end = one.build + after
            period = FiscalCalendar().period(MONTHS[end - 1])
            flows, truth = flows_of([one], [end]), float(one.came[end:].sum())
            whole += truth
            ahead, due = float(one.benefit[end:].sum()), float(one.benefit[:end].sum())
            wrong["ratio"] += abs(ahead * float(one.came[:end].sum()) / due - truth)
            for outlook in ("plan", "performance"):
                row = roi(flows, rate=0.1, period=period, outlook=outlook).iloc[0]
                seen = row["benefit_outlook"] - row["benefit_actual"]
                wrong[outlook] += abs(float(seen) - truth)
    return {name: error / whole for name, error in wrong.items()}


def at_completion(seeds: int, noise: float) -> dict[str, float]:
    """Return the error of the estimate at completion, as a share of the cost, by method."""
    wrong, whole = dict.fromkeys(METHODS, 0.0), 0.0
    for seed in range(seeds):
        rng = np.random.default_rng([seed, 99])
        for one in (drawn("late", rng, noise) for _ in range(10)):
            end = int(rng.integers(1, one.build))
            period = FiscalCalendar().period(MONTHS[end - 1])
            stones = sorted({round(one.build * share) for share in (0.25, 0.5, 0.75, 1.0)} - {0})
            schedule = pd.DataFrame(
                [
                    (
                        "I0",
                        f"M{last}",
                        _day(last),
                        _day(last) if last <= end else None,
                        last - first,
                    )
                    for first, last in zip([0, *stones], stones, strict=False)
                ],
                columns=["initiative", "milestone", "planned_on", "done_on", "weight"],
            )
            flows, truth = flows_of([one], [end]), float(one.spent.sum())
            whole += truth
            for method in METHODS:
                row = cost_to_complete(flows, schedule=schedule, period=period, method=method)
                wrong[method] += abs(float(row.iloc[0]["estimate_at_completion"]) - truth)
    return {name: error / whole for name, error in wrong.items()}


def _day(month: int) -> str:
    """Return the last day of the month before a number of them has passed."""
    return FiscalCalendar().last_day(MONTHS[month - 1]).isoformat()


def main(arguments: Sequence[str]) -> int:
    """Print both errors by kind and by method."""
    parser = argparse.ArgumentParser(prog="python -m bench initiatives", description=__doc__)
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--noise", type=float, default=0.1, help="of a month, log scale")
    chosen = parser.parse_args(list(arguments))
    write = sys.stdout.write
    write("benefit still to come, error as a share of it (plan, ratio to date, performance)\n")
    for after in (3, 6, 12):
        for kind in KINDS:
            found = still_to_come(kind, after, chosen.seeds, chosen.noise)
            told = "  ".join(f"{name} {error:6.1%}" for name, error in found.items())
            write(f"  {after:2d} months after go-live, {kind:15s} {told}\n")
    found = at_completion(chosen.seeds, chosen.noise)
    write("cost at completion while building, error as a share of it\n")
    write("  " + "  ".join(f"{name} {error:.1%}" for name, error in found.items()) + "\n")
    return 0
