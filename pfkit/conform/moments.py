"""Moments that come with their kind, not as text: they count on the day of the company's zone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.conform.engine import literal, quoted
from pfkit.errors import BookError, near_miss

if TYPE_CHECKING:
    from pfkit.conform.declaration import Declaration, Source
    from pfkit.conform.engine import Engine

_OF_A_ZONE, _OF_NONE = "TIMESTAMP WITH TIME ZONE", "TIMESTAMP"
_READ_LATER = frozenset({"date", "datetime"})


def in_company_zone(source: Source, engine: Engine, zone: str) -> None:
    """Turn the moments of ``raw_<source>`` into local ones of the company's zone.

    A moment that knows its offset goes by it; one that carries none is of the source's `zone`,
    where it declares one. What `types` names is turned when it is read.

    Parameters
    ----------
    source : Source
        Its raw rows are loaded.
    engine : Engine
        Where they are.
    zone : str
        The company's time zone, empty for UTC.
    """
    company = zone or "UTC"
    table = quoted(f"raw_{source.name}")
    changed = []
    for column, kind in engine.types(f"raw_{source.name}").items():
        name = quoted(column)
        later = source.types.get(column) in _READ_LATER
        if kind == _OF_A_ZONE:
            own = source.zone or company if later else company
            changed.append(f"timezone({literal(own)}, {name}) AS {name}")
        elif kind == _OF_NONE and source.zone not in {"", company} and not later:
            moment = f"timezone({literal(source.zone)}, {name})"
            changed.append(f"timezone({literal(company)}, {moment}) AS {name}")
    if changed:
        select = f"SELECT * REPLACE ({', '.join(changed)}) FROM {table}"
        engine.run(f"CREATE OR REPLACE TABLE {table} AS {select}")


def refuse_zones(declaration: Declaration, engine: Engine) -> None:
    """Refuse a time zone that there is none of.

    Raises
    ------
    BookError
        Naming the nearest one.
    """
    zones = {"book.toml company.zone": declaration.company.zone}
    zones |= {f"book.toml sources.{s.name}.zone": s.zone for s in declaration.sources if s.zone}
    known = {row[0] for row in engine.rows("SELECT name FROM pg_timezone_names()")}
    for where, zone in zones.items():
        if zone not in known:
            raise BookError(
                f"no time zone {zone!r}", where=where, advice=near_miss(zone, known, noun="zone")
            )
