from __future__ import annotations

import bz2
import gzip
import io
import random
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pfkit.conform.repeats import Pair, is_again

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pfkit.book import Book

    Shop = Any

HEAD = ("id", "day", "item", "amount")
Row = tuple[str, str, str, str]

#: January to April: an invoice on the 5th, 15th and 25th, no two with the same amount.
LEDGER: list[Row] = [
    (f"A{month}{day}", f"2026-0{month}-{day:02d}", ["tea", "coffee"][day == 15], f"{month}.{day}")
    for month in (1, 2, 3, 4)
    for day in (5, 15, 25)
]
TOTAL = sum(Decimal(row[3]) for row in LEDGER)


def csv(rows: Sequence[Row], *, mark: str = ",", end: str = "\n", code: str = "utf-8") -> bytes:
    return "".join(mark.join(cells) + end for cells in [HEAD, *rows]).encode(code)


def workbook(rows: Sequence[Row]) -> bytes:
    held = io.BytesIO()
    with xlsxwriter.Workbook(held) as file:
        sheet = file.add_worksheet()
        day = file.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, HEAD)
        for at, (number, date, item, amount) in enumerate(rows, start=1):
            sheet.write_string(at, 0, number)
            sheet.write_datetime(at, 1, pd.Timestamp(date).to_pydatetime(), day)
            sheet.write_string(at, 2, item)
            sheet.write_number(at, 3, float(amount))
    return held.getvalue()


def parquet(rows: Sequence[Row]) -> bytes:
    frame = pd.DataFrame(rows, columns=[*HEAD])
    frame["day"] = pd.to_datetime(frame["day"])
    frame["amount"] = frame["amount"].astype("float64")
    held = io.BytesIO()
    frame.to_parquet(held)
    return held.getvalue()


PACKED: dict[str, Callable[[Sequence[Row]], bytes]] = {
    "csv.gz": lambda rows: gzip.compress(csv(rows), mtime=0),
    "csv.bz2": lambda rows: bz2.compress(csv(rows)),
    "semicolon.csv": lambda rows: csv(rows, mark=";"),
    "tab.csv": lambda rows: csv(rows, mark="\t", end="\r\n"),
    "utf16.csv": lambda rows: csv(rows, code="utf-16"),
    "turned.csv": lambda rows: csv(list(reversed(rows))),
    "zeros.csv": lambda rows: csv([(*row[:3], f"{row[3]}00") for row in rows]),
    "xlsx": workbook,
    "parquet": parquet,
}


def put(shop: Shop, files: dict[str, bytes]) -> None:
    folder: Path = shop.path / "in"
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for name, data in files.items():
        (folder / name).write_bytes(data)


def declare(shop: Shop, more: str = "", product: str = 'product = "item"') -> None:
    shop.declare(f'path = "in/*"\n{more}', product=product)


def total(book: Book) -> Decimal:
    ((amount,),) = book.conformed.engine.rows("SELECT sum(amount) FROM final_invoices")
    return Decimal(amount)


def control(book: Book, name: str) -> list[tuple[str, str]]:
    mine = book.controls[book.controls["control"] == name]
    return list(zip(mine["state"], mine["detail"], strict=True))


@pytest.mark.parametrize("form", PACKED)
def test_the_same_rows_in_another_form_count_once(shop: Shop, form: str) -> None:
    declare(shop)
    put(shop, {"a.csv": csv(LEDGER), f"b.{form}": PACKED[form](LEDGER)})
    book = shop.open(period="2026-04")
    assert total(book) == TOTAL
    assert control(book, "Repeated file") == [
        ("amber", f"in/b.{form} holds the rows of in/a.csv once more and was left out (3 rows)")
    ]
    (balance,) = [b for b in book.evidence.balances if b.period == "2026-04"]
    assert (balance.rows_in, balance.rows_accepted, balance.rows_excluded) == (6, 3, 3)


def test_a_key_makes_it_sure_and_mends_nothing(shop: Shop) -> None:
    declare(shop, 'key = ["invoice_id"]')
    put(shop, {"1.csv": csv(LEDGER[:9]), "2.csv": csv(LEDGER[6:])})
    book = shop.open(period="2026-03")
    assert total(book) == TOTAL
    assert book.quarantine.empty
    assert control(book, "Exported before") == [
        ("green", "3 rows of in/2.csv stand in an earlier export too and count once")
    ]
    assert control(book, "Repeated file") == []
    rules = book.rules.set_index("target")
    assert rules.loc["exported before", ["rows", "amount"]].tolist() == [3, 3.5 + 3.15 + 3.25]


