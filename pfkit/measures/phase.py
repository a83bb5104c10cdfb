"""Amounts for a quarter or a year as months: evenly, by weeks, by shares or by a season."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from pfkit.contracts.profiles import (
    PATTERNS,
    PROFILES,
    SEASONAL,
    Level,
    Profile,
    added,
    divided,
    even,
    season,
    shared,
    weekly,
)
from pfkit.errors import MeasureError, near_miss
from pfkit.measures.rows import NONE, require, row_keys, texts, whole_cents

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.contracts.profiles import Label
    from pfkit.period import FiscalCalendar

_MONTHS = {"quarter": 3, "year": 12}
_LINE = ("version", "product", "cost_center", "account")
_WORDS = {"account": "account", "cost_center": "cost center", "product": "product"}
_MILLIONTHS = 10**6


def phase(
    budget: pd.DataFrame,
    *,
    calendar: FiscalCalendar,
    profile: Literal["even", "seasonal", "4-4-5", "4-5-4", "5-4-4"] | Sequence[float] = "even",
    actuals: pd.DataFrame | None = None,
    accounts: pd.DataFrame | None = None,
    by: Sequence[str] = ("account",),
    years: int = 5,
) -> pd.DataFrame:
    r"""Divide amounts stated for a quarter or a year over their months, to the cent.

    Use it to try a profile before it is declared in ``book.toml`` (``phase``), which divides in
    the same way; for one account at a time, pass its rows.

    Parameters
    ----------
    budget : pandas.DataFrame
        Table ``budget``; ``amount`` in reporting currency, and where they are there
        ``amount_local`` and ``quantity``. Rows of span ``month`` and ``ytd`` stay as they are.
    calendar : FiscalCalendar
        The fiscal calendar, such as ``book.calendar``.
    profile : str or sequence of float
        ``even``; a pattern of weeks; ``seasonal``; or twelve shares in fiscal order that add up
        to 1.
    actuals : pandas.DataFrame, optional
        For ``seasonal``: table ``actuals`` by month, best ``book.vintages("actuals")``.
    accounts : pandas.DataFrame, optional
        Table ``accounts``; its ``group`` pools accounts that tell too little.
    by : sequence of str
        For ``seasonal``: what a season is read by, of ``account``, ``cost_center``, ``product``.
    years : int
        For ``seasonal``: how many whole fiscal years are read at most; each counts alike.

    Returns
    -------
    pandas.DataFrame
        One row per row of `budget` and month: ``row_key``, the columns of `budget` with the
        month's part, and ``stated_period``, ``stated_span``, ``share`` (of the amount stated, a
        fraction), ``how`` in words, ``reason`` (why it is not the profile asked for).

    Raises
    ------
    ContractError
        If a table lacks a column.
    MeasureError
        If the profile is not known, shares are not twelve that add up to 1, ``seasonal`` has no
        actuals, or an amount is missing.

    Notes
    -----
    :math:`part_k = round(a W_k / W_n) - round(a W_{k-1} / W_n)` with running weights :math:`W`:
    parts add up to :math:`a`, and none is more than a cent from its exact share. A season is what
    was known when the budget was (``known_on``; without it, before its year began), so a plan's
    months do not move afterwards: whole fiscal years, else the last twelve months, of the line,
    else its account, else its group; even, with the reason, where none has a season.

    References
    ----------
    .. [1] National Retail Federation, *4-5-4 Calendar* (weeks as months).
    .. [2] Hyndman and Athanasopoulos, *Forecasting: Principles and Practice*, ch. 3.2 (seasonal
       indices).

    Examples
    --------
    >>> from pfkit.period import FiscalCalendar
    >>> year = pd.DataFrame(
    ...     {"period": ["2026-12"], "span": "year", "account": "rent", "amount": [520.0]}
    ... )
    >>> months = phase(year, calendar=FiscalCalendar(), profile="4-4-5")
    >>> months["amount"].tolist()[:4], months["period"].tolist()[0], sum(months["amount"])
    ([40.0, 40.0, 50.0, 40.0], '2026-01', 520.0)
    """
    require(budget, ["period", "span", "amount"], name="budget")
    asked = _asked(profile, calendar)
    if asked is None:
        asked = _Season(calendar, by, _given(actuals), accounts, years)
    rows = budget.reset_index(drop=True)
    spans, periods = texts(rows["span"]).tolist(), texts(rows["period"]).tolist()
    parts = {name: _units(rows[name], name) for name in _split(rows)}
    places: list[int] = []
    made: list[dict[str, Any]] = []
    for place, (span, period) in enumerate(zip(spans, periods, strict=True)):
        count = _MONTHS.get(span, 0)
        stated = {"stated_period": period, "stated_span": span, "how": "", "reason": ""}
        if not count:
            whole = {name: values[place] for name, values in parts.items()}
            made.append(stated | {"period": period, "span": span, "share": 1.0} | whole)
            places.append(place)
            continue
        last = calendar.period(period).months[-1]
        year = calendar.months_of_year(calendar.fiscal_year_of(last))
        found = asked.of(rows, place, last)
        until, why = found.running(year.index(last), count)
        split = {name: _divided(values[place], until) for name, values in parts.items()}
        for step in range(count):
            made.append(
                stated
                | {"period": calendar.shift(last, step + 1 - count), "span": "month"}
                | {"share": (until[step + 1] - until[step]) / until[-1]}
                | {"how": even().how if why else found.how, "reason": found.why or why}
                | {name: values[step] for name, values in split.items()}
            )
            places.append(place)
    return _table(rows, places, made, parts)


def _split(rows: pd.DataFrame) -> list[str]:
    return [name for name in ("amount", "amount_local", "quantity") if name in rows.columns]


def _units(values: pd.Series, name: str) -> list[int | None]:
    """Return amounts in cents, and quantities in millionths."""
    if name != "quantity":
        return [int(cents) for cents in whole_cents(values, name="budget")]
    plain = values.astype("float64").to_numpy()
    return [round(one * _MILLIONTHS) if np.isfinite(one) else None for one in plain]


def _divided(total: int | None, until: list[int]) -> list[int | None]:
    return [None] * (len(until) - 1) if total is None else [*divided(total, until)]


def _table(
    rows: pd.DataFrame,
    places: list[int],
    made: list[dict[str, Any]],
    parts: dict[str, list[int | None]],
) -> pd.DataFrame:
    found = rows.iloc[places].reset_index(drop=True)
    for name in ("period", "span", "stated_period", "stated_span"):
        found[name] = pd.Series([row[name] for row in made], dtype="str")
    for name in parts:
        unit = _MILLIONTHS if name == "quantity" else 100
        values = [None if row[name] is None else row[name] / unit for row in made]
        found[name] = pd.Series(values, dtype="Float64" if name == "quantity" else "float64")
    found["share"] = pd.Series([row["share"] for row in made], dtype="float64")
    for name in ("how", "reason"):
        found[name] = pd.Series([row[name] for row in made], dtype="str")
    columns = [c for c in (*_LINE, "stated_span", "stated_period", "period") if c in found.columns]
    labels = list(zip(*(texts(found[c]).tolist() for c in columns), strict=True))
    seen: dict[tuple[str, ...], int] = {}
    for place, label in enumerate(labels):
        seen[label] = seen.get(label, 0) + 1
        if seen[label] > 1:
            labels[place] = (*label, str(seen[label]))
    found.insert(0, "row_key", pd.Series(row_keys(labels), dtype="str"))
    return found


class _Asked:
    """The profile that was asked for, worked out for each row."""

    def __init__(self, plain: Profile | None, pattern: str, calendar: FiscalCalendar) -> None:
        self.plain, self.pattern, self.calendar = plain, pattern, calendar

    def of(self, rows: pd.DataFrame, place: int, last: str) -> Profile:  # noqa: ARG002 (the season reads the row)
        """Return the profile of a row whose last month is `last`."""
        if self.plain is not None:
            return self.plain
        own = self.calendar.rule == self.pattern
        year = self.calendar.fiscal_year_of(last)
        return weekly(self.pattern, self.calendar.weeks_of_year(year) if own else ())


class _Season(_Asked):
    """A season, from the actuals that were known when a row was."""

    def __init__(
        self,
        calendar: FiscalCalendar,
        by: Sequence[str],
        actuals: pd.DataFrame,
        accounts: pd.DataFrame | None,
        years: int,
    ) -> None:
        super().__init__(None, "", calendar)
        require(actuals, [*by, "account", "period", "amount"], name="actuals")
        self.by, self.years = list(by), years
        self.groups: dict[str, str] = {}
        if accounts is not None:
            require(accounts, ["account", "group"], name="accounts")
            codes = texts(accounts["account"]), texts(accounts["group"])
            self.groups = dict(zip(*codes, strict=True))
        self.rows = _history(actuals, self.by)
        self.levels: dict[dt.date, list[Level]] = {}

    def of(self, rows: pd.DataFrame, place: int, last: str) -> Profile:
        """Return the profile of a row whose last month is `last`."""
        known = _known(rows, place, self.calendar, last)
        if known not in self.levels:
            self.levels[known] = self._pooled(known)
        label = tuple(str(texts(rows[name].iloc[[place]]).iloc[0]) for name in self.by)
        account = str(rows["account"].iloc[place])
        levels = self.levels[known]
        return season(
            levels,
            [label, (account,), (self.groups.get(account, ""),)][-len(levels) :],
            calendar=self.calendar,
            known=known,
            years=self.years,
        )

    def _pooled(self, known: dt.date) -> list[Level]:
        day = np.datetime64(known)
        there = self.rows[(self.rows["_from"] <= day) & (self.rows["_until"] > day)]
        cells = list(zip(there["account"], there["period"], there["_cents"], strict=True))
        levels = [
            Level("their account", added(((a,), month, cents) for a, month, cents in cells)),
            Level(
                "the accounts of their group",
                added(((self.groups.get(a, ""),), month, cents) for a, month, cents in cells),
            ),
        ]
        if self.by == ["account"]:
            return levels
        labels = zip(*(there[name] for name in self.by), strict=True)
        own: list[tuple[Label, str, int]] = [
            (tuple(label), month, cents)
            for label, (_, month, cents) in zip(labels, cells, strict=True)
        ]
        words = " and ".join(_WORDS.get(name, name) for name in self.by)
        return [Level(f"their {words}", added(own)), *levels]


def _history(actuals: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return monthly actuals in cents, with the days from and until which each was known."""
    monthly = actuals
    if "span" in actuals.columns:
        monthly = actuals[texts(actuals["span"]).isin(["month", NONE])]
    names = dict.fromkeys([*by, "account", "period"])
    rows = pd.DataFrame({name: texts(monthly[name]) for name in names})
    rows["_cents"] = whole_cents(monthly["amount"], name="actuals").astype("object")
    always, never = pd.Timestamp.min, pd.Timestamp.max
    for name, column, missing in (("_from", "known_on", always), ("_until", "replaced_on", never)):
        days = monthly[column] if column in monthly.columns else pd.Series(None, index=rows.index)
        rows[name] = pd.to_datetime(days).astype("datetime64[ns]").fillna(missing)
    return rows


