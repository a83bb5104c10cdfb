from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

import pfkit as pf
from pfkit.errors import MeasureError, ParameterError
from pfkit.measures.fleet.periods import labels

if TYPE_CHECKING:
    from collections.abc import Mapping

MONTHS = labels(12, 2025 * 12 + np.arange(12))
STEPS = {"naive": "naive", "budget": "adopted", "analyst": "ann", "statistical": "full"}


def _known(amount: float = 100.0, products: tuple[str, ...] = ("Atlas", "Borea")) -> pd.DataFrame:
    parts = [
        pd.DataFrame({"period": MONTHS, "product": name, "amount": amount}) for name in products
    ]
    return pd.concat(parts).assign(
        kind="actual", version="actual", known_on="2026-01-05", replaced_on=None
    )


def _said(errors: Mapping[str, Mapping[str, list[float]]], scale: float = 5.0) -> pd.DataFrame:
    """Return forecasts a month ahead of every month: what comes and an error by hand."""
    before = labels(12, 2025 * 12 - 1 + np.arange(12))
    parts = [
        pd.DataFrame(
            {
                "method": method,
                "by": "product",
                "product": product,
                "origin": before[: len(own)],
                "period": MONTHS[: len(own)],
                "step": 1,
                "mean": [100.0 + error for error in own],
                "scale": scale,
            }
        )
        for method, products in errors.items()
        for product, own in products.items()
    ]
    return pd.concat(parts, ignore_index=True)


def test_the_stairs_by_hand() -> None:
    said = _said(
        {
            "naive": {"Atlas": [10.0] * 12, "Borea": [-10.0] * 12},
            "adopted": {"Atlas": [4.0] * 12, "Borea": [-8.0] * 12},
            "full": {"Atlas": [5.0] * 12, "Borea": [-9.0] * 12},
        }
    )
    found = pf.forecast_value_added(said, _known(), period="2025-12", steps=STEPS, leads=1)
    rows = found.set_index("step")
    # over what came, 2 x 12 x 100: (10 + 10), (4 + 8), (5 + 9) of 200 each month
    assert rows["error_rate"].dropna().tolist() == pytest.approx([0.10, 0.06, 0.07])
    assert rows["scaled_error"].dropna().tolist() == pytest.approx([2.0, 1.2, 1.4])
    assert rows["bias_rate"].dropna().tolist() == pytest.approx([0.0, -0.02, -0.02])
    assert rows["added_rate"].dropna().tolist() == pytest.approx([0.04, -0.01])
    assert rows["added_naive_rate"].dropna().tolist() == pytest.approx([0.04, 0.03])
    assert rows["verdict"].tolist() == ["", "better", "", "worse"]
    assert rows.loc["statistical", "before"] == "budget"
    assert rows.loc["analyst", "reason"] == "no forecast 'ann' is in the input"
    assert rows.loc["budget", ["count", "series_count", "periods_count"]].tolist() == [24, 2, 12]


def test_the_plan_is_the_version_the_book_calls_so() -> None:
    said = _said({"naive": {"Atlas": [9.0] * 12}, "B2": {"Atlas": [3.0] * 12}})
    found = pf.forecast_value_added(said, _known(), period="2025-12", plan="B2").set_index("step")
    assert found.loc["budget", "method"] == "B2"
    assert found.loc["budget", "error_rate"] == pytest.approx(0.03)
    none = pf.forecast_value_added(said, _known(), period="2025-12", plan=None).set_index("step")
    assert none.loc["budget", "reason"] == "no forecast 'plan' is in the input"


def test_every_step_is_judged_by_the_same_months() -> None:
    said = _said(
        {
            "naive": {"Atlas": [50.0] * 6 + [1.0] * 6},
            "adopted": {"Atlas": [2.0] * 6},  # it speaks of half a year, in which naive was far off
        }
    )
    steps = {"naive": "naive", "budget": "adopted"}
    found = pf.forecast_value_added(
        said, _known(products=("Atlas",)), period="2025-12", steps=steps, leads=1
    )
    assert found["error_rate"].tolist() == pytest.approx([0.50, 0.02])
    assert found["count"].tolist() == [6, 6]
    assert found["last_period"].tolist() == ["2025-06"] * 2


