"""Round amounts: more of them on an account than it is used to, and a large one where none are."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pfkit.conform.breaches.breach import (
    ROUND,
    Breach,
    Entries,
    breach,
    entries_of,
    entry_word,
    listed,
)
from pfkit.conform.breaches.cells import Cells, Count, Trait, days_sql
from pfkit.conform.breaches.habit import UNLIKELY, Seen, more_than_usual, news
from pfkit.conform.engine import literal
from pfkit.conform.evidence import grouped

if TYPE_CHECKING:
    from collections.abc import Mapping

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
UNIT, DIGITS = 2, (3, 2)
LARGE_UNIT, LARGE_DIGITS = 3, (3, 1)
_MOST = 15  # no amount has more digits


@dataclass(frozen=True)
class _Rounds:
    """Round amounts of one account and currency in one month.

    Attributes
    ----------
    different : int
        Different round amounts.
    large, pointed : int
        Entries round by the larger unit, and those of them by hand and large enough.
    parts : tuple of int
        Entries that are not, but multiples of its tenth, hundredth and thousandth.
    """

    different: int
    large: int
    pointed: int
    parts: tuple[int, ...]


@dataclass(frozen=True)
class _Amounts:
    """How many amounts each account has, and how many of them are round, month by month."""

    cells: Cells
    sized: str  # a query of entries with `unit` and `large_unit`
    rounds: Mapping[tuple[str, str], Mapping[str, _Rounds]]

    @property
    def ledger(self) -> Ledger:
        """The ledger's entries."""
        return self.cells.ledger


def sizes(ledger: Ledger) -> dict[str, Trait]:
    """Return what is counted of a ledger's entries: amounts, and those that could be round."""
    least = ledger.policies.round_to or 10**UNIT
    return {
        "amounts": Trait(f"booked >= {least}", "booked >= 1 AND NOT estimate"),
        "whole": Trait("booked % 1 = 0", "booked > 0"),
    }


def round_amounts(cells: Cells) -> list[Breach]:
    """Return accounts with more round amounts than chance and habit allow, and lone large ones.

    Round amounts count once a month however often one is booked, so that a fee that many pay is
    one. Estimates (accruals and what takes them back) are round by nature and are left out where
    the ledger names them.

    Parameters
    ----------
    cells : Cells
        The traits of `sizes`, counted by account.
    """
    amounts = _amounts(cells)
    found = []
    for month in cells.ledger.judged:
        if len(cells.ledger.history(month)) < PAST_MONTHS:
            continue
        shares = _shares(amounts, month)
        told = {one.subject for one in shares}
        found += [*shares, *(one for one in _lone(amounts, month) if one.subject not in told)]
    return found


def _amounts(cells: Cells) -> _Amounts:
    ledger = cells.ledger
    whole = _whole(cells)
    unit = _unit_sql(ledger, UNIT, DIGITS, whole)
    large_unit = _unit_sql(ledger, LARGE_UNIT, LARGE_DIGITS, whole)
    coarsest = "1" if ledger.policies.round_to is None else f"({large_unit} / {PARTS[-1]})"
    sized = (
        f"(SELECT source, entry, account, currency, month, size, manual, amount_local, booked, "
        f"{unit} AS unit, {large_unit} AS large_unit FROM {ledger.view} "
        f"JOIN {days_sql(ledger)} USING (month) "
        f"WHERE NOT estimate AND booked >= 1 AND booked % {coarsest} = 0)"
    )
    coarse = ", ".join(
        f"count(*) FILTER (booked % large_unit <> 0 AND booked % (large_unit / {parts}) = 0)"
        for parts in PARTS
    )
    rows = ledger.rows(
        "SELECT month, account, currency, count(DISTINCT booked) FILTER (booked % unit = 0), "
        "count(*) FILTER (booked % large_unit = 0), count(*) FILTER (booked % large_unit = 0 "
        f"AND manual AND size >= {ledger.floor}), {coarse} FROM {sized} GROUP BY 1, 2, 3"
    )
    rounds: dict[tuple[str, str], dict[str, _Rounds]] = defaultdict(dict)
    for month, account, currency, different, large, pointed, *parts in rows:
        rounds[account, currency][month] = _Rounds(different, large, pointed, tuple(parts))
    return _Amounts(cells, sized, rounds)


def _whole(cells: Cells) -> list[str]:
    """Return the currencies that are booked without decimals."""
    told: dict[str, int] = defaultdict(int)
    has: dict[str, int] = defaultdict(int)
    for (_, currency), months in cells.booked["whole"].items():
        told[currency] += sum(one.told for one in months.values())
        has[currency] += sum(one.has for one in months.values())
    return sorted(name for name in told if has[name] == told[name] >= PAST)


