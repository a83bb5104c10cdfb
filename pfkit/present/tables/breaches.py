"""Breaches: entries and plans that a control should have stopped, with amounts and ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.quality import exact
from pfkit.present.tables.sheet import Col, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_NOT_ASKED = (
    "No control of the ledger ran: its sources say neither who entered and approved an entry nor "
    "where it came from, and book.toml locks no month (origin, entered_by, approved_by, lock_days)."
)


def breaches(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "breaches",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print what breaks a control of the ledger or the plan, the gravest first.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.breaches`, amounts in reporting currency.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per finding, with its month, amount and entries; persons stand in none. One
        sentence where nothing was found, or where the book asks for no such control. ``state`` is
        the worst of the findings.
    """
    if result.empty:
        text = str(result.attrs.get("reason", "")) or _NOT_ASKED
        return setting.said(id, text, about, section=section)
    frame = result.reset_index(drop=True)
    frame["finding"] = [_finding(row) for row in setting.records(frame)]
    scale = exact(about, frame["amount"])
    say = Facts(id, frame, scale)
    cols = [
        Col("rule", "Rule"),
        Col("month", "Month"),
        Col("state", "State", "state"),
        Col("amount", f"Amount, {scale.unit}" if scale.unit else "Amount", "money"),
        Col("count", "Entries", "count"),
        Col("entries", "Which"),
        Col("finding", "Finding", wide=True),
    ]
    red = bool((frame["state"] == "red").any())
    return table(
        id,
        frame,
        cols,
        title=f"{setting.who(about)}breaches of controls on ledger and plan, in {scale.unit}"
        f"{setting.when(about)}",
        message=_message(frame, say, red=red),
        say=say,
        about=about,
        tables=("actuals", "budget", "invoices"),
        notes=[
            (
                "Amount: sizes of the entries, signs aside; an entry may break several rules, so "
                "amounts do not add up. Red: above materiality. Persons are compared, not named."
            )
        ],
        section=section,
        state="red" if red else "amber",
    )


def _finding(row: dict[str, object]) -> str:
    parts = [str(row["detail"]), str(row["advice"])]
    return " → ".join(part for part in parts if part)


def _message(frame: pd.DataFrame, say: Facts, *, red: bool) -> str:
    first = frame.iloc[0]
    size = say.amount(str(first["row_key"]), "amount")
    unit = f"{look.THIN}{say.scale.unit}" if say.scale.unit else ""
    word = str(first["rule"])
    rule = f"{word[:1].lower()}{word[1:]} ({size}{unit})"
    if red:
        count = say.count("state", "red", weight="findings")
        noun = "breach is" if count == "1" else "breaches are"
        return f"{count} {noun} above materiality, the largest by {rule}"
    count = say.count(weight="findings", column="state")
    noun = "breach of controls was" if count == "1" else "breaches of controls were"
    return f"{count} {noun} found, none above materiality, the largest by {rule}"
