"""The joint event study: what use of each feature does to the logarithm of revenue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
from scipy.optimize import nnls

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.measures.attribution.billing import Codes
    from pfkit.measures.medians import Array, Flags

#: Features that are in use together.
Pairs: TypeAlias = tuple[tuple[int, int], ...]
#: Months since first use at which an effect is told; straight between them, level from the last.
LAGS: Final = (0, 1, 2, 3, 5, 8, 12, 18)
#: Months since first use that are told apart.
AGES: Final = LAGS[-1] + 1
#: Ages × lags: how an effect at any age is made of those that are told.
COURSE: Final = np.stack([np.interp(np.arange(AGES), LAGS, one) for one in np.eye(len(LAGS))], 1)
#: Months before first use that are watched for a rise of their own.
LEADS: Final = (1, 2, 3)
#: Share of a column that must be left after customers, trends and months.
LEAST: Final = 1e-4
_CHUNK: Final = 400
_SAMPLE: Final = 3000
_DRAWN: Final = 8.0  # months' worth of the usual noise in each group's own
_GROUPS: Final = 20
_WILDEST: Final = 25.0


@dataclass(frozen=True)
class Columns:
    """Where each feature's columns stand; the last column of all is the outcome."""

    features: int
    instruments: tuple[int, ...] = ()
    pairs: Pairs = ()

    @property
    def _own(self) -> int:
        return self.features * (len(LAGS) + len(LEADS)) + len(self.pairs)

    @property
    def count(self) -> int:
        """Return the number of columns without the outcome."""
        return self._own + len(self.instruments) * len(LAGS)

    def both(self, pair: int) -> Codes:
        """Return the column of two features in use together."""
        return np.array([self._own - len(self.pairs) + pair])

    def lags(self, feature: int) -> Codes:
        """Return the columns of months since first use."""
        return np.arange(len(LAGS)) + feature * len(LAGS)

    def leads(self, feature: int) -> Codes:
        """Return the columns of months before first use."""
        return np.arange(len(LEADS)) + self.features * len(LAGS) + feature * len(LEADS)

    def instrument(self, feature: int) -> Codes:
        """Return the columns that stand in for use where it was given out by lot."""
        return np.arange(len(LAGS)) + self._own + self.instruments.index(feature) * len(LAGS)


@dataclass(frozen=True)
class Blocks:
    """Sums over blocks of customers, from which any weighting of blocks can be fitted.

    Attributes
    ----------
    cell : numpy.ndarray
        The region × segment of each block.
    months : numpy.ndarray
        Blocks × months × months: what is left of month effects.
    cross : numpy.ndarray
        Blocks × months × columns.
    products : numpy.ndarray
        Blocks × columns × columns.
    """

    cell: Codes
    months: Array
    cross: Array
    products: Array

    def of(self, some: Codes) -> Blocks:
        """Return the sums of some blocks."""
        return Blocks(self.cell[some], self.months[some], self.cross[some], self.products[some])

    def only(self, columns: Codes) -> Blocks:
        """Return the sums of some columns, and of the outcome as the last."""
        every = np.append(columns, self.products.shape[1] - 1)
        products = self.products[:, every[:, None], every]
        return Blocks(self.cell, self.months, self.cross[:, :, every], products)


@dataclass(frozen=True)
class Masks:
    """Months known of each customer, alike ones together."""

    known: Flags
    of: Codes

    @classmethod
    def of_rows(cls, seen: Flags) -> Masks:
        """Return the distinct rows and which row each customer has."""
        packed = np.packbits(seen, axis=1)
        key = np.ascontiguousarray(packed).view(np.dtype((np.void, packed.shape[1]))).ravel()
        _, at, of = np.unique(key, return_index=True, return_inverse=True)
        return cls(seen[at], of.ravel())

    def weights(self, noise: Array) -> Array:
        """Return what takes a customer's level and trend out and weighs months by their noise."""
        months = self.known.shape[1]
        line = np.stack([np.ones(months), np.arange(months) - (months - 1) / 2], axis=1)
        found = np.zeros((len(self.known), months, months))
        for place, known in enumerate(self.known):
            at = np.flatnonzero(known)
            if len(at) <= line.shape[1]:
                continue
            inverse = np.linalg.inv(noise[np.ix_(at, at)])
            left = inverse @ line[at]
            found[place][np.ix_(at, at)] = inverse - left @ np.linalg.solve(
                line[at].T @ left, left.T
            )
        return found


