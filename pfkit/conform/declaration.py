"""What a book may declare: the typed values of ``book.toml`` and what must hold among them."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Literal

from pydantic import (
    BeforeValidator,
    Field,
    NonNegativeInt,
    PositiveInt,
    PrivateAttr,
    ValidationInfo,
    model_validator,
)

from pfkit.conform.adapters.adapted import Adapted
from pfkit.conform.allocating import Allocating, Capitalization
from pfkit.conform.cadence import Timely
from pfkit.conform.company import Company
from pfkit.conform.databases import FromDatabase, refuse_feeds
from pfkit.conform.group.declared import Grouping, Joined
from pfkit.conform.locks import LockDays, refuse_early_locks
from pfkit.conform.pulls import WithPulls
from pfkit.conform.shape import (
    Blank,
    BudgetLayout,
    Hierarchy,
    Phase,
    Strict,
    Unpivot,
    Week,
    named_layout,
    named_phase,
)
from pfkit.contracts import Contract, Contracts
from pfkit.errors import PfkitError, near_miss

Unit = Literal["minor", "major", "thousands", "millions"]
Sign = Literal["as_stated", "reversed", "debit_positive", "credit_positive"]
RawKind = Literal[
    "number", "integer", "date", "datetime", "text", "seconds", "milliseconds", "microseconds"
]
Group = Literal["gross", "returns", "other", "cost_of_revenue", "operating", "outside"]

#: How the sources that pfkit itself finds in the state folder are named.
STATE_PREFIX = "state_"

_MONTHS = 12


class Policies(Strict):
    """What the company has decided: thresholds, rates and which budget is the plan."""

    materiality_amount: float = Field(default=0.0, ge=0)
    materiality_rate: float = Field(default=0.05, ge=0, le=1)
    hurdle_rate: float = Field(default=0.10, gt=-1)
    gross_margin: float | None = Field(default=None, gt=0, le=1)
    plan_version: str = ""
    carry_forward: Literal["none", "full", "share", "committed"] = "none"
    carry_forward_share: float = Field(default=1.0, ge=0, le=1)
    versions: tuple[str, ...] = ()
    complete_within_days: int = Field(default=4, ge=0)
    usage_rates: dict[str, tuple[str, str]] = Field(default_factory=dict)
    rate_kind: Literal["average", "daily", "closing", "budget"] = "average"
    rate_carry_days: int = Field(default=7, ge=0)
    recognition: Literal["day", "month"] = "day"
    acquisition_accounts: tuple[str, ...] = ()
    acquisition_cost_centers: tuple[str, ...] = ()
    products_without_usage: tuple[str, ...] = ()
    lock_days: int | None = Field(default=None, ge=0)
    locked: LockDays = Field(default_factory=dict)
    manual_limit: float | None = Field(default=None, ge=0)
    capitalization: Capitalization = Capitalization()
    round_to: float | None = Field(default=None, gt=0)


class Personal(Strict):
    """Which columns may show e-mail addresses, and what the masks of the others are made with."""

    allow: tuple[str, ...] = ()
    key: str = Field(default="", repr=False)

    @model_validator(mode="after")
    def _known_columns(self, info: ValidationInfo) -> Personal:
        contracts = _contracts(info)
        promises = [contracts.contract(table) for table in contracts.tables()]
        known = {c.name for promise in promises for c in promise.columns if c.kind == "text"}
        for column in self.allow:
            if column not in known:
                advice = near_miss(column, known, noun="column")
                message = f"{column!r} is no text column of any table. {advice}"
                raise ValueError(message)
        return self


class ValueMap(Strict):
    """A crosswalk from source values to agreed values; closed unless `unmapped` names a line."""

    path: str = ""
    key: str = "key"
    value: str = "value"
    values: dict[str, str] = Field(default_factory=dict)
    unmapped: str | None = None
    optional: bool = False
    fold: Literal["none", "upper"] = "none"
    repeats: Literal["error", "first", "last"] = "error"

    @model_validator(mode="after")
    def _one_source(self) -> ValueMap:
        if bool(self.path) == bool(self.values):
            message = "give either `path` (a file) or `values` (a table), not both"
            raise ValueError(message)
        if self.optional and self.unmapped is None:
            message = "an optional map needs `unmapped`, the line its values go to when absent"
            raise ValueError(message)
        return self


class KnownOn(Strict):
    """Where a row's knowledge date comes from: a column, SQL, the file name or a fixed day."""

    column: str | None = None
    sql: str | None = None
    file_name: str | None = None
    at: Literal["", "day", "month_end", "stated"] = ""
    date: dt.date | None = None

    @model_validator(mode="after")
    def _one_of(self) -> KnownOn:
        given = [n for n in ("column", "sql", "file_name", "date") if getattr(self, n) is not None]
        if len(given) != 1:
            message = "give exactly one of column, sql, file_name, date"
            raise ValueError(message)
        if self.file_name is not None:
            try:
                groups = re.compile(self.file_name).groups
            except re.error as error:
                message = f"file_name {self.file_name!r} is no regular expression: {error}"
                raise ValueError(message) from error
            if groups != 1:
                message = f"file_name {self.file_name!r} needs one group around the date"
                raise ValueError(message)
        return self


