"""Initiatives: what each promised, what it has returned and what it is likely to return."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_AMOUNTS = ["approved_amount", "invested_actual", "benefit_actual", "npv_plan", "npv_outlook"]


def roi(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "roi",  # noqa: A002 - the word for it
    section: str = "",
    comments: pd.DataFrame | None = None,
) -> Exhibit:
    """Print initiatives with investment, benefit, return, net present value and payback.

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
            f" {frame['to_date'].iloc[-1]} and over their life: AC, PL"
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
    to_date, worth, back = "To date", "NPV over its life", "Payback, months"
    cols = [Col("label", f"{setting.capital(by)}, {scale.unit}", wide=True)]
    cols += [
        Col(name, setting.capital(name))
        for name in ("owner", "status")
        if bool((frame[name].fillna("") != "").any())
    ]
    if bool(frame["approved_amount"].notna().any()):
        cols.append(Col("approved_amount", "Approved", "money"))
    return [
        *cols,
        Col("invested_actual", "Invested", "money", group=to_date),
        Col("benefit_actual", "Benefit", "money", group=to_date),
        Col("benefit_share", f"of PL{look.THIN}%", "rate", decimals=0, group=to_date),
        Col("roi_rate", f"ROI{look.THIN}% AC", "rate", decimals=0, group=to_date),
        Col("roi_plan_to_date_rate", f"ROI{look.THIN}% PL", "rate", decimals=0, group=to_date),
        Col("npv_plan", "PL", "money", group=worth),
        Col("npv_outlook", "Outlook", "money", group=worth),
        Col("payback_plan_months", "PL", "number", decimals=0, group=back),
        Col("payback_months", "Outlook", "number", decimals=0, group=back),
    ]


def _message(frame: pd.DataFrame, say: Facts) -> str:
    total = str(frame.loc[frame["role"] == "total", "row_key"].iloc[0])
    parts = []
    if say.has(total, "npv_outlook"):
        worth = say.amount(total, "npv_outlook")
        text = f"The net present value of all initiatives is {worth}{look.THIN}{say.scale.unit}"
        if say.has(total, "npv_plan"):
            text += f" as it now looks, against {say.amount(total, 'npv_plan')} promised"
        parts.append(text)
    else:
        text = f"Initiatives have taken {say.amount(total, 'invested_actual')}{look.THIN}"
        parts.append(f"{text}{say.scale.unit} so far")
    over = say.count("over_approved", equals=True)
    if over == "0":
        say.found.pop()
    else:
        verb = "has" if over == "1" else "have"
        parts.append(f"{over} of {say.count('role')} {verb} spent more than approved")
    return "; ".join(parts)


def _notes(frame: pd.DataFrame) -> list[str]:
    meaning = (
        "ROI return on investment: benefit and running cost less outlay, over outlay. NPV net"
        " present value at each initiative's hurdle rate. Payback in months from the first"
        " outlay. The outlook assumes that plan is met from here"
        " on: actual to date and plan afterwards. Of PL: benefit to date as a share of the benefit"
        " planned over the life."
    )
    items = frame[frame["role"] == "item"]
    told = [
        f"{record['label']}: {record['reason']}"
        for record in setting.records(items)
        if not look.missing(record["reason"]) and record["reason"]
    ]
    return [meaning, f"{look.MISSING} not available: {'. '.join(told[:4])}." if told else ""]
