"""Billing against the ledger by product and month: revenue, deferred revenue, and what differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit.conform.engine import literal, quoted
from pfkit.conform.recognition import BALANCES, PARTS, RECOGNIZED, prepare
from pfkit.conform.views import frame

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pfkit.conform.pipeline import Conformed

COLUMNS = (
    *("period", "product", "billed", "recognized", "deferred"),
    *("ledger_revenue", "ledger_deferred", "manual", "held_back"),
    *("converted", "is_unmapped", "has_deferred", "accounts"),
)
_ZERO = "CAST(0 AS DECIMAL(28, 6))"


def billing_ledger(conformed: Conformed) -> pd.DataFrame:
    """Return what was billed and recognized, and what the ledger has of it, by month and product.

    Parameters
    ----------
    conformed : Conformed
        The loaded book.

    Returns
    -------
    pandas.DataFrame
        ``period, product``; ``billed``, ``recognized`` and ``deferred`` (change of what is
        deferred less what is unbilled) after billing; ``ledger_revenue`` and ``ledger_deferred``
        (change) on the declared accounts, more of either positive; ``manual``, what of them was
        entered by hand; ``held_back``, billing rows of the month set aside, but for repeats;
        ``converted``, lines with parts of a cent; ``is_unmapped``, whether the product is the line
        of values without one; ``has_deferred``, whether accounts of deferred revenue are declared;
        ``accounts``, those compared. Months that both have. Empty where either is missing.

    Notes
    -----
    The source of the invoices declares ``ledger = { accounts = [...], deferred = [...] }``. Where
    it does not, revenue is what stands on lines of gross revenue, returns and other revenue.
    """
    nothing = pd.DataFrame({column: pd.Series(dtype="object") for column in COLUMNS})
    needed = ("invoices", "actuals", "accounts")
    if not all(conformed.has(table) for table in needed):
        return nothing
    prepare(conformed)
    revenue, deferred = declared_accounts(conformed)
    on_revenue = (
        f"t.account IN ({_listed(revenue)})"
        if revenue
        else ("a.\"group\" IN ('gross', 'returns', 'other')")
    )
    on_deferred = f"t.account IN ({_listed(deferred)})"
    signed = "CASE WHEN a.favorable_when = 'higher' THEN t.amount ELSE -t.amount END"
    unmapped = [m.declared.unmapped for m in conformed.maps.values() if m.declared.unmapped]
    told = ", ".join((*revenue, *deferred)) or "gross revenue, returns and other revenue"
    sums = ", ".join(f"sum({name}) AS {name}" for name in COLUMNS[2:9])
    return frame(
        conformed,
        f"WITH every AS ({_billing_sql()} UNION ALL BY NAME {_held_sql(conformed)} UNION ALL "
        f"BY NAME SELECT t.period, t.product, {_ZERO} AS billed, {_ZERO} AS recognized, "
        f"{_ZERO} AS deferred, CASE WHEN {on_revenue} THEN {signed} ELSE 0 END AS ledger_revenue, "
        f"CASE WHEN {on_deferred} THEN {signed} ELSE 0 END AS ledger_deferred, "
        f"CASE WHEN t.origin = 'manual' THEN {signed} ELSE 0 END AS manual, "
        f"{_ZERO} AS held_back, 0 AS converted FROM final_actuals t JOIN final_accounts a "
        f"ON a.account = t.account WHERE t.span = 'month' AND ({on_revenue} OR {on_deferred})), "
        f"months AS (SELECT period FROM every GROUP BY 1 HAVING sum(abs(billed)) > 0 "
        "AND sum(abs(ledger_revenue)) > 0) "
        f"SELECT period, product, {sums}, sum(converted) AS converted, "
        f"product IN ({_listed(unmapped)}) AS is_unmapped, {bool(deferred)} AS has_deferred, "
        f"{literal(told)} AS accounts FROM every WHERE period BETWEEN "
        "(SELECT min(period) FROM months) AND (SELECT max(period) FROM months) "
        "GROUP BY period, product ORDER BY period, product",
    )


def declared_accounts(conformed: Conformed) -> tuple[list[str], list[str]]:
    """Return the accounts of revenue and of deferred revenue that sources of invoices declare."""
    revenue: list[str] = []
    deferred: list[str] = []
    for held in conformed.sources:
        if held.present and held.declared.table == "invoices" and held.declared.ledger is not None:
            revenue += held.declared.ledger.accounts
            deferred += held.declared.ledger.deferred
    return list(dict.fromkeys(revenue)), list(dict.fromkeys(deferred))


def _billing_sql() -> str:
    """Return SQL for what billing says; rows to come count in no month of the ledger."""
    rest = f"{_ZERO} AS ledger_revenue, {_ZERO} AS ledger_deferred, {_ZERO} AS manual, "
    rest += f"{_ZERO} AS held_back"
    return (
        f"SELECT booked AS period, product, amount AS billed, {_ZERO} AS recognized, "
        f"{_ZERO} AS deferred, {rest}, CAST(amount <> round(amount, 2) AS INTEGER) AS converted "
        f"FROM {PARTS} UNION ALL SELECT period, product, {_ZERO}, amount, {_ZERO}, {_ZERO}, "
        f"{_ZERO}, {_ZERO}, {_ZERO}, 0 FROM {RECOGNIZED} UNION ALL SELECT period, product, "
        f"{_ZERO}, {_ZERO}, deferred - unbilled, {_ZERO}, {_ZERO}, {_ZERO}, {_ZERO}, 0 "
        f"FROM {BALANCES}"
    )


def _held_sql(conformed: Conformed) -> str:
    """Return SQL for billing rows set aside, which the ledger may have booked."""
    tables = [
        held.rows_table
        for held in conformed.sources
        if held.present and held.declared.table == "invoices"
    ]
    return " UNION ALL ".join(
        f"SELECT _period AS period, COALESCE(product, '(none)') AS product, {_ZERO} AS billed, "
        f"{_ZERO} AS recognized, {_ZERO} AS deferred, {_ZERO} AS ledger_revenue, "
        f"{_ZERO} AS ledger_deferred, {_ZERO} AS manual, COALESCE(amount, 0) AS held_back, "
        f"0 AS converted FROM {quoted(table)} WHERE _status = 'quarantined' "
        "AND _reason <> 'repeated key'"
        for table in tables
    )


def _listed(values: Iterable[str]) -> str:
    return ", ".join(literal(value) for value in values) or "NULL"
