"""Which plan of an initiative was approved, and which one is known last."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pfkit.errors import MeasureError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: Cents by month number and kind of flow.
Cells = dict[tuple[int, str], int]

_BEFORE = ""  # known before everything that has a day


@dataclass(frozen=True)
class Plan:
    """An initiative's plan as approved and as known last.

    Attributes
    ----------
    approved : dict
        Cents by month and flow, as approved.
    latest : dict
        The same as known last.
    known_on : str
        Day the approved plan was known, empty where no row says when.
    revised_on : str
        Day of the last revision, empty where there is none.
    """

    approved: Cells
    latest: Cells
    known_on: str = ""
    revised_on: str = ""


def plan_of(
    rows: Iterable[Mapping[str, Any]], *, approved_on: str = "", initiative: str = ""
) -> Plan | None:
    """Return the approved and the latest plan of one initiative; None where nothing is planned.

    Parameters
    ----------
    rows : iterable of mapping
        Planned flows of the initiative: ``month`` (number), ``flow``, ``cents``, ``known`` (ISO day
        or empty), ``version`` (empty where none is named).
    approved_on : str
        Day of approval, ISO; empty where it is not known.
    initiative : str
        For the message.

    Raises
    ------
    MeasureError
        If two versions are known on the same day, so that none is the later one.

    Notes
    -----
    A named version is a whole plan. Without names, what becomes known on one day is one statement:
    it revises the months and flows it states, or extends the plan where it states other flows only,
    or begins after the last planned month once the plan has run out. The approved plan is what was
    known on the day of approval, or the first statement, with its extensions. Flows stated twice on
    a day add up.

    Examples
    --------
    >>> first = {"month": 1, "flow": "benefit", "cents": 500, "known": "2025-01-05", "version": ""}
    >>> plan = plan_of([first, first | {"cents": 300, "known": "2025-06-01"}])
    >>> plan.approved, plan.latest
    ({(1, 'benefit'): 500}, {(1, 'benefit'): 300})
    """
    stated: dict[tuple[str, str], Cells] = {}
    for row in rows:
        cells = stated.setdefault((row["version"], row["known"]), {})
        spot = (row["month"], row["flow"])
        cells[spot] = cells.get(spot, 0) + row["cents"]
    if not stated:
        return None
    if any(version for version, _ in stated):
        return _of_versions(stated, approved_on, initiative)
    return _of_statements({known: cells for (_, known), cells in stated.items()}, approved_on)


def _of_versions(
    stated: Mapping[tuple[str, str], Cells], approved_on: str, initiative: str
) -> Plan:
    whole: dict[str, Cells] = {}
    since: dict[str, str] = {}
    for (version, known), cells in sorted(stated.items(), key=lambda item: item[0][1]):
        whole[version] = whole.get(version, {}) | cells
        since.setdefault(version, known)
    order = sorted(whole, key=lambda version: (since[version], version))
    for one, other in itertools.pairwise(order):
        if since[one] == since[other]:
            raise MeasureError(
                f"versions {one!r} and {other!r} of the plan of {initiative} are both known on"
                f" {since[one] or 'no day'}",
                where="cashflows",
                advice="Give each version the day it became known in known_on.",
            )
    by_then = [version for version in order if since[version] <= approved_on]
    first = by_then[-1] if by_then else order[0]
    return Plan(
        whole[first],
        whole[order[-1]],
        since[first],
        since[order[-1]] if order[-1] != first else "",
    )


def _of_statements(stated: Mapping[str, Cells], approved_on: str) -> Plan:
    order = sorted(stated)
    by_then = [known for known in order if known <= approved_on] or order[:1]
    approved: Cells = {}
    latest: Cells = {}
    revised = ""
    for known in order:
        cells = stated[known]
        if known in by_then or _extends(cells, known, approved):
            approved = approved | cells
        elif any(latest.get(spot) != cents for spot, cents in cells.items()):
            revised = known
        latest = latest | cells
    return Plan(approved, latest, by_then[-1], revised)


def _extends(cells: Cells, known: str, plan: Cells) -> bool:
    """Return whether a later statement goes on where the plan ends, and revises nothing of it."""
    ends = {flow: max(m for m, f in plan if f == flow) for _, flow in plan}
    shared = {flow for _, flow in cells} & set(ends)
    month = int(known[:4]) * 12 + int(known[5:7]) - 1 if known != _BEFORE else 0
    return all(
        min(m for m, f in cells if f == flow) > ends[flow] and month >= ends[flow] - 1
        for flow in shared
    )
