"""Every rate at which a row of cash flows is worth nothing: none missed, each proven."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Inflows and outlays whose present values differ by no more than this share count as equal:
#: roots with nothing larger between them are one, and a root may come this close without crossing.
RESOLUTION: Final = 1e-13
_EPSILON: Final = float(np.finfo(np.float64).eps)
_CELLS: Final = 2_000_000  # measured at once, for the memory's sake
_MOST_BOXES: Final = 20_000
_TINY: Final = -600.0
_STILL: Final = 2.5e-7
_SAME: Final = 2e-6  # over the span: roots that rounding may have made of one
_FINE: Final = 1e-9
_ROUNDS: Final = 120
_STEPS: Final = 200


@dataclass(frozen=True)
class Break:
    """A rate at which present value is zero.

    Attributes
    ----------
    force : float
        ln(1 + rate).
    touches : bool
        Present value comes to zero there without changing its sign.
    """

    force: float
    touches: bool = False


class Side:
    """The inflows, or the outlays, of a row of cash flows."""

    def __init__(
        self, times: Floats, amounts: Floats, logs: Floats, ends: tuple[float, float]
    ) -> None:
        first, last = ends
        self.first, self.last = float(times[0]), float(times[-1])
        self.times = times
        self.logs = logs
        self.amounts, self.lift = _lifted(np.ones(len(times)), amounts, logs)
        self.after = times - first
        self.before = times - last

    def at(self, forces: Floats) -> tuple[Floats, Floats]:
        """Return the log of present value, and the duration, at each force of interest."""
        backward = forces < 0  # times from the end that weighs most: the least rounding
        if backward.all() or not backward.any():
            powers = np.multiply.outer(-forces, self.before if backward[0] else self.after)
        else:
            powers = -forces[:, None] * np.where(backward[:, None], self.before, self.after)
        top = (powers + self.logs).max(axis=1)
        powers += self.lift - top[:, None]
        with np.errstate(under="ignore"):
            weights = np.exp(powers, out=powers)
            weights *= self.amounts
            worth = weights.sum(axis=1)
            return np.log(worth) + top, weights @ self.times / worth


class Flows:
    """Cash flows by time, ascending, one a time, none of them zero, and of both signs."""

    def __init__(self, times: Sequence[float] | Floats, amounts: Sequence[float] | Floats) -> None:
        self.times = np.asarray(times, dtype=np.float64)
        given = np.asarray(amounts, dtype=np.float64)
        largest = np.abs(given).max()
        with np.errstate(under="ignore"):
            self.amounts = given / largest
        self.logs = np.log(np.abs(given)) - np.log(largest)
        self.signed, self.lift = _lifted(np.sign(given), self.amounts, self.logs)
        ends = float(self.times[0]), float(self.times[-1])
        self.after, self.before = self.times - ends[0], self.times - ends[1]
        self.span = ends[1] - ends[0]
        inward = given > 0
        self.starts_inward, self.ends_inward = bool(inward[0]), bool(inward[-1])
        self.sign_changes = int((inward[1:] != inward[:-1]).sum())
        self.inflows = self._side(inward, ends)
        self.outlays = self._side(~inward, ends)

    def _side(self, there: NDArray[np.bool_], ends: tuple[float, float]) -> Side:
        return Side(self.times[there], np.abs(self.amounts[there]), self.logs[there], ends)

    def terms(self, force: float) -> Floats:
        """Return the present value of each flow; the largest is as large as any amount."""
        powers = (self.after if force >= 0 else self.before) * -force
        with np.errstate(under="ignore"):
            top = (powers + self.logs).max()
            weights: Floats = self.signed * np.exp(powers + self.lift - top)
        return weights

    def noise(self, force: float, weights: Floats) -> float:
        """Return what rounding may have done to the sum of these present values."""
        turns = 2.0 + abs(force) * np.abs(self.after if force >= 0 else self.before)
        return float(_EPSILON * (np.abs(weights) @ turns))

    def at(self, forces: Floats) -> Nodes:
        """Measure both sides at each force of interest."""
        step = max(1, _CELLS // len(self.times))
        pieces = [forces[place : place + step] for place in range(0, len(forces), step)]
        parts = [(piece, *self.inflows.at(piece), *self.outlays.at(piece)) for piece in pieces]
        if len(parts) == 1:
            return self._nodes(*parts[0])
        return self._nodes(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    @staticmethod
    def _nodes(
        forces: Floats, gain: Floats, longer: Floats, cost: Floats, shorter: Floats
    ) -> Nodes:
        return Nodes(forces, gain - cost, longer, shorter)


def _lifted(signs: Floats, amounts: Floats, logs: Floats) -> tuple[Floats, Floats | float]:
    """Return amounts and what is added to their powers; logs take over where amounts are tiny.

    A product is as exact as its factors, a sum of logs is not, but no power of e makes up for an
    amount below 1e-260 of the largest.
    """
    return (signs, logs) if logs.min() < _TINY else (amounts, 0.0)


@dataclass(frozen=True)
class Nodes:
    """What was measured at some forces of interest.

    Attributes
    ----------
    forces : numpy.ndarray
        ln(1 + rate).
    gaps : numpy.ndarray
        Log of the present value of the inflows less that of the outlays; zero at a root.
    longer, shorter : numpy.ndarray
        Duration of the inflows and of the outlays. Both only fall as the rate rises.
    """

    forces: Floats
    gaps: Floats
    longer: Floats
    shorter: Floats

    def take(self, places: NDArray[np.bool_] | slice) -> Nodes:
        """Return some of them."""
        return Nodes(*(column[places] for column in self.columns))

    def then(self, other: Nodes) -> Nodes:
        """Return these and the others."""
        pairs = zip(self.columns, other.columns, strict=True)
        return Nodes(*(np.concatenate(pair) for pair in pairs))

    @property
    def columns(self) -> tuple[Floats, Floats, Floats, Floats]:
        """The four columns."""
        return self.forces, self.gaps, self.longer, self.shorter


Bracket = tuple[float, float]


def breaks(flows: Flows) -> list[Break]:
    r"""Return every force of interest at which the flows are worth nothing, ascending.

    Parameters
    ----------
    flows : Flows
        At least one inflow and one outlay.

    Returns
    -------
    list of Break
        Roots that `RESOLUTION` cannot tell apart are one.

    Notes
    -----
    With P and N the present values of inflows and outlays, a root is a zero of
    :math:`g(s) = \ln P(s) - \ln N(s)`, s = ln(1 + r). Its slope is the duration of the outlays
    less that of the inflows, and a duration only falls as s rises: the durations at both ends of
    an interval bound the slope within. An interval is done when the bounds prove that g is
    monotone there (then the signs at its ends say whether there is a root), or that g cannot come
    to zero; otherwise it is halved. Outside the outermost points the same bounds hold, with the
    first, or the last, time of each side as its duration.
    """
    paid, got = flows.outlays, flows.inflows
    if paid.last < got.first or got.last < paid.first:  # one after the other: monotone all along
        ends = [(-math.inf, math.inf, got.last < paid.first)]
        return [Break(force) for force in _solved(flows, ends)]
    brackets, low = _isolated(_covering(flows), flows)
    found = [Break(force) for force in _solved(flows, brackets)]
    return _apart(_resolved(flows, found, _stretches(low)), _SAME / flows.span)


def _covering(flows: Flows) -> Nodes:
    """Measure a grid outside which there is no root: fine around 0 and coarser outwards."""
    gaps = np.diff(flows.times)
    up, down = (
        np.exp2(np.arange(-1, math.ceil(math.log2(flows.span / gaps[end])) + 3)) / flows.span
        for end in (0, -1)
    )
    nodes = flows.at(np.concatenate([-down[::-1], [0.0], up]))
    while not _sure(flows, nodes, top=True):
        nodes = nodes.then(flows.at(nodes.forces[-1:] * 2))
    while not _sure(flows, nodes, top=False):
        nodes = flows.at(nodes.forces[:1] * 2).then(nodes)
    return nodes


def _sure(flows: Flows, nodes: Nodes, *, top: bool) -> bool:
    """Return whether the bounds prove that there is no root beyond the last, or first, node."""
    end = -1 if top else 0
    longer, shorter, gap = nodes.longer[end], nodes.shorter[end], nodes.gaps[end]
    if top:
        proven = longer < flows.outlays.first and gap > 0
        proven |= shorter < flows.inflows.first and gap < 0
    else:
        proven = longer > flows.outlays.last and gap > 0
        proven |= shorter > flows.inflows.last and gap < 0
    return bool(proven)


def _isolated(nodes: Nodes, flows: Flows) -> tuple[list[tuple[float, float, bool]], list[Bracket]]:
    """Return intervals with one root each, and those in which g is zero as far as can be told."""
    left, right = nodes.take(slice(None, -1)), nodes.take(slice(1, None))
    brackets: list[tuple[float, float, bool]] = []
    low: list[Bracket] = []
    for _ in range(_ROUNDS):
        least, most = right.shorter - left.longer, left.shorter - right.longer
        monotone = (least >= 0) | (most <= 0)
        sides = np.sign(left.gaps) * np.sign(right.gaps)
        crossed = monotone & (sides < 0)
        brackets += [(*ends, right.gaps[place] > 0) for place, ends in _ends(left, right, crossed)]
        for end in (left, right):  # a piece may begin or end at zero, or as near as can be told
            near = monotone & (sides >= 0) & (np.abs(end.gaps) <= RESOLUTION)
            low += [ends for _, ends in _ends(end, end, near)]
        clear = (sides > 0) & (_nearest(left, right, least, most) > RESOLUTION)
        middle = (left.forces + right.forces) / 2
        fine = (middle <= left.forces) | (middle >= right.forces)
        fine |= _flat(left, right, most - least)
        rest = ~monotone & ~clear
        low += [ends for _, ends in _ends(left, right, rest & fine)]
        rest &= ~fine
        left, right = left.take(rest), right.take(rest)
        if not rest.any() or len(left.forces) > _MOST_BOXES:
            break
        halves = flows.at(middle[rest])
        left, right = left.then(halves), halves.then(right)
    low += [ends for _, ends in _ends(left, right, np.ones(len(left.forces), dtype=np.bool_))]
    return brackets, low


def _ends(left: Nodes, right: Nodes, where: NDArray[np.bool_]) -> list[tuple[int, Bracket]]:
    return [
        (int(place), (float(left.forces[place]), float(right.forces[place])))
        for place in np.flatnonzero(where)
    ]


def _nearest(left: Nodes, right: Nodes, least: Floats, most: Floats) -> Floats:
    """Return how near to zero g may come between ends of one sign, by the bounds of its slope."""
    above = left.gaps > 0
    first, last = np.abs(left.gaps), np.abs(right.gaps)
    down = np.minimum(np.where(above, least, -most), 0.0)
    up = np.maximum(np.where(above, most, -least), 0.0)
    width = right.forces - left.forces
    place = (first - last + up * width) / np.maximum(up - down, np.finfo(np.float64).tiny)
    lowest: Floats = first + down * np.clip(place, 0.0, width)
    return np.minimum(lowest, np.minimum(first, last))


def _solved(flows: Flows, brackets: list[tuple[float, float, bool]]) -> list[float]:
    """Return the zero of g in each interval that has one: Newton's steps, held by the interval."""
    if not brackets:
        return []
    low, high, rising = (np.array(column) for column in zip(*brackets, strict=True))
    forces = np.zeros(len(low))
    closed = np.isfinite(high - low)
    forces[closed] = (low[closed] + high[closed]) / 2
    for _ in range(_STEPS):
        nodes = flows.at(forces)
        slopes = nodes.shorter - nodes.longer
        above = (nodes.gaps > 0) == rising
        low, high = np.where(above, low, forces), np.where(above, forces, high)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            following = forces - nodes.gaps / slopes
            held = (low < following) & (following < high)
            following = np.where(held, following, _between(low, high, flows.span))
        following = np.where(nodes.gaps == 0, forces, following)
        near = np.abs(following - forces) <= 2 * _EPSILON * np.abs(forces)
        if near.all():
            break
        forces = following
    return [_corrected(flows, force) for force in forces.tolist()]


