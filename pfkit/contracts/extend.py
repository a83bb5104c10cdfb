"""The contracts a book adds: columns and tighter rules for our tables, and tables of its own."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any, NoReturn, cast, get_args

import yaml

from pfkit.contracts.catalog import Contracts
from pfkit.contracts.rules import Rule, allowed_values, row_rules
from pfkit.contracts.standard import require_form
from pfkit.contracts.table import LOGICAL, Column, Contract, Kind, contract, custom, tables
from pfkit.errors import ContractError, near_miss

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

#: Where a book keeps its contracts, beside ``book.toml``.
FOLDER = "contracts"
#: How the names of a book's own tables begin, so that none is ever ours.
OWN = "x_"

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_KIND_OF: Mapping[str, Kind] = {
    "string": "text",
    "number": "number",
    "integer": "integer",
    "date": "date",
    "timestamp": "datetime",
    "boolean": "boolean",
}
_PHYSICAL: Mapping[str, str] = {
    "text": "VARCHAR",
    "month": "VARCHAR",
    "number": "DECIMAL(28,8)",
    "money": "DECIMAL(28,6)",
    "integer": "BIGINT",
    "date": "DATE",
    "datetime": "TIMESTAMP",
    "boolean": "BOOLEAN",
}
_NUMBERS = frozenset({"number", "money", "integer"})
#: Tables pfkit makes itself: no source feeds them, so nothing of them can be checked.
_MADE = ("calendar", "revenue")


def book_contracts(folder: Path) -> Contracts:
    """Return the contracts of a book: ours, with what ``contracts/*.yaml`` of its folder adds.

    Parameters
    ----------
    folder : pathlib.Path
        The book's folder.

    Raises
    ------
    ContractError
        If a file has not the standard's form, or asks for less than our contract does.

    Examples
    --------
    >>> from pathlib import Path
    >>> book_contracts(Path("no-such-book")).own
    {}
    """
    files = sorted([*(folder / FOLDER).glob("*.yaml"), *(folder / FOLDER).glob("*.yml")])
    own: dict[str, Contract] = {}
    stated: dict[str, str] = {}
    for file in files:
        where = f"{FOLDER}/{file.name}"
        found = extended(_read(file, where), where)
        if found.table in own:
            raise ContractError(
                f"table {found.table!r} has a contract in {stated[found.table]} already",
                where=where,
                advice="Say all of a table in one file.",
            )
        own[found.table], stated[found.table] = found, where
    return Contracts(own, stated)


def extended(plain: Mapping[str, Any], where: str) -> Contract:
    """Return the contract a book's file makes: one of ours with more, or a new one.

    Parameters
    ----------
    plain : Mapping
        The file as read, in Open Data Contract Standard 3.1 form; keys that repeat ours may be
        left out.
    where : str
        The file's name, for the message.

    Raises
    ------
    ContractError
        If the form is wrong, or our contract would be loosened; both are named.
    """
    require_form(plain, where)
    table = plain["schema"][0]
    name = str(table["name"])
    at = f"{where} {name}"
    if name in _MADE:
        raise ContractError(
            f"table {name!r} is made by pfkit itself, so a book cannot extend it",
            where=where,
            advice="Extend the table it is made from, such as invoices.",
        )
    if name in tables():
        return _more(contract(name), plain, table, at)
    if not name.startswith(OWN) or not _NAME.fullmatch(name):
        raise ContractError(
            f"{name!r} is no table of pfkit",
            where=where,
            advice=f"{near_miss(name, tables(), noun='table')} A table of the book's own is "
            f"called {OWN}..., in lower-case letters, digits and underscores.",
        )
    return _new(plain, table, at)


def _read(file: Path, where: str) -> Mapping[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        plain = yaml.load(file.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - a safe one
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ContractError(
            f"is not readable YAML: {' '.join(str(error).split())[:200]}",
            where=where,
            advice="Compare with a contract file of pfkit, `pfkit dictionary` names them.",
        ) from error
    if not isinstance(plain, dict):
        raise ContractError(
            "holds no contract", where=where, advice="Begin with `apiVersion: v3.1.0`."
        )
    return cast("Mapping[str, Any]", plain)


def _more(
    promise: Contract, plain: Mapping[str, Any], table: Mapping[str, Any], at: str
) -> Contract:
    more = custom(table)
    for fact, mine in (("grain", list(promise.grain)), ("balanceColumn", promise.amount)):
        if fact in more and more[fact] != mine:
            _loosened(f"{fact} {more[fact]!r}", f"{fact} {mine!r}", at)
    columns = {column.name: column for column in promise.columns}
    for entry in table.get("properties", ()):
        name = str(entry["name"])
        here = f"{at}.{name}"
        held = columns.get(name)
        columns[name] = _added(entry, here) if held is None else _tightened(held, entry, here)
    key = _key(table, at)
    if key and promise.key and key != promise.key:
        _loosened(f"key {', '.join(key)}", f"key {', '.join(promise.key)}", at)
    return dataclasses.replace(
        promise,
        description=str(table.get("description", promise.description)),
        usage=str(plain.get("description", {}).get("usage", promise.usage)),
        owner=str(plain.get("team", {}).get("name", promise.owner)),
        freshness=_freshness(plain, at) or promise.freshness,
        key=key or promise.key,
        columns=tuple(columns.values()),
        rules=_more_rules(promise, table, at),
    )


def _more_rules(promise: Contract, table: Mapping[str, Any], at: str) -> tuple[Rule, ...]:
    rules = row_rules(table, at)
    ours = {rule.name for rule in promise.rules}
    for rule in rules:
        if rule.name in ours:
            _refused(f"pfkit has a rule named {rule.name!r}", "Give it another name.", at)
    return (*promise.rules, *rules)


def _new(plain: Mapping[str, Any], table: Mapping[str, Any], at: str) -> Contract:
    columns = tuple(_added(entry, f"{at}.{entry['name']}") for entry in table.get("properties", ()))
    names = tuple(column.name for column in columns)
    more = custom(table)
    if not columns:
        _refused("has no column", "List them under `properties`.", at)
    if not table.get("description"):
        _refused("has no description", "Say in a sentence what the table holds.", at)
    owner = str(plain.get("team", {}).get("name", ""))
    if not owner:
        _refused("has no owner", "Say who answers for it: `team: {name: ...}`.", at)
    amount = more.get("balanceColumn")
    for name in [*more.get("grain", ()), *([amount] if amount else [])]:
        if name not in names:
            _refused(f"names column {name!r}", near_miss(str(name), names, noun="column"), at)
    key = _key(table, at)
    title = str(table["name"]).removeprefix(OWN).replace("_", " ").capitalize()
    return Contract(
        table=str(table["name"]),
        title=str(table.get("businessName", title)),
        description=str(table["description"]),
        usage=str(plain.get("description", {}).get("usage", "")),
        grain=tuple(more.get("grain", key)),
        granularity=str(table.get("dataGranularityDescription", "One row per row of the source.")),
        key=key,
        amount=amount,
        columns=columns,
        owner=owner,
        freshness=_freshness(plain, at) or "as the book says",
        rules=row_rules(table, at),
    )


def _freshness(plain: Mapping[str, Any], at: str) -> str:
    for promise in plain.get("slaProperties", ()):
        if not isinstance(promise, dict) or "unit" not in promise:
            _refused(f"slaProperties {promise!r} is no promise", "Give property, value, unit.", at)
        said = promise.get("description", "")
        return f"every {promise['unit']}: {said}" if said else f"every {promise['unit']}"
    return ""


def _key(table: Mapping[str, Any], at: str) -> tuple[str, ...]:
    entries: Sequence[Mapping[str, Any]] = table.get("properties", ())
    keyed = [entry for entry in entries if entry.get("primaryKey")]
    for place, entry in enumerate(keyed, start=1):
        if len(keyed) > 1 and "primaryKeyPosition" not in entry:
            _refused(
                f"{entry['name']!r} is one of {len(keyed)} key columns without a place",
                f"Give each its primaryKeyPosition, such as {place}.",
                at,
            )
    keyed.sort(key=lambda entry: entry.get("primaryKeyPosition", 1))
    return tuple(str(entry["name"]) for entry in keyed)


def _added(entry: Mapping[str, Any], at: str) -> Column:
    name = str(entry["name"])
    if not _NAME.fullmatch(name):
        _refused("is no name for a column", "Use lower-case letters, digits and underscores.", at)
    kind = _kind(entry, at)
    if not entry.get("description"):
        _refused("has no description", "Say in a sentence what the column holds.", at)
    more = custom(entry)
    return _ruled(
        Column(
            name=name,
            kind=kind,
            required=bool(entry.get("required", False)),
            unit=str(more.get("unit", "")),
            description=str(entry["description"]),
            default=str(more.get("defaultValue", "")),
            physical=_PHYSICAL[kind],
            restricted=entry.get("classification") == "restricted",
            examples=tuple(str(example) for example in entry.get("examples", ())),
            unique=bool(entry.get("unique")) and not entry.get("primaryKey"),
        ),
        entry,
        at,
    )


def _kind(entry: Mapping[str, Any], at: str) -> Kind:
    logical = entry.get("logicalType")
    if logical not in _KIND_OF:
        advice = near_miss(str(logical), _KIND_OF, noun="logical type")
        _refused(f"logicalType is {logical!r}", advice, at)
    kind = custom(entry).get("kind", _KIND_OF[str(logical)])
    if kind not in get_args(Kind):
        _refused(f"kind is {kind!r}", near_miss(str(kind), get_args(Kind), noun="kind"), at)
    if LOGICAL[kind] != logical:
        _refused(f"is {logical!r} but of kind {kind!r}", f"A {kind} is a {LOGICAL[kind]!r}.", at)
    return cast("Kind", kind)


def _tightened(held: Column, entry: Mapping[str, Any], at: str) -> Column:
    kind = _kind(entry, at)
    if kind != held.kind and (
        "kind" in custom(entry) or entry["logicalType"] != LOGICAL[held.kind]
    ):
        _loosened(kind, held.kind, at)
    if held.required and entry.get("required") is False:
        _loosened("not required", "required", at)
    if held.restricted and entry.get("classification", "restricted") != "restricted":
        _loosened(f"classification {entry['classification']!r}", "'restricted'", at)
    more = custom(entry)
    for key, mine in (("unit", held.unit), ("defaultValue", held.default)):
        if more.get(key, mine) != mine:
            _loosened(f"{key} {more[key]!r}", f"{key} {mine!r}", at)
    column = dataclasses.replace(
        held,
        required=held.required or bool(entry.get("required", False)),
        unique=held.unique or bool(entry.get("unique", False)),
        description=str(entry.get("description", held.description)),
        restricted=held.restricted or entry.get("classification") == "restricted",
        examples=tuple(str(e) for e in entry.get("examples", ())) or held.examples,
    )
    return _ruled(column, entry, at)


def _ruled(held: Column, entry: Mapping[str, Any], at: str) -> Column:
    """Return a column with the rules of an entry, each no looser than what it holds."""
    options = entry.get("logicalTypeOptions", {})
    values = allowed_values(entry, at) or held.values
    pattern = str(options.get("pattern", held.pattern))
    if held.values and not set(values) <= set(held.values):
        _loosened(f"one of {', '.join(values)}", f"one of {', '.join(held.values)}", at)
    if held.pattern and pattern != held.pattern:
        _loosened(f"the form {pattern}", f"the form {held.pattern}", at)
    if (values or pattern) and held.kind not in {"text", "month"}:
        _refused(f"of kind {held.kind} has no list or form", "Give minimum or maximum.", at)
    try:
        re.compile(pattern)
    except re.error as error:
        _refused(f"{pattern!r} is no regular expression: {error}", "Mend the pattern.", at)
    bounds = {
        "minimum": (held.minimum, options.get("minimum", held.minimum)),
        "maximum": (held.maximum, options.get("maximum", held.maximum)),
        "above": (held.above, options.get("exclusiveMinimum", held.above)),
    }
    for word, (mine, asked) in bounds.items():
        if asked is not None and held.kind not in _NUMBERS:
            _refused(f"of kind {held.kind} has no {word}", "Only numbers have bounds.", at)
        looser = mine is not None and (asked > mine if word == "maximum" else asked < mine)
        if looser:
            _loosened(f"{word} {asked:g}", f"{word} {mine:g}", at)
    return dataclasses.replace(
        held,
        values=values,
        pattern=pattern,
        **{word: asked for word, (_, asked) in bounds.items()},
    )


def _loosened(asked: str, mine: str, at: str) -> NoReturn:
    raise ContractError(
        f"asks for {asked}, where the contract of pfkit says {mine}",
        where=at,
        advice="A book may ask for more than pfkit does, never for less or for something else.",
    )


def _refused(what: str, advice: str, at: str) -> NoReturn:
    raise ContractError(what, where=at, advice=advice)
