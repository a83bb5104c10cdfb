from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from pfkit.errors import ReportError
from pfkit.publish import places

if TYPE_CHECKING:
    from pathlib import Path


def test_the_checkout_holds_templates_notebooks_and_fonts() -> None:
    assert (places.templates() / "report.typ").is_file()
    assert (places.notebooks() / "quarterly.ipynb").is_file()
    assert (places.fonts() / "SourceSans3-Regular.ttf").is_file()


def test_a_wheel_holds_them_inside_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site-packages" / "pfkit"
    (package / "_templates").mkdir(parents=True)
    monkeypatch.setattr(places, "_PACKAGE", package)
    assert places.templates() == package / "_templates"


def test_a_missing_folder_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "_PACKAGE", tmp_path / "pfkit")
    with pytest.raises(ReportError, match="the folder 'notebooks' is missing\n  -> Install pfkit"):
        places.notebooks()


def test_the_style_of_exhibits_fetches_nothing() -> None:
    assert not re.search(r"@import|https?:|url\(", places.exhibit_style())
