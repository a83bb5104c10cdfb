"""The Shapley value of every name in every path, exactly."""

from __future__ import annotations

from math import comb
from typing import TYPE_CHECKING

import numpy as np

from pfkit.errors import ParameterError
from pfkit.measures.paths.coded import tally

if TYPE_CHECKING:
    from pfkit.measures.medians import Array
    from pfkit.measures.paths.coded import Coded

#: Two to this many coalitions are gone through.
MOST = 20


def shapley(paths: Coded) -> Array:
    r"""Return what each name is due of all value, by the Shapley value.

    Returns
    -------
    numpy.ndarray
        By name; they add up to the value of all paths.

    Raises
    ------
    ParameterError
        If there are losses and more than 20 names.

    Notes
    -----
    Where losses are known, a coalition :math:`S` is worth what a path that touches nothing outside
    it is worth on average, times the number of all paths: names that raise it are due more. The
    sums of all :math:`2^n` coalitions are made by one pass per name (zeta transform), and each
    name's marginal contributions are weighted by :math:`|S|!(n-|S|-1)!/n!`. Without losses a
    coalition is worth what its paths brought; then the Shapley value is known: each path's value
    is split evenly among the names it touches, for any number of names.

    References
    ----------
    .. [1] Shapley (1953), "A value for n-person games", *Contributions to the Theory of Games* 2.
    .. [2] Zhao, Mahboobi and Bagheri (2018), "Shapley value methods for attribution modeling in
       online advertising", https://arxiv.org/abs/1804.05327

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.measures.paths.coded import coded
    >>> rows = pd.DataFrame({"path": ["a > b > a", "a"], "gained": [3, 4]})
    >>> read = coded(rows, path="path", gained="gained", value=None, lost=None, separator=">")
    >>> shapley(read).tolist()
    [5.5, 1.5]
    """
    if not paths.lost.any():
        return _evenly(paths)
    count = len(paths.names)
    if count > MOST:
        raise ParameterError(
            f"{count} names are too many for a Shapley value with losses; {MOST} can be",
            advice="Join small ones in the paths, or leave the losses out.",
        )
    value, every = (
        _within(tally(paths.touched, amounts, 2**count), count)
        for amounts in (paths.value, paths.gained + paths.lost)
    )
    worth = value / np.where(every > 0, every, 1.0) * every[-1]
    size = _sizes(count)
    share = np.array([1.0 / (count * comb(count - 1, k)) for k in range(count)])
    found = np.zeros(count)
    for name in range(count):
        pairs = worth.reshape(-1, 2, 2**name)
        others = size.reshape(-1, 2, 2**name)[:, 0]
        found[name] = ((pairs[:, 1] - pairs[:, 0]) * share[others]).sum()
    return found


def _evenly(paths: Coded) -> Array:
    pairs = np.unique(paths.path * len(paths.names) + paths.codes)
    path, name = np.divmod(pairs, len(paths.names))
    touched = np.bincount(path, minlength=len(paths.lengths))
    return tally(name, (paths.value / touched)[path], len(paths.names))


def _within(sums: Array, count: int) -> Array:
    """Return by coalition the sum over all coalitions inside it."""
    found = sums.copy()
    for name in range(count):
        pairs = found.reshape(-1, 2, 2**name)
        pairs[:, 1] += pairs[:, 0]
    return found


def _sizes(count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Return by coalition how many names are in it."""
    found = np.zeros(1, dtype=np.int64)
    for _ in range(count):
        found = np.concatenate([found, found + 1])
    return found
