"""Sales of a month's last days that are taken back as soon as the next month has begun."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.conform.breaches.breach import (
    CUT_OFF,
    Breach,
    Entries,
    breach,
    entries_of,
    entry_word,
    listed,
)
from pfkit.conform.breaches.habit import Seen, news, seen_of
from pfkit.conform.engine import literal
from pfkit.conform.evidence import grouped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.conform.breaches.ledger import Ledger

#: Days at the end of a month, and days within which a sale is taken back.
LAST_DAYS, WITHIN_DAYS = 5, 10
SOLD = "invoices"
#: The share of a sale that is taken back, from which it is the sale that is.
NEARLY = 0.9
_ADVICE = "Ask why it was sold before the month end and taken back after it; restate the month."


def credited(billed: Ledger, month: str) -> list[Breach]:
    """Return invoices of the last days before a month that its first days credit.

    Parameters
    ----------
    billed : Ledger
        The invoice lines.
    month : str
        The month whose credit notes are looked at; the breach is one of the month before.
    """
    if "customer" not in billed.mapped:
        return []
    documents = (
        f"(SELECT '{SOLD}' AS key, customer AS who, currency, entry, min(source) AS source, "
        "month, min(day) AS day, sum(amount_local) AS local, abs(sum(amount)) AS size "
        f"FROM {billed.view} WHERE customer IS NOT NULL GROUP BY ALL)"
    )
    lines = (
        f"SELECT '{SOLD}' AS key, customer AS who, currency, entry, source, month, day, "
        f"amount_local AS local, size FROM {billed.view} WHERE customer IS NOT NULL"
    )
    return _taken_back(billed, month, documents, sold=f"SELECT * FROM {documents} UNION {lines}")


def reversed_revenue(ledger: Ledger, month: str) -> list[Breach]:
    """Return revenue posted in the last days before a month that its first days take back.

    Accruals of revenue do the same every month, which makes them a habit of their account.

    Parameters
    ----------
    ledger : Ledger
        The ledger's entries.
    month : str
        The month whose first days are looked at.
    """
    conformed = ledger.evidence.conformed
    if "posting_date" not in ledger.mapped or not conformed.has("accounts"):
        return []
    entries = (
        "(SELECT account AS key, concat_ws('|', account, product, cost_center) AS who, currency, "
        "entry, source, month, posting_date AS day, amount_local AS local, size "
        f"FROM {ledger.view} JOIN final_accounts USING (account) WHERE favorable_when = 'higher' "
        "AND NOT estimate AND \"group\" IN ('gross', 'other') AND posting_date IS NOT NULL)"
    )
    return _taken_back(ledger, month, entries, sold=f"SELECT * FROM {entries}")


def _taken_back(ledger: Ledger, month: str, entries: str, *, sold: str) -> list[Breach]:
    """Compare the last days before a month with what is usually taken back within days."""
    calendar = ledger.evidence.period.calendar
    before = calendar.shift(month, -1)
    history = [one for one in ledger.history(month) if one != before]
    if before not in ledger.months:
        return []
    last = literal(calendar.last_day(before))
    late = f"month = {literal(before)} AND day > DATE {last} - INTERVAL {LAST_DAYS} DAY"
    fresh = f"{late} AND back = {literal(month)}"
    near = _pairs(ledger, entries, sold, [before, month])
    if not ledger.rows(f"SELECT 1 FROM {near} WHERE {fresh} LIMIT 1"):
        return []
    months = [*history, before, month]
    pairs = _pairs(ledger, entries, sold, months)
    past = f"month IN ({listed(history)})"
    rows = ledger.rows(
        f"WITH pairs AS {pairs}, sales AS (SELECT key, month, day FROM {entries} "
        f"WHERE local > 0 AND size >= {ledger.floor} AND month IN ({listed(months)})) "
        f"SELECT key, count(*) FILTER ({past}), (SELECT count(*) FROM pairs p "
        f"WHERE p.key = s.key AND p.{past}), count(DISTINCT month) FILTER ({past}), "
        f"(SELECT list(DISTINCT month) FROM pairs p WHERE p.key = s.key AND p.{past}), "
        f"count(*) FILTER ({late}), (SELECT count(*) FROM pairs p WHERE p.key = s.key "
        f"AND p.{fresh.replace(' AND ', ' AND p.')}) "
        "FROM sales s GROUP BY 1 ORDER BY 1"
    )
    found = []
    for one in news(map(seen_of, rows), year_end=ledger.first_without_precedent(before)):
        held = entries_of(ledger, f"key = {literal(one.key)} AND {fresh}", table=pairs)
        if held is not None:
            found.append(_breach(before, month, one, held))
    return found


def _pairs(ledger: Ledger, entries: str, sold: str, months: Sequence[str]) -> str:
    """Return a query of sales with what takes them back within days, nearly in full."""
    within = listed(months)
    return (
        "(SELECT s.key, s.entry || ' / ' || c.entry AS entry, s.source, s.month, s.day, s.size, "
        f"c.month AS back FROM ({sold}) s JOIN {entries} c ON s.who = c.who "
        f"AND s.currency = c.currency AND c.local BETWEEN -s.local AND -{NEARLY} * s.local "
        "AND s.entry <> c.entry "
        f"AND c.day BETWEEN s.day AND s.day + INTERVAL {WITHIN_DAYS} DAY "
        f"WHERE s.local > 0 AND s.size >= {ledger.floor} AND s.month IN ({within}) "
        f"AND c.month IN ({within}) QUALIFY row_number() OVER (PARTITION BY s.key, s.who, c.entry "
        "ORDER BY s.local + c.local, s.day DESC, s.entry) = 1)"
    )


def _breach(before: str, month: str, one: Seen, held: Entries) -> Breach:
    what = "sold" if one.key == SOLD else f"posted on account {one.key}"
    return breach(
        CUT_OFF,
        before,
        held,
        reason="taken back",
        subject=one.key,
        detail=f"{entry_word(held.count)} {what} in the last {LAST_DAYS} days of {before} and "
        f"taken back within {WITHIN_DAYS} days, in {month}; of {grouped(one.past)} before, "
        f"{grouped(one.past_with)} were",
        advice=_ADVICE,
    )
