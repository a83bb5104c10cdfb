"""Queries: one SELECT, values bound, and nothing that writes or tells the time."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import pytest

from pfkit.errors import SourceError
from pfkit.sources.database.query import asked_for

DAYS: dict[str, date | None] = {"period_start": date(2026, 6, 1), "as_of": None}


def _asked(text: str, kind: str = "postgresql") -> str:
    return asked_for(text, kind, DAYS, where="sales").sql


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("INSERT INTO lines VALUES (1)", "no SELECT"),
        ("UPDATE lines SET a = 1", "no SELECT"),
        ("DROP TABLE lines", "no SELECT"),
        ("COPY lines TO '/tmp/x'", "no SELECT"),
        ("SET default_transaction_read_only = off", "no SELECT"),
        ("SELECT 1; SELECT 2", "2 statements"),
        ("SELECT 1; DROP TABLE lines", "2 statements"),
        ("WITH gone AS (DELETE FROM lines RETURNING *) SELECT * FROM gone", "holds DELETE"),
        ("SELECT * INTO copy FROM lines", "holds INTO"),
        ("SELECT * FROM lines FOR UPDATE", "holds LOCK"),
        ("", "0 statements"),
    ],
)
def test_anything_but_one_select_is_refused(text: str, said: str) -> None:
    with pytest.raises(SourceError, match=said) as told:
        _asked(text)
    assert told.value.where == "sales"
    assert "A source reads" in told.value.advice


@pytest.mark.parametrize(
    "word", ["now()", "CURRENT_DATE", "current_timestamp", "random()", "clock_timestamp()"]
)
def test_the_clock_and_chance_are_refused(word: str) -> None:
    with pytest.raises(SourceError, match="would not come out twice") as told:
        _asked(f"SELECT a FROM lines WHERE b < {word}")
    assert ":as_of" in told.value.advice


def test_a_table_is_named_and_quoted() -> None:
    assert _asked(" books.Lines ") == 'SELECT * FROM "books"."Lines"'
    with pytest.raises(SourceError, match=r"no SELECT|cannot be read"):
        _asked("lines where")


def test_values_are_bound_and_texts_left_alone() -> None:
    sql = "SELECT a::text, ':period_start' AS b FROM lines -- :nothing\nWHERE d >= :period_start"
    query = asked_for(sql, "postgresql", DAYS, where="sales")
    assert query.values == {"period_start": date(2026, 6, 1)}
    written = query.written(lambda name: f"%({name})s", lambda text: text.replace("%", "%%"))
    assert written == sql.replace(">= :period_start", ">= %(period_start)s")


def test_another_day_is_another_query() -> None:
    sql = "SELECT a FROM lines WHERE d >= :period_start"
    first = asked_for(sql, "postgresql", DAYS, where="sales")
    other = asked_for(sql, "postgresql", {"period_start": date(2026, 7, 1)}, where="sales")
    assert first.sha256 != other.sha256
    assert first.sha256 == asked_for(sql, "postgresql", DAYS, where="other").sha256


def test_a_value_nobody_knows_names_the_nearest() -> None:
    with pytest.raises(SourceError, match="binds :period_strat") as told:
        _asked("SELECT a FROM lines WHERE d > :period_strat")
    assert "period_start" in told.value.advice


def test_a_value_nobody_gave_says_how_to_give_it() -> None:
    with pytest.raises(SourceError, match="binds :as_of, and nobody said it") as told:
        _asked("SELECT a FROM lines WHERE d <= :as_of")
    assert told.value.advice.startswith("Give --as-of")


def test_sql_that_cannot_be_read_says_why() -> None:
    with pytest.raises(SourceError, match="cannot be read as SQL"):
        _asked("SELECT (a FROM lines")


def test_calls_are_known_whatever_they_are_quoted_in() -> None:
    sql = 'SELECT pg_catalog."pg_read_file"(a), Lower(b) FROM lines'
    calls = asked_for(sql, "postgresql", DAYS, where="sales").functions
    assert {"pg_read_file", "lower"} <= set(calls)


def test_a_dialect_knows_what_ibis_adds_to_it_even_where_a_table_was_named_first() -> None:
    # sqlglot fixes a dialect at its first use: DATE_FROM_PARTS, which no PostgreSQL has, else
    script = (
        "from pfkit.sources.database.query import asked_for\n"
        "print(asked_for('lines', 'postgresql', {}, where='sales').sql)\n"
        "import ibis\n"
        "day = ibis.date(ibis.table({'y': 'int32'}, name='t').y, 1, 1)\n"
        "print(ibis.to_sql(day.name('d').as_table(), dialect='postgres'))\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert 'SELECT * FROM "lines"' in ran.stdout
    assert "MAKE_DATE(" in ran.stdout
