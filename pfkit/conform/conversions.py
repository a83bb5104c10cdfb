"""Every conversion: which amounts became reporting currency at which rate of which day and file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit.conform.engine import literal, quoted
from pfkit.conform.evidence import ControlResult, Evidence, judged, report_months
from pfkit.conform.views import frame

if TYPE_CHECKING:
    from pfkit.conform.pipeline import Conformed, LoadedSource
    from pfkit.period import Period

COLUMNS = (
    "table", "source", "period", "currency", "kind", "rate", "rate_date", "path", "stated",
    "rate_source", "file", "line", "rows", "amount_local", "amount",
)  # fmt: skip
#: The path of an amount that its source had converted already.
BY_SOURCE = "by the source"
#: Two rates of one pair may differ by what rounding each of them to its last digit explains.
_LEAST = 1e-9
_SHOWN = 3


def conversions(conformed: Conformed, period: Period) -> pd.DataFrame:
    """Return every rate that amounts of a period were converted with, and what they came to.

    Parameters
    ----------
    conformed : Conformed
        The loaded book.
    period : Period
        The months a report looks at; of a budget, its year.

    Returns
    -------
    pandas.DataFrame
        One row per source, month, currency and rate: ``kind``, ``rate`` (reporting currency per
        1 unit), ``rate_date``, ``path`` (direct, inverse, cross through a currency, or by the
        source), ``stated`` (the rates as stated), ``rate_source``, ``file``, ``line``, ``rows``,
        ``amount_local`` and ``amount``: the first times the rate is the second, row by row. An
        amount its source had converted carries the rate its sums imply, and no day.
    """
    parts = [
        _of_source(held, conformed, period)
        for held in conformed.sources
        if held.present and held.declared.promise.local is not None
    ]
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype="object") for name in COLUMNS})
    return frame(
        conformed, " UNION ALL ".join(parts) + " ORDER BY source, period, currency, rate_date, file"
    )


def _of_source(held: LoadedSource, conformed: Conformed, period: Period) -> str:
    source = held.declared
    months = ", ".join(literal(month) for month in report_months(source.table, period))
    home = literal(conformed.declaration.company.currency)
    promise = source.promise
    amount, local = (f"r.{quoted(name or '')}" for name in (promise.amount, promise.local))
    currency = f"r.{quoted(promise.currency)}"
    implied = f"CAST(sum({amount}) AS DOUBLE) / NULLIF(CAST(sum({local}) AS DOUBLE), 0)"
    given = promise.amount in source.columns
    return (
        f'SELECT {literal(source.table)} AS "table", {literal(source.name)} AS source, '
        f"r._period AS period, {currency} AS currency, COALESCE(q.kind, '') AS kind, "
        f"CASE WHEN q.id IS NULL THEN {implied} ELSE CAST(q.rate AS DOUBLE) END AS rate, "
        f"q.rate_date, COALESCE(q.path, {literal(BY_SOURCE if given else '')}) AS path, "
        "COALESCE(q.stated, '') AS stated, COALESCE(q.source, '') AS rate_source, "
        "COALESCE(q.file, '') AS file, COALESCE(q.line, '') AS line, count(*) AS rows, "
        f"CAST(sum({local}) AS DOUBLE) AS amount_local, "
        f"CAST(sum({amount}) AS DOUBLE) AS amount "
        f"FROM {quoted(held.rows_table)} r LEFT JOIN rate_of q ON q.id = r._rate "
        f"WHERE r._status = 'accepted' AND {currency} <> {home} AND r._period IN ({months}) "
        f"GROUP BY r._period, {currency}, q.id, q.kind, q.rate, q.rate_date, q.path, q.stated, "
        "q.source, q.file, q.line"
    )


def rate_pairs(evidence: Evidence) -> list[ControlResult]:
    """Return whether rates stated in both directions agree within their last digits.

    Parameters
    ----------
    evidence : Evidence
        The conformed book and the period.
    """
    engine = evidence.conformed.engine
    if not evidence.conformed.has("rates"):
        return []
    first, last = evidence.period.first.isoformat(), evidence.period.last.isoformat()
    rows = engine.rows(
        "SELECT a.date, a.stated, b.stated, a._file, a._line, b._line, "
        "abs(CAST(a.rate AS DOUBLE) * CAST(b.rate AS DOUBLE) - 1) AS apart "
        "FROM rate_pair a JOIN rate_pair b ON b.kind = a.kind AND b.date = a.date "
        "AND b.base = a.quote AND b.quote = a.base AND a.base < a.quote "
        f"WHERE a.date BETWEEN DATE '{first}' AND DATE '{last}' "
        f"AND apart > {_LEAST} + 1.01 * ({_half('a')} + {_half('b')}) "
        "ORDER BY apart DESC, a.date, a.stated"
    )
    return [
        judged(
            evidence,
            "Rate pairs",
            "rates",
            "amber",
            f"{day}: {one} and {other} are {apart:.2%} apart ({file}, lines {line} and {line_})",
            advice="Keep the right one; the rate stated in reporting currency counts.",
            key=f"{day}|{one}",
        )
        for day, one, other, file, line, line_, apart in rows[:_SHOWN]
    ]


def _half(pair: str) -> str:
    """Return SQL for half a unit of a stated rate's last digit, as a share of the rate."""
    digits = f"length(split_part({pair}.said, '.', 2))"
    return f"0.5 / power(10, {digits}) / CAST({pair}.rate AS DOUBLE)"
