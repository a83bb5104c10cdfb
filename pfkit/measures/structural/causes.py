"""Drivers and interventions as the regressors of a model; what cannot be is refused by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from pfkit.errors import ContractError, ParameterError, near_miss
from pfkit.measures.fleet.periods import labels, period_label, read_period
from pfkit.measures.rows import require
from pfkit.measures.structural.subject import Finding

if TYPE_CHECKING:
    from pfkit.measures.fleet.rows import Counts
    from pfkit.measures.medians import Array
    from pfkit.measures.structural.subject import Subject

KINDS = ("step", "pulse", "ramp")
#: Columns of a result that a driver or intervention may not be called.
TAKEN = ("row_key", "period", "step", "actual", "trend", "season", "rest", "mean", "low", "high")
_SHOWN = 6
#: A level is told by fewer periods than this only roughly.
_FEW = 3


class Drivers(NamedTuple):
    """Numbers by period that may move a series: names, and one row per period from the first."""

    names: tuple[str, ...]
    past: Array
    ahead: Array


class Interventions(NamedTuple):
    """Events that may have moved a series: names, kinds, dates, and their course by period."""

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    dated: tuple[str, ...]
    past: Array
    ahead: Array


@dataclass(frozen=True)
class Causes:
    """The regressors of a model on its own scale.

    Parameters
    ----------
    names, kinds, enters : tuple of str
        What each is called; driver, step, pulse or ramp; and how it enters.
    past, ahead : numpy.ndarray
        One row per period of the series and per period after it, one column per cause; a driver is
        told from its reference, an intervention from none.
    reference : numpy.ndarray
        The driver's mean, NaN for an intervention.
    logged : tuple of bool
        Which drivers enter as logarithms.
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    enters: tuple[str, ...]
    past: Array
    ahead: Array
    reference: Array
    logged: tuple[bool, ...]


def read_drivers(
    drivers: pd.DataFrame | None,
    future: pd.DataFrame | None,
    series: Subject,
    horizon: int | None,
) -> tuple[Drivers, list[Finding]]:
    """Return drivers over the periods of a series and after it, and what is to be known of them.

    Raises
    ------
    ContractError
        If a driver is no number, or a period repeats, is missing or of another length; if `future`
        lacks a driver, names another, reaches back into the series or leaves a period out.
    ParameterError
        If `future` is given without drivers, or a horizon with drivers and without `future`.
    """
    count = len(series.values)
    if drivers is None:
        if future is not None:
            raise ParameterError(
                "future is given without drivers",
                advice="Give the same columns for the periods of the series as drivers.",
            )
        steps = series.season if horizon is None else horizon
        return Drivers((), np.zeros((count, 0)), np.zeros((steps, 0))), []
    names, at, values = _frame(drivers, "drivers", series)
    if not names:
        raise ContractError(
            "there is no driver beside period", where="drivers", advice="Add a column per driver."
        )
    late = at[at > series.last]
    if len(late):
        raise ContractError(
            f"drivers go on to {period_label(series.season, int(late.max()))}, and the series ends "
            f"in {period_label(series.season, series.last)}",
            where="drivers",
            advice="Give what comes after the series in future.",
        )
    past = _whole(at, values, (series.first, count), "drivers", series)
    _moves(names, past)
    if future is None:
        if horizon is not None:
            raise ParameterError(
                "horizon is given, and the future of the drivers is not",
                advice="Give future: a row per period ahead and a column per driver.",
            )
        return Drivers(names, past, np.zeros((0, len(names)))), []
    ahead, findings = _read_future(future, names, series, horizon)
    return Drivers(names, past, ahead), findings + _beyond(names, past, ahead, series)


def read_interventions(
    interventions: pd.DataFrame | None, series: Subject, horizon: int
) -> tuple[Interventions, list[Finding]]:
    """Return interventions over the periods of a series and after it.

    Raises
    ------
    ContractError
        If a column is missing, a kind or period is not known, a name repeats, or an intervention
        lies outside the series.
    """
    count = len(series.values)
    if interventions is None or interventions.empty:
        nothing = np.zeros((count + horizon, 0))
        return Interventions((), (), (), nothing[:count], nothing[count:]), []
    require(interventions, ["name", "kind", "period"], name="interventions")
    names = tuple(interventions["name"].astype("str"))
    kinds = tuple(interventions["kind"].astype("str"))
    for row, (name, kind) in enumerate(zip(names, kinds, strict=True)):
        where = f"interventions (row {row + 1})"
        if kind not in KINDS:
            advice = near_miss(kind, KINDS, noun="kind")
            raise ContractError(f"kind {kind!r} is not known", where=where, advice=advice)
        if names.index(name) != row:
            raise ContractError(
                f"{name!r} stands twice", where=where, advice="Give each a name of its own."
            )
    starts = _dates(interventions["period"], series)
    ends = (
        _dates(interventions["until"], series)
        if "until" in interventions.columns
        else [None] * len(names)
    )
    courses, findings, dated = [], [], []
    for row, (name, kind, start, end) in enumerate(zip(names, kinds, starts, ends, strict=True)):
        _inside(name, start, end, row, series)
        courses.append(_course(kind, start or 0, end, series, horizon))
        dated.append(period_label(series.season, start or 0))
        findings += _few(name, kind, courses[-1][:count], series)
    both = np.column_stack(courses)
    return Interventions(names, kinds, tuple(dated), both[:count], both[count:]), findings


