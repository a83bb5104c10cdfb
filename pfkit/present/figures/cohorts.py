"""Cohorts as a heat table: what stays of the customers who began together, by age."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, setting
from pfkit.present.body import Drawing
from pfkit.present.exhibit import Column, Exhibit, columns
from pfkit.present.facts import Facts
from pfkit.present.figures.draw import POINTS_PER_MM, Board, width_of
from pfkit.present.figures.recurring_revenue import ABSENT

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About

WIDTH = 178.0
_ROW, _HEAD, _TEXT = 13.5, 25.0, 7.0
_GAP = 14.0
_CELL = 34.0
_MOST = 8
#: Least rate, fill and ink, from dark to light: five greys that a copier keeps apart.
_TONES = (
    (1.0, "actual", "page"),
    (0.9, "muted", "page"),
    (0.75, "rule", "ink"),
    (0.5, "wash", "ink"),
    (float("-inf"), "page", "ink"),
)
_PANELS = (("amount_rate", "Revenue kept, %"), ("customer_rate", "Customers kept, %"))


def cohorts(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    top: int = 10,
    id: str = "cohorts",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Draw what stays of each cohort, in money and in customers.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.cohorts`.
    about : About, optional
        The book: company, period, sources.
    top : int
        Cohorts drawn, the latest; the total holds all.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        Two panels side by side, a row per cohort, a column per age, darker where more stays; one
        line where nothing recurs, or nobody began within the months that are known.
    """
    if result.empty:
        return setting.absent(id, about, "subscriptions", section=section, otherwise=ABSENT)
    frame = result.reset_index(drop=True)
    whole = frame[frame["role"] == "total"]
    ages = [int(age) for age in dict.fromkeys(frame["age_months"]) if age > 0]
    if whole.empty or not ages:
        text = "There are no cohorts: nobody began within the months that are known."
        return setting.said(id, text, about, section=section)
    ages = sorted(ages)[:_MOST]
    names = list(dict.fromkeys(frame.loc[frame["role"] == "item", "cohort"]))
    earlier = list(dict.fromkeys(frame.loc[frame["role"] == "memo", "cohort"]))
    shown = [*earlier, *names[-top:], "Total"]
    scale = look.money_scale(frame["amount"].tolist(), setting.currency(about))
    say = Facts(id, frame, scale)
    return Exhibit(
        id=id,
        kind="figure",
        title=(
            f"{setting.who(about)}what stays of the customers who began together"
            f"{setting.when(about)}, in percent of their first month, by age in months"
        ),
        message=_message(frame, say),
        data=frame,
        body=_draw(frame, shown, ages),
        columns=_columns(frame, about),
        unit="%",
        source=setting.source(about, "subscriptions", "invoices", "rates"),
        as_of=setting.as_of(about),
        notes=tuple(_notes(frame, earlier, len(names) - len(names[-top:]))),
        alt=_alt(frame, ages),
        facts=say.facts,
        section=section,
    )


def _message(frame: pd.DataFrame, say: Facts) -> str:
    whole = frame[frame["role"] == "total"]
    years = whole[(whole["age_months"] > 0) & (whole["age_months"] <= 12)]  # noqa: PLR2004 (a year)
    row = (years if len(years) else whole).iloc[-1]
    key = str(row["row_key"])
    months, people = say.number(key, "age_months"), say.number(key, "start_customers")
    after = f"After {months} month{'' if months == '1' else 's'}"
    return (
        f"{after} {people} new customers pay {say.rate(key, 'amount_rate')} of what "
        f"they paid in their first; {say.rate(key, 'customer_rate')} of them are still there"
    )


