"""Tables of a book that tell its revenue by month: recognized, deferred and recurring."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING

from pfkit.conform import associating
from pfkit.conform.acquisition import acquisition
from pfkit.conform.billing_ledger import billing_ledger
from pfkit.conform.completeness import revenue_cut_short
from pfkit.conform.driver_tables import DriverTables
from pfkit.conform.recognition import recognition, remaining, revenue
from pfkit.conform.series import net_revenue
from pfkit.conform.subscriptions import recurring

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.conform.evidence import Evidence
    from pfkit.conform.pipeline import Conformed
    from pfkit.period import Period


class RevenueTables(DriverTables):
    """What a book knows of its revenue, read when it is first asked for."""

    period: Period
    evidence: Evidence

    @property
    @abstractmethod
    def conformed(self) -> Conformed:
        """The tables in the engine."""

    @property
    @abstractmethod
    def statement(self) -> pd.DataFrame:
        """Actual and every budget version that counts, by month, product and statement line."""

    @property
    @abstractmethod
    def plan_version(self) -> str | None:
        """The budget version called plan."""

    @property
    @abstractmethod
    def activity(self) -> pd.DataFrame:
        """Usage added up by month, product, feature and metric."""

    @cached_property
    def associations(self) -> dict[str, pd.DataFrame]:
        """What `associations` reads, by its arguments: ``pf.associations(**book.associations)``.

        ``metrics``: usage by month, of each metric and of its features; ``kpis``: net revenue, its
        largest lines, cost of revenue and operating cost. Whole months up to the period.
        """
        cut_short = revenue_cut_short(self.evidence)
        return {
            "metrics": associating.metrics(self.activity, self.period, cut_short=cut_short),
            "kpis": associating.kpis(self.statement, self.period, cut_short=cut_short),
        }

    @cached_property
    def net_revenue(self) -> pd.DataFrame:
        """Net revenue and its plan by month, product and family, in the form of `forecast`.

        ``period, product, family, amount, plan`` in reporting currency; by quarter where it is
        stated for longer than a month. ``amount`` ends with the last whole month reported.
        """
        cut_short = revenue_cut_short(self.evidence)
        return net_revenue(self.statement, self.period, plan=self.plan_version, cut_short=cut_short)

    @cached_property
    def revenue(self) -> pd.DataFrame:
        """Revenue recognized by month, product and customer, over the service that was billed."""
        return revenue(self.conformed)

    @cached_property
    def recurring(self) -> pd.DataFrame:
        """What each customer pays a month, by product and currency, to the period's last month."""
        return recurring(self.conformed, self.period.months[-1])

    @cached_property
    def recognition(self) -> pd.DataFrame:
        """What is billed, recognized, deferred and unbilled by month, product and currency."""
        return recognition(self.conformed)

    @cached_property
    def remaining(self) -> pd.DataFrame:
        """When the balance deferred at the end of the period will be recognized, by product."""
        return remaining(self.conformed, self.period.months[-1])

    @cached_property
    def billing_ledger(self) -> pd.DataFrame:
        """What was billed and recognized, and what the ledger has of it, by month and product."""
        return billing_ledger(self.conformed)

    @cached_property
    def acquisition(self) -> pd.DataFrame:
        """What was spent to win customers, by month, on the accounts or cost centers it names."""
        return acquisition(self.conformed)
