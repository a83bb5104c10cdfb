"""Shared cost of random books: every cent arrives by every method, beside a plain numpy solve.

Each book has up to twelve pools, among them negative and empty ones, up to forty products, drivers
with zeros and units below zero, fixed shares, capacities that are too small or too large, and
cost in no pool. Counted are books whose products and pools do not add up to the ledger to 0.01, and
whose amounts are not those of a dense solve in floats to a cent a pool.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

import pfkit as pf
from pfkit.measures.pooling import METHODS

_CENT = 0.01
_RARE, _FEW, _SOME = 0.05, 0.15, 0.35  # how often something odd is in a book
MONTH = pf.FiscalCalendar().period("2026-06")


@dataclass(frozen=True)
class Case:
    """A book's shared cost, its drivers and its pools."""

    statement: pd.DataFrame
    drivers: pd.DataFrame
    pools: dict[str, dict[str, Any]]
    own: np.ndarray  # cents by pool
    rest: int  # cents in no pool


def case(dice: np.random.Generator) -> Case:
    """Return a random book."""
    count, makers = int(dice.integers(1, 13)), int(dice.integers(1, 41))
    names = [f"S{n}" for n in range(count)]
    own = np.rint(dice.normal(0, 10.0 ** dice.uniform(2, 9), count)).astype("int64")
    own[dice.random(count) < _FEW] = 0
    rest = int(dice.integers(-(10**6), 10**6)) if dice.random() < _SOME else 0
    line = {"version": "actual", "period": "2026-06", "line": "L", "group": "operating"}
    line |= {"account": "1", "product": "(none)"}
    lines = [
        line | {"cost_center": name, "amount": -cents / 100}
        for name, cents in zip([*names, "X"], [*own.tolist(), rest], strict=True)
    ]
    units = dice.lognormal(3, 2, makers) * (dice.random(makers) > _FEW)
    units[dice.random(makers) < _RARE] *= -1
    if dice.random() < _RARE:
        units[:] = 0
    hour = {"driver": "hours", "metric": "", "period": "2026-06", "customer": "(none)"}
    hours = [hour | {"product": f"P{n}", "units": float(u)} for n, u in enumerate(units)]
    used = np.maximum(units, 0).sum()
    pools: dict[str, dict[str, Any]] = {}
    for name in names:
        some = dice.random(count) * (dice.random(count) < _SOME)
        serves = dict(zip(names, some / (some.sum() + dice.uniform(0.2, 3)), strict=True))
        pool: dict[str, Any] = {"cost_centers": [name], "driver": "hours"}
        pool["serves"] = {n: float(s) for n, s in serves.items() if s and n != name}
        if dice.random() < _FEW:
            shares = dice.dirichlet(np.ones(makers))
            pool |= {"driver": "", "shares": {f"P{n}": float(s) for n, s in enumerate(shares)}}
        elif dice.random() < _SOME and used:
            pool["capacity"] = float(used * dice.uniform(0.6, 1.8))
        pools[name] = pool
    return Case(pd.DataFrame(lines), pd.DataFrame(hours), pools, own, rest)


def plain(book: Case, method: str) -> np.ndarray:
    """Return what each product, unused capacity and nobody bears, in cents, by plain numpy."""
    names = list(book.pools)
    makers = len(book.drivers)
    units = np.maximum(book.drivers["units"].to_numpy(), 0.0)
    among = np.array([[pool["serves"].get(n, 0.0) for n in names] for pool in book.pools.values()])
    out = np.zeros((len(names), makers + 2))
    for row, pool in enumerate(book.pools.values()):
        left = 1 - among[row].sum()
        if pool.get("shares"):
            weights = np.array(list(pool["shares"].values()))
            out[row, :makers] = left * weights / weights.sum()
        elif not units.sum():
            out[row, -1] = left
        else:
            there = pool.get("capacity") or units.sum()
            out[row, :makers] = left * units / there
            out[row, -2] = left * (1 - units.sum() / there)
    cost, borne = book.own.astype("float64"), np.zeros(makers + 2)
    if method == "reciprocal":
        return np.asarray(np.linalg.solve(np.eye(len(names)) - among.T, cost) @ out)
    for row in range(len(names)):
        later = among[row] * (np.arange(len(names)) > row) * (method == "step-down")
        whole = later.sum() + out[row].sum()
        cost = cost + cost[row] * later / whole
        borne += cost[row] * out[row] / whole
    return borne


def one(book: Case, method: str) -> tuple[bool, list[bool], float, float]:
    """Return whether a book is conserved, agrees with numpy by method, and the seconds of both."""
    start = time.perf_counter()
    found = pf.shared_cost(
        book.statement, book.drivers, period=MONTH, pools=book.pools, method=method, orders=0
    )
    middle = time.perf_counter()
    borne = [plain(book, name) for name in METHODS]
    end = time.perf_counter()
    rows = found.products.set_index("product")
    whole = (int(book.own.sum()) + book.rest) / 100
    parts = rows["allocated"].iloc[:-1].sum()
    kept = max(abs(rows["allocated"].iloc[-1] - whole), abs(parts - whole)) < _CENT / 2
    kept = bool(kept and (found.pools["difference"] == 0).all())
    names = [*(f"P{n}" for n in range(len(book.drivers))), "Unused capacity", "Not allocated"]
    near = []
    for name, known in zip(METHODS, borne, strict=True):
        column = rows[f"by_{name.replace('-', '_')}"]
        mine = column.reindex(names).fillna(0.0).to_numpy(dtype="float64") * 100
        mine[-1] -= book.rest
        most = len(book.pools) + 1e-9 * np.abs(book.own).sum()
        near.append(bool(np.abs(mine - known).max() <= most))
    return kept, near, middle - start, end - middle


def main(arguments: list[str]) -> int:
    """Print books, failures by method, and times."""
    parser = argparse.ArgumentParser(prog="python -m bench allocation", description=__doc__)
    parser.add_argument("--books", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args(arguments)
    dice = np.random.default_rng(told.seed)
    lost, apart = dict.fromkeys(METHODS, 0), dict.fromkeys(METHODS, 0)
    counts = dict.fromkeys(METHODS, 0)
    ours = theirs = 0.0
    for number in range(told.books):
        method = METHODS[number % len(METHODS)]
        kept, near, mine, numpys = one(case(dice), method)
        counts[method] += 1
        lost[method] += not kept
        for name, same in zip(METHODS, near, strict=True):
            apart[name] += not same
        ours += mine
        theirs += numpys
    for method in METHODS:
        print(
            f"{method}: {lost[method]} of {counts[method]} books not kept to the cent, "
            f"{apart[method]} of {told.books} other than numpy"
        )
    mine, numpys = ours / told.books * 1000, theirs / told.books * 1000
    print(f"a book {mine:.2f} ms, three solves in numpy {numpys:.2f} ms, ratio {mine / numpys:.1f}")
    return int(any(lost.values()) or any(apart.values()))
