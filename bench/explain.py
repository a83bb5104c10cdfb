"""Whether intervals of explained series, elasticities and drivers hold what they say."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

import pfkit as pf
from pfkit.measures.fleet.periods import period_label
from pfkit.measures.structural.rolled import LOG, ROOT, drawn, rolled, smoothed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.measures.medians import Array

AHEAD = 6
DRIVER, STEP, ELASTICITY = 0.3, 0.8, -1.4
#: How a series moves by chance beside its season, driver and step.
MOVES = ("restless", "walks", "follows", "still", "season")
#: How the price of a company and what else moves its volume come about.
KINDS = ("plain", "follow", "walks", "together")


def main(arguments: Sequence[str] = ()) -> int:
    """Print the share of true values that intervals hold, and their width, on made-up data."""
    parser = argparse.ArgumentParser(prog="python -m bench explain", description=main.__doc__)
    parser.add_argument("--count", type=int, default=90, help="series of each kind")
    parser.add_argument("--level", type=float, default=0.80, help="share they are to hold")
    parser.add_argument("--moves", nargs="*", choices=MOVES, default=["restless"])
    given = parser.parse_args(list(arguments))
    count, level = given.count, given.level
    started = time.process_time()
    for length in (36, 60):
        for move in given.moves:
            found = np.array([_explained(seed, length, move, level) for seed in range(count)])
            held, wide = found[:, :3].mean(0), np.median(found[:, 3:], axis=0)
            print(
                f"explain_series, {length} months, {move}: driver {held[0]:.3f}, step "
                f"{held[1]:.3f}, forecast {held[2]:.3f}; {wide[0]:.2f}, {wide[1]:.2f} and "
                f"{wide[2]:.2f} wide",
                flush=True,
            )
    for length in (36, 60):
        for kind in KINDS:
            rows = pd.concat([_elasticity(seed, length, kind, level) for seed in range(count)])
            known = rows[rows["verdict"] != "refused"]
            held_ = ((known["low"] <= ELASTICITY) & (known["high"] >= ELASTICITY)).mean()
            width = float((known["high"] - known["low"]).median())
            print(f"elasticities, {length} months, {kind}: {held_:.3f}, {width:.2f} wide")
    driven = np.mean([_driven(seed, level) for seed in range(300)])
    print(f"driver_forecast, 36 months, 6 ahead: {driven:.3f}")
    spent = time.process_time() - started
    chance = np.sqrt(level * (1 - level) / max(count, 1))
    print(f"{spent:.0f} s of CPU; {level:.2f} is what all say, give or take {chance:.3f} by chance")
    return 0


def _periods(count: int) -> list[str]:
    return [period_label(12, 2020 * 12 + k) for k in range(count)]


def _follow(rng: np.random.Generator, count: int, by: float, spread: float) -> Array:
    found = rng.normal(0, spread, count)
    for place in range(1, count):
        found[place] += by * found[place - 1]
    return found


def _moved(rng: np.random.Generator, count: int, move: str, seed: int) -> Array:
    """Return what moves a series by chance, of the size of the noise of a period."""
    noise = rng.normal(0, 0.2, count)
    if move == "walks":
        return np.asarray(noise.cumsum())
    if move == "follows":
        return _follow(rng, count, 0.6, 0.2)
    if move == "still":
        return noise
    if move == "season":
        turns = rng.normal(0, 0.1, count)
        for place in range(12, count):
            turns[place] += turns[place - 12]
        return noise + turns
    walk = rng.normal(0, (0.0, 0.06, 0.2)[seed % 3], count).cumsum()
    return np.asarray(noise + walk)


def _explained(seed: int, length: int, move: str, level: float) -> tuple[float, ...]:
    """Return whether a driver and a step are held, the share of what comes that is, and widths."""
    rng = np.random.default_rng([seed, length, MOVES.index(move)])
    count = length + AHEAD
    driver = np.convolve(rng.normal(0, 1, count + 1), [1, 0.6], "valid")
    begins = length * 5 // 8
    season = np.tile(rng.normal(0, 0.3, 12), 20)[:count]
    values = 20 + 0.02 * np.arange(count) + season + _moved(rng, count, move, seed)
    values += DRIVER * driver + STEP * (np.arange(count) >= begins)
    periods = _periods(count)
    drivers = pd.DataFrame({"period": periods, "x": driver})
    told = pf.explain_series(
        pd.DataFrame({"period": periods, "amount": values}).head(length),
        drivers=drivers.head(length),
        future=drivers.tail(AHEAD),
        interventions=pd.DataFrame({"name": ["s"], "kind": ["step"], "period": [periods[begins]]}),
        scale="raw",
        level=level,
    )
    low, high = told.coefficients[["low", "high"]].to_numpy(dtype="float64").T
    held = (low <= [DRIVER, STEP]) & (high >= [DRIVER, STEP])
    lowest, highest = told.forecast[["low", "high"]].to_numpy(dtype="float64").T
    came = values[length:]
    share = ((lowest <= came) & (highest >= came)).mean()
    wide = (*(high - low), (highest - lowest).mean())
    return float(held[0]), float(held[1]), float(share), *(float(one) for one in wide)


def _elasticity(seed: int, length: int, kind: str, level: float) -> pd.DataFrame:
    rng = np.random.default_rng([seed, length, KINDS.index(kind)])
    by = {"plain": (0.0, 0.0), "follow": (0.6, 0.5), "walks": (1.0, 1.0), "together": (1.0, 0.0)}
    price, rest = (_follow(rng, length, one, 0.05) for one in by[kind])
    season = np.tile(rng.normal(0, 0.1, 12), 20)[:length]
    volume = 5 + ELASTICITY * price + season + 0.003 * np.arange(length) + rest
    table = {"period": _periods(length), "price": np.exp(price), "quantity": np.exp(volume)}
    return pf.elasticities(pd.DataFrame(table), level=level)


def _driven(seed: int, level: float) -> bool:
    rng = np.random.default_rng(seed)
    churn = rng.normal(0.15, 0.02, 42) ** 2
    price, added = np.exp(rng.normal(0.004, 0.006, 42)), rng.normal(5, 0.8, 42) ** 2
    past = np.column_stack([churn, price, added])[:36]
    held = smoothed(past, (ROOT, LOG, ROOT), np.full(3, np.nan))
    found = drawn(held, AHEAD, paths=1000, seed=seed)
    bases = rolled(1000.0, found[:, :, 0], found[:, :, 1], found[:, :, 2])[:, -1]
    came = rolled(1000.0, churn[None, 36:], price[None, 36:], added[None, 36:])[0, -1]
    low, high = np.quantile(bases, [(1 - level) / 2, (1 + level) / 2])
    return bool(low <= came <= high)