def _one_or_more(value: object) -> object:
    return (value,) if isinstance(value, str) else value


class Mapping(Strict):
    """What fills one agreed column: a source column, a constant, a SQL expression or a tag."""

    column: str | None = None
    constant: str | int | float | bool | dt.date | None = None
    sql: str | None = None
    map: str | None = None
    tag: Annotated[tuple[str, ...], BeforeValidator(_one_or_more)] = ()
    year: str | int | None = None
    fiscal_year: str | int | None = None
    quarter: str | None = None
    month: str | None = None
    months: tuple[str, ...] = ()
    first_day: str | None = None
    last_day: str | None = None

    @model_validator(mode="after")
    def _one_of(self) -> Mapping:
        given = [n for n in ("column", "constant", "sql") if getattr(self, n) is not None]
        if len(given) + bool(self.tag) + self.is_parts != 1:
            message = "give exactly one of column, constant, sql, tag, or the parts of a period"
            raise ValueError(message)
        if self.year is not None and self.fiscal_year is not None:
            message = "a period has either a year or a fiscal_year, not both"
            raise ValueError(message)
        if self.quarter is not None and self.month is not None:
            message = "a period is either a quarter or a month, not both"
            raise ValueError(message)
        days = (self.first_day is not None) + (self.last_day is not None)
        if days == 1 or (days and any(part is not None for part in self._named_parts)):
            message = "a stretch of days has a first_day and a last_day, and no other part"
            raise ValueError(message)
        if self.is_parts and self.map is not None:
            message = "the parts of a period go through no map; name the months in `months`"
            raise ValueError(message)
        if self.months and (self.month is None or len(self.months) != _MONTHS):
            message = "`months` names the twelve months of the column `month`, in order"
            raise ValueError(message)
        return self

    @property
    def is_parts(self) -> bool:
        """Whether it is a period given as year, quarter or month."""
        return any(part is not None for part in (*self._named_parts, self.first_day, self.last_day))

    @property
    def _named_parts(self) -> tuple[str | int | None, ...]:
        return self.year, self.fiscal_year, self.quarter, self.month


