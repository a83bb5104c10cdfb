"""What a book says of when its input was learned: how fresh it is, and what came late."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from pfkit.conform.freshness.late import late_rows
from pfkit.conform.freshness.stale import freshness, table_of
from pfkit.conform.freshness.watermarks import watermarks

if TYPE_CHECKING:
    from decimal import Decimal

    from pfkit.conform.pipeline import Conformed
    from pfkit.period import Period

_LATE = (
    "row_key", "source", "table", "period", "closed_on", "rows", "held_back", "amount",
    "moved", "profit", "first_known", "last_known", "whole",
)  # fmt: skip
_AMOUNTS = ("amount", "moved", "profit")
_MARKS = (
    "row_key", "source", "table", "file", "rows", "day", "known_on", "at", "first_day",
    "first_known",
)  # fmt: skip


def _money(amount: Decimal | None, counts: bool) -> float:  # noqa: FBT001 (a fact of the table)
    return float(amount) if counts and amount is not None else float("nan")


class KnownTables:
    """Tables about the input's own age, read when they are first asked for."""

    period: Period

    @property
    @abstractmethod
    def conformed(self) -> Conformed:
        """The tables in the engine."""

    @cached_property
    def freshness(self) -> pd.DataFrame:
        """How fresh each source is for the report's period, what is stale first.

        ``row_key, source, table, state, every, within_days, day, known_on, at, covers, missing,
        due_on, late_days, units, affects, detail``; ``state`` is ``stale``, ``due``, ``fresh`` or
        ``not judged``, and ``affects`` names the sections that read its table.
        """
        return table_of(freshness(self.conformed, until=self.period.last))

    @cached_property
    def watermarks(self) -> pd.DataFrame:
        """How far each file reaches, in its rows (``day, at``) and in when they were learned.

        ``row_key, source, table, file, rows, day, known_on, at, first_day, first_known``; the
        source as a whole stands before its files, with an empty ``file``.
        """
        marks = [
            {"row_key": f"{mark.source}|{mark.file}".rstrip("|")}
            | {name: getattr(mark, name) for name in _MARKS[1:]}
            for held in self.conformed.sources
            if held.present
            for mark in watermarks(held, self.conformed)
        ]
        return pd.DataFrame(marks, columns=[*_MARKS])

    @cached_property
    def late_rows(self) -> pd.DataFrame:
        """Rows learned after their month was closed, by source and month of the fiscal year.

        ``row_key, source, table, period, closed_on, rows, held_back, amount, moved, profit,
        first_known, last_known, whole``; ``amount`` in reporting currency, NaN where the table
        counts no money. Debit and credit add up to nothing: ``moved`` adds the amounts of each
        account and product, signs aside, and ``profit`` is what they add to profit, NaN where no
        account says which way they count.
        """
        year = {*self.period.year.months, *self.period.prior_year.year.months}
        rows = [
            {"row_key": f"{one.source}|{one.period}"}
            | {name: getattr(one, name) for name in _LATE[1:]}
            | {name: _money(getattr(one, name), one.money) for name in _AMOUNTS}
            for one in late_rows(self.conformed)
            if one.period in year and one.period <= self.period.months[-1]
        ]
        return pd.DataFrame(rows, columns=[*_LATE])
