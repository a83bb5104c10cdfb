"""Hours against plan: dearer hours, or more of them."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.errors import MeasureError, near_miss
from pfkit.measures.driver import COVER, NO_DRIVER, leading
from pfkit.measures.flexed_budget import indices, untold
from pfkit.measures.rows import (
    FLAG,
    JOIN,
    MONEY,
    RATE,
    TEXT,
    favorable,
    money,
    reasons,
    require,
    result,
    row_keys,
    texts,
)
from pfkit.measures.rows import (
    rate as ratio,
)
from pfkit.measures.statement import ACTUAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pfkit.measures.flexed_budget import Index
    from pfkit.period import Period

Cell = tuple[str, str, str, str]

PLACE = ("cost_center", "role", "product", "initiative")
PARTS = ("volume", "efficiency", "rate", "not_split")
_RESERVED = ("total", "other")
_UNPRICED = "{} hours without a cost, at the standard rate"
_NO_RATE = "no standard rate of {}"
_NO_COST = "no cost and no standard rate of {}: hours only"
_CANCELS = "planned hours add up to zero"
_NO_VOLUME = "no planned volume of {}: not flexed"


@dataclass
class _Side:
    """Hours of one cell: with a cost, and without."""

    hours: list[float] = field(default_factory=list)
    cost: list[float] = field(default_factory=list)
    unpriced: list[float] = field(default_factory=list)
    follows: bool = False

    @property
    def total(self) -> float:
        return math.fsum([*self.hours, *self.unpriced])


@dataclass
class _Sum:
    """Cells added up; money in cents."""

    planned_hours: float = 0.0
    flexed_hours: float = 0.0
    actual_hours: float = 0.0
    planned: int = 0
    actual: int = 0
    parts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PARTS, 0))
    reasons: dict[str, None] = field(default_factory=dict)

    def add(self, other: _Sum) -> None:
        """Add another one."""
        self.planned_hours += other.planned_hours
        self.flexed_hours += other.flexed_hours
        self.actual_hours += other.actual_hours
        self.planned += other.planned
        self.actual += other.actual
        for name, cents in other.parts.items():
            self.parts[name] += cents
        self.reasons |= other.reasons


def effort_variance(
    effort: pd.DataFrame,
    *,
    period: Period,
    plan: str | None = None,
    drivers: pd.DataFrame | None = None,
    by: str | Sequence[str] = ("cost_center", "role"),
) -> pd.DataFrame:
    r"""Split the cost of hours against plan into volume, efficiency and rate.

    Use it where people are the cost: whether more hours were worked than the output asked for, or
    an hour cost more.

    Parameters
    ----------
    effort : pandas.DataFrame
        Table ``effort``: ``version`` (``actual`` or a plan), ``period``, ``cost_center``,
        ``role``, ``product``, ``initiative``, ``hours``, ``hourly_cost`` (reporting currency per
        hour; of a plan, the standard rate) and ``behavior`` (``variable`` where planned hours
        follow the volume sold).
    period : Period
        The month, quarter or year reported.
    plan : str, optional
        The version that is the plan; may be left out where there is only one.
    drivers : pandas.DataFrame, optional
        What volume did, as for `flexed_budget`. Without it hours are not flexed.
    by : str or sequence of str
        What a row is: columns among ``cost_center``, ``role``, ``product`` and ``initiative``.

    Returns
    -------
    pandas.DataFrame
        ``item`` rows, the largest change first, and ``total``: ``row_key``, ``role`` (``item``
        or ``total``), the columns of `by` (the role of work as ``effort_role``), ``label``;
        ``planned_hours``, ``flexed_hours``, ``actual_hours``; ``planned_hourly_cost`` and
        ``actual_hourly_cost``; ``planned`` and ``actual`` cost, ``change``, ``change_rate``,
        ``volume``, ``efficiency``, ``rate`` and ``not_split``, which add up to the change, in
        reporting currency; ``favorable``, ``driver``, ``reason``. Empty where plan or actual is
        not there; ``attrs["reason"]`` says so.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If `plan` or `by` is not known, or hours are missing.

    Notes
    -----
    With planned, flexed and actual hours :math:`H^0, H^f, H^1` and rates :math:`r^0, r^1`:

    .. math::

       volume = (H^f - H^0) r^0 \quad efficiency = (H^1 - H^f) r^0 \quad
       rate = H^1 (r^1 - r^0)

    A positive amount is more cost. Cells are cost center, role, product and initiative. Hours
    that nobody planned are priced at the standard rate of their cost center and role, or of the
    role, and are efficiency; where no standard rate is known their cost is not split. Hours
    without a cost count at the standard rate, with the reason. Rounding to cents is taken by the
    largest part, so that every row closes.

    References
    ----------
    .. [1] Horngren, Datar and Rajan, *Cost Accounting*, ch. 7 (price and efficiency variances of
       direct labor).

    Examples
    --------
    >>> row = {"period": "2026-01", "cost_center": "R&D", "role": "Engineer", "product": "Atlas",
    ...     "initiative": ""}
    >>> effort = pd.DataFrame([
    ...     row | {"version": "plan", "hours": 8000.0, "hourly_cost": 20.0},
    ...     row | {"version": "actual", "hours": 9000.0, "hourly_cost": 22.0},
    ... ])
    >>> from pfkit.period import FiscalCalendar
    >>> found = effort_variance(effort, period=FiscalCalendar().period("2026-01"))
    >>> found[["change", "efficiency", "rate"]].values.tolist()[-1]
    [38000.0, 20000.0, 18000.0]
    """
    columns = [by] if isinstance(by, str) else list(by)
    require(effort, ["version", "period", *PLACE[:3], "hours", "hourly_cost"], name="effort")
    if not columns or set(columns) - set(PLACE):
        raise MeasureError(
            f"by {columns!r} is not known",
            where="effort_variance",
            advice=f"Name columns among {', '.join(PLACE)}.",
        )
    version, lacking = _plan(effort, plan)
    inside = effort[effort["period"].isin(period.months)]
    sides = {name: inside[inside["version"] == name] for name in (version, ACTUAL)}
    for name, what in ((ACTUAL, "actual"), (version, "plan")):
        if not lacking and sides[name].empty:
            lacking = f"{what}: no hours of {period.label} in the input"
    if lacking:
        table = result([], _kinds(columns))
        table.attrs["reason"] = lacking
        return table
    before, after = _cells(sides[version]), _cells(sides[ACTUAL])
    rates = _Rates(before)
    index = {} if drivers is None or untold(drivers) else indices(drivers)
    sums: dict[tuple[str, ...], _Sum] = defaultdict(_Sum)
    total = _Sum()
    for cell in sorted({*before, *after}):
        one = _split(cell, before.get(cell, _Side()), after.get(cell, _Side()), rates, index)
        sums[tuple(dict(zip(PLACE, cell, strict=True))[name] for name in columns)].add(one)
        total.add(one)
    return _rows(sums, total, columns)


def _plan(effort: pd.DataFrame, plan: str | None) -> tuple[str, str]:
    """Return the plan's version, or why there is none."""
    known = sorted(set(texts(effort["version"])) - {ACTUAL}) if len(effort) else []
    if plan is not None and plan not in known and known:
        raise MeasureError(
            f"version {plan!r} is not in the hours",
            where="plan",
            advice=near_miss(plan, known, noun="version"),
        )
    if not known:
        return plan or "", "no planned hours in the input"
    if plan is None and len(known) > 1:
        return "", "no plan version named"
    return plan or known[0], ""