def _short_mapping(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


ShortMapping = Annotated[Mapping, BeforeValidator(_short_mapping)]


class BookedOn(Strict):
    """Where the ledger books a cloud bill and when, or what was billed to customers."""

    accounts: tuple[str, ...] = Field(min_length=1)
    deferred: tuple[str, ...] = ()
    months_late: int = Field(default=0, ge=0, le=3)
    cost: Literal["effective", "billed"] = "effective"
    tolerance: float = Field(default=0.01, ge=0)


class RowRule(Strict):
    """A rule for whole rows: leave them out under a name, or set agreed columns."""

    when: str
    because: str = Field(min_length=1)
    exclude: str | None = None
    classify: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_of(self) -> RowRule:
        if bool(self.exclude) == bool(self.classify):
            message = "a rule either excludes (a name) or classifies (a table of columns)"
            raise ValueError(message)
        return self

    @property
    def name(self) -> str:
        """The name its rows are counted under."""
        return self.exclude or ", ".join(self.classify.values())


class Source(FromDatabase, Timely, Strict):
    """One kind of raw input and the table it feeds."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    table: str
    adapter: Adapted | None = None
    path: str = ""
    lines: tuple[dict[str, str | int | float | bool], ...] = ()
    columns: dict[str, ShortMapping] = Field(default_factory=dict)
    format: Literal["detect", "csv", "excel", "parquet", "jsonl", "json", "sqlite"] = "detect"
    encoding: str = "detect"
    delimiter: str = "detect"
    sheet: str | None = None
    header: PositiveInt = 1
    query: str | None = None
    records: tuple[str, ...] = ()
    layout: Annotated[BudgetLayout | None, BeforeValidator(named_layout)] = None
    unpivot: Unpivot | None = None
    hierarchy: Hierarchy | None = None
    week: Week | None = None
    phase: Annotated[Phase | None, BeforeValidator(named_phase)] = None
    blank: Blank | None = None
    blanks: tuple[str, ...] = ()
    types: dict[str, RawKind] = Field(default_factory=dict)
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ",", ".", " ", "'"] = ""
    negatives: Literal["minus", "parentheses", "trailing"] = "minus"
    symbols: tuple[str, ...] = ()
    percent: bool = False
    date_format: str | tuple[str, ...] = ""
    zone: str = ""
    unit: Unit = "major"
    minor_digits: dict[str, NonNegativeInt] = Field(default_factory=dict)
    sign: Sign = "as_stated"
    per: Literal["currency", "reporting"] = "currency"
    rate_kind: Literal["", "average", "daily", "closing", "budget"] = ""
    known_on: KnownOn | None = None
    key: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    overlap: Literal["detect", "once", "keep"] = "detect"
    repeats: Literal["hold", "drop"] = "hold"
    rules: tuple[RowRule, ...] = ()
    ledger: BookedOn | None = None
    optional: bool = False
    partitioned: bool = False

    _promise: Contract = PrivateAttr()

    @property
    def promise(self) -> Contract:
        """What the table it feeds promises in this book."""
        return self._promise

    def narrow(self, promise: Contract) -> None:
        """Promise less than the table does: only the columns that its files have."""
        self._promise = promise

    @model_validator(mode="after")
    def _against_contract(self, info: ValidationInfo) -> Source:
        try:
            promise = _contracts(info).contract(self.table)
        except PfkitError as error:
            raise ValueError(str(error)) from error
        self._promise = promise
        self._fed()
        self._name_columns(promise)
        if "known_on" in promise.names and self.known_on is None and "known_on" not in self.columns:
            message = (
                "nothing says when its rows were learned; declare known_on "
                "(a column, SQL, the file name or a date)"
            )
            raise ValueError(message)
        self._of_this_table(promise)
        if promise.amount is None and (self.blank or self.hierarchy):
            message = f"table {self.table} has no amount, so nothing is blank or adds up in it"
            if self.blank and self.unpivot:
                message += "; leave `blank` out: an empty cell of `unpivot` is no row"
            raise ValueError(message)
        if self.layout and (self.unpivot or self.hierarchy or self.sheet or self.header != 1):
            message = (
                "a layout finds header, months and totals itself; remove sheet (a layout has "
                "sheets), header, unpivot and hierarchy"
            )
            raise ValueError(message)
        if self.thousands == self.decimal:
            message = f"decimal and thousands are both {self.decimal!r}"
            raise ValueError(message)
        if self.sign in {"debit_positive", "credit_positive"} and "account" not in self.columns:
            message = f"sign {self.sign!r} needs `account` in [sources.columns]"
            raise ValueError(message)
        return self

    def _of_this_table(self, promise: Contract) -> None:
        """Check that settings which only some tables have are those of its table."""
        if self.phase and "span" not in promise.names:
            message = (
                f"table {self.table} has no span, so nothing in it is stated by quarter or year"
            )
            raise ValueError(message)
        if self.phase and self.phase.seasonal and self.table != "budget":
            message = "a season is read from actuals, to phase a budget: phase them otherwise"
            raise ValueError(message)
        if self.ledger and self.table not in {"cloud", "invoices"}:
            message = (
                "only a cloud bill and invoices are held against the ledger, and this is "
                f"{self.table}"
            )
            raise ValueError(message)
        if self.ledger and self.table == "cloud" and self.ledger.deferred:
            message = "a cloud bill has no deferred revenue; remove `deferred` from `ledger`"
            raise ValueError(message)

    def _name_columns(self, promise: Contract) -> None:
        """Check that the columns it fills, and says something of, are columns of its table."""
        known = {column.name for column in promise.columns}
        named = [
            *self.columns,
            *self.key,
            *self.replaces,
            *(column for rule in self.rules for column in rule.classify),
            *((self.hierarchy and self.hierarchy.remainder) or ()),
        ]
        for column in named:
            if column not in known:
                advice = near_miss(column, known, noun="column")
                message = f"{column!r} is no column of table {self.table}. {advice}"
                raise ValueError(message)
        for column, mapping in self.columns.items():
            if mapping.is_parts and promise.column(column).kind != "month":
                message = f"{column} is no month: year, quarter and month are parts of a period"
                raise ValueError(message)
            if mapping.tag and "tags" not in promise.names:
                message = f"table {self.table} has no tags, so {column} cannot be one of them"
                raise ValueError(message)

    def _fed(self) -> None:
        """Check that rows come from a file or stand in the book, and fill what follows."""
        refuse_feeds(self)
        own_names = any(column.source for column in self.promise.columns)
        if not self.columns and not self.lines and not own_names:
            message = "`columns` is missing: agreed column = source column"
            raise ValueError(message)
        if not self.columns:
            names = dict.fromkeys(name for line in self.lines for name in line)
            object.__setattr__(self, "columns", {name: Mapping(column=name) for name in names})


def _contracts(info: ValidationInfo) -> Contracts:
    """Return the contracts a declaration is read with; ours where the reader names none."""
    found = (info.context or {}).get("contracts")
    return found if isinstance(found, Contracts) else Contracts()


class StatementLine(Strict):
    """Which line of the statement an invoice kind belongs to."""

    line: str
    group: Group
    unit: str = ""
    recurring: bool = False


class Control(Strict):
    """A total, by month, that a source must tie to."""

    source: str
    path: str
    period: str = "period"
    rows: str | None = None
    amount: str | None = None
    currency: str | None = None
    tolerance: float = Field(default=0.0, ge=0)

    @model_validator(mode="after")
    def _something(self) -> Control:
        if self.rows is None and self.amount is None:
            message = "name the column that holds rows, amount or both"
            raise ValueError(message)
        return self


class Declaration(Joined, WithPulls, Strict):
    """Everything ``book.toml`` declares."""

    company: Company
    policies: Policies = Policies()
    personal: Personal = Personal()
    maps: dict[str, ValueMap] = Field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    group: Grouping | None = None
    statement: dict[str, StatementLine] = Field(default_factory=dict)
    controls: tuple[Control, ...] = ()
    allocation: Allocating = Allocating()

    _own: Contracts = PrivateAttr(default_factory=Contracts)

    @property
    def contracts(self) -> Contracts:
        """What every table promises in this book."""
        return self._own

    @model_validator(mode="after")
    def _names_agree(self, info: ValidationInfo) -> Declaration:
        self._own = _contracts(info)
        self._calendar_fed()
        if self.policies.locked and self.company.calendar != "listed":
            refuse_early_locks(self.policies, self.company.fiscal_calendar())
        self.allocation.refuse_without(self.tables)
        names = [source.name for source in self.sources]
        for name in names:
            if names.count(name) > 1:
                message = f"two sources are named {name!r}; every source needs its own name"
                raise ValueError(message)
            if name.startswith(STATE_PREFIX):
                message = f"{name!r} is a name pfkit keeps for the state folder; choose another"
                raise ValueError(message)
        for control in self.controls:
            if control.source not in names:
                advice = near_miss(control.source, names, noun="source")
                message = f"control names source {control.source!r}. {advice}"
                raise ValueError(message)
        for source in self.sources:
            for column, mapping in source.columns.items():
                if mapping.map is not None and mapping.map not in self.maps:
                    advice = near_miss(mapping.map, self.maps, noun="map")
                    message = f"{source.name}.{column} names map {mapping.map!r}. {advice}"
                    raise ValueError(message)
        return self

    def _calendar_fed(self) -> None:
        """Check that weeks are listed where, and only where, the company counts by them."""
        feeds = [source.name for source in self.sources if source.table == "calendar"]
        listed = self.company.calendar == "listed"
        if bool(self.sources) == bool(self.group):
            message = "give either `sources`, or `group`, whose members have them"
            raise ValueError(message)
        if listed and not feeds:
            message = (
                'the calendar is "listed" and no source lists its weeks\n  -> Add a source with '
                'table = "calendar" and columns first_day, last_day and period.'
            )
            raise ValueError(message)
        if feeds and not listed:
            message = (
                f"source {feeds[0]!r} lists the weeks of a calendar the company does not count by"
                '\n  -> Say calendar = "listed" in [company], or leave the source out.'
            )
            raise ValueError(message)

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables some source feeds, in the order they are declared."""
        return tuple(dict.fromkeys(source.table for source in self.sources))
