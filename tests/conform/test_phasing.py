from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

import pfkit as pf
from pfkit.errors import BookError

if TYPE_CHECKING:
    from pfkit.book import Book

    Shop = Any

TRUST = """
    fiscal_year_start = 4
    [[sources]]
    name = "accounts"
    table = "accounts"
    lines = [{ account = "rent", name = "Rent", line = "Rent", group = "operating", favorable_when = "lower" }]

    [[sources]]
    name = "cash"
    table = "actuals"
    path = "cash.csv"
    known_on = { date = 2025-04-30 }
    columns = { period = "month", account = "account", currency = { constant = "EUR" }, amount_local = "amount" }

    [[sources]]
    name = "plan"
    table = "budget"
    path = "plan.csv"
    known_on = { date = 2025-03-01 }
    PHASE
    columns = { version = { constant = "board" }, period = "period", span = "span", account = "account", currency = { constant = "EUR" }, amount_local = "amount" }
"""  # noqa: E501 (one line of TOML each)
FILES = {
    "cash.csv": "month,account,amount\n2025-04,rent,40.00\n",
    # April to June 2025, and the year to March 2026
    "plan.csv": "period,span,account,amount\n2025-06,quarter,rent,100.00\n2026-03,year,rent,0.08\n"
    "2025-05,month,rent,1.00\n2025-06,ytd,rent,7.00\n",
}


def _open(shop: Shop, phase: str = 'phase = "even"') -> Book:
    shop.ledger(TRUST.replace("PHASE", phase), FILES)
    return shop.open(period="2025-04")


def test_a_quarter_and_a_year_count_evenly_in_their_months(shop: Shop) -> None:
    budget = _open(shop).budget
    months = budget[budget["span"] == "month"].groupby("period")["amount"].sum().round(2)
    # thirds of 100.00 and twelfths of 0.08, each the rounded running total less the one before
    assert months.to_dict() == {
        "2025-04": 33.34,
        "2025-05": 34.34,
        "2025-06": 33.34,
        "2025-07": 0.01,
        "2025-08": 0.0,
        "2025-09": 0.01,
        "2025-10": 0.01,
        "2025-11": 0.0,
        "2025-12": 0.01,
        "2026-01": 0.01,
        "2026-02": 0.0,
        "2026-03": 0.01,
    }
    assert budget["amount"].sum() == pytest.approx(108.08)
    assert list(budget[budget["span"] == "ytd"]["amount"]) == [7.0]


def test_the_balance_counts_the_rows_of_the_file(shop: Shop) -> None:
    book = _open(shop)
    plan = book.balance[book.balance["source"] == "plan"]
    assert plan["rows_in"].sum() == 4
    assert plan["amount_in"].sum() == pytest.approx(108.08)
    (control,) = book.controls[book.controls["control"] == "Phased to months"].to_dict("records")
    assert control["state"] == "green"
    assert control["detail"] == (
        "2 rows stated by quarter or year count evenly in their months: "
        "100.08 in the months looked at"
    )


def test_the_profit_and_loss_has_a_plan(shop: Shop) -> None:
    book = _open(shop)
    result = pf.pnl(book.statement, period=book.period, plan=book.plan_version)
    rent = result[(result["line"] == "Rent") & (result["basis"] == "period")].iloc[0]
    assert (rent["actual"], rent["plan"]) == (-40.0, -33.34)


def test_without_it_the_page_says_why_there_is_none(shop: Shop) -> None:
    shop.ledger(
        TRUST.replace("PHASE", ""),
        FILES | {"plan.csv": "period,span,account,amount\n2025-06,quarter,rent,100.00\n"},
    )
    book = shop.open(period="2025-04")
    result = pf.pnl(book.statement, period=book.period, plan=book.plan_version)
    assert result["plan"].isna().all()
    assert result["reason"].str.startswith("board is not stated by month").all()


def test_only_a_table_with_spans_is_phased(shop: Shop) -> None:
    with pytest.raises(BookError, match="table invoices has no span"):
        shop.declare('phase = "even"')


