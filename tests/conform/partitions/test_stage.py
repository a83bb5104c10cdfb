"""A partitioned book is the plain one to the bit, whatever makes its rows go another way."""

from __future__ import annotations

import datetime as dt
import shutil
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import pfkit as pf
from pfkit.conform.partitions import load
from pfkit.errors import BookError, ContractError
from tests.conform.partitions.random_book import write

if TYPE_CHECKING:
    from pathlib import Path

TABLES = ("usage", "actuals")
VIEWS = (
    *("balance", "quarantine", "controls", "rules", "statement", "activity", "corrections"),
    *("provenance", "restatements", "conversions", "statement_then", "join_cells", "volumes"),
)


def same(plain: pf.Book, partitioned: pf.Book) -> None:
    assert plain.as_of == partitioned.as_of
    for name in TABLES:
        pd.testing.assert_frame_equal(plain.table(name), partitioned.table(name))
        pd.testing.assert_frame_equal(plain.vintages(name), partitioned.vintages(name))
    for name in VIEWS:
        pd.testing.assert_frame_equal(getattr(plain, name), getattr(partitioned, name))


def reasons(book: pf.Book) -> set[str]:
    rows = " UNION ALL ".join(f"SELECT _reason FROM rows_{name}" for name in ("events", "ledger"))
    return {row[0] for row in book.conformed.engine.rows(f"SELECT DISTINCT * FROM ({rows})")}


def both(folder: Path, **asked: str) -> tuple[pf.Book, pf.Book]:
    plain, partitioned = (pf.open_book(folder / how, **asked) for how in ("plain", "parts"))
    return plain, partitioned


@pytest.mark.parametrize(("seed", "kind", "rows"), [(1, "csv", 7), (2, "parquet", 200_000)])
def test_a_random_book_is_the_same_both_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, kind: str, rows: int
) -> None:
    monkeypatch.setattr(load, "ROWS", rows)
    for months in (3, 4):
        write(tmp_path / "plain", seed, partitioned=False, kind=kind, months=months)
        write(tmp_path / "parts", seed, partitioned=True, kind=kind, months=months)
        plain, partitioned = both(tmp_path)
        same(plain, partitioned)
        assert len(partitioned.quarantine) >= 3  # of unread, repeated and unknown values
        assert {"exported before", "repeated key", "restated", "tests"} <= reasons(plain)
    same(*both(tmp_path, as_of="2026-02-28"))
    same(*both(tmp_path, period="2026-03"))


def test_a_kept_day_is_checked_again(tmp_path: Path) -> None:
    write(tmp_path, 1, partitioned=True, months=2)
    assert pf.check_book(tmp_path, keep=True)["kept"] > 0
    found = pf.check_book(tmp_path)  # as known on the day that was kept
    assert (found["since"]["because"], found["since"]["reason"]) == ("last load kept", "")
    assert (found["changes"], found["rewritten"], found["loads"]) == ([], [], [])


def test_without_its_cache_a_book_is_the_same(tmp_path: Path) -> None:
    write(tmp_path / "plain", 3, partitioned=False)
    write(tmp_path / "parts", 3, partitioned=True)
    pf.open_book(tmp_path / "parts")
    shutil.rmtree(tmp_path / "parts" / ".pfkit")
    same(*both(tmp_path))


def test_a_decision_about_a_row_held_back_is_taken_both_ways(tmp_path: Path) -> None:
    found = []
    for how in ("plain", "parts"):
        write(tmp_path / how, 4, partitioned=how == "parts")
        book = pf.open_book(tmp_path / how)
        held = book.quarantine[book.quarantine["rule"] == "unknown product"]
        pf.accept(
            tmp_path / how,
            [str(held["id"].iloc[0])],
            by="ines",
            because="agreed",
            on=dt.date(2026, 5, 2),
        )
        found.append(str(held["id"].iloc[0]))
    assert found[0] == found[1]
    plain, partitioned = both(tmp_path)
    assert len(plain.corrections) == 1
    same(plain, partitioned)


def refused(tmp_path: Path, old: str, new: str) -> str:
    write(tmp_path, 5, partitioned=True)
    book = tmp_path / "book.toml"
    text = book.read_text(encoding="utf-8")
    assert old in text
    book.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(BookError) as caught:
        pf.open_book(tmp_path)
    return str(caught.value)


def test_a_dimension_is_not_partitioned(tmp_path: Path) -> None:
    said = refused(tmp_path, 'path = "products.csv"', 'path = "products.csv"\npartitioned = true')
    assert "table products is not partitioned" in said
    assert "actuals, invoices, usage" in said


def test_without_a_key_nothing_says_which_rows_are_the_same(tmp_path: Path) -> None:
    said = refused(tmp_path, 'key = ["event_id"]\n', "")
    assert "nothing says which rows are the same in two files" in said
    assert 'overlap = "keep"' in said


def test_what_needs_all_rows_is_refused(tmp_path: Path) -> None:
    said = refused(
        tmp_path,
        'key = ["event_id"]\n',
        'key = ["event_id"]\nunpivot = { columns = ["n"], into = "what", value = "n" }\n',
    )
    assert "a partitioned source has no `unpivot`" in said


def test_a_value_that_a_closed_map_does_not_know_stops_the_load(tmp_path: Path) -> None:
    write(tmp_path, 6, partitioned=True)
    book = tmp_path / "book.toml"
    text = book.read_text(encoding="utf-8").replace('unmapped = "New products"\n', "")
    book.write_text(text, encoding="utf-8")
    with pytest.raises(ContractError, match="'c' is not in value map 'products'"):
        pf.open_book(tmp_path)
