from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    Desk = Any

BALANCE = "stripe-balance-transactions"


def test_balance_transactions_are_signed_minor_units_of_their_currency(desk: Desk) -> None:
    # docs.stripe.com/currencies: JPY and MGA have no decimals, KWD has three; UGX and ISK have none
    # by ISO 4217 and are stated with two all the same
    found = desk.tried(
        BALANCE,
        """
        id,amount,fee,net,currency,created,type,source
        txn_1,1999,88,1911,usd,1767225599,charge,ch_1
        txn_2,-1999,0,-1999,usd,1767225600,refund,re_1
        txn_3,500,0,500,jpy,1767225600,payment,py_1
        txn_4,5000,0,5000,mga,1767225600,payment,py_2
        txn_5,5120,0,5120,kwd,1767225600,payment,py_3
        txn_6,5000,0,5000,ugx,1767225600,payment,py_4
        txn_7,5000,0,5000,isk,1767225600,payment,py_5
        txn_8,-1900,0,-1900,usd,1767225600,payout,po_1
        txn_9,-250,0,-250,usd,1767225600,stripe_fee,
        """,
    )
    assert found["verdict"] == "accept"
    assert (found["accepted"], found["excluded"]) == (7, 2)
    amounts = {row["invoice_id"]: Decimal(row["amount_local"]) for row in found["rows"]}
    assert amounts == {
        "txn_1": Decimal("19.99"),
        "txn_2": Decimal("-19.99"),
        "txn_3": Decimal(500),
        "txn_4": Decimal(5000),
        "txn_5": Decimal("5.12"),
        "txn_6": Decimal(50),
        "txn_7": Decimal(50),
    }
    # 1767225600 is midnight of 1 January 2026 in UTC
    days = [row["invoice_date"] for row in found["rows"][:2]]
    assert days == ["2025-12-31", "2026-01-01"]
    assert found["rows"][1]["refers_to"] == "re_1"
    assert found["by_currency"]["USD"] == {
        "amount_in": "-21.50",  # 19.99 - 19.99 - 19.00 - 2.50
        "amount_accepted": "0.00",
        "amount_quarantined": "0.00",
        "amount_excluded": "-21.50",
    }


def test_a_connector_s_table_has_written_moments_and_the_same_id_counts_once(desk: Desk) -> None:
    found = desk.tried(
        BALANCE,
        """
        ID,AMOUNT,CURRENCY,CREATED_AT,TYPE
        txn_1,1999,eur,2026-01-31 23:30:00,charge
        txn_1,1999,eur,2026-01-31 23:30:00,charge
        """,
    )
    assert (found["accepted"], found["quarantined"]) == (1, 1)
    assert found["rows"][0]["invoice_date"] == "2026-01-31"
