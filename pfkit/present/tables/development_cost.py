"""Development cost: what was spent, what of it is an asset, and what is written off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, named_reasons, table

if TYPE_CHECKING:
    from pfkit.contracts.about import About
    from pfkit.measures.development_cost import DevelopmentCost
    from pfkit.present.exhibit import Exhibit

_SUMS = ("hours", "cost", "expensed", "opening", "capitalized", "amortized", "closing")


def development_cost(
    result: DevelopmentCost,
    *,
    about: About | None = None,
    top: int = 6,
    id: str = "development-cost",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print development cost by initiative with the roll-forward of what is capitalized.

    Parameters
    ----------
    result : DevelopmentCost
        Result of `pfkit.development_cost`, in reporting currency.
    about : About, optional
        The book: company, period, sources.
    top : int
        Initiatives shown; the others stand together.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        Opening + capitalized - amortized = closing in every row.
    """
    if result.table.empty:
        return setting.absent(id, about, "effort", section=section)
    frame = _frame(result.table, top)
    scale = look.money_scale(frame[["cost", "closing"]].to_numpy().ravel(), setting.currency(about))
    say = Facts(id, frame, scale)
    by = "Product" if "product" in frame.columns else "Initiative"
    cost, asset = "Cost of the period", "Capitalized"
    return table(
        id,
        frame,
        [
            Col("label", f"{by}, {scale.unit}", wide=True),
            Col("hours", "Hours", "count", group=cost),
            Col("cost", "All", "money", group=cost),
            Col("expensed", "Expensed", "money", group=cost),
            Col("opening", "Opening", "money", group=asset),
            Col("capitalized", "+ Added", "money", group=asset),
            Col("amortized", f"{look.MINUS} Amortized", "money", group=asset),
            Col("closing", "= Closing", "money", group=asset),
            Col("left_months", "Months left", "count"),
        ],
        title=f"{setting.who(about)}development cost in {scale.unit}{setting.when(about)}",
        message=_message(say),
        say=say,
        about=about,
        tables=("effort", "initiatives", "milestones"),
        notes=(
            _MEANING,
            named_reasons(frame, lead=""),
        ),
        section=section,
    )


_MEANING = (
    "Hours at their loaded rate. On an initiative they are capitalized from its start to the month"
    " before it goes live, then amortized evenly; other hours are expensed. A view beside the"
    " ledger, which books payroll as it is paid."
)


def _frame(rows: pd.DataFrame, top: int) -> pd.DataFrame:
    frame = rows.rename(columns={"name": "label"})
    items = frame[frame["role"] == "item"]
    rest = items.iloc[top:]
    if len(rest) < 2:  # noqa: PLR2004 (one row stands for itself)
        return frame.reset_index(drop=True)
    row: dict[str, Any] = {"row_key": "rest", "label": f"Other ({len(rest)})", "role": "other"}
    row |= {name: round(float(rest[name].sum()), 2) for name in _SUMS} | {"reason": ""}
    other = pd.DataFrame([row]).reindex(columns=frame.columns).astype(frame.dtypes)
    stays = frame[frame["role"] != "item"]
    return pd.concat([items.iloc[:top], other, stays], ignore_index=True)


def _message(say: Facts) -> str:
    unit = f"{look.THIN}{say.scale.unit}"
    text = f"Development cost is {say.amount('total', 'cost')}{unit}"
    if not say.value("total", "closing") and not say.value("total", "opening"):
        return f"{text}, all of it expensed"
    added, written = say.amount("total", "capitalized"), say.amount("total", "amortized")
    text += f", of which {added} is capitalized; {written} of earlier work is amortized, so what"
    before, after = (float(str(say.value("total", name))) for name in ("opening", "closing"))
    verb = "grows" if after > before else "falls"
    return (
        f"{text} is capitalized {verb} from {say.amount('total', 'opening')}"
        f" to {say.amount('total', 'closing')}{unit}"
    )
