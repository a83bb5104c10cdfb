"""Associations: product metrics and KPIs that move together, which is no cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_PLAIN = look.Scale(1, 2, "")
_TOP = 5


def associations(
    result: pd.DataFrame,
    *,
    top: int = _TOP,
    about: About | None = None,
    id: str = "associations",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print which product metrics move with which KPIs.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.associations`.
    top : int
        Pairs printed, the likeliest; the others stand in the workbook.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per pair found. One line where none is, or where the data cannot say.
    """
    frame = result.reset_index(drop=True)
    found = frame["found"].fillna(value=False).astype("bool")
    if not bool(found.any()):
        return setting.said(id, _nothing(frame), about, section=section)
    frame["interval"] = [
        ""
        if look.missing(row["low"])
        else f"{look.number(row['low'], decimals=2)} to {look.number(row['high'], decimals=2)}"
        for row in setting.records(frame)
    ]
    say = Facts(id, frame, _PLAIN)
    level = look.number(frame["level"].iloc[0], scale=0.01)
    return table(
        id,
        frame,
        [
            Col("kpi", "KPI", wide=True),
            Col("metric", "Product metric", wide=True),
            Col("lag", "Months later", "count"),
            Col("association", "Association", "number", decimals=2),
            Col("interval", f"Interval, {level}{look.THIN}%"),
            Col("q", "q", "number", decimals=3),
            Col("n", "Months", "count"),
        ],
        title=f"{setting.who(about)}association of KPIs with product metrics, partial correlation"
        f"{setting.when(about)}",
        message=_message(frame[found], say),
        say=say,
        about=about,
        tables=("usage", "actuals"),
        notes=[
            "Association, not cause: each is what is left after trend, season and memory.",
            "q: share of pairs found that chance alone would give, down to this one.",
        ],
        section=section,
        kept=(found & (found.cumsum() <= top)).tolist(),
        left="pairs of less or no association",
    )


def _message(found: pd.DataFrame, say: Facts) -> str:
    key = str(found["row_key"].iloc[0])
    row = setting.records(found.head(1))[0]
    size = say.number(key, "association", decimals=2)
    bounds = " to ".join(say.number(key, end, decimals=2) for end in ("low", "high"))
    level = say.number(key, "level", scale=0.01)
    late = say.number(key, "lag")
    when = {"0": "in the same month", "1": f"{late} month later"}.get(late, f"{late} months later")
    verb = "moves" if len(found) == 1 else "move"
    how = "with" if row["association"] > 0 else "against"
    return (
        f"{say.count('found', equals=True)} of {say.count('row_key')} pairs {verb} together, "
        f"{'' if len(found) == 1 else 'likeliest '}{row['kpi']} {how} {row['metric']} {when} "
        f"({size}; {level}{look.THIN}%: {bounds}): an association, not a cause"
    )


def _nothing(frame: pd.DataFrame) -> str:
    """Return the one line that stands where nothing was found."""
    tested = frame[frame["p"].notna()]
    if frame.empty:
        return (
            "No association of product metrics with KPIs can be told: that needs usage and a "
            "statement, both by month, over two years or more."
        )
    if tested.empty:
        return (
            "No association of product metrics with KPIs can be told: no pair has a history "
            "that is long enough; give more months of usage and of the statement."
        )
    return "No KPI moves with a product metric by more than chance, after trend, season and memory."
