"""The profile of every amount that is phased, seasons from actuals as known when it was learned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from pfkit.conform.engine import literal, quoted
from pfkit.conform.vintages import stated_sql
from pfkit.contracts.profiles import (
    PATTERNS,
    SEASONAL,
    Level,
    Profile,
    added,
    even,
    season,
    shared,
    weekly,
)
from pfkit.errors import BookError, near_miss

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from pfkit.conform.declaration import Source
    from pfkit.conform.engine import Engine
    from pfkit.conform.mapping import Setting
    from pfkit.conform.shape import Phase
    from pfkit.contracts.profiles import Label

_WORDS = {"account": "account", "cost_center": "cost center", "product": "product"}
_SCHEMA = pa.schema(
    [
        ("span", pa.string()),
        ("period", pa.string()),
        ("known_on", pa.date32()),
        ("account", pa.string()),
        ("cost_center", pa.string()),
        ("product", pa.string()),
        ("_until", pa.list_(pa.int64())),
        ("_how", pa.string()),
        ("_why", pa.string()),
    ]
)
#: What tells amounts apart that may have a profile of their own.
KEYS = ("span", "period", "known_on", "account", "cost_center", "product")


@dataclass(frozen=True)
class _Need:
    """What tells an amount to be phased apart from others."""

    span: str
    period: str | None
    known_on: date | None
    account: str
    cost_center: str
    product: str


@dataclass(frozen=True)
class _Known:
    """The actuals of a month as known on a day."""

    day: date
    account: str
    month: str
    cents: int
    label: Label


def load_profiles(
    source: Source, needs: Sequence[tuple[object, ...]], setting: Setting, actuals: list[Source]
) -> None:
    """Fill ``profiles_<source>``: the running weights of every distinct amount to be phased.

    Parameters
    ----------
    source : Source
        A source with `phase`.
    needs : sequence of tuple
        The distinct values of `KEYS`.
    setting : Setting
        The engine and the calendar.
    actuals : list of Source
        The sources that feed table ``actuals``, settled.

    Raises
    ------
    BookError
        If `phase` names an account that stands nowhere.
    """
    how = source.phase
    if how is None:
        return
    wanted = [_Need(*need) for need in needs]  # type: ignore[arg-type]
    _refuse_accounts(source, how, wanted, setting.engine)
    days = {n.known_on for n in wanted if n.known_on and how.of(n.account) == SEASONAL}
    seasons = _Seasons(how, setting, actuals, sorted(days)) if days else None
    rows = []
    for need in wanted:
        last, count = _stretch(need, setting)
        profile = _profile(need, how, seasons, setting)
        until, why = profile.running(last, count)
        rows.append(
            {name: getattr(need, name) for name in KEYS}
            | {"_until": until, "_how": even().how if why else profile.how}
            | {"_why": profile.why or why}
        )
    setting.engine.load(f"profiles_{source.name}", pa.Table.from_pylist(rows, schema=_SCHEMA))


def _refuse_accounts(source: Source, how: Phase, wanted: list[_Need], engine: Engine) -> None:
    known = {need.account for need in wanted}
    if engine.rows("SELECT 1 FROM duckdb_tables() WHERE table_name = 'final_accounts'"):
        known |= {row[0] for row in engine.rows("SELECT account FROM final_accounts")}
    for account in how.accounts:
        if account not in known:
            raise BookError(
                f"account {account!r} stands nowhere",
                where=f"book.toml sources.{source.name}.phase.accounts",
                advice=near_miss(account, known, noun="account"),
            )


def _stretch(need: _Need, setting: Setting) -> tuple[int, int]:
    """Return the place in the fiscal year of an amount's last month, and how many it covers."""
    count = {"quarter": 3}.get(need.span, 12)
    if need.period is None:
        return count - 1, count
    year = setting.calendar.months_of_year(setting.calendar.fiscal_year_of(need.period))
    return year.index(need.period), count


def _profile(need: _Need, how: Phase, seasons: _Seasons | None, setting: Setting) -> Profile:
    said = how.of(need.account)
    if not isinstance(said, str):
        return shared(said)
    if said in PATTERNS:
        own = setting.calendar.rule == said and need.period is not None
        year = setting.calendar.fiscal_year_of(need.period) if own and need.period else 0
        return weekly(said, setting.calendar.weeks_of_year(year) if own else ())
    if said == SEASONAL:
        if seasons is None or need.known_on is None:
            return even("nothing says when they were learned")
        return seasons.of(need, need.known_on)
    return even()


class _Seasons:
    """Monthly actuals as known on the days budgets were learned, and the seasons in them."""

    def __init__(
        self, how: Phase, setting: Setting, actuals: list[Source], days: list[date]
    ) -> None:
        self._how, self._setting = how, setting
        self._groups = _groups(setting.engine)
        rows = _history(how, setting.engine, actuals, days)
        self._levels = {day: self._pooled([row for row in rows if row.day == day]) for day in days}
        self._found: dict[tuple[date, Label, str], Profile] = {}

    def of(self, need: _Need, known: date) -> Profile:
        """Return the profile of an amount that was learned on a day."""
        label = tuple(str(getattr(need, name)) for name in self._how.by)
        key = known, label, need.account
        if key not in self._found:
            levels = self._levels[known]
            labels = [label, (need.account,), (self._groups.get(need.account, ""),)]
            self._found[key] = season(
                levels,
                labels[-len(levels) :],
                calendar=self._setting.calendar,
                known=known,
                years=self._how.years,
            )
        return self._found[key]

    def _pooled(self, rows: list[_Known]) -> list[Level]:
        by = self._how.by
        levels = [
            Level("their account", added(((r.account,), r.month, r.cents) for r in rows)),
            Level(
                "the accounts of their group",
                added(((self._groups.get(r.account, ""),), r.month, r.cents) for r in rows),
            ),
        ]
        if by == ("account",):
            return levels
        words = " and ".join(_WORDS[name] for name in by)
        return [Level(f"their {words}", added((r.label, r.month, r.cents) for r in rows)), *levels]


def _groups(engine: Engine) -> dict[str, str]:
    if not engine.rows("SELECT 1 FROM duckdb_tables() WHERE table_name = 'final_accounts'"):
        return {}
    return dict(engine.rows('SELECT account, "group" FROM final_accounts'))


def _history(how: Phase, engine: Engine, actuals: list[Source], days: list[date]) -> list[_Known]:
    """Return the monthly actuals known on each day, by account and the columns of `by`."""
    if not actuals:
        return []
    by = ", ".join(f"r.{quoted(name)}" for name in how.by)
    parts = " UNION ALL BY NAME ".join(
        "SELECT account, cost_center, product, period, known_on, replaced_on, amount FROM "
        f"({stated_sql(source)}) WHERE span = 'month'"
        for source in actuals
    )
    listed = ", ".join(f"DATE {literal(day.isoformat())}" for day in days)
    rows = engine.rows(
        f"SELECT k.day, r.account, r.period, CAST(round(sum(r.amount) * 100) AS BIGINT), {by} "
        f"FROM ({parts}) r JOIN (SELECT unnest([{listed}]) AS day) k ON r.known_on <= k.day "
        "AND (r.replaced_on IS NULL OR r.replaced_on > k.day) GROUP BY ALL ORDER BY ALL"
    )
    return [
        _Known(day, name, month, int(cents), tuple(at)) for day, name, month, cents, *at in rows
    ]
