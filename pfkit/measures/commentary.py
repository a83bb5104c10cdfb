"""Commentary on every row that matters, of every table that compares."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.contracts.standing import CLOSED, Comments, open_on, standing_decisions
from pfkit.errors import MeasureError
from pfkit.measures.comments import WRITTEN, budget_parts, line_parts, written_on
from pfkit.measures.driver import COVER
from pfkit.measures.gaps import Gap, gaps, number
from pfkit.measures.parts import (
    NOBODY,
    BudgetParts,
    Cells,
    StatementParts,
    column_parts,
    driven,
    labels_of,
)
from pfkit.measures.rows import (
    COUNT,
    FLAG,
    MONEY,
    RATE,
    TEXT,
    named,
    reasons,
    require,
    result,
    row_keys,
)
from pfkit.measures.split import EFFECTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pfkit.contracts.standing import Decision
    from pfkit.period import Period

_DECISION = {
    "decision": TEXT,
    "decision_text": TEXT,
    "decision_owner": TEXT,
    "due_on": TEXT,
    "since": TEXT,
}
_COLUMNS = (
    {"row_key": TEXT, "rank": COUNT, "exhibit": TEXT, "row": TEXT, "kind": TEXT, "role": TEXT}
    | {"subject": TEXT, "reference": TEXT}
    | {"actual": MONEY, "base": MONEY, "variance": MONEY, "variance_rate": RATE}
    | {"favorable": FLAG, "material": FLAG, "driver_by": TEXT, "driver": TEXT}
    | {"driver_amount": MONEY, "driver_share": RATE, "rest": MONEY}
    | {"effect": TEXT, "effect_amount": MONEY, "effect_share": RATE}
    | {"timing": MONEY, "permanent": MONEY, "owner": TEXT}
    | WRITTEN
    | _DECISION
    | {"found": COUNT, "least_amount": MONEY, "least_rate": RATE, "reason": TEXT}
)
_APART = ("timing", "permanent")


def commentary(
    tables: Mapping[str, pd.DataFrame],
    *,
    period: Period,
    amount: float = 0.0,
    rate: float = 0.0,
    statement: pd.DataFrame | None = None,
    plan: str | None = None,
    actuals: pd.DataFrame | None = None,
    budget: pd.DataFrame | None = None,
    accounts: pd.DataFrame | None = None,
    owners: pd.DataFrame | None = None,
    components: Mapping[str, Sequence[str]] | None = None,
    timing: pd.DataFrame | None = None,
    effects: pd.DataFrame | None = None,
    written: pd.DataFrame | None = None,
    taken: pd.DataFrame | None = None,
    names: Mapping[str, str] | None = None,
    cover: float = COVER,
) -> pd.DataFrame:
    r"""Explain every material row of every table that compares, and carry what people wrote.

    Use it once per report: `pfkit.words.commentary` writes its sentences, and the report's
    ``tables.xlsx`` asks for a comment and a decision beside each of its rows.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        By id of the exhibit: results of `pnl`, `product_pnl`, `budget_lines`, `roi`,
        `price_volume_mix`, `variance`, or any table with ``row_key`` and a column ``variance``,
        ``change`` or ``plan_variance`` in reporting currency. Columns ``timing`` and
        ``permanent`` say what of it turns back.
    period : Period
        The period reported.
    amount, rate : float
        Materiality, in reporting currency and as a fraction, as in `materiality`.
    statement : pandas.DataFrame, optional
        Table ``statement``, in which the drivers of statement lines and products are looked for.
    plan : str, optional
        The budget version called plan.
    actuals, budget : pandas.DataFrame, optional
        Tables ``actuals`` and ``budget``, in which the drivers of budget lines are looked for.
    accounts, owners : pandas.DataFrame, optional
        Tables ``accounts`` and ``cost_centers``; their ``name`` stands in place of a code.
    components : mapping of str to sequence of str, optional
        By exhibit: its columns that add up to the variance, such as ``price`` and ``volume``.
    timing : pandas.DataFrame, optional
        Result of `timing` by ``line``: what of a statement line's variance to plan turns back.
    effects : pandas.DataFrame, optional
        Result of `price_volume_mix` by product: the one effect that covers a product's variance.
    written : pandas.DataFrame, optional
        Table ``comments``.
    taken : pandas.DataFrame, optional
        Table ``decisions``.
    names : mapping of str to str, optional
        What a reader calls a product, such as ``book.product_names``.
    cover : float
        The share of a variance a driver must cover to be named, as a fraction.

    Returns
    -------
    pandas.DataFrame
        One row per row to speak of. ``row_key`` (exhibit and row), ``rank`` from 1, ``exhibit``,
        ``row`` (its key there), ``kind`` (``line``, ``subtotal``, ``product``, ``budget``,
        ``initiative``, ``mix``, ``row``; ``comment`` or ``decision`` where no table holds the row),
        ``role`` (``item``: material; ``open``: not, but something open stands on it),
        ``subject``, ``reference`` in words, ``actual``, ``base`` and ``variance`` in reporting
        currency, ``variance_rate``, ``favorable``, ``material``, ``driver_by``, ``driver``,
        ``driver_amount``, ``driver_share``, ``rest``, ``effect`` (price, volume, ...) with
        ``effect_amount`` and ``effect_share``, ``timing``, ``permanent``, ``owner`` as in
        `comments`; ``text``, ``author``, ``said_on``, ``said_for``, ``approved_by``,
        ``approved_on`` of the comment that stands; ``decision``, ``decision_text``,
        ``decision_owner``, ``due_on``, ``since`` of the open decision due first; ``found``
        (material rows), ``least_amount``, ``least_rate``, ``reason``. ``attrs["exhibits"]`` holds
        the ids of `tables`.

    Raises
    ------
    ContractError
        If a table lacks a column.
    MeasureError
        If a table compares nothing, or `components` names an exhibit that is not there.

    Notes
    -----
    Totals are told by their rows. A driver is named when it covers
    :math:`\ge cover \cdot variance` and no other part of the same column does; the parts of a row
    are read from the statement or the budget, and only where they add up to its variance to the
    cent. A comment or a decision stands until it is closed, on the row its exhibit and row key
    name, or its row key alone; further open decisions on a row have rows of their own.

    References
    ----------
    .. [1] Horngren, Datar and Rajan, *Cost Accounting*, ch. 7 (management by exception).

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> lines = pd.DataFrame(
    ...     {
    ...         "row_key": ["hosting", "rent"],
    ...         "label": ["Hosting", "Rent"],
    ...         "actual": [130.0, 50.0],
    ...         "budget": [100.0, 50.0],
    ...         "variance": [30.0, 0.0],
    ...         "price": [20.0, 0.0],
    ...         "volume": [10.0, 0.0],
    ...     }
    ... )
    >>> told = commentary(
    ...     {"lines": lines},
    ...     period=FiscalCalendar().period("2026-01"),
    ...     amount=5.0,
    ...     components={"lines": ["price", "volume"]},
    ... )
    >>> told[["subject", "variance", "driver", "driver_share"]].round(2).values.tolist()
    [['Hosting', 30.0, 'price', 0.67]]
    """
    for exhibit in components or {}:
        if exhibit not in tables:
            raise MeasureError(
                f"components name exhibit {exhibit!r}, which is not among the tables",
                where="commentary",
                advice=f"Known: {', '.join(sorted(tables))}.",
            )
    where = _Where(
        statement=None
        if statement is None
        else StatementParts(statement, period=period, plan=plan),
        budget=None
        if actuals is None or budget is None
        else BudgetParts(actuals, budget, period=period, plan=plan, accounts=accounts),
        columns=dict(components or {}),
        apart=_split(timing),
        effects=_effects(effects),
        names=_names(names, accounts, owners),
        cover=cover,
    )
    people = _People(
        Comments([] if written is None else written.to_dict("records"), period=period),
        standing_decisions([] if taken is None else taken.to_dict("records"), period=period),
    )
    rows: list[dict[str, Any]] = []
    for exhibit, table in tables.items():
        rows += _rows(exhibit, table, (amount, rate), where, people)
    rows += people.left(set(tables))
    items = [row for row in rows if row["role"] == "item"]
    known = {"found": len(items), "least_amount": amount, "least_rate": rate}
    ranked = items + [row for row in rows if row["role"] != "item"]
    bare = [row for row in ranked if row["kind"] == "decision"]
    for key, row in zip(row_keys([("decision", d["decision"]) for d in bare]), bare, strict=True):
        row["row_key"] = key
    out = [row | known | {"rank": rank} for rank, row in enumerate(ranked, start=1)]
    found = result(out, _COLUMNS)
    found.attrs["exhibits"] = tuple(tables)
    return found


@dataclass(frozen=True)
class _Where:
    """Where drivers are looked for, and what they are called."""

    statement: StatementParts | None
    budget: BudgetParts | None
    columns: Mapping[str, Sequence[str]]
    apart: Mapping[str, tuple[int, float, float]]
    effects: Mapping[str, Mapping[Any, Any]]
    names: Mapping[str, Mapping[str, str]]
    cover: float

    def driver(self, exhibit: str, gap: Gap, table: pd.DataFrame) -> dict[str, Any]:
        """Return the driver of one row, named as a reader calls it."""
        cells: Cells = []
        change = round(gap["variance"] * 100)
        if exhibit in self.columns:
            require(table, self.columns[exhibit], name=exhibit)
            cells = column_parts(gap["record"], self.columns[exhibit], change)
        elif gap["kind"] == "mix":
            cells = column_parts(gap["record"], EFFECTS, change)
        elif self.statement is not None and table.columns[1] == "line":
            cells = line_parts(gap, self.statement)
        elif gap["kind"] == "product" and self.statement is not None:
            by = str(table.columns[1])
            value, reference = str(gap["record"][by]), gap["reference_column"]
            cells = self.statement.of_value(by, value, reference)
        elif gap["kind"] == "budget" and self.budget is not None:
            cells = budget_parts(gap, table, self.budget)
        found = driven(cells, change, self.cover)
        return found | {"driver": named(found["driver"], self.names.get(found["driver_by"]))}

    def effect(self, gap: Gap, table: pd.DataFrame) -> dict[str, Any]:
        """Return the one effect behind a product's variance, where they are the same change."""
        if gap["kind"] != "product":
            return {}
        row = self.effects.get(str(gap["record"][str(table.columns[1])]))
        change = _cents(gap["variance"])
        if row is None or _cents(row["change"]) != change:
            return {}
        found = driven(column_parts(row, EFFECTS, change), change, self.cover)
        names = ("driver", "driver_amount", "driver_share")
        return {name.replace("driver", "effect"): found[name] for name in names}


