"""Check a finished report against the rules of its page, over its exhibits and not its pixels."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain, combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.errors import PfkitError
from pfkit.present.facts import Fact, rederive
from pfkit.present.outlooks import NEAR
from pfkit.publish.executed import exhibits
from pfkit.publish.opened import open_report

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from os import PathLike


Exhibit = dict[str, Any]

_MOST_COMMENTS = 5
_PAGES = range(3, 13)
_CENT = 0.01
_SENTENCE = "sentence"  # the column of a row in words
_ABSENT = "This book has no "
_SILENT = {"section", "note"}  # a heading or a line about missing input shows nothing itself
_NUMBER = re.compile(r"[+\N{MINUS SIGN}-]?\d(?:[\d\N{NARROW NO-BREAK SPACE}]*\d)?(?:\.\d+)?")
_NAMED = re.compile(
    r"\b\d{4}(?:-\d{2}(?:-\d{2})?|Q[1-4])\b|\bFY\d{4}\b|\b[A-Za-z]+\d+\b|\bQ[1-4]\b|\b(?:19|20)\d{2}\b"
)
_REFERENCE = re.compile(
    r"\b(plan|budget|prior|previous|against|than|beats|misses|meets|above|below)\b"
)
_VERB_LIST = (
    "is are was were be been has have had does do did will can may must needs need adds add"
    " beats beat breaks brings brought changes changed closes closed comes came costs covers"
    " covered drives drove earn earns earned ends exceeds exceeded explain explains falls fell"
    " gains goes grew grows holds held hold keeps kept lags leads led lies lay leaves left"
    " lifts lifted"
    " lines loses lost makes made meets met miss misses missed moves moved offset offsets passes"
    " passed pays paid puts reaches reached reads reconciles reduces reduced remains remained"
    " returns returned rises rose run runs runs ran says sells sets show shows sits stands stood"
    " stand lower lowers lowered lift account accounts fit fits spend spends owe owes land lands"
    " stays stayed takes took tie ties tied trails turns uses used waits want went wins"
)
_VERBS = frozenset(_VERB_LIST.split())


@dataclass(frozen=True)
class Finding:
    """A broken rule: its number, the exhibit, and what is wrong.

    Attributes
    ----------
    rule : int
        The number of the rule, as in the documentation of `lint`.
    exhibit : str
        The exhibit's id, or ``report``.
    message : str
        What is wrong, and what would be right.
    """

    rule: int
    exhibit: str
    message: str

    def __str__(self) -> str:
        """Return the finding as it is printed."""
        return f"rule {self.rule}, {self.exhibit}: {self.message}"


def lint(report: str | PathLike[str]) -> list[Finding]:
    """Check a report's folder against the rules a director's page keeps.

    Parameters
    ----------
    report : path
        A report's folder.

    Returns
    -------
    list of Finding
        One per broken rule and place, in the order of the exhibits; empty where all hold.

    Raises
    ------
    ReportError
        If the folder holds no finished report.

    Notes
    -----
    1. The first section is the summary: a headline with number, reference and percent, at most
       five comments, decisions with owner and date; 3 to 12 pages, fewer where a section has no
       input.
    2. Each exhibit has a message, a sentence with a verb, apart from its title.
    3. Every number in a message, and in a column ``sentence``, is computed: it stands in the
       exhibit's facts, and each fact follows from the cell it names.
    9. The steps of a bridge are signed and add up exactly.
    12. Every exhibit has a source line and a knowledge date, and the report its run record.
        Comments speak of rows in the exhibits around them and need none of their own.
    21. What exhibits say the year will bring of one line is the same within 0.5 %, or each of them
        names the amount of the other.
    """
    folder = Path(report)
    notebook, manifest = open_report(folder)
    shown = exhibits(notebook)
    frames = {str(exhibit["id"]): _frame(exhibit) for exhibit in shown}
    found = [*_summary(shown), *_pack(manifest, shown)]
    for exhibit in shown:
        found += [*_message(exhibit), *_numbers(exhibit, frames), *_bridge(exhibit)]
        found += _source(exhibit)
    return [*found, *_outlooks(shown), *_record(manifest)]


def _summary(shown: Sequence[Exhibit]) -> Iterator[Finding]:
    """Rule 1: what stands on the first page."""
    first = [one for one in shown if one.get("section") in {"M0", ""}]
    headline = next((one for one in shown if one["kind"] == "headline"), None)
    if headline is None or headline is not next(iter(shown), None):
        yield Finding(1, "report", "the first exhibit is not the headline")
    if headline is not None:
        yield from _headline(headline)
    comments = [one for one in first if one["kind"] == "comments"]
    for one in comments:
        if len(one["rows"]) > _MOST_COMMENTS:
            yield Finding(1, one["id"], f"{len(one['rows'])} comments; five are the most")
    decisions = next((one for one in shown if one["kind"] == "decisions"), None)
    if decisions is None and not any("decisions" in str(one["id"]) for one in shown):
        yield Finding(1, "report", "the summary names no decisions needed")
    elif decisions is not None:
        yield from _decisions(decisions)


def _headline(exhibit: Exhibit) -> Iterator[Finding]:
    """Rule 1: number, reference and percent, wherever the book has something to compare with."""
    printed = chain.from_iterable(exhibit["printed"])
    text = " ".join([exhibit["title"], exhibit["message"], *printed])
    if not _numbers_in(text):
        yield Finding(1, exhibit["id"], "the headline holds no number")
    names = [str(column["name"]) for column in exhibit["columns"]]
    compared = [place for place, name in enumerate(names) if "variance" in name]
    if exhibit["rows"] and all(row[at] is None for row in exhibit["rows"] for at in compared):
        return
    if not _REFERENCE.search(text):
        yield Finding(1, exhibit["id"], "the headline compares with nothing")
    if "%" not in text:
        yield Finding(1, exhibit["id"], "the headline gives no percent")


def _decisions(exhibit: Exhibit) -> Iterator[Finding]:
    for name, noun in (("owner", "owner"), ("due_on", "date")):
        place = _place(exhibit, name)
        for row in exhibit["rows"]:
            if place is None or row[place] in {None, ""}:
                yield Finding(1, exhibit["id"], f"decision {row[0]!r} has no {noun}")


def _pack(manifest: dict[str, Any], shown: Sequence[Exhibit]) -> Iterator[Finding]:
    """Rule 1: 3 to 12 pages; fewer where a section has no input."""
    pages = int(manifest.get("pages", 0))
    short = any(str(one["message"]).startswith(_ABSENT) for one in shown if one["kind"] == "note")
    if pages not in _PAGES and not (short and 0 < pages < _PAGES.start):
        yield Finding(1, "report", f"{pages} pages; a pack has 3 to 12")


def _message(exhibit: Exhibit) -> Iterator[Finding]:
    """Rule 2: a sentence with a verb, apart from the title."""
    if exhibit["kind"] in _SILENT:
        return
    message, title = str(exhibit["message"]).strip(), str(exhibit["title"]).strip()
    if not message:
        yield Finding(2, exhibit["id"], "it has no message")
    elif exhibit["kind"] != "headline" and message == title:
        yield Finding(2, exhibit["id"], "its message only repeats its title")
    elif not _has_verb(message):
        yield Finding(2, exhibit["id"], f"its message is no sentence: {message[:80]!r}")


def _numbers(exhibit: Exhibit, frames: dict[str, pd.DataFrame]) -> Iterator[Finding]:
    """Rule 3: numbers are computed, and follow from the cells they name."""
    facts = [Fact(**fact) for fact in exhibit.get("facts", [])]
    known = {_plain(number) for fact in facts for number in _numbers_in(fact.text)}
    sentences = [str(exhibit["message"])]
    of_rows = _sentences(exhibit)
    whole = {text for text, _ in of_rows.values()}
    if exhibit["kind"] in {"headline", "comments"}:
        sentences += [text for row in exhibit["printed"] for text in row if text not in whole]
    names = _names(value for row in exhibit["rows"] for value in row if not _among(value, whole))
    said = [_without(text, names) for text in sentences]
    for number in dict.fromkeys(found for text in said for found in _numbers_in(text)):
        if _plain(number) not in known:
            yield Finding(3, exhibit["id"], f"the number {number} has no fact behind it")
    yield from _told(exhibit, of_rows, facts)
    for fact in facts:
        told = _rederived(fact, frames)
        if told != fact.text:
            where = f"{fact.exhibit}, row {fact.row_key}, column {fact.column}"
            yield Finding(3, exhibit["id"], f"it says {fact.text}, but {where} gives {told}")


def _sentences(exhibit: Exhibit) -> dict[str, tuple[str, list[Any]]]:
    """Return each row's sentence and its other values, by row key."""
    place = _place(exhibit, _SENTENCE)
    if place is None:
        return {}
    return {str(row[0]): (str(row[place]), row) for row in exhibit["rows"]}


