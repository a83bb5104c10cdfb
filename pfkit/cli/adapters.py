"""Commands about adapters: list them, show one, try one on a file."""

from __future__ import annotations

import json as _json
import tomllib
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from pfkit.cli.told import told
from pfkit.errors import BookError, ParameterError

_FAILED = 1

app = typer.Typer(
    help="List the adapters for exports of named systems, show one, try one on a file.",
    invoke_without_command=True,
    rich_markup_mode=None,
)

_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_Name = Annotated[
    str, typer.Argument(metavar="NAME", help="An adapter, or the file of one of your own.")
]


@app.callback()
def list_(context: typer.Context, *, json: _Json = False) -> None:
    """List the adapters: name, system, table it feeds, version."""
    from pfkit.conform.adapters.listed import listed  # noqa: PLC0415 - as in every command

    if context.invoked_subcommand is not None:
        return
    found = listed()
    if json:
        typer.echo(_json.dumps({"adapters": found}, ensure_ascii=False))
        return
    keys = ("name", "system", "table", "version")
    widths = [max(len(row[key]) for row in found) for key in keys]
    for row in found:
        cells = (row[key].ljust(width) for key, width in zip(keys, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())


@app.command()
def show(name: _Name, *, json: _Json = False) -> None:
    """Show one adapter: what it reads, how, and where its columns are publicly described."""
    from pfkit.conform.adapters.listed import shown  # noqa: PLC0415 - as in every command

    found = _known(shown, name)
    if json:
        typer.echo(_json.dumps(found, ensure_ascii=False, default=str))
        return
    typer.echo(found["text"].rstrip("\n"))


@app.command()
def fit(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The export.")],
    *,
    json: _Json = False,
) -> None:
    """List the adapters that find all their columns in a file, the fullest first."""
    from pfkit.conform.adapters.fit import fitting  # noqa: PLC0415 - as in every command
    from pfkit.conform.adapters.tried import reading  # noqa: PLC0415 - as in every command

    found = fitting(file) or reading(file)
    if json:
        typer.echo(_json.dumps({"adapters": found}))
    elif found:
        typer.echo("\n".join(found))
    if not found:
        typer.echo(
            "no adapter finds all its columns; docs/adapters.md says how to write one", err=True
        )
        raise typer.Exit(_FAILED)


@app.command("try")
def try_(
    name: _Name,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The export.")],
    *,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="A key of the source as a book would set it: header=5."),
    ] = None,
    json: _Json = False,
) -> None:
    """Read one file through an adapter: verdict, balance, first rows, what is missing."""
    from pfkit.conform.adapters.tried import try_adapter  # noqa: PLC0415 - as in every command

    found = _known(partial(try_adapter, settings=_settings(settings or [])), name, file)
    typer.echo(_json.dumps(found, ensure_ascii=False) if json else "\n".join(_lines(found)))
    if found["verdict"] == "reject":
        raise typer.Exit(_FAILED)


def _settings(given: list[str]) -> dict[str, Any]:
    """Return ``key=value`` as TOML reads it; a value that is none is text."""
    found: dict[str, Any] = {}
    for text in given:
        key, mark, value = text.partition("=")
        if not mark or not key.strip():
            raise ParameterError(
                f"{text!r} is no key=value",
                where="--set",
                advice="Write it as in book.toml, for instance --set header=5 --set decimal=,",
            )
        try:
            found |= tomllib.loads(f"{key} = {value}")
        except tomllib.TOMLDecodeError:
            found |= {key.strip(): value}
    return found


def _known(call: Any, name: str, *more: Any) -> dict[str, Any]:  # noqa: ANN401 - any call
    """Call with an adapter's name; one that does not exist is wrong usage."""
    from pfkit.conform.adapters.form import names  # noqa: PLC0415 - as in every command

    try:
        found: dict[str, Any] = call(name, *more)
    except BookError as error:
        if name in names() or name.endswith((".yaml", ".yml")):
            raise
        raise ParameterError(error.what, where=error.where, advice=error.advice) from error
    return found


def _lines(found: dict[str, Any]) -> list[str]:
    head = f"{found['adapter']} {found['version']}, table {found['table']}"
    lines = [head, told(found)]
    if len(found["sums"]) > 1:
        lines.append(", ".join(f"{name} {amount}" for name, amount in found["sums"].items()))
    lines += [
        f"left out, {one['reason']}: {one['rows']:,} {'row' if one['rows'] == 1 else 'rows'}"
        f"{', ' + one['amount'] if one['amount'] else ''} ({one['because']})"
        for one in found["left_out"]
    ]
    for row in found["rows"]:
        filled = ", ".join(f"{key} {value}" for key, value in row.items() if key != "at")
        lines.append(f"row {row['at']}: {filled}")
    if found["absent"]:
        lines.append(f"not in the file, and left empty: {', '.join(found['absent'])}")
    if "debit" in found["sign"] or "credit" in found["sign"]:
        lines.append("amounts are debit less credit; a book turns them by its accounts")
    return lines
