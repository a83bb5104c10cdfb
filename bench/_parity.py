"""Generated months with everything engines differ in, and three engines to compute them on."""

from __future__ import annotations

import datetime as dt
import json
import random
import subprocess
import sys
import tempfile
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from bench._peers import PeersError
from pfkit.conform.declaration import Source
from pfkit.conform.pushed.rows import Pushed, Rates
from pfkit.conform.pushed.statement import (
    RATES,
    ROWS,
    rates_sql,
    rates_table,
    rows_table,
    statement,
)
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ibis.expr.types import Table

ZONE = "Europe/Paris"
HOME = "EUR"
LEDGER = pa.schema(
    [
        ("id", pa.string()),
        ("booked", pa.date32()),
        ("prod", pa.string()),
        ("center", pa.string()),
        ("acct", pa.string()),
        ("ccy", pa.string()),
        ("kind", pa.string()),
        ("amount", pa.decimal128(18, 4)),
        ("closed", pa.date32()),
    ]
)
EVENTS = pa.schema(
    [
        ("id", pa.string()),
        ("at", pa.timestamp("us", tz="UTC")),
        ("customer", pa.string()),
        ("prod", pa.string()),
        ("feature", pa.string()),
        ("n", pa.int32()),
        ("closed", pa.date32()),
    ]
)
# what collations, blanks, case and unset values make of a name is where engines part
PRODUCTS = (
    "Atlas",
    "atlas",
    "Ätlas",
    "A\u0308tlas",
    "漢字🙂",
    "Zoe",
    "élan",
    "a b",
    "a-b",
    " Atlas",
    "Atlas ",
    "",
    None,
)
CENTERS = ("CC1", "CC10", "cc1", "Ω", None)
CURRENCIES = ("EUR", "EUR", "USD", "JPY", "KWD", "usd", None)
# how often an id stands twice, a day or an amount is missing, and a rate
_AGAIN, _UNDATED, _UNSAID, _UNRATED = 0.03, 0.01, 0.02, 0.025
#: Shares of rows that take another back or are late, and days after the first that they are.
_REVERSED, _NAMELESS, _LATE = 0.05, 0.01, (0, 75, 200, 400, None)
ACCOUNTS = ("4000", "5000", "6100", "6200")


def ledger_source(**more: object) -> Source:
    """Return a ledger as a book declares it: a sign by kind, rules, a key, currencies."""
    return Source.model_validate(
        {
            "name": "ledger",
            "table": "actuals",
            "url": "postgresql://db/shop",
            "query": "ledger",
            "known_on": {"column": "closed", "at": "month_end"},
            "key": ["entry_id"],
            "rules": [
                {"when": "kind = 'X'", "because": "a test entry", "exclude": "tests"},
                {
                    "when": "amount BETWEEN -0.01 AND 0.01 AND kind <> 'C'",
                    "because": "rounding",
                    "classify": {"cost_center": "rounding"},
                },
            ],
            "columns": {
                "entry_id": "id",
                "posting_date": "booked",
                "product": "prod",
                "cost_center": "center",
                "account": "acct",
                "currency": "ccy",
                "amount_local": {"sql": "CASE WHEN kind = 'C' THEN -amount ELSE amount END"},
            },
        }
        | more
    )


def events_source() -> Source:
    """Return usage events as a book declares them: moments of UTC, no currency."""
    return Source.model_validate(
        {
            "name": "events",
            "table": "usage",
            "url": "postgresql://db/shop",
            "query": "events",
            "known_on": {"column": "closed", "at": "day"},
            "key": ["event_id"],
            "columns": {
                "event_id": "id",
                "ts": "at",
                "customer": "customer",
                "product": "prod",
                "feature": "feature",
                "metric": {"constant": "calls"},
                "units": {"sql": "n * 3"},
            },
        }
    )


def months_from(first: int, count: int) -> list[str]:
    """Return month labels, counted from January 2000."""
    places = range(first, first + count)
    return [f"{2000 + place // 12}-{place % 12 + 1:02d}" for place in places]


def ledger_rows(seed: int, months: list[str], each: int) -> pa.Table:
    """Return ledger lines of some months: ties at the last decimal, odd names, repeated keys."""
    chance = random.Random(seed)  # noqa: S311 - the same rows each time
    rows: list[dict[str, Any]] = []
    for month in months:
        first = dt.date.fromisoformat(f"{month}-01")
        for place in range(each):
            day = first + dt.timedelta(days=chance.randrange(28))
            digits = chance.choice((1, 50, 9_999, 12_345_678, 99_999_999_999))
            amount = Decimal(chance.randint(-digits, digits)) / Decimal(10_000)
            if rows and chance.random() < _REVERSED:  # what takes the row before back
                amount = -(rows[-1]["amount"] or amount)
            late = chance.choice(_LATE) if chance.random() < _REVERSED else 40
            rows.append(
                {
                    "id": _name(chance, month, place),
                    "booked": day if chance.random() > _UNDATED else None,
                    "prod": chance.choice(PRODUCTS),
                    "center": chance.choice(CENTERS),
                    "acct": chance.choice(ACCOUNTS),
                    "ccy": chance.choice(CURRENCIES),
                    "kind": chance.choice(("A", "A", "C", "X", None)),
                    "amount": amount if chance.random() > _UNSAID else None,
                    "closed": None if late is None else first + dt.timedelta(days=late),
                }
            )
    return pa.Table.from_pylist(rows, schema=LEDGER)


