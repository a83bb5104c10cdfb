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


JOURNAL = """
    [[sources]]
    name = "accounts"
    table = "accounts"
    path = "accounts.csv"
    columns = { account = "account", name = "account", line = "account", group = "group", favorable_when = "good" }
    [[sources]]
    name = "gl"
    table = "actuals"
    path = "gl.csv"
    sign = "debit_positive"
    known_on = { date = 2020-01-01 }
    columns = { period = "month", account = "account", currency = { constant = "EUR" }, amount_local = "amount" }
"""  # noqa: E501 (lines of TOML)
ACCOUNTS = """
    account,group,good
    4000,gross,higher
    1100,outside,lower
    2000,outside,lower
    5000,cost_of_revenue,lower
    6000,operating,lower
    6100,operating,lower
    6200,operating,lower
"""


def test_one_side_of_a_journal_is_no_total_of_the_other(shop: Shop) -> None:
    # all accounts of a month net to zero as booked, so the only one that is turned, the revenue,
    # equals the sum of the others
    cost = {"5000": 7, "6000": 11, "6100": 13, "6200": 17}
    lines = ["month,account,amount"]
    for month in range(1, 13):
        sold, spent = 100 + month, sum(cost.values()) * month
        lines += [f"2020-{month:02},4000,{-sold}", f"2020-{month:02},1100,{sold}"]
        lines += [f"2020-{month:02},{account},{each * month}" for account, each in cost.items()]
        lines += [f"2020-{month:02},2000,{-spent}"]
    shop.ledger(JOURNAL, {"accounts.csv": ACCOUNTS, "gl.csv": "\n".join(lines)})
    book = shop.open(period="2020-12")
    by = book.actuals[book.actuals["period"] == "2020-12"].groupby("account")["amount"].sum()
    assert by["4000"] == by.drop("4000").sum()
    assert not _remarks(book)
