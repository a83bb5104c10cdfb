"""Joins: numerator, denominator and what does not join, between product and finance records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_ONE_SIDE = (
    "Usage and finance records are not joined: the book has no products with both for this period."
)


def joins(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "joins",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print how many products and months have both product and finance records, and which lack one.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.joins`, amounts in reporting currency.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        Per span the share of cells and of revenue that join, and the products that do not. One
        line where the book has only one of the sides.
    """
    if result.empty:
        return setting.absent(id, about, "usage", section=section, otherwise=_ONE_SIDE)
    frame = result.reset_index(drop=True)
    frame["what"] = frame["product"].where(frame["role"] != "subtotal", frame["span"])
    scale = look.money_scale(frame["revenue"].tolist(), setting.currency(about))
    say = Facts(id, frame, scale)
    cols = [
        Col("what", "Span, product"),
        Col("joined", "Joined", "count"),
        Col("cells", "Cells", "count"),
        Col("join_rate", "Share", "rate"),
        Col("revenue_joined", "Joined revenue", "money"),
        Col("revenue", "Revenue", "money"),
        Col("revenue_rate", "Share", "rate", spoken="share of revenue"),
        Col("units", "Units", "count"),
        Col("metric", "Metric"),
        Col("lacks", "Lacks", wide=True),
    ]
    return table(
        id,
        frame,
        cols,
        title=f"{setting.who(about)}products and months with product and finance records, "
        f"revenue in {scale.unit}",
        message=_message(frame, say),
        say=say,
        about=about,
        tables=("usage", "actuals", "invoices"),
        notes=[
            (
                "A cell is a product in a month with a usage record or a ledger or invoice row; "
                "joined: with both. Rows without a product are no cell. Revenue is net, as booked, "
                "or as billed where nothing is booked."
            )
        ],
        section=section,
    )


def _message(frame: pd.DataFrame, say: Facts) -> str:
    first = str(frame["row_key"].iloc[0])
    share = say.rate(first, "join_rate")
    text = f"{share} of products and months have usage and finance records"
    if say.has(first, "revenue_rate"):
        text += f", with {say.rate(first, 'revenue_rate')} of revenue"
    items = frame[(frame["role"] == "item") & frame["row_key"].str.startswith("period|")]
    if items.empty:
        return text
    worst = items.iloc[0]
    return f"{text}; {worst['product']} has no {worst['lacks'].replace(' and ', ' or ')}"
