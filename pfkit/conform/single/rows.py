"""The rows of one file on their way: what each says, where it stands, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pfkit.conform.single.findings import Finding, Findings, Place
from pfkit.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from pfkit.conform.single.opened import Opened
    from pfkit.conform.single.span import Span

Texts = list[str | None]


class DoubtError(ContractError):
    """A column can be read in several ways, and the file does not tell which."""

    def __init__(self, finding: Finding, where: str) -> None:
        self.finding = finding
        super().__init__(finding.message, where=where, advice=finding.advice)


@dataclass
class Rows:
    """The rows of a file, wide ones already turned into long ones.

    Parameters
    ----------
    opened : Opened
        The file.
    span : Span or None
        The months asked for.
    texts : dict of str to list
        For each agreed column, its values in plain form, empty ones None.
    stated : dict of str to list
        The same as they stand in the file.
    places : list of Place
        Where each row stands.
    origin : list of str
        For rows made from a wide file, the file's own column; else empty.
    amounts : list of Decimal or None
        What each row adds to the balance.
    cells : list of str
        The cell of each row's amount, where it is known.
    held : dict of int to Finding
        Rows held back, and why.
    excluded : list of tuple
        Currency and amount of what is left out of the rows: totals of a sheet.
    """

    opened: Opened
    span: Span | None
    texts: dict[str, Texts] = field(default_factory=dict)
    stated: dict[str, Texts] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)
    origin: list[str] = field(default_factory=list)
    amounts: list[Decimal | None] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    held: dict[int, Finding] = field(default_factory=dict)
    excluded: list[tuple[str, Decimal]] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.places)

    @property
    def kind(self) -> str:
        """The form of the file."""
        return self.opened.form.kind.name

    def alive(self) -> list[int]:
        """Return the rows that nothing holds back so far."""
        return [row for row in range(self.count) if row not in self.held]

    def text(self, column: str, row: int) -> str:
        """Return a value in plain form, empty where there is none."""
        values = self.texts.get(column)
        return "" if values is None else values[row] or ""

    def hold(  # noqa: PLR0917 (one argument per part of a finding)
        self, row: int, rule: str, column: str, value: str, message: str, advice: str
    ) -> None:
        """Hold a row back; the first reason stands."""
        if row not in self.held:
            self.held[row] = self.at(row, rule, "quarantine", column, value, message, advice)

    def warn(  # noqa: PLR0917 (as above)
        self, row: int, rule: str, column: str, value: str, message: str, advice: str
    ) -> None:
        """Warn of a row that is kept."""
        self.findings.add(self.at(row, rule, "warn", column, value, message, advice))

    def at(  # noqa: PLR0917 (as above)
        self,
        row: int,
        rule: str,
        severity: str,
        column: str,
        value: str,
        message: str,
        advice: str,
    ) -> Finding:
        """Return a finding about a row."""
        place = self.places[row]
        own = (self.origin[row] if self.origin else "") or self.opened.form.names.get(column, "")
        return Finding(
            rule,
            severity,
            message,
            advice,
            column,
            value,
            place,
            self.cells[row] if self.cells else self.opened.cell(place, own),
        )

    def shown(self, rows: Iterable[int], most: int = 5) -> str:
        """Return the lines of some rows, for a message."""
        lines = list(dict.fromkeys(str(self.places[row].line) for row in rows))
        more = f" and {len(lines) - most} more" if len(lines) > most else ""
        word = "rows" if self.places and self.places[0].sheet else "lines"
        return f"{word if len(lines) > 1 else word[:-1]} {', '.join(lines[:most])}{more}"
