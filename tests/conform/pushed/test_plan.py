"""What adds up by month, and what stands in the way of it, said in words."""

from __future__ import annotations

import pytest

from bench import _parity as parity
from pfkit.conform.adapters.fit import source_of
from pfkit.conform.declaration import Source
from pfkit.conform.pushed.plan import obstacles
from pfkit.period import FiscalCalendar

LEDGER = parity.ledger_source()


def test_a_typed_ledger_has_nothing_in_the_way() -> None:
    assert obstacles(LEDGER, FiscalCalendar()) == []
    assert obstacles(parity.events_source(), FiscalCalendar()) == []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"types": {"amount": "number"}}, "`types` reads texts"),
        ({"decimal": ","}, "`decimal` reads texts"),
        ({"blank": "zero"}, "`blank` reads texts"),
        ({"unit": "minor"}, "converted in whole units"),
        ({"columns": {"account": "acct", "amount_local": "amount"}}, "no posting_date places"),
        (
            {"columns": {"account": "a", "amount_local": "b", "period": {"year": 2026}}},
            "period is given in parts",
        ),
    ],
)
def test_what_stands_in_the_way_is_said(more: dict[str, object], said: str) -> None:
    source = parity.ledger_source(**more)
    assert any(said in one for one in obstacles(source, FiscalCalendar()))


def test_what_an_adapter_declares_is_said_to_be_its_own() -> None:
    source = source_of("netsuite-transaction-lines")
    assert any(
        said.startswith("`types` of adapter netsuite-transaction-lines reads texts")
        for said in obstacles(source, FiscalCalendar())
    )


def test_a_week_calendar_takes_a_day_or_a_period_not_both() -> None:
    columns = {"account": "a", "amount_local": "b", "period": "p", "posting_date": "d"}
    source = parity.ledger_source(columns=columns, key=[], rules=[])
    assert isinstance(source, Source)
    found = obstacles(source, FiscalCalendar(rule="4-4-5", year_end="last Saturday of September"))
    assert any("counts by weeks" in one for one in found)
