"""A table of series read for the engine: what cannot be is refused, what is repaired is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np
import pandas as pd

from pfkit.errors import ContractError, ParameterError
from pfkit.measures.fleet.periods import (
    MONTHS,
    QUARTERS,
    SEASONS,
    period_label,
    read_period,
)
from pfkit.measures.fleet.series import Series
from pfkit.measures.rows import JOIN, require, texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.measures.fleet.rows import Counts
    from pfkit.measures.medians import Array, Flags

#: The column that names a series, and what stands in its place where all is one.
SERIES, TOTAL = "series_id", "total"
_TABLE = "series"
#: A hole of more years than this, and longer than the rest of the series, is a wrong period.
_HOLE_YEARS = 3
#: Wide enough for series and periods, and half as large as what numpy takes by itself.
_SMALL = np.int32
_MONTHS_A_QUARTER = MONTHS // QUARTERS


@dataclass(frozen=True)
class Read:
    """The series of a table.

    Parameters
    ----------
    series : list of Series
        One per frequency, months first.
    repairs : list of str
        What was done to the table as a whole, in words.
    by : tuple of str
        The columns that name a series.
    parts : dict
        Per name of a series, its values of those columns.
    families : tuple of str
        What the families are called, by their number.
    """

    series: list[Series]
    repairs: list[str]
    by: tuple[str, ...]
    parts: dict[str, tuple[str, ...]]
    families: tuple[str, ...] = ()


class _Flat(NamedTuple):
    """Rows of a table: the series, periods in a year, running number of the period, value."""

    codes: Counts
    season: Counts
    at: Counts
    values: Array

    def taken(self, some: Counts | Flags) -> _Flat:
        if some.dtype == bool and some.all():  # no copy of what may be a hundred million rows
            return self
        return _Flat(self.codes[some], self.season[some], self.at[some], self.values[some])

    def ordered(self) -> _Flat:
        """Return the rows by series and period."""
        codes, at = self.codes, self.at
        rising = (codes[1:] > codes[:-1]) | ((codes[1:] == codes[:-1]) & (at[1:] >= at[:-1]))
        return self if rising.all() else self.taken(np.lexsort((at, codes)))


def read(
    table: pd.DataFrame,
    *,
    by: str | Sequence[str] | None = None,
    value: str | None = None,
    freq: str | None = None,
    siblings: str | None = None,
) -> Read:
    """Return the series of a table.

    Parameters
    ----------
    table : pandas.DataFrame
        ``period``, a value, and what names a series.
    by : str or sequence of str, optional
        Columns that name a series; others are summed over. By default ``series_id``, whose
        periods may not repeat; without that column all rows are one series.
    value : str, optional
        The column to forecast: ``value``, or ``amount`` where there is none, by default.
    freq : {"M", "Q"}, optional
        What the periods are; told from how they are written by default.
    siblings : str, optional
        The column that says which series are siblings.

    Raises
    ------
    ContractError
        If a value is no finite number, a period cannot be read or repeats with another value, or a
        series has no value, mixes months and quarters, leaps over years, or has two families.
    ParameterError
        If `freq` is neither ``M`` nor ``Q``.
    """
    if freq is not None and freq not in SEASONS:
        raise ParameterError(f"freq {freq!r} is not known", advice="Use M or Q.")
    value = value or ("value" if "value" in table.columns else "amount")
    named = (by,) if isinstance(by, str) else tuple(by) if by is not None else ()
    summed = by is not None or SERIES not in table.columns
    named = named if by is not None else (SERIES,) * (not summed)
    kin = () if siblings is None else (siblings,)
    require(table, ["period", value, *named, *kin], name=_TABLE)
    if table.empty:
        raise ContractError("there is no row", where=_TABLE, advice="Give at least one value.")
    codes, names, parts = _names(table, named)
    season, at = _periods(table["period"], freq)
    values = _values(table[value], value)
    family: Counts | None = None
    families: tuple[str, ...] = ()
    if siblings is not None:
        family, families = _families(table[siblings], codes, names)
    repairs: list[str] = []
    flat = _Flat(codes, season, at, values).ordered()
    del codes, season, at, values
    _one_frequency(flat, names)
    flat = _added(flat) if summed else _once(flat, names, repairs)
    known = np.isfinite(flat.values)
    if dropped := int((~known).sum()):
        repairs.append(f"{dropped:,} empty values: filled within a series, cut off at its ends")
    flat = flat.taken(known)
    _every_name(flat.codes, names)
    series = []
    for size in (MONTHS, QUARTERS):
        mine = flat.taken(flat.season == size)
        if len(mine.codes):
            series.append(_series(mine, names, size, family))
            _spaced(series[-1], freq)
    return Read(series, repairs, named, parts, families)


def _names(
    table: pd.DataFrame, named: tuple[str, ...]
) -> tuple[Counts, list[str], dict[str, tuple[str, ...]]]:
    """Return which series each row is of, the names in order, and the columns' values by name."""
    if not named:
        return cast("Counts", np.zeros(len(table), dtype=_SMALL)), [TOTAL], {TOTAL: ()}
    if named == (SERIES,):
        empty = table[SERIES].isna().to_numpy()
        if empty.any():
            raise ContractError(
                f"{SERIES} is empty",
                where=f"{_TABLE} (row {int(empty.argmax()) + 1})",
                advice="Name the series of every row.",
            )
        column = table[SERIES].astype("category")
        found = column.cat.remove_unused_categories().cat
        labels = [str(name) for name in found.categories]
        names = sorted(set(labels))
        place = {name: k for k, name in enumerate(names)}
        rank = np.array([place[label] for label in labels], dtype=np.int64)
        codes = cast("Counts", rank.astype(_SMALL)[found.codes.to_numpy()])
        return codes, names, {name: (name,) for name in names}
    columns = [texts(table[column]) for column in named]
    found_codes, tuples = pd.factorize(pd.MultiIndex.from_arrays(columns), sort=True)
    found_parts = [tuple(str(part) for part in one) for one in tuples]
    names = [JOIN.join(one) for one in found_parts]
    codes = cast("Counts", found_codes.astype(_SMALL))
    return codes, names, dict(zip(names, found_parts, strict=True))


