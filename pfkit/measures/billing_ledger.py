"""Billing against the ledger: what differs by month or product, and the class of its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pfkit.measures.rows import FLAG, MONEY, TEXT, money, require, result, row_keys, whole_cents

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.period import Period

#: Classes of reasons, in the order in which they are looked for.
CLASSES = (
    *("rounding", "not_deferred", "unmapped", "held_back", "timing", "manual", "unexplained"),
)
_SIDES = ("billed", "recognized", "deferred", "ledger_revenue", "ledger_deferred")
_COLUMNS = (
    dict.fromkeys(("row_key", "role", "label"), TEXT)
    | dict.fromkeys((*_SIDES, "difference", *CLASSES, "deferred_difference"), MONEY)
    | {"ties": FLAG}
    | dict.fromkeys(("compared", "accounts", "reason"), TEXT)
)
_SUMMED = (*_SIDES, "difference", *CLASSES, "deferred_difference")
_Cell = dict[str, int]
_Key = tuple[str, str]


def billing_ledger(booked: pd.DataFrame, *, period: Period, by: str = "period") -> pd.DataFrame:
    r"""Hold billing against the ledger's revenue and deferred revenue, and class what differs.

    Use it to see whether revenue and the balance of `deferred_revenue` are those of the ledger.

    Parameters
    ----------
    booked : pandas.DataFrame
        ``book.billing_ledger``: ``period, product, billed, recognized, deferred, ledger_revenue,
        ledger_deferred, manual, held_back`` in reporting currency, ``converted`` (lines with parts
        of a cent), ``is_unmapped, has_deferred, accounts``.
    period : Period
        The months told; those beside it are read for what was booked a month off.
    by : str
        ``period`` for a row per month, ``product`` for a row per product.

    Returns
    -------
    pandas.DataFrame
        A row per month or product, and a ``Total``. ``row_key, role, label``; ``billed``,
        ``recognized`` and ``deferred`` after billing, ``ledger_revenue`` and ``ledger_deferred``
        (changes of the month); ``difference``, the ledger's revenue less what is recognized, and
        its classes: ``rounding`` (half a cent for each converted line), ``not_deferred`` (booked
        when billed, or earned when it was not), ``unmapped`` (a product the value map does not
        know, in billing under its own line), ``held_back`` (billing rows set aside), ``timing`` (a
        difference of the other sign in the month beside it), ``manual``
        (entered by hand) and ``unexplained``; ``deferred_difference``, the ledger's change of
        deferred revenue less billing's; ``ties``, whether nothing differs beyond rounding;
        ``compared`` and ``accounts``, what was held against what; ``reason``. Empty where the book
        has no months of both.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If an amount is missing.

    Notes
    -----
    :math:`difference = revenue_{ledger} - recognized`; together with ``deferred_difference`` it is
    the ledger's revenue and change of deferred revenue less what was billed. Classes are taken
    product by product in the order above, each no more than is left of the difference and of its
    own cause, so that they add up to the difference to the cent. A product without a mapping is
    paired with the one that differs by as much over all months, else by the largest.

    References
    ----------
    .. [1] IASB, *IFRS 15*, 105-109 (contract balances).

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> booked = pd.DataFrame([{"period": "2026-01", "product": "Atlas", "billed": 120.0,
    ...     "recognized": 10.0, "deferred": 110.0, "ledger_revenue": 12.0,
    ...     "ledger_deferred": 110.0, "manual": 2.0, "held_back": 0.0, "converted": 0,
    ...     "is_unmapped": False, "has_deferred": True, "accounts": "4000, 2400"}])
    >>> found = billing_ledger(booked, period=FiscalCalendar().period("2026-01"))
    >>> found[["difference", "manual", "unexplained", "deferred_difference"]].values.tolist()[0]
    [2.0, 2.0, 0.0, 0.0]
    """
    flags = ("converted", "is_unmapped", "has_deferred", "accounts")
    amounts = (*_SIDES, "manual", "held_back")
    require(booked, ["period", "product", *amounts, *flags], name="billing_ledger")
    if not booked["period"].isin(period.months).any():
        return result([], _COLUMNS)
    both = bool(booked["has_deferred"].iloc[0])
    cells = _cells(booked, amounts, both=both)
    _classed(cells, period)
    rows: dict[str, _Cell] = {}
    for (month, product), cell in cells.items():
        if month in period.months:
            held = rows.setdefault(month if by == "period" else product, {})
            for name in _SUMMED:
                held[name] = held.get(name, 0) + cell[name]
    order = sorted(rows, key=lambda name: "" if by == "period" else -abs(rows[name]["billed"]))
    labels = sorted(rows) if by == "period" else order
    whole = {name: sum(row[name] for row in rows.values()) for name in next(iter(rows.values()))}
    keys = row_keys([(label,) for label in labels], reserved=["total"])
    compared = "revenue and the change of deferred revenue" if both else "revenue"
    same = {
        "compared": compared,
        "accounts": str(booked["accounts"].iloc[0]),
        "reason": "" if both else "the book declares no account of deferred revenue",
    }
    out = [
        _row(label, rows[label], both=both) | {"row_key": key, "role": "item"} | same
        for label, key in zip(labels, keys, strict=True)
    ]
    ties = all(row["ties"] for row in out)
    total = (
        _row("Total", whole, both=both) | {"row_key": "total", "role": "total", "ties": ties} | same
    )
    return result([*out, total], _COLUMNS)


def _row(label: str, cell: _Cell, *, both: bool) -> dict[str, Any]:
    told = {name: money(cell[name]) for name in _SUMMED}
    if not both:
        told |= {"ledger_deferred": None, "deferred_difference": None}
    apart = any(cell[name] for name in CLASSES if name != "rounding")
    return {"label": label, "ties": not apart} | told


def _cells(booked: pd.DataFrame, amounts: tuple[str, ...], *, both: bool) -> dict[_Key, _Cell]:
    """Return each month and product in cents, with its difference and what is left of it."""
    cents = {name: whole_cents(booked[name], name="billing_ledger").tolist() for name in amounts}
    found: dict[_Key, _Cell] = {}
    keys = zip(booked["period"].astype("str"), booked["product"].astype("str"), strict=True)
    for place, key in enumerate(keys):
        cell = {name: values[place] for name, values in cents.items()}
        gap = cell["ledger_revenue"] - cell["recognized"]
        apart = cell["ledger_deferred"] - cell["deferred"] if both else 0
        lines = int(booked["converted"].iloc[place])
        rounded = gap if abs(gap) * 2 <= lines else 0
        classes = dict.fromkeys(CLASSES, 0) | {"rounding": rounded, "unexplained": gap - rounded}
        extra = {
            "deferred_difference": apart,
            "difference": gap,
            "set_aside": cell["held_back"],
            "by_hand": cell["manual"],
        }
        extra["not_booked"] = cell["deferred"] - (cell["ledger_deferred"] if both else 0)
        extra["unknown"] = int(bool(booked["is_unmapped"].iloc[place]))
        found[key] = {name: cell[name] for name in _SIDES} | extra | classes
    return found


def _classed(cells: dict[_Key, _Cell], period: Period) -> None:
    """Move what is left of each difference to the class that explains it."""
    for cell in cells.values():
        _take(cell, "not_deferred", cell["not_booked"])
    _unmapped(cells)
    for cell in cells.values():
        _take(cell, "held_back", cell["set_aside"])
    for month, product in sorted(cells):
        following = cells.get((period.calendar.shift(month, 1), product))
        if following is not None:
            _pair([cells[month, product]], [following], "timing")
    for cell in cells.values():
        _take(cell, "manual", cell["by_hand"])


def _unmapped(cells: dict[_Key, _Cell]) -> None:
    """Pair what billing has under no product with the product that the ledger booked it on."""
    over_all: _Cell = {}
    for (_, product), cell in cells.items():
        over_all[product] = over_all.get(product, 0) + cell["unexplained"]
    for (month, _), cell in cells.items():
        left = cell["unexplained"]
        if not (cell["unknown"] and left):
            continue
        known = {
            product: other
            for (at, product), other in cells.items()
            if at == month and not other["unknown"]
        }
        same = [product for product in sorted(known) if over_all[product] == -left]
        if same:
            for one, part in ((cell, left), (known[same[0]], -left)):
                one["unmapped"] += part
                one["unexplained"] -= part
        else:
            _pair([cell], list(known.values()), "unmapped")


def _take(cell: _Cell, name: str, cause: int) -> None:
    """Explain as much of what is left as the cause has in the same direction."""
    left = cell["unexplained"]
    part = max(0, min(left, cause)) if left > 0 else min(0, max(left, cause))
    cell[name] += part
    cell["unexplained"] -= part


def _pair(ones: list[_Cell], others: list[_Cell], name: str) -> None:
    """Explain differences that cancel out against each other, the largest first."""
    for one in ones:
        for other in sorted(others, key=lambda cell: -abs(cell["unexplained"])):
            part = min(abs(one["unexplained"]), abs(other["unexplained"]))
            if one["unexplained"] * other["unexplained"] < 0 and part:
                turn = 1 if one["unexplained"] > 0 else -1
                for cell, signed in ((one, turn * part), (other, -turn * part)):
                    cell[name] += signed
                    cell["unexplained"] -= signed
