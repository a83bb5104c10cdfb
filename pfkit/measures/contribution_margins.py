"""The profit and loss by contribution margins: lines and subtotals, over every span of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pfkit.measures.margin_cells import MarginRows, margin_rows
from pfkit.measures.margin_levels import LEVELS, NET, SHARED, STEPS
from pfkit.measures.margin_spans import (
    COMPARED,
    SpanRead,
    compared,
    constant_reads,
    span_reads,
)
from pfkit.measures.rows import FLAG, RATE, TEXT, rate, reasons, result, row_keys
from pfkit.measures.statement import GROUPS, OUTSIDE
from pfkit.measures.tied import Tie, tie

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from pfkit.period import Period

_COLUMNS = (
    dict.fromkeys(("row_key", "step", "line", "level", "role"), TEXT)
    | {"stated": FLAG}
    | dict.fromkeys(("span", "first_month", "last_month"), TEXT)
    | COMPARED
    | {"net_share": RATE, "plan_net_share": RATE, "prior_net_share": RATE}
    | {"constant_growth_rate": RATE, "outlook_method": TEXT, "reason": TEXT}
)
_SHARES = {"actual": "net_share", "plan": "plan_net_share", "prior_year": "prior_net_share"}


def contribution_margins(
    margins: pd.DataFrame,
    *,
    period: Period,
    plan: str | None = None,
    outlook: str | None = None,
    spans: Sequence[str] | None = None,
    currency: pd.DataFrame | None = None,
    ledger: pd.DataFrame | None = None,
) -> pd.DataFrame:
    r"""Set out the profit and loss from gross sales to contribution margins 1, 2 and 3.

    Use it for the statement of a close where cost is told apart by what it follows; for products
    side by side use `product_margins`.

    Parameters
    ----------
    margins : pandas.DataFrame
        ``book.margins``, or table ``statement``: ``version``, ``period``, ``line``, ``group`` and
        ``amount``, the effect on profit in reporting currency; where there are, ``span`` (months
        without it), ``account``, ``product``, ``behavior`` and ``margin``.
    period : Period
        The month, quarter or year reported; every span ends with its last month.
    plan : str, optional
        The budget version called plan; may be left out where there is only one.
    outlook : str, optional
        The version that says what the months to come will bring; default the plan.
    spans : sequence of str, optional
        Of ``month``, ``quarter`` and ``ytd`` (to date), ``ltm`` (last twelve months) and ``year``
        (the whole fiscal year); default all, for a quarter without ``month``.
    currency : pandas.DataFrame, optional
        ``book.currency_year``, for growth of net revenue at the prior year's exchange rates.
    ledger : pandas.DataFrame, optional
        ``book.ledger_totals``, which every span is held against.

    Returns
    -------
    pandas.DataFrame
        One row per line or subtotal and span. ``row_key``; ``step`` (the line's key in every
        span); ``line``, ``level`` (``net``, ``1``, ``2``, ``3``, ``shared``, ``outside``),
        ``role`` (``line``, ``subtotal``, ``memo`` below the result, ``tie`` for the difference to
        the ledger), ``stated`` (whether its accounts state their margin); ``span``,
        ``first_month``, ``last_month``; ``actual``, ``plan``, ``prior_year``, ``previous`` (where
        the span is the period) and ``outlook`` (of the year) in reporting currency; ``plan_``,
        ``prior_``, ``previous_`` and ``outlook_`` (outlook less plan) ``variance``,
        ``variance_rate`` (fraction of the size of the reference) and ``favorable``;
        ``net_share``, ``plan_net_share``, ``prior_net_share``, fractions of net revenue;
        ``constant_growth_rate`` of net revenue; ``outlook_method``. ``reason`` says why something
        is NA.

    Raises
    ------
    ContractError
        If a table lacks a column.
    MeasureError
        If a version, span, group or margin is unknown, an account states two margins or one it
        cannot have, or an amount is missing.

    Notes
    -----
    Net revenue = gross + returns + other; margin 1 = net revenue + cost on level 1, and so on to
    margin 3; operating result = margin 3 + shared cost. Lines of group ``outside`` stand below it.
    Where an account states no margin its level follows from group and behavior: cost of revenue is
    on 1 and operating cost that varies on 2; fixed cost, and operating cost of no known behavior,
    is on 3 where it is booked on a product, else shared. Amounts are added in whole cents. A span
    of which a month is missing is NA and never extrapolated; amounts stated by quarter, to date or
    by year are read as `position` reads them. The outlook is actual to date and the version's
    months to come, or the version's whole year where it states no months.

    References
    ----------
    .. [1] Horngren, Datar and Rajan, *Cost Accounting*, ch. 3 (contribution margin) and 14
       (profitability by product).
    .. [2] Riebel, *Einzelkosten- und Deckungsbeitragsrechnung* (margins by level).

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> lines = pd.DataFrame(
    ...     [
    ...         ("Sales", "gross", "", 100.0),
    ...         ("Licenses", "cost_of_revenue", "1", -30.0),
    ...         ("Development", "operating", "3", -25.0),
    ...         ("Rent", "operating", "shared", -20.0),
    ...     ],
    ...     columns=["line", "group", "margin", "amount"],
    ... ).assign(version="actual", period="2026-01")
    >>> january = FiscalCalendar().period("2026-01")
    >>> table = contribution_margins(lines, period=january, spans=["month"])
    >>> sums = table[table["role"] == "subtotal"]
    >>> sums[["line", "actual", "net_share"]].values.tolist()[2:]
    [['Contribution margin 3', 45.0, 0.45], ['Operating result', 25.0, 0.25]]
    """
    held = margin_rows(margins, period=period)
    reads = span_reads(held, period, spans, plan=plan, outlook=outlook)
    growth = constant_reads(currency, reads, by=None, families={})
    layout = _layout(held, reads)
    ties = tie(ledger, held, reads, period=period)
    net = (held.labels["level"] == NET).to_numpy()
    out: list[dict[str, Any]] = []
    for read in reads:
        whole = read.sums(net)
        ever = read.cells["actual"].cents
        for key, line, level, role, where in layout:
            sums = read.sums(where)
            stated = ever is None or role != "line" or bool(ever[where].any())
            row: dict[str, Any] = {"row_key": f"{key}|{read.span}", "step": key, "line": line}
            row["level"] = level
            row |= {"role": role, "stated": _stated(held, where) if role == "line" else None}
            row |= read.head() | compared(sums, stated=stated)
            row |= {name: rate(sums[side], whole[side]) for side, name in _SHARES.items()}
            told = growth[read.span].growth([""]) if read.span in growth else (None, "")
            first = key == STEPS[0][0]
            row |= {"constant_growth_rate": told[0] if first else None}
            row |= {"outlook_method": read.method or None}
            row["reason"] = reasons(read.reason(), row["reason"], told[1] if first else "")
            out.append(row)
        if layout and read.span in ties:
            out.append(_tie_row(read, ties[read.span]))
    return result(out, _COLUMNS)


def _stated(held: MarginRows, where: np.ndarray) -> bool:
    return bool(held.labels.loc[where, "stated"].all())


def _tie_row(read: SpanRead, found: Tie) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(_COLUMNS)
    row |= {"row_key": f"difference-to-the-ledger|{read.span}", "step": "difference-to-the-ledger"}
    row |= {"line": "Difference to the ledger", "level": OUTSIDE, "role": "tie"} | read.head()
    return row | {"actual": found.difference, "outlook_method": None, "reason": found.reason}


def _layout(
    held: MarginRows, reads: Sequence[SpanRead]
) -> list[tuple[str, str, str, str, np.ndarray]]:
    """Return key, line, level, role and labels of every row, in the order of the statement."""
    labels, used = held.labels, _used(held, reads)
    rank = {group: place for place, group in enumerate((*GROUPS, OUTSIDE))}
    lines: dict[tuple[str, str], list[int]] = {}
    order: dict[tuple[str, str], tuple[int, str, str]] = {}
    for place in np.flatnonzero(used).tolist():
        one = labels.iloc[place]
        pair = (str(one["level"]), str(one["line"]))
        lines.setdefault(pair, []).append(place)
        at = (rank[str(one["group"])], str(one["account"]), str(one["line"]))
        order[pair] = min(order.get(pair, at), at)
    keys = _line_keys(sorted(lines))
    out: list[tuple[str, str, str, str, np.ndarray]] = []
    so_far = np.zeros(len(labels), dtype=bool)
    costs = [level for level in LEVELS if any(pair[0] == level for pair in lines)]
    for key, label, level in STEPS:
        mine = sorted((pair for pair in lines if pair[0] == level), key=order.__getitem__)
        for pair in mine:
            where = _mask(len(labels), lines[pair])
            so_far = so_far | where
            out.append((keys[pair], pair[1], level, "line", where))
        if mine or (level == SHARED and costs):
            out.append((key, label, level, "subtotal", so_far))
    below = sorted((pair for pair in lines if pair[0] == OUTSIDE), key=order.__getitem__)
    return out + [
        (keys[pair], pair[1], OUTSIDE, "memo", _mask(len(labels), lines[pair])) for pair in below
    ]


def _used(held: MarginRows, reads: Sequence[SpanRead]) -> np.ndarray:
    """Return which labels have an amount in anything that is shown."""
    used = np.zeros(len(held.labels), dtype=bool)
    for read in reads:
        for cells in read.cells.values():
            used |= cells.open if cells.cents is None else (cells.cents != 0) | cells.open
    return used


def _mask(count: int, places: Sequence[int]) -> np.ndarray:
    mask = np.zeros(count, dtype=bool)
    mask[list(places)] = True
    return mask


def _line_keys(pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Return one key per (level, line); a name on two levels carries its level."""
    names = [line for _, line in pairs]
    words = [(line,) if names.count(line) == 1 else (f"{line} {level}",) for level, line in pairs]
    reserved = {key for key, _, _ in STEPS} | {"difference-to-the-ledger"}
    return dict(zip(pairs, row_keys(words, reserved=reserved), strict=True))
