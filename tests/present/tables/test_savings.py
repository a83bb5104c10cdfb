from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from pfkit import measures
from pfkit.present import tables
from tests.measures.test_savings import register
from tests.present.tables.test_cloud_cost import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About
    from pfkit.period import Period


@pytest.fixture
def ledger() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "period": [f"2026-0{n}" for n in range(1, 7)],
            "product": "Atlas",
            "account": "5000",
            "amount": [100.0, 100.0, 100.0, 100.0, 70.0, 70.0],
        }
    )


def shown(ledger: pd.DataFrame, period: Period, about: About, *claims: dict[str, Any]) -> Any:  # noqa: ANN401
    found = measures.savings(pd.DataFrame(list(claims)), ledger, period=period)
    return tables.savings(found, about=about)


def test_the_message_says_what_the_ledger_shows(
    ledger: pd.DataFrame, june: Period, about: About, compiled: Callable[..., bytes]
) -> None:
    second = register(benefit="S2", status="validated", name="Fewer servers", realized_amount=180.0)
    found = shown(ledger, june, about, register(realized_amount=240.0), second)
    assert plain(found.message) == (
        "Of savings of 70.00 EUR claimed since they began, the ledger shows 60.00; "
        "30.00 of it is validated"
    )
    assert [row[0] for row in found.printed] == [
        *("Fewer servers", "S1", "Total", "of which validated"),
    ]
    assert "other savings on the line count first" in found.notes[1]
    assert compiled(found).startswith(b"%PDF")


def test_what_is_only_planned_is_told_so(ledger: pd.DataFrame, june: Period, about: About) -> None:
    found = shown(ledger, june, about, register(status="promised"))
    assert found.message == "No saving is realized yet; 1 is planned"


def test_a_register_without_savings_says_how_to_add_one(
    ledger: pd.DataFrame, june: Period, about: About
) -> None:
    found = shown(ledger, june, about, register(kind="cost"))
    assert found.message.startswith("No saving is registered: add rows of kind saving")
