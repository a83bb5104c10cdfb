"""Series cut to a few values among siblings of full length: what is known of the young."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

import pfkit as pf
from bench._peers import PeersError
from pfkit.measures.fleet.periods import period_label, read_period
from pfkit.measures.forecast import HORIZONS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pfkit.measures.medians import Array

    Peer = Callable[[dict[str, Array], int], dict[str, Array]]

#: How many values every second series is cut to, by periods in a year.
LEFT = {12: (1, 3, 6, 12, 18, 24, 30), 4: (1, 2, 4, 6, 8, 10)}
_SEASONS = {"M": 12, "Q": 4}
_YEARS = 4
_COLUMNS = ["mean", "lo80", "hi80"]


def short(path: Path, peers: dict[str, Peer]) -> list[str]:
    """Return lines: mean absolute error and coverage of series cut short, by data set and length.

    Only training parts are read; what is held out is their last horizon. The unit is the in-sample
    error of last year's value on the whole training part.
    """
    table = pd.read_csv(path)
    table = table[table["split"] == "train"].sort_values(["series_id", "t"])
    head = f"{'':<14}{'left':>5}{'n':>5}{'pfkit':>8}{'80 %':>6}{'year ago':>9}"
    lines = [head + "".join(f"{name:>10}{'80 %':>6}" for name in peers)]
    for (dataset, freq), rows in table.groupby(["dataset", "freq"]):
        season = _SEASONS[str(freq)]
        whole = {
            str(name): one
            for name, one in rows.groupby("series_id")
            if len(one) >= _YEARS * season + HORIZONS[season]
        }
        name = f"{dataset:<12}{freq:<2}"
        lines += [name + _line(whole, season, left, peers) for left in LEFT[season]]
    return lines


def _line(whole: dict[str, pd.DataFrame], season: int, left: int, peers: dict[str, Peer]) -> str:
    horizon = HORIZONS[season]
    ours: list[tuple[float, float]] = []
    naive: list[float] = []
    others: dict[str, list[tuple[float, float]]] = {name: [] for name in peers}
    for half in (0, 1):
        young = set(list(whole)[half::2])
        parts, known = [], {}
        for name, rows in whole.items():
            cut = rows.iloc[:-horizon]
            cut = cut.iloc[-left:] if name in young else cut
            known[name] = cut["value"].to_numpy(dtype=float)
            parts.append(pd.DataFrame(_table(name, cut, season)))
        said = pf.forecast(pd.concat(parts, ignore_index=True), tier="fast")
        found = {str(name): rows for name, rows in said.groupby("series_id")}
        for name in young:
            values = found[name][_COLUMNS].to_numpy(dtype=float)
            ours.append(_judged(whole[name], values, season))
            at = np.arange(horizon) % season - season
            last = known[name][at] if left >= season else np.full(horizon, known[name][-1])
            naive.append(_judged(whole[name], np.column_stack([last] * 3), season)[0])
        for name, peer in peers.items():
            try:
                answers = peer({key: known[key] for key in young}, season)
            except PeersError:  # it stops at series this short
                continue
            others[name] += [_judged(whole[key], one, season) for key, one in answers.items()]
    text = f"{left:>5}{len(ours):>5}{_mean(ours)}{np.nanmean(naive):9.3f}"
    return text + "".join(f"  {_mean(found)}" for found in others.values())


def _table(name: str, rows: pd.DataFrame, season: int) -> dict[str, object]:
    """Return rows under their own dates, so that siblings share the seasons of the year."""
    first = read_period(str(rows["date"].iloc[0])[:10])
    start = 0 if first is None else first[1] * season // first[0]
    periods = [period_label(season, start + k) for k in range(len(rows))]
    return {"series_id": name, "period": periods, "value": rows["value"].to_numpy()}


def _judged(rows: pd.DataFrame, said: Array, season: int) -> tuple[float, float]:
    """Return error and coverage of a mean, a lower and an upper bound."""
    value = rows["value"].to_numpy(dtype=float)
    known, came = value[: -len(said)], value[-len(said) :]
    scale = np.abs(known[season:] - known[:-season]).mean()
    inside = (came >= said[:, 1]) & (came <= said[:, 2])
    if scale == 0 or not np.isfinite(said[:, 0]).all():
        return np.nan, np.nan
    return float(np.abs(said[:, 0] - came).mean() / scale), float(inside.mean())


def _mean(judged: list[tuple[float, float]]) -> str:
    if not judged:
        return f"{'fails':>8}{'':>6}"
    error, inside = np.nanmean(np.array(judged), axis=0)
    return f"{error:8.3f}{100 * inside:6.1f}"
