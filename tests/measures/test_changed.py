from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit.measures import changed

if TYPE_CHECKING:
    from pfkit.period import Period

COLUMNS = ["version", "period", "product", "line", "group", "amount"]


def _statement(*found: tuple[str, str, float]) -> pd.DataFrame:
    table = [
        ("actual", month, product, "Sales", "gross", amount) for month, product, amount in found
    ]
    return pd.DataFrame(table, columns=COLUMNS)


def test_what_was_stated_anew_is_found_by_the_book_as_known_then(february: Period) -> None:
    then = _statement(("2026-01", "Atlas", 100.0))
    now = _statement(("2026-01", "Atlas", 88.0), ("2026-02", "Atlas", 90.0))
    found = changed(now, period=february, then=then, amount=1e6)
    assert found[["kind", "period", "before", "after", "amount"]].to_numpy().tolist() == [
        ["restated", "2026-01", 100.0, 88.0, -12.0]
    ]
    assert not found["favorable"][0]


def test_a_month_nobody_knew_then_is_not_restated(february: Period) -> None:
    now = _statement(("2026-01", "Atlas", 88.0), ("2026-02", "Atlas", 90.0))
    assert changed(now, period=february, then=now.iloc[:0], amount=1e6).empty


def test_products_come_and_go(february: Period) -> None:
    found = changed(
        _statement(
            ("2025-12", "Doris", 5.0),
            ("2026-01", "Atlas", 10.0),
            ("2026-01", "Borea", 7.0),
            ("2026-02", "Atlas", 10.0),
            ("2026-02", "Ceres", 3.0),
            ("2026-02", "Doris", 4.0),
        ),
        period=february,
        amount=1e6,
        names={"Ceres": "Ceres Cards"},
    )
    assert found[["kind", "subject", "amount"]].to_numpy().tolist() == [
        ["new", "Ceres Cards (Ceres)", 3.0],  # Doris was sold before
        ["stopped", "Borea", -7.0],
    ]


def test_nothing_is_new_without_a_month_to_compare(february: Period) -> None:
    assert changed(_statement(("2026-02", "Atlas", 10.0)), period=february).empty


def test_nothing_stopped_in_a_month_that_nothing_states(february: Period) -> None:
    found = changed(_statement(("2026-01", "Atlas", 10.0)), period=february)
    assert found.empty
    assert found.attrs["reason"] == "2026-02 is not all in the input: nothing is compared with it."


def test_many_of_a_kind_stand_together(february: Period) -> None:
    cells = [("2026-01", "Old", 1.0)]
    cells += [("2026-02", name, float(size)) for size, name in enumerate("ABCDEF", start=1)]
    found = changed(_statement(*cells), period=february, amount=1e6, top=2)
    assert found[["row_key", "count", "amount"]].to_numpy().tolist() == [
        ["new|f|2026-02", 1, 6.0],
        ["new|e|2026-02", 1, 5.0],
        ["new|other", 4, 10.0],
        ["stopped|old|2026-02", 1, -1.0],
    ]


def test_a_material_move_against_the_month_before_is_told(
    statement: pd.DataFrame, february: Period
) -> None:
    found = changed(statement, period=february, amount=6.0, rate=0.05).query("kind == 'moved'")
    assert found[["subject", "amount"]].to_numpy().tolist() == [
        ["Gross sales", 10.50],
        ["Rent", -10.00],
        ["Hosting", -6.00],
    ]


def test_nothing_in_is_nothing_out(statement: pd.DataFrame, february: Period) -> None:
    assert changed(statement.iloc[:0], period=february, then=statement.iloc[:0]).empty


def test_an_empty_table_says_when_there_was_nothing_to_compare_with(february: Period) -> None:
    alone = changed(_statement(("2026-02", "Atlas", 90.0)), period=february)
    assert alone.empty
    assert alone.attrs["reason"].startswith("2026-01 is not all in the input")
    both = _statement(("2026-01", "Atlas", 90.0), ("2026-02", "Atlas", 90.0))
    same = changed(both, period=february, amount=1e6)
    assert same.empty
    assert same.attrs["reason"] == ""
