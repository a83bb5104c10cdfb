"""A group's declaration turned into that of an ordinary book, whose files are made of others."""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

from pfkit.conform.group.files import Files, files_of, sources_of
from pfkit.conform.group.given import Given, by_months, compared
from pfkit.conform.group.rows import ELIMINATIONS
from pfkit.errors import BookError, PeriodError, PfkitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date

    import pandas as pd

    from pfkit.conform.declaration import Declaration
    from pfkit.conform.group.declared import Member
    from pfkit.conform.group.given import Opened
    from pfkit.conform.group.rows import Part
    from pfkit.period import Period


_PLACE = Path(".pfkit", "group")


def joined(
    declaration: Declaration,
    *,
    folder: Path,
    data: Path,
    as_of: date | None,
    period: Period | None,
    opener: Callable[..., Opened],
    pnl: Callable[..., pd.DataFrame],
) -> tuple[Declaration, Path, Period | None]:
    """Return the declaration of a consolidated book, the folder of its files and the period.

    Parameters
    ----------
    declaration : Declaration
        With ``group``; sources it declares besides keep their places in the files' folder.
    folder, data : pathlib.Path
        The group's book, and what the ``data`` of its members is relative to.
    as_of : datetime.date or None
        Members count only rows known by then.
    period : Period or None
        The period asked for.
    opener, pnl : callable
        How a book is opened, and how its lines of a period are read.

    Raises
    ------
    BookError
        If a member cannot be opened, gives nothing, or has no rate, or two have the same name.
    PeriodError
        If a month is asked for of a quarter that a member does not report by month.
    """
    group = declaration.group
    if group is None:
        return declaration, data, period
    calendar = declaration.company.fiscal_calendar()
    reporting = declaration.company.currency
    with _once(folder):
        members = [_opened(member, folder, data, as_of, opener) for member in group.members]
    given = Given(tuple(zip(group.members, members, strict=True)), pnl)
    parts = given.declared()
    _own_names(parts)
    last = calendar.period(max(part.quarter for part in parts))
    parts, group, told = compared(given, parts, group, period or last, reporting)
    parts, whole = by_months(parts, group)
    files = files_of(parts, group, calendar, reporting=reporting)
    held = type(declaration).model_validate(
        declaration.model_dump(exclude={"group", "sources"}, exclude_unset=True)
        | {"sources": sources_of(files, parts)},
        context={"contracts": declaration.contracts},
    )
    for member, book in given.members:
        held.reads(member.entity or book.entity, book.provenance)
    held.compares(told)
    return held, _written(files, folder), _reported(period, last, whole)


def _reported(period: Period | None, last: Period, whole: Mapping[str, str]) -> Period | None:
    """Return the period to report: as asked, or the last quarter where that has no months.

    Raises
    ------
    PeriodError
        If a month is asked for, and its quarter has none.
    """
    if period is None:
        return last if last.label in whole else None
    quarter = period.calendar.quarter_of(period.months[0])
    if len(period.months) > 1 or quarter not in whole:
        return period
    raise PeriodError(
        f"the group has no month {period.label}: {whole[quarter]}",
        where="period",
        advice=f"Report the quarter: pfkit run quarterly --period {quarter}.",
    )


_OPENING: ContextVar[tuple[Path, ...]] = ContextVar("opening", default=())


@contextmanager
def _once(folder: Path) -> Iterator[None]:
    """Refuse a group that is, by way of others, a member of itself."""
    home, above = folder.resolve(), _OPENING.get()
    if home in above:
        raise BookError(
            f"the group {folder.name} is a member of itself",
            where="book.toml group.members",
            advice="Take it out of the members of the groups it joins.",
        )
    token = _OPENING.set((*above, home))
    try:
        yield
    finally:
        _OPENING.reset(token)


def _opened(
    member: Member, folder: Path, data: Path, as_of: date | None, opener: Callable[..., Opened]
) -> Opened:
    """Open a member's book once, for the last of its periods; its tables hold them all."""
    raw = data / member.data if member.data is not None else None
    state = folder / member.state if member.state is not None else None
    own = member.quarters[max(member.quarters)]
    try:
        return opener(folder / member.book, data=raw, state=state, period=own, as_of=as_of)
    except PfkitError as error:
        raise BookError(
            f"the book {Path(member.book).name} cannot be opened for {own}: {error}",
            where="book.toml group.members",
            advice="Mend that book first; `pfkit check` says what is wrong with it.",
        ) from error


def _own_names(parts: Sequence[Part]) -> None:
    keys = [(part.entity, part.quarter) for part in parts]
    for key in keys:
        if keys.count(key) > 1 or key[0] == ELIMINATIONS:
            raise BookError(
                f"two members are called {key[0]!r}"
                if key[0] != ELIMINATIONS
                else f"{ELIMINATIONS!r} is the name of what is eliminated",
                where="book.toml group.members",
                advice="Give each member an `entity` of its own.",
            )


def _written(files: Files, folder: Path) -> Path:
    """Write the files where caches lie, under the digest of what they hold; never over others."""
    digest = hashlib.sha256("".join(f"{k}\n{v}" for k, v in files.items()).encode()).hexdigest()
    for root in (folder, Path(tempfile.gettempdir())):
        place = root / _PLACE / digest[:16]
        try:
            place.mkdir(parents=True, exist_ok=True)
            for name, text in files.items():
                work = place / f".{name}.{os.getpid()}"
                work.write_text(text, encoding="utf-8", newline="\n")
                work.replace(place / f"{name}.csv")
        except OSError:
            continue  # a book may lie where nobody may write
        return place
    raise BookError(
        "the group's files can be written nowhere",
        where=str(folder / _PLACE),
        advice="Allow writing in the book's folder, or in the folder for temporary files.",
    )
