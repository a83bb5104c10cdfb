"""Fixed and variable cost: as declared, or estimated on a driver where the data allow it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy import stats

from pfkit.errors import MeasureError
from pfkit.measures.driven import weighed
from pfkit.measures.rows import (
    COUNT,
    MONEY,
    RATE,
    TEXT,
    rate,
    require,
    result,
    row_keys,
    texts,
    totals,
)
from pfkit.measures.statement import ACTUAL, prepared

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from pfkit.period import Period

COST: Final = ("cost_of_revenue", "operating")
_FEWEST: Final = 12
_USUAL: Final = "revenue"  # of which a book may have none, and then nothing is estimated
_STEADY: Final = 0.03  # a driver that varies less than this share tells nothing
_DECLARED: Final = {"variable": 1.0, "fixed": 0.0}


@dataclass(frozen=True)
class _Fit:
    """A line through monthly cost and units."""

    slope: float
    error: float
    p: float
    r2: float
    months: int


def cost_behavior(
    statement: pd.DataFrame,
    drivers: pd.DataFrame,
    *,
    period: Period,
    accounts: pd.DataFrame | None = None,
    driver: str = _USUAL,
    metrics: Mapping[str, float] | None = None,
    months: int = 24,
    level: float = 0.90,
    p: float = 0.05,
) -> pd.DataFrame:
    r"""Split the cost of each account into what follows volume and what does not.

    Use it before a flexed budget or a break-even: what is declared counts, the rest is estimated.

    Parameters
    ----------
    statement : pandas.DataFrame
        Table ``statement``; ``amount`` is the effect on profit in reporting currency.
    drivers : pandas.DataFrame
        What cost follows, as ``book.drivers``.
    period : Period
        The month, quarter or year reported.
    accounts : pandas.DataFrame, optional
        Table ``accounts`` with ``behavior`` (``variable``, ``fixed``, ``semi``) and
        ``variable_share``; what it declares is not estimated.
    driver : str
        What cost is held against where nothing is declared. A book without revenue has nothing
        estimated, and says so; any other driver without units is an error.
    metrics : mapping of str to float, optional
        What one unit of each metric of the driver weighs.
    months : int
        Months looked back, the last of `period` included.
    level : float
        Level of the interval, a fraction.
    p : float
        The slope counts where chance would give one as large less often than this.

    Returns
    -------
    pandas.DataFrame
        One row per account, the largest cost first, then ``total``. ``row_key, account, name,
        role``; ``cost`` of the period, of it ``variable``, ``fixed`` and ``not_split``, in
        reporting currency; ``variable_share`` with ``share_low`` and ``share_high`` at ``level``
        where estimated (of ``total``, the share of what is split); ``by`` (``declared``,
        ``estimated`` or empty), ``months`` used,
        ``r_squared``, ``p_value``, ``reason``.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If the driver is not known, or `level` or `p` is not between 0 and 1.

    Notes
    -----
    Cost of a month is fitted by least squares on units of the driver, :math:`c = a + b u`; the
    variable share is :math:`b u / c` of the period, cut to 0 and 1, its interval that of b. Refused
    are fewer than 12 months, a driver that hardly moves, a slope that is not significant or below
    0, and a trend in common only: the changes from month to month must go the same way as the
    slope. A regression shows what went together, not what causes it.

    References
    ----------
    .. [1] Horngren, Datar and Rajan, *Cost Accounting*, ch. 10 (cost behavior, regression).

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> labels = [f"2025-{n:02d}" for n in range(1, 13)]
    >>> units = [100, 130, 90, 150, 120, 170, 110, 160, 140, 180, 105, 145]
    >>> line = {"version": "actual", "line": "Support", "group": "operating", "account": "5200"}
    >>> statement = pd.DataFrame(
    ...     [line | {"period": m, "amount": -(200.0 + 2 * u)} for m, u in zip(labels, units)]
    ... )
    >>> orders = pd.DataFrame({"driver": "orders", "metric": "", "period": labels,
    ...     "product": "Atlas", "customer": "A", "units": units})
    >>> found = cost_behavior(
    ...     statement, orders, period=FiscalCalendar().period("2025-12"), driver="orders"
    ... )
    >>> found[["cost", "variable", "fixed", "by"]].round(2).values.tolist()[0]
    [490.0, 290.0, 200.0, 'estimated']
    """
    for name, share in (("level", level), ("p", p)):
        if not 0 < share < 1:
            raise MeasureError(f"{share:g} is no share", where=name, advice="Give 0 to 1.")
    rows = prepared(statement, extra=["account"])
    rows = rows[(rows["version"] == ACTUAL) & rows["group"].isin(COST)]
    span = sorted(set(rows.loc[rows["period"] <= period.months[-1], "period"]))[-months:]
    units: dict[str, float] = {}
    if driver != _USUAL or bool((drivers["driver"] == driver).any()):
        used = weighed(drivers, driver, metrics, where="driver")
        units = {str(k): float(v) for k, v in used.groupby("period")["units"].sum().items()}
    declared = _declared(accounts)
    cents: dict[str, dict[str, int]] = {}
    for (account, month), value in totals(rows, ["account", "period"]).items():
        cents.setdefault(account, {})[month] = -value
    out: list[dict[str, Any]] = []
    for account, by_month in cents.items():
        cost = sum(by_month.get(month, 0) for month in period.months)
        name, known = declared.get(account, ("", None))
        row: dict[str, Any] = {
            "account": account,
            "name": name or account,
            "role": "item",
            "cost": cost,
        }
        row |= dict.fromkeys(("share_low", "share_high", "months", "r_squared", "p_value"))
        if known is not None:
            row |= {"variable_share": known, "by": "declared", "reason": ""}
        else:
            at = [month for month in span if month in units and month in by_month]
            row |= _estimated(
                np.array([by_month[month] / 100 for month in at]),
                np.array([units[month] for month in at]),
                (level, p, driver),
                sum(units.get(month, 0.0) for month in period.months) / (cost / 100 or 1.0),
            )
        if cost or any(by_month.get(month) for month in span):
            out.append(row | _split(cost, row["variable_share"]))
    return _laid_out(out)


def _declared(accounts: pd.DataFrame | None) -> dict[str, tuple[str, float | None]]:
    if accounts is None or accounts.empty:
        return {}
    require(accounts, ["account"], name="accounts")
    found: dict[str, tuple[str, float | None]] = {}
    blank = texts(accounts["account"]).map(lambda _: "")
    names = accounts["name"] if "name" in accounts.columns else blank
    kinds = accounts["behavior"] if "behavior" in accounts.columns else blank
    parts = accounts["variable_share"] if "variable_share" in accounts.columns else blank
    for account, name, kind, part in zip(
        texts(accounts["account"]), names, kinds, parts, strict=True
    ):
        share = _DECLARED.get(str(kind))
        if str(kind) == "semi":
            share = _number(part)
        found[str(account)] = (str(name or ""), share)
    return found


def _number(value: object) -> float | None:
    try:
        share = float(str(value))
    except ValueError:
        return None
    return share if 0 <= share <= 1 else None


def _estimated(
    cost: np.ndarray, units: np.ndarray, asked: tuple[float, float, str], turn: float
) -> dict[str, Any]:
    """Return the share that follows the driver, or why there is none; `turn` is units by cost."""
    level, most, driver = asked
    none: dict[str, Any] = {"variable_share": None, "by": "", "months": len(cost)}
    if len(cost) < _FEWEST:
        return none | {"reason": f"{len(cost)} months with {driver}, fewer than {_FEWEST}"}
    if not units.mean() or units.std() / abs(units.mean()) < _STEADY:
        return none | {"reason": f"{driver} hardly moves"}
    if cost.mean() <= 0:
        return none | {"reason": "no cost on average"}
    fit = _fit(units, cost)
    none |= {"r_squared": fit.r2, "p_value": fit.p}
    if fit.p >= most:
        return none | {"reason": f"does not follow {driver} (p {fit.p:.2f})"}
    if fit.slope <= 0:
        return none | {"reason": f"falls while {driver} grows"}
    steps = _fit(np.diff(units), np.diff(cost))
    if steps.slope <= 0 or steps.p >= 2 * most:
        return none | {"reason": f"shares a trend with {driver}, its months do not follow"}
    wide = float(stats.t.ppf(0.5 + level / 2, fit.months - 2)) * fit.error
    low, mid, high = (
        min(max(slope * turn, 0.0), 1.0)
        for slope in (fit.slope - wide, fit.slope, fit.slope + wide)
    )
    told = {"variable_share": mid, "share_low": low, "share_high": high, "by": "estimated"}
    return none | told | {"reason": ""}


def _fit(units: np.ndarray, cost: np.ndarray) -> _Fit:
    found = stats.linregress(units, cost)
    p = float(found.pvalue)
    return _Fit(
        float(found.slope), float(found.stderr), p if math.isfinite(p) else 1.0,
        float(found.rvalue) ** 2, len(cost),
    )  # fmt: skip


def _split(cost: int, share: float | None) -> dict[str, Any]:
    if share is None:
        return {"variable": 0, "fixed": 0, "not_split": cost}
    variable = round(cost * share)
    return {"variable": variable, "fixed": cost - variable, "not_split": 0}


def _laid_out(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    money = ("cost", "variable", "fixed", "not_split")
    ranked = sorted(rows, key=lambda row: (-row["cost"], row["account"]))
    if ranked:
        total: dict[str, Any] = dict.fromkeys(
            ("variable_share", "share_low", "share_high", "months", "r_squared", "p_value")
        )
        total |= {"account": "", "name": "Total", "role": "total", "by": "", "reason": ""}
        total |= {name: sum(row[name] for row in ranked) for name in money}
        total["variable_share"] = rate(total["variable"], total["variable"] + total["fixed"])
        ranked.append(total)
    keys = row_keys([(row["account"],) for row in ranked if row["role"] == "item"],
                    reserved=["total"])  # fmt: skip
    keys += ["total"] if ranked else []
    columns = dict.fromkeys(("row_key", "account", "name", "role"), TEXT)
    columns |= dict.fromkeys(money, MONEY)
    columns |= dict.fromkeys(("variable_share", "share_low", "share_high"), RATE)
    columns |= {"by": TEXT, "months": COUNT, "r_squared": "Float64", "p_value": "Float64"}
    return result(
        [
            {"row_key": key} | row | {name: row[name] / 100 for name in money}
            for key, row in zip(keys, ranked, strict=True)
        ],
        columns | {"reason": TEXT},
    )
