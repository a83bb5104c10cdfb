from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from pfkit.book import open_book
from pfkit.conform.freshness.since import changed_since
from tests.conform.freshness.test_late import BOOK, JUNE, MAY

if TYPE_CHECKING:
    Shop = Any


@pytest.fixture
def ledger(shop: Shop) -> Shop:
    shop.ledger(BOOK, {"gl/05.csv": MAY, "gl/06.csv": JUNE})
    return shop


def test_what_would_change_is_the_book_now_less_the_book_as_known_then(ledger: Shop) -> None:
    conformed = open_book(ledger.path).conformed
    since = changed_since(conformed, dt.date(2026, 6, 7))
    assert [one.plain() for one in since.changes] == [
        {"table": "actuals", "period": "2026-05", "rows_then": 2, "rows": 3,
         "amount_then": "1100.00", "amount": "1171.50", "difference": "71.50",
         # one cell: account 4000, product Atlas; the book has no chart of accounts
         "cells": 1, "moved": "71.50", "profit": None,
         "largest": [{"cell": "4000 Atlas", "difference": "71.50"}]},
        {"table": "actuals", "period": "2026-06", "rows_then": 0, "rows": 1,
         "amount_then": "0.00", "amount": "500.00", "difference": "500.00",
         "cells": 1, "moved": "500.00", "profit": None,
         "largest": [{"cell": "4000 Atlas", "difference": "500.00"}]},
    ]  # fmt: skip
    assert [one.fresh for one in since.changes] == [False, True]
