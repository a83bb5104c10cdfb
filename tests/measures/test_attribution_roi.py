from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pfkit.errors import ContractError, MeasureError, ParameterError
from pfkit.measures import attribution_roi
from pfkit.measures.attribution import Attribution

DRAWS = np.arange(0.0, 1001.0)  # 0, 1, ..., 1000: quantiles are known
FOUND = Attribution(
    features=pd.DataFrame(
        {
            "feature": ["export", "search", "alerts"],
            "incremental": [500.0, 100.0, None],
            "lo90": [50.0, 50.0, None],
            "hi90": [950.0, 150.0, None],
            "verdict": ["supported", "fragile", "too_few"],
            "reasons": ["", "", "12 customers took it up, fewer than 100"],
        }
    ),
    draws=pd.DataFrame({"export": DRAWS, "search": DRAWS / 5}),
    monthly=pd.DataFrame(
        {
            "period": ["2026-01", "2026-02", "2026-03"] * 2,
            "feature": ["export"] * 3 + ["search"] * 3,
            "incremental": [100.0, 150.0, 250.0, 80.0, 60.0, -40.0],
        }
    ),
)
COSTS = pd.DataFrame(
    {
        "feature": ["export", "search", "alerts"],
        "initiative": ["INI-1", "INI-1", "INI-2"],
        "direct": [150.0, 40.0, 30.0],
        "allocated": [50.0, 10.0, 0.0],
    }
)


def test_one_feature_by_hand() -> None:
    row = attribution_roi(FOUND, COSTS, gross_margin=0.8).iloc[0]
    assert (row["margin"], row["cost"], row["net"]) == (400, 200, 200)
    assert row["roi"] == pytest.approx(1.0)  # (500 x .8 - 200) / 200
    assert row["roi_lo90"] == pytest.approx((50 * 0.8 - 200) / 200)
    assert row["roi_hi90"] == pytest.approx((950 * 0.8 - 200) / 200)
    assert row["positive_share"] == pytest.approx(750 / 1001)  # draws above 250
    assert row["payback"] == "2026-02"  # .8 x (100 + 150) = 200


def test_what_came_back_and_went_again_has_not_paid_back() -> None:
    found = attribution_roi(FOUND, COSTS, gross_margin=0.5).set_index("feature")
    # search: .5 x (80, 140, 100) = 40, 70, 50 against 50
    assert found.loc["search", "payback"] == "2026-02"
    dear = COSTS.assign(direct=[150.0, 45.0, 30.0])
    found = attribution_roi(FOUND, dear, gross_margin=0.5).set_index("feature")
    assert found.loc["search", "payback"] == ""


def test_a_refused_feature_has_its_cost_and_no_return() -> None:
    row = attribution_roi(FOUND, COSTS, gross_margin=0.8).iloc[2]
    assert row["cost"] == 30
    assert row[["incremental", "margin", "net", "roi", "positive_share"]].isna().all()
    assert row["reason"] == "12 customers took it up, fewer than 100"


def test_initiatives_add_up_draw_by_draw_and_only_where_all_is_told() -> None:
    found = attribution_roi(FOUND, COSTS, gross_margin=0.8)
    both = found[found["role"] == "initiative"].set_index("initiative")
    one = both.loc["INI-1"]
    assert (one["incremental"], one["cost"]) == (600, 250)
    assert one["hi90"] == pytest.approx(950 * 1.2)
    assert one["roi"] == pytest.approx((600 * 0.8 - 250) / 250)
    assert one["verdict"] == "mixed"
    two = both.loc["INI-2"]
    assert pd.isna(two["roi"])
    assert two["reason"] == "not told of alerts"


def test_what_is_missing_is_told() -> None:
    found = attribution_roi(FOUND, COSTS.iloc[1:], gross_margin=None)
    assert found["roi"].isna().all()
    assert found["reason"].iloc[0] == "its cost is not known; the gross margin is not known"
    free = COSTS.assign(direct=0.0, allocated=0.0)
    row = attribution_roi(FOUND, free, gross_margin=0.8).iloc[0]
    assert row["net"] == 400
    assert pd.isna(row["roi"])


@pytest.mark.parametrize(
    ("costs", "margin", "error", "said"),
    [
        (COSTS.drop(columns="direct"), 0.8, ContractError, "column 'direct' is not there"),
        (pd.concat([COSTS, COSTS]), 0.8, MeasureError, "feature 'export' has two rows of cost"),
        (COSTS.assign(direct=-1.0), 0.8, MeasureError, "cost of 'export' is missing or below"),
        (COSTS, 80, ParameterError, "gross margin 80 cannot be"),
    ],
)
def test_what_cannot_be_asked(
    costs: pd.DataFrame, margin: float, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        attribution_roi(FOUND, costs, gross_margin=margin)
