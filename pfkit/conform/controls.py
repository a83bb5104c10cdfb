"""The controls of a report: what was tied, held back, renamed or could not be checked."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from pfkit.conform.breaches import breach_controls
from pfkit.conform.centers import center_tree
from pfkit.conform.cloud_controls import cloud_controls
from pfkit.conform.completeness import complete_month
from pfkit.conform.control_totals import control_totals
from pfkit.conform.conversions import rate_pairs
from pfkit.conform.corrections import decision_controls
from pfkit.conform.crosschecks import ledger_tie, reversals
from pfkit.conform.drift import drift
from pfkit.conform.engine import literal, quoted
from pfkit.conform.evidence import (
    ControlResult,
    Evidence,
    State,
    counted,
    grouped,
    judged,
)
from pfkit.conform.exported import repeat_controls
from pfkit.conform.forms.changes import form_controls
from pfkit.conform.freshness.stale import stale_controls
from pfkit.conform.group.controls import group_controls
from pfkit.conform.held_files import held_files
from pfkit.conform.joins import product_join
from pfkit.conform.levels import levels
from pfkit.conform.personal import personal_data
from pfkit.conform.phasing import phase_controls
from pfkit.conform.stretches import stretch_controls, wide_sources
from pfkit.conform.subscriptions import subscription_controls
from pfkit.conform.totals import totals_among
from pfkit.conform.versions import version_controls
from pfkit.conform.views import statement
from pfkit.conform.weeks import week_controls
from pfkit.conform.wide import sheet_controls
from pfkit.money import cents

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pfkit.conform.breaches import Found
    from pfkit.conform.pipeline import Conformed, LoadedSource
    from pfkit.conform.tie import Balance


CONTROL_COLUMNS = (
    "row_key", "control", "source", "period", "expected", "actual", "difference", "state",
    "detail", "advice",
)  # fmt: skip


def control_table(evidence: Evidence, found: Found) -> pd.DataFrame:
    """Return every control of the report's period as a table: what ``book.controls`` is.

    Parameters
    ----------
    evidence : Evidence
        The conformed book, its balances and its ties.
    found : Found
        What the rules on the ledger and the plan found.
    """
    results = [*control_results(evidence), *breach_controls(found, evidence)]
    rows = [dataclasses.asdict(result) for result in results]
    table = pd.DataFrame(rows, columns=[*CONTROL_COLUMNS])
    for column in ("expected", "actual", "difference"):
        table[column] = pd.to_numeric(table[column]).astype("float64")
    return table


def control_results(evidence: Evidence) -> list[ControlResult]:
    """Return every control of the input, source by source.

    Parameters
    ----------
    evidence : Evidence
        The conformed book, its balances and its ties.
    """
    found: list[ControlResult] = []
    for held in evidence.conformed.sources:
        if not held.present:
            found.append(_absent_source(held, evidence))
            continue
        found += _balance(held, evidence)
        found += control_totals(held, evidence)
        found += _held_back(held, evidence)
        found += held_files(held, evidence)
        found += _unmapped(held, evidence)
        found += repeat_controls(held, evidence)
        found += levels(held, evidence)
        found += week_controls(held, evidence)
        found += phase_controls(held, evidence)
        found += totals_among(held, evidence)
        found += sheet_controls(held, evidence)
    if wide_sources(evidence.conformed):
        found += stretch_controls(evidence, statement(evidence.conformed))
    found += version_controls(evidence)
    found += center_tree(evidence)
    found += decision_controls(evidence)
    found += _families(evidence)
    found += complete_month(evidence)
    found += ledger_tie(evidence)
    found += reversals(evidence)
    found += personal_data(evidence)
    found += drift(evidence)
    found += stale_controls(evidence)
    found += form_controls(evidence)
    found += product_join(evidence)
    found += cloud_controls(evidence)
    found += subscription_controls(evidence)
    found += rate_pairs(evidence)
    found += group_controls(evidence)
    return found


def _absent_source(held: LoadedSource, evidence: Evidence) -> ControlResult:
    source = held.declared
    return judged(
        evidence,
        "Source present",
        source.name,
        "amber",
        f"no file matches {source.path}; table {source.table} is without it",
        advice=f"Put the export where {source.path} finds it.",
    )


def _of_period(held: LoadedSource, evidence: Evidence) -> list[Balance]:
    months = {*evidence.months_of(held.declared.table), "(none)"}
    return [b for b in evidence.balances if b.source == held.declared.name and b.period in months]


def _balance(held: LoadedSource, evidence: Evidence) -> list[ControlResult]:
    if held.declared.promise.amount is None:
        return []
    parts = _of_period(held, evidence)
    rows = sum(b.rows_in for b in parts)
    if rows == 0:
        return []
    total = kept = None
    if held.declared.promise.counts_money:
        total = sum((b.amount_in for b in parts), Decimal(0))
        kept = sum(
            (b.amount_accepted + b.amount_quarantined + b.amount_excluded for b in parts),
            Decimal(0),
        )
    return [
        judged(
            evidence,
            "Balance",
            held.declared.name,
            "green",
            f"{counted(rows)} in = accepted + quarantined + excluded",
            expected=total,
            actual=kept,
        )
    ]


def _values(count: int) -> str:
    return "1 value" if count == 1 else f"{grouped(count)} values"


def _held_back(held: LoadedSource, evidence: Evidence) -> list[ControlResult]:
    parts = _of_period(held, evidence)
    rows = sum(b.rows_quarantined for b in parts)
    money = held.declared.promise.counts_money
    if not rows and not (money and any(b.rows_in for b in parts)):
        return []
    amount, unknown = _absolute(held, evidence) if money else (None, 0)
    state: State = "amber" if rows else "green"
    if rows and amount is not None and amount > evidence.materiality:
        state = "red"
    return [
        judged(
            evidence,
            "Held back",
            held.declared.name,
            state,
            _quarantined(rows, unknown),
            actual=amount,
            expected=None if amount is None else Decimal(0),
            advice="Mend the rows at their source; the list names file, line and value."
            if rows
            else "",
        )
    ]


def _quarantined(rows: int, unknown: int) -> str:
    if not rows:
        return "no row quarantined"
    text = f"{counted(rows)} quarantined"
    return f"{text}, {grouped(unknown)} of unknown amount" if unknown else text


def _absolute(held: LoadedSource, evidence: Evidence) -> tuple[Decimal | None, int]:
    """Return the absolute amount held back, None where no amount is known, and how many are not."""
    column = held.declared.promise.amount or ""
    ((amount, known, rows),) = evidence.conformed.engine.rows(
        f"SELECT COALESCE(sum(abs({quoted(column)})), 0), count({quoted(column)}), count(*) "
        f"FROM {quoted(held.rows_table)} "
        f"WHERE _status = 'quarantined' AND _period IN ({evidence.months_sql(held.declared.table)})"
    )
    unread = len(held.rejected)
    if rows + unread and not known:
        return None, int(rows) + unread
    return cents(Decimal(amount)), int(rows) - int(known) + unread


def _unmapped(held: LoadedSource, evidence: Evidence) -> list[ControlResult]:
    amount = held.declared.promise.amount
    results = []
    names = {m.map for m in held.declared.columns.values() if m.map is not None}
    for name in sorted(names):
        rows = evidence.conformed.engine.rows(
            f"SELECT count(*), count(DISTINCT u.val), COALESCE(sum(amount), 0) FROM "
            f"(SELECT unnest(_unmapped) AS u, {quoted(amount) if amount else '0'} AS amount "
            f"FROM {quoted(held.rows_table)} WHERE _status = 'accepted' "
            f"AND _period IN ({evidence.months_sql(held.declared.table)})) WHERE u.map = ?",
            [name],
        )
        results.append(_unmapped_row(name, held.declared.name, evidence, rows[0]))
    return results


def unmapped_families(conformed: Conformed, months: Sequence[str]) -> tuple[int, int, Decimal]:
    """Return rows, products and amount of invoice lines whose product has no known family."""
    loaded = conformed.maps["family"]
    listed = ", ".join(literal(month) for month in months)
    ((count, values, amount),) = conformed.engine.rows(
        "SELECT count(*), count(DISTINCT t.product), COALESCE(sum(t.amount), 0) "
        f"FROM final_invoices t LEFT JOIN map_family f ON f.key = {loaded.key_sql('t.product')} "
        f"WHERE f.key IS NULL AND t._period IN ({listed})"
    )
    return int(count), int(values), cents(Decimal(amount))


def names_families(conformed: Conformed) -> bool:
    """Return whether families of invoiced products come from the map ``family``."""
    return (
        "family" in conformed.maps and conformed.has("invoices") and not conformed.has("products")
    )


def _families(evidence: Evidence) -> list[ControlResult]:
    conformed = evidence.conformed
    if not names_families(conformed):
        return []
    found = unmapped_families(conformed, evidence.months_of("invoices"))
    return [_unmapped_row("family", "invoices", evidence, found)]


def _unmapped_row(
    name: str, source: str, evidence: Evidence, found: tuple[int, int, Decimal]
) -> ControlResult:
    count, values, amount = found
    present = evidence.conformed.maps[name].present
    line = evidence.conformed.maps[name].declared.unmapped
    if not present:
        path = evidence.conformed.maps[name].declared.path
        detail = f"{path} is absent, so counted as {line!r}: {_values(values)} ({counted(count)})"
    elif count:
        detail = f"not in the map, so counted as {line!r}: {_values(values)} ({counted(count)})"
    else:
        detail = "every value is in the map"
    return judged(
        evidence,
        "Value map",
        source,
        "amber" if count or not present else "green",
        detail,
        actual=cents(Decimal(amount)),
        advice=f"Add them to map {name}." if count else "",
        key=name,
    )


def worst(results: Iterable[ControlResult]) -> State:
    """Return the worst state of some controls: red before amber before green."""
    states = {result.state for result in results}
    if "red" in states:
        return "red"
    return "amber" if "amber" in states else "green"
