"""One at a time: who comes second is told who is first, and nobody stays locked out."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pfkit.errors import SourceError
from pfkit.sources.lock import alone
from pfkit.sources.running import machine

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there, nobody is kept out")


def test_the_second_is_told_who_is_first(tmp_path: Path) -> None:
    path = tmp_path / "made" / ".tickets.lock"
    with alone(path, what="a pull of 'tickets'"):
        with (
            pytest.raises(SourceError, match="a pull of 'tickets' is done already") as told,
            alone(path, what="a pull of 'tickets'"),
        ):
            pass
        who = rf"process {os.getpid()} on {machine()} since \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
        assert re.search(who, told.value.what)
        assert "Wait until it ends" in told.value.advice
        assert path.exists()
    assert not path.exists()
    with alone(path, what="a pull"):
        assert path.exists()


def test_it_is_let_go_where_the_work_fails(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    with pytest.raises(ZeroDivisionError), alone(path, what="a pull"):
        _ = 1 / 0
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_was_killed_locks_nobody_out(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    script = (
        "import fcntl, os, sys\n"
        f"handle = os.open({str(path)!r}, os.O_RDWR | os.O_CREAT)\n"
        "fcntl.flock(handle, fcntl.LOCK_EX)\n"
        "os.write(handle, b'process 1 on another since today')\n"
        "print('held', flush=True)\n"
        "sys.stdin.read()\n"
    )
    ran = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert ran.stdout is not None
    assert ran.stdout.readline() == b"held\n"
    with pytest.raises(SourceError, match="process 1 on another"), alone(path, what="a pull"):
        pass
    ran.kill()
    ran.communicate()
    assert path.exists()
    with alone(path, what="a pull"):
        pass
    assert not path.exists()
