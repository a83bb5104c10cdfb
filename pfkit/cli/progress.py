"""Progress of long work: bars on a terminal, plain lines in a log."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator


class Progress(Protocol):
    """Told a stage, the steps done in it and the steps it has."""

    def __call__(self, stage: str, done: int, steps: int, /) -> None:
        """Show that so many of the steps of a stage are done."""


@contextmanager
def shown(*, quiet: bool) -> Iterator[Progress]:
    """Yield what shows progress: bars on a terminal, plain lines in a log, nothing if quiet."""
    if quiet:
        yield _nothing
    elif sys.stderr.isatty():
        with _bars() as bars:
            yield bars
    else:
        yield _line


def _nothing(stage: str, done: int, steps: int, /) -> None:
    """Show nothing."""


def _line(stage: str, done: int, steps: int, /) -> None:
    if done == steps:
        typer.echo(f"{stage}: done", err=True)


@contextmanager
def _bars() -> Iterator[Progress]:
    from rich import progress as parts  # noqa: PLC0415 - the same
    from rich.console import Console  # noqa: PLC0415 - only a terminal draws bars

    said = parts.TextColumn("{task.description:<10}")
    columns = (said, parts.BarColumn(), parts.TimeElapsedColumn())
    with parts.Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        known: dict[str, int] = {}

        def show(stage: str, done: int, steps: int, /) -> None:
            if stage not in known:
                known[stage] = int(bars.add_task(stage, total=steps))
            bars.update(bars.task_ids[known[stage]], completed=done, total=steps)

        yield show
