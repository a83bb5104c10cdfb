from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import pfkit as pf
from pfkit.errors import ContractError, ParameterError
from tests.measures.test_design_holdout import bills

FOUND = pf.Attribution(
    pd.DataFrame(
        {
            "feature": ["export", "sync", "tiny", "rare"],
            "verdict": ["supported", "not_identified", "too_few", "not_identified"],
        }
    )
)
EXPECTED = pd.DataFrame({"feature": ["tiny", "sync"], "expected_amount": [1_000.0, None]})


def paid() -> pd.DataFrame:
    """300 customers of 100 a month, ten more or less."""
    return bills(np.random.default_rng(1).normal(100, 10, (300, 12)))


def test_each_refused_feature_gets_the_design_of_its_effect() -> None:
    asked = {"start": "2025-01-01", "months": 3, "share": [0.2, 0.5]}
    found = pf.holdouts(FOUND, paid(), EXPECTED, effect=0.05, top=2, **asked)
    assert found["feature"].tolist() == ["sync", "tiny", "rare"]
    assert found["effect_by"].tolist() == ["assumed", "expected amount", "assumed"]
    # 1,000 a year of 300 x 12 x 100
    assert found["effect"].tolist() == pytest.approx([0.05, round(1_000 / 360_000, 3), 0.05])
    design = pf.design_holdout(paid(), effect=0.05, **asked)
    first = found.iloc[0]
    assert (first["state"], first["holdout"]) == ("proposed", design.holdout)
    assert first["power"] == pytest.approx(design.power)
    assert found["state"].tolist()[1:] == ["refused", "refused"]
    assert found["reason"].iloc[1].startswith("no size reaches a power of 80%")
    assert found["reason"].iloc[2] == "only the first 2 features are looked at"


def test_nothing_refused_or_nothing_attributed_is_an_empty_table() -> None:
    told = pf.Attribution(FOUND.features.head(1))
    assert pf.holdouts(told, paid(), start="2025-01-01").empty
    none = FOUND.features.head(0)
    none.attrs["reason"] = "no release is known"
    assert pf.holdouts(pf.Attribution(none), paid(), start="2025-01-01").attrs["reason"]


def test_errors_say_what_cannot_be() -> None:
    with pytest.raises(ParameterError, match=r"top 0 cannot be\n  -> Use 1 or more"):
        pf.holdouts(FOUND, paid(), start="2025-01-01", top=0)
    with pytest.raises(ContractError, match="column 'amount' is not there"):
        pf.holdouts(FOUND, paid().drop(columns="amount"), start="2025-01-01")
