"""Cloud cost: effective and billed, how it moved, and what has no product."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, sentences, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, reasons, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_AMOUNTS = ["effective", "billed", "previous", "year_to_date"]
UNTAGGED = "No product tag"


def cloud_cost(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "cloud-cost",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print the cloud bill by product, or by what it was added up by.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.cloud_cost`, amounts in reporting currency.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per product, what has none, and the total; one line where the book has no bill.
    """
    if result.empty:
        return setting.absent(id, about, "cloud", section=section)
    frame = result.reset_index(drop=True)
    by = str(frame.columns[1])
    untagged = frame["role"] == "untagged"
    frame.insert(1, "label", frame[by].astype(str).where(~untagged, UNTAGGED))
    scale = look.bill_scale(frame[_AMOUNTS].to_numpy().ravel(), setting.currency(about))
    say = Facts(id, frame, scale)
    return table(
        id,
        frame,
        _cols(frame, by, scale),
        title=f"{setting.who(about)}cloud cost by {by} in {scale.unit}{setting.when(about)}: "
        "effective and billed",
        message=_message(frame, say),
        say=say,
        about=about,
        tables=("cloud",),
        notes=_notes(frame),
        ordered=False,
        section=section,
    )


def _cols(frame: pd.DataFrame, by: str, scale: look.Scale) -> list[Col]:
    cols = [
        Col("label", f"{setting.capital(by)}, {scale.unit}", wide=True),
        Col("effective", "AC", "money", swatch="actual", spoken="effective cost, actual"),
    ]
    for column, prefix, short, words in (
        ("previous", "previous", "PP", "previous period"),
        ("prior_year", "prior", "PY", "prior year"),
    ):
        if bool(frame[column].notna().any()):
            gap, good = f"{prefix}_variance", f"{prefix}_favorable"
            spoken = f"change from {words}"
            cols += [
                Col(gap, f"{look.DELTA}{short}", "delta", good=good, scaling=short, spoken=spoken),
                Col(
                    f"{gap}_rate", f"{look.DELTA}{short}{look.THIN}%", "points",
                    spoken=f"{spoken} in percent",
                ),
            ]  # fmt: skip
    cols += [
        Col("billed", "Billed", "money"),
        Col("difference", "Effective less billed", "delta"),
    ]
    if bool(frame["saved_rate"].notna().any()):
        cols.append(Col("saved_rate", f"Below list{look.THIN}%", "rate"))
    if not bool((frame["role"] == "untagged").any()):
        cols.append(Col("tagged_share", f"Tagged{look.THIN}%", "rate"))
    if bool(frame["year_to_date"].notna().any()):
        cols.append(Col("year_to_date", "Year to date", "money"))
    return cols


def _message(frame: pd.DataFrame, say: Facts) -> str:
    unit = f"{look.THIN}{say.scale.unit}"
    if sentences.rounded(say):
        effective, billed = say.amount("total", "effective"), say.amount("total", "billed")
        text = f"Cloud cost billed is {billed}{unit}; effective cost ({effective}) comes rounded to"
        loose = _untagged(frame, say, "billed")
        if loose:
            key = str(frame.loc[frame["role"] == "untagged", "row_key"].iloc[0])
            loose = f"; {loose} ({say.amount(key, 'effective')} effective)"
        return f"{text} whole units{loose}"
    effective, billed = say.amount("total", "effective"), say.amount("total", "billed")
    text = f"Cloud cost is {effective}{unit}"
    text += f" ({billed} billed)" if billed != effective else ""
    if say.has("total", "previous_variance"):
        text += f", {say.delta('total', 'previous_variance')}"
        if say.tells("total", "previous_variance_rate"):
            text += f" ({say.rate('total', 'previous_variance_rate', signed=True)})"
        text += " on the period before"
    return f"{text}; {_untagged(frame, say, 'effective')}"


def _untagged(frame: pd.DataFrame, say: Facts, column: str) -> str:
    loose = frame[frame["role"] == "untagged"]
    if loose.empty and column == "billed":
        return ""  # shares are of effective cost
    if loose.empty:
        return f"{say.rate('total', 'tagged_share')} of it has a product"
    key = str(loose["row_key"].iloc[0])
    amount = say.amount(key, column)
    negative = float(loose[column].iloc[0]) < 0
    return f"what has no product tag comes to {amount}{', a credit' if negative else ''}"


def _notes(frame: pd.DataFrame) -> list[str]:
    used = [
        words
        for column, words in (("previous", "PP previous period"), ("prior_year", "PY prior year"))
        if bool(frame[column].notna().any())
    ]
    meaning = ", ".join(["AC effective cost of the period", *used])
    text = (
        f"{meaning}. Effective: after discounts, prepaid purchases as they are used. Billed: as "
        "invoiced. A cost that rises is unfavorable."
    )
    if bool(frame["saved_rate"].notna().any()):
        text += " Below list: effective against list prices."
    if bool((frame["role"] == "untagged").any()):
        text += f" {UNTAGGED}: charges and credits that no tag gives a product; not spread."
    return [text, reasons(frame)]
