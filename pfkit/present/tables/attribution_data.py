"""What features were measured on: customers and billing, with what was left out or moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, table
from pfkit.present.verdicts import UNATTRIBUTED, minus, silent

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.measures import Attribution
    from pfkit.present.exhibit import Exhibit

_CUSTOMERS, _GAP = "customers", "ledger less billing"
_LEFT_OUT = {"billing", "usage", "use before release"}


def attribution_data(
    found: Attribution,
    *,
    about: About | None = None,
    id: str = "attribution-data",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print what features were measured on, and what of it was left out or moved, with amounts.

    Parameters
    ----------
    found : Attribution
        Result of `pfkit.attribution`, amounts in reporting currency.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per remark on customers, billing and use. One line where nothing is attributed.
    """
    if found.features.empty or found.diagnostics.empty:
        return silent(found.features, id, about, section=section)
    frame = _frame(found.diagnostics)
    currency = setting.currency(about)
    say = Facts(id, frame, look.Scale(1, 2, currency))
    return table(
        id,
        frame,
        [
            Col("label", "Data"),
            Col("things", "Count", "count"),
            Col("amount", currency or "Amount", "money"),
            Col("says", "What it is", wide=True),
        ],
        title=(
            f"{setting.who(about)}data behind what features earned{setting.when(about)}: what was"
            f" counted, left out or moved{f', in {currency}' if currency else ''}"
        ),
        message=_message(frame, say),
        say=say,
        about=about,
        tables=("actuals", "invoices", "usage", "releases"),
        section=section,
    )


def _frame(diagnostics: pd.DataFrame) -> pd.DataFrame:
    """Return the remarks that speak of no single feature, and uses before a release."""
    kept = (diagnostics["feature"] == "") | diagnostics["check"].isin(_LEFT_OUT)
    rows = diagnostics[kept].reset_index(drop=True)
    value = rows["value"].astype("Float64")
    whole = (value == value.round()).fillna(value=False)
    told = rows["text"].map(minus).str.replace("not_identified", UNATTRIBUTED.lower())
    coefficient = value.map(lambda one: look.number(one, decimals=2, signed=True))
    rows["things"] = value.where(whole)
    rows["says"] = told.where(whole | value.isna(), coefficient + ": " + told)
    rows["left_out"] = rows["check"].isin(_LEFT_OUT)
    name = rows["check"].map(setting.capital)
    rows["label"] = name.where(rows["feature"] == "", name + ", " + rows["feature"])
    return rows


def _message(frame: pd.DataFrame, say: Facts) -> str:
    keys = dict(zip(frame["check"], frame["row_key"], strict=True))
    unit = f"{look.THIN}{say.scale.unit}" if say.scale.unit else ""
    text = f"Features are measured on {say.number(str(keys[_CUSTOMERS]), 'things')} customers"
    if _GAP in keys and say.has(str(keys[_GAP]), "amount"):
        apart = say.amount(str(keys[_GAP]), "amount", magnitude=True)
        text += f"; their billing is {apart}{unit} from the ledger"
    left = int(frame["left_out"].sum())
    if not left:
        return f"{text}, and nothing was left out or moved"
    remarks = "remark says" if left == 1 else "remarks say"
    return f"{text}, and {say.count('left_out', True)} {remarks} what was left out or moved"
