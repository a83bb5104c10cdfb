"""What a report may say about the book behind it: company, period, sources, what is missing."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from pfkit.period import Period


@dataclass(frozen=True, kw_only=True)
class About:
    """The book as an exhibit needs to know it, without its rows.

    Parameters
    ----------
    company : str
        Name of the company as printed.
    entity : str
        Short name of the company, as in the report's folder.
    currency : str
        Reporting currency, ISO 4217.
    period : Period
        The period reported on.
    as_of : datetime.date
        Knowledge date: only rows known by then are counted.
    sources : Mapping[str, str]
        For each table the book has, the line printed under its exhibits.
    missing : Mapping[str, str]
        For each table the book lacks, one line: what is missing and how to supply it.
    demo : bool
        Whether the company is made up.
    partial : str
        The last day with rows where the period's last month breaks off before its end, else empty.

    Examples
    --------
    >>> import datetime as dt
    >>> from pfkit.period import FiscalCalendar
    >>> june = FiscalCalendar().period("2026-06")
    >>> about = About(company="Meridian Software", entity="meridian", currency="EUR",
    ...               period=june, as_of=dt.date(2026, 7, 4),
    ...               sources={"actuals": "General ledger, 2026-06"},
    ...               missing={"usage": "No usage: add a source for table usage."})
    >>> about.source("actuals", "usage")
    'General ledger, 2026-06'
    >>> about.has("usage")
    False
    """

    company: str
    entity: str
    currency: str
    period: Period
    as_of: dt.date
    sources: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    demo: bool = False
    partial: str = ""

    def __post_init__(self) -> None:
        """Freeze the mappings, so that an exhibit cannot change what the next one says."""
        object.__setattr__(self, "sources", MappingProxyType(dict(self.sources)))
        object.__setattr__(self, "missing", MappingProxyType(dict(self.missing)))

    def __reduce__(self) -> tuple[object, ...]:
        """Cross a process, which a read-only mapping cannot."""
        plain = {
            "company": self.company,
            "entity": self.entity,
            "currency": self.currency,
            "period": self.period,
            "as_of": self.as_of,
            "sources": dict(self.sources),
            "missing": dict(self.missing),
            "demo": self.demo,
            "partial": self.partial,
        }
        return (_rebuild, (plain,))

    def has(self, table: str) -> bool:
        """Return whether the book holds rows of `table`."""
        return table in self.sources

    def source(self, *tables: str) -> str:
        """Return the source line for an exhibit built from `tables`, each named once."""
        lines = dict.fromkeys(self.sources[name] for name in tables if name in self.sources)
        return "; ".join(lines)


def _rebuild(plain: dict[str, object]) -> About:
    return About(**plain)  # type: ignore[arg-type]
