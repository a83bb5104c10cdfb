"""What the book of a group is checked for: whose days stand in a quarter, and what was sold."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from pfkit.conform.evidence import ControlResult, Evidence, judged
from pfkit.money import cents

if TYPE_CHECKING:
    from datetime import date

    from pfkit.conform.evidence import State
    from pfkit.period import Period

#: An entity's period that shares less of its days with the quarter belongs to another time.
_SHARED = 0.85


def group_controls(evidence: Evidence) -> list[ControlResult]:
    """Return the controls of a consolidated book; none of any other."""
    if not evidence.conformed.has("entities"):
        return []
    return [_aligned(evidence), *_comparisons(evidence), *_agreed(evidence)]


def _comparisons(evidence: Evidence) -> list[ControlResult]:
    """Return whether the period's quarters have a plan and a prior year of every entity."""
    mine = [
        one
        for one in evidence.conformed.declaration.compared
        if set(one.months) & set(evidence.period.months)
    ]
    found = []
    for what, words in (("plan", "plan"), ("prior_year", "prior year")):
        told = [one for one in mine if one.what == what]
        if not told:
            continue
        lacks = "; ".join(dict.fromkeys(one.reason for one in told if one.reason))
        notes = "; ".join(dict.fromkeys(one.note for one in told if one.note))
        detail = f"every entity has a {words}{notes and f': {notes}'}"
        if lacks:
            detail = f"the group is not compared with a {words}: {lacks}"
        found.append(
            judged(
                evidence,
                "Comparison of entities",
                "entities",
                "amber" if lacks else "green",
                detail,
                key=words,
                advice="Complete it in that entity's book, or read the group without."
                * bool(lacks),
            )
        )
    return found


def quarters_sql(period: Period) -> str:
    """Return the common quarters of a period as a list in SQL."""
    quarters = dict.fromkeys(period.calendar.quarter_of(month) for month in period.months)
    return ", ".join(f"'{quarter}'" for quarter in quarters)


def _aligned(evidence: Evidence) -> ControlResult:
    calendar = evidence.period.calendar
    apart, count = [], 0
    for entity, quarter, first, last, because in evidence.conformed.engine.rows(
        "SELECT entity, quarter, first_day, last_day, because FROM final_entities "
        f"WHERE quarter IN ({quarters_sql(evidence.period)}) ORDER BY 1, 2"
    ):
        count += 1
        common = calendar.period(quarter)
        if shared_days(first, last, common) < _SHARED * ((common.last - common.first).days + 1):
            why = f" ({because})" if because else ""
            apart.append(f"{entity} of {first} to {last} stands in {quarter}{why}")
    if not apart:
        return judged(
            evidence,
            "Days of entities",
            "entities",
            "green",
            f"the periods of {count} entities lie in the quarter",
        )
    return judged(
        evidence,
        "Days of entities",
        "entities",
        "amber",
        f"{len(apart)} of {count} entities report other days: {'; '.join(apart)}",
        advice="Read the total as what these books add up to, not as a quarter's trade.",
    )


def shared_days(first: date, last: date, common: Period) -> int:
    """Return how many days two stretches have in common."""
    return max(0, (min(last, common.last) - max(first, common.first)).days + 1)


def _agreed(evidence: Evidence) -> list[ControlResult]:
    if not evidence.conformed.has("intercompany"):
        return []
    rows = evidence.conformed.engine.rows(
        "SELECT seller, buyer, item, sold_amount, bought_amount, difference_amount "
        f"FROM final_intercompany WHERE quarter IN ({quarters_sql(evidence.period)}) "
        "ORDER BY abs(difference_amount) DESC, 1, 2, 3"
    )
    if not rows:
        return []
    sold, bought = (sum((Decimal(str(row[at])) for row in rows), Decimal(0)) for at in (3, 4))
    open_ = [row for row in rows if cents(Decimal(str(row[5])))]
    size = sum((abs(Decimal(str(row[5]))) for row in open_), Decimal(0))
    state: State = "green"
    if open_:
        state = "red" if size > evidence.materiality else "amber"
    told = "; ".join(
        f"{seller} to {buyer}, {item}: {cents(Decimal(str(difference)))}"
        for seller, buyer, item, _, _, difference in open_
    )
    detail = f"{len(rows)} dealings agree and are eliminated"
    if open_:
        detail = f"{len(open_)} of {len(rows)} dealings do not agree, the difference stays: {told}"
    return [
        judged(
            evidence,
            "Intercompany",
            "intercompany",
            state,
            detail,
            expected=cents(sold),
            actual=cents(bought),
            advice="Have both sides agree before the close." if open_ else "",
        )
    ]
