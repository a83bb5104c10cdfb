"""Breaches of controls on the ledger: what was posted late, alone, oddly or in the wrong month."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from pfkit.conform.breaches.breach import (
    CUT_OFF,
    DUTIES,
    LOCKED,
    MANUAL,
    ROUND,
    RULES,
    TWICE,
    UNAPPROVED,
    Breach,
    Found,
    entry_word,
    joined,
)
from pfkit.conform.breaches.cells import counted
from pfkit.conform.breaches.credited import credited, reversed_revenue
from pfkit.conform.breaches.cutoff import dated, misplaced
from pfkit.conform.breaches.duties import duties
from pfkit.conform.breaches.habit import SEEN_MONTHS
from pfkit.conform.breaches.ledger import WINDOW, billed_of, ledger_of
from pfkit.conform.breaches.locked import after_lock, locks_of
from pfkit.conform.breaches.manual import BY_HAND, unusual
from pfkit.conform.breaches.plan import plan_of, planned_alone, posted_by_approvers, unapproved
from pfkit.conform.breaches.roundness import PAST_MONTHS, round_amounts, sizes
from pfkit.conform.breaches.twice import posted_twice
from pfkit.conform.engine import literal
from pfkit.conform.evidence import ControlResult, Evidence, State, judged
from pfkit.conform.pushed.singles import added_up

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pfkit.conform.breaches.ledger import Ledger

__all__ = ["Breach", "Found", "breach_controls", "breach_rows", "breaches"]

COLUMNS = (
    "row_key", "rule", "month", "source", "subject", "state", "amount", "count", "entries",
    "detail", "advice",
)  # fmt: skip
_COLUMN_OF = {
    DUTIES: ("entered_by", "approved_by"),
    MANUAL: ("origin",),
    CUT_OFF: ("document_date", "service_start", "service_end"),
}


def breaches(evidence: Evidence) -> Found:
    """Return every breach of the report's months, and which rules ran.

    Parameters
    ----------
    evidence : Evidence
        The conformed book and the period.
    """
    ledger = ledger_of(evidence)
    billed = billed_of(evidence, asked=ledger is not None)
    found: list[Breach] = []
    ran: list[str] = []
    unable = _unable(evidence, ledger) | _without_entries(ledger, billed)
    notes: tuple[str, ...] = ()
    if ledger is not None:
        found += _locked(ledger, ran, unable)
        found += _of_months(ledger, ran)
        notes = _notes(ledger)
    plan = plan_of(evidence)
    if plan is not None:
        found += [*unapproved(plan), *planned_alone(plan)]
        ran.append(UNAPPROVED)
        if ledger is not None and "entered_by" in ledger.mapped:
            for month in ledger.judged:
                found += posted_by_approvers(plan, ledger, month)
    if billed is not None:
        found += misplaced(counted(billed, dated(billed), group="kind"), group="kind")
        for month in billed.judged:
            found += credited(billed, month)
            if len(billed.history(month)) >= SEEN_MONTHS:
                ran.append(CUT_OFF)
    ran = [rule for rule in ran if rule not in unable or rule in {one.rule for one in found}]
    found.sort(key=lambda one: (RULES.index(one.rule), one.month, -one.amount))
    return Found(tuple(found), tuple(rule for rule in RULES if rule in ran), unable, notes)


def _locked(ledger: Ledger, ran: list[str], unable: dict[str, str]) -> list[Breach]:
    policies = ledger.policies
    if policies.lock_days is None and not policies.locked:
        return []
    locks = locks_of(ledger)
    recent = [*ledger.judged, *ledger.evidence.period.previous.months]
    untold = [month for month in locks.untold if month in recent]
    if untold:
        unable[LOCKED] = (
            f"the ledger of {joined(untold)} was exported after its lock, and nothing says when "
            "an entry was made: fill entered_at"
        )
    if locks.days:
        ran.append(LOCKED)
    return after_lock(ledger, locks)


def _of_months(ledger: Ledger, ran: list[str]) -> list[Breach]:
    found: list[Breach] = []
    known = max((len(ledger.history(month)) for month in ledger.judged), default=0)
    signed = {"entered_by", "approved_by"} <= ledger.mapped
    manual = "origin" in ledger.mapped and known >= SEEN_MONTHS
    days = dated(ledger) if known >= SEEN_MONTHS else {}
    again = {"memo", "posting_date"} <= ledger.mapped and known > 0
    cells = counted(ledger, sizes(ledger) | days | (BY_HAND if manual else {}), group="account")
    if manual:
        found += unusual(cells)
    if known >= PAST_MONTHS:
        found += round_amounts(cells)
    if days:
        found += misplaced(cells, group="account")
    for month in ledger.judged:
        found += duties(ledger, month) if signed else []
        found += reversed_revenue(ledger, month) if known >= SEEN_MONTHS else []
        found += posted_twice(ledger, month) if again else []
    able = {DUTIES: signed, MANUAL: manual, ROUND: known >= PAST_MONTHS, CUT_OFF: bool(days)}
    ran += [rule for rule, there in (able | {TWICE: again}).items() if there]
    return found


def _unable(evidence: Evidence, ledger: Ledger | None) -> dict[str, str]:
    """Return the rules that the book declares a policy for and that lack what they read."""
    policies = evidence.conformed.declaration.policies
    asked = {
        LOCKED: policies.lock_days is not None or bool(policies.locked),
        DUTIES: policies.manual_limit is not None,
        MANUAL: policies.manual_limit is not None,
        ROUND: policies.round_to is not None,
    }
    if ledger is None:
        return {rule: "the book has no ledger" for rule, there in asked.items() if there}
    found = {}
    for rule, there in asked.items():
        lacks = [name for name in _COLUMN_OF.get(rule, ()) if name not in ledger.mapped]
        if there and lacks:
            found[rule] = f"no source of the ledger fills {joined(lacks)}"
    return found


def _without_entries(ledger: Ledger | None, billed: Ledger | None) -> dict[str, str]:
    """Return the rules that lack entries, as a source of theirs is added up where its rows are."""
    found: dict[str, list[str]] = {}
    if ledger is not None and (names := added_up(ledger.sources)):
        policies = ledger.policies
        looked = {
            LOCKED: policies.lock_days is not None or bool(policies.locked),
            DUTIES: {"entered_by", "approved_by"} <= ledger.mapped,
            MANUAL: "origin" in ledger.mapped,
            ROUND: True,
            CUT_OFF: bool(dated(ledger)),
            TWICE: {"memo", "posting_date"} <= ledger.mapped,
        }
        found = {rule: list(names) for rule, there in looked.items() if there}
    if billed is not None and (names := added_up(billed.sources)):
        found[CUT_OFF] = found.get(CUT_OFF, []) + names
    return {
        rule: f"the entries of {joined(names)} are added up where they are; `entries = {WINDOW}` "
        "brings those of the report and of a year before it"
        for rule, names in found.items()
    }


def _notes(ledger: Ledger) -> tuple[str, ...]:
    """Return what the rules had to leave out: unknown origins, and entries without an id."""
    months = ", ".join(literal(month) for month in ledger.judged) or "NULL"
    found = []
    for origin, count in ledger.rows(
        f"SELECT origin, count(*) FROM {ledger.view} WHERE origin IS NOT NULL AND manual IS NULL "
        f"AND month IN ({months}) GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 3"
    ):
        found.append(
            f"origin {origin!r} of {entry_word(count)} is neither system nor manual, so no rule "
            "on manual entries judged them"
        )
    return tuple(found)


def breach_rows(found: Found, evidence: Evidence) -> pd.DataFrame:
    """Return breaches as a table: what ``book.breaches`` is.

    ``attrs["reason"]`` says which rules ran, for a report without a breach.
    """
    rows = [
        {
            "row_key": _key(one),
            "rule": one.rule,
            "month": one.month,
            "source": one.source,
            "subject": one.subject,
            "state": one.state(evidence.materiality),
            "amount": float(one.amount),
            "count": one.count,
            "entries": one.named,
            "detail": one.detail,
            "advice": one.advice,
        }
        for one in found.breaches
    ]
    table = pd.DataFrame(rows, columns=[*COLUMNS])
    table["amount"] = table["amount"].astype("float64")
    table["count"] = table["count"].astype("int64")
    table.attrs["reason"] = _said(found)
    return table


def _key(one: Breach) -> str:
    parts = (one.rule, one.month, one.subject, one.reason)
    return "|".join("-".join(part.lower().split()) for part in parts if part)


def _said(found: Found) -> str:
    if not found.ran:
        return ""
    rules = joined([_inside(rule) for rule in found.ran])
    return f"No breach of controls was found; looked at: {rules}."


def _inside(rule: str) -> str:
    """Return a rule's name as it stands inside a sentence."""
    return rule[:1].lower() + rule[1:]


