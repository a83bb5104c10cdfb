from __future__ import annotations

import duckdb
import pytest

from pfkit.conform.sql import vetted
from pfkit.errors import BookError

COLUMNS = ["Quantity", "UnitPrice", "InvoiceNo"]


def refusal(sql: str) -> BookError:
    with pytest.raises(BookError) as caught:
        vetted(sql, COLUMNS, where="book.toml sources.billing.columns.amount")
    return caught.value


@pytest.mark.parametrize(
    "sql",
    [
        "Quantity * UnitPrice",
        "quantity * unitprice",
        '"Quantity" / 100.0',
        "InvoiceNo LIKE 'C%'",
        "NOT InvoiceNo ILIKE 'c%' AND Quantity BETWEEN 1 AND 5",
        "CASE WHEN Quantity < 0 THEN 'return' ELSE 'sale' END",
        "COALESCE(TRY_CAST(Quantity AS DECIMAL(18, 2)), 0)",
        "split_part(InvoiceNo, '-', 1) || lower(trim(InvoiceNo))",
        "strftime(strptime(InvoiceNo, '%d.%m.%Y'), '%Y-%m')",
        "date_trunc('month', DATE '2026-01-31') + INTERVAL 1 DAY",
        "InvoiceNo IN ('a', 'b') OR InvoiceNo IS NULL",
        "list_sum(list_transform([1, 2], lambda x: x + 1))",
        "nullif(regexp_extract(InvoiceNo, '[0-9]+'), '')",
    ],
)
def test_an_expression_over_its_own_row_passes_unchanged(sql: str) -> None:
    assert vetted(sql, COLUMNS, where="book.toml") == sql


@pytest.mark.parametrize(
    ("sql", "what"),
    [
        ("(SELECT max(x) FROM secrets)", "subquery"),
        ("Quantity IN (SELECT 1)", "subquery"),
        ("EXISTS (FROM raw_billing)", "subquery"),
        ("1) FROM (SELECT 2", "more than one expression"),
        ("Quantity, UnitPrice", "more than one expression"),
        ("read_text('/etc/passwd')", "function read_text"),
        ("read_csv_auto('x.csv')", "function read_csv_auto"),
        ("glob('*')", "function glob"),
        ("query('SELECT 1')", "function query"),
        ("getenv('HOME')", "function getenv"),
        ("current_setting('threads')", "function current_setting"),
        ("getvariable('x')", "function getvariable"),
        ("now()", "function now"),
        ("today()", "function today"),
        ("current_date", "current_date"),
        ("CURRENT_TIMESTAMP", "current_timestamp"),
        ("age(TIMESTAMP '2020-01-01')", "function age"),
        ("random()", "function random"),
        ("uuid()", "function uuid"),
        ("nextval('s')", "function nextval"),
        ("current_user", "current_user"),
        ("version()", "function version"),
        ("sum(Quantity)", "function sum"),
        ("count(*)", "function count_star"),
        ("histogram(Quantity)", "function histogram"),
        ("row_number() OVER ()", "window"),
        ("sum(Quantity) OVER (PARTITION BY InvoiceNo)", "window"),
        ("unnest([1, 2])", "function unnest"),
        ("COLUMNS('.*')", "star"),
        ("*", "star"),
        ("?", "parameter"),
        ("$secret", "parameter"),
        ("#1", "positional reference"),
    ],
)
def test_what_reaches_beyond_its_row_is_refused_by_name(sql: str, what: str) -> None:
    error = refusal(sql)
    assert error.what == f"SQL {sql!r} is refused: {what}"
    assert error.where == "book.toml sources.billing.columns.amount"
    assert "its own row's columns only" in error.advice


@pytest.mark.parametrize(
    "sql",
    [
        "Quantity *",
        "Quantity AS x",
        "Quantity -- and the rest",
        "1 /* open",
        "'x'; DROP TABLE raw_billing",
        "Quantity FROM raw_billing",
        "E'\\'' || (SELECT 1) || '",
        "COPY raw_billing TO 'x.csv'",
        "",
    ],
)
def test_what_is_no_expression_says_so(sql: str) -> None:
    error = refusal(sql)
    assert error.what.startswith(f"SQL {sql!r} is no expression: ")
    assert error.advice == "Write one DuckDB expression, as in `Quantity * UnitPrice`."


def test_an_escape_string_hides_no_query() -> None:
    assert refusal("E'\\'' || (SELECT 'x') || ''").what.endswith("is refused: subquery")


def test_an_unknown_column_is_named_with_the_near_miss() -> None:
    error = refusal("Quantty * 2")
    assert error.what == "SQL 'Quantty * 2' uses unknown column 'Quantty'"
    assert error.advice == "The closest known column is 'Quantity'."


def test_a_column_of_another_table_is_unknown() -> None:
    assert "unknown column 'raw_billing.Quantity'" in refusal("raw_billing.Quantity").what


def test_a_lambda_knows_its_own_parameter_and_no_other() -> None:
    assert "unknown column 'y'" in refusal("list_transform([1], lambda x: x + y)").what
    assert "unknown column 'x'" in refusal("list_transform([1], lambda x: x)[1] + x").what


def test_no_function_of_clock_chance_rows_or_files_is_allowed() -> None:
    """Ask the engine itself which of its functions are not a plain answer to their arguments."""
    unsafe = duckdb.sql(
        "SELECT DISTINCT function_name FROM duckdb_functions() "
        "WHERE (function_type NOT IN ('scalar', 'macro') OR stability <> 'CONSISTENT') "
        "AND function_name SIMILAR TO '[a-z_0-9]+' AND function_name NOT IN "
        "(SELECT function_name FROM duckdb_functions() WHERE function_type = 'scalar' "
        "AND stability = 'CONSISTENT')"
    ).fetchall()
    names = {name for (name,) in unsafe}
    assert {"random", "now", "sum", "read_text", "row_number", "write_log"} <= names
    for name in sorted(names):
        with pytest.raises(BookError):
            vetted(f"{name}(Quantity)", COLUMNS, where="book.toml")
