"""The budget at the volume that was reached: what came of volume, and what of spending."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pfkit.errors import MeasureError, near_miss
from pfkit.measures.rows import (
    FLAG,
    MONEY,
    RATE,
    TEXT,
    favorable,
    money,
    rate,
    reasons,
    require,
    result,
    row_keys,
    texts,
)
from pfkit.measures.statement import (
    GROUPS,
    REVENUE,
    SUBTOTALS,
    comparisons,
    line_order,
    prepared,
    subtotals,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from pfkit.period import Period

Cell = tuple[str, str, str, str]

_NONE = "(none)"
VARIABLE, FIXED, SEMI, MIXED = "variable", "fixed", "semi", "mixed"
_BEHAVIORS = (VARIABLE, FIXED, SEMI)
_UNDECIDED = "behavior of {} is not declared: taken as fixed"
_NO_SHARE = "semi-variable {} has no variable share: taken as fixed"
_NO_VOLUME = "no planned volume of {}: not flexed"
_NO_UNITS = "as no plan states quantities of what was billed"
_PLANNED = {"plan", "base", _NONE}
_AGAINST = {"prior_year": "prior year", "previous": "the previous period"}
_MOST = 3
_OUTGROWN = 1000  # an index beyond it says that next to nothing was planned


@dataclass(frozen=True)
class Index:
    """How far volume went beyond plan: 1.1 is a tenth more."""

    quantity: float
    volume: float


@dataclass
class _Line:
    """One statement line while it is added up, in cents; effects on profit."""

    static: int = 0
    quantity: int = 0
    mix: int = 0
    actual: int = 0
    moving: float = 0.0
    size: int = 0
    behaviors: set[str] = field(default_factory=set)
    reasons: dict[str, set[str]] = field(default_factory=dict)

    def add(self, other: _Line) -> None:
        """Add another one."""
        self.static += other.static
        self.quantity += other.quantity
        self.mix += other.mix
        self.actual += other.actual
        self.moving += other.moving
        self.size += other.size
        self.behaviors |= other.behaviors
        for why, names in other.reasons.items():
            self.because(why, *names)

    def because(self, why: str, *names: str) -> None:
        """Note a reason, and what it is about."""
        if why:
            self.reasons.setdefault(why, set()).update(names)


def flexed_budget(
    statement: pd.DataFrame,
    drivers: pd.DataFrame,
    *,
    period: Period,
    plan: str | None = None,
    accounts: pd.DataFrame | None = None,
    behavior: Mapping[str, str | float] | None = None,
) -> pd.DataFrame:
    r"""Flex the budget to the volume that was reached, line by line.

    Use it to tell whether cost is off budget because more was sold, or because more was spent
    for the same; `variance_levels` adds its lines up to the levels of a textbook.

    Parameters
    ----------
    statement : pandas.DataFrame
        ``book.statement``: ``version``, ``period``, ``product``, ``line``, ``group``,
        ``account`` and ``amount``, the effect on profit in reporting currency.
    drivers : pandas.DataFrame
        What volume did, a row per product (and ``line``, where there is that column): result of
        `price_volume_mix` against plan, or any table of ``product``, ``base`` and ``actual``
        drivers (units, hours) and, to tell quantity from mix, ``at_base_mix``. Costs of no
        product follow the sum.
    period : Period
        The month, quarter or year reported.
    plan : str, optional
        The budget version called plan; may be left out where there is only one.
    accounts : pandas.DataFrame, optional
        Table ``accounts``: ``behavior`` (``variable``, ``fixed``, ``semi``) and
        ``variable_share`` of the semi-variable ones.
    behavior : mapping of str to str or float, optional
        The same by account, before what `accounts` says; a number is a variable share.

    Returns
    -------
    pandas.DataFrame
        A row per line, and the subtotals of the statement: ``row_key``, ``line``, ``group``,
        ``role``, ``behavior``, ``variable_share`` (of the static budget, by amount); ``static``,
        ``quantity_variance``, ``mix_variance``, ``volume_variance`` (their sum), ``flexible``,
        ``flexible_variance``, ``actual`` and ``static_variance``, effects on profit in reporting
        currency; rates of the two variances in fractions; ``volume_favorable``,
        ``flexible_favorable``; ``reason``. Empty where plan or actual is not there, or no volume is
        known of both; then ``attrs["reason"]`` says why.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If a behavior or `plan` is not known, a share lies outside 0 to 1, or the joint term of
        `drivers` stands with the mix.

    Notes
    -----
    .. math::

       flexible = static \cdot (1 + share \cdot (index - 1)) \quad
       static + volume + flexible\ variance = actual

    The index of a product is actual over planned volume at planned prices, so that seats and days
    can be added up; for a single unit it is the ratio of the quantities. Revenue follows its own
    line where `drivers` has it. Revenue accounts are variable and costs fixed where nothing is
    declared, and the reason says so. A line of a product without planned volume stays as it is.
    Amounts are flexed per product and account and rounded to cents; each row closes to the cent.

    References
    ----------
    .. [1] Horngren, Datar and Rajan, *Cost Accounting*, ch. 7 (static and flexible budgets,
       levels 1 to 3).

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> rows = [("plan", "Sales", "gross", "4000", 1000.0), ("plan", "Hosting", "cost_of_revenue",
    ...     "5000", -400.0), ("actual", "Sales", "gross", "4000", 1150.0),
    ...     ("actual", "Hosting", "cost_of_revenue", "5000", -460.0)]
    >>> statement = pd.DataFrame(rows, columns=["version", "line", "group", "account", "amount"])
    >>> statement = statement.assign(product="Atlas", period="2026-01")
    >>> drivers = pd.DataFrame({"product": ["Atlas"], "base": [100], "actual": [110]})
    >>> january = FiscalCalendar().period("2026-01")
    >>> found = flexed_budget(statement, drivers, period=january, behavior={"5000": "variable"})
    >>> hosting = found[found["line"] == "Hosting"]
    >>> hosting[["volume_variance", "flexible", "flexible_variance"]].values.tolist()
    [[-40.0, -440.0, -20.0]]
    """
    rows = prepared(statement, extra=["product", "account"])
    reads = comparisons(rows, period, plan)
    planned, actual = reads["plan"], reads["actual"]
    if planned.rows is None or actual.rows is None:
        table = result([], _columns())
        table.attrs["reason"] = planned.reason or actual.reason
        return table
    unknown = untold(drivers)
    if unknown:
        table = result([], _columns())
        table.attrs["reason"] = unknown
        return table
    shares = _shares(accounts, behavior)
    index = indices(drivers)
    lines: dict[tuple[str, str], _Line] = {}
    for cell, cents in _cells(planned.rows):
        lines.setdefault(cell[:2], _Line()).add(_flexed(cents, cell, shares, index))
    for (group, line, account, _), cents in _cells(actual.rows):
        one = lines.setdefault((group, line), _Line())
        one.actual += cents
        one.behaviors.add((shares.get(account) or _undeclared(group))[0])
    return _laid_out(rows[rows["version"].isin(["actual", plan or ""])], lines)


def _cells(rows: pd.DataFrame) -> list[tuple[Cell, int]]:
    """Add up cents by line, account and product; what is outside the result stays out."""
    inside = rows[rows["group"].isin(GROUPS)]
    columns = ["group", "line", "account", "product"]
    sums = inside.groupby(columns, sort=True)["cents"].sum().reset_index()
    cells = zip(*(sums[column].tolist() for column in columns), strict=True)
    return list(zip(cells, sums["cents"].tolist(), strict=True))


def _flexed(
    cents: int,
    cell: Cell,
    shares: Mapping[str, tuple[str, float, str]],
    index: Mapping[tuple[str, str], Index | None],
) -> _Line:
    """Flex one planned cell by the part of it that follows volume."""
    group, line, account, product = cell
    named, share, why = shares.get(account) or _undeclared(group)
    found = _Line(static=cents, moving=abs(cents) * share, size=abs(cents))
    found.behaviors.add(named)
    found.because(why, account)
    if not share or not cents:
        return found
    moved = index.get((line, product)) or index.get(("", product))
    if moved is None:
        found.because(_NO_VOLUME, product)
        return found
    volume = round(cents * share * (moved.volume - 1))
    found.quantity = round(cents * share * (moved.quantity - 1))
    found.mix = volume - found.quantity
    return found


def _undeclared(group: str) -> tuple[str, float, str]:
    """Return what holds where nobody decided: revenue follows volume, cost does not."""
    if group in REVENUE:
        return VARIABLE, 1.0, ""
    return FIXED, 0.0, _UNDECIDED


def _shares(
    accounts: pd.DataFrame | None, behavior: Mapping[str, str | float] | None
) -> dict[str, tuple[str, float, str]]:
    """Return behavior, variable share and a remark for every account that has one."""
    told: dict[str, tuple[object, object]] = {}
    if accounts is not None and "behavior" in accounts.columns:
        require(accounts, ["account"], name="accounts")
        parts = accounts.reindex(columns=["account", "behavior", "variable_share"])
        known = parts[parts["behavior"].notna() & (parts["behavior"] != "")]
        for account, named, part in known.itertuples(index=False):
            told[str(account)] = (named, part)
    for account, value in (behavior or {}).items():
        told[account] = (SEMI, value) if isinstance(value, int | float) else (value, None)
    return {account: _share(account, *value) for account, value in told.items()}


def _share(account: str, named: object, part: object) -> tuple[str, float, str]:
    if named not in _BEHAVIORS:
        raise MeasureError(
            f"behavior {named!r} of account {account} is not known",
            where="flexed_budget",
            advice=near_miss(str(named), _BEHAVIORS, noun="behavior"),
        )
    if named != SEMI:
        return str(named), 1.0 if named == VARIABLE else 0.0, ""
    value = math.nan if part is None else float(part)  # type: ignore[arg-type]
    if math.isnan(value):
        return SEMI, 0.0, _NO_SHARE
    if not 0 <= value <= 1:
        raise MeasureError(
            f"variable share {value} of account {account} is not a fraction",
            where="flexed_budget",
            advice="Give the part that follows volume, from 0 to 1.",
        )
    return SEMI, value, ""


def untold(drivers: pd.DataFrame) -> str:
    """Return why a driver says nothing of volume against plan; empty where it does.

    Examples
    --------
    >>> import pandas as pd
    >>> untold(pd.DataFrame({"product": ["A"], "base": [1], "actual": [2], "against": "previous"}))
    'volume is known against the previous period only, as no plan states quantities of what was \
billed'
    """
    if "against" not in drivers.columns:
        return ""
    if drivers.empty:
        return str(drivers.attrs.get("reason", "")) or "no volume of plan and actual in the input"
    other = sorted(set(texts(drivers["against"])) - _PLANNED)
    if other:
        return f"volume is known against {_AGAINST.get(other[0], other[0])} only, {_NO_UNITS}"
    return ""


def indices(drivers: pd.DataFrame) -> dict[tuple[str, str], Index | None]:
    """Return the index of every line and product, of every product, and of all together."""
    require(drivers, ["product"], name="drivers")
    rows = drivers
    if "base_counted" in drivers.columns:
        rows = _of_effects(drivers)
    require(rows, ["base", "actual"], name="drivers")
    lines = texts(rows["line"]).tolist() if "line" in rows.columns else [""] * len(rows)
    middle = rows["at_base_mix"] if "at_base_mix" in rows.columns else rows["actual"]
    sums: dict[tuple[str, str], list[float]] = {}
    for line, product, *amounts in zip(
        lines, texts(rows["product"]),
        *(column.astype("float64") for column in (rows["base"], middle, rows["actual"])),
        strict=True,
    ):  # fmt: skip
        for key in {(line, product), ("", product), ("", _NONE)}:
            total = sums.setdefault(key, [0.0, 0.0, 0.0])
            for place, amount in enumerate(amounts):
                total[place] += amount
    return {key: _index(base, mixed, after) for key, (base, mixed, after) in sums.items()}


def _index(base: float, mixed: float, after: float) -> Index | None:
    """Return how far volume went; None where there was next to none before."""
    if base <= 0 or max(abs(mixed), abs(after)) > _OUTGROWN * base:
        return None
    return Index(mixed / base, after / base)


def _of_effects(found: pd.DataFrame) -> pd.DataFrame:
    """Read a result of `price_volume_mix` as drivers: volume at the base's prices."""
    if "joint_to" in found.columns and (found["joint_to"] == "mix").any():
        raise MeasureError(
            "the joint term of price and volume stands with the mix: volume is not at plan prices",
            where="drivers",
            advice='Split with joint="price" or joint="apart".',
        )
    items = found[found["role"] == "item"]
    quantity = items["base_counted"] + items["volume"] + items["lost"]
    return items.assign(
        base=items["base_counted"], at_base_mix=quantity, actual=quantity + items["mix"]
    )


