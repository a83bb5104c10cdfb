"""What a book knows of its cost beside the ledger: what drives it, and how it is handed out."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pfkit.conform.agreed import AgreedTables
from pfkit.conform.drivers import drivers
from pfkit.conform.series import spending

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.conform.pipeline import Conformed
    from pfkit.period import Period


class CostTables(AgreedTables):
    """The agreed tables, the drivers of cost, and what the book declares about handing it out."""

    period: Period

    @property
    @abstractmethod
    def conformed(self) -> Conformed:
        """The tables in the engine."""

    @property
    @abstractmethod
    def plan_version(self) -> str | None:
        """The budget version called plan."""

    @cached_property
    def spending(self) -> pd.DataFrame:
        """What was spent and planned by month, cost center and account, in the form of `forecast`.

        ``period, cost_center, account, amount, plan`` in reporting currency, positive is cost; by
        quarter where it is stated for longer than a month, such as to date.
        """
        return spending(
            self.actuals, self.budget, self.accounts, self.period, plan=self.plan_version
        )

    @cached_property
    def capacity(self) -> pd.DataFrame:
        """Table ``capacity``: hours that can be worked."""
        return self.table("capacity")

    @cached_property
    def drivers(self) -> pd.DataFrame:
        """What cost follows, by month, product and customer: hours, usage, revenue, units."""
        return drivers(self.conformed)

    @cached_property
    def customer_names(self) -> dict[str, str]:
        """The name of every customer that has one beside its code; of people none, see `company`.

        A report calls people by their codes. Where ``company.customers`` is ``"companies"``, it
        names them.
        """
        rows = self.table("customers")
        told = self.conformed.declaration.company.customers == "companies"
        if not told or not {"customer", "name"} <= set(rows.columns):
            return {}
        known = rows[rows["name"].notna()]
        return dict(zip(known["customer"].astype(str), known["name"].astype(str), strict=True))

    @cached_property
    def cost_center_names(self) -> dict[str, str]:
        """The name of every cost center."""
        rows = self.cost_centers
        return dict(zip(rows["cost_center"].astype(str), rows["name"].astype(str), strict=True))

    @property
    def allocation(self) -> dict[str, Any]:
        """How shared cost is handed out: ``pools``, ``method`` and ``order`` of `shared_cost`."""
        told = self.conformed.declaration.allocation
        return {
            "pools": {pool.pool: pool.plain() for pool in told.pools},
            "method": told.method,
            "order": told.order,
        }

    @property
    def capitalization(self) -> dict[str, Any]:
        """The policy on development cost, as `development_cost` takes it."""
        return self.conformed.declaration.policies.capitalization.model_dump()

    @property
    def serving(self) -> list[tuple[str, dict[str, float]]]:
        """By what cost of products goes to customers: the first driver that a product has."""
        told = self.conformed.declaration.allocation
        return [(item.driver, dict(item.metrics)) for item in told.customers]
