from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from pfkit.measures.attribution import growth


def _study(seed: int = 1, count: int = 60, months: int = 10) -> tuple[growth.Study, np.ndarray]:
    rng = np.random.default_rng(seed)
    seen = np.arange(months)[None, :] >= rng.integers(0, 4, count)[:, None]
    seen &= rng.random(seen.shape) > 0.05
    first = np.stack([rng.integers(3, 14, count), rng.integers(2, 14, count)], axis=1)
    cell = rng.integers(0, 2, count)
    logs = rng.normal(0, 1, (count, months)) + np.arange(months) * rng.normal(0, 1, (count, 1))
    logs = np.where(seen, logs + 0.5 * (np.arange(months) >= first[:, :1]), 0.0)
    return growth.Study(logs, growth.Masks.of_rows(seen), first, cell), seen


def _dummies(study: growth.Study, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return outcome, every dummy written out, and the customer of each row."""
    count, months = study.logs.shape
    columns = growth.Columns(2, ())
    x = growth.design(study.first, months, columns)
    lags = np.concatenate([columns.lags(0), columns.lags(1)])
    own = np.zeros((count, months, 2 * count))
    at = np.arange(count)
    own[at, :, at] = 1.0
    own[at, :, count + at] = np.arange(months)
    shared = np.zeros((count, months, 2 * months))
    for month in range(months):
        shared[at, month, study.cell * months + month] = 1.0
    wide = np.concatenate([x[:, :, lags], own, shared], axis=2)[seen]
    who = np.repeat(at[:, None], months, axis=1)[seen]
    return study.logs[seen], wide, who


def test_the_fit_equals_least_squares_with_every_dummy() -> None:
    study, seen = _study()
    columns = growth.Columns(2, ())
    lags = np.concatenate([columns.lags(0), columns.lags(1)])
    who = np.arange(len(study.cell))
    blocks = growth.gather(study, who, who, columns, noise=np.eye(study.logs.shape[1]))
    found = growth.solve(blocks, lags, lags)
    outcome, wide, _ = _dummies(study, seen)
    wanted = np.linalg.lstsq(wide, outcome, rcond=None)[0][: len(lags)]
    told = np.isfinite(found.effects[lags])
    assert int(told.sum()) >= 10
    assert found.effects[lags][told] == pytest.approx(wanted[told], abs=1e-8)


def test_weights_count_customers_that_often() -> None:
    study, seen = _study(seed=4)
    columns = growth.Columns(2, ())
    lags = np.concatenate([columns.lags(0), columns.lags(1)])
    who = np.arange(len(study.cell))
    blocks = growth.gather(study, who, who, columns, noise=np.eye(study.logs.shape[1]))
    often = np.random.default_rng(1).integers(1, 4, len(who)).astype(float)
    found = growth.solve(blocks, lags, lags, often)
    outcome, wide, customer = _dummies(study, seen)
    root = np.sqrt(often[customer])
    wanted = np.linalg.lstsq(wide * root[:, None], outcome * root, rcond=None)[0][: len(lags)]
    told = np.isfinite(found.effects[lags])
    assert found.effects[lags][told] == pytest.approx(wanted[told], abs=1e-8)


def test_errors_by_customer_equal_those_of_statsmodels() -> None:
    study, seen = _study(seed=2, count=80)
    columns = growth.Columns(2, ())
    lags = np.concatenate([columns.lags(0), columns.lags(1)])
    who = np.arange(len(study.cell))
    blocks = growth.gather(study, who, who, columns, noise=np.eye(study.logs.shape[1]))
    found = growth.solve(blocks, lags, lags, scores=True)
    mine = found.bread @ found.scores.T @ found.scores @ found.bread.T
    outcome, wide, customer = _dummies(study, seen)
    told = np.isfinite(found.effects[lags])
    kept = np.concatenate([wide[:, : len(lags)][:, told], wide[:, len(lags) :]], axis=1)
    left, _, _ = np.linalg.svd(kept[:, int(told.sum()) :], full_matrices=False)
    rank = np.linalg.matrix_rank(kept[:, int(told.sum()) :])
    kept = np.concatenate([kept[:, : int(told.sum())], left[:, :rank]], axis=1)
    fit = sm.OLS(outcome, kept).fit(
        cov_type="cluster", cov_kwds={"groups": customer, "use_correction": False}
    )
    assert np.sqrt(np.diag(mine)) == pytest.approx(fit.bse[: int(told.sum())], rel=1e-6)


def test_an_effect_between_lags_is_on_the_line_between_them() -> None:
    study, _ = _study(seed=7, count=400, months=20)
    columns = growth.Columns(2, ())
    falls = np.maximum(1.0 - 0.05 * np.arange(growth.AGES), 0.0)
    none = np.zeros_like(falls)
    logs = study.lift(np.stack([falls, none]))
    known = study.masks.known[study.masks.of]
    study = growth.Study(np.where(known, logs, 0.0), study.masks, study.first, study.cell)
    lags = np.concatenate([columns.lags(0), columns.lags(1)])
    who = np.arange(len(study.cell))
    blocks = growth.gather(study, who, who, columns, noise=np.eye(20))
    found = growth.solve(blocks, lags, lags).effects
    assert found[columns.lags(0)][:7] == pytest.approx(falls[list(growth.LAGS[:7])], abs=1e-8)
    assert found[columns.lags(1)][:7] == pytest.approx(np.zeros(7), abs=1e-8)
    few = blocks.only(columns.lags(0)), blocks
    alone, beside = (
        growth.solve(one, at, at).effects[at]
        for one, at in zip(few, (np.arange(8), columns.lags(0)), strict=True)
    )
    assert alone == pytest.approx(beside, abs=1e-10, nan_ok=True)


def test_a_lot_that_all_follow_gives_the_same_as_use() -> None:
    study, _ = _study(seed=5)
    stand_in = growth.StandIn.of(
        0, study.first[:, 0], study.first[:, 0], np.ones(study.logs.shape, dtype=bool)
    )
    columns = growth.Columns(2, (0,))
    who = np.arange(len(study.cell))
    blocks = growth.gather(
        study, who, who, columns, noise=np.eye(study.logs.shape[1]), stand_ins=[stand_in]
    )
    lags = np.concatenate([columns.lags(0), columns.lags(1)])
    left = np.concatenate([columns.instrument(0), columns.lags(1)])
    by_use, by_lot = growth.solve(blocks, lags, lags), growth.solve(blocks, lags, left)
    both = np.isfinite(by_use.effects) & np.isfinite(by_lot.effects)
    assert int(both[lags].sum()) >= 10
    assert by_lot.effects[both] == pytest.approx(by_use.effects[both], abs=1e-8)


def test_a_feature_of_everyone_in_one_month_is_not_told() -> None:
    study, _ = _study(seed=6)
    study.first[:, 1] = 5
    columns = growth.Columns(2, ())
    lags = np.concatenate([columns.lags(0), columns.lags(1)])
    who = np.arange(len(study.cell))
    blocks = growth.gather(study, who, who, columns, noise=np.eye(study.logs.shape[1]))
    found = growth.solve(blocks, lags, lags)
    assert np.isnan(found.effects[columns.lags(1)]).all()
    assert np.isfinite(found.effects[columns.lags(0)]).any()


def test_noise_that_lingers_is_found() -> None:
    rng = np.random.default_rng(8)
    months = 18
    left = np.zeros((4000, months))
    left[:, 0] = rng.normal(0, 1, 4000)
    for month in range(1, months):
        left[:, month] = 0.7 * left[:, month - 1] + rng.normal(0, np.sqrt(1 - 0.49), 4000)
    masks = growth.Masks.of_rows(np.ones(left.shape, dtype=bool))
    noise = growth.noise_of(left, masks, masks.of)
    taker = masks.weights(np.eye(months))[0]
    apart = np.abs(np.subtract.outer(np.arange(months), np.arange(months)))
    assert taker @ noise @ taker == pytest.approx(taker @ 0.7**apart @ taker, abs=0.05)


def test_blocks_stand_within_cells_and_are_alike_in_size() -> None:
    cell = np.repeat([0, 1, 2], [500, 300, 5])
    block = growth.block_numbers(cell, np.arange(805), 100, np.random.default_rng(1))
    pairs = {(int(one), int(two)) for one, two in zip(cell, block, strict=True)}
    assert len(pairs) == len(np.unique(block))
    assert np.bincount(block).max() <= 10
