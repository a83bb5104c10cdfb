"""Deferred revenue: the roll-forward, and when the closing balance will be earned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, reasons, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit


def deferred_revenue(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "deferred-revenue",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print how deferred revenue came from opening to closing, and when it will be earned.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.deferred_revenue`, amounts in reporting currency.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per product and the total; one sentence where every invoice is earned in the month
        in which it is billed, and one line where the book has no invoices.
    """
    if result.empty:
        return setting.absent(id, about, "invoices", section=section)
    frame = result.reset_index(drop=True)
    held = frame[["opening", "closing", "unbilled", "contract_assets"]].fillna(0)
    if not bool((held != 0).to_numpy().any()):
        text = (
            "No revenue is deferred: every invoice of the period is earned in the month in which "
            "it is billed."
        )
        return setting.said(id, text, about, section=section)
    balances = frame[["opening", "closing", "unbilled", "contract_assets"]].to_numpy().ravel()
    scale = look.money_scale(balances, setting.currency(about))
    say = Facts(id, frame, scale)
    due = bool((held[["unbilled", "contract_assets"]] != 0).to_numpy().any())
    ahead = bool(frame["within_3_months"].notna().any())
    cols = [
        Col("label", f"{scale.unit}", wide=True),
        Col("opening", "Opening", "money", swatch="previous"),
        Col("billed", "+ Billed", "money"),
        Col("recognized", f"{look.MINUS} Earned", "money"),
    ]
    cols += [Col("unbilled", "+ Unbilled", "money")] if due else []
    cols += [Col("fx", "± FX", "delta")] if bool((frame["fx"] != 0).any()) else []
    cols += [Col("closing", "Closing", "money", swatch="actual")]
    if ahead:
        cols += [
            Col("within_3_months", "3 months", "money", group="Earned in the next"),
            Col("within_12_months", "4 to 12", "money", group="Earned in the next"),
            Col("later", "Later", "money", group="Earned in the next"),
        ]
    cols += [Col("contract_assets", "Contract assets", "money")] if due else []
    return table(
        id,
        frame,
        cols,
        title=f"{setting.who(about)}deferred revenue in {scale.unit}{setting.when(about)}",
        message=_message(say),
        say=say,
        about=about,
        tables=("invoices",),
        notes=[_note(frame, due=due), reasons(frame)],
        ordered=False,
        section=section,
    )


def _message(say: Facts) -> str:
    unit = f"{look.THIN}{say.scale.unit}"
    text = (
        f"{say.amount('total', 'closing')}{unit} of what is billed is not earned yet, "
        f"{say.amount('total', 'opening')} before"
    )
    if say.has("total", "within_3_months") and float(str(say.value("total", "closing"))):
        text += f"; {say.amount('total', 'within_3_months')} will be in the next three months"
    if float(str(say.value("total", "contract_assets"))):
        text += f"; {say.amount('total', 'contract_assets')} is earned and not yet billed"
    return text


def _note(frame: pd.DataFrame, *, due: bool) -> str:
    text = f"Recognized {frame['method'].iloc[0]}; credit notes take back their invoice."
    if due:
        text += (
            " Unbilled: earned before it is billed, which is a contract asset and stands apart "
            "from the balance."
        )
    if bool((frame["role"] == "other").any()):
        text += " Other: smaller balances, and those whose invoices are earned as they are billed."
    return text
