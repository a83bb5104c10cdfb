"""Champion and challengers: another method is adopted only where it is better beyond chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pfkit.errors import MeasureError, ParameterError, near_miss
from pfkit.measures.forecast_replays import FULL
from pfkit.measures.rows import COUNT, RATE, TEXT, result, row_keys
from pfkit.measures.vintages.cells import (
    cells,
    gained,
    leads_of,
    missed,
    of_series,
    series_of,
    shared,
)
from pfkit.measures.vintages.signs import fewest_blocks, holm

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from pfkit.measures.vintages.signs import Difference

CHAMPION, CHALLENGER = "champion", "challenger"
ADOPT, KEEP = "adopt", "keep"
#: Of what the champion speaks about, what a method must speak about to take its place.
_ENOUGH = 0.8
_COLUMNS = {
    "row_key": TEXT,
    "role": TEXT,
    "method": TEXT,
    "champion": TEXT,
    "origins_count": COUNT,
    "count": COUNT,
    "spoken_share": RATE,
    "series_count": COUNT,
    "first_period": TEXT,
    "last_period": TEXT,
    "leads": TEXT,
    "error_rate": RATE,
    "champion_error_rate": RATE,
    "gain_rate": RATE,
    "low_rate": RATE,
    "high_rate": RATE,
    "level": RATE,
    "blocks_count": COUNT,
    "p": RATE,
    "p_corrected": RATE,
    "alpha": RATE,
    "decision": TEXT,
    "reason": TEXT,
}


def forecast_register(
    said: pd.DataFrame,
    known: pd.DataFrame,
    *,
    period: str,
    champion: str = FULL,
    challengers: Sequence[str] | None = None,
    leads: int | Sequence[int] = 1,
    alpha: float = 0.05,
    draws: int = 20000,
    seed: int = 0,
) -> pd.DataFrame:
    r"""Hold the forecasting method in use against others, and decide whether to change it.

    Use it each quarter; `forecast_value_added` says whether forecasting is worth its steps at all.

    Parameters
    ----------
    said : pandas.DataFrame
        Result of `forecast_replays`: what every method said from earlier months with what was
        known then. Forecasts of other libraries may be added as rows of a `method` of their own.
    known : pandas.DataFrame
        Amounts by knowledge date, as ``book.revenue_known``; what came is what stands now.
    period : str
        The last month that has come.
    champion : str
        The method in use, as ``book.forecast_champion``.
    challengers : sequence of str, optional
        The methods it is held against; all others in `said` by default.
    leads : int or sequence of int
        Months ahead that count.
    alpha : float
        Probability that any method is adopted where none is better.
    draws, seed : int
        Subsets of blocks drawn where there are too many to look at all, and their start.

    Returns
    -------
    pandas.DataFrame
        The champion, then one row per challenger, the nearest first: ``row_key``, ``role``,
        ``method``, ``champion``; ``origins_count``, ``count`` of forecasts compared,
        ``spoken_share`` of what the champion speaks about, ``series_count``, ``first_period``,
        ``last_period``, ``leads`` months ahead; ``error_rate`` (WAPE: errors over what came) and
        ``champion_error_rate`` on the same forecasts; ``gain_rate``, the latter less the former,
        with ``low_rate`` and ``high_rate`` at ``level``, one less twice `alpha`;
        ``blocks_count``, ``p`` one-sided, ``p_corrected`` for how many challengers there are,
        ``alpha``; ``decision``: ``adopt`` (at most one) or ``keep``; ``reason``.

    Raises
    ------
    ContractError
        If a table lacks a column.
    MeasureError
        If `champion` or a challenger says nothing in `said`.
    ParameterError
        If `alpha` is not between 0 and 0.5, or a lead is below 1.

    Notes
    -----
    Each challenger is compared with the champion on the series, months and leads that both speak
    about. Months are resampled in pairs, all series of a month together: the wild bootstrap with
    signs, the null imposed, exact in small samples where months are independent; with longer
    leads blocks of twice as many months as the longest lead, because forecasts that overlap err
    together. Probabilities are corrected by Holm's method, and of the
    challengers that are better at `alpha` and speak about 80 % of what the champion does, the one
    with the largest gain is adopted. The level holds for one look; a register that is asked every
    quarter with mostly the same months takes that many chances.

    References
    ----------
    .. [1] Diebold and Mariano (1995), "Comparing predictive accuracy", *Journal of Business and
       Economic Statistics* 13, 253-263.
    .. [2] Holm (1979), "A simple sequentially rejective multiple test procedure", *Scandinavian
       Journal of Statistics* 6, 65-70.

    Examples
    --------
    >>> import pandas as pd
    >>> from datetime import date
    >>> from pfkit.measures.forecast_replays import forecast_replays
    >>> months = [f"{year}-{month:02d}" for year in (2024, 2025) for month in range(1, 13)]
    >>> known = pd.DataFrame({"kind": "actual", "version": "actual", "period": months,
    ...                       "product": "Atlas", "amount": [100.0 + k for k in range(24)],
    ...                       "known_on": [f"{month}-28" for month in months]})
    >>> days = {month: date(int(month[:4]), int(month[5:]), 28) for month in months[12:]}
    >>> said = forecast_replays(known, origins=days, methods=["naive", "theta"])
    >>> found = forecast_register(said, known, period="2025-12", champion="naive", leads=1)
    >>> found[["method", "p_corrected", "decision"]].round(4).values.tolist()[1]
    ['theta', 0.0005, 'adopt']
    """
    if not 0 < alpha < 0.5:  # noqa: PLR2004 - beyond it a worse method would be adopted
        raise ParameterError(f"alpha {alpha} cannot be", advice="Use a small share such as 0.05.")
    wanted, level = leads_of(leads), 1 - 2 * alpha
    series_of(said)
    others = _challengers(said, champion, challengers)
    rows = of_series(cells(said, known, period=period, leads=wanted))
    mine = rows[rows["method"] == champion]
    out, told = [], []
    for method in others:
        both = shared(rows, [champion, method])
        found = gained(both, champion, method, leads=wanted, level=level, draws=draws, seed=seed)
        told.append(found)
        row = _row(both, method, champion, found) | {"level": level, "alpha": alpha}
        out.append(row | {"spoken_share": row["count"] / max(len(mine), 1)})
    p = np.array([np.nan if one is None else one.p for one in told])
    judged = np.isfinite(p)
    corrected = np.full(len(p), np.nan)
    corrected[judged] = holm(p[judged])
    for row, value in zip(out, corrected, strict=True):
        row["p_corrected"] = None if np.isnan(value) else float(value)
    _decide(out, alpha, int(judged.sum()))
    told_leads = ", ".join(map(str, wanted))
    out.sort(key=lambda row: -np.inf if row["gain_rate"] is None else row["gain_rate"])
    first = _row(mine, champion, champion, None) | {"role": CHAMPION, "alpha": alpha}
    first["reason"] = _standing(out)
    every = [first, *reversed(out)]
    keys = row_keys([(row["method"],) for row in every])
    named = zip(every, keys, strict=True)
    return result([row | {"row_key": key, "leads": told_leads} for row, key in named], _COLUMNS)


def _challengers(said: pd.DataFrame, champion: str, challengers: Sequence[str] | None) -> list[str]:
    there = sorted(set(said["method"].astype(str)))
    if said.empty:
        return []
    found = [name for name in there if name != champion] if challengers is None else challengers
    for name in (champion, *found):
        if name not in there:
            raise MeasureError(
                f"method {name!r} says nothing",
                where="said",
                advice=near_miss(name, there, noun="method"),
            )
    return [name for name in dict.fromkeys(found) if name != champion]


def _row(both: pd.DataFrame, method: str, champion: str, told: Difference | None) -> dict[str, Any]:
    mine = both[both["method"] == method]
    old = both[both["method"] == champion]
    row: dict[str, Any] = dict.fromkeys(_COLUMNS)
    row |= {
        "role": CHALLENGER,
        "method": method,
        "champion": champion,
        "origins_count": mine["origin"].nunique(),
        "count": len(mine),
        "series_count": mine["series_id"].nunique(),
        "first_period": mine["period"].min() if len(mine) else "",
        "last_period": mine["period"].max() if len(mine) else "",
        "error_rate": missed(mine)["error_rate"],
        "champion_error_rate": missed(old)["error_rate"],
        "decision": "",
        "reason": "",
    }
    if told is not None:
        row |= {
            "gain_rate": told.value,
            "low_rate": told.low,
            "high_rate": told.high,
            "blocks_count": told.blocks,
            "p": told.p,
        }
    return row


def _decide(rows: list[dict[str, Any]], alpha: float, judged: int) -> None:
    """Write each challenger's decision and its reason."""
    better = [row for row in rows if row["p_corrected"] is not None and row["p_corrected"] <= alpha]
    able = [row for row in better if row["spoken_share"] >= _ENOUGH]
    best = max(able, key=lambda row: (row["gain_rate"], row["method"]), default=None)
    needed = fewest_blocks(alpha / max(judged, 1))
    for row in rows:
        row["decision"] = ADOPT if row is best else KEEP
        if row["p"] is None:
            row["reason"] = "no month that both speak about"
        elif row is best:
            row["reason"] = f"better at {alpha:.0%}, one-sided, {judged} compared"
        elif row in better and row not in able:
            row["reason"] = f"better, but it speaks about {row['spoken_share']:.0%} alone"
        elif row in better:
            row["reason"] = "better too, and another gains more"
        elif row["gain_rate"] <= 0:
            row["reason"] = "no better"
        elif row["blocks_count"] < needed:
            row["reason"] = f"{row['blocks_count']} blocks of months: {needed} are needed to tell"
        else:
            row["reason"] = f"nearer, but not beyond chance at {alpha:.0%}"


def _standing(rows: list[dict[str, Any]]) -> str:
    adopted = [row["method"] for row in rows if row["decision"] == ADOPT]
    if adopted:
        return f"replaced by {adopted[0]}"
    return "no challenger is better beyond chance" if rows else "no challenger"
