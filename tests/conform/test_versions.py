from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import pfkit as pf
from pfkit.errors import BookError, ContractError

if TYPE_CHECKING:
    from pfkit.book import Book

    Shop = Any

BOOK = """
    POLICIES
    [[sources]]
    name = "accounts"
    table = "accounts"
    lines = [{ account = "rent", name = "Rent", line = "Rent", group = "operating", favorable_when = "lower" }]

    [[sources]]
    name = "ledger"
    table = "actuals"
    path = "ledger.csv"
    known_on = { date = 2025-11-01 }
    columns = { period = "month", account = "account", currency = { constant = "EUR" }, amount_local = "amount" }

    [[sources]]
    name = "plan"
    table = "budget"
    path = "plan.csv"
    known_on = { column = "sent", at = "day" }
    columns = { version = "version", stage = "stage", prepared_by = "by", approved_on = "approved", period = "month", account = "account", currency = { constant = "EUR" }, amount_local = "amount" }
"""  # noqa: E501 (one line of TOML each)
LEDGER = "month,account,amount\n2026-01,rent,11.00\n"
HEAD = "version,stage,by,approved,sent,month,account,amount\n"
ADOPTED = "B1,adopted,Ines,2025-12-11,2025-11-20,2026-01,rent,10.00\n"
DRAFT = "what-if,draft,Ines,,2026-01-20,2026-01,rent,4.00\n"
SECOND = "B2,adopted,Leon,2025-12-18,2025-12-12,2026-01,rent,12.00\n"


def _open(shop: Shop, plan: str, policies: str = "", *, as_of: str = "2026-02-05") -> Book:
    text = policies and f"[policies]\n{policies}"
    shop.ledger(dedent(BOOK).replace("POLICIES", text), {"ledger.csv": LEDGER, "plan.csv": plan})
    book: Book = shop.open(period="2026-01", as_of=as_of)
    return book


def _plan(book: Book) -> tuple[float | None, str]:
    """Return the plan of the month's rent, and why there is none."""
    result = pf.pnl(book.statement, period=book.period, plan=book.plan_version)
    rent = result[(result["line"] == "Rent") & (result["basis"] == "period")].iloc[0]
    return (None if pd.isna(rent["plan"]) else rent["plan"]), rent["reason"].split("; ")[0]


def _control(book: Book, name: str) -> dict[str, Any]:
    (found,) = book.controls[book.controls["control"] == name].to_dict("records")
    return dict(found)


def test_the_adopted_version_is_the_plan_beside_a_draft(shop: Shop) -> None:
    book = _open(shop, HEAD + ADOPTED + DRAFT)
    assert book.plan_version == "B1"
    assert _plan(book)[0] == -10.0
    assert set(book.statement["version"]) == {"actual", "B1"}
    assert set(book.budget["version"]) == {"B1", "what-if"}
    control = _control(book, "Budget versions")
    assert (control["state"], control["detail"]) == (
        "green",
        "B1 of FY2026 counts, B1 is the plan; what-if is a draft and counts nowhere",
    )


@pytest.mark.parametrize("policies", ["", 'plan_version = "what-if"'])
def test_a_draft_alone_is_never_the_plan(shop: Shop, policies: str) -> None:
    book = _open(shop, HEAD + DRAFT, policies)
    assert _plan(book) == (None, "what-if is a draft")
    lines = pf.budget_lines(
        book.actuals, book.budget, period=book.period, plan=book.plan_version, by="account"
    )
    assert lines["plan_ytd"].isna().all()
    assert lines["reason"][0].startswith("what-if is a draft")


def test_a_draft_named_as_plan_turns_a_control_red(shop: Shop) -> None:
    book = _open(shop, HEAD + ADOPTED + DRAFT, 'plan_version = "what-if"')
    assert _plan(book) == (None, "what-if is a draft")
    control = _control(book, "Plan version")
    assert control["state"] == "red"
    assert control["detail"] == "what-if is a draft, so nothing is compared with it"
    assert "policies.plan_version" in control["advice"]
    lines = pf.budget_lines(
        book.actuals, book.budget, period=book.period, plan=book.plan_version, by="account"
    )
    assert lines["variance"].isna().all()


