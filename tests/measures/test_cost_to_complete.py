from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import ParameterError
from pfkit.measures import cost_to_complete, roi
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

    Rows = Callable[[str], pd.DataFrame]

APRIL = FiscalCalendar().period("2026-04")
COLUMNS = ["initiative", "period", "kind", "flow", "amount"]


@pytest.fixture(scope="module")
def flows(rows: Rows) -> pd.DataFrame:
    """Give an initiative of ten months of 10,000, of which four months took 50,000."""
    plan = "\n".join(f"x | 2026-{month:02d} | plan | investment | -10000" for month in range(1, 11))
    return rows(f"""
        initiative | period  | kind   | flow       | amount
        {plan}
        x          | 2026-01 | actual | investment | -12000
        x          | 2026-02 | actual | investment | -12000
        x          | 2026-03 | actual | investment | -13000
        x          | 2026-04 | actual | investment | -13000
        x          | 2026-04 | actual | benefit    |    500
    """)


@pytest.fixture(scope="module")
def initiatives(rows: Rows) -> pd.DataFrame:
    """Give what was approved: less than the plan."""
    return rows("""
        initiative | name | product | owner | approved_amount | approved_on
        x          | X    | Atlas   | Ines  |           95000 | 2025-12-20
    """)


@pytest.fixture(scope="module")
def schedule(rows: Rows) -> pd.DataFrame:
    """Give milestones of which 40 of 100 are reached and 50 were planned."""
    return rows("""
        initiative | milestone | planned_on | expected_on | done_on    | weight | go_live
        x          | Design    | 2026-02-28 |             | 2026-03-10 |     40 | false
        x          | Pilot     | 2026-04-15 | 2026-05-20  |            |     10 | false
        x          | Cutover   | 2026-08-31 | 2026-10-15  |            |     50 | true
    """)


def test_earned_value_is_what_the_institute_defines(
    flows: pd.DataFrame, initiatives: pd.DataFrame, schedule: pd.DataFrame
) -> None:
    # PMI: BAC 100,000; PV 50 %, EV 40 % of it; AC 50,000; CPI 0.8, SPI 0.8
    row = cost_to_complete(flows, initiatives, schedule, period=APRIL, method="cpi").iloc[0]
    assert row["budget_at_completion"] == 100_000
    assert (row["planned_value"], row["earned_value"], row["actual_cost"]) == (50e3, 40e3, 50e3)
    assert row["cost_performance"] == pytest.approx(0.8)
    assert row["schedule_performance"] == pytest.approx(0.8)
    assert row["estimate_to_complete"] == 75_000  # (100,000 - 40,000) / 0.8
    assert row["estimate_at_completion"] == 125_000  # = BAC / CPI
    assert row["variance"] == 30_000  # against the 95,000 approved
    assert not row["favorable"]
    assert row["over_approved"]
    assert row["done_share"] == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("method", "left"),
    [
        ("cpi_spi", 93_750),  # 60,000 / (0.8 x 0.8)
        ("remaining", 60_000),
        ("plan", 60_000),  # six months of 10,000
        ("milestone", 42_500),  # 37,000 took 40 %, so 60 % take 55,500, of which 13,000 are spent
    ],
)
def test_every_method_has_its_estimate(
    flows: pd.DataFrame, schedule: pd.DataFrame, method: str, left: float
) -> None:
    row = cost_to_complete(flows, schedule=schedule, period=APRIL, method=method).iloc[0]
    assert (row["estimate_to_complete"], row["method"]) == (left, method)
    assert pd.isna(row["variance"])
    assert "no approved amount" in row["reason"]


def test_the_milestones_stand_beside_the_money(
    flows: pd.DataFrame, initiatives: pd.DataFrame, schedule: pd.DataFrame
) -> None:
    row = cost_to_complete(flows, initiatives, schedule, period=APRIL, as_of=date(2026, 5, 4))
    first = row.iloc[0]
    assert (first["next_milestone"], first["next_expected_on"]) == ("Pilot", "2026-05-20")
    assert first["slip_days"] == 35
    assert (first["go_live_on"], first["go_live_slip_days"]) == ("2026-10-15", 45)
    assert (first["milestone_count"], first["done_count"], first["overdue_count"]) == (3, 1, 0)
    assert first["owner"] == "Ines"


def test_without_weights_the_plan_gives_the_rest(
    flows: pd.DataFrame, initiatives: pd.DataFrame
) -> None:
    row = cost_to_complete(flows, initiatives, period=APRIL).iloc[0]
    assert (row["method"], row["estimate_at_completion"]) == ("plan", 110_000)
    assert pd.isna(row["earned_value"])
    assert row["planned_value"] == 40_000
    assert row["reason"] == "no milestone weights, so no earned value; no milestones"


def test_too_early_a_cost_index_is_not_used(flows: pd.DataFrame, schedule: pd.DataFrame) -> None:
    little = schedule.assign(weight=[10, 40, 50])
    row = cost_to_complete(flows, schedule=little, period=APRIL).iloc[0]
    assert row["estimate_at_completion"] == 37_000 + 90_000  # as budgeted, no index of 0.27
    assert "less than 20% of the work done" in row["reason"]


