from __future__ import annotations

import codecs
import contextlib
import csv
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pfkit.errors import SourceError
from pfkit.sources.csv import read_csv
from pfkit.sources.raw import Options

if TYPE_CHECKING:
    from pfkit.sources.raw import Part


def _read(
    raw: bytes,
    *,
    delimiter: str = "detect",
    header: int = 1,
    columns: tuple[str, ...] | None = None,
) -> Part:
    options = Options(delimiter=delimiter, header=header, columns=columns)
    return read_csv(raw, where="may.csv", options=options)


def _rows(part: Part) -> list[tuple[str, ...]]:
    columns = [part.table.column(name).to_pylist() for name in part.table.column_names]
    return list(zip(part.lines.to_pylist(), *columns, strict=True))


def test_every_value_stays_the_text_it_is() -> None:
    part = _read(b"id,amount,date,flag\n007,1.10,2026-01-31,TRUE\n1e5,NaN,,NULL\n")
    assert _rows(part) == [
        ("2", "007", "1.10", "2026-01-31", "TRUE"),
        ("3", "1e5", "NaN", None, "NULL"),
    ]


def test_a_quoted_empty_field_is_null_too() -> None:
    assert _rows(_read(b'a,b\n"",1\n')) == [("2", None, "1")]


# The same four rows, written the ways exports write them; lines counted by hand.
BODY = 'id,text\n1,plain\n\n2,"two\nlines"\n3,"a ""quote"", and comma"\n\n\n4,Müller\n'
LINES = ["2", "4", "6", "9"]
TEXTS = ["plain", "two\nlines", 'a "quote", and comma', "Müller"]


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        (BODY.encode(), "utf-8"),
        (codecs.BOM_UTF8 + BODY.encode(), "utf-8"),
        (BODY.encode("cp1252"), "cp1252"),
        (BODY.encode("utf-16"), "utf-16"),
        (BODY.rstrip("\n").encode(), "utf-8"),
    ],
)
def test_lines_are_right_in_every_encoding(raw: bytes, encoding: str) -> None:
    part = _read(raw)
    assert part.lines.to_pylist() == LINES
    assert part.table.column("text").to_pylist() == TEXTS
    assert part.encoding == encoding
    assert "3 blank lines skipped" in part.notes


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_lines_are_right_with_every_line_end(end: str) -> None:
    part = _read(BODY.replace("\n", end).encode())
    assert part.lines.to_pylist() == LINES
    assert part.table.column("text").to_pylist() == [text.replace("\n", end) for text in TEXTS]


def test_a_ragged_row_is_rejected_with_its_line_and_text() -> None:
    part = _read(b'id,text\n1,"x\ny"\n2\n3,a,b\n4,z\n')
    assert part.lines.to_pylist() == ["2", "6"]
    assert [(row.line, row.rule, row.text) for row in part.rejected] == [
        ("4", "ragged row", "2"),
        ("5", "ragged row", "3,a,b"),
    ]
    assert part.rejected[0].advice.startswith("The row has 1 fields, fewer than the 2")
    assert part.rejected[1].file == "may.csv"


def test_a_stray_quote_rejects_its_own_line_only() -> None:
    part = _read(b'id,text\n1,"open\n2,5" pipe\n3,"x, y"\n')
    assert _rows(part) == [("3", "2", '5" pipe'), ("4", "3", "x, y")]
    assert [(row.line, row.rule) for row in part.rejected] == [("2", "stray quote")]


def test_a_line_in_another_encoding_is_rejected() -> None:
    good = "".join(f"{n},Müller\n" for n in range(5)).encode()
    part = _read(b"id,name\n" + good + b"9,Fran\xe7ois\n")
    assert [(row.line, row.rule) for row in part.rejected] == [("7", "encoding")]
    assert part.table.num_rows == 5


def test_a_row_of_separators_is_blank() -> None:
    part = _read(b"a,b,c\n1,2,3\n,,\n")
    assert (part.lines.to_pylist(), part.notes) == (["2"], ("1 blank lines skipped",))


def test_the_header_may_stand_lower() -> None:
    part = _read(b'Sales "May\n\nid;x\n1;2\n', header=3)
    assert _rows(part) == [("4", "1", "2")]


def test_decimal_commas_are_no_columns() -> None:
    part = _read(b"Konto;Betrag\n4000;1.234,50\n4010;-7,25\n")
    assert part.table.column("Betrag").to_pylist() == ["1.234,50", "-7,25"]


