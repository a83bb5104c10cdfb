from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import MeasureError
from pfkit.measures import available, budget_lines, carry_forward
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

    Rows = Callable[[str], pd.DataFrame]

JUNE = FiscalCalendar().period("2026-06")


@pytest.fixture(scope="module")
def budget(rows: Rows) -> pd.DataFrame:
    return rows("""
        version | stage   | period  | span | cost_center | owner | account | amount
        B       | adopted | 2026-12 | year | Fire        | Thiel | pay     |  100.00
        B       | adopted | 2026-12 | year | Parks       | Ott   | pay     |   40.00
        B       | adopted | 2026-12 | year | Parks       | Ott   | sales   |  900.00
        W       | draft   | 2026-12 | year | Fire        | Thiel | pay     |    1.00
    """)


@pytest.fixture(scope="module")
def actuals(rows: Rows) -> pd.DataFrame:
    return rows("""
        period  | span | cost_center | account | amount
        2026-06 | ytd  | Fire        | pay     |  60.00
        2026-06 | ytd  | Parks       | pay     |  10.10
        2026-06 | ytd  | Zoo         | pay     |   0.50
    """)


@pytest.fixture(scope="module")
def commitments(rows: Rows) -> pd.DataFrame:
    """Give an order of this year, one overdue since last year, one closed and one of next year."""
    return rows("""
        commitment | period  | cost_center | account | status | amount
        PO-1       | 2026-09 | Fire        | pay     | open   |  30.00
        PO-2       | 2025-11 | Fire        | pay     | open   |  15.25
        PO-3       | 2026-08 | Parks       | pay     | closed |  99.00
        PO-4       | 2027-02 | Parks       | pay     | open   |  77.00
        PO-5       | 2026-08 | Parks       | pay     | open   |   9.90
    """)


@pytest.fixture(scope="module")
def accounts(rows: Rows) -> pd.DataFrame:
    return rows("""
        account | name  | group
        pay     | Pay   | operating
        sales   | Sales | gross
    """)


def test_what_is_left_is_budget_less_actual_less_open_commitments(
    budget: pd.DataFrame, actuals: pd.DataFrame, commitments: pd.DataFrame, accounts: pd.DataFrame
) -> None:
    found = available(budget, actuals, commitments, period=JUNE, accounts=accounts)
    columns = ["label", "owner", "budget", "actual", "committed", "committed_before", "available"]
    assert found[columns].to_numpy().tolist() == [
        ["Fire", "Thiel", 100.0, 60.0, 45.25, 15.25, -5.25],
        ["Parks", "Ott", 40.0, 10.1, 9.9, 0.0, 20.0],
        ["Zoo", "", 0.0, 0.5, 0.0, 0.0, -0.5],
        ["Total", "", 140.0, 70.6, 55.15, 15.25, 14.25],
    ]
    assert found["overcommitted"].tolist() == [True, False, False, False]
    assert found["used_share"].tolist()[1] == pytest.approx(0.5)
    assert found["reason"].tolist() == ["", "", "no budget; overspent", ""]
    assert found.attrs["later"] == 77.0


def test_what_was_carried_may_be_spent_too(
    budget: pd.DataFrame, actuals: pd.DataFrame, commitments: pd.DataFrame, accounts: pd.DataFrame
) -> None:
    last = budget.assign(period="2025-12")
    before = actuals.assign(period="2025-12")
    carried = carry_forward(
        last, before, commitments, period=JUNE, plan="B", rule="committed", accounts=accounts
    )
    # Fire had 40 left and 15.25 ordered; Parks 29.90 left and nothing ordered by the end of 2025
    assert carried.set_index("label").loc[["Fire", "Parks", "Total"], "carried"].tolist() == [
        15.25,
        0.0,
        15.25,
    ]
    found = available(budget, actuals, commitments, period=JUNE, accounts=accounts, carried=carried)
    fire = found[found["label"] == "Fire"].iloc[0]
    assert (fire["carried"], fire["available"], fire["overcommitted"]) == (15.25, 10.0, False)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: pd.concat([c, c]), "Fire is carried twice into FY2026"),
        (lambda c: c.assign(into="FY2025"), "Fire is carried into FY2025, not into FY2026"),
    ],
)
def test_nothing_is_carried_twice_or_into_another_year(
    budget: pd.DataFrame,
    actuals: pd.DataFrame,
    commitments: pd.DataFrame,
    change: Callable[[pd.DataFrame], pd.DataFrame],
    said: str,
) -> None:
    carried = carry_forward(
        budget.assign(period="2025-12"),
        actuals.assign(period="2025-12"),
        period=JUNE,
        plan="B",
        rule="full",
    )
    with pytest.raises(MeasureError, match=said) as caught:
        available(budget, actuals, commitments, period=JUNE, carried=change(carried))
    assert "carry_forward" in caught.value.advice


