"""Columns that are written otherwise than in the months before: which, how, from which line on."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from pfkit.conform.evidence import ControlResult, Evidence, judged
from pfkit.conform.forms.profile import Batch, Written, batches, roles
from pfkit.conform.forms.words import EITHER, LEADING, PLAIN, TEXT, WHOLE, Role, advice
from pfkit.conform.state import is_state
from pfkit.errors import closest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.conform.pipeline import Conformed, LoadedSource

#: The control that names them.
CONTROL = "Column forms"

#: Share of values that makes a form a column's own, and that a form left has at most.
_OWN, _LEFT = 0.9, 0.1
#: Values of a text column, and of another, that say something of its form.
_TEXTS, _OTHERS = 8, 3
#: Share of codes that begin with a zero where they are filled up with zeros.
_FILLED = 0.03
#: How far the middle size moves when cents become whole units, and the share of cents lost.
_HUNDRED, _NEAR, _CENTS = 2.0, 0.4, 0.3

_ENCODING = (
    "Export it in the encoding of the months before; where that is wanted, look at a name with an "
    "accent."
)


@dataclass(frozen=True)
class Changed:
    """One column, or one file, that is written otherwise than before.

    Attributes
    ----------
    source, column : str
        Where; the column is empty where the whole file is meant.
    before, after : str
        Both forms, each with an example.
    where : str
        The file or month that is new, and the line it begins on.
    since : str
        The file or month before it.
    advice : str
        What to do.
    """

    source: str
    column: str
    before: str
    after: str
    where: str
    since: str
    advice: str

    @property
    def said(self) -> str:
        """The change in words."""
        head = f"column {self.column}: " if self.column else ""
        return f"{head}{self.before} up to {self.since}, {self.after} in {self.where}"


def form_changes(held: LoadedSource, conformed: Conformed, months: Sequence[str]) -> list[Changed]:
    """Return what a source writes otherwise in the report's months than in those before.

    Parameters
    ----------
    held : LoadedSource
        A source that is present.
    conformed : Conformed
        The loaded book.
    months : sequence of str
        The months of the report.
    """
    found: list[Changed] = []
    for files in batches(held, conformed, months):
        *before, now = files
        if before:
            found += compared(held, before, now)
    return found


def compared(held: LoadedSource, before: Sequence[Batch], now: Batch) -> list[Changed]:
    """Return what the last file of a kind, or the last month of a file, has otherwise.

    Parameters
    ----------
    held : LoadedSource
        The source.
    before : sequence of Batch
        The files or months before, the latest last.
    now : Batch
        The one that is looked at.
    """
    source = held.declared
    last = before[-1]
    found = []
    for name, what in (("format", "format"), ("encoding", "encoding")):
        old = {getattr(one, name) for one in before if getattr(one, name)}
        new = getattr(now, name)
        if new and len(old) == 1 and new not in old:
            said, told = f"{what} {old.pop()}", f"{what} {new}"
            found.append(Changed(source.name, "", said, told, now.name, last.name, _ENCODING))
    wanted = roles(source, [*dict.fromkeys([*last.columns, *now.columns])])
    found += named(source.name, last, now)
    for column, role in wanted.items():
        old_ones = [one.columns[column] for one in before if column in one.columns]
        new_one = now.columns.get(column, Written())
        told_of = _column(old_ones, new_one, role)
        if told_of is not None:
            old_form, new_form, line, hint = told_of
            place = f"{now.name} from line {line}" if line else now.name
            found.append(Changed(source.name, column, old_form, new_form, place, last.name, hint))
    return found


def named(source: str, before: Batch, now: Batch) -> list[Changed]:
    """Return columns that are new, missing, or called otherwise.

    Parameters
    ----------
    source : str
        The source.
    before, now : Batch
        Two of its files.
    """
    if not before.names or not now.names:
        return []
    gone = [name for name in before.names if name not in now.names]
    fresh = [name for name in now.names if name not in before.names]
    found = []
    for name in gone:
        other = _renamed(name, fresh, before, now)
        if other:
            fresh.remove(other)
        after = f"called {other!r}" if other else "missing"
        hint = f"Call it {name!r} again" if other else f"Have {name!r} exported again"
        found.append(
            Changed(
                source,
                name,
                "there",
                after,
                now.name,
                before.name,
                f"{hint}, or give these files a source of their own.",
            )
        )
    new = "Map it if it should count; nothing reads it."
    found += [Changed(source, name, "not there", "new", now.name, before.name, new)
              for name in fresh]  # fmt: skip
    return found


def _renamed(name: str, fresh: Sequence[str], before: Batch, now: Batch) -> str:
    """Return the new column that an old one is called now: by its name, else by its only form."""
    near = closest(name, fresh)
    if near is not None:
        return near
    form = before.columns.get(name, Written()).usual
    alike = [one for one in fresh if form and now.columns.get(one, Written()).usual == form]
    return alike[0] if len(alike) == 1 and form != TEXT else ""


def _column(
    before: Sequence[Written], now: Written, role: Role
) -> tuple[str, str, str, str] | None:
    """Return both forms of a column, the line the new one begins on, and what to do."""
    least = _TEXTS if role == "text" else _OTHERS
    told = [one for one in before if one.count >= least]
    if not told or now.count < least:
        return None
    old_kinds = {one.kind for one in told if one.kind}
    if now.kind and len(old_kinds) == 1 and now.kind not in old_kinds:
        kind = old_kinds.pop()
        if not _same_kind(kind, now.kind, role):
            line, value = now.first.get(now.usual, ("", ""))
            after = WHOLE if "int" in kind else now.usual
            hint = advice(role, after, _float(now, role))
            return f"type {kind}", f"type {now.kind} ({value!r})", line, hint
    if role == "text" and _unfilled(told, now):
        shown = max(told, key=lambda one: one.share(LEADING))
        return _pair(shown, LEADING, now, now.usual, role)
    steady = _steady(told)
    if steady and now.share(steady) <= _LEFT and not _harmless(steady, now.usual, role):
        return _pair(told[-1], steady, now, now.usual, role)
    if role == "number" and (unit := _units(told, now)):
        old, new = (f"{one.usual}{_example(one, one.usual)}" for one in (told[-1], now))
        line, _ = now.first.get(now.usual, ("", ""))
        return old, f"{new}, {unit}", line, "Declare its unit, minor or major, for these files."
    return None


def _steady(before: Sequence[Written]) -> str:
    """Return the one form a column always had; empty where it had several."""
    own = {one.usual for one in before}
    sure = {form for form in own if EITHER not in form}
    if any(one.share(one.usual) < _OWN for one in before) or len({_head(form) for form in own}) > 1:
        return ""
    if len(sure) > 1:
        return ""
    return sure.pop() if sure else own.pop()


def _head(form: str) -> str:
    return form.partition(",")[0]


def _pair(
    before: Written, old: str, now: Written, new: str, role: Role
) -> tuple[str, str, str, str]:
    line, value = now.first[new]
    shown = next((form for form in before.first if _head(form) == _head(old)), old)
    return (
        f"{old}{_example(before, shown)}",
        f"{new} ({value!r})",
        line,
        advice(role, old, new),
    )


def _example(written: Written, form: str) -> str:
    _, value = written.first.get(form, ("", ""))
    return f" ({value!r})" if value else ""


def _float(now: Written, role: Role) -> str:
    return "whole numbers with .0" if role == "text" and "double" in now.kind else now.usual


def _same_kind(before: str, now: str, role: Role) -> bool:
    """Return whether two types of a file hold the same values for what the column is for."""
    both = {before.partition("(")[0].partition("[")[0], now.partition("(")[0].partition("[")[0]}
    if role == "number":
        return all(_is_number(kind) for kind in both)
    if role == "date":
        zone = {"tz" in before, "tz" in now}
        return all(kind.startswith(("date", "timestamp")) for kind in both) and len(zone) == 1
    return all("int" in kind for kind in both)


def _is_number(kind: str) -> bool:
    return kind.startswith(("int", "uint", "decimal", "double", "float", "halffloat"))


def _harmless(before: str, now: str, role: Role) -> bool:
    """Return whether two forms are read alike, or say nothing of a change of the export."""
    if role == "number":
        return before in PLAIN and now in PLAIN
    if role == "date":
        return before == now or (EITHER in f"{before} {now}" and _head(before) == _head(now))
    return before == TEXT or {before, now} <= {WHOLE, LEADING}


def _unfilled(before: Sequence[Written], now: Written) -> bool:
    """Return whether codes of one length, filled up with zeros, have lost the zeros."""
    filled = [one for one in before if one.width and one.share(LEADING) >= _FILLED]
    widths = {one.width for one in filled}
    lost = now.share(WHOLE) >= _OWN and not now.share(LEADING) and now.width not in widths
    return len(filled) == len(before) and len(widths) == 1 and lost


def _units(before: Sequence[Written], now: Written) -> str:
    """Return in words that amounts are a hundred times as large, or as small, and lost cents."""
    sized = [(one.size, one.decimals) for one in before if one.size is not None]
    if not sized or now.size is None or min(before[-1].count, now.count) < _TEXTS:
        return ""
    moved = now.size - median(size for size, _ in sized)
    cents = now.decimals - median(share for _, share in sized)
    if abs(abs(moved) - _HUNDRED) > _NEAR or abs(cents) < _CENTS or (moved > 0) == (cents > 0):
        return ""
    return "about 100 times as large" if moved > 0 else "about a hundredth as large"


def form_controls(evidence: Evidence) -> list[ControlResult]:
    """Return one amber control for each column of a source that is written otherwise than before.

    Parameters
    ----------
    evidence : Evidence
        The conformed book and its period.
    """
    found: list[ControlResult] = []
    for held in evidence.conformed.sources:
        if not held.present or is_state(held.declared):
            continue
        months = evidence.months_of(held.declared.table)
        found += [
            judged(
                evidence,
                CONTROL,
                one.source,
                "amber",
                one.said,
                advice=one.advice,
                key=one.column or one.after.split()[0],
            )
            for one in form_changes(held, evidence.conformed, months)
        ]
    return found
