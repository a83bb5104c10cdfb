"""Totals of the year to come: whether their intervals hold, and their probabilities come true.

Each series is cut so that some periods of its last year are left to forecast; every figure is from
`pf.year_forecast` as anyone would call it. By default nothing but training parts is read: their own
ends are held out, at several points. `--test` scores the part held out by the sample, once.
Beside it stand the two ways of adding up that are wrong: the bounds of single periods added, and
their squares, as if periods were independent. `--peers` adds statsmodels' ETS(A,Ad,A), simulated,
and judges all by one series in eight. Budgets are last year's total, times 0.90 to 1.10.
Sums of series are those of a city's receipts and payments, replayed every three months.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

import pfkit as pf
from bench.forecast import EVERY, HERE, _held
from bench.outlook import cash_tables, receipts_tables
from pfkit.measures.fleet.periods import period_label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench._forecast_scores import Held
    from pfkit.measures.medians import Array

#: Periods left of the year, and periods before the end of the training part at which it is cut.
LEFT = {12: (12, 9, 6, 3), 4: (4, 3, 2, 1)}
ENDS = {12: range(0, 43, 6), 4: range(0, 15, 2)}
FACTORS = (0.90, 0.95, 1.00, 1.05, 1.10)
LEVELS = (80, 95)
BINS = np.linspace(0, 1, 11)
_LAST_YEAR = 2020
_YEARS = 3
_REPLAYS = 48
WAYS = ("paths", "bounds added", "independent", "ETS(A,Ad,A)")
_DRAWS = 1000


def _cases(held: dict[str, Held], season: int, left: int, back: int | None) -> dict[str, Any]:
    """Return what is known of every series and what came in the rest of its year.

    `back` periods before the end of the training part lies the year's end; None is the test part.
    """
    found = {}
    for name, one in held.items():
        known, came = one.train, one.test[:left]
        if back is not None:
            whole = one.train[: len(one.train) - back]
            known, came = whole[:-left], whole[-left:]
        if len(known) >= _YEARS * season and len(came) == left and np.abs(known).max() > 0:
            found[name] = (known, came)
    return found


def _table(cases: dict[str, Any], season: int, left: int) -> pd.DataFrame:
    """Return what is known as a table whose year ends `left` periods later."""
    end = _LAST_YEAR * season + season - 1 - left
    parts = []
    for name, (known, _) in cases.items():
        at = end + 1 - len(known) + np.arange(len(known))
        label = [period_label(season, int(number)) for number in at]
        parts.append(pd.DataFrame({"series_id": name, "period": label, "value": known}))
    return pd.concat(parts, ignore_index=True)


def _budget(cases: dict[str, Any], season: int, left: int) -> pd.DataFrame:
    """Return a budget for the year of every series: last year's total times a factor in turn."""
    before = {name: _last_year(known, season, left) for name, (known, _) in cases.items()}
    factor = np.resize(FACTORS, len(before))
    return pd.DataFrame(
        {
            "series_id": list(before),
            "period": f"FY{_LAST_YEAR}",
            "budget": np.array(list(before.values())) * factor,
        }
    )


def _last_year(known: Array, season: int, left: int) -> float:
    stop = len(known) - (season - left)
    return float(known[stop - season : stop].sum())


def _climate(known: Array, season: int, left: int, factor: float) -> float:
    """Return how often the series' earlier years came to so much of the year before."""
    stop = len(known) - (season - left)
    count = stop // season
    years = known[stop - count * season : stop].reshape(count, season).sum(1)
    met = years[1:] >= years[:-1] * factor
    return float((met.sum() + 0.5) / (len(met) + 1))


