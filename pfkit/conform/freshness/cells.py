"""What tables count, cell by cell: debits and credits that add up to nothing are two cells."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from pfkit.conform.engine import literal, quoted
from pfkit.conform.partitions.sums import grouped_sql
from pfkit.conform.personal import mask
from pfkit.money import cents

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pfkit.conform.engine import Engine
    from pfkit.conform.pipeline import Conformed, LoadedSource

#: The columns that name a cell, beside its month; a table has those of them that it has.
GRAIN = (
    "account", "product", "cost_center", "kind", "metric", "feature", "version", "stage", "span",
    "status", "initiative", "flow", "benefit", "commitment", "opportunity", "role",
    "provider_name", "service_name", "charge_category",
)  # fmt: skip
#: Tables whose accounts add up to a profit; versions of a plan stand beside each other.
STATEMENT = ("actuals",)
#: Changes with `GRAIN`: cells that were kept under another are not compared.
FORM = 1
#: Texts that change what is printed, not what is counted.
_TEXTS = frozenset({"known_on", "name", "text", "description", "author", "memo"})
_APART = "chr(31)"
_SHOWN = 3
_COLUMNS = '"table", source, file, period, cell'

#: One file of a source: source and path.
Place = tuple[str, str]


@dataclass(frozen=True)
class Shift:
    """What the cells of a month hold otherwise.

    Attributes
    ----------
    cells : int
        How many.
    rows : int
        Rows more, or fewer, that count.
    moved : decimal.Decimal
        Their differences added up, signs aside.
    profit : decimal.Decimal, optional
        What they add to profit; None where no account says which way it counts.
    largest : tuple of (str, decimal.Decimal)
        The cells with the largest differences, and these.
    """

    cells: int = 0
    rows: int = 0
    moved: Decimal = Decimal("0.00")
    profit: Decimal | None = None
    largest: tuple[tuple[str, Decimal], ...] = ()

    def plain(self) -> dict[str, Any]:
        """Return it as JSON values, amounts as decimal text."""
        return {
            "cells": self.cells,
            "moved": str(self.moved),
            "profit": None if self.profit is None else str(self.profit),
            "largest": [{"cell": name, "difference": str(size)} for name, size in self.largest],
        }


def cell_sql(names: Sequence[str]) -> str:
    """Return SQL for the name of a row's cell, given the columns that its table has."""
    parts = (
        f"COALESCE(CAST({quoted(name)} AS VARCHAR), '')" if name in names else "''"
        for name in GRAIN
    )
    return f"concat_ws({_APART}, {', '.join(parts)})"


def laid(conformed: Conformed) -> str:
    """Write the cells that count into the engine, by table, source, file and month.

    Parameters
    ----------
    conformed : Conformed
        A book as it is known on some day.

    Returns
    -------
    str
        The name of the engine's table, with its schema: ``table, source, file, period, cell, rows,
        amount, content``. ``content`` is the quantity, or of tables without an amount a sum over
        what their rows say.
    """
    engine = conformed.engine
    if name := engine.noted(note := f"cells of {engine.schema}"):
        return name
    selects = [_cells_sql(held, conformed) for held in conformed.sources if held.present]
    none = (
        "SELECT '' AS \"table\", '' AS source, '' AS file, '' AS period, '' AS cell, 0 AS rows, "
        "0.00 AS amount, 0 AS content WHERE FALSE"
    )
    rows = " UNION ALL BY NAME ".join([none, *selects])
    engine.run(
        f"CREATE OR REPLACE TABLE cells AS SELECT {_COLUMNS}, CAST(rows AS BIGINT) AS rows, "
        "CAST(amount AS DECIMAL(38, 2)) AS amount, CAST(content AS DECIMAL(38, 6)) AS content "
        f"FROM ({rows})"
    )
    for (file,) in engine.rows("SELECT DISTINCT file FROM cells"):
        if mask(file) != file:
            engine.run("UPDATE cells SET file = ? WHERE file = ?", [mask(file), file])
    engine.note(note, engine.own("cells"))
    return engine.own("cells")


def _cells_sql(held: LoadedSource, conformed: Conformed) -> str:
    source = held.declared
    promise = source.promise
    have = conformed.engine.types(held.rows_table)
    names = [column.name for column in promise.columns if column.name in have]
    amount = quoted(promise.amount) if promise.amount else "0"
    if promise.amount is None:
        told = [c.name for c in promise.columns if c.name in names and not c.restricted]
        texts = [f"CAST({quoted(name)} AS VARCHAR)" for name in told if name not in _TEXTS]
        content = f"CAST(hash(concat_ws({_APART}, '', {', '.join(texts)})) AS HUGEINT)"
    else:
        content = "quantity" if "quantity" in names else "0"
    keys = {"file": "COALESCE(_file, '')", "period": "_period"}
    keys["cell"] = cell_sql(names) if promise.amount else "''"
    sums = {
        "rows": "count(*)",
        "amount": f"COALESCE(sum({amount}), 0)",
        "content": f"COALESCE(sum({content}), 0)",
    }
    found = grouped_sql(
        *(held.parts, conformed.engine, quoted(held.rows_table), keys, sums),
        where="_status = 'accepted'",
        as_of=conformed.as_of,
    )
    named = f'{literal(source.table)} AS "table", {literal(source.name)} AS source'
    return f"SELECT {named}, * FROM ({found})"


