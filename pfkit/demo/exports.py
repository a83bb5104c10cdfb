"""Raw exports as people have them: semicolons and commas, cp1252, Parquet."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pfkit.demo.company import ACCOUNTS, COST_CENTERS, CURRENCIES, Products
from pfkit.demo.market import ACTIVITY

if TYPE_CHECKING:
    from pfkit.demo.market import Market
    from pfkit.demo.timeline import Timeline


def csv_bytes(rows: pd.DataFrame, *, delimiter: str, encoding: str = "utf-8") -> bytes:
    """Return rows as a CSV file of text columns."""
    text = rows.to_csv(index=False, sep=delimiter, lineterminator="\r\n")
    return text.encode(encoding)


def billing_rows(market: Market, customers: pd.DataFrame, billed: pd.DataFrame) -> pd.DataFrame:
    """Return billing lines as the German billing system writes them: decimal comma, dd.mm.yyyy."""
    who = customers.iloc[billed["customer"].to_numpy()]
    names = np.array(market.products.names)
    product = names[market.product[billed["subscription"].to_numpy()]]
    label = [
        f"{name} {text}"
        for name, text in zip(product, billed["kind"].map(_DESCRIPTIONS), strict=True)
    ]
    return pd.DataFrame(
        {
            "Document": billed["invoice"],
            "Pos": billed["line"].astype(str),
            "Type": billed["document"],
            "Date": _german_days(billed["date"]),
            "Customer": who["customer"].to_numpy(),
            "Customer name": who["name"].to_numpy(),
            "Country": who["country"].to_numpy(),
            "Code": billed["code"],
            "Description": label,
            "Category": billed["kind"],
            "Quantity": [_comma(value, 3) for value in billed["quantity"]],
            "Unit price": [_comma(value, 2) for value in billed["price"]],
            "Discount %": billed["discount"].astype(str),
            "Currency": billed["currency"],
            "Net": [_comma(value, 2) for value in billed["cents"]],
            "Net EUR": [_comma(value, 2) for value in billed["eur"]],
            "Service from": _german_days(billed["service_start"]),
            "Service to": _german_days(billed["service_end"]),
            "Refers to": billed["refers_to"],
        },
    )


def ledger_rows(lines: pd.DataFrame) -> pd.DataFrame:
    """Return journal lines (days as text) as the ledger exports them, debit and credit."""
    title = ACCOUNTS.set_index("account")["name"]
    cents = lines["cents"].to_numpy()
    return pd.DataFrame(
        {
            "Journal": lines["journal"],
            "Line": lines["line"].astype(str),
            "Posting date": lines["posted"],
            "Entered": lines["entered"],
            "Account": lines["account"],
            "Account name": lines["account"].map(title),
            "Cost center": lines["cost_center"],
            "Product": lines["product"],
            "Debit": ["" if value < 0 else plain(value) for value in cents],
            "Credit": [plain(-value) if value < 0 else "" for value in cents],
            "Text": lines["text"],
            "Kind": lines["kind"],
            "Reverses": lines["reverses"],
            "Origin": lines["origin"],
            "Entered by": lines["entered_by"],
            "Approved by": lines["approved_by"],
        },
    )


def usage_table(market: Market, customers: pd.DataFrame, month: int) -> pa.Table:
    """Return a month's usage, one row per customer, product and feature."""
    place, feature = np.nonzero(market.units[:, :, month])
    code = customers["customer"].to_numpy()[market.customer[place]]
    return pa.table(
        {
            "period": pa.array(np.full(len(place), market.time.labels[month]), pa.string()),
            "account_id": pa.array(code, pa.string()),
            "product": pa.array(
                np.array(market.products.names)[market.product[place]],
                pa.string(),
            ),
            "feature": pa.array(np.array([item[0] for item in ACTIVITY])[feature], pa.string()),
            "metric": pa.array(np.array([item[1] for item in ACTIVITY])[feature], pa.string()),
            "units": pa.array(market.units[place, feature, month], pa.int64()),
        },
    )


