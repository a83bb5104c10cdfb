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
    # re_1 is the refund itself, not the payment it takes back, which the file does not name
    assert not found["rows"][1].get("refers_to")
    assert found["by_currency"]["USD"] == {
        "amount_in": "-21.50",  # 19.99 - 19.99 - 19.00 - 2.50
        "amount_accepted": "0.00",
        "amount_quarantined": "0.00",
        "amount_excluded": "-21.50",
    }


def test_what_is_lent_held_or_issued_is_no_sale_and_a_platform_s_own_fee_is_one(desk: Desk) -> None:
    # types of docs.stripe.com/reports/balance-transaction-types
    text = """
        id,amount,fee,currency,created,type
        txn_1,500000,0,usd,1767225600,advance
        txn_2,-900,0,usd,1767225600,anticipation_repayment
        txn_3,-700,0,usd,1767225600,payment_network_reserve_hold
        txn_4,300,0,usd,1767225600,connect_collection_transfer
        txn_5,-4000,0,usd,1767225600,issuing_transaction
        txn_6,-100,0,usd,1767225600,climate_order_purchase
        txn_7,250,0,usd,1767225600,application_fee
        txn_8,-50,0,usd,1767225600,application_fee_refund
        txn_9,-80,0,usd,1767225600,stripe_fx_fee
        """
    sold = desk.tried(BALANCE, text)
    assert [row["amount_local"] for row in sold["rows"]] == ["2.5", "-0.5"]
    kept = desk.tried("stripe-fees", text)
    assert [row["amount_local"] for row in kept["rows"]] == ["0.8"]


def test_the_report_leaves_out_what_is_no_sale_by_its_category(desk: Desk) -> None:
    found = desk.tried(
        "stripe-balance-report",
        """
        balance_transaction_id,created_utc,currency,gross,reporting_category
        txn_1,2026-01-31 10:00:00,usd,20.00,charge
        txn_2,2026-01-31 10:00:00,usd,-5.00,dispute
        txn_3,2026-01-31 10:00:00,usd,5000.00,financing_payout
        txn_4,2026-01-31 10:00:00,usd,-7.00,risk_reserved_funds
        txn_5,2026-01-31 10:00:00,usd,-0.30,network_cost
        txn_6,2026-01-31 10:00:00,usd,-40.00,issuing_transaction
        """,
    )
    assert (found["accepted"], found["amount_accepted"]) == (2, "15.00")


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


def test_fees_of_the_same_file_are_a_cost(desk: Desk) -> None:
    found = desk.tried(
        "stripe-fees",
        """
        id,amount,fee,net,currency,created,type
        txn_1,1999,88,1911,usd,1767225600,charge
        txn_2,-1999,-10,-1989,usd,1767225600,refund
        txn_3,-250,0,-250,usd,1767225600,stripe_fee
        txn_4,500,18,482,jpy,1767225600,charge
        txn_5,-1900,0,-1900,usd,1767225600,payout
        """,
    )
    assert (found["accepted"], found["excluded"]) == (4, 1)
    assert [row["amount_local"] for row in found["rows"]] == ["0.88", "-0.1", "2.5", "18"]
    assert {row["account"] for row in found["rows"]} == {"payment fees"}


def test_the_dashboard_s_report_is_in_whole_units(desk: Desk) -> None:
    found = desk.tried(
        "stripe-balance-report",
        """
        id,Type,Source,Amount,Fee,Net,Currency,Created (UTC),Available On (UTC),Description
        txn_1,charge,ch_1,19.99,0.88,19.11,usd,2026-01-31 23:59,2026-02-02 00:00,one
        txn_2,refund,re_1,-19.99,0.00,-19.99,usd,2026-02-01 00:00,2026-02-02 00:00,two
        txn_3,payout,po_1,-10.00,0.00,-10.00,usd,2026-02-01 00:00,2026-02-02 00:00,three
        """,
    )
    assert (found["verdict"], found["accepted"], found["excluded"]) == ("repair", 2, 1)
    assert [(row["amount_local"], row["invoice_date"]) for row in found["rows"]] == [
        ("19.99", "2026-01-31"),
        ("-19.99", "2026-02-01"),
    ]
    assert found["amount_excluded"] == "-10.00"


def test_the_api_s_file_is_not_taken_for_the_dashboard_s(desk: Desk) -> None:
    text = "id,Type,Amount,Currency,Created (UTC)\ntxn_1,charge,19.99,usd,2026-01-31 23:59\n"
    found = desk.tried(BALANCE, text)
    assert found["verdict"] == "reject"
    assert "It fits adapter 'stripe-balance-report'" in found["findings"][0]["advice"]


def test_invoice_lines_end_the_day_before_the_next_period_begins(desk: Desk) -> None:
    # 1767225600 is 1 January 2026 00:00 UTC, 1769904000 is 1 February
    found = desk.tried(
        "stripe-invoice-lines",
        """
        invoice_line_item_id,invoice_id,amount,currency,period_start,period_end,proration,price_id,invoice_created_at,invoice_status,customer_id,quantity
        il_1,in_1,4900,eur,1767225600,1769904000,false,price_a,1767225600,paid,cus_1,1
        il_2,in_1,-1250,eur,1768435200,1769904000,true,price_b,1767225600,paid,cus_1,1
        il_3,in_1,1000,jpy,1767225600,1767225600,false,,1767225600,open,cus_2,3
        il_4,in_2,9900,eur,1767225600,1769904000,false,price_a,1767225600,draft,cus_3,1
        """,
    )
    assert (found["accepted"], found["excluded"]) == (3, 1)
    rows = found["rows"]
    assert [row["amount_local"] for row in rows] == ["49", "-12.5", "1000"]
    assert [row["kind"] for row in rows] == ["invoice", "proration", "invoice"]
    assert [(row["service_start"], row["service_end"]) for row in rows] == [
        ("2026-01-01", "2026-01-31"),
        ("2026-01-15", "2026-01-31"),
        ("2026-01-01", "2026-01-01"),  # a single charge has no length
    ]
    assert [row["product"] for row in rows] == ["price_a", "price_b", "(none)"]
