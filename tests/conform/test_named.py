"""A bill in the form of FOCUS fills its columns itself; what is missing or wrong is named."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pfkit.errors import BookError, ContractError

if TYPE_CHECKING:
    Shop = Any

HEAD = (
    "BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ProviderName,"
    "ServiceName,ChargeCategory,ChargeFrequency,BillingCurrency,BilledCost,EffectiveCost,Tags\n"
)
MONTH = "2026-01-01T00:00:00Z,2026-02-01T00:00:00Z"
HOUR = "2026-01-31T23:00:00Z,2026-02-01T00:00:00Z"
BOOK = """
    [[sources]]
    name = "bill"
    table = "cloud"
    path = "bill.*"
    known_on = { date = 2026-02-05 }
    columns = { product = { tag = "app" } }
"""


def line(**changed: str) -> str:
    cells = {
        "hour": HOUR,
        "category": "Usage",
        "frequency": "Usage-Based",
        "currency": "EUR",
        "billed": "1.00",
        "effective": "0.90",
        "tags": '"{""app"": ""Atlas""}"',
    } | changed
    return (
        f"{MONTH},{cells['hour']},Acme,Compute,{cells['category']},{cells['frequency']},"
        f"{cells['currency']},{cells['billed']},{cells['effective']},{cells['tags']}\n"
    )


def test_columns_fill_themselves_by_their_names_in_the_standard(shop: Shop) -> None:
    shop.ledger(BOOK, {"bill.csv": HEAD + line()})
    (row,) = shop.open().table("cloud").to_dict("records")
    assert (row["period"], row["product"], row["charge_category"]) == ("2026-01", "Atlas", "Usage")
    assert (row["billed_cost"], row["effective_cost"]) == (1.0, 0.9)
    assert (row["amount"], row["billed_amount"]) == (0.9, 1.0)


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_a_bill_is_of_its_month_in_every_zone(shop: Shop, zone: str) -> None:
    # Midnight of 1 January in UTC is 31 December in New York; the bill is January's.
    shop.ledger(BOOK, {"bill.csv": HEAD + line()})
    book = shop.path / "book.toml"
    book.write_text(book.read_text().replace('"EUR"', f'"EUR"\nzone = "{zone}"', 1))
    (row,) = shop.open(period="2026-01").table("cloud").to_dict("records")
    assert row["period"] == "2026-01"
    assert str(row["billing_period_start"]) == "2026-01-01"
    assert str(row["charge_period_start"]) == "2026-01-31 23:00:00"


def test_names_may_be_spelled_with_marks_and_a_declared_column_wins(shop: Shop) -> None:
    head = HEAD.replace("BilledCost", "billed_cost").replace("ServiceName", "Service Name")
    more = 'columns = { product = { tag = "app" }, service_name = { constant = "VMs" } }'
    shop.ledger(
        BOOK.replace('columns = { product = { tag = "app" } }', more), {"bill.csv": head + line()}
    )
    (row,) = shop.open().table("cloud").to_dict("records")
    assert (row["billed_cost"], row["service_name"]) == (1.0, "VMs")


def test_a_bill_without_billed_cost_is_refused_by_name(shop: Shop) -> None:
    shop.ledger(BOOK, {"bill.csv": HEAD.replace("BilledCost", "BiledCost") + line()})
    with pytest.raises(BookError, match="no column 'BilledCost', which table cloud needs") as error:
        shop.open()
    assert error.value.advice == (
        "Declare `billed_cost = ...` under columns. The closest known column is 'BiledCost'."
    )


def test_a_line_without_billed_cost_is_held_back(shop: Shop) -> None:
    shop.ledger(BOOK, {"bill.csv": HEAD + line() + line(billed="")})
    (held,) = shop.open().quarantine.to_dict("records")
    assert (held["rule"], held["column"], held["line"]) == ("missing value", "billed_cost", "3")


def test_values_of_closed_lists_may_be_spelled_otherwise_but_not_be_others(shop: Shop) -> None:
    text = HEAD + line(category="USAGE", frequency="usage_based") + line(category="Usge")
    shop.ledger(BOOK, {"bill.csv": text})
    book = shop.open()
    (row,) = book.table("cloud").to_dict("records")
    assert (row["charge_category"], row["charge_frequency"]) == ("Usage", "Usage-Based")
    (held,) = book.quarantine.to_dict("records")
    assert (held["rule"], held["value"]) == ("value not allowed", "Usge")
    assert held["advice"] == "Use one of Usage, Purchase, Tax, Credit, Adjustment."


def test_a_reversed_charge_period_is_held_back_with_its_amount(shop: Shop) -> None:
    backwards = ",".join(reversed(HOUR.split(",")))
    shop.ledger(BOOK, {"bill.csv": HEAD + line() + line(hour=backwards)})
    (held,) = shop.open().quarantine.to_dict("records")
    assert (held["rule"], held["amount"]) == ("charge period reversed", 0.9)
    assert held["advice"].endswith("a charge period ends after it begins")


def test_a_currency_without_a_rate_is_refused(shop: Shop) -> None:
    shop.ledger(BOOK, {"bill.csv": HEAD + line() + line(currency="USD", effective="12.00")})
    with pytest.raises(ContractError, match=r"no rate for USD in 2026-01 \(1 rows, 12.00 USD\)"):
        shop.open()


def test_amounts_are_exact_to_twelve_decimals(shop: Shop) -> None:
    tiny = [line(effective=value, billed="0") for value in ("8e-07", "0.000000000001", "1e3")]
    shop.ledger(BOOK, {"bill.csv": HEAD + "".join(tiny)})
    ((total,),) = shop.open().conformed.engine.rows("SELECT sum(amount) FROM final_cloud")
    assert total == Decimal("1000.000000800001")


def test_doubles_of_a_parquet_file_are_the_decimals_that_were_meant(shop: Shop) -> None:
    names = HEAD.strip().split(",")
    cells = [*f"{MONTH},{HOUR}".split(","), "Acme", "Compute", "Usage", "Usage-Based", "EUR"]
    table = pa.table(
        {name: [value] * 10 for name, value in zip(names, cells, strict=False)}
        | {"BilledCost": [0.1] * 10, "EffectiveCost": [0.1] * 10}
        | {"Tags": pa.array([[("app", "Borea")]] * 10, pa.map_(pa.string(), pa.string()))}
    )
    shop.ledger(BOOK, {})
    pq.write_table(table, shop.path / "bill.parquet")
    book = shop.open()
    ((total,),) = book.conformed.engine.rows("SELECT sum(amount) FROM final_cloud")
    assert total == 1
    assert set(book.table("cloud")["product"]) == {"Borea"}
