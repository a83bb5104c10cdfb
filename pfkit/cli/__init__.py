"""The command line: arguments in, calls out, nothing else."""

from __future__ import annotations

import json as _json
import logging
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import typer

from pfkit.cli import adapters, comments, quarantine
from pfkit.cli.attribution import attribution
from pfkit.cli.forecast_book import forecast
from pfkit.cli.progress import shown
from pfkit.cli.pull import pull
from pfkit.cli.told import told
from pfkit.errors import ParameterError, PfkitError

FAILED, WRONG_USAGE = 1, 2


app = typer.Typer(
    name="pfkit",
    help="Product-finance integration kit: raw exports become reports that tie to the ledger.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


app.add_typer(quarantine.app, name="quarantine")
app.add_typer(comments.app, name="comments")
app.add_typer(adapters.app, name="adapters")
app.command()(forecast)
app.command()(attribution)
app.command()(pull)


@dataclass
class _Settings:
    debug: bool = False


_settings = _Settings()


def main() -> None:
    """Run the command line; an error of pfkit is one message on stderr and exit code 1 or 2."""
    try:
        app()
    except PfkitError as error:
        if _settings.debug:
            raise
        typer.echo(f"{type(error).__name__}: {error}", err=True)
        sys.exit(WRONG_USAGE if isinstance(error, ParameterError) else FAILED)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pfkit {metadata.version('pfkit')}")
        raise typer.Exit


@app.callback()
def _common(
    debug: Annotated[bool, typer.Option(help="Show tracebacks and log lines.")] = False,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    _settings.debug = debug
    if debug:
        logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")


@app.command()
def demo(
    to: Annotated[Path, typer.Option(help="Folder to write to.")] = Path("demo"),
    seed: Annotated[int, typer.Option(help="Start of the random numbers.")] = 7,
    months: Annotated[int, typer.Option(help="Months of history.")] = 24,
    products: Annotated[int, typer.Option(help="Products sold.")] = 12,
) -> None:
    """Write a made-up company's raw exports and book.toml, with planted defects listed."""
    from pfkit.demo import make  # noqa: PLC0415 - each command loads only what it needs

    made = make(to, seed=seed, months=months, products=products)
    typer.echo(f"period {made.period}")


@app.command()
def check(
    path: Annotated[
        Path, typer.Argument(metavar="BOOK|FILE", help="A folder with book.toml, or one file.")
    ],
    *,
    table: Annotated[
        str | None, typer.Option(help="What one file holds: ledger, budget, usage or fx.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder of the raw files; the book's own by default.")
    ] = None,
    period: Annotated[
        str | None,
        typer.Option(help="2011-06 or 2011Q2; of one file also 2011-01..2011-12."),
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="Count only what was known by this day (2011-07-04).")
    ] = None,
    state: Annotated[Path | None, typer.Option(help="Folder of comments and decisions.")] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Add the load to the book's ledger of loads.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check a book, or one file with --table, and reconcile it."""
    of_book = {"data": data, "as_of": as_of, "state": state, "keep": keep}
    found = _check(path, table, period, of_book)
    typer.echo(_json.dumps(found, ensure_ascii=False) if json else told(found))
    if found["verdict"] == "reject":
        raise typer.Exit(FAILED)


def _check(
    path: Path, table: str | None, period: str | None, of_book: dict[str, Any]
) -> dict[str, Any]:
    from pfkit.book import check_book  # noqa: PLC0415 - each command loads only what it needs
    from pfkit.conform.single import check_file  # noqa: PLC0415 - as above

    if table is None:
        if path.is_file() and path.suffix.lower() != ".toml":
            raise ParameterError(
                "one file is checked against a table, and none is named",
                where=str(path),
                advice="Add --table ledger, budget, usage or fx; a book is named by its folder.",
            )
        return check_book(path, period=period, **of_book)
    if any(value not in {None, False} for value in of_book.values()):
        raise ParameterError(
            "--data, --as-of, --state and --keep belong to a book, and --table to one file",
            where="check",
            advice="Leave out the one or the other.",
        )
    return check_file(path, table=table, period=period)


@app.command()
def dictionary(
    book: Annotated[Path | None, typer.Option(help="A book whose own contracts count too.")] = None,
    to: Annotated[Path | None, typer.Option(help="File to write; stdout by default.")] = None,
) -> None:
    """Print what every table promises: columns, units, grain, keys and rules, as Markdown."""
    from pfkit.conform.booktoml import read_declaration  # noqa: PLC0415 - as above
    from pfkit.contracts import Contracts  # noqa: PLC0415 - as above
    from pfkit.contracts import dictionary as page  # noqa: PLC0415 - as above

    text = page(Contracts() if book is None else read_declaration(book).contracts)
    if to is None:
        typer.echo(text, nl=False)
    else:
        to.write_text(text, encoding="utf-8", newline="\n")
        typer.echo(str(to))


@app.command()
def run(
    kind: Annotated[str, typer.Argument(help="monthly or quarterly.")],
    *,
    book: Annotated[Path, typer.Option(help="The book: a folder that holds book.toml.")],
    period: Annotated[str, typer.Option(help="A month (2011-06) or a fiscal quarter (2011Q2).")],
    data: Annotated[
        Path | None, typer.Option(help="Folder of the raw files; the book's own by default.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="Count only what was known by this day (2011-07-04).")
    ] = None,
    product: Annotated[str | None, typer.Option(help="Report on one product only.")] = None,
    state: Annotated[Path | None, typer.Option(help="Folder of comments and decisions.")] = None,
    to: Annotated[Path, typer.Option(help="Output folder.")] = Path("reports"),
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Open and check the book, write nothing.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress on stderr.")] = False,
) -> None:
    """Make a report: HTML, PDF, workbook, data and manifest in one folder."""
    from pfkit.period import read_day  # noqa: PLC0415 - as above
    from pfkit.publish.run import run as run_report  # noqa: PLC0415 - as above

    known_by = None if as_of is None else read_day(as_of, where="--as-of")
    with shown(quiet=quiet) as progress:
        folders = run_report(
            kind,
            book=book,
            data=data,
            period=period,
            as_of=known_by,
            product=product,
            state=state,
            to=to,
            dry_run=dry_run,
            progress=progress,
        )
    for folder in folders:
        typer.echo(f"would write {folder}" if dry_run else str(folder))


@app.command()
def lint(
    report: Annotated[Path, typer.Argument(help="The folder of a report.")],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check a report against the rules of its page; exit 1 where one is broken."""
    from dataclasses import asdict  # noqa: PLC0415 - as above

    from pfkit.publish.lint import lint as lint_report  # noqa: PLC0415 - as above

    findings = lint_report(report)
    if json:
        typer.echo(_json.dumps({"findings": [asdict(finding) for finding in findings]}))
    else:
        for finding in findings:
            typer.echo(str(finding))
        if not findings:
            typer.echo("every rule holds")
    if findings:
        raise typer.Exit(FAILED)


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help="A report's folder, or BOOK@2026-05-31.")],
    after: Annotated[str, typer.Argument(help="The other report's folder, or BOOK@2026-06-30.")],
    *,
    data: Annotated[Path | None, typer.Option(help="Folder of the raw files of BOOK.")] = None,
    period: Annotated[str | None, typer.Option(help="Period to open BOOK for.")] = None,
    to: Annotated[Path | None, typer.Option(help="Write every difference as CSV.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Compare two reports, or a book as known on two days; list every cell that differs."""
    from pfkit.publish.diff import diff as compare  # noqa: PLC0415 - as above
    from pfkit.publish.differences import as_json, told  # noqa: PLC0415 - as above

    sides = [_side(name, data=data, period=period) for name in (before, after)]
    found = compare(*sides)
    if to is not None:
        found.rows.to_csv(to, index=False, lineterminator="\n")
    typer.echo(_json.dumps(as_json(found), ensure_ascii=False) if json else told(found))


def _side(name: str, *, data: Path | None, period: str | None) -> object:
    """Return what to compare: a book as of a day where one is named so, else a report's folder."""
    from pfkit.book import open_book  # noqa: PLC0415 - as above

    home, mark, day = name.rpartition("@")
    if mark and not Path(name).exists() and (Path(home) / "book.toml").is_file():
        return open_book(home, data=data, period=period, as_of=day)
    return name
