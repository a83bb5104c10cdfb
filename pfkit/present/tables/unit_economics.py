"""Unit economics: each figure with its interval, its convention, or why there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.figures.recurring_revenue import ABSENT
from pfkit.present.tables.sheet import Col, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_ORDER = "value"


def unit_economics(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "unit-economics",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print what a customer brings, costs to win and is worth.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.unit_economics`.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per figure; those whose input is missing stand in a note with the reason. One line
        where nothing recurs.
    """
    if result.empty:
        return setting.absent(id, about, "subscriptions", section=section, otherwise=ABSENT)
    frame = result.reset_index(drop=True)
    money = frame.loc[frame["unit"] == "money", [_ORDER, "low", "high"]].to_numpy().ravel()
    scale = look.money_scale(money, setting.currency(about))
    frame["figure"] = [_written(row, _ORDER, scale) for row in setting.records(frame)]
    frame["interval"] = [
        ""
        if look.missing(row["low"])
        else f"{_bare(row, 'low', scale)} to {_written(row, 'high', scale)}"
        for row in setting.records(frame)
    ]
    known = frame[frame["value"].notna()].reset_index(drop=True)
    say = Facts(id, frame, scale)
    if known.empty:
        text = "There are no unit economics: " + "; ".join(dict.fromkeys(frame["reason"])) + "."
        return setting.said(id, text, about, section=section)
    say = Facts(id, known, scale)
    level = known["level"].dropna()
    share = f"{look.number(level.iloc[0], scale=0.01)} %" if len(level) else ""
    cols = [
        Col("label", "Figure", wide=True),
        Col("figure", "Value"),
        Col("interval", f"Interval, {share}" if share else "Interval"),
        Col("convention", "How it is counted", wide=True),
    ]
    missing = frame[frame["value"].isna()]
    absent = "; ".join(f"{row['label']}: {row['reason']}" for row in setting.records(missing))
    return table(
        id,
        known,
        cols,
        title=f"{setting.who(about)}what a customer brings and costs{setting.when(about)}",
        message=_message(known, say),
        say=say,
        about=about,
        tables=("subscriptions", "invoices", "actuals"),
        notes=[
            "Intervals are of churn alone; price and margin are taken as they are."
            if share
            else "",
            f"{look.MISSING} not available: {absent}." if absent else "",
        ],
        section=section,
    )


def _bare(row: dict[str, object], column: str, scale: look.Scale) -> str:
    """Write a figure without its unit, which stands behind the one beside it."""
    text = _written(row, column, scale)
    return text.removesuffix("%").removesuffix(scale.unit).rstrip(look.THIN)


def _written(row: dict[str, object], column: str, scale: look.Scale) -> str:
    """Write a figure in its own unit."""
    value, unit = row[column], row["unit"]
    if look.missing(value):
        return look.MISSING
    if unit == "money":
        return f"{scale.amount(value)}{look.THIN}{scale.unit}"
    if unit == "rate":
        size = abs(float(value))  # type: ignore[arg-type]
        return f"{look.rate(value, decimals=1 if size >= 0.01 else 2)}{look.THIN}%"  # noqa: PLR2004 (one percent)
    text = look.number(value, decimals=1)
    return f"{text} months" if unit == "months" else text


def _row(frame: pd.DataFrame, key: str) -> pd.Series:
    return frame.loc[frame["row_key"] == key].iloc[0]


def _message(frame: pd.DataFrame, say: Facts) -> str:
    keys = set(frame["row_key"])
    unit = f"{look.THIN}{say.scale.unit}"
    new = {"new_arpa", "cac"} <= keys  # cost to win is of new customers, so is what it is set to
    who, base, worth = (
        ("new customer", "new_arpa", "new_ltv") if new else ("customer", "arpa", "ltv")
    )
    parts = []
    if base in keys:
        parts.append(f"a {who} pays {say.amount(base, 'value')}{unit} a month")
    if "cac" in keys:
        parts.append(f"costs {say.amount('cac', 'value')} to win")
    if "cac_payback_months" in keys:
        months = say.number("cac_payback_months", "value", decimals=1)
        beyond = "beyond" in str(_row(frame, "cac_payback_months")["convention"])
        tail = ", beyond what a lifetime value counts" if beyond else ""
        parts.append(f"is paid back in {months} months{tail}")
    if worth in keys:
        low, high = say.amount(worth, "low"), say.amount(worth, "high")
        parts.append(f"is worth {say.amount(worth, 'value')} ({low} to {high})")
    if parts:
        head = ", ".join(parts[:-1])
        return setting.capital(f"{head} and {parts[-1]}" if head else parts[0])
    first = say.first
    return f"{frame['label'].iloc[0]} is {say.number(first, 'value', decimals=2)}"
