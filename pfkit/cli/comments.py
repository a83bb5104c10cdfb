"""Commands about comments and decisions: read what people filled in into a report's workbook."""

from __future__ import annotations

import datetime as dt
import json as _json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pfkit.conform.comments import Commented

app = typer.Typer(
    help="Read the comments and decisions that people filled in into a report's workbook.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def _about() -> None:
    """Read the comments and decisions that people filled in into a report's workbook."""


@app.command()
def read(
    workbook: Annotated[Path, typer.Argument(help="tables.xlsx of a report, filled in.")],
    *,
    book: Annotated[Path, typer.Option(help="The book: a folder that holds book.toml.")],
    by: Annotated[str, typer.Option(help="Who wrote what names nobody.")] = "",
    on: Annotated[
        str | None,
        typer.Option(help="Day they count from; the workbook's own, or today, by default."),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder of the raw files; the book's own by default.")
    ] = None,
    state: Annotated[Path | None, typer.Option(help="Folder of comments and decisions.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Add what was filled in to the book's comments and decisions, all of it or nothing."""
    from pfkit.conform.comments import read_comments, written_on  # noqa: PLC0415 - as in cli
    from pfkit.period import read_day  # noqa: PLC0415 - as above

    day = read_day(on, where="--on") if on is not None else written_on(workbook)
    # as for decisions about rows held back, the clock says when a person wrote, and is told
    day = day or dt.datetime.now().astimezone().date()
    found = read_comments(workbook, book=book, on=day, by=by, data=data, state=state)
    typer.echo(_json.dumps(found.plain(), ensure_ascii=False) if json else _told(found))


def _told(found: Commented) -> str:
    lines = [
        f"{line.get('exhibit', '')} {line['row_key']}: comment by {line['author']}".lstrip()
        + (" closed" if line["status"] == "closed" else "")
        for line in found.comments
    ]
    lines += [
        f"{line['decision']}: decision of {line['owner']}, due on {line['due_on']}"
        + (" closed" if line["status"] == "closed" else "")
        for line in found.decisions
    ]
    lines += found.notes
    counts = [
        f"{len(rows)} {noun}{'' if len(rows) == 1 else 's'}"
        for noun, rows in (("comment", found.comments), ("decision", found.decisions))
        if rows
    ]
    day = f"known on {found.known_on.isoformat()}"
    return "\n".join([*lines, f"{' and '.join(counts)} added, {day}" if counts else "nothing new"])
