"""Find the records of a delimited text: where each starts, its line, how many fields it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Positions = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]

_LF: Final = 0x0A
_CR: Final = 0x0D
_QUOTE: Final = 0x22


@dataclass(frozen=True, kw_only=True)
class Records:
    """Where the records of a text stand.

    Parameters
    ----------
    starts, ends : numpy.ndarray
        Byte offsets of each record, without its line end.
    nexts : numpy.ndarray
        Offset just after each record's line end.
    lines : numpy.ndarray
        Line each record starts on; lines inside quotes are counted.
    last_lines : numpy.ndarray
        Line each record ends on.
    fields : numpy.ndarray
        Number of fields.
    """

    starts: Positions
    ends: Positions
    nexts: Positions
    lines: Positions
    last_lines: Positions
    fields: Positions


def scan(data: bytes, *, delimiter: str, first_line: int = 1) -> Records | None:
    r"""Find the records of a text whose quotes all open or close a whole field.

    Use it where speed matters: it looks at the bytes once, as arrays. A text with other quotes
    needs `pfkit.sources.stray`, which walks field by field.

    Parameters
    ----------
    data : bytes
        UTF-8 text.
    delimiter : str
        One ASCII character.
    first_line : int
        Line number of the first byte.

    Returns
    -------
    Records or None
        One entry per record, blank ones included; None when a quote stands elsewhere than at
        the edge of a field, or is never closed.

    Notes
    -----
    A line end or delimiter belongs to the text of a field when the number of quotes before it is
    odd. That holds exactly when every opening quote follows a delimiter, a line end or the start,
    and every closing quote precedes one; a doubled quote counts twice and changes nothing.

    References
    ----------
    .. [1] RFC 4180, *Common Format and MIME Type for CSV Files*,
       https://www.rfc-editor.org/rfc/rfc4180

    Examples
    --------
    >>> found = scan(b'a,b\n"x\ny",2\n', delimiter=",")
    >>> found.lines.tolist(), found.fields.tolist()
    ([1, 2], [2, 2])
    """
    view = np.frombuffer(data, dtype=np.uint8)
    mark = ord(delimiter)
    breaks = _breaks(view, data)
    delimiters = np.flatnonzero(view == mark)
    outer = breaks
    if b'"' in data:
        quotes = np.flatnonzero(view == _QUOTE)
        if not _regular(view, quotes, mark):
            return None
        outer = breaks[(np.searchsorted(quotes, breaks) & 1) == 0]
        delimiters = delimiters[(np.searchsorted(quotes, delimiters) & 1) == 0]
    starts, ends, nexts = _spans(view, outer)
    return Records(
        starts=starts,
        ends=ends,
        nexts=nexts,
        lines=np.searchsorted(breaks, starts) + first_line,
        last_lines=np.searchsorted(breaks, ends) + first_line,
        fields=np.searchsorted(delimiters, ends) - np.searchsorted(delimiters, starts) + 1,
    )


def blank(data: bytes, records: Records, *, delimiter: str) -> Flags:
    r"""Return which records hold nothing: an empty line, spaces only, or separators only.

    Examples
    --------
    >>> text = b"a,b\n\n,\n1,2\n"
    >>> blank(text, scan(text, delimiter=","), delimiter=",").tolist()
    [False, True, True, False]
    """
    length = records.ends - records.starts
    empty: Flags = length == records.fields - 1
    # Only a record with one field can be spaces alone; the rest is settled by its length.
    junk = f" \t{delimiter}".encode()
    for at in np.flatnonzero(~empty & (length < records.fields + 80)):
        if data[records.starts[at]] in junk:
            text = data[records.starts[at] : records.ends[at]]
            empty[at] = not text.strip(junk)
    return empty


def regular_so_far(view: npt.NDArray[np.uint8], quotes: Positions, mark: int) -> bool:
    """Return whether quotes in the begin of a text open or close whole fields, as far as is seen.

    The last byte of `view` is no quote among `quotes`: what follows each of them is there.
    """
    edges = np.zeros(256, dtype=bool)
    edges[[mark, _LF, _CR]] = True
    opening, closing = quotes[::2], quotes[1::2]
    before = edges[view[np.maximum(opening - 1, 0)]] | (opening == 0)
    following = view[closing + 1]
    after = edges[following]
    doubled = closing[: len(opening) - 1] + 1 == opening[1:]
    before[1:] |= doubled
    after[: len(doubled)] |= doubled
    if len(after) > len(doubled):  # the quote that doubles the last one may be the last byte
        after[-1] |= following[-1] == _QUOTE
    return bool(before.all() and after.all())


def line_breaks(data: bytes) -> Positions:
    """Return where lines end: at the line feed, or at a return without one."""
    return _breaks(np.frombuffer(data, dtype=np.uint8), data)


def quotes_in(data: bytes) -> Positions:
    """Return where quotes stand."""
    return np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == _QUOTE)


def _breaks(view: npt.NDArray[np.uint8], data: bytes) -> Positions:
    breaks = np.flatnonzero(view == _LF)
    if b"\r" not in data:
        return breaks
    returns = np.flatnonzero(view == _CR)
    following = np.minimum(returns + 1, len(view) - 1)
    lone = returns[view[following] != _LF]
    return np.sort(np.concatenate([breaks, lone])) if len(lone) else breaks


def _spans(view: npt.NDArray[np.uint8], outer: Positions) -> tuple[Positions, Positions, Positions]:
    size = len(view)
    nexts = outer + 1
    starts = np.concatenate([np.zeros(1, dtype=np.int64), nexts])
    ends = np.concatenate([outer, np.full(1, size, dtype=np.int64)])
    nexts = np.concatenate([nexts, np.full(1, size, dtype=np.int64)])
    if starts[-1] == size:
        starts, ends, nexts = starts[:-1], ends[:-1], nexts[:-1]
    if size:
        at_return = view[np.maximum(ends - 1, 0)] == _CR
        terminated = view[np.minimum(ends, size - 1)] == _LF
        ends = ends - (at_return & terminated & (ends > starts))
    return starts, ends, nexts


def _regular(view: npt.NDArray[np.uint8], quotes: Positions, mark: int) -> bool:
    if len(quotes) % 2:
        return False
    edges = np.zeros(256, dtype=bool)
    edges[[mark, _LF, _CR]] = True
    opening, closing = quotes[::2], quotes[1::2]
    before = edges[view[np.maximum(opening - 1, 0)]] | (opening == 0)
    after = edges[view[np.minimum(closing + 1, len(view) - 1)]] | (closing == len(view) - 1)
    doubled = closing[:-1] + 1 == opening[1:]
    before[1:] |= doubled
    after[:-1] |= doubled
    return bool(before.all() and after.all())
