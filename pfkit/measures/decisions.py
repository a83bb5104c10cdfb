"""Decisions needed: what is open, what is overdue, and what nobody has decided yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from pfkit.contracts.standing import CLOSED, hangs_on, standing_decisions
from pfkit.measures.rows import FLAG, MONEY, TEXT, require, result, row_keys

if TYPE_CHECKING:
    from datetime import date

    from pfkit.contracts.standing import Decision
    from pfkit.period import Period

_ORDER = {"overdue": 0, "open": 1, "needed": 2}
_FACTS = ("row_key", "kind", "subject", "reference", "variance", "material", "favorable")
_COLUMNS = (
    {"row_key": TEXT, "state": TEXT, "decision": TEXT, "exhibit": TEXT, "row": TEXT}
    | {"subject": TEXT, "text": TEXT}
    | {"amount": MONEY, "favorable": FLAG, "owner": TEXT}
    | {"due_on": TEXT, "since": TEXT, "reason": TEXT}
)


def decisions(
    taken: pd.DataFrame,
    *,
    as_of: date,
    facts: pd.DataFrame | None = None,
    top: int = 8,
    period: Period | None = None,
    explained: pd.DataFrame | None = None,
) -> pd.DataFrame:
    r"""List the decisions a director has to take, with owner and date.

    Use it for the box "decisions needed" of page 1.

    Parameters
    ----------
    taken : pandas.DataFrame
        Table ``decisions``: ``decision``, ``exhibit``, ``row_key``, ``text``, ``owner``,
        ``due_on``, ``status`` (``open``, ``closed``), ``known_on``; the last known row of a
        decision counts.
    as_of : datetime.date
        The day overdue is judged by.
    facts : pandas.DataFrame, optional
        Result of `comments` with every fact: a line or budget line that is material and
        unfavorable against plan, or an initiative told of, needs a decision unless its row has one.
    top : int
        Rows shown; the rest stand together as ``Other (n)``.
    period : Period, optional
        The period reported: a decision raised for a later one is not listed.
    explained : pandas.DataFrame, optional
        Result of `commentary`: a decision on one of its rows shows its variance.

    Returns
    -------
    pandas.DataFrame
        Overdue first, then open by date, then needed by size. ``row_key`` (of the decision),
        ``state`` (``overdue``, ``open``, ``needed``), ``decision``, ``exhibit`` and ``row`` it
        hangs on, ``subject`` (what it is about), ``text``, ``amount`` (the variance behind it,
        reporting currency, NA where none), ``favorable`` (NA where there is no variance),
        ``owner``, ``due_on`` (ISO date, empty where none is agreed), ``since`` (the day it was
        first known), ``reason``.
        ``attrs["reason"]`` says what an empty table does not speak of.

    Raises
    ------
    ContractError
        If `taken` lacks a column.

    Notes
    -----
    A decision closed on the same row keeps it from being asked for again, but for one that was
    closed before `period` began. Subtotals ask for none: their lines do. Nor does a move against
    another year or month, which nobody had promised. No date is made up: a needed decision has
    none, and says so.

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
    known = _last(taken, period)
    rows: list[dict[str, Any]] = []
    about: dict[str, _About] = {}
    if facts is not None:
        require(facts, _FACTS, name="facts")
        for fact in facts.to_dict("records"):
            exhibit, key = str(fact.get("exhibit") or ""), str(fact["row_key"])
            row = str(fact.get("row") or key)
            mine = [one for one in known if hangs_on(one, exhibit, row, key)]
            told = _About(fact["variance"], fact["favorable"], str(fact["subject"]))
            about |= {one.decision: told for one in mine if one.decision not in about}
            bad = not pd.isna(fact["favorable"]) and not fact["favorable"]
            if bad and _asks(fact) and not any(_settles(one, period) for one in mine):
                rows.append(_needed(fact, key) | {"exhibit": exhibit, "row": row})
    about = _of_rows(known, explained) | about
    for one in known:
        if one.status == CLOSED:
            continue
        told = about.get(one.decision, _About(None, None, one.row_key))
        overdue = bool(one.due_on) and one.due_on < as_of.isoformat()
        rows.append(
            {"state": "overdue" if overdue else "open", "decision": one.decision}
            | {"id": one.decision, "text": one.text, "subject": told.subject}
            | {"exhibit": one.exhibit, "row": one.row_key, "since": one.since}
            | {"amount": told.amount, "favorable": told.favorable, "owner": one.owner}
            | {"due_on": one.due_on, "reason": "" if one.due_on else "no date agreed"}
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


class _About(NamedTuple):
    """What a decision is about, in a report's own numbers."""

    amount: Any
    favorable: Any
    subject: str


def _settles(one: Decision, period: Period | None) -> bool:
    """Return whether a decision on a row keeps it from being asked for: it is open, or recent."""
    return one.status != CLOSED or period is None or one.known_on >= period.first.isoformat()


def _of_rows(known: list[Decision], explained: pd.DataFrame | None) -> dict[str, _About]:
    """Return what decisions are about that hang on rows no fact of page 1 speaks of."""
    about: dict[str, _About] = {}
    if explained is None:
        return about
    require(explained, ["exhibit", "row", "variance", "favorable", "subject"], name="explained")
    for row in explained[explained["variance"].notna()].to_dict("records"):
        told = _About(row["variance"], row["favorable"], str(row["subject"]))
        for one in known:
            if hangs_on(one, str(row["exhibit"]), str(row["row"])):
                about.setdefault(one.decision, told)
    return about


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
        "since": "",
        "reason": f"no decision on {key}; no date agreed",
    }


def _last(taken: pd.DataFrame, period: Period | None) -> list[Decision]:
    """Return the last known state of each decision."""
    require(taken, ["decision", "text", "owner", "due_on", "status"], name="decisions")
    return standing_decisions(taken.to_dict("records"), period=period)


def _rank(row: dict[str, Any]) -> tuple[int, str, float, str, str]:
    size = 0.0 if row["amount"] is None or pd.isna(row["amount"]) else abs(float(row["amount"]))
    due = row["due_on"] or "9999"
    return _ORDER[row["state"]], due, -size, row["decision"], row["subject"]
