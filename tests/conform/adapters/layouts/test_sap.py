from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    Desk = Any
    Shop = Any

BSEG = """
    BUKRS;BELNR;GJAHR;BUZEI;BUDAT;CPUDT;SHKZG;DMBTR;HKONT;KOSTL;HWAER;SGTXT
    1000;0100000001;2026;001;20260131;20260203;S;1190.00;0000140000;;EUR;invoice
    1000;0100000001;2026;002;20260131;20260203;H;1000.00;0000800000;CC10;EUR;invoice
    1000;0100000001;2026;003;20260131;20260203;H;190.00;0000175000;;EUR;tax
    1000;0100000002;2026;001;20260215;20260215;S;50.00;0000476000;CC10;EUR;pens
    1000;0100000002;2026;002;20260215;20260215;H;50.00;0000160000;;EUR;pens
"""


def test_bseg_has_positive_amounts_and_says_debit_or_credit(desk: Desk) -> None:
    found = desk.tried("sap-bseg", BSEG)
    assert found["verdict"] == "accept"
    assert [row["amount_local"] for row in found["rows"]] == ["1190", "-1000", "-190", "50", "-50"]
    assert found["amount_accepted"] == "0.00"  # every document balances
    first = found["rows"][0]
    assert first["entry_id"] == "1000-0100000001-2026-001"
    assert first["account"] == "0000140000"  # leading zeros are the account's
    assert (first["posting_date"], first["period"]) == ("2026-01-31", "2026-01")
    assert first["known_on"] == "2026-02-03"  # entered after the month it is posted in
    assert "cost_center" in first


def test_a_list_from_the_screen_has_other_names_and_trailing_minus(desk: Desk) -> None:
    found = desk.tried(
        "sap-bseg",
        """
        Company Code,BELNR,Fiscal Year,Item,Posting Date,Debit/Credit,Amount in LC,G/L Account
        1000,1,2026,1,31.01.2026,S,10.00-,476000
        """,
    )
    assert found["rows"][0]["amount_local"] == "-10"
    assert found["verdict"] == "repair"


def test_in_a_book_the_accounts_say_which_way_they_count(shop: Shop) -> None:
    shop.ledger(
        """
        [[sources]]
        name = "ledger"
        path = "bseg.csv"
        adapter = "sap-bseg"
        [[sources.rules]]
        exclude = "balance sheet"
        when = "HKONT < '0000400000'"
        because = "not shown"
        [[sources]]
        name = "accounts"
        table = "accounts"
        path = "accounts.csv"
        columns = { account = "a", name = "n", line = "n", group = "g", favorable_when = "f" }
        """,
        {
            "bseg.csv": BSEG,
            "accounts.csv": """
                a,n,g,f
                0000800000,Sales,gross,higher
                0000476000,Pens,operating,lower
            """,
        },
    )
    booked = shop.open().actuals.set_index("account")["amount"].to_dict()
    assert booked == {"0000800000": 1000.0, "0000476000": 50.0}


def test_acdoca_counts_the_leading_ledger_once_and_nothing_brought_forward(desk: Desk) -> None:
    found = desk.tried(
        "sap-acdoca",
        """
        RLDNR,RBUKRS,GJAHR,BELNR,DOCLN,POPER,BUDAT,RACCT,RCNTR,HSL,RHCUR,TIMESTAMP
        0L,1000,2026,100,000001,001,20260131,0000140000,,1190.00,EUR,20260203081500
        0L,1000,2026,100,000002,001,20260131,0000800000,CC10,-1000.00,EUR,20260203081500
        0L,1000,2026,100,000003,001,20260131,0000175000,,190.00-,EUR,20260203081500
        2L,1000,2026,100,000001,001,20260131,0000140000,,1190.00,EUR,20260203081500
        0L,1000,2026,,000001,000,20260101,0000140000,,77.00,EUR,20260101000000
        """,
    )
    assert (found["accepted"], found["excluded"]) == (3, 2)
    assert [row["amount_local"] for row in found["rows"]] == ["1190", "-1000", "-190"]
    assert found["amount_accepted"] == "0.00"
    assert found["rows"][1]["entry_id"] == "1000-2026-100-000002"
    assert found["rows"][1]["known_on"] == "2026-02-03"


def test_yen_with_decimals_are_told_before_a_book_counts_them(desk: Desk) -> None:
    text = """
        BUKRS,BELNR,GJAHR,BUZEI,BUDAT,SHKZG,DMBTR,HKONT,HWAER
        2000,1,2026,1,20260131,S,100.50,0000470000,JPY
        2000,1,2026,2,20260131,H,100.50,0000160000,JPY
        1000,1,2026,1,20260131,S,100.50,0000470000,EUR
    """
    found = desk.tried("sap-bseg", text)
    assert found["verdict"] == "warn"
    (finding,) = [f for f in found["findings"] if f["rule"] == "decimals"]
    assert finding["message"] == "JPY has no decimals, and 2 of its amounts have some"
    assert "1000 as 10.00" in finding["advice"]


def test_a_connector_s_table_has_lower_case_initial_days_and_deleted_rows(desk: Desk) -> None:
    found = desk.tried(
        "sap-bseg",
        """
        mandt,bukrs,belnr,gjahr,buzei,h_budat,h_bldat,cpudt,shkzg,dmbtr,hkont,h_hwaer,_fivetran_deleted
        800,3000,100000795,2006,1,20060131,0,0,h,297.00,483000,eur,FALSE
        800,3000,100000795,2006,2,20060131,00000000,00000000,s,297.00,160000,eur,FALSE
        800,3000,100000796,2006,1,20060131,0,0,h,9.00,483000,eur,TRUE
        """,
    )
    assert (found["accepted"], found["quarantined"], found["excluded"]) == (2, 0, 1)
    assert [row["amount_local"] for row in found["rows"]] == ["-297", "297"]
    assert {row["currency"] for row in found["rows"]} == {"EUR"}
    assert {row["known_on"] for row in found["rows"]} == {"2006-01-31"}