def _draw(frame: pd.DataFrame, shown: list[str], ages: list[int]) -> Drawing:
    """Draw both panels; a cell is blank where the cohort has not reached the age."""
    height = (_HEAD + _ROW * len(shown) + 4) / POINTS_PER_MM
    board = Board(WIDTH, height)
    cells = {(str(row["cohort"]), int(row["age_months"])): row for row in setting.records(frame)}
    left = max(width_of(name, _TEXT, 600) for name in shown) + 6
    counts = left + 34
    room = (board.width - counts - _GAP * len(_PANELS)) / len(_PANELS)
    wide = min(_CELL, room / len(ages))
    top = board.height - _HEAD
    board.text(0, top + 4, "Began", size=_TEXT, color="muted")
    board.text(counts, top + 4, "customers", size=_TEXT, color="muted", anchor="right")
    for panel, (column, head) in enumerate(_PANELS):
        x = counts + _GAP + panel * (room + _GAP)
        board.text(x, top + 15, head, size=_TEXT, weight=600)
        for place, age in enumerate(ages):
            middle = x + wide * (place + 0.5)
            board.text(middle, top + 4, str(age), size=_TEXT, color="muted", anchor="center")
        for line, name in enumerate(shown):
            base = top - _ROW * (line + 1)
            for place, age in enumerate(ages):
                row = cells.get((name, age))
                if row is not None:
                    _cell(board, (x + wide * place, base), wide, float(row[column]))
    for line, name in enumerate(shown):
        middle = top - _ROW * (line + 1) + 4
        weight = 600 if name == "Total" else 400
        board.text(0, middle, name, size=_TEXT, weight=weight)
        people = look.number(cells[name, 0]["start_customers"])
        board.text(counts, middle, people, size=_TEXT, weight=weight, anchor="right")
    rule = top - _ROW * (len(shown) - 1)
    board.line(0, rule, board.width, rule, width=0.6)
    board.line(0, top, board.width, top, width=0.6)
    return Drawing(board.svg(), WIDTH, height)


def _cell(board: Board, at: tuple[float, float], wide: float, value: float) -> None:
    _, fill, ink = next(tone for tone in _TONES if value >= tone[0])
    board.rect(at[0] + 0.5, at[1] + 0.5, wide - 1, _ROW - 1, fill=fill)
    text = look.number(value, scale=0.01)
    board.text(at[0] + wide / 2, at[1] + 4, text, size=_TEXT, color=ink, anchor="center")


def _notes(frame: pd.DataFrame, earlier: list[str], left: int) -> list[str]:
    shades = "The stronger the tone, the more: from 100, from 90, from 75, from 50 %, and below."
    text = (
        f"{shades} A cell stands where all customers of the cohort have reached the age; the total "
        f"adds these up. Money at the rates of {frame['rate_of'].iloc[0]}; who comes back counts "
        "again."
    )
    notes = [text]
    if earlier:
        month = earlier[0].removeprefix("to ")
        notes.append(f"Customers of {month} began in that month or before: no part of the total.")
    if left > 0:
        notes.append(f"{left} earlier cohorts are in the total and in the data.")
    return notes


def _alt(frame: pd.DataFrame, ages: list[int]) -> str:
    whole = frame[frame["role"] == "total"].set_index("age_months")
    told = [
        f"after {age} months {look.rate(whole.loc[age, 'amount_rate'])} % of the revenue and "
        f"{look.rate(whole.loc[age, 'customer_rate'])} % of the customers"
        for age in ages
        if age in whole.index
    ]
    return f"Heat table of cohorts. All cohorts together: {'; '.join(told)}."


def _columns(frame: pd.DataFrame, about: About | None) -> tuple[Column, ...]:
    money = setting.currency(about)
    return columns(
        frame,
        [
            Column("row_key", "Row"),
            Column("role", "Role"),
            Column("cohort", "Began"),
            Column("age_months", "Age in months", "count"),
            Column("customers", "Customers", "count"),
            Column("start_customers", "Customers at the start", "count"),
            Column("amount", "Paid a month", "money", money),
            Column("start_amount", "Paid in the first month", "money", money),
            Column("customer_rate", "Customers kept", "rate"),
            Column("amount_rate", "Revenue kept", "rate"),
            Column("rate_of", "Rates of"),
            Column("reason", "Reason"),
        ],
    )