@dataclass
class _People:
    """What people wrote, and what of it no row has shown yet."""

    comments: Comments
    decisions: list[Decision]
    shown: set[str] = field(default_factory=set)
    told: set[tuple[str, str]] = field(default_factory=set)

    def on(self, exhibit: str, key: str) -> tuple[dict[str, str], list[Decision]]:
        """Return the comment that stands on a row, and the decisions open on it."""
        said = written_on(self.comments, exhibit, key)
        if said["text"]:
            self.told |= {(exhibit, key), ("", key)}
        open_here = [
            d for d in open_on(self.decisions, exhibit, key) if d.decision not in self.shown
        ]
        self.shown |= {one.decision for one in open_here}
        return said, open_here

    def left(self, exhibits: set[str]) -> list[dict[str, Any]]:
        """Return what stands on rows that no table holds, and on none."""
        rows = []
        for exhibit, key in self.comments.rows():
            if (exhibit, key) in self.told:
                continue
            said = written_on(self.comments, exhibit, key)
            why = "no such row in this report" if exhibit in exhibits or not exhibit else ""
            rows.append(_bare(exhibit, key, "comment", f"{exhibit}|{key}", key) | said)
            rows[-1]["reason"] = why or f"{exhibit} is not commented in this report"
        left = [d for d in self.decisions if d.status != CLOSED and d.decision not in self.shown]
        return rows + [_decided(one.exhibit, one.row_key, one) for one in left]


