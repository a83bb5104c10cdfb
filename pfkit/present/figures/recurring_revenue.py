"""The recurring-revenue bridge: from the month before to the period's end, by movement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.measures.paid import MOVES
from pfkit.present import look, sentences, setting
from pfkit.present.exhibit import Exhibit
from pfkit.present.facts import Facts
from pfkit.present.figures.bridge import draw_steps, in_words, step_columns, walked

if TYPE_CHECKING:
    from pfkit.contracts.about import About

ABSENT = (
    "There is no recurring revenue: add a source for table subscriptions, or recurring = true to a "
    "line of [statement] in book.toml."
)
NAMES = {
    "new": "New customers",
    "expansion": "Expansion",
    "reactivation": "Reactivation",
    "contraction": "Contraction",
    "churn": "Churn",
    "fx": "Exchange rates",
}
_SPOKEN = {"new": "new customers", "fx": "exchange rates"}
_PEOPLE = {"new": "new", "reactivation": "reactivated", "churn": "churned"}
_MEASURE = "Recurring revenue"
_CUT = "The axis is cut: bars of start and end do not begin at zero."


def recurring_revenue(
    result: pd.DataFrame,
    retained: pd.DataFrame | None = None,
    *,
    about: About | None = None,
    id: str = "recurring-revenue-bridge",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Draw how recurring revenue came from its opening to its closing, a bar per movement.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.recurring_revenue`; its total is drawn.
    retained : pandas.DataFrame, optional
        Result of `pfkit.retention`; its total stands in the message, with its convention.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        Bars that add up; one line where nothing recurs.
    """
    if result.empty:
        return setting.absent(id, about, "subscriptions", section=section, otherwise=ABSENT)
    total = result[result["role"] == "total"].iloc[0]
    frame = _steps(total, retained)
    scale = look.money_scale(frame["amount"].tolist(), setting.currency(about))
    say = Facts(id, frame, scale)
    message = _message(frame, say, retained)
    drawing, broken = draw_steps(frame, scale, _MEASURE)
    between = "from the month before the period to its end, by movement"
    return Exhibit(
        id=id,
        kind="figure",
        title=(
            f"{setting.who(about)}recurring revenue a month in {scale.unit}"
            f"{setting.when(about)}, {between}"
        ),
        message=message,
        data=frame,
        body=drawing,
        columns=step_columns(frame, about),
        unit=scale.unit,
        source=setting.source(about, "subscriptions", "invoices", "rates"),
        as_of=setting.as_of(about),
        notes=tuple(note for note in (_note(total), told(retained), _CUT * broken) if note),
        alt=in_words(frame, scale, _MEASURE, between),
        facts=say.facts,
        section=section,
        bridge=walked(frame),
    )


def _steps(total: pd.Series, retained: pd.DataFrame | None) -> pd.DataFrame:
    """Return the walk with how many customers each step is, and retention beside the end."""
    rows: list[dict[str, Any]] = [
        _row("start", "previous", "start", total["opening"], total["opening_customers"])
    ]
    reached = float(total["opening"])
    for name in (*MOVES, "fx"):
        amount = float(total[name])
        if amount:
            reached += amount
            count = total[f"{_PEOPLE[name]}_customers"] if name in _PEOPLE else None
            rows.append(
                _row(name, NAMES[name], "step", amount, count)
                | {"cumulative": round(reached, 2)}
                | {"favorable": None if name == "fx" else amount > 0}
            )
    rows.append(_row("end", "actual", "end", total["closing"], total["closing_customers"]))
    if retained is not None and len(retained):
        kept = retained[retained["row_key"] == "total"]
        if len(kept):
            rows[-1] |= {name: kept[name].iloc[0] for name in ("nrr", "grr", "logo_churn_rate")}
            rows[-1]["window_months"] = kept["window_months"].iloc[0]
    frame = pd.DataFrame(rows)
    rates = ("nrr", "grr", "logo_churn_rate")
    kinds = dict.fromkeys(("amount", "cumulative", *rates), "Float64")
    kinds |= {"count": "Int64", "window_months": "Int64", "favorable": "boolean"}
    return frame.astype(kinds)


def _row(key: str, step: str, role: str, amount: object, count: object) -> dict[str, Any]:
    blank = dict.fromkeys(("nrr", "grr", "logo_churn_rate", "window_months"))
    return {
        "row_key": key,
        "step": step,
        "role": role,
        "count": count,
        "amount": amount,
        "cumulative": amount,
        "favorable": None,
    } | blank


def _message(frame: pd.DataFrame, say: Facts, retained: pd.DataFrame | None) -> str:
    unit = f"{look.THIN}{say.scale.unit}"
    text = (
        f"Recurring revenue is {say.amount('end', 'amount')}{unit} a month against "
        f"{say.amount('start', 'amount')} before"
    )
    steps = frame[frame["role"] == "step"]
    if steps.empty:
        return f"{text}; nothing moved"
    for up, words in ((True, "adds most"), (False, "takes most")):
        mine = steps[(steps["amount"] > 0) == up]
        if len(mine):
            key = str(mine["row_key"].iloc[int(mine["amount"].abs().to_numpy().argmax())])
            name = _SPOKEN.get(key, key)
            verb = words.replace("s ", " ", 1) if key in _SPOKEN else words
            text += f"; {name} {verb} ({say.delta(key, 'amount')})"
    if retained is None or not say.has("end", "nrr"):
        return text
    months = say.number("end", "window_months")
    rates = [f"{say.rate('end', 'nrr')} net", f"{say.rate('end', 'grr')} gross"]
    ago = f"{months} month{'' if months == '1' else 's'} ago"
    return f"{text}; of what was paid {ago} {sentences.joined(rates)} are retained"


def _note(total: pd.Series) -> str:
    text = (
        f"Movements per {total['counted']}, at the rates of {total['rate_of']}; exchange rates are "
        "the opening at these rates less the opening as reported."
    )
    return f"{text} {setting.capital(str(total['reason']))}." if total["reason"] else text


def told(retained: pd.DataFrame | None) -> str:
    """Name the convention of retention, or why there is none."""
    if retained is None or retained.empty:
        return ""
    last = retained.iloc[-1]
    if look.missing(last["nrr"]):
        return f"No retention: {last['reason']}."
    return (
        f"Retention over {last['window_months']} months: {last['convention']}; net with expansion, "
        "gross without, both at constant rates."
    )
