"""What a source's own totals said of each month: one control a file, month and currency."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.conform.evidence import ControlResult, Evidence, counted, judged
from pfkit.conform.tie import control_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.conform.declaration import Control
    from pfkit.conform.pipeline import LoadedSource
    from pfkit.conform.tie import Tie


def control_totals(held: LoadedSource, evidence: Evidence) -> list[ControlResult]:
    """Return how a source ties to each total declared for it, month by month.

    Parameters
    ----------
    held : LoadedSource
        The source.
    evidence : Evidence
        The conformed book and its ties.
    """
    name = held.declared.name
    mine = [one for one in evidence.conformed.declaration.controls if one.source == name]
    results = []
    for control in mine:
        # one of several says in words and in its key which of them it is
        which = control_name(control) if len(mine) > 1 else ""
        if control in evidence.absent:
            results.append(_no_file(control, which, evidence))
            continue
        own = (name, control_name(control))
        ties = [tie for tie in evidence.ties if (tie.source, tie.control) == own]
        for month in evidence.period.months:
            of_month = [tie for tie in ties if tie.period.split()[0] == month]
            if not of_month:
                results.append(_no_total(control, month, which, evidence))
            results += [_unread(tie, which, evidence) for tie in of_month if not tie.read]
            results += _tied([tie for tie in of_month if tie.read], name, which, evidence)
    return results


def _key(*parts: str) -> str:
    return "|".join(part.replace(" ", "|") for part in parts if part)


def _no_file(control: Control, which: str, evidence: Evidence) -> ControlResult:
    return judged(
        evidence,
        "Control total",
        control.source,
        "amber",
        f"{control.path} is not in the data folder: the load was not tied to a total",
        advice=f"Supply {control.path} with the totals of the source system.",
        key=_key(which),
    )


def _no_total(control: Control, month: str, which: str, evidence: Evidence) -> ControlResult:
    return judged(
        evidence,
        "Control total",
        control.source,
        "amber",
        f"no control total for {month}{_of(which)}",
        advice="Add the month to the control file.",
        key=_key(month, which),
    )


def _of(which: str) -> str:
    return f" in {which}" if which else ""


def _tied(ties: Sequence[Tie], name: str, which: str, evidence: Evidence) -> list[ControlResult]:
    """Return one control per total that ties: its amount, and its rows in words."""
    results = []
    for label in dict.fromkeys(tie.period for tie in ties):
        held = {tie.what: tie for tie in ties if tie.period == label}
        amount = held.get("amount")
        rows = held.get("rows")
        parts = [counted(int(rows.actual))] if rows is not None else []
        parts += ["amount"] if amount is not None else []
        verb = "ties" if parts == ["amount"] else "tie"
        results.append(
            judged(
                evidence,
                "Control total",
                name,
                "green",
                f"{label}: {' and '.join(parts)} {verb} to the source's own total{_of(which)}",
                expected=amount.expected if amount is not None else None,
                actual=amount.actual if amount is not None else None,
                key=_key(label, which),
            )
        )
    return results


def _unread(tie: Tie, which: str, evidence: Evidence) -> ControlResult:
    return judged(
        evidence,
        "Control total",
        tie.source,
        "green" if tie.expected == tie.actual else "red",
        f"no row of {tie.period} was read{_of(which)}",
        expected=tie.expected,
        actual=tie.actual,
        advice="" if tie.expected == tie.actual else "Put the export of the month in the folder.",
        key=_key(tie.period, tie.what, which),
    )
