"""One sheet of a workbook, and how its cells are written by kind: numbers, days, text as text."""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBERS: Mapping[str, str] = {
    "money": "#,##0.00",
    "number": "#,##0.00####",
    "count": "#,##0",
    "rate": "0.0%",
}
_DATE = "yyyy-mm-dd"
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
# the cells that are to be filled in: a light wash that prints, and a frame that grey print keeps
_ASKED = {"bg_color": "#fff8e1", "border": 1, "border_color": "#b9c1c8", "locked": False}


class Sheet:
    """One worksheet, and the formats its cells take by kind."""

    def __init__(self, sheet: Worksheet, formats: Mapping[str, Format]) -> None:
        self.sheet = sheet
        self.formats = formats

    def text(self, row: int, place: int, text: str, form: str = "text") -> None:
        """Write text that stays text, even when a person edits the cell."""
        guarded = form == "text" and text.startswith(STARTS_A_FORMULA)
        self.sheet.write_string(row, place, text, self.formats["guarded" if guarded else form])

    def value(self, row: int, place: int, value: object, kind: str) -> None:
        """Write a value as its column's kind; a missing one leaves the cell empty."""
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            return
        if isinstance(value, bool):
            self.sheet.write_boolean(row, place, value)
        elif isinstance(value, (int, float)):
            form = self.formats[kind if kind in _NUMBERS else "number"]
            self.sheet.write_number(row, place, value, form)
        elif kind == "date" and _ISO_DATE.fullmatch(str(value)):
            day = dt.date.fromisoformat(str(value))
            self.sheet.write_datetime(row, place, day, self.formats["date"])
        else:
            self.text(row, place, str(value))


def formats(workbook: Workbook) -> dict[str, Format]:
    """Make every format of a workbook, by name."""
    made = {
        kind: workbook.add_format({"num_format": form})
        for kind, form in {**_NUMBERS, "date": _DATE}.items()
    }
    made["text"] = workbook.add_format({"num_format": "@"})
    made["guarded"] = workbook.add_format({"num_format": "@", "quote_prefix": True})
    made["title"] = workbook.add_format({"bold": True, "font_size": 14})
    made["note"] = workbook.add_format({"font_color": "#59636b"})
    made["header"] = workbook.add_format({"bold": True, "bottom": 1, "text_wrap": True})
    made["wrapped"] = workbook.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    made["asked"] = workbook.add_format({"num_format": "@", "text_wrap": True, **_ASKED})
    made["asked guarded"] = workbook.add_format(
        {"num_format": "@", "text_wrap": True, "quote_prefix": True, **_ASKED}
    )
    made["asked date"] = workbook.add_format({"num_format": _DATE, **_ASKED})
    return made
