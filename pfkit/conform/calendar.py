"""A calendar that a book lists week by week, read before anything is placed in its months."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from pfkit.conform.booktoml import read_declaration
from pfkit.conform.locks import refuse_early_locks
from pfkit.conform.outcomes import quarantine
from pfkit.conform.pipeline import conform
from pfkit.errors import ContractError
from pfkit.period import Week

if TYPE_CHECKING:
    from pathlib import Path

    from pfkit.conform.declaration import Declaration

_TABLE = "calendar"


def declared(book: Path, *, data: Path | None = None) -> Declaration:
    """Read ``book.toml``, and the weeks its calendar lists where it does.

    Parameters
    ----------
    book : pathlib.Path
        The book's folder, or the file itself.
    data : pathlib.Path, optional
        The folder of the raw files; the book's own when left out.

    Returns
    -------
    Declaration
        Its company knows its weeks.

    Raises
    ------
    BookError, SourceError
        If the declaration, or the file of the weeks, cannot be used.
    ContractError
        If a row of the list cannot be read.
    PeriodError
        If a week is missing or overlaps another; it is named.
    """
    declaration = read_declaration(book)
    if declaration.company.calendar != "listed":
        return declaration
    folder = book if book.is_dir() else book.parent
    plain = declaration.company.model_copy(update={"calendar": "month"})
    conformed = conform(
        declaration.model_copy(update={"company": plain}),
        data=data if data is not None else folder,
        book=folder,
        as_of=date.max,
        tables={_TABLE},
    )
    held = quarantine(conformed)
    if not held.empty:
        row = held.iloc[0]
        raise ContractError(
            f"a week is held back: {row['rule']}, {row['column']} {row['value']!r}",
            where=f"{_TABLE} ({row['file']}, line {row['line']})",
            advice=str(row["advice"]),
        )
    rows = conformed.engine.rows(f"SELECT first_day, last_day, period FROM final_{_TABLE}")
    company = declaration.company.listing([Week(*row) for row in rows])
    if declaration.policies.locked:
        refuse_early_locks(declaration.policies, company.fiscal_calendar())
    return declaration.model_copy(update={"company": company})