def _between(low: Floats, high: Floats, span: float) -> Floats:
    """Return a point inside each interval, further out where it has no end."""
    above, below = np.maximum(2 * low, low + 1 / span), np.minimum(2 * high, high - 1 / span)
    inside: Floats = np.where(np.isinf(high), above, np.where(np.isinf(low), below, 0.0))
    closed = np.isfinite(high - low)
    inside[closed] = (low[closed] + high[closed]) / 2
    return inside


def _corrected(flows: Flows, force: float) -> float:
    """Return a root after one more step, with the sum of present values added up exactly."""
    weights = flows.terms(force)
    turned = float(weights @ (flows.after if force >= 0 else flows.before))
    step = math.fsum(weights.tolist()) / turned if turned else 0.0
    return force + step if abs(step) <= _FINE * (abs(force) + 1 / flows.span) else force


def _flat(left: Nodes, right: Nodes, bend: Floats) -> NDArray[np.bool_]:
    """Return where g stays within the resolution of zero, or cannot be told from its ends.

    `bend` is how much the slope may change; times the width it bounds what g does in between. Where
    g and its slope are nothing at both ends, what is left is of the fourth order in the width.
    """
    width = right.forces - left.forces
    still = bend * width <= _STILL
    for end in (left, right):
        still &= np.abs(end.gaps) <= RESOLUTION
        still &= np.abs(end.shorter - end.longer) * width <= RESOLUTION
    return still | (bend * width <= RESOLUTION / 8)


