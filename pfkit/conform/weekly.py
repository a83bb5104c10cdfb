"""Actuals by week of a calendar of weeks, from the day each row has."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from pfkit.conform.agreed import AgreedTables
from pfkit.conform.engine import literal
from pfkit.conform.views import family_sql, frame, line_sql, whole_cents

if TYPE_CHECKING:
    from pfkit.conform.pipeline import Conformed
    from pfkit.period import FiscalCalendar

COLUMNS = ("first_day", "product", "family", "account", "line", "group", "amount")


class WeekTables(AgreedTables):
    """What a book knows week by week."""

    @property
    @abstractmethod
    def conformed(self) -> Conformed:
        """The tables in the engine."""

    @cached_property
    def weekly(self) -> pd.DataFrame:
        """Actuals by week, product and line, where the company counts by weeks and rows have days.

        ``first_day`` of the week, ``product, family, account, line, group``; ``amount`` is the
        effect on profit in reporting currency. Empty where there are no weeks to tell;
        ``attrs["reason"]`` says why.
        """
        return weekly(self.conformed)


def weekly(conformed: Conformed) -> pd.DataFrame:
    """Return actuals by week of the company's calendar, product and statement line.

    Parameters
    ----------
    conformed : Conformed
        The loaded book.

    Returns
    -------
    pandas.DataFrame
        ``first_day, product, family, account, line, group, amount``; empty, with the reason in
        ``attrs``, under calendar months and where a row has no day.
    """
    calendar = conformed.declaration.company.fiscal_calendar()
    ledger = conformed.has("actuals") and conformed.has("accounts")
    reason = ""
    if calendar.rule == "month":
        reason = "the company counts by calendar months"
    elif ledger:
        reason = _without_day(conformed)
    elif not conformed.has("invoices"):
        reason = "there are no rows of a ledger or of invoices"
    if reason:
        nothing = pd.DataFrame({column: pd.Series(dtype="object") for column in COLUMNS})
        nothing.attrs["reason"] = reason
        return nothing
    sql = _ledger_sql(conformed, calendar) if ledger else _invoice_sql(conformed, calendar)
    rows = frame(conformed, f"{sql} ORDER BY first_day, line, product, account")
    rows["amount"] = whole_cents(rows, ["first_day", "line"])
    return rows[list(COLUMNS)]


def _without_day(conformed: Conformed) -> str:
    """Say how much of the ledger has no day, or is stated for longer than a month."""
    ((wide, bare),) = conformed.engine.rows(
        "SELECT count(*) FILTER (WHERE span <> 'month'), count(*) FILTER (WHERE span = 'month' "
        "AND posting_date IS NULL) FROM final_actuals"
    )
    if wide:
        return "amounts are stated for longer than a week"
    if bare:
        return "rows of the ledger have no posting date"
    return ""


def _week_sql(day: str, calendar: FiscalCalendar) -> str:
    """Return SQL for the first day of the week a day lies in: all weeks are seven days long."""
    anchor = calendar.weeks[0].first if calendar.weeks else calendar.first_day("2000-01")
    gone = f"date_diff('day', DATE {literal(anchor)}, CAST({day} AS DATE))"
    return f"CAST({day} AS DATE) - CAST((({gone} % 7) + 7) % 7 AS INTEGER)"


def _ledger_sql(conformed: Conformed, calendar: FiscalCalendar) -> str:
    join, family = family_sql(conformed, "t.product")
    return (
        f"SELECT {_week_sql('t.posting_date', calendar)} AS first_day, t.product, "
        f'{family} AS family, t.account, a.line, a."group", '
        "sum(CASE WHEN a.favorable_when = 'higher' THEN t.amount ELSE -t.amount END) AS amount "
        f"FROM final_actuals t JOIN final_accounts a ON a.account = t.account {join} GROUP BY ALL"
    )


def _invoice_sql(conformed: Conformed, calendar: FiscalCalendar) -> str:
    join, family = family_sql(conformed, "t.product")
    line, group = line_sql(conformed)
    return (
        f"SELECT {_week_sql('t.invoice_date', calendar)} AS first_day, t.product, "
        f'{family} AS family, t.kind AS account, {line} AS line, {group} AS "group", '
        f"sum(t.amount) AS amount FROM final_invoices t {join} GROUP BY ALL"
    )
