"""The command that pulls a list of a service into files of the book."""

from __future__ import annotations

import json as _json
from pathlib import Path
from typing import Annotated

import typer


def pull(
    name: Annotated[str, typer.Argument(help="The name of a pull in book.toml.")],
    *,
    book: Annotated[Path, typer.Option(help="The book: a folder that holds book.toml.")],
    data: Annotated[
        Path | None, typer.Option(help="Folder of the raw files; the book's own by default.")
    ] = None,
    state: Annotated[
        Path | None, typer.Option(help="Folder that keeps how far each pull came.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Pull what is new of a list of a REST service into a file of its own, whole or not at all."""
    from pfkit.conform.booktoml import read_declaration  # noqa: PLC0415 - as in cli
    from pfkit.conform.pulling import pull as pulled  # noqa: PLC0415 - as above
    from pfkit.conform.pulls import pull_of  # noqa: PLC0415 - as above

    home = book if book.is_dir() else book.parent
    declared = pull_of(read_declaration(book).pulls, name)
    found = pulled(declared, data=data or home, state=state or home / "state")
    if json:
        typer.echo(_json.dumps(found.plain(), ensure_ascii=False))
        return
    to = f" up to {found.mark}" if found.mark else ""
    if not found.file:
        typer.echo(f"{name}: nothing new{to.replace(' up to', ' since')}")
        return
    rows = "1 row" if found.rows == 1 else f"{found.rows:,} rows"
    typer.echo("\n".join([f"{name}: {rows}{to} in {found.file}", *found.notes]))
