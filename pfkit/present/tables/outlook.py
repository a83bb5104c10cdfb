"""Where the year lands: outlook with interval by line, beside plan, spending and last word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import NOT_ASSIGNED, Col, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

OVER = "over plan"
_MONEY = ["actual_ytd", "plan", "latest", "outlook", "low", "high"]
_SHOWN = 4


def outlook(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "outlook",  # noqa: A002 - the word for it
    section: str = "",
    comments: pd.DataFrame | None = None,
) -> Exhibit:
    """Print where each budget line lands, how sure that is, and how past outlooks did.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.outlook`: lines, ``Other (n)`` and total, in reporting currency.
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
        One row per line; one line of text where the book has no budget.
    """
    if result.empty:
        return setting.absent(id, about, "budget", section=section)
    frame = result.reset_index(drop=True)
    scale = look.money_scale(frame[_MONEY].to_numpy().ravel(), setting.currency(about))
    say = Facts(id, frame, scale)
    return table(
        id,
        frame,
        _cols(frame, scale),
        title=(
            f"{setting.who(about)}where the year lands in {scale.unit}{setting.when(about)}:"
            f" outlook (FC) with {percent(frame)} interval, PL, AC"
        ),
        message=_message(frame, say),
        say=say,
        about=about,
        tables=("budget", "actuals"),
        notes=[_legend(frame), *weak(frame), *setting.grain(result)],
        ordered=False,
        section=section,
        marks=comments,
    )


def percent(frame: pd.DataFrame) -> str:
    """Return the level of the intervals as a reader writes it."""
    return f"{look.number(frame['level'].iloc[0], scale=0.01)}{look.THIN}%"


def total_of(frame: pd.DataFrame) -> str:
    """Return the key of the total."""
    return str(frame.loc[frame["role"] == "total", "row_key"].iloc[0])


def _cols(frame: pd.DataFrame, scale: look.Scale) -> list[Col]:
    year, sure, past = "Full year", f"{percent(frame)} interval", "Past outlooks"
    cols = [Col("label", f"Budget line, {scale.unit}", wide=True)]
    cols.append(Col("actual_ytd", "AC", "money", swatch="actual", spoken="actual to date"))
    if bool(frame["plan"].notna().any()):
        cols.append(Col("plan", "PL", "money", swatch="plan", spoken="plan", group=year))
    if _differs(frame):
        cols.append(Col("latest", "Latest", "money", spoken="latest plan", group=year))
    cols.append(Col("outlook", "FC", "money", swatch="outlook", spoken="outlook", group=year))
    if bool(frame["low"].notna().any()):
        cols += [
            Col("low", "Low", "money", group=sure),
            Col("high", "High", "money", group=sure),
        ]
    if bool(frame["variance"].notna().any()):
        cols.append(
            Col("variance", f"{look.DELTA}PL", "delta", good="favorable", spoken="variance to plan")
        )
        cols.append(Col("variance_rate", f"{look.DELTA}PL{look.THIN}%", "points"))
    if bool(frame["within_plan_share"].notna().any()):
        cols.append(Col("within_plan_share", f"Within PL{look.THIN}%", "rate", decimals=0))
    if bool(frame["error_rate"].notna().any()):
        cols.append(Col("error_rate", f"Missed{look.THIN}%", "rate", group=past))
        cols.append(Col("history_count", "Years", "count", group=past))
    return cols


def _differs(frame: pd.DataFrame) -> bool:
    """Return whether the organization's last word is another than the plan."""
    both = frame["latest"].notna() & frame["plan"].notna()
    return bool((frame["latest"] != frame["plan"])[both].any()) or not bool(both.any())


def _message(frame: pd.DataFrame, say: Facts) -> str:
    total = total_of(frame)
    count = say.number(total, "count")
    noun = "budget line" if count == "1" else "budget lines"
    if not bool((frame["landing"].fillna("") != "").any()):
        value = f"{say.amount(total, 'outlook')}{look.THIN}{say.scale.unit}"
        if not say.has(total, "low"):
            return f"{count} {noun} land at {value}; no past year says how far they may miss"
        return f"{count} {noun} land at {value}, without a plan to land beside"
    if say.value(total, "over_count") == 0:
        text = f"No line of {count} is likely to end over plan"
    else:
        over = say.number(total, "over_count")
        verb = "is" if over == "1" else "are"
        text = f"{over} of {count} {noun} {verb} likely to end over plan"
    largest = _largest(frame)
    if largest is not None:
        name, key = largest
        text += f", most of all {name} ({say.delta(key, 'variance')})"
    return text


def _largest(frame: pd.DataFrame) -> tuple[str, str] | None:
    """Return name and key of the line that ends furthest over plan."""
    over = [
        row
        for row in setting.records(frame)
        if row["role"] == "item" and row["landing"] == OVER and not look.missing(row["variance"])
    ]
    if not over:
        return None
    row = max(over, key=lambda one: float(one["variance"]))
    return str(row["label"]), str(row["row_key"])


def _legend(frame: pd.DataFrame) -> str:
    """Say what the columns mean."""
    level = percent(frame)
    text = (
        "AC actual to date, PL plan, FC outlook. The outlook is the weighted median of plans"
        " corrected by what came of them in earlier years, the latest plan and the run rate; of"
        " each earlier year only what was known on the same day of it. "
    )
    if _differs(frame):
        text += (
            "Latest: the last version that states the line; where it is phased, actual to date"
            " and plan of the months to come. "
        )
    text += f"{level} interval: from past errors; that of a sum from how sums missed. "
    if bool(frame["within_plan_share"].notna().any()):
        text += "Within PL: probability of ending at or on the favorable side of plan. "
    if bool(frame["error_rate"].notna().any()):
        text += "Missed: past errors over what came. "
    return text.strip()


def history(frame: pd.DataFrame) -> list[str]:
    """Say how past outlooks at this point of the year did."""
    total = frame[frame["role"] == "total"].iloc[0]
    if look.missing(total["lines_error_rate"]):
        return ["No past year is known by now, so nothing says how far the year may miss."]
    text = (
        f"At this point of {_years(int(total['history_count']))} the outlook missed single"
        f" lines by {_rate(total['lines_error_rate'])} of what they came to"
    )
    if not look.missing(total["lines_latest_error_rate"]):
        text += f" (the latest plan by {_rate(total['lines_latest_error_rate'])})"
    text += f" and the total by {_rate(total['error_rate'])}"
    if not look.missing(total["lines_covered_share"]):
        text += (
            f"; {look.number(total['lines_covered_share'], scale=0.01)}{look.THIN}%"
            f" of the {percent(frame)} intervals of lines held"
        )
    return [f"{text}.", *_few(total)]


def weak(frame: pd.DataFrame) -> list[str]:
    """Say which outlooks have little to go by."""
    told = _few(frame[frame["role"] == "total"].iloc[0])
    why = frame["reason"].fillna("").astype(str)
    own = frame[why.str.contains("no past year of its own")]
    told.append(_names(own, "Without a past year of their own, held to all lines: "))
    told.append(_names(frame[why.str.contains("not planned")], "Not planned: "))
    return [note for note in told if note]


def _few(total: pd.Series) -> list[str]:
    if "to learn from: interval widened" not in str(total["reason"]):
        return []
    years = _years(int(total["history_count"]))
    return [f"Intervals rest on {years} alone and are widened for it."]


def _names(rows: pd.DataFrame, head: str) -> str:
    labels = rows[rows["role"] == "item"]["label"].astype(str)
    items = [NOT_ASSIGNED if label == "(none)" else label for label in labels]
    if not items:
        return ""
    more = f" and {len(items) - _SHOWN} more" if len(items) > _SHOWN else ""
    return f"{head}{', '.join(items[:_SHOWN])}{more}."


def _years(count: int) -> str:
    return "one past year" if count == 1 else f"{count} past years"


def _rate(value: object) -> str:
    return f"{look.number(value, scale=0.01, decimals=1)}{look.THIN}%"
