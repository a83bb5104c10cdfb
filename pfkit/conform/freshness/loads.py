"""The ledger of loads: which files were seen, by digest, and what became of each since."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from importlib import metadata
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from pfkit.conform.engine import quoted
from pfkit.conform.forms.kept import columns_of
from pfkit.conform.freshness.causes import declared_digests
from pfkit.conform.freshness.cells import FORM, Shift, added, file_shifts, laid, packed, unpacked
from pfkit.conform.freshness.ledger import lines_of, signed_line
from pfkit.conform.freshness.since import Sums, table_sums
from pfkit.conform.personal import mask
from pfkit.conform.state import append_lines, is_state
from pfkit.money import cents
from pfkit.period import read_day

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pfkit.conform.failures import Failures
    from pfkit.conform.freshness.cells import Place
    from pfkit.conform.pipeline import Conformed, LoadedSource

#: The file of the state folder. It may not be deleted: what a file said before it was replaced
#: stands nowhere else.
LOADS = "loads"

Kind = Literal["new", "grown", "changed", "renamed", "repeated", "vanished"]


@dataclass(frozen=True)
class Seen:
    """One file as a load saw it.

    Attributes
    ----------
    source, table, file : str
        Where it belongs, and its path.
    sha256 : str
        Its digest.
    rows : int
        Its rows, those that could not be read too.
    format, encoding : str
        What it is written in.
    months : mapping of str to (int, decimal.Decimal)
        Rows and amount by month, before anything is set aside.
    written : mapping
        How its columns are written, of files that were kept.
    """

    source: str
    table: str
    file: str
    sha256: str
    rows: int
    format: str
    encoding: str
    months: Mapping[str, Sums] = field(default_factory=dict)
    written: Mapping[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> tuple[str, str]:
        """What names it."""
        return self.source, self.file

    @property
    def export(self) -> tuple[str, str]:
        """What it has in common with the same export under another name."""
        return self.source, self.sha256

    @property
    def amount(self) -> Decimal:
        """What its rows add up to."""
        return sum((amount for _, amount in self.months.values()), Decimal("0.00"))

    def plain(self) -> dict[str, Any]:
        """Return it as JSON values, amounts as decimal text."""
        months = {month: [rows, str(amount)] for month, (rows, amount) in self.months.items()}
        return asdict(self) | {"months": months}


@dataclass(frozen=True)
class Kept:
    """What the ledger of loads says: every file last seen, and what tables held then.

    Attributes
    ----------
    day : datetime.date, optional
        The knowledge date of the last load; None where none was kept.
    files : mapping of (str, str) to Seen
        By source and path.
    tables : mapping of str to mapping of str to (int, decimal.Decimal)
        Rows and amount that counted, by table and month.
    cells : pyarrow.Table, optional
        The same cell by cell; None where no load kept them.
    declared : mapping of str to str
        Digests of what the book declared; empty where no load kept them.
    """

    day: dt.date | None = None
    files: Mapping[tuple[str, str], Seen] = field(default_factory=dict)
    tables: Mapping[str, Mapping[str, Sums]] = field(default_factory=dict)
    cells: pa.Table | None = None
    declared: Mapping[str, str] = field(default_factory=dict)

    def laid(self, conformed: Conformed) -> str:
        """Write its cells into the engine and return the table's name; empty without any."""
        if self.cells is None:
            return ""
        engine = conformed.engine
        engine.load("cells_kept", self.cells)
        return engine.own("cells_kept")


@dataclass(frozen=True)
class Moved:
    """What became of one file since the last load.

    Attributes
    ----------
    kind : str
        ``new``; ``grown`` (the months it had are as they were); ``changed``; ``renamed``;
        ``repeated`` (another file has its bytes); ``vanished``.
    now, was : Seen, optional
        The file now, and as it was seen, or the one it was renamed from or repeats.
    cells : mapping of str to Shift
        What counts otherwise for it, by month; empty where what counted then is not known.
    """

    kind: Kind
    now: Seen | None
    was: Seen | None
    cells: Mapping[str, Shift] = field(default_factory=dict)

    @property
    def file(self) -> Seen:
        """The file that is spoken of."""
        found = self.now if self.now is not None else self.was
        if found is None:
            raise AssertionError
        return found

    @property
    def months(self) -> dict[str, Sums]:
        """Rows and amount that a month has more, or less, than before; those alike left out."""
        now = self.now.months if self.now is not None else {}
        was = self.was.months if self.was is not None else {}
        found = {}
        for month in sorted({*now, *was}):
            rows, amount = now.get(month, (0, Decimal("0.00")))
            old, before = was.get(month, (0, Decimal("0.00")))
            if (rows, amount) != (old, before):
                found[month] = (rows - old, amount - before)
        return found

    def plain(self) -> dict[str, Any]:
        """Return it as JSON values, amounts as decimal text."""
        return {
            "kind": self.kind,
            "source": self.file.source,
            "table": self.file.table,
            "file": self.file.file,
            "was": self.was.file if self.was is not None else "",
            "rows_then": self.was.rows if self.was is not None else 0,
            "rows": self.now.rows if self.now is not None else 0,
            "amount_then": str(self.was.amount if self.was is not None else Decimal("0.00")),
            "amount": str(self.now.amount if self.now is not None else Decimal("0.00")),
            "months": {month: [rows, str(size)] for month, (rows, size) in self.months.items()},
        } | added(self.cells.values()).plain()


