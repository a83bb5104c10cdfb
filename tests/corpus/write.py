"""Write rows as the files that people and systems send: text, JSON, Parquet."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
import zipfile
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.corpus.rows import Row

#: A fixed moment for members of archives, so that the same bytes come out every day.
MOMENT = (2026, 1, 1, 0, 0, 0)


def text(
    rows: Sequence[Mapping[str, str]],
    *,
    delimiter: str = ",",
    end: str = "\n",
    quoting: int = csv.QUOTE_MINIMAL,
    header: Sequence[str] | None = None,
) -> str:
    """Return delimited text."""
    stream = io.StringIO()
    names = list(rows[0])
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=end, quoting=quoting)  # type: ignore[arg-type]
    writer.writerow(header or names)
    writer.writerows([row[name] for name in names] for row in rows)
    return stream.getvalue()


def lines(rows: Sequence[Mapping[str, str]], **more: Any) -> list[str]:
    """Return the lines of delimited text, the header first, each with its line end."""
    return text(rows, **more).splitlines(keepends=True)


def plain(rows: Sequence[Mapping[str, str]], *, encoding: str = "utf-8", **more: Any) -> bytes:
    """Return delimited text in an encoding."""
    return text(rows, **more).encode(encoding)


def jsonl(rows: Sequence[Row], *, numbers: Sequence[str] = ("amount",)) -> bytes:
    """Return a JSON object on each line."""
    return "".join(f"{_object(row, numbers)}\n" for row in rows).encode()


def json_array(rows: Sequence[Row], *, numbers: Sequence[str] = ("amount",)) -> bytes:
    """Return an array of JSON objects, one on a line."""
    return ("[\n" + ",\n".join(_object(row, numbers) for row in rows) + "\n]\n").encode()


def _object(row: Row, numbers: Sequence[str]) -> str:
    parts = [
        f"{json.dumps(key)}: {value if key in numbers else json.dumps(value, ensure_ascii=False)}"
        for key, value in row.items()
    ]
    return "{" + ", ".join(parts) + "}"


_PARQUET: dict[str, Callable[[str], Any]] = {
    "float": float,
    "decimal": Decimal,
    "date": dt.date.fromisoformat,
    "int": int,
    "moment": dt.datetime.fromisoformat,
}


def arrow(rows: Sequence[Row], **kinds: str) -> pa.Table:
    """Return the rows as an Arrow table, some columns with a type, an empty text as null."""
    arrays = {}
    for name in rows[0]:
        turn = _PARQUET.get(kinds.get(name, ""), str)
        arrays[name] = pa.array([turn(row[name]) if row[name] else None for row in rows])
    return pa.table(arrays)


def parquet(table: pa.Table | Sequence[Row], **options: Any) -> bytes:
    """Return a Parquet file."""
    stream = io.BytesIO()
    pq.write_table(table if isinstance(table, pa.Table) else arrow(table), stream, **options)
    return stream.getvalue()


def gzipped(data: bytes) -> bytes:
    """Return data as gzip, without a time in its header."""
    return gzip.compress(data, mtime=0)


def zipped(members: Mapping[str, bytes]) -> bytes:
    """Return a zip archive of some members."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, body in members.items():
            info = zipfile.ZipInfo(name, MOMENT)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, body)
    return stream.getvalue()


def repacked(
    data: bytes, changes: Mapping[str, Callable[[bytes], bytes]], *, more: Mapping[str, bytes] = {}
) -> bytes:
    """Return a zip archive with some members changed and some added."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for name, turn in changes.items():
        before = members[name]
        members[name] = turn(before)
        if members[name] == before:
            message = f"nothing changed in {name}: {before[:2000]!r}"
            raise ValueError(message)
    return zipped(members | dict(more))


def flipped(data: bytes, *places: int, bit: int = 0) -> bytes:
    """Return data with one bit turned at each place."""
    body = bytearray(data)
    for place in places:
        body[place] ^= 1 << bit
    return bytes(body)
