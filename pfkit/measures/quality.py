"""Controls and what was held back, ordered for a reader; and whether a period is complete."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pfkit.errors import MeasureError, near_miss
from pfkit.measures.rows import (
    COUNT,
    FLAG,
    MONEY,
    RATE,
    TEXT,
    money,
    require,
    result,
    texts,
    whole_cents,
)
from pfkit.measures.rows import (
    rate as ratio,
)

STATES = ("red", "amber", "green")
_PARTS = ("accepted", "quarantined", "excluded")
_CONTROLS = (
    {"row_key": TEXT, "control": TEXT, "source": TEXT, "period": TEXT, "role": TEXT}
    | {"count": COUNT, "expected": MONEY, "actual": MONEY, "difference": MONEY}
    | {"state": TEXT, "detail": TEXT, "advice": TEXT}
)


def controls(found: pd.DataFrame, *, top: int = 20) -> pd.DataFrame:
    """Order controls for reading: what is wrong first, what is right folded.

    Use it for the control table; `control_states` gives the one line above it.

    Parameters
    ----------
    found : pandas.DataFrame
        ``book.controls``: one row per control, amounts in reporting currency, ``state`` ``red``,
        ``amber`` or ``green``.
    top : int
        Rows shown one by one; red and amber come before green, and those that do not fit stand
        together as one row per state. All red rows are always shown.

    Returns
    -------
    pandas.DataFrame
        ``row_key``, ``control``, ``source``, ``period``, ``role`` (``item``, ``other``), ``count``,
        ``expected``, ``actual``, ``difference``, ``state``, ``detail``, ``advice``; the largest
        difference first within a state.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If a state is none of the three.

    Notes
    -----
    Nothing is computed twice: amounts are those of the book.

    References
    ----------
    .. [1] ISACA, *COBIT 2019*, MEA02 (managed system of internal control).

    Examples
    --------
    >>> found = pd.DataFrame(
    ...     {"row_key": ["a", "b"], "control": ["Tie", "Tie"], "source": ["x", "y"],
    ...      "period": "2026-01", "expected": [1.0, 2.0], "actual": [1.0, 1.0],
    ...      "difference": [0.0, -1.0], "state": ["green", "red"], "detail": "", "advice": ""}
    ... )
    >>> controls(found)["row_key"].tolist()
    ['b', 'a']
    """
    columns = [name for name in _CONTROLS if name not in {"role", "count"}]
    require(found, columns, name="controls")
    _known_states(found)
    records = [{str(k): v for k, v in row.items()} for row in found[columns].to_dict("records")]
    records.sort(key=_by_state)
    red = sum(row["state"] == "red" for row in records)
    room = max(top, red)
    shown = records if len(records) <= room + 1 else records[:room]
    rows = [row | {"role": "item", "count": 1} for row in shown]
    for state in STATES:
        rest = [row for row in records[len(shown) :] if row["state"] == state]
        if rest:
            blank: dict[str, Any] = dict.fromkeys(("source", "period", "detail", "advice"), "")
            blank |= dict.fromkeys(("expected", "actual", "difference"), None)
            name = f"Other ({len(rest)})"
            rows.append(
                {"row_key": f"other-{state}", "control": name, "role": "other", "state": state}
                | {"count": len(rest)}
                | blank
            )
    return result(rows, _CONTROLS)


def control_states(found: pd.DataFrame) -> pd.DataFrame:
    """Count controls by state and name the worst.

    Use it for the state of a report: red stamps DRAFT.

    Parameters
    ----------
    found : pandas.DataFrame
        ``book.controls``.

    Returns
    -------
    pandas.DataFrame
        Three rows, ``red``, ``amber``, ``green``: ``row_key``, ``state``, ``count``, ``difference``
        (sum of sizes, reporting currency), ``worst`` (True on the worst state there is).

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If a state is none of the three.

    Notes
    -----
    A book without any control has no worst state.

    References
    ----------
    .. [1] ISACA, *COBIT 2019*, MEA02 (managed system of internal control).

    Examples
    --------
    >>> found = pd.DataFrame({"state": ["green", "amber"], "difference": [0.0, -3.0]})
    >>> control_states(found)[["state", "count", "difference"]].values.tolist()
    [['red', 0, 0.0], ['amber', 1, 3.0], ['green', 1, 0.0]]
    """
    require(found, ["state", "difference"], name="controls")
    _known_states(found)
    sizes = whole_cents(found["difference"].astype("Float64").fillna(0.0), name="controls").abs()
    worst = next((state for state in STATES if bool((found["state"] == state).any())), "")
    rows = [
        {"row_key": state, "state": state, "count": int((found["state"] == state).sum())}
        | {"difference": int(sizes[found["state"] == state].sum()) / 100, "worst": state == worst}
        for state in STATES
    ]
    kinds = {"row_key": TEXT, "state": TEXT, "count": COUNT, "difference": MONEY, "worst": FLAG}
    return result(rows, kinds)


def held_back(balance: pd.DataFrame) -> pd.DataFrame:
    r"""Add up what came in, was accepted, quarantined and excluded, per source and in total.

    Use it for the balance table: it shows that nothing was lost.

    Parameters
    ----------
    balance : pandas.DataFrame
        ``book.balance``: per source, table and period ``rows_`` and ``amount_`` ``in``,
        ``accepted``, ``quarantined``, ``excluded``; amounts in reporting currency.

    Returns
    -------
    pandas.DataFrame
        One row per source and table, in alphabetical order, then ``Total``. ``row_key``,
        ``source``, ``table``, ``role`` (``item``, ``total``), the rows and amounts, ``held_share``
        (amount quarantined and excluded, of amount in, as a fraction; NA where that is zero, or
        smaller than what is held, as with both sides of a journal),
        ``closes``, ``reason``.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If an amount is missing.

    Notes
    -----
    :math:`in = accepted + quarantined + excluded`, in rows and to the cent; ``closes`` says so.
    Amounts of different tables are not added up, so that the total then holds rows only. A table
    whose amounts are all NaN counts no money: its amounts are NA.

    References
    ----------
    .. [1] Kimball and Caserta, *The Data Warehouse ETL Toolkit*, ch. 4 (audit of rows in and out).

    Examples
    --------
    >>> line = {"source": "billing", "table": "invoices", "period": "2026-01"}
    >>> line |= {"rows_in": 3, "rows_accepted": 2, "rows_quarantined": 1, "rows_excluded": 0}
    >>> line |= {"amount_in": 9.0, "amount_accepted": 8.0, "amount_quarantined": 1.0}
    >>> held_back(pd.DataFrame([line | {"amount_excluded": 0.0}]))["closes"].tolist()
    [True, True]
    """
    parts = ("in", *_PARTS)
    columns = [f"{kind}_{part}" for kind in ("rows", "amount") for part in parts]
    require(balance, ["source", "table", *columns], name="balance")
    facts = pd.DataFrame({name: texts(balance[name]) for name in ("source", "table")})
    counts_money = balance.groupby("table")["amount_in"].transform("count").to_numpy() > 0
    for part in parts:
        facts[f"rows_{part}"] = balance[f"rows_{part}"].astype("int64")
        known = balance[f"amount_{part}"].where(counts_money, 0.0)
        facts[f"amount_{part}"] = whole_cents(known, name="balance")
    priced = set(facts.loc[counts_money, "table"])
    grouped = facts.groupby(["source", "table"], sort=True)[columns].sum().reset_index()
    records = [{str(k): v for k, v in row.items()} for row in grouped.to_dict("records")]
    rows: list[dict[str, Any]] = [row | {"role": "item"} for row in records]
    alike = len(priced) == 1
    if rows:
        sums = {column: int(facts[column].sum()) for column in columns}
        rows.append(sums | {"source": "Total", "table": "", "role": "total"})
    for row in rows:
        row["row_key"] = "total" if row["role"] == "total" else f"{row['source']}|{row['table']}"
        row["closes"] = all(
            row[f"{kind}_in"] == sum(row[f"{kind}_{part}"] for part in _PARTS)
            for kind in ("rows", "amount")
        )
        held = int(row["amount_quarantined"]) + int(row["amount_excluded"])
        mixed = abs(held) > abs(int(row["amount_in"])) > 0  # both signs: no share of the whole
        row["held_share"] = None if mixed else ratio(held, int(row["amount_in"]))
        row["reason"] = "amount in is zero" if row["held_share"] is None else ""
        row["reason"] = "amounts of both signs" if mixed else row["reason"]
        row |= {f"amount_{part}": money(int(row[f"amount_{part}"])) for part in parts}
        if row["role"] == "item" and row["table"] not in priced:
            row.update(dict.fromkeys([*(f"amount_{part}" for part in parts), "held_share"]))
            row["reason"] = "the table counts no money"
    if rows and not alike:
        rows[-1] |= dict.fromkeys([*(f"amount_{part}" for part in parts), "held_share"])
        rows[-1]["reason"] = (
            "amounts of different tables are not added" if priced else "no table counts money"
        )
    kinds = dict.fromkeys(("row_key", "source", "table", "role"), TEXT)
    kinds |= {f"rows_{part}": COUNT for part in parts}
    kinds |= {f"amount_{part}": MONEY for part in parts}
    return result(rows, kinds | {"held_share": RATE, "closes": FLAG, "reason": TEXT})


def _known_states(found: pd.DataFrame) -> None:
    unknown = sorted(set(texts(found["state"])) - set(STATES))
    if unknown:
        raise MeasureError(
            f"state {unknown[0]!r} is not known",
            where="controls",
            advice=near_miss(unknown[0], STATES, noun="state"),
        )


def _by_state(row: dict[str, Any]) -> tuple[int, float, str]:
    gap = row["difference"]
    size = 0.0 if gap is None or pd.isna(gap) else abs(float(gap))
    return STATES.index(row["state"]), -size, str(row["row_key"])
