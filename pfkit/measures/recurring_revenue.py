"""How recurring revenue moved: new, expansion, contraction, churn, reactivation, exchange rates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pfkit.measures.paid import MOVES, Paid, paid
from pfkit.measures.rows import COUNT, MONEY, TEXT, money, reasons, result, row_keys

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.period import Period

_AMOUNTS = ("opening", *MOVES, "fx", "closing", "net_new")
_PEOPLE = {
    "opening_customers": "",
    "new_customers": "new",
    "reactivated_customers": "reactivation",
    "churned_customers": "churn",
    "closing_customers": "",
}
_COLUMNS = (
    dict.fromkeys(("row_key", "role", "label"), TEXT)
    | dict.fromkeys(_AMOUNTS, MONEY)
    | dict.fromkeys(_PEOPLE, COUNT)
    | dict.fromkeys(("counted", "rate_of", "reason"), TEXT)
)


def recurring_revenue(
    recurring: pd.DataFrame, *, period: Period, by: str | None = None
) -> pd.DataFrame:
    r"""Walk monthly recurring revenue from the opening of a period to its close.

    Use it for the recurring-revenue bridge; `retention` says how much of it stays, `cohorts` for
    whom.

    Parameters
    ----------
    recurring : pandas.DataFrame
        ``book.recurring``: ``period, customer, currency, amount_local`` (a month), ``rate``
        (reporting currency per 1 unit), and `by`.
    period : Period
        The month, quarter or year; movements are told month by month and added up.
    by : str, optional
        ``period`` for a row per month, or a column such as ``segment`` or ``product``. By product
        a customer is counted once for each, and canceling one of two is churn of that product.

    Returns
    -------
    pandas.DataFrame
        A row per value of `by`, the largest closing first (months in order), and a ``Total``.
        ``row_key, role, label``; ``opening``, ``new``, ``expansion``, ``reactivation``,
        ``contraction`` and ``churn`` (negative), ``fx`` and ``closing`` in reporting currency a
        month, and ``net_new``, the five movements together; ``opening_customers``,
        ``new_customers``, ``reactivated_customers``, ``churned_customers`` and
        ``closing_customers``; ``counted``, what a customer is; ``rate_of``, the month whose rates
        the movements are at; ``reason``. Empty where nothing recurs.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If an amount is negative or missing, or a currency has no rate.

    Notes
    -----
    :math:`opening + new + expansion + reactivation + contraction + churn + fx = closing`, to the
    cent in every row. A movement is of a customer as a whole, so that one who cancels one of two
    subscriptions contracts. Movements are at the rates of the period's last month; ``fx`` is what
    rates alone made of it: the opening at those rates less the opening as it was reported. A
    customer who paid in any earlier month and comes back is reactivated. Who comes and goes within
    a quarter is new and churned.

    References
    ----------
    .. [1] ChartMogul, *The Ultimate SaaS Metrics Cheat Sheet*, MRR movements.

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> rows = pd.DataFrame(
    ...     [("2026-05", "A", 100.0), ("2026-06", "A", 120.0), ("2026-05", "B", 50.0)],
    ...     columns=["period", "customer", "amount_local"],
    ... ).assign(currency="EUR", rate=1.0)
    >>> found = recurring_revenue(rows, period=FiscalCalendar().period("2026-06"))
    >>> found[["opening", "expansion", "churn", "closing"]].values.tolist()
    [[150.0, 20.0, -50.0, 120.0]]
    """
    book = paid(recurring, period=period, by=None if by == "period" else by)
    if not book.months:
        return result([], _COLUMNS)
    told = [[month for month in period.months if month >= book.months[0]]]
    if by == "period":
        told = [[month] for month in told[0]]
    stretches = [_stretch(book, months) for months in told]
    first = told[0][0] == book.months[0]
    why = f"who paid before {book.months[0]} is not known, and counts as new" if first else ""
    counted = "customer" if by in {None, "period"} else f"customer and {by}"
    rows: list[dict[str, Any]] = []
    if by == "period":
        rows = [_row(months[0], s.sum(axis=1)) for months, s in zip(told, stretches, strict=True)]
    elif by is not None:
        rows = [_row(name, stretches[0][:, place]) for place, name in enumerate(book.groups)]
        rows = [row for row in rows if any(row[name] for name in _AMOUNTS)]
        rows.sort(key=lambda row: (-row["closing"], -row["opening"], row["label"]))
    whole = sum(part.sum(axis=1) for part in stretches)
    whole[_PLACE["opening"]] = stretches[0][_PLACE["opening"]].sum()
    whole[_PLACE["opening_customers"]] = stretches[0][_PLACE["opening_customers"]].sum()
    for name in ("closing", "closing_customers"):
        whole[_PLACE[name]] = stretches[-1][_PLACE[name]].sum()
    keys = row_keys([(row["label"],) for row in rows], reserved=["total"])
    rows = [row | {"row_key": key} for row, key in zip(rows, keys, strict=True)]
    rows.append(_row("Total", whole) | {"row_key": "total", "role": "total"})
    same = {"counted": counted, "rate_of": book.rate_of, "reason": reasons(why)}
    return result([row | same for row in rows], _COLUMNS)


_PLACE = {name: place for place, name in enumerate((*_AMOUNTS, *_PEOPLE))}


def _stretch(book: Paid, months: list[str]) -> np.ndarray:
    """Return amounts (cents) and customers of some months that follow each other, by group."""
    begin, end = book.place(months[0]) - 1, book.place(months[-1])
    out = np.zeros((len(_PLACE), len(book.groups)), dtype=np.int64)
    for place in range(begin + 1, end + 1):
        for name, change in book.moves(place).items():
            out[_PLACE[name]] += book.summed(change)
            for people, kind in _PEOPLE.items():
                if kind == name:
                    out[_PLACE[people]] += book.summed(change != 0)
    for side, place in (("opening", begin), ("closing", end)):
        out[_PLACE[side]] = book.summed(book.at(book.reported, place))
        out[_PLACE[f"{side}_customers"]] = book.summed(book.at(book.constant, place) > 0)
    moved = sum(out[_PLACE[name]] for name in MOVES)
    out[_PLACE["net_new"]] = moved
    out[_PLACE["fx"]] = out[_PLACE["closing"]] - out[_PLACE["opening"]] - moved
    return out


def _row(label: str, values: np.ndarray) -> dict[str, Any]:
    row: dict[str, Any] = {"role": "item", "label": label}
    row |= {name: money(int(values[_PLACE[name]])) for name in _AMOUNTS}
    return row | {name: int(values[_PLACE[name]]) for name in _PEOPLE}
