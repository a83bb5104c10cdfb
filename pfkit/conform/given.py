"""What a person types about a row held back: words, ids and values, each read strictly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pfkit.conform.decided import fed_by, value_sql
from pfkit.conform.engine import quoted
from pfkit.errors import ParameterError, near_miss

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from pfkit.conform.declaration import Source
    from pfkit.conform.mapping import Setting
    from pfkit.contracts import Contract

_SHORTEST = 6
_FORMS = {
    "date": "2026-06-30",
    "datetime": "2026-06-30 14:05:00",
    "month": "2026-06",
    "boolean": "true",
    "integer": "1234",
}
_DECIMALS = frozenset({"money", "number"})


@dataclass(frozen=True)
class Words:
    """Why something is decided, by whom and on which day.

    Raises
    ------
    ParameterError
        If the reason or the name is empty.
    """

    because: str
    by: str
    on: dt.date

    def __post_init__(self) -> None:
        """Refuse empty words."""
        for name, text in (("--because", self.because), ("--by", self.by)):
            if not text.strip():
                raise ParameterError(
                    "is empty", where=name, advice="Say in a few words why, and who decides."
                )

    def require_later(self, known: dt.date, what: str) -> None:
        """Refuse a day before something was known.

        Raises
        ------
        ParameterError
            Naming both days.
        """
        if self.on < known:
            raise ParameterError(
                f"{self.on.isoformat()} is before {what}, on {known.isoformat()}",
                where="--on",
                advice="A decision is taken when the row is known, or later.",
            )


def one_of(name: str, known: Mapping[str, Any], *, noun: str, state: str) -> str:
    """Return the one known id that is what a person typed, or begins with it.

    Raises
    ------
    ParameterError
        If there is none, or more than one; the nearest is named.

    Examples
    --------
    >>> one_of("c4c8a7", {"c4c8a73b7e7615da": 1}, noun="row", state="is held back")
    'c4c8a73b7e7615da'
    """
    if name in known:
        return name
    found = [one for one in known if len(name) >= _SHORTEST and one.startswith(name)]
    if len(found) == 1:
        return found[0]
    if found:
        raise ParameterError(
            f"{len(found)} {noun}s begin with {name!r}",
            where="quarantine",
            advice="Write the whole id.",
        )
    raise ParameterError(
        f"no {noun} {name!r} {state}",
        where="quarantine",
        advice=near_miss(name, known, noun=noun) if known else f"No {noun} {state}.",
    )


def read_value(source: Source, column: str, text: str, setting: Setting) -> str | None:
    """Return a value for an agreed column as pfkit writes it, None for an empty one.

    Raises
    ------
    ParameterError
        If the table has no such column, or the value is not of its kind.
    """
    promise = source.promise
    if column not in promise.names:
        fed = fed_by(source, column)
        advice = f"The source's {column} fills {', '.join(fed)}: set these."
        raise ParameterError(
            f"{column!r} is no column of table {promise.table}",
            where="--set",
            advice=advice if fed else near_miss(column, promise.names, noun="column"),
        )
    if not text.strip():
        return None
    kind = promise.column(column).kind
    value = value_sql(promise.column(column), text.strip(), setting)
    ((read,),) = setting.engine.rows(f"SELECT CAST({value} AS VARCHAR)")
    if read is None:
        raise ParameterError(
            f"{text!r} is no {kind} for {column}",
            where="--set",
            advice=f"Write it as {_FORMS.get(kind, '1234.50')}.",
        )
    return str(read).rstrip("0").rstrip(".") if kind in _DECIMALS else str(read)


def shown_sql(promise: Contract, column: str) -> str:
    """Return SQL for a column's value as `read_value` writes it."""
    text = f"CAST({quoted(column)} AS VARCHAR)"
    decimal = promise.column(column).kind in _DECIMALS
    return f"rtrim(rtrim({text}, '0'), '.')" if decimal else text
