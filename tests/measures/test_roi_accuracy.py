"""Stated returns against the best simple rule: errors by hand, an interval that keeps its word."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import pfkit as pf
from pfkit.errors import ContractError, MeasureError, ParameterError

NAMES = [f"I-{k:02d}" for k in range(10)]
TRUTH = pd.DataFrame({"initiative": NAMES, "roi": [0.5, -0.5] * 5, "method": "review"})
#: Off by a tenth each: E1 = 1 / 5.
STATED = TRUTH[["initiative"]].assign(roi=TRUTH["roi"] + [0.1, -0.1] * 5)


def rule(name: str, off: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"rule": name, "initiative": NAMES, "roi": TRUTH["roi"] + off})


NEAR, FAR = rule("near", [1.0, 0.6, 0.8, 0.9, 0.7] * 2), rule("far", [2.0, 3.0] * 5)


def test_errors_and_cut_by_hand() -> None:
    found = pf.roi_accuracy(STATED, TRUTH, pd.concat([FAR, NEAR]))
    # sums of absolute errors: 1.0 stated, 8.0 of the nearer rule, over a true sum of 5.0
    assert found.rule == "near"
    assert found.error == pytest.approx(1.0 / 5)
    assert found.rule_error == pytest.approx(8.0 / 5)
    assert found.value == pytest.approx(7 / 8)
    assert found.low < found.value < found.high
    assert found.rules.set_index("rule")["error"].to_dict() == pytest.approx(
        {"far": 25 / 5, "near": 8 / 5}
    )
    assert found.rules["best"].tolist() == [False, True]
    assert found.rows["rule_error"].tolist() == pytest.approx([1.0, 0.6, 0.8, 0.9, 0.7] * 2)
    assert (found.verdict, found.count) == ("claimed", 10)


def test_it_is_claimed_by_its_lower_end_alone() -> None:
    # 53 % less in sum, all of it from three initiatives: so few of ten may not have come by
    off = [0.5] * 7 + [6.0] * 3
    said = STATED.assign(roi=TRUTH["roi"] + 1.0)
    found = pf.roi_accuracy(said, TRUTH, rule("only", off))
    assert found.value == pytest.approx(1 - 10 / 21.5)
    assert found.low < found.target < found.value
    assert found.verdict == "not_claimed"
    assert found.reason.startswith("the lower end, ")
    lower = pf.roi_accuracy(STATED, TRUTH, rule("only", off), target=found.value)
    assert (lower.verdict, lower.reason) == ("claimed", "")


def test_worse_than_the_rule_is_below_zero() -> None:
    found = pf.roi_accuracy(FAR[["initiative", "roi"]], TRUTH, NEAR)
    assert found.value == pytest.approx(1 - 25 / 8)
    assert found.verdict == "not_claimed"


def test_too_few_say_how_many_are_needed() -> None:
    found = pf.roi_accuracy(STATED.head(7), TRUTH, NEAR)
    assert (found.verdict, found.count) == ("too_few", 7)
    assert found.reason == "7 closed initiatives are compared, 8 are needed"
    assert np.isnan(found.value)
    assert found.error == pytest.approx(0.7 / 3.5)
    assert found.rows["reason"].tolist() == [""] * 7 + ["no return was stated"] * 3


def test_initiatives_drawn_together_count_as_one() -> None:
    truth = TRUTH.assign(together=["A", "B"] * 5)
    found = pf.roi_accuracy(STATED, truth, NEAR)
    assert found.verdict == "too_few"
    assert found.reason.startswith("fewer than 8 groups are drawn together")
    pairs = pf.roi_accuracy(STATED, TRUTH.assign(together=[f"{k // 2}" for k in range(10)]), NEAR,
                            fewest=5)  # fmt: skip
    assert pairs.value == pytest.approx(7 / 8)


def test_a_rule_that_is_silent_on_one_is_not_chosen() -> None:
    found = pf.roi_accuracy(STATED, TRUTH, pd.concat([FAR, NEAR.iloc[1:]]))
    assert found.rule == "far"
    assert found.count == 10
    told = found.rules.set_index("rule")
    assert told.loc["near", "reason"] == "silent on 1 of 10"
    nobody = pf.roi_accuracy(STATED, TRUTH, pd.concat([FAR.iloc[:9], NEAR.iloc[1:]]))
    assert (nobody.verdict, nobody.reason) == (
        "too_few",
        "no simple rule speaks of all initiatives compared",
    )
    assert pd.isna(nobody.rows["rule"]).all()


def test_what_is_not_compared_says_why() -> None:
    stated = STATED.assign(roi=STATED["roi"].where(STATED["initiative"] != "I-03"), reason="")
    stated.loc[3, "reason"] = "attribution refuses F02"
    truth = TRUTH.assign(roi=TRUTH["roi"].where(TRUTH["initiative"] != "I-05"))
    found = pf.roi_accuracy(stated, truth, NEAR.iloc[:9])
    told = found.rows.set_index("initiative")["reason"]
    assert told[["I-03", "I-05", "I-09", "I-00"]].tolist() == [
        "attribution refuses F02",
        "its review states no return",
        "no simple rule speaks of it",
        "",
    ]


def test_trend_is_what_was_known_then() -> None:
    truth = TRUTH.assign(period=["2026Q1"] * 8 + ["2026Q2"] * 2)
    found = pf.roi_accuracy(STATED, truth, NEAR)
    assert found.trend["count"].tolist() == [8, 10]
    # eight: 0.8 against 1.0 + .6 + .8 + .9 + .7 + 1.0 + .6 + .8 = 6.4
    assert found.trend["value"].tolist() == pytest.approx([1 - 0.8 / 6.4, 7 / 8])
    early = pf.roi_accuracy(STATED, TRUTH.assign(period=["2026Q1"] * 3 + ["2026Q2"] * 7), NEAR)
    assert early.trend["value"].isna().tolist() == [True, False]


def test_order_does_not_matter_and_the_seed_fixes_digits() -> None:
    one = pf.roi_accuracy(STATED, TRUTH, NEAR)
    other = pf.roi_accuracy(STATED.iloc[::-1], TRUTH, NEAR.iloc[::-1])
    assert (one.low, one.high) == (other.low, other.high)


def test_nobody_reviewed_is_an_empty_result() -> None:
    found = pf.roi_accuracy(STATED.head(0), TRUTH.head(0), NEAR.head(0))
    assert (found.verdict, found.count) == ("too_few", 0)
    assert found.rows.empty


def test_the_lower_end_holds_as_often_as_it_says() -> None:
    dice = np.random.default_rng(4)

    def company(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        true = dice.lognormal(0, 1.2, count)
        return (
            true,
            true * (1 + dice.normal(0, 0.3, count)),
            true * (1 + dice.normal(0.2, 0.8, count)),
        )

    true, said, by_rule = company(200_000)
    real = 1 - np.abs(said - true).sum() / np.abs(by_rule - true).sum()
    held = 0
    for seed in range(200):
        true, said, by_rule = company(12)
        names = [f"{k}" for k in range(12)]
        tables = [pd.DataFrame({"initiative": names, "roi": one}) for one in (said, true, by_rule)]
        found = pf.roi_accuracy(
            tables[0], tables[1], tables[2].assign(rule="r"), draws=200, seed=seed
        )
        held += found.low <= real
    assert 0.90 <= held / 200 <= 0.99  # nominal 95 %, one-sided


def test_errors_name_the_row() -> None:
    twice = pd.concat([STATED, STATED.head(1)])
    with pytest.raises(MeasureError, match=r"stated, row 10: 'I-00' stands twice\n  -> Keep one"):
        pf.roi_accuracy(twice, TRUTH, NEAR)
    endless = STATED.assign(roi=[float("inf"), *STATED["roi"].iloc[1:]])
    with pytest.raises(MeasureError, match="stated, row 0: roi is not finite in 1 of 10 rows"):
        pf.roi_accuracy(endless, TRUTH, NEAR)
    with pytest.raises(ContractError, match="column 'roi' is not there"):
        pf.roi_accuracy(STATED.rename(columns={"roi": "r"}), TRUTH, NEAR)
    with pytest.raises(ParameterError, match=r"target 40, level 0.9, .* cannot be\n  -> Use frac"):
        pf.roi_accuracy(STATED, TRUTH, NEAR, target=40)
