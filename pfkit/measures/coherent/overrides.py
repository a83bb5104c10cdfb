"""Overrides of a forecast: read, matched to nodes and periods, and refused where they clash."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import linprog

from pfkit.contracts.standing import CLOSED, text_of
from pfkit.errors import ContractError, near_miss
from pfkit.measures.coherent.bounded import Cell
from pfkit.measures.coherent.hierarchy import ALL
from pfkit.measures.coherent.spans import read_span
from pfkit.measures.rows import JOIN, NONE, records, require

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from pfkit.measures.coherent.hierarchy import Hierarchy
    from pfkit.measures.coherent.history import History
    from pfkit.measures.coherent.spans import Span, Spans
    from pfkit.measures.medians import Array, Flags

#: What becomes of an override.
HELD, EXPIRED, PAST, BEYOND = "held", "expired", "past", "beyond"
KINDS = ("value", "change", "factor")
_TABLE = "overrides"


@dataclass(frozen=True)
class Override:
    """One override as it stands.

    Parameters
    ----------
    name : str
        What it is called.
    node : int
        The node it is about.
    span : Span
        The month, quarter or year it is about.
    kind : str
        ``value``, ``change`` or ``factor``.
    asked : float
        The value, what is added, or what is multiplied by.
    reason, until : str
        Why, and the last period it counts in; empty where it has no end.
    state : str
        ``held``, or why it is not: ``expired``, ``past``, ``beyond``.
    """

    name: str
    node: int
    span: Span
    kind: str
    asked: float
    reason: str
    until: str
    state: str


def overrides_of(
    table: pd.DataFrame, history: History, spans: Spans, *, year_start: int
) -> list[Override]:
    """Return the overrides that stand, in the order they were first entered.

    Parameters
    ----------
    table : pandas.DataFrame
        Table ``overrides``.
    history : History
        The nodes, and up to when they are known.
    spans : Spans
        The horizon.
    year_start : int
        The calendar month a fiscal year starts in.

    Raises
    ------
    ContractError
        If one names no node or no period, asks for nothing or for two things, or does not say who
        entered it and why.
    """
    require(table, ["period", "entered_by", "reason"], name=_TABLE)
    named: dict[str, tuple[str, dict[str, Any]]] = {}
    for place, line in enumerate(records(table)):
        name = text_of(line.get("override")) or f"row {place + 1}"
        known = text_of(line.get("known_on"))
        if name not in named or named[name][0] <= known:
            named[name] = (known, line)
    return [
        _override(name, line, history, spans, year_start)
        for name, (_, line) in named.items()
        if text_of(line.get("status")) != CLOSED
    ]


def _override(
    name: str, line: dict[str, Any], history: History, spans: Spans, year_start: int
) -> Override:
    where = f"{_TABLE} ({name})"
    for column in ("entered_by", "reason"):
        if not text_of(line.get(column)).strip():
            raise ContractError(
                f"{column} is empty", where=where, advice="Say who changes the forecast, and why."
            )
    span = _span(line, "period", where, spans, year_start)
    asked = {kind: line[kind] for kind in KINDS if line.get(kind) is not None}
    if len(asked) != 1:
        said = " and ".join(asked) or "nothing"
        raise ContractError(
            f"it asks for {said}",
            where=where,
            advice="Fill exactly one of value, change and factor.",
        )
    kind, given = next(iter(asked.items()))
    if isinstance(given, str) or not np.isfinite(float(given)):
        raise ContractError(
            f"{kind} {given!r} is no finite number", where=where, advice="Give a number."
        )
    until = text_of(line.get("until"))
    ends = _span(line, "until", where, spans, year_start).last if until else spans.start
    last = spans.start + spans.horizon - 1
    state = HELD
    if ends < spans.start - 1:
        state = EXPIRED
    elif span.last < spans.start:
        state = PAST
    elif span.last > last:
        state = BEYOND
    node = _node(line, history.tree, where)
    return Override(name, node, span, kind, float(given), text_of(line.get("reason")), until, state)


def _span(line: dict[str, Any], column: str, where: str, spans: Spans, year_start: int) -> Span:
    text = text_of(line.get(column))
    found = read_span(text, season=spans.season, year_start=year_start)
    if found is None:
        raise ContractError(
            f"{column} {text!r} is no period of this forecast",
            where=where,
            advice="Write a month as 2026-07, a fiscal quarter as 2026Q3, a fiscal year as FY2026.",
        )
    return found


def _node(line: dict[str, Any], tree: Hierarchy, where: str) -> int:
    """Return the node that a line's columns name: the highest one they fit."""
    wanted = {
        place: text
        for place, column in enumerate(tree.by)
        if (text := text_of(line.get(column))) not in {"", ALL}
    }
    fits = [
        node
        for node, label in enumerate(tree.labels)
        if all(label[place] == text for place, text in wanted.items())
    ]
    if not fits:
        text = JOIN.join(wanted.values())
        known = {label[place] for label in tree.labels for place in wanted} - {ALL, NONE}
        missed = next(
            (one for one in wanted.values() if one not in known), next(iter(wanted.values()))
        )
        raise ContractError(
            f"{text!r} is no series and no sum of this forecast",
            where=where,
            advice=near_miss(missed, known, noun="name"),
        )
    highest = min(tree.depths[fits])
    chosen = [node for node in fits if tree.depths[node] == highest]
    if len(chosen) > 1:
        both = " and ".join(repr(name_of(tree, node)) for node in chosen[:2])
        raise ContractError(
            f"it may mean {both}", where=where, advice=f"Fill {' and '.join(tree.by)} too."
        )
    return int(chosen[0])


