from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from nbconvert.exporters import get_exporter
from nbformat import v4

from pfkit.errors import ReportError
from pfkit.publish.exporters import PfkitHTMLExporter, PfkitPDFExporter

if TYPE_CHECKING:
    from pathlib import Path

    from nbformat import NotebookNode


def test_nbconvert_knows_both_by_name() -> None:
    assert get_exporter("pfkit-html") is PfkitHTMLExporter
    assert get_exporter("pfkit-pdf") is PfkitPDFExporter


def test_each_gives_its_form(notebook: NotebookNode) -> None:
    html, told = PfkitHTMLExporter().from_notebook_node(notebook)
    assert html.startswith("<!doctype html>")
    assert told["output_extension"] == ".html"
    pdf, told = PfkitPDFExporter().from_notebook_node(notebook)
    assert pdf.startswith(b"%PDF-1.7")
    assert told["output_extension"] == ".pdf"


def test_an_unfinished_notebook_is_no_report() -> None:
    failed = v4.new_output("error", ename="KeyError", evalue="x", traceback=[])
    made = v4.new_notebook(cells=[v4.new_code_cell("x", execution_count=1, outputs=[failed])])
    for exporter in (PfkitHTMLExporter(), PfkitPDFExporter()):
        with pytest.raises(ReportError, match="cell 1 stopped with KeyError"):
            exporter.from_notebook_node(made)


def test_the_command_of_nbconvert_renders_a_report_again(
    notebook: NotebookNode, tmp_path: Path
) -> None:
    (tmp_path / "notebook.ipynb").write_text(v4.writes(notebook), encoding="utf-8")
    command = [sys.executable, "-m", "jupyter", "nbconvert", "--to", "pfkit-pdf", "notebook.ipynb"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, env=dict(os.environ))
    again, _ = PfkitPDFExporter().from_notebook_node(notebook)
    assert (tmp_path / "notebook.pdf").read_bytes() == again
