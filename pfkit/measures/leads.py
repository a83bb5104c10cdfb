"""Leads: what a result says should be acted on, what it is worth a year, and the cell it stands in.

A source of actions is a reader: it is given a result and says its leads. `READERS` holds those of
pfkit's own results, by the exhibit they stand in; `pfkit.actions` takes more of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from pfkit.measures.npv import equivalent_annual_annuity
from pfkit.measures.rows import NONE, records

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.period import Period

_YEAR = 12
#: A year's worth of fewer months is not sure.
_LASTING = 3
#: What money a lead is about: the ledger's lines, an initiative's life, or no money at all.
Domain = Literal["ledger", "initiative", "control"]
Confidence = Literal["high", "medium", "low"]
#: Whether what is at stake comes again every year, or is an amount of its own.
Basis = Literal["a year", "once"]
Scope = Mapping[str, frozenset[str]]

#: Rows that are sums of others, or left out of them.
_ITEMS = ("item", "line")


@dataclass(frozen=True)
class Lead:
    """Something to act on, and where its number stands.

    Attributes
    ----------
    row, column : str
        The cell the number is taken from; `column` is empty where no money is known.
    text : str
        What to do, as a sentence begins.
    amount : float or None
        The cell's value, reporting currency.
    value : float or None
        What is at stake, positive; None where it is not known.
    rule : str
        How the value follows from the amount.
    against : str
        A second column of the same row that the value needs; empty where there is none.
    against_amount : float or None
        Its value.
    name : str
        What it is about, in few words.
    owner, due_on, decision, state : str
        Who acts, by when (ISO date), the decision it hangs on and whether that is ``open`` or
        ``overdue``; empty where nobody has said.
    confidence : str
        ``high``, ``medium`` or ``low``: how sure the value is.
    basis : str
        ``a year`` where the value is a year's worth, ``once`` where it does not come again.
    domain : str
        Leads of different domains are never about the same money.
    scope : mapping of str to frozenset of str
        What money it is: ``product``, ``account``, ``cost_center``, ``initiative``. A dimension
        that is left out is not told apart.
    exhibit : str
        The exhibit of the cell; `pfkit.actions` sets it.
    """

    row: str
    column: str
    text: str
    amount: float | None
    value: float | None
    rule: str
    against: str = ""
    against_amount: float | None = None
    name: str = ""
    owner: str = ""
    due_on: str = ""
    decision: str = ""
    state: str = ""
    confidence: Confidence = "medium"
    basis: Basis = "a year"
    domain: Domain = "ledger"
    scope: Scope = field(default_factory=dict)
    exhibit: str = ""


@dataclass(frozen=True)
class Ground:
    """What readers may know beside their result.

    Attributes
    ----------
    period : Period
        The period reported.
    margin : float
        A product that contributes a smaller share of its net revenue is a lead.
    rate, years : float, int
        A net present value becomes a year's worth as an annuity at this rate over these years.
    places : mapping
        The accounts and cost centers that the ledger books a product's cloud cost on.
    """

    period: Period
    margin: float
    rate: float
    years: int
    places: Mapping[str, Scope]


Reader = Callable[["pd.DataFrame", Ground], Iterator[Lead]]


def items(result: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Give the rows of a result that stand for themselves, missing values as None."""
    for row in plain(result):
        if row.get("role", "item") in _ITEMS:
            yield row


