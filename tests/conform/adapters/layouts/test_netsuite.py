from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    Desk = Any
    Shop = Any

DETAILS = """
    transaction_id,transaction_line_id,transaction_date,accounting_period_name,account_number,account_name,department_name,subsidiary_name,subsidiary_currency_symbol,transaction_amount,is_transaction_non_posting,updated_at
    5914,1,2026-02-02,Jan 2026,4000,Sales,,US Inc,USD,1000.00,false,2026-02-03 08:00:00
    5914,1,2026-02-02,Jan 2026,4000,Sales,,US Inc,USD,900.00,false,2026-02-10 08:00:00
    5915,1,2026-01-15,Jan 2026,,Rent,Ops,US Inc,USD,300.00,false,2026-01-15 08:00:00
    5916,1,2026-01-20,Jan 2026,4000,Sales,,UK Ltd,GBP,70.00,false,2026-01-20 08:00:00
    5917,1,2026-01-21,Jan 2026,4000,Sales,,US Inc,USD,5000.00,true,2026-01-21 08:00:00
"""


def test_details_count_in_their_period_once_and_only_what_posts(desk: Desk) -> None:
    found = desk.tried("netsuite-transaction-details", DETAILS)
    assert (found["accepted"], found["excluded"]) == (3, 2)  # restated, and not posted
    rows = {row["entry_id"]: row for row in found["rows"]}
    sale = rows["5914-1"]
    assert (sale["period"], sale["posting_date"]) == ("2026-01", "2026-02-02")
    assert (sale["amount_local"], sale["known_on"]) == ("900", "2026-02-10")
    assert (rows["5915-1"]["account"], rows["5915-1"]["cost_center"]) == ("Rent", "Ops")
    assert rows["5916-1"]["currency"] == "GBP"
    assert found["by_currency"]["USD"]["amount_accepted"] == "1200.00"


def test_a_book_takes_one_subsidiary(shop: Shop) -> None:
    shop.ledger(
        """
        [[sources]]
        name = "ledger"
        path = "details.csv"
        adapter = "netsuite-transaction-details"
        columns = { currency = { constant = "EUR" } }
        [[sources.rules]]
        exclude = "other subsidiaries"
        when = "subsidiary_name <> 'US Inc'"
        because = "a book of their own"
        """,
        {"details.csv": DETAILS},
    )
    assert shop.open().actuals["amount"].sum() == 1200.0


def test_a_saved_search_has_debit_and_credit_in_two_columns(desk: Desk) -> None:
    found = desk.tried(
        "netsuite-transaction-lines",
        """
        Internal ID,Line ID,Date,Period,Account,Department,Amount (Debit),Amount (Credit),Memo,Posting,Last Modified
        71,0,02/02/2026,Jan 2026,1100,,"1,190.00",,invoice,Yes,02/03/2026 8:05 am
        71,1,02/02/2026,Jan 2026,4000,Sales,,"1,000.00",invoice,Yes,02/03/2026 8:05 am
        71,2,02/02/2026,Jan 2026,2200,,,190.00,tax,Yes,02/03/2026 8:05 am
        72,0,02/05/2026,Feb 2026,4000,Sales,,500.00,order,No,02/05/2026 8:05 am
        73,0,02/05/2026,Feb 2026,4000,Sales,,,empty,Yes,02/05/2026 8:05 am
        """,
    )
    assert (found["accepted"], found["excluded"], found["quarantined"]) == (3, 1, 1)
    assert found["amount_accepted"] == "0.00"  # the document balances
    assert [row["amount_local"] for row in found["rows"]] == ["1190", "-1000", "-190"]
    assert {row["period"] for row in found["rows"]} == {"2026-01"}
    assert found["rows"][0]["known_on"] == "2026-02-03"


def test_lines_of_other_accounting_books_and_deleted_ones_do_not_count(desk: Desk) -> None:
    found = desk.tried(
        "netsuite-transaction-lines",
        """
        accountingbook,transaction,transactionline,trandate,postingperiod,account,debit,credit,posting,_fivetran_deleted
        1,5914,5,2026-01-31,Jan 2026,4000,,100.00,T,FALSE
        2,5914,5,2026-01-31,Jan 2026,4000,,102.00,T,FALSE
        1,5915,5,2026-01-31,Jan 2026,4000,,55.00,T,TRUE
        """,
    )
    assert (found["accepted"], found["excluded"]) == (1, 2)
    assert (found["amount_accepted"], found["amount_excluded"]) == ("-100.00", "-157.00")
