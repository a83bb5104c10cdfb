"""A source that names an adapter becomes a plain declaration, before anything else sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pfkit.conform.adapters.form import Adapter, adapter
from pfkit.errors import BookError

if TYPE_CHECKING:
    from pathlib import Path

    from pfkit.contracts import Contracts

#: Keys of a source that hold keys of their own, of which a book may set one by one.
_DEEP = ("columns", "types", "minor_digits")


def with_adapters(
    values: dict[str, Any], folder: Path, *, file: str, contracts: Contracts
) -> dict[str, Any]:
    """Return a declaration whose sources hold what their adapters say.

    What the book says wins: key by key, column by column; its row rules come first.

    Parameters
    ----------
    values : dict
        A declaration as ``book.toml`` has it.
    folder : pathlib.Path
        The book's folder, in which files of adapters are looked for.
    file : str
        The declaration's name in messages.
    contracts : Contracts
        What the tables promise in the book.

    Raises
    ------
    BookError
        If there is no such adapter, it cannot be used, or it feeds another table.
    """
    sources = values.get("sources")
    if not isinstance(sources, list):
        return values
    return values | {
        "sources": [
            _with_adapter(source, folder, file, contracts)
            if isinstance(source, dict) and isinstance(source.get("adapter"), str | dict)
            else source
            for source in sources
        ]
    }


def _with_adapter(
    own: dict[str, Any], folder: Path, file: str, contracts: Contracts
) -> dict[str, Any]:
    asked = own["adapter"]
    named: dict[str, Any] = asked if isinstance(asked, dict) else {"name": asked}
    name = named.get("name")
    where = f"{file} sources[{own.get('name', '?')}].adapter"
    if not isinstance(name, str):
        raise BookError(
            "'name' is missing",
            where=where,
            advice='Name the adapter: `adapter = { name = "...", aliases = { ... } }`.',
        )
    found = adapter(name, folder, where=where, contracts=contracts)
    table = own.get("table", found.table)
    if table != found.table:
        raise BookError(
            f"adapter {name!r} feeds table {found.table!r}, and the source {table!r}",
            where=where,
            advice="Leave `table` out, or take the adapter of the other table; `pfkit adapters` "
            "lists what each feeds.",
        )
    if named.get("version") not in {None, found.version}:
        raise BookError(
            f"adapter {name!r} is version {found.version}, and the book asks for "
            f"{named['version']!r}",
            where=where,
            advice="Read what it makes of a file now (`pfkit adapters try`), then name this "
            "version, or none.",
        )
    return merged(own, found, named)


def merged(own: dict[str, Any], found: Adapter, named: dict[str, Any]) -> dict[str, Any]:
    """Return a source as its book and its adapter declare it together.

    Parameters
    ----------
    own : dict
        The source as the book has it.
    found : Adapter
        The adapter.
    named : dict
        How the book names it: ``name``, and more ``aliases`` or ``optional`` columns.

    Examples
    --------
    >>> from pfkit.conform.adapters.form import shipped
    >>> own = {"name": "stripe", "path": "*.csv", "columns": {"product": {"constant": "Atlas"}}}
    >>> whole = merged(own, shipped("stripe-balance-transactions"), {"name": "x"})
    >>> whole["unit"], whole["columns"]["product"], whole["columns"]["invoice_id"]
    ('minor', {'constant': 'Atlas'}, 'id')
    """
    whole = {**found.source, **{key: value for key, value in own.items() if key != "adapter"}}
    for key in _DEEP:
        if key in found.source and isinstance(own.get(key, {}), dict):
            whole[key] = found.source[key] | own.get(key, {})
    if isinstance(own.get("rules", []), list):
        whole["rules"] = [*own.get("rules", []), *found.source.get("rules", [])]
    own_columns = own.get("columns", {})
    whole["adapter"] = {
        "version": found.version,
        "gather": {key: how for key, how in found.gather.items() if key not in own_columns},
        **named,
        "aliases": _with_aliases(named.get("aliases", {}), found),
        "optional": _with_optional(named.get("optional", []), found),
    }
    return whole


def _with_aliases(own: object, found: Adapter) -> object:
    """Return the names of columns, the book's own first; what is no table is refused later."""
    if not isinstance(own, dict):
        return own
    names: dict[str, object] = dict(found.aliases)
    for column, given in own.items():
        listed = [given] if isinstance(given, str) else given
        known = found.aliases.get(column, ())
        names[column] = [*listed, *known] if isinstance(listed, list) else given
    return names


def _with_optional(own: object, found: Adapter) -> object:
    return [*own, *found.optional] if isinstance(own, list) else own
