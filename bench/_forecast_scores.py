"""The M4 competition's scores: OWA beside Naive2, coverage, and the mean scaled interval score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pfkit.measures.medians import Array

_YEARS = 3
_LIMIT = 1.645


@dataclass(frozen=True)
class Held:
    """A series: what may be known, what came, and periods in a year."""

    train: Array
    test: Array
    season: int

    @property
    def scale(self) -> float:
        """In-sample error of last year's value."""
        return float(np.abs(self.train[self.season :] - self.train[: -self.season]).mean())


def naive2(values: Array, season: int, horizon: int) -> Array:
    """Return the last value with the season of the classical decomposition, if there is one."""
    count = len(values)
    steps = np.arange(count, count + horizon) % season
    if not _seasonal(values, season):
        return np.full(horizon, values[-1])
    window = np.r_[0.5, np.ones(season - 1), 0.5] / season
    trend = np.full(count, np.nan)
    trend[season // 2 : count - season // 2] = np.convolve(values, window, mode="valid")
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = values / trend
    ratio[~np.isfinite(ratio)] = np.nan
    shape = np.array([np.nanmean(ratio[k::season]) for k in range(season)])
    shape = shape / shape.mean()
    if not (np.isfinite(shape).all() and (shape > 0).all()):
        return np.full(horizon, values[-1])
    return np.asarray(values[-1] / shape[(count - 1) % season] * shape[steps])


def _seasonal(values: Array, season: int) -> bool:
    count = len(values)
    gap = values - values.mean()
    if count < _YEARS * season or not gap.any():
        return False
    lags = np.array([gap[k:] @ gap[:-k] / (gap @ gap) for k in range(1, season + 1)])
    limit = _LIMIT * np.sqrt((1 + 2 * (lags[:-1] ** 2).sum()) / count)
    return bool(abs(lags[-1]) > limit)


def scored(held: Mapping[str, Held], said: Mapping[str, Array]) -> dict[str, float]:
    """Return the scores of one method on series of one frequency.

    Parameters
    ----------
    held : mapping
        The series by name.
    said : mapping
        Per name, period ahead by mean, lower and upper bound at 80 % and at 95 %; a series may be
        missing or hold what is not finite, and then counts as ``failed``.
    """
    rows = []
    for name, one in held.items():
        values = np.asarray(said.get(name, np.full((1, 5), np.nan)), dtype=float)
        if one.scale > 0:
            rows.append(_row(one, values[: len(one.test)]))
    table = np.array(rows)
    whole = np.isfinite(table).all(1)
    mean = table[whole].mean(0)
    return {
        "series": float(whole.sum()),
        "failed": float((~whole).sum()),
        "owa": float((mean[0] / mean[2] + mean[1] / mean[3]) / 2),
        "cov80": float(100 * mean[4]),
        "cov95": float(100 * mean[5]),
        "msis95": float(mean[6]),
    }


def _row(one: Held, said: Array) -> list[float]:
    if said.shape != (len(one.test), 5):
        return [np.nan] * 7
    naive = naive2(one.train, one.season, len(one.test))
    mean, low80, high80, low95, high95 = said.T
    inside = [((one.test >= low) & (one.test <= high)).mean() for low, high in _pairs(said)]
    missed = np.maximum(low95 - one.test, 0) + np.maximum(one.test - high95, 0)
    return [
        *_point(one, mean),
        *_point(one, naive),
        *(np.nan if not np.isfinite(low80 + high80).all() else share for share in inside),
        float((high95 - low95 + 2 / 0.05 * missed).mean() / one.scale),
    ]


def _pairs(said: Array) -> list[tuple[Array, Array]]:
    return [(said[:, 1], said[:, 2]), (said[:, 3], said[:, 4])]


def _point(one: Held, mean: Array) -> tuple[float, float]:
    size = np.abs(one.test) + np.abs(mean)
    relative = np.where(
        size == 0, 0.0, 200 * np.abs(one.test - mean) / np.where(size == 0, 1, size)
    )
    if not np.isfinite(mean).all():
        return np.nan, np.nan
    return float(relative.mean()), float(np.abs(one.test - mean).mean() / one.scale)
