"""The agreed tables themselves: accepted rows of every source that feeds one, and its values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.conform.decided import decision_sql
from pfkit.conform.engine import quoted
from pfkit.conform.parse import column_type
from pfkit.conform.settle import REFERENCES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.conform.declaration import Declaration, Source
    from pfkit.conform.engine import Engine
    from pfkit.contracts import Contract


def finish_table(promise: Contract, sources: Sequence[Source], engine: Engine) -> None:
    """Write ``final_<table>``: the accepted rows of all sources that feed it."""
    selects = []
    for source in sources:
        held = source.promise.names
        columns = [
            quoted(column.name)
            if column.name in held
            else f"CAST(NULL AS {column_type(column)}) AS {quoted(column.name)}"
            for column in promise.columns
        ]
        selects.append(
            f"SELECT {', '.join(columns)}, _period, _source, _file, _line, _id"
            f"{decision_sql(source, engine)} FROM {quoted(f'rows_{source.name}')} "
            "WHERE _status = 'accepted'"
        )
    parts = " UNION ALL BY NAME ".join(selects)
    final, kind = quoted(f"final_{promise.table}"), "TABLE"
    if any(source.partitioned for source in sources):
        kind = "VIEW"  # the rows stay where they are
        engine.note(final, kind)
    engine.run(f"CREATE OR REPLACE {kind} {final} AS {parts}")


def dimension(table: str, declaration: Declaration, engine: Engine) -> tuple[str, ...]:
    """Return the values of a table that others refer to, and the lines of unmapped values."""
    column = next(name for name, dimension in REFERENCES.items() if dimension == table)
    values = [
        row[0]
        for row in engine.rows(
            f"SELECT DISTINCT {quoted(column)} FROM {quoted(f'final_{table}')} ORDER BY 1"
        )
    ]
    lines = [held.unmapped for held in declaration.maps.values() if held.unmapped]
    return tuple(dict.fromkeys([*values, *lines]))
