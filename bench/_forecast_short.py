"""Series cut to a few values among siblings of full length: what is known of the young."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

import pfkit as pf
from pfkit.measures.fleet.periods import period_label, read_period
from pfkit.measures.forecast import HORIZONS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pfkit.measures.medians import Array

    Peer = Callable[[dict[str, Array], int], dict[str, Array]]

#: How many values every second series is cut to, by periods in a year.
LEFT = {12: (1, 3, 6, 12, 18, 24, 30), 4: (1, 2, 4, 6, 8, 10)}
#: AutoETS refuses fewer values ("tiny datasets").
_PEER_FROM = 10
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
        known = {
            (left, name): one.iloc[: -HORIZONS[season]]["value"].to_numpy(dtype=float)[-left:]
            for name, one in whole.items()
            for left in LEFT[season]
        }
        said = {name: _asked(peer, known, season) for name, peer in peers.items()}
        for left in LEFT[season]:
            each = [
                {key[1]: v for key, v in found.items() if key[0] == left} for found in said.values()
            ]
            others = [[_judged(whole[k], v, season) for k, v in found.items()] for found in each]
            cells = "".join(f"  {_mean(found)}" for found in others)
            lines.append(f"{dataset:<12}{freq:<2}" + _line(whole, season, left) + cells)
    return lines


def _asked(
    peer: Peer, known: dict[tuple[int, str], Array], season: int
) -> dict[tuple[int, str], Array]:
    """Return what a peer says of every cut series; it is asked where it does not refuse."""
    asked = {f"{left}|{name}": v for (left, name), v in known.items() if left >= _PEER_FROM}
    keys = {f"{left}|{name}": (left, name) for left, name in known}
    return {keys[key]: values for key, values in peer(asked, season).items()}


def _line(whole: dict[str, pd.DataFrame], season: int, left: int) -> str:
    horizon = HORIZONS[season]
    ours: list[tuple[float, float]] = []
    naive: list[float] = []
    for half in (0, 1):
        young = set(list(whole)[half::2])
        parts = []
        for name, rows in whole.items():
            cut = rows.iloc[:-horizon]
            parts.append(_table(name, cut.iloc[-left:] if name in young else cut, season))
        said = pf.forecast(pd.concat(parts, ignore_index=True), tier="fast")
        found = {str(name): rows for name, rows in said.groupby("series_id")}
        for name in young:
            values = found[name][_COLUMNS].to_numpy(dtype=float)
            ours.append(_judged(whole[name], values, season))
            known = whole[name].iloc[:-horizon]["value"].to_numpy(dtype=float)
            at = np.arange(horizon) % season - season if left >= season else [-1] * horizon
            naive.append(_judged(whole[name], np.column_stack([known[at]] * 3), season)[0])
    return f"{left:>5}{len(ours):>5}{_mean(ours)}{np.nanmean(naive):9.3f}"


def _table(name: str, rows: pd.DataFrame, season: int) -> pd.DataFrame:
    """Return rows under their own dates, so that siblings share the seasons of the year."""
    first = read_period(str(rows["date"].iloc[0])[:10])
    start = 0 if first is None else first[1] * season // first[0]
    periods = [period_label(season, start + k) for k in range(len(rows))]
    return pd.DataFrame({"series_id": name, "period": periods, "value": rows["value"].to_numpy()})


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
        return f"{'':>14}"
    error, inside = np.nanmean(np.array(judged), axis=0)
    return f"{error:8.3f}{100 * inside:6.1f}"
