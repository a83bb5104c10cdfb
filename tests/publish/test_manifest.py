from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from pfkit.publish import manifest, tables

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbformat import NotebookNode


def test_content_names_inputs_checks_amounts_and_versions(
    notebook: NotebookNode, facts: dict[str, Any]
) -> None:
    held = manifest.content(notebook)
    assert held["kind"] == "monthly"
    assert held["inputs"] == facts["inputs"]
    assert held["balance"][0]["amount_in"] == 130.0
    assert held["controls"][0]["state"] == "green"
    assert held["parameters"]["period"] == "2026-06"
    assert {"pfkit", "typst", "pandas", "duckdb"} <= set(held["packages"])
    assert "run" not in held


def test_each_exhibit_s_data_has_a_digest(notebook: NotebookNode, exhibits: dict[str, Any]) -> None:
    told = {one["id"]: one for one in manifest.content(notebook)["exhibits"]}
    data = tables.to_csv(exhibits["pnl"])
    assert told["pnl"]["data"] == "data/pnl.csv"
    assert told["pnl"]["data_sha256"] == hashlib.sha256(data).hexdigest()


def test_the_content_digest_covers_everything_beside_itself(notebook: NotebookNode) -> None:
    held = manifest.content(notebook)
    digest = held.pop("content_sha256")
    text = json.dumps(held, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert digest == hashlib.sha256(text.encode()).hexdigest()


def test_a_changed_cent_changes_the_digest(
    notebook_of: Callable[..., NotebookNode], exhibits: dict[str, Any]
) -> None:
    before = manifest.content(notebook_of(exhibits["pnl"]))["content_sha256"]
    exhibits["pnl"]["rows"][0][2] += 0.01
    assert manifest.content(notebook_of(exhibits["pnl"]))["content_sha256"] != before


def test_a_red_control_makes_a_draft(
    notebook_of: Callable[..., NotebookNode], exhibits: dict[str, Any], facts: dict[str, Any]
) -> None:
    assert not manifest.is_draft(notebook_of(exhibits["pnl"]))
    assert manifest.is_draft(notebook_of(exhibits["pnl"] | {"state": "red"}))
    facts["controls"][0]["state"] = "red"
    assert manifest.is_draft(notebook_of(exhibits["pnl"], facts=facts))
