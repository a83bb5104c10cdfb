"""The command that reads a filled-in workbook, as a person types it."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from pfkit import cli
from pfkit.errors import ParameterError, SourceError
from tests.conform.form_book import BOOK, Sheet, edited, report

if TYPE_CHECKING:
    from pathlib import Path

runner = CliRunner()


@pytest.fixture
def filled(tmp_path: Path) -> list[str]:
    """Write a book and a workbook with one comment and one decision; return the arguments."""
    (tmp_path / "book.toml").write_text(BOOK, encoding="utf-8")
    (tmp_path / "ledger.csv").write_text("m,p,c,a,x\n2026-01,Tea,X,fees,1\n", encoding="utf-8")
    book = edited(report())
    sheet = Sheet(book["To comment"])
    sheet.fill("pnl|hosting", Comment="Nightly re-index", Decision="Reserve?")
    sheet.fill("pnl|hosting", Decision_owner="Hanna", Decision_due_on="2026-03-31")
    book.save(tmp_path / "tables.xlsx")
    return ["comments", "read", str(tmp_path / "tables.xlsx"), "--book", str(tmp_path)]


def told(*arguments: str) -> str:
    ran = runner.invoke(cli.app, arguments, catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    return ran.output


def test_what_is_added_is_printed_and_a_second_time_nothing(filled: list[str]) -> None:
    who = ("--by", "Ines Moreau", "--on", "2026-02-05")
    assert told(*filled, *who).splitlines() == [
        "pnl hosting: comment by Ines Moreau",
        "hosting 2026-01: decision of Hanna, due on 2026-03-31",
        "1 comment and 1 decision added, known on 2026-02-05",
    ]
    assert told(*filled, *who) == "nothing new\n"


def test_the_same_for_a_script(filled: list[str], tmp_path: Path) -> None:
    found = json.loads(told(*filled, "--by", "Ines", "--on", "2026-02-05", "--json"))
    assert list(found) == ["known_on", "comments", "decisions", "notes"]
    (line,) = (tmp_path / "state" / "comments.jsonl").read_text(encoding="utf-8").splitlines()
    assert found["comments"] == [json.loads(line)]


def test_without_a_day_it_is_today_and_says_so(filled: list[str], tmp_path: Path) -> None:
    today = dt.datetime.now().astimezone().date()
    kept = ("--state", str(tmp_path / "kept"))
    assert f"known on {today.isoformat()}" in told(*filled, "--by", "Ines", *kept)
    assert (tmp_path / "kept" / "comments.jsonl").is_file()


def test_an_error_is_told_by_its_exit_code(
    filled: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments, kind, code in (
        (["--on", "2026-02-05"], SourceError, 1),  # nobody wrote it
        (["--by", "Ines", "--on", "2026-02-01"], ParameterError, 2),
        (["--by", "Ines", "--on", "soon"], ParameterError, 2),
    ):
        ran = runner.invoke(cli.app, [*filled, *arguments])
        assert isinstance(ran.exception, kind)
        monkeypatch.setattr("sys.argv", ["pfkit", *filled, *arguments])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        assert caught.value.code == code
        assert capsys.readouterr().err.startswith(f"{kind.__name__}: ")
