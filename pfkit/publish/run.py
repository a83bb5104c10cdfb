"""Run a report: the one call, its parameters checked before anything heavy is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pfkit.publish import parameters

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from os import PathLike


def run(
    kind: str,
    *,
    book: str | PathLike[str],
    period: str,
    data: str | PathLike[str] | None = None,
    as_of: str | dt.date | None = None,
    product: str | None = None,
    state: str | PathLike[str] | None = None,
    to: str | PathLike[str] = "reports",
    dry_run: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
) -> list[Path]:
    """Make a report of a book: HTML, PDF, workbook, a CSV per exhibit, notebook, manifest.

    Use it for a close; to explore, open the book in a notebook and call the measures.

    Parameters
    ----------
    kind : str
        ``monthly`` or ``quarterly``.
    book : path
        Folder that holds ``book.toml``.
    period : str
        A month (``2011-06``) or a fiscal quarter (``2011Q2``), after `kind`.
    data : path, optional
        Folder that source paths are relative to; the book's own by default.
    as_of : datetime.date or str, optional
        Count only what was known by then; the latest in the input by default.
    product : str, optional
        Report on one product only; always text.
    state : path, optional
        Folder of comments and decisions; ``state`` in the book's own by default.
    to : path
        Output folder; the report lands in ``<entity>/<period>/<kind>[@<as_of>][/<product>]``.
    dry_run : bool
        Open the book, check it and return where the report would land; write nothing.
    progress : callable, optional
        Called with a stage, the steps done in it and the steps it has.

    Returns
    -------
    list of pathlib.Path
        The folder of the report.

    Raises
    ------
    ParameterError
        If a parameter is unknown, missing or of the wrong form; nothing has run then.
    PfkitError
        Whatever stopped the notebook, as it was raised there; nothing is written.
    ReportError
        If the report cannot be rendered or written, or an approved one is in its place.

    Notes
    -----
    The same input gives the same bytes in every file; only ``run`` in ``manifest.json``, the
    record of when and where, differs. A report appears whole or not at all.
    """
    given = {"book": book, "data": data, "period": period, "as_of": as_of}
    given |= {"product": product, "state": state}
    asked = parameters.check(kind, given)
    from pfkit.publish.making import make  # noqa: PLC0415 - who only explores never loads nbconvert

    return [make(asked, to=Path(to), dry_run=dry_run, progress=progress)]
