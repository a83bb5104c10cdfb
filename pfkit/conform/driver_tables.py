"""What drives a book's revenue, in the form that scorecard, credit and roadmap read."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from pfkit.conform import tracking
from pfkit.conform.feature_tables import FeatureTables

if TYPE_CHECKING:
    import pandas as pd


class DriverTables(FeatureTables):
    """Tables of what drives revenue, read when they are first asked for."""

    @cached_property
    def reviews(self) -> pd.DataFrame:
        """The last review of each closed initiative, with the quarter it was made in."""
        return tracking.reviews(self.table("reviews"), self.period)

    @cached_property
    def review_costs(self) -> pd.DataFrame:
        """What each feature cost to the month that the review of its initiative counts through."""
        return tracking.review_costs(
            self.reviews, self.features, self.table("cashflows"), self.table("effort"), self.period
        )

    @property
    def simple_rules(self) -> dict[str, pd.DataFrame]:
        """What `simple_rules` reads: ``pf.simple_rules(**book.simple_rules)``.

        Without billing where nothing is reviewed: nothing is compared with them then.
        """
        given = {name: self.attribution[name] for name in ("billing", "usage", "releases")}
        if self.reviews.empty:
            given["billing"] = given["billing"].head(0)
        return given
