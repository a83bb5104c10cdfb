"""All files of a large source: known from before, or read and conformed now."""

from __future__ import annotations

import functools
import hashlib
import os
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pfkit.conform.adapters.fit import adapted
from pfkit.conform.engine import literal, quoted
from pfkit.conform.failures import read_sound
from pfkit.conform.moments import in_company_zone
from pfkit.conform.named import with_named_columns
from pfkit.conform.partitions import store
from pfkit.conform.partitions.alike import Columns, File, casts, refuse_unlike
from pfkit.conform.partitions.build import NO_ROWS, as_read, build, fresh, stem
from pfkit.conform.partitions.marks import collisions
from pfkit.conform.partitions.stats import FileStats, told
from pfkit.conform.partitions.used import rule_digest
from pfkit.conform.repeats import repeated_files
from pfkit.errors import SourceError
from pfkit.sources.batches import ROWS, Reading
from pfkit.sources.raw import Options, RawTable

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from pfkit.conform.declaration import Source
    from pfkit.conform.engine import Engine
    from pfkit.conform.failures import Failures
    from pfkit.conform.mapping import Setting
    from pfkit.conform.partitions.origin import Origin
    from pfkit.conform.partitions.store import Part
    from pfkit.conform.settle import Known
    from pfkit.sources.raw import FileFact

#: Raised where what is kept changes its form.
FORM: Final = 2


@dataclass(frozen=True)
class Parts:
    """The files of a partitioned source.

    Attributes
    ----------
    source : Source
        With the columns that fill themselves.
    parts : tuple of Part
        The files that count, in the order they are read in.
    moved : dict
        By file's digest, row numbers that share a key with another row: they go the ordinary way.
    repeated : tuple
        Files whose bytes another has, each with the one that counts.
    reading : Reading
        What was read.
    casts : dict
        By path, the types that columns of a file are read as beside those of others.
    origins : dict
        By path, where the rows of a file are.
    """

    source: Source
    home: Path
    parts: tuple[Part, ...]
    moved: dict[str, set[int]]
    repeated: tuple[tuple[str, str], ...]
    reading: Reading = field(default_factory=Reading)
    casts: dict[str, dict[str, Any]] = field(default_factory=dict)
    origins: dict[str, Origin] = field(default_factory=dict)

    @property
    def read(self) -> int:
        """All rows, rejected ones apart."""
        return sum(part.read for part in self.parts)

    @property
    def amount(self) -> Decimal:
        """The amount of all rows, before any was set aside."""
        return sum((Decimal(part.amount) for part in self.parts), Decimal(0))

    @property
    def last_known(self) -> date | None:
        """The last day one of the rows was learned."""
        days = [part.last_known for part in self.parts]
        return max((day for day in days if day is not None), default=None)

    def offsets(self) -> dict[str, int]:
        """Return by file the rows of the files before it."""
        found, before = {}, 0
        for part in self.parts:
            found[part.fact.path] = before
            before += part.read
        return found


def load_parts(  # noqa: PLR0917 (files, where they are kept, and what they are judged by)
    source: Source,
    origins: Sequence[Origin],
    folder: Path,
    setting: Setting,
    known: Known,
    as_of: date,
    *,
    only: Collection[str] = (),
    failures: Failures | None = None,
) -> Parts | None:
    """Return the partitions of a source's files, made where they are not there or not the same.

    Parameters
    ----------
    source : Source
        A partitioned source.
    origins : sequence of Origin
        Its files, or the months that were read of its database.
    folder : pathlib.Path
        Where partitions are kept.
    setting : Setting
        With an engine in which rates and dimensions are settled.
    known : Known
        What settling needs beside rows.
    as_of : datetime.date
        The day of knowledge: of files learned later no row counts, whatever it refers to.
    only : collection of str
        The files that count, where it is known that others cannot be used.
    failures : Failures, optional
        Where to note files that cannot be used, to load the others without them.

    Returns
    -------
    Parts or None
        None where no file can be read, which `failures` says.

    Raises
    ------
    SourceError, BookError, ContractError
        As the ordinary way does.
    """
    home = folder / source.name
    home.mkdir(parents=True, exist_ok=True)
    rules = store.digest_of(rule_digest(source, setting), sorted(known.statement_kinds), _code())
    files = _Files(source, folder, setting, known, as_of, home, rules)
    files.origins = {one.path: one for one in origins if not only or one.where in only}
    parts = _sound(files, [*files.origins], failures)
    files.stats.write()
    if parts is None:
        return None
    files.columns.write({part.fact.sha256 for part in parts})
    repeated = repeated_files([part.fact for part in parts], source)
    kept = tuple(part for part in parts if part.fact.path not in repeated)
    moved = collisions(kept, home)
    store.prune(home, {part.digest for part in parts})
    fitted = _fitted(source, kept[0], setting.engine)
    return Parts(
        *(fitted, home, kept, moved, tuple(repeated.items())),
        origins={origin.where: origin for origin in files.origins.values()},
        reading=files.reading,
        casts=files.casts,
    )