def parquet_bytes(table: pa.Table) -> bytes:
    """Return a table as a Parquet file."""
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="snappy")
    return sink.getvalue()


def rate_rows(market: Market) -> pd.DataFrame:
    """Return exchange rates: monthly averages, and each January the rate of the budget."""
    time = market.time
    rows = []
    for month in range(time.start, time.stop):
        for place, currency in enumerate(CURRENCIES[1:], 1):
            day = str(time.last_day(month))
            rows.append((day, currency, _micro(market.rates[place, month]), "average"))
    for year in time.years:
        month = time.labels.index(f"{year}-01")
        for place, currency in enumerate(CURRENCIES[1:], 1):
            rate = _micro(market.budget_rates[place, month])
            rows.append((f"{year}-01-01", currency, rate, "budget"))
    rows.sort()
    return pd.DataFrame(rows, columns=["Date", "Currency", "EUR per 1", "Kind"])


def control_row(billed: pd.DataFrame, label: str) -> tuple[str, str, str]:
    """Return month, number of lines and EUR of a month's billing export, repeats included."""
    return label, str(len(billed)), plain(int(billed["eur"].sum()))


def initiative_rows(ventures: pd.DataFrame) -> pd.DataFrame:
    """Return initiatives as the portfolio office lists them."""
    return pd.DataFrame(
        {
            "Initiative": ventures["initiative"],
            "Name": ventures["name"],
            "Product": ventures["product"],
            "Owner": ventures["owner"],
            "Approved EUR": ventures["approved"].astype(str),
            "Hurdle rate": ventures["hurdle"].astype(str),
            "Start": ventures["start"],
            "Status": ventures["status"],
            "Approved on": iso_days(ventures["approved_on"]),
        },
    )


def cash_flow_rows(flows: pd.DataFrame) -> pd.DataFrame:
    """Return cash flows as the portfolio office lists them."""
    return pd.DataFrame(
        {
            "Initiative": flows["initiative"],
            "Month": flows["period"],
            "Kind": flows["kind"],
            "Flow": flows["flow"],
            "Currency": flows["currency"],
            "Amount": [plain(value) for value in flows["cents"]],
            "Known on": iso_days(flows["known_on"]),
        },
    )


def milestone_rows(milestones: pd.DataFrame) -> pd.DataFrame:
    """Return milestones as the portfolio office keeps them, a row for every state."""
    return pd.DataFrame(
        {
            "Initiative": milestones["initiative"],
            "Milestone": milestones["milestone"],
            "Planned": iso_days(milestones["planned_on"]),
            "Expected": _days_or_blank(milestones["expected_on"]),
            "Done": _days_or_blank(milestones["done_on"]),
            "Weight": milestones["weight"].astype(str),
            "Go-live": milestones["go_live"].map({True: "true", False: ""}),
            "Known on": iso_days(milestones["known_on"]),
        },
    )


def benefit_rows(benefits: pd.DataFrame) -> pd.DataFrame:
    """Return the benefit register as the portfolio office keeps it, EUR a year."""
    text = benefits.astype("object").where(benefits.notna(), "")

    def euros(name: str) -> list[str]:
        return ["" if value == "" else plain(int(value)) for value in text[name]]

    return pd.DataFrame(
        {
            "Benefit": text["benefit"],
            "Initiative": text["initiative"],
            "Name": text["name"],
            "Metric": text["metric"],
            "Owner": text["owner"],
            "Kind": text["kind"],
            "Product": text["product"],
            "Account": text["account"],
            "Baseline EUR": euros("baseline"),
            "Promised EUR": euros("promised"),
            "Realized EUR": euros("realized"),
            "Low": euros("low"),
            "High": euros("high"),
            "Level": text["level"],
            "Method": text["method"],
            "Grade": text["grade"],
            "Source": text["source"],
            "Measured on": _days_or_blank(benefits["measured_on"]),
            "Months": ["" if value == "" else str(int(value)) for value in text["months"]],
            "From": text["start"],
            "Status": text["status"],
            "Known on": iso_days(benefits["known_on"]),
        },
    )


