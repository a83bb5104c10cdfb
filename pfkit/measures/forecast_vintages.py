"""What was said of a month some months before, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.measures.backtest import EVERY_SERIES
from pfkit.measures.forecast_replays import FULL, KEPT, keys_of
from pfkit.measures.rows import COUNT, FLAG, MONEY, RATE, TEXT, records, result
from pfkit.measures.vintages.cells import cells, leads_of, missed, of_series, series_of

if TYPE_CHECKING:
    from collections.abc import Sequence

LEADS = (1, 3, 6, 12)
_LEVEL = 0.80
_COLUMNS = {
    "row_key": TEXT,
    "role": TEXT,
    "series": TEXT,
    "period": TEXT,
    "origin": TEXT,
    "lead": COUNT,
    "known_on": TEXT,
    "source": TEXT,
    "said": MONEY,
    "low": MONEY,
    "high": MONEY,
    "level": RATE,
    "came": MONEY,
    "error": MONEY,
    "error_share": RATE,
    "within": FLAG,
    "count": COUNT,
    "kept_count": COUNT,
    "error_rate": RATE,
    "scaled_error": RATE,
    "bias_rate": RATE,
    "covered_share": RATE,
    "method": TEXT,
    "model": TEXT,
    "reason": TEXT,
}


def forecast_vintages(
    said: pd.DataFrame,
    known: pd.DataFrame,
    *,
    period: str,
    method: str = FULL,
    leads: int | Sequence[int] = LEADS,
) -> pd.DataFrame:
    r"""Set what was said of each month some months before beside what came of it.

    Use it to see whether forecasts and their intervals held; `forecast_value_added` says whether
    they were worth making.

    Parameters
    ----------
    said : pandas.DataFrame
        Result of `forecast_replays`: forecasts that were kept, the others replayed.
    known : pandas.DataFrame
        Amounts by knowledge date, as ``book.revenue_known``; what came is what stands now.
    period : str
        The last month that has come, such as ``2026-06``.
    method : str
        Whose forecasts.
    leads : int or sequence of int
        Months before.

    Returns
    -------
    pandas.DataFrame
        One row per lead (`role` ``lead``), then one per series, month and lead (``item``):
        ``row_key``, ``role``, ``series``, ``period``, ``origin``, ``lead`` in months,
        ``known_on``, ``source`` (``kept`` or ``replayed``); ``said``, ``low``, ``high`` at
        ``level`` and ``came`` in reporting currency; ``error``, said less came, and
        ``error_share`` over what came; ``within``, whether the interval held it. Of a lead these
        are about the sum of all series in `period`, and there follow, over all its single series
        and months: ``count``, ``kept_count`` of them kept; ``error_rate``: errors without sign
        over what came (WAPE); ``scaled_error`` in units of the change from a year before (MASE);
        ``bias_rate``: errors over what came, above zero where too much was said;
        ``covered_share``: how many intervals held. ``method``, ``model``, and ``reason`` why
        something is NA.

    Raises
    ------
    ContractError
        If a table lacks a column.
    MeasureError
        If `said` mixes forecasts by different columns.
    ParameterError
        If a lead is below 1.

    Notes
    -----
    :math:`WAPE = \sum |said - came| / \sum |came|`. Months with a gap in the input count as 0
    once a series has begun.

    References
    ----------
    .. [1] Kolassa and Schütz (2007), "Advantages of the MAD/MEAN ratio over the MAPE",
       *Foresight* 6, 40-43.
    .. [2] Christoffersen (1998), "Evaluating interval forecasts", *International Economic Review*
       39, 841-862.

    Examples
    --------
    >>> from datetime import date
    >>> from pfkit.measures.forecast_replays import forecast_replays
    >>> months = [f"{year}-{month:02d}" for year in (2024, 2025) for month in range(1, 13)]
    >>> known = pd.DataFrame({"kind": "actual", "version": "actual", "period": months,
    ...                       "product": "Atlas", "amount": [100.0] * 23 + [110.0],
    ...                       "known_on": [f"{month}-28" for month in months]})
    >>> said = forecast_replays(known, origins={"2025-11": date(2025, 12, 5)})
    >>> found = forecast_vintages(said, known, period="2025-12", leads=1)
    >>> found[["origin", "said", "came", "error"]].values.tolist()[0]
    ['2025-11', 100.0, 110.0, -10.0]
    """
    wanted = leads_of(leads)
    series_of(said)
    mine = said[said["method"] == method]
    rows = cells(mine, known, period=period, leads=wanted)
    keys = keys_of(rows["series_id"]) if len(rows) else {}
    rows = _items(rows, keys)
    out = [_lead(rows, lead, period, method) for lead in wanted]
    items = records(rows.sort_values(["series", "period", "lead"]))
    blank = dict.fromkeys(_COLUMNS)
    return result([blank | row for row in (*out, *items)], _COLUMNS)


def _items(rows: pd.DataFrame, keys: dict[str, str]) -> pd.DataFrame:
    """Return a row per series, month and lead."""
    low, high, came = rows["lo80"], rows["hi80"], rows["came"].astype("Float64")
    found = pd.DataFrame(
        {
            "row_key": rows["series_id"].map(keys).astype("str")
            + ("|" + rows["period"].astype("str") + "|" + rows["step"].astype("str")),
            "role": "item",
            "series": rows["series_id"],
            "period": rows["period"],
            "origin": rows["origin"],
            "lead": rows["step"],
            "known_on": rows["known_on"],
            "source": rows["source"],
            "said": rows["mean"],
            "low": low,
            "high": high,
            "level": _LEVEL,
            "came": came,
            "error": rows["error"].astype("Float64"),
            "error_share": (rows["error"] / rows["came"].abs().where(rows["came"] != 0)).astype(
                "Float64"
            ),
            "within": (low <= came) & (came <= high),
            "scale": rows["scale"],
            "method": rows["method"],
            "model": rows["model"],
        }
    )
    found["reason"] = ""
    found.loc[low.isna(), "reason"] = "no interval"
    return found


def _lead(rows: pd.DataFrame, lead: int, period: str, method: str) -> dict[str, Any]:
    """Return what was said of the sum in the period, and how all forecasts of a lead did."""
    held = rows[rows["lead"] == lead]
    key = f"lead-{lead}"
    blank = {"row_key": key, "role": "lead", "lead": lead, "method": method, "period": period}
    if held.empty:
        why = f"nothing was said {lead} month{'' if lead == 1 else 's'} before a month that came"
        return blank | {"series": EVERY_SERIES, "count": 0, "kept_count": 0, "reason": why}
    single = of_series(held.rename(columns={"series": "series_id"}))
    inside = single["within"].dropna()
    whole = records(held[(held["series"] == EVERY_SERIES) & (held["period"] == period)])
    about = whole[0] if whole else {"reason": f"nothing was said of {period}"}
    return {
        **blank,
        **about,
        "row_key": key,
        "role": "lead",
        "series": EVERY_SERIES,
        "count": len(single),
        "kept_count": int((single["source"] == KEPT).sum()),
        **missed(single),
        "covered_share": float(inside.mean()) if len(inside) else None,
    }
