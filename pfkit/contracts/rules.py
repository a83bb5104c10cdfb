"""The ``quality`` entries of a contract that pfkit can check row by row."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from pfkit.errors import ContractError, near_miss

if TYPE_CHECKING:
    from collections.abc import Mapping

_QUERY = re.compile(
    r"\s*SELECT\s+COUNT\(\s*\*\s*\)\s+FROM\s+\$?\{(?:object|table|model)\}\s+WHERE\s+"
    r"(?P<broken>.+?)\s*;?\s*",
    re.IGNORECASE | re.DOTALL,
)
_PROPERTY = re.compile(r"\$?\{(?:property|column)\}")
_FORM = (
    "Write `query: SELECT count(*) FROM {object} WHERE <what breaks it>` over the row's own "
    "columns, with `mustBe: 0`."
)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule over whole rows, ours or one that a book adds to a table.

    Parameters
    ----------
    name : str
        The reason its rows are held back under.
    because : str
        The rule in a sentence.
    broken : str
        SQL over the row's agreed columns, true where the row breaks the rule.
    where : str
        The file and place that states it.
    """

    name: str
    because: str
    broken: str
    where: str


def allowed_values(entry: Mapping[str, Any], at: str) -> tuple[str, ...]:
    """Return the closed list of values an entry allows, or nothing.

    Raises
    ------
    ContractError
        If a metric is none that pfkit checks row by row.
    """
    found: list[str] = []
    for rule in entry.get("quality", ()):
        metric = rule.get("metric")
        if metric is None:
            continue
        if metric in {"nullValues", "missingValues"}:
            _refused(f"metric {metric!r} is not compiled", "Say `required: true`.", at)
        if metric == "duplicateValues":
            _refused(f"metric {metric!r} is not compiled", "Say `unique: true`.", at)
        values = rule.get("arguments", {}).get("validValues")
        if metric != "invalidValues" or not isinstance(values, list) or not values:
            advice = "Rows are checked by `metric: invalidValues` with `arguments: {validValues: "
            _refused(f"metric {metric!r} checks no row", f"{advice}[...]}}`.", at)
        if rule.get("mustBe", 0) != 0:
            _refused(f"mustBe is {rule['mustBe']!r}", "No invalid value is let through: 0.", at)
        found += [str(value) for value in values]
    return tuple(found)


def row_rules(table: Mapping[str, Any], at: str) -> tuple[Rule, ...]:
    """Return the SQL rules of a table and of its columns.

    Parameters
    ----------
    table : Mapping
        The schema entry of a contract file.
    at : str
        The file and table, for the message.

    Raises
    ------
    ContractError
        If a rule has no name, no description, or is no count of broken rows.

    Notes
    -----
    The standard's ``sql`` rule counts rows; pfkit takes the condition and asks it of every row, so
    that each broken row is held back under the rule's name. Other tools can run the same file.
    """
    places: list[tuple[str, Mapping[str, Any]]] = [("", rule) for rule in table.get("quality", ())]
    for entry in table.get("properties", ()):
        places += [(str(entry["name"]), rule) for rule in entry.get("quality", ())]
    found: list[Rule] = []
    for column, plain in places:
        where = f"{at}.{column}" if column else at
        kind = plain.get("type", "library")
        if kind == "sql":
            found.append(_rule(column, plain, f"{where} quality"))
        elif kind not in {"text", "library"}:
            known = ("text", "library", "sql")
            _refused(f"a rule of type {kind!r}", near_miss(str(kind), known, noun="type"), where)
        elif kind == "library" and not column:
            _refused("a metric over the whole table checks no row", _FORM, where)
    names = [rule.name for rule in found]
    for name in names:
        if names.count(name) > 1:
            _refused(f"two rules are named {name!r}", "A rule's name is its reason.", at)
    return tuple(found)


def _rule(column: str, plain: Mapping[str, Any], where: str) -> Rule:
    name, because = str(plain.get("name", "")).strip(), str(plain.get("description", "")).strip()
    if not name or not because:
        lacks = "name" if not name else "description"
        advice = "The name is the reason rows are held back under, the description says why."
        _refused(f"a sql rule has no {lacks}", advice, where)
    match = _QUERY.fullmatch(str(plain.get("query", "")))
    if match is None or plain.get("mustBe") != 0:
        _refused(f"rule {name!r} is no count of broken rows", _FORM, where)
    broken = match["broken"]
    if column:
        quoted = '"' + column + '"'
        broken = _PROPERTY.sub(lambda _: quoted, broken)
    return Rule(name=name, because=because, broken=broken, where=f"{where} ({name})")


def _refused(what: str, advice: str, where: str) -> NoReturn:
    raise ContractError(what, where=where, advice=advice)