@dataclass(frozen=True)
class Study:
    """Logs of revenue, which months say something, and when each feature was first used."""

    logs: Array
    masks: Masks
    first: Codes
    cell: Codes

    def lift(self, effects: Array, pairs: Pairs = (), more: Array | None = None) -> Array:
        """Return what features do to each customer's logs.

        `effects` is features × ages, `more` what pairs do together beside that.
        """
        months = self.logs.shape[1]
        out = np.zeros(self.logs.shape)
        for feature in range(self.first.shape[1]):
            users = np.flatnonzero(self.first[:, feature] < months)
            at = ages(np.arange(months)[None, :] - self.first[users, feature][:, None])
            out[users] += np.where(at >= 0, effects[feature][np.maximum(at, 0)], 0.0)
        for (one, other), extra in zip(pairs, () if more is None else more.tolist(), strict=True):
            since = np.maximum(self.first[:, one], self.first[:, other])
            out += extra * (np.arange(months)[None, :] >= since[:, None])
        return out


def ages(since: Codes) -> Codes:
    """Return months since first use as far as they are told apart; -1 before it."""
    return np.clip(since, -1, AGES - 1)


def block_numbers(cell: Codes, customers: Codes, blocks: int, rng: np.random.Generator) -> Codes:
    """Return the block of each customer; a block stands within one cell."""
    per = max(1, -(-len(customers) // blocks))
    number, count = np.empty(len(customers), dtype=np.int64), 0
    for one in np.unique(cell[customers]):
        mine = np.flatnonzero(cell[customers] == one)
        parts = max(1, round(len(mine) / per))
        number[rng.permutation(mine)] = count + np.arange(len(mine)) * parts // len(mine)
        count += parts
    return number


@dataclass(frozen=True)
class StandIn:
    """What use of a feature is expected of each group of customers, by month and lag."""

    feature: int
    group: Codes
    expected: Array

    @classmethod
    def of(cls, feature: int, first: Codes, group: Codes, there: Flags) -> StandIn:
        """Return the mean use in each group of the customers that are there; group 0 has none."""
        months = there.shape[1]
        expected = np.zeros((int(group.max()) + 1, months, len(LAGS)))
        at = ages(np.arange(months)[None, :] - first[:, None])
        used = there & (at >= 0)
        count = np.zeros((len(expected), months))
        np.add.at(count, group, there.astype(np.float64))
        who, month = np.nonzero(used)
        np.add.at(expected, (group[who], month), COURSE[at[who, month]])
        expected /= np.maximum(count, 1)[:, :, None]
        expected[0] = 0.0
        return cls(feature, group, expected)


def design(
    first: Codes,
    months: int,
    columns: Columns,
    *,
    stand_ins: Sequence[StandIn] = (),
    who: Codes | None = None,
) -> Array:
    """Return the columns of some customers: customers × months × columns, the outcome's empty."""
    count, features = first.shape
    out = np.zeros((count, months, columns.count + 1))
    age = np.arange(months)[None, :, None] - first[:, None, :]
    place, month, feature = np.nonzero(age >= 0)
    course = COURSE[ages(age[place, month, feature])]
    lags = feature[:, None] * len(LAGS) + np.arange(len(LAGS))
    out[place[:, None], month[:, None], lags] = course
    for turn, lead in enumerate(LEADS):
        place, month, feature = np.nonzero(age == -lead)
        out[place, month, features * len(LAGS) + feature * len(LEADS) + turn] = 1.0
    for turn, (left, right) in enumerate(columns.pairs):
        since = np.maximum(first[:, left], first[:, right])
        out[:, :, columns.both(turn)[0]] = np.arange(months)[None, :] >= since[:, None]
    for one in stand_ins:
        groups = one.group if who is None else one.group[who]
        out[:, :, columns.instrument(one.feature)] = one.expected[groups]
    return out


def gather(
    study: Study,
    block: Codes,
    who: Codes,
    columns: Columns,
    *,
    noise: Array,
    scale: Array | None = None,
    stand_ins: Sequence[StandIn] = (),
) -> Blocks:
    """Return sums by block.

    Parameters
    ----------
    study : Study
        All customers.
    block : numpy.ndarray
        The block of every customer.
    who : numpy.ndarray
        The customers that count.
    columns : Columns
        Where columns stand.
    noise : numpy.ndarray
        Covariance of a customer's months.
    scale : numpy.ndarray, optional
        Variance of each customer's noise beside that.
    stand_ins : sequence of StandIn
        Features given out by lot.
    """
    months, wide, count = study.logs.shape[1], columns.count + 1, int(block.max()) + 1
    weights = study.masks.weights(noise)
    found = Blocks(
        cell=np.zeros(count, dtype=np.int64),
        months=np.zeros((count, months, months)),
        cross=np.zeros((count, months, wide)),
        products=np.zeros((count, wide, wide)),
    )
    found.cell[block] = study.cell
    ordered = who[np.argsort(block[who], kind="stable")]
    edges = np.searchsorted(block[ordered], np.arange(count + 1))
    at = 0
    while at < count:
        stop = at + 1
        while stop < count and edges[stop + 1] - edges[at] <= _CHUNK:
            stop += 1
        mine = ordered[edges[at] : edges[stop]]
        x = design(study.first[mine], months, columns, stand_ins=stand_ins, who=mine)
        x[:, :, -1] = study.logs[mine]
        taken = weights[study.masks.of[mine]]
        if scale is not None:
            taken = taken / scale[mine][:, None, None]
        left = taken @ x
        for one in range(at, stop):
            part = slice(edges[one] - edges[at], edges[one + 1] - edges[at])
            found.months[one] = taken[part].sum(0)
            found.cross[one] = left[part].sum(0)
            found.products[one] = x[part].reshape(-1, wide).T @ left[part].reshape(-1, wide)
        at = stop
    return found


@dataclass(frozen=True)
class Solved:
    """One fit of the event study.

    Attributes
    ----------
    effects : numpy.ndarray
        By column; NaN where nothing tells it.
    months : numpy.ndarray
        Cells × months: what all customers of a cell share.
    scores : numpy.ndarray
        Blocks × columns, or empty.
    bread : numpy.ndarray
        Inverse of the products of the columns that were fitted.
    """

    effects: Array
    months: Array
    scores: Array
    bread: Array


def remaining(blocks: Blocks, columns: Codes) -> Array:
    """Return products of columns and, last, the outcome, with months of cells taken out."""
    every = np.append(columns, blocks.products.shape[1] - 1)
    taken = blocks.products.sum(0)[np.ix_(every, every)]
    for cell in np.unique(blocks.cell):
        mine = np.flatnonzero(blocks.cell == cell)
        cross = blocks.cross[mine].sum(0)[:, every]
        inverse = np.linalg.pinv(blocks.months[mine].sum(0), rcond=1e-8, hermitian=True)
        taken = taken - cross.T @ inverse @ cross
    return np.asarray(taken)


def solve(
    blocks: Blocks, right: Codes, left: Codes, weights: Array | None = None, *, scores: bool = False
) -> Solved:
    """Fit the columns `right` by the instruments `left`, the same where nothing stands in.

    Columns of which less than `LEAST` is left are not told.
    """
    cells = int(blocks.cell.max()) + 1
    each = np.ones(len(blocks.cell)) if weights is None else weights
    products = np.tensordot(each, blocks.products, 1)
    every = np.append(np.union1d(right, left), products.shape[0] - 1)
    shared: list[tuple[Array, Array]] = []
    taken = products[np.ix_(every, every)]
    for cell in range(cells):
        mine = np.flatnonzero(blocks.cell == cell)
        total = np.tensordot(each[mine], blocks.months[mine], 1)
        cross = np.tensordot(each[mine], blocks.cross[mine][:, :, every], 1)
        inverse = np.asarray(np.linalg.pinv(total, rcond=1e-8, hermitian=True), dtype=np.float64)
        shared.append((inverse, cross))
        taken = taken - cross.T @ inverse @ cross
    place = {int(column): at for at, column in enumerate(every.tolist())}
    size = np.diag(products)[every]
    told = np.diag(taken) > LEAST * np.maximum(size, LEAST * float(size.max()))
    kept = np.array(
        [told[place[int(a)]] and told[place[int(b)]] for a, b in zip(right, left, strict=True)]
    )
    x = np.array([place[int(a)] for a in right[kept]], dtype=np.int64)
    z = np.array([place[int(a)] for a in left[kept]], dtype=np.int64)
    normal = taken[np.ix_(z, x)]
    bread = np.linalg.pinv(normal, rcond=1e-9)
    found = bread @ taken[z, -1]
    effects = np.full(products.shape[0] - 1, np.nan)
    effects[right[kept]] = found
    by_month = np.stack(
        [inverse @ (cross[:, -1] - cross[:, x] @ found) for inverse, cross in shared]
    )
    if not scores:
        return Solved(effects, by_month, np.zeros((0, 0)), bread)
    return Solved(
        effects,
        by_month,
        _scores(blocks, every=every, x=x, z=z, found=found, by_month=by_month, shared=shared),
        bread,
    )


def _scores(
    blocks: Blocks,
    *,
    every: Codes,
    x: Codes,
    z: Codes,
    found: Array,
    by_month: Array,
    shared: list[tuple[Array, Array]],
) -> Array:
    """Return what each block adds to the normal equations, at the fit."""
    out = np.zeros((len(blocks.cell), len(z)))
    wide = len(every) - 1
    for place, cell in enumerate(blocks.cell.tolist()):
        products, cross = (
            blocks.products[place][np.ix_(every, every)],
            blocks.cross[place][:, every],
        )
        inverse, total = shared[cell]
        own = products[z, wide] - products[np.ix_(z, x)] @ found - cross[:, z].T @ by_month[cell]
        rest = cross[:, wide] - cross[:, x] @ found - blocks.months[place] @ by_month[cell]
        out[place] = own - (inverse @ total[:, z]).T @ rest
    return out


def scale_of(residuals: Array, masks: Masks, noise: Array, size: Array) -> Array:
    """Return the variance of noise beside the usual, of customers of like size.

    A customer's own would lean to those on whom a feature does nothing: an effect that differs
    between customers looks like noise.
    """
    taker = masks.weights(noise)
    left = np.einsum("nt,nt->n", residuals, _taken(taker, masks.of, residuals))
    free = np.maximum(masks.known.sum(1)[masks.of] - 2, 0)
    usual = float(np.median(left[free > 0] / free[free > 0])) if bool((free > 0).any()) else 1.0
    ratio = np.minimum(left / max(usual, 1e-12), _WILDEST * np.maximum(free, 1))
    order = np.argsort(np.argsort(size, kind="stable"), kind="stable")
    group = order * _GROUPS // len(size)
    total = np.bincount(group, np.where(free > 0, ratio, 0.0))
    return np.asarray(((_DRAWN + total) / (_DRAWN + np.bincount(group, free)))[group])


def _taken(taker: Array, of: Codes, residuals: Array) -> Array:
    out = np.empty_like(residuals)
    for start in range(0, len(of), _SAMPLE):
        part = slice(start, start + _SAMPLE)
        out[part] = (taker[of[part]] @ residuals[part][:, :, None])[:, :, 0]
    return out


def noise_of(residuals: Array, masks: Masks, of: Codes) -> Array:
    """Return how the noise of a customer's months goes together.

    The products of what is left after level and trend are set against those of noise that is new
    each month, noise that lingers, levels that wander and growth that wanders, none below zero.
    """
    months = residuals.shape[1]
    full = masks.known.sum(1)
    long = full[of] >= max(6, int(0.75 * months))
    if int(long.sum()) < 50:  # noqa: PLR2004
        known = masks.known[of]
        spread = float(residuals[known].var()) if bool(known.any()) else 1.0
        return np.eye(months) * max(spread, 1e-6)
    taker = masks.weights(np.eye(months))
    used, number = np.unique(of[long], return_counts=True)
    left = np.einsum("nts,ns->nt", taker[of[long]], residuals[long])
    limit = 6 * float(np.median(np.abs(left[left != 0]))) if bool((left != 0).any()) else 1.0
    left = np.clip(left, -limit, limit)
    seen = (left.T @ left) / int(long.sum())
    parts = [
        np.einsum("m,mts->ts", number / number.sum(), taker[used] @ part @ taker[used])
        for part in _parts(months)
    ]
    upper = np.triu_indices(months)
    share, _ = nnls(np.stack([part[upper] for part in parts], axis=1), seen[upper])
    noise = np.einsum("k,kts->ts", share, np.stack(_parts(months)))
    least = 1e-3 * float(np.trace(noise)) / months + 1e-8
    return np.asarray(noise + least * np.eye(months))


def _parts(months: int) -> list[Array]:
    at = np.arange(months)
    apart = np.abs(at[:, None] - at[None, :])
    near = np.minimum(at[:, None], at[None, :]) + 1.0
    steps = np.tril(np.ones((months, months)))
    return [
        np.eye(months),
        0.4**apart,
        0.7**apart,
        0.9**apart,
        near / months,
        steps @ (0.8**apart) @ steps.T / months**2,
        steps @ near @ steps.T / months**3,
    ]
