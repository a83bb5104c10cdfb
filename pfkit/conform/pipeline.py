"""The way from declared sources to agreed tables, in the one order it can be done."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pyarrow as pa

from pfkit.conform.adapters.fit import adapted
from pfkit.conform.audit import file_of, in_force, read_decisions
from pfkit.conform.decided import Applied, with_mended
from pfkit.conform.engine import Engine, quoted
from pfkit.conform.failures import left, read_sound, set_apart
from pfkit.conform.mapping import Setting, map_source
from pfkit.conform.moments import in_company_zone, refuse_zones
from pfkit.conform.named import with_named_columns
from pfkit.conform.partitions.build import EVER
from pfkit.conform.partitions.stage import last_days, partitioned, refuse_unfit
from pfkit.conform.partitions.store import prepared
from pfkit.conform.personal import Privacy, masked
from pfkit.conform.pushed.fx import pushed
from pfkit.conform.readings import Readings
from pfkit.conform.repeats import without_repeated_files
from pfkit.conform.settling import FIRST, settle_all
from pfkit.conform.state import is_state, known_facts, state_sources, with_columns_of
from pfkit.conform.stretches import load_stretches
from pfkit.conform.values import LoadedMap, load_maps
from pfkit.conform.wide import fitted, read_wide
from pfkit.errors import PeriodError, SourceError
from pfkit.sources import FileFact, RawTable, RejectedRow, find_files, read_files

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from pfkit.conform.audit import Decision
    from pfkit.conform.declaration import Declaration, Source
    from pfkit.conform.failures import Failures
    from pfkit.conform.partitions.load import Parts
    from pfkit.conform.partitions.origin import Month
    from pfkit.period import FiscalCalendar, Period
    from pfkit.sources.budget import Finding

_CALENDAR_YEARS = 40


@dataclass(frozen=True)
class LoadedSource:
    """A declared source and what was found for it."""

    declared: Source
    files: tuple[FileFact, ...]
    rejected: tuple[RejectedRow, ...]
    repeated_files: tuple[tuple[str, str], ...]
    present: bool
    sheet_findings: tuple[tuple[str, Finding], ...] = ()
    #: By ``_id``: rows that were none, which a decision gave their columns; their row id.
    mended: Mapping[int, str] = field(default_factory=dict)
    #: The ids of the rejected rows, in their order.
    rejected_ids: tuple[str, ...] = ()
    #: Of a state file: the facts of its lines known by then, so that later ones change nothing.
    as_known: tuple[FileFact, ...] = ()
    #: Of a partitioned source: its files, conformed.
    parts: Parts | None = None
    #: Of a partitioned source: the folder its files are in, or the months read of its database.
    root: Path | None = None
    months: tuple[Month, ...] = ()

    @property
    def rows_table(self) -> str:
        """The engine table with every row and its status."""
        return f"rows_{self.declared.name}"


@dataclass(frozen=True)
class Conformed:
    """Agreed tables in the engine, with everything that was read, set aside and left out."""

    declaration: Declaration
    engine: Engine
    maps: dict[str, LoadedMap]
    sources: tuple[LoadedSource, ...]
    as_of: date
    privacy: Privacy = field(default_factory=Privacy)
    decided: Applied = field(default_factory=Applied)
    #: The folder of what people and pfkit keep, None where the book has none.
    state: Path | None = None

    def has(self, table: str) -> bool:
        """Return whether some source that is present feeds a table."""
        return any(held.present and held.declared.table == table for held in self.sources)


def conform(
    declaration: Declaration,
    *,
    data: Path,
    book: Path,
    state: Path | None = None,
    as_of: date | None = None,
    period: Period | None = None,
    progress: Callable[[str], None] | None = None,
    pending: Sequence[Decision] = (),
    tables: Container[str] | None = None,
    failures: Failures | None = None,
) -> Conformed:
    """Read every declared source and turn it into agreed tables ``final_<table>``.

    Parameters
    ----------
    declaration : Declaration
        What ``book.toml`` says.
    data : pathlib.Path
        The folder source paths are relative to.
    book : pathlib.Path
        The book's own folder, where maps are looked for next.
    state : pathlib.Path, optional
        The folder with comments and decisions people left, those on rows held back too.
    as_of : datetime.date, optional
        Count rows known by then; default: the latest knowledge date in the input.
    period : Period, optional
        The period asked for, whose days a query of a database may bind.
    progress : callable, optional
        Told a line as each source is read.
    pending : sequence of Decision
        Decisions about rows held back that are not written yet.
    tables : container of str, optional
        The tables that are asked for; sources of others are not read.
    failures : Failures, optional
        Where to note files and sources that cannot be used, to load the others without them.

    Raises
    ------
    SourceError, BookError, ContractError
        Where input is missing, unreadable, or breaks a promise the report cannot live with.
    """
    if not data.is_dir():
        raise SourceError(
            "the data folder does not exist",
            where=str(data),
            advice="Name the folder that holds the exports with --data.",
        )
    tell = progress or (lambda _line: None)
    large = any(source.partitioned for source in declaration.sources)
    engine = Engine(prepared(book) if large else None)
    company = declaration.company
    calendar = company.fiscal_calendar()
    maps = load_maps(declaration.maps, data=data, book=book, engine=engine)
    setting = Setting(
        engine, calendar, company.currency, company.zone, maps, declaration.policies.rate_kind
    )
    refuse_zones(declaration, engine)
    kept = state_sources(state, declaration.contracts) if state is not None else []
    written = read_decisions(state) if state is not None else ()
    decided = Applied(in_force([*written, *pending], as_of), written=(*written, *pending))
    asked = [s for s in (*declaration.sources, *kept) if tables is None or s.table in tables]
    loaded: list[LoadedSource] = []
    readings = Readings((data, book), state, as_of, period, company.zone, engine.folder)
    for source in sorted(asked, key=lambda s: _rank(s.table)):
        tell(f"reading {source.name} ({source.path or 'a database'})")
        roots = (state,) if state is not None and source in kept else (data, book)
        with set_apart(failures, source):
            held = (
                _load_database(source, loaded, declaration, setting, readings)
                if source.url
                else _load(source, roots, engine, calendar, failures)
            )
            if held is not None:
                loaded.append(with_mended(held, decided.decisions, engine))
    present = [held.declared for held in loaded if held.present]
    _load_calendar(setting, present)
    for source in (one for one in present if not one.partitioned):
        with set_apart(failures, source):
            map_source(source, setting)
    present = left(present, failures)
    latest = max((d.known_on for d in [*written, *pending]), default=None)
    if large:
        day = as_of or _latest(present, engine, latest, none=EVER)
        loaded = partitioned(loaded, declaration, setting, decided, day, failures=failures)
    known_by = as_of or _latest(present, engine, latest, found=last_days(loaded))
    readings.record(known_by)
    loaded = [held for held in loaded if not _unwritten(held, engine, known_by, failures)]
    there = {one.name for one in left([h.declared for h in loaded if h.present], failures)}
    known = [held for held in loaded if held.declared.name in there]
    lost = _settled(known, declaration, setting, known_by, decided, failures)
    sound = {source.name for source in left([held.declared for held in loaded], failures)}
    loaded = [held for held in loaded if held.declared.name in sound]
    order = {source.name: place for place, source in enumerate([*declaration.sources, *kept])}
    loaded.sort(key=lambda held: order[held.declared.name])
    file = file_of(state, written, known_by) if state is not None else None
    loaded = [_as_known(held, state, known_by) for held in loaded]
    done = replace(decided, lost=tuple(lost), file=file)
    return masked(
        Conformed(declaration, engine, maps, tuple(loaded), known_by, decided=done, state=state)
    )


def _settled(  # noqa: PLR0917 (what is loaded, and all it is judged by)
    loaded: Sequence[LoadedSource],
    declaration: Declaration,
    setting: Setting,
    as_of: date,
    decided: Applied,
    failures: Failures | None = None,
) -> list[Decision]:
    """Settle what is loaded as it was known by a day; return the decisions without a row."""
    return settle_all(
        *([held.declared for held in loaded], declaration, setting, as_of),
        decided=decided,
        mended={held.declared.name: held.mended for held in loaded},
        failures=failures,
        wide={held.declared.name: held.parts for held in loaded if held.parts is not None},
    )


def _as_known(held: LoadedSource, state: Path | None, as_of: date) -> LoadedSource:
    """Return a source; of a state file, with the facts of its lines known by then."""
    if state is None or not is_state(held.declared):
        return held
    return replace(held, as_known=known_facts(held.files, state, as_of))


def settled_at(
    conformed: Conformed, as_of: date, *, tables: Container[str] | None = None
) -> Conformed:
    """Return the same input as it was known on another day, without reading it again.

    Parameters
    ----------
    conformed : Conformed
        The loaded book.
    as_of : datetime.date
        Count rows known by then.
    tables : container of str, optional
        The tables that are asked for; the others stay as they are known now.

    Raises
    ------
    ContractError
        If a row known by then has a currency without an exchange rate known by then.
    """
    declaration = conformed.declaration
    company = declaration.company
    engine = conformed.engine.beside(f"known {as_of.isoformat()}")
    setting = Setting(
        engine,
        company.fiscal_calendar(),
        company.currency,
        company.zone,
        conformed.maps,
        declaration.policies.rate_kind,
    )
    held = sorted(conformed.sources, key=lambda held: _rank(held.declared.table))
    wanted = [h for h in held if h.present and (tables is None or h.declared.table in tables)]
    decided = conformed.decided.at(as_of)
    if any(h.parts is not None for h in wanted):
        wanted = partitioned(wanted, declaration, setting, decided, as_of)
    _settled(wanted, declaration, setting, as_of, decided)
    then = masked(replace(conformed, engine=engine, as_of=as_of, sources=tuple(wanted)))
    again = {h.declared.name: h for h in wanted if h.parts is not None}
    return replace(then, sources=tuple(again.get(h.declared.name, h) for h in conformed.sources))


def _rank(table: str) -> int:
    """Return a table's place: what others refer to first, budgets last: actuals phase them."""
    return FIRST.index(table) if table in FIRST else len(FIRST) + (table == "budget")