def causes(drivers: Drivers, interventions: Interventions, *, log: bool) -> Causes:
    """Return drivers and interventions as regressors on the scale of a model.

    Raises
    ------
    ParameterError
        If two have one name, or one that the result needs.
    """
    names = (*drivers.names, *interventions.names)
    for name in names:
        if name in TAKEN or names.count(name) > 1:
            what = "stands for a part of the result" if name in TAKEN else "names two causes"
            raise ParameterError(f"{name!r} {what}", advice="Give it another name.")
    every = np.vstack([drivers.past, drivers.ahead])
    logged = np.asarray((every > 0).all(0) & log)
    past = np.where(logged, np.log(np.where(drivers.past > 0, drivers.past, 1.0)), drivers.past)
    ahead = np.where(logged, np.log(np.where(drivers.ahead > 0, drivers.ahead, 1.0)), drivers.ahead)
    middle = past.mean(0) if len(drivers.names) else np.zeros(0)
    shown = np.where(logged, np.exp(middle), middle)
    enters = [
        *("as its logarithm" if one else "as it is" for one in logged.tolist()),
        *(
            f"{kind} from {date}" if kind != "pulse" else f"pulse in {date}"
            for kind, date in zip(interventions.kinds, interventions.dated, strict=True)
        ),
    ]
    return Causes(
        names,
        ("driver",) * len(drivers.names) + interventions.kinds,
        tuple(enters),
        np.column_stack([past - middle, interventions.past]),
        np.column_stack([ahead - middle, interventions.ahead[: len(ahead)]]),
        np.concatenate([shown, np.full(len(interventions.names), np.nan)]),
        (*logged.tolist(), *(False,) * len(interventions.names)),
    )


def _frame(
    table: pd.DataFrame, name: str, series: Subject
) -> tuple[tuple[str, ...], Counts, Array]:
    """Return the names of the columns beside ``period``, the running numbers and the values."""
    require(table, ["period"], name=name)
    names = tuple(str(column) for column in table.columns if column not in {"period", "row_key"})
    at = _dates(table["period"], series, table=name)
    for row, one in enumerate(at):
        if one is None:
            raise ContractError(
                "period is empty", where=f"{name} (row {row + 1})", advice="Give every row one."
            )
    found = np.array(at, dtype=np.int64)
    again = pd.Series(found).duplicated().to_numpy()
    if again.any():
        row = int(again.argmax())
        raise ContractError(
            f"{period_label(series.season, int(found[row]))} stands more than once",
            where=f"{name} (row {row + 1})",
            advice="Give one row per period.",
        )
    values = np.empty((len(table), len(names)))
    for place, column in enumerate(names):
        numbers = pd.to_numeric(table[column], errors="coerce").to_numpy(dtype="float64")
        bad = ~np.isfinite(numbers)
        if bad.any():
            row = int(bad.argmax())
            raise ContractError(
                f"{column} is no finite number in {period_label(series.season, int(found[row]))} "
                f"({int(bad.sum()):,} such rows)",
                where=f"{name} (row {row + 1})",
                advice="Give a number for every period, or leave the column out.",
            )
        values[:, place] = numbers
    return names, found, values


def _dates(column: pd.Series, series: Subject, *, table: str = "interventions") -> list[int | None]:
    """Return running numbers of periods, None where empty."""
    found: list[int | None] = []
    for row, period in enumerate(column.astype("object").tolist()):
        if pd.isna(period) or period == "":
            found.append(None)
            continue
        read_as = read_period(str(period))
        where = f"{table} (row {row + 1})"
        if read_as is None:
            raise ContractError(
                f"period {str(period)!r} is no month and no quarter",
                where=where,
                advice="Write months as 2011-06 and quarters as 2011Q2.",
            )
        if read_as[0] != series.season:
            other = "quarters" if series.unit == "months" else "months"
            raise ContractError(
                f"period {str(period)!r} is one of {other}, and the series has {series.unit}",
                where=where,
                advice=f"Give {series.unit}, as the series does.",
            )
        found.append(read_as[1])
    return found


