"""What came of earlier promises: the hit rate, how late releases came, and how many came at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.stats import norm, t

from pfkit.measures.rows import NONE, reasons, row_keys, texts

if TYPE_CHECKING:
    from pfkit.measures.attribution import Attribution
    from pfkit.measures.medians import Array
    from pfkit.period import Period

LAUNCHED = ("item", "kind", "initiative", "planned", "came", "amount", "realized")
_YEAR, _MATURE = 12, 4
#: What stands as source of a realized amount.
_ATTRIBUTED, _REGISTER = "attribution", "register"


@dataclass(frozen=True)
class Hits:
    """What came of promises: the rate, its draws, and how single ones deviate from it."""

    rate: float
    low: float
    high: float
    draws: Array
    apart: Array
    weight: Array


def pairs_of(launched: pd.DataFrame, earned: Attribution | None, period: Period) -> pd.DataFrame:
    """Return what was promised of what came, and what came of it, each initiative once."""
    came = texts(launched["came"]).astype("str")
    rows = launched[(came != NONE) & (came != "")].reset_index(drop=True)
    pairs = pd.DataFrame(
        {name: texts(rows[name]).replace(NONE, "").astype("str") for name in LAUNCHED[:5]}
    )
    pairs["promised"] = rows["amount"].to_numpy(dtype="float64", na_value=np.nan)
    pairs["realized"] = rows["realized"].to_numpy(dtype="float64", na_value=np.nan)
    for name in ("low", "high", "level"):
        known = rows[name].to_numpy(dtype="float64", na_value=np.nan) if name in rows else np.nan
        pairs[name] = known
    pairs["source"] = _REGISTER
    pairs["reason"] = ""
    release = pairs["kind"] == "release"
    pace = _pace(earned, period)
    pairs.loc[release, "source"] = _ATTRIBUTED
    pairs.loc[release, "realized"] = pairs.loc[release, "item"].map(pace).astype("float64")
    told = set(pairs.loc[release & pairs["realized"].notna(), "initiative"]) - {""}
    again = ~release & pairs["initiative"].isin(list(told))
    pairs["reason"] = [
        reasons(
            "" if has_promise else "no amount was promised",
            "the same initiative is told by attribution" if twice else "",
            "" if has_result or twice else "what it brought is not known, or not for long enough",
        )
        for has_promise, twice, has_result in zip(
            pairs["promised"] > 0, again, pairs["realized"].notna(), strict=True
        )
    ]
    pairs["realized_share"] = (pairs["realized"] / pairs["promised"]).where(pairs["promised"] > 0)
    pairs["row_key"] = row_keys(list(zip(pairs["kind"], pairs["item"], strict=True)))
    return pairs


def _pace(earned: Attribution | None, period: Period) -> dict[str, float]:
    """Return what each feature brings a year, at the pace of its last twelve months."""
    if earned is None or earned.monthly.empty:
        return {}
    last = period.months[-1]
    rows = earned.monthly[earned.monthly["period"] <= last]
    rows = rows[rows["period"] > period.calendar.shift(last, -_YEAR)]
    grouped = rows.groupby("feature")["incremental"].agg(["sum", "size"])
    kept = grouped[grouped["size"] >= _MATURE]
    pace = kept["sum"].astype("float64") * _YEAR / kept["size"]
    return {str(name): float(one) for name, one in pace.items()}


def hits_of(
    pairs: pd.DataFrame,
    earned: Attribution | None,
    ask: tuple[int, float, int],
    seed: int,
) -> Hits:
    """Return what came of promises, drawn anew."""
    fewest, level, draws = ask
    dice = np.random.default_rng(seed + 1)
    kept = pairs[pairs["reason"] == ""]
    count, nothing = len(kept), np.full(draws, np.nan)
    if count < fewest:
        return Hits(*(float("nan"),) * 3, nothing, nothing[:0], nothing[:0])
    promised, came = (kept[name].to_numpy(dtype="float64") for name in ("promised", "realized"))
    rate = float(came.sum() / promised.sum())
    which = dice.integers(0, count, (draws, count))
    noise = np.stack([_error(row, earned, draws, dice) for row in kept.to_dict("records")], axis=1)
    seen = (came + noise)[np.arange(draws)[:, None], which]
    drawn = seen.sum(1) / promised[which].sum(1)
    p = 0.5 + level / 2
    widen = np.sqrt(count / (count - 1)) * t.ppf(p, count - 1) / norm.ppf(p) if count > 1 else 1.0
    drawn = rate + (drawn - rate) * widen
    low, high = np.quantile(drawn, [1 - p, p])
    apart = came / promised - rate
    return Hits(rate, float(low), float(high), drawn, apart, promised / promised.sum())


def _error(
    row: dict[Any, Any], earned: Attribution | None, draws: int, dice: np.random.Generator
) -> Array:
    """Return draws of how far what was realized may be off its measurement."""
    name = str(row["item"])
    if row["source"] == _ATTRIBUTED and earned is not None and name in earned.draws:
        found = earned.draws[name].to_numpy(dtype="float64")
        middle = float(np.mean(found)) if len(found) else 0.0
        if abs(middle) > 0:
            return np.asarray(row["realized"] * (dice.choice(found, draws) / middle - 1))
    wide = row["high"] - row["low"]
    if np.isfinite(wide) and 0 < row["level"] < 1:
        return dice.normal(0, wide / (2 * norm.ppf(0.5 + row["level"] / 2)), draws)
    return np.zeros(draws)


def months_apart(late: pd.Series, early: pd.Series) -> Array:
    """Return by how many months one label is later than another.

    Examples
    --------
    >>> months_apart(pd.Series(["2026-02"]), pd.Series(["2025-11"])).tolist()
    [3.0]
    """

    def number(text: object) -> int:
        return int(str(text)[:4]) * _YEAR + int(str(text)[5:7])

    return np.array([number(a) - number(b) for a, b in zip(late, early, strict=True)], dtype=float)


def slips_of(launched: pd.DataFrame, period: Period) -> Array:
    """Return by how many months releases came after their first plan, those that had one."""
    mine = launched[launched["kind"] == "release"]
    came = mine[(texts(mine["came"]) != NONE) & (texts(mine["planned"]) != NONE)]
    came = came[came["came"] <= period.months[-1]]
    return months_apart(came["came"], came["planned"])


def come_of(launched: pd.DataFrame, fewest: int) -> float:
    """Return the share of plans that came at all."""
    mine = launched[launched["kind"] == "release"]
    came = int((texts(mine["came"]) != NONE).sum())
    return came / len(mine) if len(mine) >= fewest else float("nan")
