"""Cost and benefit of an initiative against doing nothing, and where it breaks even."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from pfkit.errors import MeasureError, near_miss
from pfkit.measures.cashflows import checked, last_actual, month_number, views_of
from pfkit.measures.cost_to_complete import by_initiative, left_to_spend
from pfkit.measures.initiatives import facts_of, stranger
from pfkit.measures.milestones import milestones
from pfkit.measures.npv import npv
from pfkit.measures.rows import MONEY, RATE, TEXT, reasons, require, result, row_keys, whole_cents

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import pandas as pd

    from pfkit.measures.cashflows import View
    from pfkit.period import Period

_MONTHS: Final = 12
_MONEY: Final = ("outlay", "running", "benefit", "net", "base", "gain", "ahead")
#: What a card comes to.
PAYS, FROM_HERE, NOT = "pays", "pays from here on", "does not pay"


def cost_benefit(
    cashflows: pd.DataFrame,
    initiatives: pd.DataFrame | None = None,
    schedule: pd.DataFrame | None = None,
    *,
    rate: float,
    period: Period,
    base: pd.DataFrame | None = None,
    units: Mapping[str, tuple[str, float]] | None = None,
    outlook: str = "plan",
    as_of: date | None = None,
) -> pd.DataFrame:
    r"""Weigh what each initiative costs and brings against doing nothing.

    Use it as the card of a proposal: how wrong may the benefit be before it does not pay?

    Parameters
    ----------
    cashflows : pandas.DataFrame
        Table ``cashflows``, signed, in reporting currency.
    initiatives : pandas.DataFrame, optional
        Table ``initiatives``: ``name``, ``product``, ``owner``, ``approved_on``, ``hurdle_rate``.
    schedule : pandas.DataFrame, optional
        Table ``milestones``: with an outlook by performance, what is still to spend follows it.
    rate : float
        Discount rate a year where an initiative has no hurdle rate of its own, a fraction.
    period : Period
        The month, quarter or year reported; flows after it are an outlook.
    base : pandas.DataFrame, optional
        What comes without the initiative: ``initiative``, ``period``, ``amount``, signed, in
        reporting currency; months of the initiative. Default: nothing changes.
    units : mapping of str to tuple, optional
        Initiative to what drives its benefit and how many units are expected, such as
        ``("new customers", 120.0)``.
    outlook : str
        ``plan`` or ``performance``; ``net`` is then the present value of `roi`.
    as_of : datetime.date, optional
        Flows learned later do not count.

    Returns
    -------
    pandas.DataFrame
        The largest gain first, then ``total``. ``row_key, initiative, name, product, owner,
        role``; present values at its first month, in reporting currency: ``outlay``, ``running``
        cost, ``benefit``, ``net`` of the three, ``base`` and ``gain`` (net less base);
        ``break_even_share`` of the benefit at which the gain is 0, and ``room_share`` (1 less
        it), fractions; ``driver``, ``units``, ``break_even_units`` and ``unit_value`` (present
        value of benefit a unit, such as of a customer); ``ahead``, the gain of going on, of what
        is still to come only, at the month after `period`, and ``ahead_share`` of the coming
        benefit at which it is 0; ``state`` (``pays``, ``pays from here on``, ``does not pay``),
        ``reason``.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If `units` names an initiative that has no flows, or units are not above 0.

    Notes
    -----
    With present values of outlay I, running cost C, benefit B and of doing nothing N,

    .. math:: gain = B + C + I - N, \qquad share = (N - I - C) / B

    (I and C are negative). The share holds where benefit grows with its driver evenly over time.
    What is spent is spent: ``ahead`` compares going on with stopping now.

    References
    ----------
    .. [1] Brealey, Myers and Allen, *Principles of Corporate Finance*, ch. 6 (incremental flows)
       and ch. 10 (break-even analysis).

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> flows = pd.DataFrame(
    ...     [
    ...         ("portal", "2026-01", "plan", "investment", -1000.0),
    ...         ("portal", "2027-01", "plan", "benefit", 1320.0),
    ...     ],
    ...     columns=["initiative", "period", "kind", "flow", "amount"],
    ... )
    >>> found = cost_benefit(
    ...     flows,
    ...     rate=0.10,
    ...     period=FiscalCalendar().period("2025-12"),
    ...     units={"portal": ("new customers", 60.0)},
    ... )
    >>> columns = ["gain", "break_even_share", "break_even_units", "unit_value"]
    >>> found[columns].round(2).values.tolist()[0]
    [200.0, 0.83, 50.0, 20.0]
    """
    if not (math.isfinite(rate) and rate > -1):
        raise MeasureError(f"rate {rate} is no rate", where="rate", advice="Give it above -1.")
    facts = facts_of(initiatives, as_of=as_of)
    flows = checked(cashflows, as_of=as_of)
    last = last_actual(flows, period)
    approved = {name: str(fact.get("approved_on", "")) for name, fact in facts.items()}
    left: dict[str, int] = {}
    if outlook == "performance" and schedule is not None:
        states = by_initiative(milestones(schedule, as_of=as_of or period.last))
        left = left_to_spend(flows, facts, states, period) if states else {}
    known = sorted(set(flows["initiative"]))
    for name, (_, count) in (units or {}).items():
        if name not in known:
            raise MeasureError(
                f"{name!r} has no cash flows",
                where="units",
                advice=near_miss(name, known, noun="initiative"),
            )
        if not (math.isfinite(count) and count > 0):
            raise MeasureError(f"{count} units of {name!r}", where="units", advice="Give more.")
    nothing = _base(base)
    rows = []
    for name in known:
        mine = flows[flows["initiative"] == name]
        views = views_of(mine, last, approved=approved, outlook=outlook, left=left)
        seen = views["outlook"] if views["outlook"].cells is not None else views["plan"]
        told = facts.get(str(name), {})
        monthly = (1 + float(told.get("hurdle_rate", rate))) ** (1 / _MONTHS) - 1
        row: dict[str, Any] = {"initiative": str(name), "role": "item"}
        row |= {column: str(told.get(column, "")) for column in ("name", "product", "owner")}
        without = nothing.get(str(name), {})
        first = min([*(int(month) for month in mine["month"]), *without])
        row |= _valued(seen, without, monthly, (first, month_number(last)))
        row |= _driven(row, (units or {}).get(str(name)))
        row["reason"] = reasons(row["reason"], seen.reason, stranger(facts, str(name)))
        rows.append(row)
    return _laid_out(rows)


def _base(base: pd.DataFrame | None) -> dict[str, dict[int, int]]:
    if base is None or base.empty:
        return {}
    require(base, ["initiative", "period", "amount"], name="base")
    found: dict[str, dict[int, int]] = {}
    cents = whole_cents(base["amount"], name="base")
    for name, month, amount in zip(base["initiative"], base["period"], cents, strict=True):
        mine = found.setdefault(str(name), {})
        at = month_number(str(month))
        mine[at] = mine.get(at, 0) + int(amount)
    return found


def _valued(
    view: View, nothing: Mapping[int, int], monthly: float, ends: tuple[int, int]
) -> dict[str, Any]:
    """Return present values of an initiative, all of it and what is still to come."""
    cells = view.cells or {}
    empty: dict[str, Any] = dict.fromkeys((*_MONEY, "break_even_share", "room_share"))
    empty |= {"ahead_share": None, "state": "", "reason": "no cash flows to value"}
    if not cells:
        return empty
    first, last = ends

    def worth(kind: str, since: int) -> float:
        line = {m: cents for (m, flow), cents in cells.items() if flow == kind and m >= since}
        return _present(line, since, monthly)

    now = [worth(kind, first) for kind in ("investment", "cost", "benefit")]
    none = _present(dict(nothing), first, monthly)
    gain = math.fsum(now) - none
    share = (none - now[0] - now[1]) / now[2] if now[2] > 0 else None
    coming = [worth(kind, last + 1) for kind in ("investment", "cost", "benefit")]
    stop = _present({m: c for m, c in nothing.items() if m > last}, last + 1, monthly)
    begun = first <= last
    ahead = math.fsum(coming) - stop if begun else None
    state = PAYS if gain >= 0 else (FROM_HERE if ahead is not None and ahead >= 0 else NOT)
    amounts = [*now, math.fsum(now), none, gain]
    row = {n: round(v, 2) for n, v in zip(_MONEY[:-1], amounts, strict=True)}
    return {
        **row,
        "ahead": None if ahead is None else round(ahead, 2),
        "break_even_share": share,
        "room_share": None if share is None else 1 - share,
        "ahead_share": (stop - coming[0] - coming[1]) / coming[2]
        if begun and coming[2] > 0
        else None,
        "state": state,
        "reason": "" if now[2] > 0 else "no benefit, so nothing breaks even",
    }


def _present(line: Mapping[int, int], first: int, monthly: float) -> float:
    """Return the present value of months' cents at a month, in currency units."""
    if not line:
        return 0.0
    span = range(first, max(line) + 1)
    return npv([line.get(month, 0) / 100 for month in span] or [0.0], rate=monthly)


