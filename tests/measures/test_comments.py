from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit.measures import budget_lines, comments, roi

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.period import Period

    Rows = Callable[[str], pd.DataFrame]


def test_the_subtotals_come_first_then_what_is_material(
    statement: pd.DataFrame, february: Period
) -> None:
    told = comments(statement, period=february, plan="adopted", amount=6.0, rate=0.05)
    assert told[["rank", "kind", "row_key", "variance"]].to_numpy().tolist() == [
        [1, "subtotal", "net-revenue", 8.09],
        [2, "subtotal", "contribution", 2.09],
        [3, "line", "gross-sales", 10.50],
        [4, "line", "hosting", -6.00],
    ]
    assert set(told["reference"]) == {"plan"}


def test_a_driver_is_named_only_where_one_explains_it(
    statement: pd.DataFrame, february: Period
) -> None:
    told = comments(statement, period=february, plan="adopted", amount=6.0, rate=0.05)
    told = told.set_index("row_key")
    # gross sales: Atlas +20.50 and Borea -10 of +10.50; with its refunds Atlas is +18.09 of +8.09
    assert told.loc["gross-sales", ["driver", "driver_amount"]].tolist() == ["Atlas", 20.50]
    assert told.loc["net-revenue", ["driver", "driver_amount"]].tolist() == ["Atlas", 18.09]
    # hosting is booked on Atlas alone, and Borea is a product that has none
    assert told.loc["hosting", ["driver", "driver_share"]].tolist() == ["Atlas", 1.0]


def test_two_that_cover_it_are_no_driver(february: Period, rows: Rows) -> None:
    plan = rows("""
        version | period  | product | line | group | amount
        plan    | 2026-02 | Atlas   | Fees | gross |    100
        plan    | 2026-02 | Borea   | Fees | gross |    100
        plan    | 2026-02 | Corvo   | Fees | gross |    100
    """)
    # -70, -65 and +35 of -100: two parts of 60 percent or more; then -59 and -41
    for amounts in ([30.0, 35.0, 135.0], [41.0, 59.0, 100.0]):
        actual = plan.assign(version="actual", amount=amounts)
        told = comments(pd.concat([plan, actual]), period=february, plan="plan", rate=0.05)
        assert set(told["driver"]) == {""}
        assert set(told["reason"]) == {"no single driver"}
    actual = plan.assign(version="actual", amount=[40.0, 60.0, 100.0])  # -60 of -100 covers it
    told = comments(pd.concat([plan, actual]), period=february, plan="plan", top=1)
    assert told[["driver", "driver_share"]].to_numpy().tolist() == [["Atlas", 0.6]]


PLANNED = """
    version | period  | family     | product | line          | group | amount
    plan    | 2026-02 | Operations | Ferry   | Subscriptions | gross |    100
    plan    | 2026-02 | Operations | Harbor  | Subscriptions | gross |    100
    plan    | 2026-02 | Planning   | Atlas   | Subscriptions | gross |    200
    plan    | 2026-02 | Planning   | Atlas   | Usage         | gross |    100
    plan    | 2026-02 | (none)     | (none)  | Overhead      | operating | 0
"""


def test_the_most_specific_part_that_covers_it_is_the_driver(february: Period, rows: Rows) -> None:
    plan = rows(PLANNED).query("line != 'Overhead'")
    actual = plan.assign(version="actual")
    # Ferry -30, Harbor -25, Atlas +1: Operations -55 of -54; Subscriptions are 400 of 500
    spread = actual.assign(amount=[70.0, 75.0, 201.0, 100.0])
    told = comments(pd.concat([plan, spread]), period=february, plan="plan", top=1)
    assert told[["driver_by", "driver", "driver_amount", "rest"]].to_numpy().tolist() == [
        ["family", "Operations", -55.0, 1.0]
    ]
    # Ferry alone -50 of -54: the product, and not the family it belongs to
    one = actual.assign(amount=[50.0, 96.0, 200.0, 100.0])
    told = comments(pd.concat([plan, one]), period=february, plan="plan", top=1)
    assert told[["driver_by", "driver", "driver_amount"]].to_numpy().tolist() == [
        ["product", "Ferry", -50.0]
    ]


