"""The parts a variance is made of, column by column, and the one that drives it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.measures.driver import NO_DRIVER, leading
from pfkit.measures.grain import grain
from pfkit.measures.groups import COST_GROUPS, kept
from pfkit.measures.rows import NONE, texts, totals
from pfkit.measures.spans import spanned, window
from pfkit.measures.statement import GROUPS, OUTSIDE, REVENUE, comparisons, prepared, subtotals

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pfkit.measures.spans import Window
    from pfkit.period import Period

#: Where a driver is looked for, the most specific first.
DIMENSIONS = ("product", "family", "cost_center", "line", "account")

#: By part: cents at the start and at the end.
Parts = dict[str, tuple[int, int]]

#: Parts by column, in the order a driver is looked for.
Cells = list[tuple[str, Parts]]

NO_PARTS = "its parts are not stated"
NOBODY: dict[str, Any] = {
    "driver_by": "",
    "driver": "",
    "driver_amount": None,
    "driver_share": None,
    "rest": None,
}
_EFFECTS = {"fx": "exchange rates", "joint": "price and volume together", "not_split": NONE}
_COMPARED = re.compile(r"(?P<end>.+) (?P<span>to date|full year) against (?P<start>.+) (?P=span)")


def driven(cells: Cells, change: int, cover: float) -> dict[str, Any]:
    r"""Return the one part that drives a change, or that none does.

    Parameters
    ----------
    cells : list of tuple
        Column and parts, the most specific column first.
    change : int
        The whole change in cents; columns whose parts do not add up to it are passed over.
    cover : float
        The share a driver must cover, as a fraction.

    Notes
    -----
    A part is named when it covers :math:`\ge cover` of the change and no other part of its column
    does. Parts that are at most half of the base are looked for first, and one that is all there is
    last: of what is most of the base it is little news that it is most of the change too. What is
    assigned to nothing is no driver.

    Examples
    --------
    >>> found = driven([("product", {"A": (10_00, 17_00), "B": (10_00, 13_00)})], 10_00, 0.6)
    >>> found["driver"], found["driver_amount"], found["driver_share"], found["rest"]
    ('A', 7.0, 0.7, 3.0)
    >>> driven([("product", {"A": (0, 5_00), "B": (0, 5_00)})], 10_00, 0.6)["reason"]
    'no single driver'
    """
    whole = [(by, parts) for by, parts in cells if parts and _change(parts) == change]
    if not change:
        return NOBODY | {"reason": ""}
    if not whole:
        return NOBODY | {"reason": f"{NO_DRIVER}: {NO_PARTS}"}
    found = []
    for by, parts in whole:
        labels = sorted(parts)
        sizes = [parts[label][1] - parts[label][0] for label in labels]
        lead = leading(sizes, change, cover)
        if lead is not None and labels[lead] != NONE:
            bases = [abs(parts[label][0]) for label in labels]
            tells = 2 if len(labels) == 1 else int(2 * bases[lead] > sum(bases))
            found.append((tells, by, labels[lead], sizes[lead]))
    if not found:
        return NOBODY | {"reason": NO_DRIVER}
    _, by, label, size = min(found, key=lambda held: held[0])
    return {
        "driver_by": by,
        "driver": label,
        "driver_amount": size / 100,
        "driver_share": size / change,
        "rest": (change - size) / 100,
        "reason": "",
    }


def _change(parts: Parts) -> int:
    return sum(end - start for start, end in parts.values())


class StatementParts:
    """The parts of statement lines, subtotals and products, against each reference.

    Parameters
    ----------
    statement : pandas.DataFrame
        Table ``statement``, or as `prepared` leaves it.
    period : Period
        The period reported.
    plan : str, optional
        The budget version called plan.
    """

    def __init__(self, statement: pd.DataFrame, *, period: Period, plan: str | None) -> None:
        self.columns = [name for name in DIMENSIONS if name in statement.columns]
        rows = prepared(statement, extra=[name for name in self.columns if name != "line"])
        self._reads = comparisons(rows, period, plan)
        self._groups = {key: parts for key, _, parts in subtotals(rows)}
        self._sums: dict[tuple[str, ...], dict[tuple[str, ...], list[tuple[str, int]]]] = {}
        self._values = {name: rows[name].nunique() for name in self.columns}

    def of_line(self, key: str, group: str, line: str, reference: str) -> Cells:
        """Return the parts of a line of the P&L, or of a subtotal by its key."""
        groups = self._groups.get(key, ()) if not group else (group,)
        wanted = [(name, line) for name in groups] if group else [(name,) for name in groups]
        by = ("group", "line") if group else ("group",)
        # what feeds one line is that line itself: it tells something only beside another
        own = {"line", "account"} if group else set()
        return self._cells(by, wanted, reference, self.columns, own)

    def of_value(self, by: str, value: str, reference: str) -> Cells:
        """Return the parts of the net revenue of a product, a family or what else is in `by`."""
        if by not in self.columns:
            return []
        inside = [name for name in self.columns if name not in {by, "family"}]
        return self._cells((by, "group"), [(value, g) for g in REVENUE], reference, inside, set())

    def _cells(
        self,
        by: tuple[str, ...],
        wanted: Sequence[tuple[str, ...]],
        reference: str,
        columns: Sequence[str],
        own: set[str],
    ) -> Cells:
        cells: Cells = []
        for column in columns:
            if column in by or self._values[column] < 2:  # noqa: PLR2004 (one value tells nothing)
                continue
            parts: Parts = {}
            for place, name in enumerate((reference, "actual")):
                known = self._known(name, by, column)
                if known is None:
                    return []
                for key in wanted:
                    for label, cents in known.get(key, ()):
                        was = list(parts.get(label, (0, 0)))
                        was[place] += cents
                        parts[label] = (was[0], was[1])
            if (len(parts) > 1 or column not in own) and _shared(parts):
                cells.append((column, parts))
        return cells

    def _known(
        self, name: str, by: tuple[str, ...], column: str
    ) -> dict[tuple[str, ...], list[tuple[str, int]]] | None:
        """Return label and cents by the columns of `by`; None where there is nothing to read."""
        rows = self._reads[name].rows
        if rows is None:
            return None
        at = (name, *by, column)
        if at not in self._sums:
            found: dict[tuple[str, ...], list[tuple[str, int]]] = {}
            inside = rows[rows["group"].isin([*GROUPS, OUTSIDE])]
            for (*key, label), cents in totals(inside, [*by, column]).items():
                found.setdefault(tuple(key), []).append((label, cents))
            self._sums[at] = found
        return self._sums[at]


def _shared(parts: Parts) -> bool:
    """Return whether both sides state a column, so that its parts can be set beside each other."""
    sides = [{label for label, cents in parts.items() if cents[place]} for place in (0, 1)]
    if not all(sides):
        return True
    named, left = [bool(side - {NONE}) for side in sides], [NONE in side for side in sides]
    return named[0] == named[1] and (not left[0] or left[1] or not named[0])


class BudgetParts:
    """The parts of budget lines: what each is made of beside its own columns.

    Parameters
    ----------
    actuals, budget : pandas.DataFrame
        The tables the lines were made of.
    period : Period
        The period reported.
    plan : str, optional
        The budget version called plan: what only it or the ledger states is no part.
    accounts : pandas.DataFrame, optional
        Table ``accounts``; accounts known to be of other groups than cost are left out.
    groups : sequence of str
        Account groups the lines hold.
    """

    def __init__(
        self,
        actuals: pd.DataFrame,
        budget: pd.DataFrame,
        *,
        period: Period,
        plan: str | None = None,
        accounts: pd.DataFrame | None = None,
        groups: Sequence[str] = COST_GROUPS,
    ) -> None:
        shared = grain(actuals, budget, period=period, plan=plan)
        self._spent = kept(shared.of(actuals), accounts, groups).assign(version="actual")
        self._planned = kept(shared.of(budget), accounts, groups)
        self._period = period
        self._read: dict[tuple[str, ...], tuple[Window, Window]] = {}
        self._counts: dict[str, int] = {}

    def of_line(self, columns: Sequence[str], label: Sequence[str], comparison: str) -> Cells:
        """Return the parts of one line, compared as the line says it was."""
        found = _COMPARED.fullmatch(comparison)
        if found is None:
            return []
        cells: Cells = []
        tables = (self._spent, self._planned)
        for column in ("product", "account", "cost_center"):
            if column in columns or any(column not in table.columns for table in tables):
                continue
            if not self._several(column):
                continue
            sides = self._sides((*columns, column), found["start"], found["end"], found["span"])
            parts: Parts = {}
            for place, side in enumerate(sides):
                for key, cents in (side.amounts or {}).items():
                    if key[:-1] == tuple(label):
                        was = list(parts.get(key[-1], (0, 0)))
                        was[place] += cents
                        parts[key[-1]] = (was[0], was[1])
            if {*parts} - {NONE}:
                cells.append((column, parts))
        return cells

    def _several(self, column: str) -> bool:
        """Return whether a column has more than one value: one value tells nothing."""
        if column not in self._counts:
            held = (self._spent[column], self._planned[column])
            self._counts[column] = len({value for one in held for value in texts(one).unique()})
        return self._counts[column] > 1

    def _sides(self, by: tuple[str, ...], start: str, end: str, span: str) -> tuple[Window, Window]:
        at = (*by, start, end, span)
        if at not in self._read:
            period, until = self._period, self._period.months[-1]
            stretch = period.year_to_date if span == "to date" else period.year
            planned = spanned(self._planned, by, period, name="budget")
            ends = planned
            if span == "to date" and end == "actual":
                ends = spanned(self._spent, by, period, name="actuals")
            self._read[at] = (
                window(planned, by, start, stretch, until=until),
                window(ends, by, end, stretch, until=until),
            )
        return self._read[at]


def column_parts(row: Mapping[str, Any], columns: Iterable[str], change: int) -> Cells:
    """Return the parts of a row that stand in columns of its own, such as price and volume."""
    sizes = {name: round(float(row[name]) * 100) for name in columns if not pd.isna(row[name])}
    parts: Parts = {_EFFECTS.get(name, name): (0, size) for name, size in sizes.items()}
    return [("effect", parts)] if _change(parts) == change else []


def labels_of(table: pd.DataFrame, column: str, name: str) -> dict[str, str]:
    """Return what a reader calls the codes of a dimension: its names by code."""
    if not {column, name} <= set(table.columns):
        return {}
    pairs = zip(texts(table[column]), texts(table[name]), strict=True)
    return {code: said for code, said in pairs if said != NONE}
