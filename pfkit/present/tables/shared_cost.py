"""Shared cost on products: a column per pool, and beneath it what the ledger says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, table

if TYPE_CHECKING:
    from pfkit.contracts.about import About
    from pfkit.measures.shared_cost import SharedCost
    from pfkit.present.exhibit import Exhibit

_NO_POOLS = (
    "No pool of shared cost is declared, so products carry only what is booked on them: add "
    "[allocation] to book.toml."
)
_NO_COST = "No shared cost was booked in the period; cost of one product alone holds none."
_POOLS = 6
_SUMS = ("direct", "allocated", "cost", "result")


def shared_cost(
    result: SharedCost,
    *,
    about: About | None = None,
    top: int = 8,
    id: str = "shared-cost",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print what each pool of shared cost hands to each product, with the proof beneath.

    Parameters
    ----------
    result : SharedCost
        Result of `pfkit.shared_cost`, in reporting currency.
    about : About, optional
        The book: company, period, sources.
    top : int
        Products shown, the costliest first; the others stand together.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        A row per product, unused capacity, what is not allocated and the total, which is set
        beside the ledger; a column per pool, those with most cost first.
    """
    if not (result.pools["role"] == "item").any():
        return setting.said(id, _NO_POOLS, about, section=section)
    if not result.pools[["own", "handed_out"]].fillna(0).to_numpy(dtype="float64").any():
        return setting.said(id, _NO_COST, about, section=section)
    if not (result.products["role"] == "item").any():
        return setting.absent(id, about, "statement", section=section)
    shown, columns = _pools(result)
    frame = _frame(result, shown, columns, top)
    scale = look.money_scale(
        frame[["allocated", "cost"]].to_numpy().ravel(), setting.currency(about)
    )
    say = Facts(id, frame, scale)
    cols = [Col("label", f"Product, {scale.unit}", wide=True)]
    cols += [Col(columns[name], name, "money", group="Shared cost by pool") for name in columns]
    cols += [
        Col("allocated", "All", "money", group="Shared cost by pool"),
        Col("direct", "Direct", "money", group="Cost"),
        Col("cost", "Full", "money", group="Cost"),
        Col("result", "Result", "delta", spoken="revenue less full cost"),
    ]
    return table(
        id,
        frame,
        cols,
        title=(
            f"{setting.who(about)}shared cost on products in {scale.unit}{setting.when(about)}:"
            f" {result.method} allocation"
        ),
        message=_message(frame, say),
        say=say,
        about=about,
        tables=("actuals", "effort", "usage", "invoices"),
        notes=_notes(result, scale),
        ordered=False,
        section=section,
    )


def _pools(result: SharedCost) -> tuple[list[str], dict[str, str]]:
    """Return the pools that have a column, and the column of each; small ones share one."""
    items = result.pools[result.pools["role"] == "item"]
    ranked = items.reindex(items["own"].abs().sort_values(ascending=False, kind="stable").index)
    names = [str(name) for name in ranked["pool"]]
    shown = names if len(names) <= _POOLS else names[: _POOLS - 1]
    columns = {name: f"pool_{place}" for place, name in enumerate(shown, 1)}
    if len(shown) < len(names):
        columns[f"Other ({len(names) - len(shown)})"] = f"pool_{len(shown) + 1}"
    return shown, columns


def _frame(result: SharedCost, shown: list[str], columns: dict[str, str], top: int) -> pd.DataFrame:
    flows = result.flows
    last = list(columns.values())[-1]
    place = flows["pool"].map(lambda name: columns[name] if name in shown else last)
    grid = flows["amount"].astype("float64").groupby([flows["receiver"], place]).sum()
    rows: list[dict[str, Any]] = []
    for record in setting.records(result.products):
        row = {name: record[name] for name in ("row_key", "role", *_SUMS)}
        row["label"] = record["product"]
        row |= {c: round(float(grid.get((record["product"], c), 0.0)), 2) for c in columns.values()}
        rows.append(row)
    items = [row for row in rows if row["role"] == "item"]
    rest = items[top:] if len(items) > top + 1 else []
    kept = items[: len(items) - len(rest)]
    if rest:
        kept.append(_added(rest, f"Other ({len(rest)})", "rest", "other", columns))
    stays = [
        row | {"role": "other", "result": _negative(row["cost"])}
        for row in rows
        if row["role"] not in {"item", "total"}
    ]
    total = next(row for row in rows if row["role"] == "total")
    whole = _added([*items, *stays], "Total", "total", "total", columns)
    whole |= {name: total[name] for name in _SUMS}
    frame = pd.DataFrame([*kept, *stays, whole, _ledger(result, shown, columns, last)])
    numbers = [*columns.values(), *_SUMS, "difference"]
    frame[numbers] = frame.reindex(columns=numbers).astype("Float64")
    return frame[["row_key", "label", "role", *numbers]]


