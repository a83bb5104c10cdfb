from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pfkit.errors import ReportError
from pfkit.publish.opened import open_report

if TYPE_CHECKING:
    from pathlib import Path


def test_a_folder_without_a_report_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"there is no notebook\.ipynb here"):
        open_report(tmp_path)


def test_a_damaged_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "notebook.ipynb").write_text("{")
    with pytest.raises(ReportError, match="a file cannot be read"):
        open_report(tmp_path)
