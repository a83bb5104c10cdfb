"""Amounts stated by month, quarter, year to date or year: what each says of a stretch of months."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pfkit.errors import MeasureError, near_miss
from pfkit.measures.rows import require, texts, whole_cents

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.period import FiscalCalendar, Period

SPANS = ("month", "quarter", "ytd", "year")
_DETAIL = ("product", "cost_center", "account", "_was_product", "_was_cost_center")

Label = tuple[str, ...]


@dataclass(frozen=True)
class Window:
    """What one version says of a stretch of months.

    Attributes
    ----------
    amounts : dict of tuple to int, or None
        Cents per label; None where the version does not cover the stretch at all.
    open : frozenset of tuple
        Labels with an amount in this stretch that cannot be read for it, such as a budget stated
        for the year only.
    reason : str
        Why something is missing.
    """

    amounts: dict[Label, int] | None
    open: frozenset[Label] = frozenset()
    reason: str = ""

    def of(self, labels: Sequence[Label]) -> int | None:
        """Add up labels, in cents; None where one of them cannot be read."""
        if self.amounts is None or any(label in self.open for label in labels):
            return None
        return sum(self.amounts.get(label, 0) for label in labels)

    def why(self, labels: Sequence[Label]) -> str:
        """Return why labels cannot be read; empty where they can."""
        missing = self.amounts is None or any(label in self.open for label in labels)
        return self.reason if missing else ""


def spanned(table: pd.DataFrame, by: Sequence[str], period: Period, *, name: str) -> pd.DataFrame:
    """Return a table's rows of the fiscal year, with the first and last month each covers.

    Returns
    -------
    pandas.DataFrame
        `by` and what there is of product, cost center and account as text; ``version``, ``span``,
        ``at`` (the month a statement was made for), ``first`` and ``last`` month, ``known``,
        ``source``, ``cents``.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If a span is not known.
    """
    require(table, [*by, "period", "amount"], name=name)
    detail = [column for column in _DETAIL if column in table.columns and column not in by]
    rows = pd.DataFrame({column: texts(table[column]) for column in [*by, *detail, "period"]})
    for column, source, missing in (
        ("version", "version", "actual"),
        ("span", "span", "month"),
        ("known", "known_on", ""),
        ("source", "_source", ""),
    ):
        rows[column] = texts(table[source]) if source in table.columns else missing
    rows["cents"] = whole_cents(table["amount"], name=name)
    unknown = sorted(set(rows["span"]) - set(SPANS))
    if unknown:
        raise MeasureError(
            f"span {unknown[0]!r} is not known",
            where=name,
            advice=near_miss(unknown[0], SPANS, noun="span"),
        )
    pairs = set(zip(rows["span"], rows["period"], strict=True))
    covers = {pair: _cover(period.calendar, *pair) for pair in pairs}
    stretch = [covers[pair] for pair in zip(rows["span"], rows["period"], strict=True)]
    for place, column in enumerate(("first", "last", "at")):
        rows[column] = [found[place] for found in stretch]
    year = period.year.months
    in_year = [year[0] <= found[0] and found[1] <= year[-1] for found in stretch]
    return rows[np.array(in_year, dtype=bool)]


def window(
    rows: pd.DataFrame,
    by: Sequence[str],
    version: str,
    stretch: Period,
    *,
    until: str,
) -> Window:
    """Read one version over a stretch that starts with the fiscal year.

    Parameters
    ----------
    rows : pandas.DataFrame
        From `spanned`.
    by : sequence of str
        The columns of a label.
    version : str
        ``actual`` or a budget version.
    stretch : Period
        The year, or the year to date.
    until : str
        The last month reported: of several statements of a year the newest up to it counts.

    Notes
    -----
    Each product, cost center and account is read from the widest span it is stated by: the whole
    stretch, else quarters, else months; spans are never added for the same one. Quarters and
    months count only where together they cover the whole stretch.
    """
    mine = rows[rows["version"] == version]
    if mine.empty:
        return Window(None, reason=f"{version}: not in the input")
    first, last = stretch.months[0], stretch.months[-1]
    keys = [c for c in (*by, *_DETAIL) if c in mine.columns]
    whole = mine["span"].isin(["ytd", "year"]) & (mine["first"] == first) & (mine["last"] == last)
    inside = (mine["first"] >= first) & (mine["last"] <= last)
    taken: set[tuple[str, ...]] = set()
    parts: list[pd.DataFrame] = []
    gaps: list[str] = []
    for chosen, covered in (
        (_newest(mine[whole], until), True),
        *(_pieces(mine, inside, span, stretch, gaps) for span in ("quarter", "month")),
    ):
        identity = _identity(chosen, keys)
        fresh = chosen[np.array([key not in taken for key in identity], dtype=bool)]
        if covered:
            parts.append(fresh)
            taken |= set(identity)
    read = pd.concat(parts) if parts else mine.iloc[:0]
    across = mine[(mine["first"] <= last) & (mine["last"] >= first)]
    left_out = [key not in taken for key in _identity(across, keys)]
    unread = across[np.array(left_out, dtype=bool)]
    left = frozenset(_identity(unread[unread["cents"] != 0], list(by)))
    if read.empty:
        return Window(None, left, f"{version}: {_why(mine, stretch, gaps)}")
    sums: dict[Label, int] = {}
    for label, cents in zip(_identity(read, list(by)), read["cents"], strict=True):
        sums[label] = sums.get(label, 0) + int(cents)
    return Window(sums, left, f"{version}: some lines are not phased" if left else "")


def between(
    rows: pd.DataFrame, by: Sequence[str], version: str, stretch: Period, *, until: str
) -> Window:
    """Read one version over any stretch of months of the fiscal year.

    Parameters
    ----------
    rows : pandas.DataFrame
        From `spanned`.
    by : sequence of str
        The columns of a label.
    version : str
        ``actual`` or a budget version.
    stretch : Period
        A month, a quarter, the year to date or the year.
    until : str
        The last month reported, as in `window`.

    Notes
    -----
    A label whose months are stated is read from them; one that is stated to date only is the
    amount to the stretch's end less the amount to its beginning, where both are stated.
    """
    direct = window(rows, by, version, stretch, until=until)
    year = stretch.year.months
    if stretch.months[0] == year[0] or (direct.amounts is not None and not direct.open):
        return direct
    calendar = stretch.calendar
    before = calendar.join(year[: year.index(stretch.months[0])], kind="month")
    early = window(rows, by, version, before, until=before.months[-1])
    late = window(rows, by, version, stretch.year_to_date, until=stretch.months[-1])
    if early.amounts is None or late.amounts is None:
        return direct
    amounts = dict(direct.amounts or {})
    still = set()
    for label in {*early.amounts, *late.amounts, *direct.open}:
        if direct.amounts is not None and label in direct.amounts and label not in direct.open:
            continue
        ends = early.of([label]), late.of([label])
        if ends[0] is None or ends[1] is None:
            still.add(label)
        else:
            amounts[label] = ends[1] - ends[0]
    return Window(amounts, frozenset(still), direct.reason if still else "")


def _why(mine: pd.DataFrame, stretch: Period, gaps: list[str]) -> str:
    if gaps:
        return gaps[0]
    if bool((mine["span"] == "year").any()):
        return "stated for the year, not phased"
    return f"nothing for {stretch.label}"


def _cover(calendar: FiscalCalendar, span: str, label: str) -> tuple[str, str, str]:
    """Return first and last month an amount covers, and the month it was stated for."""
    months = calendar.period(label).months
    year = calendar.months_of_year(calendar.fiscal_year_of(months[-1]))
    whole_year = len(months) == len(year)
    if span == "month":
        return months[0], months[-1], months[-1]
    if span == "quarter":
        held = calendar.period(calendar.quarter_of(months[-1])).months
        return held[0], held[-1], months[-1]
    end = year[-1] if span == "year" else months[-1]
    return year[0], end, year[0] if whole_year else months[-1]


def _newest(candidates: pd.DataFrame, until: str) -> pd.DataFrame:
    """Keep the newest statement: the last made for a month up to `until`, as last known."""
    known = candidates[candidates["at"] <= until]
    kept = known if len(known) else candidates
    kept = kept[kept["at"] == kept.groupby("source")["at"].transform("max")]
    return kept[kept["known"] == kept.groupby("source")["known"].transform("max")]


def _pieces(
    mine: pd.DataFrame, inside: pd.Series, span: str, stretch: Period, gaps: list[str]
) -> tuple[pd.DataFrame, bool]:
    """Return the rows of one span inside the stretch, and whether they cover all of it."""
    chosen = mine[inside & (mine["span"] == span)]
    if chosen.empty:
        return chosen, False
    covered = set(zip(chosen["first"], chosen["last"], strict=True))
    months = [m for m in stretch.months if any(first <= m <= last for first, last in covered)]
    if len(months) < len(stretch.months):
        gaps.append(f"{len(months)} of {len(stretch.months)} months in the input")
    return chosen, len(months) == len(stretch.months)


def _identity(rows: pd.DataFrame, keys: Sequence[str]) -> list[tuple[str, ...]]:
    return list(zip(*(rows[key].tolist() for key in keys), strict=True))
