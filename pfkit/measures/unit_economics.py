"""Unit economics: what a customer brings, costs to win and is worth, each with its convention."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from scipy import stats

from pfkit.errors import MeasureError, ParameterError
from pfkit.measures.paid import Paid, paid
from pfkit.measures.recurring import cac_payback_months, quick_ratio
from pfkit.measures.rows import MONEY, RATE, TEXT, require, result

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from pfkit.period import Period

#: Below so many customers lost there is no lifetime value.
LEAST_CHURNS = 5
_QUARTER = 3
_YEAR = 12
_NO_COST = "the book does not say what winning customers costs"
_COLUMNS = (
    {"row_key": TEXT, "label": TEXT, "value": MONEY, "low": MONEY, "high": MONEY}
    | {"level": RATE, "unit": TEXT}
    | dict.fromkeys(("convention", "reason"), TEXT)
)
_NAMES = {
    "arpa": ("Recurring revenue per customer", "money"),
    "new_arpa": ("Recurring revenue per new customer", "money"),
    "gross_margin_rate": ("Gross margin", "rate"),
    "churn_rate": ("Customers lost a month", "rate"),
    "ltv": ("Lifetime value, all customers", "money"),
    "new_ltv": ("Lifetime value of a new customer", "money"),
    "cac": ("Cost to win a customer", "money"),
    "ltv_to_cac": ("Lifetime value over cost to win, new customers", "ratio"),
    "cac_payback_months": ("Months until the cost to win is back, new customers", "months"),
    "quick_ratio": ("Quick ratio", "ratio"),
    "rule_of_40": ("Rule of 40", "rate"),
    "magic_number": ("Magic number", "ratio"),
    "burn_multiple": ("Burn multiple", "ratio"),
}


def unit_economics(
    recurring: pd.DataFrame,
    statement: pd.DataFrame | None = None,
    acquisition: pd.DataFrame | None = None,
    *,
    period: Period,
    burn: float | None = None,
    window_months: int = 12,
    horizon_months: int = 60,
    level: float = 0.90,
) -> pd.DataFrame:
    r"""Return what a customer brings, what winning one costs, and whether growth pays.

    Use it beside `recurring_revenue` and `retention`; a number whose input is missing says so.

    Parameters
    ----------
    recurring : pandas.DataFrame
        ``book.recurring``, as for `recurring_revenue`.
    statement : pandas.DataFrame, optional
        ``book.statement``: its actuals give the gross margin and the contribution.
    acquisition : pandas.DataFrame, optional
        ``book.acquisition``: ``period`` and ``amount``, what was spent to win customers, positive.
    period : Period
        Its last month ends the window.
    burn : float, optional
        Cash burned in the window, positive; a ledger of profit and loss does not know it.
    window_months : int
        Months looked back on, 1 or more.
    horizon_months : int
        Months ahead that a lifetime value counts, 1 or more.
    level : float
        Of the intervals, above 0 and below 1.

    Returns
    -------
    pandas.DataFrame
        A row per figure. ``row_key`` (``arpa``, ``new_arpa``, ``gross_margin_rate``,
        ``churn_rate``, ``ltv``, ``new_ltv``, ``cac``, ``ltv_to_cac``, ``cac_payback_months``,
        ``quick_ratio``, ``rule_of_40``, ``magic_number``, ``burn_multiple``), ``label``,
        ``value`` in ``unit`` (``money`` in reporting currency, ``rate`` a fraction, ``ratio``,
        ``months``), ``low`` and ``high`` at
        ``level``, ``convention`` and ``reason`` why a value is NA. Empty where nothing recurs.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If an amount is negative or missing, or a currency has no rate.
    ParameterError
        If the window or the level is out of range.

    Notes
    -----
    Customers lost a month, :math:`\lambda = d / T`: losses over customer-months, both of the
    window. Its interval is exact for a Poisson count (Garwood):
    :math:`\chi^2_{\alpha/2}(2d)/2T` to :math:`\chi^2_{1-\alpha/2}(2d+2)/2T`. Lifetime value is
    :math:`arpa \cdot gross\ margin \cdot (1 - e^{-\lambda H}) / \lambda` over a horizon of
    :math:`H` months, not discounted: few losses would tell of lifetimes that nobody has seen. Its
    interval is that of :math:`\lambda` alone, a constant hazard and today's price and margin taken
    as given. With fewer than five losses there is no lifetime value. Cost to win, payback and
    lifetime value over cost to win stand on one base, the window's new customers and what they
    pay in their first month; ``arpa`` and ``ltv`` are of all customers. Rule of 40: growth of
    recurring revenue over twelve months, exchange rates held constant, plus contribution over net
    revenue. Magic number: recurring revenue added in the last three months, times twelve, over the
    cost of winning of the three months before. Burn multiple: cash burned over recurring revenue
    added, times twelve.

    References
    ----------
    .. [1] F. Garwood, "Fiducial Limits for the Poisson Distribution", *Biometrika* 28, 1936.
    .. [2] D. Skok, "SaaS Metrics 2.0", *For Entrepreneurs*; D. Sacks, "The Burn Multiple", 2020.

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> rows = pd.DataFrame(
    ...     [("2026-05", "A", 100.0), ("2026-06", "A", 120.0), ("2026-05", "B", 10.0)],
    ...     columns=["period", "customer", "amount_local"],
    ... ).assign(currency="EUR", rate=1.0)
    >>> june = FiscalCalendar().period("2026-06")
    >>> found = unit_economics(rows, period=june, window_months=1).set_index("row_key")
    >>> found.loc[["arpa", "quick_ratio"], "value"].tolist(), found.loc["ltv", "reason"]
    ([120.0, 2.0], '1 customer lost, and a lifetime needs 5')
    """
    _check(window_months, horizon_months, level)
    book = paid(recurring, period=period)
    if not book.months:
        return result([], _COLUMNS)
    found: dict[str, dict[str, Any]] = {}
    flow = _flow(book, period.trailing(window_months).months)
    spent = _spending(acquisition)
    margin, contribution, why = _margins(statement, period.trailing(window_months).months)
    customers = int((book.constant[:, -1] > 0).sum())
    closing = int(book.constant[:, -1].sum()) / 100
    arpa = closing / customers if customers else None
    found["arpa"] = _told(
        arpa, "of all customers at the end of the period, a month", "nobody pays at the end"
    )
    won = int(flow["won"])
    fresh = flow["new"] / won if won else None
    found["new_arpa"] = _told(
        fresh, f"of the {won} new customers, in their first month", "no customer was won"
    )
    found["gross_margin_rate"] = _told(margin, f"of net revenue, {window_months} months", why)
    found["churn_rate"] = _churn(flow, level)
    for key, base, whose in (("ltv", "arpa", "today's"), ("new_ltv", "new_arpa", "new")):
        found[key] = _lifetime(
            found["churn_rate"],
            int(flow["lost"]),
            found[base],
            found["gross_margin_rate"],
            counted=f"margin of {whose} customers over {horizon_months} months",
            horizon=horizon_months,
        )
    months = period.trailing(window_months).months
    worth = found["new_ltv"]
    found |= _winning(flow, spent, months, margin, ltv=worth, horizon=horizon_months)
    found["quick_ratio"] = _quick(flow)
    found["rule_of_40"] = _rule_of_40(book, period, contribution, why)
    found["magic_number"] = _magic(book, period, spent)
    found["burn_multiple"] = _burn(flow, burn)
    blank = {"low": None, "high": None, "level": None}
    return result(
        [
            {"row_key": key, "label": label, "unit": unit} | blank | found[key]
            for key, (label, unit) in _NAMES.items()
        ],
        _COLUMNS,
    )


def _check(window: int, horizon: int, level: float) -> None:
    for name, months in (("window_months", window), ("horizon_months", horizon)):
        if months < 1:
            raise ParameterError(
                f"{name} is {months}", where="unit_economics", advice="Give 1 or more."
            )
    if not 0 < level < 1:
        raise ParameterError(
            f"level is {level}", where="unit_economics", advice="Give a fraction, such as 0.9."
        )


def _told(value: float | None, convention: str, why: str) -> dict[str, Any]:
    return {"value": value, "convention": convention, "reason": "" if value is not None else why}


def _flow(book: Paid, months: Sequence[str]) -> dict[str, float]:
    """Return movements (currency), losses, new customers and customer-months of some months."""
    flow = dict.fromkeys(("lost", "won", "exposed"), 0.0)
    for month in months:
        place = book.place(month)
        if place < 1:
            continue
        moves = book.moves(place)
        for name, change in moves.items():
            flow[name] = flow.get(name, 0.0) + abs(int(change.sum())) / 100
        flow["lost"] += int((moves["churn"] != 0).sum())
        flow["won"] += int((moves["new"] != 0).sum())
        flow["exposed"] += int((book.constant[:, place - 1] > 0).sum())
    return flow


def _spending(acquisition: pd.DataFrame | None) -> dict[str, float]:
    if acquisition is None:
        return {}
    require(acquisition, ["period", "amount"], name="acquisition")
    sums = acquisition.groupby(acquisition["period"].astype("str"))["amount"].sum()
    return {str(month): float(amount) for month, amount in sums.items()}


def _margins(
    statement: pd.DataFrame | None, months: Sequence[str]
) -> tuple[float | None, float | None, str]:
    """Return gross margin and contribution as fractions of net revenue, or why there is none."""
    why = "no gross margin: the book has no statement of these months"
    if statement is None or statement.empty:
        return None, None, why
    require(statement, ["version", "period", "group", "amount"], name="statement")
    rows = statement[(statement["version"] == "actual") & statement["period"].isin(months)]
    sums = rows.groupby("group")["amount"].sum().to_dict()
    net = sum(float(sums.get(group, 0.0)) for group in ("gross", "returns", "other"))
    if net <= 0:
        return None, None, why
    gross = net + float(sums.get("cost_of_revenue", 0.0))
    whole = gross + float(sums.get("operating", 0.0))
    if "cost_of_revenue" not in sums:
        return None, whole / net, "no gross margin: no account is cost of revenue"
    return gross / net, whole / net, ""


def _churn(flow: dict[str, float], level: float) -> dict[str, Any]:
    """Return customers lost over customer-months, with Garwood's interval."""
    lost, exposed = int(flow["lost"]), flow["exposed"]
    convention = f"{lost} lost in {exposed:.0f} customer-months; Garwood interval"
    if not exposed:
        return _told(None, convention, "no month before the period is known")
    tail = (1 - level) / 2
    low = stats.chi2.ppf(tail, 2 * lost) / 2 / exposed if lost else 0.0
    high = stats.chi2.ppf(1 - tail, 2 * lost + 2) / 2 / exposed
    bounds = {"low": float(low), "high": float(high), "level": level}
    return _told(lost / exposed, convention, "") | bounds


