from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    Desk = Any


def test_general_ledger_lines_are_signed_by_their_posting_type(desk: Desk) -> None:
    found = desk.tried(
        "quickbooks-general-ledger",
        """
        transaction_id,transaction_index,transaction_date,account_id,account_number,account_name,posting_type,amount,class_id
        81,0,2026-01-31,50,1010,Bank,Debit,883.50,
        81,1,2026-01-31,1,,Sales,Credit,883.50,North
        82,0,2026-02-01,1,,Sales,Debit,-20.00,
        """,
    )
    assert found["verdict"] == "repair"  # posting_type is taken for transaction_type
    rows = found["rows"]
    assert [row["amount_local"] for row in rows] == ["883.5", "-883.5", "-20"]
    assert [row["account"] for row in rows] == ["1010", "Sales", "Sales"]
    assert [row["entry_id"] for row in rows] == ["81-0-50", "81-1-1", "82-0-1"]
    assert [row["cost_center"] for row in rows] == ["(none)", "North", "(none)"]
    assert [row["period"] for row in rows] == ["2026-01", "2026-01", "2026-02"]


def test_a_posting_that_is_neither_debit_nor_credit_is_held_back(desk: Desk) -> None:
    found = desk.tried(
        "quickbooks-general-ledger",
        """
        transaction_id,transaction_index,transaction_date,account_id,transaction_type,amount
        81,0,2026-01-31,50,both,883.50
        """,
    )
    assert (found["verdict"], found["findings"][-1]["rule"]) == ("quarantine", "missing value")
