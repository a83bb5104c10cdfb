"""Why a series is what it is: trend, season, drivers and interventions, each with its amount."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pfkit.errors import ParameterError
from pfkit.measures.forecast import levels_of
from pfkit.measures.structural.causes import read_drivers, read_interventions
from pfkit.measures.structural.choice import choose, regressors
from pfkit.measures.structural.contributions import contributions
from pfkit.measures.structural.diagnosis import (
    collinear,
    residual_findings,
    season_told,
    spurious,
)
from pfkit.measures.structural.subject import Finding, subject
from pfkit.measures.structural.told import (
    ahead_table,
    causes_table,
    coefficients_table,
    decomposition_table,
    diagnostics_table,
    summary_table,
)

if TYPE_CHECKING:
    from typing import Literal

    import pandas as pd

    from pfkit.measures.structural.causes import Drivers
    from pfkit.measures.structural.subject import Subject


@dataclass(frozen=True)
class ExplainedSeries:
    """What moved a series, as tables; each has ``row_key`` first.

    Attributes
    ----------
    summary : pandas.DataFrame
        One row: ``series``, ``model`` (components or sarimax), ``form`` in words, ``scale`` (raw or
        log), ``why`` these, ``fallback`` (what failed, and what stands in its place; empty where
        nothing did), ``n`` values known, ``missing`` periods, ``freedom`` values beyond what was
        estimated.
    decomposition : pandas.DataFrame
        One row per period: ``actual``, ``trend``, ``season``, a column per driver and intervention,
        and ``rest``, in the unit of the series; they add up to the actual. NA, with ``reason``,
        where there is no actual.
    coefficients : pandas.DataFrame
        One row per driver and intervention: ``kind``, how it ``enters``, ``coefficient`` with its
        standard ``error``, ``low``, ``high`` and ``p``; ``effect_rate``, the fraction by which an
        intervention moves the series on the log scale; ``reference``, the driver's value at which
        it contributes nothing; ``meaning`` of the coefficient in words.
    causes : pandas.DataFrame
        What changed the series from one stretch to the next, the last year to the year before where
        there are two: one row per part, the largest first, and a total. ``before``, ``after`` and
        ``change`` in the unit of the series; ``low`` and ``high`` of the change of a driver,
        intervention, trend or season; ``before_span`` and ``after_span``.
    diagnostics : pandas.DataFrame
        One row per check: ``state`` (green or amber), ``text`` in words, ``statistic`` and ``p``.
    forecast : pandas.DataFrame
        One row per period ahead: ``step``, ``period``, ``mean``, ``low``, ``high`` and ``level``.
        No row where drivers are given and their future is not.
    """

    summary: pd.DataFrame
    decomposition: pd.DataFrame
    coefficients: pd.DataFrame
    causes: pd.DataFrame
    diagnostics: pd.DataFrame
    forecast: pd.DataFrame


def explain_series(
    table: pd.DataFrame,
    *,
    drivers: pd.DataFrame | None = None,
    interventions: pd.DataFrame | None = None,
    future: pd.DataFrame | None = None,
    value: str | None = None,
    horizon: int | None = None,
    level: float = 0.80,
    model: Literal["auto", "components", "sarimax"] = "auto",
    scale: Literal["auto", "raw", "log"] = "auto",
    freq: Literal["M", "Q"] | None = None,
) -> ExplainedSeries:
    r"""Explain one series by trend, season, drivers and interventions, and carry it on.

    Use it to argue about one number: what a price change did, what is season, what is left over;
    `forecast` is for many series, and says what comes without saying why.

    Parameters
    ----------
    table : pandas.DataFrame
        ``period`` (``2011-06``, ``2011Q2`` or a day) and a value, such as ``book.revenue``; rows of
        a period are added up. Periods without a row are missing values, and nothing is filled in.
    drivers : pandas.DataFrame, optional
        One row per period of the series: ``period``, and a column of numbers per driver.
    interventions : pandas.DataFrame, optional
        One row each: ``name``; ``kind``: ``step`` (from then on), ``pulse`` (that period) or
        ``ramp`` (rising by one a period); ``period``; and optional ``until``, the last period of a
        step or pulse, or the one in which a ramp is complete.
    future : pandas.DataFrame, optional
        What the drivers will be: one row per period ahead, with the columns of `drivers`.
    value : str, optional
        The column that is explained; ``value``, or ``amount`` where there is none, by default.
    horizon : int, optional
        Periods ahead; those of `future`, or a year without drivers, by default.
    level : float
        Share of what comes, and of true coefficients, that an interval is to hold.
    model : {"auto", "components", "sarimax"}
        A level, slope and season that may wander; or a line and a fixed season with errors that
        remember. By default components, unless its errors follow each other and those of sarimax
        do not.
    scale : {"auto", "raw", "log"}
        Whether parts add up or multiply; what foretells the series better by default.
    freq : {"M", "Q"}, optional
        What the periods are; told from how they are written by default.

    Returns
    -------
    ExplainedSeries
        Six tables, see there.

    Raises
    ------
    ContractError
        If the series cannot be read, as `forecast`; if a driver is no number, never moves, cannot
        be told from another, or leaves a period out; if `future` lacks a driver or a period, names
        another, or reaches back into the series; if an intervention lies outside the series.
    ParameterError
        If there are several series, or `model`, `scale`, `level` or `horizon` cannot be.
    MeasureError
        If there are too few values, or no model converges.

    Notes
    -----
    How restless a level, a slope, a season or errors are, few periods do not tell, and a maximum
    of likelihood often says not at all, so that intervals become too narrow. So the chosen form is
    regressed, by generalized least squares with level, slope and season unknown at the start, under
    every candidate of a grid: variances of steps from none to a thousand times that of the noise,
    or partial autocorrelations of errors. Candidates count by their likelihood with coefficients
    and scale integrated. Points are averages over them; intervals are those of a mixture of
    Student's t. The choice of form is not averaged over; it and the checks are read from
    `statsmodels` at the greatest likelihood, by Akaike's corrected criterion over the same periods.
    Where neither scale is better by two, logarithms are taken.

    A driver contributes its coefficient times its distance from its mean; on the log scale a
    positive driver enters as its logarithm, so that the coefficient is an elasticity. There the
    trend is its exponential, and what lies between it and the actual is shared by the logarithmic
    mean: :math:`L(y, T)\,\beta x` with :math:`L(a, b) = (a - b)/(\ln a - \ln b)`, which leaves
    nothing over. The mean of a forecast then is :math:`\exp(\mu + \sigma^2/2)`, averaged. In
    sarimax the trend holds what past errors foretold, and the rest what was new. Of `causes`, the
    trend and the season have intervals as well, on the log scale to first order; a fixed season
    that is the same in both stretches, and the trend of sarimax, have none.

    References
    ----------
    .. [1] Harvey, *Forecasting, Structural Time Series Models and the Kalman Filter*, 1989.
    .. [2] Ang (2015), "LMDI decomposition approach", *Energy Policy* 86, 233-238.
    .. [3] Harville (1974), "Bayesian inference for variance components using only error
       contrasts", *Biometrika* 61, 383-385.
    .. [4] Durbin and Koopman, *Time Series Analysis by State Space Methods*, 2nd ed., ch. 5.

    Examples
    --------
    A price that went up by a tenth in 2024-07, and a season.

    >>> import pandas as pd
    >>> from pfkit.measures.fleet.periods import period_label
    >>> months = [period_label(12, 2022 * 12 + k) for k in range(48)]
    >>> sold = [100.0 + 5 * (k % 12 == 11) + 10 * (k >= 30) + (k * 7 % 5) / 10 for k in range(48)]
    >>> raised = pd.DataFrame({"name": ["price"], "kind": ["step"], "period": ["2024-07"]})
    >>> told = explain_series(
    ...     pd.DataFrame({"period": months, "amount": sold}), interventions=raised, scale="raw"
    ... )
    >>> told.coefficients[["name", "coefficient"]].round(1).values.tolist()
    [['price', 10.0]]
    >>> parts = told.decomposition[["trend", "season", "price", "rest"]].sum(axis=1)
    >>> float((parts - told.decomposition["actual"]).abs().max()) < 1e-9
    True
    """
    levels_of(level)
    _known("model", model, ("auto", "components", "sarimax"))
    _known("scale", scale, ("auto", "raw", "log"))
    if horizon is not None and horizon < 1:
        raise ParameterError(f"horizon {horizon} is no period", advice="Give 1 or more.")
    series = subject(table, value=value, freq=freq)
    moved, beyond = read_drivers(drivers, future, series, horizon)
    events, few = read_interventions(interventions, series, len(moved.ahead))
    count = len(moved.names) + len(events.names)
    seasonal, short = season_told(series, count)
    shared = collinear(regressors(series, moved, events, log=False)[1], series, seasonal=seasonal)
    chosen = choose(series, moved, events, model=model, scale=scale, seasonal=seasonal)
    parts = contributions(series.values, chosen.fitted, chosen.causes, log=chosen.log)
    findings = [
        *_read(series),
        Finding("convergence", "amber" if chosen.fallback else "green", chosen.converged),
        *short,
        *shared,
        *spurious(chosen.values, chosen.causes, series),
        *residual_findings(chosen.fitted, series),
        *few,
        *beyond,
        *_unforetold(moved),
    ]
    return ExplainedSeries(
        summary=summary_table(series, chosen),
        decomposition=decomposition_table(series, chosen, parts),
        coefficients=coefficients_table(chosen, level),
        causes=causes_table(series, chosen, parts, level),
        diagnostics=diagnostics_table(findings),
        forecast=ahead_table(series, chosen, level),
    )


def _known(name: str, given: str, names: tuple[str, ...]) -> None:
    if given not in names:
        raise ParameterError(f"{name} {given!r} is not known", advice=f"Use {', '.join(names)}.")


def _read(series: Subject) -> list[Finding]:
    found = [Finding("input", "amber", repair) for repair in series.repairs]
    missing = int((~series.known).sum())
    if missing:
        text = f"{missing} of {len(series.values)} {series.unit} have no value; none is filled in"
        found.append(Finding("input", "amber", text))
    return found


def _unforetold(drivers: Drivers) -> list[Finding]:
    if len(drivers.ahead):
        return []
    text = "there is no forecast: what the drivers will be is not given as future"
    return [Finding("future", "amber", text)]
