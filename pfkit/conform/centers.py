"""Whether the parents of cost centers make a tree that amounts can be added up in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.conform.evidence import ControlResult, Evidence, judged
from pfkit.conform.tree import circle_among
from pfkit.errors import near_miss

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOLD = 3


def center_tree(evidence: Evidence) -> list[ControlResult]:
    """Return the control of the tree, where a cost center has a parent at all."""
    conformed = evidence.conformed
    if not conformed.has("cost_centers"):
        return []
    rows: list[tuple[str, str | None]] = conformed.engine.rows(
        "SELECT cost_center, parent FROM final_cost_centers ORDER BY _id"
    )
    parents = {code: parent for code, parent in rows if parent and parent != code}
    if not parents:
        return []
    codes = [code for code, _ in rows]
    lost = {code: parent for code, parent in parents.items() if parent not in set(codes)}
    place = {code: at for at, code in enumerate(codes)}
    circle = circle_among([place.get(parents.get(code, "")) for code in codes], codes)
    if not lost and not circle:
        text = f"{len(parents)} of {len(codes)} cost centers have a parent"
        return [judged(evidence, "Cost center tree", "cost_centers", "green", text)]
    advice = "Correct the parents: nothing can be added up to departments."
    if lost:
        first = next(iter(lost.values()))
        advice = f"{near_miss(first, codes, noun='cost center')} {advice}"
    return [
        judged(
            evidence,
            "Cost center tree",
            "cost_centers",
            "amber",
            "; ".join([*_orphans(lost), *([f"above themselves: {circle}"] if circle else [])]),
            advice=advice,
        )
    ]


def _orphans(lost: Mapping[str, str]) -> list[str]:
    told = [f"{code} stands under {above}, which is no cost center" for code, above in lost.items()]
    more = [f"and {len(told) - _TOLD} more do likewise"] if len(told) > _TOLD else []
    return [*told[:_TOLD], *more]
