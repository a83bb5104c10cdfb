"""Decisions needed: what is open, what is overdue, and what nobody has decided yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.measures.rows import FLAG, MONEY, TEXT, require, result, row_keys, texts

if TYPE_CHECKING:
    from datetime import date

_ORDER = {"overdue": 0, "open": 1, "needed": 2}
_FACTS = ("row_key", "kind", "subject", "reference", "variance", "material", "favorable")
_COLUMNS = (
    {"row_key": TEXT, "state": TEXT, "decision": TEXT, "subject": TEXT, "text": TEXT}
    | {"amount": MONEY, "favorable": FLAG, "owner": TEXT}
    | {"due_on": TEXT, "reason": TEXT}
)


def decisions(
    taken: pd.DataFrame,
    *,
    as_of: date,
    facts: pd.DataFrame | None = None,
    top: int = 8,
) -> pd.DataFrame:
    r"""List the decisions a director has to take, with owner and date.

    Use it for the box "decisions needed" of page 1.

    Parameters
    ----------
    taken : pandas.DataFrame
        Table ``decisions``: ``decision``, ``row_key``, ``text``, ``owner``, ``due_on``, ``status``
        (``open``, ``closed``), ``known_on``; the last known row of a decision counts.
    as_of : datetime.date
        The day overdue is judged by.
    facts : pandas.DataFrame, optional
        Result of `comments` with every fact: a line or budget line that is material and
        unfavorable against plan, or an initiative told of, needs a decision unless its row has one.
    top : int
        Rows shown; the rest stand together as ``Other (n)``.

    Returns
    -------
    pandas.DataFrame
        Overdue first, then open by date, then needed by size. ``row_key`` (of the decision),
        ``state`` (``overdue``, ``open``, ``needed``), ``decision``, ``subject`` (what it is about),
        ``text``, ``amount`` (the variance behind it, reporting currency, NA where none),
        ``favorable`` (NA where there is no variance), ``owner``, ``due_on`` (ISO date, empty where
        none is agreed), ``reason``.
        ``attrs["reason"]`` says what an empty table does not speak of.

    Raises
    ------
    ContractError
        If `taken` lacks a column.

    Notes
    -----
    A decision closed on the same row keeps it from being asked for again. Subtotals ask for none:
    their lines do. Nor does a move against another year or month, which nobody had promised. No
    date is made up: a needed decision has none, and says so.

    References
    ----------
    .. [1] PMI, *Guide to the Project Management Body of Knowledge* (action items).

    Examples
    --------
    >>> from datetime import date
    >>> taken = pd.DataFrame(
    ...     [("D1", "hosting", "Reserve capacity", "Ines", date(2026, 6, 1), "open")],
    ...     columns=["decision", "row_key", "text", "owner", "due_on", "status"],
    ... )
    >>> decisions(taken, as_of=date(2026, 7, 4))[["state", "owner", "due_on"]].values.tolist()
    [['overdue', 'Ines', '2026-06-01']]
    """
    known = _last(taken)
    settled = {row["row_key"] for row in known if row["row_key"]}
    amounts: dict[str, tuple[Any, Any]] = {}
    subjects: dict[str, str] = {}
    rows: list[dict[str, Any]] = []
    if facts is not None:
        require(facts, _FACTS, name="facts")
        for fact in facts.to_dict("records"):
            key = str(fact["row_key"])
            amounts[key] = fact["variance"], fact["favorable"]
            subjects[key] = str(fact["subject"])
            bad = not pd.isna(fact["favorable"]) and not fact["favorable"]
            if bad and _asks(fact) and key not in settled:
                rows.append(_needed(fact, key))
    for row in known:
        if row["status"] == "closed":
            continue
        due = row["due_on"]
        amount, good = amounts.get(row["row_key"], (None, None))
        state = "overdue" if due and due < as_of.isoformat() else "open"
        rows.append(
            {"state": state, "decision": row["decision"], "id": row["decision"]}
            | {"text": row["text"]}
            | {"subject": subjects.get(row["row_key"], row["row_key"])}
            | {"amount": amount, "favorable": good, "owner": row["owner"], "due_on": due}
            | {"reason": "" if due else "no date agreed"}
        )
    rows.sort(key=_rank)
    shown = rows if len(rows) <= top + 1 else rows[:top]
    kinds = ["needed" if row["state"] == "needed" else "" for row in shown]
    labels = [(kind, row["id"]) for kind, row in zip(kinds, shown, strict=True)]
    keys = row_keys(labels, reserved=["other"])
    out = [row | {"row_key": key} for row, key in zip(shown, keys, strict=True)]
    rest = len(rows) - len(shown)
    if rest:
        folded: dict[str, Any] = dict.fromkeys(_COLUMNS, "") | {"row_key": "other"}
        folded |= {"subject": f"Other ({rest})", "amount": None, "favorable": None}
        out.append(folded | {"reason": "amounts of different kinds are not added"})
    table = result(out, _COLUMNS)
    table.attrs["reason"] = "" if facts is None else _no_plan(facts)
    return table


def _no_plan(facts: pd.DataFrame) -> str:
    """Return why nothing can be off a plan; empty where there is one."""
    promised = facts["kind"].isin(["budget", "initiative"]) | (facts["reference"] == "plan")
    if facts.empty or bool(promised.any()):
        return ""
    return "No decision is open, and no line is off a plan: this book has none."


def _asks(fact: dict[Any, Any]) -> bool:
    """Return whether a fact breaks a promise that somebody answers for."""
    if fact["kind"] == "initiative":
        return True
    promised = fact["kind"] == "budget" or fact["reference"] == "plan"
    material = not pd.isna(fact["material"]) and bool(fact["material"])
    whole = fact["kind"] == "subtotal" or (fact["kind"], fact["row_key"]) == ("budget", "total")
    return promised and material and not whole


def _needed(fact: dict[Any, Any], key: str) -> dict[str, Any]:
    owner = fact.get("owner", "")
    return {
        "id": key,
        "state": "needed",
        "decision": "",
        "subject": str(fact["subject"]),
        "text": "",
        "amount": fact["variance"],
        "favorable": False,
        "owner": "" if pd.isna(owner) else str(owner),
        "due_on": "",
        "reason": f"no decision on {key}; no date agreed",
    }


def _last(taken: pd.DataFrame) -> list[dict[str, str]]:
    """Return the last known row of each decision as text."""
    columns = ["decision", "row_key", "text", "owner", "due_on", "status"]
    require(taken, [c for c in columns if c != "row_key"], name="decisions")
    rows = pd.DataFrame(
        {c: texts(taken[c]).replace("(none)", "") for c in columns if c in taken.columns}
    )
    if "row_key" not in rows.columns:
        rows["row_key"] = ""
    rows["due_on"] = rows["due_on"].str.slice(0, 10)
    if "known_on" in taken.columns:
        rows["known"] = texts(taken["known_on"])
        rows = rows.sort_values("known", kind="stable")
    kept = rows.drop_duplicates("decision", keep="last")
    return [{str(k): str(v) for k, v in row.items()} for row in kept.to_dict("records")]


def _rank(row: dict[str, Any]) -> tuple[int, str, float, str, str]:
    size = 0.0 if row["amount"] is None or pd.isna(row["amount"]) else abs(float(row["amount"]))
    due = row["due_on"] or "9999"
    return _ORDER[row["state"]], due, -size, row["decision"], row["subject"]
