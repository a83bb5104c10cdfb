"""What an executed notebook holds: its exhibits, its run record, and nothing of this run."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

from pfkit.errors import ReportError
from pfkit.publish.record import RECORD

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from nbformat import NotebookNode

EXHIBIT = "application/vnd.pfkit.exhibit+json"

HIDDEN = "hide"  # a cell with this tag is for the notebook's reader only
QUIET = "quiet"  # a cell with this tag that has only a note to show is left out
SCREEN = "screen"  # what a cell with this tag shows is for the web page and the workbook

_SHOWN = {"execute_result", "display_data"}
_WARNING = re.compile(r"\b\w*Warning: ")


def exhibits(notebook: NotebookNode) -> list[dict[str, Any]]:
    """Return the exhibits of an executed notebook, in the order they are shown.

    Raises
    ------
    ReportError
        If two exhibits share an id: comments, trace and comparison hang on it.
    """
    found = [data[EXHIBIT] for _, data in bundles(notebook) if EXHIBIT in data]
    seen: set[str] = set()
    for exhibit in found:
        name = str(exhibit["id"])
        if name in seen:
            raise ReportError(
                f"two exhibits are called {name!r}",
                where="notebook",
                advice="Give one of them an id of its own; comments and lineage hang on it.",
            )
        seen.add(name)
    return found


def run_record(notebook: NotebookNode) -> dict[str, Any]:
    """Return the run record of an executed notebook.

    Raises
    ------
    ReportError
        If the notebook holds none.
    """
    for _, data in bundles(notebook):
        if RECORD in data:
            facts: dict[str, Any] = data[RECORD]
            return facts
    raise ReportError(
        "the notebook shows no run record",
        where="notebook",
        advice="Add a cell that calls pf.record(book).",
    )


def declared(notebook: NotebookNode) -> dict[str, Any]:
    """Return what a report's notebook says of itself: ``kind`` and ``parameters``.

    Raises
    ------
    ReportError
        If it is no notebook that ``pfkit run`` made.
    """
    held: dict[str, Any] | None = notebook.metadata.get("pfkit")
    if held is None:
        raise ReportError(
            "this is not the notebook of a report",
            where="notebook metadata",
            advice="Make the report with pfkit run, and render the notebook in its folder.",
        )
    return held


def bundles(notebook: NotebookNode) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the place of each cell and each thing it shows, by MIME type."""
    for place, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", ()):
            if output["output_type"] in _SHOWN:
                yield place, output["data"]


