"""Commands about rows held back: list them, write them out, decide about them."""

from __future__ import annotations

import datetime as dt
import json as _json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pfkit.errors import ParameterError

if TYPE_CHECKING:
    from pfkit.conform.decide import Desk, Outcome
    from pfkit.conform.given import Words
    from pfkit.conform.listing import Listing

app = typer.Typer(
    help="List the rows held back, write them out, accept or fix them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_Book = Annotated[Path, typer.Argument(help="The book: a folder that holds book.toml.")]
_Data = Annotated[
    Path | None, typer.Option(help="Folder of the raw files; the book's own by default.")
]
_State = Annotated[Path | None, typer.Option(help="Folder of comments and decisions.")]
_Because = Annotated[str, typer.Option(help="Why, in a few words.")]
_By = Annotated[str, typer.Option(help="Who decides.")]
_On = Annotated[str | None, typer.Option(help="Day of the decision; today by default.")]


@app.command("list")
def list_(
    book: _Book,
    *,
    data: _Data = None,
    period: Annotated[
        str | None, typer.Option(help="2011-06 or 2011Q2; everything by default.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="Count only what was known by this day (2011-07-04).")
    ] = None,
    state: _State = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """List the rows held back, each with its id, and the decisions in force."""
    found = _listing(book, data, period, as_of, state)
    if json:
        typer.echo(_json.dumps(found.plain(), ensure_ascii=False))
        return
    for line in found.lines():
        typer.echo(line)


@app.command()
def write(
    book: _Book,
    *,
    to: Annotated[Path, typer.Option(help="Folder to write to: a new one, or an earlier list's.")],
    data: _Data = None,
    period: Annotated[
        str | None, typer.Option(help="2011-06 or 2011Q2; everything by default.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="Count only what was known by this day (2011-07-04).")
    ] = None,
    state: _State = None,
) -> None:
    """Write the rows held back as quarantine.parquet, quarantine.html and quarantine.xlsx."""
    from pfkit.publish.quarantine import write_quarantine  # noqa: PLC0415 - as above

    found = _listing(book, data, period, as_of, state)
    for path in write_quarantine(found.rows, raw=found.raw, about=found.about, to=to):
        typer.echo(str(path))


@app.command()
def accept(
    book: _Book,
    rows: Annotated[list[str], typer.Argument(help="Ids of rows, as `list` prints them.")],
    *,
    because: _Because,
    by: _By,
    on: _On = None,
    data: _Data = None,
    state: _State = None,
) -> None:
    """Let rows count as they are, and write an audit line for each."""
    for outcome in _desk(book, data, state).accept(rows, _words(because, by, on)):
        typer.echo(_told(outcome))


@app.command()
def fix(
    book: _Book,
    row: Annotated[str, typer.Argument(help="Id of the row, as `list` prints it.")],
    *,
    set_: Annotated[
        list[str], typer.Option("--set", help="column=value; once for each column to set.")
    ],
    because: _Because,
    by: _By,
    on: _On = None,
    data: _Data = None,
    state: _State = None,
) -> None:
    """Set agreed columns of a row held back, and write an audit line."""
    values = dict(_pair(text) for text in set_)
    outcome = _desk(book, data, state).fix(row, values, _words(because, by, on))
    typer.echo(_told(outcome))


@app.command()
def withdraw(
    book: _Book,
    decisions: Annotated[list[str], typer.Argument(help="Ids of decisions, as `list` prints.")],
    *,
    because: _Because,
    by: _By,
    on: _On = None,
    data: _Data = None,
    state: _State = None,
) -> None:
    """Take decisions back from a day on, by a further audit line."""
    for outcome in _desk(book, data, state).withdraw(decisions, _words(because, by, on)):
        typer.echo(_told(outcome))


def _listing(
    book: Path, data: Path | None, period: str | None, as_of: str | None, state: Path | None
) -> Listing:
    from pfkit.book import open_book  # noqa: PLC0415 - each command loads only what it needs
    from pfkit.conform.listing import listing  # noqa: PLC0415 - as above

    day = _day(as_of, "--as-of")
    opened = open_book(book, data=data, period=period, as_of=day, state=state)
    return listing(opened.conformed, opened.about, opened.period if period else None)


def _desk(book: Path, data: Path | None, state: Path | None) -> Desk:
    from pfkit.conform.decide import Desk  # noqa: PLC0415 - as above

    return Desk.of(book, data=data, state=state)


def _words(because: str, by: str, on: str | None) -> Words:
    from pfkit.conform.given import Words  # noqa: PLC0415 - as above

    # the one clock that is read: it records when a person decided
    today = dt.datetime.now().astimezone().date()
    return Words(because, by, _day(on, "--on") or today)


def _day(text: str | None, where: str) -> dt.date | None:
    from pfkit.period import read_day  # noqa: PLC0415 - as above

    return None if text is None else read_day(text, where=where)


def _pair(text: str) -> tuple[str, str]:
    column, sign, value = text.partition("=")
    if not sign or not column.strip():
        raise ParameterError(
            f"{text!r} sets nothing", where="--set", advice="Write --set column=value."
        )
    return column.strip(), value


def _told(outcome: Outcome) -> str:
    decision = outcome.decision
    head = f"{decision.decision} {decision.action} {decision.file} line {decision.line}"
    if decision.action == "withdraw":
        return f"{head}: decision {decision.withdraws} no longer counts"
    amount = f", amount {decision.amount_after}" if decision.amount_after is not None else ""
    now = f"{outcome.status}{amount}"
    if outcome.status != "accepted":
        value = f" {outcome.value!r}" if outcome.value else ""
        now = f"still {outcome.status}: {outcome.rule} {outcome.column}{value}".replace("  ", " ")
    lines = [f"{head}: {now}"]
    if outcome.others:
        lines.append(f"  {outcome.others} rows are held back now that were not before")
    return "\n".join(lines)
