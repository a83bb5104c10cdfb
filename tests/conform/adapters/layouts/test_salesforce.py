from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pfkit.conform.booktoml import read_declaration
from pfkit.conform.pipeline import conform

if TYPE_CHECKING:
    Desk = Any
    Shop = Any

API = """
    Id,Name,AccountId,StageName,Amount,Probability,CloseDate,CreatedDate,LastModifiedDate,CurrencyIsoCode,IsClosed,IsWon,IsDeleted,OwnerId
    006A,Renewal,001,Proposal,24000.00,40,2026-09-30,2026-06-02T08:00:00.000Z,2026-06-10T08:00:00.000Z,EUR,false,false,false,005X
    006A,Renewal,001,Closed Won,20000.00,100,2026-08-31,2026-06-02T08:00:00.000Z,2026-08-31T09:00:00.000Z,EUR,true,true,false,005X
    006B,New,002,Closed Lost,5000.00,0,2026-08-15,2026-06-02T08:00:00.000Z,2026-08-15T09:00:00.000Z,USD,true,false,false,005X
    006C,Early,003,Qualify,,10,2026-12-31,2026-08-01T08:00:00.000Z,2026-08-01T08:00:00.000Z,EUR,false,false,false,005X
    006D,Typo,003,Qualify,9.00,10,2026-12-31,2026-08-01T08:00:00.000Z,2026-08-01T08:00:00.000Z,EUR,false,false,true,005X
"""


def test_the_last_known_state_of_an_opportunity_counts(desk: Desk) -> None:
    found = desk.tried("salesforce-opportunities", API)
    assert (found["accepted"], found["excluded"]) == (3, 2)  # an earlier state, and a deleted one
    rows = {row["opportunity"]: row for row in found["rows"]}
    assert [rows[name]["status"] for name in ("006A", "006B", "006C")] == ["won", "lost", "open"]
    assert (rows["006A"]["amount_local"], rows["006A"]["period"]) == ("20000", "2026-08")
    assert rows["006C"]["win_rate"] == "0.1"
    assert rows["006C"]["amount_local"] == "0"  # not worth anything yet
    assert "005X" not in str(found)  # owners are persons


def test_an_earlier_day_knows_the_earlier_state(shop: Shop) -> None:
    shop.ledger(
        """
        [[sources]]
        name = "pipeline"
        path = "opportunities.csv"
        adapter = "salesforce-opportunities"
        columns = { currency = { constant = "EUR" } }
        """,
        {"opportunities.csv": API},
    )
    then = conform(
        read_declaration(shop.path), data=shop.path, book=shop.path, as_of=date(2026, 6, 30)
    )
    known = then.engine.rows("SELECT opportunity, status, amount FROM final_opportunities")
    assert known == [("006A", "open", Decimal(24000))]


def test_a_report_has_names_as_people_read_them(desk: Desk) -> None:
    found = desk.tried(
        "salesforce-opportunities",
        """
        Opportunity ID,Opportunity Name,Account Name,Stage,Probability (%),Amount Currency,Amount,Close Date,Created Date,Last Modified Date
        006A,Renewal,Nordwind,Closed Won,100,EUR,20000.00,2026-08-31,2026-06-02,2026-08-31
        """,
    )
    (row,) = found["rows"]
    assert (row["stage"], row["status"], row["win_rate"]) == ("Closed Won", "won", "1")


def test_a_state_without_its_day_is_not_taken_as_known_since_the_deal_was_entered(
    desk: Desk,
) -> None:
    found = desk.tried(
        "salesforce-opportunities",
        """
        Opportunity ID,Stage,Amount,Close Date,Created Date
        006A2,Closed Won,12000.00,2026-03-20,2026-01-10
        """,
    )
    assert found["verdict"] == "reject"
    assert "finds no column 'LastModifiedDate'" in found["findings"][0]["message"]