def _told(
    exhibit: Exhibit, of_rows: dict[str, tuple[str, list[Any]]], facts: Sequence[Fact]
) -> Iterator[Finding]:
    """Rule 3 of the sentences of rows: each number is a fact of its own row."""
    known: dict[str, set[str]] = {}
    for fact in facts:
        known.setdefault(fact.row_key, set()).update(map(_plain, _numbers_in(fact.text)))
    for key, (text, row) in of_rows.items():
        said = _without(text, _names(value for value in row if value != text))
        for number in dict.fromkeys(_numbers_in(said)):
            if _plain(number) not in known.get(key, ()):
                what = f"the number {number} has no fact of row {key} behind it"
                yield Finding(3, exhibit["id"], what)


def _names(values: Iterable[object]) -> list[str]:
    """Return the texts among values that hold digits, the longest first."""
    found = {value for value in values if isinstance(value, str) and re.search(r"\d", value)}
    return sorted(found, key=len, reverse=True)


def _among(value: object, texts: set[str]) -> bool:
    return isinstance(value, str) and value in texts


def _without(text: str, names: Sequence[str]) -> str:
    """Take out the names a sentence quotes from its rows; the code 22423 is no number."""
    for name in names:
        if name in text:
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", " ", text)
    return text


def _rederived(fact: Fact, frames: dict[str, pd.DataFrame]) -> str:
    data = frames.get(fact.exhibit)
    if data is None:
        return "no such exhibit"
    if fact.column not in data.columns:
        return "no such column"
    if fact.how != "count" and not bool((data["row_key"] == fact.row_key).any()):
        return "no such row"
    return rederive(fact, data)


