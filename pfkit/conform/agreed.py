"""The agreed tables of a book by name, each read once, when it is first asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


class AgreedTables(ABC):
    """What every book has: a table by its name, empty with its columns where no source feeds it."""

    @abstractmethod
    def table(self, name: str) -> pd.DataFrame:
        """Return an agreed table."""

    @cached_property
    def actuals(self) -> pd.DataFrame:
        """Table ``actuals``."""
        return self.table("actuals")

    @cached_property
    def budget(self) -> pd.DataFrame:
        """Table ``budget``, every version."""
        return self.table("budget")

    @cached_property
    def forecast(self) -> pd.DataFrame:
        """Table ``forecast``: what people expected, every statement with the day it was made."""
        return self.table("forecast")

    @cached_property
    def invoices(self) -> pd.DataFrame:
        """Table ``invoices``, line by line; reports read `revenue` and `statement`."""
        return self.table("invoices")

    @cached_property
    def usage(self) -> pd.DataFrame:
        """Table ``usage``."""
        return self.table("usage")

    @cached_property
    def effort(self) -> pd.DataFrame:
        """Table ``effort``: hours worked, and hours planned."""
        return self.table("effort")

    @cached_property
    def subscriptions(self) -> pd.DataFrame:
        """Table ``subscriptions``, row by row; measures read `recurring`."""
        return self.table("subscriptions")

    @cached_property
    def commitments(self) -> pd.DataFrame:
        """Table ``commitments``: orders that will be paid from the budget."""
        return self.table("commitments")

    @cached_property
    def entities(self) -> pd.DataFrame:
        """Table ``entities``: whose periods stand in which quarter of a group, at which rates."""
        return self.table("entities")

    @cached_property
    def intercompany(self) -> pd.DataFrame:
        """Table ``intercompany``: what entities of a group sold each other, and what is left."""
        return self.table("intercompany")

    @cached_property
    def vendor_prices(self) -> pd.DataFrame:
        """Dimension ``vendor_prices``: what contracts say a unit may cost."""
        return self.table("vendor_prices")

    @cached_property
    def initiatives(self) -> pd.DataFrame:
        """Table ``initiatives``."""
        return self.table("initiatives")

    @cached_property
    def cashflows(self) -> pd.DataFrame:
        """Table ``cashflows``."""
        return self.table("cashflows")

    @cached_property
    def milestones(self) -> pd.DataFrame:
        """Table ``milestones``: each as known on every day something new was known of it."""
        return self.table("milestones")

    @cached_property
    def benefits(self) -> pd.DataFrame:
        """Table ``benefits``, the benefit register, as known on every day."""
        return self.table("benefits")

    @cached_property
    def products(self) -> pd.DataFrame:
        """Dimension ``products``."""
        return self.table("products")

    @cached_property
    def accounts(self) -> pd.DataFrame:
        """Dimension ``accounts``."""
        return self.table("accounts")

    @cached_property
    def cost_centers(self) -> pd.DataFrame:
        """Dimension ``cost_centers``."""
        return self.table("cost_centers")

    @cached_property
    def rates(self) -> pd.DataFrame:
        """Table ``rates``."""
        return self.table("rates")

    @cached_property
    def decisions(self) -> pd.DataFrame:
        """Table ``decisions``."""
        return self.table("decisions")

    @cached_property
    def overrides(self) -> pd.DataFrame:
        """Table ``overrides``: what people set in place of a forecast, as known on every day."""
        return self.table("overrides")

    @cached_property
    def comments(self) -> pd.DataFrame:
        """Table ``comments``."""
        return self.table("comments")
