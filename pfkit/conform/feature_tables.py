"""What a book knows of features: their releases, use and cost, in the form attribution reads."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pfkit.conform import attributing
from pfkit.conform.agreed import AgreedTables

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.conform.declaration import Policies
    from pfkit.conform.pipeline import Conformed
    from pfkit.period import Period

#: Months of billing from which anything can be told from before and after.
FEWEST_MONTHS = 12


class FeatureTables(AgreedTables):
    """Tables of features, read when they are first asked for."""

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
    @abstractmethod
    def statement(self) -> pd.DataFrame:
        """Actual and every budget version that counts, by month, product and statement line."""

    @cached_property
    def features(self) -> pd.DataFrame:
        """Dimension ``features``."""
        return self.table("features")

    @cached_property
    def feature_names(self) -> dict[str, str]:
        """The name of every feature that has one beside its code."""
        named = self.features[self.features["name"].notna() & (self.features["name"] != "")]
        return dict(zip(named["feature"].astype(str), named["name"].astype(str), strict=True))

    @cached_property
    def releases(self) -> pd.DataFrame:
        """Table ``releases``: what came when, what is planned, and what is expected of it."""
        return self.table("releases")

    @cached_property
    def rollout(self) -> pd.DataFrame:
        """Table ``rollout``: who could use a feature from when, and who decided it."""
        return self.table("rollout")

    @cached_property
    def attribution(self) -> dict[str, Any]:
        """What `attribution` reads, by its arguments: ``pf.attribution(**book.attribution)``.

        ``billing`` is empty, and says why in ``attrs["reason"]``, where nothing can be told.
        """
        calendar, last = self.period.calendar, self.period.months[-1]
        came = attributing.releases(self.releases, calendar)
        came = came[(came["status"] == "released") & (came["period"] <= last)]
        billing = attributing.billing(self.conformed, self.period)
        used = attributing.used(self.conformed, self.period)
        months = set(billing["period"].unique().tolist())
        lacking = _lacking(len(months), len(came), len(used))
        if lacking:
            billing = billing.head(0)
        billing.attrs["reason"] = lacking
        return {
            "billing": billing,
            "usage": used,
            "releases": came.reset_index(drop=True),
            "rollout": attributing.rollout(self.rollout, calendar),
            "customers": self.table("customers"),
            "ledger": None if lacking else attributing.ledger(self.statement, months),
        }

    @cached_property
    def feature_costs(self) -> pd.DataFrame:
        """What each feature cost to the end of the period, its own and its share of the rest."""
        return attributing.costs(
            self.features, self.table("cashflows"), self.table("effort"), self.period
        )

    @cached_property
    def gross_margin(self) -> float | None:
        """What is left of net revenue after cost of revenue, a fraction: of policy, else of a year.

        None where neither says it.
        """
        if self.policies.gross_margin is not None:
            return self.policies.gross_margin
        return attributing.gross_margin(self.statement, self.period)


def _lacking(months: int, released: int, used: int) -> str:
    """Return what is missing for any answer, and how to supply it; empty where nothing is."""
    if not released:
        return "no release is known: give table releases, when each feature came to customers"
    if not used:
        return "no use by customer is known: give table usage with customer and feature"
    if months < FEWEST_MONTHS:
        return (
            f"billing covers {months} months: give {FEWEST_MONTHS} or more, so that there is a "
            "before and an after"
        )
    return ""
