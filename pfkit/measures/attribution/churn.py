"""The hazard of leaving: what use of each feature does to it, beside size and own growth.

Growth of a customer is not known, only estimated, and it drives both who takes a feature up and
who stays. It is therefore one hidden figure per customer that revenue, adoption and leaving share,
and its distribution is fitted together with the hazards (EM).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from pfkit.measures.attribution.billing import Codes
    from pfkit.measures.medians import Array, Flags

#: Where the hidden growth is evaluated, in standard deviations.
NODES: Final = np.linspace(-3.5, 3.5, 19)
_ROUNDS: Final = 8
_STEPS: Final = 3
_LONGEST_STEP: Final = 1.0
_PRIOR: Final = 1.0  # standard deviation of a log hazard ratio before anything is seen
#: Customers that left below which nothing is said of leaving.
LEFT: Final = 30


@dataclass(frozen=True)
class Risk:
    """Who could leave when, and what they were like the month before.

    Attributes
    ----------
    exposed, left : numpy.ndarray
        Customers × months: still there the month before; gone since.
    fixed : numpy.ndarray
        Customers × what does not change: size, there from the first month.
    since : numpy.ndarray
        Customers × months: logarithm of months as a customer.
    in_use : numpy.ndarray
        Customers × months × features: in use the month before, or the chance of it.
    cell : numpy.ndarray
        Region × segment.
    """

    exposed: Flags
    left: Flags
    fixed: Array
    since: Array
    in_use: Array
    cell: Codes


@dataclass(frozen=True)
class Churn:
    """The hazard of leaving.

    Attributes
    ----------
    effects : numpy.ndarray
        What each feature adds to the log hazard.
    bread : numpy.ndarray
        Inverse of the information, features last.
    scores : numpy.ndarray
        Blocks × coefficients: what each block adds to the score.
    hazard : numpy.ndarray
        Customers × months: expected chance to leave, zero where there is no risk.
    growth : float
        What one standard deviation of own growth adds to the log hazard.
    """

    effects: Array
    bread: Array
    scores: Array
    hazard: Array
    growth: float

    def covariance(self) -> Array:
        """Return how errors of effects go together, robust by block, no error below the usual."""
        robust = self.bread @ (self.scores.T @ self.scores) @ self.bread
        usual, own = np.diag(self.bread), np.diag(robust)
        wider = np.sqrt(np.maximum(usual / np.maximum(own, 1e-300), 1.0))
        at = len(wider) - len(self.effects)
        return np.asarray((robust * wider * wider[:, None])[at:, at:])

    def errors(self) -> Array:
        """Return the standard error of each effect."""
        return np.asarray(np.sqrt(np.diag(self.covariance())))


def at_risk(
    entry: Codes, leave: Codes, *, months: int, size: Array, in_use: Array, cell: Codes
) -> Risk:
    """Return who could leave when; `in_use` is customers × months × features."""
    at = np.arange(months)[None, :]
    exposed = (at > entry[:, None]) & (at <= leave[:, None])
    before = np.zeros_like(in_use)
    before[:, 1:] = in_use[:, :-1]
    since = np.log1p(np.maximum(at - entry[:, None], 0)) - np.log(months / 2)
    return Risk(
        exposed=np.asarray(exposed),
        left=np.asarray(exposed & (at == leave[:, None])),
        fixed=np.stack([size, (entry == 0).astype(float)], axis=1),
        since=np.where(exposed, since, 0.0),
        in_use=before,
        cell=cell,
    )


@dataclass(frozen=True)
class Frailty:
    """What is known of each customer's own growth, in standard deviations of it."""

    estimate: Array
    error: Array  # infinite where nothing is known

    def likelihood(self) -> Array:
        """Return the log likelihood of each node: customers × nodes."""
        known = np.isfinite(self.error)
        off = (self.estimate[:, None] - NODES[None, :]) / np.where(known, self.error, 1.0)[:, None]
        return np.where(known[:, None], -0.5 * off**2, 0.0) - 0.5 * NODES**2


def churn(
    risk: Risk,
    frailty: Frailty,
    adopted: list[tuple[Flags, Flags]],
    block: Codes,
) -> Churn:
    """Fit the hazard of leaving; `adopted` has who could take up each feature when, and who did."""
    features = risk.in_use.shape[2]
    wide = risk.fixed.shape[1] + 1 + features
    beta, pull = np.zeros(wide), 0.0
    if int(risk.left.sum()) < LEFT:
        empty = np.zeros((int(block.max()) + 1, wide))
        still = np.zeros(risk.exposed.shape)
        return Churn(np.zeros(features), empty.T @ empty, empty, still, 0.0)
    cells = [
        _Cell(who, _rows(risk, who), risk.exposed[who], risk.left[who])
        for who in _groups(risk.cell)
    ]
    seen = frailty.likelihood()
    posterior = _normed(seen)
    takers = [_Taker(ready, took, [one.who for one in cells]) for ready, took in adopted]
    gone = risk.left.sum(1).astype(float)
    for turn in range(_ROUNDS):
        factor = posterior @ np.exp(pull * NODES)
        for _ in range(_STEPS if turn == 0 else 1):
            beta = beta + _newton(cells, beta, factor)[0]
        total = _total_hazard(cells, beta, factor)
        pull = _pull(pull, posterior, gone, total)
        weight = seen + pull * gone[:, None] * NODES - np.exp(pull * NODES) * total[:, None]
        for taker in takers:
            weight += taker.round(posterior)
        posterior = _normed(weight)
    factor = posterior @ np.exp(pull * NODES)
    for _ in range(_STEPS):
        step, bread = _newton(cells, beta, factor)
        beta = beta + step
    hazard, scores = _spread(cells, beta, factor, block, risk.exposed.shape)
    return Churn(beta[-features:], bread, scores, hazard, pull)


