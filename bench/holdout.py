"""Whether a proposed holdout keeps its word: the power it claims against experiments that follow.

Customers pay by month with sizes of heavy tails, habits that drift, months without a bill, growth
and churn. A design is made from the past; then the months that follow come, the effect is put on
those who were drawn to have the feature, and `randomized_effect` says whether it is told from
nothing. The power claimed and the share of experiments that succeed are printed side by side, how
often the interval holds the effect, and the share that claims one where there is none.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

import pfkit as pf
from pfkit.measures.fleet.periods import period_label

if TYPE_CHECKING:
    from pfkit.measures.medians import Array

_PAST, _LENGTH, _DRAWS = 24, 6, 400
#: What is asked for, as a multiple of the least effect that the formula has enough power for.
_MORE = 1.15
#: Spread of sizes (standard deviation of logarithms), share that leaves in a month.
KINDS = {"even": (0.3, 0.005), "usual": (0.8, 0.015), "heavy": (1.3, 0.015)}


def paid(seed: int, customers: int, kind: str) -> Array:
    """Return what each customer pays by month, past and to come."""
    dice = np.random.default_rng(seed)
    spread, leaves = KINDS[kind]
    months = _PAST + _LENGTH
    size = dice.normal(5, spread, (customers, 1))
    drift = dice.normal(0, 0.05, (customers, months)).cumsum(1)
    begun = np.where(dice.random(customers) < 0.6, 0, dice.integers(0, _PAST, customers))  # noqa: PLR2004 - most are old
    lived = begun + dice.geometric(leaves, customers)
    at = np.arange(months)
    there = (at >= begun[:, None]) & (at < lived[:, None]) & (dice.random(drift.shape) > 0.05)  # noqa: PLR2004 - a skipped bill
    noise = dice.normal(0, 0.15, drift.shape)
    return np.asarray(np.exp(size + drift + noise + 0.01 * at) * there)


def _worked(
    amounts: Array, design: pf.HoldoutDesign, names: list[str], effect: float
) -> tuple[bool, ...]:
    """Return whether the experiment shows the effect and holds it, and who claims one without.

    The last two are of experiments without effect: by `randomized_effect`, and by its errors on the
    normal curve.
    """
    place = pd.Index(names).get_indexer(pd.Index(design.rollout["customer"]))
    had = (design.rollout["wave"] != "holdout").to_numpy(dtype="float64")
    after = amounts[place, _PAST : _PAST + design.months].sum(1)
    before = amounts[place, _PAST - design.months : _PAST].sum(1)
    found = []
    for size, draws in ((effect, _DRAWS), (0.0, _DRAWS), (0.0, 0)):
        units = pd.DataFrame({"assigned": had, "amount": after * (1 + size * had), "was": before})
        found.append(pf.randomized_effect(units, before="was", share=1 - design.share, draws=draws))
    claimed = [one.low > 0 or one.high < 0 for one in found]
    true = effect * float(after.mean())
    return claimed[0], found[0].low <= true <= found[0].high, claimed[1], claimed[2]


def main(arguments: list[str]) -> int:
    """Print the power claimed beside the one had."""
    parser = argparse.ArgumentParser(prog="python -m bench holdout", description=__doc__)
    parser.add_argument("--companies", type=int, default=40)
    parser.add_argument("--customers", type=int, default=1_000)
    parser.add_argument("--draws", type=int, default=5, help="draws of each design")
    parser.add_argument("--share", type=float, default=0.3, help="held out")
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=list(KINDS))
    asked = parser.parse_args(arguments)
    months = [period_label(12, 2024 * 12 + k) for k in range(_PAST)]
    names = [f"c{k:05d}" for k in range(asked.customers)]
    for kind in asked.kinds:
        rows = []
        refused = 0
        for seed in range(asked.companies):
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
            }
            least = pf.design_holdout(history, effect=0.9, **asking)
            wanted = float(least.options["minimal_effect"].iloc[0]) * _MORE
            for draw in range(asked.draws):
                # a seed of its own, or every company would draw the same places of size
                own = asking | {"seed": asked.draws * seed + draw}
                design = pf.design_holdout(history, effect=wanted, **own)
                if design.verdict == "refused":
                    refused += 1
                    continue
                rows.append((design.power, wanted, *_worked(amounts, design, names, wanted)))
        told = np.array(rows, dtype=np.float64).mean(0) if rows else np.full(6, np.nan)
        claimed, wanted_mean, had, held, null, normal = told
        print(
            f"{kind:6} {len(rows)} experiments ({refused} refused): effect {wanted_mean:.1%}, "
            f"power claimed {claimed:.1%}, had {had:.1%}; in 90 % {held:.1%}; without effect "
            f"{null:.1%} claim one ({normal:.1%} by the normal curve)",
            flush=True,
        )
    return 0
