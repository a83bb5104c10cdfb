"""Commitment discounts: what was committed to, how much of it was used, and what it saved."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pfkit.measures import bill
from pfkit.measures.rows import COUNT, MONEY, RATE, TEXT, money, reasons, result, row_keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from pfkit.period import Period

_COLUMNS = (
    dict.fromkeys(("row_key", "commitment", "role", "product", "provider", "type"), TEXT)
    | {"lines": COUNT}
    | dict.fromkeys(("bought", "used", "unused", "covered", "saved"), MONEY)
    | dict.fromkeys(("utilization_share", "previous_share", "coverage_share"), RATE)
    | {"reason": TEXT}
)
_SUMS = ("bought", "used", "unused", "covered", "used_units", "unused_units", "lines")


def commitment_discounts(cloud: pd.DataFrame, *, period: Period) -> pd.DataFrame:
    r"""Show each commitment of a cloud bill: used, not used, and saved against paying as used.

    Use it before a commitment is renewed; what was not used is also a finding of `waste`.

    Parameters
    ----------
    cloud : pandas.DataFrame
        ``book.cloud``, amounts in reporting currency.
    period : Period
        The month, quarter or year reported.

    Returns
    -------
    pandas.DataFrame
        One row per commitment, largest first, and a ``Total``. ``row_key, commitment`` (its name,
        else its id), ``role, product`` (empty where several), ``provider, type, lines`` (charges);
        ``bought`` (billed in the period), ``used`` and ``unused`` (effective), ``covered`` (what
        the usage would have cost without it) and ``saved`` (covered - used - unused) in reporting
        currency; ``utilization_share``, ``previous_share`` (of the period before) and, in the
        total, ``coverage_share`` (covered / all usage at the same prices) as fractions; ``reason``
        says why something is NA. Empty where the bill has no commitment.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If a cost is missing.

    Notes
    -----
    :math:`utilization = used / (used + unused)` by effective cost, or by commitment units where
    the provider states effective cost in whole units only, or none. Covered usage is priced as
    contracted, or at list where nothing is contracted. A commitment that saves less than it leaves
    unused has a negative ``saved``.

    References
    ----------
    .. [1] FinOps Foundation, *FOCUS 1.2*, CommitmentDiscountStatus and -Quantity,
       https://focus.finops.org

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> bill = pd.DataFrame({"period": "2026-01", "product": "Atlas", "provider_name": "Acme",
    ...     "service_name": "VMs", "charge_category": "Usage", "lines": 1,
    ...     "commitment_discount_id": "c-1", "commitment_discount_status": ["Used", "Unused"],
    ...     "billed_amount": 0.0, "amount": [60.0, 20.0], "contracted_amount": [100.0, 0.0]})
    >>> found = commitment_discounts(bill, period=FiscalCalendar().period("2026-01"))
    >>> found[["commitment", "utilization_share", "saved"]].values.tolist()[0]
    ['c-1', 0.75, 20.0]
    """
    charges = bill.checked(cloud)
    mine = bill.of(charges, period)
    if mine is None:
        return result([], _COLUMNS)
    parts = _parts(mine)
    committed = parts[parts["_id"] != ""]
    if committed.empty:
        return result([], _COLUMNS)
    before = bill.of(charges, period.previous)
    earlier = {} if before is None else bill.grouped(_parts(before), "_id", _SUMS)
    sums = bill.grouped(committed, "_id", _SUMS)
    facts = {str(name): _facts(part) for name, part in committed.groupby("_id", sort=True)}
    names = sorted(sums, key=lambda name: (-_size(sums[name]), name))
    why = "" if before is not None else bill.absent(charges, period.previous, "previous period")
    rows = [facts[name] | _row(sums[name], earlier.get(name), why) for name in names]
    whole = {key: math.fsum(sums[name][key] for name in names) for key in _SUMS}
    then = {key: math.fsum(earlier[name][key] for name in sorted(earlier) if name) for key in _SUMS}
    total = {"commitment": "Total", "role": "total", "product": "", "provider": "", "type": ""}
    rows.append(total | _row(whole, then, why))
    _in_cents(rows, [*(sums[name] for name in names)])
    rows[-1]["coverage_share"] = _coverage(parts)
    keys = row_keys([(name,) for name in names], reserved=["total"])
    for row, key in zip(rows, [*keys, "total"], strict=True):
        row["row_key"] = key
    return result(rows, _COLUMNS)


def _parts(charges: pd.DataFrame) -> pd.DataFrame:
    """Return charges with what each adds to its commitment."""
    status = bill.text(charges, "commitment_discount_status")
    category = charges["charge_category"].astype(str)
    usage = category == "Usage"
    units = bill.numbers(charges, "commitment_discount_quantity").fillna(0.0)
    found = charges.assign(
        _id=bill.text(charges, "commitment_discount_id"),
        _priced=undiscounted(charges),
        bought=charges["billed_amount"].where(category == "Purchase", 0.0),
        used=charges["amount"].where(usage & (status != "Unused"), 0.0),
        unused=charges["amount"].where(usage & (status == "Unused"), 0.0),
        used_units=units.where(usage & (status != "Unused"), 0.0),
        unused_units=units.where(usage & (status == "Unused"), 0.0),
    )
    found["covered"] = found["_priced"].where(usage & (status != "Unused"), 0.0)
    return found


def undiscounted(charges: pd.DataFrame) -> pd.Series:
    """Return what charges would have cost without a commitment: as contracted, else at list."""
    listed = bill.numbers(charges, "list_amount")
    contracted = bill.numbers(charges, "contracted_amount")
    whole = bill.text(charges, "whole_units") == "True"
    return contracted.where(~whole & contracted.notna(), listed).fillna(0.0)


def _facts(part: pd.DataFrame) -> dict[str, Any]:
    name = str(part["_id"].iloc[0])
    called = sorted({text for text in bill.text(part, "commitment_discount_name") if text})
    return {
        "commitment": called[0] if called else name,
        "role": "item",
        "product": _only(bill.text(part, "product")),
        "provider": _only(bill.text(part, "provider_name")),
        "type": _only(bill.text(part, "commitment_discount_type")),
    }


def _only(values: pd.Series) -> str:
    known = {str(value) for value in values if value}
    return known.pop() if len(known) == 1 else ""


def _size(sums: Mapping[str, float]) -> float:
    return abs(sums["used"] + sums["unused"]) or abs(sums["bought"]) or sums["covered"]


def utilization(sums: Mapping[str, float]) -> float | None:
    """Return which share of a commitment was used: by cost, else by its units.

    Examples
    --------
    >>> utilization({"used": 60.0, "unused": 20.0, "used_units": 0.0, "unused_units": 0.0})
    0.75
    """
    for used, unused in (("used", "unused"), ("used_units", "unused_units")):
        whole = sums[used] + sums[unused]
        if whole > 0:
            return sums[used] / whole
    return None


def _row(sums: Mapping[str, float], before: Mapping[str, float] | None, why: str) -> dict[str, Any]:
    now = utilization(sums)
    then = None if not before else utilization(before)
    missing = "the bill states neither cost nor units of the commitment" if now is None else ""
    return {
        "lines": int(sums["lines"]),
        "utilization_share": now,
        "previous_share": then,
        "coverage_share": None,
        "reason": reasons(missing, why),
    }


def _in_cents(rows: list[dict[str, Any]], sums: list[dict[str, float]]) -> None:
    """Set the amounts of all rows in cents that add up to the total, the last row."""
    columns = ("bought", "used", "unused", "covered")
    cents = {column: bill.in_cents([one[column] for one in sums]) for column in columns}
    for place, row in enumerate(rows):
        last = place == len(sums)
        held = {c: sum(found) if last else found[place] for c, found in cents.items()}
        row |= {column: money(held[column]) for column in columns}
        told = row["utilization_share"] is not None and held["used"] + held["unused"]
        row["saved"] = money(held["covered"] - held["used"] - held["unused"]) if told else None


def _coverage(parts: pd.DataFrame) -> float | None:
    """Return which share of usage, priced alike, a commitment covered."""
    usage = parts[parts["charge_category"].astype(str) == "Usage"]
    covered = math.fsum(usage["covered"].where(usage["_id"] != "", 0.0))
    free = usage[(usage["_id"] == "") & (usage["_priced"] > 0)]
    whole = covered + math.fsum(free["_priced"])
    return covered / whole if whole > 0 else None
