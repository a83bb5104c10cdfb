"""The page on commands: it leaves out no command, no option and no JSON key."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from pfkit.cli import app

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = {name: command for name, command in get_command(app).commands.items()}  # type: ignore[attr-defined]  # noqa: C416


@pytest.fixture(scope="module")
def page(checkout: Path) -> str:
    """Read the page."""
    return (checkout / "docs" / "commands.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_and_its_options_are_on_the_page(name: str, page: str) -> None:
    assert f"`pfkit {name}" in page
    parts = getattr(COMMANDS[name], "commands", {})
    assert [part for part in parts if f"| `{part} " not in page] == []
    params = [p for command in (COMMANDS[name], *parts.values()) for p in command.params]
    options = [option for param in params for option in param.opts]
    named = [option for option in options if option.startswith("--") and option != "--help"]
    assert [option for option in named if f"`{option}`" not in page] == []


def test_every_key_of_the_check_is_on_the_page(page: str, tmp_path: Path) -> None:
    (tmp_path / "book.toml").write_text(
        """
        company = { name = "Tiny", currency = "EUR" }
        [[sources]]
        name = "ledger"
        table = "actuals"
        path = "ledger.csv"
        known_on = { date = 2026-06-30 }
        columns = { period = "m", product = "p", cost_center = "c", account = "a", currency = "k", \
amount_local = "x" }
        """,
        encoding="utf-8",
    )
    lines = "m,p,c,a,k,x\n2026-06,Atlas,R&D,hosting,EUR,10\n2026-06,Atlas,R&D,hosting,EUR,?\n"
    (tmp_path / "ledger.csv").write_text(lines, encoding="utf-8")
    ran = CliRunner().invoke(app, ["check", str(tmp_path), "--json"])
    assert ran.exit_code == 0, ran.output
    found = json.loads(ran.stdout)
    keys = [*found, *found["findings"][0], *found["balance"][0]]
    assert [key for key in keys if not re.search(rf"`{key}`", page)] == []
