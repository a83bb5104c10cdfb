from __future__ import annotations

import contextlib
import json
import re
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from pfkit.book import check_book
from pfkit.cli.told import told
from pfkit.conform.verdict import VERDICTS, rejection
from pfkit.errors import PfkitError, SourceError

if TYPE_CHECKING:
    Shop = Any

FIGURES = {
    "rows_in",
    "accepted",
    "quarantined",
    "excluded",
    "amount_in",
    "amount_accepted",
    "amount_quarantined",
    "amount_excluded",
}
FINDING = {"rule", "severity", "line", "column", "value", "message", "advice"}


def test_a_clean_book_is_accepted(shop: Shop) -> None:
    shop.declare()
    found = check_book(shop.path)
    assert found["verdict"] == "accept"
    assert found["findings"] == []
    assert (found["rows_in"], found["accepted"]) == (2, 2)
    assert (found["amount_in"], found["amount_accepted"]) == ("30.50", "30.50")


def test_the_answer_has_the_documented_keys_and_is_json(shop: Shop) -> None:
    shop.declare('key = ["invoice_id"]')
    shop.write(
        "billing.csv",
        "id,day,item,amount\nA1,2026-01-31,tea,1.25\nA1,2026-01-31,tea,2.50\n",
    )
    found = check_book(shop.path)
    known = {"freshness", "late", "since", "changes", "rewritten", "loads"}
    head = {"verdict", "by_table", "balance", "red", "findings", "failed"}
    assert set(found) == {*head, *known, *FIGURES}
    assert set(found["balance"][0]) == {"source", "table", "period", *FIGURES}
    assert all(set(finding) == FINDING for finding in found["findings"])
    assert json.loads(json.dumps(found)) == found


def test_the_digest_of_a_query_is_no_secret_and_no_repair(shop: Shop) -> None:
    with contextlib.closing(sqlite3.connect(shop.path / "shop.db")) as held:
        held.execute("CREATE TABLE lines (id TEXT, day TEXT, item TEXT, a TEXT)")
        held.execute("INSERT INTO lines VALUES ('A1', '2026-01-31', 'tea', '9.00')")
        held.commit()
    shop.ledger(
        """
        [[sources]]
        name = "billing"
        table = "invoices"
        url = "sqlite:///shop.db"
        query = "lines"
        known_on = { column = "day", at = "day" }
        columns = { invoice_id = "id", invoice_date = "day", product = "item", amount_local = "a" }
        """,
        {},
    )
    found = check_book(shop.path)
    assert (found["verdict"], found["findings"]) == ("accept", [])
    (fact,) = shop.open().provenance.to_dict("records")
    assert re.fullmatch("query sha256 [0-9a-f]{64}", fact["notes"])


def test_what_makes_a_report_a_draft_is_said_first(shop: Shop) -> None:
    shop.declare('key = ["invoice_id"]', head="[policies]\nmateriality_amount = 1")
    shop.write("billing.csv", "id,day,item,amount\nA1,2026-01-31,tea,9\nA1,2026-01-31,tea,500\n")
    found = check_book(shop.path)
    assert found["red"] == ["Held back (billing)"]
    assert told(found).splitlines()[2] == "red, a report would be a draft: Held back (billing)"
    shop.write("billing.csv", "id,day,item,amount\nA1,2026-01-31,tea,9\n")
    clean = check_book(shop.path)
    assert (clean["red"], "red" in told(clean)) == ([], False)


def test_each_table_adds_up_by_itself_in_its_own_unit(shop: Shop) -> None:
    usage = """
    [[sources]]
    name = "clicks"
    table = "usage"
    path = "clicks.csv"
    known_on = { column = "ts", at = "day" }
    columns = { ts = "ts", customer = "c", product = "p", feature = "f", \
metric = { constant = "m" }, units = "n" }
    """
    shop.declare(tail=usage.replace("\n    ", "\n"))
    shop.write("clicks.csv", "ts,c,p,f,n\n2026-01-09,c1,tea,f,4\n2026-01-10,c1,tea,f,x\n")
    found = check_book(shop.path)
    billing, clicks = found["by_table"]
    assert (billing["table"], billing["unit"], billing["rows_in"]) == ("invoices", "EUR", 2)
    assert (billing["amount_in"], billing["amount_accepted"]) == ("30.50", "30.50")
    assert (clicks["table"], clicks["unit"]) == ("usage", "units of the metric")
    assert (clicks["rows_in"], clicks["quarantined"], clicks["amount_in"]) == (2, 1, "4.00")
    assert told(found).splitlines()[1:3] == [
        "  invoices: 2 rows in, all accepted; 30.50 EUR in",
        (
            "  usage: 2 rows in, 1 accepted, 1 quarantined; 4.00 units of the metric in, "
            "4.00 accepted, 0.00 quarantined"
        ),
    ]


