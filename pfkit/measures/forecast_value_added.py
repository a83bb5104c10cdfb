"""Whether each step of forecasting was worth making: its error beside the step before."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pfkit.errors import MeasureError, ParameterError
from pfkit.measures.forecast_replays import FULL, NAIVE, OVERRIDDEN
from pfkit.measures.rows import COUNT, RATE, TEXT, reasons, result, row_keys
from pfkit.measures.vintages.cells import cells, gained, leads_of, missed, of_series, shared

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from pfkit.measures.vintages.signs import Difference

#: Stands for the budget version called plan.
PLAN = "plan"
#: What the steps are called, and the methods that stand for them.
STEPS: Mapping[str, str] = MappingProxyType(
    {
        "naive": NAIVE,
        "budget": PLAN,
        "analyst": "analyst",
        "statistical": FULL,
        "overridden": OVERRIDDEN,
    }
)
_COLUMNS = {
    "row_key": TEXT,
    "step": TEXT,
    "method": TEXT,
    "count": COUNT,
    "series_count": COUNT,
    "periods_count": COUNT,
    "first_period": TEXT,
    "last_period": TEXT,
    "leads": TEXT,
    "error_rate": RATE,
    "scaled_error": RATE,
    "bias_rate": RATE,
    "before": TEXT,
    "added_rate": RATE,
    "added_low_rate": RATE,
    "added_high_rate": RATE,
    "added_naive_rate": RATE,
    "added_naive_low_rate": RATE,
    "added_naive_high_rate": RATE,
    "level": RATE,
    "verdict": TEXT,
    "reason": TEXT,
}
BETTER, WORSE, OPEN = "better", "worse", "not told apart"


def forecast_value_added(
    said: pd.DataFrame,
    known: pd.DataFrame,
    *,
    period: str,
    plan: str | None = "adopted",
    steps: Mapping[str, str] = STEPS,
    leads: int | Sequence[int] = 1,
    level: float = 0.80,
    draws: int = 4000,
    seed: int = 0,
) -> pd.DataFrame:
    r"""Say what each step of forecasting added to the step before, and to doing nothing.

    Use it to drop steps that make forecasts no better; `forecast_register` decides between
    methods.

    Parameters
    ----------
    said : pandas.DataFrame
        Result of `forecast_replays`, every step as a method: what it said with what was known then.
    known : pandas.DataFrame
        Amounts by knowledge date, as ``book.revenue_known``; what came is what stands now.
    period : str
        The last month that has come.
    plan : str, optional
        The budget version called plan, as ``book.plan_version``.
    steps : mapping of str to str
        By step, in order: the method in `said`; ``plan`` stands for the version. The first is what
        doing nothing costs.
    leads : int or sequence of int
        Months ahead that count.
    level : float
        Share of the intervals.
    draws, seed : int
        Subsets of blocks drawn where there are too many to look at all, and their start.

    Returns
    -------
    pandas.DataFrame
        One row per step: ``row_key``, ``step``, ``method``; ``count`` of forecasts compared, of
        ``series_count`` series and ``periods_count`` months from ``first_period`` to
        ``last_period``, ``leads`` months ahead; ``error_rate`` (WAPE: errors over what came),
        ``scaled_error`` (MASE) and ``bias_rate``, a fraction of what came; ``before``: the step it
        is held against; ``added_rate``: how much smaller its error is, in fractions of what came,
        with ``added_low_rate`` and ``added_high_rate``; ``added_naive_rate`` and its bounds: the
        same against the first step; ``level``; ``verdict`` (``better``, ``worse`` than the step
        before, ``not told apart``); ``reason`` why something is NA.

    Raises
    ------
    ContractError
        If a table lacks a column.
    MeasureError
        If there is no step.
    ParameterError
        If `level` is no fraction or a lead is below 1.

    Notes
    -----
    The stairstep report of forecast value added. All steps that say anything are compared on the
    same series, months and leads, those that every one of them speaks about.
    :math:`added = WAPE_{before} - WAPE`. Intervals resample months in pairs, all series of a
    month together; with longer leads blocks of months, twice as many as the longest lead, because
    forecasts that overlap err together. With few blocks there is none.

    References
    ----------
    .. [1] Gilliland (2010), *The Business Forecasting Deal*, ch. 4 (forecast value added).
    .. [2] Hyndman and Koehler (2006), "Another look at measures of forecast accuracy",
       *International Journal of Forecasting* 22, 679-688 (MASE).

    Examples
    --------
    >>> import pandas as pd
    >>> from datetime import date
    >>> from pfkit.measures.forecast_replays import forecast_replays
    >>> months = [f"{year}-{month:02d}" for year in (2024, 2025) for month in range(1, 13)]
    >>> booked = pd.DataFrame({"kind": "actual", "version": "actual", "period": months,
    ...                        "product": "Atlas", "amount": [100.0 + k for k in range(24)],
    ...                        "known_on": [f"{month}-28" for month in months]})
    >>> plan = booked.assign(kind="budget", version="adopted", known_on="2023-12-01")
    >>> known = pd.concat([booked, plan], ignore_index=True)
    >>> said = forecast_replays(known, origins={"2025-10": date(2025, 11, 5)})
    >>> found = forecast_value_added(said, known, period="2025-12")
    >>> found[["step", "error_rate", "added_naive_rate"]].round(3).values.tolist()[1]
    ['budget', 0.0, 0.098]
    """
    if not steps:
        raise MeasureError("there is no step", where="steps", advice="Name at least one method.")
    if not 0 < level < 1:
        raise ParameterError(f"level {level} is no fraction", advice="Write 80 % as 0.80.")
    wanted = leads_of(leads)
    steps = {step: (plan or PLAN) if method == PLAN else method for step, method in steps.items()}
    rows = of_series(cells(said, known, period=period, leads=wanted))
    there = {step: m for step, m in steps.items() if bool((rows["method"] == m).any())}
    both = shared(rows, list(there.values()))
    again = {"leads": wanted, "level": level, "draws": draws, "seed": seed}
    keys = row_keys([(step,) for step in steps])
    out: list[dict[str, Any]] = []
    before = ""
    for key, (step, method) in zip(keys, steps.items(), strict=True):
        row = dict.fromkeys(_COLUMNS) | {"row_key": key, "step": step, "method": method}
        row |= {"leads": ", ".join(map(str, wanted))}
        row |= {"count": 0, "before": before, "level": level, "verdict": "", "reason": ""}
        if step not in there or both.empty:
            row["reason"] = _why(step, there, said, steps)
            out.append(row | {"before": ""})
            continue
        mine = both[both["method"] == method]
        row |= _counted(mine) | missed(mine)
        if before:
            told = gained(both, steps[before], method, **again)  # type: ignore[arg-type]
            plain = gained(both, there[next(iter(there))], method, **again)  # type: ignore[arg-type]
            row |= _bounds("added", told) | _bounds("added_naive", plain)
            row["verdict"], row["reason"] = _verdict(told), _few(told, level)
        before = step
        out.append(row)
    return result(out, _COLUMNS)


def _counted(mine: pd.DataFrame) -> dict[str, Any]:
    return {
        "count": len(mine),
        "series_count": mine["series_id"].nunique(),
        "periods_count": mine["period"].nunique(),
        "first_period": mine["period"].min(),
        "last_period": mine["period"].max(),
    }


def _bounds(name: str, told: Difference | None) -> dict[str, float | None]:
    return {
        f"{name}_rate": None if told is None else told.value,
        f"{name}_low_rate": None if told is None else told.low,
        f"{name}_high_rate": None if told is None else told.high,
    }


def _verdict(told: Difference | None) -> str:
    if told is None or told.low is None or told.high is None:
        return ""
    return BETTER if told.low > 0 else WORSE if told.high < 0 else OPEN


def _few(told: Difference | None, level: float) -> str:
    if told is None:
        return "what came is 0"
    if told.low is not None:
        return ""
    blocks = f"{told.blocks} block{'' if told.blocks == 1 else 's'} of months"
    return f"{blocks}: too few for an interval of {level:.0%}"


def _why(step: str, there: Mapping[str, str], said: pd.DataFrame, steps: Mapping[str, str]) -> str:
    """Return why a step cannot be judged."""
    if step in there:
        return "no series and month that every step speaks about"
    known = bool((said["method"] == steps[step]).any())
    return reasons(
        "it says nothing of a month that has come at these leads" if known else "",
        "" if known else f"no forecast {steps[step]!r} is in the input",
    )