def _groups(cell: Codes) -> list[Codes]:
    order = np.argsort(cell, kind="stable")
    edges = np.searchsorted(cell[order], np.arange(int(cell.max()) + 2))
    return [order[low:high] for low, high in pairwise(edges.tolist())]


def _normed(logs: Array) -> Array:
    weight = np.exp(logs - logs.max(1, keepdims=True))
    return np.asarray(weight / weight.sum(1, keepdims=True))


@dataclass(frozen=True)
class _Cell:
    """Customers of a cell, and what their hazard rests on: customers × months × coefficients."""

    who: Codes
    rows: Array
    exposed: Flags
    left: Flags


def _rows(risk: Risk, who: Codes) -> Array:
    months = risk.in_use.shape[1]
    fixed = np.broadcast_to(risk.fixed[who][:, None, :], (len(who), months, risk.fixed.shape[1]))
    return np.concatenate([fixed, risk.since[who][:, :, None], risk.in_use[who]], axis=2)


def _weights(cell: _Cell, beta: Array, factor: Array) -> Array:
    rate = np.exp(np.clip(cell.rows @ beta, -20, 20))
    return np.asarray(np.where(cell.exposed, rate, 0.0) * factor[cell.who][:, None])


def _newton(cells: list[_Cell], beta: Array, factor: Array) -> tuple[Array, Array]:
    """Return a step of the partial likelihood by cell and month, and the inverse information."""
    score = -beta / _PRIOR**2
    information = np.eye(len(beta)) / _PRIOR**2
    for cell in cells:
        weight = _weights(cell, beta, factor)
        deaths, total = cell.left.sum(0).astype(float), np.maximum(weight.sum(0), 1e-300)
        weight = weight * (deaths / total)
        by_month = weight.T[:, None, :] @ cell.rows.transpose(1, 0, 2)
        mean = by_month[:, 0, :]
        flat = cell.rows.reshape(-1, len(beta))
        score = score + cell.rows[cell.left].sum(0) - mean.sum(0)
        information = information + flat.T @ (flat * weight.reshape(-1, 1))
        information = information - (mean / np.maximum(deaths, 1.0)[:, None]).T @ mean
    bread = np.asarray(np.linalg.pinv(information, hermitian=True), dtype=np.float64)
    return np.clip(bread @ score, -_LONGEST_STEP, _LONGEST_STEP), bread


def _hazards(cell: _Cell, beta: Array, factor: Array) -> Array:
    weight = _weights(cell, beta, factor)
    total = np.maximum(weight.sum(0), 1e-300)
    return np.asarray(weight * (cell.left.sum(0) / total))


def _total_hazard(cells: list[_Cell], beta: Array, factor: Array) -> Array:
    """Return each customer's hazard over all months, without what its growth makes of it."""
    found = np.zeros(len(factor))
    for cell in cells:
        hazard = _hazards(cell, beta, factor).sum(1)
        found[cell.who] = hazard / np.maximum(factor[cell.who], 1e-12)
    return found


def _pull(pull: float, posterior: Array, gone: Array, total: Array) -> float:
    """Return what growth does to the hazard, one step on."""
    tilt = posterior * np.exp(pull * NODES) * total[:, None]
    score = float((gone * (posterior @ NODES)).sum() - (tilt @ NODES).sum()) - pull
    information = float((tilt @ NODES**2).sum()) + 1.0
    return pull + float(np.clip(score / information, -0.5, 0.5))


class _Taker:
    """Who takes a feature up: a rate by cell and month, and what growth does to it."""

    def __init__(self, ready: Flags, took: Flags, groups: list[Codes]) -> None:
        self.ready, self.groups, self.pull = ready, groups, 0.0
        self.took = took.sum(1).astype(float)
        self.by_month = [took[who].sum(0).astype(float) for who in groups]

    def round(self, posterior: Array) -> Array:
        """Return the log likelihood of each node, after one step on."""
        factor = posterior @ np.exp(self.pull * NODES)
        total = np.zeros(len(factor))
        for who, took in zip(self.groups, self.by_month, strict=True):
            ready = self.ready[who]
            rate = took / np.maximum(factor[who] @ ready, 1e-300)
            total[who] = ready @ rate
        self.pull = _pull(self.pull, posterior, self.took, total)
        return np.asarray(
            self.pull * self.took[:, None] * NODES - np.exp(self.pull * NODES) * total[:, None]
        )


def _spread(
    cells: list[_Cell], beta: Array, factor: Array, block: Codes, shape: tuple[int, ...]
) -> tuple[Array, Array]:
    """Return each customer's hazard by month, and the scores of each block."""
    hazard = np.zeros(shape)
    scores = np.zeros((int(block.max()) + 1, len(beta)))
    for cell in cells:
        mine = _hazards(cell, beta, factor)
        hazard[cell.who] = mine
        total = np.maximum(mine.sum(0), 1e-300)
        mean = np.einsum("nt,ntp->tp", mine, cell.rows) / total[:, None]
        rest = cell.left - mine
        own = (rest[:, None, :] @ cell.rows)[:, 0, :] - rest @ mean
        np.add.at(scores, block[cell.who], own)
    return hazard, scores
