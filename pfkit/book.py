"""A folder of inputs becomes one checked Book."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.conform import outcomes, views
from pfkit.conform.breaches import breach_rows, breaches
from pfkit.conform.checks import Checks
from pfkit.conform.cloud import cloud
from pfkit.conform.cloud_ledger import cloud_ledger, settings
from pfkit.conform.completeness import revenue_cut_short
from pfkit.conform.controls import control_table
from pfkit.conform.conversions import conversions
from pfkit.conform.corrections import corrections
from pfkit.conform.cost_tables import CostTables
from pfkit.conform.failures import Failures
from pfkit.conform.freshness.loads import keep_load
from pfkit.conform.freshness.told import knowledge, told_with
from pfkit.conform.joins import join_cells
from pfkit.conform.known_tables import KnownTables
from pfkit.conform.months import months_before
from pfkit.conform.opened import Asked, opened
from pfkit.conform.personal import masking_errors
from pfkit.conform.profit_tables import ProfitTables
from pfkit.conform.provenance import files_read, source_lines
from pfkit.conform.restatements import known_then, restatements
from pfkit.conform.revenue_tables import RevenueTables
from pfkit.conform.stretches import derived
from pfkit.conform.verdict import rejection, verdict_of
from pfkit.conform.versions import plan_version
from pfkit.conform.vintages import vintages
from pfkit.conform.volumes import volumes
from pfkit.conform.weekly import WeekTables
from pfkit.contracts import About
from pfkit.errors import BookError, PfkitError
from pfkit.measures.budget_lines import line_column
from pfkit.measures.carry_forward import carried_through
from pfkit.measures.grain import grain
from pfkit.measures.revenue import pnl
from pfkit.measures.unstated import unstated

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    from pfkit.conform.breaches import Found
    from pfkit.conform.declaration import Declaration, Policies
    from pfkit.conform.evidence import Evidence
    from pfkit.conform.pipeline import Conformed
    from pfkit.period import FiscalCalendar, Period


@dataclass(frozen=True)
class Book(CostTables, ProfitTables, RevenueTables, WeekTables, KnownTables):
    """Checked, agreed tables of one company for one period, as known at one date.

    Open one with `open_book`. Tables come as data frames with amounts in reporting currency;
    row-level tables carry ``_source, _file, _line``, the place each row was read from.
    """

    declaration: Declaration
    path: Path
    data: Path
    period: Period
    as_of: date
    evidence: Evidence = field(repr=False)

    @property
    def company(self) -> str:
        """The company's name."""
        return self.declaration.company.name

    @property
    def entity(self) -> str:
        """The short name its reports are filed under."""
        return self.declaration.company.entity

    @property
    def currency(self) -> str:
        """The reporting currency."""
        return self.declaration.company.currency

    @property
    def calendar(self) -> FiscalCalendar:
        """The fiscal calendar."""
        return self.period.calendar

    @property
    def policies(self) -> Policies:
        """Materiality, hurdle rate, and which budget version is the plan."""
        return self.declaration.policies

    @property
    def addresses(self) -> tuple[str, ...]:
        """The columns that may show e-mail addresses; elsewhere they are masked."""
        return self.declaration.personal.allow

    @property
    def conformed(self) -> Conformed:
        """The tables in the engine."""
        return self.evidence.conformed

    @property
    def plan_version(self) -> str | None:
        """The budget version called plan: the declared, the one adopted, or the only one."""
        return plan_version(self.conformed, self.period)

    def has(self, table: str) -> bool:
        """Return whether the book has a table."""
        return self.conformed.has(table)

    def table(self, name: str) -> pd.DataFrame:
        """Return an agreed table; empty, with its columns, where no source feeds it.

        Raises
        ------
        ContractError
            If there is no such table.
        """
        return views.agreed(self.conformed, name)

    def vintages(self, name: str) -> pd.DataFrame:
        """Return an agreed table as it was known on every day up to `as_of`.

        A row counted from ``known_on`` until the day before ``replaced_on``, which is empty while
        the row stands. Measures that look at how plans of past years turned out ask for it.

        Raises
        ------
        ContractError
            If there is no such table.
        """
        return vintages(self.conformed, name)

    def expression(self, name: str) -> Any:  # noqa: ANN401 (an Ibis table)
        """Return an agreed table as an Ibis expression, for work that must stay in the engine.

        Raises
        ------
        BookError
            If no source of the book feeds the table.
        """
        if not self.has(name):
            raise BookError(
                f"the book has no table {name!r}", where=self.entity, advice=self.missing(name)
            )
        return self.conformed.engine.table(f"final_{name}")

    def missing(self, table: str) -> str:
        """Return one line: what is missing and how to supply it; empty where nothing is."""
        if self.has(table):
            return ""
        title = self.declaration.contracts.contract(table).title.lower()
        return (
            f'This book has no {title}: add a [[sources]] entry with table = "{table}" '
            "to book.toml."
        )

    @cached_property
    def activity(self) -> pd.DataFrame:
        """Usage added up by month, product, feature and metric."""
        return views.activity(self.conformed)

    @cached_property
    def cloud(self) -> pd.DataFrame:
        """The cloud bill by month, product, resource, price and kind of charge."""
        return cloud(self.conformed)

    @cached_property
    def cloud_ledger(self) -> pd.DataFrame:
        """What the ledger has of the cloud bill, by product and month of the period."""
        return cloud_ledger(self.conformed, self.period.months)

    @property
    def cloud_accounts(self) -> tuple[str, ...]:
        """The accounts that the ledger books the cloud bill on, as ``ledger`` declares them."""
        held = (how.accounts for how, _ in settings(self.conformed).values())
        return tuple(dict.fromkeys(account for accounts in held for account in accounts))

    @cached_property
    def product_names(self) -> dict[str, str]:
        """The name of every product that has one beside its code."""
        return views.product_names(self.conformed)

    @cached_property
    def statement(self) -> pd.DataFrame:
        """Actual and every budget version that counts, by month, product and statement line."""
        return views.statement(self.conformed)

    @cached_property
    def derived(self) -> pd.DataFrame:
        """Quarters that are stated nowhere and follow from longer stretches, amount by amount.

        ``row_key, period, line, account, product, less, from, amount``: what stands under `from`
        less what stands under `less`, in reporting currency, as the effect on profit.
        """
        return derived(self.statement)

    @cached_property
    def statement_then(self) -> pd.DataFrame:
        """The statement as it was known when the report before this one was due.

        That is one period before `as_of`: the same day of the month, or the month's last day.
        Empty where it cannot be told, because a rate was not known by then;
        ``attrs["reason"]`` says which.
        """
        then, reason = self._then
        if then is None:
            nothing = self.statement.head(0)
            nothing.attrs["reason"] = reason
            return nothing
        return views.statement(then)

    @cached_property
    def budget_then(self) -> pd.DataFrame:
        """Table ``budget`` as it was known when the report before this one was due."""
        then, _ = self._then
        return self.budget.head(0) if then is None else views.agreed(then, "budget")

    @cached_property
    def carried(self) -> pd.DataFrame:
        """What of last year's budget the policy `carry_forward` carries into this fiscal year.

        By cost center, or by account where no row names one; see `pfkit.carry_forward`. Empty
        where the policy is ``none``, or last year has no budget that counts.
        """
        none = self.policies.carry_forward == "none" or self.plan_version is None
        same = grain(self.actuals, self.budget, period=self.period, plan=self.plan_version)
        budget, actuals = same.of(self.budget), same.of(self.actuals)
        return carried_through(
            budget.head(0) if none else budget,
            actuals,
            same.of(self.vintages("commitments")),
            period=self.period,
            plan=self.plan_version or "",
            rule=self.policies.carry_forward,
            share=self.policies.carry_forward_share,
            by=line_column(budget, actuals),
            accounts=self.accounts if self.has("accounts") else None,
            owners=self.cost_centers,
        )

    @cached_property
    def restatements(self) -> pd.DataFrame:
        """Why earlier months changed since the report before this one: by cause, file and day.

        ``period, line, group, product, cause, source, file, known_on, rows, amount``; months of
        the fiscal year and of the prior year; ``amount`` is the effect on profit in reporting
        currency.
        """
        then, _ = self._then
        return restatements(self.conformed, then, self.period.earlier_months)

    @cached_property
    def _then(self) -> tuple[Conformed | None, str]:
        return known_then(self.conformed, self._last_report)

    @property
    def _last_report(self) -> date:
        return months_before(self.as_of, len(self.period.months))

    @cached_property
    def join_cells(self) -> pd.DataFrame:
        """Each product and month of the year to date, and which records it has."""
        months = dict.fromkeys([*self.period.year_to_date.months, *self.period.months])
        return join_cells(self.conformed, list(months))

    @cached_property
    def conversions(self) -> pd.DataFrame:
        """Every rate that amounts of the period were converted with, and what they came to."""
        return conversions(self.conformed, self.period)

    @cached_property
    def volumes(self) -> pd.DataFrame:
        """Units and money of net revenue by month, product and line, actual and planned."""
        return volumes(self.conformed, self.period, self.statement)

    @cached_property
    def controls(self) -> pd.DataFrame:
        """Every control of the report's period with its state."""
        return control_table(self.evidence, self._found)

    @cached_property
    def breaches(self) -> pd.DataFrame:
        """What was posted late, alone, oddly or in the wrong month, with amounts and entry ids."""
        return breach_rows(self._found, self.evidence)

    @cached_property
    def _found(self) -> Found:
        return breaches(self.evidence)

    @cached_property
    def balance(self) -> pd.DataFrame:
        """Rows and amount in = accepted + quarantined + excluded, by source and period.

        Amounts are NaN where the table counts no money.
        """
        rows = [dataclasses.asdict(b) for b in self.evidence.balances]
        names = [item.name for item in dataclasses.fields(type(self.evidence.balances[0]))]
        found = pd.DataFrame(rows, columns=names)
        promises = map(self.declaration.contracts.contract, set(found["table"]))
        money = [promise.table for promise in promises if promise.counts_money]
        for column in names:
            if column.startswith("amount_"):
                found[column] = pd.to_numeric(found[column]).astype("float64")
                found.loc[~found["table"].isin(money), column] = float("nan")
        found.insert(0, "row_key", found["source"] + "|" + found["period"])
        return found

    @cached_property
    def rules(self) -> pd.DataFrame:
        """What became of every row of the report's period: by rule, with count and amount."""
        return outcomes.rules(self.conformed, self.period)

    @cached_property
    def quarantine(self) -> pd.DataFrame:
        """Rows of the report's period that were held back, with file, line, rule and amount."""
        return outcomes.quarantine(self.conformed, self.period)

    @cached_property
    def corrections(self) -> pd.DataFrame:
        """Decisions about rows held back: what each changed, who took it and why."""
        return corrections(self.conformed, self.period)

    @cached_property
    def provenance(self) -> pd.DataFrame:
        """Every file that was read, with its digest, encoding and knowledge dates."""
        return files_read(self.conformed, self.evidence.control_files)

    @cached_property
    def checks(self) -> Checks:
        """What was checked, held back and reconciled."""
        return Checks(self.controls, self.balance)

    @cached_property
    def about(self) -> About:
        """The book as an exhibit needs to know it."""
        known = {
            table: self.missing(table)
            for table in self.declaration.contracts.tables()
            if table not in _DERIVED and not self.has(table)
        }
        if self.statement.empty:
            known["statement"] = unstated(self.actuals, self.budget, self.accounts)
        return About(
            company=self.company,
            entity=self.entity,
            currency=self.currency,
            period=self.period,
            as_of=self.as_of,
            sources=source_lines(self.conformed, self.period),
            missing=known,
            demo=self.declaration.company.demo,
            partial=revenue_cut_short(self.evidence),
        )


