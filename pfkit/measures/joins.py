"""Joins: how far product records and finance records speak of the same products and months."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pfkit.measures.rows import COUNT, MONEY, RATE, TEXT, require, result, row_keys, whole_cents
from pfkit.measures.rows import rate as ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from pfkit.period import Period

_COLUMNS = (
    dict.fromkeys(("row_key", "role", "span", "product", "lacks"), TEXT)
    | {"joined": COUNT, "cells": COUNT, "join_rate": RATE}
    | {"revenue_joined": MONEY, "revenue": MONEY, "revenue_rate": RATE}
    | {"metric": TEXT, "units": RATE, "count": COUNT}
)
NO_USAGE = "usage"
NO_FINANCE = "revenue and cost"


def joins(cells: pd.DataFrame, *, period: Period, top: int = 10) -> pd.DataFrame:
    r"""Count the products and months in which product and finance records meet.

    Use it to know how far a product's P&L and its usage speak of the same thing; the unmatched
    rows say what to map.

    Parameters
    ----------
    cells : pandas.DataFrame
        ``book.join_cells``: ``period, product, finance, usage`` (booleans), ``revenue``
        (reporting currency), ``metric`` and ``units``.
    period : Period
        The report's period; its year to date is counted too.
    top : int
        Unmatched products shown one by one in each span; the rest stand together.

    Returns
    -------
    pandas.DataFrame
        Per ``span`` (the period, then the year to date) one ``subtotal`` with ``joined``, ``cells``
        and ``join_rate``, ``revenue_joined``, ``revenue`` and ``revenue_rate``, and below it one
        ``item`` per product and side that is not joined: its ``cells``, ``revenue``, or
        ``units`` of its ``metric``, and what it ``lacks``. Empty where there is no cell.

    Raises
    ------
    ContractError
        If a column is missing.

    Notes
    -----
    :math:`join\_rate = cells\ with\ both\ sides / cells\ with\ either`. A cell is a product in a
    month. ``revenue_rate`` weighs cells by the size of their net revenue, without its sign.

    References
    ----------
    .. [1] Christen, *Data Matching* (2012), ch. 7 (completeness of matched records).

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> cells = pd.DataFrame({"period": "2026-01", "product": ["Atlas", "Borea"],
    ...     "finance": [True, True], "usage": [True, False], "revenue": [90.0, 10.0],
    ...     "metric": ["seats", ""], "units": [3.0, 0.0]})
    >>> found = joins(cells, period=FiscalCalendar().period("2026-01"))
    >>> found[["join_rate", "revenue_rate"]].values.tolist()[0]
    [0.5, 0.9]
    """
    require(cells, ["period", "product", "finance", "usage", "revenue", "units"], name="joins")
    spans = [("period", period.label, period.months)]
    if period.year_to_date.months != period.months:
        spans.append(("year-to-date", "Year to date", period.year_to_date.months))
    rows: list[dict[str, Any]] = []
    for key, label, months in spans:
        mine = cells[cells["period"].isin(months)]
        if len(mine):
            rows += _span(mine, key, label, top)
    return result(rows, _COLUMNS)


def _span(cells: pd.DataFrame, key: str, label: str, top: int) -> list[dict[str, Any]]:
    mine = cells.assign(
        cents=whole_cents(cells["revenue"], name="joins"),
        both=cells["finance"].astype(bool) & cells["usage"].astype(bool),
    )
    size = mine["cents"].abs()
    joined, whole = int(mine["both"].sum()), int(size.sum())
    held = int(size[mine["both"]].sum())
    head = _blank(key, "subtotal", label) | {
        "joined": joined,
        "cells": len(mine),
        "join_rate": ratio(joined, len(mine)),
        "revenue_joined": held / 100,
        "revenue": whole / 100,
        "revenue_rate": ratio(held, whole),
    }
    items = _apart(mine[~mine["both"]], label)
    keys = row_keys([(row["product"], row["lacks"]) for row in items])
    for row, name in zip(items, keys, strict=True):
        row["row_key"] = f"{key}|{name}"
    shown = items if len(items) <= top + 1 else items[:top]
    return [head, *shown, *_other(items[len(shown) :], key, label)]


def _apart(cells: pd.DataFrame, label: str) -> list[dict[str, Any]]:
    """Return the products that do not join, largest revenue first, then most units."""
    found = []
    for (product, finance), part in cells.groupby(["product", "finance"], sort=True):
        row = _blank("", "item", label) | {
            "product": str(product),
            "lacks": NO_USAGE if finance else NO_FINANCE,
            "joined": 0,
            "cells": len(part),
        }
        if finance:
            row["revenue"] = int(part["cents"].sum()) / 100
        else:
            row["units"] = float(part["units"].sum())
            row["metric"] = str(part["metric"].iloc[0])
        found.append(row)
    return sorted(found, key=lambda r: (-abs(r["revenue"] or 0), -(r["units"] or 0), r["product"]))


def _other(rest: Sequence[dict[str, Any]], key: str, label: str) -> list[dict[str, Any]]:
    if not rest:
        return []
    row = _blank(f"{key}|other", "other", label)
    row |= {"product": f"Other ({len(rest)})", "joined": 0, "count": len(rest)}
    row["cells"] = sum(one["cells"] for one in rest)
    row["revenue"] = round(sum(one["revenue"] or 0 for one in rest), 2)
    return [row]


def _blank(key: str, role: str, span: str) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(_COLUMNS)
    return row | {
        "row_key": key,
        "role": role,
        "span": span,
        "product": "",
        "lacks": "",
        "metric": "",
        "count": 1,
    }
