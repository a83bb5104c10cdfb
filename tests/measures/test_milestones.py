from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import ContractError, MeasureError
from pfkit.measures import milestones

if TYPE_CHECKING:
    from collections.abc import Callable

    Rows = Callable[[str], pd.DataFrame]

JULY = date(2026, 7, 3)


@pytest.fixture(scope="module")
def schedule(rows: Rows) -> pd.DataFrame:
    """Give a pilot done late, a cutover put off twice, and a handover nobody speaks of."""
    return rows("""
        initiative | milestone | planned_on | expected_on | done_on    | known_on
        I-1        | Pilot     | 2026-03-01 |             |            | 2025-12-01
        I-1        | Pilot     | 2026-03-01 | 2026-03-20  |            | 2026-02-15
        I-1        | Pilot     | 2026-03-01 | 2026-03-20  | 2026-04-10 | 2026-04-12
        I-1        | Cutover   | 2026-05-31 |             |            | 2025-12-01
        I-1        | Cutover   | 2026-05-31 | 2026-06-30  |            | 2026-04-12
        I-1        | Cutover   | 2026-05-31 | 2026-08-31  |            | 2026-06-25
        I-1        | Handover  | 2026-06-30 |             |            | 2025-12-01
    """)


def test_a_slip_is_told_against_the_plan_and_against_what_was_expected(
    schedule: pd.DataFrame,
) -> None:
    told = milestones(schedule, as_of=JULY).set_index("milestone")
    pilot, cutover = told.loc["Pilot"], told.loc["Cutover"]
    assert (pilot["state"], pilot["slip_days"], pilot["moved_days"]) == ("done", 40, 21)
    assert (cutover["state"], cutover["slip_days"], cutover["moved_days"]) == ("open", 92, 62)
    assert cutover["expected_before_on"] == "2026-06-30"


def test_it_is_told_as_it_was_known_then(schedule: pd.DataFrame) -> None:
    told = milestones(schedule, as_of=date(2026, 6, 20)).set_index("milestone")
    assert told.loc["Cutover", "slip_days"] == 30  # the second delay was not known yet
    assert told.loc["Cutover", "state"] == "open"
    told = milestones(schedule, as_of=date(2026, 3, 25)).set_index("milestone")
    assert told.loc["Pilot", "state"] == "overdue"
    assert told.loc["Pilot", "overdue_days"] == 5
    assert told.loc["Pilot", "slip_days"] == 19  # what was expected, not what the day says


def test_a_move_is_told_against_the_day_of_the_last_report(schedule: pd.DataFrame) -> None:
    told = milestones(schedule, as_of=JULY, since=date(2026, 1, 31)).set_index("milestone")
    assert told.loc["Cutover", "moved_days"] == 92
    told = milestones(schedule, as_of=JULY, since=date(2025, 1, 31)).set_index("milestone")
    assert pd.isna(told.loc["Cutover", "moved_days"])  # nothing was known then


def test_overdue_without_a_new_day_has_no_slip(schedule: pd.DataFrame) -> None:
    handover = milestones(schedule, as_of=JULY).set_index("milestone").loc["Handover"]
    assert (handover["state"], handover["overdue_days"]) == ("overdue", 3)
    assert pd.isna(handover["slip_days"])
    assert handover["reason"] == "overdue, and no other day is known"


def test_the_next_milestone_is_the_open_one_expected_first(schedule: pd.DataFrame) -> None:
    told = milestones(schedule, as_of=JULY)
    assert told.loc[told["next"], "milestone"].tolist() == ["Handover"]
    early = milestones(schedule, as_of=date(2026, 1, 1))
    assert early.loc[early["next"], "milestone"].tolist() == ["Pilot"]


def test_done_before_the_start_is_not_reached(rows: Rows) -> None:
    schedule = rows("""
        initiative | milestone | planned_on | done_on
        I-1        | Approval  | 2025-12-10 | 2025-12-12
        I-1        | Pilot     | 2026-03-01 | 2025-11-30
    """)
    initiatives = rows("""
        initiative | name | start   | owner
        I-1        | Two  | 2026-01 | Ines
    """)
    told = milestones(schedule, initiatives, as_of=JULY).set_index("milestone")
    assert told["reached"].tolist() == [True, False]
    assert told.loc["Pilot", "reason"] == (
        "done on 2025-11-30, before the initiative starts in 2026-01"
    )
    assert told.loc["Pilot", "owner"] == "Ines"


