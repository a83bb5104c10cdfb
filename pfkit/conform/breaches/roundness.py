"""Round amounts: more of them on an account than it is used to, and a large one where none are."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pfkit.conform.breaches.breach import (
    ROUND,
    Breach,
    Entries,
    breach,
    entries_of,
    entry_word,
    listed,
)
from pfkit.conform.breaches.habit import UNLIKELY, Seen, more_than_usual, news, seen_of
from pfkit.conform.engine import literal
from pfkit.conform.evidence import grouped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.conform.breaches.ledger import Ledger

#: Chance, divided by the accounts looked at, below which a share of round amounts is no accident.
BELIEVED = 1e-4
#: Different round amounts that make a share, and amounts of the past that it is compared with.
LEAST, PAST, PAST_MONTHS = 3, 20, 3
#: Who rounds to a tenth, a hundredth or a thousandth of the unit meets it by chance.
PARTS = (10, 100, 1000)
#: The share must be twice the usual one, and above that of every month with so many amounts.
TIMES, ENOUGH = 2.0, 5
#: An amount is round when nothing but zeros follows its first digits, from this unit on: three
#: digits, of a currency that is booked without decimals two. A single one says something by itself
#: from the larger unit on, there with one digit.
UNIT, DIGITS = 100, (3, 2)
LARGE_UNIT, LARGE_DIGITS = 1000, (3, 1)


@dataclass(frozen=True)
class _Counts:
    """Different amounts of one account and currency in one month, and how many are round."""

    month: str
    amounts: int
    round: int


def round_amounts(ledger: Ledger, month: str) -> list[Breach]:
    """Return accounts with more round amounts than chance and habit allow, and lone large ones.

    An amount counts once a month however often it is booked, so that a fee that many pay is one
    amount. Estimates (accruals and what takes them back) are round by nature and are left out
    where the ledger names them.

    Parameters
    ----------
    ledger : Ledger
        The ledger's entries.
    month : str
        A month of the report.
    """
    sized = _sized(ledger, month)
    shares = _shares(ledger, month, sized)
    told = {one.subject for one in shares}
    return [*shares, *(one for one in _lone(ledger, month, sized) if one.subject not in told)]


def _sized(ledger: Ledger, month: str) -> str:
    """Return a query of the month's entries and those before, each with its two units."""
    months = listed([*ledger.history(month), month])
    whole = listed(
        currency
        for (currency,) in ledger.rows(
            f"SELECT currency FROM {ledger.view} WHERE month IN ({months}) GROUP BY 1 "
            f"HAVING count(*) >= {PAST} AND bool_and(amount_local = trunc(amount_local)) ORDER BY 1"
        )
    )
    units = ", ".join(
        f"{_unit_sql(ledger, unit, digits, whole)} AS {name}"
        for name, unit, digits in (("unit", UNIT, DIGITS), ("large_unit", LARGE_UNIT, LARGE_DIGITS))
    )
    return (
        "(SELECT source, entry, account, currency, month, size, manual, amount_local, "
        f"abs(amount_local) AS booked, {units} FROM {ledger.view} "
        f"WHERE abs(amount_local) >= 1 AND NOT estimate AND month IN ({months}))"
    )


def _unit_sql(ledger: Ledger, least: int, digits: tuple[int, int], whole: str) -> str:
    """Return SQL for the unit whose multiples are round at an amount's size."""
    if ledger.policies.round_to is not None:
        return f"CAST({ledger.policies.round_to} AS DECIMAL(28, 6))"
    kept = f"CASE WHEN currency IN ({whole}) THEN {digits[1]} ELSE {digits[0]} END"
    zeros = f"floor(log10(abs(amount_local))) + 1 - {kept}"
    return f"CAST(10 ** greatest({zeros}, {len(str(least)) - 1}) AS DECIMAL(28, 6))"


