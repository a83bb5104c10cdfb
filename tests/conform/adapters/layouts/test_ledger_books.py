"""Ledgers in a whole book: every month's net ties to a trial balance worked out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.book import Book

    Shop = Any

#: One chart for all ledgers here: balance sheet accounts are not in it.
CHART = """
    a,n,g,f
    {revenue},Sales,gross,higher
    {cost},Office,operating,lower
    {travel},Travel,operating,lower
"""
BOOK = """
    [[sources]]
    name = "ledger"
    path = "ledger.csv"
    adapter = "{adapter}"
    {more}
    [[sources.rules]]
    exclude = "balance sheet"
    when = "{balance_sheet}"
    because = "it is not shown"
    [[sources]]
    name = "accounts"
    table = "accounts"
    path = "accounts.csv"
    columns = {{ account = "a", name = "n", line = "n", group = "g", favorable_when = "f" }}
    [[sources]]
    name = "rates"
    table = "rates"
    path = "rates.csv"
    known_on = {{ column = "d", at = "day" }}
    columns = {{ date = "d", currency = "c", rate = "r" }}
"""
#: What one unit is worth in euros, each month the same.
RATES = """
    d,c,r
    2026-01-31,JPY,0.006
    2026-02-28,JPY,0.006
    2026-12-31,JPY,0.006
    2026-01-31,USD,0.90
    2026-02-28,USD,0.90
    2026-01-31,KWD,2.80
"""


def opened(
    shop: Shop, adapter: str, ledger: str, *, chart: tuple[str, str, str], **how: str
) -> Book:
    """Open a book of one ledger, its chart of accounts and exchange rates."""
    revenue, cost, travel = chart
    shop.ledger(
        BOOK.format(adapter=adapter, **{"more": "", **how}),
        {
            "ledger.csv": ledger,
            "accounts.csv": CHART.format(revenue=revenue, cost=cost, travel=travel),
            "rates.csv": RATES,
        },
    )
    book: Book = shop.open()
    return book


def net(actuals: pd.DataFrame, revenue: str) -> dict[str, float]:
    """Return the result of each month: what was sold less what was spent."""
    sign = actuals["account"].eq(revenue).map({True: 1.0, False: -1.0})
    months = (actuals["amount"] * sign).groupby(actuals["period"]).sum()
    return {str(month): round(float(amount), 2) for month, amount in months.items()}


#: January: 1,000.00 sold and, in yen, 10,000 of travel (60.00). February: 50.00 of pens reversed, 30.00
#: of pens kept. December: 300.00 of travel in period 13 and 40.00 of it given back in period 14.
SAP_NET = {"2026-01": 1000.00 - 60.00, "2026-02": -30.00, "2026-12": -300.00 + 40.00}
SAP_CHART = ("0000800000", "0000476000", "0000470000")
BSEG = """
    MANDT;BUKRS;BELNR;GJAHR;BUZEI;BSTAT;LDGRP;MONAT;BUDAT;BLDAT;CPUDT;STBLG;SHKZG;DMBTR;WRBTR;WAERS;HWAER;DMBE2;HKONT;KOSTL
    100;1000;0100000001;2026;001;;;01;20260131;20260130;20260203;;S;1190.00;1190.00;EUR;EUR;1309.00;0000140000;
    100;1000;0100000001;2026;002;;;01;20260131;20260130;20260203;;H;1000.00;1000.00;EUR;EUR;1100.00;0000800000;CC10
    100;1000;0100000001;2026;003;;;01;20260131;20260130;20260203;;H;190.00;190.00;EUR;EUR;209.00;0000175000;
    100;2000;0100000001;2026;001;;;01;20260131;00000000;00000000;;S;10000;10000;JPY;JPY;66.00;0000470000;CC20
    100;2000;0100000001;2026;002;;;01;20260131;00000000;00000000;;H;10000;10000;JPY;JPY;66.00;0000160000;
    100;1000;0100000002;2026;001;;;02;20260215;00000000;20260215;0100000003;S;50.00;50.00;EUR;EUR;55.00;0000476000;CC10
    100;1000;0100000002;2026;002;;;02;20260215;00000000;20260215;0100000003;H;50.00;50.00;EUR;EUR;55.00;0000160000;
    100;1000;0100000003;2026;001;;;02;20260216;00000000;20260216;0100000002;H;50.00;50.00;EUR;EUR;55.00;0000476000;CC10
    100;1000;0100000003;2026;002;;;02;20260216;00000000;20260216;0100000002;S;50.00;50.00;EUR;EUR;55.00;0000160000;
    100;1000;0100000004;2026;001;;;02;20260217;20260217;20260217;;S;30.00;5000;JPY;EUR;33.00;0000476000;CC10
    100;1000;0100000004;2026;002;;;02;20260217;20260217;20260217;;H;30.00;5000;JPY;EUR;33.00;0000160000;
    100;1000;0100000005;2026;001;V;;02;20260220;20260220;20260220;;S;999.00;999.00;EUR;EUR;999.00;0000470000;CC10
    100;1000;0100000006;2026;001;L;2L;02;20260220;20260220;20260220;;S;888.00;888.00;EUR;EUR;888.00;0000470000;CC10
    100;1000;0100000007;2026;001;;;13;20261231;20261231;20270115;;S;300.00;300.00;EUR;EUR;330.00;0000470000;CC10
    100;1000;0100000007;2026;002;;;13;20261231;20261231;20270115;;H;300.00;300.00;EUR;EUR;330.00;0000160000;
    100;1000;0100000008;2026;001;;;14;20261231;20261231;20270202;;H;40.00;40.00;EUR;EUR;44.00;0000470000;CC10
    100;1000;0100000008;2026;002;;;14;20261231;20261231;20270202;;S;40.00;40.00;EUR;EUR;44.00;0000160000;
