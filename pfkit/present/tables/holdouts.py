"""What would make refused features answerable: whom to hold out, how long, and with which power."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, named_reasons, table
from pfkit.present.verdicts import labels, silent, word

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_ALL_TOLD = "No feature is refused that a holdout could tell of."
_READING = (
    "To be seen: what the feature is expected to add, in percent of revenue, else what is assumed."
    " Power: how often an experiment would tell it from nothing, tried out on courses that these"
    " customers took before. Of a feature that all have, those held out give it up for the months."
)


def holdouts(
    result: pd.DataFrame,
    *,
    names: Mapping[str, str] | None = None,
    about: About | None = None,
    id: str = "holdouts",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print the holdout that would make each refused feature answerable.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.holdouts`.
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
        One row per refused feature; one line where nothing is refused, or nothing attributed.
    """
    if result.empty:
        if result.attrs.get("reason"):
            return silent(result, id, about, section=section, what="No holdout is proposed")
        return setting.said(id, _ALL_TOLD, about, section=section)
    frame = result.reset_index(drop=True)
    frame.insert(1, "label", labels(frame["feature"], names))
    frame = frame.rename(
        columns={
            "effect": "effect_rate",
            "share": "held_share",
            "power": "power_rate",
            "minimal_effect": "least_rate",
        }
    )
    frame["why"] = frame["verdict"].map(word)
    say = Facts(id, frame, look.Scale(1, 0, ""))
    return table(
        id,
        frame,
        [
            Col("label", "Feature", wide=True),
            Col("why", "Refused: verdict"),
            Col("effect_rate", "To be seen, %", "rate"),
            Col("holdout", "Held out", "count"),
            Col("customers", "of customers", "count"),
            Col("months", "Months", "count"),
            Col("power_rate", "Power, %", "rate"),
            Col("least_rate", "Least seen, %", "rate"),
            Col("state", "Holdout"),
        ],
        title=(
            f"{setting.who(about)}holdouts that would make refused features answerable"
            f"{setting.when(about)}"
        ),
        message=_message(frame, say),
        say=say,
        about=about,
        tables=("invoices", "releases"),
        notes=[
            _READING,
            named_reasons(frame[frame["state"] == "refused"], lead="No holdout: ", most=2),
        ],
        section=section,
    )


def _message(frame: pd.DataFrame, say: Facts) -> str:
    good = frame[frame["state"] == "proposed"]
    if good.empty:
        text = f"No holdout would make any of {say.count('feature')} refused features answerable"
        told = frame[frame["least_rate"].notna()]
        if told.empty:
            return text
        least = say.rate(str(told["row_key"].iloc[0]), "least_rate")
        return f"{text}: the least effect that could be seen is {least} of revenue"
    key, row = str(good["row_key"].iloc[0]), setting.records(good.head(1))[0]
    count, whole = say.count("state", "proposed"), say.count("feature")
    verb = "feature would" if whole == "1" else "features would"
    return (
        f"{count} of {whole} refused {verb} be answerable with a holdout: {row['label']} by"
        f" holding it back from {say.number(key, 'holdout')} of {say.number(key, 'customers')}"
        f" customers for {say.number(key, 'months')} months (power {say.rate(key, 'power_rate')})"
    )
