"""Which rows of a pushed source come one by one, and which controls have entries to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pfkit.conform.engine import literal, quoted

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from pfkit.conform.declaration import Source
    from pfkit.conform.pushed.rows import Pushed

#: Months more where no period was asked for: a book without one reports on its last whole months.
_SLACK: Final = 3
#: How the line of a row of a month is written.
_ADDED: Final = "[0-9]+ rows of .*"


def single_from(pushed: Pushed, month: str, last: dt.date | None) -> dt.date | None:
    """Return the day from which rows come one by one.

    Parameters
    ----------
    pushed : Pushed
        A source that declares `entries`.
    month : str
        The first month of the report, if one was asked for.
    last : datetime.date or None
        The last day there is, where none was.
    """
    calendar, back = pushed.calendar, pushed.source.entries
    if not month:
        if last is None:
            return None
        month, back = calendar.month_of(last), back + _SLACK
    return calendar.first_day(calendar.shift(month, -back))


def added_up(sources: Iterable[Source]) -> list[str]:
    """Return the sources of which no entry comes by itself."""
    return [source.name for source in sources if source.push and not source.entries]


def single_sql(sources: Sequence[Source], table: str) -> str:
    """Return the test that a month's entries are all there one by one.

    Parameters
    ----------
    sources : sequence of Source
        Those of a table.
    table : str
        The table of the engine with ``_source``, ``_period`` and ``_line``.

    Returns
    -------
    str
        SQL over its columns. A month before one that was added up is left out, too: what of it
        came one by one are the rows that something can be said against.
    """
    tests = []
    for source in sources:
        if not source.push:
            continue
        name = literal(source.name)
        last = (
            f"(SELECT max(_period) FROM {quoted(table)} WHERE _source = {name} "
            f"AND regexp_full_match(_line, {literal(_ADDED)}))"
        )
        later = f"_period > COALESCE({last}, '')" if source.entries else "FALSE"
        tests.append(f"(_source <> {name} OR {later})")
    return " AND ".join(tests) or "TRUE"