def _load(
    source: Source,
    roots: tuple[Path, ...],
    engine: Engine,
    calendar: FiscalCalendar,
    failures: Failures | None,
) -> LoadedSource | None:
    """Load the files of a source; None where `failures` says that none can be read."""
    if source.lines:
        return _declared(source, engine)
    root = _root_of(source, roots)
    if root is None or source.partitioned:  # whose files are read once what they refer to is known
        return LoadedSource(source, (), (), (), present=root is not None, root=root)
    if source.layout is not None:
        return _load_wide(source, root, engine, calendar, failures)

    def read(paths: Sequence[Path]) -> RawTable:
        return read_files(
            paths,
            root=root,
            format=source.format,
            encoding=source.encoding,
            sheet=source.sheet,
            header=source.header,
            delimiter=source.delimiter,
            query=source.query,
            records=source.records,
        )

    paths = find_files(root, source.path)
    raw = read_sound(
        paths, read, source=source, failures=failures, columns=lambda found: found.columns
    )
    return None if raw is None else _load_raw(source, raw, engine)


def _load_database(
    source: Source,
    loaded: Sequence[LoadedSource],
    declaration: Declaration,
    setting: Setting,
    readings: Readings,
) -> LoadedSource:
    def settle(rates: list[Source], apart: Setting) -> None:
        _load_calendar(apart, rates)
        for one in rates:
            map_source(one, apart)
        settle_all(rates, declaration, apart, readings.as_of or dt.date.max)

    if source.partitioned:
        refuse_unfit(source)
        return LoadedSource(source, (), (), (), present=True, months=readings.months(source))
    rates = [held.declared for held in loaded if held.declared.table == "rates" and held.present]
    month = readings.period.months[0] if readings.period is not None else ""
    push = pushed(source, rates, setting, settle, month) if source.push else None
    if push is None and source.adapter is None:
        raw = f"raw_{source.name}"
        fact = readings.load(source, setting.engine, raw)
        fitted = with_named_columns(source, setting.engine.types(raw))
        held = LoadedSource(fitted, (fact,), (), (), present=True)
    else:
        pushed_source = source if push is None else push.fitted()
        held = _load_raw(pushed_source, readings.table(source, push), setting.engine)
    in_company_zone(held.declared, setting.engine, readings.zone)
    return held


