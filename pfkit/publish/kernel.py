"""The kernel a report runs in: this Python, its channels in files, no personal settings."""

from __future__ import annotations

import importlib.util
import os
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipykernel.kernelspec import make_ipkernel_cmd
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from traitlets.config import Config

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_SOCKET_PATH = 90  # a Unix socket's path ends near 107 bytes, its suffix included


class ReportKernel(AsyncKernelManager):
    """A kernel of the running Python, whatever kernels the user has installed."""

    @property
    def kernel_spec(self) -> KernelSpec:
        """The command and the environment the kernel starts with."""
        return KernelSpec(
            argv=make_ipkernel_cmd(extra_arguments=["--HistoryManager.enabled=False"]),
            display_name="Python 3 (pfkit)",
            language="python",
            env=_environment(Path(self.connection_file).parent),
        )


@contextmanager
def kernel_options() -> Iterator[dict[str, Any]]:
    """Yield the options papermill starts the report's kernel with.

    The kernel works in a folder of its own that is removed afterwards, and talks through Unix
    sockets in it, so that no other user of the machine can reach its channels.
    """
    with tempfile.TemporaryDirectory(prefix="pfkit-") as folder:
        config = Config()
        config.ConnectionFileMixin.connection_file = str(Path(folder) / "kernel.json")
        if os.name == "posix" and len(os.fsencode(folder)) < _LONGEST_SOCKET_PATH:
            config.ConnectionFileMixin.transport = "ipc"
        yield {
            "kernel_manager_class": ReportKernel,
            "config": config,
            "resources": {"metadata": {"path": folder}},
            "shutdown_kernel": "immediate",
        }


def _environment(folder: Path) -> dict[str, str]:
    settings = {
        "IPYTHONDIR": str(folder),
        "LC_ALL": "C.UTF-8",
        "MPLBACKEND": "agg",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "TZ": "UTC",
    }
    matplotlib = importlib.util.find_spec("matplotlib")
    if matplotlib is not None and matplotlib.origin is not None:
        defaults = Path(matplotlib.origin).parent / "mpl-data" / "matplotlibrc"
        settings["MATPLOTLIBRC"] = str(defaults)
    if sys.flags.dev_mode:
        settings["PYTHONDEVMODE"] = "1"
    return settings
