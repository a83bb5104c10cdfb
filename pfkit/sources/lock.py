"""One at a time: a file that says who holds what, until its process ends."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pfkit.errors import SourceError
from pfkit.sources.running import machine

try:
    import fcntl
except ImportError:  # Windows has none: there, nobody is kept out
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def alone(path: Path, *, what: str) -> Iterator[None]:
    """Hold a file while something is done that only one may do at a time.

    The system lets go of it where the process is killed, so that none is locked out.

    Parameters
    ----------
    path : pathlib.Path
        The file; it is removed at the end.
    what : str
        What is done, for the message.

    Raises
    ------
    SourceError
        If another process does it: which one, on which machine, and since when.
    """
    if fcntl is None:
        yield
        return
    handle = _taken(path, what)
    try:
        told = (
            f"process {os.getpid()} on {machine()} since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
        )
        os.truncate(handle, 0)
        os.write(handle, told.encode())
        yield
    finally:
        with suppress(OSError):
            path.unlink()
        os.close(handle)


def _taken(path: Path, what: str) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            who = os.pread(handle, 200, 0).decode(errors="replace")
            os.close(handle)
            raise SourceError(
                f"{what} is done already ({who or 'it has just begun'})",
                where=str(path.parent),
                advice="Wait until it ends, or end that process; nothing was done here.",
            ) from None
        with suppress(OSError):
            if os.fstat(handle).st_ino == path.stat().st_ino:
                return handle
        os.close(handle)  # whoever held it has removed it meanwhile
