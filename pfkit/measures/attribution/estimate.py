"""The whole estimate: growth and leaving fitted together, and as often again as there are draws."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.stats import f as f_distribution

from pfkit.measures.attribution import growth
from pfkit.measures.attribution.adoption import NEVER
from pfkit.measures.attribution.allowances import Allowance, in_use
from pfkit.measures.attribution.churn import at_risk, churn
from pfkit.measures.attribution.combine import Effects, Moments, moments
from pfkit.measures.attribution.groups import by_size, departures, moved
from pfkit.measures.attribution.own import own
from pfkit.measures.attribution.panel import usable
from pfkit.measures.attribution.shapes import Shape, shape
from pfkit.measures.attribution.sparse import sparse
from pfkit.measures.attribution.together import outstanding, pairs_in_use
from pfkit.measures.attribution.waves import expected_use, seen_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.measures.attribution.adoption import Adoption
    from pfkit.measures.attribution.billing import Codes
    from pfkit.measures.attribution.churn import Risk
    from pfkit.measures.attribution.panel import Panel
    from pfkit.measures.medians import Array, Flags

#: Blocks of customers that are drawn as one.
BLOCKS: Final = 400
_FEWEST_MONTHS: Final = 4
_SAMPLE: Final = 3000
_ROUGH: Final = 50
#: Share of an effect by which revenue may move in any month before first use; below the trifle
#: (logs) it never matters.
MATERIAL: Final = 0.2
TRIFLE: Final = 0.01
#: p-value of the months before first use from which use follows revenue.
LEAD_P: Final = 0.01


@dataclass(frozen=True)
class Leads:
    """Whether revenue moved before first use: mean and largest of the months, and the p-value."""

    mean: Array
    largest: Array
    p: Array

    def follows(self, lift: Array) -> Flags:
        """Return where use follows revenue: it moved, and by more than a trifle."""
        trifle = np.maximum(MATERIAL * np.abs(lift), TRIFLE)
        return np.asarray((self.p < LEAD_P) & (self.largest > trifle))


@dataclass(frozen=True)
class Estimate:
    """What features do.

    Attributes
    ----------
    effects : Effects
        The best estimate.
    first : numpy.ndarray
        Customers × features: month from which a feature has its effect.
    hazard : numpy.ndarray
        Customers × months: the chance to leave.
    moments : Moments
        Revenue by feature and age.
    draws : numpy.ndarray
        Draws × features: incremental revenue with customers weighted anew.
    leads : Leads
        The months before first use.
    growth : float
        What one standard deviation of own growth adds to the log hazard of leaving.
    shift : float
        What sways those who choose, in log hazard of leaving.
    follows : numpy.ndarray
        By feature: use follows revenue, by the months before it.
    swayed : numpy.ndarray
        By feature: given out by lot, and use within waves follows revenue, so that growth is what
        waves alone say.
    """

    effects: Effects
    first: Codes
    hazard: Array
    moments: Moments
    draws: Array
    leads: Leads
    growth: float
    shift: float
    follows: Flags
    swayed: Flags


def estimate(
    panel: Panel, adopted: Adoption, *, told: Flags, by_lot: Flags, draws: int, seed: int
) -> Estimate:
    """Fit growth and leaving.

    Parameters
    ----------
    panel : Panel
        Customers by months.
    adopted : Adoption
        Who took up what.
    told : numpy.ndarray
        By feature: whether others can be compared with; the rest is left out.
    by_lot : numpy.ndarray
        By feature: whether availability was given out by lot.
    draws, seed : int
        How often customers are weighted anew, and where chance starts.
    """
    rng = np.random.default_rng(seed)
    first = np.where(told[None, :], adopted.first, NEVER)
    there = panel.there()
    logs, seen = usable(panel.local, there)
    study = growth.Study(logs, growth.Masks.of_rows(seen), first, panel.cell)
    counted = np.flatnonzero(seen.sum(1) >= _FEWEST_MONTHS)
    block = growth.block_numbers(panel.cell, np.arange(len(panel.names)), BLOCKS, rng)
    noise, scale = _noise(study, counted, panel.amount.sum(1), rng)
    lots = np.flatnonzero(by_lot & told).tolist()
    stand_ins = [_stand_in(panel, adopted, one, there) for one in lots]
    pairs = pairs_in_use(first, panel.months, told)
    columns = growth.Columns(first.shape[1], tuple(lots), pairs)
    blocks = growth.gather(
        study, block, counted, columns, noise=noise, scale=scale, stand_ins=stand_ins
    )
    grown, leads = _Growth.fitted(blocks, columns, ()), _leads(blocks, columns)
    paid = moments(panel, first, np.zeros(panel.local.shape)).revenue
    follows, swayed = leads.follows(grown.mean(paid)), np.zeros(len(told), dtype=bool)
    swayed[lots] = follows[lots]
    if bool(swayed.any()):
        grown = _Growth.fitted(blocks, columns, np.flatnonzero(swayed).tolist(), grown.kept)
    mine = own(_rest(study, grown.fit, columns), study.masks, noise, panel.cell)
    risk = _at_risk(panel, adopted, first, mine.size, lots)
    leaving = churn(risk, mine.growth, _takers(adopted, first, there, told), block)
    what = seen_of(leaving.effects, leaving.covariance(), told, lots)
    stays = sparse(what.effects, what.errors, what.choice, what.shifts, what.shift_errors)
    grown, allowance = _over_revenue(grown, panel, first, noise)
    money = moments(panel, first, leaving.hazard, grown.pairs)
    again = [grown.again(rng.standard_exponential(int(block.max()) + 1)) for _ in range(draws)]
    effects = [
        grown.effects(fit, hazards)
        for fit, hazards in zip(again, stays.draws(draws, rng), strict=True)
    ]
    return Estimate(
        effects=grown.effects(grown.fit, stays.mean),
        first=first,
        hazard=leaving.hazard,
        moments=money,
        draws=allowance.allowed(money, effects, grown.effects(grown.fit, np.zeros(len(told))), rng),
        leads=leads,
        growth=leaving.growth,
        shift=stays.shift,
        follows=follows,
        swayed=swayed,
    )


@dataclass(frozen=True)
class _Growth:
    """The event study, ready to be fitted again with customers weighted anew."""

    blocks: growth.Blocks
    columns: growth.Columns
    right: Codes
    left: Codes
    fit: growth.Solved
    shapes: list[Shape]
    kept: tuple[int, ...]
    moved: Array

    @classmethod
    def fitted(
        cls,
        blocks: growth.Blocks,
        columns: growth.Columns,
        lots: Sequence[int],
        kept: Sequence[int] | None = None,
    ) -> _Growth:
        """Fit with the pairs that are `kept`; by default with those that stand out."""
        if kept is None:
            kept = outstanding(blocks, columns)
        every = [columns.lags(one) for one in range(columns.features)]
        right = np.concatenate([*every, *(columns.both(pair) for pair in kept)])
        left = right.copy()
        for one in lots:
            left[columns.lags(one)] = columns.instrument(one)
        fit = growth.solve(blocks, right, left, scores=True)
        return cls(
            blocks,
            columns,
            right,
            left,
            fit,
            _shapes(fit, columns),
            tuple(kept),
            np.zeros(columns.features),
        )

    @property
    def pairs(self) -> growth.Pairs:
        """Return the pairs that do something together."""
        return tuple(self.columns.pairs[one] for one in self.kept)

    @cached_property
    def slim(self) -> tuple[growth.Blocks, Codes]:
        """Return the sums of the columns that are fitted, and which these are."""
        every = np.union1d(self.right, self.left)
        return self.blocks.only(every), every

    def again(self, weights: Array) -> growth.Solved:
        """Fit again with blocks weighted anew."""
        blocks, every = self.slim
        right, left = (np.searchsorted(every, way) for way in (self.right, self.left))
        found = growth.solve(blocks, right, left, weights)
        effects = np.full(len(self.fit.effects), np.nan)
        effects[every] = found.effects
        return replace(found, effects=effects)

    def lifts(self, fit: growth.Solved) -> Array:
        """Return effects by feature and age, drawn together."""
        effects = np.nan_to_num(fit.effects)
        every = [one.gain @ effects[self.columns.lags(at)] for at, one in enumerate(self.shapes)]
        return np.stack(every) @ growth.COURSE.T + self.moved[:, None]

    def mean(self, paid: Array) -> Array:
        """Return the mean effect of each feature over what is paid at each age."""
        return np.asarray((paid * self.lifts(self.fit)).sum(1) / np.maximum(paid.sum(1), 1e-9))

    def effects(self, fit: growth.Solved, hazards: Array) -> Effects:
        """Return what features do, alone and together."""
        more = [fit.effects[self.columns.both(pair)[0]] for pair in self.kept]
        return Effects(self.lifts(fit), hazards, self.pairs, np.nan_to_num(np.array(more)))


def nothing(panel: Panel, features: int, draws: int) -> Estimate:
    """Return what is known where no feature can be compared: nothing."""
    nan = np.full(features, np.nan)
    zero = np.zeros((features, growth.AGES))
    return Estimate(
        effects=Effects(zero, np.zeros(features)),
        first=np.full((len(panel.names), features), NEVER),
        hazard=np.zeros(panel.local.shape),
        moments=Moments(zero, zero, zero),
        draws=np.zeros((draws, features)),
        leads=Leads(nan, nan, nan),
        growth=0.0,
        shift=0.0,
        follows=np.zeros(features, dtype=bool),
        swayed=np.zeros(features, dtype=bool),
    )


def _over_revenue(
    grown: _Growth, panel: Panel, first: Codes, noise: Array
) -> tuple[_Growth, Allowance]:
    """Return growth with effects as they are over revenue, and what its intervals allow for."""
    group = by_size(panel.amount, panel.cell)
    use = in_use(panel, first, group[panel.cell])
    paid = moments(panel, first, np.zeros(panel.local.shape)).revenue
    ways = (grown.right, grown.left)
    off, error = departures(grown.blocks, grown.columns, grown.fit, ways, group)
    found = moved(off, error, grown.mean(paid), use.share)
    level = float(np.sqrt(np.diag(noise).mean()))
    return replace(grown, moved=found.shift), Allowance(use, level, found.error)


def _stand_in(panel: Panel, adopted: Adoption, feature: int, there: Flags) -> growth.StandIn:
    """Return the use that is expected of customers of the same wave, cell and size."""
    opened = np.minimum(adopted.available[:, feature], panel.months)
    at = np.minimum(panel.entry, panel.months - 1)
    start = panel.local[np.arange(len(at)), at]
    large = np.zeros(len(at), dtype=np.int64)
    for cell in np.unique(panel.cell):
        mine = np.flatnonzero((panel.cell == cell) & (panel.entry < panel.months))
        if len(mine):
            large[mine] = start[mine] > np.median(start[mine])
    kinds = np.stack([opened, panel.cell, large])
    _, group = np.unique(kinds, axis=1, return_inverse=True)
    return growth.StandIn.of(feature, adopted.first[:, feature], group.ravel() + 1, there)


def _noise(
    study: growth.Study, counted: Codes, size: Array, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Return how noise goes together, and how large it is in each customer."""
    features, months = study.first.shape[1], study.logs.shape[1]
    columns = growth.Columns(features, ())
    sample = rng.permutation(counted)[:_SAMPLE]
    lags = np.concatenate([columns.lags(one) for one in range(features)])
    block = growth.block_numbers(study.cell, np.arange(len(study.cell)), _ROUGH, rng)
    blocks = growth.gather(study, block, sample, columns, noise=np.eye(months))
    rest = _rest(study, growth.solve(blocks, lags, lags), columns)
    noise = growth.noise_of(rest[sample], study.masks, study.masks.of[sample])
    return noise, growth.scale_of(rest, study.masks, noise, size)


