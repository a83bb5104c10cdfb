"""Exchange rates: of each kind, direct, inverse or crossed, with the days each holds for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.conform.engine import Engine, literal
from pfkit.conform.parse import MONEY_TYPE, month_of_sql

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pfkit.conform.declaration import Declaration, Source
    from pfkit.conform.mapping import Setting

#: How a rate came about.
DIRECT, INVERSE, CROSS = "direct", "inverse", "cross"
#: Exact digits a rate keeps: a yen or a rupiah is worth little, and its inverse has no end.
_RATE_TYPE = "DECIMAL(38, 16)"
_ID = "CAST(hash(kind, currency, date) >> 1 AS BIGINT)"


def no_rates(engine: Engine) -> None:
    """Make the empty table ``rate_of``, for books without rates and for tables before them."""
    engine.run(
        "CREATE TABLE rate_of (id BIGINT, kind VARCHAR, currency VARCHAR, first_day DATE, "
        f"last_day DATE, rate {_RATE_TYPE}, rate_date DATE, path VARCHAR, stated VARCHAR, "
        "source VARCHAR, file VARCHAR, line VARCHAR)"
    )


def rates_by_day(declaration: Declaration, sources: Iterable[Source], setting: Setting) -> None:
    """Fill ``rate_of``: reporting currency per 1 unit, and the days each rate holds for.

    A pair is one stated rate: what 1 unit of its base is worth in its quote. A currency takes the
    rate stated for it in reporting currency; without one, the inverse of the reporting currency's
    rate in it; without either, the product of two rates of that day through a third currency. A
    daily rate holds until the next, at most `rate_carry_days`, and never for a day before it; an
    average or closing rate holds for its month; a budget rate until the next, at most for
    its fiscal year.
    """
    engine = setting.engine
    _pairs(sources, setting)
    home = literal(setting.currency)
    engine.run(
        "CREATE OR REPLACE TABLE rate_leg AS "
        f"SELECT kind, date, base AS one, quote AS other, CAST(rate AS {_RATE_TYPE}) AS rate, "
        f"'{DIRECT}' AS path, stated, _source, _file, _line, _id FROM rate_pair UNION ALL "
        f"SELECT kind, date, quote, base, CAST(1 / CAST(rate AS DOUBLE) AS {_RATE_TYPE}), "
        f"'{INVERSE}', stated, _source, _file, _line, _id FROM rate_pair "
    )
    crossed = (
        f"SELECT a.kind, a.date, a.one, CAST(CAST(a.rate AS DOUBLE) * CAST(b.rate AS DOUBLE) "
        f"AS {_RATE_TYPE}) AS rate, '{CROSS} through ' || a.other AS path, "
        "a.stated || ', ' || b.stated AS stated, a._source, a._file, "
        "CASE WHEN a._file = b._file THEN a._line || ', ' || b._line "
        "ELSE a._line || ', ' || b._file || ' ' || b._line END AS _line, "
        "2 + CAST(a.path <> b.path AS INTEGER) AS rank, a._id "
        "FROM rate_leg a JOIN rate_leg b ON b.kind = a.kind AND b.date = a.date "
        f"AND b.one = a.other AND b.other = {home} WHERE a.one <> {home} AND a.other <> {home}"
    )
    engine.run(
        "CREATE OR REPLACE TABLE rate_stated AS SELECT * EXCLUDE (rank) FROM ("
        "SELECT kind, date, one AS currency, rate, path, stated, _source, _file, _line, "
        f"CAST(path = '{INVERSE}' AS INTEGER) AS rank, _id FROM rate_leg WHERE other = {home} "
        f"UNION ALL {crossed}) QUALIFY row_number() OVER "
        "(PARTITION BY kind, date, currency ORDER BY rank, path, _id) = 1"
    )
    _hold(declaration, setting)


def _pairs(sources: Iterable[Source], setting: Setting) -> None:
    """Fill ``rate_pair``: each pair's rate of a day and kind as it is known last."""
    home = literal(setting.currency)
    listed = ", ".join(literal(source.name) for source in sources if source.per == "reporting")
    turned = f"_source IN ({listed})" if listed else "FALSE"
    against = f"COALESCE(against, {home})"
    said = (
        "CASE WHEN contains(CAST(rate AS VARCHAR), '.') THEN rtrim(rtrim(CAST(rate AS VARCHAR), "
        "'0'), '.') ELSE CAST(rate AS VARCHAR) END"
    )
    setting.engine.run(
        "CREATE OR REPLACE TABLE rate_pair AS SELECT *, "
        "said || ' ' || quote || ' per ' || base AS stated FROM ("
        f"SELECT kind, date, CASE WHEN {turned} THEN {against} ELSE currency END AS base, "
        f"CASE WHEN {turned} THEN currency ELSE {against} END AS quote, rate, {said} AS said, "
        "known_on, _source, _file, _line, _id FROM final_rates) WHERE base <> quote "
        "QUALIFY row_number() OVER (PARTITION BY kind, date, base, quote "
        "ORDER BY known_on DESC, _id DESC) = 1"
    )


