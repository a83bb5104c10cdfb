"""Manual entries where, when and by whom there were none; and those that are a company's habit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    Firm = Any

RULE = "Manual entries"


def test_an_entry_by_hand_on_an_account_of_the_system_is_told(firm: Firm) -> None:
    entry = firm.entry("2026-02-10", 712.34, "5000", origin="manual")
    assert firm.found() == [(RULE, "2026-02", entry, 712.34)]
    (row,) = firm.open().breaches.to_dict("records")
    # twenty or more entries in each of the thirteen months before, none by hand
    assert row["detail"].startswith("1 entry by hand on account 5000, which only the system posts")
    assert "0 of 2" in row["detail"]


def test_a_small_one_is_not_pointed_at(firm: Firm) -> None:
    firm.entry("2026-02-10", 499.99, "5000", origin="manual", ok="")
    assert firm.found() == []


def test_corrections_by_hand_here_and_there_are_a_habit(firm: Firm) -> None:
    """In six of the months before one of the two accounts was corrected by hand."""
    for place, month in enumerate(("03", "05", "06", "08", "10", "11")):
        firm.entry(f"2025-{month}-12", 640.5 + place, ("4000", "5000")[place % 2], origin="manual")
    firm.entry("2026-02-10", 712.34, "5000", origin="manual")
    assert firm.found() == []


def test_an_exception_that_was_told_is_no_habit(firm: Firm) -> None:
    before = firm.entry("2025-11-12", 640.5, "5000", origin="manual")
    entry = firm.entry("2026-02-10", 712.34, "5000", origin="manual")
    assert firm.found("2025-11") == [(RULE, "2025-11", before, 640.5)]
    assert firm.found() == [(RULE, "2026-02", entry, 712.34)]


def test_what_takes_an_entry_back_is_not_told_again(firm: Firm) -> None:
    entry = firm.entry("2026-01-30", 640.5, "5000", origin="manual")
    firm.entry("2026-02-02", -640.5, "5000", origin="manual")
    assert firm.found("2026-01") == [(RULE, "2026-01", entry, 640.5)]
    assert firm.found() == []


def test_a_short_past_says_nothing(firm: Firm) -> None:
    firm.entry("2025-04-10", 712.34, "5000", origin="manual")
    assert firm.found("2025-04") == []


def test_a_month_in_which_all_accounts_are_keyed_is_another_way_of_working(firm: Firm) -> None:
    """With four accounts of the system and entries by hand on all of them, none is odd."""
    for row in firm.rows:
        if row["account"] == "5000" and int(row["id"][1:]) % 2:
            row["account"] = "4000"
    chart = "\n[[sources]]\nname = 'more'\ntable = 'accounts'\nlines = ["
    for name in ("7000", "7100", "7200"):
        for number in range(1, 13):
            for day in ("05", "12"):
                firm.entry(f"2025-{number:02d}-{day}", 100.17 + int(name) / 10, name)
        chart += (
            f"{{ account = '{name}', name = '{name}', line = 'x', group = 'operating', "
            "favorable_when = 'lower' },"
        )
    firm.more = chart + "]"
    for name in ("4000", "5000", "7000", "7100", "7200"):
        firm.entry("2026-02-10", 712.34, name, origin="manual")
    assert firm.found() == []


def test_an_entry_keyed_on_a_sunday_is_told_where_nobody_works_then(firm: Firm) -> None:
    entry = firm.entry("2026-02-20", 612.34, keyed="2026-02-22 10:00:00")
    assert firm.found() == [(RULE, "2026-02", entry, 612.34)]
    (row,) = firm.open().breaches.to_dict("records")
    assert "by hand entered on a day of rest, when" in row["detail"]


def test_a_company_that_works_on_sundays_is_told_nothing(firm: Firm) -> None:
    for month in range(3, 13):
        firm.entry(f"2025-{month:02d}-20", 555.5 + month, keyed=f"2025-{month:02d}-2{month % 2}")
    # 2025-11-23, 2025-12-21 and others: some of these days are Sundays
    for day in ("2025-05-04", "2025-08-03", "2025-11-09"):
        firm.entry(day, 580.25, keyed=f"{day} 11:00:00")
    firm.entry("2026-02-20", 612.34, keyed="2026-02-22 10:00:00")
    assert firm.found() == []


def test_many_entries_of_a_weekend_are_a_teams_work(firm: Firm) -> None:
    for place in range(8):
        firm.entry("2026-02-20", 612.34 + place, keyed="2026-02-21 10:00:00")
    assert firm.found() == []


def test_an_entry_keyed_at_night_is_told(firm: Firm) -> None:
    entry = firm.entry("2026-02-19", 612.34, keyed="2026-02-19 23:40:00")
    assert firm.found() == [(RULE, "2026-02", entry, 612.34)]


def test_a_day_without_an_hour_is_no_midnight(firm: Firm) -> None:
    firm.entry("2026-02-19", 612.34, keyed="2026-02-19")
    assert firm.found() == []


def test_an_entry_of_somebody_who_never_posts_is_told(firm: Firm) -> None:
    entry = firm.entry("2026-02-19", 612.34, by="zoe")
    assert firm.found() == [(RULE, "2026-02", entry, 612.34)]


def test_somebody_new_who_posts_every_day_is_not(firm: Firm) -> None:
    for day in (2, 3, 4, 5, 6, 9, 10):
        firm.entry(f"2026-02-{day:02d}", 612.34 + day, by="zoe")
    assert firm.found() == []


def test_where_many_post_now_and_then_one_more_is_no_news(firm: Firm) -> None:
    for place, name in enumerate(("kim", "lea", "max", "ned")):
        firm.entry(f"2025-{5 + place:02d}-14", 612.34 + place, by=name)
    firm.entry("2026-02-19", 612.34, by="zoe")
    assert firm.found() == []
