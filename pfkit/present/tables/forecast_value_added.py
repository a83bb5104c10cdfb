"""The stairs of forecasting: what each step missed, and what it added to the step before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, named_reasons, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_PLAIN = look.Scale(1, 0, "")
_STEPS = {
    "naive": "Last year's value",
    "budget": "Budget",
    "analyst": "Analyst's forecast",
    "statistical": "Statistical forecast",
    "overridden": "With overrides",
}
_NONE = (
    "What forecasting adds cannot be told yet: the book has no month with a year of net revenue "
    "before it."
)


def forecast_value_added(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "forecast-value-added",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print what each step of forecasting missed and added to the step before.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.forecast_value_added`.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per step that says anything; steps without input are named below. One line where
        none can be judged.
    """
    judged = result[result["error_rate"].notna()]
    if judged.empty:
        return setting.said(id, _NONE, about, section=section)
    frame = result.reset_index(drop=True)
    frame.insert(
        1, "label", frame["step"].map(lambda step: _STEPS.get(step, setting.capital(step)))
    )
    say = Facts(id, frame, _PLAIN)
    first = judged.iloc[0]
    months = f"{first['first_period']} to {first['last_period']}"
    level = f"{look.number(frame['level'].iloc[0], scale=0.01)}{look.THIN}%"
    return table(
        id,
        frame,
        _cols(frame, level),
        title=(
            f"{setting.who(about)}net revenue forecast {ahead(first)}, {months}: what each step"
            f" missed and added in % of what came, with {level} interval"
        ),
        message=_message(frame[frame["error_rate"].notna()], say),
        say=say,
        about=about,
        tables=("actuals", "invoices", "budget", "forecast"),
        notes=[_legend(first), named_reasons(frame, lead="Not judged or not told apart: ")],
        ordered=False,
        section=section,
        kept=frame["error_rate"].notna().tolist(),
        left="steps without input",
    )


def _cols(frame: pd.DataFrame, level: str) -> list[Col]:
    before, naive = "Added to the step before", f"Added to {_STEPS['naive'].lower()}"
    cols = [
        Col("label", "Step", wide=True),
        Col("error_rate", f"Missed{look.THIN}%", "rate"),
        Col("bias_rate", f"Bias{look.THIN}%", "points"),
        Col("added_rate", "Points", "points", spoken="points added", group=before),
        Col("added_low_rate", "Low", "points", spoken=f"low end, {level}", group=before),
        Col("added_high_rate", "High", "points", spoken=f"high end, {level}", group=before),
        Col("added_naive_rate", "Points", "points", spoken="points added", group=naive),
        Col("added_naive_low_rate", "Low", "points", spoken=f"low end, {level}", group=naive),
        Col("added_naive_high_rate", "High", "points", spoken=f"high end, {level}", group=naive),
    ]
    if bool((frame["verdict"].fillna("") != "").any()):
        cols.append(Col("verdict", "Verdict"))
    return cols


def _message(rows: pd.DataFrame, say: Facts) -> str:
    if len(rows) == 1:
        only = rows.iloc[0]
        share = say.rate(str(only["row_key"]), "error_rate")
        return f"{setting.capital(_spoken(str(only['label'])))} missed by {share} of revenue"
    last, before = rows.iloc[-1], str(rows.iloc[-2]["label"])
    key = str(last["row_key"])
    name = setting.capital(_spoken(str(last["label"])))
    text = f"{name} missed by {say.rate(key, 'error_rate')} of revenue"
    text += f", {_points(say, key, 'added_rate')} than {_spoken(before)}"
    if len(rows) > 2:  # noqa: PLR2004 - the first is named beside the one before
        first = str(rows.iloc[0]["label"])
        text += f" and {_points(say, key, 'added_naive_rate')} than {_spoken(first)}"
    if last["verdict"] == "not told apart":
        text += f"; it and {_spoken(before)} cannot be told apart"
    return text


def _points(say: Facts, key: str, column: str) -> str:
    gain = float(say.value(key, column))  # type: ignore[arg-type]
    text = say.number(key, column, scale=0.01, decimals=1, magnitude=True)
    return f"{text} points {'less' if gain >= 0 else 'more'}"


def _spoken(label: str) -> str:
    return label.lower() if "'" in label else f"the {label.lower()}"


def ahead(row: pd.Series) -> str:
    """Say how many months ahead the forecasts of a row are."""
    leads = str(row["leads"]).split(", ")
    if len(leads) == 1:
        return f"{leads[0]} month{'' if leads == ['1'] else 's'} ahead"
    return f"{', '.join(leads[:-1])} and {leads[-1]} months ahead"


def _legend(first: pd.Series) -> str:
    forecasts = look.number(first["count"])
    return (
        f"Missed: errors without sign over what came, of {forecasts} forecasts of"
        f" {look.number(first['series_count'])} series, all steps on the same ones, each with what"
        " was known then. Bias: errors with sign, above zero where too much was said. Points: how"
        " much less is missed, in points of what came. Intervals resample months, all series"
        " together."
    )
