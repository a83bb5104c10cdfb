from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pfkit.errors import ParameterError
from pfkit.publish.product import only

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def book(rows: Callable[[str], pd.DataFrame]) -> SimpleNamespace:
    return SimpleNamespace(
        entity="toy",
        statement=rows("""
            product      | amount
            Data Hub     |    100
            '007'        |     30
            (none)       |    -50
        """),
        initiatives=rows("""
            initiative | product
            I1         | Data Hub
            I2         | '007'
        """),
        cashflows=rows("""
            initiative | amount
            I1         |     -5
            I2         |     -7
        """),
        milestones=rows("""
            initiative | milestone
            I1         | Pilot
            I2         | Cutover
        """),
        benefits=rows("""
            benefit | initiative
            B1      | I2
            B2      | (none)
        """),
        decisions=rows("""
            decision | row_key
            D1       | 'hosting~data-hub'
            D2       | hosting
        """).replace("hosting~data-hub", "hosting|data-hub"),
        budget_then=rows("""
            product  | amount
            Data Hub |     90
            (none)   |     40
        """),
        recurring=rows("""
            customer | product  | amount
            C1       | Data Hub |     60
            C1       | '007'    |     20
        """),
        acquisition=rows("""
            period  | amount
            2026-06 |     15
        """),
        carried=rows("""
            cost_center | role | carried
            CC1         | item |      12
        """),
        controls=rows("""
            row_key | state
            tie     | green
        """),
    )


def test_without_a_product_the_book_stays_whole(book: SimpleNamespace) -> None:
    assert only(book, product=None) is book


def test_tables_hold_the_rows_of_the_product(book: SimpleNamespace) -> None:
    cut = only(book, product="007")
    assert cut.statement["amount"].tolist() == [30]
    assert cut.cashflows["amount"].tolist() == [-7]
    assert cut.milestones["milestone"].tolist() == ["Cutover"]
    assert cut.benefits["benefit"].tolist() == ["B1"]
    assert cut.initiatives["initiative"].tolist() == ["I2"]
    assert cut.recurring["amount"].tolist() == [20]
    assert cut.controls is book.controls
    assert cut.entity == "toy"


def test_decisions_follow_their_row(book: SimpleNamespace) -> None:
    assert only(book, product="Data Hub").decisions["decision"].tolist() == ["D1"]
    assert only(book, product="007").decisions.empty


def test_a_book_without_decisions_keeps_their_columns(book: SimpleNamespace) -> None:
    columns = list(book.decisions.columns)
    book.decisions = book.decisions.head(0)
    assert list(only(book, product="Data Hub").decisions.columns) == columns


def test_an_unknown_product_is_named_with_the_near_miss(book: SimpleNamespace) -> None:
    with pytest.raises(ParameterError) as caught:
        only(book, product="Data Hubb")
    assert str(caught.value) == (
        "parameter product: there is no product 'Data Hubb'\n"
        "  -> The closest known product is 'Data Hub'."
    )


def test_vintages_hold_the_rows_of_the_product(
    book: SimpleNamespace, rows: Callable[[str], pd.DataFrame]
) -> None:
    said = rows("""
        product  | amount
        Data Hub |    100
        '007'    |     30
    """)
    book.vintages = {"budget": said}.__getitem__
    assert only(book, product="007").vintages("budget")["amount"].tolist() == [30]
    assert only(book, product=None).vintages("budget") is said


def test_what_is_told_by_cost_center_is_no_product_s(book: SimpleNamespace) -> None:
    assert only(book, product="007").acquisition.empty
    assert only(book, product="Data Hub").carried.empty
    assert only(book, product="Data Hub").budget_then["amount"].tolist() == [90]


def test_what_features_earned_is_told_of_the_whole_book(book: SimpleNamespace) -> None:
    billing = pd.DataFrame({"customer": ["K"], "amount": [1.0]})
    whole = SimpleNamespace(**vars(book), attribution={"billing": billing, "usage": "as it is"})
    cut = only(whole, product="007").attribution
    assert cut["billing"].empty
    assert "the report of the whole book shows them" in cut["billing"].attrs["reason"]
    assert (cut["usage"], len(billing), billing.attrs) == ("as it is", 1, {})
    assert only(whole, product=None).attribution["billing"] is billing


def test_forecasts_kept_of_a_product_are_its_own_and_its_sum(
    rows: Callable[[str], pd.DataFrame],
) -> None:
    kept = rows("""
        by      | series         | mean
        product | Data Hub       |  100
        product | Other          |   30
        product | (every series) |  130
        family  | Data Hub       |    7
    """)
    statement = rows("""
        product  | amount
        Data Hub |    100
    """)
    held = SimpleNamespace(statement=statement, kept_forecasts=kept)
    found = only(held, product="Data Hub").kept_forecasts
    assert found[["series", "mean"]].to_numpy().tolist() == [
        ["Data Hub", 100],
        ["(every series)", 100],
    ]
