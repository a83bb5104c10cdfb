"""Which columns a single file has, by the names pfkit knows them under."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pfkit.conform.days import month_number
from pfkit.conform.single.currencies import pair_of
from pfkit.errors import ContractError, ParameterError, closest, near_miss

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The names the command takes, and the tables they mean.
TABLES: Final = {
    "ledger": "actuals",
    "budget": "budget",
    "usage": "usage",
    "fx": "rates",
    "actuals": "actuals",
    "rates": "rates",
}
_LEAST_MONTHS: Final = 3


@dataclass(frozen=True)
class Kind:
    """One form a file may have: its columns, and which of them it must have.

    Parameters
    ----------
    name : str
        ``ledger``, ``journal``, ``budget``, ``budget sheet``, ``usage``, ``rates`` or
        ``rates by column``.
    columns : tuple of str
        Columns that are read.
    required : tuple of tuple
        Of each group, one column must be there.
    expected : tuple of str
        Columns whose absence is worth a warning, with why.
    """

    name: str
    columns: tuple[str, ...]
    required: tuple[tuple[str, ...], ...]
    expected: tuple[tuple[str, str], ...] = ()


_TIES = (
    ("cost_center", "every row counts as (none)"),
    ("product", "every row counts as (none)"),
)
_LEDGER = Kind(
    "ledger",
    *(
        (
            *("entry_id", "posting_date", "period", "account", "cost_center", "product"),
            *("currency", "amount", "memo"),
        ),
        (("posting_date", "period"), ("account",), ("currency",), ("amount",)),
    ),
    (("entry_id", "a repeated entry cannot be told"), *_TIES),
)
_JOURNAL = Kind(
    "journal",
    *(
        (
            *("journal_id", "entry_id", "posting_date", "period", "account", "cost_center"),
            *("product", "currency", "debit", "credit", "memo", "line", "line_no"),
        ),
        (("journal_id",), ("posting_date", "period"), ("account",), ("debit",), ("credit",)),
    ),
    (("currency", "amounts are taken to be in one currency"), *_TIES),
)
_BUDGET = Kind(
    "budget",
    (
        *("version", "period", "month", "year", "product", "cost_center", "line", "account"),
        *("owner", "span", "amount", "currency"),
    ),
    (("period", "month"), ("line", "account"), ("amount",)),
    (
        ("version", "all rows count as one version"),
        ("product", "every row counts as (none)"),
        ("currency", "amounts are taken to be in one currency"),
    ),
)
_SHEET = Kind(
    "budget sheet",
    ("version", "year", "product", "cost_center", "line", "account", "owner", "currency"),
    (("line", "account"),),
)
_USAGE = Kind(
    "usage",
    ("event_id", "account_id", "customer", "product", "feature", "metric", "ts", "units"),
    (("account_id", "customer"), ("product",), ("ts",), ("units",)),
    (("event_id", "a repeated event cannot be told"), ("feature", "no feature can be told")),
)
_RATES = Kind("rates", ("date", "currency", "rate", "kind"), (("date",), ("currency",), ("rate",)))
_WIDE_RATES = Kind("rates by column", ("date",), (("date",),))


@dataclass(frozen=True)
class Form:
    """How the columns of a file are named, and what they mean.

    Parameters
    ----------
    kind : Kind
        The form the file has.
    names : dict of str to str
        Agreed name to the file's own.
    months : dict of str to str
        Columns that are months, and what their header says.
    extra : tuple of str
        Columns that are not read.
    """

    kind: Kind
    names: dict[str, str]
    wide: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()

    @property
    def repairs(self) -> tuple[tuple[str, str], ...]:
        """Return the file's own names that are not letter for letter the agreed ones."""
        titled = self.kind is _SHEET
        return tuple(
            (own, name)
            for name, own in self.names.items()
            if own != name and not (titled and own == name.title())
        )


def table_of(name: str) -> str:
    """Return the table a name of the command means.

    Raises
    ------
    ParameterError
        If there is no such name; the nearest one is offered.

    Examples
    --------
    >>> table_of("ledger")
    'actuals'
    """
    found = TABLES.get(name.strip().lower())
    if found is None:
        raise ParameterError(
            f"there is no table {name!r} to check a file against",
            where="--table",
            advice=near_miss(name, list(TABLES)[:4], noun="table"),
        )
    return found


