"""What a book says of its profit at the analyst's edge: by margin level, and by currency."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING

from pfkit.conform.currencies import currency_amounts
from pfkit.conform.forecast_tables import ForecastTables
from pfkit.conform.margins import ledger_totals, margins

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.conform.declaration import Policies
    from pfkit.conform.pipeline import Conformed
    from pfkit.period import Period


class ProfitTables(ForecastTables):
    """Tables that a statement by contribution margins is made from, and what was said of them."""

    period: Period

    @property
    @abstractmethod
    def conformed(self) -> Conformed:
        """The tables in the engine."""

    @property
    @abstractmethod
    def policies(self) -> Policies:
        """What the company has decided."""

    @property
    def outlook_version(self) -> str | None:
        """The version that is the latest word on the year: the last of `policies.versions`."""
        return self.policies.versions[-1] if self.policies.versions else None

    @cached_property
    def margins(self) -> pd.DataFrame:
        """Actual and every version that counts, of every span, by product, account and margin."""
        return margins(self.conformed)

    @cached_property
    def ledger_totals(self) -> pd.DataFrame:
        """What the ledger says in all, by period, span and product, to hold a statement against."""
        return ledger_totals(self.conformed)

    @cached_property
    def currency_amounts(self) -> pd.DataFrame:
        """What the period and its prior year brought, by currency, with reference rates."""
        return currency_amounts(self.conformed, self.period)

    @cached_property
    def currency_year(self) -> pd.DataFrame:
        """`currency_amounts` of the last twelve months and of the twelve before."""
        year = len(self.period.calendar.months_of_year(self.period.fiscal_year))
        return currency_amounts(self.conformed, self.period.trailing(year))