"""
ACDOCA = """
    rclnt,rldnr,rbukrs,gjahr,belnr,docln,poper,budat,bldat,racct,rcntr,wsl,rwcur,hsl,rhcur,ksl,rkcur,timestamp
    100,0L,1000,2026,,000001,000,20260101,20260101,0000800000,,-9000.00,EUR,-9000.00,EUR,-9900,USD,20260101000000
    100,0L,1000,2026,0100000001,000001,001,20260131,20260130,0000140000,,1190.00,EUR,1190.00,EUR,1309,USD,20260203081500
    100,0L,1000,2026,0100000001,000002,001,20260131,20260130,0000800000,CC10,-1000.00,EUR,-1000.00,EUR,-1100,USD,20260203081500
    100,2L,1000,2026,0100000001,000002,001,20260131,20260130,0000800000,CC10,-1000.00,EUR,-1000.00,EUR,-1100,USD,20260203081500
    100,0L,1000,2026,0100000001,000003,001,20260131,20260130,0000175000,,-190.00,EUR,-190.00,EUR,-209,USD,20260203081500
    100,0L,2000,2026,0100000001,000001,001,20260131,00000000,0000470000,CC20,10000,JPY,10000,JPY,66,USD,0
    100,0L,2000,2026,0100000001,000002,001,20260131,00000000,0000160000,,-10000,JPY,-10000,JPY,-66,USD,0
    100,0L,1000,2026,0100000002,000001,002,20260215,00000000,0000476000,CC10,50.00,EUR,50.00,EUR,55,USD,20260215120000
    100,0L,1000,2026,0100000003,000001,002,20260216,00000000,0000476000,CC10,50.00-,EUR,50.00-,EUR,-55,USD,20260216120000
    100,0L,1000,2026,0100000004,000001,002,20260217,20260217,0000476000,CC10,5000,JPY,30.00,EUR,33,USD,20260217120000
    100,2L,1000,2026,0100000006,000001,002,20260220,20260220,0000470000,CC10,888.00,EUR,888.00,EUR,888,USD,20260220120000
    100,0L,1000,2026,0100000007,000001,013,20261231,20261231,0000470000,CC10,300.00,EUR,300.00,EUR,330,USD,20270115120000
    100,0L,1000,2026,0100000008,000001,014,20261231,20261231,0000470000,CC10,-40.00,EUR,-40.00,EUR,-44,USD,20270202120000
