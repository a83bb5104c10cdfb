from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.published import run_cases

if TYPE_CHECKING:
    from pathlib import Path

NPV = '{"rate": 0.1, "values": [-100, 110]}'


def _case(**changed: str) -> dict[str, str]:
    plain = {"id": "c", "function": "npv", "inputs": NPV, "expected": "0", "tolerance": "1e-9"}
    return {**plain, "kind": "value", **changed}


def test_a_right_answer_is_right_and_a_wrong_one_names_both() -> None:
    assert run_cases.outcome(_case()).wrong == ""
    assert run_cases.outcome(_case(expected="1")).wrong.endswith(", published 1")
    assert run_cases.outcome(_case(function="nvp")).wrong == "no function 'nvp'"
    assert run_cases.outcome(_case(inputs="{}")).wrong == "KeyError: 'values'"


def test_a_refusal_that_says_why_is_no_answer_and_a_number_is_one() -> None:
    nothing = '{"rate": -1, "values": [-100, 110]}'
    assert run_cases.outcome(_case(inputs=nothing, expected="null", kind="none")).wrong == ""
    assert run_cases.outcome(_case(expected="null", kind="none")).wrong != ""


@pytest.mark.parametrize(
    ("got", "want", "tolerance", "right"),
    [
        (100.00009, 100, 1e-6, True),  # relative below a thousandth
        (100.00011, 100, 1e-6, False),
        (0.0000009, 0, 1e-6, True),
        (1e-9, 0, 0, True),  # no finer than a billionth
        (100.9, 100, 1.0, True),  # absolute from a thousandth on
        (101.1, 100, 1.0, False),
        (float("nan"), 1, 1.0, False),
        (None, 1, 1.0, False),
        (0.0, None, 1.0, False),
        ("2024-02-03", "2024-02-03", 0, True),
        ("2024-02-04", "2024-02-03", 0, False),
        ([2000, 2006], [2000, 2006], 0, True),
        ([2000, 2007], [2000, 2006], 0, False),
        ([2000], [2000, 2006], 0, False),
        ([0.25, 4.0], [0.25, 4.0000001], 1e-6, True),
        ({"a": 1.0, "b": 2.0}, {"a": 1}, 1e-9, True),  # only the keys it holds are compared
        ({"b": 2.0}, {"a": 1}, 1e-9, False),
        ({"a": [1.0, 2.0]}, {"a": [1, 3]}, 1e-9, False),
    ],
)
def test_an_answer_is_near_or_not(got: Any, want: Any, tolerance: float, right: bool) -> None:  # noqa: ANN401, FBT001
    assert run_cases.near(got, want, tolerance) is right


@pytest.mark.parametrize(
    ("kind", "got", "want", "warned", "right"),
    [
        ("none", None, None, False, True),
        ("none", [], None, False, True),
        ("none", 0.1, None, True, False),
        ("none_or_warn", None, None, False, True),
        ("none_or_warn", 0.25, None, True, True),
        ("none_or_warn", 0.25, None, False, False),
        ("total_loss", -1.0, -1, False, True),
        ("total_loss", None, -1, False, True),
        ("total_loss", -0.5, -1, True, False),
        ("sign", -0.07, -0.0695, False, True),
        ("sign", 0.07, -0.0695, False, False),
        ("sign", None, -0.0695, False, False),
        ("derived", 0.5, 0.6, False, False),
    ],
)
def test_a_kind_says_what_counts(
    kind: str,
    got: object,
    want: float | None,
    warned: bool,  # noqa: FBT001
    right: bool,  # noqa: FBT001
) -> None:
    assert (run_cases.wrong(kind, got, want, 1e-9, warned=warned) == "") is right


def test_the_command_counts_and_fails_on_a_miss(tmp_path: Path, checkout: Path) -> None:
    head = "id,function,inputs,expected,tolerance,kind,source,note,recomputed\n"
    inputs = NPV.replace('"', '""')
    (tmp_path / "right.csv").write_text(f'{head}a,npv,"{inputs}",0,1e-9,value,,,\n')
    (tmp_path / "wrong.csv").write_text(
        f'{head}a,npv,"{inputs}",0,1e-9,value,,,\nb,npv,"{inputs}",7,1e-9,value,,,\n'
    )
    script = str(checkout / "tests" / "published" / "run_cases.py")
    command = [sys.executable, script]
    ran = subprocess.run([*command, "right.csv"], cwd=tmp_path, capture_output=True, text=True)  # noqa: PLW1510
    assert (ran.returncode, ran.stdout) == (0, "1 right of 1\n"), ran.stderr
    ran = subprocess.run([*command, "wrong.csv"], cwd=tmp_path, capture_output=True, text=True)  # noqa: PLW1510
    assert ran.returncode == 1
    assert ran.stdout.splitlines()[0].startswith("b (npv): ")
    assert ran.stdout.splitlines()[-1] == "1 right of 2"
    assert subprocess.run(command, capture_output=True).returncode == 2  # noqa: PLW1510
