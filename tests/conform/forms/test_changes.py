from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from pfkit.book import check_book, open_book
from pfkit.conform.forms.changes import form_changes

if TYPE_CHECKING:
    from pfkit.conform.forms.changes import Changed

    Shop = Any

BOOK = """
[[sources]]
name = "billing"
table = "invoices"
path = "billing/*"
known_on = {{ file_name = '(\\d{{4}}-\\d{{2}})', at = "month_end" }}
date_format = ["%Y-%m-%d", "%d/%m/%Y"]
{more}
columns = {{ invoice_id = "id", invoice_date = "day", customer = "who", product = "item", \
amount_local = "amount" }}
"""
HEAD = "id,day,who,item,amount"


def _month(month: int, row: str, *, days: range = range(1, 21)) -> str:
    """Write a month of rows, one a day; ``{d}`` is the day, ``{m}`` the month."""
    lines = [row.format(d=f"{day:02}", m=f"{month:02}", n=1000 + 37 * day) for day in days]
    return "\n".join([HEAD, *lines]) + "\n"


PLAIN = "A{m}{d},2026-{m}-{d},{n},tea,{d}.25"


@pytest.fixture
def company(shop: Shop) -> Shop:
    files = {f"billing/2026-0{month}.csv": _month(month, PLAIN) for month in (3, 4, 5)}
    shop.ledger(BOOK.format(more=""), files)
    return shop


def _changes(company: Shop, row: str | None = None, **more: Any) -> list[Changed]:  # noqa: ANN401
    if row is not None:
        company.write("billing/2026-06.csv", _month(6, row, **more))
    book = open_book(company.path)
    (held,) = book.conformed.sources
    return form_changes(held, book.conformed, ["2026-06"])


def test_months_that_are_written_alike_raise_nothing(company: Shop) -> None:
    assert _changes(company, PLAIN) == []
    # whole amounts of one month are numbers as before
    assert _changes(company, "A{m}{d},2026-{m}-{d},{n},tea,{d}") == []


def test_a_number_that_became_text_is_named_with_both_forms_and_its_line(company: Shop) -> None:
    (found,) = _changes(company, "A{m}{d},2026-{m}-{d},{n},tea,on request")
    assert (found.source, found.column) == ("billing", "amount")
    assert found.before == "decimals with a point ('01.25')"
    assert found.after == "text ('on request')"
    assert found.where == "billing/2026-06.csv from line 2"
    assert found.since == "billing/2026-05.csv"
    assert found.advice.startswith("Export the column as numbers")


def test_a_decimal_convention_that_changed_is_named(company: Shop) -> None:
    (found,) = _changes(company, 'A{m}{d},2026-{m}-{d},{n},tea,"{d},25"')
    assert found.said == (
        "column amount: decimals with a point ('01.25') up to billing/2026-05.csv, "
        "decimals with a comma ('01,25') in billing/2026-06.csv from line 2"
    )
    assert "declares decimal" in found.advice


def test_cents_in_place_of_whole_units_are_named(company: Shop) -> None:
    (found,) = _changes(company, "A{m}{d},2026-{m}-{d},{n},tea,{d}25")
    assert found.column == "amount"
    assert found.after.endswith("about 100 times as large")
    assert "minor or major" in found.advice


def test_ids_that_became_floats_are_named(company: Shop) -> None:
    (found,) = _changes(company, "A{m}{d},2026-{m}-{d},{n}.0,tea,{d}.25")
    assert (found.column, found.after) == ("who", "whole numbers with .0 ('1037.0')")
    assert "joins to nothing" in found.advice


def test_leading_zeros_that_were_lost_are_named(shop: Shop) -> None:
    rows = "A{m}{d},2026-{m}-{d},00{n},tea,{d}.25"
    files = {f"billing/2026-0{month}.csv": _month(month, rows) for month in (4, 5)}
    shop.ledger(BOOK.format(more=""), files)
    (found,) = _changes(shop, "A{m}{d},2026-{m}-{d},{n},tea,{d}.25")
    assert (found.column, found.before) == ("who", "numbers with leading zeros ('001037')")
    assert "with its leading zeros" in found.advice


def test_the_order_of_days_that_flipped_is_named(shop: Shop) -> None:
    files = {
        f"billing/2026-0{month}.csv": _month(month, "A{m}{d},{d}/{m}/2026,{n},tea,{d}.25")
        for month in (4, 5)
    }
    shop.ledger(BOOK.format(more=""), files)
    shop.write("billing/2026-06.csv", _month(6, "A{m}{d},{m}/{d}/2026,{n},tea,{d}.25"))
    book = open_book(shop.path, period="2026-06")
    found = book.controls[book.controls["control"] == "Column forms"]
    assert found["source"].tolist() == ["billing"]
    assert "days with slashes, day first ('01/04/2026')" in found["detail"].iloc[0] or (
        "days with slashes, day first ('01/05/2026')" in found["detail"].iloc[0]
    )
    assert "days with slashes, month first ('06/01/2026')" in found["detail"].iloc[0]
    assert "date_format" in found["advice"].iloc[0]