def _sound(files: _Files, paths: Sequence[Path], failures: Failures | None) -> list[Part] | None:
    """Return the partitions of files that can be read together; the others are noted."""
    try:
        return files.parts(paths)
    except SourceError as error:
        if failures is None:
            raise
        if len(paths) == 1:
            failures.add(error, files.source)
            return None
    before = len(failures.found)
    heads = read_sound(
        *(paths, files.heads),
        source=files.source,
        failures=failures,
        columns=lambda read: read[0][1],
    )
    whole = []
    for path, _ in heads or []:
        try:
            files.parts([path])
        except SourceError as error:
            failures.add(error, files.source, path=path)
        else:
            whole.append(path)
    if not whole:
        failures.found[before:] = [replace(one, whole=True) for one in failures.found[before:]]
        return None
    return files.parts(whole)


@dataclass
class _Files:
    """The files of a source on their way to partitions."""

    source: Source
    folder: Path
    setting: Setting
    known: Known
    as_of: date
    home: Path
    rules: str
    reading: Reading = field(default_factory=Reading)

    def __post_init__(self) -> None:
        self.stats = FileStats.read(self.folder)
        self.columns = Columns.read(self.home)
        self.counted: set[str] = set()
        self.origins: dict[Path, Origin] = {}
        self.casts: dict[str, dict[str, Any]] = {}

    def parts(self, paths: Sequence[Path]) -> list[Part]:
        """Return the partitions of some files, read together."""
        files, digests = [], []
        for path in paths:
            origin = self.origins[path]
            digest = self._digest(origin)
            types = None if digest is None else self.columns.known.get(digest)
            if types is None:
                types = origin.types(options(self.source))
            files.append(File(path, origin.where, types))
            digests.append(digest)
        parts: list[Part] = []
        read_as = casts(files, options(self.source))
        self.casts = {file.where: cast for file, cast in zip(files, read_as, strict=True)}
        for file, digest, cast in zip(files, digests, read_as, strict=True):
            part = self._part(file, digest, cast, parts[:1])
            text = part.fact.format == "csv"
            self.columns.keep(part.fact.sha256, {} if text else part.columns)
            parts.append(part)
        for part in parts[1:]:
            first = parts[0]
            refuse_unlike([*first.columns], first.fact.path, [*part.columns], part.fact.path)
        return parts

    def heads(self, paths: Sequence[Path]) -> list[tuple[Path, list[str]]]:
        """Return the names of the columns of some files, which must be alike."""
        found: list[tuple[Path, list[str]]] = []
        for path in paths:
            origin = self.origins[path]
            batches = origin.batches(options(self.source), ROWS, Reading())
            next(iter(batches))
            found.append((path, [*batches.schema.names]))
            first = self.origins[found[0][0]].where
            refuse_unlike(found[0][1], first, found[-1][1], origin.where)
        return found

    def _digest(self, origin: Origin) -> str | None:
        """Return the digest of a file's bytes where it was read, None for a new one."""
        if origin.month is not None:
            return origin.month.kept.sha256
        path = origin.path
        return self.stats.digest(path) or _digest_again(path, self.stats, self.reading)

    def _part(
        self, file: File, digest: str | None, cast: dict[str, Any], first: list[Part]
    ) -> Part:
        source, path = self.source, file.path
        said = sorted((name, str(kind)) for name, kind in cast.items())
        named = stem(source, store.digest_of(self.rules, said) if said else self.rules, file.where)
        refers = fresh(source, self.setting, self.known.dimensions)
        part = None
        if digest is not None:
            part = store.found(self.home, named(digest), refers, self.as_of)
        if part is not None:
            if file.where not in self.counted:
                self.reading.unchanged += 1
        else:
            before = told(path)
            batches = self.origins[path].batches(
                *(options(source), ROWS, self.reading),
                like=functools.partial(_like, first),
                cast=cast,
            )
            part = build(*(source, batches, self.setting, self.known, self.as_of, self.home, named))
            if self.origins[path].month is None:
                self.stats.keep(path, part.fact.sha256, before)
        self.counted.add(file.where)
        month = self.origins[path].month
        return part if month is None else replace(part, fact=month.told(part.fact))


def _like(first: Sequence[Part], columns: dict[str, str], where: str) -> None:
    for part in first:
        refuse_unlike([*part.columns], part.fact.path, [*columns], where)


def file_told(source: Source, part: Part) -> FileFact:
    """Return what is said of a file, with the names that an adapter reads its columns by."""
    if source.adapter is None:
        return part.fact
    table = pa.table({name: pa.nulls(0) for name in part.columns})
    _, raw = adapted(source, RawTable(table=table, files=(part.fact,)))
    return raw.files[0]


