"""The adapters that come with pfkit, listed and shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pfkit.conform.adapters.form import named, names, shipped, shipped_text


def listed() -> list[dict[str, str]]:
    """Return every adapter with its system, what it reads, the table it feeds and its version.

    Examples
    --------
    >>> {row["name"]: row["table"] for row in listed()}["stripe-balance-transactions"]
    'invoices'
    """
    return [
        {
            "name": name,
            "system": shipped(name).system,
            "table": shipped(name).table,
            "version": shipped(name).version,
            "export": shipped(name).export,
        }
        for name in names()
    ]


def shown(name: str) -> dict[str, Any]:
    """Return everything an adapter says, as values and as YAML text.

    Parameters
    ----------
    name : str
        One of `listed`, or the path of an adapter's file.

    Raises
    ------
    BookError
        If there is no such adapter, or it cannot be used.

    Examples
    --------
    >>> shown("stripe-balance-transactions")["source"]["unit"]
    'minor'
    """
    found = named(name)
    text = shipped_text(name) if name in names() else Path(name).read_text(encoding="utf-8")
    held = found.model_dump(exclude_defaults=True, mode="json")
    return {"name": name, **held, "text": text}


def table() -> str:
    """Return the list as a table in Markdown, for the page on adapters."""
    lines = ["| adapter | reads | feeds | version |", "|---|---|---|---|"]
    lines += [
        f"| `{row['name']}` | {row['system']}: {row['export']} | `{row['table']}` | "
        f"{row['version']} |"
        for row in listed()
    ]
    return "\n".join(lines)
