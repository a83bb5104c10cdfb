"""Forecasts made to add up, beside those that do not: error and coverage at every level.

Companies are put together from a sample of real series, three families of four, each series at a
size drawn for it, in several draws, and from series made up here that share shocks. `--choices`
holds out the end of the training parts instead. What hierarchicalforecast makes of the same base
forecasts is set beside. `--fleet N` tells time and memory of one company of N products.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from bench._peers import PeersError, ask, environment
from bench.forecast import HERE, SEASONS
from pfkit.measures.coherent.hierarchy import ALL, hierarchy_of
from pfkit.measures.coherent.solve import METHODS
from pfkit.measures.coherent_forecast import coherent_forecast
from pfkit.measures.fleet.periods import period_label
from pfkit.measures.forecast import HORIZONS, TIERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Literal

    from pfkit.measures.coherent.solve import Method
    from pfkit.measures.medians import Array

    Tier = Literal["fast", "full"]

#: hierarchicalforecast does not say itself that it needs utilsforecast.
PACKAGES = ("hierarchicalforecast==1.2.1", "utilsforecast==0.2.17", "pandas==2.3.3")
FAMILIES, EACH = 3, 4
_PRODUCTS = FAMILIES * EACH
_FIRST = 1990
_BY = ["family", "product"]
_MADE = 72
#: How often real series are put together anew.
_DRAWS = 4


class Company(NamedTuple):
    """Products by period, the last `ahead` of which are held out."""

    sold: Array
    ahead: int
    season: int


def _real(path: Path, *, choices: bool) -> Iterator[Company]:
    """Yield companies of real series, in order of length, cut to the shortest of each."""
    table = pd.read_csv(path).sort_values(["series_id", "t"])
    rng = np.random.default_rng(11)
    for freq, rows in table.groupby("freq"):
        season = SEASONS[str(freq)]
        ahead, series = HORIZONS[season], []
        for _, one in rows.groupby("series_id"):
            known = int((one["split"] == "train").sum())
            end = known if choices else known + ahead
            series.append(one["value"].to_numpy(dtype=float)[:end])
        # series of about the same length together
        order = [
            k
            for _ in range(_DRAWS)
            for k in sorted(
                rng.permutation(len(series)).tolist(), key=lambda k: len(series[k]) // 24
            )
        ]
        for start in range(0, len(order) - _PRODUCTS + 1, _PRODUCTS):
            some = [series[k] for k in order[start : start + _PRODUCTS]]
            length = min(len(one) for one in some)
            part = np.stack([one[-length:] for one in some])
            size = np.exp(rng.normal(0, 1, _PRODUCTS)) / np.abs(part).mean(1)
            yield Company(part * size[:, None] * 1000, ahead, season)


def _made(count: int) -> Iterator[Company]:
    """Yield companies whose products share shocks: of the market, and of their family."""
    rng = np.random.default_rng(12)
    for _ in range(count):
        length, ahead = 84 + 18, 18
        market, family = (rng.normal(0, 0.02, (n, length)).cumsum(1) for n in (1, FAMILIES))
        own = rng.normal(0, 0.015, (_PRODUCTS, length)).cumsum(1)
        wave = np.sin(np.arange(length) / 6 * np.pi + rng.uniform(0, 6))
        seasonal = rng.uniform(0, 0.25, (_PRODUCTS, 1)) * wave
        noise = rng.normal(0, 0.06, (_PRODUCTS, length)) + rng.normal(0, 0.02, (1, length))
        logs = market + family.repeat(EACH, 0) + own + seasonal + noise
        yield Company(1000 * np.exp(rng.normal(0, 1, (_PRODUCTS, 1)) + logs), ahead, 12)


def _table(values: Array, season: int, start: int) -> pd.DataFrame:
    periods = [period_label(season, start + k) for k in range(values.shape[1])]
    return pd.concat(
        pd.DataFrame(
            {"family": f"F{k // EACH}", "product": f"P{k:02d}", "period": periods, "value": row}
        )
        for k, row in enumerate(values)
    )


def _said(company: Company, method: Method, tier: Tier) -> pd.DataFrame:
    """Return what is forecast of a company, its last periods not known."""
    count = company.sold.shape[1] - company.ahead
    start = _FIRST * company.season - count % company.season
    known = _table(company.sold[:, :count], company.season, start)
    said = coherent_forecast(known, by=_BY, horizon=company.ahead, method=method, tier=tier)
    came = _came(company, start + count)
    return said.merge(came, on=[*_BY, "period"], how="left", validate="one_to_one")


def _came(company: Company, start: int) -> pd.DataFrame:
    """Return what came, of every node and span of the horizon."""
    came = _table(company.sold[:, -company.ahead :], company.season, start)
    number = np.tile(start + np.arange(company.ahead), _PRODUCTS)
    year, quarter = number // company.season, number * 4 // company.season
    spans = [came["period"].to_numpy(), np.array([f"FY{one}" for one in year])]
    if company.season != SEASONS["Q"]:
        spans.append(np.array([period_label(4, int(one)) for one in quarter]))
    nodes = [came.assign(family=ALL, product=ALL), came.assign(product=ALL), came]
    parts = [node.assign(period=span) for node in nodes for span in spans]
    summed = pd.concat(parts).groupby([*_BY, "period"])["value"].sum()
    return pd.DataFrame(summed.rename("came").reset_index())


def _scores(said: pd.DataFrame) -> pd.DataFrame:
    """Return the error before and after, in units of what came, and whether intervals hold."""
    came, base, mean, low, high = (
        said[name].to_numpy(dtype=float) for name in ("came", "base", "mean", "lo80", "hi80")
    )
    size = np.abs(came)
    found = pd.DataFrame(
        {
            "depth": said["depth"].astype(int),
            "grain": said["grain"],
            "base": np.abs(base - came) / size,
            "error": np.abs(mean - came) / size,
            "inside": ((came >= low) & (came <= high)).astype(float),
        }
    )
    kept: pd.DataFrame = found[size > 0]
    return kept


def _line(rows: pd.DataFrame) -> str:
    """Return error over base error, and the share of intervals that held, by level."""
    level = rows.groupby(["depth", "grain"]).mean()
    cells = [
        f"{error / base:.3f} {100 * inside:4.1f}"
        for error, base, inside in zip(level["error"], level["base"], level["inside"], strict=True)
    ]
    return " | ".join(cells)


def _head(season: int) -> str:
    grains = ("m", "q", "y") if season == SEASONS["M"] else ("q", "y")
    cells = [f"{name} {grain}" for name in ("company", "family", "product") for grain in grains]
    return f"{'':<20}" + " | ".join(f"{cell:>10}" for cell in cells)


def _print(name: str, companies: list[Company], tier: Tier, methods: Sequence[Method]) -> None:
    for season in (SEASONS["M"], SEASONS["Q"]):
        some = [one for one in companies if one.season == season]
        if not some:
            continue
        unit = "months" if season == SEASONS["M"] else "quarters"
        print(f"\n{name}, {unit}: {len(some)} companies of {_PRODUCTS} products")
        print(_head(season))
        for method in methods:
            start = time.process_time()
            rows = pd.concat([_scores(_said(one, method, tier)) for one in some])
            seconds = time.process_time() - start
            print(f"{method:<12}{seconds:5.1f} s {_line(rows)}", flush=True)


def _peers(companies: list[Company], tier: Tier) -> None:
    """Print how far hierarchicalforecast's answers from the same base forecasts are apart."""
    python = environment(PACKAGES)
    for bounded in (False, True):
        questions, ours = [], []
        for one in companies:
            count = one.sold.shape[1] - one.ahead
            start = _FIRST * one.season - count % one.season
            known = _table(one.sold[:, :count], one.season, start)
            said = coherent_forecast(known, by=_BY, horizon=one.season, tier=tier)
            said = said[said["grain"] != "year"]
            tree = hierarchy_of(_BY, list(known[_BY].drop_duplicates().itertuples(index=False)))
            along = np.eye(one.season)
            if one.season == SEASONS["M"]:
                along = np.concatenate([along, np.kron(np.eye(4), np.ones(3))])
            sums = np.kron(tree.whole(np.eye(_PRODUCTS)), along)
            order = np.argsort(sums.sum(1) == 1, kind="stable")  # the lowest last, as it wants them
            base = said["base"].to_numpy(dtype=float)[order].tolist()
            questions.append({"sums": sums[order].tolist(), "base": base, "nonnegative": bounded})
            ours.append(said["mean"].to_numpy(dtype=float)[order])
        answer = ask(python, HERE / "bench" / "_coherence_peers.py", questions)
        apart = [
            float(np.abs(np.array(theirs) - own).max() / np.abs(own).max())
            for theirs, own in zip(answer["answers"], ours, strict=True)
        ]
        print(
            f"hierarchicalforecast {answer['version']}, MinTrace wls_struct"
            f"{', non-negative' if bounded else ''}, joint over products and periods: "
            f"at most {max(apart):.1e} of the largest forecast apart, "
            f"{1000 * answer['seconds'] / len(questions):.0f} ms a company"
        )


