"""What decisions did to a load: one row each, one control a source, and those without a row."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.conform.engine import quoted
from pfkit.conform.evidence import ControlResult, Evidence, counted, judged, report_months

if TYPE_CHECKING:
    from pfkit.conform.audit import Decision
    from pfkit.conform.pipeline import Conformed, LoadedSource
    from pfkit.period import Period

COLUMNS = (
    *("row_key", "decision", "action", "table", "source", "period", "file", "line"),
    *("rule", "column", "before", "after", "amount_before", "amount_after"),
    *("status", "because", "by", "known_on"),
)
_SAID = 3


def corrections(conformed: Conformed, period: Period | None = None) -> pd.DataFrame:
    """Return every decision that a load went by, with what it changed, who took it and why.

    Parameters
    ----------
    conformed : Conformed
        The loaded book.
    period : Period, optional
        Only rows of the months a report of it looks at, and rows of none; default: all.

    Returns
    -------
    pandas.DataFrame
        One row per decision in force: ``row_key`` and ``decision`` (its id), ``action`` (accept or
        fix), where the row stands, the rule it was held for, the values and amounts before and
        after (reporting currency; NA where unknown), ``status`` (what the row is now, ``not
        found`` where it is gone), ``because``, ``by`` and ``known_on``.
    """
    lost = {d.decision for d in conformed.decided.lost}
    found: list[dict[str, Any]] = []
    for decision in conformed.decided.decisions:
        held = next((h for h in conformed.sources if h.declared.name == decision.source), None)
        now = None if held is None or decision.decision in lost else _now(held, decision, conformed)
        if decision.decision not in lost and now is None:
            continue  # the row was not known by then
        status, month, amount = now or ("not found", decision.period, None)
        if period is not None and month not in {*report_months(decision.table, period), ""}:
            continue
        found.append(_row(decision, status, month, amount))
    frame = pd.DataFrame(found, columns=list(COLUMNS))
    for column in ("amount_before", "amount_after"):
        frame[column] = pd.to_numeric(frame[column]).astype("Float64")
    return frame


def _row(decision: Decision, status: str, month: str, amount: Decimal | None) -> dict[str, Any]:
    before, after = (", ".join(_said(values)) for values in (decision.before, decision.after))
    known = amount if decision.amount_after is not None else None
    return {
        "row_key": decision.decision,
        "decision": decision.decision,
        "action": decision.action,
        "table": decision.table,
        "source": decision.source,
        "period": month,
        "file": decision.file,
        "line": decision.line,
        "rule": decision.rule,
        "column": decision.column,
        "before": before,
        "after": after,
        "amount_before": None if decision.amount is None else float(decision.amount),
        "amount_after": None if known is None else round(float(known), 2),
        "status": status,
        "because": decision.because,
        "by": decision.by,
        "known_on": decision.known_on,
    }


def _said(values: Any) -> list[str]:  # noqa: ANN401 (a mapping of texts)
    return [f"{column} {'(empty)' if text is None else text}" for column, text in values.items()]


def _now(
    held: LoadedSource, decision: Decision, conformed: Conformed
) -> tuple[str, str, Decimal | None] | None:
    """Return status, month and amount of a decided row; None where it was not known by then."""
    promise = held.declared.promise
    amount = quoted(promise.amount) if promise.amount else "NULL"
    rows = conformed.engine.rows(
        f"SELECT _status, _period, {amount} FROM {quoted(held.rows_table)} "
        "WHERE list_contains(string_split(_decision, ' '), ?)",
        [decision.decision],
    )
    return rows[0] if rows else None


def decision_controls(evidence: Evidence) -> list[ControlResult]:
    """Return a control per source with decided rows, and one per decision without its row.

    Parameters
    ----------
    evidence : Evidence
        The conformed book and the report's period.
    """
    if not evidence.conformed.decided.decisions:
        return []
    rows = corrections(evidence.conformed, evidence.period)
    results = []
    for source, mine in rows[rows["status"] != "not found"].groupby("source", sort=False):
        counts = mine.drop_duplicates(["file", "line"])
        before, after = mine["amount_before"], mine["amount_after"]
        results.append(
            judged(
                evidence,
                "Corrected by decision",
                str(source),
                "green",
                f"{counted(len(counts))}: {_words(mine)}",
                expected=_sum(before) if before.notna().all() else None,
                actual=_sum(after) if after.notna().all() else None,
            )
        )
    results += [
        _lost(row, evidence) for row in rows[rows["status"] == "not found"].to_dict("records")
    ]
    return results


def _words(rows: pd.DataFrame) -> str:
    """Return who decided what and why, the first few in words."""
    said = [
        f"{'fixed' if row['action'] == 'fix' else 'accepted'} by {row['by']} ({row['because']})"
        for row in rows.to_dict("records")
    ]
    shown = list(dict.fromkeys(said))
    more = f"; and {len(shown) - _SAID} more" if len(shown) > _SAID else ""
    return "; ".join(shown[:_SAID]) + more


def _sum(amounts: pd.Series) -> Decimal:
    return sum((Decimal(str(amount)) for amount in amounts), Decimal(0))


def _lost(row: dict[Any, Any], evidence: Evidence) -> ControlResult:
    return judged(
        evidence,
        "Decision without its row",
        str(row["source"]),
        "amber",
        f"decision {row['decision']} of {row['by']} is about {row['file']} line {row['line']}, "
        "which has changed since or is not in the input; it was applied to no row",
        advice="Look at the row again, and withdraw the decision: "
        f"`pfkit quarantine withdraw {row['decision']}`.",
        key=str(row["decision"]),
    )


def decided_rows(held: LoadedSource, conformed: Conformed, months: str) -> list[dict[str, Any]]:
    """Return the accepted rows of a source that a decision let in: by action, rule and reason.

    Parameters
    ----------
    held : LoadedSource
        The source.
    conformed : Conformed
        The loaded book.
    months : str
        The months looked at, as a SQL list.

    Returns
    -------
    list of dict
        ``decision, action, target, because, rows, amount``.
    """
    mine = {d.decision: d for d in conformed.decided.of(held.declared.name)}
    if not mine:
        return []
    amount = quoted(held.declared.promise.amount or "")
    rows = conformed.engine.rows(
        f"SELECT _decision, count(*), sum({amount}) FROM {quoted(held.rows_table)} "
        f"WHERE _status = 'accepted' AND _decision IS NOT NULL AND _period IN ({months}) "
        "GROUP BY 1 ORDER BY min(_id)"
    )
    found = []
    for name, count, total in rows:
        last = mine[name.split(" ")[-1]]
        action = "correct" if last.action == "fix" else "allow"
        because = f"{last.by}: {last.because}"
        found.append(
            {"action": action, "target": last.rule, "because": because}
            | {"rows": count, "amount": total}
        )
    return found


def undecided_sql(held: LoadedSource, conformed: Conformed) -> str:
    """Return the test that no decision let a row in."""
    decided = bool(conformed.decided.of(held.declared.name))
    return "(_status <> 'accepted' OR _decision IS NULL)" if decided else "TRUE"
