"""Joint sample paths of all nodes that add up over series and periods, and their quantiles."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import erf

from pfkit.measures.coherent.base import SHARES
from pfkit.measures.fleet.rows import TINY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pfkit.measures.coherent.base import Base
    from pfkit.measures.coherent.hierarchy import Hierarchy
    from pfkit.measures.coherent.projection import Projection
    from pfkit.measures.medians import Array, Flags

#: Lowest series drawn at once.
CHUNK = 256
#: A node's own errors before and after count beside so many that did not change.
_UNCHANGED = 40.0
#: Beyond the last share asked for the reach grows to this multiple at certainty.
_FARTHEST = 1.5


@dataclass(frozen=True)
class Draws:
    """What joint paths are drawn from.

    Parameters
    ----------
    tree : Hierarchy
        The nodes.
    across : Projection
        The projection over series.
    reach : numpy.ndarray
        Node by period: how far the 80 % interval of its error reaches.
    shape : numpy.ndarray
        Per share of `base.SHARES` the reach in units of that.
    loads : numpy.ndarray
        Node by occasion: its errors at past occasions, squares adding up to one; all zero where
        it has none.
    steps : numpy.ndarray
        Period by period: a root of the correlation of errors over the horizon.
    count, seed : int
        Paths, an even number; and what they are drawn by.
    """

    tree: Hierarchy
    across: Projection
    reach: Array
    shape: Array
    loads: Array
    steps: Array
    count: int
    seed: int


def draws_of(base: Base, tree: Hierarchy, across: Projection, *, count: int, seed: int) -> Draws:
    r"""Return what joint paths are drawn from: back-test errors after the projection.

    Parameters
    ----------
    base : Base
        Forecasts of every node by itself, with their errors.
    tree : Hierarchy
        The nodes.
    across : Projection
        The projection over series.
    count, seed : int
        Paths, and what they are drawn by.

    Notes
    -----
    What came adds up, so the error of projected forecasts is the projection of their errors. A
    node's interval is that of the engine, times the ratio of its mean absolute error after the
    projection to that before, drawn to one.
    """
    nodes, _, horizon = base.errors.shape
    there = np.isfinite(base.errors)
    plain = np.where(there, base.errors, 0.0)
    after = tree.whole(across.lowest(plain.reshape(nodes, -1))).reshape(plain.shape)
    unit = np.where(there.any((1, 2)), np.abs(plain).sum((1, 2)), 0.0)
    unit = unit / np.maximum(there.sum((1, 2)), 1)
    after = np.where(there, after, 0.0)
    scale = np.where(unit > 0, unit, 1.0)
    was = np.where(unit > 0, np.abs(plain).sum((1, 2)) / scale, 0.0)
    now = np.where(unit > 0, np.abs(after).sum((1, 2)) / scale, 0.0)
    ratio = (now + _UNCHANGED) / (was + _UNCHANGED)
    growth = (np.abs(plain) / scale[:, None, None]).sum((0, 1)) / np.maximum(there.sum((0, 1)), 1)
    relative = after / scale[:, None, None] / np.where(growth > 0, growth, 1.0)
    loads = relative.reshape(nodes, -1)
    loads = loads[:, there.reshape(nodes, -1).any(0)]
    size = np.sqrt((loads**2).sum(1, keepdims=True))
    return Draws(
        tree,
        across,
        _filled(base.reach, base.mean) * ratio[:, None],
        base.shape,
        np.where(size > TINY, loads / np.where(size > TINY, size, 1.0), 0.0),
        np.asarray(np.linalg.cholesky(base.steps + TINY * np.eye(horizon)), dtype=float),
        count + count % 2,
        seed,
    )


def _filled(reach: Array, mean: Array) -> Array:
    """Return reaches; where nothing says how far, that of the others as a share of the forecast."""
    known = np.isfinite(reach)
    share = reach[known] / np.maximum(np.abs(mean[known]), TINY)
    usual = float(np.median(share)) if known.any() else np.nan
    return np.where(known, reach, usual * np.abs(mean))


class Paths:
    """Joint paths, made some of the lowest series at a time so that memory stays bounded.

    Parameters
    ----------
    draws : Draws
        What they are drawn from.
    mean : numpy.ndarray
        Lowest series by period: forecasts that add up, about which they spread.
    bounded : numpy.ndarray
        Which of the lowest series may not fall below zero.

    Notes
    -----
    Paths come in pairs of opposite errors. Errors of all nodes are drawn from a Gaussian copula:
    over nodes it is that of the back-test errors at the same occasions, over periods that of the
    fleet; each node's own distribution is that of its interval. The draws are projected on those
    that add up. What falls below zero in a series that never did is set to zero, and the series'
    paths of that period are scaled back to their mean.
    """

    def __init__(self, draws: Draws, mean: Array, bounded: Flags) -> None:
        self.draws, self.mean, self.bounded = draws, mean, bounded
        half, horizon = draws.count // 2, mean.shape[1]
        rng = np.random.default_rng([draws.seed, 0])
        plain = rng.standard_normal((draws.loads.shape[1], half, horizon))
        self._shocks = (plain @ draws.steps.T).reshape(-1, half * horizon)
        above = draws.tree.above
        gap = self._errors(0, above)
        for start, stop in self._chunks():
            part = draws.tree.sums[:, start:stop]
            gap -= part @ self._errors(above + start, above + stop)
        self._pull = draws.across.pull(gap)

    def _chunks(self) -> Iterator[tuple[int, int]]:
        lowest = self.draws.tree.lowest
        for start in range(0, lowest, CHUNK):
            yield start, min(start + CHUNK, lowest)

    def _errors(self, start: int, stop: int) -> Array:
        """Return drawn errors of some nodes before the projection: node by (path, period)."""
        draws, horizon = self.draws, self.mean.shape[1]
        loads = draws.loads[start:stop]
        scores = loads @ self._shocks
        alone = ~(loads != 0).any(1)
        if alone.any():
            rng = np.random.default_rng([draws.seed, 1, start])
            half = draws.count // 2
            plain = rng.standard_normal((int(alone.sum()), half, horizon))
            scores[alone] = (plain @ draws.steps.T).reshape(int(alone.sum()), -1)
        share = erf(np.abs(scores) / np.sqrt(2))
        grid = np.array([0.0, *SHARES, 1.0])
        shape = np.concatenate([[0.0], draws.shape, draws.shape[-1:] * _FARTHEST])
        far = np.interp(share, grid, shape) * np.sign(scores)
        wide = far.reshape(stop - start, -1, horizon) * draws.reach[start:stop, None, :]
        return np.asarray(wide.reshape(stop - start, -1))

    def lowest(self, start: int, stop: int) -> Array:
        """Return paths of some of the lowest series: series by path by period."""
        draws, horizon = self.draws, self.mean.shape[1]
        above = draws.tree.above
        errors = self._errors(above + start, above + stop)
        errors = errors + draws.across.moved(self._pull, slice(start, stop))
        errors = errors.reshape(stop - start, -1, horizon)
        mean = self.mean[start:stop, None, :]
        found = np.concatenate([mean + errors, mean - errors], axis=1)
        if self.bounded[start:stop].any():
            floor = np.where(self.bounded[start:stop], 0.0, -np.inf)[:, None, None]
            found = np.maximum(found, floor)
            now = found.mean(1, keepdims=True)
            back = np.where((floor == 0) & (now > 0), mean / np.where(now > 0, now, 1.0), 1.0)
            found = found * back
        return np.asarray(found)

    def parts(self) -> Iterator[tuple[slice, Array]]:
        """Yield nodes and their paths, node by path by period: the lowest, then the aggregates."""
        draws = self.draws
        above = np.zeros((draws.tree.above, draws.count * self.mean.shape[1]))
        for start, stop in self._chunks():
            found = self.lowest(start, stop)
            above += draws.tree.sums[:, start:stop] @ found.reshape(stop - start, -1)
            yield slice(draws.tree.above + start, draws.tree.above + stop), found
        yield slice(0, draws.tree.above), above.reshape(len(above), draws.count, -1)


def bounds(paths: Paths, sums: Array, levels: Sequence[float]) -> tuple[Array, Array]:
    """Return the bounds of every node and span by level, from joint paths.

    Parameters
    ----------
    paths : Paths
        Joint paths.
    sums : numpy.ndarray
        Span by period: one where it belongs.
    levels : sequence of float
        Shares of what comes that an interval is to hold.
    """
    tree = paths.draws.tree
    shape = (len(levels), len(tree.labels), len(sums))
    low, high = np.zeros(shape), np.zeros(shape)
    tails = [(1 - level) / 2 for level in levels]
    for some, found in paths.parts():
        whole = found @ sums.T
        asked = np.quantile(whole, [*tails, *(1 - tail for tail in tails)], axis=1)
        low[:, some], high[:, some] = asked[: len(tails)], asked[len(tails) :]
    return low, high


def normal_reach(reach: Array) -> Array:
    """Return the standard deviation of a normal error whose 80 % interval reaches as far."""
    return np.asarray(reach / NormalDist().inv_cdf(0.9))
