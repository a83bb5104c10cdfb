"""What a book makes of wrong milestones, benefits and cash flows: held back by name, or refused."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from pfkit.book import Book, open_book
from pfkit.errors import ContractError
from pfkit.measures import benefits, cost_to_complete, milestones, promises, roi

if TYPE_CHECKING:
    from pathlib import Path

BOOK = """
company = { name = "Shop", currency = "EUR" }
[[sources]]
name = "ledger"
table = "actuals"
path = "ledger.csv"
known_on = { date = 2026-04-02 }
columns = { period = "month", product = "product", account = "account", currency = "currency", \
amount_local = "amount" }
[[sources]]
name = "initiatives"
table = "initiatives"
path = "initiatives.csv"
known_on = { date = 2025-12-20 }
columns = { initiative = "id", name = "name", owner = "owner", approved_amount = "approved", \
approved_on = "approved on", start = "start" }
[[sources]]
name = "flows"
table = "cashflows"
path = "flows.csv"
known_on = { column = "known" }
columns = { initiative = "id", period = "month", kind = "kind", flow = "flow", \
currency = "currency", amount_local = "amount" }
[[sources]]
name = "stones"
table = "milestones"
path = "stones.csv"
known_on = { column = "known" }
columns = { initiative = "id", milestone = "what", planned_on = "planned", done_on = "done", \
weight = "weight", go_live = "live" }
[[sources]]
name = "register"
table = "benefits"
path = "register.csv"
known_on = { column = "known" }
columns = { benefit = "id", initiative = "of", name = "name", metric = "metric", \
promised_amount = "promised", realized_amount = "realized", realized_low = "low", \
realized_high = "high", level = "level", measured_on = "measured", status = "status" }
"""
FILES = {
    "ledger.csv": """
        month,product,account,currency,amount
        2026-03,Atlas,hosting,EUR,10
    """,
    "initiatives.csv": """
        id,name,owner,approved,approved on,start
        I-1,Rebuild,Ines,1000,2025-12-20,2026-01
    """,
    "flows.csv": """
        id,month,kind,flow,currency,amount,known
        I-1,2026-03,actual,benefit,EUR,300,2026-04-02
        I-1,2026-02,plan,benefit,EUR,600,2025-12-20
        I-1,2026-01,plan,investment,EUR,-1000,2025-12-20
        I-1,2026-01,actual,investment,EUR,-1100,2026-02-02
        I-1,2026-03,plan,benefit,EUR,600,2025-12-20
    """,
    "stones.csv": """
        id,what,planned,done,weight,live,known
        I-1,Cutover,2026-02-01,2026-03-01,1,true,2026-03-02
    """,
    "register.csv": """
        id,of,name,metric,promised,realized,low,high,level,measured,status,known
        B1,I-1,Calls,calls,2400,1200,1000,1400,0.9,2026-03-31,measured,2026-04-02
    """,
}


def opened(folder: Path, **more: str) -> Book:
    """Open the book with lines added to its files."""
    (folder / "book.toml").write_text(BOOK, encoding="utf-8")
    for name, text in FILES.items():
        lines = [line.strip() for line in text.strip().splitlines()]
        lines += [more[name[:-4]]] if name[:-4] in more else []
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return open_book(folder, period="2026-03", as_of="2026-04-30")


@pytest.mark.parametrize(
    ("table", "line", "rule"),
    [
        ("stones", "I-1,Cutover,2026-02-09,,1,true,2026-03-02", "repeated key"),
        ("stones", "I-9,Cutover,2026-02-09,,1,true,2026-03-02", "unknown initiative"),
        ("stones", "I-1,Pilot,2026-02-09,2026-05-01,1,,2026-04-02", "done after it was known"),
        ("stones", "I-1,Pilot,,,1,,2026-04-02", "missing value"),
        ("register", "B2,I-9,Rent,rent,100,,,,,,promised,2026-04-02", "unknown initiative"),
        ("register", "B2,I-1,Rent,rent,100,90,,,,,measured,2026-04-02", "realized without a date"),
        (
            "register",
            "B2,I-1,Rent,rent,100,90,95,85,0.9,2026-03-31,measured,2026-04-02",
            "interval reversed",
        ),
        (
            "register",
            "B2,I-1,Rent,rent,100,90,95,99,0.9,2026-03-31,measured,2026-04-02",
            "amount outside its interval",
        ),
        ("register", "B2,I-1,Rent,rent,100,,,,,,done,2026-04-02", "value not allowed"),
        ("flows", "I-9,2026-02,plan,benefit,EUR,1,2025-12-20", "unknown initiative"),
        ("flows", "I-1,2026-13,plan,benefit,EUR,1,2025-12-20", "unreadable value"),
        ("flows", "I-1,2026-02,planned,benefit,EUR,1,2025-12-20", "value not allowed"),
    ],
)
def test_a_wrong_row_is_held_back_by_name_and_changes_nothing(
    tmp_path: Path, table: str, line: str, rule: str
) -> None:
    book = opened(tmp_path, **{table: line})
    held = book.conformed.engine.rows(
        f"SELECT _reason FROM rows_{table} WHERE _status = 'quarantined'"
    )
    assert [reason for (reason,) in held] == [rule]
    day = date(2026, 4, 30)
    cost = cost_to_complete(
        book.cashflows, book.initiatives, book.milestones, period=book.period, as_of=day
    )
    assert cost["estimate_at_completion"].tolist() == [1100, 1100]
    assert milestones(book.milestones, book.initiatives, as_of=day)["slip_days"].tolist() == [28]
    told = benefits(book.benefits, book.initiatives, as_of=day, currency=book.currency)
    assert told.set_index("row_key").loc["total", "realized_amount"] == 1200


def test_flows_in_any_order_and_a_book_of_them_give_one_answer(tmp_path: Path) -> None:
    book = opened(tmp_path)
    row = roi(book.cashflows, book.initiatives, rate=0.1, period=book.period).iloc[0]
    assert (row["net_plan"], row["net_actual"]) == (200, -800)
    kept = promises(
        book.cashflows, book.initiatives, book.milestones, period=book.period, horizons=[2]
    )
    assert kept.iloc[0][["promised", "realized"]].tolist() == [1200, 300]


def test_a_currency_without_a_rate_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError) as caught:
        opened(tmp_path, flows="I-1,2026-03,actual,benefit,USD,50,2026-04-02")
    assert "no rate for USD in 2026-03 (1 rows, 50.00 USD)" in str(caught.value)


def test_what_is_learned_later_does_not_count_then(tmp_path: Path) -> None:
    opened(tmp_path, stones="I-1,Cutover,2026-02-01,2026-03-05,1,true,2026-04-20")
    now = open_book(tmp_path, period="2026-03", as_of="2026-04-30")
    then = open_book(tmp_path, period="2026-03", as_of="2026-04-10")
    days = [
        milestones(book.milestones, as_of=book.as_of)["done_on"].tolist() for book in (now, then)
    ]
    assert days == [["2026-03-05"], ["2026-03-01"]]