def _lifetime(
    churn: dict[str, Any],
    lost: int,
    paid_a_month: dict[str, Any],
    margin: dict[str, Any],
    *,
    counted: str,
    horizon: int,
) -> dict[str, Any]:
    """Return what a customer is worth over the horizon; the interval is that of the churn."""
    convention = f"{counted}, at the churn of all; not discounted"
    if lost < LEAST_CHURNS:
        few = f"{lost} customer{'' if lost == 1 else 's'} lost, and a lifetime needs {LEAST_CHURNS}"
        return _told(None, convention, few)
    if margin["value"] is None or paid_a_month["value"] is None:
        return _told(None, convention, margin["reason"] or paid_a_month["reason"])
    worth = paid_a_month["value"] * margin["value"]
    if worth <= 0:
        return _told(None, convention, "a customer earns no gross margin")
    value, low, high = (
        worth * -math.expm1(-rate * horizon) / rate
        for rate in (churn["value"], churn["high"], churn["low"])
    )
    return _told(value, convention, "") | {"low": low, "high": high, "level": churn["level"]}


def _winning(
    flow: dict[str, float],
    spent: dict[str, float],
    months: Sequence[str],
    margin: float | None,
    *,
    ltv: dict[str, Any],
    horizon: int,
) -> dict[str, dict[str, Any]]:
    """Return cost to win, how soon it is back, and lifetime value over it."""
    won = int(flow["won"])
    convention = f"spending of {len(months)} months over {won} new customers"
    missing = [month for month in months if month not in spent]
    why = ""
    if not spent:
        why = _NO_COST
    elif missing:
        why = f"no spending to win customers is known of {missing[0]}"
    elif not won:
        why = "no customer was won"
    over = "lifetime value of a new customer over the cost to win one"
    back = "cost to win over the gross margin a month of a new customer"
    if why:
        return {
            "cac": _told(None, convention, why),
            "cac_payback_months": _told(None, back, why),
            "ltv_to_cac": _told(None, over, why),
        }
    cac = sum(spent[month] for month in months) / won
    payback, no = None, "no gross margin"
    if margin is not None:
        try:
            payback = cac_payback_months(cac, arpa=flow["new"] / won, gross_margin=margin)
        except MeasureError:
            no = "a new customer earns no gross margin"
    if payback is not None and payback > horizon:
        back += f"; beyond the {horizon} months a lifetime value counts"
    ratio = _told(None, over, ltv["reason"])
    if ltv["value"] is not None and cac > 0:
        bounds = {name: ltv[name] / cac for name in ("low", "high")} | {"level": ltv["level"]}
        ratio = _told(ltv["value"] / cac, over, "") | bounds
    return {
        "cac": _told(cac, convention, ""),
        "cac_payback_months": _told(payback, back, no),
        "ltv_to_cac": ratio,
    }


