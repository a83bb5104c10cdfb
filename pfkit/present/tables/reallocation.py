"""Proposed moves of hours between products, and what they would be worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, table

if TYPE_CHECKING:
    from pfkit.contracts.about import About
    from pfkit.measures.reallocation import Reallocation
    from pfkit.present.exhibit import Exhibit

_NO_MOVE = "No hours to move: every product brings the same an hour, or the limits allow no move."


def reallocation(
    result: Reallocation,
    *,
    about: About | None = None,
    top: int = 5,
    id: str = "reallocation",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print the most valuable moves of hours, and which limit binds hardest.

    Parameters
    ----------
    result : Reallocation
        Result of `pfkit.reallocation`.
    about : About, optional
        The book: company, period, sources.
    top : int
        Moves shown; the others stand together.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        Its message says that the value is an estimate by averages.
    """
    items = result.moves[result.moves["role"] == "item"]
    if items.empty:
        return setting.absent(id, about, "effort", section=section, otherwise=_NO_MOVE)
    frame = _frame(result.moves, items, top)
    scale = look.money_scale(frame["value"].to_numpy(), setting.currency(about))
    say = Facts(id, frame, scale)
    unit = f"{look.THIN}{scale.unit}"
    best = str(items["row_key"].iloc[0])
    message = (
        f"{say.number('total', 'hours')} hours could move, worth {say.amount('total', 'value')}"
        f"{unit} if they earn what the average hour of their product earns; "
        f"{items['label'].iloc[0]} brings most, {say.amount(best, 'value')}{unit}"
    )
    return table(
        id,
        frame,
        [
            Col("label", "Move", wide=True),
            Col("hours", "Hours", "count"),
            Col("value_per_hour", "Gain an hour", "number", decimals=2),
            Col("value", f"Value, {scale.unit}", "money"),
        ],
        title=f"{setting.who(about)}hours that could work for other products{setting.when(about)}",
        message=message,
        say=say,
        about=about,
        tables=("effort", "capacity", "actuals"),
        notes=(_limits(result), _MEANING),
        section=section,
    )


_MEANING = (
    "A linear program within limits of roles and of what a product can give up and take on. An"
    " estimate for a talk, not a saving: the next hour may earn less than the average one."
)


def _frame(moves: pd.DataFrame, items: pd.DataFrame, top: int) -> pd.DataFrame:
    rest = items.iloc[top:]
    total = moves[moves["role"] == "total"]
    if len(rest) < 2:  # noqa: PLR2004 (one row stands for itself)
        return moves.reset_index(drop=True)
    row: dict[str, Any] = {"row_key": "other", "label": f"Other ({len(rest)})", "role": "other"}
    row |= {name: round(float(rest[name].sum()), 2) for name in ("hours", "value")}
    other = pd.DataFrame([row]).reindex(columns=moves.columns).astype(moves.dtypes)
    return pd.concat([items.iloc[:top], other, total], ignore_index=True)


def _limits(result: Reallocation) -> str:
    if result.limits.empty:
        return ""
    row = setting.records(result.limits)[0]
    does = "take on" if row["limit"] == "take" else "give up"
    price = look.number(row["shadow_price"], decimals=2)
    return (
        f"{len(result.limits)} limits bind; one more {row['effort_role']} hour that "
        f"{row['product']} could {does} would add {price}."
    )