def _load_raw(source: Source, raw: RawTable, engine: Engine) -> LoadedSource:
    source, raw = adapted(source, raw)
    once, repeated = without_repeated_files(raw, source)
    engine.load(f"raw_{source.name}", once.table)
    fitted = with_named_columns(source, engine.types(f"raw_{source.name}"))
    if is_state(source):
        fitted = with_columns_of(source, once.table.column_names)
    return LoadedSource(fitted, once.files, once.rejected, repeated, present=True)


def _load_wide(
    source: Source,
    root: Path,
    engine: Engine,
    calendar: FiscalCalendar,
    failures: Failures | None,
) -> LoadedSource | None:
    def read(paths: Sequence[Path]) -> tuple[RawTable, tuple[tuple[str, Finding], ...]]:
        return read_wide(source, [*paths], root=root, calendar=calendar)

    found = read_sound(find_files(root, source.path), read, source=source, failures=failures)
    if found is None:
        return None
    raw, findings = found
    source, raw = adapted(source, raw)
    once, repeated = without_repeated_files(raw, source)
    engine.load(f"raw_{source.name}", once.table)
    paths = {fact.path for fact in once.files}
    return LoadedSource(
        fitted(source, once.table),
        once.files,
        once.rejected,
        repeated,
        present=True,
        sheet_findings=tuple(one for one in findings if one[0] in paths),
    )


