"""Which budget versions count: stage, approval, and the two that cannot both be the plan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

DRAFT, ADOPTED, REVISED, OUTLOOK = STAGES = ("draft", "adopted", "revised", "outlook")

Approval = Literal["approved", "approved in part", "not approved", "not stated"]


@dataclass(frozen=True)
class Version:
    """What a budget says of one version in one fiscal year.

    Parameters
    ----------
    name : str
        The version.
    year : int
        The fiscal year.
    stages : tuple of str
        Every stage its rows state; none where they state none.
    rows, stated, approved : int
        Its rows, those that say whether they are approved, and those that are.
    approved_on, known_on : datetime.date or None
        Last day of approval, and the day its first row was learned.
    later : datetime.date or None
        A day of approval that was still to come.

    Examples
    --------
    >>> Version("what-if", 2026, ("draft",), 12, 12, 0).why
    'what-if is a draft'
    >>> Version("B1", 2026, ("adopted",), 12, 12, 12).counts
    True
    """

    name: str
    year: int
    stages: tuple[str, ...] = ()
    rows: int = 0
    stated: int = 0
    approved: int = 0
    approved_on: dt.date | None = None
    known_on: dt.date | None = None
    later: dt.date | None = None

    @property
    def stage(self) -> str:
        """The stage; the least advanced where rows disagree, empty where none is stated."""
        return next((stage for stage in STAGES if stage in self.stages), "")

    @property
    def approval(self) -> Approval:
        """Whether its rows are approved."""
        if not self.stated:
            return "not stated"
        if not self.approved:
            return "not approved"
        return "approved" if self.approved == self.rows else "approved in part"

    @property
    def counts(self) -> bool:
        """Whether it may be taken as plan or outlook."""
        return not self.why

    @property
    def why(self) -> str:
        """Why it may not be taken as plan or outlook; empty where it may."""
        if self.stage == DRAFT:
            return f"{self.name} is a draft"
        if self.approval != "not approved":
            return ""
        if self.later is not None:
            return f"{self.name} is not approved until {self.later.isoformat()}"
        return f"{self.name} is not approved"

    @property
    def order(self) -> tuple[int, str, str, str]:
        """Sorts versions of a year as they followed each other."""
        stage = (*STAGES[1:], "", DRAFT).index(self.stage)
        days = (self.approved_on, self.known_on)
        return (stage, *(day.isoformat() if day else "" for day in days), self.name)  # type: ignore[return-value]


def added_up(parts: Iterable[Version]) -> list[Version]:
    """Return one `Version` per name and year, in the order they followed each other.

    Parameters
    ----------
    parts : iterable of Version
        What parts of a version's rows say.
    """
    found: dict[tuple[str, int], Version] = {}
    for part in parts:
        held = found.get((part.name, part.year))
        found[part.name, part.year] = part if held is None else _joined(held, part)
    return sorted(found.values(), key=lambda version: (version.year, version.order))


def _joined(one: Version, other: Version) -> Version:
    approvals = [day for day in (one.approved_on, other.approved_on) if day]
    known = [day for day in (one.known_on, other.known_on) if day]
    later = [day for day in (one.later, other.later) if day]
    return replace(
        one,
        stages=tuple(dict.fromkeys([*one.stages, *other.stages])),
        rows=one.rows + other.rows,
        stated=one.stated + other.stated,
        approved=one.approved + other.approved,
        approved_on=max(approvals, default=None),
        known_on=min(known, default=None),
        later=max(later, default=None),
    )


def adopted(versions: Iterable[Version], year: int) -> str | None:
    """Return the one version of a year that is adopted and counts, None where there is not one."""
    found = [v.name for v in versions if v.year == year and v.stage == ADOPTED and v.counts]
    return found[0] if len(found) == 1 else None


def valid(versions: Sequence[Version], year: int) -> str | None:
    """Return the budget a year may spend: its last approved revision, else the adopted one.

    A revision of which only a part is approved is none yet. None where neither is there.

    Examples
    --------
    >>> first = Version("B1", 2026, ("adopted",), 12, 12, 12)
    >>> second = Version("B2", 2026, ("revised",), 12, 12, 12)
    >>> valid([first, second], 2026), valid([first, replace(second, approved=3)], 2026)
    ('B2', 'B1')
    """
    found = [
        version
        for version in versions
        if version.year == year
        and version.stage == REVISED
        and version.counts
        and version.approval != "approved in part"
    ]
    return max(found, key=lambda v: v.order).name if found else adopted(versions, year)


def rivals(versions: Iterable[Version], *, named: bool = False) -> list[tuple[Version, Version]]:
    """Return the pairs of a year that cannot both count where they state the same lines.

    Two adopted budgets are rivals; so are two of another stage that nothing orders, no day of
    approval and no day known. Versions of no stage are rivals where both are approved and no
    plan is `named`.
    """
    kept = [version for version in versions if version.counts]
    return [
        (one, other)
        for place, one in enumerate(kept)
        for other in kept[place + 1 :]
        if one.year == other.year and one.stage == other.stage and _clash(one, other, named=named)
    ]


def _clash(one: Version, other: Version, *, named: bool) -> bool:
    if one.stage == ADOPTED:
        return True
    if not one.stage:
        return not named and bool(one.approved and other.approved)
    return (one.approved_on or one.known_on) == (other.approved_on or other.known_on)
