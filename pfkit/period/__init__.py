"""Months, quarters and years of a fiscal calendar, and the days they span."""

from pfkit.period.fiscal import FiscalCalendar, Kind, Period, Rule, read_day
from pfkit.period.weeks import fiscal_year_days, retail_53_week_years, retail_year_end

__all__ = [
    "FiscalCalendar",
    "Kind",
    "Period",
    "Rule",
    "fiscal_year_days",
    "read_day",
    "retail_53_week_years",
    "retail_year_end",
]
