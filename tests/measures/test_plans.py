from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import MeasureError
from pfkit.measures.cashflows import month_number
from pfkit.measures.plans import plan_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

JANUARY = month_number("2026-01")


def stated(table: pd.DataFrame) -> list[dict[str, Any]]:
    filled = table.astype("object").where(table.notna(), "")
    return [
        {str(k): v for k, v in row.items()} | {"month": month_number(str(row["month"]))}
        for row in filled.to_dict("records")
    ]


def test_a_revision_leaves_the_approved_plan_as_it_was(rows: Callable[[str], pd.DataFrame]) -> None:
    plan = plan_of(stated(rows("""
        month   | flow    | cents | known      | version
        2026-01 | benefit |   100 | 2025-12-01 |
        2026-02 | benefit |   100 | 2025-12-01 |
        2026-02 | benefit |    60 | 2026-01-20 |
    """)))  # fmt: skip
    assert plan is not None
    assert sum(plan.approved.values()) == 200
    assert sum(plan.latest.values()) == 160
    assert (plan.known_on, plan.revised_on) == ("2025-12-01", "2026-01-20")


def test_the_plan_known_on_the_day_of_approval_is_the_promise(
    rows: Callable[[str], pd.DataFrame],
) -> None:
    table = stated(
        rows("""
        month   | flow    | cents | known      | version
        2026-01 | benefit |   100 | 2025-11-01 |
        2026-01 | benefit |    80 | 2025-12-01 |
        2026-01 | benefit |    60 | 2026-01-20 |
    """)
    )
    approved = [
        plan_of(table, approved_on=day).approved  # type: ignore[union-attr]
        for day in ("2025-12-15", "", "2025-10-01")
    ]
    # known by then; the first where no day is known, or nothing was planned by then
    assert [cells[JANUARY, "benefit"] for cells in approved] == [80, 100, 100]


def test_a_plan_that_goes_on_where_the_last_one_ends_is_part_of_it(
    rows: Callable[[str], pd.DataFrame],
) -> None:
    plan = plan_of(stated(rows("""
        month   | flow       | cents | known      | version
        2026-01 | benefit    |   100 | 2025-12-01 |
        2026-02 | benefit    |   100 | 2025-12-01 |
        2026-01 | investment |   -70 | 2025-12-05 |
        2026-03 | benefit    |   110 | 2026-02-01 |
    """)))  # fmt: skip
    assert plan is not None
    assert plan.approved == plan.latest
    assert sum(plan.approved.values()) == 240
    assert plan.revised_on == ""


def test_months_put_off_while_the_plan_runs_revise_it(rows: Callable[[str], pd.DataFrame]) -> None:
    plan = plan_of(stated(rows("""
        month   | flow    | cents | known      | version
        2026-01 | benefit |   100 | 2025-11-01 |
        2026-04 | benefit |   100 | 2025-11-01 |
        2026-05 | benefit |   100 | 2025-12-10 |
    """)))  # fmt: skip
    assert plan is not None
    assert sum(plan.approved.values()) == 200
    assert plan.revised_on == "2025-12-10"


def test_a_named_version_is_a_whole_plan(rows: Callable[[str], pd.DataFrame]) -> None:
    plan = plan_of(stated(rows("""
        month   | flow    | cents | known      | version
        2026-01 | benefit |   100 | 2025-12-01 | first
        2026-03 | benefit |    90 | 2026-01-15 | second
    """)))  # fmt: skip
    assert plan is not None
    assert plan.approved == {(JANUARY, "benefit"): 100}
    assert plan.latest == {(JANUARY + 2, "benefit"): 90}  # what a version leaves out is not planned


def test_two_versions_of_one_day_cannot_be_told_apart(rows: Callable[[str], pd.DataFrame]) -> None:
    table = stated(
        rows("""
        month   | flow    | cents | known      | version
        2026-01 | benefit |   100 | 2025-12-01 | first
        2026-01 | benefit |    90 | 2025-12-01 | second
    """)
    )
    with pytest.raises(MeasureError) as caught:
        plan_of(table, initiative="I-01")
    assert str(caught.value) == (
        "cashflows: versions 'first' and 'second' of the plan of I-01 are both known on 2025-12-01"
        "\n  -> Give each version the day it became known in known_on."
    )


def test_nothing_planned_is_no_plan() -> None:
    assert plan_of([]) is None


@given(data=st.data())
def test_the_order_of_rows_does_not_matter(data: st.DataObject) -> None:
    cell = st.fixed_dictionaries(
        {
            "month": st.integers(JANUARY, JANUARY + 3),
            "flow": st.sampled_from(["benefit", "investment"]),
            "cents": st.integers(-900, 900),
            "known": st.sampled_from(["2025-11-01", "2025-12-15", "2026-02-01"]),
            "version": st.just(""),
        }
    )
    table = data.draw(st.lists(cell, max_size=8))
    mixed = data.draw(st.permutations(table))
    day = data.draw(st.sampled_from(["", "2025-11-01", "2025-12-31"]))
    assert plan_of(table, approved_on=day) == plan_of(mixed, approved_on=day)
