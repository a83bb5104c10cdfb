"""What was said of the period some months before, what came, and how all forecasts did."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_AMOUNTS = ["said", "low", "high", "came"]
_NONE = (
    "No forecast can be set beside what came: the book has no month with a year of net revenue "
    "before it. `pfkit forecast --keep` keeps each close's forecast."
)


def forecast_vintages(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "forecast-vintages",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print what was said of the period some months before, and how forecasts of each lead did.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.forecast_vintages`, amounts in reporting currency.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per lead of which anything is known; the months and series behind it stand in the
        data alone. One line where no forecast can be compared yet.
    """
    leads = result["role"] == "lead"
    if not bool((result.loc[leads, "count"] > 0).any()):
        return setting.said(id, _NONE, about, section=section)
    frame = result[~leads | (result["count"] > 0)].reset_index(drop=True)
    frame.insert(1, "label", frame["lead"].map(_before))
    shown = frame["role"] == "lead"
    scale = look.money_scale(
        frame.loc[shown, _AMOUNTS].to_numpy(dtype="float64", na_value=math.nan).ravel(),
        setting.currency(about),
    )
    say = Facts(id, frame, scale)
    level = f"{look.number(frame['level'].dropna().iloc[0], scale=0.01)}{look.THIN}%"
    month = str(frame.loc[shown, "period"].iloc[0])
    return table(
        id,
        frame,
        _cols(month, level, scale),
        title=(
            f"{setting.who(about)}net revenue of {month} in {scale.unit}: what was said before"
            f" (FC) with {level} interval, and what came (AC)"
        ),
        message=_message(frame[shown], say, month),
        say=say,
        about=about,
        tables=("actuals", "invoices"),
        notes=[_legend(frame[shown], level)],
        ordered=False,
        section=section,
        kept=shown.tolist(),
        left="rows of single series and months",
    )


def _cols(month: str, level: str, scale: look.Scale) -> list[Col]:
    past = "All series and months"
    group = f"{month}, sum of all series"
    return [
        Col("label", f"Said, {scale.unit}", wide=True),
        Col("source", "How"),
        Col("said", "FC", "money", swatch="outlook", spoken="forecast", group=group),
        Col("low", "Low", "money", spoken=f"low end of the {level} interval", group=group),
        Col("high", "High", "money", spoken=f"high end of the {level} interval", group=group),
        Col("came", "AC", "money", swatch="actual", spoken="what came", group=group),
        Col("error", f"FC{look.MINUS}AC", "delta", spoken="forecast less what came", group=group),
        Col("count", "Forecasts", "count", group=past),
        Col("error_rate", f"Missed{look.THIN}%", "rate", group=past),
        Col("bias_rate", f"Bias{look.THIN}%", "points", group=past),
        Col("covered_share", f"Held{look.THIN}%", "rate", decimals=0, group=past),
    ]


def _before(lead: object) -> str:
    return f"{lead} month{'' if lead == 1 else 's'} before"


def _message(rows: pd.DataFrame, say: Facts, month: str) -> str:
    known = rows[rows["said"].notna()]
    if known.empty:
        share = say.rate(str(rows["row_key"].iloc[0]), "error_rate")
        return f"Nothing was said of {month}; other months were missed by {share} of revenue"
    near, far = setting.records(known)[0], setting.records(known)[-1]
    key = str(far["row_key"])
    text = (
        f"Net revenue of {month} came to {say.amount(key, 'came')}{look.THIN}{say.scale.unit};"
        f" {far['label']} it was forecast at {say.amount(key, 'said')}"
    )
    if len(known) > 1:
        text += f", {near['label']} at {say.amount(str(near['row_key']), 'said')}"
    sure = known[known["within"].notna()]
    if sure.empty:
        return text
    out = sure[~sure["within"].astype(bool)]
    if out.empty:
        return f"{text}, and {'the interval' if len(sure) == 1 else 'every interval'} held it"
    return f"{text}; the interval {out['label'].iloc[0]} did not hold it"


def _legend(rows: pd.DataFrame, level: str) -> str:
    told = (
        "Kept: as it stands in the state folder since then. Replayed: made now from what was known"
        " then."
    )
    ways = set(rows["source"].dropna())
    told = told if len(ways) > 1 else ("Replayed: made now from what was known then.")
    told = "Kept: as it stands in the state folder since then." if ways == {"kept"} else told
    return (
        f"{told} Missed: errors of single series without sign, over what came. Bias: with sign,"
        f" above zero where too much was said. Held: how many {level} intervals held what came."
    )
