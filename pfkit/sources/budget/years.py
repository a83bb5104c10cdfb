"""Which calendar month each column is: from its header, the lines above, or what was declared."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from pfkit.errors import SourceError
from pfkit.sources.budget.months import Time, time_of
from pfkit.sources.budget.title import year_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.sources.budget.header import Column
    from pfkit.sources.budget.title import Title

_ADVICE = (
    'Write the year into the header ("Jan 2026") or a line above the table ("Budget 2026"), or '
    "give it: year = 2026 in the layout of the book's source, --period 2026-01..2026-12 for a file."
)


@dataclass(frozen=True, kw_only=True)
class Span:
    """The time a column's amounts cover.

    Parameters
    ----------
    period : str
        ``YYYY-MM``, the last calendar month it covers.
    span : str
        ``month``, ``quarter`` or ``year``.
    """

    period: str
    span: str = "month"


@dataclass(kw_only=True)
class Years:
    """What is known about years beside a table's own header.

    Parameters
    ----------
    title : Title
        The lines above.
    name : str
        Sheet and file name, which may hold the year.
    declared : int
        The year somebody declared, 0 for none; fiscal where the months begin after January.
    first_month : int
        The month the fiscal year begins with, 0 where nobody said.
    period : tuple of str, or None
        First and last month that were asked for.
    notes : list of str
        Filled with what was read and not stated.
    """

    title: Title
    name: str = ""
    declared: int = 0
    first_month: int = 0
    period: tuple[str, str] | None = None
    notes: list[str] = field(default_factory=list)

    def label(self) -> Time | None:
        """Return the year of months whose header has none."""
        if self.title.year is not None:
            return self.title.year
        if self.declared:
            return Time(kind="year", year=self.declared)
        return None


def spans_of(
    columns: Sequence[Column], years: Years, *, where: str, row_year: Time | None = None
) -> dict[int, Span]:
    """Return the time of every value column.

    Parameters
    ----------
    columns : sequence of Column
        The value columns of one block.
    years : Years
        What is known beside the header.
    where : str
        The file, for messages.
    row_year : Time, optional
        The year that a row states itself.

    Returns
    -------
    dict of int to Span
        By column number.

    Raises
    ------
    SourceError
        If the year of a month cannot be told, or two columns are one month of one version.
    """
    found: dict[int, Span] = {}
    for version in dict.fromkeys(column.version for column in columns):
        alike = [column for column in columns if column.version == version]
        for _, run in groupby(alike, key=lambda c: (c.time.year, c.time.fiscal)):
            found |= _run(list(run), years, where=where, row_year=row_year)
        _refuse_repeats(alike, found, where=where)
    return found


def _run(
    columns: list[Column], years: Years, *, where: str, row_year: Time | None
) -> dict[int, Span]:
    first = columns[0]
    stated = first.time if first.time.year else None
    label = stated or row_year or years.label()
    kind = first.time.kind
    if label is None and years.period is not None and kind in {"month", "ordinal"}:
        return {c.at: Span(period=_within(c, years, where=where)) for c in columns}
    label = label or _named_year(years)
    if label is None:
        raise SourceError(
            f"the year of the column {first.name!r} cannot be told",
            where=f"{where} ({first.cell})",
            advice=_ADVICE,
        )
    if kind == "quarter":
        return {c.at: _quarter(c, label, years, where=where) for c in columns}
    if kind == "year":
        return {c.at: _whole_year(c, label, years) for c in columns}
    if kind == "day":
        numbers = _of_days(columns, where=where)
    elif kind == "ordinal":
        start = _first(years) or 1
        if label.fiscal and not _first(years):
            raise SourceError(
                f"{first.name!r} of a fiscal year: nothing says with which month it begins",
                where=f"{where} ({first.cell})",
                advice='Write the months out, or a line above such as "Apr 2025 – Mar 2026".',
            )
        numbers = [(start + c.time.number - 2) % 12 + 1 for c in columns]
    else:
        numbers = [c.time.number for c in columns]
    wraps = any(b < a for a, b in pairwise(numbers))
    if not stated and not row_year and years.title.year is None and years.declared and wraps:
        label = replace(label, fiscal=True)
    months = _placed(numbers, label, years, cell=first, where=where)
    if any(b < a for a, b in pairwise(months)):
        raise _unsure(first, f"the months do not begin with month {_first(years)}", where)
    return {c.at: Span(period=month) for c, month in zip(columns, months, strict=True)}


def _placed(
    numbers: list[int], label: Time, years: Years, *, cell: Column, where: str
) -> list[str]:
    """Return the months of one year's columns, as ``YYYY-MM``."""
    start = numbers[0]
    wraps = sum(b < a for a, b in pairwise(numbers))
    begins = _first(years)
    if label.both and len(numbers) > 12 and start == 1:  # noqa: PLR2004 (two calendar years)
        return _rolling(numbers, label.year - 1)
    if begins and begins != 1 and (label.fiscal or start == begins):
        year = years.title.first_month[:4] if years.title.first_month else ""
        first_year = int(year) if year and not cell.time.year else label.year - 1
        return [f"{first_year + (n < begins)}-{n:02d}" for n in numbers]
    if label.both:
        if start == 1 and len(numbers) == 12:  # noqa: PLR2004
            raise _unsure(cell, f"January to December of {label.year - 1}/{label.year}", where)
        return [f"{label.year - (n >= start)}-{n:02d}" for n in numbers]
    if label.fiscal and wraps == 1 and len(numbers) == 12:  # noqa: PLR2004
        years.notes.append(
            f"fiscal year {label.year} read as {label.year - 1}-{start:02d} to "
            f"{label.year}-{numbers[-1]:02d}: it is named for the year in which it ends"
        )
        return [f"{label.year - (n >= start)}-{n:02d}" for n in numbers]
    if len(numbers) > 12 and wraps:  # noqa: PLR2004
        raise _unsure(cell, f"it stands twice, and {label.year} is the only year stated", where)
    if wraps:
        raise _unsure(cell, f"months that begin with {start:02d} in {label.year}", where)
    if label.fiscal and start != 1:
        raise _unsure(cell, f"part of fiscal year {label.year}", where)
    return [f"{label.year}-{n:02d}" for n in numbers]