def seen(conformed: Conformed) -> dict[tuple[str, str], Seen]:
    """Return every file of the load with rows known by the book's knowledge date."""
    found: dict[tuple[str, str], Seen] = {}
    for held in conformed.sources:
        if held.present and not is_state(held.declared) and not held.declared.lines:
            found |= {one.place: one for one in _seen(held, conformed)}
    return found


def _seen(held: LoadedSource, conformed: Conformed) -> list[Seen]:
    source = held.declared
    column = source.promise.amount
    total = f"COALESCE(sum({quoted(column)}), 0)" if column else "0"
    months: dict[str, dict[str, Sums]] = {}
    for file, period, rows, amount in conformed.engine.rows(
        f"SELECT _file, _period, count(*) FILTER (_made IS NULL), {total} "
        f"FROM {quoted(held.rows_table)} GROUP BY 1, 2 ORDER BY 1, 2"
    ):
        months.setdefault(file, {})[period] = (rows, cents(Decimal(amount)))
    known = {*months, *(row.file for row in held.rejected)}
    facts = {fact.path: fact for fact in held.files if fact.path in known}
    again = {path: facts[other] for path, other in held.repeated_files if other in facts}
    return [
        Seen(
            source.name,
            source.table,
            mask(path),
            fact.sha256,
            fact.rows,
            fact.format,
            fact.encoding,
            months.get(path, {}) if path not in again else {},
        )
        for path, fact in (facts | again).items()
    ]


def moved(
    kept: Kept,
    now: Mapping[Place, Seen],
    failures: Failures | None = None,
    *,
    cells: Mapping[Place, Mapping[str, tuple[str, Shift]]] | None = None,
    steady: bool = False,
) -> list[Moved]:
    """Return what became of each file since the last load; nothing of those that are as they were.

    Parameters
    ----------
    kept : Kept
        What the ledger says.
    now : mapping of (str, str) to Seen
        The files of this load.
    failures : Failures, optional
        What could not be read: nothing is told of it.
    cells : mapping, optional
        What counts otherwise than the ledger says, by source and path, and month.
    steady : bool
        Whether what the book declares is as it was, so that this is the file's own doing.
    """
    told = {
        place: {month: shift for month, (_, shift) in months.items()}
        for place, months in (cells or {}).items()
    }
    gone = {
        place: one
        for place, one in kept.files.items()
        if place not in now and not (failures and failures.names(one.source, one.file))
    }
    found: list[Moved] = []
    first: dict[tuple[str, str], Seen] = {}
    for one in sorted(now.values(), key=lambda one: one.place not in kept.files):
        was, same = kept.files.get(one.place), first.setdefault(one.export, one)
        left = next((old for old in gone.values() if old.export == one.export), None)
        if was is not None:
            if was.sha256 != one.sha256:
                shifted = told.get(one.place, {})
                found.append(Moved(_how(one, was, shifted if steady else {}), one, was, shifted))
        elif left is not None:
            found.append(Moved("renamed", one, gone.pop(left.place)))
        elif same is not one:
            found.append(Moved("repeated", one, same))
        else:
            found.append(Moved("new", one, None, told.get(one.place, {})))
    lost = [Moved("vanished", None, one, told.get(one.place, {})) for one in gone.values()]
    return [*found, *lost]


def _how(now: Seen, was: Seen, cells: Mapping[str, Shift]) -> Kind:
    """Return whether a file only grew: all it said of its months, it says still."""
    same = all(
        now.months.get(month) == sums and month not in cells for month, sums in was.months.items()
    )
    return "grown" if same and now.rows > was.rows else "changed"


