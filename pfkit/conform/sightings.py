"""The text columns of one source: searched for personal data and secrets, and masked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from pfkit.conform.engine import literal, quoted
from pfkit.conform.partitions.widen import hide
from pfkit.conform.repeats import repeats_table
from pfkit.contracts.personal import DOUBTS, Doubt, Find, finds, settled_doubts, written
from pfkit.sources.detect import SPREADSHEETS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.conform.declaration import Source
    from pfkit.conform.engine import Engine
    from pfkit.conform.pipeline import LoadedSource

#: The sort of find a book may let through, where it says so.
ADDRESS = "e-mail"

# What is worth a closer look; the engine reads each distinct value once, in one pass.
_NUMBER = r"[0-9](?:[ \x{a0}-]?[0-9]){12}"
_LONG = "[A-Za-z0-9+/_-]{32}"
_SURE = (
    r"@|%40|://|eyJ|PRIVATE KEY|AKIA|ASIA|ABIA|ACCA|gh[pousr]_|_pat_|gl[a-z]+-|xox|xapp-|whsec_"
    r"|slack\.com|_(?:live|test|v1)_|AIza|ya29|GOCSPX|sk-|SG\.|npm_|hf_|pypi-|shp[acs]"
    r"|:AA|(?i:pass|pwd|kennwort|contrase|secret|key|token|signature|bearer|basic).*[:=\s]"
    r"|[A-Z]{2}[0-9]{2} ?[A-Z0-9]{4} ?[A-Z0-9]{4} ?[A-Z0-9]{3}"
)
_UUID = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_WHOLE = {"number": "[0-9]{13,19}", "token": "[A-Za-z0-9+/_-]{32,}={0,2}"}
_SHORTEST = 6
_SAMPLE = 1000


@dataclass(frozen=True)
class Sighting:
    """Personal data or secrets of one kind in one column of a source."""

    source: str
    table: str
    column: str
    kind: str
    rows: int
    values: int
    allowed: bool = False


def searched(source: Source) -> list[str]:
    """Return the text columns of a source that are searched."""
    return [
        column.name
        for column in source.promise.columns
        if column.kind == "text" and not column.values and column.name != "currency"
    ]


def seen_table(source: Source) -> str:
    """Return the name under which a partitioned source's candidates are noted."""
    return f"seen_{source.name}"


def candidates_sql(rows: str, columns: dict[str, str], known: str = "") -> str:
    """Return a query for the texts of a table's columns that deserve a closer look.

    ``place`` as `columns` names each, ``text``, ``rows`` and ``sure``: every distinct value is
    looked at once, or once a day it was learned, where `known` is SQL for that.
    """
    day = f", {known} AS known" if known else ""
    doubtful = f"{_NUMBER}|{_LONG}"
    distinct = " UNION ALL ".join(
        f"SELECT {literal(int(place) if place.isdigit() else place)} AS place, "
        f"{quoted(column)} AS text, count(*) AS rows{day} "
        f"FROM {rows} WHERE length({quoted(column)}) >= {_SHORTEST} GROUP BY ALL"
        for place, column in columns.items()
    )
    return (
        f"SELECT place, text, rows, {'known, ' if known else ''}"
        f"regexp_matches(text, {literal(_SURE)}) AS sure FROM ({distinct}) "
        f"WHERE regexp_matches(text, {literal(f'{_SURE}|{doubtful}')}) "
        f"AND NOT regexp_full_match(text, {literal(_UUID)})"
    )


