"""What controls are judged from, and the one form their results take."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from pfkit.conform.engine import literal
from pfkit.contracts.personal import DOUBTS, mask

if TYPE_CHECKING:
    from pfkit.conform.declaration import Control
    from pfkit.conform.pipeline import Conformed
    from pfkit.conform.tie import Balance, Tie
    from pfkit.period import Period
    from pfkit.sources import FileFact

State = Literal["green", "amber", "red"]


@dataclass(frozen=True)
class ControlResult:
    """One control of one source in the report's period."""

    row_key: str
    control: str
    source: str
    period: str
    expected: Decimal | None
    actual: Decimal | None
    difference: Decimal | None
    state: State
    detail: str
    advice: str = ""


@dataclass(frozen=True)
class Evidence:
    """What the controls are judged from."""

    conformed: Conformed
    period: Period
    balances: tuple[Balance, ...]
    ties: tuple[Tie, ...]
    absent: tuple[Control, ...]
    control_files: tuple[FileFact, ...] = ()

    @property
    def materiality(self) -> Decimal:
        """The amount above which a control is red."""
        return Decimal(str(self.conformed.declaration.policies.materiality_amount))

    def months_of(self, table: str) -> tuple[str, ...]:
        """Return the months of a table a report looks at: of plans the whole year, else its own."""
        return report_months(table, self.period)

    def months_sql(self, table: str) -> str:
        """Return those months, and the mark of rows that belong to none, as a SQL list."""
        return ", ".join(literal(month) for month in (*self.months_of(table), ""))


_YEARLY = frozenset({"budget", "commitments", "forecast"})


def report_months(table: str, period: Period) -> tuple[str, ...]:
    """Return the months of a table that a report of a period looks at.

    Budgets and forecasts may be stated for a whole year, and commitments are paid from it, so all
    are checked for the fiscal year.
    """
    return period.year.months if table in _YEARLY else period.months


def judged(
    evidence: Evidence,
    control: str,
    source: str,
    state: State,
    detail: str,
    *,
    expected: Decimal | None = None,
    actual: Decimal | None = None,
    advice: str = "",
    key: str = "",
) -> ControlResult:
    """Return one control's result, keyed by control, source and what tells it apart."""
    difference = None if expected is None or actual is None else actual - expected
    slug = control.lower().replace(" ", "-")
    return ControlResult(
        "|".join(part for part in (slug, source, mask(key, doubts=DOUBTS)) if part),
        control,
        source,
        evidence.period.label,
        expected,
        actual,
        difference,
        state,
        mask(detail, doubts=DOUBTS),
        mask(advice, doubts=DOUBTS),
    )


def grouped(count: int) -> str:
    """Return a count as reports print it, thousands apart by a thin space."""
    return f"{count:,}".replace(",", "\N{THIN SPACE}")


def counted(count: int) -> str:
    """Return a count of rows in words."""
    return "1 row" if count == 1 else f"{grouped(count)} rows"
