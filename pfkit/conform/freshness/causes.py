"""Why a day that was kept counts otherwise now: new files, changed files, or what is declared."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pfkit.conform.freshness.watermarks import EVENTS
from pfkit.conform.settling import FIRST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pfkit.conform.freshness.loads import Moved
    from pfkit.conform.freshness.since import Change, Since
    from pfkit.conform.pipeline import Conformed

_LENGTH = 12
#: Keys that may hold a secret, or say only how often a source is renewed.
_APART = frozenset({"password", "every", "fresh_within_days"})


@dataclass(frozen=True)
class Cause:
    """What makes a kept month count otherwise as known on the same day.

    Attributes
    ----------
    change : Change
        The month.
    files : tuple of Moved
        Its files that are new, grown, changed, renamed or gone since.
    declared : tuple of str
        What of book.toml and its maps is no longer as it was.
    dated : bool
        Whether new rows alone are behind it: files that came later, and whose rows say that they
        were known by then.
    open : bool
        Whether the month was not over then, so that no report of it was made.
    timeless : bool
        Whether the table says of no row when it was known, so that what is added counts always.
    """

    change: Change
    files: tuple[Moved, ...]
    declared: tuple[str, ...]
    dated: bool
    open: bool
    timeless: bool = False

    @property
    def expected(self) -> bool:
        """Whether it is what a book does from month to month, and no finding."""
        return self.dated and (self.open or self.timeless)

    def plain(self) -> dict[str, Any]:
        """Return it as JSON values, amounts as decimal text."""
        return self.change.plain() | {
            "cause": self.name,
            "open": self.open,
            "files": [one.file.file for one in self.files],
            "declared": [*self.declared],
        }

    @property
    def name(self) -> str:
        """``new rows``, ``files``, ``declared``, or ``unknown``."""
        if self.dated:
            return "new rows"
        if self.files:
            return "files"
        return "declared" if self.declared else "unknown"


def causes(
    conformed: Conformed, since: Since, files: Sequence[Moved], declared: Mapping[str, str]
) -> list[Cause]:
    """Return why each month that was rewritten is.

    Parameters
    ----------
    conformed : Conformed
        The loaded book.
    since : Since
        What has changed since the kept load.
    files : sequence of Moved
        What became of each file since.
    declared : mapping of str to str
        Digests of what was declared then; empty where they were not kept.
    """
    changed = differing(declared, declared_digests(conformed)) if declared else []
    feeds: dict[str, str] = {held.declared.name: held.declared.table for held in conformed.sources}
    return [_cause(conformed, since, one, files, changed, feeds) for one in since.rewritten]


def _cause(  # noqa: PLR0917 (a month, and all that may be behind it)
    conformed: Conformed,
    since: Since,
    change: Change,
    files: Sequence[Moved],
    changed: Sequence[str],
    feeds: Mapping[str, str],
) -> Cause:
    mine = [one for one in files if _touches(one, change, since)]
    said = [part for part in changed if _speaks_of(part, change.table, feeds)]
    dated = bool(mine) and not said and all(one.kind in {"new", "grown"} for one in mine)
    if not mine and not said:  # rows as they were: what they refer to is otherwise
        mine = [one for one in files if one.file.table in FIRST and one.kind != "renamed"]
    calendar = conformed.declaration.company.fiscal_calendar()
    running = (
        change.table in EVENTS
        and bool(change.period)
        and calendar.last_day(change.period) >= since.day
    )
    fed = [held.declared for held in conformed.sources if held.declared.table == change.table]
    timeless = not any("known_on" in source.promise.names for source in fed)
    return Cause(change, tuple(mine), tuple(said), dated, dated and running, timeless)


def _touches(one: Moved, change: Change, since: Since) -> bool:
    """Return whether a file is behind a month: by its cells where they are known, else its rows."""
    if one.file.table != change.table or one.kind in {"renamed", "repeated"}:
        return False
    if not since.files:
        return change.period in one.months or not one.file.months
    return any(
        change.period in since.files.get(seen.place, {})
        for seen in (one.now, one.was)
        if seen is not None
    )


def _speaks_of(part: str, table: str, feeds: Mapping[str, str]) -> bool:
    kind, _, name = part.partition(" ")
    fed = feeds.get(name, table)
    return kind != "source" or fed == table or fed in FIRST


def declared_digests(conformed: Conformed) -> dict[str, str]:
    """Return a digest of each part of what a book declares, and of every file of a map."""
    plain = conformed.declaration.model_dump(mode="json", exclude_defaults=True)
    parts: dict[str, Any] = {}
    for key, value in plain.items():
        if key == "sources":
            parts |= {f"source {one['name']}": _without(one) for one in value}
        elif key == "maps":
            parts |= {f"map {name}": one for name, one in value.items()}
        else:
            parts[f"[{key}]"] = value
    found = {part: _digest(json.dumps(said, sort_keys=True)) for part, said in parts.items()}
    for name, loaded in conformed.maps.items():
        for fact in loaded.files:
            found[f"file {fact.path} of map {name}"] = fact.sha256[:_LENGTH]
    return found


def _without(source: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in source.items() if key not in _APART}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_LENGTH]


def differing(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Return the parts whose digest is another, new ones and those that are gone too.

    Examples
    --------
    >>> differing({"[company]": "a", "map item": "b"}, {"[company]": "a", "map item": "c"})
    ['map item']
    """
    return [part for part in dict.fromkeys([*now, *before]) if before.get(part) != now.get(part)]
