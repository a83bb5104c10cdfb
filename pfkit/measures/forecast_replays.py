"""What each method said, or would have said, from every earlier month: kept, stated or replayed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pfkit.errors import ParameterError, near_miss
from pfkit.measures.backtest import EVERY_SERIES
from pfkit.measures.coherent.hierarchy import ALL
from pfkit.measures.coherent_forecast import coherent_forecast
from pfkit.measures.fleet.members import MEMBERS, Task, forecasts
from pfkit.measures.fleet.periods import MONTHS, labels
from pfkit.measures.fleet.rows import rows_of
from pfkit.measures.forecast import HORIZONS, TIERS, forecast
from pfkit.measures.rows import COUNT, MONEY, NONE, TEXT, row_keys, texts
from pfkit.measures.vintages.then import ACTUAL, booked, checked, largest, number, stated

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pfkit.measures.vintages.then import Booked

#: Last year's value; the last value where there is no year.
NAIVE = "naive"
#: The method of `forecast` where nothing else is asked for.
FULL = "full"
#: The forecast that adds up, with what people set held.
OVERRIDDEN = "overridden"
KEPT, STATED, REPLAYED = "kept", "stated", "replayed"
_NUMBERS = ("mean", "lo80", "hi80", "lo95", "hi95")
_TEXTS = ("model", "fallback", "reason")


def forecast_replays(
    known: pd.DataFrame,
    kept: pd.DataFrame | None = None,
    *,
    origins: Mapping[str, dt.date],
    by: str = "product",
    methods: Sequence[str] | None = None,
    overrides: pd.DataFrame | None = None,
    horizon: int = HORIZONS[MONTHS],
    least: int = MONTHS,
    most: int = 200,
    latest: int = 36,
) -> pd.DataFrame:
    r"""Return what each method said of the months ahead, from every earlier month.

    Use it once, and pass the result to `forecast_vintages`, `forecast_value_added` and
    `forecast_register`.

    Parameters
    ----------
    known : pandas.DataFrame
        Amounts by knowledge date, as ``book.revenue_known``: ``kind`` (``actual``, ``budget``,
        ``forecast``), ``version``, ``period``, the column `by`, ``amount`` in reporting currency,
        ``known_on``, ``replaced_on``.
    kept : pandas.DataFrame, optional
        Forecasts that were kept, as ``book.kept_forecasts``; the others are replayed.
    origins : mapping of str to datetime.date
        By month: the day its figures were known, as ``book.forecast_origins``.
    by : str
        The column that names a series.
    methods : sequence of str, optional
        ``full`` and ``fast`` (`forecast`), ``naive`` (last year's value), a member of the mix such
        as ``theta``, or a version of the budget or of people's forecast. By default ``full``,
        ``naive`` and every version.
    overrides : pandas.DataFrame, optional
        Table ``overrides``, as for `coherent_forecast`; with it method ``overridden`` is told too:
        the forecast that adds up, holding the overrides known by the day.
    horizon : int
        Months ahead.
    least : int
        Months of history that an origin must have.
    most : int
        Series at most, the largest as known now; their sum is of all.
    latest : int
        Origins at most, the latest of them.

    Returns
    -------
    pandas.DataFrame
        One row per method, origin, series and month ahead: ``row_key``, ``method``, ``by``, the
        column `by` (the sum of all as ``(every series)``), ``origin``, ``known_on``, ``step``,
        ``period``, ``mean``, ``lo80``, ``hi80``, ``lo95``, ``hi95`` in reporting currency,
        ``scale``: the mean absolute change of the series from a year before, as known then;
        ``source``: ``kept`` (in the state folder), ``stated`` (by people) or ``replayed`` now from
        what was known then; ``model``, ``fallback`` and ``reason`` as for `forecast`.

    Raises
    ------
    ContractError
        If `known` lacks a column.
    ParameterError
        If a method is not known, or `horizon`, `least`, `most` or `latest` is below 1.

    Notes
    -----
    At an origin counts what was known on its day of months up to it: where the last months were
    not known yet, they are forecast too, up to a year of them. A month after a series began in
    which nothing was booked is 0, if anything was booked in it or later. The sum of all is
    forecast as a series of its own, so its interval holds; the parts need not add up to it, but
    those of ``overridden`` do. An override of a series that had not begun is left out. Of several
    forecasts kept for one origin the last one counts that was made before the next origin, else
    the first.

    References
    ----------
    .. [1] Tashman (2000), "Out-of-sample tests of forecasting accuracy", *International Journal
       of Forecasting* 16, 437-450.
    .. [2] Croushore and Stark (2001), "A real-time data set for macroeconomists", *Journal of
       Econometrics* 105, 111-130 (vintages).

    Examples
    --------
    >>> from datetime import date
    >>> months = [f"{year}-{month:02d}" for year in (2024, 2025) for month in range(1, 13)]
    >>> known = pd.DataFrame({"kind": "actual", "version": "actual", "period": months,
    ...                       "product": "Atlas", "amount": [float(k) for k in range(24)],
    ...                       "known_on": [f"{month}-28" for month in months]})
    >>> said = forecast_replays(known, origins={"2024-12": date(2025, 1, 5)}, methods=["naive"],
    ...                         horizon=2)
    >>> said[["product", "period", "mean", "source"]].values.tolist()[:2]
    [['Atlas', '2025-01', 0.0, 'replayed'], ['Atlas', '2025-02', 1.0, 'replayed']]
    """
    sizes = {"horizon": horizon, "least": least, "most": most, "latest": latest}
    for name, value in sizes.items():
        if value < 1:
            raise ParameterError(f"{name} {value} cannot be", advice="Use 1 or more.")
    known = checked(known, by)
    wanted = [*_methods(known, methods), *([] if overrides is None else [OVERRIDDEN])]
    only = largest(known, by, most)
    mine = _kept(kept, by, only)
    parts = []
    for origin, day in sorted(origins.items())[-latest:]:
        then = booked(known, by=by, origin=origin, day=day, only=only)
        if then is None or len(then.months) < least:
            continue
        after = min((later for month, later in origins.items() if month > origin), default=None)
        held = mine[(mine["origin"] == origin) & mine["method"].isin(wanted)]
        chosen = _chosen(held, after)
        late = number(origin) - number(then.months[-1])
        if late > MONTHS:
            continue
        now = _Origin(known, then, day, by, horizon + late, overrides)
        told = [chosen, *now.said(wanted, chosen["method"])]
        rows = pd.concat([part for part in told if len(part)] or [chosen], ignore_index=True)
        rows = rows.assign(origin=origin, known_on=day.isoformat())
        rows["step"] = rows["period"].map(_steps(origin, rows["period"]))
        rows["scale"] = rows["series_id"].map(then.scales)
        parts.append(rows[rows["step"].between(1, horizon)])
    return _table(parts, by)


def _methods(known: pd.DataFrame, methods: Sequence[str] | None) -> list[str]:
    versions = sorted(set(known.loc[known["kind"] != ACTUAL, "version"].astype(str)))
    if methods is None:
        return [FULL, NAIVE, *versions]
    every = [*TIERS, NAIVE, *MEMBERS, *versions]
    for name in methods:
        if name not in every:
            raise ParameterError(
                f"method {name!r} is not known", advice=near_miss(name, every, noun="method")
            )
    return list(dict.fromkeys(methods))


@dataclass(frozen=True)
class _Origin:
    """What was known at an origin."""

    known: pd.DataFrame
    then: Booked
    day: dt.date
    by: str
    horizon: int
    overrides: pd.DataFrame | None

    def said(self, wanted: Iterable[str], kept: Iterable[str]) -> Iterator[pd.DataFrame]:
        """Yield what methods say that was not kept."""
        left = set(wanted) - set(kept)
        long = self.then.long
        for tier in sorted(left & set(TIERS)):
            rows = forecast(long, value="value", horizon=self.horizon, tier=tier)  # type: ignore[arg-type]
            yield rows.assign(method=tier, source=REPLAYED)
        if members := sorted(left & {NAIVE, *MEMBERS}):
            yield self._members(members)
        if OVERRIDDEN in left and self.overrides is not None:
            yield self._overridden(self.overrides)
        for version in sorted(left - {*TIERS, NAIVE, OVERRIDDEN, *MEMBERS}):
            rows = stated(self.known, version, by=self.by, day=self.day)
            rows = rows[rows["series_id"].isin(self.then.names)]
            yield rows.assign(method=version, source=STATED)

    def _overridden(self, overrides: pd.DataFrame) -> pd.DataFrame:
        """Return the forecast that adds up, holding the overrides that were known."""
        named = texts(overrides[self.by]) if self.by in overrides else None
        there = pd.Series(data=True, index=overrides.index)
        if named is not None:
            there = named.isin([*self.then.names, NONE])
        if "known_on" in overrides:
            there &= pd.to_datetime(overrides["known_on"]) <= pd.Timestamp(self.day)
        rows = coherent_forecast(
            self.then.parts.rename(columns={"series_id": self.by}),
            by=self.by,
            value="value",
            horizon=self.horizon,
            overrides=overrides[there] if bool(there.any()) else None,
            freq="M",
        )
        rows = rows[rows["grain"] == "month"].rename(columns={self.by: "series_id"})
        rows["series_id"] = rows["series_id"].replace(ALL, EVERY_SERIES)
        rows = rows[rows["series_id"].isin(self.then.names)]
        told = ["series_id", "period", *_NUMBERS, *_TEXTS]
        return rows[told].assign(method=OVERRIDDEN, source=REPLAYED)

    def _members(self, wanted: Sequence[str]) -> pd.DataFrame:
        """Return what members of the mix say by themselves."""
        names, months = self.then.names, self.horizon
        rows = rows_of([one[np.isfinite(one)] for one in self.then.amounts], MONTHS)
        found, _ = forecasts(Task(rows, months, FULL))
        ahead = labels(MONTHS, number(self.then.months[-1]) + 1 + np.arange(months))
        every = list(MEMBERS)
        parts = [
            pd.DataFrame(
                {
                    "method": name,
                    "series_id": np.repeat(names, months),
                    "period": np.tile(ahead, len(names)),
                    "mean": found[:, every.index("last_year" if name == NAIVE else name)].ravel(),
                    "source": REPLAYED,
                    "model": name,
                }
            )
            for name in wanted
        ]
        return pd.concat(parts, ignore_index=True)


def _kept(kept: pd.DataFrame | None, by: str, only: set[str]) -> pd.DataFrame:
    """Return forecasts that were kept by a column, as rows of the result."""
    columns = ["method", "origin", "known_on", "vintage", "line", "series_id", "period"]
    if kept is None or kept.empty:
        return pd.DataFrame({name: pd.Series(dtype="object") for name in columns})
    rows = kept[(kept["by"] == by) & kept["series"].isin(only)]
    rows = rows.rename(columns={"series": "series_id"})
    return rows[[*columns, *_NUMBERS, *_TEXTS]].assign(source=KEPT)


def _chosen(held: pd.DataFrame, after: dt.date | None) -> pd.DataFrame:
    """Return of each method the last forecast made before a day, else the first."""
    if held.empty:
        return held
    times = held.groupby(["method", "vintage"], as_index=False)[["known_on", "line"]].min()
    times["late"] = after is not None and times["known_on"] >= after.isoformat()
    times["place"] = np.where(times["late"], times["line"], -times["line"])
    first = times.sort_values(["method", "late", "place"]).drop_duplicates("method")
    return held.merge(first[["method", "vintage"]], on=["method", "vintage"])


def keys_of(names: pd.Series) -> dict[str, str]:
    """Return a part of a row key for each name of a column."""
    known = sorted(set(names.astype(str)))
    return dict(zip(known, row_keys([(name,) for name in known]), strict=True))


def _steps(origin: str, periods: pd.Series) -> dict[str, int]:
    return {period: number(period) - number(origin) for period in periods.unique()}


def _table(parts: list[pd.DataFrame], by: str) -> pd.DataFrame:
    text = ["row_key", "method", "by", by, "origin", "known_on", "period", "source", *_TEXTS]
    columns = [
        *("row_key", "method", "by", by, "origin", "known_on", "step", "period"),
        *(*_NUMBERS, "scale", "source", *_TEXTS),
    ]
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype="object") for name in columns})
    rows = pd.concat(parts, ignore_index=True).reindex(
        columns=[*dict.fromkeys([*columns, "series_id"])]
    )
    rows[by], rows["by"] = rows["series_id"], by
    rows["last"] = rows[by] == EVERY_SERIES
    rows = rows.sort_values(["method", "origin", "last", by, "step"], ignore_index=True)
    for column in _TEXTS:
        rows[column] = rows[column].astype("object").where(rows[column].notna(), "")
    rows["row_key"] = rows["method"].map(keys_of(rows["method"])) + (
        "|" + rows["origin"] + "|" + rows[by].map(keys_of(rows[by])) + "|" + rows["period"]
    )
    kinds = dict.fromkeys(text, TEXT) | {"step": COUNT}
    kinds |= dict.fromkeys((*_NUMBERS, "scale"), MONEY)
    return rows[columns].astype(kinds)