def _hold(declaration: Declaration, setting: Setting) -> None:
    month = month_of_sql("date", setting.calendar)
    following = "lead(date) OVER (PARTITION BY kind, currency ORDER BY date) - INTERVAL 1 DAY"
    first, last = "date_trunc('month', date)", "last_day(date)"
    if setting.calendar.rule != "month":
        first = f"(SELECT c.first_day FROM calendar c WHERE c.period = {month})"
        last = f"(SELECT c.last_day FROM calendar c WHERE c.period = {month})"
    begins = "lead(first_day) OVER (PARTITION BY kind, currency ORDER BY date) - INTERVAL 1 DAY"
    engine = setting.engine
    engine.run(
        # an id of its own, which other days' rates leave as it is: rows are kept with it
        f"INSERT INTO rate_of SELECT {_ID}, kind, "
        "currency, CAST(first_day AS DATE), CAST(CASE kind "
        "WHEN 'daily' THEN least(date + INTERVAL (?) DAY, COALESCE(next_day, DATE '9999-12-31')) "
        f"WHEN 'budget' THEN least(year_end, COALESCE({begins}, DATE '9999-12-31')) "
        "ELSE month_end END AS DATE), rate, date, path, stated, _source, _file, _line FROM ("
        "SELECT *, CASE WHEN kind = 'daily' THEN date ELSE month_begin END AS first_day FROM ("
        f"SELECT *, {following} AS next_day, {first} AS month_begin, {last} AS month_end, "
        f"{_year_end_sql(setting)} AS year_end FROM rate_stated "
        f"QUALIFY kind = 'daily' OR row_number() OVER (PARTITION BY kind, currency, {month} "
        "ORDER BY date DESC) = 1))",
        [declaration.policies.rate_carry_days],
    )


def _year_end_sql(setting: Setting) -> str:
    """Return SQL for the last day of the fiscal year that a rate's day lies in."""
    rows = setting.engine.rows("SELECT DISTINCT date FROM rate_stated WHERE kind = 'budget'")
    years = {near for (day,) in rows for near in (day.year, day.year + 1)}
    if not years:
        return "CAST(NULL AS DATE)"
    cases = []
    for year in sorted(years):
        months = setting.calendar.months_of_year(year)
        begin, end = setting.calendar.first_day(months[0]), setting.calendar.last_day(months[-1])
        cases.append(
            f"WHEN date BETWEEN DATE '{begin.isoformat()}' AND DATE '{end.isoformat()}' "
            f"THEN DATE '{end.isoformat()}'"
        )
    return f"CASE {' '.join(cases)} END"


def converted_sql(local: str, currency: str, home: str, kind: str = MONEY_TYPE) -> str:
    """Return SQL for an amount in reporting currency, exact to the decimals of its type.

    Products of decimals may have 38 digits: a rate below one keeps sixteen decimals, others ten.
    """
    decimals = kind.rpartition(",")[2].strip(" )")
    money = f"CAST({local} AS DECIMAL(22, {decimals}))"
    product = (
        f"CASE WHEN r.rate < 1 THEN CAST({money} * CAST(r.rate AS DECIMAL(16, 16)) "
        f"AS {kind}) ELSE CAST({money} * CAST(r.rate AS DECIMAL(16, 10)) "
        f"AS {kind}) END"
    )
    return f"CASE WHEN {currency} = {literal(home)} THEN {local} ELSE {product} END"


def nearest(engine: Engine, currency: str, kind: str, day: object) -> str:
    """Return in words which rates of a currency are held nearest to a day."""
    same = engine.rows(
        "SELECT rate_date FROM rate_of WHERE currency = ? AND kind = ? "
        "ORDER BY abs(rate_date - CAST(? AS DATE)), rate_date LIMIT 2",
        [currency, kind, day],
    )
    if same:
        days = " and ".join(str(row[0]) for row in sorted(same))
        return f"the nearest {kind} rates held are of {days}"
    kinds = engine.rows(
        "SELECT DISTINCT kind FROM rate_of WHERE currency = ? ORDER BY 1", [currency]
    )
    if kinds:
        held = ", ".join(row[0] for row in kinds)
        return f"no {kind} rate of {currency} is held, only {held}; take one by `rate_kind`"
    return f"no rate of {currency} is held"
