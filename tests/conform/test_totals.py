from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pfkit.book import Book

    Shop = Any

TOWN = """
    [[sources]]
    name = "plan"
    table = "budget"
    path = "plan.csv"
    known_on = { date = 2020-01-01 }
    MORE
    columns = { version = { constant = "adopted" }, period = { sql = "Year || '-12'" }, span = { constant = "year" }, cost_center = "Name", account = { constant = "spend" }, currency = { constant = "EUR" }, amount_local = "Amount" }
"""  # noqa: E501 (one line of TOML)


def _open(shop: Shop, plan: str, more: str = "") -> Book:
    shop.ledger(TOWN.replace("MORE", more), {"plan.csv": plan})
    return shop.open(period="2020-12")


def _remarks(book: Book) -> list[dict[str, Any]]:
    found = book.controls[book.controls["control"] == "Totals among the rows"]
    return found.to_dict("records")


BY_CODE = """
    Code,Name,Year,Amount
    1,Schools,2020,100.10
    11,Primary,2020,60.05
    12,Secondary,2020,40.05
    2,Roads,2020,50
"""
BY_PARENT = """
    Id,Of,Name,Year,Amount
    x,,All,2020,150.10
    s,x,Schools,2020,100.10
    p,s,Primary,2020,60.05
    q,s,Secondary,2020,40.05
    r,x,Roads,2020,50
"""
BY_LEVEL = """
    Level,Name,Year,Amount
    1,Schools,2020,100.10
    2,Primary,2020,60.05
    2,Secondary,2020,40.05
    1,Roads,2020,50
"""
BY_PATH = """
    Chapter,Section,Name,Year,Amount
    Schools,,a,2020,100.10
    Schools,Primary,b,2020,60.05
    Schools,Secondary,c,2020,40.05
    Roads,,d,2020,50
"""
WITH_TOTAL = """
    Name,Year,Amount
    Schools,2020,100.10
    Roads,2020,50
    Parks,2020,7
    Σύνολο δαπανών,2020,157.10
"""


@pytest.mark.parametrize(
    ("plan", "setting", "amount"),
    [
        (BY_CODE, 'hierarchy = { code = "Code" }', 100.10),
        (BY_PARENT, 'hierarchy = { code = "Id", parent = "Of" }', 250.20),
        (BY_LEVEL, 'hierarchy = { level = "Level" }', 100.10),
        (BY_PATH, 'hierarchy = { path = ["Chapter", "Section"] }', 100.10),
        (WITH_TOTAL, 'hierarchy = { code = "Name", totals = ["Σύνολο δαπανών"] }', 157.10),
    ],
)
def test_a_plain_sum_of_every_level_never_passes_unremarked(
    shop: Shop, plan: str, setting: str, amount: float
) -> None:
    (remark,) = _remarks(_open(shop, plan))
    assert remark["state"] == "amber"
    assert remark["actual"] == amount
    assert setting in remark["advice"]
    # the setting it names mends it
    book = _open(shop, plan, setting)
    assert _remarks(book) == []
    assert round(book.budget["amount"].sum(), 2) in {150.10, 157.10}


def test_codes_that_only_begin_alike_are_left_alone(shop: Shop) -> None:
    plan = """
        Code,Name,Year,Amount
        1,Schools,2020,100.10
        11,Primary,2020,61.05
        12,Secondary,2020,40.05
        2,Roads,2020,50
    """
    assert _remarks(_open(shop, plan)) == []


def test_round_figures_that_happen_to_add_up_are_left_alone(shop: Shop) -> None:
    plan = "Name,Year,Amount\nSchools,2020,100\nRoads,2020,60\nParks,2020,40\n"
    assert _remarks(_open(shop, plan)) == []
