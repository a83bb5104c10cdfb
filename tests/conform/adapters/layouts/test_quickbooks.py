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


def test_a_journal_line_known_later_takes_the_place_of_the_earlier_one(desk: Desk) -> None:
    found = desk.tried(
        "quickbooks-journal-lines",
        """
        journal_entry_id,index,TxnDate,account_id,posting_type,amount,currency_id,updated_at
        8001,0,2026-01-31,50,Debit,883.50,USD,2026-02-01T09:00:00
        8001,1,2026-01-31,1,Credit,883.50,USD,2026-02-01T09:00:00
        8001,1,2026-01-31,7,Credit,883.50,USD,2026-02-09T09:00:00
        """,
    )
    assert (found["accepted"], found["excluded"]) == (2, 1)
    assert [(row["account"], row["amount_local"]) for row in found["rows"]] == [
        ("50", "883.5"),
        ("7", "-883.5"),
    ]
    assert found["rows"][1]["known_on"] == "2026-02-09"


def test_the_flat_list_has_the_sign_of_the_account_and_leaves_out_what_does_not_post(
    desk: Desk,
) -> None:
    found = desk.tried(
        "quickbooks-transaction-list",
        """
        Transaction date,Transaction Type,Num,Posting,Name,Memo/Description,Distribution account,Amount
        01/31/2026,Invoice,1042,Yes,Nordwind,January,4000 Sales,"1,250.00"
        02/01/2026,Bill,77,Yes,Paper Co,,6100 Supplies,80.00
        02/02/2026,Credit Memo,12,Yes,Nordwind,,4000 Sales,(250.00)
        02/03/2026,Estimate,9,No,Nordwind,,4000 Sales,"9,000.00"
        Total for 4000 Sales,,,,,,,"1,000.00"
        """,
    )
    assert found["verdict"] == "repair"
    assert [row["amount_local"] for row in found["rows"]] == ["1250", "80", "-250"]
    assert [row["posting_date"] for row in found["rows"]] == [
        "2026-01-31",
        "2026-02-01",
        "2026-02-02",
    ]
    assert found["amount_excluded"] == "10000.00"  # the estimate, and the total
