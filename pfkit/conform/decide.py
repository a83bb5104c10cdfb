"""Accept, fix or withdraw: a decision about a row is checked by a load, then written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pfkit.conform import outcomes
from pfkit.conform.audit import Decision, append, in_force, read_decisions
from pfkit.conform.calendar import declared
from pfkit.conform.decided import refusal
from pfkit.conform.engine import quoted
from pfkit.conform.given import Words, one_of, read_value, shown_sql
from pfkit.conform.mapping import Setting
from pfkit.conform.pipeline import Conformed, LoadedSource, conform
from pfkit.conform.rowids import held_ids
from pfkit.conform.tie import balances, control_ties
from pfkit.errors import BookError, ParameterError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from pfkit.conform.audit import Action
    from pfkit.conform.declaration import Declaration

Held = dict[str, Any]
Values = dict[str, str | None]


@dataclass(frozen=True)
class Outcome:
    """A decision as it was written, and what became of its row.

    Parameters
    ----------
    decision : Decision
        The line.
    status : str
        What the row is now: ``accepted``, ``quarantined`` or ``excluded``; empty where a decision
        was withdrawn.
    rule, column, value : str
        What it is still held back or left out for.
    others : int
        How many rows are held back now that were not before.
    """

    decision: Decision
    status: str = ""
    rule: str = ""
    column: str = ""
    value: str = ""
    others: int = 0


@dataclass(frozen=True)
class Desk:
    """A book's rows held back, and the place where decisions about them are written.

    Parameters
    ----------
    declaration : Declaration
        What ``book.toml`` says.
    data, book, state : pathlib.Path
        The folder of the raw files, of the book, and of what people decided.
    """

    declaration: Declaration
    data: Path
    book: Path
    state: Path

    @classmethod
    def of(cls, book: Path, *, data: Path | None = None, state: Path | None = None) -> Desk:
        """Return the desk of a book; the state folder is the book's own where none is named."""
        folder = book if book.is_dir() else book.parent
        return cls(declared(book, data=data), data or folder, folder, state or folder / "state")

    @cached_property
    def written(self) -> tuple[Decision, ...]:
        """Every line written so far."""
        return read_decisions(self.state)

    @cached_property
    def loaded(self) -> Conformed:
        """The book as every decision so far leaves it."""
        return self._load([])

    @cached_property
    def held(self) -> dict[str, Held]:
        """The rows held back, by id."""
        rows = outcomes.quarantine(self.loaded).to_dict("records")
        return {str(row["id"]): {str(k): v for k, v in row.items()} for row in rows if row["id"]}

    def accept(self, rows: Sequence[str], words: Words) -> list[Outcome]:
        """Let rows pass the rule each was held back for, and write one line for each.

        Parameters
        ----------
        rows : sequence of str
            Their ids, or the beginnings of these.
        words : Words
            The reason, who decided, and the day.

        Raises
        ------
        ParameterError
            If a row is not held back, or its rule cannot be waived; nothing is written then.
        """
        decisions = []
        for held in [self._held(row) for row in dict.fromkeys(rows)]:
            promise = _source(self.loaded, held["source"]).declared.promise
            why = refusal(str(held["rule"]), promise)
            if why:
                raise ParameterError(
                    f"a row held back for {held['rule']!r} cannot be accepted: {why}",
                    where=_place(held),
                    advice=f"Fix it with `pfkit quarantine fix`, or leave it. {held['advice']}",
                )
            value = {held["column"]: held["value"]} if held["column"] else {}
            decisions.append(_line(held, "accept", value, value, words))
        return self._write(decisions, words)

    def fix(self, row: str, values: Mapping[str, str], words: Words) -> Outcome:
        """Set agreed columns of a row held back, and write one line.

        Parameters
        ----------
        row : str
            Its id, or the beginning of it.
        values : Mapping
            By agreed column: the value as pfkit writes it (``2026-06-30``, ``1234.50``), with the
            sign the table has; empty for no value.
        words : Words
            The reason, who decided, and the day.

        Raises
        ------
        ParameterError
            If a column or value is none the contract allows; nothing is written then.
        """
        held = self._held(row)
        source = _source(self.loaded, held["source"])
        setting = self._setting()
        after = {c: read_value(source.declared, c, text, setting) for c, text in values.items()}
        place = _place_of(self.loaded, source, str(held["id"]))
        before = self._values(source, place, list(after))
        if held["value"] and before.get(held["column"], "") is None:
            before[held["column"]] = str(held["value"])  # what could not be read
        if not after or before == after:
            raise ParameterError(
                "the row has these values already" if after else "no value is given",
                where=_place(held),
                advice=f"It is held back for {held['rule']}. {held['advice']}",
            )
        if place is None and source.declared.unpivot is not None:
            raise ParameterError(
                "a line with months across that is no row of its file cannot be fixed here",
                where=_place(held),
                advice="Mend the file, or have it exported again.",
            )
        (outcome,) = self._write([_line(held, "fix", before, after, words)], words)
        return outcome

    def withdraw(self, decisions: Sequence[str], words: Words) -> list[Outcome]:
        """Take decisions back from a day on, and write one line for each.

        Parameters
        ----------
        decisions : sequence of str
            Their ids, or the beginnings of these.
        words : Words
            The reason, who decided, and the day.

        Raises
        ------
        ParameterError
            If there is no such decision, or it was withdrawn before.
        """
        standing = {d.decision: d for d in in_force(self.written, None)}
        lines = []
        for name in dict.fromkeys(decisions):
            found = standing[one_of(name, standing, noun="decision", state="is in force")]
            words.require_later(found.known_on, f"decision {found.decision} was taken")
            lines.append(
                replace(
                    found,
                    action="withdraw",
                    withdraws=found.decision,
                    before=found.after,
                    after=found.before,
                    amount=found.amount_after,
                    amount_after=found.amount,
                    because=words.because,
                    by=words.by,
                    known_on=words.on,
                )
            )
        numbered = self._numbered(lines)
        self._load(numbered)
        append(self.state, numbered)
        return [Outcome(line) for line in numbered]

    def _load(self, pending: Sequence[Decision]) -> Conformed:
        """Load the book with decisions that are not written yet, and prove its balance."""
        conformed = conform(
            self.declaration, data=self.data, book=self.book, state=self.state, pending=pending
        )
        control_ties(conformed, data=self.data)
        balances(conformed)
        return conformed

    def _setting(self) -> Setting:
        company, engine = self.declaration.company, self.loaded.engine
        calendar = company.fiscal_calendar()
        return Setting(engine, calendar, company.currency, company.zone, self.loaded.maps)

    def _held(self, row: str) -> Held:
        return self.held[one_of(row, self.held, noun="row", state="is held back")]

    def _values(self, held: LoadedSource, place: int | None, columns: list[str]) -> Values:
        """Return what columns of a row hold now; nothing where the line is no row."""
        if place is None or not columns:
            return dict.fromkeys(columns)
        texts = ", ".join(shown_sql(held.declared.promise, column) for column in columns)
        (values,) = self.loaded.engine.rows(
            f"SELECT {texts} FROM {quoted(held.rows_table)} WHERE _id = ?", [place]
        )
        return dict(zip(columns, values, strict=True))

    def _numbered(self, lines: Sequence[Decision]) -> list[Decision]:
        start = len(self.written) + 1
        return [line.numbered(start + place) for place, line in enumerate(lines)]

    def _write(self, lines: Sequence[Decision], words: Words) -> list[Outcome]:
        """Check decisions by a load with them, write them, and return what became of the rows."""
        lines = self._numbered(lines)
        conformed = self._load(lines)
        new = set(outcomes.quarantine(conformed)["id"]) - set(self.held) - {""}
        found = []
        for line in lines:
            self._require_known(line, words)
            outcome = replace(_outcome(line, conformed), others=len(new))
            self._require_mended(outcome)
            found.append(outcome)
        numbered = self._numbered([outcome.decision for outcome in found])
        append(self.state, numbered)
        return [replace(o, decision=d) for o, d in zip(found, numbered, strict=True)]

    def _require_known(self, line: Decision, words: Words) -> None:
        held = _source(self.loaded, line.source)
        place = _place_of(self.loaded, held, line.row)
        if place is None or "known_on" not in held.declared.promise.names:
            return
        ((learned,),) = self.loaded.engine.rows(
            f"SELECT known_on FROM {quoted(held.rows_table)} WHERE _id = ?", [place]
        )
        if learned is not None:
            words.require_later(learned, f"row {line.row} was learned")

    def _require_mended(self, outcome: Outcome) -> None:
        """Refuse a fix whose own values break a rule, or that leaves no whole row."""
        line = outcome.decision
        if outcome.status != "quarantined" or line.action != "fix":
            return
        held = self.held[line.row]
        if {name.strip() for name in outcome.column.split(",")} & set(line.after):
            raise ParameterError(
                f"the row would be held back again: {outcome.rule}, "
                f"{outcome.column} {outcome.value or '(empty)'!r}",
                where=_place(held),
                advice="Nothing was written. Set a value the contract allows; `pfkit dictionary` "
                "prints what it does.",
            )
        if _place_of(self.loaded, _source(self.loaded, line.source), line.row) is None:
            raise ParameterError(
                f"the line is no row of its file, and {outcome.column} has no value "
                f"({outcome.rule})",
                where=_place(held),
                advice="Nothing was written. Set every column that the row must fill.",
            )


