"""Actions: what to do next, what is at stake, and the table each number stands in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, setting
from pfkit.present.facts import Fact, Facts
from pfkit.present.tables.decisions import NO_DATE, NO_OWNER
from pfkit.present.tables.sheet import Col, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_NONE = (
    "No action is asked for: no line, initiative, product or bill read here has money at stake, "
    "and no decision is overdue."
)


def actions(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "actions",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print what to act on, by the money at stake, with owner, date and where it comes from.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.actions`, amounts in reporting currency.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per action and the total of each basis (a year, once); one line where there is
        none. Every amount is a fact of the exhibit it comes from, so that `pfkit lint` works it out
        again there.
    """
    if result.empty:
        return setting.said(id, _NONE, about, section=section)
    frame = result.reset_index(drop=True)
    single = frame["role"] == "item"
    for name, empty in (("owner", NO_OWNER), ("due_on", NO_DATE)):
        frame[name] = frame[name].where((frame[name] != "") | ~single, empty)
    scale = look.money_scale(frame["value"].tolist(), setting.currency(about))
    say = Facts(id, frame, scale)
    message = _message(frame, say)
    say.found += _traced(frame, scale)
    cols = [
        Col("rank", "No.", "count"),
        Col("action", "Action", wide=True),
        Col("value", f"At stake, {scale.unit}", "money", spoken="at stake"),
        Col("basis", "Comes"),
        Col("rule", "How it is worked out", wide=True),
        Col("exhibit", "From table"),
        Col("owner", "Owner"),
        Col("due_on", "Due", "date"),
        Col("confidence", "Sure"),
    ]
    return table(
        id,
        frame,
        cols,
        title=f"{setting.who(about)}actions by what is at stake in {scale.unit}"
        f"{setting.when(about)}",
        message=message,
        say=say,
        about=about,
        tables=("actuals", "budget", "cashflows", "cloud", "decisions"),
        notes=_notes(frame),
        section=section,
    )


def _message(frame: pd.DataFrame, say: Facts) -> str:
    count = say.count("action", weight="count")
    noun = "action" if count == "1" else "actions"
    unit = f"{look.THIN}{say.scale.unit}"
    sums = [
        f"{say.amount(key, 'value')}{unit} {basis}"
        for key, basis in (("total-a-year", "a year"), ("total-once", "once"))
        if bool((frame["row_key"] == key).any()) and say.has(key, "value")
    ]
    if not sums:
        verb = "is" if count == "1" else "are"
        return f"{count} {noun} {verb} asked for, and none has an amount of money"
    verb = "is" if len(sums) == 1 else "are"
    first = frame[frame["role"] == "item"].iloc[0]
    text = f"{' and '.join(sums)} {verb} at stake in {count} {noun}"
    if count == "1":
        return f"{text}: {first['action']}"
    amount = say.amount(say.first, "value")
    return f"{text}; the first is {_short(str(first['action']))}, {amount} {first['basis']}"


#: Quotation marks within a quotation.
_INSIDE = {
    "\N{LEFT DOUBLE QUOTATION MARK}": "\N{LEFT SINGLE QUOTATION MARK}",
    "\N{RIGHT DOUBLE QUOTATION MARK}": "\N{RIGHT SINGLE QUOTATION MARK}",
}


def _short(text: str) -> str:
    """Leave what an action offers beside what it asks for to the table."""
    short = text.split(", or ", maxsplit=1)[0]
    for double, single in _INSIDE.items():
        short = short.replace(double, single)
    return f"\N{LEFT DOUBLE QUOTATION MARK}{short}\N{RIGHT DOUBLE QUOTATION MARK}"


def _traced(frame: pd.DataFrame, scale: look.Scale) -> Iterator[Fact]:
    """Give each amount as a fact of the exhibit, row and column it was taken from."""
    for row in setting.records(frame):
        for column, amount in (("column", "amount"), ("against", "against_amount")):
            if look.missing(row[amount]) or not row[column]:
                continue
            value = float(row[amount])
            yield Fact(
                look.number(value, scale=scale.divisor, decimals=scale.decimals),
                value,
                str(row["exhibit"]),
                str(row["row"]),
                str(row[column]),
                scale.divisor,
                scale.decimals,
            )


def _notes(frame: pd.DataFrame) -> list[str]:
    items = setting.records(frame[frame["role"] == "item"])
    told = [
        (
            "A year: it comes again every year. Once: it does not, or nothing says so; the two are "
            "never added up. Sure: of the amount."
        )
    ]
    same = [f"{row['rank']}: {row['also']}" for row in items if row["also"]]
    if same:
        told.append(f"The same money elsewhere, not added: {'; '.join(same)}.")
    part = [f"{row['rank']} and {row['overlaps']}" for row in items if row["overlaps"]]
    if part:
        told.append(
            f"May hold part of the same money, the larger counts in its total: {'; '.join(part)}."
        )
    return told
