"""The ledger as the controls read it: one view of its entries, and what its sources say of them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pfkit.conform.breaches.breach import listed
from pfkit.conform.engine import literal
from pfkit.conform.pushed.singles import single_sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.conform.declaration import Policies, Source
    from pfkit.conform.evidence import Evidence

VIEW, BILLED = "breach_entries", "breach_invoices"
#: Months a month is compared with: a year, and the same month of the year before.
WINDOW = 13
#: Columns of ``actuals`` that only a control reads: a book that fills one asks for controls.
ASKING = ("origin", "entered_by", "approved_by", "entered_at", "document_date", "service_start",
          "service_end")  # fmt: skip
#: Share of materiality below which an entry is too small to be pointed at alone (ISA 450, A3).
TRIVIAL = Decimal("0.05")
#: Kinds of entry that are estimates, taken back later, and round by their nature.
ESTIMATES = ("accrual", "reversal")


@dataclass(frozen=True)
class Ledger:
    """The entries of table ``actuals`` in the engine, and what the rules need to know of them."""

    evidence: Evidence
    sources: tuple[Source, ...]
    #: Months with entries, in order.
    months: tuple[str, ...]
    view: str = VIEW

    @property
    def policies(self) -> Policies:
        """What the book has decided."""
        return self.evidence.conformed.declaration.policies

    @cached_property
    def mapped(self) -> frozenset[str]:
        """Agreed columns that some source fills."""
        return frozenset(column for source in self.sources for column in filled(source))

    @property
    def judged(self) -> tuple[str, ...]:
        """The months of the report."""
        return tuple(month for month in self.evidence.period.months if month in self.months)

    def history(self, month: str) -> tuple[str, ...]:
        """Return the months a month is compared with, those that have entries."""
        return tuple(one for one in self.months if one < month)[-WINDOW:]

    @property
    def window(self) -> tuple[str, ...]:
        """Return the months that are looked at: those of the report and those before them."""
        found = {*self.judged}
        for month in self.judged:
            found |= {*self.history(month)}
        return tuple(sorted(found))

    @property
    def limit(self) -> Decimal | None:
        """The declared size from which a manual entry needs a second person."""
        stated = self.policies.manual_limit
        return None if stated is None else Decimal(str(stated))

    @property
    def floor(self) -> Decimal:
        """The size from which one entry is pointed at."""
        return self.evidence.materiality * TRIVIAL if self.limit is None else self.limit

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query over the view."""
        return self.evidence.conformed.engine.rows(sql)

    def not_taking_back(self, month: str) -> str:
        """Return SQL that is false of an entry that takes back one of the month before.

        What it takes back was looked at in its own month.
        """
        before = self.evidence.period.calendar.shift(month, -1)
        return (
            "(account, currency, -amount_local) NOT IN (SELECT (account, currency, amount_local) "
            f"FROM {self.view} WHERE month = {literal(before)})"
        )

    def first_without_precedent(self, month: str) -> bool:
        """Return whether a month ends a fiscal year and no earlier year end is known."""
        calendar = self.evidence.period.calendar
        ends = {
            one
            for one in (*self.history(month), month)
            if calendar.months_of_year(calendar.fiscal_year_of(one))[-1] == one
        }
        return ends == {month}


def billed_of(evidence: Evidence, *, asked: bool) -> Ledger | None:
    """Return the invoice lines in the form of entries; None where no control of them is asked for.

    Parameters
    ----------
    evidence : Evidence
        The conformed book.
    asked : bool
        Whether the book asks for controls of its ledger; without that it asks by stating when a
        service was rendered.
    """
    sources = sources_of(evidence, "invoices")
    columns = {column for source in sources for column in filled(source)}
    if not sources or not (asked or columns & {"service_start", "service_end"}):
        return None
    engine = evidence.conformed.engine
    engine.run(
        f"CREATE OR REPLACE VIEW {BILLED} AS SELECT _source AS source, _id, invoice_id AS entry, "
        "_period AS month, invoice_date AS day, customer, kind, product, currency, amount_local, "
        "amount, abs(amount) AS size, COALESCE(service_start, service_end) AS service_start, "
        "COALESCE(service_end, service_start) AS service_end FROM final_invoices "
        f"WHERE {single_sql(sources, 'final_invoices')}"
    )
    return Ledger(evidence, sources, _months(evidence, BILLED), BILLED)


def sources_of(evidence: Evidence, table: str) -> tuple[Source, ...]:
    """Return the sources of a table that are present."""
    held = evidence.conformed.sources
    return tuple(one.declared for one in held if one.present and one.declared.table == table)


def _months(evidence: Evidence, view: str) -> tuple[str, ...]:
    rows = evidence.conformed.engine.rows(
        f"SELECT DISTINCT month FROM {view} WHERE month <> '' ORDER BY month"
    )
    return tuple(row[0] for row in rows)


def filled(source: Source) -> set[str]:
    """Return the agreed columns a source fills, by a mapping or by a rule."""
    ruled = {column for rule in source.rules for column in rule.classify}
    return {*source.columns, *ruled}


def says_when(source: Source) -> bool:
    """Return whether a source says of each row by itself on which day it was entered."""
    if "entered_at" in source.columns or "known_on" in source.columns:
        return True
    known = source.known_on
    return known is not None and bool(known.column or known.sql) and known.at != "month_end"


def ledger_of(evidence: Evidence) -> Ledger | None:
    """Return the ledger's entries; None where the book has none, or asks for no control of them.

    A book asks by filling a column that only controls read, or by a policy that is for them.
    """
    conformed = evidence.conformed
    sources = sources_of(evidence, "actuals")
    policies = conformed.declaration.policies
    declared = (policies.lock_days, policies.manual_limit, policies.round_to)
    asked = any(value is not None for value in declared) or bool(policies.locked)
    columns = {column for source in sources for column in filled(source)}
    if not sources or not (asked or columns & {*ASKING}):
        return None
    conformed.engine.run(_view_sql(sources))
    return Ledger(evidence, sources, _months(evidence, VIEW))


def _view_sql(sources: Sequence[Source]) -> str:
    by_row = listed(source.name for source in sources if says_when(source))
    day = "COALESCE(CAST(entered_at AS DATE), known_on)"
    return (
        f"CREATE OR REPLACE VIEW {VIEW} AS SELECT _source AS source, _id, "
        "COALESCE(entry_id, _file || ' line ' || _line) AS entry, entry_id IS NOT NULL AS has_id, "
        "_period AS month, posting_date, account, product, cost_center, currency, amount_local, "
        "amount, abs(amount) AS size, abs(CAST(amount_local AS DOUBLE)) AS booked, memo, "
        "document_date, "
        "COALESCE(service_start, service_end) AS service_start, "
        "COALESCE(service_end, service_start) AS service_end, "
        "lower(origin) AS origin, "
        "CASE lower(origin) WHEN 'manual' THEN TRUE WHEN 'system' THEN FALSE END AS manual, "
        "lower(entered_by) AS enterer, lower(approved_by) AS approver, "
        f"{day} AS known, CASE WHEN _source IN ({by_row}) THEN {day} END AS entered, "
        "CASE WHEN CAST(entered_at AS TIME) <> TIME '00:00:00' "
        "THEN hour(entered_at) + minute(entered_at) / 60.0 END AS clock, "
        f"COALESCE(entry_kind IN ({listed(ESTIMATES)}), FALSE) AS estimate "
        f"FROM final_actuals WHERE span = 'month' AND {single_sql(sources, 'final_actuals')}"
    )
