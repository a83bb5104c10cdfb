from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pfkit.contracts.standing import Comments, hangs_on, open_on, standing_decisions
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

    Rows = Callable[[str], pd.DataFrame]

MAY, JUNE = (FiscalCalendar().period(label) for label in ("2026-05", "2026-06"))


def lines(table: pd.DataFrame) -> list[dict[object, object]]:
    return table.to_dict("records")  # type: ignore[return-value]


def test_the_last_known_line_of_the_latest_period_stands(rows: Rows) -> None:
    told = rows("""
        row_key | exhibit | text        | period  | known_on
        hosting | pnl     | June, first | 2026-06 | 2026-07-03
        hosting | pnl     | May, late   | 2026-05 | 2026-07-09
        hosting | pnl     | June, then  | 2026-06 | 2026-07-04
    """)
    assert Comments(lines(told), period=JUNE).on("pnl", "hosting").text == "June, then"  # type: ignore[union-attr]
    assert Comments(lines(told), period=MAY).on("pnl", "hosting").text == "May, late"  # type: ignore[union-attr]


def test_equal_days_go_by_the_order_they_were_written_in() -> None:
    told = [{"row_key": "rent", "text": text, "known_on": "2026-07-03"} for text in ("a", "b")]
    assert Comments(told, period=JUNE).on("pnl", "rent").text == "b"  # type: ignore[union-attr]


def test_a_row_of_another_exhibit_keeps_its_own_comment(rows: Rows) -> None:
    told = rows("""
        row_key | exhibit      | text    | known_on
        hosting | pnl          | margin  | 2026-07-03
        hosting | budget-lines | backlog | 2026-07-03
        travel  |              | fairs   | 2026-07-03
    """)
    said = Comments(lines(told), period=JUNE)
    assert said.on("pnl", "hosting").text == "margin"  # type: ignore[union-attr]
    assert said.on("budget-lines", "hosting").text == "backlog"  # type: ignore[union-attr]
    assert said.on("product-pnl", "hosting") is None
    assert said.on("pnl", "travel").text == said.on("roi", "travel").text == "fairs"  # type: ignore[union-attr]


def test_closed_is_gone_and_what_is_written_since_stands(rows: Rows) -> None:
    told = rows("""
        row_key | exhibit | text | status | period  | known_on
        hosting |         | old  | open   | 2026-04 | 2026-05-04
        hosting | pnl     | mine | open   | 2026-05 | 2026-06-04
        hosting | pnl     | mine | closed | 2026-06 | 2026-07-03
    """)
    assert Comments(lines(told), period=JUNE).on("pnl", "hosting") is None
    # the report on May, made again later, still has its comment
    assert Comments(lines(told), period=MAY).on("pnl", "hosting").text == "mine"  # type: ignore[union-attr]
    again = [*lines(told), {"row_key": "hosting", "text": "anew", "known_on": "2026-07-05"}]
    assert Comments(again, period=JUNE).on("pnl", "hosting").text == "anew"  # type: ignore[union-attr]
    assert Comments(lines(told), period=JUNE).rows() == [("", "hosting")]


def test_nothing_known_as_na_or_nat_reads_as_no_text() -> None:
    line = {"row_key": "rent", "text": "x", "approved_on": pd.NaT, "period": pd.NA, "status": None}
    found = Comments([line | {"known_on": dt.date(2026, 7, 3)}]).on("pnl", "rent")
    assert found is not None
    assert (found.approved_on, found.period, found.status) == ("", "", "open")
    assert found.known_on == "2026-07-03"


def test_a_decision_is_as_last_known_and_open_since_its_first_line(rows: Rows) -> None:
    told = rows("""
        decision | row_key | exhibit | owner | due_on     | status | period  | known_on
        D1       | hosting | pnl     | Ines  | 2026-07-31 | open   | 2026-05 | 2026-06-04
        D1       | hosting | pnl     | Omar  | 2026-08-31 | open   | 2026-05 | 2026-07-03
        D2       | hosting |         | Ines  | 2026-07-15 | open   |         | 2026-06-04
        D3       | hosting | pnl     | Ines  | 2026-07-15 | closed | 2026-06 | 2026-07-04
    """)
    found = standing_decisions(lines(told), period=JUNE)
    assert [(d.decision, d.owner, d.since) for d in found] == [
        ("D1", "Omar", "2026-06-04"),
        ("D2", "Ines", "2026-06-04"),
        ("D3", "Ines", "2026-07-04"),
    ]
    assert [d.decision for d in open_on(found, "pnl", "hosting")] == ["D2", "D1"]  # due first
    assert [d.decision for d in open_on(found, "budget-lines", "hosting")] == ["D2"]
    assert [d.decision for d in standing_decisions(lines(told), period=MAY)] == ["D1", "D2"]


@pytest.mark.parametrize(
    ("exhibit", "row", "bare", "hangs"),
    [("pnl", "hosting", "", True), ("pnl", "hosting", "budget|hosting", False)],
)
def test_a_bare_row_key_is_what_the_page_calls_the_row(
    exhibit: str, row: str, bare: str, *, hangs: bool
) -> None:
    (one,) = standing_decisions([{"decision": "D1", "row_key": "hosting"}])
    assert hangs_on(one, exhibit, row, bare) is hangs


def test_a_decision_on_no_row_hangs_on_none() -> None:
    (one,) = standing_decisions([{"decision": "D1", "known_on": "2026-06-04"}])
    assert not hangs_on(one, "pnl", "")
