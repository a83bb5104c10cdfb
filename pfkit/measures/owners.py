"""Whose a budget line is, and what it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.measures.rows import NONE, texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from pfkit.measures.spans import Label


def owners_of(budget: pd.DataFrame, owners: pd.DataFrame | None, by: list[str]) -> dict[Label, str]:
    """Return who owns a line; ``several`` where its rows name more than one."""
    centers: dict[str, str] = {}
    if owners is not None and {"cost_center", "owner"} <= set(owners.columns):
        centers = dict(zip(texts(owners["cost_center"]), texts(owners["owner"]), strict=True))
    blank = [NONE] * len(budget)
    own = list(texts(budget["owner"])) if "owner" in budget.columns else blank
    center = list(texts(budget["cost_center"])) if "cost_center" in budget.columns else blank
    found: dict[Label, set[str]] = {}
    labels = zip(*(texts(budget[column]) for column in by), strict=True)
    for label, name, code in zip(labels, own, center, strict=True):
        owner = name if name != NONE else centers.get(code, NONE)
        if owner != NONE:
            found.setdefault(label, set()).add(owner)
    return {label: names.pop() if len(names) == 1 else "several" for label, names in found.items()}


def names_of(
    label: Label,
    by: Sequence[str],
    accounts: pd.DataFrame | None,
    owners: pd.DataFrame | None,
) -> list[str]:
    """Return the parts of a label as a reader calls them."""
    parts = []
    for column, code in zip(by, label, strict=True):
        table = {"account": accounts, "cost_center": owners}.get(column)
        names: dict[str, str] = {}
        if table is not None and {column, "name"} <= set(table.columns):
            names = dict(zip(texts(table[column]), texts(table["name"]), strict=True))
        name = names.get(code, NONE)
        alone = list(names.values()).count(name) == 1
        parts.append(code if name == NONE else name if alone else f"{name} ({code})")
    return parts
