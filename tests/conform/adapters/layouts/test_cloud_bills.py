"""Native cloud bills in the form of FOCUS: every cost ties to the file's own sum."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pfkit.conform.adapters.tried import try_adapter
from pfkit.conform.booktoml import read_declaration
from pfkit.conform.pipeline import conform

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    Desk = Any
    Shop = Any

CUR_HEAD = [
    *("identity/LineItemId", "bill/InvoiceId", "bill/PayerAccountId"),
    *("bill/BillingPeriodStartDate", "bill/BillingPeriodEndDate", "lineItem/UsageAccountId"),
    *("lineItem/LineItemType", "lineItem/UsageStartDate", "lineItem/UsageEndDate"),
    *("lineItem/ProductCode", "lineItem/UsageType", "lineItem/UsageAmount"),
    *("lineItem/CurrencyCode", "lineItem/UnblendedCost", "lineItem/LineItemDescription"),
    *("reservation/ReservationARN", "reservation/EffectiveCost"),
    "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod",
    *("reservation/UnusedRecurringFee", "savingsPlan/SavingsPlanARN"),
    *("savingsPlan/SavingsPlanEffectiveCost", "savingsPlan/TotalCommitmentToDate"),
    *("savingsPlan/UsedCommitment", "resourceTags/user:project"),
]
#: Kind of line, what is billed, what it is worth once spread, and what says so.
CUR_LINES: list[tuple[str, str, str, dict[str, str]]] = [
    ("Usage", "1.81E-8", "0.0000000181", {"resourceTags/user:project": "atlas"}),
    ("Usage", "12.50", "12.50", {"resourceTags/user:project": "borea"}),
    # a savings plan of 10.00 an hour without upfront: 6.00 are used, for usage worth 9.00 on demand
    (
        "SavingsPlanCoveredUsage",
        "9.00",
        "6.00",
        {"savingsPlan/SavingsPlanARN": "sp-1", "savingsPlan/SavingsPlanEffectiveCost": "6.00"},
    ),
    ("SavingsPlanNegation", "-9.00", "0", {"savingsPlan/SavingsPlanARN": "sp-1"}),
    (
        "SavingsPlanRecurringFee",
        "10.00",
        "4.00",
        {
            "savingsPlan/SavingsPlanARN": "sp-1",
            "savingsPlan/TotalCommitmentToDate": "10.00",
            "savingsPlan/UsedCommitment": "6.00",
        },
    ),
    # a reservation paid ahead: 73.00 upfront, of which 3.00 are used and 1.00 is idle this month
    ("Fee", "73.00", "0", {"reservation/ReservationARN": "ri-1"}),
    (
        "DiscountedUsage",
        "0",
        "3.00",
        {"reservation/ReservationARN": "ri-1", "reservation/EffectiveCost": "3.00"},
    ),
    (
        "RIFee",
        "0.50",
        "1.25",
        {
            "reservation/ReservationARN": "ri-1",
            "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod": "1.00",
            "reservation/UnusedRecurringFee": "0.25",
        },
    ),
    ("Tax", "4.20", "4.20", {}),
    ("Credit", "-5.00", "-5.00", {}),
    ("Refund", "-1.10", "-1.10", {}),
    ("EdpDiscount", "-0.75", "-0.75", {}),
]


def cur(lines: Iterable[tuple[str, str, str, dict[str, str]]] = CUR_LINES) -> str:
    """Write a report in the legacy form."""
    out = io.StringIO()
    rows = csv.DictWriter(out, CUR_HEAD, restval="", lineterminator="\n")
    rows.writeheader()
    for place, (kind, billed, _, more) in enumerate(lines):
        rows.writerow(
            {
                "identity/LineItemId": f"l{place}",
                "bill/InvoiceId": "991",
                "bill/PayerAccountId": "123412340534",
                "bill/BillingPeriodStartDate": "2026-01-01T00:00:00.000Z",
                "bill/BillingPeriodEndDate": "2026-02-01T00:00:00.000Z",
                "lineItem/UsageAccountId": "123412340535",
                "lineItem/LineItemType": kind,
                "lineItem/UsageStartDate": "2026-01-31T23:00:00.000Z",
                "lineItem/UsageEndDate": "2026-02-01T00:00:00.000Z",
                "lineItem/ProductCode": "AmazonEC2",
                "lineItem/UsageType": "BoxUsage",
                "lineItem/UsageAmount": "1",
                "lineItem/CurrencyCode": "USD",
                "lineItem/UnblendedCost": billed,
                "lineItem/LineItemDescription": kind,
                **more,
            }
        )
    return out.getvalue()


def column(found: dict[str, Any], name: str) -> list[Decimal]:
    return [Decimal(row[name]) for row in found["rows"]]


def test_an_aws_report_ties_to_its_sum_line_by_line(desk: Desk) -> None:
    found = desk.tried("aws-cur", cur(), "cur-2026-02-03.csv")
    assert (found["verdict"], found["accepted"]) == ("repair", len(CUR_LINES))
    assert column(found, "billed_cost") == [Decimal(billed) for _, billed, _, _ in CUR_LINES]
    assert column(found, "effective_cost") == [Decimal(worth) for _, _, worth, _ in CUR_LINES]
    # 12.50 + 9 - 9 + 10 + 73 + 0 + 0.50 + 4.20 - 5 - 1.10 - 0.75, and 1.81E-8
    assert sum(column(found, "billed_cost")) == Decimal("93.3500000181")
    # of the savings plan as much is worth as was billed: 6 + 0 + 4 = 9 - 9 + 10
    plan = [row for row in found["rows"] if row.get("commitment_discount_id") == "sp-1"]
    assert sum(Decimal(row["effective_cost"]) for row in plan) == 10
    assert sum(Decimal(row["billed_cost"]) for row in plan) == 10


def test_an_aws_report_has_the_categories_and_days_of_focus(desk: Desk) -> None:
    found = desk.tried("aws-cur", cur(), "cur-2026-02-03.csv")
    kinds = [row["charge_category"] for row in found["rows"]]
    assert kinds == [
        *("Usage", "Usage", "Usage", "Adjustment", "Purchase", "Purchase", "Usage"),
        *("Purchase", "Tax", "Credit", "Adjustment", "Adjustment"),
    ]
    first = found["rows"][0]
    assert (first["period"], first["billing_period_end"]) == ("2026-01", "2026-02-01")
    assert first["charge_period_start"] == "2026-01-31 23:00:00"
    assert first["known_on"] == "2026-02-03"
    assert first["tags"] == '{"project":"atlas"}'
    used = [
        row["charge_description"] for row in found["rows"] if "commitment_discount_status" in row
    ]
    assert used == ["SavingsPlanCoveredUsage", "DiscountedUsage"]


def test_cur_2_has_names_with_underscores_and_tags_as_a_map(desk: Desk) -> None:
    names = {
        "bill_payer_account_id": ["1", "1"],
        "bill_billing_period_start_date": ["2026-01-01 00:00:00", "2026-01-01 00:00:00"],
        "bill_billing_period_end_date": ["2026-02-01 00:00:00", "2026-02-01 00:00:00"],
        "line_item_usage_account_id": ["2", "2"],
        "line_item_line_item_type": ["Usage", "Credit"],
        "line_item_usage_start_date": ["2026-01-05 00:00:00", "2026-01-05 00:00:00"],
        "line_item_usage_end_date": ["2026-01-05 01:00:00", "2026-01-05 01:00:00"],
        "line_item_product_code": ["AmazonS3", "AmazonS3"],
        "line_item_usage_type": ["Requests", "Requests"],
        "line_item_line_item_description": ["requests", "promotion"],
        "line_item_currency_code": ["USD", "USD"],
    }
    table = pa.table(names)
    tags = pa.array([[("user_project", "atlas")], []], pa.map_(pa.string(), pa.string()))
    table = table.append_column("line_item_unblended_cost", pa.array([2.5, -0.5]))
    table = table.append_column("line_item_usage_amount", pa.array([1000.0, 0.0]))
    table = table.append_column("resource_tags", tags)
    path = desk.folder / "cur2-2026-01-31.parquet"
    pq.write_table(table, path)
    found = try_adapter("aws-cur", path)
    assert (found["verdict"], found["accepted"]) == ("repair", 2)
    assert (
        column(found, "billed_cost")
        == column(found, "effective_cost")
        == [Decimal("2.5"), Decimal("-0.5")]
    )
    assert found["rows"][0]["tags"] == '{"project":"atlas"}'


def test_a_commitment_is_named_where_parquet_has_an_empty_text_for_none(desk: Desk) -> None:
    row = {
        "bill_payer_account_id": "1",
        "bill_billing_period_start_date": "2026-01-01 00:00:00",
        "bill_billing_period_end_date": "2026-02-01 00:00:00",
        "line_item_usage_account_id": "2",
        "line_item_line_item_type": "DiscountedUsage",
        "line_item_usage_start_date": "2026-01-05 00:00:00",
        "line_item_usage_end_date": "2026-01-05 01:00:00",
        "line_item_product_code": "AmazonEC2",
        "line_item_usage_type": "BoxUsage",
        "line_item_line_item_description": "reserved",
        "line_item_currency_code": "USD",
        "line_item_unblended_cost": 0.0,
        "line_item_usage_amount": 1.0,
        "product_product_name": "",
        "product_servicecode": "",
        "reservation_effective_cost": 0.03,
        "reservation_reservation_a_r_n": "arn:ri",
        "savings_plan_savings_plan_a_r_n": "",
    }
    path = desk.folder / "cur2-2026-01-31.parquet"
    pq.write_table(pa.Table.from_pylist([row]), path)
    (read,) = try_adapter("aws-cur", path)["rows"]
    assert read["commitment_discount_id"] == "arn:ri"
    assert read["service_name"] == "AmazonEC2"
    assert read["effective_cost"] == "0.03"


def test_a_report_of_a_later_day_takes_the_place_of_the_earlier_one(shop: Shop) -> None:
    shop.write(
        "book.toml",
        """
        company = { name = "Shop", currency = "USD" }
        [[sources]]
        name = "aws"
        path = "cur/*.csv"
        adapter = "aws-cur"
        columns = { product = { tag = "project" } }
        """,
    )
    shop.write("cur/cur-20260120.csv", cur(CUR_LINES[:1]))
    shop.write("cur/cur-20260203.csv", cur())
    opened = shop.open(period="2026-01")
    assert opened.cloud["billed_amount"].sum() == pytest.approx(93.35)
    assert opened.balance["amount_excluded"].sum() == pytest.approx(0, abs=0.005)
    assert set(opened.cloud["product"]) == {"(none)", "atlas", "borea"}


EA = """
    SubscriptionId,SubscriptionName,ResourceLocation,Date,ProductName,MeterCategory,MeterId,MeterName,UnitOfMeasure,Quantity,CostInBillingCurrency,ResourceId,Tags,ReservationId,PublisherName,ChargeType,Frequency,PricingModel,BillingAccountId,BillingAccountName,BillingCurrencyCode,BillingPeriodStartDate,BillingPeriodEndDate,benefitId,benefitName
    s1,Prod,EastUS,1/31/2026,VM,Virtual Machines,m1,D2,1 Hour,10,5.64902E-05,/vm/1,"""
EA += '''"""app"": ""atlas"",""env"": ""prod""",,,Usage,UsageBased,OnDemand,77,Example,CAD,1/1/2026,1/31/2026,,
    s1,Prod,EastUS,1/2/2026,VM,Virtual Machines,m1,D2,1 Hour,24,{used},/vm/2,"{{""app"": ""borea""}}",r-1,,Usage,UsageBased,Reservation,77,Example,CAD,1/1/2026,1/31/2026,/res/r-1,Plan A
    s1,Prod,EastUS,1/2/2026,VM,Virtual Machines,m1,D2,1 Hour,4,{unused},,,r-1,,UnusedReservation,UsageBased,Reservation,77,Example,CAD,1/1/2026,1/31/2026,/res/r-1,Plan A
    s1,Prod,,1/1/2026,Reservation,Virtual Machines,m2,D2,1,1,{bought},,,r-1,,Purchase,OneTime,Reservation,77,Example,CAD,1/1/2026,1/31/2026,/res/r-1,Plan A
    s1,Prod,,1/20/2026,Reservation,Virtual Machines,m2,D2,1,-1,-12.34,,,,,Refund,OneTime,OnDemand,77,Example,CAD,1/1/2026,1/31/2026,,
    s1,Prod,,1/31/2026,Rounding,Rounding,m3,Rounding,1,1,0.005,,,,,RoundingAdjustment,OneTime,OnDemand,77,Example,CAD,1/1/2026,1/31/2026,,
'''


def test_azure_s_actual_cost_ties_with_purchases_and_refunds(desk: Desk) -> None:
    text = EA.format(used="0", unused="0", bought="730.00")
    found = desk.tried("azure-actual-cost", text, "actual-20260201.csv")
    assert found["accepted"] == 6
    # 0.0000564902 + 730 - 12.34 + 0.005
    assert sum(column(found, "billed_cost")) == Decimal("717.6650564902")
    rows = found["rows"]
    assert [row["charge_category"] for row in rows] == [
        *("Usage", "Usage", "Usage", "Purchase", "Adjustment", "Adjustment")
    ]
    assert rows[0]["tags"] == '{"app": "atlas","env": "prod"}'
    assert rows[1]["tags"] == '{"app": "borea"}'
    assert (rows[0]["charge_period_start"], rows[0]["charge_period_end"]) == (
        "2026-01-31 00:00:00",
        "2026-02-01 00:00:00",
    )
    assert (rows[0]["billing_period_end"], rows[0]["period"]) == ("2026-02-01", "2026-01")
    assert (rows[0]["billing_currency"], rows[0]["charge_frequency"]) == ("CAD", "Usage-Based")
    assert rows[0]["known_on"] == "2026-02-01"


def test_azure_s_amortized_cost_ties_as_effective_cost(desk: Desk) -> None:
    text = EA.format(used="1.70", unused="0.30", bought="0")
    found = desk.tried("azure-amortized-cost", text, "amortized-20260201.csv")
    assert sum(column(found, "effective_cost")) == Decimal("-10.3349435098")
    # what the reservation covers was paid before, the rest is billed
    assert sum(column(found, "billed_cost")) == Decimal("-12.3349435098")
    assert [row.get("commitment_discount_status") for row in found["rows"]] == [
        *(None, "Used", "Unused", None, None, None)
    ]


def test_an_mca_export_has_names_in_camel_case_and_iso_days(desk: Desk) -> None:
    found = desk.tried(
        "azure-actual-cost",
        """
        invoiceId,billingAccountId,billingPeriodEndDate,billingPeriodStartDate,date,meterCategory,meterName,SubscriptionId,chargeType,pricingModel,billingCurrency,costInBillingCurrency,quantity,tags,reservationId,benefitId
        G7,77,2026-01-31,2026-01-01,2026-01-05,Storage,LRS,s1,Usage,OnDemand,EUR,1.25,3,,,
        """,
        "mca-2026-01.csv",
    )
    (row,) = found["rows"]
    assert (row["billed_cost"], row["billing_currency"], row["invoice_id"]) == ("1.25", "EUR", "G7")
    assert (row["known_on"], row["service_name"]) == ("2026-01-31", "Storage")
    assert "commitment_discount_status" not in row


def test_an_oracle_report_ties_with_overage_and_corrections(desk: Desk) -> None:
    found = desk.tried(
        "oci-cost-report",
        """
        lineItem/referenceNo,lineItem/tenantId,lineItem/intervalUsageStart,lineItem/intervalUsageEnd,product/service,product/compartmentId,product/compartmentName,product/region,product/resourceId,usage/billedQuantity,cost/productSku,product/Description,cost/unitPrice,cost/myCost,cost/myCostOverage,cost/currencyCode,lineItem/isCorrection,tags/Oracle-Tags.CreatedBy,tags/Billing.Project
        a,t1,2026-01-31T23:00Z,2026-02-01T00:00:00Z,DATABASE,c1,prod,us-1,db1,0.0833,B92911,APEX,0.147,0.012264277499950943,,USD,false,ines,atlas
        b,t1,2026-01-13T07:00Z,2026-01-13T08:00:00Z,TELEMETRY,c1,prod,us-1,m1,0.000002,B90926,Monitoring,0.00116,2.323760000E-9,,USD,false,,
        c,t1,2026-01-13T07:00Z,2026-01-13T08:00:00Z,COMPUTE,c1,prod,us-1,v1,4,B93114,E4,0.25,1.00,0.50,USD,false,,
        d,t1,2026-01-12T07:00Z,2026-01-12T08:00:00Z,COMPUTE,c1,prod,us-1,v1,-1,B93114,E4,0.25,-0.25,,USD,true,,
        """,
    )
    assert found["accepted"] == 4
    # 0.012264277499950943 + 0.00000000232376 + 1.50 - 0.25, each to twelve decimals
    total = Decimal("0.012264277500") + Decimal("0.000000002324") + Decimal("1.25")
    assert sum(column(found, "billed_cost")) == sum(column(found, "effective_cost")) == total
    first, *_, last = found["rows"]
    assert (first["period"], first["charge_period_end"]) == ("2026-01", "2026-02-01 00:00:00")
    assert (first["billing_period_start"], first["billing_period_end"]) == (
        "2026-01-01",
        "2026-02-01",
    )
    assert first["tags"] == '{"CreatedBy":"ines","Project":"atlas"}'
    assert (last["charge_class"], last["billed_cost"]) == ("Correction", "-0.25")


def test_a_google_export_ties_to_cost_and_credits(desk: Desk) -> None:
    found = desk.tried(
        "gcp-billing-export",
        """
        {"billing_account_id": "01", "invoice": {"month": "202601"}, "cost_type": "regular", "service": {"id": "S", "description": "Compute Engine"}, "sku": {"id": "A", "description": "N1"}, "usage_start_time": "2026-01-31 23:00:00 UTC", "usage_end_time": "2026-02-01 00:00:00 UTC", "project": {"id": "p1"}, "labels": [{"key": "app", "value": "atlas"}], "cost": 10.5, "currency": "EUR", "credits": [{"name": "sud", "amount": -2.25}, {"name": "free", "amount": -1.0}]}
        {"billing_account_id": "01", "invoice": {"month": "202601"}, "cost_type": "tax", "service": {"id": "S", "description": "Invoice"}, "sku": {"id": "T", "description": "Tax"}, "usage_start_time": "2026-01-01 00:00:00 UTC", "usage_end_time": "2026-02-01 00:00:00 UTC", "labels": [], "cost": 1.52, "currency": "EUR", "credits": []}
        """,
        "gcp.jsonl",
    )
    assert column(found, "billed_cost") == [Decimal("7.25"), Decimal("1.52")]
    first, tax = found["rows"]
    assert (first["period"], first["tags"]) == ("2026-01", '{"app":"atlas"}')
    assert (tax["charge_category"], tax["service_name"]) == ("Tax", "Invoice")


def test_the_public_sample_in_the_form_of_focus_ties_to_its_sum(shared: Path) -> None:
    path = shared / "data" / "real" / "cloud" / "focus_1_0_sample.csv"
    found = try_adapter("focus-1-2", path)
    assert (found["accepted"], found["quarantined"]) == (1000, 0)
    with path.open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    for name, head in (("effective_cost", "EffectiveCost"), ("billed_cost", "BilledCost")):
        assert Decimal(found["sums"][name]) == sum(Decimal(line[head]) for line in lines)
    assert found["amount_accepted"] == found["sums"]["effective_cost"]
    assert [f["rule"] for f in found["findings"] if f["severity"] == "warn"] == ["known_on"]


def test_a_later_focus_book_declares_only_its_tag(shop: Shop) -> None:
    shop.write(
        "book.toml",
        """
        company = { name = "Shop", currency = "USD" }
        [[sources]]
        name = "cloud"
        path = "*.csv"
        adapter = "focus-1-2"
        columns = { product = { tag = "app" } }
        """,
    )
    text = """
        BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ProviderName,ServiceName,ChargeCategory,BillingCurrency,BilledCost,EffectiveCost,Tags
        2026-01-01T00:00:00Z,2026-02-01T00:00:00Z,2026-01-05T00:00:00Z,2026-01-06T00:00:00Z,AWS,S3,usage,USD,1.5,1.5,"{""app"": ""atlas""}"
    """
    shop.write("bill-2026-01.csv", dedent(text))
    (shop.path / "billing.csv").unlink()
    held = conform(read_declaration(shop.path), data=shop.path, book=shop.path)
    rows = held.engine.rows("SELECT product, charge_category, known_on::VARCHAR FROM final_cloud")
    assert rows == [("atlas", "Usage", "2026-01-31")]


def test_later_names_of_focus_are_taken_for_the_earlier_ones(desk: Desk) -> None:
    found = desk.tried(
        "focus-1-2",
        """
        BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ServiceProviderName,ServiceName,ChargeCategory,BillingCurrency,BilledCost,EffectiveCost
        2026-01-01T00:00:00Z,2026-02-01T00:00:00Z,2026-01-05T00:00:00Z,2026-01-06T00:00:00Z,AWS,S3,Usage,USD,1.5,1.25
        """,
        "focus-202601.csv",
    )
    assert (found["verdict"], found["rows"][0]["provider_name"]) == ("repair", "AWS")
    assert found["sums"] == {"effective_cost": "1.25", "billed_cost": "1.50"}
