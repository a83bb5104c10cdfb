"""What is lost when a feature is taken out of a Markov chain of any order, exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csc_array, eye_array
from scipy.sparse.linalg import splu

from pfkit.errors import ParameterError
from pfkit.measures.paths.coded import tally

if TYPE_CHECKING:
    from pfkit.measures.medians import Array
    from pfkit.measures.paths.coded import Coded, Counts

_WIDEST = 2**62
#: Up to this many cells steps are counted in one pass.
_DENSE = 2**20


def removal(paths: Coded, *, order: int) -> Array:
    r"""Return the share of all value that is lost without each name, under a chain of order k.

    Parameters
    ----------
    paths : Coded
        Paths with gains, what these were worth, and losses.
    order : int
        How many touches back the next step depends on.

    Returns
    -------
    numpy.ndarray
        By name, a fraction.

    Raises
    ------
    ParameterError
        If `order` is below 1, or so high that states cannot be told apart.

    Notes
    -----
    A state is the last `order` touches. With :math:`Q` the steps between states, :math:`s` where
    paths start and :math:`r` what leaving a state is worth on average, :math:`N = (I-Q)^{-1}` and
    :math:`V = Nr`. Let :math:`A` be the states whose latest touch is the name. Paths that never
    touch it keep what they bring; those that do arrive first at :math:`h = s N_{\cdot A}
    N_{AA}^{-1}` and lose :math:`h V_A` of :math:`s V`. Nothing is simulated.

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.measures.paths.coded import coded
    >>> rows = pd.DataFrame({"path": ["a > b", "a"], "gained": [1, 0], "lost": [0, 1]})
    >>> read = coded(rows, path="path", gained="gained", value=None, lost="lost", separator=">")
    >>> removal(read, order=1).tolist()
    [1.0, 1.0]
    """
    if order < 1:
        raise ParameterError(f"order {order} cannot be", advice="Use 1 or more touches.")
    if (len(paths.names) + 1) ** order > _WIDEST:
        raise ParameterError(
            f"order {order} of {len(paths.names)} names has too many states",
            advice="Use a lower order.",
        )
    state, newest = _states(paths, order)
    size, last = len(newest), state[paths.ends]
    weight = paths.gained + paths.lost
    each = np.repeat(weight, paths.lengths)
    out = tally(state, each, size)
    out = np.where(out > 0, out, 1.0)
    steps = _steps(paths, state, each, size) / out[:, None]
    worth = tally(last, paths.value, size) / out
    begin = tally(state[paths.starts], weight, size)
    solved = splu(csc_array(eye_array(size, format="csc") - steps))
    ahead = solved.solve(worth)
    whole = float(begin @ ahead)
    visits = solved.solve(begin, trans="T")
    lost = np.zeros(len(paths.names))
    for name in range(len(paths.names)) if whole > 0 else ():
        own = np.flatnonzero(newest == name)
        unit = np.zeros((size, len(own)))
        unit[own, np.arange(len(own))] = 1.0
        among = solved.solve(unit)[own]
        lost[name] = np.linalg.solve(among.T, visits[own]) @ ahead[own] / whole
    return np.clip(lost, 0.0, 1.0)


def _steps(paths: Coded, state: Counts, each: Array, size: int) -> csc_array:
    """Return how often each state is followed by each."""
    if size * size > _DENSE:
        inside = np.ones(len(state), dtype=bool)
        inside[paths.ends] = False
        here = np.flatnonzero(inside)
        return csc_array((each[here], (state[here], state[here + 1])), shape=(size, size))
    # Every touch with the one behind it, less the last of a path with the first of the next.
    follow = tally(state[:-1] * size + state[1:], each[:-1], size * size)
    ends, starts = paths.ends[:-1], paths.starts[1:]
    apart = state[ends] * size + state[starts]
    follow -= tally(apart, each[ends], size * size)
    return csc_array(np.maximum(follow, 0.0).reshape(size, size))


def _states(paths: Coded, order: int) -> tuple[Counts, Counts]:
    """Return the state of each touch, and the name a state ends with."""
    if order == 1:
        return paths.codes, np.arange(len(paths.names))
    base = len(paths.names) + 1
    key = np.zeros(len(paths.codes), dtype=np.int64)
    for back in range(order):
        earlier = np.zeros(len(key), dtype=np.int64)
        there = np.flatnonzero(paths.place >= back)
        earlier[there] = paths.codes[there - back] + 1
        key += earlier * base**back
    found, state = np.unique(key, return_inverse=True)
    return state, found % base - 1
