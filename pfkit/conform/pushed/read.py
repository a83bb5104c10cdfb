"""A pushed source read: rows of months, the rows that are not plain, and proof that it is all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import duckdb
import ibis
import pyarrow as pa

from pfkit.conform.declaration import KnownOn, Mapping, Source
from pfkit.conform.engine import quoted
from pfkit.conform.pushed.plan import obstacles
from pfkit.conform.pushed.rows import ROWS_ADDED, RULE, Pushed
from pfkit.conform.pushed.singles import single_from
from pfkit.conform.pushed.statement import RATES, ROWS, rates_sql, rows_table, statement
from pfkit.errors import BookError, SourceError
from pfkit.sources.database import QUERY

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    from ibis.expr.types import Table

    from pfkit.period import FiscalCalendar
    from pfkit.sources import RawTable
    from pfkit.sources.database import Asking

#: Columns beside the agreed ones: the order of rows, what names one, how many it stands for.
_ORDER, _PLACE, _COUNT = "row_order", "row_place", "row_count"
_SAID: Final = ("columns", "rules", "key", "replaces", "known_on", "unit", "zone", "table")


@dataclass(frozen=True)
class Push:
    """What is added up where it is, with the exchange rates that go along.

    Attributes
    ----------
    pushed : Pushed
        The source, said over the rows of its query.
    held : sequence of (str, datetime.date, decimal.Decimal)
        The rates.
    month : str
        The first month of the report, if one was asked for.
    """

    pushed: Pushed
    held: Sequence[tuple[str, dt.date, Decimal]] = ()
    month: str = ""

    @property
    def source(self) -> Source:
        """The source as the book declares it."""
        return self.pushed.source

    def batches(self, asked: Asking) -> Iterator[pa.RecordBatch]:
        """Yield the rows of months and the rows that are not plain, all as texts.

        Raises
        ------
        SourceError
            If rows or amounts went missing on the way.
        UnsayableError
            If something cannot be computed where the rows are.
        """
        rows = rows_table(ibis.Schema.from_pyarrow(asked.schema))
        parts = {ROWS: QUERY, RATES: rates_sql(self.held, asked.dialect)}

        def answered(expression: Table) -> pa.Table:
            said = statement(expression, asked.dialect, parts)
            return asked.answer(said, expression.schema().to_pyarrow())

        pushed = self.pushed
        if self.source.entries:
            last = None
            if not self.month:
                (last,) = answered(pushed.latest(rows))["last_day"].to_pylist()
            pushed = replace(pushed, single_from=single_from(pushed, self.month, last))
        tables = {
            name: answered(getattr(pushed, name)(rows)) for name in ("months", "others", "totals")
        }
        self._prove(tables)
        combined = self._combined(tables["months"], tables["others"], asked.schema.names)
        yield pa.RecordBatch.from_pylist([], schema=combined.schema)
        yield from combined.to_batches()

    def fitted(self) -> Source:
        """Return the source as its pushed rows are to be read: agreed columns under their names."""
        source = self.source
        columns = {
            name: Mapping(
                column=name, map=source.columns[name].map if name in source.columns else None
            )
            for name in self._agreed
            if name != "known_on" or name in source.columns
        }
        known = source.known_on
        if known is not None and known.date is None:
            known = KnownOn(column="known_on", at=known.at if known.at == "month_end" else "day")
        rules = tuple(
            rule.model_copy(update={"when": f"{RULE} = '{place}'"})
            for place, rule in enumerate(source.rules)
        )
        changed = {"columns": columns, "known_on": known, "rules": rules, "zone": ""}
        fitted = source.model_copy(update=changed)
        fitted.narrow(source.promise)
        return fitted

    @property
    def _agreed(self) -> list[str]:
        """Every agreed column, those that only rows which are not plain have too."""
        return list(dict.fromkeys([*self.pushed.columns, *self.pushed.mapped]))

    def _combined(self, months: pa.Table, others: pa.Table, raw: Sequence[str]) -> pa.Table:
        """Return both as one table of texts, in an order that depends on what they say only."""
        agreed = self._agreed
        there = set(months.column_names)
        place = self.pushed.shape.place(self.source)
        name = self.pushed.shape.name
        by = ", ".join(quoted(one) for one in months.column_names)
        own = f"concat('pfkit ', {quoted(place)}, ' ', row_number() OVER (ORDER BY {by}))"
        added = [
            f"CAST({quoted(one)} AS VARCHAR) AS {quoted(one)}"
            if one in there
            else f"{own if one == name else 'CAST(NULL AS VARCHAR)'} AS {quoted(one)}"
            for one in agreed
        ]
        single = [f"{_text_sql(others, f'v_{one}')} AS {quoted(one)}" for one in agreed]
        order = ", ".join(quoted(one) for one in raw)
        key = self.source.key or self.source.promise.key
        named = [_text_sql(others, f"v_{one}") for one in key if one in agreed]
        line = f"concat_ws(' · ', {', '.join(named)})" if named else "'row'"
        with duckdb.connect(config={"threads": "1"}) as engine:
            engine.execute("SET TimeZone = 'UTC'")
            engine.register("months", months)
            engine.register("others", others)
            found: Any = engine.sql(
                f"SELECT row_number() OVER (ORDER BY {by}) AS {_ORDER}, {', '.join(added)}, "
                f"CAST({RULE} AS VARCHAR) AS {RULE}, CAST({ROWS_ADDED} AS BIGINT) AS {_COUNT}, "
                f"concat({ROWS_ADDED}, ' rows of ', {quoted(place)}) AS {_PLACE} FROM months "
                f"UNION ALL SELECT {months.num_rows} + row_number() OVER (ORDER BY {order}) "
                f"AS {_ORDER}, {', '.join(single)}, CAST({RULE} AS VARCHAR), 0, {line} FROM others"
            )
            return found.to_arrow_table()

    def _prove(self, tables: dict[str, pa.Table]) -> None:
        months, others, totals = tables["months"], tables["others"], tables["totals"].to_pylist()[0]
        rows = sum(months[ROWS_ADDED].to_pylist()) + others.num_rows
        found = {ROWS_ADDED: rows} | {
            name: sum((v for v in months[name].to_pylist() if v is not None), Decimal(0))
            for name in self.pushed.sums
        }
        for name, value in found.items():
            if value != (totals[name] or 0):
                raise SourceError(
                    f"{name} of the rows is {totals[name]}, and {value} came",
                    where=f"source {self.source.name}",
                    advice="Leave `push` out and read the rows; please tell us of it.",
                )


def _text_sql(table: pa.Table, column: str) -> str:
    """Return SQL for a value as text; a moment is of the company's clocks by now, of no zone."""
    name = quoted(column)
    if pa.types.is_timestamp(table.schema.field(column).type):
        name = f"CAST({name} AS TIMESTAMP)"
    return f"CAST({name} AS VARCHAR)"