def test_a_version_is_no_plan_before_its_approval(shop: Shop) -> None:
    before = _open(shop, HEAD + ADOPTED, as_of="2025-12-01")
    assert before.budget["approved"].tolist() == [False]
    assert before.budget["approved_on"].isna().all()
    assert _plan(before) == (None, "B1 is not approved until 2025-12-11")
    after = _open(shop, HEAD + ADOPTED, as_of="2025-12-11")
    assert after.budget["approved"].tolist() == [True]
    assert after.plan_version == "B1"


def test_a_version_that_nobody_approved_is_no_plan(shop: Shop) -> None:
    book = _open(shop, HEAD + ADOPTED.replace("2025-12-11", ""))
    assert book.plan_version is None
    assert _plan(book) == (None, "B1 is not approved")


def test_a_rule_with_its_reason_makes_a_draft_count(shop: Shop) -> None:
    rule = (
        '    rules = [{ classify = { stage = "adopted", approved_on = "2026-01-20" }, '
        'when = "version = \'what-if\'", because = "used until the board meets" }]\n'
    )
    shop.ledger(
        dedent(BOOK).replace("POLICIES", "") + dedent(rule),
        {"ledger.csv": LEDGER, "plan.csv": HEAD + DRAFT},
    )
    book = shop.open(period="2026-01")
    assert book.plan_version == "what-if"
    assert _plan(book)[0] == -4.0
    assert "used until the board meets" in set(book.rules["because"])


def test_two_adopted_versions_of_one_line_are_refused(shop: Shop) -> None:
    with pytest.raises(ContractError) as caught:
        _open(shop, HEAD + ADOPTED + SECOND, 'plan_version = "B1"')
    assert str(caught.value) == (
        "budget: versions 'B1' and 'B2' are both adopted and approved for FY2026: 1 row of the "
        "same line and month, 10.00 and 12.00\n"
        "  -> Only one can count: give the other another stage by a rule with its reason "
        "(`classify = { stage = ... }`), or leave it out (`exclude`)."
    )


def test_two_adopted_versions_of_other_lines_stand_side_by_side(shop: Shop) -> None:
    book = _open(shop, HEAD + ADOPTED + SECOND.replace("2026-01,rent", "2026-02,rent"))
    assert book.plan_version is None
    assert _plan(book) == (None, "no plan version named")


def test_two_approved_versions_without_a_stage_need_a_named_plan(shop: Shop) -> None:
    plans = (HEAD + ADOPTED + SECOND).replace("adopted", "")
    with pytest.raises(ContractError, match="'B1' and 'B2' are both approved for FY2026") as caught:
        _open(shop, plans)
    assert "name the plan in policies.plan_version" in caught.value.advice
    assert _open(shop, plans, 'plan_version = "B2"').plan_version == "B2"


def test_a_version_of_two_stages_is_refused(shop: Shop) -> None:
    mixed = ADOPTED.replace("2026-01,rent", "2026-02,rent").replace("adopted", "draft")
    with pytest.raises(ContractError, match="'B1' is both adopted and draft in FY2026") as caught:
        _open(shop, HEAD + ADOPTED + mixed)
    assert "declare `replaces`" in caught.value.advice


def test_a_plan_version_that_is_nowhere_is_refused_with_the_nearest(shop: Shop) -> None:
    with pytest.raises(BookError, match="version 'b1' is not in the budget") as caught:
        _open(shop, HEAD + ADOPTED, 'plan_version = "b1"')
    assert "'B1'" in caught.value.advice
    assert caught.value.where == "book.toml policies.plan_version"


def test_a_plan_version_not_known_yet_is_said_in_a_line(shop: Shop) -> None:
    revised = "R1,revised,Ines,2026-01-25,2026-01-25,2026-01,rent,9.00\n"
    book = _open(shop, HEAD + ADOPTED + revised, 'plan_version = "R1"', as_of="2026-01-10")
    assert _plan(book) == (None, "no row of R1 counts that was known by 2026-01-10")


def test_lines_that_nobody_approved_are_told_with_their_amount(shop: Shop) -> None:
    more = "B1,adopted,Ines,,2025-11-20,2026-02,rent,7.50\n"
    control = _control(_open(shop, HEAD + ADOPTED + more), "Approval")
    assert (control["state"], control["detail"]) == (
        "red",
        "B1: 1 row of 2 rows not approved, 7.50 signs aside",
    )


