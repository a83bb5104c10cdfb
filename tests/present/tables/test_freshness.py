from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd

from pfkit.present import tables
from pfkit.present.facts import rederive
from tests.present.tables.test_cloud_cost import plain

if TYPE_CHECKING:
    from pfkit.contracts import About


def _source(name: str, state: str, **more: object) -> dict[str, object]:
    blank = {
        "every": "month", "within_days": 15, "day": dt.date(2026, 5, 31), "at": None,
        "known_on": dt.date(2026, 6, 3), "covers": "2026-05", "missing": "", "due_on": None,
        "late_days": pd.NA, "units": pd.NA, "affects": "M1, M5", "detail": "",
    }  # fmt: skip
    return {"row_key": name, "source": name, "table": "usage", "state": state} | blank | more


LATE = {"missing": "2026-06", "due_on": dt.date(2026, 7, 15), "late_days": 5, "units": 1}


def test_what_is_stale_is_said_with_its_days(about: About) -> None:
    rows = pd.DataFrame([_source("clicks", "stale", **LATE), _source("billing", "fresh")])
    shown = tables.freshness(rows, about=about)
    assert shown.message == "1 source is stale: clicks, which lacks 2026-06, 5 days late"
    assert [rederive(fact, shown.data) for fact in shown.facts] == ["1", "5"]
    assert shown.state == "amber"
    assert [row[0] for row in shown.printed] == ["clicks"]
    assert len(shown.data) == 2


def test_where_all_is_there_nothing_is_stale(about: About) -> None:
    shown = tables.freshness(pd.DataFrame([_source("billing", "fresh")]), about=about)
    assert shown.message == "1 source has all that was due, none is stale"
    assert shown.state == "green"


def test_late_rows_stand_by_month_with_their_amount(about: About) -> None:
    base = {
        "table": "actuals", "closed_on": dt.date(2026, 6, 7), "held_back": 0,
        "first_known": dt.date(2026, 6, 16), "last_known": dt.date(2026, 6, 20), "whole": False,
    }  # fmt: skip
    rows = pd.DataFrame(
        [
            {"row_key": "gl|2026-04", "source": "gl", "period": "2026-04", "rows": 1, "amount": 9.0}
            | {"moved": 9.0, "profit": None}
            | base,
            {
                "row_key": "gl|2026-05",
                "source": "gl",
                "period": "2026-05",
                "rows": 3,
                "amount": 70.5,
                "moved": 71.5,
                "profit": None,
            }
            | base,
        ]
    )
    shown = tables.late_rows(rows, about=about)
    assert shown.message == "3 rows of 70.50 came to 2026-05 after it was closed"
    assert [row[0] for row in shown.printed] == ["2026-05", "2026-04"]


def test_late_rows_of_accounts_are_told_by_their_effect_on_profit(about: About) -> None:
    row = {
        "row_key": "gl|2026-03", "source": "gl", "table": "actuals", "period": "2026-03",
        "closed_on": dt.date(2026, 4, 7), "held_back": 0, "first_known": dt.date(2026, 4, 29),
        "last_known": dt.date(2026, 4, 29), "whole": False, "rows": 2, "amount": 0.0,
        "moved": 8400.0, "profit": -4200.0,
    }  # fmt: skip
    shown = tables.late_rows(pd.DataFrame([row]), about=about)
    assert plain(shown.message) == (
        "2 rows, -4 200.00 of profit, came to 2026-03 after it was closed"
    )
    assert "8 400.00" in map(plain, shown.printed[0])


def test_without_late_rows_one_sentence_says_so(about: About) -> None:
    shown = tables.late_rows(pd.DataFrame(), about=about)
    assert (shown.kind, shown.message) == (
        "note",
        "No row came to a month after it was closed.",
    )
