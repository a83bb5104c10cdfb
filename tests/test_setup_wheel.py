"""The wheel: notebooks, templates and fonts travel, and an installed pfkit finds them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel with the build tools of the lock."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=checkout,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return built


def _files(checkout: Path, folder: str, *patterns: str) -> set[str]:
    root = checkout / folder
    return {
        path.relative_to(root).as_posix() for pattern in patterns for path in root.rglob(pattern)
    }


def test_every_data_file_is_in_the_wheel(wheel: Path, checkout: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    expected = {f"pfkit/_notebooks/{n}" for n in _files(checkout, "notebooks", "*.ipynb")}
    expected |= {f"pfkit/_templates/{n}" for n in _files(checkout, "templates", "*.*")}
    expected |= {
        f"pfkit/{name}" for name in _files(checkout, "pfkit", "*.py", "*.yaml", "*.ttf", "*.css")
    }
    expected = {name for name in expected if "checkpoint" not in name and "/.git" not in name}
    assert {"pfkit/_notebooks/monthly.ipynb", "pfkit/_templates/report.typ"} <= expected
    assert expected - inside == set()
    assert not [name for name in inside if "__pycache__" in name or name.startswith("tests")]


def test_licences_travel(wheel: Path) -> None:
    inside = zipfile.ZipFile(wheel).namelist()
    assert any(name.endswith("licenses/LICENSE") for name in inside)
    assert any(name.endswith("licenses/pfkit/present/fonts/LICENSE.md") for name in inside)


def test_an_installed_wheel_finds_its_files(wheel: Path, tmp_path: Path) -> None:
    installed = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(installed)
    look = (
        "import json; from importlib.metadata import entry_points as points;"
        "from pfkit import contracts; from pfkit.publish import places;"
        "print(json.dumps([str(places.templates()), str(places.notebooks()), str(places.fonts()),"
        "str(contracts.__file__), contracts.tables(),"
        "[point.name for point in points(group='nbconvert.exporters')]]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", look],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(installed)},
        check=True,
        capture_output=True,
        text=True,
    )
    *places, tables, exporters = json.loads(done.stdout)
    assert all(Path(place).is_relative_to(installed) for place in places), places
    assert all(Path(place).exists() for place in places)
    assert "actuals" in tables
    assert {"pfkit-html", "pfkit-pdf"} <= set(exporters)
