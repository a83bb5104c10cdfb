"""One file of a large source, batch by batch, into partitions: the expressions are everyone's."""

from __future__ import annotations

import datetime as dt
import itertools
import os
import shutil
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from pfkit.conform.adapters.fit import adapted
from pfkit.conform.engine import literal, quoted
from pfkit.conform.mapping import map_source
from pfkit.conform.moments import in_company_zone
from pfkit.conform.named import with_named_columns
from pfkit.conform.partitions.looks import Looks
from pfkit.conform.partitions.marks import Runs, mark_sql, marked
from pfkit.conform.partitions.store import DAYS, LOOKS, Part, Piece, digest_of, kept
from pfkit.conform.partitions.used import Used, refers
from pfkit.conform.repeats import repeats_table
from pfkit.conform.settle import settle_source, value_source
from pfkit.conform.sightings import candidates_sql, searched
from pfkit.sources.raw import FileFact, RawTable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pyarrow as pa

    from pfkit.conform.declaration import Source
    from pfkit.conform.mapping import Setting
    from pfkit.conform.partitions.origin import Rows
    from pfkit.conform.settle import Known
    from pfkit.sources.batches import Batches

#: Every row counts while partitions are made; which are known by a day is asked when they are read.
EVER: Final = dt.date(9999, 12, 31)
#: Pieces of a month beyond which, and rows of a piece below which, they are put together.
_PIECES, _SMALL = 32, 50_000
#: What a row is kept with beside the columns of its table.
KEPT: Final = (
    *("_at", "_no", "_file", "_rule", "_bad", "_unmapped", "_stated", "_stated_local", "_period"),
    *("_rate", "_status", "_reason", "_because", "_column", "_value"),
)
#: Its raw rows' columns and types, and no row.
NO_ROWS: Final = "raw.parquet"
_count = itertools.count()


@dataclass
class Building:
    """One file on its way.

    Attributes
    ----------
    source : Source
        As declared.
    fitted : Source
        With columns that fill themselves.
    setting : Setting
        With an engine of its own, in which what rows refer to is settled.
    """

    source: Source
    setting: Setting
    known: Known
    as_of: dt.date
    apart: Path
    fitted: Source
    pieces: list[Piece]
    rest: list[str]
    days: list[str]
    ranges: dict[str, list[list[str | None]]]
    used: Used
    runs: Runs
    looks: Looks
    amount: Decimal = Decimal(0)
    batches: int = 0
    read: int = 0


def build(  # noqa: PLR0917 (a file, where it goes, and what it is judged by)
    source: Source,
    batches: Batches | Rows,
    setting: Setting,
    known: Known,
    as_of: dt.date,
    home: Path,
    stem_of: Any,  # noqa: ANN401 (digest of bytes -> digest of bytes, declaration and code)
) -> Part:
    """Conform one file, and keep its partitions.

    Raises
    ------
    SourceError, BookError, ContractError
        As the ordinary way does.
    """
    apart = home / f".apart-{os.getpid()}-{next(_count)}"
    shutil.rmtree(apart, ignore_errors=True)
    apart.mkdir(parents=True)
    try:
        runs = Runs(apart, marked(source))
        made = Building(
            source,
            setting,
            known,
            as_of,
            apart,
            source,
            [],
            [],
            [],
            {},
            Used(),
            runs,
            Looks(setting.engine),
        )
        for table, lines in batches:
            _batch(made, table, lines, batches.where)
        seen = _seen_whole(made)
        _put_together(made)
        _copy(made, "FROM looked", LOOKS)
        _copy(made, "FROM looked_days", DAYS)
        used = made.used.plain()
        part = Part(
            folder=apart,
            fact=batches.fact,
            rejected=batches.rejected,
            columns={item.name: str(item.type) for item in batches.schema},
            pieces=tuple(made.pieces),
            rest=tuple(made.rest),
            read=made.read,
            known=(min(made.days), max(made.days)) if made.days else ("", ""),
            ranges=made.ranges,
            runs=runs.lengths,
            twice=runs.twice(),
            seen=seen,
            used=used,
            amount=str(made.amount),
        )
        name = f"{stem_of(batches.fact.sha256)}-{refers(used, source, setting, known.dimensions)}"
        return kept(apart, home, part, name)
    finally:
        shutil.rmtree(apart, ignore_errors=True)


