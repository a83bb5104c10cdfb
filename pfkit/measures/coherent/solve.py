"""Base forecasts of all nodes made to add up: weights, bounds, overrides and joint intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy import sparse

from pfkit.errors import ParameterError, near_miss
from pfkit.measures.coherent.base import base_of, quarters_of
from pfkit.measures.coherent.bounded import Cell, Problem, bounded
from pfkit.measures.coherent.overrides import HELD, cells_of, overrides_of, possible
from pfkit.measures.coherent.paths import Paths, bounds, draws_of, normal_reach
from pfkit.measures.coherent.projection import Projection, Weights, shrunk

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from pfkit.measures.coherent.base import Base, Quarters
    from pfkit.measures.coherent.hierarchy import Hierarchy
    from pfkit.measures.coherent.history import History
    from pfkit.measures.coherent.overrides import Override
    from pfkit.measures.coherent.spans import Spans
    from pfkit.measures.medians import Array, Flags

Method = Literal["wls_struct", "wls_var", "ols", "mint_shrink", "bottom_up"]
METHODS: tuple[Method, ...] = ("wls_struct", "wls_var", "ols", "mint_shrink", "bottom_up")
#: Periods ahead whose errors say how errors of nodes belong together: origins lie as far apart.
_NEAR = 3
_LEAST = 1e-6


@dataclass(frozen=True)
class Joint:
    """Forecasts of all nodes that add up.

    Parameters
    ----------
    history : History
        The nodes and what is known of them.
    spans : Spans
        The horizon.
    base : Base
        What the engine says of every node.
    quarters : Quarters
        What it says of their quarters.
    before, after : numpy.ndarray
        Lowest series by period: forecasts that add up, before and after overrides.
    overrides : list of Override
        Those that stand, held or not.
    shares : list of numpy.ndarray
        Per override that is held, what it alone moved: lowest series by period.
    low, high : numpy.ndarray
        Level by node by span.
    """

    history: History
    spans: Spans
    base: Base
    quarters: Quarters
    before: Array
    after: Array
    overrides: list[Override]
    shares: list[Array]
    low: Array
    high: Array


def weights_of(method: str, tree: Hierarchy, base: Base) -> Weights | None:
    """Return the weights of a method.

    Parameters
    ----------
    method : str
        ``wls_struct``, ``wls_var``, ``ols``, ``mint_shrink`` or ``bottom_up``.
    tree : Hierarchy
        The nodes.
    base : Base
        Forecasts of every node, with their errors.

    Raises
    ------
    ParameterError
        If `method` is not known.
    """
    if method not in METHODS:
        raise ParameterError(
            f"method {method!r} is not known", advice=near_miss(method, METHODS, noun="method")
        )
    if method == "bottom_up":
        return None
    if method == "wls_struct":
        return Weights.diagonal(tree.counts)
    if method == "ols":
        return Weights.diagonal(np.ones(len(tree.labels)))
    errors = base.errors[:, :, :_NEAR].reshape(len(base.errors), -1)
    there = np.isfinite(errors)
    count = there.sum(1)
    square = np.where(there, errors, 0.0) ** 2
    told = normal_reach(np.nan_to_num(base.reach[:, 0])) ** 2
    size = np.where(count > 0, square.sum(1) / np.maximum(count, 1), told)
    size = np.maximum(size, _LEAST * max(float(size.max(initial=0.0)), _LEAST))
    common = there.mean(0) > 1 / 2
    if method == "wls_var" or not common.any():
        return Weights.diagonal(size)
    return _to_size(shrunk(np.where(there, errors, 0.0)[:, common]), size)


def _to_size(weights: Weights, size: Array) -> Weights:
    """Return weights with other variances and the same correlations."""
    now = weights.own + (weights.common**2).sum(1)
    by = size / np.where(now > 0, now, 1.0)
    return Weights(weights.own * by, weights.common * np.sqrt(by)[:, None])


def over_periods(spans: Spans, quarters: Quarters, *, plain: bool) -> Projection:
    """Return the projection over periods: a quarter may move as three months may.

    Parameters
    ----------
    spans : Spans
        The horizon.
    quarters : Quarters
        Which quarters have forecasts.
    plain : bool
        Whether months are taken as they are.
    """
    sums = sparse.csr_matrix(spans.sums[quarters.rows].reshape(-1, spans.horizon))
    if plain or not quarters.rows:
        return Projection(sums, None)
    size = np.concatenate([np.diff(sums.indptr), np.ones(spans.horizon)]).astype(float)
    return Projection(sums, Weights.diagonal(size))


def floors(history: History, horizon: int) -> tuple[Flags, list[Cell]]:
    """Return which of the lowest series were never negative, and aggregates only they do not hold.

    Parameters
    ----------
    history : History
        The nodes.
    horizon : int
        Periods ahead.
    """
    tree, never = history.tree, history.never_negative
    low = never[tree.above :]
    loose = np.asarray(tree.sums @ (~low).astype(float)) > 0
    found = [
        Cell(tree.members(node), np.array([period]), 0.0, floor=True)
        for node in np.nonzero(never[: tree.above] & loose)[0].tolist()
        for period in range(horizon)
    ]
    return low, found


def solve(
    history: History,
    spans: Spans,
    *,
    tier: str,
    method: str,
    temporal: bool,
    levels: Sequence[float],
    overrides: pd.DataFrame | None,
    year_start: int,
    samples: int,
    seed: int,
) -> Joint:
    """Return forecasts of all nodes that add up over series and periods.

    Without samples there are no bounds.
    """
    tree = history.tree
    base = base_of(history, horizon=spans.horizon, tier=tier)
    quarters = quarters_of(history, spans, base.mean, tier=tier)
    across = Projection(tree.sums, weights_of(method, tree, base))
    along = over_periods(spans, quarters, plain=method == "bottom_up" or not temporal)
    months = along.lowest(np.concatenate([quarters.mean, base.mean], axis=1).T).T
    wanted = across.lowest(months)
    low, floor = floors(history, spans.horizon)
    problem = Problem(wanted, across, along, low)
    before = bounded(problem, floor).nearest
    stand = (
        [] if overrides is None else overrides_of(overrides, history, spans, year_start=year_start)
    )
    held = [one for one in stand if one.state == HELD]
    values, shares = before, []
    if held:
        cells = cells_of(held, history, spans, before)
        possible(held, cells, tree, (tree.lowest, spans.horizon), low)
        solved = bounded(problem, [*cells, *floor])
        values, shares = solved.nearest, solved.shares
    bottom: Array = np.zeros((0, 0, 0))
    top: Array = bottom
    if samples:
        draws = draws_of(base, tree, across, count=samples, seed=seed)
        bottom, top = bounds(Paths(draws, values, low), spans.sums, levels)
    return Joint(history, spans, base, quarters, before, values, stand, shares, bottom, top)
