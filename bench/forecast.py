"""Forecasts of a sample of series beside statsforecast's and statsmodels': error, intervals, time.

Nothing of the part held out is known to any of them. `--choices` shows what the engine's constants
were chosen by: the same scores with the end of the *training* parts held out instead, at four ends.
`--short` cuts every second training part to a few values among its siblings. `--launches` forecasts
products on the day of their launch and after. `--fleet N` forecasts N series made up here through
`pfkit forecast` and tells time and memory.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

import pfkit as pf
from bench._forecast_launches import launched
from bench._forecast_scores import Held, scored
from bench._forecast_short import short
from bench._peers import PeersError, ask, environment
from pfkit.measures.fleet.periods import period_label
from pfkit.measures.forecast import HORIZONS

if TYPE_CHECKING:
    from bench._forecast_short import Peer
    from pfkit.measures.medians import Array

HERE = Path(__file__).resolve().parents[1]
#: With pandas 3 AutoCES stops at read-only arrays.
PACKAGES = ("statsforecast==2.0.3", "pandas==2.3.3")
MODELS = ("AutoETS", "DynamicOptimizedTheta", "AutoCES")
SEASONS = {"M": 12, "Q": 4}
#: statsmodels fits one series in every so many: it is slow.
EVERY = 8
#: Periods before the end of the training parts at which they are cut to choose by.
ENDS = {12: (0, 4, 8, 12), 4: (0, 1, 2, 4)}
#: A child counts what its parent held as its own, except here; in kB.
_CHILD = """
import atexit, pathlib
def told():
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    print([line for line in lines if line.startswith("VmHWM")][0].split()[1])
atexit.register(told)
from pfkit.cli import main
main()
"""
_COLUMNS = ["mean", "lo80", "hi80", "lo95", "hi95"]
_FIRST_YEAR = 1990


def _held(path: Path) -> dict[int, dict[str, Held]]:
    """Return the series of a sample by periods in a year."""
    table = pd.read_csv(path).sort_values(["series_id", "t"])
    found: dict[int, dict[str, Held]] = {season: {} for season in HORIZONS}
    for (name, freq), rows in table.groupby(["series_id", "freq"]):
        value, season = rows["value"].to_numpy(dtype=float), SEASONS[str(freq)]
        known = (rows["split"] == "train").to_numpy()
        found[season][str(name)] = Held(value[known], value[~known][: HORIZONS[season]], season)
    return found


def _cut(held: dict[str, Held], season: int, back: int) -> dict[str, Held]:
    """Return the training parts with their own end held out, `back` periods before it."""
    horizon, found = HORIZONS[season], {}
    for name, one in held.items():
        known = one.train[: len(one.train) - back]
        if len(known) - horizon >= max(2 * season + 2, 8):
            found[name] = Held(known[:-horizon], known[-horizon:], season)
    return found


def _table(held: dict[str, Held], season: int) -> pd.DataFrame:
    """Return what may be known of series as a table."""
    start = _FIRST_YEAR * season
    parts = [
        pd.DataFrame(
            {
                "series_id": name,
                "period": [period_label(season, start + k) for k in range(len(one.train))],
                "value": one.train,
            }
        )
        for name, one in held.items()
    ]
    return pd.concat(parts, ignore_index=True)


def _ours(held: dict[str, Held], season: int, tier: Any) -> tuple[dict[str, Array], float]:  # noqa: ANN401
    table = _table(held, season)
    began = time.process_time()
    said = pf.forecast(table, tier=tier)
    seconds = time.process_time() - began
    found = said.groupby("series_id")
    return {str(name): rows[_COLUMNS].to_numpy(dtype=float) for name, rows in found}, seconds


def _statsmodels(held: dict[str, Held], season: int) -> tuple[dict[str, Array], float]:
    """Return statsmodels' additive smoothing with damped trend, the season where M4's test says."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel  # noqa: PLC0415 - slow to load

    horizon, found = HORIZONS[season], {}
    began = time.process_time()
    for name, one in held.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fit = ETSModel(
                pd.Series(one.train),
                trend="add",
                damped_trend=True,
                seasonal="add",
                seasonal_periods=season,
            ).fit(disp=False)
            ahead = fit.get_prediction(len(one.train), len(one.train) + horizon - 1)
            bounds = [ahead.pred_int(alpha).to_numpy() for alpha in (0.20, 0.05)]
        found[name] = np.column_stack([ahead.predicted_mean, *bounds])
    return found, time.process_time() - began


