"""Columns that fill themselves, by their names in a standard that the export follows."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from pfkit.conform.declaration import Mapping, Source
from pfkit.conform.engine import quoted
from pfkit.errors import BookError, near_miss

if TYPE_CHECKING:
    from collections.abc import Mapping as MappingOf

    from pfkit.contracts import Column, Contract

#: How much of a moment's text says its day, and its second. A standard's days are days of their
#: own and its moments are in UTC: read with their zone, a month could begin a day early.
_LENGTH = {"month": 10, "date": 10, "datetime": 19}


def fills_itself(promise: Contract) -> bool:
    """Return whether columns of a table are filled by a standard's names.

    Examples
    --------
    >>> from pfkit.contracts import contract
    >>> fills_itself(contract("cloud")), fills_itself(contract("actuals"))
    (True, False)
    """
    return any(column.source for column in promise.columns)


def with_named_columns(source: Source, types: MappingOf[str, str]) -> Source:
    """Return a source whose undeclared columns are mapped by their names in the standard.

    Parameters
    ----------
    source : Source
        As ``book.toml`` declares it.
    types : mapping of str to str
        The source's own columns and what the engine holds them as.

    Raises
    ------
    BookError
        If a column that every row must fill is neither declared nor there.
    """
    promise = source.promise
    if not fills_itself(promise):
        return source
    own = {_folded(name): name for name in reversed(list(types)) if not name.startswith("_")}
    columns = dict(source.columns)
    for column in promise.columns:
        if not column.source or column.name in columns:
            continue
        found = own.get(_folded(column.source), own.get(_folded(column.name)))
        if found is not None:
            columns[column.name] = _mapped(column, found, types[found])
        elif column.required and not column.default:
            raise BookError(
                f"the source has no column {column.source!r}, which table {promise.table} needs",
                where=f"book.toml sources.{source.name}",
                advice=f"Declare `{column.name} = ...` under columns. "
                + near_miss(column.source, list(own.values()), noun="column"),
            )
    fitted = source.model_copy(update={"columns": columns})
    fitted.narrow(_without(promise, set(columns)))
    return fitted


def _without(promise: Contract, filled: set[str]) -> Contract:
    """Return a contract without the standard's columns that a source does not have.

    A bill has sixty columns and many lines, and few exports fill them all: what is empty in every
    row is no column of its rows, and is empty in the table.
    """
    asked = {name for rule in promise.rules for name in re.findall(r"\w+", rule.broken)}
    kept = tuple(
        column
        for column in promise.columns
        if column.name in filled | asked
        or not (column.source or column.converted in _converted(promise) - filled)
    )
    return dataclasses.replace(promise, columns=kept)


def _converted(promise: Contract) -> set[str]:
    """Return the columns that only state amounts which need not be there."""
    return {
        local
        for amount, local in promise.conversions
        if not promise.column(amount).required and not promise.column(local).required
    }


def _mapped(column: Column, name: str, kind: str) -> Mapping:
    if column.kind in _LENGTH:
        return Mapping(sql=f"substr(CAST({quoted(name)} AS VARCHAR), 1, {_LENGTH[column.kind]})")
    if column.kind == "text" and kind.startswith(("MAP", "STRUCT")):
        return Mapping(sql=f"CAST(to_json({quoted(name)}) AS VARCHAR)")
    return Mapping(column=name)


def _folded(name: str) -> str:
    """Return a name as names are compared: without case, spaces and marks."""
    return re.sub(r"[^a-z0-9]", "", name.casefold())
