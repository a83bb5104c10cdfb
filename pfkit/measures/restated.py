"""What earlier months said, what they say now, and why: restatements with their causes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pfkit.measures.rows import (
    COUNT,
    FLAG,
    MONEY,
    RATE,
    TEXT,
    favorable,
    money,
    named,
    require,
    result,
    row_keys,
    totals,
    whole_cents,
)
from pfkit.measures.rows import (
    rate as ratio,
)
from pfkit.measures.statement import ACTUAL, OUTSIDE, earlier, prepared

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from pfkit.period import Period

NOT_TRACED = "not traced to a row"
_COLUMNS = (
    {"row_key": TEXT, "role": TEXT, "period": TEXT, "line": TEXT, "cause": TEXT, "product": TEXT}
    | {"file": TEXT, "known_on": TEXT, "rows": COUNT, "reported": MONEY, "restated": MONEY}
    | {"difference": MONEY, "difference_rate": RATE, "favorable": FLAG}
)
_WHY = ("period", "line", "cause", "product", "file", "known_on")
Line = tuple[str, str]


def restated(
    statement: pd.DataFrame,
    then: pd.DataFrame,
    causes: pd.DataFrame,
    *,
    period: Period,
    amount: float = 0.0,
    top: int = 8,
    names: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    r"""Compare earlier months as last reported with what is known now, and say why they differ.

    Use it beside `changed`, which names restated lines among other changes: this gives the causes.

    Parameters
    ----------
    statement : pandas.DataFrame
        Table ``statement`` as known now; ``amount`` is the effect on profit, reporting currency.
    then : pandas.DataFrame
        The same table as the last report knew it, ``book.statement_then``.
    causes : pandas.DataFrame
        ``book.restatements``: rows and amounts by cause, file and day known.
    period : Period
        The period reported; months of its fiscal year and of the prior year before it count.
    amount : float
        Materiality in reporting currency: a product that changed as much is named.
    top : int
        Lines shown, the previous period's first; the rest stand together.
    names : mapping of str to str, optional
        What a reader calls a product, such as ``book.product_names``.

    Returns
    -------
    pandas.DataFrame
        Role ``item``: one row per restated month and line, with ``reported``, ``restated``,
        ``difference`` and ``difference_rate``; below each, role ``memo``: ``cause``, ``rows``,
        ``product``, ``file``, ``known_on`` and ``difference``, which add up to the line's to the
        cent; then ``Other (n)`` and, of more than one line, role ``total``. Empty
        where nothing was restated, or where `then` cannot be told: ``attrs["reason"]`` says so.
        In reporting currency.

    Raises
    ------
    ContractError
        If a table lacks a column.
    MeasureError
        If an amount is missing.

    Notes
    -----
    :math:`difference = restated - reported = \sum causes`. A month of which the last report knew
    nothing is not restated but new. Causes are exact; the statement is in whole cents, so a cent
    of rounding stands with the largest cause.

    References
    ----------
    .. [1] IAS 8 *Accounting Policies, Changes in Accounting Estimates and Errors* (restatement).

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> row = {"version": "actual", "period": "2026-01", "line": "Rent", "group": "operating"}
    >>> why = {"period": "2026-01", "line": "Rent", "product": "(none)", "cause": "late rows"}
    >>> why |= {"file": "gl.csv", "known_on": "2026-02-09", "rows": 2, "amount": -30.0}
    >>> found = restated(
    ...     pd.DataFrame([row | {"amount": -130.0}]),
    ...     pd.DataFrame([row | {"amount": -100.0}]),
    ...     pd.DataFrame([why]),
    ...     period=FiscalCalendar().period("2026-02"),
    ... )
    >>> found[["role", "cause", "rows", "difference"]].head(2).values.tolist()
    [['item', '', 2, -30.0], ['memo', 'late rows', 2, -30.0]]
    """
    now, before = _lines(statement, period), _lines(then, period)
    held = {month for month, _ in before}
    gaps = {
        key: now.get(key, 0) - before.get(key, 0)
        for key in {*now, *before}
        if key[0] in held and now.get(key, 0) != before.get(key, 0)
    }
    why = _causes(causes, gaps, amount, names)
    order = sorted(
        gaps,
        key=lambda key: (key[0] not in period.previous.months, -abs(gaps[key]), key[0], key[1]),
    )
    shown = order if len(order) <= top + 1 else order[:top]
    rows: list[dict[str, Any]] = []
    for key in shown:
        rows.append(_item(key, before.get(key, 0), now.get(key, 0), why[key]))
        rows += why[key]
    rest = order[len(shown) :]
    if rest:
        rows.append(_sum("other", rest, (before, now), why))
    if len(gaps) > 1 and "since" not in statement.columns:  # a year and its quarters overlap
        rows.append(_sum("total", order, (before, now), why))
    table = result(_keyed(rows), _COLUMNS)
    table.attrs["reason"] = str(then.attrs.get("reason", ""))
    return table


def _lines(statement: pd.DataFrame, period: Period) -> dict[Line, int]:
    rows = earlier(prepared(statement), period)
    mine = rows[(rows["version"] == ACTUAL) & (rows["group"] != OUTSIDE)]
    return {
        (month, line): cents for (month, line), cents in totals(mine, ["period", "line"]).items()
    }


def _item(key: Line, before: int, now: int, why: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    gap = now - before
    return {
        **dict.fromkeys(_COLUMNS, ""),
        "role": "item",
        "period": key[0],
        "line": key[1],
        "rows": sum(row["rows"] for row in why),
        "reported": money(before),
        "restated": money(now),
        "difference": money(gap),
        "difference_rate": ratio(gap, before),
        "favorable": favorable(gap, when="higher"),
    }


def _sum(
    role: str,
    keys: Sequence[Line],
    sides: tuple[Mapping[Line, int], Mapping[Line, int]],
    why: Mapping[Line, Sequence[Mapping[str, Any]]],
) -> dict[str, Any]:
    label = "All restated lines" if role == "total" else f"Other ({len(keys)})"
    every = [row for key in keys for row in why[key]]
    old, new = (sum(side.get(key, 0) for key in keys) for side in sides)
    return _item(("", label), old, new, every) | {"role": role}


def _causes(
    causes: pd.DataFrame,
    gaps: Mapping[Line, int],
    amount: float,
    names: Mapping[str, str] | None,
) -> dict[Line, list[dict[str, Any]]]:
    """Return the causes of every restated line, in cents that add up to its difference."""
    require(causes, [*_WHY, "rows", "amount"], name="restatements")
    found: dict[Line, dict[tuple[str, ...], list[int]]] = {key: {} for key in gaps}
    product_cents: dict[tuple[str, ...], int] = {}
    frame = causes.assign(cents=whole_cents(causes["amount"], name="restatements"))
    for row in frame.to_dict("records"):
        place = (row["period"], row["line"], row["product"])
        product_cents[place] = product_cents.get(place, 0) + int(row["cents"])
    for row in frame.to_dict("records"):
        key = (row["period"], row["line"])
        if key not in gaps:
            continue
        material = abs(product_cents[*key, row["product"]]) >= max(round(amount * 100), 1)
        product = named(row["product"], names) if material and amount > 0 else ""
        label = (str(row["cause"]), product, str(row["file"]), str(row["known_on"])[:10])
        held = found[key].setdefault(label, [0, 0])
        held[0] += int(row["rows"])
        held[1] += int(row["cents"])
    return {key: _told(key, found[key], gap) for key, gap in gaps.items()}


def _told(key: Line, found: dict[tuple[str, ...], list[int]], gap: int) -> list[dict[str, Any]]:
    left = gap - sum(cents for _, cents in found.values())
    order = sorted(found, key=lambda label: (-abs(found[label][1]), label))
    if left and order and abs(left) <= sum(rows for rows, _ in found.values()):
        found[order[0]][1] += left  # cents of rounding
    elif left:
        found[NOT_TRACED, "", "", ""] = [0, left]
        order.append((NOT_TRACED, "", "", ""))
    return [
        {
            **dict.fromkeys(_COLUMNS, ""),
            "role": "memo",
            "period": key[0],
            "line": key[1],
            "cause": label[0],
            "product": "" if label[1] == "(none)" else label[1],
            "file": label[2],
            "known_on": label[3],
            "rows": found[label][0],
            "reported": None,
            "restated": None,
            "difference": money(found[label][1]),
            "difference_rate": None,
            "favorable": favorable(found[label][1], when="higher"),
        }
        for label in order
        if found[label][1]
    ]


def _keyed(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    labels = [tuple(str(row[name]) for name in ("role", *_WHY)) for row in rows]
    plain = [
        ((row["role"],) if row["role"] in {"other", "total"} else label[1:])
        for row, label in zip(rows, labels, strict=True)
    ]
    for row, key in zip(rows, row_keys(plain), strict=True):
        row["row_key"] = key
    return rows
