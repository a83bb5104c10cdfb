"""Do DuckDB, PostgreSQL and Spark say the same, month by month? ``bench parity``.

Generates ledgers, events and agreed rows with what engines differ in (ties at the last decimal,
rates below and above one, currencies of no, two and three decimals, rates that are absent,
reversals, rows that are late, collations, blanks, repeated and absent keys, moments around changes
of clocks), asks each engine every pushed expression and the cells of the cube (revenue and cost, as
converted and as booked, billing, use with distinct customers), and prints in how many months all
figures agree to the last decimal. A PostgreSQL server is started from Debian's packages.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from bench import _parity as parity
from bench import _parity_measures as agreed
from bench._peers import PeersError
from tests.postgres_server import NoServerError, running

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa
    from ibis.expr.types import Table

    Ask = Callable[[Mapping[str, pa.Table], Any], Any]

_EACH, _BOOKED = 60, 12
_AT_ONCE = 500
_MONTH = re.compile(r"'(\d{4}-\d\d)['-]|date\((\d{4}), (\d{1,2}),")


def main(arguments: list[str]) -> int:
    """Print months compared and months alike, per pair of engines; 1 where one differs."""
    parser = argparse.ArgumentParser(prog="bench parity", description=__doc__.split("\n")[0])
    parser.add_argument("--months", type=int, default=1000, help="how many months of each table")
    parser.add_argument("--postgres", default="", help="a database to make tables in instead")
    parser.add_argument("--no-postgres", action="store_true", help="leave PostgreSQL out")
    parser.add_argument("--no-spark", action="store_true", help="leave Spark out")
    chosen = parser.parse_args(arguments)
    with ExitStack() as stack:
        url = chosen.postgres
        if not url and not chosen.no_postgres:
            try:
                url = stack.enter_context(running()).url("shop", "owner")
            except NoServerError as why:
                print(f"postgres: {why}; leave it out with --no-postgres", file=sys.stderr)
                return 1
        return _compared(_engines(url, spark=not chosen.no_spark), chosen.months)


def _compared(engines: dict[str, Ask], wanted: int) -> int:
    alike: dict[str, int] = dict.fromkeys(engines, 0)
    spent: dict[str, float] = dict.fromkeys(["duckdb", *engines], 0.0)
    done = 0
    while done < wanted:
        count = min(_AT_ONCE, wanted - done)
        months = parity.months_from(done % 540, count)
        held = parity.rates(done + 3, months)
        tables = {
            "ledger": parity.ledger_rows(done + 1, months, _EACH),
            "events": parity.event_rows(done + 2, months, _EACH),
            **agreed.tables(done + 4, months, _BOOKED),
        }
        answers = {}
        for name, ask in {"duckdb": _duck, **engines}.items():
            began = time.perf_counter()
            answers[name] = ask(tables, held)
            spent[name] += time.perf_counter() - began
        for name in engines:
            alike[name] += _alike(answers["duckdb"], answers[name], months)
        done += count
    print(f"months generated: {done} of each table, {2 * _EACH + _BOOKED} rows a month and more")
    print(f"asked of each engine: {', '.join(_questions())}")
    for name, seconds in spent.items():
        told = "" if name == "duckdb" else f"  alike to the last decimal: {alike[name]} of {done}"
        print(f"{name:<10}{seconds:8.1f} s{told}")
    return int(any(count != done for count in alike.values()))


def _engines(url: str, *, spark: bool) -> dict[str, Ask]:
    found: dict[str, Ask] = {}
    if url:
        found["postgres"] = lambda tables, held: _loaded(parity.Postgres(url), tables, held)
    if spark:
        found["pyspark"] = _spark
    return found


def _questions() -> dict[str, tuple[Table, str]]:
    return parity.questions() | agreed.measures()


def _duck(tables: Mapping[str, pa.Table], held: Any) -> dict[str, list[Any]]:  # noqa: ANN401
    return _loaded(parity.Duck(), tables, held)


def _loaded(
    engine: parity.Engine,
    tables: Mapping[str, pa.Table],
    held: Any,  # noqa: ANN401
) -> dict[str, list[Any]]:
    for name, table in tables.items():
        engine.load(name, table)
    return {
        name: parity.ordered(engine.run(parity.spoken(asked, table, held, engine.dialect)))
        for name, (asked, table) in _questions().items()
    }


def _spark(tables: Mapping[str, pa.Table], held: Any) -> dict[str, list[Any]]:  # noqa: ANN401
    spoken = {
        name: parity.spoken(asked, table, held, "pyspark")
        for name, (asked, table) in _questions().items()
    }
    try:
        answers = parity.spark_answers(tables, spoken)
    except PeersError as error:
        raise SystemExit(str(error)) from error
    return {name: parity.ordered(table) for name, table in answers.items()}


def _alike(one: Mapping[str, list[Any]], other: Mapping[str, list[Any]], months: list[str]) -> int:
    """Return in how many months every answer about rows is the same; none where a total differs."""
    if any(one[name] != other[name] for name in one if name.endswith("totals")):
        return 0
    sides = [
        {name: _by_month(rows) for name, rows in side.items() if not name.endswith("totals")}
        for side in (one, other)
    ]
    return sum(
        all(sides[0][name].get(month) == sides[1][name].get(month) for name in sides[0])
        for month in months
    )


def _by_month(rows: list[Any]) -> dict[str, list[Any]]:
    """Return rows by the month that each names first, as a label or as a day."""
    found: dict[str, list[Any]] = {}
    for row in rows:
        said = _MONTH.search(repr(row))
        label, year, month = said.groups() if said else ("", "0", "0")
        found.setdefault(label or f"{year}-{int(month):02d}", []).append(row)
    return found
