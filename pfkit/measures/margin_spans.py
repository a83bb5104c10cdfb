"""The stretches of time a statement by margins shows, and what each is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pfkit.errors import MeasureError, near_miss
from pfkit.measures.margin_cells import Cells, MarginRows
from pfkit.measures.rows import (
    FLAG,
    MONEY,
    NO_ACTUALS,
    RATE,
    favorable,
    less,
    money,
    rate,
    reasons,
    require,
)
from pfkit.measures.statement import ACTUAL, REVENUE, left_out, plan_named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pfkit.period import Period

SPANS = ("month", "quarter", "ytd", "ltm", "year")
REFERENCES = {"plan": "plan", "prior_year": "prior", "previous": "previous", "outlook": "outlook"}
COMPARED: dict[str, str] = dict.fromkeys(("actual", *REFERENCES), MONEY) | {
    f"{prefix}_{ending}": kind
    for prefix in REFERENCES.values()
    for ending, kind in (("variance", MONEY), ("variance_rate", RATE), ("favorable", FLAG))
}
_ZERO = {
    "plan": "plan is zero",
    "prior_year": "prior year is zero",
    "previous": "previous period is zero",
}


@dataclass(frozen=True)
class SpanRead:
    """What actual, plan, prior year and outlook say of one span.

    Attributes
    ----------
    span : str
        ``month``, ``quarter``, ``ytd``, ``ltm`` or ``year``.
    stretch : Period
        Its months.
    cells : dict of str to Cells
        ``actual``, ``plan``, ``prior_year``, ``previous`` (of the period itself) and ``outlook``.
    method : str
        What the outlook is made of.
    """

    span: str
    stretch: Period
    cells: dict[str, Cells]
    method: str

    def head(self) -> dict[str, Any]:
        """Return what every row of the span says of its months."""
        months = self.stretch.months
        return {"span": self.span, "first_month": months[0], "last_month": months[-1]}

    def sums(self, where: np.ndarray) -> dict[str, int | None]:
        """Return actual and references of some labels together, in cents."""
        return {name: cells.total(where) for name, cells in self.cells.items()}

    def reason(self) -> str:
        """Return why something is missing."""
        return reasons(*(cells.reason for cells in self.cells.values()))


def stretch_of(period: Period, span: str) -> Period:
    """Return the months of a span that ends with a period's last month.

    Raises
    ------
    MeasureError
        If the span is not known.
    """
    calendar, last = period.calendar, period.months[-1]
    if span == "year":
        return period.year
    if span == "ytd":
        return period.year_to_date
    if span == "ltm":
        return period.trailing(len(period.year.months))
    if span == "month":
        return calendar.join((last,), kind="month")
    if span == "quarter":
        held = calendar.period(calendar.quarter_of(last)).months
        return calendar.join(held[: held.index(last) + 1], kind="quarter")
    raise MeasureError(
        f"span {span!r} is not known",
        where="spans",
        advice=near_miss(span, SPANS, noun="span"),
    )


def span_reads(
    held: MarginRows,
    period: Period,
    spans: Sequence[str] | None,
    *,
    plan: str | None,
    outlook: str | None,
) -> list[SpanRead]:
    """Read every span; a report on a quarter has no month.

    Raises
    ------
    MeasureError
        If a span, `plan` or `outlook` is not known.
    """
    wanted = spans or [s for s in SPANS if s != "month" or period.kind == "month"]
    name, why_not = plan_named(held.rows, plan)
    latest = plan_named(held.rows, outlook)[0] or name
    found = []
    for span in wanted:
        stretch = stretch_of(period, span)
        over = stretch.months[-1] == period.months[-1]
        shut = np.zeros(len(held.labels), dtype=bool)
        actual = held.read(ACTUAL, stretch, what="actual") if over else Cells(None, shut)
        planned = Cells(None, shut, why_not)
        if name is not None:
            planned = held.read(name, stretch, what="plan")
            why = left_out(held.rows, name, stretch.fiscal_year)
            if planned.cents is None and why:
                planned = Cells(None, shut, f"plan: {why}")
        ahead, method = Cells(None, shut), ""
        if span == "year":
            ahead, method = _outlook(held, period, latest)
        cells = {
            "actual": actual,
            "plan": planned,
            "prior_year": held.read(ACTUAL, stretch.prior_year, what="prior year"),
            "previous": held.read(ACTUAL, period.previous, what="previous period")
            if stretch.months == period.months and span in {"month", "quarter"}
            else Cells(None, shut),
            "outlook": ahead,
        }
        found.append(SpanRead(span, stretch, cells, method))
    return found


def _outlook(held: MarginRows, period: Period, version: str | None) -> tuple[Cells, str]:
    """Return actual to date and the months to come, else the version's word on the whole year."""
    shut = np.zeros(len(held.labels), dtype=bool)
    year, last = period.year, period.months[-1]
    so_far = held.read(ACTUAL, period.year_to_date, what="actual")
    to_come = year.months[year.months.index(last) + 1 :]
    if not to_come:
        return so_far, "actual"
    if version is None:
        return Cells(None, shut, "no version for the months to come"), ""
    rest = held.read(version, period.calendar.join(to_come, kind="month"), what=version)
    if so_far.cents is not None and rest.cents is not None and not rest.open.any():
        return so_far.plus(rest), f"actual to {last}, then {version}"
    whole = held.read(version, year, what=version)
    if whole.cents is not None:
        return whole, f"{version}, whole year"
    return Cells(None, shut, reasons(so_far.reason, rest.reason)), ""