def _driven(row: Mapping[str, Any], of: tuple[str, float] | None) -> dict[str, Any]:
    if of is None or row["break_even_share"] is None:
        return {"driver": "" if of is None else of[0], "units": None if of is None else of[1]} | {
            "break_even_units": None,
            "unit_value": None,
        }
    name, count = of
    return {
        "driver": name,
        "units": count,
        "break_even_units": row["break_even_share"] * count,
        "unit_value": row["benefit"] / count,
    }


def _laid_out(rows: list[dict[str, Any]]) -> pd.DataFrame:
    rows.sort(key=lambda row: (row["gain"] is None, -(row["gain"] or 0.0), row["initiative"]))
    keys = row_keys([(row["initiative"],) for row in rows], reserved=["total"])
    columns = dict.fromkeys(("row_key", "initiative", "name", "product", "owner", "role"), TEXT)
    columns |= dict.fromkeys(_MONEY, MONEY)
    columns |= dict.fromkeys(("break_even_share", "room_share", "ahead_share"), RATE)
    columns |= {"driver": TEXT, "units": "Float64", "break_even_units": "Float64"}
    columns |= {"unit_value": MONEY, "state": TEXT, "reason": TEXT}
    if rows:
        total: dict[str, Any] = dict.fromkeys(columns)
        total |= dict.fromkeys(("initiative", "product", "owner", "driver", "state", "reason"), "")
        total |= {"name": "Total", "role": "total"}
        for column in _MONEY:
            known = [row[column] for row in rows if row[column] is not None]
            total[column] = round(math.fsum(known), 2) if known else None
        rows.append(total)
        keys.append("total")
    return result([row | {"row_key": k} for k, row in zip(keys, rows, strict=True)], columns)
