"""Development cost: hours at their loaded rate, what of it is an asset, and its amortization."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pfkit.errors import MeasureError
from pfkit.measures.cashflows import month_label, month_number
from pfkit.measures.initiatives import facts_of
from pfkit.measures.milestones import milestones
from pfkit.measures.rows import (
    COUNT,
    MONEY,
    NONE,
    TEXT,
    reasons,
    records,
    require,
    result,
    row_keys,
    texts,
)
from pfkit.measures.statement import ACTUAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    import pandas as pd

    from pfkit.period import Period

_MONEY: Final = ("cost", "expensed", "opening", "capitalized", "amortized", "closing")
_PLACE: Final = ("cost_center", "role", "product", "initiative")
#: States of an initiative whose asset has no use any more.
_ENDED: Final = ("stopped", "cancelled", "canceled", "killed")


@dataclass(frozen=True)
class DevelopmentCost:
    """Development cost of a period, and the months its assets are written off in.

    Attributes
    ----------
    table : pandas.DataFrame
        One row per initiative, the hours on none, and the total.
    schedule : pandas.DataFrame
        One row per initiative and month, to the end of its life.
    """

    table: pd.DataFrame
    schedule: pd.DataFrame


@dataclass
class _Asset:
    """One initiative, by month: cents that are an asset and cents that are not."""

    asset: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    spent: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    hours: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    why: dict[str, None] = field(default_factory=dict)
    live: int | None = None

    def put(self, month: int, cents: int, hours: float, *, capital: bool) -> None:
        (self.asset if capital else self.spent)[month] += cents
        self.hours[month] += hours


def development_cost(
    effort: pd.DataFrame,
    initiatives: pd.DataFrame | None = None,
    schedule: pd.DataFrame | None = None,
    *,
    period: Period,
    life_months: int = 36,
    cost_centers: Sequence[str] = (),
    roles: Sequence[str] = (),
    by: str = "initiative",
    as_of: date | None = None,
) -> DevelopmentCost:
    r"""Cost hours at their loaded rate, and split them into what is an asset and what is not.

    Use it for what a product's development cost, and for the charge that is still to come.

    Parameters
    ----------
    effort : pandas.DataFrame
        Table ``effort``: hours worked (version ``actual``) and planned, ``hourly_cost`` in
        reporting currency per hour.
    initiatives : pandas.DataFrame, optional
        Table ``initiatives``: ``name``, ``product``, ``start``, ``status``.
    schedule : pandas.DataFrame, optional
        Table ``milestones``: the one flagged ``go_live`` ends the asset and starts its life.
    period : Period
        The month, quarter or year reported.
    life_months : int
        Useful life: months that an asset is written off over, evenly, from the month it goes live.
    cost_centers : sequence of str
        Teams that develop; hours of others are left out. Default: all.
    roles : sequence of str
        Roles whose hours the policy capitalizes. Default: all.
    by : str
        ``initiative`` or ``product``: what a row is.
    as_of : datetime.date, optional
        Milestones learned later do not count. Default: the period's last day.

    Returns
    -------
    DevelopmentCost
        ``table``: ``row_key``, `by`, ``name``, ``role`` (``item``, ``other`` for hours on none,
        ``total``),
        ``hours``, ``cost`` of the period, of it ``expensed`` and ``capitalized``; the asset's
        ``opening``, ``amortized`` and ``closing`` in reporting currency; ``go_live`` (month),
        ``left_months`` of its life (of initiatives), ``reason``. ``schedule``: ``row_key``, `by`,
        ``period, opening, capitalized, amortized, closing`` to the end of each life.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If `life_months` is below 1, `by` is not known, or hours are missing.

    Notes
    -----
    An hour on an initiative is an asset from the month the initiative starts to the month before
    it goes live; before and after, and on no initiative, it is expensed. Amortization is straight
    line: of an asset C over L months the first m have written off
    :math:`round(C\, m / L)`, so that the last one ends at 0.00.
    :math:`opening + capitalized - amortized = closing` in every row. Hours without a cost count at
    the planned rate of their cost center and role, and say so. Nothing is moved in the ledger:
    hours from time sheets do not add up to its payroll.

    References
    ----------
    .. [1] IFRS Foundation, *IAS 38 Intangible Assets*, paragraphs 57, 65 and 97.
    .. [2] FASB, *ASC 350-40 Internal-Use Software*.

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> row = {"version": "actual", "cost_center": "R&D", "role": "Engineer", "product": "Atlas"}
    >>> row |= {"initiative": "I-1", "hours": 10.0, "hourly_cost": 90.0}
    >>> effort = pd.DataFrame([row | {"period": "2026-01"}, row | {"period": "2026-02"}])
    >>> go = {"initiative": "I-1", "milestone": "Launch", "planned_on": "2026-02-20", "weight": 1.0}
    >>> go |= {"expected_on": None, "done_on": "2026-02-20", "go_live": True}
    >>> schedule = pd.DataFrame([go | {"known_on": "2026-02-21"}])
    >>> found = development_cost(
    ...     effort, None, schedule, period=FiscalCalendar().period("2026-02"), life_months=36
    ... )
    >>> asset = ["opening", "capitalized", "amortized", "closing"]
    >>> found.table[["initiative", "expensed", *asset]].values.tolist()[0]
    ['I-1', 900.0, 900.0, 0.0, 25.0, 875.0]
    """
    if life_months < 1:
        raise MeasureError(
            f"a life of {life_months} months", where="life_months", advice="Give 1 or more."
        )
    require(effort, ["version", "period", *_PLACE, "hours", "hourly_cost"], name="effort")
    if by not in {"initiative", "product"}:
        raise MeasureError(
            f"by {by!r} is neither", where="by", advice="Name initiative or product."
        )
    facts = facts_of(initiatives)
    live = _live(schedule, as_of or period.last)
    worked = effort[texts(effort["version"]) == ACTUAL]
    if cost_centers:
        worked = worked[texts(worked["cost_center"]).isin(list(cost_centers))]
    assets: dict[_Key, _Asset] = defaultdict(_Asset)
    standard = _standard(effort)
    last = month_number(period.months[-1])
    for row in records(worked):
        name, month = str(row["initiative"] or ""), month_number(str(row["period"]))
        if month > last:
            continue
        cents, why = _cost(row, standard)
        one = assets[name, str(row["product"] or NONE)]
        one.live = live.get(name)
        begun = month_number(str(facts[name]["start"])[:7]) if _starts(facts, name) else None
        capital = bool(name) and (not roles or row["role"] in roles)
        capital = capital and (begun is None or month >= begun)
        capital = capital and (one.live is None or month < one.live)
        one.put(month, cents, float(row["hours"]), capital=capital)
        if why:
            one.why[why] = None
    return _laid_out(assets, facts, period, life_months, by)


_Key = tuple[str, str]


def _starts(facts: Mapping[str, Mapping[str, Any]], name: str) -> bool:
    return name in facts and bool(facts[name].get("start"))


def _live(schedule: pd.DataFrame | None, as_of: date) -> dict[str, int]:
    """Return the month each initiative went live in, by its milestone."""
    if schedule is None or schedule.empty:
        return {}
    states = milestones(schedule, as_of=as_of)
    done = states[states["go_live"] & (states["done_on"] != "")]
    return {
        str(name): month_number(str(day)[:7])
        for name, day in zip(done["initiative"], done["done_on"], strict=True)
    }


def _standard(effort: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Return the planned rate by cost center and role, the last one that is known."""
    plan = effort[(texts(effort["version"]) != ACTUAL) & effort["hourly_cost"].notna()]
    plan = plan.sort_values("period", kind="stable")
    keys = zip(texts(plan["cost_center"]), texts(plan["role"]), strict=True)
    return dict(zip(keys, plan["hourly_cost"].astype("float64").tolist(), strict=True))


