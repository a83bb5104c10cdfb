"""The ledger by product and account, of every span, with the margin level each account states."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit.conform.engine import quoted
from pfkit.conform.versions import left_out, outside_sql
from pfkit.conform.views import family_sql, frame, line_sql, place_sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.conform.pipeline import Conformed

COLUMNS = (
    "version", "period", "span", "product", "family", "cost_center", "account", "line", "group",
    "behavior", "margin", "known_on", "_source", "amount",
)  # fmt: skip
TOTALS = ("period", "span", "product", "cost_center", "account", "known_on", "_source", "amount")

NOTHING = "''"
_SIGN = "CASE WHEN a.favorable_when = 'higher' THEN t.amount ELSE -t.amount END"
_ORDER = "period, known_on, _source, account, product, cost_center"
#: What tells statements of one stretch apart; months of one line are added up as they come.
_STATED = (
    "CASE WHEN t.span IN ('ytd', 'year') THEN CAST(t.known_on AS VARCHAR) ELSE '' END AS known_on, "
    "CASE WHEN t.span IN ('ytd', 'year') THEN t._source ELSE '' END AS _source"
)


def margins(conformed: Conformed) -> pd.DataFrame:
    """Return actual and every budget version that counts, of every span, by product and account.

    Parameters
    ----------
    conformed : Conformed
        The loaded book.

    Returns
    -------
    pandas.DataFrame
        ``version, period, span, product, family, cost_center, account, line, group, behavior,
        margin, known_on, _source, amount``; ``amount`` is the effect on profit in reporting
        currency. Cents are rounded along the months of a version, so that the lines of any
        stretch of months add up to its exact sum within a cent. ``cost_center``, ``known_on`` and
        ``_source`` are told apart only where amounts are stated for more than a month.
        ``attrs["left_out"]`` says which versions do not count, and why.
    """
    parts, out = [], left_out(conformed)
    if conformed.has("actuals") and conformed.has("accounts"):
        parts.append(_ledger_sql(conformed, "actuals", "'actual'"))
    elif conformed.has("invoices"):
        parts.append(_invoice_sql(conformed))
    if conformed.has("budget") and conformed.has("accounts"):
        parts.append(_ledger_sql(conformed, "budget", "t.version", outside_sql(conformed, out)))
    if not parts:
        return pd.DataFrame({column: pd.Series(dtype="object") for column in COLUMNS})
    sql = " UNION ALL BY NAME ".join(parts)
    rows = frame(conformed, _rounded_sql(sql, ["version", "span"]))
    rows.attrs["left_out"] = out
    return rows[list(COLUMNS)]


def ledger_totals(conformed: Conformed) -> pd.DataFrame:
    """Return what the ledger says in all, so that a statement can be held against it.

    Read from the ledger itself: no account drops out, and nothing is joined but the sign.

    Returns
    -------
    pandas.DataFrame
        ``period, span, product, cost_center, account, known_on, _source, amount``; ``amount`` is
        the effect on profit in reporting currency, in cents rounded along the months. Product,
        cost center and account are told apart only where amounts are stated for more than a month.
    """
    if conformed.has("actuals") and conformed.has("accounts"):
        wide = _wide(conformed, "actuals")
        detail = ", ".join(
            f"{f'COALESCE(t.{name}, {NOTHING})' if wide else NOTHING} AS {name}"
            for name in ("product", "cost_center", "account")
        )
        sql = (
            f"SELECT t.period, t.span, {detail}, {_STATED}, sum({_SIGN}) AS amount "
            "FROM final_actuals t LEFT JOIN final_accounts a ON a.account = t.account GROUP BY ALL"
        )
    elif conformed.has("invoices"):
        sql = (
            "SELECT _period AS period, 'month' AS span, '' AS product, '' AS cost_center, "
            "'' AS account, '' AS known_on, '' AS _source, sum(amount) AS amount "
            "FROM final_invoices GROUP BY ALL"
        )
    else:
        return pd.DataFrame({column: pd.Series(dtype="object") for column in TOTALS})
    return frame(conformed, _rounded_sql(sql, ["span"]))[list(TOTALS)]


def _rounded_sql(sql: str, by: Sequence[str]) -> str:
    """Return SQL that rounds running sums, month after month, and takes their differences."""
    window = f"OVER (PARTITION BY {', '.join(by)} ORDER BY {_ORDER}"
    return (
        f"WITH parts AS ({sql}), rounded AS (SELECT *, round(sum(amount) "
        f"{window} ROWS UNBOUNDED PRECEDING), 2) AS running FROM parts) "
        f"SELECT * EXCLUDE (amount, running), running - lag(running, 1, 0) {window}) AS amount "
        f"FROM rounded ORDER BY {', '.join(by)}, {_ORDER}"
    )


def _wide(conformed: Conformed, table: str) -> bool:
    """Return whether a table states amounts for more than a month."""
    sql = f"SELECT count(*) FROM {quoted(f'final_{table}')} WHERE span <> 'month'"
    return bool(conformed.engine.rows(sql)[0][0])


def _center(*, wide: bool) -> str:
    return ("COALESCE(t.cost_center, '')" if wide else "''") + " AS cost_center"


def _ledger_sql(conformed: Conformed, table: str, version: str, kept: str = "") -> str:
    join, family = family_sql(conformed, "t.product")
    return (
        f"SELECT {version} AS version, t.period, t.span, t.product, {family} AS family, "
        f'{_center(wide=_wide(conformed, table))}, t.account, a.line, a."group", '
        f"COALESCE(a.behavior, '') AS behavior, COALESCE(a.margin, '') AS margin, {_STATED}, "
        f"sum({_SIGN}) AS amount FROM {quoted(f'final_{table}')} t "
        f"JOIN final_accounts a ON a.account = t.account {join} "
        f"WHERE true{kept} GROUP BY ALL"
    )


def _invoice_sql(conformed: Conformed) -> str:
    join, family = family_sql(conformed, "t.product")
    line, group = line_sql(conformed)
    return (
        f"SELECT 'actual' AS version, t._period AS period, 'month' AS span, t.product, "
        f"{family} AS family, '' AS cost_center, {place_sql(conformed)} AS account, "
        f"{line} AS line, {group} AS \"group\", '' AS behavior, '' AS margin, '' AS known_on, "
        f"'' AS _source, sum(t.amount) AS amount FROM final_invoices t {join} GROUP BY ALL"
    )
