"""What a check says of knowledge: what is stale, what came late, what would change, what moved."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pfkit.conform.failures import set_apart
from pfkit.conform.forms.changes import CONTROL
from pfkit.conform.forms.kept import changed_forms
from pfkit.conform.freshness.affects import affected
from pfkit.conform.freshness.causes import causes, declared_digests
from pfkit.conform.freshness.cells import Shift, added, file_shifts, laid
from pfkit.conform.freshness.late import late_rows
from pfkit.conform.freshness.loads import Kept, kept_loads, moved, seen
from pfkit.conform.freshness.since import Before, changed_since
from pfkit.conform.freshness.stale import freshness
from pfkit.conform.freshness.watermarks import watermarks
from pfkit.conform.months import months_before
from pfkit.conform.personal import mask

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from pfkit.conform.evidence import Evidence
    from pfkit.conform.failures import Failures
    from pfkit.conform.forms.changes import Changed
    from pfkit.conform.freshness.causes import Cause
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
    lost = {one.table for one in failures.found}
    before = Before(kept.tables, kept.laid(conformed), lost) if kept.day is not None else None
    since = changed_since(conformed, day, before)
    files = _moved(kept, conformed, failures, before) if before is not None else []
    why = causes(conformed, since, files, kept.declared)
    return {
        "freshness": [_fresh(one, conformed) for one in judgments],
        "late": [one.plain() for one in late_rows(conformed)],
        "since": {
            "day": day.isoformat(),
            "because": "last load kept" if kept.day is not None else "last report due",
            "reason": since.reason,
        },
        "changes": [one.plain() for one in since.changes],
        "rewritten": [one.plain() for one in why],
        "loads": [one.plain() for one in files],
        "findings": [
            *(_stale(one) for one in judgments if one.state == "stale"),
            *_files(files, day),
            *(_form(one) for one in changed_forms(conformed, kept.files)),
            *(_rewritten(one, day) for one in why if not one.expected),
        ],
    }


def _moved(kept: Kept, conformed: Conformed, failures: Failures, before: Before) -> list[Moved]:
    """Return what became of each file since the kept load, with what counts otherwise for it."""
    cells = file_shifts(conformed, before.cells, laid(conformed)) if before.cells else {}
    steady = bool(kept.declared) and dict(kept.declared) == declared_digests(conformed)
    return moved(kept, seen(conformed), failures, cells=cells, steady=steady)


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
            found.append(
                _finding(
                    "Changed file",
                    one.file.file,
                    one.file.source,
                    f"says otherwise than on {day.isoformat()}: {_count(rows)}, "
                    f"{_size(added(one.cells.values()), one.now.amount - one.was.amount)}"
                    f"{_by_month(one)}",
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
                    f"was there on {day.isoformat()} with {_rows(one.was.rows)}, "
                    f"{_had(one)}, and is not now",
                    "Put it back; what it said counts nowhere.",
                )
            )
    return found


def _form(one: Changed) -> dict[str, Any]:
    found = _finding(CONTROL, one.where, one.source, mask(one.said), one.advice)
    return found | {"column": one.column}


def _by_month(one: Moved) -> str:
    months = {month: size for month, (_, size) in one.months.items()}
    months |= dict.fromkeys((month for month in one.cells if month not in months), Decimal(0))
    if not months:
        return ", every month's rows and amount as they were"
    named = ", ".join(
        f"{month or '(no month)'} {_size(one.cells.get(month, Shift()), size)}".rstrip()
        for month, size in [*sorted(months.items())][:_SHOWN]
    )
    more = f" and {len(months) - _SHOWN} more" if len(months) > _SHOWN else ""
    return f" ({named}{more})"


def _had(one: Moved) -> str:
    """Return what a file that is gone said: its effect on profit where it has one."""
    shift = added(one.cells.values())
    if shift.profit is None:
        return f"{one.file.amount:,.2f}"
    return f"profit {signed(-shift.profit)}"


def _size(shift: Shift, difference: Decimal) -> str:
    """Return a difference in money as something that means something.

    Of accounts the effect on profit, for debit and credit add up to nothing; beside it what moved,
    where cells moved by more than the sum says.
    """
    said = signed(difference) if shift.profit is None else f"profit {signed(shift.profit)}"
    plain = difference if shift.profit is None else shift.profit
    if shift.moved == abs(plain):
        return said
    return f"{said}, {shift.moved:,.2f} moved" if shift.moved else said


def _rewritten(cause: Cause, day: dt.date) -> dict[str, Any]:
    one = cause.change
    then, now = f", {one.amount_then:,.2f},", f", {one.amount:,.2f},"
    size = f" ({_size(one.shift or Shift(), one.difference)})"
    if not one.valued:
        then, now, size = "", "", ", with other values" if one.rows == one.rows_then else ""
    elif one.shift is not None and one.shift.profit is not None:  # no sum of debit and credit
        then, now = "", ""
    month = f"{one.period}: " if one.period else ""
    counted = f"{month}counted {_rows(one.rows_then)}{then} when {day.isoformat()} was loaded"
    again = f"as known on that day it counts {_rows(one.rows)}{now} now{size}"
    if cause.dated:
        return _finding(
            "Dated before it came",
            one.table,
            one.period,
            f"{counted}; {again}: rows of {_named(cause.files)} say that they were known by then",
            "Nothing that was there is changed. If the file came later, give it a known_on of its "
            "own, the day it came, so that past reports can be made again.",
        )
    return _finding(
        "Rewritten",
        one.table,
        one.period,
        f"{counted}; {again}{_because(cause)}",
        "Nothing says when that was learned: give what is new a file and a known_on of its own, or "
        "take back what was changed.",
    )


def _because(cause: Cause) -> str:
    """Return what is no longer as it was: files by name, and which part of what is declared."""
    parts = []
    if cause.files:
        parts.append(_named(cause.files))
    if cause.declared:
        more = f" and {len(cause.declared) - _SHOWN} more" if len(cause.declared) > _SHOWN else ""
        parts.append(f"book.toml: {', '.join(cause.declared[:_SHOWN])}{more} not as it was")
    return f": {'; '.join(parts)}" if parts else ": no file and nothing declared is known to differ"


def _named(files: Sequence[Moved]) -> str:
    """Return files by name, each with what became of it."""
    kinds: dict[str, list[str]] = {}
    for one in files:
        kinds.setdefault(one.kind, []).append(one.file.file)
    parts = []
    for kind, names in kinds.items():
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        parts.append(f"{', '.join(names[:_SHOWN])}{more} ({kind})")
    return ", ".join(parts)


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


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
