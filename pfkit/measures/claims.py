"""Claims of the same money: which of several register entries counts, so that none counts twice."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from pfkit.measures.rows import NONE, reasons

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Where a realized amount comes from, the one that counts first.
SOURCES = ("attribution", "ledger", "register")
#: Strength of the evidence: experiment, quasi-experiment, before and after, estimate.
GRADES = ("A", "B", "C", "D")
STATES = ("validated", "measured", "promised", "withdrawn")
_NEVER = "9999-12"

Row = dict[str, Any]


def settle(rows: Sequence[Row], taken: Sequence[Row] = ()) -> list[Row]:
    """Let one entry of those that claim the same money count, and say so on the others.

    Parameters
    ----------
    rows : sequence of dict
        Entries that may count, with ``counts_promised`` and ``counts_realized``; both are set.
    taken : sequence of dict
        Savings that the ledger already counts: what claims their line is not realized again.

    Returns
    -------
    list of dict
        The rows by initiative, metric and rank.
    """
    realized = sorted((row for row in rows if row["counts_realized"]), key=_rank)
    promised = sorted(
        (row for row in rows if row["counts_promised"]),
        key=lambda row: (
            not row["promised_amount"],
            row["status"] == "withdrawn",
            *_rank(row),
        ),
    )
    order = {id(row): (not row["counts_realized"], *_rank(row)) for row in rows}
    first = _first(realized, taken)
    promise = _first(promised, ())
    for row in rows:
        mine = first.get(id(row))
        if mine is None and row["promised_amount"]:
            mine = promise.get(id(row))
        row["counts_realized"] = row["counts_realized"] and id(row) not in first
        row["counts_promised"] = row["counts_promised"] and id(row) not in promise
        if mine is not None:
            row["claimed_by"] = mine["benefit"]
            row["reason"] = reasons(_lost(row, mine), row["reason"])
    return sorted(rows, key=lambda row: (row["initiative"], row["metric"], order[id(row)]))


def _first(ordered: Iterable[Row], taken: Sequence[Row]) -> dict[int, Row]:
    """Return, for each entry whose money an earlier one claims, that earlier one."""
    held: dict[tuple[str, ...], list[Row]] = {}
    for row in taken:
        _hold(held, row)
    lost: dict[int, Row] = {}
    for row in ordered:
        before = next(
            (
                other
                for key in _keys(row)
                for other in held.get(key, [])
                if key[0] != "line" or _overlap(row, other)
            ),
            None,
        )
        if before is None:
            _hold(held, row)
        else:
            lost[id(row)] = before
    return lost


def _hold(held: dict[tuple[str, ...], list[Row]], row: Row) -> None:
    for key in _keys(row):
        held.setdefault(key, []).append(row)


def _keys(row: Row) -> list[tuple[str, ...]]:
    """Return what money an entry claims: a metric of an initiative, a line, a feature's effect."""
    keys: list[tuple[str, ...]] = []
    if row["kind"] != "saving":
        keys.append(("metric", row["initiative"], row["metric"]))
    if row["product"] not in {"", NONE}:
        keys.append(("line", row["metric"], row["product"], row["account"]))
    return [*keys, *(("proof", proof) for proof in row.get("proofs", ()))]


def _overlap(one: Row, other: Row) -> bool:
    """Return whether two entries bring something in the same month; no end goes on."""
    return bool(
        one["start"] <= (other["end"] or _NEVER) and other["start"] <= (one["end"] or _NEVER)
    )


def point_at_shared(rows: Sequence[Row]) -> None:
    """Say where one metric counts for several initiatives: the money may be the same."""
    claimed: dict[str, set[str]] = {}
    counted = [row for row in rows if row["counts_realized"] or row["counts_promised"]]
    for row in counted:
        claimed.setdefault(row["metric"], set()).add(row["initiative"])
    for row in counted:
        others = sorted(claimed[row["metric"]] - {row["initiative"]})
        if others:
            row["reason"] = reasons(
                row["reason"], f"the same metric is claimed for {', '.join(others)}"
            )


def _lost(row: Row, first: Row) -> str:
    if first["kind"] == "saving":
        return f"saving {first['benefit']} claims the same line, held to the ledger"
    if row["source"] != first["source"]:
        return f"{first['source']} ({first['benefit']}) counts for what is realized"
    if row["initiative"] != first["initiative"] and row["metric"] == first["metric"]:
        line = " and ".join(name for name in (row["product"], row["account"]) if name)
        return f"claims the metric of {first['benefit']} for {line}, not counted twice"
    return f"claims the same metric as {first['benefit']}, not counted twice"


def _rank(row: Row) -> tuple[Any, ...]:
    """Return what decides between two claims of the same money; the smallest counts."""
    measured = date.fromisoformat(row["measured_on"]).toordinal() if row["measured_on"] else 0
    source, state = SOURCES.index(row["source"]), STATES.index(row["status"])
    return (source, row["grade"] or "E", state, -measured, row["benefit"])
