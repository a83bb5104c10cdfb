"""Cohorts: of the customers who began together, how many stay and what they still pay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from pfkit.errors import ParameterError, near_miss
from pfkit.measures.paid import Paid, paid
from pfkit.measures.rows import COUNT, MONEY, RATE, TEXT, money, result, row_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from pfkit.period import FiscalCalendar, Period

Every = Literal["month", "quarter", "year"]
_Cells = dict[tuple[str, int], tuple[int, int, int, int]]
_STEP = {"month": 1, "quarter": 3, "year": 12}
_COLUMNS = (
    dict.fromkeys(("row_key", "role", "cohort"), TEXT)
    | {"age_months": COUNT, "customers": COUNT}
    | {"start_customers": COUNT, "amount": MONEY, "start_amount": MONEY}
    | dict.fromkeys(("customer_rate", "amount_rate"), RATE)
    | dict.fromkeys(("rate_of", "reason"), TEXT)
)


def cohorts(
    recurring: pd.DataFrame, *, period: Period, every: Every = "quarter", most_months: int = 24
) -> pd.DataFrame:
    r"""Follow the customers who began together: how many stay, and what they pay.

    Use it to see whether newer customers stay longer; `retention` sums up a year.

    Parameters
    ----------
    recurring : pandas.DataFrame
        ``book.recurring``, as for `recurring_revenue`.
    period : Period
        Its last month is the last one looked at.
    every : str
        What a cohort is: customers who began in one fiscal ``month``, ``quarter`` or ``year``. Ages
        are told at the same step.
    most_months : int
        The greatest age told.

    Returns
    -------
    pandas.DataFrame
        A row per cohort and age, and the ages of all cohorts together (``role`` ``total``).
        ``row_key, role, cohort, age_months`` (months since a customer's own first one);
        ``customers`` who pay at that age, of ``start_customers``; ``amount`` they pay a month, of
        ``start_amount`` in their first month, at the rates of ``rate_of``; ``customer_rate`` and
        ``amount_rate``, fractions of the start; ``reason``. A cohort's age stands where all of its
        customers have reached it. Empty where nothing recurs.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If an amount is negative or missing, or a currency has no rate.
    ParameterError
        If `every` is unknown.

    Notes
    -----
    A customer begins in the first month with an amount. Who comes back counts again, so that a
    rate may rise. Customers of the first month that is known began in it or before: they stand
    apart, as ``to <month>``, and are no part of the total.

    References
    ----------
    .. [1] Fader and Hardie, "How to Project Customer Retention", *Journal of Interactive
       Marketing* 21(1), 2007.

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> rows = pd.DataFrame(
    ...     [("2026-01", "Z", 1.0), ("2026-02", "A", 100.0), ("2026-02", "B", 50.0),
    ...      ("2026-03", "A", 120.0)],
    ...     columns=["period", "customer", "amount_local"],
    ... ).assign(currency="EUR", rate=1.0)
    >>> found = cohorts(rows, period=FiscalCalendar().period("2026-03"), every="month")
    >>> mine = found[found["cohort"] == "2026-02"]
    >>> mine[["age_months", "customer_rate", "amount_rate"]].values.tolist()
    [[0, 1.0, 1.0], [1, 0.5, 0.8]]
    """
    if every not in get_args(Every):
        raise ParameterError(
            f"no cohort by {every!r}",
            where="cohorts",
            advice=near_miss(every, get_args(Every), noun="step"),
        )
    book = paid(recurring, period=period)
    if not book.months:
        return result([], _COLUMNS)
    first = (book.constant > 0).argmax(axis=1)
    ever = (book.constant > 0).any(axis=1)
    label = np.array([_label(period.calendar, m, every) for m in book.months], dtype="object")
    label[0] = f"to {book.months[0]}"
    cohort = np.where(ever, label[first], "")
    cells = _cells(book, first, cohort, range(0, most_months + 1, _STEP[every]))
    rows = _rows(cells, label[0])
    keys = row_keys([(row["cohort"], str(row["age_months"])) for row in rows])
    same = {"rate_of": book.rate_of}
    return result(
        [row | same | {"row_key": key} for row, key in zip(rows, keys, strict=True)], _COLUMNS
    )


def _label(calendar: FiscalCalendar, month: str, every: Every) -> str:
    if every == "quarter":
        return calendar.quarter_of(month)
    return month if every == "month" else f"FY{calendar.fiscal_year_of(month):04d}"


def _cells(book: Paid, first: np.ndarray, cohort: np.ndarray, ages: range) -> _Cells:
    """Return customers, those of the start, cents and those of the start, by cohort and age."""
    found: _Cells = {}
    last = len(book.months) - 1
    for name in sorted({str(value) for value in cohort} - {""}):
        mine = np.flatnonzero(cohort == name)
        values, begin = book.constant[mine], first[mine]
        start = values[np.arange(len(mine)), begin]
        for age in ages:
            if int(begin.max()) + age > last:
                break
            now = values[np.arange(len(mine)), begin + age]
            found[name, age] = (int((now > 0).sum()), len(mine), int(now.sum()), int(start.sum()))
    return found


def _rows(cells: _Cells, earlier: str) -> list[dict[str, Any]]:
    rows = [
        _row(name, age, counts)
        | {
            "role": "memo" if name == earlier else "item",
            "reason": "began in that month or before" if name == earlier else "",
        }
        for (name, age), counts in sorted(cells.items(), key=lambda c: (c[0][0] != earlier, c[0]))
    ]
    sums: dict[int, list[int]] = {}
    for (name, age), counts in cells.items():
        if name != earlier:
            held = sums.setdefault(age, [0, 0, 0, 0])
            sums[age] = [a + b for a, b in zip(held, counts, strict=True)]
    return rows + [
        _row("Total", age, counts) | {"role": "total", "reason": ""}
        for age, counts in sorted(sums.items())
    ]


def _row(name: str, age: int, counts: Sequence[int]) -> dict[str, Any]:
    customers, begun, cents, start = counts
    return {
        "cohort": name,
        "age_months": age,
        "customers": customers,
        "start_customers": begun,
        "amount": money(cents),
        "start_amount": money(start),
        "customer_rate": customers / begun,
        "amount_rate": cents / start,
    }