def _declared(source: Source, engine: Engine) -> LoadedSource:
    """Load the rows that stand in the book itself, as text, numbered from 1."""
    names = dict.fromkeys(name for line in source.lines for name in line)
    table = pa.table(
        {
            name: pa.array(
                [None if line.get(name) is None else str(line[name]) for line in source.lines],
                pa.string(),
            )
            for name in names
        }
        | {
            "_file": ["book.toml"] * len(source.lines),
            "_line": [f"{source.name} {number}" for number in range(1, len(source.lines) + 1)],
        }
    )
    text = json.dumps(source.lines, ensure_ascii=False, sort_keys=True).encode()
    fact = FileFact(
        path="book.toml",
        sha256=hashlib.sha256(text).hexdigest(),
        bytes=len(text),
        format="toml",
        encoding="utf-8",
        rows=len(source.lines),
    )
    engine.load(f"raw_{source.name}", table)
    return LoadedSource(source, (fact,), (), (), present=True)


def _unwritten(held: LoadedSource, engine: Engine, as_of: date, failures: Failures | None) -> bool:
    """Return whether a state file had no line yet: a replay of that day does not know of it."""
    if not is_state(held.declared) or held.rejected or not left([held.declared], failures):
        return False
    mapped = quoted(f"mapped_{held.declared.name}")
    ((lines,),) = engine.rows(
        f"SELECT count(*) FROM {mapped} WHERE known_on IS NULL OR known_on <= ?", [as_of]
    )
    return bool(lines == 0)


def _root_of(source: Source, roots: tuple[Path, ...]) -> Path | None:
    """Return the first folder that holds the source, None where it may be absent and is."""
    refusal: SourceError | None = None
    for root in roots:
        try:
            find_files(root, source.path)
        except SourceError as error:
            refusal = refusal or error
        else:
            return root
    if refusal is not None and not source.optional:
        raise refusal
    return None


def _load_calendar(setting: Setting, present: Iterable[Source]) -> None:
    engine, calendar = setting.engine, setting.calendar
    listed = {calendar.fiscal_year_of(week.period) for week in calendar.weeks}
    years = sorted(listed) or range(1990, 1990 + 2 * _CALENDAR_YEARS)
    load_stretches(present, setting, years)
    if calendar.rule == "month":
        return
    periods = [month for year in years for month in calendar.months_of_year(year)]
    engine.load(
        "calendar",
        pa.table(
            {
                "period": periods,
                "first_day": [setting.calendar.first_day(m) for m in periods],
                "last_day": [setting.calendar.last_day(m) for m in periods],
            }
        ),
    )


def _latest(
    present: Iterable[Source],
    engine: Engine,
    decided: date | None,
    *,
    found: Sequence[date] = (),
    none: date | None = None,
) -> date:
    latest: list[date] = [*found]
    for source in present:
        if "known_on" in source.promise.names and not source.partitioned:
            rows = engine.rows(f"SELECT max(known_on) FROM {quoted(f'mapped_{source.name}')}")
            latest += [row[0] for row in rows if row[0] is not None]
    if not latest and none is not None:
        return none
    if not latest:
        raise PeriodError(
            "no row says when it was learned",
            where="book.toml known_on",
            advice="Declare `known_on` for a source, or give --as-of.",
        )
    return max([*latest, *([decided] if decided else [])])
