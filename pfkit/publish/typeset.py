"""The report as one PDF: archival, accessible, with its data inside."""

from __future__ import annotations

import datetime as dt
import functools
import importlib.util
import logging
import re
import unicodedata
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import typst
from fontTools.ttLib import TTFont

from pfkit.errors import ReportError
from pfkit.present.paper import literal, words
from pfkit.publish import manifest, markdown, tables
from pfkit.publish.executed import (
    declared,
    exhibits,
    on_screen,
    pieces,
    run_record,
    text_of,
)
from pfkit.publish.page import parameters_line, title
from pfkit.publish.pdf import tidied
from pfkit.publish.places import fonts, templates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbformat import NotebookNode
    from typst import PDFStandard

TYPST = "text/vnd.typst"
STANDARDS: list[PDFStandard] = ["a-3a", "ua-1"]

_UNPRINTABLE = "\N{REPLACEMENT CHARACTER}"
_TYPES = {".csv": "text/csv", ".json": "application/json"}

_log = logging.getLogger(__name__)


def render(notebook: NotebookNode, *, content: Mapping[str, object]) -> bytes:
    """Return a settled notebook as a PDF.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        A finished report notebook.
    content : mapping
        Its manifest's content; attached, with a CSV per exhibit.

    Returns
    -------
    bytes
        PDF/A-3a and PDF/UA-1, both enforced while compiling; the same for the same input.

    Raises
    ------
    ReportError
        If an exhibit cannot be set, such as a figure without alternative text.
    """
    source = _source(notebook, content) + _attachments(attachments(notebook, content))
    day = dt.date.fromisoformat(run_record(notebook)["as_of"])
    stamp = dt.datetime(day.year, day.month, day.day, tzinfo=dt.timezone.utc)  # noqa: UP017
    try:
        pdf, warnings = typst.compile_with_warnings(
            source.encode("utf-8"),
            font_paths=_fonts(),
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=STANDARDS,
            timestamp=stamp,
        )
    except typst.TypstError as error:
        raise ReportError(
            f"the PDF cannot be set: {error.message}",
            where=title(notebook),
            advice="; ".join(error.hints) or "See the exhibit's text/vnd.typst output.",
        ) from error
    for warning in warnings:
        _log.warning("typst: %s", warning.message)
    return tidied(bytes(pdf))


def attachments(notebook: NotebookNode, content: Mapping[str, object]) -> dict[str, bytes]:
    """Return the files a PDF carries: a CSV per exhibit and the manifest's content."""
    held = {
        f"{exhibit['id']}.csv": tables.to_csv(exhibit)
        for exhibit in exhibits(notebook)
        if tables.has_rows(exhibit)
    }
    return held | {"manifest.json": manifest.printed(content)}


def _source(notebook: NotebookNode, content: Mapping[str, object]) -> str:
    facts = run_record(notebook)
    period, day = facts["period"], dt.date.fromisoformat(facts["as_of"])
    company = facts["company"] + (" (invented company)" if facts["demo"] else "")
    product = declared(notebook)["parameters"].get("product")
    digest = str(content["content_sha256"])[:12]
    footer = f"pfkit {pfkit_version()} · as of {facts['as_of']} · content {digest}"
    names = [name for name in (facts["company"], product) if name]
    setting = {
        "title": literal(title(notebook)),
        "left": words(" · ".join(filter(None, [company, product, "integration report"])), names),
        "right": literal(f"{period['label']} ({period['first']} to {period['last']})"),
        "footer": literal(footer),
        "date": f"datetime(year: {day.year}, month: {day.month}, day: {day.day})",
        "draft": literal("a control is red" if content["draft"] else ""),
    }
    prelude = (templates() / "report.typ").read_text(encoding="utf-8")
    values = ", ".join(f"{name}: {value}" for name, value in setting.items())
    written = _pieces(notebook, _record(notebook, content))
    body = _printable("\n".join([*_lost(notebook), *written]))
    return f"{prelude}\n#show: report.with({values})\n{body}\n"


