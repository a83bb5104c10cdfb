"""The command that says what features earned, with the ledger they add up to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from pfkit.cli.forecast import placed
from pfkit.cli.progress import shown
from pfkit.cli.spool import told
from pfkit.errors import ParameterError

_OUT = ("feature", "incremental", "lo90", "hi90", "roi", "roi_lo90", "roi_hi90")
_SAID = ("verdict", "method", "reasons")
_AMOUNTS = ("incremental", "lo90", "hi90", "amount")
_LEDGER = ("period", "line", "amount")


def attribution(
    *,
    book: Annotated[Path, typer.Option(help="The book: a folder that holds book.toml.")],
    to: Annotated[Path, typer.Option(help="CSV to write: a row per feature.")],
    data: Annotated[
        Path | None, typer.Option(help="Folder of the raw files; the book's own by default.")
    ] = None,
    period: Annotated[
        str | None, typer.Option(help="The last period that counts; the book's last by default.")
    ] = None,
    ledger: Annotated[
        Path | None, typer.Option(help="Also write a CSV of what adds up to the ledger, by month.")
    ] = None,
    draws: Annotated[int, typer.Option(help="How often customers are weighted anew.")] = 200,
    seed: Annotated[int, typer.Option(help="Where chance starts.")] = 0,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress on stderr.")] = False,
) -> None:
    """Say what revenue there would not have been without each feature, or why nobody can tell."""
    from pfkit.book import open_book  # noqa: PLC0415 - each command loads what it needs
    from pfkit.measures import attribution as measured  # noqa: PLC0415 - as above
    from pfkit.measures import attribution_roi  # noqa: PLC0415 - as above

    for wanted in (to, *([] if ledger is None else [ledger])):
        placed(wanted)
    if ledger is not None and ledger.absolute() == to.absolute():
        raise ParameterError(
            "one file is named for both tables", where=str(to), advice="Name another for --ledger."
        )
    with shown(quiet=quiet) as progress:
        progress("open the book", 0, 2)
        opened = open_book(book, data=data, period=period)
        progress("measure features", 1, 2)
        given = opened.attribution
        if given["billing"].empty:
            raise ParameterError(
                f"nothing can be attributed: {given['billing'].attrs['reason']}",
                where=str(book),
                advice="Declare the table in book.toml; docs/book.md says how.",
            )
        found = measured(**given, draws=draws, seed=seed)
        returns = attribution_roi(found, opened.feature_costs, gross_margin=opened.gross_margin)
        progress("measure features", 2, 2)
    features = returns[returns["role"] == "feature"].set_index("feature")
    rows = found.features.assign(
        **{
            column: features[column].reindex(found.features["feature"]).array
            for column in ("roi", "roi_lo90", "roi_hi90")
        }
    )
    written = {to: rows[[*_OUT, *_SAID]]}
    if ledger is not None:
        written[ledger] = found.ledger[list(_LEDGER)]
    _write(written)
    for verdict, count in rows["verdict"].value_counts(sort=False).items():
        typer.echo(f"{count} {verdict}")
    typer.echo(str(to))


def _write(tables: dict[Path, pd.DataFrame]) -> None:
    """Write CSVs, all whole or none: each is complete before the first is put in its place."""
    parts = {place: place.with_name(f".{place.name}.part") for place in tables}
    try:
        for place, table in tables.items():
            with told(place):
                _written(table).to_csv(parts[place], index=False, lineterminator="\n")
        for place, part in parts.items():
            with told(place):
                part.replace(place)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


def _written(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table as it is written: amounts with cents, rates with six places."""
    return table.assign(
        **{
            column: table[column].map(
                lambda one, places=2 if column in _AMOUNTS else 6: f"{one:.{places}f}",
                na_action="ignore",
            )
            for column in table.columns
            if pd.api.types.is_float_dtype(table[column])
        }
    )
