"""Stated returns, simple rules and reviews brought to the same months, by hand."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import pfkit as pf
from pfkit.errors import ContractError, ParameterError

REVIEWS = pd.DataFrame(
    {
        "initiative": ["I-1", "I-2", "I-3", "I-4"],
        "roi": [0.4, 0.1, 0.2, 0.3],
        "method": ["experiment", "review", "review", "review"],
        "stated_roi": [None, 0.15, None, None],
        "through": ["2026-02", None, None, None],
        "period": ["2026Q1", "2026Q1", "2026Q2", "2026Q2"],
    }
)
EARNED = pf.Attribution(
    pd.DataFrame(
        {"feature": ["a", "b", "c"], "verdict": ["supported", "randomised", "not_identified"]}
    ),
    monthly=pd.DataFrame(
        {
            "period": ["2026-02", "2026-03", "2026-02"],
            "feature": ["a", "a", "b"],
            "incremental": [300.0, 900.0, 100.0],
        }
    ),
)
RULES = pd.DataFrame(
    {
        "rule": "last touch",
        "feature": ["a", "a", "c"],
        "period": ["2026-02", "2026-03", "2026-03"],
        "incremental": [500.0, 900.0, 800.0],
    }
)
#: I-1 paid for a and b, 60 and 40; I-3 for the refused c; nobody for I-4.
COSTS = pd.DataFrame(
    {
        "through": ["2026-02", "2026-02", None, None],
        "feature": ["a", "b", "c", "a"],
        "initiative": ["I-1", "I-1", "I-3", "I-1"],
        "direct": [50.0, 40.0, 100.0, 999.0],
        "allocated": [10.0, 0.0, 100.0, 0.0],
    }
)


def tracked(**given: object) -> dict[str, pd.DataFrame]:
    asked: dict[str, Any] = {"reviews": REVIEWS, "found": EARNED, "rules": RULES, "costs": COSTS}
    return pf.roi_tracking(**(asked | {"gross_margin": 0.5} | given))


def test_returns_count_to_the_month_of_the_review() -> None:
    found = tracked()
    stated = found["stated"].set_index("initiative")
    # (300 + 100) x 0.5 = 200 on 100, and what its review says of I-2
    assert stated["roi"].tolist()[:2] == [1.0, 0.15]
    assert stated["reason"].tolist() == [
        "",
        "",
        "attribution refuses c",
        "no feature names it as the initiative that paid",
    ]
    rules = found["rules"].set_index("initiative")["roi"]
    assert rules.to_dict() == {"I-1": 500 * 0.5 / 100 - 1, "I-3": 800 * 0.5 / 200 - 1}
    assert found["truth"]["roi"].tolist() == [0.4, 0.1, 0.2, 0.3]


def test_what_is_compared_has_all_three() -> None:
    found = pf.roi_accuracy(**tracked(), fewest=2)
    assert found.rows.set_index("initiative")["counts"].to_dict() == {
        "I-1": True, "I-2": False, "I-3": False, "I-4": False,
    }  # fmt: skip
    assert found.rows["reason"].tolist()[1] == "no simple rule speaks of it"


def test_without_margin_or_cost_nothing_is_stated() -> None:
    without = tracked(gross_margin=None)["stated"]
    assert without["reason"].tolist()[0] == "the gross margin is not known"
    free = tracked(costs=COSTS.assign(direct=0.0, allocated=0.0))
    assert free["stated"]["reason"].tolist()[0] == "its cost is not known"
    assert free["rules"]["roi"].isna().all()


def test_a_book_without_reviews_gives_empty_tables() -> None:
    found = tracked(reviews=REVIEWS.head(0))
    assert [len(found[name]) for name in ("stated", "truth", "rules")] == [0, 0, 0]
    silent = tracked(found=pf.Attribution(pd.DataFrame()), rules=RULES.head(0))
    assert silent["stated"]["reason"].tolist()[0] == "attribution refuses a, b"


def test_errors_say_what_is_missing() -> None:
    with pytest.raises(ContractError, match="column 'stated_roi' is not there"):
        tracked(reviews=REVIEWS.drop(columns="stated_roi"))
    with pytest.raises(ParameterError, match=r"gross margin 75 cannot be\n  -> Use a fraction"):
        tracked(gross_margin=75)
