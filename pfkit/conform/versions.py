"""Budget versions of a book: which counts, which is the plan, and what cannot be both."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from pfkit.conform.engine import literal, quoted
from pfkit.conform.evidence import ControlResult, Evidence, counted, judged
from pfkit.contracts.versions import Version, added_up, adopted, rivals
from pfkit.errors import BookError, ContractError, near_miss
from pfkit.money import cents

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.conform.pipeline import Conformed, LoadedSource
    from pfkit.period import Period

_LINE = ("period", "span", "product", "cost_center", "account")
#: The share of the larger file's lines that make two files the same budget, and no supplement.
_MOST = 0.5


def versions(conformed: Conformed) -> list[Version]:
    """Return what the accepted rows of table ``budget`` say of each version and fiscal year."""
    held = _budgets(conformed)
    if not held:
        return []
    calendar = conformed.declaration.company.fiscal_calendar()
    parts = " UNION ALL BY NAME ".join(
        "SELECT version, period, stage, approved, approved_on, known_on, _later "
        f"FROM {quoted(one.rows_table)} WHERE _status = 'accepted'"
        for one in held
    )
    rows = conformed.engine.rows(
        "SELECT version, period, stage, count(*), count(approved), "
        "count(*) FILTER (WHERE approved), max(approved_on) FILTER (WHERE approved), "
        f"min(known_on), max(_later) FROM ({parts}) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )
    return added_up(
        Version(name, calendar.fiscal_year_of(period), (stage,) if stage else (), *rest)
        for name, period, stage, *rest in rows
    )


def _budgets(conformed: Conformed) -> list[LoadedSource]:
    return [one for one in conformed.sources if one.present and one.declared.table == "budget"]


def left_out(conformed: Conformed) -> dict[str, dict[int, str]]:
    """Return why versions count nowhere: by name and fiscal year, 0 for every year."""
    found: dict[str, dict[int, str]] = {}
    held = versions(conformed)
    for version in held:
        if not version.counts:
            found.setdefault(version.name, {})[version.year] = version.why
    known = {version.name for version in held}
    day = conformed.as_of.isoformat()
    for name in sorted(_ever(conformed) - known):
        found[name] = {0: f"no row of {name} counts that was known by {day}"}
    return found


def outside_sql(conformed: Conformed, out: dict[str, dict[int, str]]) -> str:
    """Return the test, over table ``t``, that a row's version counts in its year."""
    calendar = conformed.declaration.company.fiscal_calendar()
    tests = []
    for name, years in out.items():
        months = [month for year in years if year for month in calendar.months_of_year(year)]
        if months:
            listed = ", ".join(map(literal, months))
            tests.append(f"(t.version = {literal(name)} AND t.period IN ({listed}))")
    return f" AND NOT ({' OR '.join(tests)})" if tests else ""


def _ever(conformed: Conformed) -> set[str]:
    """Return the versions the input names on any day."""
    found: set[str] = set()
    for one in _budgets(conformed):
        table = quoted(f"mapped_{one.declared.name}")
        rows = conformed.engine.rows(
            f"SELECT DISTINCT version FROM {table} WHERE version IS NOT NULL"
        )
        found |= {row[0] for row in rows}
    return found


def plan_version(conformed: Conformed, period: Period) -> str | None:
    """Return the version called plan: the declared one, else the only one that can be.

    That is the one adopted version of the period's fiscal year, else the only one that counts in
    it, else the only one that counts at all.
    """
    declared = conformed.declaration.policies.plan_version
    if declared:
        return declared
    held = versions(conformed)
    one = adopted(held, period.fiscal_year)
    if one is not None:
        return one
    counting = [version for version in held if version.counts]
    mine = {version.name for version in counting if version.year == period.fiscal_year}
    names = mine or {version.name for version in counting}
    return names.pop() if len(names) == 1 else None


