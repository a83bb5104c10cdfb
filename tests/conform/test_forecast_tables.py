from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    Shop = Any

LEDGER = """
    [[sources]]
    name = "ledger"
    table = "actuals"
    path = "ledger.csv"
    known_on = { column = "booked", at = "day" }
    [sources.columns]
    period = "month"
    product = "item"
    account = "account"
    amount_local = "amount"
    currency = { constant = "EUR" }

    [[sources]]
    name = "accounts"
    table = "accounts"
    path = "accounts.csv"
    [sources.columns]
    account = "account"
    name = "account"
    line = "line"
    group = "group"
    favorable_when = "better"

    [[sources]]
    name = "rounds"
    table = "forecast"
    path = "forecast.csv"
    known_on = { column = "made", at = "day" }
    [sources.columns]
    version = "who"
    period = "month"
    product = "item"
    account = "account"
    entered_by = "by"
    amount_local = "amount"
    currency = { constant = "EUR" }
"""
FILES = {
    "ledger.csv": """
        month,item,account,amount,booked
        2026-01,tea,sales,100.00,2026-01-31
        2026-01,tea,refunds,4.00,2026-02-20
        2026-01,tea,rent,30.00,2026-01-31
        2026-02,tea,sales,110.00,2026-02-28
    """,
    "accounts.csv": """
        account,line,group,better
        sales,Sales,gross,higher
        refunds,Refunds,returns,lower
        rent,Rent,operating,lower
    """,
    "forecast.csv": """
        who,month,item,account,amount,made,by
        analyst,2026-03,tea,sales,120.00,2026-02-03,Ann
        analyst,2026-03,tea,refunds,5.00,2026-02-03,Ann
        analyst,2026-03,tea,sales,130.00,2026-03-03,Ann
    """,
}


def _opened(shop: Shop, **kwargs: Any) -> Any:  # noqa: ANN401 - as open_book
    shop.ledger(LEDGER, FILES)
    return shop.open(**kwargs)


def test_net_revenue_as_it_was_known_on_every_day(shop: Shop) -> None:
    book = _opened(shop, period="2026-02")
    rows = book.revenue_known
    actual = rows[rows["kind"] == "actual"]
    told = actual[["period", "product", "amount"]].values.tolist()
    assert told == [["2026-01", "tea", 100.0], ["2026-01", "tea", -4.0], ["2026-02", "tea", 110.0]]
    assert actual["known_on"].tolist() == [
        dt.date(2026, 1, 31),
        dt.date(2026, 2, 20),
        dt.date(2026, 2, 28),
    ]


def test_an_analysts_forecast_is_read_with_the_day_it_was_made(shop: Shop) -> None:
    book = _opened(shop, period="2026-02")
    assert book.forecast["version"].unique().tolist() == ["analyst"]
    rows = book.revenue_known
    said = rows[rows["kind"] == "forecast"]
    assert said[["version", "amount"]].values.tolist() == [["analyst", 115.0], ["analyst", 130.0]]
    then = _opened(shop, period="2026-02", as_of="2026-02-28")
    assert then.revenue_known.query("kind == 'forecast'")["amount"].tolist() == [115.0]


def test_an_origin_is_known_as_long_after_its_month_as_the_report(shop: Shop) -> None:
    book = _opened(shop, period="2026-02", as_of="2026-03-03")
    assert book.forecast_origins == {
        "2026-01": dt.date(2026, 2, 3),
        "2026-02": dt.date(2026, 3, 3),
    }


def test_a_book_that_only_bills_has_what_it_billed(shop: Shop) -> None:
    shop.declare()
    book = shop.open(period="2026-01")
    assert book.revenue_known[["kind", "product", "amount"]].values.tolist() == [
        ["actual", "coffee", 20.5],
        ["actual", "tea", 10.0],
    ]
    assert book.kept_forecasts.empty
    assert book.forecast_champion == "full"


def test_the_last_method_adopted_is_the_champion(shop: Shop) -> None:
    from pfkit.conform.forecasts import decide

    shop.declare()
    rows = [{"method": "theta", "champion": "full", "decision": "adopt", "reason": ""}]
    decide(shop.path / "state", rows, origin="2026-01", on=dt.date(2026, 1, 31))
    book = shop.open(period="2026-01")
    assert book.forecast_champion == "theta"
    assert "forecast_register.jsonl" in set(book.provenance["file"])
    earlier = shop.open(period="2026-01", as_of="2026-01-30")
    assert earlier.forecast_champion == "full"
    assert "forecast_register.jsonl" not in set(earlier.provenance["file"])