def test_what_is_all_done_takes_nothing_more(flows: pd.DataFrame, schedule: pd.DataFrame) -> None:
    done = schedule.assign(done_on="2026-04-20")
    row = cost_to_complete(flows, schedule=done, period=APRIL).iloc[0]
    assert (row["estimate_to_complete"], row["estimate_at_completion"]) == (0, 50_000)
    assert row["next_milestone"] == ""


def test_a_revised_plan_says_what_is_left_and_not_what_was_promised(flows: pd.DataFrame) -> None:
    later = flows[(flows["kind"] == "plan") & (flows["period"] > "2026-04")]
    both = pd.concat(
        [flows.assign(known_on="2025-12-20"), later.assign(amount=-15000, known_on="2026-04-02")]
    )
    row = cost_to_complete(both, period=APRIL, method="plan").iloc[0]
    assert row["budget_at_completion"] == 100_000
    assert row["estimate_to_complete"] == 90_000


def test_the_total_adds_up_and_its_index_is_that_of_the_sums(
    flows: pd.DataFrame, initiatives: pd.DataFrame, schedule: pd.DataFrame
) -> None:
    other = pd.DataFrame(
        [
            ("y", "2026-01", "plan", "investment", -5e3),
            ("y", "2026-02", "actual", "investment", -4e3),
        ],
        columns=COLUMNS,
    )
    both = pd.concat([flows, other])
    table = cost_to_complete(both, initiatives, schedule, period=APRIL, method="cpi")
    total = table.set_index("row_key").loc["total"]
    assert total["actual_cost"] == 54_000
    assert total["estimate_at_completion"] == 125_000 + 4_000
    assert total["variance"] == 30_000  # y has no approved amount
    assert total["cost_performance"] == pytest.approx(0.8)  # of x alone
    assert total["reason"] == "1 of 2 without earned value"
    assert (
        "initiative y is not in table initiatives" in table.set_index("row_key").loc["y", "reason"]
    )


def test_an_initiative_without_money_is_listed(initiatives: pd.DataFrame) -> None:
    table = cost_to_complete(pd.DataFrame(columns=COLUMNS), initiatives, period=APRIL)
    row = table.iloc[0]
    assert pd.isna(row["estimate_at_completion"])
    assert "no planned outlay" in row["reason"]


def test_nothing_in_is_nothing_out() -> None:
    assert cost_to_complete(pd.DataFrame(columns=COLUMNS), period=APRIL).empty


def test_an_unknown_method_offers_the_nearest(flows: pd.DataFrame) -> None:
    with pytest.raises(ParameterError) as caught:
        cost_to_complete(flows, period=APRIL, method="cpi_sip")
    assert str(caught.value).startswith("parameter method: method 'cpi_sip' is not known\n  -> ")
    assert "'cpi_spi'" in caught.value.advice


MONEY = st.integers(1, 10**7).map(lambda cents: -cents / 100)


@given(
    planned=st.lists(MONEY, min_size=2, max_size=6),
    spent=st.lists(MONEY, min_size=1, max_size=4),
    weights=st.lists(st.integers(1, 9), min_size=2, max_size=4),
    done=st.integers(0, 4),
    data=st.data(),
)
def test_what_is_spent_and_what_is_left_add_up(
    planned: list[float],
    spent: list[float],
    weights: list[int],
    done: int,
    data: st.DataObject,
) -> None:
    found = [("x", f"2026-{m:02d}", "plan", "investment", v) for m, v in enumerate(planned, 3)]
    found += [("x", f"2026-{m:02d}", "actual", "investment", v) for m, v in enumerate(spent, 1)]
    stones = [
        ("x", f"M{place}", f"2026-0{place + 1}-15", f"2026-0{place + 1}-20", weight)
        for place, weight in enumerate(weights, 1)
    ]
    schedule = pd.DataFrame(
        stones, columns=["initiative", "milestone", "planned_on", "done_on", "weight"]
    )
    schedule["done_on"] = schedule["done_on"].where(schedule.index < done)
    flows = pd.DataFrame(found, columns=COLUMNS)
    mixed = pd.DataFrame(data.draw(st.permutations(found)), columns=COLUMNS)
    for method in ("milestone", "cpi", "cpi_spi", "remaining", "plan"):
        table = cost_to_complete(flows, schedule=schedule, period=APRIL, method=method)
        shuffled = cost_to_complete(mixed, schedule=schedule[::-1], period=APRIL, method=method)
        pd.testing.assert_frame_equal(table, shuffled)
        item = table.iloc[0]
        assert item["estimate_to_complete"] >= 0
        assert item["estimate_at_completion"] == pytest.approx(
            item["actual_cost"] + item["estimate_to_complete"]
        )
        assert item["actual_cost"] == roi(flows, rate=0.1, period=APRIL).iloc[0]["invested_actual"]