def test_days_that_got_a_time_and_a_zone_are_named(company: Shop) -> None:
    (found,) = _changes(company, "A{m}{d},2026-{m}-{d}T23:30:00+02:00,{n},tea,{d}.25")
    assert (found.column, found.before) == ("day", "days as 2026-05-31 ('2026-05-01')")
    assert found.after == "moments in a zone ('2026-06-01T23:30:00+02:00')"


def test_another_encoding_and_another_format_are_named(company: Shop) -> None:
    for month in (3, 4, 5):
        text = _month(month, PLAIN.replace("tea", "thé"))
        (company.path / f"billing/2026-0{month}.csv").write_text(text, encoding="utf-8")
    text = _month(6, PLAIN.replace("tea", "thé"))
    (company.path / "billing/2026-06.csv").write_bytes(text.encode("cp1252"))
    (found,) = _changes(company)
    assert found.said.startswith("encoding utf-8 up to billing/2026-05.csv, encoding cp1252 in ")
    assert found.column == ""


def _parquet(company: Shop, month: int, who: pa.Array, more: dict[str, Any] | None = None) -> None:
    days = range(1, 21)
    table = {
        "id": pa.array([f"A{month}{day}" for day in days]),
        "day": pa.array([f"2026-0{month}-{day:02}" for day in days]),
        "who": who,
        "item": pa.array(["tea"] * 20),
        "amount": pa.array([1.25 * day for day in days]),
    }
    path = company.path / f"billing/2026-0{month}.parquet"
    path.parent.mkdir(exist_ok=True)
    parquet.write_table(pa.table(table | (more or {})), path)


def test_a_type_that_a_file_itself_gives_is_compared(shop: Shop) -> None:
    shop.ledger(BOOK.format(more=""), {})
    for month in (4, 5):
        _parquet(shop, month, pa.array(range(20), pa.int64()))
    _parquet(shop, 6, pa.array([float(n) for n in range(20)], pa.float64()))
    (found,) = _changes(shop)
    assert (found.column, found.before) == ("who", "type int64")
    assert found.after.startswith("type double")
    assert "joins to nothing" in found.advice


def test_types_that_cannot_be_read_together_are_named_with_column_and_files(shop: Shop) -> None:
    shop.ledger(BOOK.format(more=""), {})
    _parquet(shop, 5, pa.array(range(20), pa.int64()))
    _parquet(shop, 6, pa.array([f"c{n}" for n in range(20)]))
    found = check_book(shop.path)
    (failed,) = found["failed"]
    assert failed["message"] == ("column 'who' is string here and int64 in billing/2026-05.parquet")
    assert failed["line"] == "billing/2026-06.parquet"


def test_one_file_is_compared_month_by_month(shop: Shop) -> None:
    text = "".join(_month(month, PLAIN).removeprefix(f"{HEAD}\n") for month in (3, 4, 5))
    june = _month(6, "A{m}{d},2026-{m}-{d},{n}.0,tea,{d}.25").removeprefix(f"{HEAD}\n")
    book = BOOK.format(more="").replace("billing/*", "billing.csv")
    known = "known_on = { file_name = '(\\d{4}-\\d{2})', at = \"month_end\" }"
    shop.ledger(
        book.replace(known, 'known_on = { column = "day", at = "day" }'),
        {"billing.csv": f"{HEAD}\n{text}{june}"},
    )
    (found,) = _changes(shop)
    assert (found.column, found.since) == ("who", "2026-05")
    assert found.where == "2026-06 from line 62"  # a header, and three months of twenty lines


def test_columns_of_json_lines_that_are_new_or_called_otherwise_are_named(shop: Shop) -> None:
    shop.ledger(BOOK.format(more=""), {})
    for month in (5, 6):
        item = "item" if month == 5 else "Item"
        more = "" if month == 5 else ', "region": "north"'
        lines = [
            f'{{"id": "A{month}{day}", "day": "2026-0{month}-{day:02}", "who": "c1", '
            f'"{item}": "tea", "amount": {day}.5{more}}}\n'
            for day in range(1, 21)
        ]
        shop.write(f"billing/2026-0{month}.jsonl", "".join(lines))
    found = {one.column: (one.before, one.after) for one in _changes(shop)}
    assert found["item"] == ("there", "called 'Item'")
    assert found["region"] == ("not there", "new")


def test_a_month_of_which_nothing_can_be_read_is_told_with_its_column(company: Shop) -> None:
    company.write("billing/2026-06.csv", _month(6, "A{m}{d},2026-{m}-{d},{n},tea,on request"))
    found = check_book(company.path, period="2026-06")
    assert found["verdict"] == "reject"
    (failed,) = found["failed"]
    assert failed["message"] == (
        "no row of 2026-06 counts, all 20 are held back: 20 unreadable value "
        "(amount_local 'on request')"
    )
    told = [one["message"] for one in found["findings"] if one["rule"] == "Column forms"]
    assert told[0].startswith("column amount: decimals with a point")
    assert sum(one["accepted"] for one in found["balance"]) == 60  # three months of 20 are checked
