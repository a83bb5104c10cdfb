"""Where budget lines stand: planned, actual and outlook by month, quarter, to date and year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pfkit.errors import MeasureError, near_miss
from pfkit.measures.grain import grain
from pfkit.measures.groups import COST_GROUPS, kept
from pfkit.measures.owners import names_of
from pfkit.measures.rows import (
    JOIN,
    MONEY,
    NO_ACTUALS,
    NONE,
    TEXT,
    less,
    money,
    reasons,
    require,
    result,
    row_keys,
    texts,
)
from pfkit.measures.spans import SPANS, Window, between, spanned
from pfkit.measures.versions import uncounted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from pfkit.measures.spans import Label
    from pfkit.period import Period

_ACTUAL = "actual"


def position(
    actuals: pd.DataFrame,
    budget: pd.DataFrame,
    *,
    period: Period,
    plan: str,
    outlook: str | None = None,
    by: str | Sequence[str] = "cost_center",
    spans: Sequence[str] = SPANS,
    accounts: pd.DataFrame | None = None,
    groups: Sequence[str] = COST_GROUPS,
    owners: pd.DataFrame | None = None,
) -> pd.DataFrame:
    r"""Say what was planned, booked and expected of each line, by span of time.

    Use it with `as_known` to ask what was known of a line on a past day: pass both tables as
    known then.

    Parameters
    ----------
    actuals, budget : pandas.DataFrame
        Tables ``actuals`` and ``budget``; ``amount`` in reporting currency, of any ``span``.
    period : Period
        A month or a quarter; the spans end with its last month.
    plan : str
        The version that says what was planned.
    outlook : str, optional
        The version that says what is expected.
    by : str or sequence of str
        The columns that make a line: ``cost_center``, ``product``, ``account``.
    spans : sequence of str
        ``month``, ``quarter``, ``ytd``, ``year``: the last month, the fiscal quarter and the
        fiscal year to date, and the whole year.
    accounts : pandas.DataFrame, optional
        Table ``accounts``; only accounts of `groups` count, and accounts it does not know.
    groups : sequence of str
        Account groups; default the cost groups.
    owners : pandas.DataFrame, optional
        Table ``cost_centers``; its ``name`` stands in the label.

    Returns
    -------
    pandas.DataFrame
        One row per line and span, then the totals (role ``total``): ``span``, its ``first_month``
        and ``last_month``, ``planned``, ``actual``, ``outlook`` and ``to_go`` (outlook, or without
        one plan, less actual) in reporting currency. ``actual`` ends with the period, also in the
        year. ``reason`` says why something is NA.

    Raises
    ------
    ContractError
        If a table lacks a column.
    MeasureError
        If a version or a span is not known, or an amount is missing.

    Notes
    -----
    An amount is read from what covers the span, never cut: months, quarters or the span itself;
    where amounts are stated to date only, a span is the difference of two. The quarter is to date:
    in its second month it covers two. A version that is a draft or not approved is not read.

    References
    ----------
    .. [1] City of Philadelphia, *Quarterly City Managers Report* (full year and year to date).

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> months = [f"2026-{month:02d}" for month in range(1, 13)]
    >>> plan = pd.DataFrame({"version": "B", "period": months, "cost_center": "Fire"})
    >>> spent = pd.DataFrame({"period": months[:5], "cost_center": "Fire", "amount": 9.0})
    >>> may = FiscalCalendar().period("2026-05")
    >>> found = position(spent, plan.assign(amount=10.0), period=may, plan="B")
    >>> found[["span", "planned", "actual", "to_go"]].values.tolist()[1:4]
    [['quarter', 20.0, 18.0, 2.0], ['ytd', 50.0, 45.0, 5.0], ['year', 120.0, 45.0, 75.0]]
    """
    require(budget, ["version"], name="budget")
    columns = [by] if isinstance(by, str) else list(by)
    _check(budget, spans, plan, outlook)
    shared = grain(actuals, budget, period=period, plan=plan)
    actuals, budget = shared.of(actuals), shared.of(budget)
    spent = spanned(
        kept(actuals, accounts, groups).assign(version=_ACTUAL), columns, period, name="actuals"
    )
    planned = spanned(kept(budget, accounts, groups), columns, period, name="budget")
    named = planned[planned["version"].isin([plan, outlook])]
    labels = sorted(
        {
            label
            for stated in (spent, named)
            for label in zip(*(stated[column].tolist() for column in columns), strict=True)
        }
    )
    out = uncounted(budget, period.calendar, period.fiscal_year)
    asked = _Asked(period, columns, plan, outlook, out)
    reads = [asked.read(spent, planned, span) for span in spans]
    rows: list[dict[str, Any]] = []
    for label in labels:
        name = JOIN.join(names_of(label, columns, accounts, owners))
        head = dict(zip(columns, label, strict=True)) | {"role": "item"}
        head |= {"label": "not assigned" if name == NONE else name}
        rows += [head | read.row([label]) for read in reads]
    if labels:
        head = dict.fromkeys(columns, "") | {"role": "total", "label": "Total"}
        rows += [head | read.row(labels) for read in reads]
    keys = [(*(row[c] for c in columns), row["span"]) for row in rows]
    keys = [key if any(key[:-1]) else ("total", key[-1]) for key in keys]
    for row, key in zip(rows, row_keys(keys), strict=True):
        row["row_key"] = key
    kinds = {"row_key": TEXT} | dict.fromkeys(columns, TEXT) | {"label": TEXT, "role": TEXT}
    kinds |= dict.fromkeys(("span", "first_month", "last_month"), TEXT)
    kinds |= dict.fromkeys(("planned", "actual", "outlook", "to_go"), MONEY)
    return result(rows, kinds | {"reason": TEXT})


def _check(budget: pd.DataFrame, spans: Sequence[str], plan: str, outlook: str | None) -> None:
    for span in spans:
        if span not in SPANS:
            raise MeasureError(
                f"span {span!r} is not known",
                where="position",
                advice=near_miss(span, SPANS, noun="span"),
            )
    known = sorted(set(texts(budget["version"])))
    for version in (plan, outlook):
        if version is not None and known and version not in known:
            raise MeasureError(
                f"version {version!r} is not in the input",
                where="budget",
                advice=near_miss(version, known, noun="version"),
            )


def _stretch(period: Period, span: str) -> Period:
    """Return the months of a span that ends with a period."""
    calendar, last = period.calendar, period.months[-1]
    if span == "year":
        return period.year
    if span == "ytd":
        return period.year_to_date
    if span == "month":
        return calendar.join((last,), kind="month")
    held = calendar.period(calendar.quarter_of(last)).months
    return calendar.join(held[: held.index(last) + 1], kind="quarter")


@dataclass(frozen=True)
class _Asked:
    """What is read of every span."""

    period: Period
    by: list[str]
    plan: str
    outlook: str | None
    out: Mapping[str, str]

    def read(self, spent: pd.DataFrame, planned: pd.DataFrame, span: str) -> _Read:
        """Return what plan, actuals and outlook say of one span."""
        stretch = _stretch(self.period, span)
        booked = self.period.year_to_date if span == "year" else stretch
        return _Read(
            span,
            stretch,
            self._said(planned, self.plan, stretch),
            between(spent, self.by, _ACTUAL, booked, until=self.period.months[-1]),
            None if self.outlook is None else self._said(planned, self.outlook, stretch),
        )

    def _said(self, planned: pd.DataFrame, version: str, stretch: Period) -> Window:
        if version in self.out:
            return Window(None, reason=self.out[version])
        return between(planned, self.by, version, stretch, until=self.period.months[-1])


@dataclass(frozen=True)
class _Read:
    """What plan, actuals and outlook say of one span."""

    span: str
    stretch: Period
    planned: Window
    spent: Window
    outlook: Window | None

    def row(self, labels: Sequence[Label]) -> dict[str, Any]:
        """Return what is said of some labels together."""
        plan, spent = self.planned.of(labels), self.spent.of(labels)
        outlook = None if self.outlook is None else self.outlook.of(labels)
        why = [said.why(labels) for said in (self.planned, self.spent, self.outlook) if said]
        silent = spent is not None and set(self.spent.amounts or {}).isdisjoint(labels)
        return {
            "span": self.span,
            "first_month": self.stretch.months[0],
            "last_month": self.stretch.months[-1],
            "planned": money(plan),
            "actual": money(spent),
            "outlook": money(outlook),
            "to_go": money(less(plan if self.outlook is None else outlook, spent)),
            "reason": reasons(*why, NO_ACTUALS if silent else ""),
        }
