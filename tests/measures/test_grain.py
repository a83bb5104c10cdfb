from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pfkit.measures import (
    actions,
    available,
    budget_lines,
    commentary,
    comments,
    outlook,
    position,
    timing,
)
from pfkit.measures.grain import grain
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

    Rows = Callable[[str], pd.DataFrame]

JUNE = FiscalCalendar().period("2026-06")


@pytest.fixture(scope="module")
def accounts(rows: Rows) -> pd.DataFrame:
    return rows("""
        account | name    | line    | group     | favorable_when
        '6000'  | Pay     | R&D     | operating | lower
        '6100'  | Selling | Sales   | operating | lower
        '6200'  | Rent    | Rent    | operating | lower
    """)


@pytest.fixture(scope="module")
def ledger(rows: Rows) -> pd.DataFrame:
    """Give a ledger by department: the month of June, and what is due of two of its accounts."""
    return rows("""
        period  | account | cost_center | product | amount
        2026-06 | '6000'  | Engineering |         |    70
        2026-06 | '6000'  | Design      |         |    32
        2026-06 | '6100'  | Field       |         |    55
        2026-06 | '6200'  | Admin       |         |    20
    """)


@pytest.fixture(scope="module")
def sheet(rows: Rows) -> pd.DataFrame:
    """Give a plan sheet that has lines and months, and no departments."""
    return rows("""
        version | period  | account | cost_center | product | amount
        B       | 2026-06 | '6000'  |             |         |   100
        B       | 2026-06 | '6100'  |             |         |    50
        B       | 2026-06 | '6200'  |             |         |    20
    """)


def to_date(table: pd.DataFrame) -> pd.DataFrame:
    """Say the same of the year to date, as a year that began with June."""
    return table.assign(span="ytd")


def year(table: pd.DataFrame, **told: str) -> pd.DataFrame:
    return table.assign(span="year", **told)


def test_a_plan_without_cost_centers_is_compared_by_account(
    ledger: pd.DataFrame, sheet: pd.DataFrame, accounts: pd.DataFrame
) -> None:
    lines = budget_lines(
        to_date(ledger), to_date(sheet), period=JUNE, accounts=accounts, amount=3.0, rate=0.05
    )
    told = lines.set_index("label")["variance"].to_dict()
    assert told == {"Pay": 2.0, "Selling": 5.0, "Rent": 0.0, "Total": 7.0}
    assert lines.loc[lines["material"].fillna(value=False), "label"].tolist() == ["Selling"]
    assert lines.attrs["grain"] == (
        "the plan states no cost centers: plan and ledger are compared by account"
    )


def test_nothing_is_missing_that_was_booked_by_department(
    ledger: pd.DataFrame, sheet: pd.DataFrame, accounts: pd.DataFrame
) -> None:
    found = timing(ledger, sheet, period=JUNE, accounts=accounts)
    assert found.set_index("label")["permanent"].to_dict() == {
        "R&D": -2.0,
        "Sales": -5.0,
        "Total": -7.0,
    }
    assert not found["reason"].str.contains("nothing booked yet").any()


def test_a_department_is_no_driver_of_what_was_planned_without_departments(
    ledger: pd.DataFrame, sheet: pd.DataFrame, accounts: pd.DataFrame
) -> None:
    two = pd.concat([ledger.assign(version="actual"), sheet]).assign(
        amount=lambda rows: -rows["amount"]
    )
    named = accounts.set_index("account")
    statement = two.assign(line=two["account"].map(named["line"]), group="operating")
    facts = comments(statement, period=JUNE, plan="B", amount=3.0, rate=0.05)
    sales = facts[facts["subject"] == "Sales"].iloc[0]
    assert (sales["variance"], sales["driver"]) == (-5.0, "")
    lines = budget_lines(to_date(ledger), to_date(sheet), period=JUNE, accounts=accounts)
    told = commentary(
        {"budget-lines": lines},
        period=JUNE,
        actuals=to_date(ledger),
        budget=to_date(sheet),
        accounts=accounts,
    )
    assert told["driver"].tolist() == ["", ""]


