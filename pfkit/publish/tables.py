"""The exhibits' numbers as files: a CSV each, and one workbook with typed cells."""

from __future__ import annotations

import datetime as dt
import io
import math
import re
from typing import TYPE_CHECKING, Any

import xlsxwriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

Exhibit = dict[str, Any]

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_SHEET_NAME = 31
_NUMBERS: Mapping[str, str] = {
    "money": "#,##0.00",
    "number": "#,##0.00####",
    "count": "#,##0",
    "rate": "0.0%",
}
_DATE = "yyyy-mm-dd"
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_NARROWEST, _WIDEST = 9, 48
_HEADER_ROW = 4


def has_rows(exhibit: Mapping[str, Any]) -> bool:
    """Return whether an exhibit carries a table of values, as notes and headings do not."""
    return bool(exhibit.get("columns")) and bool(exhibit.get("rows"))


def to_csv(exhibit: Mapping[str, Any]) -> bytes:
    r"""Return an exhibit's values as CSV, the first column ``row_key``.

    Parameters
    ----------
    exhibit : mapping
        An exhibit; its values in full precision, rates as fractions.

    Returns
    -------
    bytes
        UTF-8, comma, one header line, ``\\n`` line ends; missing values empty.

    Notes
    -----
    Text that a spreadsheet would take for a formula gets an apostrophe in front, as OWASP
    advises; a number stays a number.

    Examples
    --------
    >>> to_csv({"columns": [{"name": "row_key"}, {"name": "memo"}, {"name": "amount"}],
    ...         "rows": [["a", "=1+1", -2.5]]}).decode().splitlines()
    ['row_key,memo,amount', "a,'=1+1,-2.5"]
    """
    head = [str(column["name"]) for column in exhibit["columns"]]
    lines = [head, *([_csv_cell(value) for value in row] for row in exhibit["rows"])]
    return "".join(",".join(map(_quoted, line)) + "\n" for line in lines).encode("utf-8")


def to_xlsx(exhibits: Iterable[Exhibit], *, title: str, as_of: dt.date) -> bytes:
    """Return a workbook with a sheet per exhibit, its cells typed and formatted.

    Parameters
    ----------
    exhibits : iterable of dict
        Exhibits; those without rows get no sheet.
    title : str
        The workbook's title, as in its properties and first sheet.
    as_of : datetime.date
        The knowledge date; also the workbook's creation date, so that bytes repeat.

    Returns
    -------
    bytes
        An xlsx file. Numbers are numbers (to 16 digits), dates are dates, text is never a
        formula or a link.
    """
    held = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    kept = [exhibit for exhibit in exhibits if has_rows(exhibit)]
    with xlsxwriter.Workbook(held, options) as workbook:
        created = dt.datetime(as_of.year, as_of.month, as_of.day)  # noqa: DTZ001 - xlsx has no zone
        workbook.set_properties({"title": title, "created": created})
        formats = _formats(workbook)
        names = _sheet_names([str(exhibit["id"]) for exhibit in kept])
        _contents(_Sheet(workbook.add_worksheet("Contents"), formats), kept, names, title)
        for exhibit, name in zip(kept, names, strict=True):
            _fill(_Sheet(workbook.add_worksheet(name), formats), exhibit)
    return held.getvalue()


def _csv_cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value) if math.isfinite(value) else ""
    text = str(value)
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text


