"""Run a report: notebook through papermill, then HTML, PDF, workbook, data and manifest."""

from __future__ import annotations

import datetime as dt
import logging
import platform
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import papermill
from nbclient.exceptions import CellControlSignal, CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError

from pfkit import errors
from pfkit.errors import PfkitError, ReportError
from pfkit.publish import executed, manifest, parameters, tables, typeset
from pfkit.publish.exporters import PfkitHTMLExporter, PfkitPDFExporter
from pfkit.publish.folder import require_free, write_whole
from pfkit.publish.kernel import kernel_options
from pfkit.publish.places import notebooks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from os import PathLike

    from nbformat import NotebookNode

_RECORD_TAG = "record"
_CELL_SECONDS = 1800

_log = logging.getLogger(__name__)


def run(
    kind: str,
    *,
    book: str | PathLike[str],
    period: str,
    data: str | PathLike[str] | None = None,
    as_of: str | dt.date | None = None,
    product: str | None = None,
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
    given = {"book": book, "data": data, "period": period, "as_of": as_of, "product": product}
    asked = parameters.check(kind, given)
    clock = _Clock(progress or _silent)
    notebook = _notebook(asked.kind, until_record=dry_run)
    with clock.stage("notebook"):
        ran = _execute(notebook, asked, clock.progress)
    facts = executed.run_record(ran)
    root = Path(to).expanduser().absolute()
    target = root / _place(asked, facts)
    require_free(target, root)
    if dry_run:
        return [target]
    settled = executed.settled(ran, asked.for_readers(facts["entity"]), kind=asked.kind)
    files = _render(settled, clock)
    files["manifest.json"] = _manifest(settled, files, _run(asked, ran, clock, root))
    with clock.stage("write"):
        write_whole(target, files, root=root)
    return [target]


@dataclass
class _Clock:
    """Counts the seconds of each stage and tells whoever watches."""

    progress: Callable[[str, int, int], None]
    seconds: dict[str, float] = field(default_factory=dict)
    started: str = field(
        default_factory=lambda: dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    )

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        self.progress(name, 0, 1)
        yield
        self.progress(name, 1, 1)
        self.seconds[name] = round(time.perf_counter() - start, 3)
        _log.info("%s: %.2f s", name, self.seconds[name])


def _silent(stage: str, done: int, steps: int) -> None:
    """Watch nothing."""


def _notebook(kind: str, *, until_record: bool) -> NotebookNode:
    path = notebooks() / f"{kind}.ipynb"
    notebook: NotebookNode = nbformat.read(path, as_version=4)
    if not until_record:
        return notebook
    for place, cell in enumerate(notebook.cells):
        if _RECORD_TAG in cell.metadata.get("tags", []):
            notebook.cells = notebook.cells[: place + 1]
            return notebook
    raise ReportError(
        f"no cell has the tag {_RECORD_TAG!r}",
        where=str(path.name),
        advice="Tag the cell that calls pf.record(book), so that a dry run knows where to stop.",
    )


def _execute(
    notebook: NotebookNode,
    asked: parameters.ReportParameters,
    progress: Callable[[str, int, int], None],
) -> NotebookNode:
    cells = len(notebook.cells) + 1  # papermill adds the cell with the parameters

    def after(cell_index: int, **_: object) -> None:
        progress("notebook", cell_index + 1, cells)

    try:
        with kernel_options() as options:
            ran: NotebookNode = papermill.execute_notebook(
                notebook,
                None,
                parameters=asked.for_notebook(),
                progress_bar=False,
                execution_timeout=_CELL_SECONDS,
                on_cell_executed=after,
                **options,
            )
    except PapermillExecutionError as error:
        raise _as_raised(error, asked.kind) from None
    except (CellControlSignal, CellTimeoutError, DeadKernelError) as error:
        raise ReportError(
            f"the notebook was stopped: {error}",
            where=f"{asked.kind}.ipynb",
            advice="Nothing was written. Run it again, with more memory if the kernel died.",
        ) from error
    executed.require_finished(ran)
    return ran


def _as_raised(error: PapermillExecutionError, kind: str) -> PfkitError:
    """Return the error a cell stopped with: pfkit's own again as what it was."""
    found = getattr(errors, str(error.ename), None)
    message = str(error.evalue)
    if isinstance(found, type) and issubclass(found, PfkitError):
        what, _, advice = message.partition("\n  -> ")
        again: PfkitError = found(what, advice=advice)
        return again
    return ReportError(
        f"the notebook stopped with {error.ename}: {message[:500]}",
        where=f"{kind}.ipynb, cell {int(error.cell_index) + 1}",
        advice="Nothing was written. Open the notebook with the same parameters to see where.",
    )


def _place(asked: parameters.ReportParameters, facts: dict[str, Any]) -> Path:
    kind = asked.kind if asked.as_of is None else f"{asked.kind}@{asked.as_of.isoformat()}"
    parts = [parameters.slug(facts["entity"]), facts["period"]["label"], kind]
    if asked.product is not None:
        parts.append(parameters.slug(asked.product))
    return Path(*parts)


def _render(settled: NotebookNode, clock: _Clock) -> dict[str, bytes]:
    text = nbformat.writes(settled)
    files = {"notebook.ipynb": f"{text}\n".encode()}
    shown = [exhibit for exhibit in executed.exhibits(settled) if tables.has_rows(exhibit)]
    facts = executed.run_record(settled)
    with clock.stage("html"):
        page, _ = PfkitHTMLExporter().from_notebook_node(settled)  # type: ignore[no-untyped-call]
        files["report.html"] = page.encode("utf-8")
    with clock.stage("pdf"):
        pdf, _ = PfkitPDFExporter().from_notebook_node(settled)  # type: ignore[no-untyped-call]
        files["report.pdf"] = pdf
    with clock.stage("tables"):
        title = f"{facts['company']}, {facts['period']['label']}"
        as_of = dt.date.fromisoformat(facts["as_of"])
        files["tables.xlsx"] = tables.to_xlsx(shown, title=title, as_of=as_of)
        files.update({f"data/{one['id']}.csv": tables.to_csv(one) for one in shown})
    return files


def _manifest(settled: NotebookNode, files: dict[str, bytes], run_: dict[str, Any]) -> bytes:
    held = manifest.content(settled)
    held["pages"] = typeset.page_count(files["report.pdf"])
    held["files"] = {name: manifest.digest(data) for name, data in sorted(files.items())}
    held["run"] = run_
    return manifest.printed(held)


def _run(
    asked: parameters.ReportParameters, ran: NotebookNode, clock: _Clock, root: Path
) -> dict[str, Any]:
    return {
        "started": clock.started,
        "seconds": dict(clock.seconds),
        "streams": executed.streams(ran),
        "book": str(asked.book),
        "data": None if asked.data is None else str(asked.data),
        "to": str(root),
        "python": platform.python_version(),
        "platform": platform.platform(),
    }
