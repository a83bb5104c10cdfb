"""Billing against the ledger: what differs, month by month, and the class of its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.measures.billing_ledger import CLASSES
from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_HEADS = {
    "rounding": "Rounding",
    "not_deferred": "Not deferred",
    "unmapped": "No mapping",
    "held_back": "Held back",
    "timing": "Other month",
    "manual": "By hand",
    "unexplained": "Unex\u00adplained",
}


def billing_ledger(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "billing-ledger",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print what the ledger's revenue differs from what is recognized, and why.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.billing_ledger`, amounts in reporting currency.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        Rows that differ and the total; one sentence where all tie, and one line where the book has
        no months of both.
    """
    if result.empty:
        text = "Billing is not held against the ledger: no month of the period has both."
        return setting.absent(id, about, "invoices", section=section, otherwise=text)
    frame = result.reset_index(drop=True)
    apart = frame["deferred_difference"].fillna(0) != 0
    kept = (frame["role"] == "total") | (frame["difference"] != 0) | apart
    shown = frame[kept].reset_index(drop=True)
    classes = [name for name in CLASSES if bool((shown[name] != 0).any())]
    scale = look.Scale(1, 2, setting.currency(about) or "units")
    say = Facts(id, shown, scale)
    if len(shown) == 1 and not classes and not bool(apart.any()):
        text = (
            "Revenue in the ledger is what billing says is earned, in every row"
            f"{setting.when(about)}."
        )
        return setting.said(id, text, about, section=section)
    cols = [
        Col("label", f"{scale.unit}", wide=True),
        Col("recognized", "Earned in billing", "money"),
        Col("ledger_revenue", "Revenue in the ledger", "money", swatch="actual"),
        Col("difference", "Difference", "delta"),
        *(Col(name, _HEADS[name], "delta", group="Of which") for name in classes),
    ]
    if bool(frame["deferred_difference"].notna().any()):
        cols.append(Col("deferred_difference", "Deferred, difference", "delta"))
    hidden = len(frame) - len(shown)
    return table(
        id,
        shown,
        cols,
        title=f"{setting.who(about)}billing and the ledger in {scale.unit}{setting.when(about)}",
        message=_message(shown, say, classes),
        say=say,
        about=about,
        tables=("invoices", "actuals"),
        notes=[_note(shown), f"{hidden} rows tie and are not printed." if hidden else ""],
        ordered=False,
        section=section,
    )


def _message(shown: pd.DataFrame, say: Facts, classes: list[str]) -> str:
    unit = f"{look.THIN}{say.scale.unit}"
    text = f"Revenue in the ledger differs from billing by {say.delta('total', 'difference')}{unit}"
    named = [name for name in classes if name != "unexplained"]
    whole = shown[shown["row_key"] == "total"].iloc[0]
    for name in named:
        if float(whole[name]):
            text += f"; {say.delta('total', name)} {_SAID[name]}"
    if "unexplained" not in classes:
        return f"{text}; nothing is unexplained"
    return f"{text}; {say.delta('total', 'unexplained')} is unexplained"


_SAID = {
    "rounding": "is rounding",
    "not_deferred": "is booked when billed and not when earned",
    "unmapped": "is of products without a mapping",
    "held_back": "is billing that is held back",
    "timing": "is booked in another month",
    "manual": "is entered by hand",
}


def _note(shown: pd.DataFrame) -> str:
    row = shown.iloc[-1]
    text = f"Difference: the ledger ({row['accounts']}) less billing. Compared: {row['compared']}."
    return f"{text} {setting.capital(str(row['reason']))}." if row["reason"] else text
