from __future__ import annotations

import numpy as np
import pytest

from pfkit.measures.attribution import growth
from pfkit.measures.attribution.groups import GROUPS, by_size, departures, moved


def test_cells_are_grouped_by_what_their_customers_pay() -> None:
    cell = np.repeat(np.arange(6), 10)
    amount = np.repeat([5.0, 1.0, 3.0, 1.1, 3.1, 5.1], 10)[:, None]
    # sizes in order are cells 1, 3, 2, 4, 0, 5
    group = by_size(amount, cell)
    assert (np.diff(group[[1, 3, 2, 4, 0, 5]]) >= 0).all()
    assert sorted(set(group.tolist())) == list(range(GROUPS))
    assert by_size(amount[:10], cell[:10]).tolist() == [1]


def test_departures_are_those_of_least_squares_group_by_group() -> None:
    rng = np.random.default_rng(3)
    count, months = 400, 10
    cell = np.repeat(np.arange(4), count // 4)
    first = rng.integers(3, 16, (count, 1))
    use = np.arange(months)[None, :] >= first
    own = np.array([0.1, 0.1, 0.4, 0.4])[cell][:, None]
    logs = own * use + rng.normal(0, 0.1, (count, months))
    seen = np.ones(logs.shape, dtype=bool)
    study = growth.Study(logs, growth.Masks.of_rows(seen), first, cell)
    columns = growth.Columns(1, ())
    block = np.arange(count) // 5
    blocks = growth.gather(study, block, np.arange(count), columns, noise=np.eye(months))
    lags = columns.lags(0)
    fit = growth.solve(blocks, lags, lags, scores=True)
    group = np.array([0, 0, 2, 2])
    off, noise = departures(blocks, columns, fit, (lags, lags), group)
    course = growth.COURSE @ np.nan_to_num(fit.effects[lags])
    line = np.stack([np.ones(months), np.arange(months)], axis=1)
    for one in (0, 2):
        left, each = [], []
        for some in np.flatnonzero(group == one):
            mine = cell == some
            age = growth.ages(np.arange(months)[None, :] - first[mine])
            rest = logs[mine] - np.where(age >= 0, course[np.maximum(age, 0)], 0.0)
            for values, into in ((rest, left), (use[mine].astype(float), each)):
                flat = values - (values @ line) @ np.linalg.inv(line.T @ line) @ line.T
                into.append(flat - flat.mean(0))
        x, y = np.concatenate(each).ravel(), np.concatenate(left).ravel()
        assert off[0, one] == pytest.approx(x @ y / (x @ x), abs=1e-8)
        assert 0 < noise[0, one] < 0.02**2
    assert np.isinf(noise[0, 1])
    few = growth.block_numbers(cell, np.arange(count), 12, rng)
    blocks = growth.gather(study, few, np.arange(count), columns, noise=np.eye(months))
    fit = growth.solve(blocks, lags, lags, scores=True)
    assert np.isinf(departures(blocks, columns, fit, (lags, lags), group)[1]).all()
    assert off[0, 0] < -0.1 < 0.1 < off[0, 2]


def test_groups_that_agree_move_nothing() -> None:
    rng = np.random.default_rng(5)
    noise = np.full((8, GROUPS), 0.01**2)
    share = np.full((8, GROUPS), 1 / GROUPS)
    found = moved(rng.normal(0, 0.01, (8, GROUPS)), noise, np.full(8, 0.1), share)
    assert found.spread < 0.1
    assert np.abs(found.shift).max() < 0.003


def test_where_groups_differ_the_effect_is_what_it_is_over_revenue() -> None:
    rng = np.random.default_rng(6)
    share = np.tile([0.1, 0.2, 0.7], (8, 1))
    real = rng.normal(0, 0.04, (8, GROUPS))
    noise = np.full((8, GROUPS), 0.004**2)
    found = moved(real + rng.normal(0, 0.004, real.shape), noise, np.full(8, 0.1), share)
    assert found.spread == pytest.approx(0.4, abs=0.15)
    assert found.shift == pytest.approx((share * real).sum(1), abs=0.01)
    unseen = moved(real, np.where([True, True, False], noise, np.inf), np.full(8, 0.1), share)
    assert (unseen.error > 2 * found.error).all()
