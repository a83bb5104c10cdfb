"""Shares of pools in receivers: direct, step by step in an order, or reciprocal."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from pfkit.errors import MeasureError, near_miss

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

METHODS: Final = ("direct", "step-down", "reciprocal")
#: Step-down orders that are tried: every one of seven pools; of more pools as many are drawn.
ORDERS: Final = 5040
_ROUNDED: Final = 0.0005  # shares printed with three decimals
_EXACT: Final = 1e-9
_SEED: Final = 7
_BATCH: Final = 630  # orders solved at once


@dataclass(frozen=True)
class Pool:
    """One declared pool of shared cost: what it holds, and how it is handed out."""

    name: str
    cost_centers: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    driver: str = ""
    metrics: Mapping[str, float] | None = None
    shares: Mapping[str, float] | None = None
    serves: Mapping[str, float] | None = None
    capacity: float | None = None

    @property
    def left(self) -> float:
        """The share that goes to products: what no other pool uses."""
        left = 1.0 - math.fsum((self.serves or {}).values())
        return 0.0 if abs(left) <= _ROUNDED else left

    def claims(self, cost_center: str, account: str) -> bool:
        """Return whether a ledger line belongs to the pool."""
        return (not self.cost_centers or cost_center in self.cost_centers) and (
            not self.accounts or account in self.accounts
        )


def read_pools(pools: Mapping[str, Mapping[str, Any]]) -> list[Pool]:
    """Return declared pools, each checked by itself and against the others.

    Raises
    ------
    MeasureError
        If a pool serves one that is not there, shares are not fractions or do not add up, or a
        pool says not how it is handed out.
    """
    found = [Pool(name, **told) for name, told in pools.items()]
    for pool in found:
        where = f"pools ({pool.name})"
        for other in pool.serves or {}:
            if other == pool.name:
                raise MeasureError(
                    f"{other!r} serves itself", where=where, advice="Leave its own share out."
                )
            if other not in pools:
                raise MeasureError(
                    f"it serves {other!r}, which is no pool",
                    where=where,
                    advice=near_miss(other, pools, noun="pool"),
                )
        _fractions(pool.serves or {}, where=where, most=1.0)
        _handed_out(pool, where)
    _reaching(found)
    return found


def _handed_out(pool: Pool, where: str) -> None:
    if pool.shares is not None:
        _fractions(pool.shares, where=where)
        whole = math.fsum(pool.shares.values())
        if abs(whole - 1) > _ROUNDED:
            raise MeasureError(
                f"the shares of products add up to {whole:.4g}, not to 1",
                where=where,
                advice="Give fractions of what the pool hands to products, such as 0.25.",
            )
    if pool.shares is not None and pool.driver:
        raise MeasureError(
            "it has both a driver and shares", where=where, advice="Keep one of the two."
        )
    if pool.left > 0 and pool.shares is None and not pool.driver:
        raise MeasureError(
            "nothing says how it is handed to products",
            where=where,
            advice="Name a driver, or the shares of products.",
        )
    if pool.capacity is not None and not (math.isfinite(pool.capacity) and pool.capacity > 0):
        raise MeasureError(
            f"its capacity is {pool.capacity:g}",
            where=where,
            advice="Give units of the driver a month that can be worked, above 0.",
        )


def _fractions(shares: Mapping[str, float], *, where: str, most: float = math.inf) -> None:
    for name, share in shares.items():
        if not (math.isfinite(share) and 0 <= share <= 1):
            raise MeasureError(
                f"{name!r} gets the share {share:g}",
                where=where,
                advice="Give shares as fractions from 0 to 1, as in 0.25.",
            )
    whole = math.fsum(shares.values())
    if whole > most + _ROUNDED:
        raise MeasureError(
            f"the shares of the pools it serves add up to {whole:.4g}, more than all of it",
            where=where,
            advice="Give fractions that leave the share of products, or add up to 1.",
        )


def _reaching(pools: Sequence[Pool]) -> None:
    """Refuse pools whose cost goes round among themselves and reaches no product."""
    reached = {pool.name for pool in pools if pool.left > 0}
    while more := {
        pool.name
        for pool in pools
        if pool.name not in reached
        and any(share and name in reached for name, share in (pool.serves or {}).items())
    }:
        reached |= more
    stuck = [pool.name for pool in pools if pool.name not in reached]
    if stuck:
        raise MeasureError(
            f"the cost of {' and '.join(map(repr, stuck))} goes round and reaches no product",
            where="pools",
            advice="Leave a share for products in one of them, with a driver.",
        )


def checked_order(order: Sequence[str], names: Sequence[str]) -> list[str]:
    """Return the order of pools, every one once; the declared order where none is given.

    Raises
    ------
    MeasureError
        If a pool is left out, named twice, or not there.
    """
    if not order:
        return list(names)
    for name in order:
        if name not in names:
            raise MeasureError(
                f"{name!r} is no pool", where="order", advice=near_miss(name, names, noun="pool")
            )
    for name in names:
        if list(order).count(name) != 1:
            raise MeasureError(
                f"{name!r} stands {list(order).count(name)} times in it",
                where="order",
                advice="Name every pool once.",
            )
    return list(order)


def effective(
    method: str, among: Floats, out: Floats, order: Sequence[int]
) -> tuple[Floats, Floats]:
    """Return what each pool gives other pools and receivers in the end; rows add up to 1.

    Parameters
    ----------
    method : str
        One of `METHODS`.
    among : numpy.ndarray
        Share of the row's pool that the column's pool uses.
    out : numpy.ndarray
        Share of the row's pool that the column's receiver uses; both together add up to 1.
    order : sequence of int
        Places of pools, the first to be handed out first.
    """
    kept = among if method == "reciprocal" else np.zeros_like(among)
    if method == "step-down":
        place = np.empty(len(order), dtype="int64")
        place[list(order)] = np.arange(len(order))
        kept = among * (place[None, :] > place[:, None])
    whole = kept.sum(axis=1) + out.sum(axis=1)
    closed = np.flatnonzero(whole <= _EXACT)
    if len(closed):
        raise ClosedPool(int(closed[0]))
    return kept / whole[:, None], out / whole[:, None]


class ClosedPool(Exception):  # noqa: N818 - told as a MeasureError, with the name of the pool
    """A pool whose every user is handed out before it."""

    def __init__(self, place: int) -> None:
        self.place = place
        super().__init__(place)


def final_shares(among: Floats, out: Floats) -> Floats:
    """Return the share of each pool's own cost that ends at each receiver."""
    return np.asarray(np.linalg.solve(np.eye(len(among)) - among, out))


