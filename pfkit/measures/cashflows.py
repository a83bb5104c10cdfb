"""Cash flows by month, seen as planned, as they happened and as they now look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.errors import MeasureError, ParameterError, near_miss
from pfkit.measures.plans import plan_of
from pfkit.measures.rows import NONE, iso_days, reasons, require, texts, whole_cents

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from pfkit.measures.plans import Cells, Plan
    from pfkit.period import Period

KINDS = ("plan", "actual")
FLOWS = ("investment", "benefit", "cost")
VIEWS = ("plan_to_date", "actual", "plan", "outlook")
#: How the outlook goes on after the last actual month.
OUTLOOKS = ("plan", "performance")
#: Months of benefit that tell the level at which it comes.
ENOUGH = 3
#: Months over which the level of benefit and running cost is told, so that growing in counts less.
RECENT = 6


def checked(cashflows: pd.DataFrame, *, as_of: date | None = None) -> pd.DataFrame:
    """Return the flows as text and whole cents, refusing words that are not known.

    Adds ``month`` (a running number), ``known`` (ISO day, empty where none is stated) and
    ``version`` (empty where none is named). Rows learned after `as_of` do not count.
    """
    columns = ["initiative", "period", "kind", "flow"]
    require(cashflows, [*columns, "amount"], name="cashflows")
    flows = pd.DataFrame({column: texts(cashflows[column]) for column in columns})
    flows["known"] = ""
    if "known_on" in cashflows.columns:
        flows["known"] = iso_days(cashflows["known_on"], name="cashflows")
    flows["version"] = ""
    if "version" in cashflows.columns:
        flows["version"] = texts(cashflows["version"]).replace(NONE, "")
    flows["cents"] = whole_cents(cashflows["amount"], name="cashflows")
    if as_of is not None:
        flows = flows[flows["known"] <= as_of.isoformat()]
    for column, known in (("kind", KINDS), ("flow", FLOWS)):
        unknown = sorted(set(flows[column]) - set(known))
        if unknown:
            raise MeasureError(
                f"{column} {unknown[0]!r} is not known",
                where="cashflows",
                advice=near_miss(unknown[0], known, noun=column),
            )
    flows["month"] = [month_number(month) for month in flows["period"]]
    return flows


@dataclass(frozen=True)
class View:
    """Flows by month and kind of flow, in cents; None where there are none to speak of.

    ``reason`` says what an outlook had to leave as planned.
    """

    cells: Cells | None
    reason: str = ""

    def total(self, flow: str) -> int | None:
        """Add up one kind of flow, in cents; None where there is nothing to speak of."""
        if self.cells is None:
            return None
        return sum(cents for (_, kind), cents in self.cells.items() if kind == flow)

    def line(self, first: int, *, flow: str = "") -> list[float]:
        """Return the flow of every month from the first, in currency units; net of all flows."""
        cells = self.cells or {}
        last = max((month for month, _ in cells), default=first)
        sums = dict.fromkeys(range(first, last + 1), 0)
        for (month, kind), cents in cells.items():
            sums[month] += cents if flow in ("", kind) else 0
        return [cents / 100 for cents in sums.values()]


@dataclass(frozen=True)
class History:
    """One initiative's plans, and what happened up to a month.

    Attributes
    ----------
    plan : Plan or None
        None where nothing was planned.
    done : dict or None
        Cents by month and flow up to `end`; None where nothing has happened.
    end : int
        Number of the last month that counts as past.
    """

    plan: Plan | None
    done: Cells | None
    end: int

    @property
    def looks(self) -> bool:
        """Whether an outlook can be had: something has happened, or all is planned for later."""
        if self.done is not None:
            return True
        return self.plan is not None and 0 <= self.end < min(m for m, _ in self.plan.approved)


def histories(
    flows: pd.DataFrame, last: str, *, approved: Mapping[str, str] | None = None
) -> dict[str, History]:
    """Return the plans and the past of every initiative of `checked` flows.

    Parameters
    ----------
    flows : pandas.DataFrame
        Result of `checked`.
    last : str
        Month label up to which flows have happened; empty where none have.
    approved : mapping of str to str, optional
        ISO day of approval by initiative.
    """
    end = month_number(last) if last else -1
    planned: dict[str, list[dict[str, Any]]] = {}
    done: dict[str, Cells] = {}
    for row in flows.to_dict("records"):
        name, spot = str(row["initiative"]), (int(row["month"]), str(row["flow"]))
        planned.setdefault(name, [])
        if row["kind"] == "plan":
            planned[name].append({str(key): value for key, value in row.items()})
        elif spot[0] <= end:
            mine = done.setdefault(name, {})
            mine[spot] = mine.get(spot, 0) + int(row["cents"])
    days = approved or {}
    return {
        name: History(
            plan_of(rows, approved_on=days.get(name, ""), initiative=name), done.get(name), end
        )
        for name, rows in planned.items()
    }


def last_actual(flows: pd.DataFrame, period: Period | None) -> str:
    """Return the month up to which flows have happened: a period's last, else the last actual."""
    if period is not None:
        return period.months[-1]
    return str(max(flows.loc[flows["kind"] == "actual", "period"], default=""))


