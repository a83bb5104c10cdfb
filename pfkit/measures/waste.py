"""Waste: cloud cost that brings nothing, each finding with its evidence and how sure it is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pfkit.errors import MeasureError
from pfkit.measures import bill, contract_prices, waste_rules
from pfkit.measures.rows import COUNT, MONEY, TEXT, money, reasons, result, row_keys
from pfkit.measures.waste_rules import AGAIN, KINDS, UNTAGGED, UNUSED, Finding, Policy

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from pfkit.period import Period

_FACTS = ("product", "vendor", "service", "account", "resource")
_COLUMNS = (
    dict.fromkeys(("row_key", "kind", "role", *_FACTS), TEXT)
    | {"count": COUNT}
    | dict.fromkeys(("amount", "avoidable", "over_bought"), MONEY)
    | {"since": TEXT, "since_rule": TEXT, "months": COUNT, "annual": MONEY, "annual_rule": TEXT}
    | dict.fromkeys(("confidence", "evidence", "reason"), TEXT)
)
#: Months of the bill looked at for how long something has been found.
_BACK = 12
#: What lasted this many months is taken to go on; their mean times twelve is a year.
_LASTING = 3
#: Why less is avoidable than was spent.
COMMITTED = "what a commitment pays for is freed, not saved, until it ends"
#: Why nothing of a commitment is avoidable now.
BOUGHT = "already bought, not avoidable before it is renewed"
_MEMOS = (UNUSED, UNTAGGED)
_SURE = {"high": 0, "medium": 1, "low": 2}

Monthly = dict[str, dict[tuple[str, ...], Finding]]


def waste(
    cloud: pd.DataFrame,
    *,
    period: Period,
    prices: pd.DataFrame | None = None,
    utilization: float = 0.05,
    commitment: float = 0.80,
    tolerance: float = 0.005,
    least: float = 0.01,
    top: int = 20,
) -> pd.DataFrame:
    r"""Find cloud cost that brings nothing: idle, bought twice, not used, above contract.

    Use it for what to switch off or claim back; a finding becomes a saving only in `savings`, when
    the ledger shows it.

    Parameters
    ----------
    cloud : pandas.DataFrame
        ``book.cloud``, amounts in reporting currency.
    period : Period
        The month, quarter or year reported; up to eleven months before it are looked at too.
    prices : pandas.DataFrame, optional
        Table ``vendor_prices``: ``vendor, sku, unit, price, currency, valid_from, valid_to``.
    utilization : float
        A resource of which less than this share is used is idle, where monitoring says so.
    commitment : float
        A commitment of which less than this share is used is a finding.
    tolerance : float
        A price may lie above its contract by this fraction.
    least : float
        Findings of less a month are passed over, in reporting currency.
    top : int
        Findings shown; the rest stand together as ``Other (n)``.

    Returns
    -------
    pandas.DataFrame
        One row per finding, most avoidable first, and a ``Total`` of what is avoidable; below it
        commitments not used and what is untagged (``role`` ``memo``) and what could not be compared
        (``unjudged``). ``row_key, kind``
        (``charged twice``, ``commitment not used``, ``duplicate vendor``, ``idle``, ``price above
        contract``, ``untagged``), ``role, product, vendor, service, account, resource`` (empty
        where several), ``count`` of findings; ``amount`` (cost of the charges in the period) and
        ``avoidable`` (without what a commitment pays for; NA where untagged, for cost without a
        product is not waste for that, and of a commitment: what is bought cannot be avoided before
        it is renewed) and ``over_bought`` (of a commitment, what is not used beyond the share that
        may be left unused), reporting currency; ``since`` (first month of an unbroken run),
        ``since_rule`` (``at least`` where the run reaches the first month looked at and the bill
        goes further back) and ``months``; ``annual``, with its ``annual_rule``; ``confidence``
        (``high``: the bill, a tag, a contract or monitoring says it; ``medium``: nothing says
        otherwise), ``evidence``, and ``reason`` why something is NA.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If a threshold is negative or a cost is missing.

    Notes
    -----
    Every charge is found once: a cost counts under the first kind of the list above that takes it,
    so that the total is no more than the bill. What was found in each of the last three months is
    annualized, as their mean times twelve; nothing else is, and a charge billed twice never. A
    duplicate is the smaller of two subscriptions of one product with the same FOCUS subcategory; a
    resource without monitoring, state tag or telling description is idle only where it is billed
    and nothing was consumed.

    References
    ----------
    .. [1] FinOps Foundation, *Workload Optimization* and *Rate Optimization* capabilities,
       https://www.finops.org/framework/capabilities/

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> bill = pd.DataFrame({"period": "2026-01", "product": "Atlas", "provider_name": "Acme",
    ...     "service_name": "VMs", "charge_category": "Usage", "lines": 1,
    ...     "resource_id": ["a", "b"], "utilization_share": [0.62, 0.01],
    ...     "billed_amount": [90.0, 40.0], "amount": [90.0, 40.0]})
    >>> found = waste(bill, period=FiscalCalendar().period("2026-01"))
    >>> found[["kind", "resource", "avoidable", "evidence"]].values.tolist()[0]
    ['idle', 'b', 40.0, '1.0% of its capacity was used']
    """
    policy = Policy(utilization, commitment, tolerance, least)
    if min(utilization, commitment, tolerance, least) < 0 or top < 1:
        raise MeasureError(
            "a threshold below zero, or no row to show",
            where="waste",
            advice="Give shares and amounts of 0 or more, and top of 1 or more.",
        )
    checked = bill.checked(cloud)
    if bill.of(checked, period) is None:
        return result([], _COLUMNS)
    offers = contract_prices.listed(prices)
    months = _months(checked, period)
    charges = waste_rules.prepared(checked[checked["period"].isin(months)])
    found: Monthly = {}
    unjudged: list[pd.DataFrame] = []
    for month in months:
        mine = charges[charges["period"] == month]
        calendar = period.calendar
        same, other = contract_prices.agreed(
            mine, offers, calendar.first_day(month), calendar.last_day(month)
        )
        found[month] = {(one.kind, *one.key): one for one in _claimed(mine, policy, same)}
        if month in period.months and len(other):
            unjudged.append(other)
    rows = _rows(found, period, top, cut=_cut(checked, months, period))
    return result([*rows, *_unjudged(unjudged)], _COLUMNS)


def _months(charges: pd.DataFrame, period: Period) -> list[str]:
    """Return the months to look at: those of the period, and the unbroken year before its end."""
    there = set(charges["period"])
    last = period.months[-1]
    before = [period.calendar.shift(last, -step) for step in range(max(_BACK, len(period.months)))]
    months: list[str] = []
    for month in before:
        if month not in there:
            break
        months.append(month)
    return months[::-1]


def _cut(charges: pd.DataFrame, months: Sequence[str], period: Period) -> str:
    """Return the first month looked at where the bill goes further back, empty where not."""
    before = period.calendar.shift(months[0], -1)
    return months[0] if bool((charges["period"] == before).any()) else ""


def _claimed(month: pd.DataFrame, policy: Policy, agreed: pd.DataFrame) -> list[Finding]:
    """Return the findings of a month; each charge's cost is taken by the first that finds it."""
    found = [
        *waste_rules.charged_twice(month, policy),
        *waste_rules.unused_commitments(month, policy),
        *waste_rules.duplicate_vendors(month, policy),
        *waste_rules.idle_resources(month, policy),
        *waste_rules.prices_above(month, policy, agreed),
        *waste_rules.untagged(month, policy),
    ]
    left = dict(zip(month.index.tolist(), month["cost"].tolist(), strict=True))
    kept = []
    for one in found:
        free = math.fsum(max(left[row], 0.0) for row in one.rows)
        one.amount = min(one.amount, free)
        if one.kind != UNTAGGED:
            _take(left, one.rows, one.amount)
        if one.amount >= policy.least:
            kept.append(one)
    return kept


