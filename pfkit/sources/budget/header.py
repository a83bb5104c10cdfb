"""Where the table of a sheet begins, and what each of its columns holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from pfkit.errors import SourceError
from pfkit.sources.budget.months import NOTHING, OTHER_WORDS, Time, plain, time_of
from pfkit.sources.budget.title import names_version, unit_of, version_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pfkit.sources.budget.grid import Cell, Sheet

Kind = Literal["label", "value", "total", "other", "year"]

_MOST_ABOVE: Final = 4
_SENTENCE: Final = 40  # characters; what is longer is no header
_LEAST: Final = 3  # months that make a row a header, one less beside the name of a label
_YEAR_NAMES: Final = frozenset(
    ("year", "jahr", "annee", "ano", "anno", "fiscal year", "fy", "geschaftsjahr", "budget year")
)


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a block.

    Parameters
    ----------
    at : int
        Its number, from 1.
    kind : str
        ``label``; ``value`` (a month, or a quarter or year where the sheet has no months);
        ``total``; ``other`` (actuals, variances, what has no month); ``year`` (each row's year).
    name : str
        Name of a label column; what the header shows of any other.
    time : Time
        What the header says of time, its year from the header above where it has none.
    version : str
        The version a header names, or empty.
    cell : str
        Address of its header.
    """

    at: int
    kind: Kind
    name: str = ""
    time: Time = NOTHING
    version: str = ""
    cell: str = ""


@dataclass(frozen=True, kw_only=True)
class Block:
    """One table of a sheet: its header, its columns, and the rows of its body.

    Parameters
    ----------
    first, last : int
        First and last row of the header.
    body : tuple of int
        First and last row below it.
    title : tuple of (str, str)
        Address and text of the lines above.
    columns : tuple of Column
        From left to right.
    """

    first: int
    last: int
    body: tuple[int, int]
    title: tuple[tuple[str, str], ...]
    columns: tuple[Column, ...]

    def of(self, *kinds: Kind) -> list[Column]:
        """Return the columns of some kinds."""
        return [column for column in self.columns if column.kind in kinds]


def blocks(sheet: Sheet, *, where: str) -> list[Block]:
    """Return the tables of a sheet, from the top; none where no row of months stands.

    Raises
    ------
    SourceError
        If a header is a formula without a value.
    """
    unit = _unit_of_time(sheet)
    if unit is None:
        _refuse_uncalculated(sheet, where=where)
        return []
    rows = [row for row in range(1, sheet.height + 1) if _is_header(sheet, row, unit)]
    spans = [_extent(sheet, row) for row in rows]
    found = []
    before = 0
    for at, (first, last) in enumerate(spans):
        end = spans[at + 1][0] - 1 if at + 1 < len(spans) else sheet.height
        if at + 1 < len(spans):
            end = _last_with_amounts(sheet, rows[at], last, end)
        columns = _columns(sheet, (first, rows[at], last), end, unit)
        title = tuple(_lines(sheet, before + 1, first - 1))
        title += tuple(_corner(sheet, first, last))
        found.append(
            Block(first=first, last=last, body=(last + 1, end), title=title, columns=columns)
        )
        before = end
    return found


def has_header(sheet: Sheet) -> bool:
    """Tell whether a row of a sheet is a header with months across, calculated or not."""
    return _unit_of_time(sheet) is not None or _uncalculated(sheet) is not None


def _unit_of_time(sheet: Sheet) -> str | None:
    """Return what stands across: months, numbered months, else quarters, else years."""
    for kind in ("month", "day", "ordinal", "plain", "quarter", "year"):
        if any(_is_header(sheet, row, kind) for row in range(1, sheet.height + 1)):
            return kind
    return None


def _is_header(sheet: Sheet, row: int, kind: str) -> bool:
    cells = [(c, sheet.at(row, c)) for c in range(1, sheet.width + 1)]
    if kind == "plain":
        numbers = [_whole(cell) for _, cell in cells if _whole(cell) is not None]
        return numbers[:12] == list(range(1, 13)) and len(numbers) <= 13  # noqa: PLR2004
    times = [(cell, time) for _, cell in cells if (time := time_of(cell.value)).kind == kind]
    if kind == "year":
        years = [time.year for _, time in times]
        rising = years == list(range(years[0], years[0] + len(years))) if years else False
        named = any(cell.text and not time_of(cell.value).kind for _, cell in cells)
        return rising and len(years) >= 2 and named  # noqa: PLR2004
    named = any(cell.text and not time_of(cell.text).kind for _, cell in cells) or any(
        top[0] == row for top in sheet.merged.values()
    )
    if len({(t.number, t.last, t.year) for _, t in times}) < (_LEAST - named):
        return False
    numeric = [t.year * 12 + t.number for cell, t in times if cell.is_number]
    # amounts such as 202,601 read like months; months follow each other
    if numeric and numeric != list(range(numeric[0], numeric[0] + len(numeric))):
        return False
    amounts = sum(cell.is_number and time_of(cell.value).kind != kind for _, cell in cells)
    return len(times) > amounts