def _scored(
    held: dict[str, Held], season: int, left: int, back: int | None, *, peers: bool
) -> tuple[dict[str, Array], Array]:
    """Return intervals of each way, and probabilities beside what came."""
    cases = _cases(held, season, left, back)
    table, budget = _table(cases, season, left), _budget(cases, season, left)
    year = pf.year_forecast(table, budget=budget, tier="fast")
    year = year[(year["span"] == "year") & (year["role"] == "item")].set_index("series_id")
    year = year.loc[list(cases)]
    each = pf.forecast(table, horizon=left, tier="fast")
    rest = np.array([came.sum() for _, came in cases.values()])
    mean = (year["mean"] - year["actual_to_date"]).to_numpy(dtype=float)
    unit = np.array([_unit(known, season) for known, _ in cases.values()]) * left
    ways = {"paths": [_ends(year, level, "actual_to_date") for level in LEVELS]}
    ways["bounds added"], ways["independent"] = [], []
    for level in LEVELS:
        low, high = (_wide(each, f"{end}{level}", cases, left) for end in ("lo", "hi"))
        middle = _wide(each, "mean", cases, left)
        ways["bounds added"].append((low.sum(1), high.sum(1)))
        reach = [np.sqrt(((end - middle) ** 2).sum(1)) for end in (low, high)]
        ways["independent"].append((mean - reach[0], mean + reach[1]))
    if peers:
        few = np.arange(0, len(cases), EVERY)
        ways = {way: [(low[few], high[few]) for low, high in ends] for way, ends in ways.items()}
        known = [known for known, _ in cases.values()]
        ways["ETS(A,Ad,A)"] = _simulated([known[k] for k in few], season, left)
        inside = {name: _judged(bounds, rest[few], unit[few]) for name, bounds in ways.items()}
        return inside, np.empty((0, 3))
    inside = {name: _judged(bounds, rest, unit) for name, bounds in ways.items()}
    factor = np.resize(FACTORS, len(cases))
    climate = [
        _climate(known, season, left, float(f))
        for (known, _), f in zip(cases.values(), factor, strict=True)
    ]
    total = rest + year["actual_to_date"].to_numpy(dtype=float)
    met = total >= year["budget"].to_numpy(dtype=float)
    said = year["meets_budget_share"].to_numpy(dtype=float)
    return inside, np.column_stack([said, climate, met])


def _simulated(series: list[Array], season: int, left: int) -> list[tuple[Array, Array]]:
    """Return what statsmodels' smoothing says of the sum of the periods to come, by simulation."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel  # noqa: PLC0415 - slow to load

    found = []
    for values in series:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fit = ETSModel(
                pd.Series(values),
                trend="add",
                damped_trend=True,
                seasonal="add",
                seasonal_periods=season,
            ).fit(disp=False)
            drawn = fit.simulate(left, anchor="end", repetitions=_DRAWS, rng=7)
        total = np.asarray(drawn, dtype=float).reshape(left, -1).sum(0)
        found.append(
            np.percentile(
                total,
                [(100 - level) / 2 for level in LEVELS] + [(100 + level) / 2 for level in LEVELS],
            )
        )
    table = np.array(found)
    return [(table[:, k], table[:, k + len(LEVELS)]) for k in range(len(LEVELS))]


def _unit(known: Array, season: int) -> float:
    return float(np.abs(known[season:] - known[:-season]).mean()) or np.nan


def _ends(year: pd.DataFrame, level: int, less: str) -> tuple[Array, Array]:
    base = year[less].to_numpy(dtype=float)
    low, high = (year[f"{end}{level}"].to_numpy(dtype=float) - base for end in ("lo", "hi"))
    return low, high


def _wide(each: pd.DataFrame, column: str, cases: dict[str, Any], left: int) -> Array:
    found = each.pivot_table(index="series_id", columns="step", values=column).loc[list(cases)]
    return found.to_numpy(dtype=float)[:, :left]


def _judged(bounds: list[tuple[Array, Array]], came: Array, unit: Array) -> Array:
    """Return whether each interval held, per level, and the scaled interval score of the first."""
    rows = []
    for (low, high), level in zip(bounds, LEVELS, strict=True):
        missed = np.maximum(low - came, 0) + np.maximum(came - high, 0)
        score = (high - low + 200 / (100 - level) * missed) / unit
        rows += [((came >= low) & (came <= high)).astype(float), score]
    return np.array(rows)


def _show(season: int, left: int, found: list[dict[str, Array]]) -> None:
    cells = []
    for way in WAYS:
        if way not in found[0]:
            continue
        rows = np.concatenate([one[way] for one in found], axis=1)
        hold80, score80, hold95, _ = np.nanmean(rows, axis=1)
        cells.append(f"{100 * hold80:7.1f}{100 * hold95:6.1f}{score80:7.2f}")
    count = sum(one["paths"].shape[1] for one in found)
    name = f"{left:>2} of {season:>2} to come"
    print(f"{name:<18}{count:>6} |" + " |".join(cells), flush=True)


def _probabilities(rows: Array) -> None:
    said, climate, met = rows.T
    base = met.mean()
    print(
        f"probability of meeting a budget, {len(rows):,} cases: Brier score {_brier(said, met):.4f}"
        f"; earlier years of the series {_brier(climate, met):.4f}; always {base:.2f} "
        f"{base * (1 - base):.4f}"
    )
    place = np.clip(np.digitize(said, BINS) - 1, 0, len(BINS) - 2)
    cells = [
        f"{100 * BINS[k]:.0f}-{100 * BINS[k + 1]:.0f} %: {100 * met[place == k].mean():.0f} "
        f"({(place == k).sum():,})"
        for k in range(len(BINS) - 1)
        if (place == k).any()
    ]
    print("  said, and came of it (cases): " + ", ".join(cells), flush=True)


def _brier(said: Array, met: Array) -> float:
    return float(((said - met) ** 2).mean())


def _sums(data: Path) -> Iterator[str]:
    """Yield how often the sum of a city's lines lay in its interval, every three months."""
    for title, (actuals, _, period), by in (
        ("receipts by tax", receipts_tables(data), "cost_center"),
        ("cash by category", cash_tables(data), "account"),
    ):
        rows = actuals.sort_values("known_on", kind="stable")
        rows = rows[rows["span"].eq("month")] if "span" in rows else rows
        rows = rows.drop_duplicates(["period", by], keep="last")
        wide = rows.pivot_table(index="period", columns=by, values="amount", aggfunc="sum")
        wide = wide.sort_index().fillna(0.0)
        wide = wide[wide.columns[(wide != 0).mean() > 0.8]]  # noqa: PLR2004 - lines that live
        held = []
        for stop in range(_REPLAYS, len(wide), 3):
            known = wide.iloc[:stop].reset_index().melt("period", value_name="value")
            found = pf.year_forecast(
                known, by=by, year_start=period.calendar.year_start, tier="fast"
            )
            year = found[found["span"] == "year"]
            ahead = int(year["ahead"].max())
            if stop + ahead > len(wide):
                break
            held.append(_sum_held(year, wide.iloc[stop : stop + ahead].sum().sum()))
        joint, apart = 100 * np.mean(held, axis=0)
        yield (
            f"{title}, sum of {wide.shape[1]} lines, {len(held)} replays: 80 % interval of the "
            f"year holds {joint:.0f} %; were lines independent {apart:.0f} %"
        )


