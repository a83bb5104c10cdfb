"""Rates that go along: by the first of a month, or by each day that they hold for."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from bench import _parity as parity
from pfkit.conform.engine import Engine
from pfkit.conform.mapping import Setting
from pfkit.conform.pushed import fx
from pfkit.conform.rates import no_rates
from pfkit.errors import BookError
from pfkit.period import FiscalCalendar


def _setting(kind: str) -> Setting:
    engine = Engine()
    no_rates(engine)
    engine.run(
        "INSERT INTO rate_of (kind, currency, first_day, last_day, rate) VALUES "
        f"('{kind}', 'USD', DATE '2026-01-01', DATE '2026-01-31', 0.9), "
        f"('{kind}', 'USD', DATE '2026-02-01', DATE '2026-02-02', 0.8), "
        f"('{kind}', 'EUR', DATE '2026-01-01', DATE '2026-01-31', 1), "
        "('closing', 'USD', DATE '2026-01-01', DATE '2026-01-31', 7)"
    )
    return Setting(engine, FiscalCalendar(), "EUR", "", {}, kind)


def test_a_rate_of_a_month_goes_once() -> None:
    told, rows = fx.rates_of(parity.ledger_source(), _setting("average"))
    assert not told.daily
    assert rows == [
        ("USD", date(2026, 1, 1), Decimal("0.9")),
        ("USD", date(2026, 2, 1), Decimal("0.8")),
    ]


def test_a_rate_of_days_goes_for_each_of_them() -> None:
    told, rows = fx.rates_of(parity.ledger_source(), _setting("daily"))
    assert told.daily
    assert len(rows) == 31 + 2
    assert rows[-1] == ("USD", date(2026, 2, 2), Decimal("0.8"))


def test_more_rates_than_a_statement_carries_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fx, "_MOST", 10)
    with pytest.raises(BookError, match="33 rates would go along") as told:
        fx.rates_of(parity.ledger_source(), _setting("daily"))
    assert told.value.where == "book.toml sources.ledger.push"
