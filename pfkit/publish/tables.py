"""The exhibits' numbers as files: a CSV each, and one workbook with typed cells."""

from __future__ import annotations

import datetime as dt
import io
import math
import re
from typing import TYPE_CHECKING, Any

import xlsxwriter

from pfkit.present.form import REGISTER, TO_COMMENT
from pfkit.publish.forms import beside, register, to_comment
from pfkit.publish.sheets import STARTS_A_FORMULA, Sheet, formats

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pfkit.present.form import Form
    from pfkit.publish.forms import Origin

Exhibit = dict[str, Any]

_SHEET_NAME = 31
_TAKEN = {"contents", TO_COMMENT.casefold(), REGISTER.casefold()}
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


def to_xlsx(
    exhibits: Iterable[Exhibit],
    *,
    title: str,
    as_of: dt.date,
    form: Form | None = None,
    origin: Origin | None = None,
) -> bytes:
    """Return a workbook with a sheet per exhibit, its cells typed and formatted.

    Parameters
    ----------
    exhibits : iterable of dict
        Exhibits; those without rows get no sheet.
    title : str
        The workbook's title, as in its properties and first sheet.
    as_of : datetime.date
        The knowledge date; also the workbook's creation date, so that bytes repeat.
    form : Form, optional
        What is asked beside the rows: columns to be filled in, a sheet that lists them all, and a
        hidden one that says what stood there, so that only what a person changed comes back.
    origin : Origin, optional
        The report, as the hidden sheet names it; goes with `form`.

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
        made = formats(workbook)
        names = _sheet_names([str(exhibit["id"]) for exhibit in kept])
        asks = bool(form and form.asks)
        first = Sheet(workbook.add_worksheet("Contents"), made)
        _contents(first, kept, names, title, asks=asks)
        if form is not None and asks:
            to_comment(Sheet(workbook.add_worksheet(TO_COMMENT), made), form, title=title)
        for exhibit, name in zip(kept, names, strict=True):
            _fill(Sheet(workbook.add_worksheet(name), made), exhibit, form)
        if form is not None and origin is not None:
            ids = {str(exhibit["id"]): name for exhibit, name in zip(kept, names, strict=True)}
            register(Sheet(workbook.add_worksheet(REGISTER), made), form, origin, ids)
    return held.getvalue()


def _csv_cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value) if math.isfinite(value) else ""
    text = str(value)
    return f"'{text}" if text.startswith(STARTS_A_FORMULA) else text


def _quoted(text: str) -> str:
    if any(mark in text for mark in ',"\n\r'):
        return '"' + text.replace('"', '""') + '"'
    return text


def _sheet_names(ids: Sequence[str]) -> list[str]:
    names: list[str] = []
    for one in ids:
        base = re.sub(r"[\[\]:*?/\\']", "-", one)[:_SHEET_NAME]
        name, count = base, 1
        while name.casefold() in {*_TAKEN, *(other.casefold() for other in names)}:
            count += 1
            name = f"{base[: _SHEET_NAME - len(str(count)) - 1]}-{count}"
        names.append(name)
    return names


def _contents(
    page: Sheet, exhibits: Sequence[Exhibit], names: Sequence[str], title: str, *, asks: bool
) -> None:
    page.text(0, 0, title, "title")
    if asks:
        page.sheet.write_url(1, 0, f"internal:'{TO_COMMENT}'!A1", None, TO_COMMENT)
        page.text(1, 1, "Every row that is asked about, with what stands there", "note")
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


def _fill(page: Sheet, exhibit: Exhibit, form: Form | None) -> None:
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
    last = len(columns) - 1
    if form is not None and str(exhibit["id"]) in form.rows:
        keys = [str(row[0]) for row in rows]
        last = beside(page, form, str(exhibit["id"]), keys, at=(_HEADER_ROW, len(columns)))
    page.sheet.freeze_panes(_HEADER_ROW + 1, 1)
    # what is filled in lies inside the filter, so that sorting moves it with its row
    page.sheet.autofilter(_HEADER_ROW, 0, _HEADER_ROW + len(rows), last)
