"""Who took up which feature when, and who could."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from pfkit.errors import ContractError, near_miss
from pfkit.measures.attribution.billing import month_label, month_numbers
from pfkit.measures.attribution.uses import uses_of
from pfkit.measures.rows import require

if TYPE_CHECKING:
    from pfkit.measures.attribution.billing import Codes
    from pfkit.measures.attribution.panel import Panel
    from pfkit.measures.attribution.uses import Uses

#: How a feature is given out, as a rollout table may say it.
HOW: Final = {
    "randomized": "randomized",
    "randomised": "randomized",
    "random": "randomized",
    "lot": "randomized",
    "experiment": "randomized",
    "holdout": "randomized",
    "waves": "waves",
    "wave": "waves",
    "staged": "waves",
    "opt_in": "opt_in",
    "opt-in": "opt_in",
    "optin": "opt_in",
    "opt in": "opt_in",
    "choice": "opt_in",
    "forced": "forced",
    "all": "forced",
    "everyone": "forced",
}
#: Month of a thing that never came.
NEVER: Final = 10**6


@dataclass(frozen=True)
class Adoption:
    """Features by customers.

    Attributes
    ----------
    features : tuple of str
        In alphabetical order.
    release : numpy.ndarray
        Month of release, counted as in the panel; `NEVER` where no release is known.
    first : numpy.ndarray
        Customers × features: month of first use, `NEVER` where there is none.
    available : numpy.ndarray
        Customers × features: month from which it could be used.
    wave : numpy.ndarray
        Customers × features: number of the wave, -1 where there is none.
    how : tuple of str
        ``randomized``, ``waves``, ``opt_in``, ``forced``, or empty where nothing says so.
    early : numpy.ndarray
        Customers whose use is stated before the release, by feature.
    strangers : int
        Customers that use features and are never billed.
    """

    features: tuple[str, ...]
    release: Codes
    first: Codes
    available: Codes
    wave: Codes
    how: tuple[str, ...]
    early: Codes
    strangers: int


def adoption(
    panel: Panel, usage: pd.DataFrame, releases: pd.DataFrame, rollout: pd.DataFrame | None
) -> Adoption:
    """Return who took up what when.

    Parameters
    ----------
    panel : Panel
        Customers by months.
    usage : pandas.DataFrame
        Table ``usage`` or ``exposures``: ``customer``, ``feature``, a month, optionally ``units``.
    releases : pandas.DataFrame
        Table ``releases``: ``feature`` and its month.
    rollout : pandas.DataFrame, optional
        Table ``rollout``: ``feature``, ``how``, ``available_from``; ``customer`` and ``wave``.

    Raises
    ------
    ContractError
        If a column is missing, a feature is released twice, or `how` is not known.
    """
    require(usage, ["customer", "feature"], name="usage")
    require(releases, ["feature"], name="releases")
    released = _releases(releases)
    uses = uses_of(usage)
    listed = sorted({str(one) for one in uses.features} | set(released))
    places = {name: place for place, name in enumerate(listed)}
    release = np.array([released.get(name, NEVER + panel.first) for name in listed]) - panel.first
    first, early, strangers = _first_use(panel, uses, places, release)
    available, wave, how = _rollout(panel, rollout, places, release)
    return Adoption(tuple(listed), release, first, available, wave, how, early, strangers)


def _releases(releases: pd.DataFrame) -> dict[str, int]:
    months = month_numbers(releases, name="releases")
    known = pd.DataFrame({"feature": releases["feature"].astype("str"), "month": months})
    known = known[known["month"] >= 0].drop_duplicates()
    again = known[known["feature"].duplicated(keep=False)]
    if len(again):
        name = str(again["feature"].iloc[0])
        when = again.loc[again["feature"] == name, "month"].tolist()
        raise ContractError(
            f"feature {name!r} is released in " + " and ".join(map(month_label, sorted(when))),
            where="releases",
            advice="Keep one release a feature, or name the later one as a feature of its own.",
        )
    return dict(zip(known["feature"].tolist(), known["month"].tolist(), strict=True))


def _first_use(
    panel: Panel, uses: Uses, places: dict[str, int], release: Codes
) -> tuple[Codes, Codes, int]:
    """Return the month of first use from the release on, and who used it before."""
    shape = (len(panel.names), len(places))
    customer = np.full(len(uses.customers) + 1, -1)
    asked = np.flatnonzero(uses.asked)
    customer[asked] = pd.Index(panel.names).get_indexer(uses.customers[asked].astype("str"))
    strangers = int((customer[asked] < 0).sum())
    feature = np.array([places.get(str(name), -1) for name in uses.features], dtype=np.int64)
    first = np.full(shape[0] * shape[1], NEVER)
    early = np.zeros(shape, dtype=bool)
    for who, which, number in uses.rows():
        month = number - panel.first
        mine = (customer[who] >= 0) & (number >= 0) & (month < panel.months)
        at = customer[who[mine]] * shape[1] + feature[which[mine]]
        month = month[mine]
        since = np.where(release[at % shape[1]] >= NEVER, -NEVER, release[at % shape[1]])
        before = month < since
        np.minimum.at(first, at[~before], month[~before])
        early.ravel()[at[before]] = True
    return first.reshape(shape), early.sum(0), strangers


def _rollout(
    panel: Panel, rollout: pd.DataFrame | None, places: dict[str, int], release: Codes
) -> tuple[Codes, Codes, tuple[str, ...]]:
    """Return from when each customer could use each feature, in which wave, and how it came."""
    shape = (len(panel.names), len(places))
    available = np.broadcast_to(release[None, :], shape).copy()
    wave, how = np.full(shape, -1), [""] * len(places)
    if rollout is None or len(rollout) == 0:
        return available, wave, tuple(how)
    require(rollout, ["feature"], name="rollout")
    for name, rows in rollout.groupby("feature", sort=True):
        if str(name) not in places:
            raise ContractError(
                f"feature {name!r} is neither released nor used",
                where="rollout",
                advice=near_miss(str(name), list(places), noun="feature"),
            )
        place = places[str(name)]
        how[place] = _how(rows, str(name))
        own, number = _own(panel, rows)
        if own is not None:
            available[:, place], wave[:, place] = own, number
    return available, wave, tuple(how)


def _how(rows: pd.DataFrame, feature: str) -> str:
    if "how" not in rows.columns:
        return ""
    said = {str(one).strip().casefold() for one in rows["how"].dropna().unique()}
    for one in sorted(said - set(HOW)):
        raise ContractError(
            f"how {one!r} is not known",
            where=f"rollout ({feature})",
            advice=near_miss(one, list(HOW), noun="way"),
        )
    ways = {HOW[one] for one in said}
    if len(ways) > 1:
        raise ContractError(
            f"feature {feature!r} is given out in {len(ways)} ways",
            where="rollout",
            advice="State one `how` a feature.",
        )
    return "".join(ways)


def _own(panel: Panel, rows: pd.DataFrame) -> tuple[Codes | None, Codes]:
    """Return each customer's month of availability and wave; None where rows name nobody."""
    number = np.full(len(panel.names), -1)
    if "customer" not in rows.columns or not bool(rows["customer"].notna().any()):
        return None, number
    require(rows, ["available_from"], name="rollout")
    rows = rows[rows["customer"].notna()]
    month = month_numbers(rows, name="rollout", column="available_from")
    opened = np.where(month < 0, NEVER, month - panel.first)
    at = pd.Index(panel.names).get_indexer(pd.Index(rows["customer"].astype("str")))
    available = np.full(len(panel.names), NEVER)
    np.minimum.at(available, at[at >= 0], opened[at >= 0])
    groups = rows["wave"] if "wave" in rows.columns and rows["wave"].notna().any() else month
    number[at[at >= 0]] = pd.factorize(groups)[0][at >= 0]
    return available, number