def test_a_status_nobody_knows_is_refused(
    budget: pd.DataFrame, actuals: pd.DataFrame, commitments: pd.DataFrame
) -> None:
    odd = commitments.assign(status="pending")
    with pytest.raises(MeasureError, match="status 'pending' is neither open nor closed"):
        available(budget, actuals, odd, period=JUNE)


def test_a_draft_is_no_budget_to_spend(
    budget: pd.DataFrame, actuals: pd.DataFrame, commitments: pd.DataFrame
) -> None:
    found = available(budget, actuals, commitments, period=JUNE, plan="W")
    assert found["available"].isna().all()
    assert set(found["reason"]) == {"W is a draft"}
    two = budget.assign(stage=None)
    unnamed = available(two, actuals, commitments, period=JUNE)
    assert "no plan version named among B, W" in unnamed["reason"][0]


REVISED = """
    version | stage   | approved | approved_on | period  | span | cost_center | account | amount
    B       | adopted | true     | 2025-12-11  | 2026-12 | year | Fire        | pay     |    100
    R1      | revised | true     | 2026-03-01  | 2026-12 | year | Fire        | pay     |    108
    R2      | revised | true     | 2026-05-19  | 2026-12 | year | Fire        | pay     |    107
    R3      | revised | false    |             | 2026-12 | year | Fire        | pay     |    200
    O       | outlook | true     | 2026-06-19  | 2026-12 | year | Fire        | pay     |    300
"""


def test_what_is_left_is_left_of_the_last_approved_revision(
    rows: Rows, actuals: pd.DataFrame, commitments: pd.DataFrame
) -> None:
    stated, fire = rows(REVISED), actuals[actuals["cost_center"] == "Fire"]
    for budget, plan, version, left in (
        (stated, None, "R2", 1.75),  # 107 less 60 less 45.25
        (stated[stated["version"] != "R2"], None, "R1", 2.75),
        (stated[~stated["version"].isin(["R1", "R2"])], None, "B", -5.25),
        (stated, "B", "B", -5.25),
    ):
        found = available(budget, fire, commitments, period=JUNE, plan=plan).set_index("label")
        line = found.loc["Fire", ["version", "available", "overcommitted"]]
        assert line.tolist() == [version, left, left < 0]
        if plan is None:
            lines = budget_lines(fire, budget, period=JUNE, commitments=commitments, plan="B")
            line = lines.set_index("label").loc["Fire"]
            columns = ["available_version", "available", "overcommitted"]
            assert line[columns].tolist() == [version, left, left < 0]


def test_a_revision_approved_in_part_is_not_the_budget_yet(
    rows: Rows, actuals: pd.DataFrame, commitments: pd.DataFrame
) -> None:
    stated = rows(REVISED).query("version in ['B', 'R2']")
    more = stated.tail(1).assign(cost_center="Parks", approved=False)
    found = available(pd.concat([stated, more]), actuals, commitments, period=JUNE)
    assert set(found["version"]) == {"B"}


def test_lines_beyond_the_top_stand_together(
    budget: pd.DataFrame, actuals: pd.DataFrame, commitments: pd.DataFrame, accounts: pd.DataFrame
) -> None:
    found = available(budget, actuals, commitments, period=JUNE, accounts=accounts, top=0)
    assert found["label"].tolist() == ["Other (3)", "Total"]
    assert found["reason"][0] == "1 overcommitted line in it"
    assert found["available"].tolist() == [14.25, 14.25]


@given(
    st.lists(
        st.tuples(
            st.sampled_from("ABCD"),
            st.sampled_from(["budget", "actual", "open", "closed"]),
            st.integers(-(10**7), 10**7),
        ),
        max_size=30,
    ),
    st.integers(0, 5),
)
def test_lines_add_up_to_the_total(stated: list[tuple[str, str, int]], top: int) -> None:
    rows = pd.DataFrame(stated, columns=["cost_center", "kind", "amount"])
    rows["amount"] /= 100
    parts = {kind: rows[rows["kind"] == kind] for kind in ("budget", "actual", "open", "closed")}
    base = pd.DataFrame({"cost_center": ["A"], "amount": [0.0]})
    found = available(
        pd.concat([base, parts["budget"]]).assign(version="B", period="2026-12", span="year"),
        pd.concat([base, parts["actual"]]).assign(period="2026-06", span="ytd"),
        pd.concat([parts["open"], parts["closed"]]).assign(
            status=lambda f: f["kind"], period="2026-09"
        ),
        period=JUNE,
        top=top,
    )
    sums = {kind: round(float(part["amount"].sum()), 2) for kind, part in parts.items()}
    if found.empty:
        assert not any(sums[kind] for kind in ("budget", "actual", "open"))
        return
    total = found.iloc[-1]
    expected = sums["budget"] - sums["actual"] - sums["open"]
    assert round(total["available"], 2) == round(expected, 2)
    lines = found[found["role"] != "total"]
    for name in ("budget", "actual", "committed", "available"):
        assert round(float(lines[name].sum()), 2) == round(float(total[name]), 2)
