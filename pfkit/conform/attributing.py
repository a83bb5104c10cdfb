"""What attribution is made from: billing, use and releases by month, and what features cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pfkit.conform.cells import cells
from pfkit.conform.engine import literal
from pfkit.conform.recognition import PARTS, RECOGNIZED, prepare
from pfkit.conform.views import REVENUE, frame, line_sql, nothing

if TYPE_CHECKING:
    from pfkit.conform.pipeline import Conformed
    from pfkit.period import FiscalCalendar, Period

BILLING = (
    *("customer", "period", "currency", "amount", "amount_local"),
    *("invoice_id", "line_no", "refers_to"),
)
COSTS = ("feature", "initiative", "direct", "hours", "allocated")
_USAGE = ("customer", "feature", "period", "units")
_RELEASES = ("feature", "period", "status", "expected_amount")
_ROLLOUT = ("feature", "customer", "how", "wave", "available_from")


def billing(conformed: Conformed, period: Period) -> pd.DataFrame:
    """Return recognized revenue line by line, to the end of the period, in both currencies.

    Returns
    -------
    pandas.DataFrame
        ``customer, period, currency, amount`` (reporting currency), ``amount_local``;
        ``invoice_id`` and ``line_no`` name the line, ``refers_to`` the one a refund takes back.
    """
    if not conformed.has("invoices"):
        return nothing(BILLING)
    prepare(conformed)
    _, group = line_sql(conformed)
    chosen = ", ".join(map(literal, REVENUE))
    return frame(
        conformed,
        f"WITH begun AS (SELECT root, min(booked) AS first FROM {PARTS} GROUP BY root) "
        "SELECT COALESCE(t.customer, '(none)') AS customer, t.period, t.currency, t.amount, "
        "t.amount_local, CAST(t.root AS VARCHAR) AS invoice_id, row_number() OVER (ORDER BY "
        "t.root, t.period, t.booked, t.kind, t.amount) AS line_no, CASE WHEN t.booked > b.first "
        f"THEN CAST(t.root AS VARCHAR) END AS refers_to FROM {RECOGNIZED} t JOIN begun b "
        f"ON b.root = t.root WHERE {group} IN ({chosen}) "
        f"AND t.period <= {literal(period.months[-1])} ORDER BY line_no",
    )


def used(conformed: Conformed, period: Period) -> pd.DataFrame:
    """Return use by customer, feature and month, added up before it leaves the engine.

    Returns
    -------
    pandas.DataFrame
        One row per cell, by month, customer and feature: ``customer, feature, period`` as
        categories, ``units``. A cell takes a dozen bytes, so that millions fit in memory.
    """
    if not conformed.has("usage"):
        return nothing(_USAGE)
    where = (
        "feature IS NOT NULL AND feature <> '' AND customer <> '(none)' "
        f"AND period <= {literal(period.months[-1])}"
    )
    return cells(conformed, "usage", ("customer", "feature"), "units", where=where)


def releases(table: pd.DataFrame, calendar: FiscalCalendar) -> pd.DataFrame:
    """Return releases, each as known last, by fiscal month; withdrawn ones are left out."""
    if table.empty:
        return nothing(_RELEASES)
    last = _latest(table, ["feature"])
    rows = last[last["status"] != "withdrawn"]
    return rows.assign(period=_months(rows["released_on"], calendar))[list(_RELEASES)].reset_index(
        drop=True
    )


def rollout(table: pd.DataFrame, calendar: FiscalCalendar) -> pd.DataFrame:
    """Return who could use which feature from which fiscal month, each as known last."""
    if table.empty:
        return nothing(_ROLLOUT)
    rows = _latest(table, ["feature", "customer"])
    found = rows.assign(
        available_from=_months(rows["available_from"], calendar),
        customer=rows["customer"].where(rows["customer"] != "(none)"),
    )
    return found[list(_ROLLOUT)].reset_index(drop=True)


def ledger(statement: pd.DataFrame, months: set[str]) -> pd.DataFrame | None:
    """Return net revenue of the ledger by month, or nothing where it is not stated by month."""
    rows = statement[statement["group"].isin(REVENUE) & (statement["version"] == "actual")]
    if "since" in rows.columns:
        rows = rows[rows["since"] == rows["period"]]
    sums = rows[rows["period"].isin(months)].groupby("period")["amount"].sum().reset_index()
    return sums if len(sums) else None


def costs(
    features: pd.DataFrame,
    cashflows: pd.DataFrame,
    effort: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return what each feature cost to the end of the period: its own, and its share of the rest.

    Parameters
    ----------
    features, cashflows, effort : pandas.DataFrame
        Tables of a book.
    period : Period
        The period reported.

    Returns
    -------
    pandas.DataFrame
        ``feature, initiative``; ``direct``: what went out for its initiative, or, where no cash
        flow is stated, what its hours cost; ``hours`` of its initiative; ``allocated``: its share,
        by hours, of what the same cost centers worked for no initiative and no product since their
        first hour for an initiative; hours for a product are that product's own. Reporting
        currency; an initiative of several features is split by ``weight``.
    """
    paid = features[features["initiative"].notna() & (features["initiative"] != "")]
    if paid.empty:
        return nothing(COSTS)
    last = period.months[-1]
    worked = effort[(effort["version"] == "actual") & (effort["period"] <= last)]
    worked = worked.assign(
        cost=worked["hours"].astype("float64") * worked["hourly_cost"].astype("float64"),
        hours=worked["hours"].astype("float64"),
        initiative=worked["initiative"].fillna(""),
    )
    for_one = worked[worked["initiative"] != ""]
    own = for_one.groupby("initiative")[["hours", "cost"]].sum()
    begun = for_one.groupby("cost_center")["period"].min()
    shared_by_all = (worked["initiative"] == "") & _for_no_product(worked)
    rest = worked[shared_by_all & worked["cost_center"].isin(begun.index)]
    rest = rest[rest["period"] >= rest["cost_center"].map(begun)]
    shared, hours = float(rest["cost"].sum()), float(own["hours"].sum())
    out = cashflows[
        (cashflows["kind"] == "actual")
        & cashflows["flow"].isin(["investment", "cost"])
        & (cashflows["period"] <= last)
    ]
    spent = -out.groupby("initiative")["amount"].sum().astype("float64")
    direct = paid["initiative"].map(spent).fillna(paid["initiative"].map(own["cost"])).fillna(0.0)
    mine = paid["initiative"].map(own["hours"]).fillna(0.0).astype("float64")
    part = _parts(paid)
    return pd.DataFrame(
        {
            "feature": paid["feature"],
            "initiative": paid["initiative"],
            "direct": (direct * part).round(2),
            "hours": mine * part,
            "allocated": (shared * mine / hours * part).round(2) if hours > 0 else 0.0,
        }
    ).reset_index(drop=True)