def _batch(made: Building, table: pa.Table, lines: pa.Array, where: str) -> None:
    engine, name = made.setting.engine, made.source.name
    raw = f"raw_{name}"
    source, table = as_read(made.source, table, where)
    engine.load_numbered(raw, table, lines, after=made.read, file=where)
    if source.url:
        in_company_zone(source, engine, made.setting.zone)
    if not made.batches:
        _copy(made, f"SELECT * FROM {quoted(raw)} LIMIT 0", NO_ROWS)
    fitted = made.fitted = with_named_columns(source, engine.types(raw))
    map_source(fitted, made.setting)
    value_source(fitted, made.setting, made.as_of)  # refuses what was known and has no rate
    engine.run(
        f"CREATE OR REPLACE TABLE {quoted(repeats_table(fitted))} "
        "(_id BIGINT, before BOOLEAN, other VARCHAR, place BIGINT)"
    )
    settle_source(fitted, made.setting, made.known, EVER, alone=True)
    made.looks.look(fitted)
    if table.num_rows:
        made.amount += _amount(made)
        made.used.look(fitted, made.setting)
        _write_pieces(made)
        _write_rest(made)
        _write_seen(made)
        _look_at_days(made)
        _mark(made)
    made.batches += 1
    made.read += table.num_rows


def as_read(source: Source, table: pa.Table, where: str) -> tuple[Source, pa.Table]:
    """Return a source and rows of it under the names that its adapter reads them by."""
    fact = FileFact(path=where, sha256="", bytes=0, format="")
    fitted, raw = adapted(source, RawTable(table=table, files=(fact,)))
    return fitted, raw.table


def _amount(made: Building) -> Decimal:
    column = made.fitted.promise.amount
    if column is None:
        return Decimal(0)
    valued = quoted(f"valued_{made.source.name}")
    ((total,),) = made.setting.engine.rows(f"SELECT sum({quoted(column)}) FROM {valued}")
    return Decimal(total or 0)


def _copy(made: Building, select: str, file: str) -> None:
    place = literal(str(made.apart / file))
    made.setting.engine.run(
        f"COPY ({select}) TO {place} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
    )


def kept_sql(source: Source) -> str:
    """Return what of a settled row is kept in partitions."""
    own = [quoted(name) for name in source.promise.names]
    line = "_line" if source.url else "CAST(_line AS BIGINT)"  # a key names a database's row
    return ", ".join(
        [
            f"_id AS _at, {line} AS _no, _file, CAST(_rule AS SMALLINT) AS _rule",
            *("_bad", "_unmapped", *own, "_stated", "_stated_local", "_period", "_rate"),
            *("_status", "_reason", "_because", "_column", "_value"),
        ]
    )


def _write_pieces(made: Building) -> None:
    engine, rows = made.setting.engine, quoted(f"rows_{made.source.name}")
    found = engine.rows(
        f"SELECT _period, count(*), min(_id), max(_id) FROM {rows} "
        "WHERE _status <> 'quarantined' GROUP BY 1 ORDER BY 1"
    )
    for period, count, first, last in found:
        file = f"{period or 'none'}-{made.batches:05d}.parquet"
        _copy(
            made,
            f"SELECT {kept_sql(made.fitted)} FROM {rows} WHERE _status <> 'quarantined' "
            f"AND _period = {literal(period)} ORDER BY _id",
            file,
        )
        made.pieces.append(Piece(file, period, count, first, last))


def _write_rest(made: Building) -> None:
    """Write the raw rows that are held back: they go the ordinary way with those of other files."""
    engine, name = made.setting.engine, made.source.name
    held = f"SELECT _id FROM {quoted(f'rows_{name}')} WHERE _status = 'quarantined'"
    ((count,),) = engine.rows(f"SELECT count(*) FROM ({held})")
    if count:
        file = f"rest-{made.batches:05d}.parquet"
        _copy(made, f"SELECT * FROM {quoted(f'raw_{name}')} WHERE _id IN ({held})", file)
        made.rest.append(file)