def _sum_held(year: pd.DataFrame, came: float) -> tuple[bool, bool]:
    total, items = year[year["role"] == "total"].iloc[0], year[year["role"] == "item"]
    truth = total["actual_to_date"] + came
    reach = [
        float(((items[end] - items["mean"]).astype(float) ** 2).sum() ** 0.5)
        for end in ("lo80", "hi80")
    ]
    apart = total["mean"] - reach[0] <= truth <= total["mean"] + reach[1]
    return bool(total["lo80"] <= truth <= total["hi80"]), bool(apart)


def main(arguments: list[str]) -> int:
    """Print the scores."""
    shared = Path(os.environ.get("PFKIT_SHARED", HERE.parent / "shared"))
    parser = argparse.ArgumentParser(prog="python -m bench totals", description=__doc__)
    parser.add_argument("--data", type=Path, default=shared / "data" / "m3" / "dev.csv.gz")
    parser.add_argument("--city", type=Path, default=shared / "data" / "real" / "budget")
    parser.add_argument("--test", action="store_true", help="score the part held out")
    parser.add_argument("--peers", action="store_true", help="also ETS, simulated (slow)")
    given = parser.parse_args(arguments)
    began = time.perf_counter()
    ways = WAYS if given.peers else WAYS[:-1]
    part = f"{'80 %':>7}{'95 %':>6}{'score':>7}"
    print(f"{'':<26}" + "".join(f"{way:<22}" for way in ways))
    print(f"{'':<18}{'n':>6} |" + " |".join([part] * len(ways)))
    chances = []
    for season, held in _held(given.data).items():
        ends = (None,) if given.test else ENDS[season]
        for left in LEFT[season]:
            found = []
            for back in ends:
                inside, rows = _scored(held, season, left, back, peers=given.peers)
                found.append(inside)
                chances.append(rows)
            _show(season, left, found)
    if given.peers:
        return 0
    _probabilities(np.concatenate(chances))
    for line in _sums(given.city):
        print(line)
    print(f"({time.perf_counter() - began:.0f} s)")
    return 0
