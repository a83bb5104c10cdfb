"""Deferred revenue: how the balance came from opening to closing, and when it will be earned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pfkit.errors import MeasureError
from pfkit.measures.rows import COUNT, MONEY, TEXT, money, require, result, row_keys, texts

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.period import Period

_READ = (
    *("period", "currency", "method", "billed", "recognized"),
    *("deferred", "unbilled", "deferred_local", "unbilled_local"),
)
_AHEAD = {"within_3_months": (1, 3), "within_12_months": (4, 12)}
_AMOUNTS = (
    *("opening", "billed", "recognized", "unbilled", "fx", "closing"),
    *(*_AHEAD, "later", "contract_assets"),
)
_COLUMNS = (
    dict.fromkeys(("row_key", "role", "label"), TEXT)
    | {"count": COUNT}
    | dict.fromkeys(_AMOUNTS, MONEY)
    | dict.fromkeys(("method", "reason"), TEXT)
)
_BALANCES = ("opening", "unbilled", "closing", "contract_assets")
METHODS = {
    "day": "evenly by day over the service",
    "month": "in equal parts over the fiscal months a service touches",
}


def deferred_revenue(
    recognition: pd.DataFrame,
    remaining: pd.DataFrame | None = None,
    *,
    period: Period,
    by: str = "product",
    rates: pd.DataFrame | None = None,
    top: int = 15,
) -> pd.DataFrame:
    r"""Roll deferred revenue forward, and tell when its closing balance will be earned.

    Use it for the balance that was billed and not yet earned; `billing_ledger` holds it against the
    ledger.

    Parameters
    ----------
    recognition : pandas.DataFrame
        ``book.recognition``: ``period, currency, method, billed, recognized, deferred, unbilled``
        (changes, reporting currency), ``deferred_local, unbilled_local`` and `by`.
    remaining : pandas.DataFrame, optional
        ``book.remaining`` of the same period, with `by`; without it nothing is told ahead.
    period : Period
        The month, quarter or year rolled forward.
    by : str
        ``product`` or ``family``; ``period`` for a row per month.
    rates : pandas.DataFrame, optional
        Closing rates, ``period, currency, rate``, of the period's last month and of the month
        before the period (of every month with ``by="period"``): balances are translated at them,
        and ``fx`` is what that makes of them. Without it a balance keeps the rate of its invoice,
        and ``fx`` is zero.
    top : int
        Rows shown by themselves.

    Returns
    -------
    pandas.DataFrame
        A row per value of `by` with a balance, the largest closing first, ``Other (n)`` with those
        beyond `top` and those whose every invoice is earned in its own month, and a ``Total``.
        ``row_key, role, label, count``; ``opening``, ``billed``, ``recognized``, ``unbilled``
        (change of what is earned before it is billed), ``fx`` and ``closing`` in
        reporting currency; of the closing, what is earned ``within_3_months`` of the period's end,
        ``within_12_months`` (the fourth to the twelfth) and ``later``; ``contract_assets``, what is
        earned and not yet billed at the end, apart; ``method``; ``reason``. Empty where nothing
        was billed.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If a currency has a balance and no closing rate.

    Notes
    -----
    :math:`opening + billed - recognized + unbilled + fx = closing`, to the cent in every row; where
    nothing is unbilled this is the usual roll-forward. Advance payments are no monetary item, so
    that their rate stays that of the invoice (IFRIC 22); `rates` is for a book that is translated
    as a whole (IAS 21, 39). ``within_3_months + within_12_months + later = closing``.

    References
    ----------
    .. [1] IASB, *IFRS 15*, 105-109 (contract balances), 116-120 (roll-forward, remaining
       performance).
    .. [2] IFRIC 22 *Foreign Currency Transactions and Advance Consideration*.

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> moved = pd.DataFrame(
    ...     [("2026-01", 120.0, 10.0, 110.0), ("2026-02", 0.0, 10.0, -10.0)],
    ...     columns=["period", "billed", "recognized", "deferred"],
    ... ).assign(product="Atlas", currency="EUR", method="day", unbilled=0.0,
    ...     deferred_local=lambda rows: rows["deferred"], unbilled_local=0.0)
    >>> found = deferred_revenue(moved, period=FiscalCalendar().period("2026-02"))
    >>> found[["opening", "billed", "recognized", "closing"]].values.tolist()[0]
    [110.0, 0.0, 10.0, 100.0]
    """
    extra = [] if by == "period" else [by]
    require(recognition, [*_READ, *extra], name="recognition")
    if recognition.empty:
        return result([], _COLUMNS)
    method = METHODS.get(str(recognition["method"].iloc[0]), str(recognition["method"].iloc[0]))
    if by == "period":
        rows = [
            {"label": month} | _walk(recognition, None, period.calendar.period(month), rates)
            for month in period.months
        ]
        rows.append(_sum_of(rows, recognition, remaining, period, rates))
    else:
        rows = _by(recognition, remaining, period=period, by=by, rates=rates, top=top)
    roles = [row.get("role", "item") for row in rows]
    keys = row_keys([(row["label"],) for row in rows[:-1]], reserved=["total"])
    out = [
        {"count": 1, "reason": ""}
        | row
        | {name: money(row[name]) for name in _AMOUNTS}
        | {"row_key": key, "role": role, "method": method}
        for row, key, role in zip(rows, [*keys, "total"], [*roles[:-1], "total"], strict=True)
    ]
    return result(out, _COLUMNS)


def _by(
    recognition: pd.DataFrame,
    remaining: pd.DataFrame | None,
    *,
    period: Period,
    by: str,
    rates: pd.DataFrame | None,
    top: int,
) -> list[dict[str, Any]]:
    """Return a row per value, the largest first, the rest together, and their sum."""
    names = texts(recognition[by])
    ahead = None if remaining is None else texts(remaining[by])
    rows = []
    for name in sorted(set(names)):
        mine = None if remaining is None else remaining[(ahead == name).to_numpy()]
        walked = _walk(recognition[(names == name).to_numpy()], mine, period, rates)
        if any(walked[column] for column in _AMOUNTS):
            rows.append({"label": name} | walked)
    rows.sort(key=lambda row: (-abs(row["closing"]), -abs(row["billed"]), row["label"]))
    held = [row for row in rows if any(row[name] for name in _BALANCES)]
    shown = held if len(held) <= top else held[:top]
    rest = [row for row in rows if row not in shown]
    if len(rest) == 1:
        shown, rest = rows, []
    if rest:
        other = {"label": f"Other ({len(rest)})", "role": "other", "count": len(rest)}
        shown = [*shown, other | _added(rest)]
    return [*shown, {"label": "Total", "count": len(rows)} | _added(rows)]


def _sum_of(
    rows: list[dict[str, Any]],
    recognition: pd.DataFrame,
    remaining: pd.DataFrame | None,
    period: Period,
    rates: pd.DataFrame | None,
) -> dict[str, Any]:
    """Return the whole period, whose movements are those of its months."""
    whole = _walk(recognition, remaining, period, rates)
    flows = ("billed", "recognized", "unbilled", "fx")
    moved = {name: sum(row[name] for row in rows) for name in flows}
    return {"label": "Total", "count": len(rows)} | whole | moved


def _added(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        name: None if any(row[name] is None for row in rows) else sum(row[name] for row in rows)
        for name in _AMOUNTS
    }


def _walk(
    mine: pd.DataFrame, ahead: pd.DataFrame | None, period: Period, rates: pd.DataFrame | None
) -> dict[str, Any]:
    """Return one row in cents: every balance is rounded, so that flows are their differences."""
    first, last = period.months[0], period.months[-1]
    months = mine["period"].astype("str")
    before, until = mine[(months < first).to_numpy()], mine[(months <= last).to_numpy()]
    billed = [_cents(part["billed"]) for part in (before, until)]
    open_ = [_cents(part["deferred"]) for part in (before, until)]
    due = [_cents(part["unbilled"]) for part in (before, until)]
    unbilled = due[1] - due[0]
    sold = billed[1] - billed[0]
    recognized = sold - (open_[1] - open_[0]) + unbilled
    fx = 0
    if rates is not None:
        previous = period.calendar.shift(first, -1)
        held = [
            _translated(part, "deferred", month, rates)
            for part, month in ((before, previous), (until, last))
        ]
        fx = (held[1] - held[0]) - (open_[1] - open_[0])
        due[1] = _translated(until, "unbilled", last, rates)
        open_ = held
    row: dict[str, Any] = {
        "opening": open_[0],
        "billed": sold,
        "recognized": recognized,
        "unbilled": unbilled,
        "fx": fx,
        "closing": open_[1],
        "contract_assets": due[1],
    }
    return row | _ahead(ahead, period, rates, open_[1])


def _ahead(
    ahead: pd.DataFrame | None, period: Period, rates: pd.DataFrame | None, closing: int
) -> dict[str, Any]:
    """Return when the closing will be earned; what is later takes what rounding leaves."""
    if ahead is None:
        return dict.fromkeys((*_AHEAD, "later"))
    last = period.months[-1]
    amount = ahead["amount"].astype("float64")
    if rates is not None:
        known = _rates(ahead.assign(deferred=amount, deferred_local=ahead["amount_local"]), rates)
        amount = ahead["amount_local"].astype("float64") * [
            known(currency, last) for currency in ahead["currency"]
        ]
    months = ahead["period"].astype("str")
    found: dict[str, Any] = {}
    for name, (begin, end) in _AHEAD.items():
        labels = [period.calendar.shift(last, step) for step in range(begin, end + 1)]
        found[name] = _cents(amount[months.isin(labels)])
    beyond = months > period.calendar.shift(last, max(end for _, end in _AHEAD.values()))
    if not beyond.any():  # a cent that rounding leaves is no later month
        kept = "within_12_months" if found["within_12_months"] else "within_3_months"
        found[kept] = closing - sum(value for name, value in found.items() if name != kept)
    return found | {"later": closing - sum(found.values())}


def _cents(amounts: pd.Series) -> int:
    return int(np.rint(float(amounts.astype("float64").sum()) * 100))


def _translated(mine: pd.DataFrame, name: str, month: str, rates: pd.DataFrame) -> int:
    known = _rates(mine, rates)
    total = 0
    for currency, part in mine.groupby("currency"):
        local = _cents(part[f"{name}_local"])
        if local:
            total += round(local * known(str(currency), month))
    return total


def _rates(mine: pd.DataFrame, rates: pd.DataFrame) -> Any:  # noqa: ANN401 (a function)
    """Return a function that gives the closing rate of a currency, 1 for reporting currency."""
    require(rates, ["period", "currency", "rate"], name="rates")
    keys = zip(rates["period"].astype("str"), rates["currency"].astype("str"), strict=True)
    held = dict(zip(keys, rates["rate"].astype("float64"), strict=True))
    apart = (mine["deferred"].astype("float64") - mine["deferred_local"].astype("float64")).abs()
    foreign = set(mine.loc[(apart > 0).to_numpy(), "currency"].astype("str"))

    def known(currency: str, month: str) -> float:
        if (month, currency) in held:
            return float(held[month, currency])
        if currency not in foreign:
            return 1.0
        raise MeasureError(
            f"no closing rate for {currency} in {month}, which has a balance",
            where="deferred_revenue",
            advice="Give the rate of the period's last month and of the month before the period.",
        )

    return known
