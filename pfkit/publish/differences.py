"""A comparison in words for a terminal, and as one JSON object for a script."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.publish.diff import Diff

_MOST = 12
_LONGEST = 44


def as_json(found: Diff) -> dict[str, Any]:
    """Return a comparison as plain values; amounts are decimal text.

    Parameters
    ----------
    found : Diff
        From `pfkit.diff`.
    """
    return {
        "before": found.before,
        "after": found.after,
        "different": found.different,
        "rows": _records(found.rows),
        "totals": _records(found.totals),
        "causes": _records(found.causes),
    }


def told(found: Diff) -> str:
    """Return a comparison as lines to read: what differs, that it adds up, and why.

    Parameters
    ----------
    found : Diff
        From `pfkit.diff`.
    """
    lines = [f"before: {found.before}", f"after:  {found.after}"]
    if not found.different:
        lines.append("no cell differs")
    for exhibit in dict.fromkeys(found.rows["exhibit"]):
        lines += ["", *_exhibit(str(exhibit), found)]
    if len(found.causes):
        lines += ["", "what else differs:"]
        lines += [_cause(row) for row in _records(found.causes)[:_MOST]]
        lines += _more(len(found.causes))
    return "\n".join(lines)


def _exhibit(name: str, found: Diff) -> list[str]:
    rows = _records(found.rows[found.rows["exhibit"] == name])
    cells = sum(row["status"] == "changed" for row in rows)
    whole = [row for row in rows if row["type"] == "row"]
    added = sum(row["status"] == "added" for row in whole)
    parts = [f"{cells} cell{'' if cells == 1 else 's'} changed"] if cells else []
    parts += [f"{added} row{'' if added == 1 else 's'} only after"] if added else []
    gone = len(whole) - added
    parts += [f"{gone} row{'' if gone == 1 else 's'} only before"] if gone else []
    lines = [f"{name}: {', '.join(parts)}"]
    shown = [row for row in rows if row["type"] != "row" or not _has_numbers(row, rows)]
    lines += [_line(row) for row in shown[:_MOST]] + _more(len(shown))
    for total in _records(found.totals[found.totals["exhibit"] == name]):
        lines.append(
            f"  sum of {total['column']}: {_money(total['before'])} -> {_money(total['after'])}, "
            f"{_signed(total['difference'])} = its rows {_signed(total['sum_of_rows'])}"
        )
    return lines


def _has_numbers(row: dict[str, Any], rows: list[dict[str, Any]]) -> bool:
    return any(r["row_key"] == row["row_key"] and r["column"] for r in rows)


def _line(row: dict[str, Any]) -> str:
    place = f"  {row['row_key']}"
    if row["type"] == "row":
        return f"{place}: only {'after' if row['status'] == 'added' else 'before'}"
    old, new = (_short(row[side]) or "(none)" for side in ("before", "after"))
    if row["type"] == "money":
        old, new = (_money(row[side]) if row[side] else "(none)" for side in ("before", "after"))
    gap = f" ({_signed(row['difference'])})" if row["type"] in {"money", "count"} else ""
    return f"{place} {row['column']}: {old} -> {new}{gap}"


def _cause(row: dict[str, Any]) -> str:
    if row["what"] == "input":
        state = "changed"
        if not row["before"] or not row["after"]:
            state = "only after" if row["after"] else "only before"
        return f"  input {row['name']}: {state}"
    label = f"{row['what']} {row['name']}".strip()
    return f"  {label}: {_short(row['before']) or '(none)'} -> {_short(row['after']) or '(none)'}"


def _more(count: int) -> list[str]:
    return [f"  and {count - _MOST:,} more; --to FILE.csv lists all"] if count > _MOST else []


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _money(text: str) -> str:
    return f"{Decimal(text):,.2f}"


def _signed(text: str) -> str:
    value = Decimal(text)
    return f"{value:+,.2f}" if value != value.to_integral_value() else f"{value:+,.0f}"


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = table.to_dict("records")  # type: ignore[assignment]
    return [
        {key: str(value) if isinstance(value, Decimal) else value for key, value in row.items()}
        for row in found
    ]
