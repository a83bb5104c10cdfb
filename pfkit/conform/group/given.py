"""What entities give to the quarters of a group: lines by month or not, plan and prior year."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from pfkit.conform.group.declared import Compared
from pfkit.conform.group.rows import ACCOUNTS, Lines, Part, summed
from pfkit.errors import BookError, PeriodError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    import pandas as pd

    from pfkit.conform.group.declared import Grouping, Member
    from pfkit.period import Period

_MONTHS = 3
_NAME_ANOTHER = 'Name a period it has, or for bills alone: cloud = "cost_of_revenue".'


class Opened(Protocol):
    """What a group needs of an entity's book."""

    @property
    def company(self) -> str:
        """Its name."""

    @property
    def entity(self) -> str:
        """Its short name."""

    @property
    def currency(self) -> str:
        """Its reporting currency."""

    @property
    def period(self) -> Period:
        """The period opened."""

    @property
    def as_of(self) -> date:
        """The day its last row was known."""

    @property
    def statement(self) -> pd.DataFrame:
        """Its profit and loss."""

    @property
    def cloud(self) -> pd.DataFrame:
        """Its cloud bill."""

    @property
    def plan_version(self) -> str | None:
        """The budget version called plan."""

    @property
    def provenance(self) -> pd.DataFrame:
        """The files it was read from."""


@dataclass(frozen=True)
class Given:
    """The members of a group with their open books, and how a statement is read."""

    members: tuple[tuple[Member, Opened], ...]
    pnl: Callable[..., pd.DataFrame]

    def declared(self) -> list[Part]:
        """Return what every member gives to every quarter it declares.

        Raises
        ------
        BookError
            If a member has nothing to give.
        """
        found = []
        for member, book in self.members:
            for quarter, own in sorted(member.quarters.items()):
                part = self.part(member, book, quarter, book.period.calendar.period(own))
                if isinstance(part, str):
                    raise BookError(part, where="book.toml group.members", advice=_NAME_ANOTHER)
                found.append(part)
        return found

    def part(self, member: Member, book: Opened, quarter: str, period: Period) -> Part | str:
        """Return what a member's period gives to a quarter, or why it gives nothing."""
        amounts, why = self._lines(member, book, period)
        if not amounts:
            return f"{book.entity} has no profit and loss of {period.label}{why and f' ({why})'}"
        calendar, single = period.calendar, len(period.months) != _MONTHS
        each = [] if single else [calendar.period(month) for month in period.months]
        months = tuple(self._lines(member, book, month)[0] for month in each)
        plan = self._plan(book, period)
        return Part(
            entity=member.entity or book.entity,
            name=book.company,
            quarter=quarter,
            currency=book.currency,
            own_period=period.label,
            calendar=calendar.told,
            first=period.first,
            last=period.last,
            known_on=book.as_of,
            amounts=amounts,
            because=member.because,
            months=months if _adds_up(months, amounts) else (),
            plan=plan,
            plan_months=tuple(self._plan(book, month) for month in each) if plan else (),
        )

    def _lines(self, member: Member, book: Opened, period: Period) -> tuple[Lines, str]:
        """Return the lines of a period by group of the statement, or why there are none."""
        found: Lines = ()
        why = ""
        if not book.statement.empty:
            held = set(book.statement["period"])
            gone = [month for month in period.months if month not in held]
            why = f"no rows of {', '.join(gone)}" if gone else ""
            found = _read(self.pnl(book.statement, period=period), "actual")
        if member.cloud is not None:
            bill = book.cloud
            mine = bill[bill["period"].isin(period.months)]["amount"]
            if len(mine):
                cost = sum((Decimal(str(amount)) for amount in mine), Decimal(0))
                found = (*found, (member.cloud, -cost))
        return found, why

    def _plan(self, book: Opened, period: Period) -> Lines:
        """Return the lines of a period's plan; none where it has no plan of the whole of it."""
        plan = book.plan_version
        if plan is None or book.statement.empty or plan not in set(book.statement["version"]):
            return ()
        return _read(self.pnl(book.statement, period=period, plan=plan), "plan")


def _read(table: pd.DataFrame, column: str) -> Lines:
    lines = table[(table["basis"] == "period") & table["role"].isin(["line", "memo"])]
    lines = lines[lines[column].notna() & lines["group"].isin(list(ACCOUNTS))]
    return tuple(
        (str(group), Decimal(str(amount)))
        for group, amount in zip(lines["group"], lines[column], strict=True)
    )


def _adds_up(months: Sequence[Lines], whole: Lines) -> bool:
    """Return whether months are all there, and are together what the whole is."""
    if not months or not all(months):
        return False
    together = summed(tuple(line for lines in months for line in lines))
    wanted = summed(whole)
    return all(
        together.get(name, Decimal(0)) == wanted.get(name, Decimal(0))
        for name in {*together, *wanted}
    )