def _cells(rows: pd.DataFrame) -> dict[Cell, _Side]:
    """Collect hours by cell."""
    hours = pd.to_numeric(rows["hours"], errors="coerce").astype("float64").tolist()
    bad = sum(not math.isfinite(value) for value in hours)
    if bad:
        raise MeasureError(
            f"{bad} of {len(hours)} hours are missing or not finite",
            where="effort",
            advice="Quarantine these rows in the book.",
        )
    costs = pd.to_numeric(rows["hourly_cost"], errors="coerce").astype("float64").tolist()
    names = [
        texts(rows[name]).tolist() if name in rows.columns else ["(none)"] * len(rows)
        for name in PLACE
    ]
    follows = (
        (rows["behavior"] == "variable").fillna(value=False).tolist()
        if "behavior" in rows.columns
        else [False] * len(rows)
    )
    found: dict[Cell, _Side] = {}
    for *cell, worked, cost, moving in zip(*names, hours, costs, follows, strict=True):
        side = found.setdefault((cell[0], cell[1], cell[2], cell[3]), _Side())
        side.follows |= bool(moving)
        if math.isfinite(cost):
            side.hours.append(worked)
            side.cost.append(worked * cost)
        else:
            side.unpriced.append(worked)
    return found


class _Rates:
    """Standard rates: a cell's own, else its cost center and role's, else its role's."""

    def __init__(self, planned: Mapping[Cell, _Side]) -> None:
        sums: dict[tuple[str, ...], list[list[float]]] = defaultdict(lambda: [[], []])
        for cell, side in planned.items():
            for key in (cell, cell[:2], cell[1:2]):
                sums[key][0] += side.hours
                sums[key][1] += side.cost
        self.known = {
            key: math.fsum(cost) / total
            for key, (hours, cost) in sums.items()
            if (total := math.fsum(hours)) > 0
        }

    def of(self, cell: Cell) -> float | None:
        """Return the standard rate of a cell; None where nothing is planned for its role."""
        for key in (cell, cell[:2], cell[1:2]):
            if key in self.known:
                return self.known[key]
        return None


