"""Rows exported before: the same row in two files of a source is one row, where that is plausible.

A declared key decides by itself. Without one, equal rows may be two events (a fee a day in each
region's file) or one event exported twice. Two files count as one export of the same events where
their rows agree in the days both cover: all of the smaller part with `_FEW` rows that tell, or
`_SHARE` of it with `_ENOUGH`. A row tells when what it says, its day aside, is said of one day
only: a standing fee recurs, a posting with its text and amount does not. A row with an id of its
own tells as much as `_ENOUGH` others, and then `_SHARE_OF_IDS` is enough. Between such files each
row counts as often as the file says that has it most often; what is left in doubt is kept, and
flagged with its amount.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import compute

from pfkit.conform.engine import literal, quoted
from pfkit.conform.parse import Marks, raw_sql
from pfkit.sources import RawTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from pfkit.conform.declaration import Source
    from pfkit.conform.engine import Engine
    from pfkit.conform.mapping import Setting
    from pfkit.sources import FileFact

#: Reason of a row that stands in a file read before.
EXPORTED_BEFORE = "exported before"

_FEW, _ENOUGH = 2, 3
_SHARE, _SHARE_OF_IDS = 0.8, 0.5
_DAYS = ("posting_date", "invoice_date", "ts", "date")
_NUMBERS = frozenset({"number", "money", "integer"})
_DATES = frozenset({"date", "datetime", "month"})
_ZEROS = r"^(-?\d+\.\d*?)0+$"
_MIDNIGHT = r"[ T]00:00:00(\.0+)?$"


@dataclass(frozen=True)
class Pair:
    """Two files of a source that have equal rows.

    Attributes
    ----------
    first, second : int
        The files, by the order they are read in.
    shared : int
        Rows of one that the other has too.
    weight : int
        How much these tell.
    covered : tuple of int
        Rows of each in the days both cover.
    rows : tuple of int
        All rows of each.
    ids : bool
        Whether some of the shared rows have an id of their own.
    """

    first: int
    second: int
    shared: int
    weight: int
    covered: tuple[int, int]
    rows: tuple[int, int]
    ids: bool = False


def is_again(pair: Pair) -> bool:
    """Return whether two files without a key are one export of the same events.

    Examples
    --------
    >>> is_again(Pair(0, 1, 30, 30, (30, 31), (90, 60)))
    True
    >>> is_again(Pair(0, 1, 30, 0, (31, 31), (31, 31)))  # a standing fee in two regions
    False
    """
    if pair.rows == (pair.shared, pair.shared):
        return True
    share = pair.shared / max(1, min(pair.covered))
    if share >= 1:
        return pair.weight >= _FEW
    return pair.weight >= _ENOUGH and share >= (_SHARE_OF_IDS if pair.ids else _SHARE)


def without_repeated_files(
    raw: RawTable, source: Source
) -> tuple[RawTable, tuple[tuple[str, str], ...]]:
    """Leave out files whose bytes another has: the first known counts, by its name or its place.

    Returns
    -------
    tuple
        What is left, and each file left out with the one that counts.
    """
    repeated = repeated_files(raw.files, source)
    if not repeated:
        return raw, ()
    keep = compute.invert(compute.is_in(raw.table["_file"], pa.array(list(repeated))))
    left = RawTable(
        table=raw.table.filter(keep),
        rejected=tuple(row for row in raw.rejected if row.file not in repeated),
        files=tuple(fact for fact in raw.files if fact.path not in repeated),
    )
    return left, tuple(repeated.items())


def repeated_files(facts: Sequence[FileFact], source: Source) -> dict[str, str]:
    """Return the files whose bytes another has, each with the one that counts."""
    groups: dict[str, list[str]] = {}
    for fact in facts:
        groups.setdefault(fact.sha256, []).append(fact.path)
    pattern = source.known_on.file_name if source.known_on is not None else None
    repeated: dict[str, str] = {}
    for paths in groups.values():
        first = min(paths, key=lambda path: _dated_by(path, pattern))
        repeated |= {path: first for path in paths if path != first}
    return {} if source.overlap == "keep" else repeated


def _dated_by(path: str, pattern: str | None) -> str:
    """Return what a file's name says of its day, as it sorts; the same for all where it says none.

    Digits alone, so that 2026-05 and 202605 are the same month.
    """
    found = re.search(pattern, path) if pattern else None
    return re.sub(r"\D", "", found.group(1)) if found else ""


def repeats_table(source: Source) -> str:
    """Return the engine table of a source's rows that stand in another file too."""
    return f"repeats_{source.name}"


