"""Forecasts and decisions about methods that a book keeps: lines added, never changed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.conform.state import append_lines
from pfkit.errors import ParameterError, SourceError
from pfkit.period import read_day
from pfkit.sources import FileFact

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from pathlib import Path

#: The files of the state folder, one JSON object a line, without their ending.
FORECASTS, DECISIONS = "forecasts", "forecast_register"
#: What a forecast says of one series, period by period.
NUMBERS = ("mean", "lo80", "hi80", "lo95", "hi95")
_TEXTS = ("model", "fallback", "reason")
_HEAD = ("vintage", "method", "by", "origin", "as_of", "known_on", "input", "pfkit")
_DECIDED = ("origin", "known_on", "method", "champion", "decision", "reason")
_LENGTH = 12


@dataclass(frozen=True)
class Kept:
    """A forecast as it stands in the state folder.

    Attributes
    ----------
    vintage : str
        Its id: a digest of what it says.
    known_on : datetime.date
        The day it counts from.
    added : int
        The lines that were written; none where it stood there before.
    """

    vintage: str
    known_on: dt.date
    added: int


@dataclass(frozen=True)
class Made:
    """What a forecast was made of.

    Parameters
    ----------
    origin : str
        The last month it knew.
    as_of : datetime.date
        The day its data were known by.
    by : str
        The column that names its series.
    input : str
        Digest of the amounts it was made from.
    pfkit : str
        The version that made it.
    """

    origin: str
    as_of: dt.date
    by: str
    input: str
    pfkit: str


def digest(text: str) -> str:
    """Return a short digest of text.

    Examples
    --------
    >>> digest("")
    'e3b0c44298fc'
    """
    return hashlib.sha256(text.encode()).hexdigest()[:_LENGTH]


def keep(
    state: Path, said: pd.DataFrame, made: Made, *, on: dt.date | None, today: dt.date
) -> Kept:
    """Add a forecast to the state folder, once.

    Parameters
    ----------
    state : pathlib.Path
        The state folder; it is made where there is none.
    said : pandas.DataFrame
        Rows of `forecast_replays` of one origin and one method: ``method``, the column that names
        a series, ``period``, ``mean``, ``lo80``, ``hi80``, ``lo95``, ``hi95``, ``model``,
        ``fallback`` and ``reason``.
    made : Made
        What it was made of.
    on : datetime.date, optional
        The day it counts from: that of its data by default, or `today` where another forecast of
        the same month was kept since.
    today : datetime.date
        The day it is written.

    Raises
    ------
    ParameterError
        If `on` is before its data were known, or before an earlier forecast of the month counts.
    """
    series = [_series(name, rows) for name, rows in said.groupby(made.by, sort=True)]
    method = str(said["method"].iloc[0])
    name = digest(json.dumps([made.origin, made.by, method, series], sort_keys=True))
    before = [
        line
        for line in _lines(state, FORECASTS)
        if (line["origin"], line["by"], line["method"]) == (made.origin, made.by, method)
    ]
    again = [line for line in before if line["vintage"] == name]
    if again:
        return Kept(name, read_day(again[0]["known_on"]), 0)
    last = max((read_day(line["known_on"]) for line in before), default=None)
    day = on or (made.as_of if last is None or last < made.as_of else max(today, last))
    _require_day(day, made, last)
    head = {
        "vintage": name,
        "method": method,
        "by": made.by,
        "origin": made.origin,
        "as_of": made.as_of.isoformat(),
        "known_on": day.isoformat(),
        "input": made.input,
        "pfkit": made.pfkit,
    }
    append_lines(state, {FORECASTS: [_signed(head | one) for one in series]})
    return Kept(name, day, len(series))


def _require_day(day: dt.date, made: Made, last: dt.date | None) -> None:
    for known, what in ((made.as_of, "its data were known"), (last, "the forecast kept before")):
        if known is not None and day < known:
            raise ParameterError(
                f"{day.isoformat()} is before {what}, on {known.isoformat()}",
                where="--on",
                advice="A forecast counts from the day its data are known, or later.",
            )


def _series(name: object, rows: pd.DataFrame) -> dict[str, Any]:
    """Return what is said of one series, numbers to the cent."""
    cents = rows[list(NUMBERS)].astype("Float64").round(2).astype("object")
    there = cents.where(rows[list(NUMBERS)].notna(), None)
    first = rows.iloc[0]
    found: dict[str, Any] = {"series": str(name), "periods": rows["period"].astype(str).tolist()}
    found |= {column: there[column].tolist() for column in NUMBERS}
    return found | {column: str(first[column]) for column in _TEXTS}


def kept_forecasts(state: Path | None, as_of: dt.date) -> pd.DataFrame:
    """Return every forecast kept and known by a day, one row per series and month ahead.

    Raises
    ------
    SourceError
        If a line is none that pfkit wrote, or was changed since.
    """
    columns = [*_HEAD, "line", "series", "period", *NUMBERS, *_TEXTS]
    lines = _known(state, FORECASTS, as_of)
    if not lines:
        return pd.DataFrame({column: pd.Series(dtype="object") for column in columns})
    wide = pd.DataFrame(lines).rename(columns={"periods": "period"})
    long = wide.explode(["period", *NUMBERS], ignore_index=True)
    long[list(NUMBERS)] = long[list(NUMBERS)].astype("float64")
    return long[columns].astype(dict.fromkeys((*_HEAD, "series", "period", *_TEXTS), "str"))


def decide(state: Path, rows: Sequence[Mapping[str, Any]], *, origin: str, on: dt.date) -> int:
    """Add what was decided about methods to the state folder; what stands there is not repeated.

    Parameters
    ----------
    state : pathlib.Path
        The state folder.
    rows : sequence of mapping
        Rows of `forecast_register`, as plain values.
    origin : str
        The last month it was judged by.
    on : datetime.date
        The day it counts from.

    Returns
    -------
    int
        How many lines were added.
    """
    before = [
        {k: v for k, v in line.items() if k != "known_on"} for line in _lines(state, DECISIONS)
    ]
    plain = [{"origin": origin} | dict(row) for row in rows]
    new = [row for row in plain if row not in before]
    lines = [_signed({"known_on": on.isoformat()} | row) for row in new]
    append_lines(state, {DECISIONS: lines})
    return len(lines)


def kept_decisions(state: Path | None, as_of: dt.date) -> pd.DataFrame:
    """Return what was decided about methods by a day, in the order it was written."""
    lines = _known(state, DECISIONS, as_of)
    if not lines:
        return pd.DataFrame({column: pd.Series(dtype="object") for column in _DECIDED})
    return pd.DataFrame(lines).drop(columns="line")


def state_facts(state: Path | None, as_of: dt.date) -> list[tuple[FileFact, dt.date, dt.date]]:
    """Return the digest of each file's lines known by a day, with their first and last day.

    Lines written later do not change it, so that a past report names the same input again.
    """
    found = []
    for name in (FORECASTS, DECISIONS):
        known = _known(state, name, as_of)
        if state is None or not known:
            continue
        days = [read_day(line["known_on"]) for line in known]
        path = state / f"{name}.jsonl"
        raw = path.read_bytes().splitlines(keepends=True)
        data = b"".join(raw[line["line"] - 1] for line in known)
        fact = FileFact(
            path=path.name,
            sha256=hashlib.sha256(data).hexdigest(),
            bytes=len(data),
            format="jsonl",
            rows=len(days),
        )
        found.append((fact, min(days), max(days)))
    return found


def _known(state: Path | None, name: str, as_of: dt.date) -> list[dict[str, Any]]:
    if state is None:
        return []
    every = [line | {"line": at} for at, line in enumerate(_lines(state, name), start=1)]
    return [line for line in every if line["known_on"] <= as_of.isoformat()]


def _signed(line: Mapping[str, Any]) -> dict[str, Any]:
    """Return a line with the digest of the rest of it."""
    return dict(line) | {"check": digest(json.dumps(line, ensure_ascii=False, sort_keys=True))}


def _lines(state: Path, name: str) -> list[dict[str, Any]]:
    """Return every line of a file, each checked against its own digest."""
    path = state / f"{name}.jsonl"
    if not path.is_file():
        return []
    found = []
    for number, raw in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            line = json.loads(raw.decode("utf-8"))
            check = line.pop("check")
            read_day(line["known_on"])
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise SourceError(
                "is no line that pfkit wrote",
                where=f"{path.name} line {number}",
                advice="The file is written by `pfkit forecast --book` and by nothing else; take "
                "it back from your archive.",
            ) from error
        if _signed(line)["check"] != check:
            raise SourceError(
                "was changed after it was written",
                where=f"{path.name} line {number}",
                advice="Take the line back as it was; a forecast that was wrong stays, and a new "
                "one is kept beside it.",
            )
        found.append(line)
    return found
