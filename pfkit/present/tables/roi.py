"""Initiatives: what each promised, what it has returned and what it is likely to return."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, named_reasons, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_AMOUNTS = ["invested_actual", "benefit_actual", "npv_plan", "npv_outlook"]
_OUTLOOKS = {
    "plan": (
        "The outlook assumes that plan is met from here on: actual to date and plan afterwards."
    ),
    "performance": (
        "The outlook goes by performance: what is still planned comes as late as it has come so"
        " far, benefit and running cost at the ratio of the last six months, outlay at the cost of"
        " what is done."
    ),
}


def roi(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "roi",  # noqa: A002 - the word for it
    section: str = "",
    comments: pd.DataFrame | None = None,
) -> Exhibit:
    """Print initiatives with investment, benefit, present value, rate of return and payback.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.roi`, amounts in reporting currency.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.
    comments : pandas.DataFrame, optional
        Result of `pfkit.comments`; their numbers are set beside the rows they speak about.

    Returns
    -------
    Exhibit
        One row per initiative and their total; one line where the book has no cash flows.
    """
    if result.empty:
        return setting.absent(id, about, "cashflows", section=section)
    frame = result.reset_index(drop=True)
    by = str(frame.columns[1])
    named = frame["name"].fillna("").astype(str)
    frame.insert(1, "label", named.where(named != "", frame[by].astype(str)))
    scale = look.money_scale(frame[_AMOUNTS].to_numpy().ravel(), setting.currency(about))
    say = Facts(id, frame, scale)
    return table(
        id,
        frame,
        _cols(frame, by, scale),
        title=(
            f"{setting.who(about)}return on initiatives in {scale.unit}, to"
            f" {frame['to_date'].iloc[-1]} and over their life: AC, PL, outlook by"
            f" {frame['outlook'].iloc[-1]}"
        ),
        message=_message(frame, say),
        say=say,
        about=about,
        tables=("initiatives", "cashflows"),
        notes=_notes(frame),
        ordered=False,
        section=section,
        marks=comments,
    )


def _cols(frame: pd.DataFrame, by: str, scale: look.Scale) -> list[Col]:
    to_date, worth, back = "To date", "NPV", "Payback, months"
    yearly = f"Return a year{look.THIN}%"
    cols = [Col("label", f"{setting.capital(by)}, {scale.unit}", wide=True)]
    if bool((frame["owner"].fillna("") != "").any()):
        cols.append(Col("owner", "Owner"))
    return [
        *cols,
        Col("invested_actual", "Invested", "money", group=to_date),
        Col("benefit_actual", "Benefit", "money", group=to_date),
        Col("benefit_share", f"of PL{look.THIN}%", "rate", decimals=0, group=to_date),
        Col("roi_rate", f"ROI{look.THIN}%", "rate", decimals=0, group=to_date),
        Col("npv_plan", "PL", "money", group=worth, spoken="plan"),
        Col("npv_outlook", "Outlook", "money", group=worth),
        Col("return_plan_rate", "PL", "rate", decimals=0, group=yearly, spoken="plan"),
        Col("return_outlook_rate", "Outlook", "rate", decimals=0, group=yearly),
        Col("payback_plan_months", "PL", "number", decimals=0, group=back, spoken="plan"),
        Col("payback_months", "Outlook", "number", decimals=0, group=back),
    ]


def _message(frame: pd.DataFrame, say: Facts) -> str:
    total = str(frame.loc[frame["role"] == "total", "row_key"].iloc[0])
    if not say.has(total, "npv_outlook"):
        taken = f"{say.amount(total, 'invested_actual')}{look.THIN}{say.scale.unit}"
        return f"Initiatives have taken {taken} so far"
    worth = f"{say.amount(total, 'npv_outlook')}{look.THIN}{say.scale.unit}"
    items = frame[frame["role"] == "item"]
    one = str(items["label"].iloc[0]) if len(items) == 1 else ""
    text = f"The net present value of {one or 'all initiatives'} is {worth} as it now looks"
    if say.has(total, "npv_plan"):
        text += f", against {say.amount(total, 'npv_plan')} promised"
    worst = _worst(frame)
    if worst is None:
        return text
    key, name = worst
    now, then = say.rate(key, "return_outlook_rate"), say.rate(key, "return_plan_rate")
    text += f"; {'it' if one else name} returns {now} a year against {then} promised"
    (slip,) = frame.loc[frame["row_key"] == key, "go_live_slip_days"].tolist()
    if not look.missing(slip) and int(slip) > 0:
        late = say.number(key, "go_live_slip_days")
        text += f", and its go-live slipped {late} day{'' if late == '1' else 's'}"
    return text


def _worst(frame: pd.DataFrame) -> tuple[str, str] | None:
    """Return key and name of the initiative that falls most short of the worth it promised."""
    needed = ["npv_plan", "npv_outlook", "return_plan_rate", "return_outlook_rate"]
    rows = [
        row
        for row in setting.records(frame[frame["role"] == "item"])
        if not any(look.missing(row[name]) for name in needed)
    ]
    short = [float(row["npv_plan"]) - float(row["npv_outlook"]) for row in rows]
    if not short or max(short) <= 0:
        return None
    worst = rows[short.index(max(short))]
    return str(worst["row_key"]), str(worst["label"])


def _notes(frame: pd.DataFrame) -> list[str]:
    modified = frame[["mirr_plan", "mirr_outlook"]].notna().any(axis=None)
    meaning = (
        "PL: the plan as approved. ROI return on investment: benefit and running cost less outlay,"
        " over outlay. NPV net present value at each initiative's hurdle rate. Return a year:"
        " internal rate of return; that of the total is of all flows together."
    )
    if bool(modified):
        meaning += " MIRR: modified rate of return, financed and reinvested at the hurdle rate."
    meaning += (
        " Payback in months from the first outlay, not discounted. Of PL: benefit to date as a"
        " share of the benefit planned over the life."
    )
    items = frame[frame["role"] == "item"]
    how = _OUTLOOKS.get(str(frame["outlook"].iloc[0]), "")
    return [how, meaning, named_reasons(items, column="warning", lead=""), named_reasons(items)]
