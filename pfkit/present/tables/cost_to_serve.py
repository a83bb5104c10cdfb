"""Cost to serve: the customers that leave most, and those that take most back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.figures.cost_to_serve import NO_COST, NO_CUSTOMERS, meaning
from pfkit.present.tables.sheet import Col, table

if TYPE_CHECKING:
    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit


def cost_to_serve(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    best: int = 3,
    worst: int = 5,
    id: str = "cost-to-serve",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print the first and the last customers by result, and what all of them leave.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.cost_to_serve`, amounts in reporting currency.
    about : About, optional
        The book: company, period, sources.
    best, worst : int
        Customers shown from either end of the ranking; the others stand together.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        Its data hold the rows printed; the whole ranking is the whale curve's.
    """
    items = result[result["role"] == "item"] if len(result) else result
    if items.empty:
        return setting.absent(id, about, "invoices", section=section, otherwise=NO_CUSTOMERS)
    if not items["cost"].any():
        return setting.said(id, NO_COST, about, section=section)
    frame = _frame(result, items, best, worst)
    scale = look.money_scale(frame[["revenue", "cost"]].to_numpy().ravel(), setting.currency(about))
    say = Facts(id, frame, scale)
    return table(
        id,
        frame,
        [
            Col("label", f"Customer, {scale.unit}", wide=True),
            Col("revenue", "Revenue", "money"),
            Col("direct", "Direct", "money", group="Cost"),
            Col("allocated", "Shared", "money", group="Cost"),
            Col("result", "Result", "delta"),
            Col("result_rate", f"Result{look.THIN}%", "points", spoken="result % of revenue"),
        ],
        title=f"{setting.who(about)}cost to serve customers in {scale.unit}{setting.when(about)}",
        message=_message(frame, say),
        say=say,
        about=about,
        tables=("actuals", "invoices", "usage"),
        notes=(meaning(frame, scale),),
        section=section,
    )


def _frame(result: pd.DataFrame, items: pd.DataFrame, best: int, worst: int) -> pd.DataFrame:
    rest = items.iloc[best : len(items) - worst]
    sums = result[result["role"] != "item"]
    within = sums[sums["role"] == "memo"]  # parts of the total: beneath it, so it adds up once
    within = within.assign(label="of which " + within["label"].map(setting.spoken))
    parts = [sums[sums["role"] != "memo"], within]
    if len(rest) > 1:
        amounts = ["count", "revenue", "direct", "allocated", "cost", "result"]
        row = rest[amounts].sum().to_dict()
        row |= {"row_key": "between", "label": f"Between ({len(rest)})", "role": "other"}
        row["result_rate"] = row["result"] / row["revenue"] if row["revenue"] else None
        middle = pd.DataFrame([row]).reindex(columns=items.columns)
        middle = middle.astype({c: items[c].dtype for c in items.columns if c != "loses"})
        middle["loses"] = middle["loses"].astype("boolean")
        parts = [items.iloc[:best], middle, items.iloc[len(items) - worst :], *parts]
    else:
        parts = [items, *parts]
    return pd.concat(parts, ignore_index=True)


def _message(frame: pd.DataFrame, say: Facts) -> str:
    """Say who leaves most of what it pays, and who costs most more than it pays."""
    unit = f"{look.THIN}{say.scale.unit}"
    items = frame[frame["role"] == "item"]
    key, last = str(items["row_key"].iloc[0]), str(items["row_key"].iloc[-1])
    text = f"{items['label'].iloc[0]} leaves most: {say.amount(key, 'result')} of "
    text += f"{say.amount(key, 'revenue')}{unit} revenue"
    if last == key:
        return text
    lowest = items["label"].iloc[-1]
    if float(items["result"].iloc[-1]) < 0:
        return (
            f"{text}; {lowest} costs {say.amount(last, 'cost')}{unit} to serve and pays "
            f"{say.amount(last, 'revenue')}"
        )
    return f"{text}; {lowest} leaves least, {say.amount(last, 'result')}"
