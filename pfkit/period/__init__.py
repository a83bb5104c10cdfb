"""Months, quarters and years of a fiscal calendar, and the days they span."""

from pfkit.period.fiscal import FiscalCalendar, NamedFor, Rule, read_day, retail_calendar
from pfkit.period.listed import Week, checked_weeks
from pfkit.period.stretch import Kind, Period
from pfkit.period.weeks import fiscal_year_days, retail_53_week_years, retail_year_end

__all__ = [
    "FiscalCalendar",
    "Kind",
    "NamedFor",
    "Period",
    "Rule",
    "Week",
    "checked_weeks",
    "fiscal_year_days",
    "read_day",
    "retail_53_week_years",
    "retail_calendar",
    "retail_year_end",
]