def _negative(cost: float | None) -> float | None:
    """Return what cost without revenue leaves, so that results add up to the total."""
    return None if look.missing(cost) else -float(cost)  # type: ignore[arg-type]


def _added(
    rows: list[dict[str, Any]], label: str, key: str, role: str, columns: dict[str, str]
) -> dict[str, Any]:
    names = [*columns.values(), *_SUMS]
    sums = {n: round(sum(r[n] for r in rows if not look.missing(r[n])), 2) for n in names}
    return {"row_key": key, "label": label, "role": role} | sums


def _ledger(
    result: SharedCost, shown: list[str], columns: dict[str, str], last: str
) -> dict[str, Any]:
    """Return what the ledger says of each pool, and what is between it and the total."""
    row: dict[str, Any] = {"row_key": "ledger", "label": "In the ledger", "role": "memo"}
    row |= dict.fromkeys(columns.values(), 0.0)
    for record in setting.records(result.pools[result.pools["role"] == "item"]):
        column = columns[record["pool"]] if record["pool"] in shown else last
        row[column] = round(row[column] + float(record["own"]), 2)
    total = result.pools[result.pools["role"] == "total"].iloc[0]
    return row | {"allocated": float(total["own"]), "difference": float(total["difference"])}


def _message(frame: pd.DataFrame, say: Facts) -> str:
    unit = f"{look.THIN}{say.scale.unit}"
    text = f"All {say.amount('ledger', 'allocated')}{unit} of shared cost has a place"
    stays = frame[frame["row_key"].isin(["unused", "other"])]
    for key, amount in zip(stays["row_key"].map(str), stays["allocated"], strict=True):
        if say.scale.zero(amount):
            continue
        over = key == "unused" and amount < 0
        word = "beyond capacity" if over else "unused capacity"
        word = word if key == "unused" else "not allocated"
        text += f", {say.amount(key, 'allocated', magnitude=over)}{unit} of it {word}"
    text += f"; difference to the ledger {say.number('ledger', 'difference', decimals=2)}"
    items = frame[(frame["role"] == "item") & frame["result"].notna()]
    losing = items[items["result"] < 0]
    if len(losing):
        key = str(losing.sort_values("result", kind="stable")["row_key"].iloc[0])
        name = frame.loc[frame["row_key"] == key, "label"].iloc[0]
        text += f"; {name} loses {say.amount(key, 'result', magnitude=True)}{unit} at full cost"
    return text


def _notes(result: SharedCost, scale: look.Scale) -> list[str]:
    items = setting.records(result.pools[result.pools["role"] == "item"])
    by = ", ".join(f"{row['pool']} by {row['driver']}" for row in items)
    how = {
        "direct": "Direct: pools do nothing for each other",
        "step-down": f"Step-down in the order {', '.join(result.order)}",
        "reciprocal": "Reciprocal: with all that pools do for each other",
    }[result.method]
    told = [f"{how}. {by}. Full cost is direct and shared cost; result is revenue less full cost."]
    told.append(_spread(result, scale))
    odd = [f"{row['pool']}: {row['reason']}" for row in items if row["reason"]]
    loose = result.pools.loc[result.pools["role"] == "other", "own"]
    if bool((~loose.map(scale.zero)).any()):
        odd.append("Not allocated holds lines in no pool")
    told.append(f"{'. '.join(odd[:4])}." if odd else "")
    return told


def _spread(result: SharedCost, scale: look.Scale) -> str:
    """Tell how far the order of a step-down would move a product."""
    items = result.products[result.products["role"] == "item"]
    wide = (items["allocated_high"] - items["allocated_low"]).astype("Float64")
    if result.orders < 2 or wide.isna().all() or not float(wide.max()):  # noqa: PLR2004
        return ""
    row = items.iloc[int(wide.fillna(0).to_numpy(dtype="float64").argmax())]
    return (
        f"Over {result.orders} step-down orders no product moves further than {row['product']}: "
        f"{scale.amount(row['allocated_low'])} to {scale.amount(row['allocated_high'])}"
        f"{look.THIN}{scale.unit}."
    )