def test_an_empty_column_at_the_edge_is_dropped_and_noted() -> None:
    part = _read(b"a,b,\n1,2,\n3,4,\n")
    assert part.table.column_names == ["a", "b"]
    assert part.notes == ("empty columns without a name dropped: 'column_3'",)


def test_an_index_without_a_name_is_kept() -> None:
    assert _read(b",b\n0,2\n").table.column_names == ["column_1", "b"]


def test_only_the_wanted_columns_are_read() -> None:
    part = _read(b"a,b,c\n1,2,3\n", columns=("c", "a"))
    assert part.table.column_names == ["c", "a"]
    with pytest.raises(SourceError, match=r"may\.csv: there is no column 'd'"):
        _read(b"a,b,c\n1,2,3\n", columns=("d",))


def test_a_header_without_rows_is_an_empty_table() -> None:
    part = _read(b"a,b\n")
    assert (part.table.num_rows, part.table.column_names) == (0, ["a", "b"])
    assert part.notes == ("no rows under the header",)


def test_a_header_that_names_a_column_twice_is_refused() -> None:
    with pytest.raises(SourceError, match=r"may\.csv \(line 1\): the header names 'a' twice"):
        _read(b"a,b,a\n1,2,3\n")


@pytest.mark.parametrize("raw", [b"\n\n", b"  \r\n", codecs.BOM_UTF8])
def test_a_file_of_nothing_is_refused(raw: bytes) -> None:
    with pytest.raises(SourceError, match=r"may\.csv: the file holds no text"):
        _read(raw)


def test_a_nul_is_refused_with_its_line() -> None:
    with pytest.raises(SourceError, match=r"may\.csv \(line 3\): a NUL byte"):
        _read(b"a,b\n1,2\n3,\x004\n")


def test_a_wrong_delimiter_says_so_instead_of_rejecting_every_row() -> None:
    with pytest.raises(SourceError, match=r"none of the 2 rows has the 1 fields of the header"):
        _read(b"Total\n1,2\n3,4\n", delimiter=",")


def test_a_header_with_an_open_quote_is_refused() -> None:
    with pytest.raises(SourceError, match="a quote in the header is never closed"):
        _read(b'"a,b\n1,2\n')


def test_a_field_longer_than_a_block_is_read() -> None:
    long = "x" * (9 << 20)
    part = _read(f'a,b\n1,"{long}"\n2,y\n'.encode())
    assert part.table.column("b").to_pylist() == [long, "y"]


CELLS = st.text(alphabet='ab1 ,;"\n', max_size=6)


@given(st.lists(st.tuples(CELLS, CELLS.map(lambda text: f"z{text}")), max_size=12))
def test_what_a_csv_writer_writes_is_read_back_with_its_lines(rows: list[tuple[str, str]]) -> None:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["left", "right"])
    expected = []
    for row in rows:
        line = stream.getvalue().count("\n") + 1
        writer.writerow(row)
        expected.append((str(line), row[0] or None, row[1]))
    part = _read(stream.getvalue().encode(), delimiter=",")
    assert _rows(part) == expected
    assert part.rejected == ()


@settings(deadline=None)  # the time a busy machine takes says nothing of the bytes
@given(st.binary(max_size=60))
def test_no_bytes_make_anything_but_a_clear_error(raw: bytes) -> None:
    with contextlib.suppress(SourceError):
        _read(b"id,x\n" + raw)


def test_a_header_that_stands_again_is_left_out_and_its_line_named() -> None:
    part = _read(b"id,amount\n1,2\nid,amount\n3,4\n")
    assert part.table.column("id").to_pylist() == ["1", "3"]
    assert part.lines.to_pylist() == ["2", "4"]
    assert part.notes == ("the header stands again on line 3: left out",)


def test_a_header_that_stands_again_beside_stray_quotes_is_left_out_too() -> None:
    part = _read(b'id,note\n1,a 5" pipe\nid,note\n3,b\n')
    assert part.table.column("id").to_pylist() == ["1", "3"]
    assert "the header stands again on line 3: left out" in part.notes


def test_a_value_that_is_called_like_the_only_column_is_kept() -> None:
    assert _read(b"status\nopen\nstatus\n").table.column("status").to_pylist() == ["open", "status"]


def test_rows_that_all_end_in_a_delimiter_fit_the_header() -> None:
    part = _read(b"id,amount\n1,2,\n3,4,\n")
    assert part.table.to_pylist() == [{"id": "1", "amount": "2"}, {"id": "3", "amount": "4"}]
    assert part.notes == ("empty columns without a name dropped: 'column_3'",)
    part = _read(b"id,amount\n1,2,\n3,4\n")
    assert [row.rule for row in part.rejected] == ["ragged row"]