def pieces(
    notebook: NotebookNode, *, paper: bool = False
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield what a reader sees, in order: a sentence in Markdown, or an exhibit's bundle.

    Cells for the notebook's reader only stay out, on `paper` those for the screen, and a note where
    a book need not have what it misses. A section
    that holds nothing but notes says the first of them and no more, and a note that a later section
    repeats is left to it.
    """
    shown = list(_shown(notebook, {HIDDEN, SCREEN} if paper else {HIDDEN}))
    for place, (sentence, data) in enumerate(shown):
        before = shown[place - 1][1] if place else {}
        again = _is_note(data) and _is_note(before)
        same = again and data[EXHIBIT]["printed"] == before[EXHIBIT]["printed"]
        if not same and not (again and _only_notes(shown, place)) and not _said_later(shown, place):
            yield sentence, data


def on_screen(notebook: NotebookNode) -> list[str]:
    """Return the ids of exhibits that paper leaves out, but for notes on missing input."""
    return [
        str(data[EXHIBIT]["id"])
        for cell in notebook.cells
        if SCREEN in cell.metadata.get("tags", [])
        for output in cell.get("outputs", ())
        if EXHIBIT in (data := output.get("data", {})) and not _is_note(data)
    ]


def _shown(
    notebook: NotebookNode, without: Collection[str]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for cell in notebook.cells:
        if not set(without).isdisjoint(cell.metadata.get("tags", [])):
            continue
        quiet = QUIET in cell.metadata.get("tags", [])
        if cell.cell_type == "markdown":
            yield cell.source, {}
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if EXHIBIT in data and not (quiet and _is_note(data)):
                yield "", data


def _is_note(data: Mapping[str, Any]) -> bool:
    return bool(data) and bool(data[EXHIBIT]["kind"] == "note")


def _said_later(shown: list[tuple[str, Mapping[str, Any]]], place: int) -> bool:
    """Return whether a note in another section further down says the same."""
    data = shown[place][1]
    if not _is_note(data):
        return False
    mine = data[EXHIBIT]
    return any(
        _is_note(later)
        and later[EXHIBIT]["message"] == mine["message"]
        and later[EXHIBIT]["section"] != mine["section"]
        for _, later in shown[place + 1 :]
    )


def _only_notes(shown: list[tuple[str, Mapping[str, Any]]], place: int) -> bool:
    """Return whether the section around a place shows notes and no other exhibit."""
    kinds = [data[EXHIBIT]["kind"] if data else "" for _, data in shown]
    first = next((at + 1 for at in range(place, -1, -1) if kinds[at] == "section"), 0)
    last = next((at for at in range(place, len(kinds)) if kinds[at] == "section"), len(kinds))
    return all(kind in {"note", ""} for kind in kinds[first:last])


def text_of(data: Mapping[str, Any], kind: str) -> str:
    """Return one form of an exhibit's bundle; a notebook file may hold it in lines."""
    held = data.get(kind, "")
    return "".join(held) if isinstance(held, list) else str(held)


def streams(notebook: NotebookNode) -> dict[str, int]:
    """Count the lines and the warnings that cells wrote beside their exhibits."""
    texts = [
        str(output["text"])
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if output["output_type"] == "stream"
    ]
    return {
        "lines": sum(len(text.splitlines()) for text in texts),
        "warnings": sum(len(_WARNING.findall(text)) for text in texts),
    }


def require_finished(notebook: NotebookNode) -> None:
    """Refuse a notebook that failed, did not run to its end, or lost an exhibit.

    Raises
    ------
    ReportError
        Naming the first cell at fault.

    Notes
    -----
    A display object that fails while it is drawn leaves an empty cell and a line on the
    error stream, and the run goes on; so each cell that ends in an expression must show
    something.
    """
    if notebook.metadata.get("papermill", {}).get("exception") is True:
        raise _unfinished("the run stopped with an error", "Mend the notebook and run it again.")
    number = 0  # as in the report's own notebook, which has no cell of injected parameters
    for cell in notebook.cells:
        number += "injected-parameters" not in cell.metadata.get("tags", [])
        if cell.cell_type == "code" and cell.source.strip():
            _require_run(number, cell)


def _require_run(number: int, cell: NotebookNode) -> None:
    outputs = cell.get("outputs", [])
    state = cell.metadata.get("papermill", {})
    failure = next((out for out in outputs if out["output_type"] == "error"), None)
    if failure is not None or state.get("exception") is True:
        name = failure["ename"] if failure else "an error"
        raise _unfinished(f"cell {number} stopped with {name}", "Mend the cell and run again.")
    if state.get("status", "completed") != "completed" or cell.execution_count is None:
        raise _unfinished(f"cell {number} did not run", "Run the whole notebook again.")
    if _shows(cell.source) and not any(out["output_type"] in _SHOWN for out in outputs):
        raise _unfinished(
            f"cell {number} shows nothing{_last_line(outputs)}",
            "A cell that ends in an expression must show an exhibit.",
        )


def settled(
    notebook: NotebookNode, parameters: Mapping[str, str | None], *, kind: str
) -> dict[str, Any]:
    """Return the notebook as a report keeps it: the same for every run on the same input.

    Streams, times, random cell ids and folders of this machine go; sources, exhibits and the
    parameters a reader may see stay.
    """
    lines = [f"{name} = {value!r}" for name, value in parameters.items()]
    language = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {
        "cells": [
            _settled(number, cell, "\n".join(["# Parameters", *lines]))
            for number, cell in enumerate(notebook.cells, start=1)
        ],
        "metadata": {
            "kernelspec": kernel,
            "language_info": language,
            "pfkit": {"kind": kind, "parameters": dict(parameters)},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _settled(number: int, cell: NotebookNode, parameters: str) -> dict[str, Any]:
    tags = list(cell.metadata.get("tags", []))
    kept: dict[str, Any] = {
        "id": f"cell-{number:02d}",
        "cell_type": cell.cell_type,
        "metadata": {"tags": tags} if tags else {},
        "source": cell.source,
    }
    if cell.cell_type != "code":
        return kept
    if "injected-parameters" in tags:
        kept["source"] = parameters
    outputs = [
        {"output_type": out["output_type"], "data": out["data"], "metadata": {}}
        | ({"execution_count": number} if out["output_type"] == "execute_result" else {})
        for out in cell.outputs
        if out["output_type"] in _SHOWN
    ]
    return kept | {"execution_count": number, "outputs": outputs}


def _shows(source: str) -> bool:
    if source.rstrip().endswith(";"):
        return False
    body = ast.parse(source).body
    return bool(body) and isinstance(body[-1], ast.Expr)


def _last_line(outputs: list[NotebookNode]) -> str:
    texts = [str(out["text"]).strip() for out in outputs if out["output_type"] == "stream"]
    lines = [line for text in texts for line in text.splitlines() if line.strip()]
    return f": {lines[-1].strip()[:200]}" if lines else ""


def _unfinished(what: str, advice: str) -> ReportError:
    return ReportError(what, where="notebook", advice=advice)
