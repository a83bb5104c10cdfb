"""What a book may declare about shared cost: pools, their drivers, and how they are handed out."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from pfkit.conform.shape import Strict
from pfkit.errors import near_miss

Driver = Literal["hours", "usage", "revenue", "units", "orders", "customers"]
Share = Annotated[float, Field(ge=0, le=1)]
#: Tables of which a driver needs one.
NEEDS: dict[str, tuple[str, ...]] = {
    "hours": ("effort",),
    "usage": ("usage",),
    "revenue": ("invoices", "actuals"),
    "units": ("invoices",),
    "orders": ("invoices",),
    "customers": ("invoices",),
}
_ROUNDED = 0.0005


class DrivenBy(Strict):
    """A driver, and what one unit of each of its metrics weighs."""

    driver: Driver
    metrics: dict[str, float] = Field(default_factory=dict)


def _short(value: object) -> object:
    return {"driver": value} if isinstance(value, str) else value


class PoolOf(Strict):
    """A pool of shared cost: the ledger lines it holds, who uses it, and by which driver."""

    pool: str = Field(min_length=1)
    cost_centers: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    driver: Driver | None = None
    metrics: dict[str, float] = Field(default_factory=dict)
    shares: dict[str, Share] = Field(default_factory=dict)
    serves: dict[str, Share] = Field(default_factory=dict)
    capacity: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _whole(self) -> PoolOf:
        served = math.fsum(self.serves.values())
        shared = math.fsum(self.shares.values())
        message = ""
        if not self.cost_centers and not self.accounts:
            message = f"pool {self.pool!r} holds no ledger line; name cost_centers or accounts"
        elif served > 1 + _ROUNDED:
            message = f"pool {self.pool!r} serves {served:.4g} of itself, more than all of it"
        elif self.shares and abs(shared - 1) > _ROUNDED:
            message = f"the shares of pool {self.pool!r} add up to {shared:.4g}, not to 1"
        elif bool(self.shares) == bool(self.driver) and served < 1 - _ROUNDED:
            message = f"give pool {self.pool!r} either a driver or the shares of products"
        elif self.capacity is not None and self.driver is None:
            message = f"pool {self.pool!r} has a capacity and no driver that counts its units"
        if message:
            raise ValueError(message)
        return self

    def plain(self) -> dict[str, Any]:
        """Return it as a measure takes it."""
        return {
            "cost_centers": self.cost_centers,
            "accounts": self.accounts,
            "driver": self.driver or "",
            "metrics": dict(self.metrics),
            "shares": dict(self.shares) or None,
            "serves": dict(self.serves),
            "capacity": self.capacity,
        }


class Capitalization(Strict):
    """Which hours are development, which of them are an asset, and over how many months."""

    cost_centers: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    life_months: int = Field(default=36, ge=1)


class Allocating(Strict):
    """How shared cost reaches products, and cost of products their customers."""

    method: Literal["direct", "step-down", "reciprocal"] = "direct"
    order: tuple[str, ...] = ()
    pools: tuple[PoolOf, ...] = ()
    customers: tuple[Annotated[DrivenBy, BeforeValidator(_short)], ...] = (
        DrivenBy(driver="revenue"),
    )

    @model_validator(mode="after")
    def _names_agree(self) -> Allocating:
        names = [pool.pool for pool in self.pools]
        for name in names:
            if names.count(name) > 1:
                message = f"two pools are named {name!r}; every pool needs its own name"
                raise ValueError(message)
        for pool in self.pools:
            for other in pool.serves:
                if other == pool.pool or other not in names:
                    known = [name for name in names if name != pool.pool]
                    advice = near_miss(other, known, noun="pool")
                    message = f"pool {pool.pool!r} serves {other!r}, no other pool. {advice}"
                    raise ValueError(message)
        if self.order and sorted(self.order) != sorted(names):
            odd = [name for name in [*self.order, *names] if self.order.count(name) != 1]
            odd += [name for name in self.order if name not in names]
            message = f"order must name every pool once, and {odd[0]!r} is not so named"
            raise ValueError(message)
        _no_loop(self.pools)
        return self

    def refuse_without(self, tables: tuple[str, ...]) -> None:
        """Refuse a driver that no source of the book counts."""
        used = {pool.driver: pool.pool for pool in self.pools if pool.driver}
        for driver, pool in used.items():
            if not set(NEEDS[driver]) & set(tables):
                needs = " or ".join(NEEDS[driver])
                message = (
                    f"pool {pool!r} goes by {driver}, and no source feeds table {needs}, "
                    "which counts them"
                )
                raise ValueError(message)


def _no_loop(pools: tuple[PoolOf, ...]) -> None:
    reached = {pool.pool for pool in pools if math.fsum(pool.serves.values()) < 1 - _ROUNDED}
    for _ in pools:
        reached |= {
            pool.pool
            for pool in pools
            if any(share and name in reached for name, share in pool.serves.items())
        }
    stuck = [pool.pool for pool in pools if pool.pool not in reached]
    if stuck:
        message = (
            f"the cost of {' and '.join(map(repr, stuck))} goes round and reaches no product; "
            "leave a share for products in one of them"
        )
        raise ValueError(message)
