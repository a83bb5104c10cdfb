"""Constant currency: what came of business, and what of exchange rates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pfkit.errors import MeasureError, near_miss
from pfkit.measures.rows import COUNT, MONEY, RATE, TEXT, named, require, result, row_keys
from pfkit.measures.rows import rate as ratio

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from pfkit.period import Period

_COLUMNS = (
    {"row_key": TEXT, "role": TEXT, "label": TEXT, "actual": MONEY, "constant": MONEY}
    | {"currency_effect": MONEY, "prior_year": MONEY, "growth_rate": RATE}
    | {"constant_growth_rate": RATE, "count": COUNT, "at": TEXT, "reason": TEXT}
)
_RATES = {"prior_year": "prior_year_rate", "budget": "budget_rate"}
_BY = ("product", "line", "currency")
_NET_REVENUE = ("gross", "returns", "other")


def constant_currency(
    amounts: pd.DataFrame,
    *,
    period: Period,
    at: Literal["prior_year", "budget"] = "prior_year",
    by: Literal["product", "line", "currency"] = "product",
    top: int = 12,
    names: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    r"""Restate net revenue at the exchange rates of the prior year, or of the budget.

    Use it to tell growth from exchange rates.

    Parameters
    ----------
    amounts : pandas.DataFrame
        ``book.currency_amounts``: by month, product, line and currency ``amount_local`` and
        ``amount`` (reporting currency), with ``prior_year_rate`` and ``budget_rate``.
    period : Period
        The report's period.
    at : str
        ``prior_year`` or ``budget``: whose rates are held constant.
    by : str
        ``product``, ``line`` or ``currency``.
    top : int
        Rows shown one by one, the largest currency effect first; the rest stand together.
    names : mapping of str to str, optional
        Names of product codes.

    Returns
    -------
    pandas.DataFrame
        ``item`` rows, ``other``, and ``total``: ``actual``, ``constant`` (the period at constant
        rates), ``currency_effect`` and ``prior_year`` in reporting currency; ``growth_rate`` and
        ``constant_growth_rate``, fractions of the prior year; NA with a ``reason`` where a rate
        or the prior year is missing. Empty where nothing is in foreign currency.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If `at` or `by` is not known.

    Notes
    -----
    :math:`constant = \sum amount_{local} \times rate_{at}` by month and currency;
    :math:`currency\ effect = actual - constant`. Rows are rounded to the cent and the total is
    their sum, so that they add up.

    References
    ----------
    .. [1] U.S. SEC, *Compliance and Disclosure Interpretations: Non-GAAP Financial Measures*,
       question 104.06 (constant currency).

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> row = {"product": "Atlas", "line": "Sales", "group": "gross", "currency": "USD"}
    >>> now = {"period": "2026-01", "amount_local": 100.0, "amount": 80.0}
    >>> then = {"period": "2025-01", "amount_local": 90.0, "amount": 81.0}
    >>> amounts = pd.DataFrame([row | now, row | then]).assign(
    ...     prior_year_rate=0.9, budget_rate=0.85)
    >>> found = constant_currency(amounts, period=FiscalCalendar().period("2026-01"))
    >>> found[["actual", "constant", "currency_effect"]].values.tolist()[-1]
    [80.0, 90.0, -10.0]
    """
    for value, known, noun in (
        (at, tuple(_RATES), "at"),
        (by, ("product", "line", "currency"), "by"),
    ):
        if value not in known:
            raise MeasureError(
                f"{noun} {value!r} is not known",
                where="constant_currency",
                advice=near_miss(value, known, noun=noun),
            )
    rate = _RATES[at]
    needed = ["period", by, "group", "currency", "amount_local", "amount", rate]
    require(amounts, needed, name="currency_amounts")
    rows = amounts[amounts["group"].isin(_NET_REVENUE)]
    if rows.empty:
        return result([], _COLUMNS)
    now = rows[rows["period"].isin(period.months)]
    now = now.assign(at_constant=now["amount_local"] * now[rate])
    then = rows[rows["period"].isin(period.prior_year.months)]
    prior = then.groupby(by)["amount"].sum() if len(then) else None
    called = names if by == "product" else None
    items = [_row(str(key), part, prior, at, called) for key, part in now.groupby(by, sort=True)]
    gone = [] if prior is None else sorted(set(prior.index) - set(now[by]))
    items += [_row(str(key), now.iloc[:0], prior, at, called) for key in gone]
    items.sort(key=lambda r: (-abs(r["currency_effect"] or 0), -abs(r["actual"]), r["label"]))
    keys = row_keys([(row["label"],) for row in items], reserved=("total", "other"))
    for row, key in zip(items, keys, strict=True):
        row["row_key"] = key
    shown = items if len(items) <= top + 1 else items[:top]
    rest = items[len(shown) :]
    folded = [_sum("other", f"Other ({len(rest)})", rest, at)] if rest else []
    return result([*shown, *folded, _sum("total", "Net revenue", items, at)], _COLUMNS)


def _row(
    key: str,
    part: pd.DataFrame,
    prior: pd.Series | None,
    at: str,
    names: Mapping[str, str] | None,
) -> dict[str, Any]:
    lacking = sorted(set(part.loc[part["at_constant"].isna(), "currency"])) if len(part) else []
    actual = round(float(part["amount"].sum()), 2)
    constant = None if lacking else round(float(part["at_constant"].sum()), 2) if len(part) else 0.0
    before = None if prior is None else round(float(prior.get(key, 0.0)), 2)
    reason = f"no {at.replace('_', ' ')} rate of {', '.join(lacking)}" if lacking else ""
    return _grown("", "item", named(key, names), (actual, constant, before), at) | (
        {"reason": reason} if reason else {}
    )


def _grown(
    key: str,
    role: str,
    label: str,
    amounts: tuple[float, float | None, float | None],
    at: str,
) -> dict[str, Any]:
    actual, constant, before = amounts
    return {
        "row_key": key,
        "role": role,
        "label": label,
        "actual": actual,
        "constant": constant,
        "currency_effect": None if constant is None else round(actual - constant, 2) + 0.0,
        "prior_year": before,
        "growth_rate": _growth(actual, before),
        "constant_growth_rate": _growth(constant, before),
        "count": 1,
        "at": at,
        "reason": "" if before else "no prior year",
    }


def _growth(amount: float | None, before: float | None) -> float | None:
    if amount is None or not before:
        return None
    return ratio(round((amount - before) * 100), round(before * 100))


def _sum(role: str, label: str, rows: Sequence[dict[str, Any]], at: str) -> dict[str, Any]:
    constants = [row["constant"] for row in rows]
    priors = [row["prior_year"] for row in rows]
    lacking = None in constants
    amounts = (
        round(sum(row["actual"] for row in rows), 2),
        None if lacking else round(sum(constants), 2),
        None if None in priors else round(sum(priors), 2),
    )
    found = _grown(role, role, label, amounts, at) | {"count": len(rows)}
    if lacking:
        found["reason"] = next(row["reason"] for row in rows if row["constant"] is None)
    return found
