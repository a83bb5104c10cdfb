"""A report small enough to read: three exhibits, one record, and a notebook that shows them."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from nbformat import from_dict, v4

from pfkit.publish import executed
from pfkit.publish.run import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nbformat import NotebookNode

EXHIBIT = "application/vnd.pfkit.exhibit+json"
RECORD = "application/vnd.pfkit.record+json"

FACTS: dict[str, Any] = {
    "company": "Toy & Sons",
    "entity": "toy",
    "currency": "EUR",
    "demo": False,
    "period": {
        "label": "2026-06",
        "kind": "month",
        "first": "2026-06-01",
        "last": "2026-06-30",
    },
    "as_of": "2026-07-04",
    "policies": {"materiality_amount": 5000.0},
    "inputs": [
        {"source": "ledger", "table": "actuals", "file": "l.csv", "sha256": "ab" * 32, "rows": 3}
    ],
    "controls": [{"row_key": "tie", "control": "tie", "state": "green"}],
    "balance": [{"row_key": "ledger", "rows_in": 3, "rows_accepted": 3, "amount_in": 130.0}],
    "rules": [],
}

HEADLINE: dict[str, Any] = {
    "id": "headline",
    "kind": "headline",
    "section": "M0",
    "title": "Net revenue is 130 EUR",
    "message": "Net revenue is 130 EUR, 30 EUR (+30.0 %) above plan.",
    "unit": "EUR",
    "source": "General ledger, known on 2026-07-04",
    "as_of": "2026-07-04",
    "notes": [],
    "alt": "",
    "columns": [
        {"name": "row_key", "label": "Row", "type": "text", "unit": ""},
        {"name": "actual", "label": "AC", "type": "money", "unit": "EUR"},
        {"name": "plan", "label": "PL", "type": "money", "unit": "EUR"},
        {"name": "plan_variance", "label": "vs PL", "type": "money", "unit": "EUR"},
        {"name": "plan_variance_rate", "label": "vs PL %", "type": "rate", "unit": ""},
    ],
    "rows": [["net", 130.0, 100.0, 30.0, 0.3]],
    "printed": [["Net revenue is 130 EUR"]],
    "facts": [
        {"text": "130", "value": 130.0, "exhibit": "headline", "row_key": "net",
         "column": "actual", "scale": 1, "decimals": 0, "how": "cell", "equals": None},
        {"text": "30", "value": 30.0, "exhibit": "headline", "row_key": "net",
         "column": "plan_variance", "scale": 1, "decimals": 0, "how": "cell", "equals": None},
        {"text": "+30.0", "value": 0.3, "exhibit": "headline", "row_key": "net",
         "column": "plan_variance_rate", "scale": 0.01, "decimals": 1, "how": "cell",
         "equals": None},
    ],
}  # fmt: skip

DECISIONS: dict[str, Any] = {
    "id": "decisions",
    "kind": "decisions",
    "section": "M0",
    "title": "Decisions needed",
    "message": "Two decisions are due.",
    "unit": "",
    "source": "Decision log",
    "as_of": "2026-07-04",
    "notes": [],
    "alt": "",
    "columns": [
        {"name": "row_key", "label": "Row", "type": "text", "unit": ""},
        {"name": "text", "label": "Decision", "type": "text", "unit": ""},
        {"name": "owner", "label": "Owner", "type": "text", "unit": ""},
        {"name": "due_on", "label": "Due", "type": "date", "unit": ""},
    ],
    "rows": [
        ["d1", "Renew the contract", "Ada", "2026-08-01"],
        ["d2", '=HYPERLINK("x")', "Grace", "2026-08-15"],
    ],
    "printed": [["Renew the contract", "Ada", "2026-08-01"], ["…", "Grace", "2026-08-15"]],
    "facts": [],
}  # fmt: skip

PNL: dict[str, Any] = {
    "id": "pnl",
    "kind": "table",
    "section": "M1",
    "title": "Toy, product P&L in EUR",
    "message": "Atlas leads with 100 EUR.",
    "unit": "EUR",
    "source": "General ledger, known on 2026-07-04",
    "as_of": "2026-07-04",
    "notes": [],
    "alt": "Atlas 100, Borea 30, total 130 EUR.",
    "columns": [
        {"name": "row_key", "label": "Row", "type": "text", "unit": ""},
        {"name": "product", "label": "Product", "type": "text", "unit": ""},
        {"name": "actual", "label": "AC", "type": "money", "unit": "EUR"},
        {"name": "share", "label": "Share", "type": "rate", "unit": ""},
        {"name": "known_on", "label": "Known on", "type": "date", "unit": ""},
        {"name": "units", "label": "Units", "type": "count", "unit": ""},
        {"name": "material", "label": "Material", "type": "boolean", "unit": ""},
    ],
    "rows": [
        ["borea", "Borea", 30.0, 30 / 130, "2026-06-30", 3, False],
        ["atlas", "007", 100.0, 100 / 130, "2026-06-30", 10, True],
        ["total", "Total", 130.0, 1.0, None, 13, None],
    ],
    "printed": [["Borea", "30"], ["Atlas", "100"], ["Total", "130"]],
    "facts": [
        {"text": "100", "value": 100.0, "exhibit": "pnl", "row_key": "atlas",
         "column": "actual", "scale": 1, "decimals": 0, "how": "cell", "equals": None},
    ],
}  # fmt: skip

_DRAWING = (
    '<svg viewBox="0 0 4 4" role="img" aria-label="{alt}"><defs><path id="p1" d="M0 0h4"/></defs>'
    '<use href="#p1" clip-path="url(#p1)"/></svg>'
)


def bundle(exhibit: dict[str, Any]) -> dict[str, Any]:
    """Show an exhibit the way a display object does."""
    name = exhibit["id"]
    if exhibit["kind"] == "headline":
        html = f'<header class="pf-headline" id="pf-{name}"><h1>{exhibit["title"]}</h1></header>'
        typst = f"#pf-headline({json.dumps(exhibit['title'])})\n"
    else:
        rows = "".join(
            f'<tr data-row="{row[0]}"{" data-fixed" if row[0] == "total" else ""}>'
            f'<th scope="row">{row[1].replace("<", "&lt;")}</th>'
            f'<td data-value="{row[2]}">{row[2]}</td></tr>'
            for row in exhibit["rows"]
        )
        html = (
            f'<section class="pf-exhibit" id="pf-{name}"><h2>{exhibit["message"]}</h2>'
            f'<table class="pf-grid" data-sortable><thead><tr><th scope="col" data-sort="text">'
            f'Name</th><th scope="col" data-sort="number">AC</th></tr></thead>'
            f"<tbody>{rows}</tbody></table>{_DRAWING.format(alt=exhibit['alt'])}</section>"
        )
        cells = ", ".join(
            f"{json.dumps(str(cell))}" for row in exhibit["rows"] for cell in row[1:3]
        )
        typst = (
            f"#heading(level: 1, {json.dumps(exhibit['message'])})\n"
            f'#table(columns: 2, table.header("Name", "AC"), {cells})\n'
            "#image(bytes(\"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>"
            '<path d=\'M0 0h9\'/></svg>"), format: "svg", alt: '
            f"{json.dumps(exhibit['alt'] or 'a line')})\n"
        )
    return {"text/plain": name, "text/html": html, "text/vnd.typst": typst, EXHIBIT: exhibit}


def raw_notebook(shown: list[dict[str, Any]]) -> NotebookNode:
    """Return a notebook as papermill leaves it, random ids and all."""
    cells = [
        v4.new_code_cell("book = None", metadata={"tags": ["parameters"]}, execution_count=1),
        v4.new_code_cell(
            "book = '/home/ada/books/toy'",
            metadata={"tags": ["injected-parameters"]},
            execution_count=2,
        ),
        v4.new_markdown_cell("What did *June* bring?"),
    ]
    for place, data in enumerate(shown, start=3):
        output = v4.new_output("execute_result", data=data, execution_count=place)
        noise = v4.new_output("stream", name="stderr", text="x.py:1: UserWarning: odd\n  odd()\n")
        cells.append(v4.new_code_cell("show()", execution_count=place, outputs=[noise, output]))
    return v4.new_notebook(cells=cells)


@pytest.fixture
def exhibits() -> dict[str, dict[str, Any]]:
    """Give fresh copies of the three exhibits by id."""
    return {one["id"]: copy.deepcopy(one) for one in (HEADLINE, DECISIONS, PNL)}


@pytest.fixture
def facts() -> dict[str, Any]:
    """Give a fresh copy of the run record."""
    return copy.deepcopy(FACTS)


@pytest.fixture
def notebook_of() -> Callable[..., NotebookNode]:
    """Build the settled notebook of a report from exhibits and a record."""

    def build(*shown: dict[str, Any], facts: dict[str, Any] = FACTS) -> NotebookNode:
        made = raw_notebook([{RECORD: facts, "text/plain": "record"}, *map(bundle, shown)])
        given = {"book": "toy", "data": None, "period": "2026-06", "as_of": None, "product": None}
        return from_dict(executed.settled(made, given, kind="monthly"))

    return build


@pytest.fixture
def notebook(
    notebook_of: Callable[..., NotebookNode], exhibits: dict[str, dict[str, Any]]
) -> NotebookNode:
    """Give the settled notebook of the whole small report."""
    return notebook_of(*exhibits.values())


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a book's folder, and put notebooks in place that show the small report."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    parameter = (
        "book: str = None\ndata: str = None\nperiod: str = None\n"
        "as_of: str = None\nproduct: str = None"
    )
    cells = [
        v4.new_code_cell(parameter, metadata={"tags": ["parameters"]}),
        v4.new_code_cell(
            "import json, pathlib, sys, warnings\n"
            "from IPython.display import display\n"
            "shown = json.loads(pathlib.Path(book, 'shown.json').read_text())"
        ),
        v4.new_code_cell(
            "exec(shown.get('code', ''))\ndisplay(shown['record'], raw=True)",
            metadata={"tags": ["record"]},
        ),
        v4.new_code_cell("display(shown['headline'], raw=True)"),
        v4.new_code_cell("display(shown['decisions'], raw=True)"),
        v4.new_code_cell("warnings.warn('odd')\ndisplay(shown['pnl'], raw=True)"),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    made = v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    for name in ("monthly", "quarterly"):
        (folder / f"{name}.ipynb").write_text(v4.writes(made), encoding="utf-8")
    monkeypatch.setattr("pfkit.publish.making.notebooks", lambda: folder)
    book = tmp_path / "book"
    book.mkdir()
    shown = {one["id"]: bundle(one) for one in (HEADLINE, DECISIONS, PNL)}
    shown["record"] = {RECORD: FACTS, "text/plain": "record"}
    (book / "shown.json").write_text(json.dumps(shown), encoding="utf-8")
    return book


@pytest.fixture
def reported(toy: Path, tmp_path: Path) -> Path:
    """Make the small report once more, for a test that changes its files."""
    return run("monthly", book=toy, period="2026-06", to=tmp_path / "reports")[0]