def _name(chance: random.Random, month: str, place: int) -> str | None:
    """Return what names a row: seldom what names another one too, or nothing."""
    if chance.random() < _NAMELESS:
        return chance.choice((None, "", " "))
    return f"{month}-{place if chance.random() > _AGAIN else 0}"


def exact(seed: int, count: int) -> pa.Array:
    """Return amounts of six decimals, most of them large."""
    chance = random.Random(seed)  # noqa: S311 - the same rows each time
    drawn = [Decimal(chance.randint(-(10**15), 10**15)) / Decimal(10**6) for _ in range(count)]
    return pa.array(drawn, pa.decimal128(28, 6))


def ties(seed: int, count: int) -> pa.Table:
    """Return money and rates whose products lie half way between two last decimals, and others.

    The largest amounts that are plain, too: sums of them must fit.
    """
    chance = random.Random(seed)  # noqa: S311 - the same rows each time
    small = pa.decimal128(16, 16)
    rows: list[dict[str, Decimal]] = []
    for place in range(count):
        odd = Decimal(2 * chance.randint(-(10**9), 10**9) + 1)
        money = (
            odd.scaleb(-6) if place % 2 else Decimal(chance.randint(-(10**18), 10**18)).scaleb(-6)
        )
        below = Decimal("0.5") if place % 3 else Decimal(chance.randint(1, 10**16 - 1)).scaleb(-16)
        above = Decimal("1.5") if place % 3 else Decimal(chance.randint(10**10, 10**15)).scaleb(-10)
        rows.append({"money": money, "small": below, "large": above})
    kinds = [("money", pa.decimal128(21, 6)), ("small", small), ("large", pa.decimal128(16, 10))]
    return pa.Table.from_pylist(rows, schema=pa.schema(kinds))


def event_rows(seed: int, months: list[str], each: int) -> pa.Table:
    """Return events around the ends of months and days, in every hour of a change of clocks."""
    chance = random.Random(seed)  # noqa: S311 - the same rows each time
    rows: list[dict[str, Any]] = []
    for month in months:
        first = dt.datetime.fromisoformat(f"{month}-01T00:00:00+00:00")
        for place in range(each):
            hours = chance.choice((-3, -2, -1, 0, 1, 24 * 14, chance.randrange(24 * 28)))
            at = first + dt.timedelta(hours=hours, microseconds=chance.randrange(1_000_000))
            rows.append(
                {
                    "id": _name(chance, month, place),
                    "at": at,
                    "customer": chance.choice(("acme", "Acme", "beta", "", None, "ßeta")),
                    "prod": chance.choice(PRODUCTS),
                    "feature": chance.choice(("search", None, "export")),
                    "n": chance.choice((0, 1, 7, 2_147_483)),
                    "closed": first.date() + dt.timedelta(days=45),
                }
            )
    return pa.Table.from_pylist(rows, schema=EVENTS)


def rates(seed: int, months: list[str]) -> list[tuple[str, dt.date, Decimal]]:
    """Return a rate per month of each currency but one month in forty, above and below one."""
    chance = random.Random(seed)  # noqa: S311 - the same rows each time
    found = []
    for month in months:
        for code, about in (("USD", "0.9"), ("JPY", "0.006"), ("KWD", "3.0")):
            drawn = Decimal(about) * (1 + Decimal(chance.randint(-900, 900)) / 7919)
            rate = drawn.quantize(Decimal("1e-16") if drawn < 1 else Decimal("1e-10"))
            if chance.random() > _UNRATED:
                found.append((code, dt.date.fromisoformat(f"{month}-01"), rate))
    return found


def questions() -> dict[str, tuple[Table, str]]:
    """Return every expression that is pushed, by name, with the table its rows are in."""
    ledger = Pushed(
        ledger_source(), FiscalCalendar(), ZONE, Rates(rates_table(), daily=False, home=HOME)
    )
    events = Pushed(events_source(), FiscalCalendar(), ZONE)
    single = replace(ledger, single_from=dt.date(2022, 6, 1))
    found = {}
    for name, pushed, table, schema in (
        ("ledger", ledger, "ledger", LEDGER),
        ("events", events, "events", EVENTS),
        ("entries", single, "ledger", LEDGER),
    ):
        rows = rows_table(ibis.Schema.from_pyarrow(schema))
        for kind in ("months", "others", "totals"):
            found[f"{name} {kind}"] = (getattr(pushed, kind)(rows), table)
    return found


