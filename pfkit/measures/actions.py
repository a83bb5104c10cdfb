"""Actions: what to do next, at most seven, by the money at stake, each number with its cell."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pfkit.errors import MeasureError, near_miss
from pfkit.measures.leads import READERS, Ground, Lead, plain
from pfkit.measures.rows import (
    COUNT,
    MONEY,
    NONE,
    TEXT,
    money,
    reasons,
    require,
    result,
    row_keys,
    texts,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from pfkit.measures.leads import Reader
    from pfkit.period import Period

#: The exhibit of decisions, which say what was agreed and are no money of their own.
DECISIONS = "decisions"
_COLUMNS = (
    {"row_key": TEXT, "rank": COUNT, "role": TEXT, "count": COUNT, "action": TEXT}
    | {"value": MONEY, "basis": TEXT, "rule": TEXT, "exhibit": TEXT, "row": TEXT, "column": TEXT}
    | {"amount": MONEY, "against": TEXT, "against_amount": MONEY}
    | {"owner": TEXT, "due_on": TEXT, "decision": TEXT, "state": TEXT, "confidence": TEXT}
    | {"also": TEXT, "also_count": COUNT, "overlaps": TEXT, "reason": TEXT}
)
#: What these say of an initiative holds all that others say of it.
_WHOLE = frozenset({"roi"})
_OUTLOOKS, _SO_FAR = ("outlook", "outlook-lines"), ("budget-lines", "variance")
_NAMED = 3
#: A year's worth and what comes once are never added up.
_BASES = ("a year", "once")
_RESERVED = ("other", "other-a-year", "other-once", "total-a-year", "total-once")
_NO_VALUE = "no amount is known"


@dataclass
class _Action:
    """A lead, what of other sources is the same money, and what may be in part."""

    lead: Lead
    members: list[Lead] = field(default_factory=list)
    overlaps: list[int] = field(default_factory=list)


def actions(
    found: Mapping[str, pd.DataFrame],
    *,
    period: Period,
    top: int = 7,
    least: float = 0.0,
    margin: float = 0.0,
    rate: float = 0.10,
    years: int = 5,
    actuals: pd.DataFrame | None = None,
    hosting: Sequence[str] = (),
    readers: Mapping[str, Reader] | None = None,
) -> pd.DataFrame:
    r"""Rank what to act on by the money at stake, a year or once, each with the cell it comes from.

    Use it for the last page of a report; the tables it reads say why.

    Parameters
    ----------
    found : mapping of str to pandas.DataFrame
        Results by the exhibit that shows them: ``outlook`` (or ``outlook-lines``, its figure),
        ``budget-lines``, ``roi``, ``cost-to-complete``, ``benefits``, ``waste``, ``product-pnl``,
        ``breaches``, ``utilization``, and ``decisions``, which give owner and date to what they are
        about.
    period : Period
        The month, quarter or year reported.
    top : int
        Actions shown; the rest stand together as ``Other (n)``.
    least : float
        What is worth less is no action; reporting currency.
    margin : float
        Products that contribute less than this share of net revenue in the year to date.
    rate : float
        Discount rate where an initiative has no hurdle rate of its own, a fraction a year.
    years : int
        A net present value becomes a year's worth as an annuity over these years.
    actuals : pandas.DataFrame, optional
        Table ``actuals``: says on which cost centers a product's cloud cost stands.
    hosting : sequence of str
        The accounts that cloud cost is booked on, ``book.cloud_accounts``.
    readers : mapping of str to callable, optional
        More sources: a reader by exhibit, given its result and a `Ground`, gives each `Lead`.

    Returns
    -------
    pandas.DataFrame
        One row per action by ``value``, then ``Other`` and ``Total`` of each basis. ``row_key,
        rank, role`` (``item``, ``other``, ``total``), ``count``, ``action``; ``value`` (at stake,
        reporting currency, NA where none is known), its ``basis`` (``a year``, or ``once`` where it
        does not come again; empty without a value) and ``rule``; ``exhibit``, ``row`` and
        ``column`` of the cell it comes from, whose value is ``amount``; ``against`` and
        ``against_amount``, a second cell of that row; ``owner``, ``due_on`` (ISO date),
        ``decision`` and its ``state`` (``open``, ``overdue``), empty where nobody has said;
        ``confidence``; ``also`` (what of other sources is the same money) and ``also_count``;
        ``overlaps`` (actions that may hold part of the same money); ``reason``.

    Raises
    ------
    MeasureError
        If an exhibit has no reader, or `top` or `years` is below one.

    Notes
    -----
    Two leads are the same money where they share a product, account, cost center or initiative and
    contradict in none: the larger stands, the other is named with it and not added; of an
    initiative, its net present value stands, which holds the rest. Where they only do not
    contradict (a cost center and a product), both stand and say so, and the total counts the
    larger. Where there is an outlook of lines, what they are over plan so far is no action of its
    own. Leads of one result are never the same money: it counts each once. An initiative's net
    present value *n* below zero, or below plan where it goes live late, is worth
    :math:`n\,r / (1 - (1 + r)^{-years})` a year. Spare hours are a year's worth by
    12 over the months of the period; what else its own table does not annualize (an overrun of this
    year, waste of one period, what is booked twice) stands as it is, ``once``. The two are ranked
    by the same money and never added up. No owner and no date is made up.

    References
    ----------
    .. [1] Brealey, Myers and Allen, *Principles of Corporate Finance*, ch. 6 (equivalent annual
       cash flow).

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> lines = pd.DataFrame({"row_key": ["c1"], "cost_center": ["C1"], "label": ["Cloud"],
    ...     "owner": ["Ines"], "variance": [90.0], "favorable": [False], "landing": ["over plan"]})
    >>> told = actions({"outlook": lines}, period=FiscalCalendar().period("2026-06"))
    >>> told[["value", "exhibit", "row", "column", "owner"]].values.tolist()[0]
    [90.0, 'outlook', 'c1', 'variance', 'Ines']
    """
    if top < 1 or years < 1:
        raise MeasureError(
            "no action to show, or no year to spread over",
            where="actions",
            advice="Give top and years of 1 or more.",
        )
    places = {} if actuals is None else _places(actuals, hosting, period)
    ground = Ground(period, margin, rate, years, places)
    leads = _read(found, ground, {**READERS, **(readers or {})})
    if DECISIONS in found:
        leads = _decided(leads, found[DECISIONS])
    return result(_rows(_ranked(leads, least), top), _COLUMNS)


def _read(
    found: Mapping[str, pd.DataFrame], ground: Ground, readers: Mapping[str, Reader]
) -> list[Lead]:
    leads: list[Lead] = []
    for exhibit, table in found.items():
        if exhibit == DECISIONS:
            continue
        if exhibit not in readers:
            raise MeasureError(
                f"no reader knows exhibit {exhibit!r}",
                where="actions",
                advice=near_miss(exhibit, [*readers, DECISIONS], noun="exhibit"),
            )
        if len(table):
            require(table, ["row_key"], name=exhibit)
            mine = readers[exhibit](table, ground)
            leads += [dataclasses.replace(lead, exhibit=exhibit) for lead in mine]
    if any(
        len(found.get(name, ())) for name in _OUTLOOKS
    ):  # where a line will end says more than where it is
        leads = [lead for lead in leads if (lead.exhibit, lead.column) != _SO_FAR]
    return leads


def _places(
    actuals: pd.DataFrame, hosting: Sequence[str], period: Period
) -> dict[str, dict[str, frozenset[str]]]:
    """Return where the ledger books each product's cloud cost: accounts and cost centers."""
    require(actuals, ["period", "product", "account", "cost_center"], name="actuals")
    months = [*period.year_to_date.months, *period.months]
    mine = actuals[actuals["account"].isin(list(hosting)) & actuals["period"].isin(months)]
    found: dict[str, dict[str, set[str]]] = {}
    names = ("product", "account", "cost_center")
    for product, account, center in zip(*(texts(mine[name]) for name in names), strict=True):
        place = found.setdefault(product, {"account": set(), "cost_center": set()})
        place["account"].add(account)
        if center != NONE:
            place["cost_center"].add(center)
    return {
        product: {name: frozenset(values) for name, values in place.items() if values}
        for product, place in found.items()
    }


