"""The answer of ``pfkit check`` as lines to read: figures first, what is alike said once."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pfkit.conform.adapters.renamed import shortened

if TYPE_CHECKING:
    from collections.abc import Iterable

_FATES = ("accepted", "quarantined", "excluded")
_ALIKE = ("severity", "rule", "message", "advice")
#: Lines of one rule that a reader takes in; ``--json`` holds all.
_SHOWN = 10
#: Months or files named on one line.
_MONTHS = 3
#: What a report sets apart for the eye, a thin space in thousands and a true minus; values that
#: are quoted stay as their file has them.
_SET = re.compile(r"""('(?:[^'\\]|\\.)*'|"[^"]*")|(?<=\d)\u2009(?=\d{3})|\u2212(?=\d)""")


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
    lines = [f"{found['verdict']}: {found['rows_in']:,} rows in, {rows}"]
    if "by_table" in found:  # ledger, billing and use add up to nothing
        lines += [_table(part) for part in found["by_table"]]
    else:
        lines.append(f"amount: {_fates(found)}")
        by_currency = found.get("by_currency", {})
        lines += [f"  {code}: {_fates(part)}" for code, part in by_currency.items()]
    if found.get("red"):
        lines.append(f"red, a report would be a draft: {'; '.join(found['red'])}")
    kinds: dict[tuple[str, str], list[list[dict[str, Any]]]] = {}
    for same in _alike(found["findings"]):
        kinds.setdefault((same[0]["severity"], same[0]["rule"]), []).append(same)
    for (severity, rule), groups in kinds.items():
        for same in groups[:_SHOWN]:
            lines += _lines(same)
        if rest := sum(len(same) for same in groups[_SHOWN:]):
            lines.append(f"{severity}: {rule}: {rest:,} more like these; --json lists them all")
    return "\n".join([*lines, *_known(found)])


def _fates(part: dict[str, Any]) -> str:
    amounts = ", ".join(f"{_amount(part[f'amount_{name}'])} {name}" for name in _FATES)
    return f"{_amount(part['amount_in'])} in, {amounts}"


def _table(part: dict[str, Any]) -> str:
    """Return rows and amount of one table, with its unit; what did not count where some did not."""
    fates = [name for name in _FATES if part[name]]
    whole = fates == ["accepted"] or not fates
    rows = "all accepted" if whole else ", ".join(f"{part[name]:,} {name}" for name in fates)
    line = f"  {part['table']}: {_rows(part['rows_in'])} in, {rows}"
    if part["amount_in"] is None:
        return line
    line += f"; {_amount(part['amount_in'])} {part['unit']} in"
    if whole:
        return line
    sums = ", ".join(f"{_amount(part[f'amount_{name}'])} {name}" for name in fates)
    return f"{line}, {sums}"


def _amount(text: str) -> str:
    """Return an amount as it is printed everywhere: thousands by commas, at least two decimals."""
    return f"{Decimal(text):,}"


def _plain(text: str) -> str:
    """Return a finding's text with its numbers as this output prints them."""
    spelled = {"\u2009": ",", "\u2212": "-"}
    return _SET.sub(lambda found: found[1] or spelled[found[0]], shortened(text))


def _known(found: dict[str, Any]) -> list[str]:
    """Return what a book's check says of when its input was learned; nothing of a file's."""
    if "since" not in found:
        return []
    units = {part["table"]: part["unit"] for part in found["by_table"]}
    states = [one["state"] for one in found["freshness"]]
    counts = {state: states.count(state) for state in ("fresh", "due", "stale") if state in states}
    said = ", ".join(f"{count} {state}" for state, count in counts.items())
    lines = [f"freshness of sources: {said or 'none can be judged'}"]
    lines += [
        f"  {one['source']}: {one['detail']}" for one in found["freshness"] if one["state"] == "due"
    ]
    lines += _shortened(
        f"late: {one['source']} {one['period']}, closed on {one['closed_on']}: "
        + ("the whole export, " if one["whole"] else "")
        + f"{_rows(one['rows'])}, {_said(one, one['amount'], units.get(one['table'], ''))}, known "
        f"from {one['first_known']} to {one['last_known']}"
        for one in found["late"]
    )
    lines += _since(found, units)
    lines += _loads(found["loads"], units)
    if "kept" in found:
        count = "1 file is" if found["kept"] == 1 else f"{found['kept']:,} files are"
        told = f"{count} news" if found["kept"] else "no file is news"
        lines.append(f"kept in the ledger of loads: {told}")
    return lines


