"""What each initiative still takes, what it will have cost, and how its milestones stand."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from pfkit.measures.cashflows import checked, histories, last_actual, month_number
from pfkit.measures.earned_value import EarnedValue, known_method, weights
from pfkit.measures.initiatives import facts_of, stranger, told
from pfkit.measures.milestones import milestones
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
    records,
    result,
    row_keys,
)

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.measures.cashflows import History
    from pfkit.measures.initiatives import Facts
    from pfkit.period import Period

_AMOUNTS = (
    *("approved_amount", "budget_at_completion", "planned_value", "earned_value", "actual_cost"),
    *("estimate_to_complete", "estimate_at_completion", "variance"),
)
_COLUMNS = (
    {"row_key": TEXT, "initiative": TEXT, "role": TEXT, "count": COUNT}
    | {"name": TEXT, "product": TEXT, "owner": TEXT, "status": TEXT, "to_date": TEXT}
    | dict.fromkeys(_AMOUNTS, MONEY)
    | {"variance_rate": RATE, "favorable": FLAG, "over_approved": FLAG}
    | {"done_share": RATE, "cost_performance": RATE, "schedule_performance": RATE, "method": TEXT}
    | {"milestone_count": COUNT, "done_count": COUNT, "overdue_count": COUNT}
    | {"next_milestone": TEXT, "next_expected_on": TEXT, "slip_days": COUNT}
    | {"overdue_days": COUNT}
    | {"go_live_on": TEXT, "go_live_slip_days": COUNT, "reason": TEXT}
)


def cost_to_complete(
    cashflows: pd.DataFrame,
    initiatives: pd.DataFrame | None = None,
    schedule: pd.DataFrame | None = None,
    *,
    period: Period,
    as_of: date | None = None,
    method: str = "milestone",
) -> pd.DataFrame:
    r"""Estimate what each initiative still takes and will have cost, beside its milestones.

    Use it for the investment pages, while money is still being spent; `roi` sets the result beside
    what comes back.

    Parameters
    ----------
    cashflows : pandas.DataFrame
        Table ``cashflows``; flow ``investment`` is the outlay, out negative, reporting currency.
    initiatives : pandas.DataFrame, optional
        Table ``initiatives``: ``name``, ``product``, ``owner``, ``status``, ``approved_amount``,
        ``approved_on``.
    schedule : pandas.DataFrame, optional
        Table ``milestones``; with a weight for each, there is earned value.
    period : Period
        To date means up to its last day.
    as_of : datetime.date, optional
        Count only what was known by then; overdue is judged by it. Default: the last day of
        `period` judges, and every row counts.
    method : str
        How the rest is estimated: ``milestone`` (the work left at the cost of what was reached),
        ``cpi`` (at the cost performance to date), ``cpi_spi`` (at cost and schedule performance),
        ``remaining`` (as budgeted) or ``plan`` (the outlay the latest plan has after `period`).

    Returns
    -------
    pandas.DataFrame
        One row per initiative, largest variance first, and a ``Total``. ``row_key``,
        ``initiative``, ``role`` (``item``, ``total``), ``count``, ``name, product, owner, status``,
        ``to_date`` (month); in reporting currency ``approved_amount``, ``budget_at_completion``
        (outlay of the approved plan), ``planned_value``, ``earned_value``, ``actual_cost``,
        ``estimate_to_complete``, ``estimate_at_completion`` and ``variance`` (of the latter against
        the approved amount, positive is dearer), ``variance_rate``, ``favorable``,
        ``over_approved``; ``done_share``, ``cost_performance`` (CPI) and
        ``schedule_performance`` (SPI) as fractions; ``method`` (the one that could be used);
        ``milestone_count``, ``done_count``, ``overdue_count``, ``next_milestone``,
        ``next_expected_on``, ``slip_days`` (of the next milestone, of the last one where none is
        open), ``overdue_days`` (of the next), ``go_live_on`` (done or expected) and
        ``go_live_slip_days``; ``reason``.

    Raises
    ------
    ContractError, MeasureError
        As in `roi` and `milestones`.
    ParameterError
        If `method` is not known.

    Notes
    -----
    :math:`CPI = EV / AC`, :math:`SPI = EV / PV`, :math:`EAC = AC + ETC`; ETC is
    :math:`(BAC - EV) / CPI`, :math:`(BAC - EV) / (CPI \cdot SPI)` or :math:`BAC - EV`. PV and EV
    are the shares of the milestones' weights planned and reached by the last day of `period`, of
    BAC. Work in progress earns nothing until its milestone is reached, so that CPI falls in
    between; ``milestone`` therefore takes the cost up to the month of the last one reached,
    :math:`EAC = BAC \cdot AC_m / EV`, from 20 % of the work on and as budgeted before. The
    institute writes variance at completion as :math:`BAC - EAC`; here, as everywhere in pfkit, a
    variance is what comes less what was allowed. Without weights there is no earned value, and the
    latest plan gives the rest. In ``Total`` the indices are those of the rows with them.

    References
    ----------
    .. [1] PMI, *The Standard for Earned Value Management*, 2019 (ETC, EAC, VAC, CPI, SPI).
    .. [2] D. Christensen and S. Heise, "Cost performance index stability", *National Contract
       Management Journal* 25, 1993 (from 20 % of the work on).

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> flows = pd.DataFrame(
    ...     [
    ...         ("x", "2026-01", "plan", "investment", -100.0),
    ...         ("x", "2026-02", "plan", "investment", -100.0),
    ...         ("x", "2026-01", "actual", "investment", -125.0),
    ...     ],
    ...     columns=["initiative", "period", "kind", "flow", "amount"],
    ... )
    >>> schedule = pd.DataFrame(
    ...     [
    ...         ("x", "Pilot", "2026-01-31", "2026-01-31", 1),
    ...         ("x", "Cutover", "2026-02-28", None, 1),
    ...     ],
    ...     columns=["initiative", "milestone", "planned_on", "done_on", "weight"],
    ... )
    >>> january = FiscalCalendar().period("2026-01")
    >>> row = cost_to_complete(flows, schedule=schedule, period=january).iloc[0]
    >>> float(row["cost_performance"]), float(row["estimate_at_completion"])
    (0.8, 250.0)
    """
    known_method(method)
    facts = facts_of(initiatives, as_of=as_of)
    flows = checked(cashflows, as_of=as_of)
    states: dict[str, list[dict[str, Any]]] = {}
    rows: list[dict[str, Any]] = []
    if schedule is not None:
        told_of = milestones(schedule, initiatives, as_of=as_of or period.last)
        for row in told_of.astype("object").where(told_of.notna(), None).to_dict("records"):
            states.setdefault(str(row["initiative"]), []).append(
                {str(k): v for k, v in row.items()}
            )
    past = past_of(flows, facts, period)
    names = sorted({*past, *facts, *states})
    for name in names:
        fact, mine = facts.get(name, {}), states.get(name, [])
        value = earned_value(past.get(name), fact, mine, period)
        item: dict[str, Any] = {"initiative": name, "role": "item", "count": 1}
        item |= told(facts, name)
        item |= {"status": str(fact.get("status", "")), "to_date": period.months[-1]}
        item |= _money(value, fact, method) | _stands(mine)
        rows.append(item | {"reason": reasons(stranger(facts, name), item["reason"], *_odd(mine))})
    rows.sort(key=lambda row: (-(row["variance"] or 0), row["initiative"]))
    labels = [(row["initiative"],) for row in rows]
    for item, key in zip(rows, row_keys(labels, reserved=["total"]), strict=True):
        item["row_key"] = key
    if rows:
        rows.append(_total(rows, period))
    return result(
        [{k: money(v) if k in _AMOUNTS else v for k, v in row.items()} for row in rows], _COLUMNS
    )


def left_to_spend(
    flows: pd.DataFrame,
    facts: Facts,
    states: dict[str, list[dict[str, Any]]],
    period: Period,
) -> dict[str, int]:
    """Return what each initiative whose milestones have weights still takes, in cents."""
    found: dict[str, int] = {}
    for name, past in past_of(flows, facts, period).items():
        value = earned_value(past, facts.get(name, {}), states.get(name, []), period)
        left, _, _ = value.to_complete("milestone")
        if value.earned is not None and left is not None:
            found[name] = left
    return found


def by_initiative(told_of: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of `pfkit.milestones` by initiative."""
    states: dict[str, list[dict[str, Any]]] = {}
    for state in records(told_of):
        states.setdefault(state["initiative"], []).append(state)
    return states


