"""What ``book.checks`` shows: every control with its state, and the balance behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = ["control", "source", "period", "expected", "actual", "difference", "state", "detail"]


@dataclass(frozen=True)
class Checks:
    """Controls and balance of a book.

    Attributes
    ----------
    controls : pandas.DataFrame
        One row per control: what was expected, what was found, its state and what to do.
    balance : pandas.DataFrame
        Rows and amount in, accepted, quarantined and excluded, by source and period.
    """

    controls: pd.DataFrame
    balance: pd.DataFrame

    @property
    def state(self) -> str:
        """The worst state of all controls: red before amber before green."""
        states = set(self.controls["state"])
        return next((state for state in ("red", "amber", "green") if state in states), "green")

    def frame(self) -> pd.DataFrame:
        """Return the controls as a table."""
        return self.controls[_SHOWN]

    def __repr__(self) -> str:
        """Return the controls as plain text under their worst state."""
        return f"checks: {self.state}\n{self.frame().to_string(index=False)}"

    def _repr_html_(self) -> str:
        """Return the controls as a table for a notebook."""
        return f"<p>checks: {self.state}</p>{self.frame().to_html(index=False)}"
