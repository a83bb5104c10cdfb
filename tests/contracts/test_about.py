from __future__ import annotations

import datetime as dt
import pickle

import pytest

from pfkit.contracts import About
from pfkit.period import FiscalCalendar


def _about() -> About:
    return About(
        company="Meridian Software",
        entity="meridian",
        currency="EUR",
        period=FiscalCalendar().period("2026-06"),
        as_of=dt.date(2026, 7, 4),
        sources={
            "actuals": "General ledger",
            "budget": "Budget 2026",
            "accounts": "General ledger",
        },
        missing={"usage": "No usage."},
    )


def test_a_source_line_names_each_source_once() -> None:
    assert (
        _about().source("actuals", "accounts", "budget", "usage") == "General ledger; Budget 2026"
    )


def test_a_book_has_the_tables_it_has_sources_for() -> None:
    assert _about().has("budget")
    assert not _about().has("usage")


def test_nothing_in_it_can_be_changed() -> None:
    about = _about()
    with pytest.raises(TypeError):
        about.sources["usage"] = "x"  # type: ignore[index]
    with pytest.raises(AttributeError):
        about.currency = "USD"  # type: ignore[misc]


def test_it_crosses_a_process() -> None:
    about = _about()
    assert pickle.loads(pickle.dumps(about)) == about  # noqa: S301 - our own bytes
