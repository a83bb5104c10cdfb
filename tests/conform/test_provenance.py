from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING, Any

import pandas as pd
import xlsxwriter

if TYPE_CHECKING:
    Shop = Any


def test_every_file_has_its_digest_rows_and_knowledge_dates(shop: Shop) -> None:
    shop.declare()
    book = shop.open()
    (row,) = book.provenance.to_dict("records")
    data = (shop.path / "billing.csv").read_bytes()
    assert row["sha256"] == hashlib.sha256(data).hexdigest()
    assert (row["bytes"], row["rows"], row["format"]) == (len(data), 2, "csv")
    assert (row["source"], row["table"], row["file"]) == ("billing", "invoices", "billing.csv")
    assert row["known_on_first"] == dt.date(2026, 1, 5)
    assert row["known_on_last"] == dt.date(2026, 1, 31)


def test_a_repair_is_noted(shop: Shop) -> None:
    shop.declare()
    text = "id,day,item,amount\nA1,2026-01-31,thé,1.00\n"
    (shop.path / "billing.csv").write_bytes(text.encode("cp1252"))
    (row,) = shop.open().provenance.to_dict("records")
    assert row["encoding"] == "cp1252"
    assert "cp1252" in row["notes"]


def test_value_maps_are_among_the_files(shop: Shop) -> None:
    shop.declare(
        head='[maps.product]\npath = "codes.csv"\nkey = "code"\nvalue = "name"',
        product='product = { column = "item", map = "product" }',
    )
    shop.write("codes.csv", "code,name\ntea,Tea\ncoffee,Coffee\n")
    files = shop.open().provenance
    assert dict(zip(files["source"], files["file"], strict=True)) == {
        "billing": "billing.csv",
        "map product": "codes.csv",
    }


def test_a_file_learned_later_is_not_behind_a_past_report(shop: Shop) -> None:
    shop.declare('path = "in/*.csv"')
    shop.write("in/1.csv", "id,day,item,amount\nA1,2026-01-31,tea,1\n")
    shop.write("in/2.csv", "id,day,item,amount\nB1,2026-02-28,tea,1\n")
    assert list(shop.open(as_of="2026-01-31").provenance["file"]) == ["in/1.csv"]


def test_a_file_without_a_readable_row_is_named(shop: Shop) -> None:
    shop.declare('path = "in/*"')
    shop.write("in/1.csv", "id,day,item,amount\nA1,2026-01-31,tea,1\n")
    with xlsxwriter.Workbook(shop.path / "in/2.xlsx") as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row("A1", ["id", "day", "item", "amount"])
        sheet.write_row("A2", ["B1", "2026-01-31", "tea"])
        sheet.write_formula("D2", "=Gone!A1", None, "#REF!")
    book = shop.open()
    files = book.provenance.set_index("file")
    assert list(files.index) == ["in/1.csv", "in/2.xlsx"]
    assert list(book.quarantine["file"]) == ["in/2.xlsx"]
    assert files.at["in/2.xlsx", "rows"] == 1
    assert pd.isna(files.at["in/2.xlsx", "known_on_first"])


def test_the_source_line_names_the_source_and_its_last_day(shop: Shop) -> None:
    shop.declare('path = "in/*.csv"')
    shop.write("in/1.csv", "id,day,item,amount\nA1,2026-01-31,tea,1\n")
    shop.write("in/2.csv", "id,day,item,amount\nB1,2026-02-28,tea,1\n")
    about = shop.open(period="2026-01").about
    assert about.sources["invoices"] == "billing of 2026-01-31"
    assert about.sources["revenue"] == about.sources["invoices"]