def _periods(column: pd.Series, freq: str | None) -> tuple[Counts, Counts]:
    """Return periods in a year and the running number of every row's period."""
    codes, found = pd.factorize(column, use_na_sentinel=True)
    read_as = [read_period(_text(period)) for period in found]
    bad = np.array([one is None for one in read_as] + [True])
    if bad[codes].any():
        row = int(bad[codes].argmax())
        raise ContractError(
            f"period {_text(column.iloc[row])!r} is no month and no quarter",
            where=f"{_TABLE} (row {row + 1})",
            advice="Write months as 2011-06 and quarters as 2011Q2.",
        )
    pairs = np.array([one or (0, 0) for one in read_as], dtype=np.int64)
    season, at = pairs[:, 0], pairs[:, 1]
    if freq == "Q":
        at = np.where(season == MONTHS, at // _MONTHS_A_QUARTER, at)
        season = np.full_like(season, QUARTERS)
    elif freq == "M" and (season[codes] == QUARTERS).any():
        row = int((season[codes] == QUARTERS).argmax())
        raise ContractError(
            f"period {_text(column.iloc[row])!r} is a quarter, and freq is M",
            where=f"{_TABLE} (row {row + 1})",
            advice="Leave freq out, or give months.",
        )
    small = season.astype(np.int8)[codes], at.astype(_SMALL)[codes]
    return cast("tuple[Counts, Counts]", small)


def _text(period: object) -> str:
    """Return a period as it would be written; a moment by its day."""
    return "" if period is None or period is pd.NaT or period != period else str(period)  # noqa: PLR0124 - NaN


def _values(column: pd.Series, name: str) -> Array:
    """Return a column as numbers, NaN where it is empty."""
    if pd.api.types.is_bool_dtype(column):
        raise ContractError(f"{name} holds yes and no", where=_TABLE, advice="Give numbers.")
    found: Array = np.asarray(pd.to_numeric(column, errors="coerce"), dtype=float)
    wrong = np.isinf(found)
    if not pd.api.types.is_numeric_dtype(column):
        wrong |= column.notna().to_numpy() & (column != "").to_numpy() & np.isnan(found)
    if wrong.any():
        row = int(wrong.argmax())
        given_as = column.iloc[row]
        shown = repr(given_as) if isinstance(given_as, str) else str(given_as)
        raise ContractError(
            f"{name} {shown} is no finite number ({int(wrong.sum()):,} such rows)",
            where=f"{_TABLE} (row {row + 1})",
            advice="Write numbers with a decimal point and without separators; leave unknown ones "
            "empty.",
        )
    return found


def _one_frequency(flat: _Flat, names: list[str]) -> None:
    mixed = (np.diff(flat.codes) == 0) & (np.diff(flat.season) != 0)
    if mixed.any():
        name = names[int(flat.codes[int(mixed.argmax())])]
        raise ContractError(
            f"series {name!r} holds months and quarters",
            where=_TABLE,
            advice="Keep one of them, or name them as two series.",
        )


def _added(flat: _Flat) -> _Flat:
    """Return rows of the same series and period added up."""
    first = np.concatenate([[True], (np.diff(flat.codes) != 0) | (np.diff(flat.at) != 0)])
    starts = np.nonzero(first)[0]
    # to the hundredth of a cent, so that the order of rows leaves no trace
    total = np.round(np.add.reduceat(np.nan_to_num(flat.values), starts), 4)
    known = np.add.reduceat(np.isfinite(flat.values).astype(int), starts) > 0
    return flat.taken(first)._replace(values=np.where(known, total, np.nan))


def _once(flat: _Flat, names: list[str], repairs: list[str]) -> _Flat:
    """Return rows without repeats that say the same; refuse those that do not."""
    again = np.concatenate([[False], (np.diff(flat.codes) == 0) & (np.diff(flat.at) == 0)])
    _, _, _, values = flat
    differs = again.copy()
    differs[1:] &= ~((values[1:] == values[:-1]) | (np.isnan(values[1:]) & np.isnan(values[:-1])))
    if differs.any():
        row = int(differs.argmax())
        label = period_label(int(flat.season[row]), int(flat.at[row]))
        raise ContractError(
            f"series {names[int(flat.codes[row])]!r} has {label} more than once, as "
            f"{values[row - 1]:g} and {values[row]:g} ({int(differs.sum()):,} such rows)",
            where=_TABLE,
            advice="Keep one of them; or name the columns that tell them apart in by, to add up.",
        )
    if again.any():
        repairs.append(f"{int(again.sum()):,} rows repeat another to the digit: left out")
    return flat.taken(~again)


def _every_name(codes: Counts, names: list[str]) -> None:
    there = np.zeros(len(names), dtype=bool)
    there[codes] = True
    if not there.all():
        raise ContractError(
            f"series {names[int(there.argmin())]!r} has no value ({int((~there).sum()):,} such "
            "series)",
            where=_TABLE,
            advice="Leave it out, or give it one value.",
        )


def _families(column: pd.Series, codes: Counts, names: list[str]) -> tuple[Counts, tuple[str, ...]]:
    """Return the number of each series' family, and what the families are called."""
    found, labels = pd.factorize(column, sort=True, use_na_sentinel=False)
    pairs = pd.DataFrame({"series": codes, "family": found}).drop_duplicates()
    twice = pairs["series"].duplicated()
    if twice.any():
        series = int(pairs.loc[twice, "series"].iloc[0])
        both = [str(labels[k]) for k in pairs.loc[pairs["series"] == series, "family"].head(2)]
        raise ContractError(
            f"series {names[series]!r} is of {column.name} {both[0]!r} and of {both[1]!r}",
            where=_TABLE,
            advice="Give every row of a series the same one.",
        )
    numbers = pairs.sort_values("series")["family"].to_numpy(dtype=np.int64)
    return numbers, tuple(str(label) for label in labels)


def _series(flat: _Flat, names: list[str], season: int, family: Counts | None = None) -> Series:
    codes, at = flat.codes, flat.at
    known, counts = np.unique(codes, return_counts=True)
    starts = np.concatenate([[0], np.cumsum(counts)])
    called = [names[int(code)] for code in known]
    kin = np.zeros(len(known), dtype=np.int64) if family is None else family[known]
    found = Series(called, starts, at, flat.values, season, kin)
    hole = np.diff(at)
    hole[starts[1:-1] - 1] = 0
    rest = np.repeat(found.last - found.first, counts)[:-1] - hole
    wrong = hole > np.maximum(rest, _HOLE_YEARS * season)
    if wrong.any():
        k = int(wrong.argmax())
        raise ContractError(
            f"series {names[int(codes[k])]!r} leaps from {period_label(season, int(at[k]))} to "
            f"{period_label(season, int(at[k + 1]))}",
            where=_TABLE,
            advice="Correct the period; a real pause this long begins a new series.",
        )
    return found


def _spaced(series: Series, freq: str | None) -> None:
    """Refuse months of which every series has but one in three: they are quarters."""
    if series.season != MONTHS or freq == "M":
        return
    hole = np.diff(series.at)
    inside = np.ones(len(hole), dtype=bool)
    inside[series.starts[1:-1] - 1] = False
    if inside.any() and (hole[inside] % _MONTHS_A_QUARTER == 0).all():
        raise ContractError(
            "every series has one month in three",
            where=_TABLE,
            advice="Ask for freq Q if they are quarters, for freq M if months are missing.",
        )
