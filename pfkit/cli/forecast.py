"""The command forecast for a file of series: a file of forecasts comes of it."""

from __future__ import annotations

import datetime as dt
import gzip
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from pfkit.cli.progress import shown
from pfkit.errors import SourceError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from pfkit.measures.fleet.table import Read

_COLUMNS = ("series_id", "period", "value")
_OUT = ("series_id", "step", "period", "mean", "lo80", "hi80", "lo95", "hi95", "model", "fallback")
_MORE = ("n", "filled", "error", "reason")
_COUNTED = {"filled": "had gaps filled", "fallback": "lost a member of the mix"}
_ABOUT = ("series_id", "model", "fallback", "n", "filled", "error", "reason")
_PARQUET, _GZIP = b"PAR1", b"\x1f\x8b"


def of_file(
    file: Path,
    *,
    to: Path,
    freq: str | None,
    horizon: int | None,
    tier: str,
    series: Path | None,
    quiet: bool,
) -> None:
    """Forecast every series of a file, with intervals and the reason for each number."""
    import pyarrow.compute as pc  # noqa: PLC0415 - each command loads what it needs

    from pfkit.cli.spool import Spool, Writer  # noqa: PLC0415 - as above
    from pfkit.measures.fleet.table import read  # noqa: PLC0415 - as above
    from pfkit.measures.forecast import LEVELS, pieces  # noqa: PLC0415 - as above

    for wanted in (to, *([] if series is None else [series])):
        placed(wanted)
    table, repairs = _read(file)
    taken = read(table, by=None, value="value", freq=freq)
    rows = len(table)
    del table
    names = sorted(name for one in taken.series for name in one.names)
    counts = dict.fromkeys(_COUNTED, 0)
    with ExitStack() as opened:
        progress = opened.enter_context(shown(quiet=quiet))

        def told(done: int, count: int) -> None:
            progress("forecast", done, count)

        spool = opened.enter_context(Spool(to, names))
        for piece in pieces(taken, horizon=horizon, levels=LEVELS, tier=tier, progress=told):
            first = piece[piece["step"] == 1]
            counts["filled"] += int((first["filled"] > 0).sum())
            counts["fallback"] += int((first["fallback"] != "").sum())
            spool.add(piece[[*_OUT, *_MORE]])
        files = [opened.enter_context(Writer(to, _OUT))]
        if series is not None:
            files.append(opened.enter_context(Writer(series, _ABOUT)))
        for table in spool.ordered():
            files[0].write(table)
            if series is not None:
                files[1].write(table.filter(pc.equal(table.column("step"), 1)))
        for written in files:
            written.end()
        for written in files:
            written.place()
    for line in _said(taken, counts, rows, repairs):
        typer.echo(line)
    typer.echo(str(to))


def _read(file: Path) -> tuple[pd.DataFrame, list[str]]:
    """Return a file's three columns, and which headers were read as them."""
    import pandas as pd  # noqa: PLC0415 - as above
    import pyarrow as pa  # noqa: PLC0415 - as above

    from pfkit.measures.rows import require  # noqa: PLC0415 - as above

    try:
        with file.open("rb") as opened:
            head = opened.read(4)
        found = _parquet(file) if head == _PARQUET else _csv(file, zipped=head[:2] == _GZIP)
    except OSError as error:
        raise SourceError(
            f"it cannot be read ({error.strerror or error})",
            where=str(file),
            advice="Name a CSV or Parquet file.",
        ) from error
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        raise SourceError(
            f"it is neither CSV in UTF-8 nor Parquet ({error})",
            where=str(file),
            advice="Save it as CSV in UTF-8 with a header, or as Parquet.",
        ) from error
    plain = {name: name.strip().casefold().replace(" ", "_") for name in found.column_names}
    known = {plain[name]: name for name in found.column_names}
    repairs = [
        f"column {known[column]!r} is read as {column}"
        for column in _COLUMNS
        if column in known and known[column] != column
    ]
    require(pd.DataFrame(columns=list(known)), _COLUMNS, name=str(file))
    kept = found.select([known[column] for column in _COLUMNS]).rename_columns(list(_COLUMNS))
    return kept.to_pandas(), repairs


def _parquet(file: Path) -> pa.Table:
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above

    return pq.read_table(file)


def _csv(file: Path, *, zipped: bool) -> pa.Table:
    """Return a CSV as it is written: names and periods as text, values as numbers or as text."""
    import pyarrow as pa  # noqa: PLC0415 - as above

    with gzip.open(file, "rb") if zipped else file.open("rb") as stream:
        first = stream.readline().decode("utf-8-sig").rstrip("\r\n")
    mark = max(",;\t", key=first.count)
    kinds: dict[str, pa.DataType] = {}
    for name in first.replace('"', "").split(mark):
        kinds[name] = pa.string()
        if (plain := name.strip().casefold().replace(" ", "_")) in _COLUMNS:
            kinds[name] = (
                pa.float64() if plain == "value" else pa.dictionary(pa.int32(), pa.string())
            )
    try:
        return _parsed(file, mark, kinds)
    except pa.ArrowInvalid:  # a value is no number: read it as text, so that it can be named
        return _parsed(file, mark, dict.fromkeys(kinds, pa.string()))


def _parsed(file: Path, mark: str, kinds: dict[str, pa.DataType]) -> pa.Table:
    from pyarrow import csv  # noqa: PLC0415 - as above

    return csv.read_csv(
        file,
        parse_options=csv.ParseOptions(delimiter=mark),
        convert_options=csv.ConvertOptions(column_types=kinds, strings_can_be_null=True),
    )


def placed(to: Path) -> None:
    """Refuse a file that could not be written, before any work is done for it."""
    if to.is_dir() or not to.absolute().parent.is_dir():
        raise SourceError(
            "it cannot be written (it is a folder, or its folder is not there)",
            where=str(to),
            advice="Name a file in a folder that is there.",
        )


def _said(taken: Read, counts: dict[str, int], rows: int, repairs: list[str]) -> list[str]:
    """Return what a reader should know of the run, in lines."""
    from pfkit.measures.fleet.periods import MONTHS, period_label  # noqa: PLC0415 - as above

    every = sum(len(series.names) for series in taken.series)
    lines = [f"{every:,} series from {rows:,} rows"]
    lines += [f"repaired: {text}" for text in [*repairs, *taken.repairs]]
    today = dt.datetime.now(tz=dt.UTC).date()
    for series in taken.series:
        now = today.year * series.season + (today.month - 1) * series.season // MONTHS
        if late := int((series.last > now).sum()):
            label = period_label(series.season, int(series.last.max()))
            lines.append(f"warned: {late:,} series run past today, to {label}")
    lines += [f"{counts[name]:,} series {text}" for name, text in _COUNTED.items() if counts[name]]
    return lines