def name_of(tree: Hierarchy, node: int) -> str:
    """Return what a node is called."""
    parts = [part for part in tree.labels[node] if part != ALL]
    return JOIN.join(parts) or "total"


def known_part(history: History, node: int, span: Span) -> float:
    """Return what of a span is known already."""
    first = max(span.first - history.start, 0)
    return float(history.amounts[node, first:].sum()) if span.first < history.end else 0.0


def cells_of(
    overrides: Sequence[Override], history: History, spans: Spans, before: Array
) -> list[Cell]:
    """Return what the overrides that are held fix, by what stood there before.

    Parameters
    ----------
    overrides : sequence of Override
        Those with state ``held``.
    history : History
        The nodes.
    spans : Spans
        The horizon.
    before : numpy.ndarray
        Lowest series by period: the forecasts they are about.
    """
    found = []
    for one in overrides:
        first, last = max(one.span.first - spans.start, 0), one.span.last - spans.start
        periods = np.arange(first, last + 1)
        cell = Cell(history.tree.members(one.node), periods, 0.0)
        known, ahead = known_part(history, one.node, one.span), float(cell.of(before))
        value = {
            "value": one.asked - known,
            "change": ahead + one.asked,
            "factor": (known + ahead) * one.asked - known,
        }[one.kind]
        found.append(Cell(cell.series, periods, value))
    return found


def possible(
    overrides: Sequence[Override],
    cells: Sequence[Cell],
    tree: Hierarchy,
    shape: tuple[int, int],
    bounded: Flags,
) -> None:
    """Refuse overrides that cannot hold together.

    Parameters
    ----------
    overrides, cells : sequence
        The overrides and what each fixes.
    tree : Hierarchy
        The nodes, for their names.
    shape : tuple of int
        Lowest series and periods.
    bounded : numpy.ndarray
        Which of the lowest series may not fall below zero.

    Raises
    ------
    ContractError
        If two or more contradict each other, or one the series' own bounds; all are named.
    """
    atoms, free = _atoms(cells, shape, bounded)
    value = np.array([cell.value for cell in cells])
    if not len(cells) or _solves(atoms, value, free):
        return
    left = list(range(len(cells)))
    for k in range(len(cells)):  # what may go without a solution appearing is no part of the clash
        rest = [other for other in left if other != k]
        if not _solves(atoms[rest], value[rest], free):
            left = rest
    told = [_told(overrides[k], tree) for k in left]
    if len(left) == 1:
        raise ContractError(
            f"{told[0]} leaves less than zero for series that were never negative",
            where=_TABLE,
            advice="Ask for more, or take it back.",
        )
    raise ContractError(
        f"{' and '.join(told)} contradict each other",
        where=_TABLE,
        advice="Close one of them, or change it so that parts and sums agree.",
    )


def _told(one: Override, tree: Hierarchy) -> str:
    return (
        f"override {one.name!r} ({name_of(tree, one.node)}, {one.span.label}: {one.kind} "
        f"{one.asked:g})"
    )


def _atoms(cells: Sequence[Cell], shape: tuple[int, int], bounded: Flags) -> tuple[Array, Flags]:
    """Return cells by the parts that all of them either hold whole or not, and free parts."""
    series, periods = np.zeros((len(cells), shape[0])), np.zeros((len(cells), shape[1]))
    for k, cell in enumerate(cells):
        series[k, cell.series], periods[k, cell.periods] = 1.0, 1.0
    kinds = np.concatenate([series, ~bounded[None, :]])
    rows, columns = np.unique(kinds, axis=1), np.unique(periods, axis=1)
    atoms = (rows[:-1, :, None] * columns[:, None, :]).reshape(len(cells), -1)
    free = np.repeat(rows[-1] > 0, columns.shape[1])
    there = atoms.any(0)
    return atoms[:, there], free[there]


def _solves(atoms: Array, value: Array, free: Flags) -> bool:
    """Return whether parts exist that add up to the values, none below zero but free ones."""
    size = max(float(np.abs(value).max(initial=0.0)), 1.0)
    bounds = [(None if one else 0.0, None) for one in free.tolist()]
    found = linprog(
        np.zeros(atoms.shape[1]), A_eq=atoms, b_eq=value / size, bounds=bounds, method="highs"
    )
    return bool(found.status == 0)
