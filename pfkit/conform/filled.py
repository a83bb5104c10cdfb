"""A report's workbook as people filled it in: which cells changed, on which rows, and where."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pfkit.conform.days import both, day_text
from pfkit.contracts.form import (
    DAY_LABEL,
    FIELDS,
    FORM,
    KEY_LABELS,
    KEYS,
    REGISTER,
    TO_COMMENT,
    cell_text,
)
from pfkit.contracts.standing import STATUSES
from pfkit.errors import PfkitError, SourceError, near_miss
from pfkit.period import read_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pfkit.contracts.form import Field
    from pfkit.sources.grids import Grid

Key = tuple[str, str, str]

_HEADS_WITHIN = 40
_KNOWS_HEADS = 3
_GLANCE = 40
_LISTED = 5


@dataclass(frozen=True)
class Problem:
    """A cell that cannot be taken, why, and what to do."""

    where: str
    what: str
    advice: str


@dataclass
class Entry:
    """What a person changed about one row.

    Attributes
    ----------
    exhibit, row_key, decision : str
        The row, and the decision its columns of a decision are about.
    stood : mapping of str to str
        What stood when the workbook was made, by name of the field.
    changed : dict of str to str
        What was filled in or changed.
    places : dict of str to str
        The cell of each change.
    emptied : dict of str to str
        Cells that were emptied: they change nothing.
    """

    exhibit: str
    row_key: str
    decision: str
    stood: Mapping[str, str]
    changed: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    emptied: dict[str, str] = field(default_factory=dict)

    @property
    def now(self) -> dict[str, str]:
        """What is to stand: what stood, with what was changed."""
        return {item.name: self.stood.get(item.name, "") for item in FIELDS} | self.changed


@dataclass(frozen=True)
class Filled:
    """A workbook that was filled in.

    Attributes
    ----------
    entity, period : str
        The report it belongs to.
    as_of : datetime.date
        The day the report was known.
    day : datetime.date or None
        The day the comments were written, where the workbook says so.
    entries : tuple of Entry
        Rows with a change, in the order of the workbook.
    problems : tuple of Problem
        Cells that cannot be taken.
    """

    entity: str
    period: str
    as_of: dt.date
    day: dt.date | None
    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]


def filled(grids: Mapping[str, Grid], *, where: str) -> Filled:
    """Read what was filled in into the workbook of a report.

    Parameters
    ----------
    grids : mapping of str to Grid
        Its sheets.
    where : str
        Its name, for messages.

    Raises
    ------
    SourceError
        If it is no workbook of a report, or its hidden sheet was changed.
    """
    record = _Record.of(grids.get(REGISTER), where)
    reader = _Reader(record)
    for name in record.sheets:
        if name in grids:
            reader.sheet(grids[name])
    kept = [one for one in reader.entries.values() if one.changed or one.emptied]
    day = reader.day(grids.get(TO_COMMENT))
    return Filled(
        record.entity, record.period, record.as_of, day, tuple(kept), tuple(reader.problems)
    )


@dataclass(frozen=True)
class _Record:
    """The hidden sheet: the report, every row that may be commented, and what stood on it."""

    entity: str
    period: str
    as_of: dt.date
    stood: Mapping[str, Mapping[Key, Mapping[str, str]]]

    @classmethod
    def of(cls, grid: Grid | None, where: str) -> _Record:
        """Read the hidden sheet."""
        if grid is None or not grid.cell(0, 0).startswith(FORM.rsplit(" ", 1)[0]):
            raise SourceError(
                "this is no workbook of a report: its hidden sheet is not there",
                where=where,
                advice="Fill in the tables.xlsx of a report and give it back as it is; a sheet "
                "copied out of it cannot be read.",
            )
        if grid.cell(0, 0) != FORM:
            raise SourceError(
                f"the workbook is of another edition: {grid.cell(0, 0)!r}",
                where=where,
                advice="Make the report again, and fill in its workbook.",
            )
        heads = {name: place for place, name in enumerate(grid.rows[1])} if grid.rows[1:] else {}
        names = ("sheet", *KEYS, *(item.name for item in FIELDS))
        stood: dict[str, dict[Key, Mapping[str, str]]] = {}
        try:
            for row in range(2, len(grid.rows)):
                told = {name: grid.cell(row, heads[name]) for name in names}
                key = (told["exhibit"], told["row_key"], told["decision"])
                stood.setdefault(told["sheet"], {})[key] = told
            as_of = read_day(grid.cell(0, 3))
        except (KeyError, PfkitError) as error:
            raise SourceError(
                "the hidden sheet was changed",
                where=f"{where} {REGISTER}",
                advice="Make the report again, and fill in its workbook.",
            ) from error
        return cls(grid.cell(0, 1), grid.cell(0, 2), as_of, stood)

    @property
    def sheets(self) -> list[str]:
        """The sheets that are filled in, that of every row first."""
        return [TO_COMMENT, *(name for name in self.stood if name not in {"", TO_COMMENT})]

    @property
    def exhibits(self) -> list[str]:
        """The exhibits that may be commented."""
        return sorted({key[0] for lines in self.stood.values() for key in lines} - {""})

    def rows(self, exhibit: str) -> list[str]:
        """Return the row keys of an exhibit."""
        keys = {key[1] for lines in self.stood.values() for key in lines if key[0] == exhibit}
        return sorted(keys - {""})

    def entry(self, key: Key) -> Entry:
        """Return an entry for a row, with what stood on it."""
        for lines in self.stood.values():
            if key in lines:
                return Entry(*key, stood=lines[key])
        return Entry(*key, stood={})


class _Reader:
    """Goes through the sheets, and keeps what changed and what cannot be taken."""

    def __init__(self, record: _Record) -> None:
        self.record = record
        self.entries: dict[Key, Entry] = {}
        self.problems: list[Problem] = []

    def sheet(self, grid: Grid) -> None:
        """Read one sheet."""
        found = _heads(grid)
        if found is None:
            advice = "Take the row of heads back as the report wrote it."
            self._problem(
                grid.place(0, 0), "the heads of the columns to fill in are not there", advice
            )
            return
        head, heads = found
        for row in range(head + 1, len(grid.rows)):
            inputs = {item: grid.cell(row, place).strip() for item, place in heads.items()}
            places = {item: grid.place(row, place) for item, place in heads.items()}
            for item, place in heads.items():
                if shows := grid.broken.get((row, place)):
                    self._problem(places[item], f"the cell shows {shows}", "Write the text itself.")
            key = self._key(grid, head, row, said=any(inputs.values()))
            if key is not None:
                entry = self.entries.setdefault(key, self.record.entry(key))
                for item, text in inputs.items():
                    self._take(entry, item, text, places[item])

    def day(self, grid: Grid | None) -> dt.date | None:
        """Return the day the comments were written, where the workbook says so."""
        rows = range(min(_HEADS_WITHIN, len(grid.rows))) if grid is not None else ()
        for row in rows:
            if grid is not None and grid.cell(row, 0).strip() == DAY_LABEL:
                text = grid.cell(row, 1).strip()
                read = self._read_day(text, grid.place(row, 1)) if text else None
                return None if read is None else dt.date.fromisoformat(read)
        return None

    def _problem(self, where: str, what: str, advice: str) -> None:
        self.problems.append(Problem(where, what, advice))

    def _key(self, grid: Grid, head: int, row: int, *, said: bool) -> Key | None:
        """Return the row a line is about; one that names none, or an unknown one, is a problem."""
        if grid.name == TO_COMMENT:
            return self._listed(grid, head, row, said=said)
        lines = self.record.stood.get(grid.name, {})
        exhibit = next(iter({key[0] for key in lines}))
        place = next(p for p, text in enumerate(grid.rows[head]) if text.strip())
        key = grid.cell(row, place).strip()
        known = {one[1]: one for one in lines}
        if key not in known and said:
            self._unknown(grid.place(row, place), "row", key, known, f"exhibit {exhibit}")
        return known.get(key)

    def _listed(self, grid: Grid, head: int, row: int, *, said: bool) -> Key | None:
        """Return the row a line of the list of all is about."""
        record = self.record
        texts = [text.strip() for text in grid.rows[head]]
        columns = [texts.index(label) if label in texts else -1 for label in KEY_LABELS]
        exhibit, row_key, decision = (
            grid.cell(row, place).strip() if place >= 0 else "" for place in columns
        )
        lines = record.stood.get(TO_COMMENT, {})
        if (exhibit, row_key, decision) in lines:
            return exhibit, row_key, decision
        if not said:
            return None
        marks = [grid.place(row, max(place, 0)) for place in columns]
        if exhibit not in record.exhibits:
            self._unknown(marks[0], "exhibit", exhibit, record.exhibits, "the report")
        elif row_key not in record.rows(exhibit):
            self._unknown(marks[1], "row", row_key, record.rows(exhibit), f"exhibit {exhibit}")
        elif decision:
            known = [key[2] for key in lines if key[2]]
            self._unknown(marks[2], "decision", decision, known, "the report")
        else:
            every = (key for held in record.stood.values() for key in held)
            return next(key for key in every if key[:2] == (exhibit, row_key))
        return None

    def _unknown(self, where: str, noun: str, text: str, known: Iterable[str], of: str) -> None:
        said = f"{noun} {text!r} is not in {of}" if text else f"the line names no {noun}"
        self._problem(where, said, near_miss(text, known, noun=noun))

    def _take(self, entry: Entry, item: Field, text: str, place: str) -> None:
        """Note a change; two cells that say something else about one row are a problem."""
        stood = entry.stood.get(item.name, "")
        if not text:
            if stood:
                entry.emptied[item.name] = place
            return
        read = self._read(item, text, place)
        if read is None or read == stood:
            return
        before = entry.changed.get(item.name, read)
        if before != read:
            said = f"{entry.places[item.name]} says {_shown(before)} of the same row"
            self._problem(place, f"it says {_shown(read)}, and {said}", "Leave one of the two.")
            return
        entry.changed[item.name] = read
        entry.places[item.name] = place

    def _read(self, item: Field, text: str, place: str) -> str | None:
        """Return a cell as its field is written, None where it cannot be."""
        if item.kind == "date":
            return self._read_day(text, place)
        if item.kind == "status":
            word = text.casefold()
            if word not in STATUSES:
                advice = near_miss(word, STATUSES, noun="status")
                self._problem(place, f"{text!r} is no status", advice)
                return None
            return word
        plain = cell_text(text)
        return " ".join(plain.split()) if item.kind == "name" else plain

    def _read_day(self, text: str, place: str) -> str | None:
        found = day_text(text)
        days = set(found.readings.values())
        if len(days) == 1:
            return days.pop().isoformat()
        what = f"{text!r} is {both(found)}" if days else f"{text!r} is no day: {found.reason}"
        self._problem(place, what, "Write it as 2026-07-31.")
        return None


def _heads(grid: Grid) -> tuple[int, dict[Field, int]] | None:
    """Find the row of heads, and the column of each field: the last of its name."""
    for row in range(min(_HEADS_WITHIN, len(grid.rows))):
        texts = [text.strip() for text in grid.rows[row]]
        found = {
            item: len(texts) - 1 - texts[::-1].index(item.label)
            for item in FIELDS
            if item.label in texts
        }
        if len(found) >= _KNOWS_HEADS:
            return row, found
    return None


def _shown(text: str) -> str:
    return repr(text if len(text) <= _GLANCE else f"{text[: _GLANCE - 1]}…")


def told(problems: Sequence[Problem], *, where: str) -> SourceError:
    """Return the first problem as an error that counts the others."""
    first, *others = problems
    cells = Counter(problem.where for problem in others)
    more = ""
    if others:
        listed = ", ".join(list(cells)[:_LISTED])
        noun = "problem" if len(others) == 1 else "problems"
        more = f" {len(others)} more {noun}: {listed}{' …' if len(cells) > _LISTED else ''}."
    return SourceError(
        first.what,
        where=f"{where} {first.where}",
        advice=f"{first.advice}{more} Nothing was written.",
    )
