from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import ContractError, MeasureError
from pfkit.measures import control_states, controls, held_back

if TYPE_CHECKING:
    from collections.abc import Callable

PARTS = ("accepted", "quarantined", "excluded")


def _controls(states: list[tuple[str, float | None]]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "row_key": [f"c{place}" for place in range(len(states))],
            "control": "Tie",
            "source": "invoices",
            "period": "2011-06",
            "expected": 0.0,
            "actual": pd.Series([gap for _, gap in states], dtype="Float64"),
            "difference": pd.Series([gap for _, gap in states], dtype="Float64"),
            "state": pd.Series([state for state, _ in states], dtype="str"),
            "detail": "",
            "advice": "",
        }
    )


def test_what_is_wrong_stands_first_and_largest_first() -> None:
    found = _controls([("green", 0.0), ("amber", None), ("red", 5.0), ("red", -9.0)])
    assert controls(found)["row_key"].tolist() == ["c3", "c2", "c1", "c0"]


def test_what_is_right_is_folded_but_red_never_is() -> None:
    found = _controls([("green", 0.0)] * 5 + [("red", 1.0)] * 3)
    table = controls(found, top=2)
    assert table["control"].tolist() == ["Tie", "Tie", "Tie", "Other (5)"]
    assert table["count"].sum() == 8


def test_states_are_counted_and_the_worst_named() -> None:
    table = control_states(_controls([("green", 0.0), ("amber", 2.5), ("amber", -0.5)]))
    assert table[["state", "count", "difference", "worst"]].to_numpy().tolist() == [
        ["red", 0, 0.0, False],
        ["amber", 2, 3.0, True],
        ["green", 1, 0.0, False],
    ]


def test_a_book_without_controls_has_no_worst_state() -> None:
    assert not control_states(_controls([]))["worst"].any()
    assert controls(_controls([])).empty


def test_an_unknown_state_is_refused_with_the_nearest() -> None:
    with pytest.raises(MeasureError, match="state 'grean'") as caught:
        controls(_controls([("grean", 0.0)]))
    assert "'green'" in caught.value.advice


def test_controls_need_their_columns() -> None:
    with pytest.raises(ContractError, match="'advice'"):
        controls(_controls([]).drop(columns="advice"))


def test_held_back_adds_months_and_sources(rows: Callable[[str], pd.DataFrame]) -> None:
    balance = rows("""
        source  | table    | period  | rows_in | rows_accepted | rows_quarantined | rows_excluded
        billing | invoices | 2011-05 |      10 |             8 |                1 |             1
        billing | invoices | 2011-06 |       5 |             5 |                0 |             0
        ledger  | actuals  | 2011-06 |       2 |             1 |                0 |             0
    """).assign(
        amount_in=[100.0, 50.0, 7.0],
        amount_accepted=[110.0, 50.0, 7.0],
        amount_quarantined=[5.0, 0.0, 0.0],
        amount_excluded=[-15.0, 0.0, 0.0],
    )
    table = held_back(balance).set_index("row_key")
    billing = table.loc["billing|invoices"]
    assert (billing["rows_in"], billing["amount_in"]) == (15, 150.0)
    assert billing["held_share"] == pytest.approx(-10 / 150)
    assert billing["closes"]
    assert not table.loc["ledger|actuals", "closes"]  # one row of two is nowhere
    assert table.loc["total", "rows_in"] == 17
    assert pd.isna(table.loc["total", "amount_in"])
    assert table.loc["total", "reason"] == "amounts of different tables are not added"
    same = held_back(balance.assign(table="invoices")).set_index("row_key")
    assert same.loc["total", "amount_in"] == 157.0


@given(
    parts=st.lists(
        st.tuples(*[st.integers(-(10**9), 10**9) for _ in PARTS]), min_size=1, max_size=8
    )
)
def test_a_balance_that_closes_by_period_closes_in_total(
    parts: list[tuple[int, int, int]],
) -> None:
    balance = pd.DataFrame(
        [
            {"source": "s", "table": "t", "rows_in": 3, "amount_in": sum(cents) / 100}
            | {f"rows_{part}": 1 for part in PARTS}
            | {f"amount_{part}": c / 100 for part, c in zip(PARTS, cents, strict=True)}
            for cents in parts
        ]
    )
    assert held_back(balance)["closes"].all()


def test_more_held_than_came_in_is_no_share(rows: Callable[[str], pd.DataFrame]) -> None:
    # the bank side of a journal is left out: the sides nearly cancel in what came in
    balance = rows("""
        source | table   | period  | rows_in | rows_accepted | rows_quarantined | rows_excluded
        ledger | actuals | 2026-05 |       4 |             2 |                0 |             2
    """).assign(
        amount_in=[10.0], amount_accepted=[60.0], amount_quarantined=[0.0], amount_excluded=[-50.0]
    )
    row = held_back(balance).iloc[0]
    assert row["held_share"] is pd.NA
    assert row["reason"] == "amounts of both signs"