def decision_rows(decisions: pd.DataFrame) -> pd.DataFrame:
    """Return decisions as the minutes list them."""
    return pd.DataFrame(
        {
            "Decision": decisions["decision"],
            "Row": decisions["row_key"],
            "Question": decisions["text"],
            "Owner": decisions["owner"],
            "Due on": iso_days(decisions["due_on"]),
            "Status": decisions["status"],
            "Raised on": iso_days(decisions["known_on"]),
        },
    )


def code_rows(products: Products) -> pd.DataFrame:
    """Return the product master: every billing code, its product and family."""
    kinds = {
        "SUB": "subscription",
        "USE": "usage fee",
        "SVC": "services",
        "FEE": "reminder fee",
    }
    rows = [
        (f"{code}-{suffix}", name, family, kind)
        for code, name, family in zip(
            products.codes,
            products.names,
            products.families,
            strict=True,
        )
        for suffix, kind in kinds.items()
    ]
    return pd.DataFrame(rows, columns=["Code", "Product", "Family", "Sold as"])


def product_rows(products: Products, time: Timeline) -> pd.DataFrame:
    """Return products: name, family, when launched."""
    launched = [str(time.grid[time.last] - int(age)) for age in products.launched]
    return pd.DataFrame(
        {"Product": products.names, "Family": products.families, "Launched": launched},
    )


def account_rows() -> pd.DataFrame:
    """Return the chart of accounts."""
    names = ["Account", "Name", "Statement line", "Group", "Favorable when"]
    return ACCOUNTS.set_axis([*names, "Behavior", "Variable share", "Margin"], axis=1)


def cost_center_rows() -> pd.DataFrame:
    """Return cost centers, who answers for them, and the department each belongs to."""
    return COST_CENTERS.set_axis(["Cost center", "Name", "Owner", "Department"], axis=1)


def effort_rows(effort: pd.DataFrame) -> pd.DataFrame:
    """Return hours as the planning tool and the time sheets list them."""
    return pd.DataFrame(
        {
            "Version": effort["version"],
            "Month": effort["month"],
            "Cost center": effort["cost_center"],
            "Role": effort["role"],
            "Product": effort["product"],
            "Initiative": effort["initiative"],
            "Hours": [f"{int(half) / 2:.1f}" for half in effort["hours"]],
            "EUR an hour": [plain(cents) for cents in effort["hourly"]],
            "Follows volume": effort["behavior"],
            "Known on": effort["known_on"],
        },
    )


def plain(cents: int) -> str:
    """Return cents as a decimal number with a point.

    Examples
    --------
    >>> plain(-1205)
    '-12.05'
    """
    whole, part = divmod(abs(int(cents)), 100)
    return f"{'-' if cents < 0 else ''}{whole}.{part:02d}"


_DESCRIPTIONS = {
    "Subscription": "seats",
    "Usage": "API calls, thousands",
    "Services": "days of consulting",
    "Fee": "reminder fee",
    "Credit note": "credit note",
    "Refund": "refund of an earlier month",
}


def _comma(value: int, decimals: int) -> str:
    scale = 10**decimals
    whole, part = divmod(abs(int(value)), scale)
    return f"{'-' if value < 0 else ''}{whole},{part:0{decimals}d}"


def _micro(rate: int) -> str:
    return f"{int(rate) // 10**6}.{int(rate) % 10**6:06d}"


def _german_days(days: pd.Series[Any]) -> list[str]:
    return ["" if day == "NaT" else f"{day[8:10]}.{day[5:7]}.{day[:4]}" for day in iso_days(days)]


def _days_or_blank(days: pd.Series[Any]) -> list[str]:
    return ["" if day == "NaT" else day for day in iso_days(days)]


def iso_days(days: pd.Series[Any]) -> list[str]:
    """Return days as ``YYYY-MM-DD``, a missing one as ``NaT``."""
    return [str(day) for day in days.to_numpy().astype("datetime64[D]")]
