"""The form of a contract file: the keys the Open Data Contract Standard 3.1 knows, and ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from pfkit.errors import ContractError, near_miss

if TYPE_CHECKING:
    from collections.abc import Mapping

_Keys: TypeAlias = "dict[str, type | tuple[type, ...] | None]"

#: Keys by place, as the standard has them, with the type of the value where pfkit reads it.
DOCUMENT: _Keys = {
    "apiVersion": str,
    "kind": str,
    "id": str,
    "version": str,
    "name": str,
    "status": str,
    "domain": None,
    "tenant": None,
    "tags": None,
    "servers": None,
    "dataProduct": None,
    "description": dict,
    "schema": list,
    "support": None,
    "price": None,
    "team": dict,
    "roles": None,
    "slaDefaultElement": None,
    "slaProperties": list,
    "authoritativeDefinitions": None,
    "customProperties": list,
    "contractCreatedTs": None,
}
_ELEMENT: _Keys = {
    "id": None,
    "name": str,
    "businessName": str,
    "description": str,
    "physicalName": None,
    "physicalType": str,
    "authoritativeDefinitions": None,
    "tags": None,
    "customProperties": list,
    "logicalType": str,
    "quality": list,
}
SCHEMA: _Keys = _ELEMENT | {"dataGranularityDescription": str, "properties": list}
PROPERTY: _Keys = _ELEMENT | {
    "primaryKey": bool,
    "primaryKeyPosition": int,
    "logicalTypeOptions": dict,
    "required": bool,
    "unique": bool,
    "partitioned": None,
    "partitionKeyPosition": None,
    "classification": str,
    "encryptedName": None,
    "transformSourceObjects": None,
    "transformLogic": None,
    "transformDescription": None,
    "examples": list,
    "criticalDataElement": None,
}
OPTIONS: _Keys = {
    "pattern": str,
    "minimum": (int, float),
    "maximum": (int, float),
    "exclusiveMinimum": (int, float),
}
QUALITY: _Keys = {
    "id": None,
    "name": str,
    "description": str,
    "type": str,
    "dimension": None,
    "businessImpact": None,
    "method": None,
    "unit": None,
    "tags": None,
    "authoritativeDefinitions": None,
    "customProperties": list,
    "metric": str,
    "arguments": dict,
    "query": str,
    "mustBe": None,
}

_WORDS = {str: "text", bool: "true or false", int: "a whole number", list: "a list"}
_WORDS |= {dict: "a table of keys"}


def require_form(plain: Mapping[str, Any], where: str) -> None:
    """Refuse a contract file that has not the standard's form, naming the key and the nearest.

    Parameters
    ----------
    plain : Mapping
        The file as read.
    where : str
        The file's name, for the message.

    Raises
    ------
    ContractError
        If a key is unknown, absent, or its value is of another type.

    Notes
    -----
    Keys of the standard that ask for a check pfkit does not make are refused too: a rule that
    nobody checks is worse than none.
    """
    _keys(plain, DOCUMENT, where)
    for key in ("apiVersion", "kind", "id", "version", "status", "schema"):
        _present(plain, key, where)
    for key, wanted in (("apiVersion", ("v3.1.0",)), ("kind", ("DataContract",))):
        if plain[key] not in wanted:
            raise ContractError(
                f"{key} is {plain[key]!r}", where=where, advice=f"pfkit reads {wanted[0]!r}."
            )
    if len(plain["schema"]) != 1 or not isinstance(plain["schema"][0], dict):
        raise ContractError(
            f"schema lists {len(plain['schema'])} tables",
            where=where,
            advice="Give every table a contract file of its own.",
        )
    table = plain["schema"][0]
    _keys(table, SCHEMA, f"{where} schema")
    _present(table, "name", f"{where} schema")
    _quality(table, f"{where} {table['name']}")
    for entry in table.get("properties", ()):
        if not isinstance(entry, dict) or "name" not in entry:
            raise ContractError(
                f"{entry!r} is no column",
                where=f"{where} {table['name']}",
                advice="Every entry of `properties` has a `name`.",
            )
        at = f"{where} {table['name']}.{entry['name']}"
        _keys(entry, PROPERTY, at)
        _present(entry, "logicalType", at)
        _keys(entry.get("logicalTypeOptions", {}), OPTIONS, f"{at} logicalTypeOptions")
        _quality(entry, at)


def _quality(entry: Mapping[str, Any], where: str) -> None:
    for rule in entry.get("quality", ()):
        if not isinstance(rule, dict):
            raise ContractError(
                f"{rule!r} is no rule", where=where, advice="A rule is a table of keys."
            )
        _keys(rule, QUALITY, f"{where} quality")


def _present(plain: Mapping[str, Any], key: str, where: str) -> None:
    if key not in plain:
        raise ContractError(
            f"the key {key!r} is absent", where=where, advice=f"Add `{key}: ...` there."
        )


def _keys(plain: Mapping[Any, Any], known: _Keys, where: str) -> None:
    for key, value in plain.items():
        if key not in known:
            raise ContractError(
                f"pfkit does not know the key {key!r}",
                where=where,
                advice=near_miss(str(key), known, noun="key"),
            )
        kind = known[key]
        wrong = kind is not None and not isinstance(value, kind)
        if wrong or (kind in {int, (int, float)} and isinstance(value, bool)):
            word = _WORDS.get(kind, "a number") if isinstance(kind, type) else "a number"
            raise ContractError(
                f"{key} is {value!r}, not {word}",
                where=where,
                advice=f"Write {key} as {word}.",
            )
