"""Columns that an export has under other names: the note at its file, and what a reader is told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Columns a reader is shown; the note holds all.
_SHOWN = 2
_NAME = r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_PAIR = re.compile(rf"({_NAME}) as {_NAME}")
_NOTE = re.compile(rf"(adapter \S+: )column ({_NAME} as {_NAME}(?:, {_NAME} as {_NAME})*)")


def renamed_note(adapter: str, renamed: Mapping[str, str]) -> str:
    """Return the note of columns read under another name; empty where none is.

    Names that differ by case, spaces and marks alone are the same name, and no repair.

    Parameters
    ----------
    adapter : str
        The adapter's name.
    renamed : mapping of str to str
        By the name the adapter reads a column by: what the export calls it.

    Examples
    --------
    >>> renamed_note("till", {"id": "Beleg", "unit_price": "Unit Price"})
    "adapter till: column 'Beleg' as 'id'"
    """
    told = [
        f"{there!r} as {name!r}"
        for name, there in renamed.items()
        if _folded(name) != _folded(there)
    ]
    return f"adapter {adapter}: column {', '.join(told)}" if told else ""


def shortened(message: str) -> str:
    """Return a message in which a long list of renamed columns is counted, and two are named.

    Examples
    --------
    >>> shortened("adapter till: column 'Beleg' as 'id', 'Tag' as 'day', 'Summe' as 'amount'")
    'adapter till: 3 columns under other names that it knows (Beleg, Tag, ...; --json lists all)'
    >>> shortened("adapter till: column 'Beleg' as 'id'; decimal comma")
    "adapter till: column 'Beleg' as 'id'; decimal comma"
    """

    def counted(note: re.Match[str]) -> str:
        names = [name[1:-1] for name in _PAIR.findall(note[2])]
        if len(names) <= _SHOWN:
            return note[0]
        few = ", ".join(names[:_SHOWN])
        return (
            f"{note[1]}{len(names)} columns under other names that it knows "
            f"({few}, ...; --json lists all)"
        )

    return _NOTE.sub(counted, message)


def _folded(name: str) -> str:
    return re.sub(r"[\W_]", "", name.casefold()) or name
