"""Where product and finance records meet: product and month, on both sides."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from pfkit.conform.engine import literal
from pfkit.conform.evidence import ControlResult, Evidence, State, judged
from pfkit.conform.views import frame
from pfkit.money import cents

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.conform.pipeline import Conformed

COLUMNS = ("period", "product", "finance", "usage", "revenue", "metric", "units")
#: Share of cells, and of revenue, that must join.
TARGET = 0.95
_NONE = "(none)"


def join_cells(conformed: Conformed, months: Sequence[str]) -> pd.DataFrame:
    """Return every product and month with a record on either side.

    A ledger or invoice row makes the finance side, a usage row with units the product side; rows
    without a product are no cell, nor are products the book declares to have no usage. Months
    before the first with usage are left out.

    Parameters
    ----------
    conformed : Conformed
        The loaded book.
    months : sequence of str
        The months to look at.

    Returns
    -------
    pandas.DataFrame
        ``period, product, finance, usage`` (booleans), ``revenue`` (net, reporting currency),
        ``metric`` and ``units`` (of the metric with most of them); empty where the book lacks one
        of the sides.
    """
    finance = _finance_sql(conformed)
    if not conformed.has("usage") or not finance:
        return pd.DataFrame({name: pd.Series(dtype="object") for name in COLUMNS})
    listed = ", ".join(literal(month) for month in months)
    without = ", ".join(
        literal(name) for name in (_NONE, *conformed.declaration.policies.products_without_usage)
    )
    cells = frame(
        conformed,
        f"WITH finance AS (SELECT period, product, "
        "CASE WHEN count(booked) > 0 THEN sum(booked) ELSE sum(billed) END AS revenue "
        f"FROM ({finance}) "
        f"WHERE period IN ({listed}) AND product NOT IN ({without}) GROUP BY 1, 2), "
        "used AS (SELECT _period AS period, product, metric, sum(units) AS units "
        f"FROM final_usage WHERE _period IN ({listed}) AND product NOT IN ({without}) "
        "AND units <> 0 GROUP BY ALL), "
        "usage AS (SELECT period, product, arg_max(metric, (units, metric)) AS metric, "
        "max(units) AS units FROM used GROUP BY 1, 2) "
        "SELECT COALESCE(f.period, u.period) AS period, COALESCE(f.product, u.product) AS product, "
        "f.period IS NOT NULL AS finance, u.period IS NOT NULL AS usage, "
        "COALESCE(f.revenue, 0) AS revenue, COALESCE(u.metric, '') AS metric, "
        "COALESCE(u.units, 0) AS units FROM finance f FULL JOIN usage u "
        "ON u.period = f.period AND u.product = f.product "
        "WHERE COALESCE(f.period, u.period) >= (SELECT min(_period) FROM final_usage WHERE "
        "_period <> '') ORDER BY 1, 2",
    )
    cells["revenue"] = cells["revenue"].round(2)
    return cells


def _finance_sql(conformed: Conformed) -> str:
    """Return SQL for product, month and net revenue of every finance row with a product.

    Revenue is what the ledger booked, or what was billed where it booked none: never both.
    """
    ledger = conformed.has("actuals") and conformed.has("accounts")
    parts = []
    if ledger:
        revenue = (
            "CASE WHEN \"group\" NOT IN ('gross', 'returns', 'other') THEN NULL "
            "WHEN favorable_when = 'higher' THEN amount ELSE -amount END"
        )
        parts.append(
            f"SELECT period, product, {revenue} AS booked, NULL AS billed FROM final_actuals "
            "JOIN final_accounts USING (account) WHERE span = 'month'"
        )
    if conformed.has("invoices"):
        parts.append(
            "SELECT _period AS period, product, NULL AS booked, amount AS billed "
            "FROM final_invoices"
        )
    return " UNION ALL ".join(parts)


def product_join(evidence: Evidence) -> list[ControlResult]:
    """Return whether products and months join: amber where less than the target does.

    Parameters
    ----------
    evidence : Evidence
        The conformed book and the period.
    """
    cells = join_cells(evidence.conformed, evidence.period.months)
    if cells.empty:
        return []
    joined = cells["finance"] & cells["usage"]
    size = cells["revenue"].abs()
    whole, held = float(size.sum()), float(size[joined].sum())
    short = joined.mean() < TARGET or (whole > 0 and held < TARGET * whole)
    state: State = "amber" if short else "green"
    apart = cells[~joined].sort_values(["revenue", "product"], ascending=[False, True])
    names = list(dict.fromkeys(apart["product"]))
    said = f"; apart: {', '.join(names[:3])}" if names else ""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""  # noqa: PLR2004 (three named)
    return [
        judged(
            evidence,
            "Product join",
            "usage",
            state,
            f"{int(joined.sum())} of {len(cells)} products and months have finance and usage "
            f"records{said}{more}",
            expected=cents(Decimal(str(round(whole, 2)))),
            actual=cents(Decimal(str(round(held, 2)))),
            advice="See the table of joins: map the codes that differ, or declare "
            "products_without_usage."
            if short
            else "",
        )
    ]
