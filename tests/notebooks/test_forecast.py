"""The notebook that asks what comes next, run on two books, and what its guide says of one."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import papermill
import pytest

import pfkit as pf
from pfkit.publish.kernel import kernel_options

if TYPE_CHECKING:
    from pfkit.demo import Demo

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "notebooks" / "adhoc" / "forecast.ipynb"
GUIDE = ROOT / "notebooks" / "guide" / "06-forecast.ipynb"
RETAIL = ROOT / "examples" / "online-retail"
EXHIBIT = "application/vnd.pfkit.exhibit+json"


def _exhibits(folder: Path, **parameters: str) -> dict[str, dict[str, Any]]:
    """Run the notebook and return what its exhibits say, by id."""
    with kernel_options() as options:
        ran = papermill.execute_notebook(
            str(NOTEBOOK), str(folder / "ran.ipynb"), parameters, progress_bar=False, **options
        )
    outputs = [output for cell in ran.cells for output in cell.get("outputs", [])]
    data = [output["data"][EXHIBIT] for output in outputs if EXHIBIT in output.get("data", {})]
    return {exhibit["id"]: exhibit for exhibit in data}


def test_the_demo_company_is_asked_what_comes_next(demo: Demo, tmp_path: Path) -> None:
    said = _exhibits(tmp_path, book=str(demo.folder), period=demo.period, by="product")
    assert said["forecast"]["message"].startswith("Plan lies ")
    assert "2026Q3" in said["forecast"]["message"]
    assert len(said["forecasts"]["rows"]) == demo_products(demo)
    assert "explain-series" in said


def demo_products(demo: Demo) -> int:
    return int(pf.open_book(demo.folder, period=demo.period).net_revenue["product"].nunique())


def test_nine_months_hold_no_season_and_the_notebook_says_so(shared: Path, tmp_path: Path) -> None:
    data = shared / "data" / "real" / "invoices"
    said = _exhibits(tmp_path, book=str(RETAIL), data=str(data))
    assert "is forecast at" in said["forecast"]["message"]
    assert "9 months: too few to tell a season" in " ".join(said["forecast"]["notes"])
    assert "none has a past long enough to test it on" in said["forecasts"]["message"]


def test_the_nine_months_in_the_guide_are_those_of_the_book(shared: Path) -> None:
    book = pf.open_book(RETAIL, data=shared / "data" / "real" / "invoices", period="2011-08")
    came = book.net_revenue.groupby("period")["amount"].sum().round(2).tolist()
    cells = json.loads(GUIDE.read_text(encoding="utf-8"))["cells"]
    told = ["".join(cell["source"]) for cell in cells if "gifts = " in "".join(cell["source"])]
    numbers = [
        node.value
        for node in ast.walk(ast.parse(told[0]))
        if isinstance(node, ast.Constant) and isinstance(node.value, float)
    ]
    assert numbers == pytest.approx(came)