SEASON = """
    [[sources]]
    name = "accounts"
    table = "accounts"
    lines = [
      { account = "tours", name = "Tours", line = "Tours", group = "gross", favorable_when = "higher" },
      { account = "talks", name = "Talks", line = "Talks", group = "gross", favorable_when = "higher" },
      { account = "rent", name = "Rent", line = "Rent", group = "operating", favorable_when = "lower" },
    ]

    [[sources]]
    name = "plan"
    table = "budget"
    path = "plan.csv"
    known_on = { column = "known", at = "day" }
    PHASE
    columns = { version = { constant = "board" }, period = "period", span = "span", account = "account", currency = { constant = "EUR" }, amount_local = "amount", quantity = "units" }

    [[sources]]
    name = "cash"
    table = "actuals"
    path = "cash.csv"
    known_on = { column = "known", at = "day" }
    replaces = ["period", "account"]
    columns = { period = "month", account = "account", currency = { constant = "EUR" }, amount_local = "amount" }
"""  # noqa: E501 (one line of TOML each)
TOURS = [5, 5, 5, 10, 10, 20, 20, 10, 5, 5, 3, 2]


def _cash(*stated: tuple[int, list[int], str]) -> str:
    lines = [
        f"{year}-{month:02d},tours,{amount},{known}"
        for year, amounts, known in stated
        for month, amount in enumerate(amounts, start=1)
    ]
    lines += [
        f"{year}-{month:02d},rent,7,{year}-12-31" for year in (2023, 2024) for month in (1, 2)
    ]
    return "\n".join(["month,account,amount,known", *lines, "2026-01,rent,1,2026-01-31"])


PLAN = (
    "period,span,account,amount,known,units\n2026-12,year,tours,1000.00,2025-12-11,50\n"
    "2026-12,year,rent,120.00,2025-12-11,\n2026-06,quarter,talks,40.00,2025-12-11,\n"
)


def _seasonal(shop: Shop, phase: str, cash: str, plan: str = PLAN) -> Book:
    shop.ledger(SEASON.replace("PHASE", phase), {"plan.csv": plan, "cash.csv": cash})
    book: Book = shop.open(period="2026-01")
    return book


def _months(book: Book, account: str, column: str = "amount") -> list[float]:
    mine = book.budget[book.budget["account"] == account].sort_values("period")
    return [round(float(value), 2) for value in mine[column]]


def test_a_season_is_what_was_known_when_the_budget_was(shop: Shop) -> None:
    flat, late = [10] * 12, [1] * 11 + [900]
    # 2024 was stated flat; the year after the budget was adopted it was stated anew
    cash = _cash(
        (2024, flat, "2025-01-15"), (2023, TOURS, "2024-01-15"), (2025, late, "2026-01-20")
    )
    cash += "\n" + "\n".join(f"2024-{m:02d},tours,{a},2026-01-25" for m, a in enumerate(late, 1))
    book = _seasonal(shop, 'phase = "seasonal"', cash)
    # means of 5 % and a twelfth, three times, then of 10 %: 66.67, 133.33, 200.00, 291.67 of 1,000
    assert _months(book, "tours")[:4] == [66.67, 66.66, 66.67, 91.67]
    assert sum(_months(book, "tours")) == pytest.approx(1000.0)
    assert book.budget["quantity"].sum() == pytest.approx(50.0, abs=1e-9)
    # rent has two months a year, but in two years; talks have nothing and follow their group
    assert _months(book, "rent") == [60.0, 60.0] + [0.0] * 10
    # means of 10, 10 and 20 % and a twelfth: 18.33, 18.33 and 28.33 of 65.00 per cent
    assert _months(book, "talks") == [11.28, 11.28, 17.44]
    details = book.controls[book.controls["control"] == "Phased to months"]
    assert set(details["state"]) == {"green"}
    more, one = sorted(details["detail"], reverse=True)
    assert one == (
        "1 row stated by quarter or year counts in their months by the season of the accounts of "
        "their group in FY2023 to FY2024, too little is known of their own: 40.00 in the months "
        "looked at"
    )
    assert more == (
        "2 rows stated by quarter or year count in their months by the season of their account in "
        "FY2023 to FY2024: 1,120.00 in the months looked at"
    )


def test_a_season_that_cannot_be_read_is_even_and_amber(shop: Shop) -> None:
    book = _seasonal(shop, 'phase = "seasonal"', _cash((2025, TOURS[:11], "2025-12-01")))
    assert _months(book, "tours")[0] == 83.33
    (control,) = book.controls[book.controls["control"] == "Phased to months"].to_dict("records")
    assert control["state"] == "amber"
    assert control["detail"] == (
        "3 rows stated by quarter or year count evenly in their months, because no twelve months "
        "of actuals were known by 2025-12-11: 1,160.00 in the months looked at"
    )
    assert control["advice"] == "Declare `shares` for them, or `even`."


