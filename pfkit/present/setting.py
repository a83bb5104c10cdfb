"""What every exhibit says about the book: company, period, source, what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from pfkit.present import look
from pfkit.present.body import Note
from pfkit.present.exhibit import Exhibit

if TYPE_CHECKING:
    from pfkit.contracts.about import About


@dataclass(frozen=True)
class Reference:
    """Something actuals are compared with: its columns, its short label and its name in words."""

    column: str
    prefix: str
    short: str
    words: str

    @property
    def variance(self) -> str:
        """Column of the variance."""
        return f"{self.prefix}_variance"

    @property
    def variance_rate(self) -> str:
        """Column of the variance as a fraction of the reference."""
        return f"{self.prefix}_variance_rate"

    @property
    def favorable(self) -> str:
        """Column that says whether the variance is favorable."""
        return f"{self.prefix}_favorable"

    @property
    def swatch(self) -> Literal["plan", "previous"]:
        """Notation: plan outlined, earlier periods light."""
        return "plan" if self.column == "plan" else "previous"

    @property
    def delta(self) -> str:
        """Printed label of the variance."""
        return f"{look.DELTA}{self.short}"


PLAN = Reference("plan", "plan", "PL", "plan")
PRIOR = Reference("prior_year", "prior", "PY", "prior year")
PREVIOUS = Reference("previous", "previous", "PP", "previous period")
NO_STATEMENT = "No profit and loss: no account of this book stands on a statement line."
_LONG = {"PL": "PL plan", "PY": "PY prior year", "PP": "PP previous period"}


def references(frame: pd.DataFrame, *, most: int = 2) -> list[Reference]:
    """Return what a result can be compared with: plan and prior year first, then previous period.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows that carry some of ``plan``, ``prior_year`` and ``previous``.
    most : int
        How many comparisons there is room for.
    """
    found = [
        reference
        for reference in (PLAN, PRIOR, PREVIOUS)
        if reference.column in frame.columns and bool(frame[reference.column].notna().any())
    ]
    return found[:most]


def legend(used: list[Reference]) -> str:
    """Explain the abbreviations a table uses."""
    parts = ["AC actual", *(_LONG[reference.short] for reference in used)]
    tail = f"; {look.DELTA} is AC minus the reference" if used else ""
    return ", ".join(parts) + tail + "."


def who(about: About | None) -> str:
    """Return the company a title starts with."""
    if about is None:
        return ""
    return f"{about.company}, "


def when(about: About | None) -> str:
    """Return the period a title ends with."""
    return "" if about is None else f", {look.period_name(about.period)}"


def counted(about: About | None, *, to_date: bool = False) -> str:
    """Say which calendar of weeks a table counts by, and how long its periods are.

    Parameters
    ----------
    about : About or None
        The book.
    to_date : bool
        Whether the table also shows the year to date.

    Returns
    -------
    str
        Empty under calendar months: a reader expects nothing else.

    Examples
    --------
    >>> import datetime as dt
    >>> from pfkit.contracts import About
    >>> from pfkit.period import retail_calendar
    >>> about = About(company="Shop", entity="shop", currency="USD", as_of=dt.date(2024, 3, 9),
    ...               period=retail_calendar().period("2024-01"))
    >>> counted(about).partition(": ")[2]
    '4 weeks, 2024-02-04 to 2024-03-02; prior year 4 weeks, 2023-01-29 to 2023-02-25.'
    """
    if about is None or about.period.weeks is None:
        return ""
    period, prior = about.period, about.period.prior_year
    text = (
        f"Counts by {period.calendar.told}: {period.weeks} weeks, {look.days(period)}; "
        f"prior year {prior.weeks} weeks, {look.days(prior)}"
    )
    year, before = period.year_to_date, period.year_to_date.prior_year
    apart = period.weeks != prior.weeks
    if to_date and year.months != period.months:
        text += f"; year to date {year.weeks} weeks, prior year {before.weeks}"
        apart = apart or year.weeks != before.weeks
    return f"{text}. Lengths differ, and nothing is scaled." if apart else f"{text}."


def lengths(about: About | None, *, to_date: bool = False) -> str:
    """Say in a few words that a period of weeks and its prior year differ in length, where they do.

    Parameters
    ----------
    about : About or None
        The book.
    to_date : bool
        Whether the table also compares the year to date.
    """
    if about is None or about.period.weeks is None:
        return ""
    pairs = {"The period has": about.period}
    if to_date and about.period.year_to_date.months != about.period.months:
        pairs["The year to date has"] = about.period.year_to_date
    told = [
        f"{lead} {one.weeks} weeks, its prior year {one.prior_year.weeks}; nothing is scaled."
        for lead, one in pairs.items()
        if one.weeks != one.prior_year.weeks
    ]
    return " ".join(told)


def currency(about: About | None) -> str:
    """Return the reporting currency."""
    return "" if about is None else about.currency


def source(about: About | None, *tables: str) -> str:
    """Return the source line of an exhibit built from `tables`."""
    if about is None:
        return ""
    named = about.source(*tables)
    known = f"as known on {look.iso(about.as_of)}{' (invented data)' if about.demo else ''}"
    return f"{named}; {known}." if named else f"{about.company}, {known}."


def as_of(about: About | None) -> str:
    """Return the knowledge date."""
    return "" if about is None else look.iso(about.as_of)


def absent(
    name: str, about: About | None, table: str, *, section: str = "", otherwise: str = ""
) -> Exhibit:
    """Return the one line that stands where an exhibit has no input.

    Parameters
    ----------
    name : str
        Id of the exhibit that would have stood here.
    about : About or None
        The book; its ``missing`` says what to supply.
    table : str
        The table that has no rows.
    otherwise : str
        What to say where the book has the table, and still nothing to show.
    """
    known = "" if about is None else about.missing.get(table, "")
    text = known or otherwise or f"There are no rows of {table.replace('_', ' ')} for this period."
    return said(name, text, about, section=section)


def said(name: str, text: str, about: About | None, *, section: str = "") -> Exhibit:
    """Return one plain sentence as an exhibit; it is data, never markup."""
    return Exhibit(
        id=name,
        kind="note",
        title="",
        message=text,
        data=pd.DataFrame(),
        body=Note(text),
        source=source(about),
        as_of=as_of(about),
        alt=text,
        section=section,
    )


def grain(result: pd.DataFrame) -> list[str]:
    """Return the note on what plan and ledger are not compared by; empty where there is none."""
    why = str(result.attrs.get("grain", ""))
    return [f"{capital(why)}."] if why else []


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as dictionaries by column name."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def capital(text: str) -> str:
    """Return text with its first letter in upper case and the rest untouched.

    Examples
    --------
    >>> capital("net revenue of APAC")
    'Net revenue of APAC'
    """
    return text[:1].upper() + text[1:]


def spoken(text: str) -> str:
    """Return a line's name as it stands inside a sentence.

    Examples
    --------
    >>> spoken("Net revenue"), spoken("FX gains"), spoken("Contribution"), spoken("Atlas")
    ('net revenue', 'FX gains', 'contribution', 'Atlas')
    """
    common = text in {"Contribution", "Budget"} or (" " in text and text[1:2].islower())
    return text[:1].lower() + text[1:] if common else text
