"""Monthly views of agreed tables for the analyst's edge: statement and activity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from pfkit.conform.decimals import floats
from pfkit.conform.engine import literal, quoted
from pfkit.conform.partitions.edge import edge_sql
from pfkit.conform.partitions.sums import table_sums_sql
from pfkit.conform.stretches import Derived, wide_sources, widened
from pfkit.conform.versions import left_out, outside_sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.conform.pipeline import Conformed

#: Statement line of an invoice kind when the book declares none.
#: Groups of statement lines that add up to net revenue.
REVENUE = ("gross", "returns", "other")
DEFAULT_STATEMENT = {
    "sale": ("Gross sales", "gross"),
    "cancellation": ("Cancellations", "returns"),
    "return": ("Returns", "returns"),
    "refund": ("Refunds", "returns"),
    "credit": ("Credit notes", "returns"),
    "credit_note": ("Credit notes", "returns"),
}

STATEMENT_COLUMNS = (
    "version",
    "period",
    "product",
    "family",
    "cost_center",
    "account",
    "line",
    "group",
    "favorable_when",
    "amount",
)


def nothing(columns: Sequence[str]) -> pd.DataFrame:
    """Return a table of columns without a row.

    Examples
    --------
    >>> nothing(("feature", "period")).columns.tolist()
    ['feature', 'period']
    """
    return pd.DataFrame({column: pd.Series(dtype="object") for column in columns})


def frame(conformed: Conformed, sql: str) -> pd.DataFrame:
    """Return a query's result in pandas; exact decimals become floats at this edge only."""
    table = conformed.engine.arrow(sql)
    for place, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type):
            table = table.set_column(place, field.name, pa.array(floats(table.column(place))))
    frame_: pd.DataFrame = table.to_pandas(date_as_object=True)
    for field in table.schema:
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
            frame_[field.name] = frame_[field.name].astype("str")
    return frame_


def agreed(conformed: Conformed, table: str) -> pd.DataFrame:
    """Return an agreed table with its provenance, or its empty columns where no source feeds it.

    ``attrs["summed"]`` says so where a partitioned table is too large to hand over row by row.

    Raises
    ------
    BookError
        If it is too large even by month.
    """
    columns = [column.name for column in conformed.declaration.contracts.contract(table).columns]
    if not conformed.has(table):
        return pd.DataFrame({column: pd.Series(dtype="object") for column in columns})
    sql, said = edge_sql(conformed, table)
    rows = frame(conformed, sql)
    if said:
        rows.attrs["summed"] = said
    return rows


def family_sql(conformed: Conformed, product: str) -> tuple[str, str]:
    """Return the join and the value that give a product's family."""
    if conformed.has("products"):
        join = f"LEFT JOIN final_products f ON f.product = {product}"
        return join, f"COALESCE(f.family, {product})"
    loaded = conformed.maps.get("family")
    if loaded is None:
        return "", product
    other = literal(loaded.declared.unmapped or "(none)")
    join = f"LEFT JOIN map_family f ON f.key = {loaded.key_sql(product)}"
    return join, f"COALESCE(f.value, {other})"


def statement(conformed: Conformed) -> pd.DataFrame:
    """Return the statement: actual and every budget version that counts, by month and line.

    Parameters
    ----------
    conformed : Conformed
        The loaded book.

    Returns
    -------
    pandas.DataFrame
        ``version, period, product, family, cost_center, account, line, group, favorable_when,
        amount``; ``amount`` is the effect on profit in reporting currency, in whole cents that
        add up to the cents of each period's line. Versions that are drafts or not approved are not
        in it; ``attrs["left_out"]`` says which, and why. Where a source says with first and last
        day what its amounts cover, ``since`` is the first month of each, ``period`` the last, and
        quarters that follow from longer stretches are added: ``attrs["derived"]`` lists them.
    """
    parts, out = [], left_out(conformed)
    if conformed.has("actuals") and conformed.has("accounts"):
        parts.append(_ledger_sql(conformed, "actuals", "'actual'"))
    elif conformed.has("invoices"):
        parts.append(_invoice_sql(conformed))
    if conformed.has("budget") and conformed.has("accounts"):
        parts.append(_ledger_sql(conformed, "budget", "t.version", outside_sql(conformed, out)))
    if not parts:
        return pd.DataFrame({column: pd.Series(dtype="object") for column in STATEMENT_COLUMNS})
    rows = frame(
        conformed,
        " UNION ALL BY NAME ".join(parts)
        + " ORDER BY version, period, line, product, cost_center, account",
    )
    wide = bool(wide_sources(conformed))
    rows["amount"] = whole_cents(rows, ["version", "period", "line", *(["span"] if wide else [])])
    if wide:
        calendar = conformed.declaration.company.fiscal_calendar()
        rows, derived = widened(rows, calendar)
        rows.attrs["derived"] = Derived(derived)
    rows.attrs["left_out"] = out
    for one in conformed.declaration.compared:
        if one.reason:
            refused = rows.attrs.setdefault("refused", {}).setdefault(one.what, {})
            refused |= dict.fromkeys(one.months, one.reason)
    return rows[[*STATEMENT_COLUMNS, *(["since"] if wide else [])]]