def refuse_versions(conformed: Conformed, period: Period) -> None:
    """Refuse a plan version that the input does not know, and versions that cannot both count.

    Raises
    ------
    BookError
        If the declared plan version stands nowhere in the input.
    ContractError
        If a version of the period's fiscal year has two stages, or two versions of one stage
        state the same lines.
    """
    declared, ever = conformed.declaration.policies.plan_version, _ever(conformed)
    if declared and ever and declared not in ever:
        raise BookError(
            f"version {declared!r} is not in the budget",
            where="book.toml policies.plan_version",
            advice=f"{near_miss(declared, ever, noun='version')} Name one of the budget's "
            "versions, or leave the policy out.",
        )
    mine = [version for version in versions(conformed) if version.year == period.fiscal_year]
    for version in mine:
        if len(version.stages) > 1:
            raise ContractError(
                f"version {version.name!r} is both {' and '.join(version.stages)} in "
                f"FY{version.year}",
                where="budget",
                advice="Give each stage a version name of its own, or declare `replaces` so that "
                "the later statement takes the place of the earlier.",
            )
    for one, other in rivals(mine, named=bool(declared)):
        told = _same_lines(conformed, one, other)
        if told:
            raise ContractError(
                f"versions {one.name!r} and {other.name!r} are both {_state(one)} for "
                f"FY{one.year}: {told}",
                where="budget",
                advice="Only one can count: give the other stage 'revised' or 'draft' by a rule "
                "with its reason (`classify`), leave it out (`exclude`), or name the plan in "
                "policies.plan_version."
                if not one.stage
                else "Only one can count: give the other another stage by a rule with its reason "
                "(`classify = { stage = ... }`), or leave it out (`exclude`).",
            )


def _state(version: Version) -> str:
    approved = "approved" if version.approved else ""
    return " and ".join(part for part in (version.stage, approved) if part)


def _same_lines(conformed: Conformed, one: Version, other: Version) -> str:
    """Return how many lines two versions of a year both state, with their amounts."""
    months = conformed.declaration.company.fiscal_calendar().months_of_year(one.year)
    listed = ", ".join(map(literal, months))
    keys = ", ".join(_LINE)
    sides = [
        f"(SELECT {keys}, sum(amount) AS amount FROM final_budget WHERE version = "
        f"{literal(version.name)} AND period IN ({listed}) GROUP BY {keys})"
        for version in (one, other)
    ]
    ((rows, left, right),) = conformed.engine.rows(
        "SELECT count(*), COALESCE(sum(a.amount), 0), COALESCE(sum(b.amount), 0) "
        f"FROM {sides[0]} a JOIN {sides[1]} b USING ({keys})"
    )
    if not rows:
        return ""
    amounts = f"{cents(Decimal(left)):,} and {cents(Decimal(right)):,}"
    return f"{counted(rows)} of the same line and month, {amounts}"


def version_controls(evidence: Evidence) -> list[ControlResult]:
    """Say which versions of the fiscal year count, where the input states stage or approval."""
    conformed, year = evidence.conformed, evidence.period.fiscal_year
    mine = [version for version in versions(conformed) if version.year == year]
    found = _stated_twice(evidence)
    plan = plan_version(conformed, evidence.period)
    if not any(version.stage or version.stated for version in mine):
        return found if plan is not None or not mine else [*found, _unnamed(mine, evidence)]
    found.append(_listed(mine, plan, evidence))
    for version in mine:
        if version.counts and version.approval == "approved in part":
            found.append(_in_part(version, evidence))
        elif version.name == plan and not version.counts:
            found.append(
                judged(
                    evidence,
                    "Plan version",
                    "budget",
                    "red",
                    f"{version.why}, so nothing is compared with it",
                    advice="Approve it, name another version in policies.plan_version, or say by "
                    "a rule why it counts before (`classify = { stage = ... }`).",
                    key=version.name,
                )
            )
    return found


