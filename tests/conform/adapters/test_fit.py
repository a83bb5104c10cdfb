from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from pfkit.conform.adapters.fit import better, fit, fitting, source_of
from pfkit.errors import SourceError

if TYPE_CHECKING:
    Desk = Any
    Shop = Any

BALANCE = ["id", "amount", "currency", "created", "type"]


def test_a_column_is_taken_by_its_name_an_alias_or_one_spelled_alike() -> None:
    held = fit(
        source_of("stripe-balance-transactions"),
        ["Balance Transaction ID", "AMOUNT", "Currency", "created", "type", "fee"],
    )
    assert held.missing == ()
    assert held.renamed == {
        "id": "Balance Transaction ID",
        "amount": "AMOUNT",
        "currency": "Currency",
    }
    assert set(held.absent) == {"customer_id", "description"}


def test_its_own_name_goes_before_an_alias() -> None:
    held = fit(source_of("stripe-balance-transactions"), [*BALANCE, "created_at"])
    assert held.taken["created"] == "created"


def test_a_name_spelled_alike_goes_before_an_alias_further_down() -> None:
    # when a connector copied a row says nothing of when it was changed
    have = ["id", "stage_name", "amount", "close_date", "last_modified_date", "_fivetran_synced"]
    held = fit(source_of("salesforce-opportunities"), have)
    assert held.taken["LastModifiedDate"] == "last_modified_date"


def test_missing_columns_are_named_with_the_nearest_there_and_the_adapter_that_fits(
    desk: Desk,
) -> None:
    found = desk.tried(
        "sap-bseg",
        """
        id,amount,currency,created,type,kostl
        txn_1,100,eur,2026-01-05,charge,7
        """,
    )
    assert found["verdict"] == "reject"
    ((message, advice),) = [(f["message"], f["advice"]) for f in found["findings"]]
    assert message.startswith("adapter 'sap-bseg' finds no column 'BUKRS', 'BELNR', 'GJAHR'")
    assert message.endswith("(8 missing, 1 found)")
    assert advice.startswith("It fits adapter 'stripe-balance-transactions'; take that one.")


def test_where_no_adapter_fits_an_alias_is_offered(desk: Desk) -> None:
    found = desk.tried(
        "stripe-balance-transactions",
        """
        id,amounts,currency,created,type
        txn_1,100,eur,2026-01-05,charge
        """,
    )
    (finding,) = found["findings"]
    assert finding["message"] == (
        "adapter 'stripe-balance-transactions' finds no column 'amount' (nearest there: 'amounts')"
    )
    assert 'aliases = { "amount" = ... }' in finding["advice"]


def test_of_the_adapters_that_fit_the_fullest_comes_first() -> None:
    assert better([*BALANCE, "description", "source"])[0] == "stripe-balance-transactions"
    assert better(["a", "b"]) == []


def test_an_adapter_that_fits_better_but_not_whole_is_named_with_what_it_lacks(desk: Desk) -> None:
    found = desk.tried(
        "sap-bseg",
        """
        txn,amount,currency,created,type
        txn_1,100,eur,2026-01-05,charge
        """,
    )
    (finding,) = found["findings"]
    assert finding["advice"].startswith(
        "Adapter 'stripe-balance-transactions' fits better, but for 'id'."
    )


def test_a_column_the_book_reads_by_its_own_name_stays_there(shop: Shop) -> None:
    shop.ledger(
        """
        [[sources]]
        name = "stripe"
        path = "stripe.csv"
        adapter = "stripe-balance-transactions"
        columns = { product = "balance_transaction_type" }
        """,
        {
            "stripe.csv": """
                id,amount,currency,created,balance_transaction_type
                txn_1,100,eur,2026-01-05,charge
            """
        },
    )
    sold = shop.open().table("invoices")
    assert (sold["product"].tolist(), sold["kind"].tolist()) == (["charge"], ["charge"])


def test_tags_that_the_book_names_are_not_gathered() -> None:
    from pfkit.conform.adapters.form import shipped
    from pfkit.conform.adapters.resolve import merged

    own = {"name": "oci", "path": "*.csv", "columns": {"tags": "labels"}}
    whole = merged(own, shipped("oci-cost-report"), {"name": "oci-cost-report"})
    assert whole["adapter"]["gather"] == {}
    assert whole["columns"]["tags"] == "labels"


def test_an_adapter_reads_a_connector_s_table_where_it_stands(shop: Shop) -> None:
    with closing(sqlite3.connect(shop.path / "warehouse.db")) as held:
        held.execute(
            "CREATE TABLE balance_transaction (ID text, AMOUNT integer, CURRENCY text, "
            "CREATED text, TYPE text)"
        )
        held.execute(
            "INSERT INTO balance_transaction VALUES "
            "('txn_1', 1999, 'eur', '2026-01-31 23:30:00', 'charge'), "
            "('txn_2', -1999, 'eur', '2026-02-01 00:30:00', 'refund')"
        )
        held.commit()
    shop.ledger(
        """
        [[sources]]
        name = "stripe"
        url = "sqlite:///warehouse.db"
        query = "balance_transaction"
        adapter = "stripe-balance-transactions"
        """,
        {},
    )
    sold = shop.open(period="2026-01").table("invoices")
    assert sold["amount"].tolist() == [19.99, -19.99]
    assert sold["kind"].tolist() == ["charge", "refund"]


def test_an_answer_of_an_api_is_known_by_where_its_records_stand(desk: Desk) -> None:
    answer = """
        {"Journals": [{"JournalDate": "/Date(1518652800000+0000)/",
         "CreatedDateUTC": "/Date(1518652800000+0000)/",
         "JournalLines": [{"JournalLineID": "l1", "AccountCode": "200", "NetAmount": -1.0}]}]}
    """
    assert fitting(desk.file(answer, "journals.json"))[0] == "xero-journal-lines"
    assert fitting(desk.file("id,amount,currency,created,type\nt1,1,eur,1,charge\n"))[0] == (
        "stripe-balance-transactions"
    )


def test_a_file_that_no_adapter_can_read_is_refused(desk: Desk) -> None:
    with pytest.raises(SourceError, match="no line holds a JSON object"):
        fitting(desk.file("{oops\n{again\n", "broken.json"))
