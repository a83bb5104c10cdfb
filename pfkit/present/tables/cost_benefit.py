"""Cards of initiatives: cost and benefit against doing nothing, and the room there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, named_reasons, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_SPOKEN = "share of the benefit in percent at which it breaks even"
_MEANING = (
    "At the hurdle rate. Cost, benefit and gain are valued at an initiative's first month, going on"
    " at the month after the report. Break-even: the share of the benefit at which the gain over"
    " doing nothing is zero. Going on: what is still to come against stopping now; what is spent is"
    " spent."
)


def cost_benefit(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "cost-benefit",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print cost, benefit and break-even of initiatives, the largest gain first.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.cost_benefit`, in reporting currency.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        A row per initiative; the driver's columns where one is named.
    """
    if result.empty or bool(result["gain"].isna().all()):
        return setting.absent(id, about, "cashflows", section=section)
    frame = result.reset_index(drop=True)
    label = frame["name"].where(frame["name"] != "", frame["initiative"])
    frame.insert(1, "label", label)
    frame["cost"] = frame["outlay"] + frame["running"]
    frame["earns"] = frame["gain"] >= 0
    frame["goes_on"] = frame["ahead"] >= 0
    scale = look.money_scale(frame[["benefit", "gain"]].to_numpy().ravel(), setting.currency(about))
    say = Facts(id, frame, scale)
    cols = [
        Col("label", f"Initiative, {scale.unit}", wide=True),
        Col("cost", "Cost", "money"),
        Col("benefit", "Benefit", "money"),
    ]
    if bool((frame["base"].fillna(0) != 0).any()):
        cols.append(Col("base", "Doing nothing", "money"))
    cols += [
        Col("gain", "Gain", "delta", good="earns"),
        Col("break_even_share", f"Break-even{look.THIN}%", "rate", decimals=0, spoken=_SPOKEN),
    ]
    if bool((frame["driver"] != "").any()):
        cols += [
            Col("driver", "Driver"),
            Col("break_even_units", "Needs", "count"),
            Col("unit_value", "Worth a unit", "number", decimals=0),
        ]
    cols += [Col("ahead", "Going on", "delta", good="goes_on"), Col("state", "State")]
    return table(
        id,
        frame,
        cols,
        title=(
            f"{setting.who(about)}cost and benefit against doing nothing in {scale.unit}"
            f"{setting.when(about)}"
        ),
        message=_message(frame, say),
        say=say,
        about=about,
        tables=("initiatives", "cashflows"),
        notes=(_MEANING, named_reasons(frame, lead="Outlook: ")),
        section=section,
    )


def _message(frame: pd.DataFrame, say: Facts) -> str:
    unit = f"{look.THIN}{say.scale.unit}"
    pays, whole = say.count("state", equals="pays"), say.count("label")
    text = f"{pays} of {whole} initiatives pay, {say.delta('total', 'gain')}{unit} in all"
    items = frame[frame["role"] == "item"]
    late = items[items["state"] == "pays from here on"]
    if len(late) == 1:
        need = say.rate(str(late["row_key"].iloc[0]), "break_even_share")
        text += f"; {late['label'].iloc[0]} pays only from here on: in all it needs {need}"
        text += " of its benefit"
    elif len(late):
        text += f"; {say.count('state', equals='pays from here on')} only from here on"
    stop = items[items["state"] == "does not pay"]
    if len(stop):
        row = stop.iloc[int(stop["gain"].to_numpy(dtype="float64").argmin())]
        key = str(row["row_key"])
        text += f"; {row['label']} does not pay ({say.delta(key, 'gain')}{unit}"
        more = say.has(key, "break_even_share")
        text += f", needs {say.rate(key, 'break_even_share')} of its benefit)" if more else ")"
        return text
    tight = items[items["room_share"].notna() & (items["state"] == "pays")]
    if len(tight):
        row = tight.iloc[int(tight["room_share"].to_numpy(dtype="float64").argmin())]
        key = str(row["row_key"])
        text += f"; {row['label']} has least room: it needs {say.rate(key, 'break_even_share')}"
        text += " of its benefit"
    return text