def _whole(cell: Cell) -> int | None:
    if isinstance(cell.value, str) and re.fullmatch(r"0?\d{1,2}", cell.value.strip()):
        return int(cell.value)
    if cell.is_number and isinstance(cell.value, int | float) and cell.value == int(cell.value):
        return int(cell.value)
    return None


def _refuse_uncalculated(sheet: Sheet, *, where: str) -> None:
    place = _uncalculated(sheet)
    if place is not None:
        raise SourceError(
            "the header is a formula that nobody calculated",
            where=f"{where} ({sheet.address(*place)})",
            advice="Open the workbook, let it calculate, and save it; or type the months.",
        )


def _uncalculated(sheet: Sheet) -> tuple[int, int] | None:
    """Return the first formula without a value in a row that begins with a month."""
    for row in range(1, min(sheet.height, 30) + 1):
        cells = [(c, sheet.at(row, c)) for c in range(1, sheet.width + 1)]
        dead = [c for c, cell in cells if cell.state == "uncalculated"]
        if len(dead) >= 2 and any(time_of(cell.value).kind == "month" for _, cell in cells):  # noqa: PLR2004
            return row, dead[0]
    return None


def _extent(sheet: Sheet, row: int) -> tuple[int, int]:
    """Return the first and last row of the header around its row of months."""
    values = [c for c in range(1, sheet.width + 1) if time_of(sheet.at(row, c).value).kind]
    left = min(values, default=1)
    first = row
    for above in range(row - 1, max(0, row - 1 - _MOST_ABOVE), -1):
        texts = [sheet.shown(above, c) for c in range(left, sheet.width + 1)]
        filled = [cell for cell in texts if cell.value is not None]
        if not filled or any(not _groups(cell) for cell in filled):
            break
        first = above
    last = row
    for below in (row + 1, row + 2):
        cells = [sheet.at(below, c) for c in range(left, sheet.width + 1)]
        filled = [cell for cell in cells if cell.value is not None or cell.state]
        if len(filled) < 2 or any(not cell.text or not _parts(cell) for cell in filled):  # noqa: PLR2004
            break
        last = below
    return first, last


def _groups(cell: Cell) -> bool:
    """Tell whether a cell above months groups them: a year, a quarter, a version, a unit."""
    time = time_of(cell.value)
    if time.kind in {"year", "quarter", "half", "total", "span", "ytd"} or time.words:
        return True
    return (
        bool(cell.text)
        and len(cell.text) <= _SENTENCE
        and (names_version(cell.text) or unit_of(cell.text)[0] != "")
    )


def _parts(cell: Cell) -> bool:
    """Tell whether a text under a month parts it: a version, actuals, a unit, a year."""
    time = time_of(cell.text)
    known = time.kind in {"year", "total", "ytd"} or bool(time.words)
    return known or names_version(cell.text) or unit_of(cell.text)[0] != "" or cell.text == "%"


def _last_with_amounts(sheet: Sheet, row: int, last: int, end: int) -> int:
    """Return the last row before the next header that still belongs to this table."""
    values = [c for c in range(1, sheet.width + 1) if time_of(sheet.at(row, c).value).kind]
    while end > last and not any(
        (cell := sheet.at(end, c)).value is not None or cell.state for c in values
    ):
        end -= 1
    return end


def _columns(sheet: Sheet, header: tuple[int, int, int], end: int, unit: str) -> tuple[Column, ...]:
    _, row, last = header
    found: list[Column] = []
    times = {c: _time(sheet, c, header, unit) for c in range(1, sheet.width + 1)}
    left = min((c for c, (time, _) in times.items() if time.kind == _value(unit)), default=1)
    for c in range(1, sheet.width + 1):
        time, version = times[c]
        name = _name(sheet, c, row, last)
        cell = sheet.address(row, c)
        body = [sheet.at(r, c) for r in range(last + 1, end + 1)]
        if c < left and plain(name) in _YEAR_NAMES and _holds_years(body):
            found.append(Column(at=c, kind="year", name=name, cell=cell))
        elif time.kind == _value(unit):
            other = set(time.words) & (OTHER_WORDS | {"%"})
            kind: Kind = "other" if other else "value"
            shown = name or " ".join(time.words)
            found.append(Column(at=c, kind=kind, name=shown, time=time, version=version, cell=cell))
        elif time.kind and (c > left or any(x.is_number or x.formula for x in body)):
            kind = "other" if set(time.words) & (OTHER_WORDS | {"%"}) else "total"
            found.append(Column(at=c, kind=kind, name=name, time=time, version=version, cell=cell))
        elif any(x.value is not None or x.state for x in body) or name:
            found.append(_plain_column(sheet, c, name, body, cell=cell, left=left, time=time))
    return tuple(found)


