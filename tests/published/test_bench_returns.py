from __future__ import annotations

import math
import shutil
import sys
from pathlib import Path

import pytest

import pfkit as pf
from bench._peers import PeersError, ask, environment
from bench.returns import monthly, polynomials


def test_random_rows_have_the_roots_they_are_made_of() -> None:
    several = 0
    for row in polynomials(60, seed=11):
        scale = [
            (
                math.fsum(v * math.exp(-force * t) for t, v in enumerate(row.values)),
                math.fsum(abs(v) * math.exp(-force * t) for t, v in enumerate(row.values)),
            )
            for force in row.forces
        ]
        assert all(abs(net) <= 1e-12 * gross for net, gross in scale)
        found = [math.log1p(root) for root in pf.irr(row.values).roots]
        assert found == pytest.approx(row.forces, abs=1e-6)
        several += len(found) > 1
    assert several > 20


def test_a_thousand_monthly_flows() -> None:
    assert [len(monthly(kind)) for kind in ("one outlay", "either sign")] == [1000, 1000]


def test_peers_are_pinned(tmp_path: Path) -> None:
    with pytest.raises(PeersError, match="'pyxirr' is not pinned\n  -> Write it as name==version"):
        environment(["numpy==2.4.6", "pyxirr"], folder=tmp_path)


def test_peers_that_cannot_be_had_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not (shutil.which("uv") or Path(sys.executable).with_name("uv").is_file()):
        pytest.skip("uv is not on this machine: python3 start.py test installs it")
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    with pytest.raises(PeersError, match="the peers cannot be had: uv pip: ") as told:
        environment(["pfkit-peer-that-is-not==0.0.1"], folder=tmp_path)
    assert "or run with --no-peers" in str(told.value)


def test_a_peer_answers_in_json_or_fails_with_its_message(tmp_path: Path) -> None:
    script = tmp_path / "peer.py"
    script.write_text("import json, sys\njson.dump(json.load(sys.stdin) + 1, sys.stdout)\n")
    python = Path(sys.executable)
    assert ask(python, script, 41) == 42
    with pytest.raises(PeersError, match=r"peer\.py failed: TypeError"):
        ask(python, script, "41")
