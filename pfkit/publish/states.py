"""A state of a book as parts that can be compared: statement, amounts to date and stated years."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Part:
    """A table to compare: values as text, by ``row_key``, and the type of every column."""

    rows: pd.DataFrame = field(default_factory=pd.DataFrame)
    types: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class State:
    """What is compared: its name, its currency, its parts and what it was made from."""

    name: str
    currency: str
    parts: Mapping[str, Part]
    inputs: Mapping[tuple[str, str], str]


_LINE = ("period", "line", "product")
_STATED = ("period", "span", "account", "cost_center", "product")


def of_book(book: Any) -> State:  # noqa: ANN401 - a Book; this room may not import it
    """Return a book's state: its statement by month, and what is stated for longer spans.

    Parameters
    ----------
    book : Book
        From `pfkit.open_book`.
    """
    found = {"actuals": _part(_longer(book.actuals), _STATED)}
    for name, table, by in (
        ("statement", book.statement, _LINE),
        ("budget", _longer(book.budget), _STATED),
    ):
        for version in sorted(set(table["version"])):
            found[f"{name} {version}"] = _part(table[table["version"] == version], by)
    inputs = {
        ("input", str(file)): str(digest)
        for file, digest in zip(book.provenance["file"], book.provenance["sha256"], strict=True)
    }
    inputs["as of", ""] = book.as_of.isoformat()
    name = f"{book.company} as of {book.as_of.isoformat()} ({book.path})"
    return State(name, book.currency, {k: p for k, p in found.items() if len(p.rows)}, inputs)


def _longer(table: pd.DataFrame) -> pd.DataFrame:
    """Return rows stated for more than a month; those of a month stand in the statement."""
    return table[table["span"] != "month"] if "span" in table else table


def _part(table: pd.DataFrame, by: Sequence[str]) -> Part:
    types = dict.fromkeys(by, "text") | {"amount": "money"}
    if table.empty:
        return Part(pd.DataFrame(columns=[*by, "amount"]), types)
    keys = {name: table[name].fillna("(none)").astype("str") for name in by}
    cents = (table["amount"].astype("float64") * 100).round().astype("int64")
    rows = pd.DataFrame(keys).assign(amount=cents).groupby([*by], sort=True)["amount"].sum()
    frame = rows.reset_index()
    frame["amount"] = [f"{value / 100:.2f}" for value in frame["amount"]]
    frame.index = pd.Index(frame[[*by]].agg("|".join, axis=1), name="row_key")
    return Part(frame, types)
