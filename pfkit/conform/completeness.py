"""Whether the last month of a table is whole, judged by how the months before it came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import TYPE_CHECKING

from pfkit.conform.engine import literal
from pfkit.conform.evidence import ControlResult, judged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pfkit.conform.evidence import Evidence

#: Of a table that months are judged by: its day, and the month a row belongs to.
_DAYS = {"invoices": ("invoice_date", "_period"), "actuals": ("posting_date", "period")}
_BEFORE = 12
_FEWEST = 3
_USUAL = 0.95
_HALF = 0.5


@dataclass(frozen=True)
class Cut:
    """A month that looks cut short.

    Attributes
    ----------
    last : str
        Its last day with rows.
    came : float or None
        The share of a month's rows that has usually come by such a day; None where fewer than
        three months before say so.
    """

    last: str
    came: float | None


def cut_short(evidence: Evidence, table: str) -> Cut | None:
    """Return where the report's last month ends in a table, when it looks cut short.

    Parameters
    ----------
    evidence : Evidence
        What controls are judged from.
    table : str
        ``invoices`` or ``actuals``.

    Notes
    -----
    Only the last month the input holds is judged. It is whole when its last day with rows is no
    more than ``complete_within_days`` before its end; or when in the twelve months before, three of
    them at least, 95 % of the rows had come by such a day in the median, counted from the first
    day of the month or from its last, and it has at least half as many rows as they had: an export
    that bills everything on the first is whole on the first. A control total proves that the file
    is whole, not that the month is.
    """
    conformed = evidence.conformed
    if not conformed.has(table):
        return None
    day, period = _DAYS[table]
    month = evidence.period.months[-1]
    rows = f"SELECT {period} AS month, {day} AS day FROM final_{table} WHERE {day} IS NOT NULL"
    rows += " AND span = 'month'" if table == "actuals" else ""
    ((last, latest),) = conformed.engine.rows(
        f"SELECT max(day) FILTER (WHERE month = ?), max(month) FROM ({rows})", [month]
    )
    if last is None or latest != month:
        return None
    gap = (evidence.period.calendar.last_day(month) - last).days
    if gap <= conformed.declaration.policies.complete_within_days:
        return None
    shares, counts, here = _history(evidence, rows, month, last)
    if len(shares) < _FEWEST:
        return Cut(str(last.isoformat()), None)
    came = median(shares)
    if came >= _USUAL and here >= _HALF * median(counts):
        return None
    return Cut(str(last.isoformat()), came)


def revenue_cut_short(evidence: Evidence) -> str:
    """Return the last day of the month's net revenue when it looks cut short, else nothing.

    Net revenue of a book with a ledger stands there: whether billing is whole decides nothing.
    """
    conformed = evidence.conformed
    table = "invoices"
    if conformed.has("actuals") and conformed.has("accounts"):
        ((dated,),) = conformed.engine.rows(
            "SELECT count(posting_date) FROM final_actuals WHERE period = ?",
            [evidence.period.months[-1]],
        )
        table = "actuals" if dated else table
    found = cut_short(evidence, table)
    return "" if found is None else found.last


def complete_month(evidence: Evidence) -> list[ControlResult]:
    """Return the control on the last month of invoices, where it looks cut short."""
    found = cut_short(evidence, "invoices")
    if found is None:
        return []
    month = evidence.period.months[-1]
    end = evidence.period.calendar.last_day(month)
    days = (end - date.fromisoformat(found.last)).days
    usual = ""
    if found.came is not None:
        usual = f", and by then {100 * found.came:.0f} % of a month's rows have usually come"
    return [
        judged(
            evidence,
            "Complete month",
            "",
            "amber",
            f"the last row of {month} is of {found.last}, the month ends {end.isoformat()}{usual}: "
            "it looks partial and is shown as it is, not annualized",
            advice="Run again when the month is complete; if billing of the whole month is there "
            f"by {found.last}, set `complete_within_days = {days}` or more in [policies] of "
            "book.toml.",
            key=month,
        )
    ]


def _history(
    evidence: Evidence, rows: str, month: str, last: date
) -> tuple[list[float], list[int], int]:
    """Return shares of rows by such a day and counts of the months before, and this one's count."""
    calendar = evidence.period.calendar
    elapsed = last - calendar.first_day(month)
    left = calendar.last_day(month) - last
    before = [calendar.shift(month, -place) for place in range(_BEFORE + 1)]
    limits: Mapping[str, tuple[date, date]] = {
        one: (calendar.first_day(one) + elapsed, calendar.last_day(one) - left) for one in before
    }
    values = ", ".join(
        f"({literal(one)}, DATE {literal(first.isoformat())}, DATE {literal(end.isoformat())})"
        for one, (first, end) in limits.items()
    )
    found = evidence.conformed.engine.rows(
        f"WITH cut(month, first, last) AS (VALUES {values}) SELECT t.month, count(*), "
        "greatest(count(*) FILTER (WHERE t.day <= c.first), count(*) FILTER (WHERE t.day <= "
        f"c.last)) / count(*) FROM ({rows}) t JOIN cut c ON c.month = t.month GROUP BY 1"
    )
    past = [(count, share) for name, count, share in found if name != month]
    here = sum(count for name, count, _ in found if name == month)
    return [share for _, share in past], [count for count, _ in past], here
