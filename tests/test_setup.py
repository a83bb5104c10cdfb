"""Set-up: the bootstrap's answers to bad machines, the lock, and the files made from others."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import yaml

if TYPE_CHECKING:
    from types import ModuleType


def _load(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def start(checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Load start.py, its environment moved to an empty folder."""
    module = _load(checkout / "start.py", "start")
    venv = tmp_path / "checkout" / ".venv"
    venv.parent.mkdir()
    programs = venv / "bin"
    moved = {
        "VENV": venv,
        "STATE": venv / "pfkit-set-up.json",
        "PROGRAMS": programs,
        "PYTHON": programs / "python",
        "UV": programs / "uv",
    }
    for name, value in moved.items():
        monkeypatch.setattr(module, name, value)
    return module


def _tracked(checkout: Path) -> list[Path]:
    if not (checkout / ".git").exists():
        pytest.skip("this is no git checkout: there is no list of tracked files")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=checkout,
        capture_output=True,
        check=True,
        text=True,
    )
    paths = [checkout / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


# --- the bootstrap


def test_an_older_python_gets_a_clear_message(checkout: Path) -> None:
    pretend = (
        "import runpy, sys; sys.version_info = (3, 10, 4, 'final', 0);"
        f"runpy.run_path({str(checkout / 'start.py')!r}, run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", pretend], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "pfkit needs Python 3.11 or newer; this is 3.10 at" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_older_python_can_read_the_bootstrap_as_far_as_its_message(checkout: Path) -> None:
    source = (checkout / "start.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 7))
    check = source.index("if sys.version_info < (3, 11)")
    assert "from __future__" not in source
    assert source.index("def ") > check  # annotations of today are met after the message


def test_an_unknown_word_is_refused(checkout: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(checkout / "start.py"), "deploy"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "invalid choice: 'deploy'" in done.stderr


def test_a_home_that_cannot_be_written_is_replaced(
    start: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start.VENV.mkdir()
    a_file = tmp_path / "file"
    a_file.touch()
    for home in (str(a_file), str(tmp_path / "absent"), ""):
        monkeypatch.setenv("HOME", home)
        assert start.environment()["HOME"] == str(start.VENV / "home")
    monkeypatch.delenv("HOME")
    assert start.environment()["HOME"] == str(start.VENV / "home")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert start.environment()["HOME"] == str(tmp_path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root writes everywhere")
def test_a_read_only_home_is_replaced(
    start: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start.VENV.mkdir()
    home = tmp_path / "home"
    home.mkdir(mode=0o500)
    monkeypatch.setenv("HOME", str(home))
    assert start.environment()["HOME"] == str(start.VENV / "home")


def test_no_other_environment_leaks_into_the_steps(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PIP_TARGET", "PIP_USER"):
        monkeypatch.setenv(name, "elsewhere")
    assert "elsewhere" not in start.environment().values()
    assert start.environment()["UV_PROJECT_ENVIRONMENT"] == str(start.VENV)


def test_a_broken_environment_is_made_anew(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(start, "ROOT", start.VENV.parent)
    start.PROGRAMS.mkdir(parents=True)
    (start.VENV / "left-over").touch()
    start.PYTHON.symlink_to("gone")
    start.make_environment()
    assert not (start.VENV / "left-over").exists()
    assert start.works(start.PYTHON, "-m", "pip", "--version")
    assert "making it anew" in capsys.readouterr().out
    # a good one is kept, one that an interrupted run left is not
    (start.VENV / "kept").touch()
    start.make_environment()
    assert (start.VENV / "kept").exists()
    start.write_state(state="making")
    start.make_environment()
    assert not (start.VENV / "kept").exists()


def test_a_link_in_place_of_the_environment_is_cut_not_followed(
    start: ModuleType, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").touch()
    start.VENV.symlink_to(elsewhere)
    start.remove_environment()
    assert (elsewhere / "precious").exists()
    assert not start.VENV.is_symlink()


def test_a_state_that_cannot_be_read_counts_as_none(start: ModuleType) -> None:
    start.VENV.mkdir()
    for text in ("", "{", "[]"):
        start.STATE.write_text(text, encoding="utf-8")
        assert start.read_state() == {}


def test_a_python_without_venv_gets_a_clear_message(
    start: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = tmp_path / "python-without-venv"
    bare.write_text("#!/bin/sh\necho 'No module named venv'\nexit 1\n", encoding="utf-8")
    bare.chmod(0o755)
    monkeypatch.setattr(sys, "_base_executable", str(bare))
    with pytest.raises(start.StartError, match="apt install python3-venv"):
        start.make_environment()
    assert not start.VENV.exists()


# --- the lock and what is made from it


def test_the_lock_names_only_the_public_index(checkout: Path) -> None:
    text = (checkout / "uv.lock").read_text(encoding="utf-8")
    hosts = {urlsplit(address).netloc for address in re.findall(r'"(\w+://[^"]+)"', text)}
    assert hosts == {"pypi.org", "files.pythonhosted.org"}
    sources = {tuple(package["source"]) for package in tomllib.loads(text)["package"]}
    assert sources == {("registry",), ("editable",)}


def test_the_lock_fits_the_project(checkout: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    if not uv.exists():
        pytest.skip("uv is not in this environment: it was made with pip")
    done = subprocess.run(
        [str(uv), "lock", "--check", "--offline"],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "needs to be updated" not in done.stderr, done.stderr


def test_requirements_hold_hashes_and_no_address(checkout: Path) -> None:
    for path in sorted((checkout / "requirements").glob("*.txt")):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert not any("://" in line or line.startswith("-") for line in lines)
        pins = [place for place, line in enumerate(lines) if "==" in line and "--hash" not in line]
        assert pins
        for place in pins:
            assert lines[place + 1].startswith("    --hash=sha256:")


@pytest.mark.parametrize(
    "name",
    [
        "requirements/setup.txt",
        "requirements/run.txt",
        "requirements/test.txt",
        "environment.yml",
        "docs/dictionary.md",
        "docs/adapters.md",
    ],
)
def test_a_derived_file_equals_what_it_is_derived_from(checkout: Path, name: str) -> None:
    derive = _load(checkout / ".ci" / "derive.py", "derive")
    if name.startswith("requirements") and not derive.UV.exists():
        pytest.skip("uv is not in this environment: it was made with pip")
    made = derive.derived(name)
    assert made == (checkout / name).read_text(encoding="utf-8"), "run .ci/derive.py"


def test_environment_yml_asks_for_what_pyproject_asks_for(checkout: Path) -> None:
    conda = yaml.safe_load((checkout / "environment.yml").read_text(encoding="utf-8"))
    project = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    python, pip, packages = conda["dependencies"]
    assert python == "python" + project["requires-python"]
    assert pip == "pip"
    assert packages["pip"] == [*project["dependencies"], "-e ."]


def test_each_ignored_rule_has_its_reason(checkout: Path) -> None:
    lines = (checkout / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    codes = [line for line in lines if re.match(r'\s+"[A-Z]+[0-9]*",', line)]
    assert codes
    assert [line for line in codes if " # " not in line] == []


# --- what is committed


def test_no_tracked_file_holds_a_path_of_a_machine(checkout: Path) -> None:
    patterns = re.compile(r"(?<![\w.$}])/(?:work|root)/")
    own = [f"{checkout}/", f"{Path.home()}/"]
    found = []
    for path in _tracked(checkout):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if patterns.search(text) or any(len(place) > 3 and place in text for place in own):
            found.append(path.relative_to(checkout).as_posix())
    assert found == []


def test_no_tracked_file_is_large(checkout: Path) -> None:
    large = [path.name for path in _tracked(checkout) if path.stat().st_size > 2_000_000]
    assert large == []
