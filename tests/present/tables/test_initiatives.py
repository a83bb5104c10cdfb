"""The tables of section M4 beside the return: cost to complete, milestones, benefits."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pfkit import measures
from pfkit.present import tables
from pfkit.present.body import Grid
from pfkit.present.facts import rederive

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About
    from pfkit.period import Period
    from pfkit.present.exhibit import Exhibit

    Rows = Callable[[str], pd.DataFrame]

DAY = date(2026, 7, 4)


def plain(text: str) -> str:
    return text.replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{MINUS SIGN}", "-")


def cells(exhibit: Exhibit, key: str) -> dict[str, str]:
    assert isinstance(exhibit.body, Grid)
    row = next(row for row in exhibit.body.rows if row.key == key)
    return {h.column: plain(c.text) for h, c in zip(exhibit.body.heads, row.cells, strict=True)}


def follows(exhibit: Exhibit) -> bool:
    """Return whether every number of the message follows from the data."""
    return bool(exhibit.facts) and all(
        rederive(fact, exhibit.data) == fact.text for fact in exhibit.facts
    )


@pytest.fixture
def flows(rows: Rows) -> pd.DataFrame:
    return rows("""
        initiative | period  | kind   | flow       | amount
        x          | 2025-06 | plan   | investment | -100000
        x          | 2025-07 | plan   | investment | -100000
        x          | 2025-08 | plan   | benefit    |  150000
        x          | 2026-08 | plan   | benefit    |  150000
        x          | 2025-06 | actual | investment | -120000
        x          | 2025-07 | actual | investment | -120000
        x          | 2025-08 | actual | benefit    |   90000
        y          | 2026-06 | plan   | investment |  -50000
        y          | 2026-09 | plan   | benefit    |   80000
        y          | 2026-06 | actual | investment |  -45000
    """)


@pytest.fixture
def initiatives(rows: Rows) -> pd.DataFrame:
    return rows("""
        initiative | name    | product | owner | approved_amount
        x          | Rebuild | Atlas   | Ines  |          200000
        y          | Portal  | Atlas   | Omar  |           50000
    """)


@pytest.fixture
def schedule(rows: Rows) -> pd.DataFrame:
    return rows("""
        initiative | milestone | planned_on | expected_on | done_on    | weight | go_live
        x          | Cutover   | 2025-08-01 |             | 2025-08-31 |     80 | true
        x          | Handover  | 2025-10-01 | 2026-06-30  |            |     20 | false
        y          | Go-live   | 2026-09-01 |             |            |    100 | true
    """)


def test_what_initiatives_will_have_cost_stands_beside_what_was_approved(
    flows: pd.DataFrame,
    initiatives: pd.DataFrame,
    schedule: pd.DataFrame,
    june: Period,
    about: About,
) -> None:
    result = measures.cost_to_complete(flows, initiatives, schedule, period=june, as_of=DAY)
    shown = tables.cost_to_complete(result, about=about)
    row = cells(shown, "x")
    # 240 took 80 % of the work, so 20 % take 60
    assert (row["estimate_to_complete"], row["estimate_at_completion"]) == ("60.0", "300.0")
    assert (row["approved_amount"], row["variance"]) == ("200.0", "+100.0")
    assert (row["next"], row["next_expected_on"]) == ("Handover, overdue", "2026-06-30")
    assert (row["slip_days"], row["owner"], row["done_share"]) == ("272", "Ines", "80")
    assert isinstance(shown.body, Grid)
    assert len(shown.body.heads) <= 12
    bar = shown.body.rows[0].cells[-1].bar
    assert bar is not None
    assert bar.favorable is False
    assert plain(shown.message) == (
        "At completion the initiatives will have cost 350.0 kEUR, +100.0 (+40.0 %) against what"
        " was approved; Rebuild alone is 100.0 kEUR above it, and its next milestone is 4 days"
        " overdue"
    )
    assert follows(shown)


def test_without_milestones_the_table_says_how_to_supply_them(
    flows: pd.DataFrame, initiatives: pd.DataFrame, june: Period, about: About
) -> None:
    missing = "This book has no milestones: add them."
    result = measures.cost_to_complete(flows, initiatives, period=june)
    shown = tables.cost_to_complete(
        result, about=dataclasses.replace(about, missing={"milestones": missing})
    )
    assert missing in shown.notes
    assert "next" not in cells(shown, "x")
    assert any("the outlay still planned" in note for note in shown.notes)


def test_no_cash_flows_are_one_line(about: About, june: Period) -> None:
    nothing = pd.DataFrame(columns=["initiative", "period", "kind", "flow", "amount"])
    shown = tables.cost_to_complete(measures.cost_to_complete(nothing, period=june), about=about)
    assert shown.kind == "note"
    assert shown.message == "There are no rows of cashflows for this period."


def test_the_return_names_the_initiative_that_falls_most_short(
    flows: pd.DataFrame,
    initiatives: pd.DataFrame,
    schedule: pd.DataFrame,
    june: Period,
    about: About,
) -> None:
    result = measures.roi(flows, initiatives, rate=0.1, period=june, schedule=schedule, as_of=DAY)
    shown = tables.roi(result, about=about)
    assert "Rebuild returns" in shown.message
    assert shown.message.endswith("promised, and its go-live slipped 30 days")
    assert follows(shown)
    assert isinstance(shown.body, Grid)
    assert len(shown.body.heads) == 12


def test_an_ambiguous_rate_is_told_below_the_table(rows: Rows, june: Period, about: About) -> None:
    flows = rows("""
        initiative | period  | kind | flow       | amount
        pump       | 2024-06 | plan | investment |  -1600
        pump       | 2025-06 | plan | benefit    |  10000
        pump       | 2026-06 | plan | cost       | -10000
    """)
    shown = tables.roi(measures.roi(flows, rate=0.1, period=june), about=about)
    assert cells(shown, "pump")["return_plan_rate"] == "6"  # MIRR, see the measure's test
    notes = plain(" ".join(shown.notes))
    assert "pump: plan: 2 rates of return (25 %, 400 %), so MIRR is shown" in notes
    assert "MIRR: modified rate of return" in notes


def test_open_milestones_come_before_those_reached_late(
    initiatives: pd.DataFrame, schedule: pd.DataFrame, about: About
) -> None:
    result = measures.milestones(schedule, initiatives, as_of=DAY)
    shown = tables.milestones(result, about=about)
    assert [row[0] for row in shown.printed] == ["Handover", "Go-live", "Cutover"]
    assert shown.message == "1 milestone is overdue; Handover of Rebuild was expected 4 days ago"
    assert follows(shown)
    fewer = tables.milestones(result, about=about, top=2)
    assert "1 more that came late is not shown." in fewer.notes[0]


def test_milestones_without_delay_say_so(schedule: pd.DataFrame, about: About) -> None:
    early = measures.milestones(schedule.tail(1), as_of=DAY)
    assert tables.milestones(early, about=about).message == (
        "1 milestone is open and none is overdue; the next is Go-live of y, expected on 2026-09-01"
    )
    done = measures.milestones(schedule.tail(1).assign(done_on="2026-07-01"), as_of=DAY)
    assert tables.milestones(done, about=about).message == (
        "All milestones are reached, none of them late"
    )
    late = measures.milestones(schedule.head(1), as_of=DAY)
    assert tables.milestones(late, about=about).message == (
        "All milestones are reached; the latest came 30 days after plan"
    )
    none = tables.milestones(early.head(0), about=about)
    assert none.message == "There are no rows of milestones for this period."


def test_the_benefit_register_prints_evidence_and_interval(rows: Rows, about: About) -> None:
    register = rows("""
        benefit | initiative | name  | metric | owner | promised_amount | realized_amount | realized_low | realized_high | level | grade | status    | measured_on
        B1      | x          | Seats | seats  | Ines  |          100000 |           80000 |        70000 |         90000 |   0.9 | B     | validated | 2026-06-30
        B2      | x          | More  | seats  | Omar  |           40000 |           50000 |              |               |       | D     | measured  | 2026-06-30
        B3      | y          | Rent  | rent   | Omar  |           60000 |                 |              |               |       |       | promised  |
    """)  # noqa: E501
    shown = tables.benefits(measures.benefits(register), about=about)
    assert plain(shown.message) == (
        "Benefits of 80.0 kEUR a year (70.0 to 90.0) are measured, 50.0 % of what was promised;"
        " finance has validated 80.0, and 1 claim is not counted"
    )
    assert follows(shown)
    row = cells(shown, "b1")
    assert (row["grade"], row["realized_low"], row["realized_high"]) == ("B", "70.0", "90.0")
    assert [line[0] for line in shown.printed] == [
        "Seats",
        "More*",
        "Rent",
        "Total",
        "of which validated",
    ]
    assert any("More: claims the same metric as B1" in note for note in shown.notes)
    promised = tables.benefits(measures.benefits(register.tail(1)), about=about)
    assert plain(promised.message) == (
        "Benefits of 60.0 kEUR a year are promised, and none is measured"
    )
    none = tables.benefits(measures.benefits(register.head(0)), about=about)
    assert none.message == "There are no rows of benefits for this period."


def test_they_are_set_as_a_report_is(
    flows: pd.DataFrame,
    schedule: pd.DataFrame,
    june: Period,
    about: About,
    compiled: Callable[..., bytes],
) -> None:
    cost = measures.cost_to_complete(flows, schedule=schedule, period=june)
    pdf = compiled(
        tables.cost_to_complete(cost, about=about),
        tables.milestones(measures.milestones(schedule, as_of=DAY), about=about),
    )
    assert pdf.startswith(b"%PDF")


def test_an_approval_that_nothing_is_planned_for_is_one_line(
    initiatives: pd.DataFrame, june: Period, about: About
) -> None:
    nothing = pd.DataFrame(columns=["initiative", "period", "kind", "flow", "amount"])
    result = measures.cost_to_complete(nothing, initiatives, period=june)
    shown = tables.cost_to_complete(result, about=about)
    assert shown.message == "No cost to complete: no initiative has a planned outlay."