def spoken(expression: Table, table: str, held: list[tuple[str, dt.date, Decimal]], to: str) -> str:
    """Return a question as a statement of a dialect."""
    return statement(expression, to, {ROWS: f"SELECT * FROM {table}", RATES: rates_sql(held, to)})  # noqa: S608


def ordered(table: pa.Table) -> list[tuple[Any, ...]]:
    """Return rows as plain values, sorted by what they say."""
    columns = [column.to_pylist() for column in table.columns]
    return sorted(zip(*columns, strict=True), key=repr) if columns else []


class Engine:
    """An engine that holds tables and answers SQL."""

    dialect = ""

    def load(self, name: str, table: pa.Table) -> None:
        """Hold a table under a name."""
        raise NotImplementedError

    def run(self, sql: str) -> pa.Table:
        """Return what a statement gives."""
        raise NotImplementedError


class Duck(Engine):
    """DuckDB in this process."""

    dialect = "duckdb"

    def __init__(self) -> None:
        self.database = duckdb.connect()
        self.database.execute("SET TimeZone = 'UTC'")

    def load(self, name: str, table: pa.Table) -> None:
        """Hold a table under a name."""
        self.database.register("incoming", table)
        self.database.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM incoming")  # noqa: S608
        self.database.unregister("incoming")

    def run(self, sql: str) -> pa.Table:
        """Return what a statement gives."""
        found: Any = self.database.sql(sql)
        return found.to_arrow_table()


class Postgres(Engine):
    """PostgreSQL, at an address whose user may make tables."""

    dialect = "postgres"
    _types = {  # noqa: RUF012 - a table of words
        "string": "text",
        "date32[day]": "date",
        "timestamp[us, tz=UTC]": "timestamptz",
        "int32": "int",
    }

    def __init__(self, url: str) -> None:
        import psycopg  # noqa: PLC0415 - an extra

        self.database: Any = psycopg.connect(url, autocommit=True, options="-c TimeZone=UTC")

    def load(self, name: str, table: pa.Table) -> None:
        """Hold a table under a name."""
        kinds = {
            f.name: f"numeric({f.type.precision}, {f.type.scale})"
            if pa.types.is_decimal(f.type)
            else self._types[str(f.type)]
            for f in table.schema
        }
        columns = ", ".join(f'"{column}" {kind}' for column, kind in kinds.items())
        self.database.execute(f"DROP TABLE IF EXISTS {name}; CREATE TABLE {name} ({columns})")
        with (
            self.database.cursor() as cursor,
            cursor.copy(f"COPY {name} FROM STDIN") as copy,
        ):
            for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
                copy.write_row(row)

    def run(self, sql: str) -> pa.Table:
        """Return what a statement gives."""
        cursor = self.database.execute(sql)
        rows = cursor.fetchall()
        names = [column.name for column in cursor.description]
        columns = zip(*rows, strict=True) if rows else [()] * len(names)
        return pa.table([pa.array(list(values)) for values in columns], names=names)


def spark_answers(
    tables: Mapping[str, pa.Table], statements: Mapping[str, str], *, seconds: int = 600
) -> dict[str, pa.Table]:
    """Return what Spark says to statements, from a process of its own that ends with them.

    Raises
    ------
    PeersError
        If it fails or takes longer; its last words are told.
    """
    with tempfile.TemporaryDirectory(prefix="pfkit-") as name:
        folder = Path(name)
        for table, held in tables.items():
            pq.write_table(held, folder / f"{table}.parquet")
        (folder / "statements.json").write_text(json.dumps(dict(statements)), encoding="utf-8")
        command = [sys.executable, "-m", "bench._parity_spark", str(folder)]
        with (folder / "log").open("w+", encoding="utf-8") as log:
            try:
                ran = subprocess.run(  # noqa: S603 - this interpreter and a module of this folder
                    command,
                    cwd=Path(__file__).resolve().parents[1],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    timeout=seconds,
                    check=False,
                )
            except subprocess.TimeoutExpired as error:
                message = f"Spark took longer than {seconds} seconds"
                raise PeersError(message) from error
            log.seek(0)
            said = log.read()
        if ran.returncode:
            raise PeersError(f"Spark failed: {' '.join(said.split())[-600:]}")
        return {
            asked: pq.read_table(folder / f"answer-{place}.parquet")
            for place, asked in enumerate(statements)
        }