def _line(name: str, by: dict[int, dict[str, float]], seconds: dict[int, float]) -> str:
    """Return the scores of a method, months then quarters, and both in one."""
    count = {season: found["series"] + found["failed"] for season, found in by.items()}
    both = sum(by[season]["owa"] * count[season] for season in by) / sum(count.values())
    cells = [f"{name:<24}{both:7.4f}"]
    for season, found in by.items():
        each = f"{100 * seconds[season] / count[season]:8.2f}" if seconds else " " * 8
        cells.append(
            f"{found['owa']:7.3f}{found['cov80']:6.1f}{found['cov95']:6.1f}{found['msis95']:7.2f}"
            f"{each}{found['failed']:4.0f}"
        )
    return " |".join(cells)


def _head() -> str:
    part = f"{'OWA':>7}{'80 %':>6}{'95 %':>6}{'MSIS95':>7}{'s/100':>8}{'out':>4}"
    return f"{'':<24}{'OWA':>7} |{part} |{part}    (months | quarters; out: series without answer)"


def _beside(held: dict[int, dict[str, Held]], *, peers: bool) -> None:
    print(_head())
    for tier in ("fast", "full"):
        runs = {season: _ours(some, season, tier) for season, some in held.items()}
        _show(f"pfkit {tier}", held, runs)
    few = {season: dict(list(some.items())[::EVERY]) for season, some in held.items()}
    if peers:
        python = environment(PACKAGES)
        for name in MODELS:
            _show(
                name, held, {season: _peer(python, held[season], season, name) for season in held}
            )
    print(f"\none series in {EVERY}, as statsmodels is slow")
    _show("pfkit full", few, {season: _ours(few[season], season, "full") for season in few})
    _show("statsmodels ETS(A,Ad,A)", few, {s: _statsmodels(few[s], s) for s in few})


def _peer(python: Path, held: dict[str, Held], season: int, name: str) -> Any:  # noqa: ANN401
    question = {
        "series": {key: one.train.tolist() for key, one in held.items()},
        "season": season,
        "horizon": HORIZONS[season],
        "models": [name],
    }
    answer = ask(python, HERE / "bench" / "_forecast_peers.py", question)["answers"][name]
    said = {key: np.array(rows, dtype=float) for key, rows in answer["values"].items()}
    return said, answer["seconds"]


def _young(python: Path) -> Peer:
    """Return what AutoETS says of series cut short: mean and bounds at 80 %."""

    def said(known: dict[str, Array], season: int) -> dict[str, Array]:
        held = {name: Held(values, values[:0], season) for name, values in known.items()}
        answers = _peer(python, held, season, "AutoETS")[0]
        return {name: values[:, :3] for name, values in answers.items()}

    return said


def _show(name: str, held: dict[int, dict[str, Held]], runs: dict[int, Any]) -> None:
    by = {season: scored(held[season], runs[season][0]) for season in held}
    print(_line(name, by, {season: runs[season][1] for season in held}), flush=True)


def _choices(held: dict[int, dict[str, Held]]) -> None:
    print("ends of the training parts held out; their test parts are not read")
    print(_head())
    for tier in ("fast", "full"):
        found: dict[int, list[dict[str, float]]] = {season: [] for season in held}
        for season, some in held.items():
            for back in ENDS[season]:
                cut = _cut(some, season, back)
                found[season].append(scored(cut, _ours(cut, season, tier)[0]))
        mean = {
            season: {key: float(np.mean([one[key] for one in each])) for key in each[0]}
            for season, each in found.items()
        }
        print(_line(f"pfkit {tier}", mean, {}), flush=True)
    for season, some in held.items():
        year = [_years(_cut(some, season, back), season) for back in ENDS[season]]
        own, added = 100 * np.mean(year, axis=0)
        print(
            f"the {season} periods to come as one: 80 % intervals hold {own:.1f} %; "
            f"bounds of single periods added up would hold {added:.1f} %"
        )


