"""Ranked facts for the comments of page 1: what moved, by how much, and the one driver if any."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.contracts.standing import Comments
from pfkit.measures.driver import COVER
from pfkit.measures.gaps import HOME, WORTH, Gap, gaps
from pfkit.measures.parts import NOBODY, BudgetParts, Cells, StatementParts, driven
from pfkit.measures.revenue import pnl
from pfkit.measures.rows import COUNT, FLAG, MONEY, NONE, RATE, TEXT, named, reasons, result
from pfkit.measures.statement import SUBTOTALS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pfkit.period import Period


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
    actuals: pd.DataFrame | None = None,
    budget: pd.DataFrame | None = None,
    accounts: pd.DataFrame | None = None,
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
        Table ``comments``; the last open one about a row counts, an earlier month's too.
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
    actuals, budget, accounts : pandas.DataFrame, optional
        The tables `lines` was made of: with them the driver of a budget line is looked for.

    Returns
    -------
    pandas.DataFrame
        One row per comment, first comes first. ``row_key``, ``rank`` from 1, ``kind``
        (``subtotal``, ``line``, ``budget``, ``initiative``), ``role`` (``total`` of what sums up
        others, else ``item``), ``exhibit`` and ``row`` (its key there), ``subject``,
        ``reference`` in words,
        ``actual``, ``base``, ``variance`` in reporting currency, ``variance_rate``, ``favorable``,
        ``material``, ``driver_by`` (the column), ``driver``, ``driver_amount``, ``driver_share``,
        ``rest`` (variance without the driver), ``owner``; ``text``, ``author``, ``said_on`` (day)
        and ``said_for`` (period) of the written comment, ``approved_by`` and ``approved_on``;
        ``found`` (material items in all, also those below `top`), ``least_amount`` and
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
    cost center, line and account, the most specific first; the first part that covers `cover` of
    the variance, and is alone in that, is named, one that is most of the base only where no other
    is. A column with one value is passed over. A row key that two kinds share carries its kind on
    the later one.

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
    parts = StatementParts(statement, period=period, plan=plan)
    table = pnl(statement, period=period, plan=plan)
    facts = _statement_facts(table, parts, (amount, rate), cover)
    made = None
    if actuals is not None and budget is not None:
        made = BudgetParts(actuals, budget, period=period, plan=plan, accounts=accounts)
    facts += _budget_facts(lines, made, (amount, rate), cover)
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
    said = Comments([] if written is None else written.to_dict("records"), period=period)
    rows: list[dict[str, Any]] = []
    found = sum(fact["role"] == "item" and fact["material"] is True for fact in facts)
    known = {"found": found, "least_amount": amount, "least_rate": rate}
    for rank, fact in enumerate(facts[:top], start=1):
        exhibit = HOME[fact["kind"]]
        row = fact | known | {"row_key": fact["key"], "rank": rank}
        row |= {"exhibit": exhibit, "row": fact["row_key"]}
        row |= written_on(said, exhibit, fact["row_key"], fact["key"])
        called = names if row["driver_by"] == "product" else None
        rows.append(row | {"driver": named(row["driver"], called)})
    return result(rows, _COLUMNS)


#: What a person wrote about a row, and whether somebody approved it.
WRITTEN = {
    "text": TEXT,
    "author": TEXT,
    "said_on": TEXT,
    "said_for": TEXT,
    "approved_by": TEXT,
    "approved_on": TEXT,
}
_COLUMNS = (
    {"row_key": TEXT, "rank": COUNT, "kind": TEXT, "role": TEXT}
    | {"exhibit": TEXT, "row": TEXT}
    | {"subject": TEXT, "reference": TEXT}
    | {"actual": MONEY, "base": MONEY, "variance": MONEY, "variance_rate": RATE}
    | {"favorable": FLAG, "material": FLAG, "driver_by": TEXT, "driver": TEXT}
    | {"driver_amount": MONEY, "driver_share": RATE, "rest": MONEY}
    | {"owner": TEXT}
    | WRITTEN
    | {"found": COUNT, "least_amount": MONEY, "least_rate": RATE, "reason": TEXT}
)


def written_on(said: Comments, exhibit: str, *row_keys: str) -> dict[str, str]:
    """Return what stands of the comments on a row, every value empty where none does."""
    one = said.on(exhibit, *dict.fromkeys(row_keys))
    if one is None:
        return dict.fromkeys(WRITTEN, "")
    return {
        "text": one.text,
        "author": one.author,
        "said_on": one.known_on,
        "said_for": one.period,
        "approved_by": one.approved_by,
        "approved_on": one.approved_on,
    }


def _statement_facts(
    table: pd.DataFrame, parts: StatementParts, thresholds: tuple[float, float], cover: float
) -> list[dict[str, Any]]:
    """Return net revenue, the last subtotal and the material lines, each with its driver."""
    shown = set(table["row_key"])
    ends = [key for key, _, _ in SUBTOTALS if key in shown][-1:]
    facts: list[dict[str, Any]] = []
    for gap in gaps(table, exhibit="pnl", amount=thresholds[0], rate=thresholds[1]):
        whole = gap["kind"] == "subtotal"
        if gap["row_key"] not in {"net-revenue", *ends} if whole else not gap["material"]:
            continue
        found = driven(line_parts(gap, parts), _cents(gap), cover)
        first = 0 if gap["row_key"] == "net-revenue" else 1 if whole else 2
        why = "" if gap["material"] else gap["why"]
        facts.append(gap | found | {"first": first, "reason": reasons(found["reason"], why)})
    return facts


def line_parts(gap: Gap, parts: StatementParts) -> Cells:
    """Return the parts of a line or subtotal of the P&L."""
    record = gap["record"]
    group = "" if gap["kind"] == "subtotal" else record["group"]
    return parts.of_line(gap["row_key"], group, record["line"], gap["reference_column"])


def _budget_facts(
    lines: pd.DataFrame | None,
    made: BudgetParts | None,
    thresholds: tuple[float, float],
    cover: float,
) -> list[dict[str, Any]]:
    """Return the total of the budget with its driver, and the material lines."""
    if lines is None:
        return []
    items = lines[lines["role"] != "total"].to_dict("records")
    found = gaps(lines, exhibit="budget-lines", amount=thresholds[0], rate=thresholds[1])
    facts = []
    for gap in found:
        told: dict[str, Any] = NOBODY | {"reason": gap["reason"]}
        if _whole(gap):
            told = driven([("label", _labels(items))], _cents(gap), cover)
        elif not gap["material"]:
            continue
        elif made is not None:
            told = driven(budget_parts(gap, lines, made), _cents(gap), cover)
            told |= {"reason": reasons(told["reason"], gap["reason"])}
        facts.append(gap | told | {"first": 3})
    return facts


def budget_parts(gap: Gap, lines: pd.DataFrame, made: BudgetParts) -> Cells:
    """Return the parts of a budget line, by what its table was not grouped by."""
    names = [str(name) for name in lines.columns]
    columns = names[1 : names.index("label")]
    label = [str(gap["record"][name]) for name in columns]
    return made.of_line(columns, label, gap["reference"])


def _labels(items: Iterable[Mapping[Any, Any]]) -> dict[str, tuple[int, int]]:
    """Return what each line holds; others folded together are no driver."""
    parts: dict[str, tuple[int, int]] = {}
    for row in items:
        name = str(row["label"]) if row["role"] == "item" else NONE
        sides = (row["reference"], row["compared"])
        start, end = (0 if pd.isna(side) else round(float(side) * 100) for side in sides)
        was = parts.get(name, (0, 0))
        parts[name] = (was[0] + start, was[1] + end)
    return parts


def _whole(fact: dict[str, Any]) -> bool:
    return bool(fact["kind"] == "budget" and fact["role"] == "total")


def _initiative_facts(
    returns: pd.DataFrame | None, thresholds: tuple[float, float]
) -> list[dict[str, Any]]:
    if returns is None:
        return []
    found = gaps(returns, exhibit="roi", amount=thresholds[0], rate=thresholds[1])
    return [
        gap | NOBODY | {"first": -1 if _turns(gap) else 2, "reason": gap["reason"]}
        for gap in found
        if gap["material"]
    ]


def _turns(gap: Gap) -> bool:
    """Return whether an initiative that promised to earn money now looks like losing it."""
    return bool(gap["reference"] == WORTH and gap["base"] >= 0)


def _cents(gap: Gap) -> int:
    return round(float(gap["variance"]) * 100)
