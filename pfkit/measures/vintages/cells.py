"""Forecasts beside what came of them: one cell for each method, series, month and lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pfkit.errors import MeasureError, ParameterError
from pfkit.measures.backtest import EVERY_SERIES
from pfkit.measures.rows import require
from pfkit.measures.vintages.signs import block_of, difference
from pfkit.measures.vintages.then import booked, checked, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.measures.vintages.signs import Difference

#: What tells a cell apart, whatever method speaks about it.
CELL = ["series_id", "origin", "period"]
_SAID = ("method", "by", "origin", "period", "step", "mean", "scale")


def series_of(said: pd.DataFrame) -> str:
    """Return the column that names the series of `forecast_replays`; empty where there are none.

    Raises
    ------
    ContractError
        If a column is not there.
    MeasureError
        If forecasts by different columns are mixed.
    """
    require(said, _SAID, name="said")
    names = sorted(set(said["by"].astype(str)))
    if len(names) > 1:
        raise MeasureError(
            f"forecasts by {' and by '.join(names)} are mixed",
            where="said",
            advice="Compare forecasts of the same series.",
        )
    require(said, names, name="said")
    return names[0] if names else ""


def leads_of(leads: int | Sequence[int]) -> tuple[int, ...]:
    """Return leads in rising order, each once.

    Raises
    ------
    ParameterError
        If there is none, or one is below 1.
    """
    found = tuple(sorted({leads} if isinstance(leads, int) else set(leads)))
    if not found or found[0] < 1:
        raise ParameterError(
            f"leads {list(found)!r} cannot be", advice="Use months ahead, 1 or more."
        )
    return found


def cells(
    said: pd.DataFrame, known: pd.DataFrame, *, period: str, leads: Sequence[int]
) -> pd.DataFrame:
    """Return forecasts of months that have come, with what came as known now.

    Parameters
    ----------
    said : pandas.DataFrame
        As `forecast_replays` gives it.
    known : pandas.DataFrame
        Amounts by knowledge date.
    period : str
        The last month that has come.
    leads : sequence of int
        Months ahead that count.

    Returns
    -------
    pandas.DataFrame
        The rows of `said` at these leads, with ``series_id``, ``came`` and ``error``, forecast
        less what came; by origin and month.
    """
    by = series_of(said)
    rows = said[said["step"].isin(leads) & (said["period"] <= period) & said["mean"].notna()]
    rows = rows.assign(series_id=rows[by].astype(str) if by else "")
    now = booked(checked(known, by), by=by, origin=period, day=None) if by else None
    if now is None:
        return rows.head(0).assign(came=pd.Series(dtype=float), error=pd.Series(dtype=float))
    came = now.long.rename(columns={"value": "came"})
    rows = rows.merge(came, on=["series_id", "period"], how="inner", validate="many_to_one")
    rows["error"] = rows["mean"].astype(float) - rows["came"]
    return rows.sort_values(["method", *CELL], ignore_index=True)


def of_series(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the cells of single series, without those of their sum; all where it stands alone."""
    single = rows[rows["series_id"] != EVERY_SERIES]
    return single if len(single) else rows


def shared(rows: pd.DataFrame, methods: Sequence[str]) -> pd.DataFrame:
    """Return the cells about which every one of some methods says something."""
    mine = rows[rows["method"].isin(methods)]
    every = mine.groupby(CELL)["method"].transform("nunique") == len(set(methods))
    return mine[every]


def gained(
    rows: pd.DataFrame,
    old: str,
    new: str,
    *,
    leads: Sequence[int],
    level: float,
    draws: int,
    seed: int,
) -> Difference | None:
    """Return by how much one method is nearer than another, over what came; None without cells.

    Parameters
    ----------
    rows : pandas.DataFrame
        As `shared` gives it.
    old, new : str
        The methods; a gain is above zero where `new` is nearer.
    leads : sequence of int
        Months ahead that are in `rows`: how far errors overlap.
    level, draws, seed
        As for `difference`.
    """
    sides = [rows[rows["method"] == name].set_index(CELL)[["error", "came"]] for name in (old, new)]
    both = sides[0].join(sides[1].add_suffix("_new"), how="inner").reset_index()
    if both.empty or not both["came"].abs().sum() > 0:
        return None
    months = both["period"].map({one: number(one) for one in both["period"].unique()})
    both["block"] = block_of(months.to_numpy(), leads)
    both["gain"] = both["error"].abs() - both["error_new"].abs()
    both["weight"] = both["came"].abs()
    sums = both.groupby("block")[["gain", "weight"]].sum()
    return difference(
        sums["gain"].to_numpy(), sums["weight"].to_numpy(), level=level, draws=draws, seed=seed
    )


def missed(rows: pd.DataFrame) -> dict[str, float | None]:
    """Return what forecasts missed: over what came, in units of naive errors, and their bias."""
    size = float(rows["came"].abs().sum())
    scale = rows["scale"].to_numpy(dtype=float, na_value=np.nan)
    changes = np.where(scale > 0, scale, np.nan)
    scaled: float = (rows["error"].abs() / changes).mean()
    return {
        "error_rate": float(rows["error"].abs().sum()) / size if size > 0 else None,
        "scaled_error": None if pd.isna(scaled) else float(scaled),
        "bias_rate": float(rows["error"].sum()) / size if size > 0 else None,
    }