def kept_loads(state: Path | None, as_of: dt.date) -> Kept:
    """Return what the ledger of loads says of the loads known by a day.

    Raises
    ------
    SourceError
        If a line is none that pfkit wrote, or was changed since.
    """
    day: dt.date | None = None
    files: dict[tuple[str, str], Seen] = {}
    tables: dict[str, dict[str, Sums]] = {}
    cells: list[Mapping[str, Any]] = []
    declared: Mapping[str, str] = {}
    for line in lines_of(state, LOADS, "pfkit check --keep"):
        known = read_day(line["known_on"])
        if known > as_of:
            continue
        day = known if day is None else max(day, known)
        for plain in line["gone"]:
            files.pop((plain["source"], plain["file"]), None)
        for plain in line["files"]:
            one = Seen(**plain | {"months": _sums(plain["months"])})
            files[one.place] = one
        tables |= {table: _sums(months) for table, months in line["tables"].items()}
        declared = line.get("declared", declared)
        if "cells" in line and line["cells"]["form"] == FORM:
            cells.append(line["cells"])
    return Kept(day, files, tables, _cells(cells), declared)


def _cells(lines: Sequence[Mapping[str, Any]]) -> pa.Table | None:
    """Return the cells of every file as the last line about it has them; None without a line."""
    if not lines:
        return None
    last: dict[Place, int] = {}
    for number, line in enumerate(lines):
        last |= dict.fromkeys(((source, file) for source, file in line["of"]), number)
        for source, file in line["gone"]:
            last.pop((source, file), None)
    parts = []
    for number, line in enumerate(lines):
        mine = pa.array(
            [_joined(*place) for place, at in last.items() if at == number], pa.string()
        )
        part = unpacked(line["rows"])
        place = pc.binary_join_element_wise(part["source"], part["file"], "\x1f")
        parts.append(part.filter(pc.is_in(place, value_set=mine)))
    return pa.concat_tables(parts)


def _joined(source: str, file: str) -> str:
    return f"{source}\x1f{file}"


def _sums(plain: Mapping[str, Any]) -> dict[str, Sums]:
    return {month: (int(rows), Decimal(amount)) for month, (rows, amount) in plain.items()}


def keep_load(conformed: Conformed, failures: Failures | None = None) -> int:
    """Add a load to the ledger, as one line; none where nothing is new.

    A line has what differs from the lines before: files that are new or changed, those that are
    gone, the tables of which some month is other than it was, the cells of the files that count
    otherwise, and what the book declares. What failed is not in it, so
    that its repair is told as new.

    Parameters
    ----------
    conformed : Conformed
        The loaded book.
    failures : Failures, optional
        What could not be read.

    Returns
    -------
    int
        How many files the line is about; 0 where none was written.

    Raises
    ------
    SourceError
        If a line before is none that pfkit wrote.
    BookError
        If the folder cannot be written.
    """
    kept = kept_loads(conformed.state, conformed.as_of)
    changes = moved(kept, seen(conformed), failures)
    files = [one.now for one in changes if one.now is not None]
    gone = [one.was for one in changes if one.kind in {"vanished", "renamed"} and one.was]
    tables = {
        table: months
        for table, months in table_sums(conformed).items()
        if dict(kept.tables.get(table, {})) != months
    }
    cells, declared = _cells_line(kept, conformed), declared_digests(conformed)
    news = files or gone or tables or cells or declared != kept.declared
    if (not news and kept.day == conformed.as_of) or conformed.state is None:
        return 0
    line = {
        "known_on": conformed.as_of.isoformat(),
        "pfkit": metadata.version("pfkit"),
        "files": [one.plain() for one in _with_forms(files, conformed)],
        "gone": [{"source": one.source, "file": one.file} for one in gone],
        "tables": {
            table: {month: [rows, str(amount)] for month, (rows, amount) in months.items()}
            for table, months in tables.items()
        },
        "declared": declared,
    } | ({"cells": cells} if cells else {})
    append_lines(conformed.state, {LOADS: [signed_line(line)]})
    return len(files) + len(gone)


def _cells_line(kept: Kept, conformed: Conformed) -> dict[str, Any]:
    """Return the cells of files that count otherwise than the ledger says; empty without any."""
    now, engine = laid(conformed), conformed.engine
    before = kept.laid(conformed)
    if before:
        places = [*file_shifts(conformed, before, now)]
    else:
        places = engine.rows(f"SELECT DISTINCT source, file FROM {now} ORDER BY ALL")
    there = {*engine.rows(f"SELECT DISTINCT source, file FROM {now}")}
    of = [place for place in places if place in there]
    gone = [place for place in places if place not in there]
    if not places:
        return {}
    return {
        "form": FORM,
        "of": [[*place] for place in of],
        "gone": [[*place] for place in gone],
        "rows": packed(engine, now, of),
    }


def _with_forms(files: Sequence[Seen], conformed: Conformed) -> list[Seen]:
    """Return files with how their columns are written."""
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for held in conformed.sources:
        name = held.declared.name
        paths = [one.file for one in files if one.source == name]
        if held.present and paths:
            forms = columns_of(held, conformed, paths)
            found |= {(name, path): written for path, written in forms.items()}
    return [replace(one, written=found.get(one.place, {})) for one in files]
