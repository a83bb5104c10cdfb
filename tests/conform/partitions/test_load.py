"""What is read again, and what is not: counted by pfkit, and by what a process opens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import pfkit as pf
from pfkit.errors import SourceError
from tests.conform.partitions.random_book import write

if TYPE_CHECKING:
    from pathlib import Path

    from pfkit.conform.partitions.load import Parts

EVENTS = """
[company]
name = "Corner Shop"
currency = "EUR"
[[sources]]
name = "events"
table = "usage"
path = "events-*.csv"
partitioned = true
known_on = { file_name = "events-(.*)[.]csv", at = "month_end" }
key = ["event_id"]
[sources.columns]
event_id = "id"
ts = "ts"
customer = "who"
product = "what"
metric = { constant = "calls" }
units = "n"
"""
#: Prints every file of a book that is opened while it is asked what a report asks.
WATCHED = """
import json, sys
opened = []
def watch(event, args):
    if event == "open" and str(args[0]).startswith(sys.argv[1]) and ".pfkit" not in str(args[0]):
        opened.append(str(args[0]))
sys.addaudithook(watch)
import pfkit as pf
book = pf.open_book(sys.argv[1])
book.checks, book.activity
print(json.dumps([name for name in opened if name.endswith(".csv")]))
"""


def months(count: int) -> list[str]:
    return [f"{2023 + at // 12}-{at % 12 + 1:02d}" for at in range(count)]


def write_month(folder: Path, month: str, first: int, rows: int = 50) -> None:
    lines = [
        f"e{first + k:07d},{month}-{k % 28 + 1:02d} 10:00:00,c{k % 7},Atlas,{k % 5 + 1}"
        for k in range(rows)
    ]
    text = "\n".join(["id,ts,who,what,n", *lines, ""])
    (folder / f"events-{month}.csv").write_text(text, encoding="utf-8")


@pytest.fixture
def three_years(tmp_path: Path) -> Path:
    """Give a book of 36 months whose ids grow with time, as a database's do."""
    (tmp_path / "book.toml").write_text(EVENTS, encoding="utf-8")
    for at, month in enumerate(months(36)):
        write_month(tmp_path, month, at * 50)
    pf.open_book(tmp_path)
    return tmp_path


def parts_of(book: pf.Book) -> Parts:
    (parts,) = [held.parts for held in book.conformed.sources if held.parts is not None]
    return parts


def test_a_rerun_with_a_new_month_reads_a_thirtieth_of_the_bytes(three_years: Path) -> None:
    write_month(three_years, "2026-01", 36 * 50)
    whole = sum(file.stat().st_size for file in three_years.glob("*.csv"))
    book = pf.open_book(three_years)
    reading = parts_of(book).reading
    assert (reading.files, reading.unchanged) == (1, 36)
    assert reading.bytes == (three_years / "events-2026-01.csv").stat().st_size
    assert reading.bytes <= whole / 30
    assert book.activity["units"].sum() == 37 * 150  # 50 rows of 1 to 5 a month, 10 times each


def test_no_other_file_is_opened(three_years: Path) -> None:
    write_month(three_years, "2026-01", 36 * 50)
    ran = subprocess.run(
        [sys.executable, "-c", WATCHED, str(three_years)],
        check=True,
        capture_output=True,
        text=True,
    )
    names = {name.rpartition("/")[2] for name in json.loads(ran.stdout)}
    assert names == {"events-2026-01.csv"}


def test_a_file_that_was_only_touched_is_read_and_not_conformed_again(three_years: Path) -> None:
    file = three_years / "events-2023-05.csv"
    os.utime(file, ns=(1, 1))
    before = {part.digest for part in parts_of(pf.open_book(three_years)).parts}
    os.utime(file, ns=(2, 2))
    parts = parts_of(pf.open_book(three_years))
    assert parts.reading.bytes == file.stat().st_size
    assert parts.reading.unchanged == 36
    assert {part.digest for part in parts.parts} == before


def test_a_file_changed_to_the_same_size_and_time_is_read(three_years: Path) -> None:
    file = three_years / "events-2023-05.csv"
    told = file.stat()
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("Atlas", "Borea"), encoding="utf-8")
    os.utime(file, ns=(told.st_atime_ns, told.st_mtime_ns))
    products = set(pf.open_book(three_years).activity["product"])
    assert products == {"Atlas", "Borea"}


def test_files_with_other_columns_are_named(three_years: Path) -> None:
    file = three_years / "events-2023-05.csv"
    text = file.read_text(encoding="utf-8").replace("who", "whom")
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        pf.open_book(three_years)
    assert "'who'" in str(caught.value)


def test_a_format_without_batches_is_refused(tmp_path: Path) -> None:
    write(tmp_path, 1, partitioned=True)
    (tmp_path / "events-2026-01.csv").write_text('[{"id": 1}]', encoding="utf-8")
    with pytest.raises(SourceError, match="partitioned source is read from CSV or Parquet"):
        pf.open_book(tmp_path)


def test_more_rows_than_can_be_handed_over_come_by_month(
    three_years: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pfkit.conform.partitions import edge

    book = pf.open_book(three_years)
    whole = book.table("usage")
    monkeypatch.setattr(edge, "MOST", 1_000)
    rows = book.table("usage")
    assert len(rows) == 36 * 7  # customers of every month
    assert rows.attrs["summed"] == "1,800 rows, added up by month to 252"
    assert rows["units"].sum() == whole["units"].sum()
    assert rows.columns.tolist() == whole.columns.tolist()
    monkeypatch.setattr(edge, "MOST", 100)
    with pytest.raises(pf.errors.BookError, match="too many to hand over") as caught:
        book.table("usage")
    assert "pf.cube" in str(caught.value)
