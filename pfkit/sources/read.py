"""Read the files of one source into one raw table, with provenance for every row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from pfkit.errors import SourceError, closest
from pfkit.sources.csv import read_csv
from pfkit.sources.detect import SPREADSHEETS, agree, check_declared
from pfkit.sources.excel import read_excel
from pfkit.sources.find import relative
from pfkit.sources.json import read_json, read_jsonl
from pfkit.sources.load import load
from pfkit.sources.parquet import read_parquet
from pfkit.sources.plain import TEXTUAL, as_text
from pfkit.sources.raw import FILE, LINE, FileFact, Options, Part, RawTable
from pfkit.sources.sqlite import read_sqlite
from pfkit.sources.workbook import workbook_format

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pfkit.sources.load import Loaded

#: Missing columns that make a file another export, and how many of them are named.
_OTHER, _SHOWN = 3, 4


def read_files(
    paths: Sequence[Path],
    *,
    root: Path,
    format: str = "detect",  # noqa: A002 - the word a book uses
    encoding: str = "detect",
    sheet: str | None = None,
    header: int = 1,
    delimiter: str = "detect",
    query: str | None = None,
    columns: Sequence[str] | None = None,
    records: Sequence[str] = (),
) -> RawTable:
    r"""Read the files of one source and put their rows under each other.

    Use it on what `find_files` found. The format comes from the bytes of each file, not from its
    name; nothing in a file is ever run.

    Parameters
    ----------
    paths : sequence of pathlib.Path
        The files, at least one.
    root : pathlib.Path
        The data folder; files are named relative to it.
    format : str
        ``detect``, ``csv``, ``excel`` (any spreadsheet), ``xlsx``, ``xls``, ``ods``, ``parquet``,
        ``jsonl``, ``json`` or ``sqlite``.
    encoding : str
        A codec name, or ``detect``; for text.
    sheet : str, optional
        Sheet of a workbook; may be absent where only one has content.
    header : int
        Line or row of the column names, from 1.
    delimiter : str
        One character, ``tab``, or ``detect``.
    query : str, optional
        Table or SELECT of a database.
    columns : sequence of str, optional
        Columns to read; all when not given. Files may then differ in their other columns.
    records : sequence of str
        Where in nested JSON the rows stand, such as ``data.lines.data``: the first that leads to a
        list. What the objects of a list stand in are columns ``above.<name>``.

    Returns
    -------
    RawTable
        One row per row of the files, in their order; text formats and spreadsheets as text, an
        empty field null; ``_file`` and ``_line`` say where the row stands.

    Raises
    ------
    SourceError
        If a file cannot be read, or the files do not have the same columns.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as name:
    ...     file = Path(name) / "may.csv"
    ...     _ = file.write_text("id,amount\n007,2.50\n")
    ...     raw = read_files([file], root=Path(name))
    >>> raw.table.to_pylist()
    [{'id': '007', 'amount': '2.50', '_file': 'may.csv', '_line': '2'}]
    >>> raw.files[0].rows, raw.files[0].format
    (1, 'csv')
    """
    check_declared(format)
    if not paths:
        raise SourceError(
            "there are no files to read", where=str(root), advice="Name at least one file."
        )
    options = Options(
        format=format,
        encoding=encoding,
        sheet=sheet,
        header=header,
        delimiter=delimiter,
        query=query,
        columns=None if columns is None else tuple(columns),
        records=tuple(records),
    )
    read = [read_one(path, relative(path, root), options) for path in paths]
    return RawTable(
        table=_join(read),
        rejected=tuple(row for _, part in read for row in part.rejected),
        files=tuple(fact for fact, _ in read),
    )


def read_one(path: Path, where: str, options: Options) -> tuple[FileFact, Part]:
    """Read one file: its facts, and its rows as they stand in it."""
    loaded = load(path, where=where)
    found = workbook_format(loaded.data, where=where) if loaded.found == "zip" else loaded.found
    kind = agree(options.format, found, where=where)
    _refuse_misplaced(kind, options, where=where)
    part = _parse(path, where, loaded, kind, options)
    refuse_own(part.table.column_names, where=where)
    fact = FileFact(
        path=where,
        sha256=loaded.sha256,
        bytes=loaded.size,
        format=kind,
        encoding=part.encoding,
        compression=loaded.compression,
        rows=part.table.num_rows + len(part.rejected),
        notes=part.notes,
        types=tuple((field.name, str(field.type)) for field in part.table.schema),
    )
    return fact, part


def refuse_own(names: Sequence[str], *, where: str) -> None:
    """Refuse a file with a column that pfkit adds itself.

    Raises
    ------
    SourceError
        If it has one.
    """
    for name in (FILE, LINE):
        if name in names:
            raise SourceError(
                f"the file has a column {name!r}, which pfkit adds itself",
                where=where,
                advice="Rename the column in the export.",
            )


def _parse(path: Path, where: str, loaded: Loaded, kind: str, options: Options) -> Part:
    if kind == "csv":
        return read_csv(loaded.data, where=where, options=options)
    if kind == "jsonl":
        return read_jsonl(loaded.data, where=where, options=options)
    if kind == "json":
        return read_json(loaded.data, where=where, options=options)
    if loaded.compression:
        raise SourceError(
            f"a {kind} file compressed with {loaded.compression} is not read",
            where=where,
            advice="Unpack it; only text exports are read compressed.",
        )
    if kind in SPREADSHEETS:
        return read_excel(loaded.data, kind=kind, where=where, options=options)
    if kind == "parquet":
        return read_parquet(path, where=where, options=options)
    return read_sqlite(path, where=where, options=options)


def _refuse_misplaced(kind: str, options: Options, *, where: str) -> None:
    if options.query is not None and kind != "sqlite":
        raise SourceError(
            f"a query is declared, but the file is {kind}",
            where=where,
            advice="Remove query, or name a SQLite file.",
        )
    if options.sheet is not None and kind not in SPREADSHEETS:
        raise SourceError(
            f"the sheet {options.sheet!r} is declared, but the file is {kind}",
            where=where,
            advice="Remove sheet, or name a workbook.",
        )


def _join(read: Sequence[tuple[FileFact, Part]]) -> pa.Table:
    order = list(dict.fromkeys(name for _, part in read for name in part.table.column_names))
    _refuse_unlike(read)
    tables = []
    mixed = len({fact.format in TEXTUAL for fact, _ in read}) > 1
    for fact, part in read:
        height = part.table.num_rows
        there = part.table.column_names
        arrays = [part.table.column(n) if n in there else pa.nulls(height) for n in order]
        if mixed:
            arrays = [as_text(column) for column in arrays]
        arrays += [pa.repeat(pa.scalar(fact.path, pa.string()), height), part.lines]
        tables.append(pa.table(arrays, names=[*order, FILE, LINE]))
    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except pa.ArrowException as error:
        raise _unlike_types(read, str(error).splitlines()[0]) from error


def _unlike_types(read: Sequence[tuple[FileFact, Part]], said: str) -> SourceError:
    """Return the error that names the first column of two types that go into no third."""
    advice = "Export them with the same types, or as CSV."
    first, top = read[0]
    for fact, part in read[1:]:
        for name in part.table.column_names:
            if name not in top.table.column_names:
                continue
            schemas = [pa.schema([one.table.schema.field(name)]) for one in (top, part)]
            try:
                pa.unify_schemas(schemas, promote_options="permissive")
            except pa.ArrowException:
                old, new = (schema.field(name).type for schema in schemas)
                what = f"column {name!r} is {new} here and {old} in {first.path}"
                return SourceError(what, where=fact.path, advice=advice)
    where = f"{first.path} and {len(read) - 1} more"
    return SourceError(
        f"the files have columns of different types ({said})", where=where, advice=advice
    )


def _refuse_unlike(read: Sequence[tuple[FileFact, Part]]) -> None:
    """Refuse a file that lacks a column of the first, or has one that the first lacks."""
    first, top = read[0]
    known = top.table.column_names
    for fact, part in read[1:]:
        if part.sparse and top.sparse:
            continue
        found = part.table.column_names
        if missing := [name for name in known if name not in found]:
            _refuse_missing(missing, at=fact, other=first, there=found)
        if missing := [name for name in found if name not in known]:
            _refuse_missing(missing, at=first, other=fact, there=known)


def _refuse_missing(
    missing: Sequence[str], *, at: FileFact, other: FileFact, there: Sequence[str]
) -> None:
    if len(missing) >= _OTHER and len(missing) > len(there) / 2:
        shown = ", ".join(repr(name) for name in missing[:_SHOWN])
        more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        raise SourceError(
            f"there are no columns {shown}{more}, which {other.path} has: it is another export",
            where=at.path,
            advice="Take it out of this folder, or give it a source of its own: `pfkit adapters "
            "fit FILE` names the system it comes from.",
        )
    name = missing[0]
    guess = closest(name, there)
    near = f"; the closest there is {guess!r}" if guess else ""
    raise SourceError(
        f"there is no column {name!r}, which {other.path} has{near}",
        where=at.path,
        advice="Make the exports alike, or give files of another form a source of their own.",
    )