def _rows(
    exhibit: str,
    table: pd.DataFrame,
    thresholds: tuple[float, float],
    where: _Where,
    people: _People,
) -> list[dict[str, Any]]:
    """Return the rows of one table: those that matter by size, then those with something open."""
    found = gaps(table, exhibit=exhibit, amount=thresholds[0], rate=thresholds[1])
    known = {gap["row_key"]: gap for gap in found}
    material = [gap for gap in found if gap["role"] == "item" and gap["material"]]
    material.sort(key=lambda gap: (-abs(gap["variance"]), gap["row_key"]))
    first = dict.fromkeys(gap["row_key"] for gap in material)
    rows: list[dict[str, Any]] = []
    for key in first | dict.fromkeys(map(str, table["row_key"])):
        said, decisions = people.on(exhibit, key)
        item = key in first
        if not item and not said["text"] and not decisions:
            continue
        row = _bare(exhibit, key, "row", f"{exhibit}|{key}", key)
        if (gap := known.get(key)) is not None:
            row |= {name: gap[name] for name in row.keys() & gap.keys()}
            row |= {"row_key": f"{exhibit}|{key}"} | _apart(gap, where.apart)
            told = where.driver(exhibit, gap, table)
            row |= told | {"reason": reasons(told["reason"], gap["reason"])}
            row |= where.effect(gap, table)
        row |= said | {"role": "item" if item else "open", "material": item}
        rows.append(row | (_decision(decisions[0]) if decisions else {}))
        rows += [_decided(exhibit, key, one) for one in decisions[1:]]
    return rows