def profit_sql(conformed: Conformed, account: str, amount: str) -> str:
    """Return SQL for what an amount of an account adds to profit; NULL without a chart of accounts.

    An account the chart does not have, or has outside the statement, adds nothing.
    """
    if not conformed.has("accounts"):
        return "NULL"
    signs = (
        "(SELECT any_value(CASE WHEN \"group\" = 'outside' THEN 0 "
        "WHEN favorable_when = 'higher' THEN 1 ELSE -1 END) "
        f"FROM final_accounts chart WHERE chart.account = {account})"
    )
    return f"COALESCE({signs}, 0) * {amount}"


def shifts(conformed: Conformed, before: str, after: str) -> dict[tuple[str, str], Shift]:
    """Return the months of tables in which some cell differs.

    Parameters
    ----------
    conformed : Conformed
        The loaded book, whose chart of accounts says what counts for profit.
    before, after : str
        Tables that `laid` wrote.
    """
    found = _apart(conformed, before, after, ['"table"', "period"])
    return {(table, period): shift for table, period, shift in found}


def file_shifts(
    conformed: Conformed, before: str, after: str
) -> dict[Place, dict[str, tuple[str, Shift]]]:
    """Return the files some of whose cells differ: by month, the table and what differs."""
    found: dict[Place, dict[str, tuple[str, Shift]]] = {}
    for source, file, table, period, shift in _apart(
        conformed, before, after, ["source", "file", '"table"', "period"]
    ):
        found.setdefault((source, file), {})[period] = (table, shift)
    return found


def _apart(
    conformed: Conformed, before: str, after: str, by: Sequence[str]
) -> list[tuple[Any, ...]]:
    keys = ", ".join(by)
    sums = "sum(rows) AS rows, sum(amount) AS amount, sum(content) AS content"
    sides = [f"(SELECT {keys}, cell, {sums} FROM {one} GROUP BY ALL)" for one in (before, after)]
    profit = profit_sql(conformed, f"split_part(cell, {_APART}, 1)", "difference")
    rows = conformed.engine.rows(
        f"SELECT {keys}, count(*), CAST(sum(rows) AS BIGINT), sum(abs(difference)), "
        f'sum(profit) FILTER ("table" IN ({", ".join(map(literal, STATEMENT))})), '
        "(list({'cell': cell, 'difference': difference} ORDER BY abs(difference) DESC, cell) "
        f"FILTER (difference <> 0))[:{_SHOWN}] "
        f"FROM (SELECT *, {profit} AS profit FROM (SELECT {keys}, cell, "
        "COALESCE(b.rows, 0) - COALESCE(a.rows, 0) AS rows, "
        "COALESCE(b.amount, 0) - COALESCE(a.amount, 0) AS difference, "
        "COALESCE(b.content, 0) - COALESCE(a.content, 0) AS content "
        f"FROM {sides[0]} a FULL JOIN {sides[1]} b USING ({keys}, cell)) "
        "WHERE rows <> 0 OR difference <> 0 OR content <> 0) "
        f"GROUP BY {keys} ORDER BY {keys}"
    )
    return [(*row[: len(by)], _shift(*row[len(by) :])) for row in rows]


def _shift(
    cells: int,
    rows: int,
    moved: Decimal,
    profit: Decimal | None,
    largest: Sequence[Mapping[str, Any]] | None,
) -> Shift:
    return Shift(
        cells,
        rows,
        cents(Decimal(moved)),
        None if profit is None else cents(Decimal(profit)),
        tuple((named(one["cell"]), cents(Decimal(one["difference"]))) for one in largest or ()),
    )


def added(parts: Iterable[Shift]) -> Shift:
    """Return shifts of several months as one.

    Examples
    --------
    >>> from decimal import Decimal
    >>> one = Shift(2, 1, Decimal(30), None, (("6100", Decimal(-30)),))
    >>> both = added([one, Shift(1, 1, Decimal(40), None, (("6200", Decimal(40)),))])
    >>> both.cells, both.rows, both.moved, both.largest[0]
    (3, 2, Decimal('70.00'), ('6200', Decimal('40.00')))
    """
    every = [*parts]
    profits = [one.profit for one in every if one.profit is not None]
    largest: dict[str, Decimal] = {}
    for name, size in (pair for one in every for pair in one.largest):
        largest[name] = largest.get(name, Decimal("0.00")) + size
    return Shift(
        sum(one.cells for one in every),
        sum(one.rows for one in every),
        sum((one.moved for one in every), Decimal("0.00")),
        sum(profits, Decimal("0.00")) if profits else None,
        tuple(sorted(largest.items(), key=lambda pair: -abs(pair[1]))[:_SHOWN]),
    )


def named(cell: str) -> str:
    """Return a cell's name as it is read: what it has of the columns.

    Examples
    --------
    >>> named(chr(31).join(["6100", "Quill", "(none)", "", ""]))
    '6100 Quill'
    """
    parts = [part for part in cell.split("\x1f") if part not in {"", "(none)", "month"}]
    return " ".join(parts) or "(none)"


def packed(engine: Engine, cells: str, places: Sequence[Place]) -> str:
    """Return the cells of some files as text, for a line of the ledger of loads."""
    sources, files = ([place[side] for place in places] for side in (0, 1))
    text = pa.string()
    engine.load(
        "cells_of", pa.table({"source": pa.array(sources, text), "file": pa.array(files, text)})
    )
    table = engine.arrow(
        f"SELECT {_COLUMNS}, rows, amount, content FROM {cells} "
        f"SEMI JOIN cells_of USING (source, file) ORDER BY {_COLUMNS}"
    )
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    return base64.b64encode(sink.getvalue().to_pybytes()).decode("ascii")


def unpacked(text: str) -> pa.Table:
    """Return cells that `packed` wrote."""
    return pq.read_table(pa.BufferReader(base64.b64decode(text)))
