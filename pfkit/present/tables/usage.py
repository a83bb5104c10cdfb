"""Usage: each metric in its own units, how it moved, and what share it is of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, sentences, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, reasons, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_NUMBERS = ("previous", "prior_year", "units_ytd")
_VARIANCES = ("previous_variance", "prior_variance")


def usage(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "usage",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print what was used: units of each metric, with the period before and the year before.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.usage`.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        A row per metric, and per product where there are several; one line where the book has no
        usage.
    """
    if result.empty:
        return setting.absent(id, about, "usage", section=section)
    frame = _shown(result)
    say = Facts(id, frame, look.Scale(1, sentences.decimals_of(frame["units"]), "units"))
    return table(
        id,
        frame,
        _cols(frame),
        title=f"{setting.who(about)}usage in units of each metric{setting.when(about)}",
        message=setting.capital(sentences.used(say, frame)),
        say=say,
        about=about,
        tables=("usage",),
        notes=[_legend(frame), reasons(frame)],
        ordered=False,
        section=section,
    )


def _shown(result: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with the columns that hold something, and one label a row."""
    frame = result.reset_index(drop=True)
    total = frame["role"].isin(["total"])
    alone = frame["label"] == frame["metric"]
    by = str(frame.columns[2])
    every = f"all {by}s"
    label = frame["metric"].where(total | alone, frame["metric"] + " · " + frame["label"])
    frame["label"] = label.where(~total, frame["metric"] + f", {every}")
    frame["role"] = frame["role"].replace({"total": "subtotal"})
    empty = [name for name in _NUMBERS if not bool(frame[name].notna().any())]
    empty += _VARIANCES
    return frame.drop(columns=empty)


def _cols(frame: pd.DataFrame) -> list[Col]:
    places = sentences.decimals_of(frame["units"])
    cols = [
        Col("label", "Metric", wide=True),
        Col("units", "AC", "number", swatch="actual", spoken="actual", decimals=places),
    ]
    for column, prefix, short, words in (
        ("previous", "previous", "PP", "previous period"),
        ("prior_year", "prior", "PY", "prior year"),
    ):
        if column not in frame.columns:
            continue
        rate = f"{prefix}_variance_rate"
        cols.append(Col(column, short, "number", swatch="previous", spoken=words, decimals=places))
        gap = f"{look.DELTA}{short}{look.THIN}%"
        cols.append(Col(rate, gap, "points", spoken=f"change from {words} in percent"))
    if "units_ytd" in frame.columns:
        cols.append(Col("units_ytd", "Year to date", "number", decimals=places))
    if bool((frame["rate"] != "").any()):
        cols.append(Col("rate", "Rate"))
        cols.append(Col("value_share", f"AC{look.THIN}%", "rate", spoken="rate, actual"))
        if bool(frame["previous_share"].notna().any()):
            cols.append(Col("previous_share", f"PP{look.THIN}%", "rate", spoken="rate before"))
    return cols


def _legend(frame: pd.DataFrame) -> str:
    parts = ["AC actual"]
    parts += ["PP previous period"] if "previous" in frame.columns else []
    parts += ["PY prior year"] if "prior_year" in frame.columns else []
    return f"{', '.join(parts)}. Different metrics are not added."