def test_done_in_the_future_is_only_expected(rows: Rows) -> None:
    schedule = rows("""
        initiative | milestone | planned_on | done_on
        I-1        | Pilot     | 2026-03-01 | 2026-09-01
    """)
    row = milestones(schedule, as_of=JULY).iloc[0]
    assert (row["state"], row["done_on"], row["slip_days"]) == ("open", "", 184)
    assert row["reason"] == "done on 2026-09-01, after 2026-07-03"


def test_an_initiative_that_is_not_listed_is_named(schedule: pd.DataFrame, rows: Rows) -> None:
    initiatives = rows("""
        initiative | name
        I-2        | Two
    """)
    told = milestones(schedule, initiatives, as_of=JULY)
    assert told["reason"].str.contains("initiative I-1 is not in table initiatives").all()


def test_two_states_of_one_day_are_refused(schedule: pd.DataFrame) -> None:
    twice = pd.concat([schedule, schedule.tail(1).assign(planned_on="2026-07-31")])
    with pytest.raises(MeasureError) as caught:
        milestones(twice, as_of=JULY)
    assert str(caught.value) == (
        "milestones: milestone 'Handover' of I-1 has two states known on 2025-12-01\n"
        "  -> Keep one of the two rows, or give each the day it became known."
    )


def test_a_row_exported_twice_is_one_row(schedule: pd.DataFrame) -> None:
    twice = pd.concat([schedule, schedule], ignore_index=True)
    pd.testing.assert_frame_equal(milestones(twice, as_of=JULY), milestones(schedule, as_of=JULY))


def test_a_milestone_without_a_planned_day_is_refused(schedule: pd.DataFrame) -> None:
    bare = schedule.assign(planned_on=schedule["planned_on"].where(schedule.index > 0))
    with pytest.raises(MeasureError, match=r"milestone 'Pilot' of I-1 has no planned day"):
        milestones(bare, as_of=JULY)


def test_a_day_that_is_none_is_refused(schedule: pd.DataFrame) -> None:
    with pytest.raises(MeasureError, match=r"milestones: done_on 'soon' is no day"):
        milestones(schedule.assign(done_on="soon"), as_of=JULY)


def test_milestones_need_their_columns(schedule: pd.DataFrame) -> None:
    with pytest.raises(ContractError, match="'planned_on'"):
        milestones(schedule.drop(columns="planned_on"), as_of=JULY)


def test_no_milestones_in_are_none_out() -> None:
    empty = pd.DataFrame(columns=["initiative", "milestone", "planned_on"])
    assert milestones(empty, as_of=JULY).empty


DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))


def _state(row: tuple[object, ...]) -> tuple[object, ...]:
    return row[0], row[1], row[5]


@given(data=st.data(), day=DAYS)
def test_neither_order_nor_what_is_learned_later_changes_a_day(
    data: st.DataObject, day: date
) -> None:
    columns = ["initiative", "milestone", "planned_on", "expected_on", "done_on", "known_on"]
    one = st.tuples(
        st.sampled_from(["I-1", "I-2"]),
        st.sampled_from(["Pilot", "Cutover"]),
        DAYS,
        st.none() | DAYS,
        st.none() | DAYS,
        DAYS,
    )
    found = data.draw(st.lists(one, max_size=8, unique_by=_state))
    schedule = pd.DataFrame(found, columns=columns)
    mixed = pd.DataFrame(data.draw(st.permutations(found)), columns=columns)
    told = milestones(schedule, as_of=day)
    pd.testing.assert_frame_equal(told, milestones(mixed, as_of=day))
    known = pd.DataFrame([row for row in found if row[5] <= day], columns=columns)
    pd.testing.assert_frame_equal(told, milestones(known, as_of=day))
    assert told.groupby("initiative")["next"].sum().le(1).all()
