"""The rows held back as a person decides about them: ids, places, what may be done, raw rows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.conform import outcomes
from pfkit.conform.corrections import corrections
from pfkit.conform.decided import refusal
from pfkit.conform.engine import quoted
from pfkit.conform.long import started
from pfkit.conform.rowids import held_ids, raw_columns
from pfkit.contracts.personal import mask

if TYPE_CHECKING:
    from pfkit.conform.pipeline import Conformed, LoadedSource
    from pfkit.contracts import About
    from pfkit.period import Period


@dataclass(frozen=True)
class Listing:
    """Rows held back, and the decisions in force.

    Parameters
    ----------
    rows : pandas.DataFrame
        One row per row held back: its id, place, rule, column, value, amount in reporting
        currency, advice, and ``may`` (``accept, fix``; ``fix``; or ``mend the file``).
    raw : tuple of str
        In the same order: the row as its file has it, as JSON; personal data masked.
    decisions : pandas.DataFrame
        As `pfkit.conform.corrections.corrections` gives them.
    about : About
        The book.
    """

    rows: pd.DataFrame
    raw: tuple[str, ...]
    decisions: pd.DataFrame
    about: About

    def plain(self) -> dict[str, Any]:
        """Return both lists as JSON values, amounts as decimal text."""
        return {
            "currency": self.about.currency,
            "as_of": self.about.as_of.isoformat(),
            "rows": [_plain(row) for row in self.rows.to_dict("records")],
            "decisions": [_plain(row) for row in self.decisions.to_dict("records")],
        }

    def lines(self) -> list[str]:
        """Return both lists as lines of text."""
        known = pd.to_numeric(self.rows["amount"]).dropna().abs()
        count = "1 row" if len(self.rows) == 1 else f"{len(self.rows):,} rows"
        total = f", {known.sum():,.2f} {self.about.currency} signs aside" if len(known) else ""
        found = [f"{count} held back, as known on {self.about.as_of.isoformat()}{total}"]
        for row in self.rows.to_dict("records"):
            value = f" {row['value']!r}" if row["value"] else ""
            amount = "" if pd.isna(row["amount"]) else f", {row['amount']:,.2f}"
            what = f"{row['rule']}: {row['column']}{value}" if row["column"] else row["rule"]
            found.append(f"{row['id']}  {row['file']} {row['line']}  {what}{amount}")
            found.append(f"  -> {row['advice']} May: {row['may']}.")
        for row in self.decisions.to_dict("records"):
            told = f"{row['decision']}  {row['action']} {row['file']} {row['line']} ({row['rule']})"
            change = f": {row['before']} -> {row['after']}" if row["action"] == "fix" else ""
            found.append(
                f"{told}{change}; {row['by']} on {row['known_on']}: {row['because']}; the row is "
                f"{row['status']}"
            )
        return found


def listing(conformed: Conformed, about: About, period: Period | None = None) -> Listing:
    """Return the rows of a book held back, and the decisions it went by.

    Parameters
    ----------
    conformed : Conformed
        The loaded book.
    about : About
        The same, as an exhibit knows it.
    period : Period, optional
        Only the months a report of it looks at; default: all.
    """
    rows = outcomes.quarantine(conformed, period)
    sources = {held.declared.name: held for held in conformed.sources}
    rows["may"] = [
        _may(sources[source], rule, unread=not month and name in sources[source].rejected_ids)
        for source, rule, month, name in zip(
            rows["source"], rows["rule"], rows["period"], rows["id"], strict=True
        )
    ]
    raw: dict[str, str] = {}
    for source in rows["source"].unique():
        raw |= _raw_rows(sources[source], conformed)
    return Listing(
        rows,
        tuple(raw.get(name, "") for name in rows["id"]),
        corrections(conformed, period),
        about,
    )


def _may(held: LoadedSource, rule: str, *, unread: bool) -> str:
    if unread:
        return "mend the file" if held.declared.unpivot is not None else "fix"
    return "fix" if refusal(rule, held.declared.promise) else "accept, fix"


def _raw_rows(held: LoadedSource, conformed: Conformed) -> dict[str, str]:
    """Return raw rows held back as JSON, by id."""
    source, engine = held.declared, conformed.engine
    columns = raw_columns(source, engine)
    names = ", ".join(f"CAST({quoted(column)} AS VARCHAR)" for column in columns)
    ids = held_ids(held, engine)
    rows = engine.rows(
        f"SELECT _id, {names} FROM {quoted(started(source))} WHERE _id IN "
        f"(SELECT _id FROM {quoted(held.rows_table)} WHERE _status = 'quarantined')"
    )
    found = {ids[row[0]]: _json(dict(zip(columns, row[1:], strict=True))) for row in rows}
    texts = zip(held.rejected_ids, held.rejected, strict=True)
    return found | {name: _json({"text": row.text}) for name, row in texts}


def _json(values: dict[str, str | None]) -> str:
    shown = {name: mask(text) if text is not None else None for name, text in values.items()}
    return json.dumps(shown, ensure_ascii=False)


def _plain(row: dict[Any, Any]) -> dict[str, Any]:
    return {
        str(name): _amount(value) if str(name).startswith("amount") else str(value)
        for name, value in row.items()
    }


def _amount(value: Any) -> str | None:  # noqa: ANN401 (a cell of a table)
    return None if pd.isna(value) else f"{value:.2f}"
