"""How a report is made: papermill runs its notebook, and everything else comes from that."""

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
from pfkit.present.form import form
from pfkit.present.guard import guarded
from pfkit.publish import executed, manifest, tables
from pfkit.publish.exporters import PfkitHTMLExporter, PfkitPDFExporter
from pfkit.publish.folder import require_free, write_whole
from pfkit.publish.forms import Origin
from pfkit.publish.kernel import kernel_options
from pfkit.publish.parameters import ReportParameters, slug
from pfkit.publish.pdf import page_count
from pfkit.publish.places import notebooks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nbformat import NotebookNode

_read: Callable[..., NotebookNode] = nbformat.read  # nbformat gives these no types
_as_notebook: Callable[..., NotebookNode] = nbformat.from_dict
_text: Callable[[NotebookNode], str] = nbformat.writes

_RECORD_TAG = "record"
_CELL_SECONDS = 1800

_log = logging.getLogger(__name__)


def make(
    asked: ReportParameters,
    *,
    to: Path,
    dry_run: bool,
    progress: Callable[[str, int, int], None] | None,
) -> Path:
    """Make one report from checked parameters; see `pfkit.publish.run.run`."""
    clock = _Clock(progress or _silent)
    notebook = _notebook(asked.kind, until_record=dry_run)
    with clock.stage("notebook"):
        ran = _execute(notebook, asked, clock.progress)
    facts = executed.run_record(ran)
    root = to.expanduser().absolute()
    target = root / _place(asked, facts)
    require_free(target, root)
    if dry_run:
        return target
    addresses = bool(facts.get("addresses"))
    told = executed.settled(ran, asked.for_readers(facts["entity"]), kind=asked.kind)
    settled = _as_notebook(guarded(told, addresses=addresses))
    files = _render(settled, clock)
    run_ = guarded(_run(asked, ran, clock, root), addresses=addresses)
    files["manifest.json"] = _manifest(settled, files, run_)
    with clock.stage("write"):
        write_whole(target, files, root=root)
    return target


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
    notebook = _read(path, as_version=4)
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
    asked: ReportParameters,
    progress: Callable[[str, int, int], None],
) -> NotebookNode:
    cells = len(notebook.cells) + 1  # papermill adds the cell with the parameters

    def after(cell_index: int, **_: object) -> None:
        progress("notebook", min(cell_index + 1, cells - 1), cells)

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
    # papermill counts from 0 and has put one cell in, so its index is the notebook's own number
    return ReportError(
        f"the notebook stopped with {error.ename}: {message[:500]}",
        where=f"{kind}.ipynb, cell {int(error.cell_index)}",
        advice="Nothing was written. Open the notebook with the same parameters to see where.",
    )


def _place(asked: ReportParameters, facts: dict[str, Any]) -> Path:
    kind = asked.kind if asked.as_of is None else f"{asked.kind}@{asked.as_of.isoformat()}"
    parts = [slug(facts["entity"]), facts["period"]["label"], kind]
    if asked.product is not None:
        parts.append(slug(asked.product))
    return Path(*parts)


def _render(settled: NotebookNode, clock: _Clock) -> dict[str, bytes]:
    text = _text(settled)
    files = {"notebook.ipynb": f"{text}\n".encode()}
    every = executed.exhibits(settled)
    shown = [exhibit for exhibit in every if tables.has_rows(exhibit)]
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
        files["tables.xlsx"] = tables.to_xlsx(
            shown,
            title=title,
            as_of=as_of,
            form=form(every),
            origin=Origin(str(facts["entity"]), str(facts["period"]["label"]), as_of),
        )
        files.update({f"data/{one['id']}.csv": tables.to_csv(one) for one in shown})
    return files


def _manifest(settled: NotebookNode, files: dict[str, bytes], run_: dict[str, Any]) -> bytes:
    held = manifest.content(settled)
    held["pages"] = page_count(files["report.pdf"])
    held["files"] = {name: manifest.digest(data) for name, data in sorted(files.items())}
    held["run"] = run_
    return manifest.printed(held)


def _run(asked: ReportParameters, ran: NotebookNode, clock: _Clock, root: Path) -> dict[str, Any]:
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
