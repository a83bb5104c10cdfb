"""Raw exports as people have them: semicolons and commas, cp1252, workbooks, Parquet."""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from pfkit.demo.company import ACCOUNTS, COST_CENTERS, CURRENCIES, FEATURES, NAME, Products
from pfkit.demo.plan import owner

if TYPE_CHECKING:
    from pfkit.demo.market import Market
    from pfkit.demo.plan import Budget
    from pfkit.demo.timeline import Timeline

BUDGET_HEADER = 5  # row of the column names in a budget sheet
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
BUDGET_COLUMNS = ("Version", "Approved", "Year", "Product", "Account", "Cost center", "Owner")
_TITLES = {"Revenue": "Revenue by product and region", "Cost": "Cost by product and cost center"}


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
            "feature": pa.array(np.array([item[0] for item in FEATURES])[feature], pa.string()),
            "metric": pa.array(np.array([item[1] for item in FEATURES])[feature], pa.string()),
            "units": pa.array(market.units[place, feature, month], pa.int64()),
        },
    )


def parquet_bytes(table: pa.Table) -> bytes:
    """Return a table as a Parquet file."""
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="snappy")
    return sink.getvalue()


def budget_bytes(budget: Budget, changed: dict[tuple[str, int, int], str]) -> bytes:
    """Return one budget as a workbook: a notes sheet, then one sheet per block, kEUR by month.

    `changed` holds texts that stand where a number belongs: (sheet, row, month of the year).
    """
    sink = io.BytesIO()
    with xlsxwriter.Workbook(sink, {"in_memory": True}) as book:
        approved = dt.datetime.fromisoformat(budget.approved)
        book.set_properties({"title": budget.name, "author": NAME, "created": approved})
        bold = book.add_format({"bold": True})
        number = book.add_format({"num_format": "#,##0.0"})
        notes = book.add_worksheet("Notes")
        for row, text in enumerate(
            (
                f"{NAME}: budget {budget.year}, {budget.version}",
                f"Approved {budget.approved}",
                "All amounts in kEUR at budget rates; revenue and cost are both positive.",
                "Returns (accounts 4800 and 4810) are stated as positive deductions.",
            ),
        ):
            notes.write_string(row, 0, text)
        for sheet, title in _TITLES.items():
            page = book.add_worksheet(sheet)
            page.write_string(0, 0, f"{NAME}: {title}", bold)
            page.write_string(1, 0, f"Budget {budget.year}, version {budget.version}")
            page.write_string(2, 0, "kEUR")
            for column, name in enumerate((*BUDGET_COLUMNS, *MONTHS, "Total")):
                page.write_string(BUDGET_HEADER - 1, column, name, bold)
            row = BUDGET_HEADER
            for place in budget_places(budget, sheet):
                line = budget.lines[place]
                who = (line.product, line.account, line.cost_center, owner(line))
                page.write_row(row, 0, (budget.version, budget.approved))
                page.write_number(row, 2, budget.year)
                page.write_row(row, 3, [text or None for text in who])
                values = tenths(budget.cells[place])
                for month, value in enumerate(values):
                    text = changed.get((sheet, row + 1, month))
                    if text is None:
                        page.write_number(row, len(BUDGET_COLUMNS) + month, value / 10, number)
                    else:
                        page.write_string(row, len(BUDGET_COLUMNS) + month, text)
                _total(page, row, sum(values) / 10, number)
                row += 1
            page.write_string(row, 0, "Total", bold)
            total = np.array([tenths(budget.cells[at]) for at in budget_places(budget, sheet)])
            for month in range(len(MONTHS)):
                column = len(BUDGET_COLUMNS) + month
                letter = xl_col_to_name(column)
                formula = f"=SUM({letter}{BUDGET_HEADER + 1}:{letter}{row})"
                page.write_formula(row, column, formula, number, total[:, month].sum() / 10)
            _total(page, row, total.sum() / 10, number)
            page.set_column(0, len(BUDGET_COLUMNS) - 1, 13)
    return sink.getvalue()


def budget_places(budget: Budget, sheet: str) -> list[int]:
    """Return the places of a sheet's lines, in the order of its rows."""
    return [place for place, line in enumerate(budget.lines) if line.sheet == sheet]


def tenths(amounts: np.ndarray) -> list[int]:
    """Return EUR as tenths of a thousand, the grain of the workbook."""
    return [int(value) for value in np.rint(amounts / 100)]


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


def control_row(market: Market, billed: pd.DataFrame, label: str) -> tuple[str, str, str]:
    """Return month, number of lines and EUR of a month's billing export, repeats included."""
    currency = market.currency[billed["subscription"].to_numpy()]
    exact = int((billed["cents"] * market.rates[currency, billed["month"]]).sum())
    return label, str(len(billed)), plain((exact + 500_000) // 1_000_000)


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
            "Currency": "EUR",
            "Amount": [plain(value) for value in flows["cents"]],
            "Known on": iso_days(flows["known_on"]),
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
    names = ("Account", "Name", "Statement line", "Group", "Favorable when")
    return ACCOUNTS.set_axis(list(names), axis=1)


def cost_center_rows() -> pd.DataFrame:
    """Return cost centers and who answers for them."""
    return COST_CENTERS.set_axis(["Cost center", "Name", "Owner"], axis=1)


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


def iso_days(days: pd.Series[Any]) -> list[str]:
    """Return days as ``YYYY-MM-DD``, a missing one as ``NaT``."""
    return [str(day) for day in days.to_numpy().astype("datetime64[D]")]


def _total(page: xlsxwriter.worksheet.Worksheet, row: int, value: float, form: object) -> None:
    first = xl_col_to_name(len(BUDGET_COLUMNS))
    last = xl_col_to_name(len(BUDGET_COLUMNS) + len(MONTHS) - 1)
    column = len(BUDGET_COLUMNS) + len(MONTHS)
    page.write_formula(row, column, f"=SUM({first}{row + 1}:{last}{row + 1})", form, value)
