"""Do DuckDB, PostgreSQL and Spark say the same of pushed rows, month by month? ``bench parity``.

Generates ledgers and events with what engines differ in (ties at the last decimal, rates below and
above one, collations, blanks, repeated keys, moments around changes of clocks), asks each engine
every pushed expression, and prints in how many months all figures agree to the last decimal.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from typing import TYPE_CHECKING, Any

from bench import _parity as parity
from bench._peers import PeersError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa

_EACH = 60
_AT_ONCE = 500
_MONTH = re.compile(r"'(\d{4}-\d\d)['-]|date\((\d{4}), (\d{1,2}),")


def main(arguments: list[str]) -> int:
    """Print months compared and months alike, per pair of engines; 1 where one differs."""
    parser = argparse.ArgumentParser(prog="bench parity", description=__doc__.split("\n")[0])
    parser.add_argument("--months", type=int, default=1000, help="how many months of each table")
    parser.add_argument("--postgres", default="", help="address of a database to make tables in")
    parser.add_argument("--no-spark", action="store_true", help="leave Spark out")
    chosen = parser.parse_args(arguments)
    engines = _engines(chosen.postgres, spark=not chosen.no_spark)
    alike: dict[str, int] = dict.fromkeys(engines, 0)
    spent: dict[str, float] = dict.fromkeys(["duckdb", *engines], 0.0)
    done = 0
    while done < chosen.months:
        count = min(_AT_ONCE, chosen.months - done)
        months = parity.months_from(done % 540, count)
        held = parity.rates(done + 3, months)
        tables = {
            "ledger": parity.ledger_rows(done + 1, months, _EACH),
            "events": parity.event_rows(done + 2, months, _EACH),
        }
        answers = {}
        for name, ask in {"duckdb": _duck, **engines}.items():
            began = time.perf_counter()
            answers[name] = ask(tables, held)
            spent[name] += time.perf_counter() - began
        for name in engines:
            alike[name] += _alike(answers["duckdb"], answers[name], months)
        done += count
    print(f"months generated: {done} of each table, {_EACH} rows a month")
    for name, seconds in spent.items():
        told = "" if name == "duckdb" else f"  alike to the last decimal: {alike[name]} of {done}"
        print(f"{name:<10}{seconds:8.1f} s{told}")
    return int(any(count != done for count in alike.values()))


def _engines(url: str, *, spark: bool) -> dict[str, Callable[[Mapping[str, pa.Table], Any], Any]]:
    found: dict[str, Callable[[Mapping[str, pa.Table], Any], Any]] = {}
    if url:
        found["postgres"] = lambda tables, held: _loaded(parity.Postgres(url), tables, held)
    else:
        print("postgres: no --postgres ADDRESS, left out", file=sys.stderr)
    if spark:
        found["pyspark"] = _spark
    return found


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
        for name, (asked, table) in parity.questions().items()
    }


def _spark(tables: Mapping[str, pa.Table], held: Any) -> dict[str, list[Any]]:  # noqa: ANN401
    spoken = {
        name: parity.spoken(asked, table, held, "pyspark")
        for name, (asked, table) in parity.questions().items()
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