def compared(sums: Mapping[str, int | None], *, stated: bool = True) -> dict[str, Any]:
    """Return actual, references and variances in currency units; the outlook against plan.

    Parameters
    ----------
    sums : mapping of str to int or None
        Cents of ``actual``, ``plan``, ``prior_year``, ``previous`` and ``outlook``.
    stated : bool
        Whether the input has any actual of this row; without one there is no rate.
    """
    actual, why = sums["actual"], []
    row: dict[str, Any] = {name: money(amount) for name, amount in sums.items()}
    for name, prefix in REFERENCES.items():
        ahead = name == "outlook"
        gap = less(sums["outlook"], sums["plan"]) if ahead else less(actual, sums[name])
        base = sums["plan"] if ahead else sums[name]
        row |= {
            f"{prefix}_variance": money(gap),
            f"{prefix}_variance_rate": rate(gap, base) if stated else None,
            f"{prefix}_favorable": favorable(gap, when="higher"),
        }
        if gap is not None and base == 0 and not ahead:
            why.append(_ZERO[name])
    silent = not stated and actual is not None
    return row | {"reason": reasons(NO_ACTUALS if silent else "", *why)}


@dataclass(frozen=True)
class ConstantRead:
    """Net revenue of a stretch at the prior year's exchange rates, and of the prior year.

    Attributes
    ----------
    constant, before : dict of str to int
        Cents by value.
    lacking : dict of str to tuple of str
        Currencies without a rate, by value.
    reason : str
        Why nothing can be said of the stretch.
    """

    constant: dict[str, int]
    before: dict[str, int]
    lacking: dict[str, tuple[str, ...]]
    reason: str = ""

    def growth(self, values: Sequence[str]) -> tuple[float | None, str]:
        """Return growth on the prior year at its rates, or why there is none."""
        if self.reason:
            return None, self.reason
        bare = sorted({name for value in values for name in self.lacking.get(value, ())})
        if bare:
            return None, f"no prior year rate of {', '.join(bare)}"
        before = sum(self.before.get(value, 0) for value in values)
        now = sum(self.constant.get(value, 0) for value in values)
        return (rate(now - before, before), "") if before else (None, "")


def constant_reads(
    currency: pd.DataFrame | None,
    reads: Sequence[SpanRead],
    *,
    by: str | None,
    families: Mapping[str, str],
) -> dict[str, ConstantRead]:
    """Return net revenue at constant currency of every span that has an actual.

    Parameters
    ----------
    currency : pandas.DataFrame, optional
        ``book.currency_year``; empty or None where nothing is in foreign currency.
    reads : sequence of SpanRead
        The spans.
    by : str, optional
        The column of values; None for the whole.
    families : mapping of str to str
        The value of each product, where `currency` does not have `by`.
    """
    if currency is None or currency.empty:
        return {}
    needed = ["period", "product", "group", "currency", "amount_local", "amount", "prior_year_rate"]
    require(currency, needed, name="currency_year")
    rows = currency[currency["group"].isin(REVENUE)]
    if by is None:
        value = pd.Series("", index=rows.index)
    elif by in rows.columns:
        value = rows[by].astype(str)
    else:
        value = rows["product"].map(families).fillna(rows["product"]).astype(str)
    rows = rows.assign(
        _value=value, _constant=rows["amount_local"].astype(float) * rows["prior_year_rate"]
    )
    return {
        read.span: _constant(rows, read.stretch)
        for read in reads
        if read.cells["actual"].cents is not None
    }


def _constant(rows: pd.DataFrame, stretch: Period) -> ConstantRead:
    there, then = set(rows["period"]), stretch.prior_year
    for part in (stretch, then):
        held = sum(month in there for month in part.months)
        if held < len(part.months):
            why = f"currency: {held} of {len(part.months)} months of {part.label} in the input"
            return ConstantRead({}, {}, {}, why)
    now = rows[rows["period"].isin(stretch.months)]
    bare = now[now["_constant"].isna() & (now["amount"] != 0)]
    lacking = {
        str(value): tuple(sorted(set(part["currency"]))) for value, part in bare.groupby("_value")
    }
    before = rows[rows["period"].isin(then.months)].groupby("_value")["amount"].sum()
    constant = now.groupby("_value")["_constant"].sum()
    return ConstantRead(_cents(constant), _cents(before), lacking)


def _cents(sums: pd.Series) -> dict[str, int]:
    return {str(value): round(float(amount) * 100) for value, amount in sums.items()}