def _quick(flow: dict[str, float]) -> dict[str, Any]:
    convention = "new, expansion and reactivation over contraction and churn"
    known = {name: flow.get(name, 0.0) for name in ("new", "churn", "contraction")}
    more = flow.get("expansion", 0.0) + flow.get("reactivation", 0.0)
    try:
        return _told(quick_ratio(expansion=more, **known), convention, "")
    except MeasureError:
        return _told(None, convention, "nothing was lost")


def _rule_of_40(book: Paid, period: Period, contribution: float | None, why: str) -> dict[str, Any]:
    convention = "growth of recurring revenue in 12 months plus contribution margin"
    before = period.calendar.shift(period.months[-1], -_YEAR)
    place = book.place(before)
    if place < 0:
        return _told(None, convention, f"no recurring revenue is known of {before}")
    start = int(book.constant[:, place].sum())
    if contribution is None or not start:
        return _told(None, convention, why or f"nobody paid in {before}")
    growth = int(book.constant[:, -1].sum()) / start - 1
    return _told(growth + contribution, convention, "")


def _magic(book: Paid, period: Period, spent: dict[str, float]) -> dict[str, Any]:
    convention = "recurring revenue added in 3 months, a year, over the cost of the 3 months before"
    months = period.trailing(2 * _QUARTER).months
    place = book.place(months[_QUARTER - 1])
    why = _NO_COST if not spent else ""
    if not why and not all(month in spent for month in months[:_QUARTER]):
        why = f"no spending to win customers is known of {months[0]}"
    cost = sum(spent.get(month, 0.0) for month in months[:_QUARTER])
    if place < 0 or why or cost <= 0:
        return _told(None, convention, why or f"no recurring revenue is known of {months[0]}")
    added = int(book.constant[:, -1].sum() - book.constant[:, place].sum()) / 100
    return _told(added * _YEAR / cost, convention, "")


def _burn(flow: dict[str, float], burn: float | None) -> dict[str, Any]:
    convention = "cash burned over recurring revenue added, a year"
    gained = sum(flow.get(name, 0.0) for name in ("new", "expansion", "reactivation"))
    added = gained - flow.get("contraction", 0.0) - flow.get("churn", 0.0)
    if burn is None:
        return _told(None, convention, "no cash burned is given")
    if burn <= 0 or added <= 0:
        why = "no cash was burned" if burn <= 0 else "no recurring revenue was added"
        return _told(None, convention, why)
    return _told(burn / (added * _YEAR), convention, "")
