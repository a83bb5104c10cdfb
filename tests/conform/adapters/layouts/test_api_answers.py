"""Answers of the vendors' APIs, saved as they come: nested, in pages, with days of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    Desk = Any
    Shop = Any

ANSWERS = {
    "xero-journal-lines": """
        {"Id":"c","Status":"OK","DateTimeUTC":"/Date(1518685950940)/","Journals":[
         {"JournalID":"j1","JournalDate":"/Date(1518652800000+0000)/","JournalNumber":1,"CreatedDateUTC":"/Date(1518685950940+0000)/","SourceType":"ACCREC","JournalLines":[
          {"JournalLineID":"l1","AccountID":"a","AccountCode":"200","AccountType":"REVENUE","AccountName":"Sales","Description":"","NetAmount":-100.00,"GrossAmount":-115.00,"TaxAmount":-15.00,"TrackingCategories":[{"Name":"Region","Option":"North","TrackingCategoryID":"x"}]},
          {"JournalLineID":"l2","AccountID":"b","AccountCode":"610","AccountName":"AR","NetAmount":115.00,"GrossAmount":115.00,"TaxAmount":0,"TrackingCategories":[]},
          {"JournalLineID":"l3","AccountID":"b","AccountCode":"820","AccountName":"GST","NetAmount":-15.00,"GrossAmount":-15.00,"TaxAmount":0,"TrackingCategories":[]}]}]}
    """,
    "quickbooks-journal-lines": """
        {"QueryResponse":{"JournalEntry":[{"Adjustment":false,"domain":"QBO","sparse":false,"Id":"227","SyncToken":"0","MetaData":{"CreateTime":"2026-02-02T11:00:00-08:00","LastUpdatedTime":"2026-02-02T11:00:00-08:00"},"TxnDate":"2026-01-31","CurrencyRef":{"value":"USD","name":"US Dollar"},"Line":[
         {"Id":"0","Description":"four sprinkler heads damaged","Amount":25.54,"DetailType":"JournalEntryLineDetail","JournalEntryLineDetail":{"PostingType":"Debit","AccountRef":{"value":"39","name":"Opening Bal Equity"},"ClassRef":{"value":"7","name":"Ops"}}},
         {"Id":"1","Amount":25.54,"DetailType":"JournalEntryLineDetail","JournalEntryLineDetail":{"PostingType":"Credit","AccountRef":{"value":"44","name":"Notes Payable"}}},
         {"Id":"2","Description":"a remark","DetailType":"DescriptionOnly"}],"TxnTaxDetail":{}}],"startPosition":1,"maxResults":1},"time":"2026-02-03T13:00:00.000-08:00"}
    """,
    "stripe-invoice-lines": """
        {"object":"list","url":"/v1/invoices","has_more":true,"data":[
        {"id":"in_1","object":"invoice","created":1767225600,"currency":"usd","customer":"cus_1","status":"paid","lines":{"object":"list","data":[
        {"id":"il_1","object":"line_item","amount":1999,"currency":"usd","description":"Pro","discounts":[],"invoice":"in_1","metadata":{},"parent":{"type":"subscription_item_details","subscription_item_details":{"proration":false,"subscription":"sub_1"}},"period":{"end":1769904000,"start":1767225600},"pricing":{"price_details":{"price":"price_1","product":"prod_1"},"type":"price_details","unit_amount_decimal":"1999"},"quantity":1,"taxes":[]},
        {"id":"il_2","object":"line_item","amount":-500,"currency":"usd","description":"Unused time","invoice":"in_1","parent":{"type":"subscription_item_details","subscription_item_details":{"proration":true,"subscription":"sub_1"}},"period":{"end":1769904000,"start":1767225600},"pricing":{"price_details":{"price":"price_1","product":"prod_1"}},"quantity":1}],"has_more":false,"total_count":2,"url":"/v1/invoices/in_1/lines"}}]}
    """,
    "chargebee-invoice-line-items": """
        {"list":[{"invoice":{"id":"__demo_inv__1","customer_id":"c1","recurring":true,"status":"paid","price_type":"tax_exclusive","date":1767225600,"currency_code":"USD","updated_at":1767225700,"line_items":[
        {"id":"li_1","date_from":1767225600,"date_to":1769904000,"unit_amount":5000,"quantity":2,"amount":10000,"pricing_model":"per_unit","is_taxed":false,"tax_amount":0,"object":"line_item","subscription_id":"s","customer_id":"c1","description":"Pro","entity_type":"plan_item_price","entity_id":"pro-USD-Monthly","discount_amount":1000,"item_level_discount_amount":0}],"discounts":[{"object":"discount","entity_type":"document_level_coupon","amount":1000}]}}],"next_offset":"1612890918000"}
    """,
    "chargebee-credit-note-line-items": """
        {"list":[{"credit_note":{"id":"CN-1","customer_id":"c1","type":"refundable","reference_invoice_id":"INV-1","status":"refunded","date":1767225600,"currency_code":"JPY","line_items":[
        {"id":"li_9","date_from":1767225600,"date_to":1767225600,"unit_amount":5000,"quantity":1,"amount":5000,"object":"line_item","description":"Pro","entity_type":"plan_item_price","entity_id":"pro-JPY"}]}}]}
    """,
    "jira-worklogs": """
        {"expand":"names","startAt":0,"maxResults":50,"total":1,"issues":[{"id":"1","key":"ATL-1","fields":{"project":{"id":"1","key":"ATL"},"parent":{"id":"9","key":"ATL-9"},"worklog":{"startAt":0,"maxResults":20,"total":2,"worklogs":[
        {"self":"https://x","author":{"displayName":"Mia"},"id":"100","issueId":"1","started":"2026-01-31T23:30:00.000+0000","timeSpent":"1h 30m","timeSpentSeconds":5400,"created":"2026-02-01T08:00:00.000+0000","updated":"2026-02-01T08:00:00.000+0000"},
        {"self":"https://x","author":{"displayName":"Mia"},"id":"101","issueId":"1","started":"2026-01-30T10:30:00.000+0100","timeSpentSeconds":1800,"created":"2026-02-01T08:00:00.000+0000","updated":"2026-02-01T08:00:00.000+0000"}]}}}]}
    """,
    "salesforce-opportunities": """
        {"totalSize":2,"done":true,"records":[{"attributes":{"type":"Opportunity","url":"/x"},"Id":"006A","Name":"Big","AccountId":"001A","StageName":"Closed Won","Amount":1000.0,"Probability":100.0,"CloseDate":"2026-03-31","CreatedDate":"2026-01-05T10:00:00.000+0000","LastModifiedDate":"2026-03-31T22:00:00.000+0000","IsClosed":true,"IsWon":true,"IsDeleted":false},
        {"attributes":{"type":"Opportunity","url":"/y"},"Id":"006B","Name":"Small","AccountId":"001A","StageName":"Prospecting","Amount":null,"Probability":10.0,"CloseDate":"2026-06-30","CreatedDate":"2026-01-05T10:00:00.000+0000","LastModifiedDate":"2026-02-01T10:00:00.000+0000","IsClosed":false,"IsWon":false,"IsDeleted":false}]}
    """,
    "netsuite-transaction-lines": """
        {"links":[{"rel":"self","href":"https://x"}],"count":2,"hasMore":false,"items":[{"links":[],"account":"4000 Sales","credit":"100","posting":"T","postingperiod":"Jan 2026","trandate":"1/31/2026","transaction":"10","transactionline":"1","accountingbook":"1"},{"links":[],"account":"1100 AR","debit":"100","posting":"T","postingperiod":"Jan 2026","trandate":"1/31/2026","transaction":"10","transactionline":"0","accountingbook":"1"}],"offset":0,"totalResults":2}
    """,
    "zuora-invoice-items": """
        {"size":1,"records":[{"Id":"2c9","InvoiceId":"inv1","ChargeAmount":49.0,"ChargeDate":"2026-01-15T08:00:00.000-08:00","ChargeName":"Pro","ProcessingType":0,"ServiceStartDate":"2026-02-01","ServiceEndDate":"2026-02-28","SKU":"S1","TaxAmount":3,"Quantity":1,"UnitPrice":49,"UpdatedDate":"2026-01-15T08:00:00.000-08:00","Account.Currency":"USD"}],"done":true}
    """,
}


@pytest.mark.parametrize(
    ("adapter", "amounts", "first"),
    [
        # 1518652800000 ms are midnight of 15 February 2018 in UTC
        (
            "xero-journal-lines",
            ["-100", "115", "-15"],
            {"posting_date": "2018-02-15", "account": "200", "cost_center": "North"},
        ),
        (
            "quickbooks-journal-lines",
            ["25.54", "-25.54"],
            {
                "entry_id": "227-0",
                "account": "39",
                "cost_center": "7",
                "posting_date": "2026-01-31",
            },
        ),
        (
            "stripe-invoice-lines",
            ["19.99", "-5"],
            {"invoice_id": "in_1", "invoice_date": "2026-01-01", "service_end": "2026-01-31"},
        ),
        # 100.00 less 10.00 of discount
        (
            "chargebee-invoice-line-items",
            ["90"],
            {"invoice_id": "__demo_inv__1", "invoice_date": "2026-01-01"},
        ),
        (
            "chargebee-credit-note-line-items",
            ["-5000"],
            {"invoice_id": "CN-1", "refers_to": "INV-1", "currency": "JPY"},
        ),
        ("salesforce-opportunities", ["1000", "0"], {"status": "won", "period": "2026-03"}),
        (
            "netsuite-transaction-lines",
            ["-100", "100"],
            {"entry_id": "10-1", "period": "2026-01", "account": "4000 Sales"},
        ),
        ("zuora-invoice-items", ["49"], {"service_end": "2026-02-28", "currency": "USD"}),
    ],
)
def test_an_answer_is_read_as_it_comes(
    adapter: str, amounts: list[str], first: dict[str, str], desk: Desk
) -> None:
    found = desk.tried(adapter, ANSWERS[adapter], "answer.json")
    assert found["quarantined"] == 0
    assert [row["amount_local"] for row in found["rows"]] == amounts
    assert {key: found["rows"][0][key] for key in first} == first


def test_worklogs_stand_in_their_issues(desk: Desk) -> None:
    found = desk.tried("jira-worklogs", ANSWERS["jira-worklogs"], "answer.json")
    asked = ("hours", "product", "initiative", "period")
    assert [tuple(row[key] for key in asked) for row in found["rows"]] == [
        ("1.5", "ATL", "ATL-9", "2026-01"),
        ("0.5", "ATL", "ATL-9", "2026-01"),
    ]


@pytest.mark.parametrize(
    ("adapter", "mark"),
    [("stripe-invoice-lines", "has_more"), ("chargebee-invoice-line-items", "next_offset")],
)
def test_a_page_that_is_not_the_last_says_so(adapter: str, mark: str, desk: Desk) -> None:
    found = desk.tried(adapter, ANSWERS[adapter], "answer.json")
    assert found["verdict"] == "warn"
    (finding,) = [f for f in found["findings"] if f["rule"] == "not whole"]
    assert mark in finding["message"]
    assert finding["advice"].startswith("Ask for every page")


def test_the_pages_of_an_answer_are_one_source_of_a_book(shop: Shop) -> None:
    first = ANSWERS["netsuite-transaction-lines"].replace('"hasMore":false', '"hasMore":true')
    second = ANSWERS["netsuite-transaction-lines"].replace(
        '"transaction":"10"', '"transaction":"11"'
    )
    shop.ledger(
        """
        [[sources]]
        name = "ledger"
        path = "page-*.json"
        adapter = "netsuite-transaction-lines"
        sign = "as_stated"
        """,
        {"page-1.json": first, "page-2.json": second},
    )
    book = shop.open()
    assert sorted(book.actuals["amount"]) == [-100.0, -100.0, 100.0, 100.0]
    notes = dict(zip(book.provenance["file"], book.provenance["notes"], strict=True))
    assert "another page follows" in notes["page-1.json"]
    assert "another page follows" not in notes["page-2.json"]