def _fleet(count: int) -> None:
    """Tell time and memory of one made-up company of many products."""
    rng = np.random.default_rng(13)
    at = np.arange(96)
    wave = 1 + rng.uniform(0, 0.4, (count, 1)) * np.sin(at / 6 * np.pi)
    sold = 500 * wave * np.exp(rng.normal(0, 1, (count, 1)) + 0.1 * rng.normal(size=(count, 96)))
    periods = [period_label(12, _FIRST * 12 + k) for k in at.tolist()]
    table = pd.DataFrame(
        {
            "family": np.repeat([f"F{k // 25:03d}" for k in range(count)], 96),
            "product": np.repeat([f"P{k:05d}" for k in range(count)], 96),
            "period": np.tile(periods, count),
            "value": sold.ravel(),
        }
    )
    start = time.process_time()
    said = coherent_forecast(table, by=_BY)
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{count:,} products in {-(-count // 25):,} families, 18 months: {len(said):,} rows, "
        f"{seconds:.1f} s of one core, {peak:.2f} GB at most"
    )


def main(arguments: list[str]) -> int:
    """Print the scores."""
    shared = Path(os.environ.get("PFKIT_SHARED", HERE.parent / "shared"))
    parser = argparse.ArgumentParser(prog="python -m bench coherence", description=__doc__)
    parser.add_argument("--data", type=Path, default=shared / "data" / "m3" / "dev.csv.gz")
    parser.add_argument("--choices", action="store_true", help="hold out the end of training parts")
    parser.add_argument("--no-peers", action="store_true", help="leave hierarchicalforecast out")
    parser.add_argument("--tier", default="full", choices=TIERS)
    parser.add_argument("--method", action="append", choices=METHODS, help="only these")
    parser.add_argument("--fleet", type=int, default=0, help="one company of so many products")
    given = parser.parse_args(arguments)
    methods: Sequence[Method] = given.method or METHODS
    if given.fleet:
        _fleet(given.fleet)
        return 0
    print("error over that of base forecasts, and % of 80 % intervals that held, by level")
    companies = list(_real(given.data, choices=given.choices))
    _print("real series", companies, given.tier, methods)
    _print("shared shocks", list(_made(_MADE)), given.tier, methods)
    try:
        if not given.no_peers:
            _peers(companies[:: len(companies) // 12], given.tier)
    except PeersError as error:
        print(error, file=sys.stderr)
        return 1
    return 0
