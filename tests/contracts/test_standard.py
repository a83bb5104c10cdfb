"""The contract files against the Open Data Contract Standard itself."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import jsonschema
import pytest

from pfkit.contracts import tables
from pfkit.contracts.table import document

# The keys the standard makes mandatory, and the logical types it knows (version 3.1).
MANDATORY = {"apiVersion", "kind", "id", "version", "status"}
LOGICAL = {
    "string",
    "date",
    "timestamp",
    "time",
    "number",
    "integer",
    "object",
    "array",
    "boolean",
}


@pytest.fixture(scope="module")
def standard() -> Any:  # noqa: ANN401 - a JSON schema is any mapping
    package = pytest.importorskip("open_data_contract_standard")
    return json.loads((resources.files(package) / "schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", tables())
def test_a_contract_file_follows_the_published_schema(name: str, standard: Any) -> None:  # noqa: ANN401
    validator = jsonschema.Draft201909Validator(standard)
    found = [
        f"{error.json_path}: {error.message}" for error in validator.iter_errors(document(name))
    ]
    assert found == []


@pytest.mark.parametrize("name", tables())
def test_a_contract_file_has_the_mandatory_keys(name: str) -> None:
    plain = document(name)
    assert set(plain) >= MANDATORY
    assert (plain["apiVersion"], plain["kind"]) == ("v3.1.0", "DataContract")
    (table,) = plain["schema"]
    assert table["name"] == plain["name"] == name
    for column in table["properties"]:
        assert column["logicalType"] in LOGICAL
        assert column["physicalType"]
        assert column["description"].endswith(".")
