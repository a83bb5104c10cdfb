"""ROI tracking accuracy of the benchmark: stated returns and simple rules against planted truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pfkit as pf
from bench._attributed_scores import ABLE, KIT, SIMPLE

if TYPE_CHECKING:
    import pandas as pd


def tracking(answers: pd.DataFrame) -> pf.RoiAccuracy:
    """Return how much nearer to the truth the kit's returns are than the best simple rule's.

    Parameters
    ----------
    answers : pandas.DataFrame
        What ``bench attribution --cells FILE`` writes: every answer beside its truth. A feature of
        a company is an initiative, and those of a company are drawn together. Features whose effect
        the tables cannot tell count for nobody; what the kit refuses has no return stated.
    """
    kind = answers["kind"].fillna("null")  # which a CSV gives back as missing
    able = answers[kind.isin(ABLE)]
    able = able.assign(initiative=able["company"] + ", " + able["feature"])
    ours = able[able["method"] == KIT]
    simple = able[able["method"].isin(SIMPLE)].rename(columns={"method": "rule"})
    return pf.roi_accuracy(
        ours[["initiative", "roi"]].assign(reason="refused"),
        ours[["initiative"]].assign(
            roi=ours["true_roi"], together=ours["company"], method="planted"
        ),
        simple[["rule", "initiative", "roi"]],
    )


def line(found: pf.RoiAccuracy) -> str:
    """Return the scorecard's line in words: with its count and bound, or why it is not claimed."""
    left = int((~found.rows["counts"]).sum())
    of = f"{found.count} features of made-up companies ({left} refused or untold)"
    if found.verdict == "too_few":
        return f"ROI tracking accuracy: not claimed over {of}: {found.reason}"
    word = "claimed" if found.verdict == "claimed" else "not claimed"
    return (
        f"ROI tracking accuracy: {word} at {found.target:.0%} over {of}: WAPE of ROI "
        f"{found.error:.3f} against {found.rule_error:.3f} by {found.rule}, {found.value:.1%} less "
        f"({found.level:.0%} interval {found.low:.1%} to {found.high:.1%}, companies drawn whole)"
    )
