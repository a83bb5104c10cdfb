"""The benefit register: promised, realized with its evidence, and no money counted twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.errors import MeasureError
from pfkit.measures.claims import GRADES, SOURCES, STATES, point_at_shared, settle
from pfkit.measures.initiatives import facts_of, stranger, told
from pfkit.measures.proofs import prove
from pfkit.measures.rows import (
    COUNT,
    FLAG,
    MONEY,
    NONE,
    RATE,
    TEXT,
    iso_days,
    money,
    rate,
    reasons,
    records,
    require,
    result,
    row_keys,
    texts,
    whole_cents,
)

if TYPE_CHECKING:
    from datetime import date

    from pfkit.measures.initiatives import Facts

_ENDS = ("realized_low", "realized_high")
_AMOUNTS = ("promised_amount", "realized_amount", *_ENDS)
_FIELDS = ("benefit", "initiative", "name", "metric", "owner", "kind", "source", "currency")
_MORE = ("method", "grade", "start", "end", "status", "product", "account", "feature")
_COLUMNS = (
    {"row_key": TEXT, "benefit": TEXT, "role": TEXT, "count": COUNT, "initiative": TEXT}
    | {"initiative_name": TEXT, "product": TEXT, "name": TEXT, "metric": TEXT, "owner": TEXT}
    | {"kind": TEXT, "source": TEXT, "status": TEXT, "grade": TEXT, "method": TEXT}
    | dict.fromkeys(_AMOUNTS, MONEY)
    | {"level": RATE, "variance": MONEY, "realized_share": RATE, "validated_amount": MONEY}
    | {"counts_promised": FLAG, "counts_realized": FLAG, "claimed_by": TEXT}
    | {"measured_on": TEXT, "measured_months": "Float64", "start": TEXT, "reason": TEXT}
)


def benefits(
    register: pd.DataFrame,
    initiatives: pd.DataFrame | None = None,
    *,
    attribution: pd.DataFrame | None = None,
    through: str = "",
    as_of: date | None = None,
    currency: str = "",
) -> pd.DataFrame:
    r"""Set what was promised beside what was measured, and count every metric once.

    Use it for the investment review, and wherever somebody adds up benefits.

    Parameters
    ----------
    register : pandas.DataFrame
        Table ``benefits``; amounts in reporting currency a year. The last known row of a benefit
        counts. Rows of kind ``saving`` are told by `savings`, which holds them to the ledger.
    initiatives : pandas.DataFrame, optional
        Table ``initiatives``: ``name``, ``product``.
    attribution : pandas.DataFrame, optional
        What was attributed to features: ``feature``, ``incremental`` with ``lo90`` and ``hi90``
        (reporting currency, from the release on) and ``verdict``; ``months`` it was added up over,
        and ``benefit`` or ``initiative`` where the register does not name the feature.
    through : str
        Last fiscal month of the effects, for results without ``months``: they count from the
        entry's ``start``.
    as_of : datetime.date, optional
        Count rows known by then. Default: all.
    currency : str
        The reporting currency; amounts in another one do not count. Default: not checked.

    Returns
    -------
    pandas.DataFrame
        One row per benefit by initiative, metric and rank, then ``Total`` and ``of which
        validated``. ``row_key``, ``benefit``, ``role`` (``item``, ``total``, ``memo``), ``count``,
        ``initiative``, ``initiative_name``, ``product``, ``name``, ``metric``, ``owner``, ``kind``,
        ``source``, ``status``, ``grade``, ``method``; in reporting currency a year
        ``promised_amount``, ``realized_amount`` with ``realized_low`` and ``realized_high`` at
        ``level`` (a fraction), ``variance`` (realized minus promised), ``validated_amount``;
        ``realized_share`` of promised; ``counts_promised`` and ``counts_realized`` (whether the
        totals hold it); ``claimed_by`` (the benefit that counts in its place); ``measured_on``,
        ``measured_months``, ``start``; ``reason`` says what is NA or left out, and why.

    Raises
    ------
    ContractError
        If `register` lacks a column.
    MeasureError
        If a word or a day is not known, an amount is not finite, or a benefit has two rows of one
        day.

    Notes
    -----
    Benefits of one initiative and metric are the same money, and so are those of one metric,
    product and account in overlapping months (``start`` to ``end``), whoever claims them. Of those
    promised, the first by source that promises something counts; of those measured, the first by
    source (attribution, ledger, register), then grade (A to D, none last), status (validated
    first), and day measured (latest first), then by name. A result of `attribution` that is
    randomized or supported is a row of its own, at a year's worth, and counts before every entry it
    speaks for: those that name its benefit, else its feature, else its initiative, where that
    brings one metric of revenue. With any other verdict the entry stays, and says so. A result that
    no entry names is shown and not counted, for its money may stand in the register under another
    name. What a saving claims of a line is not counted here again. What was withdrawn is not
    realized and stays in what was promised, where no other benefit promises the same money. Those
    of an initiative that is not listed, and those in another currency, do not count. Validated is
    what finance validated, with a grade and a day. The
    interval of a sum adds up the ends, as if all erred together; it is NA where a part has none, or
    the levels differ. An interval whose ends are reversed, or that does not hold its amount, is
    left out.

    References
    ----------
    .. [1] PMI, *Benefits Realization Management: A Practice Guide*, 2019 (benefit register).

    Examples
    --------
    >>> rows = pd.DataFrame(
    ...     [
    ...         ("B1", "x", "Fewer calls", "calls", 100.0, 80.0, "measured", "2026-03-31"),
    ...         ("B2", "x", "Less support", "calls", 100.0, 90.0, "measured", "2026-02-28"),
    ...     ],
    ...     columns=["benefit", "initiative", "name", "metric", "promised_amount",
    ...              "realized_amount", "status", "measured_on"],
    ... )
    >>> benefits(rows)[["benefit", "realized_amount", "claimed_by"]].values.tolist()[:3]
    [['B1', 80.0, ''], ['B2', 90.0, 'B1'], ['Total', 80.0, '']]
    """
    facts = facts_of(initiatives, as_of=as_of)
    entries = _last(register, as_of)
    rows = [_judged(row, facts, currency) for row in entries if row["kind"] != "saving"]
    if attribution is not None:
        day = "" if as_of is None else as_of.isoformat()
        proofs = prove(attribution, rows, through=through, measured_on=day)
        rows += [row | {"reason": reasons(row["reason"], _interval(row))} for row in proofs]
    ordered = settle(rows, [row for row in entries if _saved(row)])
    point_at_shared(ordered)
    keys = row_keys([(row["benefit"],) for row in ordered], reserved=["total", "validated"])
    out = [row | {"row_key": key} for row, key in zip(ordered, keys, strict=True)]
    out += _totals(out) if out else []
    return result([_in_units(row) for row in out], _COLUMNS)


def _last(register: pd.DataFrame, as_of: date | None) -> list[dict[str, Any]]:
    """Return the last known row of each benefit, amounts in cents."""
    require(register, ["benefit", "initiative", "metric", "promised_amount"], name="benefits")
    given = {str(column) for column in register.columns}
    rows = pd.DataFrame(index=register.index)
    for name in (*_FIELDS, *_MORE):
        rows[name] = texts(register[name]).replace(NONE, "") if name in given else ""
    rows["initiative"] = rows["initiative"].replace("", NONE)
    rows["source"] = rows["source"].replace("", "register")
    rows["status"] = rows["status"].replace("", "promised")
    for name in ("measured_on", "known_on"):
        rows[name] = iso_days(register[name], name="benefits") if name in given else ""
    for name in _AMOUNTS:
        rows[name] = _cents(register[name]) if name in given else None
    for name in ("level", "measured_months"):
        rows[name] = register[name].astype("float64") if name in given else float("nan")
    _known_words(rows)
    if as_of is not None:
        rows = rows[rows["known_on"] <= as_of.isoformat()]
    rows = rows.drop_duplicates().sort_values(["benefit", "known_on"], kind="stable")
    twice = rows[rows.duplicated(["benefit", "known_on"])]
    if len(twice):
        name, known = twice["benefit"].iloc[0], twice["known_on"].iloc[0]
        raise MeasureError(
            f"benefit {name!r} has two rows known on {known or 'no day'}",
            where="benefits",
            advice="Keep one of them, or give each the day it became known.",
        )
    return records(rows.drop_duplicates("benefit", keep="last"))


def _saved(row: dict[str, Any]) -> bool:
    """Return whether a row is a saving that is claimed as come, on a line of the ledger."""
    come = row["status"] in {"measured", "validated"}
    return row["kind"] == "saving" and come and row["account"] != ""


def _cents(amounts: pd.Series) -> pd.Series:
    known = amounts.notna()
    found = pd.Series([None] * len(amounts), index=amounts.index, dtype="object")
    found[known] = whole_cents(amounts[known], name="benefits").astype("object")
    return found


def _known_words(rows: pd.DataFrame) -> None:
    for name, known in (("source", SOURCES), ("grade", (*GRADES, "")), ("status", STATES)):
        unknown = sorted(set(rows[name]) - set(known))
        if unknown:
            raise MeasureError(
                f"{name} {unknown[0]!r} is not known",
                where="benefits",
                advice=f"Use one of {', '.join(word for word in known if word)}.",
            )


def _judged(row: dict[str, Any], facts: Facts, currency: str) -> dict[str, Any]:
    """Return a benefit with what can be said of it by itself."""
    who = told(facts, row["initiative"])
    row |= {"role": "item", "count": 1, "claimed_by": ""}
    row["product"] = row["product"] or who["product"]
    row |= {"initiative_name": who["name"], "name": row["name"] or row["benefit"]}
    why = [stranger(facts, row["initiative"])]
    other = bool(currency and row["currency"] and row["currency"] != currency)
    if other:
        why.append(f"in {row['currency']}, not {currency}, and no rate converts it")
        row |= dict.fromkeys(_AMOUNTS)
    withdrawn = row["status"] == "withdrawn"
    why.append("withdrawn" if withdrawn else "")
    out = bool(why[0]) or other or withdrawn
    has = row["realized_amount"] is not None
    if has and not row["measured_on"]:
        why.append("realized without the day it was measured on")
    elif not has and not out:
        why.append("not measured yet" if row["status"] == "promised" else "no realized amount")
    # what was withdrawn was promised all the same: it stays in what the realized is held against
    promises = not (why[0] or other)
    row["counts_promised"] = promises and row["promised_amount"] is not None
    row["counts_realized"] = not out and has and bool(row["measured_on"])
    if has:
        why.append(_interval(row))
        why += [
            word
            for word, lacks in (("no evidence grade", "grade"), ("no owner", "owner"))
            if not row[lacks]
        ]
    row["reason"] = reasons(*why)
    return row


def _interval(row: dict[str, Any]) -> str:
    """Return what is wrong with an interval, and take it away; empty where nothing is."""
    low, high = row["realized_low"], row["realized_high"]
    if low is None and high is None:
        return "no interval"
    if low is None or high is None:
        wrong = "interval with one end"
    elif low > high:
        wrong = "interval reversed"
    elif not low <= row["realized_amount"] <= high:
        wrong = "amount outside its interval"
    else:
        return "" if row["level"] is not None else "interval without its level"
    row |= dict.fromkeys(_ENDS)
    return wrong


def _totals(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what counts in total, and what of it finance has validated."""
    counted = [row for row in rows if row["counts_realized"]]
    proven = [row for row in counted if row["status"] == "validated" and row["grade"]]
    for row in rows:
        row["validated_amount"] = row["realized_amount"] if row in proven else None
    blank: dict[str, Any] = dict.fromkeys(_COLUMNS) | dict.fromkeys(
        [name for name, kind in _COLUMNS.items() if kind == TEXT], ""
    )
    promised = [row["promised_amount"] for row in rows if row["counts_promised"]]
    found = []
    for key, label, role, parts in (
        ("total", "Total", "total", counted),
        ("validated", "of which validated", "memo", proven),
    ):
        total = blank | {"row_key": key, "benefit": label, "name": label, "role": role}
        total |= {"count": len(parts)} | _summed(parts)
        if role == "total":
            total |= {"promised_amount": sum(promised) if promised else None}
        total["validated_amount"] = (
            sum(row["realized_amount"] for row in proven) if proven else None
        )
        found.append(total)
    twice = [row["benefit"] for row in rows if row["claimed_by"]]
    left = [row["benefit"] for row in rows if not row["counts_promised"] and not row["claimed_by"]]
    gone = [
        row["benefit"] for row in rows if row["counts_promised"] and row["status"] == "withdrawn"
    ]
    found[0]["reason"] = reasons(
        found[0]["reason"],
        f"not counted twice: {', '.join(twice)}" if twice else "",
        f"not counted: {', '.join(left)}" if left else "",
        f"withdrawn, and still promised: {', '.join(gone)}" if gone else "",
    )
    return found


def _summed(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Add up realized amounts and their intervals."""
    if not parts:
        return {"realized_amount": None, "reason": "nothing measured"}
    found: dict[str, Any] = {"realized_amount": sum(row["realized_amount"] for row in parts)}
    bare = [row["benefit"] for row in parts if row["realized_low"] is None]
    levels = {row["level"] for row in parts}
    if bare:
        return found | {"reason": f"no interval: {', '.join(bare)} has none"}
    if len(levels) > 1 or None in levels:
        return found | {"reason": "no interval: the levels of its parts differ"}
    found |= {end: sum(row[end] for row in parts) for end in _ENDS}
    return found | {"level": levels.pop(), "reason": ""}


def _in_units(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row in currency units, with what follows from its amounts."""
    promised, realized = row["promised_amount"], row["realized_amount"]
    both = promised is not None and realized is not None
    row |= {"variance": realized - promised if both else None}
    row |= {"realized_share": rate(realized, promised) if both and promised > 0 else None}
    amounts = (*_AMOUNTS, "variance", "validated_amount")
    return row | {name: money(row[name]) for name in amounts}
