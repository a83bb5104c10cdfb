"""Ranked facts for the comments of page 1: what moved, by how much, and the one driver if any."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.measures.budget import judge
from pfkit.measures.driver import COVER, NO_DRIVER, leading
from pfkit.measures.revenue import pnl
from pfkit.measures.rows import (
    COUNT,
    FLAG,
    MONEY,
    NONE,
    RATE,
    TEXT,
    named,
    reasons,
    result,
    totals,
)
from pfkit.measures.statement import (
    PREFIX,
    REFERENCES,
    Reading,
    comparisons,
    prepared,
    subtotals,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pfkit.period import Period

#: Where a driver is looked for, the most specific first.
DIMENSIONS = ("product", "family", "cost_center", "line", "account")
WORTH = "promised net present value"
WORDS = {"plan": "plan", "prior_year": "prior year", "previous": "previous period"}


def comments(
    statement: pd.DataFrame,
    *,
    period: Period,
    plan: str | None = None,
    amount: float = 0.0,
    rate: float = 0.0,
    written: pd.DataFrame | None = None,
    lines: pd.DataFrame | None = None,
    returns: pd.DataFrame | None = None,
    top: int = 5,
    cover: float = COVER,
    names: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    r"""Rank what a director should hear, with the driver where one driver explains it.

    Use it for the numbered comments of page 1; the sentences are written from these columns.

    Parameters
    ----------
    statement : pandas.DataFrame
        Table ``statement``; ``amount`` is the effect on profit in reporting currency.
    period : Period
        The period reported.
    plan : str, optional
        The budget version called plan.
    amount, rate : float
        Materiality, in reporting currency and as a fraction, as in `materiality`.
    written : pandas.DataFrame, optional
        Table ``comments``: ``row_key``, ``text``, ``author``, ``known_on``; the last known counts.
    lines : pandas.DataFrame, optional
        Result of `budget_lines`; its total and its material lines are told.
    returns : pandas.DataFrame, optional
        Result of `roi`; initiatives whose net present value now looks negative, or that took
        materially more than approved, are told.
    top : int
        Comments at most.
    cover : float
        The share of a variance a driver must cover to be named, as a fraction.
    names : mapping of str to str, optional
        What a reader calls a product, such as ``book.product_names``.

    Returns
    -------
    pandas.DataFrame
        One row per comment, first comes first. ``row_key``, ``rank`` from 1, ``kind``
        (``subtotal``, ``line``, ``budget``, ``initiative``), ``role`` (``total`` of what sums up
        others, else ``item``), ``subject``, ``reference`` in words,
        ``actual``, ``base``, ``variance`` in reporting currency, ``variance_rate``, ``favorable``,
        ``material``, ``driver_by`` (the column), ``driver``, ``driver_amount``, ``driver_share``,
        ``rest`` (variance without the driver), ``owner``, ``text`` and ``author`` of the written
        comment, ``found`` (material items in all, also those below `top`), ``least_amount`` and
        ``least_rate`` (the thresholds), ``reason`` (``no single driver`` and what else is NA).

    Raises
    ------
    ContractError
        If a table lacks a column.
    MeasureError
        If `plan` is not among the versions, or an amount is missing.

    Notes
    -----
    An initiative that turns from earning to losing money comes first, then the subtotals net
    revenue and contribution, the total of the budget where there is no statement, material lines
    and initiatives by size of the variance, budget lines. Each is compared with the first reference
    that is there: plan, prior year, previous period. Drivers are looked for by product, family,
    cost center, line and account, the most specific first; the first single driver that covers
    `cover` of the variance is named, and none where no one does. A part that is more than half of
    the base explains nothing, and a column with one value is passed over. A row key that two kinds
    share carries its kind on the later one.

    References
    ----------
    .. [1] Horngren, Datar and Rajan, *Cost Accounting*, ch. 7 (management by exception).

    Examples
    --------
    >>> from pfkit.period import FiscalCalendar
    >>> columns = ["version", "period", "product", "line", "group", "amount"]
    >>> statement = pd.DataFrame(
    ...     [
    ...         ("actual", "2026-01", "Atlas", "Sales", "gross", 130.0),
    ...         ("actual", "2026-01", "Borea", "Sales", "gross", 98.0),
    ...         ("adopted", "2026-01", "Atlas", "Sales", "gross", 100.0),
    ...         ("adopted", "2026-01", "Borea", "Sales", "gross", 100.0),
    ...     ],
    ...     columns=columns,
    ... )
    >>> told = comments(statement, period=FiscalCalendar().period("2026-01"), top=1)
    >>> told[["subject", "variance", "driver", "driver_amount"]].values.tolist()
    [['Net revenue', 28.0, 'Atlas', 30.0]]
    """
    facts = _statement_facts(statement, period, plan, (amount, rate), cover)
    facts += _budget_facts(lines, cover)
    facts += _initiative_facts(returns, (amount, rate))
    if facts and all(fact["kind"] != "subtotal" for fact in facts):
        facts = [fact | ({"first": 0} if _whole(fact) else {}) for fact in facts]
    else:
        facts = [fact for fact in facts if not _whole(fact)]
    taken: set[str] = set()
    for fact in facts:
        key = fact["row_key"]
        fact["key"] = f"{fact['kind']}|{key}" if key in taken else key
        taken.add(fact["key"])
    facts.sort(key=lambda fact: (fact["first"], -abs(fact["variance"] or 0.0), fact["row_key"]))
    said = _written(written)
    rows: list[dict[str, Any]] = []
    roles = ["total" if fact["kind"] == "subtotal" or _whole(fact) else "item" for fact in facts]
    found = sum(
        role == "item" and fact["material"] is True for role, fact in zip(roles, facts, strict=True)
    )
    known = {"found": found, "least_amount": amount, "least_rate": rate}
    for rank, (role, fact) in enumerate(zip(roles[:top], facts[:top], strict=True), start=1):
        text, author = said.get(fact["key"], said.get(fact["row_key"], ("", "")))
        row = fact | known | {"row_key": fact["key"], "rank": rank, "role": role}
        row |= {"text": text, "author": author}
        called = names if row["driver_by"] == "product" else None
        rows.append(row | {"driver": named(row["driver"], called)})
    return result(rows, _COLUMNS)


_COLUMNS = (
    {"row_key": TEXT, "rank": COUNT, "kind": TEXT, "role": TEXT}
    | {"subject": TEXT, "reference": TEXT}
    | {"actual": MONEY, "base": MONEY, "variance": MONEY, "variance_rate": RATE}
    | {"favorable": FLAG, "material": FLAG, "driver_by": TEXT, "driver": TEXT}
    | {"driver_amount": MONEY, "driver_share": RATE, "rest": MONEY}
    | {"owner": TEXT, "text": TEXT, "author": TEXT}
    | {"found": COUNT, "least_amount": MONEY, "least_rate": RATE, "reason": TEXT}
)
_NOBODY: dict[str, Any] = {
    "driver_by": "",
    "driver": "",
    "driver_amount": None,
    "driver_share": None,
    "rest": None,
    "owner": "",
}


def _statement_facts(
    statement: pd.DataFrame,
    period: Period,
    plan: str | None,
    thresholds: tuple[float, float],
    cover: float,
) -> list[dict[str, Any]]:
    table = pnl(statement, period=period, plan=plan)
    table = table[(table["basis"] == "period") & (table["role"] != "memo")]
    if table.empty:
        return []
    dimensions = [name for name in DIMENSIONS if name in statement.columns]
    rows = prepared(statement, extra=[name for name in dimensions if name != "line"])
    reads = comparisons(rows, period, plan)
    inside = {key: parts for key, _, parts in subtotals(rows)}
    ends = list(inside)[-1]
    facts: list[dict[str, Any]] = []
    for row in table.to_dict("records"):
        base = next((name for name in REFERENCES if not pd.isna(row[name])), None)
        subtotal = row["role"] == "subtotal"
        if base is None or pd.isna(row["actual"]):
            continue
        gap = float(row[f"{PREFIX[base]}_variance"])
        share = _number(row[f"{PREFIX[base]}_variance_rate"])
        material, why = judge(gap, share, *thresholds)
        wanted = row["row_key"] in {"net-revenue", ends} if subtotal else material
        if not wanted:
            continue
        mask = {"groups": inside.get(row["row_key"], ()), "line": row["line"], "of": row["group"]}
        named = _driven(reads, base, mask, dimensions, cover)
        facts.append(
            {"row_key": row["row_key"], "kind": row["role"], "subject": row["line"]}
            | {"reference": WORDS[base], "actual": float(row["actual"])}
            | {"base": float(row[base]), "variance": gap, "variance_rate": share}
            | {"favorable": row[f"{PREFIX[base]}_favorable"], "material": material}
            | {"first": 0 if row["row_key"] == "net-revenue" else 1 if subtotal else 2}
            | _NOBODY
            | named
            | {"reason": reasons(named["reason"], "" if material else why)}
        )
    return facts


def _driven(
    reads: Mapping[str, Reading],
    base: str,
    mask: Mapping[str, Any],
    dimensions: list[str],
    cover: float,
) -> dict[str, Any]:
    """Look for the one driver of a variance, column by column."""
    sides = {}
    for side, name in (("start", base), ("end", "actual")):
        rows = reads[name].rows
        if rows is None:
            return {"reason": "no comparison"}
        if mask["groups"]:
            sides[side] = rows[rows["group"].isin(mask["groups"])]
        else:
            sides[side] = rows[(rows["line"] == mask["line"]) & (rows["group"] == mask["of"])]
    for column in dimensions:
        sums = {side: totals(rows, [column]) for side, rows in sides.items()}
        labels = sorted({*sums["start"], *sums["end"]})
        if len(labels) < 2:  # noqa: PLR2004 (one value explains nothing)
            continue
        sizes = [sums["end"].get(label, 0) - sums["start"].get(label, 0) for label in labels]
        change = sum(sizes)
        lead = leading(sizes, change, cover)
        bases = [sums["start"].get(label, 0) for label in labels]
        if lead is not None and labels[lead][0] != NONE and _tells(lead, bases):
            return {
                "driver_by": column,
                "driver": labels[lead][0],
                "driver_amount": sizes[lead] / 100,
                "driver_share": sizes[lead] / change,
                "rest": (change - sizes[lead]) / 100,
                "reason": "",
            }
    return {"reason": NO_DRIVER}


def _tells(lead: int, bases: list[int]) -> bool:
    """Return whether a part tells more than the whole: it is not most of the base itself."""
    return 2 * abs(bases[lead]) <= sum(abs(base) for base in bases)


def _budget_facts(lines: pd.DataFrame | None, cover: float) -> list[dict[str, Any]]:
    """Return the total of the budget with its driver, and the material lines."""
    if lines is None or lines.empty:
        return []
    material = lines[(lines["role"] == "item") & lines["material"].fillna(value=False)]
    facts = _budget_total(lines, cover)
    return facts + [
        {"row_key": row["row_key"], "kind": "budget", "subject": row["label"]}
        | {"reference": row["comparison"], "actual": row["compared"], "base": row["reference"]}
        | {"variance": _number(row["variance"]), "variance_rate": _number(row["variance_rate"])}
        | {"favorable": row["favorable"], "material": True, "first": 3}
        | _NOBODY
        | {"owner": row["owner"], "reason": row["reason"]}
        for row in material.to_dict("records")
    ]


def _whole(fact: dict[str, Any]) -> bool:
    return bool(fact["kind"] == "budget" and fact["row_key"] == "total")


def _budget_total(lines: pd.DataFrame, cover: float) -> list[dict[str, Any]]:
    total = lines[lines["role"] == "total"].to_dict("records")[0]
    gap = _number(total["variance"])
    if gap is None:
        return []
    parts = lines[lines["role"] != "total"].to_dict("records")
    sizes = [round((_number(row["variance"]) or 0.0) * 100) for row in parts]
    lead = leading(sizes, round(gap * 100), cover)
    found: dict[str, Any] = {"reason": NO_DRIVER if gap else ""}
    bases = [round((_number(row["reference"]) or 0.0) * 100) for row in parts]
    if lead is not None and parts[lead]["role"] == "item" and _tells(lead, bases):
        found = {"driver_by": "label", "driver": parts[lead]["label"], "reason": ""}
        found |= {"driver_amount": sizes[lead] / 100, "driver_share": sizes[lead] / gap / 100}
        found |= {"rest": (round(gap * 100) - sizes[lead]) / 100}
    return [
        {"row_key": "total", "kind": "budget", "subject": "The total", "first": 3}
        | {"reference": total["comparison"], "actual": total["compared"]}
        | {"base": total["reference"], "variance": gap}
        | {"variance_rate": _number(total["variance_rate"]), "favorable": total["favorable"]}
        | {"material": total["material"]}
        | _NOBODY
        | found
    ]


def _initiative_facts(
    returns: pd.DataFrame | None, thresholds: tuple[float, float]
) -> list[dict[str, Any]]:
    if returns is None:
        return []
    facts = []
    for row in returns[returns["role"] == "item"].to_dict("records"):
        subject = row["name"] or row[str(returns.columns[1])]
        over = not pd.isna(row["over_approved"]) and bool(row["over_approved"])
        outlook, promised = _number(row["npv_outlook"]), _number(row["npv_plan"])
        fact: dict[str, Any] = {"row_key": row["row_key"], "kind": "initiative", "first": 2}
        fact |= {"subject": subject} | _NOBODY | {"owner": row["owner"], "reason": ""}
        if outlook is not None and outlook < 0 and promised is not None:
            fact |= {"reference": WORTH, "actual": outlook, "base": promised}
            fact |= {"favorable": outlook >= promised, "first": -1 if promised >= 0 else 2}
            fact |= {"reason": "more is invested than approved"} if over else {}
        elif over:
            spent, allowed = float(row["invested_actual"]), float(row["approved_amount"])
            fact |= {"reference": "approved amount", "actual": spent, "base": allowed}
            fact |= {"favorable": False}
        else:
            continue
        gap = round(fact["actual"] - fact["base"], 2)
        share = gap / abs(fact["base"]) if fact["base"] else None
        material, _ = judge(gap, share, *thresholds)
        if material:
            facts.append(fact | {"variance": gap, "variance_rate": share, "material": True})
    return facts


def _written(written: pd.DataFrame | None) -> dict[str, tuple[str, str]]:
    """Return the last known comment on each row."""
    if written is None or written.empty:
        return {}
    kept = written[written["row_key"].notna()]
    if "known_on" in kept.columns:
        kept = kept.assign(_at=kept["known_on"].astype(str)).sort_values("_at", kind="stable")
    author = kept["author"].fillna("") if "author" in kept.columns else [""] * len(kept)
    return {
        str(key): (str(text), str(who))
        for key, text, who in zip(kept["row_key"], kept["text"], author, strict=True)
    }


def _number(value: object) -> float | None:
    return None if pd.isna(value) else float(value)  # type: ignore[arg-type,call-overload]