def _shares(ledger: Ledger, month: str, sized: str) -> list[Breach]:
    counted: dict[tuple[str, str], list[_Counts]] = defaultdict(list)
    for account, currency, one, amounts, with_it in ledger.rows(
        "SELECT account, currency, month, count(*), count(*) FILTER (booked % unit = 0) "
        f"FROM (SELECT DISTINCT account, currency, month, booked, unit FROM {sized} "
        "WHERE booked >= unit) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    ):
        counted[account, currency].append(_Counts(one, amounts, with_it))
    judged = {key: months for key, months in counted.items() if _known(months, month)}
    found = []
    for (account, currency), months in judged.items():
        past, now = _apart(months, month)
        if not _above(past, now):
            continue
        amounts, usual = sum(one.amounts for one in past), sum(one.round for one in past)
        if more_than_usual(amounts, usual, now.amounts, now.round) > BELIEVED / len(judged):
            continue
        mine = f"account = {literal(account)} AND currency = {literal(currency)}"
        held = entries_of(
            ledger, f"month = {literal(month)} AND {mine} AND booked % unit = 0", table=sized
        )
        if held is not None:
            told = f"{grouped(usual)} of {grouped(amounts)} were in the {len(past)} months before"
            foreign = "" if currency == _home(ledger) else f" {currency}"
            found.append(
                breach(
                    ROUND,
                    month,
                    held,
                    reason=f"share{foreign}",
                    subject=account,
                    detail=f"{now.round} of {now.amounts}{foreign} amounts on account {account} "
                    f"are round; {told}",
                    advice="Ask what they were taken from; an estimate is booked as an accrual.",
                )
            )
    return found


def _home(ledger: Ledger) -> str:
    return ledger.evidence.conformed.declaration.company.currency


def _apart(months: Sequence[_Counts], month: str) -> tuple[list[_Counts], _Counts]:
    now = next((one for one in months if one.month == month), _Counts(month, 0, 0))
    return [one for one in months if one.month != month], now


def _known(months: Sequence[_Counts], month: str) -> bool:
    past, _ = _apart(months, month)
    return len(past) >= PAST_MONTHS and sum(one.amounts for one in past) >= PAST


def _above(past: Sequence[_Counts], now: _Counts) -> bool:
    """Return whether the share of round amounts is higher than in any month, by far."""
    if now.round < LEAST:
        return False
    share = now.round / now.amounts
    usual = sum(one.round for one in past) / sum(one.amounts for one in past)
    highest = max((one.round / one.amounts for one in past if one.amounts >= ENOUGH), default=0.0)
    return share > TIMES * usual and share > highest


def _lone(ledger: Ledger, month: str, sized: str) -> list[Breach]:
    """Return large round amounts entered by hand on accounts where amounts are not round.

    Where amounts are rounded to a tenth or a hundredth of the unit, as estimates are, some are
    round by chance: how many to expect follows from how many are multiples of the part.
    """
    large = f"round AND manual AND size >= {ledger.floor}"
    coarse = ", ".join(
        f"count(*) FILTER (past AND NOT round AND booked % (large_unit / {parts}) = 0)"
        for parts in PARTS
    )
    rows = ledger.rows(
        "SELECT account, count(*) FILTER (past), count(*) FILTER (past AND round), "
        "count(DISTINCT month) FILTER (past), list(DISTINCT month) FILTER (past AND round), "
        "count(*) FILTER (NOT past), "
        f"count(*) FILTER (NOT past AND large), {coarse} FROM (SELECT account, month, booked, "
        f"large_unit, month <> {literal(month)} AS past, bool_or(round) AS round, "
        f"bool_or({large}) AS large FROM (SELECT *, booked % large_unit = 0 AS round FROM {sized}) "
        "GROUP BY ALL) GROUP BY 1 ORDER BY 1"
    )
    seen = [seen_of(row[:7]) for row in rows if _by_chance(row) <= UNLIKELY]
    found = []
    for one in news(seen, year_end=ledger.first_without_precedent(month)):
        mine = f"month = {literal(month)} AND account = {literal(one.key)}"
        held = entries_of(
            ledger,
            f"{mine} AND booked % large_unit = 0 AND manual AND size >= {ledger.floor} "
            f"AND {ledger.not_taking_back(month)}",
            table=sized,
        )
        if held is not None:
            found.append(_breach(month, one, held))
    return found


def _breach(month: str, one: Seen, held: Entries) -> Breach:
    return breach(
        ROUND,
        month,
        held,
        reason="large",
        subject=one.key,
        detail=f"{entry_word(held.count)} by hand of a round amount on account {one.key}, where "
        f"{grouped(one.past_with)} of {grouped(one.past)} amounts were round in {one.months} "
        "months before",
        advice="Have the voucher shown that the amount was taken from.",
    )


def _by_chance(row: Sequence[Any]) -> float:
    """Return how many round amounts to expect of an account that rounds, but not so far."""
    past, now = row[1], row[5]
    if not past:
        return 0.0
    return max(
        float(now * with_it / past / parts) for parts, with_it in zip(PARTS, row[7:], strict=True)
    )