def find_repeats(source: Source, setting: Setting, as_of: date) -> str:
    """Find the rows of ``valued_<source>`` that an export known before them has too.

    Rows learned after `as_of` do not count. Returns the name of the table ``repeats_<source>``:
    ``_id``, ``before`` (True where the row is left out, False where it is kept in doubt) and
    ``other``, the file that has it too.
    """
    engine = setting.engine
    name = repeats_table(source)
    found = _overlapping(source, setting, as_of)
    if not found or source.overlap == "keep":
        engine.run(
            f"CREATE OR REPLACE TABLE {quoted(name)} "
            "(_id BIGINT, before BOOLEAN, other VARCHAR, place BIGINT)"
        )
        return name
    _digest(source, setting, as_of, found)
    pairs = _pairs(source, engine)
    keyed = bool(source.key or source.promise.key) or source.overlap == "once"
    _link(source, engine, [(pair, keyed or is_again(pair)) for pair in pairs])
    return name


def _known_sql(source: Source, as_of: date) -> str:
    if "known_on" not in source.promise.names:
        return "TRUE"
    return f"(v.known_on IS NULL OR v.known_on <= DATE {literal(as_of)})"


def _day_sql(source: Source) -> str:
    """Return SQL for the day a row speaks of, NULL where its table has none."""
    names = source.promise.names
    days = [f"CAST(v.{column} AS DATE)" for column in _DAYS if column in names]
    if "period" in names:
        days.append("CAST(try_strptime(v.period || '-01', '%Y-%m-%d') AS DATE)")
    return f"COALESCE({', '.join(days)}, NULL)" if days else "CAST(NULL AS DATE)"


def _overlapping(source: Source, setting: Setting, as_of: date) -> list[str]:
    """Return the files that cover a day another covers too, in the order they are read in."""
    rows = setting.engine.rows(
        f"SELECT v._file, min({_day_sql(source)}), max({_day_sql(source)}) "
        f"FROM {quoted(f'valued_{source.name}')} v WHERE {_known_sql(source, as_of)} "
        "GROUP BY 1 ORDER BY min(v._id)"
    )
    return [
        file
        for file, first, last in rows
        if any(
            other != file and (first is None or start is None or (first <= end and start <= last))
            for other, start, end in rows
        )
    ]


def _digest(source: Source, setting: Setting, as_of: date, files: Sequence[str]) -> None:
    """Write ``digest_<source>``: of every row that may repeat, what it says in one number."""
    promise = source.promise
    agreed = [c.name for c in promise.columns if c.name != "known_on" or source.replaces]
    said = [f"v.{quoted(name)}" for name in agreed]
    said += ["CAST(v._bad AS VARCHAR)", "CAST(v._unmapped AS VARCHAR)"]
    raw = {} if source.key or promise.key else _raw_sql(source, setting)
    timed = {c.name for c in promise.columns if c.kind in _DATES}
    dated = _dated(source, raw, timed)
    shape = [f"v.{quoted(name)}" for name in agreed if name not in timed]
    shape += [sql for column, sql in raw.items() if column not in dated]
    ids = [f"v.{quoted(c)} IS NOT NULL" for c in source.columns if c.endswith("_id")]
    known = "v.known_on" if "known_on" in promise.names else "CAST(NULL AS DATE)"
    order = ", ".join(f"{literal(file)}: {place}" for place, file in enumerate(files))
    setting.engine.run(
        f"CREATE OR REPLACE TABLE {quoted(f'digest_{source.name}')} AS "
        f"WITH said AS (SELECT v._id, v._file, v._line, {known} AS known, "
        f"{_day_sql(source)} AS day, MAP {{{order}}}[v._file] AS place, "
        f"hash({', '.join([*said, *raw.values()])}) AS said, hash({', '.join(shape)}) AS shape, "
        f"({' OR '.join(ids) or 'FALSE'}) AS has_id "
        f"FROM {quoted(f'valued_{source.name}')} v "
        + (f"JOIN {quoted(f'typed_{source.name}')} t ON t._id = v._of " if raw else "")
        + f"WHERE v._file IN ({', '.join(literal(file) for file in files)}) "
        f"AND {_known_sql(source, as_of)}), "
        "tells AS (SELECT shape, count(DISTINCT day) <= 1 AS tells FROM said GROUP BY 1) "
        "SELECT s.*, row_number() OVER (PARTITION BY place, said ORDER BY _id) AS n, "
        f"CASE WHEN has_id THEN {_ENOUGH} WHEN tells THEN 1 ELSE 0 END AS weight "
        "FROM said s JOIN tells USING (shape)"
    )


