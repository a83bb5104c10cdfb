"""The SQL a book may use: one expression over its own row, judged by the engine's own parser."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any

import duckdb

from pfkit.errors import BookError, near_miss

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# A node of the parsed expression that is none of these reaches beyond its row.
_ALLOWED_NODES = frozenset(
    {
        "BETWEEN",
        "CASE",
        "CAST",
        "COLLATE",
        "COLUMN_REF",
        "COMPARISON",
        "CONJUNCTION",
        "CONSTANT",
        "FUNCTION",
        "LAMBDA",
        "OPERATOR",
        "TYPE",
    }
)
_ALLOWED_MACROS = frozenset(
    {"date_add", "days_in_month", "fdiv", "fmod", "if", "nullif", "split_part"}
)
_ALLOWED_MACRO_PREFIXES = ("array_", "list_")
# Declared consistent by the engine, yet they read the clock, the build or the catalog.
_CLOCKS = frozenset({"current_localtime", "current_localtimestamp", "version"})
_REFUSED_PREFIXES = ("__internal", "json_serialize", "json_deserialize_sql")
_VALUE_WORDS = frozenset(
    {
        "current_catalog",
        "current_date",
        "current_role",
        "current_schema",
        "current_time",
        "current_timestamp",
        "current_user",
        "localtime",
        "localtimestamp",
        "session_user",
        "user",
    }
)


def vetted(sql: str, columns: Iterable[str], *, where: str) -> str:
    """Return a book's SQL expression if it computes from one row's columns and nothing else.

    Parameters
    ----------
    sql : str
        A scalar DuckDB expression.
    columns : iterable of str
        The columns it may use.
    where : str
        Where the book says it, for the error.

    Raises
    ------
    BookError
        If it is no expression, uses an unknown column, or reaches for files, other tables, other
        rows, settings, the clock or chance.

    Notes
    -----
    The engine's parser reads the text between parentheses, as it will stand in the load, so what
    is judged is what runs. Functions are allowed that the engine knows as scalar and consistent.

    Examples
    --------
    >>> vetted("Quantity * UnitPrice", ["Quantity", "UnitPrice"], where="book.toml")
    'Quantity * UnitPrice'
    """
    known = list(columns)
    tree = _parsed(sql, where)
    _refuse_clauses(tree, sql, where)
    folded = {column.casefold() for column in known}
    for node, own in _walk(tree["select_list"][0], frozenset()):
        _refuse_beyond(node, sql, where)
        if node.get("class") == "COLUMN_REF":
            names = node["column_names"]
            if len(names) == 1 and names[0].casefold() in folded | own:
                continue
            if names[-1].casefold() in _VALUE_WORDS:
                raise _refused(sql, names[-1].lower(), where)
            raise BookError(
                f"SQL {sql!r} uses unknown column {'.'.join(names)!r}",
                where=where,
                advice=near_miss(names[-1], known, noun="column"),
            )
    return sql


def named_columns(sql: str, *, where: str) -> tuple[str, ...]:
    r"""Return the columns an expression computes from, as it spells them, in order.

    Raises
    ------
    BookError
        If it is no expression.

    Examples
    --------
    >>> named_columns("CASE WHEN kind = 'x' THEN -\"Amount\" ELSE 0 END", where="book.toml")
    ('kind', 'Amount')
    """
    found: dict[str, None] = {}
    for node, own in _walk(_parsed(sql, where)["select_list"], frozenset()):
        if node.get("class") == "COLUMN_REF" and node["column_names"][-1].casefold() not in own:
            found[node["column_names"][-1]] = None
    return tuple(found)


def _parsed(sql: str, where: str) -> dict[str, Any]:
    """Return the parse of the one select that the text in parentheses makes."""
    found = json.loads(
        _parser().execute("SELECT json_serialize_sql(?)", [f"SELECT ({sql})"]).fetchall()[0][0]
    )
    if found["error"] or not sql.strip():
        reason = str(found.get("error_message") or "it is empty").splitlines()[0]
        raise BookError(
            f"SQL {sql!r} is no expression: {reason}",
            where=where,
            advice="Write one DuckDB expression, as in `Quantity * UnitPrice`.",
        )
    if len(found["statements"]) != 1:
        raise _refused(sql, "more than one expression", where)
    tree: dict[str, Any] = found["statements"][0]["node"]
    return tree


def _refuse_clauses(tree: dict[str, Any], sql: str, where: str) -> None:
    clauses = ("modifiers", "where_clause", "group_expressions", "having", "qualify", "sample")
    one = (
        tree["type"] == "SELECT_NODE"
        and len(tree["select_list"]) == 1
        and tree["from_table"]["type"] == "EMPTY"
        and not tree["cte_map"]["map"]
        and not any(tree[clause] for clause in clauses)
    )
    if not one or tree["select_list"][0].get("function_name") == "row":
        raise _refused(sql, "more than one expression", where)


def _walk(
    node: Any,  # noqa: ANN401 (a JSON value)
    own: frozenset[str],
) -> Iterator[tuple[dict[str, Any], frozenset[str]]]:
    """Yield every expression below a node with the lambda parameters it may use."""
    if isinstance(node, list):
        for part in node:
            yield from _walk(part, own)
    if not isinstance(node, dict):
        return
    if node.get("class") == "LAMBDA":
        own |= {
            name.casefold()
            for part, _ in _walk(node["lhs"], own)
            for name in part.get("column_names", ())
        }
    if "class" in node:
        yield node, own
    for part in node.values():
        yield from _walk(part, own)


def _refuse_beyond(node: dict[str, Any], sql: str, where: str) -> None:
    kind = node["class"]
    if kind not in _ALLOWED_NODES or node["type"] == "GROUPING_FUNCTION":
        raise _refused(sql, kind.lower().replace("_", " "), where)
    if kind != "FUNCTION":
        return
    name = node["function_name"].lower()
    ages_from_today = name == "age" and len(node["arguments"]) == 1
    if name not in _allowed_functions() or ages_from_today:
        raise _refused(sql, f"function {name}", where)


def _refused(sql: str, what: str, where: str) -> BookError:
    return BookError(
        f"SQL {sql!r} is refused: {what}",
        where=where,
        advice="An expression may use its own row's columns only: no query, file, setting, "
        "clock or random number.",
    )


@functools.cache
def _parser() -> duckdb.DuckDBPyConnection:
    """Return a connection that parses and runs nothing a book says."""
    return duckdb.connect(config={"enable_external_access": "false"})


@functools.cache
def _allowed_functions() -> frozenset[str]:
    """Return the scalar functions that give the same answer for the same row, whenever asked."""
    rows = _parser().execute(
        "SELECT lower(function_name), list(DISTINCT function_type), "
        "list(DISTINCT COALESCE(stability, '')) FROM duckdb_functions() GROUP BY 1"
    )
    allowed = set()
    for name, kinds, stabilities in rows.fetchall():
        if name in _CLOCKS or name.startswith(_REFUSED_PREFIXES):
            continue
        if kinds == ["macro"]:
            if name in _ALLOWED_MACROS or name.startswith(_ALLOWED_MACRO_PREFIXES):
                allowed.add(name)
        elif "scalar" in kinds and not {"VOLATILE", "CONSISTENT_WITHIN_QUERY"} & set(stabilities):
            allowed.add(name)
    return frozenset(allowed)