def _rolling(numbers: list[int], year: int) -> list[str]:
    found, before = [], 0
    for number in numbers:
        year += number < before
        before = number
        found.append(f"{year}-{number:02d}")
    return found


def _unsure(cell: Column, what: str, where: str) -> SourceError:
    return SourceError(
        f"the calendar year of {cell.name!r} cannot be told: {what}",
        where=f"{where} ({cell.cell})",
        advice='Write the months with their year ("Apr 2025"), or a line above the table such as '
        '"FY2026 (Apr 2025 – Mar 2026)".',
    )


def _first(years: Years) -> int:
    """Return the month a year begins with, as far as anybody said."""
    stated = years.title.first_month
    return int(stated[5:]) if stated else years.first_month


def _within(column: Column, years: Years, *, where: str) -> str:
    """Return the one month of the asked period that has a column's number."""
    first, last = years.period or ("", "")
    number = column.time.number
    fits = [
        month
        for year in range(int(first[:4]), int(last[:4]) + 1)
        if first <= (month := f"{year}-{number:02d}") <= last
    ]
    if not fits and first[:4] == last[:4]:
        return f"{first[:4]}-{number:02d}"  # a part of one year asked for
    if len(fits) != 1:
        many = "twice" if fits else "not at all"
        raise SourceError(
            f"the year of the column {column.name!r} cannot be told: the period {first} to {last} "
            f"holds the month {many}",
            where=f"{where} ({column.cell})",
            advice=_ADVICE,
        )
    return fits[0]


def _named_year(years: Years) -> Time | None:
    """Return the one year that the sheet's or the file's name holds."""
    found = year_of(years.name.replace("_", " ").replace(".", " "))
    if found is not None:
        years.notes.append(f"year {found.year} taken from the name {years.name!r}")
    return found


def _of_days(columns: list[Column], *, where: str) -> list[int]:
    """Return the months of dates whose order of day and month only the row can tell."""
    firsts = [c.time.number for c in columns]
    seconds = [c.time.last for c in columns]
    if len(set(firsts)) == 1 and len(set(seconds)) == len(seconds) and max(seconds) <= 12:  # noqa: PLR2004
        return seconds
    if len(set(seconds)) == 1 and len(set(firsts)) == len(firsts) and max(firsts) <= 12:  # noqa: PLR2004
        return firsts
    if max(firsts) > 12 and max(seconds) <= 12:  # noqa: PLR2004
        return seconds
    if max(seconds) > 12 and max(firsts) <= 12:  # noqa: PLR2004
        return firsts
    raise SourceError(
        f"{columns[0].name!r} may mean two days",
        where=f"{where} ({columns[0].cell})",
        advice="Write the months as 2026-01.",
    )


def _quarter(column: Column, label: Time, years: Years, *, where: str) -> Span:
    begins = _first(years) or 1
    if label.fiscal and not _first(years) and label.both:
        raise _unsure(column, f"a quarter of fiscal year {label.year - 1}/{label.year}", where)
    month = (begins - 1 + 3 * column.time.number - 1) % 12 + 1
    year = label.year - (begins != 1 and month >= begins)
    return Span(period=f"{year}-{month:02d}", span="quarter")


def _whole_year(column: Column, label: Time, years: Years) -> Span:
    said = time_of(column.name)
    year = said.year or label.year
    begins = _first(years) or 1
    return Span(period=f"{year}-{(begins - 2) % 12 + 1:02d}", span="year")


def _refuse_repeats(columns: list[Column], found: dict[int, Span], *, where: str) -> None:
    seen: dict[Span, Column] = {}
    for column in columns:
        span = found[column.at]
        if span in seen:
            raise SourceError(
                f"{seen[span].cell} and {column.cell} are both {span.period} ({column.name!r})",
                where=f"{where}!{column.cell}"
                if "!" in column.cell
                else f"{where} ({column.cell})",
                advice="Name the version above each (Adopted, Revised), or remove one of them.",
            )
        seen[span] = column
