"""What drives a book's revenue, in the form that scorecard, credit and roadmap read."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pfkit.conform import attributing, crediting, roadmap, tracking
from pfkit.conform.feature_tables import FeatureTables

if TYPE_CHECKING:
    import pandas as pd


class DriverTables(FeatureTables):
    """Tables of what drives revenue, read when they are first asked for."""

    @property
    @abstractmethod
    def revenue(self) -> pd.DataFrame:
        """Revenue recognized by month, product and customer."""

    @property
    @abstractmethod
    def recurring(self) -> pd.DataFrame:
        """What each customer pays a month, by product and currency."""

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

    @cached_property
    def roadmap(self) -> dict[str, pd.DataFrame]:
        """What `roadmap` reads of plans and promises: ``pf.roadmap(**book.roadmap, ...)``.

        ``planned``: releases to come, and benefits in revenue that none of them is; ``launched``:
        releases and measured benefits before, with what was promised of them.
        """
        calendar = self.period.calendar
        came = roadmap.releases(self.releases, self.features, calendar)
        stated = roadmap.promised(self.table("benefits"), self.table("milestones"), calendar)
        return {
            "planned": roadmap.planned(came, stated, self.period),
            "launched": roadmap.launched(came, stated, self.period),
        }

    @cached_property
    def journeys(self) -> dict[str, Any]:
        """What `journeys` reads: ``pf.journeys(**book.journeys)``.

        ``touches``: which customer used, or took up, which feature when; ``gains``: what customers
        added to what they pay a month, or, where nothing recurs, their first revenue and that of
        further products, since use is known; ``window`` in days. ``gains.attrs`` has ``what`` they
        are, or the ``reason`` why there are none.
        """
        calendar, last = self.period.calendar, self.period.months[-1]
        used = crediting.touches(
            self.conformed, self.period, attributing.releases(self.releases, calendar)
        )
        what = "recurring revenue a month that customers added"
        won = crediting.recurring_gains(self.recurring, calendar)
        if self.recurring.empty:
            what = "the first month's revenue of customers, and of a further product of theirs"
            won = crediting.billed_gains(self.revenue[self.revenue["period"] <= last], calendar)
        since = won[won["day"] > used["day"].min()] if len(used) and len(won) else won.head(0)
        won = since.reset_index(drop=True)
        daily = crediting.by_day(self.conformed)
        before = "used" if daily else "taken up"
        window = crediting.WINDOWS[0 if daily else 1]
        won.attrs["what"] = f"{what}, among features {before} in the {window} days before"
        if used.empty or won.empty:
            used, won = used.head(0), won.head(0)
            won.attrs["reason"] = _untold(self.conformed.has("usage"))
        return {"touches": used, "gains": won, "window": window}


def _untold(used: bool) -> str:  # noqa: FBT001 - whether the book has use
    """Return why no gain can be led back to a feature."""
    if not used:
        return "no use by customer is known: give table usage with customer and feature"
    return "no customer took up a feature and paid more later: give usage and subscriptions"
