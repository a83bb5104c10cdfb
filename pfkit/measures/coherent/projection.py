"""The nearest forecasts that add up, by weights that are diagonal but for a few common factors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

if TYPE_CHECKING:
    from pfkit.measures.medians import Array


@dataclass(frozen=True)
class Weights:
    """How far each node's forecast may be moved: a covariance, diagonal plus common factors.

    Parameters
    ----------
    own : numpy.ndarray
        Per node, above zero.
    common : numpy.ndarray
        Node by factor; no column where there is none. The covariance is
        ``diag(own) + common @ common.T``.
    """

    own: Array
    common: Array

    @classmethod
    def diagonal(cls, own: Array) -> Weights:
        """Return weights without common factors."""
        return cls(own, np.zeros((len(own), 0)))


@dataclass(frozen=True)
class Projection:
    r"""The projection of forecasts of all nodes on those that add up.

    Parameters
    ----------
    sums : scipy.sparse.csr_matrix
        Aggregates by lowest node: one where it belongs.
    weights : Weights, optional
        Of all nodes, aggregates first; None where the lowest are taken as they are.

    Notes
    -----
    :math:`\tilde y = y - W C' (C W C')^{-1} C y` with :math:`C = (I, -A)`, :math:`A` the matrix of
    sums: the same as :math:`S (S' W^{-1} S)^{-1} S' W^{-1} y`, but only as large as there are
    aggregates. :math:`C W C'` is sparse but for the common factors, which are taken out by the
    Woodbury identity.

    References
    ----------
    .. [1] Wickramasuriya, Athanasopoulos and Hyndman (2019), "Optimal forecast reconciliation for
       hierarchical and grouped time series through trace minimization", *Journal of the American
       Statistical Association* 114, 804-819.
    """

    sums: sparse.csr_matrix
    weights: Weights | None

    @property
    def above(self) -> int:
        """How many nodes are aggregates."""
        return int(self.sums.shape[0])

    @property
    def _held(self) -> Weights:
        """The weights; where there are none, one for each of the lowest."""
        if self.weights is not None:
            return self.weights
        return Weights.diagonal(np.concatenate([np.zeros(self.above), np.ones(self.sums.shape[1])]))

    @cached_property
    def _factor(self) -> Any:  # noqa: ANN401 - scipy gives it no type
        own, a = self._held.own, self.sums
        inner = a.multiply(own[self.above :][None, :]) @ a.T
        return splu(sparse.csc_matrix(sparse.diags(own[: self.above]) + inner))

    @cached_property
    def _factors(self) -> tuple[Array, Array, Array]:
        """The common factors in the gaps, those solved for, and what is left between them."""
        common = self._held.common
        inside = common[: self.above] - self.sums @ common[self.above :]
        solved = self._factor.solve(inside) if inside.size else inside
        return inside, solved, np.eye(common.shape[1]) + inside.T @ solved

    def pull(self, gap: Array) -> Array:
        """Return what each gap between an aggregate and its parts pulls with.

        Parameters
        ----------
        gap : numpy.ndarray
            Aggregate by anything: its forecast less the sum of its parts.
        """
        if self.weights is None or not self.above:
            return np.zeros_like(gap)
        found = self._factor.solve(np.ascontiguousarray(gap))
        if self.weights.common.shape[1]:
            inside, solved, between = self._factors
            found = found - solved @ np.linalg.solve(between, inside.T @ found)
        return np.asarray(found)

    def moved(self, pull: Array, some: slice = slice(None)) -> Array:
        """Return by how much the lowest nodes, or some of them, are moved by a pull."""
        own = self._held.own[self.above :][some]
        found = own[:, None] * (self.sums[:, some].T @ pull)
        common = self._held.common
        if common.shape[1]:
            found = found - common[self.above :][some] @ (self._factors[0].T @ pull)
        return np.asarray(found)

    def lowest(self, values: Array) -> Array:
        """Return the lowest nodes' values after the projection, given those of all nodes.

        Parameters
        ----------
        values : numpy.ndarray
            Node by anything, aggregates first.
        """
        flat = values.reshape(len(values), -1)
        above, below = flat[: self.above], flat[self.above :]
        found = below
        if self.weights is not None and self.above:
            found = below + self.moved(self.pull(above - self.sums @ below))
        return np.asarray(found.reshape(-1, *values.shape[1:]))

    def spread(self, forces: Array) -> Array:
        r"""Return :math:`(S' W^{-1} S)^{-1} x`: how the lowest nodes yield to forces on them."""
        flat = forces.reshape(len(forces), -1)
        held = self._held
        found = np.concatenate(
            [np.zeros((self.above, flat.shape[1])), held.own[self.above :][:, None] * flat]
        )
        if held.common.shape[1]:
            found = found + held.common @ (held.common[self.above :].T @ flat)
        return self.lowest(found).reshape(forces.shape)

    def stiffness(self, moves: Array) -> Array:
        r"""Return :math:`S' W^{-1} S x`: the force that holds the lowest nodes that far off."""
        if self.weights is None:
            return moves
        flat = moves.reshape(len(moves), -1)
        whole = np.concatenate([self.sums @ flat, flat])
        own, common = self.weights.own[:, None], self.weights.common
        found = whole / own
        if common.shape[1]:
            between = np.eye(common.shape[1]) + common.T @ (common / own)
            found = found - (common / own) @ np.linalg.solve(between, common.T @ found)
        back = found[self.above :] + self.sums.T @ found[: self.above]
        return np.asarray(back.reshape(moves.shape))


def shrunk(errors: Array) -> Weights:
    r"""Return the covariance of errors, its correlations drawn to zero.

    Parameters
    ----------
    errors : numpy.ndarray
        Node by occasion, finite.

    Notes
    -----
    :math:`\lambda = \sum_{i \ne j} \widehat{Var}(r_{ij}) / \sum_{i \ne j} r_{ij}^2`, between 0.01
    and 1; variances stay. Correlations are those about zero, as forecasts are meant to be unbiased.

    References
    ----------
    .. [1] Schäfer and Strimmer (2005), "A shrinkage approach to large-scale covariance matrix
       estimation", *Statistical Applications in Genetics and Molecular Biology* 4, 32.
    """
    nodes, count = errors.shape
    size = np.sqrt((errors**2).mean(1))
    size = np.where(size > 0, size, max(float(size.max(initial=0.0)), 1.0) * 1e-6)
    unit = errors / size[:, None]
    inner = unit.T @ unit
    # sums over pairs of different nodes: those over all less those of a node with itself
    squares = (inner**2).sum() / count**2 - ((unit**2).mean(1) ** 2).sum()
    fourth = unit**4
    products = ((unit**2).sum(0) ** 2).sum() - fourth.sum()
    varied = (products - count * squares) * count / max(count - 1, 1) ** 3
    drawn = float(np.clip(varied / squares, 0.01, 1.0)) if nodes > 1 and squares > 0 else 1.0
    return Weights(drawn * size**2, np.sqrt((1 - drawn) / count) * unit * size[:, None])
