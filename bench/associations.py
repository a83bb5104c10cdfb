"""Associations on companies where nothing is associated, and on some where a few pairs are.

Metrics and KPIs remember, trend and have seasons, each by itself: what is found is false. Kinds:
`memory` (autoregressive), `wander` (random walks), `growth` (logarithms with growth and a season
that grows along, heavy tails) and `longer` (memory of two periods). Of false findings, the share is
printed as the mean over companies of false / found; on data without any association that is the
share of companies in which anything is found. `planted` companies have ten true pairs, each KPI
following two metrics after 0 to 3 months; the plain rule beside is the same pairs by the p-value of
a correlation, best of all lags, Benjamini and Hochberg over pairs.
"""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import pearsonr

import pfkit as pf
from pfkit.measures.associated.permuted import shares_false
from pfkit.measures.fleet.periods import period_label

if TYPE_CHECKING:
    from pfkit.measures.medians import Array

KINDS = ("memory", "wander", "growth", "longer")
_METRICS, _KPIS, _LAGS, _BURN = 20, 5, 3, 60
_RATE = 0.10


def _rest(dice: np.random.Generator, periods: int, series: int, kind: str) -> Array:
    """Return what moves a series beside trend and season."""
    shape = (periods + _BURN, series)
    steps = dice.standard_t(4, shape) if kind == "growth" else dice.standard_normal(shape)
    memory = np.ones(series) if kind == "wander" else dice.uniform(0.2, 0.95, series)
    second = np.zeros(series)
    if kind == "longer":
        memory, second = np.full(series, 0.5), np.full(series, 0.3)
    found = np.zeros(shape)
    for at in range(2, len(found)):
        found[at] = memory * found[at - 1] + second * found[at - 2] + steps[at]
    return found[_BURN:]


def company(
    seed: int, periods: int, kind: str, *, planted: float = 0.0
) -> tuple[Array, Array, dict[tuple[int, int], int]]:
    """Return metrics, KPIs, and the true pairs with their lags."""
    dice = np.random.default_rng(seed)
    true: dict[tuple[int, int], int] = {}
    ahead, behind = (_rest(dice, periods + _LAGS, k, kind) for k in (_METRICS, _KPIS))
    if planted:
        chosen = dice.permutation(_METRICS)[: 2 * _KPIS].reshape(_KPIS, 2)
        for kpi, pair in enumerate(chosen.tolist()):
            for metric in pair:
                lag = int(dice.integers(_LAGS + 1))
                true[metric, kpi] = lag
                moved = np.roll(ahead[:, metric], lag)
                behind[:, kpi] += planted * moved * behind[:, kpi].std() / moved.std()
    found = []
    at = np.arange(periods)[:, None]
    for rest in (ahead[_LAGS:], behind[_LAGS:]):
        season = dice.normal(0, 2, (12, rest.shape[1]))[np.arange(periods) % 12]
        if kind == "growth":
            pace = dice.uniform(0, 0.04, rest.shape[1])
            found.append(np.exp(3 + pace * at + 0.1 * season + 0.1 * rest))
        else:
            found.append(rest + dice.normal(0, 0.3, rest.shape[1]) * at + season)
    return found[0], found[1], true


def _long(values: Array, name: str) -> pd.DataFrame:
    periods, series = values.shape
    months = [period_label(12, 2020 * 12 + k) for k in range(periods)]
    return pd.DataFrame(
        {
            "period": np.repeat(months, series),
            name: np.tile([f"{name}{k:02d}" for k in range(series)], periods),
            "value": values.ravel(),
        }
    )


def _plain(ahead: Array, behind: Array) -> set[tuple[int, int]]:
    pairs = [(m, k) for m in range(ahead.shape[1]) for k in range(behind.shape[1])]
    rows = len(ahead)
    chance = [
        min(
            float(pearsonr(ahead[: rows - lag, m], behind[lag:, k]).pvalue)
            for lag in range(_LAGS + 1)
        )
        for m, k in pairs
    ]
    shares = shares_false(np.array(chance))
    return {pair for pair, share in zip(pairs, shares.tolist(), strict=True) if share <= _RATE}


def _one(seed: int, periods: int, kind: str, planted: float, draws: int) -> dict[str, float]:
    ahead, behind, true = company(seed, periods, kind, planted=planted)
    begun = time.perf_counter()
    table = pf.associations(
        _long(ahead, "metric"), _long(behind, "kpi"), lags=_LAGS, rate=_RATE, draws=draws, seed=seed
    )
    took = time.perf_counter() - begun
    hits = table[table["found"].fillna(value=False)]
    found = {
        (int(metric[6:]), int(kpi[3:])): int(lag)
        for metric, kpi, lag in zip(hits["metric"], hits["kpi"], hits["lag"], strict=True)
    }
    right = [pair for pair in found if pair in true]
    plain = _plain(ahead, behind)
    return {
        "false": (len(found) - len(right)) / max(len(found), 1),
        "plain_false": sum(pair not in true for pair in plain) / max(len(plain), 1),
        "small_p": float((table["p"] <= 0.01).mean()),  # noqa: PLR2004 - one in a hundred
        "power": len(right) / max(len(true), 1),
        "lag": float(np.mean([found[pair] == true[pair] for pair in right])) if right else np.nan,
        "seconds": took,
    }


def main(arguments: list[str]) -> int:
    """Print the share of false findings by kind and length, ours beside a plain rule."""
    parser = argparse.ArgumentParser(prog="python -m bench associations", description=__doc__)
    parser.add_argument("--companies", type=int, default=60)
    parser.add_argument("--months", type=int, nargs="+", default=[24, 36, 60])
    parser.add_argument("--draws", type=int, default=2_999)
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=KINDS)
    parser.add_argument("--planted", type=float, nargs="+", default=[0.0, 1.0])
    asked = parser.parse_args(arguments)
    every = []
    for planted in asked.planted:
        for kind in asked.kinds:
            for months in asked.months:
                rows = pd.DataFrame(
                    [
                        _one(seed, months, kind, planted, asked.draws)
                        for seed in range(asked.companies)
                    ]
                )
                means = rows.mean()
                every.append(rows.assign(planted=planted))
                more = (
                    f", true pairs found {means['power']:.0%} (lag right {means['lag']:.0%})"
                    if planted
                    else f", p <= .01 in {means['small_p']:.2%}"
                )
                print(
                    f"{'planted' if planted else 'null':8}{kind:8}{months:3} months: false "
                    f"{means['false']:.1%}, plain rule {means['plain_false']:.1%}{more}, "
                    f"{means['seconds']:.2f} s",
                    flush=True,
                )
    both = pd.concat(every)
    for planted, rows in both.groupby("planted"):
        error = rows["false"].std() / np.sqrt(len(rows))
        print(
            f"{'planted' if planted else 'null'}: false {rows['false'].mean():.1%} "
            f"(standard error {error:.1%}) of {len(rows)} companies; "
            f"plain rule {rows['plain_false'].mean():.1%}"
        )
    return 0
