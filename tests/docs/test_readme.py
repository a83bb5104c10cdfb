"""The README: each command in it is run, in its order, in a fresh copy of the checkout."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TEST_COMMAND = "python3 start.py test"
BLOCK = re.compile(r"(?:<!-- file: (\S+) -->\n)?```(\w+)\n(.*?)```", re.DOTALL)


def _steps(checkout: Path) -> list[tuple[str, str, str]]:
    return BLOCK.findall((checkout / "README.md").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def copy(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy what git knows of the checkout to an empty folder."""
    if not (checkout / ".git").exists():
        pytest.skip("this is no git checkout: there is no list of tracked files")
    folder = tmp_path_factory.mktemp("fresh") / "pfkit checkout"  # a space: paths are odd
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=checkout, capture_output=True, check=True, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (checkout / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(checkout / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def environment(copy: Path) -> dict[str, str]:
    """Give an empty home and the Python below .venv; downloads already made are used again."""
    home = copy.parent / "home"
    home.mkdir()
    bare = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    bare.pop("VIRTUAL_ENV", None)
    base = Path(getattr(sys, "_base_executable", sys.executable)).parent
    others = [part for part in bare["PATH"].split(os.pathsep) if ".venv" not in part]
    uv = Path(sys.executable).with_name("uv")
    if uv.exists() and "UV_CACHE_DIR" not in bare:
        asked = subprocess.run([uv, "cache", "dir"], capture_output=True, check=True, text=True)
        bare["UV_CACHE_DIR"] = asked.stdout.strip()
    return bare | {"HOME": str(home), "PATH": os.pathsep.join([str(base), *others])}


def test_every_command_works(copy: Path, environment: dict[str, str]) -> None:
    ran = []
    for file, language, text in _steps(copy):
        if file:
            target = Path(file.replace("~", environment["HOME"], 1))
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        if language != "sh" or text.strip() == TEST_COMMAND:
            continue
        done = subprocess.run(
            ["bash", "-euc", text],
            cwd=copy,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        said = done.stdout + done.stderr
        if "could not install the packages" in said and "CI" not in environment:
            pytest.skip("the package index cannot be reached from here")
        assert done.returncode == 0, f"{text}\n{said}"
        ran.append((text.strip(), said))
    said_by = dict(ran)
    # the demo command names what it made, and it is there
    demo = said_by["python3 start.py demo"]
    reports = re.findall(r"^  (reports/\S+)$", demo, re.MULTILINE)
    assert {Path(name).name for name in reports} == {"report.html", "report.pdf"}
    assert {Path(name).parent.name for name in reports} == {"monthly", "quarterly"}
    assert all((copy / name).stat().st_size > 10_000 for name in reports)
    assert re.search(r"^start to first PDF +[0-9.]+ s$", demo, re.MULTILINE)
    # the own book holds back the one line that has no amount, and reports
    checked = said_by[".venv/bin/pfkit check ~/books/mine"]
    assert "6 rows in, 5 accepted, 1 quarantined, 0 excluded" in checked
    assert "invoices/invoices_2026-06.csv" in checked
    made = copy / "reports" / "mine" / "2026-06" / "monthly"
    expected = {"report.pdf", "report.html", "tables.xlsx", "notebook.ipynb", "manifest.json"}
    assert expected <= {path.name for path in made.iterdir()}
    # the second command of the README is the one that runs this test
    assert TEST_COMMAND in (copy / "README.md").read_text(encoding="utf-8")


def test_every_link_leads_somewhere(checkout: Path) -> None:
    pages = [checkout / "README.md", *sorted((checkout / "docs").glob("*.md"))]
    for page in pages:
        links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
        missing = [link for link in links if not (page.parent / link).exists()]
        assert missing == [], page.name