def _whole(at: Counts, values: Array, span: tuple[int, int], name: str, series: Subject) -> Array:
    """Return values over `count` periods from the first; refuse one that is missing."""
    first, count = span
    wanted = np.arange(first, first + count)
    missing = wanted[~np.isin(wanted, at)]
    if len(missing):
        shown = ", ".join(labels(series.season, missing[:_SHOWN]))
        more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        raise ContractError(
            f"{len(missing)} of {count} {series.unit} are missing: {shown}{more}",
            where=name,
            advice="Give one row per period, without a gap.",
        )
    order = np.argsort(at)
    return np.asarray(values[order][np.searchsorted(at[order], wanted)])


def _moves(names: tuple[str, ...], past: Array) -> None:
    for place, name in enumerate(names):
        if np.ptp(past[:, place]) == 0:
            raise ContractError(
                f"driver {name!r} is {past[0, place]:g} in every period of the series",
                where="drivers",
                advice="Leave it out: what never moves explains no change.",
            )


def _read_future(
    future: pd.DataFrame, names: tuple[str, ...], series: Subject, horizon: int | None
) -> tuple[Array, list[Finding]]:
    found, at, values = _frame(future, "future", series)
    require(future, names, name="future")
    for other in found:
        if other not in names:
            raise ContractError(
                f"column {other!r} is no driver",
                where="future",
                advice=near_miss(other, names, noun="driver"),
            )
    early = at[at <= series.last]
    if len(early):
        raise ContractError(
            f"{period_label(series.season, int(early.min()))} lies within the series, which ends "
            f"in {period_label(series.season, series.last)} ({len(early)} such rows)",
            where="future",
            advice="Give only periods after the series; what was stands in drivers.",
        )
    if not len(at):
        raise ContractError("there is no row", where="future", advice="Leave future out instead.")
    reach = int(at.max()) - series.last
    steps = reach if horizon is None else horizon
    places = [found.index(name) for name in names]
    ahead = _whole(at, values[:, places], (series.last + 1, steps), "future", series)
    if reach > steps:
        text = f"what future says beyond the horizon ({reach - steps} of {reach}) is not used"
        return ahead, [Finding("future", "green", text)]
    return ahead, []


def _beyond(names: tuple[str, ...], past: Array, ahead: Array, series: Subject) -> list[Finding]:
    """Say which drivers leave the range they had in the series."""
    found = []
    periods = series.labels(ahead=len(ahead)) if len(ahead) else []
    for place, name in enumerate(names):
        low, high = past[:, place].min(), past[:, place].max()
        out = (ahead[:, place] < low) | (ahead[:, place] > high)
        if out.any():
            worst = int(np.abs(ahead[:, place] - (low + high) / 2).argmax())
            found.append(
                Finding(
                    "extrapolation",
                    "amber",
                    f"{name} leaves the range it had ({low:,.6g} to {high:,.6g}) in "
                    f"{int(out.sum())} of {len(out)} {series.unit} ahead, furthest in "
                    f"{periods[worst]} with {ahead[worst, place]:,.6g}: what it does there was "
                    "never seen",
                )
            )
    return found


def _inside(name: str, start: int | None, end: int | None, row: int, series: Subject) -> None:
    """Refuse an intervention that the series cannot tell of."""
    where = f"interventions (row {row + 1})"
    span = f"{period_label(series.season, series.first)} to " + period_label(
        series.season, series.last
    )
    if start is None:
        raise ContractError(f"{name!r} has no period", where=where, advice="Date it.")
    if not series.first < start <= series.last:
        first = start == series.first
        raise ContractError(
            f"{name!r} is dated {period_label(series.season, start)}, "
            f"{'the first period' if first else 'outside'} of the series ({span})",
            where=where,
            advice="Leave it out: its effect shows in no change of the series.",
        )
    if end is not None and end < start:
        raise ContractError(
            f"{name!r} ends in {period_label(series.season, end)}, before it begins",
            where=where,
            advice="Give the last period it was in force as until.",
        )


def _course(kind: str, start: int, end: int | None, series: Subject, horizon: int) -> Array:
    """Return an intervention by period: 1 while in force, or how far it has risen."""
    at = np.arange(series.first, series.last + horizon + 1)
    if kind == "pulse":
        return np.asarray((at >= start) & (at <= (start if end is None else end)), dtype=float)
    if kind == "step":
        return np.asarray((at >= start) & ((end is None) | (at <= (end or 0))), dtype=float)
    risen = np.maximum(at - start + 1, 0).astype(float)
    return risen if end is None else np.minimum(risen / (end - start + 1), 1.0)


def _few(name: str, kind: str, course: Array, series: Subject) -> list[Finding]:
    """Say where few periods tell of an intervention."""
    during = course > 0
    if not (during & series.known).any():
        raise ContractError(
            f"{name!r} falls on {series.unit} without a value",
            where="interventions",
            advice="Leave it out, or give the values.",
        )
    count = int(during.sum())
    if kind == "pulse" or count >= _FEW:
        return []
    unit = series.unit if count > 1 else series.unit[:-1]
    text = f"{name} is told by {count} {unit} alone: whether it lasts is not known"
    return [Finding("interventions", "amber", text)]