def _rest(study: growth.Study, fit: growth.Solved, columns: growth.Columns) -> Array:
    """Return logs of revenue without features and without what a cell's months share."""
    effects = np.nan_to_num(fit.effects)
    lags = np.stack([effects[columns.lags(at)] for at in range(columns.features)])
    more = np.array([effects[columns.both(at)[0]] for at in range(len(columns.pairs))])
    lift = study.lift(lags @ growth.COURSE.T, columns.pairs, more)
    out = study.logs - lift - fit.months[study.cell]
    return np.where(study.masks.known[study.masks.of], out, 0.0)


def _shapes(fit: growth.Solved, columns: growth.Columns) -> list[Shape]:
    """Return how each feature's effects are drawn together."""
    told = np.flatnonzero(np.isfinite(fit.effects))
    meat = fit.scores.T @ fit.scores
    covariance = fit.bread @ meat @ fit.bread.T
    wide = np.zeros((len(fit.effects), len(fit.effects)))
    wide[np.ix_(told, told)] = covariance
    every = [columns.lags(one) for one in range(columns.features)]
    return [shape(fit.effects[at], wide[np.ix_(at, at)]) for at in every]


def _at_risk(panel: Panel, adopted: Adoption, first: Codes, size: Array, lots: list[int]) -> Risk:
    """Return who could leave when; features in use, then what is expected of waves by lot."""
    there, cell = panel.there(), panel.cell
    shape = (*panel.local.shape, first.shape[1] + len(lots))
    use = np.empty(shape)
    use[:, :, : first.shape[1]] = np.arange(panel.months)[None, :, None] >= first[:, None, :]
    for place, lot in enumerate(lots, start=first.shape[1]):
        opened = adopted.available[:, lot]
        use[:, :, place] = expected_use(first[:, lot], opened, cell, there)
    return at_risk(panel.entry, panel.leave, months=panel.months, size=size, in_use=use, cell=cell)