def _cost(row: Mapping[str, Any], standard: Mapping[tuple[str, str], float]) -> tuple[int, str]:
    hours, rate = row["hours"], row["hourly_cost"]
    if hours is None or not math.isfinite(float(hours)):
        raise MeasureError(
            f"hours of {row['role']} in {row['period']} are missing",
            where="effort",
            advice="Quarantine the row in the book, or give 0 hours.",
        )
    if rate is not None:
        return round(float(hours) * float(rate) * 100), ""
    known = standard.get((str(row["cost_center"] or NONE), str(row["role"] or NONE)))
    if known is None:
        return 0, f"no cost and no planned rate of {row['role']}: hours only"
    return round(float(hours) * known * 100), f"hours of {row['role']} at the planned rate"


def _asset_months(one: _Asset, life: int) -> Iterable[tuple[int, int, int, int, int]]:
    """Yield month, opening, capitalized, amortized and closing, to the end of the asset's life."""
    if not one.asset:
        return
    whole = sum(one.asset.values())
    stop = max(one.asset) if one.live is None else max(*one.asset, one.live + life - 1)
    opening = 0
    for month in range(min(one.asset), stop + 1):
        added = one.asset.get(month, 0)
        written = 0
        if one.live is not None and one.live <= month < one.live + life:
            at = month - one.live
            written = round(whole * (at + 1) / life) - round(whole * at / life)
        closing = opening + added - written
        yield month, opening, added, written, closing
        opening = closing


