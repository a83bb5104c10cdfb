"""The return on each initiative: planned, so far, and as it now looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.errors import MeasureError, near_miss
from pfkit.measures.cashflows import FLOWS, VIEWS, View, checked, month_number, views_of
from pfkit.measures.npv import npv, payback
from pfkit.measures.rows import (
    COUNT,
    FLAG,
    MONEY,
    RATE,
    TEXT,
    money,
    reasons,
    require,
    result,
    row_keys,
)
from pfkit.measures.rows import (
    rate as ratio,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.period import Period

_FACTS = ("name", "product", "owner", "status")


def roi(
    cashflows: pd.DataFrame,
    initiatives: pd.DataFrame | None = None,
    *,
    rate: float,
    by: str = "initiative",
    period: Period | None = None,
) -> pd.DataFrame:
    r"""Set what each initiative promised beside what it has returned and is likely to return.

    Use it for the investment pages; `npv` and `payback` are its single numbers.

    Parameters
    ----------
    cashflows : pandas.DataFrame
        Table ``cashflows``: ``initiative``, ``period`` (fiscal month), ``kind`` (``plan`` or
        ``actual``), ``flow`` (``investment``, ``benefit``, ``cost``), ``amount`` in reporting
        currency, out negative.
    initiatives : pandas.DataFrame, optional
        Table ``initiatives``: ``name``, ``product``, ``owner``, ``status``, ``approved_amount``
        (reporting currency), ``hurdle_rate`` (fraction a year).
    rate : float
        Discount rate a year where an initiative has no hurdle rate of its own.
    by : str
        ``initiative``, or a column of `initiatives` such as ``product`` or ``owner``.
    period : Period, optional
        To date means up to its last month. Default: the last month with an actual flow.

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
        ``npv_plan``, ``npv_actual``, ``npv_outlook``; ``payback_plan_months`` and
        ``payback_months`` (outlook) from the first month; ``over_approved`` (invested to date
        above the approved amount); ``reason`` says why something is NA.

    Raises
    ------
    ContractError
        If a table lacks a column.
    MeasureError
        If ``kind`` or ``flow`` holds an unknown word, or an amount is missing.

    Notes
    -----
    :math:`net = benefit + cost - invested`, :math:`ROI = net / invested`. The outlook is what was
    actual to date plus what is planned afterwards; planned flows of closed months that did not
    happen are not moved to later ones. NPV stands at the first month of each row, monthly steps,
    :math:`(1+r)^{k/12}`; in ``Total`` the values of the rows are added up. Payback is undiscounted.

    References
    ----------
    .. [1] Brealey, Myers and Allen, *Principles of Corporate Finance*, ch. 2, 5 and 6.
    .. [2] Horngren, Datar and Rajan, *Cost Accounting*, ch. 21 and 23 (capital budgeting, ROI).

    Examples
    --------
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
    flows = checked(cashflows)
    facts = _facts(initiatives)
    group = _groups(flows, facts, by)
    months = flows.loc[flows["kind"] == "actual", "period"]
    last = period.months[-1] if period is not None else (max(months) if len(months) else "")
    rows = [
        _row(members, flows[flows["initiative"].isin(members)], facts, rate, last)
        | {by: value, "role": "item", "count": len(members)}
        for value, members in group.items()
    ]
    rows.sort(key=lambda row: (-(row["invested_plan"] or row["invested_actual"] or 0), row[by]))
    for row, key in zip(
        rows, row_keys([(row[by],) for row in rows], reserved=["total"]), strict=True
    ):
        row["row_key"] = key
    if rows:
        rows.append(_total(rows, by, last))
    return result(rows, _columns(by))


