"""The same systems, exported otherwise: what an export may also look like, and what it must give."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from pfkit.conform.adapters.tried import try_adapter

if TYPE_CHECKING:
    Desk = Any


def test_totals_below_a_saved_search_are_left_out(desk: Desk) -> None:
    found = desk.tried(
        "netsuite-transaction-lines",
        """
        INTERNAL ID,LINE SEQUENCE NUMBER,DATE,PERIOD,ACCOUNT,AMOUNT (DEBIT),AMOUNT (CREDIT)
        10,0,2022-07-31 0:00:00,Jul 2022,1100,"1,500.00",
        10,1,2022-07-31 0:00:00,Jul 2022,4000,,"1,500.00"
        Overall Total,,,,,"1,500.00","1,500.00"
        """,
    )
    assert (found["accepted"], found["quarantined"], found["excluded"]) == (2, 0, 1)
    assert found["left_out"][0]["reason"] == "totals"
    assert found["rows"][0]["posting_date"] == "2022-07-31"


def test_xero_counts_its_base_currency_not_that_of_the_invoice(desk: Desk) -> None:
    """100.00 of US dollars are 150.00 Australian ones in the report."""
    file = desk.folder / "report.xlsx"
    book = xlsxwriter.Workbook(file, {"default_date_format": "d mmm yyyy"})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Account Transactions"])
    sheet.write_row(1, 0, ["Demo Company (AU)"])
    heads = ["Date", "Source", "Currency", "Debit (Source)", "Credit (Source)"]
    sheet.write_row(3, 0, [*heads, "Debit (AUD)", "Credit (AUD)", "Account Code", "Account"])
    sheet.write_datetime(4, 0, dt.datetime(2026, 1, 10))  # noqa: DTZ001 (a cell has no zone)
    sheet.write_row(4, 1, ["Receivable Invoice", "USD", None, 100, None, 150, "200", "Sales"])
    sheet.write_row(5, 0, ["Total Sales", None, None, None, 100, None, 150])
    book.close()
    found = try_adapter("xero-account-transactions", file, settings={"header": 4})
    assert (found["accepted"], found["excluded"]) == (1, 1)
    assert found["amount_accepted"] == "-150.00"


def test_stripe_s_lines_without_a_price_have_a_plan(desk: Desk) -> None:
    found = desk.tried(
        "stripe-invoice-lines",
        """
        id,invoice_id,amount,currency,price_id,plan_id,proration,period_start,period_end,invoice_created_at
        ad1,ab1,21000,usd,,basic,TRUE,2021-02-18 14:16:37,2021-03-18 14:16:37,2021-02-18 14:16:37
        ad2,ab2,500,jpy,pro,basic,FALSE,2021-02-18 14:16:37,2021-03-18 14:16:37,2021-02-18 14:16:37
        """,
    )
    assert [row["product"] for row in found["rows"]] == ["basic", "pro"]
    assert [row["amount_local"] for row in found["rows"]] == ["210", "500"]


def test_stripe_s_balance_by_the_names_of_a_warehouse_model(desk: Desk) -> None:
    found = desk.tried(
        "stripe-balance-transactions",
        """
        balance_transaction_id,balance_transaction_created_at,balance_transaction_currency,balance_transaction_amount,balance_transaction_type
        t1,2026-03-29 00:30:00,EUR,1000,charge
        """,
    )
    assert (found["accepted"], found["amount_accepted"]) == (1, "10.00")


def test_chargebee_s_lines_by_the_names_of_a_flattened_answer(desk: Desk) -> None:
    found = desk.tried(
        "chargebee-invoice-line-items",
        """
        invoice.id;invoice.date;invoice.currency_code;line_items.id;line_items.amount;line_items.date_from;line_items.date_to;line_items.entity_id
        1;2026-01-01 00:00:00;JPY;li1;12000;2026-01-01 00:00:00;2026-02-01 00:00:00;pro
        """,
    )
    assert found["amount_accepted"] == "12000.00"
    assert (found["rows"][0]["service_end"], found["rows"][0]["product"]) == ("2026-01-31", "pro")


def test_an_event_without_insert_id_goes_by_its_uuid(desk: Desk) -> None:
    found = desk.tried(
        "amplitude-events",
        """
        {"uuid": "u1", "$insert_id": null, "event_type": "search", "event_time": "2026-03-29 00:59:59", "user_id": "a"}
        {"uuid": "u2", "$insert_id": null, "event_type": "search", "event_time": "2026-03-29 00:59:59", "user_id": "a"}
        {"uuid": "u2", "$insert_id": null, "event_type": "search", "event_time": "2026-03-29 00:59:59", "user_id": "a"}
        {"uuid": "u3", "$insert_id": "i3", "event_type": "search", "event_time": "2026-03-29 01:00:00", "user_id": "a"}
        """,
        "events.jsonl",
    )
    assert [row["event_id"] for row in found["rows"]] == ["u1", "u2", "i3"]
    assert (found["excluded"], found["quarantined"]) == (1, 0)


def test_a_probability_may_have_its_sign(desk: Desk) -> None:
    found = desk.tried(
        "salesforce-opportunities",
        """
        Opportunity ID,Opportunity Name,Stage,Amount,Probability (%),Close Date,Last Modified Date
        006A,Big,Negotiation,1000.00,75%,2026-03-31,2026-02-10
        """,
    )
    assert found["rows"][0]["win_rate"] == "0.75"


def test_rates_of_a_quarter_or_year_are_left_out(desk: Desk) -> None:
    found = desk.tried(
        "ecb-data-portal",
        """
        FREQ,CURRENCY,CURRENCY_DENOM,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE
        D,JPY,EUR,A,2026-01-30,160.25
        A,JPY,EUR,A,2025,150.1
        Q,JPY,EUR,A,2025-Q4,150.1
        """,
    )
    assert (found["accepted"], found["excluded"]) == (1, 2)


def test_empty_texts_of_azure_hide_nothing(desk: Desk) -> None:
    """A purchase has no meter, and a reservation is no benefit."""
    cost = [Decimal("1.25"), Decimal(100)]
    columns = {
        "BillingAccountId": ["1", "1"],
        "BillingPeriodStartDate": ["01/01/2026"] * 2,
        "BillingPeriodEndDate": ["01/31/2026"] * 2,
        "Date": ["01/05/2026"] * 2,
        "MeterCategory": ["VM", ""],
        "ProductName": ["VM", "Reserved VM"],
        "PublisherName": ["", "Microsoft"],
        "CostInBillingCurrency": pa.array(cost, pa.decimal128(20, 10)),
        "BillingCurrency": ["EUR", "EUR"],
        "ChargeType": ["Usage", "Purchase"],
        "BenefitId": ["", ""],
        "ReservationId": ["", "r1"],
        "Tags": ['"app": "atlas"', ""],
    }
    file = desk.folder / "azure-2026-01.parquet"
    pq.write_table(pa.table(columns), file)
    found = try_adapter("azure-actual-cost", file)
    assert (found["accepted"], found["amount_accepted"]) == (2, "101.25")
    used, bought = found["rows"]
    assert (used["publisher_name"], bought["service_name"]) == ("Microsoft", "Reserved VM")
    assert bought["commitment_discount_id"] == "r1"
    assert (used["tags"], bought.get("tags")) == ('{"app": "atlas"}', None)


def test_a_resource_without_tags_has_none(desk: Desk) -> None:
    found = desk.tried(
        "oci-cost-report",
        """
        lineItem/tenantId,lineItem/intervalUsageStart,lineItem/intervalUsageEnd,product/service,cost/productSku,cost/myCost,cost/currencyCode,tags/Oracle-Tags.CreatedBy,tags/app
        t,2026-01-31T23:00Z,2026-02-01T00:00Z,COMPUTE,B1,0.1,EUR,,atlas
        t,2026-01-31T23:00Z,2026-02-01T00:00Z,COMPUTE,B1,0.2,EUR,,
        """,
    )
    assert [row.get("tags") for row in found["rows"]] == ['{"app":"atlas"}', None]


def test_tags_of_parquet_are_json(desk: Desk) -> None:
    at = [dt.datetime(2026, 1, 1, tzinfo=dt.UTC)] * 2
    tags = pa.array([[("app", "atlas")], []], pa.map_(pa.string(), pa.string()))
    columns = {
        "BilledCost": [1.5, 2.25],
        "EffectiveCost": [1.5, 0.0],
        "BillingAccountId": ["1", "1"],
        "BillingCurrency": ["USD", "USD"],
        "BillingPeriodStart": at,
        "BillingPeriodEnd": [dt.datetime(2026, 2, 1, tzinfo=dt.UTC)] * 2,
        "ChargeCategory": ["Usage", "Purchase"],
        "ChargePeriodStart": at,
        "ChargePeriodEnd": [dt.datetime(2026, 1, 2, tzinfo=dt.UTC)] * 2,
        "ServiceName": ["VM", "VM"],
        "ProviderName": ["Microsoft", "Microsoft"],
        "Tags": tags,
    }
    file = desk.folder / "focus-2026-01.parquet"
    pq.write_table(pa.table(columns), file)
    found = try_adapter("focus-1-2", file)
    assert [row.get("tags") for row in found["rows"]] == ['{"app":"atlas"}', None]
    assert [row["billed_cost"] for row in found["rows"]] == ["1.5", "2.25"]
