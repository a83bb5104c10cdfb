"""One set of expressions, three engines: the same rows of months, to the last decimal."""

from __future__ import annotations

import importlib.util
import shutil
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING, Any

import ibis
import pytest

from bench import _parity as parity
from bench import _parity_measures as agreed
from pfkit.conform.pushed.statement import DIALECTS, statement

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tests.postgres_server import Server

MONTHS = parity.months_from(240, 60)  # 2020 to 2024
HELD = parity.rates(3, MONTHS)
TABLES = {
    "ledger": parity.ledger_rows(1, MONTHS, 60),
    "events": parity.event_rows(2, MONTHS, 40),
    "ties": parity.ties(4, 3000),
    **agreed.tables(5, MONTHS, 8),
}


def _measures() -> dict[str, Table]:
    told = {"money": "decimal(21, 6)"} | dict.fromkeys(("small", "large"), "decimal(21, 6)")
    ties = ibis.table(told, name="ties")
    products = {
        name: (ties.money * ties[name]).cast("decimal(38, 6)") for name in ("small", "large")
    }
    unset = ibis.table(
        {"prod": "string", "center": "string", "amount": "decimal(18, 4)"}, name="ledger"
    )
    return {
        "products": ties.select(
            money=ties.money, by_small=products["small"], by_large=products["large"]
        ),
        "sums": ties.aggregate(
            money=ties.money.sum().cast("decimal(38, 6)"),
            **{name: value.sum() for name, value in products.items()},
        ),
        "names": unset.group_by("prod", "center").aggregate(
            n=unset.count(), least=unset.amount.min(), most=unset.amount.max()
        ),
    } | {name: expression for name, (expression, _) in agreed.measures().items()}


def _spoken(dialect: str) -> dict[str, str]:
    found = {
        name: parity.spoken(expression, table, HELD, dialect)
        for name, (expression, table) in parity.questions().items()
    }
    measures = {name: str(ibis.to_sql(one, dialect=dialect)) for name, one in _measures().items()}
    return found | measures


NAMES = (*parity.questions(), *_measures())


@pytest.fixture(scope="module")
def duck() -> dict[str, list[Any]]:
    """Answer every question with DuckDB."""
    engine = parity.Duck()
    for name, table in TABLES.items():
        engine.load(name, table)
    return {name: parity.ordered(engine.run(sql)) for name, sql in _spoken("duckdb").items()}


@pytest.fixture(scope="module")
def server(postgres: Server) -> dict[str, list[Any]]:
    """Answer every question with PostgreSQL."""
    engine = parity.Postgres(postgres.url("shop", "owner"))
    for name, table in TABLES.items():
        engine.load(name, table)
    answers = {name: parity.ordered(engine.run(sql)) for name, sql in _spoken("postgres").items()}
    for name in TABLES:
        engine.database.execute(f"DROP TABLE {name}")
    engine.database.close()
    return answers


@pytest.fixture(scope="module")
def spark() -> dict[str, list[Any]]:
    """Answer every question with Spark, in one process of its own."""
    if importlib.util.find_spec("pyspark") is None:
        pytest.skip("package pyspark is not installed: pfkit[spark]")
    if shutil.which("java") is None:
        pytest.skip("there is no Java here, which Spark needs (on Debian: openjdk-17-jre-headless)")
    answers = parity.spark_answers(TABLES, _spoken("pyspark"), seconds=300)
    return {name: parity.ordered(table) for name, table in answers.items()}


@pytest.mark.parametrize("name", NAMES)
def test_postgres_says_what_duckdb_says(
    duck: dict[str, list[Any]], server: dict[str, list[Any]], name: str
) -> None:
    assert server[name] == duck[name]
    assert duck[name]


@pytest.mark.parametrize("name", NAMES)
def test_spark_says_what_duckdb_says(
    duck: dict[str, list[Any]], spark: dict[str, list[Any]], name: str
) -> None:
    assert spark[name] == duck[name]


def test_at_least_fifty_months_are_compared(duck: dict[str, list[Any]]) -> None:
    text = repr(duck["ledger months"])
    assert sum(f"'{month}'" in text for month in MONTHS) >= 50


def test_products_and_sums_are_those_of_arithmetic_by_hand(duck: dict[str, list[Any]]) -> None:
    exact = Context(prec=80)
    cent = Decimal("0.000001")
    rows = TABLES["ties"].to_pylist()
    meant = [
        (
            row["money"],
            *(
                exact.multiply(row["money"], row[name]).quantize(cent, ROUND_HALF_UP, exact)
                for name in ("small", "large")
            ),
        )
        for row in rows
    ]
    assert duck["products"] == sorted(meant, key=repr)
    (sums,) = duck["sums"]
    assert sums == tuple(sum(values) for values in zip(*meant, strict=True))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_expression_is_one_statement_of_each_warehouse(dialect: str) -> None:
    for name, sql in _spoken(dialect).items():
        assert sql.lstrip().upper().startswith(("SELECT", "WITH")), name
        assert ";" not in sql


def test_every_plain_row_is_counted_once_and_no_other(duck: dict[str, list[Any]]) -> None:
    for table in ("ledger", "events"):
        ((rows, *_),) = duck[f"{table} totals"]
        added = sum(row[-1] for row in duck[f"{table} months"])
        assert rows == TABLES[table].num_rows
        assert added + len(duck[f"{table} others"]) == rows


def test_statements_without_parts_stand_alone() -> None:
    one = ibis.table({"a": "int64"}, name="plain")
    assert statement(one, "duckdb", {}).lstrip("WITH \n").startswith("SELECT")