def test_a_repeated_key_with_another_value_is_held_back(shop: Shop) -> None:
    declare(shop, 'key = ["invoice_id"]')
    changed = [(*LEDGER[8][:3], "9.99"), *LEDGER[9:]]
    put(shop, {"1.csv": csv(LEDGER[:9]), "2.csv": csv(changed)})
    book = shop.open(period="2026-03")
    assert total(book) == TOTAL
    (held,) = book.quarantine.to_dict("records")
    assert (held["rule"], held["file"], held["amount"]) == ("repeated key", "in/2.csv", 9.99)


def test_a_later_statement_replaces_and_its_copy_does_not_double(shop: Shop) -> None:
    known = "known_on = { file_name = '(\\d{4}-\\d{2})' }\nreplaces = [\"invoice_id\"]"
    shop.declare(f'path = "in/*"\n{known}')
    later = [(*LEDGER[0][:3], "9.00"), *LEDGER[1:3]]
    put(
        shop,
        {
            "2026-01.csv": csv(LEDGER[:3]),
            "2026-02.csv": csv(later),
            "2026-02 copy.csv.gz": gzip.compress(csv(later)),
        },
    )
    book = shop.open(period="2026-01")
    assert total(book) == Decimal("9.00") + Decimal("1.15") + Decimal("1.25")
    assert total(shop.open(period="2026-01", as_of="2026-01-31")) == sum(
        Decimal(row[3]) for row in LEDGER[:3]
    )


def test_a_file_that_is_part_of_another_counts_once(shop: Shop) -> None:
    declare(shop)
    put(shop, {"whole.csv": csv(LEDGER), "march.csv": csv(LEDGER[6:9])})
    book = shop.open(period="2026-03")
    assert total(book) == TOTAL
    # the files are read by name, so March is there first and the whole brings the rest
    assert control(book, "Exported before") == [
        ("amber", "3 rows of in/whole.csv stand in an earlier export too and count once")
    ]
    (advice,) = book.controls.loc[book.controls["control"] == "Exported before", "advice"]
    assert 'overlap = "once"' in advice


def test_exports_that_overlap_count_once_and_bring_what_came_late(shop: Shop) -> None:
    declare(shop)
    late: Row = ("A399", "2026-03-20", "tea", "7.77")
    put(shop, {"jan-mar.csv": csv(LEDGER[:9]), "mar-apr.csv": csv([late, *LEDGER[6:]])})
    assert total(shop.open()) == TOTAL + Decimal("7.77")


def test_the_first_known_copy_counts(shop: Shop) -> None:
    shop.declare("path = \"in/*\"\nknown_on = { file_name = '(\\d{4}-\\d{2})' }")
    put(shop, {"a_2026-04.csv": csv(LEDGER), "b_2026-03.csv": csv(LEDGER[:9])})
    now = shop.open(period="2026-03")
    then = shop.open(period="2026-03", as_of="2026-03-31")
    for book in (now, then):
        march = book.invoices[book.invoices["invoice_date"].astype(str) >= "2026-03-01"]
        known = march[march["invoice_date"].astype(str) < "2026-04-01"]["known_on"]
        assert set(known.astype(str)) == {"2026-03-31"}
    assert total(now) == TOTAL


FEES: list[Row] = [("", f"2026-01-{day:02d}", "bank fee", "5.00") for day in range(1, 29)]


def fees(shop: Shop, overlap: str = "") -> Book:
    """Two regions' files: the same fee a day, but the north pays for three transfers too."""
    shop.ledger(
        f"""
        [[sources]]
        name = "accounts"
        table = "accounts"
        path = "accounts.csv"
        columns = {{ account = "account", name = "name", line = "line", group = "group", \
favorable_when = "favorable_when" }}
        [[sources]]
        name = "bank"
        table = "actuals"
        path = "in/*.csv"
        {overlap}
        known_on = {{ column = "day" }}
        columns = {{ posting_date = "day", account = "item", amount_local = "amount" }}
        """,
        {"accounts.csv": "account,name,line,group,favorable_when\nbank fee,F,Fees,operating,lower"},
    )
    more: list[Row] = [("", "2026-01-09", "bank fee", price) for price in ("1.10", "2.20", "3.30")]
    put(shop, {"north.csv": csv([*FEES, *more]), "south.csv": csv(FEES)})
    return shop.open(period="2026-01")


