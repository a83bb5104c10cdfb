"""What a report's workbook asks beside its rows, and what stands there already."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pfkit.contracts.form import (
    DAY_LABEL,
    FIELDS,
    FORM,
    KEY_LABELS,
    KEYS,
    LONGEST,
    REGISTER,
    TO_COMMENT,
    Field,
    cell_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "DAY_LABEL",
    "FIELDS",
    "FORM",
    "KEYS",
    "KEY_LABELS",
    "LONGEST",
    "REGISTER",
    "TO_COMMENT",
    "Ask",
    "Field",
    "Form",
    "form",
]

_TOLD = (
    *("subject", "variance", "variance_rate", "sentence"),
    *("said_for", "said_on", "since"),
)
_STANDS = {
    "comment": "text",
    "author": "author",
    "approved_by": "approved_by",
    "decision_text": "decision_text",
    "owner": "decision_owner",
    "due_on": "due_on",
}


@dataclass(frozen=True)
class Ask:
    """One row that is asked about.

    Attributes
    ----------
    exhibit, row_key, decision : str
        The row, and the decision that its columns of a decision are about.
    told : mapping of str to object
        ``subject``, ``variance``, ``variance_rate``, ``sentence``, ``said_for``, ``said_on``,
        ``since``.
    stands : mapping of str to str
        What stands, by name of the field.
    more : bool
        A further decision on a row, or one that hangs on none: only the decision is asked about.
    material : bool
        Whether somebody has to say something.
    """

    exhibit: str
    row_key: str
    decision: str
    told: Mapping[str, Any]
    stands: Mapping[str, str]
    more: bool = False
    material: bool = False


@dataclass(frozen=True)
class Form:
    """Every row that is asked about, in order, and every row that may be commented.

    Attributes
    ----------
    asks : tuple of Ask
        What the sheet `TO_COMMENT` lists.
    rows : mapping of str to tuple of str
        By exhibit: the keys of its rows.
    """

    asks: tuple[Ask, ...]
    rows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def beside(self, exhibit: str) -> dict[str, Ask]:
        """Return what is asked beside the rows of an exhibit, by row key."""
        return {ask.row_key: ask for ask in self.asks if ask.exhibit == exhibit and not ask.more}


def form(exhibits: Iterable[Mapping[str, Any]]) -> Form | None:
    """Return the form of a report, None where nothing in it is commented.

    Parameters
    ----------
    exhibits : iterable of mapping
        The payloads of the report's exhibits; one of them speaks of others.
    """
    shown = list(exhibits)
    told = [one for one in shown if one.get("speaks_of")]
    if not told:
        return None
    records = [record for one in told for record in _records(one)]
    spoken = list(dict.fromkeys(name for one in told for name in one["speaks_of"]))
    keys: dict[str, dict[str, None]] = {name: {} for name in spoken}
    for one in shown:
        if one["id"] in keys:
            keys[str(one["id"])] |= {str(row[0]): None for row in one["rows"]}
    for record in records:
        if record["exhibit"] in keys and record["row"]:
            keys[record["exhibit"]][record["row"]] = None
    return Form(_asks(records), {name: tuple(found) for name, found in keys.items() if found})


def _records(exhibit: Mapping[str, Any]) -> list[dict[str, Any]]:
    names = [str(column["name"]) for column in exhibit["columns"]]
    return [dict(zip(names, row, strict=True)) for row in exhibit["rows"]]


def _asks(records: list[dict[str, Any]]) -> tuple[Ask, ...]:
    found = []
    for record in records:
        stands = {name: cell_text(str(record[column] or "")) for name, column in _STANDS.items()}
        stands["comment_status"] = "open" if stands["comment"] else ""
        stands["decision_status"] = "open" if stands["decision_text"] else ""
        decides = record["kind"] == "decision"
        told = {name: record.get(name) for name in _TOLD}
        found.append(
            Ask(
                exhibit=str(record["exhibit"] or ""),
                row_key=str(record["row"] or ""),
                decision=str(record["decision"] or ""),
                told=told | ({"sentence": ""} if decides else {}),
                stands=stands,
                more=decides,
                material=record["role"] == "item",
            )
        )
    return tuple(found)
