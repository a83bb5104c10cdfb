from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from pfkit.measures import budget_lines
from pfkit.measures.parts import BudgetParts, StatementParts, column_parts, driven

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from pfkit.period import Period

    Rows = Callable[[str], pd.DataFrame]

CENTS = st.integers(-10_000, 10_000)


@given(st.dictionaries(st.sampled_from("ABCDE"), st.tuples(CENTS, CENTS), min_size=1))
def test_a_part_is_named_if_it_alone_covers_three_fifths(parts: dict[str, tuple[int, int]]) -> None:
    change = sum(end - start for start, end in parts.values())
    found = driven([("product", parts)], change, 0.6)
    least = 6 * change * change
    covering = [n for n, (a, b) in parts.items() if change and 10 * (b - a) * change >= least]
    assert found["driver"] == (covering[0] if len(covering) == 1 else "")
    if found["driver"]:
        assert round((found["driver_amount"] + found["rest"]) * 100) == change
    elif change:
        assert found["reason"] == "no single driver"


def test_one_that_is_most_of_the_base_comes_after_one_that_is_not() -> None:
    cells = [
        ("product", {"All": (90_00, 97_00), "Rest": (10_00, 13_00)}),
        ("line", {"Fees": (50_00, 58_00), "Usage": (50_00, 52_00)}),
    ]
    assert driven(cells, 10_00, 0.6)["driver"] == "Fees"
    assert driven(cells[:1], 10_00, 0.6)["driver"] == "All"


def test_parts_that_do_not_add_up_explain_nothing() -> None:
    found = driven([("product", {"A": (0, 9_99), "B": (0, 0)})], 10_00, 0.6)
    assert (found["driver"], found["reason"]) == ("", "no single driver: its parts are not stated")
    assert driven([], 0, 0.6)["reason"] == ""


def test_what_is_assigned_to_nothing_is_no_driver() -> None:
    cells = [("product", {"(none)": (0, 9_00), "B": (0, 1_00)})]
    assert driven(cells, 10_00, 0.6)["reason"] == "no single driver"


def test_a_statement_is_read_line_by_line(statement: pd.DataFrame, february: Period) -> None:
    parts = StatementParts(statement, period=february, plan="adopted")
    sales = dict(parts.of_line("gross-sales", "gross", "Gross sales", "plan"))
    assert sales["product"] == {"Atlas": (100_00, 120_50), "Borea": (40_00, 30_00)}
    assert "account" not in sales  # one account feeds the line: that is the line itself
    margin = dict(parts.of_line("gross-margin", "", "Gross margin", "plan"))
    assert margin["product"] == {"Atlas": (70_00, 82_09), "Borea": (40_00, 30_00)}
    assert margin["line"]["Hosting"] == (-30_00, -36_00)
    atlas = dict(parts.of_value("product", "Atlas", "plan"))
    assert atlas["line"] == {"Gross sales": (100_00, 120_50), "Refunds": (0, -2_41)}


def test_a_budget_line_is_read_as_it_was_compared(february: Period, rows: Rows) -> None:
    spent = rows("""
        period  | cost_center | account | amount
        2026-01 | Cloud       | servers |     40
        2026-02 | Cloud       | servers |     50
        2026-02 | Cloud       | search  |     10
        2026-02 | Rent        | office  |     10
    """)
    plan = rows("""
        version | period  | cost_center | account | amount
        adopted | 2026-01 | Cloud       | servers |     40
        adopted | 2026-02 | Cloud       | servers |     20
        adopted | 2026-02 | Cloud       | search  |     10
        adopted | 2026-02 | Rent        | office  |     10
    """)
    lines = budget_lines(spent, plan, period=february, amount=5, rate=0.05)
    (words,) = set(lines["comparison"])
    made = BudgetParts(spent, plan, period=february)
    (cells,) = made.of_line(["cost_center"], ["Cloud"], words)
    assert cells == ("account", {"servers": (60_00, 90_00), "search": (10_00, 10_00)})
    assert made.of_line(["cost_center"], ["Cloud"], "no comparison") == []


def test_columns_that_add_up_are_parts() -> None:
    row = {"price": 20.0, "volume": 10.5, "mix": float("nan")}
    assert column_parts(row, ["price", "volume", "mix"], 30_50) == [
        ("effect", {"price": (0, 20_00), "volume": (0, 10_50)})
    ]
    assert column_parts(row, ["price"], 30_50) == []


def test_a_column_with_one_value_explains_no_budget_line(february: Period, rows: Rows) -> None:
    spent = rows("""
        period  | span | cost_center | account  | amount
        2026-02 | ytd  | Fire        | spending |     90
        2026-02 | ytd  | Parks       | spending |     49
    """)
    plan = spent.assign(version="adopted", amount=[50, 50])
    made = BudgetParts(spent, plan, period=february)
    words = "actual to date against adopted to date"
    assert made.of_line(["cost_center"], ["Fire"], words) == []
