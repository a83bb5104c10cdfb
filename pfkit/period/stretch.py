"""A named stretch of a fiscal calendar: its days, its months, and what it is compared with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from pfkit.period.listed import WEEK

if TYPE_CHECKING:
    from pfkit.period.fiscal import FiscalCalendar

Kind = Literal["month", "quarter", "year"]

_MONTHS_IN_YEAR = 12
#: What one year is before or after another in whole weeks: the same days of the week.
_YEAR_OF_WEEKS = timedelta(weeks=52)


@dataclass(frozen=True)
class Period:
    """A named stretch of the fiscal calendar.

    Attributes
    ----------
    label : str
        ``2011-06``, ``2011Q2``, ``FY2011`` or a joined label such as ``2011-01..2011-06``.
    kind : str
        ``month``, ``quarter`` or ``year``; a year to date is of its end's kind.
    first, last : datetime.date
        First and last day, both included.
    months : tuple of str
        The fiscal month labels it holds, in order.
    calendar : FiscalCalendar
        The calendar it was cut from.
    """

    label: str
    kind: Kind
    first: date
    last: date
    months: tuple[str, ...]
    calendar: FiscalCalendar = field(repr=False, compare=False)

    @property
    def fiscal_year(self) -> int:
        """The fiscal year of the last month, named for the year it ends in."""
        return self.calendar.fiscal_year_of(self.months[-1])

    @property
    def year(self) -> Period:
        """The whole fiscal year this period lies in."""
        return self.calendar.fiscal_year_period(self.fiscal_year)

    @property
    def year_to_date(self) -> Period:
        """From the first month of the fiscal year to the end of this period."""
        months = self.calendar.months_of_year(self.fiscal_year)
        return self.calendar.join(months[: months.index(self.months[-1]) + 1], kind=self.kind)

    @property
    def prior_year(self) -> Period:
        """The same months one fiscal year earlier."""
        months = tuple(self.calendar.shift(month, -_MONTHS_IN_YEAR) for month in self.months)
        return self.calendar.join(months, kind=self.kind)

    @property
    def previous(self) -> Period:
        """The period of the same length just before this one."""
        months = tuple(self.calendar.shift(month, -len(self.months)) for month in self.months)
        return self.calendar.join(months, kind=self.kind)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def weeks(self) -> int | None:
        """How many weeks it has; None where months are calendar months."""
        return None if self.calendar.rule == "month" else self.days // WEEK

    @property
    def comparable(self) -> tuple[date, date]:
        """First and last day of the weeks a year ago that it is compared with.

        As many weeks as this one, 52 weeks earlier: after a year of 53 weeks they lie a week later
        than the prior year's months, as a retailer restates them. Under calendar months, the prior
        year's days.

        Examples
        --------
        >>> from pfkit.period import FiscalCalendar
        >>> shop = FiscalCalendar(rule="4-5-4", year_end="Saturday nearest 31 January",
        ...                       named_for="start")
        >>> [day.isoformat() for day in shop.period("2024-01").comparable]
        ['2023-02-05', '2023-03-04']
        """
        if self.calendar.rule == "month":
            return self.prior_year.first, self.prior_year.last
        return self.first - _YEAR_OF_WEEKS, self.last - _YEAR_OF_WEEKS

    @property
    def earlier_months(self) -> tuple[str, ...]:
        """The months a report compares with: of the prior year and of this one, before it."""
        before = {*self.year_to_date.months, *self.year.prior_year.months} - {*self.months}
        return tuple(sorted(before))

    def trailing(self, count: int) -> Period:
        """Return the `count` months that end with this period.

        Examples
        --------
        >>> from pfkit.period import FiscalCalendar
        >>> FiscalCalendar().period("2011-02").trailing(3).months
        ('2010-12', '2011-01', '2011-02')
        """
        end = self.months[-1]
        months = tuple(self.calendar.shift(end, -back) for back in range(count - 1, -1, -1))
        return self.calendar.join(months, kind=self.kind)

    def __str__(self) -> str:
        """Return the label."""
        return self.label
