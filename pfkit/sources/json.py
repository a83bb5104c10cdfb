"""Read JSON lines or a JSON array: numbers in the digits they were written with."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Never

import pyarrow as pa

from pfkit.errors import SourceError
from pfkit.sources.encoding import decode
from pfkit.sources.names import header_names, wanted_columns
from pfkit.sources.nested import records, unfinished
from pfkit.sources.raw import Part, RejectedRow, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pfkit.sources.raw import Options

#: How a note begins that says a file is not the whole answer.
ANOTHER_PAGE: Final = "another page follows"

_SPACE: Final = " \t\r\n"
_TAIL: Final = 200
_LAST_COMMA: Final = re.compile(rb",\s*\]\s*\Z")


class _JsonRowError(ValueError):
    """A record is JSON but cannot be a row."""


def read_jsonl(raw: bytes, *, where: str, options: Options) -> Part:
    r"""Read one file with a JSON object on each line.

    Parameters
    ----------
    raw : bytes
        Content, decompressed.
    where : str
        The file, for messages.
    options : Options
        ``encoding``, ``columns`` and ``records`` are used.

    Returns
    -------
    Part
        All columns text. An object inside a row becomes columns ``outer.inner``, a list its JSON
        text; an absent key is null. A line that is no object is rejected with its number. Where
        ``records`` lead to lists inside, their entries are the rows.

    Raises
    ------
    SourceError
        If no line holds an object.

    Examples
    --------
    >>> from pfkit.sources.raw import Options
    >>> part = read_jsonl(b'{"id": 7, "x": {"y": 1.10}}\n', where="a", options=Options())
    >>> part.table.to_pylist()
    [{'id': '7', 'x.y': '1.10'}]
    """
    text = decode(raw, encoding=options.encoding, where=where)
    body = text.data.decode("utf-8")
    taken = _Taken(where, options)
    whole = _whole(body) if options.records else None
    if whole is not None:
        taken.value("", whole, body)
    else:
        _take_lines(body, taken)
    if taken.rejected and not taken.rows:
        _explain(body, taken.rejected[0], where=where)
    return taken.part(text.encoding, text.notes)


def read_json(raw: bytes, *, where: str, options: Options) -> Part:
    r"""Read one file with an array of JSON objects.

    Parameters
    ----------
    raw : bytes
        Content, decompressed.
    where : str
        The file, for messages.
    options : Options
        ``encoding``, ``columns`` and ``records`` are used.

    Returns
    -------
    Part
        As `read_jsonl`; the line of a row is the one its object starts on.

    Raises
    ------
    SourceError
        If the text is no array, or is cut off.

    Examples
    --------
    >>> from pfkit.sources.raw import Options
    >>> part = read_json(b'[\n{"id": "007"},\n{"id": 8}]', where="a", options=Options())
    >>> part.table.column("id").to_pylist(), part.lines.to_pylist()
    (['007', '8'], ['2', '3'])
    """
    text = decode(raw, encoding=options.encoding, where=where)
    taken = _Taken(where, options)
    for number, value, body in _elements(text.data.decode("utf-8"), where=where):
        taken.value(str(number), value, body)
    if taken.rejected and not taken.rows:
        first = taken.rejected[0]
        raise SourceError(
            f"the array holds no row that can be read; the first is {shorten(first.text, 60)!r}",
            where=f"{where} (line {first.line})",
            advice="Write an array of objects with named values. " + first.advice,
        )
    notes = text.notes
    if _LAST_COMMA.search(text.data[-_TAIL:]):
        notes = (*notes, "a comma before the closing bracket of the array left out")
    return taken.part(text.encoding, notes)


@dataclass
class _Taken:
    """The rows of one file as they are taken, and what was refused."""

    where: str
    options: Options
    rows: list[dict[str, str | None]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)
    more: str = ""

    def value(self, line: str, value: object, body: str) -> None:
        """Take one value as a row, or the records that stand in it."""
        found = records(value, self.options.records) if self.options.records else None
        self.more = self.more or (unfinished(value, self.options.records) if found else "")
        for place, one in [("", value)] if found is None else found:
            at = f"{line} {place}".strip()
            try:
                self.rows.append(_row(one))
                self.lines.append(at)
            except _JsonRowError as error:
                said = body if found is None else json.dumps(one, ensure_ascii=False, default=str)
                self.refuse(at, said, error)

    def refuse(self, line: str, body: str, error: Exception) -> None:
        """List what can be no row."""
        self.rejected.append(_refusal(self.where, line, body, error))

    def part(self, encoding: str, notes: tuple[str, ...]) -> Part:
        """Return all that was taken as a table."""
        if self.more:
            notes = (*notes, f"{ANOTHER_PAGE} ({self.more!r} says so): these are not all records")
        return _part(self, encoding, notes)


def _take_lines(text: str, taken: _Taken) -> None:
    decoder = _decoder()
    for number, line in enumerate(text.split("\n"), start=1):
        body = line.strip(_SPACE)
        if not body:
            continue
        try:
            value = decoder.decode(body)
        except (ValueError, RecursionError) as error:
            taken.refuse(str(number), body, error)
            continue
        taken.value(str(number), value, body)


def _whole(text: str) -> object | None:
    """Return the one object that a text is, None where it is lines of several, or none."""
    at = _skip(text, 0)
    try:
        value, stop = _decoder().raw_decode(text, at)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and not text[stop:].strip(_SPACE) else None


def _decoder() -> json.JSONDecoder:
    # Text keeps 1.10, 0.1 and 20-digit ids as they stand in the file.
    return json.JSONDecoder(
        parse_float=str,
        parse_int=str,
        parse_constant=_constant,
        object_pairs_hook=_unique,
    )


@dataclass(frozen=True)
class _Wrong:
    """What stands where a value should, so that its row can be named and the next one read."""

    why: str


def _constant(name: str) -> _Wrong:
    return _Wrong(f"{name} is no JSON number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any] | _Wrong:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for at, name in enumerate(names) if name in names[:at])
        return _Wrong(f"the key {twice!r} stands twice")
    return found


def _elements(text: str, *, where: str) -> Iterator[tuple[int, Any, str]]:
    """Yield line, value and text of each element of an array."""
    decoder = _decoder()
    at = _skip(text, 0)
    if text[at : at + 1] != "[":
        raise SourceError("the text is no JSON array", where=where, advice='Say format = "jsonl".')
    at = _skip(text, at + 1)
    counted, line = 0, 1
    while text[at : at + 1] != "]":
        line += text.count("\n", counted, at)
        counted = at
        try:
            value, stop = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            raise SourceError(
                f"the JSON text is cut off or damaged ({shorten(str(error), 120)})",
                where=f"{where} (line {line})",
                advice="Export the file again, as Parquet, CSV or flat JSON.",
            ) from error
        yield line, value, text[at:stop]
        at = _skip(text, stop)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
        elif text[at : at + 1] != "]":
            line += text.count("\n", counted, at)
            raise SourceError(
                "the JSON array is cut off or damaged: a comma or ] is missing",
                where=f"{where} (line {line})",
                advice="Export the file again.",
            )
    line += text.count("\n", counted, at)
    if behind := text[at + 1 :].strip(_SPACE):
        raise SourceError(
            f"text stands behind the end of the JSON array: {shorten(behind[:200], 40)!r}",
            where=f"{where} (line {line})",
            advice="Two exports may have been joined; give each a file of its own.",
        )


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at


def _row(value: object) -> dict[str, str | None]:
    if isinstance(value, _Wrong):
        raise _JsonRowError(value.why)
    if not isinstance(value, dict):
        message = "it is no object with named values"
        raise _JsonRowError(message)
    row: dict[str, str | None] = {}
    try:
        _flatten(value, "", row)
    except RecursionError as error:
        message = "it is nested too deep"
        raise _JsonRowError(message) from error
    return row


def _flatten(value: dict[str, Any], prefix: str, row: dict[str, str | None]) -> None:
    for key, inner in value.items():
        name = f"{prefix}{key}"
        if isinstance(inner, dict):
            _flatten(inner, f"{name}.", row)
            continue
        if name in row:
            message = f"two values are both called {name!r}"
            raise _JsonRowError(message)
        row[name] = _text(inner)


def _text(value: object) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, _Wrong):
        raise _JsonRowError(value.why)
    if isinstance(value, bool):
        return "true" if value else "false"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=_no)
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        message = "a text holds half a character or a NUL"
        raise _JsonRowError(message)
    return text


def _no(value: object) -> Never:
    raise _JsonRowError(value.why if isinstance(value, _Wrong) else "a value has no text")


def _refusal(where: str, line: str, body: str, error: Exception) -> RejectedRow:
    return RejectedRow(
        file=where,
        line=line,
        rule="not a JSON row",
        text=shorten(body[:2000]),
        advice=f"Mend the record: {shorten(str(error), 120)}.",
    )


def _explain(text: str, first: RejectedRow, *, where: str) -> Never:
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        whole = None
    lists = (
        [key for key, value in whole.items() if isinstance(value, list)]
        if isinstance(whole, dict)
        else []
    )
    if lists:
        raise SourceError(
            f"the file is one object; its rows stand in {lists[0]!r}",
            where=where,
            advice=f'Declare `records = ["{lists[0]}"]` in the source, or save the list '
            f"{lists[0]!r} ({len(whole[lists[0]])} entries) as the file.",
        )
    raise SourceError(
        f"no line holds a JSON object; the first is {shorten(first.text, 60)!r}",
        where=f"{where} (line {first.line})",
        advice="Write one object on each line, or an array of objects.",
    )


def _part(taken: _Taken, encoding: str, notes: tuple[str, ...]) -> Part:
    rows, where = taken.rows, taken.where
    names = list(dict.fromkeys(name for row in rows for name in row))
    header = header_names(names, where=where)
    wanted = wanted_columns(header.names, taken.options.columns, where=where)
    keys = dict(zip(header.names, names, strict=True))
    table = pa.table(
        {name: pa.array([row.get(keys[name]) for row in rows], pa.string()) for name in wanted}
    )
    more = () if rows or taken.rejected else ("no rows in the file",)
    return Part(
        table=table,
        lines=pa.array(taken.lines, pa.string()),
        rejected=tuple(taken.rejected),
        encoding=encoding,
        notes=(*notes, *header.notes([]), *more),
        sparse=True,
    )
