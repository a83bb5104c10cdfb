"""How a budget line changed from one day known to the next: how often, when and by how much."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.errors import MeasureError, near_miss
from pfkit.measures.as_known import as_known
from pfkit.measures.groups import kept
from pfkit.measures.owners import names_of
from pfkit.measures.rows import (
    COUNT,
    JOIN,
    MONEY,
    NONE,
    RATE,
    TEXT,
    money,
    rate,
    require,
    result,
    row_keys,
    texts,
)
from pfkit.measures.spans import spanned, window

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from pfkit.measures.spans import Label
    from pfkit.period import Period

_COLUMNS = (
    {"row_key": TEXT, "label": TEXT, "role": TEXT, "version": TEXT, "line": TEXT, "known_on": TEXT}
    | {"first": MONEY, "last": MONEY, "change": MONEY, "change_rate": RATE}
    | {"days": COUNT, "moves": COUNT, "lines": COUNT, "lines_changed": COUNT}
    | {"changed_share": RATE, "reason": TEXT}
)
Steps = list[tuple["dt.date", int | None]]


def budget_history(
    vintages: pd.DataFrame,
    *,
    period: Period,
    by: str | Sequence[str] = "cost_center",
    versions: Sequence[str] | None = None,
    accounts: pd.DataFrame | None = None,
    groups: Sequence[str] | None = None,
    owners: pd.DataFrame | None = None,
    top: int = 20,
) -> pd.DataFrame:
    r"""Say how what a budget says of the year changed, by line and by day known.

    Use it to see which targets moved, how often and when, before a line is measured against one.

    Parameters
    ----------
    vintages : pandas.DataFrame
        ``book.vintages("budget")``: every row of table ``budget`` ever known, with ``known_on``
        and ``replaced_on``; ``amount`` in reporting currency.
    period : Period
        Its fiscal year is asked about; every day known counts, also after its end.
    by : str or sequence of str
        The columns that make a line: ``cost_center``, ``product``, ``account``.
    versions : sequence of str, optional
        Versions looked at; all when left out.
    accounts : pandas.DataFrame, optional
        Table ``accounts``; with `groups` only their accounts count.
    groups : sequence of str, optional
        Account groups; all when left out.
    owners : pandas.DataFrame, optional
        Table ``cost_centers``; its ``name`` stands in the label.
    top : int
        Lines shown of a version: those that moved most often, then most.

    Returns
    -------
    pandas.DataFrame
        Of each version: role ``item``, one row per line with the amount ``first`` and ``last``
        known for the year, ``change``, ``change_rate``, on how many ``days`` it was stated and how
        often it moved (``moves``), ``known_on`` the last day it did; role ``memo``: each move with
        its day, the amount before (``first``) and after (``last``); role ``other``; role ``total``:
        the version's lines, how many changed and their share. In reporting currency.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If no named version is in the input, a span is unknown, or an amount is missing.

    Notes
    -----
    A line moved on a day when its full-year amount, as known on that day, is another than on the
    last day before it that said anything of the version; :math:`last = first + \sum moves`. A line
    that appears, or is no longer stated, moved from or to zero. A change that is taken back counts
    twice. ``changed_share`` is lines with at least one move, of all lines ever stated.

    References
    ----------
    .. [1] City of Philadelphia, *Quarterly City Managers Report* (target budgets move in-year).

    Examples
    --------
    >>> from pfkit.period import FiscalCalendar
    >>> said = pd.DataFrame(
    ...     {
    ...         "version": "target",
    ...         "period": "2026-12",
    ...         "span": "year",
    ...         "cost_center": "Fire",
    ...         "amount": [100.0, 120.0],
    ...         "known_on": ["2025-12-11", "2026-03-31"],
    ...         "replaced_on": ["2026-03-31", None],
    ...     }
    ... )
    >>> found = budget_history(said, period=FiscalCalendar().period("2026-06"))
    >>> found[["label", "role", "known_on", "first", "last", "moves"]].values.tolist()[0]
    ['Fire', 'item', '2026-03-31', 100.0, 120.0, 1]
    """
    columns = [by] if isinstance(by, str) else list(by)
    require(vintages, [*columns, "version", "period", "amount", "known_on"], name="vintages")
    rows = vintages if groups is None else kept(vintages, accounts, groups)
    rows = rows.reset_index(drop=True)
    found: list[dict[str, Any]] = []
    for version in _chosen(vintages, versions):
        mine = rows[texts(rows["version"]) == version]
        steps, reason = _steps(mine, columns, version, period)
        if not steps and not reason:
            continue
        names = {
            label: JOIN.join(names_of(label, columns, accounts, owners)) for label in sorted(steps)
        }
        found += _version(_History(version, steps, names), top, reason)
    labels = [(r["version"], r["role"], r["line"], r["known_on"]) for r in found]
    plain = [
        (v, "" if role in {"item", "memo"} else role, line, day if role == "memo" else "")
        for v, role, line, day in labels
    ]
    for row, key in zip(found, row_keys(plain), strict=True):
        row["row_key"] = key
    return result(found, _COLUMNS)


def _chosen(vintages: pd.DataFrame, versions: Sequence[str] | None) -> list[str]:
    known = sorted(set(texts(vintages["version"])))
    if versions is None:
        return known
    if known and not set(known) & set(versions):
        raise MeasureError(
            f"version {versions[0]!r} is not in the input" if versions else "no version named",
            where="budget",
            advice=near_miss(versions[0] if versions else "", known, noun="version"),
        )
    return [version for version in versions if version in known]


def _steps(
    rows: pd.DataFrame, by: list[str], version: str, period: Period
) -> tuple[dict[Label, Steps], str]:
    """Return for each line what was known of the year on each day something new was."""
    inside = spanned(rows, by, period, name="budget").index
    mine = rows.loc[inside]
    days = sorted({day.date() for day in pd.to_datetime(mine["known_on"]).dropna().unique()})
    found: dict[Label, Steps] = {}
    told: list[dt.date] = []
    reason, until = "", period.year.months[-1]
    for day in days:
        then = spanned(as_known(mine, day), by, period, name="budget")
        read = window(then, by, version, period.year, until=until)
        if read.amounts is None:
            reason = read.reason
            continue
        for label in {*found, *read.amounts}:
            steps = found.setdefault(label, [(before, 0) for before in told])
            steps.append((day, read.of([label])))
        told.append(day)
    return found, "" if found else reason


@dataclass(frozen=True)
class _History:
    """What was known of a version's lines, day by day."""

    version: str
    steps: dict[Label, Steps]
    names: dict[Label, str]

    def moves(self, label: Label) -> list[tuple[dt.date, int, int]]:
        """Return the days on which an amount changed, with what it was and what it became."""
        known = [(day, cents) for day, cents in self.steps[label] if cents is not None]
        return [
            (day, before, after)
            for (_, before), (day, after) in itertools.pairwise(known)
            if before != after
        ]

    def order(self, label: Label) -> tuple[int, int, Label]:
        """Sort what moved most often first, then what moved most."""
        moves = self.moves(label)
        return -len(moves), -abs(sum(after - before for _, before, after in moves)), label


