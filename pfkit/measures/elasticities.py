"""How strongly volume answers price, and anything else that is measured beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pfkit.errors import ContractError, ParameterError
from pfkit.measures.fleet.periods import period_label, read_period
from pfkit.measures.forecast import levels_of
from pfkit.measures.rows import COUNT, RATE, TEXT, reasons, require, result, row_keys, texts
from pfkit.measures.structural.loglog import Regression, refusal, regress, together

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.measures.fleet.rows import Counts
    from pfkit.measures.medians import Array

_NUMBERS = ("elasticity", "error", "low", "high", "level", "p")
_TOLD = ("driver", "span", "form", "verdict", "reason")
#: Whole years that a season needs, and what else a regression needs at least.
_YEARS, _LEAST = 2, 16
_TABLE = "elasticities"
NOW, WHOLE = "at once", "in all"


def elasticities(
    table: pd.DataFrame,
    *,
    on: str = "quantity",
    of: str | Sequence[str] = "price",
    by: str | Sequence[str] | None = None,
    lags: int = 0,
    level: float = 0.80,
) -> pd.DataFrame:
    r"""Say by how many percent one thing moves when another moves by one percent.

    Use it for what a price does to volume, or what adverts do to new customers, where both moved
    often; where a price changed once, `explain_series` with a step is the right question.

    Parameters
    ----------
    table : pandas.DataFrame
        ``period``, the column `on`, the columns `of` and `by`; one row per period. Lines of
        invoices, with ``invoice_date`` for ``period``, will do: where there are ``quantity`` and
        ``amount``, both are added up by period, and ``price`` is one over the other.
    on : str
        What answers.
    of : str or sequence of str
        What it answers to.
    by : str or sequence of str, optional
        Columns that name a series, such as ``product``.
    lags : int
        Earlier periods of every driver that count as well.
    level : float
        Share of true elasticities that an interval is to hold.

    Returns
    -------
    pandas.DataFrame
        One row per series and driver, and with `lags` a second one for what it does ``in all``:
        ``row_key``, the columns of `by`, ``driver``, ``span``; ``elasticity`` (percent per
        percent), its standard ``error``, ``low``, ``high``, ``level`` and ``p``; ``n`` periods or
        changes used; ``memory``, lags of the errors let in; ``form``: levels or first
        differences, and why; ``verdict``: ``elastic`` or ``inelastic`` where the interval lies on
        one side of one, ``none`` where it holds zero, ``unclear``, or ``refused``; ``reason``. NA
        and a reason where the data cannot answer.

    Raises
    ------
    ContractError
        If a column is missing, a period cannot be read or repeats, or months and quarters are
        mixed.
    ParameterError
        If `lags`, `level` or `of` cannot be.

    Notes
    -----
    :math:`\ln y_t = a + \sum_j \sum_l b_{jl} \ln x_{j,t-l} + s_t + c t + u_t`, with dummies
    :math:`s_t` where two whole years are known. Errors are those of Newey and West with
    :math:`1.3 \sqrt n` lags and a correction for small samples. What their t statistic is compared
    with is drawn: 2,000 regressions on the same columns with the same lags, of errors with the
    first autocorrelation of the residuals, so that an interval holds in short series too. Two that
    wander correlate by chance: where the augmented Dickey-Fuller test finds unit roots, levels are
    used only if Engle and Granger's test finds a shared path (then with changes around as Stock and
    Watson have it), else first differences.
    Prices that were set because of demand have no elasticity by regression; nothing here can tell.

    References
    ----------
    .. [1] Newey and West (1987), "A simple, positive semi-definite, heteroskedasticity and
       autocorrelation consistent covariance matrix", *Econometrica* 55, 703-708.
    .. [2] Granger and Newbold (1974), "Spurious regressions in econometrics", *Journal of
       Econometrics* 2, 111-120.
    .. [3] Stock and Watson (1993), "A simple estimator of cointegrating vectors in higher order
       integrated systems", *Econometrica* 61, 783-820.
    .. [4] Lazarus, Lewis, Stock and Watson (2018), "HAR inference: recommendations for practice",
       *Journal of Business & Economic Statistics* 36, 541-559.

    Examples
    --------
    Each percent of price costs two percent of volume.

    >>> from pfkit.measures.fleet.periods import period_label
    >>> price = [10 + (k * 7 % 5) / 10 + (k * k % 11) / 20 for k in range(36)]
    >>> sold = pd.DataFrame(
    ...     {
    ...         "period": [period_label(12, 2022 * 12 + k) for k in range(36)],
    ...         "price": price,
    ...         "quantity": [5000 * one**-2.0 * (1 + (k * 5 % 7 - 3) / 1000)
    ...                      for k, one in enumerate(price)],
    ...     }
    ... )
    >>> elasticities(sold)[["driver", "elasticity", "verdict"]].round(1).values.tolist()
    [['price', -2.0, 'elastic']]
    """
    levels_of(level)
    drivers = [of] if isinstance(of, str) else list(of)
    named = [] if by is None else [by] if isinstance(by, str) else list(by)
    if not drivers or on in drivers or len(set(drivers)) < len(drivers):
        raise ParameterError(f"of {drivers} cannot be", advice=f"Name columns other than {on}.")
    if lags < 0:
        raise ParameterError(f"lags {lags} cannot be", advice="Use 0 or more.")
    frame, season = _read(table, on, drivers, named)
    found: list[dict[str, Any]] = []
    groups = frame.groupby("series", sort=True)
    for _, rows in groups:
        label = {name: str(rows[name].iloc[0]) for name in named}
        found += [label | row for row in _series(rows, on, drivers, season, lags=lags, level=level)]
    keys = row_keys([(*(row[name] for name in named), row["driver"], row["span"]) for row in found])
    kinds = (
        dict.fromkeys(("row_key", *named, "driver", "span"), TEXT)
        | dict.fromkeys(_NUMBERS, RATE)
        | {"n": COUNT, "memory": COUNT}
        | dict.fromkeys(("form", "verdict", "reason"), TEXT)
    )
    return result([row | {"row_key": key} for row, key in zip(found, keys, strict=True)], kinds)


def _read(
    table: pd.DataFrame, on: str, drivers: list[str], named: list[str]
) -> tuple[pd.DataFrame, int]:
    """Return one row per series and period with the running number of the period."""
    lines = "price" in drivers and {"quantity", "amount"} <= set(table.columns)
    wanted = [on, *(name for name in drivers if not (lines and name == "price")), *named]
    when = "invoice_date" if "period" not in table and "invoice_date" in table else "period"
    require(table, [when, *wanted], name=_TABLE)
    numbers = list(dict.fromkeys([*wanted[: len(wanted) - len(named)], *_lines(lines=lines)]))
    frame = pd.DataFrame({name: texts(table[name]) for name in named})
    for name in numbers:
        frame[name] = pd.to_numeric(table[name], errors="coerce").to_numpy(dtype="float64")
    frame["at"], season = _periods(table[when])
    keys = [*named, "at"]
    if lines:
        frame = frame.groupby(keys, as_index=False, sort=True)[numbers].sum(min_count=1)
        frame["price"] = (frame["amount"] / frame["quantity"]).where(frame["quantity"] != 0)
    again = frame.duplicated(keys)
    if again.any():
        at = int(frame.loc[again, "at"].iloc[0])
        raise ContractError(
            f"{period_label(season, at)} stands more than once",
            where=_TABLE,
            advice="Name the columns that tell the rows apart in by, or add them up before.",
        )
    frame["series"] = frame.groupby(named).ngroup() if named else 0
    return frame.sort_values(["series", "at"], ignore_index=True), season


def _periods(column: pd.Series) -> tuple[Counts, int]:
    """Return running numbers of periods, and how many make a year."""
    codes, found = pd.factorize(column.astype("str"))
    read = [read_period(str(period)) for period in found]
    sizes = {one[0] for one in read if one is not None}
    for place, one in enumerate(read):
        if one is None or len(sizes) > 1:
            what = "is no month and no quarter" if one is None else "stands beside another length"
            raise ContractError(
                f"period {str(found[place])!r} {what}",
                where=f"{_TABLE} (row {int((codes == place).argmax()) + 1})",
                advice="Give months as 2011-06 or quarters as 2011Q2, one of them.",
            )
    numbers = np.array([one[1] for one in read if one is not None], dtype=np.int64)
    return numbers[codes], sizes.pop() if sizes else 12


def _lines(*, lines: bool) -> tuple[str, ...]:
    return ("quantity", "amount") if lines else ()


def _series(
    rows: pd.DataFrame, on: str, drivers: list[str], season: int, *, lags: int, level: float
) -> list[dict[str, Any]]:
    """Return the rows of one series."""
    numbers = rows[[on, *drivers]].to_numpy(dtype="float64")
    known = np.isfinite(numbers).all(1)
    gone = f"{int((~known).sum())} periods without a number are left out" if (~known).any() else ""
    numbers, at = numbers[known], rows["at"].to_numpy()[known]
    seasonal = len(at) >= _YEARS * season
    short = "" if seasonal else f"{len(at)} periods: too few for a season"
    found: Regression | str
    if (numbers <= 0).any():
        found = "there are values at or below zero, which have no logarithm"
    else:
        found = _answer(np.log(numbers), drivers, at, season, lags=lags, seasonal=seasonal)
    spans = (NOW, WHOLE) if lags else (NOW,)
    told = []
    for place, name in enumerate(drivers):
        for span in spans:
            row: dict[str, Any] = dict.fromkeys((*_NUMBERS, "memory"))
            row |= {"driver": name, "span": span, "level": level, "n": len(at), "form": ""}
            if isinstance(found, str):
                row |= {"verdict": "refused", "reason": reasons(found, gone)}
            else:
                row |= _told(found, place, level, whole=span == WHOLE)
                row["reason"] = reasons(gone, short)
            told.append(row)
    return told


def _answer(
    logs: Array, drivers: list[str], at: Array, season: int, *, lags: int, seasonal: bool
) -> Regression | str:
    """Return the regression of one series, or why there is none."""
    needed = _LEAST + (len(drivers) - 1) + len(drivers) * lags
    why = refusal(logs[:, 1:], drivers, len(at), needed)
    if not why:
        why = together(logs[:, 1:], drivers, np.ones((len(at), 1)))
    if why:
        return why
    return regress(logs[:, 0], logs[:, 1:], at, season, lags=lags, seasonal=seasonal)


def _told(found: Regression, place: int, level: float, *, whole: bool) -> dict[str, Any]:
    """Return what a regression says of one driver."""
    value = float((found.whole if whole else found.now)[place])
    error = float((found.whole_error if whole else found.now_error)[place])
    draws = found.draws[whole][place]
    reach = float(np.quantile(draws, level)) * error
    beyond = int((draws >= abs(value) / error).sum()) if error else 0
    return {
        "elasticity": value,
        "error": error,
        "low": value - reach,
        "high": value + reach,
        "p": (beyond + 1) / (len(draws) + 1),
        "n": found.count,
        "memory": found.memory,
        "form": found.form,
        "verdict": _verdict(value - reach, value + reach),
    }


def _verdict(low: float, high: float) -> str:
    if low <= 0 <= high:
        return "none"
    near, far = sorted((abs(low), abs(high)))
    return "elastic" if near > 1 else "inelastic" if far < 1 else "unclear"