"""


@pytest.mark.parametrize(
    ("adapter", "ledger", "account"),
    [("sap-bseg", BSEG, "HKONT"), ("sap-acdoca", ACDOCA, "RACCT")],
)
def test_lines_of_sap_tie_to_the_trial_balance(
    adapter: str, ledger: str, account: str, shop: Shop
) -> None:
    sheet = f"{account} < '0000400000'"
    book = opened(shop, adapter, ledger, chart=SAP_CHART, balance_sheet=sheet)
    assert net(book.actuals, "0000800000") == SAP_NET
    assert not book.checks.balance["rows_quarantined"].any()
    lines = book.actuals.set_index("entry_id")
    (yen,) = lines.loc[[name for name in lines.index if name.startswith("2000-")]].itertuples()
    assert (yen.amount_local, yen.currency, yen.amount) == (10000.0, "JPY", 60.0)
    assert str(yen.known_on)[:10] == "2026-01-31"  # no day of entry: that of posting
    late = lines[lines["period"] == "2026-12"]
    assert sorted(str(day)[:10] for day in late["known_on"]) == ["2027-01-15", "2027-02-02"]


def test_as_known_in_january_the_closing_entries_are_not_there(shop: Shop) -> None:
    opened(shop, "sap-bseg", BSEG, chart=SAP_CHART, balance_sheet="HKONT < '0000400000'")
    before = shop.open(as_of="2027-01-31")
    assert net(before.actuals, "0000800000") == SAP_NET | {"2026-12": -300.00}


def test_a_stored_table_shifts_currencies_without_decimals_as_the_note_says(shop: Shop) -> None:
    stored = BSEG.replace("S;10000;10000;JPY;JPY", "S;100.00;100.00;JPY;JPY")
    factor = (
        "columns = { amount_local = { sql = \"DMBTR * CASE upper(SHKZG) WHEN 'S' THEN 1 "
        "WHEN 'H' THEN -1 END * CASE HWAER WHEN 'JPY' THEN 100 ELSE 1 END\" } }"
    )
    sheet = "HKONT < '0000400000'"
    book = opened(shop, "sap-bseg", stored, chart=SAP_CHART, balance_sheet=sheet, more=factor)
    assert net(book.actuals, "0000800000") == SAP_NET


def test_accounts_listed_without_leading_zeros_are_pointed_at(shop: Shop) -> None:
    chart = ("0000800000", "0000476000", "470000")
    opened(shop, "sap-bseg", BSEG, chart=chart, balance_sheet="HKONT < '0000400000'")
    book = shop.open(period="2026-01")
    assert book.quarantine["rule"].unique().tolist() == ["unknown account"]
    (advice,) = book.quarantine["advice"].unique()
    assert advice == (
        "Table accounts has it as '470000': give both the same leading zeros, as with "
        """`account = { sql = "ltrim("HKONT", '0')" }`."""
    )


#: January: 500.00 sold, 120.00 of pens, of which 20.00 went back. February: 80.00 of a credit note.
OTHERS_NET = {"2026-01": 500.00 - 120.00 + 20.00, "2026-02": -80.00}
QUICKBOOKS = """
    unique_id,transaction_id,source_relation,transaction_index,transaction_date,account_id,account_number,account_name,amount,transaction_type,transaction_source,class_id,account_transaction_type,adjusted_amount,running_balance
    u1,10,,0,2026-01-10,1,1100,Receivables,500.00,debit,invoice,,debit,500.00,500.00
    u2,10,,0,2026-01-10,2,4000,Sales,500.00,credit,invoice,,credit,500.00,500.00
    u3,11,,0,2026-01-15,3,6000,Office,120.00,debit,bill,7,debit,120.00,120.00
    u4,11,,0,2026-01-15,4,2000,Payables,120.00,credit,bill,7,credit,120.00,120.00
    u5,12,,0,2026-01-31,3,6000,Office,20.00,credit,vendor credit,7,debit,-20.00,100.00
    u6,12,,0,2026-01-31,4,2000,Payables,20.00,debit,vendor credit,7,credit,-20.00,100.00
    u7,13,,0,2026-02-01,2,4000,Sales,80.00,debit,credit_memo,,credit,-80.00,420.00
    u8,13,,0,2026-02-01,1,1100,Receivables,80.00,credit,credit_memo,,debit,-80.00,420.00
