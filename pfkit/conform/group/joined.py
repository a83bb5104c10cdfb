"""A group's declaration turned into that of an ordinary book, whose files are made of others."""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pfkit.conform.group.files import Files, files_of, sources_of
from pfkit.conform.group.rows import ACCOUNTS, ELIMINATIONS, Part
from pfkit.errors import BookError, PfkitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date

    import pandas as pd

    from pfkit.conform.declaration import Declaration
    from pfkit.conform.group.declared import Member
    from pfkit.period import Period


class Opened(Protocol):
    """What a group needs of an entity's book."""

    @property
    def company(self) -> str:
        """Its name."""

    @property
    def entity(self) -> str:
        """Its short name."""

    @property
    def currency(self) -> str:
        """Its reporting currency."""

    @property
    def period(self) -> Period:
        """The period opened."""

    @property
    def as_of(self) -> date:
        """The day its last row was known."""

    @property
    def statement(self) -> pd.DataFrame:
        """Its profit and loss."""

    @property
    def cloud(self) -> pd.DataFrame:
        """Its cloud bill."""

    @property
    def provenance(self) -> pd.DataFrame:
        """The files it was read from."""


_PLACE = Path(".pfkit", "group")


def joined(
    declaration: Declaration,
    *,
    folder: Path,
    data: Path,
    as_of: date | None,
    opener: Callable[..., Opened],
    pnl: Callable[..., pd.DataFrame],
) -> tuple[Declaration, Path]:
    """Return the declaration of a consolidated book and the folder of its files.

    Parameters
    ----------
    declaration : Declaration
        With ``group``; sources it declares besides keep their places in the files' folder.
    folder, data : pathlib.Path
        The group's book, and what the ``data`` of its members is relative to.
    as_of : datetime.date or None
        Members count only rows known by then.
    opener, pnl : callable
        How a book is opened, and how its lines of a period are read.

    Raises
    ------
    BookError
        If a member cannot be opened, gives nothing, or has no rate, or two have the same name.
    """
    group = declaration.group
    if group is None:
        return declaration, data
    calendar = declaration.company.fiscal_calendar()
    reporting = declaration.company.currency
    with _once(folder):
        members = [_opened(member, folder, data, as_of, opener) for member in group.members]
    parts = [
        _part(member, quarter, book, period, pnl)
        for member, book in zip(group.members, members, strict=True)
        for quarter, period in _periods(member, book)
    ]
    _own_names(parts)
    files = files_of(parts, group, calendar, reporting=reporting)
    held = type(declaration).model_validate(
        declaration.model_dump(exclude={"group", "sources"}, exclude_unset=True)
        | {"sources": sources_of(files, parts)},
        context={"contracts": declaration.contracts},
    )
    for member, book in zip(group.members, members, strict=True):
        held.reads(member.entity or book.entity, book.provenance)
    return held, _written(files, folder)


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


def _periods(member: Member, book: Opened) -> list[tuple[str, Period]]:
    calendar = book.period.calendar
    return [(quarter, calendar.period(own)) for quarter, own in sorted(member.quarters.items())]


def _part(
    member: Member, quarter: str, book: Opened, period: Period, pnl: Callable[..., pd.DataFrame]
) -> Part:
    amounts, why = _amounts(book, period, member, pnl)
    if not amounts:
        raise BookError(
            f"{book.entity} has no profit and loss of {period.label}{why and f' ({why})'}",
            where="book.toml group.members",
            advice='Name a period it has, or for bills alone: cloud = "cost_of_revenue".',
        )
    return Part(
        entity=member.entity or book.entity,
        name=book.company,
        quarter=quarter,
        currency=book.currency,
        own_period=period.label,
        calendar=period.calendar.told,
        first=period.first,
        last=period.last,
        known_on=book.as_of,
        amounts=tuple(amounts),
        because=member.because,
    )


def _amounts(
    book: Opened, period: Period, member: Member, pnl: Callable[..., pd.DataFrame]
) -> tuple[list[tuple[str, Decimal]], str]:
    """Return the lines of a book's period by group of the statement, or why there are none."""
    found: list[tuple[str, Decimal]] = []
    why = ""
    if not book.statement.empty:
        table = pnl(book.statement, period=period)
        lines = table[(table["basis"] == "period") & table["role"].isin(["line", "memo"])]
        held = set(book.statement["period"])
        gone = [month for month in period.months if month not in held]
        why = f"no rows of {', '.join(gone)}" if gone else ""
        lines = lines[lines["actual"].notna() & lines["group"].isin(list(ACCOUNTS))]
        for group, amount in zip(lines["group"], lines["actual"], strict=True):
            found.append((str(group), Decimal(str(amount))))
    if member.cloud is not None:
        bill = book.cloud
        mine = bill[bill["period"].isin(period.months)]["amount"]
        if len(mine):
            cost = sum((Decimal(str(amount)) for amount in mine), Decimal(0))
            found.append((member.cloud, -cost))
    return found, why


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
