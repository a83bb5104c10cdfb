"""What cost follows: hours, usage, revenue, units, orders and customers, by month and product."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit.conform.engine import literal
from pfkit.conform.views import frame, line_sql

if TYPE_CHECKING:
    from pfkit.conform.pipeline import Conformed

COLUMNS = ("driver", "metric", "period", "product", "customer", "units")
_NOBODY = "'(none)'"


def drivers(conformed: Conformed) -> pd.DataFrame:
    """Return what cost follows, counted before it leaves the engine.

    Parameters
    ----------
    conformed : Conformed
        The loaded book.

    Returns
    -------
    pandas.DataFrame
        ``driver, metric, period, product, customer, units``. ``hours`` worked (metric: cost
        center); ``usage`` (its metric) by customer; ``revenue``, net, in reporting currency;
        ``units`` billed (metric: the unit of the statement line); ``orders``, the documents of
        gross sales, one with several products counted in parts; ``customers`` billed, likewise.
        What has no customer or product says ``(none)``.
    """
    parts = []
    if conformed.has("effort"):
        parts.append(
            "SELECT 'hours' AS driver, cost_center AS metric, period, product, "
            f"{_NOBODY} AS customer, CAST(sum(hours) AS DOUBLE) AS units "
            "FROM final_effort WHERE version = 'actual' GROUP BY ALL"
        )
    if conformed.has("usage"):
        parts.append(
            "SELECT 'usage' AS driver, metric, period, product, "
            f"COALESCE(customer, {_NOBODY}) AS customer, CAST(sum(units) AS DOUBLE) AS units "
            "FROM final_usage GROUP BY ALL"
        )
    if conformed.has("invoices"):
        parts += _billed(conformed)
    elif conformed.has("actuals") and conformed.has("accounts"):
        parts.append(
            "SELECT 'revenue' AS driver, '' AS metric, t.period, t.product, "
            f"{_NOBODY} AS customer, CAST(sum(CASE WHEN a.favorable_when = 'higher' THEN t.amount "
            "ELSE -t.amount END) AS DOUBLE) AS units FROM final_actuals t "
            "JOIN final_accounts a ON a.account = t.account "
            "WHERE t.span = 'month' AND a.\"group\" IN ('gross', 'returns', 'other') GROUP BY ALL"
        )
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype="object") for name in COLUMNS})
    rows = frame(conformed, " UNION ALL ".join(parts) + " ORDER BY ALL")
    return rows[list(COLUMNS)]


def _billed(conformed: Conformed) -> list[str]:
    _, group = line_sql(conformed)
    units = {k: v.unit for k, v in conformed.declaration.statement.items() if v.unit}
    cases = " ".join(f"WHEN {literal(kind)} THEN {literal(unit)}" for kind, unit in units.items())
    unit = f"CASE t.kind {cases} ELSE '' END" if cases else "''"
    base = (
        f"SELECT t._period AS period, t.product, COALESCE(t.customer, {_NOBODY}) AS customer, "
        f"t.invoice_id, t.quantity, t.amount, {unit} AS unit, {group} AS side FROM final_invoices t"
    )
    sold = f"SELECT * FROM ({base}) WHERE side = 'gross'"
    found = [
        (
            "SELECT 'revenue' AS driver, '' AS metric, period, product, customer, "
            f"CAST(sum(amount) AS DOUBLE) AS units FROM ({base}) "
            "WHERE side IN ('gross', 'returns', 'other') GROUP BY ALL"
        ),
        (
            "SELECT 'units' AS driver, unit AS metric, period, product, customer, "
            f"CAST(sum(quantity) AS DOUBLE) AS units FROM ({sold}) "
            "WHERE quantity IS NOT NULL GROUP BY ALL"
        ),
    ]
    for driver, key in (("orders", "customer, invoice_id"), ("customers", "customer")):
        each = f"SELECT DISTINCT period, product, {key} FROM ({sold}) WHERE product IS NOT NULL"
        each += " AND invoice_id IS NOT NULL" if driver == "orders" else ""
        each += f" AND customer <> {_NOBODY}" if driver == "customers" else ""
        found.append(
            f"SELECT {literal(driver)} AS driver, '' AS metric, period, product, customer, "
            f"sum(part) AS units FROM (SELECT period, product, customer, "
            f"1.0 / count(*) OVER (PARTITION BY period, {key}) AS part FROM ({each})) GROUP BY ALL"
        )
    return found
