"""Which sections of a report read which table: what a stale source leaves old."""

from __future__ import annotations

#: The sections of the monthly and the quarterly report, and the tables that their exhibits read.
READS: dict[str, tuple[str, ...]] = {
    "M0": (
        "actuals", "invoices", "budget", "rates", "accounts", "usage", "cloud", "cashflows",
        "initiatives", "milestones", "comments", "decisions", "commitments", "cost_centers",
    ),
    "M1": (
        "actuals", "invoices", "budget", "rates", "accounts", "products", "usage", "subscriptions",
        "customers", "entities", "intercompany", "revenue",
    ),
    "M2": (
        "actuals", "invoices", "budget", "rates", "accounts", "products", "cost_centers", "effort",
        "commitments", "comments", "revenue",
    ),
    "M3": (
        "actuals", "invoices", "accounts", "effort", "usage", "cloud", "vendor_prices", "capacity",
        "customers", "cost_centers", "benefits", "initiatives", "milestones", "budget", "rates",
        "revenue",
    ),
    "M4": ("initiatives", "cashflows", "milestones", "benefits", "rates"),
    "M5": (
        "actuals", "invoices", "budget", "forecast", "overrides", "usage", "features", "releases",
        "rollout", "cashflows", "effort", "products", "rates",
    ),
    "M6": ("actuals", "invoices", "budget", "usage", "rates"),
    "M7": ("actuals", "budget", "cashflows", "cloud", "decisions"),
    "Q1": (
        "reviews", "invoices", "usage", "features", "releases", "rollout", "cashflows", "effort",
        "rates",
    ),
    "Q4": (
        "actuals", "invoices", "usage", "features", "releases", "rollout", "benefits", "milestones",
        "subscriptions", "rates",
    ),
    "Q7": ("actuals", "invoices", "budget", "forecast"),
}  # fmt: skip


def affected(table: str) -> tuple[str, ...]:
    """Return the sections of a report that read a table.

    Examples
    --------
    >>> affected("cloud")
    ('M0', 'M3', 'M7')
    """
    return tuple(section for section, tables in READS.items() if table in tables)
