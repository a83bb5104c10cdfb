from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    Desk = Any


def test_journal_lines_are_signed_before_tax_and_known_when_made(desk: Desk) -> None:
    found = desk.tried(
        "xero-journal-lines",
        """
        JournalID,JournalLineID,JournalDate,CreatedDateUTC,AccountCode,NetAmount,GrossAmount,SourceType
        j1,l1,2026-01-31,2026-02-04 18:42:07.587,200,-1000.00,-1150.00,ACCREC
        j1,l2,2026-01-31,2026-02-04 18:42:07.587,820,-150.00,-150.00,ACCREC
        j1,l3,2026-01-31,2026-02-04 18:42:07.587,610,1150.00,1150.00,ACCREC
        j2,l4,2026-02-10,2026-02-10 09:00:00,400,20.00,20.00,MANJOURNAL
        j2,l4,2026-02-10,2026-02-10 09:00:00,400,20.00,20.00,MANJOURNAL
        """,
    )
    assert (found["accepted"], found["quarantined"]) == (4, 1)  # one line stands twice
    assert [row["amount_local"] for row in found["rows"]] == ["-1000", "-150", "1150", "20"]
    first, last = found["rows"][0], found["rows"][-1]
    assert (first["entry_id"], first["account"], first["period"]) == ("l1", "200", "2026-01")
    assert (first["known_on"], first["origin"]) == ("2026-02-04", "system")
    assert last["origin"] == "manual"


def test_the_report_has_two_columns_and_rows_that_are_no_entries(desk: Desk) -> None:
    found = desk.tried(
        "xero-account-transactions",
        """
        Date,Source,Description,Reference,Account Code,Account,Debit,Credit,Running Balance
        Opening Balance,,,,200,Sales,0.00,0.00,0.00
        31 Jan 2026,Receivable Invoice,Nordwind,INV-7,200,Sales,-,"1,000.00","1,000.00"
        02 Feb 2026,Receivable Credit Note,Nordwind,CN-1,200,Sales,250.00,,750.00
        Total Sales,,,,200,Sales,250.00,"1,000.00",750.00
        """,
    )
    assert (found["accepted"], found["excluded"], found["quarantined"]) == (2, 2, 0)
    assert [row["amount_local"] for row in found["rows"]] == ["-1000", "250"]
    assert found["rows"][0]["posting_date"] == "2026-01-31"
    assert found["rows"][0]["account"] == "200"
