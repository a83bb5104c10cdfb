"""Contribution margins side by side: one row per product or family, over every span of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pfkit.errors import MeasureError, near_miss
from pfkit.measures.margin_cells import Cells, MarginRows, margin_rows
from pfkit.measures.margin_levels import LEVELS, NET
from pfkit.measures.margin_spans import (
    COMPARED,
    REFERENCES,
    ConstantRead,
    SpanRead,
    compared,
    constant_reads,
    span_reads,
)
from pfkit.measures.rows import (
    COUNT,
    MONEY,
    NONE,
    RATE,
    TEXT,
    less,
    money,
    named,
    rate,
    reasons,
    result,
    row_keys,
    texts,
)
from pfkit.measures.statement import OUTSIDE
from pfkit.measures.tied import Tie, tie

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from pfkit.period import Period

MARGINS = ("net_revenue", "cm1", "cm2", "cm3", "operating_result")
_COSTS = ("direct_cost", "selling_cost", "fixed_cost", "shared_cost")  # one per level
_REVENUES = ("gross", "returns", "other")
_STEPS = (*_REVENUES, "net_revenue", "direct_cost", "cm1", "selling_cost", "cm2", "fixed_cost",
          "cm3", "shared_cost", "operating_result")  # fmt: skip
_NET = {
    side: f"net_{REFERENCES[side]}_variance_rate" for side in ("plan", "prior_year", "previous")
}
_SHARES = {f"{name}_share": name for name in ("cm1", "cm2", "cm3")}
_PLURAL = {"product": "products", "family": "families"}
_PLANNED = (
    *("plan", "plan_variance", "plan_variance_rate", "plan_favorable", "net_plan_variance_rate"),
    *("outlook", "outlook_variance", "outlook_variance_rate", "outlook_favorable"),
)


def product_margins(
    margins: pd.DataFrame,
    *,
    period: Period,
    by: str = "product",
    of: str | None = None,
    plan: str | None = None,
    outlook: str | None = None,
    spans: Sequence[str] | None = None,
    top: int | None = None,
    names: Mapping[str, str] | None = None,
    currency: pd.DataFrame | None = None,
    ledger: pd.DataFrame | None = None,
) -> pd.DataFrame:
    r"""Say what each product or family really earns: net revenue and margins 1, 2 and 3.

    Use it for products side by side; `contribution_margins` gives the company line by line.

    Parameters
    ----------
    margins : pandas.DataFrame
        ``book.margins``, or table ``statement``, as for `contribution_margins`.
    period : Period
        The month, quarter or year reported; every span ends with its last month.
    by : str
        ``product``, ``family`` or another column of `margins`.
    of : str, optional
        What ``actual`` and the references speak of: ``net_revenue``, ``cm1``, ``cm2``, ``cm3`` or
        ``operating_result``. Default: the last of ``cm1`` to ``cm3`` that a book has cost for,
        else ``net_revenue``.
    plan, outlook : str, optional
        Budget versions, as for `contribution_margins`.
    spans : sequence of str, optional
        As for `contribution_margins`.
    top : int, optional
        Rows shown, the largest net revenue of the last twelve months, or of the longest span there
        is, first; the rest stand together as ``Other (n)``. Default: all.
    names : mapping of str to str, optional
        What a reader calls a value of `by`, such as ``book.product_names``.
    currency, ledger : pandas.DataFrame, optional
        As for `contribution_margins`.

    Returns
    -------
    pandas.DataFrame
        One row per `by` and span; then ``Other (n)``, what is booked on no product (role
        ``none``), ``Total``, and the difference to the ledger (``tie``). ``row_key``, `by`,
        ``label``, ``role``, ``count``, ``span``, ``first_month``, ``last_month``; ``gross,
        returns, other, net_revenue, direct_cost, cm1, selling_cost, cm2, fixed_cost, cm3,
        shared_cost, operating_result`` in reporting currency (cost negative); ``returns_rate`` (of
        gross sales); ``cm1_share``, ``cm2_share``, ``cm3_share``, fractions of net revenue;
        ``of``, and of the margin it names ``actual``, ``plan``, ``prior_year``, ``previous``,
        ``outlook`` with their variances, as in `contribution_margins`; of net revenue
        ``net_plan_variance_rate``, ``net_prior_variance_rate``, ``net_previous_variance_rate``
        and ``constant_growth_rate``; ``outlook_method``. ``reason``
        says why something is NA.

    Raises
    ------
    ContractError
        If a table lacks a column.
    MeasureError
        As `contribution_margins`; or if `of` is not known or `top` is not positive.

    Notes
    -----
    Every amount adds up to its total to the cent, and the total with what stands outside the
    result to the ledger. Nothing is allocated: cost that names no product stays on its row.
    Products without an amount in any span are left out. Where a book has no cost, margins are NA;
    so is a margin of a product that has no cost of its own up to there: what it sells is no margin.

    References
    ----------
    .. [1] Horngren, Datar and Rajan, *Cost Accounting*, ch. 14 (profitability analysis).

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> lines = pd.DataFrame(
    ...     [
    ...         ("Atlas", "Sales", "gross", "", 100.0),
    ...         ("Atlas", "Licenses", "cost_of_revenue", "1", -30.0),
    ...         ("Borea", "Sales", "gross", "", 40.0),
    ...         ("Borea", "Development", "operating", "3", -50.0),
    ...     ],
    ...     columns=["product", "line", "group", "margin", "amount"],
    ... ).assign(version="actual", period="2026-01")
    >>> january = FiscalCalendar().period("2026-01")
    >>> table = product_margins(lines, period=january, spans=["month"])
    >>> table[["product", "net_revenue", "cm1", "cm3"]].values.tolist()
    [['Atlas', 100.0, 70.0, 70.0], ['Borea', 40.0, <NA>, -10.0], ['Total', 140.0, 110.0, 60.0]]
    """
    _check(of, top)
    held = margin_rows(margins, period=period, by=by)
    reads = span_reads(held, period, spans, plan=plan, outlook=outlook)
    families = _values_of(margins, by) if currency is not None and by != "product" else {}
    growth = constant_reads(currency, reads, by=by, families=families)
    ties = tie(ledger, held, reads, period=period)
    table = _Table(held, by, of, tuple(_groups(held, reads, by, top)))
    out: list[dict[str, Any]] = []
    heads = table.heads(names)
    for read in reads:
        rows = _without_plan(heads, table.rows(read, growth.get(read.span)), by)
        for head, row in zip(heads, rows, strict=True):
            out.append(head | {"row_key": f"{head['row_key']}|{read.span}"} | row)
        if heads and read.span in ties:
            out.append(_tie_row(read, ties[read.span], by))
    return result(out, _columns(by))


def _without_plan(
    heads: Sequence[Mapping[str, Any]], rows: list[dict[str, Any]], by: str
) -> list[dict[str, Any]]:
    """Leave products without a plan where the plan states none of them; the total keeps its own."""
    items = [at for at, head in enumerate(heads) if head["role"] in {"item", "other"}]
    none = [at for at, head in enumerate(heads) if head["role"] == "none"]
    if not any(rows[at]["plan"] for at in none) or any(rows[at]["plan"] for at in items):
        return rows
    if not any(rows[at]["actual"] for at in items):
        return rows
    why = f"the plan states no {_PLURAL.get(by, by)}"
    bare = dict.fromkeys(_PLANNED)
    return [
        row | bare | {"reason": reasons(why, row["reason"])} if at in {*items, *none} else row
        for at, row in enumerate(rows)
    ]


def _check(of: str | None, top: int | None) -> None:
    if of is not None and of not in MARGINS:
        raise MeasureError(
            f"of {of!r} is no margin", where="of", advice=near_miss(of, MARGINS, noun="margin")
        )
    if top is not None and top < 1:
        raise MeasureError(f"top {top} shows no product", where="top", advice="Give 1 or more.")


def _columns(by: str) -> dict[str, str]:
    columns = dict.fromkeys(("row_key", by, "label", "role"), TEXT) | {"count": COUNT}
    columns |= dict.fromkeys(("span", "first_month", "last_month"), TEXT)
    columns |= dict.fromkeys(_STEPS, MONEY) | dict.fromkeys(("returns_rate", *_SHARES), RATE)
    columns |= {"of": TEXT} | COMPARED
    columns |= dict.fromkeys(tuple(_NET.values()), RATE)
    return columns | {"constant_growth_rate": RATE, "outlook_method": TEXT, "reason": TEXT}


def _values_of(margins: pd.DataFrame, by: str) -> dict[str, str]:
    if "product" not in margins.columns:
        return {}
    pairs = margins[["product", by]].drop_duplicates()
    return dict(zip(texts(pairs["product"]), texts(pairs[by]), strict=True))


def _groups(
    held: MarginRows, reads: Sequence[SpanRead], by: str, top: int | None
) -> list[tuple[str, str, list[str]]]:
    """Return role, label and values of every row: largest first, then others, none and total."""
    labels = held.labels
    used = np.zeros(len(labels), dtype=bool)
    for read in reads:
        for cells in read.cells.values():
            used |= cells.open if cells.cents is None else (cells.cents != 0) | cells.open
    used &= (labels["level"] != OUTSIDE).to_numpy()
    values = sorted(set(labels.loc[used, by]))
    if not values:
        return []
    known = [read.cells["actual"] for read in reads if read.cells["actual"].cents is not None]
    known.sort(key=lambda cells: -int(np.abs(cells.cents).sum()) if cells.cents is not None else 0)
    sizes: dict[str, int] = {}
    if known and known[0].cents is not None:
        net = (labels["level"] == NET).to_numpy()
        for value, cents in zip(labels.loc[net, by], known[0].cents[net].tolist(), strict=True):
            sizes[value] = sizes.get(value, 0) + cents
    ranked = sorted(
        (value for value in values if value != NONE),
        key=lambda value: (-abs(sizes.get(value, 0)), value),
    )
    shown = ranked if top is None or len(ranked) <= top + 1 else ranked[:top]
    rest = ranked[len(shown) :]
    rows = [("item", value, [value]) for value in shown]
    rows += [("other", f"Other ({len(rest)})", rest)] if rest else []
    rows += [("none", NONE, [NONE])] if NONE in values else []
    return [*rows, ("total", "Total", values)]


class _Table:
    """The rows of one span after the other, from sums by value and step."""

    def __init__(
        self,
        held: MarginRows,
        by: str,
        of: str | None,
        groups: tuple[tuple[str, str, list[str]], ...],
    ) -> None:
        labels = held.labels
        self._by, self._groups = by, groups
        place = {v: at for at, (_, _, values) in enumerate(groups[:-1]) for v in values}
        self._row = np.array([place.get(value, -1) for value in labels[by]], dtype=np.int64)
        words = np.where(labels["level"] == NET, labels["group"], labels["level"])
        self._parts = [*_REVENUES, *LEVELS]
        at = {word: number for number, word in enumerate(self._parts)}
        self._part = np.array([at.get(word, -1) for word in words], dtype=np.int64)
        self._inside = (self._part >= 0) & (self._row >= 0)
        self._cost = bool((self._part >= len(_REVENUES)).any())
        own = np.zeros((len(groups), len(self._parts)), dtype=bool)
        own[self._row[self._inside], self._part[self._inside]] = True
        own[:, : len(_REVENUES)] = False
        own[-1:] = True  # the total is what is known of all
        self._own = np.logical_or.accumulate(own, axis=1)
        deepest = self._part[self._part < len(self._parts) - 1].max(initial=0)
        self._of = of or MARGINS[max(0, int(deepest) - len(_REVENUES) + 1)]

    def heads(self, names: Mapping[str, str] | None) -> list[dict[str, Any]]:
        """Return what a row says in every span."""
        labels = [(label,) if role == "item" else (role,) for role, label, _ in self._groups]
        items = [label for (role, _, _), label in zip(self._groups, labels, strict=True)
                 if role == "item"]  # fmt: skip
        keys = row_keys(items, reserved=("other", "none", "total", "tie"))
        keys += [label[0] for label in labels[len(items) :]]
        return [
            {"row_key": key, self._by: label, "label": named(label, names), "role": role}
            | {"count": len(values)}
            for key, (role, label, values) in zip(keys, self._groups, strict=True)
        ]

    def _sums(self, values: np.ndarray) -> np.ndarray:
        """Add labels up by row and part; the total, which stands last, holds every row."""
        sums = np.zeros((len(self._groups), len(self._parts)), dtype=np.int64)
        np.add.at(sums, (self._row[self._inside], self._part[self._inside]), values[self._inside])
        sums[-1] = sums[:-1].sum(axis=0)
        return sums

    def _steps(self, cells: Cells, names: Sequence[str]) -> dict[str, list[int | None]]:
        """Return the cents of steps, row by row; None where they cannot be read."""
        nothing: list[int | None] = [None] * len(self._groups)
        if cells.cents is None:
            return dict.fromkeys(names, nothing)
        parts, open_parts = self._sums(cells.cents), self._sums(cells.open)
        running, open_so_far = np.cumsum(parts, axis=1), np.cumsum(open_parts, axis=1)
        last = len(_REVENUES) - 1
        columns = {name: (parts, open_parts, at) for at, name in enumerate((*_REVENUES, *_COSTS))}
        columns |= {name: (running, open_so_far, last + at) for at, name in enumerate(MARGINS)}
        out = {}
        for name in names:
            sums, shut, at = columns[name]
            bare = not self._cost and name in {*_COSTS, *MARGINS[1:]}
            closed = shut[:, at].astype(bool)
            if name in MARGINS[1:]:
                closed = closed | ~self._own[:, at]
            known = zip(sums[:, at].tolist(), closed.tolist(), strict=True)
            out[name] = nothing if bare else [None if gap else cents for cents, gap in known]
        return out

    def _without(self, place: int) -> str:
        """Say up to which margin shown a row has revenue and no cost of its own."""
        steps = range(1, MARGINS.index(self._of) + 1)
        bare = [at for at in steps if not self._own[place, len(_REVENUES) - 1 + at]]
        return f"no cost of its own up to {MARGINS[bare[-1]].upper()}" if bare else ""

    def rows(self, read: SpanRead, growth: ConstantRead | None) -> list[dict[str, Any]]:
        """Return the rows of one span."""
        now = self._steps(read.cells["actual"], _STEPS)
        sides = {"actual": now} | {
            name: self._steps(read.cells[name], ("net_revenue", self._of)) for name in REFERENCES
        }
        why, head = "" if self._cost else "no cost in the input", read.head()
        out = []
        for place, (_, _, values) in enumerate(self._groups):
            mine = {name: column[place] for name, column in now.items()}
            net = mine["net_revenue"]
            row = head | {name: money(cents) for name, cents in mine.items()}
            row |= {name: rate(mine[step], net) for name, step in _SHARES.items()}
            row |= {"returns_rate": rate(less(0, mine["returns"]), mine["gross"]), "of": self._of}
            stated = any(mine.values()) or mine[self._of] is None
            row |= compared({n: side[self._of][place] for n, side in sides.items()}, stated=stated)
            for side, name in _NET.items():
                base = sides[side]["net_revenue"][place]
                row[name] = rate(less(net, base), base)
            told = growth.growth(values) if growth is not None else (None, "")
            row |= {"constant_growth_rate": told[0], "outlook_method": read.method or None}
            row["reason"] = reasons(
                read.reason(), row["reason"], told[1], why or self._without(place)
            )
            out.append(row)
        return out


def _tie_row(read: SpanRead, found: Tie, by: str) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(_columns(by))
    row |= {"row_key": f"tie|{read.span}", by: "Difference to the ledger", "role": "tie"}
    row |= {"label": "Difference to the ledger", "count": 0} | read.head()
    return row | {"operating_result": found.difference, "reason": found.reason}
