"""What was read of databases: asked once, kept, and taken again when a past day is reported."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pfkit.conform.partitions.origin import Month, day_column
from pfkit.conform.pushed.read import PLACE, as_raw, said_of
from pfkit.conform.state import append_lines
from pfkit.errors import SourceError
from pfkit.sources.database import (
    Kept,
    Reading,
    asked_for,
    asking,
    batches,
    between,
    held,
    keep,
    months_there,
    resolved,
    streamed,
    undated,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pfkit.conform.declaration import Source
    from pfkit.conform.engine import Engine
    from pfkit.conform.pushed.read import Push
    from pfkit.period import Period
    from pfkit.sources import FileFact, RawTable

#: Table of the state folder that lists what was read, and the folder of the rows.
INDEX, FOLDER = "readings", "readings"
_DECEMBER = 12
_NEVER = dt.datetime.max  # noqa: DTZ901 - of no zone, as days are
_VALUES = ("as_of", "period_start", "period_end", "year_start", "prior_year_start")


def bindable(period: Period | None, as_of: dt.date | None) -> dict[str, dt.date | None]:
    """Return the days a query may bind, by name; None for those nobody said.

    Examples
    --------
    >>> from pfkit.period import FiscalCalendar
    >>> days = bindable(FiscalCalendar(year_start=4).period("2026-06"), None)
    >>> str(days["period_start"]), str(days["year_start"]), days["as_of"]
    ('2026-06-01', '2026-04-01', None)
    """
    found: dict[str, dt.date | None] = dict.fromkeys(_VALUES)
    found["as_of"] = as_of
    if period is not None:
        found |= {
            "period_start": period.first,
            "period_end": period.last,
            "year_start": period.year.first,
            "prior_year_start": period.prior_year.year.first,
        }
    return found


@dataclass
class Readings:
    """The databases of one load.

    Parameters
    ----------
    roots : sequence of pathlib.Path
        Folders in which databases that are files are looked for.
    state : pathlib.Path or None
        Where readings are kept; None where they are not.
    as_of : datetime.date or None
        The day the load is asked for, if any.
    period : Period or None
        The period asked for, if any.
    zone : str
        The company's time zone.
    cache : pathlib.Path or None
        Where the months of partitioned sources are kept without a state folder.
    """

    roots: Sequence[Path]
    state: Path | None
    as_of: dt.date | None
    period: Period | None
    zone: str = ""
    cache: Path | None = None
    _monthly: list[tuple[Reading, tuple[Month, ...]]] = field(default_factory=list)
    _read: list[tuple[Reading, Kept]] = field(default_factory=list)

    def table(self, source: Source, push: Push | None = None) -> RawTable:
        """Return the rows of a source: those kept for the day asked for, else the database's.

        Parameters
        ----------
        source : Source
            With ``url``.
        push : Push, optional
            How its rows are added up where they are.

        Raises
        ------
        SourceError
            If the database cannot be read whole, or a kept reading is not what it was.
        """
        key = _key_columns(source) if push is None else (PLACE,)
        with self._found(source, push) as (reading, kept, before):
            found = held(kept, reading, key)
        found = replace(found, files=tuple(_noted(fact, before) for fact in found.files))
        return found if push is None else as_raw(found)

    def load(self, source: Source, engine: Engine, name: str) -> FileFact:
        """Load the rows of a source into a table of the engine, batch by batch.

        Parameters
        ----------
        source : Source
            With ``url``.
        engine : Engine
            Where the rows go.
        name : str
            The table.

        Raises
        ------
        SourceError
            As `table`.
        """
        with (
            self._found(source, None) as (reading, kept, before),
            streamed(kept, reading, _key_columns(source)) as found,
        ):
            engine.load_stream(name, found.rows, file=found.fact.path)
        return _noted(found.fact, before)

    @contextmanager
    def _found(self, source: Source, push: Push | None) -> Iterator[tuple[Reading, Kept, bool]]:
        """Give what is read, the file it is kept in, and whether it was kept before."""
        said = said_of(push) if push is not None else ""
        reading = replace(self._asked(source), said=said)
        before = self._kept_before(reading)
        if before is not None:
            self._read.append((reading, before))
            yield reading, before, True
            return
        with self._place() as folder:
            kept = self._kept(reading, folder, push)
            self._read.append((reading, kept))
            yield reading, kept, False

    def _kept(self, reading: Reading, folder: Path, push: Push | None) -> Kept:
        where = f"source {reading.name}"
        if push is None:
            return keep(batches(reading, self.roots), folder, where=where)
        with asking(reading, self.roots) as asked:
            return keep(push.batches(asked), folder, where=where)

    def months(self, source: Source) -> tuple[Month, ...]:
        """Return the rows of a partitioned source by month, each kept in a file of its own.

        A month is read whole or not at all, and one that says what it said before is the file it
        was. Rows without a day come last.

        Parameters
        ----------
        source : Source
            With ``url``, partitioned.

        Raises
        ------
        SourceError
            If the database cannot be read whole, or a kept month is not what it was.
        """
        reading, column = self._asked(source), day_column(source)
        key = _key_columns(source)
        folder = self.state / FOLDER if self.state is not None else self._cached(source)
        found = self._months_before(reading, key, folder)
        if found is None:
            there = months_there(reading, self.roots, column)
            kept = {
                label: keep(
                    batches(_of_month(reading, column, label), self.roots),
                    folder,
                    where=f"source {reading.name} {label}".rstrip(),
                )
                for label in sorted(there, key=lambda label: (not label, label)) or [""]
            }
            found = tuple(Month(label, reading, file, key) for label, file in kept.items())
        if self.state is None:
            _forget(folder, {month.kept.path.name for month in found})
        self._monthly.append((reading, found))
        return found

    def _cached(self, source: Source) -> Path:
        if self.cache is None:
            raise AssertionError
        return self.cache / source.name / FOLDER

    def _months_before(
        self, reading: Reading, key: tuple[str, ...], folder: Path
    ) -> tuple[Month, ...] | None:
        """Return the months as they were read for this day before."""
        if self.state is None or self.as_of is None or self.as_of == dt.date.max:
            return None
        wanted = (reading.name, _by_month(reading), self.as_of.isoformat())
        same = [line for line in _listed(self.state) if _names(line) == wanted]
        if not same:
            return None
        return tuple(
            Month(label, reading, Kept(folder / f"{digest}.parquet", digest, rows), key)
            for label, (digest, rows) in same[-1]["months"].items()
        )

    def _asked(self, source: Source) -> Reading:
        where = f"book.toml sources.{source.name}"
        secret = source.password.secret() if source.password is not None else None
        address = resolved(source.url, secret, where=f"{where}.url")
        days = bindable(self.period, self.as_of)
        query = asked_for(source.query or "", address.kind, days, where=f"{where}.query")
        return Reading(source.name, address, query, seconds=source.timeout)

    def record(self, known_by: dt.date) -> None:
        """Write down what was read, so that a report of this day can be made again.

        Raises
        ------
        BookError
            If the state folder cannot be written.
        """
        if self.state is None or known_by == dt.date.max:  # no day of a report
            return
        listed = _listed(self.state)
        new = []
        lines = [_line(reading, kept, known_by) for reading, kept in self._read]
        lines += [_months_line(reading, months, known_by) for reading, months in self._monthly]
        for line in lines:
            same = [other for other in listed if _names(other) == _names(line)]
            if not same or same[-1] != line:
                new.append(line)
        if new:
            append_lines(self.state, {INDEX: new})

    def _kept_before(self, reading: Reading) -> Kept | None:
        if self.state is None or self.as_of is None or self.as_of == dt.date.max:
            return None
        wanted = (reading.name, reading.sha256, self.as_of.isoformat())
        same = [line for line in _listed(self.state) if _names(line) == wanted]
        if not same:
            return None
        digest, rows = str(same[-1]["sha256"]), int(same[-1]["rows"])
        return Kept(self.state / FOLDER / f"{digest}.parquet", digest, rows)

    @contextmanager
    def _place(self) -> Iterator[Path]:
        if self.state is not None:
            yield self.state / FOLDER
            return
        with tempfile.TemporaryDirectory(prefix="pfkit-") as name:
            yield Path(name)


def _key_columns(source: Source) -> tuple[str, ...]:
    """Return the columns of the query that name a row, none where the key is worked out."""
    key = source.key or source.promise.key
    named = [source.columns[name].column if name in source.columns else None for name in key]
    return tuple(name for name in named if name is not None) if all(named) else ()


def _noted(fact: FileFact, before: bool) -> FileFact:  # noqa: FBT001 - whether it was kept before
    note = ("as it was read for this day before",) if before else ()
    return replace(fact, notes=(*fact.notes, *note))


def _line(reading: Reading, kept: Kept, known_by: dt.date) -> dict[str, Any]:
    return {
        "source": reading.name,
        "query": reading.sha256,
        "as_of": known_by.isoformat(),
        "sha256": kept.sha256,
        "rows": kept.rows,
    }


def _of_month(reading: Reading, column: str, label: str) -> Reading:
    """Return a reading narrowed to a month; for no label, to the rows without a day."""
    if not label:
        return replace(undated(reading, column), said=reading.said)
    first = dt.date.fromisoformat(f"{label}-01")
    last = first.replace(day=28)
    ends = last.year == dt.MAXYEAR and last.month == _DECEMBER  # days that stand for no end
    until = _NEVER if ends else (last + dt.timedelta(days=4)).replace(day=1)
    return between(reading, column, first, until)


def _by_month(reading: Reading) -> str:
    """Return the digest of what is asked month by month: never that of the whole."""
    return hashlib.sha256(f"{reading.sha256} by month".encode()).hexdigest()


def _months_line(reading: Reading, months: Sequence[Month], known_by: dt.date) -> dict[str, Any]:
    kept = {month.label: [month.kept.sha256, month.kept.rows] for month in months}
    said = json.dumps(kept, sort_keys=True)
    return {
        "source": reading.name,
        "query": _by_month(reading),
        "as_of": known_by.isoformat(),
        "sha256": hashlib.sha256(said.encode()).hexdigest(),
        "rows": sum(month.kept.rows for month in months),
        "months": kept,
    }


def _forget(folder: Path, used: set[str]) -> None:
    """Remove what was read before and is not so any more, where it is only a cache."""
    for file in folder.glob("*.parquet"):
        if file.name not in used:
            file.unlink()


def _names(line: dict[str, Any]) -> tuple[str, str, str]:
    return str(line["source"]), str(line["query"]), str(line["as_of"])


def _listed(state: Path) -> list[dict[str, Any]]:
    path = state / f"{INDEX}.jsonl"
    if not path.is_file():
        return []
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            said = json.loads(line)
            if not isinstance(said, dict) or not {"sha256", "rows"} <= set(said):
                raise ValueError(line)  # noqa: TRY301 - both are one kind of damage
            _names(said)
        except (ValueError, KeyError) as error:
            raise SourceError(
                "is no reading that pfkit wrote down",
                where=f"{INDEX}.jsonl line {number}",
                advice="Take the file back from your archive; nothing else writes it.",
            ) from error
        found.append(said)
    return found


__all__ = ["FOLDER", "INDEX", "Readings", "bindable"]
