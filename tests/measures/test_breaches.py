from __future__ import annotations

import pandas as pd
import pytest

from pfkit.errors import ContractError, MeasureError
from pfkit.measures import breaches


def _found(parts: list[tuple[str, float]]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "row_key": [f"b{place}" for place in range(len(parts))],
            "rule": "Cut-off",
            "month": "2026-06",
            "state": pd.Series([state for state, _ in parts], dtype="str"),
            "amount": pd.Series([amount for _, amount in parts], dtype="float64"),
            "count": 2,
            "entries": "J1, J2",
            "detail": "d",
            "advice": "a",
        }
    )


def test_red_stands_first_and_then_the_largest() -> None:
    found = _found([("amber", 10.0), ("red", 5.0), ("amber", 90.0), ("red", 7.0)])
    assert breaches(found)["row_key"].tolist() == ["b3", "b1", "b2", "b0"]


def test_what_does_not_fit_stands_together_but_red_never_does() -> None:
    found = _found([("amber", float(place)) for place in range(5)] + [("red", 1.0)] * 3)
    table = breaches(found, top=3)
    assert table["role"].tolist() == ["item", "item", "item", "other"]
    assert table["rule"].iloc[-1] == "Other (5)"
    assert (table["findings"].sum(), table["count"].sum()) == (8, 16)
    assert table["amount"].isna().tolist() == [False, False, False, True]  # they may overlap


def test_one_more_than_fits_is_shown_and_not_folded() -> None:
    assert len(breaches(_found([("amber", 1.0)] * 4), top=3)) == 4


def test_the_order_of_rows_does_not_matter() -> None:
    found = _found([("amber", 10.0), ("red", 5.0), ("amber", 10.0)])
    pd.testing.assert_frame_equal(breaches(found), breaches(found.iloc[::-1]))


def test_without_a_breach_the_reason_says_what_was_looked_at() -> None:
    none = _found([])
    none.attrs["reason"] = "No breach of controls was found; looked at: cut-off."
    table = breaches(none)
    assert table.empty
    assert table.attrs["reason"] == none.attrs["reason"]


def test_a_state_that_is_none_is_refused_with_the_nearest() -> None:
    with pytest.raises(MeasureError, match="state 'ambre'") as caught:
        breaches(_found([("ambre", 1.0)]))
    assert "'amber'" in caught.value.advice


def test_an_amount_must_be_there() -> None:
    with pytest.raises(MeasureError, match="missing or not finite"):
        breaches(_found([("amber", float("nan"))]))


def test_a_missing_column_is_named() -> None:
    with pytest.raises(ContractError, match="'entries'"):
        breaches(_found([("amber", 1.0)]).drop(columns="entries"))
