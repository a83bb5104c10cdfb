"""Rows of partitioned tables at the analyst's edge: as they are while few, else by month."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pfkit.conform.engine import quoted
from pfkit.conform.parse import column_type
from pfkit.conform.partitions.sums import table_sums_sql
from pfkit.errors import BookError

if TYPE_CHECKING:
    from pfkit.conform.pipeline import Conformed

#: Rows handed over as such.
MOST: Final = 2_000_000
_SUMMED: Final = frozenset({"money", "number", "integer"})


def edge_sql(conformed: Conformed, table: str) -> tuple[str, str]:
    """Return a query for a table's rows as they are handed over, and what it says of them.

    A table with more than `MOST` rows in partitions is added up to its grain, by month: amounts
    and counts are sums, texts that differ within a group are empty.

    Raises
    ------
    BookError
        If that is still too large to hand over.
    """
    contract = conformed.declaration.contracts.contract(table)
    columns = [column.name for column in contract.columns]
    names = ", ".join(quoted(column) for column in columns)
    rows = f"SELECT {names}, _source, _file, _line FROM {quoted(f'final_{table}')} "
    parts = [h for h in conformed.sources if h.parts is not None and h.declared.table == table]
    if not parts:
        return f"{rows}ORDER BY _source, _id", ""
    ((count,),) = conformed.engine.rows(f"SELECT count(*) FROM {quoted(f'final_{table}')}")
    if count <= MOST:
        return f"{rows}ORDER BY _source, _id", ""
    keyed = dict.fromkeys((*contract.grain, "currency", "known_on"))
    keys = {name: name for name in keyed if name in columns}
    if "period" in keys:
        keys["period"] = "_period"
    sums = {
        column.name: f"sum({quoted(column.name)})"
        for column in contract.columns
        if column.kind in _SUMMED and column.name not in keys
    }
    found = table_sums_sql(conformed, table, keys, sums)
    ((groups,),) = conformed.engine.rows(f"SELECT count(*) FROM ({found})")
    if groups > MOST:
        raise BookError(
            f"table {table} has {count:,} rows, and {groups:,} by month: too many to hand over",
            where=f"book.table({table!r})",
            advice=f'Add them up where they are: pf.cube, or book.expression("{table}").',
        )
    filled = ", ".join(
        quoted(column.name)
        if column.name in {**keys, **sums}
        else f"CAST(NULL AS {column_type(column)}) AS {quoted(column.name)}"
        for column in contract.columns
    )
    empty = "'' AS _source, '' AS _file, '' AS _line"
    said = f"{count:,} rows, added up by month to {groups:,}"
    return f"SELECT {filled}, {empty} FROM ({found}) ORDER BY ALL", said
