"""Which model explains a series, on which scale, and why; what failed is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pfkit.errors import MeasureError, ParameterError
from pfkit.measures.structural.causes import causes
from pfkit.measures.structural.components import NAME as COMPONENTS
from pfkit.measures.structural.components import components
from pfkit.measures.structural.diagnosis import remembers
from pfkit.measures.structural.sarimax import NAME as SARIMAX
from pfkit.measures.structural.sarimax import sarimax

if TYPE_CHECKING:
    from pfkit.measures.medians import Array
    from pfkit.measures.structural.causes import Causes, Drivers, Interventions
    from pfkit.measures.structural.models import Fitted
    from pfkit.measures.structural.subject import Subject

#: How much better the raw scale must be; amounts that are all positive mostly move by percent.
_PLAINLY = 2.0


@dataclass(frozen=True)
class Choice:
    """A fitted model, the causes in it, and why it is this one.

    Parameters
    ----------
    fitted : Fitted
        The model.
    causes : Causes
        Its regressors.
    values : numpy.ndarray
        The series on the scale of the model.
    log : bool
        Whether that is its logarithm.
    why, fallback : str
        Why this model and scale; what failed, and what stands in its place.
    """

    fitted: Fitted
    causes: Causes
    values: Array
    log: bool
    why: str
    fallback: str

    @property
    def scale(self) -> str:
        """Name of the scale."""
        return "log" if self.log else "raw"

    @property
    def converged(self) -> str:
        """Whether everything converged, in words."""
        return self.fallback or "every model that was tried converged"


def regressors(
    series: Subject, drivers: Drivers, interventions: Interventions, *, log: bool
) -> tuple[Array, Causes]:
    """Return a series and its causes on a scale."""
    values = np.log(np.where(series.known, series.values, 1.0)) if log else series.values
    return np.where(series.known, values, np.nan), causes(drivers, interventions, log=log)


def choose(
    series: Subject,
    drivers: Drivers,
    interventions: Interventions,
    *,
    model: str,
    scale: str,
    seasonal: bool,
) -> Choice:
    """Return the model and scale that explain a series.

    Raises
    ------
    ParameterError
        If logarithms are asked for and there are none.
    MeasureError
        If no model that may be used converges.
    """
    case = _Case(series, drivers, interventions, seasonal)
    positive, logs = _logs(series, scale)
    failed: list[str] = []
    every = case.every(SARIMAX if model == SARIMAX else COMPONENTS, logs, failed)
    if not every and model == "auto":
        every = case.every(SARIMAX, logs, failed)
    if not every:
        raise MeasureError(
            f"no model explains the series: {'; '.join(failed)}",
            where="series",
            advice="Leave out drivers or interventions, or give more periods.",
        )
    log, because = _scale(series, every, scale, positive=positive)
    fitted, why = every[log], f"{model} was asked for"
    if model == "auto":
        fitted, why = _without_memory(case, fitted, failed, log=log)
    values, held = case.regressors(log=log)
    fallback = ""
    if failed:
        told = f"{fitted.model} on the {'log' if log else 'raw'} scale stands in its place"
        fallback = f"{'; '.join(failed)}; {told}"
    return Choice(fitted, held, values, log, f"{why}; {because}", fallback)


@dataclass(frozen=True)
class _Case:
    """What is to be explained, and by what."""

    series: Subject
    drivers: Drivers
    interventions: Interventions
    seasonal: bool

    def regressors(self, *, log: bool) -> tuple[Array, Causes]:
        return regressors(self.series, self.drivers, self.interventions, log=log)

    def every(self, name: str, logs: tuple[bool, ...], failed: list[str]) -> dict[bool, Fitted]:
        """Return a model on each scale; what fails is told in `failed`."""
        found = {}
        for log in logs:
            values, held = self.regressors(log=log)
            season, first = self.series.season, self.series.first
            try:
                found[log] = (
                    components(values, held, season, seasonal=self.seasonal)
                    if name == COMPONENTS
                    else sarimax(values, held, season, first, seasonal=self.seasonal)
                )
            except MeasureError as error:
                failed.append(f"{error.what} on the {'log' if log else 'raw'} scale")
        return found


def _logs(series: Subject, scale: str) -> tuple[bool, tuple[bool, ...]]:
    """Return whether there are logarithms, and for which scales a model is to be fitted."""
    positive = bool((series.values[series.known] > 0).all())
    if scale == "log" and not positive:
        raise ParameterError(
            f"there is no logarithm of {float(np.nanmin(series.values)):,.6g}",
            where="series",
            advice="Use scale raw, or auto.",
        )
    if scale == "auto":
        return positive, (True, False) if positive else (False,)
    return positive, (scale == "log",)


def _without_memory(
    case: _Case, fitted: Fitted, failed: list[str], *, log: bool
) -> tuple[Fitted, str]:
    """Return a model whose errors do not follow each other, where there is one, and why it."""
    if fitted.model == SARIMAX:
        return fitted, f"{SARIMAX}, since {COMPONENTS} failed"
    if not remembers(fitted, case.series):
        return fitted, f"{COMPONENTS}, whose errors do not follow each other"
    other = case.every(SARIMAX, (log,), failed).get(log)
    if other is not None and not remembers(other, case.series):
        why = f"{SARIMAX}, since the errors of {COMPONENTS} follow each other and its do not"
        return other, why
    also = f"so do those of {SARIMAX}" if other is not None else f"{SARIMAX} failed"
    return fitted, f"{COMPONENTS}, although its errors follow each other: {also}"


def _scale(
    series: Subject, every: dict[bool, Fitted], scale: str, *, positive: bool
) -> tuple[bool, str]:
    """Return whether logarithms foretell the series better, and why that scale."""
    if scale != "auto":
        return scale == "log", f"the {scale} scale was asked for"
    if not positive:
        return False, "raw scale: there are values at or below zero"
    if len(every) == 1:
        (log,) = every
        return log, f"{'log' if log else 'raw'} scale: the other failed"
    late = np.arange(len(series.values)) >= every[True].burn
    logs = np.log(series.values[series.known & late]).sum()
    gain = every[False].score - (every[True].score + 2 * float(logs))
    if abs(gain) < _PLAINLY:
        return True, f"log scale: neither foretells better (criterion {abs(gain):.1f} apart)"
    name = "log" if gain > 0 else "raw"
    return (
        gain > 0,
        f"{name} scale: it foretells the series better (criterion {abs(gain):.1f} less)",
    )
