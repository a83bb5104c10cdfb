from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pfkit.errors import SourceError
from pfkit.sources import find_files

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "data"
    for name in ("billing/2026-02.csv", "billing/2026-01.csv", "billing/~$2026-01.csv", "gl.csv"):
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("id\n1\n")
    (root / "billing/.hidden.csv").write_text("id\n1\n")
    return root


def test_files_come_sorted_without_hidden_and_lock_files(folder: Path) -> None:
    found = find_files(folder, "billing/*.csv")
    assert [path.name for path in found] == ["2026-01.csv", "2026-02.csv"]


def test_two_stars_look_into_every_folder(folder: Path) -> None:
    found = [path.relative_to(folder).as_posix() for path in find_files(folder, "**/*.csv")]
    assert found == ["billing/2026-01.csv", "billing/2026-02.csv", "gl.csv"]


def test_nothing_found_names_pattern_folder_and_what_is_there(folder: Path) -> None:
    with pytest.raises(SourceError) as caught:
        find_files(folder, "biling/*.csv")
    message = str(caught.value)
    assert "'biling/*.csv'" in message
    assert str(folder) in message
    assert "There is: 'billing/2026-01.csv', 'billing/2026-02.csv', 'gl.csv'." in message


def test_nothing_found_offers_a_name_that_differs_in_case(folder: Path) -> None:
    with pytest.raises(SourceError, match=r"closest file is 'gl\.csv'"):
        find_files(folder, "GL.csv")


def test_an_empty_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="The folder holds no files"):
        find_files(tmp_path, "*.csv")


def test_an_absent_folder_lists_its_neighbors(folder: Path) -> None:
    with pytest.raises(SourceError, match=r"does not exist\n  -> .*There is: 'data'"):
        find_files(folder.parent / "dato", "*.csv")


@pytest.mark.parametrize(
    "pattern", ["../gl.csv", "billing/../../x", "/etc/passwd", "C:\\x.csv", "a\\..\\b", "", " "]
)
def test_a_pattern_never_leads_out_of_the_folder(folder: Path, pattern: str) -> None:
    with pytest.raises(SourceError, match="leads out of the data folder"):
        find_files(folder, pattern)


def test_a_link_never_leads_out_of_the_folder(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "secret.csv"
    outside.write_text("id\n1\n")
    (folder / "link.csv").symlink_to(outside)
    with pytest.raises(SourceError, match=r"link\.csv: this link leads out"):
        find_files(folder, "*.csv")
