"""Whether a proposed holdout keeps its word: the power it claims against experiments that follow.

Customers pay by month with habits that drift, months without a bill, growth and churn; kinds differ
in the tail of their sizes, in how many leave, and in whether they have seasons of their own. A
design is made from the past; then the months that follow come, holdouts are drawn as the design
draws them, the effect is put on those who have the feature, and `randomized_effect` says whether it
is told from nothing. The power claimed and the share of experiments that succeed are printed side
by side, of the designs proposed and of all that were tried out, how often the interval holds the
effect, and the share that claims one where there is none.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

import pfkit as pf
from pfkit.measures.fleet.periods import period_label
from pfkit.measures.holdout_draw import given_to

if TYPE_CHECKING:
    from pfkit.measures.medians import Array

_PAST, _LENGTH, _DRAWS, _YEAR = 24, 6, 400, 12
#: What is asked for, as a multiple of the least effect that the formula has enough power for.
_MORE = 1.15
#: So little that no design is tried out and only what could be seen is told.
_NOTHING = 1e-6


@dataclass(frozen=True)
class Kind:
    """How customers of a company are.

    Parameters
    ----------
    spread : float
        Standard deviation of the logarithm of sizes; 0 where `tail` is given.
    leaves : float
        Share that leaves in a month.
    tail : float, optional
        Exponent of a Pareto tail of sizes.
    season : float
        How far a customer's year swings, on average, in logarithms.
    """

    spread: float
    leaves: float
    tail: float | None = None
    season: float = 0.0


#: Nothing of the method was chosen by the last two.
KINDS = {
    "even": Kind(0.3, 0.005),
    "usual": Kind(0.8, 0.015),
    "heavy": Kind(1.3, 0.015),
    "pareto": Kind(0.0, 0.015, tail=1.3),
    "season": Kind(0.8, 0.03, season=0.25),
}


def paid(seed: int, customers: int, kind: str) -> Array:
    """Return what each customer pays by month, past and to come."""
    dice = np.random.default_rng(seed)
    made = KINDS[kind]
    months = _PAST + _LENGTH
    size = dice.normal(5, made.spread, (customers, 1))
    if made.tail is not None:
        size = size + dice.exponential(1 / made.tail, size.shape)
    drift = dice.normal(0, 0.05, (customers, months)).cumsum(1)
    begun = np.where(dice.random(customers) < 0.6, 0, dice.integers(0, _PAST, customers))  # noqa: PLR2004 - most are old
    lived = begun + dice.geometric(made.leaves, customers)
    at = np.arange(months)
    there = (at >= begun[:, None]) & (at < lived[:, None]) & (dice.random(drift.shape) > 0.05)  # noqa: PLR2004 - a skipped bill
    noise = dice.normal(0, 0.15, drift.shape)
    if made.season:
        swing = made.season * dice.gamma(2, 0.5, (customers, 1))
        peak = dice.normal(11, 1.5, (customers, 1))
        noise = noise + swing * np.cos(2 * np.pi * (at - peak) / _YEAR)
    return np.asarray(np.exp(size + drift + noise + 0.01 * at) * there)


def _tried(
    amounts: Array, design: pf.HoldoutDesign, share: float, draws: int, dice: np.random.Generator
) -> Array:
    """Return how often experiments show the effect, hold it, and claim one without.

    The last two are of experiments without effect: by `randomized_effect`, and by its errors on the
    normal curve.
    """
    recent = amounts[:, _PAST - design.months : _PAST]
    kept = np.flatnonzero((recent > 0).any(axis=1))
    before = recent[kept].sum(1)
    after = amounts[kept, _PAST : _PAST + design.months].sum(1)
    true = design.effect * float(after.mean())
    found = np.zeros((draws, 4))
    for row in found:
        had = given_to(before, share, dice).astype(np.float64)
        told = []
        for size, again in ((design.effect, _DRAWS), (0.0, _DRAWS), (0.0, 0)):
            units = pd.DataFrame(
                {"assigned": had, "amount": after * (1 + size * had), "was": before}
            )
            told.append(pf.randomized_effect(units, before="was", share=1 - share, draws=again))
        claimed = [one.low > 0 or one.high < 0 for one in told]
        row[:] = claimed[0], told[0].low <= true <= told[0].high, *claimed[1:]
    return np.asarray(found.mean(0))


def main(arguments: list[str]) -> int:
    """Print the power claimed beside the one had."""
    parser = argparse.ArgumentParser(prog="python -m bench holdout", description=__doc__)
    parser.add_argument("--companies", type=int, default=100)
    parser.add_argument("--first", type=int, default=0, help="seed of the first company")
    parser.add_argument("--customers", type=int, default=1_000)
    parser.add_argument("--draws", type=int, default=10, help="experiments with each design")
    parser.add_argument("--share", type=float, default=0.3, help="held out")
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=list(KINDS))
    asked = parser.parse_args(arguments)
    months = [period_label(12, 2024 * 12 + k) for k in range(_PAST)]
    names = [f"c{k:05d}" for k in range(asked.customers)]
    for kind in asked.kinds:
        rows = []
        for seed in range(asked.first, asked.first + asked.companies):
            amounts = paid(seed, asked.customers, kind)
            history = pd.DataFrame(
                {
                    "customer": np.repeat(names, _PAST),
                    "period": np.tile(months, asked.customers),
                    "amount": amounts[:, :_PAST].ravel(),
                }
            )
            asking: dict[str, Any] = {
                "start": "2026-01-01",
                "months": _LENGTH,
                "share": asked.share,
                "seed": seed,
            }
            least = pf.design_holdout(history, effect=_NOTHING, **asking)
            wanted = float(least.options["minimal_effect"].iloc[0]) * _MORE
            design = pf.design_holdout(history, effect=wanted, **asking)
            dice = np.random.default_rng([seed, 1])
            tried = _tried(amounts, design, asked.share, asked.draws, dice)
            rows.append((design.verdict == "proposed", wanted, design.power, *tried))
        told = np.array(rows, dtype=np.float64)
        proposed = told[told[:, 0] == 1]
        if len(proposed):
            _, wanted, claimed, had, held, null, normal = proposed.mean(0)
            off = (proposed[:, 3] - proposed[:, 2]).std() / np.sqrt(len(proposed))
            print(
                f"{kind:6} {len(proposed)} designs ({len(told) - len(proposed)} refused): effect "
                f"{wanted:.1%}, power claimed {claimed:.1%}, had {had:.1%} (+-{off:.1%}); in 90 % "
                f"{held:.1%}; without effect {null:.1%} claim one ({normal:.1%} by the normal "
                f"curve); all {len(told)}: claimed {told[:, 2].mean():.1%}, had "
                f"{told[:, 3].mean():.1%}, null {told[:, 5].mean():.1%}",
                flush=True,
            )
        else:
            print(f"{kind:6} all {len(told)} designs refused", flush=True)
    return 0
