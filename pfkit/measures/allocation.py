"""Allocation of service departments: what each department that makes products bears in the end."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from pfkit.errors import MeasureError, near_miss
from pfkit.measures.rows import MONEY, TEXT, result, row_keys
from pfkit.money import apart, cents

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    Costs = Mapping[str, float]
    Services = Mapping[str, Mapping[str, float]]

Method = Literal["direct", "step-down", "reciprocal"]

_ROUNDED: Final = 0.005  # printed shares of 33.3 % are meant to be a third
_EXACT: Final = 1e-6


@dataclass(frozen=True)
class Allocation:
    """Where the cost of service departments ends up.

    Attributes
    ----------
    method : str
        ``direct``, ``step-down`` or ``reciprocal``.
    borne : mapping of str to float
        Production department to its own cost and what it was allocated.
    allocated : mapping of str to float
        Service department to the cost allocated out of it, with what it received before.
    flows : mapping of str to mapping of str to float
        Service department to what each department was allocated out of it.
    own : mapping of str to float
        Every department to its cost before allocation.
    """

    method: Method
    borne: Mapping[str, float]
    allocated: Mapping[str, float]
    flows: Mapping[str, Mapping[str, float]]
    own: Mapping[str, float]

    def table(self) -> pd.DataFrame:
        """Return one row per production department and a total, in whole cents.

        Returns
        -------
        pandas.DataFrame
            ``row_key``, ``department``, ``role`` (``item``, ``total``), ``own`` (cost before
            allocation), ``allocated`` (received) and ``borne`` in currency. ``borne`` adds up to
            the cost of all departments, rounded to the cent.
        """
        names = list(self.borne)
        total, *borne = apart(list(self.borne.values()), total=math.fsum(self.own.values()))
        own = [cents(self.own.get(name, 0.0)) for name in names]
        rows = [
            {
                "row_key": key,
                "department": name,
                "role": "item",
                "own": float(before),
                "allocated": float(after - before),
                "borne": float(after),
            }
            for key, name, before, after in zip(
                row_keys([(name,) for name in names], reserved=["total"]),
                names,
                own,
                borne,
                strict=True,
            )
        ]
        kept = sum(own, Decimal(0))
        rows.append(
            {
                "row_key": "total",
                "department": "Total",
                "role": "total",
                "own": float(kept),
                "allocated": float(total - kept),
                "borne": float(total),
            }
        )
        columns = {"row_key": TEXT, "department": TEXT, "role": TEXT}
        return result(rows, columns | dict.fromkeys(("own", "allocated", "borne"), MONEY))


def allocate_direct(costs: Costs, services: Services) -> Allocation:
    r"""Allocate service departments to production departments only, as if none served another.

    Use it where services hardly serve each other; `allocate_reciprocal` is exact where they do.

    Parameters
    ----------
    costs : mapping of str to float
        Department to its cost in currency, services and production; may be negative.
    services : mapping of str to mapping of str to float
        Service department to each department that uses it and the share it uses, 0 to 1.

    Returns
    -------
    Allocation
        ``borne`` per production department; ``table()`` gives it in whole cents.

    Raises
    ------
    MeasureError
        If shares are below 0, add up to more than 1 or to nothing, a cost is not finite, or no
        production department uses a service.

    Notes
    -----
    Production p bears :math:`c_p + \sum_s c_s\, a_{sp} / \sum_q a_{sq}`, q over production. What is
    borne adds up to the cost of all departments.

    References
    ----------
    .. [1] Horngren, Datar and Rajan, *Cost Accounting*, ch. 15 (support departments).

    Examples
    --------
    >>> shares = {"IT": {"HR": 0.5, "Make": 0.3, "Sell": 0.2}, "HR": {"Make": 0.5, "Sell": 0.5}}
    >>> dict(allocate_direct({"IT": 100, "HR": 40, "Make": 500, "Sell": 300}, shares).borne)
    {'Make': 580.0, 'Sell': 360.0}
    """
    own, shares = _checked(costs, services)
    return _in_order("direct", own, shares, list(shares), closed=list(shares))


def allocate_stepdown(costs: Costs, services: Services, *, order: Sequence[str]) -> Allocation:
    r"""Allocate service departments one after the other, each to those still open.

    Use it where a policy fixes the order; another order gives another answer.

    Parameters
    ----------
    costs : mapping of str to float
        Department to its cost in currency, services and production; may be negative.
    services : mapping of str to mapping of str to float
        Service department to each department that uses it and the share it uses, 0 to 1.
    order : sequence of str
        Every service department once, the first to be allocated first.

    Returns
    -------
    Allocation
        ``borne`` per production department, ``allocated`` per service with what it received.

    Raises
    ------
    MeasureError
        If `order` leaves a service out or names another, or as in `allocate_direct`.

    Notes
    -----
    The cost of a service, with what it received, goes to the departments that are not yet
    allocated, in proportion to their shares of it.

    References
    ----------
    .. [1] Horngren, Datar and Rajan, *Cost Accounting*, ch. 15 (support departments).

    Examples
    --------
    >>> shares = {"IT": {"HR": 0.5, "Make": 0.3, "Sell": 0.2}, "HR": {"Make": 0.5, "Sell": 0.5}}
    >>> costs = {"IT": 100, "HR": 40, "Make": 500, "Sell": 300}
    >>> found = allocate_stepdown(costs, shares, order=["IT", "HR"])
    >>> dict(found.borne), dict(found.allocated)
    ({'Make': 575.0, 'Sell': 365.0}, {'IT': 100.0, 'HR': 90.0})
    """
    own, shares = _checked(costs, services)
    for name in order:
        if name not in shares:
            raise MeasureError(
                f"{name!r} is no service department",
                where="order",
                advice=near_miss(name, shares, noun="service department"),
            )
    missing = [name for name in shares if list(order).count(name) != 1]
    if missing:
        raise MeasureError(
            f"{missing[0]!r} stands {list(order).count(missing[0])} times in it",
            where="order",
            advice="Name every service department once.",
        )
    return _in_order("step-down", own, shares, list(order), closed=[])


def allocate_reciprocal(costs: Costs, services: Services) -> Allocation:
    r"""Allocate service departments with all that they do for each other.

    Use it as the exact answer; `allocate_direct` and `allocate_stepdown` approximate it.

    Parameters
    ----------
    costs : mapping of str to float
        Department to its cost in currency, services and production; may be negative.
    services : mapping of str to mapping of str to float
        Service department to each department that uses it and the share it uses, 0 to 1, adding
        up to 1.

    Returns
    -------
    Allocation
        ``borne`` per production department; ``allocated`` is the reciprocated cost per service.

    Raises
    ------
    MeasureError
        If the shares of a service do not add up to 1, services serve only each other, or as in
        `allocate_direct`.

    Notes
    -----
    The reciprocated costs x solve :math:`x_s = c_s + \sum_t a_{ts} x_t`, that is
    :math:`(I - A^T)\,x = c`; production p bears :math:`c_p + \sum_s a_{sp} x_s`. Rounded shares
    that fall short of 1 by up to 0.005 are scaled to it, so that no cost is lost.

    References
    ----------
    .. [1] Horngren, Datar and Rajan, *Cost Accounting*, ch. 15 (support departments).

    Examples
    --------
    >>> shares = {"IT": {"HR": 0.5, "Make": 0.3, "Sell": 0.2}, "HR": {"IT": 0.2, "Make": 0.8}}
    >>> found = allocate_reciprocal({"IT": 80, "HR": 50, "Make": 500, "Sell": 300}, shares)
    >>> {name: round(cost, 2) for name, cost in found.allocated.items()}
    {'IT': 100.0, 'HR': 100.0}
    >>> {name: round(cost, 2) for name, cost in found.borne.items()}
    {'Make': 610.0, 'Sell': 320.0}
    """
    own, shares = _checked(costs, services)
    _reaching(shares)
    names = list(shares)
    for name in names:
        total = math.fsum(shares[name].values())
        if total < 1 - _ROUNDED:
            raise MeasureError(
                f"the shares of {name!r} add up to {total:.4g}",
                where="services",
                advice="Add the departments that use the rest, or the rest of its cost is lost.",
            )
        shares[name] = {user: share / total for user, share in shares[name].items()}
    used = np.array([[shares[name].get(other, 0.0) for other in names] for name in names])
    system, cost = np.eye(len(names)) - used.T, np.array([own[name] for name in names])
    solved = np.linalg.solve(system, cost) if names else cost
    solved += np.linalg.solve(system, cost - system @ solved) if names else 0.0
    allocated = dict(zip(names, solved.tolist(), strict=True))
    flows = {
        name: {user: share * allocated[name] for user, share in shares[name].items()}
        for name in names
    }
    return _allocation("reciprocal", own, allocated, flows)


def _in_order(
    method: Method,
    own: dict[str, float],
    shares: dict[str, dict[str, float]],
    order: list[str],
    closed: list[str],
) -> Allocation:
    """Allocate one service after the other to departments that are not closed."""
    allocated: dict[str, float] = {}
    flows: dict[str, dict[str, float]] = {}
    for name in order:
        open_ = {
            user: share
            for user, share in shares[name].items()
            if user not in {*closed, *allocated, name} and share
        }
        if not open_:
            raise MeasureError(
                f"no department that is still open uses {name!r}",
                where="services",
                advice="Add a production department that uses it, or allocate it reciprocally.",
            )
        received = [flow[name] for flow in flows.values() if name in flow]
        allocated[name] = math.fsum([own[name], *received])
        whole = math.fsum(open_.values())
        flows[name] = {user: allocated[name] * share / whole for user, share in open_.items()}
    return _allocation(method, own, allocated, flows)


def _allocation(
    method: Method,
    own: dict[str, float],
    allocated: dict[str, float],
    flows: dict[str, dict[str, float]],
) -> Allocation:
    borne = {
        name: math.fsum([cost, *(flow.get(name, 0.0) for flow in flows.values())])
        for name, cost in own.items()
        if name not in allocated
    }
    return Allocation(method, borne, allocated, flows, own)


def _checked(
    costs: Costs, services: Services
) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    """Return every department's cost, 0 where none is given, and the shares above 0."""
    for name, cost in costs.items():
        if not math.isfinite(cost):
            raise MeasureError(
                f"the cost of {name!r} is {cost}", where="costs", advice="Give an amount or 0."
            )
    shares: dict[str, dict[str, float]] = {}
    for name, users in services.items():
        for user, share in users.items():
            if not (math.isfinite(share) and 0 <= share <= 1 + _EXACT):
                raise MeasureError(
                    f"{user!r} uses {share:g} of {name!r}",
                    where="services",
                    advice="Give shares as fractions from 0 to 1, as in 0.25.",
                )
        total = math.fsum(users.values())
        if total > 1 + _EXACT:
            raise MeasureError(
                f"the shares of {name!r} add up to {total:.4g}, more than all of it",
                where="services",
                advice="Give fractions that add up to 1.",
            )
        shares[name] = {user: float(share) for user, share in users.items() if share}
    users_of = (user for users in services.values() for user in users)
    names: Iterable[str] = dict.fromkeys([*costs, *services, *users_of])
    return {name: float(costs.get(name, 0.0)) for name in names}, shares


def _reaching(shares: dict[str, dict[str, float]]) -> None:
    """Refuse services whose cost goes round among themselves and reaches no production."""
    reached = {name for name, users in shares.items() if any(user not in shares for user in users)}
    while more := {
        name
        for name, users in shares.items()
        if name not in reached and any(user in reached for user in users)
    }:
        reached |= more
    stuck = [name for name in shares if name not in reached]
    if stuck:
        raise MeasureError(
            f"the cost of {' and '.join(map(repr, stuck))} reaches no production department",
            where="services",
            advice="Add a department that makes products and uses one of them.",
        )
