"""Cash flows by month, seen as planned, as they happened and as they now look."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from pfkit.errors import MeasureError, near_miss
from pfkit.measures.rows import require, texts, whole_cents

KINDS = ("plan", "actual")
FLOWS = ("investment", "benefit", "cost")
VIEWS = ("plan_to_date", "actual", "plan", "outlook")

Flows = dict[tuple[int, str], int]


def checked(cashflows: pd.DataFrame) -> pd.DataFrame:
    """Return the flows as text and whole cents, refusing words that are not known."""
    columns = ["initiative", "period", "kind", "flow"]
    require(cashflows, [*columns, "amount"], name="cashflows")
    flows = pd.DataFrame({column: texts(cashflows[column]) for column in columns})
    flows["cents"] = whole_cents(cashflows["amount"], name="cashflows")
    for column, known in (("kind", KINDS), ("flow", FLOWS)):
        unknown = sorted(set(flows[column]) - set(known))
        if unknown:
            raise MeasureError(
                f"{column} {unknown[0]!r} is not known",
                where="cashflows",
                advice=near_miss(unknown[0], known, noun=column),
            )
    return flows


@dataclass(frozen=True)
class View:
    """Flows by month and kind of flow, in cents; None where there are none to speak of."""

    cells: Flows | None

    def total(self, flow: str) -> int | None:
        """Add up one kind of flow, in cents; None where there is nothing to speak of."""
        if self.cells is None:
            return None
        return sum(cents for (_, kind), cents in self.cells.items() if kind == flow)

    def line(self, first: int) -> list[float]:
        """Return the net flow of every month from the first, in currency units."""
        cells = self.cells or {}
        last = max((month for month, _ in cells), default=first)
        sums = dict.fromkeys(range(first, last + 1), 0)
        for (month, _), cents in cells.items():
            sums[month] += cents
        return [cents / 100 for cents in sums.values()]


def views_of(flows: pd.DataFrame, last: str) -> dict[str, View]:
    """Cut the flows into plan to date, actual to date, plan and outlook."""
    cells: dict[str, Flows] = {kind: {} for kind in KINDS}
    for month, kind, flow, cents in zip(
        flows["period"], flows["kind"], flows["flow"], flows["cents"], strict=True
    ):
        spot = (month_number(month), flow)
        cells[kind][spot] = cells[kind].get(spot, 0) + int(cents)
    end = month_number(last) if last else -1
    planned = cells["plan"] or None
    past = {spot: cents for spot, cents in cells["plan"].items() if spot[0] <= end}
    later = {spot: cents for spot, cents in cells["plan"].items() if spot[0] > end}
    done = {spot: cents for spot, cents in cells["actual"].items() if spot[0] <= end} or None
    return {
        "plan_to_date": View(None if planned is None else past),
        "actual": View(done),
        "plan": View(planned),
        "outlook": View(None if done is None else done | later),
    }


def month_number(month: str) -> int:
    """Return a month label as a running number."""
    if len(month) != len("2026-01") or month[4] != "-" or not (month[:4] + month[5:]).isdigit():
        raise MeasureError(
            f"period {month!r} is no month",
            where="cashflows",
            advice="Write it as 2026-01.",
        )
    return int(month[:4]) * 12 + int(month[5:]) - 1
