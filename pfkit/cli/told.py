"""The answer of ``pfkit check`` as lines to read: figures first, what is alike said once."""

from __future__ import annotations

from typing import Any

_FATES = ("accepted", "quarantined", "excluded")
_ALIKE = ("severity", "rule", "message", "advice")
#: Lines of one rule that a reader takes in; ``--json`` holds all.
_SHOWN = 10


def told(found: dict[str, Any]) -> str:
    """Return the check of a book or a file as text.

    Parameters
    ----------
    found : dict
        As `pfkit.check_book` or `pfkit.check_file` returns it.

    Examples
    --------
    >>> rows = {"rows_in": 9, "accepted": 7, "quarantined": 2, "excluded": 0}
    >>> sums = {f"amount_{name}": "0.00" for name in ("in", *_FATES)}
    >>> held = {"rule": "encoding", "severity": "repair", "message": "mark removed", "advice": ""}
    >>> files = [held | {"line": name} for name in ("may.csv", "june.csv")]
    >>> print(told(rows | sums | {"verdict": "repair", "findings": files}).splitlines()[-1])
    repair: encoding (may.csv and 1 more): mark removed
    """
    rows = ", ".join(f"{found[name]:,} {name}" for name in _FATES)
    amounts = ", ".join(f"{found[f'amount_{name}']} {name}" for name in _FATES)
    lines = [
        f"{found['verdict']}: {found['rows_in']:,} rows in, {rows}",
        f"amount: {found['amount_in']} in, {amounts}",
    ]
    for code, part in found.get("by_currency", {}).items():
        amounts = ", ".join(f"{part[f'amount_{name}']} {name}" for name in _FATES)
        lines.append(f"  {code}: {part['amount_in']} in, {amounts}")
    kinds: dict[tuple[str, str], list[list[dict[str, Any]]]] = {}
    for same in _alike(found["findings"]):
        kinds.setdefault((same[0]["severity"], same[0]["rule"]), []).append(same)
    for (severity, rule), groups in kinds.items():
        for same in groups[:_SHOWN]:
            lines += _lines(same)
        if rest := sum(len(same) for same in groups[_SHOWN:]):
            lines.append(f"{severity}: {rule}: {rest:,} more like these; --json lists them all")
    return "\n".join(lines)


def _alike(findings: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Return findings that say the same of several places together, in the order they came."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for finding in findings:
        groups.setdefault(tuple(finding[name] for name in _ALIKE), []).append(finding)
    return list(groups.values())


def _lines(same: list[dict[str, Any]]) -> list[str]:
    first = same[0]
    cell, line = first.get("cell"), first.get("line")
    place = f"cell {cell}" if cell else f"line {line}" if isinstance(line, int) else line
    more = f" and {len(same) - 1:,} more" if len(same) > 1 else ""
    rule = "" if first["rule"] == first["severity"] else f" {first['rule']}"
    at = f" ({place}{more})" if place else ""
    lines = [f"{first['severity']}:{rule}{at}: {first['message']}".replace(": (", " (", 1)]
    return [*lines, f"  -> {first['advice']}"] if first.get("advice") else lines
