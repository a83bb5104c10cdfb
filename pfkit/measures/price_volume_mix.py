"""Why sales changed: volume, mix, price, new, lost, exchange rates and returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, get_args

from pfkit.errors import MeasureError, near_miss
from pfkit.measures.driver import COVER, NO_DRIVER, leading
from pfkit.measures.rows import (
    COUNT,
    FLAG,
    JOIN,
    MONEY,
    NONE,
    RATE,
    TEXT,
    favorable,
    money,
    reasons,
    result,
    row_keys,
    texts,
    whole_cents,
)
from pfkit.measures.rows import (
    rate as ratio,
)
from pfkit.measures.sold import RETURNS, cells
from pfkit.measures.split import EFFECTS, Grain, Joint, split

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from pfkit.measures.sold import Key
    from pfkit.measures.split import Cell

_RESERVED = ("total", "other", "start", "end")
SEVERAL = "several"
UNIT = "unit"


@dataclass
class _Sum:
    """Cells added up to a printed row; money in cents."""

    label: Key
    base: int = 0
    actual: int = 0
    counted: int = 0
    sold: list[tuple[Key, float, int, float, int]] = field(default_factory=list)
    effects: dict[str, int] = field(default_factory=lambda: dict.fromkeys(EFFECTS, 0))
    levels: list[int] = field(default_factory=list)
    reasons: dict[str, None] = field(default_factory=dict)
    count: set[Key] = field(default_factory=set)

    @property
    def change(self) -> int:
        return self.actual - self.base

    def add(self, cell: Cell, grain: Grain) -> None:
        """Add one cell."""
        base, actual = cell.base, cell.actual
        self.base += base.total
        self.actual += actual.total
        self.counted += base.amount if base.quantity and not cell.whole else 0
        unit = cell.key[: grain.within]
        self.sold.append((unit, base.quantity, base.amount, actual.quantity, actual.constant))
        for name, cents in cell.effects.items():
            self.effects[name] += cents
        self.levels = [
            before + more
            for before, more in zip(self.levels or [0] * len(cell.levels), cell.levels, strict=True)
        ]
        self.reasons |= dict.fromkeys(cell.reasons)
        self.count.add(cell.key[grain.within :])


def price_volume_mix(
    base: pd.DataFrame,
    actual: pd.DataFrame,
    *,
    by: str | Sequence[str] = "product",
    within: str | Sequence[str] = (),
    identity: str | None = None,
    joint: Joint = "price",
    rate: str | None = None,
    against: str = "base",
    favorable_when: str = "higher",
) -> pd.DataFrame:
    r"""Split a change of sales into volume, mix, price, new, lost, exchange rates and returns.

    Use it where units are known beside amounts; `sales` takes the two tables out of a book,
    `effects` walks a row of the result from base to actual, for a bridge.

    Parameters
    ----------
    base, actual : pandas.DataFrame
        Sales as planned or as they were, and as they are: the columns of `by` and `within`,
        ``quantity`` (units) and ``amount`` (reporting currency); a price is amount over quantity.
        Optional: ``group`` (``returns`` for returns and refunds), ``reason`` (why a row has no
        quantity), and for `rate` in `actual` ``amount_local`` and ``currency``. Rows of the same
        key add up.
    by : str or sequence of str
        What is sold, from coarse to fine, such as ``["family", "product"]``: the levels of the
        mix, and the rows of the result.
    within : str or sequence of str
        Columns whose volumes are not added up, such as ``line``: seats are not days. A column
        ``unit`` of both tables is always among them.
    identity : str, optional
        The column of `by` that is new or lost as a whole; default the last. With
        ``by=["product", "currency"]`` and ``identity="product"`` a product sold in another
        currency is not new.
    joint : str
        Where the joint term of price and volume stands: ``price``, ``mix``, or ``apart`` in a
        column of its own.
    rate : str, optional
        Column of `actual` with the rate of the base, reporting currency per 1 unit of local
        currency, such as ``budget_rate``. Without it exchange rates are part of the price.
    against : str
        What the base is called: ``plan``, ``prior_year``, ``previous``.
    favorable_when : str
        ``higher`` for revenue, ``lower`` for cost.

    Returns
    -------
    pandas.DataFrame
        ``item`` rows by the finest of `by`, ``subtotal`` rows by the coarser ones, and ``total``;
        the largest change first. ``row_key``, ``role``, the columns of `by`, ``label``,
        ``count`` (items in the row), ``unit`` (the values of `within`, or ``several``),
        ``base_quantity`` and ``actual_quantity`` (NA where the units are several),
        ``base_price`` and ``actual_price`` (at the base's rates), ``base``, ``actual``,
        ``change``, ``change_rate``, ``base_counted`` (the part of the base that is stated in
        units and compared), then ``volume``, ``mix`` (and ``mix_<level>`` where `by` has
        several), ``price``, ``joint``, ``new``, ``lost``, ``fx``, ``returns`` and ``not_split``,
        which add up to ``change``; ``favorable_when``, ``favorable``; ``driver`` (the one effect
        that covers 60 % of the change, or ``no single driver``) and ``driver_share``;
        ``against``, ``joint_to``, ``level`` and ``reason``. Empty where both tables are.
        ``attrs["not_split"]`` has what sales without a quantity add to the change, by reason.

    Raises
    ------
    ContractError
        If a column is missing, or a table holds more than one version.
    MeasureError
        If an amount is missing, a parameter is not known, or spans would be added up.

    Notes
    -----
    With base quantities and prices :math:`q^0, p^0`, total volumes :math:`Q`, shares :math:`s`
    and prices at the base's rates:

    .. math::

       volume = (Q^1 - Q^0) s^0 p^0 \quad mix = Q^1 (s^1 - s^0) p^0 \quad
       price = q^1 (p^1 - p^0) \quad fx = amount^1 - amount^1_{local} \cdot rate^0

    The joint term :math:`(q^1 - q^0)(p^1 - p^0)` stands where `joint` says. With
    ``by=["family", "product"]`` the mix has two levels from the top down: between families at
    each family's base price, and between the products inside; mix from the bottom up (``by`` the
    same, ``within="family"``) leaves the first to volume. ``level`` says which.

    What exists on one side only is new or lost; a line that a product did not have before has no
    base price and is new too. A cell without a base price whose `identity` has one is priced at
    it. What has no quantity, or quantities that cancel out, stands in ``not_split`` with the
    reason; so does the price where a base rate is missing. Returns are counted apart, whatever
    their quantity. Every row closes to the cent: effects are rounded to whole cents per cell, and
    the largest takes what rounding leaves.

    References
    ----------
    .. [1] Horngren, Datar and Rajan, *Cost Accounting*, ch. 7 and 14 (levels of sales variances).
    .. [2] Blocher, Juras and Smith, *Cost Management*, ch. 16 (sales mix and quantity).

    Examples
    --------
    >>> import pandas as pd
    >>> sold = {"product": ["A", "B", "C"], "quantity": [400, 300, 300], "amount": [1600, 300, 600]}
    >>> now = sold | {"quantity": [700, 100, 300], "amount": [2100, 200, 300]}
    >>> found = price_volume_mix(pd.DataFrame(sold), pd.DataFrame(now))
    >>> found[["label", "change", "volume", "mix", "price"]].values.tolist()[-1]
    ['Total', 100.0, 250.0, 750.0, -900.0]
    """
    columns, grain = _grain(by, _within(base, actual, by, within), identity)
    _known("joint", joint, get_args(Joint))
    _known("favorable_when", favorable_when, ("higher", "lower"))
    before = cells(base, columns, name="base")
    after = cells(actual, columns, name="actual", rate=rate)
    found = split(before, after, grain, joint)
    names = columns[grain.within :]
    sums = _added(found, grain, len(names))
    told = {"against": against, "joint_to": joint, "level": _level(columns, grain)}
    levels = [f"mix_{columns[length - 1]}" for length in grain.levels]
    keys = row_keys([one.label for one in sums], reserved=_RESERVED)
    rows = []
    for one, key in zip(sums, keys, strict=True):
        parts = dict(zip(levels, map(money, one.levels), strict=True))
        rows.append(_row(one, key, names, favorable_when) | parts | told)
    table = result(rows, _columns(names, levels if len(levels) > 1 else []))
    table.attrs["reason"] = str(base.attrs.get("reason", ""))
    table.attrs["not_split"] = _apart(base, actual)
    return table


def _apart(base: pd.DataFrame, actual: pd.DataFrame) -> dict[str, float]:
    """Return what sales without a quantity add to the change, by the reason they give."""
    sums: dict[str, int] = {}
    for table, sign in ((base, -1), (actual, 1)):
        if "reason" not in table.columns or table.empty:
            continue
        rows = table[(table["quantity"].isna() & (texts(table["reason"]) != NONE)).to_numpy()]
        if "group" in rows.columns:
            rows = rows[(texts(rows["group"]) != RETURNS).to_numpy()]
        cents = whole_cents(rows["amount"], name="sales")
        for why, amount in cents.groupby(texts(rows["reason"])).sum().items():
            sums[str(why)] = sums.get(str(why), 0) + sign * int(amount)
    return {why: amount / 100 for why, amount in sums.items()}


def _within(
    base: pd.DataFrame,
    actual: pd.DataFrame,
    by: str | Sequence[str],
    within: str | Sequence[str],
) -> list[str]:
    """Return the columns whose volumes are not added up; what is told in units never is."""
    given = [within] if isinstance(within, str) else list(within)
    levels = [by] if isinstance(by, str) else list(by)
    told = all(UNIT in table.columns for table in (base, actual))
    return [UNIT, *given] if told and UNIT not in [*given, *levels] else given


def _grain(
    by: str | Sequence[str], apart: list[str], identity: str | None
) -> tuple[list[str], Grain]:
    """Return the columns of a cell, those set `apart` first, and how cells stand in each other."""
    levels = [by] if isinstance(by, str) else list(by)
    if not levels:
        raise MeasureError(
            "by is empty", where="price_volume_mix", advice="Name what is sold, as by='product'."
        )
    whole = identity or levels[-1]
    _known("identity", whole, levels)
    columns = [*apart, *levels]
    depths = [
        len(apart) + place
        for place, name in enumerate(levels, start=1)
        if name not in apart or place == len(levels)
    ]
    return columns, Grain(len(apart), tuple(depths), len(apart) + levels.index(whole) + 1)


def _known(noun: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise MeasureError(
            f"{noun} {value!r} is not known",
            where="price_volume_mix",
            advice=near_miss(value, known, noun=noun),
        )


def _level(columns: Sequence[str], grain: Grain) -> str:
    """Say at which level the mix is counted."""
    levels = [columns[length - 1] for length in reversed(grain.levels)]
    return " within ".join([*levels, " and ".join(columns[: grain.within]) or "all sales"])


def _added(found: Sequence[Cell], grain: Grain, depth: int) -> list[_Sum]:
    """Add cells up to items, subtotals and the total, the largest change first."""
    sums: dict[Key, _Sum] = {}
    for cell in found:
        place = cell.key[grain.within :]
        for length in range(depth + 1):
            sums.setdefault(place[:length], _Sum(place[:length])).add(cell, grain)

    def rank(one: _Sum) -> tuple[object, ...]:
        above = [sums[one.label[:length]] for length in range(1, len(one.label))]
        order = [(-abs(each.change), each.label, 1) for each in above]
        return (len(one.label) == 0, *order, (-abs(one.change), one.label, 0))

    return sorted(sums.values(), key=rank)


def _row(one: _Sum, key: str, names: Sequence[str], when: str) -> dict[str, Any]:
    depth = len(one.label)
    role = "total" if depth == 0 else "item" if depth == len(names) else "subtotal"
    units = {unit for unit, before, _, after, _ in one.sold if before or after}
    before, after = sum(part[1] for part in one.sold), sum(part[3] for part in one.sold)
    spent, paid = sum(part[2] for part in one.sold), sum(part[4] for part in one.sold)
    plain = len(units) == 1
    effects = {name: money(cents) for name, cents in one.effects.items()}
    return (
        {"row_key": "total" if depth == 0 else key, "role": role}
        | {name: one.label[place] if place < depth else "" for place, name in enumerate(names)}
        | {"label": one.label[-1] if depth else "Total", "count": len(one.count)}
        | {"base_quantity": before if plain else None}
        | {"actual_quantity": after if plain else None}
        | {"base_price": _price(spent, before) if plain else None}
        | {"actual_price": _price(paid, after) if plain else None}
        | {"base": money(one.base), "actual": money(one.actual), "change": money(one.change)}
        | {"change_rate": ratio(one.change, one.base), "base_counted": money(one.counted)}
        | effects
        | {"favorable_when": when, "favorable": favorable(one.change, when=when)}
        | _driver(one)
        | {"unit": JOIN.join(next(iter(units))) if plain else SEVERAL if units else ""}
        | {"reason": reasons(*one.reasons)}
    )


def _price(cents: float, quantity: float) -> float | None:
    return None if quantity == 0 else cents / 100 / quantity


def _driver(one: _Sum) -> dict[str, Any]:
    """Name the one effect that explains a row's change; what is not split explains nothing."""
    names = [name for name in EFFECTS if name != "not_split"]
    lead = leading([one.effects[name] for name in names], one.change, COVER)
    if lead is None:
        return {"driver": NO_DRIVER if one.change else "", "driver_share": None}
    return {"driver": names[lead], "driver_share": one.effects[names[lead]] / one.change}


def _columns(names: Sequence[str], levels: Sequence[str]) -> dict[str, str]:
    kinds = {"row_key": TEXT, "role": TEXT} | dict.fromkeys(names, TEXT)
    kinds |= {"label": TEXT, "count": COUNT}
    kinds |= {"unit": TEXT}
    kinds |= dict.fromkeys(("base_quantity", "actual_quantity", "base_price", "actual_price"), RATE)
    kinds |= dict.fromkeys(("base", "actual", "change"), MONEY) | {"change_rate": RATE}
    kinds |= {"base_counted": MONEY}
    for name in EFFECTS:
        kinds[name] = MONEY
        if name == "mix":
            kinds |= dict.fromkeys(levels, MONEY)
    kinds |= {"favorable_when": TEXT, "favorable": FLAG, "driver": TEXT, "driver_share": RATE}
    return kinds | dict.fromkeys(("against", "joint_to", "level", "reason"), TEXT)