def accept(
    book: str | Path,
    rows: Sequence[str],
    *,
    because: str,
    by: str,
    on: dt.date,
    data: str | Path | None = None,
    state: str | Path | None = None,
) -> list[Outcome]:
    """Let rows held back count as they are, and write an audit line for each.

    Use it where a rule holds back what is right; `fix` changes a value.

    Parameters
    ----------
    book : str or pathlib.Path
        The book's folder.
    rows : sequence of str
        Ids of rows as ``book.quarantine`` lists them, or the beginnings of these.
    because, by : str
        Why, and who decides.
    on : datetime.date
        The day of the decision; a replay of an earlier day does not know it.
    data, state : str or pathlib.Path, optional
        Folders of the raw files and of decisions, as for `open_book`.

    Returns
    -------
    list of Outcome
        One per row: its ``decision``, and the ``status`` the row has now.

    Raises
    ------
    ParameterError
        If a row is not held back, or its rule cannot be waived; nothing is written then.

    Notes
    -----
    The book is loaded with the decisions, and its balance proven, before a line is written.

    Examples
    --------
    >>> from datetime import date
    >>> accept("no-such-book", ["9094"], because="as billed", by="A. B.", on=date(2026, 7, 2))
    Traceback (most recent call last):
    pfkit.errors.BookError: no-such-book: no book.toml in no-such-book
      -> Name a folder that holds book.toml; `pfkit demo` makes one to look at.
    """
    return _desk(book, data, state).accept(rows, Words(because, by, on))


