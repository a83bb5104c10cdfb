from __future__ import annotations

import pandas as pd

from pfkit.measures.attribution import verdicts as measured
from pfkit.present import look, verdicts


def test_the_verdicts_with_a_number_are_those_of_the_measure() -> None:
    assert verdicts.NUMBERED == measured.NUMBERED


def test_every_verdict_is_said_in_words() -> None:
    told = [verdicts.word(one) for one in (*measured.NUMBERED, "not_identified", "too_few")]
    assert told == ["randomized", "supported", "fragile", "not identified", "too few users"]


def test_what_would_help_most_stands_first() -> None:
    refused = pd.DataFrame(
        {
            "label": ["A", "B", "C", "D", "E"],
            "needs": ["time", "a holdout; time", "a holdout", "a holdout", "a holdout"],
        }
    )
    assert verdicts.needed(refused) == (
        "What would make them answerable. A holdout: B, C, D and 1 more. Time: A, B."
    )
    assert not verdicts.needed(refused.head(0))


def test_a_missing_bound_is_no_interval() -> None:
    assert not verdicts.interval(pd.NA, 1.0, look.Scale(1, 0, ""))
    assert verdicts.percent(-20.0) == f"<{look.MINUS}999"
