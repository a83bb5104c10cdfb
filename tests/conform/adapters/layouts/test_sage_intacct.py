from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    Desk = Any
    Shop = Any

#: Office: 120.00, corrected to 100.00 in July, less 20.00 given back. The cash book repeats the sale.
DETAILS = """
    RECORDNO,ACCOUNTNO,ACCOUNTTITLE,AMOUNT,BATCH_DATE,BOOKID,CREDITAMOUNT,DEBITAMOUNT,DEPARTMENTID,ENTRY_DATE,ENTRY_STATE,TR_TYPE,TRX_AMOUNT,WHENMODIFIED
    1,40000,Sales,-1000.00,2026-07-01,ACCRUAL,1000.00,0,,2026-06-30,P,-1,-1100.00,2026-07-01 08:00:00
    2,12000,Receivables,1000.00,2026-07-01,ACCRUAL,0,1000.00,,2026-06-30,P,1,1100.00,2026-07-01 08:00:00
    3,60000,Office,120.00,2026-06-15,ACCRUAL,0,120.00,OPS,2026-06-15,P,1,120.00,2026-06-15 08:00:00
    3,60000,Office,100.00,2026-06-15,ACCRUAL,0,100.00,OPS,2026-06-15,P,1,100.00,2026-07-02 08:00:00
    4,60000,Office,-20.00,2026-06-20,ACCRUAL,20.00,0,OPS,2026-06-20,P,-1,-20.00,2026-06-20 08:00:00
    5,60000,Office,77.00,2026-06-20,ACCRUAL,0,77.00,OPS,2026-06-20,D,1,77.00,2026-06-20 08:00:00
    6,40000,Sales,-900.00,2026-06-30,CASH,900.00,0,,2026-06-30,P,-1,-900.00,2026-07-01 08:00:00
"""


def test_details_are_signed_and_drafts_and_the_cash_book_do_not_count(desk: Desk) -> None:
    found = desk.tried("sage-intacct-gl-detail", DETAILS)
    assert (found["accepted"], found["excluded"], found["quarantined"]) == (4, 3, 0)
    assert {one["reason"]: one["amount"] for one in found["left_out"]} == {
        "cash book": "-900.00",
        "drafts": "77.00",
        "restated": "120.00",
    }
    sale, *_ = found["rows"]
    assert (sale["posting_date"], sale["amount_local"]) == ("2026-06-30", "-1000")
    assert sale["known_on"] == "2026-07-01"


def test_in_a_book_the_month_ties_as_corrected_and_as_known_before(shop: Shop) -> None:
    shop.ledger(
        """
        [[sources]]
        name = "ledger"
        path = "details.csv"
        adapter = "sage-intacct-gl-detail"
        [[sources.rules]]
        exclude = "balance sheet"
        when = "accountno < '40000'"
        because = "it is not shown"
        [[sources]]
        name = "accounts"
        table = "accounts"
        lines = [
            { account = "40000", name = "Sales", line = "Sales", group = "gross", favorable_when = "higher" },
            { account = "60000", name = "Office", line = "Office", group = "operating", favorable_when = "lower" },
        ]
        """,
        {"details.csv": DETAILS},
    )
    now = shop.open().actuals.groupby("account")["amount"].sum().to_dict()
    assert now == {"40000": 1000.0, "60000": 80.0}
    before = shop.open(as_of="2026-07-01").actuals.groupby("account")["amount"].sum().to_dict()
    assert before == {"40000": 1000.0, "60000": 100.0}