def _take(left: dict[int, float], rows: Sequence[int], amount: float) -> None:
    for row in rows:
        taken = min(max(left[row], 0.0), amount)
        left[row] -= taken
        amount -= taken


def _rows(found: Monthly, period: Period, top: int, *, cut: str) -> list[dict[str, Any]]:
    keys = sorted({key for month in period.months for key in found.get(month, {})})
    rows = [_row(key, found, period, cut) for key in keys]
    for row, name in zip(
        rows, row_keys([(*key,) for key in keys], reserved=_RESERVED), strict=True
    ):
        row["row_key"] = name
    rows.sort(
        key=lambda row: (
            row["kind"] in _MEMOS,
            -(row["avoidable"] or 0.0),
            _SURE[row["confidence"]],
            -row["amount"],
            row["row_key"],
        )
    )
    sure = [row for row in rows if row["kind"] not in _MEMOS]
    out = _shown(sure, top, "other")
    out += _total(out)
    for kind in _MEMOS:
        memo = [row for row in rows if row["kind"] == kind]
        out += _shown(memo, max(1, top // 4), f"{kind.split()[-1]}-other")
    return out


_RESERVED = ("total", "other", "untagged-other", "used-other", "unjudged")


def _row(key: tuple[str, ...], found: Monthly, period: Period, cut: str) -> dict[str, Any]:
    mine = [found[month][key] for month in period.months if key in found[month]]
    latest = mine[-1]
    amount = bill.total(one.amount for one in mine)
    committed = bill.total(min(one.committed, one.amount) for one in mine)
    counts = latest.kind not in _MEMOS
    last = max(month for month in period.months if key in found[month])
    run = _run(key, found, last)
    spent = [found[month][key] for month in run]
    annual, rule, why = _annual(latest.kind, [one.amount - one.committed for one in spent])
    return {
        "kind": latest.kind,
        "role": "item" if counts else "memo",
        **{name: latest.facts[name] for name in _FACTS},
        "count": 1,
        "amount": money(amount),
        "avoidable": money(amount - committed) if counts else None,
        "over_bought": money(bill.total(min(one.over_bought, one.amount) for one in mine))
        if latest.kind == UNUSED
        else None,
        "since": run[0],
        "since_rule": "at least" if run[0] == cut else "",
        "months": len(run),
        "annual": money(annual) if counts else None,
        "annual_rule": rule if counts else "",
        "confidence": latest.confidence,
        "evidence": waste_rules.evidence(mine),
        "reason": reasons(why, COMMITTED if committed else "") if counts else _NOT_NOW[latest.kind],
    }


_NOT_NOW = {UNTAGGED: "cost without a product is not avoidable for that", UNUSED: BOUGHT}


def _run(key: tuple[str, ...], found: Monthly, last: str) -> list[str]:
    """Return the months up to the last in which something was found without a break."""
    run: list[str] = []
    for month in sorted((month for month in found if month <= last), reverse=True):
        if key not in found[month]:
            break
        run.append(month)
    return run[::-1]


def _annual(kind: str, amounts: Sequence[float]) -> tuple[int | None, str, str]:
    if kind == AGAIN:
        return None, "", "billed twice once, not annualized"
    if len(amounts) < _LASTING:
        seen = "1 month" if len(amounts) == 1 else f"{len(amounts)} months"
        return None, "", f"found for {seen}, not annualized before {_LASTING}"
    mean = math.fsum(amounts[-_LASTING:]) / _LASTING
    return bill.total([mean * 12]), f"mean of the last {_LASTING} months × 12", ""


def _shown(rows: list[dict[str, Any]], top: int, key: str) -> list[dict[str, Any]]:
    if len(rows) <= top + 1:
        return rows
    rest = rows[top:]
    other: dict[str, Any] = dict.fromkeys(_COLUMNS) | dict.fromkeys(_FACTS, "")
    kinds = [kind for kind in KINDS if any(row["kind"] == kind for row in rest)]
    other |= {
        "row_key": key,
        "kind": f"Other ({len(rest)})",
        "role": "other" if key == "other" else "memo",
        "count": len(rest),
        "amount": _sum(rest, "amount"),
        "avoidable": _sum(rest, "avoidable"),
        "over_bought": _sum(rest, "over_bought"),
        "annual": _sum(rest, "annual"),
        "evidence": ", ".join(kinds),
    }
    return [
        *rows[:top],
        other | dict.fromkeys(("since", "since_rule", "annual_rule", "confidence", "reason"), ""),
    ]


def _sum(rows: Sequence[dict[str, Any]], column: str) -> float | None:
    known = [row[column] for row in rows if row[column] is not None]
    return round(math.fsum(known), 2) if known else None


def _unjudged(parts: Sequence[pd.DataFrame]) -> list[dict[str, Any]]:
    """Return one row for prices that were in another currency or unit than the charge."""
    if not parts:
        return []
    row: dict[str, Any] = dict.fromkeys(_COLUMNS) | dict.fromkeys(_FACTS, "")
    cost = bill.total(amount for part in parts for amount in part["cost"].tolist())
    first = parts[0].iloc[0]
    said = (
        f"{first['vendor']} {first['sku']}: contract in {first['currency']} per "
        f"{first['unit'] or 'unit'}, bill in {first['billing_currency']} per "
        f"{first['pricing_unit'] or 'unit'}"
    )
    return [
        row
        | dict.fromkeys(("since", "since_rule", "annual_rule", "confidence"), "")
        | {
            "row_key": "unjudged",
            "kind": waste_rules.PRICE,
            "role": "unjudged",
            "count": sum(part["sku"].nunique() for part in parts),
            "amount": money(cost),
            "evidence": said,
            "reason": "currency or unit differs, so that no price was compared",
        }
    ]


def _total(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    counted = [row for row in rows if row["role"] in {"item", "other"}]
    if not counted:
        return []
    total: dict[str, Any] = dict.fromkeys(_COLUMNS) | dict.fromkeys(_FACTS, "")
    empty = ("since", "since_rule", "annual_rule", "confidence", "evidence", "reason")
    total |= dict.fromkeys(empty, "")
    return [
        total
        | {
            "row_key": "total",
            "kind": "Total avoidable",
            "role": "total",
            "count": sum(row["count"] for row in counted),
            "amount": _sum(counted, "amount"),
            "avoidable": _sum(counted, "avoidable"),
            "annual": _sum(counted, "annual"),
        }
    ]
