"""Holding a statement by margins against the ledger it was read from, span by span."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pfkit.measures.margin_cells import margin_rows
from pfkit.measures.rows import less, money, require
from pfkit.measures.statement import ACTUAL, OUTSIDE

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from pfkit.measures.margin_cells import MarginRows
    from pfkit.measures.margin_spans import SpanRead
    from pfkit.period import Period


class Tie(NamedTuple):
    """What the lines of a span add up to, less what the ledger says, in reporting currency."""

    difference: float | None
    reason: str


def tie(
    ledger: pd.DataFrame | None, held: MarginRows, reads: Sequence[SpanRead], *, period: Period
) -> dict[str, Tie]:
    """Return the difference to the ledger of every span that is over.

    Parameters
    ----------
    ledger : pandas.DataFrame, optional
        ``book.ledger_totals``: ``period``, ``amount`` and, where stated for longer than a month,
        ``span`` and what tells statements apart.
    held : MarginRows
        The statement's rows.
    reads : sequence of SpanRead
        What was read of them.
    period : Period
        The period reported.

    Raises
    ------
    ContractError
        If `ledger` lacks a column.
    """
    if ledger is None or ledger.empty:
        return {}
    require(ledger, ["period", "amount"], name="ledger_totals")
    said_by = ledger.assign(version=ACTUAL, line="ledger", group=OUTSIDE)
    read_from = margin_rows(said_by, period=period, name="ledger_totals")
    every = np.ones(len(held.labels), dtype=bool)
    found = {}
    for read in reads:
        if read.cells["actual"].cents is None and not read.cells["actual"].reason:
            continue  # the span is not over
        said = read_from.read(ACTUAL, read.stretch, what="ledger")
        ours = read.cells["actual"].total(every)
        gap = less(ours, said.total(np.ones(len(read_from.labels), dtype=bool)))
        found[read.span] = Tie(money(gap), said.reason or read.cells["actual"].reason)
    return found
