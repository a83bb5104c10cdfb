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


def test_zuora_s_drafts_and_deleted_items_do_not_count(desk: Desk) -> None:
    found = desk.tried(
        "zuora-invoice-items",
        """
        id,_fivetran_deleted,invoice_id,invoice_status,charge_amount,charge_date,service_start_date,service_end_date,transaction_currency
        z1,FALSE,inv1,Posted,1000,2026-03-05,2026-03-05,2026-04-04,USD
        z2,TRUE,inv1,Posted,555,2026-03-05,2026-03-05,2026-04-04,USD
        z3,FALSE,inv2,Draft,50,2026-03-09,2026-03-09,2026-04-08,USD
        """,
    )
    assert (found["accepted"], found["excluded"]) == (1, 2)
    assert (found["amount_accepted"], found["amount_excluded"]) == ("1000.00", "605.00")


def test_zuora_s_data_source_names_its_discounts(desk: Desk) -> None:
    found = desk.tried(
        "zuora-invoice-items",
        """
        Invoice Item: ID,Invoice Item: Charge Amount,Invoice Item: Charge Name,Invoice Item: Charge Date,Invoice Item: Processing Type,Invoice Item: Quantity,Invoice Item: Unit Price,Invoice Item: Service Start Date,Invoice Item: Service End Date,Invoice: Invoice Number,Invoice: Status,Account: Currency,Product: Name
        z1,1000.00,Atlas Team,2026-03-05,Charge,10,100,2026-03-05,2026-04-04,INV1,Posted,USD,Atlas
        z2,-100.00,Loyalty,2026-03-05,Discount,1,-100,2026-03-05,2026-04-04,INV1,Posted,USD,Atlas
        """,
    )
    asked = ("product", "description", "kind", "quantity", "price")
    assert [tuple(row[name] for name in asked) for row in found["rows"]] == [
        ("Atlas", "Atlas Team", "charge", "10", "100"),
        ("Atlas", "Loyalty", "discount", "1", "-100"),
    ]


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
