"""One thing in which a month differs from the months before it in a way no business does."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from pfkit.conform.evidence import ControlResult, Evidence, State, judged
from pfkit.money import cents

if TYPE_CHECKING:
    from collections.abc import Iterable

#: The level at which a whole source is judged.
WHOLE = "source"


@dataclass(frozen=True)
class Finding:
    """A difference that a defect explains and a business does not.

    Attributes
    ----------
    control : str
        What was looked at: Scale, Sign, Currency, Missing rows, Missing days.
    level, key : str
        Which part of the source: the column and its value, or the whole source.
    usual, now : float, optional
        The month's amount as it usually is and as it stands; None where no money is at stake.
    stake : float
        The amount that is in doubt, in reporting currency; 0 where it is none.
    """

    control: str
    level: str
    key: str
    detail: str
    advice: str
    usual: float | None = None
    now: float | None = None
    stake: float = 0.0

    @property
    def part(self) -> str:
        """The part of the source, in words."""
        return self.key if self.level == WHOLE else f"{self.level.replace('_', ' ')} {self.key}"


def results(
    findings: Iterable[Finding], source: str, month: str, evidence: Evidence
) -> list[ControlResult]:
    """Return a source's findings of one month as controls: red above materiality."""
    return [
        judged(
            evidence,
            found.control,
            source,
            _state(found, evidence),
            _said(found, month, evidence),
            expected=_cents(found.usual),
            actual=_cents(found.now),
            advice=found.advice,
            key="|".join(part for part in (found.level, found.key, month) if part),
        )
        for found in findings
    ]


def _said(found: Finding, month: str, evidence: Evidence) -> str:
    """Return the finding in words; the month is named where the report has several."""
    parts = [found.part, month if len(evidence.period.months) > 1 else ""]
    head = ", ".join(part for part in parts if part)
    return f"{head}: {found.detail}" if head else found.detail


def _state(found: Finding, evidence: Evidence) -> State:
    return "red" if Decimal(str(abs(found.stake))) > evidence.materiality else "amber"


def _cents(amount: float | None) -> Decimal | None:
    return None if amount is None else cents(Decimal(str(amount)))


def plain(value: float) -> str:
    """Return a figure as short as it can be read: cents below 100, whole units above.

    Examples
    --------
    >>> plain(4.254), plain(-1204.5)
    ('4.25', '−1\u2009204')
    """
    text = f"{abs(value):,.2f}" if abs(value) < 100 else f"{abs(value):,.0f}"  # noqa: PLR2004
    return ("−" if value < 0 else "") + text.replace(",", "\N{THIN SPACE}")


def months_before(count: int) -> str:
    """Return how far back the comparison goes, in words."""
    return "the month before" if count == 1 else f"the {count} months before"
