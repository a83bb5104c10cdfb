"""What the demo company's portfolio office reviews: milestones and the benefit register."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from pfkit.demo.timeline import stream
from pfkit.demo.ventures import VENTURES, Venture, begin_of

if TYPE_CHECKING:
    from pfkit.demo.timeline import Timeline

_State: TypeAlias = "tuple[np.datetime64, np.datetime64, np.datetime64]"

#: The initiative whose last milestone is overdue.
STUCK = "Carrier network rebuild"
GO_LIVE = "Go-live"
HANDOVER = "Handover"
_MILESTONES = (  # name, share of the building time, days after it, weight
    ("Design", 1 / 3, -4, 0.3),
    ("Pilot", 2 / 3, -4, 0.3),
    (GO_LIVE, 1.0, 2, 0.3),
    (HANDOVER, 1.0, 85, 0.1),
)
_NOTICE_DAYS = 35  # how long before the planned day a delay becomes known


class _Claim(NamedTuple):
    venture: int  # number of the initiative
    name: str
    metric: str
    kind: str
    share: float  # of the initiative's planned benefit
    grade: str
    method: str
    validated: bool
    source: str = "register"


CLAIMED_TWICE = ("B-06", "B-05")  # the second row claims what the first does
_CLAIMS = (
    _Claim(1, "Seats sold without sales", "Atlas seats bought online", "revenue", 0.7, "B",
           "Staggered by country, event study", validated=True),
    _Claim(1, "Onboarding hours saved", "Onboarding hours", "time", 0.3, "C",
           "Hours before and after, other products as control", validated=True),
    _Claim(2, "Fees above the flat price", "Relay usage fees", "revenue", 1.0, "B",
           "Customers moved in waves", validated=True),
    _Claim(3, "Fewer failed deliveries", "Redelivery cost", "cost", 0.6, "C",
           "Before and after, two regions not moved as control", validated=False),
    _Claim(4, "Seats sold by faster search", "Lumen subscription fees", "revenue", 1.0, "C",
           "Before and after, products without search as control", validated=True),
    _Claim(4, "Customers kept by faster search", "Lumen subscription fees", "revenue", 0.4, "D",
           "Estimate of the product manager", validated=False),
    _Claim(3, "Lower carrier rates", "Carrier invoices", "cost", 0.4, "C",
           "Rate before and after, by volume shipped", validated=True, source="ledger"),
    _Claim(5, "Beacon subscriptions", "Beacon revenue", "revenue", 1.0, "C",
           "Fees booked, less customers moved from Cadence", validated=True, source="ledger"),
    _Claim(6, "Reserved instead of on demand", "Hosting rate per hour", "cost", 1.0, "B",
           "Both rates times the hours used", validated=True),
    _Claim(7, "Upgrades to the assistant plan", "Cadence upgrades", "revenue", 0.8, "A",
           "Random half of the customers saw it", validated=False),
    _Claim(7, "Planning hours saved", "Planning hours", "time", 0.2, "", "", validated=False),
    _Claim(8, "Fewer support calls", "Support calls", "cost", 1.0, "C",
           "Calls per customer before and after", validated=False),
    _Claim(9, "Rent of the data center", "Data center rent", "avoided", 1.0, "C",
           "Lease ended, against the lease before", validated=False, source="ledger"),
    _Claim(10, "Quarry customers kept", "Quarry churn", "revenue", 1.0, "B",
           "Customers moved in waves", validated=False),
)  # fmt: skip
_WITHDRAWN = "Planning hours saved"
_HALF_WIDTH = {"A": 0.10, "B": 0.14, "C": 0.22}
_ENOUGH = 3  # months of benefit before anyone measures


def milestone_list(seed: int, time: Timeline) -> pd.DataFrame:
    """Return milestones: every state known by the end, in the order it became known.

    ``initiative``, ``milestone``, ``planned_on``, ``expected_on``, ``done_on``, ``weight``,
    ``go_live``, ``known_on``. The plan is known at approval, a delay about a month before the
    planned day, and what is done five days later. Going live is as late as the first benefit.
    """
    end = time.last_day(time.last) + 3
    rows: list[tuple[object, ...]] = []
    for number, venture in enumerate(VENTURES, 1):
        rng = stream(seed, f"milestones {number}")
        begin = time.grid[begin_of(time, venture)]
        noise = rng.integers(-3, 6, len(_MILESTONES))
        for place, (name, share, _, weight) in enumerate(_MILESTONES):
            planned = _planned(begin, venture, place)
            late = _delay(begin, venture, place) + int(noise[place]) * (share < 1)
            states = _states(venture, name, planned, late, time.first_day(begin_of(time, venture)))
            rows += [
                (f"I-{number:02d}", name, planned, expected, done, weight, name == GO_LIVE, known)
                for expected, done, known in states
                if known <= end
            ]
    columns = ["initiative", "milestone", "planned_on", "expected_on", "done_on", "weight"]
    listed = pd.DataFrame(rows, columns=[*columns, "go_live", "known_on"])
    return listed.sort_values(["known_on", "initiative", "planned_on"], kind="stable")


def _planned(begin: np.datetime64, venture: Venture, place: int) -> np.datetime64:
    _, share, after, _ = _MILESTONES[place]
    first = begin.astype("datetime64[D]")
    building = int(((begin + venture.build).astype("datetime64[D]") - first).astype(int))
    return np.datetime64(first + round(building * share) + after, "D")


def _delay(begin: np.datetime64, venture: Venture, place: int) -> int:
    """Return the days by which a milestone comes late; the design sees nothing of it yet."""
    months = (0, venture.delay // 2, venture.delay, venture.delay)[place]
    live = begin + venture.build
    return int(((live + months).astype("datetime64[D]") - live.astype("datetime64[D]")).astype(int))


def _states(
    venture: Venture, name: str, planned: np.datetime64, late: int, first: np.datetime64
) -> list[_State]:
    """Return what was expected and done of a milestone, and when that became known."""
    never = np.datetime64("NaT", "D")
    states: list[_State] = [(never, never, first - 12)]
    if venture.name == STUCK and name == HANDOVER:
        moves = ((20, 120), (115, 205), (200, 262))
        return states + [(planned + to, never, planned + at) for at, to in moves]
    done = planned + late
    if abs(late) > _ENOUGH:
        states.append((done - late // 10, never, planned - _NOTICE_DAYS))
    return [*states, (done, done, done + 5)]


def benefit_list(seed: int, time: Timeline, flows: pd.DataFrame) -> pd.DataFrame:
    """Return the benefit register: each claim as promised at approval, and as measured since.

    Amounts in cents a year. What is realized is read off the last six months of the initiative's
    actual benefit, with the error of its method. Two rows claim one metric, and one is withdrawn.
    """
    came = flows[(flows["kind"] == "actual") & (flows["flow"] == "benefit")]
    end = time.last_day(time.last)
    rows: list[dict[str, object]] = []
    for number, claim in enumerate(_CLAIMS, 1):
        venture = VENTURES[claim.venture - 1]
        rng = stream(seed, f"benefit {number}")
        begin = begin_of(time, venture)
        error = 1 + _HALF_WIDTH.get(claim.grade, 0.2) / 2 * float(rng.normal())
        promised = round(venture.benefit * claim.share * 12) * 100
        row: dict[str, object] = {
            "benefit": f"B-{number:02d}",
            "initiative": f"I-{claim.venture:02d}",
            **{name: getattr(claim, name) for name in ("name", "metric", "kind", "source")},
            "owner": venture.owner,
            "promised": promised,
            "start": str(time.grid[begin] + venture.build),
            "status": "promised",
            "known_on": time.first_day(begin) - 12,
        }
        rows.append(row)
        mine = came[came["initiative"] == row["initiative"]].sort_values("period")["cents"]
        if claim.name == _WITHDRAWN:
            rows.append(row | {"status": "withdrawn", "known_on": end - 40})
        elif len(mine) >= _ENOUGH:
            pace = float(mine.tail(6).mean()) * 12 * claim.share * error
            rows.append(row | _measured(claim, pace, end) | {"months": min(len(mine), 6)})
    listed = pd.DataFrame(rows)
    for name in ("realized", "low", "high", "level", "grade", "method", "measured_on", "months"):
        if name not in listed.columns:
            listed[name] = None
    return listed.sort_values(["known_on", "benefit"], kind="stable").reset_index(drop=True)


def _measured(claim: _Claim, pace: float, end: np.datetime64) -> dict[str, object]:
    half = _HALF_WIDTH.get(claim.grade)
    found: dict[str, object] = {
        "realized": round(pace / 1e5) * 100_000,
        "grade": claim.grade,
        "method": claim.method,
        "measured_on": end,
        "status": "validated" if claim.validated else "measured",
        "known_on": end + 2,
    }
    if half is not None:
        found |= {"low": round(pace * (1 - half) / 1e5) * 100_000, "level": "0.9"}
        found |= {"high": round(pace * (1 + half) / 1e5) * 100_000}
    return found