def test_equal_rows_of_two_regions_do_not_vanish(shop: Shop) -> None:
    book = fees(shop)
    assert book.actuals["amount"].sum() == pytest.approx(2 * 28 * 5 + 6.60)
    ((state, detail),) = control(book, "Equal rows")
    assert state == "amber"
    assert detail == (
        "28 rows of in/south.csv equal to a row of in/north.csv; too little to call it the same "
        "export, so kept"
    )
    (amount,) = book.controls.loc[book.controls["control"] == "Equal rows", "actual"]
    assert amount == 140.0


@pytest.mark.parametrize(("overlap", "amount"), [("keep", 286.6), ("once", 146.6)])
def test_the_book_decides_where_it_is_in_doubt(shop: Shop, overlap: str, amount: float) -> None:
    book = fees(shop, f'overlap = "{overlap}"')
    assert book.actuals["amount"].sum() == pytest.approx(amount)
    assert control(book, "Equal rows") == []


def test_files_of_other_days_are_not_compared(shop: Shop) -> None:
    declare(shop)
    put(shop, {"1.csv": csv(LEDGER[:6]), "2.csv": csv(LEDGER[6:])})
    book = shop.open()
    assert book.conformed.engine.rows("SELECT count(*) FROM repeats_billing") == [(0,)]
    assert book.conformed.engine.rows(
        "SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE 'digest%'"
    ) == [(0,)]


def test_rows_equal_within_one_file_are_kept_and_flagged(shop: Shop) -> None:
    declare(shop)
    twice = [LEDGER[0], LEDGER[0], *LEDGER[1:3]]
    put(shop, {"a.csv": csv(twice), "b.csv.gz": gzip.compress(csv(twice))})
    book = shop.open()
    assert total(book) == Decimal("1.5") * 2 + Decimal("1.15") + Decimal("1.25")
    ((state, detail),) = control(book, "Equal rows")
    assert (state, detail.split(";")[0]) == (
        "amber",
        "1 row equal to an earlier row in every column",
    )


def test_control_totals_tie_to_what_counts(shop: Shop) -> None:
    shop.declare(
        'path = "in/*"',
        tail='[[controls]]\nsource = "billing"\npath = "totals.csv"\nrows = "rows"\n'
        'amount = "amount"\n',
    )
    shop.write("totals.csv", "period,rows,amount\n2026-03,3,9.90\n")
    put(shop, {"1.csv": csv(LEDGER[:9]), "2.csv": csv(LEDGER[6:])})
    assert ("green", "2026-03: 3 rows and amount tie to the source's own total") in control(
        shop.open(period="2026-03"), "Control total"
    )


@pytest.mark.parametrize(
    ("pair", "again"),
    [
        (Pair(0, 1, 5, 0, (5, 5), (5, 5)), True),  # the same rows, whatever they say
        (Pair(0, 1, 2, 2, (2, 9), (2, 9)), True),  # two telling rows, all of a part
        (Pair(0, 1, 1, 1, (1, 9), (1, 9)), False),  # one row may be chance
        (Pair(0, 1, 1, 3, (1, 9), (1, 9), ids=True), True),  # one row with an id is not
        (Pair(0, 1, 8, 8, (10, 10), (10, 30)), True),  # two of ten were corrected
        (Pair(0, 1, 7, 7, (10, 10), (10, 30)), False),
        (Pair(0, 1, 5, 15, (10, 10), (10, 10), ids=True), True),
        (
            Pair(0, 1, 4, 12, (10, 10), (10, 10), ids=True),
            False,
        ),  # counters that start anew per file
    ],
)
def test_how_much_two_files_must_share(pair: Pair, *, again: bool) -> None:
    assert is_again(pair) is again


starts = st.integers(0, len(LEDGER) - 2)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    cut=st.integers(1, len(LEDGER) - 1),
    more=st.lists(
        st.tuples(starts, st.integers(2, len(LEDGER)), st.sampled_from(sorted(PACKED)[:7])),
        max_size=3,
    ),
    keyed=st.booleans(),
    seed=st.integers(0, 999),
)
def test_however_a_ledger_is_split_packed_and_exported_again_it_counts_once(
    shop: Shop, cut: int, more: list[tuple[int, int, str]], *, keyed: bool, seed: int
) -> None:
    declare(shop, 'key = ["invoice_id"]' if keyed else "")
    order = random.Random(seed)
    files = {"x.csv": csv(LEDGER[:cut]), "y.csv": csv(LEDGER[cut:])}
    for place, (start, length, form) in enumerate(more):
        part = LEDGER[start : start + length]
        order.shuffle(part)
        files[f"{place}.{form}"] = PACKED[form](part)
    put(shop, files)
    book = shop.open()
    assert total(book) == TOTAL
    assert sum(b.rows_accepted for b in book.evidence.balances) == len(LEDGER)
    assert book.quarantine.empty