def _since(found: dict[str, Any], units: dict[str, str]) -> list[str]:
    since = found["since"]
    head = f"since {since['day']} ({since['because']}): "
    lines = [f"{head}cannot be told: {since['reason']}"] if since["reason"] else []
    if found["changes"]:
        lines.append(f"{head}would change")
        lines += _shortened(
            _change(one, units.get(one["table"], ""))
            for one in sorted(found["changes"], key=lambda one: one["rows_then"] == 0)
        )
    elif not since["reason"]:
        lines.append(f"{head}nothing would change")
    lines += _shortened(
        f"  {one['table']} {one['period']}: of these, {_rows(one['rows'] - one['rows_then'])} "
        f"known by {since['day']} as {_they(one)}, when the month was not over "
        f"({_few(one['files'])})"
        for one in found["rewritten"]
        if one["open"]
    )
    return lines


def _they(one: dict[str, Any]) -> str:
    return "it says itself" if one["rows"] - one["rows_then"] == 1 else "they say themselves"


def _change(one: dict[str, Any], unit: str) -> str:
    """Return what a month counts otherwise: of accounts for profit, else as a sum, and by cells."""
    rows = f"{one['rows_then']:,} → {_rows(one['rows'])}"
    if one["rows"] == one["rows_then"]:
        rows = f"{_rows(one['rows'])} as before"
    line = f"  {one['table']} {one['period'] or '(no month)'}: {rows}"
    if not unit:
        same = one["rows"] == one["rows_then"]
        return f"{line}, with other values" if same else line
    if one["profit"] is not None:
        return f"{line}, {_said(one, one['difference'], unit)}{_largest(one)}"
    sums = f"{_amount(one['amount_then'])} → {_amount(one['amount'])} {unit}"
    return f"{line}, {sums} ({_said(one, one['difference'], '', signed=True)}){_largest(one)}"


def _said(one: dict[str, Any], amount: str, unit: str, *, signed: bool = False) -> str:
    """Return an amount; of accounts the effect on profit, and what moved where that is not all."""
    size = Decimal(amount if one["profit"] is None else one["profit"])
    mark = "+" if signed or one["profit"] is not None else ""
    head = "" if one["profit"] is None else "profit "
    line = f"{head}{size:{mark},} {unit}".rstrip()
    first = one.get("rows_then") == 0  # nothing moves in a month that is new
    if first or one["moved"] is None or Decimal(one["moved"]) == abs(size):
        return line
    return f"{line}, {_amount(one['moved'])} moved"


def _largest(one: dict[str, Any]) -> str:
    """Return the cells that moved most, where a sum over several hides them."""
    if one["rows_then"] == 0 or not one["largest"] or one["cells"] == 1:
        return ""
    cells = ", ".join(f"{cell['cell']} {Decimal(cell['difference']):+,}" for cell in one["largest"])
    more = one["cells"] - len(one["largest"])
    return f": {cells}" + (f" and {more:,} more" if more > 0 else "")


def _loads(loads: list[dict[str, Any]], units: dict[str, str]) -> list[str]:
    """Return what became of files since the kept load: counted, and the first of them by name."""
    if not loads:
        return []
    kinds = Counter(one["kind"] for one in loads)
    said = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    return [
        f"files since that load: {said}",
        *_shortened(_load(one, units.get(one["table"], "")) for one in loads),
    ]


def _load(one: dict[str, Any], unit: str) -> str:
    head = f"  {one['kind']} {one['file']}"
    if one["kind"] in {"renamed", "repeated"}:
        return f"{head}: {'was' if one['kind'] == 'renamed' else 'the same as'} {one['was']}"
    rows = one["rows"] - one["rows_then"]
    size = f"{rows:+,} rows" if one["rows_then"] else _rows(rows)
    if unit:
        amount = Decimal(one["amount"]) - Decimal(one["amount_then"])
        size += f", {_said(one, str(amount), unit, signed=True)}"
    months = [month for month in one["months"] if month]
    few = months if len(months) <= _MONTHS else [months[0], "...", months[-1]]
    return f"{head}: {size}" + (f" ({', '.join(few)})" if few else "")


def _few(names: list[str]) -> str:
    more = len(names) - _MONTHS
    return ", ".join(names[:_MONTHS]) + (f" and {more:,} more" if more > 0 else "")


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _shortened(lines: Iterable[str]) -> list[str]:
    every = list(lines)
    rest = len(every) - _SHOWN
    return every[:_SHOWN] + ([f"  and {rest:,} more; --json lists them all"] if rest > 0 else [])


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
    lines = [f"{first['severity']}:{rule}{at}: {_plain(first['message'])}".replace(": (", " (", 1)]
    return [*lines, f"  -> {_plain(first['advice'])}"] if first.get("advice") else lines
