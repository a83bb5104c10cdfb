"""Budget versions stated anew: what the year was to cost at the last report, and what now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pfkit.measures.budget import judge
from pfkit.measures.groups import kept
from pfkit.measures.rows import JOIN, texts
from pfkit.measures.rows import rate as ratio
from pfkit.measures.spans import spanned, window
from pfkit.measures.versions import uncounted

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.period import Period

_BY = ("cost_center",)


def replanned(
    budget: pd.DataFrame,
    *,
    period: Period,
    then: pd.DataFrame | None = None,
    accounts: pd.DataFrame | None = None,
    amount: float = 0.0,
    rate: float = 0.0,
) -> tuple[list[dict[str, Any]], str]:
    """Compare what each version says of the full year with what it said at the last report.

    Use it through `changed`, for books whose plan is stated for the year again and again.

    Parameters
    ----------
    budget : pandas.DataFrame
        Table ``budget``; ``amount`` in reporting currency.
    period : Period
        The period reported; the last report is the one before it.
    then : pandas.DataFrame, optional
        Table ``budget`` as known at the last report, where a later statement replaces an earlier.
    accounts : pandas.DataFrame, optional
        Table ``accounts``; only accounts of the cost groups are compared.
    amount, rate : float
        Materiality, in reporting currency and as a fraction.

    Returns
    -------
    list of dict, str
        Facts of kind ``replanned`` in cents, and which versions were compared, in words; empty
        where no version was stated for both.

    Raises
    ------
    ContractError
        If `budget` lacks a column.
    MeasureError
        If a span is unknown, or an amount is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> said = pd.DataFrame(
    ...     {
    ...         "version": "projection",
    ...         "period": ["2026-03", "2026-06"],
    ...         "span": "year",
    ...         "cost_center": "Fire",
    ...         "amount": [100.0, 110.0],
    ...     }
    ... )
    >>> found, compared = replanned(said, period=FiscalCalendar().period("2026Q2"))
    >>> found[0]["subject"], found[0]["after"] - found[0]["before"], compared
    ('Fire, projection', 1000, 'projection')
    """
    if budget.empty:
        return [], ""
    rows = spanned(kept(budget, accounts), list(_BY), period, name="budget")
    earlier = rows
    if then is not None and len(then):
        earlier = spanned(kept(then, accounts), list(_BY), period, name="budget")
    now, last = period.months[-1], period.previous.months[-1]
    found: list[dict[str, Any]] = []
    compared: list[str] = []
    out = uncounted(budget, period.calendar, period.fiscal_year)
    for version in sorted(set(texts(budget["version"])) - set(out)):
        mine = rows[(rows["version"] == version) & (rows["span"] == "year")]
        old = earlier[(earlier["version"] == version) & (earlier["span"] == "year")]
        if earlier is rows:
            newer = (mine["at"] > last) & (mine["at"] <= now)
            if not bool(newer.any()) or not bool((mine["at"] <= last).any()):
                continue
        until = last if earlier is rows else now
        before = window(old, _BY, version, period.year, until=until).amounts
        after = window(mine, _BY, version, period.year, until=now).amounts
        if before is None or after is None:
            continue
        compared.append(version)
        for label in sorted(set(before) & set(after)):
            left, right = before[label], after[label]
            if left != right and _large(left, right, amount, rate):
                found.append(
                    {"kind": "replanned", "subject": f"{JOIN.join(label)}, {version}"}
                    | {"period": period.year.label, "before": left, "after": right}
                )
    return found, " and ".join(compared)


def _large(before: int, after: int, amount: float, share: float) -> bool:
    return bool(judge((after - before) / 100, ratio(after - before, before), amount, share)[0])