def test_a_department_that_both_state_stays_a_driver(
    ledger: pd.DataFrame, accounts: pd.DataFrame, rows: Rows
) -> None:
    plan = rows("""
        version | period  | account | cost_center | product | amount
        B       | 2026-06 | '6000'  | Engineering |         |    60
        B       | 2026-06 | '6000'  | Design      |         |    32
        B       | 2026-06 | '6100'  | Field       |         |    55
        B       | 2026-06 | '6200'  | Admin       |         |    20
    """)
    found = grain(ledger, plan, period=JUNE)
    assert (found.apart, found.note) == ({}, "")
    lines = budget_lines(to_date(ledger), to_date(plan), period=JUNE, accounts=accounts)
    assert lines.set_index("label")["variance"].to_dict() == {
        "Engineering": 10.0,
        "Field": 0.0,
        "Design": 0.0,
        "Admin": 0.0,
        "Total": 10.0,
    }


def test_each_account_is_decided_by_itself_and_nothing_counts_twice(
    ledger: pd.DataFrame, rows: Rows
) -> None:
    plan = rows("""
        version | period  | account | cost_center | product | amount
        B       | 2026-06 | '6000'  | Engineering |         |    60
        B       | 2026-06 | '6000'  | Design      |         |    32
        B       | 2026-06 | '6100'  |             |         |    50
        B       | 2026-06 | '6200'  | Admin       |         |    15
        B       | 2026-06 | '6200'  |             |         |     5
    """)
    lines = budget_lines(to_date(ledger), to_date(plan), period=JUNE, by=["cost_center", "account"])
    told = {
        (row["cost_center"], row["account"]): (row["compared"], row["reference"])
        for row in lines[lines["role"] == "item"].to_dict("records")
    }
    assert told == {
        ("Engineering", "6000"): (70.0, 60.0),
        ("Design", "6000"): (32.0, 32.0),
        ("(none)", "6100"): (55.0, 50.0),
        ("(none)", "6200"): (20.0, 20.0),
    }
    total = lines[lines["role"] == "total"].iloc[0]
    assert (total["actual_ytd"], total["plan_ytd"]) == (177.0, 162.0)
    assert lines.attrs["grain"] == (
        "plan and ledger do not both state the cost centers of accounts 6100, 6200, "
        "which are compared without them"
    )


def test_what_both_leave_open_is_a_line_of_its_own(rows: Rows) -> None:
    spent = rows("""
        period  | account | cost_center | amount
        2026-06 | '6000'  | Design      |     32
        2026-06 | '6000'  |             |      9
    """)
    plan = spent.assign(version="B", amount=[30, 10])
    assert grain(spent, plan, period=JUNE).apart == {}


def test_products_are_judged_as_cost_centers_are(rows: Rows) -> None:
    spent = rows("""
        period  | account | cost_center | product | amount
        2026-06 | '5000'  | Ops         | Atlas   |     32
        2026-06 | '5000'  | Ops         | Borea   |      9
    """)
    plan = rows("""
        version | period  | account | cost_center | product | amount
        B       | 2026-06 | '5000'  | Ops         |         |     40
    """)
    found = grain(spent, plan, period=JUNE)
    assert found.of(spent)["product"].tolist() == ["(none)", "(none)"]
    assert found.note == (
        "the plan states no products: plan and ledger are compared by account and cost center"
    )
    bare = grain(spent, plan.assign(cost_center=None), period=JUNE)
    assert bare.note == (
        "the plan states no cost centers and no products: plan and ledger are compared by account"
    )
    other = grain(plan.drop(columns="version"), spent.assign(version="B"), period=JUNE)
    assert other.note.startswith("the ledger states no products")


