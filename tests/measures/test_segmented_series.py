from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from pfkit.measures.segmented_series import segmented_series

if TYPE_CHECKING:
    from pathlib import Path

ALONE = np.empty((31, 0))


def test_the_published_lines_of_california(shared: Path) -> None:
    # Linden (2015), Stata Journal 15(2): itsa cigsale, trperiod(1989) lag(1) posttrend
    states = pd.read_csv(shared / "data" / "attribution" / "california_prop99.csv")
    before = int((states["Year"] < 1989).sum())
    found = segmented_series(states["California"].to_numpy(), ALONE, before, lags=1)
    told = found.set_index("term")
    assert told.loc["trend"].tolist()[1:] == pytest.approx([-1.779474, 0.3834188], rel=1e-5)
    assert told.loc["level_change"].tolist()[1:] == pytest.approx([-20.0581, 4.724395], rel=1e-5)
    assert told.loc["trend_change"].tolist()[1:] == pytest.approx([-1.494652, 0.4368202], rel=1e-5)
    assert told.loc["trend_after", "value"] == pytest.approx(-3.2741, abs=1e-4)


def made(*, after: int = 12) -> tuple[np.ndarray, np.ndarray]:
    dice = np.random.default_rng(3)
    count = 36 + after
    control = dice.normal(size=(count, 1)).cumsum(0) + 50
    errors = np.convolve(dice.normal(size=count + 3), [1, 0.6, 0.3, 0.2], mode="valid")
    season = np.tile([4.0, -1, -3, 0], count)[:count]
    return 20 + control[:, 0] + 0.3 * np.arange(count) + season + errors, control


def test_it_is_the_regression_of_statsmodels_with_controls_and_seasons() -> None:
    actual, control = made()
    count = len(actual)
    at = np.arange(count)
    quarters = [(at % 4 == k).astype(float) - (at % 4 == 0) for k in (1, 2, 3)]
    after = (at >= 36).astype(float)
    design = np.column_stack(
        [np.ones(count), at, after, after * (at - 36), control - control.mean(), *quarters]
    )
    fitted = sm.OLS(actual, design).fit(
        cov_type="HAC", cov_kwds={"maxlags": 3, "use_correction": True}
    )
    found = segmented_series(actual, control, 36, season=4, lags=3)
    assert found["value"].tolist()[:4] == pytest.approx(fitted.params[:4].tolist())
    assert found["error"].tolist()[:4] == pytest.approx(fitted.bse[:4].tolist())
    both = fitted.t_test(np.eye(8)[1] + np.eye(8)[3])
    assert found["value"].iloc[4] == pytest.approx(both.effect.item())
    assert found["error"].iloc[4] == pytest.approx(both.sd.item())


def test_lags_go_by_the_length_of_the_series() -> None:
    actual, control = made()
    # 4 (48 / 100)^(2/9) = 3.4
    pd.testing.assert_frame_equal(
        segmented_series(actual, control, 36), segmented_series(actual, control, 36, lags=3)
    )


def test_two_periods_have_no_slope_of_their_own() -> None:
    actual, control = made(after=2)
    found = segmented_series(actual, control, 36)
    assert found["term"].tolist() == ["level", "trend", "level_change"]
