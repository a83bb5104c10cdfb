"""A line before an event and another from it on: levels, slopes and how both change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pfkit.measures.rows import RATE, TEXT, row_keys

if TYPE_CHECKING:
    from pfkit.measures.medians import Array

#: Periods from the start that a slope of their own needs.
_SLOPED = 3


def segmented_series(
    actual: Array, others: Array, before: int, *, season: int | None = None, lags: int | None = None
) -> pd.DataFrame:
    r"""Fit a line before the start, and the change of its level and slope from there.

    Parameters
    ----------
    actual : numpy.ndarray
        The series.
    others : numpy.ndarray
        Periods × controls.
    before : int
        Periods before the start.
    season : int, optional
        Periods of a season.
    lags : int, optional
        Of the errors; without it the whole part of :math:`4 (n / 100)^{2/9}`.

    Returns
    -------
    pandas.DataFrame
        One row per term: ``row_key``, ``term`` (``level`` of the first period, ``trend`` per
        period, ``level_change`` at the start, ``trend_change``, and ``trend_after``, the sum of
        both trends), ``value`` and ``error`` in the unit of the series.

    Notes
    -----
    :math:`y_t = b_0 + b_1 t + b_2 D_t + b_3 D_t (t - t_0)`, with :math:`D` one from the start
    :math:`t_0`, controls and seasons less their mean; below three periods from there :math:`b_3` is
    left out. Errors are those of Newey and West with the factor :math:`n / (n - k)`.

    References
    ----------
    .. [1] Linden (2015), "Conducting interrupted time-series analysis for single- and
       multiple-group comparisons", *Stata Journal* 15, 480-500.
    .. [2] Wagner, Soumerai, Zhang and Ross-Degnan (2002), "Segmented regression analysis of
       interrupted time series studies in medication use research", *Journal of Clinical Pharmacy
       and Therapeutics* 27, 299-309.

    Examples
    --------
    >>> sold = np.array([*range(20), *range(25, 35)]) * 1.0
    >>> found = segmented_series(sold, np.empty((30, 0)), 20)
    >>> dict(zip(found["term"], found["value"].round().astype(int), strict=True))
    {'level': 0, 'trend': 1, 'level_change': 5, 'trend_change': 0, 'trend_after': 1}
    """
    count = len(actual)
    design, asked = _design(count, before, others, season)
    weights = np.linalg.pinv(design)
    values = weights @ actual
    left = actual - design @ values
    pulls = np.array(list(asked.values())) @ weights
    memory = int(4 * (count / 100) ** (2 / 9)) if lags is None else lags
    errors = _errors(pulls * left, memory) * np.sqrt(count / max(count - design.shape[1], 1))
    table = pd.DataFrame(
        {
            "row_key": row_keys([(name,) for name in asked]),
            "term": list(asked),
            "value": pulls @ actual,
            "error": errors,
        }
    )
    return table.astype({"row_key": TEXT, "term": TEXT, "value": RATE, "error": RATE})


def _design(
    count: int, before: int, others: Array, season: int | None
) -> tuple[Array, dict[str, Array]]:
    """Return the columns of the regression, and which of their sums are asked for."""
    at = np.arange(count)
    columns = [np.ones(count), at, at >= before]
    if count - before >= _SLOPED:
        columns.append(np.maximum(at - before, 0))
    lines = len(columns)
    columns += list((others - others.mean(0)).T)
    if season is not None:
        turn = np.eye(season)[at % season]
        columns += list((turn[:, 1:] - turn[:, :1]).T)
    unit = np.eye(len(columns))
    names = ["level", "trend", "level_change", "trend_change"][:lines]
    asked = dict(zip(names, unit[:lines], strict=True))
    if "trend_change" in asked:
        asked["trend_after"] = asked["trend"] + asked["trend_change"]
    return np.column_stack(columns).astype(np.float64), asked


def _errors(scores: Array, memory: int) -> Array:
    """Return errors of Newey and West from what each period adds to each term."""
    found = np.square(scores).sum(1)
    for lag in range(1, memory + 1):
        shared = (scores[:, lag:] * scores[:, :-lag]).sum(1)
        found += 2 * (1 - lag / (memory + 1)) * shared
    return np.asarray(np.sqrt(np.maximum(found, 0.0)))
