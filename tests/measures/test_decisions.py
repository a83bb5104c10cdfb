from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pfkit.errors import ContractError
from pfkit.measures import commentary, comments, decisions, product_pnl

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.period import Period

    Rows = Callable[[str], pd.DataFrame]

DAY = date(2026, 3, 4)


@pytest.fixture(scope="module")
def taken(rows: Rows) -> pd.DataFrame:
    """Give three decisions, one of them closed later."""
    return rows("""
        decision | row_key | text              | owner | due_on     | status | known_on
        D1       | rent    | Leave the office  | Omar  | 2026-02-01 | open   | 2026-01-05
        D2       | atlas   | Raise the price   | Ines  | 2026-05-01 | open   | 2026-01-05
        D3       | search  | Stop the pilot    | Ines  | 2026-01-31 | open   | 2026-01-05
        D3       | search  | Stop the pilot    | Ines  | 2026-01-31 | closed | 2026-02-05
    """)


def test_overdue_stands_before_open_and_closed_is_gone(taken: pd.DataFrame) -> None:
    table = decisions(taken, as_of=DAY)
    assert table[["state", "decision", "owner", "due_on"]].to_numpy().tolist() == [
        ["overdue", "D1", "Omar", "2026-02-01"],
        ["open", "D2", "Ines", "2026-05-01"],
    ]


def test_a_material_miss_that_nobody_decided_on_is_asked_for(
    statement: pd.DataFrame, february: Period, taken: pd.DataFrame
) -> None:
    facts = comments(statement, period=february, plan="adopted", amount=2.0, rate=0.05, top=99)
    table = decisions(taken, as_of=DAY, facts=facts)
    needed = table[table["state"] == "needed"]
    assert needed[["row_key", "amount", "due_on"]].to_numpy().tolist() == [
        ["needed|hosting", -6.00, ""],
        ["needed|refunds", -2.41, ""],
    ]
    assert needed["reason"].tolist()[0] == "no decision on hosting; no date agreed"
    assert needed["favorable"].tolist() == [False, False]
    settled = taken.assign(row_key=taken["row_key"].replace("search", "hosting"))
    assert "needed|hosting" not in set(decisions(settled, as_of=DAY, facts=facts)["row_key"])


def test_a_miss_against_last_year_asks_for_nothing(
    statement: pd.DataFrame, february: Period, taken: pd.DataFrame
) -> None:
    actual = statement[statement["version"] == "actual"]
    facts = comments(actual, period=february, top=99)
    assert "needed" not in set(decisions(taken, as_of=DAY, facts=facts)["state"])
    none = decisions(taken.iloc[:0], as_of=DAY, facts=facts)
    assert none.attrs["reason"].endswith("no line is off a plan: this book has none.")


def test_the_rest_is_counted(taken: pd.DataFrame) -> None:
    many = pd.concat([taken.iloc[[1]].assign(decision=f"D{n}") for n in range(5)])
    table = decisions(many, as_of=DAY, top=2)
    assert table["subject"].tolist() == ["atlas", "atlas", "Other (3)"]
    assert table["row_key"].tolist() == ["d0", "d1", "other"]


def test_decisions_need_an_owner_column(taken: pd.DataFrame) -> None:
    with pytest.raises(ContractError, match="'owner'"):
        decisions(taken.drop(columns="owner"), as_of=DAY)


def test_nothing_in_is_nothing_out(taken: pd.DataFrame) -> None:
    assert decisions(taken.iloc[:0], as_of=DAY).empty


def test_a_decision_hangs_on_the_row_of_its_exhibit(
    statement: pd.DataFrame, february: Period, rows: Rows
) -> None:
    taken = rows("""
        decision | exhibit      | row_key | text     | owner | due_on     | status | known_on
        D1       | budget-lines | hosting | Reserve  | Ines  | 2026-05-01 | open   | 2026-01-05
    """)
    facts = comments(statement, period=february, plan="adopted", amount=6.0, rate=0.05, top=99)
    table = decisions(taken, as_of=DAY, facts=facts).set_index("row_key")
    assert pd.isna(table.loc["d1", "amount"])  # hosting of the statement is another row
    assert table.loc["needed|hosting", ["exhibit", "row"]].tolist() == ["pnl", "hosting"]
    mine = decisions(taken.assign(exhibit="pnl"), as_of=DAY, facts=facts)
    assert mine[["row_key", "amount", "exhibit"]].to_numpy().tolist() == [["d1", -6.0, "pnl"]]


def test_it_says_since_when_and_leaves_what_a_later_month_raised(
    january: Period, february: Period, rows: Rows
) -> None:
    taken = rows("""
        decision | text    | owner | due_on     | status | period  | known_on
        D1       | Reserve | Ines  | 2026-05-01 | open   | 2026-01 | 2026-02-04
        D1       | Reserve | Omar  | 2026-06-01 | open   | 2026-01 | 2026-03-03
        D2       | Hire    | Omar  | 2026-05-01 | open   | 2026-02 | 2026-03-03
    """)
    now = decisions(taken, as_of=DAY, period=february)
    assert now[["decision", "owner", "since"]].to_numpy().tolist() == [
        ["D2", "Omar", "2026-03-03"],
        ["D1", "Omar", "2026-02-04"],
    ]
    assert decisions(taken, as_of=DAY, period=january)["decision"].tolist() == ["D1"]


def test_a_decision_on_any_commented_row_shows_its_variance(
    statement: pd.DataFrame, february: Period, rows: Rows
) -> None:
    taken = rows("""
        decision | exhibit     | row_key | text   | owner | due_on     | status | known_on
        D1       | product-pnl | borea   | Bundle | Ines  | 2026-05-01 | open   | 2026-03-03
    """)
    products = product_pnl(statement, period=february, by="product", plan="adopted")
    told = commentary({"product-pnl": products}, period=february, amount=6.0, rate=0.05)
    table = decisions(taken, as_of=DAY, explained=told)
    assert table[["subject", "amount", "favorable"]].to_numpy().tolist() == [
        ["Net revenue of Borea", -10.0, False]
    ]


def test_what_was_closed_before_the_period_is_asked_for_again(
    statement: pd.DataFrame, february: Period, rows: Rows
) -> None:
    facts = comments(statement, period=february, plan="adopted", amount=6.0, rate=0.05, top=99)
    for closed_on, asked in (("2026-01-31", True), ("2026-02-01", False)):
        taken = rows(f"""
            decision | exhibit | row_key | text | owner | due_on     | status | known_on
            D1       | pnl     | hosting | Go?  | Ines  | 2026-05-01 | closed | {closed_on}
        """)
        table = decisions(taken, as_of=DAY, facts=facts, period=february)
        assert ("needed|hosting" in set(table["row_key"])) is asked
