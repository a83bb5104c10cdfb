"""Hours moved between products within limits: a linear program, and what each limit is worth."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

from pfkit.errors import MeasureError, near_miss
from pfkit.measures.rows import MONEY, NONE, TEXT, require, result, row_keys, texts
from pfkit.measures.statement import ACTUAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from pfkit.period import Period

SPARE: Final = "(spare)"
_SMALL: Final = 1e-6
_TIE: Final = 1e-6
_Place = tuple[str, str]


@dataclass(frozen=True)
class Reallocation:
    """Proposed moves of hours, and what the limits cost.

    Attributes
    ----------
    moves : pandas.DataFrame
        One row per move, the most valuable first, and the total.
    limits : pandas.DataFrame
        One row per limit that binds, with what one more hour of it would be worth.
    value : float
        What the moves are worth in reporting currency, if a moved hour earns what the hours of
        its product earned on average.
    """

    moves: pd.DataFrame
    limits: pd.DataFrame
    value: float


def reallocation(
    effort: pd.DataFrame,
    values: pd.DataFrame,
    *,
    period: Period,
    value: str = "result",
    spare: pd.DataFrame | None = None,
    skills: Mapping[str, Sequence[str]] | None = None,
    leave: float = 0.1,
    take: float = 0.1,
) -> Reallocation:
    r"""Propose which hours should work for another product, within limits.

    Use it with `utilization`, as a start for a talk: its value is an estimate by averages.

    Parameters
    ----------
    effort : pandas.DataFrame
        Table ``effort``; hours worked (version ``actual``) by ``role`` and ``product``.
    values : pandas.DataFrame
        What the hours of each ``product`` brought in the period: `value`, in reporting currency,
        such as ``result`` of ``shared_cost(...).products``.
    period : Period
        The month, quarter or year reported.
    value : str
        Column of `values`.
    spare : pandas.DataFrame, optional
        Result of `utilization` of the period: its spare hours by role may work too.
    skills : mapping of str to sequence of str, optional
        Role to the other roles whose work it can do. Default: none but its own.
    leave, take : float
        Most hours that may leave a product, and that it may take up, as shares of those each role
        worked for it.

    Returns
    -------
    Reallocation
        ``moves``: ``row_key, label, role`` (``item``, ``total``), ``effort_role``,
        ``from_product`` (``(spare)`` for spare hours), ``to_role``, ``to_product``, ``hours``,
        ``value_per_hour`` (gained by a move of one hour) and ``value``. ``limits``: ``row_key,
        limit`` (``leave`` or ``take``), ``effort_role``, ``product``, ``hours`` allowed,
        ``shadow_price`` (value of one hour more). Amounts in reporting currency.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If a limit is not a share, a role is not known, or the program has no answer.

    Notes
    -----
    With :math:`v_p` the value of product p over its hours, and x hours moved,

    .. math:: \max \sum (v_{to} - v_{from})\, x \quad out \le leave \cdot h, \; in \le take \cdot h

    solved by HiGHS; a spare hour has no value where it is. The value holds only if a moved hour
    earns what the average hour of its product earns, so it is an upper bound where returns
    diminish. A shadow price holds for small changes of its limit.

    References
    ----------
    .. [1] Hillier and Lieberman, *Introduction to Operations Research*, ch. 4 (shadow prices).

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> at = {"version": "actual", "period": "2026-01", "role": "Engineer"}
    >>> effort = pd.DataFrame(
    ...     [at | {"product": "Atlas", "hours": 100.0}, at | {"product": "Borea", "hours": 50.0}]
    ... )
    >>> values = pd.DataFrame({"product": ["Atlas", "Borea"], "result": [1000.0, 2000.0]})
    >>> found = reallocation(effort, values, period=FiscalCalendar().period("2026-01"))
    >>> found.moves[["from_product", "to_product", "hours", "value"]].values.tolist()[0]
    ['Atlas', 'Borea', 5.0, 150.0]
    """
    require(effort, ["version", "period", "role", "product", "hours"], name="effort")
    require(values, ["product", value], name="values")
    for name, share in (("leave", leave), ("take", take)):
        if not (math.isfinite(share) and 0 <= share <= 1):
            raise MeasureError(f"{share:g} is no share", where=name, advice="Give 0 to 1.")
    hours = _hours(effort, period)
    worth = _worth(values, value, hours)
    hours = {place: h for place, h in hours.items() if place[1] in worth}
    roles = sorted({role for role, _ in hours})
    for role in [*(skills or {}), *(r for other in (skills or {}).values() for r in other)]:
        if role not in roles:
            raise MeasureError(
                f"{role!r} is no role that worked",
                where="skills",
                advice=near_miss(role, roles, noun="role"),
            )
    out = {place: leave * h for place, h in hours.items()} | _spare(spare, roles)
    into = {place: take * h for place, h in hours.items()}
    worth |= {SPARE: 0.0}
    pairs = [
        (start, end)
        for start in sorted(out)
        for end in sorted(into)
        if end[0] in {start[0], *(skills or {}).get(start[0], ())}
        and worth[end[1]] - worth[start[1]] > _SMALL
    ]
    moved, prices = _solved(pairs, out, into, worth)
    return _laid_out(pairs, moved, prices, (out, into), worth)


def _hours(effort: pd.DataFrame, period: Period) -> dict[_Place, float]:
    rows = effort[(texts(effort["version"]) == ACTUAL) & effort["period"].isin(period.months)]
    rows = rows.assign(role=texts(rows["role"]), product=texts(rows["product"]))
    sums: dict[_Place, float] = defaultdict(float)
    for role, product, hours in zip(rows["role"], rows["product"], rows["hours"], strict=True):
        sums[role, product] += float(hours)
    return {place: h for place, h in sums.items() if h > 0 and place[1] != NONE}


def _worth(values: pd.DataFrame, column: str, hours: Mapping[_Place, float]) -> dict[str, float]:
    """Return what an hour of each product brought; products without hours or value have none."""
    whole: dict[str, float] = defaultdict(float)
    for (_, product), h in hours.items():
        whole[product] += h
    known = values[values[column].notna()]
    amounts = dict(zip(texts(known["product"]), known[column].astype("float64"), strict=True))
    return {name: amounts[name] / h for name, h in whole.items() if name in amounts}


def _spare(spare: pd.DataFrame | None, roles: Sequence[str]) -> dict[_Place, float]:
    if spare is None or spare.empty:
        return {}
    require(spare, ["effort_role", "spare", "role"], name="spare")
    found: dict[_Place, float] = defaultdict(float)
    rows = spare[(spare["role"] == "item") & spare["spare"].notna()]
    for role, hours in zip(rows["effort_role"], rows["spare"], strict=True):
        if role in roles and hours > 0:
            found[str(role), SPARE] += float(hours)
    return dict(found)


def _solved(
    pairs: Sequence[tuple[_Place, _Place]],
    out: Mapping[_Place, float],
    into: Mapping[_Place, float],
    worth: Mapping[str, float],
) -> tuple[list[float], dict[tuple[str, _Place], float]]:
    """Return hours moved by pair, and the shadow price of every limit."""
    limits = [("leave", place) for place in sorted(out)] + [("take", p) for p in sorted(into)]
    if not pairs:
        return [], dict.fromkeys(limits, 0.0)
    at = {limit: place for place, limit in enumerate(limits)}
    gains = np.array([worth[end[1]] - worth[start[1]] for start, end in pairs])
    rows = [at["leave", start] for start, _ in pairs] + [at["take", end] for _, end in pairs]
    columns = [*range(len(pairs))] * 2
    matrix = coo_array(
        (np.ones(len(rows)), (rows, columns)), shape=(len(limits), len(pairs))
    ).tocsr()
    bounds = [(out if kind == "leave" else into)[place] for kind, place in limits]
    few = gains - _TIE * gains.max()  # of plans worth the same, the one that moves fewest hours
    found = linprog(-few, A_ub=matrix, b_ub=bounds, bounds=(0, None), method="highs")
    if not found.success:
        raise MeasureError(
            f"the moves have no best answer: {found.message}",
            where="reallocation",
            advice="Check hours and values for numbers that are not finite.",
        )
    prices = [max(0.0, -float(price)) for price in found.ineqlin.marginals]
    return found.x.tolist(), dict(zip(limits, prices, strict=True))


def _laid_out(
    pairs: Sequence[tuple[_Place, _Place]],
    moved: Sequence[float],
    prices: Mapping[tuple[str, _Place], float],
    allowed: tuple[Mapping[_Place, float], Mapping[_Place, float]],
    worth: Mapping[str, float],
) -> Reallocation:
    rows: list[dict[str, Any]] = []
    for ((role, start), (to_role, end)), hours in zip(pairs, moved, strict=True):
        if hours > _SMALL:
            gain = worth[end] - worth[start]
            row: dict[str, Any] = {"effort_role": role, "from_product": start, "to_role": to_role}
            row |= {"to_product": end, "hours": round(hours, 6), "value_per_hour": gain}
            row |= {"value": round(hours * gain, 2), "role": "item"}
            row["label"] = f"{role}: {'spare' if start == SPARE else start} to {end}"
            rows.append(row)
    rows.sort(key=lambda row: (-row["value"], row["label"], row["to_role"]))
    names = ("effort_role", "from_product", "to_role", "to_product")
    keys = row_keys([tuple(row[n] for n in names) for row in rows], reserved=["total"])
    total: dict[str, Any] = dict.fromkeys(names, "") | {
        "label": "Total",
        "role": "total",
        "value_per_hour": None,
    }
    total |= {n: round(math.fsum(row[n] for row in rows), 6) for n in ("hours", "value")}
    columns = dict.fromkeys(("row_key", "label", "role", *names), TEXT)
    columns |= {"hours": "Float64", "value_per_hour": MONEY, "value": MONEY}
    moves = result(
        [{"row_key": k} | r for k, r in zip([*keys, "total"], [*rows, total], strict=True)],
        columns,
    )
    binding: list[dict[str, Any]] = [
        {"limit": kind, "effort_role": place[0], "product": place[1], "shadow_price": price}
        | {"hours": allowed[kind == "take"][place]}
        for (kind, place), price in prices.items()
        if price > _SMALL
    ]
    binding.sort(key=lambda row: -float(row["shadow_price"]))
    labels = [(row["limit"], row["effort_role"], row["product"]) for row in binding]
    limits = result(
        [{"row_key": k} | r for k, r in zip(row_keys(labels), binding, strict=True)],
        dict.fromkeys(("row_key", "limit", "effort_role", "product"), TEXT)
        | {"hours": "Float64", "shadow_price": MONEY},
    )
    return Reallocation(moves, limits, float(total["value"]))
