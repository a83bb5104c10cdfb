"""Readings of one month: each row in one month or in none, and nothing that is not asked for."""

from __future__ import annotations

import datetime as dt
import itertools
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from pfkit.errors import SourceError
from pfkit.sources.database import Reading, asked_for, batches, resolved
from pfkit.sources.database.months import between, month_batches, months_there, undated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.postgres_server import Server

DAYS = ["2026-01-01", "2026-01-31", "2026-02-01", "2026-02-28", "2026-03-01", None]
ODD = 'the "day"'


@pytest.fixture(params=["postgresql", "sqlite", "duckdb"])
def lines(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Reading]:
    """Write six rows into a database of each kind, and ask for all but their last column."""
    make = 'CREATE TABLE dated (id INTEGER, "the ""day""" {day}, note TEXT, spare TEXT)'
    fill = "INSERT INTO dated VALUES ({0}, {0}, 'a:b %', 'x')"
    rows = list(enumerate(DAYS, start=1))
    url = f"{request.param}:///shop.db"
    if request.param == "sqlite":
        with closing(sqlite3.connect(tmp_path / "shop.db")) as lite, lite:
            lite.execute(make.format(day="TEXT"))
            lite.executemany(fill.format("?"), rows)
    elif request.param == "duckdb":
        import duckdb

        with duckdb.connect(str(tmp_path / "shop.db")) as other:
            other.execute(make.format(day="DATE"))
            other.executemany(fill.format("?"), rows)
    else:
        server: Server = request.getfixturevalue("postgres")
        with server.owner() as owner:
            owner.execute(make.format(day="date"))
            owner.execute("GRANT SELECT ON dated TO analyst")
            with owner.cursor() as cursor:
                cursor.executemany(fill.format("%s").replace("%'", "%%'"), rows)
        url = server.url()
    sql = f'SELECT id, "the ""day""", note FROM dated WHERE note LIKE \'a:b %\' AND id < 7 -- {ODD}'
    asked = asked_for(sql, request.param, {}, where="sales")
    yield Reading("sales", resolved(url, None, where="sales"), asked)
    if request.param == "postgresql":
        with server.owner() as owner:
            owner.execute("DROP TABLE dated")


def _ids(rows: Iterator[pa.RecordBatch]) -> list[int]:
    return sorted(pa.Table.from_batches(list(rows))["id"].to_pylist())


def test_a_month_has_its_first_and_last_day_and_no_other(lines: Reading, tmp_path: Path) -> None:
    bounds = [dt.date(2026, month, 1) for month in (1, 2, 3, 4)]
    found = [
        _ids(month_batches(lines, [tmp_path], ODD, first, until))
        for first, until in itertools.pairwise(bounds)
    ]
    assert found == [[1, 2], [3, 4], [5]]
    assert _ids(batches(undated(lines, ODD), [tmp_path])) == [6]


def test_months_are_listed_with_their_rows(lines: Reading, tmp_path: Path) -> None:
    there = {"": 1, "2026-01": 2, "2026-02": 2, "2026-03": 1}
    assert months_there(lines, [tmp_path], ODD) == there


def test_a_month_without_rows_says_its_columns(lines: Reading, tmp_path: Path) -> None:
    first, until = dt.date(2031, 1, 1), dt.date(2031, 2, 1)
    (head, *rest) = month_batches(lines, [tmp_path], ODD, first, until)
    assert head.schema.names == ["id", ODD, "note"]
    assert sum(batch.num_rows for batch in rest) == 0


def test_a_month_is_another_question_than_the_whole(lines: Reading) -> None:
    first, middle, last = (dt.date(2026, month, 1) for month in (1, 2, 3))
    digests = {
        lines.sha256,
        between(lines, ODD, first, middle).sha256,
        between(lines, ODD, middle, last).sha256,
        undated(lines, ODD).sha256,
    }
    assert len(digests) == 4


def test_moments_are_bound_with_the_zone_of_the_company(postgres: Server) -> None:
    # in Paris February begins at 23:00 of January 31 in UTC
    sql = (
        "SELECT id, at FROM (VALUES (1, TIMESTAMPTZ '2026-01-31 22:59:59+00'), "
        "(2, TIMESTAMPTZ '2026-01-31 23:00:00+00')) AS v(id, at)"
    )
    address = resolved(postgres.url(), None, where="sales")
    reading = Reading("sales", address, asked_for(sql, "postgresql", {}, where="sales"))
    paris = ZoneInfo("Europe/Paris")
    bounds = [dt.datetime(2026, month, 1, tzinfo=paris) for month in (1, 2, 3)]
    assert _ids(month_batches(reading, [], "at", bounds[0], bounds[1])) == [1]
    assert _ids(month_batches(reading, [], "at", bounds[1], bounds[2])) == [2]


def test_a_column_without_days_says_so(lines: Reading, tmp_path: Path) -> None:
    if lines.address.kind == "sqlite":
        with pytest.raises(SourceError, match="'note' holds no days of the form") as told:
            months_there(lines, [tmp_path], "note")
        assert "make one in the query" in told.value.advice
        return
    with pytest.raises(SourceError, match="source sales"):
        months_there(lines, [tmp_path], "note")


def test_an_unknown_column_says_so(lines: Reading, tmp_path: Path) -> None:
    first, until = dt.date(2026, 1, 1), dt.date(2026, 2, 1)
    with pytest.raises(SourceError, match="booked") as told:
        list(month_batches(lines, [tmp_path], "booked", first, until))
    assert "sales" in told.value.where
