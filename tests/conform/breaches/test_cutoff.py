"""Cut-off: what stands in one month and belongs to another, in the ledger and in the invoices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pfkit.book import open_book

if TYPE_CHECKING:
    from pathlib import Path

    Firm = Any

RULE = "Cut-off"


@pytest.mark.parametrize(
    "wrong",
    [
        {"from": "2026-03-01", "to": "2026-03-31"},
        {"doc": "2026-03-04"},
        {"doc": "2026-01-15"},
        {"doc": "2025-10-15"},
        {"month": "2026-02", "day": "2026-03-02", "doc": "2026-02-10"},
    ],
)
def test_an_entry_that_belongs_to_another_month_is_told(firm: Firm, wrong: dict[str, str]) -> None:
    for row in firm.rows:
        row |= {"from": row["day"], "to": row["day"]}
    day = {"from": "2026-02-10", "to": "2026-02-10"} | wrong
    entry = firm.entry(day.pop("day", "2026-02-10"), 712.34, "5000", **day)
    assert firm.found() == [(RULE, "2026-02", entry, 712.34)]


def test_suppliers_that_send_invoices_late_are_a_habit(firm: Firm) -> None:
    for month in range(2, 13):
        firm.entry(f"2025-{month:02d}-05", 712.34 + month, "5000", doc=f"2025-{month - 1:02d}-27")
    firm.entry("2026-02-05", 733.34, "5000", doc="2026-01-27")
    assert firm.found() == []


def test_two_months_late_is_told_also_where_one_is_a_habit(firm: Firm) -> None:
    for month in range(2, 13):
        firm.entry(f"2025-{month:02d}-05", 712.34 + month, "5000", doc=f"2025-{month - 1:02d}-27")
    entry = firm.entry("2026-02-05", 733.34, "5000", doc="2025-11-27")
    assert firm.found() == [(RULE, "2026-02", entry, 733.34)]


def test_a_year_that_posts_after_its_month_is_a_habit(firm: Firm) -> None:
    """The firm books its last invoices of a month on the second of the next."""
    for month in range(1, 12):
        day = f"2025-{month + 1:02d}-02"
        firm.entry(day, 712.34 + month, "5000", month=f"2025-{month:02d}")
    firm.entry("2026-03-02", 733.34, "5000", month="2026-02")
    assert firm.found() == []


def test_revenue_that_the_next_month_takes_back_at_once_is_told(firm: Firm) -> None:
    sold = firm.entry("2026-01-30", 3333.33, "4000")
    back = firm.entry("2026-02-03", -3333.33, "4000")
    assert firm.found() == [(RULE, "2026-01", f"{sold} / {back}", 3333.33)]


def test_revenue_that_is_accrued_every_month_is_a_habit(firm: Firm) -> None:
    for month in range(1, 13):
        last, first = f"2025-{month:02d}-28", f"2025-{month:02d}-02"
        firm.entry(last, 3300.0 + month, "4000")
        if month > 1:
            firm.entry(first, -3300.0 - month + 1, "4000")
    firm.entry("2026-01-30", 3333.33, "4000")
    firm.entry("2026-02-03", -3333.33, "4000")
    assert firm.found() == []


BOOK = """
[company]
name = "Shop"
currency = "EUR"

[policies]
materiality_amount = 1000

[[sources]]
name = "billing"
table = "invoices"
path = "billing.csv"
known_on = { column = "day", at = "day" }

[sources.columns]
invoice_id = "id"
invoice_date = "day"
customer = "who"
amount_local = "amount"
service_start = "from"
service_end = "to"
"""
BILLED = [
    f"R{month}{day},2025-{month:02d}-{day},K{day},{200 + 3 * month + int(day)}.17,"
    f"2025-{month:02d}-01,2025-{month:02d}-28"
    for month in range(1, 13)
    for day in ("04", "11", "18", "27")
]


def _told(path: Path, *more: str, period: str) -> list[tuple[str, str, float]]:
    (path / "book.toml").write_text(BOOK, encoding="utf-8")
    lines = ["id,day,who,amount,from,to", *BILLED, *more]
    (path / "billing.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = open_book(path, period=period).breaches.to_dict("records")
    return [(row["month"], row["entries"], row["amount"]) for row in found]


def test_an_invoice_before_its_service_is_told(tmp_path: Path) -> None:
    early = "R9,2025-12-29,K1,345.67,2026-01-01,2026-01-31"
    assert _told(tmp_path, early, period="2025-12") == [("2025-12", "R9", 345.67)]


def test_clean_invoices_are_silent(tmp_path: Path) -> None:
    for period in ("2025-07", "2025-12", "2025Q3"):
        assert _told(tmp_path, period=period) == []


def test_an_invoice_of_the_last_days_that_is_credited_in_the_first_is_told(tmp_path: Path) -> None:
    sold = "R9,2025-11-29,K1,345.67,2025-11-01,2025-11-30"
    back = "G9,2025-12-04,K1,-345.67,,"
    assert _told(tmp_path, sold, back, period="2025-12") == [("2025-11", "R9 / G9", 345.67)]
    assert _told(tmp_path, sold, back, period="2025-11") == []  # not yet known to be taken back


@pytest.mark.parametrize(
    "back",
    ["G9,2025-12-04,K2,-345.67,,", "G9,2025-12-04,K1,-300.00,,", "G9,2025-12-24,K1,-345.67,,"],
)
def test_another_customers_amount_or_day_is_no_taking_back(tmp_path: Path, back: str) -> None:
    sold = "R9,2025-11-29,K1,345.67,2025-11-01,2025-11-30"
    assert _told(tmp_path, sold, back, period="2025-12") == []


def test_a_shop_where_goods_come_back_within_days_is_told_nothing(tmp_path: Path) -> None:
    """Every tenth invoice is credited in full two days later."""
    taken = [
        f"G{month},2025-{month:02d}-13,K11,-{200 + 3 * month + 11}.17,,"
        for month in range(1, 13)
        if month % 2
    ]
    sold = "R9,2025-11-29,K1,345.67,2025-11-01,2025-11-30"
    back = "G99,2025-12-04,K1,-345.67,,"
    assert _told(tmp_path, sold, back, *taken, period="2025-12") == []
