"""From one total to another in signed steps that add up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from pfkit.errors import MeasureError
from pfkit.measures.rows import (
    COUNT,
    FLAG,
    JOIN,
    MONEY,
    RATE,
    TEXT,
    favorable,
    money,
    require,
    result,
    row_keys,
    texts,
    whole_cents,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_NOT_LABELS = frozenset(
    {
        "row_key",
        "group",
        "role",
        "favorable_when",
        "basis",
        "owner",
        "count",
        "reason",
        "measure",
    }
)
#: The columns of a bridge.
STEPS = {
    "row_key": TEXT,
    "step": TEXT,
    "role": TEXT,
    "status": TEXT,
    "count": COUNT,
    "amount": MONEY,
    "cumulative": MONEY,
    "share": RATE,
    "favorable": FLAG,
    "reason": TEXT,
}


@dataclass
class _Step:
    """One driver while it is added up, in cents."""

    label: tuple[str, ...]
    place: int
    start: int = 0
    end: int = 0
    when: set[str] = field(default_factory=set)
    keys: list[str] = field(default_factory=list)
    folded: int = 0

    @property
    def amount(self) -> int:
        return self.end - self.start

    @property
    def status(self) -> str:
        if self.start == 0:
            return "new"
        return "lost" if self.end == 0 else "changed"


def bridge(
    gap: pd.DataFrame,
    *,
    start: str,
    end: str,
    by: str | Sequence[str] | None = None,
    top: int = 8,
    basis: str = "period",
    order: Literal["size", "given"] = "size",
) -> pd.DataFrame:
    r"""Walk from one total to another, one signed step per driver.

    Use it on the result of `variance`, `pnl` or `product_pnl` for the waterfall of a report.

    Parameters
    ----------
    gap : pandas.DataFrame
        One row per driver with the two columns in reporting currency. Subtotals, totals and memo
        lines (by ``role``) are no drivers and are left out.
    start, end : str
        The columns to walk between, such as ``budget`` and ``actual``.
    by : str or sequence of str, optional
        The columns that name a driver. Default: ``label``, else the text columns before `start`
        and `end`.
    top : int
        Named steps; the rest stand together as ``Other (n)``.
    basis : str
        For a result of `pnl`: ``period`` or ``ytd``.
    order : str
        ``size``: the largest step first; ``given``: as the rows of `gap` stand.

    Returns
    -------
    pandas.DataFrame
        ``row_key``, ``step`` (label), ``role`` (``start``, ``step``, ``other``, ``end``),
        ``status`` of a step (``new``: nothing at the start, ``lost``: nothing at the end,
        ``changed``), ``count`` (drivers in the row), ``amount`` and ``cumulative`` in reporting
        currency, ``share`` of the whole change as a fraction (NA where that is zero),
        ``favorable`` (from ``favorable_when`` of `gap`) and ``reason``. Empty where `gap` is, or
        where one of the two columns holds no value at all.

    Raises
    ------
    ContractError
        If `gap` lacks a column.
    MeasureError
        If `top` is negative, `start` equals `end`, or no column names a driver.

    Notes
    -----
    The amounts of start, steps and other add up to the end, and ``cumulative`` arrives there, to
    the cent on any input: everything is counted in whole cents, a value missing on one side
    counts as zero, and steps of zero are left out. Order of rows does not matter with ``size``;
    equal steps stand in alphabetical order. Amounts are added as they stand: to walk between
    profits give effects on profit (a result of `pnl`), not natural amounts of revenue and cost.

    References
    ----------
    .. [1] *IBCS Standards* 1.2 (waterfalls: signed steps that add up).
    .. [2] Horngren, Datar and Rajan, *Cost Accounting*, ch. 7 (levels of variance analysis).

    Examples
    --------
    >>> gap = pd.DataFrame(
    ...     {"product": ["Atlas", "Borea"], "budget": [100.0, 80.0], "actual": [130.0, 60.0]}
    ... )
    >>> bridge(gap, start="budget", end="actual")[["step", "amount"]].values.tolist()
    [['budget', 180.0], ['Atlas', 30.0], ['Borea', -20.0], ['actual', 190.0]]
    """
    require(gap, [start, end], name="gap")
    if start == end or top < 0:
        raise MeasureError(
            f"no bridge from {start!r} to {end!r} in {top} steps",
            where="bridge",
            advice="Name two different columns and a top of 0 or more.",
        )
    columns = _labels(gap, start, end, by)
    drivers = _drivers(gap, basis)
    if drivers[start].isna().all() or drivers[end].isna().all():
        return result([], STEPS)
    steps = _added(drivers, columns, start, end)
    ranked = sorted(steps, key=lambda step: (step.folded > 0, -abs(step.amount), step.label))
    named = [step for step in ranked if step.amount and not step.folded][:top]
    rest = [step for step in ranked if step.amount and step not in named]
    if len(rest) == 1 and not rest[0].folded:
        named, rest = [*named, *rest], []
    if order == "given":
        named = sorted(named, key=lambda step: step.place)
    return _walk(steps, named, rest, (start, end))


def _labels(gap: pd.DataFrame, start: str, end: str, by: str | Sequence[str] | None) -> list[str]:
    if by is not None:
        columns = [by] if isinstance(by, str) else list(by)
        require(gap, columns, name="gap")
        return columns
    names = [str(column) for column in gap.columns]
    before = names[: min(names.index(start), names.index(end))]
    if "label" in before:
        return ["label"]
    columns = [
        name
        for name in before
        if name not in _NOT_LABELS and not pd.api.types.is_numeric_dtype(gap[name])
    ]
    if not columns:
        raise MeasureError(
            "no column names a driver", where="gap", advice="Name it, as in by='product'."
        )
    return columns


def _drivers(gap: pd.DataFrame, basis: str) -> pd.DataFrame:
    """Keep the rows that are drivers: no totals, one basis."""
    rows = gap
    if "basis" in rows.columns:
        rows = rows[rows["basis"] == basis]
    if "role" in rows.columns:
        rows = rows[~rows["role"].isin(["subtotal", "total", "memo"])]
    return rows


def _added(drivers: pd.DataFrame, columns: list[str], start: str, end: str) -> list[_Step]:
    """Add up start and end per driver, in cents."""
    sides = {
        side: whole_cents(drivers[side].astype("Float64").fillna(0.0), name="gap").tolist()
        for side in (start, end)
    }
    labels = list(zip(*(texts(drivers[column]) for column in columns), strict=True))
    blank = [""] * len(drivers)
    when = list(drivers["favorable_when"]) if "favorable_when" in drivers.columns else blank
    keys = list(drivers["row_key"]) if "row_key" in drivers.columns else blank
    role = list(drivers["role"]) if "role" in drivers.columns else blank
    count = list(drivers["count"]) if "count" in drivers.columns else [1] * len(drivers)
    steps: dict[tuple[tuple[str, ...], bool], _Step] = {}
    for place, label in enumerate(labels):
        folded = role[place] == "other"
        step = steps.setdefault((label, folded), _Step(label, place))
        step.start += sides[start][place]
        step.end += sides[end][place]
        step.when.add(str(when[place]))
        step.keys.append(str(keys[place]))
        step.folded += int(count[place]) if folded else 0
    return list(steps.values())


def _walk(
    steps: list[_Step], named: list[_Step], rest: list[_Step], ends: tuple[str, str]
) -> pd.DataFrame:
    """Write the rows of the bridge, with what is reached after each."""
    total = sum(step.start for step in steps)
    change = sum(step.amount for step in steps)
    reserved = ("start", "other", "end")
    given = [step.keys[0] if len(step.keys) == 1 else "" for step in named]
    if not all(given) or len({*given, *reserved}) < len(given) + len(reserved):
        given = row_keys([step.label for step in named], reserved=reserved)
    reached = total
    none = {"status": "", "share": None, "favorable": None, "reason": ""}
    rows: list[dict[str, Any]] = [
        none
        | {"row_key": "start", "step": ends[0], "role": "start", "count": len(steps)}
        | {"amount": money(total), "cumulative": money(total)}
    ]
    parts = [
        (key, JOIN.join(step.label), "step", [step]) for key, step in zip(given, named, strict=True)
    ]
    if rest:
        count = sum(step.folded or 1 for step in rest)
        parts.append(("other", f"Other ({count})", "other", rest))
    for key, label, role, inside in parts:
        amount = sum(step.amount for step in inside)
        reached += amount
        sides = set().union(*(step.when for step in inside))
        side = next(iter(sides)) if len(sides) == 1 else ""
        rows.append(
            {"row_key": key, "step": label, "role": role}
            | {"status": inside[0].status if role == "step" else ""}
            | {"count": sum(step.folded or 1 for step in inside)}
            | {"amount": money(amount), "cumulative": money(reached)}
            | {"share": amount / change if change else None}
            | {"favorable": favorable(amount, when=side)}
            | {"reason": "" if change else "the whole change is zero"}
        )
    finish = sum(step.end for step in steps)
    rows.append(
        none
        | {"row_key": "end", "step": ends[1], "role": "end", "count": len(steps)}
        | {"amount": money(finish), "cumulative": money(reached)}
    )
    return result(rows, STEPS)