def _write_seen(made: Building) -> None:
    """Write the texts that may be personal data, with how many rows have each."""
    columns = {column: column for column in (*searched(made.fitted), "_file")}
    known = "known_on" if "known_on" in made.fitted.promise.names else "CAST(NULL AS DATE)"
    found = candidates_sql(quoted(f"rows_{made.source.name}"), columns, known)
    made.setting.engine.run(f"CREATE OR REPLACE TABLE seen_now AS {found}")
    ((count,),) = made.setting.engine.rows("SELECT count(*) FROM seen_now")
    if count:
        _copy(made, "FROM seen_now", f"seen-{made.batches:05d}.parquet")


def _seen_whole(made: Building) -> str:
    """Put the candidates of all batches together; return their file, empty for none."""
    files = sorted(made.apart.glob("seen-*.parquet"))
    if not files:
        return ""
    listed = ", ".join(literal(str(file)) for file in files)
    _copy(
        made,
        "SELECT place, text, known, CAST(sum(rows) AS BIGINT) AS rows, sure "
        f"FROM read_parquet([{listed}]) GROUP BY ALL",
        "seen.parquet",
    )
    for file in files:
        file.unlink()
    return "seen.parquet"


def _look_at_days(made: Building) -> None:
    if "known_on" not in made.fitted.promise.names:
        return
    rows = made.setting.engine.rows(
        "SELECT CAST(min(known_on) AS VARCHAR), CAST(max(known_on) AS VARCHAR) "
        f"FROM {quoted(f'rows_{made.source.name}')} WHERE known_on IS NOT NULL"
    )
    made.days += [day for row in rows for day in row if day is not None]


def _mark(made: Building) -> None:
    """Write the digests of the rows' keys, and between which values the keys lie."""
    engine, rows = made.setting.engine, quoted(f"rows_{made.source.name}")
    for name, columns in marked(made.source).items():
        unique = name.startswith("unique_")
        there = f"WHERE {quoted(columns[0])} IS NOT NULL" if unique else ""
        found = engine.arrow(f"SELECT {mark_sql(columns)} AS mark, _id AS at FROM {rows} {there}")
        made.runs.add(name, found["mark"].to_numpy(), found["at"].to_numpy())
        asked = ", ".join(
            f"min(CAST({quoted(c)} AS VARCHAR)), max(CAST({quoted(c)} AS VARCHAR)), "
            f"count(*) - count({quoted(c)})"
            for c in columns
        )
        (values,) = engine.rows(f"SELECT {asked} FROM {rows} {there}")
        bounds: list[list[str | None]] = [
            [None, None] if values[at + 2] else [values[at], values[at + 1]]
            for at in range(0, len(values), 3)
        ]
        before = made.ranges.get(name)
        made.ranges[name] = bounds if before is None else _wider(before, bounds)


def _wider(one: list[list[str | None]], other: list[list[str | None]]) -> list[list[str | None]]:
    return [
        [None, None]
        if None in {low, high, its_low, its_high}
        else [min(str(low), str(its_low)), max(str(high), str(its_high))]
        for (low, high), (its_low, its_high) in zip(one, other, strict=True)
    ]


def _put_together(made: Building) -> None:
    """Put the pieces of a month together where they are many and small."""
    by_month: dict[str, list[Piece]] = {}
    for piece in made.pieces:
        by_month.setdefault(piece.period, []).append(piece)
    whole: list[Piece] = []
    for period, pieces in by_month.items():
        rows = sum(piece.rows for piece in pieces)
        if len(pieces) == 1 or (len(pieces) <= _PIECES and rows >= _SMALL * len(pieces)):
            whole += pieces
            continue
        listed = ", ".join(literal(str(made.apart / piece.name)) for piece in pieces)
        file = f"{period or 'none'}.parquet"
        _copy(made, f"FROM read_parquet([{listed}])", file)
        for piece in pieces:
            (made.apart / piece.name).unlink()
        first, last = pieces[0].first, pieces[-1].last
        whole.append(Piece(file, period, rows, first, last))
    made.pieces = whole


def stem(source: Source, rules: str, where: str) -> Any:  # noqa: ANN401 (a function of a digest)
    """Return what makes the first part of a file's name from the digest of its bytes."""

    def named(sha256: str) -> str:
        return digest_of(sha256, where, rules, source.name)

    return named


def fresh(source: Source, setting: Setting, dimensions: Mapping[str, tuple[str, ...]]) -> Any:  # noqa: ANN401
    """Return the function that gives the digest of what rows refer to, as it is now."""
    return lambda used: refers(used, source, setting, dimensions)