def _laid_out(
    assets: Mapping[_Key, _Asset],
    facts: Mapping[str, Mapping[str, Any]],
    period: Period,
    life: int,
    by: str,
) -> DevelopmentCost:
    rows: dict[str, dict[str, Any]] = {}
    charges: dict[tuple[str, int], list[int]] = {}
    for (initiative, product), one in sorted(assets.items()):
        name = initiative if by == "initiative" else product.replace(NONE, "")
        row = _cell(one, period, life)
        for month, *cents in _asset_months(one, life):
            sums = charges.setdefault((name, month), [0, 0, 0, 0])
            charges[name, month] = [a + b for a, b in zip(sums, cents, strict=True)]
        ended = str(facts.get(initiative, {}).get("status", "")).casefold() in _ENDED
        why = ["stopped: what is capitalized has no use"] if ended and row["closing"] else []
        known = rows.setdefault(name, {"reasons": {}, "live": None})
        known["live"] = one.live if by == "initiative" else None
        known["reasons"] |= dict.fromkeys([*one.why, *why])
        for column in ("hours", *_MONEY):
            known[column] = known.get(column, 0) + row[column]
    last = month_number(period.months[-1])
    table = []
    for name, row in rows.items():
        if name and not row["hours"] and not any(row[column] for column in _MONEY):
            continue
        live, told = row.pop("live"), reasons(*row.pop("reasons"))
        left = None if live is None else max(live + life - 1 - last, 0)
        label = str(facts.get(name, {}).get("name") or name) if name else f"On no {by}"
        table.append(
            {by: name, "name": label, "role": "item" if name else "other", "left_months": left}
            | {"go_live": "" if live is None else month_label(live), "reason": told}
            | row
        )
    return DevelopmentCost(_table(table, by), _schedule(charges, by))


def _cell(one: _Asset, period: Period, life: int) -> dict[str, Any]:
    """Return hours and cents of one initiative and product in the period."""
    first, last = month_number(period.months[0]), month_number(period.months[-1])
    row: dict[str, Any] = dict.fromkeys(("opening", "capitalized", "amortized", "closing"), 0)
    for month, _, added, written, closing in _asset_months(one, life):
        if month < first:
            row["opening"] = row["closing"] = closing
        elif month <= last:
            row["capitalized"] += added
            row["amortized"] += written
            row["closing"] = closing
    months = range(first, last + 1)
    row["expensed"] = sum(one.spent.get(month, 0) for month in months)
    row["hours"] = math.fsum(one.hours.get(month, 0.0) for month in months)
    return row | {"cost": row["expensed"] + row["capitalized"]}


def _table(rows: list[dict[str, Any]], by: str) -> pd.DataFrame:
    rows.sort(key=lambda row: (row["role"] != "item", -row["cost"], -row["closing"], row["name"]))
    if rows:
        total: dict[str, Any] = {by: "", "name": "Total", "role": "total", "go_live": ""}
        total |= {name: sum(row[name] for row in rows) for name in ("hours", *_MONEY)}
        rows.append(total | {"left_months": None, "reason": ""})
    items = [row for row in rows if row["role"] == "item"]
    keys = row_keys([(row[by],) for row in items], reserved=("other", "total"))
    keys += [row["role"] for row in rows[len(items) :]]
    columns = dict.fromkeys(("row_key", by, "name", "role"), TEXT)
    columns |= {"hours": "Float64"} | dict.fromkeys(_MONEY, MONEY)
    columns |= {"go_live": TEXT, "left_months": COUNT, "reason": TEXT}
    return result(
        [
            {"row_key": key} | row | {name: row[name] / 100 for name in _MONEY}
            for key, row in zip(keys, rows, strict=True)
        ],
        columns,
    )


def _schedule(charges: Mapping[tuple[str, int], Sequence[int]], by: str) -> pd.DataFrame:
    names = ("opening", "capitalized", "amortized", "closing")
    rows: list[dict[str, Any]] = [
        {by: name, "period": month_label(month)}
        | {column: value / 100 for column, value in zip(names, cents, strict=True)}
        for (name, month), cents in sorted(charges.items())
    ]
    keys = row_keys([(row[by], row["period"]) for row in rows])
    columns = dict.fromkeys(("row_key", by, "period"), TEXT) | dict.fromkeys(names, MONEY)
    return result([{"row_key": k} | r for k, r in zip(keys, rows, strict=True)], columns)
