"""Entries that stand in two months with the same voucher: posted once more."""

from __future__ import annotations

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
DIGITS = 4
_DAYS = "(^|[^0-9])(19|20)[0-9]{2}([0-9]{2}){0,2}([^0-9]|$)"


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
    voucher = f"regexp_replace(memo, {literal(_DAYS)}, ' ', 'g')"
    pairs = (
        "(SELECT max_by(entry, month) || ' / ' || min_by(entry, month) AS entry, "
        "min(source) AS source, max(month) AS month, max(size) AS size, min(month) AS earlier, "
        "abs(max_by(posting_date, month) - min_by(posting_date, month)) AS apart "
        f"FROM {ledger.view} WHERE memo IS NOT NULL AND size >= {ledger.floor / 2} AND size > 0 "
        f"AND month IN ({listed([*ledger.history(month), month])}) "
        "GROUP BY account, currency, memo HAVING count(*) = 2 "
        "AND count(DISTINCT amount_local) = 1 AND count(DISTINCT entry) = 2 "
        f"AND regexp_matches({voucher}, '[0-9]{{{DIGITS},}}'))"
    )
    held = entries_of(
        ledger,
        f"month = {literal(month)} AND earlier IN ({listed(earlier)}) AND size >= {ledger.floor} "
        f"AND apart > 0 AND abs(apart - {MONTHLY} * greatest(round(apart / {MONTHLY}), 1)) "
        f"> {ABOUT}",
        table=pairs,
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
