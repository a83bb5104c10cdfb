"""Budgets as people write them: a sheet with months across becomes one row per amount."""

from __future__ import annotations

from pfkit.sources.budget.files import read_budgets
from pfkit.sources.budget.found import Budget, Finding, Layout
from pfkit.sources.budget.reader import has_months, read_budget

__all__ = ["Budget", "Finding", "Layout", "has_months", "read_budget", "read_budgets"]
