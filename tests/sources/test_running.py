"""Processes that ended, processes that run, and those of other machines."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from pfkit.sources.running import machine, runs

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there, no process can be asked")


def test_a_process_runs_until_it_ended() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert runs(child.pid, machine())
    child.communicate(b"\n")
    assert not runs(child.pid, machine())
    assert not runs(2**80, machine())


def test_nothing_is_known_of_other_machines() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert runs(child.pid, machine() + "x")
    assert runs(os.getpid(), machine())


def test_a_machine_without_a_name_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "…")
    assert machine() == "localhost"
    monkeypatch.setattr("socket.gethostname", lambda: "Büro-7.example")
    assert machine() == "bro7example"
