from __future__ import annotations

import json
import subprocess
import sys
from importlib import metadata
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from pfkit import cli
from pfkit.cli.progress import shown
from pfkit.errors import ContractError, ParameterError
from pfkit.publish.lint import Finding

if TYPE_CHECKING:
    from pathlib import Path

    from pfkit.demo import Demo

runner = CliRunner()


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pfkit as a person does, in a process of its own."""
    start = [sys.executable, "-c", "from pfkit.cli import main; main()"]
    return subprocess.run([*start, *arguments], capture_output=True, text=True, check=False)


def test_it_says_its_version() -> None:
    told = runner.invoke(cli.app, ["--version"])
    assert (told.exit_code, told.output) == (0, f"pfkit {metadata.version('pfkit')}\n")


def test_options_that_are_not_built_are_absent() -> None:
    told = runner.invoke(cli.app, ["run", "--help"]).output
    assert "--period" in told
    assert "--jobs" not in told
    assert "--executor" not in told
    assert runner.invoke(cli.app, ["run", "monthly", "--jobs", "2"]).exit_code == 2


def test_a_wrong_parameter_is_wrong_usage_in_one_message_without_a_traceback(
    tmp_path: Path,
) -> None:
    to = str(tmp_path / "reports")
    told = command("run", "monthly", "--book", "b", "--period", "June", "--to", to)
    assert told.returncode == 2
    assert told.stdout == ""
    assert told.stderr == (
        "ParameterError: parameter period: 'June' is not a month such as 2011-06\n"
        "  -> A monthly report takes a month such as 2011-06.\n"
    )
    assert not (tmp_path / "reports").exists()


@pytest.mark.parametrize("day", ["20110630", "2011-W26-4", "30.06.2011", "2011-06-31"])
def test_a_day_is_written_in_one_way(
    day: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["run", "monthly", "--book", "b", "--period", "2011-06", "--as-of", day]
    monkeypatch.setattr("sys.argv", ["pfkit", *asked])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert caught.value.code == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == f"ParameterError: --as-of: {day!r} is no day\n  -> Write it as 2011-06-30.\n"


def test_debug_shows_where(tmp_path: Path) -> None:
    told = command("--debug", "lint", str(tmp_path))
    assert told.returncode == 1
    assert "Traceback" in told.stderr


@pytest.mark.parametrize(("error", "code"), [(ContractError("no"), 1), (ParameterError("no"), 2)])
def test_an_error_is_a_message_on_stderr_and_an_exit_code(
    error: Exception,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert caught.value.code == code
    assert capsys.readouterr().err == f"{type(error).__name__}: no\n"


def test_demo_prints_its_period(tmp_path: Path) -> None:
    asked = ["demo", "--to", str(tmp_path / "demo"), "--months", "3", "--products", "2"]
    told = runner.invoke(cli.app, asked)
    assert told.exit_code == 0
    assert told.output == "period 2026-06\n"
    assert (tmp_path / "demo" / "book.toml").is_file()


def test_check_prints_one_json_object(demo: Demo) -> None:
    told = runner.invoke(cli.app, ["check", str(demo.folder), "--period", demo.period, "--json"])
    held = json.loads(told.output)
    assert told.exit_code == 0
    assert held["verdict"] in {"accept", "repair", "warn", "quarantine"}
    assert held["rows_in"] == held["accepted"] + held["quarantined"] + held["excluded"]


def test_check_of_a_missing_book_rejects_with_exit_code_1(tmp_path: Path) -> None:
    told = runner.invoke(cli.app, ["check", str(tmp_path / "nowhere")])
    assert told.exit_code == 1
    assert told.output.startswith("reject: 0 rows in")
    assert "nowhere" in told.output


def test_lint_names_each_finding_and_exits_1(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [Finding(3, "pnl", "the number 42 has no fact behind it")]
    monkeypatch.setattr("pfkit.publish.lint.lint", lambda _: found)
    told = runner.invoke(cli.app, ["lint", "reports/x"])
    assert told.exit_code == 1
    assert told.output == "rule 3, pnl: the number 42 has no fact behind it\n"
    held = json.loads(runner.invoke(cli.app, ["lint", "reports/x", "--json"]).output)
    assert held["findings"][0]["rule"] == 3


def test_lint_of_a_clean_report_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pfkit.publish.lint.lint", lambda _: [])
    told = runner.invoke(cli.app, ["lint", "reports/x"])
    assert (told.exit_code, told.output) == (0, "every rule holds\n")


def test_progress_is_plain_lines_in_a_log_and_nothing_when_quiet(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with shown(quiet=False) as progress:
        progress("notebook", 1, 3)
        progress("notebook", 3, 3)
    assert capsys.readouterr().err == "notebook: done\n"
    with shown(quiet=True) as progress:
        progress("notebook", 3, 3)
    assert capsys.readouterr() == ("", "")


def test_the_dictionary_is_printed_with_what_a_book_adds(tmp_path: Path) -> None:
    plain = runner.invoke(cli.app, ["dictionary"])
    assert plain.output.startswith("# Data dictionary\n")
    assert "x_stores" not in plain.output
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "stores.yaml").write_text(
        "{apiVersion: v3.1.0, kind: DataContract, id: a, version: '1', status: active, "
        "team: {name: Property}, schema: [{name: x_stores, description: The shops., "
        "properties: [{name: store, "
        "description: Its number., logicalType: string}]}]}",
        encoding="utf-8",
    )
    (tmp_path / "book.toml").write_text(
        'company = { name = "Shop", currency = "EUR" }\n[[sources]]\nname = "stores"\n'
        'table = "x_stores"\npath = "stores.csv"\ncolumns = { store = "nr" }\n',
        encoding="utf-8",
    )
    to = tmp_path / "dictionary.md"
    told = runner.invoke(cli.app, ["dictionary", "--book", str(tmp_path), "--to", str(to)])
    assert (told.exit_code, told.output) == (0, f"{to}\n")
    assert "\n## x_stores\n\nThe shops.\n" in to.read_text(encoding="utf-8")


def test_the_package_runs_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pfkit", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("pfkit ")


FX = "date,currency,rate\n2026-01-30,USD,0.92\n2026-01-30,GBP,0\n"


def test_one_file_is_checked_and_told_with_place_and_advice(tmp_path: Path) -> None:
    (tmp_path / "fx.csv").write_text(FX, encoding="utf-8")
    told = runner.invoke(cli.app, ["check", str(tmp_path / "fx.csv"), "--table", "rates"])
    assert told.exit_code == 0
    assert told.output.splitlines()[0] == (
        "quarantine: 2 rows in, 1 accepted, 1 quarantined, 0 excluded"
    )
    assert "quarantine: value out of range (line 3): rate '0': rate is above 0" in told.output
    assert "  -> Correct the value at the source." in told.output
    asked = ["check", str(tmp_path / "fx.csv"), "--table", "fx", "--json"]
    found = json.loads(runner.invoke(cli.app, asked).output)
    assert (found["verdict"], found["findings"][0]["line"]) == ("quarantine", 3)


def test_a_file_that_is_rejected_exits_1(tmp_path: Path) -> None:
    (tmp_path / "fx.csv").write_text(FX.replace("rate", "rat"), encoding="utf-8")
    told = runner.invoke(cli.app, ["check", str(tmp_path / "fx.csv"), "--table", "fx"])
    assert told.exit_code == 1
    assert "the nearest there is 'rat'" in told.output


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "Add --table ledger, budget, usage or fx"),
        (["--table", "legder"], "The closest known table is 'ledger'."),
        (["--table", "fx", "--period", "2026"], "2026-01..2026-12"),
        (["--table", "fx", "--data", "x"], "belong to a book"),
    ],
)
def test_a_file_asked_for_wrongly_is_wrong_usage(
    tmp_path: Path, options: list[str], said: str
) -> None:
    (tmp_path / "fx.csv").write_text(FX, encoding="utf-8")
    told = command("check", str(tmp_path / "fx.csv"), *options)
    assert told.returncode == 2
    assert said in told.stderr
    assert "Traceback" not in told.stderr