def _known(rows: pd.DataFrame, place: int, calendar: FiscalCalendar, last: str) -> dt.date:
    """Return the day a row was learned, without one the day before its year began."""
    if "known_on" in rows.columns and not pd.isna(rows["known_on"].iloc[place]):
        return pd.Timestamp(rows["known_on"].iloc[place]).date()
    first = calendar.months_of_year(calendar.fiscal_year_of(last))[0]
    return calendar.first_day(first) - dt.timedelta(days=1)


def _given(actuals: pd.DataFrame | None) -> pd.DataFrame:
    if actuals is None:
        raise MeasureError(
            "a season needs actuals",
            where="phase",
            advice='Pass actuals=book.vintages("actuals").',
        )
    return actuals


def _asked(profile: str | Sequence[float], calendar: FiscalCalendar) -> _Asked | None:
    """Return what a profile means for every row alike, None where it is a season."""
    if not isinstance(profile, str):
        try:
            return _Asked(shared(list(profile)), "", calendar)
        except ValueError as error:
            raise MeasureError(
                str(error), where="phase", advice="Give twelve shares, as in [0.10, 0.05, ...]."
            ) from error
    if profile not in PROFILES:
        raise MeasureError(
            f"profile {profile!r} is not known",
            where="phase",
            advice=near_miss(profile, PROFILES, noun="profile"),
        )
    if profile == SEASONAL:
        return None
    return _Asked(None if profile in PATTERNS else even(), profile, calendar)