def _raw_sql(source: Source, setting: Setting) -> dict[str, str]:
    """Return SQL for what each source column says, however its file writes it.

    A number that fills an agreed column is compared there, where it is read exactly.
    """
    types = setting.engine.types(f"typed_{source.name}")
    marks = Marks.of(source, setting.zone)
    kinds: dict[str, set[str]] = {}
    for name, mapping in source.columns.items():
        if mapping.column is not None and mapping.map is None:
            kinds.setdefault(mapping.column, set()).add(source.promise.column(name).kind)
    found = {}
    for column, engine_kind in types.items():
        kind = kinds.get(column, set())
        if column.startswith("_") or kind & _NUMBERS:
            continue
        text = f"CAST(t.{quoted(column)} AS VARCHAR)"
        plain = f"regexp_replace(trim({text}), {literal(_MIDNIGHT)}, '')"
        plain = f"rtrim(regexp_replace({plain}, {literal(_ZEROS)}, '\\1'), '.')"
        if kind & _DATES:
            day = raw_sql(f"t.{quoted(column)}", engine_kind, "datetime", marks)
            plain = f"COALESCE(CAST({day} AS VARCHAR), {plain})"
        found[column] = plain
    return found


def _dated(source: Source, raw: Iterable[str], timed: set[str]) -> set[str]:
    """Return the source columns that say when: those that fill a day, a month or known_on."""
    used = [m for name, m in source.columns.items() if name in timed]
    texts = [mapping.sql or "" for mapping in used]
    named = {mapping.column for mapping in used}
    if source.known_on is not None:
        texts.append(source.known_on.sql or "")
        named.add(source.known_on.column)
    words = {word for text in texts for word in re.findall(r"\"[^\"]+\"|\w+", text)}
    plain = {word.strip('"').lower() for word in words}
    return {column for column in raw if column in named or column.lower() in plain}


def _pairs(source: Source, engine: Engine) -> list[Pair]:
    digest = quoted(f"digest_{source.name}")
    rows = engine.rows(
        "WITH shared AS (SELECT a.place AS a, b.place AS b, count(*) AS shared, "
        "sum(a.weight) AS weight, bool_or(a.has_id) AS ids "
        f"FROM {digest} a JOIN {digest} b ON a.said = b.said AND a.n = b.n "
        "AND a.place < b.place GROUP BY 1, 2), "
        "extent AS (SELECT place, min(day) AS lo, max(day) AS hi, count(*) AS rows "
        f"FROM {digest} GROUP BY 1), "
        f"days AS (SELECT place, day, count(*) AS rows FROM {digest} GROUP BY 1, 2) "
        "SELECT s.a, s.b, s.shared, s.weight, s.ids, "
        "COALESCE(sum(d.rows) FILTER (WHERE d.place = s.a), 0), "
        "COALESCE(sum(d.rows) FILTER (WHERE d.place = s.b), 0), x.rows, y.rows "
        "FROM shared s JOIN extent x ON x.place = s.a JOIN extent y ON y.place = s.b "
        "JOIN days d ON d.place IN (s.a, s.b) AND (d.day IS NULL OR x.lo IS NULL OR y.lo IS NULL "
        "OR d.day BETWEEN greatest(x.lo, y.lo) AND least(x.hi, y.hi)) "
        "GROUP BY s.a, s.b, s.shared, s.weight, s.ids, x.rows, y.rows ORDER BY 1, 2"
    )
    return [
        Pair(a, b, shared, weight, (int(left), int(right)), (one, two), ids)
        for a, b, shared, weight, ids, left, right, one, two in rows
    ]


def _link(source: Source, engine: Engine, judged: Sequence[tuple[Pair, bool]]) -> None:
    """Write which rows are left out: those a linked file has, known before or read before."""
    digest, name = quoted(f"digest_{source.name}"), quoted(repeats_table(source))
    links = ", ".join(f"({pair.first}, {pair.second}, {literal(again)})" for pair, again in judged)
    engine.run(
        f"CREATE OR REPLACE TABLE {name} AS "
        "WITH links AS (SELECT * FROM (VALUES "
        f"{links or '(-1, -1, FALSE)'}) AS t(a, b, again)) "
        "SELECT x._id, bool_or(l.again) AS before, "
        "arg_min(y._file, (NOT l.again, y.place)) AS other, any_value(x.place) AS place "
        f"FROM {digest} x JOIN {digest} y ON x.said = y.said AND x.n = y.n AND x.place <> y.place "
        "JOIN links l ON l.a = least(x.place, y.place) AND l.b = greatest(x.place, y.place) "
        "WHERE (COALESCE(y.known, DATE '9999-12-31'), y.place) "
        "< (COALESCE(x.known, DATE '9999-12-31'), x.place) GROUP BY x._id"
    )