def _decided(leads: list[Lead], decisions: pd.DataFrame) -> list[Lead]:
    """Give leads the decision on their row, its owner and date; other overdue ones stand alone."""
    require(decisions, ["row_key", "row", "state"], name="decisions")
    taken = [row for row in plain(decisions) if row["state"] in {"overdue", "open"}]
    out = list(leads)
    for row in taken:
        mine = [place for place, lead in enumerate(out) if _about(row, lead)]
        for place in mine:
            out[place] = dataclasses.replace(
                out[place],
                decision=row["decision"] or row["row_key"],
                state=row["state"],
                due_on=row["due_on"] or "",
                owner=row["owner"] or out[place].owner,
            )
        if not mine and row["state"] == "overdue":
            amount = row.get("amount")
            worth = amount if row.get("favorable") is False and amount is not None else None
            lead = Lead(
                exhibit=DECISIONS,
                row=str(row["row_key"]),
                column="" if worth is None else "amount",
                text=f"Decide: {row['text'] or row['subject']}",
                amount=worth,
                value=None if worth is None else abs(worth),
                rule="" if worth is None else "the variance it was raised for, not annualized",
                basis="once",
                name=str(row["subject"] or row["text"]),
                owner=row["owner"] or "",
                due_on=row["due_on"] or "",
                decision=row["decision"] or row["row_key"],
                state="overdue",
                domain="control",
                scope={"row": frozenset({str(row["row_key"])})},
            )
            out.append(lead)
    return out


def _about(row: Mapping[str, Any], lead: Lead) -> bool:
    """Return whether a decision is about a lead: its row, or what the lead is called."""
    if row.get("exhibit"):
        return bool(row["exhibit"] == lead.exhibit and row["row"] == lead.row)
    if row.get("row"):
        return bool(row["row"] == lead.row and lead.exhibit != DECISIONS)
    return bool(row.get("subject") and row["subject"] == lead.name)


