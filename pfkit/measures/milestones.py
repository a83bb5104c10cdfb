"""Milestones: what is reached, what comes next, and how far each has slipped, as known then."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.errors import MeasureError
from pfkit.measures.initiatives import facts_of, stranger, told
from pfkit.measures.rows import (
    COUNT,
    FLAG,
    RATE,
    TEXT,
    iso_days,
    reasons,
    require,
    result,
    row_keys,
    texts,
)

if TYPE_CHECKING:
    from pfkit.measures.initiatives import Facts

_COLUMNS = (
    {"row_key": TEXT, "initiative": TEXT, "name": TEXT, "product": TEXT, "owner": TEXT}
    | {"milestone": TEXT, "state": TEXT, "next": FLAG, "go_live": FLAG, "weight": RATE}
    | {"planned_on": TEXT, "expected_on": TEXT, "done_on": TEXT, "expected_before_on": TEXT}
    | {"slip_days": COUNT, "moved_days": COUNT, "overdue_days": COUNT}
    | {"reached": FLAG, "known_on": TEXT, "reason": TEXT}
)
_DAYS = ("planned_on", "expected_on", "done_on", "known_on")


def milestones(
    schedule: pd.DataFrame,
    initiatives: pd.DataFrame | None = None,
    *,
    as_of: date,
    since: date | None = None,
) -> pd.DataFrame:
    r"""Say of every milestone whether it is reached, by how much it slipped, and what comes next.

    Use it for the investment pages; `cost_to_complete` sets it beside the money.

    Parameters
    ----------
    schedule : pandas.DataFrame
        Table ``milestones``: ``initiative``, ``milestone``, ``planned_on``, ``expected_on``,
        ``done_on``, ``weight``, ``go_live``, ``known_on``; a row for every state that was known.
    initiatives : pandas.DataFrame, optional
        Table ``initiatives``: ``name``, ``product``, ``owner``, ``start``.
    as_of : datetime.date
        The day it is told for: rows learned later do not count, and overdue is judged by it.
    since : datetime.date, optional
        The day an earlier report was made: ``moved_days`` is told against what was expected then.
        Default: against what was expected before the last change of the milestone.

    Returns
    -------
    pandas.DataFrame
        One row per milestone, by initiative and planned day. ``row_key``, ``initiative``, ``name,
        product, owner`` of the initiative, ``milestone``, ``state`` (``done``, ``open``,
        ``overdue``), ``next`` (the first open one of its initiative), ``go_live``, ``weight``;
        ISO days ``planned_on`` (as known first), ``expected_on`` (as known last; once it is done,
        that day), ``done_on``, ``expected_before_on``, empty where there is none; ``slip_days``
        (expected after planned), ``moved_days`` (expected after what was expected before),
        ``overdue_days`` (`as_of` after expected, open ones), positive is late; ``reached`` (done,
        and that can be); ``known_on`` (of the last state); ``reason`` says what is NA or doubtful.

    Raises
    ------
    ContractError
        If `schedule` lacks a column.
    MeasureError
        If a day is no day, none is planned, or a milestone has two states of one day.

    Notes
    -----
    The plan is what the first known state says. A state without ``expected_on`` expects what it
    says is planned. An open milestone whose plan has passed, and of which no newer day is known,
    has no slip: how late it comes nobody has said. Done before its initiative starts, though
    planned for later, is not reached.

    References
    ----------
    .. [1] PMI, *Practice Standard for Scheduling*, 3rd ed. (milestone, baseline, variance).

    Examples
    --------
    >>> states = pd.DataFrame(
    ...     [
    ...         ("x", "Pilot", "2026-03-01", None, None, "2026-01-05"),
    ...         ("x", "Pilot", "2026-03-01", "2026-04-01", None, "2026-02-28"),
    ...         ("x", "Pilot", "2026-03-01", "2026-04-01", "2026-04-20", "2026-04-30"),
    ...     ],
    ...     columns=["initiative", "milestone", "planned_on", "expected_on", "done_on", "known_on"],
    ... )
    >>> told = milestones(states, as_of=date(2026, 4, 30))
    >>> told[["state", "slip_days", "moved_days"]].values.tolist()
    [['done', 50, 19]]
    """
    facts = facts_of(initiatives, as_of=as_of)
    rows = [
        _row(states, facts, as_of.isoformat(), None if since is None else since.isoformat())
        for states in _states(schedule, as_of.isoformat())
    ]
    first: dict[str, dict[str, Any]] = {}
    for row in rows:
        held = first.get(row["initiative"])
        if row["state"] != "done" and (held is None or _order(row) < _order(held)):
            first[row["initiative"]] = row
    for row in rows:
        row["next"] = row is first.get(row["initiative"])
    rows.sort(key=lambda row: (row["initiative"], row["planned_on"], row["milestone"]))
    labels = [(row["initiative"], row["milestone"]) for row in rows]
    for row, key in zip(rows, row_keys(labels), strict=True):
        row["row_key"] = key
    return result(rows, _COLUMNS)


def _order(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["expected_on"], row["planned_on"], row["milestone"]


def _states(schedule: pd.DataFrame, as_of: str) -> list[list[dict[str, Any]]]:
    """Return the states of every milestone that were known by a day, in the order of knowledge."""
    require(schedule, ["initiative", "milestone", "planned_on"], name="milestones")
    given = {str(column) for column in schedule.columns}
    rows = pd.DataFrame({name: texts(schedule[name]) for name in ("initiative", "milestone")})
    for name in _DAYS:
        known = iso_days(schedule[name], name="milestones") if name in given else ""
        rows[name] = known
    none = pd.Series([None] * len(rows), index=rows.index, dtype="object")
    rows["weight"] = schedule["weight"] if "weight" in given else none
    rows["go_live"] = schedule["go_live"] if "go_live" in given else none
    rows = rows[rows["known_on"] <= as_of].drop_duplicates()
    rows = rows.sort_values(["initiative", "milestone", "known_on"], kind="stable")
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows.to_dict("records"):
        states = found.setdefault((row["initiative"], row["milestone"]), [])
        where = f"milestone {row['milestone']!r} of {row['initiative']}"
        if not row["planned_on"]:
            raise MeasureError(
                f"{where} has no planned day",
                where="milestones",
                advice="Give planned_on: the day it was promised for.",
            )
        if states and states[-1]["known_on"] == row["known_on"]:
            raise MeasureError(
                f"{where} has two states known on {row['known_on'] or 'no day'}",
                where="milestones",
                advice="Keep one of the two rows, or give each the day it became known.",
            )
        states.append({str(key): value for key, value in row.items()})
    return list(found.values())


def _row(
    states: list[dict[str, Any]], facts: Facts, as_of: str, since: str | None
) -> dict[str, Any]:
    last, planned = states[-1], states[0]["planned_on"]
    done = last["done_on"] if last["done_on"] <= as_of else ""
    expected = last["done_on"] or last["expected_on"] or last["planned_on"]
    late = not done and expected < as_of
    unsaid = late and expected == planned and not last["expected_on"]
    before = _expected_before(states, since)
    early = _before_start(facts.get(last["initiative"], {}), done, planned)
    why = [
        stranger(facts, last["initiative"]),
        f"done on {last['done_on']}, after {as_of}" if last["done_on"] and not done else "",
        "overdue, and no other day is known" if unsaid else "",
        early,
    ]
    row = {name: last[name] for name in ("initiative", "milestone", "known_on")}
    row |= told(facts, last["initiative"])
    row |= {"state": "done" if done else "overdue" if late else "open"}
    row |= {"go_live": not pd.isna(last["go_live"]) and bool(last["go_live"])}
    row |= {"weight": None if pd.isna(last["weight"]) else float(last["weight"])}
    row |= {"planned_on": planned, "expected_on": expected, "done_on": done}
    row |= {"expected_before_on": before}
    row |= {"slip_days": None if unsaid else _days(planned, expected)}
    row |= {"moved_days": _days(before, expected) if before and not unsaid else None}
    row |= {"overdue_days": _days(expected, as_of) if late else None}
    return row | {"reached": bool(done) and not early, "reason": reasons(*why)}


def _expected_before(states: list[dict[str, Any]], since: str | None) -> str:
    """Return what was expected earlier: on a day, or before the last change; empty if nothing."""
    days = [str(s["done_on"] or s["expected_on"] or s["planned_on"]) for s in states]
    if since is not None:
        then = [d for d, s in zip(days, states, strict=True) if s["known_on"] <= since]
        return then[-1] if then else ""
    other = [day for day in days if day != days[-1]]
    return other[-1] if other else (days[-1] if len(days) > 1 else "")


def _before_start(fact: dict[str, Any], done: str, planned: str) -> str:
    """Return what is odd about a day done; empty where nothing is."""
    start = str(fact.get("start", ""))
    if not done or not start or done[:7] >= start or planned[:7] < start:
        return ""
    return f"done on {done}, before the initiative starts in {start}"


def _days(start: str, end: str) -> int:
    return (date.fromisoformat(end) - date.fromisoformat(start)).days