def _split(
    cell: Cell,
    before: _Side,
    after: _Side,
    rates: _Rates,
    index: Mapping[tuple[str, str], Index | None],
) -> _Sum:
    """Split one cell's change of cost."""
    standard = rates.of(cell)
    found = _Sum(before.total, before.total, after.total)
    planned, actual = math.fsum(before.cost), math.fsum(after.cost)
    for side in (before, after):
        idle = math.fsum(side.unpriced)
        if idle and standard is None:
            found.reasons[_NO_COST.format(cell[1])] = None
        elif idle:
            found.reasons[_UNPRICED.format(f"{idle:g}")] = None
    if standard is not None:
        planned += math.fsum(before.unpriced) * standard
        actual += math.fsum(after.unpriced) * standard
    found.planned, found.actual = round(planned * 100), round(actual * 100)
    due = found.actual - found.planned
    if standard is None:
        found.parts["not_split"] = due
        if due:
            found.reasons[_NO_RATE.format(cell[1])] = None
        return found
    if before.follows and index:
        moved = index.get(("", cell[2]))
        if moved is None:
            found.reasons[_NO_VOLUME.format(cell[2])] = None
        else:
            found.flexed_hours *= moved.volume
    parts = {
        "volume": (found.flexed_hours - found.planned_hours) * standard,
        "efficiency": (found.actual_hours - found.flexed_hours) * standard,
        "rate": actual - found.actual_hours * standard,
        "not_split": found.planned_hours * standard - planned,
    }
    whole = {name: round(part * 100) for name, part in parts.items()}
    largest = max(parts, key=lambda name: abs(parts[name]))
    whole[largest] += due - sum(whole.values())
    found.parts = whole
    if whole["not_split"]:
        found.reasons[_CANCELS] = None
    return found


def _rows(
    sums: Mapping[tuple[str, ...], _Sum], total: _Sum, columns: Sequence[str]
) -> pd.DataFrame:
    order = sorted(sums, key=lambda key: (-abs(sums[key].actual - sums[key].planned), key))
    keys = row_keys(order, reserved=_RESERVED)
    named = [_column(name) for name in columns]
    rows = [
        {"row_key": key, "role": "item", **dict(zip(named, label, strict=True))}
        | {"label": JOIN.join(label)}
        | _row(sums[label])
        for key, label in zip(keys, order, strict=True)
    ]
    last = {"row_key": "total", "role": "total", **dict.fromkeys(named, ""), "label": "Total"}
    return result([*rows, last | _row(total)], _kinds(columns))


def _column(name: str) -> str:
    """Return the column a kind of work stands in; ``role`` says what a row is."""
    return "effort_role" if name == "role" else name


def _row(one: _Sum) -> dict[str, Any]:
    change = one.actual - one.planned
    named = [name for name in PARTS if name != "not_split"]
    lead = leading([one.parts[name] for name in named], change, COVER)
    return {
        "planned_hours": one.planned_hours,
        "flexed_hours": one.flexed_hours,
        "actual_hours": one.actual_hours,
        "planned_hourly_cost": _per_hour(one.planned, one.planned_hours),
        "actual_hourly_cost": _per_hour(one.actual, one.actual_hours),
        "planned": money(one.planned),
        "actual": money(one.actual),
        "change": money(change),
        "change_rate": ratio(change, one.planned),
        **{name: money(cents) for name, cents in one.parts.items()},
        "favorable": favorable(change, when="lower"),
        "driver": named[lead] if lead is not None else NO_DRIVER if change else "",
        "reason": reasons(*one.reasons),
    }


def _per_hour(cents: int, hours: float) -> float | None:
    return cents / 100 / hours if hours > 0 else None


def _kinds(columns: Sequence[str]) -> dict[str, str]:
    kinds = dict.fromkeys(("row_key", "role", *map(_column, columns), "label"), TEXT)
    numbers = (
        "planned_hours",
        "flexed_hours",
        "actual_hours",
        "planned_hourly_cost",
        "actual_hourly_cost",
    )
    kinds |= dict.fromkeys(numbers, RATE)
    kinds |= dict.fromkeys(("planned", "actual", "change"), MONEY) | {"change_rate": RATE}
    kinds |= dict.fromkeys(PARTS, MONEY)
    return kinds | {"favorable": FLAG, "driver": TEXT, "reason": TEXT}
