"""Data and controls: what was tied, and that nothing was lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.measures import controls as ordered_controls
from pfkit.measures import held_back
from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, reasons, table

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_CENTS_BELOW = 1e10
_STATES = ("red", "amber", "green")


def exact(about: About | None, values: Iterable[object] = ()) -> look.Scale:
    """Return a scale that prints every cent, as what must tie does, where cents have room."""
    sizes = [abs(float(value)) for value in values if not look.missing(value)]  # type: ignore[arg-type]
    money = setting.currency(about)
    if max(sizes, default=0.0) < _CENTS_BELOW:
        return look.Scale(1, 2, money)
    return look.Scale(1000, 1, f"k{money}" if money else "thousands")


def controls(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    top: int = 20,
    id: str = "controls",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print the controls, what is wrong first; a red one stamps the report DRAFT.

    Parameters
    ----------
    result : pandas.DataFrame
        ``book.controls`` or the result of `pfkit.controls`.
    about : About, optional
        The book: company, period, sources.
    top : int
        Rows shown one by one; the rest stand together per state.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        With ``state``: the worst state of all controls. Green ones are printed where all are.
    """
    if result.empty:
        return setting.absent(id, about, "controls", section=section)
    frame = result if "role" in result.columns else ordered_controls(result, top=top)
    frame = frame.reset_index(drop=True)
    worst = next((state for state in _STATES if bool((frame["state"] == state).any())), "green")
    say = Facts(id, frame, exact(about))
    cols = [
        Col("control", "Control"),
        Col("source", "Source"),
        Col("state", "State", "state"),
        Col("expected", "Expected", "money"),
        Col("actual", "Actual", "money"),
        Col("difference", "Difference", "delta"),
        Col("finding", "Finding", wide=True),
    ]
    detail = frame["detail"].fillna("").astype(str)
    advice = frame["advice"].fillna("").astype(str)
    calm = (frame["state"] == "green") | (advice == "")
    frame["finding"] = detail.where(calm, detail + " → " + advice)
    return table(
        id,
        frame,
        cols,
        title=f"{setting.who(about)}controls in {setting.currency(about)}{setting.when(about)}",
        message=_controls_message(frame, say),
        say=say,
        about=about,
        tables=(),
        notes=["Red: above materiality. Amber: below it, or a check that could not run."],
        section=section,
        state=worst,
        kept=None if worst == "green" else (frame["state"] != "green").tolist(),
        left="rows of green controls",
    )


def _controls_message(frame: pd.DataFrame, say: Facts) -> str:
    counts = {state: int(frame.loc[frame["state"] == state, "count"].sum()) for state in _STATES}
    total = sum(counts.values())
    folded = bool((frame["role"] == "other").any())
    for state in ("red", "amber"):
        rows = frame[frame["state"] == state]
        if rows.empty:
            continue
        whole = bool((rows["role"] == "other").any())
        head = "Several" if whole else say.count("state", state)
        first = rows.iloc[0]
        named, source = str(first["control"]), str(first["source"])
        named += "" if named.lower().endswith(source.lower()) else f" of {source}"
        text = (
            f"{head} control is {state}: {named}"
            if head == "1"
            else f"{head} controls are {state}, first of them {named}"
        )
        if say.has(str(first["row_key"]), "difference"):
            size = say.delta(str(first["row_key"]), "difference")
            text += f" ({size}{look.THIN}{say.scale.unit})"
        return text if state == "red" else f"No control is red; {text[0].lower()}{text[1:]}"
    if total == 1:
        return "The one control is green"
    return (
        "All controls are green"
        if folded
        else f"All {say.count('state', 'green')} controls are green"
    )


def balance(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "balance",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print rows and amount in, accepted, quarantined and excluded, per source.

    Parameters
    ----------
    result : pandas.DataFrame
        ``book.balance`` or the result of `pfkit.held_back`.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per source and table, and their total; those accepted whole are not printed where
        others are. ``state`` is red where one does not close.
    """
    if result.empty:
        return setting.absent(id, about, "balance", section=section)
    frame = result if "closes" in result.columns else held_back(result)
    frame = frame.reset_index(drop=True)
    say = Facts(id, frame, exact(about, frame["amount_in"]))
    cols = [Col("source", "Source", wide=True), Col("table", "Table")]
    words = {
        "in": "In",
        "accepted": "Accepted",
        "quarantined": "Quarantined",
        "excluded": "Excluded",
    }
    cols += [Col(f"rows_{name}", word, "count", group="Rows") for name, word in words.items()]
    cols += [
        Col(f"amount_{name}", word, "money", group=f"Amount, {say.scale.unit}")
        for name, word in words.items()
    ]
    cols.append(Col("held_share", f"Set aside{look.THIN}%", "rate"))
    open_rows = frame[frame["closes"] == False]  # noqa: E712 - NA is neither
    total = str(frame["row_key"].iloc[-1])
    rows_in = say.number(total, "rows_in")
    aside = frame["rows_quarantined"] + frame["rows_excluded"] > 0
    kept = aside | (frame["closes"] == False) | (frame["role"] == "total")  # noqa: E712
    if len(open_rows):
        message = f"The balance of {open_rows['source'].iloc[0]} does not close"
    else:
        held = say.number(total, "rows_quarantined")
        out = say.number(total, "rows_excluded")
        message = f"All {rows_in} rows are accounted for: {held} quarantined, {out} excluded"
    return table(
        id,
        frame,
        cols,
        title=f"{setting.who(about)}balance of everything read",
        message=message,
        say=say,
        about=about,
        tables=(),
        notes=[
            "In = accepted + quarantined + excluded, to the row and the cent.",
            "Set aside: quarantined and excluded. Months across count as rows of their own.",
            reasons(frame),
        ],
        section=section,
        state="red" if len(open_rows) else "green",
        kept=kept.tolist() if bool(aside.any()) else None,
        left="rows of sources that were accepted whole",
    )