def _stated_twice(evidence: Evidence) -> list[ControlResult]:
    """Point at a version of which two files state the same lines, so that they add up.

    A supplement states some lines of a budget again; a budget saved twice states most of them.
    """
    held = _budgets(evidence.conformed)
    if not held:
        return []
    keys = ", ".join(("version", *_LINE))
    months = ", ".join(map(literal, evidence.period.year.months))
    parts = " UNION ALL BY NAME ".join(
        f"SELECT {keys}, _file, amount FROM {quoted(one.rows_table)} "
        f"WHERE _status = 'accepted' AND period IN ({months})"
        for one in held
    )
    rows = evidence.conformed.engine.rows(
        f"WITH cells AS (SELECT {keys}, _file, sum(amount) AS amount FROM ({parts}) GROUP BY ALL), "
        f"pairs AS (SELECT a.version, a._file AS one, b._file AS other, count(*) AS both, "
        "sum(least(abs(a.amount), abs(b.amount))) AS stake FROM cells a JOIN cells b "
        f"USING ({keys}) WHERE a._file < b._file GROUP BY ALL), "
        "sizes AS (SELECT version, _file, count(*) AS rows FROM cells GROUP BY ALL) "
        "SELECT p.version, p.one, p.other, p.both, p.stake FROM pairs p "
        "JOIN sizes a ON a.version = p.version AND a._file = p.one "
        "JOIN sizes b ON b.version = p.version AND b._file = p.other "
        f"WHERE p.both >= {_MOST} * greatest(a.rows, b.rows) ORDER BY p.stake DESC, 1, 2, 3"
    )
    return [
        judged(
            evidence,
            "Stated twice",
            "budget",
            "red" if stake > evidence.materiality else "amber",
            f"{version}: {one} and {other} both state {counted(both)} of the same line and month, "
            f"which add up; up to {cents(Decimal(stake)):,} too much",
            advice="Leave one file out, give it a version of its own, or declare `replaces` so "
            "that the later one takes the place of the earlier.",
            key=f"{version}|{one}|{other}",
        )
        for version, one, other, both, stake in rows
    ]


def _listed(mine: Sequence[Version], plan: str | None, evidence: Evidence) -> ControlResult:
    counting = [version.name for version in mine if version.counts]
    text = f"{', '.join(counting) or 'no version'} of FY{evidence.period.fiscal_year} counts"
    if len(counting) > 1:
        text = text.removesuffix("s")
    text += f", {plan} is the plan" if plan in counting else ", none is the plan"
    out = [version.why for version in mine if not version.counts]
    if out:
        text += f"; {'; '.join(out)} and counts nowhere"
    return judged(evidence, "Budget versions", "budget", "green", text)


def _unnamed(mine: Sequence[Version], evidence: Evidence) -> ControlResult:
    """Say that several versions of a year count and none is the plan."""
    names = [version.name for version in mine]
    return judged(
        evidence,
        "Plan version",
        "budget",
        "amber",
        f"{', '.join(names)} count for FY{evidence.period.fiscal_year} and none is the plan, so "
        "nothing is compared with one",
        advice=f'Name it, `plan_version = "{names[0]}"` under [policies], or give each version its '
        "stage.",
    )


def _in_part(version: Version, evidence: Evidence) -> ControlResult:
    months = ", ".join(map(literal, evidence.period.year.months))
    ((amount,),) = evidence.conformed.engine.rows(
        "SELECT COALESCE(sum(abs(amount)), 0) FROM final_budget WHERE version = ? "
        f"AND period IN ({months}) AND NOT COALESCE(approved, FALSE)",
        [version.name],
    )
    missing = version.rows - version.approved
    held = cents(Decimal(amount))
    return judged(
        evidence,
        "Approval",
        "budget",
        "red" if held > evidence.materiality else "amber",
        f"{version.name}: {counted(missing)} of {counted(version.rows)} not approved, "
        f"{held:,} signs aside",
        advice="Have them approved, or leave them out by a rule.",
        key=version.name,
    )
