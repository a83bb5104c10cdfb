"""Tables of a book that tell its revenue by month: recognized, deferred and recurring."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING

from pfkit.conform import views
from pfkit.conform.agreed import AgreedTables
from pfkit.conform.subscriptions import recurring

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.conform.pipeline import Conformed
    from pfkit.period import Period


class RevenueTables(AgreedTables):
    """What a book knows of its revenue, read when it is first asked for."""

    period: Period

    @property
    @abstractmethod
    def conformed(self) -> Conformed:
        """The tables in the engine."""

    @cached_property
    def revenue(self) -> pd.DataFrame:
        """Recognized revenue by month, product and customer, from invoice lines."""
        return views.revenue(self.conformed)

    @cached_property
    def recurring(self) -> pd.DataFrame:
        """What each customer pays a month, by product and currency, to the period's last month."""
        return recurring(self.conformed, self.period.months[-1])