def test_only_the_plan_of_the_fiscal_year_is_asked(
    ledger: pd.DataFrame, sheet: pd.DataFrame
) -> None:
    known = sheet.assign(cost_center="Engineering")
    before = sheet.assign(period="2025-06", version="B25")
    assert grain(ledger, pd.concat([before, known]), period=JUNE, plan="B").apart == {}
    last = pd.concat([sheet, known.assign(period="2025-06")])
    assert set(grain(ledger, last, period=JUNE, plan="B").apart) == {"cost_center"}
    draft = pd.concat([known, sheet.assign(version="C")])
    assert grain(ledger, draft, period=JUNE, plan="B").apart == {}


def test_statements_of_different_span_still_stand_beside_each_other(rows: Rows) -> None:
    spent = rows("""
        period  | span  | account | cost_center | amount
        2026-01 | month | '6000'  | Design      |     10
        2026-02 | month | '6000'  | Design      |     10
        2026-02 | ytd   | '6000'  | Field       |      7
    """)
    plan = rows("""
        version | period  | span | account | cost_center | amount
        B       | 2026-02 | ytd  | '6000'  |             |     25
    """)
    lines = budget_lines(spent, plan, period=FiscalCalendar().period("2026-02"))
    assert lines.set_index("label")["variance"].to_dict() == {"6000": 2.0, "Total": 2.0}


def test_what_is_ordered_is_taken_off_the_line_it_belongs_to(
    ledger: pd.DataFrame, sheet: pd.DataFrame, rows: Rows
) -> None:
    ordered = rows("""
        period  | account | cost_center | status | amount
        2026-08 | '6100'  | Field       | open   |     30
    """)
    plan = year(sheet)
    lines = budget_lines(to_date(ledger), plan, period=JUNE, commitments=ordered)
    selling = lines[lines["label"] == "6100"].iloc[0]
    assert (selling["committed"], selling["available"]) == (30.0, -35.0)
    assert lines[lines["role"] == "total"]["committed"].tolist() == [30.0]
    left = available(plan, to_date(ledger), ordered, period=JUNE, by="account", plan="B")
    assert left.set_index("label")["available"].to_dict()["6100"] == -35.0


def test_the_outlook_and_its_actions_are_of_lines_that_can_be_compared(
    ledger: pd.DataFrame, sheet: pd.DataFrame, accounts: pd.DataFrame
) -> None:
    known = {"known_on": "2026-06-30"}
    landing = outlook(
        ledger.assign(**known, span="ytd"),
        year(sheet, **known),
        period=JUNE,
        accounts=accounts,
    )
    items = landing[landing["role"] == "item"]
    assert items["label"].tolist() == ["Pay", "Selling", "Rent"]
    assert items["plan"].tolist() == [100.0, 50.0, 20.0]
    assert landing[landing["role"] == "total"]["actual_ytd"].tolist() == [177.0]
    names = actions({"outlook-lines": landing}, period=JUNE)["action"].astype(str)
    assert not names.str.contains("Engineering|Field|Admin").any()


def test_a_position_by_cost_center_has_one_line_where_the_plan_has_none(
    ledger: pd.DataFrame, sheet: pd.DataFrame
) -> None:
    found = position(ledger, sheet, period=JUNE, plan="B", spans=["month"])
    assert found.set_index("label")["to_go"].to_dict() == {"not assigned": -7.0, "Total": -7.0}


def test_no_amount_and_no_row_is_lost(ledger: pd.DataFrame, sheet: pd.DataFrame) -> None:
    found = grain(ledger, sheet, period=JUNE)
    same = found.of(ledger)
    assert same["amount"].tolist() == ledger["amount"].tolist()
    assert ledger["cost_center"].tolist() == ["Engineering", "Design", "Field", "Admin"]
    assert grain(ledger.head(0), sheet, period=JUNE).apart == {}
    assert grain(ledger, sheet.head(0), period=JUNE).apart == {}