def _takers(
    adopted: Adoption, first: Codes, there: Flags, told: Flags
) -> list[tuple[Flags, Flags]]:
    """Return who could take up each feature when, and who did."""
    at = np.arange(there.shape[1])[None, :]
    found = []
    for one in np.flatnonzero(told):
        ready = there & (at >= adopted.available[:, [one]]) & (at <= first[:, [one]])
        found.append((ready, ready & (at == first[:, [one]])))
    return found


def _leads(blocks: growth.Blocks, columns: growth.Columns) -> Leads:
    """Return the mean of the months before first use, and the test that all are zero."""
    features = columns.features
    both = np.concatenate(
        [columns.lags(one) for one in range(features)]
        + [columns.leads(one) for one in range(features)]
    )
    fit = growth.solve(blocks, both, both, scores=True)
    told = np.flatnonzero(np.isfinite(fit.effects))
    covariance = fit.bread @ (fit.scores.T @ fit.scores) @ fit.bread.T
    mean, largest, p = np.full((3, features), np.nan)
    free = len(blocks.cell) - 1
    for one in range(features):
        mine = np.flatnonzero(np.isin(told, columns.leads(one)))
        if len(mine) == 0:
            continue
        effects = fit.effects[told[mine]]
        inverse = np.linalg.pinv(covariance[np.ix_(mine, mine)], hermitian=True)
        wald = float(effects @ inverse @ effects) / len(mine)
        mean[one], largest[one] = float(effects.mean()), float(np.abs(effects).max())
        p[one] = float(f_distribution.sf(wald, len(mine), free))
    return Leads(mean, largest, p)
