"""Rows held back are listed without what no report shows."""

from __future__ import annotations

import pandas as pd
import pytest

from pfkit.present.tables import held


def _row(table: str, column: str, value: str) -> dict[str, object]:
    return {
        "table": table,
        "source": table,
        "file": "june.csv",
        "line": "7",
        "rule": "missing value",
        "column": column,
        "value": value,
        "amount": 1.0,
        "advice": "Correct it.",
    }


@pytest.mark.parametrize(
    ("table", "column", "value", "printed"),
    [
        ("invoices", "product", "ATL-7", "ATL-7"),
        ("invoices", "customer", "Frontier Logistik", "[restricted]"),
        ("usage", "period, customer, product", "2026-06 · acme · Atlas", "[restricted]"),
        ("actuals", "", "J1,2026-06-30,to Jo,5", "[restricted]"),  # its memo may stand there
        ("budget", "", "adopted | 2026 | Atlas", "[restricted]"),  # who approved may stand there
        ("products", "", "Atlas | Planning", "Atlas | Planning"),
        ("budget", "owner", "jo@example.com", "[e-mail]"),
        ("own_table", "note", "password=hunter2", "password=[secret]"),
    ],
)
def test_a_value_that_is_restricted_prints_none(
    table: str, column: str, value: str, printed: str
) -> None:
    shown = held.quarantine(pd.DataFrame([_row(table, column, value)]))
    assert shown.printed[0][3] == printed
    hidden = value if printed != value else "nothing"
    assert hidden not in str(shown.payload())