def by_months(parts: Sequence[Part], group: Grouping) -> tuple[list[Part], dict[str, str]]:
    """Return the parts, with months only in quarters that all have by month, and why others not."""
    whole: dict[str, str] = {}
    for part in parts:
        if not part.months or (part.plan and not all(part.plan_months)):
            told = f"{part.entity} has {part.own_period} as a whole, which stands in {part.quarter}"
            whole.setdefault(part.quarter, f"{told}, and no months of it")
    for deal in group.intercompany:
        told = f"what {deal.seller} sold {deal.buyer} is stated for {deal.quarter} as a whole"
        whole.setdefault(deal.quarter, told)
    return [
        replace(part, months=(), plan_months=()) if part.quarter in whole else part
        for part in parts
    ], whole


def compared(
    given: Given, parts: Sequence[Part], group: Grouping, period: Period, reporting: str
) -> tuple[list[Part], Grouping, list[Compared]]:
    """Add the year before and keep the plan where every member has them; say where one has not.

    Returns
    -------
    list of Part
        With the quarters a year before that all members of a quarter have, and with plans only
        in quarters that are planned by all. A year before the period's that some declared is
        taken out: it would be set beside the whole group.
    Grouping
        Without the dealings of quarters taken out.
    list of Compared
        What was found, by quarter.
    """
    kept, told = _planned(parts, group, reporting, period)
    gone = set()
    for quarter in sorted({part.quarter for part in parts}):
        before = f"{int(quarter[:4]) - 1}{quarter[4:]}"
        made, reason = _year_before(given, parts, group, (quarter, before), reporting)
        months = period.calendar.period(quarter).months
        told.append(Compared("prior_year", quarter, months, reason))
        if not reason:
            kept += made
        elif int(before[:4]) < period.fiscal_year:
            gone.add(before)
    left = tuple(deal for deal in group.intercompany if deal.quarter not in gone)
    return (
        [part for part in kept if part.quarter not in gone],
        group.model_copy(update={"intercompany": left}),
        told,
    )


def _planned(
    parts: Sequence[Part], group: Grouping, reporting: str, period: Period
) -> tuple[list[Part], list[Compared]]:
    kept, told = [], []
    for quarter in sorted({part.quarter for part in parts}):
        mine = [part for part in parts if part.quarter == quarter]
        bare = [part for part in mine if not part.plan]
        months = period.calendar.period(quarter).months
        if bare and len(bare) < len(mine):
            lacks = ", ".join(f"{part.entity} has no plan of {part.own_period}" for part in bare)
            told.append(Compared("plan", quarter, months, lacks))
        elif not bare:
            told.append(Compared("plan", quarter, months, note=_rates_told(mine, group, reporting)))
        kept += [replace(part, plan=(), plan_months=()) if bare else part for part in mine]
    return kept, told


def _rates_told(parts: Sequence[Part], group: Grouping, reporting: str) -> str:
    """Say at which rates plans were translated, and what they hold."""
    told = []
    for part in parts:
        if part.currency == reporting:
            continue
        planned = group.budget_rate(part.currency, part.quarter)
        used = group.rate(
            part.currency, part.quarter, reporting=reporting, entity=part.entity, plan=True
        )
        kind = "the budget rate" if planned is not None else "the rate of actuals, as no other is"
        told.append(f"the plan of {part.entity} is at {used:f}, {kind} declared")
    if any(deal.quarter == parts[0].quarter for deal in group.intercompany):
        told.append("the plan holds what entities plan to sell each other")
    return "; ".join(told)


def _year_before(
    given: Given,
    parts: Sequence[Part],
    group: Grouping,
    quarters: tuple[str, str],
    reporting: str,
) -> tuple[list[Part], str]:
    """Return the parts of the quarter before that are not declared, or who lacks one and why."""
    quarter, before = quarters
    held = {(part.entity, part.quarter) for part in parts}
    made, lacks = [], []
    for member, book in given.members:
        entity = member.entity or book.entity
        if (entity, quarter) not in held or (entity, before) in held:
            continue
        own = book.period.calendar.period(member.quarters[quarter])
        try:
            part = given.part(member, book, before, own.prior_year)
            if not isinstance(part, str):
                group.rate(part.currency, before, reporting=reporting, entity=entity)
        except (BookError, PeriodError) as error:
            part = str(error).partition("\n")[0].partition(": ")[2]
        if isinstance(part, str):
            lacks.append(part)
        else:
            made.append(replace(part, plan=(), plan_months=()))
    dealt = {deal.quarter for deal in group.intercompany}
    if quarter in dealt and before not in dealt:
        lacks.append(f"what entities sold each other in {before} is not stated")
    return made, "; ".join(lacks)
