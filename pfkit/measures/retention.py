"""How much of the recurring revenue of a year ago is still there: net, gross, and by customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from pfkit.errors import MeasureError, ParameterError, near_miss
from pfkit.measures.paid import Paid, paid
from pfkit.measures.recurring import grr, nrr
from pfkit.measures.rows import COUNT, MONEY, RATE, TEXT, money, reasons, result, row_keys

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.period import Period

Convention = Literal["cohort", "movements"]
CONVENTIONS = {
    "cohort": "customers of the start, at the end",
    "movements": "monthly movements added up",
}
_AMOUNTS = ("start", "expansion", "contraction", "churn", "end")
_COLUMNS = (
    dict.fromkeys(("row_key", "role", "label", "convention"), TEXT)
    | {"window_months": COUNT}
    | dict.fromkeys(_AMOUNTS, MONEY)
    | dict.fromkeys(("nrr", "grr", "logo_churn_rate"), RATE)
    | dict.fromkeys(("start_customers", "lost_customers"), COUNT)
    | dict.fromkeys(("rate_of", "reason"), TEXT)
)


def retention(
    recurring: pd.DataFrame,
    *,
    period: Period,
    by: str | None = None,
    window_months: int = 12,
    convention: Convention = "cohort",
) -> pd.DataFrame:
    r"""Return net and gross revenue retention and logo churn, with the convention beside them.

    Use it beside `recurring_revenue`; two companies' rates compare only under one convention and
    window.

    Parameters
    ----------
    recurring : pandas.DataFrame
        ``book.recurring``, as for `recurring_revenue`.
    period : Period
        Its last month ends the window.
    by : str, optional
        ``period`` for a row per month of the period, or a column such as ``segment``.
    window_months : int
        Months from the start to the end, 1 or more.
    convention : str
        ``cohort``: the customers of the start, what they paid then and what they pay at the end.
        ``movements``: expansion, contraction and churn of every month of the window added up,
        those of customers who came since the start among them.

    Returns
    -------
    pandas.DataFrame
        A row per value of `by` and a ``Total`` (none with ``by="period"``). ``row_key, role,
        label, convention, window_months``; ``start``, ``expansion``, ``contraction`` and ``churn``
        (positive), ``end`` of the same customers, in reporting currency a month at the rates of
        ``rate_of``; ``nrr`` and ``grr``, fractions of the start; ``logo_churn_rate``, the fraction
        of the customers of the start that pay nothing at the end; ``start_customers``,
        ``lost_customers``; ``reason`` why a rate is NA. Empty where nothing recurs.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If an amount is negative or missing, or a currency has no rate.
    ParameterError
        If the window is below 1, or the convention is unknown.

    Notes
    -----
    :math:`nrr = (start + expansion - contraction - churn) / start`,
    :math:`grr = (start - contraction - churn) / start`; new and reactivated customers do not
    count. Exchange rates are held constant.

    References
    ----------
    .. [1] ChartMogul, *The Ultimate SaaS Metrics Cheat Sheet*, net and gross MRR retention.

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> rows = pd.DataFrame(
    ...     [("2026-05", "A", 100.0), ("2026-06", "A", 120.0), ("2026-05", "B", 60.0),
    ...      ("2026-06", "B", 30.0)],
    ...     columns=["period", "customer", "amount_local"],
    ... ).assign(currency="EUR", rate=1.0)
    >>> found = retention(rows, period=FiscalCalendar().period("2026-06"), window_months=1)
    >>> found[["nrr", "grr"]].values.tolist()
    [[0.9375, 0.8125]]
    """
    _check(window_months, convention)
    book = paid(recurring, period=period, by=None if by == "period" else by)
    if not book.months:
        return result([], _COLUMNS)
    tell = _movements if convention == "movements" else _cohort
    same = {"convention": CONVENTIONS[convention], "window_months": window_months}
    rows: list[dict[str, Any]] = []
    if by == "period":
        for month in period.months:
            begin = period.calendar.shift(month, -window_months)
            parts = _parts(book, begin, month, tell)
            rows.append(same | _row(month, parts, book, begin))
        keys = [str(row["label"]) for row in rows]
        return result(
            [row | {"row_key": key, "role": "item"} for row, key in zip(rows, keys, strict=True)],
            _COLUMNS,
        )
    month = period.months[-1]
    begin = period.calendar.shift(month, -window_months)
    parts = _parts(book, begin, month, tell)
    if by is not None:
        for place, name in enumerate(book.groups):
            mine = {key: values[[place]] for key, values in parts.items()}
            rows.append(same | _row(name, mine, book, begin) | {"role": "item"})
        rows.sort(key=lambda row: (-(row["start"] or 0), row["label"]))
    keys = row_keys([(str(row["label"]),) for row in rows], reserved=["total"])
    rows = [row | {"row_key": key} for row, key in zip(rows, keys, strict=True)]
    rows.append(same | _row("Total", parts, book, begin) | {"row_key": "total", "role": "total"})
    return result(rows, _COLUMNS)


def _check(window: int, convention: str) -> None:
    if window < 1:
        raise ParameterError(
            f"window_months is {window}", where="retention", advice="Give 1 or more, such as 12."
        )
    if convention not in get_args(Convention):
        raise ParameterError(
            f"no convention {convention!r}",
            where="retention",
            advice=near_miss(convention, get_args(Convention), noun="convention"),
        )


def _parts(book: Paid, begin: str, month: str, tell: Any) -> dict[str, np.ndarray]:  # noqa: ANN401
    """Return start, expansion, contraction, churn and customers, each by group."""
    first, last = book.place(begin), book.place(month)
    start, end = book.at(book.constant, first), book.at(book.constant, last)
    there = start > 0
    parts = {"start": start, "start_customers": there, "lost_customers": there & (end == 0)}
    parts |= tell(book, first, last)
    return {name: book.summed(values) for name, values in parts.items()}


def _cohort(book: Paid, first: int, last: int) -> dict[str, np.ndarray]:
    start, end = book.at(book.constant, first), book.at(book.constant, last)
    change = np.where(start > 0, end - start, 0)
    return {
        "expansion": np.maximum(change, 0),
        "contraction": np.where(end > 0, np.maximum(-change, 0), 0),
        "churn": np.where(end == 0, start, 0),
    }


def _movements(book: Paid, first: int, last: int) -> dict[str, np.ndarray]:
    sums = {
        name: np.zeros(len(book.group), dtype=np.int64)
        for name in ("expansion", "contraction", "churn")
    }
    for place in range(max(first, -1) + 1, last + 1):
        moved = book.moves(place)
        sums = {name: value + np.abs(moved[name]) for name, value in sums.items()}
    return sums


def _row(label: str, parts: dict[str, np.ndarray], book: Paid, begin: str) -> dict[str, Any]:
    cents = {name: int(values.sum()) for name, values in parts.items()}
    row: dict[str, Any] = {"label": label, "rate_of": book.rate_of}
    why = f"no recurring revenue is known of {begin}" if begin < book.months[0] else ""
    if not why and cents["start"] == 0:
        why = f"nobody paid in {begin}"
    if why:
        blank = dict.fromkeys((*_AMOUNTS, "nrr", "grr", "logo_churn_rate"))
        people = dict.fromkeys(("start_customers", "lost_customers"))
        return row | blank | people | {"reason": why}
    row |= {name: money(cents[name]) for name in ("start", "expansion", "contraction", "churn")}
    lost = cents["contraction"] + cents["churn"]
    row["end"] = money(cents["start"] + cents["expansion"] - lost)
    loss = {"contraction": float(cents["contraction"]), "churn": float(cents["churn"])}
    try:
        row["nrr"] = nrr(cents["start"], expansion=cents["expansion"], **loss)
        row["grr"] = grr(cents["start"], **loss)
    except MeasureError:
        row |= {"nrr": None, "grr": None}
        why = "more was lost than there was at the start: customers came since"
    people = {name: cents[name] for name in ("start_customers", "lost_customers")}
    churned = cents["lost_customers"] / cents["start_customers"]
    return row | people | {"logo_churn_rate": churned, "reason": reasons(why)}
