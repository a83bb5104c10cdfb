"""What a check says of knowledge: what is stale, what came late, what would change, what moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pfkit.conform.failures import set_apart
from pfkit.conform.forms.changes import CONTROL
from pfkit.conform.forms.kept import changed_forms
from pfkit.conform.freshness.affects import affected
from pfkit.conform.freshness.late import changed_since, late_rows
from pfkit.conform.freshness.loads import Kept, kept_loads, moved, seen
from pfkit.conform.freshness.stale import freshness
from pfkit.conform.freshness.watermarks import watermarks
from pfkit.conform.months import months_before
from pfkit.conform.personal import mask

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from pfkit.conform.evidence import Evidence
    from pfkit.conform.failures import Failures
    from pfkit.conform.forms.changes import Changed
    from pfkit.conform.freshness.late import Change
    from pfkit.conform.freshness.loads import Moved
    from pfkit.conform.freshness.stale import Judgment
    from pfkit.conform.pipeline import Conformed

_SHOWN = 3


def knowledge(evidence: Evidence, failures: Failures, *, asked: str | None) -> dict[str, Any]:
    """Return what a check says of when its input was learned, beside its findings.

    Parameters
    ----------
    evidence : Evidence
        The conformed book and its period.
    failures : Failures
        What could not be used; a ledger of loads that cannot be read is noted there.
    asked : str or None
        The period that was asked for; without one, all that is due by now is.

    Returns
    -------
    dict
        ``freshness``, ``late``, ``since``, ``changes``, ``rewritten``, ``loads``, and
        ``findings``, those that this adds to the check.
    """
    conformed = evidence.conformed
    until, months = evidence.period.last if asked else None, len(evidence.period.months)
    kept = Kept()
    with set_apart(failures):
        kept = kept_loads(conformed.state, conformed.as_of)
    judgments = freshness(conformed, until=until)
    day = kept.day or months_before(conformed.as_of, months)
    since = changed_since(conformed, day, kept.tables)
    files = moved(kept, seen(conformed), failures) if kept.day is not None else []
    return {
        "freshness": [_fresh(one, conformed) for one in judgments],
        "late": [one.plain() for one in late_rows(conformed)],
        "since": {
            "day": day.isoformat(),
            "because": "last load kept" if kept.day is not None else "last report due",
            "reason": since.reason,
        },
        "changes": [one.plain() for one in since.changes],
        "rewritten": [one.plain() for one in since.rewritten],
        "loads": [one.plain() for one in files],
        "findings": [
            *(_stale(one) for one in judgments if one.state == "stale"),
            *_files(files, day),
            *(_form(one) for one in changed_forms(conformed, kept.files)),
            *(_rewritten(one, day) for one in since.rewritten),
        ],
    }


def _fresh(one: Judgment, conformed: Conformed) -> dict[str, Any]:
    held = next(h for h in conformed.sources if h.declared.name == one.mark.source)
    files = [mark.plain() for mark in watermarks(held, conformed)[1:]]
    names = ("file", "rows", "day", "known_on", "at")
    return one.mark.plain() | {
        "state": one.state,
        "every": one.every,
        "within_days": one.within if one.every else None,
        "covers": one.covers,
        "missing": one.missing,
        "due_on": one.due_on.isoformat() if one.due_on is not None else None,
        "late_days": one.late_days if one.state == "stale" else 0,
        "units": one.units,
        "affects": [*affected(one.mark.table)],
        "detail": one.said,
        "files": [{name: mark[name] for name in names} for mark in files],
    }


def _finding(rule: str, place: str, value: str, message: str, advice: str) -> dict[str, Any]:
    return {
        "rule": rule,
        "severity": "warn",
        "line": place,
        "column": "",
        "value": value,
        "message": message,
        "advice": advice,
    }


def _stale(one: Judgment) -> dict[str, Any]:
    sections = ", ".join(affected(one.mark.table))
    without = f"; until then {sections} go without it" if sections else ""
    return _finding(
        "Freshness",
        one.mark.source,
        one.missing,
        one.said,
        f"Have {one.missing} exported{without}.",
    )


def _files(files: Iterable[Moved], day: dt.date) -> list[dict[str, Any]]:
    """Return the findings about files that no longer say what a load saw."""
    found = []
    for one in files:
        if one.kind == "changed" and one.was is not None and one.now is not None:
            rows = one.now.rows - one.was.rows
            moved_by = one.now.amount - one.was.amount
            found.append(
                _finding(
                    "Changed file",
                    one.file.file,
                    one.file.source,
                    f"says otherwise than on {day.isoformat()}: {_count(rows)}, "
                    f"{signed(moved_by)}{_by_month(one)}",
                    "If it restates, give what is new a file and a known_on of its own, so that "
                    "past reports can be made again; else take the file back.",
                )
            )
        if one.kind == "vanished" and one.was is not None:
            found.append(
                _finding(
                    "Vanished file",
                    one.file.file,
                    one.file.source,
                    f"was there on {day.isoformat()} with {one.was.rows:,} rows, "
                    f"{one.was.amount}, and is not now",
                    "Put it back; what it said counts nowhere.",
                )
            )
    return found


def _form(one: Changed) -> dict[str, Any]:
    found = _finding(CONTROL, one.where, one.source, mask(one.said), one.advice)
    return found | {"column": one.column}


def _by_month(one: Moved) -> str:
    months = list(one.months.items())
    if not months:
        return ", every month's rows and amount as they were"
    named = ", ".join(f"{month} {signed(size)}" for month, (_, size) in months[:_SHOWN])
    more = f" and {len(months) - _SHOWN} more" if len(months) > _SHOWN else ""
    return f" ({named}{more})"


def _rewritten(one: Change, day: dt.date) -> dict[str, Any]:
    return _finding(
        "Rewritten",
        one.table,
        one.period,
        f"counted {one.rows_then:,} rows, {one.amount_then}, when {day.isoformat()} was loaded; "
        f"as known on that day it counts {one.rows:,} rows, {one.amount}, now "
        f"({signed(one.difference)})",
        "A file, a map or a rule was changed without saying when that was learned: see the files "
        "above, and what changed in book.toml.",
    )


def _count(rows: int) -> str:
    size = f"{abs(rows):,} row{'' if abs(rows) == 1 else 's'}"
    return f"{size} {'more' if rows > 0 else 'fewer'}" if rows else "as many rows"


def signed(amount: Decimal) -> str:
    """Return an amount with its sign.

    Examples
    --------
    >>> from decimal import Decimal
    >>> signed(Decimal("1204.5")), signed(Decimal("-3.00"))
    ('+1,204.50', '-3.00')
    """
    return f"{amount:+,.2f}"


def told_with(result: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Return a check with what is known of its input; a stale source is told once.

    Parameters
    ----------
    result : mapping
        The check of a book that could be loaded.
    known : mapping
        From `knowledge`.
    """
    said = {one["line"] for one in known["findings"] if one["rule"] == "Freshness"}
    before = [
        one for one in result["findings"] if one["rule"] != "Freshness" or one["line"] not in said
    ]
    more = {name: value for name, value in known.items() if name != "findings"}
    warned = known["findings"] and result["verdict"] in {"accept", "repair"}
    return {
        **result,
        **more,
        "verdict": "warn" if warned else result["verdict"],
        "findings": [*before, *known["findings"]],
    }
