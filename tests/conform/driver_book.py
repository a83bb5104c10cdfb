"""The files of a made-up company, small: billing, use, releases, reviews, and a book of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bench._attributed import simulate

if TYPE_CHECKING:
    from pathlib import Path

#: By source: the table it feeds, when its rows were known, and what is no column of the file.
SOURCES = {
    "accounts": ("accounts", "", ""),
    "ledger": (
        "actuals",
        '{ column = "posting_date", at = "day" }',
        'account = { constant = "4000" }, currency = { constant = "USD" }',
    ),
    "customers": ("customers", "", ""),
    "rates": ("rates", '{ column = "date", at = "day" }', ""),
    "invoices": ("invoices", '{ column = "invoice_date", at = "day" }', ""),
    "usage": (
        "usage",
        '{ sql = "last_day(CAST(period || \'-01\' AS DATE))", at = "day" }',
        'metric = { constant = "uses" }',
    ),
    "features": ("features", "", ""),
    "releases": ("releases", '{ column = "told", at = "day" }', ""),
    "effort": (
        "effort",
        '{ sql = "last_day(CAST(period || \'-01\' AS DATE))", at = "day" }',
        'cost_center = { constant = "R&D" }, version = { constant = "actual" }',
    ),
    "subscriptions": ("subscriptions", '{ column = "start", at = "day" }', ""),
    "benefits": ("benefits", '{ column = "told", at = "day" }', ""),
    "reviews": ("reviews", '{ column = "told", at = "day" }', ""),
}
HEAD = """
company = { name = "Made up", entity = "madeup", currency = "USD" }
statement = { charge = { line = "Sales", group = "gross" }, credit = { line = "Credits", group = \
"returns" }, refund = { line = "Refunds", group = "returns" } }
policies = { gross_margin = 0.6 }
sources = [
"""


def raw_tables(
    seed: int = 3, *, accounts: int = 300, features: int = 10
) -> dict[str, pd.DataFrame]:
    """Return the tables of a company, two years to 2024-12, with a review of every feature."""
    made = simulate(seed, accounts=accounts, months=24, features=features)
    hours = made.costs.set_index("feature")
    first = made.ledger["month"].iloc[0]
    names = made.releases["feature"]
    true = made.returns.set_index("feature")["roi"].reindex(names).fillna(0.0).to_numpy()
    return {
        "accounts": pd.DataFrame(
            [("4000", "Sales", "Sales", "gross", "higher")],
            columns=["account", "name", "line", "group", "favorable_when"],
        ),
        "ledger": pd.DataFrame(
            {
                "entry_id": made.ledger["month"],
                "posting_date": made.ledger["month"] + "-15",
                "amount_local": made.ledger["amount"],
            }
        ),
        "customers": made.customers.rename(columns={"region": "country"})[
            ["customer", "segment", "country"]
        ],
        "rates": made.rates.assign(date=made.rates["month"] + "-15").drop(columns="month"),
        "invoices": made.invoices.assign(invoice_date=made.invoices["month"] + "-15").drop(
            columns="month"
        ),
        "usage": made.usage.rename(columns={"month": "period"}),
        "features": pd.DataFrame({"feature": names, "initiative": "INI " + names}),
        "releases": pd.DataFrame(
            {
                "feature": names,
                "released_on": made.releases["month"] + "-01",
                "told": made.releases["month"] + "-01",
            }
        ),
        "effort": pd.DataFrame(
            [
                (first, "INI " + str(name), row.hours, row.direct_cost / row.hours)
                for name, row in hours.iterrows()
            ]
            + [(first, "", 1.0, round(float(made.shared_cost), 2))],
            columns=["period", "initiative", "hours", "hourly_cost"],
        ),
        "reviews": pd.DataFrame(
            {
                "initiative": "INI " + names,
                "roi": true,
                "stated_roi": true + 0.05,
                "reviewed_on": "2024-12-20",
                "told": ["2024-09-20"] * (len(names) // 2)
                + ["2024-12-22"] * (len(names) - len(names) // 2),
            }
        ).assign(reviewed_on=None),
    }


def write_book(folder: Path, tables: dict[str, pd.DataFrame]) -> Path:
    """Write the files and a declaration that reads each column by its own name."""
    lines = [HEAD.strip()]
    for name, table in tables.items():
        feeds, known, more = SOURCES[name]
        columns = [f'{column} = "{column}"' for column in table if column != "told"]
        parts = [f'name = "{name}"', f'table = "{feeds}"', f'path = "{name}.csv"']
        parts += [f"known_on = {known}"] if known else []
        parts += ['key = ["invoice_id"]'] if name == "invoices" else []
        declared = ", ".join([*columns, more] if more else columns)
        lines.append(f"  {{ {', '.join(parts)}, columns = {{ {declared} }} }},")
        table.to_csv(folder / f"{name}.csv", index=False)
    (folder / "book.toml").write_text("\n".join([*lines, "]"]), encoding="utf-8")
    return folder
