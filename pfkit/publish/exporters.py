"""The two nbconvert exporters: ``pfkit-html`` and ``pfkit-pdf``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbconvert.exporters.exporter import Exporter

from pfkit.publish import manifest, page, typeset
from pfkit.publish.executed import require_finished

if TYPE_CHECKING:
    from nbformat import NotebookNode


class PfkitHTMLExporter(Exporter):
    """A report notebook as one HTML page.

    Notes
    -----
    Registered with nbconvert, so that ``jupyter nbconvert --to pfkit-html notebook.ipynb``
    renders a report's notebook again. The page is the package's own; none of the stock
    templates, which fetch scripts from elsewhere, is used.
    """

    export_from_notebook = "pfkit report (HTML)"
    output_mimetype = "text/html"

    def _file_extension_default(self) -> str:
        return ".html"

    def from_notebook_node(  # type: ignore[override] # an exporter returns text or bytes
        self,
        nb: NotebookNode,
        resources: Any | None = None,  # noqa: ANN401 - nbconvert's own type
        **kw: Any,  # noqa: ANN401 - the same
    ) -> tuple[str, Any]:
        """Render a notebook that ran to its end.

        Raises
        ------
        ReportError
            If the notebook failed, is not finished or holds no run record.
        """
        notebook, resources = super().from_notebook_node(nb, resources, **kw)
        require_finished(notebook)
        return page.render(notebook, content=manifest.content(notebook)), resources


class PfkitPDFExporter(Exporter):
    """A report notebook as PDF/A-3a with PDF/UA-1, its data attached.

    Notes
    -----
    Registered with nbconvert, so that ``jupyter nbconvert --to pfkit-pdf notebook.ipynb``
    renders a report's notebook again. Typst sets the page: no browser, no TeX.
    """

    export_from_notebook = "pfkit report (PDF)"
    output_mimetype = "application/pdf"

    def _file_extension_default(self) -> str:
        return ".pdf"

    def from_notebook_node(  # type: ignore[override] # an exporter returns text or bytes
        self,
        nb: NotebookNode,
        resources: Any | None = None,  # noqa: ANN401 - nbconvert's own type
        **kw: Any,  # noqa: ANN401 - the same
    ) -> tuple[bytes, Any]:
        """Render a notebook that ran to its end.

        Raises
        ------
        ReportError
            If the notebook failed, is not finished, holds no run record, or cannot be set.
        """
        notebook, resources = super().from_notebook_node(nb, resources, **kw)
        require_finished(notebook)
        content = manifest.content(notebook)
        return typeset.render(notebook, content=content), resources
