"""The cloud bill against the ledger: what was booked of it, accrued for it, and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.conform.engine import literal
from pfkit.conform.views import frame

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pfkit.conform.declaration import BookedOn
    from pfkit.conform.pipeline import Conformed

COLUMNS = (
    "source",
    "period",
    "due_period",
    "product",
    "bill",
    "due",
    "booked",
    "accrued",
    "reversed",
)
#: An accrual is posted in the last days of a month, and taken back in the first of the next.
_LAST_DAYS, _FIRST_DAYS = 3, 5


def settings(conformed: Conformed) -> dict[str, tuple[BookedOn, tuple[str, ...]]]:
    """Return, by a name, each way bills are booked and the sources that are booked so."""
    found: dict[BookedOn, list[str]] = {}
    for held in conformed.sources:
        if held.present and held.declared.table == "cloud" and held.declared.ledger is not None:
            found.setdefault(held.declared.ledger, []).append(held.declared.name)
    return {", ".join(names): (how, tuple(names)) for how, names in found.items()}


def cloud_ledger(conformed: Conformed, months: Sequence[str]) -> pd.DataFrame:
    """Return what the bill says and what the ledger has of it, by month and product.

    Parameters
    ----------
    conformed : Conformed
        The loaded book.
    months : sequence of str
        The fiscal months to look at.

    Returns
    -------
    pandas.DataFrame
        ``source, period, due_period`` (the billing period that is booked in the month),
        ``product``; ``bill`` (cost of the month) and ``due`` (of the billing period booked in it)
        after the bill, NaN where that month is not on it; ``booked``, ``accrued`` and ``reversed``
        (negative) on the declared accounts of the ledger; reporting currency. Empty where the book
        has no bill, no ledger, or does not say where bills are booked.

    Notes
    -----
    Accruals are those the ledger marks (``entry_kind``). Where it marks none, an amount posted in
    the last days of a month and taken back in the first days of the next, on the same account,
    product and cost center, is an accrual; in the last month, what is posted as the accruals of
    the month before were.
    """
    nothing = pd.DataFrame({column: pd.Series(dtype="object") for column in COLUMNS})
    if not (conformed.has("cloud") and conformed.has("actuals")):
        return nothing
    parts = [
        _of(conformed, name, how, sources, months)
        for name, (how, sources) in settings(conformed).items()
    ]
    return pd.concat(parts, ignore_index=True) if parts else nothing


def _of(
    conformed: Conformed, name: str, how: BookedOn, sources: Sequence[str], months: Sequence[str]
) -> pd.DataFrame:
    calendar = conformed.declaration.company.fiscal_calendar()
    due = {month: calendar.shift(month, -how.months_late) for month in months}
    billed = _billed(conformed, how, sources, {*months, *due.values()})
    there = {str(period) for period in billed["period"]}
    booked = _booked(conformed, how, months)
    sums = {
        (str(period), str(product)): float(amount)
        for period, product, amount in zip(
            billed["period"], billed["product"], billed["amount"], strict=True
        )
    }
    entries = {(str(row["period"]), str(row["product"])): row for row in booked.to_dict("records")}
    rows: list[dict[str, Any]] = []
    for month in months:
        products = {p for period, p in sums if period in {month, due[month]}}
        products |= {p for period, p in entries if period == month}
        for product in sorted(products):
            entry = entries.get((month, product), {})
            rows.append(
                {
                    "source": name,
                    "period": month,
                    "due_period": due[month],
                    "product": product,
                    "bill": sums.get((month, product), 0.0) if month in there else None,
                    "due": sums.get((due[month], product), 0.0) if due[month] in there else None,
                    **{kind: entry.get(kind, 0.0) for kind in ("booked", "accrued", "reversed")},
                }
            )
    found = pd.DataFrame(rows, columns=list(COLUMNS))
    for column in COLUMNS[4:]:
        found[column] = pd.to_numeric(found[column]).astype("float64")
    return found


def _billed(
    conformed: Conformed, how: BookedOn, sources: Sequence[str], months: Iterable[str]
) -> pd.DataFrame:
    column = "amount" if how.cost == "effective" else "billed_amount"
    return frame(
        conformed,
        f"SELECT period, product, sum({column}) AS amount FROM final_cloud "
        f"WHERE _source IN ({_listed(sources)}) AND period IN ({_listed(sorted(months))}) "
        "GROUP BY ALL ORDER BY ALL",
    )


def _booked(conformed: Conformed, how: BookedOn, months: Sequence[str]) -> pd.DataFrame:
    """Return what the ledger has on the accounts of the bill: booked, accrued and taken back."""
    accounts = _listed(how.accounts)
    marked = conformed.engine.rows(
        f"SELECT 1 FROM final_actuals WHERE account IN ({accounts}) "
        "AND entry_kind IN ('accrual', 'reversal') LIMIT 1"
    )
    lines = _marked_sql(accounts) if marked else _paired_sql(conformed, accounts)
    return frame(
        conformed,
        f"SELECT period, product, COALESCE(sum(amount) FILTER (kind = 'booked'), 0) AS booked, "
        "COALESCE(sum(amount) FILTER (kind = 'accrual'), 0) AS accrued, "
        "COALESCE(sum(amount) FILTER (kind = 'reversal'), 0) AS reversed "
        f"FROM ({lines}) WHERE period IN ({_listed(months)}) GROUP BY ALL ORDER BY ALL",
    )


def _marked_sql(accounts: str) -> str:
    return (
        "SELECT period, product, amount, CASE WHEN entry_kind IN ('accrual', 'reversal') "
        f"THEN entry_kind ELSE 'booked' END AS kind FROM final_actuals "
        f"WHERE span = 'month' AND account IN ({accounts})"
    )


def _paired_sql(conformed: Conformed, accounts: str) -> str:
    """Return SQL for the entries of the accounts and their kinds, told from what takes back what.

    An accrual and its reversal are the same amount with opposite signs in two months that follow
    each other. Those at the edges of what is loaded have no other half: they are told by being
    posted as the ones that have.
    """
    calendar = conformed.declaration.company.fiscal_calendar()
    there = [
        row[0]
        for row in conformed.engine.rows(
            f"SELECT DISTINCT period FROM final_actuals WHERE account IN ({accounts}) ORDER BY 1"
        )
    ]
    pairs = ", ".join(f"({literal(m)}, {literal(calendar.shift(m, 1))})" for m in there)
    place = "account, product, cost_center"
    late = f"posting_date > last_day(posting_date) - {_LAST_DAYS}"
    early = f"day(posting_date) <= {_FIRST_DAYS}"
    return (
        f"WITH following AS (FROM (VALUES {pairs or '(NULL, NULL)'}) AS t(period, next)), "
        f"entries AS (SELECT period, {place}, posting_date, amount, row_number() OVER () AS n, "
        f"row_number() OVER (PARTITION BY period, {place}, amount) AS k, "
        f"COALESCE({late}, FALSE) AS late, COALESCE({early}, FALSE) AS early FROM final_actuals "
        f"WHERE span = 'month' AND account IN ({accounts})), "
        "pairs AS (SELECT a.n AS accrual, r.n AS reversal, a.account, a.product, a.cost_center, "
        "a.period AS period, r.period AS next FROM entries a "
        "JOIN following f ON f.period = a.period JOIN entries r ON r.period = f.next "
        "AND r.account = a.account AND r.product = a.product AND r.cost_center = a.cost_center "
        "AND r.amount = -a.amount AND r.k = a.k WHERE a.amount <> 0 AND a.late AND r.early), "
        "kinds AS (SELECT e.*, CASE WHEN n IN (SELECT accrual FROM pairs) THEN 'accrual' "
        "WHEN n IN (SELECT reversal FROM pairs) THEN 'reversal' "
        "WHEN late AND EXISTS (FROM pairs p WHERE p.next = e.period AND p.account = e.account "
        "AND p.product = e.product AND p.cost_center = e.cost_center) AND NOT EXISTS (FROM "
        "entries x JOIN following f ON f.next = x.period WHERE f.period = e.period) "
        "THEN 'accrual' WHEN early AND amount < 0 AND EXISTS (FROM pairs p WHERE "
        "p.period = e.period AND p.account = e.account AND p.product = e.product "
        "AND p.cost_center = e.cost_center) AND NOT EXISTS (FROM entries x JOIN following f "
        "ON f.period = x.period WHERE f.next = e.period) THEN 'reversal' "
        "ELSE 'booked' END AS kind FROM entries e) SELECT period, product, amount, kind FROM kinds"
    )


def _listed(values: Iterable[str]) -> str:
    return ", ".join(literal(value) for value in values) or "NULL"