def gross_margin(statement: pd.DataFrame, period: Period) -> float | None:
    """Return what is left of net revenue after cost of revenue, a fraction, of twelve months.

    None where the book states no cost of revenue, or no revenue, or where cost eats all of it.
    """
    year = len(period.calendar.months_of_year(period.fiscal_year))
    months = period.trailing(year).months
    rows = statement[(statement["version"] == "actual") & statement["period"].isin(months)]
    revenue = float(rows.loc[rows["group"].isin(REVENUE), "amount"].sum())
    spent = rows.loc[rows["group"] == "cost_of_revenue", "amount"]
    if revenue <= 0 or spent.empty:
        return None
    margin = 1 + float(spent.sum()) / revenue  # a statement has cost below zero
    return margin if 0 < margin <= 1 else None


def _for_no_product(worked: pd.DataFrame) -> pd.Series:
    if "product" not in worked.columns:
        return pd.Series(data=True, index=worked.index)
    return worked["product"].fillna("").isin(["", "(none)"])


def _parts(paid: pd.DataFrame) -> pd.Series:
    """Return which part of its initiative each feature is."""
    weight = paid["weight"].astype("float64").fillna(1.0)
    whole = weight.groupby(paid["initiative"]).transform("sum")
    return pd.Series(
        np.where(whole > 0, weight / whole.where(whole > 0, 1.0), 0.0), index=paid.index
    )


def _latest(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    rows = table.sort_values([*keys, "known_on"], kind="stable")
    return rows.drop_duplicates(keys, keep="last")


def _months(days: pd.Series, calendar: FiscalCalendar) -> pd.Series:
    """Return the fiscal month of each day; empty stays empty."""
    known = {day: calendar.month_of(pd.Timestamp(day).date()) for day in days.dropna().unique()}
    return days.map(known).astype("str").where(days.notna())