def past_of(flows: pd.DataFrame, facts: Facts, period: Period) -> dict[str, History]:
    """Return plans and past of every initiative up to the end of a period."""
    approved = {name: str(fact.get("approved_on", "")) for name, fact in facts.items()}
    return histories(flows, last_actual(flows, period), approved=approved)


def earned_value(
    past: History | None, fact: dict[str, Any], states: list[dict[str, Any]], period: Period
) -> EarnedValue:
    """Return the earned value of one initiative at the end of a period."""
    plan = None if past is None else past.plan
    laid_out = {
        when: [(m, -c) for (m, f), c in cells.items() if f == "investment"]
        for when, cells in (
            ("approved", {} if plan is None else plan.approved),
            ("latest", {} if plan is None else plan.latest),
            ("done", {} if past is None or past.done is None else past.done),
        )
    }
    end = -1 if past is None else past.end
    budget = sum(c for _, c in laid_out["approved"]) if laid_out["approved"] else _approved(fact)
    shares = weights(states, by=period.last)
    planned: int | None = sum(c for m, c in laid_out["approved"] if m <= end)
    earned = None
    if shares is not None and budget is not None:
        planned, earned = round(shares[0] * budget), round(shares[1] * budget)
    last = max((s["done_on"] for s in states if s["reached"]), default="")
    closed = month_number(period.calendar.month_of(date.fromisoformat(last))) if last else -1
    return EarnedValue(
        budget,
        sum(c for _, c in laid_out["done"]),
        planned if plan is not None or earned is not None else None,
        earned,
        None if plan is None else sum(c for m, c in laid_out["latest"] if m > end),
        sum(c for m, c in laid_out["done"] if m <= closed),
        "" if plan is None else plan.revised_on,
    )


