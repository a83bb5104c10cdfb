from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pfkit import measures
from pfkit.errors import ReportError
from pfkit.present import figures, look, tables, words
from pfkit.present.facts import Fact, Facts, counted, rederive

if TYPE_CHECKING:
    from pfkit.contracts import About
    from pfkit.period import Period
    from pfkit.present.exhibit import Exhibit


@pytest.fixture
def exhibits(statement: pd.DataFrame, june: Period, about: About) -> list[Exhibit]:
    result = measures.pnl(statement, period=june)
    page = measures.summary(statement, period=june, amount=1000.0, rate=0.01)
    return [
        words.headline(page.headline, about=about),
        figures.tiles(page.tiles, sparks=page.sparks, about=about),
        words.comments(page.comments, about=about),
        tables.decisions(page.decisions, about=about),
        tables.changed(page.changed, about=about),
        tables.pnl(result, about=about),
        tables.product_pnl(measures.product_pnl(statement, period=june), about=about),
        figures.trend(measures.trend(statement, period=june), about=about),
        figures.bridge(result, start="plan", end="actual", about=about),
    ]


def test_every_fact_can_be_worked_out_again(exhibits: list[Exhibit]) -> None:
    checked = 0
    for exhibit in exhibits:
        for fact in exhibit.facts:
            assert rederive(fact, exhibit.data) == fact.text, (exhibit.id, fact)
            checked += 1
    assert checked > 40


def test_every_number_of_a_message_is_a_fact(exhibits: list[Exhibit]) -> None:
    for exhibit in exhibits:
        left = exhibit.message
        for known in ("June 2026", "2026-06", "2026-07-04"):
            left = left.replace(known, " ")
        for fact in sorted(exhibit.facts, key=lambda fact: -len(fact.text)):
            left = left.replace(fact.text, " ")
        assert not any(char.isdigit() for char in left), (exhibit.id, exhibit.message, left)


def test_a_wrong_number_is_found_out() -> None:
    data = pd.DataFrame({"row_key": ["net"], "actual": [100.0]})
    assert rederive(Fact("120", 120.0, "x", "net", "actual"), data) == "100"


def test_a_fact_keeps_value_scale_and_cell() -> None:
    data = pd.DataFrame({"row_key": ["net"], "gap": [-12_345.0]})
    say = Facts("pnl", data, look.Scale(1000, 1, "kEUR"))
    assert say.delta("net", "gap") == "\N{MINUS SIGN}12.3"
    assert say.amount("net", "gap", magnitude=True) == "12.3"
    assert say.facts[0] == Fact("\N{MINUS SIGN}12.3", -12_345.0, "pnl", "net", "gap", 1000, 1)
    assert say.facts[1].how == "magnitude"


def test_totals_are_not_counted_as_rows() -> None:
    data = pd.DataFrame(
        {"row_key": ["a", "b", "t"], "role": ["item", "item", "total"], "ask": ["x", "", "x"]}
    )
    assert counted(data, "ask", "x") == 1
    assert counted(data, "ask") == 2
    folded = data.assign(role=["item", "other", "total"], size=[1, 126, 127])
    assert counted(folded, "ask", weight="size") == 127  # with the 126 folded together


def test_a_cell_that_is_not_there_names_the_nearest() -> None:
    say = Facts("pnl", pd.DataFrame({"row_key": ["net-revenue"]}), look.Scale(1, 0, "EUR"))
    with pytest.raises(ReportError) as told:
        say.value("net-revenu", "actual")
    assert "there is no row 'net-revenu'" in str(told.value)
    assert "The closest known row is 'net-revenue'." in str(told.value)
    with pytest.raises(ReportError, match="there is no column 'actual'"):
        say.value("net-revenue", "actual")
