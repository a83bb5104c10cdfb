"""Cloud reconciliation: from what was billed to what it cost, cause by cause."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pfkit.measures import bill
from pfkit.measures.rows import COUNT, MONEY, TEXT, less, money, result, slug

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.period import Period

#: Why billed and effective cost differ, in the order of the walk; the first that fits counts.
CORRECTION = "Corrections of earlier bills"
BOUGHT = "Commitments bought"
PURCHASE = "Other purchases"
USED = "Commitments used"
UNUSED = "Commitments not used"
CREDIT = "Credits"
ADJUSTMENT = "Adjustments"
TAX = "Taxes"
USAGE = "Usage"
_ORDER = (BOUGHT, PURCHASE, USED, UNUSED, CREDIT, ADJUSTMENT, TAX, CORRECTION, USAGE)
_CATEGORY = {"Credit": CREDIT, "Adjustment": ADJUSTMENT, "Tax": TAX}
_BECAUSE = {
    BOUGHT: "billed when bought, counted as they are used",
    PURCHASE: "billed when bought, counted as they are used",
    USED: "paid with the commitment, counted where it is used",
    UNUSED: "paid with the commitment and used by nothing",
    CREDIT: "granted by the provider",
    ADJUSTMENT: "made by the provider within the bill",
    TAX: "on other charges",
    CORRECTION: "of billing periods invoiced before",
    USAGE: "paid as used",
}
_COLUMNS = (
    dict.fromkeys(("row_key", "cause", "role"), TEXT)
    | {"lines": COUNT}
    | dict.fromkeys(("billed", "effective", "amount", "whole_units"), MONEY)
    | {"because": TEXT}
)


def cloud_reconciliation(cloud: pd.DataFrame, *, period: Period) -> pd.DataFrame:
    r"""Walk from billed to effective cloud cost, each charge under one cause.

    Use it to know why the invoice and the cost of a month differ; `cloud_ledger` compares the cost
    with the ledger.

    Parameters
    ----------
    cloud : pandas.DataFrame
        ``book.cloud``: ``amount`` (effective) and ``billed_amount`` in reporting currency.
    period : Period
        The month, quarter or year reported.

    Returns
    -------
    pandas.DataFrame
        ``Billed`` (``role`` ``start``), one ``step`` per cause that has charges, and ``Effective``
        (``end``). ``row_key, cause, role, lines`` (charges), ``billed``, ``effective`` and
        ``amount`` (of a step: effective minus billed), ``whole_units`` (the part of the step that
        providers make who state effective cost in whole units only), all in reporting currency,
        and ``because``. Empty where a month of the period is not on the bill.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If a cost is missing.

    Notes
    -----
    :math:`billed + \sum steps = effective`, to the cent: every charge has one cause, charges are
    added exactly and rounded once, by largest remainder. Corrections of earlier bills count as
    such whatever they correct.

    References
    ----------
    .. [1] FinOps Foundation, *FOCUS 1.2*, EffectiveCost, https://focus.finops.org

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> bill = pd.DataFrame({"period": "2026-01", "product": "Atlas", "provider_name": "Acme",
    ...     "service_name": "VMs", "charge_category": ["Purchase", "Usage"], "lines": 1,
    ...     "commitment_discount_id": "c-1", "commitment_discount_status": ["", "Used"],
    ...     "billed_amount": [120.0, 0.0], "amount": [0.0, 10.0]})
    >>> found = cloud_reconciliation(bill, period=FiscalCalendar().period("2026-01"))
    >>> found[["cause", "amount"]].values.tolist()
    [['Billed', 120.0], ['Commitments bought', -120.0], ['Commitments used', 10.0], ['Effective', 10.0]]
    """  # noqa: E501 (what the example prints)
    charges = bill.checked(cloud)
    mine = bill.of(charges, period)
    if mine is None:
        return result([], _COLUMNS)
    causes = [
        cause_of(*cells)
        for cells in zip(
            mine["charge_category"].astype(str),
            bill.text(mine, "charge_class"),
            bill.text(mine, "commitment_discount_id"),
            bill.text(mine, "commitment_discount_status"),
            strict=True,
        )
    ]
    mine = mine.assign(_cause=causes, _gap=mine["amount"] - mine["billed_amount"])
    whole = bill.text(mine, "whole_units") == "True"
    mine["_whole"] = mine["_gap"].where(whole & ~mine["_cause"].isin([BOUGHT, USED, UNUSED]), 0.0)
    return result(_walk(mine), _COLUMNS)


def cause_of(category: str, correction: str, commitment: str, status: str) -> str:
    """Return under which cause a charge stands in the walk.

    Examples
    --------
    >>> cause_of("Usage", "", "c-1", "Used"), cause_of("Credit", "Correction", "", "")
    ('Commitments used', 'Corrections of earlier bills')
    """
    if correction:
        return CORRECTION
    if category == "Purchase":
        return BOUGHT if commitment else PURCHASE
    if category in _CATEGORY:
        return _CATEGORY[category]
    if status == "Unused":
        return UNUSED
    return USED if status == "Used" or commitment else USAGE


def _walk(mine: pd.DataFrame) -> list[dict[str, Any]]:
    columns = ("billed_amount", "amount", "_whole", "lines")
    sums = bill.grouped(mine, "_cause", columns)
    causes = [cause for cause in _ORDER if cause in sums]
    effective, billed = bill.both_in_cents(
        *([sums[cause][column] for cause in causes] for column in ("amount", "billed_amount"))
    )
    whole = bill.in_cents([sums[cause]["_whole"] for cause in causes])
    rows = [
        _row(cause, int(sums[cause]["lines"]), billed[place], effective[place], whole[place])
        for place, cause in enumerate(causes)
    ]
    lines = int(math.fsum(mine["lines"].tolist()))
    first, last = money(sum(billed)), money(sum(effective))
    ends = {"lines": lines, "billed": first, "effective": last}
    start = {"row_key": "billed", "cause": "Billed", "role": "start", "amount": first}
    end = {"row_key": "effective", "cause": "Effective", "role": "end", "amount": last}
    lost = money(sum(whole))
    return [
        start | ends | {"whole_units": None, "because": ""},
        *rows,
        end | ends | {"whole_units": lost, "because": ""},
    ]


def _row(cause: str, lines: int, billed: int, effective: int, whole: int) -> dict[str, Any]:
    return {
        "row_key": slug(cause),
        "cause": cause,
        "role": "step",
        "lines": lines,
        "billed": money(billed),
        "effective": money(effective),
        "amount": money(less(effective, billed)),
        "whole_units": money(whole),
        "because": _BECAUSE[cause],
    }
