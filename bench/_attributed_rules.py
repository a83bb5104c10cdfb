"""Rules of thumb that say what a feature earned, each from the tables anyone would have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from bench._attributed import Company

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

#: Months before a customer's first feature whose mean is what it paid without any.
USUAL = 3
#: Rounds of taking out customer and month means; a panel with gaps needs more than one.
ROUNDS, CLOSE = 200, 1e-9
#: Share of a variable left within customers and months below which it is told by them.
SAME = 1e-6


@dataclass(frozen=True)
class Panel:
    """Customer by month, after repeats are dropped and what came back is put at its charge."""

    features: tuple[str, ...]
    local: Floats  # customers x months, net, as billed
    revenue: Floats  # the same in reporting currency
    first: Whole  # customers x features; the number of months stands for never
    units: NDArray[np.float32]  # features x customers x months

    @property
    def months(self) -> int:
        """Return the months of the window."""
        return int(self.local.shape[1])

    @property
    def used(self) -> NDArray[np.bool_]:
        """Return features x customers x months since first use."""
        return np.arange(self.months) >= self.first.T[:, :, None]


def panel(company: Company) -> Panel:
    """Return the panel of a company."""
    lines = company.invoices.drop_duplicates("invoice_id")
    months = company.ledger["month"].to_numpy()
    names = pd.Index(company.customers["customer"])
    count = len(names)
    who = names.get_indexer(lines["customer"])
    posted = np.searchsorted(months, lines["month"].to_numpy())
    code = pd.Index(company.rates["currency"].unique())
    rates = company.rates["rate"].to_numpy().reshape(len(code), len(months))
    of = code.get_indexer(lines["currency"])
    amount = lines["amount_local"].to_numpy()
    to = pd.Index(lines["invoice_id"]).get_indexer(lines["refers_to"])
    month = np.where(to >= 0, posted[to], posted)
    at = who * len(months) + month
    shape = (count, len(months))
    size = count * len(months)
    local = np.bincount(at, amount, size).astype(np.float64).reshape(shape)
    value = np.bincount(at, amount * rates[of, posted], size).astype(np.float64).reshape(shape)
    listed = tuple(company.releases["feature"])
    feature = pd.Index(listed).get_indexer(company.usage["feature"])
    user = names.get_indexer(company.usage["customer"])
    when = np.searchsorted(months, company.usage["month"].to_numpy())
    units = np.zeros((len(listed), *shape), dtype=np.float32)
    units[feature, user, when] = company.usage["units"].to_numpy()
    any_use = units > 0
    first = np.where(any_use.any(axis=2), any_use.argmax(axis=2), len(months)).T
    return Panel(listed, local, value, first, units)


def expansion(known: Panel) -> Floats:
    """Return what each customer paid above its usual since its first feature."""
    month = np.arange(known.months)
    began = known.first.min(axis=1)
    there = known.revenue > 0
    start = there.argmax(axis=1)
    since = np.maximum(began - USUAL, start)
    usual = there & (month >= since[:, None]) & (month < np.maximum(began, start + 1)[:, None])
    level = (known.revenue * usual).sum(axis=1) / np.maximum(usual.sum(axis=1), 1)
    more = np.maximum(known.revenue - level[:, None], 0.0)
    return np.where(there & (month >= began[:, None]), more, 0.0)


def _touch(known: Panel, *, last: bool) -> Floats:
    """Credit the expansion to the feature taken up last, or first; to all of them if at once."""
    used = known.used
    first = known.first.T[:, :, None]
    key = np.where(used, first if last else known.months - first, -1)
    best = used & (key == key.max(axis=0))
    return _credited(known, best.astype(np.float64))


def _credited(known: Panel, weight: Floats) -> Floats:
    total = weight.sum(axis=0)
    per = np.divide(expansion(known), total, out=np.zeros_like(total), where=total > 0)
    credit: Floats = np.einsum("fct,ct->f", weight, per)
    return credit


def last_touch(known: Panel) -> Floats:
    """Credit the feature taken up last."""
    return _touch(known, last=True)


def first_touch(known: Panel) -> Floats:
    """Credit the feature taken up first."""
    return _touch(known, last=False)


def linear_touch(known: Panel) -> Floats:
    """Credit all features in use alike."""
    return _credited(known, known.used.astype(np.float64))


def usage_share(known: Panel) -> Floats:
    """Credit features by their units of use in the month."""
    return _credited(known, known.units.astype(np.float64))


def markov(known: Panel) -> Floats:
    """Credit features by what removing each does to the chance of expanding, first order."""
    count = len(known.features)
    order = np.argsort(known.first, axis=1, kind="stable")
    when = np.take_along_axis(known.first, order, axis=1)
    taken = when < known.months
    grew = expansion(known).sum(axis=1) > 0
    # states: features, then start, expanded, not
    start, yes, no = count, count + 1, count + 2
    end = np.where(grew, yes, no)[:, None]
    state = np.where(taken, order, end)
    path = np.concatenate([np.full((len(state), 1), start), state, end], axis=1)
    step = path[:, :-1] < yes
    moves = np.bincount(
        path[:, :-1][step] * (count + 3) + path[:, 1:][step], minlength=(count + 3) ** 2
    )
    table = moves.reshape(count + 3, count + 3)[: count + 1].astype(float)
    table /= np.maximum(table.sum(axis=1, keepdims=True), 1)
    whole = _reaches(table, start, yes)
    removed = np.zeros(count)
    for feature in range(count):
        less = table.copy()
        less[:, no] += less[:, feature]
        less[:, feature] = 0.0
        removed[feature] = 1 - _reaches(less, start, yes) / max(whole, 1e-12)
    share = removed / max(removed.sum(), 1e-12)
    credit: Floats = share * float(expansion(known).sum())
    return credit


def _reaches(table: Floats, start: int, goal: int) -> float:
    among = np.eye(start + 1) - table[:, : start + 1]
    return float(np.linalg.solve(among, table[:, goal])[start])


def before_after(known: Panel) -> Floats:
    """Compare users after first use with the same users before, month for month."""
    there = known.revenue > 0
    found = np.zeros(len(known.features))
    for feature, used in enumerate(known.used):
        earlier, later = there & ~used, there & used
        number = earlier.sum(axis=1)
        both = (number > 0) & later.any(axis=1)
        level = (known.revenue * earlier).sum(axis=1) / np.maximum(number, 1)
        gap = np.where(later, known.revenue - level[:, None], 0.0).sum(axis=1)
        found[feature] = gap[both].sum()
    return found


def within(values: Floats, there: NDArray[np.bool_]) -> Floats:
    """Return variables (variables x customers x months) without customer and month means."""
    mask = there.astype(np.float64)
    by_customer = np.maximum(mask.sum(axis=1), 1)
    by_month = np.maximum(mask.sum(axis=0), 1)
    found = values * mask
    for _ in range(ROUNDS):
        found -= (found.sum(axis=2) / by_customer)[:, :, None] * mask
        level = found.sum(axis=1) / by_month
        found -= level[:, None, :] * mask
        if np.abs(level).max() < CLOSE:
            break
    return found


def _lifts(known: Panel) -> tuple[Floats, Floats]:
    """Return variables' cross products and their products with log revenue, both within."""
    there = known.local > 0
    log = np.log(np.where(there, known.local, 1.0))
    held = within(np.concatenate([known.used.astype(np.float64), log[None]]), there)
    flat = held.reshape(len(held), -1)
    products = flat @ flat.T
    return products[:-1, :-1], products[:-1, -1]


def _removed(known: Panel, lift: Floats) -> Floats:
    money = np.einsum("fct,ct->f", known.used.astype(np.float64), known.revenue)
    lost: Floats = money * -np.expm1(-lift)
    return lost


def twfe_each(known: Panel) -> Floats:
    """Regress log revenue on one feature at a time with customer and month effects."""
    among, with_ = _lifts(known)
    own = np.diagonal(among)
    varies = own > SAME * known.used.sum(axis=(1, 2))
    return _removed(known, np.divide(with_, own, out=np.zeros_like(with_), where=varies))


def twfe_joint(known: Panel) -> Floats:
    """Regress log revenue on all features with customer and month effects."""
    among, with_ = _lifts(known)
    lift = np.asarray(np.linalg.lstsq(among, with_, rcond=SAME)[0], dtype=np.float64)
    return _removed(known, lift)


RULES: dict[str, Callable[[Panel], Floats]] = {
    "last touch": last_touch,
    "first touch": first_touch,
    "linear touch": linear_touch,
    "usage share of expansion": usage_share,
    "Markov removal": markov,
    "before/after": before_after,
    "TWFE, one at a time": twfe_each,
    "TWFE, joint": twfe_joint,
}
