"""The mix: each member weighs what its own back-test on the series earned, drawn to the fleet's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pfkit.measures.fleet.origins import earlier
from pfkit.measures.fleet.rows import TINY

if TYPE_CHECKING:
    from pfkit.measures.fleet.origins import Replayed
    from pfkit.measures.medians import Array, Flags

#: Weights go by error to this negative power; an error counts up to so many units of scale.
POWER, MOST = 4.0, 5.0
#: The fleet's errors count as much as so many back-tested periods of a series' own.
FLEET = 18.0
_LEAST = 0.05


def fleet_errors(replayed: Replayed) -> Array:
    """Return each member's mean back-test error over all series, as a share of all members' mean.

    Notes
    -----
    Only where every member answered, so that all are judged by the same periods. A member that
    answered nowhere counts as the others do; so do all where nothing could be back-tested.
    """
    size = np.minimum(np.abs(replayed.errors), MOST)
    alone = np.asarray(np.isfinite(size).any((0, 1, 3)))
    found = np.ones(len(alone))
    same = np.isfinite(size[:, :, alone]).all(2)
    if alone.any() and same.any():
        mean = np.moveaxis(size[:, :, alone], 2, 3)[same].mean(0)
        found[alone] = mean / max(float(mean.mean()), TINY)
    return found


def weights(added: Array, counted: Array, fleet: Array, there: Flags) -> Array:
    r"""Return the weight of each member for each series.

    Parameters
    ----------
    added, counted : numpy.ndarray
        Series by member: absolute back-test errors added up, and over how many periods.
    fleet : numpy.ndarray
        Per member, from `fleet_errors`.
    there : numpy.ndarray
        Series by member: whether the member has a forecast to weigh.

    Notes
    -----
    :math:`w \propto (\lambda r + (1 - \lambda) f)^{-4}`, :math:`r` being a member's mean absolute
    error over that of all members of the series, :math:`f` the same over the fleet, and
    :math:`\lambda = c/(c + 18)` with :math:`c` back-tested periods.

    References
    ----------
    .. [1] Bates and Granger (1969), "The combination of forecasts", *Operational Research
       Quarterly* 20, 451-468.

    Examples
    --------
    Nothing back-tested: the fleet decides. Back-tested: a member half as wrong weighs more.

    >>> nothing, both = np.zeros((1, 2)), np.array([[True, True]])
    >>> weights(nothing, nothing, np.ones(2), both).tolist()
    [[0.5, 0.5]]
    >>> weights(np.array([[10.0, 20.0]]), np.full((1, 2), 18.0), np.ones(2), both).round(2).tolist()
    [[0.79, 0.21]]
    """
    known = counted > 0
    mean = np.where(known, added / np.maximum(counted, 1), 0.0)
    whole = mean.sum(1, keepdims=True) / np.maximum(known.sum(1, keepdims=True), 1)
    relative = np.where(whole > TINY, mean / np.maximum(whole, TINY), 1.0)
    trust = counted / (counted + FLEET)
    judged = np.maximum(trust * relative + (1 - trust) * fleet[None, :], _LEAST)
    found = np.where(there, judged**-POWER, 0.0)
    added_up = found.sum(1, keepdims=True)
    return np.asarray(found / np.where(added_up > 0, added_up, 1.0))


def mixed(values: Array, given: Array) -> Array:
    """Return members' values weighed, series by period ahead; NaN where no member weighs.

    Parameters
    ----------
    values : numpy.ndarray
        Series by member by period ahead; NaN where there is none.
    given : numpy.ndarray
        Series by member, zero where a member has no value.
    """
    found = np.einsum("nkh,nk->nh", np.where(np.isfinite(values), values, 0.0), given)
    return np.asarray(np.where((given.sum(1) > 0)[:, None], found, np.nan))


def weights_now(replayed: Replayed, fleet: Array) -> Array:
    """Return the weights that every origin together gives."""
    size = np.minimum(np.abs(replayed.errors), MOST)
    counted = np.isfinite(size).sum((1, 3)).astype(float)
    there = np.asarray(np.isfinite(replayed.now).all(2))
    return weights(np.nansum(size, axis=(1, 3)), counted, fleet, there)


def replayed_mix(replayed: Replayed, fleet: Array) -> Array:
    """Return the error of the mix at each origin, by weights from what was known by then.

    Returns
    -------
    numpy.ndarray
        Series by origin by period ahead, in units of scale; NaN where nothing came.

    Notes
    -----
    An origin's weights count only errors of earlier origins over periods that had ended by then.
    The fleet's own errors are those of all origins; one series moves them little.
    """
    errors = replayed.errors
    series, origins, members, horizon = errors.shape
    size = np.minimum(np.abs(errors), MOST)
    found = np.full((series, origins, horizon), np.nan)
    for origin in range(origins):
        added, counted = np.zeros((series, members)), np.zeros((series, members))
        for place, periods in earlier(origin, origins):
            ended = size[:, place, :, :periods]
            added += np.nansum(ended, axis=2)
            counted += np.isfinite(ended).sum(2)
        there = np.asarray(np.isfinite(errors[:, origin]).any(2))
        mix = mixed(errors[:, origin], weights(added, counted, fleet, there))
        found[:, origin] = np.where(np.isfinite(errors[:, origin]).any(1), mix, np.nan)
    return found