def views_of(
    flows: pd.DataFrame,
    last: str,
    *,
    approved: Mapping[str, str] | None = None,
    outlook: str = "plan",
    left: Mapping[str, int] | None = None,
) -> dict[str, View]:
    """Cut the flows into plan to date, actual to date, plan and outlook.

    Parameters
    ----------
    flows : pandas.DataFrame
        Result of `checked`, of one initiative or several.
    last : str
        Month label up to which flows have happened.
    approved : mapping of str to str, optional
        ISO day of approval by initiative; the plan is the one that was known then.
    outlook : str
        One of `OUTLOOKS`.
    left : mapping of str to int, optional
        Outlay still to come by initiative, positive cents, where an outlook by performance does not
        have to judge it by the flows.

    Raises
    ------
    ParameterError
        If `outlook` is not known.
    """
    known_outlook(outlook)
    cut: dict[str, list[Cells]] = {name: [] for name in VIEWS}
    why: list[str] = []
    for name, past in histories(flows, last, approved=approved).items():
        if past.plan is not None:
            cut["plan"].append(past.plan.approved)
            by_now = {s: c for s, c in past.plan.approved.items() if s[0] <= past.end}
            cut["plan_to_date"].append(by_now)
        if past.done is not None:
            cut["actual"].append(past.done)
        if past.looks:
            later, reason = ahead(past, outlook, left=(left or {}).get(name))
            cut["outlook"].append((past.done or {}) | later)
            why.append(reason)
    return {
        view: View(_merged(parts) if parts else None, reasons(*why) if view == "outlook" else "")
        for view, parts in cut.items()
    }


def ahead(past: History, outlook: str, *, left: int | None = None) -> tuple[Cells, str]:
    r"""Return what is likely after the last actual month, and why part of it is left as planned.

    Notes
    -----
    ``plan``: what the latest plan says for later months. ``performance``: each kind of flow comes
    as many months later than planned as its first one did, and at the ratio of actual to the plan
    so moved: benefit and running cost at that of the last six months, outlay at that to date, which
    is 1 / CPI where the work planned by then is done. Benefits and running cost moved beyond the
    last planned month are lost, because the life of an initiative does not grow when it is late;
    its outlay is not.
    """
    if past.plan is None:
        return {}, ""
    plan = past.plan.latest
    later = {spot: cents for spot, cents in plan.items() if spot[0] > past.end}
    if outlook == "plan" or past.done is None:
        return later, ""
    found: Cells = {}
    few: list[str] = []
    for flow in FLOWS:
        mine = {m: c for (m, f), c in plan.items() if f == flow and c}
        came = {m: c for (m, f), c in past.done.items() if f == flow and c}
        late = max(0, min(came, default=past.end + 1) - min(mine)) if mine else 0
        moved = {month + late: cents for month, cents in mine.items()}
        before = [month for month in moved if month <= past.end]
        stop = max(mine, default=0) + (late if flow == "investment" else 0)
        rest = {month: cents for month, cents in moved.items() if past.end < month <= stop}
        if flow == "investment" and left is not None:
            found |= {
                (month, flow): -cents for month, cents in _spread(left, rest, past.end).items()
            }
            continue
        level = 1.0
        if len(before) >= ENOUGH:
            since = min(before) if flow == "investment" else past.end - RECENT + 1
            level = _level(moved, came, since, past.end)
        elif rest:
            few.append(flow)
        found |= {(month, flow): round(cents * level) for month, cents in rest.items()}
    months = f"fewer than {ENOUGH} months of {' and '.join(few)} to go by"
    return found, f"{months}, the planned level is kept" if few else ""


def _level(planned: Mapping[int, int], came: Mapping[int, int], since: int, end: int) -> float:
    """Return the ratio of actual to plan over some months; over all of them if none is planned."""
    due = sum(cents for month, cents in planned.items() if since <= month <= end)
    if not due:
        since, due = 0, sum(cents for month, cents in planned.items() if month <= end)
    return max(0.0, sum(c for month, c in came.items() if month >= since) / due) if due else 1.0


def _spread(cents: int, over: Mapping[int, int], end: int) -> dict[int, int]:
    """Divide an amount over months as something else lies in them; into the next if in none."""
    sizes = {month: abs(size) for month, size in sorted(over.items()) if size}
    whole, reached, given = sum(sizes.values()), 0, 0
    found: dict[int, int] = {}
    for month, size in sizes.items():
        reached += size
        found[month] = round(cents * reached / whole) - given
        given += found[month]
    return found or ({end + 1: cents} if cents else {})


def known_outlook(outlook: str) -> None:
    """Refuse an outlook that is not known, naming the nearest."""
    if outlook not in OUTLOOKS:
        raise ParameterError(
            f"outlook {outlook!r} is not known",
            where="parameter outlook",
            advice=near_miss(outlook, OUTLOOKS, noun="outlook"),
        )


def _merged(parts: list[Cells]) -> Cells:
    merged: Cells = {}
    for cells in parts:
        for spot, cents in cells.items():
            merged[spot] = merged.get(spot, 0) + cents
    return merged


def month_number(month: str) -> int:
    """Return a month label as a running number."""
    if len(month) != len("2026-01") or month[4] != "-" or not (month[:4] + month[5:]).isdigit():
        raise MeasureError(
            f"period {month!r} is no month",
            where="cashflows",
            advice="Write it as 2026-01.",
        )
    return int(month[:4]) * 12 + int(month[5:]) - 1


def month_label(number: int) -> str:
    """Return a running number as a month label.

    Examples
    --------
    >>> month_label(month_number("2026-01") + 12)
    '2027-01'
    """
    return f"{number // 12:04d}-{number % 12 + 1:02d}"
