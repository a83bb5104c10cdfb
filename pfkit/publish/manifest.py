"""What a report's manifest says: content that repeats to the byte, and one record of the run."""

from __future__ import annotations

import hashlib
import json
from importlib import metadata
from typing import TYPE_CHECKING, Any

from pfkit.publish import tables
from pfkit.publish.executed import declared, exhibits, run_record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbformat import NotebookNode

FORM = "pfkit report manifest 1"

_PACKAGES = (
    "pfkit",
    "duckdb",
    "ibis-framework",
    "ipykernel",
    "matplotlib",
    "nbconvert",
    "numpy",
    "pandas",
    "papermill",
    "pyarrow",
    "typst",
    "xlsxwriter",
)


def content(notebook: NotebookNode) -> dict[str, Any]:
    """Return what a report is made of and holds, the same for every run on the same input.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        The settled notebook of a finished run.

    Returns
    -------
    dict
        ``form, kind, company, entity, currency, period, as_of, parameters, policies, inputs,
        balance, controls, rules, packages, exhibits, draft, content_sha256``. Amounts in
        reporting currency; ``content_sha256`` covers everything beside itself.
    """
    facts = run_record(notebook)
    shown = exhibits(notebook)
    held: dict[str, Any] = {
        "form": FORM,
        "kind": declared(notebook)["kind"],
        **{key: facts[key] for key in ("company", "entity", "currency", "demo", "period", "as_of")},
        "parameters": dict(declared(notebook)["parameters"]),
        "policies": facts["policies"],
        "inputs": facts["inputs"],
        "balance": facts["balance"],
        "controls": facts["controls"],
        "rules": facts["rules"],
        "packages": {name: metadata.version(name) for name in _PACKAGES},
        "exhibits": [_exhibit(exhibit) for exhibit in shown],
        "draft": is_draft(notebook),
    }
    return held | {"content_sha256": digest(canonical(held))}


def is_draft(notebook: NotebookNode) -> bool:
    """Return whether a control is red, so that every page must say DRAFT."""
    states = [exhibit.get("state") for exhibit in exhibits(notebook)]
    states += [control.get("state") for control in run_record(notebook)["controls"]]
    return "red" in states


def canonical(value: object) -> bytes:
    """Return JSON that is the same for equal values: sorted keys, no spaces, UTF-8.

    Examples
    --------
    >>> canonical({"b": 1, "a": [1.5, None]})
    b'{"a":[1.5,null],"b":1}'
    """
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode("utf-8")


def printed(manifest: Mapping[str, Any]) -> bytes:
    """Return a manifest as its file holds it: JSON that a person can read."""
    text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()


def digest(data: bytes) -> str:
    """Return the SHA-256 of some bytes, in hexadecimal digits.

    Examples
    --------
    >>> digest(b"abc")[:16]
    'ba7816bf8f01cfea'
    """
    return hashlib.sha256(data).hexdigest()


def _exhibit(exhibit: dict[str, Any]) -> dict[str, Any]:
    kept = {key: exhibit.get(key) for key in ("id", "kind", "section", "title", "message")}
    kept["sha256"] = digest(canonical(exhibit))
    if tables.has_rows(exhibit):
        kept["data"] = f"data/{exhibit['id']}.csv"
        kept["data_sha256"] = digest(tables.to_csv(exhibit))
    return kept
