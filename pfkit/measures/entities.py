"""Entities: what each book of a group gave to the consolidated result, by its own days and rate."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from pfkit.measures.rows import (
    COUNT,
    FLAG,
    MONEY,
    RATE,
    TEXT,
    iso_days,
    money,
    rate,
    reasons,
    records,
    require,
    result,
    row_keys,
    texts,
    whole_cents,
)
from pfkit.measures.statement import GROUPS, REVENUE

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.period import Period

#: The part of the result that belongs to no entity.
ELIMINATIONS = "Eliminations"
_SHARED = 0.85
_TEXTS = ("own_period", "first_day", "last_day", "calendar", "currency")
_COLUMNS = (
    {"row_key": TEXT, "entity": TEXT, "label": TEXT, "role": TEXT, "count": COUNT}
    | dict.fromkeys(_TEXTS, TEXT)
    | {"days": COUNT, "shared_days": COUNT, "aligned": FLAG, "rate": "Float64"}
    | {"net_local": MONEY, "contribution_local": MONEY}
    | {"net": MONEY, "contribution": MONEY, "net_share": RATE}
    | {"sold": MONEY, "bought": MONEY, "difference": MONEY, "reason": TEXT}
)


def entities(
    statement: pd.DataFrame,
    entities: pd.DataFrame,
    intercompany: pd.DataFrame | None = None,
    *,
    period: Period,
) -> pd.DataFrame:
    r"""Set the entities of a group beside each other and beside the consolidated result.

    Use it for who earns the group's money, and for whose days and rates stand behind it.

    Parameters
    ----------
    statement : pandas.DataFrame
        ``book.statement`` of the group: ``product`` is the entity; reporting currency.
    entities : pandas.DataFrame
        ``book.entities``: own period, days, currency and ``rate`` of each entity and quarter.
    intercompany : pandas.DataFrame, optional
        ``book.intercompany``: what entities sold each other.
    period : Period
        The common quarter, or year, reported.

    Returns
    -------
    pandas.DataFrame
        One row per entity, largest net revenue first, ``Eliminations`` where there are any, and a
        ``Total``; then a row (``memo``) for every dealing that the two sides do not agree on.
        ``row_key, entity, label, role, count``; ``own_period``, its ``first_day`` and ``last_day``,
        ``calendar``, ``currency``; ``days`` of it, ``shared_days`` with the quarter, ``aligned``
        (whether it shares at least 85 % of the quarter's days); ``rate`` (reporting currency per 1
        unit, NA where quarters differ); ``net_local`` and ``contribution_local`` in its own
        currency; ``net`` revenue and ``contribution`` in reporting currency; ``net_share`` of the
        total; ``sold``, ``bought`` and ``difference`` of a dealing; ``reason``.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If an amount is missing or not finite.

    Notes
    -----
    Total = sum of entities at their rates + eliminations, to the cent. What both sides of a dealing
    agree on is taken from revenue and from cost, so that contribution stays; a difference stays in
    the total and is listed.

    References
    ----------
    .. [1] IFRS Foundation, *IFRS 10 Consolidated Financial Statements*, B86 (eliminations); *IAS 21
       The Effects of Changes in Foreign Exchange Rates*, 39-40 (average rates).

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> lines = pd.DataFrame({"version": "actual", "period": "2023-09", "group": "gross",
    ...     "product": ["a", "b"], "amount": [100.0, 32.0]})
    >>> days = pd.DataFrame({"entity": ["a", "b"], "quarter": "2023Q3", "name": ["A", "B"],
    ...     "own_period": ["2023Q3", "2011Q3"], "first_day": ["2023-07-01", "2011-06-01"],
    ...     "last_day": ["2023-09-30", "2011-08-31"], "calendar": "calendar months",
    ...     "currency": ["USD", "GBP"], "rate": [1.0, 1.6], "because": ["", "its data end there"]})
    >>> told = entities(lines, days, period=FiscalCalendar().period("2023Q3"))
    >>> told[["entity", "net_local", "net", "aligned"]].values.tolist()[1]
    ['b', 20.0, 32.0, False]
    """
    require(entities, ["entity", "quarter", "name", *_TEXTS, "rate", "because"], name="entities")
    require(statement, ["version", "period", "group", "product", "amount"], name="statement")
    quarters = list(dict.fromkeys(period.calendar.quarter_of(month) for month in period.months))
    mine = entities[entities["quarter"].isin(quarters)]
    sums = _sums(statement, period)
    whole = sum(net for net, _ in sums.values())
    rows = [_entity(part, sums, whole, period) for _, part in mine.groupby("entity", sort=True)]
    if ELIMINATIONS in sums:
        rows.append(_summed(ELIMINATIONS, "item", [sums[ELIMINATIONS]], whole))
    if not rows:
        return result([], _COLUMNS)
    rows.sort(key=lambda row: (row["entity"] == ELIMINATIONS, -(row["net"] or 0), row["entity"]))
    for row, key in zip(
        rows, row_keys([(row["entity"],) for row in rows], reserved=["total"]), strict=True
    ):
        row["row_key"] = key
    total = _summed("Total", "total", list(sums.values()), whole) | {"row_key": "total"}
    total["count"] = sum(row["role"] == "item" and row["entity"] != ELIMINATIONS for row in rows)
    return result([*rows, total, *_disagreed(intercompany, quarters)], _COLUMNS)


def _sums(statement: pd.DataFrame, period: Period) -> dict[str, tuple[int, int]]:
    """Return net revenue and contribution of each entity, in cents."""
    rows = statement[(statement["version"] == "actual") & statement["period"].isin(period.months)]
    cents = whole_cents(rows["amount"], name="statement")
    found: dict[str, tuple[int, int]] = {}
    for entity, group, amount in zip(
        texts(rows["product"]), rows["group"], cents.tolist(), strict=True
    ):
        net, earned = found.get(entity, (0, 0))
        net += amount if group in REVENUE else 0
        found[entity] = (net, earned + (amount if group in GROUPS else 0))
    return found


def _blank() -> dict[str, Any]:
    return dict.fromkeys(_COLUMNS) | {k: "" for k, kind in _COLUMNS.items() if kind == TEXT}


def _summed(name: str, role: str, parts: list[tuple[int, int]], whole: int) -> dict[str, Any]:
    net, earned = (sum(part[at] for part in parts) for at in (0, 1))
    return _blank() | {
        "entity": name,
        "label": name,
        "role": role,
        "count": 1,
        "net": money(net),
        "contribution": money(earned),
        "net_share": rate(net, whole),
    }


def _entity(
    part: pd.DataFrame, sums: dict[str, tuple[int, int]], whole: int, period: Period
) -> dict[str, Any]:
    part = part.sort_values("quarter", kind="stable")
    name = str(part["entity"].iloc[0])
    first, last = (iso_days(part[column], name="entities") for column in ("first_day", "last_day"))
    days = shared = 0
    aligned = True
    for quarter, begin, end in zip(part["quarter"], first, last, strict=True):
        common = period.calendar.period(str(quarter))
        own, both = _days(begin, end), _days(
            max(begin, common.first.isoformat()), min(end, common.last.isoformat())
        )  # fmt: skip
        days, shared = days + own, shared + both
        aligned &= both >= _SHARED * _days(common.first.isoformat(), common.last.isoformat())
    rates = set(part["rate"].astype("float64"))
    row = _summed(name, "item", [sums.get(name, (0, 0))], whole)
    one = rates.pop() if len(rates) == 1 else None
    because = "; ".join(dict.fromkeys(text for text in texts(part["because"]) if text != "(none)"))
    return row | {
        "label": str(part["name"].iloc[0]),
        "own_period": ", ".join(map(str, part["own_period"])),
        "first_day": min(first),
        "last_day": max(last),
        "calendar": str(part["calendar"].iloc[0]),
        "currency": str(part["currency"].iloc[0]),
        "days": days,
        "shared_days": shared,
        "aligned": aligned,
        "rate": one,
        "net_local": None if one is None else round(row["net"] / one, 2),
        "contribution_local": None if one is None else round(row["contribution"] / one, 2),
        "reason": reasons(
            "" if aligned else because or "its days are others, and the book does not say why",
            "" if one is not None else "its rates differ from quarter to quarter",
        ),
    }


def _days(first: str, last: str) -> int:
    """Return how many days lie between two, both counted."""
    return max(0, (date.fromisoformat(last) - date.fromisoformat(first)).days + 1)


def _disagreed(intercompany: pd.DataFrame | None, quarters: list[str]) -> list[dict[str, Any]]:
    if intercompany is None or intercompany.empty:
        return []
    names = ("sold_amount", "bought_amount", "eliminated_amount", "difference_amount")
    require(intercompany, ["quarter", "seller", "buyer", "item", *names], name="intercompany")
    mine = intercompany[intercompany["quarter"].isin(quarters)]
    found = []
    for row in records(mine):
        if not round(row["difference_amount"], 2):
            continue
        pair = f"{row['seller']} \N{RIGHTWARDS ARROW} {row['buyer']}: {row['item']}"
        (key,) = row_keys(
            [("open", row["quarter"], row["seller"], row["buyer"], row["item"])],
        )
        found.append(
            _blank()
            | {
                "row_key": key,
                "entity": row["seller"],
                "label": pair,
                "role": "memo",
                "count": 1,
                "sold": row["sold_amount"],
                "bought": row["bought_amount"],
                "difference": row["difference_amount"],
                "reason": "the two sides do not agree; what they agree on is eliminated",
            }
        )
    return sorted(found, key=lambda row: (-abs(row["difference"]), row["row_key"]))