#: Tables pfkit makes itself.
_DERIVED = frozenset({"revenue", "calendar"})


@masking_errors()
def open_book(
    path: str | Path,
    *,
    data: str | Path | None = None,
    period: str | None = None,
    as_of: str | date | None = None,
    state: str | Path | None = None,
    progress: Callable[[str], None] | None = None,
) -> Book:
    """Read a folder of raw inputs and return its checked, agreed tables.

    Use it at the top of every notebook; every other function takes the book's tables.

    Parameters
    ----------
    path : str or pathlib.Path
        The book: a folder that holds ``book.toml``.
    data : str or pathlib.Path, optional
        The folder source paths are relative to; default: the book's own.
    period : str, optional
        ``2011-06`` (fiscal month) or ``2011Q2`` (fiscal quarter); default: the last month with
        data.
    as_of : str or datetime.date, optional
        Count only rows known by this day; default: the latest knowledge date in the input.
    state : str or pathlib.Path, optional
        Where comments, decisions and approvals are kept; default: ``state`` in the book's folder.
    progress : callable, optional
        Told a line as each source is read.

    Returns
    -------
    Book
        Frozen; its ``checks`` say what was held back and what ties.

    Raises
    ------
    BookError, SourceError, ContractError, ControlError
        If the declaration, a file, a value or a total cannot be used, with what, where and
        what to do.
    PeriodError
        If the period is malformed, or the book has no data for it.
    ParameterError
        If `as_of` is no day.

    Examples
    --------
    >>> import tempfile, pfkit as pf
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     company = pf.demo.make(Path(folder), months=3, products=2)
    ...     book = pf.open_book(folder, period=company.period)
    ...     book.checks.state in {"green", "amber"}
    True
    """
    asked = Asked(path=path, data=data, period=period, as_of=as_of, state=state, progress=progress)
    return Book(*opened(asked, opener=open_book, pnl=pnl))


