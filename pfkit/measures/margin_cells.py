"""Reading amounts by margin level: what a version says of any stretch of months, label by label."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pfkit.errors import MeasureError, near_miss
from pfkit.measures.margin_levels import Account, levels, margin_text
from pfkit.measures.rows import NONE, reasons, require, whole_cents
from pfkit.measures.spans import SPANS as STATED_SPANS
from pfkit.measures.spans import between, spanned
from pfkit.measures.statement import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.period import Period

_ACCOUNT = ("account", "group", "behavior", "margin")
_LABEL = ("level", "group", "line", "stated")
_DETAIL = ("product", "cost_center", "account", "known_on", "_source")


@dataclass(frozen=True)
class Cells:
    """What one version says of a stretch of months.

    Attributes
    ----------
    cents : numpy.ndarray or None
        Cents per label; None where the version does not cover the stretch.
    open : numpy.ndarray
        True for labels with an amount in the stretch that cannot be read for it.
    reason : str
        Why something is missing.
    """

    cents: np.ndarray | None
    open: np.ndarray
    reason: str = ""

    def total(self, where: np.ndarray) -> int | None:
        """Add up the labels that are asked for; None where one of them cannot be read."""
        if self.cents is None or bool((self.open & where).any()):
            return None
        return int(self.cents[where].sum())

    def plus(self, other: Cells) -> Cells:
        """Return what two stretches say together."""
        reason = reasons(self.reason, other.reason)
        if self.cents is None or other.cents is None:
            return Cells(None, self.open | other.open, reason)
        return Cells(self.cents + other.cents, self.open | other.open, reason)


@dataclass(frozen=True)
class MarginRows:
    """Rows with their label's number, ready to be read.

    Attributes
    ----------
    labels : pandas.DataFrame
        One row per label: the column it was cut by, ``level, group, line, stated`` and the lowest
        ``account`` of the line.
    rows : pandas.DataFrame
        ``version, period, span, label, cents``, and what tells statements of one stretch apart.
    until : str
        The last month reported.
    """

    labels: pd.DataFrame
    rows: pd.DataFrame
    until: str
    _cubes: dict[str, tuple[list[str], np.ndarray] | None] = field(default_factory=dict, repr=False)
    _years: dict[tuple[str, int], pd.DataFrame] = field(default_factory=dict, repr=False)

    def read(self, version: str, stretch: Period, *, what: str) -> Cells:
        """Read a version over a stretch that may cross fiscal years.

        Parameters
        ----------
        version : str
            ``actual`` or a budget version.
        stretch : Period
            Months that follow each other.
        what : str
            Names the version in a reason.
        """
        cube = self._cube(version)
        if cube is None:
            return self._stated(version, stretch, what)
        months, amounts = cube
        there = [months.index(month) for month in stretch.months if month in months]
        shut = np.zeros(len(self.labels), dtype=bool)
        if len(there) == len(stretch.months):
            return Cells(amounts[:, there].sum(axis=1), shut)
        if not there:
            return Cells(None, shut, f"{what}: {stretch.label} is not in the input")
        return Cells(
            None,
            shut,
            f"{what}: {len(there)} of {len(stretch.months)} months of {stretch.label} in the input",
        )

    def _cube(self, version: str) -> tuple[list[str], np.ndarray] | None:
        """Return months and cents of a version by label and month; None where spans are longer."""
        if version not in self._cubes:
            mine = self.rows[self.rows["version"] == version]
            if bool((mine["span"] != "month").any()):
                self._cubes[version] = None
            else:
                months, place = np.unique(mine["period"].to_numpy(dtype=str), return_inverse=True)
                amounts = np.zeros((len(self.labels), len(months)), dtype=np.int64)
                np.add.at(amounts, (mine["label"].to_numpy(), place), mine["cents"].to_numpy())
                self._cubes[version] = (months.tolist(), amounts)
        return self._cubes[version]

    def _stated(self, version: str, stretch: Period, what: str) -> Cells:
        """Read amounts of any span, one fiscal year after the other."""
        calendar = stretch.calendar
        found: Cells | None = None
        for year, months in groupby(stretch.months, key=calendar.fiscal_year_of):
            part = calendar.join(tuple(months), kind="month")
            cells = self._of_year(version, part, year, what)
            found = cells if found is None else found.plus(cells)
        return found or Cells(None, np.zeros(len(self.labels), dtype=bool), f"{what}: no months")

    def _of_year(self, version: str, part: Period, year: int, what: str) -> Cells:
        key = (version, year)
        if key not in self._years:
            mine = self.rows[self.rows["version"] == version]
            mine = mine.assign(label=mine["label"].astype(str), amount=mine["cents"] / 100)
            self._years[key] = spanned(mine, ["label"], part, name="margins")
        last = part.months[-1]
        until = max(last, self.until) if self.until in part.year.months else last
        read = between(self._years[key], ["label"], version, part, until=until)
        shut = np.zeros(len(self.labels), dtype=bool)
        shut[[int(label) for (label,) in read.open]] = True
        reason = read.reason.replace(f"{version}:", f"{what}:", 1)
        if read.open and read.amounts is not None:
            reason = f"{what}: some lines are not stated for {part.label}"
        if read.amounts is None:
            return Cells(None, shut, reason)
        cents = np.zeros(len(self.labels), dtype=np.int64)
        for (label,), amount in read.amounts.items():
            cents[int(label)] = amount
        return Cells(cents, shut, reason)


def margin_rows(
    margins: pd.DataFrame, *, period: Period, by: str | None = None, name: str = "margins"
) -> MarginRows:
    """Return a table's rows with the number of their label, refusing what has no level.

    Parameters
    ----------
    margins : pandas.DataFrame
        ``version, period, line, group, amount``; where there are, ``span`` (else months),
        ``account`` (else the line), ``behavior``, ``margin``, ``product``.
    period : Period
        The period reported.
    by : str, optional
        The column the labels are cut by.
    name : str
        The table, for messages.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If an amount is missing, a span is unknown, or an account has no level or two.
    """
    require(margins, [*COLUMNS, *([] if by is None else [by])], name=name)
    known = margins.assign(account=margins["line"]) if "account" not in margins else margins
    codes = {column: _coded(known, column) for column in {*_ACCOUNT, "line", "product"}}
    values = _coded(known, by) if by is not None else None
    leveled, leveled_codes = _leveled(codes, len(known))
    keys = [values] if values is not None else []
    keys += [(leveled_codes, leveled), codes["line"], codes["group"]]
    numbers, places = _numbered([code for code, _ in keys])
    found = [[labels[at] for at in numbers[:, place]] for place, (_, labels) in enumerate(keys)]
    label_columns = ([by] if by is not None else []) + ["leveled", "line", "group"]
    labels = pd.DataFrame(dict(zip(label_columns, found, strict=True)))
    labels["level"] = [text.partition("|")[0] for text in labels["leveled"]]
    labels["stated"] = [text.endswith("|stated") for text in labels["leveled"]]
    account = np.array(codes["account"][1], dtype=object)[codes["account"][0]]
    labels["account"] = (
        pd.Series(account).groupby(places).min().reindex(range(len(labels))).to_numpy()
    )
    rows = pd.DataFrame({"version": _texts(known["version"]), "period": _texts(known["period"])})
    rows["span"] = _texts(known["span"]) if "span" in known.columns else "month"
    unknown = sorted(set(rows["span"].unique()) - set(STATED_SPANS))
    if unknown:
        raise MeasureError(
            f"span {unknown[0]!r} is not known",
            where=name,
            advice=near_miss(unknown[0], STATED_SPANS, noun="span"),
        )
    rows["label"] = places
    rows["cents"] = whole_cents(known["amount"], name=name).to_numpy()
    for column in _DETAIL:
        if column in known.columns:
            rows[column] = _texts(known[column])
    rows.attrs |= margins.attrs
    kept = [*([] if by is None else [by]), *_LABEL, "account"]
    return MarginRows(labels[kept], rows, period.months[-1])


def _texts(column: pd.Series) -> np.ndarray:
    """Return a column as text, ``(none)`` where it is empty; each value is written once."""
    codes, labels = _factorized(column)
    words: np.ndarray = np.array(labels, dtype=object)[codes]
    return words


def _factorized(column: pd.Series) -> tuple[np.ndarray, list[str]]:
    codes, found = pd.factorize(column, use_na_sentinel=False)
    words = [NONE if pd.isna(value) or value == "" else str(value) for value in found]
    labels = list(dict.fromkeys(words))  # what is empty in two ways is one label
    place_of = {word: place for place, word in enumerate(labels)}
    return np.array([place_of[word] for word in words], dtype=np.int64)[codes], labels


def _coded(table: pd.DataFrame, column: str) -> tuple[np.ndarray, list[str]]:
    if column not in table.columns:
        return np.zeros(len(table), dtype=np.int64), [NONE]
    return _factorized(table[column])


def _numbered(codes: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return the combinations of codes that occur, and the number of each row's combination."""
    joined = np.zeros(len(codes[0]), dtype=np.int64)
    sizes = [int(code.max(initial=0)) + 1 for code in codes]
    for code, size in zip(codes, sizes, strict=True):
        joined = joined * size + code
    places, found = pd.factorize(joined, sort=True)
    columns = []
    for size in reversed(sizes):
        columns.append(found % size)
        found = found // size
    return np.column_stack(columns[::-1]), places


def _leveled(
    codes: dict[str, tuple[np.ndarray, list[str]]], count: int
) -> tuple[list[str], np.ndarray]:
    """Return the levels that occur, with ``stated`` behind those an account states, by row."""
    if not count:
        return [], np.zeros(0, dtype=np.int64)
    bare = np.array([text == NONE for text in codes["product"][1]], dtype=np.int64)
    parts = [codes[column][0] for column in _ACCOUNT] + [bare[codes["product"][0]]]
    numbers, places = _numbered(parts)
    accounts = [
        Account(
            codes["account"][1][row[0]],
            codes["group"][1][row[1]],
            "" if (word := codes["behavior"][1][row[2]]) == NONE else word,
            margin_text(codes["margin"][1][row[3]]),
            bool(row[4]),
        )
        for row in numbers.tolist()
    ]
    decided = levels(accounts)
    words = [
        f"{level}|stated" if stated else f"{level}|"
        for level, stated in (decided[one] for one in accounts)
    ]
    found = sorted(set(words))
    place_of = {word: place for place, word in enumerate(found)}
    return found, np.array([place_of[word] for word in words], dtype=np.int64)[places]
