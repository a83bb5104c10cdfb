"""Zuora and Chargebee: lines of invoices and credit notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    Desk = Any


def test_zuora_items_are_net_of_tax_and_the_last_update_counts(desk: Desk) -> None:
    found = desk.tried(
        "zuora-invoice-items",
        """
        id,invoice_id,account_id,charge_amount,tax_amount,charge_date,charge_name,processing_type,service_start_date,service_end_date,sku,transaction_currency,quantity,updated_date
        i1,inv1,a1,570860,45668,2026-01-15 23:23:00.000000 UTC,Transactions,0,2025-12-01,2025-12-31,SKU-16,JPY,33580,2026-01-15 23:23:00.000000 UTC
        i2,inv1,a1,-60.50,0,2026-01-15 23:23:00.000000 UTC,Loyalty,1,2025-12-01,2025-12-31,SKU-16,USD,1,2026-01-15 23:23:00.000000 UTC
        i2,inv1,a1,-65.50,0,2026-01-15 23:23:00.000000 UTC,Loyalty,1,2025-12-01,2025-12-31,SKU-16,USD,1,2026-02-01 08:00:00.000000 UTC
        """,
    )
    assert (found["accepted"], found["excluded"]) == (2, 1)
    yen, discount = found["rows"]
    assert (yen["amount_local"], yen["currency"]) == ("570860", "JPY")
    assert (yen["invoice_date"], yen["service_end"]) == ("2026-01-15", "2025-12-31")
    assert (discount["amount_local"], discount["kind"]) == ("-65.5", "discount")
    assert discount["known_on"] == "2026-02-01"


def test_zuora_s_data_source_export_has_names_with_their_object(desk: Desk) -> None:
    found = desk.tried(
        "zuora-invoice-items",
        """
        Invoice: Invoice Number,Invoice: Invoice Date,Invoice Item: ID,Invoice Item: Charge Amount,Invoice Item: Charge Date,Account: Currency,Invoice Item: Service Start Date,Invoice Item: Service End Date
        INV-1,2026-01-31,i1,49.00,2026-02-01,EUR,2026-02-01,2026-02-28
        """,
    )
    assert (found["verdict"], found["accepted"]) == ("repair", 1)
    assert found["rows"][0]["invoice_id"] == "INV-1"
    assert found["rows"][0]["invoice_date"] == "2026-01-31"


def test_chargebee_lines_are_minor_units_less_their_discounts(desk: Desk) -> None:
    found = desk.tried(
        "chargebee-invoice-line-items",
        """
        line_item_id,invoice_id,date,currency_code,amount,discount_amount,tax_amount,date_from,date_to,entity_id,entity_type,status,customer_id,unit_amount,quantity
        li_1,1001,1767225600,EUR,10000,1500,1615,1767225600,1769904000,basic-EUR-Monthly,plan_item_price,paid,c1,5000,2
        li_2,1001,1767225600,JPY,1200,,120,1767225600,1769903999,extra-JPY,addon_item_price,paid,c1,1200,1
        li_3,1002,1767225600,EUR,10000,0,0,1767225600,1769904000,basic-EUR-Monthly,plan_item_price,voided,c2,10000,1
        """,
    )
    assert (found["accepted"], found["excluded"]) == (2, 1)
    euro, yen = found["rows"]
    assert (euro["amount_local"], euro["price"]) == ("85", "50")  # 100.00 less 15.00
    assert (yen["amount_local"], yen["price"]) == ("1200", "1200")
    assert (euro["service_start"], euro["service_end"]) == ("2026-01-01", "2026-01-31")
    assert yen["service_end"] == "2026-01-31"  # its last second
    assert euro["kind"] == "plan_item_price"
    assert found["by_currency"]["EUR"]["amount_excluded"] == "100.00"


def test_a_credit_note_takes_back_its_invoice(desk: Desk) -> None:
    found = desk.tried(
        "chargebee-credit-note-line-items",
        """
        line_item_id,credit_note_id,date,currency_code,amount,discount_amount,date_from,date_to,entity_id,status,reference_invoice_id
        li_1,CN-7,1767225600,EUR,10000,1500,1767225600,1769904000,basic,refunded,1001
        """,
    )
    (row,) = found["rows"]
    assert (row["amount_local"], row["kind"], row["refers_to"]) == ("-85", "credit note", "1001")
    assert found["amount_accepted"] == "-85.00"
