"""What stands of comments and decisions: the last line about a row counts, until one closes it."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from pfkit.errors import PeriodError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pfkit.period import Period

OPEN, CLOSED = "open", "closed"
STATUSES = (OPEN, CLOSED)


@dataclass(frozen=True, kw_only=True)
class Comment:
    """One line of table ``comments``, every value as text and empty where there is none.

    Attributes
    ----------
    row_key, exhibit : str
        The row it is about; without an exhibit the row key alone names it.
    text, author, status, period, approved_by, approved_on, known_on : str
        As in the table; days in ISO form.
    """

    row_key: str
    exhibit: str = ""
    text: str = ""
    author: str = ""
    status: str = OPEN
    period: str = ""
    approved_by: str = ""
    approved_on: str = ""
    known_on: str = ""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What is known of one decision: its last line, and since when there is one.

    Attributes
    ----------
    decision, row_key, exhibit, text, owner, due_on, status, period, known_on : str
        As in table ``decisions``; days in ISO form.
    since : str
        The day its first line was known.
    """

    decision: str
    row_key: str = ""
    exhibit: str = ""
    text: str = ""
    owner: str = ""
    due_on: str = ""
    status: str = OPEN
    period: str = ""
    known_on: str = ""
    since: str = ""


class Comments:
    """Comments by row, as a report of one period reads them.

    Parameters
    ----------
    lines : iterable of mapping
        Rows of table ``comments``, in the order they were written.
    period : Period, optional
        The period reported: what was written for a later one is not read.

    Notes
    -----
    Of the lines about a row the one for the latest period counts, of these the last known. A line
    that names no period is for the day it was known. A line that names the exhibit goes before one
    that names the row key only; where it is closed, only what was written since may stand.

    Examples
    --------
    >>> told = Comments(
    ...     [
    ...         {"row_key": "hosting", "text": "Re-index", "known_on": "2026-06-04"},
    ...         {"row_key": "hosting", "exhibit": "pnl", "text": "Rates", "known_on": "2026-07-03"},
    ...     ]
    ... )
    >>> told.on("pnl", "hosting").text, told.on("budget-lines", "hosting").text
    ('Rates', 'Re-index')
    >>> told.on("pnl", "travel") is None
    True
    """

    def __init__(self, lines: Iterable[Mapping[Any, Any]], *, period: Period | None = None) -> None:
        ranked: list[tuple[tuple[str, str, int], Comment]] = []
        for place, line in enumerate(lines):
            comment = Comment(**_texts(line, Comment))
            ends = _end(comment.period, period)
            if period is None or not comment.period or ends <= period.last.isoformat():
                ranked.append(((ends or comment.known_on, comment.known_on, place), comment))
        self.lines = [comment for _, comment in ranked]
        self._last: dict[tuple[str, str], tuple[tuple[str, str, int], Comment]] = {}
        for rank, comment in sorted(ranked, key=lambda held: held[0]):
            self._last[(comment.exhibit, comment.row_key)] = (rank, comment)

    def on(self, exhibit: str, *row_keys: str) -> Comment | None:
        """Return the open comment on a row, by its row key in an exhibit or what else it is called.

        Parameters
        ----------
        exhibit : str
            Id of the exhibit.
        *row_keys : str
            Its row key there, then other keys that mean the same row.
        """
        mine = self._last.get((exhibit, row_keys[0])) if exhibit else None
        if mine is not None and mine[1].status != CLOSED:
            return mine[1]
        bare = [self._last[("", key)] for key in row_keys if ("", key) in self._last]
        since = [held for held in bare if mine is None or held[0] > mine[0]]
        return next((comment for _, comment in since if comment.status != CLOSED), None)

    def rows(self) -> list[tuple[str, str]]:
        """Return exhibit and row key of every row that has an open comment."""
        return [where for where, (_, comment) in self._last.items() if comment.status != CLOSED]


def standing_decisions(
    lines: Iterable[Mapping[Any, Any]], *, period: Period | None = None
) -> list[Decision]:
    """Return the last known state of every decision, in the order they were first raised.

    Parameters
    ----------
    lines : iterable of mapping
        Rows of table ``decisions``, in the order they were written.
    period : Period, optional
        The period reported: what was raised for a later one is not read.

    Examples
    --------
    >>> raised = {"decision": "D1", "text": "Reserve capacity", "known_on": "2026-05-04"}
    >>> done = raised | {"status": "closed", "known_on": "2026-07-02"}
    >>> [(d.status, d.since) for d in standing_decisions([done, raised])]
    [('closed', '2026-05-04')]
    """
    read = [Decision(**_texts(line, Decision)) for line in lines]
    kept = [
        one
        for one in read
        if period is None or not one.period or _end(one.period, period) <= period.last.isoformat()
    ]
    since: dict[str, str] = {}
    last: dict[str, Decision] = {}
    for one in sorted(kept, key=lambda one: one.known_on):
        since.setdefault(one.decision, one.known_on)
        last[one.decision] = one
    return [
        Decision(**(vars(one) | {"since": since[one.decision], "status": one.status or OPEN}))
        for one in last.values()
    ]


def open_on(decisions: Sequence[Decision], exhibit: str, row_key: str) -> list[Decision]:
    """Return the open decisions that hang on a row, those due first before the others."""
    return sorted(
        (one for one in decisions if one.status != CLOSED and hangs_on(one, exhibit, row_key)),
        key=lambda one: (one.due_on or "9999", one.decision),
    )


def hangs_on(decision: Decision, exhibit: str, row_key: str, bare: str = "") -> bool:
    """Return whether a decision is about a row: by exhibit and row key, or by the key alone.

    Parameters
    ----------
    decision : Decision
        What may hang on the row.
    exhibit, row_key : str
        The row.
    bare : str
        What the row is called where no exhibit is named; its row key when left out.
    """
    if decision.exhibit:
        return (decision.exhibit, decision.row_key) == (exhibit, row_key)
    return decision.row_key != "" and decision.row_key == (bare or row_key)


def _texts(line: Mapping[Any, Any], kind: type[Comment | Decision]) -> dict[str, str]:
    names = [item.name for item in fields(kind) if item.name != "since"]
    return {name: said for name in names if (said := text_of(line.get(name)))}


def text_of(value: object) -> str:
    """Return a cell of either table as text: a day in ISO form, nothing as an empty text.

    Examples
    --------
    >>> import datetime as dt
    >>> text_of(dt.date(2026, 7, 3)), text_of(None), text_of(float("nan"))
    ('2026-07-03', '', '')
    """
    kind = type(value).__name__
    if value is None or kind in {"NAType", "NaTType"}:
        return ""
    if isinstance(value, float) and math.isnan(value):
        return ""
    return str(value)[:10] if kind in {"date", "datetime", "Timestamp"} else str(value)


def _end(label: str, period: Period | None) -> str:
    """Return the last day of what a line was written for; empty where it says nothing."""
    if not label or period is None:
        return ""
    try:
        return period.calendar.period(label).last.isoformat()
    except PeriodError:
        return ""
