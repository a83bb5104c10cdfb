"""What was promised for the first months after go-live, as approved then, and what has come."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from pfkit.errors import ParameterError
from pfkit.measures.cashflows import checked, month_label, month_number
from pfkit.measures.cost_to_complete import past_of
from pfkit.measures.initiatives import facts_of, stranger, told
from pfkit.measures.milestones import milestones
from pfkit.measures.rows import (
    COUNT,
    FLAG,
    MONEY,
    RATE,
    TEXT,
    favorable,
    money,
    rate,
    reasons,
    records,
    result,
    row_keys,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from pfkit.measures.cashflows import History
    from pfkit.period import FiscalCalendar, Period

HORIZONS = (3, 6, 12)
_AMOUNTS = (
    *("promised", "realized", "variance"),
    *("variance_rate", "realized_share", "favorable"),
)
#: Go-live when the horizon begins for what is realized.
BEGINS = ("planned", "actual")
_COLUMNS = (
    {"row_key": TEXT, "initiative": TEXT, "role": TEXT, "horizon_months": COUNT, "count": COUNT}
    | {"reached_count": COUNT, "name": TEXT, "product": TEXT, "owner": TEXT}
    | {"go_live": TEXT, "go_live_by": TEXT, "ends": TEXT, "promise_known_on": TEXT}
    | {"reached": FLAG, "promised": MONEY, "realized": MONEY, "variance": MONEY}
    | {"variance_rate": RATE, "realized_share": RATE, "favorable": FLAG, "reason": TEXT}
)


def promises(
    cashflows: pd.DataFrame,
    initiatives: pd.DataFrame | None = None,
    schedule: pd.DataFrame | None = None,
    *,
    period: Period,
    horizons: Sequence[int] = HORIZONS,
    begins: str = "planned",
    as_of: date | None = None,
) -> pd.DataFrame:
    r"""Compare the benefit promised for the first months after go-live with what has come.

    Use it for the review after an investment: it holds everyone to the promise that was approved.

    Parameters
    ----------
    cashflows : pandas.DataFrame
        Table ``cashflows``; flow ``benefit`` counts, reporting currency.
    initiatives : pandas.DataFrame, optional
        Table ``initiatives``: ``name``, ``product``, ``owner``, ``approved_on``.
    schedule : pandas.DataFrame, optional
        Table ``milestones``; one flagged ``go_live`` says when an initiative goes live.
    period : Period
        A horizon is reached when its last month ends by the last month of `period`.
    horizons : sequence of int
        Months after go-live; the month of go-live is the first.
    begins : str
        What is realized counts from the ``planned`` go-live, so that being late counts, or from the
        ``actual`` one (of the milestone done, else the first month with a benefit).
    as_of : datetime.date, optional
        Count only what was known by then. Default: all.

    Returns
    -------
    pandas.DataFrame
        One row per initiative and horizon, by go-live, then a ``Total`` per horizon. ``row_key``,
        ``initiative``, ``role`` (``item``, ``total``), ``horizon_months``, ``count`` and
        ``reached_count`` (initiatives), ``name, product, owner``, ``go_live`` (month the horizon
        begins in), ``go_live_by`` (``first planned benefit`` or ``milestone`` and its name),
        ``ends`` (last month of the horizon), ``promise_known_on`` (ISO day), ``reached``; in
        reporting currency ``promised``, ``realized`` and ``variance`` (realized minus promised), NA
        until the horizon is reached; ``variance_rate`` and ``realized_share`` of promised,
        ``favorable``, ``reason``.

    Raises
    ------
    ContractError, MeasureError
        As in `roi` and `milestones`.
    ParameterError
        If a horizon is no month or more, or `begins` is not known.

    Notes
    -----
    The promise is the approved plan: what was known on the day of approval, or the plan known
    first; a later revision changes nothing of it. It is added up from the planned go-live on. The
    total holds only initiatives that have reached the horizon, on both sides.

    References
    ----------
    .. [1] PMI, *Benefits Realization Management: A Practice Guide*, 2019 (post-launch reviews).

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> months = ["2026-01", "2026-02", "2026-03"]
    >>> flows = pd.DataFrame(
    ...     [("x", month, "plan", "benefit", 100.0) for month in months]
    ...     + [("x", month, "actual", "benefit", 60.0) for month in months],
    ...     columns=["initiative", "period", "kind", "flow", "amount"],
    ... )
    >>> march = FiscalCalendar().period("2026-03")
    >>> kept = promises(flows, period=march, horizons=[3, 6])
    >>> kept[["promised", "realized"]].astype(object).values.tolist()[0]
    [300.0, 180.0]
    >>> kept["reason"].tolist()[1]
    '6 months after go-live end in 2026-06'
    """
    _check(horizons, begins)
    facts = facts_of(initiatives, as_of=as_of)
    flows = checked(cashflows, as_of=as_of)
    past = past_of(flows, facts, period)
    live: dict[str, dict[str, Any]] = {}
    if schedule is not None:
        states = milestones(schedule, as_of=as_of or period.last)
        for state in records(states[states["go_live"]]):
            live.setdefault(state["initiative"], state)
    rows: list[dict[str, Any]] = []
    for name in sorted({*past, *facts}):
        start = _go_live(past.get(name), live.get(name), period.calendar, begins)
        for months in dict.fromkeys(horizons):
            row: dict[str, Any] = {"initiative": name, "role": "item", "horizon_months": months}
            row |= told(facts, name) | {"count": 1} | _kept(past.get(name), start, months)
            why = reasons(stranger(facts, name), row["reason"])
            rows.append(row | {"reason": why, "reached_count": int(row["reached"] is True)})
    rows.sort(key=lambda row: (row["go_live"] or "9999", row["initiative"], row["horizon_months"]))
    labels = [(row["initiative"], str(row["horizon_months"])) for row in rows]
    totals = [f"total|{months}" for months in horizons]
    for row, key in zip(rows, row_keys(labels, reserved=totals), strict=True):
        row["row_key"] = key
    if rows:
        rows += [_total(rows, months) for months in dict.fromkeys(horizons)]
    out = [row | {k: money(row[k]) for k in ("promised", "realized", "variance")} for row in rows]
    return result(out, _COLUMNS)


def _check(horizons: Sequence[int], begins: str) -> None:
    wrong = [months for months in horizons if months < 1]
    if wrong or not horizons:
        raise ParameterError(
            f"horizon {wrong[0]} is no number of months" if wrong else "there is no horizon",
            where="parameter horizons",
            advice="Give whole months, as in [3, 6, 12].",
        )
    if begins not in BEGINS:
        raise ParameterError(
            f"begins {begins!r} is not known",
            where="parameter begins",
            advice=f"Use one of {', '.join(BEGINS)}.",
        )


def _go_live(
    past: History | None,
    milestone: dict[str, Any] | None,
    calendar: FiscalCalendar,
    begins: str,
) -> dict[str, Any]:
    """Return the month each side begins in, what says so, and why there is none."""
    planned = _first(None if past is None or past.plan is None else past.plan.approved)
    came = _first(None if past is None else past.done)
    by = "first planned benefit"
    if milestone is not None:
        by = f"milestone {milestone['milestone']}"
        planned = _month(milestone["planned_on"], calendar)
        came = _month(milestone["done_on"], calendar) if milestone["reached"] else None
    begin = planned if begins == "planned" else came
    why = ""
    if past is None or past.plan is None:
        why = "no planned cash flows"
    elif planned is None:
        why = "no planned benefit"
    elif begin is None:
        why = "not live yet"
    return {"planned": planned, "begin": begin, "by": by if planned is not None else "", "why": why}


def _first(cells: dict[tuple[int, str], int] | None) -> int | None:
    return min((m for (m, f), c in (cells or {}).items() if f == "benefit" and c), default=None)


def _month(day: str, calendar: FiscalCalendar) -> int:
    return month_number(calendar.month_of(date.fromisoformat(day)))


def _kept(past: History | None, start: dict[str, Any], months: int) -> dict[str, Any]:
    """Return what was promised and what has come in the first months after go-live."""
    row: dict[str, Any] = {"go_live": "", "go_live_by": start["by"], "ends": "", "reached": False}
    row |= dict.fromkeys(_AMOUNTS) | {"promise_known_on": "", "reason": start["why"]}
    begin, planned = start["begin"], start["planned"]
    if start["why"] or past is None or past.plan is None:
        return row
    end = begin + months - 1
    row |= {"go_live": month_label(begin), "ends": month_label(end)}
    row |= {"promise_known_on": past.plan.known_on}
    if end > past.end:
        return row | {"reason": f"{months} months after go-live end in {month_label(end)}"}
    if past.done is None:
        return row | {"reason": f"no actual cash flows up to {month_label(past.end)}"}
    promised = _benefit(past.plan.approved, planned, months)
    realized = _benefit(past.done, begin, months)
    return row | {"reached": True} | _compared(promised, realized)


def _benefit(cells: dict[tuple[int, str], int], first: int, months: int) -> int:
    span = range(first, first + months)
    return sum(
        cents for (month, flow), cents in cells.items() if flow == "benefit" and month in span
    )


def _compared(promised: int, realized: int) -> dict[str, Any]:
    gap = realized - promised
    return {
        "promised": promised,
        "realized": realized,
        "variance": gap,
        "variance_rate": rate(gap, promised),
        "realized_share": rate(realized, promised),
        "favorable": favorable(gap, when="higher"),
    }


def _total(rows: list[dict[str, Any]], months: int) -> dict[str, Any]:
    """Add up those that have reached a horizon."""
    mine = [row for row in rows if row["horizon_months"] == months]
    kept = [row for row in mine if row["reached"]]
    total: dict[str, Any] = dict.fromkeys(_COLUMNS) | dict.fromkeys(
        [name for name, kind in _COLUMNS.items() if kind == TEXT], ""
    )
    total |= {"row_key": f"total|{months}", "initiative": "Total", "role": "total"}
    total |= {"horizon_months": months, "count": len(mine), "reached_count": len(kept)}
    total |= {"reached": bool(kept)}
    if not kept:
        return total | {"reason": f"no initiative has reached {months} months after go-live"}
    sides = (sum(row[side] for row in kept) for side in ("promised", "realized"))
    left = len(mine) - len(kept)
    why = f"{left} of {len(mine)} have not reached {months} months after go-live" if left else ""
    return total | _compared(*sides) | {"reason": why}
