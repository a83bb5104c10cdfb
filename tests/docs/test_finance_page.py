"""The page on finance functions: its names exist, its examples run, it names every warning."""

from __future__ import annotations

import doctest
import re
from typing import TYPE_CHECKING

import pytest

import pfkit as pf

if TYPE_CHECKING:
    from pathlib import Path

# measures of tables, and what is not called with plain numbers
ELSEWHERE = {"roi", "variance", "price_volume_mix"}
MODULES = (
    "annuities",
    "allocation",
    "depreciation",
    "growth",
    "irr",
    "npv",
    "portfolio",
    "recurring",
    "tdabc",
)


@pytest.fixture(scope="module")
def page(checkout: Path) -> str:
    """Read the page."""
    return (checkout / "docs" / "finance.md").read_text(encoding="utf-8")


def test_every_name_on_the_page_is_public(page: str) -> None:
    assert {name for name in re.findall(r"pf\.(\w+)", page) if not hasattr(pf, name)} == set()


def test_every_finance_function_is_on_the_page(page: str) -> None:
    named = set(re.findall(r"pf\.(\w+)", page)) - ELSEWHERE
    functions = {
        name
        for name in pf.__all__
        if getattr(getattr(pf, name), "__module__", "").removeprefix("pfkit.measures.") in MODULES
        and not isinstance(getattr(pf, name), type)
    }
    assert len(functions) > 30
    assert functions - named == set()


def test_every_warning_of_a_rate_is_explained(page: str) -> None:
    listed = re.search(
        r"What to beware of: a code and its words\. (.*?)\n +reason",
        pf.Irr.__doc__ or "",
        re.DOTALL,
    )
    assert listed is not None
    codes = re.findall(r"``(\w+)``", listed[1])
    assert len(codes) == 10
    assert [code for code in codes if f"| `{code}` |" not in page] == []


def test_the_examples_run(page: str) -> None:
    parsed = doctest.DocTestParser().get_doctest(page, {}, "finance.md", "finance.md", 0)
    # a fence ends an answer
    for example in parsed.examples:
        example.want = example.want.split("```")[0]
    ran = doctest.DocTestRunner(optionflags=doctest.IGNORE_EXCEPTION_DETAIL).run(parsed)
    assert ran.attempted >= 5
    assert ran.failed == 0
