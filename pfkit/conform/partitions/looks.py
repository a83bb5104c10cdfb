"""How a file's columns are written: its first rows, those of its months, and the parts of its days.

The rows stand as the file has them, so that what is said of a column's form is said by the code
that says it of every source, and needs no file to be opened again. Days are looked at whole: which
part comes first is often told by one row late in a month.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pfkit.conform.engine import literal, quoted
from pfkit.conform.forms.looked import KNOWN, MONTH, SAMPLE, parts_sql
from pfkit.conform.forms.profile import roles

if TYPE_CHECKING:
    from pfkit.conform.declaration import Source
    from pfkit.conform.engine import Engine

#: Letters of a day that hold its first two parts, and what stands between them.
_HEAD: Final = 11


@dataclass
class Looks:
    """Collects over the batches of a file what is looked at; memory does not grow with rows.

    Parameters
    ----------
    engine : Engine
        Where the batches are settled.
    """

    engine: Engine
    begun: bool = False

    def look(self, source: Source) -> None:
        """Add what the batch in ``raw_<source>`` and ``rows_<source>`` has."""
        name = source.name
        known = "known_on" if "known_on" in source.promise.names else "CAST(NULL AS DATE)"
        if not self.begun:
            self._begin(f"raw_{name}")
        self.engine.run(
            f"CREATE OR REPLACE TABLE looked_now AS SELECT DISTINCT _of AS _id, "
            f"_period AS {MONTH}, {known} AS {KNOWN} FROM {quoted(f'rows_{name}')}"
        )
        # of each stretch of a month that was learned on one day, as many as are ever looked at
        self.engine.run(
            f"INSERT INTO looked BY NAME SELECT r.*, n.{MONTH}, n.{KNOWN} "
            f"FROM {quoted(f'raw_{name}')} r JOIN ("
            f"SELECT * FROM looked_now n WHERE _id <= {SAMPLE} OR NOT EXISTS ("
            f"FROM (SELECT {MONTH}, {KNOWN} FROM looked GROUP BY ALL "
            f"HAVING count(*) >= {SAMPLE}) f WHERE f.{MONTH} IS NOT DISTINCT FROM n.{MONTH} "
            f"AND f.{KNOWN} IS NOT DISTINCT FROM n.{KNOWN}) "
            f"QUALIFY _id <= {SAMPLE} OR row_number() OVER "
            f"(PARTITION BY {MONTH}, {KNOWN} ORDER BY _id) <= {SAMPLE}) n USING (_id)"
        )
        types = self.engine.types(f"raw_{name}")
        for column, role in roles(source, list(types)).items():
            if role == "date" and types[column] == "VARCHAR":
                self._days(f"raw_{name}", column)

    def _begin(self, raw: str) -> None:
        more = f"CAST(NULL AS VARCHAR) AS {MONTH}, CAST(NULL AS DATE) AS {KNOWN}"
        self.engine.run(
            f"CREATE OR REPLACE TABLE looked AS SELECT *, {more} FROM {quoted(raw)} LIMIT 0"
        )
        self.engine.run(
            f"CREATE OR REPLACE TABLE looked_days (col VARCHAR, {MONTH} VARCHAR, {KNOWN} DATE, "
            "one INTEGER, two INTEGER)"
        )
        self.begun = True

    def _days(self, raw: str, column: str) -> None:
        """Add the first two parts of days, each pair once; a text without two is no day."""
        head = f"left({quoted(column)}, {_HEAD})"
        one, two = parts_sql("head")
        self.engine.run(
            f"INSERT INTO looked_days SELECT DISTINCT {literal(column)}, {MONTH}, {KNOWN}, {one}, "
            f"{two} FROM (SELECT DISTINCT {head} AS head, {MONTH}, {KNOWN} FROM {quoted(raw)} "
            f"JOIN looked_now USING (_id) WHERE {head} LIKE '%/%' OR {head} LIKE '%-%') "
            f"EXCEPT SELECT * FROM looked_days"
        )