def _stretches(low: list[Bracket]) -> list[Bracket]:
    """Join adjoining intervals."""
    joined: list[Bracket] = []
    for start, end in sorted(low):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def _resolved(flows: Flows, found: list[Break], low: list[Bracket]) -> list[Break]:
    """Look closely at each stretch in which g is nothing, with the roots that adjoin it."""
    roots = {root.force: root for root in found}
    spans = sorted([(force, force) for force in roots] + low)
    stretches: list[tuple[float, float, bool]] = []
    for start, end in spans:
        flat = (start, end) in low
        if stretches and (flat or stretches[-1][2]) and _level(flows, stretches[-1][1], start):
            stretches[-1] = stretches[-1][0], max(end, stretches[-1][1]), True
        else:
            stretches.append((start, end, flat))
    resolved: list[Break] = []
    for start, end, flat in stretches:
        resolved += _magnified(flows, start, end) if flat else [roots[start]]
    return resolved


def _level(flows: Flows, start: float, end: float) -> bool:
    """Return whether g is no larger than the resolution anywhere between two roots."""
    gaps = flows.at(np.linspace(start, end, 9)[1:-1]).gaps
    return bool((np.abs(gaps) <= 4 * RESOLUTION).all())


def _magnified(flows: Flows, start: float, end: float) -> list[Break]:
    """Return the roots in a stretch where g is nothing, from where it turns and changes its sign.

    Between two turns g has a root where its signs differ. Where it turns towards zero and comes
    as near as the resolution, it touches.
    """
    weights = flows.terms(start)
    noise = 2 * flows.noise(start, weights) / float(np.abs(weights).sum())
    reach = max((end - start) / 16, 1e-9 / flows.span)
    start, end = (_out(flows, edge, step, noise) for edge, step in ((start, -reach), (end, reach)))
    nodes = flows.at(np.linspace(start, end, 257))
    forces, slopes = nodes.forces, nodes.shorter - nodes.longer
    turns = np.flatnonzero((slopes[1:] >= 0) != (slopes[:-1] >= 0))
    bends = slopes[turns + 1] - slopes[turns]
    places = forces[turns] - np.diff(forces)[turns] * slopes[turns] / bends
    knots = flows.at(np.concatenate([forces[:1], places, forces[-1:]]))
    gaps, at = knots.gaps, knots.forces.tolist()
    towards = gaps[1:-1] * bends > 0
    near = np.abs(gaps[1:-1])
    found = [
        Break(place, touches=True)
        for place, here in zip(
            at[1:-1], (near <= noise) | (towards & (near <= RESOLUTION)), strict=True
        )
        if here
    ]
    clear = np.where(np.abs(gaps) > noise, np.sign(gaps), 0.0)
    brackets = [
        (at[place], at[place + 1], bool(gaps[place + 1] > 0))
        for place in np.flatnonzero(clear[1:] * clear[:-1] < 0).tolist()
    ]
    found += [Break(force) for force in _solved(flows, brackets)]
    return sorted(found, key=lambda root: root.force)


def _out(flows: Flows, edge: float, step: float, noise: float) -> float:
    """Return a point outside a stretch at which g can be told from zero."""
    nodes = flows.at(edge + step * np.exp2(np.arange(40)))
    told = np.flatnonzero(np.abs(nodes.gaps) > 2 * noise)
    return float(nodes.forces[told[0] if len(told) else -1])


def _apart(roots: list[Break], least: float) -> list[Break]:
    """Make one of roots that rounding may have made of one."""
    groups: list[list[Break]] = []
    for root in roots:
        if groups and root.force - groups[-1][-1].force <= least:
            groups[-1].append(root)
        else:
            groups.append([root])
    return [
        Break(
            sum(root.force for root in group) / len(group),
            touches=sum(not root.touches for root in group) % 2 == 0,
        )
        for group in groups
    ]
