"""What the columns of a file say: numbers and days in plain form, ids as they were meant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from pfkit.conform.numbers import SIGNS
from pfkit.conform.profile import Doubt, Fault, Reading, Repair, read_days, read_numbers
from pfkit.conform.single.currencies import CODES, pair_of
from pfkit.conform.single.findings import Finding
from pfkit.conform.single.months import read_months, sheet_months
from pfkit.conform.single.rows import DoubtError, Rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from pfkit.conform.single.opened import Opened
    from pfkit.conform.single.span import Span

_NUMBERS: Final = {
    "ledger": ("amount",),
    "journal": ("debit", "credit"),
    "budget": ("amount",),
    "usage": ("units",),
    "rates": ("rate",),
}
_DAYS: Final = {"posting_date": False, "date": False, "ts": True}
IDS: Final = (
    *("entry_id", "journal_id", "event_id", "account_id", "customer", "account", "cost_center"),
)
_FLOAT_ID: Final = re.compile(r"[0-9]+\.0+")
#: As a spreadsheet writes a long number; 12E5 may be a code of its own.
_CUT_ID: Final = re.compile(r"[0-9]\.[0-9]+[eE]\+?[0-9]+|[0-9][eE]\+[0-9]{2,}")
_LONGEST_EXACT: Final = 15
_ADVICE: Final = "Correct the value at the source."


def stated_rows(opened: Opened, span: Span | None) -> Rows:
    """Return the rows of a file with every value in plain form.

    Raises
    ------
    DoubtError
        If a column can be read in several ways.
    """
    rows = Rows(opened, span, places=list(opened.places))
    names = opened.form.names
    given = {name: opened.columns[own] for name, own in names.items()}
    rows.stated = {name: values.to_pylist() for name, values in given.items()}
    if opened.hidden.from_1904:
        rows.findings.add(
            Finding("1904 dates", "repair", "the workbook counts its days from 1904; read so", "")
        )
    signs: dict[int, str] = {}
    wide = opened.form.wide
    if wide:
        _unpivot(rows, given)
    else:
        numeric = {name: given[name] for name in _NUMBERS[rows.kind] if name in given}
        typed = {n: opened.typed[names[n]] for n in numeric if names[n] in opened.typed}
        nothing = frozenset(numeric) if rows.kind == "journal" else frozenset[str]()
        reading = read_numbers(numeric, typed=typed, empty=nothing)
        _take(rows, reading)
        signs = reading.signs
    for name, moments in _DAYS.items():
        if name in given and not (wide and name in rows.texts):
            _take(rows, read_days(name, given[name], moments=moments))
    for name, values in rows.stated.items():
        rows.texts.setdefault(name, [_trimmed(value) for value in values])
    read_months(rows)
    _ids(rows)
    _currencies(rows, signs)
    return rows


def _trimmed(value: str | None) -> str | None:
    if value and value[0] > " " and value[-1] > " " and "\u00a0" not in value:
        return value
    plain = (value or "").replace("\u00a0", " ").strip()
    return plain or None


def _take(rows: Rows, reading: Reading) -> None:
    """Take a reading over: its values, its repairs, and what it could not read."""
    if reading.doubt is not None:
        raise DoubtError(_doubted(rows, reading.doubt), rows.opened.raw.files[0].path)
    rows.texts |= {name: values.to_pylist() for name, values in reading.columns.items()}
    _repaired(rows, reading.repairs)
    _faulty(rows, reading.faults)


def _doubted(rows: Rows, doubt: Doubt) -> Finding:
    message = re.sub(r"\{row:(\d+)\}", lambda found: str(rows.places[int(found[1])]), doubt.message)
    found = rows.at(doubt.row, doubt.rule, "reject", doubt.column, doubt.value, message, "")
    return Finding(**{**vars(found), "advice": doubt.advice})


def _repaired(rows: Rows, repairs: Iterable[Repair]) -> None:
    for repair in repairs:
        times = "1 value" if repair.count == 1 else f"{repair.count:,} values"
        rows.findings.add(
            rows.at(
                repair.row,
                repair.rule,
                "repair",
                repair.column,
                "",
                f"{times} in {repair.column}, such as {repair.example}",
                "Nothing to do if the reading is right; a book can declare it.",
            )
        )


def _faulty(rows: Rows, faults: Iterable[Fault]) -> None:
    for fault in faults:
        if not fault.value.strip():
            continue
        rows.hold(
            fault.row,
            "unreadable value",
            fault.column,
            fault.value,
            f"{fault.column} {fault.value!r}: {fault.reason}",
            _ADVICE,
        )


def _unpivot(rows: Rows, given: dict[str, pa.ChunkedArray]) -> None:
    """Turn columns that are currencies or months into rows."""
    opened, wide = rows.opened, rows.opened.form.wide
    numeric = {own: opened.columns[own] for own in wide}
    typed = {own: opened.typed[own] for own in wide if own in opened.typed}
    reading = read_numbers(numeric, typed=typed)
    if reading.doubt is not None:
        raise DoubtError(_doubted(rows, reading.doubt), opened.raw.files[0].path)
    height = len(opened.places)
    plain = {own: reading.columns[own].to_pylist() for own in wide}
    asked = {own: opened.columns[own].to_pylist() for own in wide}
    is_sheet = rows.kind == "budget sheet"
    if "date" in given:
        _take(rows, read_days("date", given["date"]))
    kept = [
        (row, own)
        for row in range(height)
        for own in wide
        if not is_sheet or _trimmed(asked[own][row]) is not None
    ]
    _repaired(rows, reading.repairs)
    rows.stated = {n: [values[row] for row, _ in kept] for n, values in rows.stated.items()}
    rows.texts = {n: [values[row] for row, _ in kept] for n, values in rows.texts.items()}
    rows.places = [opened.places[row] for row, _ in kept]
    rows.origin = [own for _, own in kept]
    held, rows.held = rows.held, {}
    at = {pair: place for place, pair in enumerate(kept)}
    for place, (row, _) in enumerate(kept):
        if row in held:
            rows.held[place] = held[row]
    value = "amount" if is_sheet else "rate"
    rows.texts[value] = [plain[own][row] for row, own in kept]
    rows.stated[value] = [asked[own][row] for row, own in kept]
    if is_sheet:
        rows.texts["period"] = sheet_months(rows)
    else:
        pairs = {own: pair_of(own) for own in wide}
        rows.texts["currency"] = [pair.base if (pair := pairs[own]) else own for _, own in kept]
    _faulty(
        rows,
        [
            Fault(at[fault.row, fault.column], value, fault.value, fault.reason)
            for fault in reading.faults
            if (fault.row, fault.column) in at
        ],
    )


def _ids(rows: Rows) -> None:
    for name in IDS:
        if name not in rows.texts:
            continue
        known = {value for value in rows.texts[name] if value}
        pointed = [value for value in known if re.fullmatch(r"[0-9]+\.[0-9]+", value)]
        if pointed and all(_FLOAT_ID.fullmatch(value) for value in pointed):
            _unfloat(rows, name)
        cut = {value for value in known if _CUT_ID.fullmatch(value)}
        long = {value for value in known if len(value.lstrip("-")) > _LONGEST_EXACT} - cut
        typed = rows.opened.typed.get(rows.opened.form.names.get(name, ""))
        exact = typed is None or rows.origin or _is_exact(rows, name)
        if cut or (long and not exact):
            _hold_cut(rows, name, cut, frozenset() if exact else long)
        _short_ids(rows, name)


def _hold_cut(rows: Rows, name: str, cut: set[str], long: Collection[str]) -> None:
    typed = rows.opened.typed.get(rows.opened.form.names.get(name, ""))
    for row, value in enumerate(rows.texts[name]):
        if value in cut:
            reason = "a spreadsheet has cut off its digits"
        elif value in long and typed is not None and typed[row]:
            reason = "a number of more than 15 digits is not kept exactly"
        else:
            continue
        told = f"{name} {value!r}: {reason}"
        rows.hold(row, "digits lost", name, value or "", told, "Export ids as text.")


def _is_exact(rows: Rows, name: str) -> bool:
    if rows.opened.raw.files[0].format in {"json", "jsonl"}:
        return True
    kind = rows.opened.raw.table.column(rows.opened.form.names[name]).type
    return bool(pa.types.is_integer(kind) or pa.types.is_decimal(kind))


def _unfloat(rows: Rows, name: str) -> None:
    values = rows.texts[name]
    changed = [row for row, value in enumerate(values) if value and _FLOAT_ID.fullmatch(value)]
    first = changed[0]
    before = values[first]
    for row in changed:
        values[row] = str(values[row]).partition(".")[0]
    _repaired(
        rows,
        [Repair("id as float", name, len(changed), first, f"{before!r} read as {values[first]}")],
    )


def _short_ids(rows: Rows, name: str) -> None:
    """Warn of ids that seem to have lost the zeros the others begin with."""
    values = rows.texts[name]
    digits = [(row, value) for row, value in enumerate(values) if value and value.isdigit()]
    if len(digits) < _LONGEST_EXACT or not any(value.startswith("0") for _, value in digits):
        return
    widths = np.array([len(value) for _, value in digits])
    usual = int(np.bincount(widths).argmax())
    short = [(row, v) for row, v in digits if len(v) < usual and not v.startswith("0")]
    if short and np.count_nonzero(widths == usual) >= 0.9 * len(digits):
        row, value = short[0]
        rows.warn(
            row,
            "leading zeros",
            name,
            value,
            f"{len(short)} of {len(digits)} values in {name} are shorter than the usual {usual} "
            f"digits, such as {value!r}: their leading zeros may be lost",
            "Export the column as text.",
        )


def _currencies(rows: Rows, signs: dict[int, str]) -> None:
    values = rows.texts.get("currency")
    if values is None or (rows.origin and rows.kind != "budget sheet"):
        return
    lower: list[int] = []
    for row, value in enumerate(values):
        if value is None:
            rows.hold(
                row,
                "missing value",
                "currency",
                "",
                "currency is empty: the amount has no unit",
                "Fill it in.",
            )
            continue
        code = value.upper()
        if code in CODES and code != value:
            lower.append(row)
            values[row] = code
        pair = pair_of(code) if rows.kind == "rates" else None
        if code not in CODES and pair is None:
            rows.hold(
                row,
                "value not allowed",
                "currency",
                value,
                f"currency {value!r} is no ISO 4217 code",
                "Write a code such as EUR.",
            )
        elif pair is not None and pair.quote:
            values[row] = pair.base
    if lower:
        shown = repr(rows.stated["currency"][lower[0]])
        example = f"{shown} read as {values[lower[0]]}"
        _repaired(rows, [Repair("currency code", "currency", len(lower), lower[0], example)])
    _against_signs(rows, values, signs)


def _against_signs(rows: Rows, values: Sequence[str | None], signs: dict[int, str]) -> None:
    for row, sign in signs.items():
        code = values[row]
        if code and code not in SIGNS.get(sign, (sign,)):
            amount = next((n for n in ("amount", "debit", "credit") if rows.text(n, row)), "amount")
            stated = rows.stated.get(amount, [None] * rows.count)[row] or ""
            rows.hold(
                row,
                "currency in doubt",
                amount,
                stated,
                f"{amount} {stated!r} carries {sign}, but the row's currency is {code}",
                "Correct the one or the other.",
            )
