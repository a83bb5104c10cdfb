"""The command forecast: of a file of series, or of a book, whose forecasts may be kept."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pfkit.cli.forecast import of_file, placed
from pfkit.errors import BookError, ParameterError

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.book import Book


@dataclass(frozen=True)
class Asked:
    """What was asked of a book.

    Parameters
    ----------
    book, data, state : pathlib.Path
        The book, the folder of its raw files, and that of what is kept.
    period : str
        The last month, or quarter, that is known.
    by : str
        The column that names a series.
    tier : str
        ``fast`` or ``full``; that of the method in use where it is None.
    horizon : int
        Months ahead.
    on : str
        The day what is kept counts from.
    keep, decide : bool
        Whether the forecast is kept, and whether methods are compared and the decision is kept.
    """

    book: Path
    data: Path | None
    state: Path | None
    period: str | None
    by: str
    tier: str | None
    horizon: int | None
    on: str | None
    keep: bool
    decide: bool

    @property
    def folder(self) -> Path:
        """The folder of what is kept."""
        home = self.book if self.book.is_dir() else self.book.parent
        return self.state or home / "state"


def forecast(  # what one command takes, of a file or of a book
    file: Annotated[
        Path | None,
        typer.Argument(help="CSV or Parquet with series_id, period (2011-06, 2011Q2), value."),
    ] = None,
    *,
    to: Annotated[Path | None, typer.Option(help="File to write: .csv or .parquet.")] = None,
    freq: Annotated[
        str | None, typer.Option(help="M or Q; told from the periods by default.")
    ] = None,
    horizon: Annotated[
        int | None, typer.Option(help="Periods ahead; 18 months or 8 quarters by default.")
    ] = None,
    tier: Annotated[
        str | None, typer.Option(help="fast or full; full, or a book's method in use, by default.")
    ] = None,
    series: Annotated[
        Path | None, typer.Option(help="Also write a CSV of what is known about each series.")
    ] = None,
    book: Annotated[
        Path | None, typer.Option(help="Forecast net revenue of this book instead of a file.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Folder of the book's raw files.")] = None,
    period: Annotated[
        str | None, typer.Option(help="Last month known, 2011-06 or 2011Q2; the book's by default.")
    ] = None,
    state: Annotated[Path | None, typer.Option(help="Folder of what the book keeps.")] = None,
    by: Annotated[str, typer.Option(help="product or family.")] = "product",
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the forecast, to compare it with what comes.")
    ] = False,
    decide: Annotated[
        bool, typer.Option("--decide", help="Hold the method in use against others and keep that.")
    ] = False,
    on: Annotated[
        str | None, typer.Option(help="Day what is kept counts from; that of its data by default.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress on stderr.")] = False,
) -> None:
    """Forecast every series of a file or a book, with intervals and the reason for each number."""
    if file is None and book is not None:
        asked = Asked(book, data, state, period, by, tier, horizon, on, keep, decide)
        _of_book(asked, to)
    elif file is None or book is not None:
        raise ParameterError(
            "name either a file or a book", where="forecast", advice="Give FILE, or --book BOOK."
        )
    elif to is None:
        raise ParameterError(
            "says not where the forecasts go", where="forecast", advice="Name a file with --to."
        )
    else:
        of_file(
            file, to=to, freq=freq, horizon=horizon, tier=tier or "full", series=series, quiet=quiet
        )


def _of_book(asked: Asked, to: Path | None) -> None:
    """Forecast a book, write what is asked for, and tell what is to be known."""
    import pyarrow as pa  # noqa: PLC0415 - each command loads what it needs

    from pfkit.cli.spool import Writer  # noqa: PLC0415 - as above

    if to is not None:
        placed(to)
    said, lines = of_book(asked)
    if to is not None:
        with Writer(to, tuple(said.columns)) as written:
            written.write(pa.Table.from_pandas(said, preserve_index=False))
            written.end()
            written.place()
        lines.append(str(to))
    typer.echo("\n".join(lines))


def of_book(asked: Asked) -> tuple[pd.DataFrame, list[str]]:
    """Return the forecast of a book's net revenue, and what to tell of it; keep what is asked."""
    from pfkit.book import open_book  # noqa: PLC0415 - each command loads what it needs
    from pfkit.measures.forecast import HORIZONS, TIERS  # noqa: PLC0415 - as above
    from pfkit.measures.forecast_replays import FULL, forecast_replays  # noqa: PLC0415 - as above

    held = asked.state if asked.state is not None and asked.state.is_dir() else None
    book = open_book(asked.book, data=asked.data, period=asked.period, state=held)
    origin, champion = book.period.months[-1], book.forecast_champion
    method = asked.tier or (champion if champion in TIERS else FULL)
    said = forecast_replays(
        book.revenue_known,
        origins={origin: book.as_of},
        by=asked.by,
        methods=[method],
        horizon=asked.horizon or HORIZONS[12],
        least=1,
    )
    if said.empty:
        raise BookError(
            f"no net revenue of {origin} and before is known by {book.as_of.isoformat()}",
            where=book.entity,
            advice="A forecast takes table actuals with accounts, or table invoices.",
        )
    lines = [_about(said, book, asked.by)]
    if method != champion and not asked.tier:
        lines.append(f"the method in use is {champion}, which is no tier: {method} is taken")
    if asked.keep:
        lines.append(_kept(said, book, asked))
    if asked.decide:
        lines += _decided(book, asked)
    return said, lines


