"""Amounts by currency at the monthly edge, with the rates they are held against."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit.conform.engine import literal
from pfkit.conform.recognition import RECOGNIZED, prepare
from pfkit.conform.views import frame, line_sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.conform.pipeline import Conformed
    from pfkit.period import Period

COLUMNS = (
    "period", "product", "line", "group", "currency", "amount_local", "amount",
    "prior_year_rate", "budget_rate",
)  # fmt: skip


def currency_amounts(conformed: Conformed, period: Period) -> pd.DataFrame:
    """Return what a period and its prior year brought, by currency, with reference rates.

    The ledger where it has foreign currency, else the invoices; empty where neither has. Beside a
    ledger, which holds revenue as it is earned, invoices count over their service, each at the
    rate of a year before it was billed; without one they count as billed.

    Parameters
    ----------
    conformed : Conformed
        The loaded book.
    period : Period
        The report's period.

    Returns
    -------
    pandas.DataFrame
        ``period, product, line, group, currency, amount_local`` and ``amount`` (effect on profit,
        as booked and in reporting currency), and for the months of the period
        ``prior_year_rate``, the rate of the book's kind a year before the month an amount was
        converted in, or what the source's own amounts of that month imply, or without both that of
        a year before the month itself, and ``budget_rate``;
        reporting currency per 1 unit, NaN where there is none.
    """
    months = [*period.prior_year.months, *period.months]
    rows = _amounts(conformed, months)
    home = conformed.declaration.company.currency
    foreign = rows["currency"] != home
    if rows.empty or not (foreign & rows["period"].isin(period.months)).any():
        return pd.DataFrame({name: pd.Series(dtype="object") for name in COLUMNS})
    calendar = conformed.declaration.company.fiscal_calendar()
    now = rows["period"].isin(period.months)
    months = sorted({*period.months, *rows.loc[now, "booked"]})
    before = {month: calendar.shift(month, -12) for month in months}
    kind = conformed.declaration.policies.rate_kind
    known = implied_rates(rows) | held_rates(conformed, kind, sorted(set(before.values())))
    plan = held_rates(conformed, "budget", period.months)
    keys = list(zip(rows["period"], rows["currency"], strict=True))
    rows["prior_year_rate"] = [
        1.0
        if money == home
        else known.get((before[booked], money), known.get((before[month], money)))
        if here
        else None
        for month, booked, money, here in zip(
            rows["period"], rows["booked"], rows["currency"], now, strict=True
        )
    ]
    rows["budget_rate"] = [
        1.0 if money == home else plan.get((month, money)) for month, money in keys
    ]
    for name in ("prior_year_rate", "budget_rate"):
        rows[name] = pd.to_numeric(rows[name]).astype("float64")
    return rows[[*COLUMNS]]


def _amounts(conformed: Conformed, months: Sequence[str]) -> pd.DataFrame:
    listed = ", ".join(literal(month) for month in months)
    home = literal(conformed.declaration.company.currency)
    if conformed.has("actuals") and conformed.has("accounts"):
        sign = "CASE WHEN a.favorable_when = 'higher' THEN 1 ELSE -1 END"
        found = frame(
            conformed,
            'SELECT t.period, t.period AS booked, t.product, a.line, a."group", t.currency, '
            f"sum({sign} * t.amount_local) AS amount_local, sum({sign} * t.amount) AS amount "
            "FROM final_actuals t JOIN final_accounts a USING (account) "
            f"WHERE t.span = 'month' AND t.period IN ({listed}) GROUP BY ALL ORDER BY ALL",
        )
        known = conformed.declaration.company.currency
        if (found["currency"] != known).any() or not conformed.has("invoices"):
            return found
    if not conformed.has("invoices"):
        return pd.DataFrame({name: pd.Series(dtype="object") for name in ("booked", *COLUMNS[:7])})
    line, group = line_sql(conformed)
    source, month, booked = "final_invoices", "t._period", "t._period"
    if conformed.has("actuals") and conformed.has("accounts"):
        prepare(conformed)
        source, month, booked = RECOGNIZED, "t.period", "t.booked"
    return frame(
        conformed,
        f"SELECT {month} AS period, {booked} AS booked, t.product, {line} AS line, "
        f'{group} AS "group", COALESCE(t.currency, {home}) AS currency, '
        f"sum(t.amount_local) AS amount_local, sum(t.amount) AS amount FROM {source} t "
        f"WHERE {month} IN ({listed}) GROUP BY ALL ORDER BY ALL",
    )


def held_rates(
    conformed: Conformed, kind: str, months: Sequence[str]
) -> dict[tuple[str, str], float]:
    """Return a rate per month and currency: of daily rates the mean of the month's."""
    calendar = conformed.declaration.company.fiscal_calendar()
    found: dict[tuple[str, str], float] = {}
    for month in months:
        first, last = calendar.first_day(month), calendar.last_day(month)
        rows = conformed.engine.rows(
            "SELECT currency, avg(CAST(rate AS DOUBLE)) FROM rate_of WHERE kind = ? AND "
            "CASE WHEN kind = 'daily' THEN rate_date BETWEEN ? AND ? "
            "ELSE ? BETWEEN first_day AND last_day END GROUP BY 1",
            [kind, first, last, last],
        )
        found |= {(month, currency): float(rate) for currency, rate in rows}
    return found


def implied_rates(rows: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Return the rate per month and currency that amounts were converted with."""
    month = "booked" if "booked" in rows.columns else "period"
    sums = rows.groupby([month, "currency"])[["amount", "amount_local"]].sum()
    sums = sums[sums["amount_local"] != 0]
    rates = (sums["amount"] / sums["amount_local"]).rename("rate").reset_index()
    keys = zip(rates[month], rates["currency"], strict=True)
    return dict(zip(keys, rates["rate"].tolist(), strict=True))
