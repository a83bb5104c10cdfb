"""Recurring revenue from its drivers: by month, by driver, and beside the direct forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, named_reasons, table

if TYPE_CHECKING:
    from pfkit.contracts.about import About
    from pfkit.measures import DriverForecast
    from pfkit.present.exhibit import Exhibit

_STEPS = ("opening", "churn", "repricing", "new", "fx", "closing")
_RATES = {"churn": "share", "new customers": "count", "new price": "money"}


def driver_forecast(
    result: DriverForecast,
    *,
    show: Literal["months", "drivers", "compared"] = "months",
    about: About | None = None,
    id: str = "",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print what a recurring base will bring, its drivers, or how it compares.

    Parameters
    ----------
    result : DriverForecast
        Result of `pfkit.driver_forecast`.
    show : {"months", "drivers", "compared"}
        Each month ahead with the totals; each driver, past and ahead; or both ways of forecasting,
        replayed.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit; ``driver-forecast`` and what is shown by default.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        A table whose sentence says what comes, what moves it, or which forecast to use and why.
    """
    id = id or ("driver-forecast" if show == "months" else f"driver-forecast-{show}")  # noqa: A001
    made = {"months": _months, "drivers": _drivers, "compared": _compared}[show]
    return made(result, about, id, section)


def _months(result: DriverForecast, about: About | None, id: str, section: str) -> Exhibit:  # noqa: A002
    months = result.months.assign(role="item", label=result.months["period"])
    years = result.years.rename(columns={"total": "closing"}).assign(role="total")
    frame = pd.concat([months, years], ignore_index=True)
    errors = result.compared.set_index("method")["error_rate"]
    for method in ("drivers", "direct"):
        frame[f"{method}_error_rate"] = errors[method]
    names = ["row_key", "role", "label", *_STEPS, "low", "high", "level"]
    frame = frame[[*names, "drivers_error_rate", "direct_error_rate"]]
    scale = look.money_scale(
        frame[[*_STEPS, "low", "high"]].to_numpy().ravel(), setting.currency(about)
    )
    say = Facts(id, frame, scale)
    key, level = str(years["row_key"].iloc[0]), look.number(years["level"].iloc[0], scale=0.01)
    count = say.count("role", "item")
    text = (
        f"Over {count} months recurring revenue comes to {say.amount(key, 'closing')}{look.THIN}"
        f"{scale.unit} ({say.number(key, 'level', scale=0.01)}{look.THIN}%: "
        f"{say.amount(key, 'low')} to {say.amount(key, 'high')})"
    )
    used = str(result.compared.loc[result.compared["use"], "method"].iloc[0])
    if say.has(key, "drivers_error_rate"):
        text += (
            f"; replayed, drivers were off by {say.rate(key, 'drivers_error_rate')} and the direct"
            f" forecast by {say.rate(key, 'direct_error_rate')}"
        )
    return table(
        id,
        frame,
        [
            Col("label", "Month"),
            Col("opening", "Opening", "money"),
            Col("churn", "Churn", "money"),
            Col("repricing", "Repriced", "money"),
            Col("new", "New", "money"),
            Col("fx", "FX", "money"),
            Col("closing", "Recurring", "money"),
            Col("low", f"Low, {level} %", "money"),
            Col("high", f"High, {level} %", "money"),
        ],
        title=(
            f"{setting.who(about)}recurring revenue ahead in {scale.unit}{setting.when(about)}: "
            "mean of all paths"
        ),
        message=text,
        say=say,
        about=about,
        tables=("subscriptions",),
        notes=[
            f"To use: the {'forecast from drivers' if used == 'drivers' else 'direct forecast'}.",
            f"{setting.capital(str(result.compared['reason'].iloc[0]))}.",
            "Totals hold what is known of a year; bounds of months do not add up to theirs.",
        ],
        section=section,
    )


def _drivers(result: DriverForecast, about: About | None, id: str, section: str) -> Exhibit:  # noqa: A002
    frame = result.drivers.assign(label=result.drivers["driver"].map(setting.capital))
    currency = setting.currency(about)
    for name in ("last", "year", "ahead", "low", "high"):
        frame[f"{name}_text"] = [
            _written(row, name, currency) for row in setting.records(result.drivers)
        ]
    frame["interval"] = frame["low_text"] + " to " + frame["high_text"]
    say = Facts(id, frame, look.Scale(1, 0, currency))
    level = look.number(frame["level"].iloc[0], scale=0.01)
    churn, price = say.rate("churn", "ahead"), say.number("price", "ahead", decimals=3)
    return table(
        id,
        frame,
        [
            Col("label", "Driver"),
            Col("unit", "What it is", wide=True),
            Col("last_text", "Last"),
            Col("year_text", "Last year"),
            Col("ahead_text", "Ahead"),
            Col("interval", f"Interval, {level} %"),
            Col("moves_with", "Surprises go with"),
        ],
        title=f"{setting.who(about)}drivers of recurring revenue{setting.when(about)}",
        message=(
            f"A month ahead loses {churn} of the base, and those who stay pay {price} times what "
            "they paid"
        ),
        say=say,
        about=about,
        tables=("subscriptions",),
        notes=[named_reasons(frame, lead="")],
        section=section,
    )


def _compared(result: DriverForecast, about: About | None, id: str, section: str) -> Exhibit:  # noqa: A002
    used = ["yes" if use else "" for use in result.compared["use"]]
    frame = result.compared.assign(label=["From drivers", "Direct"], told=used)
    say = Facts(id, frame, look.Scale(1, 0, ""))
    if say.has("drivers", "error_rate"):
        best = str(frame.loc[frame["use"], "label"].iloc[0]).lower()
        message = (
            f"Drivers miss by {say.rate('drivers', 'error_rate')}, the direct forecast misses by "
            f"{say.rate('direct', 'error_rate')}: the one to use is {best}"
        )
    else:
        message = "There is too little to replay; the direct forecast is the simpler one to use"
    level = look.number(frame["level"].iloc[0], scale=0.01)
    return table(
        id,
        frame,
        [
            Col("label", "Forecast", wide=True),
            Col("error_rate", "Error, %", "rate"),
            Col("total_error_rate", "Error of sums, %", "rate"),
            Col("bias_rate", "Bias, %", "points"),
            Col("covered_share", f"Held by {level} %, %", "rate", decimals=0),
            Col("origins", "Origins", "count"),
            Col("tested", "Months", "count"),
            Col("told", "Use"),
        ],
        title=f"{setting.who(about)}recurring revenue forecast twice{setting.when(about)}",
        message=message,
        say=say,
        about=about,
        tables=("subscriptions",),
        notes=[f"{setting.capital(str(frame['reason'].iloc[0]))}."],
        section=section,
    )


def _written(row: dict[str, object], name: str, currency: str) -> str:
    """Write a driver in its own unit."""
    value, kind = row[name], _RATES.get(str(row["driver"]), "ratio")
    if kind == "share":
        return f"{look.rate(value, decimals=2)}{look.THIN}%"
    if kind == "money":
        return f"{look.number(value)}{look.THIN}{currency}".rstrip(look.THIN)
    return look.number(value, decimals=1 if kind == "count" else 3)
