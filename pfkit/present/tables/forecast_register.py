"""The method in use and its challengers: errors on the same forecasts, and what is decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.forecast_value_added import ahead
from pfkit.present.tables.sheet import Col, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_PLAIN = look.Scale(1, 0, "")
_NONE = (
    "No forecasting method can be held against another yet: the book has no month with a year of "
    "net revenue before it."
)
_METHODS = {
    "full": "Statistical (full)",
    "fast": "Statistical (fast)",
    "naive": "Last year's value",
}
_VERSION = {"adopted": "Budget (adopted)", "revised": "Budget (revised)", "analyst": "Analyst"}


def forecast_register(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "forecast-register",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print the method in use, its challengers, and whether one of them takes its place.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.forecast_register`.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        The champion and one row per challenger; one line where nothing can be compared.
    """
    if not bool((result["count"] > 0).any()):
        return setting.said(id, _NONE, about, section=section)
    frame = result.reset_index(drop=True)
    named = _METHODS | _VERSION
    known = frame["method"].map(named)
    frame.insert(1, "label", known.where(known.notna(), frame["method"]))
    say = Facts(id, frame, _PLAIN)
    first = frame.iloc[0]
    return table(
        id,
        frame,
        _cols(frame),
        title=(
            f"{setting.who(about)}net revenue forecast {ahead(first)}, {first['first_period']} to"
            f" {first['last_period']}: method in use and challengers, in % of what came"
        ),
        message=_message(frame, say),
        say=say,
        about=about,
        tables=("actuals", "invoices", "budget", "forecast"),
        notes=[_legend(frame)],
        ordered=False,
        section=section,
    )


def _cols(frame: pd.DataFrame) -> list[Col]:
    same, gain = "Same forecasts", "Gain, points"
    cols = [
        Col("label", "Method"),
        Col("count", "Forecasts", "count"),
        Col("error_rate", f"Missed{look.THIN}%", "rate", group=same),
        Col("champion_error_rate", f"Champion{look.THIN}%", "rate", group=same),
        Col("gain_rate", "Points", "points", group=gain),
    ]
    if bool(frame["low_rate"].notna().any()):
        cols += [
            Col("low_rate", "Low", "points", group=gain),
            Col("high_rate", "High", "points", group=gain),
        ]
    return [
        *cols,
        Col("p_corrected", "p", "number", decimals=3, spoken="probability, corrected"),
        Col("decision", "Decision"),
        Col("reason", "Why", wide=True),
    ]


def _message(frame: pd.DataFrame, say: Facts) -> str:
    champion = frame.iloc[0]
    name = _spoken(str(champion["label"]))
    others = frame[frame["role"] == "challenger"]
    if others.empty:
        share = say.rate(str(champion["row_key"]), "error_rate")
        return f"The method in use ({name}) missed by {share} of revenue; nothing challenges it"
    adopted = others[others["decision"] == "adopt"]
    if len(adopted):
        row = adopted.iloc[0]
        key = str(row["row_key"])
        return (
            f"{setting.capital(_spoken(str(row['label'])))} takes the place of {name}: it missed by"
            f" {say.rate(key, 'error_rate')} where the method in use missed by"
            f" {say.rate(key, 'champion_error_rate')}"
        )
    count = say.count("role", "challenger")
    head = f"None of {count} challengers is" if count != "1" else f"The {count} challenger is not"
    return f"{head} better beyond chance: {name} stays in use"


def _spoken(label: str) -> str:
    """Return a method's name as it stands inside a sentence."""
    if label in _METHODS.values():
        return label.lower().replace("statistical (", "the statistical method (")
    return f"the {label.lower()}" if label in _VERSION.values() else label


def _legend(frame: pd.DataFrame) -> str:
    alpha = f"{look.number(frame['alpha'].iloc[0], scale=0.01)}{look.THIN}%"
    return (
        "Missed: errors without sign over what came, of the forecasts that both speak about, each"
        " with what was known then. Gain: points the champion missed more. p: how likely such a"
        " gain is by chance, months resampled in pairs, one-sided, corrected by Holm for how many"
        f" challenge. A method is adopted where p is at most {alpha} and it speaks about 80"
        f"{look.THIN}% of what the champion does."
    )
