"""The table of actions: what is at stake, and facts that point at the tables it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pfkit import measures
from pfkit.present import tables
from pfkit.present.exhibit import rederive

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from pfkit.contracts import About
    from pfkit.period import Period


@pytest.fixture
def lines(rows: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    return rows("""
        row_key | cost_center | label    | role  | owner | variance | favorable | landing
        c1      | C1          | Cloud    | item  | Ines  |  91234.0 | false     | over plan
        c2      | C2          | Support  | item  |       |  10000.0 | false     | open
    """)


def plain(text: str) -> str:
    return text.replace("\N{NARROW NO-BREAK SPACE}", " ")


def test_every_amount_is_a_fact_of_the_table_it_comes_from(
    lines: pd.DataFrame, june: Period, about: About
) -> None:
    shown = tables.actions(measures.actions({"outlook": lines}, period=june), about=about)
    assert plain(shown.message) == (
        "101.2 kEUR once is at stake in 2 actions; the first is "
        "\N{LEFT DOUBLE QUOTATION MARK}Bring Cloud back to its plan"
        "\N{RIGHT DOUBLE QUOTATION MARK}, 91.2 once"
    )
    frames = {"actions": shown.data, "outlook": lines}
    assert [fact.text for fact in shown.facts] == [
        rederive(f, frames[f.exhibit]) for f in shown.facts
    ]
    traced = [(fact.row_key, fact.column) for fact in shown.facts if fact.exhibit == "outlook"]
    assert traced == [("c1", "variance"), ("c2", "variance")]


def test_a_name_within_the_quoted_action_has_single_marks(
    june: Period, rows: Callable[[str], pd.DataFrame]
) -> None:
    register = rows("""
        row_key | role | initiative | name  | owner | variance | counts_realized | grade
        b1      | item | x          | Seats | Omar  |   -700.0 | true            | B
        b2      | item | u          | Calls | Omar  |   -200.0 | true            | C
    """)
    told = tables.actions(measures.actions({"benefits": register}, period=june))
    inner = "\N{LEFT SINGLE QUOTATION MARK}Seats\N{RIGHT SINGLE QUOTATION MARK}"
    assert f"the first is “Recover what {inner} was to bring”, 700 a year" in told.message
    assert told.printed[0][1] == "Recover what “Seats” was to bring, or withdraw the promise"


def test_no_owner_and_no_date_is_made_up(lines: pd.DataFrame, june: Period, about: About) -> None:
    shown = tables.actions(measures.actions({"outlook": lines}, period=june), about=about)
    heads = [head.label for head in shown.body.heads]  # type: ignore[union-attr]
    owner, due = heads.index("Owner"), heads.index("Due")
    assert [row[owner] for row in shown.printed] == ["Ines", "no owner", ""]
    assert [row[due] for row in shown.printed] == ["no date agreed", "no date agreed", ""]
    assert [row[0] for row in shown.printed] == ["1", "2", "\N{EN DASH}"]


def test_same_money_is_named_below_the_table(
    lines: pd.DataFrame, june: Period, rows: Callable[[str], pd.DataFrame]
) -> None:
    waste = rows("""
        row_key | kind | role | product | resource | service | account | avoidable | annual | annual_rule | confidence
        w1      | idle | item | Atlas   | vm-1     | VMs     | A       |      50.0 |        |             | high
    """)  # noqa: E501
    booked = rows("""
        period  | product | account | cost_center
        2026-06 | Atlas   | hosting | C1
    """)
    found = {"outlook": lines, "waste": waste}
    told = measures.actions(found, period=june, actuals=booked, hosting=["hosting"])
    notes = " ".join(tables.actions(told).notes)
    assert "The same money elsewhere, not added: 1: idle: vm-1 (waste)." in notes
    apart = " ".join(tables.actions(measures.actions(found, period=june)).notes)
    assert (
        "May hold part of the same money, the larger counts in its total: 3 and action 1, "
        "action 2." in apart
    )


def test_nothing_to_do_and_nothing_with_an_amount(
    lines: pd.DataFrame, june: Period, rows: Callable[[str], pd.DataFrame]
) -> None:
    none = tables.actions(measures.actions({"outlook": lines.head(0)}, period=june))
    assert none.message.startswith("No action is asked for")
    found = rows("""
        row_key | role | rule          | month   | state | amount | advice
        r       | item | Round amounts | 2026-06 | amber | 9000.0 | Ask for the voucher.
    """)
    told = tables.actions(measures.actions({"breaches": found}, period=june))
    assert told.message == "1 action is asked for, and none has an amount of money"


def test_a_year_and_once_are_two_sums(
    lines: pd.DataFrame, june: Period, rows: Callable[[str], pd.DataFrame]
) -> None:
    spare = rows("""
        row_key | cost_center | label         | role | spare_cost | state
        a       | C7          | C7, Developer | item |     2000.0 | under
    """)
    lost = rows("""
        row_key | role | initiative | name  | owner | variance | counts_realized | grade
        b1      | item | x          | Seats | Omar  |  -3000.0 | true            | B
    """)
    found = {"outlook": lines.head(1), "utilization": spare, "benefits": lost}
    shown = tables.actions(measures.actions(found, period=june))
    # 2 000 of one month are 24 000 a year, and 3 000 are a year's
    assert plain(shown.message).startswith(
        "27.0 thousands a year and 91.2 thousands once are at stake in 3 actions; the first is"
    )
    assert [row[1:4] for row in shown.printed][-2:] == [
        ["Total, a year", "27.0", "a year"],
        ["Total, once", "91.2", "once"],
    ]
    frames = {"actions": shown.data, **found}
    assert [f.text for f in shown.facts] == [rederive(f, frames[f.exhibit]) for f in shown.facts]