def options(source: Source) -> Options:
    """Return how a source's files are read."""
    return Options(
        format=source.format,
        encoding=source.encoding,
        sheet=source.sheet,
        header=source.header,
        delimiter=source.delimiter,
        query=source.query,
        records=source.records,
    )


def load_rest(parts: Parts, engine: Engine, zone: str) -> None:
    """Fill ``raw_<source>`` with the rows that go the ordinary way, under their numbers.

    Moments that come with their kind are turned into local ones of the company's `zone`.
    """
    offsets = parts.offsets()
    selects = []
    for part in parts.parts:
        files = ", ".join(literal(str(part.folder / name)) for name in (NO_ROWS, *part.rest))
        own = f"SELECT * FROM read_parquet([{files}], union_by_name = true)"
        after = offsets[part.fact.path]
        selects.append(f"SELECT * REPLACE (_id + {after} AS _id) FROM ({own})")
        if places := parts.moved.get(part.digest):
            rows = _moved_table(parts, part, places, engine, zone)
            selects.append(
                f"SELECT * REPLACE (_id + {after} AS _id) FROM {rows} "
                f"WHERE _id NOT IN (SELECT _id FROM ({own}))"
            )
    whole = " UNION ALL BY NAME ".join(selects)
    name = quoted(f"raw_{parts.source.name}")
    engine.run(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM ({whole}) ORDER BY _id")
    engine.note(f"read_{parts.source.name}", str(parts.read))


def _moved_table(parts: Parts, part: Part, places: set[int], engine: Engine, zone: str) -> str:
    """Return the raw rows of a file that share a key with others, as SQL knows them."""
    file = literal(str(_moved_rows(parts, part, places)))
    if not parts.source.url:
        return f"read_parquet({file})"
    raw, own = quoted(f"raw_{parts.source.name}"), quoted(f"raw_{parts.source.name} {part.digest}")
    engine.run(f"CREATE OR REPLACE TABLE {raw} AS FROM read_parquet({file})")
    in_company_zone(parts.source, engine, zone)
    engine.run(f"CREATE OR REPLACE TEMP TABLE {own} AS FROM {raw}")
    return own


def _moved_rows(parts: Parts, part: Part, places: set[int]) -> Path:
    """Return the file of raw rows that share a key with others; it is kept as partitions are."""
    told_ = store.digest_of(part.digest, sorted(places))
    folder = parts.home / "moved"
    file = folder / f"{told_}.parquet"
    if store.sealed(file):
        return file
    batches = parts.origins[part.fact.path].batches(
        *(options(parts.source), ROWS, parts.reading),
        cast=parts.casts.get(part.fact.path, {}),
    )
    wanted = pa.array(sorted(places), pa.int64())
    found, first = [], 0
    for table, lines in batches:
        _, table = as_read(parts.source, table, part.fact.path)  # noqa: PLW2901 (under its names)
        ids = pa.array(range(first + 1, first + 1 + table.num_rows), pa.int64())
        whole = table.append_column("_file", pa.array([part.fact.path] * table.num_rows))
        whole = whole.append_column("_line", lines.cast(pa.string())).append_column("_id", ids)
        found.append(whole.filter(pc.is_in(ids, wanted)))
        first += table.num_rows
    if batches.fact.sha256 != part.fact.sha256:
        raise SourceError(
            "the file changed while it was read",
            where=part.fact.path,
            advice="Run again when the export is complete.",
        )
    folder.mkdir(parents=True, exist_ok=True)
    apart = folder / f".{told_}.{os.getpid()}"
    pq.write_table(pa.concat_tables(found), apart)
    store.seal(apart, file)
    return file


def _digest_again(path: Path, stats: FileStats, reading: Reading) -> str | None:
    """Return the digest of a file that was read before and may have changed, None for a new one."""
    if not stats.knows(path):
        return None
    before = told(path)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    reading.bytes += before[0]
    stats.keep(path, digest, before)
    return digest


def _fitted(source: Source, part: Part, engine: Engine) -> Source:
    empty = f"SELECT * FROM read_parquet({literal(str(part.folder / NO_ROWS))})"
    engine.run(f"CREATE OR REPLACE VIEW no_rows AS {empty}")
    columns = engine.arrow("SELECT * FROM no_rows")
    fitted, _ = as_read(source, columns.drop_columns(["_file", "_line", "_id"]), part.fact.path)
    return with_named_columns(fitted, engine.types("no_rows"))


@functools.cache
def _code() -> str:
    """Return a digest of what decides about rows: readers, this code, and the engine's version."""
    conform = Path(__file__).resolve().parents[1]
    rooms = (conform, conform / "partitions", conform / "adapters", conform.parent / "sources")
    files = sorted(file for room in rooms for file in room.glob("*.py"))
    digest = hashlib.sha256(f"{FORM} {duckdb.__version__}".encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()
