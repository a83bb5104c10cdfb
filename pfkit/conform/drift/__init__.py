"""Whether a month's input looks as the months before did: what only a defect changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.conform.drift.currency import currency
from pfkit.conform.drift.days import missing_days
from pfkit.conform.drift.finding import results
from pfkit.conform.drift.missing import missing
from pfkit.conform.drift.plans import plans
from pfkit.conform.drift.profile import LEVELS, monthly, profiles
from pfkit.conform.drift.scale import scale
from pfkit.conform.drift.sign import sign
from pfkit.conform.engine import quoted
from pfkit.conform.evidence import ControlResult, Evidence, judged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.conform.drift.finding import Finding
    from pfkit.conform.pipeline import Conformed, LoadedSource

__all__ = ["drift"]

#: Months a month is compared with: a year, and the same month of the year before.
WINDOW = 13
#: Fewer months show no habit.
LEAST = 3


def drift(evidence: Evidence) -> list[ControlResult]:
    """Compare each source's rows of the report's months with the months before.

    Looks for what a defect in an export does and a business does not: another unit, another sign,
    a lost currency, a part or a day without rows. A source with fewer than three months before is
    not judged, and one green control says which were judged.

    Parameters
    ----------
    evidence : Evidence
        The conformed book.
    """
    found: list[ControlResult] = []
    judged_months: dict[str, int] = {}
    short: dict[str, int] = {}
    for held in evidence.conformed.sources:
        name = held.declared.name
        if held.present and held.declared.table == "budget":
            found += results(plans(held, evidence), name, evidence.period.label, evidence)
        if not held.present or held.declared.table not in LEVELS:
            continue
        before = found[:]
        months = _months(held, evidence.conformed)
        for month in evidence.period.months:
            history = [one for one in months if one < month][-WINDOW:]
            if len(history) < LEAST:
                short[name] = len(history)
                continue
            findings = _findings(held, evidence.conformed, history, month)
            found += results(findings, name, month, evidence)
            judged_months[name] = len(history)
        if found != before:
            judged_months.pop(name, None)
    return [*found, *_all_well(judged_months, short, evidence)]


def _months(held: LoadedSource, conformed: Conformed) -> list[str]:
    rows = conformed.engine.rows(
        f"SELECT DISTINCT _period FROM {quoted(held.rows_table)} WHERE _period <> '' "
        f"AND _status IN ('accepted', 'quarantined') {monthly(held)} ORDER BY 1"
    )
    return [row[0] for row in rows]


def _findings(
    held: LoadedSource, conformed: Conformed, history: Sequence[str], month: str
) -> list[Finding]:
    figures = profiles(held, conformed, [*history, month])
    absent = missing(held, conformed, figures[0], history, month)
    if absent and not absent[0].key:
        return absent  # nothing of the month is left to judge
    found: list[Finding] = []
    for profile in figures:
        said = {(one.control, one.level, one.key) for one in found}
        more = [*scale(profile, history, month), *sign(profile, history, month)]
        found += [one for one in more if (one.control, one.level, one.key) not in said]
    lost = currency(held, conformed, history, month)
    told = {(one.level, one.key) for one in lost}
    absent = [one for one in absent if (one.level, one.key) not in told]
    return [*found, *lost, *absent, *missing_days(held, conformed, history, month)]


def _all_well(
    well: dict[str, int], short: dict[str, int], evidence: Evidence
) -> list[ControlResult]:
    """Return one line on the sources without a finding, and on those that cannot be judged yet."""
    parts = []
    if well:
        parts.append(
            f"{', '.join(well)}: scale, signs, currencies, parts and days as in the months before "
            f"(up to {max(well.values())})"
        )
    if short:
        parts.append(f"{', '.join(short)}: not judged, {LEAST} months before are needed")
    if not parts:
        return []
    return [judged(evidence, "As before", "", "green", "; ".join(parts))]
