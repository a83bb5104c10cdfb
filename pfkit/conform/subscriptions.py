"""Recurring revenue at the monthly edge: what each customer pays a month, by product."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit.conform.currencies import held_rates, implied_rates
from pfkit.conform.engine import literal
from pfkit.conform.evidence import judged
from pfkit.conform.views import family_sql, frame
from pfkit.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.conform.evidence import ControlResult, Evidence
    from pfkit.conform.pipeline import Conformed

COLUMNS = (
    *("period", "customer", "product", "family", "segment", "country", "currency"),
    *("amount_local", "rate", "amount"),
)
#: Engine tables: months of the calendar, subscriptions with their effective last day.
_MONTHS, _HELD, _PAID = "recurring_months", "recurring_subscriptions", "recurring_lines"
_LONGEST_YEARS = 60


def recurring(conformed: Conformed, last: str) -> pd.DataFrame:
    """Return what is paid a month: customer, product and month, to a last month.

    Parameters
    ----------
    conformed : Conformed
        The loaded book.
    last : str
        The last fiscal month to look at.

    Returns
    -------
    pandas.DataFrame
        ``period, customer, product, family, segment, country, currency, amount_local`` (a month,
        in force on the month's last day), ``rate`` (reporting currency per 1 unit) and ``amount``
        in reporting currency. From table ``subscriptions``; without one, from invoice lines of the
        kinds whose statement line the book declares as recurring. Empty where it has neither.

    Raises
    ------
    ContractError
        If a currency has no rate in a month it is paid in.

    Notes
    -----
    A subscription holds until its ``end``, or until the next row of the same id starts. A row that
    starts while an earlier one with a stated end still holds is left out, see `overlaps`. An
    invoice line counts in the months whose last day lies in its service, with its amount over
    their number; a line whose service holds no such day counts in full in the month it begins.
    """
    nothing = pd.DataFrame({column: pd.Series(dtype="object") for column in COLUMNS})
    if conformed.has("subscriptions"):
        _prepare(conformed)
        _months(conformed, f'(SELECT min("start") FROM {_HELD})', last)
        source = f"FROM {_HELD} s JOIN {_MONTHS} m ON m.last_day BETWEEN s.first AND s.last"
        rows = _read(conformed, f'{source} AND s.amount_local > 0 AND NOT s."overlaps"')
        return nothing if rows.empty else _converted(conformed, rows)[[*COLUMNS]]
    kinds = [k for k, line in conformed.declaration.statement.items() if line.recurring]
    if not kinds or not conformed.has("invoices"):
        return nothing
    _lines(conformed, kinds, last)
    rows = _read(conformed, f"FROM {_PAID} s JOIN {_MONTHS} m ON m.period = s.period")
    if rows.empty:
        return nothing
    known = implied_rates(rows)
    rows["rate"] = [known.get(key) for key in zip(rows["period"], rows["currency"], strict=True)]
    return rows[rows["rate"].notna()][[*COLUMNS]].reset_index(drop=True)


def overlaps(conformed: Conformed) -> pd.DataFrame:
    """Return rows of subscriptions that start while another row of the same id still holds.

    Returns
    -------
    pandas.DataFrame
        ``subscription, customer, start, held_until, currency, amount_local, file, line``.
    """
    columns = ["subscription", "customer", "start", "held_until", "currency", "amount_local"]
    if not conformed.has("subscriptions"):
        return pd.DataFrame(columns=[*columns, "file", "line"])
    _prepare(conformed)
    return frame(
        conformed,
        'SELECT subscription, customer, "start", held_until, currency, amount_local, '
        f'file, line FROM {_HELD} WHERE "overlaps" ORDER BY subscription, "start"',
    )


def subscription_controls(evidence: Evidence) -> list[ControlResult]:
    """Point at subscriptions whose rows overlap; what starts later is left out.

    Parameters
    ----------
    evidence : Evidence
        The conformed book.
    """
    found = overlaps(evidence.conformed)
    if found.empty:
        return []
    first = found.iloc[0]
    amount = float(found["amount_local"].sum())
    count = "1 row is" if len(found) == 1 else f"{len(found)} rows are"
    return [
        judged(
            evidence,
            "Subscriptions overlap",
            "subscriptions",
            "red" if amount > evidence.materiality else "amber",
            f"{count} left out, {amount:,.2f} a month: {first['subscription']} starts again on "
            f"{first['start']} ({first['file']}, line {first['line']}) and runs to "
            f"{first['held_until']} already",
            advice="End a row before the next of the same subscription starts, or give the second "
            "a number of its own.",
        )
    ]


def _prepare(conformed: Conformed) -> None:
    """Give every row of a subscription its last day, and mark those another one still covers."""
    before = (
        '(PARTITION BY subscription ORDER BY "start", _source, _id '
        "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    )
    conformed.engine.run(
        f"CREATE OR REPLACE TABLE {_HELD} AS WITH seen AS (SELECT subscription, customer, "
        'product, currency, monthly_local AS amount_local, 0 AS amount, "start", "end", '
        f'_source, _id, _file AS file, _line AS line, max("end") OVER {before} AS held_until '
        "FROM final_subscriptions), told AS (SELECT *, "
        'COALESCE("start" <= held_until AND amount_local > 0, FALSE) AS "overlaps" FROM seen) '
        'SELECT *, "start" AS first, LEAST(COALESCE("end", DATE '
        "'9999-12-31'), COALESCE(CAST(lead(\"start\") OVER (PARTITION BY subscription, "
        '"overlaps" ORDER BY "start", _source, _id) - INTERVAL 1 DAY AS DATE), '
        "DATE '9999-12-31')) AS last FROM told"
    )


def _lines(conformed: Conformed, kinds: Sequence[str], last: str) -> None:
    """Spread invoice lines of recurring kinds over the months they are paid for."""
    listed = ", ".join(literal(kind) for kind in kinds)
    begin = "COALESCE(service_start, LEAST(invoice_date, service_end), invoice_date)"
    lines = (
        f"SELECT _source, _id, customer, product, currency, amount_local, amount, "
        f"{begin} AS first, COALESCE(service_end, {begin}) AS last "
        f"FROM final_invoices WHERE kind IN ({listed}) AND customer IS NOT NULL"
    )
    _months(conformed, f"(SELECT min(first) FROM ({lines}))", last, beyond=True)
    conformed.engine.run(
        f"CREATE OR REPLACE TABLE {_PAID} AS WITH lines AS ({lines}), "
        f"held AS (SELECT l.*, m.period FROM lines l JOIN {_MONTHS} m "
        "ON m.last_day BETWEEN l.first AND l.last), "
        f"short AS (SELECT l.*, m.period FROM lines l JOIN {_MONTHS} m "
        "ON l.first BETWEEN m.first_day AND m.last_day WHERE l.last < m.last_day), "
        "every AS (FROM held UNION ALL FROM short), counted AS (SELECT *, count(*) OVER "
        "(PARTITION BY _source, _id) AS months FROM every) SELECT customer, product, currency, "
        "period, amount_local / months AS amount_local, amount / months AS amount FROM counted "
        f"WHERE period <= {literal(last)}"
    )


def _months(conformed: Conformed, first: str, last: str, *, beyond: bool = False) -> None:
    """Load the fiscal months from a first day to a last month, or to the last service."""
    calendar = conformed.declaration.company.fiscal_calendar()
    ((day,),) = conformed.engine.rows(f"SELECT {first}")
    end = calendar.last_day(last)
    if beyond:
        ((served,),) = conformed.engine.rows("SELECT max(service_end) FROM final_invoices")
        end = max(end, served) if served is not None else end
    start = min(day, end) if day is not None else end
    if end.year - start.year > _LONGEST_YEARS:
        raise ContractError(
            f"subscriptions run from {start.isoformat()} to {end.isoformat()}",
            where="subscriptions",
            advice=f"Correct the first or the last; no more than {_LONGEST_YEARS} years are read.",
        )
    table = calendar.table(start, end)[["period", "first_day", "last_day"]]
    values = ", ".join(
        f"({literal(period)}, DATE '{first_day}', DATE '{last_day}')"
        for period, first_day, last_day in table.itertuples(index=False)
    )
    conformed.engine.run(
        f"CREATE OR REPLACE TABLE {_MONTHS} AS SELECT * FROM (VALUES {values}) "
        "months(period, first_day, last_day)"
    )


def _read(conformed: Conformed, source: str) -> pd.DataFrame:
    """Add up what is paid by month, customer and product, beside what is known of the customer."""
    join, family = family_sql(conformed, "t.product")
    who, known = "", {"segment": "'(none)'", "country": "'(none)'"}
    if conformed.has("customers"):
        who = "LEFT JOIN final_customers c ON c.customer = t.customer"
        known = {name: f"COALESCE(c.{name}, '(none)')" for name in known}
    return frame(
        conformed,
        "WITH t AS (SELECT m.period, s.customer, s.product, s.currency, "
        "CAST(sum(s.amount_local) AS DOUBLE) AS amount_local, CAST(sum(s.amount) AS DOUBLE) "
        f"AS amount {source} GROUP BY ALL) SELECT t.period, t.customer, t.product, "
        f"{family} AS family, {known['segment']} AS segment, {known['country']} AS country, "
        f"t.currency, t.amount_local, t.amount FROM t {join} {who} "
        "ORDER BY t.period, t.customer, t.product, t.currency",
    )


def _converted(conformed: Conformed, rows: pd.DataFrame) -> pd.DataFrame:
    """Convert each month at its own rate; refuse a currency that has none."""
    home = conformed.declaration.company.currency
    kind = conformed.declaration.policies.rate_kind
    pairs = rows[["period", "currency"]].drop_duplicates()
    foreign = sorted(set(pairs.loc[pairs["currency"] != home, "period"]))
    known = held_rates(conformed, kind, foreign)
    pairs["rate"] = [
        1.0 if currency == home else known.get((period, currency), float("nan"))
        for period, currency in pairs.itertuples(index=False)
    ]
    for period, currency, rate in pairs.itertuples(index=False):
        if pd.isna(rate):
            mine = rows[(rows["period"] == period) & (rows["currency"] == currency)]
            raise ContractError(
                f"no rate for {currency} in {period} ({mine['customer'].nunique()} customers, "
                f"{mine['amount_local'].sum():,.2f} {currency} a month)",
                where="subscriptions",
                advice=f"Add the {kind} rate of {period} to the source that feeds table rates, "
                f"as {home} per 1 {currency}.",
            )
    rows = rows.merge(pairs, on=["period", "currency"], how="left", sort=False)
    return rows.assign(amount=rows["amount_local"] * rows["rate"])
