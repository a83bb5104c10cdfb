"""From what a person filled in to lines of the two tables: what is new, what is settled."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from pfkit.conform.filled import Problem
from pfkit.contracts.form import FIELDS
from pfkit.contracts.personal import mask
from pfkit.contracts.standing import (
    CLOSED,
    OPEN,
    Comment,
    Comments,
    Decision,
    standing_decisions,
    text_of,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from pfkit.conform.filled import Entry
    from pfkit.contracts.form import Field
    from pfkit.period import Period

Line = dict[str, str]

_COMMENT = tuple(item for item in FIELDS if item.table == "comments")
_DECISION = tuple(item for item in FIELDS if item.table == "decisions")
_GLANCE = 60


@dataclass(frozen=True)
class Standing:
    """What stands of comments and decisions, and every line there ever was.

    Attributes
    ----------
    comments : Comments
        By row, as the report of the workbook's period reads them.
    decisions : mapping of str to Decision
        By its id.
    lines : sequence of mapping
        Every comment, then every decision, as text.
    key : bytes
        What masks are made with.
    allowed : frozenset of str
        Agreed columns that may show e-mail addresses.
    """

    comments: Comments
    decisions: Mapping[str, Decision]
    said: Sequence[Line]
    raised: Sequence[Line]
    key: bytes = b""
    allowed: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        comments: Sequence[Mapping[Any, Any]],
        decisions: Sequence[Mapping[Any, Any]],
        period: Period,
        *,
        key: bytes = b"",
        allowed: frozenset[str] = frozenset(),
    ) -> Standing:
        """Read both tables."""
        return cls(
            Comments(comments, period=period),
            {one.decision: one for one in standing_decisions(decisions, period=period)},
            [_text(line) for line in comments],
            [_text(line) for line in decisions],
            key,
            allowed,
        )

    def masked(self, text: str, column: str) -> str:
        """Return a text as the book shows it: no address, number of a card or secret in it."""
        keep = frozenset({"e-mail"}) if column in self.allowed else frozenset[str]()
        return mask(text, key=self.key, keep=keep)


@dataclass
class Answers:
    """The lines to add, and what cannot be taken or should be told."""

    comments: list[Line] = field(default_factory=list)
    decisions: list[Line] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Asked:
    """What every line of one workbook shares."""

    period: str
    as_of: str
    on: str
    by: str


def answered(
    entries: Iterable[Entry],
    standing: Standing,
    *,
    period: str,
    as_of: dt.date,
    on: dt.date,
    by: str,
) -> Answers:
    """Return the lines that a filled-in workbook adds to both tables.

    Parameters
    ----------
    entries : iterable of Entry
        What was changed, row by row.
    standing : Standing
        What stands.
    period : str
        The report's period.
    as_of, on : datetime.date
        The day the report was known, and the day the comments count from.
    by : str
        Who wrote what names nobody.
    """
    asked = _Asked(period, as_of.isoformat(), on.isoformat(), " ".join(by.split()))
    found = Answers()
    for entry in entries:
        told = {
            item.name: standing.masked(entry.now[item.name], item.column)
            if item.name in entry.changed
            else entry.now[item.name]
            for item in FIELDS
        }
        if _touched(entry, _COMMENT):
            _comment(entry, told, standing, asked, found)
        if _touched(entry, _DECISION):
            _decision(entry, told, standing, asked, found)
        found.notes += [
            f"{place} was emptied: what stood stays; its status closes it"
            for name, place in entry.emptied.items()
            if name in {"comment", "decision_text"} and name not in entry.changed
        ]
    return found


def _touched(entry: Entry, fields: Sequence[Field]) -> bool:
    return any(item.name in entry.changed for item in fields)


def _at(entry: Entry, *names: str) -> str:
    """Return the cell that changed, the first of some fields that did."""
    return next(entry.places[name] for name in (*names, *entry.places) if name in entry.places)


def _comment(
    entry: Entry, told: Mapping[str, str], standing: Standing, asked: _Asked, found: Answers
) -> None:
    """Add the line of a comment that was written, changed, approved or closed."""
    at = _at(entry, *(item.name for item in _COMMENT))
    now = standing.comments.on(entry.exhibit, entry.row_key)
    author = told["author"]
    if _anew(entry) and "author" not in entry.changed and asked.by:
        author = standing.masked(asked.by, "author")
    if not told["comment"]:
        advice = f"Write one on row {entry.row_key}, or empty the cell."
        found.problems.append(Problem(at, "there is no comment that it could be about", advice))
    elif not author:
        advice = 'Fill in "Comment by", or name who wrote it with --by.'
        found.problems.append(Problem(at, "the comment has no author", advice))
    else:
        line = _comment_line(entry, told, now, asked) | {"author": author}
        lapsed = told["approved_by"] and not line.get("approved_by")
        was = _stood(entry, _COMMENT)
        if _is_known(line, now, standing.said, was, asked):
            return
        problem = _clash(at, now, was, ("text", "author"), asked)
        if problem is not None:
            found.problems.append(problem)
            return
        found.comments.append(_kept(line | {"known_on": asked.on}))
        if lapsed:
            said = f"{told['approved_by']} approved the text before, and not this one"
            found.notes.append(f"{at}: {said}")


def _anew(entry: Entry) -> bool:
    """Return whether the text itself is another."""
    return "comment" in entry.changed


def _comment_line(
    entry: Entry, told: Mapping[str, str], now: Comment | None, asked: _Asked
) -> Line:
    """Return a comment as a line, but for its author and day.

    What stays the text it was stays of its month, unless it is closed; a new text is of the
    report's, and nobody has approved it unless its approver was filled in too.
    """
    line = {"exhibit": entry.exhibit, "row_key": entry.row_key, "text": told["comment"]}
    line |= {"status": told["comment_status"] or OPEN, "period": asked.period}
    approver, day = told["approved_by"], asked.on
    if _anew(entry):
        approver = approver if "approved_by" in entry.changed else ""
    elif now is not None:
        line["exhibit"] = now.exhibit
        line["period"] = asked.period if line["status"] == CLOSED else now.period
        day = now.approved_on if now.approved_by == approver else asked.on
    return line | ({"approved_by": approver, "approved_on": day} if approver else {})


def _decision(
    entry: Entry, told: Mapping[str, str], standing: Standing, asked: _Asked, found: Answers
) -> None:
    """Add the line of a decision that was put, changed or closed."""
    at = _at(entry, *(item.name for item in _DECISION))
    missing = [item for item in _DECISION if not told[item.name] and item.kind != "status"]
    if missing:
        what = "the decision lacks " + " and ".join(f'"{item.label}"' for item in missing)
        found.problems.append(Problem(at, what, "A decision has a text, an owner and a day."))
        return
    now = standing.decisions.get(entry.decision) if entry.decision else None
    line = {"exhibit": entry.exhibit, "row_key": entry.row_key, "period": asked.period}
    if now is not None:
        line = {"exhibit": now.exhibit, "row_key": now.row_key, "period": now.period}
        line |= {"decision": now.decision}
    line |= {"text": told["decision_text"], "owner": told["owner"], "due_on": told["due_on"]}
    line |= {"status": told["decision_status"] or OPEN}
    was = _stood(entry, _DECISION)
    if _is_known(line, now, standing.raised, was, asked):
        return
    problem = _clash(at, now, was, ("text", "owner", "due_on", "status"), asked)
    if problem is not None:
        found.problems.append(problem)
        return
    taken = {one["decision"] for one in found.decisions}
    taken |= {one.get("decision", "") for one in standing.raised}
    line.setdefault("decision", _number(entry, asked.period, taken))
    found.decisions.append(_kept(line | {"known_on": asked.on}))


def _stood(entry: Entry, fields: Sequence[Field]) -> Line:
    """Return what stood when the workbook was made, by agreed column."""
    return {item.column: entry.stood.get(item.name, "") for item in fields}


def _is_known(
    line: Line, now: Comment | Decision | None, lines: Sequence[Line], was: Line, asked: _Asked
) -> bool:
    """Return whether a line stands already, or was read since the workbook was made.

    Since then means after the last line that says what stood; where nothing did, a line of the
    report's own period.
    """
    content = _content(line)
    if now is not None and content == _content(_text(vars(now))):
        return True
    since = list(lines)
    if was["text"]:
        stood = [at for at, one in enumerate(lines) if _says(one, was)]
        since = since[max(stood, default=-1) + 1 :]
    else:
        since = [one for one in lines if one.get("period") == asked.period]
    where = {"exhibit", "period", "decision"}
    wanted = {name: text for name, text in content.items() if name not in where}
    bare = {name: text for name, text in content.items() if name == "exhibit"}
    return any(
        _says(_content(one), wanted) and ("exhibit" not in one or _says(one, bare)) for one in since
    )


def _says(line: Line, wanted: Line) -> bool:
    return all(line.get(name, "") == text for name, text in wanted.items())


def _clash(
    at: str,
    now: Comment | Decision | None,
    was: Line,
    columns: Sequence[str],
    asked: _Asked,
) -> Problem | None:
    """Return why a line cannot be added to what stands by now; None where it can."""
    if now is None:
        if not was["text"]:
            return None
        said = f"{_glance(was['text'])} was closed since the workbook was made"
        return Problem(at, said, "Make the report again, and write into its workbook.")
    held = _text(vars(now))
    if not _says(held, {name: was[name] for name in columns}):
        who = now.author if isinstance(now, Comment) else now.owner
        state = ", closed," if now.status == CLOSED else ""
        said = f"{who} wrote {_glance(now.text)}{state} on {now.known_on}"
        advice = "Make the report again and write into its workbook, or empty the cell."
        return Problem(at, f"{said}, after this workbook was made", advice)
    if now.known_on > asked.on:
        said = f"{asked.on} is before what stands was written, on {now.known_on}"
        return Problem(at, said, "Name a later day with --on.")
    return None


def _number(entry: Entry, period: str, taken: set[str]) -> str:
    """Return an id for a new decision: its row and the period it was raised in."""
    stem = f"{entry.row_key or 'decision'} {period}"
    number, count = stem, 1
    while number in taken:
        count += 1
        number = f"{stem} ({count})"
    return number


def _content(line: Mapping[str, str]) -> Line:
    """Return what a line says, without the days it was said and approved on."""
    names = {"known_on", "approved_on", "since"}
    return {name: text for name, text in line.items() if text and name not in names}


def _kept(line: Line) -> Line:
    return {name: text for name, text in line.items() if text}


def _text(line: Mapping[Any, Any]) -> Line:
    known = {item.name for kind in (Comment, Decision) for item in fields(kind)}
    texts = {str(name): text_of(value) for name, value in line.items() if name in known}
    return {name: text for name, text in texts.items() if text} | (
        {"status": OPEN} if not texts.get("status") else {}
    )


def _glance(text: str) -> str:
    return repr(text if len(text) <= _GLANCE else f"{text[: _GLANCE - 1]}…")
