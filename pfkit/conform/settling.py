"""Mapped sources become agreed tables, those first that others refer to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.conform.decided import apply
from pfkit.conform.failures import left, set_apart
from pfkit.conform.final import dimension, finish_table
from pfkit.conform.levels import place_levels
from pfkit.conform.partitions.widen import widen
from pfkit.conform.phasing import phase_months
from pfkit.conform.rates import no_rates, rates_by_day
from pfkit.conform.repeats import find_repeats
from pfkit.conform.settle import REFERENCES, Known, settle_source, value_source

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from pfkit.conform.audit import Decision
    from pfkit.conform.decided import Applied
    from pfkit.conform.declaration import Declaration, Source
    from pfkit.conform.failures import Failures
    from pfkit.conform.mapping import Setting
    from pfkit.conform.partitions.load import Parts

#: Tables that others refer to, in the order they are settled in.
FIRST = ("rates", "products", "accounts", "cost_centers", "initiatives", "customers", "features")


def settle_all(
    present: list[Source],
    declaration: Declaration,
    setting: Setting,
    as_of: date,
    *,
    decided: Applied | None = None,
    mended: Mapping[str, Mapping[int, str]] | None = None,
    failures: Failures | None = None,
    wide: Mapping[str, Parts] | None = None,
) -> list[Decision]:
    """Settle mapped sources table by table, those first that others refer to.

    Returns the decisions whose row is not there. What cannot be settled is noted in `failures`.
    """
    decisions = decided.decisions if decided is not None else ()
    engine = setting.engine
    dimensions: dict[str, tuple[str, ...]] = {}
    no_rates(engine)
    by_table: dict[str, list[Source]] = {}
    for source in present:
        by_table.setdefault(source.table, []).append(source)
    names = {source.name for source in present}
    lost = [decision for decision in decisions if decision.source not in names]
    for table, sources in by_table.items():
        known = Known(declaration.policies, dimensions, tuple(declaration.statement))
        for source in sources:
            with set_apart(failures, source):
                mine = [decision for decision in decisions if decision.source == source.name]
                lost += _valued(source, setting, as_of, mine, (mended or {}).get(source.name, {}))
                phase_months(source, setting, [s for s in present if s.table == "actuals"])
                settle_source(source, setting, known, as_of)
                if wide and source.name in wide:
                    widen(wide[source.name], engine, as_of)
        sources = left(sources, failures)  # noqa: PLW2901 (what is left of them)
        if not sources:
            continue
        finish_table(declaration.contracts.contract(table), sources, engine)
        if table in REFERENCES.values():
            dimensions[table] = dimension(table, declaration, engine)
        if table == "rates":
            with set_apart(failures, sources[0]):
                rates_by_day(declaration, sources, setting)
    return lost


def _valued(
    source: Source,
    setting: Setting,
    as_of: date,
    decisions: Sequence[Decision],
    mended: Mapping[int, str],
) -> list[Decision]:
    """Give the rows of a source amounts, decisions and places; return decisions without a row."""
    lost: list[Decision] = []
    value_source(source, setting, as_of)
    find_repeats(source, setting, as_of)
    if decisions:  # repeats are found among the rows as they were
        lost += apply(source, decisions, mended, setting)
        value_source(source, setting, as_of, decided=True)
    place_levels(source, setting, as_of)
    return lost
