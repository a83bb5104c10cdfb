"""Elasticities: how strongly one thing answers another, how sure that is, or why nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, named_reasons, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_PLAIN = look.Scale(1, 2, "")
_OWN = {"row_key", "driver", "span"}


def elasticities(
    result: pd.DataFrame,
    *,
    on: str = "volume",
    about: About | None = None,
    id: str = "elasticities",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print elasticities with their intervals.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.elasticities`.
    on : str
        What answers, as it stands in a sentence.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per series and driver; refused ones keep their row and the reason. One line where
        there is no series.
    """
    if result.empty:
        text = f"There is no series of {on} whose elasticity could be told."
        return setting.said(id, text, about, section=section)
    frame = result.reset_index(drop=True)
    groups = list(frame.columns[1 : list(frame.columns).index("driver")])
    frame["label"] = [
        ", ".join(str(row[name]) for name in (*groups, "driver")) for row in setting.records(frame)
    ]
    frame["interval"] = [
        ""
        if look.missing(row["low"])
        else f"{look.number(row['low'], decimals=2)} to {look.number(row['high'], decimals=2)}"
        for row in setting.records(frame)
    ]
    say = Facts(id, frame, _PLAIN)
    level = look.number(frame["level"].iloc[0], scale=0.01)
    spans = [Col("span", "Span")] if len(set(frame["span"])) > 1 else []
    return table(
        id,
        frame,
        [
            Col("label", "Driver", wide=True),
            *spans,
            Col("elasticity", "Elasticity", "number", decimals=2),
            Col("interval", f"Interval, {level} %"),
            Col("p", "p", "number", decimals=3),
            Col("n", "n", "count"),
            Col("verdict", "Verdict"),
            Col("form", "How it is told", wide=True),
        ],
        title=f"{setting.who(about)}percent of {on} per percent of driver{setting.when(about)}",
        message=_message(frame, on, say),
        say=say,
        about=about,
        tables=("invoices",),
        notes=[
            "Elastic: the whole interval lies beyond 1; inelastic: within 1; none: it holds zero.",
            "A price that was set because of demand has no elasticity by regression.",
            named_reasons(frame, lead=f"{look.MISSING} refused or short: "),
        ],
        section=section,
    )


def _message(frame: pd.DataFrame, on: str, say: Facts) -> str:
    known = frame[~frame["verdict"].isin(["refused", "none"])]
    count = say.count("driver")
    noun = "elasticity is" if len(frame) == 1 else "elasticities are"
    if known.empty:
        refused = say.count("verdict", "refused")
        return (
            f"None of {count} {noun} told apart from zero; the data refuse {refused} of them"
            if (frame["verdict"] == "refused").any()
            else f"None of {count} {noun} told apart from zero"
        )
    size = known["elasticity"].abs()
    row = setting.records(known.loc[[size.idxmax()]])[0]
    key = str(row["row_key"])
    value = say.number(key, "elasticity", decimals=2, magnitude=True)
    bounds = " to ".join(say.number(key, end, decimals=2) for end in ("low", "high"))
    level = say.number(key, "level", scale=0.01)
    moves = "loses" if row["elasticity"] < 0 else "gains"
    return (
        f"{setting.capital(on)} {moves} {value}{look.THIN}% per percent of {row['label']} "
        f"({level}{look.THIN}%: {bounds}), which is the strongest of {count}"
    )