class Search:
    """One source's text columns, and the values in them that deserve a closer look.

    Parameters
    ----------
    held : LoadedSource
        The source, every row of it settled.
    engine : Engine
        Where its rows are.
    """

    def __init__(self, held: LoadedSource, engine: Engine) -> None:
        source = self.source = held.declared
        self.engine = engine
        self.rows = quoted(f"rows_{source.name}")
        self.columns = searched(source)
        sheets = any(fact.format in SPREADSHEETS for fact in held.files)
        places = ("_file", "_line") if sheets else ("_file",)  # a line names its sheet
        self.identifiers = {c.name for c in source.promise.columns if c.identifier}
        self.candidates: dict[str, dict[str, int]] = {}
        self.doubts: dict[str, frozenset[Doubt]] = {}
        self.masks: dict[str, dict[str, str]] = {}
        self._look([*self.columns, *places])

    def mask(
        self, key: bytes, settled: dict[str, frozenset[Doubt]], allowed: frozenset[str]
    ) -> list[Sighting]:
        """Mask what was found in the engine's tables and return what it was."""
        found: list[Sighting] = []
        for column, values in self.candidates.items():
            free = column in allowed
            seen = {text: _surely(text, settled.get(column, frozenset())) for text in values}
            kinds_seen = {text: {found.kind for found in held} for text, held in seen.items()}
            for kind in sorted({kind for held in kinds_seen.values() for kind in held}):
                texts = [text for text, held in kinds_seen.items() if kind in held]
                rows = sum(values[text] for text in texts)
                if not column.startswith("_"):
                    shown = free and kind == ADDRESS
                    found.append(self._sighting(column, kind, rows, len(texts), allowed=shown))
            self.masks[column] = {
                text: written(text, _hideable(held, free=free), key=key)
                for text, held in seen.items()
                if held
            }
            self._change(column)
        self._mask_values(key, settled, allowed)
        return found

    def _sighting(
        self, column: str, kind: str, rows: int, values: int, *, allowed: bool
    ) -> Sighting:
        name, table = self.source.name, self.source.table
        return Sighting(name, table, column, kind, rows, values, allowed)

    def _look(self, columns: Sequence[str]) -> None:
        """Collect the candidates of the columns, all in one pass over their distinct values."""
        seen = self.engine.noted(seen_table(self.source))
        found = (
            # of partitions they were collected when they were made
            f"SELECT list_position({list(columns)}, place) - 1 AS place, text, "
            f"CAST(sum(rows) AS BIGINT) AS rows, bool_or(sure) AS sure FROM {seen} GROUP BY 1, 2"
            if seen
            else candidates_sql(self.rows, {str(at): name for at, name in enumerate(columns)})
        )
        self.engine.run(f"CREATE OR REPLACE TEMP TABLE _candidates AS {found}")
        counts = self.engine.rows(
            "SELECT place, count(*) FILTER (WHERE NOT sure) FROM _candidates GROUP BY 1"
        )
        unsure = dict(counts)
        for place, column in enumerate(columns):
            if place in unsure:
                self._settle(place, column, unsure[place])
            else:
                self.doubts.setdefault(column, frozenset())

    def _settle(self, place: int, column: str, unsure: int) -> None:
        """Keep the candidates of a column that its other values do not speak against."""
        if column in self.identifiers:
            self._keep(place, column, DOUBTS, "sure")
            return
        mine = f"FROM _candidates WHERE place = {place}"
        ((distinct_values,),) = self.engine.rows(
            f"SELECT count(DISTINCT {quoted(column)}) FROM {self.rows} "
            f"WHERE length({quoted(column)}) >= {_SHORTEST}"
        )
        sample = f"ORDER BY md5(text) LIMIT {_SAMPLE}" if unsure > _SAMPLE else "ORDER BY text"
        texts = [row[0] for row in self.engine.rows(f"SELECT text {mine} AND NOT sure {sample}")]
        share = len(texts) / unsure if unsure else 1
        doubts = settled_doubts(texts, others=round((distinct_values - unsure) * share))
        # a column of identifiers is settled by a sample, and its other values need no look
        plain = [
            f"NOT regexp_full_match(text, {literal(_WHOLE[doubt])})"
            for doubt in sorted(doubts & set(_WHOLE))
        ]
        where = f"(sure OR ({' AND '.join(plain)}))" if plain else "TRUE"
        self._keep(place, column, doubts, where)

    def _keep(self, place: int, column: str, doubts: frozenset[Doubt], where: str) -> None:
        self.doubts[column] = doubts
        self.candidates[column] = dict(
            self.engine.rows(
                f"SELECT text, rows FROM _candidates WHERE place = {place} AND {where} "
                "ORDER BY text"
            )
        )

    def _mask_values(
        self, key: bytes, settled: dict[str, frozenset[Doubt]], allowed: frozenset[str]
    ) -> None:
        """Mask the values that rows were held back for, as their own columns are."""
        rows = self.engine.rows(
            f"SELECT DISTINCT COALESCE(_column, ''), _value FROM {self.rows} "
            f"WHERE regexp_matches(_value, {literal(f'{_SURE}|{_NUMBER}|{_LONG}')}) ORDER BY 1, 2"
        )
        self.masks["_value"] = {}
        for named, text in rows:
            columns = named.split(", ")  # a key may be several
            doubts = frozenset[Doubt]().union(*(settled.get(c, frozenset()) for c in columns))
            held = _hideable(_surely(text, doubts), free=allowed.issuperset(columns))
            self.masks["_value"][text] = written(text, held, key=key)
        self._change("_value", final=False)

    def _change(self, column: str, *, final: bool = True) -> None:
        pairs = {raw: said for raw, said in self.masks[column].items() if raw != said}
        if not pairs:
            return
        self.engine.load(
            "_masks",
            pa.table({"raw": list(pairs), "said": list(pairs.values())}),
        )
        mine = f"AND _source = {literal(self.source.name)}"
        self._update(self.rows, column, mine)
        if final:
            self._update(quoted(f"final_{self.source.table}"), column, mine)
        if column == "_file":
            self._update(quoted(repeats_table(self.source)), "other", "")

    def _update(self, table: str, column: str, which: str) -> None:
        if self.engine.noted(table):  # a view of rows that are changed themselves
            return
        if table == self.rows and self.engine.noted(seen_table(self.source)):
            hide(self.engine, self.source.name, column)
            return
        self.engine.run(
            f"UPDATE {table} SET {quoted(column)} = m.said FROM _masks m "
            f"WHERE {table}.{quoted(column)} = m.raw {which}"
        )


def _surely(text: str, doubts: frozenset[Doubt]) -> list[Find]:
    return [found for found in finds(text) if not found.doubt or found.doubt not in doubts]


def _hideable(held: list[Find], *, free: bool) -> list[Find]:
    """Return what is masked: all of it, but for addresses where the book allows them."""
    return [found for found in held if not (free and found.kind == ADDRESS)]