def _laid_out(rows: pd.DataFrame, lines: Mapping[tuple[str, str], _Line]) -> pd.DataFrame:
    """Write lines in the order of a statement, each subtotal after its groups."""
    known = rows[rows["group"].isin(GROUPS)]
    order = [pair for pair in line_order(known) if pair in lines]
    order += [pair for pair in sorted(lines) if pair not in order]
    names = [line for _, line in order]
    labels = [(line,) if names.count(line) == 1 else (f"{line} {group}",) for group, line in order]
    keys = dict(
        zip(order, row_keys(labels, reserved={key for key, _, _ in SUBTOTALS}), strict=True)
    )
    out: list[dict[str, Any]] = []
    done: set[str] = set()
    for key, label, groups in subtotals(known):
        inside = [pair for pair in order if pair[0] in groups]
        fresh = [pair for pair in inside if pair[0] not in done]
        out += [_row(keys[pair], pair, "line", lines[pair]) for pair in fresh]
        together = _Line()
        for pair in inside:
            together.add(lines[pair])
        together.reasons.clear()
        out.append(_row(key, ("", label), "subtotal", together))
        done |= set(groups)
    return result(out, _columns())


def _row(key: str, pair: tuple[str, str], role: str, one: _Line) -> dict[str, Any]:
    volume = one.quantity + one.mix
    flexible = one.static + volume
    gap = one.actual - flexible
    named = next(iter(one.behaviors)) if len(one.behaviors) == 1 else MIXED
    return {
        "row_key": key,
        "line": pair[1],
        "group": pair[0],
        "role": role,
        "behavior": named if one.behaviors else "",
        "variable_share": one.moving / one.size if one.size and role == "line" else None,
        "static": money(one.static),
        "quantity_variance": money(one.quantity),
        "mix_variance": money(one.mix),
        "volume_variance": money(volume),
        "volume_variance_rate": rate(volume, one.static),
        "volume_favorable": favorable(volume, when="higher"),
        "flexible": money(flexible),
        "flexible_variance": money(gap),
        "flexible_variance_rate": rate(gap, flexible),
        "flexible_favorable": favorable(gap, when="higher"),
        "actual": money(one.actual),
        "static_variance": money(one.actual - one.static),
        "reason": reasons(*(_told(why, sorted(names)) for why, names in one.reasons.items())),
    }


def _told(why: str, names: list[str]) -> str:
    """Say a reason of the first few it holds for."""
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return why.format(", ".join(names[:_MOST]) + more)


def _columns() -> dict[str, str]:
    kinds = dict.fromkeys(("row_key", "line", "group", "role", "behavior"), TEXT)
    kinds |= {"variable_share": RATE, "static": MONEY, "quantity_variance": MONEY}
    kinds |= {"mix_variance": MONEY, "volume_variance": MONEY, "volume_variance_rate": RATE}
    kinds |= {"volume_favorable": FLAG, "flexible": MONEY, "flexible_variance": MONEY}
    kinds |= {"flexible_variance_rate": RATE, "flexible_favorable": FLAG}
    return kinds | {"actual": MONEY, "static_variance": MONEY, "reason": TEXT}
