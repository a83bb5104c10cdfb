"""Recurring revenue by segment, product or month: movements, and what is retained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.figures.recurring_revenue import ABSENT, told
from pfkit.present.tables.sheet import Col, reasons, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_MOVES = ("new", "expansion", "reactivation", "contraction", "churn", "fx")
_RATES = ("nrr", "grr", "logo_churn_rate")
_HEADS = {
    "new": "New",
    "expansion": "Expan\u00adsion",
    "reactivation": "Reacti\u00advation",
    "contraction": "Contrac\u00adtion",
    "churn": "Churn",
    "fx": "FX",
}


def recurring_revenue(
    result: pd.DataFrame,
    retained: pd.DataFrame | None = None,
    *,
    about: About | None = None,
    top: int = 12,
    id: str = "recurring-revenue",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print the movements of recurring revenue, a row per segment, product or month.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.recurring_revenue`.
    retained : pandas.DataFrame, optional
        Result of `pfkit.retention` with the same `by`: net and gross retention and logo churn
        beside the movements.
    about : About, optional
        The book: company, period, sources.
    top : int
        Rows printed, the largest; the total and the data hold all.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per value and the total; one line where nothing recurs.
    """
    if result.empty:
        return setting.absent(id, about, "subscriptions", section=section, otherwise=ABSENT)
    frame = _beside(result.reset_index(drop=True), retained)
    items = frame[frame["role"] == "item"]
    printed = frame.drop(index=items.index[top:]).reset_index(drop=True)
    scale = look.money_scale(
        frame[["opening", *_MOVES, "closing"]].to_numpy().ravel(), setting.currency(about)
    )
    say = Facts(id, printed, scale)
    cols = [
        Col("label", f"{scale.unit} a month", wide=True),
        Col("opening", "Opening", "money", swatch="previous"),
        *(
            Col(name, _HEADS[name], "delta")
            for name in _MOVES
            if bool((frame[name].fillna(0) != 0).any())
        ),
        Col("closing", "Closing", "money", swatch="actual"),
        Col("closing_customers", "Cus\u00adtomers", "count"),
    ]
    if retained is not None and len(retained):
        cols += [
            Col("nrr", "NRR %", "rate", spoken="Net revenue retention in percent"),
            Col("grr", "GRR %", "rate", spoken="Gross revenue retention in percent"),
            Col("logo_churn_rate", "Logo churn %", "rate"),
        ]
    left = len(items) - top
    apart = str(frame["counted"].iloc[0]).partition(" and ")[2]
    by = f" by {apart}" if apart else ""
    notes = [
        f"Movements per {frame['counted'].iloc[0]}, at the rates of {frame['rate_of'].iloc[0]}.",
        told(retained),
        f"{left} smaller rows are in the total and in the data." if left > 0 else "",
        reasons(frame),
    ]
    return table(
        id,
        printed,
        cols,
        title=(
            f"{setting.who(about)}recurring revenue a month{by} in {scale.unit}"
            f"{setting.when(about)}"
        ),
        message=_message(printed, say),
        say=say,
        about=about,
        tables=("subscriptions", "invoices", "rates"),
        notes=notes,
        ordered=False,
        section=section,
    )


def _beside(frame: pd.DataFrame, retained: pd.DataFrame | None) -> pd.DataFrame:
    """Set retention beside movements where both have the row."""
    if retained is None or retained.empty:
        return frame
    kept = retained.set_index("label")[[*_RATES, "convention"]]
    return frame.join(kept, on="label")


def _message(frame: pd.DataFrame, say: Facts) -> str:
    unit = f"{look.THIN}{say.scale.unit}"
    if say.scale.zero(say.value("total", "fx")):
        moved, after = say.delta("total", "net_new"), say.amount("total", "closing")
        text = f"Recurring revenue moves by {moved}{unit} a month to {after}"
    else:  # what customers did is not the whole change
        before, after = say.amount("total", "opening"), say.amount("total", "closing")
        text = f"Recurring revenue moves from {before} to {after}{unit} a month"
        text += f", {say.delta('total', 'net_new')} from customers"
        text += f" and {say.delta('total', 'fx')} from exchange rates"
    items = frame[(frame["role"] == "item") & (frame["net_new"].fillna(0) != 0)]
    for up, words in ((True, "gains most"), (False, "loses most")):
        mine = items[(items["net_new"] > 0) == up]
        if len(mine) and len(items) > 1 and not say.scale.zero(mine["net_new"].abs().max()):
            row = mine.iloc[int(mine["net_new"].abs().to_numpy().argmax())]
            text += f"; {row['label']} {words} ({say.delta(str(row['row_key']), 'net_new')})"
    return text
