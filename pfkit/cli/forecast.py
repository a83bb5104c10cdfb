"""The command that forecasts a file of series into a file of forecasts."""

from __future__ import annotations

import datetime as dt
import gzip
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pfkit.cli.progress import shown
from pfkit.errors import SourceError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from pfkit.measures.fleet.table import Read

_COLUMNS = ("series_id", "period", "value")
_OUT = ("series_id", "step", "period", "mean", "lo80", "hi80", "lo95", "hi95", "model", "fallback")
_ABOUT = ("series_id", "model", "fallback", "n", "filled", "error", "reason")
_PARQUET, _GZIP = b"PAR1", b"\x1f\x8b"


def forecast(
    file: Annotated[
        Path, typer.Argument(help="CSV or Parquet with series_id, period (2011-06, 2011Q2), value.")
    ],
    *,
    to: Annotated[Path, typer.Option(help="File to write: .csv or .parquet.")],
    freq: Annotated[
        str | None, typer.Option(help="M or Q; told from the periods by default.")
    ] = None,
    horizon: Annotated[
        int | None, typer.Option(help="Periods ahead; 18 months or 8 quarters by default.")
    ] = None,
    tier: Annotated[str, typer.Option(help="fast or full.")] = "full",
    series: Annotated[
        Path | None, typer.Option(help="Also write a CSV of what is known about each series.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress on stderr.")] = False,
) -> None:
    """Forecast every series of a file, with intervals and the reason for each number."""
    from pfkit.measures.fleet.table import read  # noqa: PLC0415 - each command loads what it needs
    from pfkit.measures.forecast import LEVELS, pieces  # noqa: PLC0415 - as above

    for wanted in (to, *([] if series is None else [series])):
        _placed(wanted)
    table, repairs = _read(file)
    taken = read(table, by=None, value="value", freq=freq)
    rows = len(table)
    del table
    forecasts, about = [], []
    with shown(quiet=quiet) as progress:

        def told(done: int, count: int) -> None:
            progress("forecast", done, count)

        for piece in pieces(taken, horizon=horizon, levels=LEVELS, tier=tier, progress=told):
            forecasts.append(_encoded(piece[list(_OUT)]))
            about.append(_encoded(piece.loc[piece["step"] == 1, list(_ABOUT)]))
        known = _ordered(about)
        _write(_ordered(forecasts), to)
        if series is not None:
            _write(known, series)
    for line in _said(taken, known.to_pandas(), rows, repairs):
        typer.echo(line)
    typer.echo(str(to))


def _encoded(piece: pd.DataFrame) -> pa.Table:
    """Return rows with each text held once."""
    import pyarrow as pa  # noqa: PLC0415 - as above

    found = pa.Table.from_pandas(piece, preserve_index=False)
    for place, field in enumerate(found.schema):
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
            column = found.column(place).cast(pa.string()).dictionary_encode()
            found = found.set_column(place, field.name, column)
    return found


def _ordered(pieces: list[pa.Table]) -> pa.Table:
    """Return all rows by series; within a series they stand in order already."""
    import numpy as np  # noqa: PLC0415 - as above
    import pyarrow as pa  # noqa: PLC0415 - as above

    whole = pa.concat_tables(pieces).unify_dictionaries().combine_chunks()
    series = whole.column("series_id").combine_chunks()
    place = np.argsort(np.argsort(series.dictionary.to_numpy(zero_copy_only=False)))
    return whole.take(np.argsort(place[series.indices.to_numpy()], kind="stable"))


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


def _placed(to: Path) -> None:
    """Refuse a file that could not be written, before any work is done for it."""
    if to.is_dir() or not to.absolute().parent.is_dir():
        raise SourceError(
            "it cannot be written (it is a folder, or its folder is not there)",
            where=str(to),
            advice="Name a file in a folder that is there.",
        )


def _write(table: pa.Table, to: Path) -> None:
    """Write a file whole or not at all."""
    import pyarrow as pa  # noqa: PLC0415 - as above
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above
    from pyarrow import csv  # noqa: PLC0415 - as above

    part = to.with_name(f".{to.name}.part")
    try:
        if to.suffix == ".parquet":
            pq.write_table(table, part)
        else:
            for place, field in enumerate(table.schema):
                if pa.types.is_dictionary(field.type):
                    plain = table.column(place).cast(pa.string())
                    table = table.set_column(place, field.name, plain)
            with part.open("wb") as opened:  # arrow would put the names in quotes
                opened.write((",".join(table.column_names) + "\n").encode())
                csv.write_csv(table, opened, csv.WriteOptions(include_header=False))
        part.replace(to)
    except OSError as error:
        raise SourceError(
            f"it cannot be written ({error.strerror or error})",
            where=str(to),
            advice="Name a file in a folder that is there and may be written to.",
        ) from error
    finally:
        part.unlink(missing_ok=True)


def _said(taken: Read, known: pd.DataFrame, rows: int, repairs: list[str]) -> list[str]:
    """Return what a reader should know of the run, in lines."""
    from pfkit.measures.fleet.periods import MONTHS, period_label  # noqa: PLC0415 - as above

    lines = [f"{len(known):,} series from {rows:,} rows"]
    lines += [f"repaired: {text}" for text in [*repairs, *taken.repairs]]
    today = dt.datetime.now(tz=dt.UTC).date()
    for series in taken.series:
        now = today.year * series.season + (today.month - 1) * series.season // MONTHS
        if late := int((series.last > now).sum()):
            label = period_label(series.season, int(series.last.max()))
            lines.append(f"warned: {late:,} series run past today, to {label}")
    for column, said in (("filled", "had gaps filled"), ("fallback", "lost a member of the mix")):
        held = known[column]
        count = int((held > 0).sum()) if column == "filled" else int((held != "").sum())
        if count:
            lines.append(f"{count:,} series {said}")
    return lines
