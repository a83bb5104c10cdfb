"""The check of one file: read, put in plain form, settled, looked over, and told."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pfkit.conform.personal import mask
from pfkit.conform.single import budget, ledger, rates, usage
from pfkit.conform.single.alike import warn_alike
from pfkit.conform.single.findings import Finding
from pfkit.conform.single.form import sheet_kind, table_of
from pfkit.conform.single.opened import open_file
from pfkit.conform.single.plan import place_of, plan_rows, row_of
from pfkit.conform.single.rows import DoubtError, Rows
from pfkit.conform.single.settled import settle
from pfkit.conform.single.sheet import look_over
from pfkit.conform.single.span import read_span
from pfkit.conform.single.stated import stated_rows
from pfkit.conform.single.texts import check_texts
from pfkit.conform.single.totals import hold_totals
from pfkit.conform.verdict import VERDICTS
from pfkit.errors import ContractError, ControlError, PfkitError, SourceError

if TYPE_CHECKING:
    from pfkit.conform.single.span import Span

_FATES = ("in", "accepted", "quarantined", "excluded")
_CENT = Decimal("0.01")
_LINE = re.compile(r"\((?:line|row) ([0-9]+)")
_CELL = re.compile(r"\(((?:[^()!]+!)?[A-Z]{1,3}[0-9]+)\)")
_RULES: dict[type[PfkitError], str] = {
    SourceError: "unreadable file",
    ContractError: "wrong columns",
    ControlError: "balance",
}
_CHECKS = {"actuals": ledger, "budget": budget, "usage": usage, "rates": rates}


def check_file(path: str | Path, *, table: str, period: str | None = None) -> dict[str, Any]:
    r"""Check one file against the table it is said to hold; write nothing.

    Use it on an export before a book is written for it, or from a script: bad input never
    raises, it is rejected.

    Parameters
    ----------
    path : str or pathlib.Path
        The file; its format is found from its content.
    table : str
        ``ledger`` (or ``actuals``), ``budget``, ``usage`` or ``fx`` (or ``rates``), with the
        column names that the page on commands lists.
    period : str, optional
        The months it should be about: ``2026-03``, ``2026Q1``, ``2026-01..2026-12``.

    Returns
    -------
    dict
        ``verdict`` (accept, repair, warn, quarantine, reject); ``rows_in, accepted, quarantined,
        excluded`` and ``amount_in, amount_accepted, amount_quarantined, amount_excluded``
        (decimal strings, as stated in the file; ``by_currency`` where it has several);
        ``findings``, each with ``rule, severity, line, column, value, message, advice``, and in a
        workbook ``cell``.

    Raises
    ------
    ParameterError
        If `table` or `period` is none that can be checked.

    Notes
    -----
    Rows and amount in = accepted + quarantined + excluded, to the row and the cent. Rows of wide
    files are their cells: one for each day and currency, or line and month.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "fx.csv"
    ...     _ = file.write_text("date,currency,rate\n2026-01-30,USD,0.92\n2026-01-30,GBP,0\n")
    ...     found = check_file(file, table="fx")
    >>> found["verdict"], found["accepted"], found["findings"][0]["line"]
    ('quarantine', 1, 3)
    """
    agreed = table_of(table)
    span = read_span(period)
    try:
        return _checked(Path(path), agreed, span)
    except PfkitError as error:
        return _rejected(error)


def _checked(path: Path, table: str, span: Span | None) -> dict[str, Any]:
    rows = _read(path, table, span)
    rows.findings.extend(rows.opened.notes)
    checks = _CHECKS[table]
    checks.prepare(rows)
    settle(rows, table)
    look_over(rows)
    hold_totals(rows)
    checks.check(rows)
    check_texts(rows)
    warn_alike(rows)
    return _told(rows)


def _read(path: Path, table: str, span: Span | None) -> Rows:
    """Return the rows of a file; a budget with months across has a reader of its own."""
    try:
        opened = open_file(path, table)
    except (SourceError, ContractError):
        plan = plan_rows(path, span) if table == "budget" else None
        if plan is None:
            raise
        return plan
    plan = plan_rows(path, span) if opened.form.kind is sheet_kind() else None
    return plan if plan is not None and plan.count else stated_rows(opened, span)


def _told(rows: Rows) -> dict[str, Any]:
    raw = rows.opened.raw
    unread = [
        Finding(
            row.rule,
            "quarantine",
            f"{row.rule}: {row.text}",
            row.advice,
            value=row.text,
            place=row_of(row),
            cell="" if row.line.isdigit() else row.line,
        )
        for row in raw.rejected
    ]
    for finding in [*unread, *(rows.held[row] for row in sorted(rows.held))]:
        rows.findings.add(finding)
    findings = rows.findings.listed()
    worst = max((VERDICTS.index(finding.severity) for finding in findings), default=0)
    kept = rows.count - len(rows.held)
    total = rows.count + len(raw.rejected) + len(rows.excluded)
    sums = _sums(rows)
    result: dict[str, Any] = {
        "verdict": VERDICTS[worst],
        "rows_in": total,
        "accepted": kept,
        "quarantined": len(rows.held) + len(raw.rejected),
        "excluded": len(rows.excluded),
    }
    whole = {fate: sum((part[fate] for part in sums.values()), Decimal(0)) for fate in _FATES}
    parted = whole["accepted"] + whole["quarantined"] + whole["excluded"]
    if whole["in"] != parted or total != kept + result["quarantined"] + len(rows.excluded):
        raise ControlError(
            "amount in differs from accepted + quarantined",
            where=f"balance of {raw.files[0].path}",
            advice="No figure of this check can be trusted; report the file.",
        )
    result |= _amounts(whole)
    if len(sums) > 1:
        result["by_currency"] = {code: _amounts(part) for code, part in sorted(sums.items())}
    result["findings"] = [finding.plain(mask) for finding in findings]
    return result


def _sums(rows: Rows) -> dict[str, dict[str, Decimal]]:
    codes = rows.texts.get("currency") if rows.kind not in {"rates", "rates by column"} else None
    sums: dict[str, dict[str, Decimal]] = {}
    for row, amount in enumerate(rows.amounts):
        code = (codes[row] if codes else None) or ""
        part = sums.setdefault(code, dict.fromkeys(_FATES, Decimal(0)))
        value = amount or Decimal(0)
        part["in"] += value
        part["quarantined" if row in rows.held else "accepted"] += value
    for code, value in rows.excluded:
        part = sums.setdefault(code, dict.fromkeys(_FATES, Decimal(0)))
        part["in"] += value
        part["excluded"] += value
    return sums or {"": dict.fromkeys(_FATES, Decimal(0))}


def _amounts(part: dict[str, Decimal]) -> dict[str, str]:
    return {f"amount_{fate}": _exact(part[fate]) for fate in _FATES}


def _exact(value: Decimal) -> str:
    """Return an amount with its cents, and with more where it has more."""
    text = format(value.normalize(), "f")
    decimals = len(text.partition(".")[2])
    return f"{value:.2f}" if decimals <= len("00") else text


def _rejected(error: PfkitError) -> dict[str, Any]:
    if isinstance(error, DoubtError):
        finding = error.finding
    else:
        finding = Finding(
            _RULES.get(type(error), "refused"),
            "reject",
            f"{error.where}: {error.what}",
            error.advice,
        )
    plain = finding.plain(mask)
    if plain["line"] is None:
        plain |= _place_in(error.where)
    return {
        "verdict": "reject",
        **dict.fromkeys(("rows_in", "accepted", "quarantined", "excluded"), 0),
        **{f"amount_{fate}": "0.00" for fate in _FATES},
        "findings": [plain],
    }


def _place_in(where: str) -> dict[str, Any]:
    """Return the line or cell that an error names in its place."""
    if found := _LINE.search(where):
        return {"line": int(found[1])}
    if found := _CELL.search(where):
        place = place_of(found[1])
        return {"line": place.line, "cell": found[1]}
    return {}
