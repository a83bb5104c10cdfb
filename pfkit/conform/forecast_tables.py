"""What a book knew of its revenue, and said of it, on every day: what forecasts are judged by."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from pfkit.conform.engine import literal
from pfkit.conform.forecasts import kept_decisions, kept_forecasts
from pfkit.conform.months import months_before
from pfkit.conform.versions import left_out, outside_sql
from pfkit.conform.views import REVENUE, family_sql, frame, line_sql
from pfkit.conform.vintages import stated_sql

if TYPE_CHECKING:
    from datetime import date

    from pfkit.conform.pipeline import Conformed
    from pfkit.period import Period

_COLUMNS = ("kind", "version", "period", "product", "family", "amount", "known_on", "replaced_on")
_REVENUE_SQL = ", ".join(map(literal, REVENUE))
#: The method in use where nothing else was adopted.
_FIRST_CHAMPION = "full"


class ForecastTables(ABC):
    """Net revenue as it was known on every day, and the forecasts that were kept of it."""

    period: Period

    @property
    @abstractmethod
    def conformed(self) -> Conformed:
        """The tables in the engine."""

    @cached_property
    def revenue_known(self) -> pd.DataFrame:
        """Net revenue booked, planned and expected by people, as known on every day.

        ``kind`` (``actual``, ``budget``, ``forecast``), ``version``, ``period``, ``product``,
        ``family``, ``amount`` in reporting currency, ``known_on`` and ``replaced_on``, the day a
        later row took its place; of whole months, and of versions that count.
        """
        return revenue_known(self.conformed)

    @cached_property
    def forecast_origins(self) -> dict[str, date]:
        """By month: the day a report of it would have been made, as long after it as this one.

        The months up to the period that net revenue was booked in, each with the day that lies as
        many months before `as_of` as the month lies before the period.
        """
        rows = self.revenue_known
        last = self.period.months[-1]
        months = rows.loc[(rows["kind"] == "actual") & (rows["period"] <= last), "period"]
        first = min(months, default=last)
        found, back = {last: self.conformed.as_of}, 0
        while (month := self.period.calendar.shift(last, -back)) > first:
            back += 1
            earlier = self.period.calendar.shift(month, -1)
            found[earlier] = months_before(self.conformed.as_of, back)
        return dict(sorted(found.items()))

    @cached_property
    def kept_forecasts(self) -> pd.DataFrame:
        """Every forecast that was kept in the state folder and was known by `as_of`.

        One row per vintage, series and month ahead: ``vintage, method, by, origin, as_of,
        known_on, input, pfkit, line, series, period, mean, lo80, hi80, lo95, hi95, model,
        fallback, reason``; amounts in reporting currency.
        """
        return kept_forecasts(self.conformed.state, self.conformed.as_of)

    @cached_property
    def forecast_decisions(self) -> pd.DataFrame:
        """What was decided about methods by `as_of`, in the order it was written."""
        return kept_decisions(self.conformed.state, self.conformed.as_of)

    @property
    def forecast_champion(self) -> str:
        """The method in use: the one adopted last, else ``full``."""
        rows = self.forecast_decisions
        adopted = rows.loc[rows["decision"] == "adopt", "method"]
        return str(adopted.iloc[-1]) if len(adopted) else _FIRST_CHAMPION


def revenue_known(conformed: Conformed) -> pd.DataFrame:
    """Return net revenue as it was known on every day, of actuals, budgets and forecasts.

    Parameters
    ----------
    conformed : Conformed
        The loaded book.

    Returns
    -------
    pandas.DataFrame
        ``kind, version, period, product, family, amount, known_on, replaced_on``, added up.

    Notes
    -----
    As `vintages`: only replacement is undone, rates are those known now. Where the book has no
    ledger, actuals are what was billed.
    """
    with_accounts = conformed.has("accounts")
    parts = []
    if conformed.has("actuals") and with_accounts:
        parts.append(_stated(conformed, "actuals", "'actual'", "t.span = 'month'"))
    elif conformed.has("invoices"):
        parts.append(_billed(conformed))
    if conformed.has("budget") and with_accounts:
        counts = "t.span = 'month'" + outside_sql(conformed, left_out(conformed))
        parts.append(_stated(conformed, "budget", "t.version", counts))
    if conformed.has("forecast") and with_accounts:
        parts.append(_stated(conformed, "forecast", "t.version", "true"))
    if not parts:
        return pd.DataFrame({column: pd.Series(dtype="object") for column in _COLUMNS})
    rows = frame(
        conformed,
        " UNION ALL BY NAME ".join(parts)
        + " ORDER BY kind, version, period, product, known_on, replaced_on",
    )
    rows["amount"] = rows["amount"].round(2)
    return rows[list(_COLUMNS)]


def _rows(conformed: Conformed, table: str) -> str:
    held = [one.declared for one in conformed.sources if one.present]
    parts = [stated_sql(source) for source in held if source.table == table]
    return " UNION ALL BY NAME ".join(parts)


def _stated(conformed: Conformed, table: str, version: str, counts: str) -> str:
    join, family = family_sql(conformed, "t.product")
    kind = {"actuals": "actual"}.get(table, table)
    return (
        f"SELECT {literal(kind)} AS kind, {version} AS version, t.period, t.product, "
        f"{family} AS family, t.known_on, t.replaced_on, "
        "sum(CASE WHEN a.favorable_when = 'higher' THEN t.amount ELSE -t.amount END) AS amount "
        f"FROM ({_rows(conformed, table)}) t JOIN final_accounts a ON a.account = t.account {join} "
        f'WHERE {counts} AND a."group" IN ({_REVENUE_SQL}) GROUP BY ALL'
    )


def _billed(conformed: Conformed) -> str:
    join, family = family_sql(conformed, "t.product")
    _, group = line_sql(conformed)
    return (
        "SELECT 'actual' AS kind, 'actual' AS version, t._period AS period, t.product, "
        f"{family} AS family, t.known_on, t.replaced_on, sum(t.amount) AS amount "
        f"FROM ({_rows(conformed, 'invoices')}) t {join} "
        f"WHERE {group} IN ({_REVENUE_SQL}) AND t._period <> '' GROUP BY ALL"
    )
