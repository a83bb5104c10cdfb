"""What the check of one file found: each with its place, and no list without end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pfkit.sources.raw import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: Findings of one rule that are listed one by one; the rest is counted.
LISTED: Final = 100
_VALUE: Final = 120
_MESSAGE: Final = 1200


@dataclass(frozen=True)
class Place:
    """Where a row stands: its line or row number, and in a workbook its sheet."""

    line: int | None = None
    sheet: str = ""

    def __str__(self) -> str:
        """Return the place as a message names it."""
        return f"{'row' if self.sheet else 'line'} {self.line}"


@dataclass(frozen=True)
class Finding:
    """One thing found in a file.

    Parameters
    ----------
    rule : str
        What it is about, in two or three words.
    severity : str
        ``repair``, ``warn``, ``quarantine`` or ``reject``.
    message : str
        What was found.
    advice : str
        What to do.
    column : str
        The column, as pfkit names it.
    value : str
        The value as it stands in the file.
    place : Place
        Its row.
    cell : str
        In a workbook, its cell.
    """

    rule: str
    severity: str
    message: str
    advice: str = ""
    column: str = ""
    value: str = ""
    place: Place = Place()
    cell: str = ""

    def plain(self, mask: Callable[[str], str]) -> dict[str, Any]:
        """Return the finding as JSON, texts masked and cut to what can be read."""
        told: dict[str, Any] = {
            "rule": self.rule,
            "severity": self.severity,
            "line": self.place.line,
        }
        if self.cell:
            told["cell"] = self.cell
        return told | {
            "column": self.column,
            "value": shorten(mask(self.value), _VALUE),
            "message": shorten(mask(self.message), _MESSAGE),
            "advice": shorten(mask(self.advice), _MESSAGE // 2),
        }


@dataclass
class Findings:
    """The findings of one file, in the order they came."""

    found: list[Finding] = field(default_factory=list)
    counts: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, finding: Finding) -> None:
        """Keep a finding, or count it where its rule has been listed often enough."""
        key = (finding.rule, finding.severity)
        self.counts[key] = self.counts.get(key, 0) + 1
        if self.counts[key] <= LISTED:
            self.found.append(finding)

    def extend(self, findings: Sequence[Finding]) -> None:
        """Keep several findings."""
        for finding in findings:
            self.add(finding)

    def listed(self) -> list[Finding]:
        """Return what is listed, with one line for what is only counted."""
        more = [
            Finding(
                rule=rule,
                severity=severity,
                message=f"{count - LISTED:,} more rows of this rule; {LISTED} of {count:,} are "
                "listed",
            )
            for (rule, severity), count in self.counts.items()
            if count > LISTED
        ]
        return [*self.found, *more]
