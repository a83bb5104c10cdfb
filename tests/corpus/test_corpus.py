from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import pfkit as pf
from tests.corpus.answer import faults
from tests.corpus.everything import BAD, CASES, CLEAN

if TYPE_CHECKING:
    from pathlib import Path

    from tests.corpus.case import Case

#: One of each form and verdict, also asked through the command line.
TYPED = (
    "clean-ledger.csv",
    "clean-budget.xlsx",
    "clean-fx.parquet",
    "cp1252.csv",
    "row-too-short.csv",
    "scale-months-in-thousandths.csv",
    "bomb-sheet.xlsx",
    "xml-bomb.xlsx",
    "pickle-4.csv",
    "locked.xlsx",
    "memo-script.csv",
)


#: Every bad file and two in three of the clean ones; `python -m bench corpus` asks for all.
ASKED = (*BAD, *(case for at, case in enumerate(CLEAN) if at % 3))


def test_the_corpus_is_large_and_every_file_has_a_name_of_its_own() -> None:
    assert len(BAD) >= 120
    assert len(ASKED) - len(BAD) >= 200
    assert len({case.name for case in CASES}) == len(CASES)
    assert all(case.because for case in BAD if len(case.right) > 1)
    assert all(len(case.right) <= 2 for case in BAD)


def test_the_same_file_comes_out_each_time() -> None:
    for case in CASES[::23]:
        assert case.make() == case.make(), case.name


@pytest.mark.parametrize("case", ASKED, ids=lambda case: case.name)
def test_every_file_is_answered_right(case: Case, tmp_path: Path) -> None:
    file = tmp_path / case.name
    file.write_bytes(case.make())
    found = pf.check_file(file, table=case.table, period=case.period or None)
    assert faults(case, found) == []


@pytest.mark.parametrize("name", TYPED)
def test_the_command_line_gives_the_same_answer(name: str, tmp_path: Path) -> None:
    case = next(case for case in CASES if case.name == name)
    (tmp_path / name).write_bytes(case.make())
    typed = ["check", name, "--table", case.table, "--json"]
    ran = subprocess.run(
        [sys.executable, "-m", "pfkit", *typed], capture_output=True, cwd=tmp_path, check=False
    )
    found = json.loads(ran.stdout)
    assert faults(case, found) == []
    assert ran.returncode == (1 if found["verdict"] == "reject" else 0)
    assert b"Traceback" not in ran.stderr
