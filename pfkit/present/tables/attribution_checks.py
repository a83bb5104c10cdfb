"""What verdicts on features rest on: the months before first use, and who took them up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, table
from pfkit.present.verdicts import labels, minus, silent, word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pfkit.contracts.about import About
    from pfkit.measures import Attribution
    from pfkit.present.exhibit import Exhibit

#: Chance of a move before first use from which it counts as one.
WATCHED: Final = 0.05
_PEAK, _EARLY, _TOGETHER = "largest month of first use", "use before release", "used together"
_PLAIN = look.Scale(1, 0, "")
_LEAST_P = 0.001
_LEGEND = (
    "Before first use: how far revenue of those who took a feature up was off its trend in the"
    " three months before (a placebo: nothing can have come of the feature yet), and p, how likely"
    " so much is by chance; below 0.05 a feature is fragile, below 0.01 refused, unless it was"
    " given out by lot. Adopters: customers that were there before and after first use. Largest"
    " month: share of customers that took it up in one month. Together: correlation of use with"
    " another feature's."
)


def attribution_checks(
    found: Attribution,
    *,
    names: Mapping[str, str] | None = None,
    about: About | None = None,
    id: str = "attribution-checks",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print the tests behind the verdict on each feature, the placebo test first.

    Parameters
    ----------
    found : Attribution
        Result of `pfkit.attribution`, amounts in reporting currency.
    names : mapping, optional
        What readers call features, ``book.feature_names``.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per feature. One line where nothing is attributed.
    """
    if found.features.empty:
        return silent(found.features, id, about, section=section)
    frame = _frame(found, names)
    say = Facts(id, frame, _PLAIN)
    before, taken = "Before first use", "Taken up"
    return table(
        id,
        frame,
        [
            Col("label", "Feature", wide=True),
            Col("said", "Verdict"),
            Col("placebo_rate", f"Off trend{look.THIN}%", "points", group=before),
            Col("chance", "p", group=before),
            Col("adopters", "Adopters", "count", group=taken),
            Col("early", "Too early", "count", group=taken, spoken="customers before release"),
            Col("peak_share", f"Largest month{look.THIN}%", "rate", decimals=0, group=taken),
            Col("together", "r", "number", decimals=2, group="Together"),
            Col("with", "With", group="Together"),
            Col("finding", "What it says", wide=True),
        ],
        title=(
            f"{setting.who(about)}checks behind what features earned{setting.when(about)}: revenue"
            " before first use, and who took them up"
        ),
        message=_message(frame, say),
        say=say,
        about=about,
        tables=("invoices", "usage", "releases", "rollout"),
        notes=[_LEGEND],
        section=section,
    )


def _frame(found: Attribution, names: Mapping[str, str] | None) -> pd.DataFrame:
    """Return what was tested of each feature."""
    features = found.features.reset_index(drop=True)
    checks = found.diagnostics[found.diagnostics["feature"] != ""]
    by_feature = {
        check: checks[checks["check"] == check].set_index("feature")
        for check in (_PEAK, _EARLY, _TOGETHER)
    }

    def taken(check: str, column: str) -> object:
        return by_feature[check][column].reindex(features["feature"]).array

    other = pd.Series(taken(_TOGETHER, "text")).str.removeprefix("r with ")
    tested = features["placebo_p"].notna()
    return pd.DataFrame(
        {
            "row_key": features["row_key"],
            "label": labels(features["feature"], names),
            "feature": features["feature"],
            "said": features["verdict"].map(word),
            "placebo_rate": features["placebo_rate"],
            "placebo_p": features["placebo_p"],
            "chance": [_chance(p) for p in features["placebo_p"]],
            "tested": tested,
            "off": tested & (features["placebo_p"] < WATCHED).fillna(value=False),
            "adopters": features["adopters"],
            "early": pd.Series(taken(_EARLY, "value")).fillna(0).astype("Int64"),
            "peak_share": taken(_PEAK, "value"),
            "together": taken(_TOGETHER, "value"),
            "with": labels(other.fillna(""), names),
            "finding": features["reasons"].map(minus),
        }
    )


def _chance(p: float) -> str:
    """Return how likely something is by chance; empty where it was not tested."""
    if look.missing(p):
        return ""
    return look.number(p, decimals=3) if p >= _LEAST_P else f"<{look.number(_LEAST_P, decimals=3)}"


def _message(frame: pd.DataFrame, say: Facts) -> str:
    tested, off = int(frame["tested"].sum()), int(frame["off"].sum())
    whole = say.count("tested", True) if tested else ""
    lead = "No feature has months before first use to test"
    if tested:
        noun = "feature" if tested == 1 else "features"
        lead = f"Revenue kept its trend before first use of all {whole} {noun} tested"
        if off:
            some = say.count("off", True)
            lead = f"Revenue was off its trend before first use of {some} of {whole} {noun} tested"
    return lead
