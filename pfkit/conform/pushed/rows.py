"""The conform of one source as Ibis expressions: agreed values, which rows are plain, months."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import ibis
import ibis.expr.datatypes as dt

from pfkit.conform.long import known_columns
from pfkit.conform.pushed.plan import SHAPES, Shape
from pfkit.conform.pushed.speech import UnsayableError, said
from pfkit.conform.pushed.zones import local

if TYPE_CHECKING:
    from datetime import date

    from ibis.expr.types import BooleanValue, Table, Value

    from pfkit.conform.declaration import Source
    from pfkit.contracts import Column
    from pfkit.period import FiscalCalendar

#: Decimals of money, and a bound no plain amount reaches: sums of them fit every engine's type.
_DECIMALS: Final = 6
_MONEY: Final = dt.Decimal(21, _DECIMALS)
_SUM: Final = dt.Decimal(38, _DECIMALS)
_HUNDREDTHS: Final = 2
_TOO_LARGE: Final = 10**12
_NO = False
_RATES: Final = ("code", "day", "small", "large")
#: Beside the agreed columns: which rule fits, and how many rows a row of a month stands for.
RULE, ROWS_ADDED = "rule_fired", "rows_added"


@dataclass(frozen=True)
class Rates:
    """Exchange rates as a relation beside the rows.

    Attributes
    ----------
    table : ibis.expr.types.Table
        ``code, day, small, large``: of a currency on a day, or on the first of its month, the rate
        where it is below one and where it is not. Ibis is told the type of money for both, as it
        asks of factors; `rates_sql` gives them the types whose product with money is exact.
    daily : bool
        Whether a rate holds for a day, else for a month.
    home : str
        The reporting currency.
    """

    table: Table
    daily: bool
    home: str


@dataclass(frozen=True)
class Pushed:
    """One source, said over the rows of its query.

    Attributes
    ----------
    source : Source
        As the book declares it.
    calendar : FiscalCalendar
        The company's.
    zone : str
        The company's time zone.
    rates : Rates or None
        What amounts are converted with; None where the source states its own, or one currency.
    single_from : datetime.date or None
        The day from which rows come one by one, for those who look at single entries.
    """

    source: Source
    calendar: FiscalCalendar
    zone: str
    rates: Rates | None = None
    single_from: date | None = None

    @property
    def shape(self) -> Shape:
        """How its rows add up."""
        return SHAPES[self.source.table]

    @property
    def columns(self) -> list[str]:
        """The agreed columns that a row of a month has, in order."""
        there = self.mapped
        kept = [name for name in self.shape.kept if name in there]
        if "known_on" not in kept and self._known_column:
            kept.append("known_on")
        place = self.shape.place(self.source)
        if place not in kept:
            kept.append(place)
        sums = [name for name in self.shape.summed if name in there]
        if self.rates is not None and "amount" not in sums:
            sums.append("amount")
        return [*kept, *sums]

    @property
    def sums(self) -> list[str]:
        """The agreed columns that are added up."""
        return [name for name in self.columns if name in self.shape.summed]

    def told(self, rows: Table) -> Table:
        """Return the rows with their agreed values, ``rule_fired`` and whether each is plain.

        Parameters
        ----------
        rows : ibis.expr.types.Table
            What the query of the source gives.

        Raises
        ------
        UnsayableError
            If a value or a rule cannot be said, or is of a kind that is not exact.
        """
        raw = {name: rows[name] for name in rows.columns}
        values: dict[str, Value] = {
            f"v_{name}": self._typed(name, self._raw_value(name, raw)) for name in self.mapped
        }
        known = self._known(raw)
        if known is not None:
            values["v_known_on"] = known
        told = rows.mutate(**values, **{RULE: self._rule(raw)})
        if self.rates is not None:
            told = self._converted(told, self.rates)
        placed = told.mutate(v_place=self._place(told))
        return placed.mutate(v_plain=self._plain(placed))

    def months(self, rows: Table) -> Table:
        """Return the plain rows added up: one row per month and all that is kept of it."""
        told = self.told(rows)
        plain = told.filter(told.v_plain)
        place = self.shape.place(self.source)
        kept = {
            name: plain["v_place" if name == place else f"v_{name}"]
            for name in self.columns
            if name not in self.sums
        }
        keyed = plain.mutate(**{f"k_{name}": value for name, value in kept.items()})
        groups = [*(f"k_{name}" for name in kept), RULE]
        sums = {f"s_{name}": keyed[f"v_{name}"].sum().cast(_SUM) for name in self.sums}
        added = keyed.group_by(groups).aggregate(**sums, **{ROWS_ADDED: keyed.count()})
        return added.select(
            **{name: added[f"k_{name}"] for name in kept},
            **{name: added[f"s_{name}"] for name in self.sums},
            **{RULE: added[RULE], ROWS_ADDED: added[ROWS_ADDED]},
        )

    def others(self, rows: Table) -> Table:
        """Return the rows that are not plain, with every column of the query and their values."""
        told = self.told(rows)
        rest = told.filter(~told.v_plain)
        place = self.shape.place(self.source)
        agreed = [*self.columns, *[name for name in self.mapped if name not in self.columns]]
        raw = {name: rest[name] for name in rows.columns}
        stated = set(self.shape.summed) & set(self.mapped)
        values = {
            f"v_{name}": self._raw_value(name, raw)  # as it is, however large
            if name in stated
            else rest["v_place" if name == place else f"v_{name}"]
            for name in agreed
        }
        return rest.select(*rows.columns, **values, **{RULE: rest[RULE]})

    def totals(self, rows: Table) -> Table:
        """Return how many rows there are, and what those that are plain come to."""
        told = self.told(rows)
        sums = {name: told[f"v_{name}"].sum(where=told.v_plain).cast(_SUM) for name in self.sums}
        return told.aggregate(**{ROWS_ADDED: told.count()}, **sums)

    def latest(self, rows: Table) -> Table:
        """Return the last day of all rows, as ``last_day``."""
        raw = {name: rows[name] for name in rows.columns}
        names = [name for name in (self.shape.day, "period") if name in self.source.columns]
        told = rows.mutate(
            **{f"v_{name}": self._typed(name, self._raw_value(name, raw)) for name in names}
        )
        return told.aggregate(last_day=self._day(told).max())

    @property
    def mapped(self) -> list[str]:
        """The agreed columns that the source fills."""
        return [name for name in self.source.columns if name in self.source.promise.names]

    @property
    def _known_column(self) -> bool:
        known = self.source.known_on
        return known is not None and known.date is None

    def _raw_value(self, name: str, raw: dict[str, Value]) -> Value:
        mapping, where = self.source.columns[name], self._where(f"columns.{name}")
        if mapping.column is not None:
            return _column(raw, mapping.column, where)
        if mapping.sql is not None:
            return said(mapping.sql, raw, where=where)
        return ibis.literal(mapping.constant)

    def _where(self, part: str) -> str:
        return f"book.toml sources.{self.source.name}.{part}"

    def _typed(self, name: str, value: Value) -> Value:
        """Return a value as the kind its column promises, where every engine reads it alike."""
        column, kind = self.source.promise.column(name), value.type()
        if column.kind in {"money", "number"}:
            return self._amount(column, value)
        if kind.is_timestamp():
            moment = local(
                value, kind, zone=self.zone, own=self.source.zone, where=self._where(name)
            )
            return moment if column.kind == "datetime" else moment.cast("date")
        if column.kind in {"date", "datetime"} and not kind.is_date():
            raise self._inexact(name, kind, "a day")
        if kind.is_floating():
            raise self._inexact(name, kind, "exact")
        if column.kind in {"date", "datetime", "month"} and kind.is_date():
            return value
        return value if kind.is_string() else value.cast("string")

    def _amount(self, column: Column, value: Value) -> Value:
        kind = value.type()
        if not (kind.is_integer() or kind.is_decimal()):
            raise self._inexact(column.name, kind, "exact")
        # beyond the bound there is no plain amount; the row comes back as it is
        exact = ibis.cases((value.abs() < _TOO_LARGE, value)).cast(_MONEY)
        if self.source.unit == "minor" and kind.is_decimal() and (kind.scale or 9) > _HUNDREDTHS:
            raise self._inexact(column.name, kind, "whole in major units")
        return exact

    def _inexact(self, name: str, kind: dt.DataType, what: str) -> UnsayableError:
        return UnsayableError(
            f"the column is {kind}, which is not {what} on every engine",
            where=self._where(f"columns.{name}"),
            advice="Cast it in the query of the source, or leave `push` out: then rows are read.",
        )

    def _known(self, raw: dict[str, Value]) -> Value | None:
        known = self.source.known_on
        if known is None or known.date is not None or "known_on" in self.source.columns:
            return None
        where = self._where("known_on")
        value = (
            _column(raw, known.column, where)
            if known.column is not None
            else said(known.sql or "", raw, where=where)
        )
        day = self._typed("known_on", value)
        return _first_of_month(day) if known.at == "month_end" else day

    def _rule(self, raw: dict[str, Value]) -> Value:
        """Return the place of the rule that fits first, minus one where none does."""
        cases = [
            (
                said(rule.when, raw, where=self._where(f"rules[{place + 1}].when")).fill_null(_NO),
                ibis.literal(place, type="int32"),
            )
            for place, rule in enumerate(self.source.rules)
        ]
        none = ibis.literal(-1, type="int32")
        return ibis.cases(*cases, else_=none) if cases else none

    def _converted(self, told: Table, rates: Rates) -> Table:
        """Return the rows with ``v_amount``, converted each by itself as they would be here."""
        code = told["v_currency"].strip().nullif("").fill_null(rates.home)
        day = self._day(told)
        day = day if rates.daily else _first_of_month(day)
        keyed = told.mutate(fx_code=code, fx_day=day)
        # under names that no query has: one of a column `day` would lose it in the join
        known = rates.table.select(**{f"fx_of_{name}": rates.table[name] for name in _RATES})
        joined = keyed.left_join(
            known, [keyed.fx_code == known.fx_of_code, keyed.fx_day == known.fx_of_day]
        )
        booked = joined["v_amount_local"]
        small = (booked * joined.fx_of_small).cast(_SUM)
        large = (booked * joined.fx_of_large).cast(_SUM)
        money = ibis.cases(
            (joined.fx_code == rates.home, booked.cast(_SUM)),
            (joined.fx_of_small.notnull(), small),
            else_=large,
        )
        amount = ibis.cases((money.abs() < _TOO_LARGE, money)).cast(_MONEY)
        return joined.mutate(v_amount=amount).drop(*known.columns)

    def _day(self, told: Table) -> Any:  # noqa: ANN401 (a date of Ibis)
        """Return the day a row is converted at, as its own columns say."""
        for name in (self.shape.day, "period"):
            if name in self.source.columns:
                value = told[f"v_{name}"]
                if value.type().is_timestamp():
                    return value.cast("date")
                return value if value.type().is_date() else (value + "-01").cast("date")
        raise UnsayableError(
            "nothing places a row", where=self._where("columns"), advice="Map a day."
        )

    def _place(self, told: Table) -> Value:
        """Return what places a row in its month: its label, or a day of it."""
        named = "period" if "period" in self.source.columns else self.shape.day
        value: Any = told[f"v_{named}"]
        if value.type().is_string():
            return value
        day = value.cast("date")
        if self.calendar.rule != "month":
            return day
        label = self.shape.place(self.source) == "period"
        return day.strftime("%Y-%m") if label else _first_of_month(day)

    def _plain(self, told: Table) -> BooleanValue:
        """Return the test that nothing at all can be said against a row; it may refuse too many."""
        tests = [told.v_place.notnull()]
        for name in self.mapped:
            column = self.source.promise.column(name)
            free = self.source.columns[name].map is not None or column.respelled
            tests += _holds(column, told[f"v_{name}"], free=free)
        if self._known_column:
            tests.append(told.v_known_on.notnull())
        if self.single_from is not None:
            tests.append(self._day(told) < ibis.literal(self.single_from))
        tests += [told[f"v_{name}"].notnull() for name in self.sums if name == "amount"]
        tests += [once(told, names) for names in self._single]
        where = "contract"
        agreed = {name: told[f"v_{name}"] for name in self.mapped}
        for rule in self.source.promise.rules:
            try:
                broken = said(rule.broken, agreed, where=where)
            except UnsayableError:
                if set(_names(rule.broken)) & set(self.mapped):
                    raise
                continue
            tests.append(~broken.fill_null(_NO))
        test = tests[0]
        for one in tests[1:]:
            test &= one
        return test.fill_null(_NO)

    @property
    def _single(self) -> list[list[str]]:
        """Return the columns under which a row must stand alone to be plain."""
        promise = self.source.promise
        keys = [self.source.key or promise.key, self.source.replaces]
        keys += [(column.name,) for column in promise.columns if column.unique]
        mapped = set(self.mapped)
        return [[name for name in key if name in mapped] for key in keys if set(key) & mapped]


def _first_of_month(day: Any) -> Any:  # noqa: ANN401 (dates of Ibis)
    """Return the first of a day's month; cutting a date off gives a moment on some engines."""
    return ibis.date(day.year().cast("int32"), day.month().cast("int32"), ibis.literal(1, "int32"))