def _columns(by: str) -> dict[str, str]:
    columns = {"row_key": TEXT, by: TEXT, "role": TEXT, "count": COUNT}
    columns |= dict.fromkeys((*_FACTS, "start", "to_date"), TEXT)
    columns |= {"approved_amount": MONEY, "hurdle_rate": RATE}
    for noun in ("invested", "benefit", "cost", "net"):
        columns |= dict.fromkeys((f"{noun}_{view}" for view in VIEWS), MONEY)
    columns |= dict.fromkeys((_rate_column(view) for view in VIEWS), RATE)
    columns |= {"benefit_share": RATE}
    columns |= dict.fromkeys(("npv_plan", "npv_actual", "npv_outlook"), MONEY)
    columns |= {"payback_plan_months": "Float64", "payback_months": "Float64"}
    return columns | {"over_approved": FLAG, "reason": TEXT}


def _rate_column(view: str) -> str:
    return "roi_rate" if view == "actual" else f"roi_{view}_rate"


def _facts(initiatives: pd.DataFrame | None) -> dict[str, dict[str, Any]]:
    """Return what is known of each initiative; the last row of a name counts."""
    if initiatives is None:
        return {}
    require(initiatives, ["initiative"], name="initiatives")
    names = [str(column) for column in initiatives.columns]
    rows = zip(*(initiatives[name] for name in names), strict=True)
    known = [dict(zip(names, row, strict=True)) for row in rows]
    return {
        str(row["initiative"]): {name: value for name, value in row.items() if not pd.isna(value)}
        for row in known
    }


def _groups(flows: pd.DataFrame, facts: dict[str, dict[str, Any]], by: str) -> dict[str, list[str]]:
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
    members: Sequence[str],
    flows: pd.DataFrame,
    facts: dict[str, dict[str, Any]],
    fallback: float,
    last: str,
) -> dict[str, Any]:
    views = views_of(flows, last)
    mine = [facts.get(name, {}) for name in members]
    hurdles = sorted({float(fact.get("hurdle_rate", fallback)) for fact in mine})
    hurdle = hurdles[0] if len(hurdles) == 1 else fallback
    first = min((month_number(month) for month in flows["period"]), default=0)
    approved = [float(fact["approved_amount"]) for fact in mine if "approved_amount" in fact]
    row: dict[str, Any] = {name: _single(mine, name) for name in _FACTS}
    row |= {"start": min(flows["period"], default=""), "to_date": last}
    row |= {"approved_amount": round(sum(approved), 2) if approved else None}
    row |= {"hurdle_rate": hurdle} | _sums(views)
    monthly = (1 + hurdle) ** (1 / 12) - 1
    for view in ("plan", "actual", "outlook"):
        known = views[view].cells is not None
        value = npv(views[view].line(first), rate=monthly) if known else None
        row[f"npv_{view}"] = None if value is None else round(value, 2)
    why = [_absent(views, last), "" if len(hurdles) == 1 else "hurdle rates differ"]
    for column, view in (("payback_plan_months", "plan"), ("payback_months", "outlook")):
        row[column], gone = _payback(views[view], first, view)
        why.append(gone)
    spent = row["invested_actual"]
    row["over_approved"] = None if spent is None or not approved else spent > sum(approved)
    why += [_no_rate(views)]
    return row | {"reason": reasons(*why)}


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


def _payback(view: View, first: int, name: str) -> tuple[float | None, str]:
    if view.cells is None:
        return None, ""
    line = view.line(first)
    try:
        months = payback(line)
    except MeasureError as why:
        return None, f"{name}: {why.what}"
    again = sum(line) < 0
    return months, f"{name}: paid back, then negative again" if again else ""


def _total(rows: list[dict[str, Any]], by: str, last: str) -> dict[str, Any]:
    """Add up the rows; a column nobody has stays NA, times and hurdle rates do not add."""
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
    return total | {
        "row_key": "total",
        by: "Total",
        "role": "total",
        "count": sum(row["count"] for row in rows),
        "start": min(starts, default=""),
        "to_date": last,
        "reason": "payback and hurdle rate do not add up",
    }


_NO_SUM = frozenset(
    {"hurdle_rate", "payback_plan_months", "payback_months", *map(_rate_column, VIEWS)}
)