def folded(name: str) -> str:
    """Return a header in the form in which headers are compared.

    Examples
    --------
    >>> folded(" Cost Centre "), folded("posting-date")
    ('costcenter', 'postingdate')
    """
    plain = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"[^a-z0-9]", "", plain).replace("centre", "center")


def form_of(table: str, header: Sequence[str], *, where: str) -> Form:
    """Return the form of a file from its header.

    Parameters
    ----------
    table : str
        ``actuals``, ``budget``, ``usage`` or ``rates``.
    header : sequence of str
        The file's column names.
    where : str
        The file, for messages.

    Raises
    ------
    ContractError
        If a column that must be there is not, or two columns have one meaning.

    Examples
    --------
    >>> header = ["Entry ID", "posting_date", "account", "currency", "amount"]
    >>> form_of("actuals", header, where="a.csv").names["entry_id"]
    'Entry ID'
    """
    kind = _kind(table, header)
    known = {folded(name): name for name in kind.columns}
    names: dict[str, str] = {}
    others: list[str] = []
    for own in header:
        name = known.get(folded(own))
        if name is None:
            others.append(own)
        elif name in names:
            raise ContractError(
                f"columns {names[name]!r} and {own!r} both mean {name}",
                where=where,
                advice="Rename or remove one of them in the export.",
            )
        else:
            names[name] = own
    wide = tuple(own for own in others if _is_wide(kind, own))
    extra = tuple(own for own in others if own not in wide)
    _refuse_missing(kind, names, wide, header, where=where)
    return Form(kind, names, wide, extra)


def _kind(table: str, header: Sequence[str]) -> Kind:
    there = {folded(own) for own in header}
    if table == "actuals":
        return _JOURNAL if {"debit", "credit"} & there and "amount" not in there else _LEDGER
    if table == "budget":
        months = sum(is_month(own) for own in header)
        return _SHEET if months >= _LEAST_MONTHS else _BUDGET
    if table == "usage":
        return _USAGE
    return _RATES if {"rate", "currency"} & there else _WIDE_RATES


def sheet_kind() -> Kind:
    """Return the form of a budget with months across."""
    return _SHEET


def is_month(header: str) -> bool:
    """Return whether a header is a month, with or without its year.

    Examples
    --------
    >>> is_month("Jan"), is_month("2026-01"), is_month("Feb 26"), is_month("Total")
    (True, True, True, False)
    """
    text = header.strip()
    if re.fullmatch(r"[0-9]{4}[-/ ]?(0[1-9]|1[0-2])", text):
        return True
    found = re.fullmatch(r"([A-Za-z]+)\.?[-/ ']*([0-9]{4}|[0-9]{2})?", text)
    return found is not None and month_number(found[1]) is not None


def _is_wide(kind: Kind, own: str) -> bool:
    if kind is _SHEET:
        return is_month(own)
    return kind is _WIDE_RATES and pair_of(own) is not None


def _refuse_missing(
    kind: Kind, names: dict[str, str], wide: Sequence[str], header: Sequence[str], *, where: str
) -> None:
    shown = ", ".join(repr(own) for own in header[:12])
    for group in kind.required:
        if any(name in names for name in group):
            continue
        wanted = " or ".join(repr(name) for name in group)
        free = [own for own in header if own not in names.values()]
        near = next((own for own in (closest(n, free) for n in group) if own), None)
        guess = f"; the nearest there is {near!r}" if near else ""
        raise ContractError(
            f"there is no column {wanted}, which a {kind.name} must have{guess}",
            where=where,
            advice=f"Name it so in the export. Columns found: {shown}.",
        )
    if kind is _WIDE_RATES and not wide:
        raise ContractError(
            "there is neither a column for each currency nor currency and rate",
            where=where,
            advice="Give the columns date, currency, rate, or a column such as "
            f"'USD per EUR' for each currency. Columns found: {shown}.",
        )
