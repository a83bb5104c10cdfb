"""The answer of ``pfkit check``: one verdict, the balance in figures, and every finding."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pfkit.conform.held_files import WHOLE_LEAST, WHOLE_SHARE, whole_file
from pfkit.contracts import Contracts
from pfkit.errors import PeriodError
from pfkit.sources.json import ANOTHER_PAGE

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from pfkit.conform.failures import Failures
    from pfkit.conform.tie import Balance
    from pfkit.errors import PfkitError

#: Verdicts from harmless to final.
VERDICTS = ("accept", "repair", "warn", "quarantine", "reject")

#: A remark on what the book declares itself, such as the header's place, is no repair.
_DECLARED = ("above the header skipped", "query sha256 ")

#: Where a load says that it has no row at all.
_NOTHING_LEFT = frozenset({"book", "book.toml known_on"})
#: Controls whose rows are findings of their own.
_TOLD_BY_ROW = frozenset({"Held back", "File held back"})
_ROWS = ("rows_in", "rows_accepted", "rows_quarantined", "rows_excluded")
_AMOUNTS = ("amount_in", "amount_accepted", "amount_quarantined", "amount_excluded")
_PRINTED = {name: name.removeprefix("rows_") for name in _ROWS[1:]}


def verdict_of(
    *,
    balances: Sequence[Balance],
    controls: pd.DataFrame,
    quarantine: pd.DataFrame,
    provenance: pd.DataFrame,
    contracts: Contracts | None = None,
    currency: str = "",
    failures: Failures | None = None,
) -> dict[str, Any]:
    """Return the check of a book that could be loaded.

    Parameters
    ----------
    balances : sequence of Balance
        Of every source and period.
    controls, quarantine, provenance : pandas.DataFrame
        As the book holds them.
    contracts : Contracts, optional
        What the tables promise in the book; ours where none are given.
    currency : str
        The reporting currency.
    failures : Failures, optional
        What could not be used; with any, the book is rejected.

    Returns
    -------
    dict
        ``verdict``, rows and amounts (decimal strings) in total, by table with their unit, and per
        source and period, and ``findings``.
    """
    known = contracts or Contracts()
    failed = failures.found if failures is not None else []
    findings = [one.finding() for one in failed]
    findings += [*_repairs(provenance), *_warnings(controls)]
    findings += [*_whole_files(quarantine, provenance), *_held(quarantine)]
    ranks = [VERDICTS.index(finding["severity"]) for finding in findings]
    result: dict[str, Any] = {"verdict": VERDICTS[max(ranks, default=0)]}
    result |= _figures(balances, known)
    result["by_table"] = _by_table(balances, known, currency)
    result["balance"] = [
        {"source": b.source, "table": b.table, "period": b.period} | _figures([b], known)
        for b in balances
    ]
    result["red"] = _red(controls)
    result["findings"] = findings
    result["failed"] = [one.plain() for one in failed]
    return result


def rejection(error: PfkitError, failures: Failures | None = None) -> dict[str, Any]:
    """Return the check of a book that could not be loaded, with every reason."""
    failed = [*failures.found] if failures is not None else []
    alone = _finding(type(error).__name__, "reject", error.where, "", "", error.what, error.advice)
    # that nothing is left to report on follows from what failed, and says nothing new
    follows = failed and isinstance(error, PeriodError) and error.where in _NOTHING_LEFT
    zero = dict.fromkeys(("rows_in", "accepted", "quarantined", "excluded"), 0)
    return {
        "verdict": "reject",
        **zero,
        **dict.fromkeys(_AMOUNTS, "0.00"),
        "by_table": [],
        "red": [],
        "balance": [],
        "findings": [*(one.finding() for one in failed), *([] if follows else [alone])],
        "failed": [one.plain() for one in failed],
    }


def _figures(balances: Sequence[Balance], contracts: Contracts) -> dict[str, Any]:
    """Return rows and amounts added up; units of usage are not added to money."""
    rows = {_PRINTED.get(n, n): sum(getattr(b, n) for b in balances) for n in _ROWS}
    alike = [b for b in balances if contracts.contract(b.table).counts_money] or balances
    amounts = {n: str(sum((getattr(b, n) for b in alike), Decimal("0.00"))) for n in _AMOUNTS}
    return rows | amounts


def _by_table(
    balances: Sequence[Balance], contracts: Contracts, currency: str
) -> list[dict[str, Any]]:
    """Return rows and amounts of each table: only what is of one kind adds up to something."""
    found = []
    for table in dict.fromkeys(b.table for b in balances):
        promise = contracts.contract(table)
        figures = _figures([b for b in balances if b.table == table], contracts)
        unit = ""
        if promise.amount is None:
            figures |= dict.fromkeys(_AMOUNTS)
        elif promise.counts_money:
            unit = currency or "reporting currency"
        else:
            unit = promise.column(promise.amount).unit or promise.amount
        found.append({"table": table, "unit": unit} | figures)
    return found


def _finding(  # noqa: PLR0917 (one argument per documented key)
    rule: str, severity: str, line: str, column: str, value: str, message: str, advice: str
) -> dict[str, Any]:
    return {
        "rule": rule,
        "severity": severity,
        "line": line,
        "column": column,
        "value": value,
        "message": message,
        "advice": advice,
    }


def _repairs(provenance: pd.DataFrame) -> list[dict[str, Any]]:
    found = []
    for row in provenance.to_dict("records"):
        told = [note for note in row["notes"].split("; ") if note]
        notes = [note for note in told if not any(known in note for known in _DECLARED)]
        pages = [note for note in notes if note.startswith(ANOTHER_PAGE)]
        mended = [note for note in notes if note not in pages]
        if mended:
            found.append(_finding("repair", "repair", row["file"], "", "", "; ".join(mended), ""))
        if pages:
            advice = "Ask for every page, and put each in a file of its own beside this one."
            said = "; ".join(pages)
            found.append(_finding("not whole", "warn", row["file"], "", "", said, advice))
    return found


def _red(controls: pd.DataFrame) -> list[str]:
    """Return the controls that make a report a draft, each once with its source."""
    if controls.empty:
        return []
    red = controls[controls["state"] == "red"]
    told = red["control"] + red["source"].map(lambda name: f" ({name})" if name else "")
    return list(dict.fromkeys(told))


def _warnings(controls: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        _finding(
            row["control"], "warn", row["source"], "", row["period"], row["detail"], row["advice"]
        )
        for row in controls.to_dict("records")
        if row["state"] != "green" and row["control"] not in _TOLD_BY_ROW
    ]


def _whole_files(quarantine: pd.DataFrame, provenance: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a finding for each file that is held back as a whole, whatever its month."""
    rows = provenance.groupby("file")["rows"].sum()
    found = []
    for file, held in quarantine.groupby("file", sort=False):
        told = int(rows.get(file, 0))
        if len(held) >= WHOLE_LEAST and len(held) >= WHOLE_SHARE * told:
            rule, column = held[["rule", "column"]].value_counts(sort=True).index[0]
            first = held[(held["rule"] == rule) & (held["column"] == column)].iloc[0]
            value = str(first["value"])
            message = whole_file(len(held), told, str(rule), str(column), value)
            place = (str(file), str(column), value)
            found.append(_finding("file held back", "quarantine", *place, message, first["advice"]))
    return found


def _held(quarantine: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        _finding(
            row["rule"],
            "quarantine",
            f"{row['file']} {row['line']}",
            row["column"],
            row["value"],
            _said(row),
            row["advice"],
        )
        for row in quarantine.to_dict("records")
    ]


def _said(row: dict[Any, Any]) -> str:
    """Name the value a row was held back for, and its amount where it is known."""
    place = f"{row['table']} {row['column']}".strip()
    value = f" {row['value']!r}" if row["value"] else ""
    amount = row["amount"]
    known = amount is not None and amount == amount  # noqa: PLR0124 (NaN differs from itself)
    return f"{place}{value}" + (f", amount {amount:,.2f}" if known else "")