def fix(
    book: str | Path,
    row: str,
    values: Mapping[str, str],
    *,
    because: str,
    by: str,
    on: dt.date,
    data: str | Path | None = None,
    state: str | Path | None = None,
) -> Outcome:
    """Set agreed columns of a row held back, and write an audit line.

    Use it where the source cannot be mended; a corrected export is better.

    Parameters
    ----------
    book : str or pathlib.Path
        The book's folder.
    row : str
        Id of the row as ``book.quarantine`` lists it, or the beginning of it.
    values : mapping of str to str
        By agreed column: the value as pfkit writes it (``2026-06-30``, ``1234.50``), with the
        sign the table has; empty for no value.
    because, by : str
        Why, and who decides.
    on : datetime.date
        The day of the decision; a replay of an earlier day does not know it.
    data, state : str or pathlib.Path, optional
        Folders of the raw files and of decisions, as for `open_book`.

    Returns
    -------
    Outcome
        Its ``decision``, and the ``status`` the row has now.

    Raises
    ------
    ParameterError
        If a column or value is none the contract allows; nothing is written then.

    Notes
    -----
    As for `accept`.

    Examples
    --------
    >>> from datetime import date
    >>> words = {"because": "typed twice", "by": "A. B.", "on": date(2026, 7, 2)}
    >>> fix("no-such-book", "9094", {"amount_local": "12.50"}, **words)
    Traceback (most recent call last):
    pfkit.errors.BookError: no-such-book: no book.toml in no-such-book
      -> Name a folder that holds book.toml; `pfkit demo` makes one to look at.
    """
    return _desk(book, data, state).fix(row, values, Words(because, by, on))


def _desk(book: str | Path, data: str | Path | None, state: str | Path | None) -> Desk:
    return Desk.of(
        Path(book),
        data=None if data is None else Path(data),
        state=None if state is None else Path(state),
    )


def _source(conformed: Conformed, name: str) -> LoadedSource:
    return next(held for held in conformed.sources if held.declared.name == name)


def _place_of(conformed: Conformed, held: LoadedSource, row: str) -> int | None:
    """Return the ``_id`` of a row held back, None where it is no row of the source."""
    ids = held_ids(held, conformed.engine)
    return next((place for place, name in ids.items() if name == row), None)


def _line(held: Held, action: Action, before: Values, after: Values, words: Words) -> Decision:
    amount = held["amount"]
    known = amount is not None and amount == amount  # noqa: PLR0124 (NaN differs from itself)
    return Decision(
        action=action,
        row=str(held["id"]),
        source=str(held["source"]),
        table=str(held["table"]),
        period=str(held["period"]),
        file=str(held["file"]),
        line=str(held["line"]),
        rule=str(held["rule"]),
        column=str(held["column"]),
        before=before,
        after=after,
        amount=f"{Decimal(str(amount)):.2f}" if known else None,
        because=words.because.strip(),
        by=words.by.strip(),
        known_on=words.on,
    )


def _outcome(line: Decision, conformed: Conformed) -> Outcome:
    held = _source(conformed, line.source)
    places = [
        row[0]
        for row in conformed.engine.rows(
            f"SELECT _id FROM {quoted(held.rows_table)} "
            "WHERE list_contains(string_split(_decision, ' '), ?)",
            [line.decision],
        )
    ]
    if not places:
        raise BookError(
            "the row is no longer there", where=line.file, advice="The input changed; run again."
        )
    promise = held.declared.promise
    amount = quoted(promise.amount) if promise.amount else "NULL"
    ((status, rule, column, value, counted),) = conformed.engine.rows(
        f"SELECT _status, _reason, _column, _value, {amount} FROM {quoted(held.rows_table)} "
        "WHERE _id = ?",
        [places[0]],
    )
    after = f"{counted:.2f}" if counted is not None and promise.counts_money else None
    return Outcome(replace(line, amount_after=after), status, rule or "", column or "", value or "")


def _place(held: Held) -> str:
    return f"{held['file']} line {held['line']} ({held['id']})"
