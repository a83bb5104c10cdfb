from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pfkit.errors import ContractError, MeasureError, ParameterError
from pfkit.measures import journeys

USED = pd.DataFrame(
    [
        ("A", "search", "2026-01-01"),
        ("A", "search", "2026-01-02"),
        ("A", "export", "2026-01-03"),
        ("A", "search", "2026-01-25"),
        ("B", "export", "2025-06-01"),
        ("B", "search", "2026-01-01"),
        ("B", "export", "2026-01-02"),
        ("C", "search", "2025-12-01"),
    ],
    columns=["customer", "feature", "day"],
).assign(day=lambda table: pd.to_datetime(table["day"]))
WON = pd.DataFrame(
    {
        "customer": ["A", "A", "D", "C"],
        "day": pd.to_datetime(["2026-01-03", "2026-01-31", "2026-01-31", "2026-03-01"]),
        "amount": [10.10, 20.20, 5.0, 1.0],
    }
)


def test_each_gain_takes_what_came_before_it_and_after_the_last() -> None:
    found = journeys(USED, WON, window=90)
    assert found.to_numpy().tolist() == [
        ["(none)", 2, 6.0, 0],  # D touched nothing, C not in the 90 days before
        ["search", 1, 20.2, 0],  # A's second gain starts anew
        ["search > export", 1, 10.1, 1],  # B's last window, without the touch of June
    ]


def test_the_window_holds_its_own_day_and_no_more() -> None:
    close = journeys(USED, WON.iloc[[0]], window=1)
    assert close.loc[close["gained"] == 1, "path"].tolist() == ["export"]
    wider = journeys(USED, WON.iloc[[0]], window=2)
    assert wider.loc[wider["gained"] == 1, "path"].tolist() == ["search > export"]


def test_rows_in_any_order_give_the_same() -> None:
    dice = np.random.default_rng(3)
    mixed = journeys(
        USED.iloc[dice.permutation(len(USED))], WON.iloc[dice.permutation(len(WON))], window=90
    )
    pd.testing.assert_frame_equal(mixed, journeys(USED, WON, window=90))


def test_no_gain_leaves_only_losses() -> None:
    found = journeys(USED, WON.head(0), window=365)
    assert found["gained"].sum() == 0
    assert found["lost"].sum() == 3
    assert journeys(USED.head(0), WON, window=30)["path"].tolist() == ["(none)"]


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"feature": "a > b"}, MeasureError, "'a > b' is empty or holds the separator"),
        ({"feature": None}, ContractError, "feature is missing in 8 of 8 rows"),
        ({"day": pd.NaT}, ContractError, "day is missing"),
    ],
)
def test_touches_that_cannot_be(
    change: dict[str, object], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        journeys(USED.assign(**change), WON)


def test_gains_and_windows_that_cannot_be() -> None:
    with pytest.raises(MeasureError, match="1 of 4 amounts are missing or not finite"):
        journeys(USED, WON.assign(amount=[1.0, 2.0, np.nan, 3.0]))
    with pytest.raises(ParameterError, match="window 0 cannot be"):
        journeys(USED, WON, window=0)
