"""What is known of each initiative: who answers for it, what was approved, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.measures.rows import iso_days, require

if TYPE_CHECKING:
    from datetime import date

Facts = dict[str, dict[str, Any]]

#: What stands beside a number of an initiative, as text, empty where it is not known.
TOLD = ("name", "product", "owner")


def facts_of(initiatives: pd.DataFrame | None, *, as_of: date | None = None) -> Facts:
    """Return what is known of each initiative; what was known last counts.

    Parameters
    ----------
    initiatives : pandas.DataFrame or None
        Table ``initiatives``.
    as_of : datetime.date, optional
        Count rows known by then.

    Returns
    -------
    dict
        By initiative: the columns that hold a value. ``approved_on`` is ISO text, and the first
        one stated: an initiative is approved once.

    Examples
    --------
    >>> rows = pd.DataFrame({"initiative": ["x", "x"], "owner": ["Omar", "Ines"]})
    >>> facts_of(rows)["x"]["owner"]
    'Ines'
    """
    if initiatives is None:
        return {}
    require(initiatives, ["initiative"], name="initiatives")
    rows = initiatives.copy()
    for column in ("approved_on", "known_on"):
        if column in rows.columns:
            rows[column] = iso_days(rows[column], name="initiatives")
    if "known_on" in rows.columns:
        rows = rows.sort_values("known_on", kind="stable")
        if as_of is not None:
            rows = rows[rows["known_on"] <= as_of.isoformat()]
    found: Facts = {}
    for row in rows.to_dict("records"):
        held = {str(k): v for k, v in row.items() if not pd.isna(v) and v != ""}
        name = str(held["initiative"])
        first = found.get(name, {}).get("approved_on", held.get("approved_on"))
        found[name] = held | ({"approved_on": first} if first else {})
    return found


def told(facts: Facts, initiative: str) -> dict[str, str]:
    """Return name, product and owner of an initiative, empty where they are not known."""
    mine = facts.get(initiative, {})
    return {name: str(mine.get(name, "")) for name in TOLD}


def stranger(facts: Facts, initiative: str) -> str:
    """Return why nothing is known of an initiative; empty where it is listed, or none are."""
    if not facts or initiative in facts or initiative == "(none)":
        return ""
    return f"initiative {initiative} is not in table initiatives"
