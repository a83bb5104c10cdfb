"""Products on the day of their launch, and after: made up with true curves, and a wholesaler's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

import pfkit as pf
from pfkit.measures.fleet.periods import period_label, read_period

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pfkit.measures.medians import Array

    Peer = Callable[[dict[str, Array], int], dict[str, Array]]

#: Months since the launch at which products are forecast.
AGES = (0, 1, 3, 6, 9, 12, 18, 23)
_START, _NOW, _AHEAD, _SEEDS = 2018 * 12, 60, 12, 3
_FAMILIES, _OLD, _LAUNCHED, _TESTED = 4, 10, 30, 12
#: AutoETS refuses fewer values ("tiny datasets").
_PEER_FROM = 10
_HEAD = f"{'':<26}{'n':>5}{'months':>7}{'error':>7}{'80 %':>6}{'95 %':>6}{'none':>6}"
_BOUNDS = ["mean", "lo80", "hi80", "lo95", "hi95"]


def launched(folder: Path, peers: dict[str, Peer]) -> list[str]:
    """Return lines: error and coverage of launches by age.

    The error is that of all periods over all that came. What is known of others ends on the same
    day; nobody knows the size of a launch beforehand but by its plan, which is off by a quarter.
    """
    lines = ["made-up companies: launch curves, seasons and plans of their own", _HEAD]
    made = [_company(seed) for seed in range(_SEEDS)]
    for age in AGES:
        for plan in (True, False) if age == 0 else (False,):
            found = [_asked(company, age, plan=plan) for company in made]
            name = "launch_forecast, plan" if plan else "launch_forecast"
            lines += _lines(name, age, [one for one in found if len(one)])
        if age:
            lines += _lines("forecast", age, [_engine(company, age) for company in made])
        if age >= _PEER_FROM:
            for name, peer in peers.items():
                lines += _lines(name, age, [_others(peer, company, age) for company in made])
        lines += _lines("last value, or size", age, [_naive(company, age) for company in made])
    lines += ["", "the wholesaler's new products, amounts by month (data/real/invoices)", _HEAD]
    sold = _wholesaler(folder)
    months = sorted(sold["period"].unique())
    for age in (0, 1, 2, 3):
        cuts = [_Cut.at(sold, now, age) for now in months[4:-1]]
        own = [cut.launch() for cut in cuts]
        lines += _lines("launch_forecast", age, own)
        if age:
            lines += _lines("forecast", age, _same([cut.engine() for cut in cuts], own))
        lines += _lines("last value, or size", age, _same([cut.naive() for cut in cuts], own))
    return lines


def _lines(name: str, age: int, parts: list[pd.DataFrame]) -> list[str]:
    """Return one line: products, periods, error and coverage."""
    found = pd.concat(parts) if parts else pd.DataFrame()
    if not len(found):
        return []
    known = found[found["mean"].notna()]
    error = (known["mean"] - known["came"]).abs().sum() / known["came"].abs().sum()
    held = []
    for level in (80, 95):
        some = known[known[f"lo{level}"].notna()]
        inside = some["came"].between(some[f"lo{level}"], some[f"hi{level}"]).mean()
        held.append(f"{100 * inside:6.1f}" if len(some) else f"{'–':>6}")
    none = len(found) - len(known)
    return [f"{name:<26}{age:>5}{len(known):>7,}{error:7.3f}{held[0]}{held[1]}{none:>6,}"]


def _same(parts: list[pd.DataFrame], own: list[pd.DataFrame]) -> list[pd.DataFrame]:
    """Return the periods that have a forecast by launches, so that all are judged by the same."""
    keys = ["series_id", "period"]
    return [
        part.merge(mine.loc[mine["mean"].notna(), keys], on=keys)
        for part, mine in zip(parts, own, strict=True)
    ]


def _company(seed: int) -> pd.DataFrame:
    """Return a company: old products, launches before now, and launches of every age now."""
    rng = np.random.default_rng([7, seed])
    at, parts = np.arange(_NOW + _AHEAD), []
    for family in range(_FAMILIES):
        wave = 0.25 * np.sin(2 * np.pi * (at / 12 + rng.uniform()))
        slow, fade = rng.uniform(1, 6), rng.uniform(0.0, 0.03)
        ages = [None] * _OLD + [*rng.integers(24, 54, _LAUNCHED), *np.repeat(AGES, _TESTED)]
        for k, age in enumerate(ages):
            old = at + 40 if age is None else at - (_NOW - int(age))
            ramp = np.where(old >= 0, _ramp(np.maximum(old, 0), slow, fade), 0.0)
            size = 100 * np.exp(rng.normal(0, 0.5))
            noise = np.exp(rng.normal(0, 0.12, len(at)) + wave)
            part = {"family": f"F{family}", "series_id": f"f{family}p{k:03d}", "at": at}
            first = size * _ramp(np.arange(12.0), slow, fade).mean()
            rows = pd.DataFrame(part | {"value": size * ramp * noise, "known": -1})
            rows["plan"] = first * np.exp(rng.normal(0, 0.25))
            rows["known"] = -1 if age is None or k < _OLD + _LAUNCHED else int(age)
            rows["launch"] = -1 if age is None else _NOW - int(age)
            parts.append(rows[old >= 0])
    found = pd.concat(parts, ignore_index=True)
    return found.assign(period=[period_label(12, _START + k) for k in found["at"].tolist()])


def _ramp(age: Array, slow: float, fade: float) -> Array:
    """Return how large a product is at an age: it rises slowly, then fades."""
    return np.asarray((1 - np.exp(-(age + 1) / slow)) * np.exp(-fade * age))


def _asked(company: pd.DataFrame, age: int, *, plan: bool) -> pd.DataFrame:
    past, later = company[company["at"] < _NOW], company[company["at"] >= _NOW]
    first = company.drop_duplicates("series_id").assign(
        period=lambda rows: [period_label(12, _START + k) for k in rows["launch"].tolist()]
    )
    wanted = first[(first["known"] == age) | (plan & (first["launch"] >= 0))]
    columns = ["series_id", "family", "period", *(["plan"] if plan else [])]
    said = pf.launch_forecast(past, wanted[columns], siblings="family", horizon=_AHEAD)
    return _joined(said, later[later["known"] == age])


def _engine(company: pd.DataFrame, age: int) -> pd.DataFrame:
    past, later = company[company["at"] < _NOW], company[company["at"] >= _NOW]
    said = pf.forecast(past, tier="fast", siblings="family", horizon=_AHEAD)
    return _joined(said, later[later["known"] == age])


def _others(peer: Peer, company: pd.DataFrame, age: int) -> pd.DataFrame:
    past, later = company[company["at"] < _NOW], company[company["at"] >= _NOW]
    some = past[past["known"] == age].groupby("series_id")["value"]
    said = peer({str(name): values.to_numpy() for name, values in some}, 12)
    parts = [
        pd.DataFrame(values[:_AHEAD], columns=_BOUNDS[:3]).assign(
            lo95=np.nan,
            hi95=np.nan,
            series_id=name,
            period=[period_label(12, _START + _NOW + k) for k in range(_AHEAD)],
        )
        for name, values in said.items()
    ]
    return _joined(pd.concat(parts), later[later["known"] == age])


def _naive(company: pd.DataFrame, age: int) -> pd.DataFrame:
    """Return the last value; before the launch, the family's median value of the last month."""
    past, later = company[company["at"] < _NOW], company[company["at"] >= _NOW]
    last = past[past["at"] == _NOW - 1]
    wanted = later[later["known"] == age]
    own = wanted["series_id"].map(last.set_index("series_id")["value"])
    middle = wanted["family"].map(last.groupby("family")["value"].median())
    said = wanted[["series_id", "period"]].assign(mean=own.fillna(middle))
    return _joined(said.assign(**dict.fromkeys(_BOUNDS[1:], np.nan)), wanted)


