"""The coefficients of an explained series: what each cause does, how sure that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.measures import ExplainedSeries
    from pfkit.present.exhibit import Exhibit

_PLAIN = look.Scale(1, 3, "")
_SURE = 0.05
_DIGITS = 4


def explain_series(
    result: ExplainedSeries,
    *,
    name: str = "the series",
    about: About | None = None,
    id: str = "explain-series-coefficients",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print what each driver and intervention does to a series, and what the checks found.

    Parameters
    ----------
    result : ExplainedSeries
        Result of `pfkit.explain_series`.
    name : str
        What the series is, as it stands in a sentence.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per cause; the model, why it is this one, and every check that failed stand in the
        notes. One line where there is no cause.
    """
    if result.coefficients.empty:
        text = f"No driver or intervention is given for {name}."
        return setting.said(id, text, about, section=section)
    frame = result.coefficients.reset_index(drop=True)
    frame["figure"] = [_written(value) for value in frame["coefficient"]]
    frame["interval"] = [
        f"{_written(row['low'])} to {_written(row['high'])}" for row in setting.records(frame)
    ]
    frame["sure"] = frame["p"] < _SURE
    say = Facts(id, frame, _PLAIN)
    summary = setting.records(result.summary)[0]
    worries = result.diagnostics[result.diagnostics["state"] == "amber"]["text"].tolist()
    passed = len(result.diagnostics) - len(worries)
    level = look.number(frame["level"].iloc[0], scale=0.01)
    return table(
        id,
        frame,
        [
            Col("name", "Cause", wide=True),
            Col("enters", "Enters"),
            Col("figure", "Coefficient"),
            Col("interval", f"Interval, {level} %"),
            Col("p", "p", "number", decimals=3),
            Col("effect_rate", "Effect, %", "points"),
            Col("meaning", "Meaning", wide=True),
        ],
        title=f"{setting.who(about)}coefficients of {name}{setting.when(about)}",
        message=_message(frame, name, say),
        say=say,
        about=about,
        tables=(),
        notes=[
            f"Model: {summary['model']} on the {summary['scale']} scale, {summary['form']}.",
            f"{setting.capital(str(summary['why']))}.",
            f"{setting.capital(str(summary['fallback']))}." if summary["fallback"] else "",
            *(f"{setting.capital(worry)}." for worry in worries),
            f"{passed} of {len(result.diagnostics)} checks have no remark.",
        ],
        section=section,
    )


def _message(frame: pd.DataFrame, name: str, say: Facts) -> str:
    sure = int(frame["sure"].sum())
    first = setting.records(frame.sort_values("p", kind="stable"))[0]
    noun = "cause" if len(frame) == 1 else "causes"
    if not sure:
        count = say.count("name")
        lead = f"The {count} cause given does not move" if noun == "cause" else ""
        return f"{lead or f'None of the {count} causes given moves'} {name} beyond chance"
    some = say.count("sure", True)
    text = f"{some} of {say.count('name')} {noun} given {'moves' if sure == 1 else 'move'} {name}"
    key = str(first["row_key"])
    if look.missing(first["effect_rate"]):
        return f"{text} beyond chance, {first['name']} the surest"
    moved = say.rate(key, "effect_rate", signed=True)
    return f"{text} beyond chance; {first['name']} moves it by {moved}"


def _written(value: float) -> str:
    """Write a number with four digits that say something."""
    size = abs(float(value))
    decimals = 0
    while decimals < 8 and size and size * 10**decimals < 10 ** (_DIGITS - 1):  # noqa: PLR2004 - enough
        decimals += 1
    return look.number(value, decimals=decimals)
