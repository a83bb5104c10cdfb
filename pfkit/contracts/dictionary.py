"""Print the data dictionary from the contracts, as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.contracts.table import contract, tables

if TYPE_CHECKING:
    from pfkit.contracts.table import Column, Contract

_HEAD = """\
# Data dictionary

What every table of a book promises. Generated from the contract files in `pfkit/contracts/tables`,
which are in Open Data Contract Standard 3.1 form; change those, not this page.
"""

_RULES = {
    "money": "exact decimal",
    "month": "`YYYY-MM`",
    "date": "`YYYY-MM-DD`",
}


def dictionary() -> str:
    """Return the data dictionary: one section per table, one line per column.

    Returns
    -------
    str
        Markdown. Each table names its grain, key, owner and freshness; each column its kind,
        unit, whether it is required, its allowed values and an example.

    Examples
    --------
    >>> dictionary().splitlines()[0]
    '# Data dictionary'
    """
    parts = [_HEAD]
    parts.extend(_section(contract(name)) for name in tables())
    return "\n".join(parts)


def _section(promise: Contract) -> str:
    facts = [f"- Grain: {promise.granularity}"]
    if promise.key:
        facts.append(f"- Key, never twice: {_code(promise.key)}")
    if promise.amount:
        facts.append(f"- Balanced on: `{promise.amount}`")
    facts.append(f"- Owner: {promise.owner}; renewed {promise.freshness}")
    lines = [
        f"## {promise.table}",
        "",
        f"{promise.description} {promise.usage}",
        "",
        *facts,
        "",
        "| column | kind | required | unit | meaning | rules | example |",
        "|---|---|---|---|---|---|---|",
        *(_line(column) for column in promise.columns),
        "",
    ]
    return "\n".join(lines)


def _line(column: Column) -> str:
    example = f"`{column.examples[0]}`" if column.examples else ""
    cells = [
        f"`{column.name}`",
        column.kind,
        "yes" if column.required else "no",
        column.unit,
        column.description,
        "; ".join(_rules(column)),
        example,
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _rules(column: Column) -> list[str]:
    rules = [_RULES[column.kind]] if column.kind in _RULES else []
    if column.values:
        rules.append(f"one of {_code(column.values)}")
    if column.name == "currency":
        rules.append("three capital letters")
    if column.minimum is not None:
        rules.append(f"at least {column.minimum:g}")
    if column.above is not None:
        rules.append(f"more than {column.above:g}")
    if column.maximum is not None:
        rules.append(f"at most {column.maximum:g}")
    if column.default:
        rules.append(f"`{column.default}` where a source does not say")
    if column.restricted:
        rules.append("row-level values stay out of reports")
    return rules


def _code(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)