def _record(notebook: NotebookNode, content: Mapping[str, object]) -> str:
    facts = run_record(notebook)
    count = len(facts["inputs"])
    files = "1 input file" if count == 1 else f"{count} input files"
    said = (
        f"Run record: pfkit {pfkit_version()}; {parameters_line(notebook)}; "
        f"{files} as known on {facts['as_of']}. "
        f"Content SHA-256 {content['content_sha256']}. The data of every exhibit and the "
        "manifest with every input's digest are attached to this file."
    )
    return f"#pf-note({literal(said)})\n"


def _lost(notebook: NotebookNode) -> list[str]:
    """Return a note on the names that no font of the report can show, none where all can."""
    texts = {
        value
        for exhibit in exhibits(notebook)
        for row in exhibit["rows"]
        for value in row
        if isinstance(value, str)
    }
    lost = {text for text in texts if _unshown(text)}
    if not lost:
        return []
    # a sentence that holds such a name is none itself
    count = sum(not any(other in text for other in lost - {text}) for text in lost)
    marks = sorted({mark for text in lost for mark in _unshown(text)})
    scripts = dict.fromkeys(re.split(r"[ -]", unicodedata.name(mark, "?"))[0] for mark in marks)
    said = ", ".join(script if script == "CJK" else script.capitalize() for script in scripts)
    names = "1 name holds" if count == 1 else f"{count} names hold"
    _log.warning("%s characters that no font of the PDF has (%s)", names, said)
    return [
        "#pf-note("
        + literal(
            f"{names} characters that no font of this PDF has ({said}): such a character prints "
            f"as {_UNPRINTABLE}. The HTML report, the workbook and the data files show them."
        )
        + ")\n"
    ]


def _unshown(text: str) -> set[str]:
    known = _characters()
    return {
        mark
        for mark in text
        if not (mark in known or mark.isascii() or unicodedata.category(mark)[0] in "CZ")
    }


def pfkit_version() -> str:
    """Return the version of pfkit that is installed."""
    return metadata.version("pfkit")


def _pieces(notebook: NotebookNode, record: str) -> list[str]:
    """Write each piece as Typst, the run record last."""
    written = [
        markdown.to_typst(sentence) if sentence else text_of(data, TYPST)
        for sentence, data in pieces(notebook, paper=True)
    ]
    return [*written, *_elsewhere(notebook), record]


def _elsewhere(notebook: NotebookNode) -> list[str]:
    """Name the exhibits that stand in the other forms of the report."""
    nouns = [name.replace("-", " ") for name in on_screen(notebook)]
    if not nouns:
        return []
    return [
        "#pf-note(" + literal(f"Also in report.html and tables.xlsx: {', '.join(nouns)}.") + ")\n"
    ]


def _attachments(files: Mapping[str, bytes]) -> str:
    return "".join(
        f"#pdf.attach({_text(name)}, bytes({_text(data.decode('utf-8'))}), "
        f'relationship: "data", mime-type: {_text(_TYPES[Path(name).suffix])}, '
        f"description: {_text(f'Data of this report: {name}')})\n"
        for name, data in sorted(files.items())
    )


def _text(text: str) -> str:
    """Return text as a Typst string that keeps every character, line ends included."""
    kept = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda m: f"\\u{{{ord(m[0]):x}}}", kept) + '"'


def _printable(source: str) -> str:
    """Replace what no font of the report can show; PDF/A refuses a page with missing glyphs."""
    lost = _unshown(source)
    return "".join(_UNPRINTABLE if mark in lost else mark for mark in source) if lost else source


@functools.cache
def _characters() -> frozenset[str]:
    covered: set[str] = set()
    for folder in _font_folders():
        for path in sorted(folder.glob("*.ttf")):
            if path.stem in {"SourceSans3-Regular", "DejaVuSans"}:
                with TTFont(path, lazy=True) as font:
                    covered.update(map(chr, font.getBestCmap()))
    return frozenset(covered)


@functools.cache
def _fonts() -> typst.Fonts:
    folders = [str(place) for place in _font_folders()]
    return typst.Fonts(include_system_fonts=False, font_paths=folders)


@functools.cache
def _font_folders() -> tuple[Path, ...]:
    found = importlib.util.find_spec("matplotlib")
    if found is None or found.origin is None:
        return (fonts(),)
    return (fonts(), Path(found.origin).parent / "mpl-data" / "fonts" / "ttf")
