from __future__ import annotations

import gzip
import io
import json
from typing import TYPE_CHECKING

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pfkit.errors import SourceError
from pfkit.sources import find_files, read_files

if TYPE_CHECKING:
    from pathlib import Path


def _put(folder: Path, name: str, data: bytes) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return file


def test_files_follow_each_other_and_every_row_knows_its_file_and_line(tmp_path: Path) -> None:
    one = _put(tmp_path, "b/may.csv", b"id,amount\n1,2.50\nx\n")
    two = _put(tmp_path, "b/june.csv.gz", gzip.compress(b"amount,id\n\n3.75,2\n"))
    raw = read_files([one, two], root=tmp_path)
    assert raw.table.to_pylist() == [
        {"id": "1", "amount": "2.50", "_file": "b/may.csv", "_line": "2"},
        {"id": "2", "amount": "3.75", "_file": "b/june.csv.gz", "_line": "3"},
    ]
    assert raw.columns == ("id", "amount")
    assert [(fact.path, fact.rows, fact.compression) for fact in raw.files] == [
        ("b/may.csv", 2, ""),
        ("b/june.csv.gz", 1, "gzip"),
    ]
    assert [(row.file, row.line) for row in raw.rejected] == [("b/may.csv", "3")]


def test_a_column_missing_in_one_file_names_file_and_column(tmp_path: Path) -> None:
    one = _put(tmp_path, "may.csv", b"id,amount\n1,2\n")
    two = _put(tmp_path, "june.csv", b"id,amonut\n1,2\n")
    says = r"june\.csv: there is no column 'amount', which may\.csv has; the closest .* 'amonut'"
    with pytest.raises(SourceError, match=says):
        read_files([one, two], root=tmp_path)


def test_a_file_of_another_system_is_named_as_such(tmp_path: Path) -> None:
    one = _put(tmp_path, "may.csv", b"id,day,item,amount,money\n1,2026-05-01,tea,2,EUR\n")
    two = _put(tmp_path, "june.csv", b"Name,Stage,Close,Owner\nBig,Won,2026-06-01,Ines\n")
    says = (
        r"june\.csv: there are no columns 'id', 'day', 'item', 'amount' and 1 more, which may\.csv "
        r"has: it is another export\n .*`pfkit adapters fit FILE`"
    )
    with pytest.raises(SourceError, match=says):
        read_files([one, two], root=tmp_path)


def test_a_column_that_only_a_later_file_has_is_named_too(tmp_path: Path) -> None:
    one = _put(tmp_path, "may.csv", b"id\n1\n")
    two = _put(tmp_path, "june.csv", b"id,tax\n1,2\n")
    with pytest.raises(SourceError, match=r"may\.csv: there is no column 'tax', which june\.csv"):
        read_files([one, two], root=tmp_path)
    assert read_files([one, two], root=tmp_path, columns=["id"]).table.num_rows == 2


def test_json_files_may_lack_a_key(tmp_path: Path) -> None:
    one = _put(tmp_path, "a.jsonl", b'{"id": 1}\n')
    two = _put(tmp_path, "b.jsonl", b'{"id": 2, "tax": 3}\n')
    raw = read_files([one, two], root=tmp_path)
    assert raw.table.column("tax").to_pylist() == [None, "3"]


def test_every_format_is_known_by_its_bytes_whatever_its_name(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["id"])
    book.active.append([1])
    xlsx, parquet = io.BytesIO(), io.BytesIO()
    book.save(xlsx)
    pq.write_table(pa.table({"id": [1]}), parquet)
    made = {
        "csv": b"id\n1\n",
        "jsonl": b'{"id": 1}\n',
        "json": json.dumps([{"id": 1}]).encode(),
        "xlsx": xlsx.getvalue(),
        "parquet": parquet.getvalue(),
    }
    for kind, data in made.items():
        raw = read_files([_put(tmp_path, "export.dat", data)], root=tmp_path)
        assert raw.files[0].format == kind
        assert [str(value) for value in raw.table.column("id").to_pylist()] == ["1"]


def test_html_named_xls_is_refused(tmp_path: Path) -> None:
    file = _put(tmp_path, "plan.xls", b"<html><table><tr><td>1</td></tr></table></html>")
    with pytest.raises(SourceError, match=r"plan\.xls: the file is an HTML page"):
        read_files([file], root=tmp_path, format="xls")


def test_a_query_or_a_sheet_in_the_wrong_place_is_refused(tmp_path: Path) -> None:
    file = _put(tmp_path, "may.csv", b"id\n1\n")
    with pytest.raises(SourceError, match="a query is declared, but the file is csv"):
        read_files([file], root=tmp_path, query="SELECT 1")
    with pytest.raises(SourceError, match="the sheet 'Plan' is declared, but the file is csv"):
        read_files([file], root=tmp_path, sheet="Plan")


def test_a_compressed_binary_is_refused(tmp_path: Path) -> None:
    file = _put(tmp_path, "u.parquet.gz", gzip.compress(b"PAR1 and more"))
    with pytest.raises(SourceError, match="a parquet file compressed with gzip is not read"):
        read_files([file], root=tmp_path)


def test_a_column_with_a_name_of_ours_is_refused(tmp_path: Path) -> None:
    file = _put(tmp_path, "may.csv", b"id,_line\n1,2\n")
    with pytest.raises(SourceError, match="a column '_line', which pfkit adds itself"):
        read_files([file], root=tmp_path)


def test_types_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    for name, value in (("a.parquet", 1), ("b.parquet", "x")):
        pq.write_table(pa.table({"id": [value]}), tmp_path / name)
    with pytest.raises(
        SourceError, match=r"column 'id' is string here and int64 in a\.parquet"
    ) as no:
        read_files(find_files(tmp_path, "*.parquet"), root=tmp_path)
    assert no.value.where == "b.parquet"


def test_no_files_is_an_error_too(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="there are no files to read"):
        read_files([], root=tmp_path)


def test_a_real_export_reads_whole_with_the_lines_a_csv_reader_counts(shared: Path) -> None:
    root = shared / "data" / "real"
    raw = read_files(find_files(root, "invoices/online_retail_*.csv.gz"), root=root)
    # 320,705 lines in nine months, as the data's own README and control totals say.
    assert raw.table.num_rows == sum(fact.rows for fact in raw.files) == 320_705
    assert raw.rejected == ()
    june = next(fact for fact in raw.files if "2011-06" in fact.path)
    assert (june.rows, june.encoding) == (36_874, "utf-8")
    last = raw.table.column("_line").to_pylist()[-1]
    assert last == str(raw.files[-1].rows + 1)
