"""A log-log regression over time: levels or differences, season, lags, errors that remember."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pfkit.measures.structural.diagnosis import SURE, root

if TYPE_CHECKING:
    from pfkit.measures.medians import Array, Flags

#: A driver that spreads less than this (1 %), or changes in fewer periods, tells nothing.
LEAST_SPREAD, LEAST_CHANGES = 0.01, 4
#: Values beyond what is estimated that a regression needs.
SPARE = 8
#: A driver that the others tell to this share cannot be told from them (variance inflation 10).
MOST_SHARED = 0.90
_SAME = 1e-12
#: Lags of the errors over the root of their number; draws of a t statistic; their seed.
BREADTH, DRAWS, _SEED = 1.3, 2000, 0
_MOST_FOLLOW = 0.9


@dataclass(frozen=True)
class Regression:
    """What a regression says of each driver.

    Parameters
    ----------
    form : str
        Levels or differences, and why.
    now, whole : numpy.ndarray
        The elasticity within a period, and with all lags.
    now_error, whole_error : numpy.ndarray
        Their standard errors.
    draws : numpy.ndarray
        Per driver, absolute t statistics as they come where the elasticity is the true one: within
        a period, then with all lags.
    count, memory : int
        Periods used, and lags of the errors that were let in.
    seasonal : bool
        Whether there were dummies of the season.
    """

    form: str
    now: Array
    whole: Array
    now_error: Array
    whole_error: Array
    draws: tuple[Array, Array]
    count: int
    memory: int
    seasonal: bool


def refusal(drivers: Array, names: list[str], count: int, needed: int) -> str:
    """Return why there is no elasticity, empty where there may be one.

    Parameters
    ----------
    drivers : numpy.ndarray
        Logarithms, one column per driver.
    names : list of str
        The drivers.
    count, needed : int
        Periods there are, and periods there must be.
    """
    if count < needed:
        verb = "period is" if count == 1 else "periods are"
        return f"{count} {verb} too few, {needed} are needed"
    for place, name in enumerate(names):
        own = drivers[:, place]
        changes = int((np.abs(np.diff(own)) > _SAME).sum())
        if float(own.std()) < LEAST_SPREAD:
            return f"{name} hardly varied: its spread is {100 * float(own.std()):.2f} %"
        if changes < LEAST_CHANGES:
            times = "once" if changes == 1 else f"{changes} times"
            return f"{name} changed {times}: what a change did is told by explain_series, as a step"
    return ""


def together(drivers: Array, names: list[str], base: Array) -> str:
    """Return which drivers cannot be told from others, empty where all can."""
    for place, name in enumerate(names):
        own = _left(drivers[:, place], base)
        spread = float((own**2).sum())
        others = np.delete(drivers, place, axis=1)
        left = _left(drivers[:, place], np.column_stack([base, others]))
        share = 1 - float((left**2).sum()) / spread if spread > _SAME else 1.0
        if share > MOST_SHARED:
            what = "the season and the trend" if spread <= _SAME else "the other drivers"
            return f"{name} moves with {what} ({100 * share:.1f} % of it): they are not told apart"
    return ""


def regress(
    values: Array, drivers: Array, at: Array, season: int, *, lags: int, seasonal: bool
) -> Regression | str:
    """Return elasticities of one series, or why there are none.

    Parameters
    ----------
    values, drivers : numpy.ndarray
        Logarithms; one row per period that is known.
    at : numpy.ndarray
        Running number of each period, rising.
    season : int
        Periods in a year.
    lags : int
        Earlier periods of every driver that count.
    seasonal : bool
        Whether there are dummies of the season.
    """
    import statsmodels.api as sm  # noqa: PLC0415 - slow to load

    differenced, form, leads = _form(values, drivers, at, season, seasonal=seasonal)
    held, target, columns = _rows(values, drivers, at, lags, differenced=differenced, leads=leads)
    base = _base(at[held], season, seasonal=seasonal, line=not differenced)
    kept = columns[held]
    width = drivers.shape[1]
    many = base.shape[1] + kept.shape[1]
    count = int(held.sum())
    if count < many + SPARE:
        unit = "changes" if differenced else "periods"
        return f"{count} {unit} are too few for {many} figures"
    names = [f"driver {k + 1}" for k in range(kept.shape[1])]
    if together(kept, names, base):
        return "drivers and their lags move together, and are not told apart"
    memory = min(round(BREADTH * np.sqrt(count)), count // 3)
    design = np.column_stack([kept, base])
    found = sm.OLS(target[held], design).fit(
        cov_type="HAC", cov_kwds={"maxlags": memory, "use_correction": True}
    )
    own = width * (lags + 1)
    now: Array = np.eye(many)[:width]
    every = np.kron(np.ones((1, lags + 1)), np.eye(width))
    whole: Array = np.column_stack([every, np.zeros((width, many - own))])
    covariance = np.asarray(found.cov_params())
    errors = np.asarray(found.resid, dtype=float)
    return Regression(
        form,
        now @ found.params,
        whole @ found.params,
        np.sqrt(np.diag(now @ covariance @ now.T)),
        np.sqrt(np.diag(whole @ covariance @ whole.T)),
        (_draws(design, errors, now, memory), _draws(design, errors, whole, memory)),
        count,
        memory,
        seasonal,
    )


def _draws(design: Array, errors: Array, sums: Array, memory: int) -> Array:
    """Return absolute t statistics of sums of coefficients under errors that remember as these.

    Errors are drawn with the first autocorrelation of the residuals, less what the regression
    itself puts into them; each draw is regressed on the same columns with the same lags.
    """
    count, many = design.shape
    basis, _ = np.linalg.qr(design)
    steps = np.abs(np.subtract.outer(np.arange(count), np.arange(count)))
    kernel = np.maximum(1 - steps / (memory + 1), 0.0) * count / (count - many)
    drawn = np.random.default_rng(_SEED).standard_normal((DRAWS, count))
    follow = _follow(errors, basis)
    for place in range(1, count):
        drawn[:, place] = follow * drawn[:, place - 1] + np.sqrt(1 - follow**2) * drawn[:, place]
    left = drawn - (drawn @ basis) @ basis.T
    found = []
    for weights in (design @ np.linalg.pinv(design.T @ design) @ sums.T).T:
        scores = left * weights
        spread = ((scores @ kernel) * scores).sum(1)
        found.append(np.abs(drawn @ weights) / np.sqrt(np.maximum(spread, _SAME**2)))
    return np.sort(np.array(found), axis=1)


def _follow(errors: Array, basis: Array) -> float:
    """Return the first autocorrelation of errors, from that of residuals."""
    size = float((errors**2).sum())
    if size == 0:
        return 0.0
    seen = float((errors[1:] * errors[:-1]).sum()) / size
    shift = np.eye(len(errors), k=1)
    project = np.eye(len(errors)) - basis @ basis.T
    put_in = float(np.trace(project @ shift @ project)) / float(np.trace(project))
    return float(np.clip(seen - put_in, -_MOST_FOLLOW, _MOST_FOLLOW))


def _form(
    values: Array, drivers: Array, at: Array, season: int, *, seasonal: bool
) -> tuple[bool, str, bool]:
    """Return whether to difference, in words, and whether leads are needed.

    Unit roots are looked for once season and line are out; two that wander count in levels only
    where they share a path.
    """
    from statsmodels.tsa.stattools import coint  # noqa: PLC0415 - slow to load

    base = _base(at, season, seasonal=seasonal, line=True)
    own = _left(values, base)
    wanders = root(own, "ct") >= SURE
    walks = [root(_left(driver, base), "ct") >= SURE for driver in drivers.T]
    if not wanders and not any(walks):
        return False, "levels: nothing wanders", False
    if wanders and all(walks):
        left = np.column_stack([_left(driver, base) for driver in drivers.T])
        shared = float(coint(own, left, trend="ct", maxlag=1, autolag=None)[1])
        if shared < SURE:
            return False, f"levels: they wander together (Engle-Granger, p {shared:.3f})", True
        return True, f"first differences: they wander apart (Engle-Granger, p {shared:.2f})", False
    who = "the series wanders" if wanders else "a driver wanders"
    return True, f"first differences: {who}", False


def _rows(
    values: Array, drivers: Array, at: Array, lags: int, *, differenced: bool, leads: bool
) -> tuple[Flags, Array, Array]:
    """Return which rows can be used, what is explained and by what, over all periods."""
    place = at - at[0]
    length = int(place[-1]) + 1
    target, wide = np.full(length, np.nan), np.full((length, drivers.shape[1]), np.nan)
    target[place], wide[place] = values, drivers
    change = np.diff(wide, axis=0, prepend=np.nan)
    if differenced:
        target, wide = np.diff(target, prepend=np.nan), change
    parts = [_later(wide, lag) for lag in range(lags + 1)]
    if leads:  # changes around keep a shared path's errors apart from the drivers
        parts += [_later(change, 1), change, _later(change, -1)]
    columns = np.column_stack(parts)
    held = np.isfinite(target) & np.isfinite(columns).all(1)
    known = np.zeros(length, dtype=bool)
    known[place] = True
    keep = held[known]
    return keep, target[known], columns[known]


def _later(columns: Array, by: int) -> Array:
    found = np.full_like(columns, np.nan)
    if by > 0:
        found[by:] = columns[:-by]
    elif by < 0:
        found[:by] = columns[-by:]
    else:
        found[:] = columns
    return found


def _base(at: Array, season: int, *, seasonal: bool, line: bool) -> Array:
    """Return a constant, a line, and one dummy per period of the year but one."""
    parts = [np.ones(len(at))]
    if line:
        parts.append((at - at.mean()) / max(float(np.ptp(at)), 1.0))
    if seasonal:
        month = (at % season)[:, None] == np.arange(1, season)[None, :]
        parts += list(month[:, month.any(0)].T.astype(float))
    return np.column_stack(parts)


def _left(values: Array, base: Array) -> Array:
    beta, *_ = np.linalg.lstsq(base, values, rcond=None)
    return np.asarray(values - base @ beta)