def _version(told: _History, top: int, reason: str) -> list[dict[str, Any]]:
    order = sorted(told.steps, key=told.order)
    shown = order if len(order) <= top + 1 else order[:top]
    rows: list[dict[str, Any]] = []
    for label in shown:
        rows.append(_row(told, "item", told.names[label], [label]))
        rows += [_move(told, label, *move) for move in told.moves(label)]
    rest = order[len(shown) :]
    if rest:
        rows.append(_row(told, "other", f"Other ({len(rest)})", rest))
    rows.append(_row(told, "total", told.version, order) | {"reason": reason})
    return rows


def _blank(version: str, role: str) -> dict[str, Any]:
    blank: dict[str, Any] = {name: "" if kind == TEXT else None for name, kind in _COLUMNS.items()}
    return blank | {"version": version, "role": role}


def _move(told: _History, label: Label, day: dt.date, before: int, after: int) -> dict[str, Any]:
    return _blank(told.version, "memo") | {
        "label": day.isoformat(),
        "line": JOIN.join(label),
        "known_on": day.isoformat(),
        "first": money(before),
        "last": money(after),
        "change": money(after - before),
        "change_rate": rate(after - before, before),
    }


def _row(told: _History, role: str, label: str, inside: Sequence[Label]) -> dict[str, Any]:
    known = [[cents for _, cents in told.steps[one] if cents is not None] for one in inside]
    first = sum(cents[0] for cents in known if cents)
    last = sum(cents[-1] for cents in known if cents)
    moves = {one: told.moves(one) for one in inside}
    days = [day for one in inside for day, _, _ in moves[one]]
    row = _blank(told.version, role) | {
        "label": "not assigned" if label == NONE else label,
        "line": JOIN.join(inside[0]) if role == "item" else role,
        "first": money(first),
        "last": money(last),
        "change": money(last - first),
        "change_rate": rate(last - first, first),
        "days": max((len(told.steps[one]) for one in inside), default=0),
        "moves": len(days),
    }
    if role == "item":
        return row | {"known_on": max(days).isoformat() if days else ""}
    changed = sum(1 for one in inside if moves[one])
    share = rate(changed, len(inside))
    return row | {"lines": len(inside), "lines_changed": changed, "changed_share": share}
