"""The same call over Dask gives the same numbers, to the bit."""

from __future__ import annotations

import importlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

import pfkit as pf
from pfkit.errors import ParameterError
from pfkit.measures.fleet import engine

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def sold() -> pd.DataFrame:
    """Make months of all ages and quarters, in families."""
    rng = np.random.default_rng(12)
    parts = []
    for k in range(40):
        size, season = (72, 12) if k < 30 else (40, 4)
        wave = 1 + 0.3 * np.sin(2 * np.pi * (np.arange(size) / season + (k % 2) / 2))
        values = 100 * np.exp(np.cumsum(rng.normal(0, 0.04, size))) * wave
        months = [f"{2018 + t // 12}-{t % 12 + 1:02d}" for t in range(size)]
        quarters = [f"{2014 + t // 4}Q{t % 4 + 1}" for t in range(size)]
        rows = {"series_id": f"s{k:02d}", "period": months if season == 12 else quarters}
        some = pd.DataFrame(rows | {"value": values, "family": "AB"[k % 2]})
        parts.append(some.iloc[-(1 + k) :] if k % 3 == 0 and k < 30 else some)
    return pd.concat(parts, ignore_index=True)


def test_where_no_cluster_is_connected_it_is_told(sold: pd.DataFrame) -> None:
    pytest.importorskip("distributed")
    with pytest.raises(ParameterError, match="finds no cluster: no client is connected"):
        pf.forecast(sold, executor="dask")


def test_an_executor_that_is_not_known_is_told(sold: pd.DataFrame) -> None:
    pytest.importorskip("distributed")
    with pytest.raises(ParameterError, match="executor 'spark' is not known"):
        pf.forecast(sold, executor="spark")


def test_without_dask_it_is_told_how_to_get_it(
    sold: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(ParameterError, match=r"needs Dask, which is not installed") as told:
        pf.forecast(sold, executor="dask")
    assert "Install pfkit[dask]" in str(told.value)


@contextmanager
def _connected(*, apart: bool) -> Iterator[object]:
    """Connect to workers: a process of its own, or two threads of this one."""
    dask = pytest.importorskip("distributed")
    with (
        dask.LocalCluster(
            n_workers=1 if apart else 2,
            threads_per_worker=1,
            processes=apart,
            dashboard_address=None,
        ) as cluster,
        dask.Client(cluster) as client,
    ):
        yield client


@pytest.mark.parametrize("apart", [False, True])
def test_a_cluster_gives_the_same_numbers_to_the_bit(
    apart: bool,  # noqa: FBT001 - threads or processes
    sold: pd.DataFrame,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine, "POOL", 12)
    monkeypatch.setattr(engine, "CHUNK", 5)
    plain = pf.forecast(sold, tier="fast", siblings="family")
    with _connected(apart=apart) as client:
        given = pf.forecast(sold, tier="fast", siblings="family", executor=client)
    pd.testing.assert_frame_equal(given, plain, check_exact=True)


def test_running_totals_are_the_same_too(
    sold: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "POOL", 12)
    some = sold[sold["series_id"] < "s20"]
    plain = pf.forecast(some, horizon=3, tier="fast", running=True)
    with _connected(apart=False):
        spread = pf.forecast(some, horizon=3, tier="fast", running=True, executor="dask")
    pd.testing.assert_frame_equal(spread, plain, check_exact=True)
