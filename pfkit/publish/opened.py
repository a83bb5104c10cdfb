"""A finished report, read again from its folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pfkit.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbformat import NotebookNode


def open_report(folder: Path) -> tuple[NotebookNode, dict[str, Any]]:
    """Return the executed notebook and the manifest of a report's folder.

    Raises
    ------
    ReportError
        If the folder holds no finished report, or a file of it cannot be read.
    """
    from nbformat import from_dict  # noqa: PLC0415 - loaded only when a report is read again

    try:
        plain = json.loads((folder / "notebook.ipynb").read_text("utf-8"))
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
    except FileNotFoundError as error:
        raise ReportError(
            f"there is no {Path(str(error.filename)).name} here",
            where=str(folder),
            advice="Name the folder of a report, such as reports/meridian/2026-06/monthly.",
        ) from error
    except json.JSONDecodeError as error:
        raise ReportError(
            f"a file cannot be read: {error}", where=str(folder), advice="Run the report again."
        ) from error
    rebuilt: Callable[..., NotebookNode] = from_dict  # nbformat gives it no types
    return rebuilt(plain), manifest
