"""How each column of a source is written, file by file or month by month, from a sample."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pfkit.conform.drift.profile import FILE, level_sql
from pfkit.conform.engine import literal, quoted
from pfkit.conform.forms.looked import SAMPLE, Looked, months_sql, of_files, of_months
from pfkit.conform.forms.words import DASHES, EITHER, SLASHES, Role, form_of, pattern_sql

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pfkit.conform.declaration import Source
    from pfkit.conform.pipeline import Conformed, LoadedSource

#: Files or months before that a file or month is compared with.
BEFORE = 6

_NUMBERS = frozenset({"number", "money", "integer"})
_DATES = frozenset({"date", "datetime"})
#: Months of a year, and values a part of a day needs to be no month.
_MONTHS, _VARIED = 12, 3
_TEXTS = frozenset({"string", "large_string", "string_view", "null"})


@dataclass(frozen=True)
class Written:
    """How one column is written in one file, or in one month of it.

    Attributes
    ----------
    forms : mapping of str to int
        How many of the values looked at have each form; empty cells are none.
    first : mapping of str to (str, str)
        For each form the line it begins on, and the value there.
    kind : str
        The type the file itself gives the column; empty in text formats.
    width : int
        The one length of its values, 0 where they have several.
    decimals : float
        The share of numbers with cents.
    size : float, optional
        The decimal logarithm of the middle number's size.
    """

    forms: Mapping[str, int] = field(default_factory=dict)
    first: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    kind: str = ""
    width: int = 0
    decimals: float = 0.0
    size: float | None = None

    @property
    def count(self) -> int:
        """How many values were looked at."""
        return sum(self.forms.values())

    def share(self, form: str) -> float:
        """Return the share of values of a form."""
        return self.forms.get(form, 0) / self.count if self.count else 0.0

    @property
    def usual(self) -> str:
        """The form most values have; empty where there is none."""
        return max(self.forms, key=lambda form: self.forms[form], default="")


@dataclass(frozen=True)
class Batch:
    """A file, or a month of the only file, and how its columns are written.

    Attributes
    ----------
    name : str
        The file's path, or the month.
    columns : mapping of str to Written
        By source column.
    names : tuple of str
        Every column the file has.
    encoding, format : str
        What the file is written in.
    """

    name: str
    columns: Mapping[str, Written]
    names: tuple[str, ...] = ()
    encoding: str = ""
    format: str = ""


def roles(source: Source, columns: Sequence[str]) -> dict[str, Role]:
    """Return what each source column is for; columns the declaration does not name are left out.

    Parameters
    ----------
    source : Source
        The declaration.
    columns : sequence of str
        The source's own columns.
    """
    found: dict[str, Role] = {}
    for name, mapping in source.columns.items():
        if mapping.column is not None:
            kind = source.promise.column(name).kind if mapping.map is None else "text"
            found.setdefault(mapping.column, _role(kind))
    if source.known_on is not None and source.known_on.column is not None:
        found.setdefault(source.known_on.column, "date")
    found |= {column: _role(kind) for column, kind in source.types.items()}
    said = source.model_dump_json(exclude={"name", "table", "path"})
    for column in columns:
        if column not in found and re.search(rf"(?<!\w){re.escape(column)}(?!\w)", said):
            found[column] = "text"
    return {column: role for column, role in found.items() if column in columns}


def _role(kind: str) -> Role:
    return "number" if kind in _NUMBERS else "date" if kind in _DATES else "text"


def batches(held: LoadedSource, conformed: Conformed, months: Sequence[str]) -> list[list[Batch]]:
    """Return, for each kind of file, the latest of the report's months after those before it.

    Files that are called alike but for their figures are of one kind. Where there is one file of a
    kind only, its months stand for files.

    Parameters
    ----------
    held : LoadedSource
        The source.
    conformed : Conformed
        The loaded book.
    months : sequence of str
        The months of the report.
    """
    source, engine = held.declared, conformed.engine
    raw = f"raw_{source.name}"
    columns = [name for name in engine.types(raw) if not name.startswith("_")]
    wanted = roles(source, columns)
    if not wanted or source.lines:
        return []
    listed = ", ".join(map(literal, months))
    kinds: dict[str, list[tuple[str, bool]]] = {}
    for kind, file, _, mine in engine.rows(
        f"SELECT {level_sql(FILE)} AS kind, _file, max(known_on) AS known, "
        f"bool_or(_period IN ({listed})) AS mine FROM ({months_sql(held, conformed)}) "
        "GROUP BY 1, 2 ORDER BY 3 NULLS FIRST, 2"
    ):
        kinds.setdefault(kind, []).append((file, mine))
    found = []
    for files in kinds.values():
        names = [file for file, _ in files]
        last = max((at for at, (_, mine) in enumerate(files) if mine), default=len(files) - 1)
        if last:
            chosen = names[max(0, last - BEFORE) : last + 1]
            found.append(_files(held, conformed, wanted, chosen))
        elif source.unpivot is None and source.layout is None and len(names) == 1:
            found.append(_months(held, conformed, wanted, (names[0], months)))
    return [held for held in found if held]


def files_written(held: LoadedSource, conformed: Conformed, files: Sequence[str]) -> list[Batch]:
    """Return how some files of a source are written, each by itself.

    Parameters
    ----------
    held : LoadedSource
        The source.
    conformed : Conformed
        The loaded book.
    files : sequence of str
        Their paths.
    """
    types = conformed.engine.types(f"raw_{held.declared.name}")
    wanted = roles(held.declared, [name for name in types if not name.startswith("_")])
    return _files(held, conformed, wanted, files) if wanted and files else []


def _files(
    held: LoadedSource, conformed: Conformed, wanted: Mapping[str, Role], files: Sequence[str]
) -> list[Batch]:
    written = _written(conformed, wanted, of_files(held, files))
    facts = {fact.path: fact for fact in held.files}
    return [
        Batch(
            file,
            {
                column: _typed(written.get((file, column), Written()), facts[file].types, column)
                for column in wanted
            },
            tuple(name for name, _ in facts[file].types),
            facts[file].encoding,
            facts[file].format,
        )
        for file in files
        if file in facts
    ]


def _typed(held: Written, types: Sequence[tuple[str, str]], column: str) -> Written:
    kind = dict(types).get(column, "")
    return replace(held, kind="" if kind in _TEXTS else kind)


def _months(
    held: LoadedSource,
    conformed: Conformed,
    wanted: Mapping[str, Role],
    place: tuple[str, Sequence[str]],
) -> list[Batch]:
    file, months = place
    known = conformed.engine.rows(
        f"SELECT DISTINCT _period FROM ({months_sql(held, conformed)}) "
        "WHERE _period <> '' AND _file = ? ORDER BY 1",
        [file],
    )
    there = [row[0] for row in known]
    last = max((at for at, month in enumerate(there) if month in months), default=0)
    if not last:
        return []
    chosen = there[max(0, last - BEFORE) : last + 1]
    written = _written(conformed, wanted, of_months(held, conformed, file, chosen))
    return [
        Batch(month, {column: written.get((month, column), Written()) for column in wanted})
        for month in chosen
    ]


@dataclass(frozen=True)
class _Part:
    """Values of one column that have one pattern: how many, where first, and how many numbers.

    ``size`` is the middle size of the column's numbers, of whatever pattern.
    """

    pattern: str
    count: int
    line: str
    value: str
    size: float | None
    numbers: int
    whole: int


def _written(
    conformed: Conformed, wanted: Mapping[str, Role], looked: Looked
) -> dict[tuple[str, str], Written]:
    """Return how each column is written, by batch and column, from the first rows of each."""
    texts = ", ".join(f"CAST({quoted(name)} AS VARCHAR) AS {quoted(name)}" for name in wanted)
    named = ", ".join(map(quoted, wanted))
    number = "TRY_CAST(replace(val, ',', '.') AS DOUBLE)"
    found: dict[tuple[str, str], list[_Part]] = {}
    for batch, column, *part in conformed.engine.rows(
        f"WITH few AS (SELECT * FROM ({looked.rows}) "
        f"QUALIFY row_number() OVER (PARTITION BY _batch ORDER BY _id) <= {SAMPLE}), "
        f"cells AS (UNPIVOT (SELECT _batch, _line, _id, {texts} FROM few) ON {named} "
        "INTO NAME col VALUE val), "
        f"middles AS (SELECT _batch, col, median(log10(abs(nullif({number}, 0)))) AS size "
        "FROM cells GROUP BY 1, 2) "
        f"SELECT _batch, col, {pattern_sql('trim(val)')} AS pattern, count(*), "
        f"arg_min(_line, _id), arg_min(val, _id), any_value(size), count({number}), "
        f"count(*) FILTER ({number} = round({number})) "
        "FROM cells JOIN middles USING (_batch, col) "
        "WHERE trim(val) <> '' GROUP BY 1, 2, 3 ORDER BY 1, 2, min(_id)"
    ):
        found.setdefault((batch, column), []).append(_Part(*part))
    return {
        place: _summed(parts, place, conformed, looked, wanted[place[1]])
        for place, parts in found.items()
    }


def _summed(
    parts: Sequence[_Part],
    place: tuple[str, str],
    conformed: Conformed,
    looked: Looked,
    role: Role,
) -> Written:
    forms: Counter[str] = Counter()
    first: dict[str, tuple[str, str]] = {}
    for part in parts:
        form = form_of(part.pattern)
        forms[form] += part.count
        first.setdefault(form, (part.line, part.value))
    for form in (SLASHES, DASHES):
        if role == "date" and form in forms:
            named = f"{form}, {_order(place, conformed, looked)}"
            forms[named], first[named] = forms.pop(form), first.pop(form)
    widths = {len(part.pattern) for part in parts}
    numbers = sum(part.numbers for part in parts)
    whole = sum(part.whole for part in parts)
    return Written(
        forms=dict(forms),
        first=first,
        width=widths.pop() if len(widths) == 1 else 0,
        decimals=1 - whole / numbers if numbers else 0.0,
        size=parts[0].size,
    )


def _order(place: tuple[str, str], conformed: Conformed, looked: Looked) -> str:
    """Return which part of a day comes first, as the whole file or month tells.

    A part above 12 is a day. Where none is, the part that is the same in every row is the month,
    if the other has at least three values.
    """
    batch, column = place
    ((first, second, ones, twos),) = conformed.engine.rows(
        "SELECT max(one), max(two), count(DISTINCT one), count(DISTINCT two) "
        f"FROM ({looked.days_of(column)})",
        [batch],
    )
    days = ((first or 0) > _MONTHS, (second or 0) > _MONTHS)
    if not any(days):
        days = (twos == 1 and ones >= _VARIED, ones == 1 and twos >= _VARIED)
    if all(days) or not any(days):
        return EITHER
    return "day first" if days[0] else "month first"
