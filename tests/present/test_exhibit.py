from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pfkit.contracts import About
from pfkit.errors import ReportError
from pfkit.measures import pnl as measured
from pfkit.present import tables, words
from pfkit.present.body import Note
from pfkit.present.exhibit import MIME_EXHIBIT, MIME_TYPST, Exhibit

if TYPE_CHECKING:
    from pfkit.period import Period

KEYS = {
    "id", "kind", "section", "title", "message", "unit", "source", "as_of",
    "notes", "alt", "columns", "rows", "printed", "facts",
}  # fmt: skip


def exhibit(data: pd.DataFrame) -> Exhibit:
    return Exhibit(id="x", kind="table", title="t", message="m", data=data, body=Note("n"))


def test_one_object_emits_all_four_forms(
    statement: pd.DataFrame, june: Period, about: About
) -> None:
    shown = tables.pnl(measured(statement, period=june), about=about)
    bundle = shown._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", MIME_TYPST, MIME_EXHIBIT}
    payload = bundle[MIME_EXHIBIT]
    assert set(payload) >= KEYS
    assert json.loads(json.dumps(payload, allow_nan=False)) == payload
    assert payload["columns"][0]["name"] == "row_key"
    assert payload["as_of"] == "2026-07-04"
    assert payload["unit"] == "kEUR"


def test_values_keep_full_precision_beside_what_is_printed(
    statement: pd.DataFrame, june: Period, about: About
) -> None:
    statement.loc[0, "amount"] = 90_000.01
    payload = tables.pnl(measured(statement, period=june), about=about).payload()
    names = [column["name"] for column in payload["columns"]]
    first = payload["rows"][0]
    assert first[names.index("actual")] == 130_000.01
    assert payload["printed"][0][:2] == ["Gross sales", "130.0"]


def test_missing_values_are_null_never_nan(
    statement: pd.DataFrame, june: Period, about: About
) -> None:
    payload = tables.pnl(measured(statement, period=june), about=about).payload()
    names = [column["name"] for column in payload["columns"]]
    assert payload["rows"][0][names.index("prior_year")] is None


def test_data_without_row_keys_are_refused() -> None:
    with pytest.raises(ReportError) as told:
        exhibit(pd.DataFrame({"line": ["a"]}))
    assert str(told.value) == (
        "exhibit x: the first column of the data is 'line', not 'row_key'\n"
        "  -> Put a stable row_key first; comments and traces hang on it."
    )


def test_a_row_key_that_occurs_twice_is_refused() -> None:
    with pytest.raises(ReportError, match="row_key 'a' occurs twice"):
        exhibit(pd.DataFrame({"row_key": ["a", "a"]}))


def test_an_empty_input_says_what_is_missing(about: About) -> None:
    lacking = About(
        company="M", entity="m", currency="EUR", period=about.period, as_of=about.as_of,
        missing={"budget": 'This book has no budget: add table = "budget".'},
    )  # fmt: skip
    shown = tables.budget_lines(pd.DataFrame(), about=lacking)
    assert shown.kind == "note"
    assert shown.message == 'This book has no budget: add table = "budget".'
    assert "table = &quot;budget&quot;" in shown._repr_mimebundle_()["text/html"]


def test_a_section_is_an_exhibit_too() -> None:
    shown = words.section("M1", "Product P&L")
    assert (shown.kind, shown.section, shown.title) == ("section", "M1", "Product P&L")
    assert "<h2>Product P&amp;L</h2>" in shown._repr_mimebundle_()["text/html"]


def test_a_headline_of_spending_says_exceeds(about: About) -> None:
    budget = pd.DataFrame(
        {
            "row_key": ["budget"], "label": ["Budget"], "unit": ["money"],
            "favorable_when": ["lower"], "actual": [120_000.0], "plan": [100_000.0],
            "plan_variance": [20_000.0], "plan_variance_rate": [0.2], "plan_favorable": [False],
            "prior_variance": [pd.NA], "previous_variance": [pd.NA],
        }
    )  # fmt: skip
    shown = words.headline(pd.DataFrame(), tiles=budget, about=about)
    assert shown.title.replace("\u202f", " ") == (
        "Meridian Software: budget exceeds plan by 20.0 kEUR (+20.0 %) in June 2026"
    )
