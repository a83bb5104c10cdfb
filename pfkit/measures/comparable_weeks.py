"""A period of weeks beside the same weeks a year before, and per week where lengths differ."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from pfkit.measures.rows import (
    COUNT,
    FLAG,
    MONEY,
    RATE,
    TEXT,
    favorable,
    less,
    money,
    rate,
    reasons,
    require,
    result,
    texts,
    totals,
    whole_cents,
)
from pfkit.measures.statement import (
    ACTUAL,
    Reading,
    layout,
    line_keys,
    line_order,
    prepared,
    read,
    subtotals,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from pfkit.period import Period

_WEEK = 7
_COLUMNS = (
    dict.fromkeys(("row_key", "line", "group", "role", "basis", "first_day", "last_day"), TEXT)
    | {"weeks": COUNT, "actual": MONEY}
    | {"prior_first_day": TEXT, "prior_last_day": TEXT, "prior_weeks": COUNT, "prior_year": MONEY}
    | {"comparable_first_day": TEXT, "comparable_last_day": TEXT, "comparable": MONEY}
    | {"comparable_variance": MONEY, "comparable_variance_rate": RATE}
    | {"comparable_favorable": FLAG, "per_week": MONEY, "prior_per_week": MONEY}
    | {"per_week_rate": RATE, "reason": TEXT}
)
Cents = dict[tuple[str, ...], int]


def comparable_weeks(
    statement: pd.DataFrame, weekly: pd.DataFrame, *, period: Period
) -> pd.DataFrame:
    r"""Compare a period of weeks with the same weeks a year before, and per week with prior year.

    Use it under a calendar of weeks: a year of 53 weeks beside one of 52, and the year after it,
    whose months lie a week later than those they are compared with.

    Parameters
    ----------
    statement : pandas.DataFrame
        Table ``statement``, amounts in reporting currency.
    weekly : pandas.DataFrame
        ``book.weekly``: ``first_day`` of each week, ``line``, ``group`` and ``amount`` in reporting
        currency; may be empty, with the reason in ``attrs``.
    period : Period
        The month, quarter or year reported.

    Returns
    -------
    pandas.DataFrame
        One row per line or subtotal and basis (``period``, ``ytd``). ``row_key, line, group,
        role, basis``; ``first_day, last_day, weeks, actual`` of the period;
        ``prior_first_day, prior_last_day, prior_weeks, prior_year`` of the same months a year
        before; ``comparable_first_day, comparable_last_day, comparable`` of as many weeks 52 weeks
        before, with ``comparable_variance``, ``comparable_variance_rate`` (a fraction of it) and
        ``comparable_favorable``; ``per_week`` and ``prior_per_week`` in reporting currency a week,
        and ``per_week_rate``, the fraction by which the first differs from the second. ``reason``
        says why something is NA. Empty under calendar months.

    Raises
    ------
    ContractError
        If a table lacks a column.
    MeasureError
        If an amount is missing or a group is unknown.

    Notes
    -----
    Comparable weeks are the period's days less 364, the restatement the National Retail Federation
    publishes for the year after a 53rd week; :math:`per\ week = amount / weeks`. No amount is
    scaled to a length it does not have. Where rows are posted in other weeks than their month, the
    weeks of the period do not add up to its amount, and the reason says by how much.

    References
    ----------
    .. [1] National Retail Federation, *4-5-4 Calendar*, nrf.com (53-week years restated).
    .. [2] ASC 280-10-50 and Regulation S-X, Rule 3-06 (fiscal years of 52 and 53 weeks).

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import retail_calendar
    >>> period = retail_calendar().period("2024-01")
    >>> months = {"2023-01": 300.0, "2024-01": 330.0}
    >>> told = {"version": "actual", "line": "Sales", "group": "gross"}
    >>> statement = pd.DataFrame([told | {"period": m, "amount": a} for m, a in months.items()])
    >>> days = ["2023-01-29", "2023-02-05", "2023-02-12", "2023-02-19", "2023-02-26"]
    >>> weeks = pd.DataFrame({"first_day": days, "amount": [60.0, 80.0, 80.0, 80.0, 70.0]})
    >>> weeks = weeks.assign(line="Sales", group="gross")
    >>> found = comparable_weeks(statement, weeks, period=period)
    >>> found[["prior_year", "comparable_first_day", "comparable"]].to_numpy().tolist()[0]
    [300.0, '2023-02-05', 310.0]
    """
    rows = prepared(statement)
    if period.weeks is None:
        return result([], _COLUMNS)
    by_week, why = _by_week(weekly)
    stretches = {"period": period, "ytd": period.year_to_date}
    if stretches["ytd"].months == period.months:
        del stretches["ytd"]
    readings = {
        basis: [
            read(rows, ACTUAL, stretch, what="actual"),
            read(rows, ACTUAL, stretch.prior_year, what="prior year"),
        ]
        for basis, stretch in stretches.items()
    }
    used = _used(rows, [one for pair in readings.values() for one in pair])
    lines = line_order(used)
    places = layout(lines, subtotals(used), line_keys(lines))
    out: list[dict[str, Any]] = []
    for basis, stretch in stretches.items():
        window, missing = _window(by_week, why, *stretch.comparable)
        mine, _ = _window(by_week, why, stretch.first, stretch.last)
        known = [*map(_cells, readings[basis]), window, mine]
        gone = [one.reason for one in readings[basis]]
        for key, line, group, role, parts in places:
            sums = [_sum(cells, parts) for cells in known]
            out.append(
                {"row_key": key, "line": line, "group": group, "role": role, "basis": basis}
                | _days(stretch)
                | _compared(stretch, sums)
                | {"reason": reasons(*gone, missing, _apart(sums))}
            )
    return result(out, _COLUMNS)


def _used(rows: pd.DataFrame, readings: Sequence[Reading]) -> pd.DataFrame:
    kept = rows.index[:0]
    for reading in readings:
        if reading.rows is not None:
            kept = kept.union(reading.rows.index)
    return rows.loc[rows.index.isin(kept)]


def _cells(reading: Reading) -> Cents | None:
    return None if reading.rows is None else totals(reading.rows, ["group", "line"])


def _by_week(weekly: pd.DataFrame) -> tuple[dict[date, Cents], str]:
    """Return cents by week, group and line, or why there are none."""
    require(weekly, ["first_day", "line", "group", "amount"], name="weekly")
    if weekly.empty:
        return {}, str(weekly.attrs.get("reason", "")) or "no rows by week"
    rows = weekly[["line", "group"]].apply(texts)
    rows["week"] = [str(day)[:10] for day in weekly["first_day"]]
    rows["cents"] = whole_cents(weekly["amount"], name="weekly")
    found: dict[date, Cents] = {}
    for (week, group, line), cents in totals(rows, ["week", "group", "line"]).items():
        found.setdefault(date.fromisoformat(week), {})[group, line] = cents
    return found, ""


def _window(
    by_week: dict[date, Cents], why: str, first: date, last: date
) -> tuple[Cents | None, str]:
    """Return what some weeks in a row come to; None where one of them has no row at all."""
    if why:
        return None, f"comparable weeks: {why}"
    weeks = list(_weeks(first, last))
    there = [week for week in weeks if week in by_week]
    if len(there) < len(weeks):
        label = f"{first.isoformat()} to {last.isoformat()}"
        return None, f"comparable weeks: {len(there)} of {len(weeks)} from {label} in the input"
    found: Cents = {}
    for week in there:
        for cell, cents in by_week[week].items():
            found[cell] = found.get(cell, 0) + cents
    return found, ""


def _weeks(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=_WEEK)


def _sum(cells: Cents | None, parts: Sequence[tuple[str, str]]) -> int | None:
    return None if cells is None else sum(cells.get(part, 0) for part in parts)


def _days(stretch: Period) -> dict[str, Any]:
    prior, (first, last) = stretch.prior_year, stretch.comparable
    return {
        "first_day": stretch.first.isoformat(),
        "last_day": stretch.last.isoformat(),
        "weeks": stretch.weeks,
        "prior_first_day": prior.first.isoformat(),
        "prior_last_day": prior.last.isoformat(),
        "prior_weeks": prior.weeks,
        "comparable_first_day": first.isoformat(),
        "comparable_last_day": last.isoformat(),
    }


def _compared(stretch: Period, sums: Sequence[int | None]) -> dict[str, Any]:
    actual, prior, comparable, _ = sums
    weeks, before = stretch.weeks or 0, stretch.prior_year.weeks or 0
    gap = less(actual, comparable)
    # a/weeks - p/before over p/before, in whole cents and weeks
    change = None if actual is None or prior is None else actual * before - prior * weeks
    return {
        "actual": money(actual),
        "prior_year": money(prior),
        "comparable": money(comparable),
        "comparable_variance": money(gap),
        "comparable_variance_rate": rate(gap, comparable),
        "comparable_favorable": favorable(gap, when="higher"),
        "per_week": _a_week(actual, weeks),
        "prior_per_week": _a_week(prior, before),
        "per_week_rate": rate(change, None if prior is None else prior * weeks),
    }


def _a_week(cents: int | None, weeks: int) -> float | None:
    return None if cents is None else money(round(cents / weeks))


def _apart(sums: Sequence[int | None]) -> str:
    """Say by how much the days of the period differ from its months."""
    actual, _, comparable, by_days = sums
    gap = less(actual, by_days)
    if comparable is None or not gap:
        return ""
    return f"posted in other weeks than their month: {gap / 100:,.2f}"
