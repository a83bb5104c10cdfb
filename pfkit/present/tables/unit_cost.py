"""Cost of one unit by driver, and what of the change of cost is volume and what the unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.figures.unit_cost import NO_COST, NO_UNITS, one_of
from pfkit.present.tables.sheet import Col, named_reasons, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.measures.unit_cost import UnitCost
    from pfkit.present.exhibit import Exhibit

_MEANING = (
    "Before: cost over units of the months before that the figure shows. Change of cost: against an"
    " average month before; of it volume: more units at what one cost before; of it unit: what one"
    " costs more or less, on the units of now. Rows do not add up: each counts the same cost by"
    " another unit."
)
_VOLUME, _UNIT = "volume", "unit"


def unit_cost(
    result: UnitCost,
    *,
    about: About | None = None,
    id: str = "unit-cost-change",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print what one unit of each driver costs, before and now, and why its cost moved.

    Parameters
    ----------
    result : UnitCost
        Result of `pfkit.unit_cost`, in reporting currency.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        A row per driver that has units; `cost_change` is `volume_effect` and `rate_effect`, and
        `mainly` says which of them is larger. One line where nothing has a cost per unit.
    """
    whole = result.table
    known = whole[whole["unit_cost"].notna()] if len(whole) else whole
    if known.empty:
        counted = len(whole) and bool(whole["units"].notna().any())
        why = NO_COST if counted else NO_UNITS
        return setting.absent(id, about, "invoices", section=section, otherwise=why)
    frame = whole.reset_index(drop=True).rename(columns={"change": "unit_change"})
    frame.insert(1, "unit", [setting.capital(one_of(str(label))) for label in frame["label"]])
    frame["label"] = frame["unit"]
    frame["cost_change"] = (frame["volume_effect"] + frame["rate_effect"]).round(2)
    larger = (frame["rate_effect"].abs() > frame["volume_effect"].abs()).fillna(value=False)
    frame["mainly"] = larger.map({True: _UNIT, False: _VOLUME}).where(
        frame["cost_change"].notna(), ""
    )
    money = setting.currency(about)
    scale = look.money_scale(
        frame[["cost", "volume_effect", "rate_effect"]].to_numpy().ravel(), money
    )
    say = Facts(id, frame, scale)
    each = f"Cost of one{f', {money}' if money else ''}"
    moved = f"Change of cost, {scale.unit}"
    cols = [
        Col("label", "Unit", wide=True),
        Col("units", "Units", "number", decimals=0),
        Col("cost", f"Cost, {scale.unit}", "money", swatch="actual"),
        Col("unit_cost", "Now", "number", decimals=2, group=each),
        Col("before", "Before", "number", decimals=2, group=each),
        Col("unit_change", "Change", "number", decimals=2, group=each),
        Col("change_rate", f"±{look.THIN}%", "points", group=each),
        Col("cost_change", "All", "delta", group=moved),
        Col("volume_effect", "of it volume", "delta", group=moved),
        Col("rate_effect", "of it unit", "delta", group=moved),
    ]
    return table(
        id,
        frame,
        cols,
        title=f"{setting.who(about)}cost of one unit and why cost moved{setting.when(about)}",
        message=_message(frame, say),
        say=say,
        about=about,
        tables=("actuals", "invoices"),
        notes=(_MEANING, named_reasons(frame)),
        ordered=False,
        section=section,
    )


def _message(frame: pd.DataFrame, say: Facts) -> str:
    """Say whether more units or dearer ones moved cost, and where most."""
    moved = frame[frame["mainly"] != ""]
    unit = f"{look.THIN}{say.scale.unit}"
    if moved.empty:
        row = frame[frame["unit_cost"].notna()].iloc[0]
        key, one = str(row["row_key"]), str(row["unit"]).lower()
        return (
            f"{say.amount(key, 'cost')}{unit} of cost is {say.number(key, 'unit_cost', decimals=2)}"
            f" per {one}; no months before say how it moves"
        )
    by_unit = int((moved["mainly"] == _UNIT).sum()) * 2 >= len(moved)
    column, other = ("rate_effect", "volume_effect")[:: 1 if by_unit else -1]
    mine = moved[moved["mainly"] == (_UNIT if by_unit else _VOLUME)]
    row = mine.loc[mine[column].abs().sort_values(kind="stable").index[-1]]
    key, one = str(row["row_key"]), str(row["unit"]).lower()
    what, less = ("what one unit costs", "volume")[:: 1 if by_unit else -1]
    text = f"Cost moves more by {what} than by {less}"
    if len(moved) > 1:
        count = say.count("mainly", _UNIT if by_unit else _VOLUME)
        whole = say.count("cost_change")
        text += f" on all {whole} units" if count == whole else f" on {count} of {whole} units"
        text += f", most per {one}" if count != "1" else f", per {one}"
    return f"{text}: {say.delta(key, column)}{unit} against {say.delta(key, other)}{unit}"
