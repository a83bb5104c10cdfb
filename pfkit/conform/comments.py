"""Comments and decisions come back from a report's workbook into the book's state folder."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pfkit.conform import views
from pfkit.conform.answers import Standing, answered
from pfkit.conform.calendar import declared
from pfkit.conform.filled import filled, told
from pfkit.conform.personal import key_of, masking_errors
from pfkit.conform.pipeline import conform
from pfkit.conform.state import append_lines
from pfkit.errors import ParameterError, SourceError
from pfkit.sources.grids import read_grids

if TYPE_CHECKING:
    from pfkit.conform.declaration import Declaration
    from pfkit.conform.filled import Filled

Lines = tuple[dict[str, str], ...]
#: The tables that a workbook asks for.
_ASKED = ("comments", "decisions")


@dataclass(frozen=True)
class Commented:
    """What came in from a workbook.

    Attributes
    ----------
    known_on : datetime.date
        The day it counts from.
    comments, decisions : tuple of dict
        The lines that were added to the two tables, as they stand in the state folder.
    notes : tuple of str
        What a reader should know: cells that were emptied, approvals that lapsed.
    """

    known_on: dt.date
    comments: Lines = ()
    decisions: Lines = ()
    notes: tuple[str, ...] = field(default=())

    def plain(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "known_on": self.known_on.isoformat(),
            "comments": list(self.comments),
            "decisions": list(self.decisions),
            "notes": list(self.notes),
        }


@masking_errors()
def read_comments(
    workbook: str | Path,
    *,
    book: str | Path,
    on: dt.date | None = None,
    by: str = "",
    data: str | Path | None = None,
    state: str | Path | None = None,
) -> Commented:
    """Read the comments and decisions that people filled in into a report's workbook.

    Use it after the review: the next report shows them, and carries them until they are closed.

    Parameters
    ----------
    workbook : str or pathlib.Path
        ``tables.xlsx`` of a report, filled in, with the sheets that came with it.
    book : str or pathlib.Path
        The book's folder.
    on : datetime.date, optional
        The day they count from; a replay of an earlier day does not know them. Default: the day
        the workbook names on its sheet "To comment".
    by : str
        Who wrote what names nobody.
    data, state : str or pathlib.Path, optional
        Folders of the raw files and of comments and decisions, as for `open_book`.

    Returns
    -------
    Commented
        The lines that were added to tables ``comments`` and ``decisions``; none where the
        workbook was read before.

    Raises
    ------
    SourceError
        If the file is no workbook of a report of this book, or a cell cannot be taken: an unknown
        row, a day with two readings, a decision without owner or day, two cells that disagree,
        somebody else's comment written since. It names the cell; nothing is written then.
    ParameterError
        If no day is given, or one before the report was known.

    Notes
    -----
    Only what differs from the workbook as it was made counts, so that two people may fill in
    copies of it. A changed text is a further line; an emptied cell changes nothing, and what is
    settled is closed by its status. A changed text is not approved by who approved the one before.

    Examples
    --------
    >>> from datetime import date
    >>> read_comments("tables.xlsx", book="no-such-book", on=date(2026, 7, 6))
    Traceback (most recent call last):
    pfkit.errors.BookError: no-such-book: no book.toml in no-such-book
      -> Name a folder that holds book.toml; `pfkit demo` makes one to look at.
    """
    home = Path(book)
    declaration = declared(home, data=None if data is None else Path(data))
    folder = home if home.is_dir() else home.parent
    kept = Path(state) if state is not None else folder / "state"
    where = Path(workbook).name
    form = filled(read_grids(Path(workbook), where=where), where=where)
    _require_ours(form, declaration, where)
    if form.problems:
        raise told(form.problems, where=where)
    day = _day(form, on, where)
    held = _standing(declaration, Path(data) if data is not None else folder, folder, kept, form)
    found = answered(form.entries, held, period=form.period, as_of=form.as_of, on=day, by=by)
    if found.problems:
        raise told(found.problems, where=where)
    append_lines(kept, {"comments": found.comments, "decisions": found.decisions})
    return Commented(day, tuple(found.comments), tuple(found.decisions), tuple(found.notes))


def written_on(workbook: str | Path) -> dt.date | None:
    """Return the day a filled-in workbook says its comments were written, None where it says none.

    Raises
    ------
    SourceError
        If the file is no workbook of a report.
    """
    where = Path(workbook).name
    return filled(read_grids(Path(workbook), where=where), where=where).day


def _require_ours(form: Filled, declaration: Declaration, where: str) -> None:
    mine = declaration.company.entity
    if form.entity != mine:
        raise SourceError(
            f"the workbook is a report of {form.entity!r}, and the book is {mine!r}",
            where=where,
            advice="Name the book it was made from with --book.",
        )


def _day(form: Filled, on: dt.date | None, where: str) -> dt.date:
    """Return the day the comments count from; it is never taken from a clock here."""
    day = on or form.day
    if day is None:
        raise ParameterError(
            "nothing says when the comments were written",
            where=where,
            advice='Name the day (on=, --on), or fill it in on the sheet "To comment".',
        )
    if day < form.as_of:
        raise ParameterError(
            f"{day.isoformat()} is before the report was known, on {form.as_of.isoformat()}",
            where="--on",
            advice="A comment is written when the report is known, or later.",
        )
    return day


def _standing(
    declaration: Declaration, data: Path, book: Path, state: Path, form: Filled
) -> Standing:
    """Return what stands of both tables, from the book's sources and its state folder."""
    conformed = conform(
        declaration, data=data, book=book, state=state, as_of=dt.date.max, tables=_ASKED
    )
    comments, decisions = (views.agreed(conformed, table).to_dict("records") for table in _ASKED)
    period = declaration.company.fiscal_calendar().period(form.period)
    allowed = frozenset(declaration.personal.allow)
    return Standing.of(comments, decisions, period, key=key_of(declaration), allowed=allowed)
