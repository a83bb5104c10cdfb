"""How likely each line meets its budget for the year: where it lands, how sure, beside plan."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from pfkit.measures.ahead import levels
from pfkit.measures.outlook import OPEN, OVER, UNDER
from pfkit.measures.rows import JOIN
from pfkit.measures.year_forecast import EVERY
from pfkit.present import look, outlooks, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

YEAR = "year"
_ROLES = {"item": 0, "subtotal": 1, "total": 2}
_LIES = {OPEN: "inside", OVER: "below", UNDER: "above"}
_SAID = {"inside": "holds plan", "below": "lies above plan", "above": "lies below plan"}
_MONEY = re.compile(r"actual_to_date|mean|(lo|hi)\d+|budget|variance")
_LACKING = "without budget"
_EVEN = 0.5


def year_forecast(
    result: pd.DataFrame,
    *,
    what: str = "Product",
    measure: str = "Net revenue",
    top: int = 8,
    about: About | None = None,
    id: str = "year-forecast",  # noqa: A002 - the word for it
    section: str = "",
    statement: pd.DataFrame | None = None,
) -> Exhibit:
    """Print where the year of each line lands, and how likely it meets its budget.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.year_forecast`, in reporting currency.
    what : str
        What a line is.
    measure : str
        What is forecast.
    top : int
        Lines printed, the largest first; families and the total are always printed, and the data
        hold every line, what remains of the year, and its quarters.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.
    statement : pandas.DataFrame, optional
        Result of `pfkit.contribution_margins` that the report shows too; where it sees another
        year of net revenue, a note names its amount and why.

    Returns
    -------
    Exhibit
        One row per line, family and total; one line of text where nothing is forecast.
    """
    if result.empty:
        return setting.absent(id, about, "statement", section=section)
    frame = _ordered(result)
    level = f"{levels(frame)[0]}"
    low, high = f"lo{level}", f"hi{level}"
    amounts = frame.loc[frame["span"] == YEAR, ["actual_to_date", "mean", "budget", low, high]]
    scale = look.money_scale(
        amounts.to_numpy(dtype="float64", na_value=math.nan).ravel(), setting.currency(about)
    )
    say = Facts(id, frame, scale)
    planned = bool((frame["lies"] != "").any())
    own, others = outlooks.of_forecast(result), outlooks.of_statement(statement)
    exhibit = table(
        id,
        frame,
        _cols(frame, (low, high), what=what, unit=scale.unit, planned=planned),
        title=(
            f"{setting.who(about)}{setting.spoken(measure)} of {frame['period'].iloc[0]} in"
            f" {scale.unit}: AC to date, FC with {level}{look.THIN}% interval"
            f"{', PL and the probability of meeting it' if planned else ''}"
        ),
        message=_message(frame, say, (low, high), what=what, measure=measure),
        say=say,
        about=about,
        tables=("actuals", "invoices", "budget"),
        notes=[
            _legend(level, planned=planned),
            *_left(result),
            *outlooks.notes(own, others, scale),
        ],
        ordered=False,
        section=section,
        kept=_kept(frame, top),
        left="rows of smaller lines, of what remains of the year, and of quarters",
    )
    if measure != "Net revenue":
        return exhibit
    return replace(exhibit, outlooks=outlooks.payload(own, others, scale))


def _ordered(result: pd.DataFrame) -> pd.DataFrame:
    """Return the year first: lines by size, families, total; then the parts of the year."""
    names = [str(column) for column in result.columns]
    names = names[1 : names.index("role")]
    frame = result.reset_index(drop=True)
    parts = zip(*(frame[name].astype("str") for name in names), strict=True)
    label = [JOIN.join(part for part in row if part != EVERY) or "Total" for row in parts]
    year, item = frame["span"] == YEAR, frame["role"] == "item"
    share = frame["meets_budget_share"].astype("Float64")
    judged = year & item & share.notna()
    money = [name for name in frame.columns if _MONEY.fullmatch(str(name))]
    frame = frame.assign(
        **{name: frame[name].round(2) for name in money},
        label=label,
        lies=frame["landing"].astype("str").map(_LIES).fillna("").astype("str"),
        judged=judged,
        likely=judged & (share.fillna(0.0) >= _EVEN),
        level=levels(frame)[0] / 100,
    )
    rank = frame.assign(
        rest=~year, place=frame["role"].map(_ROLES), size=-frame["mean"].astype("float64").abs()
    )
    order = rank.sort_values(["rest", "place", "size"], kind="stable").index
    return frame.loc[order].reset_index(drop=True)


def _kept(frame: pd.DataFrame, top: int) -> list[bool]:
    """Return which rows are printed: the year of the largest lines, of families and in total."""
    year = (frame["span"] == YEAR).to_numpy()
    item = (frame["role"] == "item").to_numpy()
    kept = year & (~item | ((year & item).cumsum() <= top))
    return [bool(one) for one in kept.tolist()]


def _cols(
    frame: pd.DataFrame, bounds: tuple[str, str], *, what: str, unit: str, planned: bool
) -> list[Col]:
    cols = [Col("label", f"{what}, {unit}", wide=True)]
    cols.append(Col("actual_to_date", "AC", "money", swatch="actual", spoken="actual to date"))
    if planned:
        cols.append(Col("budget", "PL", "money", swatch="plan", spoken="plan"))
    cols.append(Col("mean", "FC", "money", swatch="outlook", spoken="forecast"))
    if bool(frame[bounds[0]].notna().any()):
        cols += [Col(bounds[0], "Low", "money"), Col(bounds[1], "High", "money")]
    if planned:
        delta = f"{look.DELTA}PL"
        cols += [
            Col("variance", delta, "delta", good="favorable", spoken="variance to plan"),
            Col("variance_rate", f"{delta}{look.THIN}%", "points"),
            Col("meets_budget_share", f"Meets PL{look.THIN}%", "rate", decimals=0),
            Col("lies", "PL lies"),
        ]
    return cols


def _message(
    frame: pd.DataFrame, say: Facts, bounds: tuple[str, str], *, what: str, measure: str
) -> str:
    """Say where the whole lands, whether plan lies inside, and how many lines likely meet it."""
    key = str(frame["row_key"][(frame["span"] == YEAR).to_numpy()].iloc[-1])
    text = f"{measure} of the year lands at {say.amount(key, 'mean')}{look.THIN}{say.scale.unit}"
    sure = all(say.has(key, bound) for bound in bounds)
    if sure:
        low, high = (say.amount(key, bound) for bound in bounds)
        text += f" ({say.number(key, 'level', scale=0.01)}{look.THIN}%: {low} to {high}"
        text += ")"
    whole = say.has(key, "budget") and _LACKING not in str(say.value(key, "reason"))
    if whole and sure and say.value(key, "lies"):
        text += f", which {_SAID[str(say.value(key, 'lies'))]} of {say.amount(key, 'budget')}"
        share = say.number(key, "meets_budget_share", scale=0.01)
        text += f"; plan is met with a probability of {share}{look.THIN}%"
    count = int(frame["judged"].sum())
    if count > 1:
        likely = say.count("likely", equals=True)
        every = say.count("judged", equals=True)
        verb = "is" if likely == "1" else "are"
        text += f"; {likely} of {every} {_plural(what)} {verb} likely to meet theirs"
    return text


def _plural(what: str) -> str:
    return f"{setting.spoken(what.lower())}s"


def _legend(level: str, *, planned: bool) -> str:
    text = (
        f"AC actual to date, FC forecast of the whole year. Low and High: {level}{look.THIN}%"
        " interval, added up path by path; those of lines do not add up to those of sums."
    )
    if planned:
        text += (
            " PL plan of the year. Meets PL: the probability of ending at plan or on its favorable"
            " side. PL lies: inside the interval, above it or below."
        )
    return text


def _left(result: pd.DataFrame) -> list[str]:
    """Say what is left out, and which lines have no plan."""
    told = [str(result.attrs.get("reason", ""))]
    year = result[(result["span"] == YEAR) & (result["role"] != "item")]
    lacking = year[year["reason"].astype("str").str.contains(_LACKING)]
    if len(lacking):
        told.append("Sums hold lines without plan, so they say more than their plan does")
    return [f"{setting.capital(text)}." for text in told if text]