def _frame(exhibit: Exhibit) -> pd.DataFrame:
    return pd.DataFrame(exhibit["rows"], columns=[column["name"] for column in exhibit["columns"]])


def _bridge(exhibit: Exhibit) -> Iterator[Finding]:
    """Rule 9: signed steps that add up."""
    bridge = exhibit.get("bridge")
    if not bridge:
        return
    amounts = [_amount(step) for step in bridge["steps"]]
    gap = _amount(bridge["end"]) - _amount(bridge["start"]) - sum(amounts)
    if abs(gap) > _CENT:
        yield Finding(9, exhibit["id"], f"its steps leave {gap:.2f} unexplained")
    for step in bridge["steps"]:
        text = str(step.get("text", "")) if isinstance(step, dict) else ""
        if text and _amount(step) and text[0] not in "+\N{MINUS SIGN}":
            yield Finding(9, exhibit["id"], f"a step is printed without its sign: {text}")


def _source(exhibit: Exhibit) -> Iterator[Finding]:
    """Rule 12: where it comes from, and as known when."""
    if exhibit["kind"] in _SILENT | {"comments"}:
        return
    for name, noun in (("source", "source line"), ("as_of", "knowledge date")):
        if not str(exhibit.get(name) or "").strip():
            yield Finding(12, exhibit["id"], f"it has no {noun}")


def _outlooks(shown: Sequence[Exhibit]) -> Iterator[Finding]:
    """Rule 21: one outlook of the year per line, or each names the other."""
    said: dict[str, list[tuple[str, float, list[float]]]] = {}
    for one in shown:
        for line, told in (one.get("outlooks") or {}).items():
            row = (str(one["id"]), float(told["amount"]), [float(x) for x in told["beside"]])
            said.setdefault(line, []).append(row)
    for line, rows in said.items():
        for (first, mine, told), (second, other, back) in combinations(rows, 2):
            if abs(mine - other) <= NEAR * max(abs(mine), abs(other)):
                continue
            for exhibit, amount, held, where in (
                (first, other, told, second),
                (second, mine, back, first),
            ):
                if all(abs(amount - one) > _CENT for one in held):
                    what = f"its year of {line} is another than the {amount:.2f} of {where}"
                    yield Finding(21, exhibit, f"{what}, and it does not say so")


def _record(manifest: dict[str, Any]) -> Iterator[Finding]:
    for name in ("run", "inputs", "content_sha256"):
        if not manifest.get(name):
            yield Finding(12, "report", f"the manifest has no {name}")


def _has_verb(message: str) -> bool:
    words = re.findall(r"[A-Za-z]+", message)
    return any(word.casefold() in _VERBS for word in words) or any(
        re.fullmatch(r"[a-z]{3,}ed", word) for word in words
    )


def _numbers_in(text: str) -> list[str]:
    return _NUMBER.findall(_NAMED.sub(" ", text))


def _plain(number: str) -> str:
    return number.lstrip("+\N{MINUS SIGN}-")


def _amount(value: object) -> float:
    held = value.get("amount") if isinstance(value, dict) else value
    if not isinstance(held, (int, float)):
        raise PfkitError(f"{value!r} is no amount", where="bridge")
    return float(held)


def _place(exhibit: Exhibit, name: str) -> int | None:
    names = [column["name"] for column in exhibit["columns"]]
    return names.index(name) if name in names else None