def _plain_column(
    sheet: Sheet,
    c: int,
    name: str,
    body: Sequence[Cell],
    *,
    cell: str,
    left: int,
    time: Time,
) -> Column:
    """Return a column without time: a label, or numbers that no header places in a month."""
    numbers = sum(x.is_number or x.state == "uncalculated" for x in body)
    texts = sum(bool(x.text) for x in body)
    if not sheet.typed:
        numbers = sum(bool(re.fullmatch(r"[\s()+-]*[\d.,' ]*\d[\d.,' )%-]*", x.text)) for x in body)
        texts -= numbers
    words = set(re.findall(r"[^\W\d_]+|%", plain(name)))
    amounts = numbers > texts and (c > left or bool(time.words) or bool(words & OTHER_WORDS))
    if amounts:
        return Column(at=c, kind="other", name=name, time=time, cell=cell)
    label = "" if unit_of(name)[0] else name
    return Column(at=c, kind="label", name=label, cell=cell)


def _value(unit: str) -> str:
    return "ordinal" if unit == "plain" else unit


def _holds_years(body: Sequence[Cell]) -> bool:
    values = [time_of(x.value) for x in body if x.value is not None and (x.is_number or x.text)]
    return bool(values) and sum(t.kind == "year" for t in values) * 2 > len(values)


def _name(sheet: Sheet, c: int, row: int, last: int) -> str:
    for r in (row, *range(row + 1, last + 1)):
        cell = sheet.shown(r, c)
        if cell.value is not None and cell.state != "error":
            return " ".join(str(cell.value).split())
    return ""


def _time(sheet: Sheet, c: int, header: tuple[int, int, int], unit: str) -> tuple[Time, str]:
    """Return what all header rows say of a column: its time, and the version it belongs to."""
    first, row, last = header
    own = sheet.shown(row, c)
    if last > row and own.value is None:
        own = _from_left(sheet, row, c)  # a month that stands over several columns
        if sheet.at(row + 1, c).value is None and sheet.shown(row + 1, c).value is None:
            own = sheet.at(row, c)
    time = time_of(own.value)
    if unit == "plain" and _whole(own) is not None and 1 <= (_whole(own) or 0) <= 12:  # noqa: PLR2004
        time = Time(kind="ordinal", number=_whole(own) or 0)
    version = version_in(own.text) if time.kind and _is_version(time) else ""
    words = list(time.words)
    year, fiscal, both = time.year, time.fiscal, time.both
    rows = [*range(row + 1, last + 1), *range(row - 1, first - 1, -1)]
    for r in rows:
        cell = sheet.shown(r, c)
        if cell.value is None and r < row:
            cell = _from_left(sheet, r, c)
        said = time_of(cell.value)
        if not year and said.kind == "year":
            year, fiscal, both = said.year, said.fiscal, said.both
        if not time.kind and said.kind in {"total", "ytd", "year", "quarter"} and r > first:
            time = said
        if cell.text and said.kind not in {"month", "quarter", "half"}:
            words += said.words
            if names_version(cell.text) and not version and not (set(said.words) & OTHER_WORDS):
                version = version_in(cell.text)
    version = _bare_version(version)
    return (
        Time(
            kind=time.kind,
            number=time.number,
            last=time.last,
            year=year,
            fiscal=fiscal,
            both=both,
            words=tuple(dict.fromkeys(words)),
        ),
        version,
    )


def _is_version(time: Time) -> bool:
    return bool(time.words) and not set(time.words) & (OTHER_WORDS | {"%"})


def _bare_version(text: str) -> str:
    """Return the version a header names, without the month or year beside it."""
    kept = [word for word in text.split() if not time_of(word.strip(",.-–")).kind]
    return " ".join(kept).strip(" -–(),")


def _from_left(sheet: Sheet, row: int, c: int) -> Cell:
    """Return the nearest filled cell to the left that no merged area bounds."""
    for left in range(c, 0, -1):
        cell = sheet.at(row, left)
        if cell.value is not None:
            bounded = any(top == (row, left) for top in sheet.merged.values())
            groups = time_of(cell.value).kind or _groups(cell)
            return sheet.at(row, c) if (bounded and left != c) or not groups else cell
    return sheet.at(row, c)


def _lines(sheet: Sheet, first: int, last: int) -> Iterator[tuple[str, str]]:
    """Yield the texts above a header; a key and the value beside it as one line."""
    for row in range(first, last + 1):
        cells = [(c, sheet.at(row, c)) for c in range(1, sheet.width + 1)]
        filled = [(c, cell) for c, cell in cells if cell.value is not None]
        skip = 0
        for place, (c, cell) in enumerate(filled):
            if c == skip or not cell.text:
                continue
            beside = filled[place + 1] if place + 1 < len(filled) else None
            if beside and re.fullmatch(
                r"(version|scenario|unit|units|currency|year|fiscal year|budget year|jahr|wahrung|"
                r"einheit|devise|exercice)\s*:?",
                plain(cell.text),
            ):
                skip = beside[0]
                key = cell.text.rstrip(" :")
                yield sheet.address(row, beside[0]), f"{key}: {beside[1].value}"
            else:
                yield sheet.address(row, c), cell.text


def _corner(sheet: Sheet, first: int, last: int) -> Iterator[tuple[str, str]]:
    """Yield the units that the header itself states."""
    for row in range(first, last + 1):
        for c in range(1, sheet.width + 1):
            cell = sheet.at(row, c)
            if cell.text and unit_of(cell.text)[0]:
                yield sheet.address(row, c), cell.text
