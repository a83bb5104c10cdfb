"""What the engine says of every node by itself, before anything is made to add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pfkit.measures.coherent.history import complete
from pfkit.measures.fleet.engine import run
from pfkit.measures.fleet.periods import MONTHS, QUARTERS
from pfkit.measures.forecast import why

if TYPE_CHECKING:
    from pfkit.measures.coherent.history import History
    from pfkit.measures.coherent.spans import Span, Spans
    from pfkit.measures.fleet.engine import Forecasts
    from pfkit.measures.fleet.series import Series
    from pfkit.measures.medians import Array, Flags

#: Shares of what comes at which the reach of an interval is asked for, and the one it is told by.
SHARES = (*(k / 20 for k in range(1, 20)), 0.98, 0.99)
TOLD = 0.80
#: A node has a forecast of its own quarters from so many complete ones on: fewer cannot be tested
#: on what came, and a trend seen in months would be drawn to a forecast without one.
_QUARTERS = 3 * QUARTERS


@dataclass(frozen=True)
class Base:
    """Forecasts of every node by itself.

    Parameters
    ----------
    mean : numpy.ndarray
        Node by period ahead.
    reach : numpy.ndarray
        The same: how far the 80 % interval reaches; NaN where nothing says.
    shape : numpy.ndarray
        Per share of `SHARES` the reach in units of that.
    errors : numpy.ndarray
        Node by origin by period ahead: back-test errors in the table's unit; NaN where none.
    steps : numpy.ndarray
        Period ahead by period ahead: the correlation of errors of one path.
    models, reasons, failed : list of str
        Per node: the members' shares, what else to know, and what failed.
    """

    mean: Array
    reach: Array
    shape: Array
    errors: Array
    steps: Array
    models: list[str]
    reasons: list[str]
    failed: list[str]


def base_of(history: History, *, horizon: int, tier: str) -> Base:
    """Return what the engine says of every node.

    Parameters
    ----------
    history : History
        What is known of every node.
    horizon : int
        Periods ahead.
    tier : str
        ``fast`` or ``full``.
    """
    series = history.series()
    nodes = len(series.names)
    mean, reach = np.zeros((nodes, horizon)), np.zeros((nodes, horizon))
    shapes: list[Array] = []
    errors: Array = np.zeros((0, 0, 0))
    steps: Array = np.eye(horizon)
    texts = {name: [""] * nodes for name in ("model", "reason", "failed")}
    told = SHARES.index(TOLD)
    for part in run(series, horizon=horizon, tier=tier, levels=SHARES):
        which = part.which
        mean[which] = part.mean
        far = part.high - part.mean[None]
        reach[which] = far[told]
        some = np.isfinite(far[told]) & (far[told] > 0)
        if some.any():
            shapes.append(np.median(far[:, some] / far[told][some], axis=1))
        if not errors.size:
            # the first part is of the long series, which say what the fleet is like
            errors = np.full((nodes, *part.errors.shape[1:]), np.nan)
            steps = part.dependence.steps
        errors[which] = part.errors * part.scale[:, None, None]
        _tell(texts, part, series)
    shape: Array = np.asarray(SHARES) / TOLD
    if shapes:
        shape = np.asarray(np.median(shapes, axis=0))
    return Base(
        mean,
        reach,
        np.maximum.accumulate(shape),
        errors,
        steps,
        texts["model"],
        texts["reason"],
        texts["failed"],
    )


def _tell(texts: dict[str, list[str]], part: Forecasts, series: Series) -> None:
    for k, (node, reason) in enumerate(zip(part.which.tolist(), why(series, part), strict=True)):
        texts["model"][node] = part.model(k)
        texts["reason"][node] = reason
        texts["failed"][node] = part.failed[k]


@dataclass(frozen=True)
class Quarters:
    """Forecasts of complete quarters by themselves.

    Parameters
    ----------
    mean : numpy.ndarray
        Node by quarter; where a node has none of its own, the sum of its months.
    rows : list of int
        Which spans they are.
    own : numpy.ndarray
        Which nodes have a forecast of their own quarters.
    """

    mean: Array
    rows: list[int]
    own: Flags


def quarters_of(history: History, spans: Spans, months: Array, *, tier: str) -> Quarters:
    """Return forecasts of the complete quarters of the horizon, from quarters known.

    Parameters
    ----------
    history : History
        What is known of every node, by month.
    spans : Spans
        The horizon.
    months : numpy.ndarray
        Forecasts of months, node by month.
    tier : str
        ``fast`` or ``full``.
    """
    rows = [
        k
        for k, span in enumerate(spans.rows)
        if span.grain == "quarter" and not spans.begun(span) and spans.season == MONTHS
    ]
    own = np.zeros(len(months), dtype=bool)
    mean = months @ spans.sums[rows].T
    if not rows:
        return Quarters(mean, rows, own)
    first = spans.rows[rows[0]]
    values, starts, number = _whole_quarters(history, first)
    own = values.shape[1] - starts >= _QUARTERS
    if own.any():
        late = first.first // 3 - (number + values.shape[1])
        some = np.nonzero(own)[0]
        series = complete(values[some], starts[some], number, QUARTERS)
        for part in run(series, horizon=late + len(rows), tier=tier, levels=(TOLD,)):
            mean[some[part.which]] = part.mean[:, late:]
    return Quarters(mean, rows, own)


def _whole_quarters(
    history: History, first: Span
) -> tuple[Array, np.ndarray[tuple[int, ...], np.dtype[np.int64]], int]:
    """Return sums of whole quarters, where each node's first lies, and the first's number."""
    lead = (first.first - history.start) % 3
    count = (history.amounts.shape[1] - lead) // 3
    values = history.amounts[:, lead : lead + 3 * count].reshape(len(history.amounts), count, 3)
    starts = np.clip(-((lead - history.first) // 3), 0, count)
    return values.sum(2), starts, (history.start + lead) // 3
