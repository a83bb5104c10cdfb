"""Which process of which machine wrote something, and whether it still runs."""

from __future__ import annotations

import os
import re
import socket
import sys


def machine() -> str:
    """Return this machine's name as it may stand in the name of a file.

    Examples
    --------
    >>> machine().isalnum()
    True
    """
    return re.sub(r"[^a-z0-9]", "", socket.gethostname().casefold()) or "localhost"


def runs(process: int, host: str) -> bool:
    """Return whether a process runs; one of another machine is taken to.

    Examples
    --------
    >>> runs(os.getpid(), machine()), runs(4_000_000_000, "elsewhere")
    (True, True)
    """
    if host != machine() or process == os.getpid():
        return True
    if sys.platform == "win32":  # there, signal 0 would end it
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True
