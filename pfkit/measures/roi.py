"""The return on each initiative: planned, so far, and as it now looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.errors import MeasureError, ParameterError, near_miss
from pfkit.measures.cashflows import (
    FLOWS,
    VIEWS,
    View,
    checked,
    known_outlook,
    last_actual,
    month_number,
    views_of,
)
from pfkit.measures.cost_to_complete import by_initiative, left_to_spend
from pfkit.measures.initiatives import facts_of
from pfkit.measures.milestones import milestones
from pfkit.measures.npv import npv
from pfkit.measures.returns import Return, return_of
from pfkit.measures.rows import (
    COUNT,
    FLAG,
    MONEY,
    RATE,
    TEXT,
    money,
    reasons,
    result,
    row_keys,
)
from pfkit.measures.rows import (
    rate as ratio,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from pfkit.measures.initiatives import Facts
    from pfkit.period import Period

_FACTS = ("name", "product", "owner", "status")
_MONTHS = 12
_LIVES = ("plan", "actual", "outlook")


def roi(
    cashflows: pd.DataFrame,
    initiatives: pd.DataFrame | None = None,
    *,
    rate: float,
    by: str = "initiative",
    period: Period | None = None,
    outlook: str = "plan",
    schedule: pd.DataFrame | None = None,
    as_of: date | None = None,
) -> pd.DataFrame:
    r"""Set what each initiative promised beside what it has returned and is likely to return.

    Use it for the investment pages; `npv` and `payback` are its single numbers.

    Parameters
    ----------
    cashflows : pandas.DataFrame
        Table ``cashflows``: ``initiative``, ``period`` (fiscal month), ``kind`` (``plan`` or
        ``actual``), ``flow`` (``investment``, ``benefit``, ``cost``), ``amount`` in reporting
        currency, out negative; ``known_on`` and ``version`` tell the approved plan from later ones.
    initiatives : pandas.DataFrame, optional
        Table ``initiatives``: ``name``, ``product``, ``owner``, ``status``, ``approved_amount``
        (reporting currency), ``approved_on``, ``hurdle_rate`` (fraction a year).
    rate : float
        Discount rate a year where an initiative has no hurdle rate of its own.
    by : str
        ``initiative``, or a column of `initiatives` such as ``product`` or ``owner``.
    period : Period, optional
        To date means up to its last month. Default: the last month with an actual flow.
    outlook : str
        How the flows after that are seen: as in the latest ``plan``, or by ``performance``: the
        plan, as late and at the ratio at which it has come so far.
    schedule : pandas.DataFrame, optional
        Table ``milestones``; says how late an initiative goes live, and with weights what an
        outlook by performance still has to spend, as `cost_to_complete`. Needs `period`.
    as_of : datetime.date, optional
        Count only what was known by then. Default: all.

    Returns
    -------
    pandas.DataFrame
        One row per `by`, largest planned outlay first, and a ``Total``. ``row_key``, `by`,
        ``role`` (``item``, ``total``), ``count`` (initiatives), ``name, product, owner, status``
        (empty where several), ``start`` (first month of any flow), ``to_date`` (month),
        ``approved_amount``, ``hurdle_rate``; then for each of ``invested`` (outlay, positive),
        ``benefit``, ``cost`` (running, negative) and ``net`` the views ``_plan_to_date``,
        ``_actual`` (to date), ``_plan`` (whole life) and ``_outlook`` in reporting currency;
        ``roi_rate`` (to date), ``roi_plan_to_date_rate``, ``roi_plan_rate``, ``roi_outlook_rate``
        and ``benefit_share`` (benefit to date of the benefit planned over the life) as fractions;
        for ``plan``, ``actual`` and ``outlook`` each ``npv_``, ``irr_`` and ``mirr_`` (fractions a
        year), ``return_..._rate`` (IRR, or MIRR where there is not one IRR) and ``pi_`` (the
        profitability index, a fraction); ``payback_plan_months`` and ``payback_months`` (outlook)
        from the first month, and both ``discounted_``; ``go_live_slip_days`` (where `schedule`
        says); ``ahead`` (present value of going on: of the outlook's flows after ``to_date`` only,
        at the month after it; NA where nothing began by then); ``over_approved`` (invested to date
        above the approved amount); ``outlook`` (which one); ``warning`` says what to beware of
        about a rate or the outlook, ``reason`` why something is NA.

    Raises
    ------
    ContractError
        If a table lacks a column.
    MeasureError
        If ``kind`` or ``flow`` holds an unknown word, an amount is missing, or two versions of a
        plan are known on one day.
    ParameterError
        If `outlook` is not known, or `schedule` is given without `period`.

    Notes
    -----
    :math:`net = benefit + cost - invested`, :math:`ROI = net / invested`. The plan is the one that
    was approved: known by ``approved_on``, or known first. NPV and IRR take monthly steps from the
    first month of each row, :math:`(1+r)^{k/12}`; MIRR finances and reinvests at the hurdle rate;
    :math:`PI = 1 + NPV / PV(outlay)`. In ``Total`` the present values of the rows are added up, and
    the rate of return is that of all flows together. An outlook of ``plan`` is what was actual to
    date plus what the latest plan has afterwards; planned flows of closed months that did not
    happen are not moved. By ``performance`` each kind of flow comes as many months later than
    planned as its first one did, and at the ratio of actual to the plan so moved (of the last six
    months; for the outlay, to date); what moves beyond the last planned month is lost, but for the
    outlay. A kind of flow with fewer than three months to go by keeps its planned level.
    ``python -m bench initiatives`` measures both outlooks. What is spent is spent: ``npv_outlook``
    says whether it was worth beginning, ``ahead`` whether to go on.

    References
    ----------
    .. [1] Brealey, Myers and Allen, *Principles of Corporate Finance*, ch. 2, 5 and 6.
    .. [2] Horngren, Datar and Rajan, *Cost Accounting*, ch. 21 and 23 (capital budgeting, ROI).
    .. [3] PMI, *The Standard for Earned Value Management*, 2019 (performance to date, carried on).

    Examples
    --------
    >>> import pandas as pd
    >>> flows = pd.DataFrame(
    ...     [
    ...         ("search", "2026-01", "actual", "investment", -100.0),
    ...         ("search", "2026-02", "actual", "benefit", 150.0),
    ...     ],
    ...     columns=["initiative", "period", "kind", "flow", "amount"],
    ... )
    >>> roi(flows, rate=0.09)[["initiative", "roi_rate", "npv_actual"]].values.tolist()[0]
    ['search', 0.5, 48.93]
    """
    known_outlook(outlook)
    facts = facts_of(initiatives, as_of=as_of)
    flows = checked(cashflows, as_of=as_of)
    group = _groups(flows, facts, by)
    last = last_actual(flows, period)
    states = _states(schedule, period, as_of)
    left: dict[str, int] = {}
    if outlook == "performance" and states and period is not None:
        left = left_to_spend(flows, facts, states, period)
    approved = {name: str(fact.get("approved_on", "")) for name, fact in facts.items()}

    def seen(mine: pd.DataFrame) -> dict[str, View]:
        return views_of(mine, last, approved=approved, outlook=outlook, left=left)

    own = {str(name): mine for name, mine in flows.groupby("initiative")}
    rows = [
        _row([facts.get(name, {}) for name in members], _of(own, flows, members), rate, last, seen)
        | {by: value, "role": "item", "count": len(members), "outlook": outlook}
        | {"go_live_slip_days": _slip(members, states)}
        for value, members in group.items()
    ]
    rows.sort(key=lambda row: (-(row["invested_plan"] or row["invested_actual"] or 0), row[by]))
    for row, key in zip(
        rows, row_keys([(row[by],) for row in rows], reserved=["total"]), strict=True
    ):
        row["row_key"] = key
    if rows:
        pooled = {name: return_of(view, _first(flows), rate) for name, view in seen(flows).items()}
        rows.append(_total(rows, by, last, pooled))
    return result(rows, _columns(by))


def _states(
    schedule: pd.DataFrame | None, period: Period | None, as_of: date | None
) -> dict[str, list[dict[str, Any]]]:
    """Return the milestones of every initiative; nothing where no schedule is given."""
    if schedule is None:
        return {}
    if period is None:
        raise ParameterError(
            "schedule is given without a period",
            where="parameter schedule",
            advice="Give period too: milestones count up to its last day.",
        )
    return by_initiative(milestones(schedule, as_of=as_of or period.last))


def _slip(members: Sequence[str], states: dict[str, list[dict[str, Any]]]) -> int | None:
    """Return the days by which one initiative goes live late; None for several."""
    mine = states.get(members[0], []) if len(members) == 1 else []
    return next((state["slip_days"] for state in mine if state["go_live"]), None)


def _of(own: dict[str, pd.DataFrame], flows: pd.DataFrame, members: Sequence[str]) -> pd.DataFrame:
    """Return the flows of some initiatives, picked by name and not searched for among all."""
    mine = [own[name] for name in members if name in own]
    return pd.concat(mine) if mine else flows.head(0)


def _first(flows: pd.DataFrame) -> int:
    return min((int(month) for month in flows["month"]), default=0)


def _columns(by: str) -> dict[str, str]:
    columns = {"row_key": TEXT, by: TEXT, "role": TEXT, "count": COUNT}
    columns |= dict.fromkeys((*_FACTS, "start", "to_date"), TEXT)
    columns |= {"approved_amount": MONEY, "hurdle_rate": RATE}
    for noun in ("invested", "benefit", "cost", "net"):
        columns |= dict.fromkeys((f"{noun}_{view}" for view in VIEWS), MONEY)
    columns |= dict.fromkeys((_rate_column(view) for view in VIEWS), RATE)
    columns |= {"benefit_share": RATE}
    columns |= dict.fromkeys((*(f"npv_{view}" for view in _LIVES), "ahead"), MONEY)
    for noun in ("irr_{}", "mirr_{}", "return_{}_rate", "pi_{}"):
        columns |= dict.fromkeys((noun.format(view) for view in _LIVES), RATE)
    columns |= dict.fromkeys(_PAYBACKS, "Float64")
    columns |= {"go_live_slip_days": COUNT, "over_approved": FLAG, "outlook": TEXT}
    return columns | {"warning": TEXT, "reason": TEXT}


_PAYBACKS = {
    "payback_plan_months": ("plan", "payback"),
    "payback_months": ("outlook", "payback"),
    "discounted_payback_plan_months": ("plan", "discounted"),
    "discounted_payback_months": ("outlook", "discounted"),
}


def _rate_column(view: str) -> str:
    return "roi_rate" if view == "actual" else f"roi_{view}_rate"


def _groups(flows: pd.DataFrame, facts: Facts, by: str) -> dict[str, list[str]]:
    names = sorted({*flows["initiative"], *facts})
    if by != "initiative" and facts and not any(by in fact for fact in facts.values()):
        known = sorted({name for fact in facts.values() for name in fact})
        raise MeasureError(
            f"column {by!r} is not there",
            where="initiatives",
            advice=near_miss(by, known, noun="column"),
        )
    group: dict[str, list[str]] = {}
    for name in names:
        value = name if by == "initiative" else str(facts.get(name, {}).get(by, "(none)"))
        group.setdefault(value, []).append(name)
    return group


def _row(
    mine: list[dict[str, Any]],
    flows: pd.DataFrame,
    fallback: float,
    last: str,
    seen: Callable[[pd.DataFrame], dict[str, View]],
) -> dict[str, Any]:
    views, first = seen(flows), _first(flows)
    hurdles = sorted({float(fact.get("hurdle_rate", fallback)) for fact in mine})
    hurdle = hurdles[0] if len(hurdles) == 1 else fallback
    approved = [float(fact["approved_amount"]) for fact in mine if "approved_amount" in fact]
    row: dict[str, Any] = {name: _single(mine, name) for name in _FACTS}
    row |= {"start": min(flows["period"], default=""), "to_date": last}
    row |= {"approved_amount": round(sum(approved), 2) if approved else None}
    row |= {"hurdle_rate": hurdle} | _sums(views)
    returns = {name: return_of(views[name], first, hurdle) for name in _LIVES}
    row |= {f"npv_{name}": found.npv for name, found in returns.items()} | _rates(returns)
    row |= {"ahead": _ahead(views["outlook"], first, last, hurdle)}
    row |= {name: getattr(returns[view], kind) for name, (view, kind) in _PAYBACKS.items()}
    spent = row["invested_actual"]
    row["over_approved"] = None if spent is None or not approved else spent > sum(approved)
    why = [
        _absent(views, last),
        "" if len(hurdles) == 1 else "hurdle rates differ",
        *_told({name: returns[name].reason for name in ("plan", "outlook")}),
        _no_rate(views),
    ]
    row["warning"] = reasons(row["warning"], *_told({"outlook": views["outlook"].reason}))
    return row | {"reason": reasons(*why)}


def _ahead(view: View, first: int, last: str, hurdle: float) -> float | None:
    """Return the present value of what is still to come, at the month after the last."""
    if view.cells is None or not last or first > month_number(last):
        return None
    now = month_number(last) + 1
    coming = View({(m, flow): cents for (m, flow), cents in view.cells.items() if m >= now})
    line = coming.line(now) or [0.0]
    return round(npv(line, rate=(1 + hurdle) ** (1 / _MONTHS) - 1), 2)


def _rates(returns: dict[str, Return]) -> dict[str, Any]:
    """Return the rates of every view, and what to beware of about those of a whole life."""
    row: dict[str, Any] = {}
    for name in _LIVES:
        found = returns[name]
        row |= {f"irr_{name}": found.irr, f"mirr_{name}": found.mirr}
        row |= {f"return_{name}_rate": found.rate, f"pi_{name}": found.profitability}
    told = _told({name: returns[name].warning for name in ("plan", "outlook")})
    return row | {"warning": reasons(*told)}


def _told(words: dict[str, str]) -> list[str]:
    return [f"{name}: {text}" for name, text in words.items() if text]


def _single(mine: list[dict[str, Any]], name: str) -> str:
    found = {str(fact[name]) for fact in mine if name in fact}
    return found.pop() if len(found) == 1 else ""


def _sums(views: dict[str, View]) -> dict[str, Any]:
    """Return invested, benefit, cost, net and ROI of every view."""
    row: dict[str, Any] = {}
    for name, view in views.items():
        laid_out, benefit, cost = (view.total(flow) for flow in FLOWS)
        none = laid_out is None or benefit is None or cost is None
        invested = None if laid_out is None else -laid_out
        net = None if none else (benefit or 0) + (cost or 0) - (invested or 0)
        row |= {f"invested_{name}": money(invested), f"benefit_{name}": money(benefit)}
        row |= {f"cost_{name}": money(cost), f"net_{name}": money(net)}
        row[_rate_column(name)] = ratio(net, invested) if (invested or 0) > 0 else None
    return row | {"benefit_share": _realized(row)}


def _realized(row: dict[str, Any]) -> float | None:
    """Return the share of the benefit planned over the life that has come to date."""
    planned, came = row["benefit_plan"], row["benefit_actual"]
    return None if came is None or not planned else came / planned


def _absent(views: dict[str, View], last: str) -> str:
    if views["plan"].cells is None and views["actual"].cells is None:
        return "no cash flows"
    if views["actual"].cells is None:
        return f"no actual cash flows up to {last}" if last else "no actual cash flows"
    return "no planned cash flows" if views["plan"].cells is None else ""


def _no_rate(views: dict[str, View]) -> str:
    bare = [
        name.replace("_", " ")
        for name, view in views.items()
        if view.cells is not None and (view.total("investment") or 0) >= 0
    ]
    return f"nothing invested ({', '.join(bare)}): no ROI" if bare else ""


def _total(
    rows: list[dict[str, Any]], by: str, last: str, pooled: dict[str, Return]
) -> dict[str, Any]:
    """Add up the rows; a column nobody has stays NA, times and hurdle rates do not add.

    The rate of return is that of all flows together.
    """
    total: dict[str, Any] = dict.fromkeys(_columns(by)) | dict.fromkeys(_FACTS, "")
    for column, kind in _columns(by).items():
        known = [row[column] for row in rows if column in row and row[column] is not None]
        if kind == MONEY and column not in _NO_SUM and known:
            total[column] = round(sum(known), 2)
    for view in VIEWS:
        invested, net = total[f"invested_{view}"], total[f"net_{view}"]
        total[_rate_column(view)] = net / invested if invested and invested > 0 else None
    total["benefit_share"] = _realized(total)
    starts = [row["start"] for row in rows if row["start"]]
    total |= {k: v for k, v in _rates(pooled).items() if not k.startswith("pi_")}
    return total | {
        "row_key": "total",
        by: "Total",
        "role": "total",
        "count": sum(row["count"] for row in rows),
        "start": min(starts, default=""),
        "to_date": last,
        "outlook": rows[0]["outlook"],
        "reason": "payback, profitability and hurdle rate do not add up",
    }


_NO_SUM = frozenset(
    {"hurdle_rate", *_PAYBACKS, *map(_rate_column, VIEWS)}
    | {noun.format(v) for noun in ("irr_{}", "mirr_{}", "return_{}_rate", "pi_{}") for v in _LIVES}
)