def test_totals_are_told_and_not_counted(statement: pd.DataFrame, february: Period) -> None:
    told = comments(statement, period=february, plan="adopted", amount=6.0, rate=0.05, top=3)
    assert told["role"].tolist() == ["total", "total", "item"]
    assert told["found"].tolist() == [2, 2, 2]  # gross sales and hosting
    assert told[["least_amount", "least_rate"]].to_numpy().tolist()[0] == [6.0, 0.05]


def test_an_initiative_that_turns_to_a_loss_comes_first(
    statement: pd.DataFrame, february: Period, rows: Rows
) -> None:
    flows = rows("""
        initiative | period  | kind   | flow       | amount
        search     | 2026-02 | plan   | investment |   -100
        search     | 2026-02 | plan   | benefit    |    120
        search     | 2026-02 | actual | investment |   -150
        search     | 2026-02 | actual | benefit    |    120
    """)
    asked = rows("""
        initiative | name       | owner | approved_amount
        search     | Search 2.0 | Ines  | 100
    """)
    told = comments(
        statement,
        period=february,
        plan="adopted",
        amount=6.0,
        rate=0.05,
        returns=roi(flows, asked, rate=0.1),
    )
    first = told.iloc[0]
    assert first[["row_key", "reference"]].tolist() == ["search", "promised net present value"]
    # in the month of the outlay nothing is discounted: 120 - 100 promised, 120 - 150 now
    assert first[["base", "actual", "variance"]].tolist() == [20.0, -30.0, -50.0]
    assert first["reason"] == "more is invested than approved"
    assert not first["favorable"]


def test_without_a_plan_the_next_reference_is_taken(
    statement: pd.DataFrame, february: Period
) -> None:
    actual = statement[statement["version"] == "actual"]
    assert set(comments(actual, period=february)["reference"]) == {"prior year"}
    late = actual[actual["period"] > "2026"]
    assert set(comments(late, period=february)["reference"]) == {"previous period"}


def test_the_last_written_comment_stands_beside_its_row(
    statement: pd.DataFrame, february: Period, rows: Rows
) -> None:
    written = rows("""
        row_key     | text           | author | known_on
        net-revenue | Corrected text | Omar   | 2026-03-09
        net-revenue | First text     | Ines   | 2026-03-02
    """)
    told = comments(statement, period=february, plan="adopted", written=written)
    assert told.iloc[0][["text", "author"]].tolist() == ["Corrected text", "Omar"]
    assert told.iloc[1]["text"] == ""


def test_material_budget_lines_and_failing_initiatives_are_told(
    statement: pd.DataFrame, february: Period, rows: Rows
) -> None:
    spent = rows("""
        period  | span | cost_center | amount
        2026-02 | ytd  | Hosting     |     90
        2026-02 | ytd  | Rent        |     10
    """)
    plan = spent.assign(version="adopted", amount=[50, 10], owner=["Ines", "Omar"])
    lines = budget_lines(spent, plan, period=february, amount=5, rate=0.05)
    flows = rows("""
        initiative | period  | kind   | flow       | amount
        search     | 2026-01 | actual | investment |   -150
        search     | 2026-01 | plan   | investment |   -100
    """)
    asked = rows("""
        initiative | name       | owner | approved_amount
        search     | Search 2.0 | Ines  | 100
    """)
    told = comments(
        statement,
        period=february,
        plan="adopted",
        amount=6.0,
        rate=0.05,
        lines=lines,
        returns=roi(flows, asked, rate=0.1),
        top=9,
    ).set_index("subject")
    assert told.loc["Search 2.0", "reference"] == "promised net present value"
    assert told.loc["Search 2.0", "variance"] == -50
    budget = told[told["kind"] == "budget"]
    assert budget["row_key"].tolist() == ["budget|hosting"]  # the statement has a row "hosting"
    assert budget[["variance", "owner"]].to_numpy().tolist() == [[40.0, "Ines"]]
    assert told["row_key"].is_unique