def _money(value: EarnedValue, fact: dict[str, Any], method: str) -> dict[str, Any]:
    """Return what an initiative has taken, still takes and will have cost."""
    left, used, why = value.to_complete(method)
    at_end = None if left is None else value.spent + left
    approved = _approved(fact)
    gap = less(at_end, approved)
    again = "" if not value.revised_on else f"plan revised on {value.revised_on}"
    reason = [
        why,
        "no planned outlay" if left is None else "",
        "no approved amount" if approved is None else "",
        f"{again}, earned value stands against the approved one"
        if again and value.earned is not None
        else "",
    ]
    return {
        "approved_amount": approved,
        "budget_at_completion": value.budget,
        "planned_value": value.planned,
        "earned_value": value.earned,
        "actual_cost": value.spent,
        "estimate_to_complete": left,
        "estimate_at_completion": at_end,
        "variance": gap,
        "variance_rate": rate(gap, approved),
        "favorable": favorable(gap, when="lower"),
        "over_approved": None if gap is None else gap > 0,
        "done_share": value.share,
        "cost_performance": value.cost_performance,
        "schedule_performance": value.schedule_performance,
        "method": "" if left is None else used,
        "reason": reasons(*reason),
    }


def _approved(fact: dict[str, Any]) -> int | None:
    return round(float(fact["approved_amount"]) * 100) if "approved_amount" in fact else None


def _odd(states: list[dict[str, Any]]) -> list[str]:
    """Return what is doubtful about the milestones of an initiative."""
    found = [f"{state['milestone']}: {state['reason']}" for state in states if state["reason"]]
    return found if states else ["no milestones"]


def _stands(states: list[dict[str, Any]]) -> dict[str, Any]:
    """Return how the milestones of an initiative stand."""
    ahead = next((state for state in states if state["next"]), None)
    live = next((state for state in states if state["go_live"]), None)
    done = [state for state in states if state["state"] == "done"]
    last = max(done, key=lambda state: (state["done_on"], state["milestone"]), default=None)
    shown = ahead or last
    return {
        "milestone_count": len(states),
        "done_count": len(done),
        "overdue_count": sum(1 for state in states if state["state"] == "overdue"),
        "next_milestone": "" if ahead is None else ahead["milestone"],
        "next_expected_on": "" if ahead is None else ahead["expected_on"],
        "slip_days": None if shown is None else shown["slip_days"],
        "overdue_days": None if ahead is None else ahead["overdue_days"],
        "go_live_on": "" if live is None else live["expected_on"],
        "go_live_slip_days": None if live is None else live["slip_days"],
    }


def _total(rows: list[dict[str, Any]], period: Period) -> dict[str, Any]:
    """Add up the rows; indices and shares are those of the rows that have earned value."""
    total: dict[str, Any] = dict.fromkeys(_COLUMNS) | dict.fromkeys(
        [name for name, kind in _COLUMNS.items() if kind == TEXT], ""
    )
    for column in (*_AMOUNTS, "milestone_count", "done_count", "overdue_count"):
        known = [row[column] for row in rows if row[column] is not None]
        total[column] = sum(known) if known else None
    # an estimate beside an amount that was never approved is no variance
    both = [row for row in rows if row["variance"] is not None]
    gap = sum(row["variance"] for row in both) if both else None
    valued = [row for row in rows if row["earned_value"] is not None]
    sums = {
        column: sum(row[column] or 0 for row in valued)
        for column in ("budget_at_completion", "planned_value", "earned_value", "actual_cost")
    }
    earned = sums["earned_value"] if valued else None
    without = len(rows) - len(valued)
    total |= {"row_key": "total", "initiative": "Total", "role": "total", "count": len(rows)}
    total |= {"to_date": period.months[-1], "variance": gap}
    total |= {"variance_rate": rate(gap, sum(row["approved_amount"] for row in both))}
    total |= {"favorable": favorable(gap, when="lower")}
    total |= {"over_approved": None if gap is None else gap > 0}
    total |= {"earned_value": earned, "planned_value": sums["planned_value"] if valued else None}
    total |= {"done_share": rate(earned, sums["budget_at_completion"])}
    total |= {"cost_performance": rate(earned, sums["actual_cost"])}
    total |= {"schedule_performance": rate(earned, sums["planned_value"])}
    why = f"{without} of {len(rows)} without earned value" if valued and without else ""
    return total | {"reason": reasons(why)}
