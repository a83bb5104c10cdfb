"""Every name an analyst types says what it answers, takes and gives."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

import pytest

import pfkit as pf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


def _names(module: ModuleType, prefix: str) -> Iterator[tuple[str, object]]:
    for name in module.__all__:
        thing = getattr(module, name)
        yield f"{prefix}.{name}", thing
        if inspect.ismodule(thing) and hasattr(thing, "__all__"):
            yield from _names(thing, f"{prefix}.{name}")


NAMES = dict(_names(pf, "pf"))


@pytest.mark.parametrize("name", NAMES)
def test_a_public_name_is_documented(name: str) -> None:
    thing = NAMES[name]
    text = inspect.getdoc(thing) or ""
    if isinstance(thing, str):
        return
    assert text.strip(), f"{name} has no docstring"
    if not inspect.isfunction(thing):
        return
    described = re.findall(r"^\*{0,2}(\w+(?:, \w+)*) : ", text, re.MULTILINE)
    described = [word for group in described for word in group.split(", ")]
    missing = [word for word in inspect.signature(thing).parameters if word not in described]
    assert missing == [], f"{name} does not describe {missing}"
    assert "\nReturns\n" in text, f"{name} does not say what it returns"


def test_the_package_offers_names() -> None:
    assert {"pf.open_book", "pf.run", "pf.variance", "pf.bridge"} <= set(NAMES)
