"""The entities of a group: what each gives, by its own days, currency and rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, named_reasons, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_NONE = "This book is one entity's: no other book is joined to it."


def entities(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "entities",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print the entities of a group with their own days and rates, and what is eliminated.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.entities`, amounts in reporting currency.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per entity, eliminations, the total, and every dealing that does not agree; one
        line where the book is no group's.
    """
    if result.empty:
        return setting.said(id, _NONE, about, section=section)
    frame = result.reset_index(drop=True)
    frame["apart"] = (~frame["aligned"]).fillna(value=False)
    amounts = frame[["net", "contribution"]].to_numpy().ravel()
    scale = look.money_scale(amounts, setting.currency(about))
    say = Facts(id, frame, scale)
    cols = [
        Col("label", f"Entity, {scale.unit}", wide=True),
        Col("own_period", "Own period"),
        Col("first_day", "From", "date"),
        Col("last_day", "To", "date"),
        Col("currency", "Currency", "code"),
        Col("net_local", "Net, own currency", "number", decimals=0),
        Col("rate", "Rate", "number", decimals=4),
        Col("net", "Net revenue", "money", swatch="actual"),
        Col("contribution", "Contribution", "money"),
        Col("net_share", f"of net{look.THIN}%", "rate"),
    ]
    if bool((frame["role"] == "memo").any()):
        cols.append(Col("difference", "Not agreed", "money"))
    return table(
        id,
        frame,
        cols,
        title=f"{setting.who(about)}entities of the group in {scale.unit}{setting.when(about)}",
        message=_message(frame, say),
        say=say,
        about=about,
        tables=("entities", "actuals", "intercompany"),
        notes=_notes(frame),
        ordered=False,
        section=section,
    )


def _message(frame: pd.DataFrame, say: Facts) -> str:
    unit = f"{look.THIN}{say.scale.unit}"
    first = frame.iloc[0]
    text = (
        f"{say.number('total', 'count')} entities add up to {say.amount('total', 'net')}{unit} of "
        f"net revenue, {say.rate(say.first, 'net_share')} of it from {first['label']}"
    )
    apart = int(frame["apart"].sum())
    if apart:
        count = say.count("apart", equals=True)
        verb = "reports" if count == "1" else "report"
        text += f"; {count} of them {verb} days of another time"
    return text


def _notes(frame: pd.DataFrame) -> list[str]:
    items = frame[(frame["role"] == "item") & (frame["calendar"] != "")]
    calendars = "; ".join(f"{row['label']}: {row['calendar']}" for row in setting.records(items))
    return [
        "Total: entities at their rates, less what they sold each other and both sides agree on.",
        f"Calendars: {calendars}.",
        named_reasons(frame[frame["reason"].fillna("") != ""], lead="Other days or not agreed. "),
    ]
