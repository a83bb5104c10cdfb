from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pfkit.errors import BookError

if TYPE_CHECKING:
    Desk = Any

STRIPE = "stripe-balance-transactions"


def test_the_answer_holds_verdict_balance_rows_and_what_is_absent(desk: Desk) -> None:
    found = desk.tried(
        STRIPE,
        """
        id,amount,currency,created,type,source
        txn_1,1999,eur,1767225600,charge,ch_1
        txn_2,-499,eur,1767312000,refund,re_1
        txn_3,x,eur,1767312000,charge,ch_3
        txn_4,-1000,eur,1767312000,payout,po_1
        """,
    )
    assert found["verdict"] == "quarantine"
    assert [found[key] for key in ("rows_in", "accepted", "quarantined", "excluded")] == [
        4,
        2,
        1,
        1,
    ]
    # 19.99 - 4.99 + nothing readable - 10.00
    assert found["amount_in"] == "5.00"
    assert (found["amount_accepted"], found["amount_excluded"]) == ("15.00", "-10.00")
    assert found["columns"]["id"] == "id"
    assert found["absent"] == ["customer_id", "description"]
    assert found["rows"][0] == {
        "at": "export.csv 2",
        "invoice_id": "txn_1",
        "invoice_date": "2026-01-01",
        "product": "(none)",
        "kind": "charge",
        "currency": "EUR",
        "amount_local": "19.99",
        "known_on": "2026-01-01",
    }


def test_amounts_of_several_currencies_stand_apart(desk: Desk) -> None:
    found = desk.tried(
        STRIPE,
        """
        id,amount,currency,created,type
        a,1999,usd,1767225600,charge
        b,1999,jpy,1767225600,charge
        c,1999,bhd,1767225600,charge
        """,
    )
    amounts = {code: held["amount_accepted"] for code, held in found["by_currency"].items()}
    assert amounts == {"USD": "19.99", "JPY": "1999.00", "BHD": "1.999"}


def test_a_file_that_is_not_there_is_rejected(desk: Desk) -> None:
    from pfkit.conform.adapters.tried import try_adapter

    found = try_adapter(STRIPE, desk.folder / "nothing.csv")
    assert found["verdict"] == "reject"
    assert found["findings"][0]["message"] == "the file does not exist"


def test_a_name_with_marks_of_a_pattern_is_one_file(desk: Desk) -> None:
    text = "id,amount,currency,created,type\na,1999,usd,1767225600,charge\n"
    found = desk.tried(STRIPE, text, name="report [final]*.csv")
    assert found["accepted"] == 1


def test_an_unknown_adapter_is_an_error(desk: Desk) -> None:
    with pytest.raises(BookError, match="there is no adapter 'stripes'"):
        desk.tried("stripes", "a\n1\n")


def test_days_are_those_of_the_file_s_own_zone(desk: Desk) -> None:
    from pfkit.conform.adapters.tried import try_adapter

    # ten past midnight of 1 April in Berlin is still March in UTC
    text = """
        id,amount,currency,created,type
        txn_1,1999,eur,2026-04-01 00:10:00,charge
        """
    path = desk.file(text)
    settings = {"zone": "Europe/Berlin"}
    found = try_adapter("stripe-balance-transactions", path, settings=settings)
    assert found["rows"][0]["invoice_date"] == "2026-04-01"
