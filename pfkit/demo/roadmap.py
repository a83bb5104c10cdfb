"""The demo company's roadmap as it exports it: features, releases, rollout; and the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from pfkit.demo.company import FEATURES
from pfkit.demo.exports import plain
from pfkit.demo.features import NEVER, NEW, RELEASES, WAVES
from pfkit.demo.ventures import VENTURES, begin_of

if TYPE_CHECKING:
    from pfkit.demo.market import Market
    from pfkit.demo.timeline import Timeline

DRAWN = 14  # days before its release on which a rollout is decided
#: Kinds of billed lines that follow seats.
_FOLLOWS = ("Subscription", "Usage", "Credit note", "Refund")
_EVERYBODY = "(none)"


class Planned(NamedTuple):
    """A feature still to come."""

    feature: str
    initiative: str  # empty where none pays for it
    ahead: int  # months after the last month
    promised: float  # net revenue a year it is expected to add, EUR


PLANNED = (
    Planned("Scheduled exports", "", 2, 240e3),
    Planned("Migration path", "Quarry migration path", 4, 680e3),
)


def feature_rows(market: Market) -> pd.DataFrame:
    """Return features: what each works in, and the initiative that paid for it."""
    numbers = _numbers()
    paid = {release.feature: (release.product, release.initiative) for release in RELEASES}
    paid |= {planned.feature: ("", planned.initiative) for planned in PLANNED}
    names = [name for name, _, _ in FEATURES] + [name for name, _ in NEW]
    names += [planned.feature for planned in PLANNED]
    rows = []
    for name in names:
        product, initiative = paid.get(name, ("", ""))
        known = product if product in market.products.names else ""
        rows.append((name, known, numbers.get(initiative, "")))
    return pd.DataFrame(rows, columns=["Feature", "Product", "Initiative"])


def release_rows(time: Timeline) -> pd.DataFrame:
    """Return releases: as planned when the initiative was approved, as they came, and to come."""
    ventures = {venture.name: venture for venture in VENTURES}
    rows = []
    for release in RELEASES:
        venture = ventures[release.initiative]
        begin = begin_of(time, venture)
        approved = time.first_day(begin) - 12
        day = _day(time, -release.age)
        if approved < day:
            planned = _day(time, begin + venture.build - time.last)
            rows.append((release.feature, planned, "planned", release.promised, approved))
        rows.append((release.feature, day, "released", release.promised, day))
    known = time.last_day(time.last) - 20
    rows += [
        (coming.feature, _day(time, coming.ahead), "planned", coming.promised, known)
        for coming in PLANNED
    ]
    return pd.DataFrame(
        [
            (name, str(day), status, str(round(amount)), str(known))
            for name, day, status, amount, known in rows
        ],
        columns=["Feature", "Day", "Status", "Expected EUR a year", "Known on"],
    )


def rollout_rows(market: Market, customers: pd.DataFrame) -> pd.DataFrame:
    """Return who could use what from when, and who decided it; in one row where all could."""
    time, adopted = market.time, market.adopted
    codes = customers["customer"].to_numpy()
    rows: list[tuple[str, ...]] = []
    for at, release in enumerate(RELEASES):
        day = _day(time, -release.age)
        decided = day - DRAWN
        by_lot = release.how == "randomized"
        if not by_lot and not release.product:
            rows.append((release.feature, _EVERYBODY, release.how, "", str(day), str(decided)))
            continue
        wave, available = adopted.wave[:, at], adopted.available[:, at]
        for who in np.flatnonzero(wave >= 0 if by_lot else available < NEVER):
            first = available[who] - time.last
            opened = _day(time, int(first)) if available[who] < NEVER else None
            known = decided if by_lot or opened is None else max(decided, opened)
            name = WAVES[wave[who]] if by_lot else ""
            day_or_blank = "" if opened is None else str(opened)
            rows.append((release.feature, codes[who], release.how, name, day_or_blank, str(known)))
    columns = ["Feature", "Customer", "How", "Wave", "From", "Decided on"]
    return pd.DataFrame(rows, columns=columns)


def planted_effects(market: Market, billed: pd.DataFrame) -> list[dict[str, Any]]:
    """Return what each release truly does, and the net revenue there would not have been without.

    The amount is an expectation: of every billed line that follows seats, the part that the lift
    stands for, in EUR as billed. A credit counts by the month of the invoice it takes back.
    """
    time, adopted = market.time, market.adopted
    follows = billed["kind"].isin(_FOLLOWS) & billed["posted"] & (billed["document"] != "PRO")
    lines = billed[follows]
    referred = lines["refers_to"].str[1:7].where(lines["refers_to"] != "")
    months = {label.replace("-", ""): at for at, label in enumerate(time.labels)}
    month = referred.map(months).fillna(lines["month"]).astype("int64").to_numpy()
    subscription, cents = lines["subscription"].to_numpy(), lines["eur"].to_numpy()
    numbers, found = _numbers(), []
    for at, release in enumerate(RELEASES):
        lost = -np.expm1(-adopted.lift[subscription, at, month])
        found.append(
            {
                "feature": release.feature,
                "initiative": numbers[release.initiative],
                "released": str(_day(time, -release.age))[:7],
                "how": release.how,
                "lift": release.lift,
                "customers": int((adopted.first[:, at] < time.stop).sum()),
                "incremental": plain(int(np.rint((cents * lost).sum()))),
            }
        )
    return found


def _numbers() -> dict[str, str]:
    return {venture.name: f"I-{number:02d}" for number, venture in enumerate(VENTURES, 1)}


def _day(time: Timeline, ahead: int) -> np.datetime64:
    """Return the first day of the month so many after the last one."""
    return np.datetime64(time.grid[time.last] + ahead, "D")
