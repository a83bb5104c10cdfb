"""JSON that is broken, doubled, nested, or holds numbers that no float can."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Final

from tests.corpus import rows as clean
from tests.corpus.case import ACCEPT, QUARANTINE, REJECT, REPAIR, WARN, Shelf
from tests.corpus.write import json_array, jsonl

shelf = Shelf()
ROWS: Final = clean.ledger(24)
TOTAL: Final = clean.total(ROWS)
AT: Final = 9
REST: Final = TOTAL - Decimal(ROWS[AT]["amount"])
HELD: Final = {"names": ("10",), "accepted": 23, "quarantined": 1, "amount": REST}


def _line(change: str, *, old: str | None = None) -> bytes:
    parts = jsonl(ROWS).decode().splitlines(keepends=True)
    parts[AT] = parts[AT].replace(old, change) if old else f"{change}\n"
    return "".join(parts).encode()


def _lines() -> None:
    amount = f'"amount": {ROWS[AT]["amount"]}'
    shelf.add(
        "broken-line.jsonl", "JSON lines", _line('{"entry_id": "GL-1", "amo'), QUARANTINE, **HELD
    )
    shelf.add("not-json-line.jsonl", "JSON lines", _line("oops"), QUARANTINE, **HELD)
    shelf.add("list-line.jsonl", "JSON lines", _line("[1, 2]"), QUARANTINE, **HELD)
    shelf.add("number-line.jsonl", "JSON lines", _line("12"), QUARANTINE, **HELD)
    shelf.add(
        "two-objects-line.jsonl", "JSON lines", _line("} {", old="}"), QUARANTINE, names=("10",)
    )
    shelf.add("single-quoted-line.jsonl", "JSON lines", _line(str(ROWS[AT])), QUARANTINE, **HELD)
    shelf.add("comma-at-end.jsonl", "JSON lines", _line(",}", old="}"), QUARANTINE, **HELD)
    shelf.add(
        "key-twice.jsonl",
        "JSON lines",
        _line(f'{amount}, "amount": 5', old=amount),
        QUARANTINE,
        **HELD,
    )
    shelf.add(
        "key-case-twice.jsonl",
        "JSON lines",
        _line(f'{amount}, "Amount": 5', old=amount),
        (QUARANTINE, REJECT),
        because="two values for one column in one row",
    )
    for name, value in (
        ("nan", "NaN"),
        ("infinity", "-Infinity"),
        ("1e400", "1e400"),
        ("null", "null"),
        ("list", "[1, 2]"),
        ("object", '{"v": 1}'),
        ("true", "true"),
        ("text-nan", '"NaN"'),
        ("huge", "9" * 40),
    ):
        shelf.add(
            f"amount-{name}.jsonl",
            "JSON lines",
            _line(f'"amount": {value}', old=amount),
            QUARANTINE,
            **HELD,
        )
    gone = _line("", old=f"{amount}, ")
    shelf.add("key-missing.jsonl", "JSON lines", gone, QUARANTINE, **HELD)
    shelf.add(
        "half-a-character.jsonl",
        "JSON lines",
        _line('"memo": "\\ud83d"', old='"memo": "Entry 10"'),
        (QUARANTINE, WARN),
        names=("10",),
        because="half a letter in a memo",
    )
    shelf.add(
        "nul-escape.jsonl",
        "JSON lines",
        _line('"memo": "a\\u0000b"', old='"memo": "Entry 10"'),
        (QUARANTINE, WARN),
        names=("10",),
        because="a NUL in a memo",
    )
    shelf.add(
        "deep.jsonl",
        "JSON lines",
        _line('"memo": ' + "[" * 100_000 + "]" * 100_000, old='"memo": "Entry 10"'),
        QUARANTINE,
        **HELD,
    )
    deep = "".join('{"a":' for _ in range(20_000)) + "1" + "}" * 20_000
    shelf.add(
        "deep-object.jsonl",
        "JSON lines",
        _line(f'"memo": {deep}', old='"memo": "Entry 10"'),
        QUARANTINE,
        **HELD,
    )
    text_amounts = "".join(json.dumps(row) + "\n" for row in ROWS)
    shelf.add(
        "amounts-as-text.jsonl",
        "JSON lines",
        text_amounts,
        (ACCEPT, REPAIR),
        accepted=24,
        amount=TOTAL,
        because="text keeps the digits better than a number",
    )
    ids = "".join(
        json.dumps(row | {"entry_id": 9007199254740993 + at}) + "\n" for at, row in enumerate(ROWS)
    )
    shelf.add(
        "ids-beyond-float.jsonl",
        "JSON lines",
        ids,
        (ACCEPT, REPAIR),
        accepted=24,
        amount=TOTAL,
        because="the digits stand in the file",
    )
    floats = "".join(
        json.dumps(row | {"entry_id": 1001.0 + at}) + "\n" for at, row in enumerate(ROWS)
    )
    shelf.add(
        "ids-as-floats.jsonl",
        "id as float",
        floats,
        (WARN, REPAIR),
        accepted=24,
        amount=TOTAL,
        because="1001.0 was an id: mend with a remark, or warn",
    )
    noise = "".join(json.dumps(row | {"amount": 0.1 + 0.2}) + "\n" for row in ROWS)
    shelf.add(
        "amounts-binary-noise.jsonl",
        "JSON lines",
        noise,
        (REPAIR, WARN),
        because="0.30000000000000004 is 0.30 with the noise of a sum",
    )
    cut = jsonl(ROWS)
    shelf.add(
        "cut.jsonl",
        "truncated",
        cut[: len(cut) - 40],
        QUARANTINE,
        names=("24",),
        accepted=23,
        amount=TOTAL - clean.total(ROWS[23:]),
    )


def _arrays() -> None:
    body = json_array(ROWS)
    shelf.add("cut.json", "truncated", body[: len(body) // 2], REJECT)
    shelf.add("cut-bracket.json", "truncated", body.rstrip()[:-1], REJECT)
    shelf.add(
        "tail.json",
        "JSON array",
        body + b"tail",
        (REJECT, WARN),
        because="text behind the end: two files, or a cut one",
    )
    shelf.add("two-arrays.json", "concatenated", body + body, REJECT)
    shelf.add(
        "comma-at-end.json",
        "JSON array",
        body.replace(b"}\n]", b"},\n]"),
        (REJECT, REPAIR),
        because="no JSON by the letter; nothing is lost by reading it with a remark",
    )
    shelf.add("wrapped.json", "JSON array", json.dumps({"data": ROWS}), REJECT, says=("data",))
    shelf.add(
        "one-object.json",
        "JSON array",
        json.dumps(ROWS[0]),
        (ACCEPT, REPAIR),
        accepted=1,
        because="one row is JSON lines of one line",
    )
    shelf.add("pretty-object.json", "JSON array", json.dumps({"data": ROWS}, indent=1), REJECT)
    shelf.add("numbers.json", "JSON array", "[1, 2, 3]", REJECT)
    shelf.add(
        "lists.json",
        "JSON array",
        json.dumps([list(ROWS[0]), *[list(row.values()) for row in ROWS]]),
        REJECT,
    )
    shelf.add(
        "empty-array.json",
        "JSON array",
        "[]",
        (WARN, REJECT),
        accepted=0,
        because="no row and no column: an empty period, or a failed export",
    )
    shelf.add("word.json", "JSON array", "null", REJECT)
    shelf.add("error-answer.json", "JSON array", '{"error": "unauthorized", "status": 401}', REJECT)
    shelf.add("deep.json", "JSON array", "[" * 100_000 + "]" * 100_000, REJECT)
    shelf.add(
        "key-twice.json",
        "JSON array",
        body.replace(b'"memo": "Entry 10"', b'"memo": "Entry 10", "amount": 5'),
        QUARANTINE,
        names=("11",),
        accepted=23,
        amount=REST,
    )
    shelf.add(
        "nan.json",
        "JSON array",
        body.replace(f'"amount": {ROWS[AT]["amount"]}'.encode(), b'"amount": NaN'),
        (QUARANTINE, REJECT),
        names=("11",),
        because="no JSON by the letter: hold the row back, or refuse the file at its line",
    )
    nested = json.dumps(
        [
            {"entry_id": row["entry_id"], "row": {k: v for k, v in row.items() if k != "entry_id"}}
            for row in ROWS
        ]
    )
    shelf.add(
        "nested.json",
        "JSON array",
        nested,
        (REJECT, REPAIR),
        because="the columns are row.amount and so on: refuse with the names, or read "
        "with a remark",
    )
    shelf.add(
        "utf16.json",
        "encoding",
        json_array(ROWS).decode().encode("utf-16"),
        (REPAIR, REJECT),
        because="JSON is UTF-8 by its standard, and the mark tells",
    )


for fill in (_lines, _arrays):
    fill()
