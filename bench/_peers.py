"""Other libraries to measure against, each in an environment that the bench makes for itself.

They are no dependency of pfkit. An environment is made once with uv, from pinned packages, in
``bench/.peers`` (ignored by git), and used again until the list of packages changes.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).resolve().parent
FOLDER = HERE / ".peers"
_DONE = "packages.txt"


class PeersError(Exception):
    """The peers cannot be had here; the message says why and what to do."""


def environment(packages: Sequence[str], *, folder: Path = FOLDER) -> Path:
    """Return the Python of an environment that holds packages, made where it is not there yet.

    Parameters
    ----------
    packages : sequence of str
        Pinned requirements, such as ``pyxirr==0.10.8``.
    folder : pathlib.Path
        Where environments are kept.

    Raises
    ------
    PeersError
        If a package is not pinned, uv is not there, or a package cannot be had.
    """
    loose = [package for package in packages if "==" not in package]
    if loose:
        raise PeersError(f"{loose[0]!r} is not pinned\n  -> Write it as name==version.")
    wanted = "\n".join(sorted(packages))
    tag = hashlib.sha256(f"{sys.version_info[:2]}\n{wanted}".encode()).hexdigest()[:12]
    place = folder / tag
    python = place / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if (place / _DONE).is_file():
        return python
    shutil.rmtree(place, ignore_errors=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    _uv("venv", "--quiet", "--python", sys.executable, str(place))
    _uv("pip", "install", "--quiet", "--python", str(python), *packages)
    (place / _DONE).write_text(wanted + "\n", encoding="utf-8")
    return python


def ask(python: Path, script: Path, question: object) -> Any:  # noqa: ANN401 - any JSON
    """Run a script of a peer: the question as JSON on its input, its answer as JSON on its output.

    Raises
    ------
    PeersError
        If the script fails.
    """
    ran = subprocess.run(  # noqa: S603 - a script of this folder
        [str(python), str(script)],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        last = (ran.stderr.strip().splitlines() or ["no message"])[-1]
        raise PeersError(f"{script.name} failed: {last}")
    return json.loads(ran.stdout)


def _uv(*arguments: str) -> None:
    """Run uv, from this environment or from the path."""
    own = Path(sys.executable).with_name("uv.exe" if sys.platform == "win32" else "uv")
    found = str(own) if own.is_file() else shutil.which("uv")
    if found is None:
        raise PeersError("uv is not there\n  -> Run 'python3 start.py test' once; it installs uv.")
    ran = subprocess.run(  # noqa: S603 - pinned packages, into a folder of its own
        [found, *arguments], capture_output=True, text=True, check=False
    )
    if ran.returncode:
        said = " ".join(ran.stderr.split())[-400:]
        raise PeersError(
            f"the peers cannot be had: uv {arguments[0]}: {said}\n"
            "  -> Check the connection to the package index, or run with --no-peers."
        )
