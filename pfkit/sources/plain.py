"""Typed columns as the text that text formats write, for exports that come in both."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

#: Formats whose columns are text as found.
TEXTUAL = frozenset({"csv", "xlsx", "xls", "ods", "json", "jsonl"})


def as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a typed column as text: numbers exact, days as ``2026-01-31``.

    Use it where the same source lies in a typed file and in a text file.

    Examples
    --------
    >>> import datetime as dt
    >>> stamps = [dt.datetime(2026, 1, 31), dt.datetime(2026, 1, 31, 9, 30)]
    >>> as_text(pa.chunked_array([stamps])).to_pylist()
    ['2026-01-31', '2026-01-31 09:30:00']
    >>> as_text(pa.chunked_array([[1.5, 20.0]])).to_pylist()
    ['1.5', '20']
    """
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind):
        return column
    text = pc.cast(column, pa.string())
    if pa.types.is_timestamp(kind):
        text = pc.replace_substring_regex(text, r"(\.\d*?)0+(Z?)$", r"\1\2")
        text = pc.replace_substring_regex(text, r"\.(Z?)$", r"\1")
        return pc.replace_substring_regex(text, r" 00:00:00$", "")
    if pa.types.is_floating(kind):
        return pc.replace_substring_regex(text, r"^(-?\d+)\.0$", r"\1")
    return text