def test_a_book_that_says_nothing_of_approval_has_no_such_control(shop: Shop) -> None:
    plain = dedent(BOOK).replace("POLICIES", "")
    for part in ('stage = "stage", ', 'prepared_by = "by", ', 'approved_on = "approved", '):
        plain = plain.replace(part, "")
    shop.ledger(plain, {"ledger.csv": LEDGER, "plan.csv": HEAD + ADOPTED})
    book = shop.open(period="2026-01")
    assert book.plan_version == "B1"
    assert book.budget["approved"].isna().all()
    assert "Budget versions" not in set(book.controls["control"])


def _plain(shop: Shop, plan: str, policies: str = "") -> Book:
    """Open the book of budgets that say neither stage nor approval."""
    text = dedent(BOOK).replace("POLICIES", policies and f"[policies]\n{policies}")
    for part in ('stage = "stage", ', 'prepared_by = "by", ', 'approved_on = "approved", '):
        text = text.replace(part, "")
    shop.ledger(text, {"ledger.csv": LEDGER, "plan.csv": plan})
    book: Book = shop.open(period="2026-01")
    return book


def test_the_only_version_of_a_year_is_its_plan_whatever_another_year_is_called(
    shop: Shop,
) -> None:
    last = "Budget 2025,,Ines,,2024-12-10,2025-01,rent,8.00\n"
    book = _plain(shop, HEAD + last + ADOPTED)
    assert book.plan_version == "B1"
    assert "Plan version" not in set(book.controls["control"])


def test_two_versions_of_a_year_of_which_none_is_named_are_said(shop: Shop) -> None:
    book = _plain(shop, HEAD + ADOPTED + SECOND)
    assert book.plan_version is None
    control = _control(book, "Plan version")
    assert control["state"] == "amber"
    assert control["detail"].startswith("B1, B2 count for FY2026 and none is the plan")
    assert 'plan_version = "B1"' in control["advice"]
    named = _plain(shop, HEAD + ADOPTED + SECOND, 'plan_version = "B2"')
    assert "Plan version" not in set(named.controls["control"])


TWICE = """
    [[sources]]
    name = "ledger"
    table = "actuals"
    path = "ledger.csv"
    known_on = { date = 2026-02-05 }
    columns = { period = "month", account = "account", currency = { constant = "EUR" }, amount_local = "amount" }

    [[sources]]
    name = "plan"
    table = "budget"
    path = "plan*.csv"
    known_on = { file_name = '(\\d{4}-\\d{2}-\\d{2})', at = "day" }
    REPLACES
    columns = { version = { constant = "B" }, period = "month", account = "account", currency = { constant = "EUR" }, amount_local = "amount" }
"""  # noqa: E501 (one line of TOML each)


def _twice(shop: Shop, second: str, replaces: str = "") -> list[dict[str, Any]]:
    first = "".join(f"2026-0{month},rent,10.00\n" for month in range(1, 7))
    shop.ledger(
        TWICE.replace("REPLACES", replaces),
        {
            "ledger.csv": LEDGER,
            "plan 2025-11-20.csv": f"month,account,amount\n{first}",
            "plan 2025-12-11.csv": f"month,account,amount\n{second}",
        },
    )
    book = shop.open(period="2026-01")
    found = book.controls[book.controls["control"] == "Stated twice"]
    return [dict(row) for row in found.to_dict("records")]


def test_a_budget_saved_twice_is_pointed_at_with_what_adds_up(shop: Shop) -> None:
    again = "".join(f"2026-0{month},rent,12.00\n" for month in range(1, 7))
    (found,) = _twice(shop, again)
    assert found["state"] == "red"
    assert found["detail"] == (
        "B: plan 2025-11-20.csv and plan 2025-12-11.csv both state 6 rows of the same line and "
        "month, which add up; up to 60.00 too much"
    )
    assert "declare `replaces`" in found["advice"]
    assert _twice(shop, again, 'replaces = ["version", "period", "account"]') == []


def test_a_supplement_and_a_part_of_its_own_are_not(shop: Shop) -> None:
    assert _twice(shop, "2026-05,rent,3.00\n2026-06,rent,3.00\n") == []
    assert _twice(shop, "".join(f"2026-0{m},sales,9.00\n" for m in range(1, 7))) == []