def _years(held: dict[str, Held], season: int) -> tuple[float, float]:
    """Return how often the year to come lay in its interval, and in the added ones of its parts."""
    table = _table(held, season)
    whole = pf.forecast(table, horizon=season, tier="fast", running=True)
    parts = pf.forecast(table, horizon=season, tier="fast").groupby("series_id")[_COLUMNS].sum()
    whole = whole[whole["step"] == season].set_index("series_id")
    came = pd.Series({name: one.test[:season].sum() for name, one in held.items()})
    shares = [
        came.between(found["lo80"].reindex(came.index), found["hi80"].reindex(came.index)).mean()
        for found in (whole, parts)
    ]
    return float(shares[0]), float(shares[1])


def _fleet(count: int, tier: str) -> None:
    """Forecast a made-up fleet through the command line, as anyone would."""
    rng = np.random.default_rng(7)
    length = rng.choice([60, 84, 96, 120, 126], count)
    at = np.concatenate([np.arange(size) for size in length])
    wave = rng.uniform(0, 0.3, count).repeat(length) * np.sin(at / 12 * 2 * np.pi)
    growth = rng.normal(0.003, 0.004, count).repeat(length) * at
    value = 500 * np.exp(growth + wave + 0.08 * rng.normal(size=len(at)))
    months = np.array([period_label(12, _FIRST_YEAR * 12 + k) for k in range(126)])
    names = np.array([f"s{k:06d}" for k in range(count)])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "in.csv"
        table = {"series_id": names.repeat(length), "period": months[at], "value": value.round(2)}
        pd.DataFrame(table).to_csv(file, index=False)
        del table, at, wave, growth, value
        command = ["forecast", str(file), "--to", f"{folder}/out.csv", "--tier", tier, "--quiet"]
        code = f"import sys; sys.argv = ['pfkit', *{json.dumps(command)}]\n{_CHILD}"
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        ran = subprocess.run(  # noqa: S603 - written above
            [sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, text=True
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    peak = int(ran.stdout.split()[-1])
    print(
        f"{count:,} monthly series, {int(length.sum()):,} rows, {tier}: {seconds:.0f} s of one "
        f"core, {peak / 1e6:.2f} GB at most"
    )


def main(arguments: list[str]) -> int:
    """Print the scores."""
    shared = Path(os.environ.get("PFKIT_SHARED", HERE.parent / "shared"))
    parser = argparse.ArgumentParser(prog="python -m bench forecast", description=__doc__)
    parser.add_argument("--data", type=Path, default=shared / "data" / "m3" / "dev.csv.gz")
    parser.add_argument("--no-peers", action="store_true", help="leave statsforecast out")
    parser.add_argument("--choices", action="store_true", help="what the constants were chosen by")
    parser.add_argument("--short", action="store_true", help="series cut to a few values")
    parser.add_argument("--launches", action="store_true", help="products newly launched")
    parser.add_argument("--fleet", type=int, default=0, help="forecast so many made-up series")
    parser.add_argument("--tier", default="fast", help="of --fleet")
    given = parser.parse_args(arguments)
    if given.fleet:
        _fleet(given.fleet, given.tier)
        return 0
    held = _held(given.data)
    if given.choices:
        _choices(held)
        return 0
    try:
        if given.short or given.launches:
            peers = {} if given.no_peers else {"AutoETS": _young(environment(PACKAGES))}
            folder = shared / "data" / "real" / "invoices"
            lines = launched(folder, peers) if given.launches else short(given.data, peers)
            print("\n".join(lines))
        else:
            _beside(held, peers=not given.no_peers)
    except PeersError as error:
        print(error, file=sys.stderr)
        return 1
    return 0
