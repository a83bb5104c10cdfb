from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from pfkit.errors import SourceError
from pfkit.sources.excel import read_excel
from pfkit.sources.raw import Options

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pfkit.sources.raw import Part

XLS = Path(__file__).parent / "data" / "plain.xls"


def _book(change: Callable[[openpyxl.Workbook], None]) -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "Budget"
    change(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _sheet(*rows: Sequence[object]) -> bytes:
    def fill(book: openpyxl.Workbook) -> None:
        for row in rows:
            book.active.append(list(row))

    return _book(fill)


def _patched(data: bytes, part: str, changes: dict[bytes, bytes]) -> bytes:
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as before,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for name in before.namelist():
            body = before.read(name)
            for old, new in changes.items() if name == part else ():
                assert old in body, body
                body = body.replace(old, new)
            after.writestr(name, body)
    return stream.getvalue()


def _read(
    data: bytes,
    kind: str = "xlsx",
    *,
    sheet: str | None = None,
    header: int = 1,
    columns: tuple[str, ...] | None = None,
) -> Part:
    options = Options(sheet=sheet, header=header, columns=columns)
    return read_excel(data, kind=kind, where="plan.xlsx", options=options)


def test_cells_come_as_exact_text() -> None:
    part = _read(
        _sheet(
            ["code", "id", "rate", "big", "tiny", "flag", "note"],
            ["007", 100200300400500, 0.1, 1e16, 1e-7, True, " x "],
            ["1.50", 12.0, -3.25, 2.5e20, 123456.789, False, None],
        )
    )
    assert part.table.to_pylist() == [
        {
            "code": "007",
            "id": "100200300400500",
            "rate": "0.1",
            "big": "10000000000000000",
            "tiny": "0.0000001",
            "flag": "true",
            "note": " x ",
        },
        {
            "code": "1.50",
            "id": "12",
            "rate": "-3.25",
            "big": "250000000000000000000",
            "tiny": "123456.789",
            "flag": "false",
            "note": None,
        },
    ]
    assert part.lines.to_pylist() == ["Budget!A2", "Budget!A3"]


def test_dates_and_times_come_in_iso_form() -> None:
    part = _read(
        _sheet(
            ["day", "moment", "time", "length"],
            [
                dt.date(2026, 1, 31),
                dt.datetime(2026, 1, 31, 8, 30),  # noqa: DTZ001 - a sheet knows no zones
                dt.time(8, 5),
                dt.timedelta(hours=30, minutes=15),
            ],
        )
    )
    assert list(part.table.to_pylist()[0].values()) == [
        "2026-01-31",
        "2026-01-31 08:30:00",
        "08:05:00",
        "30:15:00",
    ]


def test_a_workbook_that_counts_from_1904_gives_the_same_day() -> None:
    def fill(book: openpyxl.Workbook) -> None:
        book.epoch = CALENDAR_MAC_1904
        book.active.append(["day"])
        book.active.append([dt.date(2026, 1, 31)])

    assert _read(_book(fill)).table.column("day").to_pylist() == ["2026-01-31"]


def test_a_cell_error_rejects_its_row_with_its_address() -> None:
    def fill(book: openpyxl.Workbook) -> None:
        book.active.append(["code", "amount"])
        book.active.append(["a", "#REF!"])
        book.active["B2"].data_type = "e"
        book.active.append(["b", 5])

    part = _read(_book(fill))
    assert part.table.column("code").to_pylist() == ["b"]
    (row,) = part.rejected
    assert (row.line, row.rule, row.text) == ("Budget!B2", "cell error", "a | #REF!")
    assert row.advice == "The cell shows #REF!; mend its formula."


def test_a_formula_nobody_calculated_rejects_its_row() -> None:
    part = _read(_sheet(["code", "amount"], ["a", "=1+1"], ["b", 5]))
    assert part.table.column("code").to_pylist() == ["b"]
    (row,) = part.rejected
    assert (row.line, row.rule) == ("Budget!B2", "formula without value")
    assert "let it calculate" in row.advice


def test_a_calculated_formula_is_its_value_also_where_that_is_no_text() -> None:
    data = _sheet(["a", "b"], ["=1+1", '=""'])
    calculated = {
        b'<c r="A2"><f>1+1</f><v></v></c>': b'<c r="A2"><f>1+1</f><v>2</v></c>',
        b'<c r="B2"><f>""</f><v></v></c>': b'<c r="B2" t="str"><f>""</f><v></v></c>',
    }
    part = _read(_patched(data, "xl/worksheets/sheet1.xml", calculated))
    assert part.table.to_pylist() == [{"a": "2", "b": None}]
    assert part.rejected == ()


def test_an_error_outside_the_wanted_columns_rejects_nothing() -> None:
    part = _read(_sheet(["code", "check"], ["a", "#N/A"]), columns=("code",))
    assert part.table.to_pylist() == [{"code": "a"}]


def test_the_header_may_stand_lower_and_blank_rows_are_skipped() -> None:
    part = _read(
        _sheet([None, None, "Budget 2026"], [None], ["code", "amount"], ["a", 1], [], ["b", 2]),
        header=3,
    )
    assert part.table.to_pylist() == [
        {"code": "a", "amount": "1"},
        {"code": "b", "amount": "2"},
    ]
    assert part.lines.to_pylist() == ["Budget!A4", "Budget!A6"]
    assert part.notes == (
        "2 rows above the header skipped",
        "1 blank rows skipped",
        "empty columns without a name dropped: 'column_3'",
    )


def test_a_header_past_the_end_is_refused() -> None:
    with pytest.raises(
        SourceError, match=r"plan\.xlsx!Budget: the header is declared in row 9.*\(2 rows\)"
    ):
        _read(_sheet(["a"], [1]), header=9)


def test_an_empty_header_row_says_which_row_has_text() -> None:
    with pytest.raises(SourceError, match=r"header row 1 is empty\n  -> .*row 2 has text"):
        _read(_sheet([None], ["a"], [1]))


def test_a_name_twice_in_the_header_is_refused() -> None:
    with pytest.raises(SourceError, match=r"plan\.xlsx!Budget \(row 1\): the header names 'Jan'"):
        _read(_sheet(["Jan", "Jan"], [1, 2]))


def _two_sheets(book: openpyxl.Workbook) -> None:
    book.active.append(["a"])
    book.active.append([1])
    book.create_sheet("Budget 2026").append(["b"])


def test_an_unknown_sheet_offers_the_nearest() -> None:
    with pytest.raises(SourceError, match=r"no sheet 'Budgt 2026'\n  -> .*is 'Budget 2026'"):
        _read(_book(_two_sheets), sheet="Budgt 2026")


def test_a_sheet_in_doubt_is_not_guessed() -> None:
    says = r"2 visible sheets with content \('Budget', 'Budget 2026'\)"
    with pytest.raises(SourceError, match=says):
        _read(_book(_two_sheets))
    assert _read(_book(_two_sheets), sheet="Budget 2026").table.column_names == ["b"]


def test_a_hidden_sheet_is_not_read_unasked_but_noted() -> None:
    def fill(book: openpyxl.Workbook) -> None:
        _two_sheets(book)
        book["Budget 2026"].sheet_state = "hidden"

    part = _read(_book(fill))
    assert part.table.column_names == ["a"]
    assert part.notes == ("sheets not read because they are hidden: 'Budget 2026'",)


def test_an_old_workbook_is_read_and_its_cell_error_found() -> None:
    part = _read(XLS.read_bytes(), kind="xls")
    assert part.table.to_pylist() == [
        {"code": "007", "amount": "1234.5", "day": "2026-01-31", "ratio": "0.1"}
    ]
    assert [(row.line, row.rule, row.text) for row in part.rejected] == [
        ("Budget!D3", "cell error", "008 | 12 | 2026-02-28 | #DIV/0!")
    ]


NAMES = "urn:oasis:names:tc:opendocument:xmlns"


def _ods_cell(text: str, number: str = "") -> str:
    typed = f'float" office:value="{number}' if number else "string"
    return (
        f'<table:table-cell office:value-type="{typed}"><text:p>{text}</text:p></table:table-cell>'
    )


def _ods(*rows: tuple[str, ...]) -> str:
    body = "".join(f"<table:table-row>{''.join(row)}</table:table-row>" for row in rows)
    return (
        f'<office:document-content xmlns:office="{NAMES}:office:1.0"'
        f' xmlns:table="{NAMES}:table:1.0" xmlns:text="{NAMES}:text:1.0">'
        f'<office:body><office:spreadsheet><table:table table:name="Plan">{body}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )


def test_an_open_document_is_read() -> None:
    content = _ods(
        (_ods_cell("code"), _ods_cell("amount")),
        (_ods_cell("007"), _ods_cell("12.5", "12.50")),
        (_ods_cell("008"), _ods_cell("#REF!")),
    )
    manifest = f'<manifest:manifest xmlns:manifest="{NAMES}:manifest:1.0"/>'
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    part = _read(stream.getvalue(), kind="ods")
    assert part.table.to_pylist() == [{"code": "007", "amount": "12.5"}]
    assert [(row.line, row.rule) for row in part.rejected] == [("Plan!B3", "cell error")]


@pytest.mark.parametrize("kind", ["xlsx", "xls"])
def test_a_damaged_workbook_says_so(kind: str) -> None:
    data = _sheet(["a"], [1]) if kind == "xlsx" else XLS.read_bytes()
    with pytest.raises(SourceError, match=r"plan\.xlsx: the workbook is truncated or damaged"):
        _read(data[: len(data) // 2], kind=kind)


def test_an_empty_sheet_is_refused() -> None:
    with pytest.raises(SourceError, match="the sheet is empty"):
        _read(_book(lambda _: None), sheet="Budget")
