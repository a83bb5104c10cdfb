"""What an event did to the units it reached, beside units it did not: synthetic DiD and its kin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import norm

from pfkit.errors import ContractError, ParameterError
from pfkit.measures.effect.panel import panel
from pfkit.measures.effect.synthetic import METHODS, fit
from pfkit.measures.rows import RATE, TEXT, reasons, row_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.measures.effect.panel import Panel
    from pfkit.measures.effect.synthetic import Fit, Method
    from pfkit.measures.medians import Array, Flags

#: A donor fits when it misses by no more of the level before, and chance this seldom does as much.
FIT, CHANCE = 0.10, 0.10
_FEWEST, _FEWEST_PLACEBOS = 2, 10


@dataclass(frozen=True)
class PanelEffect:
    """The effect of one event, with what it rests on.

    Parameters
    ----------
    method : str
        How it was measured.
    effect, low, high : float
        Mean per period from the start, per treated unit, in the unit of the value; `low` and
        `high` NaN where there are too few donors to tell.
    error : float
        Its standard error.
    p_value : float
        How often a donor that nothing happened to shows as much.
    misfit_rate : float
        How far off the donors were before the start, as a fraction of the level.
    verdict : str
        ``supported`` or ``not_identified``.
    reason : str
        Why.
    periods : pandas.DataFrame
        ``row_key``, ``period``, ``actual``, ``counterfactual``, ``difference``, ``weight`` (of
        periods before the start), ``after``.
    units : pandas.DataFrame
        Donors: ``row_key``, ``unit``, ``weight``, heaviest first.
    """

    method: str
    effect: float
    low: float
    high: float
    error: float
    p_value: float
    misfit_rate: float
    verdict: str
    reason: str
    periods: pd.DataFrame
    units: pd.DataFrame


def panel_effect(
    table: pd.DataFrame,
    *,
    treated: str | Sequence[str],
    start: object,
    method: Method = "synthetic_did",
    unit: str = "unit",
    period: str = "period",
    value: str = "amount",
    level: float = 0.90,
    draws: int = 200,
    seed: int = 0,
) -> PanelEffect:
    """Say what an event did to the units it reached, by units that it did not reach.

    Use it for a release or a price change that came to a whole region, product or segment at once;
    for a feature that customers took up one after the other use `staggered_did`.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per unit and period, every unit in every period.
    treated : str or sequence of str
        The units reached.
    start : object
        The first period after the event.
    method : {"synthetic_did", "synthetic_control", "did"}
        How donors are weighed; ``did`` believes that all moved in parallel.
    unit, period, value : str
        Columns of the table.
    level : float
        How often the interval is to hold the effect.
    draws : int
        Sets of placebos, where more than one unit is treated.
    seed : int
        Of these sets.

    Returns
    -------
    PanelEffect
        The effect, its interval, and the tables behind it.

    Raises
    ------
    ContractError
        If the panel has holes, a unit is not known, or there are fewer than two donors or periods
        before the start.
    MeasureError
        If a value is missing or not finite.
    ParameterError
        If `method`, `level` or `start` cannot be.

    Notes
    -----
    The standard error is the spread of placebo effects: each donor in turn (or random sets of as
    many donors as are treated) is taken as if reached. The interval is normal. `p_value` counts
    placebos with as large an effect; of ``synthetic_control``, with as large a ratio of the gap
    after to the gap before. ``supported`` needs donors that miss the level before the start by no
    more than 10 %, a p-value of .10 or less, and an interval without 0.

    References
    ----------
    .. [1] Arkhangelsky, Athey, Hirshberg, Imbens and Wager (2021), "Synthetic
       difference-in-differences", *American Economic Review* 111, 4088-4118.
    .. [2] Abadie, Diamond and Hainmueller (2010), "Synthetic control methods for comparative case
       studies", *Journal of the American Statistical Association* 105, 493-505.

    Examples
    --------
    >>> rows = [(u, t, 10.0 * k + t + (u == "North" and t > 4) * 6.0)
    ...         for k, u in enumerate(["North", "East", "South", "West"]) for t in range(1, 9)]
    >>> found = panel_effect(pd.DataFrame(rows, columns=["unit", "period", "amount"]),
    ...                      treated="North", start=5)
    >>> round(found.effect, 6), found.verdict
    (6.0, 'not_identified')
    >>> found.reason
    '3 donors are too few to tell an effect from chance'
    """
    if method not in METHODS:
        raise ParameterError(f"method {method!r} is not known", advice=f"Use {', '.join(METHODS)}.")
    if not 0 < level < 1:
        raise ParameterError(f"level {level!r} cannot be", advice="Use a share such as 0.90.")
    read = panel(table, unit=unit, period=period, value=value, drop=False)
    mine, before = _split(read, treated, start)
    found = fit(read.amounts[mine], read.amounts[~mine], before, method)
    placebos = _placebos(
        read.amounts[~mine], int(mine.sum()), before, method=method, draws=draws, seed=seed
    )
    return _told(read, mine, found, placebos, method=method, level=level)


def _split(read: Panel, treated: str | Sequence[str], start: object) -> tuple[Flags, int]:
    wanted = [treated] if isinstance(treated, str) else [str(name) for name in treated]
    unknown = [name for name in wanted if name not in read.units]
    if unknown or not wanted:
        raise ContractError(
            f"unit {unknown[0]!r} is not there" if unknown else "no unit is treated",
            where="panel",
            advice=f"It has {', '.join(read.units[:5])}.",
        )
    if str(start) not in read.periods:
        raise ParameterError(
            f"start {start!r} is no period of the panel",
            advice=f"Use one from {read.periods[0]} to {read.periods[-1]}.",
        )
    mine, before = np.isin(read.units, wanted), read.periods.index(str(start))
    if before < _FEWEST or int((~mine).sum()) < _FEWEST:
        raise ContractError(
            f"{int((~mine).sum())} donors and {before} periods before {start} cannot say what "
            "would have been",
            where="panel",
            advice="Give at least two of each.",
        )
    return np.asarray(mine), before


def _placebos(
    donors: Array, count: int, before: int, *, method: Method, draws: int, seed: int
) -> list[Fit]:
    """Return the fits of donors taken as if the event had reached them."""
    if len(donors) - count < _FEWEST:
        return []
    if count == 1:
        sets = np.arange(len(donors))[:, None]
    else:
        dice = np.random.default_rng(seed)
        sets = np.argsort(dice.random((draws, len(donors))), axis=1)[:, :count]
    return [fit(donors[some], np.delete(donors, some, axis=0), before, method) for some in sets]


def _told(
    read: Panel, mine: Flags, found: Fit, placebos: list[Fit], *, method: Method, level: float
) -> PanelEffect:
    enough = len(placebos) >= _FEWEST_PLACEBOS
    chance = np.array([one.effect for one in placebos])
    error = float(np.sqrt(np.square(chance - chance.mean()).mean())) if enough else np.nan
    if method == "synthetic_control":
        worse = sum(one.ratio >= found.ratio for one in placebos)
    else:
        worse = int((np.abs(chance) >= abs(found.effect)).sum())
    p_value = (1 + worse) / (1 + len(placebos)) if enough else np.nan
    level_before = abs(float(read.amounts[mine][:, : found.before].mean()))
    misfit = found.misfit / level_before if level_before > 0 else np.inf
    reach = float(norm.ppf(0.5 + level / 2)) * error
    why = reasons(
        f"{int((~mine).sum())} donors are too few to tell an effect from chance"
        if not enough
        else "",
        f"donors miss the level before the start by {misfit:.0%}" if misfit > FIT else "",
        f"{p_value:.0%} of units that nothing happened to show as much"
        if enough and p_value > CHANCE
        else "",
        "the interval holds 0" if abs(found.effect) <= reach else "",
    )
    return PanelEffect(
        method=method,
        effect=found.effect,
        low=found.effect - reach,
        high=found.effect + reach,
        error=error,
        p_value=p_value,
        misfit_rate=misfit,
        verdict="not_identified" if why else "supported",
        reason=why,
        periods=_periods(read, mine, found),
        units=_units(read, mine, found),
    )


def _periods(read: Panel, mine: Flags, found: Fit) -> pd.DataFrame:
    after = np.arange(len(read.periods)) >= found.before
    weight = np.full(len(after), np.nan)
    weight[~after] = found.times
    return pd.DataFrame(
        {
            "row_key": row_keys([(name,) for name in read.periods]),
            "period": read.periods,
            "actual": read.amounts[mine].mean(0),
            "counterfactual": found.instead,
            "difference": found.gap,
            "weight": pd.Series(pd.array(weight, dtype="Float64")).mask(after),
            "after": pd.array(after, dtype="boolean"),
        }
    ).astype(
        {
            "row_key": TEXT,
            "period": TEXT,
            "actual": RATE,
            "counterfactual": RATE,
            "difference": RATE,
        }
    )


def _units(read: Panel, mine: Flags, found: Fit) -> pd.DataFrame:
    names = np.array(read.units, dtype=object)[~mine]
    rows = pd.DataFrame({"unit": names, "weight": found.units})
    rows = rows.sort_values(["weight", "unit"], ascending=[False, True], ignore_index=True)
    rows.insert(0, "row_key", row_keys([(name,) for name in rows["unit"]]))
    return rows.astype({"row_key": TEXT, "unit": TEXT, "weight": RATE})
