"""The small answers of the shop's nine months, recomputed from its raw exports by plain pandas."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import cast

import pandas as pd
import pytest

CLOSE = Path(__file__).with_name("online_retail.csv")
CODES = {
    "POST": "Postage and carriage",
    "DOT": "Postage and carriage",
    "D": "Discounts",
    "M": "Manual entries",
    "AMAZONFEE": "Marketplace and bank fees",
    "BANK CHARGES": "Marketplace and bank fees",
    "S": "Samples",
    "CRUK": "Donations",
    "B": "Bad debt",
}
STARTS = {"ADJUST": "Manual entries", "GIFT": "Gift vouchers"}
GROUPS = {
    "Sales": "gross",
    "Sales, no customer number": "gross",
    "Cancellations": "returns",
    "Cancellations, no customer number": "returns",
    "Postage and carriage": "other",
    "Discounts": "other",
    "Manual entries": "other",
    "Marketplace and bank fees": "outside",
    "Samples": "outside",
    "Gift vouchers": "outside",
    "Donations": "outside",
    "Bad debt": "outside",
    "test entries": "excluded",
    "stock write-offs": "excluded",
    "lines at price 0": "excluded",
}


def raw(folder: Path) -> pd.DataFrame:
    files = sorted(folder.glob("online_retail_*.csv.gz"))
    months = [
        pd.read_csv(file, dtype=str, keep_default_na=False).assign(period=file.name[14:21])
        for file in files
    ]
    lines = pd.concat(months, ignore_index=True)
    lines["amount"] = [
        int(quantity) * Decimal(price)
        for quantity, price in zip(lines["Quantity"], lines["UnitPrice"], strict=True)
    ]
    return lines


def line_of(invoice: str, code: str, quantity: int, price: Decimal, customer: str) -> str:
    """Say where one invoice line belongs, in plain Python and not in the book's SQL."""
    code = code.strip().upper()
    back = invoice[0] == "C" or quantity < 0
    if code.startswith("TEST"):
        return "test entries"
    if invoice[0] == "A":
        return "Bad debt"
    if price == 0:
        return "stock write-offs" if quantity < 0 else "lines at price 0"
    kind = "Cancellations" if back else "Sales"
    return service_of(code) or (kind if customer else f"{kind}, no customer number")


def service_of(code: str) -> str:
    """Say which service a code stands for; empty for goods."""
    if code in CODES:
        return CODES[code]
    if len(code) == 2 and code[0] == "C" and code[1].isdigit():
        return "Postage and carriage"
    return next((line for start, line in STARTS.items() if code.startswith(start)), "")


@pytest.fixture(scope="module")
def lines(shared: Path) -> pd.DataFrame:
    found = raw(shared / "data" / "real" / "invoices")
    found["line"] = [
        line_of(invoice, code, int(quantity), Decimal(price), customer)
        for invoice, code, quantity, price, customer in zip(
            found["InvoiceNo"],
            found["StockCode"],
            found["Quantity"],
            found["UnitPrice"],
            found["CustomerID"],
            strict=True,
        )
    ]
    return found


@pytest.fixture(scope="module")
def close() -> pd.DataFrame:
    answers = pd.read_csv(CLOSE, dtype=str)
    answers["rows"] = answers["rows"].astype(int)
    answers["amount"] = [Decimal(amount) for amount in answers["amount"]]
    return answers


def totals(table: pd.DataFrame, by: list[str]) -> dict[tuple[str, ...], Decimal]:
    """Add up exactly, in decimals."""
    found: dict[tuple[str, ...], Decimal] = {}
    for key, amount in zip(
        zip(*(table[column] for column in by), strict=True), table["amount"], strict=True
    ):
        found[key] = found.get(key, Decimal(0)) + amount
    return found


def test_the_stored_lines_are_those_of_the_raw_exports(
    lines: pd.DataFrame, close: pd.DataFrame
) -> None:
    key = ["period", "line"]
    counted = cast("pd.Series", lines.groupby(key).size()).to_dict()
    stored = cast("pd.Series", close.set_index(key)["rows"]).to_dict()
    assert stored == counted
    assert totals(close, key) == totals(lines, key)


def test_every_line_stands_in_its_group(close: pd.DataFrame) -> None:
    assert dict(zip(close["line"], close["group"], strict=True)).items() <= GROUPS.items()


def test_the_lines_of_a_month_add_back_to_its_control_total(
    close: pd.DataFrame, shared: Path
) -> None:
    control = pd.read_csv(shared / "data" / "real" / "invoices" / "control_totals.csv", dtype=str)
    cent = Decimal("0.01")
    assert {key[0]: total.quantize(cent) for key, total in totals(close, ["period"]).items()} == {
        month: Decimal(amount).quantize(cent)
        for month, amount in zip(control["month"], control["amount_gbp"], strict=True)
    }
    rows = cast("pd.Series", close.groupby("period")["rows"].sum()).to_dict()
    assert rows == dict(zip(control["month"], control["rows"].astype(int), strict=True))


def test_june_2011_by_hand(close: pd.DataFrame) -> None:
    june = close[close["period"] == "2011-06"]
    group = {key[0]: amount for key, amount in totals(june, ["group"]).items()}
    assert group["gross"] == Decimal("654432.56") + Decimal("84319.31")
    assert group["returns"] == Decimal("-12652.71") + Decimal("-1108.13")
    assert group["other"] == Decimal("17308.44") - Decimal("312.48") - Decimal("39490.54")
    net = group["gross"] + group["returns"] + group["other"]
    assert net == Decimal("702496.45")
    assert net + group["outside"] + group["excluded"] == Decimal("691123.12")