def handed_on(among: Floats, own: Floats) -> Floats:
    """Return what each pool hands out: its own cost and what it was handed."""
    return np.asarray(np.linalg.solve(np.eye(len(among)) - among.T, own))


def whole_parts(total: NDArray[np.int64], shares: Floats) -> NDArray[np.int64]:
    """Split whole cents by shares, a row each, so that the parts add up to them.

    Notes
    -----
    Largest remainder method: parts are floored and the cents left over go to the largest
    remainders, the first of equals; receivers without a share get none.

    Examples
    --------
    >>> whole_parts(np.array([100, -100]), np.array([[1 / 3, 1 / 3, 1 / 3], [0.5, 0.5, 0.0]]))
    array([[ 34,  33,  33],
           [-50, -50,   0]])
    """
    exact = total[:, None] * shares
    parts = np.floor(exact).astype("int64")
    for row, left in enumerate((total - parts.sum(axis=1)).tolist()):
        users = np.flatnonzero(shares[row])
        if left and len(users):
            parts[row, users] += left // len(users)
            rest = exact[row, users] - np.floor(exact[row, users])
            parts[row, users[np.argsort(-rest, kind="stable")[: left % len(users)]]] += 1
    return parts


def _orders(count: int, most: int) -> Iterator[NDArray[np.int64]]:
    """Yield places of pools in the order, many orders at a time."""
    if math.factorial(count) <= most:
        yield np.array(list(itertools.permutations(range(count))), dtype="int64")
        return
    dice = np.random.default_rng(_SEED)
    for start in range(0, most, _BATCH):
        many = np.tile(np.arange(count), (min(_BATCH, most - start), 1))
        yield dice.permuted(many, axis=1)


def order_range(
    among: Floats, out: Floats, own: Floats, *, most_orders: int = ORDERS
) -> tuple[Floats, Floats, int] | None:
    """Return the least and most each receiver bears over step-down orders, and how many there are.

    Orders in which a pool's users are all handed out before it have no answer and are left out;
    None where every order is one.
    """
    if not len(own) or most_orders < 1:
        return None
    least, most, count = np.full(out.shape[1], np.inf), np.full(out.shape[1], -np.inf), 0
    for places in _orders(len(own), most_orders):
        kept = among[None] * (places[:, None, :] > places[:, :, None])
        whole = kept.sum(axis=2) + out.sum(axis=1)[None]
        fits = (whole > _EXACT).all(axis=1)
        if not fits.any():
            continue
        kept, whole = kept[fits], whole[fits]
        system = np.eye(len(own))[None] - np.swapaxes(kept / whole[:, :, None], 1, 2)
        handed = np.linalg.solve(system, np.broadcast_to(own, whole.shape)[:, :, None])[:, :, 0]
        borne = (handed / whole) @ out
        least, most = np.minimum(least, borne.min(axis=0)), np.maximum(most, borne.max(axis=0))
        count += len(kept)
    return (least, most, count) if count else None