"""
#: The line of 9.00 is dated in February and booked in January; two books hold each line.
NETSUITE = """
    accountingbook,transaction,transactionline,trandate,postingperiod,account,debit,credit,posting,department,subsidiary currency,lastmodifieddate,_fivetran_deleted
    1,10,0,1/10/2026,Jan 2026,1100,500.00,,T,,EUR,1/10/2026 08:00 AM,false
    1,10,1,1/10/2026,Jan 2026,4000,,500.00,T,,EUR,1/10/2026 08:00 AM,false
    1,11,1,1/15/2026,Jan 2026,6000,111.00,,T,Ops,EUR,1/15/2026 08:00 AM,false
    1,14,1,2/2/2026,Jan 2026,6000,9.00,,T,Ops,EUR,2/2/2026 08:00 AM,false
    1,12,1,1/31/2026,Jan 2026,6000,,20.00,T,Ops,EUR,1/31/2026 08:00 AM,false
    1,13,1,2/1/2026,Feb 2026,4000,80.00,,T,,EUR,2/1/2026 08:00 AM,false
    1,15,1,2/1/2026,Feb 2026,6000,77.00,,F,Ops,EUR,2/1/2026 08:00 AM,false
    1,16,1,2/1/2026,Feb 2026,6000,66.00,,T,Ops,EUR,2/1/2026 08:00 AM,true
    2,10,1,1/10/2026,Jan 2026,4000,,510.00,T,,EUR,1/10/2026 08:00 AM,false
"""
XERO = """
    JournalID,JournalNumber,JournalLineID,JournalDate,CreatedDateUTC,SourceType,AccountCode,AccountName,NetAmount,GrossAmount,TaxAmount
    j1,1,l1,2026-01-10T00:00:00,2026-01-10T23:30:00,ACCREC,200,Sales,-500.00,-575.00,-75.00
    j1,1,l2,2026-01-10T00:00:00,2026-01-10T23:30:00,ACCREC,610,Receivables,575.00,575.00,0.00
    j1,1,l3,2026-01-10T00:00:00,2026-01-10T23:30:00,ACCREC,820,Tax,-75.00,-75.00,0.00
    j2,2,l4,2026-01-15T00:00:00,2026-01-16T01:00:00,ACCPAY,429,Office,120.00,138.00,18.00
    j3,3,l5,2026-01-31T00:00:00,2026-02-01T01:00:00,ACCPAYCREDIT,429,Office,-20.00,-23.00,-3.00
    j4,4,l6,2026-02-01T00:00:00,2026-02-01T01:00:00,ACCRECCREDIT,200,Sales,80.00,92.00,12.00
"""


@pytest.mark.parametrize(
    ("adapter", "ledger", "chart", "sheet"),
    [
        (
            "quickbooks-general-ledger",
            QUICKBOOKS,
            ("4000", "6000", "6100"),
            "account_number < '4000'",
        ),
        ("netsuite-transaction-lines", NETSUITE, ("4000", "6000", "6100"), "Account < '4000'"),
        ("xero-journal-lines", XERO, ("200", "429", "493"), "account_code >= '600'"),
    ],
)
def test_other_ledgers_tie_to_the_trial_balance(
    adapter: str, ledger: str, chart: tuple[str, str, str], sheet: str, shop: Shop
) -> None:
    book = opened(shop, adapter, ledger, chart=chart, balance_sheet=sheet)
    assert not book.checks.balance["rows_quarantined"].any()
    assert net(book.actuals, chart[0]) == OTHERS_NET
