"""The facts of page 1: tiles, ranked comments, what changed, decisions needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pfkit.measures.changed import changed
from pfkit.measures.comments import comments
from pfkit.measures.decisions import decisions
from pfkit.measures.rows import require, result
from pfkit.measures.statement import prepared
from pfkit.measures.tiles import sparks, tiles

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import pandas as pd

    from pfkit.period import Period

_EVERY = 10_000
_COUNTED = ("found", "least_amount", "least_rate")
_WANTED = ("product", "family", "cost_center", "account")
_NO_DECISIONS = dict.fromkeys(("decision", "row_key", "text", "owner", "due_on", "status"), "str")


@dataclass(frozen=True)
class Summary:
    """What page 1 says, as tables; each has ``row_key`` first.

    Attributes
    ----------
    headline : pandas.DataFrame
        The tiles a headline is made of: net revenue, and the last subtotal where it is another.
    tiles : pandas.DataFrame
        Result of `tiles`.
    sparks : pandas.DataFrame
        Result of `sparks`.
    comments : pandas.DataFrame
        Result of `comments`, at most five.
    changed : pandas.DataFrame
        Result of `changed`.
    decisions : pandas.DataFrame
        Result of `decisions`.
    """

    headline: pd.DataFrame
    tiles: pd.DataFrame
    sparks: pd.DataFrame
    comments: pd.DataFrame
    changed: pd.DataFrame
    decisions: pd.DataFrame


def summary(
    statement: pd.DataFrame,
    *,
    period: Period,
    plan: str | None = None,
    amount: float = 0.0,
    rate: float = 0.0,
    as_of: date | None = None,
    written: pd.DataFrame | None = None,
    taken: pd.DataFrame | None = None,
    lines: pd.DataFrame | None = None,
    returns: pd.DataFrame | None = None,
    then: pd.DataFrame | None = None,
    top: int = 5,
    names: Mapping[str, str] | None = None,
    budget: pd.DataFrame | None = None,
    budget_then: pd.DataFrame | None = None,
    accounts: pd.DataFrame | None = None,
    actuals: pd.DataFrame | None = None,
    explained: pd.DataFrame | None = None,
) -> Summary:
    """Gather what a director reads first.

    Use it once per report; each part is a measure of its own.

    Parameters
    ----------
    statement : pandas.DataFrame
        Table ``statement``; ``amount`` is the effect on profit in reporting currency. May be
        empty where a book has a budget only.
    period : Period
        The period reported.
    plan : str, optional
        The budget version called plan; may be left out where there is only one.
    amount, rate : float
        Materiality, in reporting currency and as a fraction.
    as_of : datetime.date, optional
        The day decisions are judged by. Default: the last day of `period`.
    written : pandas.DataFrame, optional
        Table ``comments``.
    taken : pandas.DataFrame, optional
        Table ``decisions``.
    lines : pandas.DataFrame, optional
        Result of `budget_lines`.
    returns : pandas.DataFrame, optional
        Result of `roi`.
    then : pandas.DataFrame, optional
        The statement as it was known at the last report.
    top : int
        Comments at most.
    names : mapping of str to str, optional
        What a reader calls a product, such as ``book.product_names``.
    budget, budget_then, accounts : pandas.DataFrame, optional
        Tables ``budget``, now and as known at the last report, and ``accounts``, for what changed
        in the plan of the year.
    actuals : pandas.DataFrame, optional
        Table ``actuals``: with it and `budget` the driver of a budget line is looked for.
    explained : pandas.DataFrame, optional
        Result of `commentary`: a decision on one of its rows shows its variance, and ``found`` of
        the comments counts the material rows of all its tables, where the thresholds are the same.

    Returns
    -------
    Summary
        Six tables, see there; a part without input is an empty table with all its columns.

    Raises
    ------
    ContractError
        If a table lacks a column.
    MeasureError
        If an amount is missing, or `plan` is not among the versions.

    Notes
    -----
    Comments and decisions rest on the same facts: what is material and unfavorable and has no
    decision on its row is asked for, also where it is not among the comments shown.

    References
    ----------
    .. [1] Minto, B., *The Pyramid Principle*, ch. 1 (the answer first).

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> statement = pd.DataFrame(
    ...     [
    ...         ("actual", "2026-01", "Sales", "gross", 80.0),
    ...         ("adopted", "2026-01", "Sales", "gross", 100.0),
    ...     ],
    ...     columns=["version", "period", "line", "group", "amount"],
    ... )
    >>> page = summary(statement, period=FiscalCalendar().period("2026-01"))
    >>> page.headline["plan_variance"].tolist(), page.decisions["state"].tolist()
    ([-20.0], ['needed'])
    """
    ready = prepared(statement, extra=[name for name in _WANTED if name in statement.columns])
    facts = comments(
        ready,
        period=period,
        plan=plan,
        amount=amount,
        rate=rate,
        written=written,
        lines=lines,
        returns=returns,
        top=_EVERY,
        names=names,
        actuals=actuals,
        budget=budget,
        accounts=accounts,
    )
    row = tiles(ready, period=period, plan=plan, lines=lines, returns=returns)
    parts = row[row["row_key"].isin(["net-revenue", "gross-margin", "contribution"])]
    ends = sorted({0, len(parts) - 1}) if len(parts) else []
    return Summary(
        headline=parts.iloc[ends].reset_index(drop=True),
        tiles=row,
        sparks=sparks(ready, period=period),
        comments=_counted(facts.head(top), explained),
        changed=changed(
            ready,
            period=period,
            then=then,
            amount=amount,
            rate=rate,
            names=names,
            budget=budget,
            budget_then=budget_then,
            accounts=accounts,
        ),
        decisions=decisions(
            result([], _NO_DECISIONS) if taken is None else taken,
            as_of=period.last if as_of is None else as_of,
            facts=facts,
            period=period,
            explained=explained,
        ),
    )


def _counted(comments: pd.DataFrame, explained: pd.DataFrame | None) -> pd.DataFrame:
    """Return comments that count what is material as the rest of the report does."""
    if explained is None or explained.empty or comments.empty:
        return comments
    require(explained, _COUNTED, name="explained")
    first, mine = explained.iloc[0], comments.iloc[0]
    if any(first[name] != mine[name] for name in ("least_amount", "least_rate")):
        return comments
    return comments.assign(found=max(int(first["found"]), int(mine["found"]))).astype(
        {"found": comments["found"].dtype}
    )
