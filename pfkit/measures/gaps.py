"""The rows of any comparison table in one form: what is compared, with what, and does it matter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.errors import MeasureError, near_miss
from pfkit.measures.budget import judge
from pfkit.measures.rows import JOIN
from pfkit.measures.statement import PREFIX, REFERENCES

if TYPE_CHECKING:
    from collections.abc import Iterator

WORTH = "promised net present value"
APPROVED = "approved amount"
WORDS = {"plan": "plan", "prior_year": "prior year", "previous": "previous period"}
#: The exhibit that rows of each kind stand in on the page.
HOME = {
    "line": "pnl",
    "subtotal": "pnl",
    "product": "product-pnl",
    "budget": "budget-lines",
    "initiative": "roi",
}

#: One row that can be compared; its keys are those of `gap` and ``record``, the row itself.
Gap = dict[str, Any]

_SUMS = {"total", "subtotal", "other", "start", "end", "memo"}
_BASES = ("budget", "plan", "reference", "base", "approved", "before")
_COMPARED = ("actual", "compared", "after", "outlook", "amount")


def gaps(table: pd.DataFrame, *, exhibit: str, amount: float, rate: float) -> list[Gap]:
    """Return every row of a table that can be compared, with its verdict on materiality.

    Parameters
    ----------
    table : pandas.DataFrame
        A result of `pnl`, `product_pnl`, `budget_lines`, `roi`, `price_volume_mix`, `variance`,
        or any table with a column ``variance`` or ``change`` (or ``plan_variance``,
        ``prior_variance``, ``previous_variance``).
    exhibit : str
        The exhibit it stands in, for messages.
    amount, rate : float
        Materiality, as in `materiality`; a column ``material`` of the table goes before it.

    Returns
    -------
    list of dict
        ``kind``, ``row_key``, ``role`` (``item`` or ``total``), ``subject``, ``reference`` in
        words, ``reference_column``, ``actual``, ``base``, ``variance``, ``variance_rate``,
        ``favorable``, ``material``, ``why``, ``owner``, ``reason`` and ``record``.

    Raises
    ------
    MeasureError
        If the table compares nothing.
    """
    if table.empty:
        return []
    columns = {str(name) for name in table.columns}
    read = _plain
    if {"basis", "line", "plan_variance"} <= columns:
        read = _statement
    elif {"net", "plan_variance"} <= columns:
        read = _values
    elif {"comparison", "compared", "reference", "variance"} <= columns:
        read = _budget
    elif {"npv_outlook", "npv_plan", "over_approved"} <= columns:
        read = _initiatives
    elif {"change", "volume", "price", "not_split"} <= columns:
        read = _mix
    elif not columns & {"variance", "change", *(f"{PREFIX[name]}_variance" for name in REFERENCES)}:
        raise MeasureError(
            "no column says how far a row is from what it is compared with",
            where=exhibit,
            advice=near_miss("variance", columns, noun="column"),
        )
    found = []
    for gap in read(table):
        verdict, why = judge(gap["variance"], gap["variance_rate"], amount, rate)
        given = gap["record"].get("material")
        told = given is not None and not pd.isna(given)
        found.append(gap | {"material": bool(given) if told else verdict, "why": why})
    return found


def gap(record: dict[Any, Any], **told: Any) -> Gap:  # noqa: ANN401 - a row's own values
    """Return one row in the form of all; amounts that are missing are None."""
    plain: Gap = {"role": "item", "owner": "", "reason": "", "reference_column": ""}
    row = plain | {"row_key": str(record["row_key"]), "record": record} | told
    for name in ("actual", "base", "variance", "variance_rate"):
        row[name] = number(row[name])
    return row


def number(value: object) -> float | None:
    """Return a number, None where it is missing."""
    return None if pd.isna(value) else float(value)  # type: ignore[arg-type,call-overload]


def _referred(record: dict[Any, Any], column: str) -> dict[str, Any] | None:
    """Return the comparison with the first reference that is there."""
    base = next((r for r in REFERENCES if not pd.isna(record.get(r))), None)
    if base is None or pd.isna(record[column]):
        return None
    return {
        "reference": WORDS[base],
        "reference_column": base,
        "actual": record[column],
        "base": record[base],
        "variance": record[f"{PREFIX[base]}_variance"],
        "variance_rate": record[f"{PREFIX[base]}_variance_rate"],
        "favorable": record[f"{PREFIX[base]}_favorable"],
    }


def _statement(table: pd.DataFrame) -> Iterator[Gap]:
    by = str(table.columns[1])
    rows = table[(table["basis"] == "period") & (table["role"] != "memo")]
    for record in rows.to_dict("records"):
        told = _referred(record, "actual")
        if told is not None:
            whole = record["role"] == "subtotal"
            subject = record["line"] if by == "line" else f"{record[by]}: {record['line']}"
            kind = "subtotal" if whole else "line"
            role = "total" if whole else "item"
            yield gap(record, kind=kind, role=role, subject=subject, **told)


def _values(table: pd.DataFrame) -> Iterator[Gap]:
    for record in table[table["role"] == "item"].to_dict("records"):
        told = _referred(record, "net")
        if told is not None:
            yield gap(record, kind="product", subject=f"Net revenue of {record['label']}", **told)


def _budget(table: pd.DataFrame) -> Iterator[Gap]:
    for record in table[table["role"] != "other"].to_dict("records"):
        whole = record["role"] == "total"
        if pd.isna(record["variance"]):
            continue
        yield gap(
            record,
            kind="budget",
            role="total" if whole else "item",
            subject="The total" if whole else record["label"],
            reference=record["comparison"],
            actual=record["compared"],
            base=record["reference"],
            variance=record["variance"],
            variance_rate=record["variance_rate"],
            favorable=record["favorable"],
            owner=record["owner"],
            reason=record["reason"],
        )


def _initiatives(table: pd.DataFrame) -> Iterator[Gap]:
    """Return initiatives whose worth now looks negative, or that took more than approved."""
    for record in table[table["role"] == "item"].to_dict("records"):
        told: dict[str, Any] = {"kind": "initiative", "owner": record["owner"]}
        told["subject"] = record["name"] or record[str(table.columns[1])]
        over = not pd.isna(record["over_approved"]) and bool(record["over_approved"])
        outlook, promised = number(record["npv_outlook"]), number(record["npv_plan"])
        if outlook is not None and outlook < 0 and promised is not None:
            told |= {"reference": WORTH, "actual": outlook, "base": promised}
            told |= {"favorable": outlook >= promised}
            told |= {"reason": "more is invested than approved" if over else ""}
        elif over:
            spent, allowed = record["invested_actual"], record["approved_amount"]
            told |= {"reference": APPROVED, "actual": float(spent), "base": float(allowed)}
            told |= {"favorable": False}
        else:
            continue
        change = round(told["actual"] - told["base"], 2)
        share = change / abs(told["base"]) if told["base"] else None
        yield gap(record, variance=change, variance_rate=share, **told)


def _mix(table: pd.DataFrame) -> Iterator[Gap]:
    """Return the items of a price-volume-mix; families and the total are told by them."""
    for record in table[table["role"] == "item"].to_dict("records"):
        against = str(record["against"])
        yield gap(
            record,
            kind="mix",
            subject=f"Sales of {record['label']}",
            reference=WORDS.get(against, against),
            actual=record["actual"],
            base=record["base"],
            variance=record["change"],
            variance_rate=record["change_rate"],
            favorable=record["favorable"],
            reason=record["reason"],
        )


def _plain(table: pd.DataFrame) -> Iterator[Gap]:
    """Return the rows of any other table that carries a variance."""
    names = [str(name) for name in table.columns]
    base = next((name for name in _BASES if name in names), None)
    compared = next((name for name in _COMPARED if name in names), None)
    column = "change" if "change" in names and "variance" not in names else "variance"
    label = "label" if "label" in names else None
    texts = [
        name
        for name in names[1:]
        if not pd.api.types.is_numeric_dtype(table[name])
        and name not in {"role", "kind", "status", "reason", "favorable_when", "owner", "basis"}
    ]
    for record in table.to_dict("records"):
        parts = [str(record[name]) for name in texts if not pd.isna(record[name])]
        subject = str(record[label]) if label else JOIN.join(part for part in parts if part)
        told: dict[str, Any] | None = {
            "reference": str(base or "reference"),
            "actual": record[compared] if compared else None,
            "base": record[base] if base else None,
            "variance": record.get(column),
            "variance_rate": record.get(f"{column}_rate"),
            "favorable": record.get("favorable"),
        }
        if column not in names:
            told = _referred(record, compared or names[0])
        if told is None or pd.isna(told["variance"]):
            continue
        if told["variance_rate"] is None:
            told["variance_rate"] = _rate(told["variance"], told["base"])
        role = "total" if str(record.get("role", "item")) in _SUMS else "item"
        owner = record.get("owner", "")
        owner = "" if pd.isna(owner) else str(owner)
        yield gap(record, kind="row", role=role, subject=subject, owner=owner, **told)


def _rate(variance: float, base: object) -> float | None:
    known = number(base)
    return None if not known else float(variance) / abs(known)
