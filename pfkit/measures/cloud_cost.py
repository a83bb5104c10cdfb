"""Cloud cost: effective and billed, by product, service, account or provider, untagged apart."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pfkit.errors import MeasureError, near_miss
from pfkit.measures import bill
from pfkit.measures.rows import (
    COUNT,
    FLAG,
    MONEY,
    NONE,
    RATE,
    TEXT,
    favorable,
    less,
    money,
    rate,
    reasons,
    result,
    row_keys,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from pfkit.period import Period

#: What costs are told apart by, and the column of the bill that says it.
BY = {
    "product": "product",
    "service": "service_name",
    "category": "service_category",
    "account": "sub_account",
    "provider": "provider_name",
    "vendor": "publisher_name",
    "charge": "charge_category",
}
#: Why a share of list prices is NA.
UNLISTED = "list cost is not stated"
WHOLE = "effective cost is stated in whole units"
_SUMS = ("amount", "billed_amount", "list_amount", "lines", "_size", "_tagged", "_whole")

Sums = dict[str, dict[str, float]]


def cloud_cost(
    cloud: pd.DataFrame, *, period: Period, by: str = "product", top: int = 15
) -> pd.DataFrame:
    r"""Add up a cloud bill by what it was spent on, beside the period before and the year before.

    Use it for what each product costs to run; `cloud_reconciliation` says why effective and billed
    differ.

    Parameters
    ----------
    cloud : pandas.DataFrame
        ``book.cloud``: ``amount`` (effective) and ``billed_amount`` in reporting currency.
    period : Period
        The month, quarter or year reported.
    by : str
        ``product``, ``service``, ``category``, ``account``, ``provider``, ``vendor`` or
        ``charge``.
    top : int
        Rows shown; the rest stand together as ``Other (n)``.

    Returns
    -------
    pandas.DataFrame
        One row per value of `by`, largest first, ``Other (n)``, what has no product (``role``
        ``untagged``) and a ``Total``. ``row_key``, `by`, ``role``, ``count``, ``lines`` (charges);
        ``effective``, ``billed`` and ``difference`` (effective minus billed), ``list_amount`` in
        reporting currency; ``saved_rate`` (1 - effective / list_amount; NA where a provider states
        effective cost in whole units) and ``tagged_share`` (of the size of its charges, signs
        aside) as fractions; ``previous``, ``prior_year`` and ``year_to_date`` (effective),
        ``previous_variance`` and ``prior_variance``, each with ``_rate`` and ``_favorable``;
        ``reason`` says why something is NA.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If `by` is none of these, `top` shows no row, or a cost is missing.

    Notes
    -----
    Charges are added exactly and rounded to the cent once, by largest remainder, so that rows add
    up to the total. Credits are part of it: an untagged credit makes the untagged row negative,
    which is why nothing is spread over products here. A period with a month missing is not
    compared.

    References
    ----------
    .. [1] FinOps Foundation, *FOCUS 1.2*, EffectiveCost and BilledCost, https://focus.finops.org

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> bill = pd.DataFrame({"period": "2026-01", "product": ["Atlas", "(none)"],
    ...     "provider_name": "Acme", "service_name": "VMs", "charge_category": ["Usage", "Credit"],
    ...     "amount": [16.0, -1.023], "billed_amount": [20.246, 0.274], "lines": [660, 340]})
    >>> found = cloud_cost(bill, period=FiscalCalendar().period("2026-01"))
    >>> found[["product", "role", "effective", "billed"]].values.tolist()[1:]
    [['(none)', 'untagged', -1.02, 0.27], ['Total', 'total', 14.98, 20.52]]
    """
    column = _column(by, top)
    charges = bill.checked(cloud)
    charges["_by"] = bill.text(charges, column).replace("", NONE)
    charges["list_amount"] = bill.listed(charges)
    charges["_size"] = bill.cost(charges).abs()
    charges["_whole"] = (bill.text(charges, "whole_units") == "True").astype("float64")
    charges["_tagged"] = charges["_size"].where(bill.tagged(charges), 0.0)
    stretches = {
        "now": period,
        "previous": period.previous,
        "prior_year": period.prior_year,
        "ytd": period.year_to_date,
    }
    parts = {name: bill.of(charges, stretch) for name, stretch in stretches.items()}
    if parts["now"] is None:
        return result([], _columns(by))
    sums = {
        name: None if part is None else bill.grouped(part, "_by", _SUMS)
        for name, part in parts.items()
    }
    why = [
        bill.absent(charges, stretches[name], label)
        for name, label in (("previous", "previous period"), ("prior_year", "prior year"))
    ]
    why.append(bill.absent(charges, stretches["ytd"], "year to date"))
    unlisted = bool(parts["now"]["list_amount"].isna().any())
    rows = _rows(by, top, sums, [*why, UNLISTED if unlisted else ""])
    keys = row_keys([(row[by],) for row in rows[:-1]], reserved=["total"])
    for row, key in zip(rows, [*keys, "total"], strict=True):
        row["row_key"] = key
    return result(rows, _columns(by))


def _columns(by: str) -> dict[str, str]:
    columns = dict.fromkeys(("row_key", by, "role"), TEXT) | {"count": COUNT, "lines": COUNT}
    columns |= dict.fromkeys(("effective", "billed", "difference", "list_amount"), MONEY)
    columns |= dict.fromkeys(("saved_rate", "tagged_share"), RATE)
    columns |= dict.fromkeys(("previous", "prior_year", "year_to_date"), MONEY)
    for prefix in ("previous", "prior"):
        columns |= {f"{prefix}_variance": MONEY, f"{prefix}_variance_rate": RATE}
        columns |= {f"{prefix}_favorable": FLAG}
    return columns | {"reason": TEXT}


def _column(by: str, top: int) -> str:
    if by not in BY:
        raise MeasureError(
            f"a cloud bill is not told apart by {by!r}",
            where="cloud_cost",
            advice=near_miss(by, BY, noun="choice"),
        )
    if top < 1:
        raise MeasureError(f"top {top} shows no row", where="top", advice="Give 1 or more.")
    return BY[by]


def _rows(
    by: str, top: int, sums: Mapping[str, Sums | None], why: Sequence[str]
) -> list[dict[str, Any]]:
    names = sorted({name for known in sums.values() for name in known or ()})
    now = sums["now"] or {}
    apart = [NONE] if by == "product" and NONE in names else []
    listed = sorted(
        (name for name in names if name not in apart),
        key=lambda name: (*(-abs(now.get(name, {}).get(c, 0.0)) for c in _SUMS[:2]), name),
    )
    shown = listed if len(listed) <= top + 1 else listed[:top]
    rest = listed[len(shown) :]
    groups = [(name, "item", [name]) for name in shown]
    groups += [(f"Other ({len(rest)})", "other", rest)] if rest else []
    groups += [(name, "untagged", [name]) for name in apart]
    cents: dict[tuple[str, str], list[int] | None] = {
        (read, "amount"): _cents(known, "amount", groups) for read, known in sums.items()
    }
    cents["now", "list_amount"] = _cents(now, "list_amount", groups)
    parts = [_added(now, members) for _, _, members in groups]
    cents["now", "amount"], cents["now", "billed_amount"] = bill.both_in_cents(
        [part["amount"] for part in parts], [part["billed_amount"] for part in parts]
    )
    rows = [
        {by: label, "role": role, "count": len(members)}
        | _row(place, cents, _added(now, members), why)
        for place, (label, role, members) in enumerate(groups)
    ]
    whole = {key: None if found is None else [sum(found)] for key, found in cents.items()}
    total = {by: "Total", "role": "total", "count": len(names) - len(apart)}
    return [*rows, total | _row(0, whole, _added(now, names), why)]


def _cents(
    known: Sums | None, column: str, groups: Sequence[tuple[str, str, list[str]]]
) -> list[int] | None:
    """Return one column of all rows in cents that add up; None where it cannot be told."""
    if known is None:
        return None
    return bill.in_cents([_added(known, members)[column] for _, _, members in groups])


def _added(known: Sums, members: Sequence[str]) -> dict[str, float]:
    nothing = dict.fromkeys(_SUMS, 0.0)
    held = [known.get(name, nothing) for name in members]
    return {column: math.fsum(part[column] for part in held) for column in _SUMS}


def _row(
    place: int,
    cents: Mapping[tuple[str, str], list[int] | None],
    exact: Mapping[str, float],
    why: Sequence[str],
) -> dict[str, Any]:
    def of(read: str, column: str = "amount") -> int | None:
        known = cents[read, column]
        return None if known is None else known[place]

    effective, billed, listed = of("now"), of("now", "billed_amount"), of("now", "list_amount")
    stated = not why[-1]
    row: dict[str, Any] = {
        "lines": int(exact["lines"]),
        "effective": money(effective),
        "billed": money(billed),
        "difference": money(less(effective, billed)),
        "list_amount": money(listed) if stated else None,
        "saved_rate": _saved(exact) if stated else None,
        "tagged_share": exact["_tagged"] / exact["_size"] if exact["_size"] else None,
        "previous": money(of("previous")),
        "prior_year": money(of("prior_year")),
        "year_to_date": money(of("ytd")),
    }
    for prefix, read in (("previous", "previous"), ("prior", "prior_year")):
        gap = less(effective, of(read))
        row[f"{prefix}_variance"] = money(gap)
        row[f"{prefix}_variance_rate"] = rate(gap, of(read))
        row[f"{prefix}_favorable"] = favorable(gap, when="lower")
    return row | {"reason": reasons(*why, WHOLE if exact["_whole"] else "")}


def _saved(exact: Mapping[str, float]) -> float | None:
    """Return what was saved against list prices; None where the sums say nothing of it."""
    if exact["_whole"] or exact["list_amount"] <= 0 or exact["amount"] < 0:
        return None
    return 1 - exact["amount"] / exact["list_amount"]
