from __future__ import annotations

import ast
import re
from typing import Any

import pytest
from nbformat import read, validate

from pfkit.publish import parameters, places

KINDS = ["monthly", "quarterly"]


def load(kind: str) -> Any:  # noqa: ANN401 - nbformat gives it no type
    return read(places.notebooks() / f"{kind}.ipynb", as_version=4)


def code(kind: str) -> list[Any]:
    return [cell for cell in load(kind).cells if cell.cell_type == "code"]


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_valid_names_its_kernel_and_keeps_no_output(kind: str) -> None:
    made = load(kind)
    validate(made)
    assert made.metadata.kernelspec.name == "python3"
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_it_declares_the_parameters_that_are_checked(kind: str) -> None:
    (cell,) = [cell for cell in code(kind) if "parameters" in cell.metadata.get("tags", [])]
    body = ast.parse(cell.source).body
    declared = {line.target.id: line.annotation.id for line in body}  # type: ignore[attr-defined]
    assert declared == dict.fromkeys(parameters.NAMES, "str")


@pytest.mark.parametrize("kind", KINDS)
def test_a_cell_is_one_step_without_definitions_loops_or_prints(kind: str) -> None:
    banned = (ast.FunctionDef, ast.ClassDef, ast.For, ast.While, ast.If, ast.Lambda, ast.ListComp)
    for cell in code(kind):
        tree = ast.parse(cell.source)
        assert not any(isinstance(node, banned) for node in ast.walk(tree))
        assert "print(" not in cell.source
        if "parameters" not in cell.metadata.get("tags", []):
            steps = [line for line in tree.body if not isinstance(line, ast.Import)]
            assert len(steps) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_no_number_is_typed_into_prose(kind: str) -> None:
    prose = [cell.source for cell in load(kind).cells if cell.cell_type == "markdown"]
    assert prose
    assert not any(re.search(r"\d", text) for text in prose)


def test_the_quarter_calls_every_function_of_the_month_in_its_order() -> None:
    def calls(kind: str) -> list[str]:
        text = "\n".join(cell.source for cell in code(kind))
        return re.findall(r"pf\.[a-z_.]+(?=\()", text)

    left = iter(calls("quarterly"))
    assert all(call in left for call in calls("monthly"))
    assert {"pf.record", "pf.open_book", "pf.words.headline"} <= set(calls("monthly"))