def _ledger_sql(conformed: Conformed, table: str, version: str, kept: str = "") -> str:
    join, family = family_sql(conformed, "t.product")
    sources = ", ".join(map(literal, wide_sources(conformed, table)))
    wide = f" OR t._source IN ({sources})" if sources else ""
    span = ", t.span" if wide_sources(conformed) else ""
    return (
        f"SELECT {version} AS version, t.period{span}, t.product, {family} AS family, "
        "COALESCE(t.cost_center, '(none)') AS cost_center, t.account, a.line, a.\"group\", "
        "a.favorable_when, sum(CASE WHEN a.favorable_when = 'higher' THEN t.amount "
        "ELSE -t.amount END) AS amount "
        f"FROM {quoted(f'final_{table}')} t "
        f"JOIN final_accounts a ON a.account = t.account {join} "
        f"WHERE (t.span = 'month'{wide}){kept} GROUP BY ALL"
    )


def _invoice_sql(conformed: Conformed) -> str:
    join, family = family_sql(conformed, "t.product")
    line, group = line_sql(conformed)
    place = place_sql(conformed)
    return (
        f"SELECT 'actual' AS version, t._period AS period, t.product, {family} AS family, "
        f"'(none)' AS cost_center, {place} AS account, {line} AS line, {group} AS \"group\", "
        f"CASE WHEN {group} = 'returns' THEN 'lower' ELSE 'higher' END AS favorable_when, "
        f"sum(t.amount) AS amount FROM final_invoices t {join} "
        "GROUP BY ALL"
    )


def place_sql(conformed: Conformed) -> str:
    """Return SQL for an account that keeps the lines in the order the book declares them."""
    kinds = conformed.declaration.statement or DEFAULT_STATEMENT
    cases = " ".join(
        f"WHEN {literal(kind)} THEN {literal(f'{place:02d} {kind}')}"
        for place, kind in enumerate(kinds, start=1)
    )
    return f"CASE t.kind {cases} ELSE '99 ' || t.kind END"


def line_sql(conformed: Conformed) -> tuple[str, str]:
    """Return SQL for the statement line and group of an invoice row's kind."""
    declared = {k: (v.line, v.group) for k, v in conformed.declaration.statement.items()}
    kinds = declared or DEFAULT_STATEMENT
    lines = " ".join(f"WHEN {literal(k)} THEN {literal(v[0])}" for k, v in kinds.items())
    groups = " ".join(f"WHEN {literal(k)} THEN {literal(v[1])}" for k, v in kinds.items())
    return (
        f"CASE t.kind {lines} ELSE 'Other: ' || t.kind END",
        f"CASE t.kind {groups} ELSE 'other' END",
    )


def activity(conformed: Conformed) -> pd.DataFrame:
    """Return usage added up by month, product, feature and metric, before it leaves the engine."""
    columns = ["period", "product", "feature", "metric", "units"]
    if not conformed.has("usage"):
        return pd.DataFrame({column: pd.Series(dtype="object") for column in columns})
    keys = {"period": "period", "product": "product"}
    keys |= {"feature": "COALESCE(feature, '(none)')", "metric": "metric"}
    sums = table_sums_sql(conformed, "usage", keys, {"units": "sum(units)"})
    return frame(conformed, f"{sums} ORDER BY ALL")


def whole_cents(rows: pd.DataFrame, by: Sequence[str]) -> pd.Series:
    """Round to cents so that each group's parts add up to its rounded sum.

    Running sums are rounded and their differences taken: no part moves by more than a cent, and
    nothing is lost or made on the way.
    """
    exact = rows["amount"].to_numpy(dtype="float64")
    running = rows["amount"].groupby([rows[name] for name in by], sort=False).cumsum()
    rounded = np.round(running.to_numpy(dtype="float64") * 100)
    first = ~rows.duplicated(list(by)).to_numpy()
    whole = np.where(first, rounded, np.diff(rounded, prepend=0.0)) / 100
    plain = np.isclose(exact, np.round(exact, 2), rtol=0, atol=1e-9)
    return pd.Series(np.round(np.where(plain.all(), exact, whole), 2), index=rows.index)


def product_names(conformed: Conformed) -> dict[str, str]:
    """Return the name of every product that has one beside its code.

    The dimension ``products`` names them; without it, the description a code is billed under most
    often, the first in alphabetical order among equals.
    """
    if conformed.has("products"):
        sql = "SELECT product, name FROM final_products WHERE name IS NOT NULL ORDER BY product"
    elif conformed.has("invoices"):
        sql = (
            "SELECT product, description FROM (SELECT product, description, count(*) AS lines "
            "FROM final_invoices WHERE description IS NOT NULL GROUP BY 1, 2) QUALIFY "
            "row_number() OVER (PARTITION BY product ORDER BY lines DESC, description) = 1 "
            "ORDER BY product"
        )
    else:
        return {}
    return {product: name for product, name in conformed.engine.rows(sql) if name != product}
