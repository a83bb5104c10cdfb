from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from statsmodels.duration.hazard_regression import PHReg

from pfkit.measures.attribution import churn as leaving
from pfkit.measures.attribution.churn import Frailty, Risk, at_risk, churn

if TYPE_CHECKING:
    from pfkit.measures.attribution.churn import Churn


def _course(
    count: int, months: int, *, effect: float, pull: float, lean: float, seed: int
) -> tuple[Risk, np.ndarray, list[tuple[np.ndarray, np.ndarray]]]:
    """Return who left when, the hidden growth, and who took the feature up."""
    rng = np.random.default_rng(seed)
    growth = rng.normal(0, 1, count)
    chance = 0.06 * np.exp(lean * growth)
    first = 3 + rng.geometric(np.clip(chance, 0, 1)) - 1
    hazard = 0.03 * np.exp(pull * growth)
    leave = np.full(count, months)
    for month in range(1, months):
        here = leave == months
        rate = hazard * np.exp(effect * (first < month))
        leave[here & (rng.random(count) < 1 - np.exp(-rate))] = month
    at = np.arange(months)[None, :]
    use = (at >= first[:, None]).astype(float)[:, :, None]
    cell = np.arange(count) % 2
    entry = np.zeros(count, dtype=np.int64)
    risk = at_risk(entry, leave, months=months, size=rng.normal(0, 1, count), in_use=use, cell=cell)
    ready = (at >= 3) & (at <= first[:, None]) & (at < leave[:, None])
    return risk, growth, [(ready, ready & (at == first[:, None]))]


def _nothing_known(count: int) -> Frailty:
    return Frailty(np.zeros(count), np.full(count, 1e-3))


def test_without_hidden_growth_it_is_a_cox_model_by_cell_and_month(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    risk, _, _ = _course(1500, 14, effect=-0.5, pull=0.0, lean=0.0, seed=1)
    monkeypatch.setattr(leaving, "_PRIOR", 1e4)
    found = churn(risk, _nothing_known(1500), [], np.arange(1500))
    rows, month = np.nonzero(risk.exposed)
    wide = np.column_stack([risk.fixed[rows][:, :1], risk.in_use[rows, month]])
    fit = PHReg(
        np.ones(len(rows)),
        wide,
        status=risk.left[rows, month].astype(int),
        strata=risk.cell[rows] * 100 + month,
        ties="breslow",
    ).fit()
    assert found.effects[0] == pytest.approx(fit.params[1], abs=2e-3)
    errors = np.sqrt(np.diag(found.bread))
    assert errors[-1] == pytest.approx(fit.bse[1], rel=0.02)


def _fitted(seed: int, *, hidden: bool) -> Churn:
    risk, growth, takers = _course(20_000, 20, effect=-0.4, pull=-0.6, lean=0.6, seed=seed)
    rng = np.random.default_rng(99)
    known = Frailty(growth + rng.normal(0, 0.7, len(growth)), np.full(len(growth), 0.7))
    return churn(
        risk,
        known if hidden else _nothing_known(len(growth)),
        takers if hidden else [],
        np.arange(len(growth)) % 100,
    )


def test_hidden_growth_takes_out_what_sways_both_use_and_leaving() -> None:
    naive, found = _fitted(3, hidden=False), _fitted(3, hidden=True)
    assert naive.effects[0] < -0.55
    assert found.effects[0] == pytest.approx(-0.4, abs=0.08)
    assert found.growth == pytest.approx(-0.6, abs=0.08)


def test_hazards_add_up_to_those_who_left() -> None:
    risk, _, takers = _course(3000, 14, effect=-0.5, pull=-0.3, lean=0.3, seed=2)
    found = churn(risk, _nothing_known(3000), takers, np.arange(3000) % 50)
    assert found.hazard.sum() == pytest.approx(risk.left.sum(), rel=1e-6)
    assert (found.hazard[~risk.exposed] == 0).all()


def test_too_few_that_left_say_nothing_of_leaving() -> None:
    risk, _, takers = _course(200, 8, effect=0.0, pull=0.0, lean=0.0, seed=2)
    risk.left[:] = False
    found = churn(risk, _nothing_known(200), takers, np.arange(200))
    assert found.effects.tolist() == [0.0]
    assert found.hazard.sum() == 0