def once(told: Table, names: list[str]) -> BooleanValue:
    """Return the test that no other row has the same values in some columns."""
    same = ibis.window(group_by=[told[f"v_{name}"] for name in names])
    return told.count().over(same) == 1


def _holds(column: Column, value: Value, *, free: bool) -> list[BooleanValue]:
    """Return what the contract asks of a column, of a value that nothing is done to any more."""
    kind = value.type()
    tests: list[Any] = []
    if column.required:
        there = value.notnull()
        tests.append(there & (value.strip() != "") if kind.is_string() else there)
    if column.kind in {"money", "number"} and not column.required:
        return tests
    if kind.is_string() and not free:
        if column.values:
            tests.append(value.isnull() | value.isin(column.values))
        if column.pattern:
            tests.append(value.isnull() | value.re_search(column.pattern))
    for bound, test in (
        (column.minimum, "__ge__"),
        (column.maximum, "__le__"),
        (column.above, "__gt__"),
    ):
        if bound is not None and not kind.is_string():
            tests.append(value.isnull() | getattr(value, test)(bound))
    return tests


def _column(raw: dict[str, Value], name: str, where: str) -> Value:
    known_columns((name,), raw, where)
    return raw[name]


def _names(sql: str) -> list[str]:
    return re.findall(r"\w+", sql)
