"""Commitment discounts: how much of each was used, and what it saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, reasons, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_AMOUNTS = ["bought", "used", "unused", "covered", "saved"]


def commitment_discounts(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "commitment-discounts",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print the commitments of a cloud bill with utilization and saving.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.commitment_discounts`, amounts in reporting currency.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per commitment and the total; one line where the bill has none.
    """
    if result.empty:
        text = "No charge of the cloud bill is covered by a commitment."
        return setting.absent(id, about, "cloud", section=section, otherwise=text)
    frame = result.reset_index(drop=True)
    frame.insert(1, "label", frame["commitment"])
    scale = look.bill_scale(frame[_AMOUNTS].to_numpy().ravel(), setting.currency(about))
    say = Facts(id, frame, scale)
    cols = [Col("label", f"Commitment, {scale.unit}", wide=True)]
    cols += [
        Col(name, setting.capital(name))
        for name in ("product", "provider")
        if bool((frame[name] != "").any())
    ]
    cols += [
        Col("bought", "Billed for it", "money"),
        Col("used", "Used", "money", group="Effective cost"),
        Col("unused", "Not used", "money", group="Effective cost"),
        Col("utilization_share", f"AC{look.THIN}%", "rate", group="Utilization"),
        Col("previous_share", f"PP{look.THIN}%", "rate", group="Utilization"),
        Col("covered", "Without it", "money"),
        Col("saved", "Saved", "delta"),
    ]
    return table(
        id,
        frame,
        cols,
        title=f"{setting.who(about)}cloud commitments in {scale.unit}{setting.when(about)}: "
        "used, not used and saved",
        message=_message(frame, say),
        say=say,
        about=about,
        tables=("cloud",),
        notes=[
            (
                "Utilization: used of used and not used, AC this period, PP the one before. "
                "Without it: the same usage at contracted prices, or at list."
            ),
            reasons(frame[frame["role"] == "item"]),
        ],
        ordered=False,
        section=section,
    )


def _message(frame: pd.DataFrame, say: Facts) -> str:
    unit = f"{look.THIN}{say.scale.unit}"
    if not say.has("total", "utilization_share"):
        covered = say.amount("total", "covered")
        return f"Commitments cover usage of {covered}{unit}; the bill does not say what they cost"
    text = f"Commitments were used to {say.rate('total', 'utilization_share')}"
    if say.has("total", "saved"):
        gain = float(str(say.value("total", "saved"))) >= 0
        saved = say.amount("total", "saved", magnitude=True)
        text += f" and {'saved' if gain else 'lost'} {saved}{unit}"
    known = frame["utilization_share"].notna()
    items = setting.records(frame[(frame["role"] == "item") & known])
    if len(items) < 2:  # noqa: PLR2004 (the least used of several)
        return text
    least = min(items, key=lambda item: float(item["utilization_share"]))
    share = say.rate(str(least["row_key"]), "utilization_share")
    return f"{text}; {least['label']} was used least, {share}"
