"""Why the wholesaler's sales changed from month to month, on its real exports."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import pfkit as pf

if TYPE_CHECKING:
    from pfkit.book import Book

BOOK = Path(__file__).resolve().parents[2] / "examples" / "online-retail"
EFFECTS = ["volume", "mix", "price", "joint", "new", "lost", "fx", "returns", "not_split"]
BASKET = "22502"  # one invoice of June bills 60 pieces at 649.50, and a manual entry corrects it


@pytest.fixture(scope="module")
def exports(shared: Path) -> Path:
    return shared / "data" / "real" / "invoices"


@pytest.fixture(scope="module")
def book(exports: Path, tmp_path_factory: pytest.TempPathFactory) -> Book:
    folder = tmp_path_factory.mktemp("two months")
    for name in ("online_retail_2011-05.csv.gz", "online_retail_2011-06.csv.gz"):
        shutil.copy(exports / name, folder)
    shutil.copy(exports / "families_authored_here.csv", folder)
    return pf.open_book(BOOK, data=folder, period="2011-06")


@pytest.fixture(scope="module")
def found(book: Book) -> pd.DataFrame:
    sold = pf.sales(book.volumes, period=book.period)
    assert (sold.against, sold.reason) == ("previous", "")
    return pf.price_volume_mix(
        sold.base, sold.actual, by=["family", "product"], within="family", against=sold.against
    )


def _sold(exports: Path, month: str) -> tuple[float, float]:
    """Add up pieces and money of one code's sales, from the raw export."""
    lines = pd.read_csv(exports / f"online_retail_{month}.csv.gz", dtype={"StockCode": "str"})
    mine = lines[lines["StockCode"].str.strip().str.upper() == BASKET]
    mine = mine[~mine["InvoiceNo"].astype("str").str.startswith("C")]
    mine = mine[(mine["Quantity"] > 0) & (mine["UnitPrice"] > 0)]
    return float(mine["Quantity"].sum()), float((mine["Quantity"] * mine["UnitPrice"]).sum())


def test_a_billing_error_stands_in_the_price_and_its_correction_apart(
    found: pd.DataFrame, exports: Path
) -> None:
    (pieces, earlier), (later, money) = (_sold(exports, m) for m in ("2011-05", "2011-06"))
    row = found[found["product"] == BASKET].iloc[0]
    assert row["price"] == pytest.approx(money - later * earlier / pieces, abs=0.02)
    assert row["price"] > 38_000
    assert row["driver"] == "price"
    manual = found[found["product"] == "M"].iloc[0]
    assert manual["not_split"] == manual["change"]
    assert manual["change"] < -28_000
    assert manual["reason"] == "Manual entries count in no unit"


def test_effects_of_thousands_of_products_tie_to_net_revenue(
    book: Book, found: pd.DataFrame
) -> None:
    revenue = book.statement[book.statement["group"].isin(["gross", "returns", "other"])]
    months = revenue.groupby("period")["amount"].sum()
    total = found.iloc[-1]
    assert total["actual"] == pytest.approx(months["2011-06"], abs=0.001)
    assert total["base"] == pytest.approx(months["2011-05"], abs=0.001)
    assert total["count"] > 2500
    items = found[found["role"] == "item"]
    cents = (items[[*EFFECTS, "change"]].astype("float64") * 100).round()
    assert (cents[EFFECTS].sum(axis=1) == cents["change"]).all()
    assert total["fx"] == 0
    assert total["level"] == "product within unit and family"
