"""The page on adapters: its example is an adapter, and it names every part of one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pfkit.conform.adapters.adapted import Columns
from pfkit.conform.adapters.form import Adapter, parsed
from pfkit.conform.adapters.tried import try_adapter
from pfkit.contracts import Contracts

if TYPE_CHECKING:
    from pathlib import Path


def _page(checkout: Path) -> str:
    return (checkout / "docs" / "adapters.md").read_text(encoding="utf-8")


def _example(checkout: Path) -> str:
    (text,) = re.findall(r"```yaml\n(.*?)```", _page(checkout), re.DOTALL)
    return "\n".join(line.removeprefix("   ") for line in text.splitlines())


def test_the_example_is_an_adapter_and_reads_a_file(checkout: Path, tmp_path: Path) -> None:
    own = tmp_path / "export.yaml"
    own.write_text(_example(checkout), encoding="utf-8")
    assert parsed(_example(checkout), file="page", contracts=Contracts()).system == "Till"
    file = tmp_path / "june.csv"
    rows = "receipt,date,item,pence\n1,2026-06-01,tea,250\n2,2026-06-02,tea,-250\n"
    file.write_text(f"{rows}3,2026-06-02,TRAINING,999\n", encoding="utf-8")
    found = try_adapter(str(own), file)
    assert (found["verdict"], found["accepted"], found["excluded"]) == ("repair", 2, 1)
    assert [row["kind"] for row in found["rows"]] == ["sale", "refund"]
    assert found["amount_excluded"] == "9.99"


def test_every_key_of_an_adapter_is_on_the_page(checkout: Path) -> None:
    page = _page(checkout)
    keys = {*Adapter.model_fields, *Columns.model_fields}
    assert [key for key in keys if not re.search(rf"\b{key}\b", page)] == []