def push_of(
    source: Source,
    calendar: FiscalCalendar,
    zone: str,
    rates: Any,  # noqa: ANN401 (called only where amounts are converted)
    month: str = "",
) -> Push:
    """Return how a source is pushed.

    Parameters
    ----------
    source : Source
        With ``push``.
    calendar : FiscalCalendar
        The company's.
    zone : str
        The company's zone.
    rates : callable
        Gives the rates of a source, as `Rates` and as rows.
    month : str
        The first month of the report, if one was asked for.

    Raises
    ------
    BookError
        If something it declares can only be done row by row.
    """
    found = obstacles(source, calendar)
    if found:
        raise BookError(
            f"its rows cannot be added up where they are: {found[0]}",
            where=f"book.toml sources.{source.name}.push",
            advice="Say it in the query of the source, or leave `push` out: then rows are read.",
        )
    converted = {"currency", "amount_local"} <= set(source.columns)
    if not source.promise.conversions or not converted or "amount" in source.columns:
        return Push(Pushed(source, calendar, zone), month=month)
    told, held = rates(source)
    return Push(Pushed(source, calendar, zone, told), held, month)


def said_of(push: Push) -> str:
    """Return what a push does with the rows, as a text that differs where it does."""
    own = push.source.model_dump_json(include=set(_SAID))
    entries = f" {push.source.entries} {push.month}" if push.source.entries else ""
    return f"pushed 1 {own}{entries}"


def as_raw(raw: RawTable) -> RawTable:
    """Return pushed rows as those of a file, with a note of how many they stand for."""
    counts = [count or 0 for count in raw.table[_COUNT].to_pylist()]
    single = counts.count(0)
    note = (
        f"{sum(counts):,} rows added up to {len(counts) - single:,} where they are; "
        f"{single:,} came as rows, as asked or because a value of them is missing or held back"
    )
    files = tuple(replace(fact, notes=(*fact.notes, note)) for fact in raw.files)
    return replace(raw, table=raw.table.drop_columns([_ORDER, _PLACE, _COUNT]), files=files)


#: The column that names a row of a kept push.
PLACE = _PLACE
