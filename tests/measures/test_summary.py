from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import pandas as pd

from pfkit.measures import changed, commentary, comments, pnl, product_pnl, sparks, summary, tiles

if TYPE_CHECKING:
    from pfkit.period import Period


def test_page_one_says_what_its_parts_say(statement: pd.DataFrame, february: Period) -> None:
    page = summary(statement, period=february, plan="adopted", amount=6.0, rate=0.05)
    same = {"amount": 6.0, "rate": 0.05}
    pd.testing.assert_frame_equal(page.tiles, tiles(statement, period=february, plan="adopted"))
    pd.testing.assert_frame_equal(page.sparks, sparks(statement, period=february))
    pd.testing.assert_frame_equal(page.changed, changed(statement, period=february, **same))
    pd.testing.assert_frame_equal(
        page.comments, comments(statement, period=february, plan="adopted", **same)
    )


def test_the_headline_is_net_revenue_and_what_is_left(
    statement: pd.DataFrame, february: Period
) -> None:
    page = summary(statement, period=february, plan="adopted")
    assert page.headline["row_key"].tolist() == ["net-revenue", "contribution"]
    sales = statement[statement["group"].isin(["gross", "returns"])]
    assert summary(sales, period=february).headline["row_key"].tolist() == ["net-revenue"]


def test_a_miss_below_the_fifth_comment_still_asks_for_a_decision(
    statement: pd.DataFrame, february: Period
) -> None:
    page = summary(statement, period=february, plan="adopted", amount=2.0, rate=0.05, top=1)
    assert len(page.comments) == 1
    assert page.decisions["row_key"].tolist() == ["needed|hosting", "needed|refunds"]


def test_nothing_in_is_nothing_out_with_every_column(
    statement: pd.DataFrame, february: Period
) -> None:
    page = summary(statement.iloc[:0], period=february)
    full = summary(statement, period=february, plan="adopted")
    for part in fields(page):
        empty, filled = getattr(page, part.name), getattr(full, part.name)
        assert empty.empty
        assert list(empty.columns) == list(filled.columns)
        assert empty.columns[0] == "row_key"


def test_page_one_counts_what_is_material_as_the_report_does(
    statement: pd.DataFrame, february: Period
) -> None:
    limits = {"period": february, "plan": "adopted"}
    exhibits = {
        "pnl": pnl(statement, **limits),
        "product-pnl": product_pnl(statement, **limits),
    }
    told = commentary(exhibits, period=february, amount=2.0, rate=0.05)
    material = int((told["role"] == "item").sum())
    alone = summary(statement, **limits, amount=2.0, rate=0.05)
    page = summary(statement, **limits, amount=2.0, rate=0.05, explained=told)
    assert alone.comments["found"].iloc[0] < material
    assert set(page.comments["found"]) == {material}
    # what is counted by other thresholds is another count
    other = summary(statement, **limits, amount=1.0, rate=0.05, explained=told)
    same = summary(statement, **limits, amount=1.0, rate=0.05)
    pd.testing.assert_frame_equal(other.comments, same.comments)