def _unit_sql(ledger: Ledger, least: int, digits: tuple[int, int], whole: list[str]) -> str:
    """Return SQL for the unit whose multiples are round at the size of ``booked``."""
    if ledger.policies.round_to is not None:
        return f"CAST({ledger.policies.round_to} AS DOUBLE)"

    def sized(kept: int) -> str:
        steps = " ".join(
            f"WHEN booked < 1e{kept + zeros} THEN 1e{zeros}" for zeros in range(least, _MOST)
        )
        return f"CASE {steps} ELSE 1e{_MOST} END"

    if not whole:
        return sized(digits[0])
    return (
        f"CASE WHEN currency IN ({listed(whole)}) THEN {sized(digits[1])} "
        f"ELSE {sized(digits[0])} END"
    )


def _shares(amounts: _Amounts, month: str) -> list[Breach]:
    ledger, booked = amounts.ledger, amounts.cells.booked["amounts"]
    history = ledger.history(month)
    judged = {}
    for place, months in booked.items():
        every = {one: months[one].has for one in history if one in months and months[one].has}
        if len(every) >= PAST_MONTHS and sum(every.values()) >= PAST:
            judged[place] = every
    found = []
    for place, before in judged.items():
        rounds = {one: held.different for one, held in amounts.rounds.get(place, {}).items()}
        now, every_now = rounds.get(month, 0), booked[place].get(month, Count()).has
        usual, past = sum(rounds.get(one, 0) for one in before), sum(before.values())
        if now < LEAST or now <= _most(before, rounds) * every_now:
            continue
        if more_than_usual(past, usual, every_now, now) > BELIEVED / len(judged):
            continue
        mine = f"account = {literal(place[0])} AND currency = {literal(place[1])}"
        held = entries_of(
            ledger,
            f"month = {literal(month)} AND {mine} AND booked % unit = 0",
            table=amounts.sized,
        )
        if held is not None:
            foreign = _foreign(place[1], ledger)
            told = (
                f"{now} of {every_now}{foreign} amounts on account {place[0]} are round; "
                f"{grouped(usual)} of {grouped(past)} were in {len(before)} months before"
            )
            found.append(_share(month, place[0], foreign, told, held))
    return found


def _most(before: Mapping[str, int], rounds: Mapping[str, int]) -> float:
    """Return the share of round amounts that a month must pass to be odd."""
    usual = sum(rounds.get(one, 0) for one in before) / sum(before.values())
    highest = max(
        (rounds.get(one, 0) / every for one, every in before.items() if every >= ENOUGH),
        default=0.0,
    )
    return max(TIMES * usual, highest)


def _foreign(currency: str, ledger: Ledger) -> str:
    home = ledger.evidence.conformed.declaration.company.currency
    return "" if currency == home else f" {currency}"


def _share(month: str, account: str, foreign: str, told: str, held: Entries) -> Breach:
    return breach(
        ROUND,
        month,
        held,
        reason=f"share{foreign}",
        subject=account,
        detail=told,
        advice="Ask what they were taken from; an estimate is booked as an accrual.",
    )


def _lone(amounts: _Amounts, month: str) -> list[Breach]:
    """Return large round amounts entered by hand on accounts where amounts are not round."""
    ledger, accounts = amounts.ledger, amounts.cells.counts["amounts"]
    rounds: dict[str, dict[str, list[_Rounds]]] = defaultdict(lambda: defaultdict(list))
    for (account, _), months in amounts.rounds.items():
        for when, held in months.items():
            rounds[account][when].append(held)
    if not any(each.pointed for months in rounds.values() for each in months.get(month, ())):
        return []
    judged = [_seen(amounts, account, month, rounds[account]) for account in accounts]
    seen = [one for one in judged if one is not None]
    found = []
    for one in news(seen, year_end=ledger.first_without_precedent(month)):
        held_now = entries_of(
            ledger,
            f"month = {literal(month)} AND account = {literal(one.key)} "
            f"AND booked % large_unit = 0 AND manual AND size >= {ledger.floor} "
            f"AND {ledger.not_taking_back(month)}",
            table=amounts.sized,
        )
        if held_now is not None:
            found.append(_large(month, one, held_now))
    return found


def _seen(
    amounts: _Amounts, account: str, month: str, rounds: Mapping[str, list[_Rounds]]
) -> Seen | None:
    """Return how often an account had a large round amount; None where it has them by chance.

    Where amounts are rounded to a tenth or a hundredth of the unit, as estimates are, some are
    round by chance: how many to expect follows from how many are multiples of the part.
    """
    months = amounts.cells.counts["amounts"][account]
    history = [one for one in amounts.ledger.history(month) if one in months]
    past, now = sum(months[one].told for one in history), months.get(month, Count()).told
    held = [(one, each) for one in history for each in rounds.get(one, ())]
    for place, parts in enumerate(PARTS):
        if past and now * sum(each.parts[place] for _, each in held) / past / parts > UNLIKELY:
            return None
    return Seen(
        account,
        past,
        sum(each.large for _, each in held),
        len(history),
        tuple(dict.fromkeys(one for one, each in held if each.large)),
        now,
        sum(each.pointed for each in rounds.get(month, ())),
    )


def _large(month: str, one: Seen, held: Entries) -> Breach:
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
