"""Budget lines: every version, spent to date, the variance, whose it is and what is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, reasons, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_YEAR = "full_year_"
ASK = "explain"


def budget_lines(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "budget-lines",  # noqa: A002 - the word for it
    section: str = "",
    comments: pd.DataFrame | None = None,
) -> Exhibit:
    """Print budget lines with owner, variance bar and the lines that must be explained.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.budget_lines`: lines, ``Other (n)`` and total, in reporting currency.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.
    comments : pandas.DataFrame, optional
        Result of `pfkit.comments`; their numbers are set beside the lines they speak about.

    Returns
    -------
    Exhibit
        Its data carry ``action``: ``explain`` on every line that is material, or has ordered more
        than is left of it.
    """
    if result.empty:
        return setting.absent(id, about, "budget", section=section)
    frame = result.reset_index(drop=True)
    asked = (frame["material"] == True).fillna(value=False)  # noqa: E712
    if "overcommitted" in frame.columns:
        asked |= (frame["overcommitted"] == True).fillna(value=False)  # noqa: E712
    asked &= frame["role"] == "item"
    frame["action"] = asked.map({True: ASK, False: ""})
    years = [name for name in map(str, frame.columns) if name.startswith(_YEAR)]
    scale = look.money_scale(
        frame[[*years, "actual_ytd"]].to_numpy().ravel(), setting.currency(about)
    )
    say = Facts(id, frame, scale)
    compared = _compared(frame)
    return table(
        id,
        frame,
        _cols(frame, years, scale),
        title=(
            f"{setting.who(about)}budget lines in {scale.unit}{setting.when(about)}:"
            f" {compared or 'full year and spent to date'}"
        ),
        message=_message(frame, say, compared),
        say=say,
        about=about,
        tables=("budget", "actuals", *(("commitments",) if "available" in frame.columns else ())),
        notes=[*setting.grain(result), *_notes(frame, compared, scale)],
        ordered=False,
        section=section,
        marks=comments,
    )


def _compared(frame: pd.DataFrame) -> str:
    words = [str(word) for word in frame["comparison"].dropna().unique() if word]
    return words[0] if len(words) == 1 else ""


def _cols(frame: pd.DataFrame, years: list[str], scale: look.Scale) -> list[Col]:
    cols = [Col("label", f"Budget line, {scale.unit}", wide=True)]
    if bool((frame["owner"].fillna("") != "").any()):
        cols.append(Col("owner", "Owner"))
    cols += [
        Col(year, setting.capital(year.removeprefix(_YEAR)), "money", group="Full year")
        for year in years
    ]
    to_date = "Year to date"
    if bool(frame["plan_ytd"].notna().any()):
        cols.append(Col("plan_ytd", "PL", "money", swatch="plan", spoken="plan", group=to_date))
    cols.append(Col("actual_ytd", "AC", "money", swatch="actual", spoken="actual", group=to_date))
    cols.append(Col("used_share", f"Used{look.THIN}%", "rate", group=to_date))
    if bool(frame["variance"].notna().any()):
        cols += [
            Col("variance", look.DELTA, "delta", good="favorable", spoken="variance"),
            Col("variance_rate", f"{look.DELTA}{look.THIN}%", "points", spoken="variance %"),
        ]
    if "available" in frame.columns:
        left = "Left for the year"
        cols += [
            Col("committed", "Committed", "money", group=left),
            Col("available", "Available", "money", group=left),
        ]
    if bool((frame["action"] != "").any()):
        cols.append(Col("action", "Action"))
    return cols


def _message(frame: pd.DataFrame, say: Facts, compared: str) -> str:
    total = str(frame.loc[frame["role"] == "total", "row_key"].iloc[0])
    lines = say.number(total, "count")
    noun = "budget line" if lines == "1" else "budget lines"
    if not say.has(total, "actual_ytd"):
        year = next((name for name in map(str, frame.columns) if name.startswith(_YEAR)), "")
        text = f"No actuals to date beside {lines} {noun}"
        if year and say.has(total, year):
            text += f" of {say.amount(total, year)}{look.THIN}{say.scale.unit} for the year"
        return text
    if not say.has(total, "variance"):
        spent = say.amount(total, "actual_ytd")
        have = "has" if lines == "1" else "have"
        text = f"{lines} {noun} {have} spent {spent}{look.THIN}{say.scale.unit} to date"
        if say.has(total, "used_share"):
            text += f", {say.rate(total, 'used_share')} of the year's budget"
        return f"{text}{_over(frame, say)}"
    asked = say.count("material", equals=True)
    verb = "is" if asked == "1" else "are"
    head = f"No line of {lines} is" if asked == "0" else f"{asked} of {lines} {noun} {verb}"
    text = f"{head} materially off budget; the total is {say.delta(total, 'variance')}"
    if say.has(total, "variance_rate"):
        text += f" ({say.rate(total, 'variance_rate', signed=True)})"
    return f"{text}, {compared}{_over(frame, say)}" if compared else f"{text}{_over(frame, say)}"


def _over(frame: pd.DataFrame, say: Facts) -> str:
    """Say which lines have promised more than they have."""
    if "overcommitted" not in frame.columns:
        return ""
    late = frame[(frame["overcommitted"] == True).fillna(value=False) & (frame["role"] == "item")]  # noqa: E712
    if late.empty:
        return ""
    if len(late) == 1:
        key = str(late["row_key"].iloc[0])
        short = say.amount(key, "available", magnitude=True)
        label = str(late["label"].iloc[0])
        text = f"; {label} has ordered {short}{look.THIN}{say.scale.unit} more than is left"
        return f"{text}{_of(frame)}"
    count = say.count("overcommitted", equals=True)
    return f"; {count} lines have ordered more than is left{_of(frame)}"


def _of(frame: pd.DataFrame) -> str:
    """Name the budget something is left of, where the input names it."""
    name = str(frame["available_version"].iloc[-1]) if "available_version" in frame.columns else ""
    return f" of the {name} budget" if name else ""


def _notes(frame: pd.DataFrame, compared: str, scale: look.Scale) -> list[str]:
    meaning = "PL plan, AC actual."
    if compared:
        meaning += f" {look.DELTA} is {compared.replace(' against ', ' minus ')}."
    first = frame[frame["role"] == "item"]
    over = first[(first["variance"].fillna(0) > 0) & first["favorable"].notna()]
    if len(over) and not bool(over["favorable"].iloc[0]):
        meaning += " For spending a positive variance is unfavorable."
    if bool((frame["action"] != "").any()):
        meaning += f" Action {ASK}: the variance reaches materiality in amount and rate"
        meaning += ", or more is ordered than is left." if "available" in frame.columns else "."
    if "available" in frame.columns:
        meaning += (
            " Available: what actual and what is ordered and not booked (committed) leave"
            f"{_of(frame) or ' of the plan'} for the year.{_carried(frame, scale)}"
        )
    return [meaning, reasons(frame)]


def _carried(frame: pd.DataFrame, scale: look.Scale) -> str:
    """Say that what is available holds budget of last year, and on which lines."""
    lines = frame[(frame["carried"].fillna(0) != 0) & (frame["role"] == "item")]
    if lines.empty:
        return ""
    total = frame.loc[frame["role"] == "total", "carried"].iloc[0]
    names = " and ".join(str(label) for label in lines["label"][:3])
    more = f" and {len(lines) - 3} more" if len(lines) > 3 else ""  # noqa: PLR2004 (named above)
    amount = f"{scale.amount(total)}{look.THIN}{scale.unit}"
    return f" It holds {amount} carried from last year: {names}{more}."
