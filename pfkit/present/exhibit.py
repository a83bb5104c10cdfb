"""The object behind everything on the page: data, message, source and alt text in one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from pfkit.errors import ReportError
from pfkit.present import look, paper, screen
from pfkit.present.body import Body, Grid, Heading, Note, Points, Tiles
from pfkit.present.facts import Fact, rederive

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

__all__ = [
    "MIME_EXHIBIT",
    "MIME_TYPST",
    "Column",
    "Exhibit",
    "Fact",
    "columns",
    "plain",
    "rederive",
]

MIME_TYPST = "text/vnd.typst"
MIME_EXHIBIT = "application/vnd.pfkit.exhibit+json"

Kind = Literal["table", "figure", "tiles", "headline", "section", "comments", "decisions", "note"]
Type = Literal["text", "money", "rate", "number", "count", "date", "month", "boolean"]


@dataclass(frozen=True)
class Column:
    """A column of an exhibit's data: its name, printed label, type and unit."""

    name: str
    label: str
    type: Type = "text"
    unit: str = ""


@dataclass(frozen=True, eq=False)
class Exhibit:
    """A table, figure, tile row or sentence with everything a reader or checker asks of it.

    Attributes
    ----------
    id : str
        The noun of its measure; stable, because comments and traces hang on it.
    kind : str
        What it is: table, figure, tiles, headline, section, comments, decisions, note.
    title : str
        Who and what, unit, when, which scenarios.
    message : str
        A sentence with a verb; its numbers are in `facts`.
    data : pandas.DataFrame
        Full precision; first column ``row_key``, unique.
    body : Body
        What is drawn.
    alt : str
        What a reader who cannot see it is told; made from the numbers.
    speaks_of : tuple of str
        Ids of the exhibits whose rows it comments; the workbook asks about these.
    outlooks : mapping of str to mapping
        What it says the year will bring, by line: ``amount`` and, ``beside`` it, the other amounts
        that it names.
    """

    id: str
    kind: Kind
    title: str
    message: str
    data: pd.DataFrame
    body: Body
    columns: tuple[Column, ...] = ()
    unit: str = ""
    source: str = ""
    as_of: str = ""
    notes: tuple[str, ...] = ()
    alt: str = ""
    facts: tuple[Fact, ...] = ()
    section: str = ""
    bridge: Mapping[str, Any] | None = None
    state: str = ""
    speaks_of: tuple[str, ...] = ()
    outlooks: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        """Check what every reader of an exhibit relies on."""
        if len(self.data.columns) and self.data.columns[0] != "row_key":
            raise ReportError(
                f"the first column of the data is {self.data.columns[0]!r}, not 'row_key'",
                where=f"exhibit {self.id}",
                advice="Put a stable row_key first; comments and traces hang on it.",
            )
        if len(self.data.columns) and self.data["row_key"].duplicated().any():
            twice = self.data.loc[self.data["row_key"].duplicated(), "row_key"].iloc[0]
            raise ReportError(
                f"row_key {twice!r} occurs twice",
                where=f"exhibit {self.id}",
                advice="Give each row its own key, such as 'hosting|atlas'.",
            )

    @property
    def printed(self) -> list[list[str]]:
        """Cell texts as they stand on the page, row by row."""
        body = self.body
        if isinstance(body, Grid):
            return [[cell.text for cell in row.cells] for row in body.rows]
        if isinstance(body, Tiles):
            return [
                [tile.label, tile.value, tile.unit, *(text for text, _, _ in tile.deltas)]
                for tile in body.tiles
            ]
        if isinstance(body, Points):
            return [[f"{point.lead} {point.rest}".strip()] for point in body.points]
        if isinstance(body, Heading):
            return [[body.text, body.below] if body.below else [body.text]]
        return [[body.text]] if isinstance(body, Note) else []

    def payload(self) -> dict[str, Any]:
        """Return the exhibit as plain JSON values: what lint, trace and the workbook read."""
        frame = self.data
        result: dict[str, Any] = {
            "id": self.id,
            "kind": self.kind,
            "section": self.section,
            "title": self.title,
            "message": self.message,
            "unit": self.unit,
            "source": self.source,
            "as_of": self.as_of,
            "notes": list(self.notes),
            "alt": self.alt,
            "columns": [vars(column) for column in self._columns()],
            "rows": [[plain(value) for value in row] for row in frame.itertuples(index=False)],
            "printed": self.printed,
            "facts": [vars(fact) for fact in self.facts],
        }
        if isinstance(self.body, Grid):
            result["printed_columns"] = [
                {
                    "label": head.label,
                    "column": head.column,
                    "scale": head.scale,
                    "decimals": head.decimals,
                }
                for head in self.body.heads
            ]
            result["printed_keys"] = [row.key for row in self.body.rows]
        if self.bridge is not None:
            result["bridge"] = dict(self.bridge)
        if self.state:
            result["state"] = self.state
        if self.speaks_of:
            result["speaks_of"] = list(self.speaks_of)
        if self.outlooks:
            result["outlooks"] = dict(self.outlooks)
        return result

    def text(self) -> str:
        """Return the exhibit as plain text, for a terminal."""
        lines = [self.message, self.title, *("  ".join(row) for row in self.printed), *self.notes]
        if self.source:
            lines.append(f"Source: {self.source}")
        return "\n".join(dict.fromkeys(line for line in lines if line))

    def _columns(self) -> tuple[Column, ...]:
        known = {column.name: column for column in self.columns}
        return tuple(
            known.get(str(name), Column(str(name), str(name).replace("_", " ")))
            for name in self.data.columns
        )

    def _repr_mimebundle_(
        self,
        include: object = None,  # noqa: ARG002 - the display protocol passes it
        exclude: object = None,  # noqa: ARG002 - the display protocol passes it
    ) -> dict[str, Any]:
        return {
            "text/plain": self.text(),
            "text/html": screen.render(self),
            MIME_TYPST: paper.render(self),
            MIME_EXHIBIT: self.payload(),
        }


def plain(value: object) -> object:
    """Return a value as JSON holds it: NA as None, dates as ISO text, numbers as numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> plain(pd.NA), plain(pd.Timestamp("2026-06-30")), plain(1.5)
    (None, '2026-06-30', 1.5)
    """
    if look.missing(value):
        return None
    if isinstance(value, (datetime, date)):
        return look.iso(value)
    if isinstance(value, (bool, str, int)):
        return value
    if isinstance(value, Decimal):
        return float(value)
    item = getattr(value, "item", None)
    held = item() if callable(item) else value
    if isinstance(held, float):
        return held if math.isfinite(held) else None
    if isinstance(held, (list, tuple)):
        return [plain(part) for part in held]
    return held if isinstance(held, (bool, int, str)) else str(held)


def columns(frame: pd.DataFrame, given: Sequence[Column]) -> tuple[Column, ...]:
    """Return the descriptions of the columns a frame holds, in its order."""
    known = {column.name: column for column in given}
    return tuple(known[name] for name in map(str, frame.columns) if name in known)
