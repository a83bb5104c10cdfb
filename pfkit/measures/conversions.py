"""Conversions: which rates turned foreign amounts into reporting currency, largest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pfkit.measures.rows import COUNT, MONEY, RATE, TEXT, require, result, row_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

_KEPT = ("source", "period", "currency", "kind", "path", "stated", "file", "line")
_COLUMNS = (
    dict.fromkeys(("row_key", "role", *_KEPT), TEXT)
    | {"rate": RATE, "rate_date": TEXT, "rows": COUNT, "count": COUNT}
    | {"amount_local": MONEY, "amount": MONEY, "apart": MONEY}
)


def conversions(found: pd.DataFrame, *, top: int = 15) -> pd.DataFrame:
    r"""Order conversions by size, fold the small ones, and prove each.

    Use it to trace an amount in reporting currency to the rate, its day and its file.

    Parameters
    ----------
    found : pandas.DataFrame
        ``book.conversions``: per source, month, currency and rate the rows, ``amount_local`` and
        ``amount`` (reporting currency).
    top : int
        Conversions shown one by one.

    Returns
    -------
    pandas.DataFrame
        ``item`` rows, ``other`` for those folded, then ``total``: the columns of `found`, ``count``
        (conversions a row stands for) and ``apart``, the amount less local amount times rate, in
        reporting currency, to the cent; NA where the source converted. The total and what is
        folded have no local amount; a total over several sources has no amount.

    Raises
    ------
    ContractError
        If a column is missing.

    Notes
    -----
    :math:`amount = amount_{local} \times rate`, for every row and so for every sum of rows with one
    rate.

    References
    ----------
    .. [1] IAS 21, *The Effects of Changes in Foreign Exchange Rates*, paragraphs 21-22.

    Examples
    --------
    >>> line = {"source": "billing", "period": "2026-01", "currency": "USD", "kind": "average",
    ...     "path": "direct", "stated": "0.9 EUR per USD", "file": "fx.csv", "line": "2",
    ...     "rate": 0.9, "rate_date": "2026-01-31", "rows": 2, "amount_local": 200.0}
    >>> conversions(pd.DataFrame([line | {"amount": 180.0}]))[["role", "apart"]].values.tolist()
    [['item', 0.0], ['total', 0.0]]
    """
    require(found, [*_KEPT, "rate", "rate_date", "rows", "amount_local", "amount"], name="rates")
    if found.empty:
        return result([], _COLUMNS)
    exact = found.assign(
        apart=(found["amount"] - found["amount_local"] * found["rate"].fillna(0)).round(2),
        size=found["amount"].abs(),
    ).sort_values(["size", "source", "period", "currency", "rate"], ascending=[False, *[True] * 4])
    rows = [_item(row) for row in exact.to_dict("records")]
    keys = row_keys(
        [
            (r["source"], r["period"], r["currency"], r["rate_date"], r["path"], str(place))
            for place, r in enumerate(rows)
        ]
    )
    for row, key in zip(rows, keys, strict=True):
        row["row_key"] = key
    shown = rows if len(rows) <= top + 1 else rows[:top]
    rest = rows[len(shown) :]
    alike = len({row["source"] for row in rows}) == 1
    folded = [_sum("other", f"Other ({len(rest)})", rest)] if rest else []
    total = _sum("total", "Total", rows)
    if not alike:
        total["amount"] = None
    return result([*shown, *folded, total], _COLUMNS)


def _item(row: dict[Any, Any]) -> dict[str, Any]:
    day = row["rate_date"]
    day_known = day is not None and not pd.isna(day)
    found: dict[str, Any] = {name: str(row[name]) for name in _KEPT}
    return found | {
        "role": "item",
        "rate": float(row["rate"]) if np.isfinite(row["rate"]) else None,
        "rate_date": str(day)[:10] if day_known else "",
        "rows": int(row["rows"]),
        "count": 1,
        "amount_local": round(float(row["amount_local"]), 2),
        "amount": round(float(row["amount"]), 2),
        "apart": None if not day_known else abs(float(row["apart"])) and float(row["apart"]),
    }


def _sum(role: str, name: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = dict.fromkeys(_COLUMNS) | dict.fromkeys(_KEPT, "")
    return found | {
        "row_key": role,
        "role": role,
        "source": name,
        "rate_date": "",
        "rows": sum(row["rows"] for row in rows),
        "count": len(rows),
        "amount": round(sum(row["amount"] for row in rows), 2),
        "apart": round(sum(row["apart"] or 0 for row in rows), 2),
    }
