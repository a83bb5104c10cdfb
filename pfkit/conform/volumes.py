"""What was sold and planned in units and money, by month, product and line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit.conform.currencies import held_rates, implied_rates
from pfkit.conform.engine import literal
from pfkit.conform.recognition import PARTS, RECOGNIZED, prepare
from pfkit.conform.versions import outside_sql
from pfkit.conform.views import REVENUE, family_sql, frame, line_sql, whole_cents

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pfkit.conform.pipeline import Conformed
    from pfkit.period import Period

COLUMNS = (
    "version", "period", "product", "family", "line", "group", "unit", "currency", "quantity",
    "amount_local", "amount", "budget_rate", "prior_year_rate", "previous_rate", "source", "reason",
)  # fmt: skip
_CELL = ["version", "period", "product", "family", "line", "group"]
#: The unit of a line whose quantity counts nothing.
UNCOUNTED = "none"
_DIFFERS = "ledger and billing differ"
_DEFERRED = "billed in one month, recognized over others"
_LEDGER_ONLY = "in the ledger, not in billing"
_POOLED = "Ledger less billing"
_UNPLANNED = "no quantity in the plan"


def volumes(conformed: Conformed, period: Period, statement: pd.DataFrame) -> pd.DataFrame:
    """Return units and money of net revenue, actual and of every budget version.

    Parameters
    ----------
    conformed : Conformed
        The loaded book.
    period : Period
        The report's period: which months need the rates of others.
    statement : pandas.DataFrame
        The book's statement; what its ledger says beyond billing is added without a quantity.

    Returns
    -------
    pandas.DataFrame
        ``version, period, product, family, line, group, unit, currency, quantity, amount_local,
        amount, budget_rate, prior_year_rate, previous_rate, source, reason``. Amounts are in whole
        cents and add up to the statement's net revenue; rows without ``quantity`` stand apart with
        a reason. Versions that count nowhere are left out, as in the statement. A rate is
        reporting currency per 1 unit of ``currency``, for the rows of the period and its year to
        date. Empty where the book has no invoices.
    """
    if not conformed.has("invoices"):
        return pd.DataFrame({name: pd.Series(dtype="object") for name in COLUMNS})
    billed = _billed(conformed)
    parts = [billed]
    if conformed.has("actuals"):
        parts.append(_beyond(conformed, billed, statement))
    if conformed.has("budget") and conformed.has("accounts"):
        parts.append(_planned(conformed, statement.attrs.get("left_out", {})))
    rows = pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)
    units = _units(conformed)
    rows["unit"] = [units.get(line, line) for line in rows["line"]]
    uncounted = rows["unit"] == UNCOUNTED
    rows["quantity"] = rows["quantity"].mask(uncounted)
    told = rows["line"] + " count in no unit"
    rows["reason"] = rows["reason"].mask(uncounted & (rows["reason"] == ""), told)
    rows = rows.sort_values([*_CELL, "currency", "reason"], kind="stable")
    rows = _with_rates(conformed, period, rows.reset_index(drop=True))[[*COLUMNS]]
    rows.attrs["left_out"] = statement.attrs.get("left_out", {})
    return rows


def _billed(conformed: Conformed) -> pd.DataFrame:
    """Add up invoice lines, those without a quantity apart, before they leave the engine."""
    join, family = family_sql(conformed, "t.product")
    line, group = line_sql(conformed)
    home = literal(conformed.declaration.company.currency)
    lines = (
        f"SELECT t._period AS period, t.product, {family} AS family, {line} AS line, "
        f'{group} AS "group", COALESCE(t.currency, {home}) AS currency, t.quantity, '
        "t.amount_local, t.amount, "
        "t.quantity IS NULL OR (t.quantity = 0 AND t.amount <> 0) AS apart "
        f"FROM final_invoices t {join}"
    )
    return _added(conformed, "'actual'", lines, "billing", "no quantity in billing")


def _added(conformed: Conformed, version: str, lines: str, source: str, why: str) -> pd.DataFrame:
    """Add up rows of net revenue; those ``apart`` have no quantity, and say why."""
    rows = frame(
        conformed,
        'SELECT version, period, product, family, line, "group", currency, '
        "CASE WHEN NOT apart THEN quantity END AS quantity, amount_local, amount, "
        f"{literal(source)} AS source, CASE WHEN apart THEN {literal(why)} ELSE '' END AS reason "
        f'FROM (SELECT {version} AS version, period, product, family, line, "group", currency, '
        "apart, CAST(sum(quantity) AS DOUBLE) AS quantity, sum(amount_local) AS amount_local, "
        f"sum(amount) AS amount FROM ({lines}) WHERE \"group\" IN ('gross', 'returns', 'other') "
        "GROUP BY ALL) ORDER BY version, period, line, product, currency, apart",
    )
    rows["amount"] = whole_cents(rows, ["version", "period", "line"])
    return rows


def _beyond(conformed: Conformed, billed: pd.DataFrame, statement: pd.DataFrame) -> pd.DataFrame:
    """Return what the ledger says of revenue beyond billing, by month, product and line.

    Lines that only one of the two knows are compared together where billing has such lines. What
    billing spreads over other months stands apart, where the ledger does so too: where it is
    nearer to what is recognized than to what is billed.
    """
    booked = statement[(statement["version"] == "actual") & statement["group"].isin(REVENUE)]
    if "since" in booked:
        booked = booked[booked["since"] == booked["period"]]
    if booked.empty:
        return billed.head(0)
    common = set(booked["line"]) & set(billed["line"])
    pooled = bool(set(billed["line"]) - common)
    sums = []
    for rows in (booked, billed, _spread(conformed)):
        apart = pooled & ~rows["line"].isin(common)
        named = rows.assign(
            line=rows["line"].mask(apart, _POOLED), group=rows["group"].mask(apart, "other")
        )
        sums.append(named.groupby(_CELL, sort=True)["amount"].sum())
    both = pd.concat(sums, axis=1, keys=["ledger", "billing", "spread"])
    gap = (both["ledger"].fillna(0) - both["billing"].fillna(0)).round(2)
    spread = both["spread"].fillna(0).where(both["ledger"].notna(), 0).astype("float64").round(2)
    if (gap - spread).abs().sum() >= gap.abs().sum():
        spread = spread * 0
    reason = both["billing"].isna().map({True: _LEDGER_ONLY, False: _DIFFERS})
    parts = [
        pd.DataFrame({"amount": (gap - spread).round(2), "reason": reason}),
        pd.DataFrame({"amount": spread, "reason": _DEFERRED}),
    ]
    rows = pd.concat([part.query("amount != 0").reset_index() for part in parts])
    return rows.assign(
        currency=conformed.declaration.company.currency,
        amount_local=rows["amount"],
        quantity=float("nan"),
        source="ledger less billing",
    )


def _spread(conformed: Conformed) -> pd.DataFrame:
    """Return what is recognized less what is billed, by month, product and line."""
    prepare(conformed)
    join, family = family_sql(conformed, "t.product")
    line, group = line_sql(conformed)
    every = (
        f"SELECT period, product, kind, amount FROM {RECOGNIZED} UNION ALL "
        f"SELECT booked, product, kind, -amount FROM {PARTS}"
    )
    return frame(
        conformed,
        f"SELECT 'actual' AS version, t.period, t.product, {family} AS family, {line} AS line, "
        f'{group} AS "group", CAST(sum(t.amount) AS DOUBLE) AS amount FROM ({every}) t {join} '
        "GROUP BY ALL HAVING sum(t.amount) <> 0 ORDER BY ALL",
    )


def _planned(conformed: Conformed, out: dict[str, dict[int, str]]) -> pd.DataFrame:
    """Add up planned units and money; a line of the plan without units stands apart.

    Units may stand in rows of their own: a cell is a product, account and cost center.
    """
    join, family = family_sql(conformed, "t.product")
    sign = "CASE WHEN favorable_when = 'higher' THEN 1 ELSE -1 END"
    lines = (
        f'SELECT t.version, t.period, t.product, {family} AS family, a.line, a."group", '
        f"t.currency, sum(t.quantity) AS quantity, sum({sign} * t.amount_local) AS amount_local, "
        f"sum({sign} * t.amount) AS amount, sum(t.quantity) IS NULL AS apart "
        f"FROM final_budget t JOIN final_accounts a ON a.account = t.account {join} "
        f"WHERE t.span = 'month'{outside_sql(conformed, out)} GROUP BY t.version, t.period, "
        f't.product, {family}, a.line, a."group", t.currency, t.account, t.cost_center'
    )
    return _added(conformed, "version", lines, "budget", _UNPLANNED)


def _units(conformed: Conformed) -> Mapping[str, str]:
    """Return the unit of every line that the book declares one for."""
    return {item.line: item.unit for item in conformed.declaration.statement.values() if item.unit}


def _with_rates(conformed: Conformed, period: Period, rows: pd.DataFrame) -> pd.DataFrame:
    """Add the rates that amounts of the period are held against."""
    company = conformed.declaration.company
    months = list(dict.fromkeys([*period.year_to_date.months, *period.months]))
    actual = rows[rows["version"] == "actual"]
    foreign = set(actual["currency"]) - {company.currency}
    kind = conformed.declaration.policies.rate_kind
    calendar = company.fiscal_calendar()
    before = {
        "budget_rate": ("budget", 0),
        "prior_year_rate": (kind, -12),
        "previous_rate": (kind, -len(period.months)),
    }
    implied = implied_rates(actual)
    for name, (of, shift) in before.items():
        source = {month: calendar.shift(month, shift) for month in months}
        held = held_rates(conformed, of, list(source.values())) if foreign else {}
        known = held if name == "budget_rate" else implied | held
        rows[name] = _looked_up(rows, source, known, company.currency)
    return rows


def _looked_up(
    rows: pd.DataFrame,
    source: Mapping[str, str],
    known: Mapping[tuple[str, str], float],
    home: str,
) -> pd.Series:
    found = [
        1.0 if currency == home else known.get((source.get(month, ""), currency))
        for month, currency in zip(rows["period"], rows["currency"], strict=True)
    ]
    return pd.to_numeric(pd.Series(found, index=rows.index, dtype="object")).astype("float64")
