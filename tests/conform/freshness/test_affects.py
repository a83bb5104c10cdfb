from __future__ import annotations

import ast
import json
import re
from typing import TYPE_CHECKING

import pytest

from pfkit.conform.freshness.affects import READS, affected
from pfkit.contracts import contract

if TYPE_CHECKING:
    from pathlib import Path


def _drawn_from(path: Path, name: str) -> set[str]:
    """Return the tables that an exhibit's module says it is drawn from."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            for call in ast.walk(node):
                if isinstance(call, ast.keyword) and call.arg == "tables":
                    found |= {
                        one.value
                        for one in ast.walk(call.value)
                        if isinstance(one, ast.Constant) and one.value in _TABLES
                    }
    return found


_TABLES = {table for tables in READS.values() for table in tables}


@pytest.mark.parametrize("kind", ["monthly", "quarterly"])
def test_every_exhibit_of_a_section_reads_what_the_section_is_said_to(
    checkout: Path, kind: str
) -> None:
    cells = json.loads((checkout / "notebooks" / f"{kind}.ipynb").read_text())["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    seen = 0
    for room, name, rest in re.findall(r"^pf\.(tables|figures)\.(\w+)\((.*?)^(?=\S)", text + "\n#",
                                       re.DOTALL | re.MULTILINE):  # fmt: skip
        section = re.search(r'section="(\w+)"', rest)
        path = checkout / "pfkit" / "present" / room / f"{name}.py"
        if section is None or not path.is_file():
            continue
        for table in _drawn_from(path, name):
            seen += 1
            assert section[1] in affected(table), (name, table)
    assert seen > 40


def test_sections_read_tables_that_exist() -> None:
    assert all(contract(table).table == table for table in _TABLES)
