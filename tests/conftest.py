"""What every test may ask for: small tables, the shared data, a demo company, a quiet display."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ["MPLBACKEND"] = "Agg"  # before anything imports pyplot: a test opens no window

import pandas as pd
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pfkit.demo import Demo
    from tests.postgres_server import Server

CHECKOUT = Path(__file__).resolve().parents[1]
INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")


def _column(cells: list[str]) -> list[Any]:
    filled = [cell for cell in cells if cell]
    if filled and all(INTEGER.fullmatch(cell) for cell in filled) and len(filled) == len(cells):
        return [int(cell) for cell in cells]
    if filled and all(NUMBER.fullmatch(cell) for cell in filled):
        return [float(cell) if cell else float("nan") for cell in cells]
    if filled and all(cell in {"true", "false"} for cell in filled) and len(filled) == len(cells):
        return [cell == "true" for cell in cells]
    return [cell.strip("'") if cell else None for cell in cells]


def _rows(text: str) -> pd.DataFrame:
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    if lines[0].startswith("|"):  # a table drawn with outer pipes
        lines = [line[1:-1] for line in lines]
    table = [[cell.strip() for cell in line.split("|")] for line in lines]
    head, body = table[0], table[1:]
    for line in body:
        if len(line) != len(head):
            message = f"a row has {len(line)} cells, the header {len(head)}: {line}"
            raise ValueError(message)
    return pd.DataFrame(
        {name: _column([line[place] for line in body]) for place, name in enumerate(head)}
    )


@pytest.fixture(scope="session")
def rows() -> Callable[[str], pd.DataFrame]:
    """Read a table drawn with pipes: whole columns of numbers become numbers, the rest is text.

    An empty cell is missing; ``'4000'`` in quotes stays text; ``true`` and ``false`` are booleans.
    """
    return _rows


@pytest.fixture(scope="session")
def checkout() -> Path:
    """Give the folder that holds pyproject.toml."""
    return CHECKOUT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Give the folder of public input data, or skip where a machine does not have it."""
    folder = Path(os.environ.get("PFKIT_SHARED") or CHECKOUT.parent / "shared")
    if not (folder / "data").is_dir():
        pytest.skip(
            "the public input data are not on this machine: "
            "set PFKIT_SHARED to the folder that holds data/"
        )
    return folder


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """Make the small seeded company once for each test process."""
    from pfkit import demo as company

    return company.make(tmp_path_factory.mktemp("demo") / "meridian")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """Start a PostgreSQL server of the tests' own, or skip where there is none to be had."""
    pytest.importorskip("psycopg", reason="package psycopg is not installed: pfkit[postgres]")
    from tests.postgres_server import NoServerError, running

    try:
        with running() as server:
            yield server
    except NoServerError as error:
        pytest.skip(str(error))
