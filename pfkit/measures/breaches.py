"""Breaches of controls on ledger and plan, ordered for a reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pfkit.errors import MeasureError, near_miss
from pfkit.measures.quality import STATES
from pfkit.measures.rows import COUNT, MONEY, TEXT, require, result, whole_cents

if TYPE_CHECKING:
    import pandas as pd

_FOUND = ("row_key", "rule", "month", "state", "amount", "count", "entries", "detail", "advice")
_COLUMNS = {
    "row_key": TEXT,
    "role": TEXT,
    "rule": TEXT,
    "month": TEXT,
    "state": TEXT,
    "amount": MONEY,
} | {"count": COUNT, "findings": COUNT, "entries": TEXT, "detail": TEXT, "advice": TEXT}


def breaches(found: pd.DataFrame, *, top: int = 12) -> pd.DataFrame:
    """Order breaches for reading: above materiality first, then by amount.

    Use it for the table of breaches; the controls say what each rule found in one line.

    Parameters
    ----------
    found : pandas.DataFrame
        ``book.breaches``: one row per finding, ``amount`` in reporting currency, ``state`` ``red``
        (above materiality) or ``amber``.
    top : int
        Findings shown one by one; the rest stand together. Every red one is shown.

    Returns
    -------
    pandas.DataFrame
        ``row_key``, ``role`` (``item``, ``other``), ``rule``, ``month``, ``state``, ``amount`` (sum
        of the sizes of its entries, reporting currency), ``count`` (its entries), ``findings``,
        ``entries`` (ids, at most three by name), ``detail``, ``advice``. Empty where nothing was
        found; ``attrs["reason"]`` then says what was looked at.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If a state is neither, or an amount is missing.

    Notes
    -----
    An entry may break several rules, so amounts are not added up to a total.

    References
    ----------
    .. [1] AICPA, AU-C 240.32 (journal entries and other adjustments).
    .. [2] IAASB, ISA 240.33 (the same), ISA 450 A3 (clearly trivial).

    Examples
    --------
    >>> import pandas as pd
    >>> one = {"row_key": "a", "rule": "Locked months", "month": "2026-05", "state": "amber",
    ...        "amount": 10.0, "count": 1, "entries": "J1", "detail": "", "advice": ""}
    >>> breaches(pd.DataFrame([one, one | {"row_key": "b", "state": "red"}]))["row_key"].tolist()
    ['b', 'a']
    """
    require(found, _FOUND, name="breaches")
    unknown = [str(state) for state in found["state"] if state not in STATES]
    if unknown:
        raise MeasureError(
            f"state {unknown[0]!r} is none of {', '.join(STATES)}",
            where="breaches",
            advice=near_miss(unknown[0], STATES, noun="state"),
        )
    sizes = whole_cents(found["amount"], name="breaches") if len(found) else found["amount"]
    records = [
        {str(name): value for name, value in row.items()} | {"cents": int(cents)}
        for row, cents in zip(found[[*_FOUND]].to_dict("records"), sizes, strict=True)
    ]
    records.sort(key=lambda row: (STATES.index(row["state"]), -row["cents"], row["row_key"]))
    room = max(top, sum(row["state"] == "red" for row in records))
    shown = records if len(records) <= room + 1 else records[:room]
    rows: list[dict[str, Any]] = [
        row | {"role": "item", "findings": 1, "amount": row["cents"] / 100} for row in shown
    ]
    rest = records[len(shown) :]
    if rest:
        rows.append(
            dict.fromkeys(("month", "entries", "detail", "advice"), "")
            | {"row_key": "other", "role": "other", "rule": f"Other ({len(rest)})"}
            | {"state": rest[0]["state"], "amount": None, "findings": len(rest)}
            | {"count": sum(int(row["count"]) for row in rest)}
        )
    table = result(rows, _COLUMNS)
    table.attrs["reason"] = str(found.attrs.get("reason", ""))
    return table
