"""Find the sheet that only adds up the others, and prove it before it is left out."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from itertools import combinations
from typing import TYPE_CHECKING, Final

from pfkit.errors import SourceError
from pfkit.sources.budget import words
from pfkit.sources.budget.found import Amounts, Finding
from pfkit.sources.budget.months import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pfkit.sources.budget.tables import Reading

Sums = dict[tuple[str, str], Decimal]

_COPY: Final = re.compile(r"[\d\s()_.-]+|copy|kopie|copie|of|neu|new|old|alt|final")
_MOST: Final = 0.8  # of a sheet's amounts, equal in another: no chance
_CENT: Final = Decimal("0.01")
_SUMMARY: Final = frozenset(
    "summary consolidated consolidation overview zusammenfassung ubersicht konsolidiert "
    "synthese resume resumen".split()
)


def without_summaries(
    readings: Sequence[Reading], findings: list[Finding], *, where: str
) -> list[Amounts]:
    """Return all amounts, those of a sheet that adds up the others marked as excluded.

    Raises
    ------
    SourceError
        If a sheet is called a summary and is not the sum of the others.
    """
    amounts = [held for reading in readings for held in reading.amounts]
    sums: dict[str, Sums] = defaultdict(lambda: defaultdict(Decimal))
    for held in amounts:
        if not held.excluded and held.amount is not None:
            sums[held.sheet][held.version, held.period] += held.amount
    if len(sums) < 2:  # noqa: PLR2004 (a single sheet sums up nothing)
        return amounts
    summaries = set()
    for name, own in sums.items():
        others = [other for other in sums if other != name]
        called = words.totals(name) or bool(set(plain(name).split()) & _SUMMARY)
        equal = _adds_up(own, [sums[other] for other in others])
        listed = ", ".join(repr(other) for other in others)
        if called and not equal:
            raise SourceError(
                f"the sheet {name!r} is called a summary, but is not the sum of {listed}",
                where=where,
                advice="Say which sheets to read: sheets = [...] in the layout of the book's "
                "source.",
            )
        if called or (equal and len(others) > 1):
            summaries.add(name)
            findings.append(
                Finding(
                    rule="summary sheet",
                    severity="repair" if called else "warn",
                    cell=name,
                    message=f"the sheet {name!r} is the sum of {listed}: left out",
                )
            )
    findings += _copies([held for held in amounts if held.sheet not in summaries])
    return [
        replace(held, excluded=held.excluded or "summary sheet")
        if held.sheet in summaries
        else held
        for held in amounts
    ]


def _copies(amounts: Sequence[Amounts]) -> list[Finding]:
    """Warn of sheets that look like one sheet kept twice, when both count."""
    lines: dict[str, dict[tuple[object, ...], Decimal]] = defaultdict(dict)
    for held in amounts:
        if not held.excluded and held.amount is not None:
            key = (held.version, held.period, held.path, *sorted(held.labels.items()))
            lines[held.sheet][key] = held.amount
    found = []
    for first, second in combinations(lines, 2):
        both = lines[first].keys() & lines[second].keys()
        same = sum(lines[first][key] == lines[second][key] for key in both)
        alike = _COPY.sub("", plain(first)) == _COPY.sub("", plain(second))
        least = min(len(lines[first]), len(lines[second]))
        if both and (same >= _MOST * least or alike):
            found.append(
                Finding(
                    rule="sheet twice",
                    severity="warn",
                    cell=second,
                    message=f"{len(both)} amounts of sheet {second!r} stand in {first!r} too, "
                    f"{same} of them equal; both sheets count",
                    advice='Name the sheets to read: sheets = ["..."] in the layout of the book\'s '
                    "source; or hide the one that does not count.",
                )
            )
    return found


def _adds_up(own: Mapping[tuple[str, str], Decimal], others: Sequence[Sums]) -> bool:
    """Tell whether a sheet states the sum of others, month by month, in its versions."""
    versions = {version for version, _ in own}
    rest: Sums = defaultdict(Decimal)
    for sums in others:
        for (version, period), amount in sums.items():
            if version in versions:
                rest[version, period] += amount
    zero = Decimal(0)
    return bool(rest) and all(
        abs(rest.get(key, zero) - own.get(key, zero)) < _CENT for key in {*rest, *own}
    )
