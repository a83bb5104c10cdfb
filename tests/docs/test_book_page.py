"""The page on books: its example is a book, and it leaves no key out."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import pytest
from pydantic import BaseModel

from pfkit.conform import declaration
from pfkit.conform.booktoml import read_declaration

if TYPE_CHECKING:
    from pathlib import Path

MODELS = {
    name: thing
    for name, thing in vars(declaration).items()
    if isinstance(thing, type) and issubclass(thing, BaseModel) and thing.model_fields
}


def _page(checkout: Path) -> str:
    return (checkout / "docs" / "book.md").read_text(encoding="utf-8")


def test_the_example_is_a_book(checkout: Path, tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", _page(checkout), re.DOTALL)
    (tmp_path / "book.toml").write_text(example, encoding="utf-8")
    declared = read_declaration(tmp_path)
    assert declared.company.entity == "example-ltd"
    assert [source.table for source in declared.sources] == ["invoices"]
    assert tomllib.loads(example)["controls"][0]["source"] == "billing"


@pytest.mark.parametrize("name", MODELS)
def test_every_key_is_described(checkout: Path, name: str) -> None:
    page = _page(checkout)
    missing = [key for key in MODELS[name].model_fields if not re.search(rf"\b{key}\b", page)]
    assert missing == []
