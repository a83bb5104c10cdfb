"""What an event did to one series, by a structural model and controls the event did not reach."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import norm
from statsmodels.tsa.statespace.structural import UnobservedComponents

from pfkit.errors import ContractError, MeasureError, ParameterError
from pfkit.measures.rows import RATE, TEXT, reasons, require, row_keys
from pfkit.measures.segmented_series import segmented_series

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.measures.medians import Array

_TABLE = "series"
#: Periods needed before the start, and where no controls say how the series would have gone on.
_FEWEST, _FEWEST_ALONE = 12, 24
_SIMULATED = 2000
#: How restless the level may be, and a season: variances of their steps over that of the noise.
_RATIOS = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
_SEASONAL = (0.0, 0.003, 0.03)
#: Where a line goes on, fewer that stand for no restlessness, and more for a level that wanders.
_RATIOS_ALONE = (0.0, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
#: A model fits when its one-step error is no more of the level.
FIT = 0.10


@dataclass(frozen=True)
class InterruptedSeries:
    """The effect of an event on one series.

    Parameters
    ----------
    effect, low, high : float
        Mean per period from the start, in the unit of the value.
    total, total_low, total_high : float
        All periods from the start together.
    p_value : float
        How likely so much is without any effect, either way.
    misfit_rate : float
        One-step error before the start, as a fraction of the level.
    verdict : str
        ``supported`` or ``not_identified``.
    reason : str
        Why.
    periods : pandas.DataFrame
        From the start: ``row_key``, ``period``, ``actual``, ``counterfactual``, ``low``, ``high``,
        ``difference``.
    terms : pandas.DataFrame
        Of a segmented regression: ``row_key``, ``term`` (``level``, ``trend``, ``level_change``,
        ``trend_change``, ``trend_after``), ``value``, ``error`` (Newey-West).
    """

    effect: float
    low: float
    high: float
    total: float
    total_low: float
    total_high: float
    p_value: float
    misfit_rate: float
    verdict: str
    reason: str
    periods: pd.DataFrame
    terms: pd.DataFrame = field(default_factory=pd.DataFrame)


def interrupted_series(
    table: pd.DataFrame,
    *,
    start: object,
    controls: Sequence[str] = (),
    period: str = "period",
    value: str = "amount",
    season: int | None = None,
    lags: int | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> InterruptedSeries:
    r"""Say what an event did to a series, by what it and its controls did before.

    Use it where everyone was reached at once and no unit is left to compare with. Controls must be
    series that the event could not move; without any, the line before the start goes on.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per period, in order.
    start : object
        The first period after the event.
    controls : sequence of str
        Columns that move with the series and were not reached.
    period, value : str
        Columns of the table.
    season : int, optional
        Periods of a season, such as 12 or 7; needs two seasons before the start.
    lags : int, optional
        Periods over which errors of `terms` may be related; without it the whole part of
        :math:`4 (n / 100)^{2/9}`.
    level : float
        How often the intervals are to hold what there was.
    seed : int
        Of the paths that intervals are made of.

    Returns
    -------
    InterruptedSeries
        Per period and in total, with the path that would have been, and the lines before and after.

    Raises
    ------
    ContractError
        If a column is missing, a period repeats, or there are fewer than 12 periods (24 without
        controls), or two seasons, before the start.
    MeasureError
        If a value or control is missing or not finite.
    ParameterError
        If `start`, `season`, `lags` or `level` cannot be.

    Notes
    -----
    A local level with regression on the controls (`statsmodels` UnobservedComponents) before the
    start, values and controls standardized. How restless the level is, few periods do not tell: a
    maximum of likelihood often says not at all, and intervals become too narrow. So the likelihood
    is averaged over a grid of the ratio of variances, and what would have been is simulated from
    all of it, with the uncertainty of level, noise, scale and of the coefficients, which are part
    of the state. Without controls the level also has a slope, or a trend that was there anyway
    would count as an effect. ``supported`` needs a one-step error of at most 10 % of the level
    before, and an interval without 0.

    ``terms`` are those of a segmented regression, :math:`y_t = b_0 + b_1 t + b_2 D_t + b_3 D_t
    (t - t_0)` with :math:`D` one from the start :math:`t_0`, controls and seasons beside them. They
    say whether the level moved, or the slope. Intervals are not made of their errors: in short
    series whose errors persist these are far too small, and a test at 10 % would claim an effect
    where there is none in 15 % of series of noise and in half of those whose level wanders.

    References
    ----------
    .. [1] Brodersen, Gallusser, Koehler, Remy and Scott (2015), "Inferring causal impact using
       Bayesian structural time-series models", *Annals of Applied Statistics* 9, 247-274.
    .. [2] Linden (2015), "Conducting interrupted time-series analysis for single- and
       multiple-group comparisons", *Stata Journal* 15, 480-500.

    Examples
    --------
    >>> days = range(60)
    >>> sold = pd.DataFrame({"period": days, "other": [100 + (7 * k) % 11 for k in days]})
    >>> sold["amount"] = [2.0 * x + (3 * k) % 5 / 5 + (k >= 50) * 9
    ...                   for k, x in zip(days, sold["other"])]
    >>> found = interrupted_series(sold, start=50, controls=["other"])
    >>> round(found.effect), found.verdict
    (9, 'supported')
    """
    no_season = season is not None and season < 2  # noqa: PLR2004 - a season has two
    if not 0 < level < 1 or no_season or (lags is not None and lags < 0):
        raise ParameterError(
            f"level {level!r} with season {season!r} and lags {lags!r} cannot be",
            advice="Use a share such as 0.95, a season of two periods or more, and no lag or more.",
        )
    require(table, [period, value, *controls], name=_TABLE)
    names = table[period].astype(str).tolist()
    if len(set(names)) < len(names):
        raise ContractError(
            "a period stands twice", where=_TABLE, advice="Give one row per period."
        )
    if str(start) not in names:
        raise ParameterError(
            f"start {start!r} is no period of the series",
            advice=f"It has {names[0]} to {names[-1]}.",
        )
    before = names.index(str(start))
    needed = max(_FEWEST if controls else _FEWEST_ALONE, 2 * (season or 0))
    if before < needed:
        raise ContractError(
            f"{before} periods before the start are fewer than {needed}",
            where=_TABLE,
            advice="Give a longer history."
            if controls
            else "Give a longer history, or controls: a line needs one to be told from chance.",
        )
    actual, others = _numbers(table, [value])[:, 0], _numbers(table, controls)
    paths, misfit = _paths(actual, others, before, season, seed)
    terms = segmented_series(actual, others, before, season=season, lags=lags)
    found = _told(names[before:], actual[before:], paths, misfit, level)
    return replace(found, terms=terms)


def _paths(
    actual: Array, others: Array, before: int, season: int | None, seed: int
) -> tuple[Array, float]:
    """Return simulated paths of what would have been, and the one-step error before the start."""
    center, scale = actual[:before].mean(), actual[:before].std() or 1.0
    middle, width = others[:before].mean(0), others[:before].std(0)
    kept = width > 0
    given, alone = (others[:, kept] - middle[kept]) / width[kept], not others.shape[1]
    exog = given if given.shape[1] else None
    model = UnobservedComponents(
        (actual[:before] - center) / scale,
        level="local linear deterministic trend" if alone else "local level",
        seasonal=season,
        exog=None if exog is None else exog[:before],
        mle_regression=False,
    )
    burn = (0 if exog is None else exog.shape[1]) + alone + (season or 1)
    likely = _likely(model, burn, _RATIOS_ALONE if alone else _RATIOS)
    ahead, later = len(actual) - before, None if exog is None else exog[before:]
    dice = np.random.default_rng(seed)
    counts = dice.multinomial(_SIMULATED, [weight for weight, _, _ in likely])
    paths, middle, square = [], np.zeros(ahead), 0.0
    for count, (weight, params, left) in zip(counts, likely, strict=True):
        then = model.smooth(params)
        center_here = np.asarray(then.forecast(ahead, exog=later))
        middle += weight * center_here
        square += weight * left
        if count:
            # The scale is not known either: its draws make the tails those of a t distribution.
            wide = np.sqrt((before - burn) / dice.chisquare(before - burn, size=int(count)))
            drawn = then.simulate(ahead, repetitions=int(count), anchor="end", exog=later, rng=dice)
            some = np.asarray(drawn).reshape(ahead, -1).T
            paths.append(center_here + (some - center_here) * wide[:, None])
    every = np.concatenate(paths)
    every = (every - every.mean(0) + middle) * scale + center
    return every, float(np.sqrt(square)) * scale / (abs(float(center)) or 1.0)


def _likely(
    model: UnobservedComponents, burn: int, levels: tuple[float, ...]
) -> list[tuple[float, Array, float]]:
    """Return weight, variances and mean square one-step error by how restless level and season are.

    The variance of the noise is the one that fits best given the ratios of the others to it.
    """
    found, logs = [], []
    count = len(model.param_names) - 1
    for ratios in product(levels, *([_SEASONAL] * (count - 1))):
        unit = model.filter(np.array([1.0, *ratios])).filter_results
        error = unit.forecasts_error[0, burn:]
        spread = unit.forecasts_error_cov[0, 0, burn:]
        noise = float(np.mean(np.square(error) / spread))
        logs.append(-len(error) / 2 * np.log(noise) - np.log(spread).sum() / 2)
        found.append((np.array([1.0, *ratios]) * noise, float(np.square(error).mean())))
    weights = np.exp(np.array(logs) - max(logs))
    weights /= weights.sum()
    return [(float(w), *one) for w, one in zip(weights, found, strict=True)]


def _told(
    names: list[str],
    actual: Array,
    paths: Array,
    misfit: float,
    level: float,
) -> InterruptedSeries:
    tails = [(1 - level) / 2, (1 + level) / 2]
    gaps = (actual[None, :] - paths).mean(1)
    effect, (low, high) = float(gaps.mean()), np.quantile(gaps, tails)
    spread = float(gaps.std())
    p_value = float(2 * norm.sf(abs(effect) / spread)) if spread > 0 else float(effect == 0)
    why = reasons(
        f"the model misses the level before the start by {misfit:.0%}" if misfit > FIT else "",
        f"so much comes by chance in {p_value:.0%} of cases" if low <= 0 <= high else "",
    )
    count = len(names)
    bounds = np.quantile(paths, tails, axis=0)
    middle = paths.mean(0)
    table = pd.DataFrame(
        {
            "row_key": row_keys([(name,) for name in names]),
            "period": names,
            "actual": actual,
            "counterfactual": middle,
            "low": bounds[0],
            "high": bounds[1],
            "difference": actual - middle,
        }
    )
    numbers = dict.fromkeys(table.columns[2:], RATE)
    return InterruptedSeries(
        effect=effect,
        low=float(low),
        high=float(high),
        total=effect * count,
        total_low=float(low) * count,
        total_high=float(high) * count,
        p_value=p_value,
        misfit_rate=misfit,
        verdict="not_identified" if why else "supported",
        reason=why,
        periods=table.astype({"row_key": TEXT, "period": TEXT, **numbers}),
    )


def _numbers(table: pd.DataFrame, columns: Sequence[str]) -> Array:
    found = [table[column].to_numpy(dtype="float64", na_value=np.nan) for column in columns]
    for column, values in zip(columns, found, strict=True):
        bad = ~np.isfinite(values)
        if bad.any():
            raise MeasureError(
                f"{column} is missing or not finite in {int(bad.sum())} of {len(values)} periods",
                where=f"{_TABLE}, row {int(np.flatnonzero(bad)[0])}",
                advice="Fill the gaps, or use another control.",
            )
    return np.column_stack(found) if found else np.empty((len(table), 0))
