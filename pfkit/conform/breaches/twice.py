"""Entries that stand in two months with the same voucher: posted once more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pfkit.conform.breaches.breach import TWICE, Breach, breach, entries_of, entry_word, listed
from pfkit.conform.engine import literal

if TYPE_CHECKING:
    from pfkit.conform.breaches.ledger import Ledger

#: How many months back the first of the two may stand.
BACK = 3
#: A charge that comes every month, two months or quarter comes after so many days, give or take.
MONTHLY, ABOUT = 30.4, 5
#: A memo names a voucher when it holds so many digits in a row, years and days aside.
DIGITS = re.compile("[0-9]{4}")
_DAYS = re.compile("(?<![0-9])(19|20)[0-9]{2}([0-9]{2}){0,2}(?![0-9])")


def posted_twice(ledger: Ledger, month: str) -> list[Breach]:
    """Return entries of a month that an earlier month has already, to the cent and the memo.

    The memo must name a voucher (a number) and stand on these two entries only, so that a charge
    that comes again is none; nor is one whose second time comes a month after its first.

    Parameters
    ----------
    ledger : Ledger
        The ledger's entries.
    month : str
        A month of the report.
    """
    if not {"memo", "posting_date"} <= ledger.mapped:
        return []
    calendar = ledger.evidence.period.calendar
    earlier = [calendar.shift(month, -back) for back in range(1, BACK + 1)]
    same = "account = b.account AND a.currency = b.currency AND a.amount_local = b.amount_local"
    apart = "abs(b.posting_date - a.posting_date)"
    months = f"{MONTHLY} * greatest(round({apart} / {MONTHLY}), 1)"
    pairs = ledger.rows(
        "SELECT DISTINCT b.account, b.currency, b.memo "
        f"FROM {ledger.view} a JOIN {ledger.view} b ON a.{same} AND a.memo = b.memo "
        f"WHERE b.month = {literal(month)} AND b.size >= {ledger.floor} AND b.amount_local <> 0 "
        f"AND a.month IN ({listed(earlier)}) AND a.entry <> b.entry "
        f"AND {apart} > 0 AND abs({apart} - {months}) > {ABOUT} ORDER BY 1, 2, 3"
    )
    named = [one for one in pairs if DIGITS.search(_DAYS.sub(" ", one[2]))]
    if not named:
        return []
    chosen = ", ".join(f"({', '.join(map(literal, one))})" for one in named)
    held = entries_of(
        ledger,
        "TRUE",
        table="(SELECT max_by(entry, month) || ' / ' || min_by(entry, month) AS entry, "
        f"min(source) AS source, max(size) AS size FROM {ledger.view} "
        f"WHERE (account, currency, memo) IN ({chosen}) "
        f"AND month IN ({listed([*ledger.history(month), month])}) "
        "GROUP BY account, currency, memo HAVING count(*) = 2)",
    )
    if held is None:
        return []
    return [
        breach(
            TWICE,
            month,
            held,
            reason="twice",
            detail=f"{entry_word(held.count)} with account, amount and memo of an entry of an "
            "earlier month",
            advice="Compare the vouchers; reverse the one that was posted again.",
        )
    ]