def _ranked(leads: Sequence[Lead], least: float) -> list[_Action]:
    """Return the leads as actions, the largest first, each money once."""
    found: list[_Action] = []
    for lead in sorted(leads, key=lambda lead: (lead.exhibit not in _WHOLE, *_size(lead))):
        if lead.value is not None and lead.value <= 0:
            continue
        same = next((action for action in found if _same(lead, action.lead)), None)
        if same is None:
            found.append(_Action(lead))
        else:
            same.members.append(lead)
    worth = [one for one in found if one.lead.value is None or one.lead.value >= least]
    worth.sort(key=lambda one: _size(one.lead))
    for place, action in enumerate(worth):
        mine = action.lead
        for rank, other in enumerate(worth[:place], 1):
            held = [one for one in (other.lead, *other.members) if one.value is not None]
            if mine.value is not None and any(_may_hold(mine, one) for one in held):
                action.overlaps.append(rank)
    return worth


def _size(lead: Lead) -> tuple[bool, float, str, str, str]:
    return (lead.value is None, -(lead.value or 0.0), lead.exhibit, lead.row, lead.column)


def _same(one: Lead, other: Lead) -> bool:
    """Return whether two leads are the same money: one thing in common, nothing against it."""
    alike = any(one.scope[name] & other.scope[name] for name in set(one.scope) & set(other.scope))
    return alike and _may_hold(one, other)


def _may_hold(one: Lead, other: Lead) -> bool:
    """Return whether nothing says that two leads are different money."""
    if one.domain != other.domain:
        return False
    if one.exhibit == other.exhibit:
        return one.row == other.row
    both = set(one.scope) & set(other.scope)
    return all(one.scope[name] & other.scope[name] for name in both)


def _rows(found: Sequence[_Action], top: int) -> list[dict[str, Any]]:
    rows = [_row(rank, action) for rank, action in enumerate(found, 1)]
    labels = [(action.lead.exhibit, action.lead.row, action.lead.column) for action in found]
    for row, key in zip(rows, row_keys(labels, reserved=_RESERVED), strict=True):
        row["row_key"] = key
    if not rows:
        return []
    shown = rows if len(rows) <= top else rows[:top]
    rest = rows[len(shown) :]
    return [*shown, *_sums("other", rest), *_sums("total", rows)]


def _sums(role: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Return a sum by basis; others without an amount are counted."""
    for basis in _BASES:
        mine = [row for row in rows if row["basis"] == basis]
        if mine:
            word = "Total" if role == "total" else f"Other ({len(mine)})"
            key = f"{role}-{basis.replace(' ', '-')}"
            yield _sum(role, f"{word}, {basis}", mine) | {"row_key": key, "basis": basis}
    bare = [row for row in rows if not row["basis"]]
    if bare and role == "other":
        yield _sum(role, f"Other ({len(bare)}), no amount", bare)


def _row(rank: int, action: _Action) -> dict[str, Any]:
    lead = action.lead
    decided = next((one for one in (lead, *action.members) if one.decision), None)
    owner = next((one.owner for one in (lead, *action.members) if one.owner), "")
    due = lead.due_on or ("" if decided is None else decided.due_on)
    others = ", ".join(f"action {rank}" for rank in action.overlaps)
    also = list(dict.fromkeys(f"{one.name} ({one.exhibit})" for one in action.members))
    also = [*also[:_NAMED], *([f"{len(also) - _NAMED} more"] if len(also) > _NAMED else [])]
    return {
        "rank": rank,
        "role": "item",
        "count": 1,
        "action": lead.text,
        "value": None if lead.value is None else round(lead.value, 2),
        "basis": "" if lead.value is None else lead.basis,
        "rule": lead.rule,
        "exhibit": lead.exhibit,
        "row": lead.row,
        "column": lead.column,
        "amount": lead.amount,
        "against": lead.against,
        "against_amount": lead.against_amount,
        "owner": owner,
        "due_on": due,
        "decision": "" if decided is None else decided.decision,
        "state": "" if decided is None else decided.state,
        "confidence": lead.confidence,
        "also": ", ".join(also),
        "also_count": len(action.members),
        "overlaps": others,
        "reason": reasons(
            _NO_VALUE if lead.value is None else "",
            "" if owner else "no owner",
            "" if due else "no date agreed",
            f"may hold part of the money of {others}" if others else "",
        ),
    }


def _sum(role: str, label: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the sum of what is surely different money."""
    blank: dict[str, Any] = dict.fromkeys(_COLUMNS) | {
        name: "" for name, kind in _COLUMNS.items() if kind == TEXT
    }
    known = [row for row in rows if row["value"] is not None and not row["overlaps"]]
    left = sum(row["value"] is not None for row in rows) - len(known)
    cents = sum(round(row["value"] * 100) for row in known)
    return blank | {
        "row_key": role,
        "role": role,
        "count": len(rows),
        "action": label,
        "value": money(cents) if known else None,
        "also_count": sum(row["also_count"] for row in rows),
        "reason": f"{left} that may hold the same money not added" if left else "",
    }