def _about(said: pd.DataFrame, book: Book, by: str) -> str:
    count = said[by].nunique() - 1
    first = said[said["step"] == 1].iloc[-1]
    return (
        f"{count:,} series by {by} and their sum, from what was known of {book.period.months[-1]} "
        f"and before on {book.as_of.isoformat()}; their sum in {first['period']}: "
        f"{first['mean']:,.0f} {book.currency}"
    )


def _kept(said: pd.DataFrame, book: Book, asked: Asked) -> str:
    from pfkit.conform.forecasts import Made, keep  # noqa: PLC0415 - as above
    from pfkit.period import read_day  # noqa: PLC0415 - as above

    origin = book.period.months[-1]
    rows = book.revenue_known
    used = rows[(rows["kind"] == "actual") & (rows["period"] <= origin)]
    text = used.to_csv(index=False, float_format="%.2f")
    kept = keep(
        asked.folder,
        said,
        Made(
            origin=origin,
            as_of=book.as_of,
            by=asked.by,
            input=hashlib.sha256(text.encode()).hexdigest()[:12],
            pfkit=metadata.version("pfkit"),
        ),
        on=None if asked.on is None else read_day(asked.on, where="--on"),
        # the clock says when a second forecast of the same month was made, and is told
        today=dt.datetime.now().astimezone().date(),
    )
    name = f"forecast {kept.vintage} of {origin}"
    if not kept.added:
        return f"{name} stands there since {kept.known_on.isoformat()}: nothing new"
    return f"{name} kept, known on {kept.known_on.isoformat()}: {kept.added:,} lines"


def _decided(book: Book, asked: Asked) -> list[str]:
    """Compare the method in use with the others, keep what is decided, and tell it."""
    from pfkit.conform.forecasts import decide  # noqa: PLC0415 - as above
    from pfkit.measures.forecast_register import forecast_register  # noqa: PLC0415 - as above
    from pfkit.measures.forecast_replays import forecast_replays  # noqa: PLC0415 - as above
    from pfkit.measures.rows import records  # noqa: PLC0415 - as above
    from pfkit.period import read_day  # noqa: PLC0415 - as above

    origin, champion = book.period.months[-1], book.forecast_champion
    said = forecast_replays(
        book.revenue_known,
        book.kept_forecasts,
        origins=book.forecast_origins,
        by=asked.by,
        methods=None if champion == "full" else [champion, "full", "naive"],
    )
    if said.empty:
        return ["no earlier month has a year of history: nothing to decide from"]
    found = forecast_register(said, book.revenue_known, period=origin, champion=champion)
    challengers = found[found["role"] == "challenger"]
    day = book.as_of if asked.on is None else read_day(asked.on, where="--on")
    rows = [
        {
            name: round(value, 6) if isinstance(value, float) else value
            for name, value in one.items()
        }
        for one in records(challengers)
    ]
    added = decide(asked.folder, rows, origin=origin, on=day)
    lines = [f"{row['method']}: {row['decision']}, {row['reason']}" for row in rows]
    told = f"{added} decision{'' if added == 1 else 's'} kept" if added else "nothing new decided"
    return [*lines, f"{told}, known on {day.isoformat()}"]
