"""What a recurring base will bring: churn, price and new customers rolled forward together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pfkit.errors import ParameterError
from pfkit.measures.forecast import forecast, levels_of
from pfkit.measures.rows import COUNT, FLAG, MONEY, RATE, TEXT, reasons, result, row_keys
from pfkit.measures.structural.movements import DRIVERS, LEAST, Movements, movements
from pfkit.measures.structural.rolled import drawn, rolled, smoothed

if TYPE_CHECKING:
    from pfkit.measures.medians import Array, Flags
    from pfkit.measures.structural.rolled import Smoothed
    from pfkit.period import Period

PATHS = 10_000
#: Paths of an origin that is replayed; origins at most, and months between two.
_REPLAYED, _ORIGINS, _APART = 2000, 6, 3
#: Origins that a comparison needs, and how much smaller an error must be to count as smaller.
_ENOUGH, _NEAR = 2, 0.05
_YEAR = 12
_NO_DRIFT = "exchange_rate"
_UNITS = {
    "churn": "share of the base that leaves in a month",
    "price": "what those who stay pay, to what they paid a month before",
    "new_customers": "customers who come or come back in a month",
    "new_price": "what one of them pays a month",
    "exchange_rate": "the rates of a month, to those of the month before",
}
_MONTHS = (
    {"row_key": TEXT, "step": COUNT, "period": TEXT}
    | dict.fromkeys(("opening", "churn", "repricing", "new", "fx", "closing"), MONEY)
    | dict.fromkeys(("low", "high", "level"), MONEY)
)
_YEARS = (
    dict.fromkeys(("row_key", "label"), TEXT)
    | {"months": COUNT, "months_actual": COUNT}
    | dict.fromkeys(("actual", "ahead", "total", "low", "high", "level"), MONEY)
)
_TOLD = (
    dict.fromkeys(("row_key", "driver", "unit"), TEXT)
    | dict.fromkeys(("last", "year", "ahead", "low", "high", "level", "memory_share"), RATE)
    | {"n": COUNT, "moves_with": TEXT, "reason": TEXT}
)
_COMPARED = (
    dict.fromkeys(("row_key", "method"), TEXT)
    | dict.fromkeys(("origins", "tested"), COUNT)
    | dict.fromkeys(("error_rate", "total_error_rate", "bias_rate", "covered_share"), RATE)
    | {"level": RATE, "use": FLAG, "reason": TEXT}
)


@dataclass(frozen=True)
class DriverForecast:
    """What a recurring base will bring, as tables; each has ``row_key`` first.

    Attributes
    ----------
    months : pandas.DataFrame
        One row per month ahead, means over all paths: ``opening``, ``churn`` (negative),
        ``repricing``, ``new``, ``fx`` and ``closing``, what recurs that month, in reporting
        currency; ``low`` and ``high`` of the closing at ``level``.
    years : pandas.DataFrame
        One row per fiscal year that the months ahead complete, and one for all months ahead:
        ``actual`` so far, ``ahead``, ``total`` with ``low`` and ``high``; ``months`` in it,
        ``months_actual`` of them known.
    drivers : pandas.DataFrame
        One row per driver: its ``unit`` in words; the ``last`` value, the mean of the last
        ``year``, the mean ``ahead`` with ``low`` and ``high``; ``memory_share``, the share of a
        surprise that stays; ``n`` months; ``moves_with``, the driver its surprises go with most.
    compared : pandas.DataFrame
        Rows ``drivers`` and ``direct`` (`forecast` of the sum), replayed from the same earlier
        origins: ``error_rate`` (sum of absolute errors over the sum of actuals, WAPE),
        ``total_error_rate`` of the sums over each origin's months, ``bias_rate``,
        ``covered_share``; ``use`` and the ``reason``.
    paths : numpy.ndarray
        Path by month ahead: what recurs, in reporting currency.
    """

    months: pd.DataFrame
    years: pd.DataFrame
    drivers: pd.DataFrame
    compared: pd.DataFrame
    paths: np.ndarray


def driver_forecast(
    recurring: pd.DataFrame,
    *,
    period: Period,
    horizon: int = _YEAR,
    level: float = 0.80,
    paths: int = PATHS,
    seed: int = 0,
) -> DriverForecast:
    r"""Forecast recurring revenue from churn, price and new customers, and say if that is better.

    Use it to argue about a driver ("what if churn stays?") and to see whether a model of drivers
    foretells better than the sum itself; the table ``compared`` says which to use, and why.

    Parameters
    ----------
    recurring : pandas.DataFrame
        ``book.recurring``: ``period, customer, currency, amount_local`` (a month), ``rate``.
    period : Period
        The period reported; what follows its last month is forecast.
    horizon : int
        Months ahead.
    level : float
        Share of what comes that an interval is to hold.
    paths : int
        How many futures are drawn.
    seed : int
        The same seed gives the same digits.

    Returns
    -------
    DriverForecast
        Four tables and the paths, see there.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If an amount is negative or missing, a currency has no rate, or there are fewer than 13
        months.
    ParameterError
        If `horizon`, `level` or `paths` cannot be.

    Notes
    -----
    :math:`B_t = B_{t-1}(1 - c_t)\,p_t + n_t\,a_t` at the rates of the last month, and
    :math:`revenue_t = B_t\,f_t`. Churn and the number of new customers are smoothed as roots,
    prices as logarithms, each exponentially with the share that would have surprised least;
    exchange rates are a walk without drift. Surprises of a month are drawn together, with the
    correlation of past ones drawn to zero as ten further months would, and the level of each driver
    is in doubt by its standard error. No driver has a season. Origins of the comparison are three
    months apart, each with what was known and the rates of then.

    References
    ----------
    .. [1] ChartMogul, *The Ultimate SaaS Metrics Cheat Sheet*, MRR movements.
    .. [2] Hyndman, Koehler, Ord and Snyder, *Forecasting with Exponential Smoothing*, 2008, ch. 6.

    Examples
    --------
    Ten customers at 10 a month; each month one leaves and one comes.

    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> held = [(k, name) for k in range(18) for name in range(k, k + 10)]
    >>> months = [f"{2025 + k // 12}-{k % 12 + 1:02d}" for k in range(18)]
    >>> rows = pd.DataFrame(
    ...     [(months[k], f"C{name}", 10.0) for k, name in held],
    ...     columns=["period", "customer", "amount_local"],
    ... ).assign(currency="EUR", rate=1.0)
    >>> told = driver_forecast(rows, period=FiscalCalendar().period("2026-06"), horizon=2)
    >>> told.months[["opening", "churn", "new", "closing"]].round(6).values.tolist()
    [[100.0, -10.0, 10.0, 100.0], [100.0, -10.0, 10.0, 100.0]]
    """
    levels_of(level)
    for name, given in (("horizon", horizon), ("paths", paths)):
        if given < 1:
            raise ParameterError(f"{name} {given} cannot be", advice="Use 1 or more.")
    known = movements(recurring, period)
    held = _smoothed(known)
    ahead = drawn(held, horizon, paths=paths, seed=seed)
    base, revenue = _rolled(known, ahead)
    shift = period.calendar.shift
    labels = [shift(known.months[-1], step) for step in range(1, horizon + 1)]
    run = _Run(period, known, labels, ahead, base, revenue, level)
    return DriverForecast(
        months=_months(run),
        years=_years(run),
        drivers=_drivers(known, held, ahead, level),
        compared=_compared(recurring, run, seed),
        paths=revenue,
    )


@dataclass(frozen=True)
class _Run:
    """What was known, and what may come: drivers, base and revenue by path and month ahead."""

    period: Period
    known: Movements
    labels: list[str]
    drivers: Array
    base: Array
    revenue: Array
    level: float

    def bounds(self, values: Array) -> tuple[Array, Array]:
        """Return lower and upper bounds over paths."""
        low, high = _bounds(values, self.level)
        return low, high


def _bounds(values: Array, level: float) -> Array:
    tail = (1 - level) / 2
    return np.asarray(np.quantile(values, [tail, 1 - tail], axis=0))


def _smoothed(known: Movements) -> Smoothed:
    fixed = np.array([0.0 if name == _NO_DRIFT else np.nan for name in DRIVERS])
    return smoothed(known.drivers, tuple(DRIVERS.values()), fixed)


def _rolled(known: Movements, ahead: Array) -> tuple[Array, Array]:
    """Return the base at constant rates, and what it is in reporting currency."""
    churn, price, customers, paid, rate = (ahead[:, :, place] for place in range(ahead.shape[2]))
    base = rolled(float(known.closing[-1]), np.minimum(churn, 1.0), price, customers * paid)
    return base, base * np.cumprod(rate, axis=1)


def _months(run: _Run) -> pd.DataFrame:
    """Return what each month ahead brings, in means that add up."""
    start = np.full(len(run.base), run.known.closing[-1])
    opened = np.column_stack([start, run.base[:, :-1]])
    was = np.column_stack([start, run.revenue[:, :-1]])
    churn, price, customers, paid = (run.drivers[:, :, place] for place in range(4))
    left = opened * np.minimum(churn, 1.0)
    columns = {
        "opening": was,
        "churn": -left,
        "repricing": (opened - left) * (price - 1),
        "new": customers * paid,
        "fx": (run.revenue - was) - (run.base - opened),
        "closing": run.revenue,
    }
    low, high = run.bounds(run.revenue)
    frame = pd.DataFrame(
        {"row_key": row_keys([(label,) for label in run.labels])}
        | {"step": np.arange(1, len(run.labels) + 1), "period": run.labels}
        | {name: column.mean(axis=0) for name, column in columns.items()}
        | {"low": low, "high": high, "level": run.level}
    )
    return frame.astype(_MONTHS)


def _years(run: _Run) -> pd.DataFrame:
    """Return fiscal years that the months ahead complete, and all months ahead."""
    calendar, known, labels = run.period.calendar, run.known, run.labels
    every: list[int] = list(range(len(labels)))
    none: list[int] = []
    told = [(f"{len(labels)} months ahead", none, every)]
    for year in dict.fromkeys(calendar.fiscal_year_of(label) for label in labels):
        months = calendar.months_of_year(year)
        past = [known.months.index(month) for month in months if month in known.months]
        coming = [labels.index(month) for month in months if month in labels]
        if len(past) + len(coming) == len(months):
            told.append((f"FY{year}", past, coming))
    rows = []
    for label, past, coming in told:
        actual = float(known.reported[past].sum())
        sums = run.revenue[:, coming].sum(axis=1)
        low, high = run.bounds(sums)
        rows.append(
            {
                "row_key": row_keys([(label,)])[0],
                "label": label,
                "months": len(past) + len(coming),
                "months_actual": len(past),
                "actual": actual,
                "ahead": float(sums.mean()),
                "total": actual + float(sums.mean()),
                "low": actual + float(low),
                "high": actual + float(high),
                "level": run.level,
            }
        )
    return result(rows, _YEARS)


def _drivers(known: Movements, held: Smoothed, ahead: Array, level: float) -> pd.DataFrame:
    names = list(DRIVERS)
    spread = np.sqrt(np.diag(held.covariance))
    moves = spread > 0
    together = held.covariance / np.where(np.outer(moves, moves), np.outer(spread, spread), 1.0)
    np.fill_diagonal(together, 0.0)
    rows = []
    for place, name in enumerate(names):
        own = known.drivers[:, place]
        seen = own[np.isfinite(own)]
        means = ahead[:, :, place].mean(axis=1)
        low, high = _bounds(means, level)
        with_ = int(np.abs(together[place]).argmax())
        strength = float(together[place, with_])
        gone = len(own) - len(seen)
        rows.append(
            {
                "row_key": row_keys([(name,)])[0],
                "driver": name.replace("_", " "),
                "unit": _UNITS[name],
                "last": float(seen[-1]) if len(seen) else None,
                "year": float(seen[-_YEAR:].mean()) if len(seen) else None,
                "ahead": float(means.mean()),
                "low": float(low),
                "high": float(high),
                "level": level,
                "memory_share": float(held.shares[place]),
                "n": len(seen),
                "moves_with": f"{names[with_].replace('_', ' ')} ({strength:+.2f})"
                if strength
                else "",
                "reason": reasons(
                    f"not known in {gone} of {len(own)} months" if gone else "",
                    "" if moves[place] else "it never moved",
                ),
            }
        )
    return result(rows, _TOLD)


def _compared(recurring: pd.DataFrame, run: _Run, seed: int) -> pd.DataFrame:
    """Return both ways replayed from the same origins, and which one to use."""
    known, horizon, level = run.known, len(run.labels), run.level
    actual = dict(zip(known.months, known.reported.tolist(), strict=True))
    places = range(len(known.months) - 1 - _APART, LEAST - 2, -_APART)
    errors: dict[str, list[Array]] = {"drivers": [], "direct": []}
    covered: dict[str, list[Flags]] = {"drivers": [], "direct": []}
    truths: list[Array] = []
    for place in list(places)[:_ORIGINS]:
        months = known.months[place + 1 : place + 1 + horizon]
        then = run.period.calendar.period(known.months[place])
        truth = np.array([actual[month] for month in months])
        for name, (mean, low, high) in _replayed(recurring, then, len(months), level, seed).items():
            errors[name].append(mean - truth)
            covered[name].append((truth >= low) & (truth <= high))
        truths.append(truth)
    rows = [
        {"row_key": name, "method": name, "level": level, "origins": len(truths)}
        | _scores(errors[name], covered[name], truths)
        for name in ("drivers", "direct")
    ]
    best, why = _better(rows)
    for row in rows:
        row |= {"use": row["method"] == best, "reason": why}
    return result(rows, _COMPARED)


def _replayed(
    recurring: pd.DataFrame, then: Period, horizon: int, level: float, seed: int
) -> dict[str, tuple[Array, Array, Array]]:
    """Return mean and bounds of both ways, from what was known at an earlier month."""
    known = movements(recurring, then)
    ahead = drawn(_smoothed(known), horizon, paths=_REPLAYED, seed=seed)
    _, revenue = _rolled(known, ahead)
    low, high = _bounds(revenue, level)
    sums = pd.DataFrame({"period": known.months, "value": known.reported})
    direct = forecast(sums, horizon=horizon, level=level)
    percent = round(level * 100)
    bounds = (direct[name].to_numpy(dtype="float64") for name in (f"lo{percent}", f"hi{percent}"))
    return {
        "drivers": (revenue.mean(axis=0), low, high),
        "direct": (direct["mean"].to_numpy(dtype="float64"), *bounds),
    }


def _scores(errors: list[Array], covered: list[Flags], truths: list[Array]) -> dict[str, Any]:
    if not truths:
        names = ("error_rate", "total_error_rate", "bias_rate", "covered_share")
        return dict.fromkeys(names) | {"tested": 0}
    every, truth = np.concatenate(errors), np.concatenate(truths)
    size = float(np.abs(truth).sum())
    totals = sum(abs(float(one.sum())) for one in errors)
    return {
        "tested": len(truth),
        "error_rate": float(np.abs(every).sum()) / size,
        "total_error_rate": totals / size,
        "bias_rate": float(every.sum()) / size,
        "covered_share": float(np.concatenate(covered).mean()),
    }


def _better(rows: list[dict[str, Any]]) -> tuple[str, str]:
    """Return which way to use, and why; the simpler one where neither is closer."""
    drivers, direct = (row["error_rate"] for row in rows)
    count, tested = rows[0]["origins"], rows[0]["tested"]
    if count < _ENOUGH:
        return "direct", f"direct: {count} origins compare nothing, and it is the simpler one"
    over = f"over {tested} months ahead of {count} origins"
    told = f"off by {100 * drivers:.1f} % with drivers and {100 * direct:.1f} % direct, {over}"
    if drivers < (1 - _NEAR) * direct:
        return "drivers", f"drivers: {told}"
    if direct < (1 - _NEAR) * drivers:
        return "direct", f"direct: {told}"
    return "direct", f"direct, the simpler one: {told}"
