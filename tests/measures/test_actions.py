"""Actions: ranked by what is at stake, each with its cell, and no money twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pfkit.errors import ContractError, MeasureError
from pfkit.measures import Ground, Lead, actions
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Rows = Callable[[str], pd.DataFrame]

JUNE = FiscalCalendar().period("2026-06")


@pytest.fixture(scope="module")
def lines(rows: Rows) -> pd.DataFrame:
    return rows("""
        row_key | cost_center | label    | role  | owner | variance | favorable | landing
        c1      | C1          | Cloud    | item  | Ines  |    900.0 | false     | over plan
        c2      | C2          | Support  | item  | Omar  |    100.0 | false     | open
        c3      | C3          | Sales    | item  | Omar  |   -500.0 | true       | under plan
        total   | Total       | Total    | total |       |    500.0 | false     | open
    """)


@pytest.fixture(scope="module")
def waste(rows: Rows) -> pd.DataFrame:
    return rows("""
        row_key | kind                | role  | product | resource | service | account | avoidable | annual | annual_rule | confidence
        w1      | idle                | item  | Atlas   | vm-1     | VMs     | A       |      50.0 |  600.0 | mean × 12   | high
        w2      | commitment not used | item  | Borea   | plan-2   | VMs     | A       |      40.0 |        |             | medium
        w3      | untagged            | memo  | (none)  | disk     | Disks   | A       |           |        |             | high
        total   | Total avoidable     | total |         |          |         |         |      90.0 |  600.0 |             |
    """)  # noqa: E501


@pytest.fixture(scope="module")
def returns(rows: Rows) -> pd.DataFrame:
    return rows("""
        row_key | initiative | role | name   | owner | npv_plan | npv_outlook | ahead   | hurdle_rate | go_live_slip_days
        x       | x          | item | Search | Ines  |    400.0 |     -4000.0 | -1000.0 |         0.1 |                 0
        y       | y          | item | Export | Omar  |    800.0 |       300.0 |   500.0 |         0.0 |                30
        z       | z          | item | Portal | Omar  |    800.0 |       300.0 |   500.0 |         0.1 |                 0
        v       | v          | item | Voice  | Omar  |     10.0 |        90.0 |   500.0 |         0.1 |                 9
    """)  # noqa: E501


@pytest.fixture(scope="module")
def ledger(rows: Rows) -> pd.DataFrame:
    return rows("""
        period  | product | account | cost_center
        2026-05 | Atlas   | hosting | C1
        2026-06 | Borea   | hosting | C9
        2026-06 | Atlas   | rent    | C3
    """)


def cells(told: pd.DataFrame) -> list[tuple[object, ...]]:
    items = told[told["role"] == "item"]
    names = ["exhibit", "row", "column", "value"]
    return [tuple(row) for row in items[names].itertuples(index=False)]


def test_what_lands_off_plan_stands_with_its_cell_and_owner(lines: pd.DataFrame) -> None:
    told = actions({"outlook": lines}, period=JUNE)
    assert cells(told) == [("outlook", "c1", "variance", 900), ("outlook", "c2", "variance", 100)]
    assert told["confidence"].tolist()[:2] == ["high", "low"]
    assert told["owner"].tolist()[:2] == ["Ines", "Omar"]
    assert told["reason"].tolist()[0] == "no date agreed"
    total = told.iloc[-1]
    assert (total["row_key"], total["count"], total["value"]) == ("total-once", 2, 1000)
    assert cells(actions({"outlook": lines}, period=JUNE, least=500)) == cells(told)[:1]


def test_waste_that_is_a_variance_too_is_one_action(
    lines: pd.DataFrame, waste: pd.DataFrame, ledger: pd.DataFrame
) -> None:
    told = actions(
        {"outlook": lines, "waste": waste}, period=JUNE, actuals=ledger, hosting=["hosting"]
    )
    assert cells(told) == [
        ("outlook", "c1", "variance", 900),  # holds what Atlas wastes on C1
        ("outlook", "c2", "variance", 100),
        ("waste", "w2", "avoidable", 40),  # Borea's cloud cost stands on C9
    ]
    assert told["also"].tolist()[0] == "idle: vm-1 (waste)"
    assert told.iloc[-1]["value"] == 900 + 100 + 40
    more = lines.assign(variance=[500.0, 100.0, 0.0, 0.0])
    told = actions(
        {"outlook": more, "waste": waste}, period=JUNE, actuals=ledger, hosting=["hosting"]
    )
    assert cells(told)[0] == ("waste", "w1", "annual", 600)
    assert told["also"].tolist()[0] == "Cloud (outlook)"
    assert told["rule"].tolist()[0] == "mean × 12"


def test_money_that_may_be_the_same_is_said_and_counts_once(
    lines: pd.DataFrame, waste: pd.DataFrame
) -> None:
    # without the ledger nobody knows on which cost center a product's waste stands
    told = actions({"outlook": lines, "waste": waste}, period=JUNE).set_index("row")
    assert told.loc["w1", "overlaps"] == "action 1"
    assert told.loc["w1", "reason"].endswith("may hold part of the money of action 1")
    assert told.loc["c2", "overlaps"] == "action 2"
    yearly, once = (told[told["row_key"] == key].iloc[0] for key in ("total-a-year", "total-once"))
    assert pd.isna(yearly["value"])
    assert yearly["reason"] == "1 that may hold the same money not added"
    assert once["value"] == 900
    assert once["reason"] == "2 that may hold the same money not added"


def test_an_initiative_is_worth_its_npv_as_an_annuity(returns: pd.DataFrame) -> None:
    told = actions({"roi": returns}, period=JUNE).set_index("row")
    assert told["value"].tolist()[:2] == [
        263.80,  # 1000 at 10 % over 5 years: 1000 / 3.790787 (any annuity table)
        100.0,  # 500 below plan, late, at 0 %: a fifth
    ]
    assert told.loc["y", ["against", "against_amount"]].tolist() == ["npv_plan", 800]
    names = returns.set_index("row_key")["name"]
    assert told.loc["x", "action"] == f"Stop “{names['x']}”, or change what it does"
    assert told.loc["y", "action"] == f"Bring “{names['y']}” to what it promised"
    assert "z" not in told.index  # below plan, and not late
    assert "v" not in told.index  # late, and better than its plan
    assert actions({"roi": returns}, period=JUNE, years=1)["value"].iloc[0] == 1100


def test_what_is_spent_is_no_reason_to_stop(rows: Rows) -> None:
    worth = rows("""
        row_key | initiative | role | name   | owner | npv_plan | npv_outlook | ahead    | hurdle_rate | go_live_slip_days
        f       | f          | item | Roads  | Ines  |    400.0 |     -5000.0 |  3790.79 |         0.1 |                90
        s       | s          | item | Rails  | Ines  |    400.0 |      -900.0 |  -379.08 |         0.1 |                 0
        n       | n          | item | Canals | Ines  |    400.0 |       -50.0 |          |         0.0 |                 0
        o       | o          | item | Over   | Ines  |    400.0 |      -900.0 |      0.0 |         0.1 |                 0
    """)  # noqa: E501
    told = actions({"roi": worth}, period=JUNE)
    assert cells(told) == [
        ("roi", "f", "ahead", 1000),  # 3790.79 at 10 % over 5 years, factor 3.790787
        ("roi", "s", "ahead", 100),
        ("roi", "n", "npv_outlook", 10),  # not begun: 50 at 0 %, a fifth
    ]
    assert told["action"].tolist()[:3] == [
        "Finish “Roads”, or renegotiate what is still to come",
        "Stop “Rails”, or change what it does",
        "Do not begin “Canals”, or change what it does",
    ]
    assert told["amount"].tolist()[:3] == [3790.79, -379.08, -50]


def test_an_initiative_is_one_action_whatever_is_said_of_it(
    returns: pd.DataFrame, rows: Rows
) -> None:
    register = rows("""
        row_key | role | initiative | name  | owner | variance | counts_realized | grade
        b1      | item | x          | Seats | Omar  |   -700.0 | true             | B
        b2      | item | u          | Calls | Omar  |   -200.0 | true             | C
        b3      | item | u          | More  | Omar  |   -900.0 | false           | C
    """)
    open_ = rows("""
        row_key | role | initiative | name   | owner | variance | estimate_to_complete | overdue_days | next_milestone
        x       | item | x          | Search | Ines  |    300.0 |                120.0 |           20 | Handover
        t       | item | t          | Tags   | Ines  |     80.0 |                500.0 |              |
        s       | item | s          | Seats  | Ines  |     80.0 |                  0.0 |              |
    """)  # noqa: E501
    told = actions({"benefits": register, "cost-to-complete": open_, "roi": returns}, period=JUNE)
    assert cells(told) == [
        ("roi", "x", "ahead", 263.80),
        ("benefits", "b2", "variance", 200),
        ("roi", "y", "npv_outlook", 100),
        ("cost-to-complete", "t", "variance", 80),  # what is left to spend covers the overrun
    ]
    assert told["also"].tolist()[0] == (
        "Seats (benefits), cost to complete Search (cost-to-complete)"
    )
    asked = told["action"].tolist()
    assert asked[1] == "Recover what “Calls” was to bring, or withdraw the promise"
    assert asked[3] == "Have the cost of “Tags” approved, or cut its scope"
    late = actions({"cost-to-complete": open_.head(1)}, period=JUNE)["action"].tolist()
    assert late[0] == "Finish “Handover” of “Search”"


def test_a_product_below_its_margin(rows: Rows) -> None:
    products = rows("""
        row_key | product | label | role | contribution_ytd | net_ytd
        atlas   | Atlas   | Atlas | item |             50.0 |  1000.0
        borea   | Borea   | Borea | item |            -30.0 |   100.0
        lost    | Lost    | Lost  | item |             -5.0 |     0.0
    """)
    assert cells(actions({"product-pnl": products}, period=JUNE)) == [
        ("product-pnl", "borea", "contribution_ytd", 60)  # half a year
    ]
    told = actions({"product-pnl": products}, period=JUNE, margin=0.1)
    assert cells(told)[0] == ("product-pnl", "atlas", "contribution_ytd", (100 - 50) * 2)
    assert told["rule"].tolist()[0].startswith("contribution short of 10% of net revenue")


def test_decisions_give_owner_and_date_and_stand_alone_when_overdue(
    lines: pd.DataFrame, returns: pd.DataFrame, rows: Rows
) -> None:
    taken = rows("""
        row_key | state   | decision | exhibit | row | subject | text     | amount | favorable | owner | due_on
        d-1     | open    | D-1      | outlook | c1  | Cloud   | Reserve? |  900.0 | false     | Petra | 2026-07-18
        d-2     | overdue | D-2      |         | x   | Search  | Stop?    |        | true      | Petra | 2026-06-01
        d-3     | overdue | D-3      | pnl     | net | Net     | Price?   | -350.0 | false     | Petra | 2026-06-02
        d-4     | open    | D-4      |         |     | Event   | Move?    |   10.0 | false     | Petra | 2026-08-15
        needed  | needed  |          | outlook | c2  | Support |          |  100.0 | false     |       |
    """)  # noqa: E501
    told = actions({"outlook": lines, "roi": returns, "decisions": taken}, period=JUNE)
    told = told.set_index("row")
    assert told.loc["c1", ["owner", "due_on", "decision", "state"]].tolist() == [
        *("Petra", "2026-07-18", "D-1", "open")
    ]
    assert told.loc["x", ["decision", "state"]].tolist() == ["D-2", "overdue"]
    assert told.loc["d-3", ["action", "value", "exhibit"]].tolist() == [
        *("Decide: Price?", 350.0, "decisions")
    ]
    assert "d-4" not in told.index
    assert told.loc["c2", "owner"] == "Omar"


def test_breaches_are_money_only_where_it_is_posted_twice(rows: Rows) -> None:
    found = rows("""
        row_key | role | rule          | month   | state | amount | advice
        t       | item | Posted twice  | 2026-06 | red   |   70.0 | Reverse one of them.
        r       | item | Round amounts | 2026-06 | amber | 9000.0 | Ask for the voucher.
    """)
    told = actions({"breaches": found}, period=JUNE)
    assert cells(told)[0] == ("breaches", "t", "amount", 70)
    last = told.iloc[1]
    assert (last["action"], last["column"]) == ("Ask for the voucher", "")
    assert pd.isna(last["value"])
    assert last["reason"].startswith("no amount is known")


def test_a_budget_that_is_overcommitted_and_lines_without_an_outlook(rows: Rows) -> None:
    found = rows("""
        row_key | cost_center | label | role | owner | variance | favorable | material | comparison     | available | overcommitted
        c1      | C1          | Cloud | item | Ines  |     90.0 | false     | true      | actual to date |     -40.0 | true
        c2      | C2          | Sales | item | Ines  |    -90.0 | true       | true      | actual to date |      40.0 | false
    """)  # noqa: E501
    assert cells(actions({"budget-lines": found}, period=JUNE)) == [
        ("budget-lines", "c1", "variance", 90)
    ]
    outlook = found.assign(landing="under plan", favorable=True)
    assert cells(actions({"budget-lines": found, "outlook": outlook}, period=JUNE)) == [
        ("budget-lines", "c1", "available", 40)
    ]


def test_spare_hours_are_an_action_where_less_is_used_than_asked(rows: Rows) -> None:
    found = rows("""
        row_key | cost_center | effort_role | label         | role  | spare_cost | state
        a       | C1          | Developer   | C1, Developer | item  |     5000.0 | under
        b       | C2          | Tester      | C2, Tester    | item  |      900.0 |
        c       | C3          | Tester      | C3, Tester    | item  |     -700.0 | over
        total   | Total       |             | Total         | total |     5200.0 | under
    """)
    told = actions({"utilization": found}, period=JUNE)
    assert cells(told) == [("utilization", "a", "spare_cost", 60000)]  # 5000 a month
    assert told["rule"].tolist()[0].endswith("× 12 / 1")
    assert told["confidence"].tolist()[0] == "low"  # of one month
    told = actions({"utilization": found}, period=FiscalCalendar().period("2026-Q2"))
    assert cells(told) == [("utilization", "a", "spare_cost", 20000)]  # 5000 in three months


def test_a_year_and_once_are_ranked_together_and_never_added(
    lines: pd.DataFrame, rows: Rows
) -> None:
    lost = rows("""
        row_key | role | initiative | name  | owner | variance | counts_realized | grade
        b1      | item | x          | Seats | Omar  |   -700.0 | true            | B
        b2      | item | u          | Calls | Omar  |    -50.0 | true            | C
    """)
    told = actions({"outlook": lines, "benefits": lost}, period=JUNE, top=2)
    assert told[["action", "value", "basis"]].to_numpy().tolist()[2:] == [
        ["Other (1), a year", 50, "a year"],
        ["Other (1), once", 100, "once"],
        ["Total, a year", 750, "a year"],
        ["Total, once", 1000, "once"],
    ]
    assert told["basis"].tolist()[:2] == ["once", "a year"]
    assert told["value"].tolist()[:2] == [900, 700]


def test_a_new_source_is_a_reader(lines: pd.DataFrame) -> None:
    spare = pd.DataFrame({"row_key": ["c1|dev"], "spare": [2400.0]})

    def idle_hands(result: pd.DataFrame, ground: Ground) -> Iterator[Lead]:
        for key, amount in zip(result["row_key"], result["spare"], strict=True):
            yield Lead(
                row=key,
                column="spare",
                text="Give the team's hours to Atlas",
                amount=amount,
                value=amount * 12 / len(ground.period.months),
                rule="month × 12",
                scope={"cost_center": frozenset({"C1"})},
            )

    told = actions(
        {"outlook": lines, "idle-hands": spare}, period=JUNE, readers={"idle-hands": idle_hands}
    )
    assert cells(told)[0] == ("idle-hands", "c1|dev", "spare", 28800)
    assert told["also"].tolist()[0] == "Cloud (outlook)"
    with pytest.raises(MeasureError, match=r"knows exhibit 'utilisation'\n  -> .*utilization"):
        actions({"utilisation": spare}, period=JUNE)


def test_no_more_than_seven_and_the_rest_together() -> None:
    found = pd.DataFrame(
        {
            "row_key": [f"c{n}" for n in range(10)],
            "cost_center": [f"C{n}" for n in range(10)],
            "label": "Line",
            "variance": [float(n + 1) for n in range(10)],
            "favorable": False,
            "landing": "over plan",
        }
    )
    told = actions({"outlook": found}, period=JUNE)
    assert told["action"].tolist()[7:] == ["Other (3), once", "Total, once"]
    assert told["value"].tolist()[6:] == [4, 1 + 2 + 3, 55]
    assert actions({"outlook": found.head(0)}, period=JUNE).empty
    with pytest.raises(MeasureError, match="no action to show"):
        actions({"outlook": found}, period=JUNE, top=0)
    with pytest.raises(ContractError, match="'row_key'"):
        actions({"outlook": found.drop(columns="row_key")}, period=JUNE)


LEAD = st.fixed_dictionaries(
    {
        "product": st.sampled_from(["Atlas", "Borea", ""]),
        "cost_center": st.sampled_from(["C1", "C2", ""]),
        "value": st.integers(1, 1000),
        "exhibit": st.sampled_from(["one", "two", "three"]),
    }
)


@settings(max_examples=50, deadline=None)
@given(made=st.lists(LEAD, max_size=8))
def test_the_total_holds_no_money_twice(made: list[dict[str, Any]]) -> None:
    def read(result: pd.DataFrame, _ground: Ground) -> Iterator[Lead]:
        for row in result.to_dict("records"):
            scope = {k: frozenset({row[k]}) for k in ("product", "cost_center") if row[k]}
            value = float(row["value"])
            yield Lead(
                *(row["row_key"], "value", "Act", value, value, "stated"),
                scope=scope,
            )

    numbered = [row | {"row_key": f"r{n}"} for n, row in enumerate(made)]
    found = {
        name: pd.DataFrame([row for row in numbered if row["exhibit"] == name])
        for name in ("one", "two", "three")
    }
    told = actions(found, period=JUNE, readers=dict.fromkeys(found, read), top=100)
    items = told[told["role"] == "item"]
    by_row = {row["row_key"]: row for row in numbered}
    counted = [by_row[key] for key in items[items["overlaps"] == ""]["row"]]
    for place, one in enumerate(counted):
        for other in counted[place + 1 :]:
            apart = any(
                one[name] and other[name] and one[name] != other[name]
                for name in ("product", "cost_center")
            )
            assert apart or one["exhibit"] == other["exhibit"]
    total = told.loc[told["role"] == "total", "value"].sum()
    assert total == pytest.approx(sum(row["value"] for row in counted))
    assert len(items) + items["also_count"].sum() == len(made)
    assert items["value"].is_monotonic_decreasing or items.empty