def _joined(said: pd.DataFrame, came: pd.DataFrame) -> pd.DataFrame:
    kept = came[["series_id", "period", "value"]].rename(columns={"value": "came"})
    found = said[["series_id", "period", *_BOUNDS]].merge(kept, on=["series_id", "period"])
    return found.astype(dict.fromkeys(_BOUNDS, float))


def _wholesaler(folder: Path) -> pd.DataFrame:
    """Return amounts by product and month, zero where nothing was sold after its first month."""
    parts = []
    for path in sorted(folder.glob("online_retail_*.csv.gz")):
        lines = pd.read_csv(path, usecols=["StockCode", "Quantity", "UnitPrice"], dtype={0: str})
        lines = lines[(lines["Quantity"] > 0) & lines["StockCode"].str.match(r"\d{5}")]
        amount = (lines["Quantity"] * lines["UnitPrice"]).groupby(lines["StockCode"]).sum()
        parts.append(amount.rename(path.name[14:21]))
    wide = pd.concat(parts, axis=1).fillna(0.0)
    wide = wide[wide.sum(axis=1) > 0]
    first = (wide > 0).to_numpy().argmax(axis=1)
    long = wide.rename_axis("series_id").reset_index().melt("series_id", var_name="period")
    begun = long["series_id"].map(pd.Series(first, index=wide.index))
    at = long["period"].map({name: k for k, name in enumerate(wide.columns)})
    families = pd.read_csv(folder / "families_authored_here.csv", dtype=str)
    kin = families.set_index("stock_code")["family"]
    long = long.assign(family=long["series_id"].map(kin).fillna("(none)"), begun=begun, at=at)
    return long[at >= begun].reset_index(drop=True)


class _Cut:
    """The wholesaler's products as known at the end of a month."""

    def __init__(self, past: pd.DataFrame, later: pd.DataFrame, first: pd.DataFrame) -> None:
        self.past, self.later, self.first = past, later, first

    @classmethod
    def at(cls, sold: pd.DataFrame, now: str, age: int) -> _Cut:
        found = read_period(now)
        month = period_label(12, (found or (12, 0))[1] + 1 - age)
        first = sold.drop_duplicates("series_id")
        first = first[first["period"] == month]
        later = sold[(sold["period"] > now) & sold["series_id"].isin(first["series_id"])]
        return cls(sold[sold["period"] <= now], later, first)

    def launch(self) -> pd.DataFrame:
        columns = ["series_id", "family", "period"]
        ahead = max(self.later["period"].nunique(), 1)
        said = pf.launch_forecast(self.past, self.first[columns], siblings="family", horizon=ahead)
        return _joined(said, self.later)

    def engine(self) -> pd.DataFrame:
        ahead = max(self.later["period"].nunique(), 1)
        return _joined(pf.forecast(self.past, tier="fast", horizon=ahead), self.later)

    def naive(self) -> pd.DataFrame:
        last = self.past[self.past["period"] == self.past["period"].max()]
        own = self.later["series_id"].map(last.set_index("series_id")["value"])
        said = self.later[["series_id", "period"]].assign(mean=own.fillna(last["value"].median()))
        return _joined(said.assign(**dict.fromkeys(_BOUNDS[1:], np.nan)), self.later)
