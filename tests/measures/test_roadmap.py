"""What planned releases add, by hand: haircut, slips, chances, and no money counted twice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import pfkit as pf
from pfkit.errors import ContractError, ParameterError
from pfkit.period import FiscalCalendar

JUNE = FiscalCalendar().period("2026-06")


def planned(**given: object) -> pd.DataFrame:
    row = {
        "item": ["sync"],
        "kind": "release",
        "initiative": "",
        "planned": "2026-08",
        "expected": "2026-08",
        "amount": 1200.0,
        "probability": None,
    }
    return pd.DataFrame(row | given)


def launched(share: float = 0.8, *, count: int = 6, **given: object) -> pd.DataFrame:
    """Benefits of 100 each of which the same share came, long ago."""
    row: dict[str, Any] = {
        "item": [f"B{k}" for k in range(count)],
        "kind": "benefit",
        "initiative": "",
        "planned": "2024-01",
        "came": "2024-01",
        "amount": 100.0,
        "realized": 100.0 * share,
    }
    return pd.DataFrame(row | given)


def came(months: list[str], plans: list[str], amount: float | None = None) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "item": [f"R{k}" for k in range(len(months))],
            "kind": "release",
            "initiative": "",
            "planned": plans,
            "came": months,
            "amount": amount,
            "realized": None,
        }
    )


def outlook(months: list[str]) -> pd.DataFrame:
    rows = pd.DataFrame({"period": months, "mean": 500.0, "lo80": 450.0, "hi80": 550.0})
    lower = rows.assign(depth=1, grain="month", mean=1.0)
    return pd.concat([rows.assign(depth=0, grain="month"), lower])


def test_a_promise_is_cut_by_what_came_of_earlier_ones() -> None:
    ahead = outlook(["2026-07", "2026-08", "2026-09"])
    found = pf.roadmap(planned(), launched(), ahead, period=JUNE, horizon=3)
    # 100 a month in August and September, 80 % of it; nothing released before
    assert found.months["promised"].tolist() == [0, 100, 100]
    assert found.months["likely"].tolist() == pytest.approx([0, 80, 80])
    assert found.months["usual"].tolist() == [0, 0, 0]
    assert found.months["together"].tolist() == pytest.approx([500, 580, 580])
    assert found.months["outlook_high"].tolist() == [550, 550, 550]
    assert (found.hit_rate, found.hit_low, found.hit_high) == pytest.approx((0.8, 0.8, 0.8))
    assert found.items[["promised", "likely", "low", "high"]].to_numpy().tolist() == [
        pytest.approx([200, 160, 160, 160])
    ]
    assert found.verdict == "projected"


def test_the_haircut_is_the_ratio_of_sums_and_its_interval_grows_with_spread() -> None:
    spread = launched(amount=[100.0, 300.0, 100.0, 100.0, 100.0, 100.0])
    spread["realized"] = [100.0, 150.0, 20.0, 90.0, 40.0, 80.0]
    found = pf.roadmap(planned(), spread, period=JUNE)
    assert found.hit_rate == pytest.approx(480 / 800)
    assert found.hit_low < found.hit_rate < found.hit_high
    wide = pf.roadmap(planned(), spread, period=JUNE, level=0.95)
    assert wide.hit_high - wide.hit_low > found.hit_high - found.hit_low
    # by hand: standard error of the ratio, with t of 5 degrees, 80 %: 1.476
    gaps = spread["realized"] - 0.6 * spread["amount"]
    error = np.sqrt((gaps**2).sum() * 6 / 5) / 800
    assert found.hit_high - found.hit_low == pytest.approx(2 * 1.476 * error, rel=0.12)


def test_what_the_outlook_carries_on_does_not_count_twice() -> None:
    before = pd.concat([launched(), came(["2026-05"], ["2026-05"], 600.0)])
    found = pf.roadmap(planned(), before, outlook(["2026-07", "2026-08", "2026-09"]), period=JUNE,
                       horizon=3)  # fmt: skip
    # a release of 50 a month came in May: again in August, of it 80 %
    assert found.months["usual"].tolist() == pytest.approx([0, 40, 40])
    assert found.months["beyond"].tolist() == pytest.approx([0, 40, 40])
    assert found.months["together"].tolist() == pytest.approx([500, 540, 540])
    more = pd.concat([launched(), came(["2026-05"], ["2026-05"], 9600.0)])
    less = pf.roadmap(planned(), more, outlook(["2026-07", "2026-08", "2026-09"]), period=JUNE,
                      horizon=3)  # fmt: skip
    assert less.months["usual"].tolist() == pytest.approx([0, 640, 640])
    assert less.months["beyond"].tolist() == [0, 0, 0]  # nothing is taken off either
    assert less.months["together"].tolist() == [500, 500, 500]
    unknown = pd.concat([launched(), came(["2026-05"], ["2026-05"], None)])
    untold = pf.roadmap(planned(), unknown, outlook(["2026-07"]), period=JUNE, horizon=3)
    assert not untold.usual_known
    assert untold.months["together"].isna().all()
    assert untold.months["likely"].notna().all()


def test_slips_of_earlier_releases_move_what_is_planned() -> None:
    slipped = came(["2025-04", "2025-06", "2025-09"], ["2025-02", "2025-04", "2025-07"])
    before = pd.concat([launched(), slipped])
    found = pf.roadmap(planned(), before, period=JUNE, horizon=6)
    # always two months late: from October, 80 a month
    assert found.slip_months == pytest.approx(2)
    assert found.months["likely"].tolist() == pytest.approx([0, 0, 0, 80, 80, 80])
    already = pf.roadmap(planned(planned="2026-06"), before, period=JUNE, horizon=6)
    assert already.months["likely"].tolist() == pytest.approx([0, 80, 80, 80, 80, 80])


def test_a_stated_probability_counts_else_the_share_of_plans_that_came() -> None:
    half = pf.roadmap(planned(probability=0.5), launched(), period=JUNE, horizon=2, draws=20_000)
    assert half.items["likely"].iloc[0] == pytest.approx(40, abs=2)
    assert half.items["low"].iloc[0] == 0
    gone = came(["2025-01", "", "2025-01", "2025-01", "2025-01"], ["2025-01"] * 5)
    found = pf.roadmap(planned(), pd.concat([launched(), gone]), period=JUNE, horizon=2,
                       draws=20_000)  # fmt: skip
    assert found.come_rate == 0.8
    assert found.items["likely"].iloc[0] == pytest.approx(64, abs=2)


def test_releases_are_judged_by_attribution_and_each_initiative_once() -> None:
    earned = pf.Attribution(
        pd.DataFrame({"feature": ["R0"], "verdict": ["supported"]}),
        monthly=pd.DataFrame(
            {"feature": "R0", "incremental": 10.0}
            | {"period": [f"2025-{k:02d}" for k in range(4, 13)] + ["2026-01", "2026-06"]}
        ),
        draws=pd.DataFrame({"R0": [90.0, 110.0, 130.0]}),
    )
    release = came(["2025-04"], ["2025-04"], 200.0).assign(initiative="I-1")
    same = launched(count=1, initiative="I-1", item=["B-same"])
    found = pf.roadmap(planned(), pd.concat([launched(), release, same]), period=JUNE,
                       earned=earned)  # fmt: skip
    told = found.promises.set_index("item")
    # 8 of the last twelve months told, ten each: 120 a year of 200
    assert told.loc["R0", "realized_share"] == pytest.approx(0.6)
    assert told.loc["B-same", "reason"] == "the same initiative is told by attribution"
    assert found.hit_count == 7
    assert found.hit_rate == pytest.approx((6 * 80 + 120) / (600 + 200))


def test_too_few_promises_give_no_haircut() -> None:
    found = pf.roadmap(planned(), launched(count=4), period=JUNE, horizon=2)
    assert found.reason == "no haircut: fewer than 5 promises are known with what came of them"
    assert found.items["likely"].isna().all()
    assert found.verdict == "projected"


def test_nothing_planned_is_refused() -> None:
    none = pf.roadmap(planned().head(0), launched(), period=JUNE)
    assert none.verdict == "refused"
    assert none.reason.startswith("no release is planned: give table releases")
    untold = pf.roadmap(planned(amount=None), launched(), period=JUNE)
    assert untold.reason == "no planned release states an amount that falls into the months ahead"
    late = pf.roadmap(planned(expected="2028-01"), launched(), period=JUNE)
    assert late.items["reason"].tolist() == ["it comes after 2027-06"]


def test_errors_say_what_cannot_be() -> None:
    with pytest.raises(ContractError, match="column 'amount' is not there"):
        pf.roadmap(planned().drop(columns="amount"), launched(), period=JUNE)
    with pytest.raises(ParameterError, match=r"horizon 0, .* cannot be\n  -> Use 1 or more"):
        pf.roadmap(planned(), launched(), period=JUNE, horizon=0)
