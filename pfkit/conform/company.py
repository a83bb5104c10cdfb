"""Who reports, in which currency, on which calendar, as ``book.toml`` declares it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from pydantic import Field, PrivateAttr, model_validator

from pfkit.conform.shape import Strict
from pfkit.period import FiscalCalendar, NamedFor, Rule, Week, checked_weeks, retail_calendar

if TYPE_CHECKING:
    from collections.abc import Sequence

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LAST_MONTH = 12


class Company(Strict):
    """Who reports, in which currency, on which calendar."""

    name: str = Field(min_length=1)
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    entity: str = ""
    fiscal_year_start: int = 1
    calendar: Rule | Literal["nrf"] = "month"
    year_end: str = ""
    extra_week: int | Literal["Q1", "Q2", "Q3", "Q4"] | None = None
    year_named_for: NamedFor | None = None
    zone: str = "UTC"
    customers: Literal["companies", "people"] = "people"
    demo: bool = False

    _weeks: tuple[Week, ...] = PrivateAttr(default=())

    @model_validator(mode="after")
    def _one_calendar(self) -> Company:
        weeks = {
            "year_end": bool(self.year_end),
            "extra_week": self.extra_week is not None,
            "year_named_for": self.year_named_for is not None,
        }
        given = [name for name, there in weeks.items() if there]
        if given and self.calendar in {"month", "nrf", "listed"}:
            message = (
                f"{given[0]} says nothing of the calendar {self.calendar!r}\n  -> "
                'Name a pattern of weeks, as in calendar = "4-4-5", or leave it out.'
            )
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _slug(self) -> Company:
        slug = self.entity or re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")
        if not slug:
            message = (
                f"the name {self.name!r} makes no folder name; add `entity`, such as "
                'entity = "north-town", in lower-case Latin letters, digits and hyphens'
            )
            raise ValueError(message)
        if not _SLUG.fullmatch(slug):
            message = f"entity {slug!r} must be lower-case letters, digits and single hyphens"
            raise ValueError(message)
        object.__setattr__(self, "entity", slug)
        return self

    def fiscal_calendar(self) -> FiscalCalendar:
        """Return the calendar the company reports on."""
        if self.calendar == "listed":
            return FiscalCalendar.of_weeks(self._weeks)
        if self.calendar == "nrf":
            return retail_calendar()
        extra = _LAST_MONTH if self.extra_week is None else self.extra_week
        return FiscalCalendar(
            self.fiscal_year_start,
            self.calendar,
            self.year_end,
            3 * int(extra[1]) if isinstance(extra, str) else extra,
            self.year_named_for or "end",
        )

    def listing(self, weeks: Sequence[Week]) -> Company:
        """Return the company with the weeks its calendar lists.

        Raises
        ------
        PeriodError
            If a week is missing or overlaps another.
        """
        told = self.model_copy()
        told._weeks = checked_weeks(weeks)  # noqa: SLF001 (its own)
        return told