def test_rows_held_back_are_found_with_line_value_and_advice(shop: Shop) -> None:
    shop.declare()
    shop.write("billing.csv", "id,day,item,amount\nA1,2026-01-31,tea,1.25\nA2,2026-01-31,tea,x\n")
    found = check_book(shop.path)
    assert found["verdict"] == "quarantine"
    assert (found["rows_in"], found["quarantined"]) == (2, 1)
    (finding,) = [f for f in found["findings"] if f["severity"] == "quarantine"]
    assert finding == {
        "rule": "unreadable value",
        "severity": "quarantine",
        "line": "billing.csv 3",
        "column": "amount_local",
        "value": "x",
        "message": "invoices amount_local 'x'",
        "advice": "It is no number; correct the value.",
    }


def test_an_amber_control_warns(shop: Shop) -> None:
    shop.declare(
        tail='[[controls]]\nsource = "billing"\npath = "t.csv"\nperiod = "m"\namount = "eur"'
    )
    found = check_book(shop.path)
    assert found["verdict"] == "warn"
    (finding,) = found["findings"]
    assert (finding["rule"], finding["severity"]) == ("Control total", "warn")


def test_a_repair_is_listed(shop: Shop) -> None:
    shop.declare()
    (shop.path / "billing.csv").write_bytes(
        "id,day,item,amount\nA1,2026-01-31,thé,1.00\n".encode("cp1252")
    )
    found = check_book(shop.path)
    assert found["verdict"] == "repair"
    assert [f["severity"] for f in found["findings"]] == ["repair"]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"source": 'path = "nothing.csv"'}, "SourceError"),
        ({"columns": 'customer = "who"'}, "BookError"),
        ({"head": "[polices]\nx = 1"}, "BookError"),
    ],
)
def test_what_cannot_be_loaded_is_rejected_with_its_reason(
    shop: Shop, change: dict[str, str], rule: str
) -> None:
    with contextlib.suppress(PfkitError):  # the file is written; the check says what is wrong
        shop.declare(**change)
    found = check_book(shop.path)
    assert found["verdict"] == "reject"
    head = {"verdict", "by_table", "balance", "red", "findings", "failed"}
    assert set(found) == {*head, *FIGURES}
    (finding,) = found["findings"]
    assert (finding["rule"], finding["severity"]) == (rule, "reject")
    assert finding["message"]
    assert finding["advice"]


def test_a_period_without_data_is_rejected(shop: Shop) -> None:
    shop.declare()
    found = check_book(shop.path, period="2031-01")
    assert (found["verdict"], found["findings"][0]["rule"]) == ("reject", "PeriodError")


def test_units_of_usage_are_no_money(shop: Shop) -> None:
    usage = """
    [[sources]]
    name = "usage"
    table = "usage"
    path = "usage.csv"
    known_on = { date = 2026-01-31 }
    columns = { period = "month", customer = "c", product = "p", metric = "m", units = "n" }
    """
    shop.declare(tail=usage)
    shop.write("usage.csv", "month,c,p,m,n\n2026-01,Ann,tea,cups,1000\n")
    found = check_book(shop.path)
    assert found["amount_in"] == "30.50"
    assert found["rows_in"] == 3


def test_a_rejection_names_where(shop: Shop) -> None:
    error = SourceError("no file", where=str(shop.path), advice="Put it there.")
    (finding,) = rejection(error)["findings"]
    assert (finding["line"], finding["message"]) == (str(shop.path), "no file")


def test_verdicts_run_from_harmless_to_final() -> None:
    assert VERDICTS == ("accept", "repair", "warn", "quarantine", "reject")
