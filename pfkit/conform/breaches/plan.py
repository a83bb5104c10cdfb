"""The plan a report compares with: that it is approved, and was not changed after its approval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pfkit.conform.breaches.breach import (
    DUTIES,
    UNAPPROVED,
    Breach,
    Entries,
    breach,
    entries_of,
    listed,
)
from pfkit.conform.breaches.duties import BY_HAND
from pfkit.conform.breaches.ledger import Ledger, filled, says_when, sources_of
from pfkit.conform.engine import literal, quoted
from pfkit.conform.evidence import grouped
from pfkit.conform.versions import plan_version, versions

if TYPE_CHECKING:
    from pfkit.conform.declaration import Source
    from pfkit.conform.evidence import Evidence
    from pfkit.contracts.versions import Version

VIEW = "breach_plan"
#: Columns that say something of approval.
STATED = ("stage", "approved", "approved_on", "approved_by")
#: Share of a version's rows known by their approval, from which a later one is a change.
SETTLED = 0.8


@dataclass(frozen=True)
class Plan:
    """The version a report compares with, and the rows that state it."""

    ledger: Ledger  # the plan's rows in the form of entries
    version: Version
    months: tuple[str, ...]

    @property
    def rows(self) -> str:
        """SQL that is true of its rows."""
        return f"version = {literal(self.version.name)} AND month IN ({listed(self.months)})"


def plan_of(evidence: Evidence) -> Plan | None:
    """Return the version called plan of the report's fiscal year; None where nothing is stated."""
    sources = sources_of(evidence, "budget")
    if not any({*STATED} & filled(source) for source in sources):
        return None
    conformed, year = evidence.conformed, evidence.period.fiscal_year
    name = plan_version(conformed, evidence.period)
    held = [one for one in versions(conformed) if (one.name, one.year) == (name, year)]
    if not held:
        return None
    conformed.engine.run(_view_sql(sources))
    ledger = Ledger(evidence, sources, (), VIEW)
    return Plan(ledger, held[0], evidence.period.year.months)


def _view_sql(sources: tuple[Source, ...]) -> str:
    by_row = listed(source.name for source in sources if says_when(source))
    lines = "version, period, span, product, cost_center, account"
    entry = "concat_ws(' ', account, nullif(cost_center, '(none)'), nullif(product, '(none)'))"
    kept = " UNION ALL ".join(
        f"SELECT {lines}, amount, approved, approved_on, approved_by, prepared_by, known_on, "
        f"_source, _status = 'accepted' AS counts FROM {quoted(f'rows_{source.name}')} "
        "WHERE _status = 'accepted' OR _reason = 'restated'"
        for source in sources
    )
    before = f"OVER (PARTITION BY {lines} ORDER BY known_on)"
    return (
        f"CREATE OR REPLACE VIEW {VIEW} AS SELECT * FROM (SELECT version, period AS month, "
        f"account, cost_center, {entry} AS entry, _source AS source, abs(amount) AS size, "
        "approved, approved_on, lower(approved_by) AS approver, lower(prepared_by) AS preparer, "
        f"CASE WHEN _source IN ({by_row}) THEN known_on END AS known, counts, "
        f"lag(known_on) {before} < known_on AND lag(amount) {before} <> amount AS again "
        f"FROM ({kept})) WHERE counts"
    )


def unapproved(plan: Plan) -> list[Breach]:
    """Return what of the plan is a draft, not approved, or came after its approval.

    A row of an approved version that was learned after its approval changes what was approved,
    where the version stated the line before with another amount, or where nearly all its rows
    were known by the approval. A budget that was only exported after it was changed nowhere.

    Parameters
    ----------
    plan : Plan
        From `plan_of`.
    """
    version, found = plan.version, []
    if not version.counts:
        every = entries_of(plan.ledger, plan.rows)
        if every is not None:
            found.append(_breach(plan, every, "not approved", f"{version.why}, and is the plan"))
        return found
    if version.approval == "approved in part":
        some = entries_of(plan.ledger, f"{plan.rows} AND NOT COALESCE(approved, FALSE)")
        if some is not None:
            told = f"{_lines(some.count)} of {version.name} not approved"
            found.append(_breach(plan, some, "approved in part", told))
    late = f"{plan.rows} AND approved AND known > approved_on"
    ((rows, by),) = plan.ledger.rows(
        "SELECT count(*), count(*) FILTER (known <= approved_on) "
        f"FROM {VIEW} WHERE {plan.rows} AND approved AND known IS NOT NULL"
    )
    changed = entries_of(plan.ledger, late if by >= SETTLED * rows else f"{late} AND again")
    if changed is not None:
        told = f"{_lines(changed.count)} of {version.name} stated after the approval"
        found.append(_breach(plan, changed, "after approval", told))
    return found


def _breach(plan: Plan, held: Entries, reason: str, detail: str) -> Breach:
    return breach(
        UNAPPROVED,
        plan.ledger.evidence.period.label,
        held,
        reason=reason,
        subject=plan.version.name,
        detail=detail,
        advice="Have it approved as it stands, or take the version that was approved as plan.",
    )


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{grouped(count)} lines"


def planned_alone(plan: Plan) -> list[Breach]:
    """Return lines of the plan that one person prepared and approved."""
    same = entries_of(plan.ledger, f"{plan.rows} AND preparer = approver")
    if same is None:
        return []
    told = f"{_lines(same.count)} of {plan.version.name} prepared and approved by the same person"
    return [
        breach(
            DUTIES,
            plan.ledger.evidence.period.label,
            same,
            reason="plan by one person",
            subject=plan.version.name,
            detail=told,
            advice="Have a second person approve them.",
        )
    ]


def posted_by_approvers(plan: Plan, ledger: Ledger, month: str) -> list[Breach]:
    """Return manual entries on lines of the plan that the person who posted them approved.

    Parameters
    ----------
    plan : Plan
        The version called plan.
    ledger : Ledger
        The ledger's entries.
    month : str
        A month of the report.
    """
    lines = f"SELECT account, cost_center, approver FROM {VIEW} WHERE {plan.rows}"
    held = entries_of(
        ledger,
        f"month = {literal(month)} AND {BY_HAND} AND size >= {ledger.floor} "
        f"AND (account, cost_center, enterer) IN ({lines} AND approver IS NOT NULL)",
    )
    if held is None:
        return []
    word = "1 entry" if held.count == 1 else f"{grouped(held.count)} entries"
    return [
        breach(
            DUTIES,
            month,
            held,
            reason="plan and posting",
            detail=f"{word} by hand of a person who approved the plan of the line",
            advice="Have somebody else post on lines whose plan the person approves.",
        )
    ]