def test_without_a_statement_the_budget_total_comes_first(
    statement: pd.DataFrame, february: Period, rows: Rows
) -> None:
    spent = rows("""
        period  | span | cost_center | amount
        2026-02 | ytd  | Fire        |     90
        2026-02 | ytd  | Parks       |     49
    """)
    plan = spent.assign(version="adopted", amount=[50, 50])
    lines = budget_lines(spent, plan, period=february, amount=5, rate=0.05)
    told = comments(statement.iloc[:0], period=february, lines=lines, amount=5, rate=0.05)
    assert told[["row_key", "variance"]].to_numpy().tolist() == [["total", 39.0], ["fire", 40.0]]
    assert told[["driver", "driver_amount", "rest"]].to_numpy().tolist()[0] == ["Fire", 40.0, -1.0]


def test_an_initiative_that_loses_less_than_matters_is_not_told(
    statement: pd.DataFrame, february: Period, rows: Rows
) -> None:
    flows = rows("""
        initiative | period  | kind   | flow       | amount
        search     | 2026-01 | actual | investment |   -101
        search     | 2026-01 | plan   | investment |   -100
    """)
    asked = rows("""
        initiative | name       | owner | approved_amount
        search     | Search 2.0 | Ines  | 100
    """)
    returns = roi(flows, asked, rate=0.1)
    told = comments(
        statement, period=february, plan="adopted", amount=5, returns=returns, rate=0.05
    )
    assert "initiative" not in set(told["kind"])


def test_at_most_top_comments(statement: pd.DataFrame, february: Period) -> None:
    assert len(comments(statement, period=february, plan="adopted", top=1)) == 1


def test_nothing_in_is_nothing_out(statement: pd.DataFrame, february: Period) -> None:
    assert comments(statement.iloc[:0], period=february).empty


def test_a_comment_stands_on_the_row_of_its_exhibit_and_says_of_which_month(
    statement: pd.DataFrame, february: Period, rows: Rows
) -> None:
    written = rows("""
        row_key | exhibit      | text      | author | period  | approved_by | known_on
        hosting | pnl          | Re-index  | Ines   | 2026-01 | Omar        | 2026-02-03
        hosting | budget-lines | Elsewhere | Ines   | 2026-02 |             | 2026-03-03
        hosting | pnl          | Next      | Ines   | 2026-03 |             | 2026-04-03
    """)
    told = comments(statement, period=february, plan="adopted", amount=6.0, written=written)
    hosting = told.set_index("row_key").loc["hosting"]
    assert hosting[["exhibit", "row"]].tolist() == ["pnl", "hosting"]
    said = hosting[["text", "said_for", "said_on", "approved_by"]].tolist()
    assert said == ["Re-index", "2026-01", "2026-02-03", "Omar"]


def test_the_driver_of_a_budget_line_is_found_in_its_accounts(
    statement: pd.DataFrame, february: Period, rows: Rows
) -> None:
    spent = rows("""
        period  | span | cost_center | account | amount
        2026-02 | ytd  | Hosting     | servers |     70
        2026-02 | ytd  | Hosting     | search  |     20
    """)
    plan = spent.assign(version="adopted", amount=[30, 20])
    lines = budget_lines(spent, plan, period=february, amount=5, rate=0.05)
    given = {"lines": lines, "actuals": spent, "budget": plan}
    told = comments(statement.iloc[:0], period=february, amount=5, rate=0.05, **given)
    line = told[told["role"] == "item"].iloc[0]
    assert line[["driver_by", "driver", "driver_amount"]].tolist() == ["account", "servers", 40.0]