def test_each_account_may_have_a_profile_of_its_own(shop: Shop) -> None:
    shares = [0.25, 0.75, *[0.0] * 10]
    phase = f'phase = {{ profile = "4-4-5", accounts = {{ rent = {shares}, talks = "even" }} }}'
    book = _seasonal(shop, phase, _cash((2024, TOURS, "2025-01-15")))
    assert _months(book, "rent") == [30.0, 90.0] + [0.0] * 10
    assert _months(book, "talks") == [13.33, 13.34, 13.33]
    # four, four and five weeks of 52: 76.92, 153.85, 250.00
    assert _months(book, "tours")[:3] == [76.92, 76.93, 96.15]
    details = book.controls[book.controls["control"] == "Phased to months"]["detail"]
    assert sorted(text.split(" year ")[1].split(":")[0] for text in details) == [
        "counts by the weeks of their months (4-4-5)",
        "counts evenly in their months",
        "counts in their months by the shares declared",
    ]


def test_declared_shares_without_an_amount_for_the_quarter_are_even_and_amber(shop: Shop) -> None:
    phase = f"phase = {{ shares = {[0.25, 0.75, *[0.0] * 10]} }}"
    book = _seasonal(shop, phase, _cash((2024, TOURS, "2025-01-15")))
    assert _months(book, "talks") == [13.33, 13.34, 13.33]
    states = book.controls[book.controls["control"] == "Phased to months"]["state"]
    assert sorted(states) == ["amber", "green"]


@pytest.mark.parametrize(
    ("phase", "said"),
    [
        ("{ shares = [0.5, 0.5] }", "2 shares were given"),
        ('{ profile = "even", shares = [0.5, 0.5] }', "give either `profile` or `shares`"),
        ("{}", "give either `profile` or `shares`"),
        (
            f'{{ profile = "even", accounts = {{ rent = {[0.1] * 12} }} }}',
            "add up to 1.2, not to 1",
        ),
        ('{ profile = "even", accounts = { rant = "seasonal" } }', "account 'rant' stands nowhere"),
        ('"evenly"', "Input should be 'even', 'seasonal', '4-4-5', '4-5-4' or '5-4-4'"),
    ],
)
def test_a_phase_that_says_nothing_clear_is_refused(shop: Shop, phase: str, said: str) -> None:
    with pytest.raises(BookError, match=re.escape(said)) as caught:
        _seasonal(shop, f"phase = {phase}", _cash((2024, TOURS, "2025-01-15")))
    if "rant" in phase:
        assert "'rent'" in caught.value.advice
        assert caught.value.where == "book.toml sources.plan.phase.accounts"


def test_actuals_are_not_phased_by_a_season(shop: Shop) -> None:
    shop.ledger(
        """
        [[sources]]
        name = "cash"
        table = "actuals"
        path = "cash.csv"
        known_on = { date = 2026-01-31 }
        phase = "seasonal"
        columns = { period = "month", account = "account", amount_local = "amount" }
        """,
        {"cash.csv": "month,account,amount\n2026-01,rent,1\n"},
    )
    with pytest.raises(BookError, match="a season is read from actuals, to phase a budget"):
        shop.open()


@pytest.mark.parametrize("profile", ["even", "seasonal", "4-5-4", "shares"])
def test_the_measure_divides_as_the_book_does(shop: Shop, profile: str) -> None:
    shares = [0.02, 0.03, 0.05, 0.1, 0.1, 0.2, 0.2, 0.1, 0.07, 0.06, 0.04, 0.03]
    asked = {"shares": f"{{ shares = {shares} }}"}.get(profile, f'"{profile}"')
    cash = _cash((2023, TOURS, "2024-01-15"), (2024, TOURS[::-1], "2025-01-15"))
    cash += "\n2024-02,tours,33.37,2026-01-05"
    plan = (
        PLAN + "2026-03,quarter,tours,-0.05,2025-12-11,\n2026-12,year,talks,-777.77,2026-01-07,3\n"
    )
    phased = _seasonal(shop, f"phase = {asked}", cash, plan)
    plain = _seasonal(shop, "", cash, plan)
    months = pf.phase(
        plain.budget,
        calendar=plain.calendar,
        profile=shares if profile == "shares" else profile,  # type: ignore[arg-type]
        actuals=plain.vintages("actuals"),
        accounts=plain.accounts,
    )
    keys = ["account", "period", "known_on"]
    for column in ("amount", "quantity"):
        mine = months.groupby(keys)[column].sum().astype("float64").round(6)
        book = phased.budget.groupby(keys)[column].sum().astype("float64").round(6)
        assert mine.to_dict() == book.to_dict()
    assert months["reason"].eq("").all() or profile == "shares"