def test_the_interval_is_that_of_blocks_of_months() -> None:
    gains = [3.0, -1.0, 2.0, 4.0]
    said = _said(
        {"naive": {"Atlas": [10.0] * 4}, "adopted": {"Atlas": [10.0 - gain for gain in gains]}}
    )
    steps = {"naive": "naive", "budget": "adopted"}
    known = _known(products=("Atlas",))
    found = pf.forecast_value_added(said, known, period="2025-04", steps=steps, leads=1, level=0.80)
    # the means of all subsets of four gains over 100; of 16 with the empty one, one in each tail
    assert found.loc[1, ["added_low_rate", "added_high_rate"]].tolist() == [-0.01, 0.04]
    assert found.loc[1, "verdict"] == "not told apart"
    wide = pf.forecast_value_added(said, known, period="2025-04", steps=steps, leads=1, level=0.95)
    assert wide["added_low_rate"].isna().all()
    assert wide.loc[1, "reason"] == "4 blocks of months: too few for an interval of 95%"
    assert wide.loc[1, "verdict"] == ""


def test_money_in_another_unit_changes_nothing() -> None:
    random = np.random.default_rng(2)
    errors = {name: {"Atlas": list(random.normal(0, 5, 12))} for name in ("naive", "adopted")}
    said, known = _said(errors), _known(products=("Atlas",))
    steps = {"naive": "naive", "budget": "adopted"}
    one = pf.forecast_value_added(said, known, period="2025-12", steps=steps, leads=1)
    said[["mean", "scale"]] *= 1000
    other = pf.forecast_value_added(
        said, known.assign(amount=known["amount"] * 1000), period="2025-12", steps=steps, leads=1
    )
    pd.testing.assert_frame_equal(one, other, check_exact=False)


def test_the_sum_of_all_series_is_not_counted_again() -> None:
    errors = {"naive": {"Atlas": [10.0] * 12, "(every series)": [99.0] * 12}}
    found = pf.forecast_value_added(
        _said(errors), _known(), period="2025-12", steps={"naive": "naive"}, leads=1
    )
    assert found["error_rate"].tolist() == pytest.approx([0.10])


def test_what_comes_to_nothing_has_no_rate() -> None:
    said = _said({"naive": {"Atlas": [1.0] * 12}, "adopted": {"Atlas": [2.0] * 12}})
    found = pf.forecast_value_added(
        said,
        _known(0.0, ("Atlas",)),
        period="2025-12",
        steps={"naive": "naive", "budget": "adopted"},
        leads=1,
    )
    assert found["error_rate"].isna().all()
    assert found.loc[1, "reason"] == "what came is 0"


def test_no_month_in_common_says_so() -> None:
    said = _said({"naive": {"Atlas": [1.0] * 12}, "adopted": {"Cora": [2.0] * 12}})
    known = _known(products=("Atlas", "Cora"))
    found = pf.forecast_value_added(
        said, known, period="2025-12", steps={"naive": "naive", "budget": "adopted"}, leads=1
    )
    assert set(found["reason"]) == {"no series and month that every step speaks about"}
    late = pf.forecast_value_added(said, known, period="2024-12", steps={"naive": "naive"})
    assert late["reason"].tolist() == ["it says nothing of a month that has come at these leads"]


def test_what_cannot_be_is_said() -> None:
    said = _said({"naive": {"Atlas": [1.0] * 12}})
    with pytest.raises(MeasureError, match="there is no step"):
        pf.forecast_value_added(said, _known(), period="2025-12", steps={})
    with pytest.raises(ParameterError, match="level 80 is no fraction"):
        pf.forecast_value_added(said, _known(), period="2025-12", level=80)