def _bare(exhibit: str, key: str, kind: str, row_key: str, subject: str) -> dict[str, Any]:
    """Return a row of which nothing is known yet but where it stands."""
    nothing: dict[str, Any] = {
        name: "" if of == TEXT else None for name, of in _COLUMNS.items() if name != "rank"
    }
    nothing |= {"row_key": row_key, "exhibit": exhibit, "row": key, "kind": kind}
    return nothing | NOBODY | {"subject": subject, "role": "open"}


def _decided(exhibit: str, key: str, one: Decision) -> dict[str, Any]:
    """Return the row of a decision that has none to stand on, or stands there beside another."""
    row = _bare(exhibit, key, "decision", "", key or one.decision)
    return row | _decision(one)


def _decision(one: Decision) -> dict[str, str]:
    return {
        "decision": one.decision,
        "decision_text": one.text,
        "decision_owner": one.owner,
        "due_on": one.due_on,
        "since": one.since,
    }


def _apart(gap: Gap, split: Mapping[str, tuple[int, float, float]]) -> dict[str, float | None]:
    """Return what of a variance turns back and what stays, where that is known to the cent."""
    record = gap["record"]
    if any(name in record for name in _APART):
        return {name: number(record[name]) for name in _APART if name in record}
    found = split.get(str(record.get("line"))) if gap["kind"] == "line" else None
    if found is None or gap["reference_column"] != "plan" or found[0] != _cents(gap["variance"]):
        return {}
    return dict(zip(_APART, found[1:], strict=True))


def _effects(effects: pd.DataFrame | None) -> dict[str, Mapping[Any, Any]]:
    """Return the rows of a price-volume-mix by product: its items, or what adds up their lines."""
    if effects is None or effects.empty:
        return {}
    require(effects, ["role", "product", "change", *EFFECTS], name="effects")
    found: dict[str, Mapping[Any, Any]] = {}
    for role in ("item", "subtotal"):
        rows = effects[effects["role"] == role].to_dict("records")
        counts = Counter(str(row["product"]) for row in rows)
        found |= {str(row["product"]): row for row in rows if counts[str(row["product"])] == 1}
    return found


def _split(timing: pd.DataFrame | None) -> dict[str, tuple[int, float, float]]:
    """Return variance in cents, timing and permanent part by statement line, where some turns."""
    if timing is None or timing.empty:
        return {}
    require(timing, ["line", "variance", "accruals", "shifted", "permanent"], name="timing")
    rows = timing[timing["role"] == "item"].to_dict("records")
    twice = {name for name, count in Counter(str(row["line"]) for row in rows).items() if count > 1}
    return {
        str(row["line"]): (
            _cents(row["variance"]),
            (_cents(row["accruals"]) + _cents(row["shifted"])) / 100,
            float(row["permanent"]),
        )
        for row in rows
        if str(row["line"]) not in twice
        and not any(pd.isna(row[name]) for name in ("accruals", "shifted", "permanent"))
        and _cents(row["accruals"]) + _cents(row["shifted"])
    }


def _cents(amount: object) -> int:
    return round(float(amount) * 100)  # type: ignore[arg-type]


def _names(
    products: Mapping[str, str] | None,
    accounts: pd.DataFrame | None,
    owners: pd.DataFrame | None,
) -> dict[str, Mapping[str, str]]:
    found: dict[str, Mapping[str, str]] = {"product": products or {}}
    for column, table in (("account", accounts), ("cost_center", owners)):
        if table is not None:
            found[column] = labels_of(table, column, "name")
    return found
