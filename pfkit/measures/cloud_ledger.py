"""Cloud ledger: from the bill of a month to what the ledger shows of it, by product."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pfkit.measures import bill
from pfkit.measures.rows import (
    COUNT,
    MONEY,
    NONE,
    TEXT,
    money,
    reasons,
    require,
    result,
    row_keys,
)

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.period import Period

_READ = ("bill", "due", "booked", "accrued", "reversed")
_STEPS = ("bill", "accrual", "correction", "unexplained", "ledger")
_COLUMNS = (
    dict.fromkeys(("row_key", "product", "role"), TEXT)
    | {"count": COUNT}
    | dict.fromkeys(_STEPS, MONEY)
    | {"due_period": TEXT, "reason": TEXT}
)


def cloud_ledger(booked: pd.DataFrame, *, period: Period, top: int = 15) -> pd.DataFrame:
    r"""Walk from the cloud bill of a period to the ledger's hosting, by product.

    Use it to see why hosting in the P&L is not the month's bill, and whether anything of it is
    unexplained.

    Parameters
    ----------
    booked : pandas.DataFrame
        ``book.cloud_ledger``: ``period, due_period, product, bill, due, booked, accrued,
        reversed`` in reporting currency.
    period : Period
        The month, quarter or year reported.
    top : int
        Products shown; the rest stand together as ``Other (n)``.

    Returns
    -------
    pandas.DataFrame
        One row per product, largest bill first, ``Other (n)``, what has no product (``role``
        ``untagged``) and a ``Total``. ``row_key, product, role, count``; ``bill`` (of the period),
        ``accrual`` (the period's accrual less its bill), ``correction`` (an earlier bill less its
        accrual), ``unexplained`` (booked less the bill it is of) and ``ledger``, in reporting
        currency; ``due_period`` (the billing period booked in the period); ``reason``. Empty where
        the book has no bill or does not say where it is booked.

    Raises
    ------
    ContractError
        If a column is missing.

    Notes
    -----
    :math:`bill + accrual + correction + unexplained = ledger`, to the cent in every row. Where
    nothing is accrued and bills are booked in a later month, the difference between the two months'
    bills stands as accrual and correction. A product that is not tagged on the bill and is one in
    the ledger has an ``unexplained`` of its own and an equal one, of the other sign, untagged.

    References
    ----------
    .. [1] IASB, *IAS 37*, 11 (accruals).

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> booked = pd.DataFrame({"period": ["2026-03"], "due_period": ["2026-02"],
    ...     "product": ["Atlas"], "bill": [120.0], "due": [110.0], "booked": [110.0],
    ...     "accrued": [118.0], "reversed": [-112.0]})
    >>> found = cloud_ledger(booked, period=FiscalCalendar().period("2026-03"))
    >>> found[["bill", "accrual", "correction", "unexplained", "ledger"]].values.tolist()[0]
    [120.0, -2.0, -2.0, 0.0, 116.0]
    """
    require(booked, ["period", "due_period", "product", *_READ], name="cloud_ledger")
    mine = booked[booked["period"].isin(period.months)]
    if mine.empty:
        return result([], _COLUMNS)
    late = bool((mine["due_period"] != mine["period"]).any())
    months = sorted(set(mine["due_period"]))
    due = months[0] if len(months) == 1 else f"{months[0]}..{months[-1]}"
    known = {name: bool(mine[name].notna().all()) for name in ("bill", "due")}
    missing = sorted(set(mine.loc[mine["due"].isna(), "due_period"]))
    missing += sorted(set(mine.loc[mine["bill"].isna(), "period"]))
    why = f"no bill of {', '.join(dict.fromkeys(missing))}" if missing else ""
    groups = _groups(mine, top)
    parts = {
        name: bill.in_cents(
            [float(mine.loc[mine["product"].isin(g[2]), name].fillna(0).sum()) for g in groups]
        )
        for name in _READ
    }
    rows: list[dict[str, Any]] = [
        {"product": label, "role": role, "count": len(members)}
        | _steps({name: cents[place] for name, cents in parts.items()}, late=late, known=known)
        | {"due_period": due, "reason": reasons(why)}
        for place, (label, role, members) in enumerate(groups)
    ]
    whole = {name: sum(cents) for name, cents in parts.items()}
    count = sum(row["count"] for row in rows if row["role"] != "untagged")
    rows.append(
        {"product": "Total", "role": "total", "count": count}
        | _steps(whole, late=late, known=known)
        | {"due_period": due, "reason": reasons(why)}
    )
    keys = row_keys([(row["product"],) for row in rows[:-1]], reserved=["total"])
    for row, key in zip(rows, [*keys, "total"], strict=True):
        row["row_key"] = key
    return result(rows, _COLUMNS)


def _groups(mine: pd.DataFrame, top: int) -> list[tuple[str, str, list[str]]]:
    sizes = bill.grouped(mine, "product", ("bill", "booked"))
    names = sorted(
        (name for name in sizes if name != NONE),
        key=lambda name: (-abs(sizes[name]["bill"]), -abs(sizes[name]["booked"]), name),
    )
    shown = names if len(names) <= top + 1 else names[:top]
    rest = names[len(shown) :]
    groups = [(name, "item", [name]) for name in shown]
    groups += [(f"Other ({len(rest)})", "other", rest)] if rest else []
    return groups + ([(NONE, "untagged", [NONE])] if NONE in sizes else [])


def _steps(cents: dict[str, int], *, late: bool, known: dict[str, bool]) -> dict[str, Any]:
    """Return the steps of one row; those that need a bill that is not there are None."""
    ledger = cents["booked"] + cents["accrued"] + cents["reversed"]
    accrual = cents["accrued"] - cents["bill"] if late else cents["accrued"]
    correction = cents["due"] + cents["reversed"] if late else cents["reversed"]
    return {
        "bill": money(cents["bill"]) if known["bill"] else None,
        "accrual": money(accrual) if known["bill"] else None,
        "correction": money(correction) if known["due"] else None,
        "unexplained": money(cents["booked"] - cents["due"]) if known["due"] else None,
        "ledger": money(ledger),
    }
