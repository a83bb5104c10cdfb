"""The object behind everything on the page: data, message, source and alt text in one."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from pfkit.errors import ReportError, near_miss
from pfkit.present import look, paper, screen
from pfkit.present.body import Body, Grid, Heading, Note, Points, Tiles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

MIME_TYPST = "text/vnd.typst"
MIME_EXHIBIT = "application/vnd.pfkit.exhibit+json"

_NO_ROWS = ("total", "subtotal", "other", "start", "end")

Kind = Literal["table", "figure", "tiles", "headline", "section", "comments", "decisions", "note"]
Type = Literal["text", "money", "rate", "number", "count", "date", "month", "boolean"]
How = Literal["cell", "magnitude", "count"]


@dataclass(frozen=True)
class Column:
    """A column of an exhibit's data: its name, printed label, type and unit."""

    name: str
    label: str
    type: Type = "text"
    unit: str = ""


@dataclass(frozen=True)
class Fact:
    """A number in a sentence, and the cell it comes from.

    Attributes
    ----------
    text : str
        As written in the sentence.
    value : float
        As it stands in the data.
    exhibit, row_key, column : str
        The cell; for a count, `row_key` is ``*`` and `equals` what was counted in `column`.
    scale, decimals : float, int
        ``value / scale`` rounded to `decimals` gives the text.
    how : str
        ``cell`` (sign kept), ``magnitude`` (sign told in words) or ``count`` of rows.
    """

    text: str
    value: float
    exhibit: str
    row_key: str
    column: str
    scale: float = 1
    decimals: int = 0
    how: How = "cell"
    equals: str | bool | None = None


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
    key: str = field(default="", repr=False)

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


class Facts:
    """Writes numbers into sentences and remembers the cell each one comes from.

    Parameters
    ----------
    exhibit : str
        Id of the exhibit the sentence belongs to.
    data : pandas.DataFrame
        The exhibit's data, with ``row_key``.
    scale : Scale
        The unit of its amounts.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"row_key": ["net"], "plan_variance": [400_000.0]})
    >>> say = Facts("pnl", rows, look.Scale(1_000_000, 2, "mEUR"))
    >>> say.delta("net", "plan_variance"), say.found[0].value
    ('+0.40', 400000.0)
    """

    def __init__(self, exhibit: str, data: pd.DataFrame, scale: look.Scale) -> None:
        self.exhibit = exhibit
        self.scale = scale
        self._data = data.set_index("row_key", drop=False)
        self.found: list[Fact] = []

    @property
    def first(self) -> str:
        """Key of the first row."""
        return str(self._data.index[0])

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Every number written so far."""
        return tuple(self.found)

    def value(self, row_key: str, column: str) -> object:
        """Return a cell, which must exist."""
        if row_key not in self._data.index:
            raise ReportError(
                f"there is no row {row_key!r}",
                where=f"exhibit {self.exhibit}",
                advice=near_miss(row_key, map(str, self._data.index), noun="row"),
            )
        if column not in self._data.columns:
            raise ReportError(
                f"there is no column {column!r}",
                where=f"exhibit {self.exhibit}",
                advice=near_miss(column, map(str, self._data.columns), noun="column"),
            )
        return self._data.loc[row_key, column]

    def has(self, row_key: str, column: str) -> bool:
        """Return whether the cell exists and holds a value."""
        if row_key not in self._data.index or column not in self._data.columns:
            return False
        return not look.missing(self._data.loc[row_key, column])

    def number(
        self,
        row_key: str,
        column: str,
        *,
        scale: float = 1,
        decimals: int = 0,
        signed: bool = False,
        magnitude: bool = False,
    ) -> str:
        """Write the number of a cell; `magnitude` leaves the sign to the words around it."""
        raw = self.value(row_key, column)
        if look.missing(raw):
            return look.MISSING
        value = float(raw)  # type: ignore[arg-type]
        told = abs(value) if magnitude else value
        text = look.number(told, scale=scale, decimals=decimals, signed=signed)
        how: How = "magnitude" if magnitude else "cell"
        self.found.append(
            Fact(text, value, self.exhibit, row_key, column, scale, decimals, how),
        )
        return text

    def amount(self, row_key: str, column: str, *, magnitude: bool = False) -> str:
        """Write an amount in the exhibit's unit."""
        scale = self.scale
        return self.number(
            row_key, column, scale=scale.divisor, decimals=scale.decimals, magnitude=magnitude
        )

    def delta(self, row_key: str, column: str) -> str:
        """Write a variance in the exhibit's unit, signed."""
        scale = self.scale
        return self.number(
            row_key, column, scale=scale.divisor, decimals=scale.decimals, signed=True
        )

    def rate(
        self, row_key: str, column: str, *, signed: bool = False, magnitude: bool = False
    ) -> str:
        """Write a fraction as percent, with the percent sign."""
        text = self.number(
            row_key, column, scale=0.01, decimals=1, signed=signed, magnitude=magnitude
        )
        return f"{text}{look.THIN}%" if text != look.MISSING else text

    def count(self, column: str, equals: str | bool | None = None) -> str:  # noqa: FBT001
        """Write how many rows there are, or how many of them hold `equals` in `column`."""
        total = counted(self._data, column, equals)
        text = look.number(total)
        self.found.append(
            Fact(text, total, self.exhibit, "*", column, 1, 0, "count", equals),
        )
        return text


def rederive(fact: Fact, data: pd.DataFrame) -> str:
    """Work a fact out again from the data it names, as it should read.

    Parameters
    ----------
    fact : Fact
        A number in a sentence.
    data : pandas.DataFrame
        The data of the exhibit it names.

    Returns
    -------
    str
        Equal to ``fact.text`` when the sentence tells the truth.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"row_key": ["net"], "change": [-1234.5]})
    >>> rederive(Fact("1.2", -1234.5, "x", "net", "change", 1000, 1, "magnitude"), rows)
    '1.2'
    """
    if fact.how == "count":
        return look.number(counted(data, fact.column, fact.equals))
    value = float(data.loc[data["row_key"] == fact.row_key, fact.column].iloc[0])
    told = abs(value) if fact.how == "magnitude" else value
    signed = fact.text.startswith("+")
    return look.number(told, scale=fact.scale, decimals=fact.decimals, signed=signed)


def counted(data: pd.DataFrame, column: str, equals: str | bool | None = None) -> int:  # noqa: FBT001
    """Count rows, or those that hold `equals` in `column`; totals and others are no rows."""
    rows = data
    if "role" in data.columns:
        rows = data[~data["role"].isin(_NO_ROWS)]
    if equals is None:
        return len(rows)
    return int((rows[column] == equals).fillna(value=False).sum())


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