def plain(result: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows with numbers and flags as Python has them, missing values as None."""
    return [
        {
            name: value.item() if isinstance(value, np.generic) else value
            for name, value in row.items()
        }
        for row in records(result)
    ]


def _one(name: str, value: object) -> Scope:
    return {name: frozenset({str(value)})} if value not in {None, "", NONE} else {}


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _line_scope(row: Mapping[str, Any]) -> Scope:
    names = [name for name in ("product", "account", "cost_center") if row.get(name)]
    return {name: frozenset({str(row[name])}) for name in names}


def _line(row: Mapping[str, Any]) -> str:
    return "cost of no owner" if row["label"] == NONE else str(row["label"])


def off_plan(result: pd.DataFrame, _ground: Ground) -> Iterator[Lead]:
    """Read `outlook`: lines that will end the year on the wrong side of their plan."""
    for row in items(result):
        variance, landing = row["variance"], _text(row["landing"])
        if row["favorable"] is not False or not variance:
            continue
        sure = landing not in {"open", "not planned"}
        yield Lead(
            row=str(row["row_key"]),
            column="variance",
            text=f"Bring {_line(row)} back to its plan, or have the overrun approved",
            amount=variance,
            value=abs(variance),
            rule="outlook of the full year less its plan",
            basis="once",
            name=_line(row),
            owner=_text(row.get("owner")),
            confidence="high" if sure else "low",
            scope=_line_scope(row),
        )


def over_budget(result: pd.DataFrame, _ground: Ground) -> Iterator[Lead]:
    """Read `budget_lines`: lines that are over plan so far, or have ordered more than is left."""
    for row in items(result):
        short = row.get("available") if row.get("overcommitted") is True else None
        over = row["variance"] if row["favorable"] is False and row["variance"] else None
        common: dict[str, Any] = {
            "row": str(row["row_key"]),
            "name": _line(row),
            "owner": _text(row.get("owner")),
            "basis": "once",
            "scope": _line_scope(row),
        }
        if over is not None:
            yield Lead(
                column="variance",
                text=f"Bring {_line(row)} back to its plan, or have the overrun approved",
                amount=over,
                value=abs(over),
                rule=f"{row['comparison']}, not annualized",
                confidence="high" if row["material"] is True else "medium",
                **common,
            )
        if short is not None and short < 0:
            yield Lead(
                column="available",
                text=f"Cancel or defer orders of {_line(row)}, or have more approved",
                amount=short,
                value=-short,
                rule="spent and ordered above the year's budget",
                confidence="high",
                **common,
            )


def below_hurdle(result: pd.DataFrame, ground: Ground) -> Iterator[Lead]:
    """Read `roi`: initiatives that will not earn their hurdle rate, or that slip and earn less.

    What is spent is spent: of one that has begun, what is still to come says whether to stop.
    """
    for row in items(result):
        outlook, plan = row["npv_outlook"], row["npv_plan"]
        if outlook is None:
            continue
        late = (row.get("go_live_slip_days") or 0) > 0
        hurdle = row.get("hurdle_rate")
        each = equivalent_annual_annuity(
            1.0, rate=ground.rate if hurdle is None else hurdle, n=ground.years
        )
        spread = f"as an annuity over {ground.years} years at its hurdle rate"
        common: dict[str, Any] = {
            "row": str(row["row_key"]),
            "name": str(row["name"]),
            "owner": _text(row.get("owner")),
            "domain": "initiative",
            "scope": _one("initiative", row["initiative"]),
        }
        if outlook < 0:
            column = "npv_outlook" if row["ahead"] is None else "ahead"
            amount = row[column]
            if not amount:  # nothing is still to come, so nothing is to be decided
                continue
            asked, rule = _going_on(column, amount)
            yield Lead(
                column=column,
                text=asked.format(f"“{row['name']}”"),
                amount=amount,
                value=round(abs(amount) * each, 2),
                rule=f"{rule}, {spread}",
                **common,
            )
        elif late and plan is not None and outlook < plan:
            yield Lead(
                column="npv_outlook",
                text=f"Bring “{row['name']}” to what it promised",
                amount=outlook,
                value=round((plan - outlook) * each, 2),
                rule=f"net present value below plan of one that goes live late, {spread}",
                against="npv_plan",
                against_amount=plan,
                **common,
            )


def _going_on(column: str, amount: float) -> tuple[str, str]:
    """Return what to do about an initiative that does not earn its hurdle rate, and the rule."""
    if column == "npv_outlook":  # not begun: nothing is spent that would not come back
        return "Do not begin {}, or change what it does", "what its present value is below zero"
    if amount > 0:
        return (
            "Finish {}, or renegotiate what is still to come",
            "present value of going on, with what is spent left out",
        )
    return (
        "Stop {}, or change what it does",
        "what stopping saves, the present value of going on",
    )


def over_approved(result: pd.DataFrame, _ground: Ground) -> Iterator[Lead]:
    """Read `cost_to_complete`: what is overdue, or can still be spent above what was approved."""
    for row in items(result):
        over, left = row["variance"] or 0.0, row["estimate_to_complete"] or 0.0
        late = (row.get("overdue_days") or 0) > 0
        stake = min(over, left)
        if not late and stake <= 0:
            continue
        column = "variance" if over <= left else "estimate_to_complete"
        step = _text(row.get("next_milestone"))
        yield Lead(
            row=str(row["row_key"]),
            column=column if stake > 0 else "",
            text=f"Finish “{step}” of “{row['name']}”"
            if late and step
            else f"Have the cost of “{row['name']}” approved, or cut its scope",
            amount=stake if stake > 0 else None,
            value=stake if stake > 0 else None,
            rule="cost above what was approved that is still to be spent" if stake > 0 else "",
            basis="once",
            name=f"cost to complete {row['name']}",
            owner=_text(row.get("owner")),
            confidence="medium",
            domain="initiative",
            scope=_one("initiative", row["initiative"]),
        )


def unrealized(result: pd.DataFrame, _ground: Ground) -> Iterator[Lead]:
    """Read `benefits`: what was measured below what was promised."""
    for row in items(result):
        if row["counts_realized"] is not True or row["variance"] is None:
            continue
        if row["variance"] >= 0 or row["initiative"] == NONE:
            continue
        yield Lead(
            row=str(row["row_key"]),
            column="variance",
            text=f"Recover what “{row['name']}” was to bring, or withdraw the promise",
            amount=row["variance"],
            value=-row["variance"],
            rule="a year's benefit promised less realized",
            name=str(row["name"]),
            owner=_text(row.get("owner")),
            confidence="high" if row["grade"] in {"A", "B"} else "medium",
            domain="initiative",
            scope=_one("initiative", row["initiative"]),
        )


_WASTE = {
    "idle": "Switch off {}",
    "charged twice": "Claim back what was charged twice for {}",
    "commitment not used": "Buy less of {} when it is renewed, or use it",
    "duplicate vendor": "End the second subscription {}",
    "price above contract": "Claim back the price above contract of {}",
}


def wasted(result: pd.DataFrame, ground: Ground) -> Iterator[Lead]:
    """Read `waste`: cloud cost that brings nothing, prices above contract included.

    What a commitment has bought is not saved before it is renewed: it is no money at stake now.
    """
    for row in plain(result):
        yearly = row["annual"]
        bought = row.get("over_bought") is not None
        column = "over_bought" if bought else "avoidable" if yearly is None else "annual"
        if row["role"] not in {"item", "memo"} or row[column] is None or not row["confidence"]:
            continue
        what = row["resource"] or row["service"] or row["account"]
        product = str(row["product"])
        yield Lead(
            row=str(row["row_key"]),
            column=column,
            text=_WASTE.get(str(row["kind"]), "End {}").format(what),
            amount=row[column],
            value=None if bought else row[column],
            rule="not avoidable before it is renewed"
            if bought
            else row["annual_rule"] or "avoidable in the period, not annualized",
            basis="once" if yearly is None else "a year",
            name=f"{row['kind']}: {what}",
            confidence=row["confidence"],
            scope={**_one("product", product), **ground.places.get(product, {})},
        )


def low_margin(result: pd.DataFrame, ground: Ground) -> Iterator[Lead]:
    """Read `product_pnl` by product: products that contribute too little of what they earn."""
    months = len(ground.period.year_to_date.months)
    for row in items(result):
        earned, net = row["contribution_ytd"], row["net_ytd"]
        if earned is None or net is None or "product" not in row:
            continue
        short = (net * ground.margin - earned) * _YEAR / months
        if net <= 0 or short <= 0:
            continue
        yield Lead(
            row=str(row["row_key"]),
            column="contribution_ytd",
            text=f"Raise the margin of {row['label']}, or retire it",
            amount=earned,
            value=round(short, 2),
            rule=f"contribution short of {ground.margin:.0%} of net revenue in the year to date, "
            f"× 12 / {months}",
            against="net_ytd",
            against_amount=net,
            name=f"margin of {row['label']}",
            confidence="medium",
            scope=_one("product", row["product"]),
        )


def posted_twice(result: pd.DataFrame, _ground: Ground) -> Iterator[Lead]:
    """Read `breaches`: what is booked twice is money; any other breach is none by itself."""
    for row in items(result):
        twice = row["rule"] == "Posted twice"
        yield Lead(
            row=str(row["row_key"]),
            column="amount" if twice else "",
            text=_text(row["advice"]).rstrip(".") or f"Answer for {row['rule']}",
            amount=row["amount"] if twice else None,
            value=row["amount"] if twice else None,
            rule=f"booked twice in {row['month']}" if twice else "",
            basis="once",
            name=str(row["rule"]),
            confidence="high" if row["state"] == "red" else "medium",
            domain="control",
            scope=_one("row", row["row_key"]),
        )


def spare_hours(result: pd.DataFrame, ground: Ground) -> Iterator[Lead]:
    """Read `utilization`: people who are paid for hours that nobody asked for."""
    months = len(ground.period.months)
    for row in items(result):
        spare = row["spare_cost"]
        if row["state"] != "under" or spare is None or spare <= 0:
            continue
        yield Lead(
            row=str(row["row_key"]),
            column="spare_cost",
            text=f"Give the spare hours of {row['label']} to other work",
            amount=spare,
            value=round(spare * _YEAR / months, 2),
            rule=f"spare hours of the period at their cost, × 12 / {months}",
            name=f"spare hours of {row['label']}",
            confidence="low" if months < _LASTING else "medium",
            scope=_line_scope({"cost_center": row.get("cost_center")}),
        )


#: Readers of pfkit's own results, by the exhibit that shows them.
READERS: dict[str, Reader] = {
    "outlook": off_plan,
    "outlook-lines": off_plan,
    "budget-lines": over_budget,
    "roi": below_hurdle,
    "cost-to-complete": over_approved,
    "benefits": unrealized,
    "waste": wasted,
    "product-pnl": low_margin,
    "breaches": posted_twice,
    "utilization": spare_hours,
}