def check_book(
    path: str | Path,
    *,
    data: str | Path | None = None,
    period: str | None = None,
    as_of: str | date | None = None,
    state: str | Path | None = None,
    keep: bool = False,
) -> dict[str, Any]:
    """Load a book, run every check and return one verdict with its figures and findings.

    Use it before a report, or from a script: it never raises for bad input, it rejects. What
    cannot be used is named all at once, and everything else is checked without it.

    Parameters
    ----------
    path : str or pathlib.Path
        The book, as for `open_book`.
    data : str or pathlib.Path, optional
        The folder source paths are relative to.
    period : str, optional
        The month or quarter whose controls are judged.
    as_of : str or datetime.date, optional
        Count only rows known by this day.
    state : str or pathlib.Path, optional
        Where comments and decisions are kept.
    keep : bool
        Whether to add the load to the ledger of loads in `state`, for later checks to compare with.

    Returns
    -------
    dict
        ``verdict`` (accept, repair, warn, quarantine, reject); ``rows_in, accepted, quarantined,
        excluded`` and ``amount_in, amount_accepted, amount_quarantined, amount_excluded`` (decimal
        strings) in total, and per source and period under ``balance``; ``findings``, each with
        ``rule, severity, line, column, value, message, advice``; ``failed``, the files and sources
        that could not be used; ``freshness, late, since, changes, rewritten, loads``: what is
        stale, what came late, and what changed since the last load that was kept.

    Examples
    --------
    >>> check_book("no-such-folder")["verdict"]
    'reject'
    """
    failures = Failures()
    asked = Asked(path=path, data=data, period=period, as_of=as_of, state=state)
    try:
        with masking_errors():
            book = Book(*opened(asked, opener=open_book, pnl=pnl, failures=failures))
            known = knowledge(book.evidence, failures, asked=period)
            found = verdict_of(
                balances=book.evidence.balances,
                controls=book.controls,
                quarantine=outcomes.quarantine(book.conformed),
                provenance=book.provenance,
                contracts=book.declaration.contracts,
                currency=book.currency,
                failures=failures,
            )
    except PfkitError as error:
        return rejection(error, failures)
    found = told_with(found, known)
    if keep:
        found["kept"] = keep_load(book.conformed, failures)
    return found