def breach_controls(found: Found, evidence: Evidence) -> list[ControlResult]:
    """Return one control for each rule that found something or could not run, and one for the rest.

    Parameters
    ----------
    found : Found
        From `breaches`.
    evidence : Evidence
        The conformed book and the period.
    """
    results = [
        _of_rule(rule, [one for one in found.breaches if one.rule == rule], evidence)
        for rule in RULES
        if any(one.rule == rule for one in found.breaches)
    ]
    for rule, why in found.unable.items():
        results.append(
            judged(
                evidence, rule, "", "amber", f"could not run: {why}",
                advice="Fill what it needs, or take the policy out of book.toml.", key="not-run",
            )
        )  # fmt: skip
    quiet = [rule for rule in found.ran if all(one.rule != rule for one in found.breaches)]
    if found.notes:
        results.append(
            judged(
                evidence, "Origin of entries", "", "amber", "; ".join(found.notes),
                advice="Map each value to system or manual.",
            )
        )  # fmt: skip
    if quiet:
        results.append(
            judged(
                evidence, "No breach", "", "green",
                f"looked at without a finding: {joined([_inside(rule) for rule in quiet])}",
            )
        )  # fmt: skip
    return results


def _of_rule(rule: str, mine: list[Breach], evidence: Evidence) -> ControlResult:
    states = {one.state(evidence.materiality) for one in mine}
    state: State = "red" if "red" in states else "amber"
    largest = sorted(mine, key=lambda one: -one.amount)
    detail = "; ".join(f"{one.detail} ({one.named})" for one in largest[:2])
    more = f"; and {len(mine) - 2} more" if len(mine) > 2 else ""  # noqa: PLR2004 (two are told)
    sources = _once(one.source for one in mine)
    return judged(
        evidence,
        rule,
        sources[0] if len(sources) == 1 else "",
        state,
        f"{detail}{more}",
        actual=sum((one.amount for one in mine), Decimal(0)),
        advice=largest[0].advice if len(mine) == 1 else "See the table of breaches.",
    )


def _once(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(value for value in values if value))