class _Sheet:
    """One worksheet, and the formats its cells take by kind."""

    def __init__(self, sheet: Worksheet, formats: Mapping[str, Format]) -> None:
        self.sheet = sheet
        self._formats = formats

    def text(self, row: int, place: int, text: str, form: str = "text") -> None:
        """Write text that stays text, even when a person edits the cell."""
        guarded = form == "text" and text.startswith(_STARTS_A_FORMULA)
        self.sheet.write_string(row, place, text, self._formats["guarded" if guarded else form])

    def value(self, row: int, place: int, value: object, kind: str) -> None:
        """Write a value as its column's kind; a missing one leaves the cell empty."""
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            return
        if isinstance(value, bool):
            self.sheet.write_boolean(row, place, value)
        elif isinstance(value, (int, float)):
            form = self._formats[kind if kind in _NUMBERS else "number"]
            self.sheet.write_number(row, place, value, form)
        elif kind == "date" and _ISO_DATE.fullmatch(str(value)):
            day = dt.date.fromisoformat(str(value))
            self.sheet.write_datetime(row, place, day, self._formats["date"])
        else:
            self.text(row, place, str(value))


def _quoted(text: str) -> str:
    if any(mark in text for mark in ',"\n\r'):
        return '"' + text.replace('"', '""') + '"'
    return text


def _formats(workbook: Workbook) -> dict[str, Format]:
    made = {
        kind: workbook.add_format({"num_format": form})
        for kind, form in {**_NUMBERS, "date": _DATE}.items()
    }
    made["text"] = workbook.add_format({"num_format": "@"})
    made["guarded"] = workbook.add_format({"num_format": "@", "quote_prefix": True})
    made["title"] = workbook.add_format({"bold": True, "font_size": 14})
    made["note"] = workbook.add_format({"font_color": "#59636b"})
    made["header"] = workbook.add_format({"bold": True, "bottom": 1, "text_wrap": True})
    return made


def _sheet_names(ids: Sequence[str]) -> list[str]:
    names: list[str] = []
    for one in ids:
        base = re.sub(r"[\[\]:*?/\\']", "-", one)[:_SHEET_NAME]
        name, count = base, 1
        while name.casefold() in {"contents", *(other.casefold() for other in names)}:
            count += 1
            name = f"{base[: _SHEET_NAME - len(str(count)) - 1]}-{count}"
        names.append(name)
    return names


def _contents(page: _Sheet, exhibits: Sequence[Exhibit], names: Sequence[str], title: str) -> None:
    page.text(0, 0, title, "title")
    for place, label in enumerate(("Sheet", "Title", "Message", "Unit", "Source", "As of")):
        page.text(2, place, label, "header")
    for row, (exhibit, name) in enumerate(zip(exhibits, names, strict=True), start=3):
        page.sheet.write_url(row, 0, f"internal:'{name}'!A1", None, name)
        for place, key in enumerate(("title", "message", "unit", "source", "as_of"), start=1):
            page.text(row, place, str(exhibit.get(key) or ""))
    page.sheet.set_column(0, 0, 24)
    page.sheet.set_column(1, 2, 48)
    page.sheet.set_column(3, 5, 18)
    page.sheet.freeze_panes(3, 0)


def _fill(page: _Sheet, exhibit: Exhibit) -> None:
    columns, rows = exhibit["columns"], exhibit["rows"]
    unit = f" Unit: {exhibit['unit']}." if exhibit.get("unit") else ""
    page.text(0, 0, str(exhibit.get("title") or exhibit["id"]), "title")
    page.text(1, 0, str(exhibit.get("message") or ""), "note")
    source = f"Source: {exhibit.get('source') or ''}.{unit} As of {exhibit.get('as_of') or ''}."
    page.text(2, 0, source, "note")
    for place, column in enumerate(columns):
        label = str(column.get("label") or column["name"])
        page.text(_HEADER_ROW, place, label, "header")
        values = [row[place] for row in rows]
        for row, value in enumerate(values, start=_HEADER_ROW + 1):
            page.value(row, place, value, str(column.get("type", "text")))
        longest = max((len(_csv_cell(value)) for value in values), default=0)
        width = min(max(longest, len(label), _NARROWEST) + 1, _WIDEST)
        page.sheet.set_column(place, place, width)
    page.sheet.freeze_panes(_HEADER_ROW + 1, 1)
    page.sheet.autofilter(_HEADER_ROW, 0, _HEADER_ROW + len(rows), len(columns) - 1)
