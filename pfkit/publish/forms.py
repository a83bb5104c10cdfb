"""The columns of a workbook that people fill in, prefilled with what stands, and their record."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pfkit.present.form import (
    DAY_LABEL,
    FIELDS,
    FORM,
    KEY_LABELS,
    KEYS,
    LONGEST,
    TO_COMMENT,
    Field,
)
from pfkit.publish.sheets import STARTS_A_FORMULA

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pfkit.present.form import Ask, Form
    from pfkit.publish.sheets import Sheet

_HEADER_ROW = 4
_DAY_AT = (2, 1)
_STATUSES = ["open", "closed"]
_FIRST_DAY = dt.date(2000, 1, 1)
_WIDTHS = {"text": 40, "name": 18, "date": 12, "status": 10}
_TOLD = (
    ("subject", "Subject", 26, "wrapped"),
    ("variance", "Variance", 15, "money"),
    ("variance_rate", "Variance %", 11, "rate"),
    ("sentence", "What the numbers say", 60, "wrapped"),
    ("said_for", "Written for", 11, "text"),
    ("said_on", "Written on", 11, "date"),
    ("since", "Decision open since", 12, "date"),
)
_HOW = (
    "Fill in the framed cells and give the workbook back with `pfkit comments read`. A cell that is"
    " left as it is, or emptied, changes nothing; what is settled gets the status closed."
)


@dataclass(frozen=True)
class Origin:
    """The report a workbook belongs to, as its hidden sheet names it."""

    entity: str
    period: str
    as_of: dt.date


def beside(
    page: Sheet, form: Form, exhibit: str, keys: Sequence[str], *, at: tuple[int, int]
) -> int:
    """Write the columns to fill in beside an exhibit's rows, and return the last column.

    Parameters
    ----------
    page : Sheet
        The exhibit's sheet.
    form : Form
        What is asked.
    exhibit : str
        Its id.
    keys : sequence of str
        The row keys, as the rows stand.
    at : tuple of int
        Row of the heads, and the first free column.
    """
    head, first = at
    asked = form.beside(exhibit)
    for place, field in enumerate(FIELDS, start=first):
        page.text(head, place, field.label, "header")
        page.sheet.set_column(place, place, _WIDTHS[field.kind])
        _checked(page, field, (head + 1, place, head + len(keys), place))
        for row, key in enumerate(keys, start=head + 1):
            if key in asked:
                _cell(page, row, place, field, asked[key])
    return first + len(FIELDS) - 1


def to_comment(page: Sheet, form: Form, *, title: str) -> None:
    """Write the sheet that lists every row that is asked about."""
    page.text(0, 0, f"{title}: {TO_COMMENT.lower()}", "title")
    page.text(1, 0, _HOW, "note")
    page.text(_DAY_AT[0], 0, DAY_LABEL, "header")
    page.sheet.write_blank(*_DAY_AT, None, page.formats["asked date"])
    _day(page, (*_DAY_AT, *_DAY_AT))
    heads = [*((name, label, 14, "text") for name, label in zip(KEYS, KEY_LABELS, strict=True))]
    heads += _TOLD
    rows = range(_HEADER_ROW + 1, _HEADER_ROW + 1 + len(form.asks))
    for place, (name, label, width, kind) in enumerate(heads):
        page.text(_HEADER_ROW, place, label, "header")
        page.sheet.set_column(place, place, width)
        for row, ask in zip(rows, form.asks, strict=True):
            _told(page, row, place, _value(ask, name), kind)
    for place, field in enumerate(FIELDS, start=len(heads)):
        page.text(_HEADER_ROW, place, field.label, "header")
        page.sheet.set_column(place, place, _WIDTHS[field.kind])
        _checked(page, field, (rows.start, place, rows.stop - 1, place))
        for row, ask in zip(rows, form.asks, strict=True):
            if not (ask.more and field.table == "comments"):
                _cell(page, row, place, field, ask)
    page.sheet.freeze_panes(_HEADER_ROW + 1, len(KEYS) + 1)
    page.sheet.autofilter(_HEADER_ROW, 0, rows.stop - 1, len(heads) + len(FIELDS) - 1)
    page.sheet.protect("", {"format_columns": True, "format_rows": True, "autofilter": True})


def register(page: Sheet, form: Form, origin: Origin, sheets: Mapping[str, str]) -> None:
    """Write the hidden sheet: the report, each sheet's exhibit and row keys, and what stood there.

    Parameters
    ----------
    page : Sheet
        An empty sheet.
    form : Form
        What is asked.
    origin : Origin
        The report.
    sheets : mapping of str to str
        By exhibit: the name of its sheet.
    """
    for place, text in enumerate((FORM, origin.entity, origin.period, origin.as_of.isoformat())):
        page.text(0, place, text)
    names = ("sheet", *KEYS, *(field.name for field in FIELDS))
    for place, name in enumerate(names):
        page.text(1, place, name)
    lines = [(TO_COMMENT, a.exhibit, a.row_key, a.decision, a.stands) for a in form.asks]
    for exhibit, keys in form.rows.items():
        asked = form.beside(exhibit)
        for key in keys:
            ask = asked.get(key)
            decision = ask.decision if ask else ""
            stands = ask.stands if ask else {}
            lines.append((sheets.get(exhibit, ""), exhibit, key, decision, stands))
    for row, (*where, stands) in enumerate(lines, start=2):
        for place, text in enumerate([*where, *(stands.get(f.name, "") for f in FIELDS)]):
            if text:
                page.text(row, place, str(text)[:LONGEST])
    page.sheet.very_hidden()


def _value(ask: Ask, name: str) -> object:
    return getattr(ask, name) if name in KEYS else ask.told.get(name)


def _told(page: Sheet, row: int, place: int, value: object, kind: str) -> None:
    """Write what the form says; a text is cut to what a cell can hold."""
    if value is None or value == "":
        return
    if kind in {"wrapped", "text"}:
        page.text(row, place, str(value)[:LONGEST], kind)
    else:
        page.value(row, place, value, kind)


def _cell(page: Sheet, row: int, place: int, field: Field, ask: Ask) -> None:
    """Write one cell to fill in, with what stands there."""
    stands = ask.stands.get(field.name, "")
    form = page.formats["asked date" if field.kind == "date" else "asked"]
    if not stands:
        page.sheet.write_blank(row, place, None, form)
    elif field.kind == "date":
        page.sheet.write_datetime(row, place, dt.date.fromisoformat(stands[:10]), form)
    else:
        guarded = stands.startswith(STARTS_A_FORMULA)
        page.text(row, place, stands, "asked guarded" if guarded else "asked")


def _checked(page: Sheet, field: Field, area: tuple[int, int, int, int]) -> None:
    """Let a spreadsheet refuse what would be refused later."""
    if area[2] < area[0]:
        return
    if field.kind == "date":
        _day(page, area)
    elif field.kind == "status":
        page.sheet.data_validation(
            *area,
            {
                "validate": "list",
                "source": _STATUSES,
                "error_title": field.label,
                "error_message": "It is open or closed.",
            },
        )


def _day(page: Sheet, area: tuple[int, int, int, int]) -> None:
    rule: dict[str, Any] = {
        "validate": "date",
        "criteria": ">=",
        "value": _FIRST_DAY,
        "error_title": "Day",
        "error_message": "Write a day, such as 2026-07-31.",
    }
    page.sheet.data_validation(*area, rule)
